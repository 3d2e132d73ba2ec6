"""Staging of one row: its values, or the problems that keep it out. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from . import values
from .columns import Columns
from .fields import FieldKind, FieldSpec, Mapped, plain
from .records import Line
from .refusals import Reason, Refusal, refusal_of
from .tables import is_total

#: In these fields a leading sign is part of a number, not a formula.
_SIGNED = frozenset({FieldKind.MONEY, FieldKind.PERCENT, FieldKind.WHOLE})
_FORMULA = "is a formula. Save the sheet with values only and import that"
_TOO_MANY = "It has more cells than there are headings, so its columns are unclear."
TOTALS = "Totals row; skipped."


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of a row. `sentence` never repeats the cell; `column` locates it, or is empty for the whole row.

    `named` is the sentence with the heading as its subject.
    """

    sentence: str
    column: str = ""
    named: str = ""

    def __str__(self) -> str:
        return self.named or self.sentence


@dataclass(frozen=True, slots=True)
class Staged:
    """A staged row: its values by field, of which those with a problem are missing. `skipped` rows are no data."""

    number: int
    values: Mapping[str, Any] = field(default_factory=dict)
    problems: Sequence[Problem] = ()
    skipped: bool = False
    secret: bool = False


class Stager:
    """Stages the rows of one file with one mapping.

    `personal` is true if the target accepts personal data; its texts are then not searched for what must not be stored.
    """

    def __init__(
        self, specs: Sequence[FieldSpec], mapped: Mapped, headings: Sequence[str], *, zone: tzinfo, personal: bool
    ) -> None:
        self._specs = [spec for spec in specs if spec.name in mapped]
        self.columns = Columns(headings, mapped)
        self._plain = [plain(heading) for heading in headings]
        self._kinds = {place: spec.kind for spec in self._specs for place in mapped[spec.name]}
        self._zone = zone
        self._personal = personal

    def stage(self, line: Line) -> Staged:
        """Stage one row that is not blank."""
        if line.problem:
            return Staged(line.number, problems=[Problem(line.problem)])
        if is_total(line):
            return Staged(line.number, problems=[Problem(TOTALS)], skipped=True)
        if line.formula_at:
            return Staged(line.number, problems=[self._problem(line.formula_at, _FORMULA)])
        if any(cell.strip() for cell in line.cells[len(self._plain) :]):
            return Staged(line.number, problems=[Problem(_TOO_MANY)])
        return (None if self._personal else self._refused(line)) or self._read(line)

    def _refused(self, line: Line) -> Staged | None:
        for place, cell in enumerate(line.cells, start=1):
            if cell and (refusal := refusal_of(cell, heading=self._plain[place - 1])) and self._counts(refusal, place):
                problem = self._problem(place, f"looks like {refusal.what}. {refusal.advice.removesuffix('.')}")
                return Staged(line.number, problems=[problem], secret=refusal.reason is Reason.SECRET)
        return None

    def _counts(self, refusal: Refusal, place: int) -> bool:
        """Return whether a refusal applies to this column: an id may look like a phone number. Secrets always do."""
        kind = self._kinds.get(place)
        if refusal.reason is Reason.PERSONAL:
            return kind is not FieldKind.WHOLE
        return refusal.reason is not Reason.FORMULA or kind not in _SIGNED

    def _read(self, line: Line) -> Staged:
        parsed: dict[str, Any] = {}
        problems = []
        for spec in self._specs:
            try:
                parsed[spec.name] = values.read(spec, self.columns.cells(line.cells, spec.name), self._zone)
            except values.BadValue as bad:
                problems.append(self._problem(self.columns.places[spec.name][0], str(bad)))
        return Staged(line.number, parsed, problems)

    def _problem(self, place: int, predicate: str) -> Problem:
        column = self.columns.at(place)
        return Problem(f"It {predicate}.", column.words, f"“{column.heading}” {predicate}.")
