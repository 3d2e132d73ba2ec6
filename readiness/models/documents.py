"""Non-public documents that invited reviewers request, and what became of each request."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created
from pagetojob.platform.tenants.people import person_key

from .reviewers import ReviewInvitation


class ReviewDocument(Created):
    """A PDF that only reviewers with an approved request can download, and the terms that they accept first."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    title = models.CharField(max_length=120)
    terms = models.TextField(help_text="A reviewer accepts exactly this text.")
    content = models.BinaryField(editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    uploaded_by = person_key(editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("title", "id")
        constraints = (
            models.CheckConstraint(condition=~Q(title="") & ~Q(terms=""), name="reviewdocument_filled"),
            models.CheckConstraint(condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="reviewdocument_sha256"),
        )
        triggers: ClassVar = [pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.title


class DocumentRequest(models.Model):
    """A reviewer's request for a document, with the terms accepted. A person approves it until a day, or declines."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    invitation = models.ForeignKey(ReviewInvitation, models.PROTECT, related_name="requests", db_index=False)
    document = models.ForeignKey(ReviewDocument, models.PROTECT, related_name="requests", db_index=False)
    terms_sha256 = models.CharField("SHA-256 of the terms accepted", max_length=64)
    at = models.DateTimeField(db_default=Now(), editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    decided_by = person_key(null=True, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False, help_text="Empty if it was declined.")
    downloads = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint("invitation", "document", name="documentrequest_once"),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, expires_at=None)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="documentrequest_decided_by_a_person",
            ),
        )
        triggers: ClassVar = [pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"request {self.pk} for document {self.document_id}"

    @property
    def is_declined(self) -> bool:
        return self.decided_at is not None and self.expires_at is None
