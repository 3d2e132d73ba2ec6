"""Claim due items, hand them to a connector, settle what came of it; recover what a dead worker held.

No transaction is open while a connector works. A lease and a version make sure that each try is
settled once, by the worker that made it.
"""

import logging
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DataError, InterfaceError, OperationalError, transaction
from django.db.models.functions import Now

from pagetojob.kernel import states
from pagetojob.kernel.tenants import scope

from .. import retry
from ..causes import CAUSES
from ..lane_sql import anything_due
from ..models import NOTICES, Kind, State, SyncAttempt, SyncItem
from ..outcomes import Outcome
from . import lanes, ledger

Connector = Callable[[SyncItem], Outcome]

#: One item is worked at a time, so one is claimed at a time: a lease must not run while its item waits.
SLOTS = 1
SWEEP_BATCH = 200
LOST = "lost"
#: A claim may find every lane held by other workers, for the moment of their claims; so a drain asks on for a while.
PATIENCE_SECONDS = 0.5
ASK_AGAIN_SECONDS = 0.01
MOST_LOST_TRIES = 25
#: A server that asks to try later is there: it says something of one mailbox, and nothing of the lane.
OF_ONE_ADDRESS = ("mail-later",)
log = logging.getLogger(__name__)


def drain(deliver: Connector, *, worker: str) -> int:
    """Work off due items until none is left or the budget is spent; return how many were settled."""
    deadline = time.monotonic() + settings.DRAIN_BUDGET_SECONDS
    settled, patient_until = 0, time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if items := claim(SLOTS):
            for item in items:
                settled += _work(item, deliver, worker=worker)
            patient_until = time.monotonic() + PATIENCE_SECONDS
        elif time.monotonic() < patient_until and _anything_due():
            time.sleep(ASK_AGAIN_SECONDS)
        else:
            break
    return settled


def claim(limit: int) -> list[SyncItem]:
    """Lease up to `limit` due items to this worker, of the lanes whose turn it is. Two statements.

    Within a lane the most urgent and longest due go first. Empty when nothing is due, or when all that is
    due belongs to lanes that rest or that other workers are just claiming from.
    """
    with scope.worker():
        rows = lanes.take(limit)
        if not rows:
            return []
        began: datetime = rows[0].clock  # type: ignore[attr-defined]
        lease_until = began + timedelta(seconds=settings.LEASE_SECONDS)
        moved = states.move_many(rows, State.SENDING, lease_until=lease_until)
    for row in rows:
        row.state, row.version, row.lease_until = State.SENDING, row.version + 1, lease_until
        row.state_since = began
    return [row for row in rows if row.pk in moved]


def _anything_due() -> bool:
    with scope.worker():
        return anything_due()


def _work(item: SyncItem, deliver: Connector, *, worker: str) -> bool:
    try:
        outcome = deliver(item)
    except (OperationalError, InterfaceError) as error:
        # Connectors read the database before they send, so nothing has left the house.
        log.warning("database lost", extra={"item": str(item.public_id), "error": type(error).__name__})
        outcome = Outcome(
            State.RETRYING, tried=False, cause="database-lost", detail="The database was lost for a moment."
        )
    except Exception as error:
        # Our own fault is no reason to try again blindly: a person looks at it.
        log.exception("connector failed", extra={"item": str(item.public_id), "kind": item.kind})
        outcome = Outcome(
            State.NEEDS_REVIEW,
            cause="own-fault",
            detail=f"A fault of ours stopped it ({type(error).__name__}).",
        )
    try:
        return settle(item, outcome, worker=worker)
    except DataError:
        # What came back cannot be written down. It must not be sent again for that: a person looks at it.
        log.exception("outcome cannot be stored", extra={"item": str(item.public_id), "kind": item.kind})
        bare = Outcome(
            State.NEEDS_REVIEW,
            cause="own-fault",
            detail=f"It ended as {outcome.state}, with facts that could not be stored.",
            possibly_arrived=outcome.possibly_arrived or outcome.state == State.DELIVERED,
        )
        return settle(item, bare, worker=worker)


def settle(item: SyncItem, outcome: Outcome, *, worker: str) -> bool:
    """Write down what came of a try; False when the item is no longer this worker's.

    One transaction: the move, its attempt row, what its lane learns from it, and the books. Only a cause
    that can pass is ever tried again; whatever else a connector wants retried goes to a person.
    """
    began, claim_version = item.state_since, item.version
    try:
        with scope.worker():
            state, cause, wait = _where_to(item, outcome)
            states.move(item, state, **_facts(item, outcome, cause=cause, due_at=wait and Now() + wait))
            SyncAttempt.objects.create(
                tenant_id=item.tenant_id,
                item=item,
                claim_version=claim_version,
                outcome=state,
                error_class=outcome.error_class,
                detail=outcome.detail[:300],
                worker=worker[:80],
                began_at=began,
            )
            if outcome.tried and outcome.may_pass and outcome.cause not in OF_ONE_ADDRESS:
                lanes.failed(item, began)
            elif not outcome.may_pass:
                lanes.passed(item)
            if state == State.DELIVERED and item.kind == Kind.BOOKING_REQUEST and item.lead:
                ledger.recount_day_of(item.lead)
    except states.LostRace:
        log.warning("a try came too late", extra={"item": str(item.public_id)})
        return False
    log.info("settled", extra={"item": str(item.public_id), "kind": item.kind, "state": str(state)})
    return True


def _where_to(item: SyncItem, outcome: Outcome) -> tuple[State, str, timedelta | None]:
    """The state a try leads to, its cause, and how long to wait there."""
    if outcome.state != State.RETRYING:
        return outcome.state, outcome.cause, None
    if not outcome.may_pass:
        return State.NEEDS_REVIEW, outcome.cause, None
    wait = retry.next_wait(
        attempts=max(item.attempts + outcome.tried, 1),
        age=item.state_since - (item.requeued_at or item.created_at),
        draw=random.random(),  # noqa: S311
    )
    return (State.NEEDS_REVIEW, "gave-up", None) if wait is None else (State.RETRYING, outcome.cause, wait)


def _facts(item: SyncItem, outcome: Outcome, *, cause: str, due_at: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "lease_until": None,
        "due_at": due_at,
        "attempts": item.attempts + outcome.tried,
        "error_class": outcome.error_class,
        "cause": cause,
        "last_error": outcome.detail[:300],
        "missing": list(outcome.missing),
        "possibly_twice": item.possibly_twice or outcome.possibly_arrived,
    }
    if outcome.external_id:
        facts["external_id"] = outcome.external_id
    if outcome.envelope is not None:
        facts["envelope"] = outcome.envelope
    return facts


def sweep_leases(*, worker: str) -> int:
    """Give back what a dead worker held: items still `sending` after their lease. Returns how many.

    A notice may have gone out, so it is tried again and marked possibly twice. A booking request has
    not: nothing is sent while no gateway for it exists, and its envelope is only built. An item that
    lost worker after worker goes to a person.
    """
    with scope.worker():
        held = list(
            SyncItem.objects.select_for_update(skip_locked=True)
            .filter(state=State.SENDING, lease_until__lt=Now())
            .order_by("lease_until")[:SWEEP_BATCH]
        )
        for item in held:
            _give_back(item, worker=worker)
    return len(held)


def _give_back(item: SyncItem, *, worker: str) -> None:
    claim_version, began = item.version, item.state_since
    lost_before = SyncAttempt.objects.filter(tenant=item.tenant_id, item=item, outcome=LOST).count()
    poison = lost_before + 1 >= MOST_LOST_TRIES
    # The first loss is hardly the item's fault; after more of them it waits longer and longer.
    wait = timedelta(0) if not lost_before else min(retry.LONGEST, retry.FIRST * 2**lost_before)
    cause = "worker-lost-often" if poison else "worker-lost"
    with transaction.atomic():
        states.move(
            item,
            State.NEEDS_REVIEW if poison else State.RETRYING,
            lease_until=None,
            due_at=None if poison else Now() + wait,
            attempts=item.attempts + 1,
            cause=cause,
            error_class=CAUSES[cause].error_class,
            last_error="The worker stopped before it could say what came of the try.",
            possibly_twice=item.possibly_twice or item.kind in NOTICES,
        )
        SyncAttempt.objects.create(
            tenant_id=item.tenant_id,
            item=item,
            claim_version=claim_version,
            outcome=LOST,
            error_class=CAUSES["worker-lost"].error_class,
            detail="The lease ran out.",
            worker=worker[:80],
            began_at=began,
        )
