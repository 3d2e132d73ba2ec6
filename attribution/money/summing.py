"""Sums over lines: by bucket, by customer, by campaign, and the range that open reviews leave. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from .facts import COUNTED, Bucket, Customer, Line
from .placing import NOTHING


@dataclass(frozen=True, slots=True)
class Sum:
    """Of some lines: how many, and each amount. `gross` = `net` + `returned` + `void`."""

    invoices: int = 0
    gross: Decimal = NOTHING
    void: Decimal = NOTHING
    returned: Decimal = NOTHING
    net: Decimal = NOTHING
    collected: Decimal = NOTHING

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(
            self.invoices + other.invoices,
            self.gross + other.gross,
            self.void + other.void,
            self.returned + other.returned,
            self.net + other.net,
            self.collected + other.collected,
        )


@dataclass(frozen=True, slots=True)
class Range:
    """Revenue now, and revenue if every open review were accepted. One figure where nothing is open."""

    counted: Decimal
    if_all_accepted: Decimal
    open_reviews: int

    @property
    def low(self) -> Decimal:
        return min(self.counted, self.if_all_accepted)

    @property
    def high(self) -> Decimal:
        return max(self.counted, self.if_all_accepted)


def total(lines: Iterable[Line]) -> Sum:
    """All of it."""
    found = Sum()
    for line in lines:
        found += Sum(1, line.gross, line.void, line.returned, line.net, line.collected)
    return found


def by_bucket(lines: Iterable[Line]) -> dict[Bucket, Sum]:
    """Every bucket in its order, also those that are empty."""
    found = _by(lines, lambda line: line.bucket)
    return {bucket: found.get(bucket, Sum()) for bucket in Bucket}


def by_customer(lines: Iterable[Line]) -> dict[Customer, Sum]:
    """Counted money only, of new and of returning customers."""
    found = _by((line for line in lines if line.bucket in COUNTED), lambda line: line.customer)
    return {customer: found.get(customer, Sum()) for customer in Customer}


def by_campaign(lines: Iterable[Line]) -> dict[str, Sum]:
    """Counted money only, by campaign, the most first."""
    found = _by((line for line in lines if line.bucket in COUNTED), lambda line: line.campaign)
    return dict(sorted(found.items(), key=lambda pair: (-pair[1].net, pair[0])))


def revenue(lines: Iterable[Line]) -> Range:
    """What is counted, and what it would be if every open review were accepted."""
    sums = by_bucket(lines)
    counted = sum((sums[bucket].net for bucket in COUNTED), NOTHING)
    waiting = sums[Bucket.NEEDS_REVIEW]
    return Range(counted, counted + waiting.net, waiting.invoices)


def _by[K](lines: Iterable[Line], key: Callable[[Line], K]) -> dict[K, Sum]:
    found: dict[K, Sum] = {}
    for line in lines:
        found[key(line)] = found.get(key(line), Sum()) + total((line,))
    return found
