"""Write a year and more of a contractor for garages and gates whose trucks work on both sides of a state line.

True is each job booked because of a request, with return trips, the installation after an estimate, and the trim-out of
a new house; if a request came twice, for both rows. Not true: later repairs of the same people, plan visits, callbacks
that nobody asked for on the website, canceled and doubled jobs. Hard are spouses, tenants whose owner is the customer,
children who write for parents, managers with many addresses, landing pages without a street, installations on customers
typed anew, one Kansas City in two states, terraces spelled in six ways, people who asked in vain and call months later
for something else, and, in some offices, a website that keeps the time of the Pacific coast.
"""

import csv
import json
import random
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
NEEDS: dict[str, Any] = POOLS["needs"]
LAST, MEN, WOMEN, STREETS, COINED = (POOLS[pool].split() for pool in ("last", "men", "women", "streets", "coined"))
PHONES: list[str] = POOLS["phones"]
SOUNDS: list[tuple[str, str]] = POOLS["mishear"]
EPOCH = datetime.fromisoformat("2023-01-01")  # all times are local, without a zone


@dataclass(frozen=True)
class Place:
    """A house, shop or lot; `street` has the direction but not the suffix."""

    number: int
    street: str
    suffix: str
    city: str
    state: str
    postal: str


@dataclass(frozen=True)
class Person:
    """Someone who asks, calls or pays, with one phone or two."""

    first: str
    nick: str
    last: str
    phone: str
    other: str
    email: str


@dataclass
class Record:
    """A customer as the office typed it, with the service addresses typed below it."""

    number: str
    name: str
    phone: str
    second: str
    email: str
    locations: dict[Place, list[str]] = field(default_factory=dict)


@dataclass
class Client:
    """A household, owner or company, and what the office has of it."""

    kind: str
    people: list[Person]
    places: list[Place]
    company: str = ""
    records: list[Record] = field(default_factory=list)
    busy: datetime = EPOCH  # until then, nothing else of this client comes up
    asked: str = ""  # in vain, lately
    plan: bool = False


@dataclass(frozen=True)
class Order:
    """What someone wants done, where, for which client, and how likely the office gets it."""

    client: Client
    asker: Person
    place: Place
    need: str
    odds: float = 1


@dataclass
class Lead:
    """One row of the website's export; `cells` begin with channel, name, phone, email and street."""

    at: datetime
    cells: list[str]
    group: int = 0
    number: str = ""


@dataclass
class Job:
    """One row of the office's job list, and the requests that it resulted from."""

    created: datetime
    due: datetime
    record: Record
    place: Place
    kind: str
    total: float
    notes: str
    campaign: str = ""
    leads: list[Lead] = field(default_factory=list)
    canceled: bool = False
    number: str = ""


def skewed(rng: random.Random, items: list[str]) -> str:
    """Choose an item, the first ones more often."""
    return items[int(len(items) * rng.random() ** 1.3)]


def slip(rng: random.Random, text: str) -> str:
    """Swap two neighbors; in a word, at times drop or double a letter instead."""
    at = rng.randrange(len(text) // 2, len(text))
    here, after = text[at : at + 1], text[at + 1 : at + 2]
    middle = after + here if text.isdigit() else rng.choice([after, here + here + after, after + here])
    return text[:at] + middle + text[at + 2 :]


def dialed(digits: str, style: str) -> str:
    """Format ten digits."""
    return style.format(digits[:3], digits[3:6], digits[6:]) if digits else ""


def written(rng: random.Random, place: Place) -> str:
    """Write a street as a visitor of the website would."""
    suffix, street = place.suffix, place.street
    typed = rng.choices([suffix, POOLS["long"][suffix], POOLS["odd"][suffix], ""], [52, 26, 12, 10])[0]
    if suffix == "Ter" and street[-2:] in {"st", "nd", "rd", "th"} and rng.random() < 0.5:
        typed = rng.choice(["St Ter", "Street Terrace", "St. Terr", "St Terrace"])
    if street[1] == " " or street[2] == " ":
        street = rng.choices([street, street.partition(" ")[2], street.replace(" ", ". ", 1)], [80, 12, 8])[0]
    text = f"{place.number} {street} {typed}".strip()
    texts = [text, text.lower(), text.upper(), slip(rng, text), f"{text}, {place.city} {place.state}"]
    return rng.choices(texts, [74, 15, 4, 1, 6])[0]


def located(rng: random.Random, place: Place) -> list[str]:
    """Type a service address as the office would: mostly clean, at times in the wrong state."""
    city, other = place.city, "MO" if place.state == "KS" else "KS"
    number = slip(rng, str(place.number)) if rng.random() < 0.008 else place.number
    text = f"{number} {place.street} {place.suffix}"
    text = rng.choices([text, text.upper(), f"{number} {place.street}", slip(rng, text)], [88, 8, 3, 1])[0]
    state = other if rng.random() < (0.05 if city == "Kansas City" else 0.006) else place.state
    city = rng.choices([city, city.upper(), city.replace("Kansas City", "KC")], [90, 6, 4])[0]
    return [text, city, state, place.postal]


class Town:
    """Make the people and places on both sides of the line."""

    def __init__(self, rng: random.Random, size: int) -> None:
        self.rng = rng
        self.taken: set[str] = set()
        self.streets = [self._street() for _ in range(60 + size // 2)]

    def _street(self) -> Place:
        rng = self.rng
        city, state, postals, _, sides, low, high = rng.choices(POOLS["cities"], [row[3] for row in POOLS["cities"]])[0]
        name, suffix = rng.choice(STREETS).replace("-", " "), skewed(rng, POOLS["suffixes"].split())
        number = rng.randint(low, high)
        if rng.random() < 0.42:
            tail = "th" if number // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
            name, suffix = f"{number}{tail}", rng.choices(["St", "Ter", "Pl", "Ct"], [48, 34, 10, 8])[0]
        name = f"{rng.choice(sides.split())} {name}" if name[0].isdigit() or rng.random() < 0.45 else name
        # The number is where the houses of the street begin.
        return Place(rng.randrange(2, 160) * 100, name, suffix, city, state, rng.choice(postals.split()))

    def place(self) -> Place:
        """Build a house."""
        street = self.rng.choice(self.streets)
        return replace(street, number=street.number + self.rng.randrange(1, 260))

    def phone(self, area: str) -> str:
        """Give out a number that no one has, on 555 or an exchange like 411 that no subscriber gets."""
        rng, digits = self.rng, ""
        for _ in range(50):
            codes = POOLS["areas"]["away" if rng.random() < 0.06 else area].split()
            digits = f"{rng.choice(codes)}{rng.choice(POOLS['exchanges'].split())}{rng.randrange(10000):04}"
            if digits not in self.taken:
                break
        self.taken.add(digits)
        return digits

    def email(self, first: str, last: str) -> str:
        """Give out an email address that no one has."""
        stem = self.rng.choice(POOLS["emails"]).format(first, last, first[0], self.rng.randrange(1, 99)).lower()
        email = f"{re.sub('[^a-z0-9._]', '', stem)}@{self.rng.choice(POOLS['hosts'].split())}"
        email = f"kc{self.rng.randrange(1000, 9999)}{email}" if email in self.taken else email
        self.taken.add(email)
        return email

    def person(self, state: str, last: str = "", *, woman: bool | None = None) -> Person:
        """Let someone move to town."""
        rng = self.rng
        woman = rng.random() < 0.48 if woman is None else woman
        first, *nicks = skewed(rng, WOMEN if woman else MEN).split("/")
        last = last or skewed(rng, LAST) + (f"-{skewed(rng, LAST)}" if rng.random() < 0.012 else "")
        nick = rng.choice(nicks) if nicks and rng.random() < 0.6 else first
        phones = self.phone(state), self.phone(state) if rng.random() < 0.3 else ""
        return Person(first, nick, last, *phones, self.email(nick, last))

    def home(self) -> Client:
        """Let a household move to town: one person, or a couple that mostly shares the last name."""
        place, rng = self.place(), self.rng
        woman = rng.random() < 0.47
        people = [self.person(place.state, woman=woman)]
        if rng.random() < 0.62:
            spouse = self.person(place.state, people[0].last if rng.random() < 0.87 else "", woman=not woman)
            people.append(replace(spouse, email=people[0].email) if rng.random() < 0.2 else spouse)
        return Client("home", people, [place])

    def company(self, kind: str) -> Client:
        """Open a company, or an owner of a few rented houses."""
        rng = self.rng
        many = {"manager": rng.randint(6, 40), "landlord": rng.randint(2, 9)}.get(kind, 1)
        places, state = [self.place() for _ in range(many)], rng.choice(["KS", "MO"])
        people = [self.person(state) for _ in range(1 if many < 10 else rng.randint(1, 3))]
        if kind == "landlord":
            return Client(kind, people, places)
        word, main = rng.choice(COINED), self.phone(state)
        people = [replace(one, other=main, email=f"{one.nick}@{word}.example.com".lower()) for one in people]
        return Client(kind, people, places, rng.choice(POOLS["company"][kind]).format(word.replace("-", " ")))


class Office:
    """Live through the period: requests, calls, and the jobs that follow."""

    def __init__(self, rng: random.Random, size: int) -> None:
        self.rng, self.town = rng, Town(rng, size)
        self.rates: dict[str, float] = {name: rng.uniform(*limits) for name, limits in POOLS["rates"].items()}
        self.channels = [rng.uniform(*channel["share"]) for channel in POOLS["channels"].values()]
        self.start, self.days = EPOCH + timedelta(days=rng.randrange(600)), rng.randint(390, 540)
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.served: list[Client] = []
        self.customers = rng.randrange(10000, 40000)
        self.homes = [self._earlier() for _ in range(40 + size // 2)]
        self.companies = [self.town.company(rng.choice(POOLS["kinds"])) for _ in range(10 + size // 30)]
        twice = round(size * self.rates["twice"])
        times = [2] * twice + [1] * (size - 2 * twice)
        rng.shuffle(times)
        events = list(zip(self._moments(size - twice, POOLS["web_hours"]), times, strict=True))
        events += [(at, 0) for at in self._moments(round(size * self.rates["calls"]), POOLS["call_hours"])]
        for at, rows in sorted(events):
            if rows == 0:
                self._answer(at)
            else:
                self._receive(at, twice=rows == 2)

    def _moments(self, count: int, hours: list[int]) -> list[datetime]:
        rng, days = self.rng, [self.start + timedelta(days=number) for number in range(self.days)]
        season = [POOLS["months"][day.month - 1] * POOLS["weekdays"][day.weekday()] for day in days]
        weights = [usual * rng.choice(POOLS["rushes"]) for usual in season]
        chosen = zip(rng.choices(days, weights, k=count), rng.choices(range(24), hours, k=count), strict=True)
        return [day + timedelta(hours=hour, seconds=rng.randrange(3600)) for day, hour in chosen]

    def _earlier(self) -> Client:
        rng, client = self.rng, self.town.home()
        who, client.plan = rng.choice(client.people), rng.random() < 0.14
        phone = self.town.phone(client.places[0].state) if rng.random() < 0.1 else who.phone
        email = self.town.email(who.first, who.last) if rng.random() < 0.12 else who.email
        self._register(client, replace(who, phone=phone, email=email), 0.8)
        return client

    def _register(self, client: Client, who: Person, heard: float) -> Record:
        """Type a new customer; `heard` is how far it was taken by ear rather than from a request."""
        rng = self.rng
        phone, second = (who.other, who.phone) if who.other and rng.random() < 0.08 else (who.phone, who.other)
        phone = slip(rng, phone) if rng.random() < 0.004 + 0.008 * heard else phone
        email = "noemail@example.com" if rng.random() < 0.08 else ""
        if rng.random() < (1 - heard) * 0.85 + heard * self.rates["email"]:
            email = slip(rng, who.email) if rng.random() < 0.01 else who.email
        first = who.nick if rng.random() < 0.65 else who.first
        last = who.last.replace(*rng.choice(SOUNDS)) if rng.random() < 0.4 * heard else who.last
        if len(client.people) > 1 and rng.random() < 0.05:
            first = f"{client.people[0].first} & {client.people[1].first}"
        name = f"{last}, {first}" if rng.random() < self.rates["reversed"] else f"{first} {last}"
        name = client.company or rng.choices([name, name.upper(), slip(rng, name)], [94, 5, 1])[0]
        self.customers += 1
        client.records.append(Record(str(self.customers), name, phone, second if rng.random() < 0.4 else "", email))
        return client.records[-1]

    def _record_for(self, order: Order, heard: float) -> Record:
        client, who, rng = order.client, order.asker, self.rng
        if client.records and rng.random() > self.rates["again"]:
            return client.records[-1]
        if who not in client.people:
            lent = client.kind == "home" and rng.random() < 0.5
            who = replace(client.people[0], phone=who.phone, email=who.email) if lent else client.people[0]
        elif client.kind == "home" and rng.random() < self.rates["spouse"]:
            who = client.people[-1] if who == client.people[0] else client.people[0]
        return self._register(client, who, heard)

    def _opened(self, at: datetime) -> datetime:
        """Move a time into the hours in which the office books jobs; on some Sundays someone answers."""
        if at.hour >= 19 or (at.weekday() == 6 and self.rng.random() < 0.7):
            at = (at + timedelta(days=1)).replace(hour=0)
        return at.replace(hour=7, minute=0) + timedelta(minutes=self.rng.randrange(5, 150)) if at.hour < 7 else at

    def _receive(self, at: datetime, *, twice: bool) -> None:
        rng, spam = self.rng, self.rng.random() < self.rates["spam"]
        order = self._household(self.town.home(), "web", 0) if spam else self._request(at)
        lead = self._fill_in(order, at)
        rows, client = [lead], order.client
        if spam:
            lead.cells[7], lead.cells[9] = rng.choice(POOLS["junk"])
            lead.cells[1] = "Test Test" if lead.cells[9].startswith("test") else lead.cells[1]
        won, first = rng.random() < order.odds, self._booked(order, at)
        if twice:
            rows.append(self._repeat(lead, order, first if won else at + timedelta(days=4), spam=spam))
        self.leads += rows
        if won:
            if rng.random() < 0.03:
                self._cancel(order, first)
                first = self._opened(first + timedelta(hours=rng.randrange(2, 60)))
            pool = POOLS["filed"][lead.cells[0]] if rng.random() < self.rates["filed"] else POOLS["misfiled"]
            self._carry_out(order, first, rows, rng.choice(pool))
        elif not spam:
            client.asked = order.need
            client.busy = at + timedelta(days=5 if rng.random() < 0.02 and client.kind == "home" else 92)
            if rng.random() < 0.05:
                self._cancel(order, self._opened(at + timedelta(hours=2)))

    def _booked(self, order: Order, at: datetime) -> datetime:
        rng, days = self.rng, 0.5 + min(self.rng.expovariate(1 / 3), 28)
        if order.need in {"door", "newgate", "newopener"} and rng.random() < 0.04:
            days = rng.uniform(25, 120)
        elif rng.random() < NEEDS[order.need]["same"]:
            days = (4 + rng.expovariate(1 / 90)) / 1440
        return self._opened(at + timedelta(days=days))

    def _request(self, at: datetime) -> Order:
        shares = {name: self.rates[name] for name in ("recall", "tenant", "company", "known", "helper")}
        who = self.rng.choices([*shares, "new"], [*shares.values(), 1 - sum(shares.values())])[0]
        if who in {"tenant", "company"}:
            return self._contact(at, rented=who == "tenant")
        if who in {"recall", "known"}:
            client = self._idle(self.served[-90:] if who == "recall" else self.homes, at)
            if client and client.kind == "home":
                order = self._household(client, "web", 0.8)
                return replace(order, need="recall") if who == "recall" else order
        self.homes.append(self.town.home())
        order = self._household(self.homes[-1], "web", self.rates["convert"])
        if who == "helper":
            last = order.client.people[0].last if self.rng.random() < 0.65 else ""
            order = replace(order, asker=self.town.person(order.place.state, last))
        return order

    def _household(self, client: Client, column: str, odds: float) -> Order:
        rng, names = self.rng, [name for name in NEEDS if name != client.asked]
        need = rng.choices(names, [NEEDS[name][column] for name in names])[0]
        need = "plan" if client.plan and column == "call" and rng.random() < 0.6 else need
        if client.records and rng.random() < 0.02:  # They moved, and others bought the home.
            self.homes.append(replace(self.town.home(), places=client.places))
            client.places = [self.town.place()]
        odds *= 1.12 if need in {"spring", "stuck"} else 0.92
        return Order(client, rng.choice(client.people), client.places[0], need, odds)

    def _contact(self, at: datetime, *, rented: bool) -> Order:
        kinds = POOLS["kinds"][:2] if rented else POOLS["kinds"]
        client = self._idle([client for client in self.companies if client.kind in kinds], at)
        if client is None or self.rng.random() < 0.3:
            client = self.town.company(self.rng.choice(kinds))
            self.companies.append(client)
        order = self._business(client, 0.9 if client.records else 0.62)
        return replace(order, asker=self.town.person(order.place.state), odds=0.6) if rented else order

    def _business(self, client: Client, odds: float) -> Order:
        rng = self.rng
        if client.kind == "builder" or (client.kind == "manager" and rng.random() < 0.1):
            client.places.append(self.town.place())
        place = client.places[-1] if client.kind == "builder" else rng.choice(client.places)
        return Order(client, rng.choice(client.people), place, rng.choice(POOLS["usual"][client.kind]), odds)

    def _idle(self, clients: list[Client], at: datetime) -> Client | None:
        drawn = self.rng.choices(clients, k=12) if clients else []
        return next((client for client in drawn if client.busy < at), None)

    def _fill_in(self, order: Order, at: datetime) -> Lead:
        rng, who, place, need = self.rng, order.asker, order.place, NEEDS[order.need]
        channel, ways = rng.choices(list(POOLS["channels"].items()), self.channels)[0]
        phone = who.other if who.other and rng.random() < 0.08 else who.phone
        phone = dialed(slip(rng, phone) if rng.random() < 0.007 else phone, PHONES[rng.choice(ways["styles"])])
        email = self.town.email(who.nick, who.last) if rng.random() < 0.06 else who.email
        email = slip(rng, email) if rng.random() < 0.012 else email
        first, roll = who.nick if rng.random() < 0.8 else who.first, rng.random()
        name = first if roll < ways["first"] else f"{first} {who.last}"
        if order.client.company and who in order.client.people and roll > 0.93:
            name = f"{name} ({order.client.company})"
        elif roll > 0.985 and who in order.client.people[1:]:
            name = f"{order.client.people[0].first} and {name}"
        message = rng.choice(POOLS["hello"]) + rng.choice(need["says"]) + rng.choice(POOLS["bye"])
        if who not in order.client.people and rng.random() < 0.4:
            message += f". Owner is {order.client.people[0].first} {order.client.people[0].last}"
        given = zip([phone, email, written(rng, place), place.city, place.postal], ways["has"], strict=True)
        name = rng.choices([name, name.lower(), name.upper(), f"{name} ", slip(rng, name)], [86, 8, 3, 2, 1])[0]
        cells = [channel, name, *[text if rng.random() < has else "" for text, has in given]]
        cells.append("" if channel == "Chat" and rng.random() < 0.6 else rng.choice(need["asks"]))
        cells += [rng.choice(POOLS["sources"][channel]), "" if rng.random() < ways["blank"] else message]
        return Lead(at, cells)

    def _repeat(self, lead: Lead, order: Order, limit: datetime, *, spam: bool) -> Lead:
        rng = self.rng
        soon = lead.at + timedelta(seconds=rng.choice([rng.uniform(20, 600), rng.uniform(900, 40000), 200000]))
        at = min(soon, max(limit, lead.at + timedelta(seconds=40)))
        row = Lead(at, [*lead.cells]) if spam or rng.random() < 0.4 else self._fill_in(order, at)
        if at.day != lead.at.day and not spam:
            row.cells[-1] = rng.choice(POOLS["insist"]) + row.cells[-1]
        row.group = lead.group = len(self.leads) + 1
        return row

    def _answer(self, at: datetime) -> None:
        rng, roll = self.rng, self.rng.random()
        client = self._idle(self.companies if roll < 0.17 else self.homes, at) if roll < 0.52 else None
        if client is None:
            client = self.town.home()
            self.homes.append(client)
        order = self._household(client, "call", 1) if client.kind == "home" else self._business(client, 1)
        campaign = "Existing Customer" if client.records and rng.random() < 0.65 else rng.choice(POOLS["called"])
        if rng.random() < self.rates["canceled"]:
            self._cancel(order, at)
        else:
            self._carry_out(order, at, [], "Service Plan" if order.need == "plan" else campaign)

    def _steps(self, need: dict[str, Any]) -> list[tuple[str, float, float, float]]:
        """Draw the jobs of one piece of work: kind, days after the one before, and the range of the price."""
        rng = self.rng
        steps: list[tuple[str, float, float, float]] = [(need["job"], 0, *need["price"])]
        for chance, after, kind, soon, late, low, high in need["then"]:
            if (len(steps) > 1 or not after) and rng.random() < chance:
                steps.append((kind, soon + (late - soon) * rng.random() ** 2, low, high))
        # A salesperson at times measures without a job, so that the installation is the first one.
        return steps[1:] if len(steps) > 1 and "Estimate" in need["job"] and rng.random() < 0.05 else steps

    def _carry_out(self, order: Order, at: datetime, leads: list[Lead], campaign: str) -> None:
        rng, client, created = self.rng, order.client, at
        record = self._record_for(order, 0.2 if leads else 1)
        for position, (kind, gap, low, high) in enumerate(self._steps(NEEDS[order.need])):
            created = self._opened(created + timedelta(days=gap)) if gap else created
            if position and client.kind == "home" and rng.random() < 0.04:
                record = self._register(client, rng.choice(client.people), 0.7)
            source = campaign if not position or rng.random() < 0.75 else "Existing Customer"
            job = self._job(order, record, kind, created, low + (high - low) * rng.random() ** 1.3)
            self.jobs.append(replace(job, campaign=source, leads=leads))
            if rng.random() < 0.01:
                later = created + timedelta(minutes=rng.randrange(1, 300))
                self.jobs.append(replace(job, created=later, notes="DUPLICATE", canceled=True))
            created = job.due + timedelta(hours=rng.randrange(1, 5))
        if rng.random() < 0.04 and order.need not in {"recall", "plan"}:
            created = self._opened(created + timedelta(days=rng.uniform(2, 40)))
            self.jobs.append(self._job(order, record, "Warranty Callback", created, 0))
        # Now and then something else breaks while an installation is on order.
        client.busy, client.asked = (at if rng.random() < 0.08 else created), ""
        self.served.append(client)

    def _cancel(self, order: Order, at: datetime) -> None:
        job = self._job(order, self._record_for(order, 0.6), NEEDS[order.need]["job"], at, 0)
        self.jobs.append(replace(job, canceled=True, campaign=self.rng.choice(["Website", "", "Unknown"])))

    def _job(self, order: Order, record: Record, kind: str, created: datetime, price: float) -> Job:
        rng, people = self.rng, order.client.people
        soon, late = POOLS["waits"][kind]
        due = created + timedelta(days=int(soon + (late - soon + 0.9) * rng.random() ** 2), hours=1)
        later = [kind, f"{kind} - see prior job", f"{kind}, sold by tech", ""]
        notes = rng.choice(NEEDS[order.need]["notes"] if kind == NEEDS[order.need]["job"] else later)
        notes = notes.format(door=rng.choice(POOLS["doors"]))
        extra = rng.choice(POOLS["extra"]).format(code=rng.randrange(1000, 9999))
        if rng.random() < (0.6 if order.asker not in people else 0.4 if order.client.kind == "manager" else 0):
            extra = f"contact {order.asker.nick} {dialed(order.asker.phone, PHONES[1])}"
        notes = "; ".join(part for part in (notes, extra) if part)
        kind = "Service Call" if kind in {"Spring Replacement", "Opener Service"} and rng.random() < 0.09 else kind
        record.locations.setdefault(order.place, located(rng, order.place))
        total = int(price) + (rng.randrange(100) / 100 if price and rng.random() < 0.6 else 0)
        return Job(created, due, record, order.place, kind, total, notes)


def undecidable(lead: Lead, job: Job) -> bool:
    """Tell whether request and job share no phone, email, house number or name at all."""
    record, (_, name, phone, email, street, *_) = job.record, lead.cells
    numbers = re.sub(r"\D", "", f"{record.phone} {record.second} {job.notes}")
    names, typed = (set(re.findall(r"[a-z']{3,}", text.lower())) for text in (f"{name} {email}", record.name))
    same_phone = bool(phone) and re.sub(r"\D", "", phone)[-10:] in numbers
    same_house = bool(street) and street.split(" ")[0] == record.locations[job.place][0].split(" ")[0]
    return not (same_phone or same_house or names & typed or (email and email.lower() == record.email.lower()))


def save(path: Path, headings: str, rows: list[list[str]]) -> None:
    """Write one file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings.split("|"))
        writer.writeheader()
        writer.writerows(dict(zip(headings.split("|"), row, strict=True)) for row in rows)


def save_leads(path: Path, office: Office) -> None:
    """Write the website's export; in some offices its clock was left on the Pacific time of whoever hosts it."""
    slow, number, rows = office.rng.random() < 0.25, office.rng.randrange(1000, 60000), []
    form = office.rng.choice(POOLS["lead_dates"])
    for lead in sorted(office.leads, key=lambda lead: lead.at):
        number += 1
        lead.number = f"WL-{number}"
        at = lead.at - timedelta(hours=2 if slow else 0)
        rows.append([lead.number, at.strftime(form), *lead.cells])
    save(path, POOLS["lead_headings"], rows)


def save_jobs(path: Path, office: Office) -> None:
    """Write the job list as of the end of the period."""
    rng, rows, end = office.rng, [], office.start + timedelta(days=office.days)
    office.jobs = sorted((job for job in office.jobs if job.created <= end), key=lambda job: job.created)
    style, dollars = rng.choice(PHONES[:3]), rng.choice(["{:.2f}", "${:,.2f}"])
    number, form = rng.randrange(20000, 200000), rng.choice(POOLS["job_dates"])
    for job in office.jobs:
        number += 1 if rng.random() < 0.95 else 2
        job.number, record = str(number), job.record
        done = job.due <= end and not job.canceled
        cells = [job.number, job.created.strftime(form), job.due.strftime(form.split(" ")[0])]
        status = "Canceled" if job.canceled else "Completed" if done else "Scheduled"
        cells += [(job.due + timedelta(hours=2)).strftime(form) if done else "", status]
        cells += [f"{POOLS['unit'].get(job.kind, 'Service')} - {job.place.state}", job.kind, record.number, record.name]
        cells += [dialed(record.phone, style), dialed(record.second, style), record.email, *record.locations[job.place]]
        cells += [job.campaign, rng.choice(POOLS["techs"]) if done else "", dollars.format(job.total if done else 0)]
        rows.append([*cells, job.notes])
    save(path, POOLS["job_headings"], rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the files of one office to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    office = Office(random.Random(f"gateway-{seed}"), leads)
    save_leads(folder / "leads.csv", office)
    save_jobs(folder / "jobs.csv", office)
    pairs: dict[bool, list[list[str]]] = {False: [], True: []}
    for job in office.jobs:
        unsure = all(undecidable(lead, job) for lead in job.leads)
        pairs[unsure] += [[lead.number, job.number] for lead in job.leads]
    save(folder / "truth.csv", "lead_id|job_id", pairs[False])
    save(folder / "ambiguous.csv", "lead_id|job_id", pairs[True])
    twins = [[lead.number, f"G{lead.group}"] for lead in office.leads if lead.group]
    save(folder / "lead_groups.csv", "lead_id|group_id", twins)
