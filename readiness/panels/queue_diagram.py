"""Panel with the diagram of a queue item's states, drawn from the queue's transition table. No query."""

from typing import Any

from django.apps import apps

from syncqueue.state_texts import CUSTOMER_SAFE

from ..diagrams.queue import Moves, by_machine, queue_diagram
from ..shape import Pack, PageView


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    # Read from the model that runs, like the tables of the architecture page, so the diagram cannot go stale.
    moves: Moves = apps.get_model("syncqueue", "SyncItem").MOVES
    lines = [
        {
            "state": str(state),
            "sentence": sentence,
            "machine": [to.label for to in CUSTOMER_SAFE if to in moves[state] and by_machine(state, to)],
            "person": [to.label for to in CUSTOMER_SAFE if to in moves[state] and not by_machine(state, to)],
        }
        for state, sentence in CUSTOMER_SAFE.items()
    ]
    return {
        "diagram": queue_diagram(moves),
        "words": "readiness/panels/queue_words.html",
        "table": "readiness/panels/queue_table.html",
        "lines": lines,
    }
