"""Imported exports, the periods they cover, and the changes since the last linking."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from pagetojob.platform.runs.models import OPEN, Run
from pagetojob.platform.tenants.models import Tenant

from ..models import LINK, Invoice, Job, LinkRun, OutcomeFile, OutcomeKind, finished_runs
from ..money import NOTHING
from ..outcomes.columns import DATED


@dataclass(slots=True)
class Coverage:
    """The days that exports of one kind cover, and the gaps between them. All dates are inclusive."""

    kind: str
    files: int = 0
    first: dt.date | None = None
    last: dt.date | None = None
    gaps: list[tuple[dt.date, dt.date]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LinkingStatus:
    """Linking status: the last finished linking, the open run, the last failed run, and whether changes are waiting."""

    last: LinkRun | None
    open: Run | None
    failed: Run | None
    waiting: bool


def files_of(tenant: Tenant) -> QuerySet[OutcomeFile]:
    """Return the exports, newest first. Makes one query."""
    return OutcomeFile.objects.filter(tenant=tenant).select_related("file").order_by("-pk")


def coverage(tenant: Tenant) -> list[Coverage]:
    """Return the coverage of every kind that has dates. Makes one query."""
    by_kind = {kind.value: Coverage(kind.label) for kind in OutcomeKind if kind in DATED}
    spans = OutcomeFile.objects.filter(tenant=tenant, covers_from__isnull=False).order_by("covers_from", "covers_to")
    for kind, first, last in spans.values_list("kind", "covers_from", "covers_to"):
        if kind in by_kind and first and last:
            _add(by_kind[kind], first, last)
    return list(by_kind.values())


def linking_status(tenant: Tenant) -> LinkingStatus:
    """Return the linking status. Four queries."""
    runs = Run.objects.filter(tenant=tenant, kind=LINK).order_by("-pk")
    last = finished_runs(tenant).first()
    newest = runs.first()
    jobs = Job.objects.filter(tenant=tenant)
    waiting = jobs.filter(changed_at__gt=last.seen_to).exists() if last else jobs.exists()
    return LinkingStatus(
        last=last,
        open=runs.filter(state__in=OPEN).first(),
        failed=newest if newest is not None and newest.state == "failed" else None,
        waiting=waiting,
    )


def loose_invoices(tenant: Tenant) -> Sequence[Invoice]:
    """Return invoices without a known job, largest first, at most a hundred. They are not counted. Makes one query."""
    known = Job.objects.filter(tenant=tenant).values("external_id")
    rows = Invoice.objects.filter(tenant=tenant, voided=False).select_related("file__file")
    loose = rows.filter(Q(job_external_id=None) | ~Q(job_external_id__in=known))
    return list(loose.order_by("-total", "pk")[:100])


@dataclass(frozen=True, slots=True)
class Undated:
    """Invoices without a date: their number, their total, and the hundred largest."""

    many: int
    total: Decimal
    largest: Sequence[Invoice]


def undated_invoices(tenant: Tenant) -> Undated:
    """Return undated invoices without void ones. They belong to no month. Two queries, or one if there are none."""
    rows = Invoice.objects.filter(tenant=tenant, voided=False, invoiced_on=None)
    totals = rows.aggregate(many=Count("pk"), total=Sum("total"))
    largest = list(rows.select_related("file__file").order_by("-total", "pk")[:100]) if totals["many"] else []
    return Undated(totals["many"], totals["total"] or NOTHING, largest)


def _add(entry: Coverage, first: dt.date, last: dt.date) -> None:
    entry.files += 1
    if entry.first is None or entry.last is None:
        entry.first, entry.last = first, last
        return
    if first > entry.last + dt.timedelta(days=1):
        entry.gaps.append((entry.last + dt.timedelta(days=1), first - dt.timedelta(days=1)))
    entry.last = max(entry.last, last)
