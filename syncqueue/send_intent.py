"""Send intents: before the first byte is sent, a row that records "it may have arrived" is committed.

So if the worker, the database or the response is lost afterwards, the item is looked up before it is sent again.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from pagetojob.platform import states
from pagetojob.platform.postgresql.base import prepared_cursor
from pagetojob.platform.tenants import scope

from . import sql
from .models import State, SyncItem
from .ports import SendIntent

_RECORD = sql.load("send_intent")["record"]


def record_intents(items: Sequence[SyncItem], intents: Mapping[int, SendIntent]) -> set[int]:
    """Record the send intents of claimed items, and renew the lease of each.

    A single statement, committed on return. Returns the ids of the items that this worker still holds. The other items
    were moved or their lease expired: they must not be sent.
    """
    if not items:
        return set()
    columns: list[list[Any]] = [
        [item.id for item in items],
        [item.version for item in items],
        [intents[item.id].sent_to for item in items],
        [json.dumps(intents[item.id].envelope) for item in items],
    ]
    with scope.worker(), prepared_cursor() as cursor:
        cursor.execute(_RECORD, [settings.LEASE_SECONDS, *columns])
        owned = {pk for (pk,) in cursor.fetchall()}
    for item in items:
        if item.id in owned:
            remember(item, intents[item.id])
    return owned


def claim_with_intents(items: Sequence[SyncItem], intents: Mapping[int, SendIntent], **facts: Any) -> set[int]:
    """Claim items and record their send intents in one statement, with `facts`. Returns the ids of the claimed items.

    For items that are sent as soon as the claim is committed. Call in the transaction of the claim. The caller updates
    the items in memory with `remember`.
    """
    each: dict[str, Sequence[Any]] = {
        "envelope": [intents[item.id].envelope for item in items],
        "sent_to": [intents[item.id].sent_to for item in items],
    }
    return states.move_many(
        items, State.SENDING, each=each, must_reconcile=True, looked_up=0, looked_up_at=None, **facts
    )


def remember(item: SyncItem, intent: SendIntent) -> None:
    """Copy a committed send intent to the item in memory."""
    item.must_reconcile, item.sent_to, item.envelope = True, intent.sent_to, intent.envelope
    item.looked_up, item.looked_up_at = 0, None
