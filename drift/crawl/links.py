"""Extract the links and the canonical address of a page, and the addresses of a sitemap. Pure."""

import zlib
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from selectolax.lexbor import LexborHTMLParser

from .page_addresses import joined

MOST_LINKS = 2000
MOST_OF_SITEMAP = 5000
MOST_UNPACKED = 10_000_000


def links(html: str, url: str) -> list[str]:
    """Return the distinct addresses a page links to, in page order; at most 2,000."""
    parsed = LexborHTMLParser(html)
    base = _attribute(parsed, "base[href]", "href")
    start = joined(url, base) or url if base else url
    addresses: dict[str, None] = {}
    for node in parsed.css("a[href], area[href]"):
        href = node.attributes.get("href") or ""
        if "nofollow" in (node.attributes.get("rel") or "").lower().split():
            continue
        if address := joined(start, href):
            addresses.setdefault(address)
        if len(addresses) >= MOST_LINKS:
            break
    return list(addresses)


def canonical(html: str, url: str) -> str:
    """Return the canonical address of a page, or an empty string if it declares none."""
    href = _attribute(LexborHTMLParser(html), 'link[rel~="canonical"][href]', "href")
    return joined(url, href) if href else ""


def _attribute(parsed: LexborHTMLParser, selector: str, name: str) -> str:
    node = parsed.css_first(selector)
    return (node.attributes.get(name) or "") if node is not None else ""


def sitemap(body: bytes) -> tuple[list[str], list[str]]:
    """Return the pages and nested sitemaps of a sitemap, at most 5,000 of each.

    Raises ValueError if it is not a sitemap.
    """
    try:
        root = fromstring(_unpacked(body), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise ValueError(f"no sitemap: {type(error).__name__}") from None
    pages: list[str] = []
    more: list[str] = []
    for place, entry in _entries(root):
        (more if entry == "sitemap" else pages).append(place)
    return pages[:MOST_OF_SITEMAP], more[:MOST_OF_SITEMAP]


def _unpacked(body: bytes) -> bytes:
    """Decompress a gzipped sitemap. Raises ValueError if it is corrupt or expands beyond 10 MB."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(body, MOST_UNPACKED)
    except zlib.error:
        raise ValueError("no sitemap: broken packing") from None
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise ValueError("no sitemap: cut short, or more than 10 MB unpacked")
    return text


def _entries(root: Element) -> Iterator[tuple[str, str]]:
    for entry in root:
        for part in entry:
            if _name(part) == "loc" and part.text:
                yield part.text.strip(), _name(entry)


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
