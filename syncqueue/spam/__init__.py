"""Decides whether the text of a request looks like spam, by a weighted sum of rules. Pure.

Weights are log-odds: evidence of an offer, a scam or a machine is positive, evidence of a customer is negative.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .phrases import rules
from .signals import SIGNALS, Request

#: Sum of the weights of a request that matches no rule.
BIAS = -2.6
#: A request is spam above this sum. Marking a customer is worse than missing spam, so it is above zero.
THRESHOLD = 1.2
_MOST_REASONS = 5


@dataclass(frozen=True)
class Verdict:
    spam: bool
    score: float
    reasons: list[str]


def classify(fields: Mapping[str, object]) -> Verdict:
    """Return whether a request looks like spam, and the reasons, strongest first.

    `fields` are those of `POST /api/v1/leads`; `seconds_to_submit` and `same_address_last_10_min` may be absent.
    Reads at most 4,000 characters of each field.
    """
    contributions = list(evidence(Request(fields)))
    score = BIAS + sum(weight for _, _, weight in contributions)
    spam = score > THRESHOLD
    strongest = sorted(contributions, key=lambda row: -row[2])
    reasons = dict.fromkeys(reason for _, reason, weight in strongest if weight > 0)
    return Verdict(spam, score, list(reasons)[:_MOST_REASONS] if spam else [])


def evidence(request: Request) -> Iterator[tuple[str, str, float]]:
    """Yield name, reason and weight of each rule that matches."""
    for rule, matched in zip(rules(), request.matched, strict=True):
        if matched:
            yield rule.name, rule.reason, rule.weight * min(len(matched), rule.most)
    for signal in SIGNALS:
        if signal.seen(request):
            yield signal.name, signal.reason, signal.weight
