"""A feature uses a connection only while its gates are open and the connection has its least scopes and module."""

import pytest
from django.utils import timezone

from pagetojob.gates.registry import FLAGS, Environment
from pagetojob.gates.services import Decision
from pagetojob.gates.watch import Watch
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault.connection_use import decide_with_connection, missing_of
from pagetojob.servicetitan.vault.models import Connection, Lost
from pagetojob.servicetitan.vault.services import connections, disconnect
from tests.support.gates import wish

FLAG = "api-booking-sync"
GATED = [slug for slug, flag in FLAGS.items() if flag.gates]


def decided(tenant: Tenant, flag: str = FLAG) -> Decision:
    with scope.worker():
        return decide_with_connection(flag, tenant, Environment.SIMULATOR)


def what(decision: Decision) -> list[str]:
    return [missing.what for missing in decision.missing]


def test_open_gates_without_a_connection_are_not_enough(tenant: Tenant, stand_in: None) -> None:
    wish(tenant, FLAG)
    decision = decided(tenant)
    assert (decision.open, what(decision)) == (False, ["connection"])


def test_connection_is_usable_only_while_active(tenant: Tenant, owner: User, connected: Connection) -> None:
    wish(tenant, FLAG)
    before = decided(tenant)
    assert before.open
    connections.pause(connection=connected, actor=owner, reason="In doubt.")
    assert what(decided(tenant)) == ["connection"] and decided(tenant).epoch > before.epoch
    connections.activate(connection=connected, actor=owner, reason="No doubt.")
    assert decided(tenant).open
    connections.note_refusal(connection=connected, what=Lost.SCOPES, by="gateway")
    assert decided(tenant).missing[0].holder == "ServiceTitan admin"
    disconnect(connection=connected, actor=owner, reason="Over.")
    shut = decided(tenant)
    with scope.worker():
        assert not Watch().still_open(before, timezone.now()) and not shut.open


@pytest.mark.parametrize("flag", GATED)
def test_each_least_scope_and_module_is_needed(flag: str) -> None:
    definition = FLAGS[flag]
    whole = {"scopes": list(definition.least_scopes), "modules": [name for name in (definition.least_module,) if name]}
    assert missing_of(flag, Connection(state="active", **whole)) == ()
    for scope_name in definition.least_scopes:
        less = whole | {"scopes": [name for name in definition.least_scopes if name != scope_name]}
        [missing] = missing_of(flag, Connection(state="active", **less))
        assert missing.what == "connection scopes" and missing.sentence.endswith(f": {scope_name}.")
    if definition.least_module:
        [missing] = missing_of(flag, Connection(state="active", **whole | {"modules": []}))
        assert definition.least_module in missing.sentence


def test_a_feature_done_by_people_needs_no_connection(tenant: Tenant) -> None:
    with scope.worker():
        assert decide_with_connection("drift-monitor", tenant, Environment.PRODUCTION).open
