"""Parses a verified body and the stored copy of a request. Pure; raises BadJson."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pagetojob.platform import strict_json

DEEPEST = 12
_TYPE = re.compile(r"[a-zA-Z0-9_]+(?:\.[a-zA-Z0-9_]+)*")
_VERSION = re.compile(r"[a-zA-Z0-9_.-]{1,20}")
_RECORD = re.compile(r"[!-~]{1,64}")
_CONTENT_TYPE = re.compile(r'\s*application/json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*', re.IGNORECASE)
_MOST_NAMES = 100


@dataclass(frozen=True)
class Event:
    """A parsed event. `kind` is empty if its type is not valid. `record` is a hash, empty if it names no record."""

    kind: str
    version: str
    record: str
    occurred_at: datetime | None
    data: Any
    shape: tuple[str, ...]


def is_plain_json(content_type: str, content_encoding: str) -> bool:
    """Return whether the body is uncompressed JSON in UTF-8: compressed bodies are never decompressed."""
    return bool(_CONTENT_TYPE.fullmatch(content_type)) and content_encoding.strip().lower() in {"", "identity"}


def read_event(body: bytes) -> Event:
    value = strict_json.loads(body, deepest=DEEPEST)
    fields = value if isinstance(value, dict) else {}
    kind, version, data = fields.get("type"), fields.get("version", 1), fields.get("data")
    version = str(version) if isinstance(version, int | str) and not isinstance(version, bool) else ""
    if not (isinstance(kind, str) and len(kind) <= 80 and _TYPE.fullmatch(kind) and _VERSION.fullmatch(version)):
        kind, version = "", ""
    return Event(kind, version, _record(kind, data), _moment(fields.get("timestamp")), data, shape(value))


def shape(value: Any) -> tuple[str, ...]:
    """Return sorted paths of field names, such as `data.id`; a list is `[]`. Names that look like values are hidden."""
    names: set[str] = set()
    _walk(value, "", names)
    return tuple(sorted(names)[:_MOST_NAMES])


def _walk(value: Any, path: str, names: set[str]) -> None:
    if len(names) > 4 * _MOST_NAMES:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            # A name such as an address or a number would be a value used as a name.
            shown = name if re.fullmatch(r"[A-Za-z_][A-Za-z_-]{0,39}", name) else "?"
            step = f"{path}.{shown}" if path else shown
            names.add(step)
            _walk(inner, step, names)
    elif isinstance(value, list):
        for inner in value[:50]:
            _walk(inner, f"{path}[]", names)


def _record(kind: str, data: Any) -> str:
    """Return the hash of the resource in the type and the id in the data: `booking.updated` and 7 mean booking 7."""
    if not kind or not isinstance(data, dict):
        return ""
    number = data.get("id")
    if isinstance(number, bool) or not isinstance(number, int | str) or not _RECORD.fullmatch(str(number)):
        return ""
    return record_of(kind.partition(".")[0], number)


def record_of(resource: str, number: int | str) -> str:
    """Return the hash that identifies the events about one record."""
    return hashlib.sha256(f"{resource}:{number}".encode()).hexdigest()


def _moment(value: Any) -> datetime | None:
    try:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 4_102_444_800:
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
        return moment.astimezone(UTC) if moment and moment.tzinfo and 1970 < moment.year < 2100 else None
    except (ValueError, OverflowError):
        return None


def pack(headers: Mapping[str, str], body: bytes) -> bytes:
    """Return the headers as one line of ASCII, followed by the unchanged body."""
    return json.dumps(dict(headers), ensure_ascii=True).encode() + b"\n" + body


def unpack(copy: bytes) -> tuple[dict[str, str], bytes]:
    headers, _, body = copy.partition(b"\n")
    parsed: dict[str, str] = json.loads(headers)
    return parsed, body
