"""The figures of a page and of the whole pack, ready to be shown: tiles, shares, and what they span. Pure."""

from dataclasses import dataclass

from .shape import STATUSES, Count, Pack, PageView, Row


@dataclass(frozen=True, slots=True)
class Tile:
    """A count, and where on the page the things counted stand; empty for a status or state, of many places."""

    value: int
    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """One stretch of a bar a hundred wide."""

    status: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the pack and the page it stands on first."""

    page: PageView
    row: Row


def tiles(page: PageView) -> list[Tile]:
    """The counters of a page; one that counts the rows of a section leads to it."""
    words = {*STATUSES, *(count.label for count in page.states)}
    counted = iter([section for section in page.sections if section.layout.noun])
    return [
        Tile(count.value, count.label, "" if count.label in words else f"#{next(counted).slug}")
        for count in page.counters
    ]


def row_tiles(page: PageView) -> list[Tile]:
    """The same without the statuses, for where these are shown by themselves."""
    return [tile for tile in tiles(page) if tile.label not in STATUSES]


def span(page: PageView) -> str:
    """Over which lines the statuses of a page are counted; empty when none of its lines has one."""
    parts = [(section.heading, sum("status" in row for row in section.rows)) for section in page.status_sections]
    if not parts:
        return ""
    names = [f"{heading} ({number})" for heading, number in parts]
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    total = sum(number for _, number in parts)
    return f"Statuses are counted over {total} {'line' if total == 1 else 'lines'}: {listed}."


def shares(counts: list[Count]) -> list[Share]:
    """The same counts as stretches of a bar, in the same order."""
    total = sum(count.value for count in counts)
    made, start = [], 0.0
    for count in counts:
        width = 100 * count.value / total
        made.append(Share(count.label, round(start, 2), round(width, 2)))
        start += width
    return made


def register(pack: Pack) -> dict[str, list[Listed]]:
    """Each status some line of the pack has, and those lines: every line once, on the page where it stands first."""
    found: dict[str, Listed] = {}
    for page in pack.pages.values():
        for section in page.sections:
            for row in section.rows:
                if "status" in row:
                    found.setdefault(row["anchor"], Listed(page, row))
    return {
        status: listed
        for status in STATUSES
        if (listed := [entry for entry in found.values() if entry.row["status"] == status])
    }


def totals(pack: Pack) -> list[Count]:
    """How many lines of the whole pack have each status."""
    return [Count(len(listed), status) for status, listed in register(pack).items()]


def lately(pack: Pack) -> list[PageView]:
    """The pages whose words changed with the newest of all changes, in the order of the pack."""
    newest = max(page.changed_at for page in pack.pages.values())
    return [page for page in pack.pages.values() if page.changed_at == newest]


def neighbours(pack: Pack, page: PageView) -> tuple[PageView | None, PageView | None]:
    """The page before and the page after, in the order of the landing page."""
    pages = list(pack.pages.values())
    at = next(number for number, other in enumerate(pages) if other.slug == page.slug)
    return (pages[at - 1] if at else None, pages[at + 1] if at + 1 < len(pages) else None)
