"""Comparison of two versions, with word diffs."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse

from ..services.current import as_pack, current
from ..shape import Pack
from ..version_diff import PageChange, RowChange, compare
from .asked import number_of, version_of
from .pages import pack_view
from .render import serve

#: Rows that a comparison shows in full. Further rows are only counted.
MOST_ROWS = 150

type Shown = tuple[PageChange, list[RowChange], int]


@pack_view
def compare_two(request: HttpRequest) -> HttpResponse:
    """Show the differences from version `from` to version `to`. Without both, show the form."""
    pack = current()
    asked = [request.GET.get(name, "").strip() for name in ("from", "to")]
    if not any(asked):
        return HttpResponse(form(pack, str(max(pack.number - 1, 1)), str(pack.number)))
    numbers = [number_of(text) for text in asked]
    if None in numbers:
        problem = f"Enter two version numbers from 1 to {pack.number}."
        return HttpResponse(form(pack, *asked, problem=problem), status=400)
    if numbers[0] > numbers[1]:  # type: ignore[operator]
        return HttpResponseRedirect(f"{reverse('readiness:compare')}?from={numbers[1]}&to={numbers[0]}")
    old, new = (version_of(text) for text in asked)
    if old is None or new is None:
        lacking = asked[0] if old is None else asked[1]
        problem = f"Version {lacking} does not exist. The newest is version {pack.number}."
        return HttpResponse(form(pack, *asked, problem=problem), status=404)
    key = ("compare", old.number, old.sha256, new.number, new.sha256, pack.number, pack.sha256)

    def make() -> str:
        context = {"pack": pack, "from": asked[0], "to": asked[1], **comparison(as_pack(old), as_pack(new))}
        return render_to_string("readiness/versions/compare.html", context)

    return serve(request, key, make, last_modified=pack.created_at)


def form(pack: Pack, older: str, newer: str, *, problem: str = "") -> str:
    """Return the form that asks for two versions, with the typed values and the error."""
    context = {"pack": pack, "from": older[:20], "to": newer[:20], "problem": problem}
    return render_to_string("readiness/versions/compare.html", context)


def comparison(old: Pack, new: Pack) -> dict[str, object]:
    """Return the context of readiness/versions/comparison.html."""
    differences = compare(old.document, new.document)
    return {"old": old, "new": new, "comparison": differences, "pages": shown(differences.pages)}


def shown(pages: tuple[PageChange, ...]) -> list[Shown]:
    """Return each page with the rows to show and the number of further rows, with at most MOST_ROWS in total."""
    visible: list[Shown] = []
    left = MOST_ROWS
    for page in pages:
        rows = page.rows[:left]
        left -= len(rows)
        visible.append((page, rows, len(page.rows) - len(rows)))
    return visible
