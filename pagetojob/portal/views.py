"""What a contractor's own people see of their account."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from pagetojob.claims.selectors import disclaimers
from pagetojob.gates.screens.boards import features_for_customer
from pagetojob.gates.selectors import gate_facts
from pagetojob.platform.access import CHOSEN, members_only, membership_of, memberships_of
from pagetojob.platform.tenants.models import Membership


def frame(request: HttpRequest, membership: Membership, **more: Any) -> dict[str, Any]:
    """What portal/base.html shows on every page, and `more`. Two queries."""
    others = [one for one in memberships_of(request) if one.pk != membership.pk]
    return {
        "membership": membership,
        "tenant": membership.tenant,
        "others": others,
        "disclaimers": disclaimers(),
    } | more


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponseRedirect:
    """The first page of the portal. For people of no tenant there is none."""
    if membership_of(request) is None:
        raise Http404
    return redirect("portal:gates")


@require_POST
@login_required
def choose(request: HttpRequest) -> HttpResponseRedirect:
    """Look at another tenant of one's own from now on, in this session."""
    wanted = request.POST.get("tenant", "")
    if wanted not in {str(one.tenant.public_id) for one in memberships_of(request)}:
        raise Http404
    request.session[CHOSEN] = wanted
    return redirect("portal:home")


@require_safe
@members_only()
def gates(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Which features are on, which are off, why, and what is next. Seven queries with the frame."""
    features = features_for_customer(gate_facts(membership.tenant), now=timezone.now())
    return render(request, "portal/gates.html", frame(request, membership, features=features))
