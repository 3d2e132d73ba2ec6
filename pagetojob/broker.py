"""Broker transport: kombu's Redis transport with one fix.

A worker fetches one wake-up at a time. If the broker does not respond in time while a wake-up is being acknowledged,
kombu logs the error but keeps counting the wake-up as unfinished. The connection that fetches the next one is intact,
so nothing reconnects, and the worker never fetches again until someone restarts it or the broker.
"""

from typing import Any

from kombu.transport import redis, virtual


class QoS(redis.QoS):
    """QoS that releases a wake-up even if its acknowledgement failed.

    The broker redelivers it in an hour, long expired.
    """

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
