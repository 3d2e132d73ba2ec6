"""Flag: the switches of a feature for a tenant. Evidence: proof for a gate or for a readiness status.

Only the switches and the evidence are stored. The state of flags, gates and statuses is computed from them.
"""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Identified, Tenant, TenantOwned
from pagetojob.platform.tenants.people import person_key
from pagetojob.platform.tenants.triggers import raise_gates_epoch

from .registry import FLAGS, GATES, Grade

#: Gates whose evidence names the scopes or modules that it covers.
COVERING = [gate.value for gate, definition in GATES.items() if definition.covers]


class Flag(TenantOwned):
    """The switches of one feature for a tenant: wanted and killed.

    `decide()` computes from them and from evidence if the feature is on.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    slug = models.CharField(max_length=60, choices=[(slug, flag.title) for slug, flag in FLAGS.items()])
    wanted = models.BooleanField(default=False)
    killed = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "slug", name="flag_once"),
            models.CheckConstraint(condition=models.Q(slug__in=list(FLAGS)), name="flag_known"),
        )
        triggers: ClassVar = [raise_gates_epoch("raise_epoch")]

    def __str__(self) -> str:
        return f"{self.slug} of tenant {self.tenant_id}"


class SubjectType(models.TextChoices):
    """The kind of subject that evidence proves."""

    GATE = "gate", "a gate"
    PACK = "pack", "a line of the readiness pack"


class EvidenceKind(models.TextChoices):
    DOCUMENT = "document", "document"
    REVIEW = "review", "review by people"
    TEST_RUN = "test run", "test run"
    CONFIRMATION = "confirmation", "confirmation by the customer"
    APPROVAL = "approval", "approval by a third party"


class EvidenceFile(Identified):
    """The file of a piece of evidence, at most 10 MB. Never changed after it is stored.

    That of a tenant is encrypted with the tenant's data key; `attachments.attachment_content` returns the bytes.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = frozenset({"name", "content"})

    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    name = models.CharField(max_length=200, help_text="File name as uploaded; never used as a path.")
    content_type = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    is_encrypted = models.BooleanField(db_default=False, editable=False, help_text="False if it is about PageToJob.")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="evidencefile_sha256"),
            models.CheckConstraint(condition=Q(is_encrypted=False) | Q(tenant__isnull=False), name="evidencefile_key"),
        )

    def __str__(self) -> str:
        return f"evidence file {self.public_id}"


class Evidence(Identified):
    """A piece of evidence for a gate or a readiness item, with its grade and expiry.

    `tenant` is empty if it is about PageToJob or the readiness pack. Rows are not edited: they can be confirmed once,
    by a person other than the one who recorded it, and revoked once. Newer evidence is a new row.

    At the shell no one is signed in, so the name given there proves nothing: two signed-in people confirm such a row,
    and a row revoked there has no `revoked_by`.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    subject_type = models.CharField(max_length=4, choices=SubjectType)
    subject = models.CharField(max_length=140, help_text="Name of the gate, or anchor of the readiness item.")
    kind = models.CharField(max_length=12, choices=EvidenceKind)
    grade = models.CharField(max_length=24, choices=[(grade.value, grade.value) for grade in Grade])
    summary = models.TextField(help_text="A summary that a customer may read. No personal names.")
    covers = ArrayField(
        models.CharField(max_length=60),
        default=list,
        db_default=[],
        blank=True,
        help_text="Names of the scopes or modules it proves, for the two gates that require them.",
    )
    observed_from = models.DateField(null=True, blank=True, help_text="First day that the evidence covers.")
    observed_to = models.DateField(null=True, blank=True, help_text="Last day that the evidence covers.")
    received_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(help_text="The evidence is not valid after this time.")
    url = models.CharField("where it can be read", max_length=500, blank=True)
    file = models.ForeignKey(EvidenceFile, models.PROTECT, null=True, blank=True, related_name="+")
    sha256 = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the file, or of the content at the address."
    )
    recorded_by = person_key(null=True, blank=True)
    recorded_at_shell = models.BooleanField(default=False, db_default=False, editable=False)
    first_confirmed_by = person_key(null=True, blank=True)
    first_confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = person_key(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    revoked_by = person_key(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("-received_at", "-id")
        verbose_name_plural = "evidence"
        indexes = (models.Index(fields=["subject_type", "subject", "tenant"], name="evidence_of_subject"),)
        constraints = (
            models.CheckConstraint(condition=Q(subject_type__in=SubjectType.values), name="evidence_subject_known"),
            models.CheckConstraint(condition=Q(kind__in=EvidenceKind.values), name="evidence_kind_known"),
            models.CheckConstraint(
                condition=Q(grade__in=[grade.value for grade in Grade]), name="evidence_grade_known"
            ),
            models.CheckConstraint(
                condition=~Q(subject_type=SubjectType.GATE, grade=Grade.SIMULATOR.value), name="evidence_no_stand_in"
            ),
            models.CheckConstraint(condition=~Q(summary="") & ~Q(subject=""), name="evidence_filled"),
            models.CheckConstraint(
                condition=Q(covers=[]) | Q(subject_type=SubjectType.GATE, subject__in=COVERING), name="evidence_covers"
            ),
            models.CheckConstraint(condition=~Q(url="") | Q(file__isnull=False), name="evidence_can_be_read"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("received_at")), name="evidence_lasts"),
            models.CheckConstraint(
                condition=Q(observed_from__isnull=True)
                | Q(observed_to__isnull=True)
                | Q(observed_to__gte=F("observed_from")),
                name="evidence_window",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True)
                | Q(recorded_by__isnull=True)
                | Q(recorded_at_shell=True)
                | ~Q(confirmed_by=F("recorded_by")),
                name="evidence_two_people",
            ),
            models.CheckConstraint(
                condition=Q(recorded_at_shell=False)
                | Q(confirmed_by__isnull=True)
                | (Q(first_confirmed_by__isnull=False) & ~Q(confirmed_by=F("first_confirmed_by"))),
                name="evidence_shell_two_people",
            ),
            models.CheckConstraint(
                condition=Q(first_confirmed_by__isnull=True, first_confirmed_at__isnull=True)
                | Q(first_confirmed_by__isnull=False, first_confirmed_at__isnull=False, recorded_at_shell=True),
                name="evidence_first_confirmed_whole",
            ),
            models.CheckConstraint(
                condition=~Q(subject_type=SubjectType.GATE)
                | Q(confirmed_by__isnull=True)
                | Q(recorded_by__isnull=False),
                name="evidence_gate_two_people",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="evidence_confirmed_whole",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_reason="")),
                name="evidence_revoked_whole",
            ),
            models.CheckConstraint(
                condition=Q(sha256="") | Q(sha256__regex="^[0-9a-f]{64}$"), name="evidence_sha256_shape"
            ),
        )
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="keeps_its_facts",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF to_jsonb(NEW) - ARRAY['confirmed_by_id', 'confirmed_at', 'first_confirmed_by_id',
                            'first_confirmed_at', 'revoked_by_id', 'revoked_at', 'revoked_reason']
                        IS DISTINCT FROM to_jsonb(OLD) - ARRAY['confirmed_by_id', 'confirmed_at',
                            'first_confirmed_by_id', 'first_confirmed_at', 'revoked_by_id', 'revoked_at',
                            'revoked_reason']
                        OR (OLD.first_confirmed_at IS NOT NULL AND (NEW.first_confirmed_at, NEW.first_confirmed_by_id)
                            IS DISTINCT FROM (OLD.first_confirmed_at, OLD.first_confirmed_by_id))
                        OR (OLD.confirmed_at IS NOT NULL AND (NEW.confirmed_at, NEW.confirmed_by_id)
                            IS DISTINCT FROM (OLD.confirmed_at, OLD.confirmed_by_id))
                        OR (OLD.revoked_at IS NOT NULL AND (NEW.revoked_at, NEW.revoked_by_id, NEW.revoked_reason)
                            IS DISTINCT FROM (OLD.revoked_at, OLD.revoked_by_id, OLD.revoked_reason)) THEN
                        RAISE EXCEPTION 'evidence is confirmed once and revoked once, and never changed'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            raise_gates_epoch(
                "evidence_epoch",
                where="""coalesce(NEW.subject_type, OLD.subject_type) = 'gate'
                        AND id = coalesce(NEW.tenant_id, OLD.tenant_id, id)""",
            ),
        ]

    def __str__(self) -> str:
        return f"evidence {self.public_id}"
