"""Gives every request an id that its log lines and audit lines share, and an end to its waiting."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from pagetojob import logs
from pagetojob.platform.postgresql import base as postgresql

#: Longer than any statement_timeout a page sets, so that only a server that is frozen meets it.
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
    """No page waits longer for one statement: a frozen database would else hold thread after thread."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with postgresql.patience(WEB_PATIENCE_SECONDS):
            return get_response(request)

    return middleware
