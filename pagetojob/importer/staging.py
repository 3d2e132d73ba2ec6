"""Staging of one row: parsed values, or the one problem that keeps it out. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from . import values
from .columns import Columns
from .fields import FieldKind, FieldSpec, Mapped, plain
from .opening import Line, is_total
from .refusals import Reason, Refusal, refusal_of

#: In these fields a leading sign is part of a number or phone number, not a formula.
_SIGNED = frozenset({FieldKind.MONEY, FieldKind.PERCENT, FieldKind.PHONE, FieldKind.WHOLE})


@dataclass(frozen=True, slots=True)
class Staged:
    """A staged row. `problem` is a message that does not repeat the cell; `column` locates it."""

    number: int
    values: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    column: str = ""
    aside: bool = False
    secret: bool = False


class Stager:
    """Stages the rows of one file with one mapping. `personal` is true if the target accepts personal data."""

    def __init__(
        self, specs: Sequence[FieldSpec], mapped: Mapped, headings: Sequence[str], *, zone: tzinfo, personal: bool
    ) -> None:
        self._specs = [spec for spec in specs if spec.name in mapped]
        self._columns = Columns(headings, mapped)
        self._plain = [plain(heading) for heading in headings]
        self._kinds = {place: spec for spec in self._specs for place in mapped[spec.name]}
        self._zone = zone
        self._personal = personal

    def stage(self, line: Line) -> Staged:
        """Stage one row that is not blank."""
        if line.problem:
            return Staged(line.number, problem=line.problem)
        if is_total(line):
            return Staged(line.number, problem="Totals row; skipped.", aside=True)
        if line.formula_at:
            where = self._words(line.formula_at)
            return Staged(line.number, problem="The cell contains a formula. Paste its value instead.", column=where)
        if any(cell.strip() for cell in line.cells[len(self._plain) :]):
            return Staged(line.number, problem="It has more cells than there are headings, so its columns are unclear.")
        if refused := self._refused(line):
            return refused
        return self._read(line)

    def _refused(self, line: Line) -> Staged | None:
        for place, cell in enumerate(line.cells, start=1):
            if cell and (refusal := refusal_of(cell, heading=self._plain[place - 1])) and self._counts(refusal, place):
                sentence = f"It looks like {refusal.what}. {refusal.advice}"
                secret = refusal.reason is Reason.SECRET
                return Staged(line.number, problem=sentence, column=self._words(place), secret=secret)
        return None

    def _counts(self, refusal: Refusal, place: int) -> bool:
        """Return whether a refusal applies to this target and column. Secrets are always refused."""
        spec = self._kinds.get(place)
        if refusal.reason is Reason.PERSONAL:
            return not self._personal and not (spec is not None and spec.kind is FieldKind.WHOLE)
        if refusal.reason is Reason.FORMULA:
            return not (spec is not None and spec.kind in _SIGNED) and not (self._personal and spec is None)
        return True

    def _read(self, line: Line) -> Staged:
        parsed: dict[str, Any] = {}
        for spec in self._specs:
            place = self._columns.places[spec.name][0]
            try:
                parsed[spec.name] = values.read(spec, self._columns.cells(line.cells, spec.name), self._zone)
            except values.BadValue as bad:
                return Staged(line.number, problem=bad.for_people, column=self._words(place))
            if spec.required and parsed[spec.name] in (None, []):
                return Staged(line.number, problem=f"The {spec.label} is missing.", column=self._words(place))
        return Staged(line.number, values=parsed)

    def _words(self, place: int) -> str:
        return self._columns.at(place).words
