"""What the vault refuses. Each error is one sentence that holds no value: it may be logged and shown as it is."""

from collections.abc import Sequence


class VaultError(Exception):
    """Base of all refusals. `for_people` says what is wrong and what to do."""

    for_people = "The vault refused."

    def __init__(self) -> None:
        super().__init__(self.for_people)


class SealBroken(VaultError):
    """Changed bytes, another record's bytes or another key's: authenticated encryption cannot tell which."""

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
    """The data key or the sealed bytes are gone for good, and on purpose."""

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
    """The connection's state allows no secret to be kept or used."""

    for_people = "The connection is not in a state in which secrets are kept or used."


class NotReady(VaultError):
    for_people = "A connection is active only when app key, client id and client secret are kept."


class TokenBusy(VaultError):
    for_people = "Another process has been asking for this access token for too long. Try again."


class NotAdmitted(VaultError):
    """The gates do not admit secrets for this environment. `missing` are sentences."""

    advice = "Nothing was kept. If what you pasted is a real secret, rotate it now: it has left its safe place."

    def __init__(self, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        self.for_people = " ".join(("The vault takes no secret for this environment yet.", *missing, self.advice))
        super().__init__()
