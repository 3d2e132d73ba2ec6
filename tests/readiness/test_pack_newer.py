"""A newer pack over an installation with an older one: unedited rows get the newer texts."""

from pathlib import Path

import pytest
from django.db.models import F
from django.utils import timezone

from pagetojob.platform.tenants.models import User
from readiness import checks, models
from readiness.models.protocol import digest
from readiness.services.load import NEWER, NEWER_CODE
from tests.readiness.editing import load_content, replace_text

pytestmark = pytest.mark.django_db


def reword(content: Path) -> None:
    """Change a runbook step and an entry, as a newer pack does."""
    replace_text(content, "runbooks.yaml", "Keep the PageToJob lead record", "Keep the whole PageToJob lead record")
    replace_text(content, "pages/handoff.yaml", "Sending to a live account is not released.", "It is not released.")
    replace_text(content, "pages/handoff.yaml", "          next_step: Prove the handoff case", "          # Prove")


def test_unedited_rows_get_the_texts_of_a_newer_pack(content: Path) -> None:
    load_content()
    reword(content)
    assert load_content(content).endswith(" already present, 2 of them updated")
    step, entry = models.RunbookStep.objects.get(slug="keep-lead"), models.Entry.objects.get(slug="handoff-by-api")
    assert step.text.startswith("Keep the whole PageToJob lead record")
    assert entry.body.endswith("It is not released.") and entry.next_step == ""
    assert models.PackVersion.objects.order_by("number").last().cause == NEWER  # type: ignore[union-attr]
    versions = models.PackVersion.objects.count()
    assert load_content(content).endswith(" already present")
    assert models.PackVersion.objects.count() == versions
    # And back: the texts that the loader wrote the second time also count as its own.
    assert load_content().endswith(" already present, 2 of them updated")


def test_a_version_that_only_newer_code_made_does_not_claim_a_loaded_page(
    content: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Name the cause: the description of a check changed, and neither page was loaded again."""
    load_content()
    before = models.PackVersion.objects.latest("number").number
    replace_text(content, "checks.yaml", "The security page opens.", "The security page opens for everyone.")
    monkeypatch.setattr(checks, "FILE", content / "checks.yaml")
    request.addfinalizer(checks.checks.cache_clear)
    checks.checks.cache_clear()
    load_content()
    newest = models.PackVersion.objects.latest("number")
    assert (newest.number, newest.cause) == (before + 1, NEWER_CODE)


def test_what_people_here_worded_stays_and_is_named(content: Path) -> None:
    load_content()
    models.RunbookStep.objects.filter(slug="keep-lead").update(text="Keep everything.")
    models.Entry.objects.filter(slug="handoff-by-api").update(owner="Shared")
    reword(content)
    output = load_content(content)
    assert "of them updated" not in output
    assert output.endswith("because staff edited them: runbook step keep-lead, entry handoff-by-api")
    assert models.RunbookStep.objects.get(slug="keep-lead").text == "Keep everything."
    assert not models.Entry.objects.get(slug="handoff-by-api").body.endswith("It is not released.")


def test_a_newer_pack_changes_no_status(content: Path) -> None:
    load_content()
    replace_text(content, "checklist.yaml", "status: partner gated", "status: review required")
    assert load_content(content).endswith(" already present")
    assert models.ChecklistItem.objects.get(slug="app-approval-path").status == "partner gated"


def test_an_attested_answer_keeps_its_text(content: Path, editor: User) -> None:
    load_content()
    attested = models.PartnerAnswer.objects.filter(slug="who")
    answer = attested.get()
    attested.update(
        attester=editor, attester_title="Head", attested_at=timezone.now(), attested_sha256=digest(answer.answer)
    )
    replace_text(content, "partner_answers.yaml", "PageToJob makes websites for", "PageToJob builds websites for")
    assert load_content(content).endswith("because staff edited them: partner answer who")
    assert attested.get().answer == answer.answer


def test_an_installation_from_before_the_words_were_noted_takes_them_too(content: Path) -> None:
    """Test rows with the first history entry, which the database wrote when the loader created them."""
    load_content()
    models.LoadedWords.objects.update(row=-F("id"))
    models.RunbookStep.objects.filter(slug="show-failure").update(text="Ours.")
    reword(content)
    replace_text(content, "runbooks.yaml", "Show the failed sync", "Show every failed sync")
    output = load_content(content)
    assert "2 of them updated" in output and output.endswith("because staff edited them: runbook step show-failure")
