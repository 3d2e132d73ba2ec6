"""Full-text search in the newest version of the pack."""

import re
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank
from django.db.models import Case, F, Func, TextField, Value, When

from ..models import PackText

#: Hits per page, and the maximum number of hits that are counted and paged.
PAGE, MOST = 20, 100
#: Markers around matches. Our texts do not contain them; if one did, only an extra word would be highlighted.
OPEN, CLOSE = "\ue000", "\ue001"
MAIN = "main"

_MARKED = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
#: Repeated negation nests the query, and the database fails on deep nesting.
_DASHES = re.compile(r"-(?:[\s\"]*-)+")
#: A row's text begins with its title, which is shown above the excerpt; a page's text does not.
_UNDER_TITLE = Case(
    When(anchor=MAIN, then=F("text")),
    default=Func(F("text"), Value(r"^[^\n]*\n?"), Value(""), function="regexp_replace", output_field=TextField()),
)


@dataclass(frozen=True, slots=True)
class Results:
    """A page of hits. `more` means more than `total` exist. `begins` means that only prefix matches were found."""

    hits: list[dict[str, Any]]
    total: int
    more: bool = False
    begins: bool = False


def search(text: str, *, page: int) -> Results:
    """Return hits for `text`, best first. Supports words, "a phrase", -without and or. `page` starts at 1.

    Makes at most three queries. `text` must not contain NUL; any other input is accepted.
    """
    text = _DASHES.sub(" ", text)
    query = SearchQuery(text, config="english", search_type="websearch")
    places = _places(query)
    begins = False
    if not places and (prefix := _prefix(text)):
        query = SearchQuery(prefix, config="english", search_type="raw")
        places = _places(query)
        begins = bool(places)
    shown = places[:MOST][(page - 1) * PAGE : page * PAGE]
    return Results(_hits(shown, query), min(len(places), MOST), more=len(places) > MOST, begins=begins)


def titles(text: str, most: int) -> list[tuple[str, str, str, str]]:
    """Return (title, page, anchor, page title) of the best hits, with the last word as a prefix. Runs one query."""
    prefix = _prefix(text)
    if not prefix:
        return []
    query = SearchQuery(prefix, config="english", search_type="raw")
    rows = PackText.objects.filter(found=query).order_by(SearchRank(F("found"), query).desc(), "position")
    return list(rows.values_list("title", "page", "anchor", "page_title")[:most])


def _places(query: SearchQuery) -> list[tuple[int, list[str]]]:
    """Return (id, other pages) of the matches, best first. A row that several pages show counts once."""
    rank = SearchRank(F("found"), query, cover_density=True)
    rows = (
        PackText.objects.filter(found=query)
        .order_by(rank.desc(), "position")
        .values_list("id", "page", "page_title", "anchor")[: MOST * 3]
    )
    places: dict[tuple[str, str], tuple[int, list[str]]] = {}
    for key, page, page_title, anchor in rows:
        first = places.setdefault(("" if anchor != MAIN else page, anchor), (key, []))
        if first[0] != key:
            first[1].append(page_title)
    return list(places.values())


def _prefix(text: str) -> str:
    """Return `text` as a to_tsquery prefix query on its last word; empty if it has more than plain words."""
    words = re.findall(r"\w+", text)[:10]
    plain = words and '"' not in text and not re.search(r"(?<!\S)-", text)
    return " & ".join(words) + ":*" if plain else ""


def _hits(places: list[tuple[int, list[str]]], query: SearchQuery) -> list[dict[str, Any]]:
    """Return the matches, with title and excerpt as lists of (text, is marked), and the other pages that show them."""
    if not places:
        return []
    marks: dict[str, Any] = {"config": "english", "start_sel": OPEN, "stop_sel": CLOSE}
    rows = PackText.objects.filter(id__in=[key for key, _ in places]).annotate(
        headline=SearchHeadline("title", query, highlight_all=True, **marks),
        excerpt=SearchHeadline(_UNDER_TITLE, query, max_words=32, min_words=16, max_fragments=2, **marks),
    )
    by_key = {row.pk: row for row in rows}
    return [
        {"page": row.page, "page_title": row.page_title, "anchor": row.anchor, "also": also}
        | {"title": marked(row.headline), "excerpt": marked(re.sub(r"\s*\n\s*", " · ", row.excerpt.strip()))}
        for key, also in places
        if (row := by_key.get(key))
    ]


def marked(text: str) -> list[tuple[str, bool]]:
    """Split marked text into (text, is marked) pairs, so that the template can escape each part."""
    parts = _MARKED.split(text)
    clean = (part.replace(OPEN, "").replace(CLOSE, "") for part in parts)
    return [(part, bool(place % 2)) for place, part in enumerate(clean) if part]
