"""Receipts of deletions. Each contains, as `sha256`, the hash of its file, which is in the public log."""

from typing import Any

from pagetojob.platform.canonical import canonical_ascii_json, canonical_sha256


def sealed(receipt: dict[str, Any]) -> dict[str, Any]:
    """Return the receipt with its hash."""
    return receipt | {"sha256": canonical_sha256(receipt)}


def receipt_file(receipt: dict[str, Any]) -> bytes:
    """Return the file of a receipt: canonical JSON of everything but its hash."""
    return canonical_ascii_json({name: value for name, value in receipt.items() if name != "sha256"})
