"""The visitor's form in a real browser: help while typing, nothing typed is lost, one form one lead."""

import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.models import CapacityRule
from syncqueue.leads.models import BookingRequest, LeadPhoto
from syncqueue.models import Kind, State, SyncItem
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_page, save_screenshot, violations
from tests.support.pictures import jpeg
from tests.support.queue import reach
from tests.support.visitor import leads

pytestmark = pytest.mark.django_db(transaction=True)

FORM = "/sites/desert-peak/request-appointment?page=/ac-repair-phoenix"


def fill_in(page: Page, **changes: str) -> None:
    page.get_by_label("Emergency: as soon as possible").check()
    page.get_by_label("Your name").fill(changes.get("name", "Jamie Rivera"))
    page.locator("#id_phone").fill(changes.get("phone", "(602) 555-0142"))
    page.get_by_label("I agree", exact=False).check()


def send(page: Page) -> None:
    page.get_by_role("button", name="Send my request").click()


def thanked(page: Page) -> None:
    page.get_by_role("heading", name="Thank you. We've saved your request.").wait_for()


def hint(page: Page, name: str) -> str:
    """The message that belongs to a field, for everybody alike."""
    field = page.locator(f"#id_{name}")
    described = (field.get_attribute("aria-describedby") or "").split()
    assert f"{name}-hint" in described
    return page.locator(f"#{name}-hint").inner_text()


@pytest.fixture
def without_scripts(browser: Browser) -> Generator[BrowserContext]:
    context = browser.new_context(java_script_enabled=False)
    yield context
    context.close()


def test_the_thank_you_page_states_when_the_office_was_notified_without_a_reload(visit: Visit, tenant: Tenant) -> None:
    page = visit(FORM)
    page.clock.install()
    fill_in(page)
    send(page)
    thanked(page)
    status, as_of = page.locator("[data-status]"), page.locator("[data-as-of]")
    expect(status).to_contain_text("The office has not been notified yet.")
    assert re.fullmatch(r"As of \d+:\d\d [AP]M M[SD]T\.", as_of.inner_text())
    with scope.worker():
        reach(SyncItem.objects.get(kind=Kind.BUSINESS_NOTIFICATION), State.DELIVERED)
    page.clock.run_for(6_000)
    expect(status).to_contain_text("The office was notified")
    expect(status).not_to_contain_text("has not been notified")


def test_a_desktop_shows_hours_and_next_steps_next_to_the_form(visit: Visit, tenant: Tenant) -> None:
    page = visit(FORM)
    form, hours = (page.locator(part).bounding_box() for part in ("form[data-intake]", "#hours"))
    assert form and hours and hours["x"] > form["x"] + form["width"] and hours["y"] < 400
    expect(page.get_by_role("heading", name="How it works")).to_be_in_viewport()


def test_state_and_zip_code_share_a_row_on_a_phone(visit: Visit, tenant: Tenant) -> None:
    page = visit(FORM, width=375)
    city, state, code = (page.locator(f"#id_{name}").bounding_box() for name in ("city", "state", "zip"))
    assert city and state and code and state["y"] == code["y"] > city["y"]
    assert city["width"] > state["width"] + code["width"]


def test_the_form_is_short_on_a_phone_and_folds_what_few_visitors_answer(visit: Visit, tenant: Tenant) -> None:
    page = visit(FORM, width=375)
    form, day = page.locator("form[data-intake]"), page.locator("#id_preferred_date")
    box = form.bounding_box()
    assert box and box["height"] < 1600
    expect(day).to_be_hidden()
    page.get_by_text("Add photos or a time").click()
    expect(page.locator("#id_photos")).to_be_visible()
    page.get_by_label("Preferred time").select_option("morning")
    page.reload()
    expect(day).to_be_visible()  # an answer that the browser stored is seen again
    send(page)
    page.get_by_role("alert").wait_for()
    expect(day).to_be_visible()
    fill_in(page)
    send(page)
    thanked(page)
    with scope.tenant(tenant.pk):
        assert BookingRequest.objects.get().preferred_window == "morning"


@pytest.mark.nightly
def test_help_while_typing_never_stands_in_the_way(visit: Visit, tenant: Tenant) -> None:
    page = visit(FORM)
    for name, text, words in (
        ("phone", "call my wife", "This does not contain a number."),
        ("phone", "555 01", "This looks short."),
        ("email", "jamie@example", "Enter an email address such as"),
    ):
        field = page.locator(f"#id_{name}")
        field.fill(text)
        field.blur()
        assert words in hint(page, name)
        assert field.get_attribute("aria-invalid") is None
    page.locator("#id_email").fill("jamie@example.com")
    assert hint(page, "email") == ""
    page.get_by_text("Add photos or a time").click()
    page.locator("#id_preferred_date").fill("2020-01-01")
    page.locator("#id_preferred_date").blur()
    assert "That day has passed" in hint(page, "preferred_date")
    fill_in(page, name="Nguyễn Văn Ánh", phone="call my wife")
    send(page)
    thanked(page)
    assert "could not read your preferred day" in page.locator("main").inner_text()
    (lead,) = leads(tenant)
    assert (lead.name, lead.phone) == ("Nguyễn Văn Ánh", "call my wife")


@WIDTHS_AND_THEMES
def test_what_is_wrong_is_said_at_the_field(visit: Visit, tenant: Tenant, width: int, theme: str) -> None:
    page = visit(FORM, width=width, theme=theme)
    page.locator("#id_phone").fill("12")
    page.locator("#id_phone").blur()
    page.locator("#id_message").fill("x" * 3950)
    assert hint(page, "message") == "50 characters left."
    page.locator("#id_message").fill("🙂" * 4001)
    assert hint(page, "message") == "Shorten this by 1."
    assert page.locator("#id_message").get_attribute("aria-invalid") == "true"
    page.locator("#id_name").fill("x")
    page.locator("#id_name").fill(" ")
    page.locator("#id_name").blur()
    assert hint(page, "name") == "Enter your name."
    check_page(page, "intake-hints")
    send(page)
    page.get_by_role("alert").wait_for()
    assert page.locator("#id_message").input_value() == "🙂" * 4001
    check_page(page, "intake-errors")
    page.locator("#id_message").fill("No cold air")
    assert page.locator("#id_message").get_attribute("aria-invalid") is None


def test_the_summary_of_errors_names_only_what_is_still_wrong(visit: Visit, tenant: Tenant) -> None:
    page = visit(FORM)
    send(page)
    summary = page.locator(".error-summary")
    expect(summary.locator("li")).to_have_count(3)
    page.get_by_label("Your name").fill("Jamie Rivera")
    page.locator("#id_email").fill("jamie@example.com")
    expect(summary.locator("li")).to_have_text(["Please check the box so we can contact you."])
    assert page.locator("#id_phone").get_attribute("aria-invalid") is None
    page.get_by_label("I agree", exact=False).check()
    expect(summary).to_have_count(0)
    send(page)
    thanked(page)


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_an_emergency_makes_the_number_stand_out(visit: Visit, tenant: Tenant, width: int, theme: str) -> None:
    with scope.tenant(tenant.pk):
        CapacityRule.objects.update(active=False)
        CapacityRule.objects.create(
            tenant=tenant,
            position=1,
            name="Emergencies call",
            urgency="emergency",
            primary="call now",
            sentence="Quicker.",
        )
    page = visit(FORM, width=width, theme=theme)
    loud = page.locator("[data-when-urgent][data-loud]")
    expect(loud).to_have_count(0)
    page.get_by_label("Emergency: as soon as possible").check()
    expect(loud).to_have_count(1)
    check_page(page, "intake-urgent")
    fill_in(page)
    page.locator("#id_email").fill("jamie@example.com")
    page.locator("#id_preferred_date").evaluate("one => { one.type = 'text'; one.value = '31/31'; }")
    send(page)
    thanked(page)
    assert page.get_by_text("It sounds urgent: call").is_visible()
    check_page(page, "intake-received")


def test_choices_survive_a_reload_and_contact_details_are_not_stored(visit: Visit, tenant: Tenant) -> None:
    page = visit(FORM)
    fill_in(page)
    token = page.locator("#id_form_token").input_value()
    stored = page.evaluate("JSON.stringify(sessionStorage)")
    assert token in stored and "Jamie" not in stored and "555-0142" not in stored
    page.reload()
    page.get_by_text("Your choices are still here.").wait_for()
    assert page.get_by_label("Emergency: as soon as possible").is_checked()
    assert page.locator("#id_form_token").input_value() == token
    assert not page.get_by_label("I agree", exact=False).is_checked()
    check_page(page, "intake-kept")
    fill_in(page)
    send(page)
    thanked(page)
    page.goto(page.url.split("/requests/")[0] + FORM.removeprefix("/sites/desert-peak"))
    assert page.get_by_label("Your name").input_value() == ""
    assert page.locator("#id_form_token").input_value() != token
    assert len(leads(tenant)) == 1


@pytest.mark.nightly
def test_what_was_typed_can_be_cleared(visit: Visit, tenant: Tenant) -> None:
    page = visit(FORM)
    fill_in(page)
    page.reload()
    with page.expect_navigation():
        page.get_by_role("button", name="Clear it").click()
    assert page.get_by_label("Your name").input_value() == ""
    assert page.get_by_text("Your choices are still here.").count() == 0


def test_a_connection_that_is_cut_makes_one_lead(visit: Visit, tenant: Tenant) -> None:
    """The request arrives, its answer does not."""
    page = visit(FORM)
    fill_in(page)

    def cut(route: Any) -> None:
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.context.route("**/request-appointment*", cut)
    with page.expect_event("requestfailed"):
        send(page)
    assert len(leads(tenant)) == 1
    page.context.unroute("**/request-appointment*")
    page.goto(page.url if "/sites/" in page.url else visit(FORM).url)
    page.get_by_text("Your choices are still here.").wait_for()
    fill_in(page)
    send(page)
    thanked(page)
    assert len(leads(tenant)) == 1


def test_the_way_back_after_a_corrected_error_is_the_form(visit: Visit, tenant: Tenant) -> None:
    page = visit(FORM)
    send(page)
    page.get_by_role("heading", name="There is a problem").wait_for()
    fill_in(page)
    send(page)
    thanked(page)
    page.go_back()
    expect(page).to_have_title(re.compile("^Request an appointment"))
    fill_in(page)
    send(page)
    thanked(page)
    assert len(leads(tenant)) == 1


@pytest.mark.parametrize("scripts", ["with", "without"])
def test_a_double_click_and_the_way_back_make_one_lead(
    visit: Visit, tenant: Tenant, without_scripts: BrowserContext, scripts: str
) -> None:
    page = visit(FORM, context=without_scripts if scripts == "without" else None)
    fill_in(page)
    page.get_by_role("button", name="Send my request").dblclick()
    thanked(page)
    code = page.locator("[data-copy]").inner_text()
    page.go_back()
    button = page.get_by_role("button", name="Send my request")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    assert page.get_by_label("Your name").input_value() == "Jamie Rivera"
    button.click()
    thanked(page)
    assert page.locator("[data-copy]").inner_text() == code
    assert len(leads(tenant)) == 1


def test_photos_that_cannot_be_kept_are_left_out_by_name(visit: Visit, tenant: Tenant, tmp_path: Path) -> None:
    good, big, other = tmp_path / "good.jpg", tmp_path / "big.jpg", tmp_path / "notes.txt"
    good.write_bytes(jpeg())
    big.write_bytes(jpeg().ljust(8 * 1024 * 1024 + 1))
    other.write_text("notes")
    page = visit(FORM)
    page.get_by_text("Add photos or a time").click()
    page.locator("#id_photos").set_input_files([good, big, other])
    said = hint(page, "photos")
    assert "big.jpg is larger than 8 MB." in said and "notes.txt is not a JPEG or PNG image." in said
    fill_in(page)
    page.get_by_label("I agree", exact=False).uncheck()
    send(page)
    assert hint(page, "consent") == "Please check the box so we can contact you."
    assert page.locator("#id_photos").evaluate("one => one.files.length") == 1
    check_page(page, "intake-photos")
    page.get_by_label("I agree", exact=False).check()
    send(page)
    thanked(page)
    with scope.tenant(tenant.pk):
        assert LeadPhoto.objects.count() == 1


def test_without_scripts_all_of_it_works(visit: Visit, tenant: Tenant, without_scripts: BrowserContext) -> None:
    page = visit(FORM, context=without_scripts)
    send(page)
    page.get_by_role("alert").wait_for()
    fill_in(page)
    page.locator("#id_email").fill("jamie@example.com")
    send(page)
    thanked(page)
    (lead,) = leads(tenant)
    assert lead.source["landing_url"].endswith("/request-appointment")


def test_without_scripts_a_long_text_is_counted_and_never_cut(
    visit: Visit, tenant: Tenant, without_scripts: BrowserContext
) -> None:
    page, long = visit(FORM, context=without_scripts), "No cooling, and the fan is loud. " * 200
    fill_in(page, name="Jamie " * 40)
    page.locator("#id_message").fill(long)
    send(page)
    assert (
        page.get_by_role("alert").get_by_text(f"Shorten this to 4,000 characters; it has {len(long.strip())}").count()
    )
    assert page.locator("#id_message").input_value() == long
    assert page.locator("#id_name").input_value() == "Jamie " * 40
    page.locator("#id_message").fill(long[:4000])
    page.locator("#id_name").fill("Jamie Rivera")
    send(page)
    thanked(page)
    (lead,) = leads(tenant)
    assert lead.message == long[:4000].strip()


def test_a_screen_reader_names_the_choice_of_contact(visit: Visit, tenant: Tenant) -> None:
    """Read aloud at the fields what the page shows above the name: one of the two is enough."""
    page = visit(FORM)
    either = page.get_by_role("group", name="Enter a phone number or an email address.")
    for label in ("Phone", "Email"):
        expect(either.get_by_role("textbox", name=label, exact=True)).to_have_count(1)
    assert violations(page, contrast=False) == []


def test_people_and_their_tools_never_meet_the_trap(visit: Visit, tenant: Tenant) -> None:
    page = visit(FORM)
    assert page.get_by_role("textbox", name="Leave this empty").count() == 0
    reached = set()
    page.locator("#id_service").focus()
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.name"))
    assert "consent" in reached and "website" not in reached
    assert page.locator("#id_website").evaluate("one => one.getBoundingClientRect().right < 0")


def test_the_thank_you_page_prints_on_paper(visit: Visit, tenant: Tenant) -> None:
    page = visit(FORM)
    fill_in(page)
    send(page)
    thanked(page)
    page.emulate_media(media="print")
    assert page.locator("[data-copy]").is_visible()
    assert not page.get_by_role("button", name="Copy number").is_visible()
    save_screenshot(page, "intake-print")
