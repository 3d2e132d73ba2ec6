"""People, roles, site keys and the websites that may use them, in Django admin, for staff admins."""

from typing import Any, ClassVar

import django.contrib.auth.admin  # noqa: F401 - registers the page of groups, which is taken away below
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html

from pagetojob.kernel.audit.admin import AuditedAdmin, ReasonForm
from pagetojob.kernel.tenants.models import Membership, SiteKey, SiteOrigin, Tenant, User

from .forms import OwnPasswordForm, SignInForm
from .site_keys import fill_in, snippet_page

admin.site.unregister(Group)
admin.site.site_header = admin.site.site_title = "PageToJob"
admin.site.login_form = SignInForm
admin.site.password_change_form = OwnPasswordForm

NOT_ONE_S_OWN = "Somebody else must change your own roles."


class RolesForm(ReasonForm):
    """Knows who fills it in, since nobody decides about the own roles."""

    actor: ClassVar[object] = None


class UserForm(RolesForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.instance == self.actor and {"desk_role", "staff_role", "is_active"} & set(self.changed_data):
            raise ValidationError(NOT_ONE_S_OWN)
        return cleaned


class MembershipForm(RolesForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        before = self.instance.user if self.instance.pk else None
        if self.actor in (before, cleaned.get("user")):
            raise ValidationError(NOT_ONE_S_OWN)
        return cleaned


class NeverDeleted(AuditedAdmin):
    """People and tenants end by state; their history keeps pointing at them."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class RolesAdmin(NeverDeleted):
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.actor = request.user
        return form


@admin.register(User)
class UserAdmin(RolesAdmin):
    form = UserForm
    fields = ("email", "name", "is_active", "desk_role", "staff_role")
    list_display = ("email", "name", "desk_role", "staff_role", "is_active", "last_login")
    list_filter = ("desk_role", "staff_role", "is_active")
    search_fields = ("email", "name")

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        if not change and isinstance(obj, User):
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)


@admin.register(Tenant)
class TenantAdmin(NeverDeleted):
    list_display = ("name", "slug", "time_zone", "is_demo")
    search_fields = ("name", "slug")


@admin.register(Membership)
class MembershipAdmin(RolesAdmin):
    form = MembershipForm
    list_display = ("tenant", "user", "role")
    list_select_related = ("tenant", "user")
    autocomplete_fields = ("tenant", "user")


@admin.register(SiteKey)
class SiteKeyAdmin(NeverDeleted):
    """A key is shown in the answer to whoever makes it and never again; a retired one stays in the list."""

    list_display = ("label", "prefix", "tenant", "active", "created_at", "form_to_copy")
    list_filter = ("active",)
    list_select_related = ("tenant",)
    search_fields = ("label", "prefix", "tenant__name")
    autocomplete_fields = ("tenant",)
    readonly_fields = ("prefix", "created_at")

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        return ["tenant", "label", "active", "prefix", "created_at", "reason"] if obj else ["tenant", "label", "reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return ("tenant", *self.readonly_fields) if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            obj.save(update_fields=["label", "active"])  # of the rest the database lets nobody change anything
            return
        obj.just_made = fill_in(obj)
        obj.save()

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._page(request, obj, key=obj.just_made)

    def get_urls(self) -> list[Any]:
        shown = self.admin_site.admin_view(self.snippet)
        return [path("<int:pk>/form/", shown, name="tenants_sitekey_form"), *super().get_urls()]

    def snippet(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(SiteKey.objects.select_related("tenant"), pk=pk)
        return self._page(request, row, page=request.GET.get("page", ""))

    def _page(self, request: HttpRequest, row: SiteKey, **chosen: str) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "title": f"Form for {row.label}", "opts": self.opts}
        return TemplateResponse(request, "desk/site_key.html", context | dict(snippet_page(row, **chosen)))

    @admin.display(description="form")
    def form_to_copy(self, row: SiteKey) -> str:
        return format_html('<a href="{}/form/">Form to copy</a>', row.pk)


@admin.register(SiteOrigin)
class SiteOriginAdmin(AuditedAdmin):
    """Listed or not; an origin that changes is another one."""

    list_display = ("origin", "tenant")
    list_select_related = ("tenant",)
    search_fields = ("origin", "tenant__name")
    autocomplete_fields = ("tenant",)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
