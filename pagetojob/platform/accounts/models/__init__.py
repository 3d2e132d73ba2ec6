"""Sessions, factors, links, owed mail and the throttle."""

from .factors import Authenticator, Passkey, RecoveryCode
from .links import Invitation, OwedMail, PasswordReset, Telling
from .sessions import Session, SignInTry

__all__ = [
    "Authenticator",
    "Invitation",
    "OwedMail",
    "Passkey",
    "PasswordReset",
    "RecoveryCode",
    "Session",
    "SignInTry",
    "Telling",
]
