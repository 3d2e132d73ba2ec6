from .attempt import SyncAttempt
from .desk import ItemNote, SavedView
from .intake import IdempotencyKey, IntakeCounter
from .item import BUCKETS, ENDED, MOVES, NOTICES, OPEN, STOPPED, UNDOABLE, Kind, State, SyncItem
from .lane import Lane
from .ledger import LedgerDay

__all__ = [
    "BUCKETS",
    "ENDED",
    "MOVES",
    "NOTICES",
    "OPEN",
    "STOPPED",
    "UNDOABLE",
    "IdempotencyKey",
    "IntakeCounter",
    "ItemNote",
    "Kind",
    "Lane",
    "LedgerDay",
    "SavedView",
    "State",
    "SyncAttempt",
    "SyncItem",
]
