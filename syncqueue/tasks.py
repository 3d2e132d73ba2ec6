"""What a nudge starts. Safe to run twice, late, or never: the rows say what is due."""

from multiprocessing.sharedctypes import RawValue

from celery import shared_task
from celery.signals import worker_shutting_down
from celery.utils.nodenames import host_format
from django.conf import settings

from .connectors import deliver
from .services import delivery

#: Shared with the children that the worker forks, which hear nothing of the signal that ends it. Without a lock, so
#: that one that is killed cannot keep the others from reading.
_ending = RawValue("b", 0)


@worker_shutting_down.connect
def note_the_end(**_: object) -> None:
    """The worker was told to end: a drain claims no more, hands back what has not begun, and finishes the rest."""
    _ending.value = 1


@shared_task(name="syncqueue.drain", time_limit=settings.DRAIN_TIME_LIMIT_SECONDS)
def drain() -> None:
    """Work off what is due in the outbox."""
    delivery.drain(deliver, worker=host_format("deliver@%h"), should_stop=lambda: bool(_ending.value))
