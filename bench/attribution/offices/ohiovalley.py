"""Write the requests and jobs of a made-up electrical and generator contractor.

The office serves Cincinnati, Dayton and northern Kentucky with nine technicians.
Requests come from a website form, a chat tool and a call tracker, in one inbox export in UTC.
Jobs and customers come from a middle-size field service program in local time.
True: the first visit for a request, and later work of the same customer number that continues it.
Not true: canceled jobs, plan visits, tune-ups, callbacks, and later unrelated calls.
A repeated request gets its jobs on the first submission; lead_groups.csv lists the repeats.
Hard: spouses, tenants, realtors and grown children write in, but the job is under another name.
Hard: moved customers, second records, new phones, typing errors, and families with one name.
Hard: property managers with many buildings, storm weeks with slow answers, and slow generator sales.
Callbacks with a request of their own, and pairs with nothing in common, are in ambiguous.csv.
"""

import csv
import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

# All times are the office's wall clock; the zone is a formality.
POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
SEASONS: dict[str, Sequence[float]] = {
    "flat": (0.9, 0.9, 1, 1, 1.05, 1, 1, 1, 1, 1.05, 1, 0.9),
    "storm": (0.9, 0.8, 0.9, 1.1, 1.2, 1.4, 1.4, 1.2, 0.9, 0.8, 0.8, 0.9),
    "summer": (0.7, 0.7, 0.9, 1.1, 1.4, 1.3, 1.2, 1.1, 1, 0.9, 0.9, 0.8),
    "holiday": (0.8, 0.8, 0.9, 1, 1, 1, 0.9, 0.9, 1, 1.1, 1.5, 1.4),
    "gen": (1.2, 1.1, 0.9, 0.9, 1, 1.4, 1.4, 1.2, 1, 0.8, 0.9, 1.1),
}
MONTHS: Sequence[float] = (0.85, 0.8, 0.9, 1, 1.1, 1.3, 1.3, 1.15, 1, 0.95, 0.9, 0.85)
LEAD_COLUMNS = (
    "Submission ID",
    "Submitted (UTC)",
    "Channel",
    "Form Name",
    "Name",
    "Phone",
    "Email",
    "Street Address",
    "City",
    "State",
    "ZIP",
    "Service Needed",
    "Message",
    "Landing Page",
    "Source / Medium",
    "Inbox Status",
)
JOB_COLUMNS = (
    "Job #",
    "Created On",
    "Start Date",
    "Closed On",
    "Status",
    "Job Category",
    "Customer #",
    "Customer Name",
    "Contact",
    "Phone 1",
    "Phone 2",
    "Email",
    "Service Address",
    "Service City",
    "Service State",
    "Service Zip",
    "Bill To",
    "Lead Source",
    "Related Job #",
    "Description",
    "Tech Notes",
    "Assigned Tech",
    "Entered By",
    "Job Total",
)
CUSTOMER_COLUMNS = (
    "Customer #",
    "Customer Name",
    "Account Type",
    "Contact First",
    "Contact Last",
    "Phone 1",
    "Phone 2",
    "Email",
    "Street",
    "City",
    "State",
    "ZIP",
    "Customer Since",
    "Referral Source",
    "Agreement",
    "Notes",
)


@dataclass(eq=False)
class Person:
    """Hold one human being and how to reach them."""

    first: str
    last: str
    phone: str
    email: str


@dataclass(eq=False)
class Place:
    """Hold one service address with the full street name."""

    number: int
    name: str
    suffix: str
    unit: str
    city: str
    state: str
    zip: str


@dataclass(eq=False)
class Record:
    """Hold one customer record of the program."""

    since: datetime
    name: str
    kind: str
    first: str
    last: str
    phones: list[str]
    email: str
    bill: Place
    source: str
    plan: str = ""
    notes: str = ""
    number: int = 0


@dataclass(eq=False)
class Party:
    """Hold one household or company with its people, places, records and history."""

    people: list[Person]
    places: list[Place]
    kind: str = "Residential"
    company: str = ""
    records: list[Record] = field(default_factory=list)
    jobs: list["Job"] = field(default_factory=list)
    leads: list["Lead"] = field(default_factory=list)


@dataclass(eq=False)
class Lead:
    """Hold one submission; repeats point to the first submission."""

    when: datetime
    row: dict[str, str]
    first: "Lead | None" = None
    person: Person | None = None
    spot: int = 0

    @property
    def root(self) -> "Lead":
        """Return the first submission of the request."""
        return self.first or self


@dataclass(eq=False)
class Job:
    """Hold one job; lead is the request that it is a true outcome of."""

    created: datetime
    start: datetime
    record: Record
    place: Place
    kind: str
    status: str
    source: str
    total: float
    desc: str
    notes: str
    lead: Lead | None = None
    related: "Job | None" = None
    show_related: bool = False
    callback_of: Lead | None = None
    number: int = 0


@dataclass(eq=False)
class Request:
    """Hold one need before it is typed into any channel."""

    when: datetime
    party: Party
    who: Person
    place: Place
    service: str
    relation: str = ""
    email: str = ""


def eastern(moment: datetime) -> int:
    """Return the hours that local time is behind UTC."""
    march, november = date(moment.year, 3, 8), date(moment.year, 11, 1)
    begin = march + timedelta(days=(6 - march.weekday()) % 7)
    end = november + timedelta(days=(6 - november.weekday()) % 7)
    return 4 if begin <= moment.date() < end else 5


def money(value: float) -> str:
    """Format an amount as the program exports it."""
    return f"{value:,.2f}"


def dashed(phone: str) -> str:
    """Format ten digits as the program shows them."""
    return f"{phone[:3]}-{phone[3:6]}-{phone[6:]}" if phone else ""


def street(place: Place, short: bool = True) -> str:
    """Return the street line, with the usual short suffix or the full one."""
    suffix = POOLS["abbr"][place.suffix] if short else place.suffix
    unit = f" {place.unit}" if place.unit else ""
    return f"{place.number} {place.name} {suffix}{unit}"


def one_line(place: Place) -> str:
    """Return a whole address in one line."""
    return f"{street(place)}, {place.city}, {place.state} {place.zip}"


class Town:
    """Make people, places and phones of the region."""

    def __init__(self, rng: random.Random) -> None:
        """Pick this seed's streets and empty the phone register."""
        self.rng = rng
        self.phones: set[str] = set()
        self.emails: set[str] = set()
        self.known: list[tuple[str, Place]] = []
        self.roads: dict[str, list[tuple[str, str]]] = {}
        for town in POOLS["towns"] + POOLS["far_towns"]:
            names = rng.sample(POOLS["streets"], 34)
            self.roads[town[2]] = [(name, rng.choice(POOLS["suffixes"])) for name in names]

    def phone(self, zip_code: str) -> str:
        """Return an unused number with 555 in the middle."""
        areas = POOLS["areas"]
        local = areas.get(zip_code[:3]) or areas.get(zip_code[:2]) or POOLS["other_areas"]
        for attempt in range(60):
            far = attempt > 8 or self.rng.random() < 0.09
            area = self.rng.choice(POOLS["other_areas"] if far else local)
            number = f"{area}555{self.rng.randrange(10000):04d}"
            if number not in self.phones:
                break
        self.phones.add(number)
        return number

    def place(self, far: bool = False, flat: float = 0.05) -> Place:
        """Return a random address in or outside the service area."""
        towns = POOLS["far_towns" if far else "towns"]
        city, state, zip_code, _ = self.rng.choices(towns, [row[3] for row in towns])[0]
        name, suffix = self.rng.choice(self.roads[zip_code])
        unit = self.rng.choice(["Apt", "Unit", "#"]) + f" {self.rng.randint(1, 24)}"
        number = int(10 ** self.rng.uniform(2.0, 3.95))
        return Place(number, name, suffix, unit if self.rng.random() < flat else "", city, state, zip_code)

    def email(self, first: str, last: str, domain: str = "") -> str:
        """Return a plausible address for a name."""
        rng = self.rng
        last = re.sub(r"[^a-z]", "", last.lower())
        first = first.lower()
        if domain:
            return f"{rng.choice([first[0] + last, first, first + '.' + last])}@{domain}"
        digits = rng.choice(["", "", str(rng.randint(1, 99)), str(rng.randint(1950, 1999)), str(rng.randint(1, 999))])
        stem = rng.choice([f"{first}.{last}", f"{first}{last}", f"{first[0]}{last}", f"{last}{first[0]}", f"{last}fam"])
        stem, domain = stem + digits, rng.choice(POOLS["mail"])
        while f"{stem}@{domain}" in self.emails:
            stem += str(rng.randint(0, 9))
        self.emails.add(f"{stem}@{domain}")
        return f"{stem}@{domain}"

    def person(self, zip_code: str, last: str = "", domain: str = "") -> Person:
        """Return a new person near a ZIP code."""
        first = self.rng.choice(POOLS[self.rng.choice(["male", "female"])])
        last = last or self.rng.choice(POOLS["lasts"])
        return Person(first, last, self.phone(zip_code), self.email(first, last, domain))

    def household(self, far: bool = False) -> Party:
        """Return a new family, at times with the name or street of another one."""
        rng, place, last = self.rng, self.place(far), ""
        if self.known and not far and rng.random() < 0.04:
            last, near = rng.choice(self.known)
            if rng.random() < 0.5:
                number = near.number + rng.choice([2, 4, 8, 10])
                place = Place(number, near.name, near.suffix, "", near.city, near.state, near.zip)
        people = [self.person(place.zip, last)]
        if rng.random() < 0.58:
            other = self.person(place.zip, people[0].last if rng.random() < 0.88 else "")
            if rng.random() < 0.2:
                other.email = people[0].email
            people.append(other)
        self.known.append((people[0].last, place))
        return Party(people, [place])

    def firm(self, kind: str) -> Party:
        """Return a new business or property manager."""
        rng, words = self.rng, POOLS["company"]
        head = rng.choice(words["head"] + [rng.choice(POOLS["lasts"])] * 8)
        name = f"{head} {rng.choice(words[kind])}"
        domain = re.sub(r"[^a-z]", "", name.lower())[:18] + "555.com"
        places = [self.place(flat=0.0)]
        people = [self.person(places[0].zip, domain=domain) for _ in range(2)]
        if kind == "pm":
            places += [self.place(flat=0.5) for _ in range(rng.randint(4, 14))]
        return Party(people, places, "Property Manager" if kind == "pm" else "Commercial", name)


def typo(rng: random.Random, text: str) -> str:
    """Swap, drop or double one character of a text."""
    if len(text) < 4:
        return text
    spot = rng.randrange(1, len(text) - 1)
    swapped = text[:spot] + text[spot + 1] + text[spot] + text[spot + 2 :]
    return rng.choice([swapped, text[:spot] + text[spot + 1 :], text[:spot] + text[spot] + text[spot:]])


def wrong_digit(rng: random.Random, phone: str) -> str:
    """Change one of the last four digits of a number."""
    spot = rng.randrange(6, 10)
    return phone[:spot] + str((int(phone[spot]) + rng.randint(1, 9)) % 10) + phone[spot + 1 :]


def chance(rng: random.Random, share: float) -> bool:
    """Return true in a share of the cases."""
    return rng.random() < share


class Office:
    """Run the office: take requests, enter jobs, keep records."""

    def __init__(self, seed: int, leads: int) -> None:
        """Set the span, the storms and the regular customers."""
        self.rng = random.Random(f"ohiovalley-{seed}-{leads}")
        self.town = Town(self.rng)
        self.wanted = leads
        days = min(2080, max(60, int(leads * 0.6)))
        slack = (date(2025, 12, 20) - date(2020, 1, 6)).days - days
        self.begin = datetime(2020, 1, 6, tzinfo=UTC) + timedelta(days=self.rng.randint(0, slack))
        self.end = self.begin + timedelta(days=days)
        self.storms = [self.rng.uniform(0, days) for _ in range(max(1, days // 75))]
        self.days = self.rng.choices(range(days), [self.load(day) for day in range(days)], k=leads * 4)
        self.leads: list[Lead] = []
        self.records: list[Record] = []
        self.parties: list[Party] = []
        self.unsure: set[tuple[Lead, Job]] = set()
        self.managers = [self.town.firm("pm") for _ in range(max(1, leads // 45))]
        self.standing: list[Party] = []
        for firm in self.managers:
            self.stand(firm)
        for _ in range(int(leads * 1.05)):
            party = self.town.firm("biz") if chance(self.rng, 0.07) else self.town.household()
            self.stand(party)
            self.standing.append(party)

    def load(self, day: int) -> float:
        """Return how many requests a day draws, against the average."""
        moment = self.begin + timedelta(days=day)
        storm = 2.2 if any(0 <= day - hit < 4 for hit in self.storms) else 1.0
        return MONTHS[moment.month - 1] * storm * (0.55 if moment.weekday() > 4 else 1.0)

    def fill(self, text: str, place: Place) -> str:
        """Fill the slots of a text."""
        slots = {key: self.rng.choice(words) for key, words in POOLS["slots"].items()}
        return text.format(city=place.city, **slots)

    # Records -------------------------------------------------------------------------------------------------

    def record(self, party: Party, since: datetime, who: Person, place: Place, source: str) -> Record:
        """Enter a customer the way a busy dispatcher types it."""
        rng = self.rng
        first = rng.choice(POOLS["nicks"].get(who.first, [who.first])) if chance(rng, 0.12) else who.first
        last = typo(rng, who.last) if chance(rng, 0.02) else who.last
        phone = wrong_digit(rng, who.phone) if chance(rng, 0.012) else who.phone
        phones, mate = [phone], next((person for person in party.people if person is not who), None)
        name = party.company or f"{first} {last}"
        if mate and chance(rng, 0.4):
            phones.append(mate.phone)
            if not party.company and mate.last == who.last and chance(rng, 0.45):
                name = f"{first} & {mate.first} {last}"
        elif chance(rng, 0.15):
            phones.append(self.town.phone(place.zip))
        if chance(rng, 0.07):
            phones.reverse()
        email = who.email if chance(rng, 0.8) else ""
        result = Record(since, name, party.kind, first, last, phones, email, place, source)
        self.records.append(result)
        party.records.append(result)
        return result

    def stand(self, party: Party) -> None:
        """Enter a customer from before or outside the website, and that customer's own calls."""
        rng = self.rng
        self.parties.append(party)
        old = party.kind == "Property Manager" or chance(rng, 0.6)
        earlier = self.begin - timedelta(days=rng.randint(5, 2600))
        since = earlier if old else self.moment()
        since = max(since, datetime(2014, 1, 6, 9, tzinfo=UTC))
        record = self.record(party, since, party.people[0], party.places[0], rng.choice(POOLS["sources"]["other"]))
        if old and chance(rng, 0.1):
            record.email = ""
        if not old:
            self.other_job(party, since)
        calls = 3 if party.kind == "Property Manager" else 1
        for _ in range(calls if chance(rng, 0.42) else 0):
            self.other_job(party, self.moment())
        if chance(rng, 0.22):
            self.plan(party, record, since)

    def moment(self) -> datetime:
        """Return a random office moment in the span."""
        day = self.begin + timedelta(days=self.rng.choice(self.days))
        return day + timedelta(minutes=self.rng.randint(7 * 60 + 30, 17 * 60), seconds=self.rng.randint(0, 59))

    def other_job(self, party: Party, when: datetime) -> None:
        """Enter a job from a phone call, a walk-in or a referral."""
        rng, record = self.rng, party.records[-1]
        when = max(when, record.since)
        service = rng.choice(POOLS["unrelated"])
        kind = "repeat" if when > record.since + timedelta(days=60) else "other"
        job = self.enter(
            party, record, rng.choice(party.places), service, when, source=rng.choice(POOLS["sources"][kind])
        )
        if job.status == "Completed" and chance(rng, 0.12):
            self.follow(party, job, service, sure=True)
        elif chance(rng, 0.03):
            self.callback(party, job)

    def plan(self, party: Party, record: Record, since: datetime) -> None:
        """Enter the plan visits of a maintenance agreement."""
        rng = self.rng
        record.plan = rng.choice(["Gen Care Annual", "Gen Care Semi-Annual", "Home Electrical Plan"])
        step = 182 if "Semi" in record.plan else 365
        when = max(since, self.begin) + timedelta(days=rng.randint(20, step))
        while when < self.end:
            kind = "Generator Maintenance - Plan" if "Gen" in record.plan else "Safety Inspection - Plan"
            start = self.slot(when, rng.randint(3, 25))
            total = rng.choice([0.0, 0.0, 189.0, 249.0])
            notes = rng.choice(["PM done, oil/filter/plugs.", "Annual check ok.", "Tune up, no issues.", "Bat 12.7V."])
            job = Job(when, start, record, party.places[0], kind, "Completed", "Agreement", total, record.plan, notes)
            party.jobs.append(job)
            when += timedelta(days=step + rng.randint(-15, 20))

    # Jobs ----------------------------------------------------------------------------------------------------

    def slot(self, created: datetime, days: float) -> datetime:
        """Return an arrival window on a working day."""
        day = created + timedelta(days=days)
        while day.weekday() == 6 or (day.weekday() == 5 and chance(self.rng, 0.8)):
            day += timedelta(days=1)
        hour = self.rng.choice([8, 8, 9, 10, 11, 12, 13, 14, 15])
        if day.date() == created.date():
            hour = min(20, max(hour, created.hour + 1))
        return day.replace(hour=hour, minute=self.rng.choice([0, 0, 30]), second=0)

    def done(self, service: dict[str, Any], place: Place, *, quote: bool) -> str:
        """Return a technician's note that fits a quote or finished work."""
        fitting = [text for text in service["done"] if bool(re.search("[Qq]uote|Measured", text)) is quote]
        return self.fill(self.rng.choice(fitting or ["Looked at job, emailed quote.", "Priced on site."]), place)

    def enter(self, party: Party, record: Record, place: Place, key: str, when: datetime, *, source: str) -> Job:
        """Enter a first visit: an estimate, or the work itself."""
        rng, service = self.rng, POOLS["services"][key]
        quote = chance(rng, service["est"])
        direct = service["fee"][1] == 0 and not quote
        kind = service["first"] if not direct else service["install"]
        if quote and not kind.startswith("Estimate"):
            kind = "Estimate"
        low, high = service["big"] if direct else service["fee"]
        total = 0.0 if quote or not high else round(rng.uniform(low, high), 2)
        start = self.slot(when, rng.choice([0, 0, 1, 1, 2, 3, 5, 7]) if not direct else rng.randint(3, 20))
        desc = self.fill(rng.choice(service["desc"]), place)
        notes = f"{self.done(service, place, quote=quote)} {rng.choice(POOLS['extra_notes'])}".strip()
        job = Job(when, start, record, place, kind, "Completed", source, total, desc, notes)
        if start > self.end:
            job.status, job.total, job.notes = "Scheduled", 0.0, ""
        party.jobs.append(job)
        return job

    def follow(self, party: Party, job: Job, key: str, sure: bool = False) -> None:
        """Enter the work that continues a visit: the install, the start-up, the return with the part."""
        rng, service = self.rng, POOLS["services"][key]
        estimate = job.kind.startswith("Estimate")
        if job.status != "Completed" or not (sure or chance(rng, service["sold"] if estimate else 0.13)):
            return
        wait = rng.lognormvariate(2.2, 0.8) if estimate else rng.uniform(0.1, 9)
        created = job.start + timedelta(days=min(wait, 85), minutes=rng.randint(30, 400))
        created = created.replace(hour=rng.randint(8, 16))
        kind = service["install"] if estimate else "Return Visit"
        start = self.slot(created, rng.randint(10, 45) if kind == "Generator Install" else rng.randint(1, 14))
        total = round(rng.uniform(*service["big"]), 2)
        words = ["Per est {ref}", "Sold from est {ref}", kind] if estimate else ["Part in, see {ref}", "Return w/ part"]
        desc, notes = rng.choice(words), self.done(service, job.place, quote=False)
        more = Job(created, start, job.record, job.place, kind, "Completed", job.source, total, desc, notes)
        more.related, more.show_related, more.lead = job, chance(rng, 0.6), job.lead
        if start > self.end:
            more.status, more.total, more.notes = "Scheduled", 0.0, ""
        party.jobs.append(more)
        if kind == "Generator Install" and chance(rng, 0.5):
            begin = self.slot(start, rng.randint(2, 12))
            last = Job(
                start + timedelta(hours=4),
                begin,
                job.record,
                job.place,
                "Generator Startup",
                "Completed",
                job.source,
                0.0,
                "Startup for {ref}",
                "Started, ran under load, registered unit.",
            )
            last.related, last.show_related, last.lead = more, chance(rng, 0.6), job.lead
            party.jobs.append(last)

    def callback(self, party: Party, job: Job) -> None:
        """Enter a free correction; at times the customer asked for it on the website."""
        rng = self.rng
        created = job.start + timedelta(days=rng.uniform(1, 40))
        created = created.replace(hour=rng.randint(8, 16))
        if created > self.end or job.status != "Completed":
            return
        back = Job(
            created,
            self.slot(created, rng.randint(0, 4)),
            job.record,
            job.place,
            "Callback / Warranty",
            "Completed",
            job.source,
            0.0,
            rng.choice(["Callback {ref}", "Warranty - see {ref}", "Not fixed"]),
            rng.choice(["Loose wire nut, n/c.", "Replaced under warranty.", "Retightened, ok now. No charge."]),
        )
        back.related, back.show_related = job, chance(rng, 0.7)
        party.jobs.append(back)
        if chance(rng, 0.2) and len(self.leads) < self.wanted:
            asked = created - timedelta(hours=rng.uniform(1, 20))
            request = Request(asked, party, party.people[0], job.place, "trouble")
            lead = self.submit(request, "form")
            lead.row["Message"] = "You were here recently and the same problem is back. Please send someone to fix it."
            back.callback_of = lead
            self.unsure.add((lead, back))

    # Requests ------------------------------------------------------------------------------------------------

    def service(self, when: datetime) -> str:
        """Pick a service for the month."""
        items = POOLS["services"].items()
        weights = [row["weight"] * SEASONS[row["season"]][when.month - 1] for _, row in items]
        return str(self.rng.choices([key for key, _ in items], weights)[0])

    def arrive(self) -> datetime:
        """Return the local moment of a request."""
        night, rest = [1, 0.5, 0.3, 0.2, 0.3, 1, 3, 6], [9, 10, 10, 9, 9, 8, 8, 8, 7, 7, 7, 7, 7, 6, 4, 2]
        hour = self.rng.choices(range(24), [*night, *rest])
        day = self.begin + timedelta(days=self.rng.choice(self.days), hours=hour[0])
        return day + timedelta(seconds=self.rng.randint(0, 3599))

    def request(self) -> tuple[Request, float]:
        """Return a new request and its chance to become a job."""
        rng, when = self.rng, self.arrive()
        service = self.service(when)
        draw = rng.random()
        if draw < 0.17:
            request = self.known_request(when, service)
            if request:
                return request, 0.74
        if draw < 0.205:
            party = rng.choice(self.managers)
            who = rng.choice(party.people)
            return Request(when, party, who, rng.choice(party.places[1:]), "trouble"), 0.8
        party = self.town.firm("biz") if draw < 0.24 else self.town.household(far=0.24 <= draw < 0.265)
        self.parties.append(party)
        who, place = rng.choice([party.people[0], party.people[0], party.people[-1]]), party.places[0]
        request = Request(when, party, who, place, service)
        if draw >= 0.265:
            self.relate(request, draw)
        return request, 0.06 if 0.24 <= draw < 0.265 else {"genquote": 0.55, "genfix": 0.62}.get(service, 0.53)

    def relate(self, request: Request, draw: float) -> None:
        """Let a tenant, a grown child or a realtor write for some new households."""
        rng, party, zip_code = self.rng, request.party, request.place.zip
        if draw < 0.295:
            request.relation, request.place = "Tenant", self.town.place(flat=0.5)
            request.who, request.service = self.town.person(request.place.zip), rng.choice(["trouble", "outlets"])
            party.places.append(request.place)
        elif draw < 0.32:
            request.relation = rng.choice(POOLS["rel_words"])
            request.who = self.town.person(zip_code, party.people[0].last if chance(rng, 0.5) else "")
        elif draw < 0.335:
            request.relation, request.service = "Realtor", "outlets"
            request.who = self.town.person(zip_code)

    def known_request(self, when: datetime, service: str) -> Request | None:
        """Return a request of a regular customer, who may have moved or changed the number."""
        rng = self.rng
        for _ in range(6):
            party = rng.choice(self.standing)
            early = party.records[0].since > when - timedelta(days=40)
            if not early and not party.leads:
                break
        else:
            return None
        who = rng.choice([party.people[0], party.people[0], party.people[-1]])
        if chance(rng, 0.08):
            party.places.append(self.town.place())
        if chance(rng, 0.1):
            who.phone = self.town.phone(party.places[-1].zip)
        if chance(rng, 0.08):
            who.email = self.town.email(who.first, who.last)
        return Request(when, party, who, party.places[-1], service)

    def take(self) -> None:
        """Take one request, its repeats, and what the office makes of it."""
        rng = self.rng
        if chance(rng, 0.02):
            self.spam()
            return
        request, odds = self.request()
        channel = rng.choices(["form", "chat", "call"], [64, 18, 18])[0]
        lead = self.submit(request, channel)
        won = chance(rng, odds)
        last = lead
        if chance(rng, 0.055) and len(self.leads) < self.wanted:
            last = self.repeat(request, channel, lead)
        if won:
            self.win(request, channel, lead, last.when)
        elif chance(rng, 0.05):
            party = request.party
            record = (
                party.records[-1]
                if party.records
                else self.record(party, lead.when + timedelta(hours=2), party.people[0], party.places[0], "Website")
            )
            job = self.enter(
                party, record, request.place, request.service, self.answer(lead.when, channel), source="Website"
            )
            self.cancel(job)

    def cancel(self, job: Job) -> None:
        """Turn a job into a canceled one."""
        job.status, job.total = "Canceled", 0.0
        job.notes = self.rng.choice(["Cust canceled.", "No answer x3, closed.", "Went with other company.", "Resched."])

    def spam(self) -> None:
        """Add a sales pitch that passed the filter."""
        who = self.town.person("00000")
        request = Request(self.arrive(), Party([who], []), who, self.town.place(), "panel")
        lead = self.submit(request, "form")
        lead.row["Message"] = self.rng.choice(POOLS["spam"])

    def repeat(self, request: Request, channel: str, lead: Lead) -> Lead:
        """Send the request again: a double click, another channel, or the spouse."""
        rng, people = self.rng, request.party.people
        before = request.when
        if channel == "form" and chance(rng, 0.45):
            request.when = before + timedelta(seconds=rng.randint(2, 150))
            again = self.submit(request, "form")
            again.row |= {key: value for key, value in lead.row.items() if key != "Submitted (UTC)"}
        else:
            request.when = before + timedelta(hours=rng.uniform(0.1, 30))
            mate = not request.relation and len(people) > 1 and chance(rng, 0.2)
            who = request.who
            request.who = people[1] if mate else who
            again = self.submit(request, rng.choice(["form", "chat", "call"]))
            request.who = who
        request.when, again.first = before, lead
        return again

    def answer(self, when: datetime, channel: str) -> datetime:
        """Return when the office enters the job: at once on a call, later in a storm."""
        rng = self.rng
        day = (when - self.begin).days
        storm = 2.5 if any(0 <= day - hit < 8 for hit in self.storms) else 1.0
        hours = rng.lognormvariate(0.9, 1.3) * storm
        if channel == "call" and chance(rng, 0.7):
            return when + timedelta(minutes=rng.uniform(1, 14))
        if chance(rng, 0.05):
            hours = rng.uniform(5, 35) * 24
        moment = when + timedelta(hours=min(hours, 900))
        if moment.hour >= 18 or moment.hour < 7:
            moment += timedelta(hours=(7 - moment.hour) % 24, minutes=rng.randint(5, 90))
        while moment.weekday() == 6 and chance(rng, 0.7):
            moment += timedelta(days=1)
        return moment

    def win(self, request: Request, channel: str, lead: Lead, last: datetime) -> None:
        """Enter the first visit, its continuation, and what comes later."""
        rng, party = self.rng, request.party
        created = self.answer(last, channel)
        source = rng.choice(POOLS["sources"]["call" if channel == "call" else "web"])
        if party.records and not (party.kind == "Residential" and chance(rng, 0.07)):
            record = party.records[0]
            source = rng.choice(POOLS["sources"]["repeat"]) if chance(rng, 0.6) else source
        else:
            record = self.win_record(request, created, source)
        if chance(rng, 0.04):
            dropped = self.enter(party, record, request.place, request.service, created, source=source)
            self.cancel(dropped)
            created = self.slot(created, rng.uniform(1, 12))
        job = self.enter(party, record, request.place, request.service, created, source=source)
        job.lead = lead
        self.annotate(job, request, lead)
        self.follow(party, job, request.service)
        if chance(rng, 0.035):
            self.callback(party, job)
        if party.kind == "Residential" and job.created < self.end - timedelta(days=90):
            self.later(party, record, job)

    def win_record(self, request: Request, created: datetime, source: str) -> Record:
        """Enter a new customer, at times under the spouse."""
        rng, party = self.rng, request.party
        own = request.who in party.people
        who = request.who if own and not chance(rng, 0.08) else party.people[0]
        bill = request.place if own else party.places[0]
        record = self.record(party, created, who, bill, source)
        typed = self.leads[-1].row.get("Email", "")
        if own and typed and not record.email and chance(rng, 0.4):
            record.email = typed.lower()
        return record

    def annotate(self, job: Job, request: Request, lead: Lead) -> None:
        """Write into the job who asked, and at times what was asked."""
        rng, who = self.rng, request.who
        known = who.phone in job.record.phones
        if request.relation or (not known and chance(rng, 0.45)):
            label = request.relation or "Contact"
            full = f"{who.first} {who.last}" if chance(rng, 0.85) else who.first
            text = f"{label}: {full} {dashed(who.phone) if chance(rng, 0.8) else ''}".strip()
            job.notes = f"{text}. {job.notes}" if chance(rng, 0.93) else job.notes
        message = lead.row["Message"]
        if message and "Visitor:" not in message and chance(rng, 0.2):
            job.desc = f"Web req: {message[:60]}"

    def later(self, party: Party, record: Record, job: Job) -> None:
        """Enter unrelated calls and plan visits after a first visit."""
        rng = self.rng
        if chance(rng, 0.16):
            when = job.created + timedelta(days=rng.uniform(60, 500))
            if when < self.end:
                self.other_job(party, when.replace(hour=rng.randint(8, 16)))
        if chance(rng, 0.3 if "Generator" in job.kind else 0.06):
            self.plan(party, record, job.start + timedelta(days=60))
        if chance(rng, 0.05) and len(self.leads) < self.wanted:
            when = job.created + timedelta(days=rng.uniform(75, 600))
            if when < self.end:
                again = Request(when, party, party.people[0], job.place, self.service(when))
                lead = self.submit(again, "form")
                self.win(again, "form", lead, lead.when)

    # Typing --------------------------------------------------------------------------------------------------

    def submit(self, request: Request, channel: str) -> Lead:
        """Type a request into a channel and keep the submission."""
        rng = self.rng
        row = {"form": self.form, "chat": self.chat, "call": self.call}[channel](request)
        moment = request.when + timedelta(hours=eastern(request.when))
        row["Submitted (UTC)"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        row["Landing Page"] = rng.choice(POOLS["pages"])
        row["Source / Medium"] = rng.choices(POOLS["mediums"], [40, 24, 18, 6, 5, 7])[0]
        row["Inbox Status"] = rng.choices(["Read", "Replied", "New", "Archived"], [40, 35, 10, 15])[0]
        lead = Lead(request.when, row, person=request.who)
        self.leads.append(lead)
        request.party.leads.append(lead)
        return lead

    def name(self, who: Person) -> str:
        """Type a name."""
        rng = self.rng
        first = rng.choice(POOLS["nicks"].get(who.first, [who.first])) if chance(rng, 0.22) else who.first
        last = typo(rng, who.last) if chance(rng, 0.008) else who.last
        full = f"{first} {last}"
        return rng.choices([full, full.lower(), full.upper(), full + " "], [86, 8, 3, 3])[0]

    def typed_phone(self, phone: str) -> str:
        """Type a phone number."""
        rng = self.rng
        phone = wrong_digit(rng, phone) if chance(rng, 0.012) else phone
        pretty = f"({phone[:3]}) {phone[3:6]}-{phone[6:]}"
        return rng.choices([pretty, dashed(phone), phone, dashed(phone).replace("-", ".")], [60, 18, 18, 4])[0]

    def address(self, row: dict[str, str], place: Place, city: bool = True) -> None:
        """Type an address the way people do."""
        rng = self.rng
        text = street(place, chance(rng, 0.6))
        if chance(rng, 0.06):
            text = f"{place.number} {place.name}"
        if chance(rng, 0.02):
            text = typo(rng, text)
        row["Street Address"] = rng.choices([text, text.lower(), text.upper(), text + "."], [82, 12, 3, 3])[0]
        row["ZIP"] = place.zip if chance(rng, 0.97) else ""
        if city:
            row["City"], row["State"] = place.city, place.state

    def words(self, request: Request) -> str:
        """Write the message of a request."""
        rng = self.rng
        body = self.fill(rng.choice(POOLS["services"][request.service]["texts"]), request.place)
        text = rng.choice(POOLS["openers"]) + body + rng.choice(POOLS["closers"])
        if request.relation == "Tenant" and chance(rng, 0.8):
            text += f" I rent, the owner is {request.party.people[0].first} {request.party.people[0].last}."
        elif request.relation in POOLS["rel_words"] and chance(rng, 0.8):
            text += " This is for my parents' house." if chance(rng, 0.5) else " It is for my mom's place."
        elif request.relation == "Realtor":
            text += " I am the realtor, closing is in two weeks."
        return str(text.lower() if chance(rng, 0.06) else text)

    def form(self, request: Request) -> dict[str, str]:
        """Fill in the website form."""
        rng, who = self.rng, request.who
        quote = request.service == "genquote"
        row = {"Channel": "Web Form", "Form Name": "Generator Quote" if quote else "Request Service"}
        row["Name"] = self.name(who)
        row["Phone"] = self.typed_phone(who.phone) if chance(rng, 0.98) else ""
        if chance(rng, 0.96):
            row["Email"] = typo(rng, who.email) if chance(rng, 0.012) else who.email
        if chance(rng, 0.86):
            self.address(row, request.place)
        else:
            row["ZIP"] = request.place.zip
        row["Service Needed"] = POOLS["services"][request.service]["label"] if chance(rng, 0.93) else "Other"
        row["Message"] = self.words(request) if chance(rng, 0.93) else ""
        return row

    def chat(self, request: Request) -> dict[str, str]:
        """Write the lines of a chat."""
        rng, who = self.rng, request.who
        row = {"Channel": "Web Chat", "Name": self.name(who) if chance(rng, 0.92) else who.first}
        if chance(rng, 0.94):
            row["Phone"] = self.typed_phone(who.phone)
        if chance(rng, 0.78) or "Phone" not in row:
            row["Email"] = who.email
        lines = [f"Visitor: {self.words(request)}", f"Agent: {rng.choice(POOLS['chat_agent'])}"]
        if chance(rng, 0.4):
            self.address(row, request.place, city=False)
            lines.append(f"Visitor: {row['Street Address']}")
        row["Message"] = " | ".join(lines)
        return row

    def call(self, request: Request) -> dict[str, str]:
        """Log a call with its caller ID and what the agent typed."""
        rng, who = self.rng, request.who
        typed = chance(rng, 0.55)
        caller = f"{who.last} {who.first}".upper()
        name = self.name(who) if typed else rng.choices([caller, "WIRELESS CALLER", ""], [72, 16, 12])[0]
        row = {"Channel": "Phone Call", "Name": name, "Phone": f"+1{who.phone}"}
        if (typed and request.party.kind != "Property Manager") or chance(rng, 0.1):
            self.address(row, request.place)
        if typed and chance(rng, 0.2):
            row["Email"] = who.email
        length = f"{rng.randint(1, 9)}:{rng.randint(0, 59):02d}"
        topic = POOLS["services"][request.service]["label"]
        row["Message"] = f"Answered, {length}. {topic if chance(rng, 0.6) else ''}".strip()
        row["Service Needed"] = topic if typed else ""
        return row

    # Closing -------------------------------------------------------------------------------------------------

    def run(self) -> list[Job]:
        """Take all requests and return the jobs in the order they were entered."""
        while len(self.leads) < self.wanted:
            self.take()
        for party in self.parties:
            self.prune(party)
        jobs = [job for party in self.parties for job in party.jobs if self.begin <= job.created]
        jobs = [job for job in jobs if job.created <= self.end + timedelta(days=6)]
        jobs.sort(key=lambda job: (job.created, job.record.name, job.kind))
        self.leads.sort(key=lambda lead: (lead.when, lead.row["Name"], lead.row["Message"]))
        number = self.rng.randint(11000, 48000)
        for job in jobs:
            number += 1 if chance(self.rng, 0.93) else 2
            job.number = number
        self.records.sort(key=lambda record: (record.since, record.name, record.phones[0]))
        for spot, record in enumerate(self.records):
            record.number = 2001 + spot
        for spot, lead in enumerate(self.leads):
            lead.spot = 700100 + spot * 3
        return jobs

    def prune(self, party: Party) -> None:
        """Drop most unrelated jobs that would come first after an open request."""
        won = {job.lead for job in party.jobs}
        opened = {lead: lead.when for lead in party.leads if lead.first is None}
        firsts = {lead: min(job.created for job in party.jobs if job.lead is lead) for lead in won if lead}
        dropped: set[Job] = set()
        for job in party.jobs:
            if job.lead or job.callback_of or job.status == "Canceled":
                continue
            for lead, when in opened.items():
                until = firsts.get(lead) or self.end + timedelta(days=60)
                if when < job.created < until and not chance(self.rng, 0.02):
                    dropped.add(job)
        for job in party.jobs:
            if job.related in dropped and job not in dropped:
                dropped.add(job)
        party.jobs = [job for job in party.jobs if job not in dropped or job.lead]


def job_row(job: Job, rng: random.Random) -> dict[str, str]:
    """Return a job as the program exports it."""
    record = job.record
    closed = job.start if job.status in ("Completed", "Canceled") else None
    status = rng.choice(["Invoiced", "Paid in Full", "Paid in Full", "Completed"]) if job.total else job.status
    reference = f"#{job.related.number}" if job.related and job.related.number else "prev visit"
    phones = [dashed(phone) for phone in record.phones] + [""]
    related = str(job.related.number) if job.related and job.show_related and job.related.number else ""
    values = (
        str(job.number),
        job.created.strftime("%m/%d/%Y %I:%M %p"),
        job.start.strftime("%m/%d/%Y %I:%M %p"),
        closed.strftime("%m/%d/%Y") if closed else "",
        status,
        job.kind,
        f"C-{record.number:05d}",
        record.name,
        f"{record.first} {record.last}",
        phones[0],
        phones[1],
        record.email,
        street(job.place),
        job.place.city,
        job.place.state,
        job.place.zip,
        one_line(record.bill),
        job.source,
        related,
        job.desc.replace("{ref}", reference),
        job.notes,
        rng.choice(POOLS["techs"]) if closed else "",
        rng.choice(POOLS["csr"]),
        money(job.total),
    )
    return dict(zip(JOB_COLUMNS, values, strict=True))


def customer_row(record: Record) -> dict[str, str]:
    """Return a customer as the program exports it."""
    phones = [dashed(phone) for phone in record.phones] + [""]
    values = (
        f"C-{record.number:05d}",
        record.name,
        record.kind,
        record.first,
        record.last,
        phones[0],
        phones[1],
        record.email,
        street(record.bill),
        record.bill.city,
        record.bill.state,
        record.bill.zip,
        record.since.strftime("%m/%d/%Y"),
        record.source,
        record.plan,
        record.notes,
    )
    return dict(zip(CUSTOMER_COLUMNS, values, strict=True))


def findable(lead: Lead, job: Job) -> bool:
    """Return whether the two rows share a phone, email, street, last name or a name in the notes."""
    row, record, who = lead.row, job.record, lead.person
    digits = re.sub(r"\D", "", row.get("Phone", ""))[-10:]
    text = f"{record.name} {record.last} {job.notes} {job.desc}".lower()
    noted = re.sub(r"\D", "", job.notes)
    typed = row.get("Name", "").lower()
    if digits and (digits in record.phones or digits in noted):
        return True
    if row.get("Email") and row["Email"].lower() == record.email.lower():
        return True
    if row.get("Street Address", "").lower().startswith(f"{job.place.number} {job.place.name}".lower()[:9]):
        return True
    parts = [who.last.lower(), who.first.lower()] if who else []
    return bool(parts) and ((parts[0] in text and parts[0] in typed) or f": {parts[1]}" in job.notes.lower())


def unsure_pairs(office: Office, jobs: Iterable[Job]) -> list[tuple[int, int]]:
    """Return the pairs that cannot be decided, or that count neither way."""
    known = list(jobs)
    listed = set(known)
    pairs = {(lead.spot, job.number) for lead, job in office.unsure if job in listed}
    linked: set[tuple[Lead, Record]] = {(job.lead, job.record) for job in known if job.lead and findable(job.lead, job)}
    for job in known:
        if not job.lead:
            continue
        vague = job.record.kind == "Property Manager" and not job.lead.row.get("Street Address")
        if (vague and job.lead.row["Channel"] == "Phone Call") or (job.lead, job.record) not in linked:
            pairs.add((job.lead.spot, job.number))
    return sorted(pairs)


def save(path: Path, columns: Sequence[str], rows: Iterable[dict[str, str]]) -> None:
    """Write rows to a CSV file, with empty cells for what is missing."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write all files of the office into an existing folder."""
    office = Office(seed, leads)
    jobs = office.run()
    rng = random.Random(f"{seed}-print")
    asked = [{**lead.row, "Submission ID": f"SUB-{lead.spot}"} for lead in office.leads]
    save(folder / "leads.csv", LEAD_COLUMNS, asked)
    save(folder / "jobs.csv", JOB_COLUMNS, [job_row(job, rng) for job in jobs])
    kept = [record for record in office.records if record.since <= office.end + timedelta(days=6)]
    save(folder / "customers.csv", CUSTOMER_COLUMNS, [customer_row(record) for record in kept])
    truth = sorted((job.lead.spot, job.number) for job in jobs if job.lead and job.status != "Canceled")
    pair = ("lead_id", "job_id")
    save(folder / "truth.csv", pair, [{"lead_id": f"SUB-{lead}", "job_id": str(job)} for lead, job in truth])
    unsure = unsure_pairs(office, jobs)
    save(folder / "ambiguous.csv", pair, [{"lead_id": f"SUB-{lead}", "job_id": str(job)} for lead, job in unsure])
    repeated = {lead.first for lead in office.leads if lead.first}
    grouped = [lead for lead in office.leads if lead.root in repeated]
    rows = [{"lead_id": f"SUB-{lead.spot}", "group_id": f"G{lead.root.spot}"} for lead in grouped]
    save(folder / "lead_groups.csv", ("lead_id", "group_id"), rows)
