"""AuditEntry: one line for one act of a person, or for one security event."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from pagetojob.kernel import states
from pagetojob.kernel.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.kernel.tenants.models import Tenant


class AuditEntry(models.Model):
    """Never changed, never removed: the database refuses both.

    `tenant` is empty for acts that concern the house itself; only operators read those. Nothing has
    a foreign key to this table. Values of personal fields are kept as keyed hashes.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    at = models.DateTimeField(db_default=Now(), editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, related_name="+", db_index=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    actor_label = models.CharField(max_length=60, help_text="The role held, or the machine's name.")
    action = models.CharField(max_length=60, help_text="A dotted name, such as syncqueue.manual_complete.")
    subject = models.CharField(max_length=120, help_text="Kind and public id of the row acted on.")
    reason = models.TextField()
    changes = models.JSONField(default=dict, help_text="Field name to [before, after].")
    request_id = models.CharField(max_length=36, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["tenant", "-id"], name="audit_of_tenant"),
            models.Index(fields=["subject", "-id"], name="audit_of_subject"),
        )
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
