"""Work that waits, for a page of tenants: open reviews and months to close. Needs the operator scope."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count

from pagetojob.platform.tenants.models import Tenant
from syncqueue.selectors.requests import first_months

from ..models import Label, Link, OutcomeFile, OutcomeKind, Statement
from ..statements.month_facts import last_day, local_day, next_month

#: The days that an export covers, both included.
type Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tenant with its open reviews, and the months that are over, covered by invoices and not closed.

    The months are empty if its time zone is not known: no one can say when they are over.
    """

    tenant: Tenant
    reviews: int
    months: Sequence[date]


def waiting(tenants: Collection[Tenant], *, now: datetime) -> list[Waiting]:
    """Return what waits for each tenant. Four queries."""
    keys = [tenant.pk for tenant in tenants]
    pending = Link.objects.filter(tenant__in=keys, current=True, label=Label.NEEDS_REVIEW).order_by()
    reviews = dict(pending.values_list("tenant").annotate(many=Count("pk")))
    newest = Statement.objects.filter(tenant__in=keys).order_by("tenant", "-number").distinct("tenant")
    closed = dict(newest.values_list("tenant", "month"))
    covered, begun = _covered(keys), first_months([tenant for tenant in tenants if not tenant.zone_problem])
    return [
        Waiting(
            tenant,
            reviews.get(tenant.pk, 0),
            _months(tenant, closed.get(tenant.pk), covered[tenant.pk], begun[tenant.pk], now)
            if tenant.pk in begun
            else [],
        )
        for tenant in tenants
    ]


def _covered(tenants: Collection[int]) -> defaultdict[int, list[Days]]:
    rows = OutcomeFile.objects.filter(tenant__in=tenants, kind=OutcomeKind.INVOICES)
    rows = rows.order_by("tenant", "covers_from")
    covered: defaultdict[int, list[Days]] = defaultdict(list)
    for tenant, first, last in rows.values_list("tenant", "covers_from", "covers_to").distinct():
        if first and last:
            covered[tenant].append((first, last))
    return covered


def _months(tenant: Tenant, closed: date | None, covered: Sequence[Days], begun: date, now: datetime) -> list[date]:
    """Return the months up to the first that is not over or not covered, since months are closed in order.

    The first is the one that `closing.next_to_close` names. `begun` is the first month of the tenant.
    """
    today = local_day(now, tenant.time_zone)
    if not covered or today is None:
        return []
    month, months = next_month(closed) if closed else max(covered[0][0].replace(day=1), begun), []
    while last_day(month) < today and any(first <= last_day(month) and last >= month for first, last in covered):
        months.append(month)
        month = next_month(month)
    return months
