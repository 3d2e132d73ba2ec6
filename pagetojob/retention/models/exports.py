"""Exports of all data of a tenant."""

from typing import ClassVar

from django.db import models

from pagetojob.platform.runs.models import Run
from pagetojob.platform.sealing.fields import SealedField
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key


class TenantExport(TenantOwned, Identified, Created):
    """An export of all data of a tenant, with its manifest once it has ended."""

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = NO_PERSONAL_FIELDS

    run = TenantForeignKey(Run, related_name="+")
    requested_by = person_key()
    manifest = models.JSONField(null=True, editable=False, help_text="Counts and hashes of each member.")
    ended_at = models.DateTimeField(null=True, editable=False)
    downloaded_at = models.DateTimeField(null=True, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False, help_text="When its content was removed.")
    key = SealedField(null=True, help_text="Data key of the parts; destroyed with them.")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="tenant_export_tenant_key"),
            models.UniqueConstraint("tenant", "run", name="tenant_export_run_once"),
        )

    def __str__(self) -> str:
        return f"export {self.public_id}"

    @property
    def is_ready(self) -> bool:
        """Return whether the export is complete and its content is still stored."""
        return self.ended_at is not None and self.removed_at is None

    @property
    def unreadable(self) -> int:
        """Return the number of files that could not be decrypted, so that it has no content of them."""
        return int((self.manifest or {}).get("unreadable", {}).get("files", 0))


class ExportPart(TenantOwned):
    """A piece of a member of an export, compressed and sealed.

    It declares no personal field: parts are removed two weeks later, and before that when a person is erased.
    """

    RETENTION = Retention.EXPORT
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = NO_PERSONAL_FIELDS

    export = TenantForeignKey(TenantExport, related_name="parts")
    position = models.PositiveIntegerField()
    member = models.CharField(max_length=120, help_text="Path in the archive.")
    rows = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint("tenant", "export", "position", name="export_part_once"),)

    def __str__(self) -> str:
        return f"part {self.position} of export {self.export_id}"
