"""The broker's transport: kombu's own for Redis, but for one thing.

A worker takes one nudge at a time. Where the broker is silent for longer than the time-out just when the nudge is
acknowledged, kombu logs the fault and keeps counting the nudge as unfinished: the connection that waits for the next
one is whole, so nothing starts anew, and the worker never asks again until somebody restarts it or the broker.
"""

from typing import Any

from kombu.transport import redis, virtual


class QoS(redis.QoS):
    """Lets go of a nudge whose acknowledgement nobody took; the broker gives it out again in an hour, long expired."""

    def ack(self, delivery_tag: Any) -> None:
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(redis.Channel):
    QoS = QoS


class Transport(redis.Transport):
    Channel = Channel
