"""Search in the newest version of the pack."""

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path

from ..selectors.search import MOST, PAGE, Results, search
from ..services.current import current
from ..services.document import all_rows
from ..services.versions import words
from ..shape import Pack
from ..spelling import corrected_query, vocabulary
from .asked import number_of
from .pages import pack_view

LONGEST = 200


@pack_view
def search_pack(request: HttpRequest) -> HttpResponse:
    """Show hits for `q`, twenty per page. At most four queries."""
    pack, asked = current(), request.GET.get("q", "")
    if len(asked) > LONGEST:
        problem = f"Shorten your search to {LONGEST} characters. It has {len(asked):,}."
        return answer({"pack": pack, "problem": problem}, status=400)
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in asked).split())
    page = number_of(request.GET.get("page", "1"))
    if page is None or page > MOST // PAGE:
        raise Http404("This page of results does not exist.")
    if not text:
        return answer({"pack": pack})
    results = search(text, page=page)
    if page > 1 and not results.hits:
        raise Http404("This page of results does not exist.")
    return answer(
        {"pack": pack, "asked": text, "found": results, **around(page, results), **instead(pack, text, results)}
    )


def answer(context: dict[str, object], *, status: int = 200) -> HttpResponse:
    """Render the results. They are not indexed by search engines, and caches must revalidate them."""
    html = render_to_string("readiness/versions/search.html", {"longest": LONGEST, **context})
    response = HttpResponse(html, status=status)
    response["Cache-Control"] = "no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response


def around(page: int, results: Results) -> dict[str, object]:
    """Return the numbers of the first and last hit in view and of the neighboring pages."""
    first = (page - 1) * PAGE + 1
    last = first + len(results.hits) - 1
    return {"first": first, "last": last, "previous": page - 1, "next": page + 1 if last < results.total else 0}


def instead(pack: Pack, text: str, results: Results) -> dict[str, object]:
    """Suggest a corrected query if there are no exact matches."""
    return {"meant": corrected_query(text, known_words(pack)) if results.begins or not results.hits else ""}


_known: dict[str, frozenset[str]] = {}


def known_words(pack: Pack) -> frozenset[str]:
    """Return every word of this version. The last version's vocabulary is cached."""
    words_known = _known.get(pack.sha256)
    if words_known is None:
        words_known = vocabulary(words(row) for row in all_rows(pack.document))
        _known.clear()
        _known[pack.sha256] = words_known
    return words_known


urlpatterns = [path("search", search_pack, name="search")]
