"""Interprets booking calls: the outcome of each response and error.

ServiceTitan offers no idempotency. So a send intent is stored in the row first, and while it is set only two lookups
that found nothing allow another send. A booking that is found is updated instead of created again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
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

from ...envelope import provider_of
from ...item_actions import (
    ACCESS_REFUSED,
    GATE_CLOSED,
    LOOKUP_REFUSED,
    LOOKUP_WAITS,
    MAPPING_MISSING,
    MAPPING_REFUSED,
)
from ...models import State, SyncItem
from ...outcomes import Outcome
from ...refused import ACCESS, key_of, refused_ids, words_of

REQUIRED_LOOKUPS = 2
#: Applies to the whole account, and comes with the time to wait.
RATE_LIMIT = "rate-limit"
#: Error codes on our side: nothing was sent, because our knowledge of gates or access was too old.
GATES_UNREAD = "gates-unread"
SESSION_LAPSED = "line-lapsed"
OURS = (GATES_UNREAD, SESSION_LAPSED)
_DECISION_OUT_OF_DATE = ("gate-shut", "gate-lapsed")
Envelope = dict[str, Any]
#: Returns the API client of a call that ends within that many seconds.
OpenCaller = Callable[[float], Awaitable[Caller]]


async def create(open_caller: OpenCaller, envelope: Envelope) -> Outcome:
    """Make one create call for an item with a send intent, in the loop. Raises the gateway's errors."""
    provider = provider_of(envelope)
    assert provider is not None
    caller = await open_caller(settings.SEND_DEADLINE_SECONDS)
    receipt = await bookings.create(caller, provider=provider, body=envelope["booking"])
    return Outcome(State.DELIVERED, external_id=str(receipt.booking.id), reconcile=False)


async def find_earlier(open_caller: OpenCaller, item: SyncItem, envelope: Envelope) -> Outcome | None:
    """Search for an earlier send and return its outcome; None if it is proven not to be there, so that it may be sent.

    If found: delivered, and updated where `envelope` differs from the sent one. In the loop; touches no database.
    Raises the gateway's errors.
    """
    sent = item.envelope or {}
    provider = provider_of(sent)
    assert provider is not None
    caller = await open_caller(settings.LOOK_UP_DEADLINE_SECONDS)
    matches = await bookings.find_by_reference(caller, provider=provider, reference=sent["booking"]["externalId"])
    if matches:
        return await _adopt(await open_caller(settings.SEND_DEADLINE_SECONDS), provider, matches, sent, envelope)
    return None if item.looked_up + 1 >= REQUIRED_LOOKUPS else _nothing_yet(item)


def before_lookup(item: SyncItem, *, reachable: bool) -> Outcome | None:
    """Return why no lookup is possible now: too early, or no access; None if it is possible. No query."""
    if (early := _still_to_wait(item)) > timedelta(0):
        return Outcome(
            State.RETRYING, tried=False, cause="look-up-due", detail="The lookup is not due yet.", wait=early
        )
    if not reachable:
        return _lookup_waits("It cannot be looked up while there is no access.")
    if provider_of(item.envelope or {}) is None:
        return Outcome(State.UNKNOWN, tried=False, cause=LOOKUP_REFUSED, detail="It was sent without a provider.")
    return None


def _still_to_wait(item: SyncItem) -> timedelta:
    """Return the remaining wait, by the database's clock at the claim: 120 s from send to first lookup, then 60 s."""
    if item.looked_up_at is not None:
        return item.looked_up_at + timedelta(seconds=settings.SECOND_LOOK_UP_SECONDS) - item.state_since
    assert item.send_began_at is not None
    return item.send_began_at + timedelta(seconds=settings.FIRST_LOOK_UP_SECONDS) - item.state_since


def _nothing_yet(item: SyncItem) -> Outcome:
    return Outcome(
        State.RETRYING,
        tried=False,
        cause="look-up-due",
        detail=f"Lookup {item.looked_up + 1} found nothing.",
        found_nothing=True,
        wait=timedelta(seconds=settings.SECOND_LOOK_UP_SECONDS),
    )


async def _adopt(
    caller: Caller, provider: int, matches: tuple[Booking, ...], sent: Envelope, envelope: Envelope
) -> Outcome:
    """Adopt the oldest booking as ours. More than one is flagged: a person has to dismiss the others there."""
    first, several = matches[0], len(matches) > 1
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
    detail = (
        f"Found {len(matches)} times in ServiceTitan; the oldest one is used."
        if several
        else "Found in ServiceTitan; not sent again."
    )
    return Outcome(State.DELIVERED, detail=detail, reconcile=False, **facts)


def _differs(why: str, facts: dict[str, Any]) -> Outcome:
    """Keep the send intent: a resend must find the booking there and never create it a second time."""
    return Outcome(State.NEEDS_REVIEW, cause="booking-differs", detail=why, reconcile=True, **facts)


def after(
    error: Exception, *, looking: bool, confirmed_absent: bool = False, envelope: Envelope | None = None
) -> Outcome | None:
    """Return the outcome of an error of a call or of its session; None for an error in our own code.

    `confirmed_absent` means that two lookups had found nothing right before this send. `envelope` is what the call was
    made with.
    """
    outcome = _without_session(error)
    if outcome is None and isinstance(error, GatewayError):
        outcome = _of_read(error) if looking else _of_create(error, confirmed_absent=confirmed_absent)
        outcome = _with_refused(outcome, error, envelope or {})
    if outcome is not None and looking and outcome.state == State.BLOCKED:
        return _lookup_waits(outcome.detail)
    return outcome


def not_connected(*, looking: bool) -> Outcome:
    why = "There is no active connection."
    return _lookup_waits(why) if looking else blocked("not-connected", "connection", "Customer", why)


def session_too_slow() -> Outcome:
    return Outcome(State.RETRYING, tried=False, cause="booking-away", detail="No access token arrived in time.")


def _without_session(error: Exception) -> Outcome | None:
    if isinstance(error, TokenBusy):
        return Outcome(State.RETRYING, tried=False, cause="booking-away", detail=str(error))
    if isinstance(error, NotAdmitted):
        return blocked(GATE_CLOSED, "gate", "PageToJob", "The gates no longer allow credentials for this environment.")
    if isinstance(error, VaultError):
        return blocked("not-connected", "connection", "Customer", str(error))
    return None


def _of_closed_gate(error: GateClosedError) -> Outcome:
    """Return the outcome of a call that was not made. If the decision is out of date, the gates are decided again:
    what changed may not concern this item at all.
    """
    if error.code in _DECISION_OUT_OF_DATE:
        return Outcome(State.RETRYING, tried=False, cause="gate-changed", detail=error.sentence, reconcile=False)
    return blocked(GATE_CLOSED, "gate", "PageToJob", error.sentence)


def _of_create(error: GatewayError, *, confirmed_absent: bool) -> Outcome:
    """Return the outcome of a failed create call: only an unclear result keeps the send intent."""
    if isinstance(error, UnclearError):
        return _unclear(error, confirmed_absent=confirmed_absent)
    if isinstance(error, TransientError):
        return _away(error, reconcile=False)
    if isinstance(error, GateClosedError):
        return _of_closed_gate(error)
    if isinstance(error, AuthorizationError):
        return blocked(ACCESS_REFUSED, "access", "Customer", error.sentence, tried=True)
    if isinstance(error, MappingError):
        named = blocked(MAPPING_MISSING, "mapping", "Operations", _naming_fields(error), tried=True)
        return replace(named, detail=_detail(error))
    return Outcome(State.NEEDS_REVIEW, cause="booking-refused", detail=_detail(error), reconcile=False)


def _unclear(error: UnclearError, *, confirmed_absent: bool) -> Outcome:
    """Search for it before a resend. A booking that ServiceTitan reports as existing but does not return needs a
    person.
    """
    if confirmed_absent and error.code == bookings.REFERENCE_TAKEN:
        return Outcome(State.UNKNOWN, cause="booking-collides", detail=_detail(error))
    wait = timedelta(seconds=max(settings.FIRST_LOOK_UP_SECONDS, error.wait or 0))
    return Outcome(State.RETRYING, cause="booking-unclear", detail=_detail(error), wait=wait)


def _of_read(error: GatewayError) -> Outcome:
    """Return the outcome of a failed lookup or update: the send intent stays in any case."""
    if isinstance(error, TransientError):
        return _away(error, reconcile=None)
    if isinstance(error, UnclearError | AuthorizationError):
        # Several rejections in a row end the connection; then the lookup waits for the access.
        return Outcome(State.RETRYING, cause="look-up-due", detail=_detail(error))
    if isinstance(error, GateClosedError):
        return replace(_of_closed_gate(error), reconcile=None)
    return Outcome(State.UNKNOWN, cause=LOOKUP_REFUSED, detail=_detail(error))


def _away(error: TransientError, *, reconcile: bool | None) -> Outcome:
    wait = timedelta(seconds=error.wait or 0)
    # Our own uncertainty is not an attempt, and does not affect the breaker.
    tried, rest = error.code not in OURS, wait if error.code == RATE_LIMIT else timedelta(0)
    return Outcome(
        State.RETRYING,
        tried=tried,
        cause="booking-away",
        detail=_detail(error),
        reconcile=reconcile,
        wait=wait,
        lane_cool_down=rest,
    )


def _lookup_waits(why: str) -> Outcome:
    return Outcome(State.UNKNOWN, tried=False, cause=LOOKUP_WAITS, detail=why)


def blocked(cause: str, what: str, holder: str, sentence: str, *, tried: bool = False) -> Outcome:
    return Outcome(
        State.BLOCKED,
        tried=tried,
        cause=cause,
        detail=sentence,
        missing=[asdict(Missing(what, holder, sentence))],
        reconcile=False,
    )


def _with_refused(outcome: Outcome, error: GatewayError, envelope: Envelope) -> Outcome:
    """Add what was refused to an outcome that a repair at ServiceTitan fixes, so that the repair releases the item."""
    if outcome.cause == ACCESS_REFUSED:
        return replace(outcome, missing=[{**outcome.missing[0], "refused": ACCESS}])
    if outcome.cause not in (MAPPING_MISSING, LOOKUP_REFUSED) or not (refused := refused_ids(error, envelope)):
        return outcome
    sentence = f"ServiceTitan rejected {words_of(refused)}. It may be disabled or deleted there."
    missing = asdict(Missing("mapping", "Customer", sentence)) | {"refused": key_of(refused)}
    cause = MAPPING_REFUSED if outcome.cause == MAPPING_MISSING else outcome.cause
    return replace(outcome, cause=cause, missing=[missing])


def _naming_fields(error: GatewayError) -> str:
    """Return our sentence with the rejected fields, if the response names any."""
    fields = error.answer.fields if error.answer else ()
    return f"{error.sentence.rstrip('.')}: {', '.join(fields)}." if fields else error.sentence


def _detail(error: GatewayError) -> str:
    """Return our sentence, with the response status, the rejected fields and the trace id if there is a response."""
    if error.answer is None:
        return error.sentence
    facts = [f"status {error.answer.status}"]
    facts += [f"rejected: {', '.join(error.answer.fields)}"] if error.answer.fields else []
    facts += [f"trace {error.answer.trace_id}"] if error.answer.trace_id else []
    return f"{error.sentence} ({', '.join(facts)})"
