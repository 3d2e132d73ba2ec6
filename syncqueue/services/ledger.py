"""The ledger, stored by UTC day so that reading it has a constant cost.

A tenant's days are closed in order, one day after they end: one row per day, with the counts of its leads by bucket.
Later days are counted live. Any code that changes the state of an item or the exclusion of a lead of a closed day
recounts that day in the same commit, so the ledger is correct at once. `verify` recounts every closed day each night
and reports differences.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from pagetojob.platform.postgresql.locks import wait_for_lock
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.one_by_one import sum_of_each
from syncqueue.leads.models import Lead

from .. import sql
from ..models import LedgerDay

#: Closing takes the lock exclusively, recounting takes it shared: no state change falls between the two.
_CLOSING = 7_240_117
#: Closing must finish within a task's hard time limit.
VERIFY_SECONDS = 40.0
RECHECKED_AT_ONCE = 100
log = logging.getLogger(__name__)

_SQL = sql.load("ledger")
#: The buckets of bookings and of notices.
COLUMNS = _SQL["columns"].replace(",", "").split()


def recount_day_of(lead: Lead) -> None:
    """Recount the day of `lead`, in the transaction that changed its booking, notice or exclusion.

    Needs the worker's or an operator's scope. No statement for today; two for a day that is still counted live; three
    and a count of that day's leads for a closed day.
    """
    recount_days_of([lead])


def recount_days_of(leads: Iterable[Lead]) -> None:
    """Recount the days of the leads that one transaction changed, each day once.

    A day is closed one day after it ends, so today is never closed; for today's leads alone there is no statement.
    """
    today = datetime.now(UTC).date()
    days = {(lead.tenant_id, day) for lead in leads if (day := lead.received_at.astimezone(UTC).date()) < today}
    if not days:
        return
    with transaction.atomic():
        wait_for_lock(_CLOSING, shared=True)
        wanted = Q()
        for tenant_id, day in days:
            wanted |= Q(tenant=tenant_id, day=day)
        _recount(_locked(LedgerDay.objects.filter(wanted)))


def close_days() -> int:
    """Close the days that are over; return how many rows that created. A periodic task, every minute.

    A single query for the tenants' last closed days; counts leads only when a day has ended.
    """
    with scope.worker(), connection.cursor() as cursor:
        cursor.execute(_SQL["any_unclosed"])
        if cursor.fetchone() == (False,):
            return 0
        wait_for_lock(_CLOSING)
        cursor.execute(_SQL["close"])
        made: int = cursor.rowcount
    return made


def recheck() -> int:
    """Recount the hundred least recently counted closed days that still have waiting items.

    Only there can a worker still change anything, so a change or deletion outside our services is found and reported
    within minutes. Returns how many days were wrong. Three statements.
    """
    with scope.worker():
        open_days = LedgerDay.objects.filter(Q(waiting__gt=0) | Q(notices_waiting__gt=0))
        days = open_days.order_by("counted_at", "id")
        ids = list(days.select_for_update(skip_locked=True)[:RECHECKED_AT_ONCE].values_list("id", flat=True))
        wrong = _report_wrong(tenant=None, ids=ids)
        _recount(ids)
    return len(wrong)


def verify() -> int:
    """Recount every closed day of every tenant; correct and report each difference; return how many there were.

    A difference means that something changed or was deleted without a recount: an ERROR line names the day and the
    stored values. A single statement per tenant, in random order, so that a run that reaches its time limit does not
    skip the same tenants each night.
    """
    deadline = time.monotonic() + VERIFY_SECONDS
    return sum_of_each(_until(deadline, list(Tenant.objects.order_by("?"))), _verify, task="ledger verification")


def _until(deadline: float, tenants: Sequence[Tenant]) -> Iterator[Tenant]:
    for done, tenant in enumerate(tenants):
        if time.monotonic() >= deadline:
            log.warning("ledger verification reached its time limit", extra={"tenants_left": len(tenants) - done})
            return
        yield tenant


def _verify(tenant: Tenant) -> int:
    with scope.worker():
        wrong = _report_wrong(tenant=tenant.pk, ids=[])
        _recount(_locked(LedgerDay.objects.filter(pk__in=wrong)))
    return len(wrong)


def _report_wrong(*, tenant: int | None, ids: list[int]) -> list[int]:
    """Return the rows of closed days that differ from the leads and items, each with an ERROR line. A single
    statement.
    """
    wrong_days = list(LedgerDay.objects.raw(_SQL["wrong"], {"tenant": tenant, "ids": ids}))
    for day in wrong_days:
        log.error(
            "closed ledger day was wrong",
            extra={
                "tenant_id": day.tenant_id,
                "day": str(day.day),
                "was": {column: getattr(day, column) for column in COLUMNS},
                "now_is": {column: getattr(day, f"now_{column}") for column in COLUMNS},
            },
        )
    return [day.pk for day in wrong_days]


def _locked(days: QuerySet[LedgerDay]) -> list[int]:
    """Lock in one order, so that two transactions that lock many days cannot deadlock."""
    return list(days.order_by("id").select_for_update().values_list("id", flat=True))


def _recount(ids: list[int]) -> None:
    """Recount closed days. Their rows must be locked, so that a slower count cannot overwrite a later one."""
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_SQL["recount"], [ids])
