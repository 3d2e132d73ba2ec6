"""The stand-in's own page, looked at and used."""

import pytest
from playwright.sync_api import Browser

from tests.support.browser import WIDTHS_AND_THEMES, check_page
from tests.support.standin import TENANT, StandInProcess


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_the_page_of_the_stand_in(browser: Browser, standin: StandInProcess, theme: str, width: int) -> None:
    rows = [
        {"id": number, "externalId": f"st-ready:{number:016x}", "status": "New", "bookingProviderId": 5001}
        for number in (1, 2, 3)
    ]
    rows.append(rows[0] | {"id": 4})
    standin.control("POST", f"rows/{TENANT}", {"table": "crm/bookings", "rows": rows})
    standin.plan(rates={"drop-after": 0.1}, stale_seconds=60.0)
    complaints: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if theme == "dark" else "light"
    )
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(standin.url)
    check_page(page, "standin")
    page.get_by_label("Errors").select_option("outage")
    page.get_by_role("button", name="Apply").click()
    page.get_by_text("outage: yes").wait_for()
    assert page.get_by_text("Simulator: not ServiceTitan").first.is_visible()
    context.close()
    assert complaints == []
