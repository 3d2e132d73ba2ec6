"""Resolve a host name once, check every IP address, and return the addresses to connect to.

A name is refused if any of its addresses is blocked: mixed answers are a sign of DNS rebinding.
"""

import socket
import threading
from collections.abc import Sequence
from typing import Protocol

from .addresses import Address, AddressRefused, Origin
from .errors import TransientError
from .networks import IP, block_reason, block_reason_when_listed, read_ip

RESOLVE_SECONDS = 5.0


class Resolver(Protocol):
    """Turns a host name into IP addresses. Tests pass a fake."""

    def resolve(self, host: str) -> Sequence[str]:
        """Return all addresses of `host` as text. Raises OSError if there is no address or no response."""
        ...


class SystemResolver:
    """System resolver with a timeout of `seconds`, because getaddrinfo has no timeout parameter."""

    def __init__(self, seconds: float = RESOLVE_SECONDS) -> None:
        self.seconds = seconds

    def resolve(self, host: str) -> Sequence[str]:
        answers: list[str] = []
        failed: list[OSError] = []

        def ask() -> None:
            try:
                entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
                answers.extend(dict.fromkeys(str(entry[4][0]) for entry in entries))
            except (OSError, UnicodeError) as error:
                failed.append(error if isinstance(error, OSError) else OSError("not a name"))

        thread = threading.Thread(target=ask, name="resolve", daemon=True)
        thread.start()
        thread.join(self.seconds)
        if failed or thread.is_alive() or not answers:
            raise failed[0] if failed else OSError("no answer")
        return answers


def locate(address: Address, *, resolver: Resolver, listed: frozenset[Origin] = frozenset()) -> list[IP]:
    """Return the IP addresses of `address`, at least one, in the resolver's order. All of them may be called.

    Raises AddressRefused if any of them is blocked, and TransientError if the name has none.
    """
    if address.ip is not None:
        ips: list[IP] = [address.ip]
    else:
        try:
            answers = resolver.resolve(address.origin.host)
        except OSError:
            raise TransientError("name-unknown", "The host name could not be resolved.") from None
        ips = [_plain(answer) for answer in answers]
    if not ips:
        raise TransientError("name-unknown", "The host name could not be resolved.")
    judge = block_reason_when_listed if address.origin in listed else block_reason
    for ip in ips:
        if reason := judge(ip):
            raise AddressRefused(reason)
    return ips


def _plain(answer: str) -> IP:
    ip = read_ip(answer)
    if ip is None:
        raise AddressRefused("address-zone")
    return ip
