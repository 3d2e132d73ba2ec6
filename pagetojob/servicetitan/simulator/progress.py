"""Simulated office work: turn a booking into a job, an invoice and a payment."""

from typing import Any

from .account import Account, Row, stamp
from .seed import BUSINESS_UNIT, CAMPAIGN, JOB_TYPE


class NoSuchBooking(LookupError):
    """The account has no booking with that ID."""


def convert(account: Account, booking: int, *, total: str, paid: bool, now: float) -> dict[str, int]:
    """Turn a booking into a completed job with an invoice and, if `paid`, a payment. Returns the new IDs.

    Raises NoSuchBooking.
    """
    row = account.table("bookings").rows.get(booking)
    if row is None:
        raise NoSuchBooking(f"There is no booking {booking}.")
    ids = {kind: account.next_id() for kind in ("job", "invoice", "customer", "payment")}
    account.put("bookings", row | {"status": "Converted", "jobId": ids["job"]}, now=now)
    account.put("jpm/jobs", _job(row, ids, total, now), now=now)
    account.put("accounting/invoices", _invoice(ids, total, now, paid=paid), now=now)
    if paid:
        account.put("accounting/payments", _payment(ids, total, now), now=now)
    else:
        del ids["payment"]
    return ids


def _job(booking: Row, ids: dict[str, int], total: str, now: float) -> dict[str, Any]:
    return {
        "id": ids["job"],
        "jobNumber": str(ids["job"]),
        "jobStatus": "Completed",
        "completedOn": stamp(now),
        "customerId": ids["customer"],
        "locationId": ids["customer"],
        "businessUnitId": booking.get("businessUnitId") or BUSINESS_UNIT,
        "jobTypeId": booking.get("jobTypeId") or JOB_TYPE,
        "campaignId": booking.get("campaignId") or CAMPAIGN,
        "priority": booking.get("priority") or "Normal",
        "bookingId": booking["id"],
        "invoiceId": ids["invoice"],
        "total": float(total),
        "noCharge": False,
        "summary": booking.get("summary"),
    }


def _invoice(ids: dict[str, int], total: str, now: float, *, paid: bool) -> dict[str, Any]:
    return {
        "id": ids["invoice"],
        "referenceNumber": str(ids["job"]),
        "invoiceDate": stamp(now),
        "subTotal": total,
        "salesTax": "0.00",
        "total": total,
        "balance": "0.00" if paid else total,
        "customer": {"id": ids["customer"], "name": "Customer"},
        "businessUnit": {"id": BUSINESS_UNIT, "name": "Residential HVAC"},
        "job": {"id": ids["job"], "number": str(ids["job"]), "type": "AC Repair"},
        "adjustmentToId": None,
        "paidOn": stamp(now) if paid else None,
        "active": True,
    }


def _payment(ids: dict[str, int], total: str, now: float) -> dict[str, Any]:
    return {
        "id": ids["payment"],
        "date": stamp(now),
        "total": total,
        "unappliedAmount": "0.00",
        "type": "Credit Card",
        "typeId": "7",
        "appliedTo": [{"appliedId": 1, "appliedTo": ids["invoice"], "appliedAmount": total, "appliedOn": stamp(now)}],
        "customer": {"id": ids["customer"], "name": "Customer"},
        "refundedPaymentId": None,
        "active": True,
    }
