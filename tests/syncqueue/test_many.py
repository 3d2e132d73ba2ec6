"""Concurrent bookings: an error stops no other item, no lane takes all slots, and ending workers release theirs."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Max, Min
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.servicetitan import api_sessions
from pagetojob.servicetitan.vault.models import USABLE, Connection
from syncqueue import envelope, retry
from syncqueue.booking_decisions import decision_for
from syncqueue.connectors.booking.plan import DecisionCache
from syncqueue.connectors.booking.send import BookingSender
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, Lane, State, SyncAttempt, SyncItem
from syncqueue.outcomes import Outcome
from syncqueue.ports import Arrivals
from syncqueue.services import delivery
from syncqueue.services.circuit_breaker import BreakerUpdates
from tests.support.bookings import Enqueue, booking_states, drain, finish_calls
from tests.support.factories import make_lead, make_sync_item
from tests.support.gates import wish
from tests.support.handed import FLAG, book
from tests.support.processes import eventually
from tests.support.standin import StandInProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("high_booking_rate")]
AWAY = Outcome(State.RETRYING, cause="booking-away", detail="away")
DONE = Outcome(State.DELIVERED)


def lane(tenant: Tenant, kind: Kind = Kind.BOOKING_REQUEST, **facts: Any) -> Lane:
    with scope.worker():
        if facts:
            Lane.objects.update_or_create(tenant=tenant, kind=kind, defaults=facts)
        return Lane.objects.get(tenant=tenant, kind=kind)


# --- Concurrent calls --------------------------------------------------------------------------------


def test_all_calls_run_before_the_first_is_settled(enqueue: Enqueue, standin: StandInProcess) -> None:
    standin.plan(coming=["slow"] * 4, slow_seconds=1)
    enqueue(4)
    assert drain() == 4 and booking_states() == {State.DELIVERED: 4}
    with scope.worker():
        last_sent = SyncItem.objects.aggregate(at=Max("send_began_at"))["at"]
        assert last_sent < SyncAttempt.objects.aggregate(at=Min("settled_at"))["at"]
    assert [len(ids) for ids in book(standin).values()] == [1] * 4
    assert standin.book()["token_requests"] == 1


def test_many_cost_no_more_statements_than_few(enqueue: Enqueue) -> None:
    """Claimed, read, marked and settled: no statement runs once per item."""
    enqueue(18)
    lane_is_there = delivery.claim(1)
    delivery.requeue_unstarted(lane_is_there)
    costs = []
    for count in (3, 3, 12):
        with CaptureQueriesContext(connection) as queries:
            arrivals: Arrivals = Arrivals()
            handover = BookingSender(arrivals)
            lane_tokens()
            items = delivery.claim(count)
            assert len(items) == count
            handover.take(items)
            assert delivery.settle_many(finish_calls(handover, arrivals), worker="test") == count
        costs.append(len(queries))
    assert costs[2] <= costs[1] + 1, "the first had its connection to read; a watch may look once more"


def test_gates_of_many_tenants_cost_no_more_statements_than_of_a_single_tenant(
    enqueue: Enqueue, tenant: Tenant, other_tenant: Tenant
) -> None:
    enqueue(0)
    with scope.worker():
        for tenants in ([tenant], [tenant, other_tenant]):
            with CaptureQueriesContext(connection) as queries:
                result = DecisionCache().decisions({entry.pk for entry in tenants})
            # Tenants, connections, gates, and the epochs of open gates.
            assert len(queries) == 4, [query["sql"] for query in queries]
        assert result == {entry.pk: decision_for(entry) for entry in (tenant, other_tenant)}
    assert result[tenant.pk].open and not result[other_tenant.pk].open


def lane_tokens() -> None:
    with scope.worker():
        Lane.objects.update(tokens=0, refilled_at=Now() - timedelta(hours=1))


# --- Isolation of errors -----------------------------------------------------------------------------


def test_an_item_that_cannot_be_prepared_stops_no_other(enqueue: Enqueue) -> None:
    """The last evening that Python supports has no date in UTC."""
    enqueue(3)
    enqueue(1, preferred_date=date.max, preferred_window="evening")
    assert drain() == 4
    assert booking_states() == {State.DELIVERED: 3, State.NEEDS_REVIEW: 1}


@pytest.mark.parametrize("warm", [True, False])
def test_an_envelope_that_cannot_be_stored_stops_no_other(
    enqueue: Enqueue, standin: StandInProcess, monkeypatch: pytest.MonkeyPatch, warm: bool
) -> None:
    """Marked with its claim, or after its token was read: found in both cases."""
    if warm:
        enqueue(1)
        drain()
    bad, *_ = enqueue(4)
    build = envelope.build
    with scope.worker():
        reference = Lead.objects.get(sync_items=bad).reference

    def with_nul(**parts: Any) -> dict[str, Any]:
        built = build(**parts)
        if parts["lead"]["reference"] == reference:
            built["booking"]["summary"] = "\0"
        return built

    monkeypatch.setattr(envelope, "build", with_nul)
    drain()
    assert booking_states() == {State.DELIVERED: 3 + warm, State.NEEDS_REVIEW: 1}
    assert [len(ids) for ids in book(standin).values()] == [1] * (3 + warm)


def test_buffered_items_are_claimed_with_intents_in_a_single_commit(enqueue: Enqueue) -> None:
    enqueue(1)
    drain()
    enqueue(3)
    arrivals: Arrivals = Arrivals()
    handover = BookingSender(arrivals)
    items = delivery.claim(3, plan=handover.plan)
    with scope.worker():
        rows = SyncItem.objects.in_bulk([item.pk for item in items])
    assert {(row.state, row.must_reconcile, row.sent_to) for row in rows.values()} == {
        (State.SENDING, True, "stand-in")
    }
    assert all(rows[item.pk].envelope == item.envelope and rows[item.pk].send_began_at for item in items)
    with CaptureQueriesContext(connection) as queries:
        handover.take(items)
    assert not [query for query in queries if "UPDATE" in query["sql"]]
    assert delivery.settle_many(finish_calls(handover, arrivals), worker="test") == 3
    assert booking_states() == {State.DELIVERED: 4}


def test_a_batch_is_halved_until_what_cannot_be_stored_stands_alone(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        for _ in range(7):
            make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant), due_at=Now())
    items = delivery.claim(7)
    too_long = Outcome(State.DELIVERED, external_id="x" * 1000)
    results = [(item, too_long if n == 4 else DONE) for n, item in enumerate(items)]
    assert delivery.settle_many(results, worker="test") == 7
    assert booking_states() == {State.DELIVERED: 6, State.NEEDS_REVIEW: 1}
    with scope.worker():
        assert SyncAttempt.objects.count() == 7
        assert "could not be stored" in SyncItem.objects.get(state=State.NEEDS_REVIEW).last_error


def test_in_a_batch_only_those_that_are_still_ours_are_settled(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        for _ in range(3):
            make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant), due_at=Now())
    items = delivery.claim(3)
    with scope.worker():
        SyncItem.objects.filter(pk=items[1].pk).update(lease_until=Now() - timedelta(seconds=1))
    assert delivery.sweep_leases(worker="sweep") == 1
    assert delivery.settle_many([(item, DONE) for item in items], worker="late") == 2
    assert booking_states() == {State.DELIVERED: 2, State.RETRYING: 1}
    with scope.worker():
        assert sorted(SyncAttempt.objects.values_list("outcome", flat=True)) == ["delivered", "delivered", "lost"]


def test_a_token_that_is_refused_to_many_counts_once(enqueue: Enqueue, standin: StandInProcess, tenant: Tenant) -> None:
    """Otherwise a single restart of ServiceTitan would end every connection with bookings in progress."""
    standin.plan(coming=["not-signed-in"] * 8)
    enqueue(8)
    drain()
    assert booking_states() == {State.RETRYING: 8}
    with scope.tenant(tenant.pk):
        result = Connection.objects.get()
        assert result.state in USABLE and result.refusals == 1
        assert not SyncItem.objects.filter(must_reconcile=True).exists()


def test_what_was_unsealed_is_dropped_when_a_gate_moves(
    enqueue: Enqueue, standin: StandInProcess, tenant: Tenant
) -> None:
    enqueue(1)
    drain()
    assert booking_states() == {State.DELIVERED: 1} and len(api_sessions._sessions) == 1
    wish(tenant, FLAG, killed=True)
    enqueue(1)
    drain()
    assert booking_states() == {State.BLOCKED: 1, State.DELIVERED: 1}
    wish(tenant, FLAG, killed=False)
    enqueue(1)
    drain()
    assert standin.book()["token_requests"] == 1, "read anew from the vault, and not asked for again"
    assert booking_states() == {State.BLOCKED: 1, State.DELIVERED: 2}


# --- Lanes -------------------------------------------------------------------------------------------


def flood(tenant: Tenant, count: int) -> None:
    with scope.tenant(tenant.pk):
        for _ in range(count):
            make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant), due_at=Now())


def test_a_lane_that_has_its_part_under_way_leaves_the_slots_to_others(tenant: Tenant, other_tenant: Tenant) -> None:
    flood(tenant, 9)
    flood(other_tenant, 2)
    taken = delivery.claim(8, busy={tenant.pk: 1}, most=2)
    assert sorted(item.tenant_id for item in taken) == sorted([tenant.pk, *[other_tenant.pk] * 2])
    assert delivery.claim(8, busy={tenant.pk: 2, other_tenant.pk: 2}, most=2) == []


def test_two_workers_share_the_pace_of_an_account(tenant: Tenant, settings: Any) -> None:
    """The tokens are in the lane's row. One per second: after the saved one, there is none for a while."""
    flood(tenant, 20)
    lane(tenant, tokens=0, refilled_at=Now() - timedelta(hours=1), per_minute=1_000_000)
    settings.BOOKINGS_PER_SECOND = 1
    assert [len(delivery.claim(3)) for _ in range(2)] == [1, 0]
    settings.BOOKINGS_PER_SECOND = 55
    lane(tenant, tokens=0, refilled_at=Now() - timedelta(hours=1))
    assert len(delivery.claim(20)) == 4, "a tenth of a second's worth of 2,444 a minute, after an idle hour too"
    lane(tenant, tokens=0, refilled_at=Now() - timedelta(hours=1), per_minute=60)
    assert len(delivery.claim(20)) == 1, "an operator can only make it slower"


def test_a_lookup_and_send_in_the_same_attempt_cost_two_calls(tenant: Tenant, settings: Any) -> None:
    flood(tenant, 9)
    with scope.worker():
        SyncItem.objects.update(must_reconcile=True)
    settings.BOOKINGS_PER_SECOND = 55
    lane(tenant, tokens=0, refilled_at=Now() - timedelta(hours=1), per_minute=1_000_000)
    assert len(delivery.claim(20)) == 2, "four tokens are enough for two of them"
    assert 0 <= lane(tenant).tokens < 1
    lane(tenant, tokens=0, refilled_at=Now() - timedelta(hours=1), per_minute=60)
    assert len(delivery.claim(20)) == 1 and lane(tenant).tokens == -1, "one at least; the lane pays it back"


def test_many_concurrent_errors_open_the_breaker_once(tenant: Tenant) -> None:
    flood(tenant, 30)
    items = delivery.claim(30)
    delivery.settle_many([(item, AWAY) for item in items[:29]], worker="test")
    result = lane(tenant)
    assert result.failures == retry.BREAK_AFTER and result.paused_until is not None
    before = result.paused_until
    delivery.settle_many([(items[29], AWAY)], worker="test")
    assert lane(tenant).failures == retry.BREAK_AFTER + 1 or lane(tenant).paused_until == before


def test_of_many_that_failed_together_no_second_sees_a_tenth_again(tenant: Tenant) -> None:
    flood(tenant, 200)
    items: list[SyncItem] = []
    while len(items) < 200:
        items += delivery.claim(200)
        lane_tokens()
    delivery.settle_many([(item, AWAY) for item in items], worker="test")
    with scope.worker():
        due = [at.timestamp() for at in SyncItem.objects.values_list("due_at", flat=True) if at]
    begin = min(due)
    assert len(due) == 200
    assert max(Counter(int(at - begin) for at in due).values()) <= 20


def test_a_try_that_went_well_counts_what_failed_before_it_for_nothing(tenant: Tenant) -> None:
    flood(tenant, 9)
    items = delivery.claim(9)
    delivery.settle_many([(item, DONE if n == 6 else AWAY) for n, item in enumerate(items)], worker="test")
    assert (lane(tenant).failures, lane(tenant).paused_until) == (2, None)


def test_the_other_side_s_wait_holds_for_the_whole_account(
    enqueue: Enqueue, standin: StandInProcess, tenant: Tenant
) -> None:
    standin.plan(coming=["rate-limit"], retry_after=300)
    enqueue(1)
    drain()
    result = lane(tenant)
    assert result.served_at and result.paused_until
    assert result.paused_until - result.served_at >= timedelta(seconds=300)
    items = enqueue(1)
    assert delivery.claim(5) == []
    updates = BreakerUpdates()
    updates.add(items[0], DONE)
    with scope.worker():
        updates.write()
    assert (lane(tenant).failures, lane(tenant).paused_until) == (0, result.paused_until), "one under way went well"


# --- The end of a worker -----------------------------------------------------------------------------


def after_looks(count: int, until: Callable[[], bool] = lambda: True) -> Callable[[], bool]:
    reads = iter([False] * count)  # the read after these waits until the condition holds
    return lambda: next(reads, True) and not eventually(until)  # type: ignore[func-returns-value]


def test_what_hangs_at_the_end_of_the_budget_keeps_no_other_tenant_waiting(
    enqueue: Enqueue, standin: StandInProcess, tenant: Tenant, other_tenant: Tenant, settings: Any
) -> None:
    """The next item of its tenant waits for the next drain; another tenant's item is taken by this one."""
    enqueue(1)
    drain()
    standin.plan(coming=["slow"], slow_seconds=2)
    enqueue(1)
    reads = iter(range(1000))

    def budget_ends() -> bool:
        if next(reads) == 1:
            settings.DRAIN_BUDGET_SECONDS = 0
            enqueue(1)
            with scope.tenant(other_tenant.pk):
                make_sync_item(tenant=other_tenant, lead=make_lead(tenant=other_tenant), due_at=Now())
        return False

    drain(should_stop=budget_ends)
    with scope.worker():
        assert SyncItem.objects.get(tenant=other_tenant).state == State.NEEDS_REVIEW, "it has no request behind it"
    assert booking_states() == {State.DELIVERED: 2, State.NEEDS_REVIEW: 1, State.QUEUED: 1}


def test_on_stop_unstarted_items_are_released(enqueue: Enqueue, standin: StandInProcess) -> None:
    """Their token is still being read when the worker stops."""
    standin.plan(coming=["slow"], slow_seconds=1)
    enqueue(3)
    assert drain(should_stop=after_looks(1)) == 0
    assert booking_states() == {State.QUEUED: 3} and book(standin) == {}
    with scope.worker():
        assert SyncAttempt.objects.count() == 0
        assert not SyncItem.objects.filter(must_reconcile=True).exists()
    assert drain() == 3 and booking_states() == {State.DELIVERED: 3}


def test_on_stop_running_calls_are_finished(enqueue: Enqueue, standin: StandInProcess) -> None:
    enqueue(1)
    drain()
    standin.plan(coming=["slow"] * 3, slow_seconds=1)
    enqueue(3)
    arrived = standin.book()["calls"]
    # The other thread decides when calls begin.
    assert drain(should_stop=after_looks(1, lambda: standin.book()["calls"] == arrived + 3)) == 3
    assert booking_states() == {State.DELIVERED: 4}
    assert [len(ids) for ids in book(standin).values()] == [1] * 4
