"""The fields of each kind of export, and the headings by which they are recognized. No I/O.

Headings that the linkage also reads are taken from it, so that a file means the same here and in `link_files`.
"""

import re
from collections.abc import Mapping
from typing import Any

from attribution.linkage.fields import FILES
from pagetojob.importer.fields import FieldKind, FieldSpec

#: A column that names the tenant of an export. It is checked and never stored.
TENANT = "tenant"
#: A column with the currency of an amount. It is checked and never stored: amounts are US dollars.
CURRENCY = "currency"
US_DOLLARS = frozenset({"usd", "us$", "$", "us dollar", "us dollars", "u.s. dollar", "u.s. dollars"})
#: Our reference of a lead, in lower case.
REFERENCE = re.compile(r"st-ready:[0-9a-f]{16}")

TEXT, WHOLE, MONEY, DATE, MOMENT, BOOLEAN = (
    FieldKind.TEXT, FieldKind.WHOLE, FieldKind.MONEY, FieldKind.DATE, FieldKind.MOMENT, FieldKind.BOOLEAN
)  # fmt: skip


def _known(kind: str, name: str) -> str:
    return ", ".join(next(spec.headings for spec in FILES[kind] if spec.name == name))


def _field(
    name: str,
    headings: str,
    kind: FieldKind = TEXT,
    *,
    longest: int = 200,
    several: bool = False,
    required: bool = False,
    personal: bool = False,
) -> FieldSpec:
    """Build a field. The first of its headings is its label. Texts from several columns are joined."""
    label, *aliases = headings.split(", ")
    return FieldSpec(
        name, label, tuple(aliases), kind, required=required, several=several, joined=several, cut=True,
        longest=longest, personal=personal,
    )  # fmt: skip


def _same(kind: str, name: str, known: str, as_kind: FieldKind = TEXT, **more: Any) -> FieldSpec:
    """Build a field with the headings of a field of the linkage."""
    return _field(name, _known(kind, known), as_kind, **more)


def _person(kind: str) -> tuple[FieldSpec, ...]:
    longest = {"phone": 200, "email": 500, "unit": 40, "city": 100, "zip": 20}
    names = ("first", "last", "name", "phone", "email", "street", "unit", "city", "zip")
    state = "state, province, service state, location state, customer state, billing state"
    return (
        *(
            _same(kind, name, name, longest=longest.get(name, 200), several=name in ("phone", "email"), personal=True)
            for name in names
        ),
        _field("state", state, longest=40),
    )


_TENANT_FIELD = _field(TENANT, "tenant, tenant id, tenant slug, tenant name")
_CURRENCY_FIELD = _field(CURRENCY, "currency, currency code, currency name")

KINDS: Mapping[str, tuple[FieldSpec, ...]] = {
    "jobs": (
        _same("jobs", "external_id", "id", WHOLE, required=True),
        _field("number", "job number, job no, number, work order number", longest=40),
        _field("completed_at", "completed, completed on, completed at, completed date, completion date", MOMENT),
        _field("opened_at", f"opened at, {_known('jobs', 'created')}", MOMENT),
        _field(
            "job_type",
            "job type, job type name, type, service type, work type, service performed, service",
            longest=120,
        ),
        _field("business_unit", "business unit, business unit name, trade", longest=120),
        _same("jobs", "campaign", "campaign"),
        _same("jobs", "summary", "message", longest=4000, several=True, personal=True),
        _same("jobs", "reference", "reference"),
        _same("jobs", "lead_named", "lead", longest=64),
        _same("jobs", "booking_external_id", "booking", WHOLE),
        _field("project", f"project number, {_known('jobs', 'project_number')}", longest=60),
        _field("original_external_id", f"original job, {_known('jobs', 'original_job')}", WHOLE),
        _field("status", "status, job status, jobstatus", longest=40),
        _field("uncharged", "no charge, nocharge, is recall, recall, warranty, is warranty, uncharged", BOOLEAN),
        *_person("jobs"),
        # After the name: "Customer" is the name, as for `link_files`, unless another column is.
        _field("customer_external_id", f"customer ID, {_known('jobs', 'customer')}", WHOLE),
        _TENANT_FIELD,
    ),
    "invoices": (
        _same("invoices", "external_id", "id", WHOLE, required=True),
        _field("number", "invoice number, number, invoice no, reference number", longest=40),
        _same("invoices", "job_external_id", "job", WHOLE),
        _field("customer_external_id", f"customer ID, {_known('invoices', 'customer')}", WHOLE),
        _same("invoices", "total", "total", MONEY, required=True),
        _field(
            "invoiced_on",
            "invoice date, invoiced on, invoiced at, date, created on, created, posted on, invoice created",
            DATE,
        ),
        _field("status", "status, invoice status, state", longest=40),
        _field("voided", "voided, void, is void, active no", BOOLEAN),
        _CURRENCY_FIELD,
        _TENANT_FIELD,
    ),
    "payments": (
        _same("payments", "external_id", "id", WHOLE, required=True),
        _same("payments", "invoice_external_id", "invoice", WHOLE),
        _field("amount", f"applied amount, {_known('payments', 'total')}", MONEY, required=True),
        _field("paid_on", "payment date, paid on, paid at, date, applied on, created on", DATE),
        _field("method", "method, payment type, payment method, type", longest=40),
        _field("status", "status, payment status, state", longest=40),
        _field("voided", "voided, void, is void", BOOLEAN),
        _CURRENCY_FIELD,
        _TENANT_FIELD,
    ),
    "bookings": (
        _same("bookings", "external_id", "id", WHOLE, required=True),
        _same("bookings", "job_external_id", "job", WHOLE),
        _same("bookings", "lead_named", "lead", longest=64),
        _same("bookings", "reference", "reference", several=True),
        _same("bookings", "summary", "message", longest=4000, several=True, personal=True),
        _field("status", "status, booking status, state", longest=40),
        _field("booked_at", "booked at, booked on, created, created on, booking date, date, start", MOMENT),
        _TENANT_FIELD,
    ),
    "customers": (
        _same("customers", "external_id", "id", WHOLE, required=True),
        _field("since", "since, created, created on, created at, customer since, date created", DATE),
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
