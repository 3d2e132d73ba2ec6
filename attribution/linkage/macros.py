"""Normal forms as DuckDB macros: names, phones, emails, addresses, services, dates.

The macros are in sql/macros.sql. Here are the parts of them that are made from lists.
"""

from collections.abc import Iterable

import duckdb

from .comparing import SPANS
from .sql import Script
from .words import given_names, words

#: Formats of dates and times that offices use, after `tidy_when` has unified spellings.
_MONTH_FIRST, _DAY_FIRST = ("%m/%d/%Y",), ("%d/%m/%Y",)
_WORDED = ("%b %d %Y", "%B %d %Y", "%d %b %Y", "%d %B %Y", "%Y/%m/%d", "%Y%m%d")
_TIMES = ("", " %H:%M:%S", " %H:%M", " %I:%M %p", " %I:%M:%S %p", " %I %p", " %H:%M:%S.%f")
#: Consonants that are often doubled in names.
_DOUBLED = "bcdfglmnprstzvkx"
#: What `tidy_when` replaces, in order.
_SPELLINGS = (
    (r"\b(mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b[,.]?", " "),
    (r"\s*\(?\b([ecmp][sd]t|utc|gmt|akst|hst|z)\b\)?\s*$", ""),
    (r"(:\d\d(?:\.\d+)?)\s*(z|[+\-]\d\d:?\d\d)$", r"\1"),
    (r"(\d)(st|nd|rd|th)\b", r"\1"),
    (r"\bsept\b", "sep"),
    (r"([a-z])\.", r"\1"),
    (r",|\bat\b|\s-\s|@", " "),
    (r"\b(\d{1,2})[\- ]([a-z]{3,9})[\- ](\d{2,4})\b", r"\1 \2 \3"),
    (r"^\s*([a-z]{3,9})-(\d{1,2})-(\d{2,4})\b", r"\1 \2 \3"),
    (r"\b(\d{4})[.\-/](\d{1,2})[.\-/](\d{1,2})t?", r"\1/\2/\3 "),
    (r"\b(\d{1,2})[.\-/](\d{1,2})[.\-/](\d{2,4})\b", r"\1/\2/\3"),
    (r"(\d)\s*([ap])\s*m\b", r"\1 \2m"),
    (r"^\s*(\d{1,2}/\d{1,2}/|\d{1,2} [a-z]{3,9} |[a-z]{3,9} \d{1,2} +)(\d\d)(\s|$)", r"\120\2\3"),
    (r"\s+", " "),
)


def define(db: duckdb.DuckDBPyConnection) -> None:
    """Create the macros, and `given`, the table of first names with every name each may be short for."""
    Script("macros", **_values()).run(
        db,
        "texts",
        "phones",
        "emails",
        "addresses",
        "statuses",
        "services",
        "amounts",
        "dates",
    )
    names, groups = zip(*given_names(), strict=True)
    Script("records").rows(db, "given", [list(names), list(groups)])


def literal(text: str) -> str:
    """Quote a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def word_lists() -> dict[str, str]:
    """Return each list of words.json as a pattern and, with `_list` added to its name, as quoted values."""
    lists = {name: [*values] for name, values in words().items() if all(isinstance(word, str) for word in values)}
    return {name: "|".join(values).replace("'", "''") for name, values in lists.items()} | {
        f"{name}_list": ", ".join(map(literal, values)) for name, values in lists.items()
    }


def _values() -> dict[str, str]:
    undoubled = ordinals = "x"
    for letter in _DOUBLED:
        undoubled = f"replace({undoubled}, '{letter * 2}', '{letter}')"
    for word, short in words()["ordinals"].items():
        ordinals = f"replace({ordinals}, ' {word} ', ' {short} ')"
    tidied = "trim(lower(x))"
    for pattern, into in _SPELLINGS:
        tidied = f"regexp_replace({tidied}, {literal(pattern)}, {literal(into)}, 'g')"
    return word_lists() | {
        "doubled": "|".join(letter * 2 for letter in _DOUBLED),
        "undoubled": undoubled,
        "ordinal": f" (?:{'|'.join(words()['ordinals'])}) ",
        "ordinals": ordinals,
        "tidied": tidied,
        "right_hosts": ", ".join(map(literal, words()["email_hosts"].values())),
        "trade_bits": _bits(words()["trades"]),
        "subject_bits": _bits((pattern, 1 << at) for at, pattern in enumerate(words()["subjects"])),
        "action_bits": _bits(words()["actions"]),
        "time_steps": " ".join(f"WHEN days BETWEEN {a} AND {b} THEN '{step}'" for step, (a, b) in SPANS.items()),
        "month_first": _formats(_MONTH_FIRST),
        "day_first": _formats(_DAY_FIRST),
        "worded": _formats(_WORDED),
    }


def _bits(patterns: Iterable[tuple[str, int]]) -> str:
    return " | ".join(
        f"CASE WHEN regexp_matches(x, {literal(pattern)}) THEN {bit} ELSE 0 END" for pattern, bit in patterns
    )


def _formats(dates: tuple[str, ...]) -> str:
    return "[" + ", ".join(literal(date + time) for date in dates for time in _TIMES) + "]"
