"""The visitor of a contractor's website: which tenant they may see, and the link that opens a preview."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pagetojob.platform import phones
from pagetojob.platform.tenants.contractor_hosts import contractor_of
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.public import Visit, valid_preview, visit
from pagetojob.retention.last_page import LastPage, last_page

from ..services.site import forget_site, last_known

#: Cookie with the token of the preview link that was opened last.
PREVIEW_COOKIE = f"{settings.COOKIE_PREFIX}preview"

type View[**P] = Callable[Concatenate[HttpRequest, P], HttpResponse]


class WebsiteEnded(Http404):
    """Raised for a website whose contract has ended; `for_visitors` shows its last page instead."""

    def __init__(self, page: LastPage) -> None:
        super().__init__("The contract has ended.")
        self.page = page


def visit_of(request: HttpRequest, slug: str) -> Visit:
    """Return the tenant of a public page. Raise Http404 unless the visitor may see it (`tenants.public`)."""
    visiting = visit(slug, preview=request.COOKIES.get(PREVIEW_COOKIE, ""))
    if visiting is None:
        forget_site(slug)
        if page := last_page(slug):
            raise WebsiteEnded(page)
        raise Http404
    request.visit = visiting  # type: ignore[attr-defined]
    return visiting


def for_visitors[**P](view: View[P]) -> View[P]:
    """Keep the pages of a preview out of search engines and caches, and show the last page of an ended website.

    A missing page of a public website has its name and number, also where the website has no host.
    """

    @wraps(view)
    def answering(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except WebsiteEnded as ended:
            return _last_page(request, ended.page)
        except Http404:
            slug = getattr(request, "visit", None) and str(kwargs.get("slug", ""))
            if not slug or not last_known(slug):
                raise
            return _missing(request, slug)
        visiting: Visit | None = getattr(request, "visit", None)
        if visiting and visiting.is_preview:
            _make_private(response)
        return response

    return answering


def _last_page(request: HttpRequest, page: LastPage) -> HttpResponse:
    """Show the phone number; 410 Gone after the last day, and for a request that was sent, because it is not stored."""
    is_shown = request.method in ("GET", "HEAD") and not page.is_over
    context = {"page": page, "tel": phones.e164(page.phone) or page.phone}
    response = render(request, "site/ended.html", context, status=200 if is_shown else 410)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_safe
def preview(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Store the token of a valid preview link in a cookie and open the website. A live website needs no token."""
    tenant = Tenant.objects.filter(slug=slug).first()
    link = valid_preview(tenant, token) if tenant else None
    if link is None:
        visit_of(request, slug)
        return redirect("intake:home", slug)
    response = redirect("intake:home", slug)
    response.set_cookie(
        PREVIEW_COOKIE,
        token,
        max_age=link.expires_at - timezone.now(),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    _make_private(response)
    return response


def _make_private(response: HttpResponse) -> None:
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"


def missing_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 on the host of a contractor, with its name only if its website is public. No query."""
    return _missing(request, contractor_of(request))


def _missing(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "site/missing.html", {"site": last_known(slug)}, status=404)


def unavailable(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the page for an unavailable database: the phone number, as a 503. No query."""
    return render(request, "site/unavailable.html", {"site": last_known(slug)}, status=503)
