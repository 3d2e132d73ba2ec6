"""Which weights link a tenant, which could, and what each would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pagetojob.platform.runs.models import OPEN, Run
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import Lead

from ..linkage import model
from ..models import ESTIMATE, Estimate, LinkSettings

A_LIST = 10
#: Weights that are told, those that moved most first.
_TOLD = 12


@dataclass(frozen=True, slots=True)
class InUse:
    """What links now: an applied estimate or, without one, the shipped model; `stale` when the latter has changed."""

    estimate: Estimate | None
    stale: bool
    open: Run | None
    failed: Run | None


@dataclass(frozen=True, slots=True)
class Weight:
    """One feature of a pair, with its log-odds in the shipped model and in the estimate."""

    name: str
    was: float
    now: float


@dataclass(frozen=True, slots=True)
class Move:
    """One job that would have another lead or label: codes of leads, labels and chances."""

    job: int
    was: tuple[str, str, Decimal] | None
    now: tuple[str, str, Decimal] | None


def in_use(tenant: Tenant) -> InUse:
    """Three queries."""
    chosen = LinkSettings.objects.filter(tenant=tenant).select_related("estimate").first()
    estimate = chosen.estimate if chosen else None
    newest = Run.objects.filter(tenant=tenant, kind=ESTIMATE).order_by("-pk").first()
    return InUse(
        estimate,
        estimate is not None and estimate.base_sha256 != model.read().sha256,
        Run.objects.filter(tenant=tenant, kind=ESTIMATE, state__in=OPEN).first(),
        newest if newest is not None and newest.state == "failed" else None,
    )


def estimates_of(tenant: Tenant) -> Sequence[Estimate]:
    """The last ten. One query."""
    return list(Estimate.objects.filter(tenant=tenant).defer("weights").order_by("-pk")[:A_LIST])


def weights_of(estimate: Estimate) -> list[Weight]:
    """Those that moved most, against the model that is shipped now. No query."""
    shipped = model.read().weights
    found = [Weight(name, shipped.get(name, 0.0), float(now)) for name, now in estimate.weights.items()]
    moved = [one for one in found if abs(one.now - one.was) >= 0.005]
    return sorted(moved, key=lambda one: (-abs(one.now - one.was), one.name))[:_TOLD]


def moves_of(estimate: Estimate) -> list[Move]:
    """The told moves with the codes of their leads. One query."""
    moves: list[dict[str, Any]] = estimate.effect["moves"]
    keys = {side[0] for move in moves for side in (move["was"], move["is"]) if side}
    codes = dict(Lead.objects.filter(tenant=estimate.tenant_id, pk__in=keys).values_list("pk", "spoken_code"))

    def read(side: list[Any] | None) -> tuple[str, str, Decimal] | None:
        return (codes.get(side[0], "a lead that was erased"), side[1], Decimal(side[2])) if side else None

    return [Move(move["job"], read(move["was"]), read(move["is"])) for move in moves]
