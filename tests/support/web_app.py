"""Our website and a few addresses for tests of the servers in front of it."""

import json
from collections.abc import Callable, Iterable
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    answer = _ADDRESSES.get(environ["PATH_INFO"])
    if answer is None or "HTTP_X_BODY_TOO_LARGE" in environ:
        # Its modules are imported with the first request.
        from pagetojob.wsgi import application as website

        return website(environ, start_response)
    body = json.dumps(answer(environ)).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _echo(environ: dict[str, Any]) -> list[Any]:
    """Return the length that the application is told, and the number of bytes that it reads."""
    return [environ.get("CONTENT_LENGTH"), len(environ["wsgi.input"].read())]


def _forwarded(environ: dict[str, Any]) -> dict[str, str]:
    from pagetojob.platform.client_address import address_behind_proxies

    forwarded = environ["HTTP_X_FORWARDED_FOR"]
    client = address_behind_proxies(peer=environ["REMOTE_ADDR"], forwarded=forwarded, proxies=1)
    return {"for": forwarded, "proto": environ["HTTP_X_FORWARDED_PROTO"], "client": client}


_ADDRESSES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "/test/echo": _echo,
    "/hooks/echo": _echo,
    "/test/host": lambda environ: environ["HTTP_HOST"],
    "/test/forwarded": _forwarded,
}
