"""Computes revenue by label from linked leads and jobs. Decimal only; no Django, clock or float.

Every invoice is in exactly one bucket, and every dollar of it is exactly one of: net, returned or void. The lead with
the strongest claim gets the job. A refund is subtracted once: if a credit invoice of the same job already covers it,
the refund only pays out that credit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Bucket(StrEnum):
    """The category of an invoice. Only the first three count as revenue."""

    CERTAIN = "certain"
    MATCHED = "matched"
    REVIEWED = "reviewed"
    NEEDS_REVIEW = "needs review"
    NO_LEAD = "no lead"
    LEAD_EXCLUDED = "lead excluded"
    UNCHARGED = "recall or warranty"
    ZERO = "zero value"
    NO_JOB = "no job"
    VOID = "void"


COUNTED = (Bucket.CERTAIN, Bucket.MATCHED, Bucket.REVIEWED)

#: The reason that a bucket is not counted, as shown to people.
WHY_NOT = {
    Bucket.NEEDS_REVIEW: "A person has not decided yet whether the lead led to this job.",
    Bucket.NO_LEAD: "No lead of the website leads to this job.",
    Bucket.LEAD_EXCLUDED: "A person excluded the lead as spam, a test or a duplicate.",
    Bucket.UNCHARGED: "The job is a recall or warranty visit.",
    Bucket.ZERO: "The invoice is over nothing.",
    Bucket.NO_JOB: "The invoice names no job that is in the exports.",
    Bucket.VOID: "The invoice is void.",
}


class Customer(StrEnum):
    """New or returning: whether the shop had worked for the customer before the lead."""

    NEW = "new"
    RETURNING = "returning"
    NOT_KNOWN = "not known"


class Grade(StrEnum):
    """The evidence of one link of a chain, strongest first. A chain has the grade of its weakest link."""

    SAME_ID = "the same id on both sides"
    DECIDED = "decided by a person"
    LIKENESS = "matched by likeness"
    OPEN = "not decided"
    NONE = "no link"


@dataclass(frozen=True, slots=True)
class JobFact:
    """A job by the shop's own ID. `on` is the day it was opened; `sources` are the SHA-256 hashes of its files."""

    id: int
    on: date | None
    customer: int | None = None
    uncharged: bool = False
    campaign: str = ""
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class InvoiceFact:
    """An invoice or, with a negative total, a credit for an earlier invoice."""

    id: int
    job: int | None
    on: date
    total: Decimal
    voided: bool = False
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PaymentFact:
    """The part of a payment applied to one invoice; negative for a refund."""

    id: int
    invoice: int | None
    amount: Decimal
    voided: bool = False
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LinkFact:
    """A lead that may have led to a job. `lead` is its public ID.

    `lead_on` is the day of the first submission of its request, in the tenant's time zone.
    """

    lead: str
    lead_on: date
    job: int
    label: Bucket
    probability: Decimal
    campaign: str = ""
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """An invoice in its bucket. `gross` always equals `net` + `returned` + `void`; `collected` is separate.

    `returned` is the refunded amount that no credit invoice covers; a credit is a separate line with a negative `net`.
    `other_leads` also claim the job and receive nothing.
    """

    invoice: int
    job: int | None
    on: date
    bucket: Bucket
    gross: Decimal
    void: Decimal
    returned: Decimal
    net: Decimal
    collected: Decimal
    lead: str = ""
    lead_on: date | None = None
    probability: Decimal = Decimal(0)
    campaign: str = ""
    customer: Customer = Customer.NOT_KNOWN
    grade: Grade = Grade.NONE
    other_leads: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def counted(self) -> Decimal:
        """Return the revenue of this line."""
        return self.net if self.bucket in COUNTED else Decimal(0)


NOTHING = Decimal("0.00")


def as_dollars(amount: Decimal) -> str:
    """Format an amount for people: 1234.50 as $1,234.50, -45 as -$45.00."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


#: Precedence of claims on a job: proof by IDs, then a person's decision, then a match by the model.
_CLAIMS = (Bucket.CERTAIN, Bucket.REVIEWED, Bucket.MATCHED, Bucket.NEEDS_REVIEW)
_GRADES = {
    Bucket.CERTAIN: Grade.SAME_ID,
    Bucket.REVIEWED: Grade.DECIDED,
    Bucket.MATCHED: Grade.LIKENESS,
    Bucket.NEEDS_REVIEW: Grade.OPEN,
}


def weakest(grades: Iterable[Grade]) -> Grade:
    """Return the grade of a chain: that of its weakest link."""
    order = list(Grade)
    return max(grades, key=order.index, default=Grade.NONE)


def place(
    *,
    jobs: Iterable[JobFact],
    invoices: Iterable[InvoiceFact],
    payments: Iterable[PaymentFact],
    links: Iterable[LinkFact],
) -> list[Line]:
    """Return a line for each invoice, ordered by invoice ID. Raises ValueError for a duplicate job or invoice ID."""
    by_job = _by_id(jobs, "job")
    by_invoice = _by_id(invoices, "invoice")
    paid: dict[int, list[PaymentFact]] = defaultdict(list)
    for payment in payments:
        if payment.invoice in by_invoice:
            paid[payment.invoice].append(payment)
    claims: dict[int, list[LinkFact]] = defaultdict(list)
    for link in links:
        if link.label in _CLAIMS:
            claims[link.job].append(link)
    by_customer = _by_customer(by_job.values())
    returned = returned_on(by_invoice.values(), paid)
    return [
        _line(
            invoice=invoice,
            job=by_job.get(invoice.job) if invoice.job is not None else None,
            paid=paid[invoice.id],
            claims=sorted(claims.get(invoice.job, ()), key=_strength) if invoice.job is not None else (),
            returned=returned.get(invoice.id, NOTHING),
            by_customer=by_customer,
        )
        for invoice in sorted(by_invoice.values(), key=lambda fact: fact.id)
    ]


def _by_id[F: (JobFact, InvoiceFact)](facts: Iterable[F], what: str) -> dict[int, F]:
    by_id: dict[int, F] = {}
    for fact in facts:
        if fact.id in by_id:
            raise ValueError(f"{what} {fact.id} is a duplicate")
        by_id[fact.id] = fact
    return by_id


def _strength(link: LinkFact) -> tuple[int, Decimal, str]:
    return (_CLAIMS.index(link.label), -link.probability, link.lead)


def _by_customer(jobs: Iterable[JobFact]) -> dict[int, list[JobFact]]:
    """Group the jobs by customer."""
    jobs_by_customer: dict[int, list[JobFact]] = defaultdict(list)
    for job in jobs:
        if job.customer is not None and job.on is not None:
            jobs_by_customer[job.customer].append(job)
    return jobs_by_customer


def returned_on(invoices: Iterable[InvoiceFact], paid: Mapping[int, Sequence[PaymentFact]]) -> dict[int, Decimal]:
    """Return by invoice the refunds that no credit of its job covers. A credit covers each dollar once.

    `paid` are the payments by invoice. Invoices without refunds are left out.
    """
    credit: dict[int | None, Decimal] = defaultdict(lambda: NOTHING)
    for invoice in invoices:
        if invoice.job is not None and invoice.total < 0 and not invoice.voided:
            credit[invoice.job] -= invoice.total
    returned: dict[int, Decimal] = {}
    # Process credits first: a refund paid on a credit uses it up, so that it cannot cover another refund.
    for invoice in sorted(invoices, key=lambda fact: (fact.total >= 0, fact.id)):
        back = -sum(
            (payment.amount for payment in paid.get(invoice.id, ()) if payment.amount < 0 and not payment.voided),
            NOTHING,
        )
        if not back or invoice.voided:
            continue
        covered = min(back, -invoice.total if invoice.total < 0 else credit.get(invoice.job, NOTHING))
        if invoice.job is not None:
            credit[invoice.job] -= covered
        returned[invoice.id] = back - covered
    return returned


def _line(
    *,
    invoice: InvoiceFact,
    job: JobFact | None,
    paid: Sequence[PaymentFact],
    claims: Sequence[LinkFact],
    returned: Decimal,
    by_customer: Mapping[int, Sequence[JobFact]],
) -> Line:
    best = claims[0] if claims and job is not None else None
    bucket = _bucket(invoice, job, best, returned)
    void = invoice.total if invoice.voided else NOTHING
    sources = set(invoice.sources).union(*(payment.sources for payment in paid), job.sources if job else ())
    return Line(
        invoice=invoice.id,
        job=invoice.job,
        on=invoice.on,
        bucket=bucket,
        gross=invoice.total,
        void=void,
        returned=returned,
        net=invoice.total - void - returned,
        collected=sum((payment.amount for payment in paid if not payment.voided), NOTHING),
        lead=best.lead if best else "",
        lead_on=best.lead_on if best else None,
        probability=best.probability if best else Decimal(0),
        campaign=best.campaign if best else (job.campaign if job else ""),
        customer=_customer(job, best, by_customer),
        # Job, invoice and payment are connected by IDs of one system, so the link from the lead is the weakest.
        grade=weakest((_GRADES[best.label], Grade.SAME_ID)) if best else Grade.NONE,
        other_leads=tuple(claim.lead for claim in claims[1:]) if best else (),
        sources=tuple(sorted(sources)),
    )


def _bucket(invoice: InvoiceFact, job: JobFact | None, best: LinkFact | None, returned: Decimal) -> Bucket:
    reasons = (
        (invoice.voided, Bucket.VOID),
        (job is None, Bucket.NO_JOB),
        (job is not None and job.uncharged, Bucket.UNCHARGED),
        # A refund on an invoice over nothing reduces the revenue of its job.
        (invoice.total == 0 and not returned, Bucket.ZERO),
        (best is None, Bucket.NO_LEAD),
        (best is not None and best.excluded, Bucket.LEAD_EXCLUDED),
    )
    return next((bucket for holds, bucket in reasons if holds), best.label if best else Bucket.NO_LEAD)


def _customer(job: JobFact | None, best: LinkFact | None, by_customer: Mapping[int, Sequence[JobFact]]) -> Customer:
    """Return RETURNING if the customer had a job opened before the lead or, without a lead, before this job."""
    if job is None or job.customer is None:
        return Customer.NOT_KNOWN
    since = best.lead_on if best else job.on
    if since is None:
        return Customer.NOT_KNOWN
    others = (other for other in by_customer.get(job.customer, ()) if other.id != job.id)
    return Customer.RETURNING if any(other.on is not None and other.on < since for other in others) else Customer.NEW
