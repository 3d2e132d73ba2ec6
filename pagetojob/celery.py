"""Celery application. Queues: `deliver` (the outbox), `work` (periodic tasks), `heavy` (runs)."""

import gc
import logging
import os

import django
from celery import Celery, Task
from celery.exceptions import WorkerShutdown
from celery.signals import task_prerun, worker_before_create_process, worker_init
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from pagetojob.platform import scratch
from pagetojob.platform.postgresql.base import limit_waits

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pagetojob.settings")

log = logging.getLogger(__name__)

app = Celery("pagetojob")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def close_broken_connections(**_: object) -> None:
    """Close broken connections before a task: a worker keeps its session, and the database may have restarted."""
    close_old_connections()


@task_prerun.connect
def limit_database_waits(task: Task, **_: object) -> None:
    """Limit how long a task waits for a frozen database. A statement of a run may take as long as a task."""
    is_heavy = (settings.CELERY_TASK_ROUTES.get(task.name) or {}).get("queue") == "heavy"
    limit_waits(settings.CELERY_TASK_TIME_LIMIT if is_heavy else settings.DATABASE_STATEMENT_SECONDS)


@worker_init.connect
def refuse_an_earlier_database(**_: object) -> None:
    """Refuse to start on a database that lacks what this host has seen (docs/how-to/restore.md). Tasks check again."""
    if not apps.ready:  # a second time would replace the handlers of the log
        django.setup()
    from pagetojob.platform import recovery  # noqa: PLC0415 - needs the models

    try:
        recovery.require_current()
    except recovery.DatabaseOutdated as error:
        log.critical("refused to start", extra={"reason": str(error)})
        raise WorkerShutdown(1) from error
    except DatabaseError:
        log.warning("database unavailable at start")
    finally:
        connection.close()  # child processes must not share it


@worker_before_create_process.connect
def remove_files_of_killed_processes(**_: object) -> None:
    """Remove the personal data that a child process left when it was killed, such as at its time limit."""
    scratch.remove_leftovers()


@worker_before_create_process.connect
def share_memory(**_: object) -> None:
    """Load periodic tasks before the processes that share them, and hide modules from the garbage collector.

    Otherwise each process would load them for itself, and the collector would write to shared memory. A heavy queue has
    a single process, which would share with none.
    """
    from pagetojob.schedule import PERIODIC_TASKS  # noqa: PLC0415 - needs the settings

    if "work" in app.amqp.queues.consume_from:
        for task in PERIODIC_TASKS.values():
            if not task.heavy:
                task.load()
    gc.freeze()
