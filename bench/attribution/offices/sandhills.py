"""Write a year and a half of a roofing, gutter, window and siding contractor among golf villages and retirees.

True is each job that follows from a request: the first visit or estimate, the installation sold from it, and the
add-on that completes it. Canceled jobs, doubled entries, cleaning plans, callbacks and later orders are not.
Hard are agents and HOA managers who ask for many addresses, sellers and parents who are billed for what another person
requested, owners who give their northern address, spouses, old customer records with old phones, and neighbors
who call the office for the same work in the same weeks after a storm or a yard sign.
"""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_name("sandhills.json").read_text(encoding="utf-8"))
START = datetime.fromisoformat("2024-01-08")
DAYS = 540
END = START + timedelta(days=DAYS)
MONTHS = (0, 6, 7, 11, 12, 11, 9, 8, 9, 10, 9, 6, 4)
# These exchanges are never given to subscribers.
EXCHANGES = ("555", "958", "959", "950", "976")
SEASON = list(accumulate(MONTHS[(START + timedelta(days=day)).month] for day in range(DAYS)))
COMMON = list(accumulate((rank + 14) ** -0.85 for rank in range(len(POOLS["last"]))))
CUSTOMER_HEADS = ("Customer #", "Customer Name", "Phone", "Email", "Billing Address")


@dataclass(eq=False)
class Person:
    """A person with a phone and an email."""

    first: str
    last: str
    phone: str
    email: str


@dataclass(eq=False)
class Place:
    """An address, with its suffix in short and in full because people write either."""

    number: int
    street: str
    suffix: tuple[str, str]
    unit: str
    city: str
    zip_code: str


@dataclass(eq=False)
class Household:
    """People who own a place, or a firm with its manager, and what the office has on file for them."""

    kind: str
    people: list[Person]
    place: Place
    company: str = ""
    mail: Place | None = None
    records: list[dict[str, str]] = field(default_factory=list)
    asked: list[datetime] = field(default_factory=list)


@dataclass(eq=False)
class Lead:
    """One request; a repeated submission has the root it repeats."""

    when: datetime
    house: Household
    asker: Person
    place: Place
    service: str
    kind: str
    root: "Lead | None" = None
    message: str = ""


@dataclass(eq=False)
class Job:
    """One job as it happened, before the office typed it."""

    when: datetime
    house: Household
    who: Person
    place: Place
    kind: str
    lead: Lead | None
    total: float = 0.0
    status: str = "Completed"
    wait: int = 3
    note: str = ""
    doubtful: Lead | None = None


class Office:
    """The office of one seed: its people, what they asked, and what was done."""

    def __init__(self, seed: int, count: int) -> None:
        self.rng = Random(f"sandhills-{seed}")
        self.rates = {name: self.rng.uniform(low, high) for name, (low, high) in POOLS["rates"].items()}
        self.count = count
        self.phones: set[str] = set()
        self.emails: set[str] = set()
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.customers: list[dict[str, str]] = []
        self.storms = [self.rng.randrange(40, DAYS - 40) for _ in range(self.rng.randint(2, 4))]
        self.utc = self.rng.random() < 0.35
        self.last_first = self.rng.random() < 0.4
        self.crew = [f"{self.person().first} {self.rng.choice('BCDHMRT')}" for _ in range(6)]
        self.agents = [self.household("agent") for _ in range(max(2, round(count * self.rates["agent"] / 2)))]
        self.managers = [self.household("hoa") for _ in range(max(2, round(count * self.rates["hoa"] / 2)))]
        self.base = [self.household("known") for _ in range(round(count * self.rates["base"]))]

    def chance(self, rate: float | str) -> bool:
        """Draw yes or no, by a number or one of the rates of this office."""
        return self.rng.random() < (self.rates[rate] if isinstance(rate, str) else rate)

    def pick(self, rows: Sequence[Sequence[Any]]) -> Any:
        """Draw one row by the weight that it ends with, and give its first item, or all but the weight."""
        row = self.rng.choices(rows, weights=[row[-1] for row in rows])[0]
        return row[0] if len(row) == 2 else tuple(row[:-1])

    def phone(self, area: str = "") -> str:
        """Give a number that no one else has."""
        while True:
            area_code = area or self.pick(POOLS["area"])
            number = f"{area_code}{self.rng.choice(EXCHANGES)}{self.rng.randrange(10000):04d}"
            if number not in self.phones:
                self.phones.add(number)
                return number

    def person(self, last: str = "", female: bool | None = None, area: str = "") -> Person:
        """Invent a person; common last names are common."""
        last = last or self.rng.choices(POOLS["last"], cum_weights=COMMON)[0]
        female = self.chance(0.5) if female is None else female
        pool = POOLS["female" if female else "male"]
        first = pool[int(len(pool) * self.rng.random() ** 1.3)]
        return Person(first, last, self.phone(area), self.email(first.lower(), last.lower().replace("'", "")))

    def email(self, first: str, last: str) -> str:
        """Give an address that no one else has."""
        styles = [f"{first}.{last}", f"{first[0]}{last}", f"{first}{last}", f"{last}{first[0]}", f"golf{first}"]
        handle = self.rng.choices(styles, weights=[30, 26, 24, 12, 4])[0]
        host = self.pick(POOLS["hosts"])
        digits = self.rng.choice(("", "", str(self.rng.randint(1, 99)), str(self.rng.randint(1944, 1992))))
        while f"{handle}{digits}@{host}" in self.emails:
            digits = str(self.rng.randint(1, 9999))
        self.emails.add(f"{handle}{digits}@{host}")
        return f"{handle}{digits}@{host}"

    def address(self, near: Place | None = None) -> Place:
        """Invent an address in the region, or one on the same street."""
        rng = self.rng
        if near:
            return replace(near, number=max(1, near.number + rng.choice((-8, -4, -2, 2, 4, 6, 10))), unit="")
        town, zip_code = self.pick(POOLS["towns"])
        number = rng.choice((rng.randint(1, 99), rng.randint(100, 999), rng.randint(100, 4999))) + 1
        unit = rng.choice((f"Unit {rng.randint(1, 40)}", f"Apt {rng.choice('ABCD')}")) if self.chance(0.07) else ""
        return Place(number, rng.choice(POOLS["streets"]), self.pick(POOLS["suffix"]), unit, town, zip_code)

    def household(self, kind: str, near: Place | None = None) -> Household:
        """Invent people who own a place; a couple may share the email but has two phones."""
        area, mail = "", None
        if kind == "snowbird":
            town, state, zip_code, area = self.rng.choice(POOLS["north"])
            mail = replace(self.address(), city=f"{town}, {state}", zip_code=zip_code)
        female = self.chance(0.5)
        people = [self.person(female=female, area=area)]
        if kind not in {"agent", "hoa", "child"} and self.chance(0.62):
            spouse = self.person("" if self.chance(0.06) else people[0].last, not female, area)
            spouse.email = people[0].email if self.chance(0.35) else spouse.email
            people.append(spouse)
        elif kind == "child":
            people.append(self.person(people[0].last if self.chance(0.55) else ""))
            mail = self.address()
        if kind in {"agent", "hoa"}:
            company = self.rng.choice(POOLS["firms" if kind == "agent" else "hoa"])
            return Household(kind, people, self.address(), company)
        return Household(kind, people, self.address(near), mail=mail)

    def moment(self) -> datetime:
        """Draw when a person asks: by season, or in the weeks after a storm."""
        if self.chance("storm"):
            day = min(self.rng.choice(self.storms) + int(self.rng.expovariate(1 / 8)), DAYS - 1)
        else:
            day = self.rng.choices(range(DAYS), cum_weights=SEASON)[0]
        hour = self.rng.choices(range(24), weights=[1] * 6 + [3, 6] + [10] * 9 + [8, 8, 8, 7, 6, 4, 2])[0]
        return START + timedelta(days=day, hours=hour, seconds=self.rng.randrange(3600))

    def opening(self, when: datetime) -> datetime:
        """Move a time into the hours of the office."""
        if when.hour >= 17:
            when = (when + timedelta(days=1)).replace(hour=8)
        if when.hour < 8:
            when = when.replace(hour=8)
        days = 7 - when.weekday() if when.weekday() >= 5 + self.chance(0.3) else 0
        return when + timedelta(days=days)

    def service(self, when: datetime) -> str:
        """Draw what is needed; after a storm it is mostly the roof."""
        day = (when - START).days
        stormy = any(0 <= day - storm < 21 for storm in self.storms) and self.chance(0.4)
        services = POOLS["services"]
        return "storm" if stormy else self.rng.choices(list(services), [s["weight"] for s in services.values()])[0]

    def ask(self) -> None:
        """Let one request arrive, sometimes twice, and let the office win or lose it."""
        when = self.moment()
        lead = self.request(when)
        self.leads.append(lead)
        ready = when
        if lead.kind != "spam" and self.chance("double"):
            ready += timedelta(minutes=self.rng.choice((2, 7, 30, 1500, 4400, 9000)))
            twin = replace(lead, when=ready, root=lead, message=self.message(lead))
            if len(lead.house.people) > 1 and lead.house.kind == "home" and self.chance(0.2):
                twin.asker = lead.house.people[1]
            self.leads += [twin] if ready < END else []
        # Agents and managers ask for work that a customer already agreed to pay.
        fixed = {"agent": 0.86, "hoa": 0.86, "spam": 0.0}
        boost = {"old": 1.5, "call": 1.1}.get(lead.kind, 0.95)
        if self.chance(fixed.get(lead.kind, self.rates["convert"] * boost)):
            self.win(lead, ready)
        elif lead.kind not in {"spam", "agent", "hoa"} and self.chance("late"):
            later = when + timedelta(days=self.rng.randint(110, 300))
            self.chain(Job(later, lead.house, lead.house.people[0], lead.place, lead.service, None, doubtful=lead))

    def request(self, when: datetime) -> Lead:
        """Draw who asks and for which place."""
        names = ("agent", "hoa", "child", "snowbird", "landlord", "existing", "spam", "call")
        rest = 1 - sum(self.rates[name] for name in names)
        kind = self.rng.choices((*names, "home"), [*(self.rates[name] for name in names), rest])[0]
        if kind in {"agent", "hoa"}:
            house = self.known(self.agents if kind == "agent" else self.managers, when)
            place = self.address()
            if kind == "hoa":
                place = replace(house.place, unit=f"Bldg {self.rng.randint(1, 14)}")
        else:
            old = kind == "existing" and self.base
            house = self.known(self.base, when) if old else self.household("home" if kind == "existing" else kind)
            place = self.address() if kind == "landlord" else house.place
        asker = house.people[-1] if kind == "child" else house.people[0]
        if kind in {"existing", "home"} and self.chance(0.25):
            asker = house.people[-1]
        lead = Lead(when, house, asker, place, self.service(when), "old" if kind == "existing" else kind)
        lead.message = self.message(lead)
        return lead

    def known(self, pool: list[Household], when: datetime) -> Household:
        """Draw who asks again; two requests in the same months happen, but not often."""
        drawn = [self.rng.choice(pool) for _ in range(3)]
        free = [house for house in drawn if all(abs(when - other).days > 95 for other in house.asked)]
        house = free[0] if free and self.chance(0.85) else drawn[0]
        house.asked.append(when)
        return house

    def message(self, lead: Lead) -> str:
        """Write the message of the form; it is the only hint at some places."""
        if lead.kind in {"spam", "call"}:
            return self.rng.choice(POOLS["spam"]) if lead.kind == "spam" else ""
        text: str = self.rng.choice(POOLS["services"][lead.service]["messages"])
        spot = f"{lead.place.number} {lead.place.street} {lead.place.suffix[0]}"
        away = lead.house.mail.city if lead.house.mail else ""
        extra = self.rng.choice(POOLS["hints"].get(lead.kind, [""]))
        extra = extra.format(spot=spot, away=away, company=lead.house.company, unit=lead.place.unit)
        if not extra and len(lead.house.people) > 1 and lead.kind == "home" and self.chance(0.08):
            extra = f"Call {lead.house.people[-1].first} {self.dial(lead.house.people[-1].phone)}"
        return ". ".join(part for part in (text.rstrip("."), extra) if part)

    def win(self, lead: Lead, ready: datetime) -> None:
        """Book what was asked under whoever the office takes for the customer, and let them come back."""
        house, who = lead.house, lead.asker
        if lead.kind == "agent" and self.chance(0.3):
            house = self.household("home")
            house.place, who = lead.place, house.people[0]
        elif lead.kind == "child" and self.chance(0.65):
            who = house.people[0]
        elif len(house.people) > 1 and lead.kind != "child" and self.chance("spouse"):
            who = next(person for person in house.people if person is not who)
        wait = self.rng.choices((0.03, 0.8, 2, 5, 12, 35), weights=(34, 28, 18, 11, 6, 3))[0]
        booked = self.opening(ready + timedelta(days=wait * self.rng.uniform(0.4, 1.4), minutes=4))
        last = self.chain(Job(booked, house, who, lead.place, lead.service, lead))
        if lead.kind not in {"agent", "hoa"} and self.chance("again"):
            self.later(lead, last, who)

    def later(self, lead: Lead, last: datetime, who: Person) -> None:
        """Let a customer order something else; no one can tell the same kind of work soon after apart."""
        when = self.opening(last + timedelta(days=self.rng.randint(30, 330)))
        kind, service = self.rng.choice(POOLS["other"]), POOLS["services"][lead.service]
        doubt = lead if kind in service["first"] + service["next"] and (when - last).days < 120 else None
        self.jobs.append(Job(when, lead.house, who, lead.place, kind, None, self.price(kind), doubtful=doubt))

    def chain(self, order: Job) -> datetime:
        """Do an order, whose kind is a service, from the first visit on; return when its last job was sold."""
        rng, kind = self.rng, POOLS["services"][order.kind]
        job = replace(order, when=self.opening(order.when), kind=rng.choice(kind["first"]))
        job.total, job.wait = self.price(job.kind), rng.choice((1, 2, 3, 4, 6, 9))
        self.jobs.append(job)
        if self.chance("cancel"):
            job.status, job.total = "Canceled", 0.0
            if self.chance(0.55):
                return job.when
            again = self.opening(job.when + timedelta(days=rng.randint(1, 12)))
            job = replace(job, when=again, status="Completed", total=self.price(job.kind))
            self.jobs.append(job)
        elif self.chance("copy"):
            self.jobs.append(
                replace(job, when=job.when + timedelta(minutes=9), status="Canceled", total=0.0, note="dup")
            )
        sold = job.when
        if self.chance(kind["close"]):
            low, high = kind["lag"]
            sold = self.opening(job.when + timedelta(days=low + (high - low) * rng.random() ** 2))
            step = replace(job, when=sold, kind=rng.choice(kind["next"]), wait=rng.randint(3, 40))
            step.total = self.price(step.kind)
            self.jobs.append(step)
            if order.kind != "clean" and self.chance(0.1):
                sold = self.opening(sold + timedelta(days=rng.randint(4, 45)))
                extra = rng.choice(POOLS["extra"])
                self.jobs.append(replace(step, when=sold, kind=extra, total=self.price(extra)))
        elif job.total == 0:
            job.status = rng.choice(("Completed", "Closed - Lost", "Estimate Sent"))
        if self.chance("recall"):
            back = self.opening(sold + timedelta(days=rng.randint(45, 200)))
            self.jobs.append(
                replace(
                    job, when=back, kind="Warranty / Callback", lead=None, total=0.0, status="Completed", doubtful=None
                )
            )
        return sold

    def price(self, kind: str) -> float:
        """Give what such a job costs; estimates are free, and large jobs end in cents."""
        low, high = POOLS["prices"].get(kind, (0, 0))
        amount = low + (high - low) * self.rng.random() ** 1.7
        return round(amount, 2) if amount > 1200 else float(round(amount))

    def callers(self) -> None:
        """Let people order who never used the website: callers, neighbors of a request, and plan customers."""
        for house in self.base:
            if self.chance("plan"):
                first = self.rng.randint(0, 170)
                for turn in range(3):
                    when = self.opening(START + timedelta(days=first + 182 * turn, hours=9))
                    job = Job(when, house, house.people[0], house.place, "Gutter Cleaning - Plan", None, wait=12)
                    self.jobs.append(replace(job, total=self.price(job.kind)))
            elif self.chance(0.7):
                self.call(house, self.moment())
        for lead in self.rng.choices(self.leads, k=round(self.count * self.rates["callers"])):
            self.call(self.household("home"), self.moment())
            if self.chance(0.1) and lead.kind in {"home", "old"}:
                house = self.household("home", near=lead.place)
                when = lead.when + timedelta(days=self.rng.uniform(-10, 45))
                self.chain(Job(when, house, house.people[0], house.place, lead.service, None))

    def call(self, house: Household, when: datetime) -> None:
        """Let a person order by phone."""
        self.chain(Job(when, house, self.rng.choice(house.people), house.place, self.service(when), None))

    def settle(self) -> None:
        """Cut to the period, and drop orders for which a customer would just have mentioned the open request."""
        asked: dict[Household, list[Lead]] = defaultdict(list)
        served: set[Lead] = set()
        self.leads = sorted(self.leads, key=lambda lead: lead.when)[: self.count]
        for lead in self.leads:
            asked[lead.house].append(lead)
        kept = []
        for job in sorted((job for job in self.jobs if START <= job.when < END), key=lambda job: job.when):
            if job.lead and job.status != "Canceled":
                served.add(job.lead)
            open_since = [le.when for le in asked[job.house] if le.when <= job.when and (le.root or le) not in served]
            crowded = any((job.when - when).days < 95 for when in open_since)
            if job.lead or not crowded or self.chance(0.01):
                kept.append(job)
        self.jobs = kept

    def dial(self, number: str) -> str:
        """Write a phone in one of the ways in which people do."""
        one, two, three = number[:3], number[3:6], number[6:]
        ways = (f"({one}) {two}-{three}", f"{one}-{two}-{three}", number, f"{one}.{two}.{three}", f"+1{number}")
        return self.rng.choices(ways, weights=(50, 25, 15, 5, 5))[0]

    def slip(self, text: str) -> str:
        """Mistype now and then: one character doubled, lost, or swapped with the next."""
        if len(text) < 4 or not self.chance("typo"):
            return text
        spot = self.rng.randrange(1, len(text) - 2)
        a, b = text[spot], text[spot + 1]
        return text[:spot] + self.rng.choice((a + a + b, b, b + a)) + text[spot + 2 :]

    def line(self, place: Place) -> str:
        """Write a street line."""
        suffix = self.rng.choices((*place.suffix, ""), weights=(60, 34, 6))[0]
        unit = f"{self.rng.choice((' ', ', '))}{place.unit}" if place.unit and self.chance(0.75) else ""
        return f"{place.number} {self.slip(place.street)} {suffix}".strip() + unit

    def called(self, first: str) -> str:
        """Give the name that a person goes by."""
        return POOLS["nick"].get(first, first) if self.chance("nick") else first

    def lead_row(self, number: int, lead: Lead) -> dict[str, str]:
        """Write one request as the website exports it."""
        place, who = lead.place, lead.asker
        if lead.house.mail and self.chance(0.4):
            place = lead.house.mail
        elif lead.kind in {"landlord", "child", "agent"} and self.chance(0.3):
            place = lead.house.place
        first, last = self.called(who.first), self.slip(who.last)
        case = self.rng.choices((str, str.lower, str.upper), weights=(86, 11, 3))[0]
        email, street = self.slip(who.email), self.line(place)
        if lead.kind == "call":
            first, last, email, street = *((first, last) if self.chance(0.5) else ("WIRELESS", "")), "", ""
        elif self.chance(0.015):
            first, last = f"{first} {last}", ""
        elif self.chance("vague"):
            street = self.rng.choice(("", "", place.city, f"{place.street} {place.suffix[0]}"))
        hours = (4 if 3 < lead.when.month < 11 else 5) if self.utc else 0
        sent = lead.when + timedelta(hours=hours)
        utc, local = ("Submitted (UTC)", "%Y-%m-%d %H:%M:%S"), ("Date Submitted", "%m/%d/%Y %H:%M")
        head, style = utc if self.utc else local
        return {
            "Lead ID": f"WF-{number}",
            head: sent.strftime(style),
            "Type": "Call" if lead.kind == "call" else "Form",
            "First Name": case(first),
            "Last Name": case(last),
            "Phone": "" if self.chance(0.02) else self.dial(who.phone),
            "Email": "" if self.chance(0.03) else email,
            "Street Address": case(street),
            "City": "" if lead.kind == "call" else case(place.city),
            "Zip": "" if lead.kind == "call" or self.chance(0.06) else place.zip_code,
            "Service Needed": self.rng.choice(POOLS["services"][lead.service]["labels"]),
            "Source": self.pick(POOLS["sources"]),
            "Message": lead.message,
        }

    def file(self, job: Job) -> dict[str, str]:
        """Find the customer's record, or type a new one."""
        house, who = job.house, job.who
        if house.records and self.chance("reuse"):
            return house.records[-1]
        first, last = self.called(who.first), self.slip(who.last)
        name = f"{last}, {first}" if self.last_first and self.chance(0.9) else f"{first} {last}"
        if house.kind in {"hoa", "agent"} and who in house.people:
            name = self.rng.choice((house.company, f"{house.company} - {name}", name))
        elif len(house.people) > 1 and house.kind != "child" and self.chance(0.1):
            other = next(person for person in house.people if person is not who)
            name = f"{last}, {first} & {other.first}" if self.last_first else f"{first} & {other.first} {last}"
        # Whoever was on file before the website existed may have had another phone and email.
        was = self.person(who.last) if house.kind == "known" and self.chance(0.25) else who
        phone, wrong = was.phone, self.rng.randrange(6, 10)
        if self.chance(0.02):
            phone = phone[:wrong] + self.rng.choice("0123456789") + phone[wrong + 1 :]
        record = {
            "Customer #": str(30118 + 3 * len(self.customers)),
            "Customer Name": name.upper() if self.chance(0.03) else name,
            "Phone": "" if self.chance("no_phone") else f"{phone[:3]}-{phone[3:6]}-{phone[6:]}",
            "Email": "" if self.chance("no_email") else self.slip(who.email if self.chance(0.7) else was.email),
            "Billing Address": self.line(house.mail if house.mail and self.chance(0.5) else job.place),
        }
        house.records.append(record)
        self.customers.append(record)
        return record

    def job_row(self, number: int, job: Job) -> dict[str, str]:
        """Write one job as the office's software exports it."""
        record = self.file(job)
        visit = self.opening(job.when + timedelta(days=job.wait))
        done = visit + timedelta(days=self.rng.choice((0, 0, 0, 1, 2)) if job.total > 2000 else 0)
        status = "Scheduled" if done > END and job.status != "Canceled" else job.status
        web = self.chance("web" if job.lead else "found")
        partner = job.house.people[-1].first
        notes = POOLS["notes"] + (POOLS["roof_notes"] if "Roof" in job.kind else [])
        note = self.rng.choice(notes).format(n=self.rng.randint(5, 28), spouse=partner)
        if job.lead and job.lead.asker is not job.who and self.chance(0.5):
            note = f"{job.lead.asker.first} {job.lead.asker.last} called it in"
        elif job.lead and self.chance(0.1):
            note = "web form"
        return {
            "Job #": str(number),
            "Created": job.when.strftime("%m/%d/%Y %I:%M %p"),
            "Scheduled": visit.strftime("%m/%d/%Y"),
            "Completed": "" if status in {"Scheduled", "Canceled"} else done.strftime("%m/%d/%Y"),
            **{head: record[head] for head in CUSTOMER_HEADS[:4]},
            "Service Address": self.line(job.place),
            "City": job.place.city,
            "Zip": "" if self.chance(0.04) else job.place.zip_code,
            "Job Type": job.kind,
            "Lead Source": "Website" if web else self.pick(POOLS["campaigns"]),
            "Status": status,
            "Assigned To": self.rng.choice(self.crew),
            "Total": f"{job.total:,.2f}",
            "Notes": job.note or (note if self.chance(0.55) else ""),
        }


def hidden(lead: dict[str, str], job: dict[str, str]) -> bool:
    """Tell that the two rows share neither phone, email, house number nor a name, so no one could link them."""
    phones = [re.sub(r"\D", "", row["Phone"])[-10:] for row in (lead, job)]
    named = (lead["Last Name"] or lead["First Name"].split()[-1]).lower()
    house = job["Service Address"].split()[0]
    return not (
        phones[0] == phones[1] != ""
        or lead["Email"].lower() == job["Email"].lower() != ""
        or re.search(rf"\b{house}\b", f"{lead['Street Address']} {lead['Message']}")
        or named in f"{job['Customer Name']} {job['Notes']}".lower()
    )


def save(path: Path, rows: Sequence[dict[str, str]], heads: Sequence[str] = ("lead_id", "job_id")) -> None:
    """Write one file of the export."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]) if rows else heads)
        writer.writeheader()
        writer.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the files of the office of this seed."""
    office = Office(seed, leads)
    while len(office.leads) < leads:
        office.ask()
    office.callers()
    office.settle()
    lead_rows = [office.lead_row(4101 + number, lead) for number, lead in enumerate(office.leads)]
    job_rows = [office.job_row(61020 + number, job) for number, job in enumerate(office.jobs)]
    family: dict[Lead, list[dict[str, str]]] = defaultdict(list)
    for lead, row in zip(office.leads, lead_rows, strict=True):
        family[lead.root or lead].append(row)
    truth: list[dict[str, str]] = []
    ambiguous: list[dict[str, str]] = []
    for job, row in zip(office.jobs, job_rows, strict=True):
        root = job.lead or job.doubtful
        for form in family.get(root, []) if root and job.status != "Canceled" else []:
            unclear = job.lead is None or hidden(form, row)
            (ambiguous if unclear else truth).append({"lead_id": form["Lead ID"], "job_id": row["Job #"]})
    twins = [rows for rows in family.values() if len(rows) > 1]
    groups = [{"lead_id": row["Lead ID"], "group_id": f"G{n}"} for n, rows in enumerate(twins, 1) for row in rows]
    folder.mkdir(parents=True, exist_ok=True)
    save(folder / "leads.csv", lead_rows, ("Lead ID", "Date Submitted"))
    save(folder / "jobs.csv", job_rows, ("Job #", "Created"))
    save(folder / "customers.csv", office.customers, CUSTOMER_HEADS)
    save(folder / "truth.csv", truth)
    save(folder / "ambiguous.csv", ambiguous)
    save(folder / "lead_groups.csv", groups, ("lead_id", "group_id"))
