"""Versions, comparisons and search in a real browser: clean for axe, narrow, still, and used by keyboard alone."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from pagetojob.claims.models import Disclaimer
from readiness import models
from readiness.services.current import current
from readiness.services.versions import LAPSED, publish
from tests.readiness.editing import open_gate, ready_line, reword
from tests.support.browser import (
    CONTRAST,
    MAX_LAYOUT_SHIFT,
    PHONE,
    Visit,
    check_page,
    layout_shift,
    overflows,
    resize,
    save_screenshot,
    violations,
)

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = "/servicetitan-ready-websites/"
CHANGES = f"{ROOT}changes"
#: What each page is called in its picture; versions 4 and 5 differ in everything that can differ.
PAGES = {
    "list": CHANGES,
    "list-older": f"{CHANGES}?before=3",
    "compare": f"{CHANGES}/compare?from=4&to=5",
    "compare-pages": f"{CHANGES}/compare?from=1&to=5",
    "compare-form": f"{CHANGES}/compare",
    "compare-wrong": f"{CHANGES}/compare?from=4&to=soon",
    "compare-same": f"{CHANGES}/compare?from=2&to=2",
    "version": f"{CHANGES}/4/",
    "as-it-was": f"{CHANGES}/4/api-readiness",
    "no-version": f"{CHANGES}/99/",
    "since": f"{CHANGES}/since",
    "search": f"{ROOT}search?q=webhook",
    "search-help": f"{ROOT}search",
    "search-nothing": f"{ROOT}search?q=authorizaton+evidense",
    "search-long": f"{ROOT}search?q={'long+' * 60}",
}


@pytest.fixture
def pack(pack: None) -> None:
    """Five versions; the last one takes a claim and a status down, and rewords, adds and removes rows."""
    reword("Path to an app approval")
    open_gate()
    ready_line()
    current()
    models.ChecklistItem.objects.filter(slug="soon-due").update(position=1)
    models.ChecklistItem.objects.filter(slug="app-approval-path").update(
        current="Nobody has applied yet; the form is filled in and waits for the day on which there is a sandbox."
    )
    models.Entry.objects.filter(slug="change-cite").update(title="Cite the very version you read")
    models.Entry.objects.filter(slug="change-no-names").delete()
    Disclaimer.objects.create(slug="new", text="Nothing here is legal advice.")
    publish(cause=LAPSED, now=timezone.now() + timedelta(days=2))
    assert current().number == 5


def problems(page: Page, address: str, name: str) -> list[str]:
    """What is wrong with one page, at every width."""
    resize(page, 1280)
    page.goto(address)
    found = [f"moved by {moved}"] if (moved := layout_shift(page)) > MAX_LAYOUT_SHIFT else []
    for width in (1280, 375):
        resize(page, width)
        save_screenshot(page, f"versions-{name}")
        if width == PHONE or CONTRAST:
            found += [f"{width}: {violation}" for violation in violations(page, contrast=CONTRAST)]
    for width in (640, 320):
        resize(page, width)
        found += [f"scrolls sideways at {width}"] if overflows(page) else []
    if page.get_by_role("heading", level=1).count() != 1:
        found.append("has not one first heading")
    return found


@pytest.mark.parametrize(
    "names", [("list", "compare", "search"), pytest.param(tuple(PAGES), marks=pytest.mark.nightly, id="all")]
)
def test_every_page_is_clean_and_narrow(
    browser: Browser, live_server: object, pack: None, names: tuple[str, ...]
) -> None:
    context = browser.new_context()
    page, complaints = context.new_page(), list[str]()
    # A browser complains of every answer that refuses something, and some of these do.
    page.on("console", lambda message: complaints.append(message.text) if "status of 4" not in message.text else None)
    wrong = {name: problems(page, f"{live_server}{PAGES[name]}", name) for name in names}
    assert {name: found for name, found in wrong.items() if found} == {}
    assert complaints == []
    context.close()


def test_what_changed_since_the_last_look(visit: Visit, pack: None) -> None:
    page = visit(f"{CHANGES}/since")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bookmark set")
    reword("Another title for the reader who comes back")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Changes since your last visit")
    for width in (1280, 320):
        resize(page, width)
        check_page(page, "versions-since-changed")
    page.get_by_role("link", name="Keep it at version 5").click()
    expect(page.get_by_text("Your bookmark stays at version 5.")).to_be_visible()
    page.get_by_role("link", name="Move it to version 6").click()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("No changes since your last visit")


@pytest.mark.nightly
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (320, "dark")])
def test_the_line_for_the_reader_moves_nothing(visit: Visit, pack: None, width: int, theme: str) -> None:
    page = visit(f"{CHANGES}/since", width=width, theme=theme)
    reword("Another title for the reader who comes back")
    open_gate()
    ready_line_again()
    page.goto(page.url.removesuffix("/since"))
    expect(page.locator("[data-since]")).to_contain_text("Since your last visit (version 5): ")
    assert layout_shift(page) <= MAX_LAYOUT_SHIFT
    check_page(page, "versions-line")
    page.get_by_role("link", name="Look at it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Changes since your last visit")


def ready_line_again() -> None:
    models.ChecklistItem.objects.filter(slug="soon-due").update(status="partner gated")
    current()


def test_two_versions_are_compared_by_keyboard_alone(visit: Visit, pack: None) -> None:
    page = visit(CHANGES)
    page.get_by_label("From version").focus()
    for keys in (["Control+A", "4"], ["Tab"], ["Control+A", "5"], ["Enter"]):
        for key in keys:
            page.keyboard.press(key)
    page.wait_for_url(lambda url: url.endswith("/changes/compare?from=4&to=5"))
    headings = page.get_by_role("heading", level=2).all_text_contents()
    assert headings[:2] == ["Downgraded claims", "Other changed statuses and states"]
    page.get_by_label("From version").focus()
    for key in ("Control+A", "9", "9", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(lambda url: url.endswith("from=5&to=99"))
    expect(page.get_by_role("alert")).to_have_text("Version 99 does not exist. The newest is version 5.")
    assert page.get_by_label("To version").input_value() == "99"


def test_search_is_used_by_keyboard_alone(visit: Visit, pack: None) -> None:
    page = visit(f"{ROOT}search")
    page.get_by_label("Search the readiness pack").focus()
    for key in [*"token storage", "Enter"]:
        page.keyboard.press("Space" if key == " " else key)
    first = page.locator(".found__hit a").first
    expect(first).to_be_visible()
    place = first.get_attribute("href")
    page.get_by_label("Search the readiness pack").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == place
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith(str(place)))
    anchor = str(place).partition("#")[2]
    assert page.locator(f"[id='{anchor}']").count() == 1


def test_all_of_it_reads_without_scripts(browser: Browser, visit: Visit, pack: None) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = visit(CHANGES, context=context)
    expect(page.get_by_role("link", name="Set a bookmark")).to_be_visible()
    page.get_by_role("link", name="Compare version 5 with version 4").click()
    expect(page.get_by_role("heading", name="Downgraded claims")).to_be_visible()
    page.get_by_label("Search the readiness pack").fill("webhook")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".found__hit").first).to_be_visible()
    context.close()


def test_a_comparison_prints_with_its_marks(visit: Visit, pack: None) -> None:
    page = visit(f"{CHANGES}/compare?from=4&to=5")
    page.emulate_media(media="print")
    lines = page.evaluate("[...document.querySelectorAll('ins, del')].map(e => getComputedStyle(e).textDecorationLine)")
    assert set(lines) == {"underline", "line-through"}
    assert page.pdf(format="Letter").startswith(b"%PDF-")
