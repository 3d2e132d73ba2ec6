"""Generate a whole account: taxonomy, customers, bookings, jobs, invoices and payments. The same seed, the same rows.

It contains what a real account has accumulated: IDs beyond 2^53, money as text, references to inactive rows, merged
customers, category trees with loops, adjustments, refunds, and values that are missing.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from .account import Account, Row, stamp
from .seed import PROVIDER

#: JavaScript and floating-point numbers are exact up to 2^53.
_FIRST_ID = 2**53 + 1
_DAYS = 365
_TRADES = ("Heating", "Cooling", "Plumbing", "Drains", "Electrical", "Roofing")
_WORK = ("Repair", "Tune-Up", "Replacement", "Installation", "Inspection", "Diagnostic", "Estimate")
_TOWNS = ("Phoenix", "Tempe", "Mesa", "Chandler", "Gilbert", "Glendale", "Peoria", "Surprise", "Buckeye", "Avondale")
_JOB_STATES = ("Completed", "Completed", "Completed", "Completed", "Scheduled", "InProgress", "Hold", "Canceled")
_BOOKING_STATES = ("New", "Accepted", "Converted", "Converted", "Dismissed")


@dataclass(frozen=True)
class Size:
    """Number of rows of a generated account."""

    jobs: int = 3_000
    invoices: int = 3_170
    payments: int = 2_400
    services: int = 800
    bookings: int = 500


@dataclass
class _Maker:
    """Rows by table, and the random numbers that they come from."""

    dice: random.Random
    size: Size
    until: datetime
    tables: dict[str, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ids = count(_FIRST_ID)

    def add(self, table: str, **values: Any) -> int:
        remote_id = next(self._ids)
        self.tables.setdefault(table, []).append({"id": remote_id, **values})
        return remote_id

    def ids(self, table: str) -> list[int]:
        return [row["id"] for row in self.tables[table]]

    def any_of(self, table: str) -> int:
        return self.dice.choice(self.tables[table])["id"]  # type: ignore[no-any-return]

    def chance(self, part: float) -> bool:
        return self.dice.random() < part

    def moment(self) -> datetime:
        return self.until - timedelta(minutes=self.dice.randrange(_DAYS * 24 * 60))

    def money(self, most: int = 12_000) -> Decimal:
        return Decimal(self.dice.randrange(4_900, most * 100)) / 100


def generate(seed: int, size: Size, *, now: float) -> dict[str, list[Row]]:
    """Return the rows of an account by table."""
    maker = _Maker(random.Random(seed), size, datetime.fromtimestamp(now, UTC))  # noqa: S311 - must be reproducible
    _taxonomy(maker)
    _pricebook(maker)
    _customers(maker)
    _bookings(maker)
    _jobs(maker)
    _invoices(maker)
    _payments(maker)
    return maker.tables


def fill(account: Account, rows: Mapping[str, Sequence[Row]], *, now: float) -> dict[str, int]:
    """Replace the content of an account. Returns the number of rows by table."""
    tags = account.table("crm/booking-provider-tags")
    account.tables.clear()
    account.tables["crm/booking-provider-tags"] = tags
    for table, content in rows.items():
        for row in content:
            account.put(table, row, now=now)
    return {table: len(content) for table, content in rows.items()}


def _taxonomy(maker: _Maker) -> None:
    for trade in _TRADES:
        maker.add("settings/business-units", name=f"Residential {trade}", officialName=trade, active=trade != "Roofing")
    for trade in _TRADES:
        for work in _WORK:
            units = maker.dice.sample(maker.ids("settings/business-units"), 2)
            maker.add("jpm/job-types", name=f"{trade} {work}", businessUnitIds=units, duration=7200,
                      active=maker.chance(0.8))  # fmt: skip
    for name in ("Online", "Print", "Radio", "Referral", "Truck wraps"):
        maker.add("marketing/categories", name=name, active=True, type="Regular")
    for number in range(60):
        category = maker.dice.choice(maker.tables["marketing/categories"])
        named = {"id": category["id"], "name": category["name"], "active": True}
        maker.add("marketing/campaigns", name=f"Campaign {number // 2 if number < 8 else number}",
                  active=maker.chance(0.6), category=None if maker.chance(0.1) else named)  # fmt: skip
    for number, town in enumerate(_TOWNS):
        zips = [f"{85_000 + number * 10 + digit:05d}" for digit in range(5)]
        maker.add("dispatch/zones", name=f"{town} zone", zips=[*zips, "0123"], cities=[town, ""],
                  active=maker.chance(0.8))  # fmt: skip
    for number in range(6):
        maker.add("memberships/membership-types", name=f"Comfort Plan {number}", displayName=None, active=number > 0)


def _pricebook(maker: _Maker) -> None:
    table = "pricebook/categories"
    for number in range(120):
        parent = maker.any_of(table) if number > 5 and maker.chance(0.8) else None
        maker.add(table, name=f"Category {number}", parentId=parent, position=number, categoryType="Services",
                  active=maker.chance(0.9))  # fmt: skip
    rows = maker.tables[table]
    rows[0]["parentId"] = rows[0]["id"]
    rows[1]["parentId"], rows[2]["parentId"], rows[3]["parentId"] = rows[2]["id"], rows[3]["id"], rows[1]["id"]
    for number in range(maker.size.services):
        category = {"id": 404 if maker.chance(0.02) else maker.any_of(table), "name": "x", "active": True}
        maker.add("pricebook/services", code=f"SVC-{number:05d}", active=maker.chance(0.85),
                  displayName=None if maker.chance(0.05) else f"Service {number}",
                  description="<p>What we do.</p>", categories=[category], price=float(maker.money()))  # fmt: skip


def _customers(maker: _Maker) -> None:
    for number in range(max(1, maker.size.jobs * 6 // 10)):
        maker.add("crm/customers", name=f"Customer {number}", type="Residential", active=True, mergedToId=None)
    for row in maker.dice.sample(maker.tables["crm/customers"], len(maker.tables["crm/customers"]) // 40):
        row |= {"active": False, "mergedToId": maker.any_of("crm/customers")}


def _bookings(maker: _Maker) -> None:
    for number in range(maker.size.bookings):
        maker.add("bookings", externalId=f"{maker.dice.getrandbits(64):016x}", source="Web", name="Customer",
                  summary="A request.", status=_BOOKING_STATES[number % 5], bookingProviderId=PROVIDER, jobId=None,
                  start=None, isFirstTimeClient=True, createdOn=stamp(maker.moment().timestamp()))  # fmt: skip


def _jobs(maker: _Maker) -> None:
    converted = [row for row in maker.tables["bookings"] if row["status"] == "Converted"]
    for number in range(maker.size.jobs):
        opened, status = maker.moment(), maker.dice.choice(_JOB_STATES)
        done = min(opened + timedelta(hours=maker.dice.randrange(2, 200)), maker.until)
        booking = converted[number] if number < len(converted) else None
        job = maker.add("jpm/jobs", jobNumber=str(100_000 + number), jobStatus=status,
                        completedOn=stamp(done.timestamp()) if status == "Completed" else None,
                        customerId=maker.any_of("crm/customers"),
                        businessUnitId=maker.any_of("settings/business-units"),
                        jobTypeId=maker.any_of("jpm/job-types"), campaignId=maker.any_of("marketing/campaigns"),
                        bookingId=booking["id"] if booking else None, total=float(maker.money()),
                        noCharge=maker.chance(0.03), recallForId=maker.any_of("jpm/jobs") if number and
                        maker.chance(0.03) else None, warrantyId=None, summary="<p>Work.</p>",
                        createdOn=stamp(opened.timestamp()))  # fmt: skip
        if booking:
            booking["jobId"] = job


def _invoices(maker: _Maker) -> None:
    jobs = maker.tables["jpm/jobs"]
    for number in range(maker.size.invoices):
        job = jobs[number % len(jobs)]
        is_adjustment = number >= len(jobs)
        total = -maker.money(300) if is_adjustment else Decimal(0) if job["noCharge"] else maker.money()
        dated = job["completedOn"] or job["createdOn"]
        original = maker.tables["accounting/invoices"][number % len(jobs)]["id"] if is_adjustment else None
        named = {"id": job["id"], "number": job["jobNumber"], "type": "x"}
        maker.add("accounting/invoices", referenceNumber=job["jobNumber"], adjustmentToId=original,
                  invoiceDate=None if maker.chance(0.01) else dated, salesTax="0.00", subTotal=str(total),
                  total=None if maker.chance(0.002) else str(total), balance=str(total),
                  job=None if is_adjustment and maker.chance(0.5) else named,
                  customer={"id": job["customerId"], "name": "Customer"}, active=maker.chance(0.98),
                  createdOn=dated)  # fmt: skip


def _payments(maker: _Maker) -> None:
    invoices = [row for row in maker.tables["accounting/invoices"] if row["adjustmentToId"] is None]
    for number in range(maker.size.payments):
        paid_for = maker.dice.sample(invoices, 2 if maker.chance(0.05) else 1)
        parts = [
            {"appliedId": 10 * number + place, "appliedTo": row["id"], "appliedAmount": row["total"] or "0.00",
             "appliedOn": row["createdOn"]}
            for place, row in enumerate(paid_for)
        ]  # fmt: skip
        refund = maker.any_of("accounting/payments") if number and maker.chance(0.01) else None
        maker.add("accounting/payments", date=paid_for[0]["createdOn"], type="Credit Card", typeId="7",
                  total=str(sum(Decimal(part["appliedAmount"]) for part in parts)), unappliedAmount="0.00",
                  appliedTo=[] if maker.chance(0.01) else parts, refundedPaymentId=refund,
                  active=maker.chance(0.99))  # fmt: skip
