"""Record, confirm and revoke evidence. A second person confirms it, a reason revokes it, and no one can edit it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.platform.audit.services import acting, record_change
from pagetojob.platform.credentials.rules import credential_in, file_refusal, refusal
from pagetojob.platform.repeats import wait_for_additions
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Membership, Tenant, User
from pagetojob.platform.tenants.roles import Ability, StaffRole, TenantRole
from pagetojob.platform.tenants.two_people import why_request_lost

from .attachments import Attachment, EvidenceRefused, store_attachment
from .models import Evidence, EvidenceKind, SubjectType
from .registry import MODULES, REQUIREMENTS, Access, Covers, Gate, Grade, Requirement
from .scopes import SCOPES

MAX_AGE = timedelta(days=3 * 365 + 1)
#: Values that evidence can name as covered.
COVERABLE = {Covers.SCOPES: tuple(SCOPES), Covers.MODULES: MODULES}
#: A web address or a path of our site. Excludes everything that a browser would execute.
_ADDRESS = re.compile(r"https?://[^\s/?#<>\"'\\]+[^\s<>\"'\\]*|/(?![/\\])[^\s<>\"'\\]*")


@dataclass(frozen=True, slots=True)
class Proof:
    """Evidence to record: its subject, what it shows, and until when it is valid.

    At least one of `url` and `attachment` is required. `covers` names the scopes or modules that it proves, for the two
    gates that require them by name. `at_shell`: no one signed in, so the name given proves nothing.
    """

    subject_type: SubjectType
    subject: str
    kind: EvidenceKind
    grade: Grade
    summary: str
    expires_at: datetime
    observed_from: date | None = None
    observed_to: date | None = None
    url: str = ""
    attachment: Attachment | None = None
    covers: tuple[str, ...] = ()
    at_shell: bool = False


#: Checks of higher layers: each returns why evidence is refused, or an empty string.
_checks: list[Callable[[Proof], str]] = []


def register_check(check: Callable[[Proof], str]) -> None:
    """Add a check of evidence before it is recorded. Called from `apps.py`."""
    if check not in _checks:
        _checks.append(check)


def why_not_record(person: User) -> str:
    """Return why this person cannot record or revoke evidence; empty for operators and staff editors."""
    editor = person.is_active and person.staff_role == StaffRole.EDITOR
    return "" if editor or person.can(Ability.ACT_ON_QUEUE) else "Only operators and staff editors can record evidence."


def why_no_more_evidence(tenant: Tenant) -> str:
    """Return why evidence about this tenant opens no gate any more; empty before its contract ends. No query."""
    if tenant.state != Lifecycle.CLOSED:
        return ""
    return f"The contract of {tenant.name} has ended, so evidence opens no gate. It is retained as the record."


def record_evidence(*, proof: Proof, actor: User, tenant: Tenant | None = None) -> Evidence:
    """Store evidence and audit it. Without `tenant`, it is about PageToJob; with one, call it in the tenant's scope.

    Raises EvidenceRefused, naming the field, and after the end of its contract. Four queries at most, unless it refers
    to a validation run.
    """
    if tenant and (ended := why_no_more_evidence(tenant)):
        raise EvidenceRefused(ended)
    check(proof, now=timezone.now(), of_tenant=tenant is not None)
    if why := next((why for test in _checks if (why := test(proof))), ""):
        raise EvidenceRefused(why, "url")
    facts = {name: getattr(proof, name) for name in ("subject_type", "subject", "kind", "grade", "expires_at")}
    facts["covers"] = list(proof.covers)
    facts |= {name: getattr(proof, name) for name in ("observed_from", "observed_to")}
    with transaction.atomic():
        if not proof.at_shell:
            acting(actor)
        wait_for_additions(Evidence)  # of two clicks, one records
        if _is_recorded(proof, actor, tenant):
            raise EvidenceRefused("You recorded this evidence already. It waits for another person.")
        file = store_attachment(proof.attachment, tenant) if proof.attachment else None
        evidence = Evidence.objects.create(
            **facts,
            tenant=tenant,
            summary=proof.summary.strip(),
            url=proof.url.strip(),
            file=file,
            sha256=file.sha256 if file else "",
            recorded_by=actor,
            recorded_at_shell=proof.at_shell,
        )
        audited = facts | {"covers": ", ".join(proof.covers)} | ({"named": actor} if proof.at_shell else {})
        about: dict[str, tuple[object, object]] = {name: (None, value) for name, value in audited.items()}
        _audit("record", evidence, None if proof.at_shell else actor, proof.summary, about)
    return evidence


def _is_recorded(proof: Proof, actor: User, tenant: Tenant | None) -> bool:
    """Return whether the same form was sent before, and its evidence waits for confirmation."""
    same = Evidence.objects.filter(Q(tenant=tenant) if tenant else Q(tenant__isnull=True), recorded_by=actor)
    facts = {name: getattr(proof, name) for name in ("subject_type", "subject", "kind", "grade", "expires_at")}
    texts = {"summary": proof.summary.strip(), "url": proof.url.strip(), "covers": list(proof.covers)}
    days = {name: value for name in ("observed_from", "observed_to") if (value := getattr(proof, name)) is not None}
    digest = proof.attachment.sha256 if proof.attachment else ""
    return same.filter(confirmed_at=None, revoked_at=None, sha256=digest, **facts, **texts, **days).exists()


def check(proof: Proof, *, now: datetime, of_tenant: bool = False) -> None:
    """Raise EvidenceRefused for the first problem with `proof`, naming the field. No query.

    `of_tenant`: it is about one tenant, not about PageToJob.
    """
    _check_period(proof, now)
    if not proof.summary.strip():
        raise EvidenceRefused("Describe what the evidence shows.", "summary")
    if proof.url and not _ADDRESS.fullmatch(proof.url.strip()):
        raise EvidenceRefused("Enter an address that starts with https:// or, for a page of this site, with /.", "url")
    _check_no_credential(proof)
    if not proof.url and proof.attachment is None:
        raise EvidenceRefused("Enter an address or upload a file.", "url")
    if proof.subject_type == SubjectType.GATE:
        _check_gate(proof, of_tenant=of_tenant)
    elif proof.covers:
        raise EvidenceRefused("Only evidence for a gate can name what it covers.", "covers")


def _check_period(proof: Proof, now: datetime) -> None:
    if proof.expires_at <= now:
        raise EvidenceRefused("The expiry date must be in the future.", "expires_at")
    if proof.expires_at > now + MAX_AGE:
        raise EvidenceRefused("Evidence is valid for three years at most. Choose an earlier date.", "expires_at")
    # It opens a gate as soon as it is confirmed. A day that has begun somewhere on Earth is not in the future.
    if proof.observed_from and proof.observed_from > (now + timedelta(hours=14)).date():
        raise EvidenceRefused("The first day must not be in the future.", "observed_from")
    if proof.observed_from and proof.observed_to and proof.observed_to < proof.observed_from:
        raise EvidenceRefused("The last day must not be before the first day.", "observed_to")


def _check_no_credential(proof: Proof) -> None:
    for field, text in (("summary", proof.summary), ("url", proof.url)):
        if what := credential_in(text):
            raise EvidenceRefused(refusal(what), field)
    given = proof.attachment
    if given and given.content_type == "text/plain" and (what := credential_in(given.content.decode())):
        raise EvidenceRefused(file_refusal(what), "file")


def requirement(subject: str) -> Requirement | None:
    """Return the gate or other requirement with that name, or None."""
    return next((known for known in (*Gate, *Access) if known == subject), None)


def _check_gate(proof: Proof, *, of_tenant: bool) -> None:
    known = requirement(proof.subject)
    if known is None:
        raise EvidenceRefused("This gate does not exist.", "subject")
    definition = REQUIREMENTS[known]
    if definition.of_tenant != of_tenant:
        whose = "for each tenant, on its page" if definition.of_tenant else "once, for PageToJob"
        raise EvidenceRefused(f"Evidence for this gate is recorded {whose}.", "subject")
    coverable = COVERABLE[definition.covers] if definition.covers else ()
    if not set(proof.covers) <= set(coverable):
        raise EvidenceRefused("It names something that this gate does not require.", "covers")
    if definition.covers is Covers.SCOPES and not proof.covers:
        raise EvidenceRefused("Select the scopes that were granted.", "covers")
    accepts = definition.accepts
    if proof.grade not in accepts:
        counts = " or ".join(f"“{grade.value}”" for grade in Grade if grade in accepts)
        raise EvidenceRefused(f"This gate accepts only evidence of the grade {counts}.", "grade")


def why_not_confirm(evidence: Evidence, person: User, *, now: datetime | None = None) -> str:
    """Return why this person cannot confirm it, as a sentence; empty if they can.

    Evidence for a gate needs an operator lead; for a line of the pack, another staff editor is enough. No one can
    confirm evidence that they recorded themselves. Evidence recorded at the shell needs two people. Runs up to two
    queries if its tenant was loaded.
    """
    second = person.can(Ability.SECOND_PERSON)
    editor = person.is_active and person.staff_role == StaffRole.EDITOR
    of_gate = evidence.subject_type == SubjectType.GATE
    ended = why_no_more_evidence(evidence.tenant) if evidence.tenant else ""
    against = (
        (evidence.revoked_at, "This evidence was revoked."),
        (evidence.confirmed_at, "This evidence is already confirmed."),
        (ended, ended),
        (evidence.expires_at <= (now or timezone.now()), "This evidence has expired. Record newer evidence instead."),
        (
            evidence.recorded_by_id == person.pk and not evidence.recorded_at_shell,
            "You recorded this evidence, so someone else must confirm it.",
        ),
        (evidence.first_confirmed_by_id == person.pk, "You confirmed this evidence. Someone else must confirm it too."),
        (of_gate and not second, "Only an operator lead can confirm evidence for a gate."),
        (not (second or editor), "Only a staff editor or an operator lead can confirm it."),
    )
    return next((sentence for holds, sentence in against if holds), "") or _why_first_lost(evidence)


def _why_first_lost(evidence: Evidence) -> str:
    """Return why the first person no longer counts: who recorded it, or at the shell, who confirmed it first.

    An owner records the answers of the business, such as the modules that its sign-off names.
    """
    first = evidence.first_confirmed_by_id if evidence.recorded_at_shell else evidence.recorded_by_id
    if first is None:
        return ""
    lost = why_request_lost(first, Ability.ACT_ON_QUEUE, StaffRole.EDITOR)
    owners = Membership.objects.filter(tenant=evidence.tenant_id, role=TenantRole.OWNER, user__is_active=True)
    return "" if lost and owners.filter(user=first).exists() else lost


def confirm(*, evidence: Evidence, actor: User) -> None:
    """Confirm evidence as the second person; at first as the first one, if it was recorded at the shell.

    Raises EvidenceRefused if `why_not_confirm` gives a reason.
    """
    with transaction.atomic():
        locked = Evidence.objects.select_for_update(of=("self",)).select_related("tenant").get(pk=evidence.pk)
        if sentence := why_not_confirm(locked, actor):
            raise EvidenceRefused(sentence)
        acting(actor)
        first = locked.recorded_at_shell and locked.first_confirmed_at is None
        step = "first_confirmed" if first else "confirmed"
        Evidence.objects.filter(pk=locked.pk).update(**{f"{step}_by": actor, f"{step}_at": Now()})
        _audit("confirm", locked, actor, "Reviewed and confirmed.", {step: (False, True)})
    evidence.refresh_from_db()


def revoke(*, evidence: Evidence, actor: User, reason: str, at_shell: bool = False) -> None:
    """Permanently revoke evidence. Raises EvidenceRefused without a reason, or if it is already revoked.

    `at_shell`: no one signed in, so `actor` is only named in the audit line, and `revoked_by` stays empty.
    """
    if not reason.strip():
        raise EvidenceRefused("Enter why it is no longer valid.", "reason")
    if what := credential_in(reason):
        raise EvidenceRefused(refusal(what), "reason")
    with transaction.atomic():
        if not at_shell:
            acting(actor)
        person = None if at_shell else actor
        revoked = Evidence.objects.filter(Q(revoked_at__isnull=True), pk=evidence.pk).update(
            revoked_by=person, revoked_at=Now(), revoked_reason=reason.strip()
        )
        if not revoked:
            raise EvidenceRefused("This evidence is already revoked.")
        about: dict[str, tuple[object, object]] = {"revoked": (False, True)}
        _audit("revoke", evidence, person, reason, about | ({"named": (None, actor)} if at_shell else {}))
    evidence.refresh_from_db()


def _audit(
    act: str, evidence: Evidence, actor: User | None, reason: str, changes: dict[str, tuple[object, object]]
) -> None:
    record_change(
        f"gates.evidence.{act}",
        evidence,
        actor=actor or "command line",
        reason=reason,
        **changes,
    )
