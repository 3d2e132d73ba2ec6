"""Confirms the request to the visitor by email, at least once.

It contains nothing that a visitor typed: a person who enters someone else's address cannot send them a text.
"""

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile
from pagetojob.titanmap.selectors import services_offered
from syncqueue.leads.models import BookingRequest

from .. import mails
from ..models import SyncItem
from ..ports import Later
from .email_sender import mail_for


def deliver_confirmation(item: SyncItem) -> Later:
    """Send the visitor the spoken code and what happens next. Promises no appointment. Three queries."""
    with scope.worker():
        booking = (
            BookingRequest.objects.filter(tenant=item.tenant_id, lead=item.lead_id)
            .select_related("lead", "tenant")
            .get()
        )
        profile = BusinessProfile.objects.get(tenant=item.tenant_id)
        offered = services_offered(booking.tenant).filter(name=booking.service).exists()
    mail = mails.confirmation(booking, profile, offered=offered, again=item.possibly_twice)
    return Later(lambda: mail_for(item, to=mail.to, subject=mail.subject, body=mail.body))
