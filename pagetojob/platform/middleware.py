"""Middleware: the time to ask again, plain HTTP, a request id for log and audit lines, and a limit for statements."""

import re
import uuid
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden

from pagetojob import logs
from pagetojob.platform.postgresql import base as postgresql

#: Longer than any statement_timeout that a page sets, so that only a frozen server reaches it.
WEB_PATIENCE_SECONDS = 4.0
#: A failover of the database takes about as long.
RETRY_SECONDS = 10
_FOR_PROGRAMS = re.compile("|".join(settings.PLAIN_HTTP_REFUSED))


def retry_after(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give every 503 a time to ask again. A view that knows a better one has set it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers.setdefault("Retry-After", str(RETRY_SECONDS))
        return response

    return middleware


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
