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
from .intake import IdempotencyKey, IntakeCounter, SyntheticRequest
from .item import (
    BUCKETS,
    ENDED,
    LEDGER_KINDS,
    MOVES,
    NOTICES,
    OPEN,
    STOPPED,
    UNDOABLE,
    HeardBooking,
    ItemNote,
    Kind,
    SavedView,
    State,
    SyncAttempt,
    SyncItem,
)
from .lane import Lane
from .refusal import Refusal
from .tally import LedgerDay, OpenCount, TallyDay, TallyHour, TallyTotal, What
from .triage import ItemTriage, QueueVisit, SnoozeReason, TriageChange
