"""Promise 4: an item blocked by a closed gate has no timer, and is released when the gate opens."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pagetojob.gates.registry import FLAGS, Environment, Gate
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault.services import connections
from syncqueue.leads.models import Lead
from syncqueue.models import State, SyncItem
from syncqueue.services.gated_items import release_opened
from tests.support.desk import booking_request
from tests.support.gates import prove, prove_all, wish
from tests.support.vault import authorized, fill

FLAG = "api-booking-sync"


@pytest.fixture
def held(captured: Lead, work_off: Callable[[], int]) -> SyncItem:
    """A processed booking request that stopped at its gate."""
    work_off()
    return booking_request()


def connect(tenant: Tenant, owner: User) -> None:
    """Create an active production connection; all evidence must exist before it accepts a secret."""
    row = authorized(tenant, owner, Environment.PRODUCTION)
    fill(row, owner)
    connections.activate(connection=row, actor=owner, reason="Everything is there.")


def missing() -> set[str]:
    return {reason["what"] for reason in booking_request().missing}


def test_it_waits_while_any_gate_is_closed(tenant: Tenant, held: SyncItem) -> None:
    assert (held.state, held.cause) == (State.BLOCKED, "gate-shut")
    wish(tenant, FLAG)
    for gate in set(FLAGS[FLAG].gates) - {Gate.PRIVACY_REVIEW}:
        prove(gate, tenant=tenant)
    assert release_opened() == 0
    assert booking_request().state == State.BLOCKED


def test_it_goes_on_once_the_last_gate_opens(
    tenant: Tenant, owner: User, held: SyncItem, work_off: Callable[[], int]
) -> None:
    wish(tenant, FLAG)
    prove_all(tenant)
    assert release_opened() == 0, "there is no connection to send by"
    connect(tenant, owner)
    assert release_opened() == 1
    assert (booking_request().state, missing()) == (State.QUEUED, set())
    assert booking_request().due_at is not None
    work_off()
    assert (booking_request().state, missing()) == (State.BLOCKED, {"sender"})
    assert release_opened() == 0, "no gate is about what is missing now"


def test_a_kill_holds_it_and_lifting_the_kill_lets_it_go(
    tenant: Tenant, owner: User, captured: Lead, work_off: Callable[[], int]
) -> None:
    wish(tenant, FLAG, wanted=True, killed=True)
    prove_all(tenant)
    connect(tenant, owner)
    work_off()
    assert missing() == {"kill switch"}
    assert release_opened() == 0
    wish(tenant, FLAG, killed=False)
    assert release_opened() == 1


def test_what_another_tenant_proves_lets_nothing_go(tenant: Tenant, other_tenant: Tenant, held: SyncItem) -> None:
    wish(tenant, FLAG)
    prove_all(other_tenant)
    assert release_opened() == 0


def test_excluded_or_ended_requests_stay_unchanged(tenant: Tenant, held: SyncItem) -> None:
    wish(tenant, FLAG)
    prove_all(tenant)
    with scope.worker():
        Lead.objects.filter(sync_items=held.pk).update(excluded_as="test")
    assert release_opened() == 0


def test_without_a_sending_tenant_it_costs_next_to_nothing(tenant: Tenant, held: SyncItem) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert release_opened() == 0
    assert (
        len([entry for entry in queries if entry["sql"].startswith("SELECT") and "set_config" not in entry["sql"]]) == 1
    )
