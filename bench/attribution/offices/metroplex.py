"""Simulate a call center office for air conditioning, electrical and garage doors in a large Texas metropolitan area.

Four brands (one of them bought, with capitalized import records) share one customer database. Requests arrive from the
websites, their chat and an after-hours answering service whose clock runs on Eastern time. Hail and freeze weeks crowd
many similar requests into few days.

True is every job that the request led to: the first visit, return trips, and installations sold on it. Not true are
plan visits, unrequested recalls, later calls for other reasons, and canceled bookings. A recall that the customer
requested on the website belongs to that request. A request that was sent twice is listed once in the truth, under its
first row; both rows share a group. Ambiguous are forms sent just after a call that had already booked the job,
estimates booked months after a request that went nowhere, and jobs whose row shares no number, name or house with the
request, for example under a spouse.

Hard are names that are swapped, shortened or misheard, records under a spouse, parent, owner or warranty company,
old phone numbers, neighbors with the same trouble in the same week, and a campaign column that says "website" for
callers and something else for half of the website's customers.
"""

import csv
import json
import random
import re
import unicodedata
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
Row = dict[str, str]
Bill = tuple[str, float, str]
QUIET = timedelta(days=92)
GROUPS = {"anglo": 40, "hispanic": 23, "indian": 13, "vietnamese": 6, "black": 12, "other": 6}


@dataclass
class Person:
    """Someone who asks, calls or pays."""

    first: str
    last: str
    group: str
    nick: str
    phone: str
    email: str


@dataclass
class Place:
    """An address as the post office would write it."""

    number: int
    street: str
    kind: str
    unit: str
    city: str
    zip: str


@dataclass
class Record:
    """One customer of the database as an agent or the import typed it."""

    number: int
    name: str
    phone: str
    email: str
    street: str
    city: str
    zip: str


@dataclass
class House:
    """A household, landlord or apartment community, with the times in which it orders nothing else."""

    place: Place
    people: list[Person]
    record: Record | None = None
    quiet: list[tuple[datetime, datetime]] = field(default_factory=list)
    booked: datetime | None = None
    work: dict[str, Any] = field(default_factory=dict)


@dataclass
class Lead:
    """One row of the website's export."""

    when: datetime
    row: Row
    group: int = 0


@dataclass
class Request:
    """What someone wants, where, and the one or two rows that say so."""

    when: datetime
    work: dict[str, Any]
    house: House
    site: Place
    asker: Person
    role: str
    warranty: str = ""
    claim: int = 0
    text: str = ""
    facts: Row = field(default_factory=dict)
    leads: list[Lead] = field(default_factory=list)


@dataclass
class Job:
    """One row of the job export; `request` is set only where the job resulted from it."""

    created: datetime
    done: datetime
    row: Row
    request: Request | None = None
    unsure: Request | None = None


def plain(text: str) -> str:
    """Return the text without accents, as most keyboards type it."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def weighted(rng: random.Random, pairs: Sequence[Sequence[Any]]) -> Any:
    """Pick the first item of a pair by the weight in its second."""
    return rng.choices([pair[0] for pair in pairs], [pair[1] for pair in pairs])[0]


def slip(rng: random.Random, text: str) -> str:
    """Return the text with one letter or digit swapped, lost, doubled or replaced."""
    if len(text) < 4:
        return text
    at = rng.randrange(1, len(text) - 1)
    other = rng.choice("0123456789" if text[at].isdigit() else "aeinorst")
    choices = [text[:at] + text[at + 1] + text[at] + text[at + 2 :], text[:at] + other + text[at + 1 :]]
    if not text.isdigit():
        choices += [text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:]]
    return rng.choice(choices)


def heard(rng: random.Random, text: str) -> str:
    """Return a name as an agent who only heard it might spell it."""
    low = text.lower()
    fits = [(old, new) for old, new in POOLS["heard"] if old in low[1:]]
    if not fits:
        return slip(rng, text)
    old, new = rng.choice(fits)
    at = low.index(old, 1)
    return f"{text[:at]}{new}{text[at + len(old) :]}"


def pretty(digits: str, style: int) -> str:
    """Write ten digits in one of the usual ways."""
    area, rest, line = digits[:3], digits[3:6], digits[6:]
    return [f"({area}) {rest}-{line}", f"{area}-{rest}-{line}", digits, f"{area}.{rest}.{line}", f"+1{digits}"][style]


class Town:
    """The people and addresses of the metropolitan area."""

    def __init__(self, rng: random.Random, leads: int) -> None:
        self.rng = rng
        self.used: set[str] = set()
        cities = rng.choices(POOLS["cities"], [city["weight"] for city in POOLS["cities"]], k=80 + leads // 3)
        self.streets = [self._street(city) for city in cities]

    def _street(self, city: dict[str, Any]) -> Place:
        rng = self.rng
        first, second = str(rng.choice(POOLS["street_a"])), str(rng.choice(POOLS["street_b"]))
        name = f"{first} {second.title()}" if rng.random() < 0.35 else first + second
        if rng.random() < 0.35:
            name = str(rng.choice(POOLS["street_c"])).replace("-", " ")
        kind, block = weighted(rng, POOLS["types"]), 100 * rng.randrange(1, 99)
        return Place(block, name, kind, "", city["name"], rng.choice(city["zips"]))

    def place(self) -> Place:
        """Build an address on a street that neighbors share."""
        rng = self.rng
        street = self.streets[int(len(self.streets) * rng.random() ** 1.3)]
        unit = str(rng.choice([101, 202, 310, 1112, 2023]) + rng.randrange(9)) if rng.random() < 0.05 else ""
        return replace(street, number=street.number + rng.randrange(2, 290), unit=unit)

    def phone(self) -> str:
        """Return an unused fictitious number, sometimes from where the person lived before."""
        digits = ""
        for _ in range(40):
            local = self.rng.random() < 0.82
            area = weighted(self.rng, POOLS["area"]) if local else self.rng.choice(POOLS["away"])
            digits = f"{area}555{self.rng.randrange(10000):04d}"
            if digits not in self.used:
                break
        self.used.add(digits)
        return digits

    def person(self, city: str, sex: int, like: Person | None = None) -> Person:
        """Build a person; a spouse or child is of the same group and mostly has the same last name."""
        rng = self.rng
        lean = next(item["lean"] for item in POOLS["cities"] if item["name"] == city)
        group = lean if rng.random() < 0.3 else weighted(rng, list(GROUPS.items()))
        group = like.group if like else group
        firsts, lasts = POOLS["first"][group][sex], POOLS["last"][group]
        first = firsts[int(len(firsts) * rng.random() ** 1.2)]
        last = lasts[int(len(lasts) * rng.random() ** 1.7)].replace("-", " ")
        if group == "hispanic" and rng.random() < 0.2:
            last += " " + rng.choice(lasts)
        if like and rng.random() < (0.5 if group in ("vietnamese", "hispanic", "indian") else 0.87):
            last = like.last
        nick = POOLS["nick"].get(first, first)
        return Person(first, last, group, nick, self.phone(), self._email(first, last, nick))

    def _email(self, first: str, last: str, nick: str) -> str:
        rng = self.rng
        one, two, three = (re.sub(r"[^a-z]", "", plain(text).lower()) for text in (first, last, nick))
        digits = rng.choice(["", "", str(rng.randrange(1, 99)), str(rng.randrange(1958, 2001))])
        names = [f"{one}.{two}", f"{one}{two}", f"{one[0]}{two}", f"{two}{one}", f"{three}{two[0]}", f"the{two}s"]
        name = rng.choice([*names, f"{two}.{one[0]}", f"{one}_{two}", rng.choice(POOLS["handles"])])
        return f"{name}{digits}@{weighted(rng, POOLS['hosts'])}"

    def house(self) -> House:
        """Build a household of one or two adults."""
        place, sex = self.place(), self.rng.randrange(2)
        people = [self.person(place.city, sex)]
        if self.rng.random() < 0.62:
            people.append(self.person(place.city, 1 - sex, people[0]))
            if self.rng.random() < 0.2:
                people[1].email = people[0].email
        return House(place, people)


class Desk:
    """How customers type the form and agents type the customers."""

    def __init__(self, rng: random.Random, rates: dict[str, float], town: Town) -> None:
        self.rng, self.rates, self.town = rng, rates, town
        self.number = 210400

    def street(self, place: Place, *, careful: float, shout: bool = False) -> str:
        """Write the street line with the usual abbreviations, omissions and slips."""
        rng = self.rng
        name = place.street if rng.random() < careful else slip(rng, place.street)
        name = name.replace(" ", "") if rng.random() < 0.04 else name
        kind = rng.choice([place.kind, place.kind, place.kind, POOLS["long"][place.kind], place.kind + ".", ""])
        unit = rng.choice([" Apt {}", " #{}", " Unit {}", ", apt {}", "", " # {}"]).format(place.unit)
        number = place.number if rng.random() < 0.99 else slip(rng, f"{place.number}")
        text = f"{number} {name} {kind}".strip() + (unit if place.unit else "")
        return text.upper() if shout else text

    def name(self, person: Person, spouse: Person | None, *, spoken: bool, old: bool) -> str:
        """Write a customer's name in the one name field of the database."""
        rng = self.rng
        first = person.nick if rng.random() < 0.14 else person.first
        first, last = plain(first), plain(person.last)
        if " " in last and rng.random() < 0.65:
            last = rng.choice([last.split()[0], last.split()[0], last.split()[-1], last.replace(" ", "-")])
        if spoken and rng.random() < (0.05 if person.group in ("anglo", "black") else 0.15):
            last = heard(rng, last)
        if spoken and rng.random() < (0.02 if person.group in ("anglo", "black", "hispanic") else 0.08):
            first = heard(rng, first)
        if person.group in ("vietnamese", "indian") and rng.random() < 0.09:
            first, last = last, first
        if spouse and rng.random() < 0.16:
            first += f" & {plain(spouse.first)}" if rng.random() < 0.7 else f" and {plain(spouse.nick)}"
        if old:
            return f"{last}, {first}".upper()
        text = f"{last}, {first}" if rng.random() < 0.06 else f"{first} {last}"
        return text.upper() if rng.random() < 0.07 else text

    def record(self, person: Person, spouse: Person | None, place: Place, lead: Lead | None = None) -> Record:
        """Type a new customer, from the request's row or from the call."""
        rng, old = self.rng, lead is None and self.rng.random() < self.rates["imported"]
        copied = lead is not None and rng.random() < self.rates["copied"]
        both = [person.phone, spouse.phone] if spouse and rng.random() < 0.15 else [person.phone]
        phone = rng.choice(both) if rng.random() > (0.09 if old else 0.015) else self.town.phone()
        phone = slip(rng, phone) if rng.random() < 0.012 else phone
        has_email = rng.random() < (0.25 if old else self.rates["email"])
        email = person.email if has_email else rng.choice(["", "", "", "", "none@example.com"])
        email = slip(rng, email) if email and not copied and rng.random() < 0.05 else email
        name = self.name(person, spouse, spoken=not copied, old=old)
        street = self.street(place, careful=0.95, shout=old)
        if copied and lead and lead.row["Last Name"]:
            name = f"{lead.row['First Name']} {lead.row['Last Name']}"
            phone = re.sub(r"\D", "", lead.row["Phone"])[-10:] or phone
            email = lead.row["Email"] or email
        digits = pretty(phone, rng.choice([1, 2]) if old else 0)
        return self.file(name, digits, email, street, place)

    def file(self, name: str, phone: str, email: str, street: str, place: Place) -> Record:
        """Add a customer under the next number of the database."""
        self.number += self.rng.randrange(1, 5)
        return Record(self.number, name, phone, email, street, place.city, place.zip)

    def firm(self, name: str, place: Place, phone: str) -> Record:
        """Add a company that pays for work at other people's addresses."""
        email = "dispatch@" + re.sub(r"\W", "", name).lower() + ".example.com"
        return self.file(name, pretty(phone, 0), email, self.street(place, careful=1), place)

    def form_name(self, person: Person) -> tuple[str, str]:
        """Write first and last name as the person fills the form."""
        rng = self.rng
        first = person.nick if rng.random() < 0.12 else person.first
        last = "" if rng.random() < 0.035 else person.last
        if rng.random() < 0.75:
            first, last = plain(first), plain(last)
        if " " in last and rng.random() < 0.4:
            last = last.split()[0]
        if last and rng.random() < (0.06 if person.group == "vietnamese" else 0.008):
            first, last = last, first
        style = rng.random()
        if style < 0.09:
            return first.lower(), last.lower()
        return (first.upper(), last.upper()) if style < 0.13 else (first, last)

    def form(self, request: Request, channel: str, place: Place, message: str) -> Row:
        """Fill one row of the request export; chat and answering service ask for less than the form."""
        rng, person = self.rng, request.asker
        first, last = self.form_name(person)
        phone = slip(rng, person.phone) if rng.random() < 0.01 else person.phone
        phone = pretty(self.town.phone() if rng.random() < 0.02 else phone, rng.choice([0, 0, 0, 1, 2, 3, 4]))
        email = "" if rng.random() < (0.3 if channel == "Chat" else 0.09) else person.email
        email = slip(rng, email) if email and rng.random() < 0.015 else email
        shout = channel == "After Hours"
        street = self.street(place, careful=0.9 if shout else 0.97, shout=shout)
        if rng.random() < (0.55 if channel == "Chat" else 0.1):
            street = rng.choice(POOLS["street_jokes"])
        if shout:
            last = heard(rng, last) if last and rng.random() < 0.2 else last
            first, last, email = first.upper(), last.upper(), ""
        brand = POOLS["brands"][request.work["trade"]]
        if request.work["trade"] == "air" and rng.random() < 0.22:
            brand = POOLS["brands"]["old"]
        typed = street[:1].isdigit()
        brand = brand if rng.random() < 0.95 else rng.choice(list(POOLS["brands"].values()))
        phone = phone if rng.random() < 0.98 or shout else ""
        city = place.city if typed and rng.random() < 0.9 else ""
        source = "answering service" if shout else weighted(rng, POOLS["sources"])
        who = [brand, channel, first, last, phone, email.upper() if rng.random() < 0.02 else email]
        where = [street.lower() if rng.random() < 0.08 else street, city, place.zip if rng.random() < 0.95 else ""]
        what = [rng.choice(request.work["form"]), source, rng.choice(POOLS["times"]), message]
        return dict(zip(POOLS["lead_headings"], [*who, *where, *what], strict=True))

    def phrase(self, texts: Sequence[str], facts: Row) -> str:
        """Choose a sentence and fill its blanks; the facts of one request stay the same."""
        text = str(self.rng.choice(texts))
        for slot in re.findall(r"{(\w+)}", text):
            text = text.replace("{" + slot + "}", facts.setdefault(slot, self.rng.choice(POOLS["slots"][slot])))
        return text

    def message(self, request: Request) -> str:
        """Say what is wrong, and for whom, as the form's message."""
        rng, who, site = self.rng, request.house.people[0], request.site
        texts, spanish = request.work["message"], POOLS["spanish"].get(request.work["key"])
        if spanish and request.asker.group == "hispanic" and rng.random() < 0.15:
            texts = spanish
        request.text = self.phrase(texts, request.facts)
        about = rng.choice(POOLS["roles"][request.role]).format(
            site=self.street(site, careful=1), street=site.street, unit=site.unit, who=f"{who.nick} {who.last}"
        )
        claim = f"I have {request.warranty}, claim {request.claim}" if request.warranty else ""
        parts = [part for part in (request.text, about, claim, rng.choice(POOLS["closing"]).strip(". ")) if part]
        return str(rng.choice(POOLS["opening"])) + rng.choice([". ", ". ", ", ", "\n"]).join(parts)


class Calendar:
    """The office's fifteen months with their seasons, hail days and freeze weeks."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.start = datetime.fromisoformat(rng.choice(["2022-01-01", "2022-09-01", "2023-03-01", "2024-02-01"]))
        self.days = [self.start + timedelta(days=n) for n in range(456)]
        self.end = self.days[-1] + timedelta(days=1)
        hail = rng.sample([day for day in self.days if 3 <= day.month <= 6], 3)
        freeze = rng.sample([day for day in self.days if day.month in (1, 2, 12)], 2)
        self.busy = {day + timedelta(days=n) for day in hail + freeze for n in range(6)}
        self.weights = {key: self._weights(key, hail, freeze) for key in POOLS["season"]}

    def _weights(self, key: str, hail: list[datetime], freeze: list[datetime]) -> list[float]:
        weights = [POOLS["season"][key][day.month - 1] * (0.7 if day.weekday() > 4 else 1.0) for day in self.days]
        storms, factor = (freeze, 9.0) if key == "cold" else (hail, {"hail": 14.0, "storm": 4.0}.get(key, 1.0))
        for at, day in enumerate(self.days):
            past = min((day - storm).days % 999 for storm in storms)
            weights[at] *= 1 + factor * max(0, 8 - past) / 8 if factor > 1 else 1
        return list(accumulate(weights))

    def when(self, season: str) -> datetime:
        """Draw the time of a request or call."""
        weights = self.weights[season]
        day = self.days[min(bisect(weights, self.rng.random() * weights[-1]), len(self.days) - 1)]
        hour = self.rng.choices(range(24), [2, 1, 1, 1, 1, 3, 6, 10, 13, 14, 13, 12, 11] + [10] * 5 + [9] * 4 + [6, 4])
        return day + timedelta(hours=hour[0], seconds=self.rng.randrange(3600))

    def at_desk(self, when: datetime, *, night: float = 0.0) -> datetime:
        """Move a time to when agents book, except for emergencies that the answering service dispatches."""
        if 7 <= when.hour < 21 or self.rng.random() < night:
            return when
        morning = when.replace(hour=7, minute=0) + timedelta(days=when.hour >= 21)
        return morning + timedelta(minutes=self.rng.randrange(240))

    def delay(self, *, urgent: bool, when: datetime) -> timedelta:
        """Draw how long the office needs to reach and book someone."""
        rng = self.rng
        steps = [0.06, 0.35, 1.2, 4, 19, 45] if urgent else [0.1, 0.8, 2.5, 8, 40, 86]
        chances = [50, 25, 15, 7, 2.5, 0.5] if urgent else [30, 28, 22, 13, 6, 1]
        at = rng.choices(range(6), chances)[0]
        days = rng.uniform(steps[at - 1] if at else 0.003, steps[at])
        crowd = rng.uniform(0.2, 3) if when.replace(hour=0, minute=0, second=0) in self.busy else 0
        return timedelta(days=days + crowd * (rng.random() < 0.4))


class Office:
    """Requests, bookings and everything else that the office did in the period."""

    def __init__(self, rng: random.Random, leads: int) -> None:
        self.rng = rng
        self.rates: dict[str, float] = {key: rng.uniform(*ends) for key, ends in POOLS["rates"].items()}
        self.town = Town(rng, leads)
        self.desk, self.calendar = Desk(rng, self.rates, self.town), Calendar(rng)
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.groups = 0
        self.booked: list[House] = []
        self.asked: list[House] = []
        self.others: list[House] = [self._known(self.town.house()) for _ in range(20 + leads // 2)]
        town, desk = self.town, self.desk
        self.firms = [desk.firm(name, town.place(), town.phone()) for name in POOLS["warranty"]]
        self.communities = [self._community() for _ in range(6 + leads // 60)]

    def _known(self, house: House) -> House:
        house.record = self.desk.record(house.people[0], house.people[1] if house.people[1:] else None, house.place)
        return house

    def _community(self) -> House:
        house, rng = self.town.house(), self.rng
        house.place.unit = ""
        manager = house.people[0]
        house.people = [manager, self.town.person(house.place.city, 1)]
        house.people[1].phone = manager.phone
        name = f"{rng.choice(POOLS['apt_a'])} {rng.choice(POOLS['apt_b'])}"
        house.record = self.desk.firm(name, house.place, manager.phone)
        house.people[0].email = house.record.email.replace("dispatch", "manager")
        return house

    def run(self, leads: int) -> None:
        """Live through the period: requests in order of time, then all the other work."""
        rng = self.rng
        kinds, weights = POOLS["works"], [work["weight"] for work in POOLS["works"]]
        works = rng.choices(kinds, weights, k=leads)
        times = sorted(((self.calendar.when(work["season"]), at) for at, work in enumerate(works)))
        for when, at in times:
            if len(self.leads) >= leads:
                break
            if rng.random() < self.rates["spam"]:
                self._spam(when, works[at])
            else:
                self._ask(self._request(when, works[at]), room=leads - len(self.leads))
        for work in rng.choices(kinds, weights, k=int(self.rates["calls"] * leads)):
            self._call(work)
        for house in self.booked:
            self._later(house)
            if rng.random() < 0.12:
                self._call(rng.choices(kinds, weights)[0], house)

    def _spam(self, when: datetime, work: dict[str, Any]) -> None:
        name, text = self.rng.choice(POOLS["spam"])
        house = self.town.house()
        person = house.people[0]
        person.first, person.last = name.split()
        person.nick = person.first
        row = self.desk.form(Request(when, work, house, house.place, person, "own"), "Web Form", house.place, text)
        self.leads.append(Lead(when, row))

    def _request(self, when: datetime, work: dict[str, Any]) -> Request:
        rng = self.rng
        role = weighted(rng, POOLS["booked_roles"])
        role = "own" if role == "unit" and work["key"] not in POOLS["apartment_works"] else role
        if role in ("callback", "again"):
            return self._return(when, work, role)
        house = rng.choice(self.communities) if role == "unit" else self.town.house()
        if role != "unit" and rng.random() < self.rates["known"]:
            self._known(house)
        asker = house.people[-1] if rng.random() < 0.4 else house.people[0]
        site = house.place
        if role in ("child", "tenant", "realtor"):
            like = house.people[0] if role == "child" else None
            asker = self.town.person(site.city, rng.randrange(2), like)
        if role == "landlord":
            site = self.town.place()
        if role == "unit":
            site = replace(site, unit=str(rng.randrange(101, 2600)))
        urgent = work["urgent"] and role == "own"
        warranty = rng.choice(POOLS["warranty"]) if urgent and rng.random() < self.rates["warranty"] else ""
        return Request(when, work, house, site, asker, role, warranty, rng.randrange(4100000, 4990000))

    def _return(self, when: datetime, work: dict[str, Any], role: str) -> Request:
        """Let a served customer ask again, of late for a recall of the same work, else for anything."""
        soon, late = (5, 45) if role == "callback" else (40, 400)
        recent = [
            house
            for house in self.booked[-500:]
            if timedelta(days=soon) < when - max(end for _, end in house.quiet) < timedelta(days=late)
            and (role == "again" or house.work["urgent"])
        ]
        if not recent:
            return self._request(when, work)
        house = self.rng.choice(recent)
        work = house.work if role == "callback" else work
        return Request(when, work, house, house.place, self.rng.choice(house.people), role)

    def _ask(self, request: Request, room: int) -> None:
        rng, rates = self.rng, self.rates
        draw = rng.random()
        channel = "Chat" if draw < rates["chat"] else "Web Form"
        if draw > 1 - rates["answering"] and not 8 <= request.when.hour < 19:
            channel = "After Hours"
        text = self.desk.message(request)
        home = request.house.place if request.role == "landlord" and rng.random() < 0.5 else request.site
        row = self.desk.form(request, channel, home, text.upper() if channel == "After Hours" else text)
        eastern = timedelta(hours=channel == "After Hours")
        request.leads = [Lead(request.when + eastern, row)]
        if room > 1 and rng.random() < rates["twice"]:
            self._repeat(request, home, text)
        self.leads += request.leads
        if request.role != "unit":
            self.asked.append(request.house)
        sure = {"unit": 0.95, "callback": 0.94, "again": 0.8}.get(request.role, rates["convert"])
        if rng.random() < sure:
            self._book(request)
        else:
            self._miss(request)

    def _repeat(self, request: Request, home: Place, text: str) -> None:
        self.groups += 1
        wait = self.rng.choice([0.002, 0.01, 0.1, 0.9, 2, 5]) * self.rng.uniform(0.5, 1.5)
        more = self.desk.phrase(request.work["message"], request.facts)
        again = text if self.rng.random() < 0.5 else f"Second request. {more}"
        row = self.desk.form(request, "Web Form", home, again)
        request.leads.append(Lead(request.when + timedelta(days=wait), row, self.groups))
        request.leads[0].group = self.groups

    def _miss(self, request: Request) -> None:
        rng, last = self.rng, request.leads[-1].when
        request.house.quiet.append((request.when, last + QUIET))
        if request.role != "own" or rng.random() > 0.022:
            return
        when = request.when - timedelta(minutes=rng.randrange(4, 45))
        if rng.random() < 0.45 and not request.work["urgent"]:
            when = self.calendar.at_desk(last + timedelta(days=rng.uniform(95, 190)))
        else:
            request.leads[0].row["Message"] += ". Just spoke to your office, sending this too"
        before = len(self.jobs)
        caller = replace(request, leads=[], text="", facts={})
        self._visit(caller, when, self._campaign(web=False, known=True))
        for job in self.jobs[before:]:
            job.unsure = request

    def _campaign(self, *, web: bool, known: bool) -> str:
        """File the campaign by the number that rang, which is often not what brought the customer."""
        rng = self.rng
        if rng.random() < (self.rates["tagged"] if web else self.rates["mistagged"]):
            return str(rng.choice(POOLS["web_campaigns"]))
        return "Existing Customer" if known and rng.random() < 0.5 else str(weighted(rng, POOLS["campaigns"]))

    def _customer(self, request: Request) -> tuple[Record, str]:
        """Find or type the customer; also return the name of the service location."""
        rng, house, desk = self.rng, request.house, self.desk
        spouse = next((person for person in house.people if person is not request.asker), None)
        lead = request.leads[0] if request.leads else None
        if request.role == "unit" and house.record:
            return house.record, f"Unit {request.site.unit}"
        if request.warranty:
            firm = next(record for record in self.firms if record.name == request.warranty)
            return firm, desk.name(request.asker, None, spoken=True, old=rng.random() < 0.6)
        if request.role in ("child", "tenant", "realtor") and rng.random() < 0.5:
            record = desk.record(request.asker, None, request.site, lead)
            return record, desk.name(house.people[0], None, spoken=True, old=False)
        if house.record and rng.random() < self.rates["found"]:
            return house.record, house.record.name
        payer = request.asker if request.asker in house.people else house.people[0]
        spouse = None if request.asker not in house.people else spouse
        source = lead if payer is request.asker else None
        record = desk.record(payer, spouse, house.place if request.role == "landlord" else request.site, source)
        house.record = house.record or record
        return record, record.name

    def _job(self, request: Request, created: datetime, kind: str, who: tuple[Record, str], bill: Bill) -> Job:
        """Write a job with its service address; completed unless the period ends before."""
        rng, (record, location), (campaign, total, summary) = self.rng, who, bill
        same = request.role not in ("unit", "landlord") and record not in self.firms
        slow = 6 if "Install" in kind or "Panel Upgrade" in kind else 3 if "Estimate" in kind else 1.4
        done = created + timedelta(days=rng.uniform(0.08, slow))
        status = "Completed" if done < self.calendar.end else "Scheduled"
        phone = record.phone
        if record in self.firms and rng.random() < 0.7:
            phone = pretty(request.asker.phone, 0)
        location = location if rng.random() < 0.9 or not same else ""
        site, street = request.site, self.desk.street(request.site, careful=0.96)
        where = [record.street, record.city, record.zip] if same else [street, site.city, site.zip]
        agent = rng.choice(POOLS["agents"]) if 7 <= created.hour < 21 else "ANS SVC"
        total = total if status == "Completed" else 0
        values = [POOLS["trades"][request.work["trade"]][0], kind, status, str(record.number), record.name, location]
        values += [phone, record.email, *where, agent, campaign, f"{total:.2f}", summary]
        job = Job(created, done, dict(zip(POOLS["job_headings"], values, strict=True)))
        self.jobs.append(job)
        return job

    def _summary(self, request: Request) -> str:
        rng = self.rng
        text = self.desk.phrase(request.work["summary"], request.facts)
        if request.text and rng.random() < 0.45:
            text = plain(request.text).upper() if rng.random() < 0.7 else request.text
        parts = [text, *rng.sample(POOLS["suffix"], rng.choice([0, 1, 1, 2, 3]))]
        if request.asker.group == "hispanic" and rng.random() < 0.12:
            parts.append("SPANISH SPEAKER")
        if request.leads and rng.random() < 0.3:
            parts.insert(rng.randrange(len(parts) + 1), rng.choice(POOLS["web_notes"]))
        if request.leads and request.role in ("child", "tenant", "realtor") and rng.random() < 0.7:
            parts.append(f"CALL {plain(request.asker.first).upper()} {pretty(request.asker.phone, 1)}")
        if request.warranty:
            parts.append(f"CLAIM {request.claim}")
        return rng.choice([". ", " / ", " - "]).join(parts)

    def _visit(self, request: Request, created: datetime, campaign: str) -> Job:
        """Add the first visit and the work that continues it."""
        rng, who = self.rng, self._customer(request)
        kind = weighted(rng, request.work["first"]) if rng.random() < 0.96 else "General Service Call"
        kind = f"Recall - {POOLS['trades'][request.work['trade']][1]}" if request.role == "callback" else kind
        low, high = request.work["price"]
        total = 0.0 if request.role == "callback" else round(rng.triangular(low, high, low) if high else 0, 2)
        first = self._job(request, created, kind, who, (campaign, total, self._summary(request)))
        first.request = request if request.leads else None
        for chance, next_kind, soon, late, cheap, dear, text in request.work["follow"]:
            if rng.random() > chance or request.role == "callback":
                continue
            start = self.calendar.at_desk(first.done + timedelta(days=rng.triangular(soon, late, soon)))
            if not request.leads and self._blocked(request.house, start):
                break
            source = campaign if rng.random() < 0.6 else "Existing Customer"
            bill = (source, round(rng.triangular(cheap, dear), 2), self.desk.phrase([text], request.facts))
            job = self._job(request, start, next_kind, who if rng.random() < 0.95 else self._customer(request), bill)
            job.request = first.request
            request.house.quiet.append((created, start))
            break
        return first

    def _book(self, request: Request) -> None:
        rng, house, calendar = self.rng, request.house, self.calendar
        last = max(request.leads[-1].when, request.when)
        quick = bool(request.work["urgent"]) or request.role in ("unit", "callback")
        created = last + calendar.delay(urgent=quick, when=request.when)
        created = calendar.at_desk(created, night=0.3 if quick else 0)
        campaign = self._campaign(web=True, known=house.record is not None)
        if rng.random() < 0.035:
            self._cancel(request, created, campaign)
            if rng.random() < 0.5:
                house.quiet.append((request.when, last + QUIET))
                return
            created = calendar.at_desk(created + timedelta(days=rng.uniform(0.1, 5)))
        if request.role != "unit":
            house.booked, house.work = created, request.work
            self.booked.append(house)
        row, asked = self._visit(request, created, campaign).row, request.leads[0].row
        # People whose first visit is filed under someone else's number rarely call about something else that soon.
        same = re.sub(r"\D", "", row["Phone"])[-10:] == re.sub(r"\D", "", asked["Phone"])[-10:]
        house.quiet.append((request.when, created + (timedelta(days=1) if same else QUIET)))

    def _cancel(self, request: Request, created: datetime, campaign: str) -> None:
        why = f"{self.desk.phrase(request.work['summary'], request.facts)}. {self.rng.choice(POOLS['cancel_summary'])}"
        kind = weighted(self.rng, request.work["first"])
        job = self._job(request, created, kind, self._customer(request), (campaign, 0, why))
        job.row["Status"] = "Canceled"

    def _call(self, work: dict[str, Any], house: House | None = None) -> None:
        """Add work that someone ordered by phone, or that a warranty company or community sent."""
        rng, when = self.rng, self.calendar.at_desk(self.calendar.when(work["season"]), night=0.1)
        role = "own" if house else weighted(rng, [("own", 90), ("unit", 1.5), ("warranty", 8)])
        role = "own" if role == "unit" and work["key"] not in POOLS["apartment_works"] else role
        house = house or self._caller(role)
        if self._blocked(house, when):
            return
        site = house.place
        if role == "unit":
            site = replace(site, unit=str(rng.randrange(101, 2600)))
        warranty = rng.choice(POOLS["warranty"]) if role == "warranty" else ""
        asker = house.people[0] if rng.random() < 0.6 else house.people[-1]
        request = Request(when, work, house, site, asker, role if role == "unit" else "own", warranty)
        request.claim = rng.randrange(4100000, 4990000)
        campaign = "Home Warranty" if warranty else self._campaign(web=False, known=house.record is not None)
        if rng.random() < 0.06:
            self._cancel(request, when, campaign)
        else:
            self._visit(request, when, campaign)

    def _caller(self, role: str) -> House:
        draw = self.rng.random()
        if role == "own" and draw < 0.5:
            return self.rng.choice(self.asked if draw < 0.08 and self.asked else self.others)
        self.others.append(self.town.house())
        return self.rng.choice(self.communities) if role == "unit" else self.others[-1]

    def _blocked(self, house: House, when: datetime) -> bool:
        """Tell whether a request of this house is still open; rarely, people order something else before."""
        return any(start <= when <= end for start, end in house.quiet) and self.rng.random() > 0.02

    def _later(self, house: House) -> None:
        """Add what a served customer gets unasked: plan visits and recalls."""
        rng, start = self.rng, house.booked or self.calendar.start
        trade = POOLS["trades"][house.work["trade"]][1]
        for chance, soon, late, kind in [(0.13, 20, 240, "Maintenance - Plan"), (0.035, 2, 25, f"Recall - {trade}")]:
            when = self.calendar.at_desk(start + timedelta(days=rng.uniform(soon, late)))
            recall = kind.startswith("Recall")
            skip = rng.random() > chance or self._blocked(house, when) or (recall and not house.work["urgent"])
            if skip or house.record is None:
                continue
            work = house.work if recall else POOLS["works"][2]
            text = self.desk.phrase(POOLS["recall_summary" if recall else "unrelated_summary"], {})
            request = Request(when, work, house, house.place, house.people[0], "own")
            self._job(request, when, kind, (house.record, house.record.name), ("Existing Customer", 0.0, text))


def recognizable(lead: Row, job: Row) -> bool:
    """Tell whether both rows share anything that a careful person could go by: a number, email, name or house."""
    names, asked = plain(f"{job['Customer Name']} {job['Location Name']}").lower(), plain(lead["Last Name"]).lower()
    digits = re.sub(r"\D", "", lead["Phone"])[-7:]
    house, email = job["Service Street"].split(" ")[0], lead["Email"].lower()
    return (
        bool(digits and digits in re.sub(r"\D", "", job["Phone"] + job["Summary"]))
        or bool(email and email == job["Email"].lower())
        or bool(asked and asked.split(" ")[0] in names)
        or house in re.findall(r"\d+", lead["Street Address"] + " " + lead["Message"])
        or any(word in lead["Message"].lower() for word in re.findall(r"[a-z]{4,}", names))
    )


def save(path: Path, rows: Iterable[Row], headings: Sequence[str]) -> None:
    """Write rows under these headings."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        writer.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the office's exports and the truth to the folder."""
    office = Office(random.Random(f"metroplex-{seed}"), leads)
    office.run(leads)
    folder.mkdir(parents=True, exist_ok=True)
    _export(folder, office)


def _export(folder: Path, office: Office) -> None:
    rng, end = office.rng, office.calendar.end
    leads = sorted(office.leads, key=lambda lead: lead.when)
    lead_ids = {id(lead): f"WR-{20311 + 2 * at + rng.randrange(2)}" for at, lead in enumerate(leads)}
    rows = [
        {"Lead ID": lead_ids[id(lead)], "Submitted At": f"{lead.when:%Y-%m-%d %H:%M:%S}"} | lead.row for lead in leads
    ]
    save(folder / "leads.csv", rows, list(rows[0]))
    jobs = sorted((job for job in office.jobs if office.calendar.start <= job.created < end), key=lambda j: j.created)
    table: list[Row] = []
    truth: list[Row] = []
    unsure: list[Row] = []
    for at, job in enumerate(jobs):
        number = str(3_180_422 + 7 * at + rng.randrange(7))
        done = f"{job.done:%m/%d/%Y}" if job.row["Status"] == "Completed" else ""
        table.append({"Job #": number, "Created On": f"{job.created:%m/%d/%Y %H:%M}", "Completed On": done} | job.row)
        request = job.request or job.unsure
        if request:
            sure = job.request and any(recognizable(lead.row, job.row) for lead in request.leads)
            (truth if sure else unsure).append({"lead_id": lead_ids[id(request.leads[0])], "job_id": number})
    save(folder / "jobs.csv", table, list(table[0]))
    save(folder / "truth.csv", truth, ["lead_id", "job_id"])
    save(folder / "ambiguous.csv", unsure, ["lead_id", "job_id"])
    groups = [{"lead_id": lead_ids[id(lead)], "group_id": f"G{lead.group}"} for lead in leads if lead.group]
    save(folder / "lead_groups.csv", groups, ["lead_id", "group_id"])
