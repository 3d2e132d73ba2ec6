"""Find the blocks of one offer or plan: the largest box around a headline that contains no other headline. Pure."""

from collections.abc import Sequence

from .blocks import Block, Element
from .facts import shortened

LONGEST_CARD = 700
MOST_FOLLOWING = 7


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
        if previous_at in wider or next_at in wider or length > LONGEST_CARD:
            break
        box, (first, last) = box.parent, wider
    if first == last:
        return _flat(blocks, at, previous_at, next_at, box)
    return list(blocks[first : last + 1])


def quoted(card: Sequence[Block], block: Block, end_words: str = "") -> str:
    """Return the text of a card around its headline, with the words of its end if both fit."""
    whole = " ".join(" ".join(part.text.split()) for part in card)
    start = max(0, whole.find(" ".join(block.text.split())[:40]))
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
    is_below_heading = at - 1 > previous_at and blocks[at - 1].is_heading and not head.is_heading
    has_title = is_below_heading and _heads(blocks, at - 1, box.parent)
    card = list(blocks[at - has_title : at + 1])
    for block in blocks[at + 1 : min(next_at, at + 1 + MOST_FOLLOWING)]:
        # A paragraph after a row of cards belongs to none of them.
        is_sibling = box.parent is None or is_in(block.element, box.parent)
        if block.is_heading or block.region != head.region or not is_sibling:
            break
        card.append(block)
    return card


def _heads(blocks: Sequence[Block], at: int, around: Element | None) -> bool:
    """Return whether the heading at `at` starts its box within `around`, instead of ending another card."""
    place = blocks[at].element
    while place.parent is not None and place.parent is not around:
        place = place.parent
    return at == 0 or place is blocks[at].element or not is_in(blocks[at - 1].element, place)


def is_in(element: Element, box: Element) -> bool:
    """Return whether an element is the box or inside it."""
    here: Element | None = element
    while here is not None and here.depth > box.depth:
        here = here.parent
    return here is box
