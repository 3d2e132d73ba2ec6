"""Hostile values, and the seeded choices among them.

Text holds raw bytes as lone surrogates (`surrogateescape`), so a value can be invalid UTF-8: encode it with `as_bytes`.
"""

import random
import uuid
from collections.abc import Sequence

from tests.support.naughty_strings import NAUGHTY_STRINGS

LONG = "x" * 10_000
INTEGERS = ("0", "00", "-1", "1.5", "1e9", str(2**31), str(2**63), str(2**64), str(-(2**63) - 1), "9" * 400, "٣", "²")
#: Python refuses to convert more than 4,300 digits.
DIGITS = "9" * 5_000
UUIDS = (
    str(uuid.UUID(int=0)),
    str(uuid.UUID(int=2**128 - 1)),
    "ABCDEF00-0000-4000-8000-000000000000",
    "{00000000-0000-4000-8000-000000000000}",
    "00000000000040008000000000000000",
    "00000000-0000-4000-8000-00000000000g",
)
DATES = (
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "2026-02-30",
    "2026-13",
    "0000-01",
    "0001-01",
    "9999-12",
    "2026-W01-1",
    "20261201",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "2026-12-01T25:61",
    "24:00",
)
BYTES = tuple(raw.decode("utf-8", "surrogateescape") for raw in (b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"a\x80"))
OTHERS = ("", " ", "\x00", "a\x00b", "\x85", "..", "../..", "%00", "%", ".", "/", "[]", "{}", "a" * 255, LONG, DIGITS)
ALL: tuple[str, ...] = (*NAUGHTY_STRINGS.values(), *INTEGERS, *UUIDS, *DATES, *BYTES, *OTHERS)
#: The values that most often break a lookup, a conversion or an insert.
KILLERS = ("\x00", BYTES[2], str(2**63), DIGITS, "0001-01-01", "9999-12-31T23:59:59")
#: Naughty values that are markup: an answer that contains one of them unescaped is a script injection.
MARKUP = tuple(NAUGHTY_STRINGS[name] for name in ("script", "image", "style"))


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


_FITTING = {"int": INTEGERS, "number": (*INTEGERS, DIGITS), "uuid": UUIDS} | dict.fromkeys(
    ("date", "month", "datetime-local", "time"), DATES
)


class Chance(random.Random):
    """The choices of one request; the same seed and index make the same choices."""

    def __init__(self, seed: int, index: int) -> None:
        super().__init__(f"{seed}:{index}")

    def happens(self, percent: float) -> bool:
        return self.random() * 100 < percent

    def of_groups(self, *choices: Sequence[str]) -> str:
        """Return a value of one of the groups; each group is as likely as any other."""
        return self.choice(self.choice([group for group in choices if group]))

    def hostile(self, kind: str = "") -> str:
        """Return a hostile value, more often than not one that looks like a value of its kind."""
        return self.of_groups(_FITTING.get(kind, ALL), ALL, KILLERS)
