"""Invitations in Django admin, for staff admins: send, list and revoke."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from pagetojob.platform.access import actor_of
from pagetojob.platform.audit.admin import AuditedAdmin, ReasonModelForm
from pagetojob.platform.credentials.forms import GuardedForm, ReasonField
from pagetojob.platform.forms import errors_on

from .access import ask_to_confirm, confirmed_first
from .errors import AccountError
from .models import Invitation, PrivilegeOutcome, PrivilegeRequest
from .services import invitations
from .services.privileges import confirm_privilege, decline_privilege, why_not_decide


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


class InvitationForm(ReasonModelForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(cleaned.get(name) for name in ("ops_role", "staff_role", "tenant_role")):
            raise ValidationError("Choose at least one role.")
        if bool(cleaned.get("tenant")) != bool(cleaned.get("tenant_role")):
            raise ValidationError("Choose a tenant and a role in it, or neither.")
        if "email" in cleaned:  # as `save_model` does, whose errors could not be shown on the form
            with errors_on(self, AccountError):
                invitations.must_be_possible(email=cleaned["email"], actor=self.actor, tenant=cleaned.get("tenant"))
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


class DecisionForm(GuardedForm, forms.Form):
    """Answer of the second staff admin."""

    reason = ReasonField("Reason for your decision", customer_reads=False, rows=3)


@admin.register(PrivilegeRequest)
class PrivilegeRequestAdmin(ConfirmedAdmin):
    """Admin of requests that need two staff admins. Another one confirms or declines each; none is edited."""

    list_display = ("privilege", "user", "requested_by", "reason", "created_at", "status", "decided_by", "decide")
    list_display_links = None
    list_filter = ("outcome", "privilege")
    list_select_related = ("user", "requested_by", "decided_by")
    search_fields = ("user__email", "user__name", "reason")
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(confirmed_first(self.decision))
        return [path("<int:pk>/decide/", view, name="accounts_privilegerequest_decide"), *super().get_urls()]

    def decision(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Confirm or decline a request, or show why this staff admin cannot confirm it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(PrivilegeRequest.objects.select_related(*self.list_select_related), pk=pk)
        form, actor = DecisionForm(request.POST or None), actor_of(request)
        if request.method == "POST" and form.is_valid():
            decide = decline_privilege if "decline" in request.POST else confirm_privilege
            with errors_on(form, AccountError):
                decide(row=row, actor=actor, reason=form.cleaned_data["reason"])
                self.message_user(request, f"{row.user}: {row.get_privilege_display()} is {_DONE[decide]}.")
                return redirect("admin:accounts_privilegerequest_changelist")
        page = {"title": "Confirm or decline", "opts": self.opts, "row": row, "form": form}
        page |= {"why": why_not_decide(row.user, actor, row), "can_decline": not row.outcome and row.user != actor}
        return TemplateResponse(
            request, "accounts/admin_decide.html", {**self.admin_site.each_context(request), **page}
        )

    @admin.display(description="status")
    def status(self, row: PrivilegeRequest) -> str:
        lapsed = not row.outcome and row.expires_at <= timezone.now()
        return "expired" if lapsed else row.get_outcome_display()

    @admin.display(description="decision")
    def decide(self, row: PrivilegeRequest) -> str:
        if row.outcome != PrivilegeOutcome.WAITING:
            return ""
        address = reverse("admin:accounts_privilegerequest_decide", args=[row.pk])
        return format_html('<a href="{}">Confirm or decline</a>', address)


_DONE = {confirm_privilege: "confirmed", decline_privilege: "declined"}
