"""Items of a process that has certainly ended are requeued at once; for any other the lease decides."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db.models.functions import Now

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue import retry, workers
from syncqueue.connectors import deliver
from syncqueue.models import Kind, Lane, State, SyncItem
from syncqueue.services import delivery
from tests.support.factories import make_lead, make_sync_item

pytestmark = pytest.mark.django_db

NAME_OF = "from syncqueue import workers; print(workers.name(), flush=True); input()"


@contextmanager
def other_worker() -> Generator[tuple[str, "subprocess.Popen[str]"]]:
    """Yield a process of this machine, with its own name."""
    process = subprocess.Popen([sys.executable, "-c", NAME_OF], stdin=-1, stdout=-1, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.communicate()


def ended_worker() -> str:
    with other_worker() as (name, _):
        pass
    return name


def claimed_by(name: str, tenant: Tenant) -> SyncItem:
    with scope.worker():
        SyncItem.objects.filter(tenant=tenant, state=State.QUEUED).update(due_at=Now())
        SyncItem.objects.filter(tenant=tenant, state=State.RETRYING).update(due_at=Now())
    [item] = delivery.claim(1)
    assert item.pk
    with scope.worker():
        assert SyncItem.objects.get(pk=item.pk).claimed_by == workers.name()
        SyncItem.objects.filter(pk=item.pk).update(claimed_by=name)
    return item


def test_a_process_has_ended_when_it_is_gone_or_waits_to_be_buried() -> None:
    with other_worker() as (name, process):
        assert name.startswith(workers.place()) and 0 < len(name) <= 80
        assert not workers.has_ended(name) and not workers.has_ended(workers.name())
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert workers.has_ended(name), "nobody has taken note of its end yet"
    assert workers.has_ended(name)


def test_a_reused_process_id_is_recognized() -> None:
    here, _, began = workers.name().rpartition("/")
    assert workers.has_ended(f"{here}/{int(began) + 1}")


def test_processes_of_other_places_are_not_judged() -> None:
    boot, rest = ended_worker().split("/", 1)
    for name in ("", workers.place(), f"{workers.place()}x/y", f"0{boot}/{rest}", f"{boot}/0{rest}", "999999/1"):
        assert not workers.has_ended(name), name


def test_items_of_an_ended_process_are_requeued_at_the_next_drain(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, due_at=Now())
    item = claimed_by(ended_worker(), tenant)
    assert delivery.sweep_leases(worker="sweep") == 0, "its lease still holds"
    delivery.drain(deliver, worker="test")
    with scope.worker():
        item.refresh_from_db()
    assert item.attempts >= 1 and item.state != State.SENDING


def test_what_a_living_process_holds_stays_with_it(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, due_at=Now())
    with other_worker() as (name, _):
        claimed_by(name, tenant)
        assert delivery.recover(worker="test") == 0
    assert delivery.recover(worker="test") == 1


def test_an_item_that_may_have_been_sent_keeps_its_lookup_time(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, due_at=Now())
    item = claimed_by(ended_worker(), tenant)
    with scope.worker():
        SyncItem.objects.filter(pk=item.pk).update(must_reconcile=True, sent_to="stand-in", send_began_at=Now())
    assert delivery.recover(worker="test") == 1
    with scope.worker():
        item.refresh_from_db()
    assert item.due_at and item.send_began_at
    assert (item.due_at - item.send_began_at).total_seconds() == settings.FIRST_LOOK_UP_SECONDS


def test_a_lane_that_loses_many_processes_cools_down(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two items held by one process count as one death, and it takes five to open the breaker."""
    monkeypatch.setattr(settings, "BOOKINGS_PER_SECOND", 1000)  # ten concurrent claims need no token
    with scope.tenant(tenant.pk):
        for _ in range(2):
            make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant), due_at=Now())
    names = [ended_worker() for _ in range(retry.BREAK_AFTER)]
    for deaths, name in enumerate(names, start=1):
        locked = [claimed_by(name, tenant), claimed_by(name, tenant)]
        assert delivery.recover(worker="test") == len(locked)
        with scope.worker():
            lane = Lane.objects.get(tenant=tenant)
        assert lane.failures == deaths
        assert (lane.paused_until is not None) == (deaths == retry.BREAK_AFTER)
    with scope.worker():
        SyncItem.objects.filter(tenant=tenant).update(due_at=Now())
    assert delivery.claim(1) == [], "it rests"


def test_a_death_over_several_lanes_counts_against_no_lane(tenant: Tenant, other_tenant: Tenant) -> None:
    for entry in (tenant, other_tenant):
        with scope.tenant(entry.pk):
            make_sync_item(tenant=entry, lead=make_lead(tenant=entry), due_at=Now())
    name = ended_worker()
    for entry in (tenant, other_tenant):
        claimed_by(name, entry)
    assert delivery.recover(worker="test") == 2
    with scope.worker():
        assert set(Lane.objects.values_list("failures", flat=True)) == {0}


def test_telling_people_is_not_put_off_for_a_death(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        lead = make_lead(tenant=tenant)
        make_sync_item(tenant=tenant, lead=lead, kind=Kind.BUSINESS_NOTIFICATION, due_at=Now())
    claimed_by(ended_worker(), tenant)
    assert delivery.recover(worker="test") == 1
    with scope.worker():
        assert Lane.objects.get(tenant=tenant).failures == 0
