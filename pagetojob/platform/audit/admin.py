"""Base classes for Django admin pages. Every change is recorded with a name, a time and a reason."""

from collections.abc import Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import SOURCE_MODEL_VAR
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import BadRequest, ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse

from pagetojob.platform.credentials.forms import GuardedForm, ReasonField
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import OFFBOARDED
from pagetojob.platform.tenants.models import Tenant, User

from .services import acting, record

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    ModelForm = forms.ModelForm[Any]
else:
    ModelAdmin, ModelForm = admin.ModelAdmin, forms.ModelForm


class ReasonModelForm(GuardedForm, ModelForm):
    """Model form that asks for the reason of a change. The reason is stored only in the audit log."""

    reason = ReasonField("Reason for the change", customer_reads=False, rows=2)
    #: The person who fills in the form, because no one may change their own roles.
    actor: ClassVar[Any] = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (tenant := cleaned.get("tenant")) and tenant.is_offboarded:
            raise ValidationError(OFFBOARDED)
        return cleaned


def _is_key(field: Any, value: object) -> bool:
    """Return whether a row could have this value in its key."""
    try:
        field.clean(value, None)
    except ValidationError:
        return False
    return True


class _RowSelect(AutocompleteSelect):
    """Choice of a row that shows a refused form again. Django would query a value that cannot be a key, and fail."""

    def optgroups(self, name: str, value: Iterable[str], attrs: Any = None) -> Any:
        key = self.field.target_field
        return super().optgroups(name, [chosen for chosen in value if _is_key(key, chosen)], attrs)


class LimitedAdmin(ModelAdmin):
    """Model admin without some of the acts “add”, “change” and “delete”, whoever the person is.

    Its list can be filtered only as the page offers. Django also accepts other lookups in the address, such as
    `password__startswith`, which read a hidden column bit by bit.
    """

    #: Django's 100 rows make pages of more than 150 kB.
    list_per_page = list_max_show_all = 50
    _OFFERED = ("", "__exact", "__in", "__isnull", "__isempty", "__gte", "__lt", "__id__exact", "__pk__exact")
    _OF_DATES = ("__year", "__month", "__day", "__gte", "__lt")
    without: tuple[str, ...] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return "add" not in self.without and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return "change" not in self.without and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return "delete" not in self.without and super().has_delete_permission(request, obj)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse ids of selected rows that cannot be keys, and filters with a NUL. Django would query them and fail."""
        if any("\x00" in value for _, values in request.GET.lists() for value in values):
            raise BadRequest("A filter of the list contains a NUL character.")
        if not all(_is_key(self.opts.pk, chosen) for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest("A selected row has an id that cannot exist.")
        return super().changelist_view(request, *args, **kwargs)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the row. An empty `_to_field` in the address names no field, which makes Django fail."""
        return super().get_object(request, object_id, from_field or None)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Refuse a popup whose opener is no model, such as `app.model`. Django would split the name, and fail."""
        if (opener := request.POST.get(SOURCE_MODEL_VAR)) and "." not in opener:
            raise BadRequest("The window was opened by an unknown form.")
        return super().response_add(request, obj, post_url_continue)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", _RowSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        filters = [entry[0] if isinstance(entry, tuple) else entry for entry in self.get_list_filter(request)]
        offered = {getattr(entry, "parameter_name", None) for entry in filters}
        offered |= {f"{name}{end}" for name in filters if isinstance(name, str) for end in self._OFFERED}
        return lookup in offered | {f"{self.date_hierarchy}{end}" for end in self._OF_DATES}


class AuditedAdmin(LimitedAdmin):
    """Model admin that writes an audit line for every addition, change and removal, in the same transaction.

    A line about a tenant, or about a row that belongs to one, goes to that tenant's log.
    """

    form = ReasonModelForm

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.actor = request.user
        return form

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        fields = [name for name in super().get_fields(request, obj) if name != "reason"]
        return [*fields, "reason"]

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        acting(_person(request))
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        changes = {
            name: (_before(form, name), form.cleaned_data.get(name)) for name in form.changed_data if name != "reason"
        }
        for formset in formsets:
            changes |= {
                f"{row.instance._meta.model_name} {row.instance.pk} {name}": (
                    _before(row, name),
                    row.cleaned_data.get(name),
                )
                for row in formset.forms
                for name in row.changed_data
                if name != "id"
            }
        verb = "change" if change else "add"
        self._record(request, form.instance, verb, form.cleaned_data["reason"], changes)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        with transaction.atomic():
            acting(_person(request))
            self._record(request, obj, "delete", self.removal_reason(request), {})
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        with transaction.atomic():
            for row in queryset:
                self.delete_model(request, row)

    def removal_reason(self, request: HttpRequest) -> str:
        """Return the reason for a removal. Admins that ask for one override this method."""
        return "Removed in the admin."

    def _record(self, request: HttpRequest, row: models.Model, verb: str, reason: str, changes: Any) -> None:
        action, actor = f"{row._meta.label_lower}.{verb}", _person(request)
        for tenant in _tenants(row, changes):
            with scope.tenant(tenant.pk) if tenant else nullcontext():
                record(action=action, subject=row, reason=reason, tenant=tenant, actor=actor, changes=changes)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _before(form: Any, name: str) -> object:
    """Return the initial value of a field; for a model choice field, the object instead of its id."""
    field, value = form.fields[name], form.initial.get(name)
    return field.to_python(value) if isinstance(field, forms.ModelChoiceField) else value


def _tenants(row: models.Model, changes: Any) -> set[Tenant | None]:
    """Return the tenants whose logs record a change. A row that moves between tenants concerns both."""
    of_row = row if isinstance(row, Tenant) else getattr(row, "tenant", None)
    return {of_row, *changes.get("tenant", ())} - {None} or {None}
