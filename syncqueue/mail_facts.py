"""The emails about a request, as facts for the sentences that a visitor reads."""

from django.utils import timezone

from pagetojob.platform.tenants.models import BusinessProfile, NoticeChannel
from syncqueue.leads.models import AnswerKind, BookingRequest, Lead

from . import visitor_texts
from .arrival import is_reached
from .booking_decisions import decision_for
from .models.item import NOTICES, Kind, State, SyncItem
from .notices.models import NOT_ARRIVED, RETURNED, RecipientNotice, ReportKind
from .notices.outgoing import MessageState
from .office_answer import answer_of_item
from .stop_reasons import may_send
from .visitor_texts import Business, MailFacts

NOT_ENTERED = "It has not been entered in ServiceTitan; a person must enter it manually."
NOT_SENT_YET = "Its booking may still be sent automatically. Check the request before you enter it manually."
MAY_HAVE_ARRIVED = "Its booking may have arrived in ServiceTitan. Check there before you enter it manually."
BOOKED_ALREADY = "Someone at your business marked it as booked. Do not enter it again."
_ENTERED = {
    State.DELIVERED: "Its booking was sent automatically. Do not enter it manually.",
    State.MANUAL_COMPLETE: "A person has entered it. Do not enter it again.",
    State.CANCELLED: "Its booking was canceled.",
    State.UNKNOWN: MAY_HAVE_ARRIVED,
}


def mail_facts(lead: Lead) -> dict[str, MailFacts]:
    """Return the states of the emails about a request, by kind. Runs two queries, in a scope that sees the lead.

    The office counts as notified if someone there was, as `arrival.py` states, but by a text message only once the
    provider reports that its phone has it. An item of a time before notices had rows counts by its own state.
    """
    items = SyncItem.objects.filter(tenant=lead.tenant_id, lead=lead, kind__in=NOTICES)
    rows = list(items.values_list("kind", "state", "state_since", "created_at", is_reached("lead_id")))
    facts = {kind: MailFacts(state, since, created) for kind, state, since, created, _ in rows}
    if notice := facts.get(Kind.BUSINESS_NOTIFICATION):
        facts[Kind.BUSINESS_NOTIFICATION] = _of_everyone(lead, notice, reached=any(row[-1] for row in rows))
    return facts


def _of_everyone(lead: Lead, item: MailFacts, *, reached: bool) -> MailFacts:
    """Return the notice that reached someone, if any; else the item's, which is doubtful if it was returned."""
    notices = RecipientNotice.objects.filter(tenant=lead.tenant_id, lead=lead)
    rows = list(notices.values_list("carried", "recipient__channel", "state", "reported", "delivered_at"))
    of_item = {reported for carried, _, _, reported, _ in rows if carried}
    is_text = any(carried and channel == NoticeChannel.TEXT for carried, channel, *_ in rows)
    ended = item.state in (State.DELIVERED, State.MANUAL_COMPLETE)
    # A text message is accepted long before its phone has it, so it counts once the provider reports that.
    has_arrived = of_item.isdisjoint(NOT_ARRIVED) and (not is_text or ReportKind.DELIVERED in of_item)
    if item.state == State.MANUAL_COMPLETE or (ended and has_arrived and (reached or not of_item)):
        return item
    arrived = [
        at
        for carried, channel, state, reported, at in rows
        if at
        and not carried
        and state == MessageState.DELIVERED
        and reported not in NOT_ARRIVED
        and (channel == NoticeChannel.EMAIL or reported == ReportKind.DELIVERED)
    ]
    if reached and arrived:
        return MailFacts(State.DELIVERED, min(arrived), item.created)
    if ended:
        is_returned = any(reported in RETURNED for _, _, _, reported, _ in rows)
        return MailFacts(State.NEEDS_REVIEW if is_returned else State.SENDING, item.since, item.created)
    return item


def notice_now(booking: BookingRequest, profile: BusinessProfile) -> str:
    """Return what a confirmation sent now states about the notice to the office. Runs two queries."""
    business = Business(time_zone=booking.tenant.time_zone, phone=profile.phone)
    mail = mail_facts(booking.lead).get(Kind.BUSINESS_NOTIFICATION)
    return visitor_texts.notice_in_mail(mail, business, now=timezone.now())


def entry_now(booking: BookingRequest) -> str:
    """Return what a notice sent now states about the entry in ServiceTitan; empty without a booking.

    Up to three queries, in a scope that sees the lead.
    """
    items = SyncItem.objects.filter(tenant=booking.tenant_id, lead=booking.lead_id, kind=Kind.BOOKING_REQUEST)
    item = items.annotate(answer=answer_of_item()).first()
    if item is None:
        return ""
    if sentence := _ENTERED.get(State(item.state)):
        return sentence
    if item.answer == AnswerKind.BOOKED:
        return BOOKED_ALREADY
    if booking.lead.excluded_as:
        return f"It is excluded as {booking.lead.excluded_as}, so no one has to enter it."
    is_under_way = item.state in (State.QUEUED, State.SENDING, State.RETRYING)
    if is_under_way and may_send(decision_for(booking.tenant)):
        return NOT_SENT_YET
    return MAY_HAVE_ARRIVED if item.must_reconcile else NOT_ENTERED
