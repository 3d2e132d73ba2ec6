"""Pages of the newest version as HTML, JSON and Markdown."""

import json
from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from .. import panels
from ..data import page_document
from ..errors import PackNotLoaded
from ..markdown import page_markdown
from ..page_html import page_html, people_on
from ..services.current import current
from ..shape import Pack, PageView
from .render import Key, serve

type View = Callable[..., HttpResponse]

#: Cache time of a page that names a person, so that an erased name disappears from it.
NAMES_SECONDS = 60


def pack_view(view: View) -> View:
    """Allow safe methods only, return 404 until the pack is loaded, and show the pack's own 404 page."""

    # Nothing is changed here, so a disallowed method should get a 405 and not a CSRF error.
    return csrf_exempt(require_safe(with_missing_pages(view)))


def with_missing_pages(view: View) -> View:
    """Return 404 until the pack is loaded, and show the pack's own 404 page."""

    @wraps(view)
    def page(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            try:
                return view(request, *args, **kwargs)
            except Http404 as error:
                return missing(request, str(error))
        except PackNotLoaded as error:
            raise Http404(str(error)) from error

    return page


def missing(request: HttpRequest, reason: str) -> HttpResponse:
    """Return the pack's 404 page with search and a list of pages. `reason` is our own text, never user input."""
    return render(request, "readiness/missing.html", {"pack": current(), "reason": reason}, status=404)


def find(pack: Pack, slug: str) -> PageView:
    if slug not in pack.pages:
        raise Http404("This page does not exist in this version of the pack.")
    return pack.pages[slug]


def _seconds(page: PageView) -> int:
    return panels.seconds(page) or names_seconds(page)


def names_seconds(page: PageView) -> int:
    """Return how long a page may be cached for the people that it names; 0 if it names no one."""
    return NAMES_SECONDS if people_on(page) else 0


def page_key(pack: Pack, slug: str) -> Key:
    """Return the cache key of a page. It does not open the page, because returning readers wait for it."""
    return ("page", pack.number, pack.sha256, slug)


@pack_view
def page(request: HttpRequest, slug: str) -> HttpResponse:
    pack = current()
    return serve(
        request,
        page_key(pack, slug),
        lambda: page_html(pack, find(pack, slug)),
        last_modified=pack.created_at,
        seconds=lambda: _seconds(find(pack, slug)),
    )


@pack_view
def page_json(request: HttpRequest, slug: str) -> HttpResponse:
    pack = current()
    view = find(pack, slug)
    return serve(
        request,
        ("json", pack.number, pack.sha256, slug),
        lambda: json.dumps(page_document(pack, view), indent=2, ensure_ascii=False),
        content_type="application/json",
        last_modified=pack.created_at,
    )


@pack_view
def page_text(request: HttpRequest, slug: str) -> HttpResponse:
    """Return a page as Markdown."""
    pack = current()
    view = find(pack, slug)
    return serve(
        request,
        ("markdown", pack.number, pack.sha256, slug),
        lambda: page_markdown(pack, view),
        content_type="text/markdown; charset=utf-8",
        last_modified=pack.created_at,
    )
