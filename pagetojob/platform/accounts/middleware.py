"""Middleware that requires second factors and forbids caching pages of signed-in users."""

from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control

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
OPEN_PAGES = frozenset({"/", "/healthz", "/readyz", "/robots.txt", "/sitemap.xml", "/favicon.ico", "/check-a-packet"})
#: Paths whose views set their own cache headers, for all users.
_SAY_THEMSELVES = ("/sites/", "/servicetitan-ready-websites/", "/api/")

View = Callable[[HttpRequest], HttpResponse]


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
            if not request.path.startswith(_SAY_THEMSELVES):
                _forget_page(response)
            if isinstance(session, SessionStore):
                with suppress(DatabaseError):
                    session.touch()
        return response

    return middleware


def _forget_page(response: HttpResponse) -> HttpResponse:
    """Forbid caching, so that the next user of a shared computer cannot go back to the page."""
    patch_cache_control(response, no_store=True, private=True)
    return response
