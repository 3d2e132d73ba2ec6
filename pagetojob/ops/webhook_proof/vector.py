"""Published test vector of Standard Webhooks and eight mutations, checked at the vector's time. Pure.

A running server uses the current time, so this part runs in this process, with the same code as the server.
"""

from datetime import UTC, datetime

from syncqueue.inbox.outcomes import Outcome
from syncqueue.inbox.verifiers import HookSecret, Recipe, Scheme, check, judge_time, read_key, read_stamp

MOMENT = 1_614_265_330
BODY = b'{"test": 2432232314}'
SIGNATURE = "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(MOMENT),
    "webhook-signature": f"v1,{SIGNATURE}",
}
#: Published with the vector. It has no access to anything of ours.
_PUBLISHED = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MUTATIONS: dict[str, tuple[dict[str, str], bytes]] = {
    "another id": ({"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJel"}, BODY),
    "another time": ({"webhook-timestamp": str(MOMENT + 1)}, BODY),
    "another last letter": ({"webhook-signature": f"v1,{SIGNATURE[:-2]}F="}, BODY),
    "another version": ({"webhook-signature": f"v2,{SIGNATURE}"}, BODY),
    "no version": ({"webhook-signature": SIGNATURE}, BODY),
    "the alphabet of addresses": (
        {"webhook-signature": "v1," + SIGNATURE.replace("+", "-").replace("/", "_").rstrip("=")},
        BODY,
    ),
    "a space less": ({}, BODY.replace(b" ", b"")),
    "a line more": ({}, BODY + b"\n"),
}


def judged(headers: dict[str, str], body: bytes, *, now: int = MOMENT) -> Outcome:
    """Return the inbox's verdict before it reads the content: accepted means signed and fresh."""
    keys = [HookSecret("published", accepted=True, raw=read_key(Scheme.STANDARD, f"whsec_{_PUBLISHED}"))]
    checked = check(Recipe(Scheme.STANDARD), HEADERS | headers, body, keys)
    if checked.refused:
        return checked.refused
    signed_at = read_stamp(checked.stamp)
    if signed_at is None:
        return Outcome.BAD_TIME
    return judge_time(signed_at, datetime.fromtimestamp(now, UTC), back=300, ahead=60) or Outcome.ACCEPTED


def all_judged() -> list[tuple[str, Outcome, Outcome]]:
    """Return (case, outcome, expected) for the vector, for the vector five minutes late, and for its mutations."""
    results = [
        ("official vector, clock of then", judged({}, BODY), Outcome.ACCEPTED),
        ("official vector, 301 s later", judged({}, BODY, now=MOMENT + 301), Outcome.STALE),
    ]
    return results + [
        (f"official vector, {name}", judged(headers, body), Outcome.WRONG_SIGNATURE)
        for name, (headers, body) in MUTATIONS.items()
    ]
