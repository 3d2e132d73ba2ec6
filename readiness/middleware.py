"""Serve cached pack pages before the session and authentication middleware, which they do not need."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .anchors import page_url
from .errors import PackNotLoaded
from .layout import PAGES
from .services.current import current
from .urls import ASKED
from .views.pages import page_key
from .views.render import serve_cached


def serve_cached_pages(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Serve a page from the cache, or pass the request on. Place it below middleware that every response needs."""
    slugs = {page_url(slug): slug for slug in PAGES if slug not in ASKED}

    def middleware(request: HttpRequest) -> HttpResponse:
        # The host of a contractor has other routes.
        slug = "" if hasattr(request, "urlconf") else slugs.get(request.path_info)
        answer = _cached_page(request, slug) if slug and request.method in {"GET", "HEAD"} else None
        return answer or get_response(request)

    return middleware


def _cached_page(request: HttpRequest, slug: str) -> HttpResponse | None:
    try:
        return serve_cached(request, page_key(current(), slug))
    except PackNotLoaded:
        return None
