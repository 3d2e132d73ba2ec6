"""Write the leads and jobs of an electrical and generator contractor in small towns of the South.

It has about twenty technicians, and a small pest and lawn sister company in the same software. Requests come from the
website's form and chat, from tracked calls, and from a lead marketplace; storms bring waves of them.

True is each job that came from a request: the first visit, and what continues that work (a repair with ordered parts,
an installation after an estimate, a startup), also a free return that was requested on the website. Plan visits, other
recalls, later orders, canceled and doubly entered jobs are not.

Hard are customers filed under a spouse, a parent, a landlord, an employer or the house's earlier owner; records typed
again or taken over from an old list; misheard names, old numbers, second homes; relatives on the same road; and
neighbors who all call after the same storm.
"""

import csv
import json
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
SHORT: dict[str, str] = POOLS["suffixes"]
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Place:
    """A place where someone lives or works."""

    line: str
    town: str
    zip_code: str


@dataclass
class Person:
    """A person with a telephone; `calls` is the first name that this person really uses."""

    first: str
    calls: str
    last: str
    mobile: str
    email: str

    def named(self, rng: random.Random, styles: Mapping[str, float]) -> str:
        """Write the name in one of the styles."""
        first, last = rng.choice((self.calls, self.calls, self.first)), self.last
        cases = (first.lower(), last.lower(), first.upper(), last.upper())
        return pick(rng, styles).format(first, last, first[0], *cases, last[0], show_phone(self.mobile))


@dataclass(eq=False)
class Record:
    """A customer of the software, as it was typed; `sites` are its places as they were typed."""

    name: str
    kind: str
    phone: str
    other_phone: str
    email: str
    street: str
    place: Place
    created: datetime
    sites: dict[Place, str] = field(default_factory=dict)
    number: int = 0

    @property
    def cells(self) -> list[str]:
        """What a list of customers shows."""
        phones, place = (show_phone(self.phone), show_phone(self.other_phone)), self.place
        rest = self.email, self.street, place.town, place.zip_code, f"{self.created:%m/%d/%Y}"
        return [self.name, self.kind, *phones, *rest]


@dataclass(eq=False)
class Party:
    """A household, landlord or company: those who decide and pay together."""

    people: list[Person]
    home: Place
    landline: str = ""
    company: str = ""
    others: list[Place] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    windows: list[tuple[datetime, datetime]] = field(default_factory=list)

    def busy(self, when: datetime, days: int = 0) -> bool:
        """Tell whether a request is open then, so that a call would most likely be about it."""
        return any(start - DAY <= when + days * DAY and when <= end + DAY for start, end in self.windows)


@dataclass(eq=False)
class Lead:
    """A request as the website and its partners recorded it."""

    received: datetime
    row: dict[str, str]
    group: int = 0


@dataclass(frozen=True)
class Ask:
    """Who asks, for whom, where the work is, and which place the request names."""

    person: Person
    party: Party
    site: Place
    shown: Place


@dataclass(eq=False)
class Job:
    """A job of the software; `leads` are the requests that it came from, if not `doubtful`."""

    created: datetime
    scheduled: datetime
    completed: datetime
    record: Record
    site: Place
    unit: str
    kind: str
    total: float
    notes: str
    campaign: str = "Existing Customer"
    status: str = "Completed"
    leads: Sequence[Lead] = ()
    doubtful: bool = False
    number: str = ""


def pick(rng: random.Random, weights: Mapping[str, float]) -> str:
    """Draw a key by its weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


def digits(text: str) -> str:
    """Return the ten digits of a phone number."""
    return re.sub(r"\D", "", text)[-10:]


def show_phone(number: str, style: str = "({0}) {1}-{2}") -> str:
    """Write a number, by default as the software does."""
    return style.format(number[:3], number[3:6], number[6:]) if number else ""


class Town:
    """Makes the people, companies, places and numbers of the area."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, pool = rng, POOLS["streets"]
        skew = (rng.uniform(0.4, 1.6) / (rank + 14) ** 0.85 for rank in range(len(POOLS["last"])))
        self.last_weights, self.first_weights = list(accumulate(skew)), [1 / (rank + 9) ** 0.7 for rank in range(200)]
        self.exchanges = rng.sample(range(220, 999), 150)
        self.towns: dict[str, float] = {name: weight for name, _, weight in POOLS["towns"]}
        self.zips: dict[str, list[str]] = {name: zips for name, zips, _ in POOLS["towns"]}
        self.streets: dict[str, list[str]] = {}
        for name, _, size in POOLS["towns"]:
            streets = [f"{rng.choice(pool)} {rng.choice(list(SHORT)[:8])}" for _ in range(15 + size * 6)]
            streets += [f"{rng.choice(pool)} Road" for _ in range(4 + size)]
            streets += [f"County Road {rng.randint(10, 990)}" for _ in range(2 + size // 2)]
            self.streets[name] = [*streets, f"Highway {rng.randint(11, 98)} North", f"Highway {rng.randint(11, 98)}"]
        self.used: set[str] = set()
        self.homes: list[Party] = []

    def phone(self) -> str:
        """Make a number in an area code that no one has been given."""
        rng, number = self.rng, ""
        while not number or number in self.used:
            number = f"{rng.choice(('690', '690', '690', '697'))}{rng.choice(self.exchanges)}{rng.randint(0, 9999):04d}"
            if rng.random() < 0.14:
                number = f"{rng.choice((291, 391, 493, 594, 795, 896))}{rng.randint(2000000, 9999999)}"
        self.used.add(number)
        return number

    def last(self) -> str:
        """Draw a last name, some far more often than others."""
        return str(self.rng.choices(POOLS["last"], cum_weights=self.last_weights)[0])

    def person(self, last: str = "", *, woman: bool) -> Person:
        """Make a person with a mobile phone and an email address in one of the usual styles."""
        rng, last = self.rng, last or self.last()
        pool: list[str] = POOLS["women" if woman else "men"]
        first = rng.choices(pool, self.first_weights[: len(pool)])[0]
        nicks: list[str] = POOLS["nick"].get(first, [])
        calls = rng.choice(nicks) if nicks and rng.random() < 0.45 else first
        one, two = re.sub(r"\W", "", rng.choice((first, calls)) + " " + last).lower(), re.sub(r"\W", "", last).lower()
        names = one.removesuffix(two), two, rng.choice(POOLS["words"]) + str(rng.randint(1, 99))
        email = f"{pick(rng, POOLS['email_styles']).format(*names)}@{pick(rng, POOLS['hosts'])}"
        numbers = rng.choice(((1, 9), (10, 99), (10, 99), (1950, 2004)))
        email = email.replace("@", f"{rng.randint(*numbers)}@") if rng.random() < 0.55 else email
        while email in self.used:
            email = email.replace("@", f"{rng.randint(0, 9)}@")
        self.used.add(email)
        return Person(first, calls, last, self.phone(), email)

    def place(self) -> Place:
        """Draw a place, mostly in the city."""
        rng, town = self.rng, pick(self.rng, self.towns)
        street, zips = rng.choice(self.streets[town]), self.zips[town]
        number = rng.randint(*rng.choice(((1, 99), (100, 999), (100, 999), (1000, 6999))))
        unit = rng.choice((" Apt {}", " Unit {}", " Lot {}", " #{}")).format(rng.randint(1, 48))
        line = f"{number} {street}{unit if rng.random() < 0.07 else ''}"
        return Place(line, town, zips[len(street) % len(zips)])

    def household(self) -> Party:
        """Make a household, some of them kin of an earlier one, perhaps on the family's road."""
        rng, home, last, woman = self.rng, self.place(), self.last(), self.rng.random() < 0.5
        if kin := rng.choice(self.homes) if self.homes and rng.random() < 0.06 else None:
            last = kin.people[0].last.removesuffix(" Jr")
            number, street = kin.home.line.split(" ", 1)
            home = (
                replace(kin.home, line=f"{int(number) + rng.randint(1, 40)} {street}") if rng.random() < 0.5 else home
            )
        person = self.person(last, woman=woman)
        if kin and not woman and kin.people[0].first in POOLS["men"] and rng.random() < 0.3:
            person.first, person.calls, person.last = kin.people[0].first, kin.people[0].first, f"{last} Jr"
        party = Party([person], home, self.phone() if rng.random() < 0.2 else "")
        if rng.random() < 0.62:
            party.people.append(self.person(last if rng.random() < 0.87 else "", woman=not woman))
        party.others = [self.place()] if rng.random() < 0.05 else []
        self.homes.append(party)
        return party

    def business(self) -> Party:
        """Make a company; some manage or build houses."""
        rng = self.rng
        name = f"{rng.choice((self.last(), rng.choice(POOLS['streets'])))} {rng.choice(POOLS['companies'])}"
        people = [self.person(woman=rng.random() < 0.6) for _ in range(rng.randint(1, 3))]
        for person in people:
            if rng.random() < 0.7:
                user = rng.choice(("office", "info", person.first[0].lower() + person.last.lower()))
                person.email = f"{user}@{re.sub(r'\W', '', name.lower())}.example.com"
        houses = rng.randint(2, 9) if re.search(POOLS["rentals"], name) else 0
        return Party(people, self.place(), self.phone(), name, [self.place() for _ in range(houses)])


class Desk:
    """Types customers, places and names as this office's call takers do."""

    def __init__(self, rng: random.Random, town: Town, rates: dict[str, float]) -> None:
        self.rng, self.town, self.rates = rng, town, rates
        self.records: list[Record] = []

    def mishear(self, word: str) -> str:
        """Spell a word as someone on a bad line would."""
        rng = self.rng
        fits = [(old, new) for old, new in POOLS["mishear"] if old in word[1:].lower()]
        if fits and rng.random() < 0.7:
            return word[0] + word[1:].replace(*rng.choice(fits), 1)
        at = rng.randrange(1, max(2, len(word) - 1))
        return word[:at] + rng.choice(("", 2 * word[at : at + 1], word[at + 1 : at + 2])) + word[at + 1 :]

    def name(self, person: Person, party: Party) -> str:
        """Type the customer's name."""
        rng = self.rng
        if party.company:
            return party.company + (f" - {person.calls} {person.last}" if rng.random() < 0.2 else "")
        if len(party.people) > 1 and rng.random() < 0.17:
            one, two = rng.sample(party.people, 2)
            return f"{one.calls} & {two.calls} {one.last}" if rng.random() < 0.4 else f"{two.calls} {two.last}"
        name = person.named(rng, POOLS["name_styles"]["office"])
        return " ".join(self.mishear(word) if rng.random() < 0.05 else word for word in name.split(" "))

    def contact(self, person: Person, party: Party) -> tuple[str, str, str]:
        """Type the main and the other phone, and an email address or none."""
        rng, main = self.rng, person.mobile
        spare = [party.landline, "", *(other.mobile for other in party.people if other is not person)]
        second = rng.choice(spare) if rng.random() < 0.6 else ""
        if second and rng.random() < 0.3:
            main, second = second, rng.choice((main, ""))
        if rng.random() < 0.012:
            main = (self.mishear(main) + main[-1])[:10]
        user, _, host = person.email.partition("@")
        email = f"{self.mishear(user).lower()}@{host}" if rng.random() < 0.04 else person.email
        return main, second, rng.choice(POOLS["no_mail"]) if rng.random() < self.rates["no_email"] else email

    def street(self, line: str) -> str:
        """Type a street line in the office's loose style."""
        rng = self.rng
        parts = [SHORT.get(word, word) for word in line.split()] if rng.random() < 0.7 else line.split()
        parts[1] = self.mishear(parts[1]) if rng.random() < 0.06 and not line[-1].isdigit() else parts[1]
        line = " ".join(parts)
        line = re.sub(r" (Apt|Unit|Lot|#).*", "", line) if rng.random() < 0.2 else line
        return line.upper() if rng.random() < 0.04 else line

    def add(self, ask: Ask, when: datetime, lead: Lead | None = None) -> Record:
        """Enter a new customer, from the request itself if the office has it."""
        rng, party, person = self.rng, ask.party, ask.person
        if person not in party.people and rng.random() < 0.7:
            person, lead = rng.choice(party.people), None
        bill, kind = (party.home, "Commercial") if party.company else (ask.site, "Residential")
        contact = self.contact(person, party)
        record = Record(self.name(person, party), kind, *contact, self.street(bill.line), bill, when)
        if lead and not party.company:
            row, known = lead.row, lead.row["Address"][:1].isdigit()
            record.name = row["Name"].strip().title() if " " in row["Name"].strip() else record.name
            record.phone, record.email = digits(row["Phone"]) or record.phone, row["Email"] or record.email
            record.street = record.sites[ask.shown] = row["Address"] if known else record.street
        self.records.append(record)
        party.records.append(record)
        return record

    def add_old(self, party: Party, when: datetime) -> Record:
        """Enter a customer of earlier years, perhaps with what was true then."""
        rng, person = self.rng, self.rng.choice((party.people[0], self.rng.choice(party.people)))
        record = self.add(Ask(person, party, party.home, party.home), when)
        if rng.random() < 0.1:
            record.phone = self.town.phone()
        if not party.company and rng.random() < self.rates["imported"]:
            record.name, record.email, record.other_phone = f"{person.last}, {person.first}".upper(), "", ""
            record.street = record.street.upper()
        return record

    def find(self, ask: Ask, when: datetime, lead: Lead | None = None) -> Record:
        """Search for the customer, or type the customer again when that fails."""
        rng, known = self.rng, ask.party.records
        if known and rng.random() >= self.rates["retyped"]:
            return rng.choice(known) if rng.random() < 0.1 else known[-1]
        if not known and rng.random() < 0.01:
            # The address is on file, with whoever lived there before.
            before = Party([self.town.person(woman=rng.random() < 0.5)], ask.site)
            known.append(self.add_old(before, when - 900 * DAY))
            return known[-1]
        return self.add(ask, when, lead if rng.random() < self.rates["copied"] else None)


class Office:
    """Lives through the period: requests, jobs, and what has to do with what."""

    def __init__(self, rng: random.Random, leads: int) -> None:
        self.rng, self.wanted, self.town = rng, leads, Town(rng)
        self.rates = {name: rng.uniform(low, high) for name, (low, high) in POOLS["rates"].items()}
        self.desk = Desk(rng, self.town, self.rates)
        self.start, self.days = datetime(2023, rng.randint(1, 9), rng.randint(1, 28), tzinfo=UTC), rng.randint(400, 520)
        self.end = self.start + self.days * DAY
        storms = [rng.randrange(self.days) for _ in range(rng.randint(2, 5))]
        self.stormy = {storm + day for storm in storms for day in range(7)}
        weekday, weights = (1.1, 1.05, 1, 1, 0.95, 0.55, 0.45), list[float]()
        for date in (self.start + day * DAY for day in range(self.days)):
            stormy = (date - self.start).days in self.stormy
            weights.append(weekday[date.weekday()] * (1.2 if 4 <= date.month <= 9 else 0.8) * (4 if stormy else 1))
        self.lead_days, self.call_days = list(accumulate(weights)), list(accumulate(weight**0.5 for weight in weights))
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.base: list[Party] = []
        self.lost: list[tuple[Lead, Ask, dict[str, Any]]] = []
        self.later: list[tuple[Callable[[Party, datetime], None], Party, datetime]] = []

    def moment(self, weights: Sequence[float]) -> datetime:
        """Draw a time in the period."""
        day, hour = self.rng.choices(range(self.days), cum_weights=weights), self.rng.choices(range(24), POOLS["hours"])
        return self.start + timedelta(days=day[0], hours=hour[0], seconds=self.rng.randrange(3600))

    def service(self, when: datetime) -> dict[str, Any]:
        """Draw what is needed at that time of the year, in the customer's words and in the office's."""
        storm, pool = (when - self.start).days in self.stormy, POOLS["services"]
        months = [1 if when.month in (item["months"] or [when.month]) else 0.55 for item in pool]
        weights = [item["weight"] * item["storm"] ** storm * month for item, month in zip(pool, months, strict=True)]
        service: dict[str, Any] = self.rng.choices(pool, weights)[0]
        return service | dict(zip(("ask", "note"), self.rng.choice(service["asks"]), strict=True))

    def campaign(self, lead: Lead | None = None) -> str:
        """File a job's campaign, rightly or as the call taker felt."""
        if lead and self.rng.random() < self.rates["campaign"]:
            return str(self.rng.choice(POOLS["channels"][lead.row["Channel"]]["campaigns"]))
        return pick(self.rng, POOLS["campaigns"])

    def book(self, record: Record, site: Place, unit: str, stage: dict[str, Any], created: datetime) -> Job:
        """Enter one job and set its day."""
        rng, (early, late), (low, high) = self.rng, stage["days"], stage["price"]
        scheduled = created + rng.triangular(early, late, early) * DAY
        scheduled += DAY * (scheduled.weekday() == 6 and late > 1)
        total = round(rng.triangular(low, high, low + (high - low) / 4)) - 0.05 * (rng.random() < 0.3 and low > 0)
        notes = rng.choice(stage["notes"]) + rng.choice(POOLS["extras"]) if rng.random() < 0.88 else ""
        done = scheduled + rng.choice((0, 0, 0, 0, 1)) * DAY
        job = Job(created, scheduled, done, record, site, unit, rng.choice(stage["types"]), total, notes)
        if done > self.end:
            job.status, job.total = "In Progress" if scheduled < self.end else "Scheduled", 0.0
        if site not in record.sites:
            record.sites[site] = self.desk.street(site.line)
        record.created = min(record.created, created)
        self.jobs.append(job)
        return job

    def chain(self, ask: Ask, service: dict[str, Any], when: datetime, lead: Lead | None = None) -> list[Job]:
        """Enter a first visit and what follows from it; small work needs no estimate."""
        rng, done, stages = self.rng, list[Job](), service["stages"]
        record, campaign = self.desk.find(ask, when, lead), self.campaign(lead)
        for stage in stages[1 if len(stages) > 1 and rng.random() > stages[0]["p"] else 0 :]:
            if done:
                when = done[-1].completed + rng.triangular(stage["lag"][0], stage["lag"][1], stage["lag"][0]) * DAY
                record = self.desk.find(ask, when) if rng.random() < 0.04 else record
            if when > self.end or (done and (rng.random() > stage["p"] or (not lead and ask.party.busy(when)))):
                break
            job = self.book(record, ask.site, service["unit"], stage, when)
            if rng.random() < (0.85 if stage is stages[0] else 0.4):
                notes = "{note}" if stage is stages[0] else rng.choice(POOLS["next_notes"])
                job.notes = notes.format_map(service) + rng.choice(POOLS["extras"])
            done.append(job)
            job.campaign = campaign if rng.random() < 0.85 else self.campaign()
        return done

    def spoil(self, jobs: list[Job]) -> list[Job]:
        """Cancel some jobs, enter some twice, move some, return for free to some; give what remains of the work."""
        rng = self.rng
        if jobs and rng.random() < self.rates["canceled"]:
            again = rng.random() < 0.55
            gone = [replace(jobs[0], notes=rng.choice((jobs[0].notes, "dup", "rescheduled")))] if again else jobs
            for job in gone:
                job.status, job.total = "Canceled", 0.0
            self.jobs += gone if again else []
            return jobs if again else []
        when = jobs[-1].completed + rng.uniform(2, 40) * DAY if jobs else self.end
        if when < self.end and rng.random() < 0.03:
            self.book(jobs[-1].record, jobs[-1].site, jobs[-1].unit, POOLS["recall_stage"], when)
        return jobs

    def call_in(self, party: Party, when: datetime) -> None:
        """Let a customer order by telephone."""
        rng, site = self.rng, self.rng.choice([*party.others, party.home])
        if not party.busy(when) or rng.random() < 0.04:
            self.spoil(self.chain(Ask(rng.choice(party.people), party, site, site), self.service(when), when))

    def plan(self, party: Party, when: datetime) -> None:
        """Make a plan's routine visits."""
        rng, plan = self.rng, POOLS["plans"][pick(self.rng, POOLS["plan_mix"])]
        record = self.desk.find(Ask(party.people[0], party, party.home, party.home), when)
        while when < self.end:
            open_day = when >= self.start and when.month not in plan["idle"]
            if open_day and (not party.busy(when) or rng.random() < 0.04):
                job = self.book(record, party.home, plan["unit"], plan["stage"], when)
                job.campaign = rng.choice(("Existing Customer", "Maintenance Plan", "Maintenance Plan"))
            when += plan["every"] * DAY * rng.uniform(0.85, 1.15)

    def ask(self, when: datetime) -> Ask:
        """Choose who sends a request, for whom and for which place."""
        rng, town, party = self.rng, self.town, self.rng.choice(self.base)
        if rng.random() > self.rates["existing"] or party.busy(when, 91):
            party = town.business() if rng.random() < 0.05 else town.household()
        person, home, roll = rng.choice((party.people[0], rng.choice(party.people))), party.home, rng.random()
        site = rng.choice(party.others) if party.others and (party.company or rng.random() < 0.6) else home
        shown = home if site is not home and rng.random() < 0.4 else site
        if roll < 0.03 and not party.company:
            person = town.person(person.last if rng.random() < 0.6 else "", woman=rng.random() < 0.65)
        elif roll < (0.04 if site is home else 0.2):
            person = town.person(woman=rng.random() < 0.6)
            if site is home and not party.company:
                person.email = f"{person.first.lower()}@{town.last().lower()}realty.example.com"
        return Ask(person, party, site, shown)

    def say(self, ask: Ask, text: str) -> str:
        """Write the message of a request."""
        rng, site, owner = self.rng, ask.site, ask.party.people[0]
        text = (
            rng.choice(POOLS["openers"])
            + text
            + (text[-1] != "?") * rng.choice((".", ",", "", "."))
            + rng.choice(POOLS["closers"])
        )
        if site is not ask.shown and rng.random() < 0.7:
            text += f" This is for {site.line} in {site.town}."
        if ask.party.company and rng.random() < 0.45:
            text += f" {ask.party.company}"
        elif ask.person not in ask.party.people and rng.random() < 0.6:
            text += rng.choice(POOLS["for_owner"]).format(owner.calls, owner.last, show_phone(owner.mobile))
        return rng.choices((text.rstrip(","), text.rstrip(",").lower(), ""), (70, 20, 10))[0]

    def lead(self, ask: Ask, service: dict[str, Any], when: datetime, message: str) -> Lead:
        """Record a request with what the channel asks for."""
        rng, person, shown, channel = self.rng, ask.person, ask.shown, pick(self.rng, POOLS["channel_mix"])
        keep, called = POOLS["channels"][channel], channel == "Tracked Call"
        phone = ask.party.landline if ask.party.landline and rng.random() < 0.15 else person.mobile
        style = pick(rng, POOLS["phone_styles"]) if rng.random() < self.rates["typed_freely"] else "({0}) {1}-{2}"
        street = self.desk.street(shown.line) + (f", {shown.town}" if rng.random() < 0.04 else "")
        street = street if rng.random() < keep["street"] else rng.choice([*POOLS["no_street"], shown.town])
        email = person.email if rng.random() < keep["email"] else ""
        email = email.replace("gmail.", "gmial.").replace("yahoo.", "yaho.") if rng.random() < 0.012 else email
        form = rng.choice(("", "Other")) if called or rng.random() < 0.07 else rng.choice(service["form"])
        name = person.named(rng, POOLS["name_styles"][channel])
        values = (
            "", "", channel, name, show_phone(phone, style) if rng.random() < keep["phone"] else "", email, street,
            "" if called else shown.town, shown.zip_code if street or rng.random() < 0.5 else "", form,
            rng.choice(keep["sources"]), message,
        )  # fmt: skip
        self.leads.append(Lead(when, dict(zip(POOLS["headings"]["leads"], values, strict=True))))
        return self.leads[-1]

    def answer_time(self, when: datetime) -> datetime:
        """Tell when the office enters the job of a request."""
        rng, spans = self.rng, POOLS["answer"]
        low, high, _ = rng.choices(spans, [weight for _, _, weight in spans])[0]
        if not high and (when.hour >= 18 or when.weekday() == 6) and rng.random() < 0.9:
            low = high = 1
        if high:
            return when.replace(hour=8) + timedelta(days=rng.randint(low, high), minutes=rng.randrange(540))
        return min(when + timedelta(minutes=rng.randint(3, 300)), when.replace(hour=23, minute=59, second=59))

    def repeat(self, ask: Ask, service: dict[str, Any], first: Lead, until: datetime) -> list[Lead]:
        """Let an impatient person or a spouse send the request again before it is answered."""
        rng = self.rng
        if rng.random() > 0.045 or len(self.leads) >= self.wanted:
            return [first]
        when = first.received + min((until - first.received) * 0.8, rng.choice((0.003, 0.05, 1, 3)) * DAY)
        if rng.random() < 0.25 and ask.person in ask.party.people:
            ask = replace(ask, person=rng.choice(ask.party.people))
        message = first.row["Message"] if rng.random() < 0.6 else self.say(ask, service["ask"])
        second = self.lead(ask, service, when, message)
        first.group = second.group = len(self.leads)
        return [first, second]

    def request(self, when: datetime) -> None:
        """Let someone ask for work, and the office win or lose it."""
        rng, ask, service = self.rng, self.ask(when), self.service(when)
        if ask.party.records and rng.random() < 0.05 and not ask.party.company:
            service |= POOLS["complaint"] | {"ask": rng.choice(POOLS["complaint"]["asks"])}
            self.later.append((self.call_in, ask.party, when - rng.uniform(12, 40) * DAY))
        won = rng.random() < (0.86 if ask.party.records else self.rates["convert"])
        message = rng.choice(POOLS["out"]) if not won and rng.random() < 0.08 else self.say(ask, service["ask"])
        lead, begin = self.lead(ask, service, when, message), self.answer_time(when)
        leads = self.repeat(ask, service, lead, begin)
        sure = won and self.serve(ask, service, begin, leads)
        ask.party.windows.append((when, begin if sure else when + 91 * DAY))
        if not won:
            self.lost.append((lead, ask, service))

    def serve(self, ask: Ask, service: dict[str, Any], begin: datetime, leads: list[Lead]) -> bool:
        """Enter the work of a won request; tell whether its customer is plainly the one who asked."""
        rng, row, person = self.rng, leads[0].row, ask.person
        jobs = self.chain(ask, service, begin, leads[0])
        if jobs and rng.random() < 0.25 and row["Message"]:
            jobs[0].notes = rng.choice(("Web request: ", "From form - ", "")) + row["Message"]
        if jobs and person not in ask.party.people and rng.random() < 0.7:
            jobs[0].notes += f" Contact {person.calls} {person.last} {show_phone(person.mobile)}"
        jobs = self.spoil(jobs)
        for job in jobs:
            job.leads = leads
        if rng.random() < 0.2:
            self.later.append((self.call_in, ask.party, begin + rng.uniform(4, 300) * DAY))
        if rng.random() < 0.1 and not ask.party.company:
            self.later.append((self.plan, ask.party, begin + rng.uniform(20, 90) * DAY))
        self.base.append(ask.party)
        return any(job.record.phone == digits(row["Phone"]) or job.record.email == row["Email"] for job in jobs[:1])

    def advertise(self, when: datetime) -> None:
        """Let someone send an advertisement, an application or a test."""
        seller, place, text = self.town.person(woman=False), self.town.place(), self.rng.choice(POOLS["spam"])
        self.lead(Ask(seller, Party([seller], place), place, place), self.service(when), when, text)

    def run(self) -> None:
        """Live through the period: requests first, since they decide when their customers call for something else."""
        rng, town = self.rng, self.town
        for _ in range(int(self.wanted * 1.6)):
            self.base.append(town.business() if rng.random() < 0.06 else town.household())
            self.desk.add_old(self.base[-1], self.start - rng.uniform(5, 2500) * DAY)
        while len(self.leads) < self.wanted:
            (self.advertise if rng.random() < 0.035 else self.request)(self.moment(self.lead_days))
        for lead, ask, service in self.lost:
            when = lead.received + rng.uniform(93, 240) * DAY
            if rng.random() < 0.02 and not ask.party.busy(when):
                # The same work months later: no one can tell if it is for the request's sake.
                for job in self.chain(ask, service, when):
                    job.leads, job.doubtful = [lead], True
            elif rng.random() < 0.06:
                self.later.append((self.call_in, ask.party, when))
        for party in rng.sample(self.base, int(len(self.base) * self.rates["plan"])):
            self.plan(party, self.start - rng.uniform(0, 180) * DAY)
        for act, party, when in self.later:
            act(party, when)
        for _ in range(max(0, int(self.wanted * self.rates["jobs"] - len(self.jobs)) * 3 // 4)):
            party = rng.choice(self.base) if rng.random() < 0.55 else town.household()
            self.call_in(party, self.moment(self.call_days))


def related(lead: Lead, job: Job) -> bool:
    """Tell whether anything in both rows ties them together, so that a careful person could decide."""
    row, record, site = lead.row, job.record, job.site
    texts = (row["Name"], record.name, row["Message"], job.notes)
    asker, customer, message, notes = (set(re.findall(r"[a-z]{3,}|\d+", text.lower())) for text in texts)
    asker |= {digits(row["Phone"]), row["Email"].lower(), row["Address"].split(" ")[0], row["Email"].split("@")[-1][:6]}
    customer |= {record.phone, record.other_phone, record.email.lower(), site.line.split(" ")[0], digits(job.notes)}
    customer |= {re.sub(r"\W", "", record.name.lower())[:6]} if record.kind == "Commercial" else set()
    return bool((asker & (customer | notes) | customer & message) - {""}) or (len(message) > 5 and message <= notes)


def job_row(job: Job) -> list[str]:
    """Return a job's cells."""
    dates = [f"{date:%m/%d/%Y}" for date in (job.created, job.scheduled, job.completed)]
    dates[2] = dates[2] if job.status == "Completed" else ""
    work = job.status, job.unit, job.kind, job.campaign, str(job.record.number)
    name, _, phone, _, email, *_ = job.record.cells
    where = job.record.sites[job.site], job.site.town, job.site.zip_code
    return [job.number, *dates, *work, name, phone, email, *where, f"${job.total:,.2f}", job.notes]


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the files of one office."""
    rng = random.Random(f"pinebelt-{seed}")
    office, ahead = Office(rng, leads), rng.choice((0, 0, 0, 1, 5))
    office.run()
    requests, number = sorted(office.leads, key=lambda lead: lead.received), rng.randint(20000, 90000)
    for place, lead in enumerate(requests, number // 3):
        # Partners, and some websites, stamp requests in another time zone.
        shift = timedelta(hours=ahead if ahead > 1 or lead.row["Channel"] != "Web Form" else 0)
        lead.row |= {"Lead ID": f"L{place:06d}", "Received At": f"{lead.received + shift:%Y-%m-%d %H:%M:%S}"}
    for job in (jobs := sorted(office.jobs, key=lambda job: job.created)):
        job.number = str(number := number + rng.choice((1, 1, 1, 1, 2, 3)))
    for place, record in enumerate(records := sorted(office.desk.records, key=lambda record: record.created), 1000):
        record.number = place
    pairs = [(lead, job, not job.doubtful and related(lead, job)) for job in jobs for lead in job.leads]
    tables: dict[str, Iterable[Sequence[str]]] = {
        "leads": [list(lead.row.values()) for lead in requests],
        "jobs": map(job_row, jobs),
        "customers": [[str(record.number), *record.cells] for record in records],
        "truth": [(lead.row["Lead ID"], job.number) for lead, job, sure in pairs if sure],
        "ambiguous": [(lead.row["Lead ID"], job.number) for lead, job, sure in pairs if not sure],
        "lead_groups": [(lead.row["Lead ID"], f"G{lead.group}") for lead in requests if lead.group],
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, POOLS["headings"][name])
            writer.writeheader()
            writer.writerows(dict(zip(writer.fieldnames, row, strict=True)) for row in rows)
