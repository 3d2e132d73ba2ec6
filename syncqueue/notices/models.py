"""Notices to recipients, who opened and answered a request, reports of servers, and a business's notice settings."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import (
    Created,
    Identified,
    NoticeRecipient,
    TenantForeignKey,
    TenantOwned,
)
from pagetojob.platform.tenants.people import person_key
from pagetojob.platform.tracing import trace_id
from syncqueue.leads.models import Lead

from .outgoing import DUE, STATE_KNOWN, OutgoingMessage

DEFAULT_TARGET_MINUTES = 15
LONGEST_TARGET_MINUTES = 7 * 24 * 60


class NoticeSettings(TenantOwned):
    """The wishes of a business about notices. A business without a row has the defaults."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    target_minutes = models.PositiveIntegerField(
        default=DEFAULT_TARGET_MINUTES,
        db_default=DEFAULT_TARGET_MINUTES,
        help_text="Business minutes within which a request is to be opened.",
    )
    escalates = models.BooleanField(default=True, db_default=True)
    digest_is_on = models.BooleanField(default=True, db_default=True)
    digest_until = models.DateTimeField(null=True, editable=False, help_text="The end of the last digest.")

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", name="notice_settings_once"),
            models.CheckConstraint(
                condition=Q(target_minutes__gte=1, target_minutes__lte=LONGEST_TARGET_MINUTES),
                name="notice_settings_target",
            ),
        )

    def __str__(self) -> str:
        return f"notice settings of tenant {self.tenant_id}"


class RecipientChange(TenantOwned, Identified):
    """A change of a recipient: its settings before and after, for undo."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = frozenset({"before", "after"})

    recipient = TenantForeignKey(NoticeRecipient, related_name="changes")
    before = models.JSONField()
    after = models.JSONField()
    by = person_key()
    at = models.DateTimeField(db_default=Now(), editable=False)
    undone_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-pk",)
        indexes = (models.Index(fields=["tenant", "-id"], name="recipient_change_newest"),)

    def __str__(self) -> str:
        return f"change {self.pk} of recipient {self.recipient_id}"


class WebhookSecret(TenantOwned):
    """The key that signs our messages to a recipient's own system. Sealed with a data key of the vault."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    recipient = TenantForeignKey(NoticeRecipient, related_name="webhook_secrets")
    box = models.BinaryField(editable=False)
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = (models.UniqueConstraint("tenant", "recipient", name="webhook_secret_once"),)

    def __str__(self) -> str:
        return f"webhook secret of recipient {self.recipient_id}"


class LeadAttention(TenantOwned):
    """The times at which someone at the business opened and answered a request, and how far its escalation went.

    A request that needs no answer has a row only once someone opened it. `check_at` is empty when no escalation is due.
    """

    RETENTION = Retention.LEAD
    PERSONAL_FIELDS = frozenset({"opened_by"})

    lead = TenantForeignKey(Lead, related_name="attention")
    check_at = models.DateTimeField(null=True, editable=False)
    level = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    opened_at = models.DateTimeField(null=True, editable=False)
    opened_by = models.CharField(max_length=60, blank=True, db_default="", editable=False)
    answered_at = models.DateTimeField(null=True, editable=False)
    escalated_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint("tenant", "lead", name="lead_attention_once"),)
        indexes = (
            models.Index("check_at", condition=Q(check_at__isnull=False), name="lead_attention_due"),
            models.Index(
                "escalated_at",
                condition=Q(escalated_at__isnull=False, opened_at__isnull=True, answered_at__isnull=True),
                name="lead_attention_late",
            ),
        )

    def __str__(self) -> str:
        return f"attention of lead {self.lead_id}"


class Purpose(models.TextChoices):
    REQUEST = "request", "new request"
    REMINDER = "reminder", "reminder before the target"
    ESCALATION = "escalation", "escalation"
    DIGEST = "digest", "digest of suspected requests"
    BOUNCE = "bounce", "an address does not accept messages"


class ReportKind(models.TextChoices):
    """A report, with the words for a notice that a server had accepted before."""

    HARD = "hard bounce", "returned: the address does not accept messages"
    SOFT = "soft bounce", "returned: the message was refused"
    DELAYED = "delayed", "delayed: the mail server is still trying"
    COMPLAINT = "complaint", "accepted, then reported as spam"
    DELIVERED = "delivered", "delivered"


#: The reason for which a notice ends with its recipient.
STOPPED = "The recipient was removed or stopped."
#: After these, a notice that a server had accepted did not arrive.
RETURNED = (ReportKind.HARD, ReportKind.SOFT)
#: After these, it is not known to have arrived: a delayed one is neither returned nor delivered.
NOT_ARRIVED = (*RETURNED, ReportKind.DELAYED)


class RecipientNotice(TenantOwned, Identified, Created, OutgoingMessage):
    """A message to one recipient of a business. Its text is made when it is sent, so it contains no personal data.

    A request's own outbox item carries the notice to one recipient (`carried`): that row is never due, and shares the
    state of the item.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    recipient = TenantForeignKey(NoticeRecipient, related_name="notices")
    lead = TenantForeignKey(Lead, related_name="notices", null=True)
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.REQUEST, db_default=Purpose.REQUEST)
    subject_key = models.CharField(
        max_length=80, help_text="The subject: equal keys are one notice. A lead's reference, a day, an address."
    )
    carried = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="recipient_notice_tenant_key"),
            models.UniqueConstraint("tenant", "subject_key", "purpose", "recipient", name="recipient_notice_once"),
            models.CheckConstraint(condition=STATE_KNOWN, name="recipient_notice_state_known"),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="recipient_notice_purpose_known"),
        )
        indexes = (
            models.Index(fields=["due_at", "id"], condition=DUE, name="recipient_notice_due"),
            models.Index(fields=["tenant", "lead"], name="recipient_notice_lead"),
            models.Index(fields=["tenant", "recipient", "-id"], name="recipient_notice_newest"),
            models.Index(fields=["-created_at", "-id"], name="recipient_notice_all"),
            models.Index(fields=["-id"], condition=Q(state="failed"), name="recipient_notice_failed"),
            models.Index(
                fields=["tenant", "lead"],
                condition=Q(reported__in=NOT_ARRIVED),
                name="recipient_notice_unreached",
            ),
        )

    @property
    def log_fields(self) -> dict[str, str]:
        """Return the fields that every log line about this notice has. Other subjects can be addresses."""
        of_request = {"trace_id": trace_id(self.subject_key)} if self.lead_id is not None else {}
        return {"notice": str(self.public_id)} | of_request

    def __str__(self) -> str:
        return f"notice {self.public_id}"


class DeliveryReport(TenantOwned):
    """A report of a mail server or the text provider about a notice, after accepting it."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    notice = TenantForeignKey(RecipientNotice, related_name="reports")
    kind = models.CharField(max_length=11, choices=ReportKind)
    code = models.CharField(max_length=20, blank=True, help_text="Such as 5.1.1, or the provider's error code.")
    source = models.CharField(max_length=64, help_text="Hash of the message that reported it, so that it counts once.")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint("tenant", "notice", "source", name="delivery_report_once"),
            models.CheckConstraint(condition=Q(kind__in=ReportKind.values), name="delivery_report_kind_known"),
        )

    def __str__(self) -> str:
        return f"{self.kind} of notice {self.notice_id}"
