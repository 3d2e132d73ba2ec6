"""Split visible text into sentences of units (words, names, punctuation) with their word classes. No I/O."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pagetojob.claims.guard_small_words import SMALL_WORDS
from pagetojob.claims.guard_words import CLAIM_WORDS

#: Punctuation that separates two clauses of a sentence.
BORDERS = frozenset(";:—()[]|•")
_STOPS = frozenset(".!?\n")
_TOKEN = re.compile(
    r"service(?:[ _*·/+-]{0,3}|\.)titan"
    r"|[^\W_]+(?:'[^\W_]+)*+"
    r"|\.{2,}|[-=]>|--+|(?<=\s)-(?=\s)|(?<=\s)/(?=\s)|&+|#+|[;:—()\[\]|•,.!?\n\"+→⇒➜➔⟶✅✓✔☑❌✗✘🚫☒✖]"
)
#: Digits used in place of letters. A "1" can be "i" or "l".
_SWITCHES = [str.maketrans("013457", "oieast"), str.maketrans("013457", "oleast")]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TAILS = _set("com org net io example dev app co us py html htm txt yaml yml json md csv pdf css js png svg")
_ABBREVIATED = _set("eg ie e g inc vs approx ltd corp mr mrs dr")
#: Classes whose phrases stay separate words: "we have" is an offer, and still a "we" and a "have".
_LOOSE = _set(
    "OFFER PRESENT YES ECHO STATE ASKING UNSAID SAY MODAL AHEAD ORDER GATED EFFORT WHEN BE MOVE GATEWORD LOOKAHEAD"
    " SELFDOING SHAM TRIGGER MANUALLY"
)
#: Classes of verbs. A sequence of words with one of them is a sentence.
FINITE = _set("BE AUX MOVE FLOW CONNECT ENDORSES PROCESS TRIGGER HOLD GRANT COMES SHOW USE ENTER FILL")


@dataclass(slots=True)
class Unit:
    """A word, a name of several words, or a punctuation mark. `start` and `end` are offsets in the visible text."""

    word: str
    start: int
    end: int
    kinds: frozenset[str]


@dataclass(slots=True)
class Sentence:
    """A sentence. `asks`: it ends in a question mark. `bullet`: it opens a list item.

    `heading`: it consists of a few words on a separate line.
    """

    units: list[Unit]
    asks: bool
    bullet: bool
    heading: bool


def _forms(verb: str) -> Iterator[str]:
    yield verb
    if verb.endswith("y") and verb[-2] not in "aeiou":
        yield from (verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing")
    elif verb.endswith("e"):
        yield from (verb + "s", verb + "d", verb[:-1] + "ing")
    else:
        yield from (verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "z")) else "s"), verb + "ed", verb + "ing")


def _parts(word: str) -> list[str]:
    """Split a contraction: "isn't" becomes "is" and "n't"."""
    if word.endswith("n't"):
        return [word[:-3], "n't"] if len(word) > 3 else [word]
    head, mark, tail = word.partition("'")
    return [head, mark + tail] if mark and head else [word]


def _split(phrase: str) -> tuple[str, ...]:
    if phrase.startswith("'"):  # the second part of a contraction: "'ll", "'s"
        return (phrase,)
    return tuple(part for token in _TOKEN.findall(phrase) for part in _parts(token))


#: Phrases by their first word, longest first, with their classes.
Phrases = dict[str, list[tuple[tuple[str, ...], frozenset[str]]]]


def _lexicon() -> tuple[dict[str, frozenset[str]], Phrases, Phrases]:
    """Return single words with their classes, phrases that become one unit, and phrases that only add a class."""
    singles: dict[str, set[str]] = {}
    closed: dict[tuple[str, ...], set[str]] = {}
    loose: dict[tuple[str, ...], set[str]] = {}
    for kind, entries in (CLAIM_WORDS | SMALL_WORDS).items():
        for entry in filter(None, (raw.strip() for raw in entries.split(","))):
            for form in _forms(entry[:-1]) if entry.endswith("~") else (entry,):
                words = _split(form)
                if len(words) == 1:
                    singles.setdefault(words[0], set()).add(kind)
                else:
                    (loose if kind in _LOOSE else closed).setdefault(words, set()).add(kind)
    for words in closed.keys() & loose.keys():
        closed[words] |= loose.pop(words)
    return {word: frozenset(kinds) for word, kinds in singles.items()}, _by_first(closed), _by_first(loose)


def _by_first(phrases: dict[tuple[str, ...], set[str]]) -> Phrases:
    table: Phrases = {}
    for words, kinds in sorted(phrases.items(), key=lambda item: -len(item[0])):
        table.setdefault(words[0], []).append((words, frozenset(kinds)))
    return table


WORDS, CLOSED, LOOSE = _lexicon()
_NOTHING: frozenset[str] = frozenset()
_MARKS = {
    **dict.fromkeys([*BORDERS, "-", "--", "/"], _set("BORDER END")),
    **dict.fromkeys([":", "|", "—", "-", "--", "•"], _set("BORDER END COLUMN")),
    **dict.fromkeys(_STOPS, _set("END")),
    ",": _set("COMMA END"),
    '"': _set("QUOTE"),
}
_LONGEST_GLUED = 80
_HEADING = 7


def kinds_of(word: str) -> frozenset[str]:
    """Return the classes of a word. Digits inside it count as the letters they resemble."""
    known = WORDS.get(word)
    if known is not None:
        return known
    if word.isalpha() or word.isdigit():
        return _NOTHING
    switched = (WORDS.get(word.translate(switch)) for switch in _SWITCHES)
    return _MARKS.get(word) or next(filter(None, switched), _NOTHING)


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of a visible text in order. A line break ends a sentence."""
    units: list[Unit] = []
    for token in _TOKEN.finditer(_lowered(text)):
        mark = token[0]
        if mark in _STOPS or mark[:2] == ".." or (mark == "•" and not units):
            if mark == "." and _inside(text, token.start(), units):
                continue
            if units or mark == "?":
                yield _sentence(units, mark[0], text)
                units = []
        elif mark in WORDS and "servicetitan" not in mark:
            units.append(Unit(mark, token.start(), token.end(), WORDS[mark]))
        else:
            units += _read(mark, token.start())
    if units:
        yield _sentence(units, "", text)


def _lowered(text: str) -> str:
    """Return the text in lower case with all offsets unchanged."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(char.lower() if len(char.lower()) == 1 else char for char in text)


def _inside(text: str, dot: int, units: list[Unit]) -> bool:
    """Return True if a period ends no sentence: in a number, file name, domain or abbreviation."""
    before, after = text[max(0, dot - 2) : dot], text[dot + 1 : dot + 12]
    initial = before[-1:].isalpha() and not before[:-1].isalnum()
    if initial and (before[0] == "." or after[:1].isalnum()):
        return True
    if units and units[-1].end == dot and units[-1].word in _ABBREVIATED:
        return True
    if not after or not after[0].isalnum():
        return False
    tail = re.match(r"[^\W_]+", after)
    return after[0].isdigit() or (tail is not None and tail[0].lower() in _TAILS)


def _sentence(units: list[Unit], mark: str, text: str) -> Sentence:
    bullet = bool(units) and text[max(0, units[0].start - 2) : units[0].start].strip() in {"•", "-", "*"}
    merged = _merge(units)
    end = units[-1].end if units else 0
    merged.append(Unit(mark, end, end, _MARKS["."]))
    return Sentence(merged, asks=mark == "?", bullet=bullet, heading=mark == "\n" and len(merged) <= _HEADING)


def _read(word: str, start: int) -> list[Unit]:
    if word.isalpha() and "titan" not in word:
        return [Unit(word, start, start + len(word), _NOTHING)]
    if word[:7] == "service" and word.endswith("titan") and len(word) <= 16:
        return [Unit("servicetitan", start, start + len(word), WORDS["servicetitan"])]
    if "servicetitan" in word:
        return list(_unglued(word, start))
    units, at = [], start
    for part in _parts(word):
        units.append(Unit(part, at, at + len(part), kinds_of(part)))
        at += len(part)
    return units


def _unglued(word: str, start: int) -> Iterator[Unit]:
    """Yield the words of a hashtag or a compound written as one: "certifiedservicetitanpartner"."""
    at = 0
    while at < len(word):
        size = next(
            (size for size in range(min(len(word) - at, _LONGEST_GLUED), 1, -1) if word[at : at + size] in WORDS), 1
        )
        piece = word[at : at + size]
        yield Unit(piece, start + at, start + at + size, kinds_of(piece) if size > 1 else _NOTHING)
        at += size


def _merge(units: list[Unit]) -> list[Unit]:
    """Merge names and idioms into one unit each; other known phrases add their class to their last word."""
    merged: list[Unit] = []
    at = 0
    while at < len(units):
        words, kinds = _phrase(units, at, CLOSED)
        if words:
            last = units[at + words - 1]
            merged.append(
                Unit(" ".join(unit.word for unit in units[at : at + words]), units[at].start, last.end, kinds)
            )
            at += words
        else:
            merged.append(units[at])
            at += 1
    for at in range(len(merged)):
        words, kinds = _phrase(merged, at, LOOSE)
        if words:
            last = merged[at + words - 1]
            last.kinds |= kinds
    return merged


def _phrase(units: list[Unit], at: int, table: Phrases) -> tuple[int, frozenset[str]]:
    for words, kinds in table.get(units[at].word, ()):
        if len(words) <= len(units) - at and all(units[at + n].word == word for n, word in enumerate(words)):
            return len(words), kinds
    return 0, _NOTHING


def has(units: list[Unit], at: int, *kinds: str) -> bool:
    """Return True if there is a unit at this place and it belongs to one of these classes."""
    return 0 <= at < len(units) and not units[at].kinds.isdisjoint(kinds)


def any_of(units: Iterable[Unit], *kinds: str) -> bool:
    """Return True if one of the units belongs to one of these classes."""
    return any(not unit.kinds.isdisjoint(kinds) for unit in units)
