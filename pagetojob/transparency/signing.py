"""Keys that sign checkpoints, and signed notes made with them (C2SP signed-note and tlog-cosignature). Pure.

A private key is written as `PRIVATE+KEY+name+hash+base64`, as in other implementations of signed notes.
"""

import base64
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .verify import LOG, WITNESS, Checkpoint, Invalid, Key, cosigned, decoded, read_key

_PREFIX = "PRIVATE+KEY+"


@dataclass(frozen=True)
class Signer:
    """A private key. Its repr does not reveal it."""

    key: Key
    private: Ed25519PrivateKey = field(repr=False)

    def sign(self, text: str) -> str:
        """Return the signature line of a log under a note."""
        return self._line(self.private.sign(text.encode()))

    def cosign(self, text: str, seconds: int) -> str:
        """Return the signature line of a witness that saw the checkpoint at this Unix time."""
        return self._line(seconds.to_bytes(8) + self.private.sign(cosigned(text, seconds)))

    def secret(self) -> str:
        """Return the private key as text."""
        encoded = base64.b64encode(bytes([self.key.kind]) + self.private.private_bytes_raw()).decode()
        return f"{_PREFIX}{self.key.name}+{self.key.id.hex()}+{encoded}"

    def _line(self, signature: bytes) -> str:
        return f"— {self.key.name} {base64.b64encode(self.key.id + signature).decode()}\n"


def new_signer(name: str, kind: int) -> Signer:
    """Make a key. Raises Invalid for a name with a space or a plus sign, which would end it in a note."""
    return _signer(name, kind, Ed25519PrivateKey.generate())


def signer_from_seed(name: str, seed: bytes) -> Signer:
    """Return the key of a log that 32 random bytes make."""
    return _signer(name, LOG, Ed25519PrivateKey.from_private_bytes(seed))


def read_signer(text: str) -> Signer:
    """Return the private key written as text. Raises Invalid; the message does not contain the key."""
    name, _, rest = text.strip().removeprefix(_PREFIX).partition("+")
    stated, _, encoded = rest.partition("+")
    raw = decoded(encoded)
    if not text.strip().startswith(_PREFIX) or len(raw) != 33 or raw[0] not in {LOG, WITNESS}:
        raise Invalid("a private key has the wrong form")
    signer = _signer(name, raw[0], Ed25519PrivateKey.from_private_bytes(raw[1:]))
    if signer.key.id.hex() != stated:
        raise Invalid("the hash of a private key does not match it")
    return signer


def check_log_keys(signing: str, witnesses: str) -> None:
    """Raise Invalid unless both settings are empty or lists of keys, separated by commas."""
    if len({read_signer(text).key.name for text in filter(None, signing.split(","))}) > 1:
        raise Invalid("the keys of a log share its name")
    for text in filter(None, witnesses.split(",")):
        read_key(text)


def checkpoint_text(checkpoint: Checkpoint) -> str:
    return f"{checkpoint.origin}\n{checkpoint.size}\n{base64.b64encode(checkpoint.root).decode()}\n"


def note(text: str, lines: list[str]) -> str:
    """Return a signed note: the text, an empty line, and the signature lines."""
    return text + "\n" + "".join(lines)


def _signer(name: str, kind: int, private: Ed25519PrivateKey) -> Signer:
    if not name or any(char.isspace() or char == "+" for char in name):
        raise Invalid("the name of a key must not contain spaces or plus signs")
    return Signer(Key(name, kind, private.public_key().public_bytes_raw()), private)
