"""Typed rows of the API. Each class has `read(row)`, which raises Unreadable if the row cannot be used. No I/O.

Only fields that we use are read. Fields that may identify a person are excluded from every repr.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from .reading import flag, mapping, moment, money, needed, text, texts, whole, wholes


@dataclass(frozen=True)
class Booking:
    """A booking. `status` is New, Accepted, Converted or Dismissed, or a value added to the API later."""

    id: int
    external_id: str
    status: str
    provider_id: int | None
    job_id: int | None
    dismissing_reason_id: int | None
    start: datetime | None
    created_on: datetime | None
    modified_on: datetime | None
    campaign_id: int | None
    business_unit_id: int | None
    job_type_id: int | None
    active: bool | None
    name: str = field(repr=False)
    summary: str = field(repr=False)

    @classmethod
    def read(cls, row: Any) -> Self:
        get = mapping(row).get
        return cls(
            id=needed(row, "id", whole),
            external_id=text(get("externalId"), most=200),
            status=text(get("status"), most=40),
            provider_id=whole(get("bookingProviderId")),
            job_id=whole(get("jobId")),
            dismissing_reason_id=whole(get("dismissingReasonId")),
            start=moment(get("start")),
            created_on=moment(get("createdOn")),
            modified_on=moment(get("modifiedOn")),
            campaign_id=whole(get("campaignId")),
            business_unit_id=whole(get("businessUnitId")),
            job_type_id=whole(get("jobTypeId")),
            active=flag(get("active")),
            name=text(get("name"), most=200),
            summary=text(get("summary")),
        )


@dataclass(frozen=True)
class ProviderTag:
    """A booking provider tag. Its ID is part of the path of every booking call."""

    id: int
    name: str
    active: bool | None

    @classmethod
    def read(cls, row: Any) -> Self:
        get = mapping(row).get
        return cls(needed(row, "id", whole), text(get("tagName"), most=200), flag(get("active")))


@dataclass(frozen=True)
class TaxonomyRow:
    """A row of a taxonomy list, such as job types or zones. `active` is None if the list has no such field.

    `links` holds IDs of other lists (business units of a job type, parent of a category); `words` holds codes, ZIP
    codes and city names. Cost, pay and bonus fields are never read.
    """

    id: int
    name: str
    active: bool | None
    modified_on: datetime | None
    links: dict[str, tuple[int, ...]]
    words: dict[str, tuple[str, ...]]
    price: Decimal | None

    @classmethod
    def read(cls, row: Any) -> Self:
        get = mapping(row).get
        links = {name: wholes(get(name)) for name in ("businessUnitIds", "businessUnits", "tagTypeIds")}
        for name, value in (
            ("parentId", get("parentId")),
            ("category", mapping(get("category")).get("id")),
            ("businessUnitId", get("businessUnitId")),
        ):
            links[name] = () if (link := whole(value)) is None else (link,)
        categories = get("categories")
        if isinstance(categories, list):
            ids = (whole(entry.get("id") if isinstance(entry, dict) else entry) for entry in categories)
            links["categories"] = tuple(number for number in ids if number is not None)
        words = {name: texts(get(name)) for name in ("zips", "cities", "territoryNumbers", "campaignPhoneNumbers")}
        for name in ("code", "officialName", "displayName", "medium", "source", "type", "categoryType"):
            words[name] = texts([get(name)])
        return cls(
            id=needed(row, "id", whole),
            name=text(get("name"), most=300) or text(get("displayName"), most=300),
            active=flag(get("active")),
            modified_on=moment(get("modifiedOn")),
            links={name: ids for name, ids in links.items() if ids},
            words={name: values for name, values in words.items() if values},
            price=money(get("price")),
        )


def scheduling_id(row: Any) -> str:
    """Return the ID of a row of Scheduling Pro, which is text."""
    return needed(row, "id", lambda value: text(value, most=64) or None)


@dataclass(frozen=True)
class Session:
    """A session of Scheduling Pro. Its IDs are text. `job_id`, `booking_id` or `lead_id` is set if it was finished."""

    id: str
    outcome: str
    job_id: int | None
    booking_id: int | None
    lead_id: int | None
    is_bot: bool
    category: str
    name: str = field(repr=False)
    phone: str = field(repr=False)
    email: str = field(repr=False)
    notes: str = field(repr=False)

    @classmethod
    def read(cls, row: Any) -> Self:
        get = mapping(row).get
        of = mapping(get("customer")).get
        names = (text(of("firstName"), most=100), text(of("lastName"), most=100))
        return cls(
            id=scheduling_id(row),
            outcome=text(get("sessionOutcome"), most=60),
            job_id=whole(get("jobId")),
            booking_id=whole(get("bookingId")),
            lead_id=whole(get("leadId")),
            is_bot=flag(of("isBot")) is True,
            category=text(get("category"), most=120),
            name=" ".join(filter(None, names))[:200],
            phone=text(of("phone"), most=60),
            email=text(of("email"), most=254),
            notes=text(get("notes"), most=2000),
        )


@dataclass(frozen=True)
class Job:
    """A job. `total` may be zero: estimates, warranty and no-charge work are real jobs."""

    id: int
    number: str
    status: str
    booking_id: int | None
    customer_id: int | None
    campaign_id: int | None
    business_unit_id: int | None
    job_type_id: int | None
    invoice_id: int | None
    total: Decimal | None
    no_charge: bool | None
    recall_for_id: int | None
    warranty_id: int | None
    completed_on: datetime | None
    created_on: datetime | None
    modified_on: datetime | None
    active: bool | None
    summary: str = field(repr=False)

    @classmethod
    def read(cls, row: Any) -> Self:
        get = mapping(row).get
        return cls(
            id=needed(row, "id", whole),
            number=text(get("jobNumber"), most=60),
            status=text(get("jobStatus"), most=40),
            booking_id=whole(get("bookingId")),
            customer_id=whole(get("customerId")),
            campaign_id=whole(get("campaignId")),
            business_unit_id=whole(get("businessUnitId")),
            job_type_id=whole(get("jobTypeId")),
            invoice_id=whole(get("invoiceId")),
            total=money(get("total")),
            no_charge=flag(get("noCharge")),
            recall_for_id=whole(get("recallForId")),
            warranty_id=whole(get("warrantyId")),
            completed_on=moment(get("completedOn")),
            created_on=moment(get("createdOn")),
            modified_on=moment(get("modifiedOn")),
            active=flag(get("active")),
            summary=text(get("summary")),
        )


@dataclass(frozen=True)
class Appointment:
    id: int
    job_id: int | None
    status: str
    start: datetime | None
    end: datetime | None
    modified_on: datetime | None
    active: bool | None

    @classmethod
    def read(cls, row: Any) -> Self:
        get = mapping(row).get
        return cls(
            id=needed(row, "id", whole),
            job_id=whole(get("jobId")),
            status=text(get("status"), most=40),
            start=moment(get("start")),
            end=moment(get("end")),
            modified_on=moment(get("modifiedOn")),
            active=flag(get("active")),
        )


@dataclass(frozen=True)
class Invoice:
    """An invoice. With `adjustment_to_id`, it adjusts that other invoice and may be negative."""

    id: int
    number: str
    job_id: int | None
    customer_id: int | None
    business_unit_id: int | None
    adjustment_to_id: int | None
    subtotal: Decimal | None
    tax: Decimal | None
    total: Decimal | None
    balance: Decimal | None
    invoiced_on: datetime | None
    paid_on: datetime | None
    modified_on: datetime | None
    active: bool | None

    @classmethod
    def read(cls, row: Any) -> Self:
        get = mapping(row).get
        return cls(
            id=needed(row, "id", whole),
            number=text(get("referenceNumber"), most=60),
            job_id=whole(mapping(get("job")).get("id")),
            customer_id=whole(mapping(get("customer")).get("id")),
            business_unit_id=whole(mapping(get("businessUnit")).get("id")),
            adjustment_to_id=whole(get("adjustmentToId")),
            subtotal=money(get("subTotal")),
            tax=money(get("salesTax")),
            total=money(get("total")),
            balance=money(get("balance")),
            invoiced_on=moment(get("invoiceDate")),
            paid_on=moment(get("paidOn")),
            modified_on=moment(get("modifiedOn")),
            active=flag(get("active")),
        )


@dataclass(frozen=True)
class Applied:
    """The part of a payment that was applied to one invoice."""

    invoice_id: int
    amount: Decimal | None


@dataclass(frozen=True)
class Payment:
    id: int
    total: Decimal | None
    unapplied: Decimal | None
    applied: tuple[Applied, ...]
    #: Number of applications that could not be parsed. Unless it is 0, the sum of `applied` is not reliable.
    unreadable: int
    kind: str
    customer_id: int | None
    refunded_payment_id: int | None
    paid_on: datetime | None
    modified_on: datetime | None
    active: bool | None

    @classmethod
    def read(cls, row: Any) -> Self:
        get = mapping(row).get
        given = get("appliedTo")
        parts = given if isinstance(given, list) else []
        applied = tuple(
            Applied(invoice_id, money(mapping(part).get("appliedAmount")))
            for part in parts
            if (invoice_id := whole(mapping(part).get("appliedTo"))) is not None
        )
        return cls(
            id=needed(row, "id", whole),
            total=money(get("total")),
            unapplied=money(get("unappliedAmount")),
            applied=applied,
            unreadable=len(parts) - len(applied),
            kind=text(get("type"), most=60),
            customer_id=whole(mapping(get("customer")).get("id")),
            refunded_payment_id=whole(get("refundedPaymentId")),
            paid_on=moment(get("date")),
            modified_on=moment(get("modifiedOn")),
            active=flag(get("active")),
        )
