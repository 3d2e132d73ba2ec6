"""Actions on an upload: upload a file, confirm columns, choose rows, approve, continue, undo, discard."""

import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import IO, Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import decide, why_off
from pagetojob.platform import states
from pagetojob.platform.audit.services import record, record_change
from pagetojob.platform.files.models import Purpose
from pagetojob.platform.files.services import FileRefused, delete_content, store_file
from pagetojob.platform.runs.services import start_run
from pagetojob.platform.tenants.models import Tenant, User

from .child_reader import open_in_child
from .errors import TableError
from .fields import checked, heading_key
from .models import ImportRow, RememberedHeading, RowOutcome, Upload, UploadState
from .records import Line
from .refusals import Reason, refusal_of
from .selectors import LONGEST_KEY, chosen_digest, is_reading_stopped, rows_to_apply, tally
from .targets import BaseTarget, FileTarget, target_of
from .upload_runs import APPLY, KIND, READ, UNDO, forget_values, unpacked

SAMPLES = 3
#: Rows searched for them, because some are blank.
SAMPLED = 30
#: Fields of an upload that describe its file.
_SEEN = ("form", "delimiter", "sheets", "sheet", "heading_row", "headings")
_MOVED = "Someone else changed this import in the meantime, so nothing was done. Review it again."
_BUSY = "Another import of this contractor is running. Wait until it has finished, then try again."


class ImportRefused(Exception):
    """Raised when an action on an upload is not possible. The message states the reason and the remedy."""


def take_upload(*, tenant: Tenant, target: str, content: IO[bytes], name: str, actor: User, sheet: str = "") -> Upload:
    """Validate and store a file. Nothing is imported yet. Raises ImportRefused if it must not or cannot be read.

    Needs the scope of the tenant or of an operator. One INSERT per MiB, and four more queries.
    """
    wanted = target_of(target)
    must_be_on(wanted, tenant)
    if content.seek(0, os.SEEK_END) > wanted.largest:
        raise ImportRefused(f"The file is larger than {wanted.largest // 1024**2} MB. Split it or remove columns.")
    seen = _inspect(content, wanted, sheet)
    content.seek(0)
    return store_upload(tenant=tenant, target=target, content=content, name=name, actor=actor, **seen)


@transaction.atomic
def store_upload(
    *,
    tenant: Tenant,
    target: str,
    content: IO[bytes],
    name: str,
    actor: User | str | None,
    **seen: Any,
) -> Upload:
    """Store a file as an upload. For no one, write no audit line. Raises ImportRefused."""
    person = actor if isinstance(actor, User) else None
    try:
        file = store_file(tenant=tenant, content=content, name=name, purpose=Purpose.IMPORT)
    except FileRefused as error:
        raise ImportRefused(str(error)) from error
    upload = Upload.objects.create(tenant=tenant, target=target, file=file, uploaded_by=person, **seen)
    if actor:
        changes = {"target": (None, target), "sha256": (None, file.sha256), "bytes": (None, file.size)}
        reason = "A file was brought." if person else "A list was read by API."
        record_change("importer.upload", upload, actor=actor, reason=reason, **changes)
    return upload


def must_be_permitted(upload: Upload) -> None:
    """Raise ImportRefused if what brought the upload is off: the feature that read it by API, or that of its target."""
    if (source := upload.notes.get("source")) is None:
        must_be_on(target_of(upload.target), upload.tenant)
        return
    decision = decide(source["flag"], upload.tenant, Environment(source["environment"]))
    if not decision.open:
        raise ImportRefused(f"Imports by API are off for this contractor. {decision.missing[0].sentence}")


def must_be_on(target: BaseTarget, tenant: Tenant) -> None:
    """Raise ImportRefused if the target's feature is off for the tenant. At most one query."""
    if target.flag and (why := why_off(target.flag, tenant)):
        raise ImportRefused(why)


def choose_sheet(*, upload: Upload, sheet: str, actor: User, version: int | None) -> Upload:
    """Read another sheet of a workbook; return the upload that replaces this one. Raises ImportRefused."""
    _must_be_as_seen(upload, version)
    _must_have_file(upload)
    with unpacked(upload) as file:
        seen = _inspect(file, target_of(upload.target), sheet)
    return _replaced(upload, actor, "Another sheet of the workbook is read.", seen)


def _inspect(content: IO[bytes], target: BaseTarget, sheet: str) -> dict[str, Any]:
    """Return the Upload fields that describe a file. Raises ImportRefused if it must not or cannot be read."""
    try:
        table = open_in_child(content, target.fields, sheet=sheet, rows=0)
    except TableError as error:
        raise ImportRefused(str(error)) from error
    headings, of = _headings(table.heading), table.format
    values = (of.form, of.delimiter, list(of.sheets), of.sheet, table.heading.number, headings)
    return dict(zip(_SEEN, values, strict=True))


def _headings(heading: Line) -> list[str]:
    """Return the headings without trailing empty ones. Raises ImportRefused if one must not be stored."""
    cells = [" ".join(cell.split())[:200] for cell in heading.cells]
    while cells and not cells[-1]:
        cells.pop()
    for place, cell in enumerate(cells, start=1):
        refused = refusal_of(cell)
        if refused is not None and refused.reason is not Reason.FORMULA:
            raise ImportRefused(f"The heading of column {place} looks like {refused.what}. {refused.advice}")
    return cells


def samples(upload: Upload) -> list[Line]:
    """Return the first rows below the headings, to help identify the columns. Reads the file; one query per chunk."""
    with unpacked(upload) as file:
        rows = open_in_child(file, target_of(upload.target).fields, sheet=upload.sheet, rows=SAMPLED).rows
        return list(islice((line for line in rows if line.cells), SAMPLES))


def confirm_mapping(
    *, upload: Upload, mapping: Mapping[str, Sequence[int]], actor: User, version: int | None = None
) -> Upload:
    """Store the column mapping and start staging the rows; return the upload that is read.

    Remembers the field of each heading. If the upload is already waiting for approval, or its reading stopped, replaces
    it by one of the same file. `version` is the one that the person saw. Raises ImportRefused or MappingProblem.
    """
    target = target_of(upload.target)
    must_be_on(target, upload.tenant)
    confirmed = checked(target.fields, mapping, len(upload.headings))
    _must_be_as_seen(upload, version)
    _must_have_file(upload)
    with transaction.atomic():
        if upload.state == UploadState.READY or is_reading_stopped(upload):
            seen = {name: getattr(upload, name) for name in _SEEN}
            upload = _replaced(upload, actor, "Confirm its columns again.", seen)
        _move(upload, UploadState.READING, mapping=confirmed)
        _remember(upload, confirmed, actor)
        _start(upload, READ, target, actor=actor, reason="The columns were confirmed.", total=None)
    return upload


def _remember(upload: Upload, mapping: Mapping[str, Sequence[int]], actor: User) -> None:
    """Remember the field of each heading for the tenant's next files. Three statements.

    Of several columns with one heading, the first that is imported decides.
    """
    fields: dict[str, str] = {}
    field_at = {place: name for name, places in mapping.items() for place in places}
    for place, heading in enumerate(upload.headings, start=1):
        key = heading_key(heading)[:LONGEST_KEY]
        fields[key] = fields.get(key) or field_at.get(place, "")
    fields.pop("", None)
    rows = RememberedHeading.objects.filter(tenant=upload.tenant_id, target=upload.target, heading__in=fields)
    before = dict(rows.values_list("heading", "field"))
    changes = {key: (before.get(key), field) for key, field in fields.items() if before.get(key) != field}
    RememberedHeading.objects.bulk_create(
        [
            RememberedHeading(
                tenant_id=upload.tenant_id, target=upload.target, heading=key, field=fields[key], confirmed_by=actor,
                confirmed_at=Now(),
            )
            for key in changes
        ],
        update_conflicts=True,
        unique_fields=["tenant", "target", "heading"],
        update_fields=["field", "confirmed_by", "confirmed_at"],
    )  # fmt: skip
    if changes:
        record(
            action="importer.match_headings", subject=upload, reason="The columns were confirmed.",
            tenant=upload.tenant_id, actor=actor, changes=changes,
        )  # fmt: skip


@transaction.atomic
def _replaced(upload: Upload, actor: User, reason: str, seen: Mapping[str, Any]) -> Upload:
    """Replace an upload with a new one for the same file: staged rows are never rewritten."""
    _discard(upload, actor, reason)
    return Upload.objects.create(
        tenant=upload.tenant, target=upload.target, file=upload.file, uploaded_by=actor, **seen
    )


@transaction.atomic
def choose_rows(*, upload: Upload, included: Iterable[int], excluded: Iterable[int], actor: User) -> int:
    """Include and exclude rows by number; return how many changed. At most six queries."""
    state = _locked(upload).state
    if state != UploadState.READY or isinstance(target_of(upload.target), FileTarget):
        raise ImportRefused("You can choose rows only while the import is waiting for approval.")
    rows = ImportRow.objects.filter(
        tenant=upload.tenant_id, upload=upload, outcome__in=(RowOutcome.NEW, RowOutcome.CHANGED)
    )
    moved = {}
    for name, numbers, chosen in (("included", included, True), ("excluded", excluded, False)):
        others = rows.filter(number__in=set(numbers), chosen=not chosen)
        if listed := sorted(others.values_list("number", flat=True)):
            others.update(chosen=chosen)
            moved[name] = listed
    if moved:
        changes = {name: (None, ", ".join(map(str, listed))) for name, listed in moved.items()}
        record_change("importer.choose_rows", upload, actor=actor, reason="Rows were chosen by number.", **changes)
    return sum(map(len, moved.values()))


def _locked(upload: Upload) -> Upload:
    """Lock an import until the end of the transaction, so that no row is chosen while another person approves."""
    return Upload.objects.select_for_update(no_key=True).get(tenant=upload.tenant_id, pk=upload.pk)


def approve(
    *, upload: Upload, actor: User, reason: str, version: int | None = None, chosen: str | None = None, **options: Any
) -> Upload:
    """Start applying the chosen rows. Raises ImportRefused if none is chosen or another import is running.

    `version` and `chosen`, the digest of the chosen rows, are what the person saw. `options` are passed on to a
    FileTarget. A file that is much longer than earlier ones needs `confirmed_rows`, its number of rows.
    """
    target = target_of(upload.target)
    must_be_permitted(upload)
    _must_be_as_seen(upload, version)
    if isinstance(target, FileTarget):
        _must_have_file(upload)
    with transaction.atomic():
        _locked(upload)
        total = _approvable(upload, target)
        if chosen is not None and chosen != chosen_digest(upload):
            raise ImportRefused(_MOVED)
        changes = _confirmed_length(upload, options.get("confirmed_rows"))
        _move(upload, UploadState.APPLYING, problem="")
        _start(upload, APPLY, target, actor=actor, reason=reason, total=total, changes=changes, **options)
    return upload


def rows_left(upload: Upload) -> int:
    """Return how many rows an import that stopped while it was applied has left; 0 for others. Runs one query."""
    stopped = upload.state == UploadState.APPLIED and upload.problem and upload.run
    return rows_to_apply(upload).count() if stopped and stopped.params["step"] == APPLY else 0


def resume(*, upload: Upload, actor: User, reason: str, version: int | None = None) -> Upload:
    """Start applying the rows that an import has left since its run stopped. Raises ImportRefused."""
    must_be_permitted(upload)
    _must_be_as_seen(upload, version)
    _must_be_last(upload)
    _must_have_rows(upload)
    with transaction.atomic():
        if not (total := rows_left(upload)):
            raise ImportRefused("All chosen rows of this import were applied.")
        # Rows are applied in the order of their numbers. A worker that is not replaced yet reads applied ones again.
        after = _applied(upload).order_by("-number").values_list("number", flat=True).first()
        _move(upload, UploadState.APPLYING, problem="")
        _start(upload, APPLY, target_of(upload.target), actor=actor, reason=reason, total=total, cursor=after)
    return upload


def _applied(upload: Upload) -> QuerySet[ImportRow]:
    return ImportRow.objects.filter(tenant=upload.tenant_id, upload=upload, applied=True)


def _confirmed_length(upload: Upload, confirmed_rows: int | None) -> dict[str, tuple[object, object]]:
    """Return the values of the audit line for an unusually long file. Raises ImportRefused if it is not confirmed."""
    if (unusual := upload.notes.get("unusual")) is None:
        return {}
    if confirmed_rows != unusual["rows"]:
        raise ImportRefused("The file is unusually long. Enter its number of rows to confirm that it is right.")
    return {"longest earlier file, confirmed rows": (unusual["longest_before"], confirmed_rows)}


def _approvable(upload: Upload, target: BaseTarget) -> int:
    """Return how many rows approving would write. Raises ImportRefused if it must not. Runs one query."""
    counted = tally(upload)
    if isinstance(target, FileTarget):
        if wrong := counted.counts[RowOutcome.PROBLEM]:
            raise ImportRefused(
                f"{wrong:,} row{' has' if wrong == 1 else 's have'} a problem, and this file is imported completely or "
                "not at all. Correct the columns, or the file and upload it again."
            )
    elif not counted.chosen:
        raise ImportRefused("None of the chosen rows would change anything.")
    return counted.chosen


def _must_be_as_seen(upload: Upload, version: int | None) -> None:
    if version is not None and version != upload.version:
        raise ImportRefused(_MOVED)


def _must_have_file(upload: Upload) -> None:
    """Raise ImportRefused if an erasure or the end of a period removed the file. Runs one query."""
    if not upload.file.chunks.exists():
        raise ImportRefused(
            "The file of this import was removed, by the erasure of a person or at the end of its period. Discard this"
            " import, and upload the file again without people whose data was erased."
        )


def last_applied(tenant: Tenant | int, target: str) -> Upload | None:
    """Return the last applied upload of a target that was not undone; only this one can be undone. Runs one query."""
    applied = Upload.objects.filter(tenant=tenant, target=target, state=UploadState.APPLIED)
    return applied.order_by("-applied_at", "-id").first()


def undo(*, upload: Upload, actor: User, reason: str, version: int | None = None) -> Upload:
    """Undo the last import of a target. Raises ImportRefused for any other upload."""
    _must_be_as_seen(upload, version)
    if isinstance(target_of(upload.target), FileTarget):
        raise ImportRefused("A file that is imported completely cannot be undone. Import a corrected file.")
    _must_be_last(upload)
    _must_have_rows(upload)
    with transaction.atomic():
        total = _applied(upload).count()
        _move(upload, UploadState.UNDOING, problem="")
        _start(upload, UNDO, target_of(upload.target), actor=actor, reason=reason, total=total)
    return upload


def _must_be_last(upload: Upload) -> None:
    if last_applied(upload.tenant_id, upload.target) != upload:
        raise ImportRefused("Only the last applied import can be undone or continued.")


def _must_have_rows(upload: Upload) -> None:
    if not upload.file.chunks.exists():
        raise ImportRefused(
            "This import is past its retention period. Its rows were removed, so it cannot be undone or continued."
        )


def discard(*, upload: Upload, actor: User | str, reason: str, version: int | None = None) -> Upload:
    """Discard an upload that was not applied, with its file and the values of its rows. Raises ImportRefused."""
    _must_be_as_seen(upload, version)
    with transaction.atomic():
        _discard(upload, actor, reason)
        delete_content(upload.file)
    return upload


def _discard(upload: Upload, actor: User | str, reason: str) -> None:
    _move(upload, UploadState.DISCARDED, problem="")
    forget_values(upload)
    record_change("importer.discard", upload, actor=actor, reason=reason)


def _move(upload: Upload, to: UploadState, **facts: Any) -> None:
    try:
        states.move(upload, to, **facts)
    except (states.IllegalMove, states.LostRace):
        raise ImportRefused(_MOVED) from None


def _start(
    upload: Upload,
    step: str,
    target: BaseTarget,
    *,
    actor: User,
    reason: str,
    total: int | None,
    cursor: int | None = None,
    changes: Mapping[str, tuple[object, object]] = MappingProxyType({}),
    **options: Any,
) -> None:
    words = {READ: "Read", APPLY: "Apply", UNDO: "Undo"}[step]
    run, new = start_run(
        tenant=upload.tenant,
        kind=KIND,
        params={
            "upload": upload.pk,
            "step": step,
            "words": f"{words}: import of {target.label}",
            "reason": reason,
            **options,
        },
        actor=actor,
        reason=reason,
        total=total,
        cursor=cursor,
        changes={"kind": (None, KIND), "step": (None, step), "upload": (None, upload), **changes},
    )
    if not new:
        raise ImportRefused(_BUSY)
    Upload.objects.filter(pk=upload.pk).update(run=run)
    upload.run = run
