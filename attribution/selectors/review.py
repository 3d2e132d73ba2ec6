"""The review queue and the linking runs: pending matches, second reviews, links near the threshold, calibration."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.leads.models import Lead

from ..linkage.calibration import Calibration, binned
from ..linkage.comparing import FURTHER_JOB
from ..models import (
    DECISIVE,
    Invoice,
    Job,
    Label,
    Link,
    LinkRun,
    Payment,
    ReviewDecision,
    Statement,
    Verdict,
    current_decisions,
)
from .chains import net_of

A_LIST = 25
#: Links near the threshold, and decisions for the calibration.
_NEAREST, _MOST = 20, 20_000
#: A second reviewer sees every nth decided link.
SECOND_REVIEW_EVERY = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible lead for the job, with the model's probability."""

    lead: Lead
    probability: Decimal


@dataclass(frozen=True, slots=True)
class Agreement:
    """The number of second reviews, how many agreed with the first decision, and how many each reviewer accepted."""

    reviews: int
    same: int
    first_accepted: int = 0
    second_accepted: int = 0

    @property
    def rate(self) -> str:
        return f"{self.same / self.reviews:.0%}" if self.reviews else "none yet"

    @property
    def kappa(self) -> float | None:
        """Return Cohen's kappa: agreement beyond what two people with these acceptance rates reach by chance.

        None if chance alone gives full agreement, as when both accept everything.
        """
        if not self.reviews:
            return None
        first, second = self.first_accepted / self.reviews, self.second_accepted / self.reviews
        by_chance = first * second + (1 - first) * (1 - second)
        return None if by_chance == 1 else (self.same / self.reviews - by_chance) / (1 - by_chance)


def queue(tenant: Tenant) -> QuerySet[Link]:
    """Return pending matches: unseen ones first, then by probability. Makes one query."""
    seen = current_decisions(tenant).filter(verdict=Verdict.CANT_SAY).values("link")
    rows = Link.objects.filter(tenant=tenant, current=True, label=Label.NEEDS_REVIEW)
    seen_last = Case(When(pk__in=seen, then=Value(1)), default=Value(0))
    return rows.select_related("lead", "job").order_by(seen_last, "-probability", "pk")


def neighbours(tenant: Tenant, link: Link) -> tuple[Link | None, Link | None]:
    """Return the previous and the next match of the queue. Makes one query over IDs."""
    ids = list(queue(tenant).values_list("pk", flat=True)[:1000])
    if link.pk not in ids:
        return None, queue(tenant).first()
    at = ids.index(link.pk)
    by_id = Link.objects.filter(tenant=tenant).in_bulk(ids[max(0, at - 1) : at + 2])
    return by_id.get(ids[at - 1]) if at else None, by_id.get(ids[at + 1]) if at + 1 < len(ids) else None


def candidates(link: Link) -> list[Candidate]:
    """Return the other possible leads of the link's job, best first. Makes one query."""
    leads = Lead.objects.filter(tenant=link.tenant_id).in_bulk([entry["lead"] for entry in link.candidates])
    return [
        Candidate(leads[entry["lead"]], Decimal(entry["probability"]))
        for entry in link.candidates
        if entry["lead"] in leads and entry["lead"] != link.lead_id
    ]


def at_stake(job: Job) -> Decimal:
    """Return the net invoiced amount of a job, less refunds. Two queries."""
    invoices = list(Invoice.objects.filter(tenant=job.tenant_id, job_external_id=job.external_id))
    named = [invoice.external_id for invoice in invoices]
    return net_of(invoices, list(Payment.objects.filter(tenant=job.tenant_id, invoice_external_id__in=named)))


def closed_months(job: Job) -> list[date]:
    """Return the closed months that have an invoice of the job: a decision changes them only by a restatement."""
    rows = Invoice.objects.filter(tenant=job.tenant_id, job_external_id=job.external_id, voided=False)
    months = {day.replace(day=1) for day in rows.values_list("invoiced_on", flat=True) if day}
    closed = Statement.objects.filter(tenant=job.tenant_id, month__in=months).order_by("month")
    return list(closed.values_list("month", flat=True))


def decision_about(link: Link) -> ReviewDecision | None:
    """Return the current decision about a link, with the name of the person. Makes one query."""
    rows = current_decisions(link.tenant_id).filter(link=link).annotate(who=F("decided_by__name"))
    return rows.select_related("link__lead").order_by("-pk").first()


def decisions(tenant: Tenant) -> Sequence[ReviewDecision]:
    """Return the last ten current decisions with the names of the people who made them. Makes one query."""
    rows = current_decisions(tenant).select_related("link__lead", "job")
    return list(rows.annotate(who=F("decided_by__name")).order_by("-pk")[:10])


def next_second_review(tenant: Tenant, actor: User) -> Link | None:
    """Return a decided link for a second reviewer: one in five by ID, so that no one selects them. Makes one query."""
    reviewed = ReviewDecision.objects.filter(tenant=tenant, blind=True).values("link")
    mine = current_decisions(tenant).filter(decided_by=actor).values("link")
    decided = current_decisions(tenant).filter(verdict__in=DECISIVE).values("link")
    rows = Link.objects.filter(tenant=tenant, pk__in=decided).exclude(pk__in=reviewed).exclude(pk__in=mine)
    return (
        rows.annotate(part=F("pk") % SECOND_REVIEW_EVERY)
        .filter(part=0)
        .select_related("lead", "job")
        .order_by("pk")
        .first()
    )


def agreement(tenant: Tenant) -> Agreement:
    """Compare second reviews with the current first decisions. Two queries."""
    seconds = dict(ReviewDecision.objects.filter(tenant=tenant, blind=True).values_list("link", "verdict"))
    firsts = dict(current_decisions(tenant).filter(link__in=seconds).order_by("pk").values_list("link", "verdict"))
    pairs = [
        (firsts[link] == Verdict.ACCEPT, verdict == Verdict.ACCEPT)
        for link, verdict in seconds.items()
        if link in firsts
    ]
    return Agreement(
        len(pairs),
        sum(first == second for first, second in pairs),
        sum(first for first, _ in pairs),
        sum(second for _, second in pairs),
    )


def nearest_to_the_limit(tenant: Tenant, run: LinkRun) -> list[Link]:
    """Return current links of a run whose probability is closest to the limit of matched.

    A further job of a lead with a certain one is never matched, so it has no limit. At most two queries.
    """
    limit = Decimal(str(run.card["model"]["matched_from"]))
    further = Q(reasons__contains=[FURTHER_JOB])
    links = Link.objects.filter(tenant=tenant, current=True, job__isnull=False)
    proven = links.filter(lead=OuterRef("lead"), label=Label.CERTAIN)
    links = links.filter(run=run, probability__lt=1).exclude(further & Exists(proven)).select_related("lead", "job")
    above = links.filter(probability__gte=limit).order_by("probability", "pk")[: _NEAREST // 2]
    below = links.filter(probability__lt=limit).order_by("-probability", "pk")[: _NEAREST // 2]
    return [*reversed(above), *below]


def by_decisions(tenant: Tenant) -> Calibration:
    """Compare probabilities with people's decisions: yes is right, no or another lead is wrong. Two queries."""
    decisions = current_decisions(tenant).filter(verdict__in=DECISIVE)
    rows = decisions.order_by("-pk").values_list("link__probability", "verdict")[:_MOST]
    return Calibration(
        "This business's decisions", binned((float(p), verdict == Verdict.ACCEPT) for p, verdict in rows)
    )
