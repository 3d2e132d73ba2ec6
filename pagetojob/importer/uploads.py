"""What people do with an upload: bring it, confirm its columns, choose rows, approve, take back, set aside."""

from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.gates.services import why_off
from pagetojob.platform import states
from pagetojob.platform.audit.services import record
from pagetojob.platform.files.models import Purpose
from pagetojob.platform.files.services import FileRefused, store_file
from pagetojob.platform.runs.services import start_run
from pagetojob.platform.tenants.models import Tenant, User

from . import opening
from .errors import TableError
from .fields import checked, fingerprint
from .models import ColumnMapping, ImportRow, RowOutcome, Upload, UploadState
from .refusals import Reason, refusal_of
from .targets import Target, target_of
from .working import APPLY, KIND, READ, UNDO, opened_as, unpacked

SAMPLES = 3
_BUSY = "Another import of this tenant is under way. Wait until it has ended, then try again."


class ImportRefused(Exception):
    """It cannot be done; `for_people` says why and what to do."""

    def __init__(self, for_people: str) -> None:
        super().__init__(for_people)
        self.for_people = for_people


def take_upload(*, tenant: Tenant, target: str, content: IO[bytes], name: str, actor: User, sheet: str = "") -> Upload:
    """Look at a file and keep it. Nothing is imported. Raises ImportRefused for one that must not or cannot be read.

    Needs the scope of the tenant or of an operator. One INSERT for each MiB, and four more queries.
    """
    must_be_on(target_of(target), tenant)
    seen = _look(content, target_of(target), sheet)
    content.seek(0)
    with transaction.atomic():
        try:
            file = store_file(tenant=tenant, content=content, name=name, purpose=Purpose.IMPORT, actor=actor)
        except FileRefused as error:
            raise ImportRefused(str(error)) from error
        upload = Upload.objects.create(tenant=tenant, target=target, file=file, uploaded_by=actor, **seen)
        changes = {"target": (None, target), "sha256": (None, file.sha256), "bytes": (None, file.size)}
        record(
            action="importer.upload", subject=upload, reason="A file was brought.", tenant=tenant, actor=actor,
            changes=changes,
        )  # fmt: skip
    return upload


def must_be_on(target: Target, tenant: Tenant) -> None:
    """Raises ImportRefused while the feature that a target belongs to is off for the tenant. At most one query."""
    if target.flag and (why := why_off(target.flag, tenant)):
        raise ImportRefused(why)


def choose_sheet(*, upload: Upload, sheet: str, actor: User) -> Upload:
    """Read another sheet of a workbook; returns the upload that takes the place of this one. Raises ImportRefused."""
    with unpacked(upload) as file:
        seen = _look(file, target_of(upload.target), sheet)
    with transaction.atomic():
        discard(upload=upload, actor=actor, reason="Another sheet of the workbook is read.")
        return Upload.objects.create(
            tenant=upload.tenant, target=upload.target, file=upload.file, uploaded_by=actor, **seen
        )


def _look(content: IO[bytes], target: Target, sheet: str) -> dict[str, Any]:
    """What an upload says of its file. Raises ImportRefused for one that must not or cannot be read."""
    try:
        found = opening.opened(content, sheet)
        heading = opening.heading_of(opening.lines_of(content, found), target.fields)
    except TableError as error:
        raise ImportRefused(str(error)) from error
    headings = _headings(heading)
    return {
        "form": found.form,
        "delimiter": found.delimiter,
        "sheets": list(found.sheets),
        "sheet": found.sheet,
        "heading_row": heading.number,
        "headings": headings,
        "fingerprint": fingerprint(headings),
    }


def _headings(heading: opening.Line) -> list[str]:
    """The headings as they stand, without empty ones at the end. Raises ImportRefused for what must not be kept."""
    cells = [" ".join(cell.split())[:200] for cell in heading.cells]
    while cells and not cells[-1]:
        cells.pop()
    for place, cell in enumerate(cells, start=1):
        refused = refusal_of(cell)
        if refused is not None and refused.reason is not Reason.FORMULA:
            raise ImportRefused(f"The heading of column {place} looks like {refused.what}. {refused.advice}")
    return cells


def samples(upload: Upload) -> list[opening.Line]:
    """The first rows below the headings, to recognise columns by. Reads the file; one query a chunk."""
    with unpacked(upload) as file:
        lines = opening.lines_of(file, opened_as(upload))
        below = (line for line in lines if line.number > upload.heading_row and line.cells)
        return [line for line, _ in zip(below, range(SAMPLES), strict=False)]


def confirm_mapping(*, upload: Upload, mapping: Mapping[str, Sequence[int]], actor: User) -> Upload:
    """Remember how the columns are read, and start staging the rows; returns the upload that is read.

    Said again while the rows wait for approval, it sets that upload aside and makes another of the same file: what was
    staged is never rewritten. Raises ImportRefused or MappingProblem.
    """
    target = target_of(upload.target)
    must_be_on(target, upload.tenant)
    kept = checked(target.fields, mapping, len(upload.headings))
    with transaction.atomic():
        if upload.state == UploadState.READY:
            upload = _again(upload, actor)
        _move(upload, UploadState.READING, mapping=kept)
        ColumnMapping.objects.update_or_create(
            tenant_id=upload.tenant_id,
            target=upload.target,
            fingerprint=upload.fingerprint,
            defaults={"mapping": kept, "confirmed_by": actor, "confirmed_at": Now()},
        )
        _start(upload, READ, target, actor=actor, reason="The columns were confirmed.", total=None)
    return upload


def _again(upload: Upload, actor: User) -> Upload:
    """A second upload of the same file, in place of one whose columns were read wrongly."""
    discard(upload=upload, actor=actor, reason="Its columns are confirmed anew.")
    names = ("target", "file", "form", "delimiter", "sheets", "sheet", "heading_row", "headings", "fingerprint")
    return Upload.objects.create(
        tenant=upload.tenant, uploaded_by=actor, **{name: getattr(upload, name) for name in names}
    )


def choose_rows(*, upload: Upload, numbers: Iterable[int], chosen: bool) -> int:
    """Let rows in or leave them out, by their numbers; returns how many. One UPDATE."""
    if upload.state != UploadState.READY:
        raise ImportRefused("Rows can be chosen only while the import waits for approval.")
    rows = ImportRow.objects.filter(
        tenant=upload.tenant_id, upload=upload, outcome__in=(RowOutcome.NEW, RowOutcome.CHANGED)
    )
    return rows.filter(number__in=set(numbers)).update(chosen=chosen)


def approve(*, upload: Upload, actor: User, reason: str) -> Upload:
    """Let the chosen rows in. Raises ImportRefused when there are none, or when another import is under way."""
    target = target_of(upload.target)
    must_be_on(target, upload.tenant)
    with transaction.atomic():
        rows = ImportRow.objects.filter(
            tenant=upload.tenant_id, upload=upload, outcome__in=(RowOutcome.NEW, RowOutcome.CHANGED), chosen=True
        )
        total = rows.count()
        if not total:
            raise ImportRefused("No row is chosen that would change anything.")
        _move(upload, UploadState.APPLYING)
        _start(upload, APPLY, target, actor=actor, reason=reason, total=total)
    return upload


def last_applied(tenant: Tenant | int, target: str) -> Upload | None:
    """The upload that changed a target last and was not taken back: the only one that can be. One query."""
    applied = Upload.objects.filter(tenant=tenant, target=target, state=UploadState.APPLIED)
    return applied.order_by("-applied_at", "-id").first()


def undo(*, upload: Upload, actor: User, reason: str) -> Upload:
    """Take the last import of a target back. Raises ImportRefused for any other."""
    if last_applied(upload.tenant_id, upload.target) != upload:
        raise ImportRefused("Only the last import that was applied can be taken back.")
    with transaction.atomic():
        total = ImportRow.objects.filter(tenant=upload.tenant_id, upload=upload, applied=True).count()
        _move(upload, UploadState.UNDOING)
        _start(upload, UNDO, target_of(upload.target), actor=actor, reason=reason, total=total)
    return upload


def discard(*, upload: Upload, actor: User, reason: str) -> Upload:
    """Set an upload aside that was not applied. Its file and what was staged stay for their time, out of the way."""
    with transaction.atomic():
        _move(upload, UploadState.DISCARDED)
        record(action="importer.discard", subject=upload, reason=reason, tenant=upload.tenant_id, actor=actor)
    return upload


def _move(upload: Upload, to: UploadState, **facts: Any) -> None:
    try:
        states.move(upload, to, **facts)
    except (states.IllegalMove, states.LostRace):
        raise ImportRefused("Somebody else moved this import meanwhile. Look at it again.") from None


def _start(upload: Upload, step: str, target: Target, *, actor: User, reason: str, total: int | None) -> None:
    words = {READ: "Read", APPLY: "Apply", UNDO: "Take back"}[step]
    run, new = start_run(
        tenant=upload.tenant,
        kind=KIND,
        params={"upload": upload.pk, "step": step, "words": f"{words}: import of {target.label}", "reason": reason},
        actor=actor,
        reason=reason,
        total=total,
        changes={"kind": (None, KIND), "step": (None, step), "upload": (None, upload)},
    )
    if not new:
        raise ImportRefused(_BUSY)
    Upload.objects.filter(pk=upload.pk).update(run=run)
    upload.run = run
