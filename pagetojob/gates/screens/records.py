"""Evidence for gates, about a tenant (in that tenant's scope) or about PageToJob (published with the pack).

Evidence about PageToJob is shown on the pack's pages, so recording or revoking it publishes a version of the pack.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from pagetojob.gates import proof
from pagetojob.gates.attachments import EvidenceRefused
from pagetojob.gates.models import Evidence, SubjectType
from pagetojob.gates.pack import pack
from pagetojob.gates.registry import FLAGS
from pagetojob.platform.audit.actions import label_of
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.audit.selectors import with_actor_names
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User

#: History entries on a tenant's page, and pieces of evidence there that no longer open a gate.
HISTORY = MOST_ENDED = 50


class State(StrEnum):
    """State of a piece of evidence. Only valid evidence opens a gate, and only with an accepted grade."""

    VALID = "valid"
    TO_CONFIRM = "to confirm"
    LAPSED = "lapsed"
    REVOKED = "revoked"


def state(row: Evidence, now: datetime) -> State:
    if row.revoked_at:
        return State.REVOKED
    if row.expires_at <= now:
        return State.LAPSED
    return State.VALID if row.confirmed_at else State.TO_CONFIRM


def of_gates() -> QuerySet[Evidence]:
    """Return evidence for gates, newest first, with its tenant and without the content of its file."""
    rows = Evidence.objects.filter(subject_type=SubjectType.GATE).select_related("tenant")
    return rows.only(*_FIELDS, "tenant__slug", "tenant__name")


def with_people() -> QuerySet[Evidence]:
    """Add the names of those who recorded, confirmed and revoked the evidence. Needs a scope that can read names."""
    people = ("recorded_by", "first_confirmed_by", "confirmed_by", "revoked_by")
    names = [f"{person}__name" for person in people]
    return of_gates().select_related("tenant", *people).only(*_FIELDS, "tenant__slug", "tenant__name", *names)


_FIELDS = [field.name for field in Evidence._meta.concrete_fields]


@dataclass(frozen=True)
class Listed:
    """Evidence with its state, newest first. `has_more`: older evidence was revoked or lapsed and is not listed."""

    proofs: list[tuple[Evidence, State]]
    has_more: bool


def for_tenant(tenant: Tenant, now: datetime) -> tuple[Listed, Listed]:
    """Return a tenant's evidence and PageToJob's: all in effect, and the newest that has ended. Runs one query."""
    newest_first = [F("received_at").desc(), F("pk").desc()]
    place = Window(RowNumber(), partition_by=[F("tenant"), F("has_ended")], order_by=newest_first)
    rows = with_people().filter(Q(tenant=tenant) | Q(tenant__isnull=True))
    rows = rows.annotate(has_ended=Q(revoked_at__isnull=False) | Q(expires_at__lte=now), place=place)
    known = list(rows.filter(Q(has_ended=False) | Q(place__lte=MOST_ENDED + 1)))
    own = _listed([row for row in known if row.tenant_id], now)
    return own, _listed([row for row in known if row.tenant_id is None], now)


def _listed(rows: Sequence[Any], now: datetime) -> Listed:
    """Take off the row that is there only to show that there are more."""
    shown = [row for row in rows if not (row.has_ended and row.place > MOST_ENDED)]
    return Listed([(row, state(row, now)) for row in shown], len(shown) < len(rows))


def history(tenant: Tenant) -> list[dict[str, Any]]:
    """Return what people did to a tenant's features and evidence, newest first. Makes one query."""
    lines = AuditEntry.objects.filter(tenant=tenant, action__startswith="gates.")
    return [_line(line) for line in with_actor_names(lines)[:HISTORY]]


_SAID = {
    "gates.kill": "{}: switched off",
    "gates.revive": "{}: kill switch lifted",
    "gates.want": "{}: requested",
    "gates.unwant": "{}: no longer requested",
    "gates.evidence.record": "Evidence recorded for {}",
    "gates.evidence.confirm": "Evidence confirmed",
    "gates.evidence.revoke": "Evidence revoked",
}


def _line(entry: AuditEntry) -> dict[str, Any]:
    flag = FLAGS.get(entry.subject.removeprefix("flag:"))
    about = flag.title if flag else (entry.changes.get("subject") or ["", ""])[1]
    sentence = _SAID.get(entry.action, label_of(entry.action)).format(about)
    who = f"{entry.actor or 'automatic'}, {entry.actor_label}"
    return {"at": entry.at, "action": sentence, "reason": entry.reason, "who": who}


def record(*, given: proof.Proof, actor: User, tenant: Tenant | None) -> Evidence:
    """Store evidence for a gate, about a tenant or (without one) about PageToJob. Raises EvidenceRefused."""
    if sentence := proof.why_not_record(actor):
        raise EvidenceRefused(sentence)
    if tenant is None:
        return pack().record(given=given, actor=actor)
    with scope.tenant(tenant.pk):
        return proof.record_evidence(proof=given, actor=actor, tenant=tenant)


def confirm(*, evidence: Evidence, actor: User) -> None:
    """Confirm a tenant's evidence. Raises EvidenceRefused."""
    assert evidence.tenant_id, "evidence about PageToJob is confirmed with the pack"
    with scope.tenant(evidence.tenant_id):
        proof.confirm(evidence=evidence, actor=actor)


def revoke(*, evidence: Evidence, actor: User, reason: str, at_shell: bool = False) -> None:
    """Revoke evidence; `at_shell` in the name of `actor`. Raises EvidenceRefused."""
    if sentence := proof.why_not_record(actor):
        raise EvidenceRefused(sentence)
    if evidence.tenant_id is None:
        pack().revoke(evidence=evidence, actor=actor, reason=reason, at_shell=at_shell)
        return
    with scope.tenant(evidence.tenant_id):
        proof.revoke(evidence=evidence, actor=actor, reason=reason, at_shell=at_shell)
