"""Requests of data subjects, and the rows in which a search found them."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key


class SubjectKind(models.TextChoices):
    """A copy of the data, or its erasure."""

    EXPORT = "export", "a copy of the data"
    ERASURE = "erasure", "erasure"


class SubjectRequest(TenantOwned, Identified, Created):
    """A person's request for a copy or the erasure of their data at one tenant, with a deadline.

    The identifiers are emptied when the request ends. A person requests the erasure and another confirms it.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = frozenset({"name", "phone", "email", "reference"})
    IDENTIFIERS: ClassVar = ("name", "phone", "email", "reference")

    kind = models.CharField(max_length=10, choices=SubjectKind)
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=16, blank=True, help_text="E.164.")
    email = models.CharField(max_length=254, blank=True)
    reference = models.CharField(max_length=25, blank=True, help_text="Reference or spoken code of a lead.")
    opened_by = person_key()
    due_on = models.DateField(help_text="Day by which the person must have an answer.")
    searched_at = models.DateTimeField(null=True, editable=False)
    unread = models.JSONField(
        default=dict, editable=False, help_text="Number of files whose text is not read completely, by content type."
    )
    erasure_requested_by = person_key(null=True)
    erasure_requested_at = models.DateTimeField(null=True, editable=False)
    confirmed_by = person_key(null=True)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    receipt = models.JSONField(null=True, editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="subject_request_tenant_key"),
            models.CheckConstraint(condition=Q(kind__in=SubjectKind.values), name="subject_request_kind_known"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) | ~Q(name="", phone="", email="", reference=""),
                name="subject_request_names_someone",
            ),
            models.CheckConstraint(
                condition=Q(erasure_requested_by=None, erasure_requested_at=None)
                | Q(erasure_requested_by__isnull=False, erasure_requested_at__isnull=False)
                & Q(kind=SubjectKind.ERASURE, searched_at__isnull=False),
                name="subject_erasure_after_search",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False, erasure_requested_at__isnull=False)
                & ~Q(confirmed_by=F("erasure_requested_by")),
                name="subject_erasure_by_two",
            ),
        )
        indexes = (models.Index(fields=["due_on"], condition=Q(ended_at=None), name="subject_request_open"),)
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="erasure_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL
                        AND (OLD.confirmed_at IS NULL OR (NEW.confirmed_at, NEW.confirmed_by_id, NEW.name, NEW.phone,
                            NEW.email, NEW.reference) = (OLD.confirmed_at, OLD.confirmed_by_id, OLD.name, OLD.phone,
                            OLD.email, OLD.reference) OR NEW.ended_at IS NOT NULL)
                    THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'a subject request that was confirmed or has ended stays as it is'
                        USING ERRCODE = 'check_violation';
                """,
            )
        ]

    def __str__(self) -> str:
        return f"subject request {self.public_id}"


class SubjectMatch(TenantOwned):
    """A row in which the search found the person, by table and key. It contains no value of the row.

    `certain`: found by phone, email or reference, or it belongs to such a row; otherwise only the name is the same.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = NO_PERSONAL_FIELDS

    request = TenantForeignKey(SubjectRequest, related_name="matches")
    table = models.CharField(max_length=63)
    row = models.CharField(max_length=64, help_text="Primary key.")
    certain = models.BooleanField()
    included = models.BooleanField(help_text="Exported and erased.")
    erased_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("table", "id")
        constraints = (models.UniqueConstraint("tenant", "request", "table", "row", name="subject_match_once"),)
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="list_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF (SELECT erasure_requested_at FROM retention_subjectrequest
                        WHERE id = coalesce(NEW.request_id, OLD.request_id)) IS NULL
                        OR TG_OP = 'UPDATE' AND current_user = 'pagetojob_owner'
                            AND (NEW.request_id, NEW."table", NEW."row", NEW.included)
                                = (OLD.request_id, OLD."table", OLD."row", OLD.included)
                    THEN
                        RETURN coalesce(NEW, OLD);
                    END IF;
                    RAISE EXCEPTION 'the list of an erasure stays as the first person saw it'
                        USING ERRCODE = 'check_violation';
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.row}"
