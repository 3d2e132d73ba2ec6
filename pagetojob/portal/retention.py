"""Retention of a contractor's data, as enforced: periods, the last purge and what it removed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pagetojob.platform.access import members_only
from pagetojob.platform.tenants.models import Membership
from pagetojob.retention.selectors import overview

from .views import frame


@require_safe
@members_only()
def retention(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show each class with its period and the number of rows that the last purge removed or emptied."""
    return render(request, "portal/retention.html", frame(request, membership, overview=overview(membership.tenant)))
