"""Who is notified of requests, how and when: recipients, target, escalation and digests. For owners."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pagetojob.onboarding.setup import values
from pagetojob.platform.access import actor_of, member_page
from pagetojob.platform.accounts.access import ask_to_confirm, confirmed_to_post
from pagetojob.platform.accounts.services import throttle
from pagetojob.platform.accounts.views.later import answers_too_many
from pagetojob.platform.client_address import client_address
from pagetojob.platform.credentials.forms import GuardedForm
from pagetojob.platform.forms import errors_on, errors_shown, posted
from pagetojob.platform.tenants.models import Membership, NoticeChannel, NoticeRecipient
from pagetojob.platform.tenants.roles import TenantRole
from syncqueue.email_addresses import mailbox
from syncqueue.notices import recipients
from syncqueue.notices.models import RecipientChange
from syncqueue.notices.recipients import MOST_LEVEL, SETTINGS, RecipientRefused
from syncqueue.notices.selectors import failures_by_recipient

from .views import frame

REASON = "Changed in the portal."
_LEVELS = [
    (0, "At once"),
    (1, "If no one has opened the request within the target"),
    *((n, f"If no one has opened the request within {n} times the target") for n in range(2, MOST_LEVEL + 1)),
]


class _SettingsForm(GuardedForm, forms.Form):
    """The settings of a recipient."""

    label = forms.CharField(label="Name", max_length=80, required=False, help_text="Such as Front desk.")
    level = forms.TypedChoiceField(label="Notify", choices=_LEVELS, coerce=int, initial=0)
    quiet_from = forms.TimeField(
        label="Quiet from", required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        help_text="No notices from this time on, in the time zone of your office. A request of which no one else is"
        " notified is still sent.",
    )  # fmt: skip
    quiet_until = forms.TimeField(
        label="Quiet until", required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    wants_digest = forms.BooleanField(label="Gets the list of suspected spam by email", required=False, initial=True)
    takes_replies = forms.BooleanField(
        label="Customers may reply to this address",
        required=False,
        help_text="Email only. Our confirmation to customers shows it as its reply address once it is confirmed.",
    )

    def settings(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in SETTINGS if name in self.cleaned_data}


class AddForm(_SettingsForm):
    channel = forms.ChoiceField(label="How", choices=NoticeChannel.choices, widget=forms.RadioSelect)
    address = forms.CharField(
        label="Email address, phone number, or address of the webhook",
        max_length=300,
        help_text="It gets a test message with a link to confirm. Text messages start after that.",
    )
    field_order = ("channel", "address", "label", "level", "quiet_from", "quiet_until", "wants_digest", "takes_replies")


class ChangeForm(_SettingsForm):
    active = forms.BooleanField(label="Notify this recipient", required=False)


class TargetForm(GuardedForm, forms.Form):
    target_minutes = forms.IntegerField(
        label="Target for the first answer, in minutes",
        min_value=1,
        max_value=7 * 24 * 60,
        help_text="Office hours only. The response timer and the report use it.",
    )
    escalates = forms.BooleanField(
        label="Notify further people if no one opened or answered a request in that time", required=False
    )
    digest_is_on = forms.BooleanField(label="Send a daily list of suspected spam, if there is any", required=False)


@answers_too_many
@member_page(TenantRole.OWNER, methods=("GET", "HEAD", "POST"))
@confirmed_to_post
def notices(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show the recipients and add one, which receives personal data, so that a recent password is required.

    The secret of a webhook is in this response only, and in no cookie.
    """
    form, secret = AddForm(posted(request)), ""
    if form.is_valid():
        with errors_on(form, RecipientRefused):
            added = recipients.add(
                tenant=membership.tenant, channel=form.cleaned_data["channel"], address=form.cleaned_data["address"],
                by=actor_of(request), reason=REASON, **form.settings(),
            )  # fmt: skip
            _limit_tests(request, added.recipient)
            if not added.secret:
                messages.success(request, f"Added. A test message is on its way to {added.recipient.address}.")
                return redirect("portal:notices")
            form, secret = AddForm(), added.secret
    return _show(request, membership, form=form, secret=secret)


def _limit_tests(request: HttpRequest, row: NoticeRecipient) -> None:
    """Raise TryLater, which undoes the action, if too many test messages went to an address, or from this network.

    An owner may enter any address: its mailbox or phone must not be flooded, and text messages cost money.
    """
    buckets = throttle.webhook_test_buckets(row.tenant_id)
    if row.channel != NoticeChannel.WEBHOOK:
        account = mailbox(row.email) if row.email else row.phone
        address = client_address(request)
        buckets = throttle.mail_buckets(account=account, address=address, tenant_id=row.tenant_id)
    throttle.take(buckets)


def _show(request: HttpRequest, membership: Membership, form: AddForm, secret: str) -> HttpResponse:
    tenant = membership.tenant
    stored = recipients.notice_settings(tenant.pk)
    target = TargetForm(initial={name: getattr(stored, name) for name in TargetForm.base_fields})
    last = values.last_change(tenant, "target")
    rows, failures = recipients.list_recipients(tenant), failures_by_recipient(tenant)
    shown = {
        "recipients": [(row, failures.get(row.pk)) for row in rows],
        "is_without_person": recipients.is_without_person(rows),
        "changes": recipients.last_changes(tenant, most=5),
        "form": form,
        "target": target,
        "last": last if last and not values.why_not_undone(last, tenant) else None,
        "secret": secret,
    }
    context = frame(request, membership, **shown)
    return render(request, "portal/notices.html", context, status=422 if form.errors else 200)


@member_page(TenantRole.OWNER, methods=("POST",))
def target(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Store the target, and whether requests escalate."""
    form = TargetForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Enter a target between one minute and a week (10,080 minutes).")
        return redirect("portal:notices")
    changed = values.save(
        "target", tenant=membership.tenant, values=form.cleaned_data, seen=None, by=actor_of(request), reason=REASON
    )
    messages.success(request, "Saved. You can undo this below." if changed else "Nothing changed.")
    return redirect("portal:notices")


@member_page(TenantRole.OWNER, methods=("GET", "HEAD", "POST"))
def recipient(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Show a recipient and change its settings."""
    row = _recipient(membership, public_id)
    form = ChangeForm(posted(request), initial={name: getattr(row, name) for name in SETTINGS})
    if form.is_valid():
        with errors_on(form, RecipientRefused):
            change = recipients.change(recipient=row, by=actor_of(request), reason=REASON, **form.settings())
            messages.success(request, "Saved." if change else "Nothing changed.")
            return redirect("portal:notices")
    context = frame(request, membership, row=row, form=form)
    return render(request, "portal/recipient.html", context, status=422 if form.errors else 200)


@answers_too_many
@member_page(TenantRole.OWNER, methods=("POST",))
def recipient_act(request: HttpRequest, membership: Membership, public_id: UUID, act: str) -> HttpResponse:
    """Send a test message, also to an address whose messages came back, or remove a recipient."""
    row, by = _recipient(membership, public_id), actor_of(request)
    with errors_shown(request, RecipientRefused):
        if act == "test":
            _limit_tests(request, row)
            recipients.request_test(recipient=row, by=by)
            messages.success(request, f"A test message is on its way to {row.address}.")
        elif act == "remove":
            recipients.remove(recipient=row, by=by, reason=REASON)
            messages.success(request, f"{row.address} is no longer notified. You can undo this below.")
        else:
            raise Http404
    return redirect("portal:notices")


@member_page(TenantRole.OWNER, methods=("POST",))
def undo(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Undo a change of a recipient. To restore one that was removed, a recent password is required, as to add one."""
    change = get_object_or_404(RecipientChange, tenant=membership.tenant, public_id=public_id)
    if change.after.get("removed") and (asking := ask_to_confirm(request)):
        return asking
    with errors_shown(request, RecipientRefused):
        row = recipients.undo(change=change, by=actor_of(request))
        messages.success(request, f"The last change of {row.address} was undone.")
    return redirect("portal:notices")


def _recipient(membership: Membership, public_id: UUID) -> NoticeRecipient:
    rows = NoticeRecipient.objects.filter(tenant=membership.tenant, removed_at__isnull=True)
    return get_object_or_404(rows, public_id=public_id)
