"""What stands at the root of the site for machines that read it: robots.txt and sitemap.xml."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from ..services.current import current
from .pages import pack_view
from .render import serve

#: Work, accounts and machines' doors: nothing there is meant to be found.
CLOSED = ("/ops/", "/admin/", "/account/", "/api/", "/styleguide/")


@pack_view
def robots(request: HttpRequest) -> HttpResponse:
    """Open to everybody but for `CLOSED`."""
    lines = ["User-agent: *", f"Allow: {reverse('readiness:landing')}", *(f"Disallow: {path}" for path in CLOSED)]
    text = "\n".join([*lines, "", f"Sitemap: {settings.PUBLIC_URL}{reverse('sitemap')}", ""])
    return serve(request, ("robots", settings.PUBLIC_URL), lambda: text, content_type="text/plain; charset=utf-8")


@pack_view
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every page of the newest version, with the moment its words last changed."""
    pack = current()

    def make() -> str:
        return render_to_string("readiness/sitemap.xml", {"pages": pack.pages.values(), "base": settings.PUBLIC_URL})

    return serve(
        request,
        ("sitemap", pack.sha256, settings.PUBLIC_URL),
        make,
        content_type="application/xml",
        last_modified=pack.created_at,
    )
