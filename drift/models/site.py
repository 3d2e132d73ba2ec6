"""A tenant's website and its readings: the pages read, the pages not read and why, and their snapshots."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform.postgresql.conditions import filled_only_if
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, TenantForeignKey, TenantOwned


class Site(TenantOwned, Identified, Created):
    """The live website of a tenant, with its reading schedule and request rate."""

    RETENTION = Retention.TITAN_MAP
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    base_url = models.CharField(
        max_length=300, help_text="Base address of the site, with a final slash. Pages above it are not read."
    )
    every_hours = models.PositiveSmallIntegerField(default=24, help_text="Hours between readings.")
    page_budget = models.PositiveSmallIntegerField(default=200, help_text="Maximum number of pages per reading.")
    delay_ms = models.PositiveIntegerField(
        default=500, help_text="Milliseconds between requests; robots.txt may require more."
    )
    reads_itself = models.BooleanField(default=True, help_text="The site is read on its schedule.")
    due_at = models.DateTimeField(db_default=Now(), help_text="Due time of the next reading.")
    more = models.JSONField(
        default=dict,
        blank=True,
        help_text="Additions to the map's tables, such as prices and licenses (docs/reference/titan-map-json.md).",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="drift_site_tenant_key"),
            models.UniqueConstraint("tenant", name="drift_site_once"),
            models.CheckConstraint(condition=Q(base_url__endswith="/"), name="drift_site_base_is_a_folder"),
            models.CheckConstraint(
                condition=Q(every_hours__gte=1, page_budget__gte=1, page_budget__lte=2000), name="drift_site_bounded"
            ),
        )
        indexes = (models.Index(fields=["due_at"], condition=Q(reads_itself=True), name="drift_site_due"),)

    def __str__(self) -> str:
        return self.base_url


class Source(models.TextChoices):
    CRAWL = "crawl", "read from the live site"
    UPLOAD = "upload", "uploaded by a person"


class SiteReading(TenantOwned, Identified):
    """A reading of a website. Findings are updated only when the reading has ended.

    `not_read` is [{page, why}], limited to 200 entries; `pages_not_read` is the full count. `outcomes` counts the
    results of comparing items with facts: agrees, differs, cannot tell, could not read.
    """

    RETENTION = Retention.READING
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    site = TenantForeignKey(Site, related_name="readings")
    run = TenantForeignKey(Run, related_name="+", null=True)
    source = models.CharField(max_length=10, choices=Source, default=Source.CRAWL)
    began_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    delay_ms = models.PositiveIntegerField(
        default=500, help_text="Delay between requests that robots.txt and the site require."
    )
    robots = models.TextField(blank=True, help_text="The site's robots.txt at that time; empty if it had none.")
    pages_read = models.PositiveIntegerField(default=0)
    pages_unchanged = models.PositiveIntegerField(default=0)
    pages_not_read = models.PositiveIntegerField(default=0)
    facts = models.PositiveIntegerField(default=0)
    findings_open = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    reopened = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    held_back = models.PositiveIntegerField(default=0, help_text="Findings not opened because their rule was paused.")
    not_read = models.JSONField(default=list)
    outcomes = models.JSONField(default=dict)

    class Meta:
        constraints = (models.UniqueConstraint("tenant", "id", name="drift_reading_tenant_key"),)
        indexes = (models.Index(fields=["tenant", "-began_at", "-id"], name="drift_reading_newest"),)

    def __str__(self) -> str:
        return f"reading {self.public_id}"


class Snapshot(TenantOwned, Identified):
    """The content of a page as compressed HTML and compressed text. An unchanged page keeps its snapshot."""

    RETENTION = Retention.READING
    #: A page may name people, but the tenant publishes it.
    PERSONAL_FIELDS = frozenset({"html", "text"})

    page = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    html = models.BinaryField(help_text="zlib")
    text = models.BinaryField(help_text="zlib")
    size = models.PositiveIntegerField()
    charset = models.CharField(max_length=40, blank=True)
    etag = models.CharField(max_length=200, blank=True)
    last_modified = models.CharField(max_length=60, blank=True)
    first_seen_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="drift_snapshot_tenant_key"),
            models.UniqueConstraint("tenant", "page", "sha256", name="drift_snapshot_once"),
        )

    def __str__(self) -> str:
        return f"{self.page} {self.sha256[:8]}"


class PageState(models.TextChoices):
    WAITING = "waiting", "waiting"
    READ = "read", "read"
    UNCHANGED = "unchanged", "unchanged"  # according to the server or the hash; its facts are still extracted again
    NOT_READ = "not read", "not read"
    GONE = "gone", "gone"  # the site has no such page; accepted after two readings in a row
    MOVED = "moved", "moved"  # redirects to another page of the site, which is read instead


class ReadingPage(TenantOwned):
    """A page of a reading: first an entry of the crawl frontier, then a record of the result.

    `facts` are `Fact.as_json`.
    """

    RETENTION = Retention.READING
    PERSONAL_FIELDS = frozenset({"facts"})

    reading = TenantForeignKey(SiteReading, related_name="pages")
    page = models.CharField(max_length=500, help_text="Path below the site, without a query or a final slash.")
    url = models.CharField(max_length=800, help_text="Address as given by a link, the sitemap or the map.")
    state = models.CharField(max_length=10, choices=PageState, default=PageState.WAITING)
    why = models.CharField(max_length=300, blank=True, help_text="Reason why the page was not read.")
    tries = models.PositiveSmallIntegerField(default=0)
    snapshot = TenantForeignKey(Snapshot, related_name="+", null=True)
    facts = models.JSONField(default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="drift_reading_page_tenant_key"),
            models.UniqueConstraint("tenant", "reading", "page", name="drift_reading_page_once"),
            models.CheckConstraint(condition=Q(state__in=PageState.values), name="drift_page_state_known"),
            models.CheckConstraint(
                condition=filled_only_if("snapshot", state__in=("read", "unchanged")),
                name="drift_page_read_has_snapshot",
            ),
        )
        indexes = (
            models.Index(fields=["reading", "id"], condition=Q(state="waiting"), name="drift_page_waiting"),
            # The purge asks whether a page still needs a snapshot.
            models.Index(
                fields=["tenant", "snapshot"], condition=Q(snapshot__isnull=False), name="drift_page_of_snapshot"
            ),
        )

    def __str__(self) -> str:
        return self.page
