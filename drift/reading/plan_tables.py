"""Tables that compare maintenance plans: a column for each plan, a row for each benefit. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from .blocks import Block, Element, Page
from .facts import Fact, Kind, shortened
from .money import amounts_in, period_word

MOST_ROWS = 40
LONGEST_NAME = 60
_SHORTEST, _ENOUGH = 3, 2
_PERIOD = re.compile(r"\b(month|mo|year|yr|annual|quarter)(?:ly)?\b", re.IGNORECASE)
_SHARE = re.compile(r"\b(?:discount|off|savings?|repairs?)\b", re.IGNORECASE)
_VISITS = re.compile(r"\b(?:tune-?ups?|visits?|inspections?|check-?ups?)\b", re.IGNORECASE)
_PERCENT = re.compile(r"\b(\d{1,2})\s?%")
_COUNT = re.compile(r"\b([1-4])\b")


@dataclass
class _Plan:
    cell: Block
    name: str
    price: Decimal | None
    percent: Decimal | None = None
    detail: dict[str, str] = field(default_factory=dict)

    def fact(self, quote: str) -> Fact:
        return self.cell.fact(
            Kind.MEMBERSHIP, self.name, 0.86, quote=shortened(quote), price=self.price, percent=self.percent,
            detail=self.detail,
        )  # fmt: skip


def plan_tables(page: Page, context: re.Pattern[str], names: Iterable[str] = ()) -> Iterator[Fact]:
    """Yield a fact for each plan of the page's tables.

    A table counts if its text or the headings above it match `context`, or if it contains two of `names`.
    """
    own = tuple(name.casefold() for name in names)
    for rows in _tables(page):
        if not (context.search(_words(rows)) or _gives(rows) or _names_own(rows[0], own)):
            continue
        for plan in _plans(rows):
            yield plan.fact(f"{plan.name} {plan.cell.text}")


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


def _of_cell(plan: _Plan, head: str, text: str) -> None:
    """Set the field of a plan that one of its cells describes."""
    if plan.price is None and (amounts := amounts_in(text)):
        plan.price = amounts[0].value
        if period := amounts[0].period or ((word := _PERIOD.search(head)) and period_word(word[1])):
            plan.detail["period"] = period
    elif _VISITS.search(head) and (count := _COUNT.search(text)):
        plan.detail.setdefault("visits", count[1])
    elif plan.percent is None and (share := _PERCENT.search(text)):
        plan.percent = Decimal(share[1])


def _names_own(head: Sequence[Block], own: Sequence[str]) -> bool:
    """Return whether two header cells are names of the tenant's plans, or the last words of such names."""
    cells = {cell for cell in (" ".join(block.text.split()).casefold() for block in head[1:]) if len(cell) > _SHORTEST}
    return sum(any(f" {name}".endswith(f" {cell}") for name in own) for cell in cells) >= _ENOUGH


def _plans(rows: Sequence[Sequence[Block]]) -> list[_Plan]:
    """Return the plans of a table, or none if it has no row of names above a row of prices with a period."""
    for at, row in enumerate(rows[1:], 1):
        prices, period = _prices(row)
        names = [" ".join(cell.text.split()) for cell in rows[0]][-len(prices) :] if prices else []
        if len(names) > 1 and len(names) == len(prices) and all(0 < len(name) <= LONGEST_NAME for name in names):
            plans = [
                _Plan(cell, name, price, detail={"period": period})
                for cell, name, price in zip(row[1:], names, prices, strict=True)
            ]
            for other in (*rows[1:at], *rows[at + 1 :]):
                _benefit(other, plans)
            return plans
    return []


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


def _benefit(row: Sequence[Block], plans: Sequence[_Plan]) -> None:
    """Set the repair discount or the yearly visits of each plan."""
    if len(row) != len(plans) + 1:
        return
    if _VISITS.search(row[0].flat) or _SHARE.search(row[0].flat):
        for cell, plan in zip(row[1:], plans, strict=True):
            _of_cell(plan, row[0].flat, cell.flat)
