"""Invitations in Django admin, for staff admins: send, list and revoke."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse

from pagetojob.platform.audit.admin import AuditedAdmin, ReasonForm
from pagetojob.platform.tenants.addresses import normalised_email
from pagetojob.platform.tenants.models import User

from .access import ask_to_confirm, person_of
from .models import Invitation
from .services import invitations


class ConfirmedAdmin(AuditedAdmin):
    """Admin of privileged settings: its forms and actions need a proof of identity within the last ten minutes."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._asked(request) or super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._asked(request) or super().delete_view(request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        asked = self._asked(request) if request.method == "POST" else None
        return asked or super().changelist_view(request, *args, **kwargs)

    def _asked(self, request: HttpRequest) -> HttpResponse | None:
        return ask_to_confirm(request) if self.has_view_permission(request) else None


class InvitationForm(ReasonForm):
    """Invitation form that knows the acting user, because no one may change their own roles."""

    actor: ClassVar[User | None] = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.actor and normalised_email(cleaned.get("email") or "") == normalised_email(self.actor.email):
            raise ValidationError("You cannot change your own roles. Ask another staff admin.")
        if not any(cleaned.get(name) for name in ("ops_role", "staff_role", "tenant_role")):
            raise ValidationError("Choose at least one role.")
        if bool(cleaned.get("tenant")) != bool(cleaned.get("tenant_role")):
            raise ValidationError("Choose a tenant and a role in it, or neither.")
        return cleaned


@admin.register(Invitation)
class InvitationAdmin(ConfirmedAdmin):
    """Admin of invitations. They are created here and never edited; the link is only in the email."""

    form = InvitationForm
    fields = ("email", "ops_role", "staff_role", "tenant", "tenant_role")
    list_display = ("email", "ops_role", "staff_role", "tenant", "tenant_role", "invited_by", "stands", "expires_at")
    list_select_related = ("tenant", "invited_by")
    search_fields = ("email",)
    actions = ("take_back",)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.actor = request.user
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        named = {name: form.cleaned_data[name] or "" for name in ("ops_role", "staff_role", "tenant_role")}
        made = invitations.invite(
            email=form.cleaned_data["email"],
            actor=person_of(request),
            reason=form.cleaned_data["reason"],
            tenant=form.cleaned_data["tenant"],
            **named,
        )
        obj.pk = made.pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Do nothing: the service has already written the audit line."""

    @admin.action(description="Revoke selected invitations", permissions=["view"])
    def take_back(self, request: HttpRequest, chosen: models.QuerySet[Invitation]) -> None:
        rows = chosen.select_related("tenant")
        done = sum(
            invitations.revoke(invitation=row, actor=person_of(request), reason="Taken back in the admin.")
            for row in rows
        )
        self.message_user(request, f"Revoked: {done}.")

    @admin.display(description="status")
    def stands(self, row: Invitation) -> str:
        if row.accepted_at:
            return "accepted"
        return "revoked" if row.revoked_at else "sent"
