"""Counts of a page and of the whole pack, prepared for display as tiles and bars. Pure."""

from collections import Counter
from dataclasses import dataclass

from django.utils.text import slugify

from .evidence_status import VALID
from .shape import STATUSES, Count, Pack, PageView, Row, Section


@dataclass(frozen=True, slots=True)
class Tile:
    """A count and the URL of the section it counts; the URL is empty for a state, which spans sections."""

    value: int
    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A segment of a bar whose width is 100."""

    status: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the pack and the first page that shows it."""

    page: PageView
    row: Row


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of a status. `valid` counts their valid evidence by kind, the first of which expires at `first_end`."""

    status: str
    rows: list[Row]
    valid: dict[str, int]
    first_end: str

    @property
    def waits_for(self) -> str:
        return _WAITS_FOR.get(self.status, "")


@dataclass(frozen=True, slots=True)
class GateLine:
    """A gate and the number of gated claims that need it."""

    gate: str
    holder: str
    missing: str
    open: bool
    claims: int


#: Sentence for readers about what a line waits for, by status.
_WAITS_FOR = {
    "partner gated": "Waits for ServiceTitan.",
    "engineering required": "Waits for our own work.",
    "customer required": "Waits for the contractor.",
    "review required": "Waits for a reviewer.",
    "review due": "Waits for new evidence.",
}


def tiles(page: PageView) -> list[Tile]:
    """Return the counters of a page. A counter links to the section of its rows, or to the lines of its status."""
    states = {count.label for count in page.states}
    counted = iter([section for section in page.sections if section.layout.noun])

    def url(count: Count) -> str:
        if count.label in STATUSES:
            return f"#status-{slugify(count.label)}" if count.value else ""
        return "" if count.label in states else f"#{next(counted).slug}"

    return [Tile(count.value, count.label, url(count)) for count in page.counters]


def groups(page: PageView) -> list[Group]:
    """Return the lines of each status in use: ready ones, then gated ones, then those that need work."""
    rows = [row for section in page.sections for row in section.rows if "status" in row]
    order = sorted(STATUSES, key=lambda status: status not in {"ready now", "partner gated"})
    return [_group(status, listed) for status in order if (listed := [row for row in rows if row["status"] == status])]


def _group(status: str, rows: list[Row]) -> Group:
    valid = [piece for row in rows for piece in row["evidence"] if piece["state"] == VALID]
    kinds = dict(Counter(piece["kind"] for piece in valid))
    return Group(status, rows, kinds, min((piece["expires_at"] for piece in valid), default=""))


def gates(section: Section) -> list[GateLine]:
    """Return the gates that the claims of a section need, each once, the most needed first."""
    known = {gate["gate"]: gate for row in section.rows for gate in row["gates"]}
    waiting = Counter(gate["gate"] for row in section.rows for gate in row["gates"] if row["state"] == "gated")
    lines = [GateLine(**gate, claims=waiting[name]) for name, gate in known.items()]
    return sorted(lines, key=lambda line: -line.claims)


def row_tiles(page: PageView) -> list[Tile]:
    """Return the tiles without statuses, for pages that show these separately."""
    return [tile for tile in tiles(page) if tile.label not in STATUSES]


def span(page: PageView) -> str:
    """Describe which lines the page's status counts cover. Empty if no line has a status."""
    parts = [(section.heading, sum("status" in row for row in section.rows)) for section in page.status_sections]
    if not parts:
        return ""
    names = [f"{heading} ({number})" for heading, number in parts]
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    total = sum(number for _, number in parts)
    return f"Statuses are counted over {total} {'line' if total == 1 else 'lines'}: {listed}."


def shares(counts: list[Count]) -> list[Share]:
    """Return the counts as bar segments, in the same order."""
    total = sum(count.value for count in counts)
    made, start = [], 0.0
    for count in counts:
        width = 100 * count.value / total
        made.append(Share(count.label, round(start, 2), round(width, 2)))
        start += width
    return made


def register(pack: Pack) -> dict[str, list[Listed]]:
    """Map each status in use to its lines. Each line is listed once, under the first page that shows it."""
    lines: dict[str, Listed] = {}
    for page in pack.pages.values():
        for section in page.sections:
            for row in section.rows:
                if "status" in row:
                    lines.setdefault(row["anchor"], Listed(page, row))
    return {
        status: listed
        for status in STATUSES
        if (listed := [entry for entry in lines.values() if entry.row["status"] == status])
    }


def totals(pack: Pack) -> list[Count]:
    """Return how many lines of the whole pack have each status."""
    return [Count(len(listed), status) for status, listed in register(pack).items()]


def lately(pack: Pack) -> list[PageView]:
    """Return the pages that changed at the most recent change time, in the order of the pack."""
    newest = max(page.changed_at for page in pack.pages.values())
    return [page for page in pack.pages.values() if page.changed_at == newest]


def neighbours(pack: Pack, page: PageView) -> tuple[PageView | None, PageView | None]:
    """Return the previous and the next page, in the order of the landing page."""
    pages = list(pack.pages.values())
    at = next(number for number, other in enumerate(pages) if other.slug == page.slug)
    return (pages[at - 1] if at else None, pages[at + 1] if at + 1 < len(pages) else None)
