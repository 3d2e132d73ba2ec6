"""Diagrams of the pack, laid out from data. Pure: takes plain values, returns positioned boxes, arrows and texts.

The same layout serves all screen widths: it is as narrow as a phone and reads from top to bottom.
"""

from .flow import Boundary, Record, flow_diagram
from .gates import FlagLine, GateLine, gates_diagram
from .queue import Moves, by_machine, queue_diagram
from .shapes import Arrow, Box, Diagram, Mark, Words

__all__ = [
    "Arrow",
    "Boundary",
    "Box",
    "Diagram",
    "FlagLine",
    "GateLine",
    "Mark",
    "Moves",
    "Record",
    "Words",
    "by_machine",
    "flow_diagram",
    "gates_diagram",
    "queue_diagram",
]
