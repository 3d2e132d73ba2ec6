"""Folder of one instance: `.local` in the clone, or any folder for a temporary instance."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from pagetojob.local.errors import LocalError
from pagetojob.local.private import locked, private_folder, write_private

CLONE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Place:
    """Paths of one instance."""

    root: Path

    @classmethod
    def of(cls, folder: Path | None) -> "Place":
        """Return the instance in this folder, or the one of this clone."""
        return cls(folder.resolve() if folder is not None else CLONE / ".local")

    @property
    def instance_file(self) -> Path:
        """Path of the file that describes a running, ready instance."""
        return self.root / "instance.json"

    @property
    def children_file(self) -> Path:
        """Path of the list of started processes, so that the next start can end leftovers."""
        return self.root / "children.json"

    def folder(self, name: str) -> Path:
        """Create a private folder of the instance and return it."""
        private_folder(self.root)
        return private_folder(self.root / name)

    def secret_file(self, name: str) -> Path:
        """Return the path of a secret."""
        return self.folder("secrets") / name

    def lock(self) -> TextIO | None:
        """Lock the instance while the file stays open; return None if it is already locked."""
        private_folder(self.root)
        return locked(self.root / "lock")

    def running(self) -> bool:
        """Return whether an instance is running here, ready or not."""
        if not (self.root / "lock").exists():
            return False
        mine = self.lock()
        if mine is None:
            return True
        mine.close()
        return False

    def instance(self) -> dict[str, Any] | None:
        """Return the description of the running instance; None unless it is running and ready."""
        if not self.running():
            return None
        try:
            instance: dict[str, Any] = json.loads(self.instance_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise LocalError(f"{self.instance_file} is damaged. Stop the instance and restart it.") from error
        return instance

    def write_instance(self, facts: dict[str, Any]) -> None:
        """Write the description that marks the instance as ready."""
        write_private(self.instance_file, json.dumps(facts, indent=2) + "\n")
