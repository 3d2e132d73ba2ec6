"""Which addresses are pages of a site, and by what path each is known. Pure."""

from urllib.parse import urljoin, urlsplit

from pagetojob.platform.outbound.addresses import Origin, read_origin
from pagetojob.platform.outbound.errors import RefusedError

LONGEST_PAGE = 500
#: Endings of files that are no pages.
_NO_PAGES = (
    *(".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".ico", ".avif", ".css", ".js", ".json", ".xml", ".rss"),
    *(".pdf", ".doc", ".docx", ".xls", ".xlsx", ".zip", ".gz", ".mp3", ".mp4", ".mov", ".webm", ".woff", ".woff2"),
    *(".ttf", ".txt", ".csv", ".vcf", ".ics"),
)
_PORTS = {"http": 80, "https": 443}


def page_of(url: str, base: str) -> str | None:
    """The path of a page below the site that begins at `base`, as bindings name it; None for anything else.

    The query is dropped: sites hang calendars, filters and campaign marks on it, and none of these is another page.
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
    """The address of a page that is known by its path alone."""
    return base + page.lstrip("/")


def joined(base: str, href: str) -> str:
    """Where a link of a page leads, without its fragment and query; empty for one that is no address of the web."""
    try:
        url = urljoin(base, href.strip())
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or len(url) > 2000:
        return ""
    return parts._replace(query="", fragment="").geturl()


def read_base(url: str) -> str:
    """The beginning of a site as it is kept: with a slash at its end, without query. Raises RefusedError."""
    parts = urlsplit(url.strip())
    read_origin(f"{parts.scheme}://{parts.netloc}")
    if parts.query or parts.fragment:
        raise RefusedError("url-shape", "The address of a site has no “?” and no “#”.")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"


def origin_of(base: str) -> Origin:
    """The origin of a site. Raises RefusedError."""
    parts = urlsplit(base)
    return read_origin(f"{parts.scheme}://{parts.netloc}")


def _origin(scheme: str, host: str | None, port: int | None) -> tuple[str, str, int | None]:
    return (scheme, (host or "").lower(), port or _PORTS.get(scheme))
