"""The weekly email of a contractor's people: requests and answers of the week, and what waits for them.

It contains counts and links, and nothing about a visitor. Sent on Monday from eight, in the tenant's time zone, once:
again only after the mail server did not confirm it, under one Message-ID per person and week.
"""

import logging
import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from drift.services.customer_questions import open_questions
from drift.texts import subject_of
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.outbound.errors import RefusedError, TransientError, UnclearError
from pagetojob.platform.outbound.mail import message_id_for, send_mail
from pagetojob.platform.postgresql.errors import UNAVAILABLE
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import PUBLIC
from pagetojob.platform.tenants.models import Membership, Tenant, User
from pagetojob.platform.tenants.one_by_one import sum_of_each
from pagetojob.platform.tenants.roles import TenantRole
from syncqueue.response import duration
from syncqueue.selectors import requests

from .access import state_of
from .models import Part, WeeklyEmail

MONDAY, EIGHT = 0, 8
#: Longer than the deadline of one email.
CLAIM = timedelta(minutes=5)
RETRY = timedelta(minutes=30)
MOST_ATTEMPTS = 8
#: Questions that the email names. The page shows more.
MOST_NAMED = 5
log = logging.getLogger(__name__)


def preference(membership: Membership) -> bool:
    """Return whether a person gets the weekly email. Needs the tenant's scope. Runs one query."""
    row = WeeklyEmail.objects.filter(tenant=membership.tenant_id, user=membership.user_id).first()
    return row.wanted if row else membership.role == TenantRole.OWNER


@transaction.atomic
def set_preference(*, membership: Membership, wanted: bool, by: User) -> bool:
    """Store whether a person wants the weekly email; return whether that changed. Needs the tenant's scope."""
    before = preference(membership)
    row, _ = WeeklyEmail.objects.update_or_create(
        tenant=membership.tenant, user=membership.user, defaults={"wanted": wanted}
    )
    if before != wanted:
        record_change(
            "onboarding.weekly_email", row, actor=by, reason="Changed in the portal.", wanted=(before, wanted)
        )
    return before != wanted


def send_due(now: datetime | None = None) -> int:
    """Send the weekly emails that are due; return how many were sent. Periodic task."""
    now = now or timezone.now()
    tenants = Tenant.objects.filter(state__in=PUBLIC).order_by("pk")
    return sum_of_each(tenants, lambda tenant: _send_if_due(tenant, now), task="weekly email")


def _send_if_due(tenant: Tenant, now: datetime) -> int:
    local = now.astimezone(tenant.shown_zone)
    is_due = local.weekday() == MONDAY and local.hour >= EIGHT
    return _send_to_people(tenant, local.date(), now) if is_due else 0


def _send_to_people(tenant: Tenant, monday: date, now: datetime) -> int:
    """Send the email to each person who has not got it. No transaction is open during an SMTP call.

    A single query if everyone has it: the task runs every ten minutes of a Monday, for each contractor.
    """
    settled = Q(wanted=False) | Q(week__gte=monday) | Q(due_at__gt=now)
    with scope.tenant(tenant.pk):
        rows = WeeklyEmail.objects.filter(settled, tenant=tenant, user=OuterRef("user"))
        active = Membership.objects.filter(tenant=tenant, user__is_active=True).select_related("user", "tenant")
        people = active.filter(~Exists(rows))
        claimed = [(row, user) for member in people if (row := _claim(member, monday, now)) and (user := member.user)]
        words = _words(tenant, monday, now) if claimed else None
    return sum(_send_alone(row, user, words, monday) for row, user in claimed)


def _claim(member: Membership, monday: date, now: datetime) -> WeeklyEmail | None:
    """Postpone the next attempt before sending, so that no other worker sends the same email. None: not due."""
    row, _ = WeeklyEmail.objects.get_or_create(
        tenant=member.tenant, user=member.user, defaults={"wanted": member.role == TenantRole.OWNER}
    )
    due = WeeklyEmail.objects.filter(pk=row.pk, wanted=True).filter(Q(week=None) | Q(week__lt=monday))
    mine = due.filter(Q(due_at=None) | Q(due_at__lte=now))
    if not mine.update(due_at=now + CLAIM, attempts=F("attempts") + 1):
        return None
    row.refresh_from_db()
    return row


def _words(tenant: Tenant, monday: date, now: datetime) -> dict[str, str] | None:
    """Return subject, text and HTML of this week's email; None if there is nothing to report."""
    context = summary(tenant, monday, now)
    if not (context["report"].received or context["questions"] or context["missing"]):
        return None
    with timezone.override(tenant.shown_zone):
        body, html = (render_to_string(f"onboarding/mail/weekly.{form}", context) for form in ("txt", "html"))
    return {"subject": f"{tenant.name}: your week from {context['first']:%B %-d}", "body": body, "html": html}


def summary(tenant: Tenant, monday: date, now: datetime) -> dict[str, Any]:
    """Return what the email of a Monday reports about the seven days before. Needs the tenant's scope."""
    first, last = monday - timedelta(days=7), monday - timedelta(days=1)
    timer = requests.timer_of(tenant)
    report = requests.period_report(tenant, first, monday, timer, now=now)
    questions = open_questions(tenant, 100)
    lists = [state_of(tenant, part) for part in Part]
    median = report.median_seconds
    return {
        "tenant": tenant,
        "first": first,
        "last": last,
        "report": report,
        "target": duration(timer.target_seconds),
        "counts_all_hours": timer.counts_all_hours,
        "median": "" if median is None else duration(median),
        "questions": len(questions),
        "named": [subject_of(asked.finding.rule, asked.finding.item) for asked in questions[:MOST_NAMED]],
        "missing": sum(len(entry.rows) - entry.answered for entry in lists),
        **{name: settings.PUBLIC_URL + reverse(f"portal:{view}") for name, view in _LINKS.items()},
        "report_url": f"{settings.PUBLIC_URL}{reverse('portal:response-report')}?month={last:%Y-%m}",
    }


_LINKS = {
    "requests_url": "requests",
    "questions_url": "website-questions",
    "access_url": "access",
    "emails_url": "emails",
}


def _send_alone(row: WeeklyEmail, user: User, words: dict[str, str] | None, monday: date) -> bool:
    """Return `_send`. An error concerns this person only, and one before the email is sent is repeated in minutes."""
    try:
        return _send(row, user, words, monday)
    except UNAVAILABLE:
        raise
    except Exception:
        log.exception("weekly email not sent", extra={"tenant_id": row.tenant_id, "user": str(user.public_id)})
        return False


def _send(row: WeeklyEmail, user: User, words: dict[str, str] | None, monday: date) -> bool:
    if words is None:
        return _settle(row, week=monday, sent=False)
    # Stored before the email is sent: if nothing can be stored after it, each run would send it again.
    _store(row, week=monday)
    try:
        send_mail(message_id=message_id_for(uuid.uuid5(row.public_id, f"{monday}")), to=user.email, **words)
    except RefusedError as error:
        return _settle(row, week=monday, error=error.sentence[:200], sent=False)
    except (TransientError, UnclearError) as error:
        if row.attempts >= MOST_ATTEMPTS:
            return _settle(row, week=monday, error=error.sentence[:200], sent=False)
        _store(row, week=row.week, error=error.sentence[:200], due_at=timezone.now() + RETRY)
        return False
    except Exception:
        _store(row, week=row.week)
        raise
    return _settle(row, week=monday)


def _settle(row: WeeklyEmail, *, week: date, error: str = "", sent: bool = True) -> bool:
    _store(row, week=week, error=error, due_at=None, attempts=0)
    return sent


def _store(row: WeeklyEmail, **fields: Any) -> None:
    with scope.tenant(row.tenant_id):
        WeeklyEmail.objects.filter(pk=row.pk).update(**fields)
