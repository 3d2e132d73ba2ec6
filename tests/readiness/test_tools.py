"""Tools on a page: the answer is part of the page, and nothing is written or remembered."""

from typing import Any

import pytest
from django.db import InternalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pagetojob.claims.guard import Overclaim
from pagetojob.importer.objects import OBJECT_TYPES
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.models import TaxonomyItem
from readiness import panels
from readiness.errors import PackNotLoaded
from readiness.page_html import page_html
from readiness.panels import demo, guard
from readiness.views import tools
from tests.readiness.reading import read
from tests.readiness.trying import ASKED, GUARD, HANDOFF, IMPORTER, ROOT, counted, harmless, judge, text_of
from tests.support.naughty_strings import NAUGHTY_STRINGS
from tests.support.nightly import sampled

TOOLS = {"handoff": HANDOFF, "importer": IMPORTER, "claims": GUARD}
pytestmark = pytest.mark.usefixtures("pack", "tenant")


def rows_in_all_tables() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return dict(cursor.fetchall())


# --- All tools -------------------------------------------------------------------------------------

GOOD: dict[str, dict[str, Any]] = {
    "handoff": ASKED,
    "importer": {"kind": "jobType", "text": OBJECT_TYPES[0].sample},
    "claims": {"text": "Bookings are pushed into ServiceTitan automatically."},
}


@pytest.mark.parametrize("slug", TOOLS)
def test_a_try_writes_nothing_keeps_nothing_and_sets_no_cookie(slug: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get(f"{ROOT}{slug}")  # publishes a version first, if one is due
    before = rows_in_all_tables()
    response = client.post(TOOLS[slug], GOOD[slug])
    assert response.status_code == 200
    assert rows_in_all_tables() == before
    assert not response.cookies and not client.cookies
    assert response["Cache-Control"] == "no-store"
    assert "Vary" not in response or "Cookie" not in response["Vary"]


def test_the_database_refuses_to_write_during_a_try_and_only_then(tenant: Tenant) -> None:
    sneaked = {"tenant": tenant, "family": "job type"}
    with pytest.raises(InternalError, match="read-only"), demo.read_only(), demo.rows_of(tenant):
        TaxonomyItem.objects.create(**sneaked, name="Sneaked in")
    with scope.tenant(tenant.pk):
        assert TaxonomyItem.objects.create(**sneaked, name="Added later").pk


@pytest.mark.parametrize("slug", TOOLS)
def test_every_try_runs_where_nothing_can_be_written(
    slug: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Test the whole response, from the decision to the rendering."""
    seen: list[str] = []

    def rendered(*args: Any, **kwargs: Any) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only")
            seen.append(cursor.fetchone()[0])
        return real(*args, **kwargs)

    real = page_html
    monkeypatch.setattr(tools, "page_html", rendered)
    client.post(TOOLS[slug], GOOD[slug])
    assert seen == ["on"]


@pytest.mark.parametrize("slug", TOOLS)
def test_other_methods_get_a_page_that_links_to_the_form(slug: str, client: Client) -> None:
    for method in ("get", "head", "put", "delete", "options"):
        response = getattr(client, method)(TOOLS[slug])
        assert (response.status_code, response["Allow"]) == (405, "POST"), method
    response = client.get(TOOLS[slug])
    page = read(response.text)
    assert "No form was submitted" in page.text
    assert any(link.startswith(f"{ROOT}{slug}#") for link in page.links)
    assert "PageToJob is not affiliated with or endorsed by ServiceTitan." in response.text


BODIES: tuple[tuple[bytes, str, int, str], ...] = (
    (b"{}", "application/json", 415, "accepts only its own form"),
    (b"", "", 415, "accepts only its own form"),
    (b"<a/>", "text/xml", 415, "accepts only its own form"),
    (b"text=" + b"a" * 900_000, "application/x-www-form-urlencoded", 413, "Too large"),
    (b"--x\r\nbroken", "multipart/form-data", 400, "arrived incomplete"),
    (b"a&" * 2_000, "application/x-www-form-urlencoded", 400, "arrived incomplete"),
)


@pytest.mark.parametrize("slug", TOOLS)
def test_a_body_that_is_no_form(slug: str, client: Client) -> None:
    for body, content_type, status, words in BODIES:
        response = client.post(TOOLS[slug], body, content_type=content_type)
        assert response.status_code == status, content_type
        assert words in text_of(response)
        assert "<form" in response.text
        assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("slug", TOOLS)
def test_an_empty_form_shows_errors(slug: str, client: Client) -> None:
    response = client.post(TOOLS[slug], {})
    assert response.status_code == 422
    assert "There is a problem" in text_of(response)


@pytest.mark.parametrize("slug", TOOLS)
def test_a_try_takes_at_most_twelve_queries(slug: str, client: Client) -> None:
    client.get(f"{ROOT}{slug}")
    with CaptureQueriesContext(connection) as queries:
        client.post(TOOLS[slug], GOOD[slug])
    assert len(counted(queries)) <= 12, counted(queries)


@pytest.mark.parametrize("slug", TOOLS)
def test_the_page_itself_is_the_same_for_everybody_and_has_no_token(slug: str, client: Client) -> None:
    response = client.get(f"{ROOT}{slug}")
    assert response.status_code == 200
    assert "csrf" not in response.text.lower()
    assert not response.cookies


@pytest.mark.parametrize("slug", TOOLS)
def test_a_page_that_does_not_show_its_tool_answers_no_form(
    slug: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = {"handoff": "handoff", "importer": "importer", "claims": "guard"}[slug]
    monkeypatch.delitem(panels.PANELS, name)
    response = client.post(TOOLS[slug], GOOD[slug])
    assert response.status_code == 404
    assert "no tool" in text_of(response)


def test_before_the_pack_is_loaded_there_is_nothing_to_try(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise PackNotLoaded("none")

    monkeypatch.setattr(tools, "current", none)
    assert client.post(HANDOFF, ASKED).status_code == 404


# --- The claim guard -------------------------------------------------------------------------------


def test_an_overclaim_is_marked_with_its_claim_its_gates_and_safe_words(client: Client) -> None:
    response = judge(client, "Our site is live. Bookings are pushed into ServiceTitan automatically.")
    text = text_of(response)
    assert "This text overclaims" in text
    assert "<mark>" in response.text
    assert "Automatic lead, booking, job, invoice, payment, or pricebook sync" in text
    assert (
        "ServiceTitan has not approved a PageToJob app; no approval is on file. (partner approval, PageToJob)" in text
    )
    assert "a person enters the booking; automatic handoff is planned and gated." in text
    assert "#claim-automatic-sync" in read(response.text).links
    assert "Our site is live." in text


def test_an_honest_sentence_passes(client: Client) -> None:
    text = text_of(judge(client, "A person enters each booking in ServiceTitan by hand."))
    assert "No gated claim found" in text
    assert "This text overclaims" not in text


def test_markup_is_read_as_a_reader_sees_it_and_shown_as_text(client: Client) -> None:
    response = judge(
        client, "<script>alert(1)</script><b>Bookings are pushed into Service<i>Titan</i> automatically.</b>"
    )
    assert "This text overclaims" in text_of(response)
    assert "<script>alert(1)" not in response.text


def test_a_too_long_text_is_preserved(client: Client) -> None:
    response = judge(client, "word " * 2_000)
    assert response.status_code == 422
    assert "Shorten this to 2,000 characters" in text_of(response)
    assert "word word" in response.text


@pytest.mark.parametrize("name", sampled([*NAUGHTY_STRINGS], keep=11))
def test_the_guard_takes_naughty_strings(client: Client, name: str) -> None:
    assert harmless(judge(client, NAUGHTY_STRINGS[name]))


def test_pieces_join_to_the_text_and_overlaps_are_merged() -> None:
    overclaims_found = [
        Overclaim("a", "bcd", 1, 4, ""),
        Overclaim("b", "cd", 2, 4, ""),
        Overclaim("c", "def", 3, 6, ""),
    ]
    cut = guard.pieces("abcdefg", overclaims_found)
    assert "".join(piece.text for piece in cut) == "abcdefg"
    assert [(piece.text, piece.marked) for piece in cut] == [("a", False), ("bcd", True), ("ef", True), ("g", False)]
    assert guard.pieces("ab", []) == [guard.Piece("ab", marked=False)]
    assert guard.pieces("", []) == []
