"""Runs survive their worker; duties are taken once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.models.functions import Now

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.runs import services
from pagetojob.platform.runs.models import Run, RunState, ScheduledTask
from pagetojob.platform.runs.services import (
    Progress,
    RunStopped,
    cancel_run,
    claim_due_tasks,
    claim_run,
    finish_periodic_task,
    start_run,
    work_run,
    write_periodic_tasks,
)
from pagetojob.platform.states import LostRace
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.runs import reload_run
from tests.support.threads import at_once

DAY = {"a": timedelta(days=1), "b": timedelta(days=1)}
worked: list[int] = []


def count_to_five(run: Run) -> Iterator[Progress]:
    for number in range((run.cursor or 0) + 1, 6):
        if number in run.params.get("trip", []):
            raise ZeroDivisionError
        if number in run.params.get("stop", []):
            raise RunStopped("Item 3 is wrong. Mend it first.")
        if number in run.params.get("lost", []):
            raise OperationalError
        worked.append(number)
        yield Progress(done=number, total=5, cursor=number)


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    worked.clear()
    services.register("test.count", f"{__name__}.count_to_five", "Count to five")
    yield
    services._handlers.pop("test.count")
    services._words.pop("test.count")


def ask(tenant: Tenant, actor: User, **params: object) -> tuple[Run, bool]:
    with scope.operator(actor, reason="test"):
        return start_run(tenant=tenant, kind="test.count", params=params, actor=actor, reason="to see")


def claim() -> Run | None:
    with scope.worker():
        return claim_run()


def note(run: Run, progress: Progress) -> None:
    with scope.worker():
        services.checkpoint(run, progress)


def test_it_works_to_the_end_and_shows_its_progress(tenant: Tenant, operator: User) -> None:
    run, _ = ask(tenant, operator)
    claimed = claim()
    assert claimed is not None
    work_run(claimed)
    run = reload_run(run)
    assert (run.state, run.done, run.total, worked) == (RunState.DONE, 5, 5, [1, 2, 3, 4, 5])


def test_asking_is_audited_and_asking_twice_gives_the_open_run(tenant: Tenant, operator: User) -> None:
    first, new = ask(tenant, operator)
    second, again = ask(tenant, operator)
    assert (first.pk, new, again) == (second.pk, True, False)
    with scope.operator(operator, reason="test"):
        assert [entry.action for entry in AuditEntry.objects.all()] == ["runs.start"]


def test_another_worker_resumes_the_run_of_a_dead_worker(tenant: Tenant, operator: User) -> None:
    run, _ = ask(tenant, operator)
    claimed = claim()
    assert claimed is not None
    steps = count_to_five(claimed)
    note(claimed, next(steps))
    assert claim() is None, "its lease still holds"
    let_the_lease_run_out(run)
    second = claim()
    assert second is not None
    work_run(second)
    assert worked == [1, 2, 3, 4, 5]
    assert reload_run(run).state == RunState.DONE


def test_a_worker_whose_run_was_taken_over_stops(tenant: Tenant, operator: User) -> None:
    run, _ = ask(tenant, operator)
    late = claim()
    assert late is not None
    let_the_lease_run_out(run)
    assert claim() is not None
    work_run(late)
    assert worked == [1]
    assert reload_run(run).state == RunState.RUNNING


def test_a_long_step_renews_its_lease_until_another_worker_has_the_run(tenant: Tenant, operator: User) -> None:
    run, _ = ask(tenant, operator)
    slow = claim()
    assert slow is not None
    let_the_lease_run_out(run)
    services.keep_lease(slow)
    assert claim() is None, "its lease was renewed"
    let_the_lease_run_out(run)
    assert claim() is not None
    with pytest.raises(LostRace):
        services.keep_lease(slow)


def test_an_exception_in_a_handler_fails_the_run_with_its_step(tenant: Tenant, operator: User) -> None:
    run, _ = ask(tenant, operator, trip=[3])
    claimed = claim()
    assert claimed is not None
    work_run(claimed)
    run = reload_run(run)
    assert (run.state, run.error) == (RunState.FAILED, "ZeroDivisionError at step 2")


def test_it_is_handed_back_when_the_budget_is_spent_and_goes_on(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BUDGET_SECONDS", 0.0)
    run, _ = ask(tenant, operator)
    for step in range(1, 6):
        claimed = claim()
        assert claimed is not None
        work_run(claimed)
        assert (reload_run(run).state, reload_run(run).done) == (RunState.QUEUED, step)
    monkeypatch.setattr(services, "BUDGET_SECONDS", float("inf"))
    claimed = claim()
    assert claimed is not None
    work_run(claimed)
    assert (reload_run(run).state, worked) == (RunState.DONE, [1, 2, 3, 4, 5])


def test_a_released_run_waits_for_the_others(
    tenant: Tenant, other_tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BUDGET_SECONDS", 0.0)
    runs = [ask(each, operator)[0].pk for each in (tenant, other_tenant)]
    claimed = []
    for _ in range(4):
        run = claim()
        assert run is not None
        work_run(run)
        claimed.append(run.pk)
    assert claimed == runs * 2


def test_a_run_that_kills_several_workers_at_the_same_step_fails(tenant: Tenant, operator: User) -> None:
    run, _ = ask(tenant, operator)
    for _ in range(services.MOST_WORKERS_LOST):
        assert claim() is not None
        let_the_lease_run_out(run)
    assert claim() is None
    run = reload_run(run)
    assert (run.state, run.error) == (RunState.FAILED, "5 workers died at step 0")


def test_a_step_forward_forgives_the_workers_lost_before(tenant: Tenant, operator: User) -> None:
    run, _ = ask(tenant, operator)
    claim()
    let_the_lease_run_out(run)
    claimed = claim()
    assert claimed is not None and claimed.workers_lost == 1
    note(claimed, Progress(done=1, total=5, cursor=1))
    assert reload_run(run).workers_lost == 0


def let_the_lease_run_out(run: Run) -> None:
    with scope.worker():
        Run.objects.filter(pk=run.pk).update(lease_until=Now() - timedelta(seconds=1))


def test_a_stopped_run_stores_the_handlers_message(tenant: Tenant, operator: User) -> None:
    run, _ = ask(tenant, operator, stop=[3])
    claimed = claim()
    assert claimed is not None
    work_run(claimed)
    run = reload_run(run)
    assert (run.state, run.done, run.error) == (RunState.FAILED, 2, "Item 3 is wrong. Mend it first.")


def test_a_database_lost_for_a_moment_fails_nothing(tenant: Tenant, operator: User) -> None:
    run, _ = ask(tenant, operator, lost=[3])
    claimed = claim()
    assert claimed is not None
    work_run(claimed)
    assert (reload_run(run).state, reload_run(run).done) == (RunState.RUNNING, 2)
    let_the_lease_run_out(run)
    again = claim()
    assert again is not None and again.cursor == 2


def test_a_cancelled_run_stops_its_worker_and_leaves_a_line(tenant: Tenant, operator: User) -> None:
    run, _ = ask(tenant, operator)
    claimed = claim()
    assert claimed is not None
    with scope.operator(operator, reason="test"):
        assert cancel_run(run=run, actor=operator, reason="the wrong list")
        assert not cancel_run(run=run, actor=operator, reason="again")
        line = AuditEntry.objects.get(action="runs.cancel")
    assert (line.reason, line.changes) == ("the wrong list", {"done": [None, 0]})
    work_run(claimed)
    assert (reload_run(run).state, reload_run(run).done, worked) == (RunState.CANCELLED, 0, [1])
    assert claim() is None


def test_a_kind_without_a_handler_is_refused(tenant: Tenant, operator: User) -> None:
    with pytest.raises(ValueError, match="no handler"), scope.operator(operator, reason="test"):
        start_run(tenant=tenant, kind="nobody", params={}, actor=operator, reason="test")


def test_a_periodic_task_is_claimed_once_per_period(db: None) -> None:
    with scope.worker():
        write_periodic_tasks(DAY)
        write_periodic_tasks(DAY)
        assert sorted(claim_due_tasks(DAY)) == ["a", "b"]
        assert claim_due_tasks(DAY) == []
        ScheduledTask.objects.filter(name="a").update(due_at=Now())
        assert claim_due_tasks(DAY) == ["a"]


def test_a_turn_that_never_ended_well_is_given_out_again(db: None) -> None:
    with scope.worker():
        write_periodic_tasks(DAY)
        claim_due_tasks(DAY)
        ScheduledTask.objects.update(last_woken_at=Now() - timedelta(minutes=4))
        assert claim_due_tasks(DAY) == []
        ScheduledTask.objects.update(last_woken_at=Now() - timedelta(minutes=6))
        finish_periodic_task("b")
        assert claim_due_tasks(DAY) == ["a"]
        ScheduledTask.objects.filter(name="b").update(last_finished_at=Now() - timedelta(days=1))
        assert claim_due_tasks(DAY) == ["b"]
        assert claim_due_tasks(DAY) == []


@pytest.mark.django_db(transaction=True)
def test_many_dispatchers_take_a_turn_once() -> None:
    taken: list[str] = []
    with scope.worker():
        write_periodic_tasks(DAY)

    def dispatcher(_: int) -> None:
        with scope.worker():
            taken.extend(claim_due_tasks(DAY))

    at_once(dispatcher, range(6))
    assert sorted(taken) == ["a", "b"]
