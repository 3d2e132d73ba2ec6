"""In-memory cache of rendered pages. A page is rendered once until its version or its live content changes."""

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

#: Rendered pages cached per process: every page of the newest version, and some older ones.
CACHE_SIZE = 128

type Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """A response body, plain or compressed, with its headers."""

    body: bytes
    etag: str
    content_type: str
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered page. `seconds` is the cache time of a page with live content, and `turn` is the current interval.

    `seconds` is 0 for a page that lasts as long as its version. `last_modified` is a header and `stamp` is the same
    time in seconds; a page with live content has neither.
    """

    plain: Variant
    packed: Variant
    last_modified: str
    stamp: int | None
    seconds: int
    turn: int


_cache: OrderedDict[Key, Rendered] = OrderedDict()
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
    """Return the page cached under `key`, calling `make` if there is none, or 304 if the client has it.

    `key` contains everything the page depends on, beginning with its version. `seconds` is the cache time of a page
    with live content, 0 for as long as its version; a function is called only when the page is made. Cached pages
    contain no nonce, form token or cookie.
    """
    rendered = _recall(key)
    if rendered is None:
        lasting = seconds if isinstance(seconds, int) else seconds()
        rendered = render(make(), content_type, None if lasting else last_modified, lasting)
        _store(key, rendered)
    return _answer(request, rendered)


def serve_cached(request: HttpRequest, key: Key) -> HttpResponse | None:
    """Return the response of `serve` from the cache, or None if the page would have to be made."""
    rendered = _recall(key)
    return _answer(request, rendered) if rendered else None


def _answer(request: HttpRequest, rendered: Rendered) -> HttpResponse:
    variant = rendered.packed if takes_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")) else rendered.plain
    response = _answer_to_holder(request, variant.etag, rendered.stamp)
    if response is None:
        response = HttpResponse(variant.body, content_type=variant.content_type)
        if variant is rendered.packed:
            response.headers["Content-Encoding"] = "gzip"
        if rendered.last_modified:  # a 304 carries only the ETag
            response.headers["Last-Modified"] = rendered.last_modified
    for name, value in variant.headers:
        response.headers[name] = value
    return response


def _answer_to_holder(request: HttpRequest, etag: str, stamp: int | None) -> HttpResponse | None:
    """Return the response to a conditional request, or None if the page must be sent. Builds no body."""
    asked = request.META
    plain = "HTTP_IF_MATCH" not in asked and "HTTP_IF_UNMODIFIED_SINCE" not in asked
    # nearly all returning readers, and cheaper than the full check
    if plain and asked.get("HTTP_IF_NONE_MATCH") == etag:
        return HttpResponseNotModified()
    return get_conditional_response(request, etag=etag, last_modified=stamp)


def _recall(key: Key) -> Rendered | None:
    """Return the page cached under `key`, unless its interval is over.

    Moves it to the end of the LRU order, so that a walk through old versions evicts no current page.
    """
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
        rendered = _cache.get(key)
    return rendered if rendered and rendered.turn == _turn(rendered.seconds) else None


def _turn(seconds: int) -> int:
    return int(time.time()) // seconds if seconds else 0


def render(text: str, content_type: str, last_modified: datetime | None, seconds: int) -> Rendered:
    """Return the plain and compressed forms of a text. Their bytes differ, so each has its own ETag."""
    body = text.encode()
    digest = hashlib.sha256(body).hexdigest()[:32]
    shared = (("Cache-Control", "no-cache"), ("Vary", "Accept-Encoding"))
    plain, packed = f'"{digest}"', f'"{digest}-gzip"'
    return Rendered(
        Variant(body, plain, content_type, (("ETag", plain), *shared)),
        Variant(gzip.compress(body, 6, mtime=0), packed, content_type, (("ETag", packed), *shared)),
        format_datetime(last_modified, usegmt=True) if last_modified else "",
        int(last_modified.timestamp()) if last_modified else None,
        seconds,
        _turn(seconds),
    )


def takes_gzip(accepted: str) -> bool:
    """Return whether an Accept-Encoding header accepts gzip. `*` is ignored: plain is always correct."""
    if "gzip" not in accepted:
        return False
    return not re.search(r"\bgzip\s*;\s*q\s*=\s*0(\.0*)?\s*(,|$)", accepted)


def _store(key: Key, rendered: Rendered) -> None:
    with _lock:
        _cache.pop(key, None)
        _cache[key] = rendered
        while len(_cache) > CACHE_SIZE:
            _cache.popitem(last=False)
