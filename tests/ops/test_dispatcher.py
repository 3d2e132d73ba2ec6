"""The dispatcher publishes wake-ups for due rows, no more often than needed."""

import os
import signal
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError

from pagetojob.dispatcher import Dispatcher, Publisher
from pagetojob.local.process import free_port
from pagetojob.local.valkey import Valkey
from pagetojob.ops.tasks import run_periodic_task, work_runs
from pagetojob.platform.runs import services
from pagetojob.platform.runs.models import ScheduledTask
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.schedule import PERIODIC_TASKS, PeriodicTask
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, Lane, State, SyncItem
from syncqueue.services import delivery
from tests.support.factories import make_sync_item

DUTY = ("ops.run_periodic_task", "syncqueue.sweep_leases")


@pytest.fixture
def wake_ups() -> list[tuple[str, ...]]:
    return []


@pytest.fixture
def dispatcher(db: None, wake_ups: list[tuple[str, ...]]) -> Dispatcher:
    return Dispatcher(lambda *wake_up: wake_ups.append(wake_up))


def test_each_periodic_task_gets_one_wake_up_per_interval(
    dispatcher: Dispatcher, wake_ups: list[tuple[str, ...]]
) -> None:
    dispatcher.tick()
    dispatcher.tick()
    assert sorted(wake_ups) == sorted(
        ("ops.run_heavy_periodic_task" if task.heavy else DUTY[0], name) for name, task in PERIODIC_TASKS.items()
    )


def test_what_takes_long_keeps_no_sweep_waiting() -> None:
    """A packet takes half a minute, and the queue of sweeps and alarms has only one worker."""
    routes = settings.CELERY_TASK_ROUTES
    assert PERIODIC_TASKS["readiness.make_packets"].heavy and not PERIODIC_TASKS[DUTY[1]].heavy
    assert not PERIODIC_TASKS["onboarding.send_tests"].heavy, "a person waits for this message on a page"
    assert (routes["ops.run_heavy_periodic_task"], routes["ops.*"]) == ({"queue": "heavy"}, {"queue": "work"})
    assert (
        next(name for name in routes if fnmatch("ops.run_heavy_periodic_task", name)) == "ops.run_heavy_periodic_task"
    )


def test_due_items_get_a_wake_up_without_flooding(
    dispatcher: Dispatcher, wake_ups: list[tuple[str, ...]], captured: Lead
) -> None:
    for _ in range(5):
        dispatcher.tick()
    assert wake_ups.count(("syncqueue.drain",)) == 1


def test_nothing_due_means_no_wake_up(dispatcher: Dispatcher, wake_ups: list[tuple[str, ...]], captured: Lead) -> None:
    with scope.worker():
        SyncItem.objects.update(due_at=Now() + timedelta(hours=1))
    dispatcher.tick()
    assert ("syncqueue.drain",) not in wake_ups


def test_a_cooling_lane_gets_no_repeated_wake_ups(
    dispatcher: Dispatcher, wake_ups: list[tuple[str, ...]], tenant: Tenant
) -> None:
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, due_at=Now())
    with scope.worker():
        lane = Lane.objects.create(
            tenant=tenant, kind=Kind.WEBSITE_UPDATE, failures=5, paused_until=Now() + timedelta(minutes=1)
        )
    dispatcher.tick()
    assert ("syncqueue.drain",) not in wake_ups
    with scope.worker():
        Lane.objects.filter(pk=lane.pk).update(paused_until=Now())
    dispatcher.tick()
    assert ("syncqueue.drain",) in wake_ups


def test_checking_for_work_always_makes_a_single_query(dispatcher: Dispatcher, tenant: Tenant) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            dispatcher.tick()
        return len(queries)

    dispatcher.tick()
    few = cost()
    with scope.tenant(tenant.pk):
        for _ in range(20):
            make_sync_item(tenant=tenant, due_at=Now())
    assert cost() == few


def test_a_broker_that_refuses_is_reported(settings: Any) -> None:
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{free_port()}/0"
    with pytest.raises(OperationalError, match="refused"):
        Publisher().publish_wake_up("syncqueue.drain")


def test_a_broker_that_is_silent_is_reported_and_works_again_when_it_answers(settings: Any, tmp_path: Path) -> None:
    with Valkey(tmp_path / "valkey") as valkey:
        settings.CELERY_BROKER_URL = valkey.url
        publisher = Publisher()
        publisher.publish_wake_up("syncqueue.drain")
        assert valkey.pid is not None
        os.kill(valkey.pid, signal.SIGSTOP)
        try:
            with pytest.raises((OperationalError, OSError)):
                publisher.publish_wake_up("syncqueue.drain")
        finally:
            os.kill(valkey.pid, signal.SIGCONT)
        publisher.publish_wake_up("syncqueue.drain")


def test_a_periodic_task_releases_items_of_a_dead_worker(captured: Lead) -> None:
    delivery.claim(10)
    with scope.worker():
        SyncItem.objects.update(lease_until=Now() - timedelta(seconds=1))
        ScheduledTask.objects.create(name=DUTY[1])
    run_periodic_task(DUTY[1])
    with scope.worker():
        assert set(SyncItem.objects.values_list("state", flat=True)) == {State.RETRYING}
        assert ScheduledTask.objects.get(name=DUTY[1]).last_finished_at is not None


def test_a_periodic_task_that_fails_is_named_in_the_log_and_stays_unfinished(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with scope.worker():
        ScheduledTask.objects.create(name=DUTY[1])
    broken = PeriodicTask(every=timedelta(seconds=10), sentence="Fail.", function="math.nothing")
    monkeypatch.setitem(PERIODIC_TASKS, DUTY[1], broken)
    run_periodic_task(DUTY[1])
    [line] = [record for record in caplog.records if record.message == "periodic task failed"]
    assert vars(line)["task"] == DUTY[1] and line.exc_info
    with scope.worker():
        assert ScheduledTask.objects.get(name=DUTY[1]).last_finished_at is None


def test_a_periodic_task_of_another_release_is_ignored(db: None, caplog: pytest.LogCaptureFixture) -> None:
    run_periodic_task("no.longer.known")
    assert caplog.records == []


def test_without_runs_there_is_nothing_to_work(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[Any] = []
    monkeypatch.setattr("pagetojob.ops.tasks.work_run", worked.append)
    work_runs()
    assert worked == []


def test_every_periodic_task_has_a_description() -> None:
    assert all(task.sentence.endswith(".") and task.every >= timedelta(seconds=1) for task in PERIODIC_TASKS.values())


def test_every_dotted_path_names_a_function() -> None:
    paths = [task.function for task in PERIODIC_TASKS.values()] + list(services._handlers.values())
    assert len(paths) > len(PERIODIC_TASKS)
    assert [path for path in paths if not callable(import_string(path))] == []
