"""The releases that docs/releases.md records."""

import re
from dataclasses import dataclass

from deploy.podman import ROOT

_ROW = re.compile(r"^\| ([^|`]+?) \| `([0-9a-f]{40})` \|", re.MULTILINE)


@dataclass(frozen=True)
class Release:
    version: str
    commit: str


def find(version: str = "", text: str = "") -> Release:
    """Return a recorded release; without a version, that of the last row. Raises ValueError."""
    rows = [Release(*row) for row in _ROW.findall(text or (ROOT / "docs" / "releases.md").read_text())]
    matching = [row for row in rows if version in ("", row.version)]
    if not matching:
        raise ValueError(f"docs/releases.md has no release {version}")
    return matching[-1]
