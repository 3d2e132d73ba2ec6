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


_BY_ITSELF = "Automatically: each item is sent when it is due."
_LOOKED_UP = "Automatically: two minutes later a lookup finds the booking and keeps it. No duplicate is created."
_ACTIVATE = (
    "Apply “Nothing”, then choose “Check again” under Refusals: all blocked items are sent. After five refusals in a"
    " row, turn the demo on again: activating the connection releases them."
)

DRILLS: tuple[Drill, ...] = (
    Drill(
        "next-lost",
        ("booking-unclear",),
        "An item retries after a lookup; its timeline shows why.",
        _LOOKED_UP,
    ),
    Drill(
        "lost-answers",
        ("booking-unclear", "look-up-due"),
        "Some items retry. The counter “Duplicates prevented” rises; the simulator counts no duplicate.",
        _LOOKED_UP,
    ),
    Drill(
        "broken-answers",
        ("booking-unclear", "booking-away", "look-up-due"),
        "Some items retry. The timeline shows the response status, never the response text.",
        _LOOKED_UP,
    ),
    Drill(
        "server-errors",
        ("booking-unclear", "booking-away", "look-up-due"),
        "Items retry; after five errors in a row the lane cools down, and one item tests it.",
        "Automatically, once “Nothing” is applied: a successful attempt reopens the lane.",
    ),
    Drill(
        "slow-down",
        ("booking-away",),
        "Items retry, and the lane cools down for as long as the simulator asks.",
        _BY_ITSELF,
    ),
    Drill("slow", (), "Nothing fails. The charts show longer attempts.", "With “Nothing”."),
    Drill(
        "outage",
        ("booking-away", "booking-unclear"),
        "Items retry and the lane cools down; after five minutes the alarm for due items may be active.",
        "Automatically, once “Nothing” is applied.",
    ),
    Drill(
        "revoked",
        ("booking-away", "access-refused", "look-up-refused"),
        "New tokens are refused too: items are blocked, and the connection counts refusals.",
        _ACTIVATE,
    ),
    Drill(
        "no-write", ("access-refused",), "Items are blocked: a scope, a consent or the module is missing.", _ACTIVATE
    ),
    Drill(
        "disabled",
        ("mapping-refused",),
        "Items are blocked and name the campaign. Under Refusals they are one line; only one of them is sent again.",
        "Apply “Nothing”, then choose “Check again” under Refusals: the first item is sent, and the others follow.",
    ),
    Drill(
        "everything",
        ("booking-unclear", "booking-away", "look-up-due"),
        "A mix of all of these. Kill a worker too: its items return within seventy seconds.",
        _LOOKED_UP,
    ),
)
