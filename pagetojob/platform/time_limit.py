"""Time limit for pages: a request for too much gets an answer in time, and a way to ask for less."""

from collections.abc import Callable
from functools import wraps

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from psycopg.errors import QueryCanceled

from pagetojob.platform.postgresql.base import set_time_limit
from pagetojob.platform.tenants.roles import Ability

from .access import operators_only

type View = Callable[[HttpRequest], HttpResponse]


def timed_page(*methods: str, ability: Ability, milliseconds: int, too_long: str) -> Callable[[View], View]:
    """Run a view as `operator_page` does. A statement that takes longer is canceled and answered with `too_long`.

    Allows GET and HEAD, unless other methods are given.
    """

    def decorate(view: View) -> View:
        @operators_only(ability)
        def timed(request: HttpRequest) -> HttpResponse:
            set_time_limit(milliseconds)
            return view(request)

        @wraps(view)
        def answered(request: HttpRequest) -> HttpResponse:
            try:
                return timed(request)
            except OperationalError as error:
                if not isinstance(error.__cause__, QueryCanceled):
                    raise
                # Outside the scope, because its transaction has failed.
                return render(request, too_long, {"asked": True, "too_long": True}, status=503)

        return require_http_methods(methods or ("GET", "HEAD"))(answered)

    return decorate
