"""Search in the pack: results, marks, and unusual queries."""

import re
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from readiness import models
from readiness.selectors.search import CLOSE, MOST, OPEN, PAGE, marked
from readiness.services.current import current
from readiness.services.versions import _pieces
from readiness.spelling import corrected_query, vocabulary
from tests.readiness.reading import read

ROOT = "/servicetitan-ready-websites/"
SEARCH = f"{ROOT}search"
pytestmark = pytest.mark.usefixtures("pack")


def html_of(client: Client, question: str, **more: int) -> str:
    answer = client.get(SEARCH, {"q": question, **{name: str(number) for name, number in more.items()}})
    assert answer.status_code == 200, question
    return str(answer.text)


def hits(html: str) -> list[str]:
    return re.findall(r'<h2><a href="([^"]+)">', html)


def add_entries(number: int, *, text: str) -> None:
    section = models.PageSection.objects.get(page__slug="security", slug="rules")
    for count in range(number):
        models.Entry.objects.create(section=section, slug=f"e{count}", title=f"Entry {count}", body=text)
    current()


def test_each_hit_links_to_its_place(client: Client) -> None:
    html = html_of(client, "webhook")
    shown = hits(html)
    assert len(shown) > 3
    for link in shown[:6]:
        address, _, anchor = link.partition("#")
        assert anchor in read(client.get(address).text).ids, link
    assert "<mark>" in html


def test_a_new_version_indexes_only_the_texts_that_changed(client: Client) -> None:
    before = set(models.PackText.objects.values_list("id", "anchor"))
    models.ChecklistItem.objects.filter(slug="app-approval-path").update(current="One zebra is mentioned here.")
    current()
    after = set(models.PackText.objects.values_list("id", "anchor"))
    changed = "checklist-app-approval-path"
    assert len(before) == len(after) > 300
    assert {anchor for _, anchor in before - after} == {anchor for _, anchor in after - before} == {changed}
    positions = models.PackText.objects.values_list("position", flat=True)
    assert list(positions) == list(range(len(after)))
    assert [link.partition("#")[2] for link in hits(html_of(client, "zebra"))] == [changed]


def texts() -> list[tuple[object, ...]]:
    """Return the indexed texts, which must be those of the newest version in page order."""
    names = ("page", "anchor", "page_title", "title", "text")
    expected = [tuple(getattr(piece, name) for name in names) for piece in _pieces(current().document)]
    indexed = list(models.PackText.objects.order_by("position", "id").values_list("position", *names))
    assert indexed == [(at, *piece) for at, piece in enumerate(expected)]
    return expected


def test_after_each_edit_the_texts_are_those_of_the_newest_version(client: Client) -> None:
    """A row that is added or removed moves the texts after it, and a text that returns is indexed again."""
    before, pages = texts(), models.PageSection.objects.filter(page__slug="security", slug="rules")
    entry = models.Entry.objects.create(section=pages.get(), slug="zebra", title="Zebras", body="Striped.")
    added = texts()
    assert len(added) == len(before) + 1 and before[-1] == added[-1]
    assert [link.partition("#")[2] for link in hits(html_of(client, "striped"))] == ["entry-zebra"]
    models.Entry.objects.filter(pk=entry.pk).update(body="Spotted.")
    texts()
    assert hits(html_of(client, "striped")) == [] and len(hits(html_of(client, "spotted"))) == 1
    models.Entry.objects.filter(pk=entry.pk).update(body="Striped.")
    assert texts() == added
    entry.delete()
    assert texts() == before
    assert hits(html_of(client, "zebra")) == []


def test_words_in_the_title_come_before_words_in_the_text(client: Client) -> None:
    models.Entry.objects.create(
        section=models.PageSection.objects.get(page__slug="security", slug="rules"),
        slug="zebra",
        title="Zebras",
        body="Striped.",
    )
    models.ChecklistItem.objects.filter(slug="app-approval-path").update(current="One zebra is mentioned here.")
    current()
    assert [link.partition("#")[2] for link in hits(html_of(client, "zebra"))] == [
        "entry-zebra",
        "checklist-app-approval-path",
    ]


def test_a_row_on_several_pages_is_a_single_hit(client: Client) -> None:
    claim = current().document["pages"][1]["sections"][5]["rows"][0]
    html = html_of(client, f'"{claim["title"]}"')
    assert [link for link in hits(html) if link.endswith(f"#{claim['anchor']}")] == hits(html)[:1]
    assert "Also on" in html


def test_phrases_alternatives_and_words_left_out(client: Client) -> None:
    add_entries(1, text="The quokka smiles at the wombat.")
    assert len(hits(html_of(client, '"quokka smiles"'))) == 1
    assert hits(html_of(client, '"smiles quokka"')) == []
    assert hits(html_of(client, "quokka -wombat")) == []
    assert len(hits(html_of(client, "quokka or zzzz"))) == 1
    assert len(hits(html_of(client, "SMILING quokkas"))) == 1


def test_an_edit_is_searchable_immediately_and_the_old_text_is_not(client: Client) -> None:
    models.ChecklistItem.objects.filter(slug="app-approval-path").update(title="Axolotl")
    current()
    assert len(hits(html_of(client, "axolotl"))) == 1
    models.ChecklistItem.objects.filter(slug="app-approval-path").update(title="Capybara")
    current()
    assert hits(html_of(client, "axolotl")) == []


def test_neither_the_pack_nor_the_question_brings_markup_in(client: Client) -> None:
    add_entries(1, text=f"A quokka <script>alert(1)</script> {OPEN}<img src=x>{CLOSE} & “more”.")
    for question in (
        "quokka",
        "quokka <script>alert(2)</script>",
        'quokka "><script>',
        "alert",
        f"{OPEN}quokka{CLOSE}",
    ):
        html = html_of(client, question)
        assert "<script>" not in html and "<img" not in html
        assert OPEN not in html and CLOSE not in html


@given(st.text(alphabet=st.sampled_from(f"ab <&{OPEN}{CLOSE}"), max_size=30))
def test_marks_are_parsed_in_any_context(text: str) -> None:
    parts = marked(text)
    assert "".join(part for part, _ in parts) == text.replace(OPEN, "").replace(CLOSE, "")


def test_results_are_paged_and_their_number_is_bounded(client: Client) -> None:
    add_entries(MOST + 10, text="The quokka again.")
    seen: list[str] = []
    for number in range(1, MOST // PAGE + 1):
        html = html_of(client, "quokka", page=number)
        assert f"{MOST}+ places" in html
        seen += hits(html)
    assert len(set(seen)) == len(seen) == MOST
    assert 'rel="next"' not in html and "Add a word to narrow it down." in html
    for wrong in ("0", "-1", "6", "99999999999999999999", "x", "1.5", "%00", "2'"):
        assert client.get(f"{SEARCH}?q=quokka&page={wrong}").status_code == 404, wrong
    assert client.get(f"{SEARCH}?q=axolotl&page=2").status_code == 404


def test_a_beginning_is_enough_when_nothing_matches_as_typed(client: Client) -> None:
    add_entries(1, text="Quokkaesque manners.")
    text = read(html_of(client, "manners quokkaes")).text
    assert "No exact matches for “manners quokkaes”. Matches for words that begin with your last word: 1 place." in text


def test_a_word_with_a_slip_gets_the_word_that_was_meant(client: Client) -> None:
    html = html_of(client, "authorizaton evidense")
    assert "No results for “authorizaton evidense”." in html
    assert f'href="{SEARCH}?q=authorization%20evidence"' in html
    assert hits(html_of(client, "authorization evidence"))


def test_spelling_keeps_what_it_knows_and_what_is_too_far() -> None:
    known = vocabulary(["Approval is partner gated.", "Évidence"])
    assert known == {"approval", "partner", "gated", "évidence"}
    assert corrected_query("aproval for partnr", known) == "approval for partner"
    assert (
        corrected_query("Approval", known) == ""
        and corrected_query("xylophone", known) == ""
        and corrected_query("", known) == ""
    )


def test_empty_queries_and_empty_results_offer_help(client: Client) -> None:
    for question in ("", "   ", "\t\n"):
        assert "Search tips" in html_of(client, question)
    for question in ("xyzzyplugh", "the", "-", '"', "''", "or", "- - -", "!!!", "&|:*()", "<->", "-webhook"):
        html = html_of(client, question)
        assert "Search tips" in html or hits(html), question


def test_a_question_that_is_too_long_is_refused_in_the_style_of_the_product(client: Client) -> None:
    assert html_of(client, "a" * 200)
    for question in ("a" * 201, "é" * 5000, "word " * 2000):
        answer = client.get(SEARCH, {"q": question})
        assert answer.status_code == 400
        assert "Shorten your search to 200 characters" in answer.text
        assert 'role="search"' in answer.text and len(answer.content) < 10_000


ODD = [
    *('"open', "a\0b", "\0", "\x1b[0m", "\ud7ff", "\ufffe", "a & b", "!", "(", "a:*b", "%", "%%s", "\\", "\\'", "$1"),
    *("a" * 200, "- " * 100, '"' * 200, "or " * 66, "e\u0301\u0300" * 60, "日本語", "🦘", "' OR 1=1 --"),
    *("x'; DROP TABLE a; --", "_ _ _", "{{ 7|add:7 }}", "<->", "a <2> b", ":*", "&", "|", "a | | b", "!!a"),
]


def test_no_question_is_an_error(client: Client) -> None:
    for question in ODD:
        html_of(client, question)


def test_broken_bytes_are_no_error(client: Client) -> None:
    for raw in ("%ff%fe", "%c3", "%ed%a0%80", "%00%00", "&q=twice&q=thrice", "=", "%"):
        assert client.get(f"{SEARCH}?q={raw}").status_code == 200, raw


@given(st.text(max_size=60) | st.text(alphabet=st.sampled_from('-" aor!:()&|<>*'), max_size=200))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_question_gets_an_answer(client: Client, question: str) -> None:
    assert client.get(f"{SEARCH}?q={quote(question, errors='replace')}").status_code == 200


def test_searching_takes_four_queries_at_most(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    add_entries(40, text="The quokka again.")
    for question in ("quokka", "quokk", "xyzzyplugh", "the"):
        with django_assert_max_num_queries(4):
            html_of(client, question)


def test_no_engine_lists_results(client: Client) -> None:
    answer = client.get(SEARCH, {"q": "webhook"})
    assert answer["X-Robots-Tag"] == "noindex" and '<meta name="robots" content="noindex">' in answer.text
    assert client.post(SEARCH).status_code == 405
