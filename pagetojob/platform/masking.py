"""Masked forms of personal values, for people who have not given a reason to see them. Pure."""

import re

HIDDEN = "•••"

_EMAIL = re.compile(r"\S+@\S+")
_LONG_NUMBER = re.compile(r"\+?\d[\d\s().-]{5,}\d")


def name(value: str) -> str:
    """Return first letters only: `Jamie Rivera` becomes `J… R…`."""
    return " ".join(f"{part[0]}…" for part in value.split()[:4])


def initials(value: str) -> str:
    """Return the first letters of at most three words: `Jamie Rivera` becomes `J. R.`"""
    return " ".join(f"{part[0].upper()}." for part in value.split()[:3])


def phone(value: str) -> str:
    """Return the last two digits: `(602) 555-0199` becomes `••• 99`."""
    digits = [character for character in value if character.isdigit()]
    return f"{HIDDEN} {''.join(digits[-2:])}" if len(digits) > 4 else HIDDEN


def email(value: str) -> str:
    """Return first letter and top-level domain: `jamie@example.com` becomes `j…@….com`; for an invalid address,
    dots.
    """
    match = re.fullmatch(r"(\S)\S*@\S+\.([A-Za-z]{2,24})", value.strip())
    return f"{match[1]}…@….{match[2]}" if match else HIDDEN


def text(value: str) -> str:
    """Return only the length: `No cold air.` becomes `(12 characters)`."""
    return f"({len(value)} characters)" if value else ""


def shape(value: str) -> str:
    """Return a text whose form is visible: `Jamie (602) 555-0199` becomes `J… (•••) •••-••99`."""
    words = re.sub(r"([^\W\d_])[^\W\d_]+", r"\1…", value)
    digits = sum(character.isdigit() for character in words)
    shown = range(digits - 2, digits) if digits > 4 else ()
    place = iter(range(digits))
    return "".join("•" if mark.isdigit() and next(place) not in shown else mark for mark in words)


def contacts_in(value: str) -> str:
    """Return a text, such as a mail server's error, with what looks like an email address or phone number hidden."""
    return _LONG_NUMBER.sub(_hide_long, _EMAIL.sub(f"{HIDDEN}@{HIDDEN}", value))


def _hide_long(match: re.Match[str]) -> str:
    """Hide numbers of at least seven digits: a phone number has that many, a mail server's `535 5.7.8` has not."""
    return HIDDEN if sum(mark.isdigit() for mark in match[0]) >= 7 else match[0]
