"""The emails about a request, as facts for the sentences that a visitor reads."""

from django.utils import timezone

from pagetojob.platform.tenants.models import BusinessProfile
from syncqueue.leads.models import BookingRequest, Lead

from . import visitor_texts
from .models.item import NOTICES, Kind, SyncItem
from .visitor_texts import Business, MailFacts


def mail_facts(lead: Lead) -> dict[str, MailFacts]:
    """Return the states of the emails about a request, by kind. Runs one query, in a scope that sees the lead."""
    items = SyncItem.objects.filter(tenant=lead.tenant_id, lead=lead, kind__in=NOTICES)
    rows = items.values_list("kind", "state", "state_since", "created_at")
    return {kind: MailFacts(state, since, created) for kind, state, since, created in rows}


def notice_now(booking: BookingRequest, profile: BusinessProfile) -> str:
    """Return what a confirmation sent now states about the notice to the office. Runs one query."""
    business = Business(time_zone=booking.tenant.time_zone, phone=profile.phone)
    mail = mail_facts(booking.lead).get(Kind.BUSINESS_NOTIFICATION)
    return visitor_texts.notice_in_mail(mail, business, now=timezone.now())
