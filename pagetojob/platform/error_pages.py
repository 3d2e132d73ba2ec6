"""Django's pages for 400, 403 and 404, for requests whose form cannot be read.

These pages check the CSRF token and so read the form, which raises the error again and would end in a 500.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.views import defaults

from pagetojob.platform.whole_bodies import read_whole_form

Page = Callable[[HttpRequest, Exception], HttpResponse]


def _without_form(page: Any) -> Page:
    def error_page(request: HttpRequest, exception: Exception) -> HttpResponse:
        try:
            read_whole_form(request)  # an unknown address has no view, before which the middleware would read it
            return page(request, exception)  # type: ignore[no-any-return]
        except (MultiPartParserError, SuspiciousOperation, BadRequest):
            request._mark_post_parse_error()  # type: ignore[attr-defined]
            return defaults.bad_request(request, exception)

    return error_page


bad_request = _without_form(defaults.bad_request)
permission_denied = _without_form(defaults.permission_denied)
missing_page = _without_form(defaults.page_not_found)
