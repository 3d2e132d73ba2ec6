"""When a gate shuts, what waits for a later try meets it now and not then."""

from dataclasses import dataclass

from django.db.models.functions import Now

from pagetojob.platform.tenants import scope

from ..models import Kind, Lane, State, SyncItem


@dataclass(frozen=True)
class Asked:
    """How many waiting tries were brought forward, and how many items stand blocked."""

    hurried: int
    blocked: int


def ask_gates_again(*, tenant_id: int) -> Asked:
    """Make each waiting booking request of a tenant due now: the worker asks its gate and blocks it. Three queries.

    A rest of its lane ends: behind a shut gate nobody over there is asked for anything.

    Safe to repeat. Items that are due are met by the shut gate anyway; people's own work is left alone.
    """
    with scope.worker():
        waiting = SyncItem.objects.filter(tenant_id=tenant_id, kind=Kind.BOOKING_REQUEST)
        hurried = waiting.filter(state=State.RETRYING, due_at__gt=Now()).update(due_at=Now())
        Lane.objects.filter(tenant_id=tenant_id, kind=Kind.BOOKING_REQUEST).update(paused_until=None)
        return Asked(hurried, waiting.filter(state=State.BLOCKED).count())
