"""A gate that shuts stops a batch between two sends: expiry, revocation, kill, seen by a sender in its own session."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.gates import proof
from pagetojob.gates.models import Evidence
from pagetojob.gates.registry import Access, Environment, Gate, Requirement
from pagetojob.gates.services import Decision, decide, kill
from pagetojob.gates.watch import EVERY_SECONDS, Watch
from pagetojob.onboarding.lifecycle import change_state
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.gates import prove, prove_all, wish
from tests.support.services import ROOT

FLAG = "api-booking-sync"
A_QUARTER = 0.25


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def on_file(tenant: Tenant) -> dict[Requirement, Evidence]:
    """The tenant wants to send, and everything is proven."""
    wish(tenant, FLAG)
    return prove_all(tenant)


def decided(tenant: Tenant) -> Decision:
    with scope.worker():
        return decide(FLAG, tenant, Environment.PRODUCTION)


class Sender(threading.Thread):
    """Sends a batch with a quarter of a second between two sends, in its own database session."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__()
        self.tenant, self.sent = tenant, 0
        self.clock = Clock()
        self.paused, self.go_on = threading.Event(), threading.Event()

    def run(self) -> None:
        try:
            decision, watch = decided(self.tenant), Watch([self.tenant.pk], clock=self.clock)
            for number in range(100):
                if not watch.still_open(decision, timezone.now()):
                    return
                self.sent += 1
                self.clock.seconds += A_QUARTER
                if number == 5:
                    self.paused.set()
                    assert self.go_on.wait(20)
        finally:
            connection.close()


@contextmanager
def amid_a_batch(tenant: Tenant) -> Iterator[Sender]:
    """A batch that has sent six and waits while the block runs; then it goes on, and has ended."""
    sender = Sender(tenant)
    sender.start()
    assert sender.paused.wait(20)
    assert sender.sent == 6
    yield sender
    sender.go_on.set()
    sender.join(20)
    assert not sender.is_alive()


def revoke(on_file: dict[Requirement, Evidence], tenant: Tenant, actor: User) -> None:
    with scope.tenant(tenant.pk):
        proof.revoke(evidence=on_file[Gate.CUSTOMER_AUTHORIZATION], actor=actor, reason="The customer withdrew it.")


def revoke_of_the_house(on_file: dict[Requirement, Evidence], tenant: Tenant, actor: User) -> None:
    proof.revoke(evidence=on_file[Gate.PARTNER_APPROVAL], actor=actor, reason="Withdrawn.")


def kill_it(on_file: dict[Requirement, Evidence], tenant: Tenant, actor: User) -> None:
    with scope.operator(actor, reason="test"):
        kill(flag=FLAG, tenant=tenant, actor=actor, reason="Bookings arrive twice.")


def take_the_wish_back(on_file: dict[Requirement, Evidence], tenant: Tenant, actor: User) -> None:
    wish(tenant, FLAG, wanted=False)


def take_the_demo_mark_off(on_file: dict[Requirement, Evidence], tenant: Tenant, actor: User) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(is_demo=False)


def end_the_contract(on_file: dict[Requirement, Evidence], tenant: Tenant, actor: User) -> None:
    with scope.operator(actor, reason="test"):
        change_state(tenant=tenant, to=Lifecycle.CLOSED, by=actor, reason="The contract ended.")


def revoke_from_another_process(on_file: dict[Requirement, Evidence], tenant: Tenant, actor: User) -> None:
    """A script at the command line, in a process of its own, as anybody on call can run it."""
    row = str(on_file[Gate.SCOPES_GRANTED].public_id)
    command = ["manage.py", "evidence", "revoke", row, "--reason", "Wrong list.", "--recorded-by", actor.email]
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)


Act = Callable[[dict[Requirement, Evidence], Tenant, User], None]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "act",
    [
        revoke,
        revoke_of_the_house,
        revoke_from_another_process,
        kill_it,
        take_the_wish_back,
        take_the_demo_mark_off,
        end_the_contract,
    ],
)
def test_a_batch_stops_between_two_sends(
    act: Act, tenant: Tenant, on_file: dict[Requirement, Evidence], operator: User
) -> None:
    with amid_a_batch(tenant) as sender:
        act(on_file, tenant, operator)
    # Six were out; the epochs were read at the fifth, a second later they are read again.
    most = EVERY_SECONDS / A_QUARTER
    assert 6 <= sender.sent < 6 + most


@pytest.mark.django_db(transaction=True)
def test_batch_with_open_gates_completes(tenant: Tenant, on_file: dict[Requirement, Evidence]) -> None:
    with amid_a_batch(tenant) as sender:
        pass
    assert sender.sent == 100


def test_decision_expires_with_its_evidence(tenant: Tenant, on_file: dict[Requirement, Evidence]) -> None:
    decision, watch = decided(tenant), Watch([tenant.pk])
    ends = min(evidence.expires_at for need, evidence in on_file.items() if need != Access.DEVELOPER)
    assert decision.valid_until == ends
    assert watch.still_open(decision, ends - timedelta(microseconds=1))
    assert not watch.still_open(decision, ends)


def test_one_query_per_second_for_all_tenants(
    tenant: Tenant, other_tenant: Tenant, on_file: dict[Requirement, Evidence]
) -> None:
    decisions = [decided(tenant), decided(other_tenant)]
    clock = Clock()
    watch = Watch([tenant.pk, other_tenant.pk], clock=clock)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(300):
            assert [watch.still_open(decision, timezone.now()) for decision in decisions] == [True, False]
            clock.seconds += 0.01
    assert len(queries) == 3


def test_stale_epochs_mean_closed_without_a_database(tenant: Tenant, on_file: dict[Requirement, Evidence]) -> None:
    decision, clock = decided(tenant), Clock()
    watch = Watch([tenant.pk], clock=clock)
    assert not watch.holds(decision, timezone.now()) and watch.remembers(decision, timezone.now()) is None
    watch.refresh()
    with CaptureQueriesContext(connection) as queries:
        assert watch.holds(decision, timezone.now())
        assert watch.remembers(replace(decision, epoch=decision.epoch - 1), timezone.now()) is False, "known, and shut"
        assert watch.remembers(replace(decision, tenant_id=decision.tenant_id + 1), timezone.now()) is None
        clock.seconds += EVERY_SECONDS
        assert not watch.holds(decision, timezone.now()) and watch.remembers(decision, timezone.now()) is None
    assert len(queries) == 0


def test_new_tenant_is_read_immediately(tenant: Tenant, on_file: dict[Requirement, Evidence]) -> None:
    watch = Watch()
    watch.refresh()
    assert watch.still_open(decided(tenant), timezone.now())


def test_a_newer_proof_makes_a_new_decision_necessary(tenant: Tenant, on_file: dict[Requirement, Evidence]) -> None:
    decision, watch = decided(tenant), Watch([tenant.pk])
    prove(Gate.PRIVACY_REVIEW, tenant=tenant)
    assert not watch.still_open(decision, timezone.now())
    assert watch.still_open(decided(tenant), timezone.now())
