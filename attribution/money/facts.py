"""What the sums are made of: jobs, invoices, payments and links, as plain values. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Bucket(StrEnum):
    """Where the money of an invoice belongs. Only the first three count in revenue."""

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

#: Why the money of a bucket is not counted, as a sentence for people.
WHY_NOT = {
    Bucket.NEEDS_REVIEW: "A person has not decided yet whether the lead led to this job.",
    Bucket.NO_LEAD: "No lead of the website leads to this job.",
    Bucket.LEAD_EXCLUDED: "A person took the lead out of the books as spam, a test or a duplicate.",
    Bucket.UNCHARGED: "The job is a recall or warranty visit.",
    Bucket.ZERO: "The invoice is over nothing.",
    Bucket.NO_JOB: "The invoice names no job that is in the exports.",
    Bucket.VOID: "The invoice is void.",
}


class Customer(StrEnum):
    """Whether the shop had worked for these people before the lead."""

    NEW = "new"
    RETURNING = "returning"
    NOT_KNOWN = "not known"


class Grade(StrEnum):
    """What one link of a chain stands on, the strongest first. A chain is worth its weakest link."""

    SAME_ID = "the same id on both sides"
    DECIDED = "decided by a person"
    LIKENESS = "matched by likeness"
    OPEN = "not decided"
    NONE = "no link"


@dataclass(frozen=True, slots=True)
class JobFact:
    """A job by the shop's own id. `on` is the day it was opened; `sources` are the files it came from, by SHA-256."""

    id: int
    on: date | None
    customer: int | None = None
    uncharged: bool = False
    campaign: str = ""
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class InvoiceFact:
    """An invoice; with a negative total, a credit for what was invoiced before."""

    id: int
    job: int | None
    on: date
    total: Decimal
    voided: bool = False
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PaymentFact:
    """What was applied to one invoice; negative when it was paid back."""

    id: int
    invoice: int | None
    amount: Decimal
    voided: bool = False
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LinkFact:
    """One lead that may have led to one job. `lead` is its public id, `lead_on` its day in the tenant's zone."""

    lead: str
    lead_on: date
    job: int
    label: Bucket
    probability: Decimal
    campaign: str = ""
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One invoice in its one bucket. `gross` = `net` + `returned` + `void`, always; `collected` is apart.

    `returned` is what was paid back and no credit invoice says; a credit is a line of its own, with a negative `net`.
    `beside` are further leads that claim the job and get nothing.
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
    beside: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def counted(self) -> Decimal:
        """What this line adds to revenue."""
        return self.net if self.bucket in COUNTED else Decimal(0)
