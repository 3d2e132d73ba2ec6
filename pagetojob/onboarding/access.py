"""Answers of a contractor to the access checklist and the intake questionnaire, and their sign-off.

The items are rows of the readiness pack, whose public pages stay the same for everyone. Needs the tenant's scope. A
sign-off of the modules becomes evidence, which an operator lead still has to confirm: no gate opens by itself.
"""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import Length
from django.utils import timezone

from pagetojob.gates import proof
from pagetojob.gates.attachments import (
    Attachment,
    EvidenceRefused,
    attachment_content,
    read_attachment,
    store_attachment,
)
from pagetojob.gates.models import Evidence, EvidenceFile, EvidenceKind, SubjectType
from pagetojob.gates.registry import MODULES, Gate, Grade
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.credentials.rules import credential_in, refusal
from pagetojob.platform.tenants.models import Membership, Tenant, User
from pagetojob.platform.tenants.roles import TenantRole
from readiness.models import AccessItem, IntakeQuestion, Owner

from .errors import OnboardingRefused
from .models import CustomerAnswer, Part, SignOff

#: The item whose answer names the modules of the plan, the only one that a customer alone can prove for a gate.
MODULES_ITEM = (Part.ACCESS.value, "confirm-modules")
VALID_FOR = timedelta(days=365)
#: Bytes of files that an office can store. They are never deleted before the contract ends, and share a disk with those
#: of all other contractors.
MOST_BYTES = 500 * 1024**2
_REPLACED = "The customer changed the answer that it was made from."


@dataclass(frozen=True)
class Item:
    """An item as the person sees it. `lines` are accepted artifacts; `never_ask` is what must not be given."""

    part: str
    slug: str
    title: str
    why: str
    expected: str = ""
    lines: Sequence[str] = ()
    never_ask: str = ""

    @property
    def asks_modules(self) -> bool:
        return (self.part, self.slug) == MODULES_ITEM

    def as_json(self) -> dict[str, Any]:
        names = ("title", "why", "expected", "never_ask")
        return {name: getattr(self, name) for name in names} | {"lines": list(self.lines)}


@dataclass(frozen=True)
class ListState:
    """A list with the newest answer of each item, and its sign-off."""

    part: Part
    rows: list[tuple[Item, CustomerAnswer | None]] = field(default_factory=list)
    signed: SignOff | None = None

    @property
    def answered(self) -> int:
        return sum(answer is not None for _, answer in self.rows)

    @property
    def is_complete(self) -> bool:
        return bool(self.rows) and self.answered == len(self.rows)

    @property
    def is_signed(self) -> bool:
        """Return whether the newest sign-off is of exactly these answers."""
        return self.signed is not None and self.signed.sha256 == self.sha256

    @property
    def sha256(self) -> str:
        """Return a hash of the answers, so that a sign-off ends when one of them changes."""
        answers = [str(answer.public_id) for _, answer in self.rows if answer]
        return hashlib.sha256(json.dumps(answers).encode()).hexdigest()


def items_of(part: str) -> list[Item]:
    """Return the items of a list in the order of the pack, without those of PageToJob. Runs one query."""
    if part == Part.ACCESS:
        return [
            Item(part, row.slug, row.title, row.purpose, lines=row.artifacts.split("\n"), never_ask=row.never_ask)
            for row in AccessItem.objects.exclude(owner=Owner.PAGETOJOB).order_by("position", "slug")
        ]
    rows = IntakeQuestion.objects.exclude(owner=Owner.PAGETOJOB).order_by("position", "slug")
    return [Item(part, row.slug, row.title, row.why, expected=row.expected) for row in rows]


def state_of(tenant: Tenant, part: Part) -> ListState:
    """Return a list with its answers and its sign-off. Runs three queries."""
    newest = CustomerAnswer.objects.filter(tenant=tenant, part=part).order_by("slug", "-pk").distinct("slug")
    answers = {row.slug: row for row in newest.select_related("by").defer("shown")}
    signed = SignOff.objects.filter(tenant=tenant, part=part).select_related("by", "evidence").first()
    return ListState(part, [(item, answers.get(item.slug)) for item in items_of(part)], signed)


def history_of(tenant: Tenant, item: Item) -> list[CustomerAnswer]:
    """Return the answers to an item, the newest first. Runs one query."""
    rows = CustomerAnswer.objects.filter(tenant=tenant, part=item.part, slug=item.slug)
    return list(rows.select_related("by", "artifact").defer("artifact__content")[:20])


@transaction.atomic
def answer(
    *,
    tenant: Tenant,
    item: Item,
    text: str,
    by: User,
    modules: Sequence[str] = (),
    artifact: Attachment | None = None,
) -> CustomerAnswer:
    """Store an answer. Raises OnboardingRefused for a credential, an empty answer, or a file that cannot be stored.

    Evidence made from an earlier answer about modules is revoked: off when in doubt. The same answer by the same person
    changes nothing.
    """
    _refuse_credentials(text, artifact)
    if not text.strip():
        raise OnboardingRefused("Enter an answer.")
    if not set(modules) <= set(MODULES):
        raise OnboardingRefused("Choose modules from the list.")
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    newest = CustomerAnswer.objects.filter(tenant=tenant, part=item.part, slug=item.slug).order_by("-pk").first()
    named = sorted(modules) if item.asks_modules else []
    digest = artifact.sha256 if artifact else ""
    if newest and _facts(newest) == (by.pk, item.as_json(), text.strip(), named, digest):
        return newest
    row = CustomerAnswer.objects.create(
        tenant=tenant,
        part=item.part,
        slug=item.slug,
        shown=item.as_json(),
        text=text.strip(),
        modules=named,
        artifact=_stored(artifact, tenant) if artifact else None,
        by=by,
    )
    record_change(
        "onboarding.answer",
        row,
        actor=by,
        reason=f"Answered: {item.title}",
        artifact=(None, artifact.sha256 if artifact else None),
    )
    if item.asks_modules:
        _revoke_evidence(tenant, by)
    return row


def _facts(row: CustomerAnswer) -> tuple[int, object, str, list[str], str]:
    """Return what makes an answer another one. A new row would end the sign-off of the same answers."""
    return row.by_id, row.shown, row.text, row.modules, row.artifact.sha256 if row.artifact else ""


@transaction.atomic
def sign_off(*, tenant: Tenant, part: Part, seen: str, by: User) -> SignOff:
    """Sign off the answers of a list, as an owner. `seen` is the hash of the answers that the page showed.

    Raises OnboardingRefused if an answer is missing or changed since.
    """
    if not Membership.objects.filter(tenant=tenant, user=by, role=TenantRole.OWNER).exists():
        raise OnboardingRefused("Only an owner can sign off.")
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    state = state_of(tenant, part)
    if not state.is_complete:
        raise OnboardingRefused("Answer every item first.")
    if state.sha256 != seen:
        raise OnboardingRefused("An answer was changed in the meantime. Check the answers, then sign off.")
    if state.is_signed:
        raise OnboardingRefused("These answers are signed off already.")
    evidence = _modules_evidence(tenant, state, by)
    row = SignOff.objects.create(
        tenant=tenant, part=part, sha256=state.sha256, answers=state.answered, by=by, evidence=evidence
    )
    record_change(
        "onboarding.sign_off",
        row,
        actor=by,
        reason=f"Signed off: {part.label}",
        answers=(None, row.answers),
        sha256=(None, row.sha256),
    )
    return row


def _stored(artifact: Attachment, tenant: Tenant) -> EvidenceFile:
    _require_room(tenant, len(artifact.content))
    try:
        return store_attachment(artifact, tenant)
    except EvidenceRefused as error:
        raise OnboardingRefused(str(error)) from error


def _require_room(tenant: Tenant, size: int) -> None:
    """Raise OnboardingRefused if the files of the tenant would be too many. Call under its lock. Runs one query."""
    stored = EvidenceFile.objects.filter(tenant=tenant).aggregate(size=Sum(Length("content")))["size"] or 0
    if stored + size > MOST_BYTES:
        raise OnboardingRefused(
            f"Your files have more than {MOST_BYTES // 1024**2} MB in total. Answer without a file, and ask PageToJob."
        )


def _refuse_credentials(text: str, artifact: Attachment | None) -> None:
    texts = [text]
    if artifact:
        texts.append(artifact.name)
        texts += [artifact.content.decode()] if artifact.content_type == "text/plain" else []
    if what := next((what for given in texts if (what := credential_in(given))), None):
        raise OnboardingRefused(refusal(what))


def _modules_evidence(tenant: Tenant, state: ListState, by: User) -> Evidence | None:
    """Record the signed answer about modules as evidence by the customer, unconfirmed; None if it names none."""
    named = next((answer for item, answer in state.rows if item.asks_modules and answer and answer.modules), None)
    if named is None:
        return None
    if named.artifact:
        _require_room(tenant, len(named.artifact.content))
    _revoke_evidence(tenant, by)
    names = ", ".join(named.modules)
    statement = {"answer": str(named.public_id), "modules": named.modules, "sign-off of": state.sha256}
    content = json.dumps(statement, indent=2).encode()
    file = named.artifact
    given = proof.Proof(
        subject_type=SubjectType.GATE,
        subject=Gate.MODULE_ELIGIBLE,
        kind=EvidenceKind.CONFIRMATION,
        grade=Grade.CONFIRMED_BY_CUSTOMER,
        summary=f"The customer stated in the portal that its plan has: {names}.",
        expires_at=timezone.now() + VALID_FOR,
        covers=tuple(named.modules),
        attachment=Attachment(file.name, file.content_type, attachment_content(file))
        if file
        else read_attachment(io.BytesIO(content), "statement.txt"),
    )
    try:
        return proof.record_evidence(proof=given, actor=by, tenant=tenant)
    except EvidenceRefused as error:
        raise OnboardingRefused(str(error)) from error


def _revoke_evidence(tenant: Tenant, by: User) -> None:
    """Revoke the evidence that sign-offs of this tenant made, if it is still valid."""
    made = SignOff.objects.filter(tenant=tenant, evidence__isnull=False).values("evidence")
    for row in Evidence.objects.filter(Q(tenant=tenant), pk__in=made, revoked_at=None):
        proof.revoke(evidence=row, actor=by, reason=_REPLACED)
