"""Write the exports of a heating, air, plumbing and water softener office in farm towns of Iowa or Illinois.

A sister office 40 miles away shares the software, so both offices' jobs are in one export. True are the first visit
that a request led to and the jobs that continue its work (parts, installation, second stage), whichever office,
spouse, farm or landlord they are filed under. Hard are farms and churches whose requests come from a person and whose
jobs carry the business name and telephone, relatives on one road, Dutch and German names as heard, rural box numbers,
tenants of landlords, and customers typed again. Canceled jobs, voided duplicates, recalls, salt routes and plan
visits are never true. A true job that shows nothing of the request is listed as ambiguous instead.
"""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

_POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
_PREFIX = re.compile(r"^(Vander|Vande|Van Der|Van|Den|De|Ten|Te|Ver) (?=[A-Z])")
_ORGANIZATIONS = ("church", "school", "elevator", "shop")


@dataclass(frozen=True)
class Place:
    """A building that can be served; `box` is its rural box number before the county gave it a street address."""

    street: str
    city: str
    state: str
    zip_code: str
    box: str = ""


@dataclass
class Person:
    """Someone who may ask for service, and the place where this person would need it."""

    first: str
    last: str
    phone: str
    email: str
    place: Place
    nicknames: list[str]


@dataclass
class Record:
    """A customer record as the office typed it; `streets` keeps how each of its places was typed."""

    columns: list[str]
    streets: dict[str, str] = field(default_factory=dict)


@dataclass
class Account:
    """A household, farm, organization or landlord, with everything the simulation knows about it."""

    kind: str
    title: str
    people: list[Person]
    places: list[Place]
    landline: str
    old_phone: str
    branch: str
    known: bool
    records: list[Record] = field(default_factory=list)
    quiet: list[tuple[datetime, datetime]] = field(default_factory=list)
    asked: list[datetime] = field(default_factory=list)
    served: bool = False


@dataclass
class Job:
    """One row of the job export; number and cells are filled in when all rows are known."""

    columns: list[str]
    when: datetime
    number: str = field(default="", kw_only=True)
    cells: dict[str, str] = field(default_factory=dict, kw_only=True)


@dataclass
class Lead(Job):
    """One submission of the website, with its true jobs; a request sent twice has two."""

    request: int
    jobs: list[Job] = field(default_factory=list)


@dataclass
class Wish:
    """Who wants what done where."""

    account: Account
    person: Person
    place: Place
    service: dict[str, Any]

    @property
    def from_tenant(self) -> bool:
        """Say whether a tenant speaks for the landlord."""
        return self.account.kind == "landlord" and self.person is not self.account.people[0]


class _Names:
    """Draws people, places and telephone numbers, and distorts them as an office does."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.state = rng.choice(["IA", "IL"])
        towns = _POOLS["towns"][self.state]
        self.towns = {"main": towns[:5], "sister": towns[5:] + towns[4:5]}
        lasts: list[str] = _POOLS["last"]
        self.lasts = lasts[:12] + rng.sample(lasts[12:], len(lasts) - 12)
        self.last_weights = [1 / (rank + 14) ** 0.75 for rank in range(len(self.lasts))]
        self.used: set[str] = set()

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def last(self) -> str:
        return self.rng.choices(self.lasts, self.last_weights)[0]

    def phone(self) -> str:
        areas, weights = _POOLS["areas"][self.state]
        for attempt in range(200):
            area = self.rng.choices(areas, weights)[0] if attempt < 6 else self.rng.choice(_POOLS["spare_areas"])
            number = f"{area}555{self.rng.randrange(10000):04d}"
            if number not in self.used:
                break
        self.used.add(number)
        return number

    def email(self, first: str, last: str) -> str:
        parts = {"first": first.lower(), "last": re.sub("[^a-z]", "", last.lower()), "initial": first[0].lower()}
        form = self.rng.choices(*_POOLS["email_forms"])[0]
        name = form.format(**parts, short=parts["last"][:3], number=self.rng.randrange(1, 99))
        host = self.rng.choices(*_POOLS["hosts"])[0]
        while f"{name}@{host}" in self.used:
            name += str(self.rng.randrange(1, 100))
        self.used.add(f"{name}@{host}")
        return f"{name}@{host}"

    def rural_street(self) -> str:
        road = self.rng.choice(_POOLS["roads"][self.state])
        road = road.format(five=self.rng.randrange(36, 66) * 5, hundred=self.rng.randrange(4, 30) * 100)
        return f"{self.rng.randrange(1000, 3400)} {road}"

    def place(self, branch: str, *, rural: bool) -> Place:
        city, zip_code, _ = self.rng.choices(self.towns[branch], [town[2] for town in self.towns[branch]])[0]
        if rural:
            box = f"RR {self.rng.randrange(1, 5)} Box {self.rng.randrange(3, 260)}"
            return Place(self.rural_street(), city, self.state, zip_code, box)
        street = f"{self.rng.randrange(101, 1999)} {self.rng.choice(_POOLS['town_streets'])}"
        if self.chance(0.07):
            street += f" {self.rng.choice(['Apt', 'Unit', '#', 'Lot'])} {self.rng.randrange(1, 24)}"
        return Place(street, city, self.state, zip_code)

    def person(self, last: str, place: Place, sex: str = "") -> Person:
        sex = sex or self.rng.choice(["male", "female"])
        first, nicknames = self.rng.choice(list(_POOLS[sex].items()))
        return Person(first, last, self.phone(), self.email(first, last), place, nicknames)

    def misspell(self, word: str) -> str:
        if len(word) < 5:
            return word
        at = self.rng.randrange(1, len(word) - 2)
        swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return self.rng.choice([swapped, word[:at] + word[at + 1 :], word[: at + 1] + word[at:]])

    def heard(self, last: str) -> str:
        if _PREFIX.match(last) and self.chance(0.45):
            joined = last.replace(" ", "")
            return self.rng.choice([joined, joined.capitalize(), joined, last.replace("Der ", "der ")])
        if last in _POOLS["sounds"] and self.chance(0.14):
            return str(self.rng.choice(_POOLS["sounds"][last]))
        return self.misspell(last) if self.chance(0.025) else last

    def called(self, person: Person) -> str:
        return self.rng.choice(person.nicknames) if person.nicknames and self.chance(0.3) else person.first

    def typed_street(self, street: str) -> str:
        for old, new in self.rng.sample(_POOLS["abbr"], 5):
            if old in street and self.chance(0.5):
                street = street.replace(old, new, 1)
                break
        digits = re.match(r"\d+", street)
        if digits and self.chance(0.02):
            street = f"{int(digits[0]) + self.rng.choice([1, 2, 10, 100])}{street[digits.end() :]}"
        return self.rng.choices([street, street.lower(), street.upper()], [86, 9, 5])[0]

    def typed_phone(self, phone: str) -> str:
        if phone and self.chance(0.012):
            phone = phone[:-1] + str((int(phone[-1]) + 1) % 10)
        forms = ["({0}) {1}-{2}", "{0}-{1}-{2}", "{0}{1}{2}", "{0}.{1}.{2}", "1{0}{1}{2}"]
        return self.rng.choices(forms, [50, 28, 15, 4, 3])[0].format(phone[:3], phone[3:6], phone[6:]) if phone else ""

    def title(self, kind: str, last: str, place: Place) -> str:
        words = {"word": self.rng.choice(_POOLS["farm_words"]), "end": self.rng.choice(_POOLS["farm_ends"])}
        return str(self.rng.choice(_POOLS["titles"][kind])).format(town=place.city, last=last, **words)

    def typed_title(self, title: str) -> str:
        for old, new in _POOLS["shorten"]:
            if old in title and self.chance(0.3):
                title = title.replace(old, new, 1)
        return title


class _Office:
    """Simulates requests, jobs and customer records of both offices."""

    def __init__(self, seed: int, leads: int) -> None:
        self.rng = random.Random(f"cornbelt-{seed}")
        self.names = _Names(self.rng)
        self.wanted = leads
        self.start = datetime.fromisoformat(f"{self.rng.randrange(2022, 2025)}-{self.rng.randrange(1, 13):02d}-01")
        self.days = self.rng.randrange(400, 560)
        self.rates = {name: self.rng.uniform(*bounds) for name, bounds in _POOLS["rates"].items()}
        self.accounts: list[Account] = []
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.next_record = self.rng.randrange(1200, 9000)

    def new_account(self, branch: str, *, known: bool) -> Account:
        names = self.names
        kind = self.rng.choices(*_POOLS["kinds"])[0]
        rural = kind == "farm" or (kind == "home" and names.chance(0.25))
        place, last = names.place(branch, rural=rural), names.last()
        landline = names.phone() if kind in _ORGANIZATIONS or names.chance(0.35) else ""
        if kind in ("home", "farm") and self.accounts and names.chance(0.06):
            place, last = self.near_relative(place, last)
        if kind in _ORGANIZATIONS:
            place = replace(place, street=re.sub(r" (Apt|Unit|#|Lot) \d+$", "", place.street))
        sexes = self.rng.sample(["male", "female"], 2)
        people = [names.person(last, place, sexes[0])]
        if kind in ("home", "farm") and names.chance(0.7):
            people.append(names.person(last, place, sexes[1]))
        if kind in _ORGANIZATIONS:
            people += [names.person(names.last(), place) for _ in range(self.rng.randrange(1, 3))]
        places = [place]
        for _ in range({"farm": self.rng.randrange(3), "landlord": self.rng.randrange(1, 5)}.get(kind, 0)):
            places.append(names.place(branch, rural=kind == "farm"))
            if kind == "landlord":
                people.append(names.person(names.last(), places[-1]))
        title = "" if kind in ("home", "landlord") else names.title(kind, last, place)
        old_phone = names.phone() if names.chance(0.3) else ""
        self.accounts.append(Account(kind, title, people, places, landline, old_phone, branch, known))
        return self.accounts[-1]

    def near_relative(self, place: Place, last: str) -> tuple[Place, str]:
        other = self.rng.choice(self.accounts[-400:])
        base = other.places[0]
        number = re.match(r"\d+", base.street)
        if other.kind not in ("home", "farm") or not number:
            return place, last
        street = base.street.replace(number[0], str(int(number[0]) + self.rng.choice([-24, -8, 6, 12, 50])), 1)
        return Place(street, base.city, base.state, base.zip_code), other.people[0].last

    def record_name(self, account: Account, person: Person) -> tuple[str, bool]:
        """Write the customer's name as the office files it, and say whether it is the business name."""
        names = self.names
        if account.title and names.chance(0.62 if account.kind == "farm" else 0.86):
            return names.typed_title(account.title), True
        first, last = names.called(person), names.heard(person.last)
        partner = account.people[1].first if account.kind in ("home", "farm") and len(account.people) > 1 else ""
        forms = [f"{first} {last}", f"{last}, {first}", f"{last}, {first}".upper(), f"{first[0]} {last}"]
        form = self.rng.choices(forms, [52, 38, 7, 3])[0]
        if partner and partner != person.first and names.chance(0.16):
            form = self.rng.choice([f"{first} & {partner} {last}", f"{last}, {first} & {partner}"])
        return form, False

    def new_record(self, account: Account, person: Person, *, fresh: bool) -> Record:
        """Type a customer record, from the request if it is fresh, else as it was left by earlier years."""
        names = self.names
        owner = account.people[0] if account.kind == "landlord" and names.chance(0.8) else person
        if account.kind in ("home", "farm") and names.chance(self.rates["spouse"] * (1 if fresh else 2)):
            owner = self.rng.choice(account.people)
        landline = "" if owner is not account.people[0] and account.kind == "landlord" else account.landline
        phones = [owner.phone, landline or owner.phone, account.old_phone or owner.phone]
        weights = [88, 10, 2] if fresh else [62, 26, 12]
        if account.kind in _ORGANIZATIONS:
            weights = [45, 54, 1] if fresh else [22, 72, 6]
        phone = names.typed_phone(self.rng.choices(phones, weights)[0])
        email = owner.email if names.chance(self.rates["email"] + (0.2 if fresh else -0.1)) else ""
        name, business = self.record_name(account, owner)
        told = names.chance(0.5 if business or owner is not person else 0.08)
        contact = f"{names.called(person)} {names.heard(person.last)}" if told else ""
        self.next_record += self.rng.randrange(1, 4)
        office = "MAIN" if (account.branch == "main") != names.chance(0.02) else "SISTER"
        account.records.append(Record([office, str(self.next_record), name, contact, phone, email]))
        return account.records[-1]

    def find_record(self, account: Account, person: Person, *, fresh: bool) -> Record:
        """Find the customer as the call center does; it sometimes misses and types the customer again."""
        if not account.records or self.names.chance(self.rates["retyped"]):
            return self.new_record(account, person, fresh=fresh or bool(account.records))
        return self.rng.choices(account.records, [3 if i else 5 for i in range(len(account.records))])[0]

    def add_job(self, record: Record, place: Place, when: datetime, job_type: str, **filed: Any) -> Job:
        """File a job under a record; `filed` has campaign, notes, total, status and the days until it is done."""
        boxed = place.box and self.names.chance(self.rates["box"])
        street = record.streets.setdefault(place.street, place.box if boxed else self.names.typed_street(place.street))
        status = filed.get("status") or self.rng.choices(["Completed", "Invoiced", "Closed"], [60, 32, 8])[0]
        void = status in ("Canceled", "Void")
        done = "" if void else f"{when + timedelta(days=filed.get('days', 0)):%m/%d/%Y}"
        extra = f". {self.rng.choice(_POOLS['note_extras'])}" if self.names.chance(0.25) else ""
        total = f"{0 if void else filed.get('total', 0):,.2f}"
        address = [street, place.city, place.state, place.zip_code if self.names.chance(0.94) else ""]
        result = [job_type, filed["campaign"], status, total, filed["notes"] + extra]
        self.jobs.append(Job([done, *record.columns, *address, *result], when))
        return self.jobs[-1]

    def campaign(self, share: float) -> str:
        return str(self.rng.choice(_POOLS["web_campaigns" if self.names.chance(share) else "other_campaigns"]))

    def pick_service(self, when: datetime, kind: str) -> dict[str, Any]:
        """Draw what is wrong, by season, and how people describe it; wells and waterers are the farms' trouble."""
        services, rare = _POOLS["services"], 1 if kind == "farm" else 0.06
        weights = [s["weight"] * _POOLS["seasons"][s["season"]][when.month - 1] for s in services]
        weights = [weight * (rare if s["rural"] else 1) for weight, s in zip(weights, services, strict=True)]
        picked: dict[str, Any] = self.rng.choices(services, weights)[0]
        topic = self.rng.randrange(min(len(picked["messages"]), len(picked["notes"])))
        note = picked["notes"][topic]
        return {**picked, "message": picked["messages"][topic], "notes": [note, note, note, *picked["notes"][:2]]}

    def moment(self) -> datetime:
        hour = self.rng.choices(range(24), _POOLS["hours"])[0]
        return self.start + timedelta(days=self.rng.randrange(self.days), hours=hour, minutes=self.rng.randrange(60))

    def form(self, wish: Wish) -> list[str]:
        names, person, account = self.names, wish.person, wish.account
        first, last = names.called(person), person.last if names.chance(0.97) else names.misspell(person.last)
        at_desk = account.landline and not wish.from_tenant and names.chance(0.12)
        phone = names.typed_phone(account.landline if at_desk else person.phone) if names.chance(0.98) else ""
        street = names.typed_street(wish.place.street) if names.chance(0.86) else ""
        message = wish.service["message"] if names.chance(0.8) else ""
        if names.chance(0.3):
            message = f"{message}. {self.rng.choice(_POOLS['extras'])}".removeprefix(". ")
        if street and names.chance(0.015):
            street, message = "see below", f"{message} {wish.place.street}".strip()
        lower, last = names.chance(0.08), "" if names.chance(0.025) else last
        name = [first.lower(), last.lower()] if lower else [first, last]
        business = account.title if account.title and names.chance(0.55) else ""
        town = [part if names.chance(0.93) else "" for part in (wish.place.city, wish.place.zip_code)]
        reach = [phone, person.email if names.chance(0.9) else ""]
        asked = [self.rng.choice(wish.service["labels"]), self.rng.choice(_POOLS["sources"]), message]
        return [*name, business, *reach, street, *town, *asked]

    def request(self) -> None:
        """Simulate one request: who asks, whether again, and what becomes of it."""
        when = self.moment()
        if self.names.chance(self.rates["spam"]):
            self.spam(when)
            return
        wish = self.wish(when)
        account = wish.account
        copies = [Lead(self.form(wish), when, len(self.leads))]
        if len(self.leads) + 1 < self.wanted and self.names.chance(self.rates["twice"]):
            copies.append(self.repeat(copies[0], wish))
        self.leads += copies
        account.asked.append(when)
        booked = min(self.rates["booked"] * (1.3 if account.known else 0.95), 0.8)
        created = copies[-1].when + self.lag(0.25 + wish.service["lag"] * 0.25)
        share = self.rates["web"] * (0.6 if account.known else 1.1)
        jobs = self.work(wish, created, share) if self.names.chance(booked) else []
        until = jobs[0].when if jobs else copies[-1].when + timedelta(days=92)
        # The office does everything in one visit, so other calls of the account rarely come between.
        if not self.names.chance(0.004):
            account.quiet.append((when - timedelta(days=1), until))
        for copy in copies:
            copy.jobs = jobs

    def wish(self, when: datetime) -> Wish:
        """Choose who asks for what: an earlier customer who has been silent for half a year, or someone new."""
        names = self.names
        others = self.rng.sample(self.accounts, 8 if names.chance(self.rates["known"]) else 0)
        free = (o for o in others if o.known and all(abs((when - asked).days) > 180 for asked in o.asked))
        branch = "sister" if names.chance(self.rates["sister"]) else "main"
        account = next(free, None) or self.new_account(branch, known=False)
        person = account.people[0] if names.chance(0.7) else self.rng.choice(account.people)
        place = self.rng.choice(account.places) if account.kind == "farm" and names.chance(0.3) else person.place
        if account.kind == "landlord" and person is account.people[0] and names.chance(0.7):
            place = self.rng.choice(account.places)
        return Wish(account, person, place, self.pick_service(when, account.kind))

    def repeat(self, lead: Lead, wish: Wish) -> Lead:
        """Send the same request once more, perhaps by another person of the household, as no one has answered."""
        columns = lead.columns
        if self.names.chance(0.6):
            other = self.rng.choice(wish.account.people) if wish.account.kind != "landlord" else wish.person
            columns = self.form(Wish(wish.account, other, wish.place, wish.service))
        return Lead(columns, lead.when + timedelta(hours=self.rng.choice([0.05, 0.1, 3, 20, 44])), lead.request)

    def spam(self, when: datetime) -> None:
        person = self.names.person(self.names.last(), self.names.place("main", rural=False))
        who, message = [person.first, person.last, "", person.phone, person.email], self.rng.choice(_POOLS["spam"])
        if self.names.chance(0.1):
            who, message = ["Test", "Test", "", person.phone, "test@example.com"], "test"
        self.leads.append(Lead([*who, "", "", "", "Other", "Direct", message], when, len(self.leads)))

    def lag(self, mean: float) -> timedelta:
        days = self.rng.expovariate(1 / mean) + (self.rng.uniform(5, 35) if self.names.chance(0.05) else 0)
        return timedelta(days=days, minutes=self.rng.randrange(5, 90))

    def work(self, wish: Wish, created: datetime, web_share: float) -> list[Job]:
        """Do what was asked on the website or by telephone and return the jobs; a canceled one is none."""
        names, account, service = self.names, wish.account, wish.service
        fresh = not account.records
        if account.known and fresh:
            self.new_record(account, account.people[0], fresh=False)
        record = self.find_record(account, wish.person, fresh=fresh)
        notes = self.job_notes(wish) + (" (web)" if names.chance(web_share * 0.15) else "")
        job_type = self.rng.choice(service["types"]) if names.chance(0.93) else "Service Call"
        filed = {"campaign": self.campaign(web_share), "notes": notes, "days": self.lag(service["lag"]).days}
        canceled = names.chance(self.rates["canceled"])
        if canceled and names.chance(0.6):
            self.add_job(record, wish.place, created, job_type, status="Canceled", **filed)
            return []
        job = self.add_job(record, wish.place, created, job_type, total=self.rng.uniform(*service["price"]), **filed)
        account.served = True
        if canceled:
            self.add_job(record, wish.place, created, job_type, status="Void", **filed)
        return [job, *self.continued(wish, job)]

    def job_notes(self, wish: Wish) -> str:
        note, name = str(self.rng.choice(wish.service["notes"])), self.names.called(wish.person)
        if wish.from_tenant and self.names.chance(0.7):
            return f"{note}. Tenant {name} {self.names.typed_phone(wish.person.phone)}"
        if self.names.chance(0.25 if wish.account.title else 0.06):
            return f"{note}. {self.rng.choice(['Call', 'See', 'Per'])} {name} {wish.person.last}"
        return note

    def continued(self, wish: Wish, job: Job) -> list[Job]:
        """Add the jobs that continue the first visit, and sometimes a free recall, which is not true."""
        when, jobs, service = job.when, [], wish.service
        steps = service["follow"] if service["staged"] else [self.rng.choice(service["follow"])]
        for job_type in steps if self.names.chance(service["follow_share"]) else []:
            low, high = service["follow_lag"]
            when += timedelta(days=self.rng.randrange(low, high + 1))
            total = self.rng.triangular(*service["follow_price"])
            record = self.find_record(wish.account, wish.person, fresh=False)
            filed = {"campaign": self.campaign(0.25), "notes": self.rng.choice(service["notes"])}
            jobs.append(self.add_job(record, wish.place, when, job_type, total=total, days=self.lag(3).days, **filed))
        if self.names.chance(0.05):
            again = when + timedelta(days=self.rng.randrange(4, 50))
            filed = {"campaign": "Existing Customer", "notes": "Recall"}
            self.add_job(wish.account.records[-1], wish.place, again, "Recall - No Charge", **filed)
        return jobs

    def background(self) -> None:
        for account in self.accounts:
            since = self.start if account.known else min(account.asked)
            weights = [22, 36, 24, 12, 6] if account.known else [66, 24, 7, 2, 1]
            calls = self.rng.choices(range(5), weights if account.known or account.served else [96, 4, 0, 0, 0])[0]
            before = len(self.jobs)
            for _ in range(calls * (2 if account.kind in ("farm", "school", "landlord") else 1)):
                self.call(account, self.moment().replace(hour=self.rng.randrange(8, 17)))
            if (account.known or account.served) and self.names.chance(0.3 if account.known else 0.12):
                self.route(account)
            busy = [(self.start - timedelta(days=1), since), *account.quiet]
            added = self.jobs[before:]
            self.jobs[before:] = [job for job in added if not any(low <= job.when <= high for low, high in busy)]

    def call(self, account: Account, when: datetime) -> None:
        person = self.rng.choice(account.people)
        place = person.place if account.kind == "landlord" else self.rng.choice(account.places)
        self.work(Wish(account, person, place, self.pick_service(when, account.kind)), when, 0.06)

    def route(self, account: Account) -> None:
        job_type = str(self.rng.choice(_POOLS["routine"]))
        step, price = (63, self.rng.choice([28.5, 42, 57])) if job_type == "Salt Delivery" else (365, 119)
        when = self.start + timedelta(days=self.rng.randrange(step), hours=9)
        record = account.records[0] if account.records else self.new_record(account, account.people[0], fresh=False)
        while (when - self.start).days < self.days:
            filed = {"campaign": "Plan", "notes": "Route", "days": self.rng.randrange(4), "total": price}
            self.add_job(record, account.places[0], when, job_type, **filed)
            when += timedelta(days=step + self.rng.randrange(-6, 7))


def _is_traceable(lead: dict[str, str], job: dict[str, str]) -> bool:
    """Say whether anything in the files ties the job to the person or place of the request."""
    digits = re.sub(r"\D", "", lead["Phone"])[-10:]
    number = re.match(r"\d+ ", lead["Street Address"])
    text = re.sub("[^a-z]", "", f"{job['Customer']}{job['Contact']}{job['Notes']}".lower())
    names = [re.sub("[^a-z]", "", lead[key].lower())[:5] for key in ("Last Name", "Business / Farm")]
    by_phone = digits != "" and digits in re.sub(r"\D", "", job["Phone"] + job["Notes"])
    by_email = lead["Email"] != "" and lead["Email"] == job["Email"]
    by_street = number is not None and job["Service Address"].startswith(number[0])
    by_name = lead["City"] == job["City"] and any(name and name in text for name in names)
    return by_phone or by_email or by_street or by_name


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the office's files to the folder; the same seed and number of leads give the same bytes."""
    office = _Office(seed, leads)
    for _ in range(int(leads * 0.9) + 20):
        office.new_account("sister" if office.names.chance(0.3) else "main", known=True)
    while len(office.leads) < leads:
        office.request()
    office.background()
    end = office.start + timedelta(days=office.days + 45)
    jobs = sorted((job for job in office.jobs if job.when < end), key=lambda job: job.when)
    submitted = sorted(office.leads, key=lambda lead: lead.when)
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows, prefix in (("lead", submitted, "WF-"), ("job", jobs, "")):
        headings = _POOLS[f"{name}_headings"]
        _save(folder / f"{name}s.csv", _number(rows, office.rng, prefix, headings), headings)
    _save_answers(folder, submitted)


def _number(rows: Sequence[Job], rng: random.Random, prefix: str, headings: list[str]) -> list[dict[str, str]]:
    """Number rows in the order of time, with gaps for what was deleted, and put the headings on them."""
    number = rng.randrange(3_000, 300_000)
    for row in rows:
        number += rng.choice([1, 1, 1, 2])
        row.number = f"{prefix}{number}"
        stamp = f"{row.when:%m/%d/%Y %I:%M %p}" if prefix else f"{row.when:%m/%d/%Y}"
        row.cells = dict(zip(headings, [row.number, stamp, *row.columns], strict=True))
    return [row.cells for row in rows]


def _save_answers(folder: Path, leads: list[Lead]) -> None:
    """Write the true pairs, those that no one could decide, and the requests that were sent twice."""
    answers: dict[bool, list[dict[str, str]]] = {True: [], False: []}
    groups: dict[int, list[str]] = {}
    for lead in leads:
        groups.setdefault(lead.request, []).append(lead.number)
        for job in lead.jobs:
            if job.number:
                pair = {"lead_id": lead.number, "job_id": job.number}
                answers[_is_traceable(lead.cells, job.cells)].append(pair)
    _save(folder / "truth.csv", answers[True], ["lead_id", "job_id"])
    _save(folder / "ambiguous.csv", answers[False], ["lead_id", "job_id"])
    twice = {f"G{request}": members for request, members in groups.items() if len(members) > 1}
    rows = [{"lead_id": member, "group_id": group} for group, members in twice.items() for member in members]
    _save(folder / "lead_groups.csv", rows, ["lead_id", "group_id"])


def _save(path: Path, rows: list[dict[str, str]], headings: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        writer.writerows(rows)
