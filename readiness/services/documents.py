"""Non-public documents: upload, request with accepted terms, decision by a person, and marked downloads."""

import hashlib
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.platform.audit.services import record
from pagetojob.platform.files.pdf_marks import PdfNotMarked, marked
from pagetojob.platform.tenants.models import User

from ..models import DocumentRequest, ReviewDocument, ReviewInvitation
from .reviewers import ReviewRefused, require_editor

MOST_BYTES = 10 * 1024 * 1024
MOST_DAYS = 14
BY_LINK = "a reviewer's link"


def terms_digest(document: ReviewDocument) -> str:
    return hashlib.sha256(document.terms.strip().encode()).hexdigest()


def upload(*, title: str, terms: str, content: bytes, actor: User) -> ReviewDocument:
    """Store a document. It is marked once to see that it can be. Raises ReviewRefused."""
    require_editor(actor)
    if len(content) > MOST_BYTES:
        raise ReviewRefused(f"The file is larger than {MOST_BYTES // 1024**2} MB.")
    try:
        marked(content, "A trial")
    except PdfNotMarked:
        raise ReviewRefused("This is no PDF that can be marked. Save it as PDF without a password.") from None
    with transaction.atomic():
        document = ReviewDocument.objects.create(
            title=title.strip(),
            terms=terms.strip(),
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
            uploaded_by=actor,
        )
        record(action="readiness.reviewdocument.add", subject=document, reason="Uploaded a document.", actor=actor)
    return document


def withdraw_document(*, document: ReviewDocument, actor: User, reason: str) -> None:
    """Stop every download of a document at once. Raises ReviewRefused."""
    require_editor(actor)
    with transaction.atomic():
        if not ReviewDocument.objects.filter(pk=document.pk, withdrawn_at=None).update(withdrawn_at=Now()):
            raise ReviewRefused("This document is withdrawn already.")
        record(action="readiness.reviewdocument.withdraw", subject=document, reason=reason, actor=actor)


def request_document(invitation: ReviewInvitation, document: ReviewDocument, *, terms_sha256: str) -> DocumentRequest:
    """Store a request with the terms that the reviewer read and accepted. Raises ReviewRefused."""
    if terms_sha256 != terms_digest(document):
        raise ReviewRefused("Read the terms and check the box to accept them.")
    row, created = DocumentRequest.objects.get_or_create(
        invitation=invitation, document=document, defaults={"terms_sha256": terms_sha256}
    )
    if not created:
        raise ReviewRefused("You have requested this document already.")
    return row


def decide(*, request: DocumentRequest, actor: User, days: int | None, reason: str) -> None:
    """Approve a request for so many days, or decline it with None. Raises ReviewRefused."""
    require_editor(actor)
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise ReviewRefused(f"Enter a number of days from 1 to {MOST_DAYS}.")
    until = None if days is None else timezone.now() + timedelta(days=days)
    with transaction.atomic():
        waiting = DocumentRequest.objects.filter(pk=request.pk, decided_at=None)
        if not waiting.update(decided_at=Now(), decided_by=actor, expires_at=until):
            raise ReviewRefused("This request is decided already.")
        action = "decline" if until is None else "approve"
        record(action=f"readiness.documentrequest.{action}", subject=request, reason=reason, actor=actor)


def download(request: DocumentRequest) -> bytes:
    """Return the document with the reader and the day on each page, and record it. Raises ReviewRefused.

    The caller has checked the invitation.
    """
    document = request.document
    if request.expires_at is None or request.expires_at <= timezone.now() or document.withdrawn_at is not None:
        raise ReviewRefused("This document is not approved for you, or the approval has ended.")
    line = f"Confidential. For {request.invitation.reviewer}, request {request.pk}, {timezone.now():%Y-%m-%d}."
    try:
        content = marked(bytes(document.content), line)
    except PdfNotMarked:
        raise ReviewRefused("The document cannot be marked at the moment. Try again in a minute.") from None
    with transaction.atomic():
        DocumentRequest.objects.filter(pk=request.pk).update(downloads=F("downloads") + 1)
        record(
            action="readiness.documentrequest.download",
            subject=request,
            reason="The reviewer downloaded a marked copy.",
            actor=BY_LINK,
        )
    return content
