"""Invitations in Django admin, for staff admins: send, list and revoke."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest

from pagetojob.platform.access import actor_of
from pagetojob.platform.audit.admin import AuditedAdmin, ReasonForm
from pagetojob.platform.tenants.addresses import normalised_email

from .models import Invitation
from .services import invitations


class InvitationForm(ReasonForm):
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
class InvitationAdmin(AuditedAdmin):
    """Admin of invitations. They are created here and never edited; the link is only in the email."""

    form = InvitationForm
    fields = ("email", "ops_role", "staff_role", "tenant", "tenant_role")
    list_display = ("email", "ops_role", "staff_role", "tenant", "tenant_role", "invited_by", "stands", "expires_at")
    list_select_related = ("tenant", "invited_by")
    search_fields = ("email",)
    actions = ("take_back",)
    without = ("change", "delete")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        named = {name: form.cleaned_data[name] or "" for name in ("ops_role", "staff_role", "tenant_role")}
        made = invitations.invite(
            email=form.cleaned_data["email"],
            actor=actor_of(request),
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
            invitations.revoke(invitation=row, actor=actor_of(request), reason="Taken back in the admin.")
            for row in rows
        )
        self.message_user(request, f"Revoked: {done}.")

    @admin.display(description="status")
    def stands(self, row: Invitation) -> str:
        if row.accepted_at:
            return "accepted"
        return "revoked" if row.revoked_at else "sent"
