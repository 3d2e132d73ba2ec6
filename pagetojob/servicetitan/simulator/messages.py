"""Request and response types of the simulator."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Request:
    """HTTP request. `query` and `headers` hold the last value of each name; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    def form(self) -> dict[str, str]:
        return last_values(self.body.decode("utf-8", "replace"))

    def json(self) -> Any:
        """Return the JSON of the body, or None if it is not valid JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass
class Response:
    """HTTP response. If `dropped`, the connection is closed without a complete response."""

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    dropped: bool = False


def last_values(text: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}


def as_json(value: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(value).encode())


def problem(status: int, title: str, errors: Mapping[str, list[str]] | None = None) -> Response:
    """Return an error response in the specified format."""
    return as_json(
        {
            "type": "about:blank",
            "title": title,
            "status": status,
            "traceId": "00-standin-00",
            "errors": dict(errors or {}),
            "data": {},
        },
        status,
    )
