"""Render a page of docs/ as HTML. Raw HTML is escaped; links lead to guides that the reader may read, or nowhere."""

import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from .guides import BY_FILE, Audience, Guide

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


@lru_cache(maxsize=256)
def render_guide(guide: Guide, audiences: frozenset[Audience]) -> SafeString:
    """Return a guide without its title. Cached, because the files are part of the release."""
    tokens = _MARKDOWN.parse(guide.file.read_text("utf-8"))
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        tokens = tokens[3:]
    _number_headings(tokens)
    for token in tokens:
        if token.children:
            token.children = _with_links(token.children, guide.file, audiences)
    html: str = _MARKDOWN.renderer.render(_scrollable(tokens), _MARKDOWN.options, {})
    return mark_safe(html)  # noqa: S308 - markdown-it escapes HTML


def _number_headings(tokens: list[Token]) -> None:
    """Give each heading the anchor that GitHub gives it, so that links between guides lead to it."""
    seen: dict[str, int] = {}
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            text = "".join(child.content for child in inline.children or [])
            anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            count = seen.get(anchor, 0)
            seen[anchor] = count + 1
            token.attrSet("id", f"{anchor}-{count}" if count else anchor)


def _scrollable(tokens: list[Token]) -> list[Token]:
    """Put each table into a box that scrolls."""
    shown = []
    for token in tokens:
        if token.type == "table_open":
            box = Token("box_open", "div", 1, attrs={"class": "guide__table", "tabindex": "0"}, block=True)
            shown += [box, token]
        elif token.type == "table_close":
            shown += [token, Token("box_close", "div", -1, block=True)]
        else:
            if token.type == "th_open":
                token.attrSet("scope", "col")
            shown.append(token)
    return shown


def _with_links(children: list[Token], page: Path, audiences: frozenset[Audience]) -> list[Token]:
    """Return the inline tokens with the addresses of guides, and without links to anything else of the repository."""
    shown, keeps, guide = [], True, None
    for child in children:
        if child.type == "link_open":
            href = str(child.attrGet("href") or "")
            guide = _guide(href, page)
            address = _address(href, guide, audiences)
            keeps = bool(address)
            child.attrSet("href", address)
        elif child.type == "link_close":
            guide = None
        elif child.type == "image":
            child = Token("text", "", 0, content=child.content)  # noqa: PLW2901 - images of docs/ are not served
        elif guide and child.content.endswith(".md"):
            child.content = guide.title
        if keeps or child.type not in {"link_open", "link_close"}:
            shown.append(child)
    return shown


def _guide(href: str, page: Path) -> Guide | None:
    path = urlsplit(href).path
    return BY_FILE.get((page.parent / unquote(path)).resolve()) if path else None


def _address(href: str, guide: Guide | None, audiences: frozenset[Audience]) -> str:
    """Return where a link leads for this reader, or an empty text."""
    parts = urlsplit(href)
    if parts.scheme:
        return href if parts.scheme in {"https", "mailto"} else ""
    if href.startswith(("#", "/")):
        return href
    if guide is None or guide.audience not in audiences:
        return ""
    return reverse("help:guide", args=[guide.slug]) + (f"#{parts.fragment}" if parts.fragment else "")
