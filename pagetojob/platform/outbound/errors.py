"""How an outside system can fail us. What is none of these is a fault of our own.

No text here quotes the other side or carries what was sent: it may be personal or secret.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answered:
    """What may be kept of an answer that was no success: its status, their trace id, the names of refused fields."""

    status: int
    trace_id: str = ""
    fields: tuple[str, ...] = ()


class GatewayError(Exception):
    """Base. `code` is a short stable name; the text is ours and never quotes the other side.

    `answer` is what the other side answered, None when it did not answer or said nothing we can keep.
    """

    def __init__(self, code: str, sentence: str, *, answer: Answered | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.answer = answer


class TransientError(GatewayError):
    """It did not arrive, and the same try may pass later.

    `wait` is how many seconds the other side asked us to wait, None when it named no time.
    """

    def __init__(self, code: str, sentence: str, *, answer: Answered | None = None, wait: float | None = None) -> None:
        super().__init__(code, sentence, answer=answer)
        self.wait = wait


class RefusedError(GatewayError):
    """It did not arrive, and the same try will be refused again."""


class MappingError(RefusedError):
    """Refused because an id we send there is wrong or gone; passes once a person corrects the mapping."""


class AuthorizationError(RefusedError):
    """Refused because we are not let in; passes once the connection, its scopes or its consent are mended."""


class GateShutError(RefusedError):
    """Our own gate is shut, so nothing was sent. Passes once it opens."""


class UnclearError(GatewayError):
    """It may have arrived. Nobody can tell from here.

    `wait` as in TransientError: an unclear answer can name a time too.
    """

    def __init__(self, code: str, sentence: str, *, answer: Answered | None = None, wait: float | None = None) -> None:
        super().__init__(code, sentence, answer=answer)
        self.wait = wait
