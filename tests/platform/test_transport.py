"""The pool of the client: it dials only what was judged, and says whether anything had been sent."""

import asyncio
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from pagetojob.platform.outbound.addresses import AddressRefused, Origin
from pagetojob.platform.outbound.errors import GatewayError, RefusedError, TransientError, UnclearError
from pagetojob.platform.outbound.response import Answer
from pagetojob.platform.outbound.transport import Patience, Transport
from tests.support.hostile import certificate_for, hostile, plain, to


class Lies:
    """Every name is this machine."""

    def resolve(self, host: str) -> list[str]:
        return ["127.0.0.1"]


def ask(url: str, *, method: str = "GET", listed: frozenset[Origin] = frozenset()) -> Answer:
    async def go() -> Answer:
        async with Transport(resolver=Lies(), listed=listed) as transport:
            return await transport.send(method, url, headers={})

    return asyncio.run(go())


def test_name_that_resolves_to_this_machine_is_not_called() -> None:
    with pytest.raises(TransientError) as caught:
        ask("https://api.servicetitan.example/x")
    assert caught.value.code == "connect"


def test_ip_host_is_checked_without_the_resolver() -> None:
    for url in ("http://127.0.0.1/x", "http://[::1]/x", "https://169.254.169.254/x"):
        with pytest.raises(AddressRefused):
            ask(url)


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.0.0.1", "169.254.169.254"])
def test_no_socket_is_opened_to_an_unchecked_address(ip: str) -> None:
    """The last look, should a pool one day ask somebody else."""
    info: Any = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443))
    transport = Transport(resolver=Lies())
    with pytest.raises(OSError, match="not judged"):
        transport._open_socket(info)
    transport._resolver.passed.add(ip)
    transport._open_socket(info).close()


def test_redirect_is_returned_and_not_followed() -> None:
    with hostile() as server, hostile() as other:
        server.say("/x", to(f"http://127.0.0.1:{other.port}/"))
        other.say("/", plain(b"never"))
        listed = frozenset({Origin("http", "127.0.0.1", port) for port in (server.port, other.port)})
        answer = ask(f"http://127.0.0.1:{server.port}/x", listed=listed)
        assert (answer.status, other.heard) == (302, [])


@pytest.mark.nightly
def test_concurrent_calls_track_separately_if_they_were_sent(tmp_path: Path) -> None:
    _, context = certificate_for(["site.example"], tmp_path)
    with hostile() as server, hostile(context) as stranger, hostile() as gone:

        def silent() -> Iterable[bytes]:
            server.wait(30)
            yield b""

        gone.close()
        server.says["/silent"] = silent
        server.say("/cut")
        server.say("/well", plain(b"{}"))
        places = [("http", server.port), ("https", stranger.port), ("http", gone.port)]
        origins = [Origin(scheme, "127.0.0.1", port) for scheme, port in places]
        urls = [f"{origins[0]}/{path}" for path in ("silent", "cut", "well")] + [
            f"{origin}/x" for origin in origins[1:]
        ]

        async def go() -> list[Answer | BaseException]:
            listed, short = frozenset(origins), Patience(total=3.0)
            async with Transport(listed=listed) as transport, Transport(listed=listed, patience=short) as hurried:
                calls = [(hurried if url.endswith("silent") else transport) for url in urls]
                sends = [by.send("POST", url, headers={}, json={}) for by, url in zip(calls, urls, strict=True)]
                return await asyncio.gather(*sends, return_exceptions=True)

        result = asyncio.run(go())
    kinds = [(type(error), error.code if isinstance(error, GatewayError) else "") for error in result]
    assert kinds == [
        (UnclearError, "time-out"),
        (UnclearError, "cut"),
        (Answer, ""),
        (RefusedError, "certificate"),
        (TransientError, "connect"),
    ]


def test_json_is_sent_complete() -> None:
    with hostile() as server:
        server.say("/x", plain(b"{}"))

        async def go() -> Answer:
            async with Transport(listed=frozenset({Origin("http", "127.0.0.1", server.port)})) as transport:
                url = f"http://127.0.0.1:{server.port}/x"
                return await transport.send("POST", url, headers={"ST-App-Key": "k"}, json={"name": "Zoë\n", "n": 1})

        assert asyncio.run(go()).status == 200
        head, _, body = server.heard[0].partition("\r\n\r\n")
    sent = [line.lower() for line in head.split("\r\n")]
    assert "content-type: application/json" in sent and "st-app-key: k" in sent
    assert body == '{"name": "Zo\\u00eb\\n", "n": 1}' and f"content-length: {len(body)}" in sent
