"""Demo switch: on against the simulator with a label, off again, and refused elsewhere."""

import io
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from pagetojob.demo import simulator_label
from pagetojob.gates.models import Flag
from pagetojob.gates.registry import Environment
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.accounts import SIMULATOR_TENANT, own_account
from pagetojob.servicetitan.simulator.seed import BUSINESS_UNIT, CAMPAIGN, JOB_TYPE, PROVIDER
from pagetojob.servicetitan.vault.models import Connection, ConnectionState, Secret
from pagetojob.titanmap.models import TaxonomyItem
from syncqueue.leads.models import Lead
from syncqueue.models import State
from syncqueue.services.gated_items import recheck_gates_now, release_opened
from tests.support.cast import SignIn
from tests.support.desk import booking_request, work_booking_request
from tests.support.gates import wish
from tests.support.standin import StandInProcess

pytestmark = pytest.mark.django_db(transaction=True)
LABEL = "this is not ServiceTitan"


@pytest.fixture
def debug(settings: Any) -> None:
    settings.DEBUG = True


def switch(to: str, *arguments: str) -> str:
    out = StringIO()
    call_command("demo_api", to, *arguments, stdout=out)
    return out.getvalue()


def wanted(tenant: Tenant) -> list[str]:
    with scope.tenant(tenant.pk):
        rows = Flag.objects.filter(tenant=tenant, wanted=True, slug__startswith="api-")
        return sorted(rows.values_list("slug", flat=True))


def ids(tenant: Tenant) -> dict[str, int]:
    with scope.tenant(tenant.pk):
        rows = TaxonomyItem.objects.filter(external_id__isnull=False).values_list("name", "external_id")
        return {name: pk for name, pk in rows if pk is not None}


def live() -> list[Connection]:
    with scope.worker():
        return list(Connection.objects.exclude(state=ConnectionState.DISCONNECTED))


def test_on_hands_over_what_waited_and_off_makes_it_wait_again(
    debug: None, tenant: Tenant, captured: Lead, standin: StandInProcess
) -> None:
    assert work_booking_request().cause == "gate-shut"
    assert "a simulator, not ServiceTitan" in switch("on")
    assert ids(tenant) == {
        "AC Repair": JOB_TYPE,
        "Maintenance Tune-Up": JOB_TYPE + 1,
        "Residential HVAC": BUSINESS_UNIT,
        "Summer AC Demand": CAMPAIGN,
        "PageToJob appointment request": PROVIDER,
    }
    assert release_opened() == 1
    item = work_booking_request()
    assert (item.state, item.sent_to) == (State.DELIVERED, "stand-in")
    [stored] = standin.book(int(SIMULATOR_TENANT))["bookings"]
    assert stored["externalId"] == captured.reference

    assert "receipt" in switch("off")
    assert (wanted(tenant), ids(tenant), live()) == ([], {}, [])
    with scope.worker():
        assert not Secret.objects.exclude(sealed=None).exists()


def test_retrying_items_are_blocked_when_the_demo_is_turned_off(
    debug: None, tenant: Tenant, captured: Lead, standin: StandInProcess
) -> None:
    switch("on")
    standin.plan(tenant=SIMULATOR_TENANT, coming=["rate-limit"])
    assert work_booking_request().state == State.RETRYING
    switch("off")
    recheck_gates_now(tenant_id=tenant.pk)
    item = work_booking_request()
    assert (item.state, item.cause) == (State.BLOCKED, "gate-shut")
    assert standin.book(int(SIMULATOR_TENANT))["bookings"] == []


def test_asked_twice_it_changes_nothing(debug: None, tenant: Tenant, standin: StandInProcess) -> None:
    switch("on")
    [row] = live()
    standin.control("POST", "reset")  # its tokens are gone, as after a restart
    assert "Connection reused, 0 map ids" in switch("on")
    assert [connection.pk for connection in live()] == [row.pk]
    switch("off")
    assert "There was no connection; 0 ids" in switch("off")


def test_a_paused_connection_goes_on_and_another_account_takes_its_place(
    debug: None, tenant: Tenant, owner: User, standin: StandInProcess
) -> None:
    from pagetojob.servicetitan.vault.services import connections

    switch("on")
    [row] = live()
    connections.pause(connection=row, actor=owner, reason="Lunch.")
    switch("on")
    assert [connection.state for connection in live()] == [ConnectionState.ACTIVE]
    switch("on", "--account", "42")
    [other] = live()
    assert (other.servicetitan_tenant, other.pk == row.pk) == ("42", False)


def test_an_account_of_a_simulator_comes_by_standard_input_or_the_environment(
    debug: None, tenant: Tenant, standin: StandInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {kind: value.reveal() for kind, value in own_account("43").secrets.items()}
    given = {kind.value.replace(" ", "_"): value for kind, value in secrets.items()}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(given)))
    assert "account 43" in switch("on", "--stdin", "--account", "43")
    for kind, value in secrets.items():
        monkeypatch.setenv(f"DEMO_API_{kind.value.replace(' ', '_').upper()}", value)
    monkeypatch.setenv("DEMO_API_TENANT", "43")
    assert "Connection reused" in switch("on")
    monkeypatch.setenv("DEMO_API_CLIENT_SECRET", "")
    with pytest.raises(CommandError, match="Missing: client_secret"):
        switch("on")


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        ({"outage": True}, "nothing was turned on"),
        ({"revoked": True}, "client ID and secret were rejected"),
        ({"missing_scopes": ["tn.crm.bookingprovidertags:r"]}, "nothing was turned on"),
    ],
)
def test_where_it_is_not_let_in_nothing_is_open(
    debug: None, tenant: Tenant, standin: StandInProcess, plan: dict[str, Any], sentence: str
) -> None:
    standin.plan(tenant=SIMULATOR_TENANT, **plan)
    with pytest.raises(CommandError, match=sentence):
        switch("on")
    assert (wanted(tenant), ids(tenant), simulator_label.open_places()) == ([], {}, {})
    standin.plan(tenant=SIMULATOR_TENANT)
    switch("on")
    assert simulator_label.open_places() == {tenant.slug: Environment.SIMULATOR}


def test_it_is_refused_everywhere_else(
    tenant: Tenant, other_tenant: Tenant, standin: StandInProcess, settings: Any
) -> None:
    with pytest.raises(CommandError, match="production settings"):
        switch("on")
    settings.DEBUG = True
    for to in ("on", "off"):
        with pytest.raises(CommandError, match="not marked as a demo"):
            switch(to, "--tenant", other_tenant.slug)
    settings.SERVICETITAN_STANDIN_API_URL = ""
    with pytest.raises(CommandError, match=r"No simulator\."):
        switch("on")
    settings.SERVICETITAN_STANDIN_API_URL = standin.url
    wish(tenant, "api-booking-sync", killed=True)
    with pytest.raises(CommandError, match="An operator lead must lift"):
        switch("on")
    assert (wanted(tenant), live()) == ([], [])


@pytest.mark.usefixtures("debug", "standin", "captured")
def test_every_screen_shows_the_simulator_label(
    tenant: Tenant, owner: User, operator: User, signed_in: SignIn, client: Client
) -> None:
    desk, portal, item = signed_in(operator), signed_in(owner), booking_request()
    screens = [
        (client, f"/sites/{tenant.slug}/ac-repair-phoenix"),
        (client, f"/sites/{tenant.slug}/request-appointment"),
        (desk, "/ops/"),
        (desk, f"/ops/items/{item.public_id}"),
        (desk, "/ops/connections/"),
        (desk, "/ops/gates/"),
        (portal, "/portal/"),
    ]

    def labelled() -> list[bool]:
        pages = [who.get(path, follow=True) for who, path in screens]
        assert [page.status_code for page in pages] == [200] * len(screens)
        return [LABEL in page.text for page in pages]

    assert not any(labelled())
    switch("on")
    assert all(labelled()), labelled()
    assert LABEL not in client.get("/servicetitan-ready-websites/api-readiness").text
    switch("off")
    assert not any(labelled())
