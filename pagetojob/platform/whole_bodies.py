"""Middleware that answers 400 to a POST whose body is incomplete or malformed, before a view or the CSRF check."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from pagetojob.platform.body_limits import LIMITS


class WholeStream(LimitedStream):
    """A body whose declared length must arrive: its early end raises UnreadablePostError.

    Django treats the end of the connection as the end of the form, so the last field would be stored cut off.
    """

    _pos: int

    def read(self, size: int | None = -1, /) -> bytes:
        return self._checked(super().read(size), size)

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        return line if line.endswith(b"\n") else self._checked(line, size)

    def _checked(self, data: bytes, size: int | None) -> bytes:
        # WSGI streams return fewer bytes than requested only at their end.
        if self._pos < self.limit and (size is None or size < 0 or len(data) < size):
            raise UnreadablePostError("The body ended before its Content-Length.")
        return data


class RefuseIncompleteBodies:
    """Parse each POST before its view, except on routes that answer unreadable bodies themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        stream = request._stream
        if isinstance(stream, LimitedStream):
            request._stream = WholeStream(request.META["wsgi.input"], stream.limit)  # type: ignore[assignment]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        route = request.resolver_match.view_name if request.resolver_match else ""
        if not (route in LIMITS and LIMITS[route].own_answer):
            read_whole_form(request)


def read_whole_form(request: HttpRequest) -> None:
    """Parse the form of a POST that nothing has read yet. Django's handler answers 400 to the errors raised here."""
    if request.method != "POST" or request._read_started:  # type: ignore[attr-defined]
        return
    try:
        if request.content_type == "multipart/form-data":
            request.POST  # noqa: B018 - reading it parses the body
        else:
            request.body  # noqa: B018 - reading it checks the length
            request.POST  # noqa: B018
    except UnreadablePostError as error:
        raise BadRequest("The body is incomplete.") from error


def raw_body(request: HttpRequest) -> bytes:
    """Return the bytes of a POST; none of a form with files, which `read_whole_form` has parsed."""
    return b"" if request.content_type == "multipart/form-data" else request.body
