"""Files for crawlers on the host of a contractor: robots.txt and sitemap.xml.

Crawlers may read the last page of an ended website, because it tells them to forget the website. RFC 9309 lets them
read everything while robots.txt answers 410.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pagetojob.platform.tenants import scope

from ..selectors.website import page_paths, read_website
from ..services.site import read_site
from .visiting import WebsiteEnded, for_visitors, visit_of


@require_safe
@for_visitors
def robots(request: HttpRequest, slug: str) -> HttpResponse:
    """Allow everything except thank-you pages and previews; nothing of a demo or a preview."""
    try:
        visiting = visit_of(request, slug)
    except WebsiteEnded as ended:
        return _plain("" if ended.page.is_over else "User-agent: *\nDisallow:\n")
    base = f"{request.scheme}://{request.get_host()}"
    closed = ["/"] if visiting.is_preview or visiting.tenant.is_demo else ["/requests/", "/preview/"]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), "", f"Sitemap: {base}/sitemap.xml", ""]
    return _plain("\n".join(lines))


@require_safe
@for_visitors
def sitemap(request: HttpRequest, slug: str) -> HttpResponse:
    """List every page of the website at its canonical address."""
    try:
        tenant = visit_of(request, slug).tenant
    except WebsiteEnded:
        return _plain("")
    with scope.tenant(tenant.pk):
        site, website = read_site(tenant), read_website(tenant)
    paths = page_paths(website, [page for _, page in site.sections], site.legal)
    context = {"addresses": [f"{site.address}{path}" for path in paths]}
    return render(request, "site/sitemap.xml", context, content_type="application/xml")


def _plain(text: str) -> HttpResponse:
    """Return the text, or 410 Gone without one."""
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=200 if text else 410)
