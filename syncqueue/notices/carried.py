"""The notice that a request's own outbox item carries: to the recipient chosen when the request was stored."""

from collections.abc import Callable
from uuid import UUID

from django.db import models
from django.db.models import ExpressionWrapper, F, Q

from pagetojob.platform.outbound.errors import RefusedError
from pagetojob.platform.tenants.models import BusinessProfile, NoticeChannel, NoticeRecipient
from syncqueue.leads.models import BookingRequest, Lead

from .channels import prepare
from .content import request_content
from .models import RecipientNotice


def carried_message(booking: BookingRequest, *, message: UUID, again: bool) -> Callable[[], str]:
    """Return the call that sends the notice under `message`. Needs a worker's scope. Two queries, or four."""
    notice = carried_notice(booking.lead)
    profile = BusinessProfile.of(booking.tenant_id)
    if notice is None:
        return _no_recipient
    if notice._state.adding:
        notice.save(force_insert=True)
    # Another attempt is announced by `again`, and this row counts none.
    notice.attempts = 2 if again else 1
    content = request_content(booking, notice, color=profile.color, late="")
    return prepare(notice.recipient, content, notice=notice.public_id, message=message).send


def carried_notice(lead: Lead) -> RecipientNotice | None:
    """Return the notice to the recipient chosen when the request was stored; None if there is no active recipient.

    If that one was stopped since, or is of a time before notices had rows, the best one now takes its place.
    """
    rows = RecipientNotice.objects.filter(tenant=lead.tenant_id, lead=lead, carried=True)
    notice = rows.select_related("recipient").first()
    if notice is not None and notice.recipient.active:
        return notice
    recipient = best_recipient(lead.tenant_id)
    if recipient is None:
        return None
    notice = notice or RecipientNotice(
        tenant_id=lead.tenant_id, lead=lead, subject_key=lead.reference, carried=True, due_at=None
    )
    notice.recipient = recipient
    return notice


def best_recipient(tenant_id: int) -> NoticeRecipient | None:
    """Return the active recipient who is notified first; a person before a webhook. Runs one query."""
    rows = NoticeRecipient.objects.filter(tenant=tenant_id, active=True)
    usable = rows.filter(channel=NoticeChannel.EMAIL) | rows.filter(confirmed_at__isnull=False)
    return (
        usable.annotate(is_webhook=ExpressionWrapper(Q(channel=NoticeChannel.WEBHOOK), models.BooleanField()))
        .order_by(
            "is_webhook",
            F("bounced_at").asc(nulls_first=True),
            "level",
            "channel",
            F("confirmed_at").asc(nulls_last=True),
            "pk",
        )
        .first()
    )


def _no_recipient() -> str:
    raise RefusedError("mail-nobody", "There is no recipient address.")
