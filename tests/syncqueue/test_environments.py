"""A tenant's bookings go to the one environment of its connection, and to integration only with its evidence."""

from typing import Any

import pytest
from django.test import Client

from pagetojob.gates.models import Evidence
from pagetojob.gates.registry import Access, Environment, Gate
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault.models import Connection
from pagetojob.servicetitan.vault.services import connections, disconnect
from pagetojob.titanmap.models import TaxonomyItem
from syncqueue.booking_decisions import decision_for
from syncqueue.leads.models import Lead
from syncqueue.models import State
from syncqueue.selectors import effect_of
from syncqueue.services.gated_items import release_opened
from tests.support.desk import booking_request, work_booking_request
from tests.support.gates import prove, prove_all, wish
from tests.support.handed import FLAG, IDS, book, connect
from tests.support.standin import StandInProcess

pytestmark = pytest.mark.django_db(transaction=True)
ACCESS = (Access.DEVELOPER, Gate.SECURE_STORAGE)


@pytest.fixture
def integration(tenant: Tenant, captured: Lead, standin: StandInProcess, settings: Any) -> StandInProcess:
    """A server at the overridden address of the integration environment, no simulator, and a complete map."""
    settings.SERVICETITAN_INTEGRATION_AUTH_URL = settings.SERVICETITAN_INTEGRATION_API_URL = standin.url
    settings.SERVICETITAN_STANDIN_AUTH_URL = settings.SERVICETITAN_STANDIN_API_URL = ""
    with scope.tenant(tenant.pk):
        for family, external_id in IDS.items():
            TaxonomyItem.objects.filter(tenant=tenant, family=family).update(external_id=external_id)
    wish(tenant, FLAG)
    return standin


@pytest.fixture
def opened(integration: StandInProcess, tenant: Tenant, owner: User) -> StandInProcess:
    for requirement in ACCESS:
        prove(requirement)
    connect(tenant, owner, Environment.INTEGRATION)
    return integration


def goes_to(tenant: Tenant) -> tuple[Environment, bool]:
    tenant.refresh_from_db()
    with scope.worker():
        decision = decision_for(tenant)
    return decision.environment, decision.open


def test_an_open_integration_decision_sends_there(opened: StandInProcess, captured: Lead) -> None:
    with scope.worker():
        effect = effect_of(booking_request())
    assert effect and "integration environment" in effect.steps[0]
    item = work_booking_request()
    assert (item.state, item.sent_to) == (State.DELIVERED, "integration")
    assert book(opened) == {captured.reference: [int(item.external_id)]}


def test_an_item_waits_until_the_connection_is_there(integration: StandInProcess, tenant: Tenant, owner: User) -> None:
    assert work_booking_request().state == State.BLOCKED
    for requirement in ACCESS:
        prove(requirement)
    assert release_opened() == 0
    connect(tenant, owner, Environment.INTEGRATION)
    assert release_opened() == 1
    assert work_booking_request().state == State.DELIVERED


@pytest.mark.parametrize("revoked", ACCESS)
def test_without_its_evidence_nothing_is_sent(opened: StandInProcess, tenant: Tenant, revoked: Gate | Access) -> None:
    Evidence.objects.filter(subject=revoked.value).update(revoked_at="2026-11-01T00:00Z", revoked_reason="Over.")
    assert goes_to(tenant) == (Environment.INTEGRATION, False)
    item = work_booking_request()
    assert (item.state, item.sent_to, [reason["what"] for reason in item.missing]) == (
        State.BLOCKED,
        "",
        [revoked.value],
    )
    assert book(opened) == {}


def test_a_tenant_that_is_not_ours_never_uses_integration(opened: StandInProcess, tenant: Tenant) -> None:
    prove_all(tenant)
    Tenant.objects.filter(pk=tenant.pk).update(is_demo=False)
    assert goes_to(tenant) == (Environment.PRODUCTION, False)
    item = work_booking_request()
    assert (item.state, item.sent_to) == (State.BLOCKED, "")
    assert book(opened) == {}


def test_a_stopped_connection_never_diverts_bookings_to_another_environment(
    opened: StandInProcess, tenant: Tenant, owner: User, standin: StandInProcess, settings: Any
) -> None:
    settings.SERVICETITAN_STANDIN_AUTH_URL = settings.SERVICETITAN_STANDIN_API_URL = standin.url
    simulator = connect(tenant, owner)
    prove_all(tenant)
    production = connect(tenant, owner, Environment.PRODUCTION)
    assert goes_to(tenant) == (Environment.SIMULATOR, True)
    connections.pause(connection=simulator, actor=owner, reason="In doubt.")
    assert goes_to(tenant) == (Environment.SIMULATOR, False)
    assert work_booking_request().state == State.BLOCKED
    assert release_opened() == 0
    disconnect(connection=simulator, actor=owner, reason="Over.")
    assert goes_to(tenant) == (Environment.INTEGRATION, True)
    with scope.tenant(tenant.pk):
        row = Connection.objects.get(tenant=tenant, environment=Environment.INTEGRATION)
    disconnect(connection=row, actor=owner, reason="Over.")
    assert goes_to(tenant) == (Environment.PRODUCTION, True)
    assert release_opened() == 1
    item = work_booking_request()
    assert (item.state, item.sent_to, {reason["what"] for reason in item.missing}) == (State.BLOCKED, "", {"sender"})
    assert production.state == "active"
    assert book(standin) == {}


def test_every_screen_labels_the_environment(opened: StandInProcess, tenant: Tenant, client: Client) -> None:
    page = client.get(f"/sites/{tenant.slug}/request-appointment")
    assert "<strong>Integration environment:</strong>" in page.text
    assert "<strong>Simulator:</strong>" not in page.text
