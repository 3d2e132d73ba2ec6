"""Write the leads and jobs of an oil, gas, plumbing and generator office on the New England coast.

The office serves three-deckers, condominiums, old single houses and summer cottages. Two years before the first
lead its customers were converted from an old program: capitals, "LAST, FIRST & SPOUSE", few emails, land lines.

True are the first visit after a request and the jobs that continue the same work. Both rows of a request that was sent
twice own its jobs. Hard are spouses, children who write for their parents, tenants whose landlord is the customer,
summer people who give the winter address, neighbors in one building, records typed a second time, names as heard on the
phone, and jobs of the same people that they ordered by telephone.
"""

import csv
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
EXCHANGES = ("555", "950", "958", "959", "976")
FLOORS = {"1": "1st", "2": "2nd", "3": "3rd"}


@dataclass
class Person:
    """Someone who lives, owns or rents here."""

    first: str
    last: str
    cell: str
    email: str
    work_email: str


@dataclass(frozen=True)
class Place:
    """An address as the post office would write it, in parts."""

    number: int
    street: str
    suffix: int
    unit: str
    town: str
    postal: str
    state: str = "MA"


@dataclass(eq=False)
class Record:
    """A customer as the office typed it; jobs show its latest state."""

    name: str
    phone: str
    alt: str
    email: str
    bill: str
    style: int
    created: datetime
    number: str = ""
    sites: dict[Place, tuple[str, str]] = field(default_factory=dict)


@dataclass(eq=False)
class Household:
    """People with one purse: a family, a landlord, a tenant or a management company."""

    people: list[Person]
    home: Place
    mail: Place
    landline: str
    fuel: str
    kind: str
    company: str = ""
    plan: bool = False
    sites: list[Place] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    payer: "Household | None" = None
    kin: "Household | None" = None
    blocks: list[tuple[datetime, datetime]] = field(default_factory=list)

    def clear(self, start: datetime, end: datetime) -> bool:
        """Return whether nothing that was asked on the website is pending at either time."""
        return not any(low <= moment <= high for low, high in self.blocks for moment in (start, end))


@dataclass
class Ask:
    """One wish of one household: who asks, for which place, about what."""

    asker: Person
    asking: Household
    payer: Household
    site: Place
    need: dict[str, Any]
    when: datetime


@dataclass(eq=False)
class Lead:
    """A row of the website's export."""

    when: datetime
    row: dict[str, str]
    group: int = 0
    number: str = ""


@dataclass(eq=False)
class Job:
    """A row of the field-service software's export."""

    created: datetime
    done: datetime
    record: Record
    site: Place
    kind: str
    campaign: str
    total: float
    note: str
    status: str = "Completed"
    number: str = ""


def pick(rng: random.Random, pairs: Sequence[Sequence[Any]]) -> Any:
    """Return one first element by the weights in the second."""
    return rng.choices([pair[0] for pair in pairs], [pair[1] for pair in pairs])[0]


def skewed(rng: random.Random, names: Sequence[str]) -> str:
    """Return a name, the first ones much more often, as in a telephone book."""
    return names[min(int(len(names) * rng.random() ** 1.9), len(names) - 1)]


def slip(rng: random.Random, text: str) -> str:
    """Return the text with two neighbors swapped, one letter lost or one doubled."""
    if len(text) < 4:
        return text
    spot = rng.randrange(1, len(text) - 1)
    change = rng.choice([text[spot + 1] + text[spot], text[spot + 1], text[spot] * 2 + text[spot + 1]])
    return text[:spot] + change + text[spot + 2 :]


class Town:
    """Makes people, buildings and households."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.phones: set[str] = set()
        self.towns = {town[0]: town for town in POOLS["towns"]}

    def phone(self, area: str = "") -> str:
        """Return ten digits that no one else has."""
        while True:
            code = area or pick(self.rng, [("508", 66), ("774", 26), ("617", 4), ("401", 4)])
            number: str = f"{code}{self.rng.choice(EXCHANGES)}{self.rng.randrange(10000):04d}"
            if number not in self.phones:
                self.phones.add(number)
                return number

    def person(self, last: str = "", area: str = "", *, woman: bool = False) -> Person:
        """Return a person of one of the coast's origins, with a private email and one at an employer."""
        rng = self.rng
        origin = pick(rng, [(item, item["share"]) for item in POOLS["origins"].values()])
        first, last = skewed(rng, origin["women" if woman else "men"]), last or skewed(rng, origin["last"])
        a, b = first.lower(), last.lower().replace("'", "").replace(".", "")
        name = rng.choice(POOLS["mailboxes"]).format(a=a, b=b, i=a[0], year=rng.randint(46, 99), n=rng.randint(1, 999))
        work = f"{a[0]}{b}{rng.randint(1, 99)}@{rng.choice(POOLS['work_hosts'])}"
        return Person(first, last, self.phone(area), f"{name}@{pick(rng, POOLS['hosts'])}", work)

    def place(self, names: Sequence[str] = ()) -> Place:
        """Return an address in one of the towns."""
        town = self.rng.choice(names) if names else pick(self.rng, [(key, item[2]) for key, item in self.towns.items()])
        suffix = pick(self.rng, [(spot, item[2]) for spot, item in enumerate(POOLS["suffixes"])])
        street = skewed(self.rng, POOLS["streets"]).replace("_", " ")
        number = 1 + int(self.rng.random() ** 2 * 900)
        return Place(number, street, suffix, "", town, self.rng.choice(self.towns[town][1]))

    def household(self, kind: str, home: Place, last: str = "") -> Household:
        """Return a household that lives, or summers, at this place."""
        mail, area = home, ""
        if kind == "summer":
            city, state, postal, area = self.rng.choice(POOLS["away"])
            mail = replace(self.place(), town=city, state=state, postal=postal)
        woman = self.rng.random() < 0.48
        people = [self.person(last, area, woman=woman)]
        if self.rng.random() < 0.58:
            surname = people[0].last if self.rng.random() < 0.87 else ""
            people.append(self.person(surname, area, woman=not woman))
        fuel = pick(self.rng, [("oil", 48), ("gas", 42), ("propane", 10)])
        landline = self.phone(area) if self.rng.random() < 0.5 else ""
        plan = kind in ("owner", "landlord", "condo") and self.rng.random() < 0.5
        return Household(people, home, mail, landline, fuel, kind, plan=plan, sites=[home])

    def deck(self) -> list[Household]:
        """Return a three-decker: the landlord, who often lives on a floor, and the tenants."""
        base = self.place(POOLS["city"])
        floors = [replace(base, unit=unit) for unit in "123"]
        inside = self.rng.random() < 0.45
        landlord = self.household("landlord", floors[0] if inside else self.place())
        landlord.sites = [landlord.home, *floors]
        tenants = [self.household("tenant", floor) for floor in floors[1 if inside else 0 :]]
        for tenant in tenants:
            tenant.fuel = landlord.fuel
            tenant.payer = landlord if self.rng.random() < 0.7 else None
        return [landlord, *tenants]

    def complex(self) -> list[Household]:
        """Return a condominium: its management company and some of the owners of units."""
        base = self.place(POOLS["beach"] if self.rng.random() < 0.6 else ())
        letters = self.rng.choice(["", "ABCD"])
        units = [f"{self.rng.choice(letters) if letters else ''}{n}" for n in range(1, self.rng.randint(8, 26))]
        homes = [replace(base, unit=unit) for unit in units]
        office = self.household("manager", self.place(POOLS["city"]))
        office.company = self.rng.choice(POOLS["managers"] if self.rng.random() < 0.6 else POOLS["complexes"])
        office.sites = [self.place(), *self.rng.sample(homes, 4)]
        owners = [self.household("summer" if self.rng.random() < 0.25 else "condo", home) for home in homes]
        return [office, *owners]

    def people(self, size: int) -> list[Household]:
        """Return the households of the coast, some of them parents and children of others."""
        found: list[Household] = []
        while len(found) < size:
            draw = self.rng.random()
            kind, home = ("summer", self.place(POOLS["beach"])) if draw < 0.2 else ("owner", self.place())
            if draw < 0.063:
                found += self.deck() if draw < 0.055 else self.complex()
            elif draw > 0.93 and found:
                parent = self.rng.choice(found)
                found.append(self.household(kind, self.place([parent.home.town]), parent.people[0].last))
                found[-1].kin = parent if parent.kind == "owner" else None
            else:
                found.append(self.household(kind, home))
        return found


class Desk:
    """Writes names, phones and addresses as customers and the office do."""

    def __init__(self, rng: random.Random, rates: dict[str, float]) -> None:
        self.rng = rng
        self.rates = rates

    def digits(self, phone: str, style: int) -> str:
        """Return a phone in one of the usual forms."""
        return str(POOLS["phones"][style].format(phone[:3], phone[3:6], phone[6:])) if phone else ""

    def unit(self, unit: str) -> str:
        """Return a floor or unit as people call it."""
        if not unit or self.rng.random() < 0.12:
            return ""
        forms = POOLS["floors" if unit in FLOORS and self.rng.random() < 0.8 else "units"]
        return str(self.rng.choice(forms).format(unit=unit, floor=FLOORS.get(unit)))

    def street(self, place: Place, style: int) -> str:
        """Return number, street and unit; style 0 is the converted program's."""
        rng = self.rng
        suffix, others = POOLS["suffixes"][place.suffix][:2]
        if style == 0:
            unit = (
                f" {rng.choice(['#', 'UNIT ', 'FL ' if place.unit in FLOORS else 'APT '])}{place.unit}"
                if place.unit and rng.random() < 0.8
                else ""
            )
            return f"{place.number} {place.street} {others[0]}{unit}".upper()
        street = slip(rng, place.street) if rng.random() < 0.02 else place.street
        ending = pick(rng, [(suffix, 4), (others[0], 5), (rng.choice(others), 2), ("", 0.6)])
        return f"{place.number} {street} {ending}".strip() + self.unit(place.unit)

    def town(self, place: Place) -> str:
        """Return the town or the village that people say."""
        names: list[str] = next((item[3] for item in POOLS["towns"] if item[0] == place.town), [])
        return str(self.rng.choice(names)) if names and self.rng.random() < 0.25 else place.town

    def name(self, people: Sequence[Person], first: Person) -> str:
        """Return a name as typed on the website."""
        rng = self.rng
        given = POOLS["nick"].get(first.first, first.first) if rng.random() < 0.3 else first.first
        draw = rng.random()
        if draw < 0.04:
            return str(given)
        if draw < 0.08 and len(people) > 1:
            return f"{people[0].first} and {people[1].first} {people[0].last}"
        if draw < 0.12:
            return f"{given} {rng.choice('ABCDEFGJKLMPRST')} {first.last}"
        text = f"{given} {first.last}"
        return text.lower() if draw < 0.2 else text.upper() if draw < 0.22 else slip(rng, text) if draw < 0.23 else text

    def converted(self, home: Household, when: datetime) -> Record:
        """Return a customer that came out of the old program."""
        head, other = home.people[0], home.people[-1]
        joint = f" & {other.first}" if other is not head and self.rng.random() < 0.55 else ""
        last = POOLS["heard"].get(head.last, head.last) if self.rng.random() < 0.07 else head.last
        name = home.company or f"{last}, {head.first}{joint}"
        gone = f"508{self.rng.choice(EXCHANGES)}{self.rng.randrange(10000):04d}"
        phone = home.landline or (head.cell if self.rng.random() < 0.88 else gone)
        local = phone[:3] == "508" and self.rng.random() < 0.25
        typed = f"{phone[3:6]}-{phone[6:]}" if local else self.digits(phone, 3)
        alt = self.digits(self.rng.choice(home.people).cell, 3) if self.rng.random() < 0.5 else ""
        email = head.email if self.rng.random() < 0.4 else ""
        bill = f"{self.street(home.mail, 0)}, {home.mail.town.upper()} {home.mail.state} {home.mail.postal}"
        return Record(name.upper(), typed, alt, email, bill, 0, when)

    def typed(self, home: Household, caller: Person, when: datetime, lead: Lead | None) -> Record:
        """Return a new customer, copied from the website or typed during a call."""
        rng = self.rng
        style = rng.choice([1, 2])
        bill = f"{self.street(home.mail, 1)}, {home.mail.town} {home.mail.state} {home.mail.postal}"
        if lead and not home.company and rng.random() < self.rates["paste"]:
            row = lead.row
            return Record(row["Name"], row["Phone"], "", row["Email"], bill, 3, when)
        other = home.people[-1] if rng.random() < 0.08 else caller
        last = POOLS["heard"].get(other.last, other.last) if rng.random() < 0.15 else other.last
        last = slip(rng, last) if rng.random() < 0.03 else last
        first = POOLS["nick"].get(other.first, other.first) if rng.random() < 0.2 else other.first
        name = home.company or (f"{first} {last}" if style == 1 else f"{last}, {first}")
        phone = home.landline if home.landline and rng.random() < 0.1 else other.cell
        phone = phone[:-1] + str(rng.randrange(10)) if rng.random() < 0.015 else phone
        email = caller.email if rng.random() < (self.rates["keep_email"] if lead else 0.5) else ""
        alt = self.digits(home.people[0].cell, 2) if rng.random() < 0.15 else ""
        return Record(name, self.digits(phone, 2), alt, email, bill, style, when)


class Office:
    """Lives through the period: requests, calls, plan visits, recalls, and the exports at its end."""

    def __init__(self, seed: int, leads: int) -> None:
        self.rng = random.Random(f"harbor-{seed}")
        self.rates = {key: self.rng.uniform(*span) for key, span in POOLS["rates"].items()}
        self.days = self.rng.randint(400, 600)
        self.start = datetime.fromisoformat("2023-01-01") + timedelta(days=self.rng.randint(0, 330))
        self.utc_jobs, self.short_zip = self.rng.random() < 0.35, self.rng.random() < 0.3
        self.lead_format, self.job_format = (self.rng.choice(POOLS[key]) for key in ("lead_formats", "job_formats"))
        self.desk = Desk(self.rng, self.rates)
        self.wanted = leads
        self.end = self.start + timedelta(days=self.days)
        days = (self.start + timedelta(days=day) for day in range(self.days))
        self.storms = self.rng.sample([day for day in days if day.month in (1, 2, 3, 11, 12)], self.rng.randint(4, 7))
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.truth: list[tuple[Lead, Job]] = []
        self.unsure: list[tuple[Lead, Job]] = []
        self.groups = 0
        self.served: list[tuple[Household, datetime]] = []
        self.homes = Town(self.rng).people(max(40, int(leads * 2.6)))
        self.known: list[Household] = []
        self.fresh: list[Household] = []
        self.sort_known()

    def sort_known(self) -> None:
        """Give the customers of earlier years their records."""
        for home in self.homes:
            if self.rng.random() >= POOLS["known"].get(home.kind, 0.42):
                home.plan = False
                self.fresh.append(home)
                continue
            self.known.append(home)
            old = self.rng.random() < self.rates["old_share"]
            since = self.start - timedelta(days=730 if old else self.rng.randint(1, 720))
            made = self.desk.converted(home, since) if old else self.desk.typed(home, home.people[0], since, None)
            home.records.append(made)

    def stormy(self, when: datetime) -> bool:
        """Return whether a storm passed in the last days."""
        return any(0 <= (when - storm).days <= 4 for storm in self.storms)

    def moments(self, count: int, *, evening: bool) -> list[datetime]:
        """Return the times of this many wishes, in order; the telephone is answered in the daytime."""
        days = [self.start + timedelta(days=day) for day in range(self.days)]
        weights = [POOLS["demand"][day.month - 1] * (3 if self.stormy(day) else 1) for day in days]
        if not evening:
            weights = [weight * (1 if day.weekday() < 5 else 0.15) for day, weight in zip(days, weights, strict=True)]
        found = []
        for day in self.rng.choices(days, weights, k=count):
            hour = self.rng.triangular(7.4, 17.5, 9)
            if evening:
                hour = self.rng.triangular(6, 23.9, self.rng.choice([10, 18]))
            found.append(day + timedelta(seconds=int(hour * 3600)))
        return sorted(found)

    def need(self, home: Household, when: datetime) -> dict[str, Any]:
        """Return what this household needs in this season."""
        storm = self.stormy(when)
        pairs: list[tuple[dict[str, Any], float]] = []
        for item in POOLS["needs"].values():
            weight = item["season"][when.month - 1] * (1 + item["storm"] * storm) * item["kinds"].get(home.kind, 1)
            weight *= item.get("fuel", home.fuel) == home.fuel
            pairs.append((item, weight * (1 if home.kind == "summer" else item.get("others", 1))))
        found: dict[str, Any] = pick(self.rng, pairs)
        return found

    def fill(self, text: str, ask: Ask) -> str:
        """Return a phrase with this household's fuel and other details."""
        rng = self.rng
        words = {"fuel": ask.payer.fuel, "Fuel": ask.payer.fuel.title(), "age": rng.randint(2, 32)}
        words |= {"deg": rng.randint(48, 62), "when": rng.choice(POOLS["days"]), "brand": rng.choice(POOLS["brands"])}
        return text.format(**words, floor=FLOORS.get(ask.site.unit, rng.choice(["1st", "2nd", "2nd", "3rd"])))

    def find(self, when: datetime) -> Household | None:
        """Return who writes on the website now, no one with a pending request."""
        for _ in range(30):
            home = self.rng.choice(self.known if self.rng.random() < self.rates["known"] else self.fresh or self.known)
            free = all(one.clear(when, when) for one in (home, home.payer, home.kin) if one)
            if free and (home.kind != "manager" or self.rng.random() < 0.5):
                return home
        return None

    def wish(self, when: datetime) -> Ask | None:
        """Return the next wish: mostly a new one, sometimes about work that was just done."""
        recent = [item for item in self.served[-40:] if 1 < (when - item[1]).days < 25 and item[0].clear(when, when)]
        if recent and self.rng.random() < 0.012:
            home = self.rng.choice(recent)[0]
            return Ask(self.rng.choice(home.people), home, home, self.rng.choice(home.sites), POOLS["recall"], when)
        found = self.find(when)
        if not found:
            return None
        payer = found.payer or (found.kin if found.kin and self.rng.random() < 0.4 else found)
        site = found.home if found.payer else self.rng.choice(payer.sites)
        return Ask(self.rng.choice([found.people[0], *found.people]), found, payer, site, self.need(payer, when), when)

    def lead_row(self, ask: Ask) -> dict[str, str]:
        """Return what the website stores of a wish."""
        rng = self.rng
        asker, home = ask.asker, ask.asking
        away = home.mail is not home.home and rng.random() < 0.4
        place = home.mail if away else ask.site
        street = self.desk.street(place, rng.choice([1, 1, 2]))
        if rng.random() < self.rates["no_address"] and not home.payer:
            street = rng.choice([*POOLS["no_street"], place.street, f"PO Box {rng.randint(2, 900)}"])
        email = pick(rng, [(asker.email, 82), (asker.work_email, 6), (home.people[-1].email, 6), ("", 6)])
        email = slip(rng, email) if rng.random() < 0.012 else email.title() if rng.random() < 0.03 else email
        phone = pick(rng, [(asker.cell, 86), (home.landline or asker.cell, 7), (home.people[-1].cell, 5), ("", 2)])
        extra = "" if home is ask.payer or home.payer else rng.choice(POOLS["for_parents"])
        extra += "I rent here, landlord pays. " if home.payer and rng.random() < 0.5 else ""
        extra += f"Cottage is at {ask.site.number} {ask.site.street}. " if away and rng.random() < 0.35 else ""
        extra += f"{home.company}. " if home.company and rng.random() < 0.7 else ""
        wish = extra + self.fill(rng.choice(ask.need["messages"]), ask)
        words = [rng.choice(POOLS["open"]), wish, rng.choice(POOLS["close"])]
        style = pick(rng, [(1, 25), (2, 35), (3, 28), (4, 5), (5, 2), (6, 5)])
        row = {"Form": pick(rng, POOLS["form_kinds"]), "Name": self.desk.name(home.people, asker), "Email": email}
        row |= {"Phone": self.desk.digits(phone, style), "Service Address": street, "City": self.desk.town(place)}
        row |= {"ZIP": place.postal if rng.random() < 0.95 else "", "How can we help?": rng.choice(ask.need["forms"])}
        row["How did you hear about us?"] = pick(rng, POOLS["sources"])
        row["Message"] = " ".join(word for word in words if word) if rng.random() < 0.9 else ""
        return row

    def requests(self) -> None:
        """Live through all requests in order of time."""
        for when in self.moments(self.wanted, evening=True):
            if len(self.leads) < self.wanted:
                ask = None if self.rng.random() < self.rates["spam"] else self.wish(when)
                self.request(ask) if ask else self.spam(when)

    def spam(self, when: datetime) -> None:
        """Add a row that is no customer's."""
        name, text = self.rng.choice(POOLS["spam"])
        row = dict.fromkeys(POOLS["lead_fields"], "")
        row |= {"Form": "Contact Us", "Name": name, "Message": text, "City": self.rng.choice(["", "Boston", "Dallas"])}
        row["Phone"] = f"{self.rng.randint(210, 599)}555{self.rng.randrange(10000):04d}"
        row["Email"] = f"{name.split()[0].lower()}{self.rng.randint(1, 99)}@mail.example.net"
        self.leads.append(Lead(when, row))

    def request(self, ask: Ask) -> None:
        """Add one request and what came of it."""
        lead = Lead(ask.when, self.lead_row(ask))
        rows = [lead]
        self.leads.append(lead)
        work: list[Job] = []
        created = self.answered(ask)
        if self.rng.random() < self.rates["book"] * ask.need["book"] * (1.2 if ask.payer.records else 0.9):
            work = self.work(ask, created, lead)
            self.truth += [(lead, job) for job in work]
        elif self.rng.random() < 0.03:
            self.work(ask, created, lead, canceled=True)
        if self.rng.random() < self.rates["twice"] and len(self.leads) < self.wanted:
            rows.append(self.again(ask, lead, created))
            self.truth += [(rows[1], job) for job in work]
        if len(work) == 1 and len(rows) == 1 and self.rng.random() < 0.005:
            self.called_first(lead, work.pop())
        last = max((job.created for job in work), default=ask.when + timedelta(days=92))
        for home in {id(item): item for item in (ask.asking, ask.payer)}.values():
            home.blocks.append((ask.when, last))
        if work and last < self.end:
            self.served.append((ask.payer, last))
            self.doubtful(ask, lead, work[-1])

    def again(self, ask: Ask, lead: Lead, created: datetime) -> Lead:
        """Return the same request sent a second time, before anybody made a job of it."""
        gap = (created - ask.when).total_seconds()
        when = ask.when + timedelta(seconds=int(gap * self.rng.uniform(0.02, 0.9)))
        self.groups += 1
        lead.group = self.groups
        asker = self.rng.choice(ask.asking.people)
        row = dict(lead.row) if self.rng.random() < 0.4 else self.lead_row(replace(ask, asker=asker))
        second = Lead(when, row, self.groups)
        self.leads.append(second)
        return second

    def called_first(self, lead: Lead, job: Job) -> None:
        """Move the request to just after its job: the customer telephoned and wrote the same morning."""
        lead.when = job.created + timedelta(minutes=self.rng.randint(4, 50))
        self.truth.remove((lead, job))
        self.unsure.append((lead, job))

    def doubtful(self, ask: Ask, lead: Lead, last: Job) -> None:
        """Add a rare later visit of which the office itself does not know whether it continues the work."""
        if self.rng.random() < 0.008:
            when = self.shift(last.created + timedelta(days=self.rng.randint(12, 50)))
            job = Job(when, when, last.record, ask.site, "Service Call", "Existing Customer", 129.0, "see office")
            self.jobs.append(job)
            self.unsure.append((lead, job))

    def answered(self, ask: Ask) -> datetime:
        """Return when the office made a job of the request."""
        urgent = ask.need["stages"][0]["lag"][1] <= 1
        hours = self.rng.expovariate(1 / (1.5 if urgent else 7))
        if not urgent and self.rng.random() < 0.2:
            hours += 24 * min(self.rng.expovariate(1 / 6), 30)
        moment = ask.when + timedelta(minutes=6 + int(hours * 60))
        return moment if urgent and self.rng.random() < 0.35 else self.shift(moment)

    def shift(self, moment: datetime) -> datetime:
        """Return the moment, or the next morning on which the office is open."""
        if 7 <= moment.hour < 17 and moment.weekday() < 6:
            return moment
        day = moment + timedelta(days=moment.hour >= 17)
        day += timedelta(days=day.weekday() == 6)
        return day.replace(hour=7, minute=30) + timedelta(minutes=self.rng.randint(0, 160))

    def record(self, ask: Ask, when: datetime, lead: Lead | None) -> Record:
        """Return the customer that the office found, or types again."""
        payer = ask.payer
        if payer.records and self.rng.random() > self.rates["retype"]:
            found = self.rng.choice(payer.records)
            found.created = min(found.created, when)
            if lead and self.rng.random() < 0.3:
                found.alt = found.alt or lead.row["Phone"]
                found.email = found.email or lead.row["Email"]
            return found
        caller = ask.asker if ask.asker in payer.people else payer.people[0]
        made = self.desk.typed(payer, caller, when, lead if ask.asking is payer else None)
        if ask.asking is not payer and self.rng.random() < 0.6:
            made.alt = self.desk.digits(ask.asker.cell, 2)
        payer.records.append(made)
        return made

    def work(self, ask: Ask, created: datetime, lead: Lead | None, *, canceled: bool = False) -> list[Job]:
        """Add the jobs of one wish and return those that were not canceled."""
        rng = self.rng
        record = self.record(ask, created, lead)
        campaign = pick(
            rng, POOLS["web_campaigns" if lead and rng.random() < self.rates["web_filed"] else "call_campaigns"]
        )
        found: list[Job] = []
        for stage in ask.need["stages"]:
            lag = rng.randint(*stage["lag"])
            if found:
                created = self.shift(created + timedelta(days=max(1, lag), hours=rng.randint(0, 5)))
                lag = rng.randint(0, max(1, lag // 2))
            if created > self.end:
                break
            done = self.finish(created, lag)
            total = round(rng.uniform(*stage["price"]) / 5) * 5 - (0.05 if rng.random() < 0.3 else 0)
            note = self.note(ask, rng.choice(stage["notes"]), lead if not found else None)
            kind = self.fill(rng.choice(stage["types"]), ask)
            job = Job(created, done, record, ask.site, kind, campaign, max(0.0, total), note)
            if canceled:
                job.status, job.total, job.note = "Canceled", 0.0, rng.choice(POOLS["canceled"])
            self.jobs.append(job)
            if rng.random() < 0.008:
                twin = created + timedelta(minutes=rng.randint(3, 200))
                self.jobs.append(replace(job, created=twin, done=twin, total=0.0, note="entered twice", status="Void"))
            if canceled:
                return []
            found.append(job)
            created = done
            if rng.random() >= stage["go"]:
                break
        return found

    def finish(self, created: datetime, lag: int) -> datetime:
        """Return when the technician closed the job."""
        if lag == 0:
            return created + timedelta(minutes=self.rng.randint(70, 420))
        day = created + timedelta(days=lag)
        day += timedelta(days=day.weekday() == 6)
        return day.replace(hour=self.rng.randint(8, 17), minute=self.rng.randrange(60))

    def note(self, ask: Ask, text: str, lead: Lead | None) -> str:
        """Return the work description: what the office typed, then what the technician did."""
        parts = [self.fill(text, ask)]
        if lead and lead.row["Message"] and self.rng.random() < 0.13:
            parts.insert(0, "web req: " + lead.row["Message"][:70])
        elif self.rng.random() < 0.15:
            parts.insert(0, self.rng.choice(POOLS["access"]))
        if ask.asking is not ask.payer and self.rng.random() < 0.5:
            parts.insert(0, f"Call {ask.asker.first} {self.desk.digits(ask.asker.cell, 3)} for access.")
        text = " ".join(parts) if self.rng.random() < 0.92 else ""
        return text.upper() if self.rng.random() < 0.2 else text

    def calls(self) -> None:
        """Add the jobs ordered by telephone, some by website customers in the season after their request."""
        rng = self.rng
        customers = [home for home in self.homes if home.records]
        times = self.moments(int(self.wanted * self.rates["calls"]), evening=False)
        orders = [(when, rng.choice(customers if rng.random() < 0.72 else self.fresh or customers)) for when in times]
        for home, last in self.served:
            if rng.random() < 0.2:
                orders.append((self.shift(last + timedelta(days=3 + int(rng.expovariate(1 / 120)))), home))
        for when, home in orders:
            payer = home.payer or home
            far = when + timedelta(days=120)
            pending = any(low <= far and high >= when for low, high in payer.blocks + home.blocks)
            if when < self.end and not pending:
                site = home.home if home.payer else rng.choice(home.sites)
                ask = Ask(rng.choice(home.people), home, payer, site, self.need(home, when), when)
                self.work(ask, when, None, canceled=rng.random() < self.rates["cancel"])

    def plans(self) -> None:
        """Add the yearly visits of the service plans."""
        rng = self.rng
        for home in self.known:
            for year in range(self.days // 365 + 1) if home.plan else ():
                done = self.start + timedelta(days=365 * year + rng.randint(0, 364), minutes=rng.randint(480, 1000))
                created = self.shift(done - timedelta(days=rng.randint(8, 40), minutes=rng.randint(1, 300)))
                quiet = done.month not in (12, 1, 2) and home.clear(created, done)
                if quiet and self.start <= created < self.end:
                    kind, note = rng.choice(POOLS["plan"])
                    record, text = rng.choice(home.records), kind.format(Fuel=home.fuel.title())
                    self.jobs.append(Job(created, done, record, home.home, text, "Service Contract", 0.0, note))

    def recalls(self) -> None:
        """Add the free visits after work that did not hold."""
        blocks = {id(record): home for home in self.homes for record in home.records}
        for job in list(self.jobs):
            when = self.shift(job.done + timedelta(days=self.rng.randint(1, 15)))
            if job.status == "Completed" and job.total and self.rng.random() < 0.025 and when < self.end:
                done = self.finish(when, self.rng.randint(0, 3))
                if blocks[id(job.record)].clear(when, done):
                    note = self.rng.choice(POOLS["recall"]["stages"][0]["notes"])
                    self.jobs.append(Job(when, done, job.record, job.site, "Callback - N/C", job.campaign, 0.0, note))

    def number(self) -> None:
        """Number leads, jobs and customers in the order in which they were made."""
        self.leads.sort(key=lambda lead: lead.when)
        self.jobs = sorted((job for job in self.jobs if job.created <= self.end), key=lambda job: job.created)
        records = sorted((record for home in self.homes for record in home.records), key=lambda item: item.created)
        rows: list[Sequence[Lead | Job | Record]] = [self.leads, self.jobs, records]
        for items, first in zip(rows, (900, 31000, 12000), strict=True):
            number = first + self.rng.randint(0, 8000)
            for item in items:
                number += self.rng.choice([1, 1, 2])
                item.number = str(number)

    def stamp(self, moment: datetime) -> str:
        """Return a time as the field-service software exports it."""
        hours = 4 if 3 < moment.month < 11 else 5
        return (moment + timedelta(hours=hours if self.utc_jobs else 0)).strftime(self.job_format)

    def job_row(self, job: Job) -> dict[str, str]:
        """Return a job with its customer's present record."""
        record, place = job.record, job.site
        if place not in record.sites:
            town = self.desk.town(place) if record.style == 3 else place.town
            record.sites[place] = (self.desk.street(place, record.style), town if record.style else town.upper())
        ended = job.done <= self.end or job.status != "Completed"
        done = self.stamp(job.done) if job.status == "Completed" and ended else ""
        values = [job.number, self.stamp(job.created), done, record.number, record.name, record.phone]
        postal = place.postal.lstrip("0") if self.short_zip else place.postal
        values += ["" if record.alt == record.phone else record.alt, record.email, *record.sites[place], "MA", postal]
        values += [record.bill, job.kind, job.campaign, job.status if ended else "Scheduled"]
        values += [f"{job.total if ended else 0:.2f}", self.rng.choice(POOLS["takers"]), job.note if ended else ""]
        return dict(zip(POOLS["job_fields"], values, strict=True))


def save(path: Path, names: Sequence[str], rows: Iterable[dict[str, str]]) -> None:
    """Write one file with headings."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the exports of one office, and what is true of them, to the folder."""
    office = Office(seed, leads)
    for step in (office.requests, office.calls, office.plans, office.recalls, office.number):
        step()
    folder.mkdir(parents=True, exist_ok=True)
    form = office.lead_format
    rows = [lead.row | {"Entry ID": lead.number, "Submitted": lead.when.strftime(form)} for lead in office.leads]
    save(folder / "leads.csv", POOLS["lead_fields"], rows)
    save(folder / "jobs.csv", POOLS["job_fields"], [office.job_row(job) for job in office.jobs])
    for name, pairs in (("truth.csv", office.truth), ("ambiguous.csv", office.unsure)):
        kept = [{"lead_id": lead.number, "job_id": job.number} for lead, job in pairs if job.number]
        save(folder / name, ("lead_id", "job_id"), kept)
    groups = [{"lead_id": lead.number, "group_id": f"G{lead.group}"} for lead in office.leads if lead.group]
    save(folder / "lead_groups.csv", ("lead_id", "group_id"), groups)
