"""Attestation of a partner application answer by a named person, for its exact text."""

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.platform.audit.services import acting, record
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import StaffRole

from ..errors import ReadinessError
from ..models import PartnerAnswer
from ..models.protocol import digest
from .edits import settle


class AttestationRefused(ReadinessError):
    """The answer cannot be attested or withdrawn in its current state. The message gives the reason."""


def stands(answer: PartnerAnswer) -> bool:
    """Return whether a person attests the current text. No query."""
    return answer.attester_id is not None and answer.attested_sha256 == digest(answer.answer, answer.wordings)


def attest(*, answer: PartnerAnswer, actor: User, title: str, seen: str) -> None:
    """Attest the text whose digest is `seen`. Raises AttestationRefused if the text has changed since."""
    if not (actor.is_active and actor.staff_role == StaffRole.EDITOR):
        raise AttestationRefused("Only staff editors can attest answers.")
    if not title.strip():
        raise AttestationRefused("Enter your job title at PageToJob.")
    with transaction.atomic():
        locked = PartnerAnswer.objects.select_for_update(of=("self",)).get(pk=answer.pk)
        if digest(locked.answer, locked.wordings) != seen:
            raise AttestationRefused("The answer has changed since you read it. Read it again.")
        _change(
            locked, actor, "attest", f"Attested as {title.strip()}.",
            attester=actor, attester_title=title.strip(), attested_at=Now(), attested_sha256=seen,
        )  # fmt: skip
        settle(cause=f"An answer was attested: “{locked}”.", author=actor)
    answer.refresh_from_db()


def withdraw(*, answer: PartnerAnswer, actor: User, reason: str) -> None:
    """Withdraw the attestation. Raises AttestationRefused without a reason or without an attestation."""
    if not reason.strip():
        raise AttestationRefused("Enter a reason.")
    with transaction.atomic():
        locked = PartnerAnswer.objects.select_for_update(of=("self",)).get(pk=answer.pk)
        if locked.attester_id is None:
            raise AttestationRefused("This answer is not attested.")
        _change(
            locked, actor, "withdraw", reason,
            attester=None, attester_title="", attested_at=None, attested_sha256="",
        )  # fmt: skip
        settle(cause=f"The attestation of an answer was withdrawn: “{locked}”.", author=actor)
    answer.refresh_from_db()


def _change(answer: PartnerAnswer, actor: User, act: str, reason: str, **values: object) -> None:
    acting(actor)
    before = answer.attested_sha256
    PartnerAnswer.objects.filter(pk=answer.pk).update(**values)
    record(
        action=f"readiness.partneranswer.{act}",
        subject=answer,
        reason=reason,
        actor=actor,
        changes={"attested_sha256": (before, values["attested_sha256"])},
    )
