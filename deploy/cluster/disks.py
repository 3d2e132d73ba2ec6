"""A disk per database node: a file system of limited size in a file, so that it can become full."""

import os
import subprocess
from pathlib import Path

SIZE_BYTES = 3 * 1024**3
#: Owner of the data in the image of the database.
POSTGRES_UID = 999
FILLER = "filler"


def attach(folder: Path, name: str) -> None:
    """Make the disk unless it exists, and mount it at `disks/NAME`."""
    image, place = folder / f"{name}.ext4", folder / "disks" / name
    place.mkdir(parents=True, exist_ok=True)
    if not image.exists():
        with image.open("wb") as file:
            file.truncate(SIZE_BYTES)
        # No blocks are reserved for root: the drill, which is root, fills it as PostgreSQL would.
        _run("mkfs.ext4", "-q", "-m", "0", str(image))
    if not place.is_mount():
        _run("mount", "-o", "loop", str(image), str(place))
    os.chown(place, POSTGRES_UID, POSTGRES_UID)


def detach(folder: Path, name: str) -> None:
    """Remove the disk with its data."""
    place = folder / "disks" / name
    if place.is_mount():
        _run("umount", str(place))
    (folder / f"{name}.ext4").unlink(missing_ok=True)


def fill(folder: Path, name: str) -> None:
    """Take all free space of a disk."""
    place = folder / "disks" / name
    with (place / FILLER).open("wb") as file:
        free = os.statvfs(place)
        os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_frsize - 2**20))
        file.seek(0, os.SEEK_END)
        try:
            while True:
                os.write(file.fileno(), bytes(4096))
        except OSError:
            return


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
