"""Blocks retrying booking requests as soon as their gate closes, instead of at their next attempt."""

from dataclasses import dataclass

from django.db.models.functions import Now

from pagetojob.platform.tenants import scope

from ..models import Kind, Lane, State, SyncItem


@dataclass(frozen=True)
class RescheduledItems:
    """The number of retrying items made due now, and of blocked items."""

    rescheduled: int
    blocked: int


def recheck_gates_now(*, tenant_id: int) -> RescheduledItems:
    """Make all retrying booking requests of a tenant due, so that the worker blocks them at the closed gate.

    Also ends the lane's cool-down: no API call is made while the gate is closed.

    Idempotent. Due items meet the closed gate anyway; items that a person is working on stay unchanged. Three queries.
    """
    with scope.worker():
        waiting = SyncItem.objects.filter(tenant_id=tenant_id, kind=Kind.BOOKING_REQUEST)
        rescheduled = waiting.filter(state=State.RETRYING, due_at__gt=Now()).update(due_at=Now())
        Lane.objects.filter(tenant_id=tenant_id, kind=Kind.BOOKING_REQUEST).update(paused_until=None)
        return RescheduledItems(rescheduled, waiting.filter(state=State.BLOCKED).count())
