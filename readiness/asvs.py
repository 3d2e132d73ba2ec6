"""The requirements of ASVS 5.0 with our status, from docs/reference/asvs.yaml. Does not use Django."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).resolve().parents[1] / "docs" / "reference" / "asvs.yaml"
MET, NOT_MET, NOT_APPLICABLE = STATUSES = ("met", "not met", "n/a")


@dataclass(frozen=True)
class Requirement:
    """A requirement: what it asks, whether we meet it, and the evidence or the reason."""

    chapter: str
    id: str
    asks: str
    status: str
    evidence: tuple[str, ...] = ()
    note: str = ""
    reason: str = ""


@cache
def requirements() -> tuple[Requirement, ...]:
    """Return all requirements, in the order of the file, which is read once."""
    chapters: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return tuple(
        Requirement(chapter, number, **row | {"evidence": tuple(row.get("evidence", ()))})
        for chapter, rows in chapters.items()
        for number, row in rows.items()
    )
