"""Error injection per tenant. The same seed and the same requests give the same errors."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

#: Kinds of injected errors, in the order in which the random number is compared with their rates.
#: With `-after`, the request is processed first, which matters only for writes.
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
    "page-403",
    "page-404",
)
AFTER = frozenset({"server-error-after", "drop-after", "truncated", "html-success", "empty"})


class NoSuchFault(ValueError):
    """The plan contains an unknown setting or an invalid value."""


@dataclass
class Plan:
    """Injected errors of one tenant. Rates are from 0 to 1; the errors in `coming` are used first, one per request."""

    rates: dict[str, float] = field(default_factory=dict)
    coming: list[str] = field(default_factory=list)
    seed: int = 1
    retry_after: int = 2
    slow_seconds: float = 5.0
    stale_seconds: float = 0.0
    token_seconds: int = 900
    #: So many of the next token requests get a 403 page, as from a proxy.
    token_pages: int = 0
    requests_per_second: int = 60
    revoked: bool = False
    outage: bool = False
    missing_scopes: list[str] = field(default_factory=list)
    #: IDs of campaigns, business units, job types and booking providers for which a booking is rejected.
    refused_ids: list[int] = field(default_factory=list)
    #: Ignore the filter by reference in lists.
    ignores_reference: bool = False
    #: HTTP status (409 or 400) for a booking whose reference already exists; 0 accepts it.
    refuses_second: int = 0
    page_size: int = 5000
    #: The app is restricted to one booking provider, so that it cannot read the bookings of the whole account.
    provider_only: bool = False


def plan_of(given: Any) -> Plan:
    """Parse a plan from JSON. Raises NoSuchFault for an unknown name or an invalid value."""
    if not isinstance(given, Mapping):
        raise NoSuchFault("A plan must be an object.")
    known = {setting.name: setting for setting in fields(Plan)}
    if unknown := sorted(set(given) - set(known)):
        raise NoSuchFault(f"Unknown setting: {', '.join(unknown)}.")
    plan = Plan()
    for name, value in given.items():
        right = getattr(plan, name)
        numbers = isinstance(right, int | float) and not isinstance(right, bool)
        if numbers and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
            raise NoSuchFault(f"{name} must be a number, 0 or more.")
        if not numbers and not isinstance(value, type(right)):
            raise NoSuchFault(f"{name} must be of type {type(right).__name__}.")
        setattr(plan, name, value)
    for kind, rate in [*plan.rates.items(), *((kind, 0) for kind in plan.coming)]:
        if kind not in KINDS:
            raise NoSuchFault(f"Unknown error kind: {kind}. Choose from {', '.join(KINDS)}.")
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
            raise NoSuchFault(f"The rate of {kind} must be between 0 and 1.")
    return plan


class Dice:
    """Chooses the injected error of each request of one tenant."""

    def __init__(self, tenant: str, plan: Plan) -> None:
        self.plan = plan
        self._random = random.Random(f"{plan.seed}:{tenant}")  # noqa: S311 - must be reproducible, not secure

    def draw(self, *, writes: bool) -> str | None:
        """Return the error of the next request, or None. An `-after` error in `coming` waits for a write."""
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
