"""Write the leads and jobs of an average heating, cooling, plumbing and electrical contractor.

The office serves a mid-sized inland city, its suburbs and a few old neighborhoods; landlords, small builders and shops
are among its customers. A job is true if it does the work that a request asked for: the first visit that was not
canceled, and the repair, installation or second stage that grew out of it. Plan visits, free recalls, and later orders
for another reason are not. Hard: spouses and grown children who ask for a household, tenants whose job is filed under
the landlord, company names, records imported with old phones, requests that are booked weeks later, installations
months after the estimate, namesakes, neighbors, and campaigns that the call center picks out of habit.
"""

import csv
import json
import math
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
LAST_NAMES: list[str] = [name.replace(".", " ") for name in POOLS["last"].split()]
LAST_WEIGHTS = [1 / (rank + 14) for rank in range(len(LAST_NAMES))]
FIRST_NAMES: list[str] = POOLS["first"].split()
FIRST_WEIGHTS = [1 / (rank % 120 + 25) for rank in range(len(FIRST_NAMES))]
STREETS: list[str] = [name.replace(".", " ") for name in POOLS["street"].split()]
SUFFIXES = [tuple(pair.split("/")) for pair in POOLS["suffix"].split()]
HOSTS: list[str] = POOLS["hosts"].split()
AREA_CODES = ["859"] * 30 + ["502", "606", "513", "270", "812", "937", "304", "615", "423", "740", "614", "317"]
HOUR_WEIGHTS = [1, 1, 0, 0, 1, 2, 5, 9, 12, 12, 11, 10, 9, 9, 9, 9, 9, 9, 8, 8, 7, 6, 4, 2]
Row = dict[str, str]


@dataclass
class Person:
    """A person who can ask for work: names, own phone, and own email."""

    first: str
    nick: str
    last: str
    phone: str
    email: str


@dataclass(frozen=True)
class Place:
    """A service address."""

    number: int
    street: str
    suffix: tuple[str, ...]
    unit: str
    city: str
    zip_code: str

    def line(self, rng: random.Random, sloppy: float) -> str:
        """Type the street line, in the short or long form, sometimes without suffix or unit."""
        suffix = "" if rng.random() < sloppy else rng.choice(self.suffix)
        unit = "" if self.unit and rng.random() < sloppy * 2 else self.unit
        text = " ".join(f"{self.number} {self.street} {suffix} {unit}".split())
        text = typo(rng, text) if rng.random() < 0.015 else text
        return text.lower() if rng.random() < sloppy else text


@dataclass
class Record:
    """A customer as the office typed it into the field-service software."""

    created: datetime
    name: str
    phone: str
    email: str
    number: str = ""


@dataclass
class Job:
    """One job of the office."""

    created: datetime
    completed: datetime
    record: Record
    place: Place
    trade: str
    kind: str
    campaign: str
    total: float
    notes: str
    canceled: bool = False
    number: str = ""


@dataclass
class Party:
    """A household or company with its people and places."""

    kind: str
    person: Person
    other: Person
    sites: list[Place]
    company: str = ""
    owner: "Party | None" = None
    record: Record | None = None
    leads: list["Lead"] = field(default_factory=list)
    last_job: datetime = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Lead:
    """One request on the website and the jobs that resulted from it."""

    when: datetime
    party: Party
    asker: Person
    place: Place
    need: dict[str, Any]
    topic: int
    row: Row
    jobs: list[Job] = field(default_factory=list)
    number: str = ""


def typo(rng: random.Random, text: str) -> str:
    """Drop, double or swap one character, as hurried typing does."""
    if len(text) < 4:
        return text
    at = rng.randrange(1, len(text) - 1)
    middle = rng.choice(["", text[at] * 2, text[at + 1] + text[at]])
    return text[:at] + middle + text[at + (2 if len(middle) == 2 and middle[0] != middle[1] else 1) :]


def slip(rng: random.Random, phone: str) -> str:
    """Mishear one of the last four digits."""
    at = rng.randrange(6, 10)
    return phone[:at] + str((int(phone[at]) + rng.randrange(1, 9)) % 10) + phone[at + 1 :]


def dial(phone: str, style: int) -> str:
    """Format ten digits in one of the usual styles."""
    if not phone:
        return ""
    a, b, c = phone[:3], phone[3:6], phone[6:]
    return [f"({a}) {b}-{c}", f"{a}-{b}-{c}", phone, f"+1{phone}", f"{a}.{b}.{c}"][style]


class Office:
    """Lives through a little more than a year, request by request and call by call."""

    def __init__(self, seed: int, leads: int) -> None:
        self.rng = random.Random(f"bluegrass-{seed}")
        self.rates: dict[str, float] = {k: self.rng.uniform(low, high) for k, (low, high) in POOLS["rates"].items()}
        self.start = datetime(self.rng.choice([2024, 2025]), self.rng.randrange(1, 8), 1, tzinfo=UTC)
        self.days = self.rng.randrange(370, 480)
        self.end = self.start + timedelta(days=self.days)
        self.phones = {code: self.rng.sample(range(10000), 10000) for code in dict.fromkeys(AREA_CODES)}
        self.leads: list[Lead] = []
        self.rows: list[tuple[datetime, Row, Lead | None]] = []
        self.jobs: list[Job] = []
        self.records: list[Record] = []
        self.unsure: list[tuple[Lead, Job]] = []
        self.base: list[Party] = []
        for _ in range(leads):
            party = self.household()
            self.import_record(party)
            self.base.append(party)
        self.frequent = [p for p in self.base if p.company]
        self.owners = [p for p in self.base if p.kind == "landlord"]

    def chance(self, share: float) -> bool:
        """Say yes in the given share of cases."""
        return self.rng.random() < share

    def phone(self) -> str:
        """Return an unused fictitious number, local while there are any."""
        for code in (self.rng.choice(AREA_CODES), *self.phones):
            if self.phones[code]:
                return f"{code}555{self.phones[code].pop():04d}"
        return f"859555{self.rng.randrange(10000):04d}"

    def someone(self, last: str = "") -> Person:
        """Invent a person with a phone and an email."""
        rng = self.rng
        first, _, nick = rng.choices(FIRST_NAMES, FIRST_WEIGHTS)[0].partition("/")
        last = last or rng.choices(LAST_NAMES, LAST_WEIGHTS)[0]
        if self.chance(0.012):
            last += "-" + rng.choices(LAST_NAMES, LAST_WEIGHTS)[0]
        flat = last.lower().replace(" ", "").replace("'", "").replace("-", "")
        stem = rng.choice([f"{first.lower()}.{flat}", f"{first[0].lower()}{flat}", f"{flat}{first.lower()}"])
        if self.chance(0.12):
            stem = f"{rng.choice(STREETS).lower().replace(' ', '')}{rng.choice(['fan', 'mom', 'dad', 'gal', 'cat'])}"
        return Person(first, nick or first, last, self.phone(), f"{stem}{rng.randrange(1, 999)}@{rng.choice(HOSTS)}")

    def place(self, rented: bool = False) -> Place:
        """Invent an address; rentals are more often apartments and lie in the city."""
        rng, towns = self.rng, POOLS["towns"][: 5 if rented else None]
        city, zip_code, _ = rng.choices(towns, [town[2] for town in towns])[0]
        at = int(rng.triangular(0, len(STREETS), 20))
        flat = self.chance(0.4 if rented else 0.04)
        unit = rng.choice(["Apt ", "#", "Unit "]) + rng.choice("123456ABCD") if flat else ""
        suffix = SUFFIXES[(at * 7 + int(zip_code)) % len(SUFFIXES)]
        return Place(rng.randrange(100, 4200), STREETS[at % len(STREETS)], suffix, unit, city, zip_code)

    def household(self) -> Party:
        """Invent a household or company of the usual mix."""
        rng = self.rng
        kind = rng.choices(["home", "tenant", "landlord", "builder", "shop", "parent"], [80, 6, 4, 2, 5, 3])[0]
        person = self.someone()
        other = self.someone("" if self.chance(0.2) or kind == "tenant" else person.last)
        party = Party(kind, person, other, [self.place(kind == "tenant")])
        if kind in POOLS["company"]:
            if kind != "landlord" or self.chance(0.6):
                party.company = rng.choice(POOLS["company"][kind]).format(l=person.last, s=rng.choice(STREETS))
                work = "".join(c for c in party.company.lower() if c.isalnum())[:16]
                person.email = person.email if self.chance(0.5) else f"{person.first.lower()}@{work}.example.com"
            more = 0 if kind == "shop" else rng.randrange(1, 9)
            party.sites += [self.place(kind == "landlord") for _ in range(more)]
        return party

    def import_record(self, party: Party) -> None:
        """Give an earlier customer the record that the old software left behind."""
        rng, p = self.rng, party.person
        last = self.someone().last if self.chance(0.02) else p.last
        names = [f"{p.first} {last}"] * 5 + [f"{last}, {p.first}"] * 3 + [f"{p.first} & {party.other.first} {last}"]
        name = party.company or rng.choice([*names, f"{p.nick} {last}", f"{last}, {p.first}".upper()])
        number = self.phone() if self.chance(0.12) else p.phone
        created = self.start - timedelta(days=rng.randrange(3, 3200))
        party.record = Record(created, name, number, p.email if self.chance(0.5) else "")
        self.records.append(party.record)

    def newcomer(self) -> Party:
        """Invent a party that the office does not know, at times a namesake, neighbor or successor of a known one."""
        party, known, draw = self.household(), self.rng.choice(self.base), self.rng.random()
        old = known.sites[0]
        if draw < 0.01:
            party.person = replace(known.person, phone=party.person.phone, email=party.person.email)
        elif draw < 0.025:
            party.sites[0] = old
        elif draw < 0.05:
            party.sites[0] = replace(old, number=old.number + self.rng.choice([-8, -4, 4, 8]))
        if party.kind == "tenant" and self.owners and self.chance(0.5):
            party.owner = self.rng.choice(self.owners)
        return party

    def returning(self, when: datetime) -> Party:
        """Choose an earlier customer whose last request is settled, or a newcomer if none turns up."""
        for _ in range(4):
            party = self.rng.choice(self.frequent if self.frequent and self.chance(0.15) else self.base)
            if self.leads and self.chance(0.2):
                party = self.rng.choice(self.leads).party
            if self.clear(party, when, when) and party.last_job < when:
                return party
        return self.newcomer()

    def clear(self, party: Party, created: datetime, completed: datetime) -> bool:
        """Tell whether an order for another reason is plausible while requests of this party are open."""
        for lead in party.leads:
            until = lead.jobs[0].completed + timedelta(days=1) if lead.jobs else lead.when + timedelta(days=95)
            if completed >= lead.when - timedelta(days=2) and created <= until:
                return False
        return True

    def need(self, when: datetime) -> dict[str, Any]:
        """Draw what a customer needs in this season."""
        needs: list[dict[str, Any]] = POOLS["needs"]
        return self.rng.choices(needs, [n["months"][when.month - 1] + 0.1 for n in needs])[0]

    def working(self, when: datetime) -> datetime:
        """Move a time to the next one at which the call center answers."""
        if when.hour >= 19 or when.hour < 7 or (when.weekday() == 6 and not self.chance(0.2)):
            days = (when.hour >= 7) + (when.weekday() == 5 and when.hour >= 19)
            when = (when + timedelta(days=days)).replace(hour=7, minute=self.rng.randrange(60))
            when += timedelta(minutes=self.rng.randrange(150))
        return when

    def run(self, count: int) -> None:
        """Live through the requests in their order, then through everything else."""
        months = [1.0, 0.9, 0.85, 0.9, 1.1, 1.35, 1.4, 1.25, 0.95, 0.95, 1.0, 1.05]
        days = [self.start + timedelta(days=d) for d in range(self.days)]
        weights = [months[d.month - 1] * (0.7 if d.weekday() > 4 else 1) for d in days]
        hours = self.rng.choices(range(24), HOUR_WEIGHTS, k=count)
        drawn = self.rng.choices(days, weights, k=count)
        for when in sorted(d + timedelta(hours=h + self.rng.random()) for d, h in zip(drawn, hours, strict=True)):
            if self.chance(self.rates["spam"]):
                self.rows.append((when, self.junk(), None))
            elif self.leads and self.chance(self.rates["repeat"]):
                self.again(self.rng.choice(self.leads[-12:]))
            else:
                self.request(when)
        self.others(int(count * self.rates["calls"]))

    def junk(self) -> Row:
        """Fill the form as salesmen and the office's own tests do."""
        person, test = self.someone(), self.chance(0.12)
        row = {"First Name": person.first, "Last Name": person.last, "Phone": person.phone, "Email": person.email}
        if test:
            row = {"First Name": "Test", "Last Name": "Test", "Phone": "8595551234", "Email": "test@example.com"}
        return row | {"Source": "Website", "Message": "test pls ignore" if test else self.rng.choice(POOLS["spam"])}

    def request(self, when: datetime) -> None:
        """Let a person ask, and book the work if they become a customer."""
        rng = self.rng
        party = self.returning(when) if self.chance(self.rates["returning"]) else self.newcomer()
        asker = party.other if self.chance({"parent": 0.8, "tenant": 0.05}.get(party.kind, 0.09)) else party.person
        place = rng.choice(party.sites)
        if party.kind == "landlord" and len(party.sites) > 1 and self.chance(0.8):
            place = rng.choice(party.sites[1:])
        need = self.need(when)
        lead = Lead(when, party, asker, place, need, rng.randrange(len(need["say"])), {})
        lead.row = self.form(lead, asker)
        self.rows.append((when, lead.row, lead))
        self.leads.append(lead)
        if self.chance(self.rates["booked"] * (1.25 if party.record else 1)):
            self.book(lead)
        party.leads.append(lead)

    def form(self, lead: Lead, asker: Person) -> Row:
        """Fill the request form, or the row that a call or a chat leaves."""
        rng, place = self.rng, lead.place
        channel = rng.choices(["Form", "Call", "Chat"], [84, 9, 7])[0]
        first = asker.nick if self.chance(0.35) else asker.first
        last = "" if self.chance(0.025) else typo(rng, asker.last) if self.chance(0.015) else asker.last
        if self.chance(0.06):
            first, last = (first.lower(), last.lower()) if self.chance(0.7) else (first.upper(), last.upper())
        phone = slip(rng, asker.phone) if self.chance(0.012) else "" if self.chance(0.02) else asker.phone
        shown = place if lead.party.kind != "landlord" or self.chance(0.6) else lead.party.sites[0]
        street = shown.line(rng, 0.07) if self.chance(0.45 if channel != "Form" else 0.9) else ""
        says = " ".join([lead.need["say"][lead.topic], rng.choice(POOLS["openers"])]).strip()
        if lead.party.company and self.chance(0.5):
            says = f"{lead.party.company}: {says}"
        if shown is not place and self.chance(0.6):
            says += f" This is for {place.line(rng, 0.1)}"
        email = asker.email if self.chance(0.35 if channel == "Call" else 0.94) else ""
        zip_code = shown.zip_code if self.chance(0.985) else rng.choice(POOLS["towns"])[1]
        area = [shown.city, zip_code] if street else ["", zip_code if self.chance(0.6) else ""]
        service = lead.need["service"] if self.chance(0.86) else rng.choice(["Other", lead.need["trade"]])
        says = says if self.chance(0.88) else rng.choice(["", "", "see above", "call me"])
        values = [channel, first, last, phone, email, street, *area, service, rng.choice(POOLS["lead_sources"]), says]
        return dict(zip(POOLS["lead_heads"], values, strict=True))

    def again(self, first: Lead) -> None:
        """Submit a request a second time before it is booked, by the same person or by the other of the household."""
        wait = first.jobs[0].created - first.when if first.jobs else timedelta(days=6)
        when = first.when + min(wait, timedelta(days=6)) * self.rng.random()
        asker = first.asker if self.chance(0.85) else first.party.other
        row = self.form(first, asker)
        says = row["Message"]
        row["Message"] = self.rng.choice([says, first.row["Message"], f"Havent heard back yet, {says}"])
        self.rows.append((when, row, first))

    def book(self, lead: Lead) -> None:
        """Call back, type the customer, make the first visit and what grows out of it."""
        rng, party = self.rng, lead.party
        hours = rng.lognormvariate(0.2, 1.5) if self.chance(0.9) else 24 * rng.lognormvariate(2.3, 0.9)
        created = self.working(lead.when + timedelta(hours=min(hours, 24 * 84)))
        if party.owner and self.chance(0.7):
            record = party.owner.record or self.record(party, created, lead.asker)
        else:
            record = self.record(party, created, lead.asker, copied=lead.row)
        job = self.visit(record, lead.place, lead.need, lead.topic, created)
        campaign = rng.choice(POOLS["web_campaigns" if self.chance(self.rates["web_tag"]) else "job_campaigns"])
        job.campaign = campaign
        if self.chance(0.14):
            job.notes = rng.choice(["Web lead. ", "from website - ", "online request "]) + lead.need["say"][lead.topic]
        if party.owner:
            job.notes += f" tenant {lead.asker.first} {dial(lead.asker.phone, 1) if self.chance(0.7) else ''}"
        if self.chance(self.rates["canceled"]):
            job.canceled, job.total, job.notes = True, 0.0, rng.choice(POOLS["canceled"])
            if self.chance(0.35):
                return
            again = self.working(created + timedelta(hours=rng.randrange(1, 120)))
            job = self.visit(record, lead.place, lead.need, lead.topic, again)
            job.campaign = campaign
        lead.jobs = self.stages(job, lead.need)
        party.last_job = self.recall(party, lead.jobs)

    def record(self, party: Party, when: datetime, person: Person, copied: Row | None = None) -> Record:
        """Choose a customer on file, or type a new one from the call or the form."""
        if party.record and not self.chance(self.rates["retyped"]):
            return party.record
        rng = self.rng
        name = party.person if party.kind == "parent" or self.chance(0.1) else person
        if name is person and party.kind != "parent" and self.chance(0.09):
            name = party.other
        last = typo(rng, name.last) if self.chance(0.04) else name.last
        text = f"{name.nick if self.chance(0.25) else name.first} {last}"
        text = party.company if party.company and self.chance(0.75) else text
        caller = name if self.chance(0.6) else person
        phone = slip(rng, caller.phone) if self.chance(0.02) else caller.phone
        email = caller.email if self.chance(0.6) else rng.choice(["", "", "none@none.com"])
        if copied and copied["Phone"] and copied["Last Name"] and self.chance(self.rates["copied"]):
            text, phone, email = f"{copied['First Name']} {copied['Last Name']}", copied["Phone"], copied["Email"]
        party.record = Record(when, text, phone, email)
        self.records.append(party.record)
        return party.record

    def visit(self, record: Record, place: Place, need: dict[str, Any], topic: int, when: datetime) -> Job:
        """Enter one job, with a schedule that suits its kind of work."""
        rng = self.rng
        wait = rng.expovariate(1 / {"repair": 1.6, "estimate": 3.5, "tune": 7.0}[need["kind"]])
        done = self.working(when + timedelta(days=wait, hours=1)) + timedelta(minutes=rng.randrange(30, 200))
        kind = rng.choice(need["first"]) if self.chance(0.93) else rng.choice(["Service Call", need["big"]])
        total = 0.0 if need["kind"] == "estimate" else round(math.exp(rng.gauss(5.5, 0.7)), 2)
        if self.chance(0.3):
            total = rng.choice([0.0, 59.0, 89.0, 89.0, 109.0]) if total else 0.0
        likely = need["did"][topic % len(need["did"])] if self.chance(0.8) else rng.choice(need["did"])
        notes = likely if self.chance(0.7) else rng.choice(POOLS["vague"])
        job = Job(when, done, record, place, need["trade"], kind, "", total, notes)
        self.jobs.append(job)
        return job

    def stages(self, job: Job, need: dict[str, Any]) -> list[Job]:
        """Continue the work: parts, repair, or an installation after the customer has decided."""
        rng, jobs = self.rng, [job]
        more = {"repair": 0.24, "estimate": 0.42, "tune": 0.09}[need["kind"]]
        while self.chance(more) and len(jobs) < 4:
            last = jobs[-1]
            large = need["kind"] == "estimate" or self.chance(0.25)
            gap = min(rng.lognormvariate(2.4 if large else 1.4, 0.9), 150.0)
            created = self.working(last.completed + timedelta(days=gap * rng.uniform(0.1, 0.8)))
            step = self.visit(last.record, last.place, need, 0, created)
            step.notes = rng.choice(POOLS["later"])
            step.kind = need["big"] if large and need["kind"] != "estimate" else rng.choice(need["next"])
            step.campaign = rng.choice([last.campaign, "Existing Customer"])
            step.completed = max(step.completed, self.working(last.completed + timedelta(days=gap)))
            step.total = round(math.exp(rng.gauss(8.6 if large else 6.2, 0.5)), 2)
            jobs.append(step)
            more = 0.12
        return jobs

    def others(self, count: int) -> None:
        """Add the jobs that came from calls, plans and earlier customers."""
        rng = self.rng
        known = self.base + [lead.party for lead in self.leads]
        members = rng.sample(self.base, len(self.base) // 5)
        for _ in range(count):
            created = self.start + timedelta(days=rng.random() ** 0.95 * self.days)
            created = self.working(created.replace(hour=rng.randrange(7, 19)))
            draw = rng.random()
            group = members if draw < 0.22 else self.frequent if draw < 0.32 else known
            party = rng.choice(group or known) if draw < 0.7 else self.newcomer()
            later = party.record and party.record.created > created
            if not later and self.clear(party, created, created + timedelta(days=8)):
                self.order(party, created, plan=draw < 0.22)

    def order(self, party: Party, created: datetime, *, plan: bool) -> None:
        """Do a plan's routine visit or an order by phone, with its later stages."""
        rng, need = self.rng, POOLS["needs"][3] if plan else self.need(created)
        record = self.record(party, created, party.other if self.chance(0.12) else party.person)
        job = self.visit(record, rng.choice(party.sites), need, rng.randrange(8), created)
        if plan:
            job.kind = rng.choice(["Club - Cooling" if 3 <= created.month <= 8 else "Club - Heating", "PM Visit"])
            job.campaign, job.total = rng.choice(["Membership", "Existing Customer", ""]), 0.0
            return
        job.campaign = rng.choice(POOLS["job_campaigns"])
        if party.kind == "builder" and self.chance(0.6):
            job.kind = rng.choice(["Rough-In", "Trim Out", "New Construction"])
            job.notes = f"lot {rng.randrange(1, 60)}"
        elif self.chance(0.05):
            job.canceled, job.total, job.notes = True, 0.0, rng.choice(POOLS["canceled"])
        elif self.clear(party, created, created + timedelta(days=150)):
            self.recall(party, self.stages(job, need))
        for lead in party.leads:
            days = (created - lead.when).days
            if not lead.jobs and 90 < days < 150 and lead.need is need and lead.place == job.place:
                self.unsure.append((lead, job))

    def recall(self, party: Party, jobs: list[Job]) -> datetime:
        """Go back for free where the work did not hold, and return when the last visit was."""
        last = max(jobs, key=lambda job: job.completed)
        created = self.working(last.completed + timedelta(days=self.rng.randrange(1, 50)))
        done = created + timedelta(hours=self.rng.randrange(2, 70))
        if not last.total or not self.chance(0.025) or not self.clear(party, created, done):
            return last.completed
        note = self.rng.choice(POOLS["recall"])
        again = replace(last, created=created, completed=done, kind="Warranty Callback", total=0.0, notes=note)
        self.jobs.append(again)
        return done


def save(path: Path, rows: list[Row], heads: list[str]) -> None:
    """Write one export with its headings."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, heads, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def job_row(office: Office, job: Job) -> Row:
    """Export a job as the field-service software shows it at the end of the period."""
    rates, record, rng = office.rates, job.record, office.rng
    day = "%m/%d/%Y" if rates["slash"] > 0.5 else "%Y-%m-%d"
    done = job.completed <= office.end
    address = job.place.line(rng, 0.03)
    created = job.created.strftime(day + (" %I:%M %p" if rates["slash"] > 0.5 else " %H:%M"))
    completed = "" if job.canceled or not done else job.completed.strftime(day)
    status = "Canceled" if job.canceled else "Completed" if done else "Scheduled"
    values = [job.number, created, completed, record.number, record.name, dial(record.phone, 0), record.email, address]
    amount = ("${:,.2f}" if rates["dollars"] > 0.5 else "{:.2f}").format(job.total * done)
    values += [job.place.city, job.place.zip_code, job.trade, job.kind, job.campaign, status, amount, job.notes.strip()]
    return dict(zip(POOLS["job_heads"], values, strict=True))


def write_leads(folder: Path, office: Office) -> list[Row]:
    """Write the requests and return the groups of those that were submitted twice."""
    rates, rng, rows, members = office.rates, office.rng, [], dict[int, list[str]]()
    form = "%m/%d/%Y %I:%M %p" if rates["slash"] > 0.5 else "%Y-%m-%d %H:%M:%S"
    shift = timedelta(hours=5 if rates["utc"] > 0.9 else 0)
    head = "Submitted At (UTC)" if shift else "Submitted At"
    for number, (when, row, lead) in enumerate(sorted(office.rows, key=lambda row: row[0]), 10_481):
        lead_id = f"WL-{number}"
        style = rng.choices(range(5), [40, 25, 25, 7, 3])[0]
        rows.append(
            {"Lead ID": lead_id, head: (when + shift).strftime(form)} | row | {"Phone": dial(row["Phone"], style)}
        )
        if lead:
            lead.number = lead.number or lead_id
            members.setdefault(id(lead), []).append(lead_id)
    save(folder / "leads.csv", rows, ["Lead ID", head, *POOLS["lead_heads"]])
    twice = [ids for ids in members.values() if len(ids) > 1]
    return [{"lead_id": i, "group_id": f"G{n}"} for n, ids in enumerate(twice, 1) for i in ids]


def traceable(lead: Lead, job: Job) -> bool:
    """Tell whether a careful person with both files could connect the two."""
    row, asker, name = lead.row, lead.asker, job.record.name.lower()
    known = f"{job.record.phone} {job.record.email} {job.notes}"
    ways = [row["Phone"], row["Email"], dial(row["Phone"], 1), lead.need["say"][lead.topic]]
    if row["Street Address"] or any(way and way in known for way in ways):
        return True
    return asker.last.lower() in name and (asker.first.lower() in name or asker.nick.lower() in name)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the exports of one office and the truth about them to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    office = Office(seed, leads)
    office.run(leads)
    jobs = sorted((job for job in office.jobs if job.created < office.end), key=lambda job: job.created)
    for number, job in enumerate(jobs, 203_117):
        job.number = str(number)
    office.records.sort(key=lambda record: record.created)
    for number, record in enumerate(office.records, 5_002):
        record.number = str(number)
    save(folder / "lead_groups.csv", write_leads(folder, office), ["lead_id", "group_id"])
    save(folder / "jobs.csv", [job_row(office, job) for job in jobs], POOLS["job_heads"])
    pairs = {True: list[tuple[Lead, Job]](), False: office.unsure}
    for lead in office.leads:
        pairs[any(traceable(lead, job) for job in lead.jobs)] += [(lead, job) for job in lead.jobs]
    for name, found in (("truth.csv", pairs[True]), ("ambiguous.csv", pairs[False])):
        listed = [{"lead_id": lead.number, "job_id": job.number} for lead, job in found if job.number]
        save(folder / name, listed, ["lead_id", "job_id"])
