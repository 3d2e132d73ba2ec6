"""Refuse passwords that attackers try first: breached, common, on the keyboard in a row, or made of names they know."""

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError

#: zxcvbn estimates how many guesses a password takes; from this many, an online and a slow offline attack is hopeless.
LEAST_GUESSES = 10**10
#: The estimate takes quadratic time, and a password is strong enough long before.
LONGEST_ESTIMATED = 72
OURS = ("pagetojob", "page to job", "servicetitan", "service titan", "contractor")


class StrengthValidator:
    """Password validator based on zxcvbn, whose lists of breached passwords, names and words are part of the image."""

    def validate(self, password: str, user: Any = None) -> None:
        from zxcvbn import zxcvbn  # noqa: PLC0415 - its word lists take memory that only these forms need

        estimate = zxcvbn(password[:LONGEST_ESTIMATED], user_inputs=[*OURS, *_names(user)])
        if estimate["guesses"] < LEAST_GUESSES:
            raise ValidationError(
                "This password is too easy to guess: it is a known password, or made of common words, names, years or "
                "keys in a row. Use four or more unrelated words, or let a password manager make one.",
                code="password_too_easy",
            )

    def get_help_text(self) -> str:
        return "Your password can\u2019t be a known password, or common words, names, years or keys in a row."


def _names(user: Any) -> Iterable[str]:
    """Return what an attacker knows of a person: their name and address, and the names of their businesses."""
    if user is None:
        return []
    tenants = user.memberships.values_list("tenant__name", flat=True) if user.pk else []
    texts = [user.email, user.email.partition("@")[0], user.name, *tenants]
    words = [word for text in texts for word in re.split(r"[\W_]+", text) if len(word) > 2]
    return [*texts, *words]
