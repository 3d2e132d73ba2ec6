"""Generate the requests and the jobs of Driftlog Heating & Electric, a made-up office in Washington.

The office installs and repairs heat pumps, furnaces, generators and wiring from Port Angeles to Port Orchard.
Requests come from a website form, a chat window and a tracked phone line. Their clock is UTC.
The job export uses the local clock. It also holds phone work, plan visits, builders and old customers.
True pairs are the first visit after a request and the work that continues it: return visit, install, inspection.
Canceled jobs, plan visits and later calls of the same home are not true.
A request that was sent again forms a group. The first row of the group carries the jobs.
Hard cases: spouses, tenants, landlords, cabins, grown children, moved customers and second records.
Relatives share names, records hold old phones, and staff shorten names and streets.
Ambiguous pairs are phone bookings minutes before a form, and the same need by phone months later.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

POOLS = Path(__file__).with_suffix(".json")
# All times are the office's wall clock; the zone is a formality.
FIRST_DAY = datetime(2020, 3, 1, tzinfo=UTC)
LAST_DAY = datetime(2025, 12, 31, 8, tzinfo=UTC)
LONGEST = 2100
PREFIX = {"Web Form": "W", "Chat": "C", "Call": "T"}
CLOSED = ("Canceled", "No Show")
ROLES = [
    ("plain", 66),
    ("spouse", 11),
    ("kin", 3),
    ("tenant", 4),
    ("landlord", 4),
    ("cabin", 3),
    ("child", 3),
    ("biz", 4),
    ("pm", 3),
]
LEAD_COLUMNS = [
    "Entry ID",
    "Received (UTC)",
    "Channel",
    "First Name",
    "Last Name",
    "Company",
    "Phone",
    "Email",
    "Street Address",
    "City",
    "State",
    "Zip",
    "Service",
    "Message",
    "Page",
    "Source",
    "Call Length",
]
JOB_COLUMNS = [
    "Job #",
    "Created On",
    "Scheduled",
    "Completed",
    "Customer ID",
    "Customer Name",
    "Phone 1",
    "Phone 2",
    "Email",
    "Service Street",
    "Service City",
    "Service State",
    "Service Zip",
    "Billing Address",
    "Job Type",
    "Business Unit",
    "Status",
    "Campaign",
    "Booked By",
    "Technician",
    "Total",
    "Original Job",
    "Notes",
]
CUSTOMER_COLUMNS = [
    "Customer ID",
    "Name",
    "Type",
    "Phones",
    "Email",
    "Billing Street",
    "Billing City",
    "Billing State",
    "Billing Zip",
    "Created",
    "Plan Member",
    "Notes",
]


@dataclass(slots=True)
class Person:
    """Hold one person and the ways to reach that person."""

    first: str
    last: str
    phone: str
    email: str


@dataclass(slots=True)
class Place:
    """Hold one address."""

    street: str
    city: str
    state: str
    zip_code: str

    def line(self) -> str:
        """Return the address on one line."""
        return f"{self.street}, {self.city}, {self.state} {self.zip_code}"


@dataclass(slots=True)
class Record:
    """Hold one customer record of the office's software."""

    name: str
    kind: str
    phones: list[str]
    email: str
    bill: Place
    since: datetime
    note: str = ""
    number: int = 0


@dataclass(slots=True)
class Party:
    """Hold a household or a company, its people, its places and its dealings with the office."""

    role: str
    owner: Person
    contact: Person
    mate: Person | None
    other: Person | None
    biz: str
    home: Place
    site: Place
    record: Record | None = None
    typed: dict[str, Place] = field(default_factory=dict)
    moved: list[tuple[datetime, Place]] = field(default_factory=list)
    plan: bool = False
    busy: datetime = FIRST_DAY - timedelta(days=90)
    stop: datetime | None = None
    quiet: list[tuple[datetime, datetime]] = field(default_factory=list)


@dataclass(slots=True)
class Lead:
    """Hold one request as sent, with the local time."""

    when: datetime
    channel: str
    person: Person
    place: Place
    company: str
    need: str
    message: str
    topic: int = -1
    words: dict[str, str] = field(default_factory=dict)
    group: int = 0
    length: int = 0
    sure: bool = False
    number: str = ""


@dataclass(slots=True)
class Job:
    """Hold one job, and the request that caused it."""

    made: datetime
    due: datetime
    record: Record
    site: Place
    kind: str
    unit: str
    status: str
    campaign: str
    total: float
    notes: str
    words: dict[str, str]
    cause: Lead | None = None
    maybe: Lead | None = None
    parent: Job | None = None
    number: int = 0


def pick(rng: Random, pairs: list[Any]) -> Any:
    """Draw a value from pairs of value and weight."""
    return rng.choices([pair[0] for pair in pairs], [pair[1] for pair in pairs])[0]


def to_utc(when: datetime) -> datetime:
    """Return the UTC time of a Pacific local time."""
    march = datetime(when.year, 3, 8, 2, tzinfo=UTC)
    november = datetime(when.year, 11, 1, 2, tzinfo=UTC)
    begin = march + timedelta(days=(6 - march.weekday()) % 7)
    end = november + timedelta(days=(6 - november.weekday()) % 7)
    return when + timedelta(hours=7 if begin <= when < end else 8)


def office_time(rng: Random, when: datetime) -> datetime:
    """Return the next moment at which a clerk sits at the office desk."""
    after_hours = when.hour >= 17 or when.weekday() == 6
    if after_hours and rng.random() < 0.88:
        when = when.replace(hour=0, minute=0) + timedelta(days=1)
    if when.weekday() == 6 and rng.random() < 0.9:
        when = when.replace(hour=0, minute=0) + timedelta(days=1)
    if when.hour < 7:
        when = when.replace(hour=7, minute=30) + timedelta(minutes=int(rng.expovariate(1 / 70)))
    return when


class Typing:
    """Write names, phones, addresses and texts the way customers and staff type them."""

    def __init__(self, rng: Random, pools: dict[str, Any]) -> None:
        """Keep the source of chance and the word pools."""
        self.rng = rng
        self.pools = pools

    def slip(self, text: str) -> str:
        """Return the text with one typing error."""
        spots = [at for at in range(1, len(text) - 1) if text[at].isalpha() and text[at + 1].isalpha()]
        if not spots:
            return text
        at = self.rng.choice(spots)
        return self.rng.choice(
            [
                text[:at] + text[at + 1 :],
                text[:at] + text[at + 1] + text[at] + text[at + 2 :],
                text[:at] + text[at] + text[at:],
            ]
        )

    def maybe_slip(self, text: str, share: float) -> str:
        """Return the text, at times with a typing error."""
        return self.slip(text) if text and self.rng.random() < share else text

    def nickname(self, first: str, share: float) -> str:
        """Return the first name or at times its short form."""
        short = self.pools["nick"].get(first)
        return self.rng.choice(short) if short and self.rng.random() < share else first

    def phone(self, digits: str) -> str:
        """Return ten digits in one of the usual forms."""
        area, middle, end = digits[:3], digits[3:6], digits[6:]
        if self.rng.random() < 0.008:
            end = end[:2] + end[3] + end[2]
        shape = self.rng.choice(["{}-{}-{}", "({}) {}-{}", "{}{}{}", "+1{}{}{}", "{}.{}.{}", "{} {} {}", "({}) {}-{}"])
        return shape.format(area, middle, end)

    def email(self, address: str) -> str:
        """Return the email as typed into a form."""
        name, domain = address.split("@")
        roll = self.rng.random()
        if roll < 0.01:
            return f"{self.slip(name)}@{domain}"
        if roll < 0.018:
            return f"{name}@{self.slip(domain)}"
        return address.capitalize() if roll < 0.06 else address

    def street(self, street: str) -> str:
        """Return the street in another common spelling."""
        roll = self.rng.random()
        if roll < 0.22:
            street = " ".join(self.pools["long"].get(word, word) for word in street.split(" "))
        elif roll < 0.31:
            street = " ".join(word for word in street.split(" ") if word not in ("NE", "NW", "SE", "SW"))
        elif roll < 0.36:
            street = " ".join(word for word in street.split(" ") if word not in self.pools["types"])
        elif roll < 0.40:
            street = street.replace("Spc ", "#").replace("Unit ", "#").replace("State Hwy", "SR")
        return self.maybe_slip(street.lower() if self.rng.random() < 0.1 else street, 0.035)

    def words(self) -> dict[str, str]:
        """Draw one word for each slot of the texts."""
        return {slot: self.rng.choice(values) for slot, values in self.pools["fill"].items()}


class People:
    """Draw people, companies and addresses."""

    def __init__(self, rng: Random, pools: dict[str, Any]) -> None:
        """Draw the streets of each town and weights for the family names."""
        self.rng = rng
        self.pools = pools
        self.phones: set[str] = set()
        self.emails: set[str] = set()
        self.companies: set[str] = set()
        self.lasts = rng.sample(pools["last"], len(pools["last"]) * 4 // 5)
        self.last_weights = [1 / (rank + 12) for rank in range(len(self.lasts))]
        self.towns = [(town, town[2] * rng.uniform(0.7, 1.3)) for town in pools["towns"]]
        self.streets = {town[0]: [self.new_street(town[3]) for _ in range(20 + 3 * town[2])] for town in pools["towns"]}

    def new_street(self, region: str) -> str:
        """Return a street name in the manner of the county."""
        name, kind = self.rng.choice(self.pools["street_names"]), self.rng.choice(self.pools["types"])
        roll = self.rng.random()
        if region == "kitsap":
            side = self.rng.choice(["NE", "NE", "NW", "SE", "SW"])
            if roll < 0.05:
                return self.rng.choice(["State Hwy 3", "State Hwy 104", "State Hwy 303", f"Viking Bend {side}"])
            return f"{side} {name} {kind}" if roll < 0.58 else f"{name} {kind} {side}"
        if region == "clallam" and roll < 0.25:
            return f"{self.rng.choice('EW')} {self.rng.choice(self.pools['numbered'])} St"
        if roll < 0.31:
            return self.rng.choice(["Old Highway Rd", "Hwy 101", "Center Valley Rd", "Lower Beach Dr"])
        return f"{name} {kind}"

    def place(self) -> Place:
        """Return an address in the service area."""
        town = pick(self.rng, self.towns)
        numbers = {"kitsap": (201, 29990), "clallam": (21, 2990), "jefferson": (11, 9990)}[town[3]]
        street = f"{self.rng.randint(*numbers)} {self.rng.choice(self.streets[town[0]])}"
        if self.rng.random() < 0.06:
            street += self.rng.choice([" Spc ", " Unit ", " Apt ", " #"]) + str(self.rng.randint(1, 64))
        return Place(street, town[0], "WA", self.rng.choice(town[1]))

    def beside(self, place: Place) -> Place:
        """Return the address of a neighbor."""
        number, rest = place.street.split(" ", 1)
        for word in ("Spc", "Unit", "Apt", "#"):
            rest = rest.split(f" {word}")[0]
        number = str(int(number) + self.rng.choice([2, 4, 6, 10, 12]))
        return Place(f"{number} {rest}", place.city, place.state, place.zip_code)

    def far_place(self, pool: str) -> Place:
        """Return an address outside the service area."""
        city, state, zip_code = self.rng.choice(self.pools[pool])
        street = f"{self.rng.randint(100, 19999)} {self.new_street('jefferson')}"
        return Place(street, city, state, zip_code)

    def phone(self) -> str:
        """Return an unused made-up phone number."""
        areas = self.pools["areas_near"] if self.rng.random() < 0.85 else self.pools["areas_any"]
        number = f"{self.rng.choice(areas)}555{self.rng.randrange(10000):04d}"
        while number in self.phones:
            number = f"{self.rng.choice(self.pools['areas_any'])}555{self.rng.randrange(10000):04d}"
        self.phones.add(number)
        return number

    def email(self, first: str, last: str) -> str:
        """Return an unused made-up email address."""
        first, last = (part.lower().replace(" ", "").replace("'", "").replace(".", "") for part in (first, last))
        number = self.rng.randint(1, 99)
        name = self.rng.choice(
            [
                f"{first}.{last}",
                f"{first}{last}",
                f"{first[0]}{last}",
                f"{first}{last[0]}{number}",
                f"{last}{first[0]}{number}",
                f"{first}_{last}",
                f"the{last}s",
                f"{last}family{number}",
            ]
        )
        address = f"{name}@{self.rng.choice(self.pools['domains'])}"
        while address in self.emails:
            name += str(self.rng.randint(1, 9))
            address = f"{name}@{self.rng.choice(self.pools['domains'])}"
        self.emails.add(address)
        return address

    def person(self, last: str = "") -> Person:
        """Return a new person, of a given family if asked."""
        first = self.rng.choice(self.pools[self.rng.choice(["first_f", "first_m"])])
        last = last or self.rng.choices(self.lasts, self.last_weights)[0]
        return Person(first, last, self.phone(), self.email(first, last))

    def party(self, role: str, kin: Party | None = None) -> Party:
        """Return a new household or company of the given role."""
        owner = self.person()
        next_door = role == "kin" and self.rng.random() < 0.4
        if role == "kin" and kin and not (next_door and self.rng.random() < 0.6):
            owner = self.person(kin.owner.last)
            if self.rng.random() < 0.3:
                owner.first = kin.owner.first
        mate = None
        if role == "spouse" or self.rng.random() < 0.5:
            mate = self.person(owner.last if self.rng.random() < 0.85 else "")
        party = Party(role, owner, owner, mate, None, "", self.place(), self.place())
        if kin and next_door:
            party.home = self.beside(kin.home)
        self.set_roles(party)
        return party

    def set_roles(self, party: Party) -> None:
        """Choose who asks, who else is involved and which address is served, by the role of a party."""
        role, owner = party.role, party.owner
        if role in ("plain", "spouse", "kin", "child"):
            party.site = party.home
        if role == "spouse":
            party.contact = party.mate or owner
        elif role == "tenant":
            party.contact = self.person()
        elif role == "landlord":
            party.other = self.person()
        elif role == "cabin":
            party.home = self.far_place("home_towns")
        elif role == "child":
            party.contact, party.other = self.person(owner.last if self.rng.random() < 0.65 else ""), owner
        elif role in ("biz", "pm", "builder"):
            party.biz = self.company({"biz": "biz_b", "pm": "pm_b", "builder": "builder_b"}[role])
            party.home = party.site if role == "biz" else party.home

    def company(self, pool: str) -> str:
        """Return a made-up company name, unused if possible."""
        for _ in range(25):
            front = self.rng.choice(self.pools["biz_a"]) if self.rng.random() < 0.6 else self.rng.choice(self.lasts)
            name = f"{front} {self.rng.choice(self.pools[pool])}"
            if name not in self.companies:
                break
        self.companies.add(name)
        return name


class Desk:
    """Write the office's customer records and jobs."""

    def __init__(self, people: People, typing: Typing, export: datetime) -> None:
        """Start with no jobs."""
        self.people = people
        self.typing = typing
        self.rng = typing.rng
        self.pools = typing.pools
        self.export = export
        self.jobs: list[Job] = []

    def record_name(self, party: Party, old: bool) -> str:
        """Return the name on a customer record."""
        owner, mate = party.owner, party.mate
        first = self.typing.nickname(owner.first, 0.3)
        last = self.typing.maybe_slip(owner.last, 0.02)
        if party.biz:
            return party.biz
        if mate and mate.last == owner.last and self.rng.random() < 0.28:
            first = f"{first} & {self.typing.nickname(mate.first, 0.3)}"
        return f"{last}, {first}" if old else f"{first} {last}"

    def open_record(self, party: Party, when: datetime, *, old: bool = False) -> Record:
        """Return a new customer record of a party."""
        chance = self.rng.random
        owner, contact = party.owner, party.contact
        phones = [owner.phone] if chance() < 0.94 else [self.people.phone()]
        if old and chance() < 0.3:
            phones = [self.people.phone()]
        if contact is not owner and party.role != "tenant" and chance() < 0.6:
            phones.append(contact.phone)
        elif party.mate and chance() < 0.3:
            phones.append(party.mate.phone)
        if party.role == "child" and chance() < 0.4:
            phones.reverse()
        email = owner.email if chance() < (0.6 if old else 0.82) else ""
        if contact is not owner and party.role != "tenant" and chance() < 0.5:
            email = contact.email
        note = ""
        if party.mate and not party.biz and chance() < 0.15:
            note = f"spouse {party.mate.first} {nice(party.mate.phone)}"
        kind = {"biz": "Commercial", "builder": "Commercial", "pm": "Property Mgmt"}.get(party.role, "Residential")
        return Record(self.record_name(party, old), kind, phones, email, self.typed(party, party.home), when, note)

    def typed(self, party: Party, place: Place) -> Place:
        """Return an address as the staff typed it once."""
        key = place.line()
        if key not in party.typed:
            street = self.typing.street(place.street) if self.rng.random() < 0.3 else place.street
            zip_code = place.zip_code if self.rng.random() > 0.01 else ""
            party.typed[key] = Place(street, place.city, place.state, zip_code)
        return party.typed[key]

    def add(self, job: Job) -> Job | None:
        """Keep a job that exists at the time of the export and set its status."""
        if job.made > self.export:
            return None
        job.due = min(job.due, LAST_DAY)
        if job.status not in CLOSED:
            job.status = pick(self.rng, [("Completed", 60), ("Invoiced", 12), ("Paid", 28)])
            if not job.total:
                job.status = "Completed"
            if job.due > self.export:
                job.status, job.notes, job.total = "Scheduled", "", 0.0
        self.jobs.append(job)
        return job

    def job(self, party: Party, need: str, made: datetime, campaign: str, cause: Lead | None = None) -> Job:
        """Return the first visit for a need."""
        data = self.pools["needs"][need]
        note = self.rng.choice(data["note"])
        if cause and "fit" in data and self.rng.random() < 0.9:
            note = data["note"][self.rng.choice(data["fit"][cause.topic])]
        words = cause.words if cause else self.typing.words()
        notes = note.format(**words) + " " + self.rng.choice(self.pools["tail"])
        who = party.contact if party.role in ("tenant", "child") else party.other
        if who and self.rng.random() < 0.65:
            label = "Daughter/son" if party.role == "child" else "Tenant"
            notes = f"{label} {who.first} {nice(who.phone)}. {notes}"
        total = 0.0 if data["kind"] == "estimate" else self.price(data["pay"])
        if party.record is None:
            party.record = self.open_record(party, made)
        return Job(
            made,
            self.visit_day(made, data["kind"]),
            party.record,
            self.typed(party, party.site),
            self.rng.choice(data["first"]),
            data["bu"],
            "",
            campaign,
            total,
            notes.strip(),
            words,
            cause,
        )

    def price(self, bounds: list[int]) -> float:
        """Return an amount between two bounds."""
        return round(self.rng.uniform(*bounds), self.rng.choice([0, 2]))

    def visit_day(self, made: datetime, kind: str) -> datetime:
        """Return the day of a visit, later in the busy months."""
        busy = 1.7 if made.month in (1, 7, 8, 11, 12) else 1.0
        mean = {"repair": 1.8, "visit": 8.0, "estimate": 5.0, "install": 16.0, "return": 6.0}[kind] * busy
        due = made + timedelta(days=int(min(self.rng.expovariate(1 / mean), mean * 3.5)))
        if due.weekday() == 6:
            due += timedelta(days=1)
        return due

    def follow(self, first: Job, need: str) -> None:
        """Add the work that continues a first visit."""
        data = self.pools["needs"][need]
        roll = self.rng.random()
        if data["kind"] == "repair":
            if roll < 0.19:
                self.continue_job(first, "Return - Parts", "return", self.price([0, 480]), "return_notes")
            elif roll < 0.25 and data["bu"] == "HVAC Service":
                sold = self.pools["needs"][self.rng.choice(["heatpump_est", "ductless_est"])]
                self.continue_job(first, sold["install"], "install", self.price(sold["pay"]), sold["inote"])
        elif data["kind"] == "estimate" and roll < 0.47:
            install = self.continue_job(first, data["install"], "install", self.price(data["pay"]), data["inote"])
            if install and self.rng.random() < 0.4:
                self.continue_job(install, data["extra"], "return", 0.0, "extra_notes")

    def continue_job(self, base: Job, kind: str, pace: str, total: float, notes: str | list[str]) -> Job | None:
        """Add one job that continues another one."""
        days = self.rng.expovariate(1 / 11) if pace == "install" else self.rng.choice([0, 0, 1, 2])
        made = office_time(self.rng, base.due.replace(hour=self.rng.randint(9, 16)) + timedelta(days=days))
        texts = self.pools[notes] if isinstance(notes, str) else notes
        unit = "HVAC Install" if pace == "install" and base.unit != "Electrical" else base.unit
        text = self.rng.choice(texts).format(**base.words)
        job = Job(
            made,
            self.visit_day(made, pace),
            base.record,
            base.site,
            kind,
            unit,
            "",
            base.campaign,
            total,
            text,
            base.words,
            base.cause,
            None,
            base,
        )
        return self.add(job)


def nice(digits: str) -> str:
    """Return ten digits with dashes."""
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"


class Office:
    """Play the whole period: requests, bookings and everything else the office does."""

    def __init__(self, rng: Random, pools: dict[str, Any], leads: int) -> None:
        """Set the calendar and the customers the office already has."""
        self.rng = rng
        self.pools = pools
        self.count = leads
        days = min(max(int(leads * 0.6), 75), LONGEST)
        self.start = FIRST_DAY + timedelta(days=rng.randint(0, LONGEST - days))
        self.end = self.start + timedelta(days=days)
        self.begin = self.start - timedelta(days=45)
        self.typing = Typing(rng, pools)
        self.people = People(rng, pools)
        self.desk = Desk(self.people, self.typing, self.end + timedelta(days=rng.randint(12, 28)))
        self.leads: list[Lead] = []
        self.managers = [self.people.party("pm") for _ in range(3 + leads // 350)]
        self.parties: list[Party] = []
        self.groups = 0

    def run(self) -> None:
        """Play the period in order of time."""
        self.seed_customers()
        repeats = round(self.count * 0.055)
        episodes = self.count - repeats
        doubled = set(self.rng.sample(range(episodes), repeats))
        for at, when in enumerate(sorted(self.moment() for _ in range(episodes))):
            self.episode(when, at in doubled)
        for party in self.parties + self.managers:
            self.later_work(party)

    def moment(self) -> datetime:
        """Draw a time of submission."""
        while True:
            day = self.start + timedelta(days=self.rng.randrange((self.end - self.start).days))
            month = (10, 8, 7, 7, 7, 8, 9, 9, 7, 9, 10, 10)[day.month - 1]
            if self.rng.random() * 10 < month * (0.65 if day.weekday() > 4 else 1):
                break
        hour = pick(self.rng, [(hour, 1 if hour < 6 else 9 if hour < 18 else 5) for hour in range(24)])
        return day.replace(hour=hour, minute=self.rng.randrange(60), second=self.rng.randrange(60))

    def seed_customers(self) -> None:
        """Create customers that came without the website."""
        period = (self.desk.export - self.begin).days
        roles = [("plain", 76), ("kin", 6), ("landlord", 5), ("cabin", 4), ("biz", 6), ("builder", 3)]
        for _ in range(round(self.count * 0.8)):
            kin = self.rng.choice(self.parties) if self.parties else None
            party = self.people.party(pick(self.rng, roles), kin)
            old = self.rng.random() < 0.5
            when = self.begin + timedelta(
                days=0 if old else self.rng.randrange(period),
                hours=self.rng.randint(8, 16),
                minutes=self.rng.randrange(60),
            )
            party.record = self.desk.open_record(party, when, old=old)
            party.plan = self.rng.random() < 0.24
            if old:
                party.busy = when
            else:
                self.phone_job(party, when)
            self.parties.append(party)
        for party in self.managers:
            party.record = self.desk.open_record(party, self.begin, old=True)

    def need(self, when: datetime) -> str:
        """Draw a need by season."""
        weights, needs = self.pools["weights"], self.pools["needs"]
        pairs = [(need, weight * int(needs[need]["season"][when.month - 1])) for need, weight in weights.items()]
        need: str = pick(self.rng, pairs)
        return need

    def phone_job(self, party: Party, when: datetime, need: str = "", maybe: Lead | None = None) -> None:
        """Book a job that came without a request."""
        campaign = pick(self.rng, self.pools["campaigns_phone"])
        need = need or self.need(when)
        if party.role == "builder":
            need = self.rng.choice(["elec_repair", "heatpump_est"])
        job = self.desk.job(party, need, when, campaign)
        job.maybe = maybe
        if party.role == "builder":
            job.kind = self.rng.choice(["New Construction Rough", "New Construction Trim"])
            job.total = self.desk.price([1400, 9800])
            job.notes = self.rng.choice(self.pools["builder_notes"])
        if self.desk.add(job) and party.role != "builder" and job.due < self.desk.export:
            self.desk.follow(job, need)
        party.busy = max(party.busy, when, self.desk.jobs[-1].made)

    def episode(self, when: datetime, doubled: bool) -> None:
        """Play one request and what follows."""
        roll = self.rng.random()
        if roll < 0.06:
            self.stray(when, "spam" if roll < 0.022 else "vendor" if roll < 0.03 else "far", doubled)
            return
        party = self.old_party(when) if roll < 0.22 else None
        known = party is not None
        if party is None:
            party = self.new_party(when)
        need = self.need(when)
        person = party.contact
        if known and self.rng.random() < 0.1:
            person = Person(person.first, person.last, self.people.phone(), person.email)
        lead = self.lead(when, person, self.lead_place(party), need)
        lead.message = self.compose(lead, party, known)
        lead.sure = party.role in ("tenant", "landlord", "child", "pm")
        lead.company = party.biz if party.biz and self.rng.random() < 0.8 else ""
        self.leads.append(lead)
        made = self.outcome(lead, party, known)
        if doubled:
            self.repeat(lead, made)

    def old_party(self, when: datetime) -> Party | None:
        """Draw a known customer with nothing pending and choose who writes."""
        for _ in range(30):
            party = self.rng.choice(self.parties)
            free = party.record and party.stop is None and party.busy + timedelta(days=10) < when
            if not free or party.role == "builder":
                continue
            if party.mate and party.role in ("plain", "spouse", "kin"):
                party.contact = party.mate if self.rng.random() < 0.22 else party.owner
            if party.role in ("plain", "kin") and self.rng.random() < 0.12:
                self.move(party, when)
            return party
        return None

    def move(self, party: Party, when: datetime) -> None:
        """Give a known household a new home."""
        party.moved.append((when, party.site))
        party.home = party.site = self.people.place()
        if party.record and self.rng.random() < 0.6:
            party.record.bill = self.desk.typed(party, party.home)

    def new_party(self, when: datetime) -> Party:
        """Return a household that writes for the first time, or a manager."""
        role = pick(self.rng, ROLES)
        if role == "pm":
            party = self.rng.choice(self.managers)
            if party.busy < when:
                party.site, party.other = self.people.place(), self.people.person()
                return party
            role = "plain"
        kin = self.rng.choice(self.parties) if self.parties else None
        party = self.people.party(role, kin)
        if role == "tenant" and self.rng.random() < 0.4:
            manager = self.rng.choice(self.managers)
            party.record, party.biz = manager.record, ""
            party.owner, party.home = manager.owner, manager.home
        self.parties.append(party)
        return party

    def lead_place(self, party: Party) -> Place:
        """Return the address the sender gives."""
        elsewhere = {"cabin": 0.35, "landlord": 0.3, "child": 0.08}.get(party.role, 0.0)
        return party.home if self.rng.random() < elsewhere else party.site

    def compose(self, lead: Lead, party: Party, known: bool) -> str:
        """Return the text of a request."""
        parts = [self.rng.choice(self.pools["openers"]), self.pools["needs"][lead.need]["msg"][lead.topic]]
        if party.moved and self.rng.random() < 0.6:
            parts.append(self.rng.choice(self.pools["moved_msg"]))
        elif known and self.rng.random() < 0.3:
            parts.append(self.rng.choice(self.pools["existing_msg"]))
        pool = {
            "tenant": "tenant_msg",
            "landlord": "landlord_msg",
            "cabin": "cabin_msg",
            "child": "child_msg",
            "biz": "biz_msg",
            "pm": "pm_msg",
        }.get(party.role)
        if pool and self.rng.random() < 0.75:
            parts.append(self.rng.choice(self.pools[pool]))
        if not party.biz and self.rng.random() < 0.33:
            parts.append(self.rng.choice(self.pools["extras"]))
        parts.append(self.rng.choice(self.pools["closers"]))
        text = " ".join(part for part in parts if part).format(**(lead.words | self.names(party)))
        return self.typing.maybe_slip(text.lower() if self.rng.random() < 0.08 else text, 0.2)

    def names(self, party: Party) -> dict[str, str]:
        """Return the names and places a text may mention."""
        other = party.other or party.owner
        owner = f"{party.owner.first} {party.owner.last}"
        if party.role == "tenant" and party.record:
            owner = party.record.name
        home = party.moved[-1][1].city if party.moved else party.home.city
        return {
            "owner": owner,
            "biz": party.biz,
            "home": home,
            "other": f"{other.first} {other.last}",
            "street": party.site.street,
            "city": party.site.city,
        }

    def lead(self, when: datetime, person: Person, place: Place, need: str) -> Lead:
        """Return a request through one of the channels, still without its text."""
        channel = self.channel(when, pick(self.rng, [("Web Form", 73), ("Chat", 14), ("Call", 13)]))
        topic = self.rng.randrange(len(self.pools["needs"][need]["msg"])) if need else -1
        return Lead(
            when, channel, person, place, "", need, "", topic, self.typing.words(), length=self.rng.randint(65, 620)
        )

    def channel(self, when: datetime, channel: str) -> str:
        """Return the channel, or the form while the phone line is closed."""
        return "Web Form" if channel == "Call" and not 7 <= when.hour < 18 else channel

    def stray(self, when: datetime, kind: str, doubled: bool) -> None:
        """Add a request that cannot become a job."""
        place = self.people.far_place("far_towns" if kind == "far" else "home_towns")
        lead = self.lead(when, self.people.person(), place, self.need(when) if kind == "far" else "")
        texts = self.pools["needs"][lead.need]["msg"] if kind == "far" else self.pools[kind]
        lead.message = texts[lead.topic].format(**lead.words) if kind == "far" else self.rng.choice(texts)
        if kind == "spam":
            lead.channel = "Web Form"
        self.leads.append(lead)
        if doubled:
            self.repeat(lead, None)

    def outcome(self, lead: Lead, party: Party, known: bool) -> datetime | None:
        """Book the request or let it lapse, and return the time of the booking."""
        kind = self.pools["needs"][lead.need]["kind"]
        share = 0.82 if known else {"repair": 0.59, "visit": 0.61, "estimate": 0.49}[kind]
        if self.rng.random() < 0.004:
            early = lead.when - timedelta(minutes=self.rng.randint(3, 45))
            if 8 <= early.hour < 17 and party.role != "pm":
                self.phone_job(party, early, lead.need, lead)
                party.stop = early
                return None
        if party.role == "pm" or self.rng.random() < share:
            made = self.book(lead, party)
            if made:
                return made
        self.lapse(lead, party, known)
        return None

    def book(self, lead: Lead, party: Party) -> datetime | None:
        """Book the jobs of a request and return the time of the first one."""
        made = self.answer_time(lead)
        if made > self.desk.export:
            return None
        if party.record and party.role != "pm" and self.rng.random() < 0.05:
            party.record = self.desk.open_record(party, made)
        campaign = pick(self.rng, self.pools["campaigns_web"])
        if party.record and self.rng.random() < 0.4:
            campaign = "Existing Customer"
        opened = made
        if self.rng.random() < 0.04:
            self.cancel(party, lead.need, made, campaign, "rebook_notes")
            made = office_time(self.rng, made + timedelta(days=self.rng.uniform(0.3, 5)))
        job = self.desk.job(party, lead.need, made, campaign, lead)
        before = len(self.desk.jobs)
        if self.desk.add(job) is None:
            return None
        if job.due < self.desk.export:
            self.desk.follow(job, lead.need)
        party.busy = max(entry.made for entry in self.desk.jobs[before:])
        party.quiet.append((lead.when - timedelta(days=21), made))
        party.plan = party.plan or (party.role not in ("pm", "tenant") and self.rng.random() < 0.17)
        return opened

    def answer_time(self, lead: Lead) -> datetime:
        """Return the time at which the office answers a request."""
        busy = 1.8 if lead.when.month in (1, 7, 8, 11, 12) else 1.0
        if lead.channel == "Call":
            quick = self.rng.random() < 0.8
            mean = 0.15 if quick else 30.0 * busy
        else:
            mean = pick(self.rng, [(1.5, 52), (12.0, 25), (50.0, 16), (190.0, 5), (700.0, 2)]) * busy
        hours = 0.04 + self.rng.expovariate(1 / mean)
        return office_time(self.rng, lead.when + timedelta(hours=min(hours, 1500.0)))

    def cancel(self, party: Party, need: str, made: datetime, campaign: str, notes: str) -> None:
        """Add a job that was canceled."""
        job = self.desk.job(party, need, made, campaign)
        job.status = pick(self.rng, [("Canceled", 5), ("No Show", 1)]) if notes == "cancel_notes" else "Canceled"
        job.total, job.notes = 0.0, self.rng.choice(self.pools[notes])
        self.desk.add(job)

    def lapse(self, lead: Lead, party: Party, known: bool) -> None:
        """Let a request come to nothing."""
        roll = self.rng.random()
        if roll < 0.06:
            self.cancel(party, lead.need, self.answer_time(lead), "Website", "cancel_notes")
        elif roll > 0.996 and not known:
            later = office_time(self.rng, lead.when + timedelta(days=self.rng.uniform(60, 150)))
            self.phone_job(party, later, lead.need, lead)
        elif roll > 0.9953 and not known:
            self.phone_job(party, office_time(self.rng, lead.when + timedelta(days=self.rng.uniform(100, 300))))
        if not (known and self.rng.random() < 0.03):
            party.stop = lead.when

    def repeat(self, lead: Lead, made: datetime | None) -> None:
        """Add a second submission of the same request."""
        self.groups += 1
        lead.group = self.groups
        minutes = pick(self.rng, [(0.4, 34), (30.0, 22), (600.0, 22), (5760.0, 22)]) * self.rng.uniform(0.3, 1.5)
        gap = timedelta(minutes=minutes)
        if made:
            gap = min(gap, (made - lead.when) * 0.8)
        message, channel = lead.message, lead.channel if lead.channel != "Call" else "Web Form"
        if minutes > 5:
            channel = self.channel(lead.when + gap, self.rng.choice(["Web Form", "Chat", "Call"]))
            message = self.rng.choice(self.pools["again"]) + " " + lead.message
        self.leads.append(
            Lead(
                lead.when + gap,
                channel,
                lead.person,
                lead.place,
                lead.company,
                lead.need,
                message,
                lead.topic,
                lead.words,
                lead.group,
                self.rng.randint(40, 300),
                lead.sure,
            )
        )

    def later_work(self, party: Party) -> None:
        """Add plan visits and later calls of a customer."""
        if party.record is None:
            return
        rate = {"pm": 8.0, "builder": 4.0, "biz": 0.8, "landlord": 0.6}.get(party.role, 0.4)
        if party.role == "tenant":
            rate = 0.0
        when = party.record.since
        while (when := when + timedelta(days=self.rng.expovariate(rate / 365) if rate else 9999)) < self.desk.export:
            when = office_time(self.rng, when.replace(hour=self.rng.randint(8, 16)))
            if self.open_day(party, when):
                self.at_site(party, when)
        if party.plan and party.role not in ("pm", "builder", "tenant"):
            self.plan_visits(party)

    def open_day(self, party: Party, when: datetime) -> bool:
        """Check that other work may fall on a day."""
        if when > self.desk.export or (party.stop and when > party.stop - timedelta(days=21)):
            return False
        return not any(begin <= when <= end for begin, end in party.quiet)

    def at_site(self, party: Party, when: datetime) -> None:
        """Book a later call at the address the customer had then."""
        site = party.site
        if party.role in ("pm", "builder"):
            party.site, party.other = self.people.place(), None
        party.site = next((place for until, place in party.moved if when < until), party.site)
        self.phone_job(party, when)
        party.site = site

    def plan_visits(self, party: Party) -> None:
        """Add the visits of a maintenance plan."""
        assert party.record
        when = party.record.since + timedelta(days=self.rng.randint(60, 190))
        gap = self.rng.choice([182, 182, 365])
        while when < self.desk.export:
            made = office_time(self.rng, when.replace(hour=self.rng.randint(8, 15)))
            if self.open_day(party, made):
                place = next((place for until, place in party.moved if made < until), party.site)
                due = made + timedelta(days=self.rng.randint(3, 30))
                self.desk.add(
                    Job(
                        made,
                        due,
                        party.record,
                        self.desk.typed(party, place),
                        "Plan Visit",
                        "HVAC Maintenance",
                        "",
                        "Maintenance Plan",
                        0.0,
                        self.rng.choice(self.pools["plan_notes"]),
                        {},
                    )
                )
            when += timedelta(days=gap + self.rng.randint(-20, 25))


class Export:
    """Write the files of the office."""

    def __init__(self, office: Office, folder: Path) -> None:
        """Number requests, customers and jobs in order of time."""
        self.office = office
        self.folder = folder
        self.rng = office.rng
        self.typing = office.typing
        self.pools = office.pools
        self.leads = sorted(office.leads, key=lambda lead: lead.when)
        self.jobs = sorted(office.desk.jobs, key=lambda job: job.made)
        self.records: list[Record] = []
        self.members = {id(party.record) for party in office.parties if party.plan}
        self.number_rows()

    def number_rows(self) -> None:
        """Give every row its id."""
        entry = self.rng.randint(2000, 9000)
        for lead in self.leads:
            entry += self.rng.choice([1, 1, 1, 2])
            lead.number = f"{PREFIX[lead.channel]}-{entry}"
        found: dict[int, Record] = {}
        for party in self.office.parties + self.office.managers:
            if party.record:
                found[id(party.record)] = party.record
        for job in self.jobs:
            found[id(job.record)] = job.record
        self.records = sorted(found.values(), key=lambda record: (record.since, record.name, record.phones))
        number = self.rng.randint(1000, 4000)
        for record in self.records:
            number += self.rng.randint(1, 4)
            record.number = number
        number = self.rng.randint(20000, 60000)
        for job in self.jobs:
            number += self.rng.choice([1, 1, 1, 1, 2, 3])
            job.number = number

    def save(self, name: str, columns: list[str], rows: list[list[str]]) -> None:
        """Write one CSV file."""
        with (self.folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)

    def write(self) -> None:
        """Write all files."""
        self.save("leads.csv", LEAD_COLUMNS, [self.lead_row(lead) for lead in self.leads])
        self.save("jobs.csv", JOB_COLUMNS, [self.job_row(job) for job in self.jobs])
        self.save("customers.csv", CUSTOMER_COLUMNS, [self.customer_row(record) for record in self.records])
        self.save(
            "truth.csv",
            ["lead_id", "job_id"],
            [[job.cause.number, str(job.number)] for job in self.jobs if job.cause and job.status not in CLOSED],
        )
        self.save(
            "ambiguous.csv",
            ["lead_id", "job_id"],
            [[job.maybe.number, str(job.number)] for job in self.jobs if job.maybe],
        )
        self.save(
            "lead_groups.csv",
            ["lead_id", "group_id"],
            [[lead.number, f"G{lead.group:04d}"] for lead in self.leads if lead.group],
        )

    def lead_row(self, lead: Lead) -> list[str]:
        """Return the cells of a request."""
        keep = {"Web Form": (0.97, 0.93, 0.73, 0.92), "Chat": (0.88, 0.76, 0.18, 0.45), "Call": (1.0, 0.22, 0.6, 0.7)}
        phone, email, street, city = (self.rng.random() < share for share in keep[lead.channel])
        street = street or (lead.sure and self.rng.random() < 0.8)
        first, last = self.lead_name(lead)
        number = self.typing.phone(lead.person.phone) if lead.channel != "Call" else f"+1{lead.person.phone}"
        place = lead.place
        data = self.pools["needs"].get(lead.need)
        service = self.rng.choice(data["svc"]) if data else "Other"
        if lead.channel != "Web Form" or self.rng.random() < 0.1:
            service = "" if lead.channel == "Chat" else self.rng.choice([service, "Other", ""])
        length = f"{lead.length // 60}:{lead.length % 60:02d}" if lead.channel == "Call" else ""
        return [
            lead.number,
            to_utc(lead.when).strftime("%Y-%m-%dT%H:%M:%SZ"),
            lead.channel,
            first,
            last,
            lead.company,
            number if phone else "",
            self.typing.email(lead.person.email) if email else "",
            self.typing.street(place.street) if street else "",
            self.typing.maybe_slip(place.city, 0.02) if city or street else "",
            place.state if street else "",
            place.zip_code if city else "",
            service,
            self.lead_text(lead),
            self.rng.choice(self.pools["pages"]) if lead.channel != "Call" else "",
            self.rng.choice(self.pools["referrers"]),
            length,
        ]

    def lead_name(self, lead: Lead) -> tuple[str, str]:
        """Return first and last name as they were entered."""
        first = self.typing.maybe_slip(self.typing.nickname(lead.person.first, 0.35), 0.008)
        last = self.typing.maybe_slip(lead.person.last, 0.01)
        roll = self.rng.random()
        missing = {"Web Form": 0.015, "Chat": 0.11, "Call": 0.1}[lead.channel]
        if roll < missing:
            if lead.channel == "Call":
                return ("WIRELESS CALLER", "") if self.rng.random() < 0.5 else (f"{lead.place.city.upper()} WA", "")
            return first, ""
        if roll > 0.93:
            return first.lower(), last.lower()
        return (first.upper(), last.upper()) if roll > 0.9 else (first, last)

    def lead_text(self, lead: Lead) -> str:
        """Return the message in the manner of the channel."""
        if lead.channel == "Chat":
            return f"Visitor: {lead.message} / Agent: Thanks, the office will contact you shortly."
        if lead.channel == "Call":
            if self.rng.random() < 0.3:
                return ""
            return f"Transcript: {lead.message}"
        return lead.message if self.rng.random() > 0.06 else ""

    def job_row(self, job: Job) -> list[str]:
        """Return the cells of a job."""
        record = job.record
        done = f"{job.due:%m/%d/%Y}" if job.status not in (*CLOSED, "Scheduled") else ""
        web = job.cause is not None
        desk = self.pools["csrs"] + (["online"] if web and self.rng.random() < 0.2 else [])
        parent = str(job.parent.number) if job.parent and self.rng.random() < 0.5 else ""
        phones = [f"({digits[:3]}) {digits[3:6]}-{digits[6:]}" for digits in record.phones] + ["", ""]
        bill = record.bill.line()
        return [
            str(job.number),
            f"{job.made:%m/%d/%Y %I:%M %p}",
            f"{job.due:%m/%d/%Y}",
            done,
            str(record.number),
            record.name,
            phones[0],
            phones[1],
            record.email,
            job.site.street,
            job.site.city,
            job.site.state,
            job.site.zip_code,
            bill,
            job.kind,
            job.unit,
            job.status,
            job.campaign,
            self.rng.choice(desk),
            self.rng.choice(self.pools["techs"]),
            f"{job.total:.2f}",
            parent,
            job.notes,
        ]

    def customer_row(self, record: Record) -> list[str]:
        """Return the cells of a customer."""
        bill = record.bill
        phones = "; ".join(f"({digits[:3]}) {digits[3:6]}-{digits[6:]}" for digits in record.phones)
        return [
            str(record.number),
            record.name,
            record.kind,
            phones,
            record.email,
            bill.street,
            bill.city,
            bill.state,
            bill.zip_code,
            f"{record.since:%m/%d/%Y}",
            "Y" if id(record) in self.members else "",
            record.note,
        ]


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the files of one made-up office into a folder."""
    rng = Random(f"driftlog-{seed}-{leads}")
    office = Office(rng, json.loads(POOLS.read_text(encoding="utf-8")), leads)
    office.run()
    Export(office, folder).write()
