"""Invitations of reviewers, and the lines that they contest."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from pagetojob.platform.access import actor_of
from pagetojob.platform.forms import errors_on

from ..models import LineResponse, ReviewInvitation
from ..services.reviewers import WORKING_DAYS, ReviewRefused, invite, resolve, revoke
from .acts import ReasonOnly, act_page
from .honest import HonestForm
from .records import ReadOnly


class InviteForm(HonestForm, forms.Form):
    """Form that names the reviewer."""

    reviewer = forms.CharField(
        label="Organization and occasion",
        max_length=120,
        help_text="Such as “Acme, vendor review”. No names of persons.",
    )


class ActAdmin(ReadOnly):
    """Read-only admin with acts on a row."""

    def row(self, request: HttpRequest, pk: int) -> Any:
        row = get_object_or_404(self.model, pk=pk)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    def back(self, request: HttpRequest, sentence: str) -> HttpResponse:
        self.message_user(request, sentence, messages.SUCCESS)
        return HttpResponseRedirect(reverse(f"admin:readiness_{self.opts.model_name}_changelist"))


@admin.register(ReviewInvitation)
class ReviewInvitationAdmin(ActAdmin):
    change_list_template = "admin/readiness/invitation_list.html"
    change_form_template = "admin/readiness/invitation.html"
    list_display = ("reviewer", "invited_by", "created_at", "expires_at", "revoked_at")
    list_select_related = ("invited_by",)
    search_fields = ("reviewer", "invited_by__name")
    fields = ("reviewer", "invited_by", "created_at", "expires_at", "revoked_at")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("invite/", view(self.invite_view), name="readiness_reviewinvitation_invite"),
            path("<int:pk>/revoke/", view(self.revoke_view), name="readiness_reviewinvitation_revoke"),
            *super().get_urls(),
        ]

    def invite_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = InviteForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            with errors_on(form, ReviewRefused):
                invitation, token = invite(reviewer=form.cleaned_data["reviewer"], actor=actor_of(request))
                address = request.build_absolute_uri(reverse("readiness:review", args=[token]))
                return act_page(
                    request,
                    self,
                    None,
                    title="The reviewer is invited",
                    lead="Send this link to the reviewer. It is shown only now; anyone who has it can use it.",
                    button="",
                    facts=[("Link", address), ("Expires", f"{invitation.expires_at:%B %d, %Y, %H:%M} UTC")],
                )
        return act_page(
            request,
            self,
            form,
            title="Invite a reviewer",
            lead=f"The reviewer can accept or contest each line for {WORKING_DAYS} working days, Monday to Friday."
            " A contested line is marked in public until a staff editor resolves it.",
            button="Create the link",
            facts=[],
        )

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        invitation = self.row(request, pk)
        form = ReasonOnly(request.POST or None)
        if request.method == "POST" and form.is_valid():
            with errors_on(form, ReviewRefused):
                revoke(invitation=invitation, actor=actor_of(request), reason=form.cleaned_data["reason"])
                return self.back(request, "The link no longer works. Lines that were contested stay marked.")
        return act_page(
            request,
            self,
            form,
            title="Revoke the invitation",
            lead="The link stops working. Lines that were contested stay marked until they are resolved.",
            button="Revoke",
            facts=[("Reviewer", invitation.reviewer)],
            harmful=True,
            row=invitation,
        )


@admin.register(LineResponse)
class LineResponseAdmin(ActAdmin):
    change_form_template = "admin/readiness/response.html"
    list_display = ("anchor", "verdict", "invitation", "at", "resolved_at")
    list_select_related = ("invitation",)
    search_fields = ("anchor", "reason", "resolution", "invitation__reviewer")
    list_filter: ClassVar[Any] = ("verdict", ("resolved_at", admin.EmptyFieldListFilter))
    fields = ("anchor", "version", "verdict", "reason", "invitation", "at", "resolved_at", "resolved_by", "resolution")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.resolve_view)
        return [path("<int:pk>/resolve/", view, name="readiness_lineresponse_resolve"), *super().get_urls()]

    def resolve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        response = self.row(request, pk)
        form = ReasonOnly(request.POST or None)
        if request.method == "POST" and form.is_valid():
            with errors_on(form, ReviewRefused):
                resolve(response=response, actor=actor_of(request), resolution=form.cleaned_data["reason"])
                return self.back(request, "The line is resolved. Readers no longer see it as contested.")
        return act_page(
            request,
            self,
            form,
            title="Resolve a contested line",
            lead="Correct the line first if the reviewer is right. Then state what was done.",
            button="Resolve",
            facts=[("Line", response.anchor), ("The reviewer wrote", response.reason)],
            row=response,
        )
