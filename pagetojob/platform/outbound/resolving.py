"""From a name to the addresses that may be dialled: looked up once, every answer judged, that answer dialled.

A name with one shut address among its answers is refused whole: who mixes them hopes for the second try.
"""

import socket
import threading
from collections.abc import Sequence
from typing import Protocol

from .addresses import Address, AddressRefused, Origin
from .errors import TransientError
from .networks import IP, read_ip, why_shut, why_shut_when_listed

RESOLVE_SECONDS = 5.0


class Resolver(Protocol):
    """Whatever turns a name into addresses. Tests bring one with answers of their own."""

    def resolve(self, host: str) -> Sequence[str]:
        """All addresses of `host` as text. Raises OSError when there are none or nobody answers."""
        ...


class SystemResolver:
    """The resolver of this machine, waited for no longer than `seconds`: it has a patience of its own."""

    def __init__(self, seconds: float = RESOLVE_SECONDS) -> None:
        self.seconds = seconds

    def resolve(self, host: str) -> Sequence[str]:
        answers: list[str] = []
        failed: list[OSError] = []

        def ask() -> None:
            try:
                found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
                answers.extend(dict.fromkeys(str(entry[4][0]) for entry in found))
            except (OSError, UnicodeError) as error:
                failed.append(error if isinstance(error, OSError) else OSError("not a name"))

        thread = threading.Thread(target=ask, name="resolve", daemon=True)
        thread.start()
        thread.join(self.seconds)
        if failed or thread.is_alive() or not answers:
            raise failed[0] if failed else OSError("no answer")
        return answers


def locate(address: Address, *, resolver: Resolver, listed: frozenset[Origin] = frozenset()) -> list[IP]:
    """The addresses of `address`, in the order of the answer; each may be dialled, and at least one there is.

    Raises AddressRefused when any of them is shut, TransientError when the name has none.
    """
    if address.ip is not None:
        found: list[IP] = [address.ip]
    else:
        try:
            answers = resolver.resolve(address.origin.host)
        except OSError:
            raise TransientError("name-unknown", "The name of the host has no address that we could find.") from None
        found = [_plain(answer) for answer in answers]
    if not found:
        raise TransientError("name-unknown", "The name of the host has no address that we could find.")
    judge = why_shut_when_listed if address.origin in listed else why_shut
    for ip in found:
        if reason := judge(ip):
            raise AddressRefused(reason)
    return found


def _plain(answer: str) -> IP:
    ip = read_ip(answer)
    if ip is None:
        raise AddressRefused("address-zone")
    return ip
