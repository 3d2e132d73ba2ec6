"""Request one address of a site through the gateway's guard, and classify the response."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.message import Message

from drift.reading.decoding import MOST_BYTES
from pagetojob.platform.outbound.allowed_origins import listed_origins
from pagetojob.platform.outbound.errors import GatewayError, RefusedError, TransientError
from pagetojob.platform.outbound.fetching import Fetched, Limits, Trail, fetch

MOST_HOPS = 5
LIMITS = Limits(total=20.0, body=MOST_BYTES, wire=2 * MOST_BYTES)
_HTML = {"text/html", "application/xhtml+xml"}
_GONE = {404, 410}


@dataclass(frozen=True)
class Visited:
    """The response of an address. `why` explains why there is no page to read; empty for a page or an unchanged page.

    `is_transient`: a transient error, so a retry may succeed. `gone`: the site reports that the page does not exist.
    """

    url: str
    status: int = 0
    body: bytes = b""
    charset: str = ""
    etag: str = ""
    last_modified: str = ""
    why: str = ""
    is_transient: bool = False
    gone: bool = False

    @property
    def unchanged(self) -> bool:
        return self.status == 304


def visit(
    url: str, *, may: Callable[[str], bool] | None = None, etag: str = "", last_modified: str = "", html: bool = True
) -> Visited:
    """Request one address, conditionally if its validators are known.

    Reports errors of the other side instead of raising.

    `may` is called before each redirect is followed. Without it, only the gateway's guard decides.
    """
    asked = {"Accept": "text/html" if html else "*/*"}
    asked |= {"If-None-Match": etag} if etag else {}
    asked |= {"If-Modified-Since": last_modified} if last_modified else {}
    try:
        answer = (
            _followed(url, asked, may) if may else fetch(url, limits=LIMITS, listed=listed_origins(), headers=asked)
        )
    except TransientError as error:
        return Visited(url, why=error.sentence, is_transient=True)
    except GatewayError as error:
        return Visited(url, why=error.sentence)
    if answer.status == 304 and (etag or last_modified):
        return Visited(answer.url, status=304)
    if answer.status != 200:
        return _no_page(answer.url, answer.status)
    kind, charset = _type(answer.headers)
    if html and kind not in _HTML:
        return Visited(answer.url, answer.status, why=f"The content type is {kind}, not HTML.")
    return Visited(
        answer.url,
        answer.status,
        answer.body,
        charset,
        _whole(answer.headers.get("etag", ""), 200),
        _whole(answer.headers.get("last-modified", ""), 60),
    )


def _whole(mark: str, longest: int) -> str:
    """Return a validator that fits its column, or an empty string: a truncated one would never match again."""
    return mark if len(mark) <= longest else ""


def _followed(url: str, asked: Mapping[str, str], may: Callable[[str], bool]) -> Fetched:
    """Follow redirects one at a time, so that no page of another website is requested. Raises GatewayError."""
    limits, seen = replace(LIMITS, redirects=0), {url}
    for _ in range(MOST_HOPS):
        trail = Trail()
        try:
            return fetch(url, limits=limits, listed=listed_origins(), headers=asked, trail=trail)
        except RefusedError as refused:
            if refused.code != "redirect-limit":
                raise
        url = trail.hops[-1].to
        if not may(url):
            raise RefusedError("other-site", f"It redirects to {url}, which may not be read.")
        if url in seen:
            raise RefusedError("redirect-loop", "The address redirects to itself.")
        seen.add(url)
    raise RefusedError("redirect-limit", f"The address redirects more than {MOST_HOPS} times.")


def _no_page(url: str, status: int) -> Visited:
    is_transient, gone = status in (408, 425, 429) or status >= 500, status in _GONE
    why = f"The page does not exist (status {status})." if gone else f"The response has status {status}."
    return Visited(url, status, why=why, is_transient=is_transient, gone=gone)


def _type(headers: Mapping[str, str]) -> tuple[str, str]:
    message = Message()
    message["Content-Type"] = headers.get("content-type", "text/html")
    return message.get_content_type(), message.get_content_charset("")[:40]
