"""Places of rows in a version: page and anchor."""

from dataclasses import dataclass

from django.urls import reverse

from .shape import Pack, Row


@dataclass(frozen=True, slots=True)
class Place:
    """A row and the first page that shows it."""

    page: str
    page_title: str
    row: Row

    @property
    def title(self) -> str:
        return str(self.row["title"])

    @property
    def url(self) -> str:
        return f"{page_url(self.page)}#{self.row['anchor']}"


def page_url(slug: str) -> str:
    return reverse("readiness:landing") if slug == "landing" else reverse("readiness:page", args=[slug])


def places(pack: Pack) -> dict[tuple[str, str], Place]:
    """Map (kind, anchor) to the place of each row, in the order of the pages. No query."""
    by_anchor: dict[tuple[str, str], Place] = {}
    for page in pack.pages.values():
        for section in page.sections:
            for row in section.rows:
                by_anchor.setdefault((row["kind"], row["anchor"]), Place(page.slug, page.title, row))
    return by_anchor
