"""Start, execute and resume runs; claim periodic tasks.

A handler is a generator function `handler(run) -> Iterator[Progress]`. The `apps.py` of its app registers its dotted
path by kind, so that only the worker that runs it loads its libraries.
It performs a bounded step, yields, and after a crash is resumed from `run.cursor`, so steps must be idempotent.
Alternatively it calls `checkpoint` in the transaction of its own work, so that no step is ever repeated. A handler that
raises RunStopped fails the run with that message.
"""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce, Now
from django.utils.module_loading import import_string

from pagetojob.platform import states
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.postgresql.errors import UNAVAILABLE
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User

from .models import OPEN, Run, RunState, ScheduledTask

LEASE = timedelta(seconds=60)
#: Time limit per wake-up: well below a task's hard time limit, and short enough for a prompt shutdown.
BUDGET_SECONDS = 20.0
MOST_WORKERS_LOST = 5
#: Well above the time that a periodic task may take.
MISSED_AFTER = timedelta(minutes=5)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """Progress of a run: `done` of `total` steps, and the cursor to resume from."""

    done: int
    total: int | None
    cursor: Any


class RunStopped(Exception):
    """Raised by a handler to fail a run for a reason that is not a bug. The message states it and the remedy."""


_handlers: dict[str, str] = {}
_words: dict[str, str] = {}


def register(kind: str, handler: str, words: str) -> None:
    """Register the dotted path of the handler of a kind of run. Called from `apps.py`, once per kind.

    Pages show `words` for a run without a description in `params["words"]`.
    """
    if _handlers.setdefault(kind, handler) != handler:
        raise ValueError(f"two handlers for runs of kind {kind}")
    _words[kind] = words


def words_of(kind: str, described: object = "") -> str:
    """Return the description of a run or, without one, the words of its kind; those of a removed kind are unknown."""
    return str(described or _words.get(kind, "Unknown run"))


def start_run(
    *,
    tenant: Tenant,
    kind: str,
    params: Mapping[str, Any],
    actor: User | str,
    reason: str,
    changes: Mapping[str, tuple[object, object]] | None = None,
    total: int | None = None,
    cursor: Any = None,
) -> tuple[Run, bool]:
    """Request a run; return it and whether it is new. If one of the same kind is open, return that one unchanged.

    `actor` is the person or the name of a machine. `changes` are added to the audit line, in the form expected by
    `audit.services.record`. `cursor` is where to begin; without one, the handler begins at its start.
    """
    if kind not in _handlers:
        raise ValueError(f"no handler for runs of kind {kind}")
    with transaction.atomic():
        run, created = Run.objects.get_or_create(
            tenant=tenant,
            kind=kind,
            state__in=OPEN,
            defaults={
                "params": dict(params),
                "asked_by": actor if isinstance(actor, User) else None,
                "state": RunState.QUEUED,
                "total": total,
                "cursor": cursor,
            },
        )
        if created:
            record_change("runs.start", run, actor=actor, reason=reason, **(changes or {}))
    return run, created


def cancel_run(*, run: Run, actor: User, reason: str) -> bool:
    """Cancel an open run; return whether it was open. Completed steps are kept.

    The worker stops at its next checkpoint. Waits for a checkpoint in progress.
    """
    with transaction.atomic():
        locked = Run.objects.select_for_update().get(pk=run.pk)
        if locked.state not in OPEN:
            return False
        states.move(locked, RunState.CANCELLED, lease_until=None)
        record_change("runs.cancel", locked, actor=actor, reason=reason, done=(None, locked.done))
    return True


def claim_run() -> Run | None:
    """Lease the run that has waited longest: queued, or with an expired lease. Call inside a worker scope.

    A run that hands back after its time limit waits behind the others.
    """
    waiting = Q(state=RunState.QUEUED) | Q(state=RunState.RUNNING, lease_until__lt=Now())
    with transaction.atomic():
        run = Run.objects.select_for_update(skip_locked=True).filter(waiting).order_by("state_since", "id").first()
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
    """Work on a new run in this process until it ends; for commands. If another worker claims it first, leave it there.

    Returns the run in its final state, or in its current state if another worker has it.
    """
    while True:
        with scope.worker():
            current = Run.objects.get(pk=run.pk)
            if current.state != RunState.QUEUED:
                return current
            states.move(current, RunState.RUNNING, lease_until=Now() + LEASE)
        work_run(current)


def work_run(run: Run) -> None:
    """Work on a claimed run until it ends, or release it when the time limit of one wake-up is reached.

    Each step is committed together with the renewed lease. An exception in the handler fails the run and records the
    exception type. A lost database connection does not: the lease expires and the run resumes from its cursor. A worker
    whose run was canceled or taken over stops at its next step.
    """
    deadline = time.monotonic() + BUDGET_SECONDS
    try:
        for progress in import_string(_handlers[run.kind])(run):
            with scope.worker():
                checkpoint(run, progress)
            if time.monotonic() >= deadline:
                _leave(run, RunState.QUEUED)
                return
        _leave(run, RunState.DONE)
    except states.LostRace:
        log.warning("run taken over or canceled", extra={"run": str(run.public_id)})
    except RunStopped as stop:
        log.warning("run stopped", extra={"run": str(run.public_id), "kind": run.kind})
        _leave(run, RunState.FAILED, error=str(stop))
    except UNAVAILABLE as error:
        log.warning("database connection lost", extra={"run": str(run.public_id), "error": type(error).__name__})
    except Exception as error:
        log.exception("run failed", extra={"run": str(run.public_id), "kind": run.kind})
        _leave(run, RunState.FAILED, error=f"{type(error).__name__} at step {run.done}")


def checkpoint(run: Run, progress: Progress) -> None:
    """Store the progress of a run and renew its lease. Call inside a worker scope. One UPDATE.

    Called in the transaction of the work itself, both are committed or neither. Raises LostRace if the run was canceled
    or taken over.
    """
    updated = Run.objects.filter(pk=run.pk, version=run.version, state=RunState.RUNNING).update(
        done=progress.done,
        total=progress.total,
        cursor=progress.cursor,
        workers_lost=0,
        lease_until=Now() + LEASE,
    )
    if not updated:
        raise states.LostRace(f"run {run.pk} is no longer leased by this worker")
    run.done, run.total, run.cursor = progress.done, progress.total, progress.cursor


def keep_lease(run: Run) -> None:
    """Renew the lease during a step that may take longer than it. One UPDATE, in its own scope.

    Raises LostRace if the run was canceled or taken over.
    """
    with scope.worker():
        mine = Run.objects.filter(pk=run.pk, version=run.version, state=RunState.RUNNING)
        if not mine.update(lease_until=Now() + LEASE):
            raise states.LostRace(f"run {run.pk} is no longer leased by this worker")


def _leave(run: Run, state: RunState, **facts: Any) -> None:
    with scope.worker():
        states.move(run, state, lease_until=None, **facts)


def write_periodic_tasks(names: Iterable[str]) -> None:
    """Create missing rows of periodic tasks. Call inside a worker scope, once per start."""
    ScheduledTask.objects.bulk_create([ScheduledTask(name=name) for name in names], ignore_conflicts=True)


def claim_due_tasks(every: Mapping[str, timedelta]) -> list[str]:
    """Return the names of the periodic tasks due now and schedule their next time. Call inside a worker scope.

    A claimed task that did not finish is due again after five minutes, so that a wake-up lost with the broker does not
    skip a nightly task. Rows are claimed with SKIP LOCKED, so two dispatchers never claim the same task. Runs one query
    plus one per due task.

    `unfinished_since` begins again after a gap in the wake-ups: while no dispatcher ran, no task could finish.
    """
    unfinished = Q(last_finished_at__isnull=True) | Q(last_finished_at__lt=F("last_woken_at"))
    missed = unfinished & Q(last_woken_at__lt=Now() - MISSED_AFTER)
    woken_again = unfinished & Q(last_woken_at__gte=Now() - 2 * MISSED_AFTER)
    since = Case(When(woken_again, then=Coalesce("unfinished_since", "last_woken_at")), default=Now())
    with transaction.atomic():
        rows = ScheduledTask.objects.select_for_update(skip_locked=True).filter(name__in=every)
        due = list(rows.filter(Q(due_at__lte=Now()) | missed))
        for task in due:
            ScheduledTask.objects.filter(pk=task.pk).update(
                due_at=Now() + every[task.name], last_woken_at=Now(), unfinished_since=since
            )
    return [task.name for task in due]


def finish_periodic_task(name: str) -> None:
    """Record that a periodic task has finished. Call inside a worker scope."""
    ScheduledTask.objects.filter(pk=name).update(last_finished_at=Now())
