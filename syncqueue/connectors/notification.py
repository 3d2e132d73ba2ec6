"""Notifies the business of a request by email, at least once."""

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile
from syncqueue.leads.models import BookingRequest

from .. import mails
from ..models import SyncItem
from ..ports import Later
from .email_sender import mail_for


def deliver_notification(item: SyncItem) -> Later:
    """Send the notice. An unclear result is retried under the same Message-ID. Two queries."""
    with scope.worker():
        booking = (
            BookingRequest.objects.filter(tenant=item.tenant_id, lead=item.lead_id)
            .select_related("lead", "tenant")
            .get()
        )
        profile = BusinessProfile.objects.get(tenant=item.tenant_id)
    mail = mails.notice(booking, profile, again=item.possibly_twice)
    return Later(lambda: mail_for(item, to=mail.to, subject=mail.subject, body=mail.body))
