"""Middleware that sets a request id, shared by log and audit lines, and a time limit for database statements."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from pagetojob import logs
from pagetojob.platform.postgresql import base as postgresql

#: Longer than any statement_timeout that a page sets, so that only a frozen server reaches it.
WEB_PATIENCE_SECONDS = 4.0


def request_id(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        token = logs.request_id.set(str(uuid.uuid4()))
        try:
            response = get_response(request)
            response["X-Request-ID"] = logs.request_id.get()
            return response
        finally:
            logs.request_id.reset(token)

    return middleware


def patience(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Limit the wait for each statement, because a frozen database would otherwise block one thread after another."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with postgresql.patience(WEB_PATIENCE_SECONDS):
            return get_response(request)

    return middleware
