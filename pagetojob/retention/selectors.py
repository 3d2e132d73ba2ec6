"""Queries for the screens: each class with its period, the last purge that ended, and what it removed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Sum
from django.utils import timezone

from pagetojob.platform.audit.models import AuditPurge
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.declarations import Retention
from pagetojob.platform.tenants.models import Tenant

from .models import LegalHold, PurgeReceipt, RetentionPeriod, SubjectMatch
from .periods import PERIODS, Enforcer, Period
from .purge import KIND
from .services import HOLD_LAPSES


@dataclass(frozen=True)
class ClassLine:
    """A class of one tenant: its period, and what the last purge and all purges removed or emptied."""

    kind: Retention
    period: Period
    days: int | None
    last: int
    total: int

    @property
    def by_purge(self) -> bool:
        """Return whether the nightly purge of tenants counts the removed rows of this class."""
        return self.period.enforcer is Enforcer.PURGE and self.period.adjustable


@dataclass(frozen=True)
class Overview:
    """The classes of a tenant, and the last purge that ended."""

    lines: list[ClassLine]
    last_run: Run | None

    @property
    def ended_at(self) -> datetime | None:
        """Return the time at which the last purge ended."""
        return self.last_run.state_since if self.last_run else None


def overview(tenant: Tenant) -> Overview:
    """Return the classes of a tenant. Needs the scope of the tenant, an operator or a worker. Four queries."""
    run = Run.objects.filter(tenant=tenant, kind=KIND, state=RunState.DONE).order_by("-id").first()
    own = dict(RetentionPeriod.objects.filter(tenant=tenant).values_list("kind", "days"))
    receipts = PurgeReceipt.objects.filter(tenant=tenant)
    totals = _sums(receipts.values_list("kind").annotate(many=Sum("removed")).order_by())
    last = _sums(receipts.filter(run=run).values_list("kind").annotate(many=Sum("removed")).order_by()) if run else {}
    lines = [
        ClassLine(kind, period, own.get(kind.value, period.days), last.get(kind.value, 0), totals.get(kind.value, 0))
        for kind, period in PERIODS.items()
    ]
    return Overview(lines, run)


def _sums(rows: object) -> Counter[str]:
    return Counter(dict(rows))  # type: ignore[call-overload]


def recent_runs(tenant: Tenant, most: int) -> list[Run]:
    """Return the newest purges of a tenant. Makes one query."""
    return list(Run.objects.filter(tenant=tenant, kind=KIND).order_by("-id")[:most])


def newest_audit_purge() -> AuditPurge | None:
    """Return the newest purge of the audit log. Needs an operator's or a worker's scope. Makes one query."""
    return AuditPurge.objects.first()


def locked_hold(tenant: Tenant) -> bool:
    """Return whether nothing of a tenant may be removed, as the database's `ptj_on_hold`; not for holds on a person.

    Locks the tenant, so that no hold is requested before the transaction ends. Makes two queries.
    """
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    with scope.worker():
        whole = LegalHold.objects.filter(tenant=tenant, search_key="", lifted_at=None)
        counts = Q(confirmed_at__isnull=False) | Q(requested_at__gt=timezone.now() - HOLD_LAPSES)
        return whole.filter(counts).exists()


def erased_rows(tenant: Tenant, table: str, keys: Iterable[int] | None = None) -> set[int]:
    """Return the rows of a table that the erasure of a person emptied; with `keys`, which of these. Makes one query."""
    with scope.worker():
        rows = SubjectMatch.objects.filter(tenant=tenant, table=table, erased_at__isnull=False)
        if keys is not None:
            rows = rows.filter(row__in=list(map(str, keys)))
        return {int(row) for row in rows.values_list("row", flat=True)}
