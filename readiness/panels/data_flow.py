"""Panel with the data flow diagram and the data boundaries of the pack. No query."""

from typing import Any

from pagetojob.gates.registry import FLAGS

from ..diagrams import Boundary, Kept, flow_diagram
from ..shape import Pack, PageView
from . import drawing
from .rows import field_of, rows_of_kind

TEMPLATE, STYLES = drawing.TEMPLATE, drawing.STYLES
SECONDS = 0
_HAND_OFF = FLAGS["api-booking-sync"]
#: Records that intake writes in one commit.
KEPT = (
    Kept("Lead", "as it was typed"),
    Kept("Owed: business notification", "so that the business is told"),
    Kept("Owed: booking request", "so that somebody books it"),
)


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    states = {row["slug"].replace("-", " "): row["state"] for row in rows_of_kind(pack, "gate")}
    # A gate that the pack does not show counts as closed, so the page never overstates what is open.
    shut = sum(states.get(gate.value) != "open" for gate in _HAND_OFF.gates)
    boundaries = [
        Boundary(row["title"], field_of(row, "current"), field_of(row, "future"), field_of(row, "rule"))
        for row in rows_of_kind(pack, "databoundary")
    ]
    return {
        "diagram": flow_diagram(KEPT, gates=len(_HAND_OFF.gates), shut=shut),
        "words": "readiness/panels/flow_words.html",
        "table": "readiness/panels/flow_table.html",
        "kept": KEPT,
        "gates": len(_HAND_OFF.gates),
        "shut": shut,
        "boundaries": boundaries,
    }
