"""Generate requests and jobs of a made-up heating, air and electrical contractor north of Atlanta.

The office works in Roswell, Cumming, Gainesville and the towns between them. Its office software exports jobs
and customers in Eastern time. Requests come from a website form, an online scheduler and a call tracker in UTC.
True is each job booked because of a request: the first visit, the return visit with the part, the install
after the estimate, and the second trade of the same project. Later work keeps the customer number and carries
a project number, a source job number or a note with the first job number.
Not true are plan visits, canceled jobs, recalls, and later unrelated calls of the same customer.
Hard are spouses, tenants and landlords, property managers with many locations, old phones and old addresses
on file, duplicate customer records, neighbors of the same name, calls without an email, questions about
a visit that is booked already, rebooked cancellations, and two requests of one home with one vague job.
"""

from __future__ import annotations

import csv
import heapq
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# All times are the office's wall clock; the zone is a formality.
POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
LEAD_COLUMNS = [
    "request_id",
    "submitted_at_utc",
    "channel",
    "tracking_source",
    "landing_page",
    "first_name",
    "last_name",
    "phone",
    "email",
    "street_address",
    "city",
    "zip",
    "service_requested",
    "preferred_window",
    "message",
    "call_seconds",
]
JOB_COLUMNS = [
    "Job #",
    "Job Status",
    "Business Unit",
    "Job Type",
    "Created Date",
    "Scheduled Date",
    "Completion Date",
    "Customer ID",
    "Customer Name",
    "Customer Type",
    "Customer Phone",
    "Customer Mobile",
    "Customer Email",
    "Location ID",
    "Location Name",
    "Location Address",
    "Location City",
    "Location State",
    "Location Zip",
    "Location Contact Phone",
    "Billing Address",
    "Job Campaign",
    "Booked By",
    "Primary Technician",
    "Project Number",
    "Lead Source Job #",
    "Recall For Job #",
    "Tags",
    "Summary",
    "Invoice #",
    "Jobs Total",
]
CUSTOMER_COLUMNS = [
    "Customer ID",
    "Customer Name",
    "Type",
    "Billing Street",
    "Billing City",
    "Billing State",
    "Billing Zip",
    "Phone",
    "Mobile Phone",
    "Email",
    "Created On",
    "Membership",
]


@dataclass
class House:
    """Hold one home or business and the people who answer for it."""

    first: str
    last: str
    spouse: tuple[str, str]
    phone: str
    phone2: str
    email: str
    email2: str
    street: str
    city: str
    zip: str
    kind: str = "Residential"
    company: str = ""
    tenant: tuple[str, str, str, str] | None = None
    billing: tuple[str, str, str] | None = None
    style: int = 0
    customer: int = 0
    location: int = 0
    member: bool = False
    closed: bool = False
    busy: datetime = datetime(2019, 1, 1, tzinfo=UTC)
    filed: dict[str, str] = field(default_factory=dict)
    last_job: Job | None = None


@dataclass
class Job:
    """Hold one job before it gets its number."""

    row: dict[str, str]
    created: datetime
    due: datetime
    done: datetime
    total: float
    note: str
    parent: Job | None = None
    link: str = ""
    project: str = ""
    number: str = ""
    dead: bool = False


@dataclass
class Lead:
    """Hold one request row with its home."""

    row: dict[str, str]
    at: datetime
    house: House | None


def eastern_offset(local: datetime) -> int:
    """Return the hours that Eastern time is behind UTC."""
    march = datetime(local.year, 3, 8, 2, tzinfo=UTC)
    november = datetime(local.year, 11, 1, 2, tzinfo=UTC)
    start = march + timedelta(days=(6 - march.weekday()) % 7)
    end = november + timedelta(days=(6 - november.weekday()) % 7)
    return 4 if start <= local < end else 5


def stamp(at: datetime) -> str:
    """Return a time as the office software prints it."""
    return f"{at.month}/{at.day}/{at.year} {at.hour % 12 or 12}:{at.minute:02d} {'AM' if at.hour < 12 else 'PM'}"


def pretty(phone: str) -> str:
    """Return ten digits as the office software prints them."""
    return f"({phone[:3]}) {phone[3:6]}-{phone[6:]}" if phone else ""


def digits(text: str) -> str:
    """Return the last ten digits of a phone text."""
    return "".join(ch for ch in text if ch.isdigit())[-10:]


def short(street: str) -> str:
    """Return the street number and the first word of the road."""
    return " ".join(street.lower().replace(",", " ").split()[:2])


class Office:
    """Run the office day by day and keep its rows."""

    def __init__(self, seed: int, leads: int) -> None:
        self.rng = random.Random(f"chattahoochee {seed}")
        self.count = leads
        self.first_names = self.rng.sample(POOLS["first"], len(POOLS["first"]) * 4 // 5)
        self.last_names = self.rng.sample(POOLS["last"], len(POOLS["last"]) * 4 // 5)
        self.roads = self.rng.sample(POOLS["roads"], len(POOLS["roads"]) * 3 // 4)
        self.stems = self.rng.sample(POOLS["stem"], len(POOLS["stem"]) * 3 // 4)
        self.texts = {s["key"]: self.rng.sample(s["texts"], max(4, len(s["texts"]) - 1)) for s in POOLS["services"]}
        self.used: set[str] = set()
        self.houses: list[House] = []
        self.managers: list[House] = []
        self.heap: list[tuple[datetime, int, str, House | None]] = []
        self.jobs: list[Job] = []
        self.leads: list[Lead] = []
        self.truth: list[tuple[Lead, Job]] = []
        self.groups: list[list[Lead]] = []
        self.unsure: list[tuple[Lead, Job]] = []
        self.customers: dict[int, dict[str, str]] = {}
        self.next_customer = 30_411_000 + self.rng.randrange(900)
        self.next_project = 61_000 + self.rng.randrange(900)
        self.ticket = 0
        days = max(60, min(1900, leads * 0.6))
        self.start = datetime(2025, 11, 30, tzinfo=UTC) - timedelta(days=days + self.rng.randrange(0, 160))
        self.end = self.start + timedelta(days=days)

    # --- people -----------------------------------------------------------------------------------------------

    def chance(self, share: float) -> bool:
        """Return True with the given share."""
        return self.rng.random() < share

    def new_phone(self) -> str:
        """Return an unused made-up phone number."""
        for turn in range(1000):
            codes = POOLS["codes"] if turn < 4 and not self.chance(0.12) else POOLS["far_codes"]
            phone = f"{self.rng.choice(codes)}555{self.rng.randrange(10000):04d}"
            if phone not in self.used:
                self.used.add(phone)
                return phone
        raise RuntimeError("no phone numbers left")

    def new_email(self, first: str, last: str) -> str:
        """Return an unused personal email."""
        first, last = first.lower(), last.lower().replace("'", "")
        while True:
            tail = self.rng.choice(("", "", str(self.rng.randrange(1, 99)), str(self.rng.randrange(1950, 2003))))
            name = self.rng.choice(
                (
                    f"{first}.{last}",
                    f"{first}{last}",
                    f"{first[0]}{last}",
                    f"{last}{first[0]}",
                    f"{first}_{last}",
                    f"{last}family",
                    f"{first}{self.rng.randrange(10, 999)}",
                )
            )
            email = f"{name}{tail}@{self.rng.choice(POOLS['mail'])}"
            if email not in self.used:
                self.used.add(email)
                return email

    def new_street(self) -> str:
        """Return a street address of the region."""
        if self.chance(0.35):
            return f"{self.rng.randrange(105, 9800)} {self.rng.choice(self.roads)}"
        road = f"{self.rng.choice(self.stems)} {self.rng.choice(POOLS['tail'])} {self.rng.choice(POOLS['suffix'])}"
        unit = f" {self.rng.choice(('Unit', 'Apt', '#'))} {self.rng.randrange(1, 40)}" if self.chance(0.04) else ""
        return f"{self.rng.randrange(100, 7900, 5)} {road}{unit}"

    def new_house(self) -> House:
        """Return a new home, at times a rental, a business or a neighbor of the same name."""
        rng = self.rng
        first, last, street = rng.choice(self.first_names), rng.choice(self.last_names), self.new_street()
        town = rng.choices(POOLS["towns"], [t[2] for t in POOLS["towns"]])[0]
        city, code = town[0], rng.choice(town[1])
        if self.houses and self.chance(0.015):
            other = rng.choice(self.houses)
            number, road = other.street.split(" ", 1)
            last, city, code = other.last, other.city, other.zip
            street = f"{int(number) + rng.choice((5, 10, 15))} {road}"
        mate = (rng.choice(self.first_names), rng.choice(self.last_names) if self.chance(0.1) else last)
        house = House(
            first,
            last,
            mate,
            self.new_phone(),
            self.new_phone(),
            self.new_email(first, last),
            self.new_email(*mate),
            street,
            city,
            code,
            style=rng.choices((0, 1, 2), (70, 18, 12))[0],
        )
        draw = rng.random()
        if draw < 0.035:
            house.kind, house.company = "Commercial", rng.choice(POOLS["biz"]).format(s=rng.choice(POOLS["stem"]))
            site = "".join(ch for ch in house.company.lower() if ch.isalpha())
            house.email = f"{first.lower()}@{site}.example"
        elif draw < 0.075:
            self.rent_out(house)
            house.billing = (
                self.new_street(),
                *rng.choice((("Atlanta", "30342"), ("Marietta", "30062"), ("Roswell", "30075"))),
            )
        return house

    def rent_out(self, house: House) -> None:
        """Put a tenant into a home."""
        first, last = self.rng.choice(self.first_names), self.rng.choice(self.last_names)
        house.tenant = (first, last, self.new_phone(), self.new_email(first, last))

    def managed_house(self) -> House:
        """Return a rental home of a property manager."""
        if len(self.managers) < 2 + self.count // 150:
            boss = self.new_house()
            boss.kind, boss.company = "Commercial", self.rng.choice(POOLS["pm"]).format(s=boss.last)
            boss.email = f"maintenance@{''.join(c for c in boss.company.lower() if c.isalpha())}.example"
            boss.billing = (boss.street, boss.city, boss.zip)
            boss.tenant = None
            self.managers.append(boss)
        boss = self.rng.choice(self.managers)
        self.customer_of(boss, self.start - timedelta(days=self.rng.randrange(5, 90)))
        town = self.rng.choice(POOLS["towns"])
        house = replace(
            boss,
            street=self.new_street(),
            city=town[0],
            zip=self.rng.choice(town[1]),
            location=0,
            filed=dict(boss.filed),
            last_job=None,
            busy=self.start,
        )
        self.rent_out(house)
        return house

    def old_house(self, at: datetime) -> House | None:
        """Return a known home that has no open matter."""
        for _ in range(8 if self.houses else 0):
            house = self.rng.choice(self.houses)
            if not house.closed and house.busy + timedelta(days=25) < at:
                return house
        return None

    # --- customer records ---------------------------------------------------------------------------------------

    def display_name(self, house: House) -> str:
        """Return the customer name as the office typed it."""
        if house.company:
            return house.company
        if house.style == 1:
            return f"{house.last}, {house.first}"
        if house.style == 2 and house.spouse[1] == house.last:
            return f"{house.first} & {house.spouse[0]} {house.last}"
        return f"{house.first} {house.last}"

    def customer_of(self, house: House, at: datetime, *, fresh: bool = True) -> None:
        """Give a home its customer and location numbers and the record on file."""
        again = fresh and bool(house.customer) and not house.company and self.chance(0.015)
        if not house.customer or again:
            self.next_customer += self.rng.randrange(1, 9)
            house.customer = self.next_customer
            house.location = 0
            house.filed = {
                "phone": house.phone,
                "mobile": house.phone2 if self.chance(0.3) else "",
                "email": house.email if self.chance(0.86) else "",
            }
            if self.chance(0.04):
                house.filed["phone"] = self.new_phone()
            if self.chance(0.04):
                house.filed["email"] = house.email2
            street, city, code = house.billing or (house.street, house.city, house.zip)
            self.customers[house.customer] = {
                "Customer ID": str(house.customer),
                "Customer Name": self.display_name(house),
                "Type": house.kind,
                "Billing Street": street,
                "Billing City": city,
                "Billing State": "GA",
                "Billing Zip": code,
                "Phone": pretty(house.filed["phone"]),
                "Mobile Phone": pretty(house.filed["mobile"]),
                "Email": house.filed["email"],
                "Created On": f"{at.month}/{at.day}/{at.year}",
                "Membership": "",
            }
        if not house.location:
            self.next_customer += self.rng.randrange(1, 5)
            house.location = self.next_customer

    def add_job(self, house: House, at: datetime, due: datetime, kind: str, unit: str, **more: Any) -> Job:
        """Create one job of a home and keep it."""
        rng = self.rng
        self.customer_of(house, at, fresh="parent" not in more)
        card = self.customers[house.customer]
        contact = house.tenant[2] if house.tenant and self.chance(0.7) else ""
        billing = f"{card['Billing Street']}, {card['Billing City']}, GA {card['Billing Zip']}"
        row = {
            "Job Type": kind,
            "Business Unit": unit,
            "Customer ID": card["Customer ID"],
            "Customer Name": card["Customer Name"],
            "Customer Type": card["Type"],
            "Customer Phone": card["Phone"],
            "Customer Mobile": card["Mobile Phone"],
            "Customer Email": card["Email"],
            "Location ID": str(house.location),
            "Location Name": card["Customer Name"],
            "Location Address": house.street,
            "Location City": house.city,
            "Location State": "GA",
            "Location Zip": house.zip,
            "Location Contact Phone": pretty(contact),
            "Billing Address": billing,
            "Job Campaign": more.get("campaign", ""),
            "Booked By": more.get("booker", rng.choice(POOLS["csr"])),
            "Primary Technician": rng.choice(POOLS["tech"]),
            "Tags": more.get("tags", ""),
        }
        done = due + timedelta(minutes=rng.randrange(240, 600) if "Install" in kind else rng.randrange(40, 260))
        job = Job(
            row,
            at,
            due,
            done,
            more.get("total", 0.0),
            more.get("note", ""),
            more.get("parent"),
            more.get("link", ""),
            more.get("project", ""),
            dead=more.get("dead", False),
        )
        self.jobs.append(job)
        house.busy = max(house.busy, done)
        if not job.dead:
            house.last_job = job
        return job

    # --- times --------------------------------------------------------------------------------------------------

    def office_hours(self, at: datetime) -> datetime:
        """Move a time into the hours when the office answers."""
        if at.hour >= 18:
            at = at.replace(hour=8, minute=self.rng.randrange(60)) + timedelta(days=1)
        elif at.hour < 7:
            at = at.replace(hour=8, minute=self.rng.randrange(60))
        if at.weekday() == 6 and not self.chance(0.15):
            at = at.replace(hour=8, minute=self.rng.randrange(60)) + timedelta(days=1)
        return at

    def slot(self, after: datetime, low: float, high: float) -> datetime:
        """Return an arrival window that starts after a time."""
        at = after + timedelta(days=self.rng.uniform(low, high))
        at = at.replace(hour=self.rng.choice((8, 8, 10, 12, 13, 15)), minute=0, second=0)
        while at.weekday() == 6 or at <= after:
            at += timedelta(days=1)
        return at

    def busy_season(self, at: datetime) -> bool:
        """Return whether the office has more calls than technicians."""
        return at.month in (6, 7, 8, 1)

    def some_day(self, start: datetime, end: datetime) -> datetime:
        """Return a time, more of them in summer and in deep winter."""
        weights = (10, 8, 7, 8, 10, 14, 15, 13, 9, 7, 7, 9)
        while True:
            at = start + (end - start) * self.rng.random()
            if self.rng.random() * 15 < weights[at.month - 1]:
                hour = self.rng.choices(
                    range(24), (1, 1, 0, 0, 1, 2, 5, 9, 11, 11, 10, 9, 9, 8, 8, 8, 8, 8, 7, 6, 6, 5, 4, 2)
                )[0]
                return at.replace(hour=hour, microsecond=0)

    def service_for(self, at: datetime) -> dict[str, Any]:
        """Return a service that fits the month."""
        rows: list[dict[str, Any]] = POOLS["services"]
        return self.rng.choices(rows, [s["season"][at.month - 1] + 0.1 for s in rows])[0]

    # --- requests -----------------------------------------------------------------------------------------------

    def typo(self, text: str, share: float) -> str:
        """Return a text with two neighbor letters swapped at times."""
        if len(text) < 4 or not self.chance(share):
            return text
        spot = self.rng.randrange(1, len(text) - 2)
        return text[:spot] + text[spot + 1] + text[spot] + text[spot + 2 :]

    def typed_street(self, street: str) -> str:
        """Return a street as a customer types it."""
        words = street.split()
        if self.chance(0.3):
            words = [POOLS["long"].get(word, word) for word in words]
        elif self.chance(0.1):
            words = [word for word in words if word not in POOLS["long"]]
        text = self.typo(" ".join(words), 0.02)
        return text.lower() if self.chance(0.1) else text

    def speaker(self, house: House) -> tuple[str, str, str, str]:
        """Return the name, phone and email of the person who asks."""
        if house.tenant and self.chance(0.55):
            return house.tenant
        first, last, phone, email = house.first, house.last, house.phone, house.email
        if not house.company and self.chance(0.1):
            first, last = house.spouse
            phone = house.phone2 if self.chance(0.7) else phone
            email = house.email2 if self.chance(0.7) else email
        elif self.chance(0.05):
            phone = house.phone2
        if self.chance(0.12):
            first = POOLS["nick"].get(first, first)
        return first, last, phone, email

    def message(self, service: dict[str, Any]) -> str:
        """Return the words of a request."""
        if self.chance(0.07):
            return ""
        parts = (
            self.rng.choice(POOLS["open"]),
            self.rng.choice(self.texts[service["key"]]) + ".",
            self.rng.choice(POOLS["close"]),
        )
        text = " ".join(part for part in parts if part)
        text = text if self.chance(0.35) else text[0].upper() + text[1:]
        return self.typo(text, 0.08)

    def add_lead(
        self,
        house: House,
        at: datetime,
        service: dict[str, Any],
        *,
        channel: str = "",
        text: str = "",
        who: tuple[str, str, str, str] | None = None,
    ) -> Lead:
        """Create one request of a home."""
        rng = self.rng
        channel = channel or rng.choices(("Web Form", "Online Scheduler", "Call Tracking"), (50, 33, 17))[0]
        first, last, phone, email = who or self.speaker(house)
        row = dict.fromkeys(LEAD_COLUMNS, "")
        text = text or self.message(service)
        row |= {
            "channel": channel,
            "message": text,
            "service_requested": rng.choice(service["labels"]),
            "tracking_source": rng.choice(
                ("Google Organic", "Google Ads", "Google Ads", "GBP Listing", "Direct", "Facebook", "Bing")
            ),
            "landing_page": rng.choice(
                (
                    "/",
                    "/contact",
                    "/air-conditioning",
                    "/schedule",
                    "/electrical",
                    "/specials",
                    "/cumming-ga",
                    "/gainesville-ga",
                )
            ),
        }
        street = self.typed_street(house.street)
        if channel == "Call Tracking":
            self.fill_call(row, first, last, phone)
            street = street if self.chance(0.62) else ""
        else:
            row["phone"] = {"Web Form": f"{phone[:3]}-{phone[3:6]}-{phone[6:]}"}.get(channel, f"+1{phone}")
            row["phone"] = pretty(phone) if self.chance(0.15) else self.typo(row["phone"], 0.01)
            row["email"] = self.typo(email, 0.015)
            row["first_name"], row["last_name"] = self.typed_name(first, last)
        if channel == "Web Form" and self.chance(0.3):
            street = ""
        if channel == "Online Scheduler":
            row["preferred_window"] = rng.choice(("8-10", "10-12", "12-3", "3-6", "First available"))
        if street:
            row |= {"street_address": street, "city": house.city, "zip": house.zip}
            if self.chance(0.06):
                row["street_address"] += f", {house.city} GA"
        elif self.chance(0.6):
            row["zip"] = house.zip
        lead = Lead(row, at, house)
        self.leads.append(lead)
        house.busy = max(house.busy, at)
        return lead

    def typed_name(self, first: str, last: str) -> tuple[str, str]:
        """Return a name as typed into the form."""
        last = self.typo(last, 0.015)
        draw = self.rng.random()
        if draw < 0.02:
            return first, ""
        if draw < 0.03:
            return first, last[0]
        if draw < 0.1:
            return first.lower(), last.lower()
        return (first.upper(), last.upper()) if draw < 0.13 else (first, last)

    def fill_call(self, row: dict[str, str], first: str, last: str, phone: str) -> None:
        """Fill a request row of the call tracker."""
        row["phone"] = f"+1{phone}"
        row["landing_page"] = row["landing_page"] if self.chance(0.5) else ""
        row["call_seconds"] = str(self.rng.randrange(48, 720))
        row["service_requested"] = row["service_requested"] if self.chance(0.5) else ""
        row["message"] = f"Call summary: {row['message']}" if row["message"] else ""
        if self.chance(0.12):
            row["first_name"] = self.rng.choice(("WIRELESS CALLER", "UNKNOWN", "CUMMING GA", first.upper()))
        else:
            row["first_name"], row["last_name"] = (first.upper(), last.upper()) if self.chance(0.6) else (first, last)

    # --- what follows a request ---------------------------------------------------------------------------------

    def booked_at(self, lead: Lead) -> datetime:
        """Return when the office created the job of a request."""
        channel = lead.row["channel"]
        if channel == "Online Scheduler" and self.chance(0.75):
            return lead.at + timedelta(minutes=self.rng.randrange(0, 4))
        if channel == "Call Tracking" and self.chance(0.85):
            return lead.at + timedelta(minutes=self.rng.randrange(2, 14))
        slow = 30 if self.busy_season(lead.at) else 14
        hours = self.rng.expovariate(1 / slow) if self.chance(0.35) else self.rng.expovariate(1 / 1.5)
        if self.chance(0.02):
            hours += 24 * self.rng.randrange(6, 35)
        return self.office_hours(lead.at + timedelta(hours=hours, minutes=4))

    def campaign(self, lead: Lead) -> str:
        """Return the campaign that the office chose for a request."""
        if self.chance(0.22):
            return self.rng.choice(("Existing Customer", "Referral", "Unknown", "Yard Sign"))
        if lead.row["channel"] == "Online Scheduler":
            return "Online Booking"
        return {
            "Google Ads": "Google PPC",
            "Google Organic": "Website SEO",
            "GBP Listing": "Google Business",
            "Facebook": "Social",
        }.get(lead.row["tracking_source"], "Website")

    def job_note(self, lead: Lead, service: dict[str, Any]) -> str:
        """Return the summary of a first visit."""
        note: str = self.rng.choice(service["notes"])
        if lead.row["message"] and self.chance(0.45):
            note = f"{lead.row['message'][:110].strip()} // {note}"
        if lead.house and lead.house.tenant and self.chance(0.4):
            note = f"Tenant {' '.join(lead.house.tenant[:2])} on site. {note}"
        elif lead.row["last_name"] and self.chance(0.15):
            note = f"Spoke w/ {lead.row['first_name'].title()} {lead.row['last_name'].title()}. {note}"
        return note

    def convert(self, lead: Lead, service: dict[str, Any]) -> Job:
        """Create the first visit of a request and the work that continues it."""
        house = lead.house or self.new_house()
        at = self.booked_at(lead)
        urgent = service["key"] in ("ac", "heat", "elec")
        due = self.slot(at, 0.1, (4 if self.busy_season(at) else 2) if urgent else 9)
        self_booked = lead.row["channel"] == "Online Scheduler" and at - lead.at < timedelta(minutes=5)
        common = {"campaign": self.campaign(lead), "tags": self.rng.choice(("", "", "", "Web", "VIP", "Gate code"))}
        if self_booked:
            common["booker"] = "Online Booking"
        if self.chance(0.035):
            self.add_job(
                house, at, due, service["type"], service["unit"], note="Customer rescheduled", dead=True, **common
            )
            at = self.office_hours(at + timedelta(hours=self.rng.randrange(3, 60)))
            due = self.slot(at, 0.2, 5)
        total = round(self.rng.triangular(service["low"], service["high"], service["low"] + 150), 2)
        first = self.add_job(
            house, at, due, service["type"], service["unit"], total=total, note=self.job_note(lead, service), **common
        )
        self.truth.append((lead, first))
        self.follow(lead, house, first, service)
        return first

    def follow(self, lead: Lead, house: House, first: Job, service: dict[str, Any]) -> None:
        """Create the later work of a first visit."""
        repair = service["kind"] == "repair"
        install = self.chance(0.05 if repair else 0.42)
        if install and service["key"] in ("ac", "heat", "repl", "tune"):
            low, high, kind, unit = 6800, 17900, "HVAC Install - Changeout", "HVAC Install"
        elif install and service["key"] == "duct":
            low, high, kind, unit = 900, 4800, "IAQ / Duct Install", "HVAC Install"
        elif install:
            low, high, kind, unit = 850, 9800, "Electrical Install", "Electrical"
        elif repair and service["key"] != "tune" and self.chance(0.15):
            low, high, kind, unit = 180, 1600, "Return Visit - Part", service["unit"]
        else:
            return
        last = self.continue_job(lead, house, first, first, kind=kind, unit=unit, total=self.rng.randrange(low, high))
        if kind == "HVAC Install - Changeout" and self.chance(0.3):
            self.continue_job(
                lead,
                house,
                first,
                last,
                kind=self.rng.choice(("Inspection / QC", "Electrical Tie-In")),
                unit=self.rng.choice(("HVAC Install", "Electrical")),
                total=self.rng.choice((0, 0, 450)),
            )

    def continue_job(
        self, lead: Lead, house: House, first: Job, before: Job, *, kind: str, unit: str, total: float
    ) -> Job:
        """Create one job that continues a first visit and shows it."""
        at = self.office_hours(before.done + timedelta(hours=self.rng.expovariate(1 / 50)))
        draw, project, link, note = self.rng.random(), first.project, "", "Per proposal"
        if draw < 0.6 or project:
            self.next_project += self.rng.randrange(1, 4)
            project = first.project = project or str(self.next_project)
        elif draw < 0.85:
            link = "Lead Source Job #"
        else:
            note = self.rng.choice(("Return w/ part, see job {ref}", "Work sold on job {ref}", "Continue {ref}"))
        job = self.add_job(
            house,
            at,
            self.slot(at, 0.8, 14),
            kind,
            unit,
            total=float(total),
            note=note,
            parent=first,
            link=link,
            project=project,
            campaign=first.row["Job Campaign"],
        )
        self.truth.append((lead, job))
        return job

    def recall(self, house: House, at: datetime) -> Job:
        """Create a free correction of earlier work."""
        base = house.last_job
        unit = base.row["Business Unit"] if base else "HVAC Service"
        return self.add_job(
            house,
            at,
            self.slot(at, 0.1, 2),
            "Recall / Callback",
            unit,
            parent=base,
            link="Recall For Job #",
            note="Callback, no charge",
            campaign="Existing Customer",
        )

    # --- days ---------------------------------------------------------------------------------------------------

    def push(self, at: datetime, kind: str, house: House | None = None) -> None:
        """Put an event on the calendar."""
        self.ticket += 1
        heapq.heappush(self.heap, (at, self.ticket, kind, house))

    def plan(self) -> None:
        """Put all requests and direct calls on the calendar."""
        left = self.count
        kinds = ("single", "double", "twin", "recall", "chase", "spam", "outside")
        while left:
            kind = self.rng.choices(kinds, (905, 42, 3, 7, 10, 14, 22))[0]
            if kind in ("double", "twin") and left < 2:
                kind = "single"
            left -= 2 if kind in ("double", "twin") else 1
            self.push(self.some_day(self.start, self.end), kind)
        for _ in range(self.count):
            self.push(self.some_day(self.start - timedelta(days=90), self.end), "direct")

    def run(self) -> None:
        """Work through the calendar."""
        self.plan()
        acts = {
            "single": self.on_request,
            "double": self.on_request,
            "twin": self.on_twin,
            "recall": self.on_recall,
            "chase": self.on_chase,
            "spam": self.on_spam,
            "outside": self.on_outside,
        }
        while self.heap:
            at, _, kind, house = heapq.heappop(self.heap)
            if kind == "direct":
                self.on_direct(at)
            elif kind == "plan" and house:
                self.on_plan(house, at)
            elif kind in acts:
                acts[kind](at, kind)

    def pick(self, at: datetime, known: float) -> House:
        """Return the home that calls, known or new."""
        if self.chance(0.025):
            return self.managed_house()
        house = self.old_house(at) if self.chance(known) else None
        if house is None:
            house = self.new_house()
            self.houses.append(house)
        elif not house.tenant and not house.company and self.chance(0.04):
            house.street, house.location = self.new_street(), 0
        return house

    def on_request(self, at: datetime, kind: str) -> None:
        """Handle a request, at times sent twice."""
        service, house = self.service_for(at), self.pick(at, 0.17)
        known = house.customer != 0
        who = self.speaker(house)
        lead = self.add_lead(house, at, service, who=who)
        if kind == "double":
            click = self.chance(0.5)
            gap = timedelta(seconds=self.rng.randrange(4, 200)) if click else timedelta(hours=self.rng.uniform(0.3, 9))
            channel = lead.row["channel"] if click else ""
            text = lead.row["message"] if click and channel != "Call Tracking" else ""
            again = self.add_lead(house, at + gap, service, channel=channel, text=text, who=who)
            self.groups.append([lead, again])
        rate = {"Web Form": 0.45, "Online Scheduler": 0.68, "Call Tracking": 0.5}[lead.row["channel"]]
        draw = self.rng.random() - (0.45 if house.company else 0.12 if known else 0.0)
        if draw < rate:
            job = self.convert(lead, service)
            self.after_sale(house, job)
        else:
            house.closed = not house.company and not self.chance(0.006)
            if draw < rate + 0.035:
                made = self.booked_at(lead)
                self.add_job(
                    house,
                    made,
                    self.slot(made, 0.2, 4),
                    service["type"],
                    service["unit"],
                    dead=True,
                    note=self.rng.choice(("Canceled by customer", "Went with another company", "No answer")),
                    campaign=self.campaign(lead),
                )

    def after_sale(self, house: House, job: Job) -> None:
        """Sell a plan or see the crew come back for free."""
        if house.company and house.billing:
            return
        if not house.member and self.chance(0.2):
            house.member = True
            self.customers[house.customer]["Membership"] = "Comfort Plan"
            self.push(house.busy + timedelta(days=self.rng.randrange(120, 200)), "plan", house)
        if self.chance(0.025):
            self.recall(house, self.office_hours(house.busy + timedelta(days=self.rng.randrange(2, 25))))

    def on_direct(self, at: datetime) -> None:
        """Handle a job that no website request caused."""
        house, service, at = self.pick(at, 0.3), self.service_for(at), self.office_hours(at)
        total = round(self.rng.triangular(service["low"], service["high"] + 1, service["low"] + 150), 2)
        job = self.add_job(
            house,
            at,
            self.slot(at, 0.1, 6),
            service["type"],
            service["unit"],
            total=total,
            note=self.rng.choice(service["notes"]),
            dead=self.chance(0.06),
            campaign=self.rng.choice(
                (
                    "Existing Customer",
                    "Referral",
                    "Truck Wrap",
                    "Direct Mail",
                    "Unknown",
                    "Home Show",
                    "Google Business",
                    "Yard Sign",
                )
            ),
        )
        if job.dead:
            return
        if service["kind"] == "estimate" and self.chance(0.4):
            made = self.office_hours(job.done + timedelta(days=self.rng.randrange(1, 12)))
            self.next_project += 2
            job.project = str(self.next_project)
            kind, unit = {
                "panel": ("Electrical Install", "Electrical"),
                "duct": ("IAQ / Duct Install", "HVAC Install"),
            }.get(service["key"], ("HVAC Install - Changeout", "HVAC Install"))
            self.add_job(
                house,
                made,
                self.slot(made, 1, 12),
                kind,
                unit,
                project=job.project,
                note="Per proposal",
                total=float(self.rng.randrange(1500, 15000)),
                campaign=job.row["Job Campaign"],
                parent=job,
            )
        self.after_sale(house, job)

    def on_plan(self, house: House, at: datetime) -> None:
        """Handle a plan visit of a member."""
        if house.closed or at > self.end:
            return
        at = self.office_hours(at)
        if house.busy + timedelta(days=15) < at:
            season = "Spring" if at.month in range(2, 8) else "Fall"
            self.add_job(
                house,
                at,
                self.slot(at, 3, 25),
                f"{season} Plan Tune-Up",
                "HVAC Maintenance",
                total=0.0,
                note=self.rng.choice(POOLS["services"][3]["notes"]),
                campaign="Comfort Plan",
                tags="Member",
            )
            at += timedelta(days=self.rng.randrange(150, 200))
        else:
            at += timedelta(days=40)
        self.push(at, "plan", house)

    def on_twin(self, at: datetime, kind: str) -> None:
        """Handle two different requests of one home and one vague job."""
        house, (one, two) = self.pick(at, 0.1), self.rng.sample(POOLS["services"], 2)
        leads = [self.add_lead(house, at, one), self.add_lead(house, at + timedelta(minutes=25), two)]
        made = self.office_hours(at + timedelta(hours=self.rng.randrange(2, 20)))
        job = self.add_job(
            house,
            made,
            self.slot(made, 0.1, 4),
            "Service Call",
            "HVAC Service",
            campaign="Website",
            total=float(self.rng.randrange(99, 500)),
        )
        self.truth.append((leads[0], job))
        self.unsure += [(lead, job) for lead in leads]

    def on_recall(self, at: datetime, kind: str) -> None:
        """Handle a customer who asks on the website for a free correction."""
        for house in reversed(self.houses[-120:]):
            age = at - house.busy
            if house.last_job and not house.closed and not house.company and timedelta(1) < age < timedelta(30):
                lead = self.add_lead(house, at, POOLS["services"][0], text=self.rng.choice(POOLS["back"]))
                lead.row["service_requested"] = house.last_job.row["Business Unit"].split()[0] + " Repair"
                self.unsure.append((lead, self.recall(house, self.booked_at(lead))))
                return
        self.on_request(at, "single")

    def on_chase(self, at: datetime, kind: str) -> None:
        """Handle a question about a visit that is booked already."""
        house, service = self.pick(at, 0.2), self.service_for(at)
        made = self.office_hours(at - timedelta(days=self.rng.uniform(1, 4)))
        due = max(self.slot(made, 0.5, 5), made + timedelta(hours=2))
        self.add_job(
            house,
            made,
            due,
            service["type"],
            service["unit"],
            campaign="Existing Customer",
            total=float(self.rng.randrange(0, 400)),
            note=self.rng.choice(service["notes"]),
        )
        self.add_lead(house, at, service, channel="Web Form", text=self.rng.choice(POOLS["chase"]))
        house.closed = True

    def on_spam(self, at: datetime, kind: str) -> None:
        """Handle a sales message that passed the filter."""
        house = self.new_house()
        house.tenant = None
        self.add_lead(house, at, self.service_for(at), channel="Web Form", text=self.rng.choice(POOLS["spam"]))

    def on_outside(self, at: datetime, kind: str) -> None:
        """Handle a request from outside the service area."""
        house = self.new_house()
        house.city, house.zip = self.rng.choice(POOLS["outside"])
        self.add_lead(house, at, self.service_for(at))

    # --- export -------------------------------------------------------------------------------------------------

    def number(self) -> None:
        """Give requests and jobs their numbers in order of time."""
        self.leads.sort(key=lambda lead: lead.at)
        serial = 48_200 + self.rng.randrange(500)
        for lead in self.leads:
            serial += self.rng.randrange(1, 4)
            lead.at += timedelta(seconds=self.rng.randrange(60))
            prefix = {"Web Form": "frm", "Online Scheduler": "sch", "Call Tracking": "cal"}[lead.row["channel"]]
            lead.row["request_id"] = f"{prefix}_{serial:07d}"
            utc = lead.at + timedelta(hours=eastern_offset(lead.at))
            lead.row["submitted_at_utc"] = utc.strftime("%Y-%m-%dT%H:%M:%SZ")
        last = self.end + timedelta(days=9)
        self.jobs = sorted((job for job in self.jobs if job.created <= last), key=lambda job: job.created)
        serial = 112_480_000 + self.rng.randrange(9000)
        for job in self.jobs:
            serial += self.rng.randrange(3, 60)
            job.number = str(serial)
        for job in self.jobs:
            self.finish(job, last)

    def finish(self, job: Job, last: datetime) -> None:
        """Fill the columns of a job that depend on its number and on the export day."""
        status = "Canceled" if job.dead else "Completed" if job.done <= last else "Scheduled"
        job.row |= {
            "Job #": job.number,
            "Job Status": status,
            "Created Date": stamp(job.created),
            "Scheduled Date": stamp(job.due),
            "Project Number": job.project,
            "Summary": job.note.replace("{ref}", job.parent.number if job.parent else ""),
            "Jobs Total": "0.00",
        }
        if status == "Completed":
            job.row |= {"Completion Date": stamp(job.done), "Invoice #": job.number, "Jobs Total": f"{job.total:.2f}"}
        if job.link and job.parent:
            job.row[job.link] = job.parent.number

    def hidden(self, lead: Lead, job: Job) -> bool:
        """Return whether the records of a first visit share nothing with the request."""
        ask, row = lead.row, job.row
        phones = {digits(row[name]) for name in ("Customer Phone", "Customer Mobile", "Location Contact Phone")}
        if digits(ask["phone"]) in phones or (ask["email"] and ask["email"] == row["Customer Email"]):
            return False
        if ask["street_address"] and short(ask["street_address"]) == short(row["Location Address"]):
            return False
        name = ask["last_name"].lower()
        return len(name) < 2 or name not in f"{row['Customer Name']} {row['Summary']}".lower()

    def unfindable(self) -> list[tuple[Lead, Job]]:
        """Return the true pairs that no one can find."""
        lost: list[tuple[Lead, Job]] = []
        shown: dict[int, bool] = {}
        for lead, job in self.truth:
            gone = shown.setdefault(id(lead), self.hidden(lead, job))
            if gone and job.number:
                lost.append((lead, job))
        return lost

    def export(self, folder: Path) -> None:
        """Write all files."""

        def pairs(links: Sequence[tuple[Lead, Job]]) -> list[dict[str, str]]:
            """Return rows of pairs in a stable order without repeats."""
            found = sorted({(lead.row["request_id"], job.number) for lead, job in links if job.number})
            return [{"lead_id": lead, "job_id": job} for lead, job in found]

        groups = [
            {"lead_id": lead.row["request_id"], "group_id": f"G{spot:04d}"}
            for spot, group in enumerate(self.groups, 1)
            for lead in group
        ]
        used = {job.row["Customer ID"] for job in self.jobs}
        table(folder / "leads.csv", LEAD_COLUMNS, [lead.row for lead in self.leads])
        table(folder / "jobs.csv", JOB_COLUMNS, [job.row for job in self.jobs])
        table(
            folder / "customers.csv",
            CUSTOMER_COLUMNS,
            [card for card in self.customers.values() if card["Customer ID"] in used],
        )
        table(folder / "truth.csv", ("lead_id", "job_id"), pairs(self.truth))
        table(folder / "lead_groups.csv", ("lead_id", "group_id"), groups)
        table(folder / "ambiguous.csv", ("lead_id", "job_id"), pairs(self.unsure + self.unfindable()))


def table(path: Path, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
    """Write rows as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the files of one made-up office into a folder."""
    office = Office(seed, leads)
    office.run()
    office.number()
    office.export(folder)
