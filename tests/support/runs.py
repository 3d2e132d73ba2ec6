"""Runs: work them in this process, as a worker does."""

from typing import Any

from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import claim_run, work_run
from pagetojob.platform.tenants import scope


def finish_run(run: Run) -> Run:
    """Claim the next run, which must be this one, and work it to its end."""
    with scope.worker():
        claimed = claim_run()
    assert claimed is not None and claimed.pk == run.pk
    work_run(claimed)
    return reload_run(run)


def reload_run(run: Run) -> Run:
    with scope.worker():
        return Run.objects.get(pk=run.pk)


def tally(run: Run) -> dict[str, Any]:
    """Return the counts that a bulk run stores in its cursor."""
    assert isinstance(run.cursor, dict)
    return run.cursor


def work_runs() -> Run | None:
    """Work all waiting runs in this process, and return the last."""
    last = None
    while True:
        with scope.worker():
            run = claim_run()
        if run is None:
            return last
        work_run(run)
        last = run
