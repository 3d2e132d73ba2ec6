"""Contacts in the order anyone expects: what agrees in full is never worth less than what nearly does. Pure.

A regression does not know that. It found a phone in another area code worth more than the phone itself, since the few
pairs of which it was so were true.
"""

from collections.abc import Mapping

from .model import STRONG, feature


def in_order(weights: Mapping[str, float]) -> dict[str, float]:
    """These weights, with the near steps of a contact that are worth more than the full one lowered to it.

    All of `STRONG` count as one contact that agrees, so nothing else tells the steps of a contact apart.
    """
    found = dict(weights)
    for name, (full, *near) in STRONG.items():
        for step in near:
            found[feature(name, step)] = min(
                weights.get(feature(name, step), 0.0), weights.get(feature(name, full), 0.0)
            )
    return found
