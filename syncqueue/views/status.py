"""What a tenant's own people read about their requests, for operators."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pagetojob.platform.tenants.roles import Ability

from .. import access, selectors
from ..state_texts import how_long


@never_cache
@require_safe
@access.operators_only(Ability.VIEW_QUEUE)
def status(request: HttpRequest, slug: str) -> HttpResponse:
    """The same words and numbers; 503 while nobody knows. Five queries besides who asks."""
    tenant = access.tenant_for_visitor(slug)
    safety = selectors.safety_of(tenant)
    context = {"tenant": tenant, "safety": safety, "age": how_long(safety.oldest if safety else None)}
    return render(request, "syncqueue/status.html", context, status=200 if safety else 503)
