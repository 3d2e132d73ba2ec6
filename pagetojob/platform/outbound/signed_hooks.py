"""Webhooks that we send, signed according to Standard Webhooks (standardwebhooks.com). No Django."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping

from .addresses import Origin
from .errors import RefusedError, TransientError, UnclearError
from .response import Answer

_LATER = (408, 425, 429)
_GONE = 410


def fresh_secret() -> str:
    """Return a new secret that signs the webhooks to one receiver."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the webhook-signature header of a body. Raises ValueError for an invalid secret."""
    encoded = secret.removeprefix("whsec_")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError("The secret must be whsec_ followed by base64.")
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def post_signed(
    url: str, *, secret: str, message_id: str, timestamp: int, body: bytes, listed: frozenset[Origin]
) -> Answer:
    """Post a signed JSON body. A receiver recognizes a repeated delivery by `message_id`.

    Raises TransientError and UnclearError if it should be sent again, and RefusedError if that would not help. A
    redirect is not followed, because the body is meant for this address only.
    """
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, message_id=message_id, timestamp=timestamp, body=body),
    }
    answer = asyncio.run(_post(url, headers, body, listed))
    if answer.status < 300:
        return answer
    if answer.status >= 500 or answer.status in _LATER:
        raise TransientError("hook-later", f"The receiver answered {answer.status}.", wait=_wait(answer.headers))
    if answer.status == _GONE:
        raise RefusedError("hook-gone", "The receiver answered 410: it takes no more events.")
    raise RefusedError("hook-refused", f"The receiver answered {answer.status}.")


async def _post(url: str, headers: Mapping[str, str], body: bytes, listed: frozenset[Origin]) -> Answer:
    from .transport import Patience, Transport  # noqa: PLC0415 - aiohttp takes a fifth of the start of each process

    # A receiver that does not answer by then is asked again later.
    patience = Patience(connect=5.0, total=10.0, body=65_536, at_once=4)
    async with Transport(listed=listed, patience=patience) as transport:
        try:
            return await transport.send("POST", url, headers=headers, form=body)
        except UnclearError as error:
            raise UnclearError(error.code, f"{error.sentence} The message may have arrived.") from None


def _wait(headers: Mapping[str, str]) -> float | None:
    given = headers.get("retry-after", "")
    return min(float(given), 3600.0) if given.isdecimal() and len(given) < 9 else None
