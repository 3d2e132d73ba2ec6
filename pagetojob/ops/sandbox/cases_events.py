"""The case about webhooks: our receiver judges events that we sign, and an event of the other side was seen."""

import hashlib
import time
from typing import Any

from django.utils import timezone

from pagetojob.ops.webhook_proof.cases import Case, built_in, headers_of
from pagetojob.ops.webhook_proof.running import judge
from pagetojob.platform.outbound.signed_hooks import fresh_secret
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.servicetitan.client import bookings
from pagetojob.servicetitan.client.calls import Caller
from pagetojob.servicetitan.vault.models import Connection
from syncqueue.inbox.outcomes import ANSWERS, Outcome
from syncqueue.inbox.verifiers import Scheme
from syncqueue.selectors.inbox import effects, first_events
from syncqueue.services import inbox, inbox_keys

from .cases_access import HANDOFF
from .cases_sending import provider_of
from .ground import WHY, Blocked, Failed
from .trial import Trial

#: Events of the other side older than this do not count: code and keys have changed since.
MOST_DAYS = 90


def webhook_replay(trial: Trial) -> None:
    connection = trial.ground.connect()
    keys = _keys(trial, connection)
    lines = [_send(connection, case, keys) for case in built_in(inbox.LARGEST_BODY)]
    trial.note(receiver=lines, records_read=[], event_from_the_other_side="")
    if wrong := [line["case"] for line in lines if not line["passed"]]:
        raise Failed(f"The receiver judged these events wrongly: {', '.join(wrong)}.")
    trial.note(records_read=_read_again(trial))
    seen = first_events(trial.ground.environment, days=MOST_DAYS, without=trial.ground.tenant)
    if not seen:
        raise Blocked(
            "No event of the other side has arrived, and none can be requested; how it signs events is not public. "
            "Open the webhook route of a demo tenant's connection, have an event sent, and run the case again."
        )
    trial.note(event_from_the_other_side=seen[0])


def _keys(trial: Trial, connection: Connection) -> dict[str, str]:
    """Open the route of the connection with a retired, a current and a next key."""
    actor = trial.ground.actor
    route = inbox_keys.open_route(connection=connection, scheme=Scheme.STANDARD, actor=actor, reason=WHY)
    while any(key.standing != "retired" for key in inbox_keys.ring_of(route)):  # of an interrupted run
        inbox_keys.turn_ring(route=route, actor=actor, reason=WHY)
    keys = {name: fresh_secret() for name in ("retired", "current", "next")}
    for name, value in keys.items():
        inbox_keys.keep_key(route=route, value=SecretText(value), actor=actor, reason=WHY)
        if name == "current":
            inbox_keys.turn_ring(route=route, actor=actor, reason=WHY)
    inbox.forget()
    return keys | {"other": fresh_secret(), "wrong": fresh_secret()}


def _send(connection: Connection, case: Case, keys: dict[str, str]) -> dict[str, Any]:
    """Give a request to our receiver, and return its answer and effect."""
    public_id = str(connection.public_id)
    before = effects(public_id)
    headers = {name.lower(): value for name, value in headers_of(case, keys, now=time.time())}

    def read() -> inbox.Post:
        if len(case.body) > inbox.LARGEST_BODY:
            raise inbox.Refused(Outcome.TOO_BIG)
        return inbox.Post(headers, case.body)

    for _ in range(case.times):
        outcome = inbox.receive(connection.public_id, method=case.method, read=read, now=timezone.now())
    line = judge(case, ANSWERS[outcome], before, effects(public_id))
    return {
        "case": case.name,
        "answer": line.status,
        "reason": outcome.value,
        "effect": line.effect,
        "body_sha256": hashlib.sha256(case.body).hexdigest(),
        "passed": line.passed,
    }


def _read_again(trial: Trial) -> list[int]:
    """Read the newest booking that an event could name again by its ID."""
    provider = provider_of(trial)

    async def work(caller: Caller) -> list[int]:
        page = await bookings.changed_since(caller, provider=provider, modified_from="2020-01-01T00:00:00Z")
        ids = [row.id for row in page.rows[-1:]]
        return [(await bookings.get(caller, provider=provider, booking=number)).id for number in ids]

    return trial.call(HANDOFF, work)
