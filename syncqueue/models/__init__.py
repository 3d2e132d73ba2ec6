from .attempt import SyncAttempt
from .item import BUCKETS, MOVES, OPEN, Kind, State, SyncItem

__all__ = ["BUCKETS", "MOVES", "OPEN", "Kind", "State", "SyncAttempt", "SyncItem"]
