"""Folders for temporary files with personal data. Those of a process that was killed are removed by the next one.

A folder belongs to a process that lives while its lock is held: the kernel releases it however the process ends.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "pagetojob-private-"
_LOCK = "lock"


@contextmanager
def private_folder(name: str) -> Generator[Path]:
    """Yield an empty folder of that name that only this user can read, and remove it with its files at the end.

    Also removes what killed processes left on this machine.
    """
    remove_leftovers()
    # Locked before it gets the name that others search for: they would take it for a leftover.
    unnamed = Path(tempfile.mkdtemp(prefix="pagetojob-"))
    with (unnamed / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        place = unnamed.with_name(f"{_PREFIX}{unnamed.name}")
        try:
            unnamed.rename(place)
            folder = place / name
            folder.mkdir(mode=0o700)
            yield folder
        finally:
            shutil.rmtree(place, ignore_errors=True)


def remove_leftovers() -> int:
    """Remove the private folders of processes of this user that no longer live; return how many."""
    removed = 0
    for entry in os.scandir(tempfile.gettempdir()):
        if not entry.name.startswith(_PREFIX):
            continue
        # It belongs to another user, is removed by another process, or is in use.
        with suppress(OSError):
            file = os.open(Path(entry.path) / _LOCK, os.O_WRONLY | os.O_NOFOLLOW)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(entry.path)
                removed += 1
            finally:
                os.close(file)
    return removed
