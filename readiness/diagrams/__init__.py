"""Drawings of the pack, laid out from data. Pure: plain values in, boxes, arrows and words with their places out.

One layout serves all widths: it is as narrow as a telephone, and its rows are read from top to bottom.
"""

from .flow import Boundary, Kept, flow_diagram
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
    "Kept",
    "Mark",
    "Moves",
    "Words",
    "by_machine",
    "flow_diagram",
    "gates_diagram",
    "queue_diagram",
]
