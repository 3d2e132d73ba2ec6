"""Drills against the simulator: which preset to apply, what to see here, and what ends it. Pure."""

from dataclasses import dataclass

from pagetojob.servicetitan.simulator.presets import PRESETS


@dataclass(frozen=True)
class Drill:
    """A drill. `key` is the preset on the simulator's page; `causes` are causes that items may show."""

    key: str
    causes: tuple[str, ...]
    see: str
    ends: str

    @property
    def title(self) -> str:
        """Return the title on the simulator's page."""
        return PRESETS[self.key].title


_BY_ITSELF = "By itself: each item goes when its time has come."
_LOOKED_UP = "By itself: two minutes later it is looked up, found and kept. Nothing is made twice."
_ACTIVATE = "Put “Nothing” in force, then open the demo again: activating the connection sends on what it held."

DRILLS: tuple[Drill, ...] = (
    Drill(
        "next-lost",
        ("booking-unclear",),
        "One item retries, marked to be looked up; its timeline says why.",
        _LOOKED_UP,
    ),
    Drill(
        "lost-answers",
        ("booking-unclear", "look-up-due"),
        "Some items retry. The counter “not made twice” rises; the stand-in's own page counts no duplicate.",
        _LOOKED_UP,
    ),
    Drill(
        "broken-answers",
        ("booking-unclear", "booking-away", "look-up-due"),
        "Some items retry. What they answered stands in the timeline as a status, never as their words.",
        _LOOKED_UP,
    ),
    Drill(
        "server-errors",
        ("booking-unclear", "booking-away", "look-up-due"),
        "Items retry; after five faults in a row the lane rests, and one item tries for all.",
        "By itself, once “Nothing” is in force: a try that goes well opens the lane.",
    ),
    Drill("slow-down", ("booking-away",), "Items retry, and the lane rests for as long as they ask.", _BY_ITSELF),
    Drill("slow", (), "Nothing fails. The charts show how long tries take.", "With “Nothing”."),
    Drill(
        "outage",
        ("booking-away", "booking-unclear"),
        "Items retry, the lane rests; after five minutes the alarm of an item that has been due may hold.",
        "By itself, once “Nothing” is in force.",
    ),
    Drill(
        "revoked",
        ("booking-away", "access-refused", "look-up-refused"),
        "A new token is refused as well: items are blocked, and the connection counts refusals.",
        _ACTIVATE,
    ),
    Drill(
        "no-write", ("access-refused",), "Items are blocked: a scope, a consent or the module is missing.", _ACTIVATE
    ),
    Drill(
        "everything",
        ("booking-unclear", "booking-away", "look-up-due"),
        "Some of all of it. Kill a worker as well: its items come back within seventy seconds.",
        _LOOKED_UP,
    ),
)
