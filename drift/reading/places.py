"""Cities, states and provinces of the United States and Canada. Pure, except that the name files are read once."""

import re
from functools import cache, lru_cache
from importlib import resources

from .vocabulary import topic

_WORDS = topic("places")
#: Names of smaller places are often words, so they count as towns only in a state that the page names.
CITIES, VILLAGES = "places.txt", "villages.txt"
#: A line of the gazetteer: "US-AK Alaska:Anchorage|Barrow"; the smaller places have only "AK:Akiachak|Akutan".
_LINE = re.compile(r"^(?:(US|CA)-)?([A-Z]{2})(?: ([^:]+))?:(.*)$", re.MULTILINE)


@cache
def _lines(file: str) -> list[tuple[str, str, str, str]]:
    return _LINE.findall(resources.files(__package__).joinpath(file).read_text(encoding="utf-8"))


STATES = {name.lower(): code for country, code, name, _ in _lines(CITIES) if country == "US"}
PROVINCES = {name.lower(): code for country, code, name, _ in _lines(CITIES) if country == "CA"}
CODES = frozenset(STATES.values())
ALL_CODES = CODES | frozenset(PROVINCES.values())
_BARE = re.compile(r"[^a-z0-9 ]")


@lru_cache(maxsize=20_000)
def plain(city: str) -> str:
    """Normalize a city's name for comparing: `St. Paul` equals `Saint Paul`."""
    words = _BARE.sub("", city.lower().replace("-", " ").replace("’", "'")).split()  # noqa: RUF001
    swapped = {"saint": "st", "mount": "mt", "fort": "ft"}
    return " ".join(swapped.get(word, word) for word in words)


@cache
def states_by_name(file: str) -> dict[str, frozenset[str]]:
    """Return the plain names of the places in a file with the states that have one."""
    states_by_name: dict[str, set[str]] = {}
    for _, state, _, names in _lines(file):
        for name in filter(None, names.split("|")):
            states_by_name.setdefault(plain(name), set()).add(state)
    return {name: frozenset(states) for name, states in states_by_name.items()}


def states_of(name: str) -> frozenset[str]:
    """Return the states that have a place of this name, however small."""
    return frozenset().union(*(states_by_name(file).get(plain(name), ()) for file in (CITIES, VILLAGES)))


def is_city(name: str) -> bool:
    """Return whether a city of this name is known. The list is incomplete, so False proves nothing."""
    return plain(name) in states_by_name(CITIES)


def state_code(words: str) -> str:
    """Return the two-letter code of the name or code of a state or province; empty for anything else."""
    name = words.lower().strip(". ")
    return words if words in ALL_CODES else STATES.get(name) or PROVINCES.get(name, "")


def is_region(name: str) -> bool:
    """Return whether a name is a state, province or country. New York and Washington are cities too."""
    words = name.lower().strip(". ")
    return (words in STATES and not is_city(name)) or words.upper() in CODES or bool(_WORDS.regions.fullmatch(words))


def spelled(name: str) -> str:
    """Convert names in capitals, such as `PHOENIX`, to title case."""
    return name.title().replace("'S", "'s") if name.isupper() and len(name) > 3 else name
