"""Read model of a version: pages, sections and counters. Pure: it takes the document and makes no query.

Rows stay the plain mappings of the document (see `services.document`): kind, anchor, slug, title, owner, status, state,
since, fields, evidence, as_built, changed_at.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from pagetojob.claims.registry import CLAIMS

from .layout import GROUPS, SectionLayout, section_layout

Row = dict[str, Any]

STATUSES = (
    *("ready now", "customer required", "engineering required", "partner gated"),
    *("review required", "review due"),
)


@dataclass(frozen=True, slots=True)
class Count:
    """A number with its label."""

    value: int
    label: str


@dataclass(frozen=True)
class Section:
    """A section of a page, with its heading, its rows, and its panel if it has one."""

    slug: str
    heading: str
    intro: str
    rows: list[Row]
    layout: SectionLayout

    @property
    def kind(self) -> str:
        return self.rows[0]["kind"] if self.rows else ""


@dataclass(frozen=True)
class PageView:
    """A page of one version."""

    slug: str
    title: str
    heading: str
    intro: str
    notice: str
    changed_at: datetime
    sections: list[Section]

    @property
    def status_sections(self) -> list[Section]:
        """Return the sections whose rows have a status. The status counters cover these."""
        return [section for section in self.sections if any("status" in row for row in section.rows)]

    @property
    def statuses(self) -> list[Count]:
        """Return how many rows have each status, without unused statuses."""
        numbers = Counter(row["status"] for section in self.sections for row in section.rows if "status" in row)
        return [Count(numbers[status], status) for status in STATUSES if numbers[status]]

    @property
    def counters(self) -> list[Count]:
        """Return the counts of the page: rows of its sections, then statuses."""
        rows = [_counted(section) for section in self.sections if section.layout.noun]
        if self.slug == "api-readiness":
            numbers = {count.label: count.value for count in self.statuses}
            named = ("ready now", "engineering required", "partner gated")
            return [*(Count(numbers.get(status, 0), status) for status in named), *rows]
        return [*rows, *self.statuses, *self.states]

    @property
    def states(self) -> list[Count]:
        """Return how many claims, flags and gates are in each state, in the order of the page."""
        counted = (section for section in self.sections if section.layout.noun)
        return [
            Count(number, "closed" if state == "shut" else state)
            for state, number in Counter(
                row["state"] for section in counted for row in section.rows if "state" in row
            ).items()
        ]


def _counted(section: Section) -> Count:
    noun, number = section.layout.noun, len(section.rows)
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return Count(number, noun if number == 1 else plural)


@dataclass(frozen=True)
class Pack:
    """A version with its number, SHA-256 and document."""

    number: int
    sha256: str
    created_at: datetime
    document: Row

    @cached_property
    def valid_until(self) -> datetime | None:
        """Return when the next evidence on a page lapses, or None."""
        text = self.document["valid_until"]
        return datetime.fromisoformat(text) if text else None

    @cached_property
    def pages(self) -> dict[str, PageView]:
        return {page["slug"]: _page(page) for page in self.document["pages"]}

    @property
    def disclaimers(self) -> list[str]:
        """Return the texts that every page must show."""
        return [row["title"] for row in self.document["disclaimers"]]

    @property
    def groups(self) -> list[tuple[str, list[PageView]]]:
        """Return the pages in the groups of the landing page."""
        return [(name, [self.pages[slug] for slug in slugs if slug in self.pages]) for name, slugs in GROUPS.items()]

    @property
    def gated_claims(self) -> frozenset[str]:
        """Return the gated claims of this version. A claim that the pack does not contain is also gated."""
        rows = (row for page in self.pages.values() for section in page.sections for row in section.rows)
        return frozenset(CLAIMS) - {row["slug"] for row in rows if row["kind"] == "claim" and row["state"] == "allowed"}

    def section(self, page: str, slug: str) -> Section | None:
        sections = self.pages[page].sections if page in self.pages else []
        return next((section for section in sections if section.slug == slug), None)


def _page(page: Row) -> PageView:
    return PageView(
        **{name: page[name] for name in ("slug", "title", "heading", "intro", "notice")},
        changed_at=datetime.fromisoformat(page["changed_at"]),
        sections=[
            Section(
                **{name: section[name] for name in ("slug", "heading", "intro", "rows")},
                layout=section_layout(page["slug"], section["slug"]),
            )
            for section in page["sections"]
        ],
    )
