"""The loader: makes what is missing, keeps what staff wrote, refuses bad content whole."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.test import Client

from readiness import models
from readiness.services import CONTENT_FOLDER, load_pack
from tests.readiness.reading import PAGE

MODELS = (
    models.Page,
    models.PageSection,
    models.ChecklistItem,
    models.DataBoundary,
    models.Runbook,
    models.RunbookStep,
    models.PartnerMaterial,
    models.GatedClaim,
    models.Disclaimer,
)
pytestmark = pytest.mark.django_db


def load(folder: Path = CONTENT_FOLDER) -> str:
    out = StringIO()
    call_command("load_readiness", content=folder, stdout=out)
    return out.getvalue().strip()


def rows() -> int:
    return sum(model._base_manager.count() for model in MODELS)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the content files that a test may spoil."""
    return Path(shutil.copytree(CONTENT_FOLDER, tmp_path / "content"))


def spoil(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_it_says_what_it_made() -> None:
    assert load() == "Readiness pack: 49 rows made, 0 kept"
    assert rows() == 49
    assert load() == "Readiness pack: 0 rows made, 49 kept"
    assert rows() == 49


def test_it_never_touches_a_row_that_is_there() -> None:
    load()
    models.ChecklistItem.objects.filter(slug="app-approval-path").update(title="Ours", status="ready now")
    models.RunbookStep.objects.filter(slug="keep-lead").update(text="Keep everything.")
    models.PageSection.objects.filter(slug="claims").update(heading="Not claimed")
    before = {model: list(model._base_manager.order_by("pk").values()) for model in MODELS}

    load()

    assert before == {model: list(model._base_manager.order_by("pk").values()) for model in MODELS}


def test_it_makes_again_what_is_missing() -> None:
    load()
    models.RunbookStep.objects.filter(slug="keep-lead").delete()
    models.Disclaimer.objects.filter(slug="trademark").delete()
    assert load() == "Readiness pack: 2 rows made, 47 kept"
    assert [step.slug for step in models.Runbook.objects.get(slug="failed-sync").steps.all()] == [
        "keep-lead",
        "show-failure",
        "let-operator-act",
    ]


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
        (
            "boundaries.yaml",
            "  rule: Never",
            "  # rule: Never",
            r"boundaries\.yaml: website-lead: missing rule",
        ),
        (
            "claims.yaml",
            "slug: automatic-sync",
            "slug: marketplace-approval",
            r"claims\.yaml: .*duplicate slug",
        ),
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
            "text: ''",
            r"disclaimers\.yaml: trademark: text '': .*blank",
        ),
        (
            "disclaimers.yaml",
            "text: ServiceTitan is a trademark of its respective owner.",
            "text: 12",
            r"disclaimers\.yaml: trademark: text must be text, not int",
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
    ],
)
def test_it_names_file_and_row_of_what_is_wrong_and_makes_nothing(
    content: Path, file: str, old: str, new: str, complaint: str
) -> None:
    spoil(content, file, old, new)
    with pytest.raises(CommandError, match=complaint):
        load(content)
    assert rows() == 0


def test_a_missing_file_is_named(content: Path) -> None:
    (content / "claims.yaml").unlink()
    with pytest.raises(CommandError, match=r"claims\.yaml: whole file: cannot be read"):
        load(content)


def test_a_file_that_is_not_a_list_is_refused(content: Path) -> None:
    (content / "claims.yaml").write_text("slug: one", encoding="utf-8")
    with pytest.raises(CommandError, match=r"claims\.yaml: whole file: must be a list of rows, not dict"):
        load(content)


@pytest.mark.django_db(transaction=True)
def test_a_failure_half_way_leaves_nothing(content: Path) -> None:
    # PostgreSQL refuses a NUL only when the row is written: by then 45 others are.
    spoil(content, "disclaimers.yaml", "text: PageToJob is", 'text: "PageToJob\\0"\n# is')
    with pytest.raises((DatabaseError, ValueError)):
        load_pack(content)
    assert rows() == 0


def test_until_it_is_loaded_the_pages_are_not_found(client: Client) -> None:
    for address in (PAGE, f"{PAGE}.json", "/servicetitan-ready-websites/"):
        assert client.get(address).status_code == 404
    load_pack()
    assert client.get(PAGE).status_code == 200
