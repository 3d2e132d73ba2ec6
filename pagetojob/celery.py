"""Celery application. Queues: `deliver` (the outbox), `work` (periodic tasks), `heavy` (runs)."""

import gc
import os

from celery import Celery
from celery.signals import task_prerun, worker_before_create_process
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pagetojob.settings")

app = Celery("pagetojob")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def close_broken_connections(**_: object) -> None:
    """Close broken connections before a task: a worker keeps its session, and the database may have restarted."""
    close_old_connections()


@worker_before_create_process.connect
def share_memory(**_: object) -> None:
    """Hide loaded modules from the garbage collector: it would write to memory that child processes share."""
    gc.freeze()
