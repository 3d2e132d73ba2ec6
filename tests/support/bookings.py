"""Due bookings of a tenant that is connected to the simulator, and a worker that sends them."""

from collections.abc import Callable
from typing import Any

import pytest

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.models import TaxonomyItem
from pagetojob.titanmap.selectors import binding_for_page
from syncqueue.connectors import deliver
from syncqueue.connectors.booking.send import BookingSender
from syncqueue.models import Kind, State, SyncItem
from syncqueue.ports import Arrivals, Result
from syncqueue.services import delivery
from syncqueue.services.intake import capture_request
from tests.support.factories import appointment
from tests.support.gates import wish
from tests.support.handed import FLAG, IDS, connect
from tests.support.standin import StandInProcess

Enqueue = Callable[..., list[SyncItem]]


@pytest.fixture
def enqueue(tenant: Tenant, owner: User, standin: StandInProcess) -> Enqueue:
    """Capture bookings that are due, and no other items, for a demo tenant that is connected to the simulator."""
    with scope.tenant(tenant.pk):
        for family, external_id in IDS.items():
            TaxonomyItem.objects.filter(tenant=tenant, family=family).update(external_id=external_id)
    connect(tenant, owner)
    wish(tenant, FLAG)

    def capture(count: int, **typed: Any) -> list[SyncItem]:
        with scope.tenant(tenant.pk):
            binding = binding_for_page(tenant, "/ac-repair-phoenix")
            for _ in range(count):
                capture_request(tenant=tenant, request=appointment(urgency="soon", **typed), binding=binding)
        with scope.worker():
            SyncItem.objects.exclude(kind=Kind.BOOKING_REQUEST).update(due_at=None)
            return list(SyncItem.objects.filter(kind=Kind.BOOKING_REQUEST, state=State.QUEUED).order_by("id"))

    return capture


def drain(**how: Any) -> int:
    return delivery.drain(deliver, worker="test", **how)


def booking_states() -> dict[str, int]:
    """Count the bookings in each state."""
    with scope.worker():
        states = list(SyncItem.objects.filter(kind=Kind.BOOKING_REQUEST).values_list("state", flat=True))
    return {state: states.count(state) for state in sorted(set(states))}


def finish_calls(sender: BookingSender, arrivals: Arrivals) -> list[Result]:
    """Wait until no call is running, and return the results."""
    results = sender.results()
    while sender.under_way():
        arrivals.get(timeout=30)()
        results += sender.results()
    return results


@pytest.fixture
def high_booking_rate(settings: Any) -> None:
    """Allow more bookings per second than any test needs; the rate tests lower it."""
    settings.BOOKINGS_PER_SECOND = 1000
