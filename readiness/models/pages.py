"""The words that open a page, and the headings of its sections."""

from django.db import models
from django.urls import reverse

from pagetojob.kernel.tenants.declarations import NO_PERSONAL_FIELDS, Retention

from .base import PackRow, filled


class Page(PackRow):
    """One page of the pack. Its slug is the last part of its address and the name of its URL."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "page"

    title = models.CharField(max_length=80, help_text="Short: for the browser tab and for links to the page.")
    heading = models.CharField(max_length=160)
    intro = models.TextField("opening words")
    notice = models.TextField(help_text="What the page is not: it stands beside the summary.")

    class Meta(PackRow.Meta):
        constraints = (filled("slug", "title", "heading", "intro", "notice"),)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse(f"readiness:{self.slug}")


class PageSection(models.Model):
    """The heading of one section. Which sections a page has is decided by its template."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    page = models.ForeignKey(Page, models.PROTECT, related_name="sections")
    slug = models.SlugField(max_length=60)
    position = models.PositiveSmallIntegerField(default=1000)
    heading = models.CharField(max_length=160)
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
