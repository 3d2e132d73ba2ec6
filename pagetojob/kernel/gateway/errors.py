"""How an outside system can fail us. What is none of these is a fault of our own."""


class GatewayError(Exception):
    """Base. `code` is a short stable name; the text is ours and never quotes the other side."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class TransientError(GatewayError):
    """It did not arrive, and the same try may pass later."""


class RefusedError(GatewayError):
    """It did not arrive, and the same try will be refused again."""


class UnclearError(GatewayError):
    """It may have arrived. Nobody can tell from here."""
