"""Compare offers: expired, about to expire, or different from the map. Pure."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from operator import itemgetter

from drift.reading.facts import Fact
from drift.reading.guide import key_stems
from drift.reading.terms import AMOUNT_OFF, FREE, PERCENT_OFF, PRICE
from pagetojob.titanmap.map_types import Offer

from .. import evidence, names
from ..findings import AGREES, CANNOT_TELL, Rule, Verdict
from ..index import Index, keys
from .services import dollars

#: A finding opens this many days before the last day of an offer, so that there is time to act.
_LAPSE = timedelta(days=7)
#: Minimum share of common words, from 0 to 1, for two offers to match.
_SAME_AT = 0.5
#: Score of an offer that the text around names; minimum score of one in another form.
_BY_QUOTE, _OTHER_FORM = 0.6, 0.9
#: Groups that anyone may join: a shop has several offers for them.
_OPEN_GROUPS = frozenset({"newcustomer", "referral"})
#: The form of an offer, such as "percent off", and its number. The map may state neither.
_Terms = tuple[str, Decimal | None]


def offers(index: Index, facts: Sequence[Fact]) -> Iterator[tuple[Verdict, Fact]]:
    """Compare the offers of one page. Offers with equal amounts are paired first, the others by their words."""
    pairs = _paired(index, facts)
    for place, fact in enumerate(facts):
        offer = pairs.get(place)
        verdicts = [*_ended(index, fact, offer), *(_mismatch(fact, offer) if offer else ())]
        yield from ((verdict, fact) for verdict in verdicts or [AGREES if offer else CANNOT_TELL])


def _mismatch(fact: Fact, offer: Offer) -> Iterator[Verdict]:
    meant, printed_for = names.audiences(offer.audience), names.audiences(f"{fact.value} {fact.quote}")
    if meant and printed_for and not meant & printed_for:
        values = (f"for {offer.audience}", f"for {'/'.join(sorted(printed_for))}")
        yield Verdict(Rule.OFFER_MISMATCH, offer.label, *values, "audience", 0.8)
    wanted, printed = _wanted(offer), _printed(fact)
    if wanted[0] == printed[0] and wanted != printed:
        yield Verdict(Rule.OFFER_MISMATCH, offer.label, _words(*wanted), _words(*printed), confidence=0.9)


def _ended(index: Index, fact: Fact, offer: Offer | None) -> Iterator[Verdict]:
    """Yield at most one verdict about time: expired, expiring soon, or a different end date."""
    last, ends = fact.expires, offer.ends if offer else None
    if offer is None and (last is None or not evidence.is_own_offer(fact)):
        return
    item = offer.label if offer else f"offer: {' '.join(sorted(names.offer_words(fact.value))) or fact.value}"
    identity = f"{last or 'ended'}" if offer else f"{item} {last}"
    end = f"ends {ends}" if ends else "inactive" if offer and not offer.active else ""
    if last is not None and last < index.today:
        yield Verdict(Rule.EXPIRED_OFFER, item, end, f"expired {last}", identity)
    elif offer is not None and (not offer.active or (last is None and ends and ends < index.today)):
        printed = f"until {last}" if last else "still advertised"
        yield Verdict(Rule.EXPIRED_OFFER, item, end if offer.active else "inactive", printed, identity, 0.85)
    elif last is not None and ends is not None and ends != last:
        yield Verdict(Rule.OFFER_DATE_MISMATCH, item, f"ends {ends}", f"ends {last}")
    elif last is not None and last <= index.today + _LAPSE:
        yield Verdict(Rule.OFFER_LAPSING, item, end, f"ends {last}", identity)


def _paired(index: Index, facts: Sequence[Fact]) -> dict[int, Offer]:
    """Return the offer of the map for each place of a fact. Equal terms count first, then the share of words."""
    scored = []
    for place, fact in enumerate(facts):
        service, quoted, printed = fact.detail.get("service", ""), names.offer_words(fact.quote), _printed(fact)
        fact_words, about = names.offer_words(f"{fact.value} {service}"), keys(service) or keys(fact.value)
        for words, services, things, offer in index.offers:
            if about and services and not about & services:
                continue
            wanted, has_service = _wanted(offer), bool(offer.service or services)
            score = _shared(fact_words, words - names.AUDIENCES if has_service else words)
            if (len(words) > 1 and words <= quoted) or (things and things <= key_stems(fact.quote)):
                score = max(score, _BY_QUOTE)
            is_same_day = fact.expires is not None and fact.expires == offer.ends
            groups = names.audiences(fact.value) & names.audiences(f"{offer.audience} {offer.name}")
            is_same_group = not has_service and groups - _OPEN_GROUPS
            if is_same_group or (wanted == printed and (fact_words & words or is_same_day)):
                score = max(score, _SAME_AT)
            if score >= (_SAME_AT if wanted[0] == printed[0] else _OTHER_FORM):
                scored.append((wanted == printed, score, fact.confidence, place, offer))
    pairs: dict[int, Offer] = {}
    for *_, place, offer in sorted(scored, key=itemgetter(0, 1, 2), reverse=True):
        if place not in pairs and offer not in pairs.values():
            pairs[place] = offer
    return pairs


def _shared(fact_words: frozenset[str], words: frozenset[str]) -> float:
    """Return the share of the shorter name in the longer one. A single common word is a weaker sign."""
    smaller = min(len(fact_words), len(words))
    return len(fact_words & words) / smaller * (0.8 if smaller < 2 else 1.0) if smaller else 0.0


def _wanted(offer: Offer) -> _Terms:
    stated = {PERCENT_OFF: offer.percent_off, AMOUNT_OFF: offer.amount_off, PRICE: offer.price}
    free = (FREE, Decimal(0)) if offer.free else ("", None)
    return next(((form, number) for form, number in stated.items() if number is not None), free)


def _printed(fact: Fact) -> _Terms:
    return fact.detail.get("form", ""), fact.price if fact.percent is None else fact.percent


def _words(form: str, number: Decimal | None) -> str:
    if number is None or form == FREE:
        return form
    printed = f"{number.normalize():f}%" if form == PERCENT_OFF else dollars(number)
    return printed if form == PRICE else f"{printed} off"
