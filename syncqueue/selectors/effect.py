"""Previews what a worker would do with a booking item if it were sent now. Sends nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import Decision

from .. import envelope as envelopes
from ..binding_blocked import draft_with
from ..booking_decisions import decision_for
from ..item_actions import CAPACITY_REVIEW
from ..models import Kind, SyncItem
from ..stop_reasons import where_it_stops
from .body import booking_of


@dataclass(frozen=True)
class Effect:
    """The predicted effect: `steps` in order; `stops` says why nothing would be sent.

    `changed` are fields of the booking that differ from what was last sent; `lost` are fields it would no longer have.
    """

    steps: tuple[str, ...]
    stops: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def effect_of(item: SyncItem) -> Effect | None:
    """Predict the effect from the current rows, as the worker decides. At most five queries; None for other kinds.

    Resending an item that its capacity rule stopped also clears that rule.
    """
    if item.kind != Kind.BOOKING_REQUEST:
        return None
    booking = booking_of(item)
    envelope = draft_with(booking, booking.binding)
    decision = decision_for(booking.tenant)
    cleared = item.cleared_at is not None or item.cause == CAPACITY_REVIEW
    needs_review = bool((booking.capacity or {}).get("needs_review")) and not cleared
    stops = _stops(envelope, decision, needs_review=needs_review)
    if item.must_reconcile:
        return _lookup_effect(item, envelope, decision, stops)
    return Effect((), stops) if stops else Effect(_SENT_TO_SIMULATOR)


_SENT_TO_SIMULATOR = (
    "A create call is sent to the ServiceTitan simulator.",
    "The simulator is our own: nothing reaches a customer's system.",
)


def _stops(envelope: Mapping[str, Any], decision: Decision, *, needs_review: bool) -> tuple[str, ...]:
    """Return why nothing would be sent; empty if it would, which is possible for the simulator only."""
    problems = envelopes.problems(dict(envelope))
    if decision.open and decision.environment is Environment.SIMULATOR and not problems and not needs_review:
        return ()
    if needs_review:
        return ("Its capacity rule requires a dispatch review.",)
    missing = where_it_stops(problems, decision, needs_review=False).missing
    return tuple(f"{requirement.sentence} ({requirement.holder})" for requirement in missing)


def _lookup_effect(item: SyncItem, envelope: Mapping[str, Any], decision: Decision, stops: tuple[str, ...]) -> Effect:
    """Predict the lookup: an earlier send may have arrived, so the lookup always comes first."""
    if not decision.open or item.sent_to != decision.environment.value:
        return Effect(
            ("It cannot be looked up now, so nothing is sent. It becomes unknown, and a person must check it.",), stops
        )
    sent, now = (item.envelope or {}).get("booking", {}), envelope["booking"]
    changed = tuple(sorted(name for name, value in now.items() if sent.get(name) != value))
    lost = tuple(sorted(set(sent) - set(now)))
    first = f"First it is looked up by its reference, at {_due(item):%H:%M:%S} UTC at the earliest: "
    if_found = "If it is found, that booking is used and no second one is created."
    if lost:
        if_found += " The changed fields cannot be updated through the API, so a person decides."
    elif changed:
        if_found += f" These fields are updated: {', '.join(changed)}."
    nothing = "If two lookups do not find it: " + (
        "nothing is sent, see below." if stops else "one create call is sent."
    )
    return Effect((f"{first}lookup {min(item.looked_up + 1, 2)} of 2.", if_found, nothing), stops, changed, lost)


def _due(item: SyncItem) -> datetime:
    if item.looked_up_at is not None:
        return item.looked_up_at + timedelta(seconds=settings.SECOND_LOOK_UP_SECONDS)
    assert item.send_began_at is not None
    return item.send_began_at + timedelta(seconds=settings.FIRST_LOOK_UP_SECONDS)
