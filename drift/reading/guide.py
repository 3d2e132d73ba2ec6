"""The tenant's own names, found by their words, which a page orders and ends in its own way. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from .service_words import ACTS
from .services import is_deed, singular
from .wordset import wordset

#: Words of a name that a page may well leave out.
_LIGHT = wordset(
    "a an the of for with and or in on to per up by at from each your our any all one new installed install gal gallon "
    "ft foot inch service standard basic system unit fee charge rate visit call price special offer deal coupon only "
    "get now just off free save first more plus"
)
_WORD = re.compile(r"\d[\d,]*(?:\.\d+)?|[a-z]+")
_UNITS = frozenset({"lb", "oz", "amp", "ton", "hp", "kw", "sq"})
_THOUSANDS = re.compile(r"\b(\d{1,3})k\b")
_ENDINGS = ("ations", "ation", "ments", "ment", "ions", "ion", "ings", "ing", "als", "al", "ers", "er", "ed", "es", "e")
_SHORTEST = 4
_NUMBERS = {
    word: str(number)
    for number, word in enumerate(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 2)
} | {"twelve": "12"}
_IRREGULAR = {
    "conversion": "convert",
    "delivery": "deliver",
    "delivering": "deliver",
    "hung": "hang",
    "wiring": "wire",
    "wired": "wire",
    "fix": "repair",
    "fixing": "repair",
    "fixed": "repair",
    "ground": "grind",
}
#: "Trapping" is "trap", and "install" the same as "instal".
DOUBLED = re.compile(r"..([b-df-hj-np-tv-z])\1$")
#: Of 1: so many of a name's telling words make it that name.
ENOUGH = 0.75
_FEWEST_RARE = 2
#: Things whose names end as what is done does.
_THINGS_IN_ING = wordset(
    "siding roofing lighting wiring decking flooring railing ceiling awning spring metal plumbing "
    "commercial residential industrial"
)
_UNUSED: Mapping[str, int] = {}
#: From so many words on a name is known without one of them.
_SPARED_FROM = 4


@dataclass(frozen=True, slots=True)
class Sought:
    """A thing of the map and the words of each of its names; `price` and `form` are what the map has of it."""

    name: str
    ways: tuple[frozenset[str], ...]
    price: Decimal | None = None
    form: str = ""


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """`replacement`, `replacing` and `replace` are one word."""
    word = _IRREGULAR.get(singular(word), singular(word))
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            word = word.removesuffix(ending).removesuffix("e")
            break
    return word[:-1] if DOUBLED.search(word) else word


@lru_cache(maxsize=20_000)
def telling(text: str) -> frozenset[str]:
    """The stems of the words that tell a name from others."""
    found = (
        _NUMBERS.get(word := match.group().replace(",", ""), word)
        for match in _WORD.finditer(_THOUSANDS.sub(r"\g<1>000", text.lower().replace("'", "")))
    )
    return frozenset(stem(word) for word in found if singular(word) not in _LIGHT and (len(word) > 1 or word.isdigit()))


@lru_cache(maxsize=20_000)
def stems(text: str) -> frozenset[str]:
    """The stems of all words of a text."""
    return frozenset(stem(match.group()) for match in _WORD.finditer(text.lower().replace("'", "")))


def unsized(words: frozenset[str]) -> frozenset[str]:
    """The words of a name without its numbers and their units."""
    return frozenset(word for word in words if not word[0].isdigit() and word not in _UNITS)


@lru_cache(maxsize=1)
def _deeds() -> frozenset[str]:
    return frozenset(
        word for _, phrases in ACTS.values() for said in phrases.split("|") for word in stems(said)
    ) | stems("new swap rebuild setup system unit work job test")


def thing_of(name: str, common: frozenset[str]) -> frozenset[str]:
    """The words of a name that say neither what is done nor what half the shop is about."""
    words = telling(name) - _deeds() - common
    last = name.rsplit(maxsplit=1)[-1].lower() if name else ""
    rest = words - {stem(last)} if is_deed(last) and last not in _THINGS_IN_ING else words
    return rest or words


def sought(
    name: str,
    others: Iterable[str],
    price: Decimal | None = None,
    form: str = "",
    used: Mapping[str, int] = _UNUSED,
) -> Sought:
    """`used` counts words of half the shop, of which a name may leave out the commonest: "Pumping, 1,500 gal."."""
    ways = dict.fromkeys(words for words in map(telling, (name, *others)) if words)
    for words in tuple(ways):
        common = max(words & used.keys(), key=lambda word: (used[word], word), default="")
        if common and len(words) > _FEWEST_RARE:
            ways[words - {common}] = None
    return Sought(name, tuple(ways), price, form)


def share(way: frozenset[str], said: frozenset[str]) -> float:
    """How much of a name is said, from 0 to 1: nothing without its numbers, nor with half of two words."""
    if any(word[0].isdigit() and word not in said for word in way):
        return 0.0
    return len(way & said) / len(way)


class Names:
    """Things of the map by the rarest words of their names, so that a text is held against few of them."""

    def __init__(self, among: Sequence[Sought] = ()) -> None:
        used = Counter(word for one in among for way in one.ways for word in way)
        self._by_word: dict[str, list[tuple[frozenset[str], Sought]]] = {}
        for one in among:
            for way in one.ways:
                # Of four words one may be missing, so the rarest but one finds it too.
                for word in sorted(way, key=lambda each: (used[each], each))[: 1 if len(way) < _SPARED_FROM else 2]:
                    self._by_word.setdefault(word, []).append((way, one))

    def __bool__(self) -> bool:
        return bool(self._by_word)

    def ways(self, said: frozenset[str]) -> Iterator[tuple[frozenset[str], Sought]]:
        """Each name of which at least the rarest word is said; may come twice."""
        for word in said:
            yield from self._by_word.get(word, ())

    def named(self, said: frozenset[str]) -> list[Sought]:
        """The things of which enough is said, and of which most is said."""
        found: dict[Sought, tuple[int, float]] = {}
        for way, one in self.ways(said):
            if (part := share(way, said)) >= ENOUGH:
                found[one] = max(found.get(one, (0, 0.0)), (len(way & said), part))
        most = max(found.values(), default=(0, 0.0))
        return [one for one, score in found.items() if score == most]

    def exactly(self, text: str) -> str:
        """The name of the one thing of which a text says all words, and no others."""
        said = telling(text)
        found = {one for way, one in self.ways(said) if way == said}
        return found.pop().name if len(found) == 1 else ""

    def only(self, said: frozenset[str]) -> str:
        """The name of the one thing that is meant; empty when it may be several."""
        found = self.named(said)
        return found[0].name if len(found) == 1 else ""


NO_NAMES = Names()
