"""Django's pages for 400, 403 and 404, for requests whose form cannot be read, and the page for 405.

Django's pages check the CSRF token and so read the form, which raises the error again and would end in a 500.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, MiddlewareNotUsed, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.urls import Resolver404, get_resolver, get_urlconf, set_urlconf
from django.utils.cache import patch_vary_headers
from django.views import defaults

from pagetojob.platform.form_pages import form_page
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


class ShowMissingPages:
    """Answer an unknown address with our page also while DEBUG is on, where Django lists every route.

    A local instance shows what visitors see; the log names the address. Errors in code keep their traceback.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.DEBUG:
            raise MiddlewareNotUsed
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        set_urlconf(urlconf := getattr(request, "urlconf", None) or settings.ROOT_URLCONF)
        try:
            get_resolver(urlconf).resolve(request.path_info)
        except Resolver404 as missing:
            return _missing(request, missing)
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return _missing(request, exception) if isinstance(exception, Http404) else None


def _missing(request: HttpRequest, exception: Http404) -> HttpResponse:
    page: Page = get_resolver(get_urlconf()).resolve_error_handler(404)  # type: ignore[assignment]
    return page(request, exception)


def explain_refused_methods(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Give browsers a page with a 405 for GET, which Django leaves blank.

    A person whose session ended gets there: after the sign-in, the browser opens the address of the form.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_browser = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        if is_browser and response.status_code == 405 and not response.content:
            response.content = render_to_string("405.html", {"form_page": form_page(request)}).encode()
            patch_vary_headers(response, ["Accept"])
        return response

    return middleware
