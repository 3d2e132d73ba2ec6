"""Extract maintenance plans: their names, prices and benefits. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from .blocks import Block, Page
from .facts import Fact, Kind, shortened
from .frames import are_in_sibling_cards, card_of, is_in, joined, quoted, tables_of
from .guide import stems
from .money import Amount, amounts_in, period_in
from .sentences import PRICES_OF_OTHERS, is_denied, sentence_around
from .vocabulary import NUMBERS, phrase_pattern, word_set

_NAME = phrase_pattern("memberships", "name")
_CONTEXT = phrase_pattern("memberships", "context")
_NO_PLAN = phrase_pattern("memberships", "no_plan")
_GENERIC = word_set("memberships", "generic")
_PERCENT = phrase_pattern("memberships", "percent")
_COUNTS = {word: str(number) for number, word in enumerate(NUMBERS)} | {"once": "1", "twice": "2"}
_VISITS = phrase_pattern("memberships", "visits")
_TIER = phrase_pattern("memberships", "tier")
_TO_READER = phrase_pattern("memberships", "to_reader")
_IS_PLAN = phrase_pattern("memberships", "plan")
_ADDED = phrase_pattern("memberships", "added")
_ALONE = re.compile(r"\$\s?[\d,.]+")
_A_YEAR = re.compile(r"\b(?:in one|a|per|each|every) year\b|\bannual", re.IGNORECASE)
_GENERAL = stems("maintenance service hvac heating cooling air annual plan plans program agreement membership club our")
LONGEST_NAME, _LONGEST_PRICE, _LONGEST_LINE = 60, 20, 120
_MOST_ROWS = 40


@dataclass(frozen=True)
class _Plans:
    """The tenant's own plans."""

    names: tuple[str, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Match the longest name at a position: "Ridge Club Plus" does not name "Ridge Club"."""
        longest_first = sorted(filter(None, self.names), key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})(?!\w)", re.IGNORECASE)

    def spans(self, text: str) -> dict[str, tuple[int, int]]:
        """Return where a text first names each plan."""
        spelled = {name.casefold(): name for name in self.names}
        matches = reversed(list(self.pattern.finditer(text)))
        return {spelled.get(match.group().casefold(), match.group()): match.span() for match in matches}

    def named(self, texts: Iterable[str]) -> str:
        """Return the longest name in the first text that has one."""
        return next((max(spans, key=len) for text in texts if (spans := self.spans(text))), "")


def memberships(page: Page, names: Collection[str] = ()) -> Iterator[Fact]:
    """Yield a fact for each plan that the page names, with its price and benefits if they are printed.

    `names` are the tenant's own plans, found anywhere on the page.
    """
    own = _Plans(tuple(name for name in names if len(name) > 3))
    facts, boxes = [], []
    for table, rows in tables_of(page).items():
        if plans := list(_columns(rows)):
            facts += plans
            boxes.append(table)
    outside = (block for block in page.blocks if not any(is_in(block.element, box) for box in boxes))
    priced = {block.index: price for block in outside if (price := _price_of(page.blocks, block.index, own))}
    prices = _with_twins(page.blocks, priced)
    first = next(filter(None, (_written_name(block.flat) for block in page.blocks)), "") if len(prices) == 1 else ""
    places = list(prices)
    for which, at in enumerate(places):
        card = card_of(page.blocks, places, which)
        if name := next(filter(None, _names(page.blocks, at, card, own)), first):
            facts.append(_plan(page.blocks[at], name, prices[at], quoted(card, page.blocks[at]), _text(card)))
    facts += _unpriced(page.blocks, {fact.value.casefold() for fact in facts}, own)
    yield from _resolved(facts, frozenset(map(str.casefold, names)))


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
        if not period or not 1 < len(cells) == len(prices) <= len(grid[0]):
            continue
        for at, price in enumerate(prices, -len(prices)):
            column = "\n".join(
                f"{other[at]} {other[0]} {other[at]}" for other in grid[1:] if len(other) == len(cells) + 1
            )
            percent, detail = _benefits(column)
            if _CONTEXT.search(words) or (percent and detail):
                quote = shortened(f"{grid[0][at]} {cells[at]}")
                yield _plan(row, grid[0][at], replace(price, period=period, is_from=False), quote, column)
        return


def _with_twins(blocks: Sequence[Block], priced: Mapping[int, tuple[Amount, bool]]) -> dict[int, Amount]:
    """Return the prices that are a plan's by a sign, or by a sign on the next card of the same kind."""
    order, plans = list(priced), {at for at, (_, is_plan) in priced.items() if is_plan}
    for which in [*range(len(order)), *reversed(range(len(order)))]:
        element = blocks[order[which]].element
        near = [blocks[at].element for at in order[max(0, which - 1) : which + 2] if at in plans]
        if near and all(are_in_sibling_cards(other, element) for other in near):
            plans.add(order[which])
    return {at: price for at, (price, _) in priced.items() if at in plans}


def _price_of(blocks: Sequence[Block], at: int, own: _Plans) -> tuple[Amount, bool] | None:
    """Return a price with a period that may be a plan's, and whether a sign shows this.

    "$19" and "/month" may be two blocks.
    """
    block = blocks[at]
    if "$" not in block.text or block.tag in ("title", "meta"):
        return None
    text = joined(blocks, at)
    price = next((price for price in amounts_in(text) if price.period and not price.is_list_price), None)
    if price is None:
        bare = _bare_price(blocks, at)
        return (bare, True) if bare else None
    above = [near.flat for near in blocks[max(0, at - 2) : at] if len(near.flat) < 300]
    around = " ".join([text, *block.headings[-2:], *above])
    below = _text(near for near in blocks[at + 1 : at + 5] if not near.is_heading and len(near.flat) < _LONGEST_LINE)
    is_plan = _CONTEXT.search(around) or _NAME.search(around) or own.named([around]) or _VISITS.search(below)
    sentence = sentence_around(text, price.start, price.start)[0]
    sentence = sentence_around(text, max(0, sentence - 2), max(0, sentence - 1))[0]
    is_other = (
        _NO_PLAN.search(text)
        or _ADDED.search(text, 0, price.start)
        or PRICES_OF_OTHERS.search(text[sentence : price.end])
    )
    return None if is_other or is_denied(text, price.start, price.end) else (price, bool(is_plan))


def _bare_price(blocks: Sequence[Block], at: int) -> Amount | None:
    """Return a price without a period next to the heading of a plan on the same card."""
    block = blocks[at]
    heads = [near for near in blocks[max(0, at - 1) : at + 3] if near.is_heading and _IS_PLAN.search(near.flat)]
    if not _ALONE.fullmatch(block.flat) or not any(head.element.is_near(block.element, 2) for head in heads):
        return None
    below = _text(near for near in blocks[at : at + 5] if len(near.flat) < _LONGEST_LINE)
    return replace(amounts_in(block.flat)[0], period="year" if _A_YEAR.search(below) else "")


def _names(blocks: Sequence[Block], at: int, card: Sequence[Block], own: _Plans) -> Iterator[str]:
    """Yield names of a plan, the best first: the tenant's, the card's tier, a written name, a heading."""
    block = blocks[at]
    yield from (name for name in own.names if at and name.casefold() == blocks[at - 1].flat.casefold())
    whole = [block.flat, *(part.flat for part in card)]
    above = next((part.flat for part in card if part.index == block.index - 1), "")
    yield own.named(whole)
    titles = [part for part in card if part.is_heading or (part.tag != "li" and part.index < block.index)]
    names = [part.flat.split(" - ")[0] for part in titles]  # "Essential - up to 2,000 sq ft"
    yield from (name for name in names if len(name.split()) <= 3 and _TIER.search(name))
    yield own.named(reversed(block.headings))
    if len(block.flat) < _LONGEST_PRICE and 0 < len(above.split()) <= 3 and re.fullmatch(r"[A-Z][^\d:$]+", above):
        yield above  # a short line above the price in its card
    yield from map(_written_name, [*whole, *reversed(block.headings)])
    heads = [part.flat for part in card if part.is_heading]
    heads += [words for words in reversed(block.headings) if _TIER.search(words) or _CONTEXT.search(words)]
    yield from (head for head in heads if "$" not in head and len(head) <= LONGEST_NAME and not _TO_READER.search(head))


def _written_name(text: str) -> str:
    for match in _NAME.finditer(text):
        words = match[1].split()
        while words and words[0].lower() in _GENERIC:
            words = words[1:]
        if len(words) > 1 and not _NO_PLAN.search(match[1]):
            return " ".join(words)
    return ""


def _unpriced(blocks: Sequence[Block], priced: Collection[str], own: _Plans) -> Iterator[Fact]:
    """Yield the plans that the text names without a price."""
    for block in blocks:
        named = list(_names_in(block, own))
        # Text before the name of the plan is about something else, and text with several plans about any of them.
        first = sentence_around(block.text, *named[0][1])[0] if len(named) == 1 else len(block.text)
        percent, detail = _benefits(block.flat[first:])
        for name, span, sure in named:
            if name.casefold() not in priced and not is_denied(block.flat, *span):
                yield block.fact(Kind.MEMBERSHIP, name, sure, span=span, percent=percent, detail=detail)


def _names_in(block: Block, own: _Plans) -> Iterator[tuple[str, tuple[int, int], float]]:
    text = block.flat
    if spans := own.spans(text):
        yield from ((name, span, 0.9) for name, span in spans.items())
    elif block.tag not in ("title", "meta"):
        for match in _NAME.finditer(text):
            name = _written_name(match[1])
            around = f"{text[max(0, match.start() - 80) : match.end() + 80]} {block.heading}"
            if name and _CONTEXT.search(around) and not _NO_PLAN.search(around):
                yield name, match.span(), 0.7 if name.split()[0].lower() not in ("maintenance", "service") else 0.6


def _benefits(text: str) -> tuple[Decimal | None, dict[str, str]]:
    """Return the repair discount and the yearly visits, if the text names them."""
    percent, visits = _PERCENT.search(text), _VISITS.search(text)
    word = next(filter(None, visits.groups())).lower() if visits else ""
    detail = {"visits": _COUNTS.get(word, word)} if word else {}
    return Decimal(next(filter(None, percent.groups()))) if percent else None, detail


def _resolved(facts: Sequence[Fact], own: frozenset[str]) -> Iterator[Fact]:
    """Give a plan its whole name, and drop names without a price that are a part of another or too general.

    "Maintenance plan" is too general if the page has a plan with a price. The tenant's `own` names stay as they are.
    """
    priced = {fact.value.casefold() for fact in facts if fact.price is not None}
    others = [fact.value for fact in facts if fact.value.casefold() not in priced]
    for fact in facts:
        name = next((name for name in others if name.casefold().endswith(f" {fact.value.casefold()}")), fact.value)
        if fact.value.casefold() in own:
            yield fact
        elif fact.price is not None:
            yield replace(fact, value=name)
        elif name == fact.value and (not priced or stems(name) - _GENERAL):
            yield fact
