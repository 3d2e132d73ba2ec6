"""What tests of the item page share: addresses, requests that came in, what must stay masked."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.paging import PAGE_SIZE
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.selectors import binding_for_page
from syncqueue.connectors import deliver
from syncqueue.item_actions import Move
from syncqueue.models import Kind, State, SyncItem
from syncqueue.services import delivery
from syncqueue.services.intake import capture_request
from tests.support.factories import appointment, make_lead, make_sync_item

PAGES = (Move.RESEND, Move.ASK_RESEND, Move.CANCEL, Move.EXCLUDE, Move.TAKE_BACK, Move.NOT_A_BOT)
POSTS = (Move.UNDO, Move.NOTE, Move.MANUAL_COMPLETE)
UNMASKINGS = ("resend-unmask", "ask-resend-unmask", "unmask")
PERSONAL = ("Rivera", "555-0199", "6025550199", "jamie@", "Camelback", "cold air")
NAUGHTY = "<script>alert(1)</script>{{ 7|add:1 }}' OR 1=1 -- \u202eתּ́ \U0001f525 &lt;b&gt;"
REASON = "the gate is shut"


def url(name: str, item: SyncItem) -> str:
    return reverse(f"ops:{name}", args=[item.public_id])


def captured_as(tenant: Tenant, *, path: str = "/ac-repair-phoenix", **changes: Any) -> SyncItem:
    """The booking request of a lead that came in with `changes`."""
    with scope.tenant(tenant.pk):
        request = appointment(page_path=path, **changes)
        lead, _ = capture_request(tenant=tenant, request=request, binding=binding_for_page(tenant, path))
        return SyncItem.objects.select_related("lead").get(lead=lead, kind=Kind.BOOKING_REQUEST)


def work() -> None:
    delivery.drain(deliver, worker="test")


def booking_request() -> SyncItem:
    """The only booking request."""
    with scope.worker():
        return SyncItem.objects.get(kind=Kind.BOOKING_REQUEST)


def work_booking_request() -> SyncItem:
    work()
    return booking_request()


def more_items(tenant: Tenant) -> None:
    """Fill a page of the list."""
    with scope.tenant(tenant.pk):
        for _ in range(PAGE_SIZE):
            make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant))


def read(item: SyncItem) -> SyncItem:
    with scope.worker():
        return SyncItem.objects.select_related("lead", "tenant").get(pk=item.pk)


def to_state(item: SyncItem, state: State, **facts: Any) -> SyncItem:
    with scope.worker():
        fresh = SyncItem.objects.get(pk=item.pk)
        if fresh.state == State.QUEUED:
            states.move(fresh, State.SENDING, lease_until=timezone.now() + timedelta(minutes=1))
            states.move(fresh, state, lease_until=None, due_at=None, **facts)
    return read(item)


CHOICE = {
    "rule": "Emergencies after hours",
    "primary": "call now",
    "secondary": "request",
    "needs_review": True,
    "sentence": "Call us: somebody answers day and night.",
    "inputs": {
        "page_slug": "ac-repair-phoenix",
        "urgency": "emergency",
        "local_time": "2026-06-21 22:10",
        "hours": "after hours",
        "zone_state": "active",
    },
}


def mark_as_done(client: Client, item: SyncItem, **changes: str) -> Any:
    """Post the form "Mark as done" of an item page."""
    answers = {
        "done_where": "ServiceTitan, Calls screen",
        "done_reference": "Booking 4711",
        "done_at": timezone.now().astimezone(ZoneInfo("America/Phoenix")).strftime("%Y-%m-%dT%H:%M"),
        "reason": REASON,
    }
    return client.post(reverse("ops:manual-complete", args=[item.public_id]), answers | changes)
