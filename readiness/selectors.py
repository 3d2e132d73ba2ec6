"""What the pages of the pack show and count. Counted from the very rows that are shown."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .errors import PackNotLoaded
from .models import (
    ChecklistItem,
    DataBoundary,
    Disclaimer,
    GatedClaim,
    PackRow,
    Page,
    PageSection,
    PartnerMaterial,
    ReadinessLine,
    Runbook,
    RunbookStep,
    Status,
)

SCHEMA = "pagetojob.api-readiness/1"
#: Sections in the order of the page, and the heading of one whose row is gone.
SECTIONS = {
    "summary": "Readiness summary",
    "checklist": "Checklist",
    "boundaries": "Data boundaries",
    "runbooks": "Runbooks",
    "materials": "Partner materials",
    "claims": "Gated claims",
    "disclaimers": "Disclaimers",
}
#: Pages that have an address, in the order of the landing page.
LISTED_PAGES = ("api-readiness",)


@dataclass(frozen=True, slots=True)
class Count:
    """A number with its word."""

    value: int
    label: str


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything the API-readiness page shows, read once."""

    page: Page
    headings: dict[str, str]
    checklist: list[ChecklistItem]
    boundaries: list[DataBoundary]
    runbooks: list[Runbook]
    materials: list[PartnerMaterial]
    claims: list[GatedClaim]
    disclaimers: list[Disclaimer]

    @property
    def lines(self) -> list[ReadinessLine]:
        """What the status counters span: the checklist and the partner materials together."""
        return [*self.checklist, *self.materials]

    @property
    def statuses(self) -> list[Count]:
        """How many lines have each status; statuses no line has are left out."""
        numbers = Counter(line.status for line in self.lines)
        return [Count(numbers[status], status) for status in Status.values if numbers[status]]

    @property
    def counters(self) -> list[Count]:
        """The four figures of the summary."""
        numbers = Counter(line.status for line in self.lines)
        shown = (Status.READY_NOW, Status.ENGINEERING_REQUIRED, Status.PARTNER_GATED)
        runbooks = Count(len(self.runbooks), "runbook" if len(self.runbooks) == 1 else "runbooks")
        return [*(Count(numbers[status], status.value) for status in shown), runbooks]

    @property
    def last_change(self) -> datetime:
        """When any row the page shows was last changed."""
        rows: list[Page | PackRow | RunbookStep] = [self.page, *self.lines, *self.boundaries, *self.runbooks]
        rows += [*self.claims, *self.disclaimers]
        rows += [step for runbook in self.runbooks for step in runbook.steps.all()]
        return max(row.updated_at for row in rows)


def api_readiness() -> Pack:
    """The whole page in eight queries, however many rows there are."""
    sections = list(PageSection.objects.filter(page__slug="api-readiness").select_related("page"))
    if not sections:
        raise PackNotLoaded("Run manage.py load_readiness first.")
    return Pack(
        page=sections[0].page,
        headings=SECTIONS | {section.slug: section.heading for section in sections},
        checklist=list(ChecklistItem.objects.all()),
        boundaries=list(DataBoundary.objects.all()),
        runbooks=list(Runbook.objects.prefetch_related("steps")),
        materials=list(PartnerMaterial.objects.all()),
        claims=list(GatedClaim.objects.all()),
        disclaimers=disclaimers(),
    )


def disclaimers() -> list[Disclaimer]:
    """What every page that describes ServiceTitan readiness must say. One query."""
    return list(Disclaimer.objects.all())


def landing() -> tuple[Page, list[Page]]:
    """The landing page's own words, and the pages it leads to. One query."""
    pages = {page.slug: page for page in Page.objects.filter(slug__in=("landing", *LISTED_PAGES))}
    if "landing" not in pages:
        raise PackNotLoaded("Run manage.py load_readiness first.")
    return pages["landing"], [pages[slug] for slug in LISTED_PAGES if slug in pages]


def document(pack: Pack) -> dict[str, object]:
    """The page as data: every row, every figure, under a named schema."""
    line = ("title", "owner", "status", "current", "next_step")
    return {
        "schema": SCHEMA,
        "url": pack.page.get_absolute_url(),
        "last_change": pack.last_change,
        "page": {name: getattr(pack.page, name) for name in ("title", "heading", "intro", "notice")},
        "headings": {slug: pack.headings[slug] for slug in SECTIONS},
        "counters": {
            "shown": [{"label": count.label, "value": count.value} for count in pack.counters],
            "statuses": {count.label: count.value for count in pack.statuses},
            "statuses_span": ["checklist", "materials"],
            "lines": len(pack.lines),
        },
        "checklist": [_as_data(row, *line) for row in pack.checklist],
        "boundaries": [_as_data(row, "family", "current", "future", "rule") for row in pack.boundaries],
        "runbooks": [
            _as_data(row, "name", "trigger", "promise")
            | {"steps": [{"slug": step.slug, "text": step.text} for step in row.steps.all()]}
            for row in pack.runbooks
        ],
        "materials": [_as_data(row, *line) for row in pack.materials],
        "claims_still_gated": [_as_data(row, "text") for row in pack.claims],
        "disclaimers": [_as_data(row, "text") for row in pack.disclaimers],
    }


def _as_data(row: Any, *names: str) -> dict[str, object]:
    return {
        "slug": row.slug,
        **{name: getattr(row, name) for name in names},
        "url": row.get_absolute_url(),
        "updated_at": row.updated_at,
    }
