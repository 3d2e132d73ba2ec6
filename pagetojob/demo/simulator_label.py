"""Label shown on every screen while a demo tenant's bookings go to the simulator or to an address set for tests."""

import contextlib
import time
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest

from pagetojob.gates.registry import Environment
from pagetojob.gates.selectors import tenants_wanting
from pagetojob.platform.access import membership_of
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.booking_decisions import decisions_for

from .switch import HANDOFF

#: Apps whose pages are the same for everyone and say nothing about a tenant.
_WITHOUT = frozenset({"readiness", "admin"})
FRESH_SECONDS = 1.0
_known: tuple[float, dict[str, Environment]] = (float("-inf"), {})


def simulator_label(request: HttpRequest) -> dict[str, Any]:
    """Return `labeled_environment` as a callable, evaluated only by templates that use it.

    No query unless an address of the simulator or of the integration environment is set.
    """
    is_set = settings.SERVICETITAN_STANDIN_API_URL or settings.SERVICETITAN_INTEGRATION_API_URL
    return {"labeled_environment": lambda: _concerned(request) if is_set else ""}


def _concerned(request: HttpRequest) -> str:
    """Return the environment of the tenant that this page concerns, except production; for operators, of any tenant."""
    match = request.resolver_match
    places = {} if match is None or match.app_name in _WITHOUT else open_places()
    if not places or match is None:
        return ""
    if slug := match.kwargs.get("slug"):
        return places.get(slug, "")
    if getattr(request.user, "ops_role", ""):
        return next(place for place in Environment if place in places.values())
    membership = membership_of(request) if request.user.is_authenticated else None
    return places.get(membership.tenant.slug, "") if membership else ""


def open_places() -> dict[str, Environment]:
    """Return the environment other than production that each tenant uses, by slug.

    Cached for a second. Without a database, return the last value.
    """
    global _known  # noqa: PLW0603 - the one thing this process remembers
    at, places = _known
    if time.monotonic() - at < FRESH_SECONDS:
        return places
    # Pages must render without a database, so the label must not fail.
    with contextlib.suppress(Error):
        places = _read()
    _known = (time.monotonic(), places)
    return places


def forget() -> None:
    """Clear the cache, as in a new process."""
    global _known  # noqa: PLW0603
    _known = (float("-inf"), {})


def _read() -> dict[str, Environment]:
    """Read the environments: 1 query if no flag is on, otherwise 4."""
    with scope.worker():
        if not (wanting := list(Tenant.objects.filter(pk__in=tenants_wanting(HANDOFF)))):
            return {}
        decisions = decisions_for(wanting)
    used = {tenant.slug: decisions[tenant.pk] for tenant in wanting}
    return {
        slug: decision.environment
        for slug, decision in used.items()
        if decision.open and decision.environment is not Environment.PRODUCTION
    }
