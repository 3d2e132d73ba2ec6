"""Pages with a tool that visitors can try. Nothing they submit is stored."""

from typing import Any, Protocol

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from pagetojob.platform.files.responses import saved_as
from pagetojob.platform.form_bodies import UnreadableForm

from .. import panels
from ..page_html import page_html
from ..panels import demo, guard, handoff, importer, questionnaire
from ..panels.tool import Answer, File, Posted
from ..services.current import current
from ..shape import Pack, PageView
from .pages import find, pack_view, page, with_missing_pages
from .posted import read_posted
from .render import serve


class Tool(Protocol):
    """A panel that answers a form of at most `LARGEST` bytes."""

    LARGEST: int

    def context(self, pack: Pack, page: PageView) -> dict[str, Any]: ...
    def answer(self, pack: Pack, posted: Posted) -> Answer: ...


@csrf_exempt
@with_missing_pages
def try_tool(request: HttpRequest, slug: str, tool: Tool) -> HttpResponse:
    """Return the page with the tool's answer, rendered in a read-only transaction.

    The form has no CSRF token, because its page is the same for everyone. Forgery has no effect: a tool changes nothing
    and reads no cookie or session of the client.
    """
    pack = current()
    view = find(pack, slug)
    section = _section_of(tool, view)
    if section is None:
        raise Http404("This page has no tool at the moment.")
    if request.method != "POST":
        message = render_to_string("readiness/tools/only_posts.html", {"pack": pack, "page": view, "section": section})
        return HttpResponse(message, status=405, headers={"Allow": "POST", "Cache-Control": "no-store"})
    with demo.read_only():
        answer = _answer(request, pack, view, tool)
        if answer.file:
            return _download(answer.file)
        body = page_html(pack, view, results={section: answer.shown})
    return HttpResponse(body, status=answer.status, headers={"Cache-Control": "no-store"})


def _download(file: File) -> HttpResponse:
    headers = saved_as(file.name) | {"Cache-Control": "no-store"}
    return HttpResponse(file.content, content_type=file.content_type, headers=headers)


def _section_of(tool: Tool, view: PageView) -> str | None:
    """Return the section of a page that shows the tool."""
    return next((name for name, panel in panels.of(view).items() if panel.context is tool.context), None)


def _answer(request: HttpRequest, pack: Pack, view: PageView, tool: Tool) -> Answer:
    try:
        posted = read_posted(request, tool.LARGEST)
    except UnreadableForm as error:
        return Answer(tool.context(pack, view) | {"refused": str(error)}, error.status)
    return tool.answer(pack, posted)


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
    return serve(
        request,
        ("sample", pack.sha256, key),
        lambda: page_html(pack, view, results=results),
        last_modified=pack.created_at,
    )


urlpatterns = [
    path("handoff/try", try_tool, {"slug": "handoff", "tool": handoff}, name="handoff-try"),
    path("importer/try", try_tool, {"slug": "importer", "tool": importer}, name="importer-try"),
    path(
        "partner-application/questionnaire",
        try_tool,
        {"slug": "partner-application", "tool": questionnaire},
        name="questionnaire-try",
    ),
    path("claims/try", try_tool, {"slug": "claims", "tool": guard}, name="guard-try"),
    # Before the pages of the pack, so that a sample has the address of its page.
    path("importer", importer_page, name="importer"),
]
