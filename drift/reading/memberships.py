"""Extract maintenance plans: their names, prices and benefits. Pure."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache

from .blocks import Block, Page
from .cards import card_of, quoted
from .facts import Fact, Kind
from .guide import stems
from .money import Amount, amounts_in
from .plan_tables import plan_tables
from .sentences import PRICES_OF_OTHERS, is_denied, sentence_around
from .vocabulary import NUMBERS, phrase_pattern, word_set

_PLAN = r"(?:club|plan|membership|program|agreement|memberships|plans)"
_NAME = phrase_pattern("memberships", "name")
_CONTEXT = phrase_pattern("memberships", "context")
_NO_PLAN = phrase_pattern("memberships", "no_plan")
_GENERIC = word_set("memberships", "generic")
_PERCENT = phrase_pattern("memberships", "percent")
_COUNTS = {word: str(number) for number, word in enumerate(NUMBERS)} | {"once": "1", "twice": "2"}
_VISITS = phrase_pattern("memberships", "visits")
_TIER = phrase_pattern("memberships", "tier")
_TO_READER = phrase_pattern("memberships", "to_reader")
LONGEST_NAME = 60
#: "Add $6 a month for each further 1,000 square feet".
_ADDED = re.compile(r"\b(?:add|adds|plus|another|extra)\s$", re.IGNORECASE)
_ALONE = re.compile(r"\$\s?[\d,.]+")
_IS_PLAN = re.compile(rf"\b{_PLAN}\b", re.IGNORECASE)
_A_YEAR = re.compile(r"\b(?:in one|a|per|each|every) year\b|\bannual", re.IGNORECASE)
_GENERAL = stems("maintenance service hvac heating cooling air annual plan plans program agreement membership club our")
_LONGEST_AMOUNT, _LONGEST_PRICE = 12, 20
_OF_PERIOD = re.compile(r"(?:/|per|a |each|monthly|month|year|mo\b)", re.IGNORECASE)


#: The tenant's plans, each with a pattern of its name.
_Known = list[tuple[str, re.Pattern[str]]]


def memberships(page: Page, names: Collection[str] = ()) -> Iterator[Fact]:
    """Yield a fact for each plan that the page names, with its price and benefits if they are printed.

    `names` are the tenant's own plans, found anywhere on the page.
    """
    yield from _resolved(list(_plans_of(page, names)), frozenset(map(str.casefold, names)))


def _plans_of(page: Page, names: Iterable[str]) -> Iterator[Fact]:
    known = [(name, re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)) for name in names if len(name) > 3]
    blocks = page.blocks
    tabled = list(plan_tables(page, _CONTEXT))
    yield from tabled
    seen = {fact.value.casefold() for fact in tabled}
    taken = {fact.selector for fact in tabled}
    priced = [
        at
        for at in range(len(blocks))
        if _price_of(blocks, at, known) is not None and blocks[at].element.selector not in taken
    ]
    # Computed at most once: a page can have thousands of prices.
    first_name = cache(lambda: next(filter(None, (_written_name(block.flat) for block in blocks)), ""))
    for which, at in enumerate(priced):
        card = card_of(blocks, priced, which)
        fact = _plan(blocks, at, card, known, first_name)
        if fact is not None:
            seen.add(fact.value.casefold())
            yield fact
    for block in blocks:
        named = list(_names_in(block, known))
        # Text before the name of the plan is about something else, and text with several plans about any of them.
        first = sentence_around(block.text, *named[0][1])[0] if len(named) == 1 else len(block.text)
        percent, detail = _benefits([replace(block, text=block.text[first:])])
        for name, span, sure in named:
            if name.casefold() not in seen and not is_denied(block.flat, *span):
                yield block.fact(Kind.MEMBERSHIP, name, sure, span=span, percent=percent, detail=detail)


def _price_of(blocks: Sequence[Block], at: int, known: _Known) -> Amount | None:
    """Return a price with a period if it is a plan's and not a payment's. "$19" and "/month" may be two blocks."""
    block = blocks[at]
    if "$" not in block.text or block.tag in ("title", "meta"):
        return None
    text = _joined_price(blocks, at)
    amounts = [
        amount
        for amount in amounts_in(text)
        if amount.period and not amount.is_list_price and not _ADDED.search(text, 0, amount.start)
    ]
    if not amounts and (bare := _bare_price(blocks, at)):
        return bare
    if not amounts or _NO_PLAN.search(text) or is_denied(text, amounts[0].start, amounts[0].end):
        return None
    if _is_of_others(text, amounts[0]):
        return None
    around = " ".join(
        [text, *block.headings[-2:], *(near.flat for near in blocks[max(0, at - 2) : at] if len(near.flat) < 300)]
    )
    is_named = _CONTEXT.search(around) or _NAME.search(around) or _known_name([around], known)
    return amounts[0] if is_named or _gives_visits(blocks, at) else None


def _bare_price(blocks: Sequence[Block], at: int) -> Amount | None:
    """Return a price without a period next to the heading of a plan on the same card."""
    price = _ALONE.fullmatch(blocks[at].flat)
    near = [block for block in blocks[max(0, at - 1) : at + 3] if block.is_heading and len(block.flat) < LONGEST_NAME]
    is_plan = any(_IS_PLAN.search(head.flat) and head.element.is_near(blocks[at].element, 2) for head in near)
    if price is None or not is_plan:
        return None
    amount = amounts_in(blocks[at].flat)[0]
    card = " ".join(block.flat for block in blocks[at : at + 5] if len(block.flat) < 120)
    return replace(amount, period="year" if _A_YEAR.search(card) else "")


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


def _is_of_others(text: str, amount: Amount) -> bool:
    """Return whether an amount is another company's, or of a warranty."""
    first, last = sentence_around(text, amount.start, amount.end)
    before = sentence_around(text, max(0, first - 2), max(0, first - 1))[0]
    return "warrant" in text[first:last].lower() or bool(PRICES_OF_OTHERS.search(text[before:last]))


def _joined_price(blocks: Sequence[Block], at: int) -> str:
    """Join a price that is split over boxes: "$ 24", "95" and "/month"."""
    text, next_texts = blocks[at].flat, [block.flat.strip() for block in blocks[at + 1 : at + 3]]
    if len(text) >= _LONGEST_AMOUNT:
        return text
    if len(next_texts) > 1 and re.fullmatch(r"\$\s?\d{1,4}", text) and re.fullmatch(r"\.?\d\d", next_texts[0]):
        text, next_texts = f"{text}.{next_texts[0].removeprefix('.')}", next_texts[1:]
    return f"{text} {next_texts[0]}" if next_texts and _OF_PERIOD.match(next_texts[0]) else text


def _gives_visits(blocks: Sequence[Block], at: int) -> bool:
    """Return whether a price with a period is followed by visits: it is then a plan."""
    next_texts = [block.flat for block in blocks[at + 1 : at + 5] if not block.is_heading and len(block.flat) < 120]
    return any(_VISITS.search(text) for text in next_texts)


def _plan(
    blocks: Sequence[Block], at: int, card: Sequence[Block], known: _Known, first_name: Callable[[], str]
) -> Fact | None:
    price = _price_of(blocks, at, known)
    if price is None:
        return None
    block = blocks[at]
    above = blocks[at - 1].flat if at else ""
    name = next((known_name for known_name, pattern in known if pattern.fullmatch(above)), "") or _name_of(
        block, card, known, first_name
    )
    if not name:
        return None
    percent, detail = _benefits(card)
    detail |= {"period": price.period} if price.period else {}
    if price.is_from:
        detail["from"] = "yes"
    return block.fact(
        Kind.MEMBERSHIP, name, 0.88, quote=quoted(card, block), price=price.value, percent=percent, detail=detail
    )


def _name_of(block: Block, card: Sequence[Block], known: _Known, first_name: Callable[[], str]) -> str:
    """Return the name of a plan: the tenant's, else the card's tier, else a written name, else a heading.

    A heading that speaks to the reader is no name; the first plan that the page names is.
    """
    whole = [block.flat, *(part.flat for part in card)]
    if name := _known_name(whole, known):
        return name
    heads = [" ".join(part.text.split()) for part in card if part.is_heading and "$" not in part.text]
    titles = [part.flat for part in card if part.flat in heads or (part.tag != "li" and part.index < block.index)]
    if tier := next((title for title in titles if len(title.split()) <= 3 and _TIER.search(title)), ""):
        return tier
    if name := _known_name(reversed(block.headings), known):
        return name
    above = next((part.text for part in card if part.index == block.index - 1), "")
    if len(block.flat) < _LONGEST_PRICE and 0 < len(above.split()) <= 3 and re.fullmatch(r"[A-Z][^\d:$]+", above):
        return above  # a short line above the price in its card
    for text in [*whole, *reversed(block.headings)]:
        if name := _written_name(text):
            return name
    above_all = [words for words in reversed(block.headings) if "$" not in words]
    fit = [words for words in above_all if _TIER.search(words) or _CONTEXT.search(words)]
    names = [" ".join(name.split()) for name in [*heads, *fit] if not _TO_READER.search(name)]
    return next((name for name in names if len(name) <= LONGEST_NAME), "") or first_name()


def _known_name(texts: Iterable[str], known: _Known) -> str:
    for text in texts:
        if named := [name for name, pattern in known if pattern.search(text)]:
            return max(named, key=len)
    return ""


def _written_name(text: str) -> str:
    for match in _NAME.finditer(text):
        words = match[1].split()
        while words and words[0].lower() in _GENERIC:
            words = words[1:]
        if len(words) > 1 and not _NO_PLAN.search(match[1]):
            return " ".join(words)
    return ""


def _whole_names(text: str, known: _Known) -> Iterator[tuple[str, re.Match[str]]]:
    """Yield each name that is not part of a longer one: "Ridge Club Plus" does not name "Ridge Club"."""
    matches = [(name, match) for name, pattern in known for match in pattern.finditer(text)]
    taken: set[str] = set()
    for name, match in matches:
        inside = any(
            other.start() <= match.start() and match.end() <= other.end() and len(other[0]) > len(match[0])
            for _, other in matches
        )
        if not inside and name not in taken:
            taken.add(name)
            yield name, match


def _names_in(block: Block, known: _Known) -> Iterator[tuple[str, tuple[int, int], float]]:
    text = block.flat
    has_known = False
    for name, match in _whole_names(text, known):
        has_known = True
        yield name, match.span(), 0.9
    if has_known or block.tag in ("title", "meta"):
        return
    for match in _NAME.finditer(text):
        name = _written_name(match[1])
        around = f"{text[max(0, match.start() - 80) : match.end() + 80]} {block.heading}"
        if name and _CONTEXT.search(around) and not _NO_PLAN.search(around):
            yield name, match.span(), 0.7 if name.split()[0].lower() not in ("maintenance", "service") else 0.6


def _benefits(card: Sequence[Block]) -> tuple[Decimal | None, dict[str, str]]:
    """Return the repair discount and the yearly visits, if the card names them."""
    text = "\n".join(part.flat for part in card)
    detail: dict[str, str] = {}
    percent = None
    if match := _PERCENT.search(text):
        percent = Decimal(match[1] or match[2] or match[3])
    if visits := _VISITS.search(text):
        word = (visits[1] or visits[2] or visits[3]).lower()
        detail["visits"] = _COUNTS.get(word, word)
    return percent, detail
