"""Errors of the vault. Messages contain no secret values, so they may be logged and shown."""

from collections.abc import Sequence


class VaultError(Exception):
    """Base class. `for_people` is the message: what is wrong and what to do."""

    for_people = "The vault refused."

    def __init__(self) -> None:
        super().__init__(self.for_people)


class SealBroken(VaultError):
    """Authentication failed: the bytes were changed, or belong to another record or key."""

    for_people = "What is kept was changed, or belongs to another record. It is not used."


class SealTruncated(VaultError):
    for_people = "What is kept is cut short. It is not used."


class KeyMalformed(VaultError):
    for_people = "A key is not 32 bytes long. It is not used."


class UnknownKey(VaultError):
    for_people = "The key it was sealed under is not in the key ring. Put that key back, or keep the secret anew."


class RetiredKey(VaultError):
    for_people = "The key it was sealed under is retired. Keep the secret anew."


class Destroyed(VaultError):
    """The data key or the sealed bytes were intentionally destroyed."""

    for_people = "This secret was destroyed. Connect anew to keep another one."


class NothingKept(VaultError):
    for_people = "No such secret is kept for this connection."


class WrongPurpose(VaultError):
    for_people = "This kind of secret is not used for that purpose."


class BadSecret(VaultError):
    for_people = (
        "That cannot be a secret: it is empty, longer than 4,096 characters, or has spaces or line breaks in it. "
        "Copy it again, whole and alone."
    )


class ConnectionClosed(VaultError):
    """The state of the connection does not allow secrets to be stored or used."""

    for_people = "The connection is not in a state in which secrets are kept or used."


class NotReady(VaultError):
    for_people = "A connection is active only when app key, client id and client secret are kept."


class TokenBusy(VaultError):
    for_people = "Another process has been asking for this access token for too long. Try again."


class NotAdmitted(VaultError):
    """The gates do not allow secrets for this environment. `missing` holds the reasons as sentences."""

    advice = "Nothing was kept. If what you pasted is a real secret, rotate it now: it has left its safe place."

    def __init__(self, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        self.for_people = " ".join(("The vault takes no secret for this environment yet.", *missing, self.advice))
        super().__init__()
