"""Closes a month in one transaction, with a permission and a reason. A closed month never changes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from attribution import money_sums
from attribution.errors import FiguresMoved, NotClosable
from attribution.models import NOTHING_BEFORE, OutcomeFile, OutcomeKind, Statement
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.canonical import sha256_hex
from pagetojob.platform.postgresql.conflicts import raise_on_conflict
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.transparency import services as log
from pagetojob.transparency.models import EntryKind
from syncqueue.selectors.requests import first_months

from . import canonical_form
from .month_facts import Month, last_day, local_day, month_of, next_month, why_links_incomplete


@dataclass(frozen=True, slots=True)
class Preview:
    """A month as it would be closed. `body` is the text to seal, without its place in the chain.

    Closing requires `seen`, the hash of `body`, so that no one closes figures they have not seen, and that each of the
    `gaps` is acknowledged by its name.
    """

    body: str
    why_not: str
    gaps: tuple[str, ...] = ()

    @property
    def seen(self) -> str:
        """Return the hash of the figures, which shows at the closing that the person saw the same ones."""
        return sha256_hex(self.body)


def preview(*, tenant: Tenant, first: date, now: datetime | None = None) -> Preview:
    """Return what closing this month would seal, and the reason if it cannot be closed."""
    with scope.tenant(tenant.pk):
        month = month_of(tenant, first)
        why_not = _why_not(tenant, first, now or timezone.now())
    return Preview(_unsealed(tenant, month), why_not, gap_names(month))


def gap_names(month: Month) -> tuple[str, ...]:
    """Return the name of each gap: `invoices, April 1 to April 18, 2026`."""
    return tuple(f"{gap.kind}, {gap.first:%B %-d} to {gap.last:%B %-d, %Y}" for gap in month.gaps)


def close_month(
    *,
    tenant: Tenant,
    first: date,
    seen: str,
    actor: User,
    reason: str,
    acknowledged: Collection[str] = (),
    now: datetime | None = None,
) -> Statement:
    """Seal a month. `seen` is the hash of the figures that the actor saw in `preview`.

    `acknowledged` are the names of the gaps that the actor accepts. Raises NotClosable, also if one of them is missing,
    or FiguresMoved if the figures changed in the meantime.
    """
    moment = now or timezone.now()
    conflict = NotClosable("Someone else has just closed a month. Reload the page.")
    with raise_on_conflict(conflict), scope.tenant(tenant.pk):
        if why_not := _why_not(tenant, first, moment):
            raise NotClosable(why_not)
        month = month_of(tenant, first)
        if sha256_hex(_unsealed(tenant, month)) != seen:
            raise FiguresMoved(
                "The figures have changed since you opened this page. Review them again, then close the month."
            )
        gaps = gap_names(month)
        if open_gaps := [name for name in gaps if name not in acknowledged]:
            raise NotClosable(f"No export covers: {'; '.join(open_gaps)}. Import it, or confirm each gap.")
        statement = _seal(tenant, month, actor, reason, moment)
        log.submit(EntryKind.MONTH, statement.sha256)
        changes: dict[str, tuple[object, object]] = {"month": (None, f"{first:%Y-%m}")}
        changes |= {"sha256": (None, statement.sha256), "gaps_confirmed": (None, "; ".join(gaps) or "none")}
        record_change("attribution.close_month", statement, actor=actor, reason=reason, **changes)
    return statement


def next_to_close(tenant: Tenant) -> date | None:
    """Return the month after the newest statement or, if none, of the oldest invoice export. At most three queries.

    No month from before the contractor and its oldest request: no invoice of it could belong to a lead.
    """
    with scope.tenant(tenant.pk):
        newest = Statement.objects.filter(tenant=tenant).order_by("-number").first()
        if newest:
            return next_month(newest.month)
        files = OutcomeFile.objects.filter(tenant=tenant, kind=OutcomeKind.INVOICES, covers_from__isnull=False)
        oldest = files.order_by("covers_from").first()
        if oldest is None or oldest.covers_from is None:
            return None
        return max(oldest.covers_from.replace(day=1), first_months([tenant])[tenant.pk])


def _why_not(tenant: Tenant, first: date, now: datetime) -> str:
    """Return the reason that a month cannot be closed, or an empty string. Three queries."""
    if tenant.zone_problem:
        return f"{tenant.zone_problem} Set one that is known: the month begins and ends in it."
    today = local_day(now, tenant.time_zone)
    if first.day != 1 or today is None or today <= last_day(first):
        return "The month is not over yet."
    newest = Statement.objects.filter(tenant=tenant).order_by("-number").first()
    if newest and newest.month >= first:
        return "This month or a later one is already closed. Changes are signed as a restatement."
    if newest and next_month(newest.month) != first:
        return f"Months are closed in order. The next one is {next_month(newest.month):%B %Y}."
    covers = OutcomeFile.objects.filter(
        tenant=tenant, kind=OutcomeKind.INVOICES, covers_from__lte=last_day(first), covers_to__gte=first
    )
    if not covers.exists():
        return "No export of invoices covers this month, so a statement would prove nothing."
    return why_links_incomplete(tenant)


def _seal(tenant: Tenant, month: Month, actor: User, reason: str, moment: datetime) -> Statement:
    newest = Statement.objects.filter(tenant=tenant).order_by("-number").first()
    number, previous = (newest.number + 1, newest.sha256) if newest else (1, NOTHING_BEFORE)
    head = {
        "schema": canonical_form.STATEMENT,
        "number": number,
        "previous": previous,
        "closed_at": moment.isoformat(),
        **_facts(tenant, month),
    }
    body = canonical_form.body_of(head, map(canonical_form.row_of, month.lines))
    revenue = money_sums.revenue(month.lines)
    return Statement.objects.create(
        tenant=tenant,
        number=number,
        month=month.first,
        previous_sha256=previous,
        sha256=sha256_hex(body),
        body=body,
        counted=revenue.counted,
        if_all_accepted=revenue.if_all_accepted,
        invoices=len(month.lines),
        closed_at=moment,
        closed_by=actor,
        reason=reason.strip(),
    )


def _facts(tenant: Tenant, month: Month) -> canonical_form.Row:
    revenue = money_sums.revenue(month.lines)
    return {
        "tenant": str(tenant.public_id),
        "month": f"{month.first:%Y-%m}",
        "time_zone": tenant.time_zone,
        "currency": "USD",
        "counted": canonical_form.money(revenue.counted),
        "if_all_accepted": canonical_form.money(revenue.if_all_accepted),
        "open_reviews": revenue.open_reviews,
        "sources": list(month.sources),
        "gaps": [
            {"kind": gap.kind, "first": gap.first.isoformat(), "last": gap.last.isoformat()} for gap in month.gaps
        ],
        "leads": month.leads,
        "linking": month.linking,
        "events": month.events,
    }


def _unsealed(tenant: Tenant, month: Month) -> str:
    """Return a month's document without its place in the chain. Equal figures give equal texts."""
    head = {"schema": canonical_form.STATEMENT, **_facts(tenant, month)}
    return canonical_form.body_of(head, map(canonical_form.row_of, month.lines))
