"""Lead conversion and revenue. Only certain, matched and reviewed links count."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q

from pagetojob.platform.postgresql.base import fetch_all
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import Lead

from ..models import COUNTED, MEANINGS, Label
from ..money import NOTHING, Customer
from .duplicates import COUNTED_FOR

Span = tuple[dt.datetime | None, dt.datetime | None]

#: Leads of the ledger by the time they arrived, each with its current links and the net invoiced and paid amounts of
#: their jobs. Void invoices and payments are left out, and a credit is a negative invoice. A refund is subtracted only
#: as far as no credit of its job covers it, as in `attribution.money`. The job of a marked duplicate counts for the
#: request that repeats it; `lead_on` is the day of the first submission. Every part is materialized: without table
#: statistics the planner would sum the payments again for every lead.
_LINKED = """
, chosen AS MATERIALIZED (
    SELECT * FROM (
        SELECT id, source, received_at, id AS claim, received_at AS began FROM leads_lead
        WHERE tenant_id = %(tenant)s AND excluded_as = '' AND id NOT IN (SELECT id FROM counted_for)
        UNION ALL TABLE counted_for
    )
    WHERE (%(first)s::timestamptz IS NULL OR received_at >= %(first)s)
        AND (%(last)s::timestamptz IS NULL OR received_at < %(last)s)
), paid AS MATERIALIZED (
    SELECT invoice_external_id AS invoice, sum(amount) AS paid,
        -coalesce(sum(amount) FILTER (WHERE amount < 0), 0) AS back
    FROM attribution_payment WHERE tenant_id = %(tenant)s AND NOT voided GROUP BY 1
), billed AS MATERIALIZED (
    SELECT i.job_external_id AS job, i.total, coalesce(paid.paid, 0) AS paid, coalesce(paid.back, 0) AS back
    FROM attribution_invoice i LEFT JOIN paid ON paid.invoice = i.external_id
    WHERE i.tenant_id = %(tenant)s AND NOT i.voided AND i.job_external_id IS NOT NULL
), money AS MATERIALIZED (
    SELECT job, sum(total) - coalesce(sum(greatest(back + total, 0)) FILTER (WHERE total < 0), 0) - greatest(
        coalesce(sum(back) FILTER (WHERE total >= 0), 0)
        - coalesce(sum(-total - least(back, -total)) FILTER (WHERE total < 0), 0), 0) AS invoiced,
        sum(paid) AS paid
    FROM billed GROUP BY 1
), linked AS MATERIALIZED (
    SELECT chosen.id AS lead, chosen.source, (chosen.began AT TIME ZONE %(zone)s)::date AS lead_on, k.label,
        j.id AS job, j.customer_external_id AS customer, j.completed_at IS NOT NULL AS completed, j.uncharged,
        CASE WHEN j.uncharged THEN 0 ELSE coalesce(money.invoiced, 0) END AS invoiced,
        CASE WHEN j.uncharged THEN 0 ELSE coalesce(money.paid, 0) END AS paid
    FROM chosen LEFT JOIN attribution_link k ON k.tenant_id = %(tenant)s AND k.lead_id = chosen.claim AND k.current
    LEFT JOIN attribution_job j ON j.tenant_id = %(tenant)s AND j.id = k.job_id
    LEFT JOIN money ON money.job = j.external_id
)
"""


@dataclass(frozen=True, slots=True)
class LabelLine:
    """Totals of one label: leads, jobs, invoiced and paid amounts, and whether the label counts."""

    label: str
    leads: int
    jobs: int
    invoiced: Decimal
    paid: Decimal
    counts: bool

    @property
    def meaning(self) -> str:
        return MEANINGS[self.label]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel, with the number of leads that reached it."""

    name: str
    many: int


@dataclass(frozen=True, slots=True)
class LeadCounts:
    """Leads of a period: those that results count, and those that a person excluded as spam, a test or a duplicate."""

    counted: int = 0
    excluded: int = 0

    @property
    def total(self) -> int:
        return self.counted + self.excluded


@dataclass(slots=True)
class Overview:
    """Funnel and money of a period. `low` counts now; `high` would count if all pending matches are confirmed."""

    steps: list[Step] = field(default_factory=list)
    labels: list[LabelLine] = field(default_factory=list)
    uncharged: int = 0
    without_invoice: int = 0
    low: Decimal = NOTHING
    high: Decimal = NOTHING
    paid: Decimal = NOTHING
    received: LeadCounts = field(default_factory=LeadCounts)

    @property
    def leads(self) -> int:
        return self.received.counted

    @property
    def with_jobs(self) -> list[LabelLine]:
        """Return the labels of jobs. An unmatched lead has no job, so its line would always show zero jobs."""
        return [line for line in self.labels if line.label != Label.UNMATCHED]

    @property
    def unmatched(self) -> int:
        return next(line.leads for line in self.labels if line.label == Label.UNMATCHED)

    @property
    def open_reviews(self) -> int:
        return next(line.jobs for line in self.labels if line.label == Label.NEEDS_REVIEW)


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """Counted jobs of new or of returning customers: whether the shop had worked for them before the lead."""

    name: str
    leads: int
    jobs: int
    invoiced: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign: all its leads, how many became a counted job, and the range of their revenue."""

    name: str
    leads: int
    won: int
    open: int
    low: Decimal
    high: Decimal
    paid: Decimal

    @property
    def share(self) -> str:
        return f"{self.won / self.leads:.0%}" if self.leads else "none"

    @property
    def each(self) -> Decimal:
        """Return the counted money per lead, including leads without a job."""
        return (self.low / self.leads).quantize(NOTHING) if self.leads else NOTHING


def overview(tenant: Tenant, span: Span = (None, None)) -> Overview:
    """Return the period's funnel and money. Three queries."""
    rows = _select(
        "SELECT coalesce(label, 'unmatched'), count(DISTINCT lead), count(job), coalesce(sum(invoiced), 0), "
        "coalesce(sum(paid), 0), count(*) FILTER (WHERE uncharged), "
        "count(*) FILTER (WHERE job IS NOT NULL AND NOT uncharged AND invoiced = 0) FROM linked GROUP BY 1",
        tenant,
        span,
    )
    by_label = {row[0]: row for row in rows}
    result = Overview()
    for label in Label:
        _, leads, jobs, invoiced, paid, uncharged, bare = by_label.get(label, (label, 0, 0, NOTHING, NOTHING, 0, 0))
        counts = label in COUNTED
        result.labels.append(LabelLine(label, leads, jobs, Decimal(invoiced), Decimal(paid), counts))
        if counts:
            result.low += invoiced
            result.paid += paid
            result.uncharged += uncharged
            result.without_invoice += bare
    guesses = next(line.invoiced for line in result.labels if line.label == Label.NEEDS_REVIEW)
    result.high = result.low + guesses
    result.steps = _steps(tenant, span)
    result.received = lead_counts(tenant, span)
    return result


def lead_counts(tenant: Tenant, span: Span = (None, None)) -> LeadCounts:
    """Return how many leads of a period are counted and excluded, for each page that states a number. Runs a query."""
    leads = Lead.objects.filter(tenant=tenant)
    first, last = span
    leads = leads.filter(received_at__gte=first) if first else leads
    leads = leads.filter(received_at__lt=last) if last else leads
    return LeadCounts(
        **leads.aggregate(
            counted=Count("pk", filter=Q(excluded_as="")), excluded=Count("pk", filter=~Q(excluded_as=""))
        )
    )


def _steps(tenant: Tenant, span: Span) -> list[Step]:
    (row,) = _select(
        "SELECT count(DISTINCT lead), count(DISTINCT lead) FILTER (WHERE ok), "
        "count(DISTINCT lead) FILTER (WHERE ok AND completed), count(DISTINCT lead) FILTER (WHERE ok AND invoiced > 0),"
        " count(DISTINCT lead) FILTER (WHERE ok AND paid > 0) FROM (SELECT *, label = ANY(%(counted)s) AS ok "
        "FROM linked)",
        tenant,
        span,
    )
    names = (
        "Leads in the ledger",
        "With a counted job",
        "Job completed",
        "Job invoiced",
        "Job paid, in part or in full",
    )
    return [Step(name, int(many)) for name, many in zip(names, row, strict=True)]


def campaigns(tenant: Tenant, span: Span = (None, None)) -> list[CampaignLine]:
    """Return campaigns by counted revenue, largest first, and a line for leads without one. Makes one query.

    The campaign is the one in the landing URL or, without one, the one that the page is bound to.
    """
    rows = _select(
        """
        SELECT coalesce(nullif(linked.source ->> 'utm_campaign', ''), bound.name, '') AS campaign,
            count(DISTINCT linked.lead), count(DISTINCT linked.lead) FILTER (WHERE linked.label = ANY(%(counted)s)),
            count(DISTINCT linked.lead) FILTER (WHERE linked.label = 'needs review'),
            coalesce(sum(invoiced) FILTER (WHERE linked.label = ANY(%(counted)s)), 0),
            coalesce(sum(invoiced) FILTER (WHERE linked.label = ANY(%(counted)s) OR linked.label = 'needs review'), 0),
            coalesce(sum(paid) FILTER (WHERE linked.label = ANY(%(counted)s)), 0)
        FROM linked
        LEFT JOIN leads_bookingrequest b ON b.tenant_id = %(tenant)s AND b.lead_id = linked.lead
        LEFT JOIN titanmap_pagebinding p ON p.tenant_id = %(tenant)s AND p.id = b.binding_id
        LEFT JOIN titanmap_taxonomyitem bound ON bound.tenant_id = %(tenant)s AND bound.id = p.campaign_id
        GROUP BY 1 ORDER BY 5 DESC, 2 DESC, 1
        """,
        tenant,
        span,
    )
    return [
        CampaignLine(name or "no campaign", leads, won, guesses, Decimal(low), Decimal(high), Decimal(paid))
        for name, leads, won, guesses, low, high, paid in rows
    ]


def customers(tenant: Tenant, span: Span = (None, None)) -> list[CustomerLine]:
    """Return the period's counted jobs of new, returning and unknown customers. Makes one query.

    A customer is returning, as in `attribution.money`, if another of their jobs was opened on a day before the lead's.
    """
    rows = _select(
        """
        , worked_before AS (
            SELECT DISTINCT linked.job FROM linked JOIN attribution_job o ON o.tenant_id = %(tenant)s
                AND o.customer_external_id = linked.customer AND o.id <> linked.job
                AND (o.opened_at AT TIME ZONE %(zone)s)::date < linked.lead_on
        )
        SELECT CASE WHEN linked.customer IS NULL THEN 'not known' WHEN worked_before.job IS NULL THEN 'new'
            ELSE 'returning' END AS customer, count(DISTINCT linked.lead), count(*), sum(invoiced), sum(paid)
        FROM linked LEFT JOIN worked_before ON worked_before.job = linked.job
        WHERE linked.label = ANY(%(counted)s) GROUP BY 1
        """,
        tenant,
        span,
    )
    totals = {name: (leads, jobs, Decimal(invoiced), Decimal(paid)) for name, leads, jobs, invoiced, paid in rows}
    return [
        CustomerLine(customer.value, *totals.get(customer.value, (0, 0, NOTHING, NOTHING))) for customer in Customer
    ]


def _select(select: str, tenant: Tenant, span: Span) -> list[tuple[Any, ...]]:
    """Run a SELECT over the common table expressions of `_LINKED`. All texts are constants."""
    first, last = span
    values = {
        "tenant": tenant.pk,
        "first": first,
        "last": last,
        "zone": str(tenant.shown_zone),
        "counted": [str(label) for label in COUNTED],
    }
    return fetch_all(COUNTED_FOR + _LINKED + select, values)
