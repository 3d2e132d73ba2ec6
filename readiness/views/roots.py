"""Files at the site root for crawlers: robots.txt and sitemap.xml."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from ..services.current import current
from .pages import pack_view
from .render import serve

#: Paths that search engines should not index: operations, accounts and APIs.
CLOSED = ("/ops/", "/admin/", "/account/", "/api/", "/styleguide/")


@pack_view
def robots(request: HttpRequest) -> HttpResponse:
    """Allow everything except `CLOSED`."""
    lines = ["User-agent: *", f"Allow: {reverse('readiness:landing')}", *(f"Disallow: {path}" for path in CLOSED)]
    text = "\n".join([*lines, "", f"Sitemap: {settings.PUBLIC_URL}{reverse('sitemap')}", ""])
    return serve(request, ("robots", settings.PUBLIC_URL), lambda: text, content_type="text/plain; charset=utf-8")


@pack_view
def sitemap(request: HttpRequest) -> HttpResponse:
    """List every page of the newest version with the time of its last change."""
    pack = current()
    context = {"pages": pack.pages.values(), "base": settings.PUBLIC_URL}
    return serve(
        request,
        ("sitemap", pack.sha256, settings.PUBLIC_URL),
        lambda: render_to_string("readiness/sitemap.xml", context),
        content_type="application/xml",
        last_modified=pack.created_at,
    )
