"""Queries for uploads and their rows. They need a scope that can read the tenant's rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, StringAgg, TextField, Value
from django.db.models.functions import MD5, Cast
from django.shortcuts import get_object_or_404

from pagetojob.platform.runs.models import OPEN
from pagetojob.platform.tenants.models import Tenant

from .fields import guess, heading_key
from .models import ImportRow, RememberedHeading, RowOutcome, Upload, UploadState
from .targets import BaseTarget, FileTarget, target_of

#: Characters of a heading that are compared.
LONGEST_KEY = 200
#: A run works on these.
WORKING = (UploadState.READING, UploadState.APPLYING, UploadState.UNDOING)


@dataclass(frozen=True)
class Suggested:
    """Mapping proposed for confirmation. `remembered` are the columns whose heading a person matched earlier."""

    mapping: dict[str, list[int]]
    remembered: frozenset[int] = frozenset()


def suggest(tenant: Tenant | int, target: BaseTarget, headings: Sequence[str]) -> Suggested:
    """Return the fields matched earlier to these headings, and likely columns of the others. Runs one query."""
    keys = [heading_key(heading)[:LONGEST_KEY] for heading in headings]
    rows = RememberedHeading.objects.filter(tenant=tenant, target=target.slug, heading__in=set(keys) - {""})
    fields = dict(rows.values_list("heading", "field"))
    specs = {spec.name: spec for spec in target.fields}
    mapping: dict[str, list[int]] = {}
    for place, key in enumerate(keys, start=1):
        spec = specs.get(fields.get(key, ""))
        if spec is not None and (spec.several or spec.name not in mapping):
            mapping.setdefault(spec.name, []).append(place)
    unmatched = ["" if key in fields else heading for key, heading in zip(keys, headings, strict=True)]
    remembered = frozenset(place for place, key in enumerate(keys, start=1) if key in fields)
    return Suggested(guess(target.fields, unmatched, mapping), remembered)


def suggested(upload: Upload) -> Suggested:
    """Return the mapping proposed for an upload. Runs one query."""
    return suggest(upload.tenant_id, target_of(upload.target), upload.headings)


def upload_of(tenant: Tenant, prefix: str, public_id: UUID) -> Upload:
    """Return an upload into targets with this slug prefix. Missing ones and other tenants' raise a 404."""
    rows = Upload.objects.select_related("tenant", "file", "run").filter(target__startswith=prefix)
    return get_object_or_404(rows, tenant=tenant, public_id=public_id)


def successor_of(upload: Upload) -> Upload | None:
    """Return the import that replaced a discarded one: the newest of the same file. Runs one query."""
    newer = Upload.objects.filter(tenant=upload.tenant_id, file=upload.file_id, pk__gt=upload.pk)
    return newer.order_by("-pk").first()


def uploads_of(tenant: Tenant, prefix: str) -> QuerySet[Upload]:
    """Return the tenant's uploads into targets with this slug prefix, newest first. Runs one query."""
    rows = Upload.objects.filter(tenant=tenant, target__startswith=prefix).select_related("file", "run")
    return rows.order_by("-created_at", "-id")


def with_problems(uploads: Iterable[Upload]) -> set[int]:
    """Return the keys of the uploads that cannot be approved as they are. Runs one query.

    These are read files that are imported completely or not at all and have a row with a problem.
    """
    whole = [row for row in uploads if row.state == UploadState.READY and isinstance(target_of(row.target), FileTarget)]
    wrong = ImportRow.objects.filter(
        tenant__in={row.tenant_id for row in whole}, upload__in=whole, outcome=RowOutcome.PROBLEM
    )
    return set(wrong.order_by().values_list("upload", flat=True).distinct())


def state_words(upload: Upload, *, has_problems: bool) -> str:
    """Return the state in words, which never offer an approval that is refused, or hide that a run stopped."""
    if is_reading_stopped(upload):
        return "reading stopped"
    if upload.state == UploadState.APPLIED and upload.problem:
        return "applied in part"
    return "needs correction" if has_problems else upload.get_state_display()


def why_stopped(upload: Upload) -> str:
    """Return why the run of an import stopped before its end; empty unless it did. No query if `run` is loaded."""
    run = upload.run
    if upload.state not in WORKING or run is None or run.state in OPEN:
        return ""
    return run.error.rstrip(".") or "it was canceled"


def is_reading_stopped(upload: Upload) -> bool:
    """Return whether the run that read a file stopped, so that a person reads it again or discards it."""
    return upload.state == UploadState.READING and bool(why_stopped(upload))


def rows_to_apply(upload: Upload) -> QuerySet[ImportRow]:
    """Return the chosen rows that would change something and are not applied."""
    return ImportRow.objects.filter(
        tenant=upload.tenant_id,
        upload=upload,
        outcome__in=(RowOutcome.NEW, RowOutcome.CHANGED),
        chosen=True,
        applied=False,
    )


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


def chosen_digest(upload: Upload) -> str:
    """Return a digest of the numbers of the rows that approving would write. Runs one query."""
    rows = ImportRow.objects.filter(
        tenant=upload.tenant_id, upload=upload, outcome__in=(RowOutcome.NEW, RowOutcome.CHANGED), chosen=True
    )
    numbers = StringAgg(Cast("number", TextField()), Value(","), order_by="number")
    digest: str | None = rows.aggregate(digest=MD5(numbers))["digest"]
    return digest or ""


def rows_of(upload: Upload, outcome: str, *, after: int = 0, limit: int = 50) -> Sequence[ImportRow]:
    """Return up to `limit` rows with an outcome, in file order, after row `after`. Runs one query."""
    rows = ImportRow.objects.filter(tenant=upload.tenant_id, upload=upload, outcome=outcome, number__gt=after)
    return list(rows.order_by("number")[:limit])
