"""Errors of the vault. Messages contain no secret values, so they may be logged and shown."""

from collections.abc import Sequence


class VaultError(Exception):
    """Base class. `message` states what is wrong and what to do."""

    message = "The vault refused."

    def __init__(self) -> None:
        super().__init__(self.message)


class SealBroken(VaultError):
    """Authentication failed: the bytes were changed, or belong to another record or key."""

    message = "The stored value was changed or belongs to another record. It is not used."


class SealTruncated(VaultError):
    message = "The stored value is incomplete. It is not used."


class KeyMalformed(VaultError):
    message = "A key is not 32 bytes long. It is not used."


class UnknownKey(VaultError):
    message = "The key that sealed this secret is not in the key ring. Add that key again, or store the secret again."


class RetiredKey(VaultError):
    message = "The key that sealed this secret is retired. Store the secret again."


class Destroyed(VaultError):
    """The data key or the sealed bytes were intentionally destroyed."""

    message = "This secret was destroyed. Connect again to store a new one."


class SecretNotStored(VaultError):
    message = "No such secret is stored for this connection."


class WrongPurpose(VaultError):
    message = "This kind of secret cannot be used for that purpose."


class BadSecret(VaultError):
    message = (
        "This is not a valid secret: it is empty, longer than 4,096 characters, or contains spaces or line breaks. "
        "Copy the complete secret again, and nothing else."
    )


class ConnectionClosed(VaultError):
    """The state of the connection does not allow secrets to be stored or used."""

    message = "The connection is not in a state in which secrets can be stored or used."


class NotReady(VaultError):
    message = "A connection can be activated only when app key, client ID and client secret are stored."


class TokenBusy(VaultError):
    message = "Another process has been requesting this access token for too long. Try again."


class NotAdmitted(VaultError):
    """The gates do not allow secrets for this environment. `missing` holds the reasons as sentences."""

    advice = "Nothing was saved. If you pasted a real secret, rotate it now, because it has left its safe place."

    def __init__(self, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        self.message = " ".join(("The vault does not accept secrets for this environment yet.", *missing, self.advice))
        super().__init__()
