"""Helpers that read pages like a visitor: text, ids and links of a page, and the lines of the original page."""

import re
from html.parser import HTMLParser
from pathlib import Path

PAGE = "/servicetitan-ready-websites/api-readiness"
HERE = Path(__file__).parent
IN_LINE = {"a", "code", "small", "span", "strong", "time"}


class MainText(HTMLParser):
    """Collector of ids, links and text inside <main>, except the table of contents and links to other pages.

    Breadcrumbs count as text, because they name the page.
    """

    def __init__(self) -> None:
        super().__init__()
        self.inside = False
        self.around = 0
        self.pieces: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = self.inside or tag == "main"
        self.pieces.append("" if tag in IN_LINE else " ")
        named = dict(attrs)
        self.around += tag == "nav" and named.get("aria-label") != "Breadcrumb"
        self.ids += [named["id"] or ""] if "id" in named else []
        self.links += [named["href"] or ""] if tag == "a" and "href" in named else []

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "main"
        self.around -= tag == "nav" and self.around > 0
        self.pieces.append("" if tag in IN_LINE else " ")

    def handle_data(self, data: str) -> None:
        if self.inside and not self.around:
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())


def read(html: str) -> MainText:
    parser = MainText()
    parser.feed(html)
    return parser


def seed_lines() -> list[str]:
    """Return the lines of the original page, without blank lines and bullets."""
    lines = (HERE / "seed.txt").read_text(encoding="utf-8").splitlines()
    return [re.sub(r"^• - ", "", line.strip()) for line in lines if line.strip()]
