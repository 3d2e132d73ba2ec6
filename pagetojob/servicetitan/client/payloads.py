"""Typed rows of the API. Each class has `read(row)`, which raises Unreadable if the row cannot be used. No I/O.

Only fields that we use are read. Fields that may identify a person are excluded from every repr.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Self

from .reading import flag, mapping, moment, money, needed, text, texts, whole, wholes


def _from(path: str, parse: Callable[[Any], Any], *, in_repr: bool = True) -> Any:
    """Declare a field by the path of its value, such as "customer.id", and the parser of it."""
    *outer, name = path.split(".")

    def read(row: Any) -> Any:
        for key in outer:
            row = mapping(row).get(key)
        return parse(mapping(row).get(name))

    return field(repr=in_repr, metadata={"read": read})


def _text(path: str, *, most: int = 4000, in_repr: bool = True) -> Any:
    return _from(path, partial(text, most=most), in_repr=in_repr)


def _id() -> Any:
    """Declare the ID, without which a row cannot be used."""
    return field(metadata={"read": lambda row: needed(row, "id", whole)})


@dataclass(frozen=True)
class ApiRow:
    """A row whose fields are declared by `_id`, `_from` and `_text`."""

    @classmethod
    def read(cls, row: Any) -> Self:
        return cls(**{declared.name: declared.metadata["read"](row) for declared in fields(cls)})


@dataclass(frozen=True)
class Booking(ApiRow):
    """A booking. `status` is New, Accepted, Converted or Dismissed, or a value added to the API later."""

    id: int = _id()
    external_id: str = _text("externalId", most=200)
    status: str = _text("status", most=40)
    job_id: int | None = _from("jobId", whole)
    created_on: datetime | None = _from("createdOn", moment)
    modified_on: datetime | None = _from("modifiedOn", moment)


@dataclass(frozen=True)
class ProviderTag(ApiRow):
    """A booking provider tag. Its ID is part of the path of every booking call."""

    id: int = _id()
    name: str = _text("tagName", most=200)
    active: bool | None = _from("active", flag)


@dataclass(frozen=True)
class TaxonomyRow:
    """A row of a taxonomy list, such as job types or zones. `active` is None if the list has no such field.

    `links` holds IDs of other lists (business units of a job type, parent of a category); `words` holds codes, ZIP
    codes and city names. Prices, costs, pay and bonuses are never read.
    """

    id: int
    name: str
    active: bool | None
    modified_on: datetime | None
    links: dict[str, tuple[int, ...]]
    words: dict[str, tuple[str, ...]]

    @classmethod
    def read(cls, row: Any) -> Self:
        get = mapping(row).get
        links = {"businessUnitIds": wholes(get("businessUnitIds"))}
        for name, value in (("parentId", get("parentId")), ("category", mapping(get("category")).get("id"))):
            links[name] = () if (link := whole(value)) is None else (link,)
        categories = get("categories")
        if isinstance(categories, list):
            ids = (whole(entry.get("id") if isinstance(entry, dict) else entry) for entry in categories)
            links["categories"] = tuple(number for number in ids if number is not None)
        words = {"zips": texts(get("zips")), "cities": texts(get("cities")), "code": texts([get("code")])}
        return cls(
            id=needed(row, "id", whole),
            name=text(get("name"), most=300) or text(get("displayName"), most=300),
            active=flag(get("active")),
            modified_on=moment(get("modifiedOn")),
            links={name: ids for name, ids in links.items() if ids},
            words={name: values for name, values in words.items() if values},
        )


def scheduling_id(row: Any) -> str:
    """Return the ID of a row of Scheduling Pro, which is text."""
    return needed(row, "id", lambda value: text(value, most=64) or None)


def _full_name(customer: Any) -> str:
    names = (text(mapping(customer).get(part), most=100) for part in ("firstName", "lastName"))
    return " ".join(filter(None, names))[:200]


@dataclass(frozen=True)
class Session(ApiRow):
    """A session of Scheduling Pro. Its IDs are text. `job_id`, `booking_id` or `lead_id` is set if it was finished."""

    id: str = field(metadata={"read": scheduling_id})
    outcome: str = _text("sessionOutcome", most=60)
    job_id: int | None = _from("jobId", whole)
    booking_id: int | None = _from("bookingId", whole)
    lead_id: int | None = _from("leadId", whole)
    is_bot: bool = _from("customer.isBot", lambda value: value is True)
    category: str = _text("category", most=120)
    name: str = _from("customer", _full_name, in_repr=False)
    phone: str = _text("customer.phone", most=60, in_repr=False)
    email: str = _text("customer.email", most=254, in_repr=False)
    notes: str = _text("notes", most=2000, in_repr=False)


@dataclass(frozen=True)
class Job(ApiRow):
    """A job. The summary is searched for our reference and not stored."""

    id: int = _id()
    number: str = _text("jobNumber", most=60)
    status: str = _text("jobStatus", most=40)
    booking_id: int | None = _from("bookingId", whole)
    customer_id: int | None = _from("customerId", whole)
    campaign_id: int | None = _from("campaignId", whole)
    business_unit_id: int | None = _from("businessUnitId", whole)
    job_type_id: int | None = _from("jobTypeId", whole)
    no_charge: bool | None = _from("noCharge", flag)
    recall_for_id: int | None = _from("recallForId", whole)
    warranty_id: int | None = _from("warrantyId", whole)
    completed_on: datetime | None = _from("completedOn", moment)
    created_on: datetime | None = _from("createdOn", moment)
    modified_on: datetime | None = _from("modifiedOn", moment)
    active: bool | None = _from("active", flag)
    summary: str = _text("summary", in_repr=False)


@dataclass(frozen=True)
class Invoice(ApiRow):
    """An invoice. With `adjustment_to_id`, it adjusts that other invoice and may be negative."""

    id: int = _id()
    number: str = _text("referenceNumber", most=60)
    job_id: int | None = _from("job.id", whole)
    customer_id: int | None = _from("customer.id", whole)
    adjustment_to_id: int | None = _from("adjustmentToId", whole)
    total: Decimal | None = _from("total", money)
    invoiced_on: datetime | None = _from("invoiceDate", moment)
    modified_on: datetime | None = _from("modifiedOn", moment)
    active: bool | None = _from("active", flag)


@dataclass(frozen=True)
class Applied:
    """The part of a payment that was applied to one invoice."""

    invoice_id: int
    amount: Decimal | None


def _applied(parts: Any) -> tuple[Applied, ...]:
    """Return the readable applications of a payment."""
    return tuple(
        Applied(invoice_id, money(mapping(part).get("appliedAmount")))
        for part in (parts if isinstance(parts, list) else [])
        if (invoice_id := whole(mapping(part).get("appliedTo"))) is not None
    )


def _count_unreadable(parts: Any) -> int:
    return len(parts) - len(_applied(parts)) if isinstance(parts, list) else 0


@dataclass(frozen=True)
class Payment(ApiRow):
    id: int = _id()
    total: Decimal | None = _from("total", money)
    applied: tuple[Applied, ...] = _from("appliedTo", _applied)
    #: Number of applications that could not be parsed. Unless it is 0, the sum of `applied` is not reliable.
    unreadable: int = _from("appliedTo", _count_unreadable)
    kind: str = _text("type", most=60)
    refunded_payment_id: int | None = _from("refundedPaymentId", whole)
    paid_on: datetime | None = _from("date", moment)
    modified_on: datetime | None = _from("modifiedOn", moment)
    active: bool | None = _from("active", flag)
