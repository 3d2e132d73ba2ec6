"""Extract prices of services outside of offers: a fee in a sentence, a row of a price list, a card. Pure."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice

from .blocks import Page
from .facts import Fact, Kind
from .frames import LABEL, Frame, frames_of
from .guide import NO_NAMES, Names, key_stems
from .listing import names_act
from .money import PERIOD, Amount, amounts_in
from .offers import in_offers, is_dated_price, is_special
from .sentences import PRICES_OF_OTHERS, is_denied, sentence_around
from .services import Lexicon, is_complete, mentions
from .terms import terms_in
from .vocabulary import topic

_WORDS = topic("prices")
_OFFERS = topic("offers")
#: "A standard cleaning is $159": only work is named so, and no part or person.
_ARTICLE = re.compile(r"^(?:an?|our)\s", re.IGNORECASE)
#: A text with this many longer words is a sentence and not only a price.
_LONG_WORDS, _FEWEST_WORDS = re.compile(r"[a-z]{3,}"), 4
_LONGEST, _LONGEST_ABOVE, _SHORT, _LONGEST_LINE = 60, 80, 100, 170
#: Characters on each side of a price: a hostile page can be one sentence that is full of prices.
_LONGEST_SENTENCE = 600
#: Amounts of a page that are judged: each costs milliseconds, and a hostile page of one megabyte would have 500,000.
MOST_AMOUNTS = 1_000
#: Characters of a line that states a range as the shop's price; a longer one is a guide about what others charge.
_LONGEST_RANGE = 300
_Span = tuple[int, int]


def prices(page: Page, lexicon: Lexicon, today: date, own: Names = NO_NAMES) -> Iterator[Fact]:
    """Yield a fact for each price next to a service or a fee. `own` are the items of the tenant's pricebook."""
    for frame, amount in islice(_amounts(page), MOST_AMOUNTS):
        near, wide = _spans(frame, amount)
        if _is_price(frame, amount, near, wide, today):
            yield from _priced(frame, amount, (near, wide), lexicon, own)


def _amounts(page: Page) -> Iterator[tuple[Frame, Amount]]:
    """Yield each amount that no example and no offer contains."""
    for frame in frames_of(page):
        block = frame.block
        is_example = _WORDS.no_prices.search(" | ".join(block.headings[-2:]))
        is_offer = in_offers(block) or (not frame.is_row and is_dated_price(page.blocks, block.index))
        if not (is_example or is_offer):
            yield from ((frame, amount) for amount in amounts_in(block.flat))


def _spans(frame: Frame, amount: Amount) -> tuple[_Span, _Span]:
    """Return the sentence of an amount, and all of a row or a short text. Both end with a line that names something."""
    text = frame.block.flat
    lowest, highest = max(0, amount.start - _LONGEST_SENTENCE), amount.end + _LONGEST_SENTENCE
    first, last = frame.line_of(amount)
    if _LONG_WORDS.search(text[first : amount.start].lower()):  # "Trip fee: $69"
        lowest, highest = max(lowest, first), min(highest, last)
    first, last = sentence_around(text, amount.start, amount.end)
    if text[first] == "$":
        first = sentence_around(text, first - 2, first - 1)[0]  # "Dense-pack cellulose. $2.15 a foot."
    near = max(lowest, first), min(highest, last)
    return near, (lowest, highest) if frame.is_row or len(text) < _SHORT else near


def _is_price(frame: Frame, amount: Amount, near: _Span, wide: _Span, today: date) -> bool:
    """Return whether an amount is the shop's price of work, and not of a plan, an offer, a range or another party."""
    text, heading = frame.block.flat, frame.block.heading
    sentence, around = text[slice(*near)], text[slice(*wide)]
    is_of_members = _OFFERS.member_words.search(f"{sentence} | {frame.head_of(amount)} | {heading}")
    has_period = amount.period or (not frame.is_row and PERIOD.fullmatch(f" {frame.below}"))
    named = f"{around} {' '.join(frame.block.headings[-2:])}"  # weekly cleaning has a price by the month and is no plan
    is_of_plan = has_period and not _WORDS.recurring.search(f"{named} {frame.title}")
    first, last = frame.line_of(amount)
    is_guide = last - first > _LONGEST_RANGE * (2 if frame.question else 1)
    return bool(amount.value) and not (
        amount.is_list_price
        or is_of_members
        or is_of_plan
        or (amount.to and (is_guide or _WORDS.estimate.search(sentence)))
        or _WORDS.next_one.match(text, amount.end)
        or _WORDS.no_price.search(sentence)
        or PRICES_OF_OTHERS.search(sentence)
        or PRICES_OF_OTHERS.search(heading)
        or frame.is_struck(amount)
        or terms_in(around, with_price=False)
        or is_special(around, today)
        or is_denied(text, amount.start, amount.end)
    )


def _priced(frame: Frame, amount: Amount, spans: tuple[_Span, _Span], lexicon: Lexicon, own: Names) -> Iterator[Fact]:
    """Yield the fact of an amount. `spans` are its sentence and other text that may name it."""
    detail = {"from": "yes"} if amount.is_from else {}
    detail |= {"to": f"{amount.to:f}"} if amount.to else {}
    detail |= {"period": amount.period} if amount.period else {}
    for above in ("", frame.words_above):
        if name := _own_name(frame, amount, spans[-1], above, own):
            names = [(name, 0.85)]
            detail |= {"above": above} if above else {}
            break
    else:
        names = [pair for pair in _names(frame, amount, spans, lexicon) if pair[0]]
        names.sort(key=lambda pair: bool(_WORDS.counted.fullmatch(pair[0])))
    for name, sure in names[:1]:
        span = (amount.start, amount.end)
        yield frame.block.fact(Kind.PRICE, name, sure, span=span, price=amount.value, detail=detail)


def _own_name(frame: Frame, amount: Amount, span: _Span, above: str, among: Names) -> str:
    """Return the item of the pricebook that the words around an amount mean: the only one, or the one of that price.

    `span` is the sentence of the amount, which ends at the next amounts; `above` are the words above it.
    """
    text = frame.block.flat
    amounts = amounts_in(text)
    first = max([span[0], *(other.end for other in amounts if other.end <= amount.start)])
    last = min([span[1], *(other.start for other in amounts if other.start >= amount.end)])
    ahead, after = text[first : amount.start], text[amount.end : last]
    items = among.named(key_stems(ahead)) or among.named(key_stems(f"{above} {ahead} {after}"))
    same = [item for item in items if item.price == amount.value]
    return (same or items)[0].name if same or len(items) == 1 else ""


def _names(frame: Frame, amount: Amount, spans: tuple[_Span, _Span], lexicon: Lexicon) -> Iterator[tuple[str, float]]:
    """Yield names of a price and their confidence, the best first: in its row, sentence, question, card, above it."""
    text = frame.block.flat
    yield frame.first_cell if amount.to else _of_column(frame, amount), 0.85
    for first, last in spans:
        yield _named(text[first:last], amount.start - first, lexicon), 0.85
    asked = _WORDS.asked.match(frame.question)
    yield asked["name"].strip(" ?").capitalize() if asked else "", 0.85
    yield _ahead(frame, amount, spans[0]), 0.85
    if frame.is_row and len(amounts_in(text)) > 1:
        is_plain = frame.has_all_cells and _WORDS.plain_column.search(frame.head_of(amount))
        yield frame.first_cell if is_plain else "", 0.7
        return  # each other column has its own header
    for words in (frame.title, *frame.texts_around(amount)):
        if len(words) < _LONGEST_ABOVE:
            yield _named(words, len(words), lexicon), 0.75
    yield frame.first_cell or _of_card(frame, amount), 0.7


def _ahead(frame: Frame, amount: Amount, sentence: _Span) -> str:
    """Return the name before a price in its line or `sentence`: "Staining ..... $99", "Lining $95 a foot."."""
    start, end = frame.line_of(amount)
    last = max((other.end for other in amounts_in(frame.block.flat) if other.end <= amount.start), default=0)
    text = frame.block.flat[max(sentence[0], start, last) : amount.start].lstrip(" ,;/·")
    bare = _ARTICLE.sub("", text)
    named = _WORDS.ahead.fullmatch(bare)
    words = named["name"].strip(" .-:|") if named else ""
    is_stated = named is not None and bare == text and (end - start <= _LONGEST or bool(named["link"].strip()))
    if not (is_stated or names_act(words)):
        return ""
    if LABEL.fullmatch(words):  # "Work starting at $99" below the name of the work
        words = frame.block.headings[-1] if frame.block.headings else ""
    return "" if len(words) > _LONGEST or _WORDS.no_card.search(words) else words


def _of_card(frame: Frame, amount: Amount) -> str:
    """Return the title of the card of a price, or the heading above it, if the line of the price is no sentence."""
    line = frame.block.flat[slice(*frame.line_of(amount))]
    words = frame.title or "".join(frame.block.headings[-1:])
    is_name = len(words) <= _LONGEST and not _WORDS.no_card.search(words)
    is_alone = len(line) <= _LONGEST_LINE and len(_LONG_WORDS.findall(line)) < _FEWEST_WORDS
    is_alone = is_alone and frame.block.region == "main" and not _WORDS.no_card.search(LABEL.sub("", line))
    return words if is_name and is_alone else ""


def _of_column(frame: Frame, amount: Amount) -> str:
    """Return the first cell of a row with the heading of the amount's column, if the row has several amounts."""
    words = f"{frame.first_cell}, {frame.head_of(amount)}"
    is_named = frame.has_all_cells and len(amounts_in(frame.block.flat)) > 1
    return words if is_named and len(words) <= _LONGEST and not _WORDS.plain_column.search(words) else ""


def _named(text: str, at: int, lexicon: Lexicon) -> str:
    """Return the fee or service in a text that is nearest to a price at a position. A fee keeps its printed name."""
    candidates = [
        (max(at - match.end(), match.start() - at), " ".join(match.group().split()).title())
        for match in _WORDS.fees.finditer(text)
    ]
    candidates += [
        (max(at - mention.end, mention.start - at) - (3 if mention.key[0] == "own" else 0), mention.name)
        for mention in mentions(text, lexicon)
        if is_complete(mention.key) or mention.key[0] == "own"
    ]
    return min(candidates)[1] if candidates else ""
