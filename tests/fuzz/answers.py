"""Answers of the web application, and what is wrong with them."""

import io
import re
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.signals import got_request_exception
from django.db import connection, transaction

from pagetojob.wsgi import application

from .requests import HOST, ORIGIN, Request
from .values import MARKUP

#: A view that takes longer is interrupted, which is a server error.
HANG_SECONDS = 30
SLOW_SECONDS, LARGE_BYTES = 2.0, 5_000_000
#: Addresses whose 503 is documented: they report the state of the platform, or PDFs cannot be made on this machine.
MAY_BE_UNAVAILABLE = frozenset(
    {"core:readyz", "core:ops-health", "core:status", "readiness:packet", "readiness:version-packet"}
)
#: Files of the pack that describe our code and its libraries.
NAME_OUR_CODE = frozenset({"application/vnd.cyclonedx+json"})
LEAKS = re.compile(
    r"Traceback \(most recent call last\)|django\.(db|core|template)\.\w+|psycopg\.\w+|\w+\.py\", line \d+"
    r"|(Programming|Integrity|Operational|Data|Internal|Multi\w*)Error\b|DoesNotExist"
    r"|invalid input syntax|out of range for type"
    r"|violates \S+ constraint|current transaction is aborted|relation \"\w+\" does not exist|duplicate key value"
)


@dataclass
class Answer:
    """An answer, the time it took, and the traceback if the view failed."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float
    error: str = ""

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


class _Errors:
    """The last unhandled error of a view."""

    text = ""

    def keep(self, **_: Any) -> None:
        self.text = traceback.format_exc()


_errors = _Errors()
got_request_exception.connect(_errors.keep)


def environ(request: Request, cookies: str, token: str) -> dict[str, Any]:
    """Return what gunicorn behind Caddy passes for a request."""
    headers = {
        "Host": HOST,
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "203.0.113.9",
        "Origin": ORIGIN,
        "Referer": f"{ORIGIN}/",
        "Accept": "text/html,*/*;q=0.8",
        "Cookie": cookies,
        "X-CSRFToken": token if request.has_token else "",
        "Content-Length": str(len(request.body)) if request.body else "",
    } | request.headers
    values: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "SERVER_NAME": HOST,
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        values[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    return values


def ask(values: dict[str, Any]) -> Answer:
    """Send one request, read the whole answer, and undo what it wrote."""
    _errors.text = ""
    started = time.monotonic()
    try:
        with _limited_time(), _undone():
            answer = _respond(values)
            with connection.cursor() as cursor:  # what a commit would check
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except Exception:  # the answer was broken off, or the commit would fail
        connection.close()
        answer = Answer(500, {}, b"", 0, traceback.format_exc())
    answer.seconds = time.monotonic() - started
    if answer.status >= 500:
        answer.error = answer.error or _errors.text
    return answer


def _respond(values: dict[str, Any]) -> Answer:
    started: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], _: object = None, /) -> Callable[[bytes], object]:
        started.extend((status, headers))
        return bytes

    chunks: Any = application(values, start)
    try:
        body = b"".join(chunks)
    finally:
        chunks.close()
    status, headers = started
    return Answer(int(status.split()[0]), {name.lower(): value for name, value in headers}, body, 0)


@contextmanager
def _undone() -> Iterator[None]:
    undone = transaction.atomic()
    undone._from_testcase = True  # type: ignore[attr-defined]  # views may open a durable transaction inside
    with undone:
        yield
        transaction.set_rollback(True)


def _interrupt(*_: object) -> None:
    raise TimeoutError(f"No answer within {HANG_SECONDS} seconds.")


@contextmanager
def _limited_time() -> Iterator[None]:
    signal.signal(signal.SIGALRM, _interrupt)
    signal.alarm(HANG_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)


def problems(request: Request, answer: Answer) -> Iterator[str]:
    """Name everything that is wrong with an answer."""
    text = answer.body.decode(errors="replace")
    if answer.status >= 500 and not (answer.status == 503 and request.address.name in MAY_BE_UNAVAILABLE):
        yield f"status {answer.status}"
    if answer.status == 503 and not answer.headers.get("retry-after"):
        yield "does not say when to ask again"
    if (leak := LEAKS.search(text)) and answer.kind not in NAME_OUR_CODE:
        yield f"shows an internal error: {text[max(0, leak.start() - 40) : leak.end() + 40]!r}"
    if any(secret in text for secret in _secrets()):
        yield "shows a secret of the settings"
    if answer.kind == "text/html":
        yield from (f"contains markup that was sent: {markup}" for markup in MARKUP if markup in text)
        if (
            answer.status >= 400
            and answer.status not in {405, 412}
            and "<link" not in text
            and request.method != "HEAD"
        ):
            yield f"status {answer.status} without a page of ours: {text[:80]!r}"
    if any(sign in value for value in answer.headers.values() for sign in "\r\n\x00"):
        yield "has a line break in a header"


def _secrets() -> list[str]:
    keys = [key.partition(":")[2] for key in settings.VAULT_KEYS.split(",")]
    password = settings.DATABASES["default"].get("PASSWORD")
    return [secret for secret in (settings.SECRET_KEY, *keys, password) if secret]
