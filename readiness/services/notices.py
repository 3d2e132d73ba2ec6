"""Emails 30, 14 and 3 days before evidence lapses, and one after it has lapsed.

Due notices are rows. A worker claims a notice by moving its due time, sends it outside any transaction, and settles it.
Delivery is at least once, with a stable Message-ID. A notice that newer evidence made unnecessary is not sent.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from pagetojob.gates.models import Evidence, SubjectType
from pagetojob.platform.outbound.errors import RefusedError, TransientError, UnclearError
from pagetojob.platform.outbound.mail import message_id_for, send_mail
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import StaffRole

from ..models import ConnectionGate, EvidenceNotice
from .evidence import about, known_places, place_of, platform_evidence, status_row

#: Days before the expiry at which a reviewer is notified; 0 is the expiry itself.
MARKS = (0, 3, 14, 30)
LEASE = timedelta(minutes=10)
BUDGET_SECONDS = 30.0
OVERTAKEN = "Not sent: a later notice took its place."
NEEDLESS = "Not sent: newer evidence is on file, or this one was revoked."
NOBODY = "Not sent: there is no active reviewer, recorder or staff editor."


def notify_reviewers(*, now: datetime | None = None) -> int:
    """Create the due notices and send them. Return how many were sent.

    Safe to run repeatedly, concurrently or late: of several missed days, only the most urgent notice is sent.
    """
    enqueue_notices(now=now)
    sent, ends = 0, time.monotonic() + BUDGET_SECONDS
    while time.monotonic() < ends and (claimed := claim(now=now)):
        sent += deliver(claimed)
    return sent


def mark(evidence: Evidence, now: datetime) -> int | None:
    """Return the most urgent mark that the evidence has reached at `now`, or None."""
    left = evidence.expires_at - now
    return next((days for days in MARKS if left <= timedelta(days=days)), None)


def enqueue_notices(*, now: datetime | None = None) -> None:
    """Create a notice for each piece of evidence that reached a mark. Two statements."""
    now = now or timezone.now()
    near = platform_evidence().filter(
        Q(succeeded=False), revoked_at=None, expires_at__lte=now + timedelta(days=MARKS[-1])
    )
    EvidenceNotice.objects.bulk_create(
        [EvidenceNotice(evidence=row, days=days, due_at=now) for row in near if (days := mark(row, now)) is not None],
        ignore_conflicts=True,
    )


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice that this worker may send until its lease ends, and its recipients."""

    notice: EvidenceNotice
    evidence: Evidence
    people: list[User]


def claim(*, now: datetime | None = None) -> Claimed | None:
    """Claim the notice that has been due longest. Close notices on the way that are no longer needed."""
    now = now or timezone.now()
    waiting = EvidenceNotice.objects.filter(sent_at=None, trouble="", due_at__lte=now)
    due = waiting.select_for_update(skip_locked=True).order_by("due_at", "pk")
    with transaction.atomic():
        while notice := due.first():
            evidence = platform_evidence().select_related("recorded_by").get(pk=notice.evidence_id)
            people = _people(evidence)
            if trouble := _why_not(notice, evidence, people, now):
                _close(notice, trouble=trouble)
                continue
            notice.tries += 1
            notice.due_at = now + LEASE
            notice.to = people[0] if len(people) == 1 else None
            notice.message_id = message_id_for(f"evidence-{evidence.public_id}-{notice.days}")
            notice.save(update_fields=["tries", "due_at", "to", "message_id"])
            return Claimed(notice, evidence, people)
    return None


def _why_not(notice: EvidenceNotice, evidence: Evidence, people: list[User], now: datetime) -> str:
    # `succeeded` is a queryset annotation, which the model does not declare.
    if evidence.revoked_at or getattr(evidence, "succeeded"):  # noqa: B009
        return NEEDLESS
    if notice.days != mark(evidence, now):
        return OVERTAKEN
    return "" if people else NOBODY


def _people(evidence: Evidence) -> list[User]:
    """Return the recipients: the line's reviewer, or else whoever recorded the evidence, or else all staff editors."""
    if evidence.subject_type == SubjectType.GATE:
        row = ConnectionGate.objects.filter(gate=evidence.subject).select_related("reviewer").first()
    else:
        row = status_row(evidence.subject)  # type: ignore[assignment]
    for person in (row.reviewer if row else None, evidence.recorded_by):
        if person and person.is_active:
            return [person]
    return list(User.objects.filter(is_active=True, staff_role=StaffRole.EDITOR))


def deliver(claimed: Claimed) -> bool:
    """Send one notice to its recipients and settle it. Return whether it was sent. No transaction is open."""
    notice = claimed.notice
    subject, body = words(claimed.evidence, notice)
    refused: list[str] = []
    for number, person in enumerate(claimed.people):
        message_id = notice.message_id.replace("@", f".{person.public_id}@", 1) if number else notice.message_id
        try:
            send_mail(message_id=message_id, to=person.email, subject=subject, body=body)
        except RefusedError as error:
            refused.append(error.sentence)
        except (TransientError, UnclearError):
            return False  # after the lease ends, all of it is due again
    if len(refused) == len(claimed.people):
        return _close(notice, trouble=refused[0]) and False
    return _close(notice, sent=True)


def _close(notice: EvidenceNotice, *, sent: bool = False, trouble: str = "") -> bool:
    """Settle a notice unless another worker has claimed it since."""
    rows = EvidenceNotice.objects.filter(pk=notice.pk, sent_at=None, tries=notice.tries)
    return bool(rows.update(sent_at=timezone.now() if sent else None, trouble=trouble))


def words(evidence: Evidence, notice: EvidenceNotice) -> tuple[str, str]:
    """Return the subject and body of a notice: the line, its place, the expiry and what to do."""
    place = place_of(evidence, known_places())
    line = about(evidence)
    query = {"subject": f"{evidence.subject_type}:{evidence.subject}"}
    context = {
        "line": line,
        "evidence": evidence,
        "days": notice.days,
        "place": place,
        "page_url": f"{settings.PUBLIC_URL}{place.url}" if place else "",
        "admin_url": settings.PUBLIC_URL + reverse("admin:gates_evidence_change", args=[evidence.pk]),
        "add_url": settings.PUBLIC_URL + reverse("admin:gates_evidence_add", query=query),
        "again": notice.tries > 1,
    }
    when = f"lapses on {evidence.expires_at:%B} {evidence.expires_at.day}" if notice.days else "has lapsed"
    subject = " ".join(f"Evidence for {line} {when}".split())
    return subject, render_to_string("readiness/mail/evidence_lapses.txt", context)


def in_trouble() -> QuerySet[EvidenceNotice]:
    """Return notices that need a person: refused, or without a recipient. Newest first. Makes one query."""
    settled = (OVERTAKEN, NEEDLESS, "")
    return EvidenceNotice.objects.exclude(trouble__in=settled).select_related("evidence", "to")
