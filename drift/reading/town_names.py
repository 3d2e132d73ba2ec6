"""Decide which words of a page name a town. Pure."""

import re
from collections import Counter
from collections.abc import Iterable

from .area_words import BRANDS, COMPANY_TAIL, DIRECTIONS, JOINTS, NO_CITY, PLAN_TAIL, SERVING, STATE, STREET, WAYS
from .places import STATES, is_city, plain, state_code, states_of, villages
from .services import Lexicon, mentions
from .vocabulary import phrase_pattern, word_set

_LEAD = phrase_pattern("areas", "lead")
_TAIL = phrase_pattern("areas", "tail")
_DAY = r"(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)(?:day)?s?\b\.?"
_HOURS = re.compile(rf"{_DAY}(?:\s?(?:[-–&]|to|thru|through)\s?{_DAY})?|closed|open", re.IGNORECASE)  # noqa: RUF001
_WORDLIKE = word_set("areas", "wordlike")
_AFTER_TOWN = phrase_pattern("areas", "after_town")
_OF_TRADE = re.compile(
    r"\b(?:services?|repairs?|company|contractors?|installation|residential|commercial|emergency)\b", re.IGNORECASE
)
_SAINT = re.compile(r"St\.? [A-Z]")


_CODE = re.compile(rf"(?:,\s|addressRegion\"\s?:\s?\")({STATE})\b")
_SHARE = 3
_PARTS = word_set("areas", "parts")


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
        self._lexicon = lexicon
        self._own = own
        self._home = home

    def is_town(self, text: str) -> tuple[bool, bool]:
        """Return whether a text is only a town's name, and whether the tenant's map contains it."""
        name = self.named(text)[0]
        ours = plain(name) in self._own
        return bool(name) and self.surely(name) and not self.is_brand(name), ours

    def is_row_of_towns(self, text: str) -> bool:
        """Return whether a text lists three or more names and at least 80% are towns. Such a row needs no heading."""
        if len(text) > 600 or SERVING.search(text):
            return False
        names = [self.named(part)[0] for part in JOINTS.split(text) if part.strip()]
        if sum(map(self.is_brand, names)) > 1:
            return False
        known = sum(map(self.surely, names))
        own = sum(plain(name) in self._own for name in names)
        return len(names) >= 3 and (known >= 0.8 * len(names) or own >= max(3, 0.5 * len(names)))

    def named(self, part: str) -> tuple[str, str]:
        """Return the city and state of one item, without services and small words."""
        part = re.sub(r"\s\(.*$", "", part).strip(" .:-–|()*>»›")  # noqa: RUF001
        if len(part) > 60 or not part or _HOURS.fullmatch(part):
            return "", ""
        if STREET.match(part) and not _SAINT.match(part):
            return "", ""
        if part.startswith("the ") and self.knows(part[4:]):
            part = part[4:]
        state = ""
        if match := re.search(rf"[\s,]+({STATE})\.?$", part):
            state, part = state_code(match[1]), part[: match.start()]
        if match := re.search(r"\b(?:in|near|for|[Ss]erving)\s+(?=[A-Z])", part):
            part = part[match.end() :]
        services = [service for service in mentions(part, self._lexicon) if service.key[0] != "own"]
        if services and len(services) == 1 and not self.knows(part):
            service = services[0]
            part = (part[: service.start] if service.start > 2 else part[service.end :]).strip()
            part = _OF_TRADE.sub(" ", part)
        part = " ".join(part.split())
        if not self.knows(part):
            bare = _TAIL.sub("", _LEAD.sub("", part)).strip(" .,'")
            # "West Allis" is not a part of a town Allis.
            part = bare if self.knows(bare) or not WAYS.match(part) else _TAIL.sub("", part).strip(" .,'")
        return (part, state) if re.fullmatch(r"[A-Z][A-Za-zÀ-ÖØ-öø-ÿ'. -]{2,40}(?<! end)(?<! side)", part) else ("", "")

    def first_known(self, words: str, at: int) -> tuple[str, int]:
        """Return the longest prefix that is a known city, else the whole, with the position after it."""
        parts = list(re.finditer(r"\S+", words))
        for last in range(len(parts), 0, -1):
            end = parts[last - 1].end()
            name = re.sub(r"'s$", "", words[:end]).strip(" .")
            rest = parts[last].group().strip(" .,") if last < len(parts) else ""
            if rest.lower() in _PARTS:
                continue  # "Burns Park" is not in Burns
            if self.knows(name) and (not rest or last > 1 or name.lower() not in DIRECTIONS):
                return name, at + end - (1 if words[:end].endswith(".") and not name.endswith(".") else 0)
        is_headline = any(part.group().strip(".,").lower() in NO_CITY for part in parts)
        if len(parts) > 2 or is_headline or mentions(words, self._lexicon):
            return "", at
        return words.strip(" .'"), at + len(words.rstrip(" .'"))

    def longest_known(self, words: str, state: str) -> str:
        """Return the longest known city at the end of the words, such as "AC Repair Apache Junction"."""
        parts = words.split()
        for start in range(len(parts)):
            name = " ".join(parts[start:]).strip(" .'")
            if plain(name) in self._own or state in states_of(name):
                return name
        services = mentions(words, self._lexicon)
        rest = words[services[-1].end :].strip() if services else words
        rest = _LEAD.sub("", rest).strip(" .'")
        is_headline = any(part.lower() in NO_CITY for part in rest.split())
        is_cut_off = rest.endswith((" of", " the")) or len(rest.split()) > 2
        return "" if is_headline or is_cut_off or rest.lower() in STATES else rest

    def knows(self, name: str) -> bool:
        return plain(name) in self._own or self._is_listed(name)

    def _is_listed(self, name: str) -> bool:
        """Return whether a name is a city, or a smaller place in a home state of the page."""
        return is_city(name) or bool(villages().get(plain(name), frozenset()) & self._home)

    def surely(self, name: str) -> bool:
        """Return whether a name is a known town and not a headline word. The tenant's map takes precedence."""
        return plain(name) in self._own or (self._is_listed(name) and plain(name) not in _WORDLIKE)

    def is_brand(self, name: str) -> bool:
        return name.lower() in BRANDS and plain(name) not in self._own

    def is_no_town(self, name: str, after: str) -> bool:
        """Return whether the words after a name make it the name of a street, a company or a plan."""
        if any(words.match(after) for words in (STREET, COMPANY_TAIL, PLAN_TAIL)):
            return True
        return self.knows(name) and not self.surely(name) and not _AFTER_TOWN.match(after)
