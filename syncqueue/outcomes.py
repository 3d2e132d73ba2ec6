"""The outcome of one attempt. Pure values, passed from a connector to the code that settles."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from .causes import CAUSES, UNKNOWN_CAUSE, ErrorClass
from .models.item import State

__all__ = ["ErrorClass", "Outcome", "State"]


@dataclass(frozen=True)
class Outcome:
    """The result of an attempt: the state to move to, and the values to store on the item.

    `cause` is a key of the dictionary in `causes`, empty only on success; the error class follows from it. `tried` is
    false when nothing was sent, so that it does not count as an attempt.

    `reconcile` tells whether a send may still have arrived; None, the safe default, leaves the item's row unchanged.
    `found_nothing` counts a lookup without a match. `wait` must pass before the next attempt, in addition to the
    jittered back-off. `lane_cool_down` is how long the other side asked for no calls at all for the item's lane.
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
    lane_cool_down: timedelta = timedelta(0)

    @property
    def error_class(self) -> str:
        """Return the class of the cause. A failure without a cause is unknown."""
        if not self.cause:
            return "" if self.state == State.DELIVERED else ErrorClass.UNKNOWN
        return CAUSES.get(self.cause, UNKNOWN_CAUSE).error_class

    @property
    def may_pass(self) -> bool:
        """Return whether the same attempt may succeed later. Only such items are retried automatically."""
        return self.error_class == ErrorClass.TRANSIENT


def internal_error(error: Exception) -> Outcome:
    """Return the outcome for an error in our own code: not retried automatically; a person reviews it."""
    return Outcome(
        State.NEEDS_REVIEW, cause="own-fault", detail=f"An internal error stopped it ({type(error).__name__})."
    )


def database_lost() -> Outcome:
    """Return the outcome for a lost database connection: retry.

    A notice is sent after all reading. A booking's row already records whether its send had begun.
    """
    return Outcome(
        State.RETRYING, tried=False, cause="database-lost", detail="The database connection was lost briefly."
    )
