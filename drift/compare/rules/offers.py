"""Compare offers: expired, about to expire, or different from the map. Pure."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from drift.reading.facts import Fact
from drift.reading.guide import telling, thing_of
from drift.reading.terms import AMOUNT_OFF, FREE, PERCENT_OFF
from pagetojob.titanmap.map_types import Offer

from .. import evidence, names
from ..findings import AGREES, CANNOT_TELL, Outcome, Rule, Verdict
from ..index import Index, form_of, keys
from .services import dollars

#: A finding opens this many days before the last day of an offer, so that there is time to act.
LAPSE_DAYS = 7
#: Minimum share of common words, from 0 to 1, for two offers to match.
SAME_AT = 0.5
#: Score of an offer that the text around names; minimum score of one in another form.
_BY_QUOTE, _OTHER_FORM = 0.6, 0.9
#: Groups that anyone may join: a shop has several offers for them.
_OPEN_GROUPS = frozenset({"newcustomer", "referral"})
_DIFFERS = Outcome.DIFFERS


def offers(index: Index, facts: Sequence[Fact]) -> Iterator[tuple[Verdict, Fact]]:
    """Compare the offers of one page. Offers with equal amounts are paired first, the others by their words."""
    pairs = _paired(index, facts)
    for place, fact in enumerate(facts):
        offer = pairs.get(place)
        verdicts = [*_ended(index, fact, offer), *_mismatch(fact, offer)]
        yield from ((verdict, fact) for verdict in verdicts or [AGREES if offer is not None else CANNOT_TELL])


def _mismatch(fact: Fact, offer: Offer | None) -> Iterator[Verdict]:
    if offer is None:
        return
    meant, printed_for = names.audiences(offer.audience), names.audiences(f"{fact.value} {fact.quote}")
    if meant and printed_for and not meant & printed_for:
        yield Verdict(
            _DIFFERS, Rule.OFFER_MISMATCH, offer.label, f"for {offer.audience}", f"for {'/'.join(sorted(printed_for))}",
            f"Say that the offer is for {offer.audience}, or correct it in the Titan Map.", "audience", confidence=0.8,
        )  # fmt: skip
    if form_of(offer) != fact.detail.get("form"):
        return
    if _number(fact) != _wanted(offer):
        wanted, printed = (_words(form_of(offer), number) for number in (_wanted(offer), _number(fact)))
        yield Verdict(
            _DIFFERS, Rule.OFFER_MISMATCH, offer.label, wanted, printed,
            f"Show {wanted}, or correct the offer in the Titan Map.", confidence=0.9,
        )  # fmt: skip


def _ended(index: Index, fact: Fact, offer: Offer | None) -> Iterator[Verdict]:
    """Yield at most one verdict about time: expired, expiring soon, or a different end date."""
    item = offer.label if offer else f"offer: {' '.join(sorted(names.offer_words(fact.value))) or fact.value}"
    last = fact.expires
    if offer is None and not evidence.is_own_offer(fact):
        return
    identity = f"{item} {last or ''}" if not offer else f"{last or 'ended'}"
    if last is not None and last < index.today:
        yield Verdict(
            _DIFFERS, Rule.EXPIRED_OFFER, item, _end_of(offer), f"expired {last}",
            "Remove the offer from the page, or give it a new date.", identity,
        )  # fmt: skip
    elif offer is not None and (not offer.active or (last is None and offer.ends and offer.ends < index.today)):
        printed = f"until {last}" if last else "still advertised"
        yield Verdict(
            _DIFFERS, Rule.EXPIRED_OFFER, item, _end_of(offer) if offer.active else "inactive", printed,
            "Remove the offer from the page, or set it active again.", identity, confidence=0.85,
        )  # fmt: skip
    elif last is not None and offer is not None and offer.ends is not None and offer.ends != last:
        yield Verdict(
            _DIFFERS, Rule.OFFER_DATE_MISMATCH, item, f"ends {offer.ends}", f"ends {last}",
            f"Show {offer.ends} as the last day, or correct the offer in the Titan Map.",
        )  # fmt: skip
    elif last is not None and last <= index.today + timedelta(days=LAPSE_DAYS):
        yield Verdict(
            _DIFFERS, Rule.OFFER_LAPSING, item, _end_of(offer), f"ends {last}",
            f"The offer ends on {last}. Prepare its replacement, or remove it that day.", identity,
        )  # fmt: skip


def _paired(index: Index, facts: Sequence[Fact]) -> dict[int, Offer]:
    scored = []
    for place, fact in enumerate(facts):
        fact_words = names.offer_words(fact.value) | names.offer_words(fact.detail.get("service", ""))
        about = keys(fact.detail.get("service", "")) or keys(fact.value)
        for rank, (words, wanted, offer) in enumerate(index.offers):
            if about and wanted and not about & wanted:
                continue
            has_service = bool(offer.service or wanted)
            score = _shared(fact_words, words - names.AUDIENCES if has_service else words)
            if (len(words) > 1 and words <= names.offer_words(fact.quote)) or _is_about(fact, offer):
                score = max(score, _BY_QUOTE)
            is_alike = form_of(offer) == fact.detail.get("form")
            is_equal = is_alike and _number(fact) == _wanted(offer)
            is_same_day = fact.expires is not None and fact.expires == offer.ends
            groups = names.audiences(fact.value) & names.audiences(f"{offer.audience} {offer.name}")
            is_same_group = not has_service and bool(groups - _OPEN_GROUPS)
            if is_same_group or (is_equal and (fact_words & words or is_same_day)):
                score = max(score, SAME_AT)
            if score >= (SAME_AT if is_alike else _OTHER_FORM):
                scored.append((is_equal, score, fact.confidence, -place, -rank, offer))
    pairs: dict[int, Offer] = {}
    for _, _, _, place, _, offer in sorted(scored, key=lambda score_row: score_row[:5], reverse=True):
        if -place not in pairs and offer not in pairs.values():
            pairs[-place] = offer
    return pairs


def _is_about(fact: Fact, offer: Offer) -> bool:
    """Return whether the text around a fact names the thing of an offer."""
    things = thing_of(offer.service, frozenset()) if offer.service else frozenset()
    return bool(things) and things <= telling(fact.quote)


def _shared(fact_words: frozenset[str], words: frozenset[str]) -> float:
    """Return the share of the shorter name in the longer one. A single common word is a weaker sign."""
    smaller = min(len(fact_words), len(words))
    return len(fact_words & words) / smaller * (0.8 if smaller < 2 else 1.0) if smaller else 0.0


def _wanted(offer: Offer) -> Decimal | None:
    return next(
        (number for number in (offer.percent_off, offer.amount_off, offer.price) if number is not None),
        Decimal(0) if offer.free else None,
    )


def _number(fact: Fact) -> Decimal | None:
    return fact.percent if fact.percent is not None else fact.price


def _words(form: str, number: Decimal | None) -> str:
    if number is None:
        return ""
    if form == PERCENT_OFF:
        return f"{number.normalize():f}% off"
    return f"{dollars(number)} off" if form == AMOUNT_OFF else "free" if form == FREE else dollars(number)


def _end_of(offer: Offer | None) -> str:
    if offer is None:
        return ""
    return f"ends {offer.ends}" if offer.ends else "" if offer.active else "inactive"
