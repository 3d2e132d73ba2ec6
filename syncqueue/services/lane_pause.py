"""Pause and resume a lane. Queued items keep their attempts and their order."""

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability

from ..errors import QueueError
from ..models import Lane

_NOT_YOURS = "Only operators can pause and resume a lane."


def pause(*, lane: Lane, actor: User, reason: str) -> None:
    """Stop claiming items of the lane. Items that a worker already holds are finished.

    Raises QueueError if it is already paused, or if `actor` may not act on the queue.
    """
    _move(lane, actor, reason, action="syncqueue.pause_lane", to=actor, already_done="This lane is already paused.")


def resume(*, lane: Lane, actor: User, reason: str) -> None:
    """Resume the lane, within its rate limit and circuit breaker. Raises QueueError if it was not paused."""
    _move(lane, actor, reason, action="syncqueue.resume_lane", to=None, already_done="This lane is no longer paused.")


def _move(lane: Lane, actor: User, reason: str, *, action: str, to: User | None, already_done: str) -> None:
    """Update the lane and write its audit line. If two people do the same, the second gets an error."""
    if not actor.can(Ability.ACT_ON_QUEUE):
        raise QueueError(_NOT_YOURS)
    before = Lane.objects.filter(pk=lane.pk, held_at__isnull=to is not None)
    facts = {
        "held_at": Now() if to else None,
        "held_by": to.pk if to else None,
        "held_reason": reason.strip() if to else "",
    }
    with transaction.atomic():
        if not before.update(**facts):
            raise QueueError(already_done)
        record(
            action=action,
            subject=f"lane:{lane.tenant.slug}/{lane.kind}",
            reason=reason,
            tenant=lane.tenant_id,
            actor=actor,
            changes={"lane": (*(("running", "paused") if to else ("paused", "running")),)},
        )
