"""Generate requests and jobs of a heating, cooling, oil and electrical contractor.

The office works in northwestern New Jersey and the Lehigh Valley of Pennsylvania.
Requests come from a form plugin, an online scheduler and a call tracker, merged into one lead list.
The form plugin stamps its entries in UTC. The other two tools and the job export use the office clock.
True are the first visit booked because of a request, and installs and part visits that continue it.
Continuing jobs keep the customer number, and carry the project number or name the first job in the summary.
Not true are plan visits, oil deliveries after the first one, canceled jobs, recalls and later calls.
A recall with its own request is listed as ambiguous, and so is a true pair that shares nothing.
Hard are spouses, tenants, landlords and property managers, moved customers and old records on an address.
Hard are also double customer records, fathers and sons, misleading campaigns and calls without a name.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

# All times are the office's wall clock; the zone is a formality.
POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
LAST_DAY = datetime(2025, 12, 31, 18, tzinfo=UTC)
IMPORTED = datetime(2020, 1, 2, tzinfo=UTC)  # the day when the office moved its older customers to the software
EXCHANGES = ("555", "055", "155", "056", "156", "057", "157", "058", "158", "059", "159", "050", "150", "051")
MONTHS = {  # weight of each season's work from January to December
    "heat": (14, 12, 8, 4, 2, 1, 1, 1, 3, 8, 12, 13),
    "cool": (0.3, 0.3, 0.6, 2, 7, 14, 17, 12, 5, 1, 0.4, 0.3),
    "fall": (2, 1, 1, 1, 1, 1, 2, 5, 12, 14, 8, 3),
    "spring": (0.5, 1, 5, 13, 14, 7, 3, 1, 0.5, 0.5, 0.3, 0.3),
    "storm": (5, 5, 6, 5, 5, 6, 8, 12, 12, 9, 7, 5),
    "flat": (6, 6, 7, 7, 7, 7, 7, 7, 7, 7, 6, 6),
}
HOUR_WEIGHTS = (1, 0.5, 0.3, 0.2, 0.4, 1, 3, 6, 9, 10, 9, 8, 8, 7, 7, 7, 7, 7, 7, 7, 7, 6, 4, 2)
LEAD_COLUMNS = (
    "Entry ID",
    "Submitted",
    "Tool",
    "First Name",
    "Last Name",
    "Phone",
    "Email",
    "Street Address",
    "City",
    "State",
    "ZIP",
    "Service",
    "Message",
    "Preferred Date",
    "Call Duration",
    "Tracking Source",
    "Lead Status",
)
JOB_COLUMNS = (
    "Job Number",
    "Project Number",
    "Created Date",
    "Scheduled Date",
    "Completion Date",
    "Job Status",
    "Business Unit",
    "Job Type",
    "Customer ID",
    "Customer Name",
    "Customer Type",
    "Customer Phone",
    "Customer Mobile",
    "Customer Email",
    "Location Street",
    "Location City",
    "Location State",
    "Location Zip",
    "Billing Address",
    "Job Campaign",
    "Booked By",
    "Assigned Technicians",
    "Priority",
    "Tags",
    "Jobs Subtotal",
    "Jobs Total",
    "Summary",
    "Technician Notes",
)
CUSTOMER_COLUMNS = (
    "Customer ID",
    "Customer Name",
    "Type",
    "Phone",
    "Mobile",
    "Email",
    "Billing Street",
    "City",
    "State",
    "Zip",
    "Customer Since",
    "Active Membership",
)


@dataclass(slots=True)
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
        """Return the street line the way the office stores it."""
        return f"{self.number} {self.street} {self.suffix}{' ' + self.unit if self.unit else ''}"

    def full(self) -> str:
        """Return the address in one line."""
        return f"{self.line()}, {self.city}, {self.state} {self.zip}"


@dataclass(slots=True)
class Person:
    """Hold one person with a phone, a second phone and an email."""

    first: str
    last: str
    phone: str
    second: str
    email: str


@dataclass(slots=True)
class Record:
    """Hold one customer record of the office."""

    name: str
    kind: str
    phone: str
    mobile: str
    email: str
    billing: Place
    since: datetime
    last: str
    member: bool = False
    id: str = ""


@dataclass(slots=True)
class Household:
    """Hold the people and places that share a customer record."""

    people: list[Person]
    places: list[Place]
    kind: str
    tenants: dict[int, Person] = field(default_factory=dict)
    company: str = ""
    record: Record | None = None
    jobs: list[Job] = field(default_factory=list)
    leads: list[Lead] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Job:
    """Hold one job before numbers are given out."""

    record: Record
    place: Place
    created: datetime
    scheduled: datetime
    unit: str
    type: str
    campaign: str
    total: float
    summary: str
    notes: str
    booked_by: str
    tech: str
    parent: Job | None = None
    project: bool = False
    canceled: bool = False
    tags: str = ""
    lead: Lead | None = None
    number: str = ""
    project_number: str = ""


@dataclass(slots=True, eq=False)
class Lead:
    """Hold one request as its tool stored it."""

    tool: str
    when: datetime
    person: Person
    place: Place
    service: str
    shown: dict[str, str]
    house: Household | None = None
    group: int = 0
    converted: bool = False
    recall: Job | None = None
    id: str = ""


def summer_time(moment: datetime) -> bool:
    """Tell whether daylight saving time holds on the office clock."""
    march, november = date(moment.year, 3, 8), date(moment.year, 11, 1)
    start = march + timedelta(days=(6 - march.weekday()) % 7)
    end = november + timedelta(days=(6 - november.weekday()) % 7)
    return start <= moment.date() < end


def office_time(moment: datetime, rng: Random) -> datetime:
    """Move a time to the next time when the office answers."""
    if moment.hour >= 17 or moment.weekday() == 6 or (moment.weekday() == 5 and moment.hour >= 13):
        moment = (moment + timedelta(days=1)).replace(hour=7, minute=30) + timedelta(minutes=rng.randint(0, 150))
    elif moment.hour < 7:
        moment = moment.replace(hour=7, minute=30) + timedelta(minutes=rng.randint(0, 120))
    return office_time(moment, rng) if moment.weekday() == 6 else moment


def swap_typo(text: str, rng: Random) -> str:
    """Return the text with two neighboring characters swapped or one doubled or dropped."""
    if len(text) < 4:
        return text
    at = rng.randrange(1, len(text) - 1)
    kind = rng.random()
    if kind < 0.5:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if kind < 0.8 else text[:at] + text[at] + text[at:]


def digits(text: str) -> str:
    """Return only the last ten digits of a phone."""
    return re.sub(r"\D", "", text)[-10:]


class World:
    """Make people, places and texts for one seed."""

    def __init__(self, seed: int) -> None:
        """Choose this seed's share of the pools."""
        self.rng = rng = Random(f"kittatinny-{seed}")
        compound = [root + end for root in POOLS["last_roots"] for end in POOLS["last_ends"]]
        self.last = rng.sample(POOLS["last"], int(len(POOLS["last"]) * 0.75)) + rng.sample(compound, 150)
        self.last_weights = [rng.paretovariate(1.6) for _ in self.last]
        self.streets = rng.sample(POOLS["streets"], int(len(POOLS["streets"]) * 0.8))
        self.towns = [row.split("|") for row in POOLS["towns"]]
        self.town_weights = [float(row[3]) * rng.uniform(0.5, 1.5) for row in self.towns]
        self.town_streets = {row[2]: rng.sample(self.streets, 40) for row in self.towns}
        self.services = list(POOLS["services"])
        self.texts = {
            name: rng.sample(row["messages"], max(2, int(len(row["messages"]) * 0.8)))
            for name, row in POOLS["services"].items()
        }
        self.used: dict[str, int] = {}
        self.phones: set[str] = set()

    def phone(self, state: str) -> str:
        """Return an unused made-up phone number of ten digits."""
        areas = POOLS["area_codes"][state]
        area = self.rng.choice(areas if self.rng.random() < 0.93 else ["917", "570", "201", "215"])
        while True:
            count = self.used[area] = self.used.get(area, 0) + 1
            number: str = area + EXCHANGES[min(count // 7000, len(EXCHANGES) - 1)] + f"{self.rng.randrange(10000):04d}"
            if number not in self.phones:
                self.phones.add(number)
                return number

    def place(self, towns: list[list[str]] | None = None) -> Place:
        """Return a new address."""
        rng = self.rng
        if towns:
            town, streets = rng.choice(towns), self.streets
        else:
            town = rng.choices(self.towns, self.town_weights)[0]
            streets = self.town_streets[town[2]]
        name, suffix = rng.choice(streets).split("|")
        unit = rng.choice(("Apt ", "Unit ", "#")) + str(rng.randint(1, 24)) if rng.random() < 0.07 else ""
        number = str(rng.randint(1, 399) if rng.random() < 0.7 else rng.randint(400, 3200))
        return Place(number, name, suffix, unit, town[0], town[1], town[2])

    def email(self, first: str, last: str) -> str:
        """Return an email built of the name."""
        rng, a, b = self.rng, first.lower(), re.sub(r"[^a-z]", "", last.lower())
        stems = (f"{a}.{b}", f"{a}{b}", f"{a[0]}{b}", f"{a[0]}.{b}", f"{b}{a[0]}", f"{a}{b[0]}", f"{b}family")
        tail = rng.choice(("", "", rng.randint(2, 99), rng.randint(1955, 2003)))
        return f"{rng.choice(stems)}{tail}@{rng.choice(POOLS['domains'])}"

    def person(self, state: str, last: str = "", female: bool | None = None) -> Person:
        """Return a new person."""
        rng = self.rng
        female = rng.random() < 0.5 if female is None else female
        first = rng.choice(POOLS["first_f"] if female else POOLS["first_m"])
        last = last or rng.choices(self.last, self.last_weights)[0]
        return Person(first, last, self.phone(state), self.phone(state), self.email(first, last))

    def household(self, earlier: list[Household]) -> Household:
        """Return a new household, sometimes related to an earlier one."""
        rng, place = self.rng, self.place()
        kind = rng.choices(("home", "landlord", "manager", "business", "parent"), (88, 5, 1, 3.5, 2.5))[0]
        female = rng.random() < 0.5
        one = self.person(place.state, female=female)
        if earlier and rng.random() < 0.04:
            relative = rng.choice(earlier)
            one = self.person(place.state, relative.people[0].last, female)
            if rng.random() < 0.2:
                one.first = relative.people[0].first
        house = Household([one], [place], kind)
        if kind == "parent":
            house.people.append(self.person(place.state, one.last if rng.random() < 0.5 else ""))
        elif kind in ("home", "landlord") and rng.random() < 0.66:
            house.people.append(self.person(place.state, one.last if rng.random() < 0.87 else "", not female))
        self.add_places(house)
        return house

    def add_places(self, house: Household) -> None:
        """Add rentals, units, tenants, a second home or a company name."""
        rng = self.rng
        extra = {"landlord": rng.randint(1, 3), "manager": rng.randint(6, 20)}.get(house.kind, int(rng.random() < 0.03))
        base = self.place()
        for number in range(1, extra + 1):
            place = self.place()
            if house.kind == "manager" and rng.random() < 0.5:
                place = Place(base.number, base.street, base.suffix, f"Apt {number}", base.city, base.state, base.zip)
            house.places.append(place)
            if house.kind in ("landlord", "manager"):
                house.tenants[number] = self.person(place.state)
        head = rng.choice(POOLS["companies"])
        if house.kind == "manager":
            house.company = f"{head} {rng.choice(POOLS['pm_tail'])}"
        elif house.kind == "business":
            house.company = f"{head} {rng.choice(POOLS['biz_tail'])}"


class Office:
    """Run the office: requests come in, jobs are made."""

    def __init__(self, seed: int, count: int) -> None:
        """Set the period of the data and an empty office."""
        self.world = World(seed)
        self.rng = self.world.rng
        self.count = count
        self.days = int(min(2080, max(60, count * 0.6)))
        latest = (datetime(2025, 11, 20, tzinfo=UTC) - datetime(2020, 1, 6, tzinfo=UTC)).days - self.days
        self.start = datetime(2020, 1, 6, tzinfo=UTC) + timedelta(days=self.rng.randint(0, max(0, latest)))
        self.close = min(LAST_DAY, self.start + timedelta(days=self.days + 24))
        self.calendar = self.make_calendar()
        self.houses: list[Household] = []
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.records: list[Record] = []
        self.groups = 0

    def make_calendar(self) -> tuple[list[datetime], list[float]]:
        """Return the days of the period with their share of the requests."""
        days = [self.start + timedelta(days=number) for number in range(self.days)]
        season = (11, 9, 7, 6, 7, 10, 12, 9, 7, 8, 9, 10)
        noise = [self.rng.uniform(0.5, 1.6) for _ in range(self.days // 6 + 1)]
        weights = [
            season[day.month - 1] * noise[at // 6] * (0.6 if day.weekday() > 4 else 1) for at, day in enumerate(days)
        ]
        for at in range(1, len(weights)):
            weights[at] += weights[at - 1]
        return days, weights

    def moment(self) -> datetime:
        """Return a random time of a request."""
        day = self.rng.choices(self.calendar[0], cum_weights=self.calendar[1])[0]
        hour = self.rng.choices(range(24), HOUR_WEIGHTS)[0]
        return day + timedelta(hours=hour, seconds=self.rng.randrange(3600))

    def pick_service(self, when: datetime) -> str:
        """Return the kind of work a person asks for in that month."""
        rows = POOLS["services"]
        weights = [rows[name]["weight"] * MONTHS[rows[name]["season"]][when.month - 1] for name in self.world.services]
        return str(self.rng.choices(self.world.services, weights)[0])

    # Requests

    def message(self, service: str, person: Person, place: Place, core: str = "") -> str:
        """Return what a person types into the message field."""
        rng = self.rng
        text = core or rng.choice(self.world.texts[service])
        if rng.random() < 0.45:
            text = f"{rng.choice(POOLS['openers'])} {text}"
        if rng.random() < 0.5:
            text = f"{text} {rng.choice(POOLS['closers'])}"
        day = rng.choice(("Monday", "Tuesday", "Thursday", "Friday", "this week", "next week", "Saturday"))
        text = text.format(city=place.city, day=day, first=person.first, street=place.line(), age=rng.randint(11, 34))
        text = swap_typo(text, rng) if rng.random() < 0.12 else text
        return text.lower() if rng.random() < 0.12 else text

    def typed_phone(self, number: str) -> str:
        """Return a phone the way people type it."""
        rng = self.rng
        if rng.random() < 0.008:
            at = rng.randrange(6, 9)
            number = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
        form = rng.choice(("({}) {}-{}", "({}) {}-{}", "{}-{}-{}", "{}{}{}", "{}.{}.{}", "+1{}{}{}", "{} {} {}"))
        return form.format(number[:3], number[3:6], number[6:])

    def typed_street(self, place: Place) -> str:
        """Return a street line the way people type it."""
        rng = self.rng
        number = str(int(place.number) + rng.choice((-2, 2, 10))) if rng.random() < 0.006 else place.number
        number = number if int(number) > 0 else place.number
        street = swap_typo(place.street, rng) if rng.random() < 0.015 else place.street
        suffix = rng.choice(POOLS["suffix"][place.suffix]) if rng.random() < 0.55 else place.suffix
        suffix = "" if rng.random() < 0.04 else suffix
        unit = place.unit if rng.random() < 0.75 else ""
        line = " ".join(part for part in (number, street, suffix, unit) if part)
        return line.lower() if rng.random() < 0.1 else line.upper() if rng.random() < 0.02 else line

    def shown(self, tool: str, person: Person, place: Place) -> dict[str, str]:
        """Return the fields that the tool asks for."""
        rng = self.rng
        first = POOLS["nick"].get(person.first, person.first) if rng.random() < 0.28 else person.first
        last = swap_typo(person.last, rng) if rng.random() < 0.012 else person.last
        if rng.random() < 0.08:
            first, last = first.lower(), last.lower()
        email = person.email if rng.random() > 0.01 else swap_typo(person.email.split("@")[0], rng) + "@gmail.example"
        row = {
            "First Name": first,
            "Last Name": last,
            "Email": email,
            "Phone": self.typed_phone(person.second if rng.random() < 0.07 else person.phone),
        }
        if tool == "Call Tracking":
            return self.shown_call(row, person, place)
        if tool == "Online Scheduler" or rng.random() < 0.74:
            row.update({"Street Address": self.typed_street(place), "City": place.city, "State": place.state})
        row["ZIP"] = place.zip.lstrip("0") if rng.random() < 0.05 else place.zip if rng.random() < 0.96 else ""
        if tool == "Website Form":
            row["Last Name"] = "" if rng.random() < 0.012 else row["Last Name"]
            row["Email"] = "" if rng.random() < 0.03 else row["Email"]
            row["Phone"] = "" if rng.random() < 0.02 else row["Phone"]
        return row

    def shown_call(self, row: dict[str, str], person: Person, place: Place) -> dict[str, str]:
        """Return what the call tracker holds: caller id, and sometimes what the office typed in."""
        rng = self.rng
        row.update({"Phone": "+1" + digits(row["Phone"]), "Email": "", "City": place.city, "State": place.state})
        row["Call Duration"] = f"{rng.randint(0, 9)}:{rng.randint(0, 59):02d}"
        if rng.random() < 0.2:
            row["Last Name"] = ""
            row["First Name"] = rng.choice(("WIRELESS CALLER", f"{place.city.upper()} {place.state}", "", person.first))
        elif rng.random() < 0.35:
            row["First Name"], row["Last Name"] = person.first.upper(), person.last.upper()
        if row["Last Name"] and rng.random() < 0.72:
            row["Street Address"] = self.typed_street(place)
        if row["Last Name"] and rng.random() < 0.3:
            row["Email"] = person.email
        if rng.random() < 0.012:
            row["Phone"] = "Anonymous"
        return row

    def add_lead(
        self,
        when: datetime,
        person: Person,
        place: Place,
        service: str,
        *,
        core: str = "",
        tool: str = "",
        house: Household | None = None,
    ) -> Lead:
        """Make one request and keep it."""
        rng = self.rng
        tool = tool or rng.choices(("Website Form", "Online Scheduler", "Call Tracking"), (60, 23, 17))[0]
        if tool == "Call Tracking" and not 6 < when.hour < 19:
            when = when.replace(hour=rng.randint(8, 16))
        row = self.shown(tool, person, place)
        row["Service"] = rng.choice(POOLS["services"][service]["labels"]) if tool != "Call Tracking" else ""
        row["Message"] = self.message(service, person, place, core)
        if tool == "Call Tracking":
            row["Message"] = f"Call summary: {row['Message']}" if rng.random() < 0.3 else ""
        if tool == "Online Scheduler":
            row["Preferred Date"] = f"{when + timedelta(days=rng.randint(1, 9)):%m/%d/%Y}"
            row["Message"] = row["Message"] if rng.random() < 0.7 else ""
        lead = Lead(tool, when, person, place, service, row, house)
        sources = ("Google Organic", "Google Ads", "GMB Listing", "Direct", "Facebook", "Bing")
        row["Tracking Source"] = rng.choice(sources)
        self.leads.append(lead)
        if house:
            house.leads.append(lead)
        return lead

    def requester(self, house: Household) -> tuple[Person, Place]:
        """Choose who asks and for which address."""
        rng = self.rng
        at = rng.randrange(len(house.places))
        if house.kind in ("landlord", "manager") and len(house.places) > 1 and rng.random() < 0.85:
            at = rng.randrange(1, len(house.places))
        if at in house.tenants and rng.random() < 0.35:
            return house.tenants[at], house.places[at]
        if house.kind == "parent" and rng.random() < 0.7:
            return house.people[1], house.places[0]
        return house.people[0 if len(house.people) == 1 or rng.random() < 0.7 else 1], house.places[at]

    def repeat_lead(self, lead: Lead) -> None:
        """Let the person send the same request once more."""
        rng = self.rng
        if not lead.group:
            self.groups += 1
            lead.group = self.groups
        when, core, tool, person = lead.when, "", lead.tool, lead.person
        kind = rng.random()
        if kind < 0.4:
            when += timedelta(seconds=rng.randint(3, 240))
            copy = Lead(tool, when, person, lead.place, lead.service, dict(lead.shown), lead.house, lead.group)
            self.leads.append(copy)
            if lead.house:
                lead.house.leads.append(copy)
            return
        if kind < 0.7:
            when += timedelta(minutes=rng.randint(10, 2800))
            tool = rng.choice(("Website Form", "Online Scheduler", "Call Tracking"))
        else:
            when += timedelta(days=rng.randint(2, 12), hours=rng.randint(0, 5))
            core = rng.choice(POOLS["follow_msgs"])
        if lead.house and len(lead.house.people) > 1 and person in lead.house.people and rng.random() < 0.15:
            person = rng.choice(lead.house.people)
        self.add_lead(when, person, lead.place, lead.service, core=core, tool=tool, house=lead.house).group = lead.group

    # Records and jobs

    def make_record(self, house: Household, person: Person, since: datetime) -> Record:
        """Make a customer record in the words of the office."""
        rng = self.rng
        owner = house.people[0] if person not in house.people or house.kind == "parent" else person
        if owner is person and len(house.people) > 1 and rng.random() < 0.1:
            owner = next(other for other in house.people if other is not person)
        first = POOLS["nick"].get(owner.first, owner.first) if rng.random() < 0.2 else owner.first
        partner = next((other for other in house.people if other is not owner and other.last == owner.last), None)
        if partner and rng.random() < 0.13:
            first = f"{first} & {partner.first}"
        last = swap_typo(owner.last, rng) if rng.random() < 0.008 else owner.last
        name = house.company or (f"{last}, {first}" if rng.random() < 0.08 else f"{first} {last}")
        mobile = owner.second if rng.random() < 0.3 else ""
        if person is not owner and rng.random() < 0.6:
            mobile = person.phone
        phone = owner.second if rng.random() < 0.07 else owner.phone
        email = owner.email if rng.random() < 0.8 else ""
        kind = "Commercial" if house.company else "Residential"
        return Record(name, kind, phone, "" if mobile == phone else mobile, email, house.places[0], since, owner.last)

    def old_record(self, house: Household) -> None:
        """Give the household a record from the time before the requests, sometimes out of date."""
        rng = self.rng
        since = max(IMPORTED, self.start - timedelta(days=rng.randint(5, 2400)))
        record = self.make_record(house, house.people[0], since)
        state = house.places[0].state
        if rng.random() < 0.12:
            record.phone = self.world.phone(state)
        if rng.random() < 0.12 and record.email:
            record.email = record.email.split("@")[0].replace(".", "") + "@aol.example"
        if rng.random() < 0.05:
            record.billing = self.world.place()
        record.member = rng.random() < 0.3
        house.record = record
        self.records.append(record)

    def campaign(self, lead: Lead | None, known: bool) -> str:
        """Return the campaign the office marked."""
        rng = self.rng
        if lead and rng.random() < 0.68:
            return {"Website Form": "Website", "Online Scheduler": "Online Booking"}.get(lead.tool, "Google - Call")
        names = ("Existing Customer", "Referral", "Google My Business", "Website", "Yard Sign", "Unknown", "Radio")
        return rng.choices(names, (45 if known else 6, 16, 14, 4, 6, 12, 3))[0]

    def summary(self, service: str, person: Person, place: Place, record: Record) -> str:
        """Return the note of the person who booked the job."""
        rng = self.rng
        label = POOLS["services"][service]["labels"][0]
        number = f"{person.phone[:3]}-{person.phone[3:6]}-{person.phone[6:]}"
        text = str(rng.choice(POOLS["summary"])).format(svc=label, name=person.first, phone=number)
        if person.last != record.last and rng.random() < 0.9:
            text += f" Contact {person.first} {person.last} {number}."
        elif place is not record.billing and rng.random() < 0.5:
            text += " Tenant occupied, bill owner."
        return text

    def new_job(
        self,
        house: Household,
        record: Record,
        place: Place,
        service: str,
        *,
        created: datetime,
        person: Person,
        lead: Lead | None = None,
    ) -> Job:
        """Make the first job of a call."""
        rng, row = self.rng, POOLS["services"][service]
        online = lead is not None and lead.tool == "Online Scheduler" and rng.random() < 0.7
        urgent = row["unit"] in ("HVAC Service", "Oil Service")
        wait = rng.choice((0, 0, 0, 1, 1, 2, 3)) if urgent else rng.randint(1, 13)
        hour = rng.choice((8, 8, 9, 10, 11, 12, 13, 14, 15))
        scheduled = (created + timedelta(days=wait)).replace(hour=hour, minute=0, second=0)
        if scheduled <= created:
            scheduled = created + timedelta(hours=rng.randint(1, 4))
        total = float(rng.randint(row["low"], row["high"])) if row["high"] and rng.random() < 0.93 else 0.0
        job = Job(
            record,
            place,
            created,
            scheduled,
            row["unit"],
            row["job_type"],
            self.campaign(lead, record.since < created - timedelta(days=1)),
            total,
            self.summary(service, person, place, record),
            rng.choice(row["notes"]).format(state=place.state),
            "Online Booking" if online else rng.choice(POOLS["csrs"][:5]),
            rng.choice(POOLS["techs"]),
        )
        job.lead = lead
        house.jobs.append(job)
        return job

    def next_job(self, house: Household, first: Job, created: datetime, kind: str, *, low: int, high: int) -> Job:
        """Make a job that follows another job of the customer."""
        rng = self.rng
        scheduled = (created + timedelta(days=rng.randint(1, 12))).replace(hour=8, minute=0, second=0)
        unit = "HVAC Install" if kind.startswith("Install") else first.unit
        job = Job(
            first.record,
            first.place,
            created,
            scheduled,
            unit,
            kind,
            first.campaign,
            float(rng.randint(low, high)),
            "",
            "",
            rng.choice(POOLS["csrs"][:5]),
            rng.choice(POOLS["techs"]),
            first,
        )
        house.jobs.append(job)
        return job

    def continue_job(self, house: Household, first: Job, service: str) -> None:
        """Add the part visit and the install that continue a first visit."""
        rng, row = self.rng, POOLS["services"][service]
        done = first.scheduled + timedelta(hours=3)
        if rng.random() < row["part"]:
            created = office_time(done + timedelta(days=rng.randint(0, 4)), rng)
            job = self.next_job(house, first, created, "Return - Part Install", low=90, high=720)
            job.summary, job.notes = "Return w/ part, see job {parent}", "Part installed, tested ok."
            job.lead = first.lead
        follow = row["follow"]
        if follow and rng.random() < follow["share"]:
            created = office_time(done + timedelta(days=rng.randint(*follow["lag"])), rng)
            job = self.next_job(house, first, created, follow["job_type"], low=follow["low"], high=follow["high"])
            job.project = first.project = rng.random() < 0.75
            job.summary = "Sold estimate." if job.project else "Sold from job {parent}."
            job.notes = rng.choice(
                (
                    "Install complete, started up and tested.",
                    "Day 1 of 2. Permit posted.",
                    "Installed per proposal. Showed customer the controls.",
                    "Inspection pending.",
                )
            )
            job.lead = first.lead
            done = job.scheduled
        if rng.random() < 0.03:
            self.recall(house, first, done)

    def recall(self, house: Household, first: Job, done: datetime) -> None:
        """Add a free correction, sometimes asked for through the website."""
        rng = self.rng
        when = done + timedelta(days=rng.randint(1, 25), hours=rng.randint(0, 9))
        job = self.next_job(house, first, office_time(when, rng), "Recall", low=0, high=0)
        job.summary, job.notes, job.tags = "Recall of job {parent}, no charge", "Corrected, no charge.", "Recall"
        if first.lead and rng.random() < 0.3 and when < self.start + timedelta(days=self.days):
            core = rng.choice(POOLS["recall_msgs"])
            lead = self.add_lead(when, first.lead.person, first.place, first.lead.service, core=core, house=house)
            lead.recall, lead.converted = job, True
            job.created = max(job.created, office_time(lead.when + timedelta(minutes=20), rng))
            job.scheduled = max(job.scheduled, job.created + timedelta(hours=2))

    def booking_time(self, lead: Lead) -> datetime:
        """Return when the office entered the job of a request."""
        rng = self.rng
        if lead.tool == "Online Scheduler" and rng.random() < 0.7:
            return lead.when + timedelta(minutes=rng.randint(0, 15))
        if lead.tool == "Call Tracking" and rng.random() < 0.8:
            return lead.when + timedelta(minutes=rng.randint(1, 12))
        urgent = POOLS["services"][lead.service]["unit"] in ("HVAC Service", "Oil Service")
        busy = lead.when.month in (1, 6, 7, 12)
        hours = min(rng.lognormvariate(1.0 if urgent else 2.4, 1.2 if not busy else 1.5), 480)
        if rng.random() < 0.03:
            hours += rng.randint(12, 55) * 24
        return office_time(lead.when + timedelta(hours=hours), rng)

    def convert(self, house: Household, lead: Lead) -> None:
        """Book the job of a request."""
        rng, created = self.rng, self.booking_time(lead)
        lead.converted = True
        record = house.record
        if record is None or rng.random() < 0.035:
            record = self.make_record(house, lead.person, created)
            house.record = record
            if house.kind == "home" and lead.place is not house.places[0] and rng.random() < 0.5:
                record.billing = lead.place
        if rng.random() < 0.04:
            lost = self.new_job(house, record, lead.place, lead.service, created=created, person=lead.person, lead=lead)
            lost.canceled, lost.lead = True, None
            created = office_time(created + timedelta(days=rng.randint(0, 6), minutes=rng.randint(5, 300)), rng)
        service = lead.service
        job = self.new_job(house, record, lead.place, service, created=created, person=lead.person, lead=lead)
        self.continue_job(house, job, service)

    def cancel(self, house: Household, lead: Lead) -> None:
        """Book a job that is canceled and never made again."""
        created = self.booking_time(lead)
        house.record = house.record or self.make_record(house, lead.person, created)
        job = self.new_job(
            house, house.record, lead.place, lead.service, created=created, person=lead.person, lead=lead
        )
        job.canceled, job.lead = True, None

    # Households over time

    def requests(self, house: Household) -> None:
        """Let a household ask once or more, and book what is booked."""
        rng = self.rng
        known = house.record is not None
        times = rng.choices((1, 2, 3), (82, 13, 5))[0] + (rng.randint(1, 6) if house.kind == "manager" else 0)
        last = None
        for when in sorted(self.moment() for _ in range(times)):
            if (
                last
                and (not last.converted or when - last.when < timedelta(days=100))
                and house.kind != "manager"
                and not (last.converted and rng.random() < 0.12)
            ):
                continue
            person, place = self.requester(house)
            renter = house.kind == "landlord" and person in house.people and rng.random() < 0.25
            asked = house.places[0] if renter else place
            last = lead = self.add_lead(when, person, asked, self.pick_service(when), house=house)
            lead.place = place
            chance = rng.random()
            if chance < (0.8 if known else 0.51) or house.kind == "manager":
                self.convert(house, lead)
                known = True
            elif chance > 0.955:
                self.cancel(house, lead)
            if rng.random() < 0.055:
                self.repeat_lead(lead)

    def strangers(self) -> None:
        """Add a request that comes from no customer: spam, applicants, faraway places."""
        rng, world = self.rng, self.world
        far = rng.random() < 0.38
        place = world.place([row.split("|") for row in POOLS["far_towns"]] if far else None)
        person, when = world.person(place.state), self.moment()
        core = rng.choice(POOLS["far_msgs"] if far else POOLS["spam"])
        tool = "Website Form" if not far or rng.random() < 0.7 else "Call Tracking"
        lead = self.add_lead(when, person, place, self.pick_service(when), core=core, tool=tool)
        if not far and rng.random() < 0.6:
            for name in ("Street Address", "City", "State"):
                lead.shown.pop(name, None)

    def other_jobs(self, house: Household, since: datetime) -> None:
        """Add the jobs that no request led to."""
        rng = self.rng
        record = house.record
        if record is None:
            return
        for _ in range(rng.choices((0, 1, 2, 3), (45, 33, 15, 7))[0]):
            when = office_time(self.moment(), rng)
            if when > since:
                place = rng.choice(house.places)
                service = self.pick_service(when)
                job = self.new_job(house, record, place, service, created=when, person=rng.choice(house.people))
                job.canceled = rng.random() < 0.06
                if not job.canceled:
                    self.continue_job(house, job, service)
        if record.member:
            self.plan_jobs(house, record, since)

    def plan_jobs(self, house: Household, record: Record, since: datetime) -> None:
        """Add plan visits and, for some, oil deliveries."""
        rng = self.rng
        oil = rng.random() < 0.2
        when = max(since, self.start) + timedelta(days=rng.randint(20, 190))
        while when < self.close:
            created = office_time(when, rng)
            person = house.people[0]
            job = self.new_job(house, record, house.places[0], "heat_tune", created=created, person=person)
            job.total = 0.0
            if oil:
                job.type, job.unit, job.total = "Oil Delivery - Automatic", "Oil Delivery", float(rng.randint(350, 900))
                job.summary, job.notes = "K factor delivery", rng.choice(POOLS["services"]["oil_delivery"]["notes"])
            else:
                job.type = POOLS["plan_types"][1 if 3 <= created.month <= 8 else 0]
                job.summary, job.notes = "Membership visit", rng.choice(POOLS["plan_notes"])
            job.campaign, job.tags = "Existing Customer", "Member"
            when += timedelta(days=rng.randint(45, 90) if oil else rng.randint(160, 205))

    def earlier_owner(self, house: Household) -> None:
        """Add the record of the people who lived at the address before."""
        rng, place = self.rng, house.places[0]
        before = Household([self.world.person(place.state)], [place], "home")
        self.old_record(before)
        first = min(lead.when for lead in house.leads)
        for _ in range(rng.randint(1, 2)):
            when = office_time(first - timedelta(days=rng.randint(120, 900)), rng)
            if before.record and when > self.start:
                self.new_job(
                    before, before.record, place, self.pick_service(when), created=when, person=before.people[0]
                )
        self.houses.append(before)

    def run(self) -> None:
        """Make all households, requests and jobs."""
        rng = self.rng
        while len(self.leads) < self.count:
            if rng.random() < 0.115:
                self.strangers()
                continue
            house = self.world.household(self.houses[-400:])
            if rng.random() < 0.3:
                self.old_record(house)
            known = house.record
            self.requests(house)
            if not known and house.record and rng.random() < 0.17:
                house.record.member = True
            dates = [job.created for job in house.jobs]
            self.other_jobs(house, self.start if known else min(dates, default=self.start))
            if house.leads and rng.random() < 0.04:
                self.earlier_owner(house)
            self.houses.append(house)
        for _ in range(int(self.count * 0.62)):
            house = self.world.household(self.houses[-400:])
            self.old_record(house)
            self.other_jobs(house, self.start)
            self.houses.append(house)
        for house in self.houses:
            self.prune(house)

    def prune(self, house: Household) -> None:
        """Drop most jobs that would come first after a request without belonging to it."""
        house.jobs.sort(key=lambda job: job.created)
        for lead in sorted(house.leads, key=lambda one: one.when):
            if self.rng.random() < 0.006:
                continue
            dropped: set[int] = set()
            for job in house.jobs:
                if job.created < lead.when or job.canceled:
                    continue
                if job.lead or job is lead.recall or job.type == "Recall":
                    break
                dropped.add(id(job))
            house.jobs = [
                job
                for job in house.jobs
                if id(job) not in dropped and (job.parent is None or id(job.parent) not in dropped)
            ]

    # Export

    def number(self) -> None:
        """Give out ids in the order of time and forget what is outside the export."""
        rng = self.rng
        self.leads.sort(key=lambda lead: lead.when)
        del self.leads[self.count :]
        exported = set(map(id, self.leads))
        self.jobs = sorted(
            (job for house in self.houses for job in house.jobs if job.created <= self.close),
            key=lambda job: job.created,
        )
        entry, number, project = rng.randint(900, 9000), rng.randint(20000, 90000), rng.randint(2000, 8000)
        for lead in self.leads:
            entry += rng.choice((1, 1, 1, 1, 2, 3))
            prefix = {"Website Form": "F", "Online Scheduler": "S"}.get(lead.tool, "C")
            lead.id = f"{prefix}-{entry}"
        for job in self.jobs:
            number += rng.choice((1, 1, 1, 2, 4))
            job.number = str(number)
            if job.project:
                project += 1
                job.project_number = job.parent.project_number if job.parent else str(project)
            if job.lead and id(job.lead) not in exported:
                job.lead = None
        records = {id(record): record for record in self.records}
        records.update({id(job.record): job.record for job in self.jobs})
        customer = rng.randint(100000, 400000)
        for record in sorted(records.values(), key=lambda one: one.since):
            customer += rng.randint(1, 15)
            record.id = str(customer)
        self.records = sorted(records.values(), key=lambda one: one.id)

    def lead_row(self, lead: Lead) -> dict[str, str]:
        """Return a request as a row of the merged lead list."""
        rng, shift = self.rng, timedelta()
        if lead.tool == "Website Form":
            shift = timedelta(hours=4 if summer_time(lead.when) else 5)
        status = rng.choice(("New", "New", "Contacted", "Closed"))
        status = "Booked" if lead.converted and rng.random() < 0.5 else status
        return {
            **lead.shown,
            "Entry ID": lead.id,
            "Submitted": f"{lead.when + shift:%Y-%m-%d %H:%M:%S}",
            "Tool": lead.tool,
            "Lead Status": status,
        }

    def job_row(self, job: Job) -> dict[str, str]:
        """Return a job as a row of the office software's export."""
        rng, record, place = self.rng, job.record, job.place
        clock = "%m/%d/%Y %I:%M %p"
        done = job.scheduled + timedelta(minutes=rng.randint(40, 420))
        open_job = not job.canceled and done > self.close
        status = "Canceled" if job.canceled else rng.choice(("Scheduled", "Hold")) if open_job else "Completed"
        total = job.total if status == "Completed" else 0.0
        parent = job.parent.number if job.parent else ""
        phone = f"({record.phone[:3]}) {record.phone[3:6]}-{record.phone[6:]}"
        tax = 1.06625 if place.state == "NJ" and job.unit == "Oil Delivery" else 1.0
        priority = "Urgent" if "No " in job.type and rng.random() < 0.5 else "Normal"
        values = (
            job.number,
            job.project_number,
            f"{job.created:{clock}}",
            f"{job.scheduled:{clock}}",
            f"{done:{clock}}" if status == "Completed" else "",
            status,
            job.unit,
            job.type,
            record.id,
            record.name,
            record.kind,
            phone,
            record.mobile,
            record.email,
            place.line(),
            place.city,
            place.state,
            place.zip,
            record.billing.full(),
            job.campaign,
            job.booked_by,
            job.tech if status == "Completed" else "",
            priority,
            job.tags,
            f"{total:.2f}",
            f"{total * tax:.2f}",
            job.summary.format(parent=parent),
            job.notes if status == "Completed" else "Customer canceled." if job.canceled else "",
        )
        return dict(zip(JOB_COLUMNS, values, strict=True))

    def customer_row(self, record: Record) -> dict[str, str]:
        """Return a customer record as a row."""
        place = record.billing
        phone = f"({record.phone[:3]}) {record.phone[3:6]}-{record.phone[6:]}"
        values = (
            record.id,
            record.name,
            record.kind,
            phone,
            record.mobile,
            record.email,
            place.line(),
            place.city,
            place.state,
            place.zip,
            f"{record.since:%m/%d/%Y}",
            "Yes" if record.member else "",
        )
        return dict(zip(CUSTOMER_COLUMNS, values, strict=True))


def shares_something(lead: dict[str, str], job: dict[str, str]) -> bool:
    """Tell whether a request and a job share a phone, email, street, last name or a note with the person."""
    phone = digits(lead.get("Phone", ""))
    notes = f"{job['Summary']} {job['Technician Notes']}".lower()
    if phone and phone in (digits(job["Customer Phone"]), digits(job["Customer Mobile"])):
        return True
    if len(phone) == 10 and phone in re.sub(r"\D", "", notes):
        return True
    email, last = lead.get("Email", "").lower(), lead.get("Last Name", "").lower()
    if email and email == job["Customer Email"].lower():
        return True
    if last and (last in job["Customer Name"].lower() or last in notes):
        return True
    street = lead.get("Street Address", "").lower().split()[:2]
    places = (job["Location Street"].lower().split()[:2], job["Billing Address"].lower().split()[:2])
    return len(street) == 2 and street in places


def save(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    """Write rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def pair_rows(
    office: Office, leads: dict[str, dict[str, str]], jobs: dict[str, dict[str, str]]
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return the true pairs and the ambiguous pairs."""
    truth, unclear, reachable = [], [], set()
    for job in office.jobs:
        if not job.lead or job.canceled:
            continue
        pair = {"lead_id": job.lead.id, "job_id": job.number}
        truth.append(pair)
        known = job.parent is not None and job.parent.number in reachable
        if known or shares_something(leads[job.lead.id], jobs[job.number]):
            reachable.add(job.number)
        else:
            unclear.append(pair)
    unclear += [
        {"lead_id": lead.id, "job_id": lead.recall.number}
        for lead in office.leads
        if lead.recall and lead.recall.number
    ]
    return truth, unclear


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the files of one office into the folder."""
    office = Office(seed, leads)
    office.run()
    office.number()
    lead_rows = {lead.id: office.lead_row(lead) for lead in office.leads}
    job_rows = {job.number: office.job_row(job) for job in office.jobs}
    truth, unclear = pair_rows(office, lead_rows, job_rows)
    sizes: dict[int, int] = {}
    for lead in office.leads:
        sizes[lead.group] = sizes.get(lead.group, 0) + 1
    groups = [
        {"lead_id": lead.id, "group_id": f"G{lead.group}"}
        for lead in office.leads
        if lead.group and sizes[lead.group] > 1
    ]
    save(folder / "leads.csv", LEAD_COLUMNS, list(lead_rows.values()))
    save(folder / "jobs.csv", JOB_COLUMNS, list(job_rows.values()))
    save(folder / "customers.csv", CUSTOMER_COLUMNS, [office.customer_row(record) for record in office.records])
    save(folder / "truth.csv", ("lead_id", "job_id"), truth)
    save(folder / "lead_groups.csv", ("lead_id", "group_id"), groups)
    save(folder / "ambiguous.csv", ("lead_id", "job_id"), unclear)
