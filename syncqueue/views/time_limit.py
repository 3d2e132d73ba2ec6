"""Time limit for list views: a request for too much gets an answer in time, and a way to ask for less."""

from collections.abc import Callable
from functools import wraps

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from psycopg.errors import QueryCanceled

from pagetojob.platform.tenants.roles import Ability

from .. import access, selectors

LONGEST_MILLISECONDS = 3000

type View = Callable[[HttpRequest], HttpResponse]


def list_view(*methods: str) -> Callable[[View], View]:
    """Run a list view for anyone with an operations role. No statement takes longer than 3 seconds.

    Allows GET and HEAD, unless other methods are given, and keeps caches from storing its responses.
    """

    def decorate(view: View) -> View:
        @access.operators_only(Ability.VIEW_QUEUE)
        def timed(request: HttpRequest) -> HttpResponse:
            selectors.set_time_limit(LONGEST_MILLISECONDS)
            return view(request)

        @wraps(view)
        def answered(request: HttpRequest) -> HttpResponse:
            try:
                return timed(request)
            except OperationalError as error:
                if not isinstance(error.__cause__, QueryCanceled):
                    raise
                # Outside the scope, because its transaction has failed.
                return render(request, "syncqueue/list_too_long.html", status=503)

        return never_cache(require_http_methods(methods or ("GET", "HEAD"))(answered))

    return decorate
