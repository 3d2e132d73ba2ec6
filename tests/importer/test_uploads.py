"""An upload's life: looked at, mapped, staged, approved, applied, taken back; and what cannot be done to it."""

import io
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.db.utils import DataError, IntegrityError, InternalError, ProgrammingError
from django.test.utils import CaptureQueriesContext

from pagetojob.importer import selectors, upload_runs, uploads
from pagetojob.importer.fields import MappingProblem
from pagetojob.importer.models import ImportRow, RememberedHeading, Upload, UploadState
from pagetojob.importer.targets import register_target, target_of
from pagetojob.importer.uploads import ImportRefused
from pagetojob.platform import states
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.files.models import FileChunk, Purpose
from pagetojob.platform.files.services import delete_content, read_file, store_file
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import claim_run, work_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap import importing
from pagetojob.titanmap.models import Family, TaxonomyItem, ZoneState
from tests.support.factories import with_manual_features
from tests.support.runs import work_runs
from tests.support.uploads import JOB_TYPE_TARGET, JOB_TYPES_CSV, reload, stage_file, upload_file

ZONES = importing.target_slug(Family.ZONE)


def applied(tenant: Tenant, actor: User, text: str | bytes, target: str = JOB_TYPE_TARGET) -> Upload:
    upload = stage_file(tenant, actor, text, target)
    with scope.tenant(tenant.pk):
        uploads.approve(upload=upload, actor=actor, reason="The customer said yes.")
    work_runs()
    return reload(upload)


def taken_back(upload: Upload, actor: User) -> Upload:
    with scope.tenant(upload.tenant_id):
        uploads.undo(upload=reload(upload), actor=actor, reason="The wrong file.")
    work_runs()
    return reload(upload)


def outcomes(upload: Upload) -> dict[int, str]:
    with scope.tenant(upload.tenant_id):
        return dict(ImportRow.objects.filter(upload=upload).order_by("number").values_list("number", "outcome"))


def items(tenant: Tenant, family: Family = Family.JOB_TYPE) -> dict[str, tuple[int | None, bool]]:
    with scope.tenant(tenant.pk):
        rows = TaxonomyItem.objects.filter(tenant=tenant, family=family)
        return {row.name: (row.external_id, row.active) for row in rows}


def test_a_file_goes_all_the_way_and_back(tenant: Tenant, operator: User) -> None:
    before = items(tenant)
    upload = stage_file(tenant, operator, JOB_TYPES_CSV)
    assert upload.state == UploadState.READY and items(tenant) == before
    assert outcomes(upload) == {2: "changed", 3: "new", 4: "same", 5: "problem"}
    with scope.tenant(tenant.pk):
        counted = selectors.tally(upload)
        assert (counted.total, counted.chosen, counted.applied) == (4, 2, 0)
        assert [item.name for item in importing.missing(tenant, upload)] == ["Maintenance Tune-Up"]
        uploads.approve(upload=upload, actor=operator, reason="Told by phone.")
    work_runs()
    upload = reload(upload)
    assert upload.state == UploadState.APPLIED and upload.applied_at
    assert items(tenant) == before | {"AC Repair": (3001, True), "Duct Cleaning": (3002, True)}
    upload = taken_back(upload, operator)
    assert upload.state == UploadState.UNDONE
    assert items(tenant) == before | {"Duct Cleaning": (3002, False)}


def test_the_same_file_again_changes_nothing(tenant: Tenant, operator: User) -> None:
    applied(tenant, operator, JOB_TYPES_CSV)
    after = items(tenant)
    again = stage_file(tenant, operator, JOB_TYPES_CSV)
    assert outcomes(again) == {2: "same", 3: "same", 4: "same", 5: "problem"}
    with scope.tenant(tenant.pk), pytest.raises(ImportRefused, match="None of the chosen rows"):
        uploads.approve(upload=again, actor=operator, reason="Again.")
    assert items(tenant) == after


def test_a_mapping_is_remembered_for_the_same_headings(tenant: Tenant, other_tenant: Tenant, operator: User) -> None:
    text = "What we call it,Number\nAC Repair,3001\n"
    upload = upload_file(tenant, operator, text)
    with scope.tenant(tenant.pk):
        assert selectors.suggested(upload).mapping == {}
        with pytest.raises(MappingProblem, match="Choose the column with the name"):
            uploads.confirm_mapping(upload=upload, mapping={}, actor=operator)
        uploads.confirm_mapping(upload=upload, mapping={"name": [1], "external_id": [2]}, actor=operator)
    work_runs()
    again, elsewhere = (
        upload_file(tenant, operator, text),
        upload_file(with_manual_features(other_tenant), operator, text),
    )
    with scope.tenant(tenant.pk):
        suggestion = selectors.suggested(again)
        assert suggestion.mapping == {"name": [1], "external_id": [2]} and suggestion.remembered == {1, 2}
        assert {row.confirmed_by_id for row in RememberedHeading.objects.all()} == {operator.pk}
    with scope.tenant(other_tenant.pk):
        assert not selectors.suggested(elsewhere).remembered


def test_the_columns_can_be_confirmed_again_before_approval(tenant: Tenant, operator: User) -> None:
    upload = stage_file(tenant, operator, "name,title,id\nwrong,Duct Cleaning,5\n")
    with scope.tenant(tenant.pk):
        again = uploads.confirm_mapping(upload=upload, mapping={"name": [2], "external_id": [3]}, actor=operator)
    work_runs()
    assert (reload(upload).state, reload(again).state) == (UploadState.DISCARDED, UploadState.READY)
    with scope.tenant(tenant.pk):
        (row,) = ImportRow.objects.filter(upload=again)
    assert row.values == {"name": "Duct Cleaning", "external_id": 5}


def test_rows_left_out_stay_out(tenant: Tenant, operator: User) -> None:
    upload = stage_file(tenant, operator, JOB_TYPES_CSV)
    with scope.tenant(tenant.pk):
        assert uploads.choose_rows(upload=upload, included=[], excluded=[3, 4, 99], actor=operator) == 1
        uploads.approve(upload=upload, actor=operator, reason="Only the first.")
    work_runs()
    assert "Duct Cleaning" not in items(tenant) and items(tenant)["AC Repair"] == (3001, True)
    with scope.tenant(tenant.pk), pytest.raises(ImportRefused, match="waiting for approval"):
        uploads.choose_rows(upload=reload(upload), included=[3], excluded=[], actor=operator)


def test_who_chose_which_rows_is_in_the_log(tenant: Tenant, operator: User) -> None:
    upload = stage_file(tenant, operator, JOB_TYPES_CSV)
    with scope.tenant(tenant.pk):
        uploads.choose_rows(upload=upload, included=[2], excluded=[3], actor=operator)
        uploads.choose_rows(upload=upload, included=[3], excluded=[2], actor=operator)
        uploads.choose_rows(upload=upload, included=[3], excluded=[2], actor=operator)
        lines = AuditEntry.objects.filter(action="importer.choose_rows").order_by("id")
        assert list(lines.values_list("actor_id", "changes")) == [
            (operator.pk, {"excluded": [None, "3"]}),
            (operator.pk, {"included": [None, "3"], "excluded": [None, "2"]}),
        ]


def test_twins_in_a_file_and_clashes_with_the_map_are_problems(tenant: Tenant, operator: User) -> None:
    applied(tenant, operator, "name,id\nAC Repair,3001\nMaintenance Tune-Up,3002\n")
    upload = stage_file(
        tenant,
        operator,
        "name,id\nFilter,7\nfilter,8\nDuct,7\nAC Repair,9\nMaintenance Tune-Up,3001\nAC repair service,3001\n",
    )
    with scope.tenant(tenant.pk):
        problems = dict(ImportRow.objects.filter(upload=upload).values_list("number", "problem"))
    assert outcomes(upload) == {2: "new", 3: "problem", 4: "problem", 5: "problem", 6: "problem", 7: "problem"}
    assert "same as row 2" in problems[3] and "same as row 2" in problems[4]
    assert "with another id" in problems[5] and "belongs to another job type" in problems[6]
    assert "same as row 6" in problems[7]


def test_what_changed_between_preview_and_approval_is_left_alone(tenant: Tenant, operator: User) -> None:
    upload = stage_file(tenant, operator, JOB_TYPES_CSV)
    with scope.tenant(tenant.pk):
        TaxonomyItem.objects.filter(family=Family.JOB_TYPE, name="AC Repair").update(detail="changed by hand")
        uploads.approve(upload=upload, actor=operator, reason="Go.")
    work_runs()
    with scope.tenant(tenant.pk):
        row = ImportRow.objects.get(upload=upload, number=2)
    assert not row.applied and "changed since the preview" in row.problem
    assert items(tenant)["AC Repair"] == (None, True) and items(tenant)["Duct Cleaning"] == (3002, True)


def test_taking_back_keeps_what_a_person_changed_since(tenant: Tenant, operator: User) -> None:
    upload = applied(tenant, operator, JOB_TYPES_CSV)
    with scope.tenant(tenant.pk):
        TaxonomyItem.objects.filter(name="AC Repair", family=Family.JOB_TYPE).update(detail="by hand")
    upload = taken_back(upload, operator)
    assert items(tenant)["AC Repair"] == (3001, True) and items(tenant)["Duct Cleaning"] == (3002, False)
    with scope.tenant(tenant.pk):
        assert "changed after the import" in ImportRow.objects.get(upload=upload, number=2).problem


def test_only_the_last_import_can_be_taken_back(tenant: Tenant, operator: User) -> None:
    first = applied(tenant, operator, JOB_TYPES_CSV)
    applied(tenant, operator, "name,id\nDuct Cleaning,4002\nFurnace,77\n".replace("4002", "3002"))
    with scope.tenant(tenant.pk), pytest.raises(ImportRefused, match="Only the last"):
        uploads.undo(upload=first, actor=operator, reason="Too late.")


def test_a_tenant_has_a_single_import_at_a_time(tenant: Tenant, operator: User) -> None:
    first, second = upload_file(tenant, operator, JOB_TYPES_CSV), upload_file(tenant, operator, JOB_TYPES_CSV)
    with scope.tenant(tenant.pk):
        uploads.confirm_mapping(upload=first, mapping={"name": [1]}, actor=operator)
        with pytest.raises(ImportRefused, match="is running"):
            uploads.confirm_mapping(upload=second, mapping={"name": [1]}, actor=operator)
    assert reload(second).state == UploadState.UPLOADED
    work_runs()
    assert reload(first).state == UploadState.READY


def test_a_secret_far_down_refuses_the_whole_file_and_is_not_repeated(tenant: Tenant, operator: User) -> None:
    planted = "ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
    upload = stage_file(tenant, operator, f"name,other\nAC Repair,\nDuct,{planted}\n")
    assert upload.state == UploadState.REFUSED and "Row 3: column 2 (“other”)" in upload.problem
    assert upload.run is not None and upload.run.state == RunState.FAILED
    assert planted not in upload.problem + upload.run.error


@pytest.mark.parametrize("step", ["read", "apply", "undo"])
def test_a_worker_that_dies_repeats_and_loses_nothing(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(upload_runs, "BATCH", 2)
    text = "name,id\n" + "".join(f"Type {n},{n}\n" for n in range(1, 8))
    upload = upload_file(tenant, operator, text)
    with scope.tenant(tenant.pk):
        uploads.confirm_mapping(upload=upload, mapping={"name": [1], "external_id": [2]}, actor=operator)
    if step != "read":
        work_runs()
        with scope.tenant(tenant.pk):
            uploads.approve(upload=reload(upload), actor=operator, reason="Go.")
    if step == "undo":
        work_runs()
        with scope.tenant(tenant.pk):
            uploads.undo(upload=reload(upload), actor=operator, reason="Back.")
    die_in_the_second_batch(monkeypatch)
    with scope.worker():
        Run.objects.update(lease_until=None)
    monkeypatch.undo()
    monkeypatch.setattr(upload_runs, "BATCH", 2)
    work_runs()
    states_now = {"read": UploadState.READY, "apply": UploadState.APPLIED, "undo": UploadState.UNDONE}
    assert reload(upload).state == states_now[step]
    brought = {name: active for name, (_, active) in items(tenant).items() if name.startswith("Type ")}
    assert brought == ({} if step == "read" else {f"Type {n}": step == "apply" for n in range(1, 8)})
    assert set(outcomes(upload)) == set(range(2, 9))


def test_a_batch_takes_as_many_statements_with_many_rows_as_with_few(tenant: Tenant, operator: User) -> None:
    with scope.operator(operator, "test"):  # the first file of a tenant creates its data key
        store_file(tenant=tenant, content=io.BytesIO(b"x"), name="x", purpose=Purpose.IMPORT)
    counts = []
    for number, target in ((5, JOB_TYPE_TARGET), (200, importing.target_slug(Family.OFFER))):
        text = "name,id\n" + "".join(f"Type {n},{n}\n" for n in range(1, number + 1))
        with CaptureQueriesContext(connection) as captured:
            taken_back(applied(tenant, operator, text, target), operator)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def die_in_the_second_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work the waiting run until its second batch, and die there before anything of it is committed."""
    save_progress, calls = upload_runs._save_progress, iter(range(100))

    def dies(*args: Any, **kwargs: Any) -> Any:
        progress = save_progress(*args, **kwargs)
        if next(calls) == 1:
            raise KeyboardInterrupt
        return progress

    monkeypatch.setattr(upload_runs, "_save_progress", dies)
    with scope.worker():
        run = claim_run()
    assert run is not None
    with pytest.raises(KeyboardInterrupt):
        work_run(run)
    with scope.worker():
        states.move(Run.objects.get(pk=run.pk), RunState.QUEUED, lease_until=None)


def test_a_zone_keeps_what_the_file_does_not_say(tenant: Tenant, operator: User) -> None:
    rows = "Buckeye,Buckeye; Verrado,85326,paused\nQueen Creek,,,Emergency only\n"
    applied(tenant, operator, f"zone,cities,zip,state\n{rows}", ZONES)
    again = applied(tenant, operator, "zone,cities,zip\nBuckeye,,85326; 85396\n", ZONES)
    with scope.tenant(tenant.pk):
        zones = {row.name: row for row in TaxonomyItem.objects.filter(family=Family.ZONE)}
    assert zones["Buckeye"].facts == {"cities": ["Buckeye", "Verrado"], "zips": ["85326", "85396"]}
    assert (zones["Buckeye"].zone_state, zones["Queen Creek"].zone_state) == (
        ZoneState.PAUSED,
        ZoneState.EMERGENCY_ONLY,
    )
    taken_back(again, operator)
    with scope.tenant(tenant.pk):
        assert TaxonomyItem.objects.get(name="Buckeye", family=Family.ZONE).facts["zips"] == ["85326"]


def test_everything_a_person_did_is_in_the_log(tenant: Tenant, operator: User) -> None:
    upload = taken_back(applied(tenant, operator, JOB_TYPES_CSV), operator)
    with scope.tenant(tenant.pk):
        lines = list(AuditEntry.objects.filter(actor_id=operator.pk).order_by("id").values_list("action", "reason"))
    assert [action for action, _ in lines] == ["importer.upload", "importer.match_headings", *["runs.start"] * 3]
    assert [reason for _, reason in lines][3:] == ["The customer said yes.", "The wrong file."]
    with scope.tenant(tenant.pk), pytest.raises(ImportRefused):
        uploads.discard(upload=upload, actor=operator, reason="Too late.")


def test_a_set_aside_upload_lets_nothing_in(tenant: Tenant, operator: User) -> None:
    upload = stage_file(tenant, operator, JOB_TYPES_CSV)
    with scope.tenant(tenant.pk):
        uploads.discard(upload=upload, actor=operator, reason="A test.")
        with pytest.raises(ImportRefused):
            uploads.approve(upload=upload, actor=operator, reason="No.")


def test_only_the_content_of_imports_can_be_deleted(tenant: Tenant, operator: User) -> None:
    with scope.tenant(tenant.pk):
        proof = store_file(tenant=tenant, content=io.BytesIO(b"a proof"), name="p.txt", purpose=Purpose.PROOF)
        delete_content(proof)
        assert b"".join(read_file(proof)) == b"a proof"
    upload = upload_file(tenant, operator, JOB_TYPES_CSV)
    with pytest.raises(ProgrammingError), scope.tenant(tenant.pk):
        FileChunk.objects.filter(file=upload.file).update(content=b"forged")
    with pytest.raises(ProgrammingError), scope.tenant(tenant.pk):
        FileChunk.objects.filter(file=upload.file).delete()


def test_the_database_refuses_another_move_and_another_tenant(
    tenant: Tenant, other_tenant: Tenant, operator: User
) -> None:
    upload = stage_file(tenant, operator, JOB_TYPES_CSV)
    with scope.tenant(other_tenant.pk):
        assert not Upload.objects.exists() and not ImportRow.objects.exists() and not RememberedHeading.objects.exists()
    with pytest.raises((InternalError, IntegrityError, DataError, ProgrammingError)), scope.tenant(tenant.pk):
        Upload.objects.filter(pk=upload.pk).update(state=UploadState.APPLIED)


def test_a_duplicate_target_is_refused() -> None:
    known = target_of(JOB_TYPE_TARGET)
    register_target(known)
    with pytest.raises(ValueError, match="duplicate import target"):
        register_target(replace(known, label="x"))
