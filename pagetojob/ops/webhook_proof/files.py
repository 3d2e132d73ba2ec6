"""Reader of test cases from a file. It accepts many synonyms, so that authors need not learn our terms. Pure."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from .cases import EVENT, Case, Effect

MOST_TIMES = 100
_STATUS = ("status", "statuses", "expect_status", "expected_status", "code")
_EFFECT = ("effect", "expect_effect", "expected_effect")
_KEYS = {
    "": "current",
    "valid": "current",
    "right": "current",
    "good": "current",
    "own": "current",
    "old": "retired",
    "other tenant": "other",
    "others": "other",
    "foreign": "other",
    "wrong": "stranger",
    "unknown": "stranger",
    "random": "stranger",
    "invalid": "stranger",
    "several": "both",
    "multiple": "both",
}
KEYS = ("current", "next", "retired", "other", "stranger", "both")
_UNSIGNED = {"none", "unsigned", "no", "null"}
_EFFECTS = {
    "accepted": Effect.EVENT,
    "accept": Effect.EVENT,
    "stored": Effect.EVENT,
    "inbox event": Effect.EVENT,
    "one event": Effect.EVENT,
    "promoted": Effect.EVENT,
    "repeated": Effect.DUPLICATE,
    "repeat": Effect.DUPLICATE,
    "replay": Effect.DUPLICATE,
    "already have it": Effect.DUPLICATE,
    "deduplicated": Effect.DUPLICATE,
    "quarantined": Effect.QUARANTINE,
    "unknown": Effect.QUARANTINE,
    "unknown type": Effect.QUARANTINE,
    "finding": Effect.QUARANTINE,
    "none": Effect.NO_EVENT,
    "no effect": Effect.NO_EVENT,
    "no event": Effect.NO_EVENT,
    "ignored": Effect.NO_EVENT,
    "dropped": Effect.NO_EVENT,
    "rejected": Effect.REFUSED,
    "reject": Effect.REFUSED,
    "refuse": Effect.REFUSED,
    "not stored": Effect.NOT_STORED,
    "no row": Effect.NOT_STORED,
    "no rows": Effect.NOT_STORED,
}
#: Fallback for unknown effect names: the first part that occurs in the name decides.
_MEANT = (
    ("nothing stored", Effect.NOT_STORED),
    ("not stored", Effect.NOT_STORED),
    ("dup", Effect.DUPLICATE),
    ("repeat", Effect.DUPLICATE),
    ("already", Effect.DUPLICATE),
    ("replay", Effect.DUPLICATE),
    ("quarantin", Effect.QUARANTINE),
    ("finding", Effect.QUARANTINE),
    ("refus", Effect.REFUSED),
    ("reject", Effect.REFUSED),
    ("not", Effect.NO_EVENT),
    ("no ", Effect.NO_EVENT),
    ("0 ", Effect.NO_EVENT),
    ("zero", Effect.NO_EVENT),
    ("accept", Effect.EVENT),
    ("event", Effect.EVENT),
    ("stored", Effect.EVENT),
)


class BadCase(ValueError):
    """A case of a file that cannot be run. The message gives the reason."""


def read_cases(document: Any) -> list[Case]:
    """Read the cases of a file: a list, or {"cases": [...]}. Raises BadCase. Names: docs/how-to/webhooks.md."""
    rows = document.get("cases") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise BadCase("A case file must be a list, or an object with cases.")
    return [_case(place, row) for place, row in enumerate(rows, 1)]


def _case(place: int, row: Any) -> Case:
    if not isinstance(row, dict):
        raise BadCase(f"Case {place} is not an object.")
    try:
        return _read({str(name).lower().replace("-", "_"): value for name, value in row.items()}, place)
    except BadCase as error:
        raise BadCase(f"Case {place}: {error}") from None
    except (AttributeError, TypeError, ValueError) as error:
        raise BadCase(f"Case {place} cannot be read: {error}.") from None


def _read(row: dict[str, Any], place: int) -> Case:
    status, effect = _expected(row)
    headers, extra = _headers(row)
    body = _bytes(row, "body", EVENT)
    signed = ("sign_body", "signed_body")
    signed_name = next(
        (name for name in signed if any(name + end in row for end in ("", "_base64", "_b64", "_hex", "_size"))), None
    )
    return Case(
        name=str(_first(row, "name", "title", "case", default=f"case {place}")),
        statuses=status,
        effect=effect,
        body=body,
        age=float(_first(row, "age", "age_seconds", "age_s", "seconds_old", default=0)),
        key=_key(row),
        headers=headers,
        extra=extra,
        path=str(row.get("path", "{id}/")).removeprefix("/hooks/"),
        times=_times(_first(row, "times", "repeat", "repeats", "copies", default=1)),
        sign_body=_bytes(row, signed_name, EVENT) if signed_name else None,
        reversed_signatures=_first(row, "reversed", "reverse_signatures", default=False) is True,
        method=str(row.get("method", "POST")).upper(),
    )


def _expected(row: Mapping[str, Any]) -> tuple[frozenset[int], Effect]:
    status, effect = _first(row, *_STATUS, default=None), _first(row, *_EFFECT, default=None)
    for name in ("expected", "expect", "expects", "want"):
        inner = row.get(name)
        if isinstance(inner, dict):
            status = _first(inner, *_STATUS, default=None) if status is None else status
            effect = _first(inner, *_EFFECT, default=None) if effect is None else effect
        elif isinstance(inner, int | list) and status is None:
            status = inner
        elif isinstance(inner, str):
            if inner[:1].isdigit() and status is None:
                status = inner
            elif effect is None:
                effect = inner
    if status is None and effect is None:
        raise BadCase("it expects neither a status nor an effect.")
    return _statuses(status), _effect(effect)


def _statuses(value: Any) -> frozenset[int]:
    """Parse a status number, a list, or a text such as `401`, `200/202` or `4xx`. Empty means any."""
    if value is None:
        return frozenset()
    parts = (
        value if isinstance(value, list) else str(value).replace("/", " ").replace(",", " ").replace("|", " ").split()
    )
    numbers: set[int] = set()
    for part in parts:
        text = str(part).lower()
        numbers |= set(range(int(text[0]) * 100, int(text[0]) * 100 + 100)) if text.endswith("xx") else {int(text)}
    return frozenset(numbers)


def _effect(value: Any) -> Effect:
    if value is None:
        return Effect.ANY
    if isinstance(value, dict):
        value = _first(value, "events", "inbox_events", "event", "inbox", default="")
    if isinstance(value, int):
        return Effect.EVENT if value else Effect.NO_EVENT
    word = " ".join(str(value).lower().replace("_", " ").replace("-", " ").split()).rstrip(".")
    if word in list(Effect):
        return Effect(word)
    effect_value = _EFFECTS.get(word) or next((effect for part, effect in _MEANT if part in f"{word} "), None)
    if effect_value is None:
        raise BadCase("an effect must be accepted, duplicate, quarantined, nothing, nothing stored or refused.")
    return effect_value


def _headers(row: Mapping[str, Any]) -> tuple[dict[str, str | None], tuple[tuple[str, str], ...]]:
    """Return each header once, in lower case, and the repeated ones separately."""
    headers: dict[str, str | None] = {}
    extra: list[tuple[str, str]] = []
    given = row.get("headers") or {}
    for written, sent in given.items() if isinstance(given, dict) else given:
        name, values = str(written).lower(), sent if isinstance(sent, list) else [sent]
        for value in map(_header, values):
            if name in headers and value is not None:
                extra.append((name, value))
            else:
                headers[name] = value
    for name in _first(row, "remove_headers", "drop_headers", "without_headers", "without", default=[]):
        headers[str(name).lower()] = None
    for name in ("message_id", "webhook_id", "msg_id"):
        if name in row:
            headers.setdefault("webhook-id", row[name] if row[name] is None else str(row[name]))
    if "content_type" in row:
        headers.setdefault("content-type", row["content_type"])
    return headers, tuple(extra)


def _header(sent: Any) -> str | None:
    value = str(sent) if isinstance(sent, int | float) and not isinstance(sent, bool) else sent
    if not (value is None or isinstance(value, str)):
        raise BadCase("a header must be a text, or null to remove it.")
    return value


def _key(row: Mapping[str, Any]) -> str | None:
    signed = _first(row, "sign", "signed", default=True)
    given = _first(row, "key", "sign_with", "signed_with", default="current")
    if signed is False or given is None or given is False:
        return None
    if isinstance(signed, str):
        given = signed
    word = str(given).lower().replace("-", " ").replace("_", " ").removesuffix(" key").strip()
    word = word.removesuffix("'s")
    if word in _UNSIGNED:
        return None
    name = _KEYS.get(word, word)
    if name not in KEYS:
        raise BadCase(f"a key must be one of {', '.join(KEYS)}, or none.")
    return name


def _times(value: Any) -> int:
    """Return how many times to post. True means twice."""
    return 2 if value is True else min(max(int(value), 1), MOST_TIMES)


def _bytes(row: Mapping[str, Any], name: str, default: Any) -> bytes:
    for end in ("_base64", "_b64"):
        if name + end in row:
            return base64.b64decode(row[name + end], validate=True)
    if f"{name}_size" in row:
        return b"x" * int(row[f"{name}_size"])
    if f"{name}_hex" in row:
        return bytes.fromhex(row[f"{name}_hex"])
    value = _first(row, name, f"{name}_text", f"raw_{name}", f"{name}_json", default=default)
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return b"" if value is None else json.dumps(value).encode()


def _first(row: Mapping[str, Any], *names: str, default: Any) -> Any:
    return next((row[name] for name in names if name in row), default)
