"""The form on somebody else's website: sent by script from another origin, and by itself when anything fails."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from pagetojob.onboarding.site_keys import fill_in, snippet
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import SiteKey, SiteOrigin, Tenant, User
from syncqueue.leads.models import BookingRequest
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_page, overflows, save_screenshot, violations, visit_as
from tests.support.nightly import sampled
from tests.support.visitor import leads

API = "**/api/v1/leads"
#: The form waits a second before its second attempt; a test need not.
QUICK_RETRY = "const later = setTimeout; setTimeout = (run, wait) => later(run, wait === 1000 ? 0 : wait);"
#: A server notices this late that it should end.
POLL_SECONDS = 0.01
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Ask us</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src {api}; connect-src {api}">
</head><body><main><h1>Ask us</h1>{snippet}</main></body></html>"""


@contextmanager
def website(page: str) -> Generator[str]:
    """Another origin: the same page at every address of another port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base class
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=[POLL_SECONDS], daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def site(tenant: Tenant, live_server: Any, settings: Any) -> Generator[str]:
    """A website that the tenant lists, with the form that staff copied for it."""
    settings.PUBLIC_URL = live_server.url
    row = SiteKey(tenant=tenant, label="website")
    key = fill_in(row)
    row.save()
    html = snippet(tenant=tenant, key=key, page="/ac-repair-phoenix")
    with website(PAGE.format(api=live_server.url, snippet=html)) as url:
        SiteOrigin.objects.create(tenant=tenant, origin=url)
        yield url


@pytest.fixture
def open_page(browser: Browser) -> Generator[Callable[..., Page]]:
    contexts = []

    def go(url: str, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(QUICK_RETRY)
        page.goto(url)
        return page

    yield go
    for context in contexts:
        context.close()


def fill(page: Page, **changes: str) -> None:
    page.get_by_label("What do you need?").select_option("AC Repair")
    page.get_by_label("Emergency").check()
    page.get_by_label("Your name").fill("Jamie Rivera")
    for label, text in ({"Phone": "(602) 555-0199"} | changes).items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("I agree").check()


def press(page: Page) -> None:
    page.get_by_role("button", name="Send my request").click()


def test_a_form_on_another_website_is_sent_by_script(site: str, tenant: Tenant, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{site}/landing?utm_source=google&gclid=abc&q=secret", viewport={"width": 375, "height": 800})
    page.goto(f"{site}/ac-repair")
    assert violations(page) == [] and not overflows(page)
    fill(page)
    save_screenshot(page, "embed-form")
    press(page)
    status = page.get_by_role("status")
    expect(status).to_contain_text("PTJ-")
    expect(status).to_be_focused()
    save_screenshot(page, "embed-thanks")
    (lead,) = leads(tenant)
    assert lead.spoken_code in status.inner_text()
    assert (lead.channel, lead.name, lead.phone) == ("api", "Jamie Rivera", "(602) 555-0199")
    assert lead.source == {"landing_url": f"{site}/landing", "utm_source": "google", "gclid": "abc"}
    assert page.url == f"{site}/ac-repair" and page.context.cookies() == []


def test_pressed_twice_it_is_one_lead_and_filled_in_again_it_is_another(
    site: str, tenant: Tenant, open_page: Callable[..., Page]
) -> None:
    page, sent = open_page(site), []
    page.on("request", lambda request: sent.append(request.method) if request.url.endswith("/leads") else None)
    for count in (1, 2):
        fill(page)
        page.get_by_role("button", name="Send my request").dblclick()
        expect(page.get_by_role("status")).to_contain_text("PTJ-")
        assert len(leads(tenant)) == sent.count("POST") == count
        page.reload()


def test_a_mistake_is_told_and_what_was_typed_is_kept(
    site: str, tenant: Tenant, open_page: Callable[..., Page]
) -> None:
    page = open_page(site)
    fill(page, Phone="", City="Phoenix")
    press(page)
    expect(page.get_by_role("status")).to_contain_text("Enter a phone number or an email address")
    phone = page.get_by_label("Phone", exact=True)
    expect(phone).to_be_focused()
    expect(phone).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("City")).to_have_value("Phoenix")
    phone.fill("call my wife, 602 555 0199")
    page.get_by_label("I agree").evaluate("(box) => { box.required = box.checked = false; }")
    press(page)
    expect(page.get_by_role("status")).to_have_text("Please check the box so we can contact you.")
    expect(phone).not_to_have_attribute("aria-invalid", "true")
    page.get_by_label("I agree").check()
    press(page)
    expect(page.get_by_role("status")).to_contain_text("PTJ-")
    assert [lead.phone for lead in leads(tenant)] == ["call my wife, 602 555 0199"]


@pytest.mark.parametrize("fault", sampled(["cut", "503", "403", "stored, then cut", "not listed"], keep=2))
def test_when_the_api_fails_the_form_posts_itself(
    site: str, tenant: Tenant, open_page: Callable[..., Page], fault: str
) -> None:
    def stored_then_cut(route: Route) -> None:
        route.fetch()
        route.abort()

    ways: dict[str, Callable[[Route], None]] = {
        "cut": lambda route: route.abort(),
        "503": lambda route: route.fulfill(status=503, headers={"Access-Control-Allow-Origin": "*"}),
        "403": lambda route: route.fulfill(status=403, headers={"Access-Control-Allow-Origin": "*"}),
        "stored, then cut": stored_then_cut,
    }
    page = open_page(f"{site}/?utm_source=google")
    if fault in ways:
        page.route(API, ways[fault])
    else:
        SiteOrigin.objects.all().delete()
    fill(page)
    press(page)
    page.wait_for_url("**/requests/**")
    (lead,) = leads(tenant)
    assert lead.spoken_code in page.inner_text("main")
    assert lead.channel == ("api" if fault == "stored, then cut" else "form")
    assert lead.source["utm_source"] == "google"


def test_one_filled_in_form_keeps_its_key_until_it_is_answered(
    site: str, tenant: Tenant, open_page: Callable[..., Page]
) -> None:
    page, keys = open_page(site), []

    def cut(route: Route, request: Request) -> None:
        keys.append(request.headers.get("idempotency-key"))
        route.abort()

    page.route(API, cut)
    page.route("**/request-appointment*", lambda route: route.fulfill(status=503, body="away"))
    for message in ("It hums.", "It hums.", "It hums loudly."):
        page.goto(site)
        fill(page, **{"What's the problem?": message})
        with page.expect_request("**/request-appointment*") as plain:
            press(page)
        page.wait_for_url("**/request-appointment*")
        assert str(keys[-1]) in (plain.value.post_data or "")
    assert len(keys) == 6 and keys[0] == keys[1] == keys[2] == keys[3]
    assert keys[4] == keys[5] != keys[0]


def test_without_scripts_the_answers_arrive_at_our_own_form(
    site: str, tenant: Tenant, open_page: Callable[..., Page]
) -> None:
    page = open_page(site, java_script_enabled=False)
    fill(page)
    press(page)
    assert "/sites/desert-peak/" in page.url
    page.wait_for_url("**/requests/**")
    assert [lead.name for lead in leads(tenant)] == ["Jamie Rivera"]


def test_a_form_copied_earlier_cuts_no_text(site: str, tenant: Tenant, open_page: Callable[..., Page]) -> None:
    """Keep all of a pasted text, also in a form whose HTML still limits the field."""
    long = "No cooling, and the fan is loud. " * 200
    with urlopen(site) as answer:
        limited = answer.read().decode().replace('name="message"', 'name="message" maxlength="4000"')
    assert "maxlength" in limited
    with website(limited) as url:
        SiteOrigin.objects.create(tenant=tenant, origin=url)
        page = open_page(url)
        fill(page)
        page.get_by_label("What's the problem?").fill(long)
        press(page)
        expect(page.get_by_role("status")).to_contain_text("PTJ-")
    with scope.tenant(tenant.pk):
        assert BookingRequest.objects.get().as_typed["message"] == long.strip()


@WIDTHS_AND_THEMES
def test_the_page_where_staff_make_a_key(
    visit: Visit, tenant: Tenant, admin_user: User, width: int, theme: str
) -> None:
    page = visit_as(visit, admin_user.email, "/admin/tenants/sitekey/add/", width=width, theme=theme)
    page.locator("#id_tenant").evaluate(
        "(select, [id, name]) => select.append(new Option(name, id, true, true))", [tenant.pk, tenant.name]
    )
    page.get_by_label("Label").fill("main website")
    page.get_by_label("Reason for the change").fill("asked for")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("heading", name="The key").wait_for()
    check_page(page, "site-key-made")
    SiteOrigin.objects.create(tenant=tenant, origin="https://www.desert-peak.example")
    page.goto(page.url.replace("/add/", f"/{SiteKey.objects.get().pk}/form/"))
    page.get_by_label("Page").select_option("/ac-repair-phoenix")
    page.get_by_role("button", name="Show").click()
    assert "ac-repair-phoenix" in page.get_by_label("HTML to copy").input_value()
    check_page(page, "site-key-form")


def test_the_script_may_be_loaded_from_anywhere(client: Any, live_server: Any) -> None:
    answer = client.get("/static/embed.js")
    assert answer.status_code == 200 and "javascript" in answer["Content-Type"]
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Cross-Origin-Resource-Policy" not in answer.headers
