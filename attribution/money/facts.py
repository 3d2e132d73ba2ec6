"""Plain values that the sums use: jobs, invoices, payments and links. No I/O."""

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
    """A lead that may have led to a job. `lead` is its public ID, `lead_on` its day in the tenant's time zone."""

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
