"""Preview and drafts in the forms of the pack, and the list of drafts."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html

from pagetojob.platform.access import actor_of

from .. import models
from ..anchors import places
from ..models import AsBuiltNote, Draft
from ..page_html import page_html
from ..services import drafts
from ..services.current import as_pack
from ..shape import Pack
from .history import marked
from .records import ReadOnly

PREVIEW, DRAFT = "_preview", "_draft"
STORED = "The draft is stored. No reader sees it. Ask another editor to review it: {}"


def proposed(form: Any, formsets: Any) -> drafts.Values:
    """Return the values that a form and its inlines change, by (table, row)."""
    changed = [form, *(row for formset in formsets for row in formset.forms)]
    return {
        (row.instance._meta.db_table, row.instance.pk): values
        for row in changed
        if (values := _values(row)) and row.instance.pk
    }


def _values(form: Any) -> dict[str, Any]:
    names = {field.name: field for field in form.instance._meta.concrete_fields}
    return {name: _plain(names[name].value_from_object(form.instance)) for name in form.changed_data if name in names}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def differences(draft: Draft, row: Any, children: list[Any]) -> list[dict[str, Any]]:
    """Return each proposed value with a word diff against what is stored now. A query for each kind of child."""
    stored: dict[tuple[str, int], Any] = {(row._meta.db_table, row.pk): row}
    for child in children:
        rows = child.model._default_manager.filter(**{child.parent: row.pk})
        stored |= {(child.model._meta.db_table, other.pk): other for other in rows}
    return [
        {
            "label": _label(there, name, row),
            "words": marked(_text(there, name, getattr(there, name)), _text(there, name, value)),
        }
        for key, values in drafts.values_of(draft).items()
        if (there := stored.get(key))
        for name, value in values.items()
    ]


def _text(there: Any, name: str, value: Any) -> str:
    """Return a stored or proposed value as text. A query for a proposed row of another table."""
    related = there._meta.get_field(name).related_model
    if related and isinstance(value, int):
        value = related._default_manager.filter(pk=value).first()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _label(there: Any, name: str, row: Any) -> str:
    label = str(there._meta.get_field(name).verbose_name)
    return label if there is row else f"{there._meta.verbose_name} “{there.slug}”: {label}"


def preview(row: Any) -> HttpResponse:
    """Return the page that shows the row as readers would see it, and undo everything that the request has changed.

    Call it in the transaction of a save, after the version was made.
    """
    version = models.PackVersion.objects.latest("number")
    pack = as_pack(version)
    slug = _page_of(row, pack)
    try:
        if slug is None:
            return HttpResponse("No page of the pack shows this row.", content_type="text/plain; charset=utf-8")
        return HttpResponse(page_html(pack, pack.pages[slug], preview=True))
    finally:
        transaction.set_rollback(True)


def _page_of(row: Any, pack: Pack) -> str | None:
    if isinstance(row, models.Page):
        return row.slug if row.slug in pack.pages else None
    kind, anchor = str(row._meta.model_name), row.slug if isinstance(row, AsBuiltNote) else row.anchor
    for (of, name), place in places(pack).items():
        if name == anchor and (of == kind or isinstance(row, AsBuiltNote)):
            return place.page
    return None


class Drafting:
    """Mixin with the buttons “Preview” and “Save as draft”. Both run the whole save and then undo it.

    So a preview shows exactly what a save would publish, and a draft has passed every check of a save.
    """

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        if DRAFT in request.POST:
            request.proposed = (proposed(form, formsets), form.cleaned_data["reason"])  # type: ignore[attr-defined]
        elif PREVIEW not in request.POST and (draft := drafts.waiting(form.instance, request.POST.get("draft"))):
            drafts.close(draft, outcome=Draft.Outcome.PUBLISHED, actor=actor_of(request))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        if PREVIEW in request.POST:
            return preview(obj)
        if DRAFT in request.POST:  # no form of a new row offers it
            transaction.set_rollback(True)
            messages.error(request, "Only a stored row can have a draft. Nothing was saved.")
            return HttpResponseRedirect(reverse("admin:readiness_draft_changelist"))
        return super().response_add(request, obj, post_url_continue)  # type: ignore[misc,no-any-return]

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        if PREVIEW in request.POST:
            return preview(obj)
        if DRAFT in request.POST:
            transaction.set_rollback(True)
            return HttpResponseRedirect(reverse("admin:readiness_draft_changelist"))
        return super().response_change(request, obj)  # type: ignore[misc,no-any-return]

    def store_draft(self, request: HttpRequest, row: Any) -> None:
        """Store the draft that the request asked for, after its save was undone."""
        values, reason = getattr(request, "proposed", ({}, ""))
        if not values:
            if DRAFT in request.POST and hasattr(request, "proposed"):
                messages.warning(request, "Nothing was changed, so there is no draft.")
            return
        if revised := drafts.waiting(row, request.POST.get("draft")):
            drafts.close(revised, outcome=Draft.Outcome.DISCARDED, actor=actor_of(request))
        draft = drafts.store(row=row, values=values, reason=reason, author=actor_of(request))
        link = format_html('<a href="{}">review the draft</a>', address(draft))
        messages.success(request, format_html(STORED, link))


def address(draft: Draft) -> str:
    """Return the address of the form that reviews a draft."""
    name = draft.kind.replace(".", "_")
    return f"{reverse(f'admin:{name}_change', args=[draft.row])}?draft={draft.pk}"


@admin.register(Draft)
class DraftAdmin(ReadOnly):
    """Drafts, those that wait first. “Review” opens the form of the row with the proposed values."""

    heavy = ("values",)
    list_display = ("title", "reason", "author", "created_at", "state", "closed_by", "review")
    list_display_links = None
    list_select_related = ("author", "closed_by")
    list_filter = ("outcome", ("author", admin.RelatedOnlyFieldListFilter))
    search_fields = ("title", "reason", "author__name")
    ordering = ("outcome", "-id")
    actions: Any = ("discard",)
    fields = ("title", "reason", "author", "created_at", "outcome", "closed_by", "closed_at")

    @admin.display(description="state", ordering="outcome")
    def state(self, row: Draft) -> str:
        return row.get_outcome_display()

    @admin.display(description="review")
    def review(self, row: Draft) -> str:
        return "" if row.outcome else format_html('<a href="{}">Review</a>', address(row))

    @admin.action(description="Discard selected drafts", permissions=["view"])
    def discard(self, request: HttpRequest, queryset: QuerySet[Draft]) -> None:
        chosen = list(queryset.filter(outcome=Draft.Outcome.WAITING))
        for draft in chosen:
            drafts.close(draft, outcome=Draft.Outcome.DISCARDED, actor=actor_of(request))
        self.message_user(request, f"Discarded: {len(chosen)}.")
