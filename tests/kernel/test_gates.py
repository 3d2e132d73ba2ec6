"""Promise 6: off when in doubt."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pagetojob.kernel.gates.models import Flag
from pagetojob.kernel.gates.registry import FLAGS, GATES, Environment, Gate
from pagetojob.kernel.gates.services import decide
from pagetojob.kernel.tenants import scope
from pagetojob.kernel.tenants.models import Tenant

GATED = {slug for slug, flag in FLAGS.items() if flag.gates}
ON_BY_DEFAULT = {"manual-titan-map", "booking-request-fallback", "drift-monitor", "connection-readiness"}


def test_the_registry_holds_what_the_readiness_pack_says() -> None:
    assert len(FLAGS) == 11
    assert {"api-taxonomy-import", "api-booking-sync", "scheduler-webhooks", "closed-loop-revenue"} == GATED
    assert {slug for slug, flag in FLAGS.items() if flag.default_on} == ON_BY_DEFAULT
    assert not {slug for slug in GATED if FLAGS[slug].default_on}
    assert set(GATES) == set(Gate)
    assert all(flag.manual_mode and flag.kill_switch for flag in FLAGS.values())


@pytest.mark.parametrize("slug", FLAGS)
def test_a_new_tenant_has_the_four_manual_features_and_no_other(tenant: Tenant, slug: str) -> None:
    with scope.tenant(tenant.pk):
        assert decide(slug, tenant, Environment.PRODUCTION).open == (slug in ON_BY_DEFAULT)


@pytest.mark.parametrize("environment", Environment)
@pytest.mark.parametrize("slug", sorted(GATED))
def test_wanting_a_gated_feature_does_not_open_it(tenant: Tenant, slug: str, environment: Environment) -> None:
    with scope.tenant(tenant.pk):
        Flag.objects.filter(slug=slug).update(wanted=True)
        decision = decide(slug, tenant, environment)
    assert not decision.open
    assert {reason.what for reason in decision.missing} == set(FLAGS[slug].gates)
    assert all(reason.holder and reason.sentence for reason in decision.missing)


def test_a_kill_switch_shuts_a_manual_feature(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        Flag.objects.filter(slug="drift-monitor").update(killed=True)
        decision = decide("drift-monitor", tenant, Environment.PRODUCTION)
    assert (decision.open, [reason.what for reason in decision.missing]) == (False, ["kill switch"])


def test_missing_row_and_unknown_flag_are_shut(tenant: Tenant, other_tenant: Tenant) -> None:
    with scope.tenant(other_tenant.pk):
        assert decide("drift-monitor", other_tenant, Environment.PRODUCTION).missing[0].what == "flag row"
        assert decide("no-such-flag", other_tenant, Environment.PRODUCTION).missing[0].what == "flag"


def test_outside_the_tenant_s_scope_everything_is_shut(tenant: Tenant, other_tenant: Tenant) -> None:
    with scope.tenant(other_tenant.pk):
        assert not decide("drift-monitor", tenant, Environment.PRODUCTION).open
    assert not decide("drift-monitor", tenant, Environment.PRODUCTION).open


def test_any_change_of_a_flag_raises_the_tenant_s_epoch(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        before = decide("drift-monitor", tenant, Environment.PRODUCTION).epoch
        Flag.objects.filter(slug="campaign-proof").update(wanted=True)
        assert decide("drift-monitor", tenant, Environment.PRODUCTION).epoch > before


def test_it_costs_one_query(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk), CaptureQueriesContext(connection) as queries:
        decide("api-booking-sync", tenant, Environment.PRODUCTION)
    assert len(queries) == 1
