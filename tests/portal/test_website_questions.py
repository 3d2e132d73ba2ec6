"""Findings are answered in the portal, several at once, by a person with a name; a mailed link is then used up."""

import pytest
from django.test import Client
from django.utils import timezone

from drift.compare.findings import Rule, Severity
from drift.models import Answer, Finding, FindingState, ReviewLink, Site, SiteReading
from drift.services import customer_questions
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.cast import SignIn

PAGE = "/portal/website/questions"


@pytest.fixture
def asked(tenant: Tenant, operator: User) -> list[Finding]:
    """Two open findings; a link was mailed for the first."""
    with scope.operator(operator, "test"):
        site = Site.objects.create(tenant=tenant, base_url="https://desert-peak.example/", reads_itself=False)
        reading = SiteReading.objects.create(tenant=tenant, site=site, ended_at=timezone.now())
        rows = [_finding(reading, number) for number in (1, 2)]
        customer_questions.ask(finding=rows[0], actor=operator, reason="which is it?")
    return rows


def _finding(reading: SiteReading, number: int) -> Finding:
    return Finding.objects.create(
        tenant_id=reading.tenant_id, fingerprint=str(number) * 32, rule=Rule.WRONG_PHONE, harm=Severity.CRITICAL,
        item=f"phone {number}", site_value="(602) 555-0100", map_value="(602) 555-0199", first_reading=reading,
        last_reading=reading,
    )  # fmt: skip


def seals(client: Client) -> dict[str, str]:
    return {f"{shown['name']}-seal": shown["seal"] for shown in client.get(PAGE).context["questions"]}


def test_several_are_answered_at_once_and_the_link_ends(
    tenant: Tenant, owner: User, asked: list[Finding], signed_in: SignIn
) -> None:
    client = signed_in(owner)
    assert "2 questions about your website wait" in client.get("/portal/website/").text
    first, second = (str(row.public_id) for row in asked)
    sent = seals(client) | {f"{first}-choice": "website is right", f"{second}-choice": "operations changed"}
    assert "2 answers saved" in client.post(PAGE, sent, follow=True).text
    with scope.tenant(tenant.pk):
        assert set(Finding.objects.values_list("state", flat=True)) == {FindingState.ANSWERED}
        assert {(row.grade, row.recorded_by_id) for row in Answer.objects.all()} == {("in the portal", owner.pk)}
        assert ReviewLink.objects.get(finding=asked[0]).used_at is not None
        assert AuditEntry.objects.filter(action="drift.answer", actor=owner).count() == 2
    assert "No open questions." in client.get(PAGE).text


def test_a_question_without_a_choice_waits(
    tenant: Tenant, owner: User, asked: list[Finding], signed_in: SignIn
) -> None:
    client = signed_in(owner)
    sent = seals(client) | {f"{asked[1].public_id}-choice": "true until"}
    assert client.post(PAGE, sent).status_code == 422, "without its date"
    sent = seals(client) | {f"{asked[1].public_id}-choice": "both must change"}
    unclear = client.post(PAGE, sent)
    assert unclear.status_code == 422 and "Enter the correct information" in unclear.text
    client.post(PAGE, sent | {f"{asked[1].public_id}-comment": "(602) 555-0123"})
    with scope.tenant(tenant.pk):
        assert Answer.objects.get().finding_id == asked[1].pk
    assert "Choose an answer first." in client.post(PAGE, seals(client), follow=True).text


def test_a_question_that_changed_and_a_pasted_credential_are_refused(
    tenant: Tenant, owner: User, asked: list[Finding], signed_in: SignIn
) -> None:
    client = signed_in(owner)
    name = str(asked[1].public_id)
    sent = seals(client) | {f"{name}-choice": "website is right"}
    secret = client.post(PAGE, sent | {f"{name}-comment": "client_secret: cs1.abcdefghijklmnopqrstuvwxyz0123456789"})
    assert secret.status_code == 422 and "cs1.abcdef" not in secret.text
    with scope.worker():
        Finding.objects.filter(pk=asked[1].pk).update(site_value="(602) 555-0111")
    answer = client.post(PAGE, sent)
    assert answer.status_code == 422 and "has changed" in answer.text
    with scope.tenant(tenant.pk):
        assert not Answer.objects.exists()


def test_of_many_questions_the_first_and_those_with_an_error_are_open(
    tenant: Tenant, owner: User, operator: User, asked: list[Finding], signed_in: SignIn
) -> None:
    with scope.operator(operator, "test"):
        for number in (3, 4):
            _finding(asked[0].first_reading, number)
    client, question = signed_in(owner), '<details class="question panel"'
    page = client.get(PAGE).text
    assert (page.count(question), page.count(f"{question} open")) == (4, 1)
    names = list(seals(client))
    failed = client.post(PAGE, seals(client) | {names[-1].replace("-seal", "-choice"): "true until"}).text
    assert failed.count(f"{question} open") == 2
