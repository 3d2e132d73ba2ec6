"""Responses with files. The policy of an uploaded file takes from it the rights of a page of ours."""

from collections.abc import Iterable

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header


def saved_as(name: str) -> dict[str, str]:
    """Return the header of a file that the browser saves under this name and does not display."""
    return {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment"}


def download(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """Return an uploaded file that the browser saves and does not display."""
    headers = saved_as(name) | {"Content-Security-Policy": "sandbox"}
    return HttpResponse(content, content_type=content_type, headers=headers)


def streamed(parts: Iterable[str] | Iterable[bytes], *, name: str, content_type: str) -> HttpResponse:
    """Return a file of ours that is made while it is sent."""
    headers = saved_as(name)
    # An HttpResponseBase like any other, to all that handle a response.
    return StreamingHttpResponse(parts, content_type=content_type, headers=headers)  # type: ignore[return-value]


def picture(content: bytes, *, content_type: str, name: str = "") -> HttpResponse:
    """Return a picture that a page shows. Its content type was detected from its bytes."""
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox"}
    if disposition := content_disposition_header(as_attachment=False, filename=name):
        headers["Content-Disposition"] = disposition
    return HttpResponse(content, content_type=content_type, headers=headers)
