"""Celery tasks of the `work` and `heavy` queues. Database rows hold what is due; an extra wake-up does nothing."""

from celery import shared_task

from pagetojob.platform.runs.services import claim_run, finish_duty, work_run
from pagetojob.platform.tenants import scope
from pagetojob.schedule import DUTIES


@shared_task(name="desk.work_duty")
def work_duty(name: str) -> None:
    """Run a periodic task once. Ignore names that only an older dispatcher knows."""
    if name not in DUTIES:
        return
    DUTIES[name].run()
    with scope.worker():
        finish_duty(name)


@shared_task(name="desk.work_heavy_duty")
def work_heavy_duty(name: str) -> None:
    """Run a periodic task once, on the queue `heavy`."""
    work_duty(name)


@shared_task(name="desk.work_runs")
def work_runs() -> None:
    """Work on one waiting run until it ends or its budget is spent. The separate queue keeps other tasks on time."""
    with scope.worker():
        run = claim_run()
    if run:
        work_run(run)
