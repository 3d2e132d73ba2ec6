"""Whether evidence opens a gate at one moment, for whom, and until when. Pure: the rule is here and nowhere else."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from .registry import FLAGS, REQUIREMENTS, Covers, Requirement


@dataclass(frozen=True, slots=True)
class Held:
    """What of one piece of evidence decides. `of_tenant`: it is about the tenant that is asked for, not the house."""

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
    """Of a grade the gate accepts, about whom it must be about, confirmed by a second person, valid at `now`.

    Evidence about the house never opens a gate that each tenant proves for itself, nor the other way round.
    """
    definition = REQUIREMENTS[requirement]
    about = of_tenant == definition.of_tenant
    return about and grade in definition.accepts and confirmed and not revoked and expires_at > now


def needs(requirement: Requirement, flag: str) -> frozenset[str]:
    """The scopes or modules that evidence for `requirement` must name before `flag` is served by it."""
    covers = REQUIREMENTS[requirement].covers
    if covers is Covers.SCOPES:
        return frozenset(FLAGS[flag].least_scopes)
    return frozenset({FLAGS[flag].least_module} - {""}) if covers is Covers.MODULES else frozenset()


@dataclass(frozen=True, slots=True)
class Carried:
    """What the evidence on file does for one gate: until when it is open, or what nobody has proven yet."""

    until: datetime | None
    uncovered: frozenset[str] = frozenset()


def carried(requirement: Requirement, held: Iterable[Held], *, needed: frozenset[str], now: datetime) -> Carried:
    """Open until the first part of `needed` loses its last valid proof; shut while any part has none.

    Several pieces may cover it together. With nothing particular needed, one valid piece is enough.
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
