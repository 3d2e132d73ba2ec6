"""The identifiers of a person, and the pattern that finds them in a text. Pure.

A pattern means the same to PostgreSQL (`~*`) and to Python, so that a row is found alike by both.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

#: Separators between two digits of a phone number as people write it.
_GAP = "[^0-9a-z\"'<>,;:|]{0,3}"
_NO_MAIL_BEFORE, _NO_MAIL_AFTER = "(?<![a-z0-9._%+-])", "(?![a-z0-9-])"


@dataclass(frozen=True)
class Person:
    """Identifiers of a person: a normalized phone number, a lower-case email address, references and a name."""

    name: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    @property
    def certain(self) -> str:
        """Return the pattern of phone, email and reference; empty if there are none."""
        return "|".join(
            [*map(_phone, self.phones), *map(_email, self.emails), *(_word(text) for text in self.references)]
        )

    @property
    def pattern(self) -> str:
        """Return the pattern of all identifiers, with the name."""
        return "|".join(part for part in (self.certain, _name(self.name)) if part)

    def certainly_in(self, text: str) -> bool:
        return bool(self.certain) and re.search(self.certain, text, re.IGNORECASE) is not None

    def in_text(self, text: str) -> bool:
        return re.search(self.pattern, text, re.IGNORECASE) is not None

    def lines_of(self, text: str) -> list[str]:
        """Return the lines that contain the person, for an export without the lines of other people."""
        return [line.strip() for line in text.splitlines() if self.in_text(line)]


def _phone(number: str) -> str:
    digits = re.sub("[^0-9]", "", number)
    national = digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
    return f"(?<![0-9])(?:1{_GAP})?{_GAP.join(national)}(?![0-9])"


def _email(address: str) -> str:
    local, _, host = address.partition("@")
    return f"{_NO_MAIL_BEFORE}{re.escape(local)}(?:@|%40){re.escape(host)}{_NO_MAIL_AFTER}"


def _word(text: str) -> str:
    return f"(?<![a-z0-9]){re.escape(text)}(?![a-z0-9])"


def _name(name: str) -> str:
    return "(?<![a-z0-9])" + "[^a-z0-9]{1,3}".join(map(re.escape, name.split())) + "(?![a-z0-9])" if name else ""


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """Return the values without empty ones and repetitions, in order."""
    return tuple(dict.fromkeys(value for value in values if value))
