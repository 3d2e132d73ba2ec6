"""Find names of services in a text, normalized to a thing and an act. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from .service_words import ACTS, COMPLETE_THINGS, THINGS, USUAL_NAMES, WHOLE, WHOLE_NAMES
from .vocabulary import word_set

_WORD = re.compile(r"[a-z0-9]+(?:/[a-z]\b)?|[&,/|+;.:!?\n()-]")
_KEPT_ENDINGS = ("ss", "us", "is", "gas", "os")
_JOINTS = frozenset({"and", "or", ",", "/", "+"})
_FILLING = word_set("services", "filling")
_COMMERCIAL, _RESIDENTIAL = re.compile(r"\bcommercial\b", re.IGNORECASE), re.compile(r"\bresident", re.IGNORECASE)
_MOST_FILLING = 4
#: Punctuation that a page may add to a tenant's name: "Mosquito spray, up to half an acre".
_LOOSE = frozenset({",", "(", ")", "-", ":"})
_OF_BOOKS = word_set("services", "of_books")
_DONE = word_set("services", "done")
#: Endings of words for acts: `mitigation`, `hookup`, `hanging`, `abatement`.
_DEED = re.compile(r"\w{3}(?:tion|sion|ing|ment|al|up|care)$")
_OFFICE = word_set("services", "office")
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Mention:
    """A service named in a text. `key` is (thing, act); `start` and `end` are positions in the text."""

    key: Key
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    start: int
    end: int


@dataclass
class Lexicon:
    """The names to find in addition to the common ones: the tenant's services and their synonyms."""

    names: Mapping[str, str] = field(default_factory=dict)  # phrase -> name to report
    trie: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.trie = _trie(self.names) if self.names else _common()


def label(key: Key) -> str:
    """Return the display name of a service: `AC Repair`."""
    if key in USUAL_NAMES:
        return USUAL_NAMES[key]
    thing, act = key
    prefix, _, bare = thing.rpartition(":")
    name = THINGS[bare].name if bare in THINGS else WHOLE_NAMES.get(bare, bare)
    words = name if act in ("", "own") or bare in WHOLE_NAMES else f"{name} {ACTS[act].name}"
    return f"{prefix.capitalize()} {words}".strip()


def singular(word: str) -> str:
    """Return an approximate singular, good enough to find `heaters` under `heater`."""
    if word in ("ups", "acs"):
        return word[:2]
    if len(word) < 4 or word.endswith(_KEPT_ENDINGS):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def tokens(text: str) -> list[_Token]:
    """Return the words and joints of a text. Hyphens inside words count as spaces."""
    result = []
    for match in _WORD.finditer(text.lower()):
        word = match.group()
        if word == "-" and match.start() > 0 and text[match.start() - 1 : match.start()].isalnum():
            continue
        result.append(_Token("and" if word == "&" else singular(word), match.start(), match.end()))
    return result


def phrase(text: str) -> tuple[str, ...]:
    """Return the words of a name in the form stored in the trie."""
    return tuple(token.word for token in tokens(text) if token.word.isalnum() or "/" in token.word[1:])


def _trie(names: Mapping[str, str]) -> dict[str, Any]:
    """Return the trie of a tenant's names and of the common words. The tenant's names take precedence."""
    trie: dict[str, Any] = {}
    terms: list[tuple[str, tuple[str, Any]]] = [(words, ("own", name)) for words, name in names.items()]
    terms += [(words, ("whole", key)) for words, key in WHOLE.items()]
    for sort, of_sort in (("thing", THINGS), ("act", ACTS)):
        terms += [(words, (sort, name)) for name, term in of_sort.items() for words in term.phrases]
    for words, meaning in terms:
        here = trie
        for word in phrase(words):
            here = here.setdefault(word, {})
        here.setdefault("", meaning)
    trie.pop("", None)  # of a name without words
    return trie


@lru_cache(maxsize=1)
def _common() -> dict[str, Any]:
    return _trie({})


@dataclass(frozen=True, slots=True)
class _Part:
    sort: str  # thing, act, whole, own, word, joint
    value: Any
    start: int
    end: int


def _parts(text: str, trie: dict[str, Any]) -> list[_Part]:
    """Split a text into things, acts, joints and other words. The longest phrase at each position wins."""
    words = tokens(text)
    parts: list[_Part] = []
    at = 0
    while at < len(words):
        here, best, end, loose = trie, None, at, False
        for ahead in range(at, min(len(words), at + 12)):
            step = here.get(words[ahead].word)
            if step is None and ahead > at and words[ahead].word in _LOOSE:
                loose = True
                continue
            if step is None:
                break
            here = step
            if "" in here and (not loose or here[""][0] == "own"):
                best, end = here[""], ahead + 1
        token = words[at]
        if best is not None:
            parts.append(_Part(best[0], best[1], token.start, words[end - 1].end))
            at = end
        else:
            sort = "joint" if token.word in _JOINTS else "stop" if not token.word[0].isalnum() else "word"
            parts.append(_Part(sort, token.word, token.start, token.end))
            at += 1
    return parts


def mentions(text: str, lexicon: Lexicon) -> list[Mention]:
    """Return every service named in a text, in order."""
    parts = _parts(text, lexicon.trie)
    named: list[Mention] = []
    at = 0
    while at < len(parts):
        part = parts[at]
        if part.sort == "own":
            named.append(Mention(("own", part.value), part.value, part.start, part.end))
        elif part.sort == "whole":
            at = _whole(parts, at, named)
            continue
        elif part.sort == "thing":
            at = _things_first(parts, at, named)
            continue
        elif part.sort == "act":
            at = _acts_first(parts, at, named)
            continue
        at += 1
    return named


def _whole(parts: list[_Part], at: int, named: list[Mention]) -> int:
    """Add a service that is one phrase, with further acts joined to it: "duct cleaning and sealing"."""
    thing, act = parts[at].value
    named.append(_mention(thing, act, parts, at, at))
    acts, after = _run(parts, at + 1, "act", joined=True)
    if acts and act and thing in THINGS and not _leads_to_thing(parts, after):
        named += [_mention(thing, parts[i].value, parts, at, i) for i in acts if parts[i].value != "service"]
        return after
    return at + 1


def _run(parts: list[_Part], at: int, sort: str, *, joined: bool) -> tuple[list[int], int]:
    """Return parts of one sort joined by "and", commas or slashes.

    With `joined`, a joint must precede the first part.
    """
    places: list[int] = []
    after = at
    while at < len(parts):
        start = at
        while at < len(parts) and parts[at].sort == "joint":
            at += 1
        needs = joined or bool(places)
        if at >= len(parts) or parts[at].sort != sort or (needs and at == start):
            break
        places.append(at)
        at += 1
        after = at
    return places, after


def _things_first(parts: list[_Part], at: int, named: list[Mention]) -> int:
    """Combine each thing with each act after it: "Furnace & AC repair, installation"."""
    things, after = _run(parts, at, "thing", joined=False)
    if after < len(parts) and parts[after].sort == "word" and parts[after].value in ("system", "unit", "equipment"):
        after += 1
    acts, after_acts = _run(parts, after, "act", joined=False)
    if acts and _leads_to_thing(parts, after_acts) and len(acts) > 1:
        acts, after_acts = acts[:-1], acts[-1]
    if not acts:
        named += [_mention(parts[i].value, "", parts, i, i) for i in things]
        return after
    real = [i for i in acts if parts[i].value != "service"] or acts[:1]
    named += [_mention(parts[t].value, parts[a].value, parts, t, a) for t in things for a in real]
    return after_acts


def _leads_to_thing(parts: list[_Part], at: int) -> bool:
    """Return whether a thing follows immediately: the last act then belongs to it ("AC repair, furnace repair")."""
    return False if at >= len(parts) else parts[at].sort == "thing" and parts[at - 1].sort == "act"


def _acts_first(parts: list[_Part], at: int, named: list[Mention]) -> int:
    """Combine each act with each thing after it: "Repair or replace your old furnace"."""
    acts, after = _run(parts, at, "act", joined=False)
    things_at, filled = after, 0
    while things_at < len(parts) and filled < _MOST_FILLING and parts[things_at].value in _FILLING:
        things_at, filled = things_at + 1, filled + 1
    if not filled and parts[at].value == "service":
        return after
    things, end = _run(parts, things_at, "thing", joined=False)
    if not things:
        return after
    if end < len(parts) and parts[end].sort == "act" and parts[end].value != "service":
        return after  # "we fix AC installation mistakes": the thing belongs to what follows
    real = [i for i in acts if parts[i].value != "service"]
    named += [_mention(parts[t].value, parts[a].value, parts, t, a) for a in real for t in things]
    return end


def _mention(thing: str, act: str, parts: list[_Part], left: int, right: int) -> Mention:
    first, last = min(left, right), max(left, right)
    before = [part.value for part in parts[max(0, first - 3) : first]]
    if before[-1:] == ["commercial"] and "residential" not in before and thing in THINGS:
        thing = f"commercial:{thing}"
    key = (thing, act)
    return Mention(key, label(key), parts[first].start, parts[last].end)


def keys_of(name: str) -> frozenset[Key]:
    """Return the services a name stands for; empty if it contains none of the common words.

    "AC Repair - Commercial" is commercial too, although the word comes last.
    """
    keys = frozenset(mention.key for mention in mentions(name, _PLAIN))
    if not _COMMERCIAL.search(name) or _RESIDENTIAL.search(name):
        return keys
    return frozenset((f"commercial:{thing}" if thing in THINGS else thing, act) for thing, act in keys)


def is_service(name: str) -> bool:
    """Return whether a name without a common thing ends with an act: `Flea Treatment` does, `Waived Fee` does not."""
    parts = [part for part in _parts(name, _common()) if part.sort != "stop"]
    if not parts:
        return False
    ends = parts[-1].sort == "act" or parts[-1].value in _DONE or bool(_DEED.search(str(parts[-1].value)))
    return ends and not any(part.value in _OFFICE for part in parts)


def is_act(word: str) -> bool:
    """Return whether a word is one of the common acts, or an act of a trade."""
    (part,) = _parts(word, _common()) or (None,)
    return singular(word) in _DONE or (part is not None and part.sort == "act")


def is_deed(word: str) -> bool:
    """Return whether a word names an act: `mitigation`, `hookup`, `thawing`."""
    return word in _DONE or bool(_DEED.search(word))


def own_words(name: str) -> frozenset[str]:
    """Return the words of a name that no common thing or act covers: `portable` and `rental`."""
    parts = _parts(name, _common())
    words = {part.value for part in parts if part.sort == "word" and part.value.isalpha() and len(part.value) > 2}
    return frozenset(words - _FILLING - _OF_BOOKS)


def distinctive_parts(name: str) -> list[tuple[str, str]]:
    """Return the things, acts and other words of a name that tell it apart from other names, with their sort."""
    parts = [(part.sort, part.value) for part in _parts(name, _common())]
    result: list[tuple[str, str]] = []
    for sort, value in parts:
        if sort == "whole":
            result += [("thing", value[0]), *([("act", value[1])] if value[1] else [])]
        elif sort in ("thing", "act") and value != "service":
            result.append((sort, value))
    result += [("word", word) for word in sorted(own_words(name))]
    return result or [("word", value) for sort, value in parts if sort == "word"]


def wider(thing: str) -> Iterator[str]:
    """Yield the things that a thing is part of, nearest first: a furnace is part of heating, and heating of HVAC."""
    prefix, _, bare = thing.rpartition(":")
    for above in THINGS[bare].within if bare in THINGS else ():
        yield f"{prefix}:{above}" if prefix else above
        yield from wider(f"{prefix}:{above}" if prefix else above)


def is_complete(key: Key) -> bool:
    """Return whether a key names an act, and not only a thing."""
    return key[1] != "" or key[0] in COMPLETE_THINGS


_PLAIN = Lexicon()
