"""Items that wait because of a page binding. The queue, an app above the Titan Map, registers its count here."""

from collections.abc import Callable, Iterable

type Count = Callable[[int, Iterable[int]], int]

_counts: list[Count] = []


def register(count: Count) -> None:
    """Register a function that counts a tenant's open items of some versions of a page. Called from `apps.py`."""
    _counts[:] = [count]


def waiting_with(tenant_id: int, bindings: Iterable[int]) -> int:
    """Return how many open items came with one of these versions of a page."""
    return sum(count(tenant_id, bindings) for count in _counts)
