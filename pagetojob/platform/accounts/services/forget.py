"""Deletion of expired account data."""

from datetime import datetime, timedelta

from django.contrib.admin.models import LogEntry
from django.utils import timezone

from ..models import EmailChange, Invitation, OwedMail, PasswordReset, PrivilegeRequest, Session
from . import throttle

#: Ended links and sent mail are retained this long for questions. The audit log keeps the actions themselves.
RETENTION = timedelta(days=30)


def forget_ended(*, now: datetime | None = None) -> int:
    """Delete ended sessions, stale counters, and links, mail and lines of the admin site that ended a month ago."""
    now = now or timezone.now()
    gone = Session.objects.filter(expire_date__lt=now).delete()[0] + throttle.forget(now=now)
    # A line contains the name of its row, also that of an account that was emptied since.
    gone += LogEntry.objects.filter(action_time__lt=now - RETENTION).delete()[0]
    gone += OwedMail.objects.filter(settled_at__lt=now - RETENTION).delete()[0]
    gone += EmailChange.objects.filter(expires_at__lt=now - RETENTION).delete()[0]
    gone += PasswordReset.objects.filter(expires_at__lt=now - RETENTION).delete()[0]
    gone += PrivilegeRequest.objects.filter(expires_at__lt=now - RETENTION).delete()[0]
    return gone + Invitation.objects.filter(expires_at__lt=now - RETENTION).delete()[0]
