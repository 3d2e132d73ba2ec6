"""Compare the facts of two readings of a page: what appeared, changed and vanished. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .compare.values import in_words

#: Fields that make a fact say something else about the same subject, in the order in which people read them.
_VALUES = ("price", "percent", "expires", "detail")
_DETAILS = ("from", "to", "state", "period", "visits", "months", "minutes")
#: Facts with a lower confidence open no finding and are not listed.
LEAST_CONFIDENCE = 0.6
APPEARED, CHANGED, VANISHED = "appeared", "changed", "vanished"

type StoredFact = Mapping[str, Any]


@dataclass(frozen=True)
class FactChange:
    """A fact that differs between two readings. `before` and `after` are texts for people; one may be empty."""

    what: str
    kind: str
    before: str
    after: str
    quote: str


def fact_changes(before: Iterable[StoredFact], after: Iterable[StoredFact]) -> list[FactChange]:
    """Return the differences between the stored facts of two readings, by kind and subject.

    A subject with several values, such as two prices of one service, changes if one of them does.
    """
    old, new = _by_subject(before), _by_subject(after)
    changes = []
    for subject in sorted(old.keys() | new.keys()):
        was, now = old.get(subject, {}), new.get(subject, {})
        gone, came = [text for text in was if text not in now], [text for text in now if text not in was]
        if not gone and not came:
            continue
        what = CHANGED if was and now else APPEARED if now else VANISHED
        shown = now[came[0]] if came else was[gone[0]]
        kind = str(shown["kind"]).replace("_", " ")
        changes.append(FactChange(what, kind, "; ".join(gone), "; ".join(came), str(shown["quote"])))
    return changes


def _by_subject(facts: Iterable[StoredFact]) -> dict[tuple[str, str], dict[str, StoredFact]]:
    """Group facts by kind and value; in a group, by the text of all that they state."""
    subjects: dict[tuple[str, str], dict[str, StoredFact]] = {}
    for fact in facts:
        if fact["confidence"] < LEAST_CONFIDENCE:
            continue
        key = (str(fact["kind"]), str(fact["value"]).casefold())
        subjects.setdefault(key, {}).setdefault(_text_of(fact), fact)
    return subjects


def _text_of(fact: StoredFact) -> str:
    parts = [in_words(str(fact["value"]))]
    for name in _VALUES:
        value = fact.get(name)
        if name == "price" and value:
            parts.append(f"${value}")
        elif name == "percent" and value:
            parts.append(f"{value}%")
        elif name == "expires" and value:
            parts.append(f"until {value}")
        elif name == "detail" and isinstance(value, Mapping):
            parts += [str(word) for key, word in sorted(value.items()) if key in _DETAILS]
    return ", ".join(parts)
