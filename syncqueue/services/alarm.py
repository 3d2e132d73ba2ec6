"""The alarm: a lead came in, and its business could not be notified in time."""

import logging

from django.db.models.functions import Now

from pagetojob.platform.tenants import scope

from ..filters import Filters
from ..models import SyncItem

BATCH = 200
log = logging.getLogger(__name__)


def raise_alarms() -> int:
    """Mark each open notice that is older than ten minutes, and log one ERROR line about the new ones; return how many.

    Excluded leads need no notification. The line describes the oldest one, since the others often share its cause. At
    most two hundred per run, so that a flood does not delay the other periodic tasks. Two statements.
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
    if late:
        oldest = late[0]
        about = {"tenant_id": oldest.tenant_id, "state": oldest.state, "cause": oldest.cause}
        counts = {"notices": len(late), "businesses": len({item.tenant_id for item in late})}
        log.error("business not notified in time", extra=oldest.log_fields | about | counts)
    return len(late)
