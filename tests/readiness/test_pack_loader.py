"""Loader: creates missing rows, preserves edits by staff, and refuses invalid content completely."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError
from django.db import DatabaseError
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from pagetojob.claims.models import Disclaimer
from pagetojob.gates.models import Evidence
from readiness import models
from readiness.services.current import pack_at
from readiness.services.document import all_rows
from readiness.services.gather import CONTENT
from readiness.services.load import DATED_BY_LOAD, load_pack
from tests.readiness.editing import load_content, replace_text
from tests.readiness.reading import PAGE
from tests.support.factories import make_user

SEED_PAGES = ["landing", "api-readiness"]
pytestmark = pytest.mark.django_db


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return every row of the pack, by model."""
    everyone: tuple[type[Model], ...] = CONTENT
    return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in everyone}


def rows() -> int:
    return sum(len(listed) for listed in everything().values())


def add(folder: Path, file: str, row: dict[str, object]) -> None:
    path = folder / file
    content_rows = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else []
    path.write_text(yaml.safe_dump([*content_rows, row]), encoding="utf-8")


def test_it_reports_its_result() -> None:
    output = load_content()
    made = rows()
    assert output == f"Readiness pack: {made} rows created, 0 already present"
    assert all(row["from_pack"] for listed in everything().values() for row in listed)
    assert load_content() == f"Readiness pack: 0 rows created, {made} already present"
    assert rows() == made


def test_the_seed_is_version_1_and_what_came_after_it_version_2() -> None:
    load_content()
    assert list(models.PackVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    first, second = pack_at(1), pack_at(2)
    assert list(first.pages) == SEED_PAGES
    assert set(first.pages) < set(second.pages)
    before, after = all_rows(first.document), {row["anchor"]: row for row in all_rows(second.document)}
    for row in before:
        assert "as_built" not in row
        assert {"title": row["title"], "fields": row["fields"]}.items() <= after[row["anchor"]].items()


def test_loading_again_takes_no_version() -> None:
    load_content()
    load_content()
    assert models.PackVersion.objects.count() == 2


def test_it_never_touches_a_row_that_is_there() -> None:
    load_content()
    models.ChecklistItem.objects.filter(slug="app-approval-path").update(title="Ours", status="review required")
    models.RunbookStep.objects.filter(slug="keep-lead").update(text="Keep everything.")
    models.PageSection.objects.filter(slug="claims").update(heading="Not claimed")
    models.AsBuiltNote.objects.filter(slug="boundary-taxonomy").update(text="Much has been built.")
    before = everything()

    load_content()

    assert before == everything()


def test_an_entry_that_was_moved_to_another_section_stays_there() -> None:
    load_content()
    section = models.PageSection.objects.get(page__slug="claims", slug="claims")
    models.Entry.objects.filter(slug="claim-guard").update(section=section)
    load_content()
    assert models.Entry.objects.get(slug="claim-guard").section == section


def test_it_makes_again_what_is_missing() -> None:
    load_content()
    remaining = rows() - 2
    models.RunbookStep.objects.filter(slug="keep-lead").delete()
    Disclaimer.objects.filter(slug="trademark").delete()
    assert load_content() == f"Readiness pack: 2 rows created, {remaining} already present"
    assert [step.slug for step in models.Runbook.objects.get(slug="failed-sync").steps.all()] == [
        "keep-lead",
        "show-failure",
        "let-operator-act",
    ]


def test_a_load_dates_nothing_and_revokes_what_earlier_loads_dated(client: Client) -> None:
    load_content()
    assert not Evidence.objects.exists()
    counts = client.get(f"{PAGE}.json").json()["counters"]["statuses"]
    assert counts == {"customer required": 1, "engineering required": 3, "partner gated": 2, "review due": 5}
    facts: dict[str, Any] = {
        "subject_type": "pack",
        "subject": "checklist-scope-to-feature-map",
        "kind": "document",
        "url": "/a",
    }
    facts |= {"grade": "stated by us", "summary": "As an earlier loader.", "observed_to": timezone.now().date()}
    Evidence.objects.create(**facts, expires_at=timezone.now() + timedelta(days=180))
    load_content()
    assert Evidence.objects.get().revoked_reason == DATED_BY_LOAD
    assert models.PackVersion.objects.latest("number").cause == DATED_BY_LOAD


def test_evidence_recorded_by_a_person_is_not_changed() -> None:
    ours = Evidence.objects.create(
        subject_type="pack",
        subject="checklist-scope-to-feature-map",
        kind="review",
        grade="stated by us",
        summary="Looked at on Monday.",
        recorded_by=make_user(),
        url="/servicetitan-ready-websites/connection",
        expires_at=timezone.now() + timedelta(days=1),
    )
    load_content()
    assert Evidence.objects.get(subject=ours.subject) == ours
    revoked = {"revoked_at": timezone.now(), "revoked_reason": "It was wrong."}
    Evidence.objects.filter(pk=ours.pk).update(**revoked)
    load_content()
    assert Evidence.objects.filter(subject=ours.subject).count() == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        (
            "checklist.yaml",
            "status: ready now",
            "status: ready soon",
            r"checklist\.yaml: scope-to-feature-map: status 'ready soon': .*not a valid choice",
        ),
        (
            "materials.yaml",
            "status: partner gated",
            "status: review due",
            r"materials\.yaml: sandbox-evidence: status 'review due': .*not a valid choice",
        ),
        (
            "checklist.yaml",
            "owner: Customer",
            "owner: Somebody",
            r"checklist\.yaml: customer-consent: owner 'Somebody': .*not a valid choice",
        ),
        (
            "boundaries.yaml",
            "  rule: Never",
            "  colour: red\n  rule: Never",
            r"boundaries\.yaml: website-lead: unknown key colour",
        ),
        ("boundaries.yaml", "  rule: Never", "  # rule: Never", r"boundaries\.yaml: website-lead: missing rule"),
        ("claims.yaml", "slug: automatic-sync", "slug: marketplace-approval", r"claims\.yaml: .*duplicate slug"),
        ("claims.yaml", "slug: automatic-sync", "slug: Two words", r"claims\.yaml: Two words: slug .*"),
        (
            "claims.yaml",
            "- slug: automatic-sync",
            "- name: x",
            r"claims\.yaml: row 3: must be a mapping with a",
        ),
        (
            "runbooks.yaml",
            "text: Keep the",
            "texts: Keep the",
            r"runbooks\.yaml: failed-sync/keep-lead: unknown key",
        ),
        (
            "runbooks.yaml",
            "slug: show-failure",
            "slug: keep-lead",
            r"runbooks\.yaml: failed-sync/keep-lead: duplicate",
        ),
        (
            "disclaimers.yaml",
            "text: ServiceTitan is a trademark of its respective owner.",
            "text: ' '",
            r"disclaimers\.yaml: trademark: text '': .*blank",
        ),
        (
            "disclaimers.yaml",
            "- slug: trademark",
            "- slug: [",
            r"disclaimers\.yaml: whole file: is not valid",
        ),
        (
            "disclaimers.yaml",
            "text: PageToJob",
            "text: !!python/object/apply:os.getcwd [] #",
            r"disclaimers\.yaml: whole file: is not valid YAML",
        ),
        (
            "validation_cases.yaml",
            "claim: webhook-processing",
            "claim: world-peace",
            r"validation_cases\.yaml: webhook-replay: claim 'world-peace': .*not a valid choice",
        ),
        (
            "pages/handoff.yaml",
            "slug: handoff-told",
            "slug: handoff-stored",
            r"handoff\.yaml: handoff/real-life/handoff-stored: duplicate slug",
        ),
        (
            "pages/handoff.yaml",
            "slug: handoff-no-wait",
            "slug: handoff-stored",
            r"handoff\.yaml: handoff-stored: duplicate slug, taken in handoff\.yaml",
        ),
        (
            "pages/importer.yaml",
            "slug: import-active",
            "slug: handoff-stored",
            r"importer\.yaml: handoff-stored: duplicate slug, taken in handoff\.yaml",
        ),
        (
            "disclaimers.yaml",
            "text: ServiceTitan is a trademark of its respective owner.",
            "text: 12",
            r"disclaimers\.yaml: trademark: text must be text, not int",
        ),
        (
            "modules.yaml",
            "title: Memberships",
            "title: yes",
            r"modules\.yaml: memberships: title must be text, not bool",
        ),
        (
            "modules.yaml",
            "on_connection: false",
            "on_connection: never",
            r"modules\.yaml: dispatch: on_connection must be true or false, not str",
        ),
        (
            "as_built.yaml",
            "dated: 2026-11-26",
            "dated: lately",
            r"as_built\.yaml: checklist-customer-consent: dated must be a date, not str",
        ),
        (
            "pages/claims.yaml",
            "  sections:",
            "  sections: none\n  entries:",
            r"claims\.yaml: claims: unknown key entries",
        ),
        (
            "pages/handoff.yaml",
            "      entries:\n        - slug: handoff-stored",
            "      entries:\n        - handoff-stored:",
            r"handoff\.yaml: handoff/real-life/row 1: must be a mapping with a slug",
        ),
        (
            "boundaries.yaml",
            "family: Website lead and booking request",
            "family: [Website lead]",
            r"boundaries\.yaml: website-lead: family must be text, not list",
        ),
    ],
)
def test_it_names_file_and_row_of_what_is_wrong_and_makes_nothing(
    content: Path, file: str, old: str, new: str, complaint: str
) -> None:
    replace_text(content, file, old, new)
    with pytest.raises(CommandError, match=complaint):
        load_content(content)
    assert rows() == 0


@pytest.mark.parametrize(
    ("file", "status", "complaint"),
    [
        ("checklist.yaml", "partner gated", r"checklist\.yaml: app-approval-path: has the status “ready now” but no"),
        ("partner_answers.yaml", "review required", r"partner_answers\.yaml: who: has the status “ready now” but no"),
        (
            "pages/drift.yaml",
            "review required",
            r"drift\.yaml: drift/today/drift-today-by-hand: has the status “ready now” but no check",
        ),
    ],
)
def test_ready_now_without_a_check_is_refused(content: Path, file: str, status: str, complaint: str) -> None:
    replace_text(content, file, f"status: {status}", "status: ready now")
    with pytest.raises(CommandError, match=complaint):
        load_content(content)
    assert rows() == 0


def test_a_missing_file_is_named(content: Path) -> None:
    (content / "claims.yaml").unlink()
    with pytest.raises(CommandError, match=r"claims\.yaml: whole file: cannot be read"):
        load_content(content)


def test_a_missing_folder_of_pages_is_named(content: Path) -> None:
    shutil.rmtree(content / "pages")
    with pytest.raises(CommandError, match=r"pages: whole file: cannot be read"):
        load_content(content)


def test_every_file_of_the_folder_of_pages_is_read(content: Path, client: Client) -> None:
    shutil.rmtree(content / "pages")
    words = {"title": "Drift", "heading": "Drift", "intro": "For you.", "notice": "Not yet."}
    section = {"slug": "one", "heading": "One", "entries": [{"slug": "only-entry", "title": "Only entry"}]}
    (content / "pages").mkdir()
    add(content, "pages/drift.yaml", {"slug": "drift", **words, "sections": [section]})
    add(content, "pages/support.yaml", {"slug": "support", **words})
    load_content(content)
    assert set(models.Page.objects.values_list("slug", flat=True)) == {*SEED_PAGES, "drift", "support"}
    assert "Only entry" in client.get("/servicetitan-ready-websites/drift").text


def test_a_file_that_is_not_a_list_is_refused(content: Path) -> None:
    (content / "claims.yaml").write_text("slug: one", encoding="utf-8")
    with pytest.raises(CommandError, match=r"claims\.yaml: whole file: must be a list of rows, not dict"):
        load_content(content)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("file", "start"), [("disclaimers.yaml", "text: PageToJob is"), ("as_built.yaml", "text: The queue")]
)
def test_a_failure_half_way_leaves_nothing(content: Path, file: str, start: str) -> None:
    # PostgreSQL refuses a NUL only when the row is written. By then others are written, for the second file even a
    # version.
    replace_text(content, file, start, 'text: "PageToJob\\0"\n# is')
    with pytest.raises((DatabaseError, ValueError)):
        load_pack(content)
    assert rows() == 0
    assert not models.PackVersion.objects.exists()
    assert not Evidence.objects.exists()


def test_pages_are_a_404_until_the_pack_is_loaded(client: Client) -> None:
    for address in (PAGE, f"{PAGE}.json", "/servicetitan-ready-websites/"):
        assert client.get(address).status_code == 404
    load_pack()
    assert client.get(PAGE).status_code == 200
