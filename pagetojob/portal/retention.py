"""Retention of a contractor's data, as enforced: periods, the last purge and what it removed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pagetojob.platform.access import member_page
from pagetojob.platform.tenants.models import Membership
from pagetojob.retention.selectors import overview

from .views import frame


@member_page()
def retention(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show each class with its period and the number of rows that the last purge removed or emptied."""
    return render(request, "portal/retention.html", frame(request, membership, overview=overview(membership.tenant)))
