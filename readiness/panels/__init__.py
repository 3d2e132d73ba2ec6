"""Panels: sections computed when their page is requested. Panels only read.

A panel is a module of this package with `TEMPLATE`, `STYLES` (stylesheets that its page loads), `SECONDS` (cache time
of its content; 0 means as long as the version) and `context(pack, page)`. The panels of a page make at most eight
queries together.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from ..shape import Pack, PageView
from . import (
    data_flow,
    demo_drift,
    demo_map,
    demo_queue,
    gates_diagram,
    guard,
    handoff,
    importer,
    queue_diagram,
    summary,
    versions,
)


class Panel(Protocol):
    TEMPLATE: str
    STYLES: tuple[str, ...]
    SECONDS: int

    def context(self, pack: Pack, page: PageView) -> dict[str, Any]: ...


PANELS: dict[str, Panel] = {
    "summary": summary,
    "versions": versions,
    "demo_queue": demo_queue,
    "demo_map": demo_map,
    "demo_drift": demo_drift,
    "handoff": handoff,
    "importer": importer,
    "guard": guard,
    "queue_diagram": queue_diagram,
    "data_flow": data_flow,
    "gates_diagram": gates_diagram,
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
        slug: {"template": panel.TEMPLATE, **(given[slug] if slug in given else panel.context(pack, page))}
        for slug, panel in of(page).items()
    }


def styles(page: PageView) -> list[str]:
    return sorted({style for panel in of(page).values() for style in panel.STYLES})


def seconds(page: PageView) -> int:
    """Return the cache time of a page: the shortest of its panels, or 0 for as long as its version."""
    return min((panel.SECONDS for panel in of(page).values() if panel.SECONDS), default=0)
