"""Pages with their opening texts, their sections, and the entries of display-only sections."""

from django.db import models
from django.urls import reverse

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention

from .base import LINES, PackRow, Role, Shown, StatusRow, filled, known


class Page(PackRow):
    """A page of the pack. Its slug is the last part of its address and the name of its URL."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "page"

    title = models.CharField(max_length=80, help_text="Short: for the browser tab and for links to the page.")
    heading = models.CharField(max_length=160)
    intro = models.TextField("opening text")
    notice = models.TextField(help_text="Statement of what the page is not, shown next to the summary.")

    class Meta(PackRow.Meta):
        constraints = (filled("slug", "title", "heading", "intro", "notice"),)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("readiness:landing") if self.slug == "landing" else reverse("readiness:page", args=[self.slug])


class PageSection(models.Model):
    """A section of a page. `readiness.layout` decides which rows or panel it shows; by default it shows its entries."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    page = models.ForeignKey(Page, models.PROTECT, related_name="sections")
    slug = models.SlugField(max_length=60)
    position = models.PositiveSmallIntegerField(default=1000)
    heading = models.CharField(max_length=160)
    intro = models.TextField("opening text", blank=True)
    from_pack = models.BooleanField(default=False, editable=False)
    updated_at = models.DateTimeField("last changed", auto_now=True)

    class Meta:
        ordering = ("position", "slug")
        constraints = (
            models.UniqueConstraint("page", "slug", name="readiness_pagesection_once"),
            filled("slug", "heading"),
        )

    def __str__(self) -> str:
        return self.heading


class Entry(StatusRow):
    """An entry of a display-only section: no code acts on it. Owner and status are optional."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "entry"
    SHOWN = (Shown("body"), Shown("points", role=Role.LIST), Shown("next_step", "Next", Role.NEXT))

    section = models.ForeignKey(PageSection, models.PROTECT, related_name="entries")
    owner = models.CharField(max_length=20, blank=True, choices=StatusRow._meta.get_field("owner").choices)
    status = models.CharField(max_length=24, blank=True, choices=StatusRow._meta.get_field("status").choices)
    body = models.TextField(blank=True)
    points = models.TextField(blank=True, help_text=LINES)
    next_step = models.TextField(blank=True)

    class Meta(StatusRow.Meta):
        verbose_name_plural = "entries"
        constraints = (filled("slug", "title"), *known(blank=True))


class EntryDetail(models.Model):
    """A labeled fact of an entry. Several lines make a list."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="details")
    slug = models.SlugField(max_length=60, help_text="Unique in its entry. It cannot change later.")
    position = models.PositiveSmallIntegerField(default=1000)
    label = models.CharField(max_length=80)
    text = models.TextField(help_text="Several lines make a list.")
    from_pack = models.BooleanField(default=False, editable=False)
    updated_at = models.DateTimeField("last changed", auto_now=True)

    class Meta:
        ordering = ("position", "slug")
        constraints = (
            models.UniqueConstraint("entry", "slug", name="readiness_entrydetail_once"),
            filled("slug", "label", "text"),
        )

    def __str__(self) -> str:
        return self.label
