"""Files at the site root: robots.txt and sitemap.xml for crawlers, security.txt for people who find a weakness."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from ..services.current import current
from .pages import pack_view
from .render import serve

#: Paths that search engines should not index: operations, accounts and APIs.
CLOSED = ("/ops/", "/admin/", "/account/", "/api/", "/styleguide/")
#: RFC 9116 recommends less than a year.
SECURITY_TXT_LASTS = timedelta(days=90)


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


@csrf_exempt  # nothing is changed here, so another method gets a 405
@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Return the contact for reports of weaknesses (RFC 9116). It expires soon, so that a copy is not used for long."""
    if not settings.SECURITY_CONTACT:
        raise Http404("No contact for security reports is set.")
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {today + SECURITY_TXT_LASTS:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {settings.PUBLIC_URL}{reverse('security-txt')}",
    ]
    text = "\n".join([*lines, ""])
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "max-age=3600"})
