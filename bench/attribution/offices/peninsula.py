"""Write the leads and jobs of an electrical, heat pump and plumbing office on a dense California peninsula.

The office serves houses, condominiums and rear units of a coastal metropolitan area with Chinese, Indian, Filipino and
Hispanic families. True are the jobs of the same work: the visit that a request asked for, the repair or installation
that follows it, and the inspection of its permit; both rows of a request that was submitted twice share these jobs.
Hard are names in another order or language, families with one email, many units at one street number, grown children
who ask for their parents, owners who pay for tenants, panels that are upgraded when a charger was asked for, quotes
that are accepted months later, and other work that the same customer orders while an estimate is open.
"""

import csv
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

_POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
_PACIFIC = ZoneInfo("America/Los_Angeles")
_LONG_AGO = datetime(2000, 1, 1, tzinfo=_PACIFIC)
_WORK_START, _WORK_END = 7.5, 17.8
type Rates = dict[str, float]
type Need = dict[str, Any]
type Record = dict[str, str]


@dataclass
class Person:
    """A person with the name that they use daily and the number and mailbox that they give."""

    first: str
    last: str
    nick: str
    group: str
    phone: str
    old_phone: str
    email: str


@dataclass
class Place:
    """A house, a condominium or a rear unit."""

    number: int
    street: str
    suffix: list[str]
    unit: str
    city: str
    zip_code: str


@dataclass
class Home:
    """People who order work for one or more dwellings, and what the office already knows about them."""

    people: list[Person]
    places: list[Place]
    landlord: Person | None = None
    helper: Person | None = None
    company: str = ""
    records: list[Record] = field(default_factory=list)
    busy: datetime = _LONG_AGO
    settled: bool = False


@dataclass(frozen=True)
class Order:
    """What is to be done where, for which customer record, and the campaign that the office filed."""

    place: Place
    record: Record
    need: Need
    campaign: str


@dataclass(eq=False)
class Lead:
    """A row of the website's export."""

    at: datetime
    row: dict[str, str]


@dataclass(eq=False)
class Job(Lead):
    """A row of the field-service software's export."""

    done: datetime
    total: float = 0.0


class Town:
    """The people and the dwellings of the area."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.phones: set[str] = set()
        self.emails: set[str] = set()
        self.places: list[Place] = []
        self.families: dict[tuple[int, str], Person] = {}
        self.groups = [(name, pool["weight"] * rng.uniform(0.7, 1.3)) for name, pool in _POOLS["names"].items()]

    def choose(self, pairs: Sequence[Sequence[Any]]) -> Any:
        """Return the first element of a pair, by the weight in its last."""
        return self.rng.choices([pair[0] for pair in pairs], [pair[-1] for pair in pairs])[0]

    def common(self, pool: list[str], flat: float) -> str:
        """Return one of a pool whose earlier entries are more common."""
        return self.rng.choices(pool, [1 / (rank + flat) for rank in range(len(pool))])[0]

    def phone(self) -> str:
        """Return ten digits that no one else has."""
        for _ in range(200):
            areas = _POOLS["areas_local"] if self.rng.random() < 0.82 else _POOLS["areas_far"]
            digits = f"{self.common(areas, 2)}555{self.rng.randrange(10_000):04d}"
            if digits not in self.phones:
                break
        self.phones.add(digits)
        return digits

    def email(self, first: str, last: str, nick: str) -> str:
        """Return a mailbox of the kind that such a person has."""
        one, two, short = (
            "".join(c for c in part.lower() if c.isascii() and c.isalpha()) for part in (first, last, nick or first)
        )
        stem = self.rng.choice(_POOLS["email_stems"]).format(one=one, two=two, short=short)
        if self.rng.random() < 0.5:
            stem += str(self.rng.choice((self.rng.randrange(1, 100), self.rng.randrange(1960, 2004), 8, 88, 888)))
        host = self.choose(_POOLS["hosts"])
        while f"{stem}@{host}" in self.emails:
            stem += str(self.rng.randrange(10))
        self.emails.add(f"{stem}@{host}")
        return f"{stem}@{host}"

    def person(self, group: str = "", last: str = "") -> Person:
        """Return someone new, of the family if a last name is given."""
        group = group or self.choose(self.groups)
        pool = _POOLS["names"][group]
        first = self.common(pool["first"], 12)
        last = last or self.common(pool["last"], 5)
        if group == "hispanic" and " " not in last and self.rng.random() < 0.17:
            last += self.rng.choice((" ", " ", "-")) + self.common(pool["last"], 5)
        if group == "chinese" and self.rng.random() < 0.42:
            first = self.rng.choice(pool["alt"])
        nick = self._nick(pool, first, group)
        phone = self.phone()
        old = self.phone() if self.rng.random() < 0.15 else phone
        return Person(first, last, nick, group, phone, old, self.email(first, last, nick))

    def _nick(self, pool: dict[str, Any], first: str, group: str) -> str:
        if group == "anglo":  # Only English first names have a fixed short form, at the same rank.
            short = dict(zip(pool["first"], pool["alt"], strict=False)).get(first, "")
            return short if short[:1] == first[0] else ""
        return self.rng.choice(pool["alt"]) if self.rng.random() < 0.35 and first not in pool["alt"] else ""

    def place(self) -> Place:
        """Return a dwelling; many share the street number of one that exists."""
        kind = self.rng.random()
        if self.places and kind < 0.27:
            near = self.rng.choice(self.places[-400:])
            if near.unit.isdigit() or near.unit == "":
                return self._beside(near)
        city, zip_code, _ = self.choose([(row, row[2]) for row in _POOLS["cities"]])
        unit = str(self.rng.randrange(1, 13)) if kind > 0.72 else ""
        if kind > 0.8:
            unit = str(self.rng.choice((101, 201, 301, 401)) + self.rng.randrange(12))
        place = Place(
            int(10 ** self.rng.uniform(1.9, 3.6)), self.rng.choice(_POOLS["streets"]),
            self.rng.choice(_POOLS["suffixes"][: self.rng.choice((3, 6, 10))]), unit, city, zip_code,
        )  # fmt: skip
        self.places.append(place)
        return place

    def _beside(self, near: Place) -> Place:
        if near.unit:
            return replace(near, unit=str(int(near.unit) + self.rng.choice((-1, 1, 2, 3, 100))))
        if self.rng.random() < 0.65:
            return replace(near, unit=self.rng.choice(_POOLS["rear_units"]))
        return replace(near, number=near.number + self.rng.choice((2, 4, 6, 8)))

    def home(self, rates: Rates) -> Home:
        """Return a household with its members, its owner and whoever asks for it."""
        place = self.place()
        main = self.families.get((place.number, place.street))
        if main and self.rng.random() < (0.4 if place.unit in _POOLS["rear_units"] else 0):
            first = self.person(main.group, main.last)  # A parent or a grown child lives in the rear unit.
            first.email = main.email if self.rng.random() < 0.12 else first.email
        else:
            first = self.families[place.number, place.street] = self.person()
        more = range(self.choose(((0, 35), (1, 48), (2, 17))))
        people = [first, *(self.person(first.group, first.last if self.rng.random() < 0.75 else "") for _ in more)]
        if self.rng.random() < 0.38:
            for member in people[1:]:
                member.email = first.email
        home = Home(people, [place])
        if self.rng.random() < rates["landlord"]:
            home.landlord = self.person()
        elif self.rng.random() < rates["child"]:
            home.helper = self.person(first.group, first.last if self.rng.random() < 0.6 else "")
        elif self.rng.random() < 0.06:
            home.places.append(self.place())
        return home


class Clerk:
    """How people type on the website and how the office types what it hears."""

    def __init__(self, rng: Random, rates: Rates) -> None:
        self.rng = rng
        self.rates = rates

    def maybe(self, text: str, factor: float = 1.0) -> str:
        """Return the text, sometimes with one letter lost, doubled, exchanged or heard as another."""
        if len(text) < 4 or self.rng.random() > self.rates["typo"] * factor:
            return text
        at = self.rng.randrange(1, len(text) - 1)
        instead = self.rng.choice(("", text[at] * 2, _POOLS["heard_letters"].get(text[at], "")))
        return text[:at] + instead + text[at + 1 :]

    def street(self, place: Place, *, office: bool) -> str:
        """Return the street line; only the website has the unit in it."""
        suffix = place.suffix[0 if self.rng.random() < 0.7 else 1]
        line = f"{place.number} {self.maybe(place.street, 0.7)} {suffix}"
        if self.rng.random() < 0.04:
            line = f"{place.number} {place.street}"
        if office or not place.unit or self.rng.random() < 0.13:
            return line
        line += self.rng.choice((" {}", ", {}", ", {}")).format(self.unit(place.unit))
        return line.lower() if self.rng.random() < 0.08 else line

    def unit(self, unit: str) -> str:
        """Return the unit in one of the ways that people write it."""
        words = _POOLS["rear_words"] if unit in ("Rear", "ADU", "In-law") else _POOLS["unit_forms"]
        return str(self.rng.choice(words)).format(unit)

    def phone(self, digits: str, *, office: bool) -> str:
        """Return the number as it was typed."""
        if office and self.rng.random() < 0.93:
            return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
        style: str = self.rng.choice(_POOLS["phone_styles"])
        return style.format(digits[:3], digits[3:6], digits[6:])

    def given(self, person: Person) -> tuple[str, str]:
        """Return the first and the last name as the person enters them on the website."""
        first, last = person.nick if person.nick and self.rng.random() < 0.3 else person.first, person.last
        if self.rng.random() < (0.08 if person.group in ("chinese", "indian") else 0.012):
            first, last = last, first
        elif person.group == "hispanic" and self.rng.random() < 0.3:
            last = last.replace("-", " ").split()[0]
        elif person.group == "chinese" and person.nick and self.rng.random() < 0.2:
            first = f"{person.first} ({person.nick})"
        if self.rng.random() < 0.07:
            return first.lower(), last.lower()
        return first, last[0] if self.rng.random() < 0.012 else last

    def heard(self, person: Person) -> str:
        """Return the customer's name as the office writes it from a call."""
        first = person.nick if person.nick and self.rng.random() < 0.35 else person.first
        last = person.last
        if person.group == "indian" and self.rng.random() < 0.06:
            last = last[0]
        elif person.group in ("hispanic", "filipino") and self.rng.random() < 0.25:
            last = last.replace("-", " ").split()[-1]
        elif person.group == "filipino" and self.rng.random() < 0.4:
            first = first.split()[0]
        if self.rng.random() < (0.09 if person.group in ("chinese", "vietnamese", "korean") else 0.01):
            first, last = last, first
        hard = 2.5 if len(last) > 8 or person.group in ("indian", "vietnamese", "islander") else 1.2
        first, last = self.maybe(first, hard), self.maybe(last, hard)
        return f"{last}, {first}" if self.rng.random() < 0.25 else f"{first} {last}"


class Office:
    """A year and more of the office: requests, calls, plans, and what came of them."""

    def __init__(self, rng: Random, leads: int) -> None:
        self.rng = rng
        self.wanted = leads
        self.rates: Rates = {name: rng.uniform(*bounds) for name, bounds in _POOLS["rates"].items()}
        self.town = Town(rng)
        self.clerk = Clerk(rng, self.rates)
        self.start = datetime(2024, 1, 1, tzinfo=_PACIFIC) + timedelta(days=rng.randrange(240))
        self.end = self.start + timedelta(days=rng.randrange(400, 560))
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.truth: list[tuple[Lead, Job]] = []
        self.ambiguous: list[tuple[Lead, Job]] = []
        self.customers = 0
        self.groups: list[tuple[Lead, Lead]] = []

    def run(self) -> None:
        """Let households live until the website has its number of requests."""
        for name in self.rng.sample(_POOLS["managers"], self.rng.randrange(4, 8)):
            dwellings = [self.town.place() for _ in range(self.rng.randrange(6, 25))]
            self._live(Home([self.town.person()], dwellings, company=name), self._kinds("manager"))
        while len(self.leads) < self.wanted:
            if self.rng.random() < 0.03:
                self._junk()
                continue
            self._live(self.town.home(self.rates), [*self._kinds("before"), "web", *self._kinds("after")])
            for _ in range(int(self.rates["calls"] + self.rng.random())):
                self._live(self.town.home(self.rates), self._kinds("alone"))

    def _kinds(self, when: str) -> list[str]:
        life = _POOLS["lives"][when]
        return [self.town.choose(life["kinds"]) for _ in range(self.town.choose(life["counts"]))]

    def _live(self, home: Home, kinds: list[str]) -> None:
        """Let a household order what it orders, one thing after the other."""
        free = self.start + (self.end - self.start) * self.rng.uniform(-0.15, 1)
        if self.rng.random() < 0.08 and not home.company:
            who = self.rng.choice(home.people)
            home.records.append(self._record(self.clerk.heard(who).upper(), who.old_phone, ""))
        for kind in kinds:
            # A request waits until earlier work is over; a call or a plan's visit does not wait for an installation.
            ready = max(free, home.busy) if kind == "web" else free
            at = ready + timedelta(days=self.rng.expovariate(1 / 55), hours=self.rng.uniform(1, 20))
            if at > self.end:
                return
            order = {"web": self._request, "call": self._call, "plan": self._plan}[kind]
            free = order(home, self.rng.choice(home.places), at)

    def _need(self, at: datetime) -> Any:
        weights = [need["weight"] * _POOLS["seasons"][need["season"]][at.month - 1] for need in _POOLS["needs"]]
        return self.rng.choices(_POOLS["needs"], weights)[0]

    def _request(self, home: Home, place: Place, at: datetime) -> datetime:
        """Submit a request and do what comes of it; return when the household may order something else."""
        hour = self.rng.triangular(6.5, 23.5, 13 if self.rng.random() < 0.6 else 20)
        at = at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1, seconds=int(hour * 3600))
        who = home.helper if home.helper and self.rng.random() < 0.8 else self.rng.choice(home.people[:2])
        need = self._need(at)
        leads = [self._lead(home, who, place, need, at)]
        if self.rng.random() < self.rates["duplicate"]:
            other = who if self.rng.random() < 0.75 else self.rng.choice(home.people)
            again = at + timedelta(seconds=int(self.rng.expovariate(1 / 50_000)))
            leads.append(self._lead(home, other, place, need, again))
        kept = [lead for lead in leads if self._keep(lead)]
        if len(kept) > 1:
            self.groups.append((kept[0], kept[1]))
        ease = 1.25 if need["lag"] < 3 else 0.85
        if self.rng.random() > self.rates["convert"] * ease * (1.3 if home.records else 1):
            return self._lost(home, place, need, leads[-1], who)
        order = Order(place, self._customer(home, who, leads[0]), need, self._campaign(web=True))
        home.records, home.settled = [order.record], True  # Whoever calls next finds this recent customer.
        delay = self.rng.lognormvariate(math.log(3 if need["lag"] < 3 else 14), 1.3)
        jobs = self._work(home, order, leads[-1].at + timedelta(hours=min(delay, 1500)))
        self.truth += [(lead, job) for lead in kept for job in jobs]
        return jobs[0].done

    def _keep(self, lead: Lead) -> bool:
        if lead.at < self.start or lead.at > self.end or len(self.leads) >= self.wanted:
            return False
        self.leads.append(lead)
        return True

    def _lost(self, home: Home, place: Place, need: Need, lead: Lead, who: Person) -> datetime:
        """Return when a household whose request came to nothing may order again, after a near miss or none."""
        chance = self.rng.random()
        other = home.people[-1]
        near = who is not other and who.email != other.email
        later = lead.at + timedelta(days=self.rng.uniform(20, 80))
        record = self._record(self.clerk.heard(other), other.phone, other.email)
        order = Order(place, record, need, self._campaign(web=False))
        if chance < 0.002:
            self._void(order, later, _POOLS["cancel_notes"])
        elif chance < 0.03 and near:
            self._work(home, replace(order, need=self._need(later)), later)
        elif chance < 0.05 and near and lead in self.leads[-2:]:
            # The spouse called months later about the same kind of work: no one knows whether they recalled the quote.
            later += timedelta(days=50)
            job = self._job(order, need["first"][0], later, need["lag"])
            job.total = round(self.rng.uniform(*need["first_total"]), 2)
            self.ambiguous.append((lead, job))
        home.busy = max(home.busy, later) + timedelta(days=92)
        return later if self.rng.random() < 0.003 else home.busy

    def _call(self, home: Home, place: Place, at: datetime) -> datetime:
        record = self._customer(home, self.rng.choice(home.people), None)
        order = Order(place, record, self._need(at), self._campaign(web=False))
        if self.rng.random() < 0.05:
            self._void(order, at, _POOLS["cancel_notes"])
            return at
        return self._work(home, order, at)[0].done

    def _plan(self, home: Home, place: Place, at: datetime) -> datetime:
        campaign = self.rng.choice(("Membership", "Membership", ""))
        order = Order(place, self._customer(home, home.people[0], None), self.rng.choice(_POOLS["plans"]), campaign)
        job = self._job(order, self.rng.choice(order.need["first"]), at, order.need["lag"])
        job.total = self.rng.choice((0, 0, 0, 89, 129))
        home.busy = max(home.busy, job.done)
        return job.done

    def _work(self, home: Home, order: Order, at: datetime) -> list[Job]:
        """Make the jobs of one piece of work, with what surrounds them but is not part of it."""
        need = order.need
        straight = need["later"] and self.rng.random() < 0.07
        jobs = [self._job(order, self.rng.choice(need["later" if straight else "first"]), at, need["lag"])]
        jobs[0].total = round(self.rng.uniform(*need["later_total" if straight else "first_total"]), 2)
        if self.rng.random() < 0.02:
            self._void(order, jobs[0].at + timedelta(minutes=self.rng.randrange(1, 40)), _POOLS["dup_notes"])
        if home.landlord and self.rng.random() < 0.6:
            tenant = home.people[0]
            reach = f"Tenant {tenant.first} {self.clerk.phone(tenant.phone, office=True)}"
            jobs[0].row["Notes"] = f"{reach}. {jobs[0].row['Notes']}".removesuffix(". ")
        if not straight and self.rng.random() < need["p_later"] * self.rates["follow"]:
            wait = self.rng.lognormvariate(math.log(2 + need["lag"] * 2.2), 0.9)
            if self.rng.random() < 0.4:
                order = replace(order, campaign=self._campaign(web=False))
            went = jobs[0].done + timedelta(days=min(wait, 170))
            jobs.append(self._job(order, self.rng.choice(need["later"]), went, need["lag"] * 2.5))
            jobs[-1].total = round(self.rng.uniform(*need["later_total"]), 2)
        if need["permit"] and len(jobs) > 1 and self.rng.random() < 0.35:
            went = jobs[-1].done + timedelta(days=self.rng.uniform(1, 6))
            jobs.append(self._job(order, "Permit Final Inspection", went, 9))
            jobs[-1].row["Permit #"] = jobs[-2].row["Permit #"]
        home.busy = max(home.busy, jobs[-1].done)
        if self.rng.random() < 0.03:
            home.busy += timedelta(days=self.rng.uniform(2, 70))
            recall = self._job(replace(order, campaign=""), "Warranty / Callback", home.busy, 2)
            recall.row["Notes"] = self.rng.choice(_POOLS["recall_notes"])
            home.busy = recall.done
        return jobs

    def _void(self, order: Order, at: datetime, notes: list[str]) -> None:
        job = self._job(order, self.rng.choice(order.need["first"]), at, order.need["lag"])
        job.row |= {"Status": "Canceled", "Notes": self.rng.choice(notes)}

    def _campaign(self, *, web: bool) -> Any:
        # What a clerk files is often only a habit.
        web = web and self.rng.random() < self.rates["web_campaign"]
        return self.town.choose(_POOLS["campaign_web" if web else "campaign_call"])

    def _record(self, name: str, phone: str, email: str) -> Record:
        self.customers += 1
        shown = self.clerk.phone(phone, office=True)
        return {"Customer ID": str(self.customers), "Customer Name": name, "Phone": shown, "Email": email}

    def _customer(self, home: Home, who: Person, lead: Lead | None) -> Record:
        """Return the record that the office uses: one that it finds, one from the form, or one typed again."""
        if home.records and self.rng.random() < (0.98 if home.settled else self.rates["lookup"]):
            return self.rng.choice(home.records[-2:])
        if home.company:
            record = self._record(home.company, who.phone, who.email)
        elif home.landlord and self.rng.random() < 0.6:
            owner = home.landlord
            record = self._record(self.clerk.heard(owner), owner.phone, owner.email)
        elif lead and self.rng.random() < self.rates["copied"]:
            name = f"{lead.row['First Name']} {lead.row['Last Name']}".strip() or who.first
            record = self._record(name, re.sub(r"\D", "", lead.row["Phone"])[-10:], lead.row["Email"])
        else:
            record = self._typed(home, who)
        home.records.append(record)
        return record

    def _typed(self, home: Home, who: Person) -> Record:
        """Return a record typed during a call, perhaps in the name of another member of the family."""
        parent = who is home.helper and self.rng.random() < 0.7
        named = home.people[0] if parent else self.rng.choice(home.people) if self.rng.random() < 0.12 else who
        reached = named if self.rng.random() < (0.5 if parent else 0.3) else who
        phone = reached.old_phone if self.rng.random() < 0.25 else reached.phone
        if self.rng.random() < self.rates["typo"] * 0.6:
            at = self.rng.randrange(6, 10)
            phone = f"{phone[:at]}{self.rng.randrange(10)}{phone[at + 1 :]}"
        email = "" if self.rng.random() < self.rates["email_missing"] else self.clerk.maybe(who.email, 0.8)
        if email and self.rng.random() < 0.05:
            email = self.town.email(who.first, who.last, who.nick)
        return self._record(self.clerk.heard(named), phone, email)

    def _job(self, order: Order, kind: str, at: datetime, lag: float) -> Job:
        """Add a job that is created in office hours and done when the schedule allows."""
        place, record, need = order.place, order.record, order.need
        at = self._in_hours(at)
        done = at + timedelta(days=min(self.rng.lognormvariate(math.log(lag), 0.7), 90))
        done = max(self._in_hours(done), at + timedelta(hours=1))
        street = self.clerk.street(place, office=True)
        unit = place.unit if self.rng.random() < 0.8 else ""
        if unit and self.rng.random() < 0.4:
            street, unit = f"{street} {self.clerk.unit(unit)}", ""
        permit = ""
        if need["permit"] and kind in need["later"] and self.rng.random() < 0.8:
            permit = f"B{at:%y}-{self.rng.randrange(100, 9999):05d}"
        note = ". ".join(filter(None, (self.rng.choice(need["notes"]), self.rng.choice(_POOLS["access"]))))
        row = {
            **record, "Unit": unit, "City": place.city,
            "Service Address": street.upper() if record["Customer Name"].isupper() else street,
            "Zip": place.zip_code if self.rng.random() < 0.96 else "", "Business Unit": need["trade"],
            "Job Type": kind, "Campaign": order.campaign, "Status": "Completed", "Permit #": permit,
            "Notes": note if self.rng.random() < 0.8 else "",
        }  # fmt: skip
        job = Job(at, row, done)
        self.jobs.append(job)
        return job

    def _in_hours(self, at: datetime) -> datetime:
        hour = at.hour + at.minute / 60
        closed = hour > _WORK_END or hour < _WORK_START or at.weekday() == 6
        if closed and (at.hour < 6 or self.rng.random() > 0.06):
            at = at.replace(hour=0, minute=0) + timedelta(days=int(hour > _WORK_END))
            at += timedelta(days=int(at.weekday() == 6), hours=_WORK_START + self.rng.expovariate(1 / 1.5) % 8)
        return at

    def _lead(self, home: Home, who: Person, place: Place, need: Need, at: datetime) -> Lead:
        """Return a request as the website stores it, not yet added to the export."""
        channel = "Chat" if self.rng.random() < self.rates["chat"] else "Web Form"
        first, last = self.clerk.given(who)
        message = self.rng.choice(need["messages"]) if self.rng.random() < 0.78 else ""
        if self.rng.random() < 0.3:
            extra = self.rng.choice(_POOLS["extras"] + _POOLS["names"][who.group]["extras"])
            message = f"{message} {extra}".strip()
        street = self.clerk.street(place, office=False)
        if self.rng.random() < 0.025:
            # Someone who asks for another dwelling than their own types where they live themselves.
            street = self.clerk.street(self.town.place(), office=False)
        phone = self.town.phone() if self.rng.random() < 0.015 else who.phone
        row = {
            "Channel": channel, "First Name": first, "Last Name": last,
            "Phone": self.clerk.phone(phone, office=False), "Email": self.clerk.maybe(who.email, 0.4),
            "Street Address": street, "City": place.city, "ZIP Code": place.zip_code,
            "Service Requested": self.rng.choice(need["service"]) if self.rng.random() < 0.93 else "Other / Not Sure",
            "Lead Source": self.town.choose(_POOLS["sources_lead"]), "Message": message,
        }  # fmt: skip
        if home.company:
            row["Message"] = f"{home.company}. {message}"
        blank = ["Street Address", "City"] if channel == "Chat" or self.rng.random() < 0.06 else []
        blank += ["Email"] if self.rng.random() < (0.35 if channel == "Chat" else 0.02) else []
        blank += ["Last Name"] if self.rng.random() < (0.25 if channel == "Chat" else 0.006) else []
        row.update(dict.fromkeys(blank, ""))
        return Lead(at, row)

    def _junk(self) -> None:
        test = self.rng.random() < 0.12
        at = self.start + (self.end - self.start) * self.rng.random()
        who, need = self.town.person(), self._need(at)
        lead = self._lead(Home([who], []), who, self.town.place(), need, at.replace(microsecond=0))
        lead.row["Message"] = self.rng.choice(_POOLS["test_messages" if test else "spam"])
        if test:
            lead.row.update({"First Name": "Test", "Last Name": "Test", "Email": "test@example.com"})
        self._keep(lead)


def _number(office: Office) -> list[Job]:
    """Give every row its ID in the order of time, and return the jobs that the export holds."""
    office.leads.sort(key=lambda lead: lead.at)
    number = office.rng.randrange(1000, 9000)
    for lead in office.leads:
        number += office.rng.choice((1, 1, 1, 2, 3))
        # The website stores universal time; the office's software stores Pacific time.
        stored = lead.at.astimezone(UTC)
        lead.row |= {"Lead ID": f"PW-{number}", "Submitted (UTC)": f"{stored:%Y-%m-%d %H:%M:%S}"}
    jobs = [job for job in office.jobs if office.start <= job.at <= office.end]
    jobs.sort(key=lambda job: job.at)
    number = office.rng.randrange(20_000, 90_000)
    customers: dict[str, str] = {}
    for job in jobs:
        number += office.rng.choice((1, 1, 1, 1, 2))
        done = job.row["Status"] == "Completed"
        open_ = done and job.done > office.end
        customer = customers.setdefault(job.row["Customer ID"], f"C{number // 3 + len(customers)}")
        job.row |= {
            "Customer ID": customer, "Job #": str(number), "Created On": f"{job.at:%m/%d/%Y %I:%M %p}",
            "Completed On": f"{job.done:%m/%d/%Y}" if done and not open_ else "",
            "Status": "Scheduled" if open_ else job.row["Status"],
            "Total": f"${job.total if done and not open_ else 0:,.2f}",
        }  # fmt: skip
    return jobs


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the exports of one office, and what is true about them, to the folder."""
    office = Office(Random(f"peninsula-{seed}"), leads)
    office.run()
    jobs = _number(office)
    exported = {id(job) for job in jobs}
    truth, ambiguous = (
        [{"lead_id": lead.row["Lead ID"], "job_id": job.row["Job #"]} for lead, job in pairs if id(job) in exported]
        for pairs in (office.truth, office.ambiguous)
    )
    groups = [
        {"lead_id": lead.row["Lead ID"], "group_id": f"G{number}"}
        for number, pair in enumerate(office.groups, 1) for lead in pair
    ]  # fmt: skip
    tables = {"truth": truth, "ambiguous": ambiguous, "lead_groups": groups}
    tables |= {"leads": [lead.row for lead in office.leads], "jobs": [job.row for job in jobs]}
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, _POOLS["fields"][name])
            writer.writeheader()
            writer.writerows(rows)
