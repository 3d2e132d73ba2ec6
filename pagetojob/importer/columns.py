"""Detection of columns by their headings. Pure."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .errors import TableError
from .objects import ObjectType
from .reading import Row
from .refusals import refusal_of


class Field(StrEnum):
    """Field of a candidate. Only the name is required."""

    NAME = "name"
    ID = "id"
    STATUS = "status"
    DESCRIPTION = "description"


ALIASES: dict[Field, tuple[str, ...]] = {
    Field.NAME: ("title", "display name", "label"),
    Field.ID: ("external id", "servicetitan id", "st id", "code", "key", "number"),
    Field.STATUS: ("active", "is active", "state", "enabled", "active status"),
    Field.DESCRIPTION: ("detail", "details", "memo", "note", "notes", "summary"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its position from 1, its heading as typed, and its field; None if the column is ignored."""

    place: int
    heading: str
    field: Field | None

    @property
    def words(self) -> str:
        """Return the column's name for use in a message."""
        return f"column {self.place}" + (f" (“{self.heading}”)" if self.heading else "")


@dataclass(frozen=True, slots=True)
class Columns:
    """All columns of a table, from left to right."""

    all: tuple[Column, ...]

    def has(self, field: Field) -> bool:
        return any(column.field is field for column in self.all)

    def cell(self, row: Row, field: Field) -> str:
        """Return the text of a field in a row; empty if the column is missing or the row is too short."""
        place = next((column.place for column in self.all if column.field is field), 0)
        return row.cells[place - 1] if 0 < place <= len(row.cells) else ""

    def at(self, place: int) -> Column:
        """Return the column at a position; beyond the headings, a column without a heading."""
        return self.all[place - 1] if place <= len(self.all) else Column(place, "", None)


def plain(heading: str) -> str:
    """Normalize a heading for comparison: `Job_Type ID` becomes `job type id`."""
    folded = (heading if heading.isascii() else unicodedata.normalize("NFKC", heading)).casefold()
    return " ".join(re.findall(r"[^\W_]+", folded))


def recognise(header: Row, kind: ObjectType) -> Columns:
    """Return the columns of a header. Raises TableError for an unusable header, without repeating any heading."""
    for place, heading in enumerate(header.cells, start=1):
        if refused := refusal_of(heading):
            raise TableError(
                f"The heading of column {place} looks like {refused.what}. {refused.advice}", header.number
            )
    headings = [plain(heading) for heading in header.cells]
    _refuse_twins(header, enumerate(headings, start=1))
    fields = {place: field for field in Field if (place := _place_of(field, headings, kind, header))}
    if Field.NAME not in fields.values():
        raise TableError(
            "No column is called “name”. The first row must contain the headings. A name column is required; id, "
            "status and description are optional.",
            header.number,
        )
    return Columns(
        tuple(
            Column(place, " ".join(heading.split()), fields.get(place))
            for place, heading in enumerate(header.cells, start=1)
        )
    )


def _refuse_twins(header: Row, headings: Iterable[tuple[int, str]]) -> None:
    places = defaultdict(list)
    for place, heading in headings:
        if heading:
            places[heading].append(place)
    for twins in places.values():
        if len(twins) > 1:
            raise TableError(f"Columns {twins[0]} and {twins[1]} have the same heading. Rename one.", header.number)


def _place_of(field: Field, headings: list[str], kind: ObjectType, header: Row) -> int:
    """Return the position of a field from 1, or 0 if absent. Its own name takes precedence over aliases."""
    own = {field.value, plain(f"{kind.label} {field.value}"), plain(f"{kind.key}{field.value}")}
    others = {plain(alias) for alias in ALIASES[field]}
    if field is Field.NAME:
        others |= {plain(kind.key), *map(plain, kind.headings)}
    for words in ({field.value}, own, others):
        places = [place for place, heading in enumerate(headings, start=1) if heading in words]
        if len(places) > 1:
            raise TableError(
                f"Columns {places[0]} and {places[1]} could both be the {field.value}. Keep one, or name it "
                f"“{field.value}”.",
                header.number,
            )
        if places:
            return places[0]
    return 0
