"""Admin of the rows that the pages list."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest

from .. import models
from ..services.evidence import supports_ready_now
from .base import ChildInline, PackAdmin
from .forms import PackForm
from .shown import EvidenceOnFile, StatusReadersSee

NO_EVIDENCE = "no valid evidence supports “ready now”."
NOT_SUPPORTED = (
    "No valid evidence supports “ready now”, so readers would see “review due”. Record evidence first and have a second"
    " person confirm it, or check the box below to save anyway."
)

SEES_STATUS = (
    "Readers see the title, the owner and the status as a line of its page. “Ready now” is shown only while valid"
    " evidence supports it."
)


class StatusForm(PackForm):
    """Form of a row with a status. Setting “ready now” without valid evidence needs a confirmation."""

    without_evidence = forms.BooleanField(
        label="Save “ready now” without evidence",
        required=False,
        widget=forms.HiddenInput,
        help_text="Readers see “review due” until the check of the line passes or a second person confirms evidence.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        chosen = cleaned.get("status") == models.Status.READY_NOW and ("status" in self.changed_data)
        if chosen and "_preview" not in self.data and not self._supported(cleaned):
            self.fields["without_evidence"].widget = forms.CheckboxInput()
            if not cleaned.get("without_evidence"):
                self.add_error("status", NOT_SUPPORTED)
        return cleaned

    def _supported(self, cleaned: dict[str, Any]) -> bool:
        slug = cleaned.get("slug") or self.instance.slug
        return supports_ready_now(f"{self.instance.ANCHOR}-{slug}", cleaned.get("gate") or "")


class StatusAdmin(PackAdmin):
    """Admin of a row with an owner and a status. `texts` are the model's own fields."""

    form = StatusForm
    intro = SEES_STATUS
    texts: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    list_filter: ClassVar[Any] = (StatusReadersSee, EvidenceOnFile, "owner", "status")
    prepopulated_fields = {"slug": ("title",)}

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = ("owner", "readers_see", "evidence", "position")
        return ("title", *self.columns, *shown)

    def get_search_fields(self, request: HttpRequest) -> Any:
        return ("title", "slug", *self.texts)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        marks = (("owner", "status"), "without_evidence", "reviewer")
        return ["title", "slug", *marks, *self.texts, "position", "updated_at", "reason"]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        row = form.instance
        bare = row.status == models.Status.READY_NOW and "_preview" not in request.POST
        if bare and not supports_ready_now(row.anchor, getattr(row, "gate", "")):
            self.message_user(request, f"Readers see “review due” for “{row}”: {NO_EVIDENCE}", messages.WARNING)


@admin.register(models.ChecklistItem)
class ChecklistItemAdmin(StatusAdmin):
    """Admin of the approval and engineering checklist."""

    texts = ("current", "next_step")


@admin.register(models.PartnerMaterial)
class PartnerMaterialAdmin(StatusAdmin):
    """Admin of the partner review materials."""

    texts = ("current", "next_step")


@admin.register(models.AccessItem)
class AccessItemAdmin(StatusAdmin):
    texts = ("purpose", "artifacts", "never_ask")


@admin.register(models.Module)
class ModuleAdmin(StatusAdmin):
    texts = ("manual_use", "api_use")
    columns = ("on_connection",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = super().get_fields(request, obj)
        return [*fields[:-3], "on_connection", *fields[-3:]]


@admin.register(models.ConnectionGate)
class ConnectionGateAdmin(StatusAdmin):
    texts = ("gate", "explanation")
    columns = ("gate",)
    intro = f"{SEES_STATUS} A row that names a gate shows the evidence of that gate."


@admin.register(models.ScopeFamily)
class ScopeFamilyAdmin(StatusAdmin):
    texts = ("family", "note")
    columns = ("family",)
    intro = f"{SEES_STATUS} The scopes themselves come from the registry in code."


@admin.register(models.ValidationCase)
class ValidationCaseAdmin(StatusAdmin):
    texts = ("category", "objective", "setup", "steps", "expected", "failure", "claim")
    columns = ("category", "claim")
    list_filter = (*StatusAdmin.list_filter, "category", "claim")
    intro = f"{SEES_STATUS} A case is a protocol: it describes a test but is no proof of a result."


@admin.register(models.IntakeQuestion)
class IntakeQuestionAdmin(StatusAdmin):
    texts = ("group", "why", "expected")
    columns = ("group",)
    list_filter = (*StatusAdmin.list_filter, "group")


@admin.register(models.SupportRunbook)
class SupportRunbookAdmin(StatusAdmin):
    texts = (
        *("severity", "trigger", "impact", "first_response", "steps"),
        *("collect", "never_claim", "safe_message"),
    )
    columns = ("severity",)
    list_filter = (*StatusAdmin.list_filter, "severity")
    intro = f"{SEES_STATUS} Word forbidden claims as a warning, not as a statement."


@admin.register(models.DataBoundary)
class DataBoundaryAdmin(PackAdmin):
    intro = "Readers see how the data is used today, how it may be used later, and the rule that always applies."
    fields = ("family", "slug", "current", "future", "rule", "position", "updated_at")
    list_display = ("family", "rule", "readers_see", "evidence", "position", "updated_at")
    list_filter = (EvidenceOnFile,)
    search_fields = ("family", "slug", "current", "future", "rule")
    prepopulated_fields = {"slug": ("family",)}


class RunbookStepInline(ChildInline):
    model = models.RunbookStep
    parent = "runbook_id"
    fields = ("text", ("slug", "position"))
    prepopulated_fields = {"slug": ("text",)}


@admin.register(models.Runbook)
class RunbookAdmin(PackAdmin):
    intro = "Readers see when it applies, the numbered steps, and the promise."
    fields = ("name", "slug", "trigger", "promise", "position", "updated_at")
    list_display = ("name", "promise", "readers_see", "evidence", "position", "updated_at")
    search_fields = ("name", "slug", "trigger", "promise", "steps__text")
    inlines = (RunbookStepInline,)
    prepopulated_fields = {"slug": ("name",)}
