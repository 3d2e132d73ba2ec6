"""Status of a contractor's requests, in numbers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pagetojob.platform.access import member_page
from pagetojob.platform.tenants.models import Membership
from syncqueue.selectors import safety_of
from syncqueue.state_texts import how_long

from .views import frame


@member_page()
def status(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show counts and an age in the tenant's time zone; 503 if they are unknown. Six queries with the frame."""
    safety = safety_of(membership.tenant)
    context = frame(request, membership, safety=safety, age=how_long(safety.oldest if safety else None))
    return render(request, "portal/status.html", context, status=200 if safety else 503)
