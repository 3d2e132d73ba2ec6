"""Connectors by kind: from a claimed item to an outcome. A kind without a connector is not delivered by workers yet."""

from ..models import Kind, State, SyncItem
from ..outcomes import Outcome
from ..ports import Connectors, Later
from .booking.send import BookingSender
from .emails import deliver_confirmation, deliver_notification

_BY_KIND = {
    Kind.BUSINESS_NOTIFICATION: deliver_notification,
    Kind.VISITOR_CONFIRMATION: deliver_confirmation,
}


def _deliver_single(item: SyncItem) -> Outcome | Later:
    """Run one attempt for `item`, or its first part. Called outside any transaction."""
    connector = _BY_KIND.get(Kind(item.kind))
    if connector is None:
        return Outcome(
            State.NEEDS_REVIEW,
            tried=False,
            cause="done-by-people",
            detail="Work of this kind is done by a person.",
        )
    return connector(item)


deliver = Connectors(one=_deliver_single, many=BookingSender, kinds=(Kind.BOOKING_REQUEST,))
