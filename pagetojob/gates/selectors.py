"""Queries for the facts that decide gates. Outside a scope that can read a tenant's rows, all flags are off."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q
from django.db.models.functions import JSONObject, Now

from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Tenant

from .decisions import GateFacts, Switch
from .evidence import evidence_facts
from .models import Evidence, Flag, SubjectType

_SWITCHES = Flag.objects.filter(tenant=OuterRef("pk")).values(
    row=JSONObject(slug=F("slug"), wanted=F("wanted"), killed=F("killed"))
)
_EVIDENCE = (
    Evidence.objects.filter(subject_type=SubjectType.GATE)
    .filter(Q(tenant__isnull=True) | Q(tenant=OuterRef("pk")))
    .order_by()
    .values(
        row=JSONObject(
            subject=F("subject"),
            grade=F("grade"),
            confirmed_at=F("confirmed_at"),
            revoked_at=F("revoked_at"),
            expires_at=F("expires_at"),
            tenant_id=F("tenant_id"),
            covers=F("covers"),
        )
    )
)


def gate_facts_by_tenant(tenant_ids: Iterable[int]) -> dict[int, GateFacts]:
    """Return the facts that decide for each of these tenants, with their gates epochs. Runs one query for all."""
    rows = (
        Tenant.objects.filter(pk__in=list(tenant_ids))
        .annotate(switches=ArraySubquery(_SWITCHES), evidence=ArraySubquery(_EVIDENCE), read_at=Now())
        .values("pk", "gates_epoch", "is_demo", "state", "switches", "evidence", "read_at")
        .order_by()
    )
    return {row["pk"]: _gate_facts(row) for row in rows}


def gate_facts(tenant: Tenant) -> GateFacts:
    """Return the facts that decide for one tenant. Runs one query."""
    return gate_facts_by_tenant([tenant.pk]).get(tenant.pk) or no_gate_facts(tenant)


def no_gate_facts(tenant: Tenant) -> GateFacts:
    """Return empty facts for a tenant whose rows cannot be read here, so that all flags are off. No query."""
    return _without_evidence(tenant, {})


def switch_facts(flag: str, tenant: Tenant) -> GateFacts:
    """Return the facts for a flag without gates: its switches, no evidence. Used by public pages. Runs one query."""
    row = Flag.objects.filter(tenant=tenant, slug=flag).select_related("tenant").first()
    switches = {flag: Switch(row.wanted, row.killed)} if row else {}
    return _without_evidence(row.tenant if row else tenant, switches)


def killed(tenant: Tenant) -> frozenset[str]:
    """Return the features killed for a tenant. Runs one query, in a scope that can read its flags."""
    return frozenset(Flag.objects.filter(tenant=tenant, killed=True).values_list("slug", flat=True))


def _without_evidence(tenant: Tenant, switches: dict[str, Switch]) -> GateFacts:
    return GateFacts(
        tenant_id=tenant.pk,
        epoch=tenant.gates_epoch,
        is_ours=False,
        has_ended=tenant.state == Lifecycle.CLOSED,
        has_simulator=False,
        switches=switches,
        evidence=(),
    )


def _gate_facts(row: Any) -> GateFacts:
    return GateFacts(
        tenant_id=row["pk"],
        epoch=row["gates_epoch"],
        is_ours=row["is_demo"],
        has_ended=row["state"] == Lifecycle.CLOSED,
        has_simulator=bool(settings.SERVICETITAN_STANDIN_AUTH_URL and settings.SERVICETITAN_STANDIN_API_URL),
        switches={item["slug"]: Switch(item["wanted"], item["killed"]) for item in row["switches"]},
        evidence=tuple(evidence_facts(item) for item in row["evidence"]),
        read_at=row["read_at"],
    )


def tenants_wanting(flag: str) -> list[int]:
    """Return the tenants for which a flag is wanted and not killed. Its gates may still be closed. Runs one query."""
    wanting = Flag.objects.filter(slug=flag, wanted=True, killed=False)
    return list(wanting.order_by("tenant_id").values_list("tenant_id", flat=True))
