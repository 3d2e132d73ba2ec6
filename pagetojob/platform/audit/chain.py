"""Hash arithmetic of the audit chain. Pure functions that an outsider can reproduce with SHA-256 and JSON alone.

Canonical JSON has sorted keys, no white space, ASCII only, and UTC times in ISO 8601. A JSON column is included as the
text that PostgreSQL prints, so numbers are not rounded.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

#: Hash that precedes the first seal of a chain.
GENESIS = "0" * 64

Value = str | int | datetime | None


def canonical(value: object) -> bytes:
    """Encode `value` as canonical JSON. Raises TypeError for unsupported types."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_utc).encode("ascii")


def _utc(value: object) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    raise TypeError(f"{type(value).__name__} has no canonical form")


def line_hash(log: str, line: Mapping[str, Value]) -> str:
    """Return the hash of a line, computed from its log and all its columns by name."""
    return hashlib.sha256(canonical({"log": log, **line})).hexdigest()


def place_hash(before: str, of_line: str) -> str:
    """Return the running hash of a tenant's log, from the hash at the line before and the line's own hash."""
    return hashlib.sha256(canonical([before, of_line])).hexdigest()


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
        return hashlib.sha256(canonical([*facts, self.line_hash, self.place_hash, before])).hexdigest()
