"""Versions of the pack: the list, a single version, an archived page, the feed and the schemas."""

import json

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.cache import get_conditional_response
from django.views.generic import RedirectView

from pagetojob.claims.selectors import disclaimers
from pagetojob.transparency.views import bundle_download

from ..page_html import page_html
from ..panels.versions import shown
from ..selectors.versions import listing
from ..services.current import as_pack, current
from . import comparing, since
from .asked import number_of, version_or_404
from .feed import atom
from .pages import find, names_seconds, pack_view
from .pages import page as newest_page
from .render import serve

FOREVER = "public, max-age=31536000, immutable"
SCHEMAS = {"pack-page", "pack"}
SCHEMA_FOLDER = settings.BASE_DIR / "readiness" / "schema"


@pack_view
def changes(request: HttpRequest) -> HttpResponse:
    """Show the page of all versions; with `before`, the part of the list below that number."""
    if "before" not in request.GET:
        return newest_page(request, slug="changes")
    pack, before = current(), number_of(request.GET["before"])
    page = find(pack, "changes")
    if before is None or not 1 < before <= pack.number:
        raise Http404("This part of the version list does not exist.")
    return serve(
        request,
        ("changes", pack.number, pack.sha256, before),
        lambda: page_html(pack, page, panels={"versions": shown(pack, first=before - 1)}),
        last_modified=pack.created_at,
    )


#: The address without a trailing slash. Pages below it have one.
_moved = RedirectView.as_view(pattern_name="readiness:changes", permanent=True, query_string=True)
slashed = pack_view(_moved)  # type: ignore[arg-type]


@pack_view
def version(request: HttpRequest, number: str) -> HttpResponse:
    """Show one version: how to cite it, how to verify its hash, its changes and its pages."""
    pack = current()
    row = version_or_404(number, pack)

    def make() -> str:
        listed = listing(newest=row.number, size=1).versions[0]
        context = {"pack": pack, "old": as_pack(row), "version": listed, "public_url": settings.PUBLIC_URL}
        return render_to_string("readiness/versions/version.html", context)

    key = ("version", row.number, row.sha256, pack.number, pack.sha256)
    return serve(request, key, make, last_modified=pack.created_at)


@pack_view
def version_page(request: HttpRequest, number: str, slug: str) -> HttpResponse:
    """Show a page as it was in a version, rendered from its snapshot."""
    pack = current()
    row = version_or_404(number, pack)
    return serve(
        request,
        ("version page", row.number, row.sha256, slug, pack.number),
        lambda: page_html(old := as_pack(row), find(old, slug), archived=True, newest=pack.number),
        last_modified=pack.created_at,
        seconds=lambda: names_seconds(find(as_pack(row), slug)),
    )


@pack_view
def version_json(request: HttpRequest, number: str) -> HttpResponse:
    """Return the immutable bytes that a version's SHA-256 covers. Two queries for a cached copy, else three."""
    row = version_or_404(number, current())
    etag = f'"{row.sha256}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(row.body, content_type="application/json")
        response["Content-Disposition"] = f'inline; filename="pagetojob-readiness-pack-{row.number}.json"'
    response["ETag"], response["Cache-Control"] = etag, FOREVER
    return response


@pack_view
def version_bundle(request: HttpRequest, number: str) -> HttpResponse:
    """Return a version with the proof that it is in the public log, and the program that checks it."""
    row = version_or_404(number, current())
    files = {f"pack-{row.number}.json": row.body.encode()}
    return bundle_download(files, name=f"readiness-pack-{row.number}", disclaimers=disclaimers())


@pack_view
def feed(request: HttpRequest) -> HttpResponse:
    pack = current()
    key = ("feed", pack.number, pack.sha256)
    content_type = "application/atom+xml; charset=utf-8"
    return serve(request, key, lambda: atom(pack), content_type=content_type, last_modified=pack.created_at)


@pack_view
def schema(request: HttpRequest, slug: str) -> HttpResponse:
    """Return a JSON Schema (draft 2020-12) of the pack's data."""
    if slug not in SCHEMAS:
        raise Http404("The pack has no schema with this name.")

    def make() -> str:
        text = (SCHEMA_FOLDER / f"{slug}.json").read_text(encoding="utf-8")
        place = {"$id": settings.PUBLIC_URL + reverse("readiness:schema", args=[slug])}
        return json.dumps(place | json.loads(text), indent=2, ensure_ascii=False)

    return serve(request, ("schema", slug), make, content_type="application/schema+json")


urlpatterns = [
    path("changes", changes, name="changes"),
    path("changes/", slashed, name="changes-slash"),
    path("changes/compare", comparing.compare_two, name="compare"),
    path("changes/feed.atom", feed, name="feed"),
    path("changes/since", since.since, name="since"),
    path("changes/since/fragment", since.fragment, name="since-fragment"),
    path("changes/<str:number>/", version, name="version"),
    path("changes/<str:number>/pack.json", version_json, name="version-json"),
    path("changes/<str:number>/with-proof.zip", version_bundle, name="version-with-proof"),
    path("changes/<str:number>/<str:slug>", version_page, name="version-page"),
    path("schema/<slug:slug>.json", schema, name="schema"),
]
