"""Promise 3 in a storm: workers killed, the broker emptied, the stand-in failing in every way, and nothing sent twice.

The waits before a look-up are shortened for the workers (`bench.hurried`), and what waits for a later try is brought
forward; the order of things stays as it is. `make chaos` does the same with thousands of requests and real waits.
"""

import os
from typing import Any

import pytest
import redis
from django.db.models.functions import Now
from django.test import Client

from pagetojob.demo.switch import switch_on
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.accounts import SIMULATOR_TENANT, own_account
from syncqueue import selectors
from syncqueue.models import OPEN, Kind, State, SyncItem
from syncqueue.models.lane import Lane
from syncqueue.services import delivery
from tests.support.handoff_verdict import Request, broken_promises
from tests.support.processes import Processes, eventually
from tests.support.standin import StandInProcess
from tests.support.visitor import FORM, send

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS, A_ROUND = 2, 20
PAGE = f"{FORM}?page=/ac-repair-phoenix"
#: One in three requests goes wrong, in each of the ways that the stand-in knows; reads lag, tokens lapse in mid-work.
STORM: dict[str, Any] = {
    "rates": dict.fromkeys(
        (
            *("rate-limit", "rate-limit-silent", "rate-limit-date", "server-error", "server-error-after", "html-error"),
            *("html-success", "truncated", "empty", "slow", "drop", "drop-after", "not-signed-in"),
        ),
        0.03,
    ),
    "retry_after": 1,
    "slow_seconds": 0.5,
    "stale_seconds": 1,
    "token_seconds": 63,
}


@pytest.fixture
def hurried(
    processes: Processes, tenant: Tenant, standin: StandInProcess, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Processes:
    """The processes with short waits, and the demo tenant open against the stand-in."""
    settings.DEBUG, settings.INTAKE_LIMIT = True, 1000
    operator = User.objects.get(email="operator@pagetojob.example")
    switch_on(tenant=tenant, account=own_account(), actor=operator)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "bench.hurried")
    for name in ("SERVICETITAN_STANDIN_AUTH_URL", "SERVICETITAN_STANDIN_API_URL"):
        monkeypatch.setenv(name, standin.url)
    return processes


def held_by_a_worker() -> bool:
    with scope.worker():
        return SyncItem.objects.filter(state=State.SENDING, kind=Kind.BOOKING_REQUEST).exists()


def waiting() -> int:
    """How many are still under way. What rests until later is due now, but nothing is looked up before its time."""
    with scope.worker():
        SyncItem.objects.filter(state=State.RETRYING, due_at__gt=Now()).update(due_at=Now())
        Lane.objects.update(paused_until=None)
    delivery.sweep_leases(worker="test")
    with scope.worker():
        return SyncItem.objects.filter(state__in=(State.QUEUED, State.RETRYING, State.SENDING)).count()


@pytest.mark.nightly
def test_in_a_storm_each_request_arrives_once_or_waits_with_its_reason(
    client: Client, tenant: Tenant, standin: StandInProcess, hurried: Processes
) -> None:
    standin.plan(tenant=SIMULATOR_TENANT, **STORM)
    hurried.start("dispatcher", "deliver", "work")
    for round_ in range(ROUNDS):
        for number in range(A_ROUND):
            facts = {"name": f"Visitor {round_} {number}", "email": f"visitor{round_}-{number}@example.com"}
            assert send(client, PAGE, urgency="soon", **facts).status_code == 302
        eventually(held_by_a_worker)
        hurried.kill("deliver")
        if round_ % 2:
            redis.Redis.from_url(os.environ["REDIS_URL"]).flushdb()
            standin.plan(tenant=SIMULATOR_TENANT, outage=True)
            hurried.start("deliver")
            eventually(held_by_a_worker)
            standin.plan(tenant=SIMULATOR_TENANT, seed=round_, **STORM)
        else:
            hurried.start("deliver")
    eventually(lambda: not waiting(), seconds=60)
    judge(tenant, standin)


def judge(tenant: Tenant, standin: StandInProcess) -> None:
    with scope.worker():
        items = list(SyncItem.objects.filter(kind=Kind.BOOKING_REQUEST).select_related("lead"))
        told = SyncItem.objects.exclude(kind=Kind.BOOKING_REQUEST).exclude(state=State.DELIVERED).count()
        books = selectors.books(tenant)
    book = standin.book(int(SIMULATOR_TENANT))
    requests = [
        Request(item.lead.reference, item.lead.email, item.state, item.cause, item.external_id)
        for item in items
        if item.lead is not None
    ]
    assert list(broken_promises(requests, book, ())) == []
    assert len(items) == ROUNDS * A_ROUND and told == 0
    assert sum(item.state == State.DELIVERED for item in items) > len(items) * 3 / 4
    assert books.balance and books.captured == len(items)
    waits = [(item.state, item.cause, item.last_error) for item in items if item.state != State.DELIVERED]
    assert {state for state, *_ in waits} <= set(OPEN)
    assert books.delivered == len(items) - len(waits) == len(book["bookings"]), waits
