"""The way of an item through the queue, from the queue's own table of moves. No query."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps

from syncqueue.state_texts import CUSTOMER_SAFE

from ..diagrams import Moves, by_machine, queue_diagram
from ..shape import Pack, PageView
from . import drawing

TEMPLATE, STYLES = drawing.TEMPLATE, drawing.STYLES
SECONDS = 0


@dataclass(frozen=True)
class StateLine:
    """A state with where it leads: by a worker and by a person."""

    state: str
    sentence: str
    machine: list[str]
    person: list[str]


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    # As the tables of the architecture page are: read off the model that runs, so that it cannot say otherwise.
    moves: Moves = apps.get_model("syncqueue", "SyncItem").MOVES
    lines = [
        StateLine(
            str(state),
            sentence,
            [str(target) for target in CUSTOMER_SAFE if target in moves[state] and by_machine(state, target)],
            [str(target) for target in CUSTOMER_SAFE if target in moves[state] and not by_machine(state, target)],
        )
        for state, sentence in CUSTOMER_SAFE.items()
    ]
    return {
        "diagram": queue_diagram(moves),
        "words": "readiness/panels/queue_words.html",
        "table": "readiness/panels/queue_table.html",
        "lines": lines,
    }
