"""Documents for reviewers, and the decision on each request."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path

from pagetojob.platform.access import actor_of
from pagetojob.platform.forms import errors_on

from ..models import DocumentRequest, ReviewDocument
from ..services.documents import MOST_BYTES, MOST_DAYS, decide, upload, withdraw_document
from ..services.reviewers import ReviewRefused
from .acts import ReasonOnly, act_page
from .honest import HonestForm
from .reviewers import ActAdmin


class UploadForm(HonestForm, forms.Form):
    """Form with the title, the terms and the file."""

    title = forms.CharField(max_length=120)
    terms = forms.CharField(
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 80}),
        help_text="A reviewer accepts exactly this text before requesting the document.",
    )
    file = forms.FileField(label="PDF", help_text=f"At most {MOST_BYTES // 1024**2} MB, without a password.")


class DecideForm(ReasonOnly):
    """Form with the number of days; empty declines the request."""

    days = forms.IntegerField(
        label="Days",
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text="The document can be downloaded for so many days, and no longer than the invitation. Empty: decline.",
    )
    field_order = ("days", "reason")


@admin.register(ReviewDocument)
class ReviewDocumentAdmin(ActAdmin):
    heavy = ("content",)
    change_list_template = "admin/readiness/document_list.html"
    change_form_template = "admin/readiness/document.html"
    list_display = ("title", "uploaded_by", "created_at", "withdrawn_at")
    list_select_related = ("uploaded_by",)
    search_fields = ("title", "sha256")
    fields = ("title", "terms", "sha256", "uploaded_by", "created_at", "withdrawn_at")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("upload/", view(self.upload_view), name="readiness_reviewdocument_upload"),
            path("<int:pk>/withdraw/", view(self.withdraw_view), name="readiness_reviewdocument_withdraw"),
            *super().get_urls(),
        ]

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            with errors_on(form, ReviewRefused):
                upload(title=data["title"], terms=data["terms"], content=data["file"].read(), actor=actor_of(request))
                return self.back(request, "The document is stored. Reviewers see its title and terms.")
        return act_page(
            request,
            self,
            form,
            title="Upload a document",
            lead="Every invited reviewer sees the title and the terms. The file needs a request and your approval.",
            button="Upload",
            facts=[],
            has_file=True,
        )

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        document = self.row(request, pk)
        form = ReasonOnly(request.POST or None)
        if request.method == "POST" and form.is_valid():
            with errors_on(form, ReviewRefused):
                withdraw_document(document=document, actor=actor_of(request), reason=form.cleaned_data["reason"])
                return self.back(request, "The document can no longer be downloaded.")
        return act_page(
            request,
            self,
            form,
            title="Withdraw the document",
            lead="It cannot be downloaded any more, also by reviewers whose request is approved.",
            button="Withdraw",
            facts=[("Document", document.title)],
            harmful=True,
            row=document,
        )


@admin.register(DocumentRequest)
class DocumentRequestAdmin(ActAdmin):
    change_form_template = "admin/readiness/request.html"
    list_display = ("document", "invitation", "at", "decided_at", "expires_at", "downloads")
    list_select_related = ("document", "invitation")
    search_fields = ("document__title", "invitation__reviewer")
    list_filter = (("decided_at", admin.EmptyFieldListFilter),)
    fields = (
        *("document", "invitation", "at", "terms_sha256"),
        *("decided_at", "decided_by", "expires_at", "downloads"),
    )

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.decide_view)
        return [path("<int:pk>/decide/", view, name="readiness_documentrequest_decide"), *super().get_urls()]

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(request, pk)
        form = DecideForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            with errors_on(form, ReviewRefused):
                decide(request=row, actor=actor_of(request), days=data["days"], reason=data["reason"])
                return self.back(request, "The request is approved." if data["days"] else "The request is declined.")
        return act_page(
            request,
            self,
            form,
            title="Decide on a request",
            lead="The reviewer has accepted the terms. Each page of a download names the reviewer and the day.",
            button="Decide",
            facts=[("Document", row.document.title), ("Reviewer", row.invitation.reviewer)],
            row=row,
        )
