"""Signs of life of dispatcher and workers, from the rows of the periodic tasks. The web never queries the broker."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models.functions import Now

from pagetojob.platform.runs.models import ScheduledTask
from pagetojob.schedule import PERIODIC_TASKS

#: A task may wait behind the runs of its worker, and be called again after an interruption.
LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True)
class SignsOfLife:
    """Time since the dispatcher started a periodic task and since the worker for `work` finished one; None for never.

    `finished` has the time since each task last finished, without those that never did. `late` has the names of those
    that were started again and again without finishing, the longest first.
    """

    dispatcher: timedelta | None
    worker: timedelta | None
    finished: dict[str, timedelta]
    late: tuple[str, ...]


def signs_of_life() -> SignsOfLife:
    """Return the signs of life. Needs a worker's or an operator's scope. Runs one query.

    Heavy tasks do not count for the worker: another worker finishes them while this one is down.
    """
    rows = ScheduledTask.objects.values_list(
        "name", "created_at", "last_woken_at", "unfinished_since", "last_finished_at", Now()
    )
    started, finished, late = [], {}, {}
    for name, created_at, woken_at, since, finished_at, now in rows:
        if woken_at:
            started.append(now - woken_at)
        if finished_at:
            finished[name] = now - finished_at
        is_unfinished = since and (finished_at is None or finished_at < since)
        # While the dispatcher is down, no task is late: `woken_at` does not move.
        if name in PERIODIC_TASKS and is_unfinished and woken_at - since > LONGEST_WAIT:
            late[name] = woken_at - (finished_at or created_at)
    light = [age for name, age in finished.items() if name not in PERIODIC_TASKS or not PERIODIC_TASKS[name].heavy]
    names = sorted(late, key=late.__getitem__, reverse=True)
    return SignsOfLife(min(started, default=None), min(light, default=None), finished, tuple(names))
