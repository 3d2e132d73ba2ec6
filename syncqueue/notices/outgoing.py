"""A durable message to one recipient: the abstract row of the outboxes for people. Makes no call."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class MessageState(models.TextChoices):
    QUEUED = "queued", "queued"
    DELIVERED = "delivered", "accepted by the server"
    FAILED = "failed", "failed"
    SKIPPED = "skipped", "not needed"


class OutgoingMessage(models.Model):
    """Abstract row of one message to one recipient.

    `delivered` means that the server of the channel accepted it. `reported` is what it reported later.
    """

    state = models.CharField(
        max_length=9, choices=MessageState, default=MessageState.QUEUED, db_default=MessageState.QUEUED, editable=False
    )
    attempts = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    due_at = models.DateTimeField(null=True, db_default=Now(), editable=False)
    error = models.CharField(max_length=200, blank=True, db_default="", editable=False)
    external_id = models.CharField(max_length=80, blank=True, db_default="", editable=False)
    delivered_at = models.DateTimeField(null=True, editable=False)
    reported = models.CharField(
        max_length=12, blank=True, db_default="", editable=False, help_text="The last status that the channel reported."
    )

    class Meta:
        abstract = True


STATE_KNOWN = Q(state__in=MessageState.values)
DUE = Q(state=MessageState.QUEUED, due_at__isnull=False)
