"""Portal pages that a contractor's people see of their account."""

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from pagetojob.claims.selectors import disclaimers
from pagetojob.gates.screens.boards import features_for_customer
from pagetojob.gates.selectors import gate_facts
from pagetojob.onboarding import weekly
from pagetojob.onboarding.notes import contact_of
from pagetojob.platform import phones
from pagetojob.platform.access import CHOSEN, actor_of, member_page, membership_of, memberships_of
from pagetojob.platform.tenants.models import Membership
from pagetojob.retention.selectors import overview
from pagetojob.retention.subjects import ANSWER_DAYS
from syncqueue.selectors import safety_of
from syncqueue.state_texts import how_long


def frame(request: HttpRequest, membership: Membership, **more: Any) -> dict[str, Any]:
    """Return the context that portal/base.html needs on every page, plus `more`, which has other names. Two queries."""
    others = [other for other in memberships_of(request) if other.pk != membership.pk]
    # Not a union of dictionaries, in which a page could replace what the base shows.
    return dict(membership=membership, tenant=membership.tenant, others=others, disclaimers=disclaimers(), **more)


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponseRedirect:
    """Redirect to the first page of the portal; 404 for people without a tenant."""
    if membership_of(request) is None:
        raise Http404
    return redirect("portal:requests")


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Return what a phone needs to put the portal on its home screen. Browsers fetch it without a session."""
    icons = [
        {"src": static(f"portal-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    content = {
        "name": "PageToJob requests",
        "short_name": "Requests",
        "id": "/portal/",
        "start_url": reverse("portal:home"),
        "scope": reverse("portal:home"),
        "display": "standalone",
        "background_color": "#fafbfa",
        "theme_color": "#0b5f68",
        "icons": icons,
    }
    return HttpResponse(json.dumps(content), content_type="application/manifest+json")


@require_POST
@login_required
def choose(request: HttpRequest) -> HttpResponseRedirect:
    """Select another of the person's tenants for this session."""
    wanted = request.POST.get("tenant", "")
    if wanted not in {str(membership.tenant.public_id) for membership in memberships_of(request)}:
        raise Http404
    request.session[CHOSEN] = wanted
    return redirect("portal:home")


@member_page()
def gates(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show which features are on or off, with reasons and next steps. Seven queries with the frame."""
    features = features_for_customer(gate_facts(membership.tenant), now=timezone.now())
    return render(request, "portal/gates.html", frame(request, membership, features=features))


@member_page()
def status(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show counts and an age in the tenant's time zone; 503 if they are unknown. Six queries with the frame."""
    safety = safety_of(membership.tenant)
    context = frame(request, membership, safety=safety, age=how_long(safety.oldest if safety else None))
    return render(request, "portal/status.html", context, status=200 if safety else 503)


@member_page()
def contact(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show who at PageToJob is responsible for the contractor, and how to reach that person or someone else there."""
    phone = settings.CONTRACTOR_PHONE
    contact = {
        "person": contact_of(membership.tenant),
        "email": settings.CONTRACTOR_EMAIL,
        "phone": phone,
        "tel": phones.e164(phone),
    }
    return render(request, "portal/contact.html", frame(request, membership, **contact))


@member_page()
def retention(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show each class with its period and the number of rows that the last purge removed or emptied."""
    shown = frame(request, membership, overview=overview(membership.tenant), answer_days=ANSWER_DAYS)
    return render(request, "portal/retention.html", shown)


@member_page(methods=("GET", "HEAD", "POST"))
def emails(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show whether the person gets the weekly email, and change it. Pressing again undoes it."""
    if request.method == "POST":
        wanted = request.POST.get("weekly") == "yes"
        weekly.set_preference(membership=membership, wanted=wanted, by=actor_of(request))
        messages.success(request, "You get the weekly email." if wanted else "You no longer get the weekly email.")
        return redirect("portal:emails")
    return render(request, "portal/emails.html", frame(request, membership, weekly=weekly.preference(membership)))
