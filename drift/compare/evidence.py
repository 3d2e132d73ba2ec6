"""Is a fact the shop's own word? Only then may it open a finding; of what nobody claims, nothing can be told. Pure.

Who writes pages knows more others than any list: makers, counties, universities, people who look for work. So these
rules ask for a sign that the shop speaks of itself: its frame around the page, `our` and `us`, a label that is made of
nothing but its own words, its own towns in the same row, days beside it that agree with the map.
"""

import re
from collections.abc import Collection, Iterable

from drift.reading.facts import Fact, Kind
from drift.reading.guide import stems, telling
from drift.reading.money import MONEY, amount
from drift.reading.phones import TOLL_FREE
from drift.reading.places import is_city
from drift.reading.sentences import refuses, says_no, sentence_around
from pagetojob.titanmap.map_types import Item

from . import names
from .index import Index
from .own_words import BEGINS, BOOKS, CALLS, CONTACTS, LABEL, LINE, OPEN, OPENING, OTHERS_LISTED, OWN, PAST, SERVES

#: The parts of a page in which a shop says who it is. Small print, with the numbers of others, stands at its foot.
_FRAME = frozenset({"header", "footer", "nav", "data", "head"})
_TOP = _FRAME - {"footer"}
_WORD = re.compile(r"[a-z']+")
#: So many letters from a price its name may stand; a box of fewer words holds nothing but the price.
_NEAR, _FEWEST_WORDS = 60, 3
#: Words of a sentence about one thing, and of a row of towns.
_SHORT_SENTENCE, _SHORT_TEXT, _LONGEST_LIST = 14, 20, 12
_MOST_OF_A_NAME = 0.6  # of three words one may be said in another way
_MOST_DAYS = 6
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n| \| ")
#: What the next one costs, and what somebody else pays, is not the item's price.
_OF_MORE = re.compile(
    r"\b(?:additional|extra|another|second|third|after that|members?(?: (?:pay|get|save|price))?|more than|less than|"
    r"(?:other|big|some) (?:\w+ )?(?:companies|outfits|shops|guys|places|folks|contractors)|charges|asks|wants|bills)\b"
    r"[^.$|]{0,30}$",
    re.IGNORECASE,
)
_PAID_BY_OTHERS = re.compile(r"\b(?:rebates?|credits?|incentives?|grants?|subsid(?:y|ies))\b", re.IGNORECASE)
_OF_THE_STATE = re.compile(
    r"\b(?:utility|federal|state|county|city|tax|maker's|manufacturer's?)\b[^.$]{0,30}\b(?:rebates?|credits?|incentives?)\b|"
    r"\brebates?\b[^.]{0,30}\b(?:utility|state|county|city|maker|manufacturer)\b|"
    r"\bpaid by (?:the|your)\b",
    re.IGNORECASE,
)
#: "Why we send radon mitigation to a specialist".
_HANDS_OVER = re.compile(
    r"\b(?:send|refer|pass|hand|leave|give|farm)(?:s|ing)? ((?:[\w-]+ ){1,5})(?:on |over |out )?to "
    r"(?:a|an|the|our friends?|another|others?|someone|somebody|[A-Z])",
)
_YES = re.compile(r"\W{0,3}(?:yes|yep|yup|sure|we are|you bet|certainly|absolutely|of course)\b", re.IGNORECASE)
_ASKED = re.compile(r"[^.!?]{3,60}\?\s{0,2}$")
_JOINS = re.compile(
    r"\b(?:join|enroll\w*|sign (?:up|me up)|become|members? (?:get|save|receive|enjoy)|includes?|benefits?|"
    r"(?:per|a) (?:month|year)|our|choose|buy)\b",
    re.IGNORECASE,
)


def of_phone(index: Index, fact: Fact) -> bool:
    """Whether a page calls a number the shop's. One free of toll is as often a maker's, so less speaks for it."""
    local = not fact.value.startswith(TOLL_FREE) and any(known[:5] == fact.value[:5] for known in index.phones)
    at = _place_of(fact.value, fact.said)
    if local and (fact.place in _TOP or at is None or fact.selector.rpartition(" > ")[2].startswith("a:")):
        return True  # the head of the page, a link that dials it, letters for digits, a button
    if at is None or OTHERS_LISTED.search(fact.heading):
        return False
    first, last = sentence_around(fact.said, *at)
    ahead = re.split(r"[|•·;\n]|\d{4}\b", fact.said[first : at[0]])[-1]
    label = CALLS.split(ahead)[-1]
    is_labelled = local or label.strip(" :(-") or OWN.search(fact.said[first:last])
    if (local and BEGINS.fullmatch(ahead.strip())) or (is_labelled and _is_own_label(index, label)):
        return True
    tail = OWN.split(ahead)[-1] if OWN.search(ahead) else ""
    if tail and not PAST.search(tail) and (_is_own_label(index, tail) or bool(LINE.search(tail))):
        return True
    if fact.place in _FRAME and _is_beside_own(index, fact.said, at[0]):
        return True
    asked = _ASKED.search(fact.said[:first])
    before = CALLS.split(ahead)[0]  # "For plan questions call 972-555-0109."
    is_booked = bool(BOOKS.search(fact.said[asked.start() if asked else first : last])) or (
        bool(before.strip()) and _is_own_label(index, before)
    )
    return is_booked and not label.strip() and not fact.value.startswith(TOLL_FREE)


def _is_beside_own(index: Index, quote: str, at: int) -> bool:
    """Whether a number begins a text in which a number of the map stands: "360-555-0116 (north end)"."""
    return not quote[:at].strip(" (+1") and any(_place_of(number, quote) for number in index.phones)


def _place_of(number: str, quote: str) -> tuple[int, int] | None:
    pattern = rf"\(?{number[2:5]}\D{{0,4}}{number[5:8]}\D{{0,3}}{number[8:]}"
    found = re.search(pattern, quote)
    return found.span() if found else None


def _is_own_label(index: Index, label: str) -> bool:
    """Whether all words of a label are of shops in general or of this map; no word at all is no other's."""
    return all(
        word in LABEL or word.removesuffix("s") in LABEL or stems(word) <= index.own_stems
        for word in _WORD.findall(label.lower())
    )


def of_area(fact: Fact, *, is_beside_ours: bool) -> bool:
    """Whether a town is said to be served: it stands with towns of the map, or its sentence or heading says so.

    A word that no list of towns has ("Master", "Middle") is one only beside towns of the map.
    """
    if is_beside_ours or not (is_city(fact.value) or fact.kind is Kind.AREA_ZIP):
        return is_beside_ours
    if fact.selector.rpartition(" > ")[2].startswith("h1"):
        return True  # what a page is about: "AC repair in Mesa, AZ"
    if fact.heading.endswith("?") and refuses(fact.said):
        return False  # "Do you do awnings?" "No. Try a canvas shop in Kalamazoo."
    at = max(0, fact.said.find(fact.value))
    first, last = sentence_around(fact.said, at, at + len(fact.value))
    is_small_print = fact.place == "footer" and len(fact.said.split()) > _LONGEST_LIST  # of another heading's
    return bool((not is_small_print and SERVES.search(fact.heading)) or SERVES.search(fact.said[first:last]))


def of_price(index: Index, item: Item, fact: Fact) -> bool:
    """Whether a price stands by the whole name of an item: "Softener, 32,000 grain" is no softener rental."""
    sentence, near = _around(fact)
    sentence = fact.said if len(fact.said.split()) <= _SHORT_TEXT and fact.said.count("$") == 1 else sentence
    more = _OF_MORE.search(near[: near.find("$")])
    if (more and not _OF_MORE.search(f"{item.name} ")) or ("$" in fact.heading and says_no(fact.heading, 0)):
        return False  # "Why we don't sell a $29 tune-up"
    if fact.place == "data" or names.fee_of(item.name) or len(_WORD.findall(fact.said.lower())) < _FEWEST_WORDS:
        return True  # a box that holds nothing but the price belongs to the name that the reader found for it
    said = telling(f"{near} {fact.heading} {fact.detail.get('above', '')}")
    told = f" {names.words(sentence)} "
    if len(sentence.split()) <= _SHORT_SENTENCE:
        said |= index.common.keys()  # "Sweep, single flue" at a shop that has nothing but chimneys
    return any(
        _share(telling(name), said) > _MOST_OF_A_NAME or f" {names.words(name)} " in told
        for name in (item.name, *item.synonyms)
    )


def _share(name: frozenset[str], said: frozenset[str]) -> float:
    return len(name & said) / max(1, len(name))


def _around(fact: Fact) -> tuple[str, str]:
    """The price's own sentence, and what of it stands near the price."""
    quote = fact.said
    for match in MONEY.finditer(quote):
        if amount(match[1]) == fact.price:
            first, last = sentence_around(quote.replace(" | ", "   "), *match.span())
            asked = _ASKED.search(quote[:first])  # "Toilet rocking? Rebuild it for $199."
            first = asked.start() if asked else first
            return quote[first:last], quote[max(first, match.start() - _NEAR) : min(last, match.end() + _NEAR)]
    return quote, quote


def of_offer(fact: Fact) -> bool:
    """Whether an offer that the map does not have is the shop's, and no rebate or credit of somebody else."""
    if _OF_THE_STATE.search(fact.said):
        return False
    return not _PAID_BY_OTHERS.search(fact.said) or bool(OWN.search(fact.said))


def of_plan(fact: Fact) -> bool:
    """Whether a page sells a plan, rather than telling what became of it."""
    if fact.place in _FRAME or fact.price is not None or fact.percent is not None or "visits" in fact.detail:
        return True
    if fact.said.rstrip().endswith("?") or says_no(fact.said, 0):
        return False
    is_bare = len(_WORD.findall(fact.said.lower())) <= len(_WORD.findall(fact.value.lower())) + 1
    return is_bare or bool(_JOINS.search(fact.said))


def of_service(fact: Fact) -> bool:
    """Whether a page sells what it names: not where the sentence that names it denies or asks anything."""
    if fact.place in _FRAME or fact.detail.get("how") == "listed":
        return True
    said, sentences = telling(fact.value), _SENTENCES.split(fact.said.strip())
    for sentence in sentences:
        is_asked = sentence is sentences[-1] and sentence.endswith("?")
        given = _HANDS_OVER.search(sentence)
        is_given = given is not None and bool(said & telling(given[1]))
        if said & telling(sentence) and (is_asked or is_given or says_no(sentence, 0)):
            return False
    return True


def of_hours(index: Index, fact: Fact, agreed: Collection[str]) -> bool:
    """Whether hours are the shop's: a page calls them so, or a day in the same box (`agreed`) is as the map has it."""
    if fact.place in _FRAME or box(fact.selector) in agreed:
        return True
    said = fact.detail.get("said", "")
    if OWN.search(said) and OPEN.search(said):
        return True
    if fact.heading.endswith("?") and OPEN.search(fact.heading) and _YES.match(fact.said):
        return True
    words = _WORD.findall(said.lower())
    is_plain = all(word in OPENING or word in LABEL or stems(word) <= index.own_stems for word in words)
    return is_plain and bool(
        not fact.heading or OPEN.search(said) or OPEN.search(fact.heading) or CONTACTS.search(fact.heading)
    )


def whole_weeks(facts: Iterable[Fact]) -> frozenset[str]:
    """The boxes that hold hours for most days of a week: no truck and no clerk is told of by the day like that."""
    days: dict[str, set[str]] = {}
    for fact in facts:
        days.setdefault(box(fact.selector), set()).add(fact.value[:3])
    return frozenset(place for place, told in days.items() if len(told) >= _MOST_DAYS)


def box(selector: str) -> str:
    """What holds a row and its neighbours; a paragraph is its own box."""
    steps = selector.split(" > ")
    at = next((at for at, step in enumerate(steps) if step.startswith(("tr:", "li:", "dl:"))), 0)
    return " > ".join(steps[: at + steps[at].startswith("dl:")]) if at else selector
