"""Cache of rendered pages. A page is rendered once per process until its version or its live content changes."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date, quote_etag
from django.utils.text import compress_string

type Key = tuple[object, ...]


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
    cached = serve_cached(request, key)
    if cached is not None:
        return cached
    body, lasting = make().encode(), seconds if isinstance(seconds, int) else seconds()
    response = HttpResponse(content_type=content_type, headers={"Cache-Control": "no-cache", "Vary": "Accept-Encoding"})
    tag = hashlib.sha256(body).hexdigest()[:32]
    if _takes_gzip(request):  # another tag, because the bytes differ
        body, tag, response.headers["Content-Encoding"] = compress_string(body), f"{tag}-gzip", "gzip"
    response.content, response.headers["ETag"] = body, quote_etag(tag)
    if last_modified and not lasting:
        response.headers["Last-Modified"] = http_date(last_modified.timestamp())
    cache.set(_cache_key(request, key), response, timeout=lasting or None)
    return _conditional(request, response)


def serve_cached(request: HttpRequest, key: Key) -> HttpResponse | None:
    """Return the response of `serve` from the cache, or None if the page would have to be made."""
    response = cache.get(_cache_key(request, key))
    return None if response is None else _conditional(request, response)


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    changed = response.get("Last-Modified")
    stamp = parse_http_date(changed) if changed else None
    return get_conditional_response(request, response["ETag"], stamp, response) or response


def _cache_key(request: HttpRequest, key: Key) -> str:
    return hashlib.sha256(repr((_takes_gzip(request), *key)).encode()).hexdigest()


def _takes_gzip(request: HttpRequest) -> bool:
    return takes_gzip(request.META.get("HTTP_ACCEPT_ENCODING", ""))


def takes_gzip(accepted: str) -> bool:
    """Return whether an Accept-Encoding header accepts gzip. `*` is ignored: plain is always correct."""
    if "gzip" not in accepted:
        return False
    return not re.search(r"\bgzip\s*;\s*q\s*=\s*0(\.0*)?\s*(,|$)", accepted)
