"""Queries for the model pages: the weights in use, the available estimates, and their effect."""

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
#: Weights listed, largest change first.
_LISTED = 12


@dataclass(frozen=True, slots=True)
class InUse:
    """The model in use: an applied estimate or, without one, the shipped model. `stale` if that has changed since."""

    estimate: Estimate | None
    stale: bool
    open: Run | None
    failed: Run | None


@dataclass(frozen=True, slots=True)
class Weight:
    """A feature of a pair, with its log-odds in the shipped model and in the estimate."""

    name: str
    was: float
    now: float


@dataclass(frozen=True, slots=True)
class Move:
    """A job whose lead or label would change: lead codes, labels and probabilities."""

    job: int
    was: tuple[str, str, Decimal] | None
    now: tuple[str, str, Decimal] | None


def in_use(tenant: Tenant) -> InUse:
    """Return the model in use and the state of estimates. Three queries."""
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
    """Return the last ten estimates. Makes one query."""
    return list(Estimate.objects.filter(tenant=tenant).defer("weights").order_by("-pk")[:A_LIST])


def weights_of(estimate: Estimate) -> list[Weight]:
    """Return the weights that changed most from the current shipped model. No query."""
    shipped = model.read().weights
    weights = [Weight(name, shipped.get(name, 0.0), float(now)) for name, now in estimate.weights.items()]
    moved = [weight for weight in weights if abs(weight.now - weight.was) >= 0.005]
    return sorted(moved, key=lambda weight: (-abs(weight.now - weight.was), weight.name))[:_LISTED]


def moves_of(estimate: Estimate) -> list[Move]:
    """Return the listed link changes with the codes of their leads. Makes one query."""
    moves: list[dict[str, Any]] = estimate.effect["moves"]
    keys = {side[0] for move in moves for side in (move["was"], move["is"]) if side}
    codes = dict(Lead.objects.filter(tenant=estimate.tenant_id, pk__in=keys).values_list("pk", "spoken_code"))

    def read(side: list[Any] | None) -> tuple[str, str, Decimal] | None:
        return (codes.get(side[0], "erased lead"), side[1], Decimal(side[2])) if side else None

    return [Move(move["job"], read(move["was"]), read(move["is"])) for move in moves]
