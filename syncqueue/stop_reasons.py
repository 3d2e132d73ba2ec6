"""The step at which a booking request stops before it is sent, and why. No query; shared by worker and preview."""

from collections.abc import Sequence
from dataclasses import dataclass

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import Decision, Missing

from .item_actions import CAPACITY_REVIEW, CONTRACT_ENDED, GATE_CLOSED, MAPPING_MISSING

#: The feature flag for sending bookings.
FLAG = "api-booking-sync"
#: The environments that the sender is released for.
RELEASED = frozenset({Environment.SIMULATOR, Environment.INTEGRATION})
ENDED_SENTENCE = (
    "The contract has ended, so this is never sent automatically. Enter the booking manually, or cancel it."
)
NO_SENDER = Missing("sender", "PageToJob", "Sending bookings to a live ServiceTitan account is not released.")


@dataclass(frozen=True)
class Stop:
    """The cause of the stop, and what is missing with its owner, the binding first."""

    cause: str
    missing: tuple[Missing, ...] = ()


def may_send(decision: Decision) -> bool:
    """Return whether the gates are open and the sender is released for the environment."""
    return decision.open and decision.environment in RELEASED


def where_it_stops(problems: Sequence[str], decision: Decision, *, needs_review: bool) -> Stop:
    """Check the contract, then the capacity rule, the `problems` of the envelope, and the gates of `decision`."""
    if decision.has_ended:  # nothing that a person could complete would send the booking
        return Stop(CONTRACT_ENDED, decision.missing)
    if needs_review:
        return Stop(CAPACITY_REVIEW)
    gaps = tuple(Missing("mapping", "Operations", sentence) for sentence in problems)
    closed = decision.missing or (() if may_send(decision) else (NO_SENDER,))
    return Stop(MAPPING_MISSING if gaps else GATE_CLOSED, (*gaps, *closed))
