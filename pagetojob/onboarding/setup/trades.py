"""Proposals for a trade: services, and first pages in our own words. Pure, apart from reading files."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pagetojob.titanmap.map_types import SCHEMA

_FOLDER = Path(__file__).parent / "trades"


@dataclass(frozen=True)
class PageTemplate:
    """A first page. `job_type` is the service that it is about; empty for the home page."""

    slug: str
    path: str
    headline: str
    intro: str
    job_type: str = ""


@dataclass(frozen=True)
class TradeTemplate:
    """Proposals for the contractors of some trades."""

    slug: str
    label: str
    trades: Sequence[str]
    services: Sequence[str]
    pages: Sequence[PageTemplate]


@cache
def trade_templates() -> dict[str, TradeTemplate]:
    """Return all templates by their slug."""
    return {path.stem: _read(path) for path in sorted(_FOLDER.glob("*.json"))}


def templates_of(trades: Sequence[str]) -> list[TradeTemplate]:
    """Return all templates, those of these trades first."""
    return sorted(trade_templates().values(), key=lambda template: not set(template.trades) & set(trades))


def starter_map(template: TradeTemplate, *, name: str, time_zone: str) -> bytes:
    """Return the services of a template as a Titan Map document, without ids and prices."""
    document = {
        "schema": SCHEMA,
        "tenant": {"name": name, "time_zone": time_zone},
        "job_types": [{"name": service, "advertised": False} for service in template.services],
    }
    return json.dumps(document).encode()


def _read(path: Path) -> TradeTemplate:
    data = json.loads(path.read_text(encoding="utf-8"))
    pages = tuple(PageTemplate(**page) for page in data.pop("pages"))
    return TradeTemplate(slug=path.stem, pages=pages, **data)
