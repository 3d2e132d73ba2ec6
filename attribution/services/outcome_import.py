"""Imports one export: checks it as a whole, compares it with stored rows, and writes it in one transaction."""

import datetime as dt
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from pagetojob.importer.child_reader import open_in_child
from pagetojob.importer.errors import TableError
from pagetojob.importer.fields import Mapped
from pagetojob.importer.selectors import suggest
from pagetojob.importer.tables import Table
from pagetojob.importer.targets import target_of
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.files.models import File, Purpose
from pagetojob.platform.files.services import MAX_BYTES, FileRefused, delete_content, store_file
from pagetojob.platform.postgresql.clock import database_time
from pagetojob.platform.postgresql.locks import wait_for_lock
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.leads.models import Lead

from ..linkage.words import is_canceled
from ..models import (
    Invoice,
    Job,
    OutcomeBooking,
    OutcomeCustomer,
    OutcomeFile,
    OutcomeKind,
    OutcomeRow,
    Payment,
)
from ..outcomes.checking import NAMED, Checked, FileContext, Remark, check
from ..outcomes.columns import KINDS, REFERENCE
from .expired import without_emptied
from .import_result import ImportResult, RowChange, row_limit
from .moved_payments import moved_parts, unmoved
from .uncounted import amount_of, uncounted

TABLES: Mapping[str, type[OutcomeRow]] = {
    OutcomeKind.JOBS: Job,
    OutcomeKind.INVOICES: Invoice,
    OutcomeKind.PAYMENTS: Payment,
    OutcomeKind.BOOKINGS: OutcomeBooking,
    OutcomeKind.CUSTOMERS: OutcomeCustomer,
}
#: Prefix of the slugs of the import targets.
PREFIX = "outcomes."
#: The related row without which a row is not counted.
_RELATED: Mapping[str, tuple[str, str, str]] = {
    OutcomeKind.INVOICES: ("job_external_id", OutcomeKind.JOBS, "Its job is unknown"),
    OutcomeKind.PAYMENTS: ("invoice_external_id", OutcomeKind.INVOICES, "Its invoice is unknown"),
}
_BATCH = 2_000
#: Job fields that linking does not use.
_NOT_FOR_LINKING = frozenset({"number", "completed_at", "uncharged"})

_ERASED = (
    "Some rows name people whose data was erased. Their personal values are not imported, and the stored copy of this "
    "file is emptied after the import."
)
_AGAIN = (
    "This file was imported on {on:%B %-d, %Y} already. Rows that later files or another choice of columns changed "
    "return to what it states, such as an invoice that is void since."
)


def take_file(
    *,
    tenant: Tenant,
    kind: str,
    content: bytes,
    name: str,
    actor: User,
    reason: str,
    covers: tuple[dt.date, dt.date] | None = None,
    expected_rows: int | None = 0,
    sheet: str = "",
    look_only: bool = False,
    places: Mapped | None = None,
    stored: File | None = None,
) -> ImportResult:
    """Read `content`, CSV or XLSX, as an export of `kind` and write new and changed rows.

    `places` are the columns of each field, by default those of the headings matched earlier, then the recognized ones.
    `stored` is the file if it is stored already. `expected_rows` accepts a file that is longer than earlier ones,
    None one of any length.

    `covers` is the period of the export; by default, the days of its first and last row. Writes nothing if there is a
    problem, with `look_only`, or for a file that was already imported. Raises TableError if the content is not such a
    file. One SELECT and at most two INSERTs per 2,000 rows.
    """
    if len(content) > MAX_BYTES:
        raise TableError("The file is larger than 25 MB. Split it by month.")
    if covers and not covers[0] <= covers[1] <= tenant.today():
        raise TableError("The days covered are not in order, or not over yet. Check the first and the last day.")
    table = open_in_child(io.BytesIO(content), KINDS[kind], sheet=sheet)
    with scope.tenant(tenant.pk):
        digest = hashlib.sha256(content).hexdigest()
        result, row_changes = examine(tenant, kind, table, sha256=digest, expected_rows=expected_rows, places=places)
        result.checked.covers = covers or result.checked.covers
        may_write = not look_only and not result.refused
        if may_write and (row_changes or result.moved or _import_of_same_file(tenant, kind, digest) is None):
            stored = stored or _store(tenant, content, name)
            result.file = _write(result, row_changes, tenant=tenant, stored=stored, actor=actor, reason=reason)
        if may_write and stored and result.erased:
            delete_content(stored)
    return result


def take_rows(*, tenant: Tenant, checked: Checked, content: bytes, name: str, by: str, reason: str) -> ImportResult:
    """Write the new and changed rows of `checked`, which a machine read; `content` is stored as their source.

    Call in the scope and a transaction of the tenant. Stores nothing if no row is new or changed. One SELECT and at
    most two INSERTs per 2,000 rows.
    """
    result = ImportResult(checked)
    lock_imports(tenant)
    row_changes = _compare(result, tenant)
    if row_changes:
        _check_related_rows(result, tenant)
        stored = store_file(tenant=tenant, content=io.BytesIO(content), name=name, purpose=Purpose.IMPORT)
        result.file = _write(result, row_changes, tenant=tenant, stored=stored, actor=by, reason=reason)
    return result


def examine(
    tenant: Tenant,
    kind: str,
    table: Table,
    *,
    sha256: str,
    expected_rows: int | None = 0,
    places: Mapped | None = None,
) -> tuple[ImportResult, Sequence[RowChange]]:
    """Check a file and compare it with the stored rows, which stay locked until the transaction ends. Writes nothing.

    `sha256` is the hash of the file. With None for `expected_rows`, any number of rows is read. Raises TableError.
    """
    if places is None and (remembered := suggest(tenant, target_of(slug_of(kind)), table.heading.cells)).remembered:
        places = remembered.mapping
    earlier = OutcomeFile.objects.filter(tenant=tenant, kind=kind)
    longest = max(earlier.values_list("rows", flat=True), default=0)
    most_rows = 0 if expected_rows is None else row_limit(expected_rows or longest)
    checked = check(kind, table, _context(tenant, most_rows), places)
    _check_references(checked, tenant)
    result = ImportResult(checked, longest_before=longest)
    lock_imports(tenant)
    row_changes = _compare(result, tenant)
    _check_related_rows(result, tenant)
    result.moved = moved_parts(checked, tenant)
    if result.erased:
        checked.remarks.insert(0, Remark(0, _ERASED))
    if (row_changes or result.moved) and (before := _import_of_same_file(tenant, kind, sha256)):
        checked.remarks.insert(0, Remark(0, _AGAIN.format(on=before.taken_at.astimezone(tenant.shown_zone))))
    return result, row_changes


def slug_of(kind: str) -> str:
    """Return the slug of the import target of a kind of export."""
    return f"{PREFIX}{kind}"


def _context(tenant: Tenant, most_rows: int) -> FileContext:
    if tenant.zone_problem:
        raise TableError(f"{tenant.zone_problem} Set one that is known: times in the file are read in it.")
    names = {tenant.slug, tenant.name, str(tenant.public_id)}
    return FileContext(
        names=frozenset(name.casefold() for name in names),
        zone=tenant.shown_zone,
        today=tenant.today(),
        most_rows=most_rows,
    )


def _check_references(checked: Checked, tenant: Tenant) -> None:
    """Raise TableError if the file contains references of ours, but none of this tenant: it is another shop's file."""
    named = {
        reference
        for _, row in checked.rows
        for name in ("reference", "summary")
        for reference in REFERENCE.findall(str(row.get(name, "")).lower())
    }
    if named and not Lead.objects.filter(tenant=tenant, reference__in=sorted(named)[:_BATCH]).exists():
        raise TableError(
            "The file contains lead references, but none of a lead of this business. It seems to belong to another "
            "business."
        )


def lock_imports(tenant: Tenant) -> None:
    """Lock the tenant's imports for this transaction, so that each file is compared with the one before."""
    wait_for_lock("attribution.taking", tenant.pk)


def _key(kind: str, read_of: Callable[[str], Any]) -> tuple[Any, ...]:
    """Return the ID; for a payment also the invoice, since a payment may be applied to several."""
    return read_of("external_id"), read_of("invoice_external_id") if kind == OutcomeKind.PAYMENTS else None


def _compare(result: ImportResult, tenant: Tenant) -> list[RowChange]:
    kind = result.checked.kind
    changes: list[RowChange] = []
    for rows in batched(result.checked.rows, _BATCH, strict=False):
        ids = [values["external_id"] for _, values in rows]
        known = {_key(kind, partial(getattr, row)): row for row in _rows(kind, tenant).filter(external_id__in=ids)}
        stored = {row.external_id: row for row in known.values()}
        read_rows, erased = without_emptied(tenant, TABLES[kind], rows, stored)
        result.erased.update(erased)
        for number, read in read_rows:
            old = known.get(_key(kind, read.get))
            values = unmoved(old, read)
            names = sorted(name for name, value in values.items() if old and getattr(old, name) != value)
            result.added += old is None
            result.changed += bool(names)
            result.unchanged += old is not None and not names
            if old and names and len(result.changes) < NAMED:
                result.changes.append({"id": str(old.external_id), "row": number, "fields": names})
            if old is None or names:
                changes.append((number, values, old))
    return changes


def _rows(kind: str, tenant: Tenant) -> QuerySet[OutcomeRow]:
    return TABLES[kind]._default_manager.filter(tenant=tenant)


def _check_related_rows(result: ImportResult, tenant: Tenant) -> None:
    """Add a remark to rows whose job or invoice is unknown, and the sums of their amounts.

    They are imported, and counted once it arrives.
    """
    if result.checked.kind not in _RELATED:
        return
    column, kind, sentence = _RELATED[result.checked.kind]
    without: list[Decimal] = []
    unknown: list[Decimal] = []
    for rows in batched(result.checked.rows, _BATCH, strict=False):
        wanted = {int(named) for _, values in rows if (named := values.get(column)) is not None}
        known = set(_rows(kind, tenant).filter(external_id__in=wanted).values_list("external_id", flat=True))
        for number, values in rows:
            if (named := values.get(column)) not in known:
                why = f"It has no {kind[:-1]}, so it is not counted."
                later = f"{sentence}, so it is not counted until that is imported."
                result.checked.remarks.append(Remark(number, why if named is None else later))
                (without if named is None else unknown).append(amount_of(values))
    sums = uncounted(result.checked.kind, kind[:-1], without=without, unknown=unknown)
    result.checked.remarks += [Remark(0, sentence) for sentence in sums]
    result.checked.remarks.sort()


def _import_of_same_file(tenant: Tenant, kind: str, sha256: str) -> OutcomeFile | None:
    """Return the last import of the same file, or None. Makes one query."""
    return OutcomeFile.objects.filter(tenant=tenant, kind=kind, sha256=sha256).order_by("-pk").first()


def _store(tenant: Tenant, content: bytes, name: str) -> File:
    try:
        return store_file(tenant=tenant, content=io.BytesIO(content), name=name, purpose=Purpose.IMPORT)
    except FileRefused as error:
        raise TableError(str(error)) from error


@transaction.atomic
def _write(
    result: ImportResult,
    row_changes: Sequence[RowChange],
    *,
    tenant: Tenant,
    stored: File,
    actor: User | str,
    reason: str,
) -> OutcomeFile:
    checked = result.checked
    first, last = checked.covers or (None, None)
    file = OutcomeFile.objects.create(
        tenant=tenant, kind=checked.kind, file=stored, sha256=stored.sha256, sheet=checked.sheet[:120],
        covers_from=first, covers_to=last, rows=checked.total, added=result.added, changed=result.changed,
        unchanged=result.unchanged, changes=_named_changes(result), fields=checked.fields,
        taken_by=actor if isinstance(actor, User) else None,
        remarks=[{"row": remark.row, "sentence": remark.sentence} for remark in checked.remarks[:NAMED]],
    )  # fmt: skip
    _write_rows(TABLES[checked.kind], [*row_changes, *result.moved], tenant=tenant, file=file)
    record_change("attribution.take_file", file, actor=actor, reason=reason, **_audited(result, file))
    return file


def _named_changes(result: ImportResult) -> list[dict[str, Any]]:
    """Return the rows that existed with other values, those that no longer count first."""
    moved = [
        {"id": str(part.external_id), "row": number, "fields": sorted(values)}
        for number, values, part in result.moved
        if part is not None
    ]
    return [*moved, *result.changes][:NAMED]


def _audited(result: ImportResult, file: OutcomeFile) -> dict[str, tuple[object, object]]:
    """Return the counts of the audit line. Payments that no longer count are in no count of rows, so they have two."""
    names = ("kind", "sha256", "rows", "added", "changed", "unchanged")
    changes: dict[str, tuple[object, object]] = {name: (None, getattr(file, name)) for name in names}
    if result.moved:
        changes["stored payments that no longer count"] = (None, len(result.moved))
        changes["their sum"] = (None, str(result.moved_amount))
    return changes


def _write_rows(
    model: type[OutcomeRow], row_changes: Sequence[RowChange], *, tenant: Tenant, file: OutcomeFile
) -> None:
    now = database_time()  # the clocks of hosts differ, and a linking must miss no import of another one
    fresh: list[OutcomeRow] = []
    stale: list[OutcomeRow] = []
    columns = {"file", "row", "changed_at"}
    for number, values, old in row_changes:
        row = old or model(tenant=tenant)
        if old is None or _affects_linking(old, values):
            row.changed_at = now
        for name, value in (values | {"file": file, "row": number}).items():
            setattr(row, name, value)
        columns.update(values)
        (stale if old else fresh).append(row)
    model._default_manager.bulk_create(fresh, batch_size=_BATCH)
    model._default_manager.bulk_update(stale, sorted(columns - {"external_id"}), batch_size=500)


def _affects_linking(old: OutcomeRow, values: Mapping[str, Any]) -> bool:
    """Return whether a change may affect linking. Completing a job, for example, does not."""
    if not isinstance(old, Job):
        return True
    changed = {name for name, value in values.items() if getattr(old, name) != value} - _NOT_FOR_LINKING
    return bool(changed - {"status"}) or (
        "status" in changed and is_canceled(old.status) != is_canceled(values["status"])
    )
