"""The status page of a tenant's own people, as operators see it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pagetojob.platform.tenants.roles import Ability

from .. import access, selectors
from ..state_texts import how_long


@access.operator_page(Ability.VIEW_QUEUE)
def status(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the same texts and numbers; 503 if they are unknown. Five queries plus those for the user."""
    tenant = access.tenant_for_visitor(slug)
    safety = selectors.safety_of(tenant)
    context = {"tenant": tenant, "safety": safety, "age": how_long(safety.oldest if safety else None)}
    return render(request, "syncqueue/status.html", context, status=200 if safety else 503)
