"""Invited reviewers, and their answers to single lines of the pack."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created
from pagetojob.platform.tenants.people import person_key


class ReviewInvitation(Created):
    """A link with which a reviewer can accept or contest lines for ten working days. Only its digest is stored."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    reviewer = models.CharField(
        max_length=120, help_text="Organization and occasion, such as “Acme, vendor review”. No names of persons."
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = person_key(editable=False)
    expires_at = models.DateTimeField(editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=~Q(reviewer=""), name="reviewinvitation_filled"),
            models.CheckConstraint(condition=Q(digest__regex="^[0-9a-f]{64}$"), name="reviewinvitation_digest"),
        )
        triggers: ClassVar = [pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.reviewer


class LineResponse(models.Model):
    """A reviewer's answer to one line, given once. A contested line is marked in public until a person resolves it."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", "accepted"
        CONTESTED = "contested", "contested"

    invitation = models.ForeignKey(ReviewInvitation, models.PROTECT, related_name="responses", db_index=False)
    anchor = models.CharField("line", max_length=140)
    version = models.PositiveIntegerField(help_text="The version that the reviewer read.")
    verdict = models.CharField(max_length=9, choices=Verdict)
    reason = models.TextField(blank=True, help_text="Text of the reviewer. It is not public.")
    at = models.DateTimeField(db_default=Now(), editable=False)
    resolved_at = models.DateTimeField(null=True, editable=False)
    resolved_by = person_key(null=True, editable=False)
    resolution = models.TextField(blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint("invitation", "anchor", name="lineresponse_once"),
            models.CheckConstraint(
                condition=Q(verdict="accepted") | (Q(verdict="contested") & ~Q(reason="")),
                name="lineresponse_contested_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by=None, resolution="")
                | (Q(verdict="contested", resolved_at__isnull=False, resolved_by__isnull=False) & ~Q(resolution="")),
                name="lineresponse_resolved_by_a_person",
            ),
        )
        triggers: ClassVar = [pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.anchor} {self.verdict}"
