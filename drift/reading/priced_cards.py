"""Find the name that belongs to a price by the form of its card, line, cell or question. Pure."""

import re

from .blocks import Block
from .money import PERIOD, Amount, amounts_in
from .vocabulary import phrase_pattern

_ASKED = phrase_pattern("prices", "asked")
_NO_CARD = phrase_pattern("prices", "no_card")
_AHEAD = phrase_pattern("prices", "ahead")
#: A text with this many longer words is a sentence and not only a price.
_LONG_WORDS, _FEWEST_WORDS = re.compile(r"[a-z]{3,}"), 4
_SHORTEST, _LONGEST = 3, 60
_LONGEST_LINE = 170
_MOST_AMOUNTS = 2
#: Letters before or after an amount: "CA$59.99*".
_CURRENCY = 4
_PLAIN_COLUMN = re.compile(r"\$|\b(?:pric|cost|rate|fee|charge|regular|installed|member)", re.IGNORECASE)


def name_of_card(block: Block, before: Block | None, below: Block | None, amount: Amount) -> str:
    """Return the question that a price answers, the name before it in its line, or the heading of its card."""
    line = _line(block, amount)
    if block.tag == "tr" or block.region != "main" or len(line) > _LONGEST_LINE or line.count("$") > _MOST_AMOUNTS:
        return ""
    asked = next((text for text in (before.flat if before else "", block.heading) if text.endswith("?")), "")
    if asked and (match := _ASKED.match(asked)):
        return match["name"].strip(" ?").capitalize()
    named = _AHEAD.fullmatch(block.flat[block.text.rfind("\n", 0, amount.start) + 1 : amount.start])
    words = named["name"].strip(" .-:|") if named else ""
    if not words and len(_LONG_WORDS.findall(line)) < _FEWEST_WORDS:
        words = _near(block, before, below)
    is_name = _SHORTEST < len(words) <= _LONGEST and not _NO_CARD.search(words) and "$" not in words
    is_plan = below is not None and bool(PERIOD.fullmatch(f" {below.flat}"))
    return words if is_name and not is_plan and not _NO_CARD.search(line) else ""


def column_name(row: Block, heads: Block | None, amount: Amount) -> str:
    """Return the first cell of a row with the heading of the amount's column, if the row has several amounts."""
    cells, titles = row.flat.split(" | "), heads.flat.split(" | ") if heads is not None else []
    column = row.flat[: amount.start].count(" | ")
    if not column or len(cells) != len(titles) or len(amounts_in(row.flat)) < _MOST_AMOUNTS:
        return ""
    if _PLAIN_COLUMN.search(cells[0]) or _PLAIN_COLUMN.search(titles[column]):
        return ""
    words = f"{cells[0].strip()}, {titles[column].strip()}"
    return words if _SHORTEST < len(words) <= _LONGEST else ""


def is_struck(block: Block, below: Block | None, amount: Amount) -> bool:
    """Return whether a price is alone above a lower one, which replaces it."""
    is_alone = len(block.flat) <= amount.end - amount.start + _CURRENCY
    if below is None or not is_alone or not below.flat.lstrip("CAU ").startswith("$"):
        return False
    return any(other.value < amount.value for other in amounts_in(below.flat)[:1])


def _line(block: Block, amount: Amount) -> str:
    first = block.text.rfind("\n", 0, amount.start) + 1
    end = block.text.find("\n", amount.end)
    return block.flat[first : end if end >= 0 else len(block.flat)]


def _near(block: Block, before: Block | None, below: Block | None) -> str:
    """Return the nearest words in the box of a price: before it, or its heading below."""
    for levels in (1, 2):
        for other in (before, below):
            if other is None or not other.element.is_near(block.element, levels, but=("body", "main", "section")):
                continue
            is_above = other is before or other.is_heading
            if is_above and _SHORTEST < len(other.flat) <= _LONGEST and "$" not in other.flat:
                return other.flat
    return block.headings[-1] if block.headings else ""
