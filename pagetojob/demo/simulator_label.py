"""Label shown on every screen while a demo tenant uses the ServiceTitan simulator."""

import contextlib
import time
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest
from django.utils import timezone

from pagetojob.gates.decisions import judge
from pagetojob.gates.registry import Environment
from pagetojob.gates.selectors import gate_facts_by_tenant, tenants_wanting
from pagetojob.platform.access import membership_of
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.servicetitan.vault.connection_use import with_connection
from pagetojob.servicetitan.vault.selectors import connection_of

from .switch import HANDOFF

#: Apps whose pages are the same for everyone and say nothing about a tenant.
_WITHOUT = frozenset({"readiness", "admin"})
FRESH_SECONDS = 1.0
_known: tuple[float, frozenset[str]] = (float("-inf"), frozenset())


def simulator_label(request: HttpRequest) -> dict[str, Any]:
    """Return `simulator_open` as a callable, evaluated only by templates that use it. No query without a simulator."""
    return {"simulator_open": lambda: bool(settings.SERVICETITAN_STANDIN_API_URL) and _concerns(request)}


def _concerns(request: HttpRequest) -> bool:
    """Return whether this page concerns a tenant that uses the simulator."""
    match = request.resolver_match
    slugs = frozenset() if match is None or match.app_name in _WITHOUT else open_slugs()
    if not slugs or match is None:
        return False
    if slug := match.kwargs.get("slug"):
        return slug in slugs
    if getattr(request.user, "ops_role", ""):
        return True
    membership = membership_of(request) if request.user.is_authenticated else None
    return membership is not None and membership.tenant.slug in slugs


def open_slugs() -> frozenset[str]:
    """Return the tenants that use the simulator, cached for a second. Without a database, return the last value."""
    global _known  # noqa: PLW0603 - the one thing this process remembers
    at, slugs = _known
    if time.monotonic() - at < FRESH_SECONDS:
        return slugs
    # Pages must render without a database, so the label must not fail.
    with contextlib.suppress(Error):
        slugs = _read()
    _known = (time.monotonic(), slugs)
    return slugs


def forget() -> None:
    """Clear the cache, as in a new process."""
    global _known  # noqa: PLW0603
    _known = (float("-inf"), frozenset())


def _read() -> frozenset[str]:
    """Return the slugs. 1 query if no flag is on; otherwise two more, and one for each tenant with open gates."""
    with scope.worker():
        snapshots = gate_facts_by_tenant(tenants_wanting(HANDOFF))
        decisions = [
            judge(HANDOFF, snapshot, Environment.SIMULATOR, now=timezone.now()) for snapshot in snapshots.values()
        ]
        wanted = [decision for decision in decisions if decision.open]
        open_now = [
            decision.tenant_id
            for decision in wanted
            if with_connection(decision, connection_of(decision.tenant_id, Environment.SIMULATOR)).open
        ]
        return (
            frozenset(Tenant.objects.filter(pk__in=open_now).values_list("slug", flat=True))
            if open_now
            else frozenset()
        )
