"""Periodic work of all tenants, one after the other, of which none stops the others."""

import logging
from collections.abc import Callable, Iterable

from pagetojob.platform.postgresql.errors import UNAVAILABLE

from .models import Tenant

log = logging.getLogger(__name__)


def sum_of_each(tenants: Iterable[Tenant], count: Callable[[Tenant], int], *, task: str) -> int:
    """Return the sum of what `count` returns for each tenant. Call outside a transaction.

    An error of ours concerns one tenant only and is logged with the `task`: raised, it would leave out those after it,
    in every run.
    """
    total = 0
    for tenant in tenants:
        try:
            total += count(tenant)
        except UNAVAILABLE:
            raise
        except Exception:
            fields = {"task": task, "tenant_id": tenant.pk, "time_zone": tenant.time_zone}
            log.exception("contractor left out", extra=fields)
    return total
