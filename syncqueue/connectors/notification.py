"""Tells the business about a request, by e-mail, at least once."""

from django.template.loader import render_to_string

from pagetojob.kernel.gateway.errors import RefusedError, TransientError, UnclearError
from pagetojob.kernel.gateway.mail import message_id_for, send_mail
from pagetojob.kernel.leads.models import BookingRequest
from pagetojob.kernel.tenants import scope
from pagetojob.kernel.tenants.models import BusinessProfile

from ..models import State, SyncItem
from ..outcomes import ErrorClass, Outcome


def deliver_notification(item: SyncItem) -> Outcome:
    """Send the notice. An unclear end is tried again under the same Message-ID. Two queries."""
    with scope.worker():
        booking = (
            BookingRequest.objects.filter(tenant=item.tenant_id, lead=item.lead_id)
            .select_related("lead", "tenant")
            .get()
        )
        profile = BusinessProfile.objects.get(tenant=item.tenant_id)
    lead = booking.lead
    try:
        receipt = send_mail(
            message_id=message_id_for(item.public_id),
            to=profile.notify_email,
            subject=f"Website request {lead.spoken_code}: {booking.service} ({booking.get_urgency_display()})",
            body=render_to_string(
                "syncqueue/mail/business_notification.txt",
                {"lead": lead, "booking": booking, "again": item.possibly_twice},
            ),
        )
    except TransientError as error:
        return Outcome(State.RETRYING, error_class=ErrorClass.TRANSIENT, detail=error.sentence)
    except UnclearError as error:
        return Outcome(
            State.RETRYING,
            error_class=ErrorClass.TRANSIENT,
            detail=f"{error.sentence} It is sent again and may arrive twice.",
            possibly_arrived=True,
        )
    except RefusedError as error:
        return Outcome(State.NEEDS_REVIEW, error_class=ErrorClass.REFUSED, detail=error.sentence)
    return Outcome(State.DELIVERED, external_id=receipt.message_id)
