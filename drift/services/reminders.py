"""Remind customers of open questions, then escalate to a phone call. A missing answer never settles a finding.

A recipient who was removed gets no reminder: an operator calls at once.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.platform.tenants import scope

from ..models import Finding, FindingState, Owner, What
from . import emails
from .history import end_links, open_links, record_event
from .link_codes import is_with_a_stopped_recipient

EVERY = timedelta(days=3)
#: After this many reminders, an operator calls the customer.
MOST_REMINDERS = emails.REMINDERS
BATCH_SIZE = 200


def remind() -> int:
    """Send due reminders, mark findings for a call after the third, and return the number handled. Periodic task."""
    with scope.worker(), transaction.atomic():
        due = list(
            Finding.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(state=FindingState.ASKED, remind_at__lte=Now())
            .order_by("remind_at")[:BATCH_SIZE]
        )
        for finding in due:
            _remind(finding)
    return len(due)


def _remind(finding: Finding) -> None:
    reminders = finding.reminders + 1
    rows = Finding.objects.filter(pk=finding.pk)
    link = open_links(finding).first()
    is_lost = link is not None and is_with_a_stopped_recipient(link)
    if reminders <= MOST_REMINDERS and not is_lost:
        rows.update(reminders=reminders, remind_at=Now() + EVERY)
        emails.enqueue_reminder(finding=finding, number=reminders)
        record_event(finding, What.REMINDED, f"Reminder {reminders} of {MOST_REMINDERS}.")
    else:
        if is_lost:
            end_links(finding)
        rows.update(needs_call=True, remind_at=None, owner=Owner.PAGETOJOB)
        why = "The recipient of the link was removed." if is_lost else "Three reminders were not answered."
        record_event(finding, What.ESCALATED, why)
