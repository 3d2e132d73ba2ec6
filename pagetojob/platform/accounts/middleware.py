"""Middleware for signed-in users: second factors, no caching of their pages, a log line when access is refused."""

import logging
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control

from pagetojob.platform.tenants.models import User

from .access import must_add_factor
from .sessions import SessionStore

#: Paths open to everyone. All other paths may require a second factor.
OPEN = (
    "/account/",
    "/servicetitan-ready-websites/",
    "/sites/",
    "/api/v1/",
    "/hooks/",
    "/review/",
    "/demo-site/",
    "/static/",
)
OPEN_PAGES = frozenset(
    {"/", "/healthz", "/readyz", "/robots.txt", "/sitemap.xml", "/favicon.ico", "/check-a-packet", "/status"}
)
#: Paths whose views set their own cache headers, for all users.
_SAY_THEMSELVES = ("/sites/", "/servicetitan-ready-websites/", "/api/")

log = logging.getLogger(__name__)
View = Callable[[HttpRequest], HttpResponse]


def log_refused(get_response: View) -> View:
    """Log who was refused a page. It answers 404 for a wrong role or tenant, to hide that it exists."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        route = request.resolver_match
        if route and request.session.accessed and _is_refusal(request, response):
            fields = {"person_id": request.user.pk, "method": request.method, "status": response.status_code}
            log.warning("access refused", extra=fields | {"route": route.view_name})
        return response

    return middleware


def require_second_factor(get_response: View) -> View:
    """Redirect users whose role or tenant requires a second factor, and who have none, to the page where they add one.

    No cost without a session cookie, or on open pages. For people of tenants without a second factor, it runs a query.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        guarded = not (request.path in OPEN_PAGES or request.path.startswith(OPEN))
        if guarded and settings.SESSION_COOKIE_NAME in request.COOKIES and must_add_factor(request):
            return _forget_page(redirect("accounts:security"))
        response = get_response(request)
        session = request.session
        if session.accessed and SESSION_KEY in session:
            # An error page has no cache header, and names the reader.
            if not request.path.startswith(_SAY_THEMSELVES) or "Cache-Control" not in response:
                _forget_page(response)
            if isinstance(session, SessionStore):
                with suppress(DatabaseError):
                    session.touch()
        return response

    return middleware


def _is_refusal(request: HttpRequest, response: HttpResponse) -> bool:
    """Return whether a signed-in user was refused. The admin redirects people without a staff role to the sign-in."""
    match = request.resolver_match
    redirected = response.status_code == 302 and match is not None and "admin" in match.app_names
    if not (redirected or response.status_code in {403, 404}) or not isinstance(request.user, User):
        return False
    return not (redirected and request.user.is_staff)


def _forget_page(response: HttpResponse) -> HttpResponse:
    """Forbid caching, so that the next user of a shared computer cannot go back to the page."""
    patch_cache_control(response, no_store=True, private=True)
    return response
