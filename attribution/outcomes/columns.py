"""The columns of each kind of export, and the headings by which they are recognized. No I/O.

Headings that the linkage also reads are taken from it, so that a file means the same here and in `link_files`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from attribution.linkage.fields import FILES, FieldSpec


class Type(StrEnum):
    TEXT = "text"
    WHOLE = "whole number"
    MONEY = "money"
    MOMENT = "time"
    DAY = "day"
    YES = "yes or no"


@dataclass(frozen=True, slots=True)
class Field:
    """A column of an outcome table: its headings, its type, and the maximum length of a text."""

    spec: FieldSpec
    column: str
    type: Type = Type.TEXT
    most: int = 200

    @property
    def needed(self) -> bool:
        return self.spec.needed


#: A column that names the tenant of an export. It is checked and never stored.
TENANT = "tenant"


def _known(kind: str, name: str) -> tuple[str, ...]:
    return next(spec.headings for spec in FILES[kind] if spec.name == name)


def _field(
    column: str,
    headings: tuple[str, ...] | str,
    type: Type = Type.TEXT,  # noqa: A002
    *,
    most: int = 200,
    many: bool = False,
    needed: bool = False,
) -> Field:
    """Build a field. `headings` is a tuple as in the linkage, or a comma-separated text."""
    words = tuple(heading.strip() for heading in headings.split(",")) if isinstance(headings, str) else headings
    return Field(FieldSpec(column, words, many=many, needed=needed), column, type, most)


def _person(kind: str) -> tuple[Field, ...]:
    many = {"phone": 200, "email": 500}
    most = {"unit": 40, "city": 100, "zip": 20}
    return (
        *(_field(name, _known(kind, name)) for name in ("first", "last")),
        _field("name", _known(kind, "name")),
        *(_field(name, _known(kind, name), most=many[name], many=True) for name in many),
        _field("street", _known(kind, "street")),
        _field("state", "state, province, service state, location state, customer state, billing state", most=40),
        *(_field(name, _known(kind, name), most=most[name]) for name in most),
    )


def _id(kind: str) -> Field:
    return _field("external_id", ("id", *_known(kind, "id")), Type.WHOLE, needed=True)


_TENANT_FIELD = _field(TENANT, "tenant, tenant id, tenant slug, tenant name")
_STATUS = 40

KINDS: Mapping[str, tuple[Field, ...]] = {
    "jobs": (
        _id("jobs"),
        _field("number", "job number, job no, number, work order number", most=40),
        _field(
            "completed_at",
            "completed, completed on, completed at, completed date, completion date",
            Type.MOMENT,
        ),
        _field("opened_at", ("opened at", *_known("jobs", "created")), Type.MOMENT),
        _field(
            "job_type", "job type, job type name, type, service type, work type, service performed, service", most=120
        ),
        _field("business_unit", "business unit, business unit name, trade", most=120),
        _field("campaign", _known("jobs", "campaign")),
        _field("summary", _known("jobs", "message"), most=4000, many=True),
        _field("reference", _known("jobs", "reference")),
        _field("lead_named", _known("jobs", "lead"), most=64),
        _field("booking_external_id", _known("jobs", "booking"), Type.WHOLE),
        _field("customer_external_id", _known("jobs", "customer"), Type.WHOLE),
        _field("status", "status, job status, jobstatus", most=_STATUS),
        _field("uncharged", "no charge, nocharge, is recall, recall, warranty, is warranty, uncharged", Type.YES),
        *_person("jobs"),
        _TENANT_FIELD,
    ),
    "invoices": (
        _id("invoices"),
        _field("number", "invoice number, number, invoice no, reference number", most=40),
        _field("job_external_id", _known("invoices", "job"), Type.WHOLE),
        _field("customer_external_id", _known("invoices", "customer"), Type.WHOLE),
        _field("total", _known("invoices", "total"), Type.MONEY, needed=True),
        _field(
            "invoiced_on",
            "invoice date, invoiced on, invoiced at, date, created on, created, posted on, invoice created",
            Type.DAY,
        ),
        _field("status", "status, invoice status, state", most=_STATUS),
        _field("voided", "voided, void, is void, active no", Type.YES),
        _TENANT_FIELD,
    ),
    "payments": (
        _id("payments"),
        _field("invoice_external_id", _known("payments", "invoice"), Type.WHOLE),
        _field("amount", ("applied amount", *_known("payments", "total")), Type.MONEY, needed=True),
        _field("paid_on", "payment date, paid on, paid at, date, applied on, created on", Type.DAY),
        _field("method", "method, payment type, payment method, type", most=_STATUS),
        _field("status", "status, payment status, state", most=_STATUS),
        _field("voided", "voided, void, is void", Type.YES),
        _TENANT_FIELD,
    ),
    "bookings": (
        _id("bookings"),
        _field("job_external_id", _known("bookings", "job"), Type.WHOLE),
        _field("lead_named", _known("bookings", "lead"), most=64),
        _field("reference", _known("bookings", "reference"), many=True),
        _field("summary", _known("bookings", "message"), most=4000, many=True),
        _field("status", "status, booking status, state", most=_STATUS),
        _field("booked_at", "booked at, booked on, created, created on, booking date, date, start", Type.MOMENT),
        _TENANT_FIELD,
    ),
    "customers": (
        _id("customers"),
        _field("since", "since, created, created on, created at, customer since, date created", Type.DAY),
        *_person("customers"),
        _TENANT_FIELD,
    ),
}
#: The column from which the period of a file is derived.
DATED: Mapping[str, str] = {
    "jobs": "opened_at",
    "invoices": "invoiced_on",
    "payments": "paid_on",
    "bookings": "booked_at",
}
