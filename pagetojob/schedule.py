"""Every periodic duty of the house in one list, each with the sentence that says why.

`manage.py dispatch` keeps a row per duty and nudges the `work` queue when one is due. A duty must be
safe to run twice or to miss a turn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from syncqueue.services import ledger
from syncqueue.services.alarm import raise_alarms
from syncqueue.services.api import forget_old_answers
from syncqueue.services.counter import forget_old_windows
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
    "syncqueue.raise_alarms": PeriodicDuty(
        every=timedelta(seconds=15),
        sentence="Notice each lead whose business could not be told in ten minutes, so that a person tells it.",
        run=raise_alarms,
    ),
    "syncqueue.close_days": PeriodicDuty(
        every=timedelta(minutes=1),
        sentence="Close the days of the books that are over, so that a look at the books stays quick.",
        run=ledger.close_days,
    ),
    "syncqueue.recheck_books": PeriodicDuty(
        every=timedelta(minutes=1),
        sentence="Count the closed days again on which something can still move, a hundred at a time.",
        run=ledger.recheck,
    ),
    "syncqueue.verify_books": PeriodicDuty(
        every=timedelta(hours=24),
        sentence="Count every closed day again and report each that was wrong, so that nothing goes missing unseen.",
        run=ledger.verify,
    ),
    "syncqueue.forget_old_windows": PeriodicDuty(
        every=timedelta(hours=1),
        sentence="Forget how many requests came from where, once nobody counts them any more.",
        run=forget_old_windows,
    ),
    "syncqueue.forget_old_answers": PeriodicDuty(
        every=timedelta(hours=1),
        sentence="Forget the answers of the intake API that are older than a month; the leads stay.",
        run=forget_old_answers,
    ),
}
