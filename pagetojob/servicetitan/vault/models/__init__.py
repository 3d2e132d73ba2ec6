from .app_version import Acceptance, AppVersion
from .connection import OPEN, USABLE, Connection, ConnectionState, Lost
from .receipt import AT_DISCONNECT, MAKES_PDF, FollowUp, Receipt, Revocation, Step
from .secret import DataKey, DataPurpose, Secret, SecretKind

__all__ = [
    "AT_DISCONNECT",
    "MAKES_PDF",
    "OPEN",
    "USABLE",
    "Acceptance",
    "AppVersion",
    "Connection",
    "ConnectionState",
    "DataKey",
    "DataPurpose",
    "FollowUp",
    "Lost",
    "Receipt",
    "Revocation",
    "Secret",
    "SecretKind",
    "Step",
]
