"""Fields that an import expects in each row, and the mapping of file columns to them. Pure.

Every import declares its fields with the headings they may have, and nothing else: `guess` finds their columns, `twins`
and `missing` find what makes the headings unusable. The caller words the error.

A mapping is `{field: [position, …]}` with positions counted from 1. Only a field that accepts several columns has more
than one.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

Mapped = Mapping[str, Sequence[int]]


class FieldKind(StrEnum):
    """Ways to parse the text of a cell; `values.read` describes the results."""

    TEXT = "text"
    WHOLE = "whole number"
    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"
    MOMENT = "date and time"
    BOOLEAN = "yes or no"
    STATUS = "status"
    CHOICE = "one of a list"
    ZIP = "ZIP code"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field of a target.

    `aliases` are headings that may mean this field, most likely first; its own label comes before all of them.

    Text longer than `longest` characters is a problem, or is truncated if `cut` is set.

    With `several`, the field accepts several columns and several values per cell, and its value is a list, or with
    `joined` one text. With `spare`, columns further down the list of headings replace blank cells of those before.
    `personal` fields are about people; screens show them masked.
    `choices` maps the words accepted in a CHOICE cell, in normalized form, to the values they mean.
    """

    name: str
    label: str
    aliases: tuple[str, ...] = ()
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    several: bool = False
    joined: bool = False
    spare: bool = False
    cut: bool = False
    longest: int = 200
    personal: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def headings(self) -> tuple[str, ...]:
        return (self.label, *self.aliases)


@dataclass(frozen=True, slots=True)
class MappingProblem(Exception):
    """Raised when a mapping cannot be used. `field` names the field concerned; empty for the whole mapping."""

    message: str
    field: str = ""


def plain(heading: str) -> str:
    """Return the words of a heading: `Job_Type ID` becomes `job type id`."""
    folded = (heading if heading.isascii() else unicodedata.normalize("NFKC", heading)).casefold()
    return " ".join(re.findall(r"[^\W_]+", folded))


def heading_key(heading: str) -> str:
    """Return the form in which headings are compared.

    `Created_On`, `created on` and `createdOn` are equal; `Customer #` equals `customer number`.
    """
    return plain(heading.replace("#", " number ")).replace(" ", "")


@cache
def _keys_of(headings: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys of a field's headings, cached: reading a file guesses its columns for each possible delimiter."""
    return tuple(dict.fromkeys(map(heading_key, headings)))


def guess(specs: Iterable[FieldSpec], headings: Sequence[str], given: Mapped | None = None) -> dict[str, list[int]]:
    """Return the most likely columns for each field. A column is assigned once; earlier fields take precedence.

    `given` is a mapping to complete. The columns of a `several` field are in the order of the file, those of a `spare`
    field in the order of its headings.
    """
    columns = {name: list(places) for name, places in (given or {}).items()}
    taken = {place for places in columns.values() for place in places}
    by_key = defaultdict(list)
    for place, heading in enumerate(headings, start=1):
        by_key[heading_key(heading)].append(place)
    for spec in specs:
        places = [place for key in _keys_of(spec.headings) for place in by_key.get(key, ()) if place not in taken]
        if places and spec.name not in columns:
            columns[spec.name] = sorted(places) if spec.several else places if spec.spare else places[:1]
            taken.update(columns[spec.name])
    return columns


def twins(headings: Sequence[str]) -> tuple[int, int] | None:
    """Return the positions of the first two columns with the same heading, or None."""
    keys = [heading_key(heading) for heading in headings]
    repeated = (place for place, key in enumerate(keys, start=1) if key and key in keys[place:])
    return next(((place, keys.index(keys[place - 1], place) + 1) for place in repeated), None)


def missing(specs: Iterable[FieldSpec], mapped: Mapped) -> FieldSpec | None:
    """Return the first required field without a column, or None."""
    return next((spec for spec in specs if spec.required and not mapped.get(spec.name)), None)


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
            raise MappingProblem(
                f"Only one column can be the {spec.label}. Keep one and set the others to “Not imported”.", name
            )
        if places[0] < 1 or places[-1] > width:
            raise MappingProblem(f"The column chosen for the {spec.label} does not exist.", name)
    if lacking := missing(by_name.values(), result):
        raise MappingProblem(f"Choose the column with the {lacking.label}. It is required.", lacking.name)
    twice = [
        place for place, times in Counter(at for positions in result.values() for at in positions).items() if times > 1
    ]
    if twice:
        raise MappingProblem(f"Column {min(twice)} is chosen for two fields. Keep one.")
    return result
