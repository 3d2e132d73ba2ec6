"""Records outcomes of attempts in bulk: item states, attempts, circuit breakers and the ledger, in one commit."""

import logging
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DataError, IntegrityError

from pagetojob.platform import states
from pagetojob.platform.postgresql.base import prepared_cursor
from pagetojob.platform.postgresql.clock import database_time
from pagetojob.platform.tenants import scope
from pagetojob.platform.tracing import record_span
from syncqueue.leads.models import Lead

from .. import retry, sql
from ..models import Kind, State, SyncItem
from ..notices.escalation import escalate_reviewed
from ..outcomes import Outcome
from ..ports import Result
from . import ledger
from .circuit_breaker import BreakerUpdates

_INSERT_ATTEMPTS = sql.load("settlement")["insert_attempts"]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Settled:
    """An attempt and its result: the new state, the cause and the wait."""

    item: SyncItem
    outcome: Outcome
    state: State
    cause: str
    wait: timedelta | None


def settle(item: SyncItem, outcome: Outcome, *, worker: str) -> bool:
    """Settle one attempt; return False if the item is no longer this worker's. Refreshes the item in memory."""
    if not settle_many([(item, outcome)], worker=worker):
        return False
    with scope.worker():
        item.refresh_from_db()
    return True


def settle_many(results: Sequence[Result], *, worker: str) -> int:
    """Settle each attempt whose item is still this worker's; return how many those were.

    A single transaction and a dozen statements, regardless of their number. Only a transient cause is ever retried;
    anything else that a connector wants to retry goes to a person. If a value cannot be stored, the batch is halved
    until the culprit is isolated: a person reviews that item, and the others are settled normally.
    """
    if not results:
        return 0
    try:
        return _settle(results, worker)
    except (DataError, IntegrityError):
        if len(results) > 1:
            half = len(results) // 2
            return settle_many(results[:half], worker=worker) + settle_many(results[half:], worker=worker)
        [(item, outcome)] = results
        # The outcome cannot be stored. The item must not be resent because of that: a person reviews it.
        log.exception("outcome cannot be stored", extra=item.log_fields)
        return _settle([(item, _bare(outcome))], worker)


def _bare(outcome: Outcome) -> Outcome:
    return Outcome(
        State.NEEDS_REVIEW,
        cause="own-fault",
        detail=f"It ended as {outcome.state}, with values that could not be stored.",
        possibly_arrived=outcome.possibly_arrived or outcome.state == State.DELIVERED,
    )


def _settle(results: Sequence[Result], worker: str) -> int:
    with scope.worker():
        attempts = [_where_to(item, outcome) for item, outcome in results]
        needed = any(attempt.wait is not None or attempt.outcome.found_nothing for attempt in attempts)
        clock = database_time() if needed else None
        moved = _move(attempts, clock)
        settled = [attempt for attempt in attempts if attempt.item.id in moved]
        _record_attempts(settled, worker)
        updates = BreakerUpdates()
        for attempt in settled:
            updates.add(attempt.item, attempt.outcome)
        updates.write()
        if leads := _leads_of_earlier_days(settled):
            ledger.recount_days_of(leads)
        escalate_reviewed(attempt.item for attempt in settled if attempt.state == State.NEEDS_REVIEW)
    for attempt in attempts:
        if attempt.item.id in moved:
            log.info("settled", extra=attempt.item.log_fields | {"state": str(attempt.state)})
            _trace(attempt)
        else:
            log.warning("attempt settled too late", extra=attempt.item.log_fields)
    return len(settled)


def _trace(attempt: _Settled) -> None:
    item = attempt.item
    if item.lead_id is not None:
        record_span(
            item.dedupe_key, f"deliver {item.kind}", began=item.state_since, item=str(item.public_id),
            attempt=item.attempts + 1, state=str(attempt.state), cause=attempt.cause,
        )  # fmt: skip


def _where_to(item: SyncItem, outcome: Outcome) -> _Settled:
    # While a send may have arrived, only `unknown` is true: fixing another cause would send the item twice.
    unsure = item.must_reconcile and outcome.reconcile is None
    stop = State.UNKNOWN if unsure else State.NEEDS_REVIEW
    if outcome.state != State.RETRYING:
        covered = unsure and outcome.state in (State.BLOCKED, State.NEEDS_REVIEW)
        return _Settled(item, outcome, stop if covered else outcome.state, outcome.cause, None)
    if not outcome.may_pass:
        return _Settled(item, outcome, stop, outcome.cause, None)
    wait = retry.next_wait(
        attempts=max(item.attempts + outcome.tried, 1),
        age=item.state_since - (item.requeued_at or item.created_at),
        draw=random.random(),  # noqa: S311
    )
    if wait is None:
        return _Settled(item, outcome, stop, "gave-up", None)
    return _Settled(item, outcome, State.RETRYING, outcome.cause, outcome.wait + wait)


def _move(attempts: Sequence[_Settled], clock: datetime | None) -> set[int]:
    """Run one UPDATE per new state; two if some attempts bring an envelope and others do not."""
    groups: dict[tuple[State, bool], list[_Settled]] = defaultdict(list)
    for attempt in attempts:
        groups[attempt.state, attempt.outcome.envelope is not None].append(attempt)
    moved: set[int] = set()
    for (state, _), group in sorted(groups.items()):
        facts = [_facts(attempt, clock) for attempt in group]
        each = {name: [fact[name] for fact in facts] for name in facts[0]}
        moved |= states.move_many([attempt.item for attempt in group], state, each=each, lease_until=None)
    return moved


def _facts(attempt: _Settled, clock: datetime | None) -> dict[str, Any]:
    item, outcome = attempt.item, attempt.outcome
    facts: dict[str, Any] = {
        "due_at": clock + attempt.wait if clock and attempt.wait is not None else None,
        "attempts": item.attempts + outcome.tried,
        "error_class": outcome.error_class,
        "cause": attempt.cause,
        "last_error": outcome.detail[:300],
        "missing": list(outcome.missing),
        "possibly_twice": item.possibly_twice or outcome.possibly_arrived,
        "must_reconcile": item.must_reconcile if outcome.reconcile is None else outcome.reconcile,
        "looked_up": item.looked_up + outcome.found_nothing,
        "looked_up_at": clock if outcome.found_nothing else item.looked_up_at,
        "adopted": item.adopted or outcome.adopted,
        "external_id": outcome.external_id or item.external_id,
    }
    return facts if outcome.envelope is None else facts | {"envelope": outcome.envelope}


def _record_attempts(settled: Sequence[_Settled], worker: str) -> None:
    if not settled:
        return
    rows = [
        (
            attempt.item.id,
            attempt.item.tenant_id,
            attempt.item.version,
            str(attempt.state),
            str(attempt.outcome.error_class),
            attempt.cause,
            attempt.outcome.detail[:300],
            attempt.item.state_since,
        )
        for attempt in settled
    ]
    with prepared_cursor() as cursor:
        cursor.execute(_INSERT_ATTEMPTS, [worker[:80], *(list(column) for column in zip(*rows, strict=True))])


def _leads_of_earlier_days(settled: Sequence[_Settled]) -> list[Lead]:
    """Return the leads of delivered items whose ledger day may be closed. An item is as old as its lead.

    No query for items of today.
    """
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    ids = [
        attempt.item.lead_id
        for attempt in settled
        if attempt.item.lead_id is not None
        and attempt.state == State.DELIVERED
        and attempt.item.kind in (Kind.BOOKING_REQUEST, Kind.BUSINESS_NOTIFICATION)
        and attempt.item.created_at < midnight
    ]
    return list(Lead.objects.filter(pk__in=ids)) if ids else []
