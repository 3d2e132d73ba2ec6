"""Histogram buckets for attempt times, and percentiles read from them. Pure."""

from collections.abc import Mapping

#: Upper bounds of the buckets, in seconds. The last bucket has none.
BOUNDS = ("0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30", "60", "600", "3600")
BEYOND = "+Inf"
BUCKETS = (*BOUNDS, BEYOND)

#: The labels of the buckets.
WORDS = dict(
    zip(
        BUCKETS,
        (
            "50 ms",
            "100 ms",
            "250 ms",
            "500 ms",
            "1 s",
            "2.5 s",
            "5 s",
            "10 s",
            "30 s",
            "1 min",
            "10 min",
            "1 h",
            "> 1 h",
        ),
        strict=True,
    )
)


def within(counts: Mapping[str, int], percent: int) -> str | None:
    """Return the bound within which `percent` of 100 of the counted attempts ended; None if there were none.

    It is the upper bound of a bucket, so the exact value is at most that.
    """
    total, seen = sum(counts.values()), 0
    if not total:
        return None
    for bound in BUCKETS:
        seen += counts.get(bound, 0)
        if seen * 100 >= total * percent:
            return bound
    return BEYOND
