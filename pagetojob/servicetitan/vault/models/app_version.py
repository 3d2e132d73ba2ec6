"""AppVersion: the scopes that the app asks for. Acceptance: the answer of the admin of one connection to a version."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key

from .connection import Connection

_EVIDENCE = "An address, or the number of a letter or ticket."


def _decided_once(name: str, *, decided: str, columns: str) -> pgtrigger.Trigger:
    """Return the trigger by which only the columns of the decision change, and only once."""
    names = ", ".join(f"'{column}'" for column in columns.split())
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=f"""
            IF OLD.{decided} IS NOT NULL AND NEW IS DISTINCT FROM OLD
                OR to_jsonb(NEW) - ARRAY[{names}] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[{names}] THEN
                RAISE EXCEPTION 'a row of % is decided once and never changed', TG_TABLE_NAME
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        """,
    )


class AppVersion(Identified, Created):
    """A version of our app at ServiceTitan, which a change of its scopes makes.

    It is proposed by us, then published there, which a second person records, and then accepted by the admin of each
    connection.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    number = models.PositiveIntegerField(unique=True)
    scopes = ArrayField(models.CharField(max_length=80), help_text="All scopes of the version, sorted.")
    proposed_by = person_key()
    proposed_evidence = models.CharField(max_length=500, help_text=_EVIDENCE)
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = person_key(null=True)
    published_evidence = models.CharField(max_length=500, blank=True, default="", help_text=_EVIDENCE)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.CheckConstraint(condition=Q(number__gt=0) & ~Q(scopes=[]), name="appversion_filled"),
            models.CheckConstraint(condition=~Q(proposed_evidence=""), name="appversion_proposed_evidence"),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by__isnull=True, published_evidence="")
                | Q(published_at__isnull=False, published_by__isnull=False) & ~Q(published_evidence=""),
                name="appversion_published_whole",
            ),
        )
        triggers: ClassVar = [
            _decided_once(
                "appversion_decided_once",
                decided="published_at",
                columns="published_at published_by_id published_evidence",
            ),
            # Not a constraint: versions that one person published before this rule stay as they are.
            pgtrigger.Trigger(
                name="appversion_two_people",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.published_at IS NULL AND NEW.published_by_id = NEW.proposed_by_id"),
                func="RAISE EXCEPTION 'appversion_two_people' USING ERRCODE = 'check_violation';",
            ),
            pgtrigger.Trigger(
                name="appversion_proposed_first",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.published_at IS NOT NULL"),
                func="RAISE EXCEPTION 'appversion_proposed_first' USING ERRCODE = 'check_violation';",
            ),
        ]

    def __str__(self) -> str:
        return f"app version {self.number}"

    @property
    def state(self) -> str:
        return "published" if self.published_at else "proposed"


class Acceptance(TenantOwned, Identified, Created):
    """The answer of one connection's admin to a published version: waiting, or accepted."""

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    version = models.ForeignKey(AppVersion, models.PROTECT, related_name="acceptances")
    connection = TenantForeignKey(Connection, related_name="acceptances")
    accepted_at = models.DateTimeField(null=True, editable=False)
    recorded_by = person_key(null=True)
    evidence = models.CharField(max_length=500, blank=True, default="", help_text=_EVIDENCE)

    class Meta:
        ordering = ("-version__number", "id")
        constraints = (
            models.UniqueConstraint("connection", "version", name="acceptance_once"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, recorded_by__isnull=True, evidence="")
                | Q(accepted_at__isnull=False, recorded_by__isnull=False) & ~Q(evidence=""),
                name="acceptance_whole",
            ),
        )
        triggers: ClassVar = [
            _decided_once(
                "acceptance_decided_once", decided="accepted_at", columns="accepted_at recorded_by_id evidence"
            )
        ]

    def __str__(self) -> str:
        return f"acceptance {self.public_id}"

    @property
    def state(self) -> str:
        return "accepted" if self.accepted_at else "waiting"
