"""Models of sessions, second factors, mailed links, queued mail and the sign-in throttle."""

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
