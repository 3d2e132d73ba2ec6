"""Celery as most would write it: a message for each item, the ORM, one kept database session a process."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

app = Celery("bench")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_default_queue = "bench"
_client: list[Any] = []


@worker_process_init.connect
def connect(**_: object) -> None:
    from bench.queue.tables import Client  # noqa: PLC0415 - Django is set up by now

    _client[:] = [Client(int(os.environ["BENCH_SINK_PORT"]))]


@app.task(name="bench.deliver")
def deliver(pk: int) -> None:
    from bench.queue.tables import BenchAttempt, BenchItem  # noqa: PLC0415

    item = BenchItem.objects.get(pk=pk)
    item.state = "sending"
    item.save(update_fields=["state"])
    item.external_id = _client[0].post(item.body)
    item.state = "delivered"
    item.save(update_fields=["state", "external_id"])
    BenchAttempt.objects.create(item_id=item.pk, outcome="delivered")
