"""Decide which addresses are pages of a site, and normalize their paths. Pure."""

from urllib.parse import urljoin, urlsplit

from pagetojob.platform.outbound.addresses import Origin, read_origin
from pagetojob.platform.outbound.errors import RefusedError

LONGEST_PAGE = 500
#: File endings that are not pages.
_NO_PAGES = (
    *(".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".ico", ".avif", ".css", ".js", ".json", ".xml", ".rss"),
    *(".pdf", ".doc", ".docx", ".xls", ".xlsx", ".zip", ".gz", ".mp3", ".mp4", ".mov", ".webm", ".woff", ".woff2"),
    *(".ttf", ".txt", ".csv", ".vcf", ".ics"),
)
_PORTS = {"http": 80, "https": 443}


def page_of(url: str, base: str) -> str | None:
    """Return the path of a page below `base`, or None if the URL is not a page of the site.

    The path has the form that page bindings use. The query is dropped: sites use it for calendars, filters and
    campaign tags, none of which is another page.
    """
    try:
        there, site = urlsplit(url), urlsplit(base)
        same = _origin(there.scheme, there.hostname, there.port) == _origin(site.scheme, site.hostname, site.port)
    except ValueError:
        return None
    if not same or there.username is not None or there.password is not None:
        return None
    path = there.path or "/"
    if path != site.path.rstrip("/") and not path.startswith(site.path):
        return None
    if "/../" in path or "/./" in path or path.lower().endswith(_NO_PAGES):
        return None
    below = "/" + path.removeprefix(site.path.rstrip("/")).strip("/")
    return below if len(below) <= LONGEST_PAGE else None


def address_of(page: str, base: str) -> str:
    """Return the address of a page from its path."""
    return base + page.lstrip("/")


def joined(base: str, href: str) -> str:
    """Resolve a link without its fragment and query. Returns an empty string for a link that is not http or https."""
    try:
        url = urljoin(base, href.strip())
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or len(url) > 2000:
        return ""
    return parts._replace(query="", fragment="").geturl()


def read_base(url: str) -> str:
    """Normalize the base address of a site: with a final slash, without a query. Raises RefusedError."""
    parts = urlsplit(url.strip())
    if not (parts.scheme and parts.netloc):
        raise RefusedError("url-shape", "Enter the whole address, such as https://www.example.com/.")
    read_origin(f"{parts.scheme}://{parts.netloc}")
    if parts.query or parts.fragment:
        raise RefusedError("url-shape", "The address of a site must not contain “?” or “#”.")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"


def origin_of(base: str) -> Origin:
    """Return the origin of a site. Raises RefusedError."""
    parts = urlsplit(base)
    return read_origin(f"{parts.scheme}://{parts.netloc}")


def _origin(scheme: str, host: str | None, port: int | None) -> tuple[str, str, int | None]:
    return (scheme, (host or "").lower(), port or _PORTS.get(scheme))
