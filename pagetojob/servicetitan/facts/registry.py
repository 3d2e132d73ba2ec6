"""The external facts, read from facts.yaml. No table is read."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Fact:
    """A fact, its source, and what depends on it: requirements, flags, and rows of the readiness pack by anchor.

    Research recorded it on `researched_on`. A reading by a person is valid for `days`.
    """

    slug: str
    statement: str
    source: str
    researched_on: date
    days: int
    gates: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


@cache
def facts() -> tuple[Fact, ...]:
    rows = yaml.safe_load(Path(__file__).with_name("facts.yaml").read_text("utf-8"))
    return tuple(_fact(row) for row in rows)


def _fact(row: dict[str, Any]) -> Fact:
    lists = {name: tuple(row.get(name, ())) for name in ("gates", "features", "sentences")}
    return Fact(**row | lists)


def fact(slug: str) -> Fact | None:
    return next((known for known in facts() if known.slug == slug), None)
