"""Compare offers: expired, about to expire, or different from the map. Pure."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from drift.reading.facts import Fact
from drift.reading.guide import telling
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
    last = fact.expires
    if offer is None:
        if last is None or not evidence.is_own_offer(fact):
            return
        item, ends, end = f"offer: {' '.join(sorted(names.offer_words(fact.value))) or fact.value}", None, ""
        identity = f"{item} {last}"
    else:
        item, ends, identity = offer.label, offer.ends, f"{last or 'ended'}"
        end = f"ends {ends}" if ends else "" if offer.active else "inactive"
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
        service, quoted = fact.detail.get("service", ""), names.offer_words(fact.quote)
        fact_words, about = (
            names.offer_words(fact.value) | names.offer_words(service),
            keys(service) or keys(fact.value),
        )
        for rank, (words, wanted, things, offer) in enumerate(index.offers):
            if about and wanted and not about & wanted:
                continue
            has_service = bool(offer.service or wanted)
            score = _shared(fact_words, words - names.AUDIENCES if has_service else words)
            if (len(words) > 1 and words <= quoted) or (things and things <= telling(fact.quote)):
                score = max(score, _BY_QUOTE)
            is_equal, is_alike = _wanted(offer) == _printed(fact), _wanted(offer)[0] == _printed(fact)[0]
            is_same_day = fact.expires is not None and fact.expires == offer.ends
            groups = names.audiences(fact.value) & names.audiences(f"{offer.audience} {offer.name}")
            is_same_group = not has_service and bool(groups - _OPEN_GROUPS)
            if is_same_group or (is_equal and (fact_words & words or is_same_day)):
                score = max(score, _SAME_AT)
            if score >= (_SAME_AT if is_alike else _OTHER_FORM):
                scored.append((is_equal, score, fact.confidence, -place, -rank, offer))
    pairs: dict[int, Offer] = {}
    for *_, place, _, offer in sorted(scored, key=lambda score_row: score_row[:5], reverse=True):
        if -place not in pairs and offer not in pairs.values():
            pairs[-place] = offer
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
