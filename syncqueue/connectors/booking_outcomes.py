"""A booking sent once, looked up before it is sent again, and changed where it is instead of made anew.

Their side offers no idempotency. So a send leaves its mark in the row first (`fence`), and while that mark stands only
two look-ups that found nothing let another send begin.
"""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.conf import settings

from pagetojob.gates.services import Missing
from pagetojob.platform.outbound.errors import (
    AuthorizationError,
    GateClosedError,
    GatewayError,
    MappingError,
    RefusedError,
    TransientError,
    UnclearError,
)
from pagetojob.platform.sealing.errors import NotAdmitted, TokenBusy, VaultError
from pagetojob.servicetitan.client import bookings
from pagetojob.servicetitan.client.calls import Caller
from pagetojob.servicetitan.client.payloads import Booking

from ..item_actions import GATE_SHUT, MAPPING_MISSING
from ..models import State, SyncItem
from ..outcomes import Outcome
from .api_sessions import Line, StillOpen
from .http_loop import Wire

LOOK_UPS = 2
#: They speak of the whole account with it, and name the time to wait for.
RATE_LIMIT = "rate-limit"
#: Codes of faults that are none of theirs: nothing was sent, because what we knew of gates or access was too old.
GATES_UNREAD = "gates-unread"
LINE_LAPSED = "line-lapsed"
OURS = (GATES_UNREAD, LINE_LAPSED)
Envelope = dict[str, Any]


async def create(wire: Wire, line: Line, still_open: StillOpen, envelope: Envelope) -> Outcome:
    """Make one create call, of a marked item and in the loop. Raises what the gateway raises."""
    provider = provider_of(envelope)
    assert provider is not None
    caller = await _caller(wire, line, still_open, settings.SEND_DEADLINE_SECONDS)
    receipt = await bookings.create(caller, provider=provider, body=envelope["booking"])
    return Outcome(State.DELIVERED, external_id=str(receipt.booking.id), reconcile=False)


async def look_up(wire: Wire, line: Line, still_open: StillOpen, item: SyncItem, envelope: Envelope) -> Outcome | None:
    """What a look-up of an earlier send leads to; None when it is proven not to be there, so that it may be sent.

    Found: delivered, and brought up to date where `envelope` differs from what was sent. In the loop; touches no
    database. Raises what the gateway raises.
    """
    sent = item.envelope or {}
    provider = provider_of(sent)
    assert provider is not None
    caller = await _caller(wire, line, still_open, settings.LOOK_UP_DEADLINE_SECONDS)
    found = await bookings.find_by_reference(caller, provider=provider, reference=sent["booking"]["externalId"])
    if found:
        changing = await _caller(wire, line, still_open, settings.SEND_DEADLINE_SECONDS)
        return await _adopt(changing, provider, found, sent, envelope)
    return None if item.looked_up + 1 >= LOOK_UPS else _nothing_yet(item)


async def _caller(wire: Wire, line: Line, still_open: StillOpen, seconds: float) -> Caller:
    return line.caller(await wire.transport(seconds), still_open)


def before_look_up(item: SyncItem, *, reachable: bool) -> Outcome | None:
    """Why it cannot be looked up now: too early, or nobody to ask; None when it can. No query."""
    if (early := _still_to_wait(item)) > timedelta(0):
        return Outcome(State.RETRYING, tried=False, cause="look-up-due", detail="It is not time to look.", wait=early)
    if not reachable or provider_of(item.envelope or {}) is None:
        return _cannot_look("There is no way to look for it now.")
    return None


def before_send(envelope: Envelope) -> Outcome | None:
    """Why it cannot be sent now; None when it can."""
    if provider_of(envelope) is None:
        return _blocked(MAPPING_MISSING, "mapping", "Operations", "The booking provider of the page has no id there.")
    return None


def provider_of(envelope: Envelope) -> int | None:
    """The id of the booking provider that stands in the path of every booking call."""
    found = envelope.get("mapped", {}).get("booking_provider", {}).get("external_id")
    return int(found) if found is not None else None


def _still_to_wait(item: SyncItem) -> timedelta:
    """By the database's clock at the claim: 120 s from the send to the first look-up, 60 s from that to the second."""
    if item.looked_up_at is not None:
        return item.looked_up_at + timedelta(seconds=settings.SECOND_LOOK_UP_SECONDS) - item.state_since
    assert item.send_began_at is not None
    return item.send_began_at + timedelta(seconds=settings.FIRST_LOOK_UP_SECONDS) - item.state_since


def _nothing_yet(item: SyncItem) -> Outcome:
    return Outcome(
        State.RETRYING,
        tried=False,
        cause="look-up-due",
        detail=f"Look-up {item.looked_up + 1} found nothing.",
        found_nothing=True,
        wait=timedelta(seconds=settings.SECOND_LOOK_UP_SECONDS),
    )


async def _adopt(
    caller: Caller, provider: int, found: tuple[Booking, ...], sent: Envelope, envelope: Envelope
) -> Outcome:
    """The oldest is ours. More than one is flagged: a person there has one to dismiss."""
    first, several = found[0], len(found) > 1
    facts: dict[str, Any] = {"external_id": str(first.id), "adopted": True, "possibly_arrived": several}
    changes = {name: value for name, value in envelope["booking"].items() if sent["booking"].get(name) != value}
    lost = set(sent["booking"]) - set(envelope["booking"])
    if lost:
        return _differs(f"A booking cannot be changed in {', '.join(sorted(lost))}.", facts)
    try:
        if changes:
            await bookings.update(caller, provider=provider, booking=first.id, changes=changes)
    except (GateClosedError, AuthorizationError):
        raise
    except RefusedError as error:
        return _differs(error.sentence, facts)
    detail = f"Found there {len(found)} times; the oldest is kept." if several else "Found there; not sent again."
    return Outcome(State.DELIVERED, detail=detail, reconcile=False, **facts)


def _differs(why: str, facts: dict[str, Any]) -> Outcome:
    """It stays to be looked up: sent again, it must find itself there and never be made a second time."""
    return Outcome(State.NEEDS_REVIEW, cause="booking-differs", detail=why, reconcile=True, **facts)


def after(error: Exception, *, looking: bool, looked: bool = False) -> Outcome | None:
    """What a fault of a call, or of getting a line for it, leads to; None for one that is our own.

    `looked` says that two look-ups had found nothing right before this send.
    """
    outcome = _without_a_line(error)
    if outcome is None and isinstance(error, GatewayError):
        outcome = _of_read(error) if looking else _of_create(error, looked=looked)
    if outcome is not None and looking and outcome.state == State.BLOCKED:
        return _cannot_look(outcome.detail)
    return outcome


def not_connected(*, looking: bool) -> Outcome:
    why = "There is no connection in use."
    return _cannot_look(why) if looking else _blocked("not-connected", "connection", "Customer", why)


def line_too_slow() -> Outcome:
    return Outcome(State.RETRYING, tried=False, cause="booking-away", detail="No access token came in time.")


def _without_a_line(error: Exception) -> Outcome | None:
    if isinstance(error, TokenBusy):
        return Outcome(State.RETRYING, tried=False, cause="booking-away", detail=error.for_people)
    if isinstance(error, NotAdmitted):
        return _blocked(GATE_SHUT, "gate", "PageToJob", "The gates admit no secret for this environment any more.")
    if isinstance(error, VaultError):
        return _blocked("not-connected", "connection", "Customer", error.for_people)
    return None


def _of_create(error: GatewayError, *, looked: bool) -> Outcome:
    """After a create call: only an unclear end leaves the mark standing."""
    if isinstance(error, UnclearError):
        return _unclear(error, looked=looked)
    if isinstance(error, TransientError):
        return _away(error, reconcile=False)
    if isinstance(error, GateClosedError):
        return _blocked(GATE_SHUT, "gate", "PageToJob", error.sentence)
    if isinstance(error, AuthorizationError):
        return _blocked("access-refused", "access", "Customer", error.sentence, tried=True)
    if isinstance(error, MappingError):
        return _blocked(MAPPING_MISSING, "mapping", "Operations", error.sentence, tried=True)
    return Outcome(State.NEEDS_REVIEW, cause="booking-refused", detail=_said(error), reconcile=False)


def _unclear(error: UnclearError, *, looked: bool) -> Outcome:
    """Looked for before it is sent again. What they say they have and do not show is a person's to find."""
    if looked and error.code == bookings.REFERENCE_TAKEN:
        return Outcome(State.UNKNOWN, cause="booking-collides", detail=_said(error))
    wait = timedelta(seconds=max(settings.FIRST_LOOK_UP_SECONDS, error.wait or 0))
    return Outcome(State.RETRYING, cause="booking-unclear", detail=_said(error), wait=wait)


def _of_read(error: GatewayError) -> Outcome:
    """After a look-up, or a change of what is there: the mark stands, whatever happened."""
    if isinstance(error, TransientError):
        return _away(error, reconcile=None)
    if isinstance(error, UnclearError):
        return Outcome(State.RETRYING, cause="look-up-due", detail=_said(error))
    return _cannot_look(_said(error))


def _away(error: TransientError, *, reconcile: bool | None) -> Outcome:
    wait = timedelta(seconds=error.wait or 0)
    # Our own doubt is no try, and says nothing of the lane.
    tried, rest = error.code not in OURS, wait if error.code == RATE_LIMIT else timedelta(0)
    return Outcome(
        State.RETRYING,
        tried=tried,
        cause="booking-away",
        detail=_said(error),
        reconcile=reconcile,
        wait=wait,
        lane_rests=rest,
    )


def _cannot_look(why: str) -> Outcome:
    return Outcome(State.UNKNOWN, tried=False, cause="look-up-refused", detail=why)


def _blocked(cause: str, what: str, holder: str, sentence: str, *, tried: bool = False) -> Outcome:
    return Outcome(
        State.BLOCKED,
        tried=tried,
        cause=cause,
        detail=sentence,
        missing=[asdict(Missing(what, holder, sentence))],
        reconcile=False,
    )


def _said(error: GatewayError) -> str:
    """Our sentence, with their status and trace id where they gave one."""
    if error.answer is None:
        return error.sentence
    trace = f", trace {error.answer.trace_id}" if error.answer.trace_id else ""
    return f"{error.sentence} (status {error.answer.status}{trace})"
