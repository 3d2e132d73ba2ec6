"""Receipt: record of a disconnect. FollowUp: a step to perform after it."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform.files.models import File
from pagetojob.platform.postgresql.conditions import filled_only_if
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Identified, TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key

from .connection import Connection


class Revocation(models.TextChoices):
    """Status of the revocation on ServiceTitan's side."""

    CONFIRMED = "confirmed", "confirmed by a person"
    UNSUPPORTED = "unsupported", "cannot be done from here"
    UNKNOWN = "unknown", "not known"


class Receipt(TenantOwned, Identified):
    """Receipt of a disconnect: the secrets that were held, the keys that were destroyed, and the next steps.

    Written in the transaction of the disconnect. `held` contains kinds and fingerprints, never values. Only the
    revocation can be filled in later, once.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    connection = TenantForeignKey(Connection, related_name="receipts")
    at = models.DateTimeField(db_default=Now(), editable=False)
    by = person_key()
    reason = models.TextField()
    state_before = models.CharField(max_length=18)
    held = models.JSONField(help_text='[{"kind", "fingerprint", "kept_at"}] of each secret that was held.')
    keys_destroyed = models.JSONField(help_text='[{"key", "generation", "wrapped_by"}] of each data key.')
    backups_end_on = models.DateField(help_text="Last day on which a backup may still contain the sealed bytes.")
    revocation = models.CharField(max_length=12, choices=Revocation)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = person_key(null=True)
    features = models.JSONField(help_text='[{"flag", "title", "manual_mode"}] of each feature that needs a connection.')
    to_do = models.JSONField(help_text="Instructions for the customer, as sentences.")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="receipt_tenant_key"),
            models.UniqueConstraint("connection", name="receipt_once"),
            models.CheckConstraint(condition=Q(revocation__in=Revocation.values), name="receipt_revocation_known"),
            models.CheckConstraint(
                condition=filled_only_if("revoked_at", "revoked_by", revocation=Revocation.CONFIRMED),
                name="receipt_revocation_whole",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="receipt_says_why"),
        )
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="receipt_keeps_its_facts",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF to_jsonb(NEW) - ARRAY['revocation', 'revoked_at', 'revoked_by_id']
                        IS DISTINCT FROM to_jsonb(OLD) - ARRAY['revocation', 'revoked_at', 'revoked_by_id']
                        OR OLD.revocation = 'confirmed' THEN
                        RAISE EXCEPTION 'a receipt stays as it is; its revocation is confirmed once'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"receipt {self.public_id}"


class Step(models.TextChoices):
    """Steps after a disconnect, in order."""

    BLOCK_ITEMS = "block items", "block pending items"
    VERIFY_FALLBACK = "verify fallback", "check that requests are still received and notified"
    TELL_TENANT = "tell tenant", "notify the business by email"
    LIST_READ = "list read", "list the IDs that were read by API"
    MAKE_PDF = "make pdf", "create the receipt PDF"
    RENEW_PDF = "renew pdf", "create the PDF again, with the confirmed revocation"


#: Steps that a disconnect enqueues. RENEW_PDF is enqueued once the revocation is confirmed.
AT_DISCONNECT = (Step.BLOCK_ITEMS, Step.VERIFY_FALLBACK, Step.TELL_TENANT, Step.LIST_READ, Step.MAKE_PDF)
MAKES_PDF = (Step.MAKE_PDF, Step.RENEW_PDF)


class FollowUp(TenantOwned, Identified):
    """A step to perform after a disconnect. The row persists until it is done; runs only trigger the work."""

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    receipt = TenantForeignKey(Receipt, related_name="follow_ups")
    step = models.CharField(max_length=16, choices=Step)
    tries = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=500, blank=True, help_text="Result, as a sentence.")
    done_at = models.DateTimeField(null=True)
    file = TenantForeignKey(File, null=True, related_name="follow_ups", help_text="PDF or list that the step created.")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="followup_tenant_key"),
            models.UniqueConstraint("receipt", "step", name="followup_once"),
            models.CheckConstraint(condition=Q(step__in=Step.values), name="followup_step_known"),
            models.CheckConstraint(condition=Q(done_at__isnull=True) | ~Q(outcome=""), name="followup_says_what_came"),
            models.CheckConstraint(
                condition=Q(file__isnull=True) | Q(step__in=(*MAKES_PDF, Step.LIST_READ), done_at__isnull=False),
                name="followup_file_of_step",
            ),
        )
        indexes = (models.Index(fields=["tenant", "id"], condition=Q(done_at=None), name="followup_owed"),)

    def __str__(self) -> str:
        return f"{self.step} {self.public_id}"
