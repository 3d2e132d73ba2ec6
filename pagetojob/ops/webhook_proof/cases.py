"""Test cases for the webhook inbox, which must ignore events that it cannot trust. Pure."""

import base64
import gzip
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

EVENT = {"type": "heartbeat", "version": 1, "data": {}}
GOOD = json.dumps(EVENT).encode()


class Effect(StrEnum):
    """Expected effect of a case. `REFUSED` and `NO_EVENT` do not say if a copy is quarantined."""

    ANY = ""
    EVENT = "event"
    DUPLICATE = "duplicate"  # at most one of all copies made a row
    QUARANTINE = "quarantine"
    NO_EVENT = "nothing"
    REFUSED = "refused"
    NOT_STORED = "nothing stored"


@dataclass(frozen=True)
class Case:
    """A request to post.

    `key` names the signing key, or is None for an unsigned request. `headers` override the generated ones; None removes
    one. `extra` headers are added. `times` repeats the same request; the last response counts. `sign_body` is the
    signed body if it differs from the sent one. `path` is below /hooks/, where `{id}` is the route's id. `statuses` and
    `effect` are the expected results; empty `statuses` accept any. In headers, {now} is the signing time, {signature}
    is the correct signature with its version, and {digest} is without it.
    """

    name: str
    statuses: frozenset[int]
    effect: Effect
    body: bytes = GOOD
    age: float = 0
    key: str | None = "current"
    headers: Mapping[str, str | None] = field(default_factory=dict)
    times: int = 1
    sign_body: bytes | None = None
    reversed_signatures: bool = False
    method: str = "POST"
    path: str = "{id}/"
    extra: tuple[tuple[str, str], ...] = ()


def _of(*statuses: int) -> frozenset[int]:
    return frozenset(statuses)


def built_in(largest: int) -> list[Case]:
    """Return all negative cases, and two valid ones that show that the server is in service."""
    reordered = json.dumps(dict(reversed(EVENT.items()))).encode()
    bomb = gzip.compress(b'{"type": "heartbeat", "data": "' + b"0" * 10_000_000 + b'"}')
    return [
        Case("a good event", _of(200), Effect.EVENT),
        Case("the same again", _of(200), Effect.DUPLICATE, times=2),
        Case("unsigned", _of(401), Effect.QUARANTINE, headers={"webhook-signature": None}),
        Case("one byte changed", _of(401), Effect.QUARANTINE, body=GOOD + b" ", sign_body=GOOD),
        Case("stale", _of(400), Effect.QUARANTINE, age=301 + 5),
        Case("ahead", _of(400), Effect.QUARANTINE, age=-65),
        Case("id header removed", _of(401), Effect.QUARANTINE, headers={"webhook-id": None}),
        Case("time header removed", _of(401), Effect.QUARANTINE, headers={"webhook-timestamp": None}),
        Case("another tenant's key", _of(401), Effect.QUARANTINE, key="other"),
        Case("names in another order", _of(401), Effect.QUARANTINE, body=reordered, sign_body=GOOD),
        Case("several signatures, the right one first", _of(200), Effect.EVENT, key="both"),
        Case("several signatures, the right one last", _of(200), Effect.EVENT, key="both", reversed_signatures=True),
        Case("retired key", _of(401), Effect.QUARANTINE, key="retired"),
        Case("huge", _of(413), Effect.NOT_STORED, body=b"x" * (largest + 1)),
        Case("not JSON", _of(400), Effect.QUARANTINE, body=b"type=heartbeat"),
        Case("deep JSON", _of(400), Effect.QUARANTINE, body=b"[" * 20_000 + b"]" * 20_000),
        Case("wrong content type", _of(400), Effect.QUARANTINE, headers={"content-type": "text/plain"}),
        Case("gzip bomb", _of(400), Effect.QUARANTINE, body=bomb, headers={"content-encoding": "gzip"}),
        Case("duplicate JSON keys", _of(400), Effect.QUARANTINE, body=b'{"type":"heartbeat","type":"heartbeat"}'),
        Case("NUL bytes", _of(400), Effect.QUARANTINE, body=b'{"type":"heartbeat","data":"\x00"}'),
        Case("unknown type", _of(202), Effect.QUARANTINE, body=b'{"type":"nobody.knows"}'),
        Case("empty body", _of(400), Effect.QUARANTINE, body=b""),
    ]


def headers_of(case: Case, keys: Mapping[str, str], *, now: float) -> list[tuple[str, str]]:
    """Return the headers to send, signed with the case's key even if they are malformed."""
    stamp = str(int(now - case.age))
    given = {name: value.replace("{now}", stamp) for name, value in case.headers.items() if value is not None}
    made = {
        "content-type": "application/json",
        "webhook-id": f"proof_{secrets.token_hex(8)}",
        "webhook-timestamp": stamp,
    } | given
    right = _signatures(case, keys, made)
    if case.key is not None and "webhook-signature" not in case.headers:
        made["webhook-signature"] = right
    filled = [(name, _filled(value, right)) for name, value in [*made.items(), *case.extra]]
    return [(name, value) for name, value in filled if case.headers.get(name, "") is not None]


def _filled(value: str, right: str) -> str:
    return value.replace("{signature}", right).replace("{digest}", right.removeprefix("v1,"))


def _signatures(case: Case, keys: Mapping[str, str], made: Mapping[str, str]) -> str:
    body = case.body if case.sign_body is None else case.sign_body
    names = ("other", "current") if case.key == "both" else (case.key or "current",)
    signed = [_sign(keys[name], made, body) for name in names if name in keys]
    return " ".join(signed if case.reversed_signatures else reversed(signed))


def _sign(secret: str, headers: Mapping[str, str], body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
