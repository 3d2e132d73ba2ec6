"""Files for crawlers on the host of a contractor: robots.txt and sitemap.xml."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pagetojob.platform.tenants import scope

from ..selectors.website import page_paths, read_website
from ..services.site import read_site
from .visiting import for_visitors, visit_of


@require_safe
@for_visitors
def robots(request: HttpRequest, slug: str) -> HttpResponse:
    """Allow everything except thank-you pages and previews; nothing of a demo or a preview."""
    visiting = visit_of(request, slug)
    base = f"{request.scheme}://{request.get_host()}"
    closed = ["/"] if visiting.is_preview or visiting.tenant.is_demo else ["/requests/", "/preview/"]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), "", f"Sitemap: {base}/sitemap.xml", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
@for_visitors
def sitemap(request: HttpRequest, slug: str) -> HttpResponse:
    """List every page of the website at its canonical address."""
    tenant = visit_of(request, slug).tenant
    with scope.tenant(tenant.pk):
        site, website = read_site(tenant), read_website(tenant)
    paths = page_paths(website, [page for _, page in site.sections], site.legal)
    context = {"addresses": [f"{site.address}{path}" for path in paths]}
    return render(request, "site/sitemap.xml", context, content_type="application/xml")
