"""The fence before a send: a row that says "it may have arrived" is committed before the first byte leaves.

So whatever dies afterwards (worker, database, the answer on its way), the item is looked up before it is sent again.
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
from .ports import Mark

Begun = tuple[SyncItem, dict[str, Any], Environment]

_BEGIN = f"""
    UPDATE syncqueue_syncitem AS item
    SET must_reconcile = true, sent_to = begun.sent_to, envelope = begun.envelope, looked_up = 0, looked_up_at = NULL,
        send_began_at = statement_timestamp(), lease_until = statement_timestamp() + make_interval(secs => %s)
    FROM unnest(%s::bigint[], %s::integer[], %s::varchar[], %s::jsonb[]) AS begun (id, version, sent_to, envelope)
    WHERE item.id = begun.id AND item.version = begun.version AND item.state = '{State.SENDING.value}'
        AND item.lease_until > statement_timestamp()
    RETURNING item.id
"""  # noqa: S608 - made of our own constants; what varies is a parameter


def begin_sends(begun: Sequence[Begun]) -> set[int]:
    """Note that sends begin, each of an envelope to an environment, and take a whole lease for each.

    One statement, committed on return. Returns the ids of the items that are still this worker's; of the others, whose
    lease had run out or which were moved, nothing may be sent.
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
        held = {pk for (pk,) in cursor.fetchall()}
    for item, envelope, environment in begun:
        if item.id in held:
            remember(item, envelope, environment.value)
    return held


def begin_marked(
    items: Sequence[SyncItem], marks: Mapping[int, Mark], *, began: datetime, lease_until: datetime
) -> set[int]:
    """Claim and mark in one statement, for items that are sent as soon as the claim is committed. Returns their ids.

    Call in the transaction of the claim. The items in memory are brought up to date by `remember`.
    """
    each: dict[str, Sequence[Any]] = {
        "envelope": [marks[item.id].envelope for item in items],
        "sent_to": [marks[item.id].sent_to for item in items],
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
    """What a committed mark says, in the item in memory."""
    item.must_reconcile, item.sent_to, item.envelope = True, sent_to, envelope
    item.looked_up, item.looked_up_at = 0, None
