"""Links between leads and jobs: linking runs, links, people's decisions, and weights estimated from these."""

import re
from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Subquery
from django.db.models.functions import Coalesce, Now

from pagetojob.platform import states
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Identified, Tenant, TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key
from syncqueue.leads.models import Lead

from .outcomes import Job
from .statements import HEX

#: The beginning of the comparison with the nearest job in a reason.
_COMPARISON = re.compile(r" \((?=agrees: |differs: |missing: )")
DEFAULT_WINDOW_DAYS = 90
#: Kind of the run that links.
LINK = "attribution.link"


class Label(models.TextChoices):
    CERTAIN = "certain", "certain"  # proven by an ID or by our reference
    MATCHED = "matched", "matched"  # probable enough for the model
    REVIEWED = "reviewed", "reviewed"  # confirmed by a person
    NEEDS_REVIEW = "needs review", "needs review"
    UNMATCHED = "unmatched", "unmatched"


#: Meaning of each label, for people who see the figures of their business.
MEANINGS: dict[str, str] = {
    Label.CERTAIN: "The job contains our reference, a booking ID or the ID of the lead.",
    Label.MATCHED: "Name, contact details, place and day agree well enough to count without a review.",
    Label.REVIEWED: "A person confirmed the match.",
    Label.NEEDS_REVIEW: "The match is possible. It counts once a person at PageToJob confirms it.",
    Label.UNMATCHED: "No job was found for the lead.",
}

#: Only these labels count as revenue, here and in every sum.
COUNTED = (Label.CERTAIN, Label.MATCHED, Label.REVIEWED)


#: Kind of the run that estimates weights.
ESTIMATE = "attribution.estimate"


class Estimate(TenantOwned, Identified):
    """Linking weights estimated from one tenant's decisions, and their effect on every figure. Append-only.

    `effect` is the result of `measure_effect`, with keys and amounts only: {"labels": {label: [was, would be]},
    "money": {"counted": ["1.00", "2.00"], "if_all_accepted": […]}, "moves": [{"job", "was", "is"}…], "moved": 3}.
    """

    RETENTION = Retention.STATEMENT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    run = TenantForeignKey(Run, related_name="+")
    base_sha256 = models.CharField(max_length=64, help_text="Hash of the shipped model that the weights are based on.")
    model_sha256 = models.CharField(max_length=64, help_text="Hash of the model with these weights.")
    weights = models.JSONField(help_text="Log-odds of every feature.")
    labels = models.PositiveIntegerField(help_text="Number of decided jobs used.")
    decided_to = models.BigIntegerField(help_text="ID of the newest decision used.")
    files_to = models.BigIntegerField(help_text="ID of the newest export used.")
    effect = models.JSONField()
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="estimate_tenant_key"),
            models.UniqueConstraint("tenant", "run", name="estimate_of_run_once"),
            models.CheckConstraint(
                condition=Q(base_sha256__regex=HEX, model_sha256__regex=HEX), name="estimate_sha256_shape"
            ),
        )
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"estimate {self.public_id}"


class LinkSettings(TenantOwned):
    """A tenant's linking settings: the attribution window and, if applied, its own model weights."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    window_days = models.PositiveSmallIntegerField(
        default=DEFAULT_WINDOW_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(730)],
        help_text="Longest time in days from a lead to a job that counts as its outcome.",
    )
    estimate = TenantForeignKey(Estimate, related_name="+", null=True, help_text="Empty: the shipped model.")

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", name="link_settings_once"),
            models.CheckConstraint(condition=Q(window_days__range=(1, 730)), name="link_settings_window_sane"),
        )

    def __str__(self) -> str:
        return f"linking of tenant {self.tenant_id}"


class LinkRun(TenantOwned, Identified):
    """A linking run over a tenant's leads and jobs: its inputs, model and results.

    `card` is the model card (`linkage.engine.make_card`). `inputs_sha256` covers everything that was read, so that
    equal inputs are recognized without linking again. A run in several parts stores the hash of the first part here and
    the hashes of all parts in `card`. `applied_at` is empty until the last part is written. `card` of a run that linked
    everything has `whole`.
    """

    RETENTION = Retention.STATEMENT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    run = TenantForeignKey(Run, related_name="+")
    window_days = models.PositiveSmallIntegerField()
    model_sha256 = models.CharField(max_length=64)
    inputs_sha256 = models.CharField(max_length=64)
    card = models.JSONField(default=dict)
    leads = models.PositiveIntegerField(default=0, help_text="Linked in this run.")
    jobs = models.PositiveIntegerField(default=0, help_text="Linked in this run.")
    counts = models.JSONField(default=dict, help_text="Current links by label after this run.")
    changed = models.PositiveIntegerField(default=0, help_text="Links that this run changed.")
    seen_to = models.DateTimeField(help_text="Later changes are linked by the next run.")
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


class Link(TenantOwned, Identified):
    """The match result for one job and its likely lead, or for a lead without a job.

    A new result is a new row; existing rows change only in `current`. `candidates` are other possible leads, best
    first: [{"lead": 12, "probability": "0.210000"}]. `weights` is the contribution of each criterion in natural
    log-odds, [["phone", "5.2700"], …], with the total last; it is empty if IDs decided. `run` is empty if a person made
    the row.
    """

    RETENTION = Retention.STATEMENT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

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
            # A claim per dollar: a job has at most one lead.
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

    @property
    def short_reason(self) -> str:
        """Return the first reason without the comparison of lead and job, which the page of the lead shows."""
        first = self.reasons[0] if self.reasons else "no match found"
        return _COMPARISON.split(first, maxsplit=1)[0]


class Verdict(models.TextChoices):
    ACCEPT = "accept", "accepted"
    REJECT = "reject", "rejected"
    CHOOSE = "choose", "another lead chosen"
    CANT_SAY = "cant say", "can't say"
    UNDO = "undo", "undone"


#: Decisions that say yes or no.
DECISIVE = (Verdict.ACCEPT, Verdict.REJECT, Verdict.CHOOSE)


class ReviewDecision(TenantOwned, Identified):
    """A person's decision about one link. Append-only: an undo is a new row.

    `lead` is the job's lead after an accept or a choice. `made` is the link that the decision created, `undoes` the
    decision it reverts. A `blind` decision is a second review of a decided link by a person who does not see the first
    decision; it changes no link.
    """

    RETENTION = Retention.STATEMENT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    link = TenantForeignKey(Link, related_name="decisions")
    job = TenantForeignKey(Job, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict)
    lead = TenantForeignKey(Lead, related_name="+", null=True)
    made = TenantForeignKey(Link, related_name="+", null=True)
    undoes = TenantForeignKey("self", related_name="+", null=True)
    blind = models.BooleanField(default=False)
    decided_by = person_key(db_index=True)
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


def finished_runs(tenant: Tenant | int) -> models.QuerySet[LinkRun]:
    """Return the linking runs whose results were all written, newest first."""
    return LinkRun.objects.filter(tenant=tenant, applied_at__isnull=False)


def interrupted_runs(tenant: Tenant | int) -> models.QuerySet[LinkRun]:
    """Return the runs that wrote only some of their parts, and whose links no later run replaced as a whole."""
    whole = finished_runs(tenant).filter(card__whole=True).values("id")[:1]
    return LinkRun.objects.filter(tenant=tenant, applied_at=None, id__gt=Coalesce(Subquery(whole), 0))


def current_decisions(tenant: Tenant | int) -> models.QuerySet[ReviewDecision]:
    """Return the decisions that were not undone, without second reviews."""
    undone = ReviewDecision.objects.filter(tenant=tenant, undoes__isnull=False).values("undoes")
    return ReviewDecision.objects.filter(tenant=tenant, blind=False, undoes=None).exclude(pk__in=undone)
