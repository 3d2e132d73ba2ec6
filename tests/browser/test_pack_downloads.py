"""The page that stands in for a file that is not made yet, seen in a real browser."""

import pytest

from tests.support.browser import Visit, overflows, save_screenshot, violations

PACKET = "/servicetitan-ready-websites/packet.pdf"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("pack")]


def test_a_packet_that_is_being_made_is_a_page_for_everybody(visit: Visit) -> None:
    page = visit(PACKET)
    assert page.get_by_role("heading", level=1).inner_text() == "The PDF packet of version 2 is being made"
    assert violations(page) == []
    save_screenshot(page, "packet-not-made")


def test_it_fits_on_a_small_phone(visit: Visit) -> None:
    assert not overflows(visit(PACKET, width=320))
