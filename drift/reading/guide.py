"""Match the tenant's own names by their words, which a page may reorder and inflect. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from .blocks import Page
from .facts import Fact, Kind
from .services import TERMS, distinctive_parts, is_deed, phrases_of, singular
from .vocabulary import NUMBERS, topic, word_set

_LIGHT = word_set("guide", "light")
_WORD = re.compile(r"\d[\d,]*(?:\.\d+)?|[a-z]+")
_THOUSANDS = re.compile(r"\b(\d{1,3})k\b")
_ENDINGS = ("ations", "ation", "ments", "ment", "ions", "ion", "ings", "ing", "als", "al", "ers", "er", "ed", "es", "e")
_SHORTEST = 4
_NUMBERS = {word: str(number) for number, word in enumerate(NUMBERS) if number > 1}
_IRREGULAR: dict[str, str] = topic("guide")["irregular"]
#: "Trapping" becomes "trap", and "install" equals "instal".
DOUBLED = re.compile(r"..([b-df-hj-np-tv-z])\1$")
_THINGS_IN_ING = word_set("guide", "things_in_ing")


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


@lru_cache(maxsize=1)
def _deeds() -> frozenset[str]:
    acts = (text for term in TERMS if term.sign in "AS" for text in term.phrases)
    return stems("new swap rebuild setup system unit work job test").union(*map(stems, acts))


def thing_of(name: str, common: frozenset[str]) -> frozenset[str]:
    """Return the words of a name that are neither acts nor common words of the shop's trade."""
    words = telling(name) - _deeds() - common
    last = name.rsplit(maxsplit=1)[-1].lower() if name else ""
    rest = words - {stem(last)} if is_deed(last) and last not in _THINGS_IN_ING else words
    return rest or words


#: For each distinctive word of a name: the sets of stems of which the page must contain one.
Needs = tuple[frozenset[frozenset[str]], ...]
ON_PAGE = "words"
#: These occur on every website.
_COMMON_ACTS = frozenset({"repair", "installation", "maintenance", "diagnostic", "service"})
_UNTELLING = word_set("guide", "untelling")
_SHORT_ENDING = re.compile(r"(?<=^[a-z]{3})(?:ing|ed|er|e)$")
#: Longer stems are also searched by their start, and inside other words: "preventative", "over-seeding".
_LONG_STEM, _START = 6, 7


@lru_cache(maxsize=20_000)
def needs(name: str) -> Needs:
    """Return what a site must contain to name a service: for each word of its name, one of the ways to write it."""
    keys, words = distinctive_parts(name)
    # Such a part tells a name apart only if the name has nothing else: "repair" occurs on every website.
    telling_keys, telling_words = {key for key in keys if key[1] not in _COMMON_ACTS}, words - _UNTELLING
    if not telling_keys and not telling_words:
        telling_keys, telling_words = keys, words
    ways = [frozenset(map(stems, phrases_of(key))) for key in telling_keys]
    return (*ways, *(frozenset({stems(word)}) for word in telling_words))


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


class NamedItem(NamedTuple):
    """An item of the pricebook with the price of the map."""

    name: str
    price: Decimal


class Names:
    """Items of the pricebook indexed by the rarest word of each name, so that a text is compared with few of them."""

    def __init__(self, names_of: Mapping[NamedItem, Iterable[str]] = MappingProxyType({})) -> None:
        named = [(telling(name), item) for item, names in names_of.items() for name in names]
        used = Counter(word for words, _ in named for word in words)
        self._by_word: dict[str, list[tuple[frozenset[str], NamedItem]]] = defaultdict(list)
        for words, item in named:
            for word in sorted(words, key=lambda each: (used[each], each))[:1]:
                self._by_word[word].append((words, item))

    def __bool__(self) -> bool:
        return bool(self._by_word)

    def named(self, text_stems: frozenset[str]) -> list[NamedItem]:
        """Return the items with the longest name of which all words occur."""
        entries = (entry for word in text_stems for entry in self._by_word.get(word, ()))
        named = [(len(words), item) for words, item in entries if words <= text_stems]
        most = max(named, default=(0, None))[0]
        return sorted({item for length, item in named if length == most})


NO_NAMES = Names()
