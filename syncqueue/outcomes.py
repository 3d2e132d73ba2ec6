"""What came of one try. Pure values, from a connector to the code that settles."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .causes import ErrorClass, cause_of
from .models.item import State

__all__ = ["ErrorClass", "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """Where a try leads: the state to move to, and what the item remembers of it.

    `cause` is a key of the dictionary in `causes`, empty only when the try went well; its class follows
    from it. `tried` is false when nothing was handed to anybody, so that it does not count as an attempt.
    """

    state: State
    cause: str = ""
    tried: bool = True
    detail: str = ""
    external_id: str = ""
    envelope: dict[str, Any] | None = None
    missing: Sequence[dict[str, str]] = field(default_factory=list)
    possibly_arrived: bool = False

    @property
    def error_class(self) -> str:
        """Of the cause, as the dictionary says. What went wrong without one is unknown."""
        if found := cause_of(self.cause):
            return found.error_class
        return "" if self.state == State.DELIVERED else ErrorClass.UNKNOWN

    @property
    def may_pass(self) -> bool:
        """Whether the same try may go well later. Only that is ever tried again by a timer."""
        return self.error_class == ErrorClass.TRANSIENT
