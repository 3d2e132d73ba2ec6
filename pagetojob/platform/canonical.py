"""Canonical byte form of a document, so that anyone can verify its SHA-256. Pure."""

import hashlib
import json
from typing import Any


def canonical(document: dict[str, Any]) -> str:
    """Return JSON with sorted keys, no spaces and only the necessary escapes. Its UTF-8 bytes are hashed."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
