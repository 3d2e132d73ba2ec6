"""Evidence as it lies on file when people have done their part, or have not."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from pagetojob.gates.models import Evidence, EvidenceKind, Flag, SubjectType
from pagetojob.gates.proof import COVERABLE
from pagetojob.gates.registry import REQUIREMENTS, Requirement
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant

from .factories import make_user

A_DAY = timedelta(days=1)


def prove(requirement: Requirement, *, tenant: Tenant | None = None, **changes: Any) -> Evidence:
    """Evidence that opens `requirement`: about `tenant` where a tenant proves it, else about the house.

    `about` overrides whom it is about. `confirmed=False` leaves the second person out; `lapsed=True` lets it have
    ended a day ago.
    """
    definition = REQUIREMENTS[requirement]
    confirmed, lapsed = changes.pop("confirmed", True), changes.pop("lapsed", False)
    about: Tenant | None = changes.pop("about", tenant if definition.of_tenant else None)
    now = timezone.now()
    facts: dict[str, Any] = {
        "tenant": about,
        "subject_type": SubjectType.GATE,
        "subject": requirement.value,
        "kind": EvidenceKind.DOCUMENT,
        "grade": min(definition.accepts),
        "summary": "A letter.",
        "url": "/letter",
        "covers": list(COVERABLE[definition.covers]) if definition.covers else [],
        "received_at": now - 2 * A_DAY,
        "expires_at": now - A_DAY if lapsed else now + A_DAY,
        "recorded_by": make_user(),
        "confirmed_by": make_user() if confirmed else None,
        "confirmed_at": now if confirmed else None,
    } | changes
    if about is None:
        return Evidence.objects.create(**facts)
    with scope.tenant(about.pk):
        return Evidence.objects.create(**facts)


def prove_all(tenant: Tenant) -> dict[Requirement, Evidence]:
    """Everything that has to be proven, once each."""
    return {requirement: prove(requirement, tenant=tenant) for requirement in REQUIREMENTS}


def wish(tenant: Tenant, *slugs: str, **to: bool) -> None:
    """Set the two switches of flags as no page would, in the tenant's scope."""
    with scope.tenant(tenant.pk):
        Flag.objects.filter(tenant=tenant, slug__in=slugs).update(**(to or {"wanted": True}))
