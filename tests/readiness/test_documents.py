"""Documents that are not public: request with accepted terms, decision by a person, expiry, and marked downloads."""

import io
from datetime import timedelta

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.files.pdf_marks import PdfNotMarked, marked
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from readiness.models import DocumentRequest, ReviewDocument
from readiness.services import documents
from readiness.services.documents import decide, request_document, terms_digest, upload, withdraw_document
from readiness.services.reviewers import ReviewRefused, invite
from tests.readiness.trying import ROOT, text_of
from tests.support.cast import SignIn
from tests.support.factories import make_user

pytestmark = pytest.mark.usefixtures("pack")


def pdf(pages: int = 2, *, password: str = "") -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as paper:
        for _ in range(pages):
            paper.add_blank_page()
        paper.save(out, encryption=pikepdf.Encryption(owner=password, user=password) if password else False)
    return out.getvalue()


def marks(content: bytes) -> list[str]:
    """Return the texts that the pages of a PDF show."""
    with pikepdf.open(io.BytesIO(content)) as paper:
        return [
            str(step.operands[0])
            for page in paper.pages
            for step in pikepdf.parse_content_stream(page)
            if str(step.operator) == "Tj"
        ]


@pytest.fixture
def document(editor: User, pack: None) -> ReviewDocument:
    return upload(title="Penetration test", terms="For your review only.", content=pdf(), actor=editor)


@pytest.fixture
def link(editor: User, pack: None) -> str:
    return f"{ROOT}review/{invite(reviewer='Acme (vendor review)', actor=editor)[1]}/"


def ask(client: Client, link: str, document: ReviewDocument) -> DocumentRequest:
    sent = client.post(f"{link}documents/{document.pk}/request", {"terms": terms_digest(document)})
    assert sent["Location"] == f"{link}#document-{document.pk}"
    return DocumentRequest.objects.get()


class TestMarks:
    def test_every_page_has_the_line_and_keeps_its_content(self) -> None:
        made = marked(pdf(3), "For Zoë (Acme), 2026-11-29")
        assert marks(made) == ["For Zoë (Acme), 2026-11-29"] * 3
        assert marks(marked(made, "again")) == ["For Zoë (Acme), 2026-11-29", "again"] * 3

    @pytest.mark.parametrize("content", [b"", b"no pdf", pdf(password="x"), pdf()[:200], pdf(501)])
    def test_a_file_that_cannot_be_marked_is_refused(self, content: bytes) -> None:
        with pytest.raises(PdfNotMarked):
            marked(content, "x")


def test_a_request_needs_the_terms_a_person_and_ends_at_a_day(
    client: Client, link: str, document: ReviewDocument, editor: User, operator: User
) -> None:
    copy = f"{link}documents/{document.pk}.pdf"
    assert "For your review only." in text_of(client.get(link))
    assert client.get(copy).status_code == 404
    for terms in ({}, {"terms": "0" * 64}):
        refused = client.post(f"{link}documents/{document.pk}/request", terms)
        assert refused.status_code == 422 and "accept" in text_of(refused)
    row = ask(client, link, document)
    assert row.terms_sha256 == terms_digest(document)
    assert client.get(copy).status_code == 403
    decide(request=row, actor=editor, days=3, reason="A customer's reviewer.")
    assert copy in client.get(link).text
    response = client.get(copy)
    assert response["Content-Type"] == "application/pdf" and response["Cache-Control"] == "no-store"
    line = f"Confidential. For Acme (vendor review), request {row.pk}, {timezone.now():%Y-%m-%d}."
    assert marks(response.content) == [line] * 2
    row.refresh_from_db()
    assert row.downloads == 1
    with scope.operator(operator, reason="test"):
        assert AuditEntry.objects.filter(action="readiness.documentrequest.download").count() == 1
    DocumentRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(copy).status_code == 403
    assert "Your access ended" in text_of(client.get(link))


def test_a_declined_request_and_a_withdrawn_document_give_nothing(
    client: Client, link: str, document: ReviewDocument, editor: User
) -> None:
    row = ask(client, link, document)
    decide(request=row, actor=editor, days=None, reason="Unknown reviewer.")
    assert "Your request was declined" in text_of(client.get(link))
    assert client.get(f"{link}documents/{document.pk}.pdf").status_code == 403
    other = f"{ROOT}review/{invite(reviewer='Bolt', actor=editor)[1]}/"
    assert client.get(f"{other}documents/{document.pk}.pdf").status_code == 404
    DocumentRequest.objects.update(expires_at=timezone.now() + timedelta(days=1))
    withdraw_document(document=document, actor=editor, reason="Outdated.")
    assert client.get(f"{link}documents/{document.pk}.pdf").status_code == 403
    assert "Penetration test" not in client.get(link).text


def test_only_a_staff_editor_uploads_and_decides(document: ReviewDocument, editor: User) -> None:
    stranger = make_user()
    invitation, _ = invite(reviewer="Acme", actor=editor)
    row = request_document(invitation, document, terms_sha256=terms_digest(document))
    for act in (
        lambda: upload(title="x", terms="x", content=pdf(), actor=stranger),
        lambda: withdraw_document(document=document, actor=stranger, reason="x"),
        lambda: decide(request=row, actor=stranger, days=1, reason="x"),
    ):
        with pytest.raises(ReviewRefused, match="staff editors"):
            act()
    decide(request=row, actor=editor, days=1, reason="Known.")
    with pytest.raises(ReviewRefused, match="decided already"):
        decide(request=row, actor=editor, days=documents.MOST_DAYS, reason="Longer.")


def test_an_editor_uploads_and_decides_in_the_admin(client: Client, link: str, editor: User, signed_in: SignIn) -> None:
    staff = signed_in(editor)
    address = reverse("admin:readiness_reviewdocument_upload")
    assert address in staff.get(reverse("admin:readiness_reviewdocument_changelist")).text
    sent = {"title": "Penetration test", "terms": "For your review only."}
    wrong = staff.post(address, sent | {"file": SimpleUploadedFile("a.pdf", b"no pdf")})
    assert "This is no PDF that can be marked." in text_of(wrong)
    assert staff.post(address, sent | {"file": SimpleUploadedFile("a.pdf", pdf())}).status_code == 302
    row = ask(client, link, ReviewDocument.objects.get())
    address = reverse("admin:readiness_documentrequest_decide", args=[row.pk])
    assert address in staff.get(reverse("admin:readiness_documentrequest_change", args=[row.pk])).text
    assert staff.post(address, {"days": "90", "reason": "Known."}).status_code == 200
    assert staff.post(address, {"days": "2", "reason": "Known."}).status_code == 302
    row.refresh_from_db()
    assert row.decided_by == editor and row.expires_at
