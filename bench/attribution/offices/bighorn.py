"""Generate the requests and jobs of a plumbing, heating and septic contractor in northeast Wyoming.

The office serves Sheridan, Buffalo and Gillette and the small towns between them.
Its field service program exports jobs and customers in local time with US dates.
Requests come from a form plugin and a chat tool (UTC) and a call tracker (local time with offset).
True are the first visit booked because of a request and the further work that continues it.
A later visit carries the same customer number, and mostly a parent job or a note with the job number.
Not true are canceled jobs, plan visits, later unrelated calls, callbacks and warranty returns.
Hard are spouses, adult children, landlords and tenants, property managers and company customers,
old records with an old phone or address, families with one surname on one road, and repeat callers.
A callback that the customer asked for on the website is listed as ambiguous.
"""

import csv
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# All times are the office's wall clock; the zone is a formality.
POOLS = Path(__file__).with_suffix(".json")
LOCAL = "%m/%d/%Y %I:%M %p"
SUFFIXES = {" St": " Street", " Ave": " Avenue", " Rd": " Road", " Dr": " Drive", " Ln": " Lane", " Hwy ": " Highway "}


@dataclass(eq=False)
class Place:
    """Hold one service address."""

    street: str
    city: str
    zip: str
    state: str = "WY"


@dataclass(eq=False)
class Person:
    """Hold one person with phone and email."""

    first: str
    last: str
    phone: str
    email: str


@dataclass(eq=False)
class Customer:
    """Hold one customer record of the office."""

    name: str
    first: str
    last: str
    phones: list[str]
    email: str
    billing: Place
    created: datetime
    source: str = ""
    tags: str = ""
    number: str = ""


@dataclass(eq=False)
class Lead:
    """Hold one request, with the values that its channel exports."""

    channel: str
    when: datetime
    first: str = ""
    last: str = ""
    phone: str = ""
    email: str = ""
    street: str = ""
    place: Place | None = None
    service: str = ""
    message: str = ""
    group: int = 0
    number: str = ""


@dataclass(eq=False)
class Job:
    """Hold one job of the office."""

    customer: Customer
    place: Place
    created: datetime
    category: str
    text: str
    status: str
    total: float
    done: str
    notes: str = ""
    source: str = ""
    parent: "Job | None" = None
    show_parent: bool = False
    lead: Lead | None = None
    dubious: Lead | None = None
    start: datetime = datetime(1, 1, 1, tzinfo=UTC)
    number: str = ""


@dataclass(eq=False)
class Home:
    """Hold a household or a company that calls the office."""

    main: Person
    place: Place
    spouse: Person | None = None
    company: str = ""
    customer: Customer | None = None
    places: list[Place] = field(default_factory=list)
    asked: list[tuple[datetime, Job | None]] = field(default_factory=list)


class World:
    """Hold the random source, the word pools, and all that was generated."""

    def __init__(self, seed: int, count: int) -> None:
        """Prepare the window, the mix of streets and names, and the phone pool."""
        self.rng = random.Random(f"bighorn-{seed}")
        self.pools: dict[str, Any] = json.loads(POOLS.read_text(encoding="utf-8"))
        self.days = int(min(2000, max(150, count / 1500 * 900)))
        self.begin = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=self.rng.randint(60, 2160 - self.days))
        self.end = min(self.begin + timedelta(days=self.days + 30), datetime(2025, 12, 30, tzinfo=UTC))
        self.last_names = self.rng.sample(self.pools["last"], int(len(self.pools["last"]) * 0.85))
        self.last_weights = [self.rng.paretovariate(1.6) for _ in self.last_names]
        self.towns = self.pools["towns"]
        self.streets = [self.rng.sample(t["streets"], max(4, len(t["streets"]) * 4 // 5)) for t in self.towns]
        self.used: set[str] = set()
        self.homes: list[Home] = []
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.groups = 0

    def chance(self, share: float) -> bool:
        """Return whether an event of this probability happens."""
        return self.rng.random() < share

    def fresh(self, make: Callable[[], str]) -> str:
        """Return a value of the maker that was not used before."""
        for _ in range(400):
            value = make()
            if value not in self.used:
                break
        self.used.add(value)
        return value

    def phone(self) -> str:
        """Return ten made-up digits with 555 in the middle."""

        def make() -> str:
            area = "307" if self.chance(0.85) and len(self.used) < 16000 else self.rng.choice(self.pools["area"])
            return f"{area}555{self.rng.randrange(10000):04d}"

        return self.fresh(make)

    def place_near(self, other: Place | None = None) -> Place:
        """Return a new address, on the road of another one if given."""
        index = self.rng.choices(range(len(self.towns)), [t["weight"] for t in self.towns])[0]
        town = self.towns[index]

        def make() -> str:
            if other:
                head, _, road = other.street.partition(" ")
                return f"{int(head) + self.rng.randint(2, 90)} {road}"
            return f"{self.rng.randint(town['low'], town['high'])} {self.rng.choice(self.streets[index])}"

        street = self.fresh(make)
        return Place(street, other.city, other.zip) if other else Place(street, town["city"], town["zip"])

    def person(self, last: str = "", company: str = "") -> Person:
        """Return a new person, of a given family or company if wanted."""
        rng = self.rng
        first = rng.choice(self.pools["first_m"] if self.chance(0.55) else self.pools["first_f"])
        last = last or rng.choices(self.last_names, self.last_weights)[0].replace("-", " ")
        return Person(first, last, self.phone(), self.fresh(lambda: self.email(first, last, company)))

    def email(self, first: str, last: str, company: str) -> str:
        """Return an email address as such a person would have it."""
        rng = self.rng
        f, n = first.lower(), "".join(c for c in last.lower() if c.isalpha())
        if company:
            return f"{f}.{n}@" + "".join(c for c in company.lower() if c.isalnum()) + ".example"
        number = str(rng.randint(1, 99)) if self.chance(0.5) else ""
        word = self.rng.choice(["elk", "ranch", "trout", "bighorns", "huntwy", "quilter", "roper", "sled"])
        user = rng.choice([f"{f}.{n}", f + n, f"{f[0]}{n}", f"{n}{f[0]}", f"{n}_{f}", f"{word}{rng.randint(1, 999)}"])
        return f"{user}{number}@{rng.choice(self.pools['domains'])}"

    def home(self) -> Home:
        """Return a new household, ranch, or business."""
        kin = self.rng.choice(self.homes) if self.homes and self.chance(0.025) else None
        near = kin.place if kin else None
        company = ""
        if self.chance(0.07) and not kin:
            company = self.company("company")
        main = self.person(kin.main.last if kin else "", company if self.chance(0.6) else "")
        spouse = self.person(main.last) if not company and self.chance(0.6) else None
        home = Home(main, self.place_near(near), spouse, company)
        home.places.append(home.place)
        self.homes.append(home)
        return home

    def company(self, pool: str) -> str:
        """Return a company name."""
        text: str = self.rng.choice(self.pools[pool])
        return text.format(last=self.rng.choice(self.last_names), place=self.rng.choice(self.pools["place"]))

    def service(self, when: datetime) -> dict[str, Any]:
        """Return a service of the season."""
        rows: list[dict[str, Any]] = self.pools["services"]
        return self.rng.choices(rows, [s["weight"] * s["months"][when.month - 1] for s in rows])[0]


def _typo(rng: random.Random, text: str) -> str:
    """Swap two neighboring characters, or drop one."""
    if len(text) < 4:
        return text
    at = rng.randint(1, len(text) - 3)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :] if rng.random() < 0.6 else text[:at] + text[at + 1 :]


def _offset(when: datetime) -> int:
    """Return the hours between mountain time and UTC."""
    march, november = datetime(when.year, 3, 8, 2, tzinfo=UTC), datetime(when.year, 11, 1, 2, tzinfo=UTC)
    first = march + timedelta(days=(6 - march.weekday()) % 7)
    last = november + timedelta(days=(6 - november.weekday()) % 7)
    return 6 if first <= when < last else 7


def _office(rng: random.Random, when: datetime) -> datetime:
    """Move a time into the next office hours."""
    if (when.weekday() < 5 and 7 <= when.hour < 17) or rng.random() < 0.05:
        return when
    day = when.replace(hour=7, minute=rng.randint(5, 59)) + timedelta(days=when.hour >= 17, hours=rng.randint(0, 3))
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def _times(world: World, count: int) -> list[datetime]:
    """Return submission times, with fewer at night and on weekends."""
    out: list[datetime] = []
    hours = [1, 1, 1, 1, 1, 3, 7, 12, 14, 14, 13, 12, 10, 11, 11, 10, 9, 8, 8, 7, 6, 5, 3, 2]
    season = [13, 10, 9, 8, 9, 10, 10, 9, 9, 10, 11, 13]
    while len(out) < count:
        day = world.begin + timedelta(days=world.rng.randrange(world.days))
        if not world.chance(season[day.month - 1] / 13 * (0.55 if day.weekday() > 4 else 1)):
            continue
        hour = world.rng.choices(range(24), hours)[0]
        out.append(day + timedelta(hours=hour, minutes=world.rng.randrange(60), seconds=world.rng.randrange(60)))
    return sorted(out)


def _message(world: World, service: dict[str, Any], extra: str = "") -> str:
    """Return the words of a request."""
    rng = world.rng
    core: str = rng.choice(service["messages"])
    opener: str = rng.choice(world.pools["openers"])
    text = opener + (core if opener.endswith(", ") or world.chance(0.25) else core[0].upper() + core[1:])
    tail = " ".join(part for part in (extra, rng.choice(world.pools["closers"])) if part)
    return (text + (". " if not text.endswith((".", "?")) and tail else " ") + tail).strip()


def _written_first(world: World, first: str) -> str:
    """Return a first name, or a short form of it."""
    nicks = world.pools["nick"].get(first)
    return world.rng.choice(nicks) if nicks and world.chance(0.4) else first


def _written_street(world: World, street: str) -> str:
    """Return a street as a customer types it."""
    if world.chance(0.3):
        for short, full in SUFFIXES.items():
            if street.endswith(short) or (short.endswith(" ") and short in street):
                street = street.replace(short, full)
    if world.chance(0.015):
        street = _typo(world.rng, street)
    return street.lower() if world.chance(0.12) else street


def _lead(world: World, when: datetime, who: Person, place: Place, service: dict[str, Any], *, extra: str = "") -> Lead:
    """Add a request of a person."""
    rng = world.rng
    channel = rng.choices(["Form", "Chat", "Call"], [72, 16, 12])[0]
    p_first_only, p_phone, p_mail, p_street = {
        "Form": (0.02, 0.97, 0.93, 0.74),
        "Chat": (0.09, 0.9, 0.84, 0.36),
        "Call": (0.1, 0.995, 0.15, 0.55),
    }[channel]
    lead = Lead(channel, when, _written_first(world, who.first), who.last)
    if world.chance(p_first_only):
        lead.last = ""
    elif world.chance(0.02):
        lead.last = _typo(rng, lead.last)
    if channel == "Call":
        lead.first, lead.last = lead.first.upper(), lead.last.upper()
    elif world.chance(0.09):
        lead.first, lead.last = lead.first.lower(), lead.last.lower()
    if world.chance(p_phone):
        lead.phone = who.phone if channel == "Call" or not world.chance(0.015) else _swap(rng, who.phone)
    if world.chance(p_mail):
        lead.email = who.email if not world.chance(0.015) else _typo(rng, who.email)
    if world.chance(p_street) or not lead.phone + lead.email:
        lead.place, lead.street = place, _written_street(world, place.street)
    lead.service = service["label"] if world.chance(0.9) else rng.choice(["Other", "General service"])
    lead.message = _message(world, service, extra)
    world.leads.append(lead)
    return lead


def _swap(rng: random.Random, phone: str) -> str:
    """Swap two of the last digits of a phone number."""
    at = rng.randint(6, 8)
    return phone[:at] + phone[at + 1] + phone[at] + phone[at + 2 :]


def _customer(world: World, home: Home, who: Person, when: datetime, source: str = "") -> Customer:
    """Make the customer record that the office keeps."""
    phones = [who.phone]
    if world.chance(0.06):
        phones.insert(0, world.phone())
        phones = phones[: 1 + world.chance(0.4)]
    if home.spouse and world.chance(0.25):
        phones = [*phones[:1], home.spouse.phone if who is home.main else home.main.phone]
    first = _written_first(world, who.first) if world.chance(0.2) else who.first
    last = _typo(world.rng, who.last) if world.chance(0.015) else who.last
    couple = f"{last}, {first} & {home.spouse.first}" if home.spouse and who is home.main else f"{last}, {first}"
    name = home.company or (couple if world.chance(0.3) else f"{last}, {first}")
    email = who.email if world.chance(0.84) else ""
    tags = world.rng.choices(["", "Residential", "Propane", "Septic", "Ranch"], [50, 30, 6, 8, 3])[0]
    tags = "Commercial" if home.company else tags
    return Customer(name, first, last, phones, email, home.place, when, source, tags)


def _tech(world: World) -> str:
    """Return a note for the technician, or none."""
    if not world.chance(0.35):
        return ""
    return str(world.rng.choice(world.pools["codes"])).format(n=world.rng.randint(1000, 9999))


def _job(world: World, customer: Customer, place: Place, when: datetime, service: dict[str, Any]) -> Job:
    """Add a completed visit."""
    rng = world.rng
    total = round(rng.triangular(service["low"], service["high"], service["low"] * 1.3), 2) if service["high"] else 0.0
    category = "Estimate" if service["estimate"] else f"{service['dept']} Service"
    text = rng.choice(service["job"]) if not world.chance(0.04) else "Service call"
    status = rng.choices(["Completed", "Invoiced", "Paid in Full"], [1, 2, 7])[0]
    job = Job(customer, place, when, category, text, status, total, rng.choice(service["done"]), _tech(world))
    days = rng.expovariate(1 / 5) if service["estimate"] else rng.expovariate(1 / 1.5)
    job.start = max(_office(rng, when + timedelta(hours=1.5, days=days)), when).replace(second=0)
    world.jobs.append(job)
    return job


def _lag(world: World, when: datetime, service: dict[str, Any], call: bool) -> datetime:
    """Return when the office opens the job for a request."""
    rng = world.rng
    if call and world.chance(0.75):
        return when + timedelta(minutes=rng.randint(2, 35))
    urgent = service["key"] in ("noheat", "frozen", "sepback", "boiler", "well")
    middle = 3 if urgent else 40 if service["estimate"] else 14
    busy = 1.8 if service["dept"] == "Septic" and when.month in (5, 6, 7, 9) else 1
    hours = min(rng.lognormvariate(0, 1.1) * middle * busy, 30 * 24)
    return _office(rng, when + timedelta(hours=hours + 0.1))


def _continue(world: World, first: Job, service: dict[str, Any]) -> None:
    """Add the work that continues a first visit, and now and then a callback."""
    rng = world.rng
    share = 0.5 if service["estimate"] else 0.11
    last = first
    while world.chance(share):
        gap = rng.lognormvariate(2.3, 0.7) if service["estimate"] else rng.uniform(1, 14)
        when = _office(rng, last.start + timedelta(days=gap, hours=2))
        job = _job(world, first.customer, first.place, when, service)
        job.text, job.category = rng.choice(service["next"]), f"{service['dept']} Install"
        job.total = round(rng.uniform(2800, 14500) if service["estimate"] else rng.uniform(160, 2900), 2)
        job.done = rng.choice(["Complete, tested ok.", "Installed and started up.", "Work done as quoted.", "Done."])
        job.parent, job.lead, job.source = first, first.lead, first.source
        job.show_parent = world.chance(0.6)
        if not job.show_parent:
            job.notes = rng.choice(["See job {ref}.", "Continues #{ref}.", "Cont. from job {ref}, parts in."])
        last, share = job, 0.12
    if world.chance(0.035):
        when = _office(rng, last.start + timedelta(days=rng.uniform(3, 40), hours=3))
        job = _job(world, first.customer, first.place, when, service)
        job.category, job.total, job.parent = "Callback / Warranty", 0.0, last
        job.text = "Callback - " + last.text.lower()
        job.notes = rng.choice(["No charge, see {ref}.", "Warranty on {ref}."])
        job.done = "Corrected, no charge."


def _booked_by(world: World, home: Home, who: Person, when: datetime) -> tuple[Customer, str]:
    """Return the customer record for a request, and a note about the caller."""
    rng = world.rng
    if home.customer:
        if world.chance(0.94):
            other = home.customer.first not in (who.first, _written_first(world, who.first)) and world.chance(0.5)
            return home.customer, f"{who.first} called in, ph {_dashes(who.phone)}." if other else ""
        home.customer = _customer(world, home, who, when)
        return home.customer, "Possible dup acct."
    record, note = who, ""
    if home.spouse and world.chance(0.11):
        record = home.spouse if who is home.main else home.main
        note = rng.choice([f"Spouse {who.first} will meet tech.", f"{who.first} sent web request.", ""])
    elif not home.company and world.chance(0.03):
        record = world.person()
        kin = ["Daughter", "Niece"] if who.first in world.pools["first_f"] else ["Son", "Nephew"]
        word = rng.choice([*kin, "Neighbor"])
        note = f"{word} {who.first} {who.last} set this up, {_dashes(who.phone)}."
    elif not home.company and world.chance(0.035):
        company = world.company("manager")
        record = world.person(company=company)
        note = f"Tenant {who.first} {who.last} {_dashes(who.phone)}, call tenant for access."
        owner = Home(record, world.place_near(), None, company)
        home.customer = _customer(world, owner, record, when)
        return home.customer, note
    home.customer = _customer(world, home, record, when)
    return home.customer, note


def _dashes(phone: str) -> str:
    """Format a phone number with dashes."""
    return f"{phone[:3]}-{phone[3:6]}-{phone[6:]}"


def _convert(world: World, lead: Lead, home: Home, who: Person, *, place: Place, service: dict[str, Any]) -> Job:
    """Book the job for a request."""
    rng = world.rng
    when = _lag(world, lead.when, service, lead.channel == "Call")
    customer, note = _booked_by(world, home, who, when)
    job = _job(world, customer, place, when, service)
    job.notes = " ".join(part for part in (note, job.notes) if part)
    sources = ["Website", "Google", "Web Form", "Repeat Customer", "Phone", ""]
    job.source = rng.choices(sources, [46, 18, 12, 6, 6, 12])[0]
    if lead.channel == "Call" and world.chance(0.6):
        job.source = rng.choice(["Phone", "Google"])
    customer.source = customer.source or job.source
    if world.chance(0.07):
        job.status, job.total = "Cancelled", 0.0
        job.done = rng.choice(["Cust cancelled.", "No answer x3.", "Fixed it self."])
        home.asked.append((lead.when, None))
        return job
    job.lead = lead
    home.asked.append((lead.when, job))
    _continue(world, job, service)
    return job


def _repeat(world: World, lead: Lead, who: Person, service: dict[str, Any]) -> None:
    """Add a second submission of the same request."""
    rng = world.rng
    gap = rng.choice([timedelta(seconds=rng.randint(4, 90)), timedelta(hours=rng.uniform(0.2, 30))])
    world.groups += 1
    place = lead.place or Place("", "", "")
    again = _lead(world, lead.when + gap, who, place, service, extra=rng.choice(["", "I sent a form earlier."]))
    if lead.place is None:
        again.street, again.place = "", None
    if gap < timedelta(minutes=2):
        for name in ("channel", "first", "last", "phone", "email", "street", "place", "service", "message"):
            setattr(again, name, getattr(lead, name))
    elif not again.phone + again.email:
        again.phone = who.phone
    lead.group = again.group = world.groups


def _pick_home(world: World, when: datetime) -> Home:
    """Return a household for a request: often new, sometimes known and free of open requests."""
    if world.homes and world.chance(0.24):
        for _ in range(6):
            home = world.rng.choice(world.homes)
            old = home.customer is not None and home.customer.created < when - timedelta(days=20)
            settled = all(job and job.start < when - timedelta(days=30) for _, job in home.asked)
            if old and settled:
                return home
    return world.home()


def _stranger(world: World, when: datetime) -> None:
    """Add spam, a question that is no work, or a request from outside the area."""
    rng = world.rng
    service, who = world.service(when), world.person()
    city, code, road = rng.choice(world.pools["far"])
    state = {"Billings": "MT", "Hardin": "MT", "Rapid City": "SD"}.get(city, "WY")
    lead = _lead(world, when, who, Place(f"{rng.randint(100, 2900)} {road}", city, code, state), service)
    kind = rng.choices(["far", "spam", "nonwork"], [45, 25, 30])[0]
    if kind != "far":
        lead.service, lead.message = rng.choice(world.pools[kind])
        lead.street, lead.place = "", None
        lead.phone = lead.phone or who.phone
        lead.email = lead.email or who.email


def _request(world: World, when: datetime, managers: list[Home], room: int) -> None:
    """Add one request with its outcome, and a repeat of it if there is room."""
    rng = world.rng
    if world.chance(0.055):
        _stranger(world, when)
        return
    service = world.service(when)
    manager = rng.choice(managers) if world.chance(0.045) else None
    if manager and any(job is None or job.start > when - timedelta(days=2) for _, job in manager.asked):
        manager = None
    home = manager or _pick_home(world, when)
    who = home.spouse if home.spouse and world.chance(0.3) else home.main
    place = home.place
    if manager and world.chance(0.7):
        place = world.place_near()
        home.places.append(place)
    elif home.customer and not manager and world.chance(0.08):
        place = home.place = world.place_near()
        home.places.append(place)
    extra = f"This is for our rental at {place.street}." if manager and world.chance(0.5) else ""
    lead = _lead(world, when, who, place, service, extra=extra)
    if room > 0 and world.chance(0.045):
        _repeat(world, lead, who, service)
    if world.chance(0.97 if manager else 0.74 if home.customer else 0.5):
        _convert(world, lead, home, who, place=place, service=service)
    else:
        home.asked.append((when, None))


def _requests(world: World, count: int) -> None:
    """Add all requests in the order of time."""
    managers = [_manager(world) for _ in range(max(2, count // 120))]
    times = _times(world, count)
    while len(world.leads) < count:
        _request(world, times[len(world.leads)], managers, count - len(world.leads) - 1)


def _manager(world: World) -> Home:
    """Return a property manager with a customer record."""
    company = world.company("manager")
    who = world.person(company=company)
    place = world.place_near()
    home = Home(who, place, None, company, None, [place])
    home.customer = _customer(world, home, who, world.begin - timedelta(days=world.rng.randint(1, 55)))
    return home


def _old_customers(world: World, count: int) -> None:
    """Add households that were customers before, or come without any request."""
    for _ in range(count):
        home = world.home()
        early = world.chance(0.45)
        before = min(700, (world.begin - datetime(2020, 1, 3, tzinfo=UTC)).days)
        days = world.rng.uniform(-before, 0) if early else world.rng.uniform(0, world.days)
        when = world.begin + timedelta(days=days)
        when = _office(world.rng, when.replace(hour=world.rng.randint(7, 16), minute=world.rng.randrange(60)))
        source = world.rng.choices(
            ["Phone", "Word of Mouth", "Radio", "Yard Sign", "Walk-in", "Google", "Website", ""],
            [34, 24, 5, 4, 6, 9, 3, 15],
        )[0]
        who = home.spouse if home.spouse and world.chance(0.3) else home.main
        home.customer = _customer(world, home, who, when, source)
        if not early or world.chance(0.35):
            service = world.service(when)
            job = _job(world, home.customer, home.place, when, service)
            job.source = source
            _continue(world, job, service)


def _blocked(world: World, home: Home, when: datetime) -> bool:
    """Return whether an unrelated job now would be the first one after a request."""
    for asked, job in home.asked:
        if asked < when and (job is None or when < job.created + timedelta(days=12)):
            return not world.chance(0.012)
    return False


def _later_calls(world: World) -> None:
    """Add later calls by phone and plan visits of known customers."""
    rng = world.rng
    for home in world.homes:
        customer = home.customer
        if customer is None:
            continue
        plan = world.chance(0.13)
        when = max(customer.created, world.begin - timedelta(days=60)) + timedelta(days=rng.uniform(30, 300))
        while when < world.end and (plan or world.chance(0.3)):
            when = _office(rng, when.replace(hour=rng.randint(7, 15)))
            if not _blocked(world, home, when):
                service = world.service(when)
                moved = bool(home.asked) and when > home.asked[-1][0]
                job = _job(world, customer, home.place if moved else customer.billing, when, service)
                job.source = rng.choice(["Repeat Customer", "Repeat Customer", "Phone", ""])
                if plan and world.chance(0.85):
                    job.category, job.source = "Maintenance Agreement", "Agreement"
                    job.text = rng.choice(["Annual furnace tune-up", "Boiler service - plan", "Septic check - plan"])
                    job.total, job.done = rng.choice([0.0, 0.0, 129.0]), "Tune-up done, filter changed."
                else:
                    _continue(world, job, service)
            when += timedelta(days=rng.gauss(330, 40) if plan else rng.uniform(60, 400))


def _callback_requests(world: World, count: int) -> None:
    """Let some customers ask for a callback through the website."""
    callbacks = [j for j in world.jobs if j.category.startswith("Callback") and j.created <= world.end]
    booked = {id(j.lead) for j in world.jobs if j.lead}
    homes = {job: home for home in world.homes for _, job in home.asked if job}
    taken = 0
    for job in callbacks:
        root = (job.parent.parent or job.parent) if job.parent else job
        home = homes.get(root)
        if home is None or taken >= count or not world.chance(0.3):
            continue
        lead = world.rng.choice([x for x in world.leads if not x.group and id(x) not in booked])
        service = next(s for s in world.pools["services"] if root.category.startswith(s["dept"]) or s["estimate"])
        world.leads.remove(lead)
        for other in world.homes:
            other.asked = [a for a in other.asked if a[0] != lead.when]
        who = home.main
        new = _lead(world, job.created - timedelta(hours=world.rng.uniform(1, 20)), who, root.place, service)
        new.message = world.rng.choice(
            [
                "You were here and it is doing the same thing again.",
                "Same problem is back, please send someone.",
                "The repair did not hold.",
            ]
        )
        job.dubious = new
        taken += 1


def _finish(world: World) -> None:
    """Sort and number everything; set the state of jobs near the end of the export."""
    rng = world.rng
    world.jobs = sorted((j for j in world.jobs if j.created <= world.end), key=lambda j: j.created)
    world.leads.sort(key=lambda x: x.when)
    number = rng.randint(11000, 48000)
    for job in world.jobs:
        number += rng.choices([1, 2, 3], [80, 15, 5])[0]
        job.number = str(number)
        if job.start > world.end:
            if job.status != "Cancelled":
                job.status, job.total, job.done = "Scheduled", 0.0, ""
            job.start = min(job.start, datetime(2025, 12, 31, 8, tzinfo=UTC))
    used = {id(j.customer): j.customer for j in world.jobs}
    customers = used | {id(h.customer): h.customer for h in world.homes if h.customer}
    number = rng.randint(3000, 9000)
    for customer in sorted(customers.values(), key=lambda c: (c.created, c.name)):
        number += rng.randint(1, 3)
        customer.number = f"C{number:06d}"
    number = rng.randint(2000, 9000)
    for lead in world.leads:
        number += rng.choices([1, 2], [9, 1])[0]
        lead.number = {"Form": "WF", "Chat": "CH", "Call": "CT"}[lead.channel] + f"-{number}"


def _findable(lead: Lead, job: Job) -> bool:
    """Return whether the records of a pair share anything that leads from one to the other."""
    customer, notes = job.customer, job.notes.lower()
    last = lead.last.lower()
    return bool(
        (lead.phone and (lead.phone in customer.phones or _dashes(lead.phone) in notes))
        or (lead.email and lead.email.lower() == customer.email.lower())
        or lead.place in (job.place, customer.billing)
        or (last and (last == customer.last.lower() or last in customer.name.lower() or last in notes))
    )


def _stamp(lead: Lead) -> str:
    """Return the time of a request as its tool exports it."""
    hours = _offset(lead.when)
    if lead.channel == "Call":
        return f"{lead.when:%Y-%m-%dT%H:%M:%S}-0{hours}:00"
    return f"{lead.when + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def _lead_row(world: World, lead: Lead) -> list[str]:
    """Return the row of one request."""
    phone = lead.phone
    if phone:
        dashed = _dashes(phone)
        shapes = [f"({phone[:3]}) {dashed[4:]}", dashed, phone, dashed.replace("-", ".")]
        phone = f"+1{phone}" if lead.channel == "Call" else world.rng.choices(shapes, [7, 2, 2, 1])[0]
    city = lead.place.city if lead.place else ""
    code = lead.place.zip if lead.place and world.chance(0.9) else ""
    state = lead.place.state if lead.place else ""
    duration = str(world.rng.randint(25, 640)) if lead.channel == "Call" else ""
    tool = {"Form": "Website Form", "Chat": "Web Chat", "Call": "Call Tracking"}[lead.channel]
    source = world.rng.choices(["google / organic", "google / cpc", "(direct)", "facebook", ""], [45, 25, 18, 5, 7])[0]
    return [
        lead.number,
        tool,
        _stamp(lead),
        lead.first,
        lead.last,
        phone,
        lead.email,
        lead.street,
        city,
        state,
        code,
        lead.service,
        lead.message,
        source,
        duration,
    ]


def _job_row(world: World, job: Job) -> list[str]:
    """Return the row of one job."""
    c, p, b = job.customer, job.place, job.customer.billing
    phones = [f"({x[:3]}) {x[3:6]}-{x[6:]}" for x in c.phones] + [""]
    ended = job.status in ("Completed", "Invoiced", "Paid in Full")
    done = f"{job.start + timedelta(minutes=world.rng.randint(40, 260)):{LOCAL}}" if ended else ""
    due = job.total if job.status == "Invoiced" else 0.0
    ref = job.parent.number if job.parent else ""
    tech = world.rng.choice(world.pools["techs"])
    return [
        job.number,
        job.status,
        job.category,
        job.text,
        f"{job.created:{LOCAL}}",
        f"{job.start:{LOCAL}}",
        done,
        c.number,
        c.name,
        c.first,
        c.last,
        phones[0],
        phones[1],
        c.email,
        "Primary" if p is b else "Loc 2",
        p.street,
        p.city,
        p.state,
        p.zip,
        b.street,
        b.city,
        b.state,
        b.zip,
        job.source,
        tech,
        ref if job.show_parent else "",
        f"{job.total:.2f}",
        f"{due:.2f}",
        job.notes.replace("{ref}", ref),
        job.done,
    ]


def _customer_row(c: Customer) -> list[str]:
    """Return the row of one customer."""
    phones = [f"({x[:3]}) {x[3:6]}-{x[6:]}" for x in c.phones] + [""]
    return [
        c.number,
        c.name,
        c.first,
        c.last,
        phones[0],
        phones[1],
        c.email,
        c.billing.street,
        c.billing.city,
        c.billing.state,
        c.billing.zip,
        f"{c.created:%m/%d/%Y}",
        c.source,
        c.tags,
    ]


def _save(path: Path, header: str, rows: Iterable[list[str]]) -> None:
    """Write one CSV file."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def _save_answers(world: World, folder: Path) -> None:
    """Write the true pairs, the groups, and the ambiguous pairs."""
    true = [(j.lead, j) for j in world.jobs if j.lead and j.status != "Cancelled"]
    unclear = [(lead, j) for lead, j in true if not _findable(lead, j)]
    unclear += [(j.dubious, j) for j in world.jobs if j.dubious]
    _save(folder / "truth.csv", "lead_id,job_id", ([lead.number, j.number] for lead, j in true))
    _save(folder / "ambiguous.csv", "lead_id,job_id", ([lead.number, j.number] for lead, j in unclear))
    groups = ([x.number, f"G{x.group}"] for x in world.leads if x.group)
    _save(folder / "lead_groups.csv", "lead_id,group_id", groups)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the files of the made-up office into an existing folder."""
    world = World(seed, leads)
    _old_customers(world, int(leads * 0.75))
    _requests(world, leads)
    _later_calls(world)
    _callback_requests(world, leads // 150)
    _finish(world)
    _save(
        folder / "leads.csv",
        "Entry ID,Tool,Submitted At,First Name,Last Name,Phone,Email,Street Address,City,State,"
        "ZIP,Service Needed,Message,Source / Medium,Call Duration (sec)",
        [_lead_row(world, x) for x in world.leads],
    )
    _save(
        folder / "jobs.csv",
        "Job #,Status,Job Category,Job Description,Created On,Scheduled Start,Completed On,"
        "Customer #,Customer Name,Contact First Name,Contact Last Name,Phone 1,Phone 2,Email,Location Name,"
        "Service Address,Service City,Service State,Service Zip,Billing Address,Billing City,Billing State,"
        "Billing Zip,Referral Source,Techs Assigned,Parent Job #,Job Total,Amount Due,Notes for Techs,"
        "Completion Notes",
        [_job_row(world, j) for j in world.jobs],
    )
    customers = {j.customer.number: j.customer for j in world.jobs}
    customers |= {h.customer.number: h.customer for h in world.homes if h.customer}
    _save(
        folder / "customers.csv",
        "Customer #,Customer Name,Contact First,Contact Last,Phone 1,Phone 2,Email,"
        "Billing Address,Billing City,Billing State,Billing Zip,Created On,Referral Source,Tags",
        [_customer_row(customers[key]) for key in sorted(customers)],
    )
    _save_answers(world, folder)
