"""Models of sessions, second factors, mailed links, queued mail and the sign-in throttle."""

from .factors import Authenticator, Passkey, RecoveryCode
from .links import EmailChange, Invitation, MailTopic, OwedMail, PasswordReset
from .privileges import Privilege, PrivilegeOutcome, PrivilegeRequest
from .sessions import Session, SignInTry

__all__ = [
    "Authenticator",
    "EmailChange",
    "Invitation",
    "MailTopic",
    "OwedMail",
    "Passkey",
    "PasswordReset",
    "Privilege",
    "PrivilegeOutcome",
    "PrivilegeRequest",
    "RecoveryCode",
    "Session",
    "SignInTry",
]
