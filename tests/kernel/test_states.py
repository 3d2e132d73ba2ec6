"""The one way a state changes, and the database's own refusal of any other."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from pagetojob.kernel import states
from pagetojob.kernel.tenants import scope
from pagetojob.kernel.tenants.models import Tenant
from syncqueue.models import State, SyncItem
from tests.support.factories import make_sync_item

SOON = timezone.now() + timedelta(minutes=1)


@pytest.fixture
def item(tenant: Tenant) -> SyncItem:
    with scope.tenant(tenant.pk):
        return make_sync_item(tenant=tenant)


def test_it_moves_and_raises_the_version(item: SyncItem) -> None:
    with scope.worker():
        states.move(item, State.SENDING, lease_until=SOON)
    assert (item.state, item.version) == (State.SENDING, 1)


def test_it_refuses_an_arrow_that_does_not_exist(item: SyncItem) -> None:
    with scope.worker(), pytest.raises(states.IllegalMove):
        states.move(item, State.DELIVERED)


def test_the_second_of_two_loses(item: SyncItem) -> None:
    with scope.worker():
        late = SyncItem.objects.get(pk=item.pk)
        states.move(item, State.CANCELLED)
        with pytest.raises(states.LostRace):
            states.move(late, State.SENDING, lease_until=SOON)


def test_a_late_worker_cannot_settle_the_try_that_came_after_its_own(item: SyncItem) -> None:
    with scope.worker():
        late = states.move(SyncItem.objects.get(pk=item.pk), State.SENDING, lease_until=SOON)
        again = states.move(SyncItem.objects.get(pk=item.pk), State.QUEUED, lease_until=None)
        second = states.move(again, State.SENDING, lease_until=SOON)
        assert late.state == second.state == State.SENDING
        with pytest.raises(states.LostRace):
            states.move(late, State.DELIVERED, lease_until=None)


def test_move_many_moves_what_is_still_as_it_was_read(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        rows = [make_sync_item(tenant=tenant) for _ in range(3)]
    with scope.worker():
        states.move(SyncItem.objects.get(pk=rows[1].pk), State.CANCELLED)
        moved = states.move_many(rows, State.SENDING, each={"priority": [1, 2, 3]}, lease_until=SOON)
        assert moved == {rows[0].pk, rows[2].pk}
        kept = {row.pk: (row.state, row.version, row.priority) for row in SyncItem.objects.all()}
    assert kept == {
        rows[0].pk: (State.SENDING, 1, 1),
        rows[1].pk: (State.CANCELLED, 1, 5),
        rows[2].pk: (State.SENDING, 1, 3),
    }


def test_move_many_refuses_before_it_writes(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        rows = [make_sync_item(tenant=tenant) for _ in range(2)]
    with scope.worker():
        rows[1] = states.move(rows[1], State.CANCELLED)
        with pytest.raises(states.IllegalMove):
            states.move_many(rows, State.SENDING, lease_until=SOON)
        assert SyncItem.objects.filter(state=State.QUEUED).count() == 1


def test_move_many_of_nothing_asks_nothing(db: None) -> None:
    assert states.move_many([], State.SENDING) == set()


def test_the_database_refuses_a_move_that_is_not_in_the_table(item: SyncItem) -> None:
    with pytest.raises(IntegrityError, match="illegal move"), transaction.atomic(), scope.worker():
        SyncItem.objects.filter(pk=item.pk).update(state=State.DELIVERED, version=1)


def test_the_database_refuses_a_move_that_does_not_raise_the_version(item: SyncItem) -> None:
    with pytest.raises(IntegrityError, match="version"), transaction.atomic(), scope.worker():
        SyncItem.objects.filter(pk=item.pk).update(state=State.CANCELLED)


def test_the_database_ties_the_lease_to_sending(item: SyncItem) -> None:
    with pytest.raises(IntegrityError, match="lease_is_sending"), transaction.atomic(), scope.worker():
        SyncItem.objects.filter(pk=item.pk).update(state=State.SENDING, version=1)


def test_the_database_ties_the_proof_to_manual_complete(item: SyncItem) -> None:
    with pytest.raises(IntegrityError, match="is_manual"), transaction.atomic(), scope.worker():
        SyncItem.objects.filter(pk=item.pk).update(state=State.MANUAL_COMPLETE, version=1)
