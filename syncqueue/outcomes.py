"""What came of one try. Pure values, from a connector to the code that settles."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from .causes import ErrorClass, cause_of
from .models.item import State

__all__ = ["ErrorClass", "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """Where a try leads: the state to move to, and what the item remembers of it.

    `cause` is a key of the dictionary in `causes`, empty only when the try went well; its class follows
    from it. `tried` is false when nothing was handed to anybody, so that it does not count as an attempt.

    `reconcile` says whether a send may still have arrived; None, the safe default, leaves that as the item's row
    says. `found_nothing` counts a look-up. `wait` must pass before the next try, with the back-off's draw on top;
    `lane_rests` is for how long the other side wants to hear nothing at all of the item's lane.
    """

    state: State
    cause: str = ""
    tried: bool = True
    detail: str = ""
    external_id: str = ""
    envelope: dict[str, Any] | None = None
    missing: Sequence[dict[str, str]] = field(default_factory=list)
    possibly_arrived: bool = False
    reconcile: bool | None = None
    found_nothing: bool = False
    adopted: bool = False
    wait: timedelta = timedelta(0)
    lane_rests: timedelta = timedelta(0)

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


def own_fault(error: Exception) -> Outcome:
    """Our own fault is no reason to try again blindly: a person looks at it."""
    return Outcome(
        State.NEEDS_REVIEW, cause="own-fault", detail=f"A fault of ours stopped it ({type(error).__name__})."
    )


def database_lost() -> Outcome:
    """A notice is sent after all reading. A booking's row says by itself whether its send had begun."""
    return Outcome(State.RETRYING, tried=False, cause="database-lost", detail="The database was lost for a moment.")
