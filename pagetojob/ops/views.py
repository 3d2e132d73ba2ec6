"""Home page, health checks, and the style guide."""

import sys

from django.contrib.auth.decorators import login_required
from django.db import ProgrammingError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pagetojob.claims.selectors import disclaimers
from pagetojob.platform import hosts
from pagetojob.platform.postgresql.base import fetch_value
from pagetojob.platform.postgresql.errors import UNAVAILABLE
from pagetojob.platform.postgresql.missing_migrations import lacks_migrations, missing_migrations
from pagetojob.platform.tenants.public import public_demo


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the home page with its three entry points. Two queries."""
    context = {"demo": public_demo(), "disclaimers": disclaimers()}
    return render(request, "ops/home.html", context)


@require_safe
@login_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component of the design, to people with a staff role; 404 for others."""
    if not getattr(request.user, "is_staff", False):
        raise Http404
    return render(request, "parts/style.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an unhandled error: a 503 if the database is unavailable or read-only, otherwise a 500. No query.

    A page of operations that fails for a missing migration names the command. That takes one query.
    """
    error = sys.exception()
    if isinstance(error, ProgrammingError) and request.path.startswith("/ops/") and lacks_migrations():
        return HttpResponse(render_to_string("ops/migrations_missing.html"), status=503)
    if not isinstance(error, UNAVAILABLE):
        return defaults.server_error(request)
    return HttpResponse(render_to_string("503.html"), status=503)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Return 200 if the process responds. No I/O, so that a slow database does not get the process killed."""
    return JsonResponse({"schema": "pagetojob.health/1", "ok": True})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Return 200 if the database accepts writes and no migration is missing. The broker does not matter. 2 queries."""
    missing, database, writable = 0, True, False
    try:
        missing = missing_migrations()
        writable = is_writable()
        if writable and not missing:
            hosts.report()
    except UNAVAILABLE:
        database = False
    ok = database and writable and not missing
    body = {
        "schema": "pagetojob.ready/1",
        "ok": ok,
        "database": database,
        "writable": writable,
        "missing_migrations": missing,
    }
    return JsonResponse(body, status=200 if ok else 503)


def is_writable() -> bool:
    """Return False on a replica, which answers reads but stores no lead."""
    return bool(fetch_value("SELECT current_setting('transaction_read_only') = 'off'"))
