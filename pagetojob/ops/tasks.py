"""Celery tasks of the `work` and `heavy` queues. Database rows hold what is due; an extra wake-up does nothing."""

import logging

from celery import shared_task
from django.conf import settings

from pagetojob.platform import hosts, recovery
from pagetojob.platform.runs.services import claim_run, finish_periodic_task, work_run
from pagetojob.platform.tenants import scope
from pagetojob.schedule import PERIODIC_TASKS

log = logging.getLogger(__name__)


@shared_task(name="ops.run_periodic_task")
def run_periodic_task(name: str) -> None:
    """Run a periodic task once. Ignore names that only an older dispatcher knows.

    A task that fails is called again when it is due, and stays unfinished for the monitor. Celery's own line about an
    exception would not name it.
    """
    if name not in PERIODIC_TASKS:
        return
    recovery.require_current()
    hosts.report()
    try:
        PERIODIC_TASKS[name].run()
    except Exception:
        log.exception("periodic task failed", extra={"task": name})
        return
    with scope.worker():
        finish_periodic_task(name)


@shared_task(name="ops.run_heavy_periodic_task", time_limit=settings.HEAVY_TIME_LIMIT_SECONDS)
def run_heavy_periodic_task(name: str) -> None:
    """Run a periodic task once, on the queue `heavy`."""
    run_periodic_task(name)


@shared_task(name="ops.work_runs", time_limit=settings.HEAVY_TIME_LIMIT_SECONDS)
def work_runs() -> None:
    """Work on one waiting run until it ends or its budget is spent. The separate queue keeps other tasks on time."""
    recovery.require_current()
    with scope.worker():
        run = claim_run()
    if run:
        work_run(run)
