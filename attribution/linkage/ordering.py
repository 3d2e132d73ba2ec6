"""Enforces the order of contact weights: full agreement is never worth less than partial agreement.

A regression does not guarantee that. It once weighted a phone with another area code higher than the same phone,
because the few such pairs were true.
"""

from collections.abc import Mapping

from .model import STRONG, feature


def in_order(weights: Mapping[str, float]) -> dict[str, float]:
    """Return the weights with partial agreement of a contact limited to the weight of full agreement.

    All steps in `STRONG` count equally as one agreeing contact, so no other feature separates the steps of a contact.
    """
    ordered = dict(weights)
    for name, (full, *near) in STRONG.items():
        for step in near:
            ordered[feature(name, step)] = min(
                weights.get(feature(name, step), 0.0), weights.get(feature(name, full), 0.0)
            )
    return ordered
