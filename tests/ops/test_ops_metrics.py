"""/ops/metrics: access, content and bounded size."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pagetojob.platform import states
from pagetojob.platform.runs.models import ScheduledTask
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import depth
from syncqueue.depth import count_deep
from syncqueue.models import Kind, Lane, OpenCount, State, SyncItem, TallyTotal, What
from syncqueue.selectors import metrics
from tests.support.cast import SignIn
from tests.support.factories import make_lead, make_sync_item
from tests.support.queue import reach

TOKEN = "a-token-of-the-monitor-with-enough-characters"
Ask = Callable[[], str]


@pytest.fixture
def ask(settings: Any, db: None) -> Ask:
    settings.OPS_HEALTH_TOKEN = TOKEN

    def read() -> str:
        answer = Client(headers={"Authorization": f"Bearer {TOKEN}"}).get("/ops/metrics")
        assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]
        assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        return answer.text

    return read


def owe(tenant: Tenant, state: State = State.QUEUED, **facts: Any) -> SyncItem:
    with scope.tenant(tenant.pk):
        item = make_sync_item(tenant=tenant, kind=Kind.BOOKING_REQUEST, lead=make_lead(tenant=tenant), due_at=Now())
    with scope.worker():
        reach(item, state, **facts)
    return item


def total(what: What, label: str, n: int, seconds: float = 0) -> None:
    facts = {"kind": Kind.BOOKING_REQUEST, "what": what, "label": label, "n": n, "seconds": seconds}
    with scope.worker():
        TallyTotal.objects.create(**facts, counted_until=Now())


def test_it_reports_when_each_task_last_finished(ask: Ask) -> None:
    with scope.worker():
        ScheduledTask.objects.create(name="audit.seal", last_finished_at=Now() - timedelta(hours=1))
    age = re.search(r'pagetojob_periodic_task_age_seconds\{task="audit.seal"\} ([\d.]+)', ask())
    assert age and 3600 <= float(age[1]) < 3660


def test_it_reports_depth_and_age_of_the_queue(ask: Ask, tenant: Tenant) -> None:
    owe(tenant)
    owe(tenant, State.BLOCKED, cause="gate-shut")
    old = owe(tenant, State.BLOCKED, cause="gate-shut")
    owe(tenant, State.DELIVERED, adopted=True)
    with scope.worker():
        SyncItem.objects.filter(pk=old.pk).update(created_at=Now() - timedelta(hours=1))
        Lane.objects.create(tenant=tenant, kind=Kind.BOOKING_REQUEST, failures=9)
    metrics_text = ask()
    for line in (
        'pagetojob_queue_items{kind="booking_request",state="queued"} 1.0',
        'pagetojob_queue_items{kind="booking_request",state="blocked"} 2.0',
        'pagetojob_queue_items{kind="website_update",state="unknown"} 0.0',
        'pagetojob_queue_items_more{state="blocked"} 0.0',
        'pagetojob_lanes{kind="booking_request",state="trying"} 1.0',
        'pagetojob_lanes{kind="booking_request",state="active"} 0.0',
        "pagetojob_suppressed_duplicates_total 1.0",
        'pagetojob_alarm{alarm="dispatcher"} 1.0',
        'pagetojob_alarm{alarm="books"} 0.0',
        "pagetojob_leads_captured 4.0",
    ):
        assert f"\n{line}\n" in metrics_text, line
    oldest = re.search(r'pagetojob_queue_oldest_seconds\{state="blocked"\} ([\d.]+)', metrics_text)
    assert oldest and 3600 <= float(oldest[1]) < 3700


def test_it_reports_outcomes_of_attempts(ask: Ask) -> None:
    total(What.OUTCOME, "delivered", 7)
    total(What.FAILURE, "booking-away", 2)
    total(What.TOOK, "0.25", 5, 1.0)
    total(What.TOOK, "+Inf", 2, 9000.5)
    metrics_text = ask()
    for line in (
        'pagetojob_tries_total{kind="booking_request",outcome="delivered"} 7.0',
        'pagetojob_failures_total{cause="booking-away",kind="booking_request"} 2.0',
        'pagetojob_try_seconds_bucket{kind="booking_request",le="0.1"} 0.0',
        'pagetojob_try_seconds_bucket{kind="booking_request",le="3600"} 5.0',
        'pagetojob_try_seconds_bucket{kind="booking_request",le="+Inf"} 7.0',
        'pagetojob_try_seconds_sum{kind="booking_request"} 9001.5',
        'pagetojob_try_seconds_count{kind="booking_request"} 7.0',
    ):
        assert f"\n{line}\n" in metrics_text, line


def test_each_line_is_valid_for_prometheus(ask: Ask, tenant: Tenant) -> None:
    owe(tenant)
    total(What.TOOK, "0.25", 5, 1.0)
    names = set()
    for line in ask().splitlines():
        if comment := re.fullmatch(r"# (HELP|TYPE) ([a-z_]+) .+", line):
            names.add(comment[2])
        else:
            sample = re.fullmatch(r'([a-z_]+?)(_bucket|_sum|_count)?(\{(\w+="[^"\\]*",?)+\})? -?[\d.e+-]+', line)
            assert sample and (sample[1] in names or f"{sample[1]}{sample[2]}" in names), line


def test_it_contains_no_names_and_its_size_is_independent_of_tenants(
    ask: Ask, tenant: Tenant, other_tenant: Tenant
) -> None:
    owe(tenant)
    with scope.worker():
        Lane.objects.create(tenant=tenant, kind=Kind.BOOKING_REQUEST)
    lines = ask().count("\n")
    owe(other_tenant)
    with scope.worker():
        Lane.objects.create(tenant=other_tenant, kind=Kind.BOOKING_REQUEST)
    metrics_text = ask()
    assert metrics_text.count("\n") == lines
    for word in (tenant.name, tenant.slug, other_tenant.name, other_tenant.slug, "Rivera", "555-0199"):
        assert word not in metrics_text


def test_it_costs_the_same_however_much_waits(ask: Ask, tenant: Tenant) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            ask()
        return len(queries)

    ask()  # the first answer of a process tries the data keys, and the next ones only after a change of them
    few = cost()
    for _ in range(10):
        owe(tenant)
    assert cost() == few


def test_a_deep_state_reports_its_last_count_and_age(
    ask: Ask, tenant: Tenant, other_tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(depth, "LIMIT", 2)
    owe(tenant)
    for whose in (tenant, other_tenant, tenant, tenant):
        owe(whose, State.BLOCKED, cause="gate-shut")
    metrics_text = ask()
    assert 'pagetojob_queue_items{kind="booking_request",state="blocked"} 3.0\n' in metrics_text, (
        "the newest, until it is counted"
    )
    assert 'pagetojob_queue_items_more{state="blocked"} 1.0\n' in metrics_text
    assert "items_age_seconds{" not in metrics_text
    assert count_deep() == 1
    owe(tenant, State.BLOCKED, cause="gate-shut")
    metrics_text = ask()
    assert 'pagetojob_queue_items{kind="booking_request",state="blocked"} 4.0\n' in metrics_text
    assert 'pagetojob_queue_items{kind="booking_request",state="queued"} 1.0\n' in metrics_text
    assert 'pagetojob_queue_items_more{state="blocked"} 0.0\n' in metrics_text
    assert 'pagetojob_queue_items_age_seconds{state="blocked"}' in metrics_text
    assert count_deep() == 1
    assert 'pagetojob_queue_items{kind="booking_request",state="blocked"} 5.0\n' in ask()


def test_a_state_that_is_not_deep_any_more_is_counted_live(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depth, "LIMIT", 2)
    items = [owe(tenant, State.BLOCKED, cause="gate-shut") for _ in range(3)]
    assert count_deep() == 1
    with scope.worker():
        states.move(items[0], State.QUEUED)
        deep = metrics.depth()
        assert deep.items[State.BLOCKED, Kind.BOOKING_REQUEST] == 2
        assert not deep.deep and not deep.counted
    assert count_deep() == 0


def test_an_old_count_is_not_reported(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depth, "LIMIT", 2)
    for _ in range(5):
        owe(tenant, State.BLOCKED, cause="gate-shut")
    assert count_deep() == 1
    with scope.worker():
        OpenCount.objects.update(counted_at=Now() - timedelta(minutes=metrics.FRESH_MINUTES + 1))
        deep = metrics.depth()
    assert deep.items[State.BLOCKED, Kind.BOOKING_REQUEST] == 3
    assert deep.deep == {State.BLOCKED} and not deep.counted


def test_a_kind_that_is_gone_from_a_deep_state_is_counted_as_none(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(depth, "LIMIT", 1)
    items = [owe(tenant, State.BLOCKED, cause="gate-shut") for _ in range(2)]
    with scope.tenant(tenant.pk):
        rare = make_sync_item(tenant=tenant, kind=Kind.WEBSITE_UPDATE, due_at=Now())
    with scope.worker():
        reach(rare, State.BLOCKED)
    count_deep()
    with scope.worker():
        assert metrics.depth().items[State.BLOCKED, Kind.WEBSITE_UPDATE] == 1
        states.move(rare, State.QUEUED)
    count_deep()
    with scope.worker():
        counts = metrics.depth().items
    assert counts[State.BLOCKED, Kind.WEBSITE_UPDATE] == 0
    assert counts[State.BLOCKED, Kind.BOOKING_REQUEST] == len(items)


def test_strangers_are_refused(settings: Any, signed_in: SignIn, stranger: User, editor: User, viewer: User) -> None:
    settings.OPS_HEALTH_TOKEN = TOKEN
    wrong = [Client(headers={"Authorization": f"Bearer {token}"}) for token in (TOKEN[:-1], "", TOKEN + "x")]
    for client in (*wrong, Client(), signed_in(stranger), signed_in(editor)):
        answer = client.get("/ops/metrics")
        assert answer.status_code == 401 and "pagetojob_" not in answer.text
    assert signed_in(viewer).get("/ops/metrics").status_code == 200
    settings.OPS_HEALTH_TOKEN = ""
    for token in ("", TOKEN):
        assert Client(headers={"Authorization": f"Bearer {token}"}).get("/ops/metrics").status_code == 401


@pytest.mark.django_db(transaction=True)
def test_without_a_database_it_reports_the_problem(settings: Any, database_away: Callable[[], None]) -> None:
    settings.OPS_HEALTH_TOKEN = TOKEN
    database_away()
    answer = Client(headers={"Authorization": f"Bearer {TOKEN}"}).get("/ops/metrics")
    assert (answer.status_code, answer.text) == (503, "The database does not respond.\n")
    assert answer["Retry-After"] == "10"
