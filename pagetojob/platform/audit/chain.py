"""Hash arithmetic of the audit chain. Pure functions that an outsider can reproduce with SHA-256 and JSON alone.

Canonical JSON has sorted keys, no white space, ASCII only, and UTC times in ISO 8601. A JSON column is included as the
text that PostgreSQL prints, so numbers are not rounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pagetojob.platform.canonical import canonical_sha256

#: Hash that precedes the first seal of a chain.
GENESIS = "0" * 64

Value = str | int | datetime | None


def line_hash(log: str, line: Mapping[str, Value]) -> str:
    """Return the hash of a line: of the name of its log, and of all its columns by their names."""
    return canonical_sha256({"log": log, **line})


def place_hash(before: str, of_line: str) -> str:
    """Return the hash of a tenant's log up to a line, from the hash up to the line before it and the line's hash."""
    return canonical_sha256([before, of_line])


@dataclass(frozen=True, slots=True)
class Link:
    """Content of one seal; the fields match AuditSeal."""

    number: int
    log: str
    line: int
    tenant: int | None
    place: int
    sealed_at: datetime
    line_hash: str
    place_hash: str

    def hash(self, before: str, *, number: int | None = None) -> str:
        """Return the seal's hash, chained to the hash `before`. Pass `number` to compute it for another position."""
        facts = (number or self.number, self.log, self.line, self.tenant, self.place, self.sealed_at)
        return canonical_sha256([*facts, self.line_hash, self.place_hash, before])
