"""Webhook signature verification. Pure: headers, raw bytes and keys in, a verdict out.

Only the headers with the signature are parsed, and every key is compared with every signature, so that the time it
takes does not reveal a near match.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from .outcomes import Outcome

SECRET_BYTES = range(24, 65)
_MOST_SIGNATURES = 16
_LONGEST_HEADER = 2048
_ID = re.compile(r"[!-\-/-~]{1,200}")  # visible ASCII except the dot, which separates the signed parts
_STAMP = re.compile(r"0|[1-9][0-9]{0,10}")
_SIGNABLE = re.compile(r"[!-~]{1,200}")


class Scheme(StrEnum):
    STANDARD = "standard webhooks"
    HMAC_BASE64 = "hmac base64"
    HMAC_HEX = "hmac hex"


class BadKey(ValueError):
    """Raised for a text that is not a valid key of its scheme."""


@dataclass(frozen=True, repr=False)
class HookSecret:
    """A key in plain text, and whether its signatures are accepted. Its repr shows nothing."""

    slot: str
    accepted: bool
    raw: bytes


@dataclass(frozen=True)
class Recipe:
    """The headers of a scheme. `signs_id`: the id is part of the signed text, so no one can change it."""

    scheme: Scheme
    signature_header: str = "webhook-signature"
    timestamp_header: str = "webhook-timestamp"
    id_header: str = "webhook-id"

    @property
    def signs_id(self) -> bool:
        return bool(self.id_header)

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.signature_header, self.timestamp_header, self.id_header)))


@dataclass(frozen=True)
class Checked:
    """The verdict. `refused` is None if an accepted key signed it; `slot` names that key."""

    refused: Outcome | None
    slot: str = ""
    message_id: str = ""
    stamp: str = ""


def check(recipe: Recipe, headers: Mapping[str, str], body: bytes, keys: Sequence[HookSecret]) -> Checked:
    """Return the verdict on a request, by its scheme. Add other senders' schemes here.

    Each signs with HMAC-SHA256 over `id.timestamp.body`, or over `timestamp.body` without an id. Standard Webhooks
    (standardwebhooks.com) sends one or several signatures, separated by spaces, each as `v1,` and base64.
    """
    parts = _parts(recipe, headers)
    if parts is None:
        return Checked(Outcome.UNSIGNED)
    message_id, stamp, signature = parts
    standard, given = recipe.scheme is Scheme.STANDARD, [signature]
    if standard:
        given = [entry[3:] for entry in signature.split(" ")[:_MOST_SIGNATURES] if entry.startswith("v1,")]
    signed = f"{message_id}.{stamp}." if standard or recipe.signs_id else f"{stamp}."
    signatures = [entry.encode() for entry in given]
    return _judge(keys, signed.encode() + body, signatures, recipe.scheme, (message_id, stamp))


def sign(recipe: Recipe, key: HookSecret, body: bytes, *, message_id: str, stamp: str) -> dict[str, str]:
    """Return the headers of a request that `check` accepts under this recipe. For our own test events."""
    standard = recipe.scheme is Scheme.STANDARD
    signed = f"{message_id}.{stamp}." if standard or recipe.signs_id else f"{stamp}."
    digest = hmac.digest(key.raw, signed.encode() + body, hashlib.sha256)
    text = digest.hex() if recipe.scheme is Scheme.HMAC_HEX else base64.b64encode(digest).decode()
    headers = {recipe.signature_header: f"v1,{text}" if standard else text, recipe.timestamp_header: stamp}
    return headers | ({recipe.id_header: message_id} if recipe.signs_id else {})


def read_key(scheme: Scheme, text: str) -> bytes:
    """Return the bytes of a key as people paste it. Raises BadKey, quoting nothing."""
    if scheme is not Scheme.STANDARD:
        if len(text.encode()) < 32 or len(text) > 64:
            raise BadKey("A key of this scheme is 32 to 64 characters long.")
        return text.encode()
    encoded = text.removeprefix("whsec_")
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) not in SECRET_BYTES:
        raise BadKey("A key of Standard Webhooks is whsec_ and the base64 of 24 to 64 bytes.")
    return raw


def read_stamp(text: str) -> datetime | None:
    """Parse Unix seconds in canonical form; return None for any other text."""
    return datetime.fromtimestamp(int(text), UTC) if _STAMP.fullmatch(text) else None


def judge_time(signed_at: datetime, now: datetime, *, back: int, ahead: int) -> Outcome | None:
    """Return whether a signature is too old or from the future; None if it is fresh. The window includes both ends."""
    age = now.timestamp() - signed_at.timestamp()
    if age > back:
        return Outcome.STALE
    return Outcome.AHEAD if -age > ahead else None


def is_id(text: str) -> bool:
    return bool(_ID.fullmatch(text))


def _parts(recipe: Recipe, headers: Mapping[str, str]) -> tuple[str, str, str] | None:
    """Return id, time and signature as sent; None if one is missing or could not have been signed."""
    message_id = headers.get(recipe.id_header, "") if recipe.signs_id else ""
    stamp, signature = headers.get(recipe.timestamp_header, ""), headers.get(recipe.signature_header, "")
    signable = _SIGNABLE.fullmatch(stamp) and (not recipe.signs_id or _SIGNABLE.fullmatch(message_id))
    if not (signable and signature and signature.isascii() and len(signature) <= _LONGEST_HEADER):
        return None
    return message_id, stamp, signature


def _judge(
    keys: Sequence[HookSecret], signed: bytes, given: list[bytes], scheme: Scheme, sent: tuple[str, str]
) -> Checked:
    fits: list[HookSecret] = []
    for key in keys:
        digest = hmac.digest(key.raw, signed, hashlib.sha256)
        expected = digest.hex().encode() if scheme is Scheme.HMAC_HEX else base64.b64encode(digest)
        if sum(hmac.compare_digest(expected, signature) for signature in given):
            fits.append(key)
    accepted = [key for key in fits if key.accepted]
    if accepted:
        return Checked(None, accepted[0].slot, *sent)
    return Checked(Outcome.RETIRED_KEY, fits[0].slot) if fits else Checked(Outcome.WRONG_SIGNATURE)
