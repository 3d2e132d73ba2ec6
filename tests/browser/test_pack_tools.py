"""The pages on which somebody tries something, the demo tenant's rows and the drawings, in a real browser."""

from pathlib import Path

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect

from pagetojob.demo.queue import load_demo_queue
from pagetojob.platform.tenants.models import Tenant
from tests.support.browser import (
    CONTRAST,
    DESKTOP,
    PHONE,
    Visit,
    overflows,
    resize,
    save_screenshot,
    tab_to,
    violations,
)
from tests.support.queue import fill_queue

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = "/servicetitan-ready-websites/"
WIDTHS = (320, PHONE, 700, DESKTOP)
DRAWINGS = ("sync-queue", "architecture", "connection")
BAD_ROWS = (
    "name,id,status,note\nAC Repair,1,active,demand\nTune-Up,2,paused,\n,3,active,x\nOld,4,perhaps,\n"
    "Twin,5,active,\ntwin,6,active,\nBad,7,active,=1+1\nKey,8,active,ak1.abcdefgh12345678\nLong,9,active,x,y\n"
)


@pytest.fixture(autouse=True)
def pack(pack: None, tenant: Tenant) -> None:
    """Provide the pack next to a demo tenant."""
    cache.clear()


@pytest.fixture
def queue(pack: None, tenant: Tenant) -> None:
    """Put the demo tenant's queue to use."""
    fill_queue(tenant, rounds=3)
    load_demo_queue(tenant)


def clean(page: Page, name: str) -> None:
    assert problems(page, name) == [], name


def problems(page: Page, name: str) -> list[str]:
    """What is wrong at any width: violations, and sideways scrolling. Keeps a picture of each."""
    found: list[str] = []
    page.evaluate("document.querySelectorAll('.drawing + details, .tool-area details').forEach(one => one.open = true)")
    for width in WIDTHS:
        resize(page, width)
        save_screenshot(page, f"tools-{name}")
        found += [f"scrolls sideways at {width}: {page.evaluate(TOO_WIDE)}"] if overflows(page) else []
        found += [f"a table scrolls at {width}: {name}" for name in page.evaluate(SCROLLING)]
        if width == PHONE or (CONTRAST and width == DESKTOP):
            found += [f"{width}: {violation}" for violation in violations(page, contrast=CONTRAST)]
    return found


#: Tables of ours that are cut at the edge of their frame.
SCROLLING = """() => [...document.querySelectorAll(":is(.tool-area, .drawing + details) .table-wrap")]
    .filter(one => one.scrollWidth > one.clientWidth).map(one => one.textContent.trim().slice(0, 60))"""
#: What reaches out of the window.
TOO_WIDE = """() => [...document.querySelectorAll("main *")]
    .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .map(one => one.outerHTML.slice(0, 120)).slice(0, 4)"""


@pytest.mark.nightly  # test_pack.py checks them too, without what unfolds
def test_pages_at_rest(visit: Visit, queue: None) -> None:
    page = visit("/healthz")
    base = page.url.removesuffix("/healthz")
    wrong: dict[str, list[str]] = {}
    for slug in ("handoff", "importer", "sync-queue", "titan-map", "claims", "architecture", "connection"):
        page.goto(f"{base}{ROOT}{slug}")
        wrong[slug] = problems(page, slug)
    assert {slug: found for slug, found in wrong.items() if found} == {}


@pytest.mark.nightly
def test_the_simulator_answers_and_says_what_is_wrong(visit: Visit) -> None:
    page = visit(f"{ROOT}handoff")
    page.get_by_label("Time of the request").fill("2026-06-22T12:00")
    page.get_by_role("button", name="Preview the handoff").click()
    expect(page.get_by_role("heading", name="Handoff preview")).to_be_in_viewport()
    assert page.url.endswith("/handoff/try#result")
    clean(page, "handoff-draft")
    page.get_by_label("Time of the request").fill("2026-06-20T22:40")
    page.get_by_role("button", name="Preview the handoff").click()
    expect(page.get_by_text("requires a dispatch review").first).to_be_visible()
    clean(page, "handoff-after-hours")
    page.get_by_label("Name", exact=True).fill("")
    page.get_by_role("button", name="Preview the handoff").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter a name")
    expect(page.get_by_label("Email")).to_have_value("jamie@example.com")
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    clean(page, "handoff-wrong")


@pytest.mark.nightly
def test_the_bench_reviews_samples_rows_and_files(visit: Visit, tmp_path: Path) -> None:
    page = visit(f"{ROOT}importer")
    page.get_by_role("link", name="job type", exact=True).click()
    expect(page.get_by_label("Paste the rows")).to_have_value(
        "name,status,description\nAC Repair,active,demand service\nMaintenance Tune-Up,active,recurring visit\n"
        "Water Heater Repair,inactive,retired plumbing type\n"
    )
    clean(page, "importer-sample")
    page.get_by_role("button", name="Review table").click()
    expect(page.get_by_role("heading", name="Import preview")).to_be_in_viewport()
    clean(page, "importer-review")
    page.get_by_label("Paste the rows").fill(BAD_ROWS)
    page.get_by_role("button", name="Review table").click()
    expect(page.get_by_role("heading", name="Refused rows")).to_be_visible()
    expect(page.get_by_label("Paste the rows")).to_have_value("")
    clean(page, "importer-refusals")
    file = tmp_path / "export.csv"
    file.write_bytes("Job Type;Status\nKühlung;active\n".encode("cp1252"))
    page.get_by_label("Or choose a CSV file").set_input_files(file)
    page.get_by_role("button", name="Review table").click()
    expect(page.get_by_role("rowheader", name="Kühlung")).to_be_visible()
    page.get_by_label("Paste the rows").fill("AC Repair,active\n")
    page.get_by_role("button", name="Review table").click()
    expect(page.get_by_role("alert")).to_contain_text("No column is called “name”.")
    clean(page, "importer-wrong")


def test_the_guard_judges(visit: Visit) -> None:
    page = visit(f"{ROOT}claims")
    page.get_by_label("The sentence").fill(
        "We are live. Bookings are pushed into ServiceTitan automatically, every day."
    )
    page.get_by_role("button", name="Check sentence").click()
    expect(page.get_by_role("heading", name="This text overclaims")).to_be_in_viewport()
    clean(page, "guard-too-much")
    page.get_by_label("The sentence").fill("A person enters each booking in ServiceTitan by hand.")
    page.get_by_role("button", name="Check sentence").click()
    expect(page.get_by_role("heading", name="No gated claim found")).to_be_in_viewport()
    clean(page, "guard-honest")
    page.get_by_role("button", name="Check sentence").press("Shift+Tab")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.get_by_role("button", name="Check sentence").click()
    expect(page.get_by_role("alert")).to_contain_text("Type or paste a sentence.")
    clean(page, "guard-empty")


def test_the_address_of_a_form_opened_by_hand(browser: Browser, live_server: object) -> None:
    # Without `visit`: the browser itself complains of the status.
    page = browser.new_page()
    page.goto(f"{live_server}{ROOT}handoff/try")
    clean(page, "only-posts")
    page.get_by_role("link", name="Go to the form").click()
    expect(page.get_by_role("button", name="Preview the handoff")).to_be_visible()
    page.close()


@pytest.mark.nightly
def test_everything_is_tried_without_scripts(browser: Browser, visit: Visit, queue: None) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = visit(f"{ROOT}handoff", context=context)
        page.get_by_role("button", name="Preview the handoff").click()
        expect(page.get_by_role("heading", name="Dry-run envelope")).to_be_visible()
        page.close()
        page = visit(f"{ROOT}importer?sample=zone", context=context)
        page.get_by_role("button", name="Review table").click()
        expect(page.get_by_role("rowheader", name="Buckeye")).to_be_visible()
        page.close()
        page = visit(f"{ROOT}sync-queue", context=context)
        page.get_by_text("View as text").click()
        expect(page.get_by_role("columnheader", name="A worker moves it to")).to_be_visible()
    finally:
        context.close()


def test_the_simulator_by_keyboard_alone(visit: Visit) -> None:
    page = visit(f"{ROOT}handoff")
    page.get_by_label("Page of the demo tenant").focus()
    tab_to(page, page.get_by_role("button", name="Preview the handoff"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Handoff preview")).to_be_in_viewport()


#: Words of a drawing that are wider than was allowed for, or that stand outside of it.
MISFITS = """svg => {
    const ground = svg.viewBox.baseVal;
    const inside = (box, around) => box.x >= around.x && box.x + box.width <= around.x + around.width
        && box.y + 2 >= around.y && box.y + box.height - 2 <= around.y + around.height;
    const apart = (box, other) => box.x + box.width <= other.x || other.x + other.width <= box.x
        || box.y + box.height <= other.y || other.y + other.height <= box.y;
    const boxes = [...svg.querySelectorAll("rect")].map(rect => rect.getBBox());
    return [...svg.querySelectorAll("text")].filter(text => {
        const box = text.getBBox();
        return !inside(box, ground) || boxes.some(other => !apart(box, other) && !inside(box, other));
    }).map(text => text.textContent);
}"""


@pytest.mark.nightly
def test_the_words_of_a_drawing_fit_as_the_browser_sets_them(visit: Visit, live_server: object, queue: None) -> None:
    page = visit("/healthz")
    for name in DRAWINGS:
        page.set_viewport_size({"width": 375, "height": 900})
        page.goto(f"{live_server}{ROOT}{name}")
        drawing = page.locator(".drawing__picture")
        assert drawing.evaluate(MISFITS) == [], name
        box = drawing.bounding_box()
        assert box is not None and 300 < box["width"] <= 375, name
        page.set_viewport_size({"width": 320, "height": 900})
        smallest = drawing.evaluate(
            "svg => Math.min(...[...svg.querySelectorAll('text')].map(text => text.getBoundingClientRect().height))"
        )
        assert smallest >= 11, name
        expect(page.get_by_role("img", name=drawing.locator("title").first.text_content() or "")).to_be_visible()


@pytest.mark.nightly
def test_results_and_drawings_print(visit: Visit, queue: None) -> None:
    page = visit(f"{ROOT}handoff")
    page.get_by_role("button", name="Preview the handoff").click()
    expect(page.get_by_role("heading", name="Dry-run envelope")).to_be_visible()
    page.wait_for_load_state()
    assert len(page.pdf(format="Letter")) > 20_000
    page.goto(page.url.partition("handoff/try")[0] + "sync-queue")
    assert len(page.pdf(format="Letter")) > 20_000


def test_answers_are_light(visit: Visit) -> None:
    """A page with an answer in it is no heavier than a page may be."""
    page = visit(f"{ROOT}importer?sample=jobType")
    with page.expect_response(lambda response: response.url.endswith("/importer/try")) as answered:
        page.get_by_role("button", name="Review table").click()
    assert len(answered.value.body()) < 60_000
