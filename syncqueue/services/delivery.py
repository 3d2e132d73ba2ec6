"""Claim due items, hand them to a connector, settle what came of it; recover what a dead worker held.

No transaction is open while a connector works. A lease and a version make sure that each try is
settled once, by the worker that made it.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from pagetojob.kernel import states
from pagetojob.kernel.tenants import scope

from .. import retry
from ..causes import CAUSES
from ..models import NOTICES, State, SyncAttempt, SyncItem
from ..ports import Connector, Connectors
from .claiming import claim, hand_back
from .draining import Drain
from .settling import settle, settle_many

__all__ = ["claim", "drain", "hand_back", "settle", "settle_many", "sweep_leases"]

SWEEP_BATCH = 200
LOST = "lost"
MOST_LOST_TRIES = 25
log = logging.getLogger(__name__)


def drain(deliver: Connector | Connectors, *, worker: str, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Work off due items until none is left or the budget is spent; return how many were settled.

    Told to stop it claims no more, hands back what has not begun to leave the house, and waits for the rest.
    """
    return Drain(deliver, worker=worker, should_stop=should_stop).run()


def sweep_leases(*, worker: str) -> int:
    """Give back what a dead worker held: items still `sending` after their lease. Returns how many.

    A notice may have gone out, so it is tried again and marked possibly twice. A booking request whose send
    had begun says so in its row: it is looked up before anything else, and not before its time. An item that
    lost worker after worker goes to a person.
    """
    with scope.worker():
        held = list(
            SyncItem.objects.select_for_update(skip_locked=True)
            .filter(state=State.SENDING, lease_until__lt=Now())
            .order_by("lease_until")[:SWEEP_BATCH]
        )
        for item in held:
            _give_back(item, worker=worker)
    return len(held)


def _give_back(item: SyncItem, *, worker: str) -> None:
    claim_version, began = item.version, item.state_since
    lost_before = SyncAttempt.objects.filter(tenant=item.tenant_id, item=item, outcome=LOST).count()
    poison = lost_before + 1 >= MOST_LOST_TRIES
    # The first loss is hardly the item's fault; after more of them it waits longer and longer.
    wait = timedelta(0) if not lost_before else min(retry.LONGEST, retry.AFTER_LOSS * 2**lost_before)
    cause = "worker-lost-often" if poison else "worker-lost"
    stop = State.UNKNOWN if item.must_reconcile else State.NEEDS_REVIEW
    if item.must_reconcile:
        # At the latest; a try that comes before its time is sent away by the connector.
        wait = max(wait, timedelta(seconds=settings.FIRST_LOOK_UP_SECONDS - settings.LEASE_SECONDS))
    with transaction.atomic():
        states.move(
            item,
            stop if poison else State.RETRYING,
            lease_until=None,
            due_at=None if poison else Now() + wait,
            attempts=item.attempts + 1,
            cause=cause,
            error_class=CAUSES[cause].error_class,
            last_error="The worker stopped before it could say what came of the try.",
            possibly_twice=item.possibly_twice or item.kind in NOTICES,
        )
        SyncAttempt.objects.create(
            tenant_id=item.tenant_id,
            item=item,
            claim_version=claim_version,
            outcome=LOST,
            error_class=CAUSES["worker-lost"].error_class,
            cause=cause,
            detail="The lease ran out.",
            worker=worker[:80],
            began_at=began,
        )
