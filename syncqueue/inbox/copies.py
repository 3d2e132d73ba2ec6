"""The stored copy of a request: the listed headers and the raw body, as bytes to be sealed. Pure."""

import json
from collections.abc import Mapping


def pack(headers: Mapping[str, str], body: bytes) -> bytes:
    """Return the headers as one line of ASCII, followed by the unchanged body."""
    return json.dumps(dict(headers), ensure_ascii=True).encode() + b"\n" + body


def unpack(copy: bytes) -> tuple[dict[str, str], bytes]:
    headers, _, body = copy.partition(b"\n")
    parsed: dict[str, str] = json.loads(headers)
    return parsed, body
