"""Read towns from groups of alike blocks: menus, rows of links, nested lists, pills and tiles. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from .area_words import LIST_HEADING, WAYS
from .blocks import FORM
from .groups import Group
from .places import CODES, PROVINCES
from .town_names import TownNames
from .vocabulary import phrase_pattern, word_set

_NO_LIST = phrase_pattern("town_groups", "no_list")
_OTHERS = phrase_pattern("areas", "people")
_NO_PLACE = word_set("town_groups", "no_place")
_OF_PLACES = word_set("town_groups", "of_places")
_PLACE = re.compile(r"(?:(?:[A-Z\u00c0-\u00de]|(?:of|the|and|on|upon|at|de|la|le)\b)[\w\u00c0-\u00ff'.-]*\s?){1,5}")
_AND = re.compile(r"\s(?:&|and|/|\+)\s|,\s")
_TAIL = re.compile(r",?\s\(?(?:[A-Z]{2}|[A-Z][a-z]+)?\)?,?\s?\d{5}$|\s[\u2192>\u203a\u00bb]$")
_CODES = sorted({*CODES, *PROVINCES.values()})
_STATE = re.compile(rf",?\s(?:{'|'.join((*_CODES, *map(str.title, _CODES)))})(?:,\s(?:USA?|Canada))?$")
_FEWEST, _MOST_SHARED = 3, 0.6
_SURE, _LABELED = 0.9, 0.8


def towns_of(groups: Iterable[Group], names: TownNames) -> dict[int, list[tuple[str, float]]]:
    """Return the places in each block of a group of places, with their confidence."""
    towns: dict[int, list[tuple[str, float]]] = {}
    for group in groups:
        items = [item for item in group.items if FORM not in item.marks]
        texts = _without_shared([_TAIL.sub("", " ".join(item.flat.split())) for item in items])
        known = [names.is_town(text) for text in texts]
        if any(map(_OTHERS.search, group.labels)) or sum(map(names.is_brand, texts)) > 1:
            continue
        is_labeled = any(LIST_HEADING.search(words) and not _NO_LIST.search(words) for words in group.labels)
        sure = sum(is_known for is_known, _ in known)
        own = sum(is_own for _, is_own in known)
        is_row = sure >= max(_FEWEST, 0.6 * len(items)) or own >= max(_FEWEST, 0.5 * len(items))
        # Headings of cards and cells of tables below "Service areas" are about anything.
        may_be_new = not items or (not items[0].is_heading and items[0].tag not in ("td", "th", "p", "dt", "dd"))
        may_be_new = may_be_new or (any(map(bool, (sure, own))) and items[0].region != "main")
        may_be_new = may_be_new or (is_row and is_labeled and items[0].tag not in ("td", "th"))
        if is_row or (is_labeled and may_be_new and sum(map(is_place, texts)) >= 0.6 * len(items)):
            for item, text in zip(items, texts, strict=True):
                places = _names(text, names)
                towns[item.index] = [place for place in places if may_be_new or names.knows(place[0])]
    return towns


def _names(text: str, names: TownNames) -> Iterator[tuple[str, float]]:
    """Yield the place of an item, or the known towns among several: "Oakville & GTA West"."""
    words = (text := _STATE.sub("", text)).split()
    if len(words) >= _FEWEST and not names.knows(text) and all(map(names.knows, words)):
        yield from ((word, _SURE) for word in words)
        return
    name, _ = names.named(text)
    if names.knows(name) and (name == text or not WAYS.match(text)):
        yield name, _SURE
        return
    parts = _AND.split(text)
    if len(parts) > 1:
        yield from ((part.strip(), _SURE) for part in parts if names.knows(part.strip()))
    elif is_place(text):
        yield text, _LABELED


def is_place(text: str) -> bool:
    """Return whether a text has the form of a place name."""
    words = re.findall(r"[a-z]+", text.lower())
    return (
        bool(words)
        and not re.search(r"\b[A-Z]{2}\b", text)
        and bool(_PLACE.fullmatch(text))
        and not any(word in _NO_PLACE for word in words)
    )


def _without_shared(texts: Sequence[str]) -> list[str]:
    """Remove words that most items share at one end: "Mesa Locksmith", "Plumber in Mesa"."""
    texts = list(texts)
    for at in (-1, 0):
        for _ in range(3):
            words = [text.split() for text in texts]
            counted = Counter(part[at].lower() for part in words if len(part) > 1).most_common(1)
            shared, times = counted[0] if counted else ("", 0)
            if times < _MOST_SHARED * len(texts) or shared.strip(".,") in _OF_PLACES:
                break
            texts = [
                " ".join(part[:-1] if at else part[1:]).strip(" ,")
                if len(part) > 1 and part[at].lower() == shared
                else " ".join(part)
                for part in words
            ]
    return texts
