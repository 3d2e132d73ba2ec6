"""The head of the chain, kept outside the database: one line of JSON for each time it moved on.

Whoever can rewrite every table can rewrite the chain too, and whoever restores a back-up loses its end. Both show
against this file, as long as it lies where the database's administrator cannot reach it; ship it elsewhere.
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
    """The file of anchors is missing, cannot be read or written, or holds what we never write."""


class AnchorMissing(AnchorError):
    """There is no file yet, or no longer."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The number and hash of a seal that was the last one at some time."""

    number: int
    hash: str


def anchor_file() -> Path:
    """Where the anchors are. Raises AnchorError when no setting says so."""
    if not settings.AUDIT_ANCHOR_FILE:
        raise AnchorError("AUDIT_ANCHOR_FILE is not set, so no anchor is kept outside the database.")
    return Path(settings.AUDIT_ANCHOR_FILE)


def append(anchor: Anchor, at: datetime) -> None:
    """Add a line and wait until the disk has it. One write, so no other process's line mixes in."""
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
        raise AnchorError(f"The file of anchors cannot be written ({type(error).__name__}).") from error


def last() -> Anchor | None:
    """The newest anchor; None when there is no file yet. Reads the end of the file only."""
    path = anchor_file()
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 1024))
            lines = file.read().splitlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise AnchorError(f"The file of anchors cannot be read ({type(error).__name__}).") from error
    return _parse(lines[-1]) if lines else None


def read() -> Iterator[Anchor]:
    """All anchors that are in the file now, oldest first, a line at a time. Raises AnchorError as it goes."""
    path = anchor_file()
    try:
        left = path.stat().st_size
        with path.open("rb") as file:
            number = 0
            while left > 0 and (line := file.readline()):
                left -= len(line)
                anchor = _parse(line)
                if anchor.number <= number:
                    raise AnchorError(f"The anchor of seal {anchor.number} stands behind that of seal {number}.")
                number = anchor.number
                yield anchor
    except FileNotFoundError:
        raise AnchorMissing("The file of anchors is missing.") from None
    except OSError as error:
        raise AnchorError(f"The file of anchors cannot be read ({type(error).__name__}).") from error


def _parse(line: bytes) -> Anchor:
    try:
        facts = json.loads(line)
        return Anchor(int(facts["number"]), str(facts["hash"]))
    except (ValueError, KeyError, TypeError) as error:
        raise AnchorError("A line of the file of anchors is damaged.") from error
