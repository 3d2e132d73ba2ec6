"""A broker that stops responding while a wake-up is acknowledged must not end a worker's task."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from kombu import Connection, Queue

from pagetojob.local.valkey import Valkey
from tests.support.nightly import sampled


def consumer(url: str, transport: str) -> tuple[Any, list[Any]]:
    """A channel that accepts one message at a time, like a worker, and records it."""
    options = {"socket_timeout": 2, "socket_connect_timeout": 5}
    channel: Any = Connection(url, transport=transport, transport_options=options).channel()
    channel.basic_qos(prefetch_size=0, prefetch_count=1)
    Queue("deliver", channel=channel).declare()
    taken: list[Any] = []
    channel.basic_consume("deliver", no_ack=False, callback=taken.append, consumer_tag="tag")
    return channel, taken


@pytest.mark.parametrize(
    ("transport", "asks_again"), sampled([("pagetojob.broker:Transport", True), ("redis", False)], keep=1)
)
def test_a_wake_up_that_cannot_be_acknowledged_is_dropped(tmp_path: Path, transport: str, asks_again: bool) -> None:
    """Test our fix and plain kombu. If plain kombu ever recovers, the fix module can be removed."""
    with Valkey(tmp_path / "valkey") as valkey:
        channel, taken = consumer(valkey.url, transport)
        channel.connection.client.Producer(channel).publish("wake-up", routing_key="deliver")
        channel.drain_events(timeout=5)
        assert not channel.qos.can_consume()
        assert valkey.pid is not None
        os.kill(valkey.pid, signal.SIGSTOP)
        try:
            with pytest.raises(channel.connection.connection_errors):
                taken[0].ack()
        finally:
            os.kill(valkey.pid, signal.SIGCONT)
        assert channel.qos.can_consume() is asks_again
        channel.connection.close_connection(channel.connection)


def test_workers_use_it(settings: Any) -> None:
    app = Celery("worker", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    assert type(app.connection_for_read().transport).__module__ == "pagetojob.broker"
