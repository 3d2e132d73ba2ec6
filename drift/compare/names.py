"""Are two names one thing? Normalised words first, fuzzy only above a stated score. Pure."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from rapidfuzz import fuzz, process

from drift.reading.services import phrase
from drift.reading.wordset import wordset

#: Of 100. At 90 two names of ten letters differ in one; "Silver Plan" and "Gold Plan" stay apart.
FUZZY = 90
_PLAN = wordset("plan club membership program agreement maintenance member the our service vip")
_MONEY = re.compile(r"\$\s?[\d,.]+|\b\d+(?:\.\d+)?\s?%|\b\d+\b")
_FILLER = wordset(
    "off any all a an the of on for with your our special offer coupon deal get save only now just up to new "
    "free limited time saving and reg regular price discount instant in by or"
)

#: For whom an offer is, in the words of any page: a discount for veterans is the military discount.
_AUDIENCES = tuple(
    (re.compile(pattern, re.IGNORECASE), f" {word} ")
    for word, pattern in (
        (
            "newcustomer",
            (
                r"\b(?:new (?:customer|client|homeowner|neighbor|member)s?|first[\s-](?:time|visit|service|job|repair|"
                r"appointment|call|order|treatment|project)s?(?:[\s-](?:customer|client|caller|buyer|homeowner)s?)?)\b"
            ),
        ),
        ("military", r"\b(?:military|veterans?|active[\s-]duty|service ?(?:members|men|women)|armed forces|vets)\b"),
        ("responder", r"\b(?:first responders?|police|fire ?fighters?|emts?|paramedics?|law enforcement)\b"),
        (
            "senior",
            (
                r"\b(?:seniors?|retirees?|(?:age |over )6[025]|6[025](?:\+| (?:and|or|years?) (?:\w+ )?"
                r"(?:older|over|up|better)))(?!\w)"
            ),
        ),
        ("referral", r"\b(?:referrals?|refer(?:ring)? (?:a |your )?(?:friends?|neighbors?)?)\b"),
        ("teacher", r"\b(?:teachers?|educators?)\b"),
    )
)

#: Words that two names of one thing may differ in.
SMALL = wordset("a an the of for with and or in on to per up each your our installed install gal gallon ft foot")
#: Sorts of fees: a diagnostic fee and a trip fee are two prices.
_FEES = (
    ("after hours", re.compile(r"after[\s-]?hours|emergency|weekend|holiday", re.IGNORECASE)),
    ("diagnostic", re.compile(r"diagnos", re.IGNORECASE)),
    ("service call", re.compile(r"service[\s-]?call|call[\s-]?out", re.IGNORECASE)),
    ("trip", re.compile(r"\btrip\b|travel|dispatch", re.IGNORECASE)),
    ("inspection", re.compile(r"inspection|evaluation|assessment", re.IGNORECASE)),
    ("tune-up", re.compile(r"tune-?\s?up|maintenance", re.IGNORECASE)),
    ("hourly", re.compile(r"hourly|per hour", re.IGNORECASE)),
)


@lru_cache(maxsize=50_000)
def words(name: str) -> str:
    """A name in small letters, singular, without signs."""
    return " ".join(phrase(name))


def plan_words(name: str) -> str:
    """What tells one plan from another: `Comfort Club` and `Comfort Plan` are both `comfort`."""
    kept = [word for word in phrase(name) if word not in _PLAN]
    return " ".join(kept)


def offer_words(name: str) -> frozenset[str]:
    """What an offer is about and for whom, its numbers and small words left out."""
    for pattern, word in _AUDIENCES:
        name = pattern.sub(word, name)
    return frozenset(word for word in phrase(_MONEY.sub(" ", name)) if word not in _FILLER)


def closest(name: str, among: Mapping[str, object] | Iterable[str]) -> str:
    """The one most like a name, if it is like it beyond doubt; empty otherwise."""
    choices = list(among)
    best = process.extractOne(name, choices, scorer=fuzz.ratio, score_cutoff=FUZZY) if name and choices else None
    return str(best[0]) if best else ""


def fee_of(name: str) -> str:
    """The sort of a fee; empty for what is none."""
    return next((fee for fee, pattern in _FEES if pattern.search(name)), "")
