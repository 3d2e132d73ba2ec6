"""The page for a stored file that cannot be read, or a new one that cannot be stored."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from .services import FileKeyUnusable, FileRefused

log = logging.getLogger(__name__)


class ExplainRefusedFiles:
    """Answer a file which cannot be read or stored with a page that gives the reason, unless the view does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the page for FileRefused. The view's transaction has ended; the page needs no query."""
        if not isinstance(exception, FileRefused):
            return None
        log.error("file refused", extra={"error": type(exception).__name__})
        # Customers cannot repair a key.
        has_runbook = isinstance(exception, FileKeyUnusable) and request.path.startswith("/ops/")
        context = {"sentence": str(exception), "has_runbook": has_runbook}
        return HttpResponse(render_to_string("file_refused.html", context), status=409)
