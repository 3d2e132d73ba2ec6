"""Anchors: the head of the audit chain, stored outside the database as one line of JSON per change.

An attacker who can rewrite every table can also rewrite the chain, and restoring a backup loses its end. Comparing the
chain with this file reveals both, provided the database administrator cannot write to the file. Ship it to another
machine.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from pagetojob.platform.canonical import canonical_ascii_json


class AnchorError(Exception):
    """Raised when the anchor file is missing, unreadable, not writable or malformed."""


class AnchorMissing(AnchorError):
    """Raised when the anchor file does not exist."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Number and hash of a seal that was once the newest."""

    number: int
    hash: str


def anchor_file() -> Path:
    """Return the path of the anchor file. Raises AnchorError if the setting is empty."""
    if not settings.AUDIT_ANCHOR_FILE:
        raise AnchorError("AUDIT_ANCHOR_FILE is not set, so no anchor is stored outside the database.")
    return Path(settings.AUDIT_ANCHOR_FILE)


def append(anchor: Anchor, at: datetime) -> None:
    """Append an anchor and sync it to disk. Uses a single write so that lines of other processes cannot interleave."""
    path = anchor_file()
    line = canonical_ascii_json({"number": anchor.number, "hash": anchor.hash, "at": at}) + b"\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise AnchorError(f"The anchor file cannot be written ({type(error).__name__}).") from error


def last() -> Anchor | None:
    """Return the newest anchor, or None if there is no file yet. Reads only the end of the file."""
    path = anchor_file()
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 1024))
            lines = file.read().splitlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise AnchorError(f"The anchor file cannot be read ({type(error).__name__}).") from error
    return _parse(lines[-1]) if lines else None


def read() -> Iterator[Anchor]:
    """Yield all anchors in the file, oldest first, one line at a time. Raises AnchorError during iteration."""
    path = anchor_file()
    try:
        left = path.stat().st_size
        with path.open("rb") as file:
            number = 0
            while left > 0 and (line := file.readline()):
                left -= len(line)
                anchor = _parse(line)
                if anchor.number <= number:
                    raise AnchorError(f"The anchor of seal {anchor.number} comes after that of seal {number}.")
                number = anchor.number
                yield anchor
    except FileNotFoundError:
        raise AnchorMissing("The anchor file is missing.") from None
    except OSError as error:
        raise AnchorError(f"The anchor file cannot be read ({type(error).__name__}).") from error


def _parse(line: bytes) -> Anchor:
    try:
        facts = json.loads(line)
        return Anchor(int(facts["number"]), str(facts["hash"]))
    except (ValueError, KeyError, TypeError) as error:
        raise AnchorError("A line of the anchor file is malformed.") from error
