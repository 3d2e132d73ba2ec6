"""Generate the requests and jobs of a made-up contractor near Charlotte, Gastonia and Rock Hill.

The office does heating, air and plumbing on both sides of the state line.
Its requests come from a website form, a chat tool and a call tracker, merged into one export in UTC.
Its jobs and customers are office software exports in local time, with several phones in one field.
True are the first visit after a request, the install after an estimate, and the return with a part.
A one-time tune-up that the request asked for is true. Plan visits, later calls, canceled jobs and recalls are not.
If one request came in twice, its jobs belong to the first submission. See lead_groups.csv for the others.
Hard are spouses, tenants, managers, adult children who call for a parent, and owners with a new phone.
Old records, duplicate records, sold homes, families with one name, and repeat callers are hard too.
A recall the customer asked for on the website is in ambiguous.csv, as are true pairs that share nothing.
Every person is made up. Phones use 555 or an impossible exchange. Mail domains end in .example.
"""

import csv
import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

# All times are the office's wall clock; the zone is a formality.
POOL: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
LAST_MOMENT = datetime(2025, 12, 5, 18, 0, tzinfo=UTC)
HOURS = [1, 1, 0, 0, 0, 1, 3, 7, 10, 11, 10, 9, 8, 8, 8, 8, 8, 8, 7, 6, 6, 5, 4, 2]
CAMPAIGNS = [
    ("Existing Customer", 26),
    ("Maps Listing", 18),
    ("Referral", 14),
    ("Local Service Ads", 12),
    ("Truck Wrap", 5),
    ("Direct Mail", 5),
    ("Yard Sign", 4),
    ("Radio", 3),
    ("Website", 5),
    ("Unknown", 8),
]
ROLES = [
    ("new", 590),
    ("existing", 205),
    ("tenant", 28),
    ("manager", 27),
    ("child", 26),
    ("landlord", 34),
    ("firm", 30),
    ("spam", 30),
    ("far", 25),
]
CHANCE = {
    "new": 0.53,
    "existing": 0.8,
    "tenant": 0.62,
    "manager": 0.95,
    "child": 0.55,
    "landlord": 0.56,
    "firm": 0.52,
    "spam": 0.0,
    "far": 0.02,
}


@dataclass
class Place:
    """Hold one street address."""

    number: int
    street: str
    kind: str
    unit: str
    city: str
    state: str
    zip: str


@dataclass
class Person:
    """Hold one person with the ways to reach them."""

    first: str
    last: str
    cell: str
    email: str


@dataclass(eq=False)
class Record:
    """Hold one customer as the office knows it."""

    name: str
    kind: str
    phones: list[str]
    email: str
    billing: Place
    created: datetime
    spots: list[Place] = field(default_factory=list)
    member: bool = False
    number: int = 0


@dataclass(eq=False)
class House:
    """Hold one client: a household, a firm or a manager of rentals."""

    head: Person
    partner: Person | None
    landline: str
    place: Place
    company: str = ""
    record: Record | None = None
    asked: datetime = FIRST_DAY
    last_job: datetime = FIRST_DAY
    closed_from: datetime = LAST_MOMENT
    busy: list[tuple[datetime, datetime]] = field(default_factory=list)

    def free(self, moment: datetime) -> bool:
        """Tell whether a job at this moment does not fall between a request and its jobs."""
        return moment < self.closed_from and not any(a <= moment <= b for a, b in self.busy)


@dataclass(eq=False)
class Job:
    """Hold one job of the office."""

    record: Record
    place: Place
    created: datetime
    scheduled: datetime
    kind: str
    unit: str
    campaign: str
    status: str
    total: float
    summary: str
    result: str
    origin: "Job | None" = None
    recall: str = ""
    project: int = 0
    number: int = 0
    desk: str = ""
    tech: str = ""


@dataclass(eq=False)
class Lead:
    """Hold one submission."""

    when: datetime
    channel: str
    first: str
    last: str
    phone: str
    email: str
    place: Place | None
    zip: str
    service: str
    message: str
    seconds: int = 0
    group: int = 0
    number: str = ""


@dataclass
class Ask:
    """Hold what one requester wants and for which place."""

    role: str
    house: House
    who: Person
    place: Place
    service: str
    when: datetime


def utc(moment: datetime) -> datetime:
    """Convert Eastern local time to UTC."""
    march, november = date(moment.year, 3, 8), date(moment.year, 11, 1)
    start = march + timedelta(days=(6 - march.weekday()) % 7)
    end = november + timedelta(days=(6 - november.weekday()) % 7)
    return moment + timedelta(hours=4 if start <= moment.date() < end else 5)


def slip(rng: random.Random, text: str) -> str:
    """Make one typing error in a text."""
    if len(text) < 4:
        return text
    at = rng.randrange(1, len(text) - 1)
    return rng.choice(
        [
            text[:at] + text[at + 1 :],
            text[:at] + text[at] + text[at:],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        ]
    )


def plain_phone(phone: str) -> str:
    """Write ten digits as the office software does."""
    return f"({phone[:3]}) {phone[3:6]}-{phone[6:]}" if phone else ""


def weighted(rng: random.Random, pairs: Iterable[Sequence[Any]]) -> Any:
    """Pick the first item of a pair by the weight in its last item."""
    rows = list(pairs)
    return rng.choices([row[0] for row in rows], [row[-1] for row in rows])[0]


class Office:
    """Build the office's people, requests and jobs."""

    def __init__(self, seed: int, leads: int) -> None:
        """Prepare the pools and the time span."""
        self.rng = random.Random(f"catawba-{seed}-{leads}")
        self.target = leads
        days = min(2040, max(70, int(leads * 0.6)))
        self.end = LAST_MOMENT - timedelta(days=self.rng.randint(35, 50))
        self.start = max(FIRST_DAY, self.end - timedelta(days=days))
        self.used: set[str] = set()
        self.clients: list[House] = []
        self.managers: list[House] = []
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.records: list[Record] = []
        self.truth: list[tuple[Lead, Job]] = []
        self.unsure: list[tuple[Lead, Job]] = []
        self.groups = 0
        self.projects = self.rng.randint(1000, 9000)
        self.streets = {town[0]: self.rng.sample(POOL["streets"], 55) for town in POOL["towns"]}
        shares = [self.rng.random() + 0.3 + (1.5 if at < 25 else 0) for at in range(len(POOL["last"]))]
        self.lasts = list(accumulate(shares))

    # people and places

    def chance(self, share: float) -> bool:
        """Tell whether an event of this probability happens."""
        return self.rng.random() < share

    def phone(self) -> str:
        """Make a phone number that is not in use."""
        for attempt in range(1000):
            area = weighted(self.rng, POOL["area"])
            middle = "555" if attempt < 4 else f"{self.rng.randint(10, 199):03d}"
            number = f"{area}{middle}{self.rng.randint(0, 9999):04d}"
            if number not in self.used:
                self.used.add(number)
                return number
        raise RuntimeError("no phone number is left")

    def email(self, first: str, last: str) -> str:
        """Make a mailbox that is not in use."""
        one, two = (re.sub("[^a-z]", "", part.lower()) for part in (first, last))
        tail = str(self.rng.randint(1, 99)) if self.chance(0.4) else ""
        hobby = self.rng.choice(["panthers", "clt", "lakelife", "mom", "dawg", "golf", "family"])
        forms = [
            (f"{one}.{two}{tail}", 30),
            (f"{one}{two}{tail}", 25),
            (f"{one[0]}{two}{tail}", 25),
            (f"{two}{one[0]}{tail}", 8),
            (f"{one}{hobby}{self.rng.randint(1, 99)}", 12),
        ]
        box, domain = weighted(self.rng, forms), weighted(self.rng, POOL["domains"])
        while f"{box}@{domain}" in self.used:
            box += str(self.rng.randint(0, 9))
        self.used.add(f"{box}@{domain}")
        return f"{box}@{domain}"

    def person(self, last: str = "") -> Person:
        """Make one person."""
        first = self.rng.choice(POOL["first"])
        last = last or self.rng.choices(POOL["last"], cum_weights=self.lasts)[0]
        return Person(first, last, self.phone(), self.email(first, last))

    def spot(self, far: bool = False) -> Place:
        """Make one address."""
        rng = self.rng
        number = rng.choice([rng.randint(100, 999), rng.randint(1000, 4999), rng.randint(5000, 14999)])
        kind = rng.choices(list(POOL["kinds"]), [14, 16, 22, 12, 10, 6, 5, 3, 4, 3])[0]
        if far:
            city, state, code = rng.choice(POOL["far"])
            return Place(number, rng.choice(POOL["streets"]), kind, "", city, state, code)
        city, state, codes, _ = weighted(rng, [(town, town[3]) for town in POOL["towns"]])
        unit = str(rng.randint(1, 320)) if self.chance(0.05) else ""
        return Place(number, rng.choice(self.streets[city]), kind, unit, city, state, rng.choice(codes))

    def household(self) -> House:
        """Make one household, now and then next to kin or in a sold home."""
        rng = self.rng
        place, last = self.spot(), ""
        if self.clients and self.chance(0.035):
            other = rng.choice(self.clients)
            last = other.head.last
            if self.chance(0.5):
                near = other.place
                place = Place(
                    near.number + rng.choice([-4, 4, 8, 12]),
                    near.street,
                    near.kind,
                    "",
                    near.city,
                    near.state,
                    near.zip,
                )
        head = self.person(last)
        partner = self.person("" if self.chance(0.15) else head.last) if self.chance(0.58) else None
        return House(head, partner, self.phone() if self.chance(0.14) else "", place)

    def firm(self, *, manager: bool) -> House:
        """Make one company with a contact."""
        house = House(self.person(), None, self.phone(), self.spot())
        other = self.rng.choice(POOL["streets"])
        word = self.rng.choice([house.place.street, house.head.last, other])
        house.company = f"{word} {self.rng.choice(POOL['managers' if manager else 'firms'])}"
        return house

    # customer records

    def record_name(self, house: House, who: Person) -> str:
        """Write a customer's name as the office typed it."""
        if house.company:
            return house.company
        first = who.first
        if self.chance(0.1):
            first = self.rng.choice(POOL["nick"].get(first, [first]))
        last = slip(self.rng, who.last) if self.chance(0.015) else who.last
        mate = house.partner if who is house.head else house.head
        if mate and mate.last == who.last and self.chance(0.06):
            return f"{first} & {mate.first} {last}"
        name = f"{last}, {first}" if self.chance(0.05) else f"{first} {last}"
        return self.rng.choices([name, name.upper(), name.lower()], [95, 3, 2])[0]

    def record(self, house: House, when: datetime, who: Person, place: Place) -> Record:
        """Create the customer record of a client."""
        owner = who
        phones, email = [who.cell], who.email if self.chance(0.78) else ""
        if house.partner and who is house.head and self.chance(0.09):
            owner = house.partner
            phones = [owner.cell] + ([who.cell] if self.chance(0.55) else [])
            email = self.rng.choice([owner.email, who.email, ""])
        elif house.partner and self.chance(0.15):
            phones.append(house.partner.cell)
        if house.landline and self.chance(0.7):
            phones.insert(0, house.landline)
        if self.chance(0.008):
            phones[0] = phones[0][:-2] + phones[0][-1] + phones[0][-2]
        spot = self.office_place(place)
        kind = "Commercial" if house.company else "Residential"
        billing = spot if house.place is place else self.office_place(house.place)
        made = Record(self.record_name(house, owner), kind, phones, email, billing, when, [spot])
        made.member = not house.company and self.chance(0.23)
        self.records.append(made)
        return made

    def office_place(self, place: Place) -> Place:
        """Copy an address as the office typed it."""
        street, unit = place.street, place.unit
        if self.chance(0.012):
            street = slip(self.rng, street)
        if unit and self.chance(0.15):
            unit = ""
        return Place(place.number, street, place.kind, unit, place.city, place.state, place.zip)

    def location(self, record: Record, place: Place) -> Place:
        """Find or add the service location of a record."""
        for spot in record.spots:
            if (spot.number, spot.zip) == (place.number, place.zip):
                return spot
        record.spots.append(self.office_place(place))
        return record.spots[-1]

    def background(self) -> None:
        """Create the clients that came by phone, before and during the span."""
        span = (self.end - self.start).total_seconds()
        for _ in range(max(14, int(self.target * 0.55))):
            house = self.household() if not self.chance(0.05) else self.firm(manager=False)
            early = max(FIRST_DAY, self.start - timedelta(days=self.rng.randint(5, 1400)))
            house.record = self.record(house, self.open_time(early + timedelta(hours=9)), house.head, house.place)
            self.clients.append(house)
        for _ in range(max(8, int(self.target * 0.5))):
            house = self.household() if not self.chance(0.06) else self.firm(manager=False)
            when = self.open_time(self.seasonal(self.start + timedelta(seconds=self.rng.random() * span)))
            house.record = self.record(house, when, house.head, house.place)
            self.clients.append(house)
            self.phone_job(house, when)
        for _ in range(3 + self.target // 90):
            house = self.firm(manager=True)
            house.record = self.record(house, self.start, house.head, house.place)
            self.managers.append(house)

    # time

    def seasonal(self, moment: datetime) -> datetime:
        """Give a time a likely hour and thin out weekends."""
        if moment.weekday() > 4 and self.chance(0.45):
            moment += timedelta(days=2)
        hour = self.rng.choices(range(24), HOURS)[0]
        return moment.replace(hour=hour, minute=self.rng.randrange(60), second=self.rng.randrange(60), microsecond=0)

    def open_time(self, moment: datetime) -> datetime:
        """Move a time into office hours."""
        while True:
            closing = 18 if moment.weekday() < 5 else 13
            if moment.weekday() == 6 or moment.hour >= closing:
                moment = (moment + timedelta(days=1)).replace(hour=7, minute=self.rng.randint(30, 59))
            elif moment.hour < 7:
                moment = moment.replace(hour=8, minute=self.rng.randrange(60))
            else:
                return moment

    def reply(self, ask: Ask, channel: str) -> datetime:
        """Choose when the office created the job after a request."""
        rng, when = self.rng, ask.when
        busy = 1.6 if when.month in (1, 6, 7, 8) else 1.0
        if channel == "call" and self.chance(0.8):
            return self.open_time(when + timedelta(minutes=rng.randint(1, 8)))
        urgent = self.chance(POOL["services"][ask.service]["urgent"])
        slow = [(0, 52), (1, 16), (2, 9), (4, 8), (9, 8), (18, 5), (38, 2)]
        days = weighted(rng, [(0, 80), (1, 12), (2, 5), (5, 3)] if urgent else slow)
        delay = timedelta(minutes=rng.expovariate(1 / (45 * busy)) + 3, days=days * rng.uniform(0.7, 1.3))
        return self.open_time(when + delay)

    def service(self, when: datetime) -> str:
        """Pick a service by the season."""
        services: dict[str, dict[str, Any]] = POOL["services"]
        return self.rng.choices(list(services), [item["season"][when.month - 1] for item in services.values()])[0]

    # jobs

    def job(self, record: Record, place: Place, created: datetime, service: str, *, campaign: str, summary: str) -> Job:
        """Create one ordinary job."""
        rng, item = self.rng, POOL["services"][service]
        lag = rng.randint(0, 2) if self.chance(item["urgent"] + 0.1) else rng.randint(1, 9)
        scheduled = (created + timedelta(days=lag)).replace(hour=rng.choice([8, 10, 12, 14, 16]), minute=0, second=0)
        if scheduled < created:
            scheduled = created + timedelta(hours=1)
        low, high = item["price"]
        total = round(rng.triangular(low, high, low), 2)
        made = Job(
            record,
            self.location(record, place),
            created,
            scheduled,
            rng.choice(item["types"]),
            item["unit"],
            campaign,
            "Completed",
            total,
            summary,
            rng.choice(item["did"]),
        )
        return self.add(made)

    def add(self, job: Job) -> Job:
        """Store a job with who took and who did it."""
        job.desk, job.tech = self.rng.choice(POOL["csrs"]), self.rng.choice(POOL["techs"])
        if job.scheduled > LAST_MOMENT:
            job.status, job.total, job.result = "Scheduled", 0.0, ""
        self.jobs.append(job)
        return job

    def phone_job(self, house: House, when: datetime) -> None:
        """Create a job without a request on the website."""
        assert house.record
        service = self.service(when)
        campaign = weighted(self.rng, CAMPAIGNS)
        note = self.rng.choice(POOL["services"][service]["ask"]) if self.chance(0.8) else ""
        job = self.job(house.record, house.place, when, service, campaign=campaign, summary=note)
        if self.chance(0.06):
            self.cancel(job)
        else:
            more = self.follow(job, service)
            house.last_job = max(house.last_job, (more or [job])[0].scheduled)
            self.maybe_recall(house, job)

    def cancel(self, job: Job) -> None:
        """Turn a job into a canceled one."""
        job.status, job.total = "Canceled", 0.0
        job.result = self.rng.choice(["Customer canceled", "No answer at door", "Duplicate", "Rescheduling", ""])

    def follow(self, job: Job, service: str) -> list[Job]:
        """Create the install or the return visit that continues a job."""
        item, rng = POOL["services"][service], self.rng
        install = "install" in item and self.chance(0.42 if service == "replace" else 0.16)
        back = service not in ("replace", "tune") and self.chance(0.1)
        if job.status != "Completed" or not (install or back):
            return []
        created = self.open_time(job.scheduled + timedelta(days=rng.choice([0, 0, 1, 1, 2, 4, 9, 16]), hours=2))
        if created > LAST_MOMENT:
            return []
        self.projects += 1
        job.project = self.projects if self.chance(0.65) else 0
        notes = (
            ["Install per estimate on job {job}", "Sold by tech, see {job}", "", "Permit pulled"]
            if install
            else ["Return w/ part for job {job}", "Part in, return visit", "Go back {job}", "2nd trip"]
        )
        total = round(rng.uniform(*item["cost"]), 2) if install else round(rng.uniform(95, 800), 2)
        more = Job(
            job.record,
            job.place,
            created,
            created + timedelta(days=rng.randint(1, 8)),
            rng.choice(item["install"]) if install else "Return Visit",
            item["unit"].split(" - ")[0] + " - Install" if install else item["unit"],
            job.campaign,
            "Completed",
            total,
            rng.choice(notes),
            "Job complete, customer signed." if install else rng.choice(item["did"]),
            origin=job,
            project=job.project,
        )
        return [self.add(more)]

    def recall(self, job: Job, created: datetime) -> Job:
        """Create a free correction of earlier work."""
        kind = self.rng.choice(["Recall", "Warranty Call", "Callback - No Charge"])
        return self.add(
            Job(
                job.record,
                job.place,
                created,
                created + timedelta(days=1),
                kind,
                job.unit,
                "Existing Customer",
                "Completed",
                0.0,
                "Recall on {job}",
                "Corrected, no charge.",
                origin=job,
                recall=kind,
            )
        )

    def maybe_recall(self, house: House, job: Job) -> None:
        """Create a recall by phone for a few jobs."""
        created = self.open_time(job.scheduled + timedelta(days=self.rng.randint(2, 35)))
        if job.total > 0 and created < LAST_MOMENT and self.chance(0.03) and house.free(created):
            self.recall(job, created)
            house.last_job = max(house.last_job, created)

    def later_work(self) -> None:
        """Create plan visits and later calls that no request caused."""
        for house in self.clients + self.managers:
            if not house.record:
                continue
            first = max(house.record.created, self.start) + timedelta(days=25)
            if house.record.member:
                self.plan_visits(house, first)
            rate = (2.0 if house in self.managers else 1.6) if house.company else 0.5
            years = max(0.0, (LAST_MOMENT - first).days / 365)
            for _ in range(int(self.rng.expovariate(1 / (rate * years + 0.01)) + 0.5)):
                when = first + timedelta(days=self.rng.random() * 365 * years)
                when = self.open_time(self.seasonal(when))
                if when < LAST_MOMENT and house.free(when):
                    self.phone_job(house, when)

    def plan_visits(self, house: House, first: datetime) -> None:
        """Create two plan visits a year."""
        assert house.record
        when = first + timedelta(days=self.rng.randint(20, 150))
        while when < LAST_MOMENT:
            created = self.open_time(self.seasonal(when))
            if house.free(created) and created < LAST_MOMENT and self.chance(0.85):
                kind = "Maintenance - Cooling" if 3 <= created.month <= 8 else "Maintenance - Heating"
                self.add(
                    Job(
                        house.record,
                        self.location(house.record, house.place),
                        created,
                        created + timedelta(days=self.rng.randint(3, 25)),
                        kind,
                        "HVAC - Maintenance",
                        "Membership",
                        "Completed",
                        0.0,
                        "Membership visit",
                        self.rng.choice(POOL["plan"]),
                    )
                )
            when += timedelta(days=self.rng.randint(160, 205))

    # requests

    def run(self) -> None:
        """Create everything in order of time."""
        self.background()
        span = (self.end - self.start).total_seconds()
        moments: list[datetime] = []
        while len(moments) < self.target:
            moment = self.start + timedelta(seconds=self.rng.random() * span)
            if self.chance((0.8, 0.65, 0.55, 0.6, 0.75, 0.95, 1, 0.9, 0.62, 0.55, 0.65, 0.7)[moment.month - 1]):
                moments.append(self.seasonal(moment))
        wanted = max(5, int(self.target / 1.09))
        for moment in sorted(moments[:wanted]) + sorted(moments[wanted:]):
            if len(self.leads) < self.target:
                self.episode(moment)
        self.later_work()
        self.number()

    def episode(self, when: datetime) -> None:
        """Create one request with its repeats and its outcome."""
        role = weighted(self.rng, ROLES)
        if role == "spam":
            self.spam(when)
            return
        ask = self.make_ask(role, when)
        lead = self.submit(ask)
        self.groups += 1
        lead.group = self.groups
        self.leads.append(lead)
        booked = self.settle(ask, lead)
        if self.chance(0.085):
            self.repeat(ask, lead, booked)

    def make_ask(self, role: str, when: datetime) -> Ask:
        """Choose who asks, and for which place."""
        service = self.service(when)
        if role == "existing":
            found = self.returning(when)
            if found:
                who = found.partner if found.partner and self.chance(0.2) else found.head
                return Ask(role, found, who, found.place, service, when)
            role = "new"
        if role in ("tenant", "manager"):
            house = self.rng.choice(self.managers) if role == "manager" or self.chance(0.6) else self.household()
            who = self.person() if role == "tenant" else house.head
            return Ask(role, house, who, self.spot(), service, when)
        house = self.firm(manager=False) if role == "firm" else self.household()
        if role == "far":
            house.place = self.spot(far=True)
        place = self.spot() if role == "landlord" else house.place
        if role == "new" and self.clients and self.chance(0.015):
            place = self.sold(house, when)
        who = house.head
        if role == "child":
            who = self.person(house.head.last if self.chance(0.7) else "")
        return Ask(role, house, who, place, service, when)

    def sold(self, house: House, when: datetime) -> Place:
        """Move a new household into the home of an old client."""
        old = self.rng.choice(self.clients)
        if not old.company and old.last_job < when and old.closed_from > when and not old.place.unit:
            old.closed_from = when - timedelta(days=60)
            house.place = old.place
        return house.place

    def returning(self, when: datetime) -> House | None:
        """Find a client with an old record who is free to ask again."""
        limit = when - timedelta(days=40)
        for _ in range(30):
            house = self.rng.choice(self.clients)
            old = house.record and house.record.created < limit
            if old and house.asked < limit and house.last_job < limit and house.closed_from > when:
                self.age(house)
                return house
        return None

    def age(self, house: House) -> None:
        """Change what an old client's record no longer knows."""
        if self.chance(0.09):
            house.head.cell = self.phone()
        if self.chance(0.08):
            house.head.email = self.email(house.head.first, house.head.last)
        if self.chance(0.04):
            house.place = self.spot()

    def submit(self, ask: Ask) -> Lead:
        """Write a request the way its channel takes it."""
        rng, item, who = self.rng, POOL["services"][ask.service], ask.who
        channel = rng.choices(["form", "chat", "call"], [64, 20, 16])[0]
        if ask.role in ("manager", "landlord", "far"):
            channel = "form"
        text = self.message(ask)
        first = who.first
        if self.chance(0.12):
            first = rng.choice(POOL["nick"].get(first, [first]))
        has = {"form": (0.993, 0.97, 0.84), "chat": (0.97, 0.8, 0.35), "call": (1.0, 0.0, 0.66)}[channel]
        lead = Lead(
            ask.when,
            channel,
            first,
            who.last,
            who.cell if self.chance(has[0]) else "",
            who.email if self.chance(has[1]) else "",
            ask.place if self.chance(has[2]) else None,
            ask.place.zip if channel != "call" and self.chance(0.8) else "",
            rng.choice(item["label"]),
            text,
        )
        if channel == "call":
            self.answer(ask, lead)
        elif self.chance(0.05 if channel == "chat" else 0.008):
            lead.last = rng.choice(["", lead.last[0]])
        self.mistype(lead)
        return lead

    def answer(self, ask: Ask, lead: Lead) -> None:
        """Fill a call tracker's row."""
        house = ask.house
        lead.seconds = self.rng.randint(35, 640)
        lead.message = self.rng.choice(["", "", "Caller asked about " + lead.service.lower(), lead.message])
        if house.landline and ask.who is house.head and self.chance(0.4):
            lead.phone = house.landline
        if self.chance(0.2):
            wireless = self.chance(0.7)
            lead.first, lead.last = ("", "") if wireless else ("", lead.last)
        elif self.chance(0.3):
            lead.first, lead.last = lead.first.upper(), lead.last.upper()

    def mistype(self, lead: Lead) -> None:
        """Put ordinary typing errors into a form or chat."""
        if lead.channel == "call":
            return
        if self.chance(0.012):
            lead.last = slip(self.rng, lead.last)
        if lead.email and self.chance(0.012):
            lead.email = slip(self.rng, lead.email.split("@")[0]) + "@" + lead.email.split("@")[1]
        if lead.phone and self.chance(0.008):
            lead.phone = lead.phone[:-1] + str((int(lead.phone[-1]) + 3) % 10)
        if self.chance(0.05):
            lead.first, lead.last = lead.first.lower(), lead.last.lower()

    def message(self, ask: Ask) -> str:
        """Write the words of a request."""
        rng, house = self.rng, ask.house
        words = rng.choice(POOL["hello"]) + rng.choice(POOL["services"][ask.service]["ask"])
        if rng.random() < 0.12:
            words = slip(rng, words)
        extra = {
            "tenant": f"I rent here, owner is {house.company or house.head.last}.",
            "manager": f"{house.company}. Tenant will let you in.",
            "landlord": "This is my rental property.",
            "child": f"This is for my {rng.choice(['mom', 'dad', 'parents', 'grandmother'])}, {house.head.first}.",
            "firm": f"This is for {house.company}.",
            "existing": rng.choice(["", "", "You have been here before."]),
        }
        parts = [words + rng.choice([".", "", "!"]), extra.get(ask.role, ""), rng.choice(POOL["bye"])]
        return " ".join(part for part in parts if part)

    def repeat(self, ask: Ask, lead: Lead, booked: datetime) -> None:
        """Submit the same request once more before the office booked it."""
        gap = timedelta(minutes=self.rng.choice([20, 90, 400, 1500, 2600]) * self.rng.uniform(0.6, 1.4))
        quick = self.chance(0.4) or lead.when + gap >= booked
        if quick:
            gap = timedelta(seconds=self.rng.randint(2, 100))
        if len(self.leads) >= self.target or lead.when + gap >= booked:
            return
        if quick:
            again = replace(lead, when=lead.when + gap)
        else:
            mate = ask.house.partner if ask.role == "new" and self.chance(0.15) else None
            again = self.submit(Ask(ask.role, ask.house, mate or ask.who, ask.place, ask.service, ask.when + gap))
            if self.chance(0.6):
                again.message = self.rng.choice(POOL["again"])
        again.group = lead.group
        self.leads.append(again)

    def spam(self, when: datetime) -> None:
        """Create a request that is no customer's."""
        who, (service, text) = self.person(), self.rng.choice(POOL["spam"])
        self.groups += 1
        self.leads.append(
            Lead(
                when,
                "form",
                who.first,
                who.last,
                who.cell,
                who.email,
                self.spot() if self.chance(0.4) else None,
                "",
                service,
                text,
                group=self.groups,
            )
        )

    # outcomes

    def settle(self, ask: Ask, lead: Lead) -> datetime:
        """Decide what came of a request, and return when its first job was booked."""
        house = ask.house
        house.asked = ask.when
        if not self.chance(CHANCE[ask.role]):
            booked = LAST_MOMENT
            if ask.role != "far" and self.chance(0.08):
                booked = self.reply(ask, lead.channel)
                self.cancel(self.book(ask, lead, booked))
            if house not in self.managers:
                house.closed_from = min(house.closed_from, ask.when - timedelta(days=30))
            if house.record and self.chance(0.006):
                self.phone_job(house, self.open_time(min(ask.when + timedelta(days=200), LAST_MOMENT - timedelta(9))))
            return booked
        booked = created = self.reply(ask, lead.channel)
        if self.chance(0.025):
            self.cancel(self.book(ask, lead, created))
            created = self.open_time(created + timedelta(hours=self.rng.randint(3, 70)))
        job = self.book(ask, lead, created)
        chain = [job, *self.follow(job, ask.service)]
        self.truth += [(lead, each) for each in chain]
        house.last_job = max(each.scheduled for each in chain)
        house.busy.append((ask.when - timedelta(days=30), chain[-1].created))
        if house not in self.clients and house not in self.managers and ask.role in ("new", "child", "firm"):
            self.clients.append(house)
        if ask.role in ("new", "existing"):
            self.web_recall(ask, job)
        return booked

    def book(self, ask: Ask, lead: Lead, created: datetime) -> Job:
        """Create the first job of a request on the right record."""
        house, who = ask.house, ask.who
        twin = ask.role == "existing" and self.chance(0.04)
        if not house.record or twin:
            owner = house.head if ask.role in ("tenant", "child") else who
            house.record = self.record(house, created, owner, house.place if ask.role == "tenant" else ask.place)
        elif ask.role == "existing" and self.chance(0.3) and who.cell not in house.record.phones:
            house.record.phones.append(who.cell)
        campaign = self.campaign(ask, lead)
        return self.job(
            house.record, ask.place, created, ask.service, campaign=campaign, summary=self.summary(ask, lead)
        )

    def campaign(self, ask: Ask, lead: Lead) -> str:
        """Choose the campaign the office entered."""
        own = {"form": "Website Form", "chat": "Web Chat", "call": "Website - Call Tracking"}[lead.channel]
        if ask.role == "existing" and self.chance(0.3):
            return "Existing Customer"
        return own if self.chance(0.68) else weighted(self.rng, CAMPAIGNS)

    def summary(self, ask: Ask, lead: Lead) -> str:
        """Write the note of the desk when it took the job."""
        rng, who = self.rng, ask.who
        what = rng.choice(POOL["services"][ask.service]["ask"])
        if lead.message and self.chance(0.35):
            what = lead.message
        start = rng.choice(["", "", "Web lead. ", "WEB REQ - ", "Cust states "])
        if ask.role in ("tenant", "child"):
            label = "Tenant" if ask.role == "tenant" else rng.choice(["Daughter", "Son", "POC"])
            name = rng.choice([who.first, f"{who.first} {who.last}", f"{who.first} {who.last}"])
            what += f". {label} {name} {plain_phone(who.cell) if self.chance(0.8) else ''}".rstrip()
        elif ask.role == "manager" and self.chance(0.6):
            what += f". Per {who.first}, LBX at door"
        elif ask.house.partner and self.chance(0.06):
            what += f". {ask.house.partner.first} will be home, call {plain_phone(ask.house.partner.cell)}"
        return f"{start}{what}"

    def web_recall(self, ask: Ask, job: Job) -> None:
        """Let a customer ask on the website for a correction of earlier work."""
        when = self.seasonal(ask.house.last_job + timedelta(days=self.rng.randint(2, 25)))
        if len(self.leads) >= self.target or not job.total or not self.chance(0.012) or when > self.end:
            return
        lead = self.submit(Ask(ask.role, ask.house, ask.who, ask.place, ask.service, when))
        ago = self.rng.choice(["last week", "a couple weeks ago", "the other day"])
        lead.message = self.rng.choice(POOL["recall"]).format(ago=ago)
        self.groups += 1
        lead.group = self.groups
        self.leads.append(lead)
        back = self.recall(job, self.open_time(when + timedelta(hours=self.rng.randint(1, 20))))
        self.unsure.append((lead, back))
        ask.house.busy.append((when - timedelta(days=30), back.created))
        ask.house.asked, ask.house.last_job = when, back.scheduled

    # numbers and files

    def number(self) -> None:
        """Drop what is outside the dates and number everything."""
        late = {id(job) for job in self.jobs if job.created > LAST_MOMENT}
        self.truth = [pair for pair in self.truth if id(pair[1]) not in late]
        self.unsure = [pair for pair in self.unsure if id(pair[1]) not in late]
        self.jobs = sorted((job for job in self.jobs if id(job) not in late), key=lambda job: job.created)
        self.leads.sort(key=lambda lead: lead.when)
        number = self.rng.randint(20000, 90000)
        for job in self.jobs:
            number += self.rng.randint(1, 3)
            job.number = number
        number = self.rng.randint(3000, 9000)
        for record in sorted(self.records, key=lambda record: record.created):
            number += self.rng.randint(1, 2)
            record.number = number
        for at, lead in enumerate(self.leads):
            lead.number = f"WR-{at + 10001}"
        self.unsure += [pair for pair in self.truth if not shared(*pair)]


def shared(lead: Lead, job: Job) -> bool:
    """Tell whether a request and a job share anything a person could find."""
    record, notes = job.record, f"{job.summary} {job.result}".lower()
    digits = re.sub(r"\D", "", notes)
    if lead.phone and (lead.phone in record.phones or lead.phone in digits):
        return True
    if lead.email and lead.email == record.email:
        return True
    for spot in (job.place, record.billing):
        if lead.place and (lead.place.number, lead.place.street) == (spot.number, spot.street):
            return True
    named = len(lead.last) > 1 and lead.last.lower() in f"{record.name} {notes}".lower()
    return named or bool(lead.first and lead.first.lower() in notes)


def street(place: Place, *, short: bool) -> str:
    """Write the street line of an address."""
    kind = POOL["kinds"][place.kind] if short else place.kind
    unit = f" {'#' if short else 'Apt '}{place.unit}" if place.unit else ""
    return f"{place.number} {place.street} {kind}{unit}"


def stamp(moment: datetime) -> str:
    """Write a local date and time as the office software does."""
    return f"{moment.month}/{moment.day}/{moment.year} {moment.hour % 12 or 12}:{moment:%M %p}"


def day(moment: datetime) -> str:
    """Write a date as the office software does."""
    return f"{moment.month}/{moment.day}/{moment.year}"


def lead_row(rng: random.Random, lead: Lead) -> dict[str, str]:
    """Write one request as a row."""
    p, spot = lead.phone, lead.place
    forms = [plain_phone(p), f"{p[:3]}-{p[3:6]}-{p[6:]}", p, f"{p[:3]}.{p[3:6]}.{p[6:]}"] if p else [""] * 4
    phone = f"+1{p}" if lead.channel == "call" else rng.choices(forms, [40, 30, 22, 8])[0]
    line = street(spot, short=rng.random() < 0.6) if spot else ""
    line = line.lower() if rng.random() < 0.08 else slip(rng, line) if rng.random() < 0.01 else line
    source = {"form": "Website Form", "chat": "Chat", "call": "Call Tracking"}[lead.channel]
    return {
        "request_id": lead.number,
        "submitted_at_utc": f"{utc(lead.when):%Y-%m-%dT%H:%M:%SZ}",
        "source": source,
        "first_name": lead.first,
        "last_name": lead.last,
        "phone": phone,
        "email": lead.email,
        "street_address": line,
        "city": spot.city if spot else "",
        "zip": spot.zip if spot else lead.zip,
        "service_requested": lead.service,
        "message": lead.message,
        "call_seconds": str(lead.seconds) if lead.seconds else "",
    }


def job_row(job: Job) -> dict[str, str]:
    """Write one job as a row."""
    record, spot, bill = job.record, job.place, job.record.billing
    origin = str(job.origin.number) if job.origin else ""
    done = job.status == "Completed"
    return {
        "Job #": str(job.number),
        "Created Date": stamp(job.created),
        "Scheduled Date": stamp(job.scheduled),
        "Completion Date": day(job.scheduled) if done else "",
        "Job Status": job.status,
        "Job Type": job.kind,
        "Business Unit": job.unit,
        "Campaign Name": job.campaign,
        "Customer ID": str(record.number),
        "Customer Name": record.name,
        "Customer Type": record.kind,
        "Customer Phone": ", ".join(plain_phone(phone) for phone in record.phones),
        "Customer Email": record.email,
        "Location Address": street(spot, short=True),
        "Location City": spot.city,
        "Location State": spot.state,
        "Location Zip": spot.zip,
        "Billing Address": f"{street(bill, short=True)}, {bill.city}, {bill.state} {bill.zip}",
        "Project Number": str(job.project) if job.project else "",
        "Recall For": origin if job.recall else "",
        "Booked By": job.desk,
        "Primary Technician": job.tech if job.status != "Canceled" else "",
        "Jobs Total Revenue": f"${job.total:,.2f}",
        "Summary": job.summary.replace("{job}", origin),
        "Tech Notes": job.result,
    }


def customer_row(record: Record) -> dict[str, str]:
    """Write one customer as a row."""
    bill, phones = record.billing, [plain_phone(phone) for phone in record.phones] + ["", "", ""]
    return {
        "Customer ID": str(record.number),
        "Customer Name": record.name,
        "Type": record.kind,
        "Created On": day(record.created),
        "Street": street(bill, short=True),
        "City": bill.city,
        "State": bill.state,
        "Zip": bill.zip,
        "Phone 1": phones[0],
        "Phone 2": phones[1],
        "Phone 3": phones[2],
        "Email": record.email,
        "Membership Status": "Active" if record.member else "",
        "Locations": str(len(record.spots)),
    }


def save(path: Path, rows: list[dict[str, str]], names: Sequence[str] = ()) -> None:
    """Write rows to a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(names) or list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the files of the office into a folder."""
    office = Office(seed, leads)
    office.run()
    save(folder / "leads.csv", [lead_row(office.rng, lead) for lead in office.leads])
    save(folder / "jobs.csv", [job_row(job) for job in office.jobs])
    active = {id(job.record) for job in office.jobs}
    seen = [record for record in office.records if id(record) in active or record.created < office.start]
    save(folder / "customers.csv", [customer_row(record) for record in sorted(seen, key=lambda one: one.number)])
    pair = ("lead_id", "job_id")
    for name, pairs in (("truth.csv", office.truth), ("ambiguous.csv", office.unsure)):
        save(folder / name, [dict(zip(pair, (lead.number, str(job.number)), strict=True)) for lead, job in pairs], pair)
    count: dict[int, int] = {}
    for lead in office.leads:
        count[lead.group] = count.get(lead.group, 0) + 1
    rows = [{"lead_id": lead.number, "group_id": f"G{lead.group}"} for lead in office.leads if count[lead.group] > 1]
    save(folder / "lead_groups.csv", rows, ("lead_id", "group_id"))
