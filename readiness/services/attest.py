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
    return answer.attester_id is not None and answer.attested_sha256 == digest(answer.answer)


def attest(*, answer: PartnerAnswer, actor: User, title: str, seen: str) -> None:
    """Attest the text whose digest is `seen`. Raises AttestationRefused if the text has changed since."""
    if not (actor.is_active and actor.staff_role == StaffRole.EDITOR):
        raise AttestationRefused("Answers are attested by staff editors.")
    if not title.strip():
        raise AttestationRefused("Say what you are at PageToJob.")
    with transaction.atomic():
        held = PartnerAnswer.objects.select_for_update(of=("self",)).get(pk=answer.pk)
        if digest(held.answer) != seen:
            raise AttestationRefused("The answer was changed since you read it. Read it again.")
        _change(
            held, actor, "attest", f"Attested as {title.strip()}.",
            attester=actor, attester_title=title.strip(), attested_at=Now(), attested_sha256=seen,
        )  # fmt: skip
        settle(cause=f"An answer was attested: “{held}”.", author=actor)
    answer.refresh_from_db()


def withdraw(*, answer: PartnerAnswer, actor: User, reason: str) -> None:
    """Withdraw the attestation. Raises AttestationRefused without a reason or without an attestation."""
    if not reason.strip():
        raise AttestationRefused("Say why.")
    with transaction.atomic():
        held = PartnerAnswer.objects.select_for_update(of=("self",)).get(pk=answer.pk)
        if held.attester_id is None:
            raise AttestationRefused("Nobody has attested this answer.")
        _change(
            held, actor, "withdraw", reason,
            attester=None, attester_title="", attested_at=None, attested_sha256="",
        )  # fmt: skip
        settle(cause=f"The attestation of an answer was withdrawn: “{held}”.", author=actor)
    answer.refresh_from_db()


def _change(held: PartnerAnswer, actor: User, act: str, reason: str, **values: object) -> None:
    acting(actor)
    before = held.attested_sha256
    PartnerAnswer.objects.filter(pk=held.pk).update(**values)
    record(
        action=f"readiness.partneranswer.{act}",
        subject=held,
        reason=reason,
        actor=actor,
        changes={"attested_sha256": (before, values["attested_sha256"])},
    )
