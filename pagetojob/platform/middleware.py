"""Middleware: plain HTTP, a request id shared by log and audit lines, and a time limit for database statements."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware

from pagetojob import logs
from pagetojob.platform.postgresql import base as postgresql

#: Longer than any statement_timeout that a page sets, so that only a frozen server reaches it.
WEB_PATIENCE_SECONDS = 4.0
#: Endpoints for programs, which send secrets and data with the first request.
FOR_PROGRAMS = ("/api/", "/hooks/", "/ops/health", "/ops/metrics")


class Security(SecurityMiddleware):
    """Django's middleware, but a program that uses plain HTTP gets an error.

    A redirect would hide that its key and data were sent unencrypted.
    """

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:  # type: ignore[override] - any answer
        if self.redirect and not request.is_secure() and request.path.startswith(FOR_PROGRAMS):
            return HttpResponseForbidden("Use https.\n", content_type="text/plain; charset=utf-8")
        return super().process_request(request)


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
