"""Middleware: plain HTTP, a request id shared by log and audit lines, and a time limit for database statements."""

import re
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden

from pagetojob import logs
from pagetojob.platform.postgresql import base as postgresql

#: Longer than any statement_timeout that a page sets, so that only a frozen server reaches it.
WEB_PATIENCE_SECONDS = 4.0
_FOR_PROGRAMS = re.compile("|".join(settings.PLAIN_HTTP_REFUSED))


def refuse_plain_http(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse programs that use plain HTTP. A redirect would hide that their key and data were sent unencrypted."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if settings.SECURE_SSL_REDIRECT and not request.is_secure() and _FOR_PROGRAMS.match(request.path.lstrip("/")):
            return HttpResponseForbidden("Use https.\n", content_type="text/plain; charset=utf-8")
        return get_response(request)

    return middleware


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
