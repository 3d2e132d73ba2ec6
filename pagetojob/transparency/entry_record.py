"""The entries of the log as this host recorded them, outside the database and its backups.

Readers and witnesses store signed states of the log. A restored database lacks its newest entries; if others took their
places, the log would contradict a state that it has signed. `manage.py resume_after_restore` puts them back.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from pagetojob.platform.canonical import canonical_json

NAME = "log-entries.jsonl"


@dataclass(frozen=True, order=True)
class _Line:
    at: str
    index: int
    text: str


def append(first: int, texts: Sequence[str]) -> None:
    """Record entries with their places before their commit, and wait until they are on the disk.

    Without RECOVERY_FOLDER it does nothing.
    """
    if not settings.RECOVERY_FOLDER:
        return
    folder, at = Path(settings.RECOVERY_FOLDER), timezone.now().isoformat()
    lines = [canonical_json({"at": at, "index": first + offset, "text": text}) for offset, text in enumerate(texts)]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    # It begins with a line break, in case that a process died in the middle of the last line.
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n" + "\n".join(lines) + "\n")
        file.flush()
        os.fsync(descriptor)


def read(folders: Iterable[Path]) -> dict[int, str]:
    """Return the recorded entries of these hosts by their place.

    A host may have recorded entries whose commit failed. Those that took their places were recorded later, so a line
    replaces every earlier one with the same or a later place.
    """
    entries: dict[int, str] = {}
    end = 0
    for line in sorted(line for folder in folders for line in _lines(folder / NAME)):
        for index in range(line.index, end):
            entries.pop(index, None)
        entries[line.index], end = line.text, line.index + 1
    return entries


def _lines(file: Path) -> Iterator[_Line]:
    """Yield the complete lines. A missing one leaves a gap, which the caller notices."""
    if not file.exists():
        return
    for line in file.read_text(encoding="utf-8", errors="replace").split("\n"):
        with suppress(ValueError, KeyError, TypeError):
            facts = json.loads(line)
            yield _Line(str(facts["at"]), int(facts["index"]), str(facts["text"]))
