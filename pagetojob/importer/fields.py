"""What a target wants to know of each row, and which columns of a file may carry it. Pure.

A mapping is `{field: [place, …]}`, places counted from 1; only a field that takes several columns has more than one.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from .columns import plain

Mapped = Mapping[str, Sequence[int]]


class FieldKind(StrEnum):
    """How the text of a cell is read; `values.read` says what comes out."""

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
    """One field of a target. `aliases` are headings that may mean it, the likeliest first, its own label before all.

    A text of more than `longest` characters is a problem, or is cut where `cut` says so.

    `several`: columns add up, and one cell may hold several values; the value is then a list. `choices` are the words
    of a CHOICE: what may stand in a cell, in plain words, and the value it means.
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
        return tuple(dict.fromkeys(plain(one) for one in (self.label, self.name, *self.aliases)))


@dataclass(frozen=True, slots=True)
class MappingProblem(Exception):
    """A mapping cannot be used. `field` names what it is about; empty: the whole."""

    for_people: str
    field: str = ""


def fingerprint(headings: Sequence[str]) -> str:
    """By which a file with the same headings in the same order is known again: SHA-256 in hex."""
    return hashlib.sha256("\n".join(plain(one) for one in headings).encode()).hexdigest()


def guess(specs: Iterable[FieldSpec], headings: Sequence[str]) -> dict[str, list[int]]:
    """The likeliest column of each field. A column is given once, to the field that wants it most."""
    said = [plain(one) for one in headings]
    places: dict[str, list[int]] = {}
    wanted = sorted(
        (rank, at, spec.name, place)
        for at, spec in enumerate(specs)
        for rank, heading in enumerate(spec.headings)
        for place, one in enumerate(said, start=1)
        if one == heading
    )
    several = {spec.name for spec in specs if spec.several}
    taken: set[int] = set()
    for _, _, name, place in wanted:
        if place in taken or (name in places and name not in several):
            continue
        places.setdefault(name, []).append(place)
        taken.add(place)
    return {name: sorted(found) for name, found in places.items()}


def checked(specs: Iterable[FieldSpec], mapped: Mapped, width: int) -> dict[str, list[int]]:
    """A mapping as it is kept. Raises MappingProblem for one that lacks what is needed or names a column twice."""
    by_name = {spec.name: spec for spec in specs}
    kept = {name: sorted(set(places)) for name, places in mapped.items() if places}
    for name, places in kept.items():
        spec = by_name.get(name)
        if spec is None:
            raise MappingProblem("There is no such field.")
        if len(places) > 1 and not spec.several:
            raise MappingProblem(f"One column only can be the {spec.label}.", name)
        if places[0] < 1 or places[-1] > width:
            raise MappingProblem(f"There is no such column for the {spec.label}.", name)
    for spec in by_name.values():
        if spec.required and spec.name not in kept:
            raise MappingProblem(f"Choose the column that holds the {spec.label}.", spec.name)
    twice = [place for place, times in Counter(at for found in kept.values() for at in found).items() if times > 1]
    if twice:
        raise MappingProblem(f"Column {min(twice)} is chosen for two fields. Keep one.")
    return kept


def recognised(specs: Iterable[FieldSpec], cells: Sequence[str]) -> int:
    """How many fields the cells of a row name as headings would."""
    return len(guess(list(specs), cells))
