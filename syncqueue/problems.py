"""Error answers of the intake API: problem details of RFC 9457. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SCHEMA = "pagetojob.problem/1"
CONTENT_TYPE = "application/problem+json"

#: Status and title by problem code. The title of a code never changes; the detail says what to do.
KINDS: dict[str, tuple[int, str]] = {
    "bad-json": (400, "The body is not the JSON this address reads"),
    "bad-idempotency-key": (400, "An Idempotency-Key is missing or cannot be one"),
    "unknown-site-key": (401, "No active site key"),
    "origin-not-listed": (403, "This website is not on the list"),
    "site-not-live": (404, "The website of this key is not live"),
    "not-found": (404, "Nothing is at this address"),
    "method-not-allowed": (405, "This address does not take that method"),
    "too-large": (413, "The body is too large"),
    "wrong-content-type": (415, "The body is not application/json"),
    "invalid-lead": (422, "The lead cannot be stored as it is"),
    "idempotency-key-reused": (422, "This Idempotency-Key belongs to another body"),
    "unavailable": (503, "Nothing was promised; send it again"),
}


@dataclass(frozen=True)
class InvalidField:
    """An invalid value. `pointer` is a JSON pointer into the body, such as `#/consent/given`."""

    pointer: str
    detail: str


@dataclass
class Problem(Exception):
    """Raised to stop an API request; the view turns it into an answer.

    `detail` and `invalid_fields` are our sentences; a pointer may contain a field name that the sender made up.
    """

    kind: str
    detail: str
    invalid_fields: Sequence[InvalidField] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return KINDS[self.kind][0]

    def as_json(self) -> dict[str, Any]:
        """Return the document that the OpenAPI file describes as `Problem`."""
        status, title = KINDS[self.kind]
        document: dict[str, Any] = {
            "schema": SCHEMA,
            "type": f"urn:pagetojob:problem:{self.kind}",
            "title": title,
            "status": status,
            "detail": self.detail,
        }
        if self.invalid_fields:
            document["errors"] = [{"pointer": error.pointer, "detail": error.detail} for error in self.invalid_fields]
        return document
