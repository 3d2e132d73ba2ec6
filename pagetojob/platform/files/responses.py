"""Responses with uploaded files. Their policy takes from a file that a browser opens the rights of a page of ours."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def download(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """Return a file that the browser saves and does not display."""
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
        "Content-Security-Policy": "sandbox",
    }
    return HttpResponse(content, content_type=content_type, headers=headers)


def picture(content: bytes, *, content_type: str, name: str = "") -> HttpResponse:
    """Return a picture that a page shows. Its content type was detected from its bytes."""
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox"}
    if disposition := content_disposition_header(as_attachment=False, filename=name):
        headers["Content-Disposition"] = disposition
    return HttpResponse(content, content_type=content_type, headers=headers)
