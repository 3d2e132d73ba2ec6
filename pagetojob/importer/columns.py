"""Columns of a table as an import reads them, and the strict check of a header that a person can still change. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .errors import TableError
from .fields import FieldSpec, Mapped, guess, heading_key, missing, twins
from .records import Line
from .refusals import refusal_of

_LONGEST_HEADING = 60


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its position from 1, its heading as typed, and its field; None if the column is ignored."""

    place: int
    heading: str
    field: str | None

    @property
    def words(self) -> str:
        """Return the column's name for use in a message."""
        return f"column {self.place}" + (f" (“{self.heading[:_LONGEST_HEADING]}”)" if self.heading else "")


@dataclass(frozen=True, slots=True)
class Columns:
    """The headings of a table from left to right, and the positions of each field's columns."""

    headings: Sequence[str]
    places: Mapped

    @property
    def all(self) -> tuple[Column, ...]:
        return tuple(self.at(place) for place in range(1, len(self.headings) + 1))

    @property
    def unknown(self) -> str:
        """Return the headings of the columns without a field, for use in a message.

        A heading that another column has, too, does not name a column, so its position is added.
        """
        left_out, repeated = (column for column in self.all if column.heading and column.field is None), self.repeated
        return ", ".join(
            f"“{column.heading[:_LONGEST_HEADING]}”" + (f" (column {column.place})" if column.place in repeated else "")
            for column in left_out
        )

    @property
    def repeated(self) -> Mapping[int, int]:
        """Return the positions of columns with the same heading as another one, each with that of the first other."""
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, heading in enumerate(self.headings, start=1):
            places[heading_key(heading)].append(place)
        alike = [same for key, same in places.items() if key and len(same) > 1]
        return {place: same[0] if place != same[0] else same[1] for same in alike for place in same}

    def has(self, field: str) -> bool:
        return field in self.places

    def headings_of(self, field: str) -> list[str]:
        return [self.headings[place - 1] for place in self.places[field]]

    def cells(self, row: Sequence[str], field: str) -> list[str]:
        """Return the texts of a field in a row; a cell beyond the end of the row is empty."""
        return [row[place - 1] if place <= len(row) else "" for place in self.places.get(field, ())]

    def cell(self, row: Sequence[str], field: str) -> str:
        """Return the text of a field with one column; empty if the column is missing."""
        return next(iter(self.cells(row, field)), "")

    def at(self, place: int) -> Column:
        """Return the column at a position; beyond the headings, a column without a heading."""
        field = next((name for name, places in self.places.items() if place in places), None)
        return Column(place, self.headings[place - 1] if place <= len(self.headings) else "", field)


def recognize(header: Line, specs: Sequence[FieldSpec], what: str) -> Columns:
    """Return the columns of a header. Raises TableError for an unusable header, without repeating any heading.

    Unlike `guess`, refuses two columns that could both be a field. A column with the field's label takes precedence,
    alone or after `what` the table lists: `id`, `job type id`.
    """
    for place, heading in enumerate(header.cells, start=1):
        if refused := refusal_of(heading):
            raise TableError(
                f"The heading of column {place} looks like {refused.what}. {refused.advice}", header.number
            )
    if pair := twins(header.cells):
        raise TableError(f"Columns {pair[0]} and {pair[1]} have the same heading. Rename one.", header.number)
    for spec in specs:
        _refuse_rivals(spec, header, what)
    places = guess(specs, header.cells)
    if lacking := missing(specs, places):
        optional = [spec.label for spec in specs if not spec.required]
        raise TableError(
            f"No column is called “{lacking.label}”. The first row must contain the headings. A {lacking.label} column "
            f"is required; {', '.join(optional[:-1])} and {optional[-1]} are optional.",
            header.number,
        )
    return Columns([" ".join(heading.split()) for heading in header.cells], places)


def _refuse_rivals(spec: FieldSpec, header: Line, what: str) -> None:
    keys = [heading_key(heading) for heading in header.cells]
    own = {heading_key(spec.label), heading_key(f"{what} {spec.label}")}
    known = {heading_key(heading) for heading in spec.headings}
    places = [place for place, key in enumerate(keys, start=1) if key in known]
    if len(places) > 1 and own.isdisjoint(keys):
        raise TableError(
            f"Columns {places[0]} and {places[1]} could both be the {spec.label}. Keep one, or name it “{spec.label}”.",
            header.number,
        )
