"""Queries about one linking run: the links near the threshold, and how well its probabilities are calibrated."""

from collections.abc import Sequence

from django.db.models import QuerySet

from pagetojob.platform.tenants.models import Tenant

from ..linkage.calibration import Calibration, binned
from ..models import Link, LinkRun, Verdict
from .review import DECISIVE, current_decisions

A_LIST = 20
_MOST = 20_000


def linkings(tenant: Tenant) -> QuerySet[LinkRun]:
    """Return the finished linking runs, newest first. Makes one query."""
    return LinkRun.objects.filter(tenant=tenant, applied_at__isnull=False).order_by("-pk")


def nearest_to_the_border(tenant: Tenant, run: LinkRun, border: float) -> Sequence[Link]:
    """Return current links of a run whose probability is closest to the matching threshold. At most two queries."""
    links = Link.objects.filter(tenant=tenant, run=run, current=True, job__isnull=False).select_related("lead", "job")
    below = links.filter(probability__lt=border).order_by("-probability", "pk")[: A_LIST // 2]
    above = links.filter(probability__gte=border, probability__lt=1).order_by("probability", "pk")[: A_LIST // 2]
    return [*reversed(above), *below]


def by_decisions(tenant: Tenant) -> Calibration:
    """Compare probabilities with people's decisions: yes is right, no or another lead is wrong. Two queries."""
    decisions = current_decisions(tenant).filter(verdict__in=DECISIVE)
    rows = decisions.order_by("-pk").values_list("link__probability", "verdict")[:_MOST]
    return Calibration(
        "This business's decisions", binned((float(p), verdict == Verdict.ACCEPT) for p, verdict in rows)
    )
