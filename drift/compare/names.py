"""Decide whether two names mean the same thing: normalized words first, then fuzzy matching. Pure."""

import re

from drift.reading.guide import stems
from drift.reading.services import phrase
from drift.reading.vocabulary import topic

_WORDS = topic("names")
_PLAN = frozenset().union(*map(stems, _WORDS.plan))
_MONEY = re.compile(r"\$\s?[\d,.]+|\b\d+(?:\.\d+)?\s?%|\b\d+\b")

#: The words of `offer_words` that name an audience.
AUDIENCES = frozenset(_WORDS.audiences)


def plan_words(name: str) -> frozenset[str]:
    """Return the words that distinguish a plan: `Comfort Club` and `Comfort Plan` are both `comfort`."""
    return stems(name) - _PLAN


def offer_words(name: str) -> frozenset[str]:
    """Return the subject and audience of an offer, without numbers and small words."""
    for audience, pattern in _WORDS.audiences.items():
        name = pattern.sub(f" {audience} ", name)
    return frozenset(word for word in phrase(_MONEY.sub(" ", name)) if word not in _WORDS.filler)


def audiences(text: str) -> frozenset[str]:
    """Return the audiences that a text names, by the words of the vocabulary."""
    return frozenset(audience for audience, pattern in _WORDS.audiences.items() if pattern.search(text))


def fee_of(name: str) -> str:
    """Return the type of a fee, or an empty string if the name is not a fee."""
    return next((fee for fee, pattern in _WORDS.fees.items() if pattern.search(name)), "")
