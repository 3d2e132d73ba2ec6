"""Why something about an account cannot be done."""


class TryLater(Exception):
    """Too many tries; the next is taken in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


class AccountError(Exception):
    """It cannot be done. `sentence` is for the person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class PasskeyRefused(AccountError):
    """What the browser handed over proves nothing."""


class LinkGone(AccountError):
    """The link is unknown, used, revoked or too old; which of them is not said."""
