"""Gives every request an id that its log lines and audit lines share."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from pagetojob import logs


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
