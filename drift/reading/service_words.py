"""Services as things and acts, from vocabulary/service_words.csv. Pure."""

import csv
from importlib import resources
from typing import NamedTuple


class Term(NamedTuple):
    """A thing or an act: its display name, its phrases, and for a thing the things it is part of."""

    name: str
    phrases: tuple[str, ...]
    within: tuple[str, ...] = ()


def _split(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|")) if cell else ()


_TABLE = resources.files(__package__).joinpath("vocabulary/service_words.csv").read_text(encoding="utf-8")
_ROWS = list(csv.DictReader(_TABLE.splitlines()))


def _terms(sort: str) -> dict[str, Term]:
    rows = (row for row in _ROWS if row["sort"] == sort)
    return {row[sort]: Term(row["name"], _split(row["phrases"]), _split(row["within"])) for row in rows}


THINGS, ACTS = _terms("thing"), _terms("act")
_SERVICES = [row for row in _ROWS if row["sort"] == "service"]
#: Phrases that are a service by themselves: (thing, act).
WHOLE = {phrase: (row["thing"], row["act"]) for row in _SERVICES for phrase in _split(row["phrases"])}
#: Names of services, by thing and act, that are not the thing's name with the act's.
USUAL_NAMES = {(row["thing"], row["act"]): row["name"] for row in _SERVICES if row["name"] and row["act"]}
WHOLE_NAMES = {row["thing"]: row["name"] for row in _SERVICES if row["name"] and not row["act"]}
#: Things whose name alone means that the shop does it.
COMPLETE_THINGS = frozenset(row["thing"] for row in _SERVICES if not row["act"])
