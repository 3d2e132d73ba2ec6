"""Convert the markup of a page to blocks of text. Runs no scripts and omits hidden text. Pure."""

import re
from itertools import takewhile

from selectolax.lexbor import LexborHTMLParser, LexborNode

from .blocks import BLOG, HEADINGS, TESTIMONIAL, Block, Element, Page
from .decoding import refuse_costly
from .vocabulary import topic

_WORDS = topic("outline")
MOST_BLOCKS = 20_000
LONGEST_BLOCK = 10_000
#: Inline elements with separate statements: two in a row are two statements.
_APART = frozenset({"a", "button", "label"})
#: Adjacent elements without white space that styles separate on the screen, such as a day and its hours.
_TOUCHING = frozenset({"span", "strong", "time", "b"})
#: A struck-out price is no longer valid.
_STRUCK = frozenset({"s", "strike", "del"})
_HIDDEN_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_FRAME = frozenset({"header", "nav", "footer", "aside"})
_POST = re.compile(r"(?:^|\s)single-post(?:\s|$)")
_SPACE = re.compile(r"[^\S\n]+")
#: "New Haven   Branford": a hard space between two soft spaces separates names.
_APART_BY_SPACE = re.compile(r"(?<=[a-z.]) (?:\xa0 )+(?=[A-Z])")
_DOLLARS = re.compile(r"\$\s?\d{1,4}\s?$")
#: "$16" and ".95" in separate boxes.
_CENTS_APART = re.compile(r"(\$\s?\d{1,4}) (?=\.\d\d\b)")
_TITLE, _SHORT = re.compile("heading|title|^summary"), re.compile(r"[^\d\n]{3,59}")
#: A line of a price list in `<pre>`: "Deck staining ..... $99". Other lines are wrapped sentences.
_LISTED = re.compile(r"\.{3}|\u2026|\$\s?\d\S{0,12}$")
_FEWEST_PILLS = 3
#: Boxes whose `<span>` elements may be pills, and the text of a pill.
_PILL_BOXES, _PILL = frozenset({"div", "section", "td", "li", "nav"}), re.compile(r"\s*[A-Z][^\d$.!?:]{2,40}")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"), None)


def outline(html: str) -> Page:
    """Return the blocks, rows, links and data of a page. Raises PageRefused if parsing would be too expensive."""
    refuse_costly(html)
    walk = _Walk()
    walk.through(LexborHTMLParser(html).root)
    return walk.page


class _Walk:
    """Walks the tree once, without recursion."""

    def __init__(self) -> None:
        self.page = Page()
        self.text: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.holder: Element | None = None
        self.headings: list[tuple[int, str]] = []
        self.after_link = False
        self.link: tuple[str, int] | None = None
        self.bold = False
        self.labels: dict[Element, str] = {}
        self.pills: dict[Element, bool] = {}

    def through(self, root: LexborNode | None) -> None:
        top = Element("-undef", None, 0, 1)
        stack: list[tuple[LexborNode | None, Element, dict[str, int]]] = [(root, top, {})]
        while stack and len(self.page.blocks) < MOST_BLOCKS:
            node, parent, places = stack.pop()
            if node is None:
                self._leave(parent)
                continue
            if node.next is not None:
                stack.append((node.next, parent, places))
            if node.is_text_node:
                self._take(node.text_content or "", parent)
            elif node.is_element_node:
                here = self._enter(node, parent, places)
                if here is not None:
                    stack.append((None, here, {}))
                    if node.first_child is not None:
                        stack.append((node.first_child, here, {}))
        self._flush()

    def _enter(self, node: LexborNode, parent: Element, places: dict[str, int]) -> Element | None:
        tag, attributes = node.tag or "", node.attributes
        places[tag] = places.get(tag, 0) + 1
        if tag == "script" and (attributes.get("type") or "").strip().lower() == "application/ld+json":
            self.page.data.append((Element(tag, parent, parent.depth + 1, places[tag]), node.text(deep=True)))
        if tag in _WORDS.skipped:
            return None
        if tag in _STRUCK or _is_hidden(attributes):
            self.page.unseen.append(node.text(deep=True, separator=" ")[:LONGEST_BLOCK])
            return None
        here = _element(tag, attributes, parent, places[tag])
        if tag == "figcaption" and node.parent is not None and node.parent.css_first("blockquote") is not None:
            here.marks = here.marks | {TESTIMONIAL}
        if tag == "span" and self._has_pills(node, parent):
            self._flush()
            self.holder, self.bold = here, False
        elif tag not in _WORDS.inline or (tag in _APART and self.after_link):
            self._flush()
        elif self.text and node.prev is not None and node.prev.tag in _TOUCHING:
            self.text.append(" ")
        elif tag == "sup" and _DOLLARS.search("".join(self.text[-3:])):
            self.text.append(".")
        self._special(tag, attributes, node, here)
        return here

    def _has_pills(self, node: LexborNode, parent: Element) -> bool:
        """Return whether a box consists of three or more names in `<span>` elements: "Mesa", "Tempe", "Gilbert"."""
        if parent not in self.pills:
            box = node.parent if parent.tag in _PILL_BOXES else None
            children = box.iter(include_text=True) if box is not None else ()
            texts = [(child.tag, text) for child in children if (text := child.text(deep=True)).strip()]
            is_pill = (tag == "span" and _PILL.fullmatch(text) for tag, text in texts)
            self.pills[parent] = len(texts) >= _FEWEST_PILLS and all(is_pill)
        return self.pills[parent]

    def _special(self, tag: str, attributes: dict[str, str | None], node: LexborNode, here: Element) -> None:
        name = (attributes.get("itemprop") or attributes.get("property") or "").rpartition(":")[2].strip()
        if name in _WORDS.props and TESTIMONIAL not in here.marks and len(self.page.props) < 1000:
            value = attributes.get("content") or attributes.get("datetime") or node.text(deep=True, separator=" ")
            self.page.props.append((name, " ".join(value.split())[:500], here))
        if tag == "a":
            self.link = ((attributes.get("href") or "").strip(), len(self.text))
        elif tag == "br":
            self.text.append("\n")
        elif tag == "img" and len((attributes.get("alt") or "").split()) > 1:
            self._alone(attributes["alt"] or "", here)
        elif tag == "meta" and (attributes.get("name") or "").lower() == "description":
            self._alone(attributes.get("content") or "", here)

    def _leave(self, here: Element) -> None:
        if here.tag not in _WORDS.inline:
            self._flush()
        elif here.tag == "a" and self.link is not None:
            (address, start), self.link = self.link, None
            self.links.append((address, _clean("".join(self.text[start:]))))
            self.holder = self.holder or here
        self.after_link = self.after_link or here.tag in _APART

    def _take(self, text: str, parent: Element) -> None:
        if not text or (not self.text and text.isspace()):
            return
        if self.holder is None:
            self.holder = next(here for here in parent.line() if here.tag not in _WORDS.inline or here.tag in _APART)
            self.bold = True
        if not text.isspace():
            inline = takewhile(lambda here: here.tag in _WORDS.inline, parent.line())
            self.bold = self.bold and any(here.tag in ("strong", "b") for here in inline)
            self.after_link = False
        is_list = "$" in text and parent.up("pre")
        self.text.append(_with_lines(text) if is_list else text.replace("\n", " "))

    def _alone(self, text: str, here: Element) -> None:
        """Add the text of an attribute as a separate block."""
        self._flush()
        self.holder, self.text = here, [text.replace("\n", " ")]
        self._flush()

    def _flush(self) -> None:
        text, links, holder = _clean("".join(self.text)), self.links, self.holder
        self.text, self.links, self.holder, self.after_link = [], [], None, False
        if self.link is not None:
            self.link = (self.link[0], 0)
        if holder is None or not (text or links):
            return
        if self.page.blocks and self.page.blocks[-1].region != holder.region:
            self.headings = []
        if heading := _level(holder, text, is_bold=self.bold):
            self.headings = [known for known in self.headings if known[0] < heading]
        items = [self.labels.setdefault(item, text[:80]) for item in holder.line() if item.tag == "li"]
        menu = items[1] if len(items) > 1 else ""  # "Service Areas" above "Mesa"
        headings = tuple(words for _, words in self.headings)
        self.page.blocks.append(Block(text, holder, len(self.page.blocks), headings, links, menu, heading))
        if heading:
            self.headings.append((heading, text[:200]))
        if holder.tag == "title":
            self.page.title = self.page.title or text


def _with_lines(text: str) -> str:
    """Return preformatted text with the ends of the lines of its price list, and of empty lines, only."""
    *lines, last = map(str.rstrip, text.split("\n"))
    return "".join(line + ("\n" if not line or _LISTED.search(line) else " ") for line in lines) + last


def _clean(text: str) -> str:
    text = _APART_BY_SPACE.sub(" | ", text)
    text = _SPACE.sub(" ", text.translate(_INVISIBLE))[:LONGEST_BLOCK]
    text = _CENTS_APART.sub(r"\1", text)
    return "\n".join(line for part in text.split("\n") if (line := part.strip()))


def _level(holder: Element, text: str, *, is_bold: bool) -> int:
    """Return the heading level: 1 to 6, 5 for a box that is styled as a heading, 6 for a short bold text, else 0."""
    if not text or len(text) > 160:
        return 0
    here = next(here for here in holder.line() if here.tag not in _WORDS.inline)
    if here.tag == "p" and here.parent is not None and here.parent.tag in HEADINGS:
        here = here.parent
    if here.tag in HEADINGS:
        return int(here.tag[1])
    if len(text) < 80 and here.tag in ("div", "p", "span", "summary") and _TITLE.search(f"{here.tag} {here.words}"):
        return 5
    return 6 if is_bold and holder.tag in ("p", "div") and _SHORT.fullmatch(text) else 0


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    if _WORDS.hidden_words.search((attributes.get("class") or "")[:500]):
        return True
    if attributes.get("role") in ("tabpanel", "region"):
        return False  # scripts show these
    is_hidden = "hidden" in attributes and attributes["hidden"] != "false"
    return is_hidden or bool(_HIDDEN_STYLE.search((attributes.get("style") or "")[:500]))


def _element(tag: str, attributes: dict[str, str | None], parent: Element, place: int) -> Element:
    words, about = "", f"<{tag}>"
    if attributes:
        words = f"{attributes.get('id') or ''} {attributes.get('class') or ''}"[:300].lower()
        about += f" role={attributes.get('role')} itemtype={attributes.get('itemtype')} {words}"
    region = _region(tag, about, parent)
    # The frame around an article is the shop's own text.
    marks = parent.marks - {BLOG} if region in _FRAME else parent.marks
    if tag in ("html", "body"):
        marks |= {BLOG} if _POST.search(words) else set()
    else:
        marks |= {mark for mark, pattern in _WORDS.marks.items() if pattern.search(about)}
    return Element(tag, parent, parent.depth + 1, place, words, region, marks)


def _region(tag: str, about: str, parent: Element) -> str:
    known = parent.region
    if tag == "head":
        return tag
    if known in ("footer", "nav", "head") or tag in ("html", "body", *HEADINGS):
        return known
    if tag == "header" and any(parent.up(box) for box in ("main", "article", "section")):
        return known
    return next((name for name, pattern in _WORDS.regions.items() if pattern.search(about)), known)
