"""Write the leads and jobs of a heating, cooling and plumbing office in the suburbs of a growing inland western metro.

About 25 technicians, five people in the call center. Leads come from a form, a chat, a tracked phone line, a
marketplace and an online scheduler; jobs come from these and, mostly, from calls, plans and earlier customers.

True is every job that the request led to: first visit, return with parts, estimate after a diagnosis, installation
after an estimate, and the job booked anew after a cancellation. A request that was submitted twice is one group; a job
belongs to each of its rows that came before the job was created. Not true are canceled and duplicate jobs, plan visits,
recalls, and what the same household orders later for another reason.

Hard are spouses and nicknames, old phones from an import, tenants billed to owners, houses of parents, masked contacts,
call rows with a number only, customers typed twice, streets that differ in the suffix, campaigns filed by habit.
"""

import csv
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from itertools import accumulate
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
MOUNTAIN = timezone(timedelta(hours=-7))
EARLY, LATE = datetime(2000, 1, 1, tzinfo=MOUNTAIN), datetime(2100, 1, 1, tzinfo=MOUNTAIN)
SERVICES: list[dict[str, Any]] = POOLS["services"]
DAYS = 425
CASES = [str.strip] * 17 + [str.lower] * 2 + [str.upper]
QUIET = timedelta(days=90)


@dataclass(frozen=True)
class Place:
    """One address as the post office knows it."""

    number: int
    direction: str
    street: str
    suffix: str
    city: str
    postcode: str
    unit: str = ""


@dataclass(eq=False)
class Person:
    """A person who asks, pays or meets the technician."""

    first: str
    nick: str
    last: str
    phone: str
    email: str
    other_email: str


@dataclass(eq=False)
class Household:
    """The people of one address with their customer record; the owner pays for a tenant or a child."""

    people: list[Person]
    place: Place
    landline: str = ""
    company: str = ""
    account: dict[str, str] = field(default_factory=dict)
    owner: "Household | None" = None
    plan: bool = False
    free: datetime = EARLY
    quiet: list[tuple[datetime, datetime]] = field(default_factory=list)


@dataclass
class Order:
    """What a person needs: first as they ask for it, then as the call center books it; the request is -1 for calls."""

    household: Household
    person: Person
    place: Place
    service: dict[str, Any]
    words: str
    moment: datetime
    channel: str = ""
    request: int = -1
    account: dict[str, str] = field(default_factory=dict)
    campaign: str = "Existing Customer"
    note: str = ""


@dataclass(eq=False)
class Job:
    """One job of the office."""

    order: Order
    created: datetime
    completed: datetime
    kind: str
    total: float
    notes: str
    previous: "Job | None" = None
    status: str = "Completed"
    number: int = 0


class Town:
    """The people and places of the metro, and the ways in which customers and the call center write them."""

    def __init__(self, rng: random.Random, size: int) -> None:
        self.rng, self.choice, self.randrange = rng, rng.choice, rng.randrange
        self.taken: set[str] = set()
        self.streets = " ".join(POOLS["streets"]).split(", ")
        self.groups = {str(number): group["share"] for number, group in enumerate(POOLS["groups"])}
        # The first names of each list are the most common.
        self.names = {
            (str(number), key): {name: 1 / (rank + 18) for rank, name in enumerate(" ".join(group[key]).split())}
            for number, group in enumerate(POOLS["groups"])
            for key in ("last", "men", "women")
        }
        self.rates: dict[str, float] = {key: rng.uniform(*span) for key, span in POOLS["rates"].items()}
        self.typed: dict[tuple[str, Place], str] = {}
        self.accounts = rng.randrange(2000, 60000)
        self.buildings = [self.house() for _ in range(6 + size // 60)]

    def often(self, share: float) -> bool:
        """Return whether something happens that happens in this share of cases."""
        return self.rng.random() < share

    def pick(self, weights: Mapping[str, float]) -> str:
        """Choose one of the keys by its weight."""
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def phone(self) -> str:
        """Return a new fictitious number; many newcomers keep one from the state they left."""
        area = self.pick(POOLS["areas"])
        number = ""
        while not number or number in self.taken:
            number = f"{area}{self.choice(POOLS['exchanges'])}{self.randrange(10000):04}"
        self.taken.add(number)
        return number

    def email(self, first: str, nick: str, last: str) -> str:
        """Return a new address at a free mail host; some say nothing about the name."""
        handle = f"{self.choice(POOLS['handles'])}{self.randrange(1, 100)}"
        local = self.pick(POOLS["email_shapes"]).format(first=first, nick=nick, last=last, handle=handle)
        local = local.lower().replace("'", "") + self.choice(("", "", str(self.randrange(1, 100))))
        email = f"{local}@{self.pick(POOLS['hosts'])}"
        while email in self.taken:
            email = email.replace("@", f"{self.randrange(10)}@")
        self.taken.add(email)
        return email

    def person(self, group: str, sex: str, last: str = "") -> Person:
        """Return a new person of one group of names, perhaps of a given family."""
        last = last or self.pick(self.names[group, "last"])
        first, _, nicks = self.pick(self.names[group, sex]).partition(":")
        nick = self.choice(nicks.split(",")) if nicks else first
        work = f"{first[0]}{last}@work{self.randrange(1, 90)}.example.com".lower().replace("'", "")
        other = work if self.often(0.5) else self.email(first, nick, last)
        return Person(first, nick, last, self.phone(), self.email(first, nick, last), other)

    def house(self) -> Place:
        """Return a house: avenues are numbered, streets have names."""
        city = self.rng.choices(POOLS["cities"], [city["share"] for city in POOLS["cities"]])[0]
        number, postcode = 100 * self.randrange(2, 160) + self.randrange(1, 99), self.choice(city["zips"].split())
        if not city["high"] or self.often(0.45):
            street, suffix = self.choice(self.streets), self.pick(POOLS["street_suffixes"])
            return Place(number, "", street, suffix, city["name"], postcode)
        avenue = self.randrange(city["low"], city["high"])
        ending = "th" if 10 < avenue % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(avenue % 10, "th")
        street, suffix = f"{avenue}{ending}", self.pick(POOLS["avenue_suffixes"])
        return Place(number, self.choice("EW"), street, suffix, city["name"], postcode)

    def place(self) -> Place:
        """Return a house or one of the units of a building."""
        if self.often(0.89):
            return self.house()
        unit = f"{self.randrange(1, 5)}{self.randrange(1, 13):02}"
        return replace(self.choice(self.buildings), unit=self.choice((unit, unit[0], "ABCD"[int(unit[0]) - 1])))

    def household(self) -> Household:
        """Return a new household of one or two adults."""
        group = self.pick(self.groups)
        sex, other = self.rng.sample(("men", "women"), 2)
        people = [self.person(group, sex)]
        if self.often(0.62):
            people.append(self.person(group, self.choice([other] * 19 + [sex]), people[0].last * self.often(0.84)))
        return Household(people, self.place(), self.phone() if self.often(0.16) else "")

    def slip(self, word: str, share: float) -> str:
        """Swap, drop or double one character within a word, in this share of cases."""
        if len(word) < 4 or not self.often(share * self.rates["typos"]):
            return word
        at = self.randrange(1, len(word) - 1)
        swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return self.choice((swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]))

    def customer_name(self, person: Person, channel: str) -> str:
        """Return a name as its owner or the caller ID writes it."""
        first = person.nick if self.often(0.3) else person.first
        if channel == "call" and self.often(0.5):
            return self.pick(POOLS["caller_ids"]).format(first=person.first, last=person.last).upper()
        if self.often(POOLS["channels"][channel]["short"]):
            return f"{first} {person.last[0]}." if channel == "market" else first
        middle = f" {self.choice('ABCDEJLMRS')} " if self.often(0.03) else " "
        return self.choice(CASES)(first + middle + self.slip(person.last, 0.008)) + " " * self.often(0.02)

    def customer_street(self, place: Place) -> str:
        """Return the street line as a customer fills it in."""
        suffix = self.choice((place.suffix, place.suffix, place.suffix, POOLS["suffixes"][place.suffix], ""))
        direction = place.direction
        if direction and self.often(0.3):
            direction = self.choice(("", {"E": "East", "W": "West"}[direction], f"{direction}."))
        unit = self.choice(("#", "Apt ", "Unit ", "unit ", "apt. ")) + place.unit if place.unit else ""
        text = " ".join(part for part in (str(place.number), direction, place.street, suffix, unit) if part)
        return self.choice(CASES)(text) + (f", {place.city}" if self.often(0.05) else "")

    def location(self, place: Place, customer: str) -> str:
        """Return the full address as the call center picked or typed it for this customer."""
        number = place.number + self.choice((-10, 10, 1, -1, 100, 2)) * self.often(0.012)
        suffix = self.choice(("St", "Ave", "Pl", "Ct", "Way")) if self.often(0.02) else place.suffix
        unit = self.choice(("#", "Unit ", "Apt ")) + place.unit if place.unit and self.often(0.82) else ""
        direction = "" if self.often(0.04) else place.direction
        street = " ".join(part for part in (str(number), direction, place.street, suffix, unit) if part)
        address = f"{street}, {place.city}, CO {place.postcode}" + (" USA" if self.often(0.6) else "")
        return self.typed.setdefault((customer, place), address)

    def heard(self, name: str) -> str:
        """Return a name as it is understood on the phone."""
        return self.choice(POOLS["sound_alike"].get(name, [name])) if self.often(0.16) else self.slip(name, 0.012)

    def shown(self, number: str, shape: str = "({}) {}-{}") -> str:
        """Return a phone number as the field-service software, or something else, shows it."""
        return shape.format(number[:3], number[3:6], number[6:])

    def account(self, home: Household, person: Person, emails: float) -> dict[str, str]:
        """Type a new customer record, the household's usual one if it had none; some name the partner as well."""
        first, last = self.heard(person.nick if self.often(0.22) else person.first), self.heard(person.last)
        name = f"{last}, {first}" if self.often(self.rates["comma"]) else f"{first} {last}"
        phone = self.shown(self.slip(home.landline if home.landline and self.often(0.35) else person.phone, 0.013))
        for partner in home.people:
            if partner is not person:
                name = f"{first} {self.choice(('&', 'and'))} {partner.first} {last}" if self.often(0.08) else name
                phone += f", {self.shown(partner.phone)}" if self.often(0.07) else ""
        email = self.slip(person.other_email if self.often(0.08) else person.email, 0.015)
        email = email if self.often(emails) else "noemail@example.com" * self.often(0.06)
        self.accounts += self.randrange(1, 4)
        values = (str(self.accounts), home.company or name, phone, email)
        account = dict(zip(POOLS["customer"], values, strict=True))
        home.account = home.account or account
        return account

    def fill(self, text: str) -> str:
        """Fill the gaps of a phrase."""
        return text.replace("{n}", str(self.randrange(2, 9))).replace("{room}", self.choice(POOLS["rooms"]))


class Office:
    """A year and two months of the office: what people ask for, and what becomes of it."""

    def __init__(self, rng: random.Random, leads: int) -> None:
        self.town = town = Town(rng, leads)
        self.rng, self.size, self.choice = rng, leads, rng.choice
        self.uniform, self.randrange = rng.uniform, rng.randrange
        self.rates, self.fill, self.often, self.pick = town.rates, town.fill, town.often, town.pick
        start = datetime(rng.choice((2023, 2024)), rng.randrange(1, 13), 1, tzinfo=MOUNTAIN)
        self.end = start + timedelta(days=DAYS)
        self.days = [start + timedelta(days=day) for day in range(DAYS)]
        self.weights = {
            season: list(accumulate(months[day.month - 1] * POOLS["weekdays"][day.weekday()] for day in self.days))
            for season, months in POOLS["seasons"].items()
        }
        self.mix = [service["weight"] * rng.uniform(0.75, 1.25) for service in SERVICES]
        self.shares = {key: rng.uniform(*channel["share"]) for key, channel in POOLS["channels"].items()}
        self.pool: list[Household] = []
        self.managers = [replace(self.town.household(), company=name) for name in rng.sample(POOLS["managers"], 6)]
        self.leads: list[tuple[datetime, int, tuple[str, ...]]] = []
        self.jobs: list[Job] = []
        self.lost: list[Order] = []
        self.unsure: list[tuple[int, Job]] = []

    def moment(self, season: str, hours: str) -> datetime:
        """Return a time at which a person writes or calls."""
        day = self.rng.choices(self.days, cum_weights=self.weights[season])[0]
        return day + timedelta(hours=self.rng.choices(range(24), POOLS[hours])[0], seconds=self.randrange(3600))

    def opening(self, moment: datetime) -> datetime:
        """Return the moment itself, or when the call center is next open."""
        while moment.hour >= (18, 18, 18, 18, 18, 14, 0)[moment.weekday()]:
            moment = moment.replace(hour=0) + timedelta(days=1)
        return moment if moment.hour >= 7 else moment.replace(hour=7, minute=self.randrange(5, 60))

    def service(self) -> dict[str, Any]:
        """Choose what a person needs."""
        return self.rng.choices(SERVICES, self.mix)[0]

    def order(self, household: Household, service: dict[str, Any], moment: datetime) -> Order:
        """Return what one of the household, more often the first, asks for."""
        person = self.choice((household.people[0], household.people[0], household.people[-1]))
        place = self.town.place() if household.company else household.place
        return Order(household, person, place, service, self.fill(self.choice(service["needs"])), moment)

    def visit(self, order: Order, created: datetime, plan: dict[str, Any], previous: Job | None = None) -> Job:
        """Add a job to the board."""
        days = plan["wait"][0] + round((plan["wait"][1] - plan["wait"][0]) * self.rng.random() ** 1.6)
        done = (created + timedelta(days=days)).replace(hour=self.randrange(8, 18), minute=self.randrange(60))
        done += timedelta(days=done.weekday() == 6 and self.often(0.8))
        done = max(done, created + timedelta(minutes=self.randrange(50, 300)))
        total = round(self.uniform(*plan["total"]), self.choice((0, 2)))
        job = Job(order, created, done, self.choice(plan["types"]), total, self.choice(plan["notes"]), previous)
        self.jobs.append(job)
        return job

    def first_visit(self, order: Order, total: Sequence[float]) -> Job | None:
        """Book the first visit; some are canceled, and half of these are booked again."""
        said = self.choice(order.service["needs"]) if self.often(0.1) else order.words
        said = self.fill(said).partition("|")[2] if self.often(0.85) else ""
        aside = self.fill(self.choice(POOLS["asides"]))
        notes = " - ".join(part for part in (order.note, said, aside * self.often(0.35)) if part)
        plan = {**order.service, "total": total, "notes": [notes]}
        job = self.visit(order, order.moment, plan)
        if self.often(0.05):
            job.status, job.total = "Canceled", 0
            if self.often(0.5):
                return None
            return self.visit(order, self.opening(order.moment + timedelta(hours=self.uniform(2, 150))), plan)
        if self.often(0.012):
            copy = self.visit(order, order.moment + timedelta(minutes=self.randrange(2, 400)), plan)
            copy.status, copy.total, copy.notes = "Canceled", 0, f"dup {notes}"
        return job

    def chain(self, order: Order) -> list[Job]:
        """Book the first visit and what it leads to; return the jobs that count."""
        stages = self.pick(order.service["paths"]).split()
        job = self.first_visit(order, [order.service["fee"]] * 2 if stages else order.service["total"])
        jobs = [job] if job else []
        for stage in stages if job else []:
            plan = POOLS["stages"][stage]
            gap = plan["gap"][0] + (plan["gap"][1] - plan["gap"][0]) * self.rng.random() ** 2.5
            created = self.opening(jobs[-1].completed + timedelta(days=gap, minutes=self.randrange(5, 90)))
            jobs.append(self.visit(order, created, plan, jobs[-1]))
        return jobs

    def aftermath(self, order: Order, last: Job) -> None:
        """Add what follows from a finished job but was not asked for: recalls, plan visits, other needs."""
        after = replace(order, request=-1, campaign="Existing Customer", note="")
        for plan in POOLS["later"]:
            if order.service["key"] in plan["services"] and self.often(plan["share"]):
                created = self.opening(last.completed + timedelta(days=self.uniform(*plan["days"])))
                job = self.visit(after, created, plan, last)
                self.unsure += [(order.request, job)] if plan["unsure"] else []
        if self.often(0.14):
            moment = self.opening(last.completed + timedelta(days=self.uniform(25, 330)))
            self.chain(replace(self.order(order.household, self.service(), moment), account=order.account))

    def call(self, household: Household) -> None:
        """Let a household or manager call the office without the website."""
        service = self.service()
        order = self.order(household, service, self.opening(self.moment(service["season"], "call_hours")))
        order.account = household.account
        if not order.account or self.often(0.04):
            order.account = self.town.account(household, order.person, self.rates["email"])
        household.free = min(household.free, order.moment)
        order.campaign = self.choice(POOLS["call_campaigns"])
        for last in self.chain(order)[-1:]:
            self.aftermath(order, last)

    def customer(self) -> Household:
        """Return a household that the office knew before: some from an import, some with a plan and its visits."""
        home = self.town.household()
        account = self.town.account(home, home.people[0], self.rates["email"] - 0.15)
        if self.often(self.rates["imported"]):
            account["Customer Name"] = f"{home.people[0].last}, {home.people[0].first}".upper()
            account["Phone"] = self.town.shown(self.town.phone()) if self.often(0.2) else account["Phone"]
        home.plan = self.often(self.rates["plan"])
        for season, plan in POOLS["plan_visits"].items() if home.plan else ():
            if self.often(0.9):
                order = self.order(home, SERVICES[0], self.opening(self.moment(season, "call_hours")))
                order.account, order.campaign = account, "Maintenance Plan"
                self.visit(order, order.moment, plan)
        return home

    def live(self) -> None:
        """Fill the board with everything that does not come from the website."""
        for _ in range(1 + int(self.size * self.rates["base"])):
            self.pool.append(self.customer())
            for _ in range(self.often(self.rates["calls"] / 2) + self.often(self.rates["calls"] / 2)):
                self.call(self.pool[-1])
        for _ in range(int(self.size * self.rates["callers"])):
            self.pool.append(replace(self.town.household(), free=LATE))
            self.call(self.pool[-1])
        for manager in self.managers:
            for _ in range(self.randrange(4, 16)):
                self.call(manager)

    def ask(self, number: int, channel: str, service: dict[str, Any], moment: datetime) -> Order:
        """Let a household the office knows, or a new one with perhaps a landlord or a parent, ask on the website."""
        known = self.rng.choices(self.pool, k=12 * self.often(self.rates["known"]))
        home = next((found for found in known if found.free <= moment), None)
        if home is None:
            owner = self.choice((self.town.household(), self.choice(self.managers))) if self.often(0.06) else None
            home = replace(self.town.household(), owner=owner)
            self.pool.append(home)
        while service["tune"] and home.plan:
            service = self.service()
        order = replace(self.order(home, service, moment), channel=channel, request=number)
        if home.owner and not home.owner.company and self.often(0.5):
            order.place = home.owner.place
        elif home.account and self.often(0.03):
            order.place = self.town.place()
        return order

    def submit(self, ask: Order, person: Person, channel: str, moment: datetime) -> None:
        """Add a row to the website's export."""
        style, home, place = POOLS["channels"][channel], ask.household, ask.place
        phone, email, street = (self.often(share) for share in style["presence"])
        masked = channel == "market" and self.often(0.13)
        number = home.landline if home.landline and self.often(0.12) else person.phone
        number = self.town.phone() if masked else number
        mail = self.town.slip(person.other_email if self.often(0.1) else person.email, 0.015)
        mail = f"reply.{self.rng.getrandbits(32):08x}@leads.example.com" if masked else mail
        line = self.choice(POOLS["on_file"]) if home.account and self.often(0.2) else ""
        text = self.choice(POOLS["openers"]) + ask.words.partition("|")[0] + self.choice(POOLS["closers"])
        text = self.fill(style["say"]).replace("{text}", text).replace("{first}", person.nick).strip()
        wanted = self.choice((*ask.service["forms"], "Other")) if self.often(style["choice"]) else ""
        shown = self.town.shown(self.town.slip(number, style["slip"]), self.pick(style["shapes"]))
        city, postcode = self.often(0.93 if street else 0.5), self.often(0.93 if street else 0.6)
        where = (self.town.customer_street(place) if street else line, place.city * city, place.postcode * postcode)
        what = (wanted, self.choice(POOLS["sources"][channel]), "" if self.often(style["silent"]) else text)
        who = (channel.title(), self.town.customer_name(person, channel), shown * phone, mail * email)
        self.leads.append((moment, ask.request, (style["prefix"], *who, *where, *what)))

    def repeat(self, ask: Order) -> datetime:
        """Let the same request be sent again, by a partner or through another channel, and return when."""
        hours = self.uniform(*self.choice(POOLS["repeat_hours"]))
        channel = ask.channel if hours < 1 else self.pick(self.shares)
        moment = min(ask.moment + timedelta(hours=hours), self.end - timedelta(seconds=self.randrange(1, 999)))
        self.submit(ask, self.choice((ask.person, ask.person, *ask.household.people)), channel, moment)
        return moment

    def booking(self, ask: Order, created: datetime) -> Order:
        """Turn a request into what the call center types: whose account, which campaign, which note."""
        payer, person, note, style = ask.household, ask.person, list[str](), POOLS["channels"][ask.channel]
        if self.often(self.rates["noted"]):
            note.append(self.choice(POOLS["web_notes"][ask.channel]))
        if payer.owner and self.often(0.75):
            note.append(f"contact {person.nick} {self.town.shown(person.phone)}" if self.often(0.6) else "")
            payer = payer.owner
            person = payer.people[0]
        if self.often(style["capture"]):
            note.append(ask.words.partition("|")[0])
        account = payer.account
        if not account or not self.often(self.rates["found"]):
            person = self.choice(payer.people) if self.often(0.16) else person
            account = self.town.account(payer, person, min(0.97, self.rates["email"] + style["typed"]))
        filed = POOLS["job_campaigns"][ask.channel] if self.often(self.rates["filed"]) else POOLS["call_campaigns"]
        said = " ".join(part for part in note if part)
        return replace(ask, account=account, campaign=self.choice(filed), note=said, moment=created)

    def book(self, ask: Order, chance: float, again: datetime) -> None:
        """Decide what becomes of a request that was last submitted at the given moment."""
        home, jobs = ask.household, list[Job]()
        if chance and self.often(chance * self.rates["booking"] + 0.16 * bool(home.account)):
            hours = self.uniform(*self.choice(POOLS["channels"][ask.channel]["delays"]))
            answered = ask.moment + timedelta(hours=hours)
            created = self.opening(answered) if hours > 0.25 else answered
            created = max(created, self.opening(again)) if self.often(0.6) else created
            jobs = self.chain(self.booking(ask, created))
        home.free = max(again, jobs[-1].created) + timedelta(days=self.uniform(5, 60)) if jobs else again + QUIET
        home.quiet.append((ask.moment - timedelta(days=1), jobs[0].created if jobs else home.free))
        if jobs:
            self.aftermath(jobs[0].order, jobs[-1])
        elif chance:
            self.lost.append(ask)

    def answer(self) -> None:
        """Let the website's requests come in by time, some of them twice and some of them useless."""
        repeats = int(self.size * self.rates["repeats"])
        count = self.size - repeats
        wishes = [(self.pick(self.shares), self.service()) for _ in range(count)]
        hours = {channel: style["hours"] for channel, style in POOLS["channels"].items()}
        asked = [(self.moment(wish["season"], hours[channel]), channel, wish) for channel, wish in wishes]
        odd = self.rng.sample(range(count), repeats + int(count * self.rates["spam"]))
        twice, idle = set(odd[:repeats]), set(odd[repeats:])
        for number, (moment, channel, service) in enumerate(sorted(asked, key=lambda entry: entry[0])):
            ask = self.ask(number, channel, service, moment)
            ask.words = self.fill(self.choice(POOLS["spam"])) if number in idle else ask.words
            self.submit(ask, ask.person, channel, moment)
            again = self.repeat(ask) if number in twice else moment
            self.book(ask, 0 if number in idle else POOLS["channels"][channel]["booked"], again)

    def sift(self) -> None:
        """Number the jobs of the period; people whose request is still open rarely order something else."""
        kept, number, calls = list[Job](), self.randrange(20000, 400000), defaultdict(list)
        for job in sorted(self.jobs, key=lambda job: job.created):
            order, dates = job.order, (job.created, job.completed)
            waiting = any(low < date <= high for low, high in order.household.quiet for date in dates)
            if job.created < self.end and (order.request >= 0 or not waiting or self.often(0.02)):
                job.number = number = number + self.choice((1, 1, 1, 2, 3))
                kept.append(job)
                if order.request < 0 and not job.previous and order.campaign != "Maintenance Plan":
                    calls[id(order.household), order.service["key"]].append(job)
        self.jobs = kept
        for ask in self.lost:
            for job in calls[id(ask.household), ask.service["key"]]:
                if QUIET < job.created - ask.moment < 1.7 * QUIET:
                    self.unsure.append((ask.request, job))

    def job_rows(self) -> Iterator[tuple[str, ...]]:
        """Return the rows of the field-service software's export."""
        dates, money = self.choice(POOLS["job_dates"]), self.choice(("${:,.2f}", "{:.2f}"))
        staff = [self.town.person(self.pick(self.town.groups), "men") for _ in range(25)]
        for job in self.jobs:
            order, tech, canceled = job.order, self.choice(staff), job.status == "Canceled"
            later = job.completed >= self.end and not canceled
            done = "" if later or canceled else job.completed.strftime(dates)
            earlier = f"job {job.previous.number}" if job.previous and job.previous.number else "last visit"
            when = (str(job.number), job.created.strftime(dates), done, *order.account.values())
            address = self.town.location(order.place, order.account["Customer ID"])
            what = (address, order.service["trade"], job.kind, order.campaign, "Scheduled" if later else job.status)
            paid = (money.format(0 if later else job.total), "" if canceled else f"{tech.nick} {tech.last[0]}.")
            yield *when, *what, *paid, job.notes.replace("{prev}", earlier)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the leads, the jobs, the truth, the unsure pairs and the repeated requests to the folder."""
    rng = random.Random(f"frontrange-{seed}")
    office = Office(rng, leads)
    office.live()
    office.answer()
    office.sift()
    # Most exports have the local time, some that of a server an hour ahead, some Greenwich time.
    shift, dates = timedelta(hours=rng.choice((0, 0, 0, 0, 1, 7))), rng.choice(POOLS["lead_dates"])
    number, ids, leads_rows = rng.randrange(10000, 90000), defaultdict(list), list[tuple[str, ...]]()
    for moment, request, (prefix, *row) in sorted(office.leads, key=lambda lead: lead[0]):
        number += rng.choice((1, 1, 1, 2))
        leads_rows.append((f"{prefix}-{number}", (moment + shift).strftime(dates), *row))
        ids[request].append((moment, f"{prefix}-{number}"))
    tables: dict[str, Iterable[Sequence[str]]] = {"leads": leads_rows, "jobs": office.job_rows()}
    for name, pairs in (("truth", [(job.order.request, job) for job in office.jobs]), ("ambiguous", office.unsure)):
        good = [(ids[request], job) for request, job in pairs if job.number and job.status == "Completed"]
        tables[name] = [(key, str(job.number)) for keys, job in good for moment, key in keys if moment <= job.created]
    tables["lead_groups"] = [(key, f"G{request}") for request, keys in ids.items() if len(keys) > 1 for _, key in keys]
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, POOLS["headings"][name])
            writer.writeheader()
            writer.writerows(dict(zip(writer.fieldnames, row, strict=True)) for row in rows)
