"""Errors of outbound calls. Any other exception is a bug in our code.

Messages never contain request or response content, which may be personal or secret.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answered:
    """The parts of an error response that we may store: status, trace ID and the names of rejected fields."""

    status: int
    trace_id: str = ""
    fields: tuple[str, ...] = ()


class GatewayError(Exception):
    """Base class. `code` is a short stable name; the message is ours and never quotes the response.

    `answer` is the storable part of the response, or None if there was no response or nothing to store.
    """

    def __init__(self, code: str, sentence: str, *, answer: Answered | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.answer = answer


class TransientError(GatewayError):
    """The request was not processed; a later attempt may succeed.

    `wait` is the number of seconds the server asked us to wait, or None if it gave no time.
    """

    def __init__(self, code: str, sentence: str, *, answer: Answered | None = None, wait: float | None = None) -> None:
        super().__init__(code, sentence, answer=answer)
        self.wait = wait


class RefusedError(GatewayError):
    """The request was not processed and would be rejected again."""


class MappingError(RefusedError):
    """Rejected because an ID in our mapping is wrong or deleted. Succeeds once a person corrects the mapping."""


class AuthorizationError(RefusedError):
    """Rejected for lack of access. Succeeds once the connection, its scopes or its consent are restored."""


class GateClosedError(RefusedError):
    """A gate of PageToJob is closed, so nothing was sent. Succeeds once the gate opens."""


class UnclearError(GatewayError):
    """The outcome is unknown: the request may or may not have been processed.

    `wait` as in TransientError, because such a response can also carry a Retry-After time.
    """

    def __init__(self, code: str, sentence: str, *, answer: Answered | None = None, wait: float | None = None) -> None:
        super().__init__(code, sentence, answer=answer)
        self.wait = wait
