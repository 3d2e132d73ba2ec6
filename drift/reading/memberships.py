"""Extract maintenance plans: their names, prices and benefits. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import dropwhile

from .blocks import Block, Page
from .facts import Fact, Kind, shortened
from .frames import BARE, card_of, is_in, joined, quoted, tables_of
from .guide import stems
from .money import Amount, amounts_in, period_in
from .sentences import PRICES_OF_OTHERS, is_denied, sentence_around
from .vocabulary import NUMBERS, topic

_WORDS = topic("memberships")
_COUNTS = {word: str(number) for number, word in enumerate(NUMBERS)} | {"once": "1", "twice": "2"}
_GENERAL = stems("maintenance service hvac heating cooling air annual plan plans program agreement membership club our")
_LONGEST_PRICE, _LONGEST_LINE, _MOST_ROWS = 20, 120, 40


def memberships(page: Page, names: Collection[str] = ()) -> Iterator[Fact]:
    """Yield a fact for each plan that the page names, with its price and benefits if they are printed.

    `names` are the tenant's own plans, found anywhere on the page.
    """
    own = _pattern_of(names)
    columns = {table: list(_columns(rows)) for table, rows in tables_of(page).items()}
    facts = [plan for plans in columns.values() for plan in plans]
    boxes = [table for table, plans in columns.items() if plans]
    outside = (block for block in page.blocks if not any(is_in(block.element, box) for box in boxes))
    prices = {block.index: price for block in outside if (price := _price_of(page.blocks, block.index, own))}
    written = (name for block in page.blocks for name, _ in _written(block.flat))
    first = next(written, "") if len(prices) == 1 else ""
    places = list(prices)
    for which, at in enumerate(places):
        card = card_of(page.blocks, places, which)
        if name := next(filter(None, _names(page.blocks, at, card, own)), first):
            facts.append(_plan(page.blocks[at], name, prices[at], quoted(card, page.blocks[at]), _text(card)))
    facts += _unpriced(page.blocks, {fact.value.casefold() for fact in facts}, own)
    yield from _resolved(facts, own)


def _pattern_of(names: Iterable[str]) -> re.Pattern[str]:
    """Match the longest name at a position: "Ridge Club Plus" does not name "Ridge Club"."""
    longest_first = sorted((name for name in names if len(name) > 3), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})(?!\w)", re.IGNORECASE)


def _longest(own: re.Pattern[str], texts: Iterable[str]) -> str:
    """Return the longest of the tenant's names in the first text that has one."""
    return next((max(matches, key=len) for text in texts if (matches := own.findall(text))), "")


def _plan(block: Block, name: str, price: Amount, quote: str, text: str) -> Fact:
    """Return the fact of a plan with a price. `text` is its card or its column."""
    percent, detail = _benefits(text)
    detail |= ({"period": price.period} if price.period else {}) | ({"from": "yes"} if price.is_from else {})
    return block.fact(Kind.MEMBERSHIP, name, 0.88, quote=quote, price=price.value, percent=percent, detail=detail)


def _text(card: Iterable[Block]) -> str:
    return "\n".join(part.flat for part in card)


def _columns(rows: Sequence[Block]) -> Iterator[Fact]:
    """Yield the plans of a table with a column for each: a row of names above a row of prices with a period."""
    grid = [row.flat.split(" | ") for row in rows[:_MOST_ROWS]]
    words = " ".join([*rows[0].headings[-2:], *grid[0], *(cells[0] for cells in grid[1:])])
    for row, (head, *cells) in zip(rows[1:], grid[1:], strict=False):
        prices = [price for cell in cells for price in amounts_in(cell)[:1]]
        period = next((price.period for price in prices if price.period), "") or period_in(head)
        if period and 1 < len(cells) == len(prices) <= len(grid[0]):
            labels, *columns = zip(*(other for other in grid[1:] if len(other) == len(cells) + 1), strict=True)
            for name, cell, price, column in zip(grid[0][-len(cells) :], cells, prices, columns, strict=True):
                text = "\n".join(f"{value} {label} {value}" for label, value in zip(labels, column, strict=True))
                plan = _plan(row, name, replace(price, period=period, is_from=False), shortened(f"{name} {cell}"), text)
                is_plan = _WORDS.context.search(words) or _WORDS.plan.search(rows[0].heading)
                if is_plan or (plan.percent and "visits" in plan.detail):
                    yield plan
            return


def _price_of(blocks: Sequence[Block], at: int, own: re.Pattern[str]) -> Amount | None:
    """Return the price of a block if it is a plan's. "$19" and "/month" may be two blocks."""
    block = blocks[at]
    if "$" not in block.text or block.tag in ("title", "meta"):
        return None
    text = joined(blocks, at)
    price = next((price for price in amounts_in(text) if price.period and not price.is_list_price), None)
    if price is None:
        return _bare_price(blocks, at)
    above = [near.flat for near in blocks[max(0, at - 2) : at] if len(near.flat) < 300]
    around = " | ".join([text, *block.headings[-2:], *above])
    below = _text(near for near in blocks[at + 1 : at + 5] if not near.is_heading and len(near.flat) < _LONGEST_LINE)
    is_plan = _WORDS.context.search(around) or _WORDS.name.search(around) or own.search(around)
    is_choice = len(text) < _LONGEST_PRICE and _WORDS.choice.search(" | ".join(block.headings[:-1]))
    is_other = _WORDS.no_plan.search(text) or _WORDS.added.search(text, 0, price.start)
    is_other = is_other or PRICES_OF_OTHERS.search(text, 0, price.end)
    return price if (is_plan or is_choice or _WORDS.visits.search(below)) and not is_other else None


def _bare_price(blocks: Sequence[Block], at: int) -> Amount | None:
    """Return a price without a period next to the heading of a plan on the same card."""
    block = blocks[at]
    heads = [near for near in blocks[max(0, at - 1) : at + 3] if near.is_heading and _WORDS.plan.search(near.flat)]
    if not BARE.fullmatch(block.flat) or not any(head.element.is_near(block.element, 2) for head in heads):
        return None
    below = _text(near for near in blocks[at : at + 5] if len(near.flat) < _LONGEST_LINE)
    return replace(amounts_in(block.flat)[0], period=period_in(below))


def _names(blocks: Sequence[Block], at: int, card: Sequence[Block], own: re.Pattern[str]) -> Iterator[str]:
    """Yield names of a plan, the best first: the tenant's, the card's tier, a written name, a heading."""
    block = blocks[at]
    whole = [block.flat, *(part.flat for part in card)]
    above = next((part.flat for part in card if part.index == block.index - 1), "")
    yield _longest(own, [above, *whole])
    titles = [part for part in card if part.is_heading or (part.tag != "li" and part.index < block.index)]
    names = [part.flat.split(" - ")[0] for part in titles]  # "Essential - up to 2,000 sq ft"
    yield from (name for name in names if len(name.split()) <= 3 and _WORDS.tier.search(name))
    yield _longest(own, reversed(block.headings))
    if len(block.flat) < _LONGEST_PRICE and len(above.split()) <= 3 and "$" not in above:
        yield above  # a short line above the price in its card
    yield from (name for text in [*whole, *reversed(block.headings)] for name, _ in _written(text))
    heads = [part.flat for part in card if part.is_heading]
    yield from (head for head in heads if "$" not in head and not _WORDS.to_reader.search(head))


def _written(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the names of plans in a text without their general first words, and where they are."""
    for match in _WORDS.name.finditer(text):
        words = list(dropwhile(lambda word: word.lower() in _WORDS.generic, match[1].split()))
        if len(words) > 1 and not _WORDS.no_plan.search(match[1]):
            yield " ".join(words), match.span()


def _unpriced(blocks: Sequence[Block], priced: Collection[str], own: re.Pattern[str]) -> Iterator[Fact]:
    """Yield the plans that the text names without a price."""
    for block in blocks:
        named = list(_names_in(block, own))
        # Text before the name of the plan is about something else, and text with several plans about any of them.
        first = sentence_around(block.text, *named[0][1])[0] if len(named) == 1 else len(block.text)
        percent, detail = _benefits(block.flat[first:])
        for name, span, sure in named:
            if name.casefold() not in priced and not is_denied(block.flat, *span):
                yield block.fact(Kind.MEMBERSHIP, name, sure, span=span, percent=percent, detail=detail)


def _names_in(block: Block, own: re.Pattern[str]) -> Iterator[tuple[str, tuple[int, int], float]]:
    text = block.flat
    if spans := {match.group(): match.span() for match in reversed(list(own.finditer(text)))}:
        yield from ((name, span, 0.9) for name, span in spans.items())
    elif block.tag not in ("title", "meta"):
        for name, (first, last) in _written(text):
            around = f"{text[max(0, first - 80) : last + 80]} {block.heading}"
            if _WORDS.context.search(around) and not _WORDS.no_plan.search(around):
                yield name, (first, last), 0.7 if name.split()[0].lower() not in ("maintenance", "service") else 0.6


def _benefits(text: str) -> tuple[Decimal | None, dict[str, str]]:
    """Return the repair discount and the yearly visits, if the text names them."""
    percent, visits = _WORDS.percent.search(text), _WORDS.visits.search(text)
    word = next(filter(None, visits.groups())).lower() if visits else ""
    detail = {"visits": _COUNTS.get(word, word)} if word else {}
    return Decimal(next(filter(None, percent.groups()))) if percent else None, detail


def _resolved(facts: Sequence[Fact], own: re.Pattern[str]) -> Iterator[Fact]:
    """Give a plan its whole name, and drop names without a price that are a part of another or too general.

    "Maintenance plan" is too general if the page has a plan with a price. The tenant's `own` names stay as they are.
    """
    priced = {fact.value.casefold() for fact in facts if fact.price is not None}
    others = [fact.value for fact in facts if fact.value.casefold() not in priced]
    for fact in facts:
        name = next((name for name in others if name.casefold().endswith(f" {fact.value.casefold()}")), fact.value)
        if own.fullmatch(fact.value):
            yield fact
        elif fact.price is not None:
            yield replace(fact, value=name)
        elif name == fact.value and (not priced or stems(name) - _GENERAL):
            yield fact
