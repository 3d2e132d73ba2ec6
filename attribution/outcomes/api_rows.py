"""Outcomes as they are read by API, and their conversion into the columns of an export. No I/O.

Only IDs, numbers, dates, amounts, states and our own reference are stored: no name, contact detail or text.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from attribution.outcomes.checking import MOVED
from attribution.outcomes.columns import REFERENCE
from pagetojob.servicetitan.client.payloads import Booking, Invoice, Job, Payment

_CENT = Decimal("0.01")
_MOST_MONEY = Decimal(10) ** 12
Values = dict[str, Any]


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def stored_booking(row: Booking) -> Values:
    return {"reference": row.external_id, "status": row.status, "job": row.job_id, "created": _iso(row.created_on)}


def stored_job(row: Job) -> Values:
    reference = REFERENCE.search(row.summary.lower())
    return {
        "number": row.number,
        "status": row.status,
        "booking": row.booking_id,
        "customer": row.customer_id,
        "campaign": row.campaign_id,
        "unit": row.business_unit_id,
        "type": row.job_type_id,
        "reference": reference[0] if reference else "",
        "uncharged": bool(row.no_charge or row.recall_for_id or row.warranty_id or row.active is False),
        "created": _iso(row.created_on),
        "completed": _iso(row.completed_on),
    }


def stored_invoice(row: Invoice) -> Values:
    return {
        "number": row.number,
        "job": row.job_id,
        "customer": row.customer_id,
        "adjusts": row.adjustment_to_id,
        "total": _text(row.total),
        "invoiced": _iso(row.invoiced_on),
        "voided": row.active is False,
    }


def stored_payment(row: Payment) -> Values:
    return {
        "parts": [[part.invoice_id, _text(part.amount)] for part in row.applied],
        "unreadable": row.unreadable,
        "total": _text(row.total),
        "method": row.kind,
        "refunds": row.refunded_payment_id,
        "paid": _iso(row.paid_on),
        "voided": row.active is False,
    }


@dataclass(frozen=True)
class Known:
    """Everything that rows refer to: names by list and ID, jobs of invoices, and the stored applications of payments.

    `applications` are the amounts and dates of a payment by its invoice.
    """

    zone: ZoneInfo
    names: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    job_of_invoice: Mapping[int, int | None] = field(default_factory=dict)
    applications: Mapping[int, Mapping[int | None, Values]] = field(default_factory=dict)

    def name(self, of: str, remote_id: int | None, most: int) -> str:
        """Return the name of a row of a list, or its ID if the list was not read."""
        if remote_id is None:
            return ""
        return (self.names.get(of, {}).get(remote_id) or f"ID {remote_id}")[:most]


class Unusable(Exception):
    """The row cannot be imported. The message gives the reason and never repeats a value."""


#: Returns the rows of an export that a stored row becomes. Raises Unusable.
Convert = Callable[[int, Values, Known], list[Values]]


def _moment(value: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(value) if value else None


def _day(value: str | None, zone: ZoneInfo) -> dt.date | None:
    moment = _moment(value)
    return moment.astimezone(zone).date() if moment else None


def _money(value: str | None) -> Decimal:
    if value is None:
        raise Unusable("It has no amount.")
    amount = Decimal(value).quantize(_CENT, ROUND_HALF_UP)
    if abs(amount) >= _MOST_MONEY:
        raise Unusable("Its amount is too large.")
    return amount


def booking_rows(remote_id: int, stored: Values, known: Known) -> list[Values]:
    return [
        {
            "external_id": remote_id,
            "job_external_id": stored["job"],
            "reference": stored["reference"],
            "status": stored["status"],
            "booked_at": _moment(stored["created"]),
        }
    ]


def job_rows(remote_id: int, stored: Values, known: Known) -> list[Values]:
    return [
        {
            "external_id": remote_id,
            "number": stored["number"][:40],
            "status": stored["status"],
            "job_type": known.name("job types", stored["type"], 120),
            "business_unit": known.name("business units", stored["unit"], 120),
            "campaign": known.name("campaigns", stored["campaign"], 200),
            "booking_external_id": stored["booking"],
            "customer_external_id": stored["customer"],
            "opened_at": _moment(stored["created"]),
            "completed_at": _moment(stored["completed"]),
            "uncharged": stored["uncharged"],
        }
        | ({"reference": stored["reference"]} if stored["reference"] else {})
    ]


def invoice_rows(remote_id: int, stored: Values, known: Known) -> list[Values]:
    """Return the invoice. An adjustment without a job belongs to the job of the invoice that it adjusts."""
    job = stored["job"]
    if job is None and stored["adjusts"] is not None:
        job = known.job_of_invoice.get(stored["adjusts"])
    return [
        {
            "external_id": remote_id,
            "number": stored["number"][:40],
            "job_external_id": job,
            "customer_external_id": stored["customer"],
            "total": _money(stored["total"]),
            "invoiced_on": _day(stored["invoiced"], known.zone),
            "voided": stored["voided"],
        }
    ]


def payment_rows(remote_id: int, stored: Values, known: Known) -> list[Values]:
    """Return a row for each invoice that the payment is applied to, and void those that it no longer is.

    A refund is negative. If it names no invoice, it belongs to the only one of the payment that it refunds.
    """
    if stored["unreadable"]:
        raise Unusable("An application to an invoice cannot be read.")
    parts = [(invoice, _money(amount)) for invoice, amount in stored["parts"]]
    if stored["refunds"] is not None:
        refunded = [invoice for invoice in known.applications.get(stored["refunds"], {}) if invoice is not None]
        parts = parts or [(refunded[0] if len(refunded) == 1 else None, _money(stored["total"]))]
        parts = [(invoice, -abs(amount)) for invoice, amount in parts]
    elif not parts:
        parts = [(None, _money(stored["total"]))]
    amounts: dict[int | None, Decimal] = {}
    for invoice, amount in parts:
        amounts[invoice] = amounts.get(invoice, Decimal(0)) + amount
    facts = {"paid_on": _day(stored["paid"], known.zone), "method": stored["method"][:40], "voided": stored["voided"]}
    before = known.applications.get(remote_id, {})
    return [
        {"external_id": remote_id, "invoice_external_id": invoice, "amount": amount} | facts
        for invoice, amount in amounts.items()
    ] + [
        {"external_id": remote_id, "invoice_external_id": invoice} | old | {"voided": True, "status": MOVED}
        for invoice, old in before.items()
        if invoice not in amounts
    ]


CONVERT: Mapping[str, Convert] = {
    "bookings": booking_rows,
    "jobs": job_rows,
    "invoices": invoice_rows,
    "payments": payment_rows,
}


def converted(
    kind: str, stored: Iterable[tuple[int, Values]], known: Known
) -> tuple[list[tuple[int, Values]], list[tuple[int, str]]]:
    """Return the rows with their numbers, from 1, and (ID, reason) of each stored row that is left out."""
    rows: list[Values] = []
    left_out = []
    for remote_id, values in stored:
        try:
            rows += CONVERT[kind](remote_id, values, known)
        except Unusable as error:
            left_out.append((remote_id, str(error)))
    return list(enumerate(rows, start=1)), left_out
