"""Find names of services in a text, normalized to a thing and an act, by the table of service words. Pure."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import NamedTuple

from .vocabulary import topic

_WORDS = topic("services")
#: A thing and an act, such as ("ac", "repair"). Either may be empty; a name of the tenant is ("own", name).
Key = tuple[str, str]


class Term(NamedTuple):
    """A row of vocabulary/service_words.csv: a thing, an act, or a service with more phrases.

    `sign` is the letter of its phrases in `_PHRASE`, and `within` the thing that a thing is part of. The first phrase
    is the English of the `spanish` ones.
    """

    sign: str
    key: Key
    name: str
    within: str
    phrases: tuple[str, ...]
    spanish: str


_TABLE = resources.files(__package__).joinpath("vocabulary/service_words.csv").read_text(encoding="utf-8")
TERMS = [
    Term(sign, (thing, act), name, within, tuple(filter(None, phrases.split("|"))), spanish)
    for sign, thing, act, name, within, phrases, spanish in list(csv.reader(_TABLE.splitlines()))[1:]
]
NAMES = {term.key: term.name for term in TERMS if term.name}
THINGS = frozenset(term.key[0] for term in TERMS if term.sign == "T")
_WITHIN = {term.key[0]: term.within for term in TERMS if term.within}
#: Services that are named by a thing alone, such as surge protection.
_WHOLE = frozenset(term.key for term in TERMS if term.sign in "Ww")

_WORD = re.compile(r"[a-z0-9]+(?:/[a-z]\b)?|[&,/|+;.:!?\n()-]")
_KEPT_ENDINGS = ("ss", "us", "is", "gas", "os")
#: Signs of parts: own name, whole service (W with further acts), thing, act, "service", joint, filling word, and unit.
#: Any other word is x, and punctuation a dot.
_SIGNS = {"and": "j", ",": "j", "or": "j", "/": "j", "+": "j", "system": "U", "unit": "U", "equipment": "U"}
#: "Duct cleaning and sealing", "furnace & AC repair, installation" and "repair or replace your old furnace". An act
#: directly before a thing belongs to that thing, and a thing directly before an act to that act.
_PHRASE = re.compile(
    r"O|w|W(?:(?:j+[AS])++(?!T))?"
    r"|T(?:j+T)*+U?(?:j*[AS](?:j+[AS](?!T))*)?"
    r"|(?:A(?:j+[AS])*+[jf]{0,4}+|S(?:j+[AS])*+[jf]{1,4}+)j*T(?:j+T)*+(?!A)"
    r"|[AS](?:j+[AS])*"
)
_COMMERCIAL, _RESIDENTIAL = re.compile(r"\bcommercial\b", re.IGNORECASE), re.compile(r"\bresident", re.IGNORECASE)


class Mention(NamedTuple):
    """A service named in a text. `start` and `end` are positions in the text."""

    key: Key
    name: str
    start: int
    end: int


class Part(NamedTuple):
    """A word or a phrase of a text. `sign` is its letter in `_PHRASE`. A word has no key, and a phrase has no word."""

    sign: str
    word: str
    key: Key
    start: int
    end: int


class Lexicon:
    """The phrases to find, with their signs and keys: the common ones, and the tenant's names, which take precedence.

    `names` maps the phrases of the tenant to the names to report.
    """

    def __init__(self, names: Mapping[str, str] = MappingProxyType({})) -> None:
        self.phrases = {words: ("O", ("own", name)) for text, name in names.items() if (words := phrase(text))}
        for term in TERMS:
            for text in term.phrases:
                self.phrases.setdefault(phrase(text), (term.sign, term.key))
        #: The lengths of the phrases that begin with a word, longest first.
        self.lengths: dict[str, list[int]] = defaultdict(list)
        for words in sorted(self.phrases, key=len, reverse=True):
            if len(words) not in self.lengths[words[0]]:
                self.lengths[words[0]].append(len(words))


def label(key: Key) -> str:
    """Return the display name of a service: `AC Repair`."""
    if key[0] == "own":
        return key[1]
    prefix, _, thing = key[0].rpartition(":")
    name = NAMES.get((thing, key[1])) or f"{NAMES[thing, '']} {NAMES['', key[1]]}"
    return f"{prefix.capitalize()} {name}".strip()


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


def tokens(text: str) -> list[Part]:
    """Return the words and joints of a text. Hyphens inside words count as spaces."""
    result = []
    for match in _WORD.finditer(text.lower()):
        word = match.group()
        if word == "-" and match.start() > 0 and text[match.start() - 1].isalnum():
            continue
        word = "and" if word == "&" else singular(word)
        sign = _SIGNS.get(word, "." if not word[0].isalnum() else "f" if word in _WORDS.filling else "x")
        result.append(Part(sign, word, ("", ""), *match.span()))
    return result


@lru_cache(maxsize=20_000)
def phrase(text: str) -> tuple[str, ...]:
    """Return the words of a name in the form that a text is searched for."""
    return tuple(token.word for token in tokens(text) if token.word.isalnum() or "/" in token.word[1:])


def _parts(text: str, lexicon: Lexicon) -> list[Part]:
    """Split a text into things, acts, joints and other words. The longest phrase at each position wins."""
    words = tokens(text)
    plain = tuple(token.word for token in words)
    parts: list[Part] = []
    at = 0
    while at < len(words):
        part, size = words[at], 1
        for length in lexicon.lengths.get(part.word, ()):
            ahead = plain[at : at + length]
            if ahead in lexicon.phrases:
                sign, key = lexicon.phrases[ahead]
                size = len(ahead)
                part = Part(sign, "", key, part.start, words[at + size - 1].end)
                break
        parts.append(part)
        at += size
    return parts


def mentions(text: str, lexicon: Lexicon) -> list[Mention]:
    """Return every service named in a text, in order."""
    parts = _parts(text, lexicon)
    phrases = _PHRASE.finditer("".join(part.sign for part in parts))
    return [mention for match in phrases for mention in _of_phrase(parts, *match.span())]


def _of_phrase(parts: list[Part], first: int, last: int) -> Iterator[Mention]:
    """Yield each thing of a phrase with each of its acts. "Service" is an act only if there is no other."""
    sign = parts[first].sign
    things = [at for at in range(first, last) if parts[at].sign in "OWwT"]
    acts = [at for at in range(first, last) if parts[at].sign == "A"]
    services = [at for at in range(first, last) if parts[at].sign == "S"]
    if sign in "OWw" or not (acts or services):
        yield from (_mention(parts[at].key, parts, at, at) for at in things)
    for at in things:
        for act in acts or services[: sign == "T"]:
            yield _mention((parts[at].key[0], parts[act].key[1]), parts, *sorted((at, act)))


def _mention(key: Key, parts: list[Part], first: int, last: int) -> Mention:
    before = [part.word for part in parts[max(0, first - 3) : first]]
    if before[-1:] == ["commercial"] and "residential" not in before and key[0] in THINGS:
        key = (f"commercial:{key[0]}", key[1])
    return Mention(key, label(key), parts[first].start, parts[last].end)


def keys_of(name: str) -> frozenset[Key]:
    """Return the services that a name means; empty if it contains none of the common words.

    "AC Repair - Commercial" is commercial too, although the word comes last.
    """
    keys = frozenset(mention.key for mention in mentions(name, _PLAIN))
    if not _COMMERCIAL.search(name) or _RESIDENTIAL.search(name):
        return keys
    return frozenset((f"commercial:{thing}" if thing in THINGS else thing, act) for thing, act in keys)


def common_parts(name: str) -> list[Part]:
    """Return the common things and acts of a name and its other words, in order."""
    return [part for part in _parts(name, _PLAIN) if part.sign != "."]


def own_words(name: str) -> frozenset[str]:
    """Return the words of a name that no common thing or act covers: `portable` and `rental`."""
    words = {part.word for part in common_parts(name) if part.word.isalpha() and len(part.word) > 2}
    return frozenset(words - _WORDS.filling - _WORDS.of_books)


def distinctive_parts(name: str) -> tuple[set[Key], frozenset[str]]:
    """Return the things and acts, each as a key, and the other words of a name that tell it apart from other names."""
    keys = {part.key for part in common_parts(name)}
    return {pair for thing, act in keys for pair in ((thing, ""), ("", act)) if any(pair)}, own_words(name)


def phrases_of(key: Key) -> list[str]:
    """Return the phrases of an act, or of a thing with its parts: a furnace is heating, and heating is no furnace."""
    return [text for term in TERMS for text in term.phrases if term.key == key or key[0] in _with_wider(term.key[0])]


def _with_wider(thing: str) -> Iterator[str]:
    while thing:
        yield thing
        thing = _WITHIN.get(thing, "")


def is_complete(key: Key) -> bool:
    """Return whether a key names an act, and not only a thing."""
    return key[1] != "" or key in _WHOLE


_PLAIN = Lexicon()
