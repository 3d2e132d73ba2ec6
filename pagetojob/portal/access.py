"""Access checklist and intake questionnaire: a contractor answers each item, and an owner signs off."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pagetojob.gates.attachments import Attachment, EvidenceRefused, attachment_content, read_attachment
from pagetojob.gates.registry import MODULES
from pagetojob.onboarding import access
from pagetojob.onboarding.errors import OnboardingRefused
from pagetojob.onboarding.models import CustomerAnswer, Part
from pagetojob.platform.access import actor_of, member_page, membership_of
from pagetojob.platform.credentials.forms import GuardedForm
from pagetojob.platform.files import responses
from pagetojob.platform.forms import errors_on, errors_shown, posted
from pagetojob.platform.tenants.models import Membership, User
from pagetojob.platform.tenants.roles import TenantRole

from .views import frame

#: A checked file, or the sentence that explains why there is none.
Sent = Attachment | str


class AnswerForm(GuardedForm, forms.Form):
    text = forms.CharField(
        label="Your answer",
        max_length=4000,
        widget=forms.Textarea({"rows": 5}),
        error_messages={"required": "Enter an answer."},
        help_text="Never a password, client secret, app key or token.",
    )
    modules = forms.MultipleChoiceField(
        label="Modules of your plan",
        choices=[(name, name) for name in MODULES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    artifact = forms.FileField(
        label="File",
        required=False,
        help_text="PDF, PNG, JPEG or plain text, at most 10 MB. Remove names and numbers of customers first.",
    )


@member_page()
def overview(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show both lists with their answers and sign-offs. Eight queries with the frame."""
    lists = [access.state_of(membership.tenant, part) for part in Part]
    return _render(request, membership, "portal/access.html", lists=lists, is_owner=membership.role == TenantRole.OWNER)


def item(request: HttpRequest, part: str, slug: str) -> HttpResponse:
    """Show an item and store an answer. A file is read before any transaction begins, and only for a member."""
    sent: Sent = ""
    file = request.FILES.get("artifact") if request.method == "POST" else None
    if file and isinstance(request.user, User) and membership_of(request):
        try:
            sent = read_attachment(file, file.name or "")
        except EvidenceRefused as error:
            sent = str(error)
    return _item(request, part, slug, sent)


@member_page(methods=("GET", "HEAD", "POST"))
def _item(request: HttpRequest, membership: Membership, part: str, slug: str, sent: Sent) -> HttpResponse:
    tenant, entry = membership.tenant, _item_or_404(part, slug)
    history = access.history_of(tenant, entry)
    form = AnswerForm(posted(request), request.FILES or None, initial=_initial(history))
    if not entry.asks_modules:
        del form.fields["modules"]
    if isinstance(sent, str) and sent:
        form.add_error("artifact", sent)
    if form.is_valid():
        with errors_on(form, OnboardingRefused):
            access.answer(
                tenant=tenant, item=entry, text=form.cleaned_data["text"], by=actor_of(request),
                modules=form.cleaned_data.get("modules", ()), artifact=sent if isinstance(sent, Attachment) else None,
            )  # fmt: skip
            messages.success(request, f"{entry.title}: your answer was saved.")
            return redirect("portal:access")
    return _render(request, membership, "portal/access_item.html", form=form, item=entry, history=history)


@member_page(TenantRole.OWNER, methods=("POST",))
def sign_off(request: HttpRequest, membership: Membership, part: str) -> HttpResponse:
    """Sign off the answers of a list."""
    if part not in Part.values:
        raise Http404
    with errors_shown(request, OnboardingRefused):
        seen = request.POST.get("seen", "")
        access.sign_off(tenant=membership.tenant, part=Part(part), seen=seen, by=actor_of(request))
        messages.success(request, f"{Part(part).label}: signed off. Thank you.")
    return redirect("portal:access")


@member_page()
def artifact(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Download the file of an answer of the tenant."""
    rows = CustomerAnswer.objects.filter(tenant=membership.tenant, public_id=public_id).select_related("artifact")
    file = get_object_or_404(rows).artifact
    if file is None:
        raise Http404
    return responses.download(attachment_content(file), name=file.name, content_type=file.content_type)


def _item_or_404(part: str, slug: str) -> access.Item:
    items = access.items_of(part) if part in Part.values else []
    item = next((item for item in items if item.slug == slug), None)
    if item is None:
        raise Http404
    return item


def _initial(history: list[CustomerAnswer]) -> dict[str, Any]:
    return {"text": history[0].text, "modules": history[0].modules} if history else {}


def _render(request: HttpRequest, membership: Membership, template: str, **context: Any) -> HttpResponse:
    form = context.get("form")
    shown = frame(request, membership, **context)
    return render(request, template, shown, status=422 if form is not None and form.errors else 200)
