"""Send intents: before the first byte is sent, a row that records "it may have arrived" is committed.

So if the worker, the database or the response is lost afterwards, the item is looked up before it is sent again.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from pagetojob.gates.registry import Environment
from pagetojob.platform import states
from pagetojob.platform.tenants import scope

from . import workers
from .models import State, SyncItem
from .ports import SendIntent

Begun = tuple[SyncItem, dict[str, Any], Environment]

_BEGIN = f"""
    UPDATE syncqueue_syncitem AS item
    SET must_reconcile = true, sent_to = begun.sent_to, envelope = begun.envelope, looked_up = 0, looked_up_at = NULL,
        send_began_at = statement_timestamp(), lease_until = statement_timestamp() + make_interval(secs => %s)
    FROM unnest(%s::bigint[], %s::integer[], %s::varchar[], %s::jsonb[]) AS begun (id, version, sent_to, envelope)
    WHERE item.id = begun.id AND item.version = begun.version AND item.state = '{State.SENDING.value}'
        AND item.lease_until > statement_timestamp()
    RETURNING item.id
"""  # noqa: S608 - built from constants; values are parameters


def record_intents(begun: Sequence[Begun]) -> set[int]:
    """Record send intents, each with its envelope and environment, and renew the lease of each item.

    A single statement, committed on return. Returns the ids of the items that this worker still holds. The other items
    were moved or their lease expired: they must not be sent.
    """
    if not begun:
        return set()
    columns: list[list[Any]] = [
        [item.id for item, _, _ in begun],
        [item.version for item, _, _ in begun],
        [environment.value for _, _, environment in begun],
        [json.dumps(envelope) for _, envelope, _ in begun],
    ]
    with scope.worker(), connection.cursor() as cursor:
        cursor.execute(_BEGIN, [settings.LEASE_SECONDS, *columns])
        owned = {pk for (pk,) in cursor.fetchall()}
    for item, envelope, environment in begun:
        if item.id in owned:
            remember(item, envelope, environment.value)
    return owned


def claim_with_intents(
    items: Sequence[SyncItem], intents: Mapping[int, SendIntent], *, began: datetime, lease_until: datetime
) -> set[int]:
    """Claim items and record their send intents in one statement. Returns the ids of the claimed items.

    For items that are sent as soon as the claim is committed. Call in the transaction of the claim. The caller updates
    the items in memory with `remember`.
    """
    each: dict[str, Sequence[Any]] = {
        "envelope": [intents[item.id].envelope for item in items],
        "sent_to": [intents[item.id].sent_to for item in items],
    }
    return states.move_many(
        items,
        State.SENDING,
        each=each,
        must_reconcile=True,
        looked_up=0,
        looked_up_at=None,
        send_began_at=began,
        lease_until=lease_until,
        claimed_by=workers.name(),
    )


def remember(item: SyncItem, envelope: dict[str, Any], sent_to: str) -> None:
    """Copy a committed send intent to the item in memory."""
    item.must_reconcile, item.sent_to, item.envelope = True, sent_to, envelope
    item.looked_up, item.looked_up_at = 0, None
