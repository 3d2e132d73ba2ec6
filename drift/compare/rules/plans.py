"""Compare memberships, and landing pages of campaigns. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from drift.reading.facts import Fact
from pagetojob.titanmap.map_types import Membership

from .. import evidence, names
from ..findings import AGREES, CANNOT_TELL, Outcome, Rule, Verdict
from ..index import Index
from .services import allows, dollars, price_range, upper_bound

_A_YEAR = {"month": 12, "quarter": 4, "year": 1}
#: Least share of twelve months that a year of a plan costs, and the play of rounding.
_LEAST, _ROUNDED = Decimal("0.8"), Decimal("1.01")
_DIFFERS = Outcome.DIFFERS


def membership(index: Index, fact: Fact) -> Iterator[Verdict]:
    plan = _plan(index, fact.value)
    if plan is None or not (plan.active or evidence.sells_plan(fact)):
        yield CANNOT_TELL
    elif not plan.active:
        yield Verdict(
            _DIFFERS, Rule.RETIRED_MEMBERSHIP, plan.label, "inactive", fact.value,
            f"Remove “{fact.value}” from the site, or set it active again.", "retired",
        )  # fmt: skip
    else:
        yield from [*_price(plan, fact), *_benefits(plan, fact)] or [AGREES]


def _plan(index: Index, name: str) -> Membership | None:
    """Find the plan by its words, then by its distinctive words. A generic name means the only plan of the map."""
    for words in (names.words(name), names.plan_words(name)):
        if words in index.plans:
            return index.plans[words]
    if like := names.closest(names.words(name), index.plans):
        return index.plans[like]
    sold = [plan for plan in index.map.memberships if plan.active]
    return sold[0] if len(index.map.memberships) == len(sold) == 1 and not names.plan_words(name) else None


def _price(plan: Membership, fact: Fact) -> Iterator[Verdict]:
    if fact.price is None or plan.price is None:
        return
    period = fact.detail.get("period", plan.period)
    if period == plan.period:
        is_right = allows(plan, fact.price, upper_bound(fact)) or ("from" in fact.detail and fact.price < plan.price)
    else:
        printed, low = fact.price * _A_YEAR[period], plan.price * _A_YEAR[plan.period]
        high = (plan.price_to or plan.price) * _A_YEAR[plan.period]
        # A plan paid by the year often costs less than twelve months of it, and never more.
        least, most = (low, high / _LEAST) if _A_YEAR[period] > _A_YEAR[plan.period] else (low * _LEAST, high)
        is_right = least <= printed * _ROUNDED and printed <= most * _ROUNDED
    if is_right:
        return
    price = price_range(plan.price, plan.price_to)
    yield Verdict(
        _DIFFERS, Rule.MEMBERSHIP_PRICE, plan.label,
        f"{price} a {plan.period}", f"{dollars(fact.price)} a {period}",
        f"Show {price} a {plan.period} for “{plan.name}”, or correct the Titan Map.",
    )  # fmt: skip


def _benefits(plan: Membership, fact: Fact) -> Iterator[Verdict]:
    if fact.percent is not None and plan.discount_percent is not None and fact.percent != plan.discount_percent:
        yield _benefit(plan, f"{plan.discount_percent.normalize():f}% off", f"{fact.percent.normalize():f}% off")
    visits = fact.detail.get("visits")
    if visits and plan.visits_per_year is not None and int(visits) != plan.visits_per_year:
        yield _benefit(plan, f"{plan.visits_per_year} visits a year", f"{visits} visits a year")


def _benefit(plan: Membership, wanted: str, printed: str) -> Verdict:
    return Verdict(
        _DIFFERS, Rule.MEMBERSHIP_BENEFIT, plan.label, wanted, printed,
        f"Show “{wanted}” for “{plan.name}”, or correct the Titan Map.", confidence=0.85,
    )  # fmt: skip


def campaigns(index: Index, pages: Iterable[str], not_read: Mapping[str, str]) -> Iterator[tuple[Verdict, str]]:
    """Find pages that are bound to an ended campaign and are still live."""
    over = {
        item.name: "inactive" if not item.active else f"ended {item.ends}"
        for item in index.map.campaigns
        if not item.active or (item.ends is not None and item.ends < index.today)
    }
    there = {normal_path(page): page for page in pages}
    gone = {normal_path(page) for page in not_read}
    for binding in index.map.page_bindings:
        campaign, path = binding.mapped.get("campaign", ""), normal_path(binding.page_path)
        if not campaign:
            continue
        if path in gone:
            yield Verdict(Outcome.NOT_READ), binding.page_path
        elif path in there and campaign in over:
            verdict = Verdict(
                _DIFFERS, Rule.INACTIVE_CAMPAIGN, f"campaign: {campaign}", over[campaign], "its page is live",
                f"Take {binding.page_path} down, bind it to a running campaign, or set the campaign active.",
                binding.page_path,
            )  # fmt: skip
            yield verdict, there[path]
        elif path in there:
            yield AGREES, there[path]


def normal_path(path: str) -> str:
    """Normalize a path for comparing: no final slash, no file extension, lower case."""
    path = path.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].lower()
    for ending in (".html", ".htm", ".php", ".aspx"):
        path = path.removesuffix(ending)
    path = path.removesuffix("/index") if path != "/index" else "/"
    return path.rstrip("/") or "/"
