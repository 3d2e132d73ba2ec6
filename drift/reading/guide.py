"""Match the tenant's own names by their words, which a page may reorder and inflect. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from .blocks import Page
from .facts import Fact, Kind
from .service_words import ACTS, THINGS, WHOLE
from .services import distinctive_parts, is_deed, singular, wider
from .vocabulary import NUMBERS, topic, word_set

_LIGHT = word_set("guide", "light")
_WORD = re.compile(r"\d[\d,]*(?:\.\d+)?|[a-z]+")
_UNITS = frozenset({"lb", "oz", "amp", "ton", "hp", "kw", "sq"})
_THOUSANDS = re.compile(r"\b(\d{1,3})k\b")
_ENDINGS = ("ations", "ation", "ments", "ment", "ions", "ion", "ings", "ing", "als", "al", "ers", "er", "ed", "es", "e")
_SHORTEST = 4
_NUMBERS = {word: str(number) for number, word in enumerate(NUMBERS) if number > 1}
_IRREGULAR: dict[str, str] = topic("guide")["irregular"]
#: "Trapping" becomes "trap", and "install" equals "instal".
DOUBLED = re.compile(r"..([b-df-hj-np-tv-z])\1$")
#: Minimum share of a name's distinctive words, from 0 to 1.
ENOUGH = 0.75
_FEWEST_RARE = 2
_THINGS_IN_ING = word_set("guide", "things_in_ing")
#: With at least this many words, a name is recognized without one of them.
_SPARED_FROM = 4


@dataclass(frozen=True, slots=True)
class NamedItem:
    """An item of the map and the words of each of its names. `price` is the map's."""

    name: str
    ways: tuple[frozenset[str], ...]
    price: Decimal | None


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the stem of a word: `replacement`, `replacing` and `replace` have the same stem."""
    word = _IRREGULAR.get(singular(word), singular(word))
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            word = word.removesuffix(ending).removesuffix("e")
            break
    return word[:-1] if DOUBLED.search(word) else word


@lru_cache(maxsize=20_000)
def telling(text: str) -> frozenset[str]:
    """Return the stems of the words that distinguish a name."""
    words = (
        _NUMBERS.get(word := match.group().replace(",", ""), word)
        for match in _WORD.finditer(_THOUSANDS.sub(r"\g<1>000", text.lower().replace("'", "")))
    )
    return frozenset(stem(word) for word in words if singular(word) not in _LIGHT and (len(word) > 1 or word.isdigit()))


@lru_cache(maxsize=20_000)
def stems(text: str) -> frozenset[str]:
    """Return the stems of all words of a text."""
    return frozenset(stem(match.group()) for match in _WORD.finditer(text.lower().replace("'", "")))


def unsized(words: frozenset[str]) -> frozenset[str]:
    """Return the words of a name without numbers and units."""
    return frozenset(word for word in words if not word[0].isdigit() and word not in _UNITS)


@lru_cache(maxsize=1)
def _deeds() -> frozenset[str]:
    return frozenset(word for act in ACTS.values() for phrase in act.phrases for word in stems(phrase)) | stems(
        "new swap rebuild setup system unit work job test"
    )


def thing_of(name: str, common: frozenset[str]) -> frozenset[str]:
    """Return the words of a name that are neither acts nor common words of the shop's trade."""
    words = telling(name) - _deeds() - common
    last = name.rsplit(maxsplit=1)[-1].lower() if name else ""
    rest = words - {stem(last)} if is_deed(last) and last not in _THINGS_IN_ING else words
    return rest or words


def named_item(name: str, others: Iterable[str], price: Decimal | None, used: Mapping[str, int]) -> NamedItem:
    """Build a `NamedItem`. `used` counts common words; a name may omit its most common one: "Pumping, 1,500 gal."."""
    ways = dict.fromkeys(words for words in map(telling, (name, *others)) if words)
    for words in tuple(ways):
        common = max(words & used.keys(), key=lambda word: (used[word], word), default="")
        if common and len(words) > _FEWEST_RARE:
            ways[words - {common}] = None
    return NamedItem(name, tuple(ways), price)


def share(way: frozenset[str], text_stems: frozenset[str]) -> float:
    """Return the share of a name in a text, from 0 to 1. It is 0 if one of the name's numbers is missing."""
    if any(word[0].isdigit() and word not in text_stems for word in way):
        return 0.0
    return len(way & text_stems) / len(way)


#: For each distinctive word of a name: the sets of stems of which the page must contain one.
Needs = tuple[frozenset[frozenset[str]], ...]
ON_PAGE = "words"
_TELLING_ACTS = frozenset(ACTS) - {"repair", "installation", "maintenance", "diagnostic", "service"}
_UNTELLING = word_set("guide", "untelling")
_SHORT_ENDING = re.compile(r"(?<=^[a-z]{3})(?:ing|ed|er|e)$")
#: Longer stems are also searched by their start, and inside other words: "preventative", "over-seeding".
_LONG_STEM, _START = 6, 7


@lru_cache(maxsize=20_000)
def needs(name: str) -> Needs:
    """Return what a site must contain to name a service: for each word of its name, one of the ways to write it."""
    parts = distinctive_parts(name)
    # Such a word tells a name apart only if the name has nothing else: "repair" occurs on every website.
    telling_parts = [
        (sign, value)
        for sign, value in parts
        if (sign != "A" or value in _TELLING_ACTS) and (sign != "x" or value not in _UNTELLING)
    ] or parts
    return tuple(_ways_of(sign, value) for sign, value in telling_parts)


def _ways_of(sign: str, value: str) -> frozenset[frozenset[str]]:
    if sign == "x":
        return frozenset({frozenset({stem(value)})})
    if sign == "A":
        phrases = ACTS[value].phrases
    else:
        # A furnace is heating, so a page about furnaces names heating; the reverse is not true.
        things = [thing for thing in THINGS if thing == value or value in wider(thing)]
        phrases = tuple(phrase for thing in things for phrase in THINGS[thing].phrases)
        phrases += tuple(phrase for phrase, (thing, _) in WHOLE.items() if thing == value)
    return frozenset(map(stems, phrases))


def _root(word: str) -> str:
    """Return a stem without the ending that `stem` leaves on short words: `mowing`, `paved` and `edge`."""
    return _SHORT_ENDING.sub("", word)


def words_on_page(page: Page, wanted: frozenset[str]) -> Iterator[Fact]:
    """Yield one fact with the words of `wanted` that occur anywhere on a page, also in closed menus and addresses."""
    if wanted and page.blocks:
        texts = [*(block.flat for block in page.blocks), *page.unseen, *page.addresses]
        page_stems = frozenset().union(*map(stems, texts))
        letters = "".join(re.findall(r"[a-z]+", " ".join(texts).lower()))
        roots = frozenset(map(_root, page_stems))
        there = {
            word
            for word in wanted
            if word in page_stems or _root(word) in roots or (len(word) >= _LONG_STEM and word[:_START] in letters)
        }
        yield page.blocks[0].fact(
            Kind.SERVICE, "words on the page", 0.2, quote=" ", detail={"how": ON_PAGE, "words": " ".join(sorted(there))}
        )


class Names:
    """Items of the map indexed by the rarest words of their names, so that a text is compared with few of them."""

    def __init__(self, among: Sequence[NamedItem] = ()) -> None:
        used = Counter(word for item in among for way in item.ways for word in way)
        self._by_word: dict[str, list[tuple[frozenset[str], NamedItem]]] = {}
        for item in among:
            for way in item.ways:
                # A name of four words may lack one of them, so it is also indexed by its second rarest word.
                for word in sorted(way, key=lambda each: (used[each], each))[: 1 if len(way) < _SPARED_FROM else 2]:
                    self._by_word.setdefault(word, []).append((way, item))

    def __bool__(self) -> bool:
        return bool(self._by_word)

    def ways(self, text_stems: frozenset[str]) -> Iterator[tuple[frozenset[str], NamedItem]]:
        """Yield each name whose rarest word occurs. A name may be yielded twice."""
        for word in text_stems:
            yield from self._by_word.get(word, ())

    def named(self, text_stems: frozenset[str]) -> list[NamedItem]:
        """Return the items with the best match, if it is good enough."""
        scores: dict[NamedItem, tuple[int, float]] = {}
        for way, item in self.ways(text_stems):
            if (part := share(way, text_stems)) >= ENOUGH:
                scores[item] = max(scores.get(item, (0, 0.0)), (len(way & text_stems), part))
        most = max(scores.values(), default=(0, 0.0))
        return [item for item, score in scores.items() if score == most]


NO_NAMES = Names()
