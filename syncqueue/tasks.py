"""Celery tasks, started by wake-ups. Safe to run twice, late, or never: the rows store what is due."""

from multiprocessing.sharedctypes import RawValue

from celery import shared_task
from celery.signals import worker_shutting_down
from celery.utils.nodenames import host_format
from django.conf import settings

from pagetojob.platform import recovery

from .services import delivery

#: Shared with the worker's child processes, which do not receive the signal that ends it. Without a lock, so that a
#: killed child cannot block the others from reading.
_ending = RawValue("b", 0)


@worker_shutting_down.connect
def note_the_end(**_: object) -> None:
    """Record that the worker is shutting down: drains claim no more, release unstarted items and finish the others."""
    _ending.value = 1


@shared_task(name="syncqueue.drain", time_limit=settings.DRAIN_TIME_LIMIT_SECONDS)
def drain() -> None:
    """Process the due items of the outbox."""
    from .connectors import deliver  # noqa: PLC0415 - imports aiohttp, which only a sending worker needs

    recovery.require_current()
    delivery.drain(deliver, worker=host_format("deliver@%h"), should_stop=lambda: bool(_ending.value))
