"""Canonical JSON: one byte form per value, so that anyone can recompute a SHA-256 with a JSON library."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any


def canonical_json(value: Any) -> str:
    """Return JSON with sorted keys, no spaces and only the necessary escapes. Raises ValueError for NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical_ascii_json(value: Any) -> bytes:
    """Return ASCII JSON with sorted keys and no spaces; aware times become UTC in ISO 8601 with microseconds.

    The audit chain is sealed in this form. Raises TypeError for a value without a canonical form.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_utc).encode("ascii")


def canonical_sha256(value: Any) -> str:
    """Return the hash of the canonical ASCII JSON, as `sha256sum` prints it."""
    return hashlib.sha256(canonical_ascii_json(value)).hexdigest()


def sha256_hex(text: str) -> str:
    """Return the hash of the UTF-8 bytes, as `sha256sum` prints it."""
    return hashlib.sha256(text.encode()).hexdigest()


def _utc(value: object) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    raise TypeError(f"{type(value).__name__} has no canonical form")
