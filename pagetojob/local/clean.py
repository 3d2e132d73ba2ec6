"""Remove the folders that `make` created in the clone: .venv and .local. Needs no installed package."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

from pagetojob.local.place import CLONE, Place


def outside_folder(postgres: Path) -> Path | None:
    """Return the folder outside the clone that the cluster needed, if it is provably ours (see rights.py)."""
    try:
        place = Path((postgres / "elsewhere").read_text(encoding="utf-8").strip())
    except OSError:
        return None
    name = f"postgres-{hashlib.sha256(os.fsencode(postgres)).hexdigest()[:16]}"
    return place if place.name == name and place.is_dir() and not place.is_symlink() else None


def clean(clone: Path) -> int:
    """Remove both folders; return the exit status."""
    place = Place(clone / ".local")
    lock = place.lock() if place.root.is_dir() else None
    if place.root.is_dir() and lock is None:
        print("An instance of this clone is running. Stop it first (press Ctrl-C in its terminal).", file=sys.stderr)
        return 1
    outside = outside_folder(place.root / "postgres")
    for folder in (outside, place.root, clone / ".venv"):
        if folder is not None and folder.is_dir():
            shutil.rmtree(folder)
            print(f"Removed {folder}")
    if lock is not None:
        lock.close()
    return 0


if __name__ == "__main__":
    sys.exit(clean(CLONE))
