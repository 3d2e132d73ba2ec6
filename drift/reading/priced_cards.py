"""Find the name that belongs to a price by the form of its card, line, cell or question. Pure."""

import re
from collections.abc import Sequence
from itertools import islice

from .blocks import Block
from .cards import reach
from .money import PERIOD, Amount, amounts_in
from .vocabulary import phrase_pattern

_ASKED = phrase_pattern("prices", "asked")
_NO_CARD = phrase_pattern("prices", "no_card")
_AHEAD = phrase_pattern("prices", "ahead")
_LABEL = phrase_pattern("prices", "label")
_TIER = phrase_pattern("prices", "tier")
#: A text with this many longer words is a sentence and not only a price.
_LONG_WORDS, _FEWEST_WORDS = re.compile(r"[a-z]{3,}"), 4
_SHORTEST, _LONGEST, _LONGEST_LINE = 3, 60, 170
_MOST_AMOUNTS = 2
#: Letters before or after an amount: "CA$59.99*".
_CURRENCY = 4
#: A card has at most this many boxes around its price, and blocks on each side of it.
_DEEPEST, _FARTHEST = 5, 8
_PLAIN_COLUMN = re.compile(r"\$|\b(?:pric|cost|rate|fee|charge|regular|installed|member)", re.IGNORECASE)


def name_ahead(block: Block, amount: Amount, first: int) -> str:
    """Return the name before a price in its sentence or line, which starts at `first`: "Deck staining ..... $99"."""
    named = _AHEAD.fullmatch(block.flat[max(first, block.text.rfind("\n", 0, amount.start) + 1) : amount.start])
    is_stated = named is not None and (len(_line(block, amount)) <= _LONGEST or bool(named["link"].strip()))
    words = named["name"].strip(" .-:|") if named and is_stated else ""
    if words and _LABEL.fullmatch(words):  # "Work starting at $99" below the name of the work
        words = block.headings[-1] if block.headings else ""
    return "" if len(words) > _LONGEST or _NO_CARD.search(words) else words


def asked(block: Block, before: Block | None) -> str:
    """Return what the question is about that a price answers."""
    question = next((text for text in (before.flat if before else "", block.heading) if text.endswith("?")), "")
    match = _ASKED.match(question)
    return match["name"].strip(" ?").capitalize() if match else ""


def name_of_card(block: Block, below: Block | None, title: str, amount: Amount) -> str:
    """Return the title of the card of a price, or the heading above it. A tier also needs the heading of its row."""
    line = _line(block, amount)
    is_short = len(line) <= _LONGEST_LINE and len(_LONG_WORDS.findall(line)) < _FEWEST_WORDS
    is_price = is_short and line.count("$") <= _MOST_AMOUNTS
    if block.tag == "tr" or block.region != "main" or not is_price:
        return ""
    words = title or (block.headings[-1] if block.headings else "")
    if _TIER.fullmatch(words):
        words = ", ".join((*block.headings[-2:-1], words))
    is_name = _SHORTEST < len(words) <= _LONGEST and not _NO_CARD.search(words) and "$" not in words
    is_plan = below is not None and bool(PERIOD.fullmatch(f" {below.flat}"))
    return words if is_name and not is_plan and not _NO_CARD.search(_LABEL.sub("", line)) else ""


def column_name(row: Block, heads: Block | None, amount: Amount) -> str:
    """Return the first cell of a row with the heading of the amount's column, if the row has several amounts."""
    cells, titles = row.flat.split(" | "), heads.flat.split(" | ") if heads is not None else []
    titles = ["", *titles] if len(titles) == len(cells) - 1 else titles  # the corner is empty
    column = row.flat[: amount.start].count(" | ")
    is_plain = len(cells) != len(titles) or any(map(_PLAIN_COLUMN.search, (cells[0], titles[column])))
    if not column or is_plain or len(amounts_in(row.flat)) < _MOST_AMOUNTS:
        return ""
    words = f"{cells[0].strip()}, {titles[column].strip()}"
    return words if _SHORTEST < len(words) <= _LONGEST else ""


def is_struck(block: Block, below: Block | None, amount: Amount) -> bool:
    """Return whether a price is alone above a lower one, which replaces it."""
    is_alone = len(block.flat) <= amount.end - amount.start + _CURRENCY
    if below is None or not is_alone or not below.flat.lstrip("CAU ").startswith("$"):
        return False
    return any(first.value < amount.value for first in amounts_in(below.flat)[:1])  # "$ave" has no amount


def _line(block: Block, amount: Amount) -> str:
    first = block.text.rfind("\n", 0, amount.start) + 1
    end = block.text.find("\n", amount.end)
    return block.flat[first : end if end >= 0 else len(block.flat)]


def title_of(blocks: Sequence[Block], block: Block) -> str:
    """Return the heading or the first name in the smallest box around a price that has one and no other price."""
    for box in islice(block.element.line(), _DEEPEST):
        first, last = reach(blocks, block.index, box, block.index - _FARTHEST, block.index + _FARTHEST)
        others = [*blocks[first : block.index], *blocks[block.index + 1 : last + 1]]
        if box.tag in ("body", "main", "section", "dl") or any("$" in other.text for other in others):
            return ""
        if names := [other for other in others if _is_name(other.flat)]:
            return next((name for name in names if name.is_heading), names[0]).flat
    return ""


def _is_name(text: str) -> bool:
    return _SHORTEST < len(text) <= _LONGEST and not text.endswith((".", "!")) and not _LABEL.fullmatch(text)
