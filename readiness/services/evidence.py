"""Evidence for gates and pack lines: record, confirm and revoke it, and list what lapses next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from pagetojob.claims.approvals import approved_sentences
from pagetojob.claims.guard import Overclaim, overclaims
from pagetojob.claims.registry import CLAIMS
from pagetojob.claims.selectors import approved_rows
from pagetojob.gates import proof
from pagetojob.gates.models import Evidence, SubjectType
from pagetojob.gates.registry import REQUIREMENTS, Gate
from pagetojob.platform.tenants.models import User

from .. import evidence_status
from ..anchors import Place, places
from ..errors import PackNotLoaded
from ..models import StatusRow
from ..shape import Pack
from .current import current
from .document import Builder
from .edits import settle
from .gather import gather

#: Evidence that lapses within this time is listed as due.
SOON = timedelta(days=30)


def record(*, given: proof.Proof, actor: User) -> Evidence:
    """Store evidence for a gate or a line of the pack, and publish a version. Raises EvidenceRefused."""
    with transaction.atomic():
        evidence = proof.record_evidence(proof=given, actor=actor)
        author = None if given.at_shell else actor
        settle(cause=f"Evidence recorded for {about(evidence)}.", author=author)
    return evidence


def confirm(*, evidence: Evidence, actor: User) -> None:
    """Confirm evidence as a second person, and publish a version. Raises EvidenceRefused.

    The first of two confirmations changes nothing that readers see.
    """
    with transaction.atomic():
        proof.confirm(evidence=evidence, actor=actor)
        if evidence.confirmed_at is None:
            return
        settle(cause=f"Evidence confirmed by a second person for {about(evidence)}.", author=actor)


def revoke(*, evidence: Evidence, actor: User, reason: str, at_shell: bool = False) -> None:
    """Revoke evidence, and publish a version whose cause readers see. Raises EvidenceRefused."""
    with transaction.atomic():
        proof.revoke(evidence=evidence, actor=actor, reason=reason, at_shell=at_shell)
        settle(cause=f"Evidence revoked for {about(evidence)}.", author=None if at_shell else actor)


def about(evidence: Evidence) -> str:
    """Describe what the evidence supports. Makes one query for a line."""
    if evidence.subject_type == SubjectType.GATE:
        return f"the gate “{evidence.subject}”"
    row = status_row(evidence.subject)
    return f"“{row}”" if row else f"“{evidence.subject}”"


def status_row(anchor: str) -> StatusRow | None:
    """Return the row of the pack that has this anchor and a status. Makes one query for each matching kind."""
    for model in apps.get_app_config("readiness").get_models():
        if issubclass(model, StatusRow) and anchor.startswith(f"{model.ANCHOR}-"):
            slug = anchor.removeprefix(f"{model.ANCHOR}-")
            if row := model._default_manager.filter(slug=slug).select_related("reviewer").first():
                return row
    return None


def reviewed_evidence(row: StatusRow) -> QuerySet[Evidence]:
    """Return valid evidence about a line, or about the gate that it explains, that a second person confirmed."""
    gate = getattr(row, "gate", "")
    about_row = (
        Q(subject_type=SubjectType.GATE, subject=gate) if gate else Q(subject_type=SubjectType.PACK, subject=row.anchor)
    )
    valid = Q(tenant=None, revoked_at=None, confirmed_at__isnull=False, expires_at__gt=timezone.now())
    return Evidence.objects.filter(about_row, valid)


def platform_evidence() -> QuerySet[Evidence]:
    """Return evidence about PageToJob and the pack, with `succeeded`: newer evidence for the same subject exists.

    For a gate, only evidence confirmed by a second person counts as newer evidence.
    """
    later = Q(expires_at__gt=OuterRef("expires_at")) | Q(expires_at=OuterRef("expires_at"), pk__gt=OuterRef("pk"))
    counts = Q(subject_type=SubjectType.PACK) | Q(confirmed_at__isnull=False)
    successor = Evidence.objects.filter(
        later, counts, tenant=None, revoked_at=None, subject_type=OuterRef("subject_type"), subject=OuterRef("subject")
    )
    return Evidence.objects.filter(tenant=None).annotate(succeeded=Exists(successor))


def by_urgency(rows: QuerySet[Evidence], now: datetime) -> QuerySet[Evidence]:
    """Order `platform_evidence()`: lapsed first, then lapsing soon, then valid, then replaced or revoked."""
    rank = Case(
        When(Q(revoked_at__isnull=False) | Q(succeeded=True), then=Value(3)),
        When(expires_at__lte=now, then=Value(0)),
        When(expires_at__lte=now + SOON, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return rows.annotate(rank=rank).order_by("rank", "expires_at", "pk")


def lapses_next(limit: int = 5) -> list[Evidence]:
    """Return valid evidence that lapses next, soonest first. Makes one query."""
    valid = platform_evidence().filter(Q(succeeded=False), revoked_at=None, expires_at__gt=timezone.now())
    return list(valid.order_by("expires_at", "pk")[:limit])


def gated_claims() -> frozenset[str]:
    """Return the claims that currently wait for a gate, published or not. Makes one query."""
    names = ("subject_type", "subject", "tenant_id", "grade", "confirmed_at", "revoked_at", "expires_at")
    rows: Any = Evidence.objects.filter(tenant=None, subject_type=SubjectType.GATE).values(*names)
    plain = [{**row, "expires_at": row["expires_at"].isoformat()} for row in rows]
    satisfied = evidence_status.gates(plain, timezone.now())
    return frozenset(slug for slug in CLAIMS if evidence_status.holding_back(slug, satisfied))


def first_gated_claim(text: str) -> Overclaim | None:
    """Return the first gated claim that a text makes, or None. No query for a text without claims, otherwise two."""
    approved = approved_sentences()
    if not overclaims(text, approved=approved):
        return None
    return next(iter(overclaims(text, gated=gated_claims(), approved=approved | approved_rows())), None)


def gated_claim_in(text: str) -> str:
    """Return a sentence for the first gated claim of a text, or an empty string."""
    if (claim := first_gated_claim(text)) is None:
        return ""
    return f"“{claim.phrase}” makes a claim that is still gated. You can write: “{claim.safe_wording}”"


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject that evidence can be recorded for. `value` combines its type and name."""

    value: str
    label: str
    page: str


def subjects() -> list[Subject]:
    """Return every gate that PageToJob proves, and every line with a status (none if there is no pack)."""
    proven = [gate for gate, definition in REQUIREMENTS.items() if not definition.of_tenant]
    options = [Subject(f"{SubjectType.GATE}:{gate}", gate.value, "Gates") for gate in proven]
    for (_, anchor), place in known_places().items():
        if "status" in place.row and not place.row.get("gate"):
            label = f"{place.title} ({place.row['status']})"
            options.append(Subject(f"{SubjectType.PACK}:{anchor}", label[:160], place.page_title))
    return options


def place_of(evidence: Evidence, known: dict[tuple[str, str], Place]) -> Place | None:
    """Return the place that shows what the evidence supports. No query."""
    if evidence.subject_type == SubjectType.GATE:
        return known.get(("gate", f"gate-{evidence.subject.replace(' ', '-')}"))
    return next((place for (_, anchor), place in known.items() if anchor == evidence.subject), None)


def supports_ready_now(anchor: str, gate: str) -> bool:
    """Return whether a line would be shown as ready now: by its check, by confirmed evidence, or by its open gate.

    Makes one query.
    """
    pack = Builder(gather(), timezone.now(), None)
    if gate:
        return bool(pack.satisfied[Gate(gate)])
    return pack.check_passed(anchor) if anchor in pack.checked else evidence_status.valid(pack.carried[anchor])


def known_places() -> dict[tuple[str, str], Place]:
    """Return every row that readers see, by kind and anchor. Empty until the pack is loaded. At most one query."""
    pack = pack_or_none()
    return places(pack) if pack else {}


def pack_or_none() -> Pack | None:
    """Return the current pack, or None if it is not loaded."""
    try:
        return current()
    except PackNotLoaded:
        return None
