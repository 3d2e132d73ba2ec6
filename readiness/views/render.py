"""Renders a page of a version once and serves it from memory until the version, or what it shows live, is another."""

import gzip
import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import get_conditional_response

#: Rendered pages kept in a process: every page of the newest version, and some of those people look back at.
KEPT = 128

type Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Wire:
    """A page as it goes over the wire, plain or packed, with the headers it goes with."""

    body: bytes
    etag: str
    content_type: str
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """`seconds`: how long a page with something live is kept, `turn` counts such stretches. 0: as long as its version.

    `last_modified` is a header, `stamp` the same in seconds; a page with something live has neither.
    """

    plain: Wire
    packed: Wire
    last_modified: str
    stamp: int | None
    seconds: int
    turn: int


_kept: OrderedDict[Key, Rendered] = OrderedDict()
_lock = threading.Lock()


def serve(
    request: HttpRequest,
    key: Key,
    make: Callable[[], str],
    *,
    content_type: str = "text/html; charset=utf-8",
    last_modified: datetime | None = None,
    seconds: Callable[[], int] | int = 0,
) -> HttpResponse:
    """The page kept under `key`, made by `make` if there is none; 304 to whoever holds it already.

    `key` names all the page depends on, its version first. `seconds`: how long a page that shows something live may be
    served, 0 for as long as its version lasts; a function is asked only when the page is made. What is kept holds no
    nonce, no form token and no cookie.
    """
    rendered = _recall(key)
    if rendered is None:
        lasting = seconds if isinstance(seconds, int) else seconds()
        rendered = render(make(), content_type, None if lasting else last_modified, lasting)
        _keep(key, rendered)
    return _answer(request, rendered)


def serve_kept(request: HttpRequest, key: Key) -> HttpResponse | None:
    """What `serve` answers with what is kept under `key`; None when it would have to be made."""
    rendered = _recall(key)
    return _answer(request, rendered) if rendered else None


def _answer(request: HttpRequest, rendered: Rendered) -> HttpResponse:
    wire = rendered.packed if takes_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")) else rendered.plain
    response = _answer_to_holder(request, wire.etag, rendered.stamp)
    if response is None:
        response = HttpResponse(wire.body, content_type=wire.content_type)
        if wire is rendered.packed:
            response.headers["Content-Encoding"] = "gzip"
        if rendered.last_modified:  # a 304 says it by its tag
            response.headers["Last-Modified"] = rendered.last_modified
    for name, value in wire.headers:
        response.headers[name] = value
    return response


def _answer_to_holder(request: HttpRequest, etag: str, stamp: int | None) -> HttpResponse | None:
    """What whoever says what they hold gets instead of the page; None for everybody else. No body is built for it."""
    asked = request.META
    plain = "HTTP_IF_MATCH" not in asked and "HTTP_IF_UNMODIFIED_SINCE" not in asked
    if plain and asked.get("HTTP_IF_NONE_MATCH") == etag:  # nearly all who come back, and cheaper than the whole rule
        return HttpResponseNotModified()
    return get_conditional_response(request, etag=etag, last_modified=stamp)


def _recall(key: Key) -> Rendered | None:
    """What is kept under `key`, unless its stretch is over.

    It counts as fresh, so that a walk through old versions pushes out no newest page.
    """
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
        rendered = _kept.get(key)
    return rendered if rendered and rendered.turn == _turn(rendered.seconds) else None


def _turn(seconds: int) -> int:
    return int(time.time()) // seconds if seconds else 0


def render(text: str, content_type: str, last_modified: datetime | None, seconds: int) -> Rendered:
    """Both forms of a text. Packed bytes are other bytes, so they have a tag of their own."""
    body = text.encode()
    digest = hashlib.sha256(body).hexdigest()[:32]
    shared = (("Cache-Control", "no-cache"), ("Vary", "Accept-Encoding"))
    plain, packed = f'"{digest}"', f'"{digest}-gzip"'
    return Rendered(
        Wire(body, plain, content_type, (("ETag", plain), *shared)),
        Wire(gzip.compress(body, 6, mtime=0), packed, content_type, (("ETag", packed), *shared)),
        format_datetime(last_modified, usegmt=True) if last_modified else "",
        int(last_modified.timestamp()) if last_modified else None,
        seconds,
        _turn(seconds),
    )


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header takes gzip. A star is left alone: plain is always right."""
    if "gzip" not in accepted:
        return False
    return not re.search(r"\bgzip\s*;\s*q\s*=\s*0(\.0*)?\s*(,|$)", accepted)


def _keep(key: Key, rendered: Rendered) -> None:
    with _lock:
        _kept.pop(key, None)
        _kept[key] = rendered
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
