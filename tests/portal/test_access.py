"""Answers about access and intake: with person, time and file, never a credential; the sign-off opens no gate alone."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from pagetojob.gates import proof
from pagetojob.gates.attachments import attachment_content
from pagetojob.gates.models import Evidence, EvidenceFile
from pagetojob.gates.registry import MODULES
from pagetojob.gates.selectors import gate_facts
from pagetojob.onboarding import access
from pagetojob.onboarding.models import CustomerAnswer, SignOff
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.sealing.errors import SealBroken
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.cast import SignIn

PAGE = "/portal/access/"
MODULES_PAGE = f"{PAGE}access/items/confirm-modules"
SECRET = "client_secret: cs1.abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.fixture
def office(pack: None, tenant: Tenant, owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


def answer_all(client: Client, **modules: Any) -> str:
    """Answer every item of the access checklist; return the hash that the page then shows."""
    for item, _ in client.get(PAGE).context["lists"][0].rows:
        client.post(f"{PAGE}access/items/{item.slug}", {"text": f"About {item.slug}", **modules})
    return str(client.get(PAGE).context["lists"][0].sha256)


def test_an_answer_has_a_person_a_time_and_a_file(tenant: Tenant, owner: User, office: Client) -> None:
    page = office.get(MODULES_PAGE).text
    assert "Confirm enabled modules" in page and "Redacted screenshots" in page and "Never needed" in page
    file = ContentFile(b"Modules: Scheduling Pro", name="modules.txt")
    sent = {"text": "See the list.", "modules": MODULES[0], "artifact": file}
    assert office.post(MODULES_PAGE, sent, follow=True).text.count("your answer was saved") == 1
    page = office.get(MODULES_PAGE).text
    assert "See the list." in page and str(owner) in page and " MST" in page
    with scope.tenant(tenant.pk):
        row = CustomerAnswer.objects.get()
        assert row.shown["title"] == "Confirm enabled modules" and row.artifact is not None
        assert AuditEntry.objects.get(action="onboarding.answer").actor_id == owner.pk
        assert row.artifact.is_encrypted and b"Scheduling" not in bytes(row.artifact.content)
    download = office.get(f"{PAGE}files/{row.public_id}")
    assert download.content == b"Modules: Scheduling Pro" and "attachment" in download["Content-Disposition"]
    answer_all(office)  # the answer about modules is replaced, so its file is given again
    office.post(MODULES_PAGE, sent | {"artifact": ContentFile(b"Modules: Scheduling Pro", name="modules.txt")})
    seen = office.get(PAGE).context["lists"][0].sha256
    assert "signed off. Thank you." in office.post(f"{PAGE}access/sign-off", {"seen": seen}, follow=True).text
    with scope.tenant(tenant.pk):
        proven = Evidence.objects.select_related("file").get(tenant=tenant, subject="module eligible")
        assert proven.file and attachment_content(proven.file) == b"Modules: Scheduling Pro"
        assert proven.sha256 == row.artifact.sha256


def test_an_office_cannot_fill_the_disk_of_others(
    tenant: Tenant, office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answer is stored for the whole contract, with its file."""
    monkeypatch.setattr(access, "MOST_BYTES", 20_000)
    sent = {"text": "See the list.", "modules": MODULES[0]}
    for digit in "1234":
        file = ContentFile(f"{digit} modules\n".encode() * 800, name="modules.txt")
        answer = office.post(MODULES_PAGE, sent | {"artifact": file})
    assert answer.status_code == 422 and "Answer without a file" in answer.text
    with scope.tenant(tenant.pk):
        assert EvidenceFile.objects.filter(tenant=tenant).count() == 2
    assert office.post(MODULES_PAGE, sent | {"text": "As last year."}).status_code == 302
    last = answer_all(office, modules=MODULES[0])
    assert "signed off. Thank you." in office.post(f"{PAGE}access/sign-off", {"seen": last}, follow=True).text


def test_a_file_that_cannot_be_decrypted_or_encrypted_is_explained(
    tenant: Tenant, office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = {"text": "See the list.", "modules": MODULES[0]}
    office.post(MODULES_PAGE, sent | {"artifact": ContentFile(b"Modules: Scheduling Pro", name="modules.txt")})
    with scope.tenant(tenant.pk):
        row = CustomerAnswer.objects.get(slug="confirm-modules")
    monkeypatch.setattr("pagetojob.platform.files.services.file_box", refuse)
    answer = office.get(f"{PAGE}files/{row.public_id}")
    assert answer.status_code == 409 and "The file cannot be decrypted" in answer.text
    file = ContentFile(b"Modules: Dispatch Pro", name="modules.txt")
    answer = office.post(MODULES_PAGE, sent | {"artifact": file})
    assert answer.status_code == 422 and "The file cannot be encrypted" in answer.text


def refuse(*_: Any, **__: Any) -> None:
    raise SealBroken


@pytest.mark.parametrize("where", ["text", "file", "image"])
def test_a_credential_or_a_damaged_file_is_not_stored(tenant: Tenant, office: Client, where: str) -> None:
    files = {"file": ContentFile(SECRET.encode(), name="a.txt"), "image": ContentFile(b"\x89PNG\r\n", name="a.png")}
    sent = {"text": SECRET} if where == "text" else {"text": "See the file.", "artifact": files[where]}
    answer = office.post(MODULES_PAGE, sent)
    assert answer.status_code == 422 and "cs1.abcdef" not in answer.text
    with scope.tenant(tenant.pk):
        assert not CustomerAnswer.objects.exists()


def test_an_owner_signs_off_complete_answers_once(
    tenant: Tenant, reviewer: User, office: Client, signed_in: SignIn
) -> None:
    seen = office.get(PAGE).context["lists"][0].sha256
    assert "Answer every item first." in office.post(f"{PAGE}access/sign-off", {"seen": seen}, follow=True).text
    old = answer_all(office)
    office.post(f"{PAGE}access/items/name-the-admin", {"text": "Somebody else"})
    assert "changed in the meantime" in office.post(f"{PAGE}access/sign-off", {"seen": old}, follow=True).text
    seen = office.get(PAGE).context["lists"][0].sha256
    assert signed_in(reviewer).post(f"{PAGE}access/sign-off", {"seen": seen}).status_code == 404
    assert "signed off. Thank you." in office.post(f"{PAGE}access/sign-off", {"seen": seen}, follow=True).text
    office.post(f"{PAGE}access/sign-off", {"seen": seen})
    with scope.tenant(tenant.pk):
        assert SignOff.objects.count() == 1
    office.post(f"{PAGE}access/items/name-the-admin", {"text": "Again somebody else"})
    assert "Answers changed since the sign-off" in office.get(PAGE).text


def modules_gate(tenant: Tenant) -> str:
    """What is on file about the modules, for the decision about gates."""
    with scope.tenant(tenant.pk):
        rows = Evidence.objects.filter(tenant=tenant, subject="module eligible", revoked_at=None)
        return "; ".join("confirmed" if row.confirmed_at else "to confirm" for row in rows)


def test_the_modules_become_evidence_that_a_lead_confirms_and_a_new_answer_revokes(
    tenant: Tenant, owner: User, lead_operator: User, office: Client
) -> None:
    with scope.tenant(tenant.pk):
        before = gate_facts(tenant)
    seen = answer_all(office, modules=MODULES[0])
    office.post(f"{PAGE}access/sign-off", {"seen": seen})
    assert modules_gate(tenant) == "to confirm", "no gate opens by itself"
    with scope.tenant(tenant.pk):
        row = Evidence.objects.get(tenant=tenant, subject="module eligible")
        assert (row.grade, row.covers, row.recorded_by_id) == ("confirmed by customer", [MODULES[0]], owner.pk)
        assert proof.why_not_confirm(row, owner)
        assert before.evidence == () or before != gate_facts(tenant)
    with scope.operator(lead_operator, "test"):
        proof.confirm(evidence=row, actor=lead_operator)
    assert "PageToJob confirmed it." in office.get(PAGE).text
    office.post(MODULES_PAGE, {"text": "We gave it up."})
    assert modules_gate(tenant) == "", "off when in doubt"


def test_public_pages_stay_generic(office: Client) -> None:
    before = Client().get("/servicetitan-ready-websites/access").content
    answer_all(office, modules=MODULES[0])
    assert Client().get("/servicetitan-ready-websites/access").content == before
