"""Find groups of alike short blocks: menus, lists, rows of links, pills, tiles and headings of cards. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from .blocks import HEADINGS, Block, Element

FEWEST = 3
LONGEST_ITEM = 70
#: Items of one group share an ancestor at most this many levels up: a heading in a card in a column in a row.
HIGHEST = 4


class Group(NamedTuple):
    """Short blocks of the same tag at the same depth with a common box, and the words that may name them."""

    items: list[Block]
    labels: list[str]


def _titled(element: Element) -> Element:
    """Return the heading around a link: on some cards the heading is a link, on others only text."""
    parent = element.parent
    return parent if element.tag == "a" and parent is not None and parent.tag in HEADINGS else element


def groups_of(blocks: Sequence[Block]) -> Iterator[Group]:
    """Yield the groups of a page. A block is in one group at most, the one with the nearest common box."""
    short = [block for block in blocks if 1 < len(block.text) <= LONGEST_ITEM and block.tag not in ("title", "meta")]
    taken: set[int] = set()
    for level in range(1, HIGHEST + 1):
        buckets: dict[tuple[str, int, Element], list[Block]] = defaultdict(list)
        for block in short:
            element = _titled(block.element)
            box = next(islice(element.line(), level, None), None)
            if block.index not in taken and box is not None and box.tag not in ("body", "main", "html"):
                buckets[element.tag, element.depth, box].append(block)
        for items in buckets.values():
            if len(items) >= FEWEST:
                taken.update(item.index for item in items)
                above = blocks[items[0].index - 1] if items[0].index else items[0]
                is_label = above.region == items[0].region and above.tag != items[0].tag and 0 < len(above.text) < 40
                yield Group(items, [above.text] * is_label + items[0].labels)
