"""What a nudge starts. Safe to run twice, late, or never: the rows say what is due."""

from celery import shared_task
from celery.utils.nodenames import host_format

from .connectors import deliver
from .services import delivery


@shared_task(name="syncqueue.drain")
def drain() -> None:
    """Work off what is due in the outbox."""
    delivery.drain(deliver, worker=host_format("deliver@%h"))
