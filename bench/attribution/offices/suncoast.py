"""Make up the requests and jobs of an air-conditioning, electrical and generator office on the Florida Gulf coast.

The office serves Sarasota, Bradenton and towns nearby from two branches.
Requests come from a web form, an ad page, a chat tool and a call tracker; that export is in UTC.
Jobs come from the office's software in local time; an early part was imported without a time of day.
True: the first visit that a request led to, and further work that continues it.
Such work is an install after an estimate, a return visit with a part, a recall of the same fault or an inspection.
Not true: canceled jobs, plan visits, and later calls of the same customer.
A repeated request counts once, at its first row.
Hard: snowbirds with northern phones and bills, couples, landlords and tenants, property managers, namesakes,
neighbors, numbered streets, condo units, moved customers, old phones, second records, storm backlogs
and generator installs that follow months after the estimate.
"""

import csv
import json
import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
# All times are the office's wall clock; the zone is a formality.
FIRST_DAY, LAST_DAY = datetime(2020, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, 23, 0, tzinfo=UTC)
LONG_AGO, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
MONTH_WEIGHT = (0.75, 0.7, 0.8, 0.95, 1.25, 1.5, 1.55, 1.5, 1.35, 1.1, 0.75, 0.7)
HOUR_WEIGHT = (1, 1, 1, 1, 1, 2, 4, 8, 11, 12, 11, 9, 8, 9, 9, 9, 8, 7, 6, 6, 5, 5, 3, 2)
STORMS = tuple(
    datetime(*day, tzinfo=UTC)
    for day in ((2020, 11, 11), (2021, 7, 7), (2022, 9, 28), (2023, 8, 30), (2024, 8, 5), (2024, 9, 26), (2024, 10, 9))
)
KINDS = ("repair", "replace", "tune", "plan", "duct", "elec", "panel", "gen_est", "gen_svc", "fan", "other")
KIND_WEIGHT = (34, 11, 7, 2, 4, 12, 8, 9, 4, 5, 4)
KNOWN_KIND_WEIGHT = (46, 10, 5, 2, 3, 13, 6, 7, 5, 4, 0)
CONVERT = {
    "repair": 0.55,
    "replace": 0.52,
    "tune": 0.55,
    "plan": 0.6,
    "duct": 0.42,
    "elec": 0.5,
    "panel": 0.45,
    "gen_est": 0.5,
    "gen_svc": 0.48,
    "fan": 0.42,
    "other": 0.0,
}
JOB_TYPE = {
    "repair": ("AC Service Call", "No Cool - Demand", "AC Service Call"),
    "replace": ("HVAC Estimate", "Comfort Consult"),
    "tune": ("AC Tune-Up", "AC Clean & Check"),
    "plan": ("Membership 1st Visit", "AC Tune-Up"),
    "duct": ("IAQ Estimate", "Duct Inspection"),
    "elec": ("Electrical Service", "Elec Troubleshoot"),
    "panel": ("Electrical Estimate", "Elec Est - Panel/EV"),
    "gen_est": ("Generator Estimate", "Gen Site Survey"),
    "gen_svc": ("Generator Service", "Gen No-Start"),
    "fan": ("Electrical Install - Small", "Electrical Service"),
}
SERVICE = {
    "repair": "AC Repair",
    "replace": "New AC System / Estimate",
    "tune": "AC Maintenance",
    "plan": "AC Maintenance",
    "duct": "Indoor Air Quality",
    "elec": "Electrical Repair",
    "panel": "Electrical Upgrade / EV",
    "fan": "Lighting & Fans",
    "gen_est": "Generators - New",
    "gen_svc": "Generators - Service",
    "other": "Other",
}
NEXT_WORK = {
    "replace": (0.42, "HVAC Install", 3, 45),
    "panel": (0.5, "Electrical Install", 4, 50),
    "gen_est": (0.38, "Generator Install", 25, 150),
    "duct": (0.5, "Duct Cleaning", 2, 25),
    "repair": (0.07, "HVAC Install", 1, 14),
    "tune": (0.08, "AC Part Return", 1, 14),
}
WEB_SOURCES = ("Website", "Website", "Website", "Google Ads", "Google Ads", "Organic Search", "", "Existing Customer")
OTHER_SOURCES = (
    "Existing Customer",
    "Existing Customer",
    "Referral",
    "Yard Sign",
    "Direct Mail",
    "Truck",
    "Radio",
    "",
    "Website",
    "HOA Newsletter",
)
LEAD_COLUMNS = (
    "Entry ID",
    "Submitted (UTC)",
    "Channel",
    "Page",
    "Full Name",
    "Phone",
    "Email",
    "Street",
    "City",
    "Zip",
    "Service Needed",
    "Best Time",
    "Message",
    "UTM Source",
    "Call Seconds",
)
JOB_COLUMNS = (
    "Job #",
    "Job Status",
    "Business Unit",
    "Job Type",
    "Created On",
    "Scheduled For",
    "Completed On",
    "Customer #",
    "Customer Name",
    "Customer Type",
    "Phone",
    "Other Phones",
    "Email",
    "Service Address",
    "Service City",
    "Service State",
    "Service Zip",
    "Billing Address",
    "Project #",
    "Campaign",
    "Booked By",
    "Technician",
    "Job Total",
    "Job Notes",
)
CUSTOMER_COLUMNS = (
    "Customer #",
    "Customer Name",
    "Type",
    "Created On",
    "Phone",
    "Other Phones",
    "Email",
    "Billing Address",
    "Member",
)


@dataclass
class Person:
    """Hold one resident, owner or contact."""

    first: str
    last: str
    phone: str
    email: str


@dataclass
class Place:
    """Hold one address; street is a short and a long spelling."""

    number: int
    street: tuple[str, str]
    unit: str
    city: str
    state: str
    zip: str
    branch: str = "S"


@dataclass
class Record:
    """Hold one customer of the office's software."""

    name: str
    kind: str
    phone: str
    others: str
    email: str
    bill: Place | None
    since: datetime
    number: int = 0
    member: bool = False


@dataclass
class Home:
    """Hold a household or a business with its places and what may not happen when."""

    people: list[Person]
    place: Place
    kind: str
    owner: Person | None = None
    bill: Place | None = None
    record: Record | None = None
    plan: bool = False
    since: datetime = FIRST_DAY
    moved: list[tuple[datetime, Place]] = field(default_factory=list)
    company: str = ""
    blocked: list[tuple[datetime, datetime, datetime]] = field(default_factory=list)
    lost: datetime = NEVER
    last_lead: datetime = LONG_AGO

    def at(self, when: datetime) -> Place:
        """Find the place where the household lives at a time."""
        place = self.place
        for moved_on, new in self.moved:
            if when >= moved_on:
                place = new
        return place


@dataclass
class Job:
    """Hold one job before it is written."""

    created: datetime
    planned: datetime
    done: datetime
    status: str
    kind: str
    label: str
    record: Record
    place: Place
    campaign: str
    note: str
    total: float
    booker: str
    project: int = 0
    lead: int | None = None
    unsure: int | None = None
    number: int = 0


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the CSV files of one made-up office into an existing folder."""
    office = Office(seed, leads)
    office.take_requests()
    office.take_calls()
    office.save(folder)


def to_utc(local: datetime) -> datetime:
    """Change Eastern time to UTC."""
    march, november = datetime(local.year, 3, 8, 2, tzinfo=UTC), datetime(local.year, 11, 1, 2, tzinfo=UTC)
    begin = march + timedelta(days=(6 - march.weekday()) % 7)
    end = november + timedelta(days=(6 - november.weekday()) % 7)
    return local + timedelta(hours=4 if begin <= local < end else 5)


def show_time(when: datetime) -> str:
    """Show a local time as the office's software prints it."""
    half = "AM" if when.hour < 12 else "PM"
    return f"{when.month}/{when.day}/{when.year} {when.hour % 12 or 12}:{when.minute:02} {half}"


def show_place(place: Place) -> str:
    """Show an address on one line."""
    return f"{place.number} {place.street[0]}{place.unit and ' ' + place.unit}, {place.city}, {place.state} {place.zip}"


def show_phone(phone: str) -> str:
    """Show ten digits as the office's software prints them."""
    return f"({phone[:3]}) {phone[3:6]}-{phone[6:]}" if phone else ""


def save_rows(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write one CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


class People:
    """Make up people, phones and places of one town's mix."""

    def __init__(self, rng: random.Random) -> None:
        """Choose the names, streets and towns that this seed uses more."""
        self.rng = rng
        self.first = rng.sample(POOLS["first"], 84)
        self.last = rng.sample(POOLS["last"], 170)
        self.last_weight = list(accumulate(1 / (rank + 12) for rank in range(170)))
        self.streets = rng.sample(POOLS["street"], 38)
        self.town_weight = list(accumulate(town[3] * rng.uniform(0.5, 1.6) for town in POOLS["cities"]))
        self.used: set[str] = set()
        self.emails: set[str] = set()
        self.local_left = 7500

    def phone(self, away: float = 0.25) -> str:
        """Make up a phone that no one else has."""
        while True:
            local = self.local_left > 0 and self.rng.random() > away
            code = "941" if local else self.rng.choice(POOLS["codes"])
            phone = f"{code}555{self.rng.randrange(10000):04}"
            if phone not in self.used:
                self.used.add(phone)
                self.local_left -= local
                return phone

    def last_name(self) -> str:
        """Draw a last name, common ones more often."""
        name: str = self.rng.choices(self.last, cum_weights=self.last_weight)[0]
        return name

    def email(self, first: str, last: str) -> str:
        """Make up an email from a name or a hobby."""
        rng = self.rng
        a, b = first.lower(), "".join(letter for letter in last.lower() if letter.isalpha())
        year = rng.choice((rng.randrange(40, 99), rng.randrange(1, 999), rng.randrange(1946, 1999)))
        hobby = rng.choice(("sunset", "golfer", "boatlife", "snook", "grandma", "islander", "buckeye", "beachbum"))
        shapes = (f"{a}.{b}", f"{a[0]}{b}", f"{a}{b}", f"{b}{a[0]}", f"{a}_{b}", f"{hobby}{b}", f"{hobby}{a}")
        email = f"{rng.choice(shapes)}{year if rng.random() < 0.6 else ''}@{rng.choice(POOLS['domains'])}"
        while email in self.emails:
            email = f"{rng.randrange(10)}@".join(email.split("@"))
        self.emails.add(email)
        return email

    def person(self, last: str = "", away: float = 0.25) -> Person:
        """Make up a person."""
        first, last = self.rng.choice(self.first), last or self.last_name()
        return Person(first, last, self.phone(away), self.email(first, last))

    def place(self) -> Place:
        """Make up an address in the service area."""
        rng = self.rng
        city, code, branch, _ = rng.choices(POOLS["cities"], cum_weights=self.town_weight)[0]
        number, unit = rng.randrange(101, 9900), ""
        short, long = rng.choice(POOLS["suffix"])
        name = rng.choice(self.streets)
        street = (f"{name} {short}", f"{name} {long}")
        if city in ("Bradenton", "Palmetto") and rng.random() < 0.6:
            street, number = self.numbered(), rng.randrange(101, 7999)
        if rng.random() < 0.17:
            unit = f"Unit {rng.choice(('', '', 'A', 'B', '1', '2'))}{rng.randrange(101, 420)}"
        return Place(number, street, unit, city, "FL", code, branch)

    def numbered(self) -> tuple[str, str]:
        """Make up a numbered street as Bradenton has them."""
        rng = self.rng
        number = rng.randrange(2, 76)
        ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        kinds = (("Ave", "Avenue"), ("St", "Street"), ("Ave Dr", "Avenue Drive"), ("St Ct", "Street Court"))
        short, long = rng.choice(kinds)
        side, full = rng.choice((("W", "West"), ("E", "East"), ("W", "West"), ("NW", "NW")))
        return f"{number}{ending} {short} {side}", f"{number}{ending} {long} {full}"

    def north(self) -> Place:
        """Make up a northern address for bills."""
        city, state, code = self.rng.choice(POOLS["north"])
        short, long = self.rng.choice(POOLS["suffix"])
        name = self.rng.choice(("Maple", "Lakeview", "Chestnut", "Church", "Mill", "County Line", "Elm", "Birch Hill"))
        return Place(self.rng.randrange(10, 4900), (f"{name} {short}", f"{name} {long}"), "", city, state, code)

    def home(self) -> Home:
        """Make up a household or a business."""
        rng = self.rng
        kind = rng.choices(("owner", "snowbird", "rental", "business"), (66, 20, 8, 6))[0]
        away = 0.75 if kind == "snowbird" else 0.2
        people = [self.person(away=away)]
        if kind != "business" and rng.random() < 0.62:
            last = people[0].last if rng.random() < 0.88 else ""
            people.append(self.person(last, away))
        home = Home(people, self.place(), kind)
        if kind == "business":
            home.company = f"{rng.choice(self.streets)} {rng.choice(POOLS['biz'])}"
        if kind == "rental":
            home.owner = self.person(away=0.6)
        if kind == "rental" or (kind == "snowbird" and rng.random() < 0.6):
            home.bill = self.north() if rng.random() < 0.7 else self.place()
        return home


class Office:
    """Run the made-up office: requests, calls and files."""

    def __init__(self, seed: int, leads: int) -> None:
        """Set the period and the customers at its begin."""
        self.rng = random.Random(f"suncoast {seed} {leads}")
        self.people = People(self.rng)
        self.count = leads
        days = min(max(60, round(leads * 0.6)), 2000)
        latest = max(1, (LAST_DAY - FIRST_DAY).days - days - 125)
        self.begin = FIRST_DAY + timedelta(days=45 + self.rng.randrange(latest))
        self.end = self.begin + timedelta(days=days)
        self.export = min(LAST_DAY, self.end + timedelta(days=self.rng.randrange(20, 40)))
        self.imported = self.begin + timedelta(days=round(days * self.rng.uniform(0.08, 0.2)))
        self.homes: list[Home] = []
        self.clients: list[Home] = []
        self.jobs: list[Job] = []
        self.leads: list[dict[str, Any]] = []
        self.projects = 1200
        base = self.add_homes(round(leads * 0.75))
        for home in base:
            home.since = self.begin - timedelta(days=self.rng.randrange(50, 2900))
            home.plan = self.rng.random() < 0.22
            self.keep_record(home, home.since, self.rng.choice(home.people))
        self.managers = [self.manager() for _ in range(2 + leads // 300)]

    def add_homes(self, count: int) -> list[Home]:
        """Add households, some of them namesakes, relatives or neighbors of others."""
        rng, added = self.rng, []
        for _ in range(count):
            home = self.people.home()
            other = rng.choice(self.homes) if self.homes else None
            if other and rng.random() < 0.03:
                twin = other.people[0]
                self.rename(home.people[0], twin.first, twin.last)
            elif other and rng.random() < 0.03:
                self.rename(home.people[0], home.people[0].first, other.people[0].last)
            if other and rng.random() < 0.05:
                near = other.place
                number = near.number if near.unit else near.number + rng.choice((-8, -4, 4, 8, 10))
                unit = f"Unit {rng.randrange(101, 420)}" if near.unit else ""
                home.place = Place(number, near.street, unit, near.city, "FL", near.zip, near.branch)
            self.homes.append(home)
            added.append(home)
        return added

    def rename(self, person: Person, first: str, last: str) -> None:
        """Give a person another name and an email that goes with it."""
        person.first, person.last, person.email = first, last, self.people.email(first, last)

    def manager(self) -> tuple[Person, Record, list[Home]]:
        """Make up a property manager with one record and several units."""
        name = f"{self.rng.choice(self.people.streets)} {self.rng.choice(POOLS['managers'])}"
        contact = self.people.person(away=0.1)
        contact.email = f"{contact.first.lower()}@{name.split(maxsplit=1)[0].lower()}mgmt.example"
        record = Record(name, "Commercial", contact.phone, "", contact.email, self.people.place(), self.begin)
        record.since -= timedelta(days=self.rng.randrange(60, 2000))
        units = [self.people.home() for _ in range(self.rng.randrange(10, 40))]
        for unit in units:
            unit.kind, unit.record, unit.since = "managed", record, record.since
        return contact, record, units

    def keep_record(self, home: Home, when: datetime, person: Person) -> Record:
        """Enter the household as a customer, as the staff type it."""
        rng = self.rng
        payer = home.owner or person
        name = f"{payer.first} {payer.last}"
        if not home.owner and len(home.people) > 1 and home.people[0].last == home.people[1].last:
            both = f"{home.people[0].first} & {home.people[1].first} {payer.last}"
            name = rng.choices((name, both, f"{home.people[0].first} {payer.last}"), (70, 18, 12))[0]
        name = self.restyle(name, payer)
        kind = "Residential"
        if home.kind == "business":
            name, kind = f"{home.company}{rng.choice(('', '', ' LLC', ' Inc'))}", "Commercial"
        phone = payer.phone if rng.random() < 0.9 else self.people.phone()
        others = []
        if phone != payer.phone and rng.random() < 0.6:
            others.append(show_phone(payer.phone))
        mates = [mate for mate in home.people if mate is not payer and rng.random() < 0.5]
        others += [f"{show_phone(mate.phone)} {'tenant ' if home.owner else ''}{mate.first}" for mate in mates]
        email = payer.email if rng.random() < 0.74 else ""
        home.record = Record(name, kind, phone, "; ".join(others), email, home.bill, when, member=home.plan)
        self.clients.append(home)
        return home.record

    def restyle(self, name: str, person: Person) -> str:
        """Change a name's style: nickname, capitals, typing error."""
        rng, chance = self.rng, self.rng.random()
        if chance < 0.14 and person.first in POOLS["nick"]:
            return name.replace(person.first, rng.choice(POOLS["nick"][person.first]), 1)
        if chance < 0.17:
            return name.upper()
        if chance < 0.19:
            return self.mistype(name)
        return name

    def mistype(self, text: str) -> str:
        """Swap, drop or double one letter."""
        spot = self.rng.randrange(1, max(2, len(text) - 2))
        swap = text[:spot] + text[spot + 1 : spot + 2] + text[spot] + text[spot + 2 :]
        return self.rng.choice((swap, text[:spot] + text[spot + 1 :], text[:spot] + text[spot] + text[spot:]))

    def lead_times(self, count: int) -> list[datetime]:
        """Draw times of requests by season, storm, weekday and hour."""
        days = [self.begin + timedelta(days=day) for day in range((self.end - self.begin).days)]
        weights = [
            MONTH_WEIGHT[day.month - 1] * (0.55 if day.weekday() > 4 else 1) * (1.9 if self.stormy(day) else 1)
            for day in days
        ]
        picked = self.rng.choices(days, weights, k=count)
        hours = self.rng.choices(range(24), HOUR_WEIGHT, k=count)
        return sorted(
            day.replace(hour=hour, minute=0) + timedelta(seconds=self.rng.randrange(3600))
            for day, hour in zip(picked, hours, strict=True)
        )

    @staticmethod
    def stormy(when: datetime) -> bool:
        """Tell whether a storm hit in the three weeks before."""
        return any(0 <= (when - storm).days < 21 for storm in STORMS)

    def kind_at(self, when: datetime, weights: tuple[int, ...]) -> str:
        """Draw what is needed; cooling in summer, power after a storm."""
        cool = 1.25 if 5 <= when.month <= 10 else 0.7
        power = 2.5 if self.stormy(when) else 1.0
        scale = (cool, 1, 1, 1, 1, power, 1, power, power, 1, 1)
        return self.rng.choices(KINDS, [weight * factor for weight, factor in zip(weights, scale, strict=True)])[0]

    def take_requests(self) -> None:
        """Let all requests come in, and repeat some of them."""
        rng = self.rng
        main = self.count - round(self.count * 0.065)
        repeats = set(rng.sample(range(main), self.count - main))
        self.add_homes(round(self.count * 0.05))
        for spot, when in enumerate(self.lead_times(main)):
            chance = rng.random()
            if chance < 0.025:
                self.take_spam(when)
            elif chance < 0.06:
                self.take_far(when)
            elif chance < 0.085:
                self.take_managed(when)
            else:
                known = self.known_home(when) if chance < 0.32 else None
                self.take_home(known or self.add_homes(1)[0], when, known is not None)
            if spot in repeats:
                self.repeat(self.leads[-1])

    def known_home(self, when: datetime) -> Home | None:
        """Find a customer who may call again, rarely one whose last request is still being worked on."""
        for home in self.clients[-12:] if self.rng.random() < 0.05 else ():
            if home.blocked and home.blocked[-1][1] < when < home.lost:
                return home
        for _ in range(20 if self.clients else 0):
            home = self.rng.choice(self.clients)
            if home.since < when and home.lost > when and when - home.last_lead > timedelta(days=75):
                return home
        return None

    def take_spam(self, when: datetime) -> None:
        """Take a sales pitch that passed the filter."""
        person = self.people.person(away=0.9)
        self.add_lead(when, person, None, "other", message=self.rng.choice(POOLS["spam"]))

    def take_far(self, when: datetime) -> None:
        """Take a request from outside the service area."""
        place = self.people.place()
        place.city, place.state, place.zip = self.rng.choice(POOLS["far"])
        self.add_lead(when, self.people.person(away=0.9), place, self.kind_at(when, KIND_WEIGHT))

    def take_managed(self, when: datetime) -> None:
        """Take a property manager's request for one of the units."""
        contact, record, units = self.rng.choice(self.managers)
        unit = self.rng.choice(units)
        kind = self.rng.choice(("repair", "repair", "elec", "tune"))
        tenant = unit.people[0]
        message = self.ask(kind) + f" Tenant is {tenant.first} {self.phone_style(tenant.phone)}"
        lead = self.add_lead(when, contact, unit.place, kind, message=message, street=True)
        if self.rng.random() < 0.95:
            first = self.first_created(when, kind)
            campaign = self.rng.choice(WEB_SOURCES)
            chain = self.chain(kind, unit, record, first, campaign=campaign, reason=message)
            self.claim(chain, lead, unit, when)

    def take_home(self, home: Home, when: datetime, known: bool) -> None:
        """Take a household's request and maybe the work that follows."""
        rng = self.rng
        kind = self.kind_at(when, KNOWN_KIND_WEIGHT if known else KIND_WEIGHT)
        if known and rng.random() < 0.05 and home.kind in ("owner", "snowbird"):
            home.moved.append((when - timedelta(days=rng.randrange(20, 60)), self.people.place()))
            if home.record and not home.bill and rng.random() < 0.7:
                home.record.bill = home.at(when)
        person, message, street = self.speaker(home, kind)
        lead = self.add_lead(when, person, home.at(when), kind, message=message, street=street)
        lead["mates"] = home.people if person in home.people else [person]
        home.last_lead = when
        if rng.random() >= (0.86 if known and kind != "other" else CONVERT[kind]):
            home.lost = when
            self.near_miss(home, person, lead, kind)
            return
        first = self.first_created(when, kind, lead["channel"])
        record = self.record_for(home, first, person, kind)
        campaign = rng.choice(WEB_SOURCES)
        chain = self.chain(kind, home, record, first, campaign=campaign, reason=lead["message"])
        self.claim(chain, lead, home, when)

    def record_for(self, home: Home, first: datetime, person: Person, kind: str) -> Record:
        """Find the household's record, or enter a new one; rarely a second one by mistake."""
        rng, old = self.rng, home.record
        if person not in home.people:
            person = home.people[0]
        if old is None:
            home.since = first
            record = self.keep_record(home, first, person)
            if kind == "plan" or rng.random() < 0.12:
                home.plan = record.member = True
            return record
        if rng.random() > 0.04:
            return old
        second = self.keep_record(home, first, person)
        self.clients.pop()
        home.record = old
        return second

    def speaker(self, home: Home, kind: str) -> tuple[Person, str, bool]:
        """Choose who writes for the household, the text and whether the street must be given."""
        rng, message = self.rng, self.ask(kind)
        person = rng.choice(home.people)
        if home.owner and rng.random() < 0.5:
            message += rng.choice((" This is a rental, tenant will let you in.", " My rental house."))
            return home.owner, message, True
        if home.owner:
            message += rng.choice((f" Landlord is {home.owner.first} {home.owner.last}.", " I rent."))
            return person, message, True
        if home.kind == "owner" and rng.random() < 0.03:
            helper = self.people.person(person.last if rng.random() < 0.5 else "")
            return helper, message + f" It is for my mother {home.people[0].first} {home.people[0].last}.", True
        if home.company and rng.random() < 0.6:
            message += rng.choice((f" This is for {home.company}.", f" {home.company}", f" I manage {home.company}."))
        return person, message, False

    def near_miss(self, home: Home, person: Person, lead: dict[str, Any], kind: str) -> None:
        """Let a rare lost request be followed by a job that may or may not result from it."""
        rng = self.rng
        if home.record or kind == "other" or rng.random() > 0.006:
            return
        first = lead["local"] + timedelta(days=rng.randrange(28, 60), minutes=rng.randrange(300))
        record = self.keep_record(home, first, home.people[0])
        self.clients.pop()
        campaign = rng.choice(("Referral", "Truck", ""))
        job = self.chain(kind, home, record, first, campaign=campaign, reason=self.ask(kind))[0]
        job.unsure = lead["index"]
        if job.status != "Canceled":
            self.jobs.append(job)

    def first_created(self, when: datetime, kind: str, channel: str = "") -> datetime:
        """Draw when the office enters the job: minutes to weeks later."""
        rng = self.rng
        staffed = 7 <= when.hour <= 19
        if staffed and channel == "Live Chat" and rng.random() < 0.3:
            return when - timedelta(minutes=rng.randrange(1, 9))
        if staffed and channel == "Phone Call" and rng.random() < 0.75:
            return when + timedelta(minutes=rng.randrange(2, 12))
        hours = rng.lognormvariate(0.4 if kind in ("repair", "elec") else 2.0, 1.2)
        hours *= 2.5 if self.stormy(when) else 1.3 if 6 <= when.month <= 9 else 1.0
        first = when + timedelta(hours=min(hours, 24 * 24))
        if not 7 <= first.hour <= 19 and rng.random() < 0.9:
            first = first.replace(hour=rng.randrange(7, 11)) + timedelta(days=first.hour > 19)
        return max(first, when + timedelta(minutes=3))

    def chain(self, kind: str, home: Home, record: Record, first: datetime, *, campaign: str, reason: str) -> list[Job]:
        """Make the first visit and the work that continues it; a canceled first try may come before."""
        rng = self.rng
        jobs: list[Job] = []
        book = partial(self.job, kind, home, record)
        if rng.random() < 0.05:
            label = rng.choice(JOB_TYPE[kind])
            jobs.append(book(first, campaign=campaign, label=label, note="", status="Canceled"))
            first = self.daytime(first + timedelta(hours=rng.randrange(2, 90)))
        jobs.append(book(first, campaign=campaign, label=rng.choice(JOB_TYPE[kind]), note=kind))
        if rng.random() < 0.5:
            jobs[-1].note = f"{self.summary(kind, reason)} // {jobs[-1].note}".removesuffix(" // ")
        done, again = jobs[-1].done, rng.choice((campaign, campaign, "", "Existing Customer"))
        chance, label, low, high = NEXT_WORK.get(kind, (0.0, "", 1, 2))
        if rng.random() < chance:
            sold = done + timedelta(days=rng.triangular(low, high, low), minutes=rng.randrange(400))
            note = "return" if "Return" in label else "install"
            jobs.append(book(self.daytime(sold), campaign=again, label=label, note=note))
            self.projects += 1
            jobs[-1].project = self.projects if rng.random() < 0.6 else 0
            if note == "install" and kind != "duct" and rng.random() < 0.45:
                later = jobs[-1].done + timedelta(days=rng.randrange(1, 20), minutes=rng.randrange(300))
                project = jobs[-1].project
                jobs.append(book(self.daytime(later), campaign=again, label="Permit Inspection", note="inspect"))
                jobs[-1].project = project
        elif kind in ("repair", "elec", "gen_svc") and rng.random() < 0.2:
            label = {"repair": "AC Part Return", "elec": "Electrical Return", "gen_svc": "Generator Return"}[kind]
            ordered = done + timedelta(days=rng.choice((0, 0, 1, 2, 4, 7, 12)), minutes=rng.randrange(5, 200))
            jobs.append(book(self.daytime(ordered), campaign=again, label=label, note="return"))
        elif kind == "repair" and rng.random() < 0.05:
            later = done + timedelta(days=rng.randrange(2, 19), minutes=rng.randrange(300))
            jobs.append(book(self.daytime(later), campaign=again, label="AC Recall", note="recall"))
        return jobs

    def daytime(self, when: datetime) -> datetime:
        """Move most times of the night to the next morning or day."""
        if 7 <= when.hour <= 18 or self.rng.random() < 0.04:
            return when
        return when.replace(hour=self.rng.randrange(7, 17)) + timedelta(days=when.hour > 18)

    def summary(self, kind: str, reason: str) -> str:
        """Sum up a request as the staff enter it; rarely they paste its text."""
        rng = self.rng
        if rng.random() < 0.1:
            return reason[: rng.randrange(40, 110)].strip()
        core = next((text for text in POOLS["ask"][kind] if text.lower() in reason.lower()), reason)
        words = core.lower().split()[: rng.randrange(3, 9)]
        return rng.choice(("", "CCS ", "cust: ", "PER CUST ", "*")) + " ".join(words)

    def job(
        self,
        kind: str,
        home: Home,
        record: Record,
        created: datetime,
        *,
        campaign: str,
        label: str,
        note: str,
        status: str = "Completed",
    ) -> Job:
        """Make one job; its visit is soon for repairs and later for estimates and installs."""
        rng = self.rng
        days = {"repair": 0.8, "elec": 1.2, "gen_svc": 2.0}.get(kind, 3.0) * (2.5 if self.stormy(created) else 1)
        planned = created + timedelta(days=min(rng.expovariate(1 / days), 30))
        planned = planned.replace(hour=rng.choice((8, 8, 9, 10, 11, 12, 13, 14, 15, 16)), minute=0, second=0)
        planned = max(planned, created.replace(minute=0) + timedelta(hours=1))
        done = planned + timedelta(minutes=rng.randrange(35, 240), days=rng.random() < 0.03)
        total = 0.0
        if note == "install":
            total = round(rng.uniform(900, 4500) if kind in ("duct", "panel") else rng.uniform(5900, 16900), -1)
        elif status == "Completed" and note not in ("replace", "panel", "gen_est", "duct", "inspect", "recall"):
            total = round(rng.choice((89, 99, 129, 189, 245, 318, 389, 465, 712)) + rng.choice((0, 0, 0.5, 6.23)), 2)
        text = rng.choice(POOLS["done"][note]) if note and rng.random() < 0.85 else ""
        if note == "":
            text = rng.choice(("cust canceled", "CXL - wants to wait", "resched, see new job", "no answer at door"))
        if home.kind in ("rental", "managed") and rng.random() < 0.6:
            text += f" Tenant {home.people[0].first} {self.phone_style(home.people[0].phone)}"
        booker = rng.choice(POOLS["csr"])
        return Job(created, planned, done, status, kind, label, record, home.at(created), campaign, text, total, booker)

    def claim(self, chain: list[Job], lead: dict[str, Any], home: Home, when: datetime) -> None:
        """Mark jobs as results of a request; leave out the canceled ones, and some whole requests that canceled."""
        rng = self.rng
        real = [job for job in chain if job.status != "Canceled"]
        if rng.random() < 0.03 and home.kind != "managed":
            chain, real = real[:1], []
            chain[0].status, chain[0].total, chain[0].note = "Canceled", 0.0, "cust canceled, went w/ another co"
            home.lost = when
        for job in real:
            job.lead = lead["index"]
        if lead["channel"] == "Web Form" and rng.random() < 0.12:
            chain[0].booker = "Web Booking"
        self.jobs.extend(chain)
        lead["first"] = chain[0].created
        soon = (real or chain)[0].created + timedelta(days=2)
        home.blocked.append((when - timedelta(days=3), soon, chain[-1].done + timedelta(days=30)))

    def take_calls(self) -> None:
        """Let the office's other work come in: calls, referrals, plans and property managers."""
        rng = self.rng
        start = max(FIRST_DAY, self.begin - timedelta(days=40))
        callers = round(self.count * 0.6)
        for home, when in zip(self.add_homes(callers), self.lead_times(callers), strict=True):
            home.since = when
            home.plan = rng.random() < 0.15
            record = self.keep_record(home, when, rng.choice(home.people))
            chain = self.call(home, record, when, rng.choice(OTHER_SOURCES))
            home.blocked.append((when, when, chain[-1].done + timedelta(days=30)))
        for home in self.clients:
            if home.lost < NEVER and rng.random() < 0.006:
                home.lost = NEVER
            self.call_again(home, max(home.since, start))
        for _, record, units in self.managers:
            for _ in range(round(len(units) * (self.end - self.begin).days / 365 * 0.15)):
                self.call(rng.choice(units), record, self.spread(start), "Existing Customer")

    def call(self, home: Home, record: Record, when: datetime, campaign: str) -> list[Job]:
        """Add the work that follows a phone call."""
        when = self.daytime(when)
        kind = self.kind_at(when, KNOWN_KIND_WEIGHT)
        chain = self.chain(kind, home, record, when, campaign=campaign, reason=self.ask(kind))
        while any(not self.fits(home, job.created) for job in chain[1:]):
            chain.pop()
        self.jobs.extend(chain)
        return chain

    @staticmethod
    def fits(home: Home, when: datetime) -> bool:
        """Tell whether other work may be entered then: not while a request of the household waits."""
        return when < home.lost and all(not low <= when <= high for low, high, _ in home.blocked)

    def spread(self, start: datetime) -> datetime:
        """Draw a time of work between a start and the export."""
        day = start + (self.export - start) * self.rng.random()
        return day.replace(hour=self.rng.choices(range(24), HOUR_WEIGHT)[0])

    def call_again(self, home: Home, start: datetime) -> None:
        """Add later calls and plan visits of one customer, not near the household's own requests."""
        rng, record = self.rng, home.record
        if record is None or start >= self.export:
            return
        years = (self.export - start).days / 365
        for _ in range(math.floor(years * 0.28 + rng.random())):
            when = self.spread(start)
            clear = all(not low <= when <= high for low, _, high in home.blocked)
            if start < when < home.lost and clear:
                self.call(home, record, when, rng.choice(OTHER_SOURCES))
        visit = start + timedelta(days=rng.randrange(150, 200) if home.since == start else rng.randrange(180))
        while home.plan and visit < min(self.export, home.lost):
            if self.fits(home, visit):
                label = "PM Visit - Spring" if visit.month < 7 else "PM Visit - Fall"
                label = "Generator Annual PM" if rng.random() < 0.08 else label
                status = "Canceled" if rng.random() < 0.07 else "Completed"
                job = self.job(
                    "tune", home, record, visit, campaign="Membership", label=label, note="pm", status=status
                )
                job.total = 0.0
                self.jobs.append(job)
            visit += timedelta(days=rng.randrange(165, 205), minutes=rng.randrange(600))

    def ask(self, kind: str) -> str:
        """Write what a person asks for."""
        rng = self.rng
        text: str = rng.choice(POOLS["open"]) + rng.choice(POOLS["ask"][kind]) + rng.choice((".", "", "!", "."))
        if rng.random() < 0.5:
            text += rng.choice(POOLS["close"])
        return text.lower() if rng.random() < 0.12 else text

    def phone_style(self, phone: str) -> str:
        """Show a phone as people type it."""
        a, b, c = phone[:3], phone[3:6], phone[6:]
        return self.rng.choice((f"({a}) {b}-{c}", phone, f"{a}-{b}-{c}", f"{a}.{b}.{c}", f"+1{phone}", f"{a} {b} {c}"))

    def add_lead(
        self, when: datetime, person: Person, place: Place | None, kind: str, *, message: str = "", street: bool = False
    ) -> dict[str, Any]:
        """Add one request with what its channel asks for."""
        channel = self.rng.choices(("Web Form", "Ad Landing Page", "Live Chat", "Phone Call"), (54, 20, 14, 12))[0]
        lead: dict[str, Any] = {"index": len(self.leads), "local": when, "channel": channel, "group": 0}
        lead |= {"person": person, "mates": [person]}
        lead |= {"place": place, "kind": kind, "street": street, "message": message or self.ask(kind)}
        lead["row"] = self.lead_row(lead)
        self.leads.append(lead)
        return lead

    def lead_row(self, lead: dict[str, Any]) -> list[str]:
        """Fill in a request as its channel exports it."""
        rng, channel, person = self.rng, lead["channel"], lead["person"]
        spot = ("Web Form", "Ad Landing Page", "Live Chat", "Phone Call").index(channel)
        phone = self.phone_style(person.phone) if rng.random() < (0.98, 0.99, 0.94, 1)[spot] else ""
        if phone and rng.random() < 0.015:
            phone = self.mistype(phone)
        email = person.email if rng.random() < (0.96, 0.84, 0.78, 0)[spot] else ""
        if email and rng.random() < 0.02:
            email = self.mistype(email)
        elif rng.random() < 0.05:
            email = email.capitalize()
        street = self.street_fields(lead["place"], lead["street"] or rng.random() < (0.6, 0.3, 0.3, 0.72)[spot])
        name = self.lead_name(person, channel)
        message = lead["message"] if spot < 3 or rng.random() < 0.4 else ""
        best = rng.choice(("Morning", "Afternoon", "Anytime", "", "")) if spot == 0 else ""
        service = SERVICE[lead["kind"]] if spot < 2 and rng.random() < 0.93 else "Other" if spot < 2 else ""
        pages = (("/contact", "/schedule", "/generators", "/ac-repair"), ("/lp/ac", "/lp/power"), ("/",), ("",))
        page = rng.choice(pages[spot])
        source = "google-cpc" if spot == 1 else rng.choice(("google", "google", "direct", "bing", "", "facebook"))
        seconds = str(rng.randrange(45, 900)) if spot == 3 else ""
        return [channel, page, name, phone, email, *street, service, best, message, source, seconds]

    def street_fields(self, place: Place | None, wanted: bool) -> list[str]:
        """Show street, city and zip as people type them."""
        rng = self.rng
        if place is None:
            return ["", "", ""]
        if not wanted:
            return ["", place.city if rng.random() < 0.3 else "", place.zip if rng.random() < 0.4 else ""]
        unit = place.unit.replace("Unit ", rng.choice(("Unit ", "#", "Apt ", "unit ", "# ")))
        unit = unit if rng.random() < 0.92 else ""
        text = f"{place.number} {rng.choice(place.street)}" + (unit and rng.choice((" ", ", ")) + unit)
        chance = rng.random()
        if chance < 0.12:
            text = text.lower()
        elif chance < 0.15:
            text = self.mistype(text)
        elif chance < 0.21:
            text = show_place(place)
        return [text, place.city if rng.random() < 0.9 else "", place.zip if rng.random() < 0.92 else ""]

    def lead_name(self, person: Person, channel: str) -> str:
        """Show a name as people type it or as the call tracker shows it."""
        rng, chance = self.rng, self.rng.random()
        if channel == "Phone Call":
            if chance < 0.1:
                return rng.choice(("WIRELESS CALLER", "", person.first, "BRADENTON FL"))
            return f"{person.last.upper()} {person.first.upper()}" if chance < 0.4 else f"{person.first} {person.last}"
        if chance < (0.12 if channel == "Live Chat" else 0.015):
            return person.first
        name = self.restyle(f"{person.first} {person.last}", person)
        return name.lower() if rng.random() < 0.07 else name

    def repeat(self, lead: dict[str, Any]) -> None:
        """Repeat a request: a double click, another channel or a reminder while nothing is booked."""
        rng, when = self.rng, lead["local"]
        copy = dict(lead)
        lead["group"] = copy["group"] = lead["index"] + 1
        copy["index"] = len(self.leads)
        wait = timedelta(minutes=rng.randrange(3, 600))
        if rng.random() < 0.45:
            copy["local"] = when + timedelta(seconds=rng.randrange(1, 90))
        else:
            answered = max(lead.get("first", self.export) - when, timedelta(minutes=3))
            if rng.random() < 0.4 and answered > timedelta(days=1):
                wait = timedelta(hours=rng.randrange(20, 90))
                opening = rng.choice(("Have not heard back. ", "2nd request - ", "Still waiting. "))
                copy["message"] = opening + lead["message"]
            copy["local"] = when + min(wait, answered * 0.8)
            copy["person"] = rng.choice(lead["mates"]) if rng.random() < 0.3 else lead["person"]
            copy["channel"] = rng.choice(("Web Form", "Live Chat", "Ad Landing Page", "Phone Call"))
            copy["row"] = self.lead_row(copy)
        self.leads.append(copy)

    def save(self, folder: Path) -> None:
        """Number everything in order of time and write the files."""
        order = sorted(self.leads, key=lambda lead: (lead["local"], lead["index"]))
        shift = self.rng.randrange(10000, 60000)
        ids = {lead["index"]: f"W{shift + 3 * spot + self.rng.randrange(3)}" for spot, lead in enumerate(order)}
        jobs = [job for job in self.jobs if FIRST_DAY <= job.created <= self.export]
        jobs.sort(key=lambda job: job.created)
        number = self.rng.randrange(20000, 90000)
        for job in jobs:
            number += self.rng.choice((1, 1, 1, 2, 3))
            job.number = number
        records = {id(job.record): job.record for job in jobs}
        records |= {id(home.record): home.record for home in self.clients if home.record}
        customers = sorted(records.values(), key=lambda record: record.since)
        for spot, record in enumerate(customers, 1001):
            record.number = spot
        rows = ([ids[lead["index"]], f"{to_utc(lead['local']):%Y-%m-%dT%H:%M:%SZ}", *lead["row"]] for lead in order)
        save_rows(folder / "leads.csv", LEAD_COLUMNS, rows)
        save_rows(folder / "jobs.csv", JOB_COLUMNS, map(self.job_row, jobs))
        save_rows(folder / "customers.csv", CUSTOMER_COLUMNS, map(self.customer_row, customers))
        self.save_truth(folder, ids, jobs)

    def save_truth(self, folder: Path, ids: dict[int, str], jobs: list[Job]) -> None:
        """Write what is true, what repeats and what no one can decide."""
        columns = ("lead_id", "job_id")
        true = ((ids[job.lead], job.number) for job in jobs if job.lead is not None)
        unsure = ((ids[job.unsure], job.number) for job in jobs if job.unsure is not None)
        save_rows(folder / "truth.csv", columns, true)
        save_rows(folder / "ambiguous.csv", columns, unsure)
        groups = ((ids[lead["index"]], f"G{lead['group']}") for lead in self.leads if lead["group"])
        save_rows(folder / "lead_groups.csv", ("lead_id", "group_id"), groups)

    def job_row(self, job: Job) -> list[object]:
        """Show a job as the office's software exports it."""
        rng, record, place = self.rng, job.record, job.place
        status, done, total, note = job.status, show_time(job.done), f"{job.total:,.2f}", job.note
        created = show_time(job.created)
        if job.created < self.imported:
            created, note = show_time(job.created.replace(hour=0, minute=0)), f"[imported] {note}".strip()
        if status == "Canceled":
            done = ""
        elif job.done > self.export:
            status, done, total, note = ("Scheduled" if rng.random() < 0.8 else "Hold"), "", "0.00", ""
        trade = "GEN" if "Gen" in job.label or job.kind.startswith("gen") else "ELE"
        trade = trade if job.kind in ("elec", "panel", "fan") or trade == "GEN" else "AC"
        street = f"{place.number} {place.street[rng.random() < 0.15]}"
        unit = place.unit.replace("Unit ", rng.choice(("Unit ", "#", "Unit ")))
        bill = show_place(record.bill or place)
        return [
            job.number,
            status,
            f"{trade} - {'Bradenton' if place.branch == 'B' else 'Sarasota'}",
            job.label,
            created,
            show_time(job.planned),
            done,
            record.number,
            record.name,
            record.kind,
            show_phone(record.phone),
            record.others,
            record.email,
            f"{street} {unit}".strip(),
            place.city,
            "FL",
            place.zip,
            bill,
            f"P-{job.project}" if job.project else "",
            job.campaign,
            job.booker,
            rng.choice(POOLS["techs"]),
            total,
            note,
        ]

    def customer_row(self, record: Record) -> list[object]:
        """Show a customer as the office's software exports it."""
        bill = show_place(record.bill) if record.bill else ""
        since = f"{max(record.since, FIRST_DAY):%m/%d/%Y}"
        member = "Yes" if record.member else "No"
        return [
            record.number,
            record.name,
            record.kind,
            since,
            show_phone(record.phone),
            record.others,
            record.email,
            bill,
            member,
        ]
