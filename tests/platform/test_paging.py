"""Links between the pages of a list."""

import pytest
from django.core.paginator import Paginator
from django.test import RequestFactory

from pagetojob.platform.paging import PAGE_SIZE, keyset_links, page_links, page_number, uncounted_links


def test_counted_pages_link_to_their_neighbors_with_the_filters() -> None:
    pages = Paginator(range(PAGE_SIZE * 2 + 1), PAGE_SIZE)
    assert page_links(pages.page(1)) == {"note": "Page 1 of 3", "newer_url": "", "older_url": "?page=2"}
    last = {"note": "Page 3 of 3", "newer_url": "?page=2&q=a", "older_url": ""}
    assert page_links(pages.page(3), "&q=a") == last


def test_uncounted_pages_link_to_their_neighbors_with_the_filters() -> None:
    assert uncounted_links(1, more=False) == {"note": "Page 1", "newer_url": "", "older_url": ""}
    middle = {"note": "Page 2", "newer_url": "?state=queued&page=1", "older_url": "?state=queued&page=3"}
    assert uncounted_links(2, more=True, query="state=queued") == middle


@pytest.mark.parametrize(
    ("first", "base"),
    [("", "?"), ("?", "?"), ("/ops/", "/ops/?"), ("?show=new", "?show=new&"), ("?label=", "?label=&")],
)
def test_pages_that_begin_at_a_row_link_to_their_neighbors_with_the_filters(first: str, base: str) -> None:
    assert keyset_links(first, older=("after", "")) == {"newer_url": "", "older_url": ""}
    both = {"newer_url": f"{base}before=a%26b", "older_url": f"{base}after=7"}
    assert keyset_links(first, newer=("before", "a&b"), older=("after", 7)) == both
    assert keyset_links(first, older=("after", False), is_first=False) == {"newer_url": first, "older_url": ""}


@pytest.mark.parametrize(
    ("text", "number"), [("", 1), ("7", 7), ("0", 1), ("-2", 1), ("x", 1), ("9999", 9999), ("10000", 1)]
)
def test_a_page_number_that_makes_no_sense_is_the_first(text: str, number: int) -> None:
    assert page_number(RequestFactory().get("/", {"page": text})) == number
