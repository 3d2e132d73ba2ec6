"""Loads the data of a month as plain values: exports, links and leads. Call in the tenant's scope."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import F, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value

from attribution.models import (
    Invoice,
    Job,
    Link,
    OutcomeFile,
    OutcomeKind,
    Payment,
    Statement,
    finished_runs,
    interrupted_runs,
)
from attribution.money import Bucket, InvoiceFact, JobFact, Line, LinkFact, PaymentFact, place
from attribution.selectors.duplicates import counted_for
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.time_zones import known_zone, usable_zone
from syncqueue.leads.models import BookingRequest, Exclusion, Lead
from syncqueue.selectors import inbox

from . import canonical_form

#: Kinds of export that must cover a month for its figures to be complete.
COVERING = (OutcomeKind.JOBS, OutcomeKind.INVOICES, OutcomeKind.PAYMENTS)
#: Sealed rows are permanent, so a campaign name that may contain personal data, such as an email address or phone
#: number, is not used.
_CAMPAIGN = re.compile(r"[\w .,:&/+()'|-]{1,80}")
_LONG_NUMBER = re.compile(r"\d(?:[ .()-]*\d){6}")
UNNAMED = "campaign without a usable name"
#: Inbox gaps listed one by one.
_WINDOWS = 100


@dataclass(frozen=True, slots=True)
class Gap:
    """Days of a month without an export of a kind, both included."""

    kind: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Month:
    """Content of a statement: lines, source files, gaps, leads, the linking and the events."""

    first: date
    lines: tuple[Line, ...]
    sources: tuple[dict[str, Any], ...]
    gaps: tuple[Gap, ...]
    leads: dict[str, Any]
    linking: dict[str, Any] | None
    events: dict[str, Any]


_OF_FILE = ("tenant", "kind", "sha256", "rows", "covers_from", "covers_to", "taken_at")


def month_of(tenant: Tenant, first: date) -> Month:
    """Load the current data of a tenant's month. At most sixteen queries."""
    last = last_day(first)
    begins, ends = _moments(tenant, first, last)
    lines = lines_of(tenant, first)
    # An import by API makes some files an hour, each with a list of its changes.
    files = list(OutcomeFile.objects.filter(tenant=tenant).only(*_OF_FILE).order_by("kind", "sha256", "id"))
    return Month(
        first=first,
        lines=tuple(lines),
        sources=_sources(files, {digest for line in lines for digest in line.sources}, first, last),
        gaps=tuple(gap for kind in COVERING for gap in _gaps(kind, _spans(files, kind, tenant.time_zone), first, last)),
        leads=_leads(tenant, begins, ends),
        linking=_linking(tenant),
        events=_events(tenant, begins, ends),
    )


def lines_of(tenant: Tenant, first: date) -> list[Line]:
    """Return the current line of each invoice of the month. As many queries as `lines_by_month`."""
    return lines_by_month(tenant, [first], tenant.time_zone)[first]


def lines_by_month(tenant: Tenant, firsts: Collection[date], zone: str) -> dict[date, list[Line]]:
    """Return the current line of each invoice of some months, by month. Seven queries, and two for marked duplicates.

    Includes all invoices of the same jobs in the computation, because a credit may be in another month. `zone` is the
    time zone that the months were closed in.
    """
    in_months = Q(*(("invoiced_on__range", (first, last_day(first))) for first in firsts), _connector=Q.OR)
    own = Invoice.objects.filter(in_months, tenant=tenant)
    ids = {job for job in own.values_list("job_external_id", flat=True) if job is not None}
    same_jobs = Q(job_external_id__in=ids, invoiced_on__isnull=False)
    invoices = Invoice.objects.filter(in_months | same_jobs, tenant=tenant).order_by("external_id")
    facts = _facts(InvoiceFact, invoices, "job_external_id", "invoiced_on", "total", "voided")
    payments = Payment.objects.filter(tenant=tenant, invoice_external_id__in=[fact.id for fact in facts])
    lines = place(
        jobs=_jobs(tenant, ids, zone),
        invoices=facts,
        payments=_facts(PaymentFact, payments.order_by("external_id", "id"), "invoice_external_id", "amount", "voided"),
        links=_links(tenant, ids, zone),
    )
    return {first: [line for line in lines if line.on.replace(day=1) == first] for first in firsts}


def last_day(first: date) -> date:
    """Return the last day of the month that begins with `first`."""
    return next_month(first) - timedelta(days=1)


def next_month(first: date) -> date:
    """Return the first day of the next month."""
    return (first + timedelta(days=31)).replace(day=1)


def local_day(moment: datetime | None, zone: str) -> date | None:
    """Return the calendar day of a datetime in a time zone."""
    return moment.astimezone(usable_zone(zone)).date() if moment else None


def campaign_of(lead: Lead) -> str:
    """Return the campaign of the lead's landing URL, or else of its page; never a name that may identify a person.

    Takes leads of `_with_page_campaign`. No query.
    """
    named = lead.source.get("utm_campaign") if isinstance(lead.source, dict) else None
    name = " ".join(str(named or getattr(lead, "bound", None) or "").split())
    if name and (not _CAMPAIGN.fullmatch(name) or _LONG_NUMBER.search(name)):
        return UNNAMED
    return name


def _with_page_campaign(tenant: Tenant) -> QuerySet[Lead]:
    """Return a tenant's leads, each with the campaign that its page is bound to."""
    asked = BookingRequest.objects.filter(tenant=tenant, lead=OuterRef("pk"))
    return Lead.objects.filter(tenant=tenant).annotate(bound=Subquery(asked.values("binding__campaign__name")[:1]))


def _jobs(tenant: Tenant, ids: set[int], zone: str) -> list[JobFact]:
    """Return the jobs and all other jobs of their customers, which distinguish new customers from returning ones."""
    rows = Job.objects.filter(tenant=tenant, external_id__in=ids)
    customers = {customer for customer in rows.values_list("customer_external_id", flat=True) if customer is not None}
    wanted = Job.objects.filter(Q(external_id__in=ids) | Q(customer_external_id__in=customers), tenant=tenant)
    return [
        JobFact(
            id=row.external_id,
            on=local_day(row.opened_at, zone),
            customer=row.customer_external_id,
            uncharged=row.uncharged,
            sources=frozenset({row.file.sha256}),
        )
        for row in wanted.select_related("file").order_by("external_id")
    ]


def _facts[Fact](make: Callable[..., Fact], rows: QuerySet[Any], *columns: str) -> list[Fact]:
    """Make a fact of each row: its ID, these columns, and the hash of its file as the source."""
    values = rows.values_list("external_id", *columns, "file__sha256")
    return [make(*row, frozenset({sha256})) for *row, sha256 in values]


def _links(tenant: Tenant, ids: Iterable[int], zone: str) -> list[LinkFact]:
    """Return the links of the jobs. That of a marked duplicate names the request that it counts for."""
    rows = Link.objects.filter(tenant=tenant, current=True, job__external_id__in=ids).select_related("job")
    current = list(rows.order_by("id"))
    leads = _with_page_campaign(tenant).in_bulk({row.lead_id for row in current})
    others = _counted_for(tenant, leads.values())
    facts = []
    for row in current:
        first = leads[row.lead_id]
        lead, lead_on = others.get(first.pk, first), local_day(first.received_at, zone)
        assert lead_on is not None and row.job is not None
        facts.append(
            LinkFact(
                lead=str(lead.public_id),
                lead_on=lead_on,
                job=row.job.external_id,
                label=Bucket(row.label),
                probability=row.probability,
                campaign=campaign_of(lead),
                excluded=lead.excluded_as != Exclusion.NONE,
            )
        )
    return facts


def _counted_for(tenant: Tenant, leads: Iterable[Lead]) -> dict[int, Lead]:
    """Return the request that the job of each marked duplicate counts for. Two queries if there is a duplicate."""
    if not any(lead.excluded_as == Exclusion.DUPLICATE for lead in leads):
        return {}
    others = counted_for(tenant.pk)
    counting = _with_page_campaign(tenant).in_bulk(set(others.values()))
    return {marked: counting[lead] for marked, lead in others.items()}


def _sources(files: list[OutcomeFile], used: set[str], first: date, last: date) -> tuple[dict[str, Any], ...]:
    """Return the files that a line depends on and those that cover a day of the month, without duplicates."""
    sources: dict[tuple[str, str], dict[str, Any]] = {}
    for file in files:
        overlaps = file.covers_from and file.covers_to and file.covers_from <= last and file.covers_to >= first
        if file.sha256 in used or overlaps:
            days = (file.covers_from, file.covers_to)
            row = {"kind": file.kind, "sha256": file.sha256, "rows": file.rows, "covers": None}
            if all(days):
                row["covers"] = [day.isoformat() for day in days if day]
            entry = sources.setdefault((file.kind, file.sha256), row)
            # A workbook may have a sheet of each kind, or a file was imported twice: count the rows once.
            entry["rows"] = max(entry["rows"], file.rows)
    return tuple(sources.values())


def _spans(files: Iterable[OutcomeFile], kind: str, zone: str) -> list[tuple[date, date]]:
    """Return the first and last whole day that each file of a kind covers, in order.

    The day of the import was not over, so rows of that day may be missing.
    """
    spans = []
    for file in files:
        taken_on = local_day(file.taken_at, zone)
        if file.kind == kind and file.covers_from and file.covers_to and taken_on and file.covers_from < taken_on:
            spans.append((file.covers_from, min(file.covers_to, taken_on - timedelta(days=1))))
    return sorted(spans)


def _gaps(kind: str, spans: Iterable[tuple[date, date]], first: date, last: date) -> list[Gap]:
    """Return the days of a month in none of these spans, as ranges."""
    gaps, day = [], first
    for begins, ends in spans:
        if begins > day and day <= last:
            gaps.append(Gap(kind, day, min(begins - timedelta(days=1), last)))
        day = max(day, ends + timedelta(days=1))
    if day <= last:
        gaps.append(Gap(kind, day, last))
    return gaps


def _moments(tenant: Tenant, first: date, last: date) -> tuple[datetime, datetime]:
    """Return the start of the first day and the end of the last in the tenant's time zone. Makes one query.

    A month begins where the month before ended, even if that was closed in another time zone: no lead is in both. If
    that zone is not known any more, the present one most likely replaced its name.
    """
    head = Func(F("body"), Value("\n"), Value(1), function="split_part", output_field=TextField())
    before = Statement.objects.filter(tenant=tenant, month__lt=first, month__gte=first - timedelta(days=31))
    zones = [canonical_form.zone_of(text) for text in before.values_list(head, flat=True)] or [tenant.time_zone]
    ends = datetime.combine(last + timedelta(days=1), time(), tenant.shown_zone)
    return datetime.combine(first, time(), known_zone(zones[0]) or tenant.shown_zone), ends


def _events(tenant: Tenant, begins: datetime, ends: datetime) -> dict[str, Any]:
    """Return the periods of the month in which events may have been missed, and how that is known."""
    report, zone = inbox.statement(tenant, since=begins, until=ends), tenant.shown_zone
    windows = [(max(window.began_at, begins), min(window.ended_at or ends, ends)) for window in report.windows]
    return {
        "said": report.sentence,
        "gaps": [
            {"first": began.astimezone(zone).isoformat(), "last": ended.astimezone(zone).isoformat()}
            for began, ended in windows[:_WINDOWS]
        ],
        "more": max(0, len(windows) - _WINDOWS),
    }


def _leads(tenant: Tenant, begins: datetime, ends: datetime) -> dict[str, Any]:
    """Return the number of leads by campaign, and the number of excluded leads by reason."""
    campaigns: Counter[str] = Counter()
    excluded: Counter[str] = Counter()
    rows = _with_page_campaign(tenant).filter(received_at__gte=begins, received_at__lt=ends)
    for lead in rows.only("source", "excluded_as").iterator():
        if lead.excluded_as:
            excluded[lead.excluded_as] += 1
        else:
            campaigns[campaign_of(lead)] += 1
    return {
        "captured": campaigns.total() + excluded.total(),
        "excluded": dict(sorted(excluded.items())),
        "campaigns": dict(sorted(campaigns.items())),
    }


def why_links_incomplete(tenant: Tenant) -> str:
    """Return why the links are not those of one linking; empty if they are. Makes one query."""
    if not interrupted_runs(tenant).exists():
        return ""
    return "A linking has written only a part of its results. Wait until it has ended, or start it again."


def _linking(tenant: Tenant) -> dict[str, Any] | None:
    """Return the inputs of the newest linking run, or None if there is none."""
    if (run := finished_runs(tenant).first()) is None:
        return None
    return {
        "run": str(run.public_id),
        "model_sha256": run.model_sha256,
        "inputs_sha256": run.inputs_sha256,
        "window_days": run.window_days,
    }
