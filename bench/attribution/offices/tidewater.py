"""Write the leads and jobs of an air, heating, plumbing and crawl space contractor in coastal Virginia.

True are the jobs of a requested work: the first visit, the return with parts, the installation after an estimate, the
second stage. A job that a technician sells on site for another trade, a plan visit, and a free recall are not true.
Hard are: military owners who ask from another state while a tenant lives in the house, tenants whose landlord pays,
spouses, phone numbers of all states, storms with weeks of delay, records that the office typed years ago, families that
move across town, new residents at an old customer's address, and a campaign that says little.
"""

from __future__ import annotations

import csv
import itertools
import json
import random
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
# Numbers that no carrier assigns, so that they look like numbers of the area and belong to no one.
EXCHANGES = ["555", "211", "311", "411", "511", "611", "711", "811"]
GUARD_DAYS = 92


@dataclass
class Person:
    """Someone who asks, lives or pays."""

    first: str
    last: str
    phone: str
    email: str
    old_phone: str


@dataclass(frozen=True)
class Place:
    """An address as the post office knows it."""

    number: int
    street: str
    suffix: str
    unit: str
    city: str
    zip_code: str


@dataclass
class Account:
    """A customer record as the office typed it."""

    name: str
    phone: str
    email: str
    address: str
    place: Place
    billing: str
    old: bool
    number: int = 0


@dataclass
class Ask:
    """The day of a request and the day of the first job that it led to."""

    day: date
    job: date | None = None


@dataclass(eq=False)
class House:
    """A served address with the people who may order work for it."""

    people: list[Person]
    place: Place
    home: Place | None = None
    tenant: Person | None = None
    company: str = ""
    military: bool = False
    member: bool = False
    accounts: list[Account] = field(default_factory=list)
    asked: list[Ask] = field(default_factory=list)
    caller: Person | None = None


@dataclass
class Lead:
    """A submission of the website's form or chat."""

    at: datetime
    row: dict[str, str]
    group: int = 0
    number: str = ""


@dataclass(frozen=True)
class Order:
    """What is to be done, and how the call center files it."""

    kind: str
    unit: str
    campaign: str
    total: float
    notes: str


@dataclass
class Job:
    """A job on the office's board."""

    created: date
    scheduled: date
    account: Account
    house: House
    order: Order
    status: str
    notes: str
    number: str = ""


SEXES = ("female", "male")


class Town:
    """Invents the households of the region, and writes them as they or the call center type."""

    def __init__(self, rng: random.Random, rates: dict[str, float]) -> None:
        self.rng, self.rates = rng, rates
        self.phones: set[str] = set()
        self.weights = list(itertools.accumulate(1 / (rank + 14) ** 0.75 for rank in range(len(POOLS["last"]))))
        self.firsts = [list(itertools.accumulate(1 / (k + 12) ** 0.6 for k in range(len(POOLS[p])))) for p in SEXES]

    def phone(self, *, local: bool) -> str:
        """Return ten digits that no one else has."""
        while True:
            area = self.rng.choice(["757"] * 9 + ["948", "804"]) if local else self.rng.choice(POOLS["area"])
            number = f"{area}{self.rng.choice(EXCHANGES)}{self.rng.randrange(10000):04d}"
            if number not in self.phones:
                self.phones.add(number)
                return number

    def person(self, last: str = "", sex: int = -1) -> Person:
        """Return a new person, with the family's last name if one is given."""
        rng = self.rng
        sex = sex if sex >= 0 else rng.randrange(2)
        first = rng.choices(POOLS[SEXES[sex]], cum_weights=self.firsts[sex])[0]
        last = last or rng.choices(POOLS["last"], cum_weights=self.weights)[0]
        if rng.random() < 0.015:
            last += "-" + rng.choices(POOLS["last"], cum_weights=self.weights)[0]
        phone = self.phone(local=rng.random() < self.rates["local"])
        old = self.phone(local=True) if rng.random() < 0.12 else phone
        return Person(first, last, phone, self._email(first, last), old)

    def _email(self, first: str, last: str) -> str:
        rng = self.rng
        f, n = first.lower(), last.lower().replace("-", "")
        two = f"{rng.randrange(1, 100):02d}"
        word = rng.choice(POOLS["mail_words"])
        user = rng.choice([f"{f}.{n}", f + n, f + n + two, f[0] + n + two, f"{n}{f[0]}{two}", f"{f}{two}{word}"])
        host = rng.choice(POOLS["work"]) if rng.random() < 0.05 else rng.choice(POOLS["hosts"])
        return f"{user}{rng.randrange(10, 99) if rng.random() < 0.3 else ''}@{host}"

    def place(self) -> Place:
        """Return an address in the service area."""
        rng = self.rng
        towns = POOLS["towns"]
        city, _, zips = rng.choices(towns, weights=[town[1] for town in towns])[0]
        suffix = rng.choices(POOLS["suffixes"], weights=[9, 9, 6, 6, 5, 5, 3, 3, 2, 3, 3, 2, 1, 1])[0]
        number = rng.choice([rng.randrange(100, 1000), rng.randrange(100, 5200), rng.randrange(1000, 3000)])
        unit = rng.choice(["Apt {}", "Unit {}", "# {}"]).format(rng.randrange(1, 320)) if rng.random() < 0.07 else ""
        return Place(number, rng.choice(POOLS["streets"]), suffix, unit, city, rng.choice(zips.split()))

    def _far(self) -> Place:
        city, zips, _ = self.rng.choice(POOLS["away"])
        return replace(self.place(), unit="", city=city, zip_code=self.rng.choice(zips.split()))

    def house(self, place: Place | None = None) -> House:
        """Return a household: owners who live there, owners far away with a tenant, or a second home."""
        rng = self.rng
        adult = self.person()
        people = [adult]
        if rng.random() < 0.62:
            sex = int(adult.first in POOLS["male"])
            people.append(self.person(adult.last if rng.random() < 0.88 else "", sex))
        house = House(people, place or self.place(), military=rng.random() < 0.4)
        if rng.random() < self.rates["away"]:
            house.home = self._far() if rng.random() < 0.8 else self.place()
            house.tenant = self.person() if rng.random() < 0.8 else None
            house.military = True
        house.member = rng.random() < self.rates["member"]
        return house

    def managed(self) -> list[House]:
        """Return the houses of one property manager, who is one customer for all of them."""
        contact = self.person()
        company = self.rng.choice(POOLS["companies"])
        asked: list[Ask] = []
        count = self.rng.randrange(5, 16)
        return [House([contact], self.place(), None, self.person(), company, asked=asked) for _ in range(count)]

    def slip(self, text: str) -> str:
        """Return the text with two neighboring characters exchanged or lost."""
        at = self.rng.randrange(1, max(2, len(text) - 1))
        return text[:at] + (text[at + 1 : at + 2] + text[at] if self.rng.random() < 0.5 else "") + text[at + 2 :]

    def street(self, place: Place, *, neat: bool) -> str:
        """Return the street line, neat as the software completes it or as someone types it."""
        rng = self.rng
        suffix = POOLS["short"][place.suffix] if neat or rng.random() < 0.55 else place.suffix
        if not neat and rng.random() < 0.05:
            suffix = ""
        unit = "" if not neat and rng.random() < 0.3 else place.unit
        line = " ".join(part for part in [str(place.number), place.street, suffix, unit] if part)
        if not neat and rng.random() < 0.03:
            line = self.slip(line)
        return line.lower() if not neat and rng.random() < 0.12 else line

    def _heard(self, name: str) -> str:
        if self.rng.random() < 0.12:
            name = str(POOLS["heard"].get(name, name))
        return self.slip(name) if self.rng.random() < 0.015 else name

    def account(self, house: House) -> Account:
        """Type a customer record for a house, in the name of whoever the office counts as the customer."""
        rng = self.rng
        payer = house.people[1 if len(house.people) > 1 and rng.random() < 0.3 else 0]
        if house.caller and rng.random() < (0.4 if house.caller is house.tenant else 0.88):
            payer = house.caller
        elif house.tenant and not house.company and rng.random() < 0.2:
            payer = house.tenant
        house.caller = house.caller or payer
        old = rng.random() < 0.2
        phone = payer.old_phone if old or rng.random() < 0.04 else payer.phone
        if rng.random() < 0.012:
            phone = phone[:-2] + phone[-1] + phone[-2]
        email = "" if rng.random() < self.rates["no_email"] else payer.email
        if not email and rng.random() < 0.08:
            email = rng.choice(["none@example.com", "noemail@example.com", "declined"])
        elif email and rng.random() < 0.05:
            email = self._email(payer.first, payer.last)
        home = house.home if house.home and rng.random() < 0.7 else house.place
        billing = f"{self.street(home, neat=True)}, {home.city} {home.zip_code}"
        address = self.street(house.place, neat=rng.random() < 0.9)
        name = house.company if house.company and rng.random() < 0.9 else self._name(payer, house)
        return Account(name, phone, email, address, house.place, billing, old)

    def _name(self, payer: Person, house: House) -> str:
        rng = self.rng
        first, last = self._heard(payer.first), self._heard(payer.last)
        if rng.random() < 0.1:
            first = POOLS["nick"].get(payer.first, first)
        others = [other for other in house.people if other is not payer]
        if others and payer in house.people and rng.random() < 0.1:
            first = f"{first} & {others[0].first}"
        name = f"{last}, {first}" if rng.random() < self.rates["last_first"] ** 3 else f"{first} {last}"
        if rng.random() < 0.03:
            name += rng.choice([" (Owner)", " - RENTAL", " *MIL*", " Jr", " - DO NOT TEXT"])
        return name.upper() if rng.random() < 0.05 else name

    def dial(self, digits: str, style: int) -> str:
        """Return the phone number in one of the usual formats."""
        a, b, c = digits[:3], digits[3:6], digits[6:]
        return [f"({a}) {b}-{c}", f"{a}-{b}-{c}", digits, f"+1{digits}", f"{a}.{b}.{c}", f"1 {a} {b} {c}"][style]


class Office:
    """Lives through the period and keeps what the website and the board recorded."""

    def __init__(self, seed: int, leads: int) -> None:
        self.rng = random.Random(f"tidewater-{seed}")
        self.rates = {name: self.rng.uniform(*span) for name, span in POOLS["rates"].items()}
        self.town = Town(self.rng, self.rates)
        self.wanted = leads
        first = date(self.rng.choice([2022, 2023, 2024]), self.rng.choice([1, 3, 7, 10]), 1)
        self.days = [first + timedelta(k) for k in range(self.rng.randrange(380, 560))]
        self.storms = self._storms()
        self.jobs: list[Job] = []
        self.leads: list[Lead] = []
        self.truth: list[tuple[Lead, Job]] = []
        self.unclear: list[tuple[Lead, Job]] = []
        self.askers: list[House] = []
        self.base = [self.town.house() for _ in range(leads)]
        for house in self.base:
            house.accounts.append(self.town.account(house))
            house.accounts[0].old = True
        # Managers are found by the number of houses, so a small office has at least one.
        self.managed = [h for _ in range(max(1, leads // 250)) for h in self.town.managed()]

    def _storms(self) -> dict[date, float]:
        """Return how strong the last hurricane or nor'easter still is, for the days that feel it."""
        strength: dict[date, float] = {}
        for day in self.days:
            chance = {8: 0.016, 9: 0.03, 10: 0.024}.get(day.month, 0.01 if day.month in (11, 12, 1, 2, 3) else 0)
            if self.rng.random() < chance:
                peak = self.rng.uniform(0.3, 1) if day.month in (8, 9, 10) else self.rng.uniform(0.1, 0.5)
                for after in range(12):
                    key = day + timedelta(after)
                    strength[key] = max(strength.get(key, 0), peak * (1 - after / 12))
        return strength

    def _picks(self, count: int) -> list[tuple[date, dict[str, Any]]]:
        options = [(day, service) for day in self.days for service in POOLS["services"]]
        weights: list[float] = []
        for day, service in options:
            storm = 1 + (service["storm"] - 1) * self.storms.get(day, 0.0)
            weights.append(service["season"][day.month - 1] * storm * (0.6 if day.weekday() > 4 else 1.0))
        return sorted(self.rng.choices(options, weights, k=count), key=lambda pick: pick[0])

    def live(self) -> None:
        """Run the requests, then the calls, then the plan visits."""
        for day, service in self._picks(self.wanted):
            if len(self.leads) < self.wanted:
                self._request(day, service)
        for day, service in self._picks(int(self.wanted * self.rates["calls"])):
            self._call(day, service)
        self._plan_visits()

    def _asker(self, day: date) -> House:
        """Return who asks today: a manager, an earlier asker, a customer, or someone new."""
        rng = self.rng
        roll = rng.random()
        if roll < self.rates["manager"]:
            return rng.choice(self.managed)
        pool = self.askers if roll < 0.08 else self.base if roll < 0.08 + self.rates["known"] else []
        if pool:
            house = rng.choice(pool)
            if not house.asked or (day - house.asked[-1].day).days > 125:
                return house
        # Military houses change hands, so the address is sometimes an old customer's.
        return self.town.house(rng.choice(self.base).place if rng.random() < 0.04 else None)

    def _request(self, day: date, service: dict[str, Any]) -> None:
        rng = self.rng
        if rng.random() < 0.012:
            self._junk(day)
            return
        house = self._asker(day)
        if not house.company:
            self.askers.append(house)
        who = house.tenant if house.tenant and rng.random() < 0.4 and not house.company else rng.choice(house.people)
        if house.caller and rng.random() < 0.75:
            who = house.caller
        house.caller = who if not house.company else house.people[0]
        leads, last = [self._form(house, who, service, day)], day
        if rng.random() < self.rates["twice"] and len(self.leads) < self.wanted:
            again = who if rng.random() < 0.75 or house.company else rng.choice(house.people)
            last = min(day + timedelta(rng.choice([0, 0, 1, 2])), self.days[-1])
            leads.append(self._form(house, again, service, last))
            for lead in leads:
                lead.group = len(self.leads)
        ask = Ask(day)
        chance = self.rates["booked"] * (0.85 if self.storms.get(day, 0) > 0.4 else 1)
        if house.company or house.accounts:
            chance = 0.97 if house.company else min(0.85, chance + 0.25)
        if rng.random() < chance:
            self._work(house, service, last, leads, ask)
        house.asked.append(ask)

    def _junk(self, day: date) -> None:
        person = self.town.person()
        lead = self._form(House([person], self.town.place()), person, POOLS["services"][0], day)
        lead.row["Message"] = self.rng.choice(POOLS["spam"])
        if lead.row["Message"].startswith("test"):
            lead.row |= {"First Name": "Test", "Last Name": "Test", "Email": "webmaster@example.com"}

    def _form(self, house: House, who: Person, service: dict[str, Any], day: date) -> Lead:
        rng, town = self.rng, self.town
        at = datetime.combine(day, time(min(23, max(0, int(rng.gauss(14, 4.5)))), rng.randrange(60)))
        chat = rng.random() < 0.1
        # People far away or with a second home give the address where they are in a third of the requests.
        elsewhere = house.home is not None and who is not house.tenant and rng.random() < 0.35
        place = house.home if elsewhere and house.home else house.place
        message = rng.choice(service["messages"])
        if elsewhere:
            message = f"{message}. For my {'rental' if house.tenant else 'other'} house in {house.place.city}"
            if rng.random() < 0.6:
                message += f", {town.street(house.place, neat=False)}"
        elif rng.random() < 0.25:
            message = f"{message} {rng.choice(POOLS['contexts'])}".strip()
        phone = who.old_phone if rng.random() < 0.02 else who.phone
        style = rng.randrange(6) if chat else 0
        cells = [*self._form_name(who), "" if rng.random() < 0.025 else town.dial(phone, style)]
        cells.append("" if rng.random() < (0.35 if chat else 0.06) else self._form_email(who))
        cells.append("" if rng.random() < (0.7 if chat else 0.14) else town.street(place, neat=False))
        cells.append(place.city if rng.random() < 0.8 else "")
        cells.append("" if rng.random() < (0.4 if chat else 0.03) else place.zip_code)
        page = "Chat" if chat else rng.choice(POOLS["pages"])
        source = rng.choices(POOLS["sources"], weights=POOLS["source_weights"])[0]
        cells += [rng.choice(service["labels"]), self._role(house, who), page, source, message]
        row = dict(zip(POOLS["lead_headings"], cells, strict=True))
        lead = Lead(at, row)
        if chat:
            # The chat vendor stamps its rows in universal time.
            lead.at += timedelta(hours=4 if 3 < day.month < 11 else 5)
        self.leads.append(lead)
        return lead

    def _form_name(self, who: Person) -> tuple[str, str]:
        rng = self.rng
        first = POOLS["nick"].get(who.first, who.first) if rng.random() < 0.2 else who.first
        last = self.town.slip(who.last) if rng.random() < 0.01 else who.last
        if rng.random() < 0.04:
            first, last = rng.choice([(first, ""), (first, last[0]), (f"{first} {last}", "")])
        style = rng.random()
        if style < 0.1:
            return first.lower(), last.lower()
        return (first.upper(), last.upper()) if style < 0.13 else (first + " " * (style > 0.95), last)

    def _form_email(self, who: Person) -> str:
        roll = self.rng.random()
        if roll < 0.015:
            return who.email.replace("gmail.com", "gmial.com").replace("yahoo.com", "yaho.com")
        return who.email.capitalize() if roll < 0.1 else who.email

    def _role(self, house: House, who: Person) -> str:
        answer = "Property Manager" if house.company else "Renter" if who is house.tenant else "Homeowner"
        return answer if self.rng.random() < 0.7 else ""

    def _account(self, house: House) -> Account:
        """Find the customer, or type the record again when the search fails."""
        if not house.accounts or self.rng.random() < self.rates["retyped"]:
            house.accounts.append(self.town.account(house))
        return house.accounts[-1]

    def _free(self, house: House, day: date, ahead: int = 0) -> bool:
        """Tell whether an unrelated job on this day would not be taken for the answer to an open request."""
        for ask in house.asked:
            close = ask.day - timedelta(ahead) <= day <= ask.day + timedelta(GUARD_DAYS)
            if close and (ask.job is None or day <= ask.job):
                return self.rng.random() < 0.01
        return True

    def _book(self, house: House, day: date, wait: int, order: Order) -> Job:
        rng = self.rng
        wait += rng.choice([0, 0, 1, 2]) + int(12 * self.storms.get(day, 0) * rng.random())
        scheduled = day + timedelta(wait)
        status = "Completed" if scheduled <= self.days[-1] else "Scheduled"
        extra = rng.choice(POOLS["visits"]) if rng.random() < 0.5 else ""
        if house.tenant and rng.random() < 0.55:
            who = house.tenant
            extra = f"tenant {who.first} {self.town.dial(who.phone, rng.randrange(3))}. {extra}".strip()
        notes = ". ".join(part for part in [order.notes, extra] if part)
        self.jobs.append(Job(day, scheduled, self._account(house), house, order, status, notes))
        return self.jobs[-1]

    def _work(self, house: House, service: dict[str, Any], day: date, leads: list[Lead], ask: Ask | None) -> None:
        """Book the first visit and all that continues it."""
        rng = self.rng
        day += timedelta(rng.choices([0, 1, 2, 4, 9, 24], [60, 20, 9, 6, 4, 1])[0] if leads else 0)
        if day > self.days[-1]:
            return
        web = bool(leads) and rng.random() < self.rates["credit"]
        campaign = rng.choice(POOLS["jobweb" if web else "jobcall"])
        kind = rng.choice(service["first"])
        unit = service["unit"]
        if rng.random() < 0.04:
            kind, unit = "Service Call", rng.choice(["HVAC Service", "Plumbing"])
        notes = rng.choice(service["notes"]) if not leads or rng.random() < 0.55 else leads[-1].row["Message"]
        notes = notes[: rng.randrange(15, 80)].strip() if rng.random() < 0.75 else ""
        order = Order(kind, unit, campaign, self._price(service["low"], service["high"]), notes)
        job = self._spoil(self._book(house, day, rng.randrange(service["wait"] + 1), order))
        if job.status == "Canceled":
            return
        if ask:
            ask.job = job.created
        chain = [job, *self._follow(job, service)]
        if leads and leads[-1].at.date() == day and rng.random() < 0.012 and not web:
            # On the same day the customer may have called before or after the request: no one can tell.
            self.unclear += [(lead, job) for lead in leads for job in chain]
        else:
            self.truth += [(lead, job) for lead in leads for job in chain]
        self._aside(job)

    def _spoil(self, job: Job) -> Job:
        """Cancel the job, book it twice, or leave it, and return the job that counts."""
        rng = self.rng
        roll = rng.random()
        if roll < 0.07:
            job.status, job.notes = "Canceled", rng.choice(POOLS["cancels"])
            if roll < 0.035 and job.scheduled < self.days[-1]:
                again = min(job.scheduled + timedelta(rng.randrange(6)), self.days[-1])
                return self._book(job.house, again, 1, job.order)
        elif roll < 0.085:
            copy = self._book(job.house, job.created, 1, job.order)
            copy.status, copy.notes = "Canceled", "DUPLICATE - see other job"
        return job

    def _price(self, low: int, high: int) -> float:
        if self.rng.random() < 0.3:
            return float(low)
        return round(low + (high - low) * self.rng.betavariate(1.3, 2.6), 2 if self.rng.random() < 0.5 else 0)

    def _follow(self, job: Job, service: dict[str, Any]) -> list[Job]:
        """Book the second and third visits that continue the same work."""
        rng = self.rng
        chain: list[Job] = []
        for step in service["then"]:
            if not chain and rng.random() < step[1]:
                chain += self._later(job, step)
        if chain and rng.random() < service["after"][1]:
            chain += self._later(chain[0], service["after"])
        return chain

    def _later(self, job: Job, step: list[Any]) -> list[Job]:
        """Book a return visit, created when it was sold and done some days later."""
        rng = self.rng
        kind, _, least, most, low, high, notes = step
        created = job.scheduled + timedelta(rng.choice([0, 0, 0, 1, 3, rng.randrange(4, 30)]))
        if created > self.days[-1]:
            return []
        unit = "HVAC Install" if kind.startswith("INSTALL - C") else job.order.unit
        # Technicians' sales are filed under their own campaign when the technician wants the bonus.
        campaign = rng.choice([job.order.campaign] * 2 + ["Tech Generated Lead", "Existing Customer"])
        notes = notes if rng.random() < 0.7 else ""
        order = Order(kind, unit, campaign, self._price(low, high), notes)
        return [self._book(job.house, created, rng.randrange(least, most + 1) // 2, order)]

    def _aside(self, job: Job) -> None:
        """Book what follows the visit for another reason: another trade that was sold on site, or a free recall."""
        rng = self.rng
        roll = rng.random()
        if roll < 0.06:
            kind, unit, low, high, notes = rng.choice(POOLS["crosses"])
            created = job.scheduled + timedelta(rng.choice([0, 0, 1, 5, 12]))
            order = Order(kind, unit, "Tech Generated Lead", self._price(low, high), notes)
        elif roll < 0.095:
            unit = job.order.unit
            created = job.scheduled + timedelta(rng.randrange(2, 45))
            order = Order(f"RECALL - {unit}", unit, "Existing Customer", 0.0, rng.choice(POOLS["recalls"]))
        else:
            return
        if created <= self.days[-1] and self._free(job.house, created):
            self._book(job.house, created, 2, order)

    def _call(self, day: date, service: dict[str, Any]) -> None:
        rng = self.rng
        pools = [self.base, self.askers or self.base, self.managed, []]
        pool = rng.choices(pools, [50, 14, 3, 33])[0]
        former = rng.choice(self.askers or self.base).place if rng.random() < 0.04 else None
        house = rng.choice(pool) if pool else self.town.house(former)
        # A call's second visits come up to two months later and must not follow a request, either.
        if not self._free(house, day, 60):
            return
        if house.military and house in self.askers and rng.random() < 0.15:
            # The family moved across town with its phones, and sometimes its customer record.
            kept = house.accounts[-1:] if rng.random() < 0.3 else []
            house = House(house.people, self.town.place(), accounts=kept, asked=house.asked)
        self._work(house, service, day, [], None)

    def _plan_visits(self) -> None:
        rng = self.rng
        for house in dict.fromkeys([*self.base, *self.askers]):
            if not house.member or not house.accounts:
                continue
            # New customers join with their first visit, so their plan begins later.
            start = self.days[0] if house.accounts[0].old else rng.choice(self.days)
            for month in [day for day in self.days if day.day == 1 and day >= start and day.month in (3, 10)]:
                day = month + timedelta(rng.randrange(70))
                if day > self.days[-1] or rng.random() < 0.2 or not self._free(house, day):
                    continue
                kind = f"MNT - Plan Visit ({'Spring' if month.month == 3 else 'Fall'})"
                total = self._price(49, 380) if rng.random() < 0.12 else 0.0
                notes = rng.choice(["plan visit", "", "VIP"])
                self._book(house, day, 9, Order(kind, "HVAC Maintenance", "Membership", total, notes))

    def number(self) -> None:
        """Give IDs in the order in which the software would have."""
        self.leads.sort(key=lambda lead: lead.at)
        for k, lead in enumerate(self.leads):
            lead.number = f"W-{10482 + k}"
        self.jobs.sort(key=lambda job: job.created)
        taken = {False: 48210, True: 3307}
        for k, job in enumerate(self.jobs):
            job.number = str(61034177 + 3 * k + k % 3)
            if not job.account.number:
                taken[job.account.old] += 1
                job.account.number = taken[job.account.old]


def _job_row(job: Job, town: Town) -> dict[str, str]:
    account, order, done = job.account, job.order, job.status == "Completed"
    created, scheduled = job.created.strftime("%m/%d/%Y"), job.scheduled.strftime("%m/%d/%Y")
    member = "Y" if job.house.member and account.old else "N"
    cells = [job.number, created, scheduled, scheduled if done else "", job.status, str(account.number), account.name]
    cells += [town.dial(account.phone, 0), account.email, account.address, account.place.city, account.place.zip_code]
    cells += [account.billing, order.unit, order.kind, order.campaign, member]
    cells += [f"${order.total if done else 0:,.2f}", job.notes]
    return dict(zip(POOLS["job_headings"], cells, strict=True))


def _save(path: Path, rows: list[dict[str, str]], heads: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, heads)
        writer.writeheader()
        writer.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the files of one office to a folder."""
    office = Office(seed, leads)
    office.live()
    office.number()
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        {"Lead ID": lead.number, "Date Received": lead.at.strftime("%m/%d/%Y %I:%M %p"), **lead.row}
        for lead in office.leads
    ]
    board = [_job_row(job, office.town) for job in office.jobs]
    groups = [{"lead_id": lead.number, "group_id": f"G{lead.group}"} for lead in office.leads if lead.group]
    pairs = ["lead_id", "job_id"]
    _save(folder / "leads.csv", rows, list(rows[0]) if rows else ["Lead ID"])
    _save(folder / "jobs.csv", board, list(board[0]) if board else ["Job #"])
    _save(folder / "lead_groups.csv", groups, ["lead_id", "group_id"])
    for name, found in (("truth", office.truth), ("ambiguous", office.unclear)):
        links = [{"lead_id": lead.number, "job_id": job.number} for lead, job in found if job.status != "Canceled"]
        _save(folder / f"{name}.csv", links, pairs)
