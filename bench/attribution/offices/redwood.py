"""Make up the requests and jobs of Tanoak Plumbing, Drain & Water Heater.

The office works from Santa Rosa, Ukiah and Eureka in Northern California and runs a small-office field program.
Requests come from a form builder and from a review site's inbox. Jobs come from the field program's job export.
True: the first job booked because of a request, and later work for the same customer that continues it.
Such work is a segment of the first job ("10234-2") or has a note that names the first job.
Not true: canceled jobs, callbacks, member visits, and later calls about something else.
Hard: the form's clock runs on Eastern time, three hours ahead of the job export, so a job can seem early.
Review messages often have a last initial, and their email is a relay. Tenants write, but landlords pay.
Managers have many buildings. Families share names, old records keep old phones, and spouses book for each other.
Calls and member visits of other people happen on the same streets in the same weeks.
"""

import csv
import json
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# All times are the office's wall clock; the zone is a formality.
POOLS: dict[str, Any] = json.loads((Path(__file__).with_suffix(".json")).read_text(encoding="utf-8"))
MONTHS = [1.25, 1.1, 1.0, 0.9, 0.85, 0.85, 0.9, 0.85, 0.85, 1.0, 1.3, 1.35]
HOURS = [1, 1, 1, 1, 2, 4, 8, 13, 15, 14, 12, 11, 10, 10, 10, 9, 9, 9, 9, 9, 8, 6, 4, 2]
LONG_FORMS = {"Ave": "Avenue", "St": "Street", "Rd": "Road", "Dr": "Drive", "Ln": "Lane", "Ct": "Court"}
MEMBER = {"Annual Heater Flush - Member", "Drain Maintenance - Member"}
CANCELED = {"User canceled", "Pro canceled"}
SEGMENT_TYPES = {"Parts Return Visit", "Hydro Jetting", "Sewer Camera", "Leak Repair"}


@dataclass(frozen=True)
class Place:
    """Hold one street address."""

    number: int = 0
    street: str = ""
    unit: str = ""
    city: str = ""
    zip: str = ""

    def line(self, mark: str) -> str:
        """Write the street line with the given unit mark."""
        if not self.number:
            return ""
        return f"{self.number} {self.street}" + (f"{mark}{self.unit}" if self.unit else "")


@dataclass(eq=False)
class Party:
    """Hold a household, a business or a property manager."""

    first: str
    last: str
    mobile: str
    email: str
    place: Place
    second: str = ""
    spouse: str = ""
    spouse_last: str = ""
    company: str = ""
    payer: "Party | None" = None
    old_place: Place | None = None
    old_mobile: str = ""
    rentals: list[Place] = field(default_factory=list)
    staff: list[tuple[str, str, str]] = field(default_factory=list)
    record: "Customer | None" = None
    lost: bool = False


@dataclass(eq=False)
class Customer:
    """Hold one record of the office's customer list."""

    first: str
    last: str
    company: str
    mobile: str
    home: str
    email: str
    place: Place
    created: datetime
    source: str
    tags: str = ""
    cid: str = ""


@dataclass(eq=False)
class Lead:
    """Hold one request; its time is local."""

    time: datetime
    form: str
    party: Party | None
    service: str
    first: str
    last: str
    phone: str
    email: str
    place: Place
    message: str
    choice: str = ""
    own: str = ""
    heard: str = ""
    street: str = ""
    site: Place = field(default_factory=Place)
    first_lead: "Lead | None" = None
    ident: str = ""


@dataclass(eq=False)
class Job:
    """Hold one job of the field program."""

    party: Party
    customer: Customer
    created: datetime
    scheduled: datetime
    kind: str
    status: str
    place: Place
    source: str
    notes: str = ""
    lead: Lead | None = None
    cause: Lead | None = None
    before: "Job | None" = None
    segment: bool = False
    amount: int = 0
    tech: str = ""
    number: str = ""


def pick(rng: random.Random, weights: dict[str, float]) -> str:
    """Pick a key by its weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


def typo(rng: random.Random, text: str) -> str:
    """Swap, drop or double one character."""
    if len(text) < 4:
        return text
    i = rng.randrange(1, len(text) - 1)
    swapped = text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    return rng.choice([swapped, text[:i] + text[i + 1 :], text[:i] + text[i - 1 :]])


def digit_slip(rng: random.Random, phone: str) -> str:
    """Change one of the last four digits."""
    i = rng.randrange(len(phone) - 4, len(phone))
    return phone[:i] + str((int(phone[i]) + rng.randint(1, 9)) % 10) + phone[i + 1 :]


class World:
    """Make people, places and texts for one seed."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.steps: dict[str, list[int]] = {}
        towns = POOLS["towns"]
        self.town_weights = {town: value["w"] * rng.uniform(0.7, 1.4) for town, value in towns.items()}
        self.streets = {town: rng.sample(v["streets"], max(4, len(v["streets"]) * 4 // 5)) for town, v in towns.items()}
        self.lasts = rng.sample(POOLS["last"], len(POOLS["last"]) * 5 // 6)
        self.last_weights = [rng.uniform(0.4, 1.0) + (12 / (8 + i)) for i in range(len(self.lasts))]
        self.firsts = rng.sample(POOLS["first"], len(POOLS["first"]) * 5 // 6)
        self.texts = {
            name: rng.sample(v["problems"], max(2, len(v["problems"]) * 4 // 5))
            for name, v in POOLS["services"].items()
        }
        self.details = rng.sample(POOLS["details"], 13)
        self.managers = rng.sample(POOLS["pm"], len(POOLS["pm"]))
        self.emails: set[str] = set()

    def phone(self) -> str:
        """Draw an unused number with 555 in the middle."""
        roll = self.rng.random()
        for area in ["707"] * (roll < 0.8) + POOLS["areas_near"][: 1 if roll < 0.88 else 5] + POOLS["areas_far"]:
            step = self.steps.setdefault(
                area, [0, self.rng.randrange(10000), self.rng.choice([3, 7, 2791, 4231, 6199]) * 1009 % 10000]
            )
            limit = 9800 if area == "707" else 9000
            if step[0] < limit and (area == "707" or self.rng.random() < 0.4):
                step[0] += 1
                return f"{area}555{(step[1] + step[0] * step[2]) % 10000:04d}"
        raise ValueError("no phone numbers left")

    def email(self, first: str, last: str) -> str:
        """Make an unused email address."""
        rng = self.rng
        f, n = ("".join(c for c in word.lower() if c.isalpha()) for word in (first, last))
        tail = rng.choice(["707", "norcal", "redwoods"])
        base = rng.choice([f + n, f + "." + n, f[0] + n, n + f[0], f + tail, n + "fam"])
        while True:
            text: str = base + str(rng.choice(["", "", rng.randint(1, 99)])) + "@" + rng.choice(POOLS["domains"])
            if text not in self.emails:
                self.emails.add(text)
                return text
            base += str(rng.randint(0, 9))

    def place(self, town: str = "", unit: float = 0.09) -> Place:
        """Make an address in the service area."""
        rng = self.rng
        town = town or pick(rng, self.town_weights)
        street = rng.choice(self.streets[town])
        zips = POOLS["towns"][town]["zips"]
        zip_code = zips[sum(map(ord, street)) % len(zips)]
        mark = rng.choice([str(rng.randint(1, 24)), rng.choice("ABCD")]) if rng.random() < unit else ""
        return Place(rng.randint(101, 2999 if rng.random() < 0.7 else 8900), street, mark, town, zip_code)

    def last(self) -> str:
        """Draw a last name."""
        return str(self.rng.choices(self.lasts, self.last_weights)[0])

    def household(self, place: Place | None = None, last: str = "") -> Party:
        """Make a household, now and then with a spouse, a second phone or an older address."""
        rng = self.rng
        first, last = rng.choice(self.firsts), last or self.last()
        party = Party(first, last, self.phone(), self.email(first, last), place or self.place())
        if rng.random() < 0.45:
            party.spouse = rng.choice([name for name in self.firsts if name != first])
            party.spouse_last = last if rng.random() < 0.8 else self.last()
        if rng.random() < 0.3:
            party.second = self.phone()
        if rng.random() < 0.06:
            party.old_place = self.place()
        if rng.random() < 0.05:
            party.old_mobile = self.phone()
        if rng.random() < 0.05:
            name = last if rng.random() < 0.4 else party.place.street.split(" ")[-2]
            party.company = rng.choice(POOLS["biz"]).format(w=name)
        return party

    def tenant(self, managers: list[Party]) -> Party:
        """Make a tenant and the landlord or manager who pays."""
        rng = self.rng
        if rng.random() < 0.35:
            manager = rng.choice(managers)
            party = self.household(rng.choice(manager.rentals))
            party.payer = manager
        else:
            party = self.household(self.place(unit=0.3))
            party.payer = self.household()
        party.company, party.old_place, party.old_mobile = "", None, ""
        return party

    def manager(self, number: int) -> Party:
        """Make a property manager with staff and buildings."""
        rng = self.rng
        word = self.managers[number % len(self.managers)]
        tail = POOLS["pm_tail"][(number // len(self.managers) + len(word)) % len(POOLS["pm_tail"])]
        domain = "".join(c for c in f"{word}{tail}".lower() if c.isalpha()) + f"{number // 20 or ''}.example"
        party = self.household(self.place(unit=0))
        party.company, party.old_place, party.old_mobile = f"{word} {tail}", None, ""
        for _ in range(rng.randint(1, 3)):
            first, last = rng.choice(self.firsts), self.last()
            party.staff.append((first, last, f"{first.split()[0].lower()}{rng.choice(['', last[0].lower()])}@{domain}"))
        party.first, party.last, party.email = party.staff[0]
        for _ in range(rng.randint(4, 9)):
            base = self.place(party.place.city if rng.random() < 0.7 else "", 0)
            units = rng.sample(range(1, 20), rng.choice([1, 1, 4, 6]))
            marks = [str(unit) for unit in units] if len(units) > 1 else [""]
            party.rentals += [Place(base.number, base.street, mark, base.city, base.zip) for mark in marks]
        return party

    def message(self, service: str, first: str) -> str:
        """Write what a customer types."""
        rng = self.rng
        parts = [
            rng.choice(POOLS["openers"]).format(first=first) + rng.choice(self.texts[service]),
            rng.choice(self.details),
            rng.choice(POOLS["closers"]),
        ]
        text = " ".join(part for part in parts if part)
        return text.lower() if rng.random() < 0.12 else text


class Office:
    """Run the office from its first to its last request."""

    def __init__(self, rng: random.Random, leads: int) -> None:
        self.rng = rng
        self.world = World(rng)
        self.count = leads
        days = min(max(150, int(365 * leads / 600)), 1850)
        self.end = datetime(2025, 12, 18, tzinfo=UTC) - timedelta(days=rng.randint(0, min(400, 1950 - days)))
        self.start = self.end - timedelta(days=days)
        self.opening = max(self.start - timedelta(days=200), datetime(2020, 1, 6, tzinfo=UTC))
        self.managers = [self.world.manager(i) for i in range(max(1, leads // 130))]
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.customers: list[Customer] = []
        self.known: list[tuple[datetime, Party]] = []
        self.ambiguous: list[tuple[Lead, Job]] = []

    def moment(self, start: datetime, end: datetime) -> datetime:
        """Draw a time by season and hour."""
        rng = self.rng
        while True:
            day = start + timedelta(days=rng.random() * (end - start).days)
            odds = MONTHS[day.month - 1] * (0.6 if day.weekday() > 4 else 1.0)
            if rng.random() < odds / 1.4:
                hour = rng.choices(range(24), HOURS)[0]
                return day.replace(hour=hour, minute=rng.randrange(60), second=rng.randrange(60), microsecond=0)

    def open_hours(self, time: datetime) -> datetime:
        """Move a time into office hours."""
        rng = self.rng
        if time.hour >= 18:
            time = time.replace(hour=7) + timedelta(days=1)
        if time.weekday() == 6:
            time = time.replace(hour=7) + timedelta(days=1)
        if time.hour < 7:
            time = time.replace(hour=7)
        return time + timedelta(minutes=rng.randint(1, 55)) if time.hour == 7 else time

    def service_at(self, time: datetime) -> str:
        """Draw a service that fits the month."""
        weights = {name: float(value["w"]) for name, value in POOLS["services"].items()}
        cold = time.month in (12, 1, 2)
        weights["heater"] *= 1.3 if time.month in (11, 12, 1, 2) else 0.9
        weights["frozen"] *= 1.5 if cold else 0
        weights["drain"] *= 1.2 if time.month in (11, 12, 1) else 1.0
        return pick(self.rng, weights)

    def enter(self, party: Party, created: datetime, source: str, lead: Lead | None = None) -> Customer:
        """Enter a customer record the way the office types it."""
        rng = self.rng
        first, last = party.first, party.last
        mobile, home, email = party.mobile, party.second if rng.random() < 0.6 else "", party.email
        if lead and lead.party is party and rng.random() < 0.9:
            mobile, email = lead.phone or mobile, lead.email or email
        if party.spouse and rng.random() < 0.12:
            first, last = party.spouse, party.spouse_last
            mobile, home = (party.second, mobile) if party.second and rng.random() < 0.5 else (mobile, home)
        elif party.spouse and party.spouse_last == last and rng.random() < 0.07:
            first = f"{first} & {party.spouse}"
        if first in POOLS["nick"] and rng.random() < 0.15:
            first = rng.choice(POOLS["nick"][first])
        last = typo(rng, last) if rng.random() < 0.012 else last
        mobile = digit_slip(rng, mobile) if rng.random() < 0.006 else mobile
        if rng.random() < 0.12 or ("reply." in email and rng.random() < 0.8):
            email = party.email if "reply." in email and rng.random() < 0.3 else ""
        tags = "commercial" if party.company else rng.choice(["", "", "", "residential"])
        record = Customer(first, last, party.company, mobile, home, email, party.place, created, source, tags)
        self.customers.append(record)
        return record

    def job(self, party: Party, customer: Customer, created: datetime, kind: str, *, source: str, urgent: float) -> Job:
        """Schedule one job."""
        rng = self.rng
        busy = 1.4 if created.month in (11, 12, 1) else 0.9
        wait = 0 if rng.random() < urgent else 1 + int(rng.expovariate(1 / (2.5 * busy)))
        if kind in ("Repipe", "Sewer Repair", "Water Line Replacement", "Rough-In"):
            wait += rng.randint(3, 18)
        day = (created + timedelta(days=wait)).date()
        hour, minute = rng.choice([8, 8, 10, 10, 12, 13, 15]), rng.choice([0, 0, 30])
        scheduled = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
        scheduled = created + timedelta(hours=rng.choice([1, 2, 3])) if scheduled <= created else scheduled
        if scheduled.weekday() == 6:
            scheduled += timedelta(days=1)
        low, high = POOLS["types"][kind]
        amount = int(low + (high - low) * rng.random() ** 1.5)
        status = "Complete rated" if rng.random() < 0.25 else "Complete unrated"
        job = Job(party, customer, created, scheduled, kind, status, party.place, source, amount=amount)
        job.tech = rng.choice(POOLS["techs"][len(party.place.city) % 3 :][:8])
        job.notes = rng.choice(POOLS["work"][kind]) if rng.random() < 0.75 else ""
        self.jobs.append(job)
        return job

    def cancel(self, job: Job) -> None:
        """Turn a job into a canceled one."""
        job.status = self.rng.choice(["User canceled", "User canceled", "Pro canceled"])
        job.amount = 0
        job.notes = self.rng.choice(POOLS["canceled"])

    def background(self) -> None:
        """Make the jobs that no request of the website started."""
        rng = self.rng
        for _ in range(int(self.count * 0.62) + 4):
            party = self.world.household()
            if rng.random() < 0.1:
                party = self.world.tenant(self.managers)
            self.calls(party, rng.choices([1, 2, 3, 4], [64, 22, 10, 4])[0])
        for party in self.managers:
            party.record = self.enter(party, self.opening, "Referral")
            for _ in range(rng.randint(4, 14)):
                time = self.open_hours(self.moment(self.opening, self.end))
                job = self.phone_job(party, party.record, time, "Repeat customer")
                job.place = rng.choice(party.rentals)
                who = self.world.firsts[rng.randrange(len(self.world.firsts))]
                job.notes = f"tenant {who} will let us in. {job.notes}" if rng.random() < 0.5 else job.notes

    def calls(self, party: Party, number: int) -> None:
        """Make the calls of one household over the years."""
        rng = self.rng
        times = sorted(self.open_hours(self.moment(self.opening, self.end)) for _ in range(number))
        source = rng.choice(
            ["Phone", "Phone", "Internet search", "Referral", "Truck/sign", "Walk-in", "Review site", ""]
        )
        payer = party.payer or party
        record = payer.record or self.enter(payer, times[0], source)
        payer.record = record
        record.place = party.old_place or record.place
        record.mobile = party.old_mobile or record.mobile
        for i, time in enumerate(times):
            job = self.phone_job(party, record, time, source if i == 0 else "Repeat customer")
            if party.payer:
                job.notes = f"tenant {party.first} {party.mobile[:3]}-555-{party.mobile[6:]}. {job.notes}".strip()
            elif i == 0 and party.old_place:
                job.place = party.old_place
        if rng.random() < 0.13 and not party.payer:
            self.plan(party, record, times[0])
        self.known.append((times[0], party))

    def plan(self, party: Party, record: Customer, since: datetime) -> None:
        """Add yearly member visits."""
        record.tags = (record.tags + ",member").strip(",")
        time = since + timedelta(days=self.rng.randint(150, 380))
        while time < self.end:
            job = self.job(
                party, record, self.open_hours(time), self.rng.choice(sorted(MEMBER)), source="Service plan", urgent=0
            )
            job.status = "Complete unrated"
            time += timedelta(days=self.rng.randint(340, 390))

    def phone_job(self, party: Party, record: Customer, time: datetime, source: str) -> Job:
        """Make one job from a phone call, with the work that follows it."""
        service = POOLS["services"][self.service_at(time)]
        job = self.job(party, record, time, pick(self.rng, service["first"]), source=source, urgent=service["urgent"])
        if self.rng.random() < 0.05:
            self.cancel(job)
        else:
            self.follow(job, service, 0.8)
        return job

    def follow(self, job: Job, service: dict[str, Any], share: float) -> None:
        """Add further work and, rarely, a callback."""
        rng = self.rng
        for kind, odds in service["follow"].items():
            if kind == job.kind or rng.random() >= odds * share:
                continue
            created = self.open_hours(job.scheduled + timedelta(hours=rng.choice([2, 26, 50, 120, 200])))
            more = self.job(job.party, job.customer, created, kind, source=job.source, urgent=0.1)
            more.place, more.lead, more.cause, more.before = job.place, job.lead, job.cause, job
            more.segment = kind in SEGMENT_TYPES or rng.random() < 0.45
            if not more.segment:
                more.notes = rng.choice(["see job #{ref}. ", "from est #{ref}. ", "cont of {ref} - "]) + more.notes
            break
        if rng.random() < 0.03:
            created = self.open_hours(job.scheduled + timedelta(days=rng.randint(2, 40)))
            self.callback(job, created, job.source)

    def callback(self, job: Job, created: datetime, source: str) -> Job:
        """Add a free return to earlier work."""
        back = self.job(job.party, job.customer, created, "Callback", source=source, urgent=0.5)
        back.place, back.cause, back.before, back.amount = job.place, job.cause, job, 0
        back.notes = f"warranty on #{{ref}}, {back.notes}"
        return back

    def request(self, party: Party, time: datetime, service: str, place: Place | None = None) -> Lead:
        """Write a request as the customer types it."""
        rng = self.rng
        review = rng.random() < 0.13 and not party.staff
        first, last, email = party.first, party.last, party.email
        if party.staff:
            first, last, email = rng.choice(party.staff)
        elif party.spouse and rng.random() < 0.12:
            first, last = party.spouse, party.spouse_last
        if first in POOLS["nick"] and rng.random() < 0.12:
            first = rng.choice(POOLS["nick"][first])
        phone = party.second if party.second and rng.random() < 0.15 else party.mobile
        lead = Lead(time, "Request Service", party, service, first, last, phone, email, place or party.place, "")
        lead.site = lead.place
        lead.message = self.world.message(service, first)
        lead.choice = rng.choice(POOLS["services"][service]["form"]) if rng.random() < 0.93 else "Not sure"
        lead.own = ("Rent" if party.payer else "Own") if rng.random() < 0.7 else ""
        lead.heard = rng.choice(POOLS["heard"])
        if review:
            self.as_review(lead)
        else:
            lead.form = rng.choice(
                [
                    "Request Service",
                    "Request Service",
                    "Contact Us",
                    "Water Heater Quote" if service == "heater" else "Drain Special",
                ]
            )
            self.form_gaps(lead)
        if party.staff and rng.random() < 0.6:
            lead.message += f" This is for {lead.place.line(' #')}." if rng.random() < 0.5 else f" - {party.company}"
        elif party.payer and rng.random() < 0.5:
            owner = party.payer.company or f"{party.payer.first} {party.payer.last}"
            lead.message += rng.choice(
                [" I rent, landlord is {0}.", " My landlord {0} will pay.", " {0} owns the place."]
            ).format(owner)
        self.slips(lead)
        return lead

    def as_review(self, lead: Lead) -> None:
        """Give a request the shape of a review site's message."""
        rng = self.rng
        lead.form, lead.heard, lead.own, lead.choice = "Review Site Inbox", "", "", ""
        lead.email = f"{rng.getrandbits(44):011x}@reply.reviews.example"
        if rng.random() < 0.3:
            lead.last = lead.last[0] + "."
        if rng.random() < 0.2:
            lead.phone = ""
        elif rng.random() < 0.3:
            lead.message += f" my number is {lead.phone[:3]} 555 {lead.phone[6:]}"
            lead.phone = ""
        if rng.random() < 0.6:
            lead.place = Place(city=lead.place.city, zip=lead.place.zip)

    def form_gaps(self, lead: Lead) -> None:
        """Leave out what the form does not ask for."""
        rng = self.rng
        if lead.form == "Contact Us" or rng.random() < 0.05:
            lead.place = Place(city=lead.place.city if rng.random() < 0.5 else "", zip="")
        if rng.random() < 0.04:
            lead.email = ""
        elif rng.random() < 0.015:
            lead.phone = ""
        if rng.random() < 0.01:
            lead.last = ""

    def slips(self, lead: Lead) -> None:
        """Add the typing habits of customers."""
        rng = self.rng
        place = lead.place
        if place.number and rng.random() < 0.008:
            place = Place(place.number + rng.choice([-10, 10, 2, 100]), place.street, place.unit, place.city, place.zip)
        lead.place = place
        lead.street = place.line(rng.choice([" #", " Apt ", ", unit "]) if rng.random() < 0.9 else " ")
        if rng.random() < 0.25:
            lead.street = " ".join(LONG_FORMS.get(word, word) for word in lead.street.split(" "))
        if rng.random() < 0.15:
            lead.street = lead.street.lower()
        if rng.random() < 0.07:
            lead.first, lead.last = lead.first.lower(), lead.last.lower()
        if len(lead.last) > 3 and rng.random() < 0.01:
            lead.last = typo(rng, lead.last)
        if lead.phone and rng.random() < 0.008:
            lead.phone = digit_slip(rng, lead.phone)
        if lead.email and rng.random() < 0.01:
            lead.email = typo(rng, lead.email.split("@")[0]) + "@" + lead.email.split("@")[1]

    def repeat(self, lead: Lead) -> Lead:
        """Send a request a second time."""
        rng = self.rng
        again = Lead(**{**vars(lead), "first_lead": lead, "ident": ""})
        roll = rng.random()
        if roll < 0.4:
            again.time += timedelta(seconds=rng.randint(2, 90))
        elif roll < 0.75:
            again.time += timedelta(minutes=rng.randint(4, 180))
            again.form, again.message = (
                "Contact Us",
                rng.choice(["Please call me about the request I just sent.", "Forgot to add, " + lead.message.lower()]),
            )
            again.street, again.place = "", Place(city=lead.place.city)
        else:
            again.time += timedelta(days=rng.randint(1, 3), minutes=rng.randint(1, 200))
            again.message = rng.choice(["Following up, nobody called yet. ", "Second request. "]) + lead.message
        return again

    def convert(self, lead: Lead, party: Party, since: datetime) -> None:
        """Book the request after its last submission."""
        rng = self.rng
        service = POOLS["services"][lead.service]
        days = rng.expovariate(1 / 5) if rng.random() < (0.3 if lead.service == "estimate" else 0.12) else 0
        lag = timedelta(days=days, minutes=rng.lognormvariate(3.6, 1.2))
        created = self.open_hours(since + min(lag, timedelta(days=40)))
        source = rng.choice(["Website", "Website", "Website", "Online form", "Internet search", "Repeat customer", ""])
        source = "Review site" if lead.form.startswith("Review") and rng.random() < 0.8 else source
        payer = party.payer if party.payer and (party.payer.staff or rng.random() < 0.6) else party
        if payer.record is None or (rng.random() < 0.07 and not payer.staff):
            payer.record = self.enter(payer, created, source, lead if payer is party else None)
        kind = pick(rng, service["first"])
        if rng.random() < 0.07:
            lost = self.job(party, payer.record, created, kind, source=source, urgent=service["urgent"])
            lost.cause = lead
            self.cancel(lost)
            created = self.open_hours(lost.scheduled + timedelta(hours=rng.randint(1, 60)))
        job = self.job(party, payer.record, created, kind, source=source, urgent=service["urgent"])
        job.place = lead.site
        job.lead = job.cause = lead
        self.caller_note(job, lead, payer is not party)
        self.follow(job, service, 1.0)
        self.known.append((created, party))
        self.after(job, lead.service)

    def caller_note(self, job: Job, lead: Lead, other: bool) -> None:
        """Add what the office typed when it took the job."""
        rng = self.rng
        phone = f"{lead.phone[:3]}-555-{lead.phone[6:]}" if lead.phone else ""
        if other and rng.random() < 0.85:
            job.notes = f"Tenant {lead.first} {lead.last} {phone} - call first. {job.notes}"
        elif lead.first not in job.customer.first and rng.random() < 0.5:
            job.notes = f"contact {lead.first} {phone}. {job.notes}"
        elif rng.random() < 0.25:
            what = rng.choice(["web req", "from form", "ok am", "text otw"])
            job.notes = f"{what} /{rng.choice(POOLS['csr'])}. {job.notes}"

    def after(self, job: Job, lead_service: str) -> None:
        """Add later life: another call, a membership, a relative, a callback by form."""
        rng, party = self.rng, job.party
        roll = rng.random()
        late = self.open_hours(job.scheduled + timedelta(days=rng.randint(45, 480)))
        if roll < 0.15 and not party.staff and late < self.end:
            self.phone_job(party, job.customer, late, "Repeat customer")
        elif roll < 0.22 and not party.payer and not party.staff:
            self.plan(party, job.customer, job.scheduled)
        elif roll < 0.245:
            kin = self.world.household(self.world.place(party.place.city), party.last)
            self.kin_call(kin, job.created)
        elif roll < 0.262 and len(self.leads) < self.count:
            lead = self.request(party, job.scheduled + timedelta(days=rng.randint(2, 20), hours=2), lead_service)
            lead.message = rng.choice(POOLS["again"])
            if lead.time < self.end:
                back = self.callback(job, self.open_hours(lead.time + timedelta(hours=2)), "")
                back.cause = lead
                self.leads.append(lead)
                self.ambiguous.append((lead, back))

    def kin_call(self, kin: Party, near: datetime) -> None:
        """Let a relative with the same last name call in the same weeks."""
        time = self.open_hours(near + timedelta(days=self.rng.randint(-30, 40)))
        kin.record = self.enter(kin, time, "Referral")
        self.phone_job(kin, kin.record, time, "Referral")

    def junk(self, time: datetime) -> Lead:
        """Write a request that is spam or from outside the area."""
        rng, world = self.rng, self.world
        party = world.household()
        lead = self.request(party, time, self.service_at(time))
        if rng.random() < 0.55:
            lead.message, lead.place, lead.street = rng.choice(POOLS["spam"]), Place(), ""
        else:
            town = rng.choice(sorted(POOLS["outside"]))
            zip_code, *streets = POOLS["outside"][town]
            had = bool(lead.street)
            lead.place = Place(rng.randint(100, 3900) if had else 0, rng.choice(streets), "", town, zip_code)
            lead.street = lead.place.line("")
        return lead

    def twin_requests(self, time: datetime) -> None:
        """Let a manager ask twice about one building, with one job that fits both."""
        rng = self.rng
        manager = rng.choice(self.managers)
        base = rng.choice(manager.rentals)
        building = Place(base.number, base.street, "", base.city, base.zip)
        one = self.request(manager, time, "drain", building)
        two = self.request(manager, time + timedelta(hours=rng.randint(1, 5)), "drain", building)
        self.leads += [one, two]
        created = self.open_hours(two.time + timedelta(hours=1))
        job = self.job(
            manager,
            manager.record or self.enter(manager, created, ""),
            created,
            "Drain Cleaning",
            source="",
            urgent=0.5,
        )
        job.place, job.lead, job.cause = building, one, one
        self.ambiguous += [(one, job), (two, job)]

    def take(self, time: datetime) -> None:
        """Take one request and decide what becomes of it."""
        rng = self.rng
        roll = rng.random()
        if roll < 0.045:
            self.leads.append(self.junk(time))
            return
        if roll < 0.0465 and self.count - len(self.leads) > 2:
            self.twin_requests(time)
            return
        party, place, odds = self.requester(time)
        service = self.service_at(time)
        lead = self.request(party, time, service, place)
        self.leads.append(lead)
        if rng.random() < 0.045 and len(self.leads) < self.count:
            self.leads.append(self.repeat(lead))
        odds += {"frozen": 0.1, "drain": 0.07, "estimate": -0.15, "fixture": -0.03}.get(service, 0)
        if rng.random() < odds:
            self.convert(lead, party, self.leads[-1].time)
            return
        party.lost = rng.random() < 0.8
        if rng.random() < 0.1:
            self.lose(lead, party)

    def requester(self, time: datetime) -> tuple[Party, Place | None, float]:
        """Choose who writes: a known customer, a manager, a tenant or a new person."""
        rng = self.rng
        roll = rng.random()
        if roll < 0.16 and self.known:
            since, party = rng.choice(self.known)
            if since < time - timedelta(days=20) and not party.staff and not party.lost:
                return party, None, 0.7
        if roll > 0.96:
            manager = rng.choice(self.managers)
            return manager, rng.choice(manager.rentals), 0.75
        if roll > 0.9:
            return self.world.tenant(self.managers), None, 0.42
        return self.world.household(), None, 0.47

    def lose(self, lead: Lead, party: Party) -> None:
        """Enter a lost request as a customer or a canceled job."""
        rng = self.rng
        created = self.open_hours(lead.time + timedelta(hours=rng.randint(1, 20)))
        record = party.record or self.enter(party, created, "Website", lead)
        party.record = record
        if rng.random() < 0.6:
            service = POOLS["services"][lead.service]
            job = self.job(
                party, record, created, pick(rng, service["first"]), source="Website", urgent=service["urgent"]
            )
            job.cause = lead
            self.cancel(job)

    def run(self) -> None:
        """Run all days."""
        self.background()
        times = sorted(self.moment(self.start, self.end) for _ in range(self.count))
        for time in times:
            if len(self.leads) < self.count:
                self.take(time)
        self.leads.sort(key=lambda lead: lead.time)
        self.prune()
        self.number()

    def prune(self) -> None:
        """Drop chance calls of a person between a request and its job, and jobs after the export."""
        rng = self.rng
        first_job: dict[int, datetime] = {}
        for job in sorted(self.jobs, key=lambda job: job.created):
            if job.lead:
                first_job.setdefault(id(job.lead), job.created)
        windows: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
        for lead in self.leads:
            final = (
                lead.time + timedelta(days=30) if lead.party and lead.party.staff else datetime.max.replace(tzinfo=UTC)
            )
            windows[id(lead.party)].append((lead.time, first_job.get(id(lead.first_lead or lead), final)))
        exported: list[Job] = []
        alive: set[int] = set()
        export = self.end + timedelta(days=6)
        for job in sorted(self.jobs, key=lambda job: (job.created, job.before is not None)):
            chance = job.cause is None and any(a <= job.created <= b for a, b in windows.get(id(job.party), []))
            lost = job.before is not None and id(job.before) not in alive
            if job.created > export or lost or (chance and rng.random() < 0.98):
                continue
            alive.add(id(job))
            exported.append(job)
        self.jobs = exported
        self.ambiguous = [(lead, job) for lead, job in self.ambiguous if id(job) in alive]

    def number(self) -> None:
        """Number requests, customers and jobs, and settle the states at the export."""
        rng = self.rng
        number, export = rng.randint(3000, 20000), self.end + timedelta(days=6)
        segments: dict[str, int] = defaultdict(lambda: 1)
        for job in self.jobs:
            if job.segment and job.before:
                base = job.before.number.split("-")[0]
                segments[base] += 1
                job.number = f"{base}-{segments[base]}"
            else:
                number += rng.choice([1, 1, 1, 1, 2])
                job.number = str(number)
            job.notes = job.notes.replace("{ref}", job.before.number if job.before else "").strip()
            if job.scheduled > export and job.status not in CANCELED:
                job.status = "Scheduled"
        cid = rng.randint(1000, 60000)
        for customer in sorted(self.customers, key=lambda customer: customer.created):
            cid += rng.randint(1, 4)
            customer.cid = str(cid)
        ident = rng.randint(4 * 10**18, 5 * 10**18)
        for lead in self.leads:
            ident += rng.randint(10**10, 10**13)
            lead.ident = f"RV{ident % 10**12:012d}" if lead.form.startswith("Review") else str(ident)


def lead_phone(rng: random.Random, phone: str) -> str:
    """Format a phone as a form sends it."""
    if not phone:
        return ""
    a, b, c = phone[:3], phone[3:6], phone[6:]
    return rng.choices(
        [f"({a}) {b}-{c}", f"{a}{b}{c}", f"{a}-{b}-{c}", f"+1{a}{b}{c}", f"{a}.{b}.{c}"], [70, 10, 10, 6, 4]
    )[0]


def job_phone(phone: str) -> str:
    """Format a phone as the field program does."""
    return f"({phone[:3]}) {phone[3:6]}-{phone[6:]}" if phone else ""


def lead_row(rng: random.Random, lead: Lead) -> dict[str, str]:
    """Write one request in the form builder's columns, on Eastern time."""
    review = lead.form.startswith("Review")
    page = "" if review else "/" + lead.form.lower().replace(" ", "-")
    return {
        "Submission ID": lead.ident,
        "Submission Date": (lead.time + timedelta(hours=3)).strftime("%b %d, %Y %I:%M:%S %p"),
        "Form": lead.form,
        "First Name": lead.first,
        "Last Name": lead.last,
        "Phone Number": lead_phone(rng, lead.phone),
        "E-mail": lead.email,
        "Street Address": lead.street,
        "City": lead.place.city,
        "State": "CA" if lead.place.city else "",
        "Zip Code": lead.place.zip,
        "What do you need help with?": lead.choice,
        "Tell us more": lead.message,
        "Do you own or rent?": lead.own,
        "How did you hear about us?": lead.heard,
        "Page": page,
    }


def job_row(job: Job) -> dict[str, str]:
    """Write one job in the field program's columns, on Pacific time."""
    customer, place, bill = job.customer, job.place, job.customer.place
    done = job.status.startswith("Complete")
    finish = job.scheduled + timedelta(minutes=40 + (job.amount * 7) % 200)
    name = f"{customer.first} {customer.last}"
    stamp = "%m/%d/%Y %I:%M %p"
    return {
        "Job #": job.number,
        "Job status": job.status,
        "Job type": job.kind,
        "Job created date": job.created.strftime(stamp),
        "Scheduled start": job.scheduled.strftime(stamp),
        "Completed date": finish.strftime(stamp) if done else "",
        "Customer ID": customer.cid,
        "Customer name": customer.company or name,
        "First name": customer.first,
        "Last name": customer.last,
        "Company": customer.company,
        "Mobile phone": job_phone(customer.mobile),
        "Home phone": job_phone(customer.home),
        "Email": customer.email,
        "Service address": place.line(" Unit "),
        "Service city": place.city,
        "Service state": "CA",
        "Service zip": place.zip,
        "Billing address": bill.line(" Unit "),
        "Billing city": bill.city,
        "Billing zip": bill.zip,
        "Office": POOLS["towns"][place.city]["branch"],
        "Assigned employees": job.tech,
        "Lead source": job.source,
        "Job amount": f"{job.amount:.2f}",
        "Amount due": f"{job.amount if done and job.amount % 17 == 0 else 0:.2f}",
        "Tags": customer.tags,
        "Notes": job.notes,
    }


def customer_row(customer: Customer) -> dict[str, str]:
    """Write one record of the customer list."""
    return {
        "Customer ID": customer.cid,
        "Display name": customer.company or f"{customer.first} {customer.last}",
        "First name": customer.first,
        "Last name": customer.last,
        "Company": customer.company,
        "Mobile phone": job_phone(customer.mobile),
        "Home phone": job_phone(customer.home),
        "Email": customer.email,
        "Street": customer.place.line(" Unit "),
        "City": customer.place.city,
        "State": "CA",
        "Zip": customer.place.zip,
        "Created": customer.created.strftime("%m/%d/%Y"),
        "Lead source": customer.source,
        "Tags": customer.tags,
    }


def shares(lead: Lead, job: Job) -> bool:
    """Tell whether any plain trace ties a request to a job's records."""
    customer = job.customer
    digits = "".join(c for c in f"{customer.mobile} {customer.home} {job.notes}" if c.isdigit())
    typed = "".join(c for c in lead.message if c.isdigit())
    phones = [phone for phone in (customer.mobile, customer.home) if phone]
    if (lead.phone and lead.phone in digits) or any(phone in typed for phone in phones):
        return True
    if lead.email and lead.email == customer.email:
        return True
    streets = [(place.number, place.street) for place in (job.place, customer.place)]
    if lead.place.number and (lead.place.number, lead.place.street) in streets:
        return True
    text = f"{customer.last} {customer.company} {job.notes}".lower()
    named = bool(customer.company) and customer.company in lead.message
    return named or customer.last in lead.message or (len(lead.last) > 2 and lead.last.lower() in text)


def save(path: Path, rows: Iterable[dict[str, str]]) -> None:
    """Write rows as CSV."""
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def save_pairs(path: Path, other: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Write pairs of a request and another id."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["lead_id", other])
        writer.writerows(pairs)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the office's files into a folder."""
    rng = random.Random(f"tanoak {seed} {leads}")
    office = Office(rng, leads)
    office.run()
    save(folder / "leads.csv", [lead_row(rng, lead) for lead in office.leads])
    save(folder / "jobs.csv", map(job_row, office.jobs))
    listed = sorted(office.customers, key=lambda customer: int(customer.cid))
    save(folder / "customers.csv", [customer_row(c) for c in listed if c.created <= office.end + timedelta(days=6)])
    true = [(job.lead, job) for job in office.jobs if job.lead and job.status not in CANCELED]
    save_pairs(folder / "truth.csv", "job_id", [(lead.ident, job.number) for lead, job in true])
    tied = {(id(lead), id(job.customer)) for lead, job in true if shares(lead, job)}
    unclear = {(lead.ident, job.number) for lead, job in office.ambiguous}
    unclear |= {(lead.ident, job.number) for lead, job in true if (id(lead), id(job.customer)) not in tied}
    save_pairs(folder / "ambiguous.csv", "job_id", sorted(unclear))
    groups = [lead for lead in office.leads if lead.first_lead]
    members = [(one.ident, f"G{i}") for i, lead in enumerate(groups, 1) for one in (lead.first_lead, lead) if one]
    save_pairs(folder / "lead_groups.csv", "group_id", members)
