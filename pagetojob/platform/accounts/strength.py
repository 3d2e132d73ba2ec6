"""Refuse passwords that attackers try first: breached, common, on the keyboard in a row, or made of names they know."""

import gzip
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

#: zxcvbn estimates how many guesses a password takes; from this many, an online and a slow offline attack is hopeless.
LEAST_GUESSES = 10**10
#: The estimate takes quadratic time, and a password is strong enough long before.
LONGEST_ESTIMATED = 72
#: A word of fewer letters is in too many passwords to count as a name.
SHORTEST_NAME = 3
#: A shorter name does not make the words next to it easier to guess: "a long new sentence" has `new` of
#: new@oak.example.
SHORTEST_JOINED = 6
#: With fewer letters next to known names, digits and separators, a password is made of these names.
LEAST_OWN_LETTERS = 6
#: Breached passwords of 12 characters or more, in lower case: those among the million most frequent of the ten million
#: that Mark Burnett published. The lists of zxcvbn have few that long.
BREACHED = Path(__file__).with_name("breached_passwords.txt.gz")
OURS = ("pagetojob", "page to job", "servicetitan", "service titan", "contractor")


class StrengthValidator:
    """Password validator: a list of breached passwords, and zxcvbn with lists of common passwords, names and words."""

    def validate(self, password: str, user: Any = None) -> None:
        from zxcvbn import zxcvbn  # noqa: PLC0415 - its word lists take memory that only these forms need

        names = [*OURS, *_names(user)]
        if is_made_of(names, password):
            raise ValidationError(
                "This password is made of names that others know, such as your name, your email address, or the name "
                "or web address of your business. Use four or more unrelated words, or let a password manager make "
                "one.",
                code="password_of_names",
            )
        estimates = (zxcvbn(form[:LONGEST_ESTIMATED], user_inputs=names) for form in _forms(password, names))
        if any(estimate["guesses"] < LEAST_GUESSES for estimate in estimates) or is_breached(password):
            raise ValidationError(
                "This password is too easy to guess: it is a known password, or made of common words, names, years or "
                "keys in a row. Use four or more unrelated words, or let a password manager make one.",
                code="password_too_easy",
            )

    def get_help_text(self) -> str:
        return "Your password can\u2019t be a known password, or common words, names, years or keys in a row."


def is_breached(password: str) -> bool:
    """Return whether a password is on the list, in any case. Takes a few milliseconds and keeps nothing in memory."""
    with gzip.open(BREACHED, "rt", encoding="utf-8") as lines:
        return f"{password.lower()}\n" in lines


def is_made_of(names: Iterable[str], password: str) -> bool:
    """Return whether almost nothing but known names, digits and separators is in a password."""
    rest = _letters(password)
    for name in sorted({_letters(name) for name in names}, key=len, reverse=True):
        if len(name) >= SHORTEST_NAME:
            rest = rest.replace(name, " ")
    return " " in rest and len(rest.replace(" ", "")) < LEAST_OWN_LETTERS


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text).lower()


def _forms(password: str, names: Iterable[str]) -> Iterable[str]:
    """Return the password, and without its separators if a known name of some length is in it.

    The estimate takes `-peak-2026` for a random text, and attackers try a name with each separator.
    """
    yield password
    joined = _joined(password)
    if any(len(_joined(name)) >= SHORTEST_JOINED and _joined(name).lower() in joined.lower() for name in names):
        yield joined


def _joined(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def _names(user: Any) -> Iterable[str]:
    """Return what an attacker knows of a person: their name and address, and the names of their businesses.

    The address of a business counts in one word as well: `desertpeak` is as easy as `desert-peak`.
    """
    if user is None:
        return []
    rows = user.memberships.values_list("tenant__name", "tenant__slug", "tenant__public_hosts__host") if user.pk else []
    tenants = [text for name, slug, host in rows for text in (name, slug, slug.replace("-", ""), host or "")]
    texts = [user.email, user.email.partition("@")[0], user.name, *tenants]
    words = [word for text in texts for word in re.split(r"[\W_]+", text) if len(word) >= SHORTEST_NAME]
    return [*texts, *words]
