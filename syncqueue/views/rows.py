"""Display values for one row of the item list. Reads only the item."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from ..causes import cause_of
from ..models import ENDED, STOPPED, Kind, State, SyncItem

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


@dataclass(frozen=True)
class Row:
    """An item with its display texts: why it waits, what happens next, and its labels."""

    item: SyncItem
    name: str
    why: str
    next: str
    marks: list[str]
    age: str
    ended: bool


def row(item: SyncItem, now: datetime) -> Row:
    return Row(
        item=item,
        name=item.lead.spoken_code if item.lead else "no lead",
        why=_why(item),
        next=_next(item, now),
        marks=_marks(item, now),
        age=span(now - item.created_at),
        ended=item.state in ENDED,
    )


def span(length: timedelta) -> str:
    """Format a duration in its largest whole unit: `4 min`, `3 h`, `2 d`; `now` under a minute."""
    seconds = abs(int(length.total_seconds()))
    return next((f"{seconds // size:,} {unit}" for size, unit in _UNITS if seconds >= size), "now")


def _why(item: SyncItem) -> str:
    if item.state in ENDED:
        return ""
    cause = cause_of(item.cause)
    return cause.title if cause else item.last_error


def _next(item: SyncItem, now: datetime) -> str:
    if item.state in ENDED:
        return ""
    if item.state == State.SENDING:
        return "with a worker"
    if item.state in STOPPED:
        cause = cause_of(item.cause)
        return cause.who if cause else "Operations"
    if item.due_at is None:
        return "not scheduled"
    return f"in {span(item.due_at - now)}" if item.due_at > now + timedelta(minutes=1) else "due now"


def _marks(item: SyncItem, now: datetime) -> list[str]:
    lead = item.lead
    notice, is_open = item.kind == Kind.BUSINESS_NOTIFICATION, item.state not in ENDED
    late = now - item.created_at > timedelta(seconds=settings.UNTOLD_AFTER_SECONDS)
    marks = {
        "not notified in time": notice and is_open and late,
        "notified late": notice and not is_open and item.alarmed_at is not None,
        "possible duplicate": item.possibly_twice,
        "suspected": bool(lead and lead.suspected),
        f"excluded: {lead.excluded_as}" if lead else "": bool(lead and lead.excluded_as),
    }
    return [words for words, true in marks.items() if true]
