"""From a claimed item to an outcome, by kind. What has no connector is not ours to deliver yet."""

from ..models import Kind, State, SyncItem
from ..outcomes import ErrorClass, Outcome
from .booking import deliver_booking
from .notification import deliver_notification

_BY_KIND = {
    Kind.BUSINESS_NOTIFICATION: deliver_notification,
    Kind.BOOKING_REQUEST: deliver_booking,
}


def deliver(item: SyncItem) -> Outcome:
    """Make one try for `item`. Called outside any transaction."""
    connector = _BY_KIND.get(Kind(item.kind))
    if connector is None:
        return Outcome(
            State.NEEDS_REVIEW,
            tried=False,
            error_class=ErrorClass.UNKNOWN,
            detail="Work of this kind is done by a person.",
        )
    return connector(item)
