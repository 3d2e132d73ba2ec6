"""The content of a notice on each channel, made from the rows of the moment. Call inside a worker's scope."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from pagetojob.platform.tenants.models import BusinessProfile, NoticeRecipient, Tenant
from pagetojob.platform.tenants.public import is_served
from syncqueue import mails, spam_signals
from syncqueue.header_text import header_text, without_invisible
from syncqueue.leads.models import BookingRequest, Exclusion, Lead
from syncqueue.mail_facts import entry_now

from .codes import link_to
from .models import LeadAttention, Purpose, RecipientNotice

#: Two parts of a text message with room for a long name.
LONGEST_TEXT = 300
_LONGEST_WORDS = 60
MOST_LISTED = 50
#: Letters of any language, as in St. Louis, Coeur d'Alene or Winston-Salem.
_CITY = re.compile(r"[^\W\d_]+(?:(?:\. |[ '\u2019-])[^\W\d_]+)*")


@dataclass(frozen=True)
class Content:
    """A message for every channel. `event` is the body of a webhook; empty for messages that are only for people."""

    subject: str
    text: str
    short: str
    html: str = ""
    reply_to: str = ""
    event: dict[str, Any] = field(default_factory=dict)


def content_of(notice: RecipientNotice) -> Content | None:
    """Return the content of a notice; None if it is no longer about anything. At most six queries."""
    if notice.purpose == Purpose.DIGEST:
        return _digest(notice)
    if notice.purpose == Purpose.BOUNCE:
        return _bounce(notice)
    rows = BookingRequest.objects.filter(tenant=notice.tenant_id, lead=notice.lead_id)
    booking = rows.select_related("lead", "tenant").first()
    if booking is None or booking.lead.erased_at or booking.lead.excluded_as == Exclusion.SPAM:
        return None
    profile = BusinessProfile.of(notice.tenant_id)
    late = ""
    if notice.purpose in {Purpose.ESCALATION, Purpose.REMINDER}:
        # It may have waited for a server while someone opened the request.
        attention = LeadAttention.objects.filter(tenant=notice.tenant_id, lead=notice.lead_id).first()
        if attention is None or attention.opened_at or attention.answered_at:
            return None
        late = "No one at your business has opened this request yet."
        if notice.purpose == Purpose.REMINDER:
            if attention.level:
                return None
            late += " Your target for opening it ends soon."
    return request_content(booking, notice, color=profile.color, late=late)


def request_content(booking: BookingRequest, notice: RecipientNotice, *, color: str, late: str) -> Content:
    link = link_to(notice.public_id) if is_served(booking.tenant) else ""  # links end with the contract
    again, entry = notice.attempts > 1, entry_now(booking)
    mail = mails.notice(booking, "", again=again, entry=entry, color=color, link=link, late=late)
    return Content(
        subject=mail.subject,
        text=mail.body,
        html=mail.html,
        reply_to=mail.reply_to,
        short=_short(booking, link, late=bool(late)),
        event=_event(booking, late=bool(late)),
    )


def _short(booking: BookingRequest, link: str, *, late: bool) -> str:
    """Return the text message: no name, number or message of the visitor, because any phone may show it when locked.

    A city is typed by a stranger, so it is left out if it could contain a number or become a link.
    """
    lead = booking.lead
    start = "Test request" if lead.excluded_as == Exclusion.TEST else "New request"
    if late:
        start = "Not opened yet: request"
    where = f" in {lead.city}" if _CITY.fullmatch(lead.city) else ""
    what = header_text(f"{booking.service}{where}")[:_LONGEST_WORDS]
    urgency = booking.urgency_label or mails.NOT_GIVEN
    words = f"{booking.tenant.name}: {start} {lead.spoken_code}, {what}. Urgency: {urgency}."
    return f"{words[: LONGEST_TEXT - len(link) - 7]} Open: {link}" if link else words[:LONGEST_TEXT]


def _event(booking: BookingRequest, *, late: bool) -> dict[str, Any]:
    """Return the body of a webhook. An answer that the visitor left out is null."""
    lead = booking.lead
    given = {
        "name": lead.name,
        "phone": lead.phone,
        "email": without_invisible(lead.email),
        "message": lead.message,
        "street": lead.street,
        "city": lead.city,
        "state": lead.state,
        "zip": lead.zip,
    }
    return {
        "type": "request.unopened" if late else "request.created",
        "timestamp": lead.received_at.isoformat(),
        "data": {
            "reference": lead.reference,
            "code": lead.spoken_code,
            "received_at": lead.received_at.isoformat(),
            "service": booking.service,
            "urgency": booking.urgency_given or None,
            "preferred_date": booking.preferred_date.isoformat() if booking.preferred_date else None,
            "preferred_window": booking.preferred_window,
            "page": booking.page_path,
            "is_test": lead.excluded_as == Exclusion.TEST,
            "suspected": list(lead.suspected),
            **{name: value or None for name, value in given.items()},
        },
    }


def _digest(notice: RecipientNotice) -> Content | None:
    """List the suspected requests of the period that the key names."""
    tenant = Tenant.objects.get(pk=notice.tenant_id)
    since, until = (datetime.fromisoformat(text) for text in notice.subject_key.split("/"))
    leads = Lead.objects.filter(tenant=tenant, received_at__gt=since, received_at__lte=until, excluded_as="")
    rows = list(leads.exclude(suspected=[]).order_by("-received_at")[: MOST_LISTED + 1])
    if not rows:
        return None
    services = dict(BookingRequest.objects.filter(tenant=tenant, lead__in=rows).values_list("lead_id", "service"))
    lines = [
        {
            "code": lead.spoken_code,
            "at": tenant.in_words(lead.received_at),
            "name": header_text(lead.name),
            "service": header_text(services.get(lead.pk, "")),
            "why": spam_signals.sentence(lead.suspected),
        }
        for lead in rows[:MOST_LISTED]
    ]
    count = f"{MOST_LISTED}+" if len(rows) > MOST_LISTED else str(len(rows))
    context = {"business": tenant.name, "rows": lines, "count": count, "portal": f"{settings.PUBLIC_URL}/portal/"}
    return Content(
        subject=f"{tenant.name}: {count} suspected website request{'' if count == '1' else 's'}",
        text=render_to_string("syncqueue/mail/suspected_digest.txt", context),
        html=render_to_string("syncqueue/mail/suspected_digest.html", context),
        short=f"{tenant.name}: {count} suspected website requests. See {settings.PUBLIC_URL}/portal/",
    )


def _bounce(notice: RecipientNotice) -> Content | None:
    """Tell a recipient that another one no longer gets messages. The key begins with the other's public id."""
    other = (
        NoticeRecipient.objects.select_related("tenant")
        .filter(tenant=notice.tenant_id, public_id=notice.subject_key.split("/")[0])
        .first()
    )
    if other is None or not (other.bounced_at or other.complained_at):
        return None
    business = other.tenant.name
    why = header_text(other.bounce_reason) or "The mailbox reported our message as spam."
    context = {"business": business, "address": other.address, "label": other.label, "why": why}
    return Content(
        subject=f"{business}: notices to {other.address} do not arrive",
        text=render_to_string("syncqueue/mail/recipient_bounced.txt", context),
        short=f"{business}: website requests sent to {other.address} do not arrive. {why}"[:LONGEST_TEXT],
    )
