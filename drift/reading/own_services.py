"""Services of the tenant's own map that are sold no more, where a page says their words close together. Pure."""

from collections.abc import Iterator

from .blocks import BLOG, JOBS, TESTIMONIAL, Block, Page
from .facts import Fact, Kind
from .guide import Names, stems
from .listing import is_answered_no, is_offering
from .sentences import denies, is_denied, sentence_around

_SURE, _FAINT = 0.72, 0.5
_SHORT = 70
#: So many words more than its own may stand among those of a name.
_MOST_BETWEEN = 3


def own_services(page: Page, among: Names) -> Iterator[Fact]:
    """A fact for each service of `among` whose words stand together in one sentence."""
    if not among:
        return
    for at, block in enumerate(page.blocks):
        if block.marks & {TESTIMONIAL, BLOG, JOBS} or denies(block.heading) or len(block.flat) < 4:
            continue
        said = stems(block.flat)
        behind = page.blocks[at + 1].flat if at + 1 < len(page.blocks) else ""
        for way, one in among.ways(said):
            if (
                len(way) > 1
                and way <= said
                and (span := _span(block.flat, way))
                and not is_answered_no(block.flat, span, behind)
            ):
                sure = _SURE if _sells(block, span) else _FAINT
                detail = {"how": "offered" if sure == _SURE else "mentioned"}
                yield block.fact(Kind.SERVICE, one.name, sure, span=span, detail=detail)


def _span(text: str, way: frozenset[str]) -> tuple[int, int] | None:
    """Where all the words of a name stand close together, in whatever order, and are not denied."""
    words = [(match, stems(match)) for match in text.split()]
    at, places = 0, []
    for word, roots in words:
        at = text.index(word, at)
        places.append((at, at + len(word), roots & way))
        at += len(word)
    most = len(way) + _MOST_BETWEEN
    for first, (start, _, here) in enumerate(places):
        if not here:
            continue
        near = places[first : first + most]
        found: set[str] = set()
        for _, end, more in near:
            found |= more
            if found == way:
                first_of, last_of = sentence_around(text, start, end)
                if last_of >= end and first_of <= start and not is_denied(text, start, end):
                    return start, end
                break
    return None


def _sells(block: Block, span: tuple[int, int]) -> bool:
    text = block.flat
    first, last = sentence_around(text, *span)
    if text[first:last].rstrip().endswith("?"):
        return False
    return block.is_heading or len(text) <= _SHORT or is_offering(text[first:last])
