"""The demo tenant's website. The crawler reads it like any other site."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, set_response_etag
from django.views.decorators.http import require_safe

from pagetojob.platform.tenants import scope

from .. import access


@require_safe
def page(request: HttpRequest, slug: str, path: str = "") -> HttpResponse:
    """Serve one page, with 304 for a matching conditional request. Runs three queries."""
    tenant = access.demo_tenant(slug)
    with scope.tenant(tenant.pk):
        demo_page = access.demo_page(tenant, path)
    response = HttpResponse(demo_page.html, headers={"X-Robots-Tag": "noindex, nofollow"})
    set_response_etag(response)
    return get_conditional_response(request, response["ETag"], response=response) or response
