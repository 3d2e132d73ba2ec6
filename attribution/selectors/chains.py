"""A lead from its landing page to its payments: each step with its evidence, and the grade of the weakest step."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from pagetojob.platform.paging import PAGE_SIZE
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import BookingRequest, Lead

from ..models import COUNTED, Invoice, Job, Label, Link, OutcomeBooking, OutcomeRow, Payment
from ..money import NOTHING, InvoiceFact, PaymentFact, returned_on

#: From strongest to weakest. A chain has the grade of its weakest link.
GRADES = (Label.CERTAIN, Label.REVIEWED, Label.MATCHED, Label.NEEDS_REVIEW, Label.UNMATCHED)
Facts = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a chain: its kind, its facts, how it is connected to the previous step, and its source."""

    what: str
    title: str
    facts: Facts = ()
    grade: str = Label.CERTAIN
    why: tuple[str, ...] = ()
    source: str = ""
    digest: str = ""


@dataclass(slots=True)
class Chain:
    """The steps of one job of a lead, with the amounts that count. `invoiced` is net of refunds."""

    link: Link
    steps: list[Step] = field(default_factory=list)
    invoiced: Decimal = NOTHING
    paid: Decimal = NOTHING

    @property
    def grade(self) -> str:
        return max((step.grade for step in self.steps), key=lambda grade: GRADES.index(Label(grade)))

    @property
    def counts(self) -> bool:
        job = self.link.job
        return self.link.label in COUNTED and job is not None and not job.uncharged


def leads(tenant: Tenant, label: str = "", before: int | None = None) -> Sequence[Link]:
    """Return a page of current links, newest first, optionally with one label only. Makes one query."""
    rows = Link.objects.filter(tenant=tenant, current=True).select_related("lead", "job").order_by("-pk")
    if label in Label.values:
        rows = rows.filter(label=label)
    return list(rows.filter(pk__lt=before)[: PAGE_SIZE + 1] if before else rows[: PAGE_SIZE + 1])


def start_of(lead: Lead) -> list[Step]:
    """Return the steps that this website recorded: the landing page and the request. Makes one query."""
    source: dict[str, str] = lead.source or {}
    request = BookingRequest.objects.filter(tenant=lead.tenant_id, lead=lead).first()
    visit_step = Step(
        "landing page",
        source.get("landing_url") or (request.page_path if request else "") or "unknown",
        tuple((name, source[name]) for name in ("referrer", "utm_source", "utm_campaign") if source.get(name)),
        source="recorded by this website at the start of the visit",
    )
    lead_step = Step(
        "lead",
        lead.spoken_code,
        (("Received", lead.received_at), ("Service", request.service if request else "unknown")),
        source="recorded by this website before the visitor got an answer",
    )
    return [visit_step, lead_step]


def chains(lead: Lead) -> list[Chain]:
    """Return a chain for each job that a current link names. At most five queries for any number of jobs."""
    links = list(
        Link.objects.filter(tenant=lead.tenant_id, lead=lead, current=True, job__isnull=False)
        .select_related("job__file__file")
        .order_by("job__opened_at", "pk")
    )
    jobs = [link.job for link in links if link.job]
    bookings = _by(
        OutcomeBooking.objects.filter(
            Q(external_id__in=[job.booking_external_id for job in jobs if job.booking_external_id])
            | Q(job_external_id__in=[job.external_id for job in jobs])
        ),
        lead,
    )
    invoices = _by(Invoice.objects.filter(job_external_id__in=[job.external_id for job in jobs]), lead)
    payments = _by(Payment.objects.filter(invoice_external_id__in=[invoice.external_id for invoice in invoices]), lead)
    return [_chain(link, link.job, bookings, invoices, payments) for link in links if link.job]


def _by[Row: OutcomeRow](rows: QuerySet[Row], lead: Lead) -> list[Row]:
    return list(rows.filter(tenant=lead.tenant_id).select_related("file__file").order_by("external_id", "pk"))


def _chain(
    link: Link, job: Job, bookings: list[OutcomeBooking], invoices: list[Invoice], payments: list[Payment]
) -> Chain:
    chain = Chain(link)
    for booking in bookings:
        if booking.external_id == job.booking_external_id or booking.job_external_id == job.external_id:
            booking_facts = (("Booked", booking.booked_at), ("Status", booking.status))
            chain.steps.append(_step("booking", booking, booking_facts, grade=link.label))
    facts: Facts = (
        ("Opened", job.opened_at),
        ("Completed", job.completed_at),
        ("Type", job.job_type),
        ("Status", job.status),
        ("Charged", "no: a recall or warranty visit" if job.uncharged else "yes"),
    )
    why = (
        *link.reasons,
        *(f"agrees: {text}" for text in link.agreeing),
        *(f"differs: {text}" for text in link.disagreeing),
    )
    chain.steps.append(_step("job", job, facts, grade=link.label, why=why))
    own = [invoice for invoice in invoices if invoice.job_external_id == job.external_id]
    for invoice in own:
        _invoice(chain, invoice, payments)
    chain.invoiced = net_of(own, payments)
    return chain


def net_of(invoices: Sequence[Invoice], payments: Sequence[Payment]) -> Decimal:
    """Return the net total of one job's invoices, without void ones and less refunds. `payments` may include others."""
    valid = [invoice for invoice in invoices if not invoice.voided]
    facts = [InvoiceFact(invoice.external_id, invoice.job_external_id, dt.date.min, invoice.total) for invoice in valid]
    paid: dict[int, list[PaymentFact]] = {}
    for payment in payments:
        if payment.invoice_external_id is not None and not payment.voided:
            fact = PaymentFact(payment.external_id, payment.invoice_external_id, payment.amount)
            paid.setdefault(payment.invoice_external_id, []).append(fact)
    return sum((invoice.total for invoice in valid), NOTHING) - sum(returned_on(facts, paid).values(), NOTHING)


def _invoice(chain: Chain, invoice: Invoice, payments: list[Payment]) -> None:
    facts = (("Invoiced", invoice.invoiced_on), ("Total", invoice.total), ("Void", "yes" if invoice.voided else ""))
    chain.steps.append(_step("invoice", invoice, facts))
    for payment in payments:
        if payment.invoice_external_id == invoice.external_id:
            paid = (("Paid", payment.paid_on), ("Amount", payment.amount), ("Void", "yes" if payment.voided else ""))
            chain.steps.append(_step("payment", payment, paid))
            if not payment.voided and not invoice.voided:
                chain.paid += payment.amount


def _step(
    what: str,
    row: OutcomeRow,
    facts: Facts,
    *,
    grade: str = Label.CERTAIN,
    why: tuple[str, ...] = ("connected by an ID in the export",),
) -> Step:
    shown = tuple((name, value) for name, value in facts if value not in (None, ""))
    title = getattr(row, "number", "") or str(row.external_id)
    return Step(what, title, shown, grade, why, f"{row.file.file.name}, row {row.row:,}", row.file.sha256)
