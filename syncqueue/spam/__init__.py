"""Decides whether the text of a request looks like spam, by rules and by learned weights of words. Pure.

Scores are log-odds: evidence of an offer, a scam or a machine is positive, evidence of a customer is negative.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from . import text_model
from .phrases import rules
from .request import Request
from .signals import SIGNALS

#: Sum of the weights of a request that matches no rule.
BIAS = -2.6
#: Share of the rules in the score, fitted on sets that neither the rules nor the learned weights had seen.
RULES = 0.5
#: Signals of at least the first weight count fully; one of at least the second is enough alone.
_CERTAIN = frozenset(signal.name for signal in SIGNALS if signal.weight >= 4)
_DECISIVE = frozenset(signal.name for signal in SIGNALS if signal.weight >= 6)
#: A request is spam above this score. Marking a customer is worse than missing spam, so it is above zero.
THRESHOLD = 1.2
_WORDS_OF_A_REASON = 3
_MOST_REASONS = 5


@dataclass(frozen=True)
class Verdict:
    spam: bool
    reasons: list[str]


def classify(fields: Mapping[str, object]) -> Verdict:
    """Return whether a request looks like spam, and the reasons, strongest first.

    `fields` are those of `POST /api/v1/leads`; `seconds_to_submit` and `same_address_last_10_min` may be absent.
    Reads at most 4,000 characters of each field.
    """
    request = Request(fields)
    contributions = list(evidence(request))
    spam = is_spam(contributions, text_model.score(request))
    return Verdict(spam, _reasons(request, contributions) if spam else [])


def is_spam(contributions: Sequence[tuple[str, str, float]], text_score: float) -> bool:
    """Return whether the rules that match and the learned weights together speak for spam."""
    total = BIAS + sum(weight for _, _, weight in contributions)
    certain = sum(weight for name, _, weight in contributions if name in _CERTAIN)
    decisive = any(name in _DECISIVE for name, _, _ in contributions)
    return decisive or RULES * total + (1 - RULES) * certain + text_score > THRESHOLD


def _reasons(request: Request, contributions: Sequence[tuple[str, str, float]]) -> list[str]:
    strongest = sorted(contributions, key=lambda row: -row[2])
    reasons = list(dict.fromkeys(reason for _, reason, weight in strongest if weight > 0))[:_MOST_REASONS]
    words = ", ".join(text_model.strongest_words(request, _WORDS_OF_A_REASON))
    if words:
        return [*reasons, f"its text looks like an offer: {words}"]
    return reasons or ["its text looks like an offer"]


def evidence(request: Request) -> Iterator[tuple[str, str, float]]:
    """Yield name, reason and weight of each rule that matches."""
    for rule, matched in zip(rules(), request.matched, strict=True):
        if matched:
            yield rule.name, rule.reason, rule.weight * min(len(matched), rule.most)
    for signal in SIGNALS:
        if signal.seen(request):
            yield signal.name, signal.reason, signal.weight
