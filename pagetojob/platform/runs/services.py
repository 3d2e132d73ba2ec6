"""Start, work and resume runs; claim duties.

A handler is a generator function `handler(run) -> Iterator[Progress]`, registered by its kind in the
`apps.py` of the app that owns it. It does a bounded step, yields, and is resumed from `run.cursor`
after a crash, so a step must be safe to repeat; or it calls `checkpoint` in the transaction of the
work itself, so that nothing is ever repeated. A handler that raises RunStopped ends as failed with its
sentence.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User

from .models import OPEN, Duty, Run, RunState

LEASE = timedelta(seconds=60)
#: Of one nudge: well below the hard time limit of a task, and short enough that a stop is soon felt.
BUDGET_SECONDS = 20.0
MOST_WORKERS_LOST = 5
#: Well above the time a duty may take.
MISSED_AFTER = timedelta(minutes=5)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """Where a run stands: `done` of `total` steps, and the cursor to go on from."""

    done: int
    total: int | None
    cursor: Any


class RunStopped(Exception):
    """The work must not go on, and this is no fault of ours. `for_people` says why and what to do."""

    def __init__(self, for_people: str) -> None:
        super().__init__(for_people)
        self.for_people = for_people


Handler = Callable[[Run], Iterator[Progress]]
_handlers: dict[str, Handler] = {}


def register(kind: str, handler: Handler) -> None:
    """Name the handler of a kind of run. Called from `apps.py`, once a kind."""
    if _handlers.setdefault(kind, handler) is not handler:
        raise ValueError(f"two handlers for runs of kind {kind}")


def start_run(
    *,
    tenant: Tenant,
    kind: str,
    params: Mapping[str, Any],
    actor: User,
    reason: str,
    changes: Mapping[str, tuple[object, object]] | None = None,
    total: int | None = None,
) -> tuple[Run, bool]:
    """Ask for a run; return it and whether it is new. An open one of the same kind is returned as it is.

    `changes` go into its audit line, as `audit.services.record` takes them.
    """
    if kind not in _handlers:
        raise ValueError(f"no handler for runs of kind {kind}")
    with transaction.atomic():
        run, created = Run.objects.get_or_create(
            tenant=tenant,
            kind=kind,
            state__in=OPEN,
            defaults={"params": dict(params), "asked_by": actor, "state": RunState.QUEUED, "total": total},
        )
        if created:
            record(action="runs.start", subject=run, reason=reason, tenant=tenant, actor=actor, changes=changes)
    return run, created


def cancel_run(*, run: Run, actor: User, reason: str) -> bool:
    """End an open run; whether there was something to end. What it has done stays done.

    A worker that holds it stops at its next checkpoint. Waits for the checkpoint under way.
    """
    with transaction.atomic():
        held = Run.objects.select_for_update().get(pk=run.pk)
        if held.state not in OPEN:
            return False
        states.move(held, RunState.CANCELLED, lease_until=None)
        record(
            action="runs.cancel",
            subject=held,
            reason=reason,
            tenant=held.tenant_id,
            actor=actor,
            changes={"done": (None, held.done)},
        )
    return True


def claim_run() -> Run | None:
    """Lease the oldest run that waits or whose worker went quiet. Call inside a worker scope."""
    waiting = Q(state=RunState.QUEUED) | Q(state=RunState.RUNNING, lease_until__lt=Now())
    with transaction.atomic():
        run = Run.objects.select_for_update(skip_locked=True).filter(waiting).order_by("created_at", "id").first()
        if run is None:
            return None
        if run.state == RunState.RUNNING:
            lost = run.workers_lost + 1
            if lost >= MOST_WORKERS_LOST:
                states.move(run, RunState.FAILED, lease_until=None, error=f"{lost} workers died at step {run.done}")
                return None
            states.move(run, RunState.QUEUED, lease_until=None, workers_lost=lost)
        return states.move(run, RunState.RUNNING, lease_until=Now() + LEASE)


def work_here(run: Run) -> Run:
    """Be the worker of a run that was just started, until its end; for commands. A worker that is quicker keeps it.

    Returns the run as it ended, or as it is while another works on it.
    """
    while True:
        with scope.worker():
            held = Run.objects.get(pk=run.pk)
            if held.state != RunState.QUEUED:
                return held
            states.move(held, RunState.RUNNING, lease_until=Now() + LEASE)
        work_run(held)


def work_run(run: Run) -> None:
    """Work a claimed run until its end, or hand it back when the budget of one nudge is spent.

    Each step is committed with the next lease. A handler that raises fails the run with the kind of the
    error; a database that is lost for a moment does not: the lease runs out and the run goes on from its
    cursor. A worker whose lease was taken over, or whose run was cancelled, stops at its next step.
    """
    deadline = time.monotonic() + BUDGET_SECONDS
    try:
        for progress in _handlers[run.kind](run):
            with scope.worker():
                checkpoint(run, progress)
            if time.monotonic() >= deadline:
                _leave(run, RunState.QUEUED)
                return
        _leave(run, RunState.DONE)
    except states.LostRace:
        log.warning("run was taken over or cancelled", extra={"run": str(run.public_id)})
    except RunStopped as stop:
        log.warning("run stopped", extra={"run": str(run.public_id), "kind": run.kind})
        _leave(run, RunState.FAILED, error=stop.for_people)
    except (OperationalError, InterfaceError) as error:
        log.warning("database lost", extra={"run": str(run.public_id), "error": type(error).__name__})
    except Exception as error:
        log.exception("run failed", extra={"run": str(run.public_id), "kind": run.kind})
        _leave(run, RunState.FAILED, error=f"{type(error).__name__} at step {run.done}")


def checkpoint(run: Run, progress: Progress) -> None:
    """Write down where a run stands and renew its lease. Call inside a worker scope. One UPDATE.

    In the transaction of the work itself, both happen or neither. Raises LostRace when the run is no
    longer this worker's: cancelled, or taken over.
    """
    kept = Run.objects.filter(pk=run.pk, version=run.version, state=RunState.RUNNING).update(
        done=progress.done,
        total=progress.total,
        cursor=progress.cursor,
        workers_lost=0,
        lease_until=Now() + LEASE,
    )
    if not kept:
        raise states.LostRace(f"run {run.pk} is not ours any more")
    run.done, run.total, run.cursor = progress.done, progress.total, progress.cursor


def _leave(run: Run, state: RunState, **facts: Any) -> None:
    with scope.worker():
        states.move(run, state, lease_until=None, **facts)


def write_duties(names: Iterable[str]) -> None:
    """Make the rows of duties that have none yet. Call inside a worker scope, once a start."""
    Duty.objects.bulk_create([Duty(name=name) for name in names], ignore_conflicts=True)


def claim_duties(every: Mapping[str, timedelta]) -> list[str]:
    """The names of the duties due now, each pushed to its next time. Call inside a worker scope.

    A turn that was given out and never ended well is due again after five minutes, so that a nudge lost
    with the broker does not cost a nightly duty its night. Rows are claimed with SKIP LOCKED, so two
    dispatchers never take the same turn. One query, plus one per due duty.
    """
    unfinished = Q(last_finished_at__isnull=True) | Q(last_finished_at__lt=F("last_nudged_at"))
    missed = unfinished & Q(last_nudged_at__lt=Now() - MISSED_AFTER)
    with transaction.atomic():
        rows = Duty.objects.select_for_update(skip_locked=True).filter(name__in=every)
        due = list(rows.filter(Q(due_at__lte=Now()) | missed))
        for duty in due:
            Duty.objects.filter(pk=duty.pk).update(due_at=Now() + every[duty.name], last_nudged_at=Now())
    return [duty.name for duty in due]


def finish_duty(name: str) -> None:
    """Note that a duty's turn ended well. Call inside a worker scope."""
    Duty.objects.filter(pk=name).update(last_finished_at=Now())
