"""Base classes of the pack's admin pages."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, Q, QuerySet, TextField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path

from pagetojob.platform.access import actor_of
from pagetojob.platform.audit.admin import AuditedAdmin
from pagetojob.platform.audit.services import acting
from pagetojob.platform.credentials.rules import credential_in
from pagetojob.platform.tenants.models import User

from ..services import drafts
from ..services.edits import move, settle
from . import drafts as drafting
from . import history, removed
from .acts import ReasonOnly, act_page
from .drafts import Drafting
from .forms import PackForm, ProtectPackRows, ReasonedActionForm, RowForm
from .helps import HELPS
from .honest import problem_of
from .shown import ShownColumns, ShownList, place_of

if TYPE_CHECKING:
    StackedInline = admin.StackedInline[Any, Any]
else:
    StackedInline = admin.StackedInline

SENTENCES: Any = {TextField: {"widget": AdminTextareaWidget(attrs={"rows": 3})}}
CAME_WITH_IT = "Rows that came with the pack can be reworded but not removed."
SAY_WHY = "Nothing was moved. Enter a reason in the field next to the action."


class Helped:
    """Mixin that adds help texts to fields and limits choices of people to staff."""

    model: Any

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field and not field.help_text:
            field.help_text = HELPS.get(f"{self.model._meta.model_name}.{db_field.name}") or HELPS.get(
                db_field.name, ""
            )
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is User:
            works_here = ~Q(staff_role="") | ~Q(ops_role="")
            kwargs["queryset"] = User.objects.filter(works_here, is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class ChildInline(Helped, StackedInline):
    """Inline for the children of a row. `parent` is the child's column that references the row."""

    form = RowForm
    formset = ProtectPackRows
    formfield_overrides = SENTENCES
    extra = 0
    parent = ""

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.form.restored = getattr(request, "restored", {})
        return formset


class PackAdmin(Drafting, ShownColumns, Helped, AuditedAdmin):
    """Base admin of all rows. Rows that came with the pack can be reworded but not removed; each save makes a version.

    `intro` tells staff what readers will see. Rows are ordered among those with the same value of `among`.
    """

    form = PackForm
    formfield_overrides = SENTENCES
    ordering: ClassVar[Any] = ("position", "slug")
    readonly_fields = ("updated_at",)
    action_form = ReasonedActionForm
    actions: Any = ("move_up", "move_down", "delete_selected")
    change_form_template = add_form_template = "admin/readiness/change_form.html"
    change_list_template = "admin/readiness/kind_list.html"
    object_history_template = "admin/readiness/history.html"
    intro = ""
    among = ""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return ShownList

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.from_pack)

    def view_on_site(self, obj: Any) -> str | None:
        place = place_of(obj)
        return place.url if place else None

    # --- saving -------------------------------------------------------------------------------------

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        settle(cause=form.cleaned_data["reason"], author=actor_of(request))

    # --- the form -----------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return super().add_view(request, form_url, {**(extra_context or {}), "intro": self.intro})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the form. With `?restore=`, prefill the texts from before that change; with `?draft=`, proposed values.

        Nothing is saved until submit.
        """
        row = self.get_object(request, unquote(object_id))
        more: dict[str, Any] = {"intro": self.intro, "may_draft": True}
        if row:
            more |= self._filled_in(request, row) | {"place": place_of(row), "facts": self.facts(row)}
        response = super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})
        self.store_draft(request, row)
        return response

    def _filled_in(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Set the values that prefill the form, and return the context that explains them."""
        asked = request.GET if request.method == "GET" else {}
        draft = drafts.waiting(row, request.POST.get("draft") or request.GET.get("draft"))
        restored = history.words_before(asked.get("restore"), row, self.children())
        request.restored = drafts.values_of(draft) if draft and asked else restored  # type: ignore[attr-defined]
        if draft is None:
            return {"restored": restored}
        differences = drafting.differences(draft, row, self.children())
        request.draft_reason = draft.reason  # type: ignore[attr-defined]
        return {"draft": draft, "differences": differences, "outdated": row.updated_at > draft.created_at}

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.restored = getattr(request, "restored", {})
        form.draft_reason = getattr(request, "draft_reason", "")
        return form

    def facts(self, obj: Any) -> list[tuple[str, Any]]:
        """Return facts about a row that the form shows in addition to its fields, as (label, text) pairs."""
        return []

    # --- history ------------------------------------------------------------------------------------

    def children(self) -> list[history.Children]:
        inlines: Any = self.inlines
        return [history.Children(inline.model, inline.parent) for inline in inlines]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show the history of a row, even of one that was removed."""
        row = self.get_object(request, unquote(object_id))
        gone = None if row else removed.was_there(self.model, unquote(object_id))
        if row is None and gone is None:
            raise Http404("This row does not exist.")
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        changed: Any
        changed, name = gone or (row, str(row))
        pages = self.get_paginator(request, history.changes_of(changed, self.children()), 30)
        page = pages.get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": f"History: {name}",
            "changes": history.entries(page.object_list, self.model, self.children()),
            "page": page,
            "page_range": pages.get_elided_page_range(page.number),
            "original": row,
            "gone": name if gone else "",
            "opts": self.opts,
        }
        return TemplateResponse(request, self.object_history_template, context)

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_removed"
        return [path("removed/", self.admin_site.admin_view(self.removed_view), name=name), *super().get_urls()]

    def removed_view(self, request: HttpRequest) -> HttpResponse:
        return removed.removed_page(request, self)

    # --- order --------------------------------------------------------------------------------------

    @admin.action(permissions=["change"], description="Move up one place")
    def move_up(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._move(request, queryset, up=True)

    @admin.action(permissions=["change"], description="Move down one place")
    def move_down(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._move(request, queryset, up=False)

    def _move(self, request: HttpRequest, queryset: QuerySet[Any], *, up: bool) -> None:
        reason = request.POST.get("reason", "").strip()
        if problem := problem_of(reason) if reason else SAY_WHY:
            self.message_user(request, problem, messages.ERROR)
            return
        moved = move(chosen=queryset, among=self.among, up=up, reason=reason, actor=actor_of(request))
        self.message_user(request, f"{moved} rows have a new position." if moved else "The order has not changed.")

    # --- removal ------------------------------------------------------------------------------------

    @admin.action(permissions=["delete"], description="Remove")
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        rows = list(queryset)
        if any(row.from_pack for row in rows):
            self.message_user(request, CAME_WITH_IT, messages.ERROR)
            return None
        return self._remove(request, rows, asked=request.POST.get("post") == "yes", action="delete_selected")

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if not self.has_delete_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404("This row does not exist.")
        return self._remove(request, [row], asked=request.method == "POST")

    def _remove(self, request: HttpRequest, rows: Sequence[Any], *, asked: bool, action: str = "") -> HttpResponse:
        typed = request.POST.get("reason", "")
        form = ReasonOnly(request.POST if asked else None, initial={"reason": "" if credential_in(typed) else typed})
        if asked and form.is_valid():
            with transaction.atomic():
                self.log_deletions(request, self.model._default_manager.filter(pk__in=[row.pk for row in rows]))
                self.delete_queryset(request, rows)
                settle(cause=form.cleaned_data["reason"], author=actor_of(request))
            self.message_user(request, f"Removed: {', '.join(str(row) for row in rows)}.", messages.SUCCESS)
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return act_page(
            request,
            self,
            form,
            title=f"Remove {len(rows)} {self.opts.verbose_name if len(rows) == 1 else self.opts.verbose_name_plural}",
            lead="Readers will not see it in the next version. Earlier versions still contain it.",
            button="Remove",
            facts=[(str(self.opts.verbose_name), str(row)) for row in rows],
            harmful=True,
            hidden=[("post", "yes"), ("action", action), *(("_selected_action", row.pk) for row in rows)],
        )

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        with transaction.atomic():
            acting(actor_of(request))
            for child in self.children():
                child.model._default_manager.filter(**{child.parent: obj.pk}).delete()
            super().delete_model(request, obj)

    def removal_reason(self, request: HttpRequest) -> str:
        return request.POST["reason"]
