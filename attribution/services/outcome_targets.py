"""Import targets of a shop's exports, one per kind. A file is taken completely or not at all."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pagetojob.importer.errors import TableError
from pagetojob.importer.models import ImportRow, RowOutcome, Upload
from pagetojob.importer.tables import Table
from pagetojob.importer.targets import FileTarget
from pagetojob.importer.values import as_json
from pagetojob.platform.tenants.models import User

from ..models import OutcomeKind
from ..outcomes.checking import Checked
from ..outcomes.columns import DATED, KINDS
from .import_result import ImportResult, RowChange
from .linking import start_linking
from .outcome_import import PREFIX, examine, slug_of, take_file

#: Larger files take too long for one transaction of a worker; import them with `manage.py import_outcomes`.
LARGEST_UPLOAD = 5 * 1024**2
#: Rows per outcome whose values the preview stores, because they are about people. Those of erased people have none.
_PREVIEWED = 100


def kind_of(slug: str) -> str:
    return slug.removeprefix(PREFIX)


def stage(upload: Upload, table: Table) -> tuple[list[ImportRow], dict[str, Any]]:
    """Return a row for each row of the file with its effect, and what concerns the whole file. Raises TableError."""
    kind = kind_of(upload.target)
    result, row_changes = examine(
        upload.tenant, kind, table, sha256=upload.file.sha256, expected_rows=None, places=upload.mapping
    )
    checked = result.checked
    rows = sorted(_rows(upload, result, row_changes), key=lambda row: row.number)
    notes: dict[str, Any] = {"remarks": [str(remark) for remark in checked.remarks if not remark.row]}
    if result.effects:
        notes["effects"] = result.effects
    if checked.covers:
        notes["covers"] = [day.isoformat() for day in checked.covers]
    if result.is_unusually_long:
        notes["unusual"] = {"rows": checked.total, "longest_before": result.longest_before}
    return rows, notes


def _rows(upload: Upload, result: ImportResult, row_changes: Sequence[RowChange]) -> Iterator[ImportRow]:
    checked, effects = result.checked, {number: old for number, _, old in row_changes}
    sentences = _sentences(checked)
    stored = dict.fromkeys(RowOutcome.values, 0)

    def row(number: int, outcome: RowOutcome, **more: Any) -> ImportRow:
        sentence = " ".join(sentences.get(number, ()))[:400]
        return ImportRow(tenant_id=upload.tenant_id, upload=upload, number=number, outcome=outcome, problem=sentence,
                         **more)  # fmt: skip

    for number, values in checked.rows:
        old = effects.get(number)
        outcome = RowOutcome.SAME if number not in effects else RowOutcome.CHANGED if old else RowOutcome.NEW
        stored[outcome] += 1
        if stored[outcome] > _PREVIEWED or number in result.erased:
            yield row(number, outcome)
            continue
        before = {name: as_json(getattr(old, name)) for name in values} if old else None
        yield row(number, outcome, values={name: as_json(value) for name, value in values.items()}, before=before)
    for number in checked.refused:
        yield row(number, RowOutcome.PROBLEM)
    for number in checked.skipped:
        yield row(number, RowOutcome.ASIDE)


def _sentences(checked: Checked) -> Mapping[int, list[str]]:
    """Return the problems and remarks of each row."""
    sentences: dict[int, list[str]] = {}
    for remark in (*checked.problems, *checked.remarks):
        sentences.setdefault(remark.row, []).append(remark.sentence)
    return sentences


def write(upload: Upload, content: bytes, actor: User, options: Mapping[str, Any]) -> None:
    """Write the new and changed rows of an approved file, and start linking them. Raises TableError.

    A person saw the length of the file in its preview, so it is not compared again: earlier files may have changed.
    """
    covers = tuple(dt.date.fromisoformat(day) for day in options.get("covers") or ())
    kind = kind_of(upload.target)
    result = take_file(
        tenant=upload.tenant, kind=kind, content=content, name=upload.file.name, actor=actor,
        reason=options["reason"], covers=(covers[0], covers[1]) if covers else None, sheet=upload.sheet,
        places=upload.mapping, stored=upload.file, expected_rows=None,
    )  # fmt: skip
    if result.refused:
        raise TableError(f"Since the preview, {len(result.checked.problems):,} problems arose. Upload the file again.")
    if result.file is not None:
        start_linking(tenant=upload.tenant, actor=actor, reason=f"New {kind} were imported.")


TARGETS = tuple(
    FileTarget(
        slug=slug_of(kind), label=OutcomeKind(kind).label, fields=KINDS[kind], personal=True, largest=LARGEST_UPLOAD,
        stage=stage, write=write, dated=kind in DATED,
    )
    for kind in OutcomeKind.values
)  # fmt: skip
