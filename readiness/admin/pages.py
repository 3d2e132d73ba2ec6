"""Admin of pages with their sections, entries of display-only sections, and as-built notes."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from .. import models
from ..anchors import page_url
from ..layout import section_layout
from ..services.evidence import known_places, pack_or_none
from .base import ChildInline, PackAdmin
from .forms import PackForm
from .rows import SEES_STATUS, StatusAdmin


class PageSectionInline(ChildInline):
    """Texts only: `readiness.layout` decides which sections exist and what they show."""

    model = models.PageSection
    parent = "page_id"
    fields = ("heading", "intro", "position")
    max_num = 0
    can_delete = False


@admin.register(models.Page)
class PageAdmin(PackAdmin):
    intro = (
        "Readers see the heading, the opening text and the sections below. Code decides which pages exist and what a"
        " section shows; display-only sections have their own entries."
    )
    fields = ("title", "heading", "intro", "notice", "updated_at")
    list_display = ("title", "heading", "its_entries", "address", "updated_at")
    search_fields = ("title", "slug", "heading", "intro", "notice", "sections__heading", "sections__intro")
    inlines = (PageSectionInline,)
    actions = None
    without = ("add", "delete")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(entries=Count("sections__entries"))

    @admin.display(description="entries")
    def its_entries(self, row: Any) -> str:
        if not row.entries:
            return "-"
        url = reverse("admin:readiness_entry_changelist", query={"section__page__id__exact": row.pk})
        return format_html('<a href="{}">{} entries</a>', url, row.entries)

    @admin.display(description="address")
    def address(self, row: models.Page) -> str:
        return format_html('<a href="{}">{}</a>', page_url(row.slug), page_url(row.slug))

    def view_on_site(self, obj: Any) -> str | None:
        pack = pack_or_none()
        return page_url(obj.slug) if pack and obj.slug in pack.pages else None


class EntryDetailInline(ChildInline):
    model = models.EntryDetail
    parent = "entry_id"
    fields = ("label", "text", ("slug", "position"))
    prepopulated_fields = {"slug": ("label",)}


class SectionField(forms.ModelChoiceField):
    """Choice of the sections that show entries, labeled by page."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.page.title}: {obj.heading}"


@admin.register(models.Entry)
class EntryAdmin(StatusAdmin):
    intro = f"{SEES_STATUS} Owner and status are optional. Details are labeled facts; several lines make a list."
    texts = ("body", "points", "next_step")
    columns = ("section",)
    among = "section"
    ordering = ("section__page__position", "section__page__slug", "section__position", "position", "slug")
    list_filter = ("section__page", ("section", admin.RelatedOnlyFieldListFilter), *StatusAdmin.list_filter)
    list_select_related = ("section",)
    inlines = (EntryDetailInline,)

    def get_search_fields(self, request: HttpRequest) -> Any:
        return (*super().get_search_fields(request), "details__label", "details__text")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["section", *super().get_fields(request, obj)]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "section":
            sections = models.PageSection.objects.select_related("page").order_by("page__position", "position")
            show = [row.pk for row in sections if section_layout(row.page.slug, row.slug).rows == "entry"]
            return SectionField(queryset=sections.filter(pk__in=show))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class NoteForm(PackForm):
    """Form in which the line is chosen once, from the lines that readers see."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.fields["slug"] = forms.ChoiceField(
                label="Line", choices=[("", "Choose a line"), *_lines()], help_text="The line that the note belongs to."
            )


def _lines() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every line that readers see, grouped by page."""
    pages: dict[str, list[tuple[str, str]]] = {}
    for (_, anchor), place in known_places().items():
        pages.setdefault(place.page_title, []).append((anchor, place.title))
    return list(pages.items())


@admin.register(models.AsBuiltNote)
class AsBuiltNoteAdmin(PackAdmin):
    intro = "Readers see the note next to the line, with its date. The line itself does not change."
    form = NoteForm
    fields = ("slug", "dated", "text", "position", "updated_at")
    list_display = ("slug", "dated", "text", "readers_see", "updated_at")
    search_fields = ("slug", "text")
