"""Disconnection pages: two steps, a receipt with its PDF, and features that continue without a connection."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import decide
from pagetojob.gates.watch import Watch
from pagetojob.platform.files.models import File, Purpose
from pagetojob.platform.files.services import content_of
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.mirror.models import RemoteRow
from pagetojob.servicetitan.vault.models import Connection, ConnectionState, FollowUp, Receipt, Step
from pagetojob.servicetitan.vault.services import disconnect
from pagetojob.titanmap.selectors import binding_for_page
from pagetojob.transparency import services as transparency
from pagetojob.transparency import verify
from pagetojob.transparency.bundles import make_bundle
from pagetojob.transparency.signing import new_signer
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, State, SyncItem
from tests.support.cast import SignIn
from tests.support.gates import wish
from tests.support.runs import work_runs
from tests.support.vault import PLANTED, authorized, secret_of
from tests.support.visitor import send

SIGNER = new_signer("log.example", verify.LOG)
NAME = "Desert Peak Heating & Air"
TYPED = {"name": NAME, "reason": "We change to another agency."}
PORTAL = "/portal/connection/"


def of_portal(row: Connection) -> str:
    return f"{PORTAL}{row.public_id}/disconnect"


def receipt_of(tenant: Tenant) -> Receipt:
    with scope.tenant(tenant.pk):
        return Receipt.objects.get(tenant=tenant)


def state_of(row: Connection) -> str:
    with scope.tenant(row.tenant_id):
        return Connection.objects.get(pk=row.pk).state


def test_the_owner_sees_stored_secrets_and_disconnects_in_two_steps(
    tenant: Tenant, owner: User, connected: Connection, signed_in: SignIn
) -> None:
    client = signed_in(owner)
    page = client.get(PORTAL).text
    secret = secret_of(connected)
    for text in (
        secret.fingerprint,
        "Uses of secrets",
        "Your next step",
        of_portal(connected),
        "Scheduling Pro",
    ):
        assert text in page
    assert PLANTED not in page
    second = client.get(of_portal(connected)).text
    assert ">Stops<" in second and ">Continues<" in second
    assert "leads to the PageToJob simulator, not to ServiceTitan" in page and "from the simulator</h1>" in second
    for wrong in ({"name": "Another name"}, {"reason": ""}):
        assert client.post(of_portal(connected), TYPED | wrong).status_code == 422
        assert state_of(connected) == ConnectionState.ACTIVE
    answer = client.post(of_portal(connected), TYPED | {"name": "  desert peak heating &  AIR "})
    receipt = receipt_of(tenant)
    assert answer["Location"] == f"{PORTAL}receipts/{receipt.public_id}"
    page = client.get(answer["Location"]).text
    for text in (
        secret.fingerprint,
        "We change to another agency.",
        "Backups that may still contain",
        "0 of 5 done",
        owner.name,
    ):
        assert text in page
    assert "ServiceTitan never granted access" in page and "Ask your ServiceTitan admin" not in page
    assert client.get(of_portal(connected))["Location"] == PORTAL, "a second press finds it over"


def test_a_reviewer_sees_it_and_cannot_end_it(
    tenant: Tenant, reviewer: User, connected: Connection, signed_in: SignIn
) -> None:
    client = signed_in(reviewer)
    page = client.get(PORTAL).text
    assert secret_of(connected).fingerprint in page and of_portal(connected) not in page
    assert client.get(of_portal(connected)).status_code == 404
    assert client.post(of_portal(connected), TYPED).status_code == 404
    assert state_of(connected) == ConnectionState.ACTIVE


def test_strangers_find_neither_the_connection_nor_the_receipt(
    tenant: Tenant, owner: User, stranger: User, connected: Connection, signed_in: SignIn
) -> None:
    client = signed_in(stranger)
    assert "There is no connection" in client.get(PORTAL).text
    assert client.post(of_portal(connected), TYPED).status_code == 404
    receipt = disconnect(connection=connected, actor=owner, reason="Over.")
    for part in ("", "/receipt.pdf", "/bundle.zip"):
        assert client.get(f"{PORTAL}receipts/{receipt.public_id}{part}").status_code == 404


@pytest.fixture
def signed_log(settings: Any) -> None:
    settings.LOG_SIGNING_KEYS = SIGNER.secret()


@pytest.mark.nightly
@pytest.mark.usefixtures("can_make_pdfs", "signed_log")
def test_the_receipt_pdf_is_stored_with_its_hash_and_remade_after_the_revocation(
    tenant: Tenant, operator: User, owner: User, signed_in: SignIn
) -> None:
    client = signed_in(operator)
    row = authorized(tenant, operator, Environment.PRODUCTION)
    path = f"/ops/connections/desert-peak/{row.public_id}/disconnect"
    place = client.post(path, TYPED)["Location"]
    assert client.get(f"{place}/receipt.pdf").status_code == client.get(f"{place}/bundle.zip").status_code == 404
    work_runs()
    page = client.get(place).text
    first = client.get(f"{place}/receipt.pdf").content
    assert first.startswith(b"%PDF-") and hashlib.sha256(first).hexdigest() in page
    assert "5 of 5 done" in page and "Cannot be done from here" in page
    assert client.get(f"{place}/receipt.pdf").content == first
    assert client.post(f"{place}/revocation", {"reason": ""}).status_code == 422
    assert client.post(f"{place}/revocation", {"reason": "Their admin showed it disabled."}).status_code == 302
    assert client.post(f"{place}/revocation", {"reason": "Again."}).status_code == 422
    assert f"Recorded by {operator.name}" in client.get(place).text
    work_runs()
    renewed = client.get(f"{place}/receipt.pdf").content
    assert renewed != first and hashlib.sha256(renewed).hexdigest() in client.get(place).text
    owners = signed_in(owner)
    theirs = f"{PORTAL}receipts/{place.rpartition('/')[2]}"
    assert owners.get(f"{theirs}/receipt.pdf").content == renewed
    assert operator.name not in owners.get(theirs).text and "Recorded by PageToJob" in owners.get(theirs).text
    assert f"{theirs}/bundle.zip" in owners.get(theirs).text
    transparency.sequence()
    for reader, address in ((client, place), (owners, theirs)):
        bundle = reader.get(f"{address}/bundle.zip").content
        assert renewed in bundle
        result = verify.verify(bundle, verify.Trust([SIGNER.key]), name=f"receipt-{place[-36:]}-with-proof.zip")
        assert result["valid"] and {"check": "content", "result": f"receipt-{place[-36:]}"} in result["checks"]
    with scope.tenant(tenant.pk):
        assert File.objects.filter(purpose=Purpose.PACKET).count() == 2, "the older one stays on file"


@pytest.mark.usefixtures("signed_log", "no_pango")
def test_the_log_states_which_receipt_a_file_belongs_to(tenant: Tenant, owner: User, connected: Connection) -> None:
    with scope.tenant(tenant.pk):
        RemoteRow.objects.create(tenant=tenant, connection=connected, resource="job types", remote_id=42)
    receipt = disconnect(connection=connected, actor=owner, reason="Over.")
    work_runs()
    transparency.sequence()
    with scope.tenant(tenant.pk):
        file = FollowUp.objects.select_related("file").get(receipt=receipt, step=Step.LIST_READ).file
        assert file is not None and file.name == f"ids-read-{receipt.public_id}.csv"
        files = {file.name: content_of(file)}
    answer = verify.verify(make_bundle(files), verify.Trust([SIGNER.key]))
    assert answer["valid"] and {"check": "content", "result": f"receipt-{receipt.public_id}"} in answer["checks"]
    renamed = {file.name.replace(str(receipt.public_id), str(uuid4())): files[file.name]}
    assert "has a wrong name" in verify.verify(make_bundle(renamed), verify.Trust([SIGNER.key]))["reason"]


def test_where_no_pdf_can_be_made_the_page_is_what_there_is_and_the_package_is_named(
    tenant: Tenant, owner: User, connected: Connection, signed_in: SignIn, no_pango: None
) -> None:
    receipt = disconnect(connection=connected, actor=owner, reason="Over.")
    work_runs()
    page = signed_in(owner).get(f"{PORTAL}receipts/{receipt.public_id}").text
    assert "libpango-1.0-0" in page and "You can print this page instead." in page and "receipt.pdf" not in page
    with scope.tenant(tenant.pk):
        assert all(step.done_at for step in FollowUp.objects.all())


def test_afterwards_the_form_the_notice_the_map_and_the_drift_monitor_go_on(
    tenant: Tenant, owner: User, connected: Connection, work_off: Callable[[], int], tmp_path: Path
) -> None:
    disconnect(connection=connected, actor=owner, reason="Over.")
    work_runs()
    work_off()
    before = len(list((tmp_path / "mail").glob("*.eml")))
    client = Client()
    path = f"/sites/{tenant.slug}/request-appointment"
    assert client.get(f"{path}?page=/ac-repair-phoenix").status_code == 200
    answer = send(client, urgency="soon")
    assert answer.status_code == 302, answer.text
    work_off()
    with scope.worker():
        lead = Lead.objects.latest("pk")
        notice = SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION)
        booking = SyncItem.objects.get(lead=lead, kind=Kind.BOOKING_REQUEST)
    assert (notice.state, booking.state) == (State.DELIVERED, State.BLOCKED)
    assert len(list((tmp_path / "mail").glob("*.eml"))) > before
    with scope.tenant(tenant.pk):
        assert binding_for_page(tenant, "/ac-repair-phoenix") is not None
        assert decide("drift-monitor", tenant, Environment.PRODUCTION).open
        assert decide("manual-titan-map", tenant, Environment.PRODUCTION).open


def test_a_worker_in_the_middle_of_a_batch_sends_nothing_more(
    tenant: Tenant, owner: User, connected: Connection
) -> None:
    wish(tenant, "api-booking-sync")
    with scope.tenant(tenant.pk):
        decision = decide("api-booking-sync", tenant, Environment.SIMULATOR)
    assert decision.open
    clock, sent = [0.0], []
    watch = Watch(clock=lambda: clock[0])
    for number in range(5):
        with scope.worker():
            if not watch.still_open(decision, timezone.now()):
                break
        sent.append(number)
        clock[0] += 2
        if number == 1:
            disconnect(connection=connected, actor=owner, reason="Over.")
    assert sent == [0, 1]
