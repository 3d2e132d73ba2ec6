"""Search in the newest version of the pack."""

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path

from ..selectors.search import MOST, PAGE, Found, search
from ..services.current import current
from ..services.document import all_rows
from ..services.versions import words
from ..shape import Pack
from ..spelling import mended, vocabulary
from .asked import number_of
from .pages import pack_view

LONGEST = 200


@pack_view
def search_pack(request: HttpRequest) -> HttpResponse:
    """Show hits for `q`, twenty per page. At most four queries."""
    pack, asked = current(), request.GET.get("q", "")
    if len(asked) > LONGEST:
        problem = f"Ask with fewer words: a search holds at most {LONGEST} characters, and this one has {len(asked):,}."
        return answer({"pack": pack, "problem": problem}, status=400)
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in asked).split())
    page = number_of(request.GET.get("page", "1"))
    if page is None or page > MOST // PAGE:
        raise Http404("The results of a search have no such page.")
    if not text:
        return answer({"pack": pack})
    found = search(text, page=page)
    if page > 1 and not found.hits:
        raise Http404("The results of this search have no such page.")
    return answer({"pack": pack, "asked": text, "found": found, **around(page, found), **instead(pack, text, found)})


def answer(context: dict[str, object], *, status: int = 200) -> HttpResponse:
    """Render the results. They are not indexed by search engines, and caches must revalidate them."""
    html = render_to_string("readiness/versions/search.html", {"longest": LONGEST, **context})
    response = HttpResponse(html, status=status)
    response["Cache-Control"] = "no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response


def around(page: int, found: Found) -> dict[str, object]:
    """Return the numbers of the first and last hit in view and of the neighboring pages."""
    first = (page - 1) * PAGE + 1
    last = first + len(found.hits) - 1
    return {"first": first, "last": last, "previous": page - 1, "next": page + 1 if last < found.total else 0}


def instead(pack: Pack, text: str, found: Found) -> dict[str, object]:
    """Suggest a corrected query if there are no exact matches."""
    return {"meant": mended(text, known_words(pack)) if found.begins or not found.hits else ""}


_known: dict[str, frozenset[str]] = {}


def known_words(pack: Pack) -> frozenset[str]:
    """Return every word of this version. The last version's vocabulary is cached."""
    found = _known.get(pack.sha256)
    if found is None:
        found = vocabulary(words(row) for row in all_rows(pack.document))
        _known.clear()
        _known[pack.sha256] = found
    return found


urlpatterns = [path("search", search_pack, name="search")]
