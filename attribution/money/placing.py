"""Assigns each invoice to its one bucket. No I/O.

The lead with the strongest claim gets the job. A refund is subtracted once: if a credit invoice of the same job already
covers it, the refund only pays out that credit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from .facts import Bucket, Customer, Grade, InvoiceFact, JobFact, Line, LinkFact, PaymentFact

NOTHING = Decimal("0.00")
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
    credit: dict[int, Decimal] = defaultdict(lambda: NOTHING)
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
        covered = min(back, -invoice.total) if invoice.total < 0 else NOTHING
        if invoice.job is not None:
            covered = covered if invoice.total < 0 else min(back, credit[invoice.job])
            credit[invoice.job] -= covered
        back -= covered
        returned[invoice.id] = back
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
    bucket = _bucket(invoice, job, best)
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


def _bucket(invoice: InvoiceFact, job: JobFact | None, best: LinkFact | None) -> Bucket:
    reasons = (
        (invoice.voided, Bucket.VOID),
        (job is None, Bucket.NO_JOB),
        (job is not None and job.uncharged, Bucket.UNCHARGED),
        (invoice.total == 0, Bucket.ZERO),
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
