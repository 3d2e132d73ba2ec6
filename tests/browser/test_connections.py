"""The pages of connections in a real browser: a disconnect in two steps."""

import pytest
from playwright.sync_api import expect

from pagetojob.gates.registry import Environment
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault.models import Connection, Lost
from pagetojob.servicetitan.vault.services import Use, connections, decrypt
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_expanded_page, visit_as
from tests.support.vault import PLANTED, authorized, secret_of

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/ops/connections/desert-peak/"


@pytest.fixture
def lived(tenant: Tenant, owner: User, connected: Connection) -> Connection:
    """An active connection that was used, beside one in production that waits."""
    decrypt(secret_of(connected), purpose=Use.TOKEN_REQUEST, by="gateway")
    row, _ = connections.begin(tenant=tenant, environment=Environment.PRODUCTION, actor=owner, reason="They asked.")
    connections.ask_approval(connection=row, actor=owner, reason="Sent to their admin.")
    return connected


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_the_operators_pages(lived: Connection, visit: Visit, theme: str, width: int) -> None:
    page = visit_as(visit, "lead@pagetojob.example", "/ops/connections/", theme=theme, width=width)
    check_expanded_page(page, "connections-list")
    page.get_by_role("link", name="Desert Peak Heating & Air").first.click()
    check_expanded_page(page, "connections-tenant")
    page.goto(f"{page.url}{lived.public_id}/keep")
    check_expanded_page(page, "connections-keep")
    page.goto(page.url.replace("keep", "disconnect"))
    page.get_by_role("button", name="Disconnect permanently").click()
    check_expanded_page(page, "connections-disconnect")


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_the_owner_ends_it_in_the_portal(lived: Connection, visit: Visit, theme: str, width: int) -> None:
    page = visit_as(visit, "owner@desert-peak.example", "/portal/connection/", theme=theme, width=width)
    check_expanded_page(page, "portal-connection")
    assert PLANTED not in page.content()
    page.get_by_role("link", name="Disconnect").last.click()
    check_expanded_page(page, "portal-disconnect")
    page.get_by_label("Name of the business").fill("Desert Peak Heating & Air")
    page.get_by_label("Reason").fill("We change to another agency.")
    page.get_by_role("button", name="Disconnect permanently").click()
    expect(page.get_by_role("status")).to_contain_text("this is your receipt")
    check_expanded_page(page, "portal-receipt")


def test_a_move_with_its_form_on_a_telephone(tenant: Tenant, owner: User, visit: Visit) -> None:
    row = authorized(tenant, owner, Environment.PRODUCTION)
    connections.note_refusal(connection=row, what=Lost.SCOPES, by="gateway")
    page = visit_as(visit, "operator@pagetojob.example", PAGE, width=375)
    check_expanded_page(page, "connections-lost")
    page.get_by_role("link", name="Record the authorization").click()
    check_expanded_page(page, "connections-authorize")
