"""The one byte form of a document, so that anybody can check its SHA-256. Pure."""

import hashlib
import json
from typing import Any


def canonical(document: dict[str, Any]) -> str:
    """JSON with sorted keys, no spaces and no escapes but the needed ones. UTF-8 bytes of it are hashed."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
