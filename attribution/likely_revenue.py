"""Computes the range in which the true revenue is likely."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .money import COUNTED, NOTHING, Bucket, Line


@dataclass(frozen=True, slots=True)
class Allowance:
    """Shares that widen the likely range, measured on generated businesses.

    `missed` is the revenue that no link names, as a share of the expected revenue, and `missed_spread` its spread from
    business to business: jobs under another name and contact are not found. `doubt` and `doubt_spread` are shares of
    the doubtful revenue: doubtful links are right more often than stated, and an office's are wrong together.
    """

    missed: Decimal
    missed_spread: Decimal
    doubt: Decimal
    doubt_spread: Decimal


#: By the version in a packet's inputs, so that an older packet can be made again.
ALLOWANCES = {
    1: Allowance(Decimal("0.12"), Decimal("0.06"), NOTHING, NOTHING),
    2: Allowance(Decimal("0.1"), Decimal("0.03"), Decimal(1), Decimal("1.3")),
    3: Allowance(Decimal("0.005"), Decimal("0.01"), NOTHING, Decimal("0.6")),
    4: Allowance(Decimal("0.02"), Decimal("0.03"), NOTHING, Decimal(1)),
    5: Allowance(Decimal("0.005"), Decimal("0.02"), NOTHING, Decimal("0.6")),
}


def _tested(businesses: str, months: str) -> str:
    return (
        f"We tested such ranges on {businesses}. In months with at least five jobs from the website, the range for all "
        f"campaigns together contained the true revenue in {months} We did not test ranges for one campaign, for "
        "several months, or for months with fewer jobs."
    )


#: Tests of the ranges of each version, for people. Sealed packets contain the sentences, byte for byte.
TESTED = {
    1: "On two sets of synthetic businesses, such a range contained the true revenue in 79 and in 92 of 100 months.",
    2: _tested(
        "computer-generated businesses",
        "94 to 99 of 100 months. The same four generators made these businesses and the ones that we used to set the "
        "range.",
    ),
    3: _tested(
        "computer-generated businesses of 22 authors",
        "95 to 98 of 100 months. Other businesses of the same authors set the range.",
    ),
    4: _tested(
        "computer-generated businesses of 18 authors",
        "92 to 96 of 100 months, and in 92 for the three authors whose businesses did not set the range.",
    ),
    5: _tested(
        "computer-generated businesses of 47 authors",
        "93 to 97 of 100 months, and in 97 for the three authors whose businesses did not set the range.",
    ),
}
#: Standard deviations on each side of the expected revenue.
_CERTAINTY = Decimal("1.96")


def likely_range(jobs: Iterable[tuple[Decimal, Decimal]], version: int = max(ALLOWANCES)) -> tuple[Decimal, Decimal]:
    """Return the likely range of the true revenue. `jobs` are (net, probability)."""
    allowed = ALLOWANCES[version]
    expected = variance = squares = doubtful = NOTHING
    for net, probability in jobs:
        expected += net * probability
        doubtful += net * probability * (1 - probability)
        variance += net * net * probability * (1 - probability)
        squares += net * net if probability > Decimal("0.5") else NOTHING
    # Missed jobs are single jobs, as large as the linked ones.
    together = (allowed.missed_spread * expected) ** 2 + (allowed.doubt_spread * doubtful) ** 2
    spread = (variance + allowed.missed * squares + together).sqrt() * _CERTAINTY
    middle = expected * (1 + allowed.missed) + allowed.doubt * doubtful
    return max(NOTHING, middle - spread).quantize(NOTHING), max(NOTHING, middle + spread).quantize(NOTHING)


def likely_revenue(lines: Iterable[Line], version: int) -> tuple[Decimal, Decimal]:
    """Return the likely range of the revenue that came from leads, whether or not it is counted."""
    jobs: dict[int | None, tuple[Decimal, Decimal]] = {}
    for line in lines:
        if line.bucket in (*COUNTED, Bucket.NEEDS_REVIEW):
            sure = line.bucket in (Bucket.CERTAIN, Bucket.REVIEWED)
            net, _ = jobs.get(line.job, (NOTHING, NOTHING))
            jobs[line.job] = (net + line.net, Decimal(1) if sure else line.probability)
    return likely_range(jobs.values(), version)
