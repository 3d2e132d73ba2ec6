"""The step at which a booking request stops before it is sent, and why. No query; shared by worker and preview."""

from collections.abc import Sequence
from dataclasses import dataclass

from pagetojob.gates.services import Decision, Missing

from .item_actions import CAPACITY_REVIEW, GATE_CLOSED, MAPPING_MISSING

#: The feature flag for sending bookings.
FLAG = "api-booking-sync"
NO_SENDER = Missing(
    "sender", "PageToJob", "Bookings go to the ServiceTitan simulator only: sending to a live account is not released."
)


@dataclass(frozen=True)
class Stop:
    """The cause of the stop, and what is missing with its owner, the binding first."""

    cause: str
    missing: tuple[Missing, ...] = ()


def where_it_stops(problems: Sequence[str], decision: Decision, *, needs_review: bool) -> Stop:
    """Check the capacity rule first, then the `problems` of the envelope, then the gates of `decision`."""
    if needs_review:
        return Stop(CAPACITY_REVIEW)
    gaps = tuple(Missing("mapping", "Operations", sentence) for sentence in problems)
    return Stop(MAPPING_MISSING if gaps else GATE_CLOSED, (*gaps, *(decision.missing or (NO_SENDER,))))
