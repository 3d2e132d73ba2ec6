"""Load pages for the commands: from a file, or from an address through the gateway's guard."""

from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from drift.reading.decoding import MOST_BYTES
from drift.reading.errors import PageRefused
from pagetojob.platform.outbound.allowed_origins import listed_origins
from pagetojob.platform.outbound.errors import GatewayError
from pagetojob.platform.outbound.fetching import Limits, fetch


@dataclass(frozen=True)
class Given:
    """The bytes of a page, and the charset that its server declared (empty for a file)."""

    data: bytes
    charset: str = ""


def load_page(page: str) -> Given:
    """Load a page from a file or an address. Raises PageRefused."""
    if page.lower().startswith(("http://", "https://")):
        return _fetched(page)
    return Given(bytes_of(page))


def bytes_of(file: str) -> bytes:
    """Return the bytes of a file, limited to the maximum page size. Raises PageRefused."""
    try:
        with Path(file).open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "this is not a file name"
        raise PageRefused("no file", f"The file cannot be read: {reason}.") from None
    if len(data) > MOST_BYTES:
        raise PageRefused("too big", f"The file has more than {MOST_BYTES:,} bytes, the maximum size of a page.")
    return data


def _fetched(url: str) -> Given:
    """Fetch only this page, without scripts or images. Ignores robots.txt, because a person named the address."""
    limits = Limits(body=MOST_BYTES, wire=2 * MOST_BYTES)
    try:
        answer = fetch(url, limits=limits, listed=listed_origins(), headers={"Accept": "text/html"})
    except GatewayError as error:
        raise PageRefused(error.code, error.sentence) from None
    if answer.status != 200:
        raise PageRefused("no page", f"The response has status {answer.status} and is not a page.")
    message = Message()
    message["Content-Type"] = answer.headers.get("content-type", "text/html")
    if message.get_content_type() not in {"text/html", "application/xhtml+xml"}:
        raise PageRefused(
            "no page", f"The response has the content type {message.get_content_type()} and is not a page."
        )
    return Given(answer.body, message.get_content_charset(""))
