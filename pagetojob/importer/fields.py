"""Fields that a target expects in each row, and the mapping of file columns to them. Pure.

A mapping is `{field: [position, …]}` with positions counted from 1. Only a field that accepts several columns has more
than one.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from .columns import plain

Mapped = Mapping[str, Sequence[int]]


class FieldKind(StrEnum):
    """Ways to parse the text of a cell; `values.read` describes the results."""

    TEXT = "text"
    WHOLE = "whole number"
    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"
    MOMENT = "date and time"
    PHONE = "phone number"
    BOOLEAN = "yes or no"
    STATUS = "status"
    CHOICE = "one of a list"
    ZIP = "ZIP code"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field of a target.

    `aliases` are headings that may mean this field, most likely first; its own label comes before all of them.

    Text longer than `longest` characters is a problem, or is truncated if `cut` is set.

    With `several`, the field accepts several columns and several values per cell, and its value is a list. `choices`
    maps the words accepted in a CHOICE cell, in normalized form, to the values they mean.
    """

    name: str
    label: str
    aliases: tuple[str, ...] = ()
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    several: bool = False
    cut: bool = False
    longest: int = 200
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(plain(heading) for heading in (self.label, self.name, *self.aliases)))


@dataclass(frozen=True, slots=True)
class MappingProblem(Exception):
    """Raised when a mapping cannot be used. `field` names the field concerned; empty for the whole mapping."""

    for_people: str
    field: str = ""


def fingerprint(headings: Sequence[str]) -> str:
    """Return the SHA-256 hex digest that identifies files with the same headings in the same order."""
    return hashlib.sha256("\n".join(plain(heading) for heading in headings).encode()).hexdigest()


def guess(specs: Iterable[FieldSpec], headings: Sequence[str]) -> dict[str, list[int]]:
    """Return the most likely columns for each field. A column is assigned once, to its best match."""
    normalized = [plain(column) for column in headings]
    places: dict[str, list[int]] = {}
    wanted = sorted(
        (rank, at, spec.name, place)
        for at, spec in enumerate(specs)
        for rank, heading in enumerate(spec.headings)
        for place, column in enumerate(normalized, start=1)
        if column == heading
    )
    several = {spec.name for spec in specs if spec.several}
    taken: set[int] = set()
    for _, _, name, place in wanted:
        if place in taken or (name in places and name not in several):
            continue
        places.setdefault(name, []).append(place)
        taken.add(place)
    return {name: sorted(positions) for name, positions in places.items()}


def checked(specs: Iterable[FieldSpec], mapped: Mapped, width: int) -> dict[str, list[int]]:
    """Validate and normalize a mapping.

    Raises MappingProblem if a required field is missing or a column is used twice.
    """
    by_name = {spec.name: spec for spec in specs}
    result = {name: sorted(set(places)) for name, places in mapped.items() if places}
    for name, places in result.items():
        spec = by_name.get(name)
        if spec is None:
            raise MappingProblem("This field does not exist.")
        if len(places) > 1 and not spec.several:
            raise MappingProblem(f"Choose only one column for the {spec.label}.", name)
        if places[0] < 1 or places[-1] > width:
            raise MappingProblem(f"The column chosen for the {spec.label} does not exist.", name)
    for spec in by_name.values():
        if spec.required and spec.name not in result:
            raise MappingProblem(f"Choose the column with the {spec.label}.", spec.name)
    twice = [
        place for place, times in Counter(at for positions in result.values() for at in positions).items() if times > 1
    ]
    if twice:
        raise MappingProblem(f"Column {min(twice)} is chosen for two fields. Keep one.")
    return result


def recognised(specs: Iterable[FieldSpec], cells: Sequence[str]) -> int:
    """Count the fields that the cells of a row would match as headings."""
    return len(guess(list(specs), cells))
