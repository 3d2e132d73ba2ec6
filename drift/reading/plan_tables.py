"""Tables that compare maintenance plans: a column for each plan, a row for each benefit. Pure."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from .blocks import Block, Element, Page
from .facts import Fact, Kind, shortened
from .money import amounts_in, period_word

MOST_ROWS = 40
LONGEST_NAME = 60
_PERIOD = re.compile(r"\b(month|mo|year|yr|annual|quarter)(?:ly)?\b", re.IGNORECASE)
_SHARE = re.compile(r"\b(?:discount|off|savings?|repairs?)\b", re.IGNORECASE)
_VISITS = re.compile(r"\b(?:tune-?ups?|visits?|inspections?|check-?ups?)\b", re.IGNORECASE)
_PERCENT = re.compile(r"\b(\d{1,2})\s?%")
_COUNT = re.compile(r"\b([1-4])\b")


def plan_tables(page: Page, context: re.Pattern[str]) -> Iterator[Fact]:
    """Yield a fact for each plan of the page's tables that match `context`, like their headings, or count visits."""
    for rows in _tables(page):
        if context.search(_words(rows)) or _gives(rows):
            yield from _plans(rows)


def _tables(page: Page) -> list[list[list[Block]]]:
    """Return the cells of each table that contains an amount, by row, in order."""
    tables: dict[Element, dict[Element, list[Block]]] = {}
    for block in page.blocks:
        row = block.element.up("tr")
        table = row.up("table") if row else None
        if row is not None and table is not None:
            tables.setdefault(table, {}).setdefault(row, []).append(block)
    grids = [list(rows.values()) for rows in tables.values()]
    return [rows for rows in grids if len(rows) <= MOST_ROWS and any("$" in cell.text for row in rows for cell in row)]


def _words(rows: Sequence[Sequence[Block]]) -> str:
    first = rows[0][0]
    return " ".join([*first.headings[-2:], *(cell.flat for cell in rows[0]), *(row[0].flat for row in rows[1:])])


def _gives(rows: Sequence[Sequence[Block]]) -> bool:
    """Return whether the rows count visits and name a discount: such a table describes plans."""
    labels = [row[0].flat for row in rows[1:]]
    return any(map(_VISITS.search, labels)) and any(map(_SHARE.search, labels))


def _plans(rows: Sequence[Sequence[Block]]) -> Iterator[Fact]:
    """Yield the plans of a table, or none if it has no row of names above a row of prices with a period."""
    names = [" ".join(cell.text.split()) for cell in rows[0]]
    for row in rows[1:]:
        prices, period = _prices(row)
        named = [name for name in names[-len(prices) :] if 0 < len(name) <= LONGEST_NAME]
        if 1 < len(named) == len(prices):
            others = [other for other in rows[1:] if other is not row and len(other) == len(row)]
            for at, (name, price) in enumerate(zip(named, prices, strict=True), 1):
                percent, detail = _benefits([(other[0].flat, other[at].flat) for other in others])
                yield row[at].fact(
                    Kind.MEMBERSHIP, name, 0.86, quote=shortened(f"{name} {row[at].text}"), price=price,
                    percent=percent, detail=detail | {"period": period},
                )  # fmt: skip
            return


def _prices(row: Sequence[Block]) -> tuple[list[Decimal], str]:
    """Return the price in each cell after the first, and their period, which the first cell may specify."""
    if len(row) < 3:
        return [], ""
    period_match = _PERIOD.search(row[0].flat)
    cell_amounts = [amounts_in(cell.flat)[:1] for cell in row[1:]]
    periods = {amount.period for amounts in cell_amounts for amount in amounts if amount.period}
    if not all(cell_amounts) or not (period_match or periods):
        return [], ""
    return [amount.value for (amount,) in cell_amounts], period_word(period_match[1]) if period_match else periods.pop()


def _benefits(cells: Sequence[tuple[str, str]]) -> tuple[Decimal | None, dict[str, str]]:
    """Return the repair discount and the yearly visits of a plan. Each cell follows the first cell of its row."""
    visits = [count[1] for head, text in cells if _VISITS.search(head) and (count := _COUNT.search(text))]
    percents = [share[1] for head, text in cells if _SHARE.search(head) and (share := _PERCENT.search(text))]
    return Decimal(percents[0]) if percents else None, {"visits": visits[0]} if visits else {}
