"""Turn a snapshot into a safe document with one region marked: no scripts, links, frames or addresses. Pure.

A snapshot is the HTML of strangers. The document keeps its elements and styles, and of its attributes only those that
cannot fetch or run anything. Its policy forbids fetching, because styles can name addresses.
"""

from collections.abc import Iterator
from html import escape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from .reading.blocks import Block
from .reading.decoding import decode
from .reading.outline import outline
from .rendering import place_of

#: Policy of the document, as a header and inside it.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"
REGION = "marked-region"
_REMOVED = frozenset({
    *("script", "noscript", "template", "iframe", "frame", "frameset", "noframes", "object", "embed", "applet"),
    *("link", "meta", "base", "svg", "math", "canvas", "audio", "video", "portal", "noembed", "plaintext", "xmp"),
})  # fmt: skip
_SAFE_ATTRIBUTES = frozenset(
    {"class", "id", "style", "dir", "lang", "alt", "title", "colspan", "rowspan", "open", "type", "value", "start"}
)
_ABOVE = "data-above-region"
_INVISIBLE = ("meta:", "script:", "title:")
_FIRST_STYLE = "body{margin:0 auto;max-width:64rem;padding:1rem;background:#fff;color:#111;font:16px/1.5 sans-serif}"
#: Wins over the page's own styles, which may hide everything until a script has run.
_LAST_STYLE = (
    "*{animation:none!important;transition:none!important}"
    f"[{_ABOVE}],#{REGION}{{visibility:visible!important;opacity:1!important;max-height:none!important;"
    "overflow:visible!important;transform:none!important}"
    f"#{REGION}{{outline:4px solid #b45309!important;outline-offset:4px!important;background:#fef3c7!important;"
    "color:#111!important;scroll-margin:8rem}"
)


class RegionNotVisible(Exception):
    """Raised when browsers do not show the place of the quote, such as structured data."""


def region_page(html: bytes, *, charset: str, quote: str, selector: str, own_styles: bool = True) -> str:
    """Return the document. `own_styles`: with the styles of the page, which may hide the region or cover it.

    Raises PageRefused if the page cannot be parsed, and RegionNotVisible.
    """
    text = decode(html, charset=charset)
    place = _place(outline(text).blocks, quote, selector)
    parser = LexborHTMLParser(text)
    body = parser.body
    if body is None or not is_visible(place):
        raise RegionNotVisible
    _clean_attributes(parser, own_styles=own_styles)
    _mark(_element_at(parser.root, place) or body)  # before elements are removed, because a place counts its siblings
    _remove_elements(parser, own_styles=own_styles)
    if not parser.css_matches(f"#{REGION}"):
        raise RegionNotVisible  # it was in a removed element
    styles = "".join(style.html or "" for style in parser.css("head style"))
    language, words = (escape(_attribute(parser.root, name)) for name in ("lang", "class"))
    return (
        f'<!doctype html><html lang="{language}" class="{words}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><meta name="robots" content="noindex">'
        f"<title>Snapshot</title><style>{_FIRST_STYLE}</style>{styles}</head>{body.html}<style>{_LAST_STYLE}</style></html>"
    )


def is_visible(selector: str) -> bool:
    """Return whether browsers show an element, by its kind."""
    return not selector.startswith("head") and not selector.rpartition(" > ")[2].startswith(_INVISIBLE)


def _place(blocks: list[Block], quote: str, selector: str) -> str:
    """Return the selector of the block with the quote; of a page that no longer has it, the place where it was."""
    blocks = [block for block in blocks if block.text.strip()]
    at = place_of(blocks, quote, selector)
    return blocks[at].element.selector if at >= 0 else selector


def _element_at(root: LexborNode | None, selector: str) -> LexborNode | None:
    """Return the element of a selector, or its nearest ancestor that exists below the body."""
    here = next((node for node in _children(root) if node.tag == "body"), None)
    nearest = None
    for step in selector.split(" > ")[1:]:
        tag, _, number = step.partition(":nth-of-type(")
        same = [node for node in _children(here) if node.tag == tag]
        place = int(number.rstrip(")")) if number.rstrip(")").isdecimal() else 1
        if not 0 < place <= len(same):
            return nearest
        here = nearest = same[place - 1]
    return nearest


def _children(node: LexborNode | None) -> Iterator[LexborNode]:
    return node.iter() if node is not None else iter(())


def _clean_attributes(parser: LexborHTMLParser, *, own_styles: bool) -> None:
    for node in parser.css("*"):
        for name in list(node.attributes):
            keeps = name in _SAFE_ATTRIBUTES and (own_styles or name not in ("style", "class", "id"))
            if not keeps or (name == "id" and node.attributes[name] == REGION):
                del node.attrs[name]
        if node.tag == "details":
            node.attrs["open"] = ""


def _remove_elements(parser: LexborHTMLParser, *, own_styles: bool) -> None:
    removed, outermost, waiting = _REMOVED if own_styles else _REMOVED | {"style"}, [], list(_children(parser.root))
    while waiting:
        node = waiting.pop()
        if node.tag in removed:
            outermost.append(node)
        else:
            waiting += _children(node)
    for node in outermost:
        node.decompose()


def _mark(region: LexborNode) -> None:
    region.attrs["id"] = REGION
    above = region.parent
    while above is not None and above.is_element_node:
        above.attrs[_ABOVE] = ""
        above = above.parent


def _attribute(node: LexborNode | None, name: str) -> str:
    return (node.attributes.get(name) or "") if node is not None else ""
