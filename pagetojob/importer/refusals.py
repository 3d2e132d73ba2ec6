"""Cell content that no table accepts: formulas, secrets, personal data. Pure; every pattern runs in linear time.

A refusal states what a cell looks like and how to fix it, and never repeats the cell.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from pagetojob.platform.credentials import rules as credentials
from pagetojob.platform.credentials.rules import as_read, credential_in


class Reason(StrEnum):
    FORMULA = "formula"
    SECRET = "secret"  # noqa: S105 - a word, not one
    PERSONAL = "personal data"


ADVICE = {
    Reason.FORMULA: "A spreadsheet would run it. Paste the values instead of the formulas.",
    Reason.SECRET: credentials.ADVICE,
    Reason.PERSONAL: "A map of services does not need personal data. Remove or redact the column.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Reason why a cell is rejected, with a description such as `an email address`."""

    reason: Reason
    what: str

    @property
    def advice(self) -> str:
        return ADVICE[self.reason]


_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_DASHES = re.compile(r"-{1,3}")

_LONG_WORD = re.compile(r"[A-Za-z0-9+_]{24,}")
_SECRET_HEADING = re.compile(
    r"\b(?:client ?secret|api ?key|app ?key|secrets?|passwords?|passwd|tokens?|credentials?|private ?key)\b"
)

_EMAIL = re.compile(r"[^\s@]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}", re.IGNORECASE)
_SOCIAL = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_PHONE_WRITTEN = re.compile(r"(?<![\w.-])(?:\+?1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]{0,2}\d{3}[ .-]\d{4}(?![\d-])")
_PHONE_ABROAD = re.compile(r"(?<!\w)\+\d(?:[ ().-]{0,2}\d){7,14}")
_PHONE_BARE = re.compile(r"(?<!\d)1?[2-9]\d{2}[2-9]\d{6}(?!\d)")
#: Minimum number of digits in any match of the five patterns above.
_FEWEST_DIGITS = 8
_PHONE_HEADING = re.compile(r"\b(?:phones?|mobile|cell|cellphone|tel|telephone|fax)\b")


def refusal_of(cell: str, *, heading: str = "") -> Refusal | None:
    """Return why a cell is rejected, or None if it is accepted. `heading` is its column's normalized heading.

    Reports the most serious reason: text that starts with dashes may be a private key, and a leading plus may be a
    phone number.
    """
    if not cell:
        return None
    seen = as_read(cell)
    return _secret(seen, heading) or _personal(seen, heading) or _formula(cell, seen)


def holds_secret(text: str) -> bool:
    """Return whether a text contains a secret and must not be displayed again."""
    return _secret(as_read(text), "") is not None


def _formula(cell: str, seen: str) -> Refusal | None:
    if _DASHES.fullmatch(seen.strip()):
        return None
    starts = cell.startswith(_FORMULA_STARTS) or seen.lstrip().startswith(_FORMULA_STARTS)
    return Refusal(Reason.FORMULA, "a formula") if starts else None


def _secret(seen: str, heading: str) -> Refusal | None:
    if heading and _names_a_secret(heading) and seen.strip():
        return Refusal(Reason.SECRET, "a secret, judging by its heading")
    if what := credential_in(seen):
        return Refusal(Reason.SECRET, what)
    if any(_is_random(word) for word in _LONG_WORD.findall(seen)):
        return Refusal(Reason.SECRET, "a key or a token")
    return None


@lru_cache(maxsize=512)
def _names_a_secret(heading: str) -> bool:
    """Return whether a heading announces secrets. Cached, because it is called for every cell below the heading."""
    return _SECRET_HEADING.search(heading) is not None


def _is_random(word: str) -> bool:
    """Return whether a long word has digits scattered among its letters. A number alone is an id."""
    hexadecimal = len(word) >= 32 and bool(re.fullmatch(r"[0-9a-fA-F]+", word))
    return not word.isdigit() and (hexadecimal or len(re.findall(r"[0-9]+", word)) >= 3)


def _personal(seen: str, heading: str) -> Refusal | None:
    if "@" in seen and _EMAIL.search(seen):
        return Refusal(Reason.PERSONAL, "an email address")
    if sum(map(str.isdigit, seen)) < _FEWEST_DIGITS:
        return None
    if _SOCIAL.search(seen):
        return Refusal(Reason.PERSONAL, "a social security number")
    if any(_is_card(number) for number in _CARD.findall(seen)):
        return Refusal(Reason.PERSONAL, "a card number")
    if _is_phone(seen, heading):
        return Refusal(Reason.PERSONAL, "a phone number")
    return None


def _is_phone(seen: str, heading: str) -> bool:
    """Return whether a cell contains a phone number. Ten bare digits may be an id, so the heading decides."""
    if _PHONE_WRITTEN.search(seen) or _PHONE_ABROAD.search(seen):
        return True
    alone = seen.strip().isdigit() and not _PHONE_HEADING.search(heading)
    return not alone and bool(_PHONE_BARE.search(seen))


def _is_card(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    if digits[0] not in "3456" or len(digits) > 19:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
