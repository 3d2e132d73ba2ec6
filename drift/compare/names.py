"""Decide whether two names mean the same thing: normalized words first, then fuzzy matching. Pure."""

import re

from drift.reading.guide import stems
from drift.reading.services import phrase
from drift.reading.vocabulary import phrase_table, word_set

_PLAN = frozenset().union(*map(stems, word_set("names", "plan")))
_MONEY = re.compile(r"\$\s?[\d,.]+|\b\d+(?:\.\d+)?\s?%|\b\d+\b")
_FILLER = word_set("names", "filler")

_AUDIENCES = phrase_table("names", "audiences")
_FEES = phrase_table("names", "fees")
#: The words of `offer_words` that name an audience.
AUDIENCES = frozenset(_AUDIENCES)


def plan_words(name: str) -> frozenset[str]:
    """Return the words that distinguish a plan: `Comfort Club` and `Comfort Plan` are both `comfort`."""
    return stems(name) - _PLAN


def offer_words(name: str) -> frozenset[str]:
    """Return the subject and audience of an offer, without numbers and small words."""
    for audience, pattern in _AUDIENCES.items():
        name = pattern.sub(f" {audience} ", name)
    return frozenset(word for word in phrase(_MONEY.sub(" ", name)) if word not in _FILLER)


def audiences(text: str) -> frozenset[str]:
    """Return the audiences that a text names, by the words of the vocabulary."""
    return frozenset(audience for audience, pattern in _AUDIENCES.items() if pattern.search(text))


def fee_of(name: str) -> str:
    """Return the type of a fee, or an empty string if the name is not a fee."""
    return next((fee for fee, pattern in _FEES.items() if pattern.search(name)), "")
