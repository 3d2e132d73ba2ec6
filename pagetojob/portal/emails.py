"""Emails that a person of a contractor gets for themselves: the weekly summary."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.onboarding import weekly
from pagetojob.platform.access import actor_of, member_page
from pagetojob.platform.tenants.models import Membership

from .views import frame


@member_page(methods=("GET", "HEAD", "POST"))
def emails(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show whether the person gets the weekly email, and change it. Pressing again undoes it."""
    if request.method == "POST":
        wanted = request.POST.get("weekly") == "yes"
        weekly.set_preference(membership=membership, wanted=wanted, by=actor_of(request))
        messages.success(request, "You get the weekly email." if wanted else "You no longer get the weekly email.")
        return redirect("portal:emails")
    return render(request, "portal/emails.html", frame(request, membership, weekly=weekly.preference(membership)))
