"""The worker application. Queues: `deliver` (the outbox), `work` (runs and duties)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pagetojob.settings")

app = Celery("pagetojob")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
