"""Writes the exports of a cooling, heating and plumbing office in the high desert of New Mexico and Arizona.

The office starts swamp coolers in spring, repairs refrigerated air in heat waves and after monsoon storms, lights
furnaces in fall and thaws pipes in winter. Its customers live in towns, in mobile-home parks with lot numbers, along
reservation roads that have a PO box but no street number, or in two homes of which one is in another state.

True is each job that does what was asked on the website, first visit or later, whoever of the household, its landlord
or its park pays, for both rows if it was asked twice. Later troubles, plans, recalls, duplicates, canceled are not.

Hard are winter visitors who give the address and phone of their northern home, PO boxes against directions, parks
whose lots share one street number, unrelated households named Begay or Martinez, spouses, daughters who ask for their
parents, tenants whose landlord is the customer, imported records with old phones, and late sales of estimates.
"""

import csv
import json
import random
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
Window = tuple[datetime, datetime]
Row = dict[str, str]
Pool = dict[str, Any]


@dataclass(eq=False)
class Place:
    """A service or mailing address; directions replace a street number where there is none."""

    street: str
    town: Pool
    lot: str = ""
    park: str = ""
    directions: str = ""


@dataclass(eq=False)
class Person:
    """Someone who fills in the form or answers the phone."""

    first: str
    last: str
    phone: str
    email: str
    maternal: str = ""


@dataclass(eq=False)
class Record:
    """A customer as the office once typed it."""

    cells: Row
    mailing: Place
    since: datetime


@dataclass(eq=False)
class Party:
    """A household or company with its place, its northern home and whoever pays for its repairs."""

    people: list[Person]
    place: Place
    company: str = ""
    away: Place | None = None
    payer: "Party | None" = None
    helper: Person | None = None
    old_phone: str = ""
    plan: bool = False
    records: list[Record] = field(default_factory=list)
    waits: list[Window] = field(default_factory=list)
    busy: list[Window] = field(default_factory=list)


@dataclass(eq=False)
class Lead:
    """One row of the website's export, and who sent it for which home."""

    at: datetime
    cells: Row
    sender: Person
    number: str = ""


@dataclass(eq=False)
class Job:
    """One row of the office's export."""

    home: Party
    record: Record
    kind: str
    campaign: str
    span: Window
    bill: tuple[float, str]
    status: str
    number: str = ""


def plain(text: str) -> str:
    """Drop the accents that the office's software never had."""
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))


def show_phone(phone: str, style: int = 0) -> str:
    """Format ten digits in one of the usual ways."""
    return str(POOLS["shown"][style]).format(phone[:3], phone[3:6], phone[6:]) if phone else ""


def working(parties: Iterable[Party], window: Window) -> bool:
    """Tell whether the parties have a job in the window."""
    return any(window[0] <= when <= window[1] for party in parties for span in party.busy for when in span)


def blocked(parties: Iterable[Party], start: datetime, end: datetime) -> bool:
    """Tell whether another job would come between a request on the website and its own first visit."""
    return any(first <= end and start <= last for party in parties for first, last in party.waits)


class Census:
    """Invents the people of the region, their homes, parks and landlords."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.homes, self.emails = rng, list[Party](), set[str]()
        areas = sorted({town["area"] for town in POOLS["towns"] + POOLS["away"]} | set(POOLS["areas"]))
        self.lines = {area: rng.sample(range(10000), 10000) for area in areas}
        weights = [town["weight"] * rng.uniform(0.4, 1.8) for town in POOLS["towns"]]
        self.towns: list[Pool] = rng.choices(POOLS["towns"], weights, k=500)
        self.parks = [self.firm(name) for name in POOLS["parks"]]
        self.landlords = [self.firm(name) for name in POOLS["firms"]]
        self.shops = [self.firm(name) for name in POOLS["commercial"]]

    def _phone(self, area: str) -> str:
        while not self.lines[area]:
            area = self.rng.choice(list(self.lines))
        return f"{area}555{self.lines[area].pop():04d}"

    def _street(self, town: Pool) -> Place:
        number = self.rng.randrange(100, self.rng.choice((999, 3900)))
        side = self.rng.choice(("", "", "", "W ", "E ", "N ", "S "))
        return Place(f"{number} {side}{self.rng.choice(POOLS['streets'])}", town)

    def firm(self, name: str) -> Party:
        """Invent a company or park with the one who calls for it."""
        town = self.rng.choice(self.towns)
        return Party(self._couple(town, "")[:1], self._street(town), company=name)

    def _last(self, culture: str) -> str:
        names, power = POOLS["last"][culture], 2.2 if culture == "navajo" else 1.7
        return str(names[int(len(names) * self.rng.random() ** power)]).replace("_", " ")

    def _person(self, culture: str, last: str, area: str, sex: str) -> Person:
        first = self.rng.choice(POOLS["first"][culture][sex])
        maternal = self._last(culture) if culture == "spanish" and self.rng.random() < 0.3 else ""
        area = area if self.rng.random() < 0.8 else self.rng.choice(POOLS["areas"])
        return Person(first, last, self._phone(area), self._email(first, last), maternal)

    def _email(self, first: str, last: str) -> str:
        one, two = (plain(part).lower().replace(" ", "").replace("'", "") for part in (first, last))
        stem = self.rng.choice(POOLS["stems"]).format(a=one, b=two, i=one[0], y=self.rng.randrange(45, 99))
        host = self.rng.choice(POOLS["work_hosts" if self.rng.random() < 0.06 else "hosts"])
        while f"{stem}@{host}" in self.emails:
            stem += str(self.rng.randrange(10))
        self.emails.add(f"{stem}@{host}")
        return f"{stem}@{host}"

    def _settle(self, town: Pool, home: Party) -> None:
        rng, draw = self.rng, self.rng.random() - town["rural"]
        if draw < 0:
            # Mail goes to a box, the truck follows directions.
            words = {key: rng.choice(values) for key, values in POOLS["words"].items()}
            box, way = f"PO Box {rng.randrange(11, 4999)}", rng.choice(POOLS["rural"]).format(**words)
            home.place = Place(box, town, directions=way)
        elif draw < 0.2:
            park = rng.choice(self.parks)
            home.place = replace(park.place, lot=str(rng.randrange(1, 190)), park=park.company)
            home.payer = park if rng.random() < 0.15 else None
        elif rng.random() < 0.17:
            if rng.random() < 0.6:
                self.landlords.append(Party(self._couple(town, ""), self._street(town)))
            home.payer = rng.choice(self.landlords[-40:])
            home.place.lot = rng.choice(("", "", f"Apt {rng.randrange(1, 24)}", f"Unit {rng.choice('ABCD')}"))

    def _couple(self, town: Pool, last: str) -> list[Person]:
        culture = self.rng.choices(list(POOLS["last"]), town["mix"])[0]
        last, sexes = last or self._last(culture), self.rng.choice(("m", "f", "mf", "fm", "fm"))
        lasts = (last, last if self.rng.random() < 0.8 else self._last(culture))
        return [self._person(culture, name, town["area"], sex) for name, sex in zip(lasts, sexes, strict=False)]

    def home(self) -> Party:
        """Invent a household, now and then of relatives or after earlier tenants of the same place."""
        rng, town = self.rng, self.rng.choice(self.towns)
        base = rng.choice(POOLS["away"]) | {"mix": (0, 1, 9)} if town["rural"] < 0.2 and rng.random() < 0.12 else town
        kin = rng.choice(self.homes) if self.homes and base is town and rng.random() < 0.06 else None
        people = self._couple(base, kin.people[0].last if kin and rng.random() < 0.7 else "")
        old = self._phone(town["area"]) if rng.random() < 0.2 else ""
        home = Party(people, self._street(town), old_phone=old, plan=rng.random() < 0.1)
        self.homes.append(home)
        self._settle(town, home)
        if base is not town:
            home.away, home.payer = self._street(base), None
        elif kin and kin.place.town["zip"] == town["zip"]:
            home.place = kin.place
        elif rng.random() < 0.06:
            far = rng.choice(POOLS["towns"] + POOLS["away"]) | {"mix": town["mix"]}
            home.helper = self._couple(far, people[0].last if rng.random() < 0.5 else "")[0]
        return home


class Clerk:
    """Types what people send and say: leads, customers and addresses."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.records = rng, list[Record]()
        self.rates: dict[str, float] = {key: rng.uniform(*ends) for key, ends in POOLS["rates"].items()}

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share

    def _slip(self, text: str, share: float) -> str:
        # A number can only be misheard or swapped; it keeps its length.
        if len(text) < 4 or not self._chance(share):
            return text
        spot = self.rng.randrange(6 if text.isdigit() else 1, len(text) - 1)
        pair = text[spot : spot + 2]
        others = (pair[0] + self.rng.choice("0123456789"),) if text.isdigit() else (pair[1:], pair[0] + pair)
        return f"{text[:spot]}{self.rng.choice((pair[::-1], *others))}{text[spot + 2 :]}"

    def _where(self, place: Place, *, web: bool) -> str:
        text: str = place.directions if place.directions and self._chance(0.25 if web else 0.6) else place.street
        if place.park and self._chance(0.3):
            text = place.park if self._chance(0.3) else f"{place.park}, {text}"
        if self._chance(0.2):
            text = " ".join(POOLS["long"].get(word, word) for word in text.split(" "))
        text = self._slip(text, self.rates["slip"])
        if place.lot and not self._chance(0.12 if web else 0.05):
            text += (self.rng.choice(POOLS["lots"]) if place.park else " {}").format(place.lot)
        return (text.lower() if self._chance(0.12) else text) if web else plain(text)

    def _first(self, party: Party, person: Person, both: float) -> str:
        if person in party.people[:2] and len(party.people) > 1 and self._chance(both):
            return " & ".join(one.first for one in party.people)
        return str(POOLS["nick"].get(person.first, person.first)) if self._chance(0.13) else person.first

    def _sender_name(self, person: Person, home: Party) -> tuple[str, str]:
        first, last = self._first(home, person, 0.03), person.last
        if person.maternal and self._chance(0.35):
            last = f"{last} {person.maternal}"
        first, last = (plain(first), plain(last)) if self._chance(0.55) else (first, last)
        if self._chance(0.03):
            last = self.rng.choice(("", last[0]))
        style = self.rng.choices((str, str.lower, str.upper), (86, 10, 4))[0]
        return (style(last), style(first)) if last and self._chance(0.006) else (style(first), style(last))

    def lead_cells(self, person: Person, home: Party, service: Pool) -> Row:
        """Fill in the website's form."""
        rng, place = self.rng, home.away if home.away and self._chance(0.5) else home.place
        form, _, gaps = rng.choices(POOLS["forms"], [form[1] for form in POOLS["forms"]])[0]
        phone = home.old_phone if home.old_phone and self._chance(0.05) else person.phone
        phone = show_phone(phone, rng.choices(range(7), (40, 25, 22, 3, 4, 2, 4))[0])
        email = self._slip(person.email, 0.015).title() if self._chance(0.03) else self._slip(person.email, 0.015)
        typed = (phone, email, self._where(place, web=True))
        asked = ["" if self._chance(gap) else text for gap, text in zip(gaps, typed, strict=True)]
        city = "" if self._chance(0.08) else self._slip(place.town["city"], 0.03)
        code = "" if self._chance(0.06) else place.town["zip"]
        web = service["web"] if self._chance(0.87) else rng.choice(("", "Other / Not sure", "Other / Not sure"))
        values = (*self._sender_name(person, home), *asked, city, code, web, rng.choice(POOLS["sources"]))
        return dict(zip(POOLS["lead_head"], (*values, form, self._message(home, person, service)), strict=True))

    def _message(self, home: Party, person: Person, service: Pool) -> str:
        rng, who, parts = self.rng, home.people[0], [self.rng.choice(service["asks"])]
        if person.maternal and self._chance(0.2):
            parts = [rng.choice(service["spanish"])]
        if home.away and self._chance(0.6):
            spot = f"{home.place.park} lot {home.place.lot}" if home.place.park else home.place.street
            parts.append(f"our place is {spot} in {home.place.town['city']}")
        if person is home.helper:
            parts.append(f"this is for my {rng.choice(('parents', 'folks', 'grandparents', 'family'))}, {who.first}")
        if home.payer and person in home.payer.people:
            parts.append(f"tenant is {who.first}, {show_phone(who.phone, 1)}")
        if len(parts) == 1 and self._chance(0.45):
            parts.append(rng.choice(POOLS["tails"]).format(n=rng.randrange(1000, 9999)))
        return "" if self._chance(0.12) else ". ".join(parts)

    def _office_name(self, party: Party, person: Person, when: datetime) -> str:
        if party.company:
            return self._slip(party.company, 0.1)
        first, last = self._first(party, person, 0.1), person.last
        if person.maternal and self._chance(0.25):
            last = self.rng.choice((person.maternal, f"{last}-{person.maternal}"))
        first, last = (self._slip(part, self.rates["slip"]) for part in (first, last))
        name = plain(f"{last}, {first}" if self.rates["comma"] > 0 else f"{first} {last}")
        return name.upper() if when.year < 2020 and self._chance(0.8) else name

    def _hear(self, party: Party, person: Person, when: datetime) -> Record:
        # Records of the old software have the phone of that time.
        others = [one.phone for one in party.people if one is not person] + [party.old_phone]
        phone, other = person.phone, self.rng.choice(others) if self._chance(0.4) else ""
        phone = self._slip(others[0] if others[0] and self._chance(0.1) else phone, self.rates["slip"])
        phone = party.old_phone if when.year < 2020 and party.old_phone else phone
        email = self.rng.choice(("", "", "none@example.com")) if self._chance(0.5) else person.email
        mailing = party.away if party.away and self._chance(0.55) else party.place
        name, email = self._office_name(party, person, when), self._slip(email, self.rates["slip"])
        return self._enter((name, show_phone(phone), show_phone(other), email), mailing, when, "Plan" * party.plan)

    def _copy(self, party: Party, lead: Lead, when: datetime) -> Record:
        first, last, phone, email = (plain(lead.cells[head]) for head in POOLS["lead_head"][:4])
        name = f"{last}, {first}" if self.rates["comma"] > 0 and last else f"{first} {last}".strip()
        digits = "".join(filter(str.isdigit, phone))[-10:]
        return self._enter((name, show_phone(digits), "", email), party.place, when, "Web")

    def _enter(self, told: Sequence[str], mail: Place, when: datetime, tags: str) -> Record:
        where = (self._where(mail, web=False), *(mail.town[key] for key in ("city", "state", "zip")))
        values = ("", *told, *where, "", tags)
        self.records.append(Record(dict(zip(POOLS["customer_head"], values, strict=True)), mail, when))
        return self.records[-1]

    def record(self, party: Party, person: Person, when: datetime, lead: Lead | None = None) -> Record:
        """Find the customer, or type it again."""
        if party.records and self._chance(self.rates["found"]):
            found = self.rng.choice(party.records[-2:])
            found.since = min(found.since, when)
            return found
        web = lead if lead and lead.sender in party.people and self._chance(self.rates["copied"]) else None
        record = self._copy(party, web, when) if web else self._hear(party, person, when)
        party.records.append(record)
        return record

    def job_row(self, job: Job) -> Row:
        """Compose one job; a winter visitor's job sometimes shows the mailing address."""
        day, record = "%m/%d/%Y" if self.rates["slashes"] > 0 else "%Y-%m-%d %H:%M", job.record
        place = record.mailing if record.mailing is job.home.away and self._chance(0.1) else job.home.place
        created, visit = (when.strftime(day) for when in job.span)
        told = (record.cells[head] for head in ("Customer ID", "Name", "Phone", "Email"))
        where = (self._where(place, web=False), *(place.town[key] for key in ("city", "state", "zip")))
        done, total = (visit, job.bill[0]) if job.status == "Completed" else ("", 0)
        values = (job.number, created, visit, done, *told, *where, job.kind, job.campaign, job.status)
        return dict(zip(POOLS["job_head"], (*values, f"${total:,.2f}", job.bill[1]), strict=True))


class Year:
    """Lives through fifteen months of requests, calls and visits."""

    def __init__(self, rng: random.Random, count: int) -> None:
        self.rng, self.clerk, self.census = rng, Clerk(rng), Census(rng)
        # The office's clock has no zone; the server of its website may have another one.
        self.shift = rng.choice((0, 0, 0, 2, 7))
        start = datetime(2023, rng.randint(1, 9), 1, tzinfo=UTC)
        self.days = [start + timedelta(days=day) for day in range(450)]
        self.end = self.days[-1]
        peaks = [start.replace(rng.randint(2023, 2024), month) for month in (1, 6, 6, 7, 7, 8, 8, 12, 12)]
        self.peaks = [peak + timedelta(days=rng.randrange(28)) for peak in peaks]
        self.weights = [list(accumulate(self._pull(one, day) for day in self.days)) for one in POOLS["services"]]
        self.leads, self.jobs = list[Lead](), list[Job]()
        self.truth: list[tuple[Lead, Job]] = []
        self.groups: list[list[Lead]] = []
        self.askers = [self.census.home() for _ in range(count + 5)]
        self.callers = [self.census.home() for _ in range(int(count * 0.8) + 5)]
        for home in self.census.homes:
            if rng.random() < (0.7 if home.plan else 0.25):
                since = start.replace(year=rng.randint(2012, 2022)) + timedelta(days=rng.randrange(100))
                self.clerk.record(home, rng.choice(home.people), since)

    def _pull(self, service: Pool, day: datetime) -> float:
        near = service["key"] in POOLS["urgent"] and any(0 <= (day - peak).days < 5 for peak in self.peaks)
        return float(service["months"][day.month - 1] * (2.8 if near else 1) * (1.3 if day.weekday() == 0 else 1))

    def _moment(self) -> tuple[datetime, Pool]:
        services = POOLS["services"]
        spot = self.rng.choices(range(len(services)), [one["weight"] for one in services])[0]
        day = self.rng.choices(self.days, cum_weights=self.weights[spot])[0]
        hour = self.rng.choices(range(24), POOLS["hours"])[0]
        return day + timedelta(hours=hour, seconds=self.rng.randrange(3600)), services[spot]

    def _open_hours(self, when: datetime, days: float = 0) -> datetime:
        when += timedelta(days=days)
        if when.hour >= 17 or when.hour < 7:
            when = (when + timedelta(hours=7)).replace(hour=7, minute=self.rng.randrange(30, 60))
        return when + timedelta(days=1) if when.weekday() == 6 else when

    def _reply(self, at: datetime, service: Pool) -> datetime:
        spans = ((0.003, 0.15), (0.5, 5), (5, 30 if service["wait"][1] > 5 else 9), (30, 130))
        return self._open_hours(at, self.rng.uniform(*self.rng.choices(spans, (72, 22, 5, 1))[0]))

    def _visit(self, created: datetime, wait: Sequence[int]) -> Window:
        days = round(self.rng.triangular(wait[0], wait[1], wait[0])) + self.rng.uniform(0.03, 0.2)
        return created, self._open_hours(created, days)

    def _add(self, home: Party, record: Record, kind: str, span: Window, bill: tuple[float, str]) -> Job:
        campaign = "Website" if self.rng.random() < 0.05 else self.rng.choice(POOLS["campaigns"])
        kind = kind if self.rng.random() > 0.06 or kind.startswith("PLAN") else "Service Call"
        total = round(bill[0]) + self.rng.choice((0, 0, 0.5, 0.95, self.rng.randrange(100) / 100)) if bill[0] else 0
        status = "Completed" if span[1] <= self.end else "Scheduled"
        job = Job(home, record, kind, campaign, span, (total, bill[1]), status)
        self.jobs.append(job)
        home.busy.append(span)
        if home.payer and record in home.payer.records:
            home.payer.busy.append(span)
        return job

    def _note(self, home: Party, payer: Party, service: Pool, lead: Lead | None) -> str:
        rng, draw, who, told = self.rng, self.rng.random(), home.people[-1], lead.cells["Message"] if lead else ""
        same = [note for ask, note in zip(service["asks"], service["notes"], strict=False) if told.startswith(ask)]
        parts = [rng.choice(same if same and rng.random() < 0.75 else service["notes"])]
        if payer is not home:
            parts.append(f"tenant {who.first} {show_phone(who.phone, 1)}" if draw < 0.6 else "tenant occ")
        elif home.away and draw < 0.4:
            parts.append(rng.choice(("snowbird", "seasonal, key w/ mgr", f"from {home.away.town['city']}")))
        elif draw < 0.1:
            parts.append(f"call {who.first} {show_phone(who.phone, 1)}")
        if lead and home.helper and lead.sender is home.helper and rng.random() < 0.6:
            parts.append(f"{home.helper.first} set up appt")
        if told and rng.random() < 0.25:
            parts.append(rng.choice(("web req", "from website form", f"web: {told[:40]}")))
        return plain("; ".join(parts)) if rng.random() > 0.08 else ""

    def _order(self, home: Party, service: Pool, created: datetime, lead: Lead | None) -> list[Job]:
        rng, rates, after, payer = self.rng, self.clerk.rates, service["next"], home.payer or home
        owner_asked = lead is not None and lead.sender in payer.people
        if not owner_asked and (rng.random() < 0.45 or blocked([payer], created, created)):
            payer = home
        person = lead.sender if lead and lead.sender in payer.people else payer.people[0]
        person = rng.choice(payer.people) if rng.random() < 2 * rates["spouse"] else person
        record, span = self.clerk.record(payer, person, created, lead), self._visit(created, service["wait"])
        bill = (rng.uniform(*service["total"]) * (rng.random() > 0.04), self._note(home, payer, service, lead))
        jobs = [self._add(home, record, rng.choice(service["types"]), span, bill)]
        while rng.random() < (after["p"], 0.12, 0)[len(jobs) - 1]:
            span = self._visit(self._open_hours(span[1], rng.uniform(0.02, rng.uniform(*after["days"]) + 0.05)), (0, 9))
            bill = (rng.uniform(*after["total"]), rng.choice(after["why"]))
            jobs.append(self._add(home, record, after["type"], span, bill))
        for job in jobs:
            job.campaign = "Website" if lead and rng.random() < rates["tagged"] else job.campaign
        return jobs

    def _spoil(self, job: Job) -> None:
        draw, rng = self.rng.random(), self.rng
        if draw < 0.012:
            span = (job.span[0] + timedelta(minutes=rng.randint(2, 300)), job.span[1])
            self._add(job.home, job.record, job.kind, span, (0, "dup, see other job")).status = "Canceled"
        elif draw < 0.045 and job.bill[0]:
            span = self._visit(self._open_hours(job.span[1], rng.uniform(1, 40)), (0, 4))
            if not blocked([job.home], *span):
                self._add(job.home, job.record, rng.choice(("Warranty / Recall", "Callback")), span, (0, "recall NC"))

    def _sender(self, home: Party, at: datetime) -> Person:
        soon, owner = (at - timedelta(days=1), at + timedelta(days=96)), home.payer
        if owner and self.rng.random() < 0.35 and not blocked([owner], at, at) and not working([owner], soon):
            return owner.people[0]
        own = self.rng.choice((*home.people, home.people[0], home.people[0]))
        return home.helper if home.helper and self.rng.random() < 0.6 else own

    def _ask(self, home: Party, service: Pool, at: datetime) -> None:
        rng, person = self.rng, self._sender(home, at)
        rows = [Lead(at, self.clerk.lead_cells(person, home, service), person)]
        if rng.random() < 0.026:
            again = at + timedelta(hours=rng.choice((0.1, 0.4, 20, 50)) * rng.uniform(0.5, 1.5))
            rows.append(Lead(again, self.clerk.lead_cells(person, home, service), person))
            self.groups.append(rows)
        self.leads += rows
        odds = self.clerk.rates["convert"] * (1.2 if home.records else 1) * (0.75 if service["total"][1] == 0 else 1)
        created, last = self._reply(rows[-1].at, service), at + timedelta(days=96)
        parties = [home, home.payer] if home.payer and person in home.payer.people else [home]
        if rng.random() < odds and created < self.end:
            jobs = self._order(home, service, created, rows[0])
            # Someone else's record does not show that this person has been served: wait with other work.
            same = {show_phone(person.phone), person.email} & set(jobs[0].record.cells.values())
            last = jobs[0].span[1] if same else last
            self.truth += [(row, job) for job in jobs for row in rows]
        elif rng.random() < 0.002:
            self._order(home, service | {"next": {"p": 0}}, created, rows[0])[0].status = "Canceled"
        for party in parties:
            party.waits.append((at - timedelta(days=1), last))

    def _call(self) -> None:
        pools, (at, service) = (self.askers, self.callers, self.census.shops, self.census.parks), self._moment()
        home = self.rng.choice(self.rng.choices(pools, (24, 64, 7, 5))[0])
        created, parties = self._open_hours(at), [home, home.payer] if home.payer else [home]
        if not blocked(parties, created, at + timedelta(days=service["wait"][1] + 5)) or self.rng.random() < 0.01:
            job = self._order(home, service, created, None)[-1]
            job.status = "Canceled" if self.rng.random() < 0.06 else job.status

    def _plan_visit(self, home: Party, month: int, year: int) -> None:
        visit = self._open_hours(datetime(year, month, 1, 9, tzinfo=UTC), self.rng.uniform(-10, 40))
        span = (self._open_hours(visit, -self.rng.uniform(10, 40)), visit)
        if self.days[0] < span[0] < self.end and not blocked([home], *span):
            record = self.clerk.record(home, home.people[0], span[0])
            kind, bill = POOLS["plans"][str(month)], (self.rng.choice((0, 0, 79, 99)), "plan visit")
            self._add(home, record, kind, span, bill).campaign = "Maintenance Plan"

    def _fill_in(self, count: int) -> None:
        rng, fresh, used = self.rng, iter(self.askers), list[Party]()
        for at, service in sorted((self._moment() for _ in range(int(count * 0.955))), key=lambda pair: pair[0]):
            home = rng.choice(used) if used and rng.random() < 0.09 else next(fresh)
            if blocked([home], at, at) or working([home], (at - timedelta(days=1), at + timedelta(days=96))):
                home = next(fresh)
            used.append(home)
            if len(self.leads) < count - 1:
                self._ask(home, service, at)
        while len(self.leads) < count:
            home, (at, service) = self.census.firm(""), self._moment()
            cells = self.clerk.lead_cells(home.people[0], home, service) | {"Message": rng.choice(POOLS["spam"])}
            self.leads.append(Lead(at, cells, home.people[0]))

    def live(self, count: int) -> None:
        """Take the requests, then everything else around them, and number it all."""
        self._fill_in(count)
        for home in filter(lambda home: home.plan, self.census.homes):
            for month, year in ((4, 2023), (10, 2023), (4, 2024), (10, 2024)):
                self._plan_visit(home, month, year)
        for _ in range(int(count * self.clerk.rates["extra"])):
            self._call()
        for job in [job for job in self.jobs if job.status == "Completed"]:
            self._spoil(job)
        self.leads.sort(key=lambda lead: lead.at)
        for spot, lead in enumerate(self.leads):
            lead.number = f"RQ{spot + 10240}"
        self.clerk.records.sort(key=lambda record: record.since)
        for spot, record in enumerate(self.clerk.records):
            record.cells |= {"Customer ID": str(20417 + spot * 3), "Customer Since": f"{record.since:%m/%d/%Y}"}
        self.jobs = sorted((job for job in self.jobs if job.span[0] < self.end), key=lambda job: job.span[0])
        for spot, job in enumerate(self.jobs):
            job.number = str(41800 + spot)


def save(path: Path, rows: list[Row], head: Sequence[str] = ()) -> None:
    """Write one file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, head or list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the exports and the truth of one office."""
    year = Year(random.Random(f"mesa-{seed}"), leads)
    year.live(leads)
    folder.mkdir(parents=True, exist_ok=True)
    stamp, shift = "Submitted (UTC)" if year.shift == 7 else "Submitted", timedelta(hours=year.shift)
    rows = [{"Submission ID": one.number, stamp: str(one.at + shift)[:19]} | one.cells for one in year.leads]
    truth = [{"lead_id": lead.number, "job_id": job.number} for lead, job in year.truth if job.number]
    groups = [{"lead_id": row.number, "group_id": f"G{n}"} for n, pair in enumerate(year.groups, 1) for row in pair]
    save(folder / "leads.csv", rows)
    save(folder / "jobs.csv", [year.clerk.job_row(job) for job in year.jobs])
    save(folder / "customers.csv", [record.cells for record in year.clerk.records])
    save(folder / "truth.csv", truth, ("lead_id", "job_id"))
    save(folder / "lead_groups.csv", groups, ("lead_id", "group_id"))
