"""Errors of account actions."""


class TryLater(Exception):
    """Raised after too many attempts; the next one is accepted after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"retry in {seconds} s")
        self.seconds = seconds


class AccountError(Exception):
    """Raised when an account action is not possible. The message is shown to the user."""


class PasskeyRefused(AccountError):
    """Raised when a passkey response cannot be verified."""

    def __init__(self, sentence: str = "We could not verify that passkey. Try again, or use another method.") -> None:
        super().__init__(sentence)


class LinkGone(AccountError):
    """Raised when a link is unknown, used, revoked or expired. The message does not reveal which."""
