"""The pages of connections in a real browser: looks, a disconnect in two steps, and what axe says."""

import pytest
from playwright.sync_api import expect

from pagetojob.gates.registry import Environment
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault.models import Connection, Lost
from pagetojob.servicetitan.vault.services import Use, connections, decrypt
from tests.support.vault import PLANTED, authorized, secret_of

from .test_gates import LOOKS, Visit, look, signed_in_as

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/ops/connections/desert-peak/"


@pytest.fixture
def lived(tenant: Tenant, owner: User, connected: Connection) -> Connection:
    """An active connection that was used, beside one in production that waits."""
    decrypt(secret_of(connected), purpose=Use.TOKEN_REQUEST, by="gateway")
    row, _ = connections.begin(tenant=tenant, environment=Environment.PRODUCTION, actor=owner, reason="They asked.")
    connections.ask_approval(connection=row, actor=owner, reason="Sent to their admin.")
    return connected


@LOOKS
def test_the_operators_pages(lived: Connection, visit: Visit, looks: str, width: int) -> None:
    page = signed_in_as("lead@pagetojob.example", visit, "/ops/connections/", theme=looks, width=width)
    look(page, f"connections-list-{width}-{looks}")
    page.get_by_role("link", name="Desert Peak Heating & Air").first.click()
    look(page, f"connections-tenant-{width}-{looks}")
    page.goto(f"{page.url}{lived.public_id}/keep")
    look(page, f"connections-keep-{width}-{looks}")
    page.goto(page.url.replace("keep", "disconnect"))
    page.get_by_role("button", name="Disconnect permanently").click()
    look(page, f"connections-disconnect-{width}-{looks}")


@LOOKS
def test_the_owner_ends_it_in_the_portal(lived: Connection, visit: Visit, looks: str, width: int) -> None:
    page = signed_in_as("owner@desert-peak.example", visit, "/portal/connection/", theme=looks, width=width)
    look(page, f"portal-connection-{width}-{looks}")
    assert PLANTED not in page.content()
    page.get_by_role("link", name="Disconnect").last.click()
    look(page, f"portal-disconnect-{width}-{looks}")
    page.get_by_label("Name of the business").fill("Desert Peak Heating & Air")
    page.get_by_label("Reason").fill("We change to another agency.")
    page.get_by_role("button", name="Disconnect permanently").click()
    expect(page.get_by_role("status")).to_contain_text("this is your receipt")
    look(page, f"portal-receipt-{width}-{looks}")


def test_a_move_with_its_form_on_a_telephone(tenant: Tenant, owner: User, visit: Visit) -> None:
    row = authorized(tenant, owner, Environment.PRODUCTION)
    connections.note_refusal(connection=row, what=Lost.INVALID_CLIENT, by="gateway")
    page = signed_in_as("operator@pagetojob.example", visit, PAGE, width=375)
    look(page, "connections-lost-375")
    page.get_by_role("link", name="Record the authorization").click()
    look(page, "connections-authorize-375")
