"""Processes inbox events from their stored copies, re-verified first; reruns; records gaps; deletes old rows.

An event is handled in the transaction that changes its state: if a worker dies, the event is due again after its lease.
"""

import hashlib
import json
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Now

from pagetojob.platform import states, strict_json
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.postgresql.locks import wait_for_lock
from pagetojob.platform.sealing.errors import SecretNotStored, VaultError
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from pagetojob.servicetitan.vault.services import has_ended, inbox_box

from ..inbox import verifiers
from ..inbox.handlers import Came, Handled, Handling, Hint, handling_of
from ..inbox.outcomes import Outcome
from ..inbox.reading import DEEPEST, read_event, unpack
from ..models import (
    EventState,
    HookCount,
    HookKey,
    HookRoute,
    InboxEvent,
    InboxGap,
    QuarantinedRequest,
)
from . import inbox
from .inbox_keys import recipe_of

#: A batch ends by count or by time: a slow other side must not delay the periodic tasks after it.
A_TURN, A_TURN_SECONDS = 200, 20.0
MAX_ATTEMPTS = 8
#: Much longer than a handler may spend on API reads.
LEASE = timedelta(minutes=3)
QUARANTINE_DAYS, COPY_DAYS, ROW_DAYS = 7, 30, 400
_BATCH = 5000
S = EventState
_TO = {Came.DONE: S.DONE, Came.SUPERSEDED: S.SUPERSEDED, Came.AMBIGUOUS: S.AMBIGUOUS, Came.UNMATCHED: S.UNMATCHED}
log = logging.getLogger(__name__)


class RerunRefused(ValueError):
    """Raised for a row that may not be rerun; the message says why."""


def work_inbox() -> int:
    """Process one batch of routes in service: requests to be judged again, then due events. Return how many.

    Routes alternate, so that a busy one does not delay the others. Before each step it is checked again that the route
    is in service.
    """
    with scope.worker():
        due = InboxEvent.objects.filter(state=S.QUEUED, due_at__lte=Now()).values("route_id")
        again = QuarantinedRequest.objects.exclude(rerun_at=None).values("route_id")
        routes = deque(HookRoute.objects.filter(pk__in=due.union(again)).order_by("pk"))
    done, until = 0, time.monotonic() + A_TURN_SECONDS
    while routes and done < A_TURN and time.monotonic() < until:
        route = routes.popleft()
        service = _service_of(route)
        if service is not None and (_judge_again(service) or _process_next(service)):
            done += 1
            routes.append(route)
    return done


def _service_of(route: HookRoute) -> inbox.InService | None:
    """Return None if the route is not in service or its keys cannot be opened: its events stay due."""
    try:
        return inbox.in_service(route.public_id)
    except VaultError as error:
        log.error("webhook keys cannot be opened", extra={"route": str(route.public_id), "error": type(error).__name__})  # noqa: TRY400
        return None


def _process_next(service: inbox.InService) -> bool:
    """Process one event; return whether there was one. Concurrent workers take different events.

    First verifies it and reads the API, without a transaction; then handles it in the transaction that changes its
    state.
    """
    event = _take(service.route)
    if event is None:
        return False
    try:
        opened = _open(service, event)
        if isinstance(opened, _Opened):
            reader = opened.handling.reader
            opened = replace(opened, hint=replace(opened.hint, found=reader(opened.hint) if reader else None))
        with transaction.atomic(), scope.worker():
            to, sentence = _handle(event, opened) if isinstance(opened, _Opened) else (S.NEEDS_REVIEW, opened)
            states.move(event, to, outcome=sentence[:200], due_at=None, tries=F("tries") + 1)
            if to is not S.NEEDS_REVIEW:
                note_alive(event.route_id, event.received_at, told_by="event")
    except states.LostRace:
        log.warning("event taken by another worker", extra={"event": str(event.public_id)})
    except Exception as error:
        # Any error: the event stays due, and after several attempts a person reviews it.
        log.exception("event not handled", extra={"event": str(event.public_id)})
        with transaction.atomic(), scope.worker():
            _failed(event, type(error).__name__)
    return True


def _take(route: HookRoute) -> InboxEvent | None:
    """Lease the next due event for LEASE. If the worker dies, it is due again after that."""
    with transaction.atomic(), scope.worker():
        due = InboxEvent.objects.filter(route_id=route.pk, state=S.QUEUED, due_at__lte=Now())
        event = due.select_for_update(skip_locked=True, of=("self",)).order_by("due_at", "id").first()
        if event is not None:
            InboxEvent.objects.filter(pk=event.pk).update(due_at=Now() + Value(LEASE))
    return event


@dataclass(frozen=True)
class _Opened:
    """A stored copy that is still valid, and its handler."""

    hint: Hint
    handling: Handling


def _open(service: inbox.InService, event: InboxEvent) -> _Opened | str:
    """Return the opened copy; a sentence if a person has to review the event."""
    if event.box is None:
        return "The stored copy was removed on schedule."
    headers, body = unpack(service.box.open(bytes(event.box), about=event.public_id))
    if not _still_signed(service, event, headers, body):
        return "The stored copy is not signed with an accepted key."
    handling = handling_of(event.kind, event.kind_version)
    if handling is None:
        return "This type and version no longer has a handler."
    try:
        read = read_event(body)
    except strict_json.BadJson:
        return "The stored copy cannot be read."
    return _Opened(Hint(event.tenant_id, event.route_id, event.kind, event.received_at, read.data), handling)


def _handle(event: InboxEvent, opened: _Opened) -> tuple[EventState, str]:
    _lock_record(event)
    kin = InboxEvent.objects.filter(route_id=event.route_id, record=event.record, state=S.DONE)
    if event.record and kin.filter(occurred_at__gt=event.occurred_at).exists():
        return S.SUPERSEDED, "A newer event about the same record was already processed."
    with scope.tenant(event.tenant_id):
        came: Handled = opened.handling.handler(opened.hint)
    return _TO[came.came], came.sentence


def _still_signed(service: inbox.InService, event: InboxEvent, headers: dict[str, str], body: bytes) -> bool:
    """Return whether an accepted key signed it, or one that was retired only after the event had arrived."""
    checked = verifiers.check(recipe_of(service.route), headers, body, service.keys)
    if checked.refused is Outcome.RETIRED_KEY:
        with scope.worker():
            of_slot = HookKey.objects.filter(route_id=event.route_id, slot=checked.slot)
            return of_slot.filter(retired_at__gt=event.received_at).exists()
    return checked.refused is None


def _lock_record(event: InboxEvent) -> None:
    """Lock the record, so that two events about it are handled in turn. The lock ends with the transaction."""
    number = int.from_bytes(hashlib.sha256(f"{event.route_id}:{event.record}".encode()).digest()[:8], signed=True)
    wait_for_lock(number)


def _failed(event: InboxEvent, error: str) -> None:
    if event.tries + 1 >= MAX_ATTEMPTS:
        sentence = f"Its handler failed {MAX_ATTEMPTS} times, the last with {error}."
        states.move(event, S.NEEDS_REVIEW, outcome=sentence, due_at=None, tries=F("tries") + 1)
        return
    wait = timedelta(seconds=min(2**event.tries * 5, 600))
    InboxEvent.objects.filter(pk=event.pk, version=event.version).update(
        tries=F("tries") + 1, due_at=Now() + Value(wait), outcome=f"Its handler failed with {error}; it is retried."
    )


def _judge_again(service: inbox.InService) -> bool:
    """Judge one quarantined request again if a person asked for it. Return whether there was one."""
    with scope.worker():
        rows = QuarantinedRequest.objects.filter(route_id=service.route.pk).exclude(rerun_at=None)
        row = rows.order_by("rerun_at", "id").first()
    if row is None:
        return False
    try:
        headers, body = unpack(service.box.open(bytes(row.box or b""), about=row.public_id))
        outcome = inbox.promote(service, inbox.Post(headers, body), received_at=row.received_at)
    except VaultError:  # a copy that cannot be opened is treated as missing and must not block others
        outcome = Outcome.UNAVAILABLE
    with scope.worker():
        QuarantinedRequest.objects.filter(pk=row.pk).update(rerun_at=None, rerun_outcome=outcome.value)
    return True


def rerun_event(event: InboxEvent, *, actor: User, reason: str) -> None:
    """Queue an event again; it is verified again first. In the operator's scope. Raises RerunRefused."""
    if S.QUEUED not in InboxEvent.MOVES.get(event.state, ()):
        raise RerunRefused("An event that is done, superseded or queued cannot be rerun.")
    if event.box is None:
        raise RerunRefused("Its stored copy was removed on schedule, so it cannot be verified again.")
    with transaction.atomic():
        before = event.state
        states.move(event, S.QUEUED, due_at=Now(), tries=0, outcome="")
        record_change("inbox.rerun", event, actor=actor, reason=reason, state=(before, S.QUEUED.value))


def rerun_quarantined(row: QuarantinedRequest, *, actor: User, reason: str) -> None:
    """Request that a request is judged again as of its arrival. Raises RerunRefused unless it was signed and fresh."""
    if row.outcome != Outcome.UNKNOWN_TYPE or row.box is None:
        raise RerunRefused("Only a signed and fresh request of an unknown type can be judged again.")
    with transaction.atomic():
        QuarantinedRequest.objects.filter(pk=row.pk).update(rerun_at=Now(), rerun_outcome="")
        record_change("inbox.rerun", row, actor=actor, reason=reason, state=(row.outcome, "judged again"))


def note_alive(route_id: int, at: datetime, *, told_by: str) -> None:
    """Record a sign of life of a sender: an event, or a successful poll. A longer silence before it is a gap.

    In the worker's scope. Safe to call late and in any order.
    """
    route = HookRoute.objects.select_for_update(of=("self",)).get(pk=route_id)
    if route.alive_at is None or at > route.alive_at:
        if route.alive_at and at - route.alive_at > timedelta(seconds=route.heartbeat_seconds):
            InboxGap.objects.get_or_create(
                route=route,
                tenant_id=route.tenant_id,
                began_at=route.alive_at,
                defaults={"ended_at": at, "told_by": told_by},
            )
        HookRoute.objects.filter(pk=route_id).update(alive_at=at)


def has_connection_ended(route_id: int) -> bool:
    """Return whether the connection of a route was disconnected since it was read. In the tenant's scope."""
    return has_ended(HookRoute.objects.select_related("connection").get(pk=route_id).connection)


def forget_old_requests() -> int:
    """Delete quarantine after a week, stored copies after a month, rows after more than a year; return how many.

    In batches, each in its own transaction, until nothing is left or the time is up: rows that arrive faster than one
    batch per run must not outlive their retention.
    """
    gone, until = 0, time.monotonic() + A_TURN_SECONDS
    forgets: tuple[Callable[[], int], ...] = (
        lambda: _older(QuarantinedRequest.objects.all(), QUARANTINE_DAYS).delete()[0],
        lambda: _older(InboxEvent.objects.exclude(box=None), COPY_DAYS).update(box=None),
        lambda: _older(InboxEvent.objects.all(), ROW_DAYS).delete()[0],
        lambda: _older(HookCount.objects.all(), ROW_DAYS, by="hour").delete()[0],
    )
    for forget in forgets:
        while time.monotonic() < until:
            with scope.worker():
                batch = forget()
            gone += batch
            if batch < _BATCH:
                break
    return gone


def _older(rows: QuerySet[Any], days: int, *, by: str = "received_at") -> QuerySet[Any]:
    """Select the rows that are older than this, at most a batch, oldest first."""
    old = rows.filter(**{f"{by}__lt": Now() - Value(timedelta(days=days))}).order_by(by)
    batch: QuerySet[Any] = rows.model._default_manager.filter(pk__in=old.values("pk")[:_BATCH])
    return batch


@dataclass(frozen=True)
class Shown:
    """A stored copy. `rendered` is empty for a body that is not strict JSON; `raw` escapes every non-printable byte."""

    headers: dict[str, str]
    rendered: str
    raw: str


def show_copy(row: InboxEvent | QuarantinedRequest, *, actor: User, reason: str) -> Shown:
    """Open a copy, with an audit line for the tenant. Raises SecretNotStored if it was removed, and vault errors."""
    if row.box is None:
        raise SecretNotStored
    box = inbox_box(row.tenant, why=f"Looked at {row}: {reason}", by=actor)
    headers, body = unpack(box.open(bytes(row.box), about=row.public_id))
    try:
        rendered = json.dumps(strict_json.loads(body, deepest=DEEPEST), indent=2, ensure_ascii=False)
    except strict_json.BadJson:
        rendered = ""
    raw = "".join(chr(byte) if 32 <= byte < 127 or byte == 10 else f"\\x{byte:02x}" for byte in body)
    return Shown(headers, rendered, raw)
