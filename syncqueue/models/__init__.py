from .attempt import SyncAttempt
from .desk import ItemNote, SavedView
from .heard import HeardBooking
from .inbox import (
    RERUNNABLE,
    EventState,
    HookCount,
    HookKey,
    HookRoute,
    InboxEvent,
    InboxFinding,
    InboxGap,
    KeyStanding,
    QuarantinedRequest,
)
from .intake import IdempotencyKey, IntakeCounter
from .item import BUCKETS, ENDED, MOVES, NOTICES, OPEN, STOPPED, UNDOABLE, Kind, State, SyncItem
from .lane import Lane
from .ledger import LedgerDay
from .tally import TallyHour, TallyTotal, What

__all__ = [
    "BUCKETS",
    "ENDED",
    "MOVES",
    "NOTICES",
    "OPEN",
    "RERUNNABLE",
    "STOPPED",
    "UNDOABLE",
    "EventState",
    "HeardBooking",
    "HookCount",
    "HookKey",
    "HookRoute",
    "IdempotencyKey",
    "InboxEvent",
    "InboxFinding",
    "InboxGap",
    "IntakeCounter",
    "ItemNote",
    "KeyStanding",
    "Kind",
    "Lane",
    "LedgerDay",
    "QuarantinedRequest",
    "SavedView",
    "State",
    "SyncAttempt",
    "SyncItem",
    "TallyHour",
    "TallyTotal",
    "What",
]
