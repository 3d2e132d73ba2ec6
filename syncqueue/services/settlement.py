"""Records outcomes of attempts in bulk: item states, attempts, circuit breakers and the ledger, in one commit."""

import logging
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DataError, IntegrityError, connection

from pagetojob.platform import states
from pagetojob.platform.inserts import insert_rows
from pagetojob.platform.tenants import scope
from syncqueue.leads.models import Lead

from .. import retry
from ..models import Kind, State, SyncAttempt, SyncItem
from ..outcomes import Outcome
from ..ports import Result
from . import lanes, ledger

#: A server that asks to retry later is reachable: this concerns one mailbox and not the lane.
SINGLE_MAILBOX_CAUSES = ("mail-later",)
_OF_AN_ATTEMPT = (
    "item",
    "tenant",
    "claim_version",
    "outcome",
    "error_class",
    "cause",
    "detail",
    "worker",
    "began_at",
)
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
        log.exception("outcome cannot be stored", extra={"item": str(item.public_id), "kind": item.kind})
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
        clock = _clock() if needed else None
        moved = _move(attempts, clock)
        settled = [attempt for attempt in attempts if attempt.item.id in moved]
        insert_rows(SyncAttempt, _OF_AN_ATTEMPT, [_attempt(attempt, worker) for attempt in settled])
        _update_breakers(settled)
        ledger.recount_days_of(_leads(settled))
    for attempt in attempts:
        if attempt.item.id in moved:
            log.info(
                "settled",
                extra={"item": str(attempt.item.public_id), "kind": attempt.item.kind, "state": str(attempt.state)},
            )
        else:
            log.warning("attempt settled too late", extra={"item": str(attempt.item.public_id)})
    return len(settled)


def _clock() -> datetime:
    """Return the time of the database, which leases and due times use."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        row = cursor.fetchone()
    assert row
    now: datetime = row[0]
    return now


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


def _attempt(settled: _Settled, worker: str) -> tuple[Any, ...]:
    """Return the values named in _OF_AN_ATTEMPT."""
    item, outcome = settled.item, settled.outcome
    ended = settled.state, outcome.error_class, settled.cause, outcome.detail[:300]
    return item.id, item.tenant_id, item.version, *ended, worker[:80], item.state_since


def _update_breakers(settled: Sequence[_Settled]) -> None:
    updates = lanes.BreakerUpdates()
    for attempt in settled:
        if not attempt.outcome.may_pass:
            updates.passed(attempt.item)
        elif attempt.outcome.tried and attempt.outcome.cause not in SINGLE_MAILBOX_CAUSES:
            updates.failed(attempt.item, attempt.item.state_since)
        if attempt.outcome.lane_cool_down:
            updates.cool_down(attempt.item, attempt.outcome.lane_cool_down)
    updates.write()


def _leads(settled: Sequence[_Settled]) -> list[Lead]:
    """Return the leads of delivered items whose ledger day changes. A single query if they were not loaded.

    A notice is as old as its lead, so leads of today's notices are not loaded: their day is counted live.
    """
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    landed = [
        attempt.item
        for attempt in settled
        if attempt.state == State.DELIVERED
        and (
            attempt.item.kind == Kind.BOOKING_REQUEST
            or (attempt.item.kind == Kind.BUSINESS_NOTIFICATION and attempt.item.created_at < midnight)
        )
    ]
    known = [item.lead for item in landed if item.lead_id and SyncItem.lead.is_cached(item)]
    rest = [item.lead_id for item in landed if item.lead_id and not SyncItem.lead.is_cached(item)]
    return [lead for lead in known if lead] + (list(Lead.objects.filter(pk__in=rest)) if rest else [])
