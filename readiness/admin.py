"""Staff change the words of the pack here. Who may is decided by roles (kernel.tenants.roles)."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db.models import TextField
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from pagetojob.kernel.audit.admin import AuditedAdmin, ReasonForm

from . import models

if TYPE_CHECKING:
    StackedInline = admin.StackedInline[Any, Any]
    ModelForm = forms.ModelForm[Any]
    InlineFormSet = BaseInlineFormSet[Any, Any, Any]
else:
    StackedInline = admin.StackedInline
    ModelForm, InlineFormSet = forms.ModelForm, BaseInlineFormSet


class FixedSlugForm(ModelForm):
    """A slug is written once: links, and the loader, know a row by it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "slug" in self.fields:
            self.fields["slug"].disabled = True


class PackForm(FixedSlugForm, ReasonForm):
    """Of a row of its own: with the reason of the change."""


SENTENCES: Any = {TextField: {"widget": AdminTextareaWidget(attrs={"rows": 3})}}


class PackAdmin(AuditedAdmin):
    """Common to all rows. What came with the pack can be reworded, not removed."""

    form = PackForm
    formfield_overrides = SENTENCES
    list_per_page = 100
    ordering = ("position", "slug")
    readonly_fields = ("updated_at",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.from_pack)


class LineAdmin(PackAdmin):
    fields = ("title", "slug", ("owner", "status"), "current", "next_step", "position", "updated_at")
    list_display = ("title", "owner", "status", "position", "updated_at")
    list_filter = ("status", "owner")
    search_fields = ("title", "current", "next_step")
    prepopulated_fields = {"slug": ("title",)}


@admin.register(models.ChecklistItem)
class ChecklistItemAdmin(LineAdmin):
    """The approval and engineering checklist."""


@admin.register(models.PartnerMaterial)
class PartnerMaterialAdmin(LineAdmin):
    """The partner review materials."""


@admin.register(models.DataBoundary)
class DataBoundaryAdmin(PackAdmin):
    fields = ("family", "slug", "current", "future", "rule", "position", "updated_at")
    list_display = ("family", "rule", "position", "updated_at")
    search_fields = ("family", "current", "future", "rule")
    prepopulated_fields = {"slug": ("family",)}


class KeepWhatCame(InlineFormSet):
    """Refuses to remove a child row that came with the pack."""

    def clean(self) -> None:
        super().clean()
        if any(form.instance.from_pack for form in self.deleted_forms):
            raise ValidationError("A step that came with the pack can be reworded, not removed.")


class RunbookStepInline(StackedInline):
    model = models.RunbookStep
    form = FixedSlugForm
    formset = KeepWhatCame
    formfield_overrides = SENTENCES
    fields = ("text", ("slug", "position"))
    extra = 0
    prepopulated_fields = {"slug": ("text",)}


@admin.register(models.Runbook)
class RunbookAdmin(PackAdmin):
    fields = ("name", "slug", "trigger", "promise", "position", "updated_at")
    list_display = ("name", "promise", "position", "updated_at")
    search_fields = ("name", "trigger", "promise", "steps__text")
    inlines = (RunbookStepInline,)
    prepopulated_fields = {"slug": ("name",)}


@admin.register(models.GatedClaim, models.Disclaimer)
class StatementAdmin(PackAdmin):
    fields = ("text", "slug", "position", "updated_at")
    list_display = ("text", "position", "updated_at")
    search_fields = ("text",)
    prepopulated_fields = {"slug": ("text",)}


class PageSectionInline(StackedInline):
    """Headings only: which sections there are is decided by the page's template."""

    model = models.PageSection
    fields = ("heading",)
    extra = max_num = 0
    can_delete = False


@admin.register(models.Page)
class PageAdmin(PackAdmin):
    fields = ("title", "heading", "intro", "notice", "updated_at")
    list_display = ("title", "heading", "updated_at")
    search_fields = ("title", "heading", "intro", "notice")
    inlines = (PageSectionInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
