"""Writes the engine's input files from the database: leads, jobs with their invoiced totals, bookings and customers.

Times are in the tenant's time zone. Leads are identified by spoken code and jobs by the shop's own ID, so that people
can read the engine's sentences.
"""

import csv
import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, NullIf

from pagetojob.platform.postgresql.clock import database_time
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import BookingRequest, Exclusion, Lead

from ..linkage.answers import Focus
from ..models import Invoice, Job, Label, Link, OutcomeBooking, OutcomeCustomer
from .expired import emptied_jobs
from .outcome_import import lock_imports

_BATCH = 2_000
#: Read this much further back than the window, so that all competing rows are included.
_MARGIN = dt.timedelta(days=5)
#: Leads that a person marked as one of these are not linked.
OUT = (Exclusion.SPAM, Exclusion.TEST)
#: Prefix of the engine's reason for a lead that was marked.
MARKED_OUT = "takes no part: marked as"

Columns = Mapping[str, str | Combinable]


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows to link. `leads` and `jobs` are their keys, or None for all.

    Rows are read from `since` on, so that all competing rows are included. `until` is the end of this part and the
    start of the next one; None in the last part. `all_leads` and `all_jobs` are the counts of this and all later parts.
    """

    since: dt.datetime | None
    until: dt.datetime | None
    leads: frozenset[int] | None
    jobs: frozenset[int] | None
    all_leads: int
    all_jobs: int
    now: dt.datetime

    @property
    def whole(self) -> bool:
        return self.leads is None

    @property
    def nothing(self) -> bool:
        return not (self.all_leads or self.all_jobs)


def scope_of(
    tenant: Tenant,
    *,
    window_days: int,
    seen_to: dt.datetime | None,
    begin: dt.datetime | None = None,
    most: int | None = None,
) -> Scope:
    """Select the rows that changed since `seen_to`, or all rows; starting at `begin`, at most `most` in order of time.

    Call in the tenant's scope. Waits for a running import, so that no file is read halfway. Fourteen queries.
    """
    lock_imports(tenant)
    now = database_time()
    leads, jobs, any_erased = _comparable(tenant)
    if seen_to is not None:
        leads = leads.filter(_unlinked(tenant))
        jobs = jobs.filter(_changed(tenant, seen_to) | Q(pk__in=_jobs_of(tenant, leads)))
    if begin is not None:
        leads, jobs = leads.filter(received_at__gte=begin), jobs.filter(Q(opened_at__gte=begin) | Q(opened_at=None))
    many = leads.count(), jobs.count()
    until = _border(leads, jobs, most) if most and max(many) > most else None
    if seen_to is None and begin is None and until is None and not any_erased:
        return Scope(None, None, None, None, *many, now)
    if until is not None:
        leads, jobs = leads.filter(received_at__lt=until), jobs.filter(opened_at__lt=until)
    fresh_leads = dict(leads.values_list("pk", "received_at"))
    fresh_jobs = dict(jobs.values_list("pk", "opened_at"))
    # The engine dates a job by its booking if that was earlier, so its lead may have come before that.
    booked = _bookings_of(tenant, jobs).aggregate(first=Min("booked_at"))["first"]
    first = min((at for at in (*fresh_leads.values(), *fresh_jobs.values(), booked) if at), default=now)
    since = first - _MARGIN - dt.timedelta(days=window_days)
    return Scope(since, until, frozenset(fresh_leads), frozenset(fresh_jobs), *many, now)


def _comparable(tenant: Tenant) -> tuple[QuerySet[Lead], QuerySet[Job], bool]:
    """Return the leads and jobs with personal values, and whether any were left out.

    A lead or a job without its personal values can be compared with nothing: its links stay as they are, and so do the
    jobs of such a lead and the leads of such a job.
    """
    leads, jobs = Lead.objects.filter(tenant=tenant), Job.objects.filter(tenant=tenant)
    erased = leads.exclude(erased_at=None)
    emptied = emptied_jobs(tenant)
    if not erased.exists() and not emptied.exists():
        return leads, jobs, False
    linked = Link.objects.filter(tenant=tenant, current=True, job__in=emptied).values("lead")
    leads = leads.filter(erased_at=None).exclude(pk__in=linked)
    return leads, jobs.exclude(pk__in=_jobs_of(tenant, erased)).exclude(pk__in=emptied), True


def _bookings_of(tenant: Tenant, jobs: QuerySet[Job]) -> QuerySet[OutcomeBooking]:
    """Return the bookings that name one of these jobs or are named by it."""
    return OutcomeBooking.objects.filter(
        Q(external_id__in=jobs.values("booking_external_id")) | Q(job_external_id__in=jobs.values("external_id")),
        tenant=tenant,
    )


def _jobs_of(tenant: Tenant, leads: QuerySet[Lead]) -> QuerySet[Any]:
    return Link.objects.filter(tenant=tenant, current=True, job__isnull=False, lead__in=leads).values("job")


def _border(leads: QuerySet[Lead], jobs: QuerySet[Job], most: int) -> dt.datetime | None:
    """Return the time before which there are at least `most` leads or jobs, or None if no row is later."""
    times: list[dt.datetime] = [
        row
        for rows, name in ((leads, "received_at"), (jobs.exclude(opened_at=None), "opened_at"))
        for row in rows.order_by(name).values_list(name, flat=True)[most : most + 1]
    ]
    if not times:
        return None
    if leads.filter(received_at__lt=min(times)).exists() or jobs.filter(opened_at__lt=min(times)).exists():
        return min(times)
    later: tuple[dt.datetime | None, ...] = (
        leads.filter(received_at__gt=min(times)).order_by("received_at").values_list("received_at", flat=True).first(),
        jobs.filter(opened_at__gt=min(times)).order_by("opened_at").values_list("opened_at", flat=True).first(),
    )
    return min((at for at in later if at), default=None)


def _unlinked(tenant: Tenant) -> Q:
    """Return a filter for leads without a link, or whose exclusion does not match their link."""
    current = Link.objects.filter(tenant=tenant, current=True)
    linked = current.values("lead")
    marked = current.filter(job=None, reasons__0__startswith=MARKED_OUT).values("lead")
    answered = current.exclude(job=None).exclude(label=Label.REVIEWED).values("lead")
    return ~Q(pk__in=linked) | Q(pk__in=answered, excluded_as__in=OUT) | Q(pk__in=marked) & ~Q(excluded_as__in=OUT)


def _changed(tenant: Tenant, seen_to: dt.datetime) -> Q:
    since = {"tenant": tenant, "changed_at__gt": seen_to}
    customers = OutcomeCustomer.objects.filter(**since).values("external_id")
    bookings = OutcomeBooking.objects.filter(**since)
    invoices = Invoice.objects.filter(**since)
    return (
        Q(changed_at__gt=seen_to)
        | Q(customer_external_id__in=customers)
        | Q(booking_external_id__in=bookings.values("external_id"))
        | Q(external_id__in=bookings.exclude(job_external_id=None).values("job_external_id"))
        | Q(external_id__in=invoices.exclude(job_external_id=None).values("job_external_id"))
    )


def focus_of(tenant: Tenant, scope: Scope) -> Focus | None:
    """Return the leads and jobs that the engine must link, or None for all. Call in the tenant's scope. Two queries."""
    if scope.leads is None or scope.jobs is None:
        return None
    leads = Lead.objects.filter(tenant=tenant, pk__in=scope.leads).values_list("spoken_code", flat=True)
    jobs = Job.objects.filter(tenant=tenant, pk__in=scope.jobs).values_list("external_id", flat=True)
    return Focus(frozenset(leads), frozenset(map(str, jobs)))


def write(tenant: Tenant, scope: Scope, folder: Path) -> dict[str, Path]:
    """Write the files of `scope`, one line per row, and return their paths by kind. Call in the tenant's scope."""
    zone = tenant.shown_zone
    asked = BookingRequest.objects.filter(tenant=tenant, lead=OuterRef("pk")).order_by("pk").values("service")[:1]
    billed = Invoice.objects.filter(tenant=tenant, job_external_id=OuterRef("external_id"), voided=False)
    invoiced = billed.order_by().values("job_external_id").annotate(sum=Sum("total")).values("sum")
    leads, jobs, _ = _comparable(tenant)
    leads = leads.annotate(asked_for=Subquery(asked)).order_by("pk")
    jobs = jobs.annotate(invoiced=Subquery(invoiced)).order_by("external_id")
    if scope.since:
        leads = leads.filter(received_at__gte=scope.since)
        jobs = jobs.filter(Q(opened_at__gte=scope.since) | Q(pk__in=scope.jobs))
    if scope.until:
        leads = leads.filter(received_at__lt=scope.until + _MARGIN)
        jobs = jobs.filter(opened_at__lt=scope.until)
    customers = OutcomeCustomer.objects.filter(tenant=tenant, external_id__in=jobs.values("customer_external_id"))
    sets: dict[str, tuple[QuerySet[Any], Columns]] = {
        "leads": (leads, _LEAD),
        "jobs": (jobs, _JOB),
        "bookings": (_bookings_of(tenant, jobs).order_by("external_id"), _BOOKING),
        "customers": (customers.order_by("external_id"), _CUSTOMER),
    }
    paths = {kind: folder / f"{kind}.csv" for kind in sets}
    for kind, (rows, columns) in sets.items():
        many = _written(paths[kind], rows, columns, zone)
        if not many and kind in ("bookings", "customers"):
            del paths[kind]
    return paths


def hash_of(paths: Mapping[str, Path], *more: object) -> str:
    """Return the SHA-256 of the files and of any other values that determine the result."""
    digest = hashlib.sha256(repr(more).encode())
    for kind in sorted(paths):
        digest.update(kind.encode() + hashlib.sha256(paths[kind].read_bytes()).digest())
    return digest.hexdigest()


def _written(path: Path, rows: QuerySet[Any], columns: Columns, zone: ZoneInfo) -> int:
    """Write a row per record. Reads only the columns: loading whole models takes three times as long."""
    many = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows.values_list(*columns.values()).iterator(_BATCH):
            writer.writerow([_text(value, zone) for value in row])
            many += 1
    return many


def _text(value: object, zone: ZoneInfo) -> str:
    """Return a value as one line, so that no row of the file can be taken for several."""
    if isinstance(value, dt.datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    return "" if value is None else " ".join(str(value).replace("\x00", "").split("\n")).replace("\r", "")


#: The heading of each column, and the field or expression of the model.
_PERSON: Columns = {name: name for name in ("name", "phone", "email", "street", "unit", "city", "zip")}
_CUSTOMER: Columns = {"id": "external_id", **_PERSON}
_BOOKING: Columns = {
    "id": "external_id",
    "created": "booked_at",
    "job": "job_external_id",
    "lead": "lead_named",
    "reference": "reference",
    "message": "summary",
    "status": "status",
}
_LEAD: Columns = {
    "id": "spoken_code",
    "created": "received_at",
    **_PERSON,
    "unit": Value(""),
    "service": "asked_for",
    "campaign": KeyTextTransform("utm_campaign", "source"),
    "message": "message",
    "reference": "reference",
    "code": "spoken_code",
    "status": Case(When(excluded_as__in=OUT, then="excluded_as"), default=Value("")),
}
_JOB: Columns = {
    "id": "external_id",
    "created": "opened_at",
    **_PERSON,
    "service": Coalesce(NullIf("job_type", Value("")), "business_unit"),
    "campaign": "campaign",
    "message": "summary",
    "reference": "reference",
    "lead": "lead_named",
    "booking": "booking_external_id",
    "job_number": "number",
    "project_number": "project",
    "original_job": "original_external_id",
    "customer": "customer_external_id",
    "status": "status",
    "total": "invoiced",
}
