"""Histogram buckets for attempt times, and percentiles read from them. Pure."""

from collections.abc import Mapping

#: The label of each bucket by its upper bound in seconds. The last bucket has none.
WORDS = {
    "0.05": "50 ms",
    "0.1": "100 ms",
    "0.25": "250 ms",
    "0.5": "500 ms",
    "1": "1 s",
    "2.5": "2.5 s",
    "5": "5 s",
    "10": "10 s",
    "30": "30 s",
    "60": "1 min",
    "600": "10 min",
    "3600": "1 h",
    "+Inf": "> 1 h",
}
BUCKETS = tuple(WORDS)
*BOUNDS, BEYOND = BUCKETS


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
