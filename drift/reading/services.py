"""Find names of services in a text, normalized to a thing and an act. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from .service_words import ACTS, COMPLETE_THINGS, THINGS, USUAL_NAMES, WHOLE, WHOLE_NAMES
from .vocabulary import word_set

_WORD = re.compile(r"[a-z0-9]+(?:/[a-z]\b)?|[&,/|+;.:!?\n()-]")
_KEPT_ENDINGS = ("ss", "us", "is", "gas", "os")
#: Signs of parts: own name, whole service (W with further acts), thing, act, "service", joint (j also fills), filling
#: word, and unit. Any other word is x, and punctuation a dot.
_SIGNS = {"and": "j", ",": "j", "or": "J", "/": "J", "+": "J", "system": "U", "unit": "U", "equipment": "U"}
#: "Duct cleaning and sealing", "furnace & AC repair, installation" and "repair or replace your old furnace". An act
#: directly before a thing belongs to that thing, and a thing directly before an act to that act.
_PHRASE = re.compile(
    r"O|w|W(?:(?:[jJ]+[AS])++(?!T))?"
    r"|T(?:[jJ]+T)*+U?(?:[jJ]*[AS](?:[jJ]+[AS](?!T))*)?"
    r"|(?:A(?:[jJ]+[AS])*+[jf]{0,4}+|S(?:[jJ]+[AS])*+[jf]{1,4}+)[jJ]*T(?:[jJ]+T)*+(?!A)"
    r"|[AS](?:[jJ]+[AS])*"
)
_FILLING = word_set("services", "filling")
_COMMERCIAL, _RESIDENTIAL = re.compile(r"\bcommercial\b", re.IGNORECASE), re.compile(r"\bresident", re.IGNORECASE)
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


class _Part(NamedTuple):
    """A word or a phrase of a text. `sign` is its letter in `_PHRASE`, and `value` its word or its meaning."""

    sign: str
    value: Any
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


def tokens(text: str) -> list[_Part]:
    """Return the words and joints of a text. Hyphens inside words count as spaces."""
    result = []
    for match in _WORD.finditer(text.lower()):
        word = match.group()
        if word == "-" and match.start() > 0 and text[match.start() - 1].isalnum():
            continue
        word = "and" if word == "&" else singular(word)
        sign = _SIGNS.get(word, "." if not word[0].isalnum() else "f" if word in _FILLING else "x")
        result.append(_Part(sign, word, *match.span()))
    return result


def phrase(text: str) -> tuple[str, ...]:
    """Return the words of a name in the form stored in the trie."""
    return tuple(token.value for token in tokens(text) if token.value.isalnum() or "/" in token.value[1:])


def _trie(names: Mapping[str, str]) -> dict[str, Any]:
    """Return the trie of a tenant's names and of the common words. The tenant's names take precedence."""
    trie: dict[str, Any] = {}
    terms: list[tuple[str, tuple[str, Any]]] = [(words, ("O", name)) for words, name in names.items()]
    terms += [(words, ("W" if key[1] and key[0] in THINGS else "w", key)) for words, key in WHOLE.items()]
    terms += [(words, ("T", name)) for name, thing in THINGS.items() for words in thing.phrases]
    terms += [(words, ("S" if name == "service" else "A", name)) for name, act in ACTS.items() for words in act.phrases]
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


def _parts(text: str, trie: dict[str, Any]) -> list[_Part]:
    """Split a text into things, acts, joints and other words. The longest phrase at each position wins."""
    words = tokens(text)
    parts: list[_Part] = []
    at = 0
    while at < len(words):
        here, part, end, loose = trie, words[at], at + 1, False
        for ahead in range(at, min(len(words), at + 12)):
            step = here.get(words[ahead].value)
            if step is None and ahead > at and words[ahead].value in _LOOSE:
                loose = True
                continue
            if step is None:
                break
            here = step
            if "" in here and (not loose or here[""][0] == "O"):
                end = ahead + 1
                part = _Part(here[""][0], here[""][1], words[at].start, words[ahead].end)
        parts.append(part)
        at = end
    return parts


def mentions(text: str, lexicon: Lexicon) -> list[Mention]:
    """Return every service named in a text, in order."""
    parts = _parts(text, lexicon.trie)
    phrases = _PHRASE.finditer("".join(part.sign for part in parts))
    return [mention for match in phrases for mention in _of_phrase(parts, *match.span())]


def _of_phrase(parts: list[_Part], first: int, last: int) -> Iterator[Mention]:
    """Yield each thing of a phrase with each of its acts. "Service" is an act only if there is no other."""
    sign, value = parts[first][:2]
    things = [at for at in range(first, last) if parts[at].sign == "T"]
    acts = [at for at in range(first, last) if parts[at].sign == "A"]
    services = [at for at in range(first, last) if parts[at].sign == "S"]
    if sign == "O":
        yield Mention(("own", value), value, parts[first].start, parts[first].end)
    elif sign in "Ww":
        thing, act_of_whole = value
        yield _mention(thing, act_of_whole, parts, first, first)
        yield from (_mention(thing, parts[act].value, parts, first, act) for act in acts)
    elif not (acts or services):
        yield from (_mention(parts[thing].value, "", parts, thing, thing) for thing in things)
    else:
        acts = acts or services[: sign == "T"]
        yield from (_mention(parts[at].value, parts[act].value, parts, at, act) for at in things for act in acts)


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
    parts = [part for part in _parts(name, _common()) if part.sign != "."]
    if not parts:
        return False
    ends = parts[-1].sign in "AS" or parts[-1].value in _DONE or bool(_DEED.search(str(parts[-1].value)))
    return ends and not any(part.value in _OFFICE for part in parts)


def is_act(word: str) -> bool:
    """Return whether a word is one of the common acts, or an act of a trade."""
    (part,) = _parts(word, _common()) or (None,)
    return singular(word) in _DONE or (part is not None and part.sign in "AS")


def is_deed(word: str) -> bool:
    """Return whether a word names an act: `mitigation`, `hookup`, `thawing`."""
    return word in _DONE or bool(_DEED.search(word))


def own_words(name: str) -> frozenset[str]:
    """Return the words of a name that no common thing or act covers: `portable` and `rental`."""
    parts = _parts(name, _common())
    words = {part.value for part in parts if part.sign in "fxU" and part.value.isalpha() and len(part.value) > 2}
    return frozenset(words - _FILLING - _OF_BOOKS)


def distinctive_parts(name: str) -> list[tuple[str, str]]:
    """Return the things, acts and other words of a name that tell it apart from other names, with their sign."""
    parts = [part[:2] for part in _parts(name, _common())]
    result = [(sign, value) for sign, value in parts if sign in "TA"]
    result += [pair for sign, value in parts if sign in "Ww" for pair in zip("TA", value, strict=True) if pair[1]]
    result += [("x", word) for word in sorted(own_words(name))]
    return result or [("x", value) for sign, value in parts if sign in "fxU"]


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
