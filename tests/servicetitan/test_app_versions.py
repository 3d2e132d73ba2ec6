"""A change of scopes makes a version of the app; a connection has the scopes of the version that its admin accepted."""

import re

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from pagetojob.gates.registry import FLAGS, Environment
from pagetojob.gates.scopes import SCOPES
from pagetojob.gates.services import Decision
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.two_people import LOST
from pagetojob.servicetitan.vault.connection_use import decide_with_connection
from pagetojob.servicetitan.vault.models import Acceptance, AppVersion, Connection
from pagetojob.servicetitan.vault.services import app_versions, connections, disconnect
from pagetojob.servicetitan.vault.services.app_versions import VersionRefused
from tests.support.cast import SignIn
from tests.support.factories import make_user
from tests.support.gates import wish
from tests.support.vault import authorized

FLAG, LISTS = "api-booking-sync", "api-taxonomy-import"
BOOKINGS = sorted(FLAGS[FLAG].least_scopes)
BOTH = sorted({*BOOKINGS, *FLAGS[LISTS].least_scopes})
PAGE = "/ops/app-versions/"
OWN = "You proposed this version. Another operator lead must publish it."
WHY = {"evidence": "Ticket 7", "reason": "The features need them."}


def propose(actor: User, scopes: list[str]) -> AppVersion:
    with scope.operator(actor, reason="test"):
        return app_versions.propose(scopes=scopes, actor=actor, **WHY)


def publish(actor: User, version: AppVersion) -> int:
    with scope.operator(actor, reason="test"):
        return app_versions.publish(version=version, actor=actor, **WHY)


def waiting(tenant: Tenant, version: AppVersion) -> Acceptance:
    with scope.tenant(tenant.pk):
        return Acceptance.objects.select_related("version").get(tenant=tenant, version=version)


def decided(tenant: Tenant, flag: str) -> Decision:
    with scope.worker():
        return decide_with_connection(flag, tenant, Environment.SIMULATOR)


def scopes_of(row: Connection) -> list[str]:
    with scope.tenant(row.tenant_id):
        return Connection.objects.get(pk=row.pk).scopes


def test_new_scopes_work_only_once_the_admin_accepted_their_version(
    tenant: Tenant, operator: User, lead_operator: User, connected: Connection
) -> None:
    wish(tenant, FLAG, LISTS)
    assert decided(tenant, FLAG).open and not decided(tenant, LISTS).open
    version = propose(operator, BOTH)
    assert publish(lead_operator, version) == 1
    before = decided(tenant, LISTS)
    assert [missing.what for missing in before.missing] == ["connection scopes"]
    assert before.scopes.isdisjoint(FLAGS[LISTS].least_scopes), "neither does a call"
    app_versions.accept(acceptance=waiting(tenant, version), actor=operator, **WHY)
    after = decided(tenant, LISTS)
    assert after.open and after.epoch > before.epoch, "decisions made before do not last"
    assert after.scopes == FLAGS[LISTS].scopes & set(BOTH)
    assert scopes_of(connected) == BOTH
    with scope.tenant(tenant.pk):
        assert AuditEntry.objects.filter(action="app_versions.accept", tenant=tenant).count() == 1


def test_a_smaller_version_takes_scopes_away(
    tenant: Tenant, operator: User, lead_operator: User, connected: Connection
) -> None:
    wish(tenant, FLAG)
    version = propose(operator, ["tn.crm.bookings:r"])
    publish(lead_operator, version)
    assert decided(tenant, FLAG).open
    app_versions.accept(acceptance=waiting(tenant, version), actor=operator, **WHY)
    assert not decided(tenant, FLAG).open


def test_who_may_do_what(viewer: User, operator: User, lead_operator: User) -> None:
    with scope.operator(viewer, reason="test"), pytest.raises(VersionRefused, match="role"):
        app_versions.propose(scopes=BOOKINGS, actor=viewer, **WHY)
    version = propose(operator, BOOKINGS)
    with pytest.raises(VersionRefused, match="role"):
        publish(operator, version)
    publish(lead_operator, version)


def test_a_second_person_publishes_a_version(operator: User, lead_operator: User, signed_in: SignIn) -> None:
    second_lead = make_user(ops_role="lead")
    own, lost = propose(lead_operator, BOTH), propose(operator, BOTH)
    User.objects.filter(pk=operator.pk).update(ops_role="viewer")
    client = signed_in(lead_operator)
    page = client.get(PAGE).text
    assert OWN in page and LOST in page and "/publish" not in page
    for version, why in ((own, OWN), (lost, LOST)):
        with pytest.raises(VersionRefused, match=re.escape(why)):
            publish(lead_operator, version)
        shown = client.get(f"{PAGE}{version.number}/publish").text
        assert why in shown and '<button class="button">Publish' not in shown
        assert client.post(f"{PAGE}{version.number}/publish", WHY).status_code == 422
    with scope.operator(lead_operator, reason="test"):
        values = {"published_at": Now(), "published_by": lead_operator, "published_evidence": "Ticket 7"}
        with pytest.raises(IntegrityError, match="appversion_two_people"), transaction.atomic():
            AppVersion.objects.filter(pk=own.pk).update(**values)
        proposed = {"number": 9, "scopes": BOTH, "proposed_by": lead_operator, "proposed_evidence": "Ticket 7"}
        with pytest.raises(IntegrityError, match="appversion_proposed_first"), transaction.atomic():
            AppVersion.objects.create(**proposed, **values)
    assert f'href="{PAGE}{own.number}/publish"' in signed_in(second_lead).get(PAGE).text
    publish(second_lead, own)


def test_versions_go_forward_only(tenant: Tenant, operator: User, lead_operator: User, connected: Connection) -> None:
    with pytest.raises(VersionRefused, match="that a feature needs"):
        propose(operator, ["tn.acc.journals:r"])
    first, second, third = (propose(operator, BOTH) for _ in range(3))
    assert [first.number, second.number, third.number] == [1, 2, 3]
    publish(lead_operator, second)
    for version in (first, second):
        with pytest.raises(VersionRefused, match="already published"):
            publish(lead_operator, version)
    publish(lead_operator, third)
    app_versions.accept(acceptance=waiting(tenant, third), actor=operator, **WHY)
    for version in (second, third):
        with pytest.raises(VersionRefused, match="newer"):
            app_versions.accept(acceptance=waiting(tenant, version), actor=operator, **WHY)


def test_an_ended_connection_accepts_nothing(
    tenant: Tenant, owner: User, operator: User, lead_operator: User, connected: Connection
) -> None:
    version = propose(operator, BOTH)
    publish(lead_operator, version)
    disconnect(connection=connected, actor=owner, reason="Over.")
    with pytest.raises(VersionRefused, match="disconnected"):
        app_versions.accept(acceptance=waiting(tenant, version), actor=operator, **WHY)


def test_an_authorization_names_no_scope_outside_the_published_version(
    tenant: Tenant, owner: User, operator: User, lead_operator: User
) -> None:
    publish(lead_operator, propose(operator, ["tn.crm.bookings:r"]))
    with pytest.raises(connections.BadDetails, match=r"does not ask for tn\.crm\.bookingprovidertags:r"):
        authorized(tenant, owner)
    newer = propose(operator, BOTH)
    publish(lead_operator, newer)
    row, _ = connections.begin(tenant=tenant, environment=Environment.SIMULATOR, actor=owner, reason="x")
    row = connections.authorize(
        connection=row, servicetitan_tenant="1", scopes=BOOKINGS, modules=(), actor=owner, reason="An older version."
    )
    assert waiting(tenant, newer).state == "waiting"
    app_versions.accept(acceptance=waiting(tenant, newer), actor=operator, **WHY)
    assert scopes_of(row) == BOTH


def test_the_database_keeps_what_was_decided(
    tenant: Tenant, operator: User, lead_operator: User, connected: Connection
) -> None:
    version = propose(operator, BOTH)
    publish(lead_operator, version)
    with scope.operator(lead_operator, reason="test"):
        with pytest.raises(IntegrityError, match="decided once"), transaction.atomic():
            AppVersion.objects.filter(pk=version.pk).update(published_evidence="Other.")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            AppVersion.objects.filter(pk=version.pk).update(scopes=BOOKINGS)
    acceptance = waiting(tenant, version)
    app_versions.accept(acceptance=acceptance, actor=operator, **WHY)
    with scope.tenant(tenant.pk), pytest.raises(IntegrityError, match="decided once"), transaction.atomic():
        Acceptance.objects.filter(pk=acceptance.pk).update(accepted_at=None, recorded_by=None, evidence="")


def test_a_tenant_reads_its_own_acceptances_only(
    tenant: Tenant, other_tenant: Tenant, operator: User, lead_operator: User, connected: Connection
) -> None:
    publish(lead_operator, propose(operator, BOTH))
    with scope.tenant(other_tenant.pk):
        assert not Acceptance.objects.exists()
    with scope.tenant(tenant.pk):
        assert Acceptance.objects.count() == 1


def test_the_pages_lead_from_a_proposal_to_the_acceptance(
    viewer: User, operator: User, lead_operator: User, connected: Connection, signed_in: SignIn
) -> None:
    acting, leading, reading = signed_in(operator), signed_in(lead_operator), signed_in(viewer)
    assert "There are no versions yet." in reading.get(PAGE).text
    assert acting.post(f"{PAGE}propose", {"scopes": BOTH, "evidence": "Ticket 7"}).status_code == 422, "no reason"
    assert acting.post(f"{PAGE}propose", {"scopes": BOTH, **WHY}, follow=True).status_code == 200
    page = acting.get(PAGE).text
    assert "proposed" in page and "Ticket 7" in page and f'href="{PAGE}1/publish"' not in page
    assert acting.get(f"{PAGE}1/publish").status_code == 404
    assert f'href="{PAGE}1/publish"' in leading.get(PAGE).text
    assert "Connections waiting for an admin: 1." in leading.post(f"{PAGE}1/publish", WHY, follow=True).text
    assert leading.post(f"{PAGE}1/publish", WHY).status_code == 422, "it is published"
    acceptance = f"{PAGE}acceptances/{waiting(connected.tenant, AppVersion.objects.get()).public_id}"
    assert acceptance in acting.get(PAGE).text and acceptance not in reading.get(PAGE).text
    assert "accepted version 1" in acting.get(acceptance).text
    assert acting.post(acceptance, WHY, follow=True).status_code == 200
    assert "accepted" in reading.get(PAGE).text and scopes_of(connected) == BOTH
    assert acting.post(acceptance, WHY).status_code == 422
    assert all(scope in reading.get(PAGE).text for scope in SCOPES)


def test_the_list_costs_the_same_however_many_there_are(
    tenant: Tenant, operator: User, lead_operator: User, connected: Connection, signed_in: SignIn
) -> None:
    client = signed_in(operator)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        return len(queries)

    publish(lead_operator, propose(operator, BOTH))
    first = cost()
    for _ in range(3):
        publish(lead_operator, propose(operator, BOTH))
    assert cost() == first
