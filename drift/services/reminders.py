"""What silence does: it is told to people, louder each time, and it resolves nothing."""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.platform.tenants import scope

from ..models import Finding, FindingState, Owner, What
from . import emails
from .history import note

EVERY = timedelta(days=3)
#: After so many reminders somebody rings up.
MOST_REMINDERS = emails.REMINDERS
A_TURN = 200


def remind() -> int:
    """Remind of questions without an answer, and let somebody ring up after the third time; how many. A duty."""
    with scope.worker(), transaction.atomic():
        due = list(
            Finding.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(state=FindingState.ASKED, remind_at__lte=Now())
            .order_by("remind_at")[:A_TURN]
        )
        for finding in due:
            _remind(finding)
    return len(due)


def _remind(finding: Finding) -> None:
    reminders = finding.reminders + 1
    rows = Finding.objects.filter(pk=finding.pk)
    if reminders <= MOST_REMINDERS:
        rows.update(reminders=reminders, remind_at=Now() + EVERY)
        emails.owe_reminder(finding=finding, number=reminders)
        note(finding, What.REMINDED, f"Reminder {reminders} of {MOST_REMINDERS}.")
    else:
        rows.update(needs_call=True, remind_at=None, owner=Owner.PAGETOJOB)
        note(finding, What.ESCALATED, "Three reminders had no answer.")
