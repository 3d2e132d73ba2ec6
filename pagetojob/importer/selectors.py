"""Queries for uploads and their rows. They need a scope that can read the tenant's rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from pagetojob.platform.tenants.models import Tenant

from .fields import guess
from .models import ColumnMapping, ImportRow, RowOutcome, Upload
from .targets import target_of


@dataclass(frozen=True)
class Suggested:
    """Mapping proposed for confirmation. `remembered` is the mapping last confirmed for the same headings."""

    mapping: dict[str, list[int]]
    remembered: ColumnMapping | None


def suggested(upload: Upload) -> Suggested:
    """Return the mapping confirmed earlier for these headings, else the most likely columns. Runs one query."""
    remembered = ColumnMapping.objects.filter(
        tenant=upload.tenant_id, target=upload.target, fingerprint=upload.fingerprint
    ).first()
    if remembered is not None:
        return Suggested(dict(remembered.mapping), remembered)
    return Suggested(guess(target_of(upload.target).fields, upload.headings), None)


def uploads_of(tenant: Tenant, prefix: str) -> QuerySet[Upload]:
    """Return the tenant's uploads into targets with this slug prefix, newest first. Runs one query."""
    rows = Upload.objects.filter(tenant=tenant, target__startswith=prefix).select_related("file", "run")
    return rows.order_by("-created_at", "-id")


@dataclass(frozen=True)
class Tally:
    """Row counts of an upload: per outcome, new or changed rows selected for import, and applied rows."""

    counts: dict[str, int]
    chosen: int
    applied: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def tally(upload: Upload) -> Tally:
    """Count the rows of an upload. Runs one query."""
    writing = Q(outcome__in=(RowOutcome.NEW, RowOutcome.CHANGED))
    rows = (
        ImportRow.objects.filter(tenant=upload.tenant_id, upload=upload)
        .values("outcome")
        .annotate(
            rows=Count("id"), let=Count("id", filter=writing & Q(chosen=True)), done=Count("id", filter=Q(applied=True))
        )
        .order_by()
    )
    outcomes: list[Any] = list(rows)
    counts = {outcome.value: 0 for outcome in RowOutcome} | {row["outcome"]: row["rows"] for row in outcomes}
    return Tally(counts, sum(row["let"] for row in outcomes), sum(row["done"] for row in outcomes))


def rows_of(upload: Upload, outcome: str, *, after: int = 0, limit: int = 50) -> Sequence[ImportRow]:
    """Return up to `limit` rows with an outcome, in file order, after row `after`. Runs one query."""
    rows = ImportRow.objects.filter(tenant=upload.tenant_id, upload=upload, outcome=outcome, number__gt=after)
    return list(rows.order_by("number")[:limit])
