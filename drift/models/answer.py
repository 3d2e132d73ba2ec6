"""The customer's answer: the link that asks for it, and the stored answer."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.files.models import File
from pagetojob.platform.postgresql.conditions import filled_only_if
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Identified, Tenant, TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key

from .finding import Finding


class ReviewLink(Identified):
    """A link with which a customer answers one finding, once.

    It is read before a tenant scope is open, so it holds only ids, a digest and times, and no text of the finding.
    """

    RETENTION = Retention.FINDING
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    finding = TenantForeignKey(Finding, related_name="links")
    digest = models.CharField(max_length=64, unique=True, help_text="Digest of the secret part of the link.")
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    made_by = person_key(null=True, db_index=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="review_link_tenant_key"),
            models.UniqueConstraint(
                fields=["tenant", "finding"],
                condition=Q(revoked_at__isnull=True, used_at__isnull=True),
                name="review_link_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | Q(used_at__isnull=True), name="review_link_one_end"
            ),
        )

    def __str__(self) -> str:
        return f"review link {self.public_id}"

    @property
    def is_active(self) -> bool:
        return self.used_at is None and self.revoked_at is None and self.expires_at > timezone.now()


class Choice(models.TextChoices):
    """The possible answers. `drift.texts` has the text shown for each."""

    OPERATIONS_CHANGED = "operations changed", "operations changed"
    WEBSITE_RIGHT = "website is right", "the website is right"
    BOTH_CHANGE = "both must change", "both must change"
    TRUE_UNTIL = "true until", "true until a date"


class Grade(models.TextChoices):
    """Evidence grade of an answer, strongest first."""

    PORTAL = "in the portal", "answered in the portal"
    LINK = "by link", "answered by link"
    PHONE = "told by phone", "answered by phone"


class Answer(TenantOwned):
    """A customer's answer together with the exact text that was shown. Append-only."""

    RETENTION = Retention.FINDING
    PERSONAL_FIELDS = frozenset({"comment", "shown", "told_by"})

    finding = TenantForeignKey(Finding, related_name="answers")
    link = models.ForeignKey(ReviewLink, models.PROTECT, related_name="answers", null=True, db_index=False)
    choice = models.CharField(max_length=20, choices=Choice)
    until = models.DateField(null=True)
    comment = models.CharField(max_length=1000, blank=True)
    photo = TenantForeignKey(File, models.PROTECT, related_name="+", null=True)
    shown = models.JSONField(help_text="The text shown on the page: question, both values, quote and answers.")
    grade = models.CharField(max_length=14, choices=Grade)
    told_by = models.CharField(max_length=120, blank=True, help_text="Person who gave an answer by phone.")
    recorded_by = person_key(null=True, db_index=True)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="answer_tenant_key"),
            models.UniqueConstraint("link", name="answer_once_per_link"),
            models.CheckConstraint(condition=Q(choice__in=Choice.values), name="answer_choice_known"),
            models.CheckConstraint(
                condition=filled_only_if("until", choice=Choice.TRUE_UNTIL), name="answer_until_has_its_date"
            ),
            models.CheckConstraint(
                condition=Q(grade=Grade.LINK, link__isnull=False)
                | Q(grade=Grade.PORTAL, link__isnull=True, recorded_by__isnull=False, told_by="")
                | Q(grade=Grade.PHONE, link__isnull=True, recorded_by__isnull=False) & ~Q(told_by=""),
                name="answer_graded_by_its_way",
            ),
        )
        indexes = (models.Index(fields=["tenant", "finding", "-id"], name="answer_of"),)
        triggers: ClassVar = states.erasable_append_only("comment", "shown", "told_by")

    def __str__(self) -> str:
        return f"{self.choice} ({self.grade})"


class MailState(models.TextChoices):
    OWED = "owed", "pending"
    SENT = "sent", "accepted by the mail server"
    REFUSED = "refused", "rejected by the mail server"
    DROPPED = "dropped", "not sent because its link had ended"


class ReviewMail(TenantOwned, Identified):
    """An email that carries a review link: the question (number 0) or a reminder. Sent at least once."""

    RETENTION = Retention.NOTICE
    PERSONAL_FIELDS = frozenset({"to"})

    finding = TenantForeignKey(Finding, related_name="mails")
    link = models.ForeignKey(ReviewLink, models.PROTECT, related_name="mails", db_index=False)
    number = models.PositiveSmallIntegerField(default=0)
    to = models.EmailField()
    state = models.CharField(max_length=8, choices=MailState, default=MailState.OWED)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=300, blank=True, help_text="Last response of the mail server.")

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="review_mail_tenant_key"),
            models.UniqueConstraint("link", "number", name="review_mail_once"),
            models.CheckConstraint(condition=Q(state__in=MailState.values), name="review_mail_state_known"),
        )
        indexes = (
            models.Index(fields=["due_at"], condition=Q(state="owed"), name="review_mail_due"),
            models.Index(fields=["tenant", "finding", "-id"], name="review_mail_of"),
        )

    def __str__(self) -> str:
        return f"mail {self.number} of {self.link_id}"
