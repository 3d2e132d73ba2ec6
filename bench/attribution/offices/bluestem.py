"""Write the leads and jobs of an electrical, generator and air-conditioning contractor in a prairie city.

The city has a university and an army post, so houses often change their occupants, and many phones are from elsewhere.
True are the jobs that a website request led to: the first visit, and the repair, installation, trim-out or startup that
continues it; not canceled bookings, duplicates, free recalls, routine plan visits and later work for another reason.

Hard cases: landlords who pay for what a tenant asked, spouses, parents of students, old phones on old records, records
of the previous occupant, names heard over the phone, evening requests stamped in UTC, generators bought months later.
"""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
NO_PHONE = "7855550000"
SUNDAY = 6
FREE = ("Estimate", "Sales", "Visit", "Recall", "Startup", "Final Insp")
# After a request its customer rarely calls about anything else first.
QUIET = timedelta(days=91)


@dataclass(eq=False)
class Place:
    """A house, apartment, farm or shop."""

    number: int
    side: str
    street: str
    suffix: str
    unit: str
    city: str
    zip_code: str


@dataclass(eq=False)
class Person:
    """A person with the phones and emails that he or she may give."""

    first: str
    last: str
    phones: list[str]
    emails: list[str]


@dataclass(eq=False)
class Record:
    """A customer as the office typed it once; all its jobs show the same text."""

    number: int
    name: str
    phone: str
    alt_phone: str
    email: str
    sites: dict[Place, str] = field(default_factory=dict)


@dataclass(eq=False)
class Account:
    """A household, landlord or company in reality, with the records that the office has of it."""

    kind: str
    people: list[Person]
    places: list[Place]
    company: str = ""
    since: date = date.min
    until: date = date.max
    owner: "Account | None" = None
    before: Record | None = None
    records: list[Record] = field(default_factory=list)
    jobs: list["Job"] = field(default_factory=list)
    leads: list["Lead"] = field(default_factory=list)


@dataclass(eq=False)
class Call:
    """One reason to come: who books it for which place and work."""

    account: Account
    person: Person
    place: Place
    work: dict[str, Any]
    detail: str
    day: date
    source: str
    web: bool = False
    later: bool = False
    tenant: Person | None = None


@dataclass(eq=False)
class Job:
    """A job of the field-service software; a stray one has nothing to do with the website."""

    call: Call
    record: Record
    kind: str
    created: date
    scheduled: date
    campaign: str
    total: float
    notes: str
    status: str
    stray: bool
    hushed: bool = False
    number: int = 0


@dataclass(eq=False)
class Lead:
    """A submission of the request form or the chat."""

    when: datetime
    row: dict[str, str]
    jobs: list[Job] = field(default_factory=list)
    maybe: list[Job] = field(default_factory=list)
    group: str = ""


def phone_text(digits: str, *, dashes: bool) -> str:
    """Return the phone with punctuation."""
    head, rest = digits[:3], f"{digits[3:6]}-{digits[6:]}"
    return "" if not digits else f"{head}-{rest}" if dashes else f"({head}) {rest}"


class Office:
    """The town, and the office with its call center, customer records, jobs and leads."""

    def __init__(self, rng: Random, leads: int) -> None:
        self.rng = rng
        self.rates: dict[str, float] = {name: rng.uniform(*span) for name, span in POOLS["rates"].items()}
        self.phones = {NO_PHONE}
        self.streets = [
            (*street, rng.choice(POOLS["side_weights"]), self._pick(POOLS["cities"]), rng.uniform(0.3, 2))
            for street in rng.sample(POOLS["streets"], 150)
        ]
        self.names = {key: [[n, 1 / (i + 18)] for i, n in enumerate(POOLS[key])] for key in ("last", "men", "women")}
        self.end = date(2026, rng.choice([6, 8, 10]), 28)
        self.days = min(1400, 320 + leads // 12)
        self.start = self.end - timedelta(days=self.days)
        storms = rng.sample(range(self.days), self.days // 55)
        self.stormy = {self.start + timedelta(days=storm + after) for storm in storms for after in range(5)}
        self.record_number = rng.randrange(8000, 30000)
        self.jobs: list[Job] = []
        self.known: list[Account] = []

    def _chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def _pick(self, weighted: Sequence[Any]) -> Any:
        row = self.rng.choices(weighted, [row[-1] for row in weighted])[0]
        return row[0] if len(row) == 2 else row[:-1]

    def _wait(self, low: int, high: int) -> timedelta:
        return timedelta(days=round(self.rng.triangular(low, high, low)))

    def _phone(self, far: float) -> str:
        for _ in range(30):
            area = self.rng.choice(POOLS["areas"]) if self._chance(far) else self._pick(POOLS["near"])
            number = f"{area}555{self.rng.randrange(1, 10000):04}"
            if number not in self.phones:
                break
        self.phones.add(number)
        return number

    def _email(self, first: str, last: str) -> str:
        rng, one, two = self.rng, first.lower(), last.lower().replace("'", "")
        number = rng.choice(["", "", rng.randrange(1, 100), rng.randrange(1950, 2006), rng.randrange(999)])
        styles = [f"{one}.{two}", f"{one}{two}", f"{one[0]}{two}", f"{one}{two[0]}", f"{two}{one}", f"{two}family"]
        local = rng.choices([*styles, rng.choice(POOLS["words"])], [9, 8, 7, 4, 3, 2, 3])[0]
        return f"{local}{number or ('' if '.' in local else rng.randrange(10, 99))}@{self._pick(POOLS['hosts'])}"

    def _person(self, far: float, last: str = "", sex: str = "") -> Person:
        last = last or self._pick(self.names["last"])
        first = self._pick(self.names[sex or self.rng.choice(["men", "women"])])
        work_mail = f"{first[0]}{last}@{self.rng.choice(POOLS['work_hosts'])}".lower().replace("'", "")
        emails = [self._email(first, last), work_mail if self._chance(0.5) else self._email(first, last)]
        return Person(first, last, [self._phone(far), self._phone(far / 2)], emails)

    def _place(self, kind: str) -> Place:
        rng, (name, suffix, side, (city, zip_code)) = self.rng, self._pick(self.streets)
        unit, number = rng.choice(POOLS["doors"].get(kind, [""])), rng.randrange(100, rng.choice([900, 1800, 3200]))
        if kind == "farm":
            city, zip_code = self._pick(POOLS["cities"][3:])
            name, suffix, number = rng.choice(POOLS["rural"]), "", rng.randrange(1000, 24000, 5)
        return Place(number, side, name, suffix, unit, city, zip_code)

    def _people(self, kind: str) -> list[Person]:
        head = self._person(far := POOLS["far"].get(kind, 0.13))
        if not self._chance(POOLS["mates"].get(kind, 0.25)):
            return [head]
        last, sex = "" if self._chance(0.14) else head.last, "women" if head.first in POOLS["men"] else "men"
        mate = self._person(far, last, sex)
        mate.phones[1] = head.phones[1] if self._chance(0.3) else mate.phones[1]
        return [head, mate]

    def _account(self, kind: str, since: date = date.min) -> Account:
        account, choose = Account(kind, self._people(kind), [self._place(kind)], since=since), self.rng.choice
        if kind == "landlord" and self._chance(0.15):
            account.places[0].city, account.places[0].zip_code = choose(POOLS["away"])
        low, high, sizes = POOLS["rentals"].get(kind, (0, 1, [1]))
        for _ in range(self.rng.randrange(low, high)):
            base, units = self._place("tenant"), choose(sizes)
            account.places += [replace(base, unit=f"Apt {n + 1}") for n in range(units)] if units > 1 else [base]
        if kind in ("business", "manager") or (kind == "landlord" and self._chance(0.15)):
            front = choose([*self.rng.sample(POOLS["company_a"], 2), account.people[0].last])
            trade = choose(POOLS["company_b" if kind == "business" else "manager_b"])
            account.company = f"{front} {trade}{choose(POOLS['tails'])}"
        return account

    def _work(self, day: date, kind: str) -> dict[str, Any]:
        month, storm, works = day.month - 1, day in self.stormy, POOLS["works"]
        # Who rents rarely buys a generator or a panel.
        rents = 0.05 if kind in ("tenant", "student", "manager") else 1
        weights = [w["weight"] * w["months"][month] * (1 + w["storm"] * storm) * rents ** w["owners"] for w in works]
        return dict(self.rng.choices(works, weights)[0])

    def _hear(self, name: str, chance: float) -> str:
        reverse = [name[-2:], name[:-3:-1]]
        old, new = self.rng.choice([pair for pair in POOLS["sounds"] if pair[0] in name[1:]] or [reverse])
        return name[0] + str(name[1:].replace(old, new, 1)) if self._chance(chance) else name

    def _street(self, place: Place, sloppy: float) -> str:
        rng, street, side, suffix, unit = self.rng, place.street, place.side, place.suffix, place.unit
        number = place.number + (rng.choice([-10, -2, 2, 10, 90]) if self._chance(0.006) else 0)
        if self._chance(sloppy):
            side = rng.choice([side, side, POOLS["long"].get(side, ""), ""])
            street = self._hear(street, 0.03).replace("County", rng.choice(["County", "Co", "Cnty"]))
            suffix = rng.choice([suffix, suffix, POOLS["long"].get(suffix, suffix), ""])
            unit = rng.choice([unit, unit, unit.replace("Apt ", "#"), unit.replace("Apt", "Unit"), ""])
        return " ".join(str(part) for part in (number, side, street, suffix, unit) if part)

    def _nick(self, person: Person, chance: float) -> str:
        names = POOLS["nick"].get(person.first, [person.first])
        return str(self.rng.choice(names)) if self._chance(chance) else person.first

    def _record_name(self, account: Account, person: Person) -> str:
        if account.company and self._chance(0.88):
            return account.company
        slip, roll = self.rates["slip"], self.rng.random()
        first, last = self._hear(self._nick(person, 0.14), 0.02 * slip), self._hear(person.last, 0.03 * slip)
        mates = [mate for mate in account.people if mate is not person and mate.last == person.last]
        if mates and roll < 0.07:
            return f"{first} & {mates[0].first} {last}"
        if account.since == date.min and roll < 0.3:
            # The software before this one had no mixed case.
            return f"{last}, {first}".upper()
        return f"{last}, {first}" if roll > 0.96 else f"{first} {last}"

    def _open_record(self, account: Account, person: Person, *, web: bool) -> Record:
        rng, mate, phone, email, alt = self.rng, account.people[-1], person.phones[0], person.emails[0], ""
        if not (web and self._chance(self.rates["copied"])):
            phone = rng.choices([phone, person.phones[1], mate.phones[0], NO_PHONE], [86, 8, 5, 1])[0]
            email = rng.choices([email, "", person.emails[1], "none@example.com"], [45, 44, 7, 2])[0]
            alt = rng.choice([person.phones[1], mate.phones[0]]) if self._chance(0.4) else ""
            phone = self._phone(0.3) if account.since == date.min and self._chance(0.13) else phone
        if self._chance(0.012 * self.rates["slip"]):
            at = rng.randrange(6, 9)
            phone = phone[:at] + rng.choice([phone[at + 1] + phone[at], "17", "40"]) + phone[at + 2 :]
        self.record_number += rng.randrange(1, 4)
        record = Record(self.record_number, self._record_name(account, person), phone, alt, email)
        account.records.append(record)
        return record

    def _record(self, call: Call) -> Record:
        account, person, old = call.account, call.person, call.account.before
        if account.records and self._chance(self.rates["lookup"] if call.web else 0.96):
            found = account.records[0] if self._chance(0.8) else self.rng.choice(account.records)
            if call.web and found.phone != person.phones[0] and self._chance(0.45):
                found.alt_phone, found.phone = found.phone, person.phones[0]
            return found
        if not old or account.records or self._chance(0.6):
            return self._open_record(account, person, web=call.web)
        # Found by the address: the previous occupant's record gets a new name, or keeps the old one.
        if self._chance(0.6):
            old.name, old.email = self._record_name(account, person), ""
        old.phone = person.phones[0] if self._chance(0.7) else old.phone
        account.records.append(old)
        return old

    def _notes(self, call: Call, record: Record) -> str:
        rng, tenant = self.rng, call.tenant
        detail = call.detail if self._chance(0.88) else rng.choice(call.work["x"])
        parts = [rng.choice(POOLS["later_notes"] if call.later else call.work["desc"]).format(x=detail)]
        if tenant and self._chance(0.72):
            phone = phone_text(tenant.phones[0], dashes=True) if self._chance(0.7) else ""
            parts.append(f"{rng.choice(['tenant', 'Tenant:', 'T -', 'renter'])} {tenant.first} {phone}".strip())
        elif call.person.first.upper() not in record.name.upper() and self._chance(0.4):
            parts.append(f"{rng.choice(['spk w/', 'per', 'contact'])} {self._nick(call.person, 0.3)}")
        parts += rng.sample(POOLS["web_notes"], self._chance(0.13 if call.web else 0.003))
        parts += rng.sample(POOLS["office_notes"], self._chance(0.35))
        return str(rng.choice([". ", "; ", " - "]).join(parts))

    def _add(self, call: Call, record: Record, kind: str, day: date, *, stray: bool) -> Job:
        rng, later = self.rng, call.later
        day += timedelta(days=int(day.weekday() == SUNDAY and self._chance(0.88)))
        scheduled = day + self._wait(*call.work["lag"])
        scheduled += timedelta(days=int(scheduled.weekday() == SUNDAY))
        campaign = rng.choice(["Existing Customer", call.source]) if later else call.source
        low, high = call.work["big" if later else "total"]
        status = "Scheduled" if scheduled > self.end else "Completed"
        total = 0.0 if scheduled > self.end or kind.endswith(FREE) else round(rng.triangular(low, high, low), 2)
        notes = self._notes(call, record) if self._chance(0.94) else ""
        job = Job(call, record, kind, day, scheduled, campaign, total, notes, status, stray)
        record.sites.setdefault(call.place, self._street(call.place, 0.3))
        self.jobs.append(job)
        call.account.jobs.append(job)
        return job

    def _cancel(self, job: Job, notes: str) -> None:
        job.status, job.total, job.notes = self.rng.choice(["Canceled", "Canceled", "Void"]), 0.0, notes

    def _serve(self, call: Call, *, stray: bool = True) -> list[Job]:
        """Enter the first visit and what follows from it; return the jobs of this work."""
        rng, work, record = self.rng, call.work, self._record(call)
        job = self._add(call, record, rng.choice(work["first"]), call.day, stray=stray)
        if self._chance(self.rates["cancel"]):
            self._cancel(job, job.notes)
            if self._chance(0.7):
                return []
            job = self._add(call, record, job.kind, job.created + timedelta(days=rng.randrange(1, 9)), stray=stray)
        if self._chance(0.008):
            self._cancel(self._add(call, record, job.kind, job.created, stray=True), "dup")
        chain, call.later = [job], True
        kinds = [rng.choice(work["then"])] if self._chance(work["p_next"]) else []
        kinds += [work["stage"]] if kinds and "stage" in work and self._chance(0.4) else []
        for kind in kinds:
            chain.append(self._add(call, record, kind, chain[-1].scheduled + self._wait(*work["gap"]), stray=stray))
        if chain[-1].total and self._chance(self.rates["recall"]):
            job = self._add(call, record, "Recall", chain[-1].scheduled + self._wait(4, 45), stray=True)
            job.notes = rng.choice(POOLS["recall_notes"]).format(x=call.detail)
        return chain

    def _call(self, account: Account, day: date) -> Call:
        rng, work, place = self.rng, self._work(day, account.kind), account.places[0]
        source = "Existing Customer" if account.jobs and self._chance(0.5) else self._pick(POOLS["call_sources"])
        call = Call(account, rng.choice(account.people), place, work, rng.choice(work["x"]), day, source)
        if account.kind in ("landlord", "manager") and self._chance(0.85):
            call.place = rng.choice(account.places[1:])
            call.tenant = self._person(0.4) if self._chance(0.7) else None
        return call

    def _plan(self, account: Account, begin: date) -> None:
        person, place = account.people[0], account.places[0]
        for number, kind, month in self.rng.choice([POOLS["plans"][:1], POOLS["plans"][1:2], POOLS["plans"][::2]]):
            for year in range(begin.year, self.end.year + 1):
                day = date(year, month, 1) + timedelta(days=self.rng.randrange(50))
                call = Call(account, person, place, POOLS["works"][number], "plan visit", day, "Maintenance Plan")
                if day > begin:
                    self._add(call, self._record(call), kind, day, stray=True)

    def fill(self, leads: int) -> None:
        """Enter the customers who did not come from the website, with their calls and plans."""
        while len(self.jobs) < leads * self.rates["calls"]:
            fresh = self._chance(0.4)
            begin = self.start + timedelta(days=self.rng.randrange(self.days) if fresh else 0)
            account = self._account(self._pick(POOLS["caller_kinds"]), begin if fresh else date.min)
            if fresh:
                self._serve(self._call(account, begin))
            else:
                self._open_record(account, account.people[0], web=False)
            span = (self.end - begin).days
            for _ in range(int(POOLS["yearly_calls"].get(account.kind, 0.45) * span / 365 + self.rng.random())):
                self._serve(self._call(account, begin + timedelta(days=self.rng.randrange(span + 1))))
            self.known.append(account)
            if account.kind in ("owner", "farm") and self._chance(0.22):
                self._plan(account, begin)

    def _stamps(self, count: int) -> list[datetime]:
        rng, days = self.rng, [self.start + timedelta(days=number) for number in range(self.days)]
        weights = [POOLS["busy"][day.month - 1] * (2.2 if day in self.stormy else 1) for day in days]
        return sorted(
            datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60)))
            for day in rng.choices(days, weights, k=count)
            for hour in rng.choices(range(24), POOLS["hours"])
        )

    def _caller(self, day: date) -> Account:
        """Return a known customer, or a new one who may rent or have moved into a known house."""
        rng = self.rng
        if self._chance(self.rates["repeat"]):
            for account in rng.choices(self.known, k=8):
                busy = [lead.jobs[-1].created if lead.jobs else lead.when.date() + QUIET for lead in account.leads]
                if max(account.since, *busy, date.min) < day < account.until:
                    if account.kind in ("owner", "army") and self._chance(0.05):
                        account.places.insert(0, self._place(account.kind))
                    return account
        account, old = self._account(self._pick(POOLS["lead_kinds"]), day), rng.choice(self.known)
        if account.kind == "tenant" or (account.kind == "army" and self._chance(0.35)):
            owners = [other for other in rng.choices(self.known, k=40) if other.kind in ("landlord", "manager")]
            account.owner = owners[0] if owners and self._chance(0.6) else self._account("landlord", day)
            account.places = [rng.choice(account.owner.places[1:])]
        elif account.kind in ("owner", "army") and old.kind in POOLS["mates"] and not old.leads and self._chance(0.12):
            self._move_in(account, old, day - timedelta(days=rng.randrange(5, 250)))
        return account

    def _move_in(self, account: Account, old: Account, day: date) -> None:
        old.until, account.places = day, [old.places[0]]
        account.before = old.records[0] if old.records else None

    def _form(self, call: Call) -> dict[str, str]:
        rng, person, account, chat = self.rng, call.person, call.account, self._chance(0.06)
        home = account.places[0] if account.kind == "landlord" and self._chance(0.35) else call.place
        first, last = self._nick(person, 0.2), "" if self._chance(0.35 if chat else 0.012) else person.last
        styles: list[Callable[[str], str]] = [str, str.lower, str.upper]
        style = rng.choices(styles, [91, 7, 2])[0]
        phone = rng.choices([*person.phones, account.people[-1].phones[0]], [88, 7, 5])[0]
        email = rng.choices([*person.emails, account.people[-1].emails[0], ""], [78, 9, 4, 50 if chat else 9])[0]
        street = "" if self._chance(0.75 if chat else 0.08) else self._street(home, 0.5)
        values = [style(first), style(last), phone if chat else phone_text(phone, dashes=False), email, style(street)]
        values += [home.city if street else "", "" if chat and not street else home.zip_code]
        values += [rng.choice(call.work["services"]), "" if chat else self._pick(POOLS["heard"])]
        values += [self._message(call, chat=chat), "Chat" if chat else self._pick(POOLS["pages"])]
        return dict(zip(POOLS["lead_headings"], values, strict=True))

    def _message(self, call: Call, *, chat: bool) -> str:
        rng, owner, mate = self.rng, call.account.owner, call.account.people[-1]
        parts = rng.sample(POOLS["chat"], chat)
        parts += [said.format(x=call.detail) for said in rng.sample(call.work["says"], self._chance(0.9))]
        if owner:
            name = owner.company or f"{owner.people[0].first} {owner.people[0].last}"
            parts.append(rng.choice(POOLS["renter_says"]).format(owner=name))
        elif call.account.kind == "landlord" and self._chance(0.6):
            parts.append(rng.choice(POOLS["owner_says"]))
        if mate is not call.person and self._chance(0.07):
            parts.append(f"or call {self._nick(mate, 0.4)} {phone_text(mate.phones[0], dashes=True)}")
        parts += rng.sample(POOLS["extras"], self._chance(0.3))
        return rng.choice([". ", " ", "\n"]).join(part for part in parts if part)

    def take(self, when: datetime) -> Lead:
        """Take a request, with all that comes of it."""
        rng, day, junk = self.rng, when.date(), self._chance(self.rates["junk"])
        account = self._account("owner") if junk else self._caller(day)
        work = self._work(day, "tenant" if account.owner else account.kind)
        place = rng.choice(account.places[1:]) if account.kind in ("landlord", "manager") else account.places[0]
        person = account.people[0] if self._chance(0.78) else account.people[-1]
        source = "Existing Customer" if account.records and self._chance(0.35) else self._pick(POOLS["web_sources"])
        call = Call(account, person, place, work, rng.choice(work["x"]), day, source, web=True)
        lead = Lead(when, self._form(call))
        if junk:
            lead.row |= rng.choice(POOLS["junk"])
            return lead
        account.leads.append(lead)
        chance = self.rates["conversion"] * (0.75 if account.owner else 1) * (1.3 if account.records else 1)
        (self._convert if self._chance(chance) else self._lose)(lead, call)
        return lead

    def _hush(self, jobs: list[Job], first: date, last: date) -> None:
        """Take back most stray jobs of these days: people settle one thing at a time."""
        for job in jobs:
            job.hushed |= job.stray and first <= job.created <= last and self._chance(0.99)

    def _convert(self, lead: Lead, call: Call) -> None:
        rng, account, owner = self.rng, call.account, call.account.owner
        asked = call.day
        call.day += self._wait(*self._pick(POOLS["waits"])) + timedelta(days=lead.when.hour >= 16)
        if owner and self._chance(0.65):
            call.tenant, call.account, call.person = call.person, owner, owner.people[0]
        elif self._chance(0.18):
            call.person = rng.choice(account.people)
        lead.jobs = self._serve(call, stray=False)
        until = lead.jobs[0].created if lead.jobs else asked + QUIET
        self._hush([*account.jobs, *call.account.jobs], asked, until)
        named = owner and (owner.company or owner.people[0].last) in lead.row["Message"]
        if call.tenant and not named and not lead.row["Street Address"]:
            lead.maybe = [job for job in lead.jobs if call.tenant.first not in job.notes]
        if lead.jobs and call.account is account:
            self.known.append(account)
            if self._chance(0.2):
                self._serve(self._call(account, lead.jobs[-1].scheduled + self._wait(8, 300)))

    def _lose(self, lead: Lead, call: Call) -> None:
        self._hush(call.account.jobs, call.day, call.day + QUIET)
        roll, call.web, call.source = self.rng.random(), False, self._pick(POOLS["call_sources"])
        call.day += timedelta(days=self.rng.randrange(96, 300))
        if roll < 0.012:
            # Months later, and no one noted if the request was still the reason.
            lead.maybe = self._serve(call)[:1]
        elif roll < 0.05:
            self._serve(self._call(call.account, call.day))
        elif roll < 0.09 and call.account.kind in POOLS["mates"] and call.account.until == date.max:
            new = self._account("owner", call.day)
            self._move_in(new, call.account, call.day - timedelta(days=5))
            self._serve(self._call(new, call.day))

    def requests(self, count: int) -> list[Lead]:
        """Return all submissions, some of them sent twice."""
        rng, twice = self.rng, round(count * self.rates["twice"])
        leads = [self.take(when) for when in self._stamps(count - twice)]
        for number, lead in enumerate(rng.sample(leads, twice)):
            lead.group = f"G{number + 1}"
            # No one asks again once the office has called back.
            slow = not lead.jobs or lead.jobs[0].created > lead.when.date() + timedelta(days=3)
            again = lead.when + timedelta(minutes=round(rng.choice([5, 60, 4000 if slow else 30]) * rng.random()) + 1)
            leads.append(replace(lead, when=again, row=lead.row | rng.choice(POOLS["resend"])))
        return sorted(leads, key=lambda lead: lead.when)

    def export(self) -> list[Job]:
        """Return the jobs of the period in the order of their numbers."""
        jobs, number = sorted(self.jobs, key=lambda job: job.created), self.rng.randrange(20000, 90000)
        kept = [job for job in jobs if not job.hushed and self.start <= job.created <= self.end]
        kept = [job for job in kept if not job.stray or job.created <= job.call.account.until]
        for job in kept:
            number += self.rng.choice([1, 1, 1, 2, 3])
            job.number = number
        return kept


def job_row(job: Job) -> dict[str, str]:
    """Return a job as the software exports it."""
    record, place = job.record, job.call.place
    unit = POOLS["units"].get(job.kind[0], job.call.work["unit"])
    values = [str(job.number), f"{job.created:%m/%d/%Y}", f"{job.scheduled:%m/%d/%Y}"]
    values += [values[2] if job.status == "Completed" else "", str(record.number), record.name]
    alt_phone = "" if record.alt_phone == record.phone else record.alt_phone
    values += [phone_text(phone, dashes=True) for phone in (record.phone, alt_phone)]
    values += [record.email, record.sites[place], place.city, place.zip_code]
    values += [job.kind, unit, job.campaign, job.status, f"{job.total:.2f}", job.notes]
    return dict(zip(POOLS["job_headings"], values, strict=True))


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write one office's exports, the truth, the undecidable pairs and the repeated requests."""
    rng = Random(f"bluestem-{seed}")
    office = Office(rng, leads)
    office.fill(leads)
    requests, number, utc = office.requests(leads), rng.randrange(2000, 9000), rng.random() < 0.5
    files: dict[str, list[dict[str, str]]] = {"leads": [], "truth": [], "ambiguous": [], "lead_groups": []}
    files["jobs"] = [job_row(job) for job in office.export()]
    for lead in requests:
        number += rng.choice([1, 1, 1, 1, 2])
        key = {"lead_id": str(number)}
        # Some website plugins stamp UTC.
        when = lead.when + timedelta(hours=utc * (5 if 3 < lead.when.month < 11 else 6))
        files["leads"].append({"Entry ID": str(number), "Date Submitted": f"{when:%Y-%m-%d %H:%M:%S}"} | lead.row)
        files["truth"] += [key | {"job_id": str(job.number)} for job in lead.jobs if job.number > 0]
        files["ambiguous"] += [key | {"job_id": str(job.number)} for job in lead.maybe if job.number > 0]
        files["lead_groups"] += [key | {"group_id": lead.group}] if lead.group else []
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        headings = list(rows[0]) if rows else ["lead_id", "group_id" if name == "lead_groups" else "job_id"]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, headings, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
