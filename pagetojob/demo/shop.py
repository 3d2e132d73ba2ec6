"""Half a year of a fictional shop: its web requests and its office's records. Seeded and pure.

All people are fictional. The exports have the problems of real ones: references that were copied or not, second phones,
a spouse's name, jobs that were not requested on the web, recalls, refunds, void invoices, an invoice without a job.
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random

LEADS, WALK_INS = 260, 120
#: First customer number; share of requesters with an earlier job; range of days before the request.
_CUSTOMER, _KNOWN, _BEFORE = 30_001, 0.25, (20, 60)
_NAMES = json.loads(Path(__file__).with_name("names.json").read_text(encoding="utf-8"))
_FIRST, _LAST = _NAMES["first"], _NAMES["last"]
_STREETS = ("Palm Ln", "Cactus Rd", "Ocotillo Dr", "Mesquite St", "Saguaro Ave", "Juniper Way", "Agave Ct", "Quail Run")
_PLACES = (("Phoenix", "85016"), ("Tempe", "85281"), ("Glendale", "85301"), ("Scottsdale", "85251"))
_AREAS = ("602", "480", "623", "520", "928")
_CAMPAIGNS = (("Summer AC Demand", 6), ("Tune-Up Postcard", 3), ("Brand Search", 4), ("", 3))
_SERVICES = (("AC Repair", "/ac-repair-phoenix", "320.00"), ("Maintenance Tune-Up", "/maintenance-tune-up", "149.00"))
_PRICES = {service: price for service, _, price in _SERVICES}
_BIG = ("AC Replacement", "7850.00")
_LAG_DAYS = (0, 0, 1, 1, 2, 3, 5, 9, 16, 30)


@dataclass(frozen=True, slots=True)
class Request:
    """A request from the website. `day` counts from the first day of the half year; `minute` counts within the day."""

    name: str
    phone: str
    email: str
    street: str
    city: str
    zip: str
    campaign: str
    service: str
    page_path: str
    day: int
    minute: int


@dataclass(slots=True)
class Shop:
    """Rows of the shop's exports, by kind. Each row maps headings to values."""

    jobs: list[dict[str, str]] = field(default_factory=list)
    invoices: list[dict[str, str]] = field(default_factory=list)
    payments: list[dict[str, str]] = field(default_factory=list)
    #: Positions of the requests that became jobs.
    booked: set[int] = field(default_factory=set)

    def as_csv(self, kind: str) -> bytes:
        rows: list[dict[str, str]] = getattr(self, kind)
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue().encode()


def requests(days: int, seed: int = 8) -> list[Request]:
    """Return the requests of a period, in order of days."""
    rng = Random(seed)  # noqa: S311 - a demo, not a secret
    names = [f"{first} {last}" for first in _FIRST for last in _LAST]
    chosen = rng.sample(names, LEADS)
    days_of = sorted(rng.randrange(days) for _ in chosen)
    return [_request(rng, at, name, day) for at, (name, day) in enumerate(zip(chosen, days_of, strict=True))]


def shop(asked: Sequence[Request], references: Sequence[str], start: dt.date, days: int) -> Shop:
    """Return the office system's exports: jobs of requesters, phone customers, and earlier jobs of some."""
    rng, earlier = Random(9), Random(10)  # noqa: S311
    made = Shop()
    for at, (request, reference) in enumerate(zip(asked, references, strict=True)):
        if rng.random() < 0.62:
            made.booked.add(at)
            _job(made, rng, _as_written(rng, request, reference) | _of(at), start, request.day + rng.choice(_LAG_DAYS))
    for at in range(WALK_INS):
        day = rng.randrange(days)
        name = f"{rng.choice(_FIRST)} {rng.choice(_LAST)}son"
        caller = _request(rng, LEADS + at, name, day)
        who = _written(caller, caller.phone, summary="Called the office") | _of(LEADS + at)
        _job(made, rng, who, start, day)
    for at, request in enumerate(asked):
        if request.day > _BEFORE[1] and earlier.random() < _KNOWN:
            day = request.day - earlier.randrange(*_BEFORE)
            _job(made, earlier, _written(request, request.phone, campaign="") | _of(at), start, day)
    made.invoices.append(_invoice(9999, 88888, start + dt.timedelta(days=days // 2), "210.00", "Posted"))
    return made


def _request(rng: Random, at: int, name: str, day: int) -> Request:
    city, zip_code = rng.choice(_PLACES)
    service, page, _ = rng.choice(_SERVICES)
    campaign = rng.choice([name for name, weight in _CAMPAIGNS for _ in range(weight)])
    return Request(
        name=name,
        phone=f"({_AREAS[at // 100 % 5]}) 555-01{at % 100:02d}",
        email=f"{name.lower().replace(' ', '.')}@mail.example" if rng.random() < 0.7 else "",
        street=f"{rng.randrange(100, 9900)} {rng.choice(_STREETS)}",
        city=city,
        zip=zip_code,
        campaign=campaign,
        service=service,
        page_path=page,
        day=day,
        minute=rng.randrange(7 * 60, 21 * 60),
    )


def _of(at: int) -> dict[str, str]:
    """Return the customer number of a job."""
    return {"customer": str(_CUSTOMER + at)}


def _written(request: Request, phone: str, **more: str) -> dict[str, str]:
    row = {"name": request.name, "phone": phone, "email": request.email, "street": request.street}
    return row | {"zip": request.zip, "service": request.service, "campaign": request.campaign, "summary": ""} | more


def _as_written(rng: Random, request: Request, reference: str) -> dict[str, str]:
    """Return the office's record of a request: with our reference, or with the variations that people introduce."""
    draw = rng.random()
    second = f"({rng.choice(_AREAS)}) 555-01{rng.randrange(100):02d}"
    if draw < 0.35:
        return _written(request, request.phone, summary=f"Web request {reference}")
    if draw < 0.7:
        return _written(request, request.phone, campaign="")
    last = request.name.split()[1]
    if draw < 0.82:
        return _written(request, request.phone, name=f"{rng.choice(_FIRST)} {last}", email="")
    if draw < 0.94:
        return _written(request, second, email="", street="", campaign="")
    return _written(request, second, name=last, email="", street="", zip="")


def _job(made: Shop, rng: Random, who: dict[str, str], start: dt.date, day: int) -> None:
    number = 50_001 + len(made.jobs)
    opened = start + dt.timedelta(days=day)
    draw = rng.random()
    canceled, recall, big = draw < 0.05, 0.05 <= draw < 0.09, draw > 0.93
    service = _BIG[0] if big else who["service"]
    made.jobs.append(
        {
            "Job ID": str(number),
            "Job Number": f"{number:08d}",
            "Created On": f"{opened:%m/%d/%Y} {rng.randrange(8, 18)}:{rng.randrange(60):02d}",
            "Completed": "" if canceled else f"{opened + dt.timedelta(days=1):%m/%d/%Y}",
            "Customer ID": who["customer"],
            "Customer Name": who["name"],
            "Phone": who["phone"],
            "Email": who["email"],
            "Street": who["street"],
            "Zip": who["zip"],
            "Job Type": service,
            "Campaign": who["campaign"],
            "Summary": who["summary"],
            "Status": "Canceled" if canceled else "Completed",
            "Recall": "yes" if recall else "no",
        }
    )
    if not canceled:
        price = "0.00" if recall else _BIG[1] if big else _PRICES[who["service"]]
        _bill(made, rng, number, opened + dt.timedelta(days=1), price)


def _bill(made: Shop, rng: Random, job: int, day: dt.date, price: str) -> None:
    number = 70_001 + len(made.invoices)
    draw = rng.random()
    made.invoices.append(_invoice(number, job, day, price, "Void" if draw < 0.03 else "Posted"))
    if 0.03 <= draw < 0.07 and price != "0.00":
        made.invoices.append(_invoice(number + 20_000, job, day + dt.timedelta(days=6), "(25.00)", "Posted"))
    if draw >= 0.12 and price != "0.00":
        half = str((Decimal(price) / 2).quantize(Decimal("0.01")))
        made.payments.append(
            {
                "Payment ID": str(90_001 + len(made.payments)),
                "Invoice ID": str(number),
                "Payment Date": f"{day + dt.timedelta(days=2):%m/%d/%Y}",
                "Amount": half if draw > 0.92 else price,
                "Type": rng.choice(("Card", "Check", "Financing")),
            }
        )


def _invoice(number: int, job: int, day: dt.date, total: str, status: str) -> dict[str, str]:
    return {
        "Invoice ID": str(number),
        "Invoice Number": f"I-{number}",
        "Job ID": str(job),
        "Invoice Date": f"{day:%m/%d/%Y}",
        "Total": total,
        "Status": status,
    }
