"""The identifiers of a person, and the pattern that finds them in a text. Pure.

A pattern means the same to PostgreSQL (`~*`) and to Python, so that a row is found alike by both.
"""

import re
import string
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import idna

#: Separators between two digits of a phone number as people write it.
_GAP = "[^0-9a-z\"'<>,;:|]{0,3}"
#: Characters that are not seen, or look like a space, as the part of a set: soft hyphen, spaces that do not break, of
#: zero width or of special widths, marks of direction, variation selectors. A paste can bring them into an identifier.
UNSEEN = "\u00a0\u00ad\u034f\u061c\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\ufe00-\ufe0f\ufeff"
#: Those of them that look like a space.
SPACES = "\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f"
_UNSEEN = f"[{UNSEEN}]*"
#: Letters and digits of any script.
_WORD = re.compile(r"[^\W_]+")
#: Latin, Greek and Cyrillic letters and digits, as the part of a set. Names of some other scripts have no spaces around
#: them.
_LETTERS = "a-z0-9\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u052f\u1e00-\u1fff"
#: Accents as a second character, without U+034F, which is not seen.
_ACCENTS = "\u0300-\u034e\u0350-\u036f"
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
    """Match the address as typed, in a URL, and with the ASCII form of an international domain."""
    local, _, host = address.partition("@")
    mailbox = _spread(local).replace(r"\+", r"(?:\+|%2B)")
    hosts = "|".join(map(_spread, distinct([host, _ascii_host(host)])))
    return f"{_NO_MAIL_BEFORE}{mailbox}{_UNSEEN}(?:@|%40){_UNSEEN}(?:{hosts}){_NO_MAIL_AFTER}"


def _spread(text: str) -> str:
    """Match a text also with unseen characters between its characters."""
    return _UNSEEN.join(map(re.escape, text))


def _ascii_host(host: str) -> str:
    try:
        return host if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return ""


def _word(text: str) -> str:
    return f"(?<![a-z0-9]){_spread(text)}(?![a-z0-9])"


def _name(name: str) -> str:
    """Match the words of a name, with any marks between: phones type another apostrophe, and JSON escapes quotes.

    Exports also write Kate O'Brien as OBrien, Kate, and Mary Ann as Maryann.
    """
    parts = seen(name).split()
    orders = distinct(map(" ".join, (parts, [*parts[-1:], *parts[:-1]], [*parts[1:], *parts[:1]])))
    return "|".join(map(_words, orders))


def _words(name: str) -> str:
    words = _WORD.findall(unicodedata.normalize("NFC", name)) or name.split()
    apart = f"[{_LETTERS}{_ACCENTS}]"
    return f"(?<!{apart})" + f"[^{_LETTERS}]{{0,3}}".join(map(_letters, words)) + f"(?!{apart})" if words else ""


def _letters(word: str) -> str:
    """Match each letter with and without any accent, and an accent as a second character."""
    return "".join(map(_letter, word))


def _letter(char: str) -> str:
    plain = unicodedata.normalize("NFD", char.lower())[0]
    if plain not in _ACCENTED:
        return f"{re.escape(char)}{_UNSEEN}"
    # A single set: a character in two adjacent sets, such as U+034F, makes a search quadratic in its repetitions.
    return f"[{plain}{_ACCENTED[plain]}][{_ACCENTS}{UNSEEN}]*"


def _accented() -> dict[str, str]:
    """Return the Latin letters with accents, by the letter without."""
    letters = defaultdict(list)
    for char in map(chr, (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))):
        letter, marks = (apart := unicodedata.normalize("NFD", char))[0], apart[1:]
        if marks and char == char.lower():
            letters[letter].append(char)
    return {letter: "".join(letters[letter]) for letter in string.ascii_lowercase}


_ACCENTED = _accented()


def seen(typed: str) -> str:
    """Return a text as it is seen: without unseen characters; spaces of other kinds become plain ones."""
    spaced = "".join(" " if char.isspace() else char for char in typed)
    return re.sub(f"[{UNSEEN}]", "", spaced).strip()


def plain_email(typed: str) -> str:
    """Return an address in lower case, without unseen characters.

    A plain space inside stays, so that a form refuses it: without it, the text could be the address of another person.
    """
    return re.sub(f"[{UNSEEN}]", "", typed).strip().lower()


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """Return the values without empty ones and repetitions, in order."""
    return tuple(dict.fromkeys(value for value in values if value))
