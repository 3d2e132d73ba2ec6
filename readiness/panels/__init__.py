"""Panels: sections computed when their page is requested. Panels only read.

Each panel has a module of this package with its `context(pack, page)`. The panels of a page make at most eight queries
together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..shape import Pack, PageView
from . import (
    data_flow,
    demo_drift,
    demo_map,
    demo_queue,
    facts,
    gates_diagram,
    guard,
    handoff,
    importer,
    questionnaire,
    queue_diagram,
    retention,
    summary,
    validation,
    versions,
)


@dataclass(frozen=True)
class Panel:
    """A panel: its template, its stylesheets, and the cache time of its content (0: as long as the version)."""

    template: str
    context: Callable[[Pack, PageView], dict[str, Any]]
    seconds: int = 0
    styles: tuple[str, ...] = ("readiness-tools.css",)


PANELS = {
    "summary": Panel("summary", summary.context, styles=()),
    "versions": Panel("versions", versions.context, styles=("readiness-versions.css",)),
    "demo_queue": Panel("demo_queue", demo_queue.context, seconds=2),
    "demo_map": Panel("demo_map", demo_map.context, seconds=10),
    "demo_drift": Panel("demo_drift", demo_drift.context, seconds=10),
    "handoff": Panel("handoff", handoff.context, seconds=10),
    "importer": Panel("importer", importer.context),
    "questionnaire": Panel("questionnaire", questionnaire.context),
    "retention": Panel("retention", retention.context, seconds=60),
    "validation": Panel("validation", validation.context, seconds=60),
    "facts": Panel("facts", facts.context, seconds=60),
    "guard": Panel("guard", guard.context),
    "queue_diagram": Panel("drawing", queue_diagram.context),
    "data_flow": Panel("drawing", data_flow.context),
    "gates_diagram": Panel("drawing", gates_diagram.context),
}


def of(page: PageView) -> dict[str, Panel]:
    """Map section slugs to their panels."""
    return {section.slug: PANELS[section.layout.panel] for section in page.sections if section.layout.panel in PANELS}


def compute(
    pack: Pack, page: PageView, results: Mapping[str, dict[str, Any]] | None = None
) -> dict[str, dict[str, Any]]:
    """Map section slugs to panel contexts, with the `template` to render. `results` replace what a panel would read."""
    given = results or {}
    return {
        slug: {"template": f"readiness/panels/{panel.template}.html"}
        | (given[slug] if slug in given else panel.context(pack, page))
        for slug, panel in of(page).items()
    }


#: Kinds of rows that are shown as tables, with their own stylesheet.
TABLE_KINDS = {"flag", "scope", "table", "contract"}


def styles(page: PageView) -> list[str]:
    """Return the stylesheets of a page in addition to those of every page."""
    needed = {style for panel in of(page).values() for style in panel.styles}
    if page.slug == "landing":
        needed.add("readiness-landing.css")
    if any(section.kind in TABLE_KINDS for section in page.sections):
        needed.add("readiness-tables.css")
    return sorted(needed)


def seconds(page: PageView) -> int:
    """Return the cache time of a page: the shortest of its panels, or 0 for as long as its version."""
    return min((panel.seconds for panel in of(page).values() if panel.seconds), default=0)
