"""Dispatcher: polls for due rows and publishes wake-ups for workers.

Only the dispatcher publishes to the broker; web requests never do. A lost wake-up delays work by about a second, and
an outage of the broker delays work until it is back.
"""

import logging
import time
from collections.abc import Callable

from celery import Celery
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from kombu import Connection
from kombu.exceptions import OperationalError as BrokerError

from pagetojob.platform import hosts, recovery
from pagetojob.platform.runs.models import OPEN, Run
from pagetojob.platform.runs.services import claim_due_tasks, write_periodic_tasks
from pagetojob.platform.tenants import scope
from pagetojob.schedule import PERIODIC_TASKS
from syncqueue import selectors

TICK_SECONDS = 0.25
#: Minimum time between two wake-ups of the same kind, so that workers can process the first.
WAKE_UP_INTERVAL_SECONDS = 1.0
BROKER_PAUSE_SECONDS = 1.0
log = logging.getLogger(__name__)


class Publisher:
    """Publisher of wake-ups by task name, with short time-outs. It reconnects after an error."""

    def __init__(self) -> None:
        self._app = Celery("dispatcher", set_as_current=False)
        self._app.config_from_object("django.conf:settings", namespace="CELERY")
        # No retry: the next tick publishes wake-ups for rows that are still due.
        self._app.conf.broker_transport_options |= {"max_retries": 1, "interval_start": 0, "interval_max": 0}
        self._connection: Connection | None = None

    def publish_wake_up(self, task: str, *args: str) -> None:
        """Publish a wake-up. Raises the errors of kombu or the socket if the broker does not accept it."""
        self._connection = self._connection or self._app.connection_for_write()
        try:
            self._app.send_task(
                task, args=args, connection=self._connection, retry=False, expires=settings.WAKE_UP_EXPIRES_SECONDS
            )
        except Exception:
            self._connection.collect(socket_timeout=1)
            self._connection = None
            raise


class Dispatcher:
    """Finds due rows and publishes wake-ups. Each tick makes three short queries."""

    def __init__(self, publish: Callable[..., None]) -> None:
        self._publish = publish
        self._last_wake_up: dict[str, float] = {}
        self._tasks_written = False

    def tick(self) -> None:
        recovery.require_current()
        hosts.report()
        with scope.worker():
            if not self._tasks_written:
                write_periodic_tasks(PERIODIC_TASKS)
            due_tasks = claim_due_tasks({name: task.every for name, task in PERIODIC_TASKS.items()})
            outbox = selectors.anything_due()
            runs = Run.objects.filter(state__in=OPEN).exists()
        self._tasks_written = True
        for name in due_tasks:
            self._publish(
                "ops.run_heavy_periodic_task" if PERIODIC_TASKS[name].heavy else "ops.run_periodic_task", name
            )
        if outbox:
            self._publish_throttled("syncqueue.drain")
        if runs:
            self._publish_throttled("ops.work_runs")

    def _publish_throttled(self, task: str) -> None:
        now = time.monotonic()
        if now - self._last_wake_up.get(task, -WAKE_UP_INTERVAL_SECONDS) >= WAKE_UP_INTERVAL_SECONDS:
            self._publish(task)
            self._last_wake_up[task] = now


def run(should_stop: Callable[[], bool]) -> None:
    """Tick until `should_stop`. Wait while the database or the broker is unavailable.

    Raises DatabaseOutdated if the database is behind what this host has seen.
    """
    dispatcher = Dispatcher(Publisher().publish_wake_up)
    trouble = ""
    while not should_stop():
        try:
            dispatcher.tick()
            if trouble:
                log.info("dispatcher recovered", extra={"was": trouble})
            trouble = ""
            time.sleep(TICK_SECONDS)
        except DatabaseError as error:
            trouble = _note(trouble, "database", error)
            connection.close()
            time.sleep(BROKER_PAUSE_SECONDS)
        except (BrokerError, OSError) as error:
            trouble = _note(trouble, "broker", error)
            time.sleep(BROKER_PAUSE_SECONDS)
        close_old_connections()


def _note(trouble: str, what: str, error: Exception) -> str:
    if trouble != what:
        log.warning("%s unavailable; rows stay queued", what, extra={"error": type(error).__name__})
    return what
