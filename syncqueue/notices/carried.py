"""The notice that a request's own outbox item carries: to the recipient chosen when the request was stored."""

from collections.abc import Callable
from uuid import UUID

from django.db import models
from django.db.models import Case, ExpressionWrapper, F, Q, When

from pagetojob.platform.outbound.errors import RefusedError
from pagetojob.platform.tenants.models import BusinessProfile, NoticeChannel, NoticeRecipient
from syncqueue.leads.models import BookingRequest, Lead

from .channels import prepare
from .content import request_content
from .models import NOT_ARRIVED, STOPPED, Purpose, RecipientNotice
from .outbox import was_attempted
from .outgoing import MessageState


def carried_message(booking: BookingRequest, *, message: UUID, again: bool) -> Callable[[], str]:
    """Return the call that sends the notice under `message`. Needs a worker's scope. Two queries, or up to seven."""
    notice = carried_notice(booking.lead)
    if notice is None:
        return _no_recipient
    if not notice.carried:
        _carry(notice, again=again)
    if notice.state == MessageState.DELIVERED and notice.reported not in NOT_ARRIVED:
        # A further notice to this recipient was accepted before it took the place of the first.
        return lambda: notice.external_id
    profile = BusinessProfile.of(booking.tenant_id)
    # Another attempt is announced by `again`; this row counts only those before the item carried it.
    notice.attempts = 2 if again or was_attempted(notice) else 1
    content = request_content(booking, notice, color=profile.color, late="")
    return prepare(notice.recipient, content, notice=notice.public_id, message=message).send


def carried_notice(lead: Lead) -> RecipientNotice | None:
    """Return the notice to the recipient chosen when the request was stored; None if there is no active recipient.

    If that one was stopped since, or is of a time before notices had rows, the best one now takes its place. It gets
    another notice, or keeps the one that it has: reports about a message belong to the recipient of that message.
    """
    rows = RecipientNotice.objects.filter(tenant=lead.tenant_id, lead=lead).select_related("recipient")
    notice = rows.filter(carried=True).first()
    if notice is not None and notice.recipient.active:
        return notice
    recipient = best_recipient(lead.tenant_id)
    if recipient is None:
        return None
    return rows.filter(recipient=recipient, purpose=Purpose.REQUEST).first() or RecipientNotice(
        tenant_id=lead.tenant_id, recipient=recipient, lead=lead, subject_key=lead.reference
    )


def _carry(notice: RecipientNotice, *, again: bool) -> None:
    """Store that the item carries this notice from now on. An earlier one, to a stopped recipient, ends.

    `again` tells that an attempt to it may have arrived. Its row counted none, so it then gets as many as
    `was_attempted` expects.
    """
    rows = RecipientNotice.objects.filter(tenant=notice.tenant_id, lead=notice.lead_id)
    earlier = rows.filter(carried=True)
    again = again or earlier.filter(attempts__gt=1).exists()
    why = f"{STOPPED} An earlier message may have arrived." if again else STOPPED
    earlier.update(carried=False, state=MessageState.SKIPPED, attempts=2 if again else 0, error=why)
    if notice._state.adding:
        notice.carried, notice.due_at = True, None
        notice.save(force_insert=True)
        return
    own = rows.filter(pk=notice.pk)
    # With other attempts than it had, a worker that is sending it under its own id does not make it due again.
    attempted = Case(When(attempts=0, then=0), default=F("attempts") + 1)
    own.exclude(state=MessageState.DELIVERED).update(state=MessageState.QUEUED, attempts=attempted, error="")
    own.update(carried=True, due_at=None)
    notice.refresh_from_db(fields=["carried", "due_at", "state", "attempts", "reported", "external_id"])


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
