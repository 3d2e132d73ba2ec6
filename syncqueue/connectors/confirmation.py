"""Tells the visitor that the request is safe, by e-mail, at least once.

Nothing a visitor typed stands in it: whoever enters somebody else's address sends them no words of their own.
"""

from pagetojob.kernel.leads.models import BookingRequest
from pagetojob.kernel.tenants import scope
from pagetojob.kernel.tenants.models import BusinessProfile
from pagetojob.kernel.titanmap.selectors import services_offered

from .. import mails
from ..models import SyncItem
from ..ports import Later
from .mailing import mail_for


def deliver_confirmation(item: SyncItem) -> Later:
    """Send the visitor the spoken code and what happens next. No appointment is promised. Three queries."""
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
