"""The rule by which evidence opens a gate, and until when. No I/O; this is the only place with that rule."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from .registry import FLAGS, REQUIREMENTS, Covers, Requirement


@dataclass(frozen=True, slots=True)
class Held:
    """The fields of an evidence row that decide. `of_tenant`: it is about one tenant, not about PageToJob."""

    subject: str
    grade: str
    confirmed: bool
    revoked: bool
    expires_at: datetime
    of_tenant: bool
    covers: frozenset[str] = frozenset()


def satisfies(
    requirement: Requirement,
    *,
    grade: str,
    confirmed: bool,
    revoked: bool,
    expires_at: datetime,
    of_tenant: bool,
    now: datetime,
) -> bool:
    """Return True if the evidence is of an accepted grade, confirmed, not revoked, and valid at `now`.

    Evidence about PageToJob never opens a gate that each tenant must prove, and the reverse.
    """
    definition = REQUIREMENTS[requirement]
    about = of_tenant == definition.of_tenant
    return about and grade in definition.accepts and confirmed and not revoked and expires_at > now


def needs(requirement: Requirement, flag: str) -> frozenset[str]:
    """Return the scopes or modules that evidence for `requirement` must cover for `flag`."""
    covers = REQUIREMENTS[requirement].covers
    if covers is Covers.SCOPES:
        return frozenset(FLAGS[flag].least_scopes)
    return frozenset({FLAGS[flag].least_module} - {""}) if covers is Covers.MODULES else frozenset()


@dataclass(frozen=True, slots=True)
class Carried:
    """Effect of the evidence on one gate: open until a time, or closed with the parts not covered."""

    until: datetime | None
    uncovered: frozenset[str] = frozenset()


def carried(requirement: Requirement, held: Iterable[Held], *, needed: frozenset[str], now: datetime) -> Carried:
    """Compute until when the evidence keeps a gate open.

    Each part of `needed` must have valid evidence, which may come from several rows; the gate closes when the first
    part loses its last one. If `needed` is empty, a single valid row is enough.
    """
    valid = [
        one
        for one in held
        if one.subject == requirement
        and satisfies(
            requirement,
            grade=one.grade,
            confirmed=one.confirmed,
            revoked=one.revoked,
            expires_at=one.expires_at,
            of_tenant=one.of_tenant,
            now=now,
        )
    ]
    if not valid:
        return Carried(None, needed)
    ends = {part: [one.expires_at for one in valid if part in one.covers] for part in needed}
    uncovered = frozenset(part for part, proven in ends.items() if not proven)
    if uncovered:
        return Carried(None, uncovered)
    return Carried(min((max(proven) for proven in ends.values()), default=max(one.expires_at for one in valid)))
