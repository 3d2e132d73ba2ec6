"""Recognize prices and discounts of other parties. Pure."""

from .vocabulary import phrase_pattern

PRICES_OF_OTHERS = phrase_pattern("others", "prices_of_others")
_PAID = phrase_pattern("others", "paid")


def is_of_others(text: str) -> bool:
    """Return whether a text describes what another party gives.

    Examples: "Xcel pays a $400 rebate on a new furnace", "a competitor's flyer offers a $29 tune-up".
    """
    return bool(PRICES_OF_OTHERS.search(text) or _PAID.search(text))
