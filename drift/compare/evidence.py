"""Is a fact the shop's own word? Only then may it open a finding; of what nobody claims, nothing can be told. Pure.

Who writes pages knows more others than any list: makers, counties, universities, people who look for work. So these
rules ask for a sign that the shop speaks of itself: its frame around the page, `our` and `us`, a label that is made of
nothing but its own words, its own towns in the same row, days beside it that agree with the map.
"""

import re
from decimal import Decimal

from drift.reading.facts import Fact, Kind
from drift.reading.hours import SHOP
from drift.reading.guide import stems, telling
from drift.reading.money import MONEY
from drift.reading.phones import TOLL_FREE
from drift.reading.places import is_city
from drift.reading.sentences import says_no, sentence_around
from drift.reading.wordset import wordset

from . import names
from .index import Index
from .titan_map import Item

#: The parts of a page in which a shop says who it is.
_FRAME = frozenset({"header", "footer", "nav", "data", "head"})
_OWN = re.compile(r"\b(?:our|ours|(?<!n't )(?<!not )us|we|we're|we'll|we've)\b", re.IGNORECASE)
_CALLS = re.compile(r"\b(?:call|text|dial|ring|phone|reach|message|tel)(?:ing|s)?\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z']+")
#: What the label of a shop's own number is made of, beside the words of its map.
_LABEL = wordset(
    "a an and any anytime appointment appointments at after book booking branch business by call cell contact counter "
    "crew customer customers day desk direct dispatch emergencies emergency estimate estimates fast for free general "
    "here help holiday holidays hotline hour hours hrs immediate in is line local location main mobile night nights "
    "no non now number o office on or our p ph phone photo photos picture pictures please quote quotes residential commercial right sales schedule "
    "scheduling service shop side sms store t team tel telephone text the then time to today toll tonight us urgent "
    "weekend weekends with you your call-out on-call live person real talk speak reach dial ring"
)
_SERVES = re.compile(
    r"\bserv(?:e|es|ed|ing|ice area)|\b(?:service |coverage )?areas?\b|\b(?:towns?|cities|communities|neighborhoods|"
    r"counties|zip codes|routes?)\b|\bwhere (?:we|our|you|the|to)\b|\bwe (?:\w+ ){0,2}(?:go|work|run|drive|travel|cover|haul|come|install|"
    r"repair)\b|\b(?:our|the) (?:\w+ )?(?:trucks?|vans?|crews?|techs?|routes?)\b|\bcover(?:s|ing|age)?\b|"
    r"\byou (?:work|go|come|serve|travel)\b|\bnear(?:by)?\b",
    re.IGNORECASE,
)
#: So far from a price its name may stand.
_NEAR = 60
_FEWEST_WORDS = 3
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n| \| ")
#: What the next one costs, and what somebody else pays, is not the item's price.
_OF_MORE = re.compile(
    r"\b(?:additional|extra|another|second|third|after that|members?(?: (?:pay|get|save|price))?|more than|less than|"
    r"(?:other|big|some) (?:\w+ )?(?:companies|outfits|shops|guys|places|folks|contractors))\b[^.$]{0,30}$",
    re.IGNORECASE,
)
#: What stands before the number of a licence.
_LICENSED = re.compile(r"\blic(?:en[sc]ed?s?)?\b|\bregist\w+|\bcertific\w+|\bcontractor|\bplumber|\belectrician", re.IGNORECASE)
_JOINS = re.compile(
    r"\b(?:join|enroll\w*|sign (?:up|me up)|become|members? (?:get|save|receive|enjoy)|includes?|benefits?|per (?:month|"
    r"year)|a (?:month|year)|our|choose|buy)\b",
    re.IGNORECASE,
)


def of_phone(index: Index, fact: Fact) -> bool:
    """Whether a page calls a number the shop's. One free of toll is as often a maker's, so less speaks for it."""
    local = not fact.value.startswith(TOLL_FREE) and any(known[:5] == fact.value[:5] for known in index.phones)
    quote = fact.quote
    at = _place_of(fact.value, quote)
    if fact.place in _FRAME and local:
        return True
    if at is None:
        return local  # a link that dials it, or letters for digits
    first, last = sentence_around(quote, *at)
    ahead = re.split(r"[|•·;\n]|\d{4}\b", quote[first : at[0]])[-1]
    label = _CALLS.split(ahead)[-1]
    if _is_own_label(index, label) and (local or label.strip(" :(-") or _OWN.search(quote[first:last])):
        return True
    if local and fact.selector.rpartition(" > ")[2].startswith("a:"):
        return True  # a button
    return bool(_OWN.search(ahead) and (local or _OWN.search(label)))


def _place_of(number: str, quote: str) -> tuple[int, int] | None:
    pattern = rf"\(?{number[2:5]}\D{{0,4}}{number[5:8]}\D{{0,3}}{number[8:]}"
    found = re.search(pattern, quote)
    return found.span() if found else None


def _is_own_label(index: Index, label: str) -> bool:
    """Whether all words of a label are of shops in general or of this map; no word at all is no other's."""
    return all(word in _LABEL or stems(word) <= index.own_stems for word in _WORD.findall(label.lower()))


def of_area(fact: Fact, *, is_beside_ours: bool) -> bool:
    """Whether a town is said to be served: it stands with towns of the map, or its sentence or heading says so.

    A word that no list of towns has ("Master", "Middle") is one only beside towns of the map.
    """
    if is_beside_ours or not (is_city(fact.value) or fact.kind is Kind.AREA_ZIP):
        return is_beside_ours
    at = max(0, fact.quote.find(fact.value))
    first, last = sentence_around(fact.quote, at, at + len(fact.value))
    return bool(_SERVES.search(fact.heading) or _SERVES.search(fact.quote[first:last]))


def of_price(item: Item, fact: Fact) -> bool:
    """Whether a price stands by the whole name of an item: "Softener, 32,000 grain" is no softener rental."""
    sentence, near = _around(fact)
    if _OF_MORE.search(near[: near.find("$")]):
        return False
    if fact.place == "data" or names.fee_of(item.name) or len(_WORD.findall(fact.quote.lower())) < _FEWEST_WORDS:
        return True  # a box that holds nothing but the price belongs to the name that the reader found for it
    said, told = telling(f"{near} {fact.heading}"), f" {names.words(sentence)} "
    return any(telling(name) <= said or f" {names.words(name)} " in told for name in (item.name, *item.synonyms))


def _around(fact: Fact) -> tuple[str, str]:
    """The price's own sentence, and what of it stands near the price."""
    quote = fact.quote
    for match in MONEY.finditer(quote):
        if Decimal(match[1].replace(",", "")) == fact.price:
            first, last = sentence_around(quote.replace(" | ", "   "), *match.span())
            return quote[first:last], quote[max(first, match.start() - _NEAR) : min(last, match.end() + _NEAR)]
    return quote, quote


def of_license(index: Index, fact: Fact) -> bool:
    """Whether a number is a licence of the shop's: in its frame, formed like one of the map's, or called so by it."""
    if fact.place in _FRAME or _form(fact.value) in {_form(known) for known in index.map.licenses}:
        return True
    at = max(0, fact.quote.find(fact.value))
    first, last = sentence_around(fact.quote, at, at + len(fact.value))
    return bool(_LICENSED.search(fact.quote[first:at]) or _OWN.search(fact.quote[first:last]))


def _form(number: str) -> tuple[str, int]:
    """Its letters, and how many digits it has."""
    plain = re.sub(r"[^A-Z0-9]", "", number.upper())
    return re.sub(r"\d", "", plain), sum(map(str.isdigit, plain))


def of_plan(fact: Fact) -> bool:
    """Whether a page sells a plan, rather than telling what became of it."""
    if fact.place in _FRAME or fact.price is not None or fact.percent is not None or "visits" in fact.detail:
        return True
    return not fact.quote.rstrip().endswith("?") and not says_no(fact.quote, 0) and bool(_JOINS.search(fact.quote))


def of_service(fact: Fact) -> bool:
    """Whether a page sells what it names: not where the sentence that names it denies or asks anything."""
    if fact.place in _FRAME or fact.detail.get("how") == "listed":
        return True
    said = telling(fact.value)
    for sentence in _SENTENCES.split(fact.quote):
        if said & telling(sentence) and (says_no(sentence, 0) or sentence.rstrip().endswith("?")):
            return False
    return True


def of_hours(fact: Fact, agreed: frozenset[str]) -> bool:
    """Whether hours are the shop's: a page calls them so, or a day in the same box (`agreed`) is as the map has it."""
    return fact.place in _FRAME or fact.detail.get("whose") == SHOP or box(fact.selector) in agreed


def box(selector: str) -> str:
    """What holds a row and its neighbours; a paragraph is its own box."""
    steps = selector.split(" > ")
    at = next((at for at, step in enumerate(steps) if step.startswith(("tr:", "li:", "dl:"))), 0)
    return " > ".join(steps[: at + steps[at].startswith("dl:")]) if at else selector
