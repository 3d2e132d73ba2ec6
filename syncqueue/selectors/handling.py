"""The time that requests waited until someone entered them in the office's system. Needs the operator scope."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from syncqueue.leads.models import Exclusion

from ..models import Kind, State, SyncItem

#: Requests of a tenant that are read, the newest ones.
MOST_OF_TENANT = 100


def newest_handlings(tenant_ids: Collection[int], since: datetime) -> list[tuple[int, datetime, datetime | None]]:
    """Return for the newest requests since a time: tenant, when it was received, and when it was entered, if it was.

    Excluded requests are left out. Runs one query.
    """
    items = SyncItem.objects.filter(
        tenant__in=tenant_ids,
        kind=Kind.BOOKING_REQUEST,
        lead__excluded_as=Exclusion.NONE,
        lead__suspected=[],
        lead__received_at__gte=since,
    ).exclude(state=State.CANCELLED)
    place = Window(RowNumber(), partition_by=F("tenant"), order_by=F("lead__received_at").desc())
    newest = items.annotate(place=place).filter(place__lte=MOST_OF_TENANT).order_by()
    ended = (State.DELIVERED, State.MANUAL_COMPLETE)
    return [
        (tenant_id, received, at if state in ended else None)
        for tenant_id, received, state, at in newest.values_list(
            "tenant_id", "lead__received_at", "state", "state_since"
        )
    ]
