"""The books, kept by UTC day so that a look at them costs the same for ever.

A tenant's days are closed in order, once they are over for a day: a row each, with the counts of its
leads by bucket. What came after the last closed day is counted live. Whoever moves an item or marks a lead
of a closed day counts that day again in the same commit, so the books are right at once; `verify` counts
every closed day once more each night and says where a row and the truth have parted.
"""

import logging
import time
from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import Lead

from ..ledger_sql import COLUMNS, NOTICE_COLUMNS, OF_THE_DAY, TODAY, midnight
from ..models import LedgerDay

#: Closing takes it alone, counting again takes it together: no move falls between the two.
_CLOSING = 7_240_117
#: Whoever closes days must be done within the hard limit of a task.
VERIFY_SECONDS = 40.0
RECHECKED_AT_ONCE = 100
log = logging.getLogger(__name__)

#: Those of the hand-over and those of the notices.
_COLUMNS = COLUMNS + NOTICE_COLUMNS
_SETS = ", ".join(f"{column} = now_is.{column}" for column in _COLUMNS)
_DIFFERS = " OR ".join(f"day.{column} <> now_is.{column}" for column in _COLUMNS)

#: Tenants whose days up to the day before yesterday are not all closed yet, and the moment to go on from.
_BEHIND = f"""
    SELECT tenant.id, {midnight("last.day + 1")} AS since
    FROM tenants_tenant AS tenant
    CROSS JOIN LATERAL (SELECT max(day) AS day FROM syncqueue_ledgerday WHERE tenant_id = tenant.id) AS last
    WHERE (last.day IS NULL OR last.day < {TODAY} - 2) AND EXISTS (
        SELECT FROM leads_lead WHERE tenant_id = tenant.id AND received_at < {midnight(f"{TODAY} - 1")}
    )
"""  # noqa: S608 - made of our own constants

#: The days with leads that a tenant has to close, and the last one in any case: the live count begins after it.
_CLOSE = f"""
    INSERT INTO syncqueue_ledgerday (tenant_id, day, {", ".join(_COLUMNS)}, counted_at)
    SELECT day.tenant_id, day.day, {", ".join(f"now_is.{column}" for column in _COLUMNS)}, statement_timestamp()
    FROM (
        SELECT behind.id AS tenant_id, {TODAY} - 2 AS day FROM ({_BEHIND}) AS behind
        UNION
        SELECT behind.id, (lead.received_at AT TIME ZONE 'UTC')::date
        FROM ({_BEHIND}) AS behind JOIN leads_lead AS lead ON lead.tenant_id = behind.id
        WHERE lead.received_at >= coalesce(behind.since, '-infinity')
            AND lead.received_at < {midnight(f"{TODAY} - 1")}
    ) AS day
    CROSS JOIN LATERAL ({OF_THE_DAY}) AS now_is
"""  # noqa: S608

_RECOUNT = f"""
    UPDATE syncqueue_ledgerday AS row SET {_SETS}, counted_at = statement_timestamp()
    FROM syncqueue_ledgerday AS day CROSS JOIN LATERAL ({OF_THE_DAY}) AS now_is
    WHERE row.id = day.id AND day.id = ANY(%s)
"""  # noqa: S608


_WRONG = f"""
    SELECT day.*, {", ".join(f"now_is.{column} AS now_{column}" for column in _COLUMNS)}
    FROM syncqueue_ledgerday AS day CROSS JOIN LATERAL ({OF_THE_DAY}) AS now_is
    WHERE (day.tenant_id = %(tenant)s OR day.id = ANY(%(ids)s)) AND ({_DIFFERS})
    ORDER BY day.id
"""  # noqa: S608


def recount_day_of(lead: Lead) -> None:
    """Call in the transaction that moved a booking or notice of `lead`, or excluded the lead or took it back in.

    Needs the worker's or an operator's scope. Today costs no statement, a day that is still counted live two, a
    closed one three and a count of that day's leads.
    """
    recount_days_of([lead])


def recount_days_of(leads: Iterable[Lead]) -> None:
    """The same for the leads of one transaction that moved many: each of their days is counted once.

    A day is closed a day after it ended, so today's is none; for today's leads alone there is no statement.
    """
    today = datetime.now(UTC).date()
    days = {(lead.tenant_id, day) for lead in leads if (day := lead.received_at.astimezone(UTC).date()) < today}
    if not days:
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_CLOSING])
        wanted = Q()
        for tenant_id, day in days:
            wanted |= Q(tenant=tenant_id, day=day)
        _recount(_locked(LedgerDay.objects.filter(wanted)))


def close_days() -> int:
    """Close the days that are over; return how many rows that made. A duty of every minute.

    One look at the tenants' last closed days; counts leads only when a day has ended.
    """
    with scope.worker(), connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({_BEHIND})")
        if cursor.fetchone() == (False,):
            return 0
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CLOSING])
        cursor.execute(_CLOSE)
        made: int = cursor.rowcount
    return made


def recheck() -> int:
    """Count again the hundred closed days with something waiting that were counted longest ago.

    Only there can a machine still move anything; so what moved or vanished by another way than our services
    is found and reported within minutes. Returns how many days were wrong. Three statements.
    """
    with scope.worker():
        open_days = LedgerDay.objects.filter(Q(waiting__gt=0) | Q(notices_waiting__gt=0))
        days = open_days.order_by("counted_at", "id")
        ids = list(days.select_for_update(skip_locked=True)[:RECHECKED_AT_ONCE].values_list("id", flat=True))
        wrong = _report_wrong(tenant=None, ids=ids)
        _recount(ids)
    return len(wrong)


def verify() -> int:
    """Count every closed day of every tenant again; put right and report each that differs; return how many did.

    A difference means that something moved, or is gone, without its day being counted again: an ERROR line
    names the day and what the row said. One statement per tenant; tenants come in any order, so that a night
    that is too short (a minute) does not leave out the same ones each time.
    """
    deadline = time.monotonic() + VERIFY_SECONDS
    wrong = 0
    tenants = list(Tenant.objects.order_by("?").values_list("pk", flat=True))
    for done, tenant_id in enumerate(tenants):
        if time.monotonic() >= deadline:
            log.warning("the night was too short for the books", extra={"tenants_left": len(tenants) - done})
            break
        wrong += _verify(tenant_id)
    return wrong


def _verify(tenant_id: int) -> int:
    with scope.worker():
        wrong = _report_wrong(tenant=tenant_id, ids=[])
        _recount(_locked(LedgerDay.objects.filter(pk__in=wrong)))
    return len(wrong)


def _report_wrong(*, tenant: int | None, ids: list[int]) -> list[int]:
    """The rows of closed days that are not as the leads and items say, each with an ERROR line. One statement."""
    found = list(LedgerDay.objects.raw(_WRONG, {"tenant": tenant, "ids": ids}))
    for day in found:
        log.error(
            "a closed day of the books was wrong",
            extra={
                "tenant_id": day.tenant_id,
                "day": str(day.day),
                "was": {column: getattr(day, column) for column in _COLUMNS},
                "now_is": {column: getattr(day, f"now_{column}") for column in _COLUMNS},
            },
        )
    return [day.pk for day in found]


def _locked(days: QuerySet[LedgerDay]) -> list[int]:
    """In one order for all, so that two who lock many wait for each other and not in a circle."""
    return list(days.order_by("id").select_for_update().values_list("id", flat=True))


def _recount(ids: list[int]) -> None:
    """Count closed days again. Their rows must be locked, so that a slower count cannot undo a later one."""
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_RECOUNT, [ids])
