"""The list of erasures outside the database, from which a restored database is erased again before anything starts.

Each line is sealed with a key derived from SECRET_KEY, because it has to name the person: a backup contains rows that
the erasure never saw. A line is dropped when no backup is older than it (BACKUP_DAYS). Every worker host has its own
file, in RECOVERY_FOLDER.
"""

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from pagetojob.platform.canonical import canonical_ascii_json
from pagetojob.platform.derived_keys import derived, derived_by_age
from pagetojob.platform.sealing.encryption import Key
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.sealing.secret_values import Sealed

NAME = "erasures.jsonl"
_USE = "retention:erasures"


class ListUnavailable(Exception):
    """Raised when the list cannot be written or read. The message gives the remedy."""


def path() -> Path:
    if not settings.RECOVERY_FOLDER:
        raise ListUnavailable("RECOVERY_FOLDER is not set, so a restore would bring back what is erased.")
    return Path(settings.RECOVERY_FOLDER) / NAME


def append(facts: dict[str, Any]) -> None:
    """Append an erasure and wait until it is on the disk. Raises ListUnavailable."""
    now = timezone.now()
    box = Key(derived(_USE)).seal(json.dumps(facts).encode(), now.isoformat().encode())
    line = canonical_ascii_json({"at": now.isoformat(), "sealed": base64.b64encode(box.content()).decode()}) + b"\n"
    file = path()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise ListUnavailable(f"The list of erasures cannot be written ({type(error).__name__}).") from error


def read(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the erasures of a list, oldest first; none without a file. Raises ListUnavailable for a damaged line."""
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return
    except OSError as error:
        raise ListUnavailable(f"The list of erasures cannot be read ({type(error).__name__}).") from error
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            yield _open(base64.b64decode(row["sealed"]), str(row["at"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ListUnavailable(f"Line {number} of the list of erasures is damaged.") from error


def _open(box: bytes, at: str) -> dict[str, Any]:
    for key in derived_by_age(_USE):
        with suppress(VaultError):
            facts: dict[str, Any] = json.loads(Key(key).open(Sealed(box), at.encode()).content)
            return facts
    raise ListUnavailable("The list of erasures was sealed with another SECRET_KEY. Set it in SECRET_KEY_FALLBACKS.")


def drop_old() -> int:
    """Drop the lines of this host that are older than every backup; return how many. Leaves damaged lines.

    Without a list there is nothing to do.
    """
    try:
        descriptor = os.open(path(), os.O_RDWR)
    except (OSError, ListUnavailable):
        return 0
    oldest = timezone.now() - timedelta(days=settings.BACKUP_DAYS + 1)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        lines = file.read().splitlines(keepends=True)
        young = [line for line in lines if not _is_older(line, oldest)]
        if len(young) < len(lines):
            file.seek(0)
            file.write(b"".join(young))
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
    return len(lines) - len(young)


def _is_older(line: bytes, moment: datetime) -> bool:
    try:
        return datetime.fromisoformat(json.loads(line)["at"]) < moment
    except (ValueError, KeyError, TypeError):  # damaged: a restore names it, and a person decides
        return False
