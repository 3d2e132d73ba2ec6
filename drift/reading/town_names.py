"""Decide which words of a page name a town. Pure."""

import re
from collections import Counter
from collections.abc import Iterable

from .places import ALL_CODES, PROVINCES, STATES, VILLAGES, is_city, plain, state_code, states_by_name, states_of
from .services import Lexicon, mentions
from .vocabulary import topic

_WORDS = topic("areas")
STATE = "|".join(sorted({*ALL_CODES, *(name.title() for name in (*STATES, *PROVINCES))}, key=len, reverse=True))
_CAPITAL = (
    rf"(?:(?:Ft|St|Mt|Ste)\.|(?!(?:{'|'.join(ALL_CODES)})\b)[A-ZÀ-Þ][A-Za-zÀ-ÿ']{{1,20}}"
    r"(?:-(?:[a-z]{2,4}-){0,2}[A-Z][a-z]{1,15})?)"
)
#: Capitalized words that may contain the name of a town.
RUN = re.compile(rf"{_CAPITAL}(?:[ \xa0](?:{_CAPITAL}|(?:of|the|del|la|on)(?=\s[A-Z]))){{0,6}}")
NO_AREA = _WORDS.no_area
#: Reasons for urgent trips to places without planned work.
URGENT = re.compile(r"emergenc|24/7|24-hour|urgent|no[\s-](?:heat|water|power)", re.IGNORECASE)
PLANNED = _WORDS.planned
_NO_CITY = _WORDS.no_place | _WORDS.no_city
_COUNTY = re.compile(r"\s(?:County|Counties|Parish)\b")
#: "Central Oregon" is no town Oregon, but "Greater New York" is New York.
_PART_OF_STATE = re.compile(
    r"(?:Central|Upstate|Coastal|Eastern|Western|(?:North|South)(?:east|west)?(?:ern)?) "
    rf"(?:{'|'.join(map(str.title, STATES))})"
)
_WAYS = re.compile(r"(?:North|South|East|West)\s[A-Z]\w+$")
STATE_LAST = re.compile(rf"[\s,]+\(?({STATE})\.?\)?(?:,\s(?:USA?|Canada))?(?:,?\s\d{{5}})?$")
_IN = re.compile(r"\b(?:in|near|for|[Ss]erving)\s+(?=[A-Z])")
_PLACE = re.compile(r"(?:(?:[A-ZÀ-Þ]|d'|(?:of|the|and|on|upon|at|de|du|la|le)\b)[\wÀ-ÿ'.-]*\s?){1,5}")
AND = re.compile(r"\s(?:&|and|/|\+)\s|,\s")
_CODE = re.compile(rf"(?:,\s|addressRegion\"\s?:\s?\")({STATE})\b")
_SHARE, _LONGEST_NAME = 3, 4


def home_states(texts: Iterable[str]) -> frozenset[str]:
    """Return the states that texts name after a comma most often, such as AZ in "Mesa, AZ"."""
    used = Counter(state_code(code) for text in texts if "," in text for code in _CODE.findall(text))
    most = max(used.values(), default=0)
    return frozenset(state for state, times in used.items() if state and times * _SHARE >= most)


class TownNames:
    """Recognizes towns by the list of towns and the tenant's map, and excludes brands, services and headline words.

    `home` are the states that the page names. Their smaller places count as towns.
    """

    def __init__(self, lexicon: Lexicon, own: frozenset[str], home: frozenset[str] = frozenset()) -> None:
        self._lexicon, self._own, self._home = lexicon, own, home

    def is_own(self, name: str) -> bool:
        return plain(name) in self._own

    def several(self, text: str) -> list[str]:
        """Return the known towns that an item names together: "Oakville & GTA West", "Ramara Severn Midland"."""
        words, parts = text.split(), [part.strip() for part in AND.split(text)]
        if len(parts) > 1:
            return [part for part in parts if self.knows(part)]
        return words if len(words) >= 3 and all(map(self.knows, words)) else []

    def knows(self, name: str) -> bool:
        """Return whether a name is a county, a city, a smaller place in a home state, or a place of the map."""
        name = plain(name)
        is_village = bool(states_by_name(VILLAGES).get(name, frozenset()) & self._home)
        return is_village or name in self._own or name.endswith(" county") or is_city(name)

    def is_sure(self, name: str) -> bool:
        """Return whether a name is a known town and no headline word or brand. The tenant's map takes precedence."""
        is_other = plain(name) in _WORDS.wordlike or self.is_brand(name)
        return self.is_own(name) or (self.knows(name) and not is_other)

    def is_brand(self, name: str) -> bool:
        return name.lower() in _WORDS.brands and not self.is_own(name)

    def bounds(self, run: str, state: str = "") -> tuple[int, int, bool]:
        """Return the bounds of the longest known town in a run of words: "AC Repair Apache Junction", and True.

        The words around it may be services and headline words only, unless a `state` follows that has such a town.
        Without such a town, return the bounds of the run without words such as "Greater" at its start, and False.
        """
        words, lead = list(re.finditer(r"\S+", run)), _WORDS.lead.match(run)
        bare = lead.end() if lead else 0
        if _PART_OF_STATE.fullmatch(run):
            return 0, len(run), False
        if county := _COUNTY.search(run):
            return bare, county.end(), True
        for length in range(min(_LONGEST_NAME, len(words)), 0, -1):
            for first in range(len(words) - length, -1, -1):
                start, end = words[first].start(), words[first + length - 1].end()
                name = re.sub(r"(?:'s|\.)$", "", run[start:end])
                is_town = self.knows(name) if length == len(words) else self.is_sure(name)
                is_at_end = end == len(run) and state in states_of(name)
                if is_town and (is_at_end or all(map(self._is_neutral, (run[:start], run[end:])))):
                    return start, start + len(name), True
        return bare, len(run), False

    def _is_neutral(self, words: str) -> bool:
        """Return whether words next to a town's name are no part of a longer name."""
        return all(word.strip(".,'") in _NO_CITY for word in words.lower().split()) or bool(self.service(words))

    def may_be_new(self, name: str, longest: int = 2) -> bool:
        """Return whether a name in a run of towns may be a town that no list has."""
        words = name.split()[1:] if _WAYS.match(name) else name.split()
        is_headline = any(word.isupper() or word.lower().rstrip(".'s") in _NO_CITY for word in words)
        return len(words) <= longest and not is_headline

    def service(self, text: str) -> tuple[int, int] | None:
        """Return the bounds of the only service that a text names, unless it is an item of the tenant."""
        named = [mention for mention in mentions(text, self._lexicon) if mention.key[0] != "own"]
        return (named[0].start, named[0].end) if len(named) == 1 else None

    def named(self, part: str) -> str:
        """Return the town that is all of a list item, apart from services and small words."""
        part = re.sub(r"\s\(.*$", "", part).strip(" .:-–|()*>»›→")  # noqa: RUF001
        part = STATE_LAST.sub("", re.sub(r",?\s\d{5}$", "", part))
        if match := _IN.search(part):
            part = part[match.end() :]
        if not self.knows(part) and (service := self.service(part)):
            part = part[: service[0]] if service[0] > 2 else part[service[1] :]
        part = " ".join(part.split())
        if not self.knows(part) or part.endswith(" County"):
            bare = _WORDS.tail.sub("", _WORDS.lead.sub("", part)).strip(" .,'")
            # "West Allis" is not a part of a town Allis.
            part = bare if self.knows(bare) or not _WAYS.match(part) else _WORDS.tail.sub("", part).strip(" .,'")
        return part if _PLACE.fullmatch(part) else ""


def is_place(text: str) -> bool:
    """Return whether a text has the form of a place name."""
    return bool(_PLACE.fullmatch(text)) and _WORDS.no_place.isdisjoint(re.findall(r"[a-z]+", text.lower()))
