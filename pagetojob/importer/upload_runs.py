"""Background run of an upload: stages its rows, applies the chosen ones, or undoes them, batch by batch.

The rows and the position in the file are committed together, so a killed worker resumes without losing anything.
"""

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import IO, Any

from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.batches import write_rows
from pagetojob.platform.files.services import FileIncomplete, delete_content, read_file
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, checkpoint
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User

from .child_reader import WORKER, open_in_child
from .errors import TableError
from .models import ImportRow, RowOutcome, Upload, UploadState
from .selectors import rows_to_apply
from .staging import Problem, Staged, Stager
from .targets import BATCH, FileTarget, Target, target_of
from .values import as_json

KIND = "importer.work"
READ, APPLY, UNDO = "read", "apply", "undo"
WITHOUT_FILE = "Its file was removed, by the erasure of a person or at the end of its period."
_LARGEST_IN_MEMORY = 4 * 1024**2


def work(run: Run) -> Iterator[Progress]:
    """Handle a run. `params` has the upload's id and the step; the cursor is the last processed row number."""
    with scope.tenant(run.tenant_id):
        upload = Upload.objects.select_related("file", "tenant").get(tenant=run.tenant_id, pk=run.params["upload"])
    target = target_of(upload.target)
    step, state = (_FILE_STEPS if isinstance(target, FileTarget) else _STEPS)[run.params["step"]]
    # If a worker died after its last batch, the upload is already in its final state.
    if upload.state == state:
        yield from step(run, upload, target)


def _read(run: Run, upload: Upload, target: Target) -> Iterator[Progress]:
    """Stage every row below the headings. Refuse the whole file if it is damaged or contains a secret."""
    after = int(run.cursor or upload.heading_row)
    zone = upload.tenant.shown_zone
    stager = Stager(target.fields, upload.mapping, upload.headings, zone=zone, personal=target.personal)
    try:
        with unpacked(upload) as file:
            table = open_in_child(file, target.fields, sheet=upload.sheet, allowance=WORKER)
            lines = (line for line in table.rows if line.number > after and (line.cells or line.problem))
            while batch := list(islice(lines, BATCH)):
                staged = [stager.stage(line) for line in batch]
                _refuse_secrets(staged)
                with scope.tenant(run.tenant_id):
                    _stage(upload, target, staged)
                    progress = _save_progress(run, done=run.done + len(batch), total=None, cursor=batch[-1].number)
                yield progress
    except TableError as error:
        raise _refused(upload, error) from error
    with scope.tenant(run.tenant_id):
        states.move(upload, UploadState.READY)
        progress = _save_progress(run, done=run.done, total=run.done, cursor=run.cursor)
    yield progress


def _refused(upload: Upload, error: TableError) -> RunStopped:
    """Refuse the whole upload and delete its content, which may contain a secret."""
    with scope.tenant(upload.tenant_id):
        states.move(upload, UploadState.REFUSED, problem=str(error))
        delete_content(upload.file)
        forget_values(upload)
    return RunStopped(str(error))


def forget_values(upload: Upload) -> None:
    """Delete the values of the staged rows; their numbers, outcomes and problems remain. Runs one UPDATE."""
    rows = ImportRow.objects.filter(tenant=upload.tenant_id, upload=upload)
    rows.update(values={}, before=None, key="", other_key="")


def _read_file(run: Run, upload: Upload, target: FileTarget) -> Iterator[Progress]:
    """Stage a file that is taken completely or not at all."""
    try:
        with unpacked(upload) as file:
            table = open_in_child(file, target.fields, sheet=upload.sheet, allowance=WORKER)
            with scope.tenant(run.tenant_id):
                rows, notes = target.stage(upload, table)
                ImportRow.objects.bulk_create(rows, batch_size=BATCH)
                states.move(upload, UploadState.READY, notes=notes)
                progress = _save_progress(run, done=len(rows), total=len(rows), cursor=None)
    except TableError as error:
        raise _refused(upload, error) from error
    yield progress


def _apply_file(run: Run, upload: Upload, target: FileTarget) -> Iterator[Progress]:
    with scope.tenant(run.tenant_id):
        actor = User.objects.get(pk=run.asked_by_id or 0)
    try:
        with unpacked(upload) as file, scope.tenant(run.tenant_id):
            file.seek(0)
            target.write(upload, file.read(), actor, run.params)
            written = ImportRow.objects.filter(tenant=run.tenant_id, upload=upload)
            done = written.filter(outcome__in=(RowOutcome.NEW, RowOutcome.CHANGED)).update(applied=True)
            states.move(upload, UploadState.APPLIED, applied_at=Now())
            progress = _save_progress(run, done=done, total=done, cursor=None)
    except TableError as error:
        raise _refused(upload, error) from error
    yield progress


def _refuse_secrets(staged: Sequence[Staged]) -> None:
    secret = next((row for row in staged if row.secret), None)
    if secret is not None:
        raise TableError(f"{secret.problems[0].column}: {secret.problems[0].sentence}", secret.number)


def _stage(upload: Upload, target: Target, staged: Sequence[Staged]) -> None:
    """Store a batch of rows with the effect of each. Four queries plus those of the target."""
    rows = [_row(upload, line) for line in staged]
    good = [row for row in rows if row.outcome == RowOutcome.NEW]
    for row in good:
        row.key, row.other_key = target.keys_of(row.values)
    fresh = _firsts(upload, good)
    target.compare(upload.tenant, upload, fresh)
    ImportRow.objects.bulk_create(rows)


def _firsts(upload: Upload, rows: Sequence[ImportRow]) -> list[ImportRow]:
    """Return the rows whose keys do not occur earlier; mark the others as problems. Two queries."""
    fresh = list(rows)
    for name in ("key", "other_key"):
        seen = _first_with(upload, name, {getattr(row, name) for row in rows} - {""})
        for row in fresh:
            key = getattr(row, name)
            if key and (first := seen.setdefault(key, row.number)) != row.number:
                row.outcome, row.problem = RowOutcome.PROBLEM, f"It is the same as row {first:,}. Keep one of them."
        fresh = [row for row in fresh if row.outcome == RowOutcome.NEW]
    return fresh


def _first_with(upload: Upload, name: str, keys: Collection[str]) -> dict[str, int]:
    """Return the first staged row number for each key.

    The minimum is computed here: sorting in the database would read all rows.
    """
    rows = ImportRow.objects.filter(tenant=upload.tenant_id, upload=upload, **{f"{name}__in": keys})
    first: dict[str, int] = {}
    for key, number in rows.values_list(name, "number"):
        first[key] = min(number, first.get(key, number))
    return first


def _row(upload: Upload, line: Staged) -> ImportRow:
    outcome = RowOutcome.ASIDE if line.skipped else RowOutcome.PROBLEM if line.problems else RowOutcome.NEW
    problem = line.problems[0] if line.problems else Problem("")
    return ImportRow(
        tenant_id=upload.tenant_id,
        upload=upload,
        number=line.number,
        values={} if line.problems else {name: as_json(value) for name, value in line.values.items()},
        outcome=outcome,
        problem=problem.sentence[:400],
        column=problem.column[:120],
    )


def _apply(run: Run, upload: Upload, target: Target) -> Iterator[Progress]:
    waiting = rows_to_apply(upload)
    after = int(run.cursor or 0)
    while True:
        with scope.tenant(run.tenant_id):
            rows = list(waiting.filter(number__gt=after).order_by("number")[: min(BATCH, target.batch)])
            if not rows:
                states.move(upload, UploadState.APPLIED, applied_at=Now())
                progress = _save_progress(run, done=run.done, total=run.total, cursor=after)
                break
            target.apply(upload.tenant, upload, rows)
            for row in rows:
                row.applied = row.outcome != RowOutcome.PROBLEM
            _save(rows)
            after = rows[-1].number
            progress = _save_progress(run, done=run.done + len(rows), total=run.total, cursor=after)
        yield progress
    yield progress


def _undo(run: Run, upload: Upload, target: Target) -> Iterator[Progress]:
    applied = ImportRow.objects.filter(tenant=run.tenant_id, upload=upload, applied=True)
    before = run.cursor
    while True:
        with scope.tenant(run.tenant_id):
            # Start below the last row: otherwise each batch would read all rows undone before it.
            left = applied if before is None else applied.filter(number__lt=before)
            rows = list(left.order_by("-number")[: min(BATCH, target.batch)])
            if not rows:
                states.move(upload, UploadState.UNDONE)
                progress = _save_progress(run, done=run.done, total=run.total, cursor=before)
                break
            target.undo(upload.tenant, upload, rows)
            for row in rows:
                row.applied = False
            _save(rows)
            before = rows[-1].number
            progress = _save_progress(run, done=run.done + len(rows), total=run.total, cursor=before)
        yield progress
    yield progress


def _save(rows: Sequence[ImportRow]) -> None:
    write_rows(rows, ["applied", "outcome", "problem", "subject_id", "before"])


def _save_progress(run: Run, *, done: int, total: int | None, cursor: int | None) -> Progress:
    """Save the progress in the same transaction as the batch."""
    progress = Progress(done=done, total=total, cursor=cursor)
    with scope.worker():
        checkpoint(run, progress)
    return progress


_Step = Callable[[Run, Upload, Any], Iterator[Progress]]
_STEPS: Mapping[str, tuple[_Step, UploadState]] = {
    READ: (_read, UploadState.READING),
    APPLY: (_apply, UploadState.APPLYING),
    UNDO: (_undo, UploadState.UNDOING),
}
_FILE_STEPS: Mapping[str, tuple[_Step, UploadState]] = {
    READ: (_read_file, UploadState.READING),
    APPLY: (_apply_file, UploadState.APPLYING),
}


@contextmanager
def unpacked(upload: Upload) -> Iterator[IO[bytes]]:
    """Open an upload's bytes as a seekable temporary file; on disk if they are large.

    Raises TableError if the file was removed.
    """
    with tempfile.SpooledTemporaryFile(max_size=_LARGEST_IN_MEMORY) as file:
        try:
            with scope.tenant(upload.tenant_id):
                for chunk in read_file(upload.file):
                    file.write(chunk)
        except FileIncomplete as error:
            raise TableError(WITHOUT_FILE) from error
        yield file
