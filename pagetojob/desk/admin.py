"""People and roles in Django admin, for staff admins."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.forms import ReadOnlyPasswordHashField
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.http import HttpRequest

from pagetojob.kernel.audit.services import record
from pagetojob.kernel.tenants.models import Membership, Tenant, User

admin.site.unregister(Group)
admin.site.site_header = admin.site.site_title = "PageToJob"


class UserForm(forms.ModelForm):
    password = ReadOnlyPasswordHashField(label="Password")

    class Meta:
        model = User
        fields = ("email", "name", "is_active", "desk_role", "staff_role")


class AuditedAdmin(admin.ModelAdmin):
    """A change here has a name, a time and a reason, like every act of a person."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            assert isinstance(request.user, User)
            record(
                action=f"{obj._meta.label_lower}.{'change' if change else 'add'}",
                subject=obj,
                reason="edited in the admin",
                actor=request.user,
                changes={name: (form.initial.get(name), form.cleaned_data.get(name)) for name in form.changed_data},
            )


@admin.register(User)
class UserAdmin(AuditedAdmin):
    form = UserForm
    list_display = ("email", "name", "desk_role", "staff_role", "is_active", "last_login")
    list_filter = ("desk_role", "staff_role", "is_active")
    search_fields = ("email", "name")

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        if not change and isinstance(obj, User):
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)


@admin.register(Tenant)
class TenantAdmin(AuditedAdmin):
    list_display = ("name", "slug", "time_zone", "is_demo")
    search_fields = ("name", "slug")


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    list_display = ("tenant", "user", "role")
    list_select_related = ("tenant", "user")
    autocomplete_fields = ("tenant", "user")
