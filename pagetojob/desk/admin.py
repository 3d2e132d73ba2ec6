"""People and roles in Django admin, for staff admins."""

from typing import Any, ClassVar

import django.contrib.auth.admin  # noqa: F401 - registers the page of groups, which is taken away below
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest

from pagetojob.kernel.audit.admin import AuditedAdmin, ReasonForm
from pagetojob.kernel.tenants.models import Membership, Tenant, User

from .forms import OwnPasswordForm, SignInForm

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
