"""Rows of a list of items, with the texts that they display."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from pagetojob.platform import masking
from syncqueue.leads.models import AnswerKind

from .. import selectors
from ..causes import cause_of
from ..models import ENDED, STOPPED, Kind, State, SyncItem
from ..priorities import URGENCY_LABELS, urgency_label
from ..state_texts import problem_of

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def rows_of(items: Sequence[SyncItem], now: datetime) -> list[dict[str, Any]]:
    """Return the rows of a list of items. Two queries."""
    facts = selectors.work_facts(items)
    return [row(item, now, facts[item.pk]) for item in items]


def row(item: SyncItem, now: datetime, facts: selectors.WorkFacts = selectors.NO_FACTS) -> dict[str, Any]:
    """Return an item with its display texts: whom it is for, why it waits, what happens next, and its labels."""
    lead = item.lead
    return {
        "item": item,
        "name": item.code,
        "service": facts.service,
        "who": ", ".join(part for part in (masking.initials(lead.name), lead.city) if part) if lead else "",
        "urgency": urgency_label(item.priority, is_given=facts.has_urgency) if lead else "",
        "urgent": item.priority == min(URGENCY_LABELS),
        "assignee": facts.assignee,
        "snoozed_until": facts.snoozed_until,
        "snooze_reason": facts.snooze_reason,
        "why": problem_of(item),
        "next": _next(item, now),
        "marks": _marks(item, now),
        "age": span(now - item.created_at),
    }


def span(length: timedelta) -> str:
    """Format a duration in its largest whole unit: `4 min`, `3 h`, `2 d`; `now` under a minute."""
    seconds = abs(int(length.total_seconds()))
    return next((f"{seconds // size:,} {unit}" for size, unit in _UNITS if seconds >= size), "now")


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
    answer = getattr(item, "answer", "")  # only lists read it
    late = now - item.created_at > timedelta(seconds=settings.UNTOLD_AFTER_SECONDS)
    marks = {
        "not notified in time": notice and is_open and late,
        "notified late": notice and not is_open and item.alarmed_at is not None,
        "possible duplicate": item.possibly_twice,
        "contractor booked it": item.kind == Kind.BOOKING_REQUEST and is_open and answer == AnswerKind.BOOKED,
        "suspected": bool(lead and lead.suspected),
        "erased": bool(lead and lead.erased_at),
        f"excluded: {lead.excluded_as}" if lead else "": bool(lead and lead.excluded_as),
    }
    return [words for words, true in marks.items() if true]
