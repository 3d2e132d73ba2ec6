"""Sends the notice to the best recipient of the business and the confirmation to the visitor, at least once."""

from collections.abc import Callable

from pagetojob.platform.outbound.errors import RefusedError, TransientError, UnclearError
from pagetojob.platform.outbound.mail import message_id_for, send_mail
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile
from pagetojob.titanmap.selectors import service_names
from syncqueue.leads.models import BookingRequest

from .. import mails
from ..header_text import header_text
from ..mail_facts import notice_now
from ..models import Kind, State, SyncItem
from ..notices.carried import carried_message
from ..notices.recipients import reply_address
from ..outcomes import Outcome
from ..ports import Later

_REFUSED = {Kind.BUSINESS_NOTIFICATION: "mail-refused", Kind.VISITOR_CONFIRMATION: "visitor-mail-refused"}
_AWAY = ("mail-unreachable", "mail-folder")


def deliver_notification(item: SyncItem) -> Later:
    """Notify the business. An unclear result is retried under the same Message-ID. Three queries."""
    with scope.worker():
        send = carried_message(_booking(item), message=item.public_id, again=item.possibly_twice)
    return Later(lambda: _outcome(item, send))


def deliver_confirmation(item: SyncItem) -> Later:
    """Send the visitor the spoken code and what happens next. Promises no appointment. Five queries.

    It contains nothing that a visitor typed: a person who enters someone else's address cannot send them a text.
    """
    with scope.worker():
        booking = _booking(item)
        profile = BusinessProfile.of(item.tenant_id)
        notice = notice_now(booking, profile)
        reply_to = reply_address(item.tenant_id)
        offered = booking.service in service_names(booking.tenant)
    again = item.possibly_twice
    mail = mails.confirmation(booking, profile, notice=notice, reply_to=reply_to, offered=offered, again=again)
    return Later(lambda: _send(item, mail))


def _booking(item: SyncItem) -> BookingRequest:
    return BookingRequest.objects.select_related("lead", "tenant").get(tenant=item.tenant_id, lead=item.lead_id)


def _send(item: SyncItem, mail: mails.Mail) -> Outcome:
    """Send the email of `item`. No query."""

    def send() -> str:
        subject = header_text(mail.subject)
        message_id = message_id_for(item.public_id)
        sent = send_mail(message_id=message_id, to=mail.to, subject=subject, body=mail.body, reply_to=mail.reply_to)
        return sent.message_id

    return _outcome(item, send)


def _outcome(item: SyncItem, send: Callable[[], str]) -> Outcome:
    """Send the message of `item`. An unclear result is retried under the same id."""
    try:
        external_id = send()
    except TransientError as error:
        cause = "mail-unreachable" if error.code in _AWAY else "mail-later"
        return Outcome(State.RETRYING, cause=cause, detail=error.sentence)
    except UnclearError as error:
        return Outcome(
            State.RETRYING,
            cause="mail-unclear",
            detail=f"{error.sentence} It is sent again and may arrive twice.",
            possibly_arrived=True,
        )
    except RefusedError as error:
        return Outcome(State.NEEDS_REVIEW, cause=_REFUSED[Kind(item.kind)], detail=error.sentence)
    return Outcome(State.DELIVERED, external_id=external_id)
