"""Reads of uploads and their rows. Each needs a scope in which the tenant's rows can be seen."""

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
    """The mapping a person is asked to confirm. `remembered` is the one confirmed last for the same headings."""

    mapping: dict[str, list[int]]
    remembered: ColumnMapping | None


def suggested(upload: Upload) -> Suggested:
    """What was confirmed for these headings before, else the likeliest columns. One query."""
    found = ColumnMapping.objects.filter(
        tenant=upload.tenant_id, target=upload.target, fingerprint=upload.fingerprint
    ).first()
    if found is not None:
        return Suggested(dict(found.mapping), found)
    return Suggested(guess(target_of(upload.target).fields, upload.headings), None)


def uploads_of(tenant: Tenant, prefix: str) -> QuerySet[Upload]:
    """The tenant's uploads into targets of one app, newest first. One query."""
    rows = Upload.objects.filter(tenant=tenant, target__startswith=prefix).select_related("file", "run")
    return rows.order_by("-created_at", "-id")


@dataclass(frozen=True)
class Tally:
    """How many rows have each outcome, how many of the new and changed are let in, how many were applied."""

    counts: dict[str, int]
    chosen: int
    applied: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def tally(upload: Upload) -> Tally:
    """One query."""
    writing = Q(outcome__in=(RowOutcome.NEW, RowOutcome.CHANGED))
    rows = (
        ImportRow.objects.filter(tenant=upload.tenant_id, upload=upload)
        .values("outcome")
        .annotate(
            rows=Count("id"), let=Count("id", filter=writing & Q(chosen=True)), done=Count("id", filter=Q(applied=True))
        )
        .order_by()
    )
    found: list[Any] = list(rows)
    counts = {outcome.value: 0 for outcome in RowOutcome} | {row["outcome"]: row["rows"] for row in found}
    return Tally(counts, sum(row["let"] for row in found), sum(row["done"] for row in found))


def rows_of(upload: Upload, outcome: str, *, after: int = 0, limit: int = 50) -> Sequence[ImportRow]:
    """The rows of one outcome in the order of the file, `limit` of them behind row `after`. One query."""
    rows = ImportRow.objects.filter(tenant=upload.tenant_id, upload=upload, outcome=outcome, number__gt=after)
    return list(rows.order_by("number")[:limit])
