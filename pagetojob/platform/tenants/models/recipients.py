"""Addresses that are notified about new requests."""

from django.db import models
from django.db.models.functions import Lower

from ..declarations import Retention
from .base import Created, Identified, TenantOwned


class NoticeChannel(models.TextChoices):
    EMAIL = "email", "email"
    TEXT = "text", "text message"
    WEBHOOK = "webhook", "webhook"


class NoticeRecipient(TenantOwned, Identified, Created):
    """An address that is notified about new requests. Its test message contains a link that proves that it arrives.

    The address never changes: another address is another recipient, which has to be confirmed again. A removed one
    stays as a row, so that its removal can be undone and its past notices keep their recipient.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = frozenset({"email", "phone", "url", "label"})

    channel = models.CharField(
        max_length=7, choices=NoticeChannel, default=NoticeChannel.EMAIL, db_default=NoticeChannel.EMAIL
    )
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=16, blank=True, db_default="", help_text="In E.164, such as +16025550199.")
    url = models.CharField(max_length=300, blank=True, db_default="", help_text="An https address for webhooks.")
    label = models.CharField(max_length=80, blank=True, help_text="Such as “Front desk”.")
    active = models.BooleanField(default=True)
    level = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="0: notified at once. N: notified if no one opened the request within N times the target.",
    )
    quiet_from = models.TimeField(null=True, blank=True, help_text="In the time zone of the business.")
    quiet_until = models.TimeField(null=True, blank=True)
    wants_digest = models.BooleanField(default=True, db_default=True, help_text="Gets the list of suspected requests.")
    takes_replies = models.BooleanField(
        default=False, db_default=False, help_text="Customers see it, and may reply to it, once it is confirmed."
    )
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    bounced_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="It does not accept messages.")
    bounce_reason = models.CharField(max_length=200, blank=True, db_default="", editable=False)
    complained_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Reported as spam.")
    test_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    test_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    test_delivered_at = models.DateTimeField(null=True, blank=True, editable=False)
    test_error = models.CharField(max_length=200, blank=True, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="notice_recipient_tenant_key"),
            models.UniqueConstraint(
                "tenant", Lower("email"), condition=~models.Q(email=""), name="notice_recipient_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "phone"], condition=~models.Q(phone=""), name="notice_recipient_phone_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "url"], condition=~models.Q(url=""), name="notice_recipient_url_once"
            ),
            models.CheckConstraint(
                condition=models.Q(channel=NoticeChannel.EMAIL, phone="", url="") & ~models.Q(email="")
                | models.Q(channel=NoticeChannel.TEXT, email="", url="", phone__regex=r"^\+[1-9][0-9]{6,14}$")
                | models.Q(channel=NoticeChannel.WEBHOOK, email="", phone="") & ~models.Q(url=""),
                name="notice_recipient_filled",
            ),
            models.CheckConstraint(
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="notice_recipient_quiet_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(removed_at__isnull=True) | models.Q(active=False),
                name="notice_recipient_removed_is_inactive",
            ),
        )
        indexes = (models.Index("test_due_at", condition=models.Q(test_due_at__isnull=False), name="notice_test_due"),)

    def __str__(self) -> str:
        return f"recipient {self.pk}"

    @property
    def address(self) -> str:
        """Return the email address, the phone number or the URL."""
        return self.email or self.phone or self.url
