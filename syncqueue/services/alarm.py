"""The alarm: a lead came in, and its business could not be notified in time."""

import logging

from django.db.models.functions import Now

from pagetojob.platform.tenants import scope

from ..filters import Filters
from ..models import SyncItem

BATCH = 200
log = logging.getLogger(__name__)


def raise_alarms() -> int:
    """Log an ERROR line once for each open notice that is older than ten minutes; return how many.

    Excluded leads need no notification. At most two hundred per run, so that the lines of a flood do not delay the
    other periodic tasks. Two statements.
    """
    with scope.worker():
        late = list(
            Filters(untold=True)
            .queryset()
            .filter(alarmed_at__isnull=True)
            .select_for_update(skip_locked=True)
            .order_by("created_at", "id")[:BATCH]
        )
        SyncItem.objects.filter(pk__in=[item.pk for item in late]).update(alarmed_at=Now())
    for item in late:
        log.error(
            "business not notified in time",
            extra=item.log_fields | {"tenant_id": item.tenant_id, "state": item.state, "cause": item.cause},
        )
    return len(late)
