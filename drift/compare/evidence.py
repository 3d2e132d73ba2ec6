"""Decide whether the shop makes a statement about itself. Only such a fact may open a finding. Pure.

Pages mention more other parties than any list can hold: manufacturers, counties, universities, job seekers. So these
rules require a sign that the shop speaks about itself: the page's header or footer, `our` and `us`, a label that
consists only of the shop's own words, its own towns in the same row, or days next to it that agree with the map.
"""

import re
from collections.abc import Collection

from drift.reading.facts import Fact, Kind
from drift.reading.guide import key_stems, stems
from drift.reading.money import MONEY, amount
from drift.reading.phones import TOLL_FREE
from drift.reading.places import is_city
from drift.reading.sentences import is_negative, refuses, sentence_around
from drift.reading.vocabulary import topic
from pagetojob.titanmap.map_types import Item

from . import names
from .addresses import Address
from .index import Index, all_names

_WORDS = topic("evidence")
_OWN = re.compile(r"\b(?:our|ours|(?<!n't )(?<!not )us|we|we're|we'll|we've)\b", re.IGNORECASE)
_CALLS = re.compile(r"\b(?:call|text|dial|ring|phone|reach|message|tel)(?:ing|s)?\b", re.IGNORECASE)
#: Page regions in which a shop identifies itself. The footer can also contain small print with other parties' numbers.
_FRAME = frozenset({"header", "footer", "nav", "data", "head"})
_WORD = re.compile(r"[a-z']+")
#: "Its" is no plural of "it": "The maker pays; its hotline is 800-555-0199".
_PLURAL = re.compile(r"(?<=\w{3})s$")
#: Maximum distance in characters between a price and its name; a box with fewer words holds only the price.
_NEAR, _FEWEST_WORDS = 60, 3
#: Maximum words of a list of towns.
_LONGEST_LIST = 12
_MOST_OF_A_NAME = 0.6  # one of three words may be worded differently
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n| \| ")
_AROUND_ROW = re.compile(r".*?(?: > dl:\S+(?= >)|(?= > (?:tr|li|span|a):))")


def is_own_phone(index: Index, fact: Fact) -> bool:
    """Return whether a page presents a number as the shop's: in its frame, in a link, or with a label of own words.

    A toll-free number may be a manufacturer's, so it needs a label.
    """
    number, quote = fact.value, fact.plain_quote
    local = not number.startswith(TOLL_FREE) and any(known[:5] == number[:5] for known in index.phones)
    printed = re.search(rf"\(?{number[2:5]}\D{{0,4}}{number[5:8]}\D{{0,3}}{number[8:]}", quote)
    is_link = printed is None or fact.selector.rpartition(" > ")[2].startswith("a:")
    if local and (is_link or fact.place in _FRAME - {"footer"} or fact.kind is Kind.EMERGENCY_PHONE):
        return True
    if printed is None:
        return False
    first, last = sentence_around(quote, *printed.span())
    label = _CALLS.split(re.split(r"[|•·;\n]|\d{4}\b", quote[first : printed.start()])[-1])[-1]
    is_labeled = local or label.strip(" :(-") or _OWN.search(quote[first:last])
    # Each word of the label is a general word of shops, or a word of this map.
    return bool(is_labeled) and all(
        word in _WORDS.label or _PLURAL.sub("", word) in _WORDS.label or stems(word) <= index.own_stems
        for word in _WORD.findall(label.lower())
    )


def is_own_address(index: Index, fact: Fact, printed: Address) -> bool:
    """Return whether a page presents an address as the shop's: in its frame, near the known one, or as a contact."""
    if fact.place in _FRAME or any(printed.is_near(known) for known in index.addresses):
        return True
    return bool(_WORDS.contacts.search(fact.heading)) and any(printed.zip == known.zip for known in index.addresses)


def is_served(fact: Fact, *, is_near_ours: bool) -> bool:
    """Return whether a town is served: it is listed with towns of the map, or its sentence or heading says so.

    A word that is in no list of towns ("Master", "Middle") counts as a town only if it is listed with towns of the map.
    """
    if is_near_ours or not (is_city(fact.value) or fact.kind is Kind.AREA_ZIP):
        return is_near_ours
    if fact.place == "data" or fact.selector.rpartition(" > ")[2].startswith("h1"):
        return True  # an area served by the page's data, or its subject: "AC repair in Mesa, AZ"
    if fact.heading.endswith("?") and refuses(fact.plain_quote):
        return False  # "Do you do awnings?" "No. Try a canvas shop in Kalamazoo."
    is_small_print = fact.place == "footer" and len(fact.plain_quote.split()) > _LONGEST_LIST  # under another heading
    return bool((not is_small_print and _WORDS.serves.search(fact.heading)) or _WORDS.serves.search(sentence_of(fact)))


def sentence_of(fact: Fact) -> str:
    """Return the sentence of the quote that contains the value of a fact."""
    at = max(0, fact.plain_quote.find(fact.value))
    first, last = sentence_around(fact.plain_quote, at, at + len(fact.value))
    return fact.plain_quote[first:last]


def is_item_price(item: Item, fact: Fact) -> bool:
    """Return whether a price belongs to the full name of an item: "Softener, 32,000 grain" is not a softener rental."""
    quote = fact.plain_quote
    prices = (match.span() for match in MONEY.finditer(quote) if amount(match[1]) == fact.price)
    start, end = next(prices, (0, len(quote)))
    first, last = sentence_around(quote.replace(" | ", "   "), start, end)
    near = quote[max(first, start - _NEAR) : min(last, end + _NEAR)]
    more = _WORDS.of_more.search(near[: near.find("$")])
    if (more and not _WORDS.of_more.search(f"{item.name} ")) or ("$" in fact.heading and is_negative(fact.heading)):
        return False  # "Why we don't sell a $29 tune-up"
    if fact.place == "data" or names.fee_of(item.name) or len(_WORD.findall(quote.lower())) < _FEWEST_WORDS:
        return True  # a box that contains only a price belongs to the name that the reader assigned
    stems_near = key_stems(f"{near} {fact.heading} {fact.detail.get('above', '')}")
    sentence_words = stems(quote[first:last])
    return any(
        (len(key_stems(name) & stems_near) > _MOST_OF_A_NAME * len(key_stems(name)) or stems(name) <= sentence_words)
        and all(word in stems_near for word in key_stems(name) if word.isdigit())  # another size is another item
        for name in all_names(item)
    )


def is_own_offer(fact: Fact) -> bool:
    """Return whether an offer that is not in the map is the shop's, and not a rebate or credit of another party."""
    return not _WORDS.of_the_state.search(fact.plain_quote)


def sells_plan(fact: Fact) -> bool:
    """Return whether a page sells a plan, rather than reporting what happened to it."""
    if fact.place in _FRAME or fact.price is not None or fact.percent is not None or "visits" in fact.detail:
        return True
    return not (fact.plain_quote.rstrip().endswith("?") or is_negative(fact.plain_quote))


def sells_service(fact: Fact) -> bool:
    """Return whether a page sells the service that it names. A sentence that negates it or asks about it does not."""
    if fact.place in _FRAME:
        return True
    name_stems, sentences = key_stems(fact.value), _SENTENCES.split(fact.plain_quote.strip())
    is_asked = sentences[-1].endswith("?") and bool(name_stems & key_stems(sentences[-1]))
    return not is_asked and not any(is_negative(part) for part in sentences if name_stems & key_stems(part))


def are_own_hours(fact: Fact, agreed: Collection[str]) -> bool:
    """Return whether hours are the shop's: the text is about opening, or a day in its box (`agreed`) fits the map."""
    if fact.place in _FRAME or container(fact.selector) in agreed or _WORDS.contacts.search(fact.heading):
        return True
    return bool(_WORDS.open.search(f"{fact.heading} {fact.plain_quote}"))


def container(selector: str) -> str:
    """Return the selector of the list or table around a row; anything else, such as a paragraph, is its own."""
    around = _AROUND_ROW.match(selector)
    return around.group() if around else selector
