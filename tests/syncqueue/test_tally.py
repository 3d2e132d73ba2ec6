"""Attempts are counted by hour, each once, and never read again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Sum
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.schedule import PERIODIC_TASKS
from syncqueue.models import Kind, State, SyncAttempt, SyncItem, TallyDay, TallyHour, TallyTotal, What
from syncqueue.services.tally import count_attempts
from syncqueue.tally_buckets import BEYOND, BOUNDS, within
from tests.support.factories import make_lead, make_sync_item

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)


def tried(tenant: Tenant, at: datetime, *, item: SyncItem | None = None, took: float = 0.2, **facts: Any) -> SyncItem:
    """Create an item, created a second before its attempt began, with an attempt settled at `at`."""
    began = at - timedelta(seconds=took)
    if item is None:
        with scope.tenant(tenant.pk):
            lead = make_lead(tenant=tenant)
            item = make_sync_item(
                tenant=tenant, kind=Kind.BOOKING_REQUEST, lead=lead, created_at=began - timedelta(seconds=1)
            )
    with scope.worker():
        SyncAttempt.objects.create(
            **{"tenant": tenant, "item": item, "claim_version": 1, "outcome": State.DELIVERED, "worker": "w"}
            | {"began_at": began, "settled_at": at}
            | facts
        )
    return item


def counted(rows: Any, what: What) -> dict[str, int]:
    with scope.worker():
        return dict(rows.filter(what=what).values_list("label").annotate(sum=Sum("n")).order_by("label"))


def test_each_try_is_counted_by_what_it_led_to_and_how_long_it_took(tenant: Tenant) -> None:
    item = tried(tenant, NOON, outcome=State.RETRYING, cause="booking-away", error_class="transient", took=4)
    tried(tenant, NOON + timedelta(minutes=5), item=item, claim_version=3, took=0.1)
    tried(tenant, NOON + timedelta(hours=1), outcome="lost", error_class="transient", took=4000)
    assert count_attempts() == 1
    assert counted(TallyHour.objects.filter(hour=NOON), What.OUTCOME) == {"delivered": 1, "retrying": 1}
    assert counted(TallyHour.objects.all(), What.OUTCOME) == {"delivered": 1, "lost": 1, "retrying": 1}
    # An older row has no cause; then its class is counted.
    assert counted(TallyHour.objects.all(), What.FAILURE) == {"booking-away": 1, "transient": 1}
    assert counted(TallyHour.objects.all(), What.TOOK) == {"+Inf": 1, "0.1": 1, "5": 1}
    assert counted(TallyHour.objects.all(), What.WAITED) == {"1": 2}
    with scope.worker():
        took = TallyHour.objects.filter(what=What.TOOK).aggregate(sum=Sum("seconds"))["sum"]
    assert took == 4004.1


def test_nothing_is_counted_twice_and_totals_are_the_hours_together(tenant: Tenant) -> None:
    tried(tenant, NOON)
    assert (count_attempts(), count_attempts()) == (1, 0)
    # In the same hour, after the last counted time.
    tried(tenant, NOON + timedelta(hours=7))
    tried(tenant, NOON + timedelta(hours=7, minutes=1))
    assert (count_attempts(), count_attempts()) == (1, 0)
    assert counted(TallyHour.objects.all(), What.OUTCOME) == counted(TallyTotal.objects.all(), What.OUTCOME)
    for what in What:
        assert counted(TallyDay.objects.all(), what) == counted(TallyHour.objects.all(), what)
    assert counted(TallyTotal.objects.all(), What.OUTCOME) == {"delivered": 3}


def test_a_day_is_a_utc_day(tenant: Tenant) -> None:
    for hours in (0, 11, 12, 36):
        tried(tenant, NOON + timedelta(hours=hours))
    count_attempts()
    days = [NOON.date() + timedelta(days=days) for days in range(3)]
    with scope.worker():
        rows = TallyDay.objects.filter(what=What.OUTCOME).order_by("day").values_list("day", "n")
        assert list(rows) == list(zip(days, (2, 1, 1), strict=True))


def test_an_attempt_that_may_still_have_an_earlier_concurrent_attempt_waits(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        item = make_sync_item(tenant=tenant)
    with scope.worker():
        facts = {"tenant": tenant, "item": item, "outcome": State.DELIVERED, "worker": "w", "began_at": Now()}
        SyncAttempt.objects.create(**facts, claim_version=1, settled_at=Now() - timedelta(minutes=1, seconds=30))
        assert count_attempts() == 0
        SyncAttempt.objects.create(**facts, claim_version=2, settled_at=Now() - timedelta(minutes=3))
    assert count_attempts() == 1
    assert counted(TallyTotal.objects.all(), What.OUTCOME) == {"delivered": 1}


def test_after_a_long_rest_it_goes_in_stretches(tenant: Tenant) -> None:
    for hours in (0, 5, 7, 100):
        tried(tenant, NOON + timedelta(hours=hours))
    assert count_attempts() == 3
    assert counted(TallyTotal.objects.all(), What.OUTCOME) == {"delivered": 4}


def test_old_hours_are_forgotten_and_the_totals_stay(tenant: Tenant) -> None:
    tried(tenant, NOON)
    count_attempts()
    facts = {"kind": Kind.BOOKING_REQUEST, "what": What.OUTCOME, "label": "lost", "n": 5, "seconds": 0}
    with scope.worker():
        TallyHour.objects.create(hour=NOON - timedelta(days=4000), **facts)
        TallyDay.objects.create(day=NOON.date() - timedelta(days=4000), **facts)
    count_attempts()
    assert counted(TallyDay.objects.all(), What.OUTCOME) == {"delivered": 1}
    assert counted(TallyHour.objects.all(), What.OUTCOME) == {"delivered": 1}
    assert counted(TallyTotal.objects.all(), What.OUTCOME) == {"delivered": 1}


def test_the_periodic_task_costs_the_same_for_any_number_of_attempts(tenant: Tenant) -> None:
    def cost(work: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as queries:
            work()
        return len(queries)

    tried(tenant, NOON)
    few = cost(PERIODIC_TASKS["syncqueue.count_tries"].run)
    for minute in range(1, 20):
        tried(tenant, NOON + timedelta(hours=7, minutes=minute))
    assert cost(count_attempts) == few
    assert counted(TallyTotal.objects.all(), What.OUTCOME) == {"delivered": 20}


def test_quantiles_are_read_from_buckets() -> None:
    bounds = [float(bound) for bound in BOUNDS]
    assert bounds == sorted(set(bounds)) and float(BEYOND) > bounds[-1]
    assert within({}, 50) is None
    counts = {"0.1": 94, "5": 5, BEYOND: 1}
    assert [within(counts, percent) for percent in (50, 94, 95, 99, 100)] == ["0.1", "0.1", "5", "5", BEYOND]
