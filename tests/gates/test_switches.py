"""What a tenant wishes for and what somebody on call has killed: who may say so, and that it is written down."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin

from pagetojob.gates.models import Flag
from pagetojob.gates.registry import Environment
from pagetojob.gates.services import KILLED, SwitchRefused, decide, kill, revive, want
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User

FLAG = "drift-monitor"


@pytest.fixture
def facts(tenant: Tenant) -> dict[str, Any]:
    return {"flag": FLAG, "tenant": tenant, "reason": "Wrong findings since Monday."}


def test_anyone_on_call_kills_and_only_a_lead_revives(
    facts: dict[str, Any], tenant: Tenant, operator: User, lead_operator: User
) -> None:
    with scope.operator(operator, reason="test"):
        kill(**facts, actor=operator)
        assert decide(FLAG, tenant, Environment.PRODUCTION).missing == (KILLED,)
        with pytest.raises(SwitchRefused, match="lead"):
            revive(**facts, actor=operator)
        revive(**facts, actor=lead_operator)
        assert decide(FLAG, tenant, Environment.PRODUCTION).open


def test_read_only_roles_cannot_change_switches(
    facts: dict[str, Any], viewer: User, owner: User, editor: User, operator: User
) -> None:
    with scope.operator(operator, reason="test"):
        for person in (viewer, owner, editor):
            for act in (kill, revive):
                with pytest.raises(SwitchRefused):
                    act(**facts, actor=person)
            with pytest.raises(SwitchRefused):
                want(**facts, on=True, actor=person)


def test_each_switch_change_is_audited(facts: dict[str, Any], tenant: Tenant, lead_operator: User) -> None:
    with scope.operator(lead_operator, reason="test"):
        want(**facts, on=False, actor=lead_operator)
        want(**facts, on=True, actor=lead_operator)
        kill(**facts, actor=lead_operator)
        revive(**facts, actor=lead_operator)
        lines = list(AuditEntry.objects.filter(tenant=tenant, subject=f"flag:{FLAG}").order_by("id"))
    assert [(line.action, line.changes) for line in lines] == [
        ("gates.unwant", {"wanted": [True, False]}),
        ("gates.want", {"wanted": [False, True]}),
        ("gates.kill", {"killed": [False, True]}),
        ("gates.revive", {"killed": [True, False]}),
    ]
    assert {(line.actor_id, line.reason) for line in lines} == {(lead_operator.pk, facts["reason"])}


def test_unchanged_or_missing_switch_is_refused(
    facts: dict[str, Any], other_tenant: Tenant, lead_operator: User
) -> None:
    with scope.operator(lead_operator, reason="test"):
        for wrong in ({}, {"flag": "no-such-flag"}, {"tenant": other_tenant}):
            with pytest.raises(SwitchRefused, match="already"):
                revive(**facts | wrong, actor=lead_operator)
        with pytest.raises(SwitchRefused, match="Enter a reason"):
            kill(**facts | {"reason": " "}, actor=lead_operator)
        assert not AuditEntry.objects.filter(action__startswith="gates.").exists()


def test_one_tenant_s_kill_leaves_the_others_alone(facts: dict[str, Any], other_tenant: Tenant, operator: User) -> None:
    with scope.tenant(other_tenant.pk):
        Flag.objects.create(tenant=other_tenant, slug=FLAG, wanted=True)
    with scope.operator(operator, reason="test"):
        kill(**facts, actor=operator)
        assert decide(FLAG, other_tenant, Environment.PRODUCTION).open


def test_nothing_stores_that_a_flag_is_on() -> None:
    """A wish and a kill are all there is to set; whether it is on has no column and no field of a form."""
    columns = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.name in {"open", "is_open", "opened", "enabled", "is_enabled", "on", "is_on", "decision", "satisfied"}
    }
    assert columns == {"drift.SiteReading.opened"}  # how many findings it opened
    assert not admin.site.is_registered(Flag)
    assert {field.name for field in Flag._meta.get_fields()} == {"id", "tenant", "slug", "wanted", "killed"}
