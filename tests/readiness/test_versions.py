"""Public versions: the list, comparisons, archived pages, bytes, and the feed."""

import hashlib
import json
import re
import shutil
import subprocess
from datetime import datetime
from html import escape
from itertools import cycle
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.core.cache import cache
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pagetojob.claims.models import Disclaimer
from pagetojob.platform.canonical import canonical_json
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import StaffRole
from readiness import models
from readiness.selectors import versions as selectors
from readiness.services.current import current, pack_at
from readiness.services.versions import LAPSED, publish
from readiness.version_diff import Comparison, PageChange
from readiness.views.comparing import MOST_ROWS
from tests.readiness.editing import A_DAY, open_gate, ready_line, reword
from tests.readiness.reading import read
from tests.support.factories import make_user

ROOT = "/servicetitan-ready-websites/"
CHANGES = f"{ROOT}changes"
ATOM = "{http://www.w3.org/2005/Atom}"
NAUGHTY = [
    "0",
    "-1",
    "1.5",
    "1e3",
    "999999999",
    "9" * 30,
    "01",
    "٣",
    "abc",
    "%00",
    "' OR 1=1",
    "<script>",
    "1%0a",
    "a" * 3000,
]
pytestmark = pytest.mark.usefixtures("pack")


def compared(client: Client, older: int, newer: int) -> str:
    answer = client.get(f"{CHANGES}/compare", {"from": older, "to": newer})
    assert answer.status_code == 200
    return str(answer.text)


def make_versions(number: int) -> None:
    """Publish a version, then store more in which a title changes to and fro: publishing each takes a while."""
    reword("Another title")
    third, second = models.PackVersion.objects.all()[:2]
    models.PackVersion.objects.bulk_create(
        models.PackVersion(number=third.number + later, sha256=text.sha256, body=text.body, cause="Changed to and fro.")
        for later, text in zip(range(1, number), cycle([second, third]), strict=False)
    )


# --- The list -------------------------------------------------------------------------------------


def test_the_list_names_every_version_with_what_changed(client: Client) -> None:
    editor = make_user(name="Somebody Special", staff_role=StaffRole.EDITOR)
    models.ChecklistItem.objects.filter(slug="app-approval-path").update(title="Another title")
    newest = publish(cause="The lawyer asked for it.", author=editor)
    assert newest is not None
    text = read(client.get(CHANGES).text).text
    third = text.index("Version 3 ")
    assert third < text.index("Version 2 ") < text.index("Version 1 ")
    assert "The lawyer asked for it. PageToJob, staff editor." in text
    assert "1 row reworded" in text[third:]
    assert "This is the first version." in text
    assert newest.sha256[:12] in text and "Somebody Special" not in client.get(CHANGES).text


@pytest.mark.nightly
def test_the_list_is_paged_by_number_and_bounded(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_versions(43)  # plus two from the loader
    seen: list[int] = []
    address: str | None = CHANGES
    while address:
        selectors._counted.clear()
        with django_assert_max_num_queries(12):
            html = client.get(address).text
        page = [int(number) for number in re.findall(r'id="version-(\d+)"', html)]
        assert 0 < len(page) <= selectors.PAGE
        seen += page
        older = re.search(r'href="([^"]*before=\d+)#versions" rel="next"', html)
        address = older[1] if older else None
    assert seen == list(range(45, 0, -1))


def test_an_unknown_part_of_the_list_is_a_404(client: Client) -> None:
    assert client.get(f"{CHANGES}?before=2").status_code == 200
    for value in [*NAUGHTY, "1", "3"]:
        answer = client.get(f"{CHANGES}?before={value}")
        assert answer.status_code == 404, value
        assert "This page does not exist in the readiness pack" in answer.text
    assert client.get(f"{CHANGES}/?before=2")["Location"] == f"{CHANGES}?before=2"


# --- Comparison ------------------------------------------------------------------------------------


def test_words_that_changed_are_marked_for_eyes_and_ears(client: Client) -> None:
    reword("Path to an app approval")
    reword("Path to an <b>approval</b>")
    html = compared(client, 3, 4)
    assert '<ins><span class="visually-hidden">added: </span>&lt;b&gt;</ins>' in html
    assert '<del><span class="visually-hidden">removed: </span>app </del>' in html
    assert "<b>approval" not in html
    assert "other rows of this page are unchanged" in html


def test_a_downgraded_claim_is_shown_first(client: Client) -> None:
    reword("Before the letter lapses")
    open_gate()
    ready_line()
    assert current().number == 4
    assert publish(cause=LAPSED, now=timezone.now() + 2 * A_DAY)
    text = read(compared(client, 4, 5)).text
    assert text.index("1 claim downgraded") < text.index("2 statuses changed")
    first = text.index("Downgraded claims")
    assert first < text.index("From allowed → to gated") < text.index("The gate “partner approval” is closed.")
    assert "Evidence, lapsed: A letter on file." in text[first : text.index("Other changed statuses")]
    assert "From ready now → to review due Evidence, lapsed: A letter on file." in text


def test_new_and_removed_pages_are_listed_once(client: Client) -> None:
    html = compared(client, 1, 2)
    assert "Pages removed" not in html and html.count("<h2") < 5
    listed = html[html.index('id="pages-added"') :]
    titles = [page.title for slug, page in current().pages.items() if slug not in ("landing", "api-readiness")]
    assert len(titles) > 15 and all(f">{escape(title)}</a>, " in listed for title in titles)
    removed = Comparison((), (), (PageChange("removed", "support", "Support", row_count=3),))
    shown = {"old": pack_at(1), "new": pack_at(2), "comparison": removed, "pages": []}
    gone = render_to_string("readiness/versions/comparison.html", shown)
    assert 'id="pages-removed"' in gone and '/changes/1/support">Support</a>, 3 rows' in gone
    assert len(html.encode()) < 100_000


def test_two_versions_that_lie_far_apart_stay_readable(client: Client) -> None:
    for slug in models.Entry.objects.values_list("slug", flat=True):
        models.Entry.objects.filter(slug=slug).update(title=f"New title of {slug}")
    current()
    html = compared(client, 2, 3)
    assert html.count('<li class="line">') <= MOST_ROWS
    assert "more rows of this page changed" in html


def test_the_same_version_twice_and_the_wrong_way_round(client: Client) -> None:
    assert "You are comparing version 2 with itself." in compared(client, 2, 2)
    answer = client.get(f"{CHANGES}/compare?from=2&to=1")
    assert (answer.status_code, answer["Location"]) == (302, f"{CHANGES}/compare?from=1&to=2")


def test_the_form_works_alone_and_explains_errors(client: Client) -> None:
    assert 'name="from" type="text" inputmode="numeric"' in client.get(f"{CHANGES}/compare").text
    for value in (value for value in NAUGHTY if value != "1%0a"):  # white space around a number is allowed
        for query in (f"from={value}&to=1", f"from=1&to={value}", f"from={value}", f"to={value}"):
            answer = client.get(f"{CHANGES}/compare?{query}", follow=True)
            assert answer.status_code in {400, 404}, query
            assert 'role="alert"' in answer.text and 'name="from"' in answer.text
            assert "<script>" not in answer.text


def test_comparing_takes_few_queries(client: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    make_versions(3)
    cache.clear()
    with django_assert_max_num_queries(6):
        compared(client, 1, 5)


# --- A version -------------------------------------------------------------------------------------


def test_a_version_can_be_cited_and_checked(client: Client) -> None:
    pack = current()
    page = read(client.get(f"{CHANGES}/2/").text)
    day = f"{pack.created_at:%B} {pack.created_at.day}, {pack.created_at.year}"
    assert f"PageToJob readiness pack, version 2, {day}, SHA-256 {pack.sha256}" in page.text
    assert f'echo "{pack.sha256} pack.json" | sha256sum -c' in page.text
    for link in page.links:
        if link.startswith(CHANGES):
            waits = link.endswith("with-proof.zip")  # until the log contains it
            assert client.get(link).status_code == (409 if waits else 200), link


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum is not installed")
def test_sha256sum_accepts_the_download_as_documented(client: Client, tmp_path: Path) -> None:
    reword("Ünïcode “quotes” and </script>")
    for number in (1, 2, 3):
        (tmp_path / "pack.json").write_bytes(client.get(f"{CHANGES}/{number}/pack.json").content)
        html = client.get(f"{CHANGES}/{number}/").text
        line = re.search(r"echo &quot;(.*?)&quot; \||echo \"(.*?)\" \|", html)
        assert line
        checked = subprocess.run(
            ["sha256sum", "-c"],
            cwd=tmp_path,
            input=(line[1] or line[2]) + "\n",
            capture_output=True,
            text=True,
            check=False,
        )
        assert (checked.returncode, checked.stdout) == (0, "pack.json: OK\n")


def test_the_bytes_of_a_version_are_canonical_and_permanent(client: Client) -> None:
    answer = client.get(f"{CHANGES}/1/pack.json")
    row = models.PackVersion.objects.get(number=1)
    assert hashlib.sha256(answer.content).hexdigest() == row.sha256
    assert canonical_json(json.loads(answer.content)).encode() == answer.content
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    again = client.get(f"{CHANGES}/1/pack.json", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_page_is_shown_as_it_was_by_the_same_templates(client: Client) -> None:
    old = current().pages["api-readiness"].sections[1].rows[0]["title"]
    reword("Nobody said this before")
    Disclaimer.objects.filter(slug="trademark").update(text="A new sentence about names.")
    current()
    then, now = (client.get(address).text for address in (f"{CHANGES}/2/api-readiness", f"{ROOT}api-readiness"))
    assert old in then and "Nobody said this before" not in then and "A new sentence about names." not in then
    assert "Nobody said this before" in now and "A new sentence about names." in now
    assert "This is version 2 of" in then and "version 4</a>" in then
    assert '<meta name="robots" content="noindex">' in then
    assert pack_at(2).document == json.loads(client.get(f"{CHANGES}/2/pack.json").content)


def test_every_page_of_every_version_can_be_read_as_it_was(client: Client) -> None:
    for number in (1, 2):
        for slug in pack_at(number).pages:
            answer = client.get(f"{CHANGES}/{number}/{slug}")
            assert answer.status_code == 200
            assert all(text in answer.text for text in pack_at(number).disclaimers)


def test_an_old_page_is_answered_from_memory(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    first = client.get(f"{CHANGES}/1/api-readiness")
    with django_assert_num_queries(2):
        again = client.get(f"{CHANGES}/1/api-readiness", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("rest", ["/", "/landing", "/api-readiness", "/pack.json"])
def test_versions_there_are_not(client: Client, rest: str) -> None:
    for number in NAUGHTY:
        answer = client.get(f"{CHANGES}/{number}{rest}")
        assert answer.status_code == 404, number
        if len(number) < 100 and "%" not in number:
            assert "The newest is version 2." in answer.text, number
        assert "<script>" not in answer.text


def test_pages_a_version_has_not(client: Client) -> None:
    assert client.get(f"{CHANGES}/1/claims").status_code == 404  # it was added in version 2
    for slug in ("no-such-page", "PACK.JSON", "%00", "' OR 1=1", "a" * 3000):
        answer = client.get(f"{CHANGES}/2/{slug}")
        assert answer.status_code == 404
        assert "This page does not exist in the readiness pack" in answer.text


# --- The feed -------------------------------------------------------------------------------------


def entries(client: Client) -> tuple[ElementTree.Element, list[ElementTree.Element]]:
    answer = client.get(f"{CHANGES}/feed.atom")
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(answer.content)
    return feed, feed.findall(f"{ATOM}entry")


def child_text(element: ElementTree.Element, name: str) -> str:
    text = element.findtext(f"{ATOM}{name}")
    assert text
    return text


def test_the_feed_is_valid_atom_with_ids_that_stay(client: Client) -> None:
    reword("For the feed")
    feed, entries_found = entries(client)
    assert feed.tag == f"{ATOM}feed" and feed.findtext(f"{ATOM}author/{ATOM}name") == "PageToJob"
    host = re.escape("localhost")
    for element in (feed, *entries_found):
        assert re.fullmatch(rf"tag:{host},2026:readiness-pack(/\d+/[0-9a-f]{{64}})?", child_text(element, "id"))
        assert datetime.fromisoformat(child_text(element, "updated")) <= timezone.now()
    ids = [child_text(element, "id") for element in entries_found]
    assert len(set(ids)) == len(ids) == 3
    links = {(link.get("rel"), link.get("href")) for link in feed.findall(f"{ATOM}link")}
    assert links == {
        ("alternate", settings.PUBLIC_URL + CHANGES),
        ("self", f"{settings.PUBLIC_URL}{CHANGES}/feed.atom"),
    }
    assert child_text(entries_found[0], "title") == "Version 3: 1 row reworded"
    assert "1 row reworded" in child_text(entries_found[0], "summary") and "Changed outside the admin." in child_text(
        entries_found[0], "summary"
    )
    reword("Once more")
    assert [child_text(element, "id") for element in entries(client)[1]][1:] == ids


def test_no_cause_can_break_the_feed_or_bring_markup_into_it(client: Client) -> None:
    models.ChecklistItem.objects.filter(slug="app-approval-path").update(title="Other")
    publish(cause="]]> & <script>alert(1)</script> \x0b\x1f\ufffe ü")
    summary = child_text(entries(client)[1][0], "summary")
    assert "<script>" not in summary and "&lt;script&gt;" in summary


@pytest.mark.nightly
def test_the_feed_holds_fifty_entries_and_answers_304(client: Client) -> None:
    make_versions(52)
    assert len(entries(client)[1]) == 50
    answer = client.get(f"{CHANGES}/feed.atom")
    again = client.get(f"{CHANGES}/feed.atom", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


def test_a_person_is_named_nowhere(client: Client) -> None:
    models.ChecklistItem.objects.filter(slug="app-approval-path").update(title="Other")
    author = make_user(name="Quentin Unmistakable", email="quentin@unmistakable.example")
    publish(cause="A reason.", author=author)
    assert User.objects.filter(pk=author.pk).exists()
    for rest in ("", "/3/", "/3/landing", "/3/pack.json", "/feed.atom", "/compare?from=2&to=3", "/since"):
        text = client.get(f"{CHANGES}{rest}").text
        assert "Unmistakable" not in text and "unmistakable" not in text
