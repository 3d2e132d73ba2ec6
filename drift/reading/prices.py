"""Extract prices of services outside of offers: a fee in a sentence, a row of a price list. Pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from .blocks import Block, Page
from .facts import Fact, Kind
from .guide import NO_NAMES, Names, telling
from .money import Amount, amounts_in
from .offers import MEMBER_WORDS, in_offers, is_dated_price, is_special
from .priced_cards import asked, column_name, is_struck, name_ahead, name_of_card, title_of
from .sentences import PRICES_OF_OTHERS, is_denied, sentence_around
from .services import Lexicon, is_complete, mentions
from .terms import terms_in
from .vocabulary import phrase_pattern

FEES = phrase_pattern("prices", "fees")
_NO_PRICE = phrase_pattern("prices", "no_price")
_BARE = re.compile(r"(?:from |only |just )?\$\s?[\d,.]+[*+]?", re.IGNORECASE)
#: "$79 for each one after that" is the price of further items.
_NEXT_ONE = re.compile(
    r"\s?(?:for |per )?(?:each|every|any|the) (?:additional|extra|other|further|next|second|one after)\b", re.IGNORECASE
)
#: Characters on each side of a price.
_LONGEST_SENTENCE = 600
_FEWEST_LETTERS = 3
#: Text with a range is a price list up to this length; a longer text estimates what others charge.
_LONGEST_RANGE = 70
_RECURRING = phrase_pattern("prices", "recurring")
_PLAN = phrase_pattern("prices", "plan")
_COUNTED = phrase_pattern("prices", "counted")
#: The blocks before and below a price, and the title of its card.
_NearBy = tuple[Block | None, Block | None, str]


def prices(
    page: Page, lexicon: Lexicon, today: date, own: Names = NO_NAMES, plans: Sequence[str] = ()
) -> Iterator[Fact]:
    """Yield a fact for each price next to a service or a fee.

    `own` are the items of the tenant's pricebook, `plans` the names of its plans, whose prices are excluded.
    """
    of_plans = {name.casefold() for name in plans}
    rows = {row.element for row in page.rows if "$" in row.text}
    in_rows = {block.element for block in page.blocks if block.element.up("tr") in rows} if rows else set()
    for block in [*page.blocks, *page.rows]:
        if block.tag == "tr" and block.flat.split(" | ")[0].strip().casefold() in of_plans:
            continue
        if "$" in block.text and block.element not in in_rows and block.tag not in ("title", "meta"):
            before = _before(page, block)
            below = page.blocks[block.index + 1] if block.tag != "tr" and block.index + 1 < len(page.blocks) else None
            title = "" if block.tag == "tr" else title_of(page.blocks, block)
            title = before.flat if before is not None and before.tag == "dt" else title
            is_dated = block.tag != "tr" and is_dated_price(page.blocks, block.index)
            if not is_dated and not PRICES_OF_OTHERS.search(block.heading):
                yield from _of_block(block, (before, below, title), (lexicon, own), today)


def _before(page: Page, block: Block) -> Block | None:
    """Return the block above a block, the term of an item of a definition list, or the first row of a row's table."""
    if block.tag == "tr":
        table = block.element.up("table")
        return next((row for row in page.rows if table is not None and row.element.up("table") is table), None)
    if not block.index:
        return None
    above = page.blocks[block.index - 1]
    if block.tag == "dd" and above.tag == "dd":
        return next((term for term in page.blocks[max(0, block.index - 4) : block.index] if term.tag == "dt"), above)
    return above


def _of_block(block: Block, near_by: _NearBy, names: tuple[Lexicon, Names], today: date) -> Iterator[Fact]:
    text = block.flat
    among_offers = in_offers(block)
    before, below, _ = near_by
    heads = before.flat.split(" | ") if block.tag == "tr" and before is not None and "$" not in before.flat else []
    of_members = {at for at, head in enumerate(heads) if MEMBER_WORDS.search(head)}
    for amount in amounts_in(text):
        first, last = sentence_around(text, amount.start, amount.end)
        if text[first] == "$" and first:
            first = sentence_around(text, first - 2, first - 1)[0]  # "Dense-pack cellulose. $2.15 a foot."
        # A hostile page can be one sentence that is full of prices.
        first, last = max(first, amount.start - _LONGEST_SENTENCE), min(last, amount.end + _LONGEST_SENTENCE)
        sentence = text[first:last]
        members = MEMBER_WORDS.search(sentence) or (MEMBER_WORDS.search(block.heading) and not FEES.search(sentence))
        around, near = sentence, (first, last)
        if block.tag == "tr" or len(text) < 100:
            first, last, sentence = 0, len(text), text
        if (
            not amount.value
            or among_offers
            or _NEXT_ONE.match(text, amount.end)
            or (amount.period and not _is_recurring(block, sentence))
            or amount.is_list_price
            or text[: amount.start].count(" | ") in of_members
            or members
            or _NO_PRICE.search(around)
            or PRICES_OF_OTHERS.search(around)
            or (amount.to and not _may_range(block, before))
            or is_struck(block, below, amount)
            or terms_in(sentence, with_price=False)
            or is_special(sentence, today)
        ):
            continue
        if not is_denied(text, amount.start, amount.end):
            yield from _priced(block, near_by, amount, (near, (first, last)), names)


def _priced(
    block: Block, near_by: _NearBy, amount: Amount, spans: Sequence[tuple[int, int]], names: tuple[Lexicon, Names]
) -> Iterator[Fact]:
    """Yield the fact of an amount. `spans` are its sentence and other text that may name it."""
    text, (lexicon, own), (before, below, title) = block.flat, names, near_by
    above = f"{title} {_above(block, before)}"
    line, detail = _line_of(block, amount, spans[-1]), {"from": "yes"} if amount.is_from else {}
    detail |= {"to": f"{amount.to:f}"} if amount.to else {}
    detail |= {"period": amount.period} if amount.period else {}
    name, sure = _own_name(text, amount, line, "", own), 0.85
    if not name and (name := _own_name(text, amount, line, above, own)):
        detail["above"] = above
    if not name and block.tag == "tr":
        name = _name_of_line(block) if amount.to else column_name(block, before, amount)
    if not name:
        name = next((name for span in spans if (name := _named(text, amount, span, lexicon))), "")
    if not name or _COUNTED.fullmatch(name):
        better = asked(block, before) or name_ahead(block, amount, spans[0][0])
        name = better or (name_of_card(block, below, title, amount) if name else "") or name
    if not name and not (block.tag == "tr" and len(amounts_in(text)) > 1):  # each column has its own header
        name, sure = _name_around(block, near_by, amount, lexicon)
    if name:
        yield block.fact(Kind.PRICE, name, sure, span=(amount.start, amount.end), price=amount.value, detail=detail)


def _own_name(text: str, amount: Amount, span: tuple[int, int], above: str, among: Names) -> str:
    """Return the item of the pricebook that the words around an amount mean: the only one, or the one of that price.

    `span` is the line or sentence of the amount, which ends at the next amounts; `above` are the words above it.
    """
    if not among:
        return ""
    amounts = amounts_in(text)
    first = max([span[0], *(other.end for other in amounts if other.end <= amount.start)])
    last = min([span[1], *(other.start for other in amounts if other.start >= amount.end)])
    ahead, after = text[first : amount.start], text[amount.end : last]
    items = among.named(telling(ahead)) or among.named(telling(f"{above} {ahead} {after}"))
    same = [item for item in items if item.price == amount.value]
    return (same or items)[0].name if same or len(items) == 1 else ""


def _name_around(block: Block, near_by: _NearBy, amount: Amount, lexicon: Lexicon) -> tuple[str, float]:
    """Return the name and confidence of a price from its card, or from the text above it or below it."""
    text, (before, below, title) = block.flat, near_by
    before = None if block.tag == "tr" else before
    near = [before.flat if before else "", block.heading] if _may_be_above(text, amount) else []
    near += [below.flat] if below is not None and _BARE.fullmatch(text) and "$" not in below.flat else []
    card = name_of_card(block, below, title, amount)
    for words in [title] if title and card else [title, *near]:
        if len(words) < 80 and (name := _named(words, None, (0, len(words)), lexicon)):
            return name, 0.75
    return _name_of_line(block) or card, 0.7


def _may_range(block: Block, before: Block | None) -> bool:
    """Return whether a range is the shop's price: in a row, a short line or an answer, not in an estimate."""
    is_answer = block.heading.endswith("?") or (before is not None and before.flat.endswith("?"))
    return block.tag == "tr" or len(block.flat) <= (2 * _LONGEST_RANGE if is_answer else _LONGEST_RANGE)


def _is_recurring(block: Block, sentence: str) -> bool:
    """Return whether a price by the month is for a regular service, such as weekly cleaning, and not for a plan."""
    around = f"{sentence} {' '.join(block.headings[-2:])}"
    return bool(_RECURRING.search(around)) and not _PLAN.search(around)


def _name_of_line(block: Block) -> str:
    """Return the first cell of a row of prices."""
    words = " ".join(block.flat.split(" | ")[0].split()) if block.tag == "tr" and block.flat.count(" | ") < 3 else ""
    return words if 3 < len(words) <= 60 and "$" not in words else ""


def _line_of(block: Block, amount: Amount, span: tuple[int, int]) -> tuple[int, int]:
    """Return the part of a span on the line of an amount, if that line contains more than the amount."""
    first = max(span[0], block.text.rfind("\n", 0, amount.start) + 1)
    end = block.text.find("\n", amount.end)
    last = span[1] if end < 0 else min(span[1], end)
    rest = block.text[first : amount.start] + block.text[amount.end : last]
    return (first, last) if sum(map(str.isalpha, rest)) > _FEWEST_LETTERS else span


def _above(block: Block, before: Block | None) -> str:
    """Return the words above a price: a short line above it, and its heading."""
    may_name = before and block.tag != "tr" and len(before.flat) < 80 and "$" not in before.flat
    return f"{before.flat if before and may_name else ''} {block.heading}"


def _may_be_above(text: str, amount: Amount) -> bool:
    """Return whether the name of a price may be above it: "$93", or "Most drains opened for $149." on a card."""
    first = text.find("$") == text.find("$", amount.start)
    return len(text) < 40 or (len(text) < 170 and first)


def _named(text: str, amount: Amount | None, span: tuple[int, int], lexicon: Lexicon) -> str:
    """Return the fee or service in the sentence that is nearest to a price. A fee keeps its printed name."""
    first, last = span
    at = amount.start if amount else last
    candidates = [
        (max(at - match.end(), match.start() - at), " ".join(match.group().split()).title())
        for match in FEES.finditer(text, first, last)
    ]
    for mention in mentions(text[first:last], lexicon):
        if is_complete(mention.key) or mention.key[0] == "own":
            far = max(at - mention.end - first, mention.start + first - at)
            candidates.append((far - (3 if mention.key[0] == "own" else 0), mention.name))
    return min(candidates)[1] if candidates else ""
