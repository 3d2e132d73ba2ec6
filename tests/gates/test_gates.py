"""Promise 6: off when in doubt."""

import os
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.gates.models import Flag
from pagetojob.gates.registry import FLAGS, GATES, REQUIREMENTS, Access, Environment, Gate
from pagetojob.gates.services import decide, decide_all, give_default_flags, storage_missing
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from tests.support.gates import prove, prove_all, wish

GATED = {slug for slug, flag in FLAGS.items() if flag.gates}
ON_BY_DEFAULT = {"manual-titan-map", "booking-request-fallback", "drift-monitor", "connection-readiness"}


def test_registry_matches_the_readiness_pack() -> None:
    assert {"api-taxonomy-import", "api-booking-sync", "scheduler-webhooks", "closed-loop-revenue"} == GATED
    assert {slug for slug, flag in FLAGS.items() if flag.default_on} == ON_BY_DEFAULT
    assert not {slug for slug in GATED if FLAGS[slug].default_on}
    assert set(GATES) == set(Gate)
    assert all(flag.manual_mode and flag.kill_switch for flag in FLAGS.values())


@pytest.mark.parametrize("slug", FLAGS)
def test_new_tenant_has_only_the_default_features(other_tenant: Tenant, slug: str) -> None:
    with scope.tenant(other_tenant.pk):
        give_default_flags(other_tenant)
        assert decide(slug, other_tenant, Environment.PRODUCTION).open == (slug in ON_BY_DEFAULT)


@pytest.mark.parametrize("environment", Environment)
@pytest.mark.parametrize("slug", sorted(GATED))
def test_wanting_a_gated_feature_does_not_open_it(tenant: Tenant, slug: str, environment: Environment) -> None:
    with scope.tenant(tenant.pk):
        Flag.objects.filter(slug=slug).update(wanted=True)
        decision = decide(slug, tenant, environment)
    asked: dict[Environment, set[str]] = {
        Environment.SIMULATOR: {"stand-in address"},
        Environment.INTEGRATION: {"developer access", "secure credential storage"},
        Environment.PRODUCTION: set(FLAGS[slug].gates),
    }
    assert not decision.open
    assert {reason.what for reason in decision.missing} == asked[environment]
    assert all(reason.holder and reason.sentence for reason in decision.missing)


def test_kill_switch_turns_off_a_manual_feature(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        Flag.objects.filter(slug="drift-monitor").update(killed=True)
        decision = decide("drift-monitor", tenant, Environment.PRODUCTION)
    assert (decision.open, [reason.what for reason in decision.missing]) == (False, ["kill switch"])


def test_missing_row_and_unknown_flag_are_off(tenant: Tenant, other_tenant: Tenant) -> None:
    with scope.tenant(other_tenant.pk):
        assert decide("drift-monitor", other_tenant, Environment.PRODUCTION).missing[0].what == "flag row"
        assert decide("no-such-flag", other_tenant, Environment.PRODUCTION).missing[0].what == "flag"


def test_everything_is_off_outside_the_tenant_scope(tenant: Tenant, other_tenant: Tenant) -> None:
    with scope.tenant(other_tenant.pk):
        assert not decide("drift-monitor", tenant, Environment.PRODUCTION).open
    assert not decide("drift-monitor", tenant, Environment.PRODUCTION).open


def test_any_change_of_a_flag_raises_the_tenant_s_epoch(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        before = decide("drift-monitor", tenant, Environment.PRODUCTION).epoch
        Flag.objects.filter(slug="campaign-proof").update(wanted=True)
        assert decide("drift-monitor", tenant, Environment.PRODUCTION).epoch > before


def test_decide_and_decide_all_run_one_query(tenant: Tenant) -> None:
    prove_all(tenant)
    with scope.tenant(tenant.pk):
        with CaptureQueriesContext(connection) as queries:
            decide("api-booking-sync", tenant, Environment.PRODUCTION)
        assert len(queries) == 1
        with CaptureQueriesContext(connection) as queries:
            decisions = decide_all(tenant)
        assert len(queries) == 1
    assert {(decision.flag, decision.environment) for decision in decisions} == {
        (f, e) for f in FLAGS for e in Environment
    }


@pytest.mark.parametrize("environment", Environment)
def test_new_tenant_may_not_store_secrets(tenant: Tenant, environment: Environment) -> None:
    with scope.tenant(tenant.pk):
        assert storage_missing(tenant, environment)


def state(tenant: Tenant, environment: Environment = Environment.PRODUCTION) -> dict[str, set[str]]:
    """Flag to what it misses, for the gated ones, as the tenant's own scope and a worker's agree on it."""
    missing = []
    for sees in (scope.tenant(tenant.pk), scope.worker()):
        with sees:
            decisions = [decide(slug, tenant, environment) for slug in sorted(GATED)]
        missing.append({decision.flag: {reason.what for reason in decision.missing} for decision in decisions})
        assert all(decision.open == (not decision.missing) for decision in decisions)
    assert missing[0] == missing[1]
    return missing[0]


def test_all_flags_are_on_until_expiry_when_everything_is_proven(tenant: Tenant) -> None:
    wish(tenant, *FLAGS)
    proofs = prove_all(tenant)
    assert state(tenant) == {slug: set() for slug in GATED}
    with scope.tenant(tenant.pk):
        ends = decide("api-booking-sync", tenant, Environment.PRODUCTION).valid_until
        assert decide("manual-titan-map", tenant, Environment.PRODUCTION).valid_until is None
    assert ends == min(row.expires_at for need, row in proofs.items() if need in GATES)


def test_a_slow_clock_of_a_host_prolongs_no_evidence(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    wish(tenant, *FLAGS)
    for requirement in REQUIREMENTS:
        prove(requirement, tenant=tenant, lapsed=True)
    slow = timezone.now() - timedelta(days=2)
    monkeypatch.setattr("pagetojob.gates.services.timezone.now", lambda: slow)
    assert all(missing == set(FLAGS[slug].gates) for slug, missing in state(tenant).items())
    with scope.tenant(tenant.pk):
        assert storage_missing(tenant, Environment.PRODUCTION)


@pytest.mark.parametrize("gate", Gate)
def test_each_missing_gate_keeps_all_four_flags_off(tenant: Tenant, gate: Gate) -> None:
    wish(tenant, *FLAGS)
    for other in set(Gate) - {gate}:
        prove(other, tenant=tenant)
    assert state(tenant) == {slug: {gate.value} for slug in GATED}


@pytest.mark.parametrize(
    "flaw",
    [
        {"confirmed": False},
        {"lapsed": True},
        {"revoked_at": "2026-11-01T00:00Z", "revoked_reason": "Wrong."},
        {"grade": "stated by us"},
    ],
    ids=["unconfirmed", "lapsed", "revoked", "of a grade that does not count"],
)
def test_invalid_evidence_opens_nothing(tenant: Tenant, flaw: dict[str, Any]) -> None:
    wish(tenant, *FLAGS)
    for gate in set(Gate) - {Gate.PARTNER_APPROVAL}:
        prove(gate, tenant=tenant)
    prove(Gate.PARTNER_APPROVAL, **flaw)
    assert state(tenant) == {slug: {"partner approval"} for slug in GATED}


@pytest.mark.parametrize("gate", [gate for gate in Gate if GATES[gate].of_tenant])
def test_global_or_other_tenants_evidence_opens_no_tenant_gate(
    tenant: Tenant, other_tenant: Tenant, gate: Gate
) -> None:
    wish(tenant, *FLAGS)
    for other in set(Gate) - {gate}:
        prove(other, tenant=tenant)
    prove(gate, tenant=other_tenant)
    prove(gate, tenant=None)
    assert state(tenant) == {slug: {gate.value} for slug in GATED}


def test_tenant_evidence_opens_no_global_gate(tenant: Tenant) -> None:
    wish(tenant, *FLAGS)
    for gate in set(Gate) - {Gate.SECURE_STORAGE}:
        prove(gate, tenant=tenant)
    prove(Gate.SECURE_STORAGE, about=tenant)
    assert state(tenant) == {slug: {"secure credential storage"} for slug in GATED}


def test_scopes_of_one_feature_do_not_open_another(tenant: Tenant) -> None:
    wish(tenant, *FLAGS)
    for gate in set(Gate) - {Gate.SCOPES_GRANTED, Gate.MODULE_ELIGIBLE}:
        prove(gate, tenant=tenant)
    prove(Gate.SCOPES_GRANTED, tenant=tenant, covers=list(FLAGS["api-booking-sync"].least_scopes))
    prove(Gate.MODULE_ELIGIBLE, tenant=tenant, covers=["Accounting"])
    assert state(tenant) == {
        "api-booking-sync": set(),
        "api-taxonomy-import": {"scopes granted"},
        "closed-loop-revenue": {"scopes granted"},
        "scheduler-webhooks": {"module eligible"},
    }


def test_integration_opens_on_developer_access_and_secure_storage_alone(tenant: Tenant) -> None:
    wish(tenant, *FLAGS)
    prove(Access.DEVELOPER)
    assert state(tenant, Environment.INTEGRATION) == {slug: {"secure credential storage"} for slug in GATED}
    prove(Gate.SECURE_STORAGE)
    assert state(tenant, Environment.INTEGRATION) == {slug: set() for slug in GATED}
    assert all(state(tenant, Environment.PRODUCTION).values())


def test_simulator_needs_the_demo_mark_and_addresses(tenant: Tenant, settings: Any) -> None:
    wish(tenant, *FLAGS)
    assert all(state(tenant, Environment.SIMULATOR).values())
    settings.SERVICETITAN_STANDIN_AUTH_URL = "http://127.0.0.1:1"
    assert all(state(tenant, Environment.SIMULATOR).values())
    settings.SERVICETITAN_STANDIN_API_URL = "http://127.0.0.1:2"
    assert not any(state(tenant, Environment.SIMULATOR).values())
    Tenant.objects.filter(pk=tenant.pk).update(is_demo=False)
    assert state(tenant, Environment.SIMULATOR) == {slug: {"demo switch"} for slug in GATED}


def test_secret_may_be_stored_when_its_gates_are_open(tenant: Tenant, settings: Any) -> None:
    settings.SERVICETITAN_STANDIN_AUTH_URL = settings.SERVICETITAN_STANDIN_API_URL = "http://127.0.0.1:1"

    def may() -> set[Environment]:
        with scope.tenant(tenant.pk):
            return {environment for environment in Environment if not storage_missing(tenant, environment)}

    assert may() == {Environment.SIMULATOR}
    for requirement in REQUIREMENTS:
        if requirement is not Gate.PARTNER_APPROVAL:
            prove(requirement, tenant=tenant)
    assert may() == {Environment.SIMULATOR, Environment.INTEGRATION}
    prove(Gate.PARTNER_APPROVAL)
    assert may() == set(Environment)


SIGN_OFFS = "; ".join(f"ALTER TABLE onboarding_{name} {{0}} TRIGGER USER" for name in ("signoff", "customeranswer"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "act",
    [
        "DELETE FROM gates_evidence",
        "DELETE FROM gates_flag WHERE slug = 'campaign-proof'",
        # Rows of a contractor's sign-off name evidence and are append-only, so an owner first removes their guards.
        f"{SIGN_OFFS.format('DISABLE')}; TRUNCATE gates_evidence CASCADE; {SIGN_OFFS.format('ENABLE')}",
        "TRUNCATE gates_flag",
        "UPDATE tenants_tenant SET is_demo = NOT is_demo",
    ],
    ids=lambda act: act[:40],
)
def test_changes_by_the_database_owner_raise_the_epoch(tenant: Tenant, act: str) -> None:
    prove(Gate.PRIVACY_REVIEW, tenant=tenant)
    tenant.refresh_from_db()
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        owner.execute(act)
    before = tenant.gates_epoch
    tenant.refresh_from_db()
    assert tenant.gates_epoch > before
