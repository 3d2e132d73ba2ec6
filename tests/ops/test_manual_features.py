"""A manual feature checks its flag on each action: what each kill switch stops, and what it leaves alone."""

from collections.abc import Generator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from attribution.errors import PacketsOff
from attribution.models import PacketFile
from attribution.packets.sealing import ask_packet
from drift.errors import DriftRefused
from drift.models import Site, SiteReading
from drift.services import reading
from drift.services.page_uploads import take_page
from pagetojob.gates.models import Flag
from pagetojob.gates.services import why_off
from pagetojob.importer import selectors, uploads
from pagetojob.importer.models import UploadState
from pagetojob.onboarding.lifecycle import change_state
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import RunStopped, claim_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap import drafts
from pagetojob.titanmap.models import PageBinding, PageDraft
from pagetojob.titanmap.services import MapRefused, roll_back
from syncqueue.errors import QueueError
from tests.attribution.months import OCTOBER, october
from tests.attribution.statements import close_statement
from tests.support.cast import SignIn
from tests.support.drift import make_site, page, say_page, work_off
from tests.support.hostile import Hostile, hostile
from tests.support.runs import work_runs
from tests.support.uploads import JOB_TYPES_CSV, reload, stage_file, upload_file
from tests.syncqueue.bindings import capture_blocked, correct
from tests.titanmap.imports import upload_document

PAGE = "/sites/desert-peak/ac-repair-phoenix"


@pytest.fixture
def server(settings: Any) -> Generator[Hostile]:
    with hostile() as listening:
        settings.LISTED_ORIGINS = [f"http://127.0.0.1:{listening.port}"]
        yield listening


@pytest.fixture
def site(tenant: Tenant, server: Hostile) -> Site:
    return make_site(tenant, server)


def kill(tenant: Tenant, flag: str, *, killed: bool = True) -> None:
    with scope.tenant(tenant.pk):
        assert Flag.objects.filter(tenant=tenant, slug=flag).update(killed=killed) == 1


def start(site: Site, operator: User) -> Run:
    with scope.operator(operator, reason="test"):
        return reading.start_reading(site=site, actor=operator, reason="to see")[0]


# Drift monitor


def test_killed_it_reads_no_site_and_takes_no_page(site: Site, operator: User, signed_in: SignIn) -> None:
    kill(site.tenant, "drift-monitor")
    with pytest.raises(DriftRefused, match=r"Drift monitor.* is off for .* switched off by someone on call"):
        start(site, operator)
    with scope.operator(operator, reason="test"), pytest.raises(DriftRefused, match="is off"):
        take_page(site=site, page="/ac", body=page("AC Diagnostic: $99"), actor=operator, reason="a draft")
    answer = signed_in(operator).post(f"/ops/drift/sites/{site.tenant.slug}/read", {"read-reason": "to see"})
    assert answer.status_code == 422 and "switched off by someone on call" in answer.text
    with scope.worker():
        assert not Run.objects.exists() and not SiteReading.objects.exists()


def test_its_page_states_before_any_work_that_it_is_off(site: Site, operator: User, signed_in: SignIn) -> None:
    client, address = signed_in(operator), f"/ops/drift/sites/{site.tenant.slug}"
    assert f'action="{address}/read"' in client.get(address).text
    kill(site.tenant, "drift-monitor")
    text = client.get(address).text
    assert "switched off by someone on call" in text and "No page is read until then." in text
    assert f'action="{address}/' not in text and "Save settings" in text


def test_its_schedule_waits_while_it_is_killed_and_goes_on_afterwards(site: Site, operator: User) -> None:
    with scope.operator(operator, reason="test"):
        Site.objects.update(reads_itself=True, due_at=timezone.now())
    kill(site.tenant, "drift-monitor")
    assert reading.start_due() == 0
    kill(site.tenant, "drift-monitor", killed=False)
    assert reading.start_due() == 1


def test_its_schedule_ends_with_the_contract(site: Site, operator: User) -> None:
    with scope.operator(operator, reason="test"):
        Site.objects.update(reads_itself=True, due_at=timezone.now())
        change_state(tenant=site.tenant, to=Lifecycle.CLOSED, by=operator, reason="The contract has ended.")
    assert reading.start_due() == 0


def test_killed_while_a_site_is_read_the_next_page_is_not_asked_for(
    site: Site, server: Hostile, operator: User
) -> None:
    say_page(server, "/", page("Hello", "<a href='/a'>A</a>"))
    say_page(server, "/a", page("AC Diagnostic: $99"))
    run = start(site, operator)
    with scope.worker():
        claimed = claim_run()
    assert claimed is not None
    steps = reading.read_site(claimed)
    next(steps), next(steps)
    kill(site.tenant, "drift-monitor")
    with pytest.raises(RunStopped, match="pages read so far are stored; nothing was compared"):
        next(steps)
    assert not any(heard.startswith("GET /a ") for heard in server.heard)
    with scope.worker():
        reading_ = SiteReading.objects.get(run=run)
        assert reading_.pages.exclude(snapshot=None).count() == 1


def test_killed_after_the_last_page_nothing_is_compared(site: Site, server: Hostile, operator: User) -> None:
    say_page(server, "/", page("AC Diagnostic: $99"))
    start(site, operator)
    with scope.worker():
        claimed = claim_run()
    assert claimed is not None
    steps = reading.read_site(claimed)
    step = next(steps)
    while step.total is None or step.done < step.total:
        step = next(steps)
    kill(site.tenant, "drift-monitor")
    with pytest.raises(RunStopped, match="nothing was compared"):
        next(steps)


def test_killed_before_it_begins_a_reading_asks_the_site_nothing(site: Site, server: Hostile, operator: User) -> None:
    run = start(site, operator)
    kill(site.tenant, "drift-monitor")
    assert work_off(run).state == RunState.FAILED
    assert "is off" in run.error and server.heard == []


# The importer


@pytest.mark.parametrize("how", ["killed", "not asked for"])
def test_the_importer_takes_and_approves_nothing_while_it_is_off(tenant: Tenant, operator: User, how: str) -> None:
    waiting, mapped = upload_file(tenant, operator, JOB_TYPES_CSV), stage_file(tenant, operator, JOB_TYPES_CSV)
    with scope.tenant(tenant.pk):
        mapping = selectors.suggested(waiting).mapping
        Flag.objects.filter(slug="manual-taxonomy-import").update(
            **({"killed": True} if how == "killed" else {"wanted": False})
        )
        with pytest.raises(uploads.ImportRefused, match=r"Manual taxonomy import.* is off for Desert Peak"):
            uploads.confirm_mapping(upload=waiting, mapping=mapping, actor=operator)
        with pytest.raises(uploads.ImportRefused, match="is off"):
            uploads.approve(upload=mapped, actor=operator, reason="No.")
    with pytest.raises(uploads.ImportRefused, match="is off"):
        upload_file(tenant, operator, JOB_TYPES_CSV)
    with pytest.raises(uploads.ImportRefused, match="is off"):
        upload_document(tenant, operator, {"schema": "pagetojob.titan-map/1", "job_types": [{"name": "Duct Cleaning"}]})


def test_what_was_let_in_can_be_taken_back_while_it_is_off(tenant: Tenant, operator: User) -> None:
    upload = stage_file(tenant, operator, JOB_TYPES_CSV)
    with scope.tenant(tenant.pk):
        uploads.approve(upload=upload, actor=operator, reason="Agreed.")
    work_runs()
    kill(tenant, "manual-taxonomy-import")
    with scope.tenant(tenant.pk):
        uploads.undo(upload=reload(upload), actor=operator, reason="Wrong file.")
    work_runs()
    assert reload(upload).state == UploadState.UNDONE


# Page bindings and the map's words


def test_no_version_of_a_page_is_published_while_bindings_are_killed(tenant: Tenant, operator: User) -> None:
    [item] = capture_blocked(tenant)
    kill(tenant, "persisted-page-bindings")
    with scope.tenant(tenant.pk):
        before = PageBinding.objects.count()
        with pytest.raises(MapRefused, match=r"Stored page bindings.* Pages keep their current version"):
            roll_back(tenant=tenant, slug="home", to=1, based_on=2, actor=operator, reason="No.")
    with pytest.raises(QueueError, match="No new version of a binding is created"):
        correct(item, operator)
    with scope.tenant(tenant.pk):
        assert PageBinding.objects.count() == before


def test_the_pages_refuse_before_the_work_while_bindings_are_killed(
    tenant: Tenant, operator: User, signed_in: SignIn
) -> None:
    [item] = capture_blocked(tenant)
    with scope.tenant(tenant.pk):
        home = PageBinding.objects.get(slug="home")
        texts = {name: getattr(home, name) for name in PageDraft.CONTENT_FIELDS} | {"headline": "Home, but cooler"}
        draft = drafts.write_draft(
            tenant=tenant, slug="home", values=texts, actor=operator, reason="Summer.", based_on=home.version
        )
    client = signed_in(operator)
    correction = f"/ops/items/{item.public_id}/binding"
    assert 'value="preview"' in client.get(correction).text
    kill(tenant, "persisted-page-bindings")
    shown = client.get(correction).text
    assert "No new version of a binding is created" in shown and 'value="preview"' not in shown
    page = client.get(f"/ops/titan-map/{tenant.slug}/drafts/{draft.public_id}").text
    assert "cannot be sent for review or approved" in page and "Send for review" not in page
    with scope.tenant(tenant.pk), pytest.raises(MapRefused, match="Pages keep their current version"):
        drafts.send_for_review(draft=draft, actor=operator)


def test_no_draft_is_approved_while_bindings_are_killed(tenant: Tenant, operator: User, lead_operator: User) -> None:
    with scope.tenant(tenant.pk):
        home = PageBinding.objects.get(slug="home")
        texts = {name: getattr(home, name) for name in PageDraft.CONTENT_FIELDS} | {"headline": "Home, but cooler"}
        draft = drafts.write_draft(
            tenant=tenant, slug="home", values=texts, actor=operator, reason="Summer.", based_on=home.version
        )
        draft = drafts.send_for_review(draft=draft, actor=operator)
    kill(tenant, "persisted-page-bindings")
    with scope.tenant(tenant.pk), pytest.raises(MapRefused, match="Pages keep their current version"):
        drafts.approve_draft(draft=draft, actor=lead_operator, reason="Agreed.")


def test_the_maps_words_are_withdrawn_and_the_form_stays(client: Client, tenant: Tenant) -> None:
    before = client.get(PAGE).text
    assert "AC repair in Phoenix" in before and 'id="services"' in before
    kill(tenant, "manual-titan-map")
    text = client.get(PAGE).text
    assert f"<h1>{tenant.name.replace('&', '&amp;')}</h1>" in text and "AC repair in Phoenix" not in text
    assert 'id="services"' not in text and 'id="areas"' not in text
    assert "Send my request" in text


# Packets


def test_no_packet_is_asked_for_or_made_while_campaign_proof_is_killed(
    other_tenant: Tenant, lead_operator: User
) -> None:
    shop = october(other_tenant)
    close_statement(shop.tenant, lead_operator)
    asked: dict[str, Any] = {"tenant": shop.tenant, "campaign": "", "first": OCTOBER, "last": OCTOBER}
    ask_packet(**asked, actor=lead_operator, reason="Agreed.")
    kill(shop.tenant, "campaign-proof")
    run = work_runs()
    assert run is not None and run.state == RunState.FAILED and "Campaign proof" in run.error
    with pytest.raises(PacketsOff, match="is off"):
        ask_packet(**asked, actor=lead_operator, reason="Agreed.")
    with scope.tenant(shop.tenant.pk):
        assert not PacketFile.objects.exists()


def test_the_pages_of_packets_state_before_any_work_that_they_are_off(
    other_tenant: Tenant, lead_operator: User, signed_in: SignIn
) -> None:
    shop = october(other_tenant)
    close_statement(shop.tenant, lead_operator)
    client, packets = signed_in(lead_operator), f"/ops/attribution/{shop.tenant.slug}/packets/"
    assert f'href="{packets}ask"' in client.get(packets).text
    assert "Request packet</button>" in client.get(f"{packets}ask").text
    kill(shop.tenant, "campaign-proof")
    listed, form = client.get(packets).text, client.get(f"{packets}ask").text
    assert "“Campaign proof” is off" in listed and f'href="{packets}ask"' not in listed
    assert "“Campaign proof” is off" in form and "Request packet</button>" not in form


# The portal


def test_what_a_connection_would_need_is_hidden_and_the_way_out_stays(
    tenant: Tenant, owner: User, signed_in: SignIn
) -> None:
    client = signed_in(owner)
    assert "Minimum scopes" in client.get("/portal/connection/").text
    kill(tenant, "connection-readiness")
    answer = client.get("/portal/connection/")
    assert answer.status_code == 200 and "Minimum scopes" not in answer.text
    assert "Connection readiness” is off for Desert Peak" in answer.text


def test_a_tenant_without_rows_has_every_manual_feature_off(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        assert why_off("drift-monitor", tenant) == ""
        Flag.objects.filter(slug="drift-monitor").update(wanted=False)
        assert "has not been requested" in why_off("drift-monitor", tenant)
