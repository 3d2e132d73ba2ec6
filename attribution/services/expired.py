"""Imported rows whose personal values a purge or the erasure of a person emptied: no later file fills them again."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import DateTimeField, Max, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from pagetojob.platform.tenants.declarations import Retention
from pagetojob.platform.tenants.models import Tenant
from pagetojob.retention.periods import PERIODS
from pagetojob.retention.selectors import erased_rows

from ..models import Job, OutcomeBooking, OutcomeCustomer, OutcomeRow

#: The time from which a job's period counts, as in the database's `ptj_purge_outcomes`.
_JOB_AT = Coalesce("completed_at", "opened_at", "changed_at", output_field=DateTimeField())

Rows = Sequence[tuple[int, dict[str, Any]]]


def _cutoff() -> dt.datetime:
    return timezone.now() - dt.timedelta(days=PERIODS[Retention.OUTCOME].days or 0)


def emptied_jobs(tenant: Tenant) -> QuerySet[Job]:
    """Return the jobs whose personal values a purge or an erasure emptied: they can be compared with no lead.

    Makes a query; the result is another one.
    """
    empty = Job.objects.filter(tenant=tenant, **dict.fromkeys(Job.PERSONAL_FIELDS, ""))
    erased = erased_rows(tenant, Job._meta.db_table)
    return empty.alias(at=_JOB_AT).filter(Q(at__lt=_cutoff()) | Q(pk__in=erased))


def without_emptied(
    tenant: Tenant, model: type[OutcomeRow], rows: Rows, stored: Mapping[int, OutcomeRow]
) -> tuple[Rows, list[int]]:
    """Return the rows of a file without the personal values of those past their period and of erased people.

    Also returns the numbers of the rows that name an erased person. `stored` are the rows of the database by ID. Makes
    a query for customers, and one if a stored row is empty.
    """
    if not model.PERSONAL_FIELDS:
        return rows, []
    cutoff, jobs, erased = _cutoff(), _last_jobs(tenant, model, rows), _erased(tenant, model, stored.values())
    emptied = [
        (number, {name: value for name, value in values.items() if name not in model.PERSONAL_FIELDS})
        if values["external_id"] in erased
        or ((at := _counts_from(model, values, stored.get(values["external_id"]), jobs)) and at < cutoff)
        else (number, values)
        for number, values in rows
    ]
    return emptied, _naming(model, rows, erased)


def _naming(model: type[OutcomeRow], rows: Rows, ids: frozenset[int]) -> list[int]:
    """Return the numbers of the rows with these IDs that have a personal value."""
    named = ((number, values) for number, values in rows if values["external_id"] in ids)
    return [number for number, values in named if any(values.get(name) for name in model.PERSONAL_FIELDS)]


def _erased(tenant: Tenant, model: type[OutcomeRow], stored: Collection[OutcomeRow]) -> frozenset[int]:
    """Return the IDs of the rows that the erasure of a person emptied. Makes a query if a row is empty."""
    empty = {row.pk: row for row in stored if not any(getattr(row, name) for name in model.PERSONAL_FIELDS)}
    erased = erased_rows(tenant, model._meta.db_table, empty) if empty else ()
    return frozenset(empty[key].external_id for key in erased)


def _last_jobs(tenant: Tenant, model: type[OutcomeRow], rows: Rows) -> Mapping[int, dt.datetime]:
    """Return the time of the last job of each customer of the file, by the customer's ID."""
    if model is not OutcomeCustomer:
        return {}
    jobs = Job.objects.filter(tenant=tenant, customer_external_id__in=[values["external_id"] for _, values in rows])
    last = jobs.order_by().values("customer_external_id").annotate(last=Max(_JOB_AT))
    return {row["customer_external_id"]: row["last"] for row in last if row["customer_external_id"] is not None}


def _counts_from(
    model: type[OutcomeRow], values: Mapping[str, Any], old: OutcomeRow | None, jobs: Mapping[int, dt.datetime]
) -> dt.datetime | None:
    """Return the time from which a row's period counts; None if it is the time of this import."""

    def of(name: str) -> Any:
        return values.get(name, getattr(old, name, None))

    if model is OutcomeCustomer:
        return jobs.get(values["external_id"])
    at: dt.datetime | None = of("booked_at") if model is OutcomeBooking else of("completed_at") or of("opened_at")
    return at
