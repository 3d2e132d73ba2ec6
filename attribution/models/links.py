"""Which job came of which lead: runs, links, and what people decided about them."""

import uuid
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import TenantForeignKey, TenantOwned
from syncqueue.leads.models import Lead

from .estimates import Estimate
from .outcomes import Job

DEFAULT_WINDOW_DAYS = 90
#: The kind of run that links.
LINK = "attribution.link"


class Label(models.TextChoices):
    CERTAIN = "certain", "certain"  # an id or our reference proves it
    MATCHED = "matched", "matched"  # the model is sure enough
    REVIEWED = "reviewed", "reviewed"  # a person looked and said yes
    NEEDS_REVIEW = "needs review", "needs review"
    UNMATCHED = "unmatched", "unmatched"


#: Only these count in revenue, here and wherever money is summed.
COUNTED = (Label.CERTAIN, Label.MATCHED, Label.REVIEWED)


class LinkSettings(TenantOwned):
    """How a tenant's leads and jobs are linked: its attribution window, and its own weights where some were applied."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    window_days = models.PositiveSmallIntegerField(
        default=DEFAULT_WINDOW_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(730)],
        help_text="Days after a lead in which a job can be its outcome.",
    )
    estimate = TenantForeignKey(Estimate, related_name="+", null=True, help_text="Empty: the model as it is shipped.")

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", name="link_settings_once"),
            models.CheckConstraint(condition=Q(window_days__range=(1, 730)), name="link_settings_window_sane"),
        )

    def __str__(self) -> str:
        return f"linking of tenant {self.tenant_id}"


class LinkRun(TenantOwned):
    """One linking of a tenant's leads and jobs: what it stood on, and what came out.

    `card` is the model card (`linkage.card.of`). `inputs_sha256` is over everything that was read, so equal inputs
    are known without linking again; of a linking in parts it is over the first, and the card has those of all parts.
    Until the last part is written `applied_at` is empty.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = TenantForeignKey(Run, related_name="+")
    window_days = models.PositiveSmallIntegerField()
    model_sha256 = models.CharField(max_length=64)
    inputs_sha256 = models.CharField(max_length=64)
    card = models.JSONField(default=dict)
    leads = models.PositiveIntegerField(default=0, help_text="Looked at anew.")
    jobs = models.PositiveIntegerField(default=0, help_text="Looked at anew.")
    counts = models.JSONField(default=dict, help_text="Label to number of current links after it.")
    changed = models.PositiveIntegerField(default=0, help_text="Links that are not as they were before.")
    seen_to = models.DateTimeField(help_text="Whatever changed after this is for the next one.")
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="link_run_tenant_key"),
            models.UniqueConstraint("tenant", "run", name="link_run_of_run_once"),
        )
        indexes = (models.Index(fields=["tenant", "-id"], name="link_run_newest"),)

    def __str__(self) -> str:
        return f"link run {self.public_id}"


class Link(TenantOwned):
    """What is held about one job and the lead it may have come of, or about a lead without a job.

    A new answer is a new row: facts never change, only `current` is taken away. `candidates` are other leads that
    the job could have come of, best first: [{"lead": 12, "probability": "0.210000"}]. `weights` is what each criterion
    added in natural log-odds, [["phone", "5.2700"], …], its total last; empty where ids decided. `run` is empty where
    a person made the row.
    """

    RETENTION = Retention.LEAD
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = TenantForeignKey(Lead, related_name="links")
    job = TenantForeignKey(Job, related_name="links", null=True)
    label = models.CharField(max_length=12, choices=Label)
    probability = models.DecimalField(max_digits=7, decimal_places=6, default=Decimal(0))
    agreeing = ArrayField(models.CharField(max_length=200), default=list)
    disagreeing = ArrayField(models.CharField(max_length=200), default=list)
    missing = ArrayField(models.CharField(max_length=200), default=list)
    reasons = ArrayField(models.CharField(max_length=500), default=list)
    candidates = models.JSONField(default=list)
    weights = models.JSONField(default=list)
    run = TenantForeignKey(LinkRun, related_name="links", null=True)
    current = models.BooleanField(default=True)
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="link_tenant_key"),
            # One claim per dollar: a job has one lead at most.
            models.UniqueConstraint(
                fields=["tenant", "job"], condition=Q(current=True, job__isnull=False), name="link_job_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "lead"], condition=Q(current=True, job__isnull=True), name="link_lead_without_once"
            ),
            models.CheckConstraint(condition=Q(label__in=Label.values), name="link_label_known"),
            models.CheckConstraint(condition=Q(probability__range=(0, 1)), name="link_probability_is_one"),
            models.CheckConstraint(
                condition=Q(job__isnull=True, label=Label.UNMATCHED) | Q(job__isnull=False) & ~Q(label=Label.UNMATCHED),
                name="link_unmatched_has_no_job",
            ),
        )
        indexes = (
            models.Index(
                fields=["tenant", "-probability", "id"],
                condition=Q(current=True, label=Label.NEEDS_REVIEW),
                name="link_queue",
            ),
            models.Index(fields=["tenant", "lead"], condition=Q(current=True), name="link_of_lead"),
            models.Index(fields=["tenant", "label"], condition=Q(current=True), name="link_by_label"),
        )

    def __str__(self) -> str:
        return f"link {self.public_id}"


class Verdict(models.TextChoices):
    ACCEPT = "accept", "accepted"
    REJECT = "reject", "rejected"
    CHOOSE = "choose", "another lead chosen"
    CANT_SAY = "cant say", "can't say"
    UNDO = "undo", "undone"


class ReviewDecision(TenantOwned):
    """What one person said about one link. Append-only: taking it back is a decision too.

    `lead` is whose job it is after an accept or a choice. `made` is the link that the decision made, `undoes` the
    decision it takes back. A `blind` one is a second look at a link already decided, without seeing the first; it
    changes no link.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    link = TenantForeignKey(Link, related_name="decisions")
    job = TenantForeignKey(Job, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict)
    lead = TenantForeignKey(Lead, related_name="+", null=True)
    made = TenantForeignKey(Link, related_name="+", null=True)
    undoes = TenantForeignKey("self", related_name="+", null=True)
    blind = models.BooleanField(default=False)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="review_decision_tenant_key"),
            models.UniqueConstraint(
                fields=["tenant", "undoes"], condition=Q(undoes__isnull=False), name="review_undone_once"
            ),
            models.UniqueConstraint(fields=["tenant", "link"], condition=Q(blind=True), name="review_second_look_once"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="review_verdict_known"),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.UNDO, undoes__isnull=False) | ~Q(verdict=Verdict.UNDO) & Q(undoes=None),
                name="review_undo_names_what",
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=(Verdict.ACCEPT, Verdict.CHOOSE), lead__isnull=False)
                | ~Q(verdict__in=(Verdict.ACCEPT, Verdict.CHOOSE)) & Q(lead=None),
                name="review_yes_names_a_lead",
            ),
        )
        indexes = (models.Index(fields=["tenant", "job", "-id"], name="review_of_job"),)
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"{self.verdict} {self.public_id}"
