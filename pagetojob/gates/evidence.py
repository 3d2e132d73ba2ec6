"""The rule by which evidence opens a gate, and until when. No I/O; this is the only place with that rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .registry import FLAGS, REQUIREMENTS, Covers, Requirement


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """The fields of an evidence row that decide. `of_tenant`: it is about one tenant, not about PageToJob."""

    subject: str
    grade: str
    confirmed: bool
    revoked: bool
    expires_at: datetime
    of_tenant: bool
    covers: frozenset[str] = frozenset()


def evidence_facts(row: Mapping[str, Any]) -> EvidenceFacts:
    """Return the facts that decide from the JSON form of an evidence row. Without `covers`, it names nothing."""
    return EvidenceFacts(
        subject=row["subject"],
        grade=row["grade"],
        confirmed=bool(row["confirmed_at"]),
        revoked=bool(row["revoked_at"]),
        expires_at=datetime.fromisoformat(row["expires_at"]),
        of_tenant=row["tenant_id"] is not None,
        covers=frozenset(row.get("covers", ())),
    )


def satisfies(requirement: Requirement, evidence: EvidenceFacts, *, now: datetime) -> bool:
    """Return True if the evidence is of an accepted grade, confirmed, not revoked, and valid at `now`.

    Evidence about PageToJob never opens a gate that each tenant must prove, and the reverse.
    """
    definition = REQUIREMENTS[requirement]
    accepted = evidence.of_tenant == definition.of_tenant and evidence.grade in definition.accepts
    return accepted and evidence.confirmed and not evidence.revoked and evidence.expires_at > now


def needs(requirement: Requirement, flag: str) -> frozenset[str]:
    """Return the scopes or modules that evidence for `requirement` must cover for `flag`."""
    covers = REQUIREMENTS[requirement].covers
    if covers is Covers.SCOPES:
        return frozenset(FLAGS[flag].least_scopes)
    return frozenset({FLAGS[flag].least_module} - {""}) if covers is Covers.MODULES else frozenset()


@dataclass(frozen=True, slots=True)
class GateProof:
    """Effect of the evidence on one gate: open until a time, or closed with the parts not covered."""

    until: datetime | None
    uncovered: frozenset[str] = frozenset()


def gate_proof(
    requirement: Requirement, evidence: Iterable[EvidenceFacts], *, needed: frozenset[str], now: datetime
) -> GateProof:
    """Compute until when the evidence keeps a gate open.

    Each part of `needed` must have valid evidence, which may come from several rows; the gate closes when the first
    part loses its last one. If `needed` is empty, a single valid row is enough.
    """
    valid = [row for row in evidence if row.subject == requirement and satisfies(requirement, row, now=now)]
    if not valid:
        return GateProof(None, needed)
    ends = {part: [row.expires_at for row in valid if part in row.covers] for part in needed}
    uncovered = frozenset(part for part, proven in ends.items() if not proven)
    if uncovered:
        return GateProof(None, uncovered)
    return GateProof(min((max(proven) for proven in ends.values()), default=max(row.expires_at for row in valid)))
