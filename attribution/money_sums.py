"""Sums lines of `money` by bucket, customer and campaign."""

from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from decimal import Decimal
from operator import add

from .money import COUNTED, NOTHING, Bucket, Customer, Line


@dataclass(frozen=True, slots=True)
class Sum:
    """Count and amounts of a group of lines. `gross` = `net` + `returned` + `void`."""

    invoices: int = 0
    gross: Decimal = NOTHING
    void: Decimal = NOTHING
    returned: Decimal = NOTHING
    net: Decimal = NOTHING
    collected: Decimal = NOTHING

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(*map(add, astuple(self), astuple(other)))


@dataclass(frozen=True, slots=True)
class Range:
    """Revenue now, and revenue if every open review is accepted. Both are equal if no review is open."""

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
    """Sum all lines."""
    parts = (Sum(1, line.gross, line.void, line.returned, line.net, line.collected) for line in lines)
    return sum(parts, Sum())


def by_bucket(lines: Iterable[Line]) -> dict[Bucket, Sum]:
    """Return the sum of every bucket in order, including empty ones."""
    sums = _by(lines, lambda line: line.bucket)
    return {bucket: sums.get(bucket, Sum()) for bucket in Bucket}


def by_customer(lines: Iterable[Line]) -> dict[Customer, Sum]:
    """Return the counted money of new and of returning customers."""
    sums = _by((line for line in lines if line.bucket in COUNTED), lambda line: line.customer)
    return {customer: sums.get(customer, Sum()) for customer in Customer}


def by_campaign(lines: Iterable[Line]) -> dict[str, Sum]:
    """Return the counted money by campaign, largest first."""
    sums = _by((line for line in lines if line.bucket in COUNTED), lambda line: line.campaign)
    return dict(sorted(sums.items(), key=lambda pair: (-pair[1].net, pair[0])))


def revenue(lines: Iterable[Line]) -> Range:
    """Return the counted revenue, and the revenue if every open review is accepted."""
    sums = by_bucket(lines)
    counted = sum((sums[bucket].net for bucket in COUNTED), NOTHING)
    waiting = sums[Bucket.NEEDS_REVIEW]
    return Range(counted, counted + waiting.net, waiting.invoices)


def _by[K](lines: Iterable[Line], key: Callable[[Line], K]) -> dict[K, Sum]:
    sums: dict[K, Sum] = {}
    for line in lines:
        sums[key(line)] = sums.get(key(line), Sum()) + total((line,))
    return sums
