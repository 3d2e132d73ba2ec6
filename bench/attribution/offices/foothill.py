"""Generate the leads and jobs of an electrical, heating and radon contractor along the Colorado mountain front.

Homeowners of look-alike subdivisions, old street grids and canyon roads ask for repairs, panels, EV chargers and heat;
buyers, sellers and realtors for radon tests and inspections before a sale. True are the first visit after a request and
what continues it: pickup of the monitor, mitigation after a test, install after an estimate, the permit's final
inspection. Not true are canceled and duplicate bookings, plan visits, warranty recalls and whatever is ordered later.
Hard are jobs filed under another party of the sale, a spouse or a manager, installs weeks after a quote from photos,
neighbors who call for the same work, a second buyer's test or a builder's job in the same house, canyon homes of people
who live elsewhere, imported records with old phone numbers, and form times in UTC beside jobs in mountain time.
"""

import csv
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

POOL: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = {service["key"]: service for service in POOL["services"]}
# People who ask on the website seldom order something else within the next three months.
QUIET_DAYS = 95


@dataclass(frozen=True)
class Place:
    """A building that can be visited."""

    number: int
    name: str
    suffix: str
    unit: str
    city: str
    zip: str


@dataclass(frozen=True)
class Person:
    """Someone who may ask, pay or let the electrician in."""

    first: str
    last: str
    phone: str
    email: str
    company: str = ""


@dataclass
class Account:
    """A customer record as the office keeps it; each of its addresses is typed once."""

    number: str
    name: str
    phone: str
    email: str
    typed: dict[Place, str] = field(default_factory=dict)


@dataclass
class Household:
    """People or a company at a place, and their customer record once there is one."""

    people: list[Person]
    place: Place
    account: Account | None = None


@dataclass(frozen=True)
class Order:
    """A piece of work: what, where, who asks and pays, and the address that the form shows."""

    service: dict[str, Any]
    site: Place
    payer: Household
    asker: Person
    role: str = "Homeowner"
    shown: Place | None = None
    note: str = ""
    later: Household | None = None


@dataclass(eq=False)
class Lead:
    """One row of the website's request form or chat, without its ID."""

    at: datetime
    values: tuple[str, ...]
    group: str
    ident: str = ""


@dataclass(eq=False)
class Job:
    """One job of the field-service software; filed are type, unit, campaign, status, total and notes."""

    created: datetime
    scheduled: datetime
    account: Account
    place: Place
    filed: tuple[str, ...]
    ident: str = ""


class _Office:
    """Lives through the months, invents people and places, types as they do and keeps what is exported at the end."""

    def __init__(self, rng: random.Random, leads: int) -> None:
        self.rng = rng
        self.rates = {name: rng.uniform(low, high) for name, (low, high) in POOL["rates"].items()}
        self.used: set[str | Place] = set()
        ranks = {name: range(16, len(POOL[name]) + 16) for name in ("first_names", "last_names")}
        self.weights = {name: [1 / rank**0.75 for rank in ranked] for name, ranked in ranks.items()}
        plats = range(3 + leads // 800)
        self.plats = {town[0]: [(self.stem(), rng.randrange(300, 17000, 100)) for _ in plats] for town in POOL["towns"]}
        # Both exports print local times without a zone, so naive times are what the office has.
        start = datetime(rng.choice((2022, 2023, 2024)), rng.randrange(1, 13), 1)  # noqa: DTZ001
        self.days = [start + timedelta(days=day) for day in range(int(self.rates["months"] * 30.4))]
        formats = ("lead_formats", "job_formats", "money")
        self.lead_form, self.job_form, self.money = (str(rng.choice(POOL[name])) for name in formats)
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.pairs: dict[str, list[tuple[Lead, Job]]] = {"truth.csv": [], "ambiguous.csv": []}
        self.agents = [self.household(company=name) for name in rng.choices(POOL["brokerages"], k=4 + leads // 12)]
        self.builders = [self.household(company=name) for name in POOL["builders"]]
        self.managers = [self.household(company=name) for name in POOL["managers"]]
        self.known = [self.household() for _ in range(leads // 3)]
        # Some realtors pay for their clients; the others never become customers.
        paying = [agent for agent in self.agents if self.chance("paying")]
        for house in (*self.known, *self.builders, *self.managers, *paying):
            self.account(house, old=self.chance(0.6))

    def chance(self, rate: str | float) -> bool:
        return self.rng.random() < (self.rates[rate] if isinstance(rate, str) else rate)

    def unused[T: (str, Place)](self, make: Callable[[], T]) -> T:
        made = next((made for made in (make() for _ in range(50)) if made not in self.used), make())
        self.used.add(made)
        return made

    def stem(self) -> str:
        return f"{self.rng.choice(POOL['sub_a'])} {self.rng.choice(POOL['sub_b'])}"

    def phone(self) -> str:
        # Only 555 and exchanges reserved for tests: 555 alone has too few numbers for one area code.
        area = self.rng.choices(POOL["area_codes"], POOL["area_weights"])[0]
        return f"{area}{self.rng.choice(POOL['exchanges'])}{self.rng.randrange(10000):04d}"

    def email(self, first: str, last: str, company: str) -> str:
        rng, f, name = self.rng, first.lower(), last.lower().replace("'", "")
        form: str = "{i}{l}" if company else rng.choices(POOL["email_forms"], POOL["email_weights"])[0]
        y, h = rng.randrange(55, 99), rng.choice(POOL["hobbies"])
        local = form.format(f=f, l=name, i=f[0], k=name[0], y=y, h=h)
        letters = "".join(letter for letter in company.lower() if letter.isascii() and letter.isalnum())
        host = f"{letters}.example.com" if company else rng.choices(POOL["mail_hosts"], POOL["mail_weights"])[0]
        return f"{local}@{host}" if f"{local}@{host}" not in self.used else f"{local}{rng.randrange(1000)}@{host}"

    def person(self, last: str = "", company: str = "") -> Person:
        first = self.rng.choices(POOL["first_names"], self.weights["first_names"])[0]
        names = self.rng.choices(POOL["last_names"], self.weights["last_names"], k=2 if self.chance(0.01) else 1)
        last = last or "-".join(names)
        employer = company or (self.stem() + " Co" if self.chance(0.03) else "")
        email = self.unused(lambda: self.email(first, last, employer))
        return Person(first, last, self.unused(self.phone), email, company)

    def address(self, kind: str) -> Place:
        rng = self.rng
        towns = [town for town in POOL["towns"] if not kind or kind in town[3]]
        city, zips, _, kinds = rng.choices(towns, [town[2] for town in towns])[0]
        kind, zip_code, unit = kind or rng.choice(kinds), rng.choice(zips), ""
        if kind == "new":
            name, base = rng.choice(self.plats[city])
            suffix = rng.choice(("Way", "Circle", "Court", "Lane", "Drive", "Place"))
            return Place(base + rng.randrange(1, 400, 5), name, suffix, unit, city, zip_code)
        name, suffix = rng.choice(POOL["old_streets"]), rng.choice(("Street", "Street", "Court", "Way", "Drive"))
        if kind == "hill":
            name, suffix = rng.choice(POOL["hill_roads"]).rsplit(" ", 1)
        elif self.chance(0.3):
            name, suffix = f"W {rng.choice(POOL['avenues'])}", "Avenue"
        elif self.chance(0.12):
            unit = f"{rng.choice(('Unit', 'Apt', '#'))} {rng.randrange(1, 340)}"
        return Place(rng.randrange(200, 15000), name, suffix, unit, city, zip_code)

    def household(self, *, kind: str = "", company: str = "", place: Place | None = None) -> Household:
        people = [self.person(company=company)]
        if not company and self.chance(0.6):
            people.append(self.person(people[0].last if self.chance(0.78) else ""))
        return Household(people, place or self.unused(lambda: self.address(kind)))

    def slip(self, text: str) -> str:
        if len(text) < 4:
            return text
        at = self.rng.randrange(1, len(text) - 1)
        middle = self.rng.choice((text[at + 1] + text[at], text[at] * 2 + text[at + 1], text[at + 1]))
        return text[:at] + middle + text[at + 2 :]

    def dial(self, digits: str, *, web: bool = False) -> str:
        free = web and not self.chance("mask")
        form: str = self.rng.choices(POOL["phone_forms"], POOL["phone_weights"])[0] if free else "({a}) {b}-{c}"
        return form.format(a=digits[:3], b=digits[3:6], c=digits[6:])

    def street(self, place: Place, *, web: bool) -> str:
        number, suffix = str(place.number), place.suffix
        if self.chance(0.016) and len(number) > 3:
            number = number[0] + number[2] + number[1] + number[3:]
        if not web and self.chance(0.02):
            suffix = self.rng.choice(list(POOL["suffixes"]))
        suffix = POOL["suffixes"].get(suffix, suffix) if self.chance(0.6) else suffix
        name = self.slip(place.name) if self.chance(self.rates["slip"] / 2) and "W " not in place.name else place.name
        line = " ".join(filter(None, (number, name, "" if web and self.chance(0.06) else suffix, place.unit)))
        line += f", {place.city}, CO {place.zip}" if web and self.chance(0.1) else ""
        return line.lower() if web and self.chance(0.2) else line

    def desk_name(self, person: Person, spouse: Person) -> str:
        first, last = person.first, person.last
        first = POOL["nicknames"].get(first, first) if self.chance(0.12) else first
        if self.chance(self.rates["slip"] * 2):
            first, last = self.rng.choice(((self.slip(first), last), (first, self.slip(last))))
        first = f"{first} & {spouse.first}" if spouse != person and self.chance(0.08) else first
        return f"{last}, {first}" if self.rates["last_first"] > 0.4 and self.chance(0.8) else f"{first} {last}"

    def web_names(self, person: Person) -> tuple[str, str]:
        first, last = person.first, person.last
        nickname = POOL["nicknames"].get(first, first)
        case = self.rng.choices((str, str.lower, str.upper), (87, 10, 3))[0]
        forms = ((first, last), (nickname, last), (f"{first} {last}", ""), (first, ""), (first, last[0]))
        typed = self.rng.choices(forms, (860, 105, 15, 10, 10))[0]
        return case(typed[0]), case(typed[1])

    def moment(self, season: Sequence[float] = (1,) * 12) -> datetime:
        day = self.rng.choices(self.days, [season[day.month - 1] for day in self.days])[0]
        hour = self.rng.choices(range(24), POOL["hour_weights"])[0]
        return day + timedelta(hours=hour, minutes=self.rng.randrange(60), seconds=self.rng.randrange(60))

    def desk_time(self, after: datetime, days: float) -> datetime:
        at = after + timedelta(days=days, minutes=self.rng.randrange(8, 90))
        if at.weekday() > 4 and self.chance(0.8):
            at += timedelta(days=7 - at.weekday())
        if at.hour < 7 or at.hour >= 18:
            at = at.replace(hour=7, minute=30) + timedelta(days=at.hour >= 18, minutes=self.rng.randrange(240))
        return at

    def service(self, at: datetime) -> dict[str, Any]:
        weights = [kind["weight"] * kind["season"][at.month - 1] / sum(kind["season"]) for kind in SERVICES.values()]
        return self.rng.choices(list(SERVICES.values()), weights)[0]

    def account(self, house: Household, caller: Person | None = None, *, old: bool = False) -> Account:
        if house.account and not self.chance(0.03):
            return house.account
        person = caller if caller and caller in house.people else house.people[0]
        copied = caller is not None and self.chance("copied")
        spouse = next((other for other in house.people if other != person), person)
        if not copied and self.chance("spouse"):
            person, spouse = spouse, person
        name = f"{person.first} {person.last}" if copied else self.desk_name(person, spouse)
        # The import from the earlier software brought capitals, landlines and few emails.
        name = f"{person.last}, {person.first}".upper() if old else name
        email = person.email if copied or self.chance(0.36 if old else 0.72) else ""
        phone = self.unused(self.phone) if self.chance(0.3 if old else 0.0 if copied else 0.05) else person.phone
        phone = phone[:-2] + f"{self.rng.randrange(100):02d}" if not copied and self.chance(0.03) else phone
        if not copied and email and self.chance(0.04):
            email = self.rng.choice((self.slip(email), "noemail@example.com"))
        if person.company:
            name = person.company if self.chance(0.7) else f"{person.company} - {person.first} {person.last}"
        number = self.unused(lambda: str(self.rng.randrange(1000, 40000))) if old else ""
        house.account = Account(number, name, self.dial(phone), email)
        return house.account

    def book(self, order: Order, kind: str, at: datetime, fee: Sequence[float] = (0, 0), **text: str) -> Job:
        rng, unit = self.rng, text.get("unit", order.service["unit"])
        pool = next((phrases for prefix, phrases in POOL["notes"].items() if kind.startswith(prefix)), [""])
        facts = {"pci": round(rng.uniform(0.8, 14), 1), "pci_low": round(rng.uniform(0.3, 2.2), 1)}
        said = rng.choice(pool).format(n=rng.randrange(1, 15), **facts)
        scheduled = self.desk_time(at, rng.expovariate(1 / (1 + order.service["wait"])))
        status = text.get("status") or ("Completed" if scheduled < self.days[-1] else "Scheduled")
        total = rng.triangular(fee[0], fee[1], fee[0] * 0.7 + fee[1] * 0.3) if status == "Completed" else 0.0
        notes = ". ".join(filter(None, (text.get("note"), "" if status == "Canceled" else said)))
        filed = (kind, unit, text.get("campaign", ""), status, self.money.format(total), notes)
        job = Job(at, scheduled, order.payer.account or self.account(order.payer), order.site, filed)
        if self.days[0] <= at < self.days[-1]:
            self.jobs.append(job)
        return job

    def steps(self, service: dict[str, Any]) -> list[list[Any]]:
        steps: list[list[Any]] = [[service["first"], 1, 0, 0, *service["fee"]], *service["next"]]
        if self.chance(service["remote"]):
            # Priced from photos: the first job is the installation, booked weeks after the request.
            steps = [[steps[1][0], 1, 4, 45, *steps[1][4:]], *steps[2:]]
        steps[0][0] = self.rng.choice(service["wrong"]) if self.chance("misfile") else steps[0][0]
        return steps

    def work(self, order: Order, at: datetime, campaign: str = "", caller: Person | None = None) -> list[Job]:
        rng, jobs = self.rng, list[Job]()
        campaign = campaign or rng.choice(POOL["desk_campaigns"])
        self.account(order.payer, caller)
        for kind, share, low, high, *fee in self.steps(order.service):
            if not self.chance(share):
                break
            at = self.desk_time(at, rng.triangular(low, high, low + (high - low) / 4)) if high else at
            if jobs and order.later and fee[1] > 1000:
                order = replace(order, payer=order.later, later=None)
            if not jobs and self.chance("cancel"):
                self.book(order, kind, at, campaign=campaign, status="Canceled", note="cust resched")
                at = self.desk_time(at, rng.uniform(0.5, 9))
            note = order.note if self.chance(0.2 if jobs else 0.9) else ""
            jobs.append(self.book(order, kind, at, fee, campaign=campaign, note=note))
        if self.chance(0.015):
            self.book(order, jobs[-1].filed[0], jobs[-1].created + timedelta(minutes=7), status="Canceled", note="DUP")
        if self.chance(0.03):
            recall = self.desk_time(jobs[-1].scheduled, rng.uniform(8, 60))
            self.book(order, "Warranty Recall", recall, campaign="Existing Customer")
        return [job for job in jobs if job.created < self.days[-1]]

    def call(self, house: Household, at: datetime, service: dict[str, Any] | None = None) -> list[Job]:
        return self.work(Order(service or self.service(at), house.place, house, house.people[0]), at)

    def message(self, order: Order) -> str:
        rng, words = self.rng, {name: self.rng.choice(POOL[f"{name}s"]) for name in ("car", "room", "day")}
        facts = {"year": rng.randrange(1958, 2016), "age": rng.randrange(8, 31), "size": rng.randrange(900, 4200, 100)}
        text: str = rng.choice(order.service["says"]).format(pci=round(rng.uniform(4, 19), 1), **facts, **words)
        if order.shown != order.site:
            text += f". Property is {self.street(order.site, web=True)}"
        elif self.chance(0.15):
            return ""
        text += " " + rng.choice(POOL["tails"]).format(street=order.site.name) if self.chance(0.4) else ""
        return text.lower() if self.chance(0.15) else text

    def submit(self, order: Order, at: datetime, message: str, group: str = "") -> Lead:
        rng, chat = self.rng, self.chance("chat")
        shown = None if chat or self.chance("no_street") else order.shown
        phone = "" if self.chance(0.025) else self.dial(order.asker.phone, web=True)
        email = self.slip(order.asker.email) if self.chance(0.012) else order.asker.email
        email = "" if self.chance(0.5 if chat else 0.03) else email
        street = self.street(shown, web=True) if shown else ""
        city = shown.city if shown and self.chance(0.85) else ""
        zip_code = (shown or order.site).zip if shown or self.chance(0.4) else ""
        asked = ("", "") if chat else (order.role, rng.choice(order.service["ask"]))
        source = rng.choices(list(POOL["sources"]), POOL["source_weights"])[0]
        # Some form plugins store UTC; the mountains are six hours behind in summer, seven in winter.
        hours = (6 if (3, 12) <= (at.month, at.day) < (11, 4) else 7) if self.rates["utc"] > 0.3 else 0
        stamp = (at + timedelta(hours=hours)).strftime(self.lead_form)
        contact = (stamp, *self.web_names(order.asker), phone, email, street, city, zip_code)
        self.leads.append(Lead(at, (*contact, *asked, source, "Chat" if chat else "Form", message), group))
        return self.leads[-1]

    def request(self, order: Order, at: datetime, odds: float) -> tuple[Lead, list[Job]]:
        rng, message = self.rng, self.message(order)
        group = f"G{len(self.leads)}" if self.chance("again") else ""
        rows = [self.submit(order, at, message, group)]
        if group:
            later = at + timedelta(minutes=rng.choice((2, 4, 15, 200, 1500, 2900)))
            rows.append(self.submit(order, later, message or "did you get my request?", group))
        if not self.chance(odds):
            return rows[0], []
        campaign = POOL["sources"][rows[0].values[-3]] if self.chance("campaign") else ""
        note = rng.choice(("Web lead", f"Web: {message[:70]}")) if self.chance("quoted") else ""
        urgent = order.service["wait"] < 3 or order.role == "Realtor"
        days = rng.expovariate(3 if urgent else 0.5) if urgent or self.chance(0.9) else rng.uniform(8, 60)
        order = replace(order, note=". ".join(filter(None, (note, order.note))))
        jobs = self.work(order, self.desk_time(at, days), campaign, order.asker)
        self.pairs["truth.csv"] += [(row, job) for row in rows for job in jobs]
        return rows[0], jobs

    def aftermath(self, house: Household, lead: Lead, service: dict[str, Any], jobs: list[Job]) -> None:
        # Nothing of this was asked for on the website; the same work months later is anybody's guess.
        wait = self.rng.uniform(4, 200) if jobs else self.rng.uniform(QUIET_DAYS, 250)
        later = self.desk_time(jobs[0].created if jobs else lead.at, wait)
        if self.chance(0.12 if jobs else 0.07):
            other = service if not jobs and self.chance(0.3) else self.service(later)
            again = self.call(house, later, other)[:1]
            self.pairs["ambiguous.csv"] += [(lead, job) for job in again if not jobs and other is service]
        elif jobs and self.chance(0.12):
            self.plan(house, later)
        if jobs and self.chance(0.05):
            near = replace(house.place, number=house.place.number + self.rng.choice((-10, -5, 5, 10)))
            self.call(self.household(place=near), self.desk_time(jobs[0].created, self.rng.uniform(0, 25)), service)

    def plan(self, house: Household, at: datetime) -> None:
        order = Order(SERVICES["tune"], house.place, house, house.people[0])
        for _ in range(self.rng.randrange(1, 4)):
            season = "Spring AC" if 3 <= at.month <= 7 else "Fall Furnace"
            self.book(order, f"PLAN - {season}", at, campaign="Existing Customer")
            at = self.desk_time(at, self.rng.uniform(160, 205))

    def builder(self, at: datetime, place: Place) -> None:
        firm, kind = self.rng.choice(self.builders), self.rng.choice(POOL["builder_jobs"])
        order, note = Order(SERVICES["panel"], place, firm, firm.people[0]), f"Lot {self.rng.randrange(1, 260)}"
        self.book(order, kind, at, (180, 2400), campaign="Builder", note=note, unit="New Construction")

    def homeowner(self) -> None:
        at, house = self.moment(), self.household()
        if self.chance("existing"):
            self.account(house, old=True)
            if self.chance(0.5):
                self.call(house, self.desk_time(at, -self.rng.uniform(230, 500)))
        elif self.chance(0.1) and house.place.name in dict(self.plats[house.place.city]):
            self.builder(self.desk_time(at, -self.rng.uniform(20, 150)), house.place)
        odds = self.rates["convert"] * (1.2 if house.account else 0.97)
        order = Order(self.service(at), house.place, house, self.rng.choice(house.people), shown=house.place)
        lead, jobs = self.request(order, at, odds)
        second = at + timedelta(days=self.rng.uniform(QUIET_DAYS + 60, 400))
        if self.chance(0.06) and second < self.days[-1]:
            self.request(replace(order, service=self.service(second)), second, odds)
        else:
            self.aftermath(house, lead, order.service, jobs)

    def sale(self, *, by_phone: bool = False) -> None:
        rng, at = self.rng, self.moment(SERVICES["saletest"]["season"])
        service = SERVICES[rng.choices(list(POOL["sale_weights"]), list(POOL["sale_weights"].values()))[0]]
        seller, buyer = self.household(), self.household()
        agent = rng.choices(self.agents, [1 / (index + 15) for index in range(len(self.agents))])[0]
        role, party = rng.choices((("Realtor", agent), ("Buyer", buyer), ("Seller", seller)), (45, 35, 20))[0]
        payer = seller if party is seller or self.chance(0.15) else buyer
        payer = agent if agent.account and (party is agent or self.chance(0.15)) else payer
        realtor = agent.people[0]
        note = f"Agent {realtor.first} {realtor.last} {self.dial(realtor.phone)}" if self.chance(0.7) else ""
        shown = seller.place if self.chance(0.78) else party.place
        order = Order(service, seller.place, payer, party.people[0], role, shown, note, seller)
        # Realtors who pay themselves have made up their mind when they ask.
        odds = 0.99 if payer is agent else self.rates["convert"] * 1.1
        jobs = self.work(order, self.desk_time(at, 0)) if by_phone else self.request(order, at, odds)[1]
        if jobs and self.chance(0.06):
            # The first sale fell through, and the next buyer calls.
            self.call(replace(self.household(), place=seller.place), self.desk_time(at, rng.uniform(10, 50)), service)
        if payer is buyer and jobs and self.chance(0.1):
            self.call(replace(buyer, place=seller.place), self.desk_time(at, rng.uniform(QUIET_DAYS, 250)))

    def elsewhere(self) -> None:
        at, house = self.moment(), self.household()
        order = Order(self.service(at), house.place, house, house.people[0], shown=house.place)
        kind = self.rng.choices(("junk", "tenant", "rental", "canyon", "shop"), (25, 20, 15, 22, 18))[0]
        if kind == "junk":
            self.submit(order, at, self.rng.choice(POOL["spam"]))
            return
        if kind == "tenant":
            note = f"Tenant {house.people[0].first} {self.dial(house.people[0].phone)}"
            order = replace(order, payer=self.rng.choice(self.managers), role="Tenant", note=note)
        elif kind == "shop":
            shop = self.household(kind="old", company=f"{self.stem()} {self.rng.choice(POOL['shops'])}")
            order = Order(order.service, shop.place, shop, shop.people[0], "Business", shop.place)
        else:
            site = self.unused(lambda: self.address("hill" if kind == "canyon" else "old"))
            order = replace(order, site=site, shown=self.rng.choice((site, site, house.place)))
        self.request(order, at, self.rates["convert"])

    def phone_day(self) -> None:
        at, rng = self.desk_time(self.moment(), 0), self.rng
        calls: tuple[Callable[[], object], ...] = (
            lambda: self.call(self.household(), at),
            lambda: self.call(rng.choice(self.known), at),
            lambda: self.call(replace(rng.choice(self.managers), place=self.unused(lambda: self.address("old"))), at),
            lambda: self.builder(at, self.unused(lambda: self.address("new"))),
            lambda: self.sale(by_phone=True),
            lambda: self.plan(rng.choice(self.known), at),
        )
        rng.choices(calls, (45, 20, 7, 10, 10, 8))[0]()

    def job_values(self, job: Job) -> tuple[str, ...]:
        account, site = job.account, job.place
        street = account.typed.setdefault(site, self.street(site, web=False))
        done = job.scheduled.strftime(self.job_form) if "Completed" in job.filed else ""
        customer = (account.number, account.name, account.phone, account.email, street, site.city, site.zip)
        return job.ident, job.created.strftime(self.job_form), done, *customer, *job.filed

    def export(self, folder: Path, leads: int) -> None:
        rng, number, entry, customer = self.rng, self.rng.randrange(50000, 90000), self.rng.randrange(900, 9000), 40000
        self.leads = sorted(self.leads[:leads], key=lambda lead: lead.at)
        self.jobs.sort(key=lambda job: job.created)
        for lead in self.leads:
            lead.ident = str(entry := entry + rng.choice((1, 1, 1, 2, 5)))
        for job in self.jobs:
            job.ident = f"J-{(number := number + rng.choice((1, 1, 1, 2, 3)))}"
            job.account.number = job.account.number or str(customer := customer + 1)
        _save(folder / "leads.csv", POOL["lead_headings"], [(lead.ident, *lead.values) for lead in self.leads])
        _save(folder / "jobs.csv", POOL["job_headings"], [self.job_values(job) for job in self.jobs])
        for name, pairs in self.pairs.items():
            _save(folder / name, ["lead_id", "job_id"], [(a.ident, b.ident) for a, b in pairs if a.ident and b.ident])
        repeated = [(lead.ident, lead.group) for lead in self.leads if lead.group]
        _save(folder / "lead_groups.csv", ["lead_id", "group_id"], repeated)


def _save(path: Path, headings: list[str], rows: Sequence[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        writer.writerows(dict(zip(headings, row, strict=True)) for row in rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write one office's leads, jobs and truth to the folder."""
    office = _Office(rng := random.Random(f"foothill-{seed}"), leads)
    sale, elsewhere = office.rates["sale"], office.rates["elsewhere"]
    while len(office.leads) < leads:
        rng.choices((office.sale, office.elsewhere, office.homeowner), (sale, elsewhere, 1 - sale - elsewhere))[0]()
    while len(office.jobs) < leads * office.rates["jobs"]:
        office.phone_day()
    folder.mkdir(parents=True, exist_ok=True)
    office.export(folder, leads)
