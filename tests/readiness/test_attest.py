"""Attestation of partner application answers by a named person, for the exact text."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from readiness import models
from readiness.models.protocol import digest
from readiness.services.attest import AttestationRefused, attest, stands, withdraw
from readiness.services.current import current
from tests.readiness.forms import fields, save

pytestmark = pytest.mark.usefixtures("pack")


@pytest.fixture
def answer(pack: None) -> models.PartnerAnswer:
    page, _ = models.Page.objects.get_or_create(
        slug="partner-application", defaults={"title": "T", "heading": "H", "intro": "I", "notice": "N"}
    )
    models.PageSection.objects.get_or_create(page=page, slug="answers", defaults={"heading": "Answers"})
    return models.PartnerAnswer.objects.create(
        slug="ours", title="What do you keep?", owner="PageToJob", status="partner gated", answer="Ids and amounts."
    )


def at(name: str, answer: models.PartnerAnswer) -> str:
    return reverse(f"admin:readiness_partneranswer_{name}", args=[answer.pk])


def readers_see(answer: models.PartnerAnswer) -> Any:
    """Return the attestation of an answer in the newest version, or None."""
    sections = next(page for page in current().document["pages"] if page["slug"] == "partner-application")["sections"]
    rows = {row["anchor"]: row for section in sections for row in section["rows"]}
    return rows[answer.anchor].get("attested")


def test_attesting_takes_a_review_a_title_and_a_button(
    staff: Client, editor: User, operator: User, answer: models.PartnerAnswer
) -> None:
    assert readers_see(answer) is None
    page = staff.get(at("attest", answer))
    assert "Ids and amounts." in page.text
    assert readers_see(answer) is None
    sent = fields(page.text)
    assert staff.post(at("attest", answer), sent | {"title": " "}).status_code == 200
    assert readers_see(answer) is None

    assert staff.post(at("attest", answer), sent | {"title": "Head of product"}).status_code == 302

    attested = readers_see(answer)
    assert (attested["by"], attested["title"]) == (editor.pk, "Head of product")
    version = models.PackVersion.objects.latest("number")
    assert version.author == editor
    assert editor.name not in version.body
    with scope.operator(operator, reason="test"):
        line = AuditEntry.objects.get(action="readiness.partneranswer.attest")
    assert (line.actor_id, line.changes) == (editor.pk, {"attested_sha256": ["", digest("Ids and amounts.")]})
    assert editor.name in staff.get(at("change", answer)).text
    assert editor.name in staff.get(reverse("admin:readiness_partneranswer_changelist"), {"q": "ours"}).text


def test_an_edit_of_the_answer_ends_it_and_another_edit_does_not(
    staff: Client, editor: User, answer: models.PartnerAnswer
) -> None:
    attest(answer=answer, actor=editor, title="Head", seen=digest(answer.answer))
    save(staff, answer, title="What is kept?")
    assert readers_see(answer)
    save(staff, answer, answer="Ids, amounts and labels.")
    answer.refresh_from_db()
    assert not stands(answer)
    assert readers_see(answer) is None
    assert "readers see no attestation" in staff.get(at("change", answer)).text
    assert "ended by an edit" in staff.get(reverse("admin:readiness_partneranswer_changelist"), {"q": "ours"}).text


def test_words_that_changed_since_they_were_shown_are_not_attested(staff: Client, answer: models.PartnerAnswer) -> None:
    sent = fields(staff.get(at("attest", answer)).text) | {"title": "Head of product"}
    models.PartnerAnswer.objects.filter(pk=answer.pk).update(answer="Everything.")
    page = staff.post(at("attest", answer), sent)
    assert "The answer has changed since you read it." in page.text
    assert "Everything." in page.text
    assert fields(page.text)["title"] == "Head of product"
    assert readers_see(answer) is None
    assert staff.post(at("attest", answer), fields(page.text)).status_code == 302
    assert readers_see(answer)


def test_it_is_withdrawn_with_a_reason(staff: Client, editor: User, answer: models.PartnerAnswer) -> None:
    attest(answer=answer, actor=editor, title="Head", seen=digest(answer.answer))
    assert readers_see(answer)
    assert staff.get(at("withdraw", answer)).status_code == 200
    assert staff.post(at("withdraw", answer), {"reason": ""}).status_code == 200
    assert readers_see(answer)
    assert staff.post(at("withdraw", answer), {"reason": "It needs another look."}).status_code == 302
    assert readers_see(answer) is None
    answer.refresh_from_db()
    assert (answer.attester, answer.attester_title, answer.attested_sha256) == (None, "", "")
    assert "not attested" in staff.post(at("withdraw", answer), {"reason": "Again."}).text
    with pytest.raises(AttestationRefused):
        withdraw(answer=answer, actor=editor, reason=" ")


def test_only_staff_editors_attest(
    client: Client,
    admin_user: User,
    lead_operator: User,
    answer: models.PartnerAnswer,
    signed_in: Callable[..., Client],
) -> None:
    seen = digest(answer.answer)
    assert client.post(at("attest", answer), {"title": "Head", "seen": seen}).status_code == 302
    assert signed_in(admin_user).post(at("attest", answer), {"title": "Head", "seen": seen}).status_code == 403
    assert signed_in(admin_user).post(at("withdraw", answer), {"reason": "Why."}).status_code == 403
    for person in (admin_user, lead_operator):
        with pytest.raises(AttestationRefused):
            attest(answer=answer, actor=person, title="Head", seen=seen)
    assert readers_see(answer) is None


def test_a_forged_digest_is_no_attestation(staff: Client, editor: User, answer: models.PartnerAnswer) -> None:
    assert staff.post(at("attest", answer), {"title": "Head", "seen": "f" * 64}).status_code == 200
    assert staff.post(at("attest", answer), {"title": "Head", "seen": "x"}).status_code == 200
    models.PartnerAnswer.objects.filter(pk=answer.pk).update(
        attester=editor, attester_title="Head", attested_at="2026-11-24T00:00Z", attested_sha256="0" * 64
    )
    assert readers_see(answer) is None
