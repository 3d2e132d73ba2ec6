"""People and roles in Django admin, for staff admins."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest

from pagetojob.kernel.audit.admin import AuditedAdmin
from pagetojob.kernel.tenants.models import Membership, Tenant, User

admin.site.unregister(Group)
admin.site.site_header = admin.site.site_title = "PageToJob"


class NeverDeleted(AuditedAdmin):
    """People and tenants end by state; their history keeps pointing at them."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(NeverDeleted):
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
class MembershipAdmin(NeverDeleted):
    list_display = ("tenant", "user", "role")
    list_select_related = ("tenant", "user")
    autocomplete_fields = ("tenant", "user")
