"""From a claimed item to an outcome, by kind. What has no connector is not ours to deliver yet."""

from ..models import Kind, State, SyncItem
from ..outcomes import Outcome
from .booking import deliver_booking
from .confirmation import deliver_confirmation
from .notification import deliver_notification

_BY_KIND = {
    Kind.BUSINESS_NOTIFICATION: deliver_notification,
    Kind.BOOKING_REQUEST: deliver_booking,
    Kind.VISITOR_CONFIRMATION: deliver_confirmation,
}


def deliver(item: SyncItem) -> Outcome:
    """Make one try for `item`. Called outside any transaction."""
    connector = _BY_KIND.get(Kind(item.kind))
    if connector is None:
        return Outcome(
            State.NEEDS_REVIEW,
            tried=False,
            cause="done-by-people",
            detail="Work of this kind is done by a person.",
        )
    return connector(item)
