"""What nudges for the `work` and `heavy` queues start. The rows say what is due; a nudge too many does nothing."""

from celery import shared_task

from pagetojob.platform.runs.services import claim_run, finish_duty, work_run
from pagetojob.platform.tenants import scope
from pagetojob.schedule import DUTIES


@shared_task(name="desk.work_duty")
def work_duty(name: str) -> None:
    """Do one turn of a periodic duty. A name an older dispatcher knew is let go."""
    if name not in DUTIES:
        return
    DUTIES[name].run()
    with scope.worker():
        finish_duty(name)


@shared_task(name="desk.work_heavy_duty")
def work_heavy_duty(name: str) -> None:
    """The same, on the queue `heavy`."""
    work_duty(name)


@shared_task(name="desk.work_runs")
def work_runs() -> None:
    """Work one waiting run, to its end or until its budget is spent. On a queue of its own: duties do not wait."""
    with scope.worker():
        run = claim_run()
    if run:
        work_run(run)
