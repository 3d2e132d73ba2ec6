"""Invite reviewers, take their answers to lines, and resolve what they contest."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.platform.audit.services import record
from pagetojob.platform.canonical import canonical_json, sha256_hex
from pagetojob.platform.credentials.rules import credential_in
from pagetojob.platform.derived_keys import token_digest
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import StaffRole

from ..errors import ReadinessError
from ..models import LineResponse, ReviewInvitation
from ..shape import Pack, Row
from .current import current
from .edits import settle

WORKING_DAYS = 10
#: In characters.
LONGEST_REASON = 2_000
_SATURDAY = 5


class ReviewRefused(ReadinessError):
    """The action is not possible. The message gives the reason."""


def working_days_after(start: datetime, days: int) -> datetime:
    """Return the same time of day after so many days from Monday to Friday. Holidays are not known."""
    end = start
    while days:
        end += timedelta(days=1)
        days -= end.weekday() < _SATURDAY
    return end


def invite(*, reviewer: str, actor: User) -> tuple[ReviewInvitation, str]:
    """Return a new invitation, and its token, which is stored nowhere. Raises ReviewRefused."""
    require_editor(actor)
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        invitation = ReviewInvitation.objects.create(
            reviewer=reviewer.strip(),
            digest=token_digest(token),
            invited_by=actor,
            expires_at=working_days_after(timezone.now(), WORKING_DAYS),
        )
        record(action="readiness.reviewinvitation.add", subject=invitation, reason="Invited a reviewer.", actor=actor)
    return invitation, token


def revoke(*, invitation: ReviewInvitation, actor: User, reason: str) -> None:
    """End an invitation now; the answers of the reviewer stay. Raises ReviewRefused."""
    require_editor(actor)
    with transaction.atomic():
        revoked = ReviewInvitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=Now())
        if not revoked:
            raise ReviewRefused("This invitation is revoked already.")
        record(action="readiness.reviewinvitation.revoke", subject=invitation, reason=reason, actor=actor)


def valid_invitation(token: str) -> ReviewInvitation | None:
    """Return the invitation of a link while it may be used. Makes one query."""
    return ReviewInvitation.objects.filter(
        digest=token_digest(token), revoked_at=None, expires_at__gt=timezone.now()
    ).first()


def lines(pack: Pack) -> dict[str, tuple[str, Row]]:
    """Map the anchor of each line that a reviewer can answer to its page and row: every line with a status."""
    places: dict[str, tuple[str, Row]] = {}
    for page in pack.pages.values():
        for section in page.sections:
            for row in section.rows:
                if "status" in row:
                    places.setdefault(row["anchor"], (page.slug, row))
    return places


def mark_of(row: Row) -> str:
    """Return a hash of a line as a page shows it: its text, its status and its evidence."""
    return sha256_hex(canonical_json(row))


def respond(invitation: ReviewInvitation, *, anchor: str, seen: str, verdict: str, reason: str) -> LineResponse:
    """Store a reviewer's answer to a line; a contested one is marked at once. Raises ReviewRefused.

    `seen` is the mark of the line that the reviewer read: no one answers a text that was published in the meantime.
    """
    pack = current()
    reason = reason.strip()
    _, row = lines(pack).get(anchor, ("", None))
    if row is None:
        raise ReviewRefused("This line does not exist in the newest version.")
    if mark_of(row) != seen:
        raise ReviewRefused("This line has changed since you opened this page. Read it again, then answer.")
    if verdict not in LineResponse.Verdict.values:
        raise ReviewRefused("Choose “Accept” or “Contest”.")
    contested = verdict == LineResponse.Verdict.CONTESTED
    if contested and not reason:
        raise ReviewRefused("Enter the reason: what is wrong with the line?")
    if len(reason) > LONGEST_REASON:
        raise ReviewRefused(f"Enter at most {LONGEST_REASON:,} characters.")
    if credential_in(reason):
        raise ReviewRefused("The text contains something that looks like a secret. Remove it, and replace the secret.")
    with transaction.atomic():
        response, created = LineResponse.objects.get_or_create(
            invitation=invitation,
            anchor=anchor,
            defaults={"version": pack.number, "verdict": verdict, "reason": reason if contested else ""},
        )
        if not created:
            raise ReviewRefused(f"You have {response.verdict} this line already.")
        if contested:
            settle(cause="A reviewer contested a line.", author=None)
    return response


def resolve(*, response: LineResponse, actor: User, resolution: str) -> None:
    """End the mark of a contested line. The resolution is the public cause of a version. Raises ReviewRefused."""
    require_editor(actor)
    with transaction.atomic():
        open_responses = LineResponse.objects.filter(
            pk=response.pk, verdict=LineResponse.Verdict.CONTESTED, resolved_at=None
        )
        if not open_responses.update(resolved_at=Now(), resolved_by=actor, resolution=resolution.strip()):
            raise ReviewRefused("This line is not contested, or it is resolved already.")
        record(action="readiness.lineresponse.resolve", subject=response, reason=resolution, actor=actor)
        settle(cause=f"A contested line was resolved: {resolution.strip()}", author=actor)


def require_editor(actor: User) -> None:
    """Raise ReviewRefused unless the person is a staff editor."""
    if not (actor.is_active and actor.staff_role == StaffRole.EDITOR):
        raise ReviewRefused("Only staff editors can do this.")
