"""The Titan Map's import by API: lists become staged rows, and a person approves them."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pagetojob.importer.models import ImportRow, RowOutcome, Upload, UploadState
from pagetojob.importer.uploads import ImportRefused, approve, discard
from pagetojob.onboarding.lifecycle import change_state
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.mirror import reading, schedule
from pagetojob.servicetitan.mirror.models import CallPace, ReadCursor, RemoteRow
from pagetojob.titanmap import api_requests
from pagetojob.titanmap.api_lists import RESOURCES, Listed, category_paths, proposals
from pagetojob.titanmap.importing import target_slug
from pagetojob.titanmap.models import Family, TaxonomyItem
from syncqueue.models import Kind, SyncItem
from tests.support.api_import import connected_for, finished, put
from tests.support.cast import SignIn
from tests.support.gates import wish
from tests.support.nightly import sampled
from tests.support.runs import work_runs
from tests.support.standin import StandInProcess

pytestmark = pytest.mark.django_db(transaction=True)
FLAG = "api-taxonomy-import"


def read(tenant: Tenant, actor: User | None = None) -> Run:
    with scope.tenant(tenant.pk):
        run, _ = api_requests.start_import(tenant=tenant, actor=actor, reason="test")
    return finished(run)


@pytest.mark.parametrize(
    "errors",
    sampled(
        [
            ["rate-limit", "rate-limit-date", "rate-limit-silent"],
            ["server-error", "truncated", "html-success", "drop"],
            ["not-signed-in", "page-403", "html-error"],
        ],
        keep=1,
    ),
)
def test_transient_errors_are_waited_out(
    tenant: Tenant, owner: User, standin: StandInProcess, errors: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_delay", lambda attempt: 0.05)
    connected_for(tenant, owner, FLAG)
    standin.plan(coming=errors, retry_after=1)
    run = read(tenant)
    assert (run.state, run.error) == (RunState.DONE, "")
    assert standin.book()["fastest_second"] <= 60
    with scope.tenant(tenant.pk):
        assert ReadCursor.objects.filter(problem="", finished_at__isnull=False).count() == len(RESOURCES)


def test_long_pause_ends_the_run_and_the_next_continues_there(
    tenant: Tenant, owner: User, standin: StandInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected_for(tenant, owner, FLAG)
    standin.plan(coming=["slow", "slow", "rate-limit"], slow_seconds=0, retry_after=300)
    run = read(tenant)
    assert run.state == RunState.FAILED and "asked us to wait" in run.error
    calls = standin.book()["calls"]
    assert calls == 3 and read(tenant).state == RunState.FAILED and standin.book()["calls"] == 3, "no call in the pause"
    with scope.tenant(tenant.pk):
        CallPace.objects.update(next_at=timezone.now())
    standin.plan()
    assert read(tenant).state == RunState.DONE
    with scope.tenant(tenant.pk):
        assert ReadCursor.objects.get(resource="business units").pages == 1


def test_rejected_token_is_replaced_once_and_then_access_is_lost(
    tenant: Tenant, owner: User, standin: StandInProcess
) -> None:
    connected_for(tenant, owner, FLAG)
    standin.plan(rates={"not-signed-in": 1.0})
    run = read(tenant)
    assert run.state == RunState.FAILED and "both the old and a new token" in run.error
    assert standin.book()["calls"] == 2 and standin.book()["token_requests"] == 2


def test_module_that_is_not_available_is_noted_and_the_others_are_read(
    signed_in: SignIn, tenant: Tenant, owner: User, operator: User, standin: StandInProcess
) -> None:
    connected_for(tenant, owner, FLAG, without=("tn.mem.membershiptypes:r",))
    standin.plan(missing_scopes=["tn.pb.services:r"])
    assert read(tenant).state == RunState.DONE
    with scope.tenant(tenant.pk):
        problems = dict(ReadCursor.objects.exclude(problem="").values_list("resource", "problem"))
    assert set(problems) == {"membership types", "pricebook services"}
    assert (
        "does not have the scope" in problems["membership types"] and "Access denied" in problems["pricebook services"]
    )
    assert target_slug(Family.PRICEBOOK_SERVICE) not in uploads_by_family(tenant)
    page = signed_in(operator).get(reverse("titanmap:imports", args=[tenant.slug])).text
    assert re.search(r"Membership types: not read, <time [^>]+>[^<]+</time>\. .*does not have the scope", page)


def test_row_that_a_list_with_pages_no_longer_has_is_gone_after_a_second_reading(
    tenant: Tenant, owner: User, standin: StandInProcess
) -> None:
    connection = connected_for(tenant, owner, FLAG)
    put(standin, "jpm/job-types", {"id": 4390, "name": "Old work", "active": True})
    standin.plan(page_size=2)
    read(tenant)
    with scope.tenant(tenant.pk):
        rows = RemoteRow.objects.filter(connection=connection, resource="job types")
        assert rows.count() == 4
        RemoteRow.objects.create(
            tenant=tenant, connection=connection, resource="job types", remote_id=9, sweep=1, values={"name": "x"}
        )
    read(tenant)
    with scope.tenant(tenant.pk):
        assert list(rows.filter(gone=True).values_list("remote_id", flat=True)) == [9]
        assert ReadCursor.objects.get(resource="job types").pages == 4, "two pages, read twice"


def test_token_that_a_feed_no_longer_knows_starts_it_again(
    tenant: Tenant, owner: User, standin: StandInProcess
) -> None:
    connected_for(tenant, owner, FLAG)
    read(tenant)
    with scope.tenant(tenant.pk):
        ReadCursor.objects.filter(resource="business units").update(position="expired")
    assert read(tenant).state == RunState.DONE
    with scope.tenant(tenant.pk):
        cursor = ReadCursor.objects.get(resource="business units")
    assert (cursor.rows, cursor.problem) == (1, "") and cursor.position != "expired"


def test_changes_that_a_person_saw_are_not_offered_every_day(
    tenant: Tenant, owner: User, operator: User, standin: StandInProcess
) -> None:
    connected_for(tenant, owner, FLAG)
    read(tenant)
    waiting = uploads_by_family(tenant)
    with scope.tenant(tenant.pk):
        discard(upload=waiting[target_slug(Family.CAMPAIGN)], actor=operator, reason="Not ours.")
    read(tenant)
    assert {waits.pk for waits in uploads_by_family(tenant).values()} == {
        waits.pk for waits in waiting.values() if waits.target != target_slug(Family.CAMPAIGN)
    }
    read(tenant, operator)
    assert target_slug(Family.CAMPAIGN) in uploads_by_family(tenant), "a person asked for it"
    wish(tenant, FLAG, killed=True)
    with pytest.raises(ImportRefused, match="off for this contractor"):
        apply(waiting[target_slug(Family.ZONE)], operator)


def test_schedule_starts_an_import_a_day_where_the_feature_is_on(
    tenant: Tenant, owner: User, standin: StandInProcess
) -> None:
    connected_for(tenant, owner, FLAG)
    wish(tenant, FLAG, wanted=False)
    assert api_requests.start_due() == 0
    wish(tenant, FLAG)
    assert api_requests.start_due() == 1
    work_runs()
    assert api_requests.start_due() == 0, "the last import was today"


def test_an_import_that_cannot_start_stops_no_other(
    tenant: Tenant, owner: User, standin: StandInProcess, caplog: pytest.LogCaptureFixture
) -> None:
    connected_for(tenant, owner, FLAG)
    wish(tenant, FLAG)

    def fail(_: Tenant) -> bool:
        raise ValueError

    assert schedule.start_due("a kind", timedelta(days=1), flag=FLAG, start=fail) == 0
    (record,) = (record for record in caplog.records if record.getMessage() == "contractor left out")
    assert (vars(record)["tenant_id"], vars(record)["task"]) == (tenant.pk, "a kind")


def test_nothing_is_imported_after_the_contract_has_ended(
    tenant: Tenant, owner: User, operator: User, standin: StandInProcess
) -> None:
    connected_for(tenant, owner, FLAG)
    with scope.operator(operator, "test"):
        change_state(tenant=tenant, to=Lifecycle.CLOSED, by=operator, reason="The contract has ended.")
    assert api_requests.start_due() == 0


def test_workbench_starts_an_import_and_shows_what_was_read(
    signed_in: SignIn, tenant: Tenant, owner: User, operator: User, standin: StandInProcess
) -> None:
    client, at = signed_in(operator), reverse("titanmap:imports", args=[tenant.slug])
    assert "Import now" not in client.get(at).text, "the feature is off"
    connected_for(tenant, owner, FLAG)
    assert "Import now" in client.get(at).text
    page = client.post(reverse("titanmap:api-import", args=[tenant.slug]), follow=True)
    assert "The import is queued." in page.text and "rows read" in page.text
    work_runs()
    page = client.get(at)
    assert "Job types: 3 rows" in page.text and "Import now" in page.text
    upload = uploads_by_family(tenant)[target_slug(Family.JOB_TYPE)]
    page = client.get(reverse("titanmap:import", args=[tenant.slug, upload.public_id]))
    assert "Read by API from the simulator" in page.text and "Grade: captured in simulator." in page.text


def test_category_paths_end_where_a_tree_has_a_loop() -> None:
    rows = {
        1: Listed(1, {"name": "Cooling"}),
        2: Listed(2, {"name": "Repair", "parentId": [1]}),
        3: Listed(3, {"name": "A", "parentId": [4]}),
        4: Listed(4, {"name": "B", "parentId": [3]}),
        5: Listed(5, {"name": "Self", "parentId": [5]}),
    }
    assert category_paths(rows) == {1: "Cooling", 2: "Cooling / Repair", 3: "B / A", 4: "A / B", 5: "Self"}


def test_proposals_report_unusable_names_and_keep_the_active_twin() -> None:
    rows = [
        Listed(1, {"name": "Spring", "active": False}),
        Listed(2, {"name": "spring", "active": True}),
        Listed(3, {"name": "Spring ", "active": True}),
        Listed(4, {"name": "Ask jo@example.com", "active": True}),
        Listed(5, {"name": "", "active": True}),
        Listed(2**60, {"name": "Fall", "active": True}, gone=True),
    ]
    items = {item.remote_id: item for item in proposals(Family.CAMPAIGN, rows, [])}
    assert 1 not in items and items[2].problem == "" and "same name" in items[3].problem
    assert "email address" in items[4].problem and items[5].problem == "It has no name."
    assert items[2**60].values == {"name": "Fall", "external_id": 2**60, "active": False}


def uploads_by_family(tenant: Tenant) -> dict[str, Upload]:
    with scope.tenant(tenant.pk):
        rows = Upload.objects.select_related("tenant", "file").filter(state=UploadState.READY).order_by("pk")
        return {row.target: row for row in rows}


def effects(upload: Upload) -> dict[str, str]:
    with scope.tenant(upload.tenant_id):
        rows = ImportRow.objects.filter(upload=upload).order_by("number")
        return {str(row.values.get("name", row.other_key)): row.outcome for row in rows}


def apply(upload: Upload, actor: User) -> None:
    with scope.tenant(upload.tenant_id):
        approve(upload=upload, actor=actor, reason="Reviewed.")
    work_runs()


def test_lists_are_staged_with_their_provenance_approved_and_then_unchanged(
    tenant: Tenant, owner: User, operator: User, standin: StandInProcess
) -> None:
    connected_for(tenant, owner, FLAG)
    run = read(tenant)
    assert (run.state, run.error) == (RunState.DONE, "")
    waiting = uploads_by_family(tenant)
    upload = waiting[target_slug(Family.JOB_TYPE)]
    source = upload.notes["source"]
    assert (source["environment"], source["grade"]) == ("stand-in", "captured in stand-in")
    assert effects(upload)["AC Repair"] == RowOutcome.CHANGED, "it has its ServiceTitan id now"
    for upload in waiting.values():
        apply(upload, operator)
    with scope.tenant(tenant.pk):
        item = TaxonomyItem.objects.get(family=Family.JOB_TYPE, name="AC Repair")
        service = TaxonomyItem.objects.get(family=Family.PRICEBOOK_SERVICE, external_id=4801)
    assert item.external_id == 4301 and item.facts["business_unit_ids"] == [4201]
    assert service.facts["category"] == "Cooling" and "price" not in service.facts
    assert read(tenant, operator).state == RunState.DONE
    assert not uploads_by_family(tenant), "nothing differs"
    assert standin.book()["mistakes"] == {} and standin.book()["token_requests"] == 1


def test_items_that_became_inactive_or_were_deleted_are_proposed_as_retired(
    signed_in: SignIn, tenant: Tenant, owner: User, operator: User, standin: StandInProcess
) -> None:
    connected_for(tenant, owner, FLAG)
    read(tenant)
    for upload in uploads_by_family(tenant).values():
        apply(upload, operator)
    put(standin, "jpm/job-types", {"id": 4301, "name": "AC Repair", "active": False})
    put(standin, "settings/business-units", {"id": 4201, "name": "Residential HVAC", "active": False})
    read(tenant)
    waiting = uploads_by_family(tenant)
    assert set(waiting) == {target_slug(Family.JOB_TYPE), target_slug(Family.BUSINESS_UNIT)}
    assert {row.notes["retired"] for row in waiting.values()} == {1}
    with scope.worker():
        items = SyncItem.objects.filter(kind=Kind.TAXONOMY_IMPORT, tenant=tenant, dedupe_key__startswith="api:")
        keys = [item.dedupe_key.split(":")[1] for item in items]
    assert len(set(keys)) == len(keys), "a single open item for each kind of content"
    upload = waiting[target_slug(Family.JOB_TYPE)]
    page = signed_in(operator).get(reverse("titanmap:import", args=[tenant.slug, upload.public_id]))
    assert "1 item is no longer active in ServiceTitan." in page.text and "/ac-repair-phoenix" in page.text
    apply(upload, operator)
    with scope.tenant(tenant.pk):
        assert not TaxonomyItem.objects.get(family=Family.JOB_TYPE, external_id=4301).active
