"""Strict JSON parser for untrusted input, so that a text has one meaning only. Pure: bytes in, plain values out.

In addition to invalid grammar it refuses a byte order mark, text that is not UTF-8, duplicate names in one object, NaN
and Infinity, numbers that do not fit a double or 64 bits, NUL characters, lone surrogates, and nesting beyond a depth.
Other parsers, the database and a hash treat these differently.
"""

import json
import math
import re
from collections import Counter
from typing import Any, NoReturn

DEEPEST = 8
_LONGEST_NUMBER = 40
_INT64 = 2**63
#: Possessive, and accepts a text that never ends: each byte is read once.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class BadJson(Exception):
    """Invalid JSON. The message is for people; `pointer` is a JSON pointer to the place, if known."""

    def __init__(self, message: str, *, pointer: str | None = None) -> None:
        super().__init__(message)
        self.pointer = pointer


def loads(data: bytes, *, deepest: int = DEEPEST) -> Any:
    """Parse `data`. The caller limits its size. Raises BadJson.

    Linear in the size of `data`; the depth is checked before any value is built.
    """
    if not data.strip():
        raise BadJson("The body is empty. Send a JSON object, with a Content-Length.")
    if _depth_passes(data, deepest):
        raise BadJson(f"The body is nested deeper than {deepest} levels.")
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except UnicodeDecodeError as error:
        raise BadJson(f"The body is not UTF-8: byte {error.start + 1} is invalid.") from None
    except json.JSONDecodeError as error:
        raise BadJson(f"The body is not JSON: line {error.lineno}, column {error.colno}.") from None
    _refuse_unstorable(value, "")
    return value


def pointer(*steps: str | int) -> str:
    """Return a JSON pointer as a URI fragment, `#/consent/given`, with each name cut to 60 characters."""
    return "#" + "".join("/" + str(step)[:60].replace("~", "~0").replace("/", "~1") for step in steps)


def _depth_passes(data: bytes, deepest: int) -> bool:
    depth = 0
    for token in _TOKEN.finditer(data):
        first = token.group()[:1]
        depth += (first in b"[{") - (first in b"]}")
        if depth > deepest:
            return True
    return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parsed = dict(pairs)
    if len(parsed) != len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        shown = twice[:60] if twice.isprintable() else "of unprintable characters"
        raise BadJson(f"The name {shown!r} occurs twice in one object.")
    return parsed


def _no_constant(text: str) -> NoReturn:
    raise BadJson(f"{text} is not a JSON number.")


def _float(text: str) -> float:
    value = float(text) if len(text) <= _LONGEST_NUMBER else math.inf
    if not math.isfinite(value):
        raise BadJson("A number is too large or has too many digits.")
    return value


def _int(text: str) -> int:
    value = int(text) if len(text) <= _LONGEST_NUMBER else _INT64
    if not -_INT64 <= value < _INT64:
        raise BadJson("A whole number does not fit into 64 bits.")
    return value


def _refuse_unstorable(value: Any, where: str) -> None:
    """Refuse NUL and lone surrogates: no database stores them."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if _UNSTORABLE.search(name):
                raise BadJson("A name contains a NUL or a lone surrogate.", pointer=where or "#")
            _refuse_unstorable(inner, (where or "#") + pointer(name)[1:])
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _refuse_unstorable(inner, (where or "#") + pointer(place)[1:])
    elif isinstance(value, str) and _UNSTORABLE.search(value):
        raise BadJson("A string contains a NUL or a lone surrogate.", pointer=where or "#")
