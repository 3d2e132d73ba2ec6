"""Mails before evidence lapses: 30, 14 and 3 days before, and one when it has.

The rows say what is owed. A notice is claimed by moving its due time, sent with no transaction open, and settled: at
least once, under a Message-ID that stays the same. What newer evidence made needless is not sent.
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

from ..anchors import places
from ..models import ConnectionGate, EvidenceNotice
from .evidence import about, house, pack_or_none, place_of, status_row

#: Days before the end at which somebody is told; 0 is the end itself.
MARKS = (0, 3, 14, 30)
LEASE = timedelta(minutes=10)
BUDGET_SECONDS = 30.0
OVERTAKEN = "Not sent: a later notice took its place."
NEEDLESS = "Not sent: newer evidence is on file, or this one was revoked."
NOBODY = "Not sent: no reviewer, no recorder and no staff editor is active."


def tell_reviewers(*, now: datetime | None = None) -> int:
    """Write down which notices are owed and send them. Returns how many were sent.

    Safe to run twice, at once, or late: for days that were missed only the most urgent notice is sent.
    """
    owe(now=now)
    sent, ends = 0, time.monotonic() + BUDGET_SECONDS
    while time.monotonic() < ends and (claimed := claim(now=now)):
        sent += deliver(claimed)
    return sent


def mark(evidence: Evidence, now: datetime) -> int | None:
    """The most urgent mark evidence has reached at `now`; None while it lasts longer than all of them."""
    left = evidence.expires_at - now
    return next((days for days in MARKS if left <= timedelta(days=days)), None)


def owe(*, now: datetime | None = None) -> None:
    """Write down the notice of each piece of evidence that reached a mark. Two statements."""
    now = now or timezone.now()
    near = house().filter(Q(succeeded=False), revoked_at=None, expires_at__lte=now + timedelta(days=MARKS[-1]))
    EvidenceNotice.objects.bulk_create(
        [EvidenceNotice(evidence=row, days=days, due_at=now) for row in near if (days := mark(row, now)) is not None],
        ignore_conflicts=True,
    )


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice this worker may send until its lease ends, and to whom."""

    notice: EvidenceNotice
    evidence: Evidence
    people: list[User]


def claim(*, now: datetime | None = None) -> Claimed | None:
    """Take the notice that is due longest; close on the way those that are no longer needed."""
    now = now or timezone.now()
    with transaction.atomic():
        while notice := _next_due(now):
            evidence = house().select_related("recorded_by").get(pk=notice.evidence_id)
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


def _next_due(now: datetime) -> EvidenceNotice | None:
    open_ones = EvidenceNotice.objects.filter(sent_at=None, trouble="", due_at__lte=now)
    return open_ones.select_for_update(skip_locked=True).order_by("due_at", "pk").first()


def _why_not(notice: EvidenceNotice, evidence: Evidence, people: list[User], now: datetime) -> str:
    # A queryset annotation, which the model does not declare.
    if evidence.revoked_at or getattr(evidence, "succeeded"):  # noqa: B009
        return NEEDLESS
    if notice.days != mark(evidence, now):
        return OVERTAKEN
    return "" if people else NOBODY


def _people(evidence: Evidence) -> list[User]:
    """Who is told: the reviewer of the line, else who recorded the evidence, else every staff editor."""
    if evidence.subject_type == SubjectType.GATE:
        row = ConnectionGate.objects.filter(gate=evidence.subject).select_related("reviewer").first()
    else:
        row = status_row(evidence.subject)  # type: ignore[assignment]
    for person in (row.reviewer if row else None, evidence.recorded_by):
        if person and person.is_active:
            return [person]
    return list(User.objects.filter(is_active=True, staff_role=StaffRole.EDITOR))


def deliver(claimed: Claimed) -> bool:
    """Send one notice to each of its people and settle it; whether it was sent. No transaction is open meanwhile."""
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
            return False  # the lease ends, and all of it is due again
    if len(refused) == len(claimed.people):
        return _close(notice, trouble=refused[0]) and False
    return _close(notice, sent=True)


def _close(notice: EvidenceNotice, *, sent: bool = False, trouble: str = "") -> bool:
    """Settle a notice unless somebody else took it over meanwhile."""
    rows = EvidenceNotice.objects.filter(pk=notice.pk, sent_at=None, tries=notice.tries)
    return bool(rows.update(sent_at=timezone.now() if sent else None, trouble=trouble))


def words(evidence: Evidence, notice: EvidenceNotice) -> tuple[str, str]:
    """Subject and body of a notice: which line, where, until when, and what to do."""
    pack = pack_or_none()
    place = place_of(evidence, places(pack)) if pack else None
    line = about(evidence)
    admin = reverse("admin:gates_evidence_change", args=[evidence.pk])
    query = {"subject": f"{evidence.subject_type}:{evidence.subject}"}
    context = {
        "line": line,
        "evidence": evidence,
        "days": notice.days,
        "place": place,
        "page_url": f"{settings.PUBLIC_URL}{place.url}" if place else "",
        "admin_url": settings.PUBLIC_URL + admin,
        "add_url": settings.PUBLIC_URL + reverse("admin:gates_evidence_add", query=query),
        "again": notice.tries > 1,
    }
    when = f"lapses on {evidence.expires_at:%B} {evidence.expires_at.day}" if notice.days else "has lapsed"
    subject = " ".join(f"Evidence for {line} {when}".split())
    return subject, render_to_string("readiness/mail/evidence_lapses.txt", context)


def in_trouble() -> QuerySet[EvidenceNotice]:
    """Notices a person should look at: refused, or with nobody to tell. Newest first. One query."""
    settled = (OVERTAKEN, NEEDLESS, "")
    return EvidenceNotice.objects.exclude(trouble__in=settled).select_related("evidence", "to")
