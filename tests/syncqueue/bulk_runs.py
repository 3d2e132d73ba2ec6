"""Bulk runs: preview a list, confirm it, and finish the run as a worker does."""

import re
from html import unescape
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.models import State, SyncItem
from tests.support.factories import make_lead, make_sync_item

REASON = "the mail server lost them"
BLOCKED = {"state": "blocked", "tenant": "desert-peak"}


def make_items(tenant: Tenant, count: int, state: State = State.BLOCKED, **facts: Any) -> list[SyncItem]:
    """Return booking requests of `count` leads, each in `state`."""
    with scope.tenant(tenant.pk):
        items = [make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant)) for _ in range(count)]
    with scope.worker():
        for item in items:
            if state != State.QUEUED:
                states.move(item, State.SENDING, lease_until=timezone.now())
                states.move(item, state, lease_until=None, **facts)
    return items


def preview(client: Client, move: str, query: dict[str, str] | None = None, **sent: Any) -> Any:
    address = reverse("ops:bulk", query=BLOCKED if query is None else query)
    return client.post(address, {"move": move, "which": "all"} | sent)


def chosen_of(answer: HttpResponse) -> str:
    result = re.search(r'name="chosen" value="([^"]+)"', answer.text)
    assert result, answer.text
    return unescape(result[1])


def confirm(client: Client, shown: HttpResponse, **changes: str) -> Any:
    return client.post(reverse("ops:bulk-start"), {"chosen": chosen_of(shown), "reason": REASON} | changes)


def start_run(client: Client, move: str, **changes: str) -> Run:
    answer = confirm(client, preview(client, move), **changes)
    assert answer.status_code == 302, answer.text
    with scope.worker():
        return Run.objects.get(public_id=answer["Location"].rpartition("/")[2])


def states_of(items: list[SyncItem]) -> list[str]:
    with scope.worker():
        result = dict(SyncItem.objects.values_list("pk", "state"))
    return [result[item.pk] for item in items]
