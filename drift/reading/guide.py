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
from .services import TERMS, distinctive_parts, phrases_of, singular
from .vocabulary import topic

_WORDS = topic("guide")
_WORD = re.compile(r"\d[\d,]*(?:\.\d+)?|[a-z]+")
_ENDINGS = ("ations", "ation", "ments", "ment", "ions", "ion", "ings", "ing", "als", "al", "ers", "er", "ed", "es", "e")
_SHORTEST = 3
#: "Trapping" becomes "trap", and "install" equals "instal".
DOUBLED = re.compile(r"..([b-df-hj-np-tv-z])\1$")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the stem of a word: `replacement`, `replacing` and `replace` have the same stem."""
    word = singular(word)
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            word = word.removesuffix(ending).removesuffix("e")
            break
    return word[:-1] if DOUBLED.search(word) else word


@lru_cache(maxsize=20_000)
def key_stems(text: str) -> frozenset[str]:
    """Return the stems of the words that distinguish a name."""
    words = (match.group().replace(",", "") for match in _WORD.finditer(text.lower().replace("'", "")))
    telling = (word for word in words if len(word) > 1 or word.isdigit())
    return frozenset(stem(word) for word in telling if singular(word) not in _WORDS.light)


@lru_cache(maxsize=20_000)
def stems(text: str) -> frozenset[str]:
    """Return the stems of all words of a text."""
    return frozenset(stem(match.group()) for match in _WORD.finditer(text.lower().replace("'", "")))


_ACTS = stems("new swap rebuild setup system unit work job test").union(
    *(stems(text) for term in TERMS if term.sign in "AS" for text in term.phrases)
)


def subject_stems(name: str) -> frozenset[str]:
    """Return the words of a name that are no acts."""
    return key_stems(name) - _ACTS


#: For each distinctive word of a name: the sets of stems of which the page must contain one.
Needs = tuple[frozenset[frozenset[str]], ...]
#: The detail that lists the words of a page.
ON_PAGE = "words"
#: These occur on every website.
_COMMON_ACTS = frozenset({"repair", "installation", "maintenance", "diagnostic", "service"})


@lru_cache(maxsize=20_000)
def needs(name: str) -> Needs:
    """Return what a site must contain to name a service: for each word of its name, one of the ways to write it."""
    keys, words = distinctive_parts(name)
    # Such a part tells a name apart only if the name has nothing else: "repair" occurs on every website.
    telling_keys, telling_words = {key for key in keys if key[1] not in _COMMON_ACTS}, words - _WORDS.untelling
    if not telling_keys and not telling_words:
        telling_keys, telling_words = keys, words
    ways = [frozenset(map(stems, phrases_of(key))) for key in telling_keys]
    return (*ways, *(frozenset({stems(word)}) for word in telling_words))


def words_on_page(page: Page, wanted: frozenset[str]) -> Iterator[Fact]:
    """Yield one fact with the words of `wanted` that occur anywhere on a page, also in closed menus and addresses."""
    if wanted and page.blocks:
        texts = [*(block.flat for block in page.blocks), *page.unseen, *page.addresses]
        there = wanted & frozenset().union(*map(stems, texts))
        detail = {ON_PAGE: " ".join(sorted(there))}
        yield page.blocks[0].fact(Kind.SERVICE, "words on the page", 0.2, quote=" ", detail=detail)


class NamedItem(NamedTuple):
    """An item of the pricebook with the price of the map."""

    name: str
    price: Decimal


class Names:
    """Items of the pricebook indexed by the rarest word of each name, so that a text is compared with few of them."""

    def __init__(self, names_of: Mapping[NamedItem, Iterable[str]] = MappingProxyType({})) -> None:
        named = [(key_stems(name), item) for item, names in names_of.items() for name in names]
        used = Counter(word for words, _ in named for word in words)
        self._by_word: dict[str, list[tuple[frozenset[str], NamedItem]]] = defaultdict(list)
        for words, item in named:
            if words:
                self._by_word[min(words, key=lambda word: (used[word], word))].append((words, item))

    def __bool__(self) -> bool:
        return bool(self._by_word)

    def named(self, text_stems: frozenset[str]) -> list[NamedItem]:
        """Return the items with the longest name of which all words occur."""
        entries = (entry for word in text_stems for entry in self._by_word.get(word, ()))
        named = [(len(words), item) for words, item in entries if words <= text_stems]
        most = max(named, default=(0, None))[0]
        return sorted({item for length, item in named if length == most})


NO_NAMES = Names()
