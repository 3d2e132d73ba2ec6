"""Write the requests and jobs of a water treatment and plumbing office south of Tucson, Arizona.

The office sells softeners and drinking water systems to retirees, looks after the winter homes of people who live up
north from May to October, and repairs plumbing for families, landlords, rental managers, and homeowner associations.

True is each job that was booked because of a request: the first visit, and the installation, repair, or patch that
continues it. Salt and filter plans, recalls that came by phone, canceled bookings, and later calls are not.

Hard are spouses with different phones, neighbors and daughters who ask for the owner, tenants whose visit is filed
under the landlord, visits that wait for the winter, Spanish street names typed by ear, customers from the old software
in capitals, records of the previous owner, and chats whose clock runs seven hours ahead.
"""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

type Service = dict[str, Any]

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
DAY = timedelta(days=1)
QUIET = 95 * DAY


@dataclass
class Person:
    """Hold a person with the phone and email that they give."""

    first: str
    last: str
    phone: str
    email: str


@dataclass(frozen=True)
class Place:
    """Hold an address as the county would write it."""

    line: str
    city: str
    zip_code: str


@dataclass
class Record:
    """Hold a customer as the office typed them; new customers get their number with their first job."""

    number: int
    name: str
    kind: str
    phone: str
    alternate: str
    email: str
    billing: str
    address: str


@dataclass
class Client:
    """Hold a home with everyone who may ask for work there, and the record that the office uses for it."""

    kind: str
    people: list[Person]
    home: Place
    north: Place | None
    helper: Person | None
    role: str
    known: bool
    record: Record
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)


@dataclass
class Lead:
    """Hold one submission of a website form or chat."""

    at: datetime
    values: list[str]
    number: int = 0
    group: int = 0


@dataclass
class Job:
    """Hold one job of the office."""

    created: datetime
    done: datetime
    record: Record
    place: Place
    kind: str
    campaign: str
    status: str
    total: float
    notes: str
    number: int = 0


def pick(rng: Random, rows: Sequence[Sequence[Any]], weight: int = 1) -> Sequence[Any]:
    """Choose a row by the weight that it carries in one of its columns."""
    return rng.choices(rows, [row[weight] for row in rows])[0]


def slip(rng: Random, text: str) -> str:
    """Swap, drop, or double a letter or digit inside a word or number."""
    at = rng.choice([at for at in range(1, len(text) - 1) if text[at : at + 2].isalnum()] or [len(text)])
    one, two = text[at : at + 1], text[at + 1 : at + 2]
    return text[:at] + rng.choice((two + one, one, one + one + two)) + text[at + 2 :]


class Town:
    """Make the people and places of the valley, and type them as the customers and the office do."""

    def __init__(self, rng: Random, rates: dict[str, float]) -> None:
        self.rng = rng
        self.rates = rates
        self.taken = {"5205550100"}
        ranks = [1 / (rank + 9) ** 0.8 for rank in range(len(POOLS["last"]))]
        self.weights = {pool: ranks[: len(POOLS[pool])] for pool in ("last", "men", "women")}
        towns = [pick(rng, POOLS["towns"], 2) for _ in range(700)]
        self.streets = [(*town[:2], self.street(), min(6.0, rng.paretovariate(1.6))) for town in towns]

    def street(self) -> str:
        """Name a street: most are Spanish, and all begin with a compass letter."""
        pools = ("street_types", "street_nouns") if self.rng.random() < 0.62 else ("english", "suffixes")
        return " ".join(self.rng.choice(pool) for pool in ("NSEWWS", *(POOLS[pool] for pool in pools)))

    def phone(self, code: str = "") -> str:
        """Give a fictitious phone number that belongs to one person only."""
        number = ""
        while not number or number in self.taken:
            area = code if code and not number else pick(self.rng, POOLS["local_codes"])[0]
            number = f"{area}555{self.rng.randrange(10000):04d}"
        self.taken.add(number)
        return number

    def person(self, last: str = "", code: str = "", sex: str = "") -> Person:
        """Make a person, of a given family if a last name is given."""
        rng = self.rng
        sex = sex or rng.choice(("men", "women"))
        first = rng.choices(POOLS[sex], self.weights[sex])[0]
        last = last or rng.choices(POOLS["last"], self.weights["last"])[0]
        one, two = first.lower(), last.lower().replace("'", "")
        year = rng.randrange(40, 99) if rng.random() < 0.6 else rng.randrange(1, 2024)
        handle, host = rng.choice(POOLS["handles"]), pick(rng, POOLS["hosts"])[0]
        local = rng.choice(POOLS["email_shapes"]).format(one, two, one[0], two[0], year, handle)
        while (email := f"{local}@{host}") in self.taken:
            local += str(rng.randrange(10))
        self.taken.add(email)
        return Person(first, last, self.phone(code), email)

    def couple(self, code: str = "") -> list[Person]:
        """Make one person, or two who live together and often share an email address."""
        rng, first = self.rng, self.person(code=code)
        if rng.random() < 0.36:
            return [first]
        sex = "women" if first.first in POOLS["men"] else "men"
        second = self.person(first.last if rng.random() < 0.86 else "", code, sex)
        second.email = first.email if rng.random() < 0.3 else second.email
        second.phone = first.phone if rng.random() < 0.15 else second.phone
        return [first, second]

    def place(self, unit: float = 0.05) -> Place:
        """Choose an address in the valley."""
        city, zip_code, street, _ = pick(self.rng, self.streets, 3)
        label = f" #{self.rng.randrange(1, 240)}" if self.rng.random() < unit else ""
        return Place(f"{self.rng.randrange(100, 5200)} {street}{label}", city, zip_code)

    def shown(self, phone: str) -> str:
        """Write a phone number in one of the usual forms."""
        shape: str = pick(self.rng, POOLS["phone_shapes"])[0]
        return shape.format(phone[:3], phone[3:6], phone[6:]) if phone else ""

    def heard(self, place: Place, errors: float, pool: str = "misheard") -> str:
        """Write an address, at times without its compass letter, abbreviated, or as it sounded on the phone."""
        rng, (number, street) = self.rng, place.line.split(" ", 1)
        if street[1] == " " and rng.random() < errors:
            street = street[2:]
        fits = [pair for pair in POOLS[pool] if pair[0] in street]
        if fits and rng.random() < errors:
            street = street.replace(*rng.choice(fits))
        elif rng.random() < errors / 5:
            street = slip(rng, street)
        if rng.random() < errors / 16:
            number = str(int(number) + rng.choice((-2, 2, 10, 90, 1000)))
        street = street.replace(" #", rng.choice((" #", " #", " Unit ", " Apt ", " ")))
        text, shape = f"{number} {street}", rng.random()
        return text.lower() if shape < errors / 4 else text.upper() if shape > 1 - errors / 6 else text

    def customer(self, people: Sequence[Person], home: Place, north: Place | None, *, legacy: bool) -> Record:
        """File a customer: the first of the people is the one whom the office thinks of."""
        rng, rates, main, other = self.rng, self.rates, people[0], people[-1]
        first = rng.choice(POOLS["nick"].get(main.first, [main.first])) if rng.random() < 0.22 else main.first
        last = slip(rng, main.last) if rng.random() < 0.035 else main.last
        if other is not main and other.last == main.last and rng.random() < 0.2:
            first = f"{first} & {other.first}"
        name = f"{last}, {first}" if rng.random() < rates["last_first"] else f"{first} {last}"
        phone, alternate = (other.phone, main.phone) if rng.random() < 0.13 else (main.phone, other.phone)
        alternate = alternate if alternate != phone and rng.random() < 0.3 else ""
        phone = phone[:6] + slip(rng, phone[6:]) if rng.random() < 0.02 else phone
        email = main.email if rng.random() < rates["email_typed"] else ""
        email = slip(rng, email) if rng.random() < 0.02 else email
        address = self.heard(home, 0.2)
        if legacy:
            # The old software had capitals, seven-digit local phones, and hardly an email.
            name, address, email = name.upper(), address.upper(), email if rng.random() < 0.25 else ""
            phone = phone[3:] if phone.startswith("520") and rng.random() < 0.35 else phone
        away = [f"{north.line}, {north.city} {north.zip_code}", "", f"{north.line}, {north.city}"] if north else []
        billing = rng.choice(away or ["", "same", address])
        return Record(0, name, "Residential", phone, alternate, email, billing, address)


class Office:
    """Live through a little more than a year of requests, calls, and plans."""

    def __init__(self, rng: Random, leads: int) -> None:
        self.rng = rng
        self.wanted = leads
        self.rates = {name: rng.uniform(*limits) for name, limits in POOLS["rates"].items()}
        self.town = Town(rng, self.rates)
        self.start = datetime.fromisoformat(f"{rng.randrange(2021, 2025)}-{rng.randrange(1, 13):02d}-01")
        dates = [self.start + DAY * day for day in range(rng.randrange(390, 560))]
        self.end = dates[-1] + DAY
        self.calendar = [(day, POOLS["months"][day.month - 1] * (0.45 if day.weekday() > 4 else 1)) for day in dates]
        self.customers = count(rng.randrange(4000, 30000))
        self.groups = count(1)
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.truth: list[tuple[Lead, Job]] = []
        self.unclear: list[tuple[Lead, Job]] = []
        self.companies = [self.company(name, kind) for name, kind in POOLS["companies"]]

    def company(self, name: str, kind: str) -> tuple[Record, list[Person]]:
        """Make a company that pays from one office and has a few people who call."""
        domain = "".join(word[0] for word in name.split()).lower().replace("&", "") + ".example.com"
        emails = [f"{desk}@{domain}" for desk in POOLS["desks"][: self.rng.randrange(2, 6)]]
        managers = [replace(self.town.person(code="520"), email=email) for email in emails]
        billing, phone = self.town.place().line, self.town.phone("520")
        return Record(next(self.customers), name, kind, phone, "", f"ap@{domain}", billing, ""), managers

    def day_time(self, since: datetime) -> datetime:
        """Choose a time from a day on, more often in the winter and on weekdays."""
        days = self.calendar[max(0, (since - self.start).days) :] or self.calendar[-1:]
        minutes = self.rng.triangular(5.5 * 60, 22.5 * 60, 10 * 60)
        return self.rng.choices(days, [weight for _, weight in days])[0][0] + timedelta(seconds=int(minutes * 60))

    def working(self, at: datetime) -> datetime:
        """Move a time into the next hours in which the office books."""
        while at.hour >= 17 or at.weekday() == 6:
            at = at.replace(hour=8) + timedelta(days=1, minutes=self.rng.randrange(150))
        return at.replace(hour=8) if at.hour < 8 else at

    def managed(self) -> Client:
        """Make a unit or a common area that a company manages."""
        rng, (company, managers) = self.rng, self.rng.choice(self.companies)
        home, tenant = self.town.place(0 if company.kind == "Commercial" else 0.5), self.town.person()
        phone = tenant.phone if rng.random() < 0.35 else company.phone
        record = replace(company, phone=phone, address=self.town.heard(home, 0.12))
        return Client("managed", [rng.choice(managers)], home, None, tenant, "tenant", True, record)  # noqa: FBT003

    def client(self, *, known: bool, managed: float) -> Client:
        """Make a home of one of the kinds that live in the valley, and its record."""
        rng, rates, town = self.rng, self.rates, self.town
        kinds = {"managed": managed, "snowbird": rates["snowbirds"], "rental": rates["rentals"], "resident": 0.65}
        kind = pick(rng, list(kinds.items()))[0]
        if kind == "managed":
            return self.managed()
        city, zip_code, code = rng.choice(POOLS["north"])
        away = Place(f"{rng.randrange(10, 9800)} {rng.choice(POOLS['north_streets'])}", city, zip_code)
        north = away if kind == "snowbird" else None
        people, home = town.couple(code if north and rng.random() < 0.75 else ""), town.place()
        helper, role = (town.person(), "tenant") if kind == "rental" else (None, "")
        if not helper and rng.random() < rates["behalf"] * (2 if north else 1):
            role, sex, family = pick(rng, POOLS["roles"], 3)[:3]
            helper = town.person(people[0].last if rng.random() < family else "", sex=sex)
        # A home that was sold often keeps the record of the people who moved away.
        filed = (town.couple() if known and rng.random() < 0.035 else people)[:: rng.choice((1, 1, -1))]
        record = town.customer(filed, home, north, legacy=known and rng.random() < rates["legacy"])
        record.number = next(self.customers) if known else 0
        return Client(kind, people, home, north, helper, role, known, record)

    def refile(self, client: Client, asker: Person) -> None:
        """Type a new record for a request, copied from the form or filed under the owner."""
        rng, people = self.rng, client.people
        if client.kind == "managed" or (client.known and rng.random() > self.rates["refiled"]):
            return
        if rng.random() < (0.7 if asker in people else 0.15):
            people = [asker, *(person for person in people if person is not asker)]
        record = client.record = self.town.customer(people, client.home, client.north, legacy=False)
        if asker is client.helper and rng.random() < 0.3:
            record.alternate = asker.phone
        if asker is people[0] and rng.random() < self.rates["copied"]:
            record.phone, record.email = asker.phone, asker.email

    def fill(self, parts: Iterable[str], client: Client, asker: Person) -> str:
        """Join phrases and fill in the names, phones, and places that they mention."""
        rng, home, owner = self.rng, client.home, client.people[0]
        spouse = next((person for person in client.people if person is not asker), asker)
        text = " ".join(part if part[-1] in ".!?;" else f"{part}." for part in parts if part)
        return text.removesuffix(".").format(
            first=asker.first, spouse=spouse.first, better="wife" if spouse.first in POOLS["women"] else "husband",
            phone=self.town.shown(asker.phone), spouse_phone=self.town.shown(spouse.phone), role=client.role,
            owner=f"{owner.first} {owner.last}", tenant=client.helper.first if client.helper else "",
            city=home.city, place=home.line, street=home.line.split(" ", 2)[2],
            north=client.north.city if client.north else "town",
            back=rng.choice(self.calendar)[0].strftime("%b %d"), gate=rng.randrange(1000, 9999), n=rng.randrange(1, 5),
        )  # fmt: skip

    def tail(self, pool: str, client: Client, share: float) -> str:
        """Add a phrase at times, and one about a spouse only where there is one."""
        phrase: str = self.rng.choice(POOLS[pool])
        return phrase if self.rng.random() < share and (len(client.people) > 1 or "{spouse}" not in phrase) else ""

    def message(self, client: Client, asker: Person, service: Service, *, away: bool) -> str:
        """Write the message that a person types into the form."""
        if not service.get("paths"):
            return str(service["messages"][0])
        helps = asker is client.helper
        pool = "tenant" if client.role == "tenant" and helps else "manager" if client.kind == "managed" else "behalf"
        north, often = ("north_tails", 0.75) if away else ("snow_tails", 0.4)
        parts = [self.rng.choice(service["messages"])]
        parts.append(self.tail(f"{pool}_messages", client, 0.6 if helps or client.kind == "managed" else 0))
        parts.append(self.tail(north, client, often if client.north or away else 0))
        parts.append(self.tail("lead_tails", client, 0 if helps else 0.35))
        return self.fill(parts, client, asker)

    def submit(self, client: Client, asker: Person, service: Service, at: datetime) -> Lead:
        """Fill in one of the forms, or chat."""
        rng, town = self.rng, self.town
        form, _, _, *filled = pick(rng, POOLS["forms"], 2 if service["key"] == "test" else 1)
        has_phone, has_email, has_street = (rng.random() < share for share in filled)
        north = client.north if rng.random() < 0.14 else None
        landlord = client.kind == "rental" and asker is not client.helper and rng.random() < 0.3
        place = north or (town.place() if landlord else client.home)
        first = rng.choice(POOLS["nick"].get(asker.first, [asker.first])) if rng.random() < 0.2 else asker.first
        last = "" if rng.random() < 0.022 else asker.last
        if rng.random() < 0.1:
            first, last = first.lower(), last.lower()
        phone = asker.phone[:6] + slip(rng, asker.phone[6:]) if rng.random() < 0.012 else asker.phone
        email = slip(rng, asker.email) if rng.random() < 0.012 else asker.email
        street, city = (town.heard(place, 0.16, "abbreviated"), place.city.split(",")[0]) if has_street else ("", "")
        option = rng.choice(POOLS["services"])["option"] if rng.random() < 0.06 else service["option"]
        # The chat vendor exports Greenwich time; everything else runs on Arizona time.
        shown = (at + timedelta(hours=7 if form == "Chat" else 0)).strftime("%Y-%m-%d %H:%M:%S")
        values = [shown, form, first, last, town.shown(phone) if has_phone else "", email if has_email else ""]
        values += [street, city, "" if form == "Chat" and not street else place.zip_code]
        message = self.message(client, asker, service, away=bool(north) or landlord)
        self.leads.append(Lead(at, [*values, option, str(pick(rng, POOLS["sources"])[0]), message]))
        return self.leads[-1]

    def campaign(self, client: Client, *, web: bool) -> str:
        """File a job under a campaign: the office often leaves what the customer record has."""
        typed = web and self.rng.random() < self.rates["web_campaign"]
        pool = "web_campaigns" if typed else "managed_campaigns" if client.kind == "managed" else "call_campaigns"
        return str(pick(self.rng, POOLS[pool])[0])

    def visits(self, client: Client, asker: Person, service: Service, at: datetime, *, web: bool) -> list[Job]:
        """Book the first visit and what follows from it, until the export ends."""
        rng, jobs = self.rng, list[Job]()
        lag = pick(rng, POOLS["lags"])[0] * rng.uniform(0.5, 1.5) if web else 0.0
        created, season = self.working(at + timedelta(hours=lag)), timedelta(0)
        if client.north and rng.random() < (0.7 if service["key"] == "season" else 0.22):
            season = timedelta(days=rng.randrange(12, 130))
        if season and rng.random() < 0.3:
            created, season = self.working(created + season), timedelta(0)
        campaign = self.campaign(client, web=web)
        for kind, low, high, soon, late, chance in pick(rng, service["paths"], 0)[1]:
            if created >= self.end or rng.random() > chance:
                break
            wait = timedelta(days=int(rng.triangular(soon, late + 1, soon)), hours=rng.randrange(2, 6))
            done = self.working(created + season + wait)
            parts = [rng.choice(POOLS["type_notes"].get(kind, service["notes"])) if rng.random() < 0.88 else ""]
            parts.append(self.tail("behalf_notes", client, 0.6 if asker is client.helper else 0))
            parts.append(self.tail("web_tails" if web and not jobs else "job_tails", client, 0.4))
            notes = self.fill((f"{part};" for part in parts if part), client, asker).removesuffix(";")
            status = "Completed" if done < self.end else "Scheduled"
            total = rng.triangular(low, high, low + (high - low) / 3) if done < self.end else 0.0
            total = round(total, 2 if rng.random() < 0.3 else 0)
            label = "Service Call" if rng.random() < self.rates["generic_type"] else kind
            jobs.append(Job(created, done, client.record, client.home, label, campaign, status, total, notes))
            created, season = self.working(done + DAY * rng.choice((0, 0, 0, 1, 2, 5, 9))), timedelta(0)
        return jobs

    def service(self, client: Client) -> Service:
        """Choose what is wanted: winter visitors also ask for opening and closing."""
        factor = {"season": 5 if client.north else 0, "backflow": 8 if client.record.kind == "Commercial" else 1}
        rows = [(row, row["weight"] * factor.get(row["key"], 1)) for row in POOLS["services"]]
        service: Service = pick(self.rng, rows)[0]
        messages, notes = self.rng.choice(service["topics"])
        return {**service, "messages": messages, "notes": notes}

    def asker(self, client: Client) -> Person:
        """Choose who fills in the form."""
        person = client.people[-1] if self.rng.random() < 0.3 else client.people[0]
        return client.helper if client.helper and self.rng.random() < POOLS["helpers"][client.kind] else person

    def submissions(self, client: Client, asker: Person, service: Service, at: datetime) -> list[Lead]:
        """Submit a request, and at times the same one again, minutes or a few days later."""
        rng, first = self.rng, self.submit(client, asker, service, at)
        at += timedelta(minutes=rng.randrange(1, 45) if rng.random() < 0.55 else rng.randrange(600, 4300))
        if len(self.leads) >= self.wanted or at >= self.end or rng.random() > self.rates["twice"]:
            return [first]
        second = self.submit(client, asker if rng.random() < 0.75 else self.asker(client), service, at)
        first.group = second.group = next(self.groups)
        return [first, second]

    def request(self, client: Client, at: datetime) -> datetime:
        """Submit a request, do the work if the office wins it, and return when the client is free for another."""
        rng, asker, service = self.rng, self.asker(client), self.service(client)
        if client.known and not client.asked and rng.random() < 0.06:
            before = self.visits(client, asker, service, self.working(at - 45 * DAY), web=False)
            self.jobs += [job for job in before if job.created > self.start and job.done < at]
            service = POOLS["recall"]
        asked = self.submissions(client, asker, service, at)
        if rng.random() > self.rates["won"] * (1.35 if client.known else 0.93):
            return self.lost(client, asker, service, asked)
        self.refile(client, asker)
        jobs = self.visits(client, asker, service, asked[-1].at, web=True)
        pairs = [(lead, job) for lead in asked for job in jobs]
        self.truth += pairs
        self.unclear += [pair for pair in pairs if self.stranger(*pair)]
        self.jobs += jobs
        client.known, until = True, jobs[-1].done if jobs else at + QUIET
        client.asked.append((at - DAY, jobs[0].done + DAY if jobs else until))
        if jobs and jobs[-1].total and rng.random() < 0.035:
            until = self.working(until + timedelta(days=rng.randrange(4, 60)))
            self.jobs += self.visits(client, client.people[0], POOLS["recall"], until, web=False)
        return until + 9 * DAY

    def lost(self, client: Client, asker: Person, service: Service, asked: list[Lead]) -> datetime:
        """Lose a request; a few are booked and canceled, and a few of the people call months later."""
        rng, at, chance = self.rng, asked[0].at, self.rng.random()
        client.asked.append((at - DAY, at + QUIET))
        if chance < 0.006:
            booked = self.visits(client, asker, service, asked[-1].at, web=True)[:1]
            self.jobs += [replace(job, status="Canceled", total=0.0) for job in booked]
        elif chance < 0.024:
            jobs = self.visits(client, asker, service, self.working(at + DAY * rng.randrange(99, 220)), web=False)
            self.jobs += jobs
            # It may be the same wish or a new one: the files do not tell.
            self.unclear += [(lead, job) for lead in asked for job in jobs]
            return self.end
        return at + QUIET

    def stranger(self, lead: Lead, job: Job) -> bool:
        """Report whether a request and its job share no name, phone, email, or street number."""
        first, last, phone, email, street, *_, message = (text.lower() for text in lead.values[2:])
        record, family = job.record, job.record.name.split(",")[0].split()[-1]
        text = f"{' '.join(map(str, vars(record).values()))} {job.notes}".lower()
        named = any(part and part in text for part in (first, last, phone[-4:], email, street[:4]))
        return not named and family.lower() not in message and record.address[:4] not in message

    def clear(self, client: Client, jobs: Sequence[Job]) -> bool:
        """Report whether jobs stay out of the time in which the client waits for an answer to a request."""
        overlaps = any(job.created <= until and job.done >= at for job in jobs for at, until in client.asked)
        return bool(jobs) and (not overlaps or self.rng.random() < 0.01)

    def history(self, client: Client, since: datetime) -> None:
        """Add the calls and the plan visits of a client that no request asked for."""
        rng = self.rng
        for _ in range(rng.choices((0, 1, 2, 3), (45, 38, 12, 5) if client.asked else (0, 76, 18, 6))[0]):
            asker = client.helper if client.role == "tenant" and rng.random() < 0.5 else None
            service, at = self.service(client), self.working(self.day_time(since))
            jobs = self.visits(client, asker or client.people[0], service, at, web=False)
            if rng.random() < 0.05:
                jobs = [replace(job, status="Canceled", total=0.0) for job in jobs[:1]]
            self.jobs += jobs if self.clear(client, jobs) else []
        if client.kind != "managed" and rng.random() < 0.13:
            self.plan(client, since)

    def plan(self, client: Client, since: datetime) -> None:
        """Deliver salt or change filters at the intervals of a plan."""
        plan = self.rng.choice(POOLS["plans"])
        at = self.working(since + timedelta(days=self.rng.randrange(1, plan["long"])))
        while at < self.end:
            booked = self.visits(client, client.people[0], plan, at, web=False)
            jobs = [replace(job, campaign="Maintenance Plan") for job in booked]
            self.jobs += jobs if self.clear(client, jobs) else []
            at = self.working(at + timedelta(days=self.rng.randint(plan["short"], plan["long"])))

    def junk(self) -> None:
        """Receive an advertisement, an application, or a test of the form."""
        service, client = self.rng.choice(POOLS["spam"]), self.client(known=False, managed=0)
        if service["key"] == "website":
            client.people[0] = Person("Test", "Test", "5205550100", "office@example.com")
        self.submit(client, client.people[0], service, self.day_time(self.start)).values[6:9] = ["", "", ""]

    def live(self) -> None:
        """Receive all requests, then add the jobs that came from elsewhere."""
        rng, rates = self.rng, self.rates
        while len(self.leads) < self.wanted:
            if rng.random() < rates["spam"]:
                self.junk()
                continue
            client, at = self.client(known=rng.random() < rates["known"], managed=0.006), self.day_time(self.start)
            since = self.start if client.known else self.end
            while at < self.end and len(self.leads) < self.wanted:
                free = self.request(client, at)
                again = rng.random() < (0.16 if client.known else 0.07)
                at = free + timedelta(days=rng.randrange(3, 200), minutes=rng.randrange(600)) if again else self.end
            if client.known and min(since, free) < self.end:
                self.history(client, min(since, free))
        while len(self.jobs) < self.wanted * rates["jobs_per_lead"]:
            self.history(self.client(known=rng.random() < 0.7, managed=0.06), self.start)

    def order(self) -> None:
        """Number requests, jobs, and new customers in the order in which they came."""
        self.leads.sort(key=lambda lead: lead.at)
        self.jobs.sort(key=lambda job: job.created)
        for number, lead in enumerate(self.leads, self.rng.randrange(2000, 20000)):
            lead.number = number
        for number, job in enumerate(self.jobs, self.rng.randrange(100000, 400000)):
            job.number = number
            job.record.number = job.record.number or next(self.customers)


def job_row(job: Job) -> list[str]:
    """Return a job as the field-service software exports it."""
    record, place, shown = job.record, job.place, "%m/%d/%Y"
    row = [str(job.number), job.created.strftime(shown), job.done.strftime(shown) if job.status == "Completed" else ""]
    row += [str(value) for value in vars(record).values()]
    return [*row, place.city, place.zip_code, job.kind, job.campaign, job.status, f"${job.total:,.2f}", job.notes]


def save(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows under their headings."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(dict(zip(columns, row, strict=True)) for row in rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the files of one office to a folder."""
    office = Office(Random(f"saguaro-{seed}"), leads)
    office.live()
    office.order()
    folder.mkdir(parents=True, exist_ok=True)
    save(folder / "leads.csv", POOLS["lead_columns"], ([str(lead.number), *lead.values] for lead in office.leads))
    save(folder / "jobs.csv", POOLS["job_columns"], (job_row(job) for job in office.jobs))
    for name, pairs in (("truth.csv", office.truth), ("ambiguous.csv", office.unclear)):
        save(folder / name, ("lead_id", "job_id"), sorted((lead.number, job.number) for lead, job in pairs))
    groups = ((lead.number, lead.group) for lead in office.leads if lead.group)
    save(folder / "lead_groups.csv", ("lead_id", "group_id"), groups)
