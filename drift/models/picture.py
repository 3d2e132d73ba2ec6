"""Pictures of findings: the region of the page with the disagreement, when a finding opens, changes and is resolved."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform.files.models import File
from pagetojob.platform.tenants.declarations import Retention
from pagetojob.platform.tenants.models import Identified, TenantForeignKey, TenantOwned

from .finding import Finding
from .site import SiteReading, Snapshot


class Moment(models.TextChoices):
    OPENED = "opened", "Before: when the finding opened"
    CHANGED = "changed", "After a change: the website still differs"
    RESOLVED = "resolved", "After: when the finding was resolved"


class NoPicture(models.TextChoices):
    """Reasons why there is no picture of a region, and there will be none."""

    NOT_VISIBLE = "not visible", "Browsers do not show this part of the page, such as its structured data."
    HIDDEN = "hidden", "The design of the page hides this part."
    FAILED = "failed", "The browser failed three times."


class FindingPicture(TenantOwned, Identified):
    """The region of a snapshot that shows a finding at one moment, and its picture if a browser has taken one.

    Without a picture, people see the snapshot itself with the region marked.
    """

    RETENTION = Retention.READING
    #: Quoted from a public page.
    PERSONAL_FIELDS = frozenset({"quote"})

    finding = TenantForeignKey(Finding, related_name="pictures")
    reading = TenantForeignKey(SiteReading, related_name="+")
    snapshot = TenantForeignKey(Snapshot, related_name="+")
    opening = models.PositiveIntegerField(help_text="Value of the finding's times_opened.")
    moment = models.CharField(max_length=10, choices=Moment)
    quote = models.CharField(max_length=400, blank=True)
    selector = models.CharField(max_length=400, blank=True)
    file = TenantForeignKey(File, related_name="+", null=True)
    why = models.CharField(max_length=12, choices=NoPicture, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="finding_picture_tenant_key"),
            models.UniqueConstraint("tenant", "finding", "opening", "moment", "snapshot", name="finding_picture_once"),
            models.CheckConstraint(condition=Q(moment__in=Moment.values), name="finding_picture_moment_known"),
        )
        indexes = (
            models.Index(fields=["tenant", "id"], condition=Q(file__isnull=True, why=""), name="finding_picture_due"),
            models.Index(fields=["tenant", "reading"], name="finding_picture_reading"),
        )

    def __str__(self) -> str:
        return f"{self.moment} {self.public_id}"

    @property
    def is_taken(self) -> bool:
        """Return whether there is a picture. Needs the snapshot, which is empty after an erasure."""
        return self.file_id is not None and self.snapshot.size > 0

    @property
    def alt(self) -> str:
        """Return the text alternative of the picture. Needs the snapshot."""
        region = f"The marked text is “{self.quote}”." if self.quote else "The place of the finding is marked."
        if self.moment == Moment.RESOLVED:
            region = "The marked place is where the finding was."
        return f"Part of the page {self.snapshot.page} as read on {self.recorded_at:%B %-d, %Y}. {region}"
