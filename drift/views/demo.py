"""The demo tenant's website. The crawler reads it like any other site."""

from django.http import HttpRequest, HttpResponse
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from pagetojob.platform.tenants import scope

from .. import access
from ..services.demo import etag_of


@require_safe
def page(request: HttpRequest, slug: str, path: str = "") -> HttpResponse:
    """Serve one page, with 304 for a matching conditional request. Runs three queries."""
    tenant = access.demo_tenant(slug)
    with scope.tenant(tenant.pk):
        demo_page = access.demo_page(tenant, path)
    etag = quote_etag(etag_of(demo_page.html))
    response = (
        HttpResponse(status=304) if request.headers.get("If-None-Match") == etag else HttpResponse(demo_page.html)
    )
    response["ETag"] = etag
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
