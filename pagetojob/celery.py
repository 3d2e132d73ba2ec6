"""The worker application. Queues: `deliver` (the outbox), `work` (duties), `heavy` (runs)."""

import os

from celery import Celery
from celery.signals import task_prerun
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pagetojob.settings")

app = Celery("pagetojob")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def look_at_connections(**_: object) -> None:
    """A worker keeps its database session; after the database came back, a task must not start on a dead one."""
    close_old_connections()
