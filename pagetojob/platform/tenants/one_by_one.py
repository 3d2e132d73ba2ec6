"""Periodic work of all tenants, one after the other, of which none stops the others. Call outside a transaction."""

import logging
from collections.abc import Callable, Iterable
from functools import partial

from pagetojob.platform.postgresql.errors import UNAVAILABLE

from .models import Tenant

log = logging.getLogger(__name__)


def sum_of_each(tenants: Iterable[Tenant], count: Callable[[Tenant], int], *, task: str) -> int:
    """Return the sum of what `count` returns for each tenant."""
    return sum(count_alone(tenant, partial(count, tenant), task=task) for tenant in tenants)


def count_alone(tenant: Tenant, count: Callable[[], int], *, task: str) -> int:
    """Return what `count` returns; 0 after an error of ours, which concerns this tenant only.

    It is logged with the `task`: raised, it would leave out the tenants after this one, in every run.
    """
    try:
        return count()
    except UNAVAILABLE:
        raise
    except Exception:
        log.exception("contractor left out", extra={"task": task, "tenant_id": tenant.pk})
        return 0
