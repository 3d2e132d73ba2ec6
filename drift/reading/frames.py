"""Find the unit that an amount of money belongs to: its text, its card, its row and its table. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from .blocks import Block, Element, Page
from .facts import shortened
from .money import Amount, amounts_in
from .vocabulary import topic

LONGEST_CARD = 700
MOST_FOLLOWING = 7
_LONGEST_AMOUNT, _LONGEST_NAME = 12, 60
#: Letters before or after an amount: "CA$59.99*".
_CURRENCY = 4
#: A card has at most this many boxes around its price, and blocks on each side of it.
_DEEPEST, _FARTHEST = 5, 8
LABEL = topic("prices").label
#: An amount or a discount alone in its box.
BARE = re.compile(r"\$?\s?\d[\d,.]{0,7}\s?%?\*?|\$\s?\d[\d,.]{0,7}\s?[*!]?")
_DOLLARS, _CENTS = re.compile(r"\$\s?\d{1,4}"), re.compile(r"\.?(\d\d)")
#: The next box completes an amount: "$50" and "OFF", "$19" and "/month".
_COMPLETES = re.compile(
    r"(?:[a-z]+ ){0,2}(?:off|discount|savings|percent off|% off|rebate|dollars off)\b"
    r"|(?:/|per|a |each|monthly|month|year|mo\b)",
    re.IGNORECASE,
)


def joined(blocks: Sequence[Block], at: int) -> str:
    """Return a block's text, joined with the next ones where a page builder separated "$ 24", "95" and "/month"."""
    text, below = blocks[at].flat, [block.flat.strip() for block in blocks[at + 1 : at + 3]]
    if text.lower().strip(" !*") == "free" and below and len(below[0]) < 60:
        return f"Free {below[0]}"
    if len(text) >= _LONGEST_AMOUNT or not BARE.fullmatch(text):
        return text
    if len(below) > 1 and _DOLLARS.fullmatch(text) and (cents := _CENTS.fullmatch(below[0])):
        text, below = f"{text}.{cents[1]}", below[1:]
    # A line may be between the number and its heading.
    return next((f"{text} {line}" for line in below if _COMPLETES.match(line)), text)


@dataclass(frozen=True)
class Frame:
    """A block or a row with amounts, and the texts around it that may name them."""

    block: Block
    above: str = ""  # empty for a row
    below: str = ""
    title: str = ""  # of the card
    heads: tuple[str, ...] = ()  # of the columns of a row

    @property
    def is_row(self) -> bool:
        return self.block.tag == "tr"

    @property
    def cells(self) -> list[str]:
        return self.block.flat.split(" | ")

    def head_of(self, amount: Amount) -> str:
        """Return the heading of the column of an amount."""
        column = self.block.flat[: amount.start].count(" | ")
        return self.heads[column].strip() if column < len(self.heads) else ""

    @property
    def has_all_cells(self) -> bool:
        """Return whether each column has its cell, so that a heading can name a price."""
        return len(self.cells) == len(self.heads)

    @property
    def first_cell(self) -> str:
        """Return the first cell of a row of prices."""
        return " ".join(self.cells[0].split()) if self.is_row else ""

    @property
    def question(self) -> str:
        """Return the question that the text answers."""
        return next((text for text in (self.above, self.block.heading) if text.endswith("?")), "")

    @property
    def words_above(self) -> str:
        """Return the title of the card, a short line above, and the heading."""
        above = self.above if len(self.above) < 80 and "$" not in self.above else ""
        return f"{self.title} {above} {self.block.heading}"

    def texts_around(self, amount: Amount) -> list[str]:
        """Return the texts around a price alone or on a card ("Most drains opened for $149."), nearest first."""
        text = self.block.flat
        may_be_above = len(text) < 170 and text.find("$") == text.find("$", amount.start)
        return [self.above, self.block.heading] if may_be_above else []

    def line_of(self, amount: Amount) -> tuple[int, int]:
        first, end = self.block.text.rfind("\n", 0, amount.start) + 1, self.block.text.find("\n", amount.end)
        return first, end if end >= 0 else len(self.block.flat)

    def is_struck(self, amount: Amount) -> bool:
        """Return whether a price is alone above a lower one, which replaces it."""
        is_alone = len(self.block.flat) <= amount.end - amount.start + _CURRENCY
        next_price = amounts_in(self.below)[:1] if self.below.lstrip("CAU ").startswith("$") else ()
        return is_alone and any(price.value < amount.value for price in next_price)


def frames_of(page: Page) -> Iterator[Frame]:
    """Yield the blocks with an amount outside of tables, and the rows of tables with one."""
    rows = {row.element: row for row in page.rows if "$" in row.text}
    for block in page.blocks:
        if "$" not in block.text or block.tag in ("title", "meta") or block.element.up("tr") in rows:
            continue
        above = page.blocks[block.index - 1].flat if block.index else ""
        yield Frame(block, above, page.text_after(block), title_of(page.blocks, block))
    for table_rows in tables_of(page).values():
        heads = () if "$" in table_rows[0].flat else tuple(table_rows[0].flat.split(" | "))
        for row in filter(lambda row: "$" in row.text, table_rows):
            corner = [""] * (row.flat.count(" | ") == len(heads))  # the cell above the names may be empty
            yield Frame(row, heads=(*corner, *heads))


def title_of(blocks: Sequence[Block], block: Block) -> str:
    """Return the term that a price defines, the heading of the smallest box around it alone, or its first name."""
    above = blocks[max(0, block.index - _FARTHEST) : block.index]
    if block.tag == "dd" and (term := next((near.flat for near in reversed(above) if near.tag == "dt"), "")):
        return term
    names: list[Block] = []
    for box in islice(block.element.line(), _DEEPEST):
        first, last = reach(blocks, block.index, box, block.index - _FARTHEST, block.index + _FARTHEST)
        others = [*blocks[first : block.index], *blocks[block.index + 1 : last + 1]]
        if box.tag in ("body", "main") or any("$" in other.text for other in others):
            break
        names += [other for other in others if 3 < len(other.flat) <= _LONGEST_NAME and not LABEL.fullmatch(other.flat)]
        if heading := next((name.flat for name in names if name.is_heading), ""):
            return heading
    return names[0].flat if names else ""


def tables_of(page: Page) -> dict[Element, list[Block]]:
    """Return the rows of each table that contains an amount."""
    tables: dict[Element, list[Block]] = {}
    for row in page.rows:
        if table := row.element.up("table"):
            tables.setdefault(table, []).append(row)
    return {table: rows for table, rows in tables.items() if any("$" in row.text for row in rows)}


def card_of(blocks: Sequence[Block], headlines: Sequence[int], which: int) -> list[Block]:
    """Return the blocks around the headline at `headlines[which]`, in order. Headlines are indexes into `blocks`."""
    at = headlines[which]
    previous_at = headlines[which - 1] if which else -1
    next_at = headlines[which + 1] if which + 1 < len(headlines) else len(blocks)
    box = blocks[at].element
    first, last = reach(blocks, at, box, previous_at, next_at)
    while box.parent is not None and box.parent.tag not in ("body", "html", "main"):
        wider = reach(blocks, at, box.parent, previous_at, next_at)
        length = sum(len(block.text) for block in blocks[wider[0] : wider[1] + 1])
        has_title = box.words and any(block.is_heading for block in blocks[first : last + 1] if block.index != at)
        others = [blocks[end].element for end in wider if end not in (first, last)]
        is_repeated = has_title and any(are_in_sibling_cards(blocks[at].element, other) for other in others)
        if previous_at in wider or next_at in wider or length > LONGEST_CARD or is_repeated:
            break
        box, (first, last) = box.parent, wider
    if first == last:
        return _flat(blocks, at, previous_at, next_at, box)
    return list(blocks[first : last + 1])


def quoted(card: Sequence[Block], block: Block, end_words: str = "") -> str:
    """Return the text of a card around its headline, with the words of its end if both fit."""
    whole = " ".join(" ".join(part.quotable.split()) for part in card)
    start = max(0, whole.find(" ".join(block.quotable.split())[:40]))
    return shortened(whole, start, max(start, whole.find(end_words) + len(end_words)))


def reach(blocks: Sequence[Block], at: int, box: Element, lowest: int, highest: int) -> tuple[int, int]:
    """Return the first and the last block of a box around a block, searched no further than the next headlines."""
    first = last = at
    while first > max(lowest, 0) and is_in(blocks[first - 1].element, box):
        first -= 1
    while last < min(highest, len(blocks) - 1) and is_in(blocks[last + 1].element, box):
        last += 1
    return first, last


def _flat(blocks: Sequence[Block], at: int, previous_at: int, next_at: int, box: Element) -> list[Block]:
    """Return a heading and the paragraphs up to the next headline or heading, for a headline without its own box."""
    head = blocks[at]
    has_title = at - 1 > previous_at and blocks[at - 1].is_heading and not head.is_heading
    if has_title and at > 1:  # a heading in one box with the block before it ends another card
        boxes = takewhile(lambda here: here is not box.parent, blocks[at - 1].element.line())
        has_title = not any(is_in(blocks[at - 2].element, here) for here in boxes)
    card = list(blocks[at - has_title : at + 1])
    for block in blocks[at + 1 : min(next_at, at + 1 + MOST_FOLLOWING)]:
        # A paragraph after a row of cards belongs to none of them.
        is_sibling = box.parent is None or is_in(block.element, box.parent)
        if block.is_heading or block.region != head.region or not is_sibling:
            break
        card.append(block)
    return card


def is_in(element: Element, box: Element) -> bool:
    """Return whether an element is the box or inside it."""
    return box in element.line()


def are_in_sibling_cards(left: Element, right: Element) -> bool:
    """Return whether two elements are in adjacent boxes of the same kind, so that each is a separate card."""
    boxes = {box.parent: box for box in left.line()}
    mine, other = next(((boxes[box.parent], box) for box in right.line() if box.parent in boxes), (left, right))
    is_inside = mine is not left and other is not right and mine is not other
    return is_inside and (mine.tag, mine.words) == (other.tag, other.words)
