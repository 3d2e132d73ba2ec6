"""The arithmetic of the seals. Pure: values in, hashes out; an outsider can redo it with SHA-256 and JSON alone.

Canonical JSON: keys sorted, no white space, ASCII, times in UTC as ISO 8601. A JSON column enters as the text that
PostgreSQL writes for it, so no number is rounded on the way.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pagetojob.platform.canonical import canonical_ascii_json

#: What the first seal of a chain goes on from.
GENESIS = "0" * 64

Value = str | int | datetime | None


def line_hash(log: str, line: Mapping[str, Value]) -> str:
    """The hash of a line with all its columns, by their names, and of the log it stands in."""
    return hashlib.sha256(canonical_ascii_json({"log": log, **line})).hexdigest()


def place_hash(before: str, of_line: str) -> str:
    """The hash of a tenant's log up to a line: from the hash up to the line before it, and the line's own."""
    return hashlib.sha256(canonical_ascii_json([before, of_line])).hexdigest()


@dataclass(frozen=True, slots=True)
class Link:
    """What a seal says of its line; fields as in AuditSeal."""

    number: int
    log: str
    line: int
    tenant: int | None
    place: int
    sealed_at: datetime
    line_hash: str
    place_hash: str

    def hash(self, before: str, *, number: int | None = None) -> str:
        """The hash of the seal when `before` is that of the seal before it; as if at `number`, when given."""
        facts = (number or self.number, self.log, self.line, self.tenant, self.place, self.sealed_at)
        return hashlib.sha256(canonical_ascii_json([*facts, self.line_hash, self.place_hash, before])).hexdigest()
