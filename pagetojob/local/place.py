"""The folder of one instance: `.local` in the clone, or any folder for a throw-away one."""

import fcntl
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from pagetojob.local.errors import LocalError
from pagetojob.local.private import private_folder, write_private

CLONE = Path(__file__).resolve().parents[2]
INSTANCE_VARIABLE = "PAGETOJOB_INSTANCE"


@dataclass(frozen=True)
class Place:
    """Where everything of one instance lies."""

    root: Path

    @classmethod
    def of(cls, folder: Path | None) -> "Place":
        """The instance in this folder; without one, that of this clone."""
        return cls(folder.resolve() if folder is not None else CLONE / ".local")

    @property
    def instance_file(self) -> Path:
        """What a running and ready instance says about itself."""
        return self.root / "instance.json"

    @property
    def children_file(self) -> Path:
        """The processes started last, so that the next start can end those that were left behind."""
        return self.root / "children.json"

    def folder(self, name: str) -> Path:
        """A folder of ours, made and closed to others."""
        private_folder(self.root)
        return private_folder(self.root / name)

    def secret_file(self, name: str) -> Path:
        """Where a secret is kept."""
        return self.folder("secrets") / name

    def lock(self) -> TextIO | None:
        """Take the instance for as long as the file stays open; None if somebody else has it."""
        private_folder(self.root)
        file = (self.root / "lock").open("a", encoding="ascii")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file

    def running(self) -> bool:
        """Whether an instance runs here, ready or not."""
        if not (self.root / "lock").exists():
            return False
        mine = self.lock()
        if mine is None:
            return True
        mine.close()
        return False

    def instance(self) -> dict[str, Any] | None:
        """What the running instance says about itself; None unless it runs and is ready."""
        if not self.running():
            return None
        try:
            found: dict[str, Any] = json.loads(self.instance_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise LocalError(f"{self.instance_file} is damaged. Stop the instance and start it again.") from error
        return found

    def write_instance(self, facts: dict[str, Any]) -> None:
        """Say that we are ready."""
        write_private(self.instance_file, json.dumps(facts, indent=2) + "\n")
