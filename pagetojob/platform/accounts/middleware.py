"""The door behind the sign-in, and what is said of every page of a signed-in person."""

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

#: What anybody may see, signed in or not. Whatever is not listed stands behind the door.
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
#: Pages that say themselves how a browser keeps them, for visitors and for everybody.
_SAY_THEMSELVES = ("/sites/", "/servicetitan-ready-websites/", "/api/")

View = Callable[[HttpRequest], HttpResponse]


def door(get_response: View) -> View:
    """Leads people whose role needs a second step, and who have none yet, to where they add one.

    Costs nothing without a session cookie and on open pages.
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
    """No cache keeps it: on a shared machine the next one goes back."""
    patch_cache_control(response, no_store=True, private=True)
    return response
