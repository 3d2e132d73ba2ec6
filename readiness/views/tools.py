"""Pages with a tool that visitors can try. Nothing they submit is stored."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from .. import panels
from ..errors import PackNotLoaded
from ..panels import demo, guard, handoff, importer
from ..panels.tool import Answer, Posted
from ..services.current import current
from ..shape import Pack, PageView
from .pages import find, missing, pack_view, page, page_html
from .posted import Unreadable, read_posted
from .render import serve


class Tool(Protocol):
    """A panel that answers a form of at most `LARGEST` bytes."""

    LARGEST: int

    def context(self, pack: Pack, page: PageView) -> dict[str, Any]: ...
    def answer(self, pack: Pack, posted: Posted) -> Answer: ...


def tool_view(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Serve forms without a CSRF token, because the page with the form is the same for everyone.

    Forgery has no effect: a tool changes nothing and reads no cookie or session of the client.
    """

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponse:
        try:
            try:
                return view(request)
            except Http404 as error:
                return missing(request, str(error))
        except PackNotLoaded as error:
            raise Http404(str(error)) from error

    return answered


@tool_view
def handoff_try(request: HttpRequest) -> HttpResponse:
    return _tried(request, "handoff", handoff)


@tool_view
def importer_try(request: HttpRequest) -> HttpResponse:
    return _tried(request, "importer", importer)


@tool_view
def guard_try(request: HttpRequest) -> HttpResponse:
    return _tried(request, "claims", guard)


def _tried(request: HttpRequest, slug: str, tool: Tool) -> HttpResponse:
    """Return the page with the tool's answer, rendered in a read-only transaction."""
    pack = current()
    view = find(pack, slug)
    section = _section_of(tool, view)
    if section is None:
        raise Http404("This page has no tool at the moment.")
    if request.method != "POST":
        return _only_posts(pack, view, section)
    with demo.read_only():
        answer = _answer(request, pack, view, tool)
        body = page_html(pack, view, results={section: answer.shown})
    return HttpResponse(body, status=answer.status, headers={"Cache-Control": "no-store"})


def _section_of(tool: object, view: PageView) -> str | None:
    """Return the section of a page that shows the tool."""
    return next((name for name, panel in panels.of(view).items() if panel is tool), None)


def _answer(request: HttpRequest, pack: Pack, view: PageView, tool: Tool) -> Answer:
    try:
        posted = read_posted(request, tool.LARGEST)
    except Unreadable as error:
        return Answer(tool.context(pack, view) | {"refused": error.sentence}, error.status)
    return tool.answer(pack, posted)


def _only_posts(pack: Pack, view: PageView, section: str) -> HttpResponse:
    body = render_to_string("readiness/tools/only_posts.html", {"pack": pack, "page": view, "section": section})
    return HttpResponse(body, status=405, headers={"Allow": "POST", "Cache-Control": "no-store"})


@pack_view
def importer_page(request: HttpRequest) -> HttpResponse:
    """Show the importer page; `?sample=jobType` fills the form with the sample of that kind."""
    key = request.GET.get("sample")
    if key is None:
        return page(request, "importer")
    pack, shown = current(), importer.sample(key)
    view = find(pack, "importer")
    if shown is None:
        raise Http404("This sample does not exist.")
    results = {_section_of(importer, view) or "": shown}

    def make() -> str:
        return page_html(pack, view, results=results)

    return serve(request, ("sample", pack.sha256, key), make, last_modified=pack.created_at)


urlpatterns = [
    path("handoff/try", handoff_try, name="handoff-try"),
    path("importer/try", importer_try, name="importer-try"),
    path("claims/try", guard_try, name="guard-try"),
    # Before the pages of the pack, so that a sample has the address of its page.
    path("importer", importer_page, name="importer"),
]
