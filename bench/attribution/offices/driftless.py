"""Generate the requests and jobs of a made-up plumbing, heating, cooling and drain office near La Crosse, Wisconsin.

The office has eleven technicians and serves the river towns on both banks of the Mississippi.
Requests come from site forms, a chat tool and a call tracker, in one export with UTC times.
Jobs come from the office's software, with local Central times, and show each customer record as it is today.
True is every job booked because of the request: the first visit, the rebooked visit, the return with the part,
the install after the estimate, and the camera or repair after the drain call.
Not true are plan visits, later calls of the same customer, a call for the other unit of a duplex, and canceled jobs.
A request sent twice keeps its jobs on the first submission; lead_groups.csv lists the others.
Hard are spouses, children who write for a parent, tenants and their landlords, rental firms, cottages with far owners,
families with one name on one ridge road, common Hmong names, fire numbers, county roads, new owners of a known house,
old phones on old records, second records for one customer, and slow answers in the January and July rush.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

# All times are the office's wall clock; the zone is a formality.
LAST_DAY = datetime(2025, 9, 14, tzinfo=UTC)
FIRST_DAY = datetime(2020, 1, 3, tzinfo=UTC)
LOCAL_CODES = {"WI": ["608"] * 9 + ["715", "920"], "MN": ["507"] * 7 + ["608", "651", "612"]}
FAR_CODES = [
    "612",
    "651",
    "952",
    "763",
    "414",
    "262",
    "920",
    "715",
    "319",
    "563",
    "515",
    "847",
    "630",
    "815",
    "480",
    "239",
]
SPARE_CODES = [*FAR_CODES, "218", "320", "641", "712", "309", "217", "906", "231", "616", "734", "605", "701", "402"]
SHORT = {
    "Street": "St",
    "Avenue": "Ave",
    "Road": "Rd",
    "Drive": "Dr",
    "Lane": "Ln",
    "Court": "Ct",
    "Place": "Pl",
    "Boulevard": "Blvd",
    "Pass": "Pass",
    "Parkway": "Pkwy",
}
CITY_SLIPS = {
    "La Crosse": ["LaCrosse", "Lacrosse", "la crosse", "LAX", "French Island", "Shelby"],
    "Onalaska": ["Onalaska ", "Brice Prairie", "Onalaksa"],
    "West Salem": ["W Salem", "Barre Mills"],
    "Holmen": ["holmen", "Holman"],
    "La Crescent": ["LaCrescent", "La Cresent"],
    "Viroqua": ["Viroqua ", "Viorqua"],
}
LEAD_COLUMNS = [
    "Entry Id",
    "Entry Date",
    "Form",
    "Name (First)",
    "Name (Last)",
    "Phone",
    "Email",
    "Street Address",
    "City",
    "State",
    "ZIP",
    "Service Needed",
    "I am a",
    "Best Time",
    "Message",
    "Source",
    "Page",
]
JOB_COLUMNS = [
    "Job #",
    "Created",
    "Scheduled",
    "Completed",
    "Customer #",
    "Customer",
    "Phone",
    "Phone 2",
    "Email",
    "Service Address",
    "Service City",
    "ST",
    "Zip",
    "Bill To",
    "Dept",
    "Job Type",
    "Lead Source",
    "Status",
    "Priority",
    "Total",
    "Taken By",
    "Tech",
    "Site Contact",
    "Description",
    "Tech Notes",
]
CUSTOMER_COLUMNS = [
    "Customer #",
    "Name",
    "First",
    "Last",
    "Company",
    "Type",
    "Phone",
    "Phone 2",
    "Email",
    "Address",
    "City",
    "ST",
    "Zip",
    "Customer Since",
    "Plan",
    "How Heard",
]


@dataclass(frozen=True)
class Place:
    """Hold one address as the post office would write it."""

    number: str
    base: str
    suffix: str
    side: str
    unit: str
    city: str
    state: str
    zip: str


@dataclass(eq=False)
class Person:
    """Hold one person with every phone and email."""

    first: str
    nick: str
    last: str
    female: bool
    phones: list[str]
    emails: list[str]


@dataclass(eq=False)
class Record:
    """Hold one customer record of the office's software."""

    name: str
    first: str
    last: str
    company: str
    phones: list[str]
    email: str
    bill: Place
    bill_street: str
    since: datetime
    source: str
    plan: bool = False
    number: int = 0
    streets: dict[Place, str] = field(default_factory=dict)


@dataclass(eq=False)
class Job:
    """Hold one row of the job export."""

    created: datetime
    scheduled: datetime
    completed: datetime | None
    record: Record
    place: Place
    dept: str
    kind: str
    source: str
    status: str
    priority: str
    total: float
    taken: str
    tech: str
    contact: str
    desc: str
    notes: str
    cause: Ask | None
    true: bool
    number: int = 0


@dataclass(eq=False)
class House:
    """Hold a household, landlord or business with its records and history."""

    people: list[Person]
    place: Place
    company: str = ""
    bill: Place | None = None
    rentals: list[Place] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    quiet_from: datetime = FIRST_DAY
    closed: bool = False
    gone: datetime | None = None
    moved: datetime | None = None
    past: Place | None = None


@dataclass(eq=False)
class Ask:
    """Hold one real request: who asks, for which place, about what."""

    when: datetime
    house: House
    person: Person
    place: Place
    service: str
    role: str
    slots: dict[str, str]
    problem: str
    form: str = ""
    answered: datetime | None = None
    vague: bool = False
    rows: list[Lead] = field(default_factory=list)


@dataclass(frozen=True)
class Call:
    """Hold what the first visit and the later visits of one job have in common."""

    house: House
    record: Record
    place: Place
    service: str
    slots: dict[str, str]
    source: str
    cause: Ask | None


@dataclass(eq=False)
class Lead:
    """Hold one row of the request export, with its local time."""

    when: datetime
    cells: dict[str, str]
    ask: Ask
    number: int = 0


def load_pools(rng: Random) -> dict[str, Any]:
    """Read the word pools and keep a part of the texts and streets that depends on the seed."""
    pools: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    for name in ("streets", "ridges", "opens", "closes", "spam", "letters"):
        pools[name] = rng.sample(pools[name], max(4, len(pools[name]) * 4 // 5))
    for spec in pools["services"].values():
        for name in ("messages", "details", "desc", "notes"):
            spec[name] = rng.sample(spec[name], max(3, len(spec[name]) * 4 // 5))
        spec["months"] = [max(0.0, month * rng.uniform(0.8, 1.2)) for month in spec["months"]]
    pools["last"] = [name.replace("_", " ") for name in pools["last"]]
    return pools


def nth(number: int) -> str:
    """Return 3rd for 3."""
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def slip(text: str, rng: Random) -> str:
    """Make one typing error inside a text."""
    if len(text) < 4:
        return text
    at = rng.randrange(1, len(text) - 2)
    how = rng.randrange(3)
    if how == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if how == 1 else text[:at] + text[at] + text[at:]


def slip_digits(text: str, rng: Random) -> str:
    """Swap two neighboring digits or change one near the end."""
    spots = [at for at in range(len(text) - 1) if text[at : at + 2].isdigit()]
    if not spots:
        return text
    at = rng.choice(spots[-3:])
    if text[at] != text[at + 1]:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]


def show_phone(digits: str, style: int) -> str:
    """Write ten digits in one of the usual ways."""
    a, b, c = digits[:3], digits[3:6], digits[6:]
    ways = [f"({a}) {b}-{c}", f"{a}-{b}-{c}", digits, f"{a}.{b}.{c}", f"+1{digits}", f"{a} {b} {c}"]
    return ways[style] if len(digits) == 10 else digits


def show_road(place: Place, rng: Random, office: bool) -> str:
    """Write the street name as a clerk or a customer types it."""
    base, suffix, side = place.base, place.suffix, place.side
    short = rng.random() < (0.85 if office else 0.55)
    if suffix == "County":
        ways = ["County Rd", "Cty Rd", "CTH"] if short else ["County Road", "County Highway", "Co Rd"]
        return f"{rng.choice(ways)} {base}"
    if suffix == "Highway":
        ways = ["State Hwy", "Hwy", "State Rd"] if short else ["State Highway", "Highway", "State Road"]
        return f"{rng.choice(ways)} {base}"
    tail = SHORT.get(suffix, suffix) if short else suffix
    if not office and rng.random() < 0.06:
        tail = ""
    if not side:
        return f"{base} {tail}".strip()
    long_side = {"S": "South", "N": "North"}[side]
    ways = [f"{base} {tail} {side}", f"{side} {base} {tail}"] + ([] if office else [f"{long_side} {base} {tail}"])
    return rng.choice(ways).replace("  ", " ").strip()


def show_street(place: Place, rng: Random, *, office: bool, unit: bool = True) -> str:
    """Write a street line with its unit."""
    text = f"{place.number} {show_road(place, rng, office)}"
    if unit and place.unit:
        mark = place.unit
        if mark.startswith("Apt ") and rng.random() < 0.4:
            mark = rng.choice(["#", "Unit ", "apt "]) + mark[4:]
        text += rng.choice([" ", " ", ", "]) + mark
    if rng.random() < (0.008 if office else 0.014):
        text = slip_digits(text, rng)
    if not office and rng.random() < 0.12:
        text = text.lower()
    return text


def to_utc(when: datetime) -> datetime:
    """Turn a local Central time into UTC."""
    march = datetime(when.year, 3, 8, 2, tzinfo=UTC)
    november = datetime(when.year, 11, 1, 2, tzinfo=UTC)
    begin = march + timedelta(days=(6 - march.weekday()) % 7)
    end = november + timedelta(days=(6 - november.weekday()) % 7)
    return when + timedelta(hours=5 if begin <= when < end else 6)


def office_hours(when: datetime, rng: Random) -> datetime:
    """Move a time into the hours in which the office answers."""
    start = when.replace(hour=7, minute=30, second=0)
    close = 12 if when.weekday() == 5 else 17
    if when < start:
        when = start + timedelta(minutes=rng.uniform(0, 120))
    elif when.hour >= close:
        when = start + timedelta(days=1, minutes=rng.uniform(0, 150))
    if when.weekday() == 6 or (when.weekday() == 5 and rng.random() < 0.5):
        when = (when + timedelta(days=7 - when.weekday())).replace(hour=8, minute=rng.randrange(60))
    return when


def is_open(when: datetime) -> bool:
    """Tell whether a clerk answers at this time."""
    return when.weekday() < 5 and 7 < when.hour < 17


def rush(when: datetime) -> float:
    """Return how much slower the office answers in this month."""
    return {1: 1.9, 2: 1.5, 6: 1.4, 7: 1.9, 8: 1.3, 12: 1.5}.get(when.month, 1.0)


class Town:
    """Make people, phones, emails and addresses."""

    def __init__(self, rng: Random, pools: dict[str, Any]) -> None:
        """Set up the mix of names and streets of this seed."""
        self.rng = rng
        self.pools = pools
        self.used: set[str] = set()
        self.last_weights = [rng.uniform(0.6, 1.4) * 12 / (at + 9) for at in range(len(pools["last"]))]
        self.street_weights = [rng.uniform(0.3, 2.0) for _ in pools["streets"]]

    def phone(self, state: str = "WI") -> str:
        """Return a made-up number that no one else has."""
        codes = LOCAL_CODES.get(state, FAR_CODES)
        for tries in range(400):
            code = self.rng.choice(codes if tries < 8 else SPARE_CODES)
            digits = f"{code}555{self.rng.randrange(10000):04d}"
            if digits not in self.used:
                self.used.add(digits)
                return digits
        raise RuntimeError("no free phone number")

    def email(self, first: str, last: str) -> str:
        """Return an address that no one else has."""
        first, last = (text.lower().replace(" ", "").replace("'", "") for text in (first, last))
        rng = self.rng
        heads = [
            f"{first}.{last}",
            f"{first[0]}{last}",
            f"{first}{last}",
            f"{last}{first[0]}",
            f"{first}_{last}",
            f"{rng.choice(self.pools['handles'])}{first}",
            f"{rng.choice(self.pools['handles'])}{last}",
        ]
        head = rng.choice(heads) + (str(rng.randrange(1, 100)) if rng.random() < 0.55 else "")
        address = f"{head}@{rng.choice(self.pools['domains'])}"
        while address in self.used:
            address = f"{head}{rng.randrange(1000)}@{rng.choice(self.pools['domains'])}"
        self.used.add(address)
        return address

    def person(self, state: str = "WI", last: str = "", female: bool | None = None) -> Person:
        """Return a new person, of a known family if a last name is given."""
        rng, pools = self.rng, self.pools
        female = rng.random() < 0.5 if female is None else female
        hmong = last in pools["hmong_last"] if last else rng.random() < 0.055
        if not last:
            last = rng.choice(pools["hmong_last"]) if hmong else rng.choices(pools["last"], self.last_weights)[0]
        pool = ("hmong_" if hmong and rng.random() < 0.8 else "") + ("women" if female else "men")
        first, _, nick = rng.choice(pools[pool]).partition("/")
        phones = [self.phone(state)] + ([self.phone(state)] if rng.random() < 0.3 else [])
        emails = [self.email(nick or first, last)] + ([self.email(first, last)] if rng.random() < 0.12 else [])
        return Person(first, nick, last, female, phones, emails)

    def place(self, towns: Sequence[Sequence[Any]]) -> Place:
        """Return an address in one of the towns."""
        rng, pools = self.rng, self.pools
        city, state, zip_code, _, kind = rng.choices(towns, [town[3] for town in towns])[0]
        if kind == "rural" or (kind == "town" and rng.random() < 0.4) or rng.random() < 0.06:
            return self.rural(city, state, zip_code)
        draw = rng.random()
        if kind == "city" and draw < 0.3:
            number, base = str(rng.randrange(200, 3900)), nth(rng.randrange(3, 34))
            return Place(number, base, "Street", rng.choice("SSN"), "", city, state, zip_code)
        if kind == "city" and draw < 0.34:
            number, name = rng.choice(pools["parks"]).split(" ", 1)
            base, suffix = name.rsplit(" ", 1)
            return Place(number, base, suffix, "", f"Lot {rng.randrange(1, 90)}", city, state, zip_code)
        base, suffix = rng.choices(pools["streets"], self.street_weights)[0].rsplit(" ", 1)
        unit = f"Apt {rng.randrange(1, 9)}" if kind == "city" and rng.random() < 0.04 else ""
        return Place(str(rng.randrange(100, 3400)), base, suffix, "", unit, city, state, zip_code)

    def rural(self, city: str, state: str, zip_code: str) -> Place:
        """Return a ridge, county road or highway address with its fire number."""
        rng, pools = self.rng, self.pools
        letter = rng.choice("NWSE") if state == "WI" else ""
        number = f"{letter}{rng.randrange(1200, 9900)}"
        draw = rng.random()
        if draw < 0.4:
            base = rng.choice(pools["letters"]) if state == "WI" else str(rng.randrange(1, 30))
            return Place(number, base, "County", "", "", city, state, zip_code)
        if draw < 0.58:
            return Place(number, rng.choice(pools["highways"]), "Highway", "", "", city, state, zip_code)
        base, suffix = rng.choice(pools["ridges"]).rsplit(" ", 1)
        return Place(number, base, suffix, "", "", city, state, zip_code)

    def household(self, kin: House | None = None) -> House:
        """Return a new household; kin lives on the same road or shares the name."""
        rng = self.rng
        place = self.place(self.pools["towns"])
        main = self.person(place.state, kin.people[0].last if kin else "")
        if kin and rng.random() < 0.55 and not kin.rentals and not kin.place.unit:
            place = move_over(kin.place, rng)
        if kin and rng.random() < 0.2:
            main.first, main.nick, main.female = kin.people[0].first, kin.people[0].nick, kin.people[0].female
        house = House([main], place)
        if rng.random() < 0.58:
            last = main.last if rng.random() < 0.86 else ""
            house.people.append(self.person(place.state, last, not main.female))
        if kin is None and rng.random() < 0.025:
            house.bill = self.place(self.pools["away"])
            main.phones[0] = self.phone(house.bill.state if house.bill.state in ("MN",) else "IL")
        return house

    def firm(self, pool: str) -> House:
        """Return a business or a rental firm with one contact person."""
        rng, place = self.rng, self.place(self.pools["towns"])
        main = self.person(place.state)
        name = rng.choice(self.pools[pool]).format(w=rng.choice(self.pools["words"]), l=main.last)
        site = "".join(letter for letter in name.lower() if letter.isalnum())
        main.emails[0] = rng.choice([f"office@{site}.example", f"{main.first.lower()}@{site}.example", main.emails[0]])
        house = House([main], place, company=name)
        if pool == "managers":
            house.rentals = self.rentals(rng.randrange(5, 14))
        return house

    def landlord(self) -> House:
        """Return a household that rents out a few units."""
        house = self.household()
        house.rentals = self.rentals(self.rng.randrange(1, 4))
        return house

    def rentals(self, count: int) -> list[Place]:
        """Return the units of some buildings, most of them in the city."""
        units: list[Place] = []
        for _ in range(count):
            place = replace(self.place(self.pools["towns"][:3]), unit="")
            marks = self.rng.choice([[""], ["Upper", "Lower"], [f"Apt {at}" for at in range(1, 5)]])
            units += [replace(place, unit=mark) for mark in marks]
        return units


def move_over(place: Place, rng: Random) -> Place:
    """Return an address a few numbers down the same road."""
    letter = place.number[0] if place.number[0].isalpha() else ""
    number = int(place.number[len(letter) :]) + rng.choice([-24, -12, -8, -4, 2, 4, 6, 10, 18])
    return replace(place, number=f"{letter}{abs(number)}")


class Office:
    """Run the office from the first record to the day of the export."""

    def __init__(self, seed: int, leads: int) -> None:
        """Set the span of the export and the seed's pools."""
        self.rng = Random(f"driftless-{seed}")
        self.pools = load_pools(self.rng)
        self.town = Town(self.rng, self.pools)
        self.services: dict[str, dict[str, Any]] = self.pools["services"]
        self.wanted = leads
        days = min(1700.0, max(60.0, leads * 0.58)) * self.rng.uniform(0.95, 1.0)
        self.end = LAST_DAY + timedelta(days=14)
        self.start = LAST_DAY - timedelta(days=days)
        self.history = max(FIRST_DAY, self.start - timedelta(days=640))
        self.leads: list[Lead] = []
        self.asks: list[Ask] = []
        self.old: list[House] = []
        self.callers: list[House] = []
        self.served: list[House] = []
        self.on_list: set[House] = set()
        self.landlords: list[House] = []
        self.ambiguous: list[tuple[Lead, Job]] = []

    def run(self) -> None:
        """Live through the whole span."""
        self.open_files()
        for when in sorted(self.some_day(self.start, LAST_DAY, 0.9) for _ in range(int(self.wanted * 0.962))):
            if len(self.leads) < self.wanted:
                self.take(when)
        while len(self.leads) < self.wanted:
            self.take(self.some_day(LAST_DAY - timedelta(days=9), LAST_DAY, 0.9))
        self.answer_phone()
        self.plan_visits()
        self.trim()

    def some_day(self, start: datetime, end: datetime, nights: float) -> datetime:
        """Return a time in the span, busier in winter and in July, with few hours at night."""
        rng = self.rng
        busy = [1.25, 1.05, 0.9, 0.85, 0.95, 1.2, 1.3, 1.1, 0.9, 1.0, 1.05, 1.2]
        while True:
            when = start + (end - start) * rng.random()
            if rng.random() * 1.3 < busy[when.month - 1] * (0.65 if when.weekday() > 4 else 1.0):
                break
        hour = min(23, max(0, int(rng.triangular(5, 23, 11)))) if rng.random() < nights else rng.randrange(24)
        when = when.replace(hour=hour, minute=rng.randrange(60), second=rng.randrange(60), microsecond=0)
        return min(max(when, start), end).replace(microsecond=0)

    def open_files(self) -> None:
        """Create the customers and landlords of earlier years."""
        rng = self.rng
        deep = max(FIRST_DAY, self.history - timedelta(days=500))
        for _ in range(int(self.wanted * 1.1) + 5):
            house = self.new_house()
            early = rng.random() < 0.75 * min(1.0, (self.start - deep).days / 900)
            since = self.some_day(deep, self.start if early else self.end - timedelta(days=30), 1.0)
            self.record(house, rng.choice(house.people), since, self.call_source())
            self.old.append(house)
        for at in range(self.wanted // 40 + 3):
            house = self.town.firm("managers") if at % 4 == 0 else self.town.landlord()
            if rng.random() < 0.8:
                self.record(house, house.people[0], self.some_day(self.history, self.start, 1.0), self.call_source())
            self.landlords.append(house)
        rng.shuffle(self.old)

    def new_house(self) -> House:
        """Return a household that is new in town, of kin, or in the home of former customers."""
        rng = self.rng
        if rng.random() < 0.055:
            return self.town.firm("business")
        known = rng.choice(self.old) if self.old and rng.random() < 0.07 else None
        return self.town.household(known if known and not known.company else None)

    def call_source(self) -> str:
        """Return how a caller found the office."""
        return self.rng.choices(
            ["Referral", "Web Search", "Phone Book", "Truck", "Radio", "Website", "Yard Sign", "Show", "", "Mailer"],
            [25, 20, 6, 8, 7, 8, 5, 2, 13, 6],
        )[0]

    def pick_service(self, when: datetime, place: Place) -> str:
        """Return a service that fits the month and the place."""
        rural = place.suffix in ("County", "Highway") or place.number[0].isalpha()
        names = [name for name in self.services if rural or name != "well"]
        return self.rng.choices(names, [self.services[name]["months"][when.month - 1] + 0.05 for name in names])[0]

    def slots(self) -> dict[str, str]:
        """Return the facts that a request and the job's description share."""
        rng = self.rng
        return {
            "age": str(rng.randrange(5, 29)),
            "few": str(rng.randrange(2, 6)),
            "cold": str(rng.randrange(50, 62)),
            "hot": str(rng.randrange(79, 88)),
            "sq": f"{rng.randrange(9, 32)}00",
            "gal": rng.choice(["40", "50", "75"]),
            "fam": str(rng.randrange(3, 7)),
            "room": rng.choice(self.pools["rooms"]),
            "decade": str(rng.randrange(1, 8)),
        }

    def take(self, when: datetime) -> None:
        """Take one request: spam, wrong trade, far away, or a real one."""
        draw = self.rng.random()
        if draw < 0.035:
            self.stray(when, "spam")
        elif draw < 0.048:
            self.stray(when, "wrong")
        elif draw < 0.075:
            self.stray(when, "far")
        else:
            self.serve(self.find_ask(when))

    def stray(self, when: datetime, why: str) -> None:
        """Add a request that never becomes a job."""
        towns = self.pools["towns"] if why == "wrong" else self.pools["far"]
        place = self.town.place(towns)
        house = House([self.town.person(place.state)], place)
        service = self.pick_service(when, place)
        ask = self.new_ask(when, house, house.people[0], place, service=service, role="owner")
        ask.form = self.pick_form(ask)
        lead = self.add_lead(ask, when, ask.form)
        if why != "far" and ask.form != "Call":
            lead.cells["Message"] = self.rng.choice(self.pools[why])
            lead.cells["Service Needed"] = "Other" if lead.cells["Service Needed"] else ""

    def find_ask(self, when: datetime) -> Ask:
        """Choose who asks and for which place."""
        rng, draw = self.rng, self.rng.random()
        if draw < 0.04:
            return self.tenant_ask(when)
        if draw < 0.085:
            house = self.free_landlord(when)
            place = rng.choice(house.rentals)
            return self.real_ask(when, house, house.people[0], place, "landlord")
        house = self.find_house(when, draw)
        if draw > 0.985 and not house.company:
            child = self.town.person(house.place.state, house.people[0].last if rng.random() < 0.55 else "")
            return self.real_ask(when, house, child, house.place, "child")
        person = house.people[-1] if rng.random() < 0.36 else house.people[0]
        if house.records and not house.company and rng.random() < 0.05:
            self.change_life(house, person, when)
        return self.real_ask(when, house, person, house.place, "business" if house.company else "owner")

    def find_house(self, when: datetime, draw: float) -> House:
        """Return a served house, an old customer, or a new house."""
        rng = self.rng
        if draw < 0.2:
            for house in rng.sample(self.served, min(12, len(self.served))):
                if not house.closed and house.quiet_from < when and not house.rentals:
                    return house
        if draw < 0.34:
            for at in range(len(self.old) - 1, max(-1, len(self.old) - 30), -1):
                if self.old[at].records[0].since < when and not self.old[at].asks and not self.old[at].gone:
                    return self.old[at]
        house = self.new_house()
        known = rng.choice(self.old)
        if rng.random() < 0.03 and not house.company and not known.company and not known.asks and not known.gone:
            known.gone = when - timedelta(days=rng.randrange(30, 300))
            house.place, house.bill = known.place, None
        return house

    def change_life(self, house: House, person: Person, when: datetime) -> None:
        """Move a known customer to a new address or give a new last name."""
        rng = self.rng
        if person.female and rng.random() < 0.35:
            person.last = rng.choices(self.pools["last"], self.town.last_weights)[0]
        elif house.bill is None and house.past is None:
            house.past, house.moved = house.place, when - timedelta(days=rng.randrange(2, 40))
            house.place = self.town.place(self.pools["towns"])

    def free_landlord(self, when: datetime) -> House:
        """Return a landlord without an open request."""
        for house in self.rng.sample(self.landlords, min(15, len(self.landlords))):
            if not house.closed and house.quiet_from < when:
                return house
        house = self.town.landlord()
        self.landlords.append(house)
        return house

    def tenant_ask(self, when: datetime) -> Ask:
        """Return the request of a tenant, whose landlord often pays."""
        house = self.free_landlord(when)
        place = self.rng.choice(house.rentals)
        tenant = self.town.person(place.state)
        if self.rng.random() < 0.25:
            house = House([tenant], place)
        return self.real_ask(when, house, tenant, place, "tenant")

    def real_ask(self, when: datetime, house: House, person: Person, place: Place, role: str) -> Ask:
        """Return the request with its service and form."""
        service = self.pick_service(when, place)
        while role == "tenant" and self.services[service]["class"].endswith("Sales"):
            service = self.pick_service(when, place)
        ask = self.new_ask(when, house, person, place, service=service, role=role)
        ask.form = self.pick_form(ask)
        return ask

    def new_ask(self, when: datetime, house: House, person: Person, place: Place, *, service: str, role: str) -> Ask:
        """Return a request with its facts."""
        slots = self.slots()
        problem = self.rng.choice(self.services[service]["messages"]).format(**slots)
        return Ask(when, house, person, place, service, role, slots, problem)

    def pick_form(self, ask: Ask) -> str:
        """Return the form, chat or call line of a request."""
        if ask.role in ("child", "tenant"):
            return self.rng.choice(["Request Service", "Request Service", "Chat"])
        sale = self.services[ask.service]["class"].endswith("Sales")
        weights = [12, 62, 9, 11, 6] if sale else [59, 4, 9, 19, 9]
        return self.rng.choices(["Request Service", "Free Estimate", "Contact Us", "Chat", "Call"], weights)[0]

    def serve(self, ask: Ask) -> None:
        """Add the rows of a real request and, if it is won, its jobs."""
        rng, house = self.rng, ask.house
        spec = self.services[ask.service]
        known = bool(house.records) and ask.role != "tenant"
        win = spec["win"] - 0.07 + (0.14 if known else 0.0) + (0.12 if ask.form == "Call" else 0.0)
        won = rng.random() < (0.9 if known and len(house.rentals) > 8 else win)
        self.asks.append(ask)
        if ask.role != "tenant" or house.people[0] is ask.person:
            house.asks.append(ask)
        twin = won and ask.role == "landlord" and bool(ask.place.unit) and rng.random() < 0.16
        ask.vague = twin
        self.add_lead(ask, ask.when, ask.form)
        if won:
            ask.answered = self.answer_time(ask)
        self.repeat(ask)
        if won:
            self.book(ask, twin)
        elif ask.role != "tenant":
            house.closed = True
            if rng.random() < 0.06:
                self.cancel(ask, self.answer_time(ask))

    def answer_time(self, ask: Ask) -> datetime:
        """Return when a clerk enters the job of a request."""
        rng, when, spec = self.rng, ask.when, self.services[ask.service]
        if ask.form == "Call" and is_open(when) and rng.random() < 0.78:
            return when + timedelta(minutes=rng.uniform(2, 13))
        if ask.form == "Chat" and is_open(when) and rng.random() < 0.16:
            return when - timedelta(minutes=rng.uniform(1, 8))
        draw = rng.random()
        if spec["urgent"] and not is_open(when) and draw < 0.3:
            return when + timedelta(minutes=rng.uniform(5, 50))
        if draw < (0.86 if spec["urgent"] else 0.68):
            minutes = rng.expovariate(1 / (50 if spec["urgent"] else 260 * rush(when))) + 4
        elif draw < 0.965:
            minutes = rng.uniform(600, 4800) * rush(when)
        else:
            minutes = 1440 * rng.uniform(5, 16 if spec["urgent"] else 70)
        return office_hours(when + timedelta(minutes=minutes), rng)

    def book(self, ask: Ask, twin: bool) -> None:
        """Enter the first job of a request and all that continues it."""
        rng, house, created = self.rng, ask.house, ask.answered
        if created is None or created > self.end:
            return
        source = self.lead_source(ask)
        record = self.find_record(ask, created, source)
        contact = self.contact(ask)
        if rng.random() < 0.035:
            self.cancel(ask, created, record)
            created = office_hours(created + timedelta(days=rng.uniform(0.3, 6)), rng)
        jobs = self.chain(Call(house, record, ask.place, ask.service, ask.slots, source, ask), created, contact)
        if twin and jobs:
            self.add_twin(ask, jobs[0], record)
        elif jobs:
            self.echo(ask, jobs[0])
        last = max([job.completed or self.end for job in jobs], default=created)
        house.quiet_from = max(house.quiet_from, last + timedelta(days=2))
        if house not in self.on_list and not house.rentals:
            self.served.append(house)
            self.on_list.add(house)

    def echo(self, ask: Ask, job: Job) -> None:
        """Let the clerk copy the request's words into the job, or note who wrote."""
        rng, name = self.rng, ask.person.nick or ask.person.first
        if rng.random() < 0.4:
            job.desc = ask.problem
            for long, short in self.pools["short"].items():
                job.desc = job.desc.replace(long, short) if rng.random() < 0.7 else job.desc
        if name not in job.record.name and ask.person.first not in job.record.name and not job.contact:
            job.desc += f" - {rng.choice(['spoke w/', 'ask for', 'per'])} {name}" if rng.random() < 0.35 else ""

    def add_twin(self, ask: Ask, job: Job, record: Record) -> None:
        """Add a call of the other tenant in the building on the same day, which no one could tell apart."""
        units = [
            place
            for place in ask.house.rentals
            if place.unit != ask.place.unit
            and (place.number, place.base, place.zip) == (ask.place.number, ask.place.base, ask.place.zip)
        ]
        if not units or job.contact or job.status == "Canceled":
            return
        created = job.created + timedelta(minutes=self.rng.randrange(4, 110))
        call = Call(ask.house, record, self.rng.choice(units), ask.service, ask.slots, job.source, ask)
        other = self.add_job(call, created)
        other.true = False
        self.ambiguous += [(ask.rows[0], job), (ask.rows[0], other)]

    def cancel(self, ask: Ask, created: datetime, record: Record | None = None) -> None:
        """Enter a job that the customer cancels."""
        if created > self.end:
            return
        source = self.lead_source(ask)
        record = record or self.find_record(ask, created, source)
        job = self.add_job(Call(ask.house, record, ask.place, ask.service, ask.slots, source, ask), created)
        job.status = self.rng.choice(["Canceled", "Canceled", "Void"])
        job.completed, job.total, job.true = None, 0.0, False
        job.notes = self.rng.choice(["Cust canceled", "cx, found someone else", "No longer needed", "cx - resch", ""])

    def lead_source(self, ask: Ask) -> str:
        """Return the campaign that the clerk picks for a request of the site."""
        rng = self.rng
        if ask.house.records and rng.random() < 0.45:
            return "Existing Customer"
        return rng.choices(
            ["Website", "Web Search", "Referral", "Social Media", "Search Ad", "", "Phone Book"],
            [60, 12, 6, 5, 8, 8, 1],
        )[0]

    def contact(self, ask: Ask) -> str:
        """Return the contact on site, as far as the clerk enters one."""
        person, rng = ask.person, self.rng
        if ask.role not in ("tenant", "child") or person is ask.house.people[0] or ask.vague:
            return ""
        label = "tenant" if ask.role == "tenant" else ("dtr" if person.female else "son")
        name = person.nick or person.first
        phone = show_phone(person.phones[0], 1)
        full = f"{name} {person.last}"
        ways = [f"{full} {phone}", f"{label} {name} {phone}", f"{label} {name}", full, ""]
        return rng.choices(ways, [40, 25, 10, 10, 15])[0]

    def find_record(self, ask: Ask, created: datetime, source: str) -> Record:
        """Return the customer's record, or make a new one, or make a second one by mistake."""
        rng, house = self.rng, ask.house
        records = [record for record in house.records if record.since <= created]
        caller = ask.person if ask.person in house.people else house.people[0]
        if not records or (rng.random() < 0.05 and not house.company):
            record = self.record(house, caller, created, source)
            if ask.role == "child" and rng.random() < 0.6:
                record.phones = [*record.phones[:1], ask.person.phones[0]]
            return record
        record = records[-1]
        if house.moved and house.moved < created and rng.random() < 0.5:
            record.bill, record.bill_street = house.place, show_street(house.place, rng, office=True)
        phone = caller.phones[0]
        if phone not in record.phones and rng.random() < 0.55:
            record.phones = [*record.phones[:1], phone]
        if not record.email and rng.random() < 0.5:
            record.email = caller.emails[0]
        return record

    def record(self, house: House, caller: Person, since: datetime, source: str) -> Record:
        """Make a customer record as the clerk types it during the first call."""
        rng, holder = self.rng, caller
        others = [person for person in house.people if person is not caller]
        if others and rng.random() < 0.17:
            holder = others[0]
        first = holder.nick if holder.nick and rng.random() < 0.28 else holder.first
        last = slip(holder.last, rng) if rng.random() < 0.014 else holder.last
        name = f"{last}, {first}"
        if others and rng.random() < 0.14:
            mate = others[0] if holder is caller else caller
            name += f" & {mate.first}"
        phones = [rng.choice(caller.phones) if rng.random() < 0.85 else rng.choice(holder.phones)]
        extra = [phone for person in house.people for phone in person.phones if phone not in phones]
        if extra and rng.random() < 0.4:
            phones.append(rng.choice(extra))
        if rng.random() < 0.008:
            phones[0] = slip_digits(phones[0], rng)
        email = caller.emails[0] if rng.random() < (0.9 if house.company else 0.74) else ""
        email = slip(email, rng) if email and rng.random() < 0.012 else email
        bill = house.bill or house.place
        record = Record(
            house.company or name,
            first,
            last,
            house.company,
            phones,
            email,
            bill,
            show_street(bill, rng, office=True),
            since,
            source,
        )
        house.records.append(record)
        return record

    def chain(self, call: Call, created: datetime, contact: str = "") -> list[Job]:
        """Enter a first visit and the work that continues it."""
        rng = self.rng
        if created > self.end:
            return []
        job = self.add_job(call, created)
        job.contact = contact
        then = self.services[call.service]["next"]
        if then is None or job.completed is None or rng.random() > then["prob"]:
            return [job]
        low, high = then["lag"]
        days = rng.uniform(low, high) if rng.random() < 0.93 else rng.uniform(high, high * 2.2)
        later = job.completed if rng.random() < 0.18 else job.completed + timedelta(days=days)
        later = office_hours(later, rng)
        if later > self.end:
            return [job]
        more = self.add_job(call, later, then)
        more.contact = contact if rng.random() < 0.4 else ""
        return [job, more]

    def add_job(self, call: Call, created: datetime, part: dict[str, Any] | None = None) -> Job:
        """Enter one job with its visit, status, price and notes."""
        rng, spec, record = self.rng, self.services[call.service], call.record
        text = part or spec
        urgent = bool(spec["urgent"]) and part is None
        visit, done = self.visit(created, urgent)
        low, high = text["price"]
        completed = done if done <= self.end else None
        status = rng.choices(["Invoiced", "Paid", "Complete"], [30, 50, 20])[0]
        if completed is None:
            status = rng.choice(["Scheduled", "Scheduled", "On Hold"])
        elif not high and rng.random() < 0.6:
            status = "Estimate Given"
        total = round(rng.triangular(low, high, low * 1.4), rng.choice([0, 2])) if high else 0.0
        total = 0.0 if completed is None or rng.random() < 0.02 else total
        rush_job = urgent and visit.date() == created.date() and rng.random() < 0.5
        job = Job(
            created,
            visit,
            completed,
            record,
            call.place,
            spec["class"].replace("Sales", "Install") if part else spec["class"],
            rng.choice(text["types"]),
            call.source,
            status,
            "Emergency" if rush_job else rng.choice(["Normal", "Normal", "", "High"]),
            total,
            rng.choice(self.pools["takers"]) if 7 <= created.hour < 18 else "ONCALL",
            rng.choice(self.pools["techs"]),
            "",
            self.office_text(text["desc"], call.slots),
            self.office_text(text["notes"], call.slots) if completed else "",
            call.cause,
            call.cause is not None,
        )
        if call.place not in record.streets:
            same = call.place == record.bill
            record.streets[call.place] = record.bill_street if same else show_street(call.place, rng, office=True)
        call.house.jobs.append(job)
        return job

    def visit(self, created: datetime, urgent: bool) -> tuple[datetime, datetime]:
        """Return when the technician is due and when the work is done."""
        rng = self.rng
        days = rng.choice([0, 0, 0, 1, 1, 2]) if urgent else max(1, int(rng.gammavariate(2, 2.2) * rush(created)))
        visit = created + timedelta(days=days)
        visit += timedelta(days=(7 - visit.weekday()) if visit.weekday() > 4 and days else 0)
        visit = max(
            visit.replace(hour=rng.randrange(8, 16), minute=rng.choice([0, 0, 30]), second=0),
            created + timedelta(minutes=50),
        )
        done = visit + timedelta(minutes=rng.randrange(35, 260))
        if rng.random() < 0.05:
            done += timedelta(days=rng.randrange(1, 5))
        return visit, done

    def office_text(self, texts: Sequence[str], slots: dict[str, str]) -> str:
        """Write a description or note as the office types it."""
        rng = self.rng
        text = rng.choice(texts).format(**slots)
        if rng.random() < 0.3:
            text = text.rstrip(".") + rng.choice(self.pools["endings"])
        return text.upper() if rng.random() < 0.1 else text

    def add_lead(self, ask: Ask, when: datetime, form: str) -> Lead:
        """Add one row as the form, the chat tool or the call tracker exports it."""
        cells = dict.fromkeys(LEAD_COLUMNS, "")
        cells["Form"] = form
        self.fill_name(cells, ask, form)
        self.fill_contact(cells, ask, form)
        self.fill_text(cells, ask, form, when)
        lead = Lead(when, cells, ask)
        self.leads.append(lead)
        ask.rows.append(lead)
        return lead

    def fill_name(self, cells: dict[str, str], ask: Ask, form: str) -> None:
        """Fill in the name as typed, or as the phone company shows it."""
        rng, person = self.rng, ask.person
        first = person.nick if person.nick and rng.random() < 0.5 else person.first
        last, draw = person.last, rng.random()
        if form == "Call":
            if draw < 0.14:
                first, last = "", rng.choice(["WIRELESS CALLER", "", ask.house.company.upper() or "ANONYMOUS"])
            elif draw < 0.26 and person in ask.house.people:
                first = ask.house.people[-1].first
            first, last = first.upper(), last.upper()
        elif form == "Chat" and draw < 0.09:
            last = ""
        elif draw < 0.02:
            last = last[0] if draw < 0.012 else slip(last, rng)
        elif draw < 0.035 and len(ask.house.people) > 1 and person is ask.house.people[0]:
            first = f"{first} {rng.choice(['&', 'and'])} {ask.house.people[1].first}"
        if rng.random() < (0.3 if form == "Chat" else 0.07):
            first, last = first.lower(), last.lower()
        cells["Name (First)"], cells["Name (Last)"] = first, last

    def fill_contact(self, cells: dict[str, str], ask: Ask, form: str) -> None:
        """Fill in phone, email and address as far as the channel asks for them."""
        rng, person = self.rng, ask.person
        style = {"Call": 4, "Chat": rng.choice([1, 2, 2, 3, 5])}.get(form, 0)
        phone = person.phones[0] if rng.random() < 0.93 else person.phones[-1]
        email = person.emails[0] if rng.random() < 0.93 else person.emails[-1]
        if rng.random() < 0.009 and form != "Call":
            phone = slip_digits(phone, rng)
        if rng.random() < 0.012:
            email = slip(email, rng)
        shares = {
            "Request Service": (1, 0.97, 0.76),
            "Free Estimate": (1, 1, 0.95),
            "Contact Us": (0.88, 1, 0.25),
            "Chat": (0.96, 0.7, 0.5),
            "Call": (1, 0, 0.3),
        }[form]
        address = 0.9 if ask.role in ("tenant", "child", "landlord") and form != "Call" else shares[2]
        if rng.random() < shares[0]:
            cells["Phone"] = show_phone(phone, style)
        if rng.random() < shares[1] or (form != "Call" and not cells["Phone"]):
            cells["Email"] = email.upper() if rng.random() < 0.015 else email
        place = ask.place
        if rng.random() < address:
            unit = not ask.vague and rng.random() < 0.75
            cells["Street Address"] = show_street(place, rng, office=False, unit=unit)
        if cells["Street Address"] or (form != "Chat" and rng.random() < 0.6):
            slips = CITY_SLIPS.get(place.city, [place.city.lower()])
            cells["City"] = rng.choice(slips) if rng.random() < 0.13 else place.city
            cells["State"] = place.state if form != "Chat" and rng.random() < 0.9 else ""
            cells["ZIP"] = place.zip if rng.random() < 0.85 else ""

    def fill_text(self, cells: dict[str, str], ask: Ask, form: str, when: datetime) -> None:
        """Fill in service, role, message and source."""
        rng, spec = self.rng, self.services[ask.service]
        if form == "Call":
            cells["Message"] = rng.choice(["Answered", "Answered", "Voicemail" if not is_open(when) else "Answered"])
            cells["Message"] += f" {rng.randrange(0, 9)}m {rng.randrange(3, 60)}s"
            cells["Source"] = "Tracking line - " + rng.choice(["Website", "Search Ad", "Map"])
            return
        blank = {"Chat": 0.5, "Contact Us": 0.6}.get(form, 0.03)
        cells["Service Needed"] = "" if rng.random() < blank else (spec["label"] if rng.random() < 0.91 else "Other")
        parts = [rng.choice(self.pools["opens"]) if rng.random() < 0.3 else "", ask.problem]
        detail = [rng.choice(spec["details"])] if rng.random() < 0.62 else []
        parts[1] = ". ".join([parts[1], *detail]) if rng.random() < 0.9 else f"{' '.join(detail)} {parts[1]}"
        parts[1] += "" if parts[1].endswith(".") or rng.random() < 0.3 else "."
        parts.append(self.role_text(ask))
        endings = self.pools["chat_closes" if form == "Chat" else "closes"]
        parts.append(rng.choice(endings) if rng.random() < 0.42 else "")
        text = " ".join(part for part in parts if part).strip().format(**ask.slots)
        if rng.random() < 0.09:
            text = slip(text, rng)
        text = text.lower() if rng.random() < (0.6 if form == "Chat" else 0.12) else text
        cells["Message"] = "" if form != "Chat" and rng.random() < 0.05 else text
        roles = {"tenant": "Tenant", "landlord": "Landlord / Manager", "business": "Business"}
        if form in ("Request Service", "Free Estimate") and rng.random() < 0.85:
            cells["I am a"] = roles.get(ask.role, "Homeowner")
            cells["Best Time"] = rng.choice(self.pools["best"]) if rng.random() < 0.7 else ""
        cells["Source"] = rng.choices(["organic", "cpc", "direct", "social", "map", ""], [35, 22, 20, 6, 12, 5])[0]
        pages = {"Request Service": "/request-service", "Free Estimate": "/free-estimate", "Contact Us": "/contact"}
        cells["Page"] = pages.get(form, rng.choice(["/", "/heating", "/cooling", "/drains", "/plumbing"]))

    def role_text(self, ask: Ask) -> str:
        """Return a sentence about who asks for whom."""
        rng, house = self.rng, ask.house
        if ask.role == "child":
            name = house.people[0].first
            parent = "mom" if house.people[0].female else "dad"
            return rng.choice([f"This is for my {parent} {name}.", f"It is at my {parent}'s house."])
        if ask.role == "tenant" and rng.random() < 0.6:
            owner = house.company or house.people[0].last
            rent = "I rent." if house.people[0] is ask.person else f"I rent from {owner}."
            return rng.choice([rent, "I am renting here.", "Landlord knows."])
        if ask.role == "landlord" and rng.random() < 0.55:
            return rng.choice(["This is at my rental.", "A duplex we own.", "Tenant is home days.", "Rental unit."])
        if ask.role == "business" and rng.random() < 0.6:
            return f"This is for {house.company}."
        return "We are at the cottage on weekends." if house.bill and rng.random() < 0.5 else ""

    def repeat(self, ask: Ask) -> None:
        """Send a request again: a double click, a chat after the form, or a reminder."""
        rng, draw = self.rng, self.rng.random()
        room = len(self.leads) < self.wanted and ask.form != "Call"
        if not room or draw > 0.062:
            return
        if draw < 0.026:
            lead = Lead(ask.when + timedelta(seconds=rng.randrange(2, 60)), dict(ask.rows[0].cells), ask)
            self.leads.append(lead)
            ask.rows.append(lead)
            return
        wait = timedelta(minutes=rng.uniform(4, 500)) if draw < 0.047 else timedelta(days=rng.uniform(1, 4))
        when = (ask.when + wait).replace(microsecond=0)
        if when > LAST_DAY or (ask.answered and ask.answered < when and rng.random() < 0.92):
            return
        lead = self.add_lead(ask, when, rng.choice(["Chat", "Contact Us", "Request Service"]))
        if wait > timedelta(days=1) or rng.random() < 0.5:
            label = self.services[ask.service]["label"].lower().split(" / ")[0]
            lead.cells["Message"] = rng.choice(self.pools["reminders"]).format(label=label)

    def answer_phone(self) -> None:
        """Enter the jobs that come by phone: old customers, new callers, and later calls of customers of the site."""
        rng = self.rng
        for house in self.old:
            self.calls(house, house.records[0].since, 0.55)
        for house in self.landlords:
            for record in house.records[:1]:
                self.calls(house, record.since, 0.8 if len(house.rentals) > 8 else 0.65)
        for _ in range(int(self.wanted * 1.3) + 4):
            house = self.new_house()
            since = self.some_day(self.history, self.end, 1.0)
            self.record(house, rng.choice(house.people), since, self.call_source())
            self.callers.append(house)
            self.calls(house, since, 0.22)
        old = set(self.old)
        for house in self.served:
            if house not in old and rng.random() < 0.3:
                self.later_call(house, house.quiet_from + (self.end - house.quiet_from) * rng.random())

    def calls(self, house: House, since: datetime, more: float) -> None:
        """Enter the first call of a caller and some later ones."""
        rng, when = self.rng, since
        self.later_call(house, when)
        until = house.gone or self.end
        while rng.random() < more and when < until:
            when += timedelta(days=rng.expovariate(1 / 260) + 6)
            self.later_call(house, when)

    def later_call(self, house: House, when: datetime) -> None:
        """Enter a call that no request of the site caused."""
        rng = self.rng
        created = office_hours(when, rng)
        records = [record for record in house.records if record.since <= when]
        if not self.history <= created <= self.end or not records or (house.gone and created > house.gone):
            return
        place = place_then(house, created)
        if house.rentals and rng.random() < 0.8:
            place = rng.choice(house.rentals)
        source = records[-1].source
        if house.jobs:
            source = rng.choice(["Existing Customer", "Existing Customer", "", source])
        service = self.pick_service(created, place)
        self.chain(Call(house, records[-1], place, service, self.slots(), source, None), created)

    def plan_visits(self) -> None:
        """Sign some customers up for the maintenance plan."""
        rng = self.rng
        for house in self.old + self.callers + self.served:
            if not house.jobs or house.rentals or house.gone or house.records[0].plan or rng.random() > 0.14:
                continue
            house.records[0].plan = True
            begin = min(job.created for job in house.jobs) + timedelta(days=rng.randrange(10, 200))
            until = min(self.end, begin + timedelta(days=rng.randrange(300, 1500)))
            for year in range(begin.year, until.year + 1):
                for month, name in ((3, "PM - Spring AC"), (9, "PM - Fall Furnace")):
                    created = datetime(year, month, 1, 6, tzinfo=UTC) + timedelta(seconds=rng.randrange(1200))
                    if begin < created < until and rng.random() < 0.9:
                        self.plan_visit(house, created, name)

    def plan_visit(self, house: House, created: datetime, name: str) -> None:
        """Enter one visit of the maintenance plan."""
        rng = self.rng
        place = place_then(house, created)
        call = Call(house, house.records[0], place, "tuneup", self.slots(), "Maintenance Plan", None)
        job = self.add_job(call, created)
        self.delay(job, rng.randrange(10, 80))
        job.kind, job.taken, job.desc, job.total = name, "AUTO", name + " per plan", rng.choice([0.0, 0.0, 89.0])

    def delay(self, job: Job, days: int) -> None:
        """Move a plan visit to its turn."""
        job.scheduled += timedelta(days=days)
        if job.completed and job.completed + timedelta(days=days) <= self.end:
            job.completed += timedelta(days=days)
        else:
            job.completed, job.status, job.notes, job.total = None, "Scheduled", "", 0.0

    def trim(self) -> None:
        """Drop nearly all unrelated jobs that would be the first after a request of the same house."""
        for ask in self.asks:
            house, since = ask.house, ask.when - timedelta(minutes=20)
            if ask not in house.asks:
                continue
            later = sorted((job for job in house.jobs if job.created >= since), key=lambda job: job.created)
            for job in later:
                if job.cause is not None or self.rng.random() < 0.025:
                    break
                house.jobs.remove(job)

    def export(self) -> tuple[list[Job], list[Record]]:
        """Return all jobs and customers in the order of the export, with their numbers."""
        asking = [ask.house for ask in self.asks]
        houses = dict.fromkeys(self.old + self.landlords + self.callers + self.served + asking)
        jobs = sorted((job for house in houses for job in house.jobs), key=lambda job: job.created)
        number = 41200 + self.rng.randrange(900)
        for job in jobs:
            number += self.rng.choice([1, 1, 1, 1, 2, 3])
            job.number = number
        records = sorted((record for house in houses for record in house.records), key=lambda record: record.since)
        number = 10400 + self.rng.randrange(500)
        for record in records:
            number += self.rng.choice([1, 1, 2, 4])
            record.number = number
        return jobs, records


def place_then(house: House, when: datetime) -> Place:
    """Return where a household lived at some time."""
    return house.past if house.past and house.moved and when < house.moved else house.place


def job_row(job: Job, style: Random) -> list[str]:
    """Return one row of the job export."""
    record, place, bill = job.record, job.place, job.record.bill
    phones = [show_phone(phone, 1) for phone in record.phones[:2]] + [""]
    bill_to = f"{record.bill_street}, {bill.city}, {bill.state} {bill.zip}"
    if job.created.year < 2022 and style.random() < 0.04:
        bill_to = ""
    done = f"{job.completed:%m/%d/%Y}" if job.completed else ""
    return [
        str(job.number),
        f"{job.created:%m/%d/%Y %I:%M %p}",
        f"{job.scheduled:%m/%d/%Y %I:%M %p}",
        done,
        f"C{record.number}",
        record.name,
        phones[0],
        phones[1],
        record.email,
        record.streets[place],
        place.city,
        place.state,
        place.zip,
        bill_to,
        job.dept,
        job.kind,
        job.source,
        job.status,
        job.priority,
        f"{job.total:.2f}",
        job.taken,
        job.tech,
        job.contact,
        job.desc,
        job.notes,
    ]


def customer_row(record: Record) -> list[str]:
    """Return one row of the customer list."""
    phones = [show_phone(phone, 1) for phone in record.phones[:2]] + [""]
    bill = record.bill
    return [
        f"C{record.number}",
        record.name,
        record.first,
        record.last,
        record.company,
        "Commercial" if record.company else "Residential",
        phones[0],
        phones[1],
        record.email,
        record.bill_street,
        bill.city,
        bill.state,
        bill.zip,
        f"{record.since:%m/%d/%Y}",
        "Y" if record.plan else "N",
        record.source,
    ]


def save(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write one CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the office's exports and the truth into a folder."""
    office = Office(seed, leads)
    office.run()
    rows = sorted(office.leads, key=lambda lead: lead.when)
    number = 2100 + office.rng.randrange(400)
    for lead in rows:
        number += office.rng.choice([1, 1, 1, 2, 3])
        lead.number = number
        lead.cells["Entry Id"] = str(number)
        lead.cells["Entry Date"] = f"{to_utc(lead.when):%Y-%m-%dT%H:%M:%SZ}"
    jobs, records = office.export()
    save(folder / "leads.csv", LEAD_COLUMNS, ([lead.cells[name] for name in LEAD_COLUMNS] for lead in rows))
    save(folder / "jobs.csv", JOB_COLUMNS, [job_row(job, office.rng) for job in jobs])
    save(folder / "customers.csv", CUSTOMER_COLUMNS, [customer_row(record) for record in records])
    true = [(job.cause.rows[0].number, job.number) for job in jobs if job.true and job.cause]
    save(folder / "truth.csv", ["lead_id", "job_id"], [[str(lead), str(job)] for lead, job in sorted(true)])
    groups = [(lead.number, lead.ask.rows[0].number) for lead in rows if len(lead.ask.rows) > 1]
    save(folder / "lead_groups.csv", ["lead_id", "group_id"], [[str(lead), f"G{group}"] for lead, group in groups])
    pairs = sorted((lead.number, job.number) for lead, job in office.ambiguous)
    save(folder / "ambiguous.csv", ["lead_id", "job_id"], [[str(lead), str(job)] for lead, job in pairs])
