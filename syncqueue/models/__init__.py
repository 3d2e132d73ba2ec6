from .attempt import SyncAttempt
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
from .item import BUCKETS, ENDED, LEDGER_KINDS, MOVES, NOTICES, OPEN, STOPPED, UNDOABLE, Kind, State, SyncItem
from .lane import Lane
from .ledger import LedgerDay
from .operations import ItemNote, SavedView
from .tally import OpenCount, TallyDay, TallyHour, TallyTotal, What
