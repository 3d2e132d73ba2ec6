"""The one way a state changes, and the database's own refusal of any other."""

import os
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
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
        items = {row.pk: (row.state, row.version, row.priority) for row in SyncItem.objects.all()}
    assert items == {
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


@pytest.mark.parametrize("facts", [{"version": -1}, {"version": 1}, {"version": 7}])
def test_the_version_changes_with_the_state_and_never_otherwise(item: SyncItem, facts: dict[str, int]) -> None:
    with scope.worker():
        states.move(item, State.SENDING, lease_until=SOON)
        states.move(item, State.QUEUED, lease_until=None)
        later = {"version": F("version") + facts["version"]}
        with pytest.raises(IntegrityError, match="version"), transaction.atomic():
            SyncItem.objects.filter(pk=item.pk).update(**later)
        with pytest.raises(IntegrityError, match="version"), transaction.atomic():
            SyncItem.objects.filter(pk=item.pk).update(state=State.CANCELLED, version=F("version") - 1)
        SyncItem.objects.filter(pk=item.pk).update(priority=1)


def test_a_row_that_moves_as_it_should_calls_no_function(item: SyncItem) -> None:
    """Each call costs as much as some index entries of the row, and a claim or a batch that is settled moves dozens."""
    sql = "EXPLAIN (ANALYZE, FORMAT JSON) UPDATE syncqueue_syncitem SET "
    with scope.worker(), connection.cursor() as cursor:
        called = []
        for change in (
            "state = 'sending', version = version + 1, lease_until = now()",
            "lease_until = now() + interval '1 minute'",
            "state = 'delivered', version = version + 1, lease_until = NULL",
            "last_error = ''",
        ):
            cursor.execute(f"{sql} {change} WHERE id = %s", [item.pk])
            [[[plan]]] = cursor.fetchall()
            called.append([trigger["Trigger Name"] for trigger in plan["Triggers"]])
    assert [bool(names) for names in called] == [False, False, False, True], called


@pytest.mark.parametrize("facts", [{"state": State.DELIVERED}, {"state": State.CANCELLED}, {"version": 3}], ids=str)
def test_nothing_begins_in_the_middle(tenant: Tenant, facts: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="begins as queued at version 0"), scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, **facts)


def test_no_run_begins_in_the_middle(tenant: Tenant) -> None:
    with pytest.raises(IntegrityError, match="begins as queued at version 0"), scope.tenant(tenant.pk):
        Run.objects.create(tenant=tenant, kind="x", state=RunState.DONE)


@pytest.fixture
def finished(item: SyncItem) -> SyncItem:
    proof = {"done_where": "Calls screen", "done_reference": "4711", "done_at": timezone.now()}
    with scope.worker():
        return states.move(item, State.MANUAL_COMPLETE, last_error="x", **proof)


@pytest.mark.parametrize(
    "facts",
    [
        {"external_id": "forged"},
        {"done_at": SOON},
        {"attempts": 9},
        {"kind": "outcome_match"},
        {"state_since": SOON},
        {"version": 2},
        {"state": State.QUEUED, "version": 2, "done_where": None, "done_reference": None, "done_at": None},
    ],
    ids=lambda facts: next(iter(facts)),
)
def test_the_facts_of_what_has_ended_stay(finished: SyncItem, facts: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic(), scope.worker():
        SyncItem.objects.filter(pk=finished.pk).update(**facts)


def test_of_what_has_ended_personal_values_can_still_go(finished: SyncItem) -> None:
    with scope.worker():
        SyncItem.objects.filter(pk=finished.pk).update(
            envelope=None, last_error="", done_where="erased", done_reference="erased"
        )
        finished.refresh_from_db()
    assert (finished.last_error, finished.done_reference, finished.done_at is None) == ("", "erased", False)


def test_a_run_that_has_ended_stays_as_it_is(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        run = states.move(Run.objects.create(tenant=tenant, kind="x"), RunState.CANCELLED)
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic(), scope.worker():
        Run.objects.filter(pk=run.pk).update(error="x")


# --- What a person ended can be taken back for a minute ------------------------------------------------

ENDINGS: dict[State, dict[str, Any]] = {
    State.MANUAL_COMPLETE: {"done_where": "Calls screen", "done_reference": "4711", "done_at": SOON},
    State.CANCELLED: {},
}
_NO_PROOF = {"done_where": None, "done_reference": None, "done_at": None}


@pytest.mark.parametrize("field", _NO_PROOF)
def test_a_manual_completion_has_all_of_its_proof_and_nothing_else_has_any(item: SyncItem, field: str) -> None:
    proof = ENDINGS[State.MANUAL_COMPLETE]
    partly = {"state": State.MANUAL_COMPLETE, "version": 1, **proof, field: None}
    for facts in (partly, {field: proof[field]}):
        with pytest.raises(IntegrityError, match="done_is_manual"), transaction.atomic(), scope.worker():
            SyncItem.objects.filter(pk=item.pk).update(**facts)


def ended(item: SyncItem, state: State, *, seconds_ago: int = 0) -> SyncItem:
    """The item, ended; only an administrator can make that long ago."""
    with scope.worker():
        states.move(item, state, **ENDINGS.get(state, {}))
    if seconds_ago:
        with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"], autocommit=True) as session:
            session.execute("SET session_replication_role = replica")
            session.execute(
                "UPDATE syncqueue_syncitem SET state_since = now() - make_interval(secs => %s) WHERE id = %s",
                [seconds_ago, item.pk],
            )
    with scope.worker():
        return SyncItem.objects.get(pk=item.pk)


@pytest.mark.parametrize("back", [State.NEEDS_REVIEW, State.BLOCKED, State.UNKNOWN])
@pytest.mark.parametrize("state", ENDINGS)
def test_the_database_lets_a_person_take_an_ending_back(item: SyncItem, state: State, back: State) -> None:
    with scope.worker():
        assert states.move(ended(item, state), back, **_NO_PROOF).state == back


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("seconds", "open_"), [(0, True), (60, True), (74, True), (77, False), (3600, False)])
@pytest.mark.parametrize("state", ENDINGS)
def test_the_database_keeps_the_minute_and_a_little_grace(
    item: SyncItem, state: State, seconds: int, open_: bool
) -> None:
    late = ended(item, state, seconds_ago=seconds)
    with scope.worker():
        if open_:
            states.move(late, State.BLOCKED, **_NO_PROOF)
        else:
            with pytest.raises(IntegrityError, match="has ended"), transaction.atomic():
                states.move(late, State.BLOCKED, **_NO_PROOF)


@pytest.mark.parametrize(
    "facts",
    [
        {"state": State.QUEUED, "version": 2, **_NO_PROOF},
        {"state": State.DELIVERED, "version": 2, **_NO_PROOF},
        {"state": State.BLOCKED, "version": 1, **_NO_PROOF},
        {"state": State.BLOCKED, "version": 3, **_NO_PROOF},
        {"state": State.BLOCKED, "version": 2},
        {"priority": 1},
    ],
    ids=["to queued", "to delivered", "same version", "two versions", "with its proof", "no move at all"],
)
def test_within_the_minute_only_the_way_back_is_open(item: SyncItem, facts: dict[str, Any]) -> None:
    done = ended(item, State.MANUAL_COMPLETE)
    with pytest.raises(IntegrityError), transaction.atomic(), scope.worker():
        SyncItem.objects.filter(pk=done.pk).update(**facts)


def test_what_a_worker_delivered_is_never_taken_back(item: SyncItem) -> None:
    with scope.worker():
        states.move(item, State.SENDING, lease_until=SOON)
        states.move(item, State.DELIVERED, lease_until=None)
        with pytest.raises(states.IllegalMove):
            states.move(item, State.NEEDS_REVIEW)
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic(), scope.worker():
        SyncItem.objects.filter(pk=item.pk).update(state=State.NEEDS_REVIEW, version=3)
