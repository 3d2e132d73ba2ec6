"""Page size of lists, the requested page, and the values that `parts/pagination.html` shows."""

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PAGE_SIZE = 50


def requested_page(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    """Return the requested page of rows; the first or the last one for a number that is out of range."""
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


def page_links(page: Page[Any], filters: str = "") -> dict[str, str]:
    """Return the note and the links of a page. `filters` is appended to the links, and begins with an ampersand."""
    return {
        "note": f"Page {page.number} of {page.paginator.num_pages}",
        "newer_url": f"?page={page.previous_page_number()}{filters}" if page.has_previous() else "",
        "older_url": f"?page={page.next_page_number()}{filters}" if page.has_next() else "",
    }


def page_number(request: HttpRequest) -> int:
    """Return the requested page, from 1 to 9,999, of a list whose pages are not counted."""
    text = request.GET.get("page", "")
    return max(int(text), 1) if text.isdecimal() and len(text) < 5 else 1


def uncounted_links(number: int, *, more: bool, query: str = "") -> dict[str, str]:
    """Return what `page_links` returns, for a list whose pages are not counted. `query` is encoded for a URL."""
    base = f"?{query}&page=" if query else "?page="
    return {
        "note": f"Page {number}",
        "newer_url": f"{base}{number - 1}" if number > 1 else "",
        "older_url": f"{base}{number + 1}" if more else "",
    }


def keyset_links(
    first: str, *, older: tuple[str, object], newer: tuple[str, object] = ("", ""), is_first: bool = True
) -> dict[str, str]:
    """Return the links of a list whose pages begin at a row. `first` is the address of the first page.

    `older` and `newer` are the parameters of those pages, with an empty value if there is none. A list that cannot be
    read backwards has no `newer`; with `is_first` false, it links to the first page.
    """
    base = first.removesuffix("?") + ("&" if first.partition("?")[2] else "?")
    newer_url, older_url = (base + urlencode([mark]) if mark[1] else "" for mark in (newer, older))
    return {"newer_url": newer_url or ("" if is_first else first), "older_url": older_url}
