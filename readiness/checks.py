"""Automatic checks of the lines that are `ready now`, one each. Their tests are in tests/evidence/checks.yaml."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).resolve().parent / "content" / "checks.yaml"
#: A check that last passed longer ago than this no longer supports its line.
PERIOD_DAYS = 90


@dataclass(frozen=True, slots=True)
class Check:
    """A check with its description for readers. `anchor` names the line and the check."""

    anchor: str
    shows: str
    url: str


@cache
def checks() -> dict[str, Check]:
    """Return the checks by the anchor of their line."""
    listed = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {anchor: Check(anchor, **facts) for anchor, facts in listed.items()}
