"""Selects the pairs to compare: records that share a key within the lead's window, unless the key is too common.

A key value that would produce more pairs than its limit is ignored (a property manager's phone, a common name in a big
city); narrower keys then find its pairs. That keeps the number of pairs nearly linear in the number of records.
"""

from dataclasses import dataclass, replace

import duckdb

from .comparing import FIRM_HEAD
from .macros import literal
from .sql import Script


@dataclass(frozen=True, slots=True)
class Key:
    """A key that two records may share, as SQL, and the most pairs that one of its values may produce."""

    name: str
    sql: str
    limit: int = 100


#: List keys: every phone and email of a record is a separate key.
LISTS = (
    Key("phone", "phones", 2_500),
    Key("email", "emails", 2_500),
    Key("turns", "turns || coalesce(text_names, [])"),
    Key("given zip", "list_transform(given, lambda g: g || '|' || zip || '|' || left(last, 2))"),
    Key("heard zip", "list_transform(heard, lambda g: g || '|' || zip)", 60),
    Key("mentioned zip", "list_transform(mentioned, lambda w: w || '|' || zip)", 60),
    Key("door", "list_distinct(list_filter([spot, noted_spot], lambda d: d IS NOT NULL))", 400),
    Key(
        "firm",
        f"list_distinct(list_filter([left(firm, {FIRM_HEAD}), left(joined, {FIRM_HEAD})], lambda f: f IS NOT NULL))",
        400,
    ),
)
KEYS = (
    Key("mailbox", "CASE WHEN length(split_part(emails[1], '@', 1)) > 5 THEN split_part(emails[1], '@', 1) END"),
    Key("phone head", "left(phones[1], 6) || '|' || left(last, 3)"),
    Key("who by bones", "least(first_bones, last_bones) || '|' || greatest(first_bones, last_bones)"),
    Key("bones zip", "last_bones || '|' || zip || '|' || left(first, 1)"),
    Key("bones town", "last_bones || '|' || city || '|' || left(first, 1)"),
    Key("initial last", "left(first, 1) || '|' || last"),
    Key("last", "last", 60),
    Key("last zip", "last || '|' || zip"),
    Key("house zip", "house || '|' || zip"),
    Key("house city", "house || '|' || city || '|' || left(root, 2)"),
    Key("unit", "spot || '|' || unit"),
    Key("who zip", "least(first, last) || '|' || greatest(first, last) || '|' || zip"),
)
#: Keys too common on their own: the job must fall in the same span of days as the lead, or in the next one.
THEN = (
    (14, Key("phone then", "phones[1]", 400)),
    (14, Key("firm then", f"coalesce(left(firm, {FIRM_HEAD}), left(joined, {FIRM_HEAD}))", 400)),
    (14, Key("door then", "spot")),
    (4, Key("last zip then", "last || '|' || zip")),
)
#: The same for list keys. Half of all pairs have only a word, the trade and the day in common, and one in a thousand of
#: them is likely, so the limit is low.
LISTS_THEN = ((3, Key("word service then", "list_transform(words, lambda w: w || '|' || trade)", 15)),)
#: The last bits of a mark encode the limit of its key.
_CODES = {
    limit: code
    for code, limit in enumerate(
        sorted({key.limit for key in (*LISTS, *KEYS, *(key for _, key in (*THEN, *LISTS_THEN)))})
    )
}
_CODE_BITS = 7
#: Mask of the hash bits, so that a mark fits a signed 64-bit integer in every engine.
_HASH_BITS = 2**63 - 1 - _CODE_BITS
assert len(_CODES) <= _CODE_BITS + 1


def pair(db: duckdb.DuckDBPyConnection, *, window_days: int, tolerance_days: int) -> int:
    """Make `pairs` (pair, l, r), numbered from 1, and return how many there are."""
    script = Script("pairs", window_days=window_days, tolerance_days=tolerance_days)
    for kind, side in (("leads", "lead"), ("jobs", "job")):
        values, marks = _marks(next_too=kind == "leads")
        span = {end: script.text(f"{side}_{end}") for end in ("since", "until")}
        script.run(db, "keys", kind=kind, values=values, marks=marks, **span)
    limits = " ".join(f"WHEN {code} THEN {limit}" for limit, code in _CODES.items())
    script.run(db, "pairs", code_bits=_CODE_BITS, limits=limits)
    return int(script.rows(db, "count")[0][0])


def _span(days: int, later: int) -> str:
    return f"(datediff('day', DATE '2000-01-01', seen_on) // {days} + {later})"


def _marks(*, next_too: bool) -> tuple[str, str]:
    """Return SQL for the values of all keys as columns, and for the list of their marks.

    A mark is a hash of the key's name and value, with the limit encoded in its last bits. It is null if the value is.
    """
    nexts = (0, 1) if next_too else (0,)
    singles = [
        *KEYS,
        *(replace(key, sql=f"{key.sql} || '|' || {_span(days, later)}") for days, key in THEN for later in nexts),
    ]
    lists = [
        *LISTS,
        *(
            replace(key, sql=f"list_transform({key.sql}, lambda k: k || '|' || {_span(days, later)})")
            for days, key in LISTS_THEN
            for later in nexts
        ),
    ]
    values = [f"({key.sql}) AS one{at}" for at, key in enumerate(singles)]
    values += [f"({key.sql}) AS many{at}" for at, key in enumerate(lists)]

    def mark(key: Key, value: str) -> str:
        return f"(hash({literal(key.name)}, {value}) & {_HASH_BITS}::UBIGINT) | {_CODES[key.limit]}"

    single_marks = [f"CASE WHEN one{at} IS NOT NULL THEN {mark(key, f'one{at}')} END" for at, key in enumerate(singles)]
    parts = [f"[{', '.join(single_marks)}]"]
    parts += [f"list_transform(coalesce(many{at}, []), lambda x: {mark(key, 'x')})" for at, key in enumerate(lists)]
    return ", ".join(values), " || ".join(parts)
