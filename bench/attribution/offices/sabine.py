"""Generate the requests and jobs of a made-up air conditioning, plumbing and drain contractor.

The office works in Tyler and Longview, Texas, and in Shreveport, Louisiana.
Requests come from the form of a landing page and from an online scheduler. Their clock is UTC.
Jobs and customers look like an export of field service software. Their clock is Central time.
True: the first job that was booked because of a request, a rebooking after a cancellation,
and later work that continues it (the install after the estimate, the return visit with the part).
A tune-up that was requested on the website is true. Plan visits and later calls are not.
Callbacks are not true. If the customer sent a request for one, the pair is in ambiguous.csv.
Hard: spouses, tenants and landlords, property managers, grown children who ask for a parent,
second phones, moved customers, duplicate customer records, relatives with the same last name,
repeated submissions, typing errors, canceled jobs, requests that never became a job.
"""

import csv
import json
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

SUFFIXES = {
    "Ln": "Lane",
    "Dr": "Drive",
    "Rd": "Road",
    "St": "Street",
    "Ave": "Avenue",
    "Trl": "Trail",
    "Blvd": "Boulevard",
    "Ct": "Court",
    "Cir": "Circle",
    "Loop": "Loop",
    "CR": "County Road",
    "FM": "Farm to Market Rd",
    "Hwy": "Highway",
}
AREAS = {
    "TX": (
        ["903", "430", "214", "469", "972", "817", "682", "936", "409", "713", "832", "281", "512"],
        [52, 12, 6, 5, 4, 4, 2, 5, 3, 3, 2, 2, 2],
    ),
    "LA": (
        ["318", "225", "504", "337", "985", "903", "870", "501", "601", "214", "405", "918", "580"],
        [60, 5, 4, 6, 3, 6, 3, 3, 2, 3, 2, 2, 1],
    ),
}
LEAD_COLUMNS = [
    "lead_id",
    "source",
    "page_name",
    "variant",
    "date_submitted",
    "time_submitted",
    "first_name",
    "last_name",
    "phone_number",
    "email",
    "street_address",
    "city",
    "state",
    "zip_code",
    "service_needed",
    "preferred_time",
    "message",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "ip_address",
]
JOB_COLUMNS = [
    "Job #",
    "Job Status",
    "Created Date",
    "Scheduled Date",
    "Completion Date",
    "Customer ID",
    "Customer Name",
    "Customer Type",
    "Customer Phone",
    "Other Phones",
    "Customer Email",
    "Location Street",
    "Location City",
    "Location State",
    "Location Zip",
    "Location Phone",
    "Billing Address",
    "Business Unit",
    "Job Type",
    "Jobs Campaign",
    "Booked By",
    "Primary Technician",
    "Project Number",
    "Recall For",
    "Membership",
    "Jobs Total",
    "Summary",
]
CUSTOMER_COLUMNS = [
    "Customer ID",
    "Customer Name",
    "Type",
    "Billing Street",
    "Billing City",
    "Billing State",
    "Billing Zip",
    "Phone Numbers",
    "Email",
    "Member",
    "Created On",
]
MONTHS = [1.1, 1.0, 0.85, 0.9, 1.1, 1.4, 1.55, 1.5, 1.1, 0.85, 0.85, 1.0]
HOURS = [1, 1, 1, 1, 1, 2, 5, 10, 13, 13, 12, 11, 10, 10, 10, 10, 10, 10, 9, 9, 8, 7, 4, 2]
# All times are the office's wall clock; the zone is a formality.
FREEZES = [
    (datetime(2021, 2, 14, tzinfo=UTC), datetime(2021, 2, 23, tzinfo=UTC)),
    (datetime(2022, 12, 22, tzinfo=UTC), datetime(2022, 12, 29, tzinfo=UTC)),
    (datetime(2024, 1, 15, tzinfo=UTC), datetime(2024, 1, 20, tzinfo=UTC)),
]


@dataclass(eq=False)
class Place:
    """Hold one address."""

    number: str
    street: str
    suffix: str
    unit: str
    city: str
    state: str
    zip: str

    def line(self) -> str:
        """Return the street line as the office types it."""
        parts = [self.number, *self.words(self.street, self.suffix)]
        return " ".join(part for part in parts if part) + (f" #{self.unit}" if self.unit else "")

    def rural(self) -> bool:
        """Tell whether this is a county road or highway, which puts the kind before the number."""
        return self.suffix in ("CR", "FM", "Hwy")

    def words(self, name: str, suffix: str) -> list[str]:
        """Return street and suffix in the usual order."""
        return [suffix, name] if self.rural() else [name, suffix]

    def full(self) -> str:
        """Return the whole address in one line."""
        return f"{self.line()}, {self.city}, {self.state} {self.zip}"


@dataclass(eq=False)
class Person:
    """Hold one person who may call or write."""

    first: str
    last: str
    phone: str
    second: str
    email: str


@dataclass(eq=False)
class Account:
    """Hold one customer record of the office."""

    name: str
    kind: str
    phones: list[str]
    email: str
    billing: Place
    opened: datetime
    member: bool = False
    number: int = 0


@dataclass(eq=False)
class House:
    """Hold a household or firm: its people, the place of work and, maybe, its owner."""

    people: list[Person]
    place: Place
    kind: str
    firm: str = ""
    owner: "House | None" = None
    before: Place | None = None
    account: Account | None = None
    key: "House | None" = None
    spans: list[tuple[datetime, datetime | None]] = field(default_factory=list)

    def party(self) -> "House":
        """Return the household whose requests and jobs belong together."""
        return self.key or self


@dataclass(eq=False)
class Job:
    """Hold one job."""

    account: Account
    place: Place
    created: datetime
    scheduled: datetime
    unit: str
    type: str
    campaign: str
    summary: str
    total: float
    status: str = "Completed"
    contact: str = ""
    by: str = ""
    tech: str = ""
    origin: "Job | None" = None
    recall: "Job | None" = None
    project: list[int] | None = None
    number: int = 0


@dataclass(eq=False)
class Lead:
    """Hold one submission."""

    house: House
    person: Person
    when: datetime
    service: str
    channel: str
    row: dict[str, str] = field(default_factory=dict)
    id: str = ""


def to_utc(when: datetime) -> datetime:
    """Convert Central time to UTC with the daylight saving rule of the United States."""
    march, november = datetime(when.year, 3, 8, 2, tzinfo=UTC), datetime(when.year, 11, 1, 2, tzinfo=UTC)
    start = march + timedelta(days=(6 - march.weekday()) % 7)
    stop = november + timedelta(days=(6 - november.weekday()) % 7)
    return when + timedelta(hours=5 if start <= when < stop else 6)


def us_date(when: datetime, clock: bool = False) -> str:
    """Format a date, and the time if asked, without leading zeros."""
    text = f"{when.month}/{when.day}/{when.year}"
    return f"{text} {when.hour % 12 or 12}:{when:%M %p}" if clock else text


def pretty(phone: str) -> str:
    """Format ten digits as the office's software does."""
    return f"({phone[:3]}) {phone[3:6]}-{phone[6:]}" if phone else ""


class World:
    """Make people, phones, places and texts."""

    def __init__(self, rng: random.Random, pools: dict[str, Any]) -> None:
        """Choose this seed's share of each pool."""
        self.rng = rng
        self.pools = pools
        self.used: set[str] = set()  # phones and emails
        self.lasts = self.part(pools["last"], 0.8)
        self.last_weights = list(accumulate(1 / (rank + 12) for rank in range(len(self.lasts))))
        self.streets = self.part(pools["streets"], 0.75)
        self.towns = {"TX": self.part(pools["tx"], 0.85), "LA": self.part(pools["la"], 0.85)}
        self.texas = rng.uniform(0.55, 0.7)
        self.texts = {
            name: {key: self.part(service[key], 0.85) for key in ("msgs", "sums")}
            for name, service in pools["services"].items()
        }

    def part(self, items: list[Any], share: float) -> list[Any]:
        """Return a random share of a list, shuffled."""
        return self.rng.sample(items, max(2, round(len(items) * share)))

    def chance(self, share: float) -> bool:
        """Return True in this share of the cases."""
        return self.rng.random() < share

    def phone(self, state: str) -> str:
        """Return an unused phone number with 555 in the middle."""
        codes, weights = AREAS[state]
        code = self.rng.choices(codes, weights)[0]
        for attempt in range(1000):
            number = f"{code}555{self.rng.randrange(10000):04d}"
            if number not in self.used:
                self.used.add(number)
                return number
            if attempt % 20 == 19:
                code = self.rng.choice(AREAS["TX"][0] + AREAS["LA"][0])
        raise RuntimeError("no phone number left")

    def last(self) -> str:
        """Return a last name, common ones more often."""
        return str(self.rng.choices(self.lasts, cum_weights=self.last_weights)[0])

    def email(self, first: str, last: str) -> str:
        """Return an unused email address in one of the usual patterns."""
        first, last = first.lower().replace(" ", ""), last.lower().replace("'", "")
        tail = self.rng.choice(["", "", str(self.rng.randrange(1, 99)), str(self.rng.randrange(1955, 2002))])
        local = self.rng.choice(
            [
                f"{first}.{last}",
                f"{first}{last}",
                f"{first[0]}{last}",
                f"{last}{first[0]}",
                f"{first}_{last}",
                f"{first}{last[0]}",
                f"{last}family",
            ]
        )
        domain = self.rng.choice(self.pools["domains"])
        while f"{local}{tail}@{domain}" in self.used:
            tail = str(self.rng.randrange(1, 9999))
        self.used.add(f"{local}{tail}@{domain}")
        return f"{local}{tail}@{domain}"

    def person(self, state: str, last: str = "", female: bool | None = None) -> Person:
        """Return a new person."""
        female = self.chance(0.52) if female is None else female
        first = self.rng.choice(self.pools["first_f" if female else "first"])
        last = last or self.last()
        second = self.phone(state) if self.chance(0.25) else ""
        return Person(first, last, self.phone(state), second, self.email(first, last))

    def place(self, near: Place | None = None) -> Place:
        """Return a new address, on the same street as another one if asked."""
        rng = self.rng
        if near:
            number = str(max(100, int(near.number) + rng.choice([-12, -8, -4, 4, 6, 10, 14])))
            return Place(number, near.street, near.suffix, "", near.city, near.state, near.zip)
        state = "TX" if self.chance(self.texas) else "LA"
        city, code = rng.choice(self.towns[state])
        if state == "TX" and self.chance(0.14):
            kind = rng.choice(["CR", "CR", "CR", "FM", "Hwy"])
            return Place(str(rng.randrange(400, 22000)), str(rng.randrange(110, 4900)), kind, "", city, state, code)
        street, suffix = rng.choice(self.streets).split("|")
        unit = rng.choice(["A", "B", str(rng.randrange(1, 320))]) if self.chance(0.05) else ""
        number = str(rng.choice([rng.randrange(100, 999), rng.randrange(1000, 9999), rng.randrange(1000, 4999)]))
        return Place(number, street, suffix, unit, city, state, code)

    def fill(self, text: str) -> str:
        """Fill the slots of a text other than the job reference."""
        if "{" not in text:
            return text
        rng = self.rng
        slots = {
            "{day}": rng.choice(["Monday", "Tuesday", "Thursday", "Friday", "Saturday", "tomorrow", "today"]),
            "{deg}": str(rng.randrange(80, 93)),
            "{ton}": rng.choice(["2", "2.5", "3", "3.5", "4", "5"]),
            "{age}": str(rng.randrange(6, 24)),
            "{gal}": rng.choice(["40", "50", "75"]),
            "{code}": f"{rng.randrange(1000, 9999)}",
        }
        for slot, value in slots.items():
            text = text.replace(slot, value)
        return text

    def typo(self, text: str) -> str:
        """Return the text with one slip of the fingers."""
        if len(text) < 4:
            return text
        spot = self.rng.randrange(1, len(text) - 1)
        kind = self.rng.randrange(3)
        if kind == 0:
            return text[:spot] + text[spot + 1] + text[spot] + text[spot + 2 :]
        return text[:spot] + (text[spot + 1 :] if kind == 1 else text[spot] + text[spot:])

    def misdial(self, phone: str) -> str:
        """Return the phone number with one wrong digit, never someone else's number."""
        for _ in range(30):
            spot = self.rng.randrange(6, 10)
            wrong = phone[:spot] + str(self.rng.randrange(10)) + phone[spot + 1 :]
            if wrong not in self.used:
                self.used.add(wrong)
                return wrong
        return phone


class Forms:
    """Write the rows of the form and of the scheduler."""

    def __init__(self, world: World) -> None:
        """Keep the maker of texts."""
        self.world = world

    def fill(self, lead: Lead) -> None:
        """Fill the row of one submission."""
        rng, pools = self.world.rng, self.world.pools
        service = pools["services"][lead.service]
        scheduler = lead.channel == "scheduler"
        variant = "" if scheduler else rng.choice("aab")
        source, medium, campaign = rng.choice(pools["utm"])
        row = dict.fromkeys(LEAD_COLUMNS, "")
        row.update(
            {
                "source": "Online Scheduler" if scheduler else "Landing Page Form",
                "variant": variant,
                "page_name": "Book Online" if scheduler else f"{service['unit']} LP",
                "service_needed": rng.choice(service["labels"]),
                "utm_source": source,
                "utm_medium": medium,
                "utm_campaign": campaign,
                "ip_address": rng.choice(["203.0.113.", "198.51.100.", "192.0.2."]) + str(rng.randrange(1, 255)),
                "message": self.message(lead),
            }
        )
        if scheduler:
            day = lead.when + timedelta(days=rng.randrange(0, 5))
            row["preferred_time"] = f"{day:%Y-%m-%d} " + rng.choice(["8am-12pm", "12pm-4pm", "10am-2pm", "4pm-6pm"])
        self.contact(row, lead, variant == "b" or scheduler)
        lead.row = row

    def message(self, lead: Lead) -> str:
        """Return what the customer typed."""
        world = self.world
        if world.chance(0.42 if lead.channel == "scheduler" else 0.18):
            return ""
        pools = world.pools
        core = world.rng.choice(world.texts[lead.service]["msgs"])
        text = (
            world.rng.choice(pools["open"])
            + core
            + "." * (core[-1] != "?" and world.chance(0.5))
            + world.rng.choice(pools["close"])
        )
        house = lead.house
        if house.kind == "tenant" and house.owner and world.chance(0.5):
            text += f" I rent, owner is {house.owner.people[0].first} {house.owner.people[0].last}."
        if house.kind == "parent" and world.chance(0.7):
            text += f" This is for my {world.rng.choice(['mother', 'dad', 'parent'])} {house.people[0].first}."
        if house.kind == "home" and len(house.people) > 1 and world.chance(0.06):
            other = next(person for person in house.people if person is not lead.person)
            text += f" You can call {other.first} at {other.phone}."
        text = world.fill(text)
        return world.typo(text) if world.chance(0.12) else text

    def contact(self, row: dict[str, str], lead: Lead, asks_street: bool) -> None:
        """Fill name, phone, email and address with ordinary slips."""
        world, rng, person = self.world, self.world.rng, lead.person
        strict = lead.channel == "scheduler"
        nick = world.pools["nick"].get(person.first)
        first = nick if nick and world.chance(0.3) else person.first
        last = "" if not strict and world.chance(0.04) else person.last
        names = [world.typo(name) if world.chance(0.012) else name for name in (first, last)]
        changes: list[Callable[[str], str]] = [str, str.lower, str.upper]
        change = rng.choices(changes, [90, 8, 2])[0]
        row["first_name"], row["last_name"] = (change(name) for name in names)
        if last and world.chance(0.005):
            row["first_name"], row["last_name"] = f"{row['first_name']} {row['last_name']}", ""
        if strict or world.chance(0.97):
            phone = person.second if person.second and world.chance(0.3) else person.phone
            row["phone_number"] = self.dial(world.misdial(phone) if world.chance(0.012) else phone)
        if world.chance(0.97 if strict else 0.92):
            email = world.typo(person.email) if world.chance(0.014) else person.email
            row["email"] = email.capitalize() if world.chance(0.05) else email
        place = lead.house.place
        if asks_street and world.chance(0.97):
            row.update({"street_address": self.street(place), "city": place.city, "state": place.state})
        if asks_street or world.chance(0.6):
            row["zip_code"] = place.zip

    def dial(self, phone: str) -> str:
        """Format a phone number in one of the ways that people type."""
        a, b, c = phone[:3], phone[3:6], phone[6:]
        styles = [phone, f"{a}-{b}-{c}", f"({a}) {b}-{c}", f"{a}.{b}.{c}", f"+1{phone}", f"{a} {b} {c}"]
        return self.world.rng.choices(styles, [40, 24, 22, 4, 6, 4])[0]

    def street(self, place: Place) -> str:
        """Return the street line as a customer types it."""
        world, rng = self.world, self.world.rng
        long = SUFFIXES.get(place.suffix, "")
        suffix = rng.choices(
            [place.suffix, long, long.lower(), f"{place.suffix}." if place.suffix else "", ""],
            [50, 26, 6, 6, 0 if place.rural() else 3],
        )[0]
        name = world.typo(place.street) if world.chance(0.015) and place.street.isalpha() else place.street
        line = " ".join(part for part in [place.number, *place.words(name, suffix)] if part)
        if place.unit and world.chance(0.85):
            line += rng.choice([" #", " Apt ", " Unit ", " apt "]) + place.unit
        return line.lower() if world.chance(0.1) else line


class Office:
    """Simulate the office: who asks, who is booked, who calls on the phone."""

    def __init__(self, rng: random.Random, pools: dict[str, Any], leads: int) -> None:
        """Choose the window of the export and empty the lists."""
        self.rng, self.pools, self.count = rng, pools, leads
        self.world = World(rng, pools)
        self.forms = Forms(self.world)
        days = min(1800, max(45, round(leads / 600 * 365)))
        slack = (datetime(2025, 11, 25, tzinfo=UTC) - datetime(2020, 7, 1, tzinfo=UTC)).days - days
        self.start = datetime(2020, 7, 1, tzinfo=UTC) + timedelta(days=rng.randrange(slack + 1))
        self.end = self.start + timedelta(days=days)
        self.export = self.end + timedelta(days=8)
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.truth: list[tuple[Lead, Job]] = []
        self.unclear: list[tuple[Lead, Job]] = []
        self.groups: list[list[Lead]] = []
        self.houses: list[House] = []
        self.firms: list[House] = []
        self.again: list[tuple[datetime, House]] = []
        self.history: list[tuple[House, datetime, Place]] = []
        self.strays = 0
        self.projects = 0

    # ---- requests ----

    def run(self) -> None:
        """Run the whole simulation."""
        for _ in range(max(1, self.count // 170)):
            self.firms.append(self.make_firm())
        for when in self.moments(self.count):
            if len(self.leads) < self.count:
                self.request(when)
        self.strays = int(0.003 * sum(1 for house in self.houses for span in house.spans if span[1]))
        self.background()
        self.jobs.sort(key=lambda job: (job.created, job.scheduled))
        self.leads.sort(key=lambda lead: lead.when)
        self.number()

    def moments(self, count: int) -> list[datetime]:
        """Return sorted times of submission by season, weekday and hour."""
        days = [self.start + timedelta(days=day) for day in range((self.end - self.start).days)]
        weights = [
            MONTHS[day.month - 1] * (0.75 if day.weekday() > 4 else 1.0) * (3.5 if self.frozen(day) else 1.0)
            for day in days
        ]
        picks = self.rng.choices(days, weights, k=count)
        return sorted(self.clock(day) for day in picks)

    def clock(self, day: datetime) -> datetime:
        """Return a time of this day when customers write."""
        hour = self.rng.choices(range(24), HOURS)[0]
        return day.replace(hour=hour, minute=self.rng.randrange(60), second=self.rng.randrange(60))

    def frozen(self, when: datetime) -> bool:
        """Tell whether this was a week of hard freeze."""
        return any(first <= when < last for first, last in FREEZES)

    def need(self, when: datetime) -> str:
        """Return a service that is needed in this season."""
        if self.frozen(when) and self.world.chance(0.55):
            return "burst"
        names = list(self.pools["services"])
        scale = {"ac_repair": 1.7, "drain": 1.3, "leak": 1.1, "burst": 0.25, "gas": 0.35, "ducts": 0.45, "sewer": 0.5}
        weights = [self.pools["services"][name]["months"][when.month - 1] * scale.get(name, 0.8) for name in names]
        return str(self.rng.choices(names, weights)[0])

    def request(self, when: datetime) -> None:
        """Make one request, its repetitions and what becomes of it."""
        if self.world.chance(0.075):
            self.junk(when)
            return
        house = self.pick_house(when)
        person = self.requester(house)
        channel = "scheduler" if self.world.chance(0.38) else "form"
        lead = Lead(house, person, when, self.need(when), channel)
        self.forms.fill(lead)
        self.leads.append(lead)
        last = self.repeat(lead)
        self.outcome(lead, last)

    def junk(self, when: datetime) -> None:
        """Make spam, a request outside the area or for work that the office does not do."""
        world, rng = self.world, self.rng
        house = self.make_house("home")
        lead = Lead(house, house.people[0], when, self.need(when), "form")
        kind = rng.choices(["spam", "far", "wrong"], [45, 35, 20])[0]
        if kind == "far":
            city, state, code = rng.choice(self.pools["far"])
            house.place.city, house.place.state, house.place.zip = city, state, code
        self.forms.fill(lead)
        if kind == "spam":
            lead.row["first_name"], lead.row["last_name"] = rng.choice(self.pools["spam_names"])
            lead.row.update(
                {
                    "message": rng.choice(self.pools["spam"]),
                    "street_address": "",
                    "city": "",
                    "state": "",
                    "email": f"info{rng.randrange(1000)}@promo{rng.randrange(60)}.example",
                }
            )
        elif kind == "wrong":
            text = rng.choice(self.pools["wrong"])
            lead.row["message"] = world.typo(text) if world.chance(0.2) else text
        self.leads.append(lead)

    def repeat(self, lead: Lead) -> datetime:
        """Maybe repeat a submission, and return the time of the last one."""
        world, rng = self.world, self.rng
        kind = rng.choices(["", "click", "other", "nag"], [915, 40, 28, 17])[0]
        if not kind or len(self.leads) >= self.count:
            return lead.when
        low, high = {"click": (0.0005, 0.04), "other": (0.03, 6), "nag": (20, 130)}[kind]
        delay = rng.uniform(low, high)
        person = lead.person
        if kind != "click" and len(lead.house.people) > 1 and world.chance(0.2):
            person = rng.choice(lead.house.people)
        channel = lead.channel if kind == "click" else rng.choice(["form", "scheduler"])
        twin = Lead(lead.house, person, lead.when + timedelta(hours=delay), lead.service, channel)
        if kind == "click":
            twin.row = dict(lead.row)
        else:
            self.forms.fill(twin)
            twin.row["ip_address"] = lead.row["ip_address"]
        self.leads.append(twin)
        self.groups.append([lead, twin])
        return twin.when

    # ---- people ----

    def pick_house(self, when: datetime) -> House:
        """Return who asks: a former requester, a firm, an old customer or a new person."""
        world = self.world
        if self.again and world.chance(0.12):
            spot = self.rng.randrange(len(self.again))
            ready, house = self.again[spot]
            if ready < when:
                self.again[spot] = self.again[-1]
                self.again.pop()
                return house
        if world.chance(0.025):
            firm = self.rng.choice(self.firms)
            if not firm.spans or self.settled(firm, when):
                return self.rental(firm)
        kinds = ["home", "tenant", "landlord", "parent", "business"]
        house = self.make_house(self.rng.choices(kinds, [82, 7, 3, 3, 5])[0])
        self.houses.append(house)
        if world.chance(0.22):
            self.make_old(house, when)
        return house

    def settled(self, house: House, when: datetime) -> bool:
        """Tell whether the last request before this time has led to its job already."""
        spans = [span for span in house.party().spans if span[0] - timedelta(hours=1) <= when]
        return not spans or (spans[-1][1] is not None and spans[-1][1] < when)

    def make_house(self, kind: str) -> House:
        """Return a new household or small business."""
        world = self.world
        place = world.place()
        first = world.person(place.state)
        house = House([first], place, kind)
        if kind == "business":
            house.firm = f"{self.rng.choice(self.pools['company_a'])} {self.rng.choice(self.pools['company_b'])}"
            if world.chance(0.6):
                local = self.rng.choice([first.first.lower().replace(" ", ""), "office", "info", "manager"])
                first.email = f"{local}@{''.join(c for c in house.firm.lower() if c.isalpha())}.example"
        elif kind == "tenant":
            owner = House([world.person(place.state)], world.place(), "home")
            house.owner = house.key = owner
        elif kind == "parent":
            last = first.last if world.chance(0.5) else ""
            house.people.append(world.person(place.state, last))
        elif world.chance(0.55):
            female = first.first not in self.pools["first_f"]
            house.people.append(world.person(place.state, "" if world.chance(0.07) else first.last, female))
        return house

    def make_firm(self) -> House:
        """Return a property manager with two people in its office."""
        world = self.world
        place = world.place()
        firm = House([world.person(place.state) for _ in range(2)], place, "firm")
        firm.firm = f"{self.rng.choice(self.pools['company_a'])} {self.rng.choice(self.pools['company_pm'])}"
        domain = "".join(letter for letter in firm.firm.lower() if letter.isalpha())[:24]
        line = world.phone(place.state)
        for person in firm.people:
            person.email = f"{person.first.lower().replace(' ', '')}@{domain}.example"
            person.second = line
        opened = self.start - timedelta(days=self.rng.randrange(30, 170))
        firm.account = Account(
            firm.firm, "Commercial", [line, firm.people[0].phone], firm.people[0].email, place, opened
        )
        self.houses.append(firm)
        return firm

    def rental(self, firm: House) -> House:
        """Return one of the places that a property manager rents out."""
        unit = House(firm.people, self.world.place(), "managed", firm.firm, firm, None, firm.account, firm)
        self.houses.append(unit)
        return unit

    def make_old(self, house: House, when: datetime) -> None:
        """Give a household a customer record and jobs from before its request."""
        world = self.world
        first_day = self.start - timedelta(days=170)
        opened = first_day + (when - first_day) * self.rng.uniform(0, 0.92)
        if house.kind == "home" and world.chance(0.08):
            house.before, house.place = house.place, world.place()
        account = self.open_account(house, opened, None)
        if house.before:
            account.billing = house.before if world.chance(0.6) else house.place
        for _ in range(self.rng.choice([1, 1, 1, 2, 2, 3])):
            created = opened + (when - opened) * self.rng.random() * 0.9
            self.history.append((house, self.business_hours(created), house.before or house.place))

    def requester(self, house: House) -> Person:
        """Return who of the household fills in the form."""
        people = house.people
        if house.kind == "parent" and len(people) > 1:
            return people[1]
        return people[1] if len(people) > 1 and self.world.chance(0.3) else people[0]

    def open_account(self, house: House, when: datetime, lead: Lead | None) -> Account:
        """Open a customer record for a household, from its request or from a phone call."""
        world, rng = self.world, self.rng
        payer = house.owner if house.owner and world.chance(0.65) else house
        if payer.account:
            house.account = payer.account
            return payer.account
        person = lead.person if lead and payer is house and house.kind != "parent" else rng.choice(payer.people[:2])
        if house.kind == "parent":
            person = house.people[0]
        account = Account(
            self.record_name(payer, person),
            "Commercial" if payer.firm else "Residential",
            [],
            "",
            self.billing(payer),
            when,
        )
        account.phones = [person.phone] + [person.second] * bool(person.second and world.chance(0.35))
        account.phones += [other.phone for other in payer.people if other is not person and world.chance(0.35)]
        account.email = person.email if world.chance(0.88 if lead else 0.6) else ""
        if lead:
            self.note_contact(account, lead, 0.93 if payer is house else 0.35)
        payer.account = house.account = account
        return account

    def billing(self, payer: House) -> Place:
        """Return the billing address; landlords live elsewhere."""
        return self.world.place() if payer.kind == "landlord" else payer.place

    def note_contact(self, account: Account, lead: Lead, share: float) -> None:
        """Maybe add the phone and email of the request to the customer record."""
        typed = "".join(letter for letter in lead.row["phone_number"] if letter.isdigit())[-10:]
        if typed and typed not in account.phones and self.world.chance(share):
            account.phones.insert(0 if self.world.chance(0.4) else len(account.phones), typed)
        if not account.email and lead.row["email"] and self.world.chance(share * 0.6):
            account.email = lead.row["email"].lower()

    def record_name(self, payer: House, person: Person) -> str:
        """Return the name as the office types it into the customer record."""
        world, rng = self.world, self.rng
        if payer.firm:
            return payer.firm
        first = self.pools["nick"].get(person.first, person.first) if world.chance(0.1) else person.first
        last = world.typo(person.last) if world.chance(0.012) else person.last
        mates = [one for one in payer.people if one is not person and one.last == person.last]
        if mates and payer.kind == "home" and world.chance(0.14):
            return f"{first} {rng.choice(['&', 'and'])} {mates[0].first} {last}"
        styles = [f"{first} {last}", f"{last}, {first}", f"{first} {last}".upper()]
        return rng.choices(styles, [82, 15, 3])[0]

    # ---- bookings ----

    def outcome(self, lead: Lead, last: datetime) -> None:
        """Decide what becomes of a request and record when its first job was made."""
        service = self.pools["services"][lead.service]
        base = 0.73 if lead.channel == "scheduler" else 0.53
        base += 0.2 * (lead.house.kind == "managed") + 0.08 * (lead.house.account is not None)
        base -= 0.05 * (last.month in (7, 8)) + 0.12 * self.frozen(last)
        created = self.respond(lead, last)
        if created > self.export or not self.world.chance(base * service["win"]):
            lead.house.party().spans.append((lead.when, None))
            return
        kept = self.book(lead, created)
        lead.house.party().spans.append((lead.when, created if kept else None))

    def respond(self, lead: Lead, last: datetime) -> datetime:
        """Return when the office makes the job for a request."""
        rng, kind = self.rng, self.rng.random()
        if kind < 0.01 and lead.when.hour in range(9, 17):
            return last - timedelta(minutes=rng.randrange(2, 25))
        if lead.channel == "scheduler" and kind < 0.5:
            return last + timedelta(minutes=rng.randrange(0, 6), seconds=rng.randrange(60))
        busy = 3.0 if last.month in (6, 7, 8) or self.frozen(last) else 1.0
        minutes = math.exp(rng.gauss(math.log(22 * busy), 1.0))
        if kind > 0.97:
            minutes = 1440 * rng.uniform(5, 38)
        elif kind > 0.87:
            minutes = 1440 * rng.uniform(0.7, 4)
        when = last + timedelta(minutes=minutes)
        return when if self.world.chance(0.08) else self.business_hours(when)

    def business_hours(self, when: datetime) -> datetime:
        """Move a time to the next hour when the office answers."""
        minute = when.hour * 60 + when.minute
        shut = 1080 if when.weekday() < 5 else 780 if when.weekday() == 5 else 0
        if 450 <= minute < shut:
            return when
        day = when if minute < 450 and shut else when + timedelta(days=1)
        day += timedelta(days=day.weekday() == 6)
        return day.replace(hour=7, minute=30) + timedelta(minutes=self.rng.randrange(2, 120))

    def book(self, lead: Lead, created: datetime) -> bool:
        """Book the first job of a request and what follows, and tell whether the customer stayed."""
        world, house = self.world, lead.house
        account = house.account or self.open_account(house, created, lead)
        if account.opened < created:
            self.note_contact(account, lead, 0.6)
        job = self.make_job(account, house.place, created, lead.service)
        wide = self.pools["other_campaigns"]
        job.campaign = self.rng.choice(self.pools["web_campaigns"] if world.chance(0.74) else wide)
        job.by = "Online Booking" if lead.channel == "scheduler" and world.chance(0.6) else job.by
        self.explain(job, lead)
        self.jobs.append(job)
        if world.chance(0.06):
            self.cancel(job)
            if not world.chance(0.4):
                return False
            job = self.rebook(job)
        self.truth.append((lead, job))
        self.follow(lead, job)
        self.again.append((job.created + timedelta(days=70), house))
        return True

    def explain(self, job: Job, lead: Lead) -> None:
        """Put the contact at the place into the job when it is not the customer of the record."""
        world, house, person = self.world, lead.house, lead.person
        if house.kind in ("tenant", "managed"):
            who = person if house.kind == "tenant" else None
            if who and world.chance(0.8):
                job.contact = who.phone
            if who and world.chance(0.6):
                job.summary += f" Tenant {who.first} {who.last} {pretty(who.phone)}."
            elif not who and world.chance(0.5):
                job.summary += f" Auth by {person.first} w/ mgmt. PO {self.rng.randrange(1000, 9999)}."
        elif house.kind == "parent" and world.chance(0.7):
            child = self.rng.choice(["Daughter", "Son", "Child"])
            job.summary += f" {child} {person.first} is contact, {person.phone}."
        elif person is not house.people[0] and world.chance(0.25):
            job.summary += f" Ask for {person.first}."

    def make_job(self, account: Account, place: Place, created: datetime, name: str) -> Job:
        """Return a job of a service, with its visit and total."""
        world, rng, service = self.world, self.rng, self.pools["services"][name]
        wait = rng.choices([0, 1, 2, 3, 5, 8], [30, 34, 16, 10, 7, 3])[0]
        summary = world.fill(rng.choice(world.texts[name]["sums"]))
        if world.chance(0.45):
            summary += " " + world.fill(rng.choice(self.pools["extra"]))
        low, high = service["total"]
        free = high == 0 or world.chance(0.07 if low else 0.5)
        total = 0.0 if free else round(max(low, 49) + (high - max(low, 49)) * rng.random() ** 2, 2)
        return Job(
            account,
            place,
            created,
            self.visit(created, wait),
            service["unit"],
            rng.choice(service["types"]),
            rng.choice(self.pools["other_campaigns"]),
            summary,
            total,
            by=rng.choice(self.pools["csrs"]),
            tech=rng.choice(self.pools["techs"]),
        )

    def visit(self, created: datetime, wait: int) -> datetime:
        """Return the start of a visit some days after the booking, not on Sunday."""
        day = created + timedelta(days=wait)
        day += timedelta(days=day.weekday() == 6)
        start = day.replace(hour=self.rng.choice([8, 9, 10, 12, 13, 14, 16]), minute=0, second=0)
        return start if start > created else created + timedelta(hours=self.rng.choice([1, 2, 3]))

    def cancel(self, job: Job) -> None:
        """Turn a job into a canceled one."""
        job.status, job.total = "Canceled", 0.0
        if self.world.chance(0.6):
            job.summary += " " + self.rng.choice(self.pools["cancel_sums"])

    def rebook(self, old: Job) -> Job:
        """Book a canceled job again a few days later."""
        created = self.business_hours(old.created + timedelta(days=self.rng.uniform(0.5, 9)))
        job = Job(
            old.account,
            old.place,
            created,
            self.visit(created, self.rng.randrange(4)),
            old.unit,
            old.type,
            old.campaign,
            old.summary,
            round(self.rng.uniform(89, 700), 2),
            contact=old.contact,
            by=self.rng.choice(self.pools["csrs"]),
            tech=old.tech,
        )
        for text in self.pools["cancel_sums"]:
            job.summary = job.summary.replace(" " + text, "")
        if self.world.chance(0.6):
            job.origin = old
            job.summary += " Rebook of {ref}."
        self.jobs.append(job)
        return job

    def follow(self, lead: Lead, job: Job) -> None:
        """Add the work that continues a first job, and callbacks."""
        world, rng, service = self.world, self.rng, self.pools["services"][lead.service]
        last = job
        if world.chance(service["follow"]):
            last = self.continue_work(lead, job, service["kind"])
            if service["kind"] == "install" and last is not job and world.chance(0.15):
                self.finish(lead, job, last)
        if world.chance(0.045):
            self.callback(lead, last)
        elif service["total"][1] == 0 and last is job and world.chance(0.035):
            created = self.business_hours(job.created + timedelta(days=rng.uniform(120, 260)))
            if created < self.end:
                late = self.make_job(job.account, job.place, created, lead.service)
                self.jobs.append(late)
                self.unclear.append((lead, late))

    def continue_work(self, lead: Lead, job: Job, kind: str) -> Job:
        """Book the install after the estimate or the return visit with the part."""
        world, rng = self.world, self.rng
        days = rng.uniform(1, 9) if kind == "part" else min(60.0, rng.expovariate(1 / 9) + 1)
        created = self.business_hours(job.scheduled + timedelta(days=days * 0.7))
        if created > self.export:
            return job
        account = self.double(job, created) if world.chance(0.02) else job.account
        types = self.pools["part_types"] if kind == "part" else self.pools["install_types"][job.unit]
        total = round(rng.uniform(120, 1100) if kind == "part" else rng.uniform(1400, 13800), 2)
        text = rng.choice(self.pools["part_sums" if kind == "part" else "install_sums"])
        if account is not job.account and "{ref}" not in text:
            text += " Orig job {ref}."
        more = Job(
            account,
            job.place,
            created,
            self.visit(created, rng.randrange(1, 8)),
            job.unit,
            rng.choice(types),
            job.campaign if world.chance(0.7) else "Existing Customer",
            text,
            total,
            contact=job.contact,
            by=rng.choice(self.pools["csrs"]),
            tech=rng.choice(self.pools["techs"]),
            origin=job,
        )
        if kind == "install" and world.chance(0.7):
            self.projects += 1
            job.project = more.project = [self.projects]
        if kind == "install":
            more.unit = more.unit.replace("Sales", "Install")
        self.jobs.append(more)
        self.truth.append((lead, more))
        return more

    def double(self, job: Job, when: datetime) -> Account:
        """Open a second record for the same customer by mistake."""
        old = job.account
        return Account(old.name.title(), old.kind, old.phones[-1:], "", job.place, when)

    def finish(self, lead: Lead, first: Job, install: Job) -> None:
        """Book the second day or the inspection after an install."""
        created = self.business_hours(install.scheduled + timedelta(days=self.rng.uniform(0.2, 6)))
        if created > self.export:
            return
        job = Job(
            install.account,
            install.place,
            created,
            self.visit(created, 1),
            install.unit,
            self.rng.choice(["Install Day 2", "Final Inspection", "Start Up"]),
            install.campaign,
            self.rng.choice(self.pools["inspect_sums"]),
            0.0,
            contact=install.contact,
            by=install.by,
            tech=install.tech,
            origin=install,
            project=first.project,
        )
        self.jobs.append(job)
        self.truth.append((lead, job))

    def callback(self, lead: Lead, job: Job) -> None:
        """Book a free correction, sometimes after a request for it."""
        world, rng = self.world, self.rng
        wanted = self.business_hours(job.scheduled + timedelta(days=rng.uniform(1, 40)))
        if wanted > self.end:
            return
        created = wanted + timedelta(minutes=rng.randrange(5, 90))
        recall = Job(
            job.account,
            job.place,
            created,
            self.visit(created, rng.randrange(3)),
            job.unit,
            rng.choice(["Recall", "Warranty Call", "Callback"]),
            rng.choice(self.pools["other_campaigns"]),
            rng.choice(self.pools["recall_sums"]),
            0.0,
            contact=job.contact,
            by=rng.choice(self.pools["csrs"]),
            tech=job.tech,
            origin=job,
            recall=job if world.chance(0.75) else None,
        )
        self.jobs.append(recall)
        if world.chance(0.12) and len(self.leads) < self.count:
            again = Lead(lead.house, lead.person, wanted, lead.service, "form")
            self.forms.fill(again)
            again.row["message"] = rng.choice(self.pools["recall_msgs"])
            self.leads.append(again)
            lead.house.party().spans.append((wanted, created))
            self.unclear.append((again, recall))

    # ---- jobs without a request ----

    def background(self) -> None:
        """Add plan visits, repeat calls, firms and customers who never used the website."""
        for house in self.houses:
            house.party().spans.sort(key=lambda span: span[0])
        for house, when, place in self.history:
            self.call(house, when, place)
        for house in list(self.houses):
            if house.account and house.kind != "firm":
                self.later_calls(house)
        for firm in self.firms:
            for _ in range(self.rng.randrange(5, 22)):
                rented = self.rental(firm)
                self.call(rented, self.any_time(), rented.place)
        self.strangers()

    def strangers(self) -> None:
        """Add the customers who never used the website, with their calls and plan visits."""
        world, rng = self.world, self.rng
        for _ in range(round(self.count * 1.55)):
            house = self.make_house(rng.choices(["home", "landlord", "business", "tenant"], [85, 3, 8, 4])[0])
            if self.houses and world.chance(0.05):
                self.resemble(house, rng.choice(self.houses))
            for when in sorted(self.any_time() for _ in range(rng.choices([1, 2, 3, 4], [62, 22, 10, 6])[0])):
                self.call(house, when, house.place)
            if world.chance(0.16):
                self.plan(house)

    def any_time(self) -> datetime:
        """Return a business time within the export."""
        first = self.start - timedelta(days=170)
        while True:
            when = first + timedelta(days=self.rng.randrange((self.end - first).days + 20))
            if self.rng.random() * 1.6 < MONTHS[when.month - 1]:
                return self.business_hours(when.replace(hour=self.rng.randrange(7, 18), minute=self.rng.randrange(60)))

    def resemble(self, house: House, other: House) -> None:
        """Turn a household into a relative or a neighbor of another one."""
        if other.place.number.isdigit() and self.world.chance(0.5):
            house.place = self.world.place(other.place)
        else:
            house.place.city, house.place.state, house.place.zip = other.place.city, other.place.state, other.place.zip
        if self.world.chance(0.6):
            for person in house.people:
                person.last = other.people[0].last
                person.email = self.world.email(person.first, person.last)

    def later_calls(self, house: House) -> None:
        """Add unrelated calls and plan visits of a household that used the website."""
        if self.world.chance(0.22):
            for _ in range(self.rng.choice([1, 1, 2])):
                self.call(house, self.any_time(), house.place)
        if self.world.chance(0.17) and house.kind in ("home", "business", "parent"):
            self.plan(house)

    def allowed(self, house: House, when: datetime) -> bool:
        """Tell whether an unrelated job may lie here: seldom between a request and its job."""
        if self.settled(house, when):
            return True
        if self.strays and self.world.chance(0.1):
            self.strays -= 1
            return True
        return False

    def call(self, house: House, when: datetime, place: Place) -> None:
        """Book a job that came by phone."""
        if not self.allowed(house, when) or when > self.export:
            return
        if house.account and when < house.account.opened:
            return
        account = house.account or self.open_account(house, when, None)
        job = self.make_job(account, place, when, self.need(when))
        if house.kind == "tenant" and house.owner and self.world.chance(0.6):
            job.contact = house.people[0].phone
        self.jobs.append(job)
        if self.world.chance(0.05):
            self.cancel(job)
        elif self.world.chance(0.13):
            more = self.phone_follow(job)
            if self.allowed(house, more.created):
                self.jobs.append(more)

    def phone_follow(self, job: Job) -> Job:
        """Return the further work of a job that came by phone."""
        created = self.business_hours(job.scheduled + timedelta(days=self.rng.uniform(1, 14)))
        install = "Sales" in job.unit or "Drain" in job.unit
        types = self.pools["install_types"][job.unit] if install else self.pools["part_types"]
        texts = self.pools["install_sums" if install else "part_sums"]
        more = Job(
            job.account,
            job.place,
            created,
            self.visit(created, self.rng.randrange(1, 6)),
            job.unit.replace("Sales", "Install"),
            self.rng.choice(types),
            job.campaign,
            self.rng.choice(texts),
            round(self.rng.uniform(150, 9000 if install else 900), 2),
            contact=job.contact,
            by=job.by,
            tech=job.tech,
            origin=job,
        )
        if install and self.world.chance(0.7):
            self.projects += 1
            job.project = more.project = [self.projects]
        return more

    def plan(self, house: House) -> None:
        """Add spring and fall visits of the membership."""
        if not house.account:
            return
        house.account.member = True
        day = house.account.opened + timedelta(days=self.rng.randrange(60, 200))
        while day < self.end:
            created = self.business_hours(day)
            if self.allowed(house, created):
                self.jobs.append(
                    Job(
                        house.account,
                        house.place,
                        created,
                        self.visit(created, self.rng.randrange(3, 20)),
                        "HVAC Maintenance",
                        self.rng.choice(self.pools["plan_types"]),
                        "Membership",
                        self.rng.choice(self.pools["plan_sums"]),
                        self.rng.choice([0.0, 0.0, 0.0, 139.0]),
                        by=self.rng.choice(self.pools["csrs"]),
                        tech=self.rng.choice(self.pools["techs"]),
                    )
                )
            day += timedelta(days=self.rng.randrange(150, 215))

    # ---- numbers ----

    def number(self) -> None:
        """Number jobs, customers and submissions in the order of their creation."""
        self.jobs = [job for job in self.jobs if job.created <= self.export]
        number = self.rng.randrange(20_000_000, 60_000_000)
        accounts = dict.fromkeys(job.account for job in self.jobs)
        for job in self.jobs:
            number += self.rng.randrange(3, 90)
            job.number = number
            if job.status == "Completed" and job.scheduled > self.export:
                job.status, job.total = self.rng.choice(["Scheduled", "Scheduled", "Hold"]), 0.0
        number = self.rng.randrange(1_000_000, 9_000_000)
        for account in sorted(accounts, key=lambda account: account.opened):
            number += self.rng.randrange(2, 60)
            account.number = number
        number = self.rng.randrange(10_000, 90_000)
        for lead in self.leads:
            number += self.rng.randrange(1, 6)
            lead.id = f"{'OS' if lead.channel == 'scheduler' else 'LP'}-{number}"


class Export:
    """Write the files of an office."""

    def __init__(self, office: Office) -> None:
        """Keep the office and list the customer records that have jobs."""
        self.office = office
        self.accounts = sorted(
            {job.account.number: job.account for job in office.jobs}.values(), key=lambda account: account.number
        )

    def write(self, folder: Path) -> None:
        """Write all files into the folder."""
        office = self.office
        leads = [self.lead_row(lead) for lead in office.leads]
        jobs = {id(job): self.job_row(job) for job in office.jobs}
        truth = [(lead, job) for lead, job in office.truth if id(job) in jobs]
        unclear = [(lead, job) for lead, job in office.unclear if id(job) in jobs]
        unclear += Check(truth, jobs).hidden()
        save(folder / "leads.csv", LEAD_COLUMNS, leads)
        save(folder / "jobs.csv", JOB_COLUMNS, list(jobs.values()))
        save(folder / "customers.csv", CUSTOMER_COLUMNS, [self.customer_row(account) for account in self.accounts])
        for name, pairs in (("truth", truth), ("ambiguous", unclear)):
            rows = [{"lead_id": lead.id, "job_id": str(job.number)} for lead, job in pairs]
            save(folder / f"{name}.csv", ["lead_id", "job_id"], sorted(rows, key=lambda row: row["job_id"]))
        groups = [
            {"lead_id": lead.id, "group_id": f"G{index}"}
            for index, group in enumerate(office.groups, 1)
            for lead in group
        ]
        save(folder / "lead_groups.csv", ["lead_id", "group_id"], groups)

    def lead_row(self, lead: Lead) -> dict[str, str]:
        """Return one row of the form tool."""
        when = to_utc(lead.when)
        return lead.row | {
            "lead_id": lead.id,
            "date_submitted": f"{when:%Y-%m-%d}",
            "time_submitted": f"{when:%I:%M %p} UTC",
        }

    def job_row(self, job: Job) -> dict[str, str]:
        """Return one row of the job report."""
        account, place = job.account, job.place
        done = job.status == "Completed"
        return {
            "Job #": str(job.number),
            "Job Status": job.status,
            "Created Date": us_date(job.created, clock=True),
            "Scheduled Date": us_date(job.scheduled),
            "Completion Date": us_date(job.scheduled) if done else "",
            "Customer ID": str(account.number),
            "Customer Name": account.name,
            "Customer Type": account.kind,
            "Customer Phone": pretty(account.phones[0]),
            "Customer Email": account.email,
            "Other Phones": "; ".join(pretty(phone) for phone in account.phones[1:]),
            "Location Street": place.line(),
            "Location City": place.city,
            "Location State": place.state,
            "Location Zip": place.zip,
            "Location Phone": pretty(job.contact),
            "Billing Address": account.billing.full(),
            "Business Unit": job.unit,
            "Job Type": job.type,
            "Jobs Campaign": job.campaign,
            "Booked By": job.by,
            "Primary Technician": "" if job.status in ("Canceled", "Hold") else job.tech,
            "Project Number": f"P{10400 + job.project[0]}" if job.project else "",
            "Recall For": str(job.recall.number) if job.recall else "",
            "Membership": "Comfort Club" if account.member else "",
            "Jobs Total": f"{job.total:,.2f}",
            "Summary": job.summary.replace("{ref}", str(job.origin.number) if job.origin else ""),
        }

    def customer_row(self, account: Account) -> dict[str, str]:
        """Return one row of the customer list."""
        place = account.billing
        return {
            "Customer ID": str(account.number),
            "Customer Name": account.name,
            "Type": account.kind,
            "Billing Street": place.line(),
            "Billing City": place.city,
            "Billing State": place.state,
            "Billing Zip": place.zip,
            "Phone Numbers": "; ".join(pretty(phone) for phone in account.phones),
            "Email": account.email,
            "Member": "Yes" if account.member else "No",
            "Created On": us_date(account.opened),
        }


class Check:
    """Find true pairs whose records share nothing."""

    def __init__(self, truth: list[tuple[Lead, Job]], jobs: dict[int, dict[str, str]]) -> None:
        """Keep the true pairs and the rows of the jobs."""
        self.truth, self.jobs = truth, jobs

    def hidden(self) -> list[tuple[Lead, Job]]:
        """Return the pairs that cannot be found, directly or through an earlier job."""
        found: dict[int, tuple[set[str], set[int]]] = {}
        hidden: list[tuple[Lead, Job]] = []
        for lead, job in self.truth:
            numbers, accounts = found.setdefault(id(lead), (set(), set()))
            refers = any(number in self.jobs[id(job)]["Summary"] for number in sorted(numbers))
            if job.account.number in accounts or refers or self.shares(lead, self.jobs[id(job)]):
                numbers.add(str(job.number))
                accounts.add(job.account.number)
            else:
                hidden.append((lead, job))
        return hidden

    def shares(self, lead: Lead, row: dict[str, str]) -> bool:
        """Tell whether a request and a job share a phone, an email, a street or a name."""
        phone = "".join(letter for letter in lead.row["phone_number"] if letter.isdigit())[-10:]
        summary = row["Summary"].lower()
        dialed = [row["Customer Phone"], row["Other Phones"], row["Location Phone"], row["Summary"]]
        digits = "".join(letter for letter in " ".join(dialed) if letter.isdigit())
        street = lead.row["street_address"].lower().split()
        lines = row["Location Street"].lower(), row["Billing Address"].lower()
        last = lead.row["last_name"].lower()
        first = lead.row["first_name"].lower()
        return bool(
            (phone and phone in digits)
            or (lead.row["email"] and lead.row["email"].lower() == row["Customer Email"].lower())
            or (street and any(line.split()[0] == street[0] for line in lines))
            or (last and (last in row["Customer Name"].lower() or last in summary))
            or (first and f" {first} " in f" {summary.replace('.', ' ')} ")
        )


def save(path: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    """Write rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the files of one made-up office into an existing folder."""
    pools = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    office = Office(random.Random(f"sabine-{seed}"), pools, leads)
    office.run()
    Export(office).write(folder)
