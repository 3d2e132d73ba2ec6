"""Changes since a reader's last visit: the mark in the cookie, how it moves, and invalid marks."""

import time
from http.cookies import SimpleCookie

import pytest
from django.core import signing
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from readiness.services.current import current
from readiness.views.since import COOKIE, DAYS, SALT
from tests.readiness.editing import reword
from tests.readiness.reading import read

SINCE = "/servicetitan-ready-websites/changes/since"
pytestmark = pytest.mark.usefixtures("pack")


def text_of(client: Client, query: str = "") -> str:
    answer = client.get(SINCE + query)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    return read(answer.text).text


def mark(client: Client) -> str:
    return str(signing.TimestampSigner(salt=SALT).unsign(client.cookies[COOKIE].value))


def signed(value: str) -> str:
    return signing.TimestampSigner(salt=SALT).sign(value)


def test_the_first_visit_sets_a_mark_and_explains_it(client: Client) -> None:
    assert "Your bookmark is at version 2" in text_of(client)
    assert mark(client) == "2"


def test_the_next_visit_shows_what_changed_in_between_and_moves_the_mark(client: Client) -> None:
    text_of(client)
    reword("Path to an approval")
    reword("Path to an app approval, told anew")
    text = text_of(client)
    assert "On your last visit, you saw version 2" in text and "The newest is version 4" in text
    assert "1 row reworded" in text and "added: Path to an app approval" in text and "added: , told anew" in text
    assert mark(client) == "4.2"
    again = text_of(client)
    assert "No changes since your last visit" in again and "changes from 2 to 4" in again
    assert mark(client) == "4.2"


def test_a_reader_can_keep_the_old_mark_and_let_it_go(client: Client) -> None:
    text_of(client)
    reword("Something new")
    text_of(client)
    page = text_of(client, "?keep=1")
    assert "Your bookmark stays at version 2" in page and "1 row reworded" in page
    assert mark(client) == "2"
    assert "Your bookmark stays at version 2" in text_of(client, "?keep=1") and mark(client) == "2"
    assert "Your bookmark is now at version 3" in text_of(client)
    assert mark(client) == "3.2"
    assert "Your bookmark stays at version 2" in text_of(client, "?keep=")


def test_keeping_without_a_mark_is_a_first_visit(client: Client) -> None:
    assert "Your bookmark is at version 2" in text_of(client, "?keep=1")
    assert mark(client) == "2"


@pytest.mark.parametrize(
    ("cookie", "words"),
    [
        ("2", "Your bookmark is damaged"),
        ("", "Your bookmark is damaged"),
        ("1:forged:signature", "Your bookmark is damaged"),
        ("x" * 4000, "Your bookmark is damaged"),
        ("SALTED 1", "Your bookmark is damaged"),
        ("SIGNED 0", "Your bookmark is damaged"),
        ("SIGNED 1.0", "Your bookmark is damaged"),
        ("SIGNED 1.1.1", "Your bookmark is damaged"),
        ("SIGNED -1", "Your bookmark is damaged"),
        ("SIGNED 9999999999999999", "Your bookmark is damaged"),
        ("SIGNED <script>", "Your bookmark is damaged"),
        ("SIGNED 3", "refers to a version that does not exist here"),
        ("SIGNED 1.3", "refers to a version that does not exist here"),
        ("SIGNED 999999999", "refers to a version that does not exist here"),
    ],
)
def test_a_mark_that_is_not_ours_counts_as_none_and_is_replaced(client: Client, cookie: str, words: str) -> None:
    kind, _, value = cookie.partition(" ")
    other = signing.TimestampSigner(salt="another")
    client.cookies[COOKIE] = {"SIGNED": signed, "SALTED": other.sign}.get(kind, lambda _: cookie)(value)
    for query in ("", "?keep=1"):
        text = text_of(client, query) if not query else ""
        assert not query or mark(client) == "2"
        assert query or (words in text and "Your bookmark is at version 2" in text)


def test_a_mark_of_long_ago_counts_as_none(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        moment = time.time() - (DAYS + 1) * 86_400
        patch.setattr(time, "time", lambda: moment)
        old = signed("1")
    client.cookies[COOKIE] = old
    assert "Your bookmark is more than a year old" in text_of(client)
    assert mark(client) == "2"


def test_the_cookie_holds_a_number_only(client: Client) -> None:
    client.get(SINCE)
    morsel = client.cookies[COOKIE]
    assert morsel["path"] == "/"
    assert morsel["httponly"] and morsel["samesite"] == "Lax" and not morsel["secure"]
    assert int(morsel["max-age"]) == DAYS * 86_400
    assert morsel.value.split(":")[0] == "2"
    assert list(client.cookies) == [COOKIE]


def test_over_https_the_cookie_is_secure(client: Client, settings: pytest.FixtureRequest) -> None:
    settings.SESSION_COOKIE_SECURE = True  # type: ignore[attr-defined]
    client.get(SINCE)
    assert client.cookies[COOKIE]["secure"]


def test_prefetching_is_not_a_visit(client: Client) -> None:
    client.get(SINCE, headers={"Sec-Purpose": "prefetch;prerender"})
    client.get(SINCE, headers={"Purpose": "prefetch"})
    client.head(SINCE)
    assert client.cookies == SimpleCookie()
    assert client.post(SINCE).status_code == 405


def test_the_line_for_cached_pages_is_private_and_moves_no_mark(client: Client) -> None:
    address = f"{SINCE}/fragment"
    answer = client.get(address)
    assert answer.json() == {"seen": None, "newest": 2, "line": ""}
    assert answer["Cache-Control"] == "private, no-store" and client.cookies == SimpleCookie()
    text_of(client)
    assert client.get(address).json()["line"] == "No changes since your last visit (version 2)."
    reword("Something new")
    for _ in range(2):
        assert client.get(address).json()["line"] == "Since your last visit (version 2): 1 row reworded."
    assert mark(client) == "2"
    client.cookies[COOKIE] = "forged"
    assert client.get(address).json()["seen"] is None


def test_no_cached_page_holds_a_mark_or_sets_a_cookie(client: Client) -> None:
    text_of(client)
    for address in (
        "changes",
        "changes/2/",
        "changes/compare?from=1&to=2",
        "changes/1/landing",
        "changes/feed.atom",
        "",
    ):
        answer = client.get(f"/servicetitan-ready-websites/{address}")
        assert answer.status_code == 200 and not answer.cookies
        assert "csrf" not in answer.text and "Cookie" not in answer.get("Vary", "")


def test_looking_takes_few_queries(client: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    text_of(client)
    reword("Something new")
    current()
    with django_assert_max_num_queries(3):
        text_of(client)
