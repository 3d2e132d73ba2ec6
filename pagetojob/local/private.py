"""Folders and files that only the current user can read."""

import base64
import fcntl
import hashlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from pagetojob.transparency.signing import Signer


def private_folder(path: Path) -> Path:
    """Create the folder if it is missing and remove all access for other users."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file with mode 0600 atomically: readers see either the old or the new text."""
    half = path.with_name(f"{path.name}.{os.getpid()}.new")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def locked(path: Path) -> TextIO | None:
    """Lock a file while the returned handle stays open; return None if it is already locked."""
    file = path.open("a", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def rotate(log: Path) -> None:
    """Rename a log that is larger than 5 MB, replacing the one renamed before."""
    if log.exists() and log.stat().st_size > 5_000_000:
        log.replace(log.with_suffix(".log.1"))


def stored_secret(path: Path, *, size: int = 24) -> str:
    """Return the secret stored in this file; create it on first use."""
    if path.exists():
        secret = path.read_text(encoding="utf-8").strip()
        if secret:
            return secret
    fresh = secrets.token_hex(size)
    write_private(path, fresh + "\n")
    return fresh


def stored_vault_key(path: Path) -> str:
    """Return a key ring with one key, in the format of the settings; create the key on first use."""
    return "local:" + base64.b64encode(bytes.fromhex(stored_secret(path, size=32))).decode()


def stored_place_key(path: Path) -> "Signer":
    """Return the key with which this place signs test runs; create it on first use. Its name reveals no machine."""
    from pagetojob.transparency.signing import signer_from_seed  # noqa: PLC0415

    seed = bytes.fromhex(stored_secret(path, size=32))
    return signer_from_seed(f"local-{hashlib.sha256(seed).hexdigest()[:6]}", seed)


def stored_log_key(path: Path, name: str) -> str:
    """Return the private key of a transparency log with this name; create its random part on first use."""
    # Everything else here must work before the environment is installed.
    from pagetojob.transparency.signing import signer_from_seed  # noqa: PLC0415

    return signer_from_seed(name, bytes.fromhex(stored_secret(path, size=32))).secret()
