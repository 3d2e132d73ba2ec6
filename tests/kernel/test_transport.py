"""The pool of the client: it dials only what was judged, and says whether anything had been sent."""

import asyncio
import socket
from typing import Any

import pytest

from pagetojob.kernel.gateway.addresses import AddressRefused, Origin
from pagetojob.kernel.gateway.errors import TransientError
from pagetojob.kernel.gateway.exchange import Answer
from pagetojob.kernel.gateway.transport import Transport
from tests.support.hostile import hostile, plain, to


class Lies:
    """Every name is this machine."""

    def resolve(self, host: str) -> list[str]:
        return ["127.0.0.1"]


def ask(url: str, *, method: str = "GET", listed: frozenset[Origin] = frozenset()) -> Answer:
    async def go() -> Answer:
        async with Transport(resolver=Lies(), listed=listed) as transport:
            return await transport.send(method, url, headers={})

    return asyncio.run(go())


def test_a_name_that_turned_into_this_machine_is_not_dialled() -> None:
    with pytest.raises(TransientError) as caught:
        ask("https://api.servicetitan.example/x")
    assert caught.value.code == "connect"


def test_a_number_is_judged_although_the_pool_would_not_ask() -> None:
    for url in ("http://127.0.0.1/x", "http://[::1]/x", "https://169.254.169.254/x"):
        with pytest.raises(AddressRefused):
            ask(url)


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.0.0.1", "169.254.169.254"])
def test_no_socket_is_opened_to_what_was_not_judged(ip: str) -> None:
    """The last look, should a pool one day ask somebody else."""
    info: Any = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443))
    transport = Transport(resolver=Lies())
    with pytest.raises(OSError, match="not judged"):
        transport._open_socket(info)
    transport._judged.passed.add(ip)
    transport._open_socket(info).close()


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with hostile() as server, hostile() as other:
        server.say("/x", to(f"http://127.0.0.1:{other.port}/"))
        other.say("/", plain(b"never"))
        listed = frozenset({Origin("http", "127.0.0.1", port) for port in (server.port, other.port)})
        answer = ask(f"http://127.0.0.1:{server.port}/x", listed=listed)
        assert (answer.status, other.heard) == (302, [])
