"""Faults on request, per tenant. The same seed and the same requests give the same faults."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

#: Faults that a rate or a list of coming ones can name, in the order in which the dice are read.
#: `after`: the request is done first, which only matters for one that writes.
KINDS = (
    "rate-limit",
    "rate-limit-silent",
    "rate-limit-date",
    "server-error",
    "server-error-after",
    "html-error",
    "html-success",
    "truncated",
    "empty",
    "huge",
    "slow",
    "drop",
    "drop-after",
    "not-signed-in",
)
AFTER = frozenset({"server-error-after", "drop-after", "truncated", "html-success", "empty"})


class NoSuchFault(ValueError):
    """A plan that names something the stand-in does not know."""


@dataclass
class Plan:
    """What goes wrong for one tenant. Seconds, and rates from 0 to 1; `coming` are used up first, one a request."""

    rates: dict[str, float] = field(default_factory=dict)
    coming: list[str] = field(default_factory=list)
    seed: int = 1
    retry_after: int = 2
    slow_seconds: float = 5.0
    stale_seconds: float = 0.0
    token_seconds: int = 900
    requests_per_second: int = 60
    revoked: bool = False
    outage: bool = False
    missing_scopes: list[str] = field(default_factory=list)
    #: Ids of campaigns, business units and job types that a booking is refused for.
    refused_ids: list[int] = field(default_factory=list)
    #: Whether lists leave out the filter by our reference, as a server that ignores it would.
    ignores_reference: bool = False
    #: The status that a booking is refused with whose reference is there already, 409 or 400; 0 keeps it as well.
    refuses_second: int = 0
    page_size: int = 5000


def plan_of(given: Any) -> Plan:
    """A plan from JSON. Raises NoSuchFault for a name or a value that makes no sense."""
    if not isinstance(given, Mapping):
        raise NoSuchFault("A plan is an object.")
    known = {one.name: one for one in fields(Plan)}
    if unknown := sorted(set(given) - set(known)):
        raise NoSuchFault(f"No such setting: {', '.join(unknown)}.")
    plan = Plan()
    for name, value in given.items():
        right = getattr(plan, name)
        numbers = isinstance(right, int | float) and not isinstance(right, bool)
        if numbers and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
            raise NoSuchFault(f"{name} must be a number, 0 or more.")
        if not numbers and not isinstance(value, type(right)):
            raise NoSuchFault(f"{name} must be of the kind {type(right).__name__}.")
        setattr(plan, name, value)
    for kind, rate in [*plan.rates.items(), *((kind, 0) for kind in plan.coming)]:
        if kind not in KINDS:
            raise NoSuchFault(f"No such fault: {kind}. There are {', '.join(KINDS)}.")
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
            raise NoSuchFault(f"The rate of {kind} must be between 0 and 1.")
    return plan


class Dice:
    """Draws the fault of each request of one tenant."""

    def __init__(self, tenant: str, plan: Plan) -> None:
        self.plan = plan
        self._random = random.Random(f"{plan.seed}:{tenant}")  # noqa: S311 - dice that fall the same way each time

    def draw(self, *, writes: bool) -> str | None:
        """The fault of the next request, if any. A coming fault that only means something for a write waits for one."""
        if self.plan.coming:
            if writes or not self.plan.coming[0].endswith("-after"):
                return self.plan.coming.pop(0)
            return None
        point = self._random.random()
        for kind in KINDS:
            point -= self.plan.rates.get(kind, 0.0)
            if point < 0:
                return kind
        return None
