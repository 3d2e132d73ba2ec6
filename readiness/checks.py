"""Automatic checks of the lines that are `ready now`, one each, and the drills that add to them.

The tests of the checks are in tests/evidence/checks.yaml.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).resolve().parent / "content" / "checks.yaml"
DRILLS_FILE = FILE.with_name("drills.yaml")
#: A check that last passed longer ago than this no longer supports its line.
PERIOD_DAYS = 90


@dataclass(frozen=True, slots=True)
class Check:
    """A check with its description for readers. `anchor` names the line and the check; `drills` add to it."""

    anchor: str
    shows: str
    url: str
    drills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill as a check of several lines. `module` runs it and exits with 0 if it passed."""

    check: Check
    module: str


@cache
def drills() -> dict[str, Drill]:
    """Return the drills by the anchor of their check."""
    listed = yaml.safe_load(DRILLS_FILE.read_text(encoding="utf-8"))
    return {
        anchor: Drill(Check(anchor, facts["shows"], facts["url"]), facts["module"]) for anchor, facts in listed.items()
    }


@cache
def checks() -> dict[str, Check]:
    """Return the checks by the anchor of their line."""
    listed = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        anchor: Check(anchor, facts["shows"], facts["url"], tuple(facts.get("drills", ())))
        for anchor, facts in listed.items()
    }
