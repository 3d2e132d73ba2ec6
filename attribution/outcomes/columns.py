"""The fields of each kind of export, and the headings by which they are recognized. No I/O.

Headings that the linkage also reads are taken from it, so that a file means the same here and in `link_files`.
"""

from collections.abc import Mapping

from attribution.linkage.fields import FILES
from pagetojob.importer.fields import FieldKind, FieldSpec

#: A column that names the tenant of an export. It is checked and never stored.
TENANT = "tenant"


def _known(kind: str, name: str) -> tuple[str, ...]:
    return next(spec.headings for spec in FILES[kind] if spec.name == name)


def _field(
    name: str,
    headings: tuple[str, ...] | str,
    kind: FieldKind = FieldKind.TEXT,
    *,
    longest: int = 200,
    several: bool = False,
    required: bool = False,
) -> FieldSpec:
    """Build a field. `headings` is a tuple as in the linkage, or a comma-separated text; the first one is its label.

    Texts from several columns are joined.
    """
    label, *aliases = headings.split(", ") if isinstance(headings, str) else headings
    return FieldSpec(
        name, label, tuple(aliases), kind, required=required, several=several, joined=several, cut=True, longest=longest
    )


def _person(kind: str) -> tuple[FieldSpec, ...]:
    several = {"phone": 200, "email": 500}
    longest = {"unit": 40, "city": 100, "zip": 20}
    return (
        *(_field(name, _known(kind, name)) for name in ("first", "last")),
        _field("name", _known(kind, "name")),
        *(_field(name, _known(kind, name), longest=several[name], several=True) for name in several),
        _field("street", _known(kind, "street")),
        _field("state", "state, province, service state, location state, customer state, billing state", longest=40),
        *(_field(name, _known(kind, name), longest=longest[name]) for name in longest),
    )


def _id(kind: str) -> FieldSpec:
    return _field("external_id", _known(kind, "id"), FieldKind.WHOLE, required=True)


_TENANT_FIELD = _field(TENANT, "tenant, tenant id, tenant slug, tenant name")
_STATUS = 40

KINDS: Mapping[str, tuple[FieldSpec, ...]] = {
    "jobs": (
        _id("jobs"),
        _field("number", "job number, job no, number, work order number", longest=40),
        _field(
            "completed_at",
            "completed, completed on, completed at, completed date, completion date",
            FieldKind.MOMENT,
        ),
        _field("opened_at", ("opened at", *_known("jobs", "created")), FieldKind.MOMENT),
        _field(
            "job_type",
            "job type, job type name, type, service type, work type, service performed, service",
            longest=120,
        ),
        _field("business_unit", "business unit, business unit name, trade", longest=120),
        _field("campaign", _known("jobs", "campaign")),
        _field("summary", _known("jobs", "message"), longest=4000, several=True),
        _field("reference", _known("jobs", "reference")),
        _field("lead_named", _known("jobs", "lead"), longest=64),
        _field("booking_external_id", _known("jobs", "booking"), FieldKind.WHOLE),
        _field("customer_external_id", _known("jobs", "customer"), FieldKind.WHOLE),
        _field("status", "status, job status, jobstatus", longest=_STATUS),
        _field(
            "uncharged", "no charge, nocharge, is recall, recall, warranty, is warranty, uncharged", FieldKind.BOOLEAN
        ),
        *_person("jobs"),
        _TENANT_FIELD,
    ),
    "invoices": (
        _id("invoices"),
        _field("number", "invoice number, number, invoice no, reference number", longest=40),
        _field("job_external_id", _known("invoices", "job"), FieldKind.WHOLE),
        _field("customer_external_id", _known("invoices", "customer"), FieldKind.WHOLE),
        _field("total", _known("invoices", "total"), FieldKind.MONEY, required=True),
        _field(
            "invoiced_on",
            "invoice date, invoiced on, invoiced at, date, created on, created, posted on, invoice created",
            FieldKind.DATE,
        ),
        _field("status", "status, invoice status, state", longest=_STATUS),
        _field("voided", "voided, void, is void, active no", FieldKind.BOOLEAN),
        _TENANT_FIELD,
    ),
    "payments": (
        _id("payments"),
        _field("invoice_external_id", _known("payments", "invoice"), FieldKind.WHOLE),
        _field("amount", ("applied amount", *_known("payments", "total")), FieldKind.MONEY, required=True),
        _field("paid_on", "payment date, paid on, paid at, date, applied on, created on", FieldKind.DATE),
        _field("method", "method, payment type, payment method, type", longest=_STATUS),
        _field("status", "status, payment status, state", longest=_STATUS),
        _field("voided", "voided, void, is void", FieldKind.BOOLEAN),
        _TENANT_FIELD,
    ),
    "bookings": (
        _id("bookings"),
        _field("job_external_id", _known("bookings", "job"), FieldKind.WHOLE),
        _field("lead_named", _known("bookings", "lead"), longest=64),
        _field("reference", _known("bookings", "reference"), several=True),
        _field("summary", _known("bookings", "message"), longest=4000, several=True),
        _field("status", "status, booking status, state", longest=_STATUS),
        _field("booked_at", "booked at, booked on, created, created on, booking date, date, start", FieldKind.MOMENT),
        _TENANT_FIELD,
    ),
    "customers": (
        _id("customers"),
        _field("since", "since, created, created on, created at, customer since, date created", FieldKind.DATE),
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
