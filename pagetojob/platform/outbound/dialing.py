"""Connection to a checked IP address, with a deadline that a slow server cannot extend.

httpcore2 uses this network backend, so no resolver is asked between the check and the socket.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import httpcore2
from httpcore2 import NetworkBackend, NetworkStream

from .networks import IP

#: Maximum number of addresses of one name to try.
_MOST_TRIED = 6


class ResponseTooLarge(OSError):
    """The response, including headers, is over the size limit."""


class Deadline:
    """Deadline of one fetch. Closes the open socket when it expires, which ends a blocked read."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self.passed = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._hang_up)
        self._timer.daemon = True
        self._timer.start()

    def left(self, most: float | None = None) -> float:
        """Return the seconds left, at most `most`; never 0, which would mean "do not block"."""
        left = max(self.ends - time.monotonic(), 0.001)
        return left if most is None else min(left, most)

    def watch(self, opened: socket.socket) -> None:
        self._socket = opened

    def cancel(self) -> None:
        self._timer.cancel()

    def _hang_up(self) -> None:
        self.passed = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


class CheckedNetwork(NetworkBackend):
    """Network backend that connects to `addresses` in order, ignores the requested host, and limits received bytes."""

    def __init__(self, addresses: Iterable[IP], *, deadline: Deadline, connect_seconds: float, most_bytes: int) -> None:
        self.addresses = list(addresses)
        self.deadline = deadline
        self.connect_seconds = connect_seconds
        self.most_bytes = most_bytes
        self.dialled: IP | None = None
        self.received = 0

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        for ip in self.addresses[:_MOST_TRIED]:
            self.dialled = ip
            opened = socket.socket(socket.AF_INET if ip.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
            try:
                # Not create_connection, which would call the resolver even for an IP address.
                opened.settimeout(self.deadline.left(self.connect_seconds))
                opened.connect((str(ip), port))
            except OSError:
                opened.close()
                continue
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.deadline.watch(opened)
            return _Stream(opened, self)
        raise httpcore2.ConnectError

    def connect_unix_socket(self, *_args: Any, **_options: Any) -> NetworkStream:
        raise httpcore2.ConnectError


class _Stream(NetworkStream):
    def __init__(self, opened: socket.socket, network: CheckedNetwork) -> None:
        self.socket = opened
        self.network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.socket.settimeout(self.network.deadline.left(timeout))
        got = self.socket.recv(max_bytes)
        self.network.received += len(got)
        if self.network.received > self.network.most_bytes:
            raise ResponseTooLarge
        return got

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.socket.settimeout(self.network.deadline.left(timeout))
        self.socket.sendall(buffer)

    def close(self) -> None:
        self.socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        self.socket.settimeout(self.network.deadline.left(timeout))
        secured = ssl_context.wrap_socket(self.socket, server_hostname=server_hostname)
        self.network.deadline.watch(secured)
        return _Stream(secured, self.network)

    def get_extra_info(self, info: str) -> Any:
        return self.socket if info == "socket" else None
