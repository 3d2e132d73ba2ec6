"""Compare memberships, and landing pages of campaigns. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from drift.reading.facts import Fact
from pagetojob.titanmap.map_types import Membership

from .. import evidence
from ..findings import AGREES, CANNOT_TELL, NOT_READ, Rule, Verdict
from ..index import Index
from .services import allows, dollars, price_range, upper_bound

_A_YEAR = {"month": 12, "quarter": 4, "year": 1}
#: Least share of twelve months that a year of a plan costs, and the play of rounding.
_LEAST, _ROUNDED = Decimal("0.8"), Decimal("1.01")
_PATH_ENDS = re.compile(r"(?:/index)?(?:\.(?:html?|php|aspx))?(?:[?#].*)?\Z", re.DOTALL)


def plans(index: Index, facts: Sequence[Fact]) -> Iterator[tuple[Verdict, Fact]]:
    """Compare the plans of a page: whether they are still sold, and their terms."""
    for fact in facts:
        plan = index.plan(fact.value)
        if plan is None or not (plan.active or evidence.sells_plan(fact)):
            yield CANNOT_TELL, fact
        elif not plan.active:
            yield Verdict(Rule.RETIRED_MEMBERSHIP, plan.label, "inactive", fact.value, "retired"), fact
        else:
            yield from ((verdict, fact) for verdict in _terms(plan, fact) or [AGREES])


def _terms(plan: Membership, fact: Fact) -> list[Verdict]:
    """Return the differences of the terms that both sides state: the price, the discount and the visits."""
    differences = []
    period, visits = fact.detail.get("period", plan.period), fact.detail.get("visits")
    if fact.price is not None and plan.price is not None and not _is_price(plan, fact, period):
        wanted = f"{price_range(plan.price, plan.price_to)} a {plan.period}"
        differences.append(Verdict(Rule.MEMBERSHIP_PRICE, plan.label, wanted, f"{dollars(fact.price)} a {period}"))
    for unit, printed, stated in (
        ("% off", fact.percent, plan.discount_percent),
        (" visits a year", visits and Decimal(visits), plan.visits_per_year),
    ):
        if printed and stated is not None and printed != stated:
            wanted = f"{Decimal(stated).normalize():f}{unit}"
            site = f"{printed.normalize():f}{unit}"
            differences.append(Verdict(Rule.MEMBERSHIP_BENEFIT, plan.label, wanted, site, confidence=0.85))
    return differences


def _is_price(plan: Membership, fact: Fact, period: str) -> bool:
    """Return whether a plan has the printed price. A year may cost less than twelve months, and never more."""
    assert fact.price is not None and plan.price is not None
    if period == plan.period:
        return allows(plan, fact.price, upper_bound(fact)) or ("from" in fact.detail and fact.price < plan.price)
    printed, low = fact.price * _A_YEAR[period], plan.price * _A_YEAR[plan.period]
    high = (plan.price_to or plan.price) * _A_YEAR[plan.period]
    least, most = (low, high / _LEAST) if _A_YEAR[period] > _A_YEAR[plan.period] else (low * _LEAST, high)
    return least <= printed * _ROUNDED and printed <= most * _ROUNDED


def campaigns(index: Index, pages: Iterable[str], not_read: Mapping[str, str]) -> Iterator[tuple[Verdict, str]]:
    """Find pages that are bound to an ended campaign and are still live."""
    over = {
        item.name: "inactive" if not item.active else f"ended {item.ends}"
        for item in index.map.campaigns
        if not item.active or (item.ends is not None and item.ends < index.today)
    }
    read, missed = {normal_path(page): page for page in pages}, set(map(normal_path, not_read))
    for binding in index.map.page_bindings:
        campaign, path = binding.mapped.get("campaign", ""), normal_path(binding.page_path)
        if campaign and path in missed:
            yield NOT_READ, binding.page_path
        elif campaign and path in read:
            wanted = over.get(campaign, "")
            live = (Rule.INACTIVE_CAMPAIGN, f"campaign: {campaign}", wanted, "its page is live", binding.page_path)
            yield Verdict(*live) if wanted else AGREES, read[path]


def normal_path(path: str) -> str:
    """Normalize a path for comparing: no final slash, no file extension, lower case."""
    return _PATH_ENDS.sub("", path.lower()).rstrip("/") or "/"
