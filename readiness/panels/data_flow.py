"""Panel with the data flow diagram and the data boundaries of the pack. No query."""

from typing import Any

from pagetojob.gates.registry import FLAGS

from ..diagrams.flow import Record, flow_diagram
from ..shape import Pack, PageView
from .rows import field_of, rows_of_kind

_HAND_OFF = FLAGS["api-booking-sync"]
#: Records that intake writes in one commit.
RECORDS = (
    Record("Lead", "exactly as typed"),
    Record("Business notification", "outbox item that notifies the business"),
    Record("Booking request", "outbox item that hands off the booking"),
)


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    states = {row["slug"].replace("-", " "): row["state"] for row in rows_of_kind(pack, "gate")}
    # A gate that the pack does not show counts as closed, so the page never overstates what is open.
    closed = sum(states.get(gate.value) != "open" for gate in _HAND_OFF.gates)
    boundaries = [
        {"family": row["title"]} | {name: field_of(row, name) for name in ("current", "future", "rule")}
        for row in rows_of_kind(pack, "databoundary")
    ]
    return {
        "diagram": flow_diagram(RECORDS, gates=len(_HAND_OFF.gates), closed=closed),
        "words": "readiness/panels/flow_words.html",
        "table": "readiness/panels/flow_table.html",
        "records": RECORDS,
        "gates": len(_HAND_OFF.gates),
        "closed": closed,
        "boundaries": boundaries,
    }
