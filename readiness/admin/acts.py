"""Confirmation page for actions on a row other than editing: a short description, a few fields and one button."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse

from .honest import HonestForm


class ReasonOnly(HonestForm, forms.Form):
    """Form that asks only for a reason."""

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 80}),
        help_text="Readers of the changes page can see it. Leave out personal data.",
        error_messages={"required": "Enter a reason. It is stored in the history."},
    )


def act_page(
    request: HttpRequest,
    of: Any,
    form: forms.Form | None,
    *,
    title: str,
    row: Any = None,
    status: int = 200,
    **act: Any,
) -> TemplateResponse:
    """Return the page. Without a `form` the action is not available, and `lead` explains why.

    `act` has the `lead` and the `button`, `facts` as (label, text) pairs about the row, and maybe `hidden` fields that
    are sent with the form, `harmful`, and `has_file`.
    """
    context = {
        **admin.site.each_context(request),
        "title": title,
        "act": {"title": title, "hidden": [], "harmful": False} | act,
        "form": form,
        "opts": of.opts,
        "original": row,
        "staff": of.has_view_permission(request),
    }
    return TemplateResponse(request, "admin/readiness/act.html", context, status=status)
