"""A Titan Map out as JSON and in again: the round trip, the preview, drafts, taking it back, and refusals by place."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from pagetojob.importer import uploads
from pagetojob.importer.models import ImportRow, RowOutcome, Upload, UploadState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, User
from pagetojob.titanmap.drafts import approve_draft
from pagetojob.titanmap.map_document import document_of, written
from pagetojob.titanmap.map_errors import BadMap
from pagetojob.titanmap.map_json import read_map
from pagetojob.titanmap.models import CapacityRule, DraftState, PageBinding, PageDraft, ShopFacts, TaxonomyItem
from pagetojob.titanmap.rules import values_of
from tests.support.cast import SignIn
from tests.support.factories import with_manual_features
from tests.support.runs import work_runs
from tests.support.sentences import WAITING
from tests.support.uploads import approval, reload
from tests.titanmap.imports import upload_document

SCHEMA = {"schema": "pagetojob.titan-map/1"}
FULL = SCHEMA | {
    "tenant": {"name": "Other Air", "time_zone": "America/Denver"},
    "job_types": [
        {"name": "AC Repair", "id": 3001, "active": True, "detail": "demand", "synonyms": ["No Cool Call"]},
        {"name": "Old Work", "active": False, "advertised": False},
    ],
    "campaigns": [{"name": "Summer", "active": True, "starts": "2026-06-01", "ends": "2026-09-30"}],
    "zones": [
        {"name": "Far", "active": False, "state": "paused"},
        {"name": "Metro", "id": 7, "active": True, "state": "emergency only", "cities": ["Mesa"], "zips": ["85004"],
         "counties": ["Pima County, AZ"], "neighborhoods": ["Dobson Ranch"], "synonyms": ["East Valley"]},
    ],
    "memberships": [
        {"name": "Club", "active": True, "price": "19.00", "period": "month",
         "benefits": {"discount_percent": "15", "visits_per_year": 2}},
    ],
    "pricebook_services": [
        {"name": "AC Diagnostic", "active": True, "code": "D-1", "price": "89.00", "price_to": "99.00"},
    ],
    "booking_providers": [{"name": "Ours", "id": 99, "active": True}],
    "offers": [{"name": "Fifty", "active": True, "amount_off": "50.00", "service": "AC Repair", "ends": "2026-12-31",
                "audience": "veterans"}],
    "phones": ["(602) 555-0142"], "emergency_phone": "(602) 555-0199", "licenses": ["ROC 123456"],
    "synonyms": {"Cool Check": "AC Repair"}, "financing": True, "retired_phones": ["(602) 555-0100"],
    "addresses": ["12 Oak St, Mesa, AZ 85201"], "emergency_hours": {"sat": [["08:00", "18:00"]]},
    "emergency_response_minutes": 120, "emergency_surcharge": "75.00",
    "hours": {"mon": [["07:00", "18:00"]]}, "holidays": {"2026-12-25": "Christmas Day"},
    "page_bindings": [
        {"slug": "summer-ac", "page_path": "/summer-ac", "kind": "campaign", "label": "Summer", "headline": "Cool air",
         "campaign": "Summer", "job_type": "AC Repair", "offer": "Fifty", "zone": "Metro"},
    ],
    "capacity_rules": [
        {"name": "Holiday", "position": 5, "day_kind": "holiday", "season_from": "11-15", "season_to": "01-15",
         "primary": "call now", "needs_review": True, "sentence": "We are out today.", "active": True},
    ],
}  # fmt: skip


@pytest.fixture
def other(db: None) -> Tenant:
    tenant = Tenant.objects.create(slug="other-air", name="Other Air", time_zone="America/Denver")
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.create(tenant=tenant, phone="(602) 555-0142")
    return with_manual_features(tenant)


def let_in(upload: Upload, actor: User) -> Upload:
    with scope.tenant(upload.tenant_id):
        uploads.approve(upload=upload, actor=actor, reason="As the customer sent it.")
    work_runs()
    return reload(upload)


def rows(upload: Upload, outcome: str) -> list[tuple[str, str]]:
    with scope.tenant(upload.tenant_id):
        import_rows = ImportRow.objects.filter(upload=upload, outcome=outcome).order_by("number")
        return [(row.column, row.problem) for row in import_rows]


def approve_all(tenant: Tenant, actor: User) -> None:
    with scope.tenant(tenant.pk):
        for draft in PageDraft.objects.filter(tenant=tenant, state=DraftState.REVIEW):
            approve_draft(draft=draft, actor=actor, reason="Looked at.")


def exported(tenant: Tenant) -> dict[str, Any]:
    with scope.tenant(tenant.pk):
        return document_of(tenant)


def test_round_trip_is_the_identity(other: Tenant, operator: User, lead_operator: User) -> None:
    upload = let_in(upload_document(other, operator, FULL), operator)
    assert upload.state == UploadState.APPLIED and rows(upload, RowOutcome.PROBLEM) == []
    assert "page_bindings" not in exported(other), "a draft is not in force"
    approve_all(other, lead_operator)
    assert exported(other) == FULL
    read_map(written(exported(other)))
    again = upload_document(other, operator, written(exported(other)))
    assert rows(again, RowOutcome.NEW) == rows(again, RowOutcome.CHANGED) == rows(again, RowOutcome.PROBLEM) == []


def test_demo_map_is_imported_and_exported_unchanged(
    tenant: Tenant, other: Tenant, operator: User, lead_operator: User
) -> None:
    document = exported(tenant)
    upload = let_in(upload_document(other, operator, document), operator)
    assert rows(upload, RowOutcome.PROBLEM) == []
    approve_all(other, lead_operator)
    assert exported(other) | {"tenant": document["tenant"]} == document
    assert len(document["page_bindings"]) > 5 and document["capacity_rules"]


def test_an_import_is_undone_although_the_restored_sentence_waits(other: Tenant, operator: User) -> None:
    with scope.tenant(other.pk):
        CapacityRule.objects.create(tenant=other, name="Holiday", primary="call now", sentence=WAITING)
        CapacityRule.objects.create(tenant=other, name="Off", primary="call now", pending={"sentence": WAITING})
    changed = [{"name": name, "primary": "call now", "sentence": "We are out today."} for name in ("Holiday", "Off")]
    document = SCHEMA | {"tenant": FULL["tenant"], "capacity_rules": changed}
    upload = let_in(upload_document(other, operator, document), operator)
    with scope.tenant(other.pk):
        uploads.undo(upload=upload, actor=operator, reason="The wrong file.")
    work_runs()
    assert reload(upload).state == UploadState.UNDONE and rows(upload, RowOutcome.PROBLEM) == []
    with scope.tenant(other.pk):
        assert [values_of(rule)["sentence"] for rule in CapacityRule.objects.order_by("id")] == [WAITING, WAITING]


def test_import_is_undone(other: Tenant, operator: User) -> None:
    with scope.tenant(other.pk):
        TaxonomyItem.objects.create(tenant=other, family="job type", name="AC Repair", detail="as it was")
        ShopFacts.objects.create(tenant=other, facts={"financing": False})
    before = exported(other)
    upload = let_in(upload_document(other, operator, FULL), operator)
    with scope.tenant(other.pk):
        uploads.undo(upload=upload, actor=operator, reason="The wrong file.")
    work_runs()
    assert reload(upload).state == UploadState.UNDONE and rows(upload, RowOutcome.PROBLEM) == []
    with scope.tenant(other.pk):
        live = TaxonomyItem.objects.filter(active=True)
        assert [(item.name, item.detail, item.external_id) for item in live] == [("AC Repair", "as it was", None)]
        assert (
            PageDraft.objects.get().state == DraftState.ASIDE and not CapacityRule.objects.filter(active=True).exists()
        )
    after = exported(other)
    assert {name: after.get(name) for name in ("financing", "hours", "holidays", "phones")} == {
        name: before.get(name) for name in ("financing", "hours", "holidays", "phones")
    }


def test_rows_changed_after_preview_stay_unchanged(other: Tenant, operator: User) -> None:
    upload = upload_document(other, operator, FULL)
    with scope.tenant(other.pk):
        CapacityRule.objects.create(tenant=other, name="Holiday", primary="request", sentence="Mine.")
        ShopFacts.objects.create(tenant=other, facts={"financing": False})
    upload = let_in(upload, operator)
    assert {where for where, problem in rows(upload, RowOutcome.PROBLEM) if "since the preview" in problem} == {
        "#", "#/capacity_rules/0",
    }  # fmt: skip
    with scope.tenant(other.pk):
        assert CapacityRule.objects.get().sentence == "Mine."


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        ({"job_types": [{"name": "A", "id": "x-1"}]}, "#/job_types/0/id"),
        ({"job_types": [{"name": "A" * 150}]}, "#/job_types/0/name"),
        ({"job_types": [{"name": "A", "detail": "write to jamie@example.com"}]}, "#/job_types/0/detail"),
        ({"zones": [{"name": "=1+1"}]}, "#/zones/0/name"),
        ({"licenses": ["ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"]}, "#/licenses/0"),
        ({"campaigns": [{"name": "A", "starts": "2026-02-01", "ends": "2026-01-01"}]}, "#/campaigns/0/ends"),
        ({"page_bindings": [{"page_path": "/a", "membership": "Club"}]}, "#/page_bindings/0/membership"),
        ({"capacity_rules": [{"name": "A", "primary": "shout", "sentence": "x"}]}, "#/capacity_rules/0/primary"),
        ({"addresses": ["x" * 150 + "y" * 51]}, "#/addresses/0"),
        ({"capacity_rules": [{"name": "A", "primary": "request"}]}, "#/capacity_rules/0"),
        ({"holidays": {"25.12.": "Christmas"}}, "#/holidays"),
        ({}, ""),
    ],
)
def test_invalid_value_is_refused_with_its_place(
    other: Tenant, operator: User, parts: dict[str, Any], where: str
) -> None:
    with pytest.raises(BadMap) as refused:
        upload_document(other, operator, SCHEMA | parts)
    assert refused.value.pointer == where and "ghp_" not in str(refused.value)
    with scope.tenant(other.pk):
        assert not Upload.objects.exists()


def test_commands(
    tenant: Tenant, other: Tenant, operator: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "map.json"
    call_command("export_titan_map", tenant=tenant.slug, out=out)
    assert "job types" in capsys.readouterr().out
    call_command("import_titan_map", str(out), tenant=other.slug)
    output = capsys.readouterr().out
    assert "+ #/job_types/0 job type:" in output and "Nothing was written." in output
    with scope.tenant(other.pk):
        assert not TaxonomyItem.objects.exists() and not Upload.objects.exists()
    with pytest.raises(CommandError, match="--by"):
        call_command("import_titan_map", str(out), tenant=other.slug, apply=True)
    call_command("import_titan_map", str(out), tenant=other.slug, apply=True, by=operator.email)
    assert "are drafts that wait for a second person" in capsys.readouterr().out
    with scope.tenant(other.pk):
        assert TaxonomyItem.objects.exists() and not PageBinding.objects.exists()
    call_command("import_titan_map", str(out), tenant=tenant.slug)
    assert "~" not in (output := capsys.readouterr().out) and "+" not in output and "unchanged" in output
    out.write_text('{"schema": "pagetojob.titan-map/1", "zones": [{"name": "A", "staet": "x"}]}')
    with pytest.raises(CommandError, match="#/zones/0/staet"):
        call_command("import_titan_map", str(out), tenant=other.slug)


def test_workbench_exports_and_imports(signed_in: SignIn, operator: User, tenant: Tenant, other: Tenant) -> None:
    client = signed_in(operator)
    file = client.get(reverse("titanmap:json", args=[tenant.slug]))
    assert json.loads(file.content) == exported(tenant) and "titan-map-desert-peak.json" in file["Content-Disposition"]

    def send(data: bytes) -> Any:
        given = {"target": "titan-map.document", "file": SimpleUploadedFile("map.json", data)}
        return client.post(reverse("titanmap:upload", args=[other.slug]), given, follow=True)

    wrong = send(b'{"schema": "pagetojob.titan-map/1", "zones": [{"name": "A", "staet": "x"}]}')
    assert wrong.status_code == 422 and "#/zones/0/staet" in wrong.text
    send(file.content)
    with scope.tenant(other.pk):
        upload = Upload.objects.get()
    page = client.get(reverse("titanmap:import", args=[other.slug, upload.public_id]), {"show": "new"})
    assert "<code>#/job_types/0</code>" in page.text and "Columns of" not in page.text
    assert "Pages become drafts" in page.text
    client.post(reverse("titanmap:approve", args=[other.slug, upload.public_id]), approval(page))
    work_runs()
    page = client.get(reverse("titanmap:import", args=[other.slug, upload.public_id]))
    assert "Undo this import" in page.text
    assert "in review" in client.get(reverse("titanmap:pages", args=[other.slug])).text
