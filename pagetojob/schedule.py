"""Every periodic duty of the house in one list, each with the sentence that says why.

`manage.py dispatch` keeps a row per duty and nudges the `work` queue when one is due. A duty must be
safe to run twice or to miss a turn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from syncqueue.services.delivery import sweep_leases


@dataclass(frozen=True)
class PeriodicDuty:
    every: timedelta
    sentence: str
    run: Callable[[], object]


DUTIES: dict[str, PeriodicDuty] = {
    "syncqueue.sweep_leases": PeriodicDuty(
        every=timedelta(seconds=10),
        sentence="Give back the items that a dead worker still holds, so that nothing waits for ever.",
        run=lambda: sweep_leases(worker="sweep"),
    ),
}
