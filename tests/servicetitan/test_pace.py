"""The pace of reading calls: shared by all workers, and a pause holds for every call of the account."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.servicetitan.mirror import pace
from pagetojob.servicetitan.mirror.models import CallPace
from pagetojob.servicetitan.vault.models import Connection
from syncqueue.models import Kind, Lane, State, SyncItem
from syncqueue.outcomes import Outcome
from syncqueue.services.circuit_breaker import BreakerUpdates
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_concurrent_workers_share_the_calls_of_a_second(
    tenant: Tenant, connected: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "READS_PER_SECOND", 8.0)
    calls: list[float] = []

    def work(_: int) -> None:
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            reserved, seconds = pace.take_turn(connected)
            time.sleep(seconds)
            if reserved:
                calls.append(time.monotonic())

    at_once(work, range(4))
    calls.sort()
    assert max(sum(first <= call < first + 1 for call in calls) for first in calls) <= 9 < len(calls)


def test_pause_holds_for_readings_and_for_bookings_and_halves_the_pace(tenant: Tenant, connected: Connection) -> None:
    with scope.worker():
        Lane.objects.update_or_create(tenant=tenant, kind=Kind.BOOKING_REQUEST)
    reserved, seconds = pace.take_turn(connected)
    assert reserved and seconds < 0.01
    pace.slow_down(connected, 60.0)
    reserved, seconds = pace.take_turn(connected)
    assert not reserved and 55 < seconds <= 60, "no turn is used up while the account wants no calls"
    with scope.worker():
        until = Lane.objects.get(tenant=tenant, kind=Kind.BOOKING_REQUEST).paused_until
    assert until is not None and until > timezone.now() + timedelta(seconds=55)
    with scope.tenant(tenant.pk):
        assert CallPace.objects.get().per_second == pytest.approx(500)


def test_pause_after_a_booking_holds_for_readings(tenant: Tenant, connected: Connection) -> None:
    pace.take_turn(connected)
    item = SyncItem(tenant=tenant, kind=Kind.BOOKING_REQUEST)
    asked = Outcome(State.RETRYING, lane_cool_down=timedelta(seconds=40))
    updates = BreakerUpdates()
    updates.add(item, asked)
    with scope.worker():
        updates.write()
    assert pace.take_turn(connected)[0] is False
