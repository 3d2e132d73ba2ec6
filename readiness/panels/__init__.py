"""What a section computes when its page is read, by name. A panel reads; none of them writes a row.

A panel is a module of this package with `TEMPLATE`, `STYLES` (stylesheets its page loads), `SECONDS` (how long what
it shows may be served; 0 while the version lasts) and `context(pack, page)`. All panels of a page take at most eight
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
    """Section slug to its panel."""
    return {section.slug: PANELS[section.layout.panel] for section in page.sections if section.layout.panel in PANELS}


def compute(
    pack: Pack, page: PageView, results: Mapping[str, dict[str, Any]] | None = None
) -> dict[str, dict[str, Any]]:
    """Section slug to what its panel shows; `template` is how. `results` stand where a panel would read by itself."""
    given = results or {}
    return {
        slug: {"template": panel.TEMPLATE, **(given[slug] if slug in given else panel.context(pack, page))}
        for slug, panel in of(page).items()
    }


def styles(page: PageView) -> list[str]:
    return sorted({style for panel in of(page).values() for style in panel.STYLES})


def seconds(page: PageView) -> int:
    """How long a page may be served: as long as its most hurried panel allows; 0 while its version lasts."""
    return min((panel.SECONDS for panel in of(page).values() if panel.SECONDS), default=0)
