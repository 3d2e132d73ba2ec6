"""Send events signed according to Standard Webhooks. Our choice: ServiceTitan's signing scheme is not public."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pagetojob.platform.outbound.addresses import AddressRefused, Origin, read
from pagetojob.platform.outbound.errors import GatewayError
from pagetojob.platform.outbound.signed_hooks import sign
from pagetojob.platform.outbound.transport import Patience, Transport

SIGNED_BY = "Standard Webhooks; our choice, not ServiceTitan's"
_WAYS = frozenset({"right", "wrong", "none", "stale"})
_STALE_SECONDS = 3600


class NotSent(ValueError):
    """The event was not sent. The message gives the reason."""


@dataclass(frozen=True)
class Hook:
    """An event to send `times` times. `signature` is right, wrong, none, or stale (signed an hour ago)."""

    url: str
    secret: str
    kind: str
    data: Mapping[str, Any]
    id: str
    signature: str = "right"
    times: int = 1


def hook_of(given: Any) -> Hook:
    """Parse a hook from JSON: url, secret (whsec_…), type, data, optionally id, signature, times. Raises NotSent."""
    if not isinstance(given, Mapping):
        raise NotSent("A hook must be an object.")
    texts = {name: given.get(name, "") for name in ("url", "secret", "type")}
    data, times = given.get("data", {}), given.get("times", 1)
    if not all(isinstance(text, str) and text for text in texts.values()) or not isinstance(data, Mapping):
        raise NotSent("A hook needs url, secret and type, and optionally data.")
    if given.get("signature", "right") not in _WAYS or not isinstance(times, int) or not 1 <= times <= 20:
        raise NotSent("The signature must be right, wrong, none or stale, and times must be 1 to 20.")
    return Hook(
        url=texts["url"],
        secret=texts["secret"],
        kind=texts["type"],
        data=data,
        id=str(given.get("id") or f"msg_{secrets.token_hex(12)}"),
        signature=given.get("signature", "right"),
        times=times,
    )


async def send(hook: Hook, *, listed: frozenset[Origin]) -> list[dict[str, Any]]:
    """Send the event and return each response. Raises NotSent for an origin that --hooks-to does not list."""

    try:
        origin = read(hook.url, listed=listed).origin
    except AddressRefused as error:
        raise NotSent(error.sentence) from None
    if origin not in listed:
        raise NotSent("Start the simulator with --hooks-to for that origin.")
    moment = int(time.time()) - (_STALE_SECONDS if hook.signature == "stale" else 0)
    body = json.dumps({"type": hook.kind, "timestamp": moment, "data": hook.data}).encode()
    headers = {"content-type": "application/json", "webhook-id": hook.id, "webhook-timestamp": str(moment)}
    try:
        right = sign(hook.secret, message_id=hook.id, timestamp=moment, body=body)
    except ValueError as error:
        raise NotSent(str(error)) from None
    if hook.signature != "none":
        headers["webhook-signature"] = right if hook.signature != "wrong" else "v1," + "A" * 43 + "="
    answers: list[dict[str, Any]] = []
    async with Transport(listed=listed, patience=Patience(total=20.0)) as transport:
        for _ in range(hook.times):
            try:
                answer = await transport.send("POST", hook.url, headers=headers, form=body)
                answers.append({"id": hook.id, "status": answer.status})
            except GatewayError as error:
                answers.append({"id": hook.id, "error": error.code})
    return answers
