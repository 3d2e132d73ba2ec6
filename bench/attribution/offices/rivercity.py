"""Write the exports of a family-owned electrical, generator and roofing contractor in an old midwestern river city.

About 14 people work in the field and two at the phones; the website has a request form and an estimate form.
True are the jobs that a request led to, first visit and continuation, for both rows of a request that was sent twice.
Not true are canceled and double entries, plan visits, free recalls by phone and other orders of the customer. Ambiguous
are jobs of a "just called you" form, and a call of the same kind weeks after a request that nobody followed up.

Hard about it: the phones know people by voice and reuse the old record (the spouse's name, a landline, no email, an
import in capitals), names are typed as heard, children ask for parents and tenants for landlords, only some of the web
requests are filed as such, some roof estimates live in a notebook until the roof is sold, generators take months, and
a storm brings whole streets at once. In half of the offices the forms tell the time in UTC.
"""

import csv
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

type Matter = dict[str, Any]
type Entry = tuple[datetime, dict[str, str], Lead | None]

POOLS: Final[dict[str, Any]] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
MATTERS: Final[list[Matter]] = POOLS["matters"]


@dataclass(frozen=True)
class Place:
    """An address as the post office knows it."""

    number: int
    direction: str
    street: str
    suffix: tuple[str, str]
    unit: str
    city: str
    state: str
    zip_code: str


@dataclass
class Person:
    """A person who can fill a form or answer a phone."""

    first: str
    last: str
    mobile: str
    landline: str
    email: str


@dataclass
class Account:
    """A customer record of the software."""

    name: str
    phone: str
    alt: str
    email: str
    sites: dict[Place, str] = field(default_factory=dict)


@dataclass
class Customer:
    """A household, landlord or business that pays."""

    kind: str
    people: list[Person]
    home: Place
    company: str = ""
    others: list[Place] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    known: date | None = None
    plan_from: date | None = None
    requests: list["Lead"] = field(default_factory=list)


@dataclass
class Job:
    """One job of the software."""

    created: date
    done: date
    customer: Customer
    account: Account
    site: Place
    matter: Matter
    kind: str
    campaign: str
    total: float
    note: str
    status: str = "Completed"
    number: int = 0


@dataclass
class Lead:
    """One request on the website, what came of it, and how long it was open."""

    when: datetime
    customer: Customer
    person: Person
    place: Place
    site: Place
    matter: Matter
    topic: int
    called: bool
    until: date
    busy: date
    row: dict[str, str] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


def _later(day: date, days: int) -> date:
    return day + timedelta(days=days)


def _typo(rng: random.Random, text: str) -> str:
    at = rng.randrange(1, max(len(text) - 1, 2))
    one, two = text[at : at + 1], text[at + 1 : at + 2]
    return text[:at] + rng.choice([two + one, two, one + one + two]) + text[at + 2 :]


def _familiar(rng: random.Random, first: str, share: float) -> str:
    return str(rng.choice(POOLS["nick"].get(first, [first]))) if rng.random() < share else first


def _phones(digits: str) -> list[str]:
    parts = (digits[:3], digits[3:6], digits[6:8], digits[8:9], digits[9:])
    return [form.format(*parts) for form in POOLS["phone_forms"]]


def _street(rng: random.Random, place: Place, abbreviated: float) -> str:
    direction = place.direction if rng.random() < 0.88 else ""
    suffix = rng.choices([place.suffix[1], place.suffix[0], ""], (abbreviated, 0.92 - abbreviated, 0.08))[0]
    street = _typo(rng, place.street) if rng.random() < 0.02 else place.street
    number = _typo(rng, str(place.number)) if rng.random() < 0.01 else str(place.number)
    unit = place.unit.replace("Apt ", rng.choice(["#", "Unit ", "Apt "])) if rng.random() < 0.7 else ""
    return " ".join(part for part in (number, direction, street, suffix, unit) if part)


def _person(rng: random.Random, *, older: bool, last: str = "") -> Person:
    last = last or rng.choices(POOLS["last"], POOLS["last_weights"])[0]
    first = rng.choice(POOLS[("old_" if older else "new_") + rng.choice("mf")])
    # No real place has the area codes 374 and 376.
    local = [f"37{rng.choice('44446')}{rng.randint(220, 989)}{rng.randint(0, 9999):04d}" for _ in range(2)]
    mobile = local[0] if rng.random() < 0.9 else f"{rng.choice(POOLS['far_codes'])}555{local[0][6:]}"
    parts = {"first": first.lower(), "f": first[0].lower(), "short": _familiar(rng, first, 1).lower()}
    parts |= {"last": last.lower().replace("-", ""), "n": str(rng.choice(["", rng.randint(1, 99)]))}
    form, year = rng.choice(POOLS["email_forms"]), rng.randint(1948, 1999)
    email = f"{form.format(**parts, year=year)}@{rng.choice(POOLS['old_hosts' if older else 'hosts'])}"
    return Person(first, last, mobile, local[1] if rng.random() < (0.65 if older else 0.1) else "", email)


class Office:
    """The contractor with its town: who lives there, who asks on the website, who calls, and what the phones type."""

    def __init__(self, rng: random.Random, leads: int) -> None:
        """Draw the rates, the period and its storms, and take over the old customers."""
        self.rng, self.size = rng, leads
        self.rates: dict[str, float] = {name: rng.uniform(*bounds) for name, bounds in POOLS["rates"].items()}
        self.start = date(rng.choice([2021, 2022, 2023]), rng.randint(1, 12), 1)
        self.days = min(max(int(leads / rng.uniform(2.6, 4.2)), 365), 1800)
        self.end = _later(self.start, self.days)
        self.storms = [(self.any_day(), rng.choice(["hail", "outage"])) for _ in range(self.days // 110)]
        self.beats, self.places = list[Place](), list[Place]()
        for street in POOLS["streets"]:
            # Long streets run through more than one town.
            for zone in rng.choices(POOLS["zones"], POOLS["zone_shares"], k=rng.choice((1, 1, 2, 3))):
                direction, suffix = rng.choice("NSEW") if rng.random() < 0.3 else "", rng.choice(POOLS["suffixes"])
                self.beats.append(Place(0, direction, street, (suffix[0], suffix[1]), "", *zone))
        self.leads, self.jobs, self.unclear = list[Lead](), list[Job](), list[tuple[Lead, Job]]()
        self.served = [self._customer() for _ in range(int(leads * 1.5))]
        for customer in self.served:
            customer.known, customer.plan_from = self.start, self.start if rng.random() < 0.12 else None
            self.open_account(customer, rng.choice(customer.people), imported=rng.random() < 0.45)

    def any_day(self) -> date:
        """Return a day of the period, rarely on a weekend."""
        while True:
            day = _later(self.start, self.rng.randrange(self.days))
            if self.rng.random() < POOLS["weekdays"][day.weekday()]:
                return day

    def _workday(self, day: date) -> date:
        while day.weekday() == 6 or (day.weekday() == 5 and self.rng.random() < 0.75):
            day = _later(day, 1)
        return day

    def _new_place(self, near: Place | None = None) -> Place:
        rng = self.rng
        unit = rng.choice(["upper", "lower", "rear", f"Apt {rng.randint(1, 12)}"]) if rng.random() < 0.09 else ""
        base = near or rng.choice(self.places if unit and self.places and rng.random() < 0.2 else self.beats)
        number = base.number + rng.randint(2, 60) * bool(near) or int(rng.triangular(102, 5400, 1100))
        self.places.append(replace(base, number=number, unit=unit))
        return self.places[-1]

    def _customer(self, near: Place | None = None) -> Customer:
        rng, home, older, draw = self.rng, self._new_place(near), self.rng.random() < 0.5, self.rng.random()
        head = _person(rng, older=older)
        if draw < 0.07:
            company = f"{rng.choice([head.last, home.street, home.city])} {rng.choice(POOLS['trades'])}"
            slug = "".join(letter for letter in company.lower() if letter.isalnum())
            staff = [head, _person(rng, older=older), _person(rng, older=False)]
            for one in staff:
                one.email, one.landline = f"{one.first[0].lower()}{one.last.lower()}@{slug}.example.com", head.mobile
            return Customer("business", staff, home, company)
        if draw < 0.13:
            company = f"{head.last} {rng.choice(POOLS['landlords'])}" if rng.random() < 0.5 else ""
            return Customer("landlord", [head], home, company, [self._new_place() for _ in range(rng.randint(2, 5))])
        spouse = _person(rng, older=older, last=head.last if rng.random() < 0.88 else "")
        spouse.landline = head.landline
        return Customer("home", [head, spouse] if rng.random() < 0.64 else [head], home)

    def _matter_on(self, day: date) -> Matter:
        kind = next((kind for start, kind in self.storms if 0 <= (day - start).days <= 9), "")
        if kind and self.rng.random() < 0.55:
            return self.rng.choice([matter for matter in MATTERS if matter["storm"] == kind])
        return self.rng.choices(MATTERS, [matter["weight"] * matter["season"][day.month - 1] for matter in MATTERS])[0]

    def _customer_for(self, matter: Matter, day: date) -> Customer:
        rng = self.rng
        if matter["key"] == "again" or rng.random() < self.rates["existing"]:
            for one in rng.choices(self.served, k=12):
                fits = matter["dept"] != "G" or bool(one.plan_from) == (matter["key"] in ("gen_fix", "gen_pm"))
                if fits and all(lead.busy < day for lead in one.requests):
                    return one
        storm = matter["storm"] and self.leads and rng.random() < 0.3
        return self._customer(rng.choice(self.leads[-12:]).place if storm else None)

    def _asker(self, customer: Customer) -> tuple[Person, Place, Place]:
        rng, draw, person, home = self.rng, self.rng.random(), self.rng.choice(customer.people), customer.home
        if customer.kind == "landlord":
            site = rng.choice(customer.others)
            return (_person(rng, older=False), site, site) if draw < 0.4 else (person, rng.choice([home, site]), site)
        if customer.kind == "home" and draw < 0.035:
            return _person(rng, older=False, last=person.last if rng.random() < 0.6 else ""), home, home
        if customer.kind == "home" and draw < 0.06:
            # A cabin on the river, or the home that they are about to move to.
            customer.others = customer.others or [self._new_place()]
            return person, home, customer.others[0]
        return person, home, home

    def _message(self, lead: Lead) -> str:
        rng, parts = self.rng, [self.rng.choice(POOLS["openers"]) + lead.matter["messages"][lead.topic]]
        if lead.called:
            parts.insert(0, rng.choice(POOLS["called"]).strip())
        elif rng.random() < 0.07:
            return ""
        if lead.site != lead.place and rng.random() < 0.7:
            parts.append(f"The house is at {_street(rng, lead.site, 0.6)}.")
        elif lead.person not in lead.customer.people and rng.random() < 0.5:
            parts.append("I am the tenant." if lead.customer.kind == "landlord" else "This is for my parents house.")
        text = " ".join(parts) + str(rng.choice(POOLS["tails"]))
        return text.lower() if rng.random() < 0.08 else text

    def _fill(self, lead: Lead) -> dict[str, str]:
        rng, person, place, customer = self.rng, lead.person, lead.place, lead.customer
        estimate = lead.matter["free"] and rng.random() < 0.65
        first, last, brief = _familiar(rng, person.first, 0.3), person.last, not estimate
        full = f"{first} {last}"
        names = [full, full.lower(), full.upper(), first, f"{first} {last[0]}", _typo(rng, full)]
        company = customer.company if person in customer.people and rng.random() < 0.2 else ""
        name = company or rng.choices(names, (84, 9, 2, 2.5, 1, 1))[0]
        digits = person.landline if person.landline and rng.random() < 0.3 else person.mobile
        phone = rng.choices([*_phones(digits), ""], (34, 26, 24, 5, 3, 3, 1.5, 1, 2))[0]
        work = f"{person.first.lower()}.{last.lower()}@work{rng.randint(1, 40)}.example.com"
        emails = [person.email, person.email.capitalize(), rng.choice(customer.people).email, work]
        email = rng.choices([*emails, _typo(rng, person.email)], (78, 12, 4, 5, 1))[0]
        email = "" if brief and rng.random() < self.rates["no_email"] else email
        city = place.city if rng.random() < 0.9 else rng.choice(["", *POOLS["also"][place.city]])
        street = rng.choices([_street(rng, place, 0.5), _street(rng, place, 0.5).lower(), place.street], (88, 10, 2))[0]
        street = "" if brief and rng.random() < self.rates["no_street"] else street
        heard = "Existing customer" if customer.accounts and rng.random() < 0.35 else rng.choice(POOLS["heard_of"])
        service = rng.choice(lead.matter["services"]) if rng.random() < 0.9 else "Other / Not sure"
        values = ["Free Estimate" if estimate else "Request Service", name, phone, email, street, city]
        values += [place.zip_code if rng.random() < 0.94 else "", service, heard, rng.choice(POOLS["campaigns"])]
        return dict(zip(POOLS["lead_headings"][2:], [*values, self._message(lead)], strict=True))

    def open_account(self, customer: Customer, person: Person, *, imported: bool = False) -> Account:
        """Type a new customer record, as it is heard on the phone or as the old system had it."""
        rng, first, last = self.rng, _familiar(self.rng, person.first, 0.25), person.last
        digits = person.landline if person.landline and rng.random() < 0.6 else person.mobile
        phone = rng.choices(_phones(digits), (97, 0, 0, 0, 0, 0, 1.2, 1.8))[0]
        email = person.email if rng.random() < (0.3 if imported else 0.58) else ""
        if not imported:
            last = rng.choice(POOLS["hear"].get(last, [last])) if rng.random() < 0.35 else last
            last, email = (_typo(rng, text) if rng.random() < 0.015 else text for text in (last, email))
        couple = " & ".join(_familiar(rng, one.first, 0.3) for one in customer.people[:2])
        # One of the two at the phones was taught to write the last name first.
        names = [f"{first} {last}", f"{last}, {first}", f"{couple} {last}", f"Mr/Mrs {last}"]
        name = customer.company if customer.company and rng.random() < 0.9 else rng.choices(names, (52, 38, 8, 2))[0]
        if imported and rng.random() < 0.7:
            name = customer.company.upper() or f"{last}, {first}".upper()
        alt = _phones(person.mobile)[0] if digits == person.landline and rng.random() < 0.3 else ""
        account = Account(name, phone, alt, email)
        self._add_site(account, customer.home)
        if imported:
            account.sites[customer.home] = account.sites[customer.home].upper()
        customer.accounts.append(account)
        return account

    def _add_site(self, account: Account, place: Place) -> None:
        rng = self.rng
        if place not in account.sites:
            city = place.city if rng.random() < 0.95 else rng.choice(POOLS["also"][place.city])
            tail = f"{place.state} {place.zip_code}" if rng.random() < 0.85 else place.state
            account.sites[place] = f"{_street(rng, place, 0.75)}, {city}, {tail}"

    def _account_of(self, customer: Customer, lead: Lead | None) -> Account:
        rng, payer, fresh = self.rng, self.rng.choice(customer.people), not customer.accounts
        if lead and lead.person in customer.people:
            payer = lead.person
        found = not fresh and rng.random() > self.rates["retyped"]
        account = customer.accounts[-1] if found else self.open_account(customer, payer)
        if lead and fresh and rng.random() < self.rates["pasted"] * (1 if payer is lead.person else 0.3):
            account.name = lead.row["Name"].title() if rng.random() < 0.6 else lead.row["Name"]
            account.email = lead.row["Email"].lower()
            digits = "".join(letter for letter in lead.row["Phone"] if letter.isdigit())[-10:]
            account.phone = _phones(digits)[0] if len(digits) == 10 else account.phone
        elif lead and rng.random() < 0.35:
            account.email = account.email or lead.row["Email"]
            account.alt = account.alt or lead.row["Phone"] * (lead.row["Phone"][-4:] != account.phone[-4:])
        return account

    def _note(self, words: list[str], lead: Lead | None, *, again: bool) -> str:
        rng, parts = self.rng, [self.rng.choice(words)]
        if rng.random() < self.rates["blank_note"]:
            return ""
        if again and rng.random() < 0.6:
            parts.insert(0, rng.choice(POOLS["return_notes"]))
        elif lead and not again:
            parts = [lead.row["Message"]] if lead.row["Message"] and rng.random() < 0.1 else parts
            parts = [rng.choice(POOLS["web_notes"]), *parts] if rng.random() < 0.2 else parts
            stranger = lead.person not in lead.customer.people
            if rng.random() < (0.6 if stranger else 0.12):
                contact = f"{_familiar(rng, lead.person.first, 0.5)} {_phones(lead.person.mobile)[1]}"
                parts.append(f"tenant/family {contact}" if stranger else f"call {contact}")
        parts += [rng.choice(POOLS[pool]) for pool in ("extras", "callers") if rng.random() < 0.25]
        return rng.choice([", ", ". ", " - "]).join(parts)

    def visits(self, customer: Customer, site: Place, matter: Matter, day: date, lead: Lead | None = None) -> list[Job]:
        """Return the first visit and, if the work goes on, the next ones."""
        rng, again, jobs, account = self.rng, False, list[Job](), self._account_of(customer, lead)
        topic = lead.topic if lead else rng.randrange(len(matter["notes"]))
        # Who has called already is filed like other callers.
        source = None if lead and lead.called else lead
        pool = "new_campaigns" if source and not customer.known else "office_campaigns"
        listed = rng.random() < (self.rates["website"] if source else 0.05)
        campaign = "Website" if listed else rng.choice(POOLS[pool])
        self._add_site(account, site)
        if matter["key"] in ("roof", "gutter", "hail") and rng.random() < 0.3:
            # The owner saw it with his notebook: the software learns of it when the work is sold.
            again, day = True, self._workday(_later(day, rng.randint(8, 40)))
        while day <= self.end:
            soonest, latest = matter["lag"]
            extra = rng.randint(2, 18) if again and matter["free"] else 0
            done = self._workday(_later(day, int(rng.triangular(soonest, latest, soonest)) + extra))
            low, high = matter["price2" if again else "price"]
            total = low * (high / low) ** rng.betavariate(1.6, 2.4) if low and rng.random() < 0.96 else 0
            kinds = matter["second" if again else "first"]
            kinds = ["E - Service Call", "Misc"] if rng.random() < self.rates["generic"] / (1 + 2 * again) else kinds
            # What the on-call man did on the weekend is typed afterwards.
            created = _later(done, rng.randint(1, 3)) if rng.random() < 0.03 else day
            note = self._note(matter["notes"][topic], source, again=again)
            if created <= self.end:
                kind = rng.choice(kinds)
                jobs.append(Job(created, done, customer, account, site, matter, kind, campaign, round(total, 2), note))
            if not matter["second"] or rng.random() > (0.06 if again else matter["rate"]):
                break
            day, again = self._workday(_later(done, rng.randint(*matter["gap"]))), True
            campaign = campaign if rng.random() < 0.6 else "Repeat Customer"
        return jobs

    def request(self, day: date) -> None:
        """Let one person ask on the website, and perhaps become a customer of that request."""
        rng, matter = self.rng, self._matter_on(day)
        customer = self._customer_for(matter, day)
        clock = time(rng.choices(range(24), POOLS["hours"])[0], rng.randrange(60), rng.randrange(60))
        called = 9 <= clock.hour < 16 and day.weekday() < 5 and rng.random() < 0.008
        # Some people are reached only after weeks, and no one answers in the evening.
        wait = rng.choices([0, 1, 2, 3, rng.randint(4, 9), rng.randint(8, 24)], (34, 30, 14, 9, 9, 4))[0]
        answered = day if called else self._workday(_later(day, max(wait, int(clock.hour >= 16))))
        topic, end = rng.randrange(len(matter["messages"])), _later(day, 90)
        when = datetime.combine(day, clock, UTC)
        lead = Lead(when, customer, *self._asker(customer), matter, topic, called, end, end)
        lead.row = self._fill(lead)
        self.leads.append(lead)
        if called or rng.random() < self.rates["booked"] * matter["pull"] * (1.3 if customer.accounts else 0.85):
            self.book(lead, answered)
        elif rng.random() < 0.05:
            self.book(lead, answered, lost=True)
        customer.requests.append(lead)
        if matter["key"] == "again":
            self._call(customer, _later(day, -rng.randint(12, 90)), rng.choice(MATTERS[:6]))

    def book(self, lead: Lead, day: date, *, lost: bool = False) -> None:
        """File the jobs of a request; it waits until the first and keeps people busy until the last."""
        rng, customer = self.rng, lead.customer
        if lost or rng.random() < 0.025:
            for job in self.visits(customer, lead.site, lead.matter, day, lead)[:1]:
                note = f"{job.note} {rng.choice(POOLS['cancel_notes'])}".strip()
                self.jobs.append(replace(job, created=day, status="Canceled", note=note))
            day = self._workday(_later(day, rng.randint(1, 9)))
        if lost:
            return
        lead.jobs = self.visits(customer, lead.site, lead.matter, day, lead)
        self.jobs += lead.jobs
        self.unclear += [(lead, job) for job in lead.jobs if lead.called]
        ends = [max(job.created, job.done) for job in lead.jobs]
        lead.until, lead.busy = (ends or [lead.until])[0], max([lead.busy, *ends])
        if lead.jobs and not customer.known:
            customer.known = day
            self.served.append(customer)
        if lead.matter["key"] == "gen_new" and len(lead.jobs) > 1 and rng.random() < 0.5:
            customer.plan_from = _later(lead.jobs[1].done, 120)

    def file(self, job: Job) -> bool:
        """File a job that has nothing to do with the website, unless a request waits: people mention both at once."""
        last = max(job.created, job.done)
        waiting = [one for one in job.customer.requests if one.when.date() <= last and job.created <= one.until]
        if job.created > self.end or (waiting and self.rng.random() > 0.04):
            return False
        for lead in waiting:
            if not lead.jobs and lead.matter["dept"] == job.matter["dept"] and job.kind != "G - PM":
                job.note = ""
                self.unclear.append((lead, job))
        self.jobs.append(job)
        return True

    def _call(self, customer: Customer, day: date, matter: Matter) -> None:
        rng, site, day = self.rng, customer.home, self._workday(day)
        if customer.others and rng.random() < (0.8 if customer.kind == "landlord" else 0.15):
            site = rng.choice(customer.others)
        if day >= max(self.start, customer.known or self.start) and matter["key"] != "again":
            for job in self.visits(customer, site, matter, day):
                if not self.file(job):
                    break

    def answer_phones(self) -> None:
        """Fill the period with the work that no one requested on the website."""
        rng = self.rng
        for _ in range(int(self.size * self.rates["calls"])):
            day, customer = self.any_day(), rng.choice(self.served)
            if rng.random() < 0.33:
                customer = self._customer()
                customer.known = day
                self.served.append(customer)
            self._call(customer, day, self._matter_on(day))
        for lead in self.leads:
            # While the man is there, people think of something else; and some call months after they asked in vain.
            if rng.random() < 0.06:
                others = [matter for matter in MATTERS if matter["dept"] != lead.matter["dept"]]
                self._call(lead.customer, _later(lead.until, rng.randint(2, 100)), rng.choice(others))

    def keep_plans(self) -> None:
        """File the two generator visits a year of every plan customer."""
        rng, matter = self.rng, next(matter for matter in MATTERS if matter["key"] == "gen_pm")
        for one in self.served:
            day = _later(one.plan_from, rng.randint(3, 185)) if one.plan_from else self.end
            while day < self.end:
                account, site = one.accounts[-1], one.home
                self._add_site(account, site)
                note = rng.choice(POOLS["plan_notes"]) if rng.random() > self.rates["blank_note"] else ""
                done, day = self._workday(_later(day, rng.randint(0, 20))), self._workday(day)
                self.file(Job(day, done, one, account, site, matter, "G - PM", "Maintenance Plan", 0.0, note))
                day = _later(day, rng.randint(165, 200))

    def go_back(self) -> None:
        """Add free recalls and double entries."""
        rng = self.rng
        for job in [job for job in self.jobs if job.status == "Completed"]:
            draw = rng.random()
            if job.total and draw < 0.025:
                created, note = _later(job.done, rng.randint(2, 45)), rng.choice(POOLS["recall_notes"])
                done = self._workday(_later(created, rng.randint(0, 6)))
                self.file(replace(job, created=created, done=done, kind="Callback N/C", total=0.0, note=note))
            elif draw > 0.992:
                created, note = _later(job.created, rng.randint(0, 1)), rng.choice(POOLS["dup_notes"])
                self.jobs.append(replace(job, created=created, status="Canceled", total=0.0, note=note))

    def forms(self, spams: int, doubles: int) -> list[Entry]:
        """Return the stored forms: requests, some of them sent again, and what no one requested."""
        rng, entries = self.rng, list[Entry]((lead.when, lead.row, lead) for lead in self.leads)
        for lead in rng.sample(self.leads, doubles):
            when, row = lead.when + timedelta(seconds=rng.randint(40, 1500)), dict(lead.row)
            later = lead.when + timedelta(days=rng.randint(1, 6), minutes=rng.randint(-300, 300))
            if rng.random() < 0.5:
                row = self._fill(lead)
            if rng.random() < 0.6 and later.date() < min([self.end, *(job.created for job in lead.jobs)]):
                when, row["Message"] = later, rng.choice(POOLS["nags"]) + row["Message"]
            entries.append((when, row, lead))
        for name, email, message in rng.choices(POOLS["spam"], k=spams):
            when = datetime.combine(self.any_day(), time(rng.randrange(24), rng.randrange(60)), UTC)
            phone = rng.choice([_person(rng, older=False).mobile, ""])
            values = ["Request Service", name, phone, email, *[""] * 3, "Other / Not sure", "", "", message]
            entries.append((when, dict(zip(POOLS["lead_headings"][2:], values, strict=True)), None))
        return sorted(entries, key=lambda entry: entry[0])

    def job_row(self, job: Job) -> list[str]:
        """Return the values of the job export."""
        account, dept, over = job.account, job.matter["dept"], job.status == "Completed" and job.done <= self.end
        status = "Scheduled" if job.status == "Completed" and not over else job.status
        values = [str(job.number), f"{job.created:%m/%d/%Y}", f"{job.done:%m/%d/%Y}" if over else "", account.name]
        values += [account.phone, account.alt, account.email, account.sites[job.site], POOLS["units"][dept], job.kind]
        values += [job.campaign, status, self.rng.choice(POOLS["techs"][dept]) if over else ""]
        return [*values, f"${job.total:,.2f}" if over else "", job.note]


def _save(path: Path, headings: list[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        writer.writerows(dict(zip(headings, row, strict=True)) for row in rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the exports and the truth of one office to the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(f"rivercity-{seed}")
    office = Office(rng, leads)
    spams, doubles = int(leads * office.rates["spam"]), int(leads * office.rates["double"])
    for day in sorted(office.any_day() for _ in range(leads - spams - doubles)):
        office.request(day)
    office.answer_phones()
    office.keep_plans()
    office.go_back()
    number, rows = rng.randint(1200, 9000), list[list[object]]()
    for when, row, lead in office.forms(spams, doubles):
        number += rng.choice([1, 1, 1, 1, 2])
        shift = (5 if 3 <= when.month <= 10 else 6) if office.rates["utc"] < 0.5 else 0
        rows.append([number, f"{when + timedelta(hours=shift):%Y-%m-%d %H:%M:%S}", *row.values()])
        if lead:
            lead.numbers.append(number)
    _save(folder / "leads.csv", POOLS["lead_headings"], rows)
    number = rng.randint(30000, 60000)
    office.jobs.sort(key=lambda job: job.created)
    for job in office.jobs:
        job.number = number = number + rng.choice([1, 1, 1, 2, 3])
    _save(folder / "jobs.csv", POOLS["job_headings"], (office.job_row(job) for job in office.jobs))
    true = [(lead, job) for lead in office.leads if not lead.called for job in lead.jobs]
    for name, pairs in (("truth", true), ("ambiguous", office.unclear)):
        ids = [(number, job.number) for lead, job in pairs for number in lead.numbers]
        _save(folder / f"{name}.csv", ["lead_id", "job_id"], ids)
    twice = [(one, f"G{lead.numbers[0]}") for lead in office.leads if len(lead.numbers) > 1 for one in lead.numbers]
    _save(folder / "lead_groups.csv", ["lead_id", "group_id"], twice)
