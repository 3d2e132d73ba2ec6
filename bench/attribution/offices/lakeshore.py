"""Writes the export of a two-person well, septic and plumbing office among the lakes of the upper Midwest.

Half of the customers own a cottage and live elsewhere, often in another state. They ask on the website with their
home address or the cottage's, and with a cell phone the office never heard of, because the account was opened for
a spouse, a brother or late parents. Caretakers, tenants and realtors ask for owners. Cottages on the schedule are
opened in spring and closed in fall without anybody asking; the two in the office type names as they hear them, fire
numbers as they remember them, and a second account when they do not find the first.

True are the first visit after a request and the jobs that continue it: repair after diagnosis, installation after an
estimate, finish after rough-in, freeze damage found at a requested opening, the closing if one request asked for both
and the second cottage that a caretaker named in the same message. Not true are scheduled visits, unrelated calls,
callbacks, voided duplicates and canceled bookings. If a request was sent twice, its jobs are true for both rows.
"""

import csv
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = POOLS["services"]
# All times are the office's clock; the zone is only nominal.
NEVER, END = datetime(2000, 1, 1, tzinfo=UTC), datetime(2025, 11, 30, 17, tzinfo=UTC)
type Row = dict[str, str]


@dataclass
class Person:
    """Someone who may ask for work."""

    first: str
    last: str
    phone: str
    other_phone: str
    email: str
    role: str

    def called(self, rng: Random, chance: float) -> str:
        """Return the first name, sometimes as everybody calls this person."""
        nicks = POOLS["male"].get(self.first) or POOLS["female"].get(self.first)
        return str(rng.choice(nicks)) if nicks and rng.random() < chance else self.first


@dataclass
class Place:
    """An address, at a lake if it has one."""

    number: str
    road: str
    town: str
    state: str
    zip_code: str
    lake: str = ""


@dataclass
class Household:
    """The people of one property, who are one customer under any name that the office has for them."""

    kind: str
    people: list[Person]
    place: Place
    home: Place
    business: str = ""
    caretaker: Person | None = None
    plan: bool = False
    busy_until: datetime = NEVER
    accounts: list[Row] = field(default_factory=list)


@dataclass
class Job:
    """One row of the office software's export."""

    created: datetime
    visit: datetime
    household: Household
    account: Row
    row: Row
    total: float
    status: str = "Completed"
    number: str = ""


@dataclass
class Request:
    """One wish; a second submission of the same wish is another lead of the same request."""

    at: datetime
    household: Household
    asker: Person
    service: str
    leads: list[tuple[datetime, Row]]
    jobs: list[Job] = field(default_factory=list)
    unclear: list[Job] = field(default_factory=list)


def slip(rng: Random, text: str, *, digits: bool = False) -> str:
    """Return the text with one ordinary error: neighbors swapped, a letter dropped, a digit misheard."""
    spots = [at for at in range(1, len(text) - 1) if text[at].isdigit() or not digits]
    if not spots:
        return text
    at = rng.choice(spots)
    wrong = str((int(text[at]) + rng.choice([1, 4, 5])) % 10) if digits else rng.choice(["", text[at] * 2])
    return text[:at] + rng.choice([text[at + 1] + text[at] + text[at + 2 :], wrong + text[at + 1 :]])


def respell(rng: Random, road: str) -> str:
    """Return the road with one or two of the usual abbreviations, where they apply."""
    words = [(old, new) for old, new in POOLS["respell"] if re.search(rf"\b{old}\b", road)]
    for old, new in rng.choices(words, k=2) if words else []:
        road = re.sub(rf"\b{old}\b", new, road, count=1)
    return " ".join(road.split())


def show_phone(digits: str, style: str) -> str:
    """Return ten digits in a style with three places."""
    return style.format(digits[:3], digits[3:6], digits[6:]) if digits else ""


def office_hour(rng: Random, at: datetime) -> datetime:
    """Return the same moment if the office is open, otherwise some moment of the next morning it opens."""
    if at.weekday() < 5 and 8 <= at.hour < 17:
        return at
    at = at if at.hour < 8 else at + timedelta(days=1)
    at += timedelta(days=7 - at.weekday() if at.weekday() > 4 else 0)
    return at.replace(hour=8, minute=0) + timedelta(minutes=rng.randint(0, 150))


class World:
    """The county: lakes, roads, households and the people who take care of other people's cottages."""

    def __init__(self, rng: Random, size: int) -> None:
        """Plan this seed's county; each shore road has its town and its range of fire numbers."""
        self.rng, self.used = rng, set[str]()
        self.state, self.facts = rng.choice(list(POOLS["states"].items()))
        self.towns = [(town, f"{self.facts['zips']}{rng.randint(10, 99)}") for town in rng.sample(POOLS["towns"], 8)]
        self.last_weights = [rng.uniform(0.4, 1.6) / (rank + 9) ** 0.8 for rank in range(len(POOLS["last"]))]
        self.shores = list[tuple[str, str, int, int]]()
        for lake in rng.sample(POOLS["lakes"], 26):
            town, roads = rng.randrange(8), [f"{lake} {end}" for end in rng.sample(POOLS["road_ends"], 3)]
            for road in [*roads, f"{rng.choice('NEW')} {roads[0]}", self._road()]:
                self.shores.append((lake, road, town, rng.randint(10, 420) * 100))
        self.inland = [("", self._road(), rng.randrange(8), rng.randint(1, 400) * 100) for _ in range(90)]
        self.caretakers = [self.person(role="caretaker") for _ in range(max(5, size // 130))]
        self.realtors = [self.person(role="realtor") for _ in range(max(5, size // 130))]
        self.clients: dict[str, list[Household]] = defaultdict(list)

    def _road(self) -> str:
        if self.rng.random() < 0.3:
            return f"County Road {self.rng.choice([str(self.rng.randint(2, 160)), *'ABCDEHKMN'])}"
        return f"{self.rng.choice(POOLS['roads'])} {self.rng.choice(POOLS['road_kinds'])}"

    def _phone(self, area: str) -> str:
        number = ""
        while not number or (number in self.used and len(self.used) < 90000):
            number = f"{area}{self.rng.choice(POOLS['exchanges'])}{self.rng.randrange(10000):04d}"
        self.used.add(number)
        return number

    def person(self, last: str = "", area: str = "", sex: str = "", role: str = "owner") -> Person:
        """Return a new person; Johnson is far more common than Zupancic."""
        rng, local = self.rng, self.facts["areas"]
        first = rng.choice(list(POOLS[sex or rng.choice(["male", "female"])]))
        last, area = last or rng.choices(POOLS["last"], self.last_weights)[0], area or rng.choice(local[:1] * 4 + local)
        other = self._phone(rng.choice([area, local[0]])) if rng.random() < 0.4 else ""
        low, plain = first.lower(), "".join(sign for sign in last.lower() if sign.isalpha())
        year = str(rng.choice([*range(1, 99), 1958]))
        parts = {"first": low, "f": low[0], "last": plain, "l": plain[0], "year": year}
        email = rng.choice(POOLS["emails"]).format(**parts)
        host = rng.choice(POOLS["work"] if rng.random() < 0.12 else POOLS["mail"])
        return Person(first, last, self._phone(area), other, f"{email}@{host}", role)

    def _place(self, *, shore: bool) -> Place:
        lake, road, town, base = self.rng.choice(self.shores if shore else self.inland)
        number, letters = base + self.rng.randrange(2, 900), self.facts["letters"]
        shown = f"{self.rng.choice(letters)}{number % 9000 + 1000}" if letters else str(number)
        return Place(shown, road, self.towns[town][0], self.state, self.towns[town][1], lake)

    def household(self, *, seasonal: bool) -> Household:
        """Return a new household."""
        rng, place, home, area = self.rng, self._place(shore=seasonal or self.rng.random() < 0.45), None, ""
        kinds = {"cottage": 70, "shared": 30} if seasonal else {"family": 78, "landlord": 12, "business": 10}
        kind = rng.choices(list(kinds), list(kinds.values()))[0]
        if seasonal:
            city, state, zips, area = rng.choices(POOLS["homes"], POOLS["home_weights"])[0]
            street = f"{rng.choice(POOLS['home_streets'])} {rng.choice(POOLS['home_kinds'])}"
            home = Place(str(rng.randrange(101, 9800)), street, city, state, f"{zips}{rng.randrange(1, 60):02d}")
        elif kind == "landlord":
            home = self._place(shore=False)
        sexes = rng.choice([("male", "female"), ("male", "female"), ("female", "male")])
        owner = self.person(area=area, sex=sexes[0])
        house = Household(kind, [owner], place, home or place)
        if kind in ("cottage", "shared", "family") and rng.random() < 0.73:
            partner = self.person(owner.last if rng.random() < 0.9 else "", owner.phone[:3], sexes[1])
            partner.email = owner.email if rng.random() < 0.25 else partner.email
            partner.other_phone = owner.other_phone if rng.random() < 0.6 else partner.other_phone
            house.people.append(partner)
        for _ in range({"shared": rng.randint(1, 3), "landlord": 1}.get(kind, 0)):
            last = owner.last if kind == "shared" and rng.random() < 0.55 else ""
            away = rng.choice(POOLS["homes"])[3] if kind == "shared" else ""
            house.people.append(self.person(last, away, role="relative" if kind == "shared" else "tenant"))
        if kind == "business":
            house.business = f"{owner.last}'s {rng.choice(POOLS['roads'])} {rng.choice(POOLS['resorts'])}"
        if seasonal and rng.random() < 0.17:
            house.caretaker = rng.choice(self.caretakers)
            self.clients[house.caretaker.phone].append(house)
        return house

    def fill(self, text: str, house: Household, asker: Person, at: datetime) -> str:
        """Return a phrase with the blanks filled for this household."""
        rng, keeper, day = self.rng, house.caretaker, at + timedelta(days=self.rng.randint(3, 24))
        blanks = {"date": rng.choice([f"{day.month}/{day.day}", f"{day:%B} {day.day}", f"{day:%A}"])}
        blanks |= {"lake": house.place.lake or house.place.town, "homecity": house.home.town, "road": house.place.road}
        blanks |= {"last": house.people[0].last, "last2": rng.choice(POOLS["last"]), "asker": asker.first}
        blanks["caretaker"] = rng.choice([keeper.first, f"{keeper.first} {keeper.last}"]) if keeper else "neighbor"
        return text.format(**blanks)

    def _form_place(self, house: Household, asker: Person, at: datetime) -> tuple[str, Place]:
        """Return the street and place as typed; owners of cottages often give the address where their mail goes."""
        rng, away = self.rng, house.home is not house.place and asker.role == "owner"
        place = house.home if away and rng.random() < 0.2 else house.place
        roll, street = rng.random(), f"{place.number} {place.road}"
        if roll < 0.1:
            vague = rng.choice(["", self.fill(rng.choice(POOLS["vague"]), house, asker, at)])
            return vague if place is house.place else "", place
        if roll < 0.3:
            street = f"{place.number} {respell(rng, place.road)}"
        typed = [street, f"{street}, {place.town}", street.lower(), slip(rng, street)]
        return rng.choices(typed, [88, 5, 5, 2])[0], place

    def form(self, house: Household, asker: Person, key: str, text: str, at: datetime) -> Row:
        """Return what one submission of the request form records."""
        rng, source = self.rng, self.rng.choice(POOLS["sources"])
        seasonal = house.kind in ("cottage", "shared")
        how = rng.choices(["strip", "lower", "upper"], [90, 7, 3])[0]
        first, last = getattr(asker.called(rng, 0.35), how)(), getattr(asker.last, how)()
        if rng.random() < (0.25 if source == "Chat" else 0.008):
            first, last = rng.choice([first, f"{first} {last}"]), ""
        street, place = self._form_place(house, asker, at)
        phone = asker.phone if rng.random() < 0.88 else asker.other_phone or rng.choice(house.people).phone
        phone = phone if rng.random() < 0.985 else slip(rng, phone, digits=True)
        email = slip(rng, asker.email) if rng.random() < 0.01 else asker.email
        asides = POOLS["asides_away"] if seasonal and asker.role == "owner" and rng.random() < 0.2 else POOLS["asides"]
        code = place.zip_code if rng.random() < 0.93 else rng.choice(["", rng.choice(self.towns)[1]])
        label = rng.choice(SERVICES[key]["labels"]) if rng.random() < 0.93 else "Other / not sure"
        shown = show_phone(phone, rng.choice(POOLS["phones"])) if rng.random() < 0.97 else ""
        row = {"Entry ID": "", "Submitted": "", "First Name": first, "Last Name": last, "Phone": shown}
        row |= {"Email": email if rng.random() < 0.92 else "", "Property Address": street}
        row |= {"Town": place.town if rng.random() < 0.9 else "", "State": place.state, "ZIP": code}
        row |= {"Service Needed": label, "Seasonal?": rng.choice(["Yes", "Yes", ""] if seasonal else ["No", "", ""])}
        row |= {"How did you hear?": rng.choice(POOLS["heard"]), "Source": source}
        message = self.fill(text + rng.choice(asides), house, asker, at) if rng.random() < 0.9 else ""
        return row | {"Message": message}


class Desk:
    """The two people in the office, who look up customers or type them again."""

    def __init__(self, rng: Random) -> None:
        """Open an empty book and draw the habits of this office."""
        self.rng, self.rates = rng, {name: rng.uniform(*ends) for name, ends in POOLS["rates"].items()}
        self.phone = rng.choice(["{}-{}-{}", "({}) {}-{}", "{}{}{}"])
        self.favorite = {key: rng.randrange(4) for key in SERVICES}
        self.accounts = list[Row]()

    def account(self, house: Household, asker: Person, at: datetime, form: Row | None = None) -> Row:
        """Return the account that the office uses for a household, typed again if no one finds the old one."""
        rng = self.rng
        if house.accounts and rng.random() > self.rates["retype"]:
            return rng.choice(house.accounts)
        holder = asker if asker.role in ("owner", "relative") and rng.random() < 0.82 else house.people[0]
        caller = rng.choices([holder, asker, house.people[-1]], [86, 9, 5])[0]
        phone = caller.phone if rng.random() < 0.86 else caller.other_phone or caller.phone
        phone = slip(rng, phone, digits=True) if rng.random() < 0.025 else phone
        email = holder.email if rng.random() < self.rates["email"] else ""
        bill = house.home if rng.random() < 0.8 else Place("", "", "", "", "")
        style = self.phone if rng.random() < 0.85 else rng.choice(POOLS["phones"])
        shown = show_phone(phone, style) if rng.random() < 0.96 else ""
        alt = show_phone(rng.choice([asker.phone, holder.other_phone, "", "", ""]), self.phone)
        row = {"Cust #": str(1001 + len(self.accounts)), "Customer": self._name(house, holder), "Phone": shown}
        row |= {"Alt Phone": alt, "Email": slip(rng, email) if rng.random() < 0.03 else email}
        row |= {"Address": self.address(house.place), "Town": house.place.town if rng.random() < 0.93 else ""}
        row |= {"Zip": house.place.zip_code if rng.random() < 0.9 else "", "Since": at.strftime("%m/%d/%Y")}
        row |= {"Billing Address": f"{bill.number} {bill.road}".strip(), "Billing City": bill.town}
        row |= {"Billing State": bill.state, "Billing Zip": bill.zip_code}
        if form and rng.random() < self.rates["copy_form"]:
            row["Customer"] = f"{form['First Name']} {form['Last Name']}".strip()
            row |= {"Phone": form["Phone"] or row["Phone"], "Email": form["Email"]}
        house.accounts.append(row)
        self.accounts.append(row)
        return row

    def _name(self, house: Household, holder: Person) -> str:
        rng, first, last = self.rng, holder.called(self.rng, 0.45), holder.last
        if house.business and rng.random() < 0.8:
            return house.business
        if rng.random() < 0.05:
            last = rng.choice(POOLS["sound"].get(last) or [slip(rng, last)])
        other = next((person for person in house.people if person is not holder and person.last == last), None)
        if other and rng.random() < 0.2:
            first = f"{first} & {other.first}"
        elif house.kind == "shared" and rng.random() < 0.12:
            return rng.choice([f"{last} Family Cabin", f"{last} cabin ({house.place.lake})", f"{last} Trust"])
        return f"{last}, {first}" if rng.random() < self.rates["last_first"] else f"{first} {last}"

    def address(self, place: Place) -> str:
        """Return the service location as remembered."""
        rng, number, road = self.rng, place.number, place.road
        number = slip(rng, number, digits=True) if rng.random() < 0.03 else number
        if number[0].isalpha() and rng.random() < 0.12:
            number = rng.choice([number[1:], f"{number[0]} {number[1:]}", f"{number[0].lower()}{number[1:]}"])
        road = respell(rng, road) if rng.random() < 0.35 else road
        lake = f" ({place.lake} Lk)" if place.lake else ""
        shown = [f"{number} {road}", f"{road}{lake}", f"{number} {road}{lake}", f"FN {number} {road}"]
        return rng.choices(shown, [91, 4, 4, 1])[0]


class Office:
    """A year or more of requests, calls and scheduled visits, in the order in which they happened."""

    def __init__(self, rng: Random, count: int) -> None:
        """Open the office with the plan customers of the old card file: capitals, a landline, no email."""
        self.rng, self.desk, self.world = rng, Desk(rng), World(rng, count)
        self.rates, self.known = self.desk.rates, {True: list[Household](), False: list[Household]()}
        days = max(400.0, min(3300.0, 365 * count / self.rates["per_year"]))
        self.start = (END - timedelta(days=int(days))).replace(hour=0)
        self.requests, self.jobs = list[Request](), list[Job]()
        for _ in range(int(self.rates["imported"] * min(count, self.rates["per_year"]))):
            house = self._customer(seasonal=True, at=self.start, known=0)
            house.plan, row = True, self.desk.account(house, house.people[0], self.start)
            if rng.random() < 0.5:
                row |= {"Customer": row["Customer"].upper(), "Address": row["Address"].upper(), "Email": ""}

    def _customer(self, *, seasonal: bool, at: datetime, known: float) -> Household:
        """Return a known household without an open request, or a new one, perhaps a neighbor of its relatives."""
        old = self.known[seasonal]
        for house in self.rng.choices(old, k=4) if old and self.rng.random() < known else []:
            if house.busy_until < at:
                return house
        house = self.world.household(seasonal=seasonal)
        if old and self.rng.random() < 0.02:
            near = self.rng.choice(old)
            house.people[0].last, digits = near.people[0].last, str(self.rng.randint(10, 99))
            house.place = replace(near.place, number=near.place.number[:-2] + digits)
            house.home = house.home if seasonal else house.place
        old.append(house)
        return house

    def _wish(self) -> tuple[datetime, str, bool]:
        """Return when someone wants which service, by its season, and whether for a seasonal place."""
        rng = self.rng
        key = rng.choices(list(SERVICES), [sum(service["weights"]) for service in SERVICES.values()])[0]
        months, (local, away) = SERVICES[key]["months"], SERVICES[key]["weights"]
        for _ in range(60):
            day = self.start + timedelta(days=rng.randrange((END - self.start).days))
            if rng.random() * max(months) < months[day.month - 1]:
                break
        at = day + timedelta(hours=rng.choices(range(24), POOLS["hours"])[0], seconds=rng.randrange(3600))
        return at, key, rng.random() * (local + away) < away

    def run(self, count: int) -> None:
        """Live through the period."""
        spam, questions, twice = (int(count * self.rates[name]) for name in ("spam", "questions", "twice"))
        asked = count - spam - questions - twice
        events = [(*self._wish(), "web") for _ in range(asked)]
        events += [(*self._wish(), "call") for _ in range(int(asked * self.rates["calls"]))]
        for year in range(self.start.year, END.year + 1):
            for month, key in ((2, "opening"), (8, "closing")):
                events.append((datetime(year, month, 5, 10, tzinfo=UTC), key, True, "plan"))
        handlers = {"web": self._web, "call": self._call, "plan": self._plan}
        for at, key, seasonal, what in sorted(event for event in events if event[0] >= self.start):
            handlers[what](at, key, seasonal=seasonal)
        for request in self.rng.sample(self.requests, twice):
            self._again(request)
        self._stray_rows(spam, questions)
        self._drop_conflicts()

    def _asker(self, house: Household, key: str) -> Person:
        if house.caretaker and self.rng.random() < 0.35:
            return house.caretaker
        if key == "inspect" and self.rng.random() < 0.35:
            return self.rng.choice(self.world.realtors)
        return self.rng.choices(house.people, [3.0] + [1.0] * (len(house.people) - 1))[0]

    def _web(self, at: datetime, key: str, *, seasonal: bool) -> None:
        rng, urgent = self.rng, SERVICES[key]["urgent"]
        house = self._customer(seasonal=seasonal, at=at, known=self.rates["known"])
        asker = self._asker(house, key)
        form = self.world.form(house, asker, key, rng.choice(SERVICES[key]["messages"]), at)
        request = Request(at, house, asker, key, [(at, form)])
        self.requests.append(request)
        house.busy_until = at + timedelta(days=95)
        chance = self.rates["convert"] * (1.35 if house.accounts else 1.0) * (0.75 if key.startswith("new") else 1.0)
        if rng.random() < chance:
            wait = rng.expovariate(1 / (self.rates["patience"] * (0.4 if urgent else 1.2)))
            wait += rng.uniform(5, 38) if rng.random() < (0.01 if urgent else 0.06) else 0
            later = office_hour(rng, at + timedelta(days=wait, minutes=12))
            created = at + timedelta(minutes=rng.randint(8, 90)) if urgent and rng.random() < 0.2 else later
            self._work(request, house, self.desk.account(house, asker, created, form), created)
            free = [other for other in self.world.clients[asker.phone] if other.busy_until < at]
            if free and key in ("opening", "closing") and rng.random() < 0.35:
                form["Message"] += f" Also the {free[0].people[0].last} place."
                self._work(request, free[0], self.desk.account(free[0], free[0].people[0], created), created)
        elif not urgent and rng.random() < 0.02:
            # Months later the household orders the same by phone; no one knows whether the website did it.
            later = office_hour(rng, at + timedelta(days=rng.randint(95, 150)))
            request.unclear = self._stages(house, self.desk.account(house, asker, later), key, later, asker)[:1]
            self.jobs += request.unclear
            house.busy_until = later + timedelta(days=40)

    def _work(self, request: Request, house: Household, account: Row, created: datetime) -> None:
        rng, jobs = self.rng, self._stages(house, account, request.service, created, request.asker)
        for job in jobs:
            job.row["Campaign"] = "Website" if rng.random() < self.rates["web_tag"] else job.row["Campaign"]
        jobs = self._kept(jobs, 0.994)
        request.jobs += [job for job in jobs if job.status == "Completed"]
        house.busy_until = max(*(job.visit for job in jobs), request.at + timedelta(days=95))
        self._finish(jobs)

    def _stages(self, house: Household, account: Row, key: str, at: datetime, asker: Person) -> list[Job]:
        """Return the visits of one piece of work; the first always takes place, in its season."""
        rng, jobs, season = self.rng, list[Job](), SERVICES[key]["season"]
        campaign = rng.choice(POOLS["campaigns"])
        for stage in SERVICES[key]["stages"]:
            if rng.random() > stage["chance"]:
                break
            low, high = stage["lag"]
            lag = low + (high - low) * rng.betavariate(1.2, 3)
            created = office_hour(rng, at + timedelta(days=lag * rng.uniform(0.1, 0.7))) if jobs else at
            visit = max(created + timedelta(hours=2), at + timedelta(days=lag))
            if season and not jobs:
                first = datetime(visit.year, season[0], season[1], rng.randint(8, 15), tzinfo=UTC)
                visit = max(visit, first + timedelta(days=rng.randrange(45)) if visit < first else visit)
            pick = self.desk.favorite[key] if rng.random() < 0.78 else rng.randrange(4)
            notes = "; ".join(filter(None, [rng.choice(stage["notes"]), rng.choice(POOLS["job_asides"]).strip()]))
            notes = self.world.fill(notes, house, asker, visit) if rng.random() < 0.85 else ""
            where = account["Address"] if rng.random() < 0.9 else self.desk.address(house.place)
            row = {"Service Location": where, "Job Type": stage["types"][pick % len(stage["types"])]}
            row |= {"Campaign": campaign, "Notes": notes}
            total = round(rng.uniform(*stage["total"]) * 4) / 4
            jobs.append(Job(created, office_hour(rng, visit), house, account, row, total))
            at, campaign = visit, campaign if rng.random() < 0.6 else rng.choice(["Repeat", ""])
        return jobs

    def _kept(self, jobs: list[Job], chance: float) -> list[Job]:
        if self.rng.random() < chance:
            return jobs
        jobs[0].status = "Canceled"
        return jobs[:1]

    def _finish(self, jobs: list[Job]) -> None:
        """Book the jobs and what sometimes follows: a void duplicate, a free callback, an unrelated order."""
        self.jobs += jobs
        rng, job = self.rng, jobs[-1]
        roll = rng.random() + (job.status == "Canceled")
        day, same = office_hour(rng, job.visit + timedelta(days=rng.randint(4, 60))), (job.household, job.account)
        if roll < 0.012:
            again = job.created + timedelta(minutes=rng.randint(2, 400))
            self.jobs.append(Job(again, job.visit, *same, job.row, 0, "Void - duplicate"))
        elif roll < 0.03:
            back = {"Job Type": rng.choice(["Callback", "Warranty", job.row["Job Type"]]), "Notes": "back, no charge"}
            self.jobs.append(Job(day, day + timedelta(days=1), *same, job.row | back, 0))
        elif roll < 0.12:
            self.jobs += self._stages(*same, self._wish()[1], day, job.household.people[0])

    def _call(self, at: datetime, key: str, *, seasonal: bool) -> None:
        rng, at = self.rng, office_hour(self.rng, at)
        house = self._customer(seasonal=seasonal, at=at, known=0.5)
        caller = self._asker(house, key)
        jobs = self._stages(house, self.desk.account(house, caller, at), key, at, caller)
        jobs = self._kept(jobs, 0.96)
        if rng.random() < 0.05:
            jobs[0].row["Campaign"] = "Website"
        house.busy_until = max(house.busy_until, jobs[-1].visit)
        house.plan = house.plan or (key in ("opening", "closing", "both") and rng.random() < 0.5)
        self._finish(jobs)

    def _plan(self, at: datetime, key: str, *, seasonal: bool) -> None:
        for house in self.known[seasonal]:
            if house.plan and house.accounts and self.rng.random() < 0.88:
                self.jobs += self._stages(house, self.rng.choice(house.accounts), key, at, house.people[0])[:1]

    def _again(self, request: Request) -> None:
        rng, key, house = self.rng, request.service, request.household
        limit = min([job.created for job in request.jobs] + [request.at + timedelta(days=6)]) - request.at
        at = request.at + max(timedelta(seconds=40), limit * rng.random() ** 2)
        asker = rng.choice(house.people) if rng.random() < 0.3 else request.asker
        text = rng.choice([*SERVICES[key]["messages"], "Sent this before, nobody called.", "2nd try"])
        request.leads.append((at, self.world.form(house, asker, key, text, at)))

    def _stray_rows(self, spam: int, questions: int) -> None:
        """Add rows that ask for no work: sellers, tests and questions of customers."""
        rng, asked = self.rng, {id(request.household) for request in self.requests}
        quiet = [house for house in self.known[True] + self.known[False] if house.accounts and id(house) not in asked]
        for number in range(spam + questions):
            house = self.world.household(seasonal=False) if number < spam or not quiet else rng.choice(quiet)
            text, (at, key, _) = rng.choice(POOLS["spam" if number < spam else "questions"]), self._wish()
            row = self.world.form(house, house.people[0], key, text, at)
            if number < spam:
                row |= {"Property Address": rng.choice(["", "Main St", "n/a"]), "Town": "", "Message": text}
            if number < spam and rng.random() < 0.15:
                row |= {"First Name": "Test", "Last Name": "test", "Email": "test@example.com", "Message": "test"}
            self.requests.append(Request(at, house, house.people[0], key, [(at, row)]))

    def _drop_conflicts(self) -> None:
        """Take out most unrelated jobs between a request and its answer: those customers mention both at once."""
        by_house: dict[int, list[Job]] = defaultdict(list)
        for job in self.jobs:
            by_house[id(job.household)].append(job)
        dropped: set[int] = set()
        for request in self.requests:
            own = {id(job) for job in request.jobs}
            until = min([job.created for job in request.jobs] + [request.at + timedelta(days=97)])
            for job in by_house[id(request.household)]:
                inside = request.at - timedelta(days=1) < job.visit and job.created < until and id(job) not in own
                if inside and self.rng.random() > 0.03:
                    dropped.add(id(job))
        self.jobs = [job for job in self.jobs if id(job) not in dropped]

    def lead_rows(self) -> list[Row]:
        """Return the leads in the order of submission, in some offices with the clock of the website's server."""
        rng = self.rng
        utc, style = rng.random() < 0.35, rng.choice(POOLS["lead_dates"])
        leads = sorted((lead for asked in self.requests for lead in asked.leads), key=lambda lead: lead[0])
        for number, (at, row) in enumerate(leads, 3107):
            shift = timedelta(hours=(5 if 3 < at.month < 11 else 6) if utc else 0)
            row |= {"Entry ID": str(number), "Submitted": (at + shift).strftime(style)}
        return [row for _, row in leads]

    def job_rows(self) -> list[Row]:
        """Return the jobs in the order of their numbers; some come from the pad into the software only afterwards."""
        rng, rows, number = self.rng, list[Row](), 20410
        style, money = rng.choice(POOLS["job_dates"]), rng.choice(["{:.2f}", "${:,.2f}", "{:,.2f}"])
        for job in sorted((job for job in self.jobs if job.created <= END), key=lambda job: job.created):
            number += rng.choice([1, 1, 1, 1, 2])
            job.number, done = str(number), job.status == "Completed" and job.visit <= END
            typed = job.visit + timedelta(hours=9) if done and rng.random() < 0.05 else job.created
            who = {key: job.account[key] for key in ("Cust #", "Customer", "Phone", "Email", "Town", "Zip")}
            dates = {"Created": typed.strftime(style), "Completed": job.visit.strftime(style) if done else ""}
            status = "Scheduled" if job.status == "Completed" and not done else job.status
            end = {"Tech": rng.choice(POOLS["techs"]) if done else "", "Status": status}
            end["Total"] = money.format(job.total if done else 0)
            rows.append({"Job #": job.number, **dates, **who, **job.row, **end})
        return rows

    def pairs(self, name: str) -> list[Row]:
        """Return the exported jobs of the requests, for each row of a request that was sent twice."""
        found = [(row, job) for asked in self.requests for job in getattr(asked, name) for _, row in asked.leads]
        return [{"lead_id": row["Entry ID"], "job_id": job.number} for row, job in found if job.number]


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write one office's files to the folder."""
    office = Office(Random(f"lakeshore-{seed}"), leads)
    office.run(leads)
    files = {"leads": office.lead_rows(), "jobs": office.job_rows(), "customers": office.desk.accounts}
    files |= {"truth": office.pairs("jobs"), "ambiguous": office.pairs("unclear")}
    twice = [(row, n) for n, asked in enumerate(office.requests) if len(asked.leads) > 1 for _, row in asked.leads]
    files["lead_groups"] = [{"lead_id": row["Entry ID"], "group_id": f"G{n}"} for row, n in twice]
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            headings = list(rows[0]) if rows else ["lead_id", "group_id" if name == "lead_groups" else "job_id"]
            writer = csv.DictWriter(file, headings)
            writer.writeheader()
            writer.writerows(rows)
