"""A sentence that the claim guard holds, and its approval by two people."""

from datetime import timedelta

from django.utils import timezone

from pagetojob.claims.models import SentenceApproval
from pagetojob.claims.topics import digest
from tests.support.factories import make_user

WAITING = "Jobs in ServiceTitan"


def approve_sentence(sentence: str) -> SentenceApproval:
    now = timezone.now()
    return SentenceApproval.objects.create(
        digest=digest(sentence),
        claim="automatic-sync",
        sentence=sentence,
        requested_by=make_user(),
        approved_by=make_user(),
        approved_at=now,
        expires_on=now.date() + timedelta(days=1),
    )


def expire(approval: SentenceApproval) -> None:
    approval.expires_on = timezone.now().date() - timedelta(days=1)
    approval.save(update_fields=["expires_on"])
