"""ASGI application of the simulator: routes requests to API, control API and page, and can drop connections."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from pagetojob.platform.outbound.addresses import Origin, read_origin

from . import api, control, page
from .account import Book, Seen
from .messages import Request, Response, as_json, last_values

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MOST_BODY = 1_048_576
#: Host names that may reach the page and the control API. Protects against DNS rebinding by another website.
OWN_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
STATIC = Path(__file__).resolve().parents[3] / "static"
_STYLES = frozenset({"tokens.css", "base.css", "parts.css", "standin.css"})


class StandIn:
    """The simulator. Runs in one process and one event loop, with one in-memory store."""

    def __init__(self, *, hooks_to: frozenset[Origin] = frozenset(), clock: Callable[[], float] = time.time) -> None:
        self.book = Book()
        self.hooks_to = hooks_to
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await _body(receive)
        request = _request(scope, body or b"")
        if body is None:
            await _answer(send, as_json({"error": "The body is larger than a megabyte."}, 413))
            return
        await _answer(send, await self.respond(request))

    async def respond(self, request: Request) -> Response:
        """Return the response to one request, after the delay that the plan asks for."""
        now = self.clock()
        if request.path == "/healthz":
            return Response(200, b"ok", "text/plain; charset=utf-8")
        if request.path in {"/", page.EVENT} or request.path.startswith(("/control/", "/static/")):
            return await self._own(request, now)
        way = api.token if (request.method, request.path) == ("POST", "/connect/token") else api.call
        answer, tenant, fault = way(self.book, request, now)
        status = 0 if answer.dropped else answer.status
        self.book.note(Seen(now, tenant, request.method, request.path, status, fault))
        if fault == "slow":
            await asyncio.sleep(self.book.account(tenant, now=now).plan.slow_seconds)
        return answer

    async def _own(self, request: Request, now: float) -> Response:
        host = request.headers.get("host", "")
        if host.rpartition(":")[0] not in OWN_HOSTS and host not in OWN_HOSTS:
            return as_json({"error": "Open the address that was printed at startup."}, 400)
        if request.method != "GET" and request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            return as_json({"error": "Requests from other sites are not allowed."}, 403)
        if request.path.startswith("/control/"):
            return await control.answer(self.book, request, now, listed=self.hooks_to)
        if (request.method, request.path) == ("POST", page.EVENT):
            return await page.send_event(request, listed=self.hooks_to)
        name = request.path.removeprefix("/static/")
        if name in _STYLES:
            return Response(200, (STATIC / name).read_bytes(), "text/css; charset=utf-8")
        return page.answer(self.book, request, now)


async def _body(receive: Receive) -> bytes | None:
    """Return the whole body, or None if it is too large."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > MOST_BODY:
            return None
        if not message.get("more_body"):
            return body


def _request(scope: Scope, body: bytes) -> Request:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = last_values(scope.get("query_string", b"").decode("latin-1"))
    return Request(scope["method"], scope["path"], query, headers, body)


async def _answer(send: Send, answer: Response) -> None:
    headers = {"content-type": answer.kind, "content-length": str(len(answer.body)), "cache-control": "no-store"}
    headers |= answer.headers
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": lines})
    if answer.dropped:
        return  # the response was started but not finished, so the server closes the connection
    await send({"type": "http.response.body", "body": answer.body})


def create() -> StandIn:
    """Create the application for `manage.py standin`."""
    given = os.environ.get("STANDIN_HOOKS_TO", "")
    return StandIn(hooks_to=frozenset(read_origin(url) for url in given.split(",") if url))


application = create()
