"""Reader of test cases from a file in the format that docs/how-to/webhooks.md describes. Pure.

`tests/ops/webhook_cases.json` is such a file with a hundred cases, which `make nightly` posts to a running server.
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from .cases import GOOD, Case, Effect

MOST_TIMES = 100
KEYS = ("current", "next", "retired", "other", "wrong", "both")
EFFECTS = {
    "accepted": Effect.EVENT,
    "duplicate": Effect.DUPLICATE,
    "quarantined": Effect.QUARANTINE,
    "nothing": Effect.NO_EVENT,
    "nothing stored": Effect.NOT_STORED,
    "refused": Effect.REFUSED,
}
_EXPECTED = {
    "status": "status",
    "expect_status": "status",
    "expected_status": "status",
    "effect": "effect",
    "expect_effect": "effect",
    "expected_effect": "effect",
}
_BODIES = ("body", "body_base64", "body_hex", "body_size")
_SIGNED = ("signed_body", "signed_body_base64", "signed_body_hex")
_OTHERS = ("name", "headers", "without", "message_id", "content_type", "key", "sign", "method", "path")
#: The documented names of a case, and the name under which the reader stores each.
_NAMES = {
    **_EXPECTED,
    **{name: name for name in (*_BODIES, *_SIGNED, *_OTHERS)},
    **{name.replace("signed", "sign"): name for name in _SIGNED},
    "expect": "expect",
    "expected": "expect",
    "age": "age",
    "age_seconds": "age",
    "times": "times",
    "repeat": "times",
}


class BadCase(ValueError):
    """A case of a file that cannot be run. The message gives the reason."""


def read_cases(document: Any) -> list[Case]:
    """Read the cases of a file: a list, or {"cases": [...]}. Raises BadCase."""
    rows = document.get("cases") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise BadCase("A case file must be a list, or an object with cases.")
    return [_case(place, row) for place, row in enumerate(rows, 1)]


def _case(place: int, row: Any) -> Case:
    if not isinstance(row, dict):
        raise BadCase(f"Case {place} is not an object.")
    try:
        return _read(_renamed(row, _NAMES), place)
    except BadCase as error:
        raise BadCase(f"Case {place}: {error}") from None
    except (AttributeError, TypeError, ValueError) as error:
        raise BadCase(f"Case {place} cannot be read: {error}.") from None


def _renamed(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the row under the names of the reader."""
    renamed: dict[str, Any] = {}
    for name, value in row.items():
        if name not in names:
            raise BadCase(f"the name {name} is unknown.")
        if names[name] in renamed:
            raise BadCase(f"{name} and another name of it are both given.")
        renamed[names[name]] = value
    return renamed


def _read(row: dict[str, Any], place: int) -> Case:
    expect = row.pop("expect", {})
    row = _renamed(expect if isinstance(expect, dict) else {"status": expect}, _EXPECTED) | row
    if row.get("status") is None and row.get("effect") is None:
        raise BadCase("it expects neither a status nor an effect.")
    headers, extra = _headers(row)
    body = _bytes(row, "body")
    times = row.get("times", 1)
    return Case(
        name=str(row.get("name", f"case {place}")),
        statuses=_statuses(row.get("status")),
        effect=_effect(row.get("effect")),
        body=GOOD if body is None else body,
        age=float(row.get("age", 0)),
        key=_key(row),
        headers=headers,
        extra=extra,
        path=str(row.get("path", "{id}/")).removeprefix("/hooks/"),
        times=2 if times is True else min(max(int(times), 1), MOST_TIMES),
        sign_body=_bytes(row, "signed_body"),
        method=str(row.get("method", "POST")).upper(),
    )


def _statuses(value: Any) -> frozenset[int]:
    """Parse a status number, a list, or a text such as `200/202` or `4xx`. Empty means any."""
    if value is None:
        return frozenset()
    numbers: set[int] = set()
    for part in value if isinstance(value, list) else str(value).split("/"):
        if not re.fullmatch(r"\d{1,3}|\dxx", str(part)):
            raise BadCase("a status must be a number, a list, or a text such as 200/202 or 4xx.")
        first = str(part).replace("xx", "00")
        numbers |= set(range(int(first), int(first) + (1 if first == str(part) else 100)))
    return frozenset(numbers)


def _effect(value: Any) -> Effect:
    if value is None:
        return Effect.ANY
    if value not in EFFECTS:
        raise BadCase(f"an effect must be one of {', '.join(EFFECTS)}.")
    return EFFECTS[value]


def _headers(row: Mapping[str, Any]) -> tuple[dict[str, str | None], tuple[tuple[str, str], ...]]:
    """Return each header once, in lower case, and the repeated ones separately."""
    headers: dict[str, str | None] = {}
    extra: list[tuple[str, str]] = []
    for written, sent in row.get("headers", {}).items():
        name = written.lower()
        for value in map(_header, sent if isinstance(sent, list) else [sent]):
            if name in headers and value is not None:
                extra.append((name, value))
            else:
                headers[name] = value
    headers |= {name.lower(): None for name in row.get("without", [])}
    for name, header in (("message_id", "webhook-id"), ("content_type", "content-type")):
        if name in row:
            headers.setdefault(header, _header(row[name]))
    return headers, tuple(extra)


def _header(value: Any) -> str | None:
    if not (value is None or isinstance(value, str)):
        raise BadCase("a header must be a text, or null to remove it.")
    return value


def _key(row: Mapping[str, Any]) -> str | None:
    key, sign = row.get("key", "current"), row.get("sign", True)
    if not isinstance(sign, bool):
        raise BadCase("sign must be true or false.")
    if not (key is None or key in KEYS):
        raise BadCase(f"a key must be one of {', '.join(KEYS)}, or null.")
    return key if sign else None


def _bytes(row: Mapping[str, Any], name: str) -> bytes | None:
    """Return the bytes given under a name or its forms, None if there are none."""
    if f"{name}_base64" in row:
        return base64.b64decode(row[f"{name}_base64"], validate=True)
    if f"{name}_hex" in row:
        return bytes.fromhex(row[f"{name}_hex"])
    if f"{name}_size" in row:
        return b"x" * int(row[f"{name}_size"])
    value = row.get(name)
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if value is None:
        return b"" if name in row else None
    return json.dumps(value).encode()
