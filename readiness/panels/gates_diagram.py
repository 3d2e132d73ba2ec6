"""Panel with the diagram of flags and their gates in this version of the pack. No query."""

from typing import Any

from pagetojob.gates.registry import FLAGS, Gate

from ..diagrams.gates import FlagLine, GateLine, gates_diagram
from ..shape import Pack, PageView
from .rows import rows_of_kind


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """Combine the gates of each flag (from code) with their states (from the version). Empty if either is missing."""
    gates = [
        GateLine(row["slug"].replace("-", " "), row["state"] == "open", row.get("owner", ""))
        for row in rows_of_kind(pack, "gate")
    ]
    flags = [
        FlagLine(row["title"], row["state"], tuple(gate.value for gate in Gate if gate in FLAGS[row["slug"]].gates))
        for row in rows_of_kind(pack, "flag")
        if row["slug"] in FLAGS
    ]
    if not gates or not flags:
        return {}
    return {
        "diagram": gates_diagram(flags, gates),
        "words": "readiness/panels/gates_words.html",
        "table": "readiness/panels/gates_table.html",
        "flags": flags,
        "gates": gates,
    }
