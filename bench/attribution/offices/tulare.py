"""Generate the files of Cotta & Ruiz Air and Electric, a made-up company in Visalia and Tulare, California.

The office: Lupe files with care as "Last, First". Deanna types in capitals, uses nicknames and skips emails.
An answering service takes nights and weekends and spells by ear. Tony Jr takes calls on his cell.
Requests come from a leads inbox (web form, web chat, text after a missed call). Its clock is UTC.
Jobs come from field-service software on Pacific time, with one customer record per payer.
True: the first visit of a request, the install after an estimate, the visit with the part, the HERS test or
the inspection. A tune-up that the request asked for is true too. A rebooked visit is true; the canceled one is not.
Not true: plan visits, later calls, callbacks, canceled jobs, and jobs of neighbors, relatives or next occupants.
A repeated request is a group, and its first row carries the jobs.
Hard: landlords and tenants, property managers, grown children who ask for parents, spouses with their own last
names, Portuguese and Spanish spellings, nicknames, rural "Avenue 280" addresses, old records, second phones.
"""

from __future__ import annotations

import bisect
import csv
import heapq
import json
import random
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
# All times are the office's wall clock; the zone is a formality.
EPOCH = datetime(2020, 1, 2, 8, 0, tzinfo=UTC)
HOUR_WEIGHTS = [2, 1, 1, 1, 1, 2, 5, 9, 12, 13, 13, 12, 11, 11, 11, 11, 11, 12, 12, 11, 10, 8, 6, 4]
FORM_ROLE = {
    "tenant": "Tenant",
    "landlord": "Landlord / Property Manager",
    "staff": "Landlord / Property Manager",
    "business": "Business",
}
LEAD_COLUMNS = [
    "Lead ID",
    "Created At",
    "Channel",
    "First Name",
    "Last Name",
    "Phone",
    "Email",
    "Street",
    "City",
    "Zip",
    "I Am",
    "Service",
    "Message",
    "Lang",
    "Page",
    "UTM Source",
    "Inbox Status",
]
JOB_COLUMNS = [
    "Job #",
    "Created",
    "Start Date",
    "Closed",
    "Status",
    "Category",
    "Customer #",
    "Customer",
    "Contact",
    "Contact Phone",
    "Phone 1",
    "Phone 2",
    "Email",
    "Service Address",
    "Service City",
    "Service Zip",
    "Bill To",
    "Bill Address",
    "Referral Source",
    "Taken By",
    "Tech",
    "Description",
    "Tech Notes",
    "PO #",
    "Total",
]
CUSTOMER_COLUMNS = [
    "Customer #",
    "Customer",
    "Customer Type",
    "Contact",
    "Phone 1",
    "Phone 2",
    "Email",
    "Bill Address",
    "Bill City",
    "Bill State",
    "Bill Zip",
    "Created",
    "Plan",
    "Customer Notes",
]


@dataclass
class Place:
    """Hold one address and the way the office filed it."""

    number: str
    street: str
    city: str
    zip: str
    unit: str = ""
    filed: str = ""


@dataclass
class Person:
    """Hold one person with the names and contacts that he or she uses."""

    first: str
    last: str
    group: str
    phone: str
    email: str


@dataclass
class Account:
    """Hold one customer record of the office's software."""

    kind: str
    name: str
    people: list[Person]
    places: list[Place]
    bill: Place
    created: datetime
    taker: str
    phone1: str = ""
    phone2: str = ""
    label2: str = ""
    email: str = ""
    plan: datetime | None = None
    notes: str = ""
    number: int = 0
    busy_until: datetime = EPOCH
    lost: bool = False
    listed: bool = True
    waits: list[tuple[datetime, datetime | None, Place | None]] = field(default_factory=list)


@dataclass
class Job:
    """Hold one job of the office and its role in a chain of work."""

    account: Account
    place: Place
    created: datetime
    start: datetime
    status: str
    category: str
    role: str
    description: str
    notes: str
    tech: str
    total: float
    referral: str = ""
    taker: str = ""
    contact: str = ""
    contact_phone: str = ""
    po: str = ""
    lead: Lead | None = None
    number: int = 0


@dataclass
class Lead:
    """Hold one row of the leads inbox, with its local time."""

    when: datetime
    row: dict[str, str]
    group: str = ""


@dataclass
class Case:
    """Hold who asks for work, where the work is, and which record pays."""

    kind: str
    person: Person
    place: Place
    account: Account | None
    issue: str
    slots: dict[str, str]
    spouse: Person | None = None
    parent: Person | None = None
    tenant: Person | None = None

    @property
    def payer(self) -> Account:
        """Return the record that pays, which a booked case always has."""
        if self.account is None:
            raise ValueError("this case has no record yet")
        return self.account


class World:
    """Hold the random source, the calendar and everything that was made so far."""

    def __init__(self, seed: int, leads: int) -> None:
        """Draw the window, the towns' streets and the weather of this seed."""
        self.rng = random.Random(f"tulare-{seed}-{leads}")
        self.size = leads
        days = round(365 * min(5.0, max(0.4, leads / 600)))
        first, last = datetime(2020, 7, 1, tzinfo=UTC), datetime(2025, 11, 30, tzinfo=UTC) - timedelta(days=days)
        self.start = first + timedelta(days=self.rng.randrange((last - first).days + 1))
        self.end = self.start + timedelta(days=days)
        self.phones: set[str] = set()
        self.ids: set[str] = set()
        self.accounts: list[Account] = []
        self.payers: list[Account] = []
        self.jobs: list[Job] = []
        self.leads: list[Lead] = []
        self.unsure: list[tuple[Lead, Job]] = []
        self.asked: list[tuple[Case, Lead, bool]] = []
        self.slips = int(0.001 * leads)
        self.streets = {town: self._pick_streets(data["streets"]) for town, data in POOLS["towns"].items()}
        self.days, self.day_sums = self._weigh_days()

    def _pick_streets(self, streets: list[str]) -> list[tuple[str, float]]:
        """Choose this seed's streets of a town and how often each occurs."""
        chosen = self.rng.sample(streets, max(4, len(streets) * 3 // 4))
        return [(street, self.rng.uniform(0.3, 2.0)) for street in chosen]

    def _weigh_days(self) -> tuple[list[datetime], list[float]]:
        """Weigh the days by season, weekday and runs of hot or foggy weather."""
        days: list[datetime] = []
        sums: list[float] = []
        weather, total, day = 1.0, 0.0, self.start - timedelta(days=150)
        while day < self.end:
            weather = 0.8 * weather + 0.2 * self.rng.uniform(0.3, 1.9)
            total += POOLS["volume"][day.month - 1] * weather**1.5 * (0.65 if day.weekday() > 4 else 1.0)
            days.append(day)
            sums.append(total)
            day += timedelta(days=1)
        return days, sums

    def day_between(self, first: datetime, last: datetime) -> datetime:
        """Draw a day between two days by the season's weights."""
        low = bisect.bisect_left(self.days, first)
        high = max(low + 1, bisect.bisect_left(self.days, last))
        base = self.day_sums[low - 1] if low else 0.0
        spot = self.rng.uniform(base, self.day_sums[min(high, len(self.days)) - 1])
        return self.days[min(bisect.bisect_left(self.day_sums, spot), len(self.days) - 1)]


def plain(text: str) -> str:
    """Remove the accents of a text."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def weighted(rng: random.Random, table: dict[str, Any]) -> str:
    """Choose a key by its weight."""
    weights = [v["weight"] if isinstance(v, dict) else v for v in table.values()]
    return rng.choices(list(table), weights)[0]


def front_heavy(rng: random.Random, names: list[str]) -> str:
    """Choose a name; those in front are the most common."""
    return rng.choices(names, [1 / (place + 9) for place in range(len(names))])[0]


def typo(rng: random.Random, word: str) -> str:
    """Swap, drop or double one letter of a word."""
    if len(word) < 4:
        return word
    at = rng.randrange(1, len(word) - 1)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return rng.choice([swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]])


def new_phone(world: World) -> str:
    """Make up a phone number that no one else has."""
    rng = world.rng
    for attempt in range(100):
        middle = "555" if attempt < 6 else rng.choice(["055", "155", "056", "157"])
        phone = f"{rng.choice(POOLS['area_codes'])}{middle}{rng.randrange(100, 9999):04d}"
        if phone not in world.phones:
            break
    world.phones.add(phone)
    return phone


def wrong_phone(world: World, phone: str) -> str:
    """Mistype one of the last digits so that no other person's number results."""
    for _ in range(20):
        at = world.rng.randrange(6, 10)
        other = phone[:at] + str(world.rng.randrange(10)) + phone[at + 1 :]
        if other not in world.phones:
            world.phones.add(other)
            return other
    return phone


def show_phone(phone: str, style: str) -> str:
    """Write a phone number in one of the usual styles."""
    if not phone:
        return ""
    area, middle, end = phone[:3], phone[3:6], phone[6:]
    shapes = {
        "paren": f"({area}) {middle}-{end}",
        "dash": f"{area}-{middle}-{end}",
        "e164": f"+1{phone}",
        "dot": f"{area}.{middle}.{end}",
        "space": f"{area} {middle} {end}",
    }
    return shapes.get(style, phone)


def make_email(world: World, first: str, last: str) -> str:
    """Make an email address from a name."""
    if world.rng.random() < 0.05:
        return ""
    while True:
        email = draft_email(world.rng, first, last)
        if email not in world.ids:
            world.ids.add(email)
            return email


def draft_email(rng: random.Random, first: str, last: str) -> str:
    """Make an email address that another person may have."""
    one, two = (plain(w).lower().replace(" ", "").replace("'", "") for w in (first, last))
    year = str(rng.randrange(55, 99))
    local = rng.choice(
        [
            f"{one}.{two}",
            f"{one}{two}{year}",
            f"{one[0]}{two}{year}",
            f"{two}{one[0]}",
            f"{one}_{two}",
            f"{one}{year}{rng.randrange(10)}",
            f"{two}family{rng.randrange(1, 20)}",
            f"{one}{two[0]}559",
            f"{two}.{one}{rng.randrange(100)}",
        ]
    )
    return f"{local}@{rng.choice(POOLS['mail'])}"


def make_person(world: World, group: str = "", last: str = "", female: bool | None = None) -> Person:
    """Make a person, with a given last name for a relative."""
    rng = world.rng
    group = group or weighted(rng, POOLS["groups"])
    pool = POOLS["groups"][group]
    woman = rng.random() < 0.55 if female is None else female
    names = pool["f" if woman else "m"]
    first = front_heavy(rng, names)
    if not last:
        last = front_heavy(rng, pool["last"])
        if group == "mexican" and rng.random() < 0.05:
            last = f"{last} {rng.choice(pool['last'])}"
    return Person(first, last, group, new_phone(world), make_email(world, first, last))


def make_spouse(world: World, person: Person) -> Person:
    """Make a spouse, who often keeps another last name and sometimes shares the email."""
    rng = world.rng
    own = rng.random() < (0.35 if person.group == "mexican" else 0.15)
    woman = person.first in POOLS["groups"][person.group]["m"]
    spouse = make_person(world, person.group, "" if own else person.last, woman)
    if rng.random() < 0.2:
        spouse.email = person.email
    if rng.random() < 0.08:
        spouse.phone = person.phone
    return spouse


def make_place(world: World, rental: bool = False, rural: bool = False) -> Place:
    """Make an address in town, or a numbered avenue or road in the county."""
    rng = world.rng
    if rural or rng.random() < 0.13:
        city, code = rng.choice(POOLS["rural_zips"])
        even = rng.randrange(96, 400, 4)
        street = rng.choice([f"Avenue {even}", f"Avenue {even}", f"Road {even - 40}"])
        return Place(str(rng.randrange(10000, 29999)), street, city, code)
    city = weighted(rng, POOLS["towns"])
    names, weights = zip(*world.streets[city], strict=True)
    street = rng.choices(names, weights)[0]
    unit = ""
    if rng.random() < (0.3 if rental else 0.04):
        unit = rng.choice([str(rng.randrange(1, 40)), rng.choice("ABCD")])
    number = str(rng.randrange(101, 5900) if rng.random() < 0.9 else rng.randrange(10, 99))
    codes = POOLS["towns"][city]["zips"]
    return Place(number, street, city, codes[sum(map(ord, street)) % len(codes)], unit)


def typed_street(world: World, place: Place) -> str:
    """Write a street as a customer types it."""
    rng = world.rng
    words = place.street.split()
    if words[0] in ("Avenue", "Road"):
        words[0] = rng.choice([words[0], words[0], {"Avenue": "Ave", "Road": "Rd"}[words[0]]])
    else:
        long = {"Ave": "Avenue", "St": "Street", "Dr": "Drive", "Rd": "Road", "Ct": "Court", "Ln": "Lane"}
        roll = rng.random()
        if roll < 0.15 and words[-1] in long and len(words) > 1:
            words.pop()
        elif roll < 0.35:
            words[-1] = long.get(words[-1], words[-1])
        if words[0] in ("N", "S", "E", "W") and len(words) > 1:
            roll = rng.random()
            if roll < 0.08:
                words.pop(0)
            elif roll < 0.2:
                words[0] = {"N": "North", "S": "South", "E": "East", "W": "West"}[words[0]]
    text = f"{place.number} {' '.join(words)}"
    if place.unit and rng.random() < 0.93:
        text += rng.choice([" #", " apt ", " Apt ", " unit ", ", Unit "]) + place.unit
    if rng.random() < 0.015:
        text = typo(rng, text)
    roll = rng.random()
    return text.lower() if roll < 0.22 else text.upper() if roll < 0.25 else text


def file_place(world: World, place: Place, taker: str) -> None:
    """Write a street once as the office files it."""
    if place.filed:
        return
    rng = world.rng
    street = place.street.replace("Avenue", "Ave").replace("Road", "Rd") if rng.random() < 0.6 else place.street
    if street[:2] in ("N ", "S ", "E ", "W ") and rng.random() < 0.04:
        street = street[2:]
    number = place.number
    if len(number) > 3 and rng.random() < 0.015:
        number = number[:-2] + number[-1] + number[-2]
    text = f"{number} {street}"
    if place.unit:
        text += rng.choice([" Apt ", " #", " Unit "]) + place.unit
    place.filed = text.upper() if taker == "Deanna" else text


def file_name(world: World, person: Person, taker: str, spouse: Person | None = None) -> str:
    """Write a customer's name in the habit of the person who takes the call."""
    rng = world.rng
    first, last = plain(person.first), plain(person.last)
    if rng.random() < (0.3 if taker in ("Deanna", "Tony Jr") else 0.08):
        first = rng.choice(POOLS["nick"].get(person.first, [first]))
    if last in POOLS["spell"] and rng.random() < {"Ans Svc": 0.45, "Lupe": 0.05}.get(taker, 0.15):
        last = rng.choice(POOLS["spell"][last])
    elif rng.random() < 0.02:
        last = typo(rng, last)
    if " " in last and person.group == "mexican" and not last.startswith("De ") and rng.random() < 0.6:
        last = last.split()[0]
    if spouse and rng.random() < 0.15:
        first += f" & {plain(spouse.first)}"
    if taker == "Ans Svc":
        return f"{first} {last}"
    text = f"{last}, {first}"
    return text.upper() if taker == "Deanna" else text


def pick_taker(world: World, when: datetime) -> str:
    """Choose who files a call at this hour."""
    rng = world.rng
    if when.weekday() == 6 or when.hour < 7 or when.hour >= 17 or (when.weekday() == 5 and when.hour >= 12):
        return rng.choice(["Ans Svc", "Ans Svc", "Tony Jr"])
    return rng.choices(["Lupe", "Deanna", "Tony Jr"], [52, 42, 6])[0]


def office_time(world: World, when: datetime) -> datetime:
    """Move a time to the next hour when the office files work."""
    rng = world.rng
    if rng.random() < 0.06:
        return when
    while when.weekday() == 6 or when.hour < 7 or when.hour >= 17 or (when.weekday() == 5 and when.hour >= 12):
        step = 1 if when.hour >= 7 else 0
        when = when.replace(hour=7, minute=30) + timedelta(days=step, minutes=rng.randrange(150))
    return when


def open_account(world: World, kind: str, people: Sequence[Person], place: Place, when: datetime) -> Account:
    """Open a home customer's record at the first call."""
    rng = world.rng
    taker = pick_taker(world, when)
    main, spouse = people[0], people[1] if len(people) > 1 else None
    account = Account(kind, file_name(world, main, taker, spouse), list(people), [place], place, when, taker)
    account.phone1 = main.phone if rng.random() > 0.015 else wrong_phone(world, main.phone)
    if spouse and rng.random() < 0.35:
        account.phone2 = spouse.phone
        account.label2 = rng.choice(["", f" {plain(spouse.first)}", " wife", " cell"])
        if rng.random() < 0.4:
            account.phone1, account.phone2, account.label2 = account.phone2, account.phone1, ""
    elif rng.random() < 0.15:
        account.phone2 = new_phone(world)
    if main.email and rng.random() < {"Lupe": 0.85, "Deanna": 0.45, "Tony Jr": 0.3}.get(taker, 0.1):
        account.email = main.email
    if rng.random() < 0.04:
        account.bill = Place(f"PO Box {rng.randrange(20, 4999)}", "", place.city, place.zip)
    file_place(world, place, taker)
    if rng.random() < 0.08:
        account.notes = rng.choice(POOLS["office_extra"]).replace("{code}", str(rng.randrange(1000, 9999)))
    world.accounts.append(account)
    return account


def hide(world: World, account: Account) -> Account:
    """Take a new record off the list until its first job is made."""
    world.accounts.pop()
    account.listed = False
    return account


def open_landlord(world: World, when: datetime) -> Account:
    """Open the record of a small landlord with some rentals."""
    rng = world.rng
    owner = make_person(world)
    account = open_account(world, "landlord", [owner], make_place(world), when)
    account.places = [make_place(world, rental=True) for _ in range(rng.randrange(1, 6))]
    last = plain(owner.last)
    if rng.random() < 0.35:
        account.name = rng.choice([f"{last} Rentals", f"{last} Family Trust", f"{last} Properties LLC"])
    elif rng.random() < 0.3:
        account.name += " (LANDLORD)" if account.taker == "Deanna" else " (rentals)"
    return account


def open_manager(world: World, name: str, when: datetime) -> Account:
    """Open the record of a property manager with staff, houses and a complex."""
    rng = world.rng
    staff = [make_person(world) for _ in range(rng.randrange(2, 4))]
    office = make_place(world)
    account = open_account(world, "manager", staff[:1], office, when)
    host = name.lower().replace(" & ", "").replace(" ", "")[:14] + ".example"
    main = new_phone(world)
    for person in staff:
        person.phone = main if rng.random() < 0.6 else person.phone
        person.email = f"{plain(person.first).lower().split()[0]}@{host}"
    account.name, account.people, account.phone1, account.email = name, staff, main, f"maintenance@{host}"
    account.phone2 = account.label2 = ""
    account.bill, account.taker = office, "Lupe"
    account.places = [make_place(world, rental=True) for _ in range(rng.randrange(8, 20))]
    for _ in range(rng.randrange(1, 3)):
        base = make_place(world)
        units = rng.sample(range(1, 60), rng.randrange(5, 14))
        account.places += [Place(base.number, base.street, base.city, base.zip, str(n)) for n in units]
    return account


def open_business(world: World, when: datetime) -> Account:
    """Open the record of a shop, dairy or church."""
    rng = world.rng
    last = rng.choice(POOLS["business_last"])
    owner = make_person(world)
    name = f"{plain(owner.last) if rng.random() < 0.4 else rng.choice(POOLS['business_first'])} {last}"
    if last in ("Dairy", "Farms", "Packing"):
        place = make_place(world, rural=True)
    else:
        city, code, street = rng.choice(POOLS["plazas"])
        place = Place(str(rng.randrange(100, 4999)), street, city, code, rng.choice(["", "", "A", "B", "104"]))
    account = open_account(world, "business", [owner], place, when)
    account.name = name.upper() if account.taker == "Deanna" else name
    return account


def make_history(world: World) -> None:
    """Open the records that existed before the first request."""
    rng = world.rng

    def earlier() -> datetime:
        span = (world.start - EPOCH).days
        return office_time(world, EPOCH + timedelta(days=rng.randrange(span - 3), minutes=rng.randrange(540)))

    for _ in range(int(0.6 * world.size) + 8):
        person = make_person(world)
        people = [person, make_spouse(world, person)] if rng.random() < 0.6 else [person]
        account = open_account(world, "home", people, make_place(world), earlier())
        if rng.random() < 0.17:
            account.plan = account.created
    for _ in range(2 + world.size // 45):
        world.payers.append(open_landlord(world, earlier()))
    for name in rng.sample(POOLS["managers"], min(len(POOLS["managers"]), 2 + world.size // 500)):
        world.payers.append(open_manager(world, name, earlier()))
    for _ in range(2 + world.size // 40):
        open_business(world, earlier())


def pick_issue(world: World, when: datetime, rural: bool = False) -> tuple[str, dict[str, str]]:
    """Choose a problem by the month, and the details that its texts mention."""
    rng = world.rng
    table = {}
    for key, issue in POOLS["issues"].items():
        if not issue.get("rural") or rural:
            table[key] = issue["weight"] * POOLS["seasons"][issue["season"]][when.month - 1] / 8
    room, room_es = rng.choice(POOLS["rooms"])
    slots = {
        "temp": str(rng.randrange(83, 96)),
        "age": str(rng.randrange(9, 27)),
        "room": room,
        "room_es": room_es,
        "ton": rng.choice(["2.5", "3", "3.5", "4", "5"]),
        "sqft": str(rng.randrange(9, 29) * 100),
        "year": str(rng.randrange(1948, 1986)),
        "wo": str(rng.randrange(2000, 9900)),
    }
    return weighted(rng, table), slots


def fill(text: str, slots: dict[str, str]) -> str:
    """Fill the details into a text."""
    for key, value in slots.items():
        text = text.replace("{" + key + "}", value)
    return text


def days_later(world: World, when: datetime, low: float, high: float) -> datetime:
    """Move on by a number of days that is small more often than large."""
    gap = low + (high - low) * world.rng.random() ** 2
    return when + timedelta(days=gap)


def visit_day(world: World, created: datetime, estimate: bool) -> datetime:
    """Choose the day of a visit: longer waits in hot months."""
    rng = world.rng
    wait = rng.expovariate(1 / (2.6 if created.month in (6, 7, 8) else 1.5)) + (1.2 if estimate else 0)
    day = created + timedelta(days=int(wait))
    return day + timedelta(days=1) if day.weekday() == 6 and wait >= 1 else day


def make_job(world: World, account: Account, place: Place, created: datetime, start: datetime, **rest: Any) -> Job:
    """Make one job and settle its status by the export's day."""
    rng = world.rng
    if rest["role"] == "canceled":
        status = rng.choice(["Canceled", "Canceled", "Cancelled by Cust", "Void"])
    elif start >= world.end:
        status = rng.choice(["Scheduled", "Scheduled", "Unscheduled"])
    elif rest["category"].startswith("Estimate"):
        status = rng.choice(["Estimate Given", "Completed", "Completed"])
    else:
        status = rng.choices(["Paid in Full", "Invoiced", "Completed"], [70, 20, 10])[0]
    if status in ("Scheduled", "Unscheduled") or rest["role"] == "canceled":
        rest["total"] = 0.0
    file_place(world, place, pick_taker(world, created))
    return Job(account, place, created, start, status, **rest)


def job_texts(world: World, issue: dict[str, Any], slots: dict[str, str]) -> dict[str, Any]:
    """Choose description, notes and technician of a first visit."""
    rng = world.rng
    text = fill(rng.choice(issue["desc"]), slots)
    if rng.random() < 0.25:
        text += rng.choice([", ", ". ", " - "]) + rng.choice(POOLS["office_extra"]).replace(
            "{code}", str(rng.randrange(1000, 9999))
        )
    notes = fill(rng.choice(issue["notes"]), slots) if rng.random() < 0.85 else ""
    return {"description": text, "notes": notes, "tech": rng.choice(POOLS["techs"][issue["trade"]])}


def first_visits(
    world: World, account: Account, place: Place, issue_key: str, slots: dict[str, str], *, created: datetime
) -> list[Job]:
    """Make the first visit, or a canceled one and perhaps its second booking."""
    rng = world.rng
    issue = POOLS["issues"][issue_key]
    estimate = issue["flow"] == "estimate"
    low, high = issue["price"]
    total = 0.0 if estimate else round(rng.triangular(low, high, low + (high - low) / 4), rng.choice([0, 0, 2]))
    jobs: list[Job] = []
    if rng.random() < 0.07:
        texts = job_texts(world, issue, slots) | {"notes": rng.choice(POOLS["cancel"])}
        start = visit_day(world, created, estimate)
        jobs.append(
            make_job(
                world, account, place, created, start, category=issue["category"], role="canceled", total=0.0, **texts
            )
        )
        if rng.random() < 0.6:
            return jobs
        created = office_time(world, days_later(world, created, 0.5, 9))
    texts = job_texts(world, issue, slots)
    jobs.append(
        make_job(
            world,
            account,
            place,
            created,
            visit_day(world, created, estimate),
            category=issue["category"],
            role="first",
            total=total,
            **texts,
        )
    )
    return jobs


def return_visit(world: World, job: Job) -> Job:
    """Make the visit with the part."""
    rng = world.rng
    created = office_time(world, job.start + timedelta(hours=rng.uniform(1, 40)))
    return make_job(
        world,
        job.account,
        job.place,
        created,
        days_later(world, created, 1, 14),
        category=job.category,
        role="next",
        description=rng.choice(POOLS["part"]),
        notes=rng.choice(POOLS["part_notes"]),
        tech=job.tech,
        total=float(rng.randrange(90, 900)),
    )


def continue_work(world: World, job: Job, issue_key: str, slots: dict[str, str]) -> list[Job]:
    """Make the work that follows a first visit: install, part, inspection."""
    rng = world.rng
    issue = POOLS["issues"][issue_key]
    roll, flow = rng.random(), issue["flow"]
    big = roll < {"estimate": 0.42, "repair": 0.06, "tuneup": 0.1}[flow]
    if not big and not (flow == "repair" and roll < 0.2):
        return []
    if not big:
        return [return_visit(world, job)]
    low, high = issue["price"] if flow == "estimate" else (190, 640) if flow == "tuneup" else (1800, 12400)
    created = office_time(world, days_later(world, job.start, 0.2, 30 if flow == "estimate" else 8))
    start = days_later(world, created, 1, 16)
    trade = "Electrical" if "Electrical" in job.category else "HVAC"
    tech = rng.choice(POOLS["techs"]["electric" if trade == "Electrical" else "hvac"])
    text = fill(rng.choice(POOLS["install"][job.category]), slots)
    category = job.category if flow == "tuneup" else f"Install - {trade}"
    jobs = [
        make_job(
            world,
            job.account,
            job.place,
            created,
            start,
            category=category,
            role="next",
            description=text,
            notes=rng.choice(POOLS["install_notes"]),
            tech=tech,
            total=float(rng.randrange(low, high)),
        )
    ]
    if flow == "estimate" and rng.random() < 0.35:
        later = office_time(world, days_later(world, start, 0.2, 10))
        jobs.append(
            make_job(
                world,
                job.account,
                job.place,
                later,
                days_later(world, later, 0, 9),
                total=0.0,
                category="Permit / HERS",
                role="next",
                description=rng.choice(POOLS["inspect"]),
                notes=rng.choice(["Passed", "Pass", "", "Failed duct leakage, resealed, pass"]),
                tech=rng.choice(POOLS["techs"]["hvac"]),
            )
        )
    return jobs


def run_chain(
    world: World, account: Account, place: Place, issue_key: str, slots: dict[str, str], *, created: datetime
) -> list[Job]:
    """Make all jobs of one problem, up to the export's day."""
    rng = world.rng
    jobs = first_visits(world, account, place, issue_key, slots, created=created)
    if jobs[-1].role == "first":
        first = jobs[-1]
        jobs += continue_work(world, first, issue_key, slots)
        last = jobs[-1]
        if not last.category.startswith(("Estimate", "Permit")) and rng.random() < 0.045:
            when = office_time(world, days_later(world, last.start, 1, 25))
            jobs.append(
                make_job(
                    world,
                    account,
                    place,
                    when,
                    visit_day(world, when, estimate=False),
                    role="callback",
                    category=rng.choice([first.category, "Callback / Warranty"]),
                    total=0.0,
                    description=rng.choice(POOLS["callback"]),
                    notes=rng.choice(POOLS["callback_notes"]),
                    tech=last.tech,
                )
            )
    jobs = [job for job in jobs if job.created < world.end]
    taker = pick_taker(world, created)
    for job in jobs:
        job.taker = taker if job is jobs[0] else pick_taker(world, job.created)
        if job.taker == "Deanna":
            job.description = job.description.upper()
    if account.kind == "home" and account.plan is None and jobs and rng.random() < 0.06:
        account.plan = jobs[-1].start
    return jobs


def pick_record(world: World, kind: str, when: datetime) -> Account | None:
    """Choose a free record of a kind that existed before a time."""
    pool = [a for a in world.payers if a.kind == kind and a.created < when and a.busy_until < when and not a.lost]
    return world.rng.choice(pool) if pool else None


def renew_contact(world: World, account: Account, person: Person) -> Place:
    """Let a known customer move, change the phone or change the email since the record was made."""
    rng = world.rng
    place = account.places[0]
    roll = rng.random()
    if roll < 0.1:
        place = make_place(world)
        account.places.append(place)
        file_place(world, place, "Lupe")
        if rng.random() < 0.5:
            account.bill = place
    elif roll < 0.22:
        person.phone = new_phone(world)
        if rng.random() < 0.6:
            account.phone2, account.label2 = person.phone, rng.choice(["", " new", " cell"])
    elif roll < 0.3:
        person.email = make_email(world, person.first, person.last)
    return place


def case_known(world: World, when: datetime, pool: list[Account]) -> Case | None:
    """Let a known household ask again, perhaps by the other spouse."""
    rng = world.rng
    if not pool:
        return None
    account = pool.pop()
    person = account.people[-1] if rng.random() < 0.4 else account.people[0]
    place = renew_contact(world, account, person)
    issue, slots = pick_issue(world, when, place.street.startswith(("Avenue", "Road")))
    return Case("known", person, place, account, issue, slots)


def case_rental(world: World, when: datetime, kind: str) -> Case | None:
    """Let a tenant, a landlord or a property manager's staff ask for work at a rental."""
    rng = world.rng
    owner_kind = "manager" if kind == "staff" or (kind == "tenant" and rng.random() < 0.35) else "landlord"
    account = pick_record(world, owner_kind, when)
    fresh = owner_kind == "landlord" and (account is None or rng.random() < (0.45 if kind == "tenant" else 0.65))
    if account is None and not fresh:
        return None
    tenant = make_person(world)
    issue, slots = pick_issue(world, when)
    while kind == "tenant" and issue in ("quote", "panel", "tuneup", "duct"):
        issue, slots = pick_issue(world, when)
    if fresh or account is None:
        account = hide(world, open_landlord(world, when))
    place = rng.choice(account.places)
    person = tenant if kind == "tenant" else rng.choice(account.people)
    return Case(kind, person, place, account, issue, slots, tenant=tenant)


def case_new(world: World, when: datetime, child: bool = False) -> Case:
    """Let an unknown household ask, or a grown child for a parent."""
    rng = world.rng
    person, place = make_person(world), make_place(world)
    issue, slots = pick_issue(world, when, place.street.startswith(("Avenue", "Road")))
    case = Case("child" if child else "new", person, place, None, issue, slots)
    if child:
        case.parent = make_person(world, person.group, person.last if rng.random() < 0.6 else "")
    elif rng.random() < 0.6:
        case.spouse = make_spouse(world, person)
    return case


def make_case(world: World, when: datetime, pool: list[Account]) -> Case:
    """Choose who sends a request."""
    rng = world.rng
    kinds = {"new": 61, "known": 18, "tenant": 6, "landlord": 3, "staff": 1.5, "child": 5, "business": 3}
    kind = weighted(rng, kinds)
    case: Case | None = None
    if kind == "known":
        case = case_known(world, when, pool)
    elif kind in ("tenant", "landlord", "staff"):
        case = case_rental(world, when, kind)
    elif kind == "business":
        account = hide(world, open_business(world, when))
        issue, slots = pick_issue(world, when, rural=True)
        case = Case(kind, account.people[0], account.places[0], account, issue, slots)
    return case or case_new(world, when, kind == "child")


def typed_names(world: World, person: Person, channel: str) -> tuple[str, str]:
    """Write a name as its owner types it."""
    rng = world.rng
    first, last = person.first, person.last
    if rng.random() < 0.13:
        first = rng.choice(POOLS["nick"].get(first, [first]))
    if rng.random() < 0.75:
        first, last = plain(first), plain(last)
    if rng.random() < 0.012:
        first = typo(rng, first)
    if rng.random() < 0.012:
        last = typo(rng, last)
    if rng.random() < {"form": 0.012, "chat": 0.05}.get(channel, 0.2):
        last = rng.choice(["", "", last[0]])
    roll = rng.random()
    if roll < 0.1:
        return first.lower(), last.lower()
    return (first.upper(), last.upper()) if roll < 0.14 else (first, last)


def typed_email(world: World, email: str) -> str:
    """Write an email as its owner types it."""
    rng = world.rng
    name, _, host = email.partition("@")
    if host in POOLS["mail_typos"] and rng.random() < 0.015:
        host = rng.choice(POOLS["mail_typos"][host])
    if not host:
        return ""
    text = f"{name}@{host}"
    return text.capitalize() if rng.random() < 0.1 else text


def case_context(world: World, case: Case) -> str:
    """Write the sentence by which a tenant, owner or child explains who pays."""
    rng = world.rng
    if case.kind not in POOLS["context"] or rng.random() < 0.3:
        return ""
    slots = dict(case.slots)
    if case.account:
        slots["owner"] = (
            case.account.name
            if case.kind == "business" or case.account.kind == "manager"
            else f"{plain(case.account.people[0].first)} {plain(case.account.people[0].last)}"
        )
    if case.tenant:
        slots["tenant"] = f"{plain(case.tenant.first)} {plain(case.tenant.last)}"
        slots["phone"] = show_phone(case.tenant.phone, rng.choice(["dash", "raw"]))
    if case.parent:
        slots["parent"] = plain(case.parent.first)
    return fill(rng.choice(POOLS["context"][case.kind]), slots)


def write_message(world: World, case: Case, language: str) -> str:
    """Write a request's message."""
    rng = world.rng
    parts = [rng.choice(POOLS["issues"][case.issue][language])]
    if rng.random() < 0.35:
        parts.insert(0, rng.choice(POOLS["greet"][language]))
    parts.append(case_context(world, case))
    if rng.random() < 0.4:
        parts.append(rng.choice(POOLS["tail"][language]))
    text = fill(" ".join(p for p in parts if p), case.slots | {"first": plain(case.person.first)})
    if rng.random() < 0.03:
        text = typo(rng, text)
    return text.lower() if rng.random() < 0.15 else text


def pick_channel(rng: random.Random) -> str:
    """Choose the channel of a request."""
    return rng.choices(["form", "chat", "text"], [73, 20, 7])[0]


def new_lead_id(world: World) -> str:
    """Make an inbox id that is not used yet."""
    while True:
        made = f"lc_{world.rng.getrandbits(36):09x}"
        if made not in world.ids:
            world.ids.add(made)
            return made


def lead_row(world: World, case: Case, when: datetime, channel: str) -> Lead:
    """Write one request as its channel collects it."""
    rng = world.rng
    person, place, issue = case.person, case.place, POOLS["issues"][case.issue]
    speaks = {"mexican": ("es", 0.24), "portuguese": ("pt", 0.06)}.get(person.group, ("en", 0.0))
    language = speaks[0] if rng.random() < speaks[1] else "en"
    first, last = typed_names(world, person, channel)
    needs = case.kind in ("tenant", "landlord", "staff", "child")
    street = rng.random() < {"form": 0.97 if needs else 0.84, "chat": 0.8 if needs else 0.3}.get(
        channel, 0.8 if needs else 0.2
    )
    mail = rng.random() < {"form": 0.96, "chat": 0.68}.get(channel, 0.06)
    phone = person.phone if rng.random() > 0.012 or channel == "text" else wrong_phone(world, person.phone)
    style = "e164" if channel != "form" else rng.choices(["paren", "raw", "dash", "dot"], [70, 14, 12, 4])[0]
    service = issue["service"] if rng.random() < 0.88 else rng.choice(["Other", "AC Repair", "Electrical Repair"])
    row = {
        "Channel": {"form": "web_form", "chat": "webchat"}.get(channel, "missed_call_text"),
        "First Name": first,
        "Last Name": last,
        "Phone": show_phone(phone, style),
        "Email": typed_email(world, person.email) if mail else "",
        "Street": typed_street(world, place) if street else "",
        "City": place.city if street or rng.random() < 0.4 else "",
        "Zip": place.zip if channel != "text" and (street or rng.random() < 0.5) else "",
        "I Am": (FORM_ROLE.get(case.kind, "Homeowner") if rng.random() < 0.92 else "") if channel == "form" else "",
        "Service": service if channel == "form" else "",
        "Message": write_message(world, case, language),
        "Lang": language if channel != "text" else "",
        "Page": rng.choice(POOLS["pages"]) if channel != "text" else "",
        "UTM Source": rng.choice(["", "", "google", "google", "gbp", "facebook"]),
        "Inbox Status": rng.choices(["closed", "open", "contacted"], [70, 12, 18])[0],
    }
    return Lead(when, {"Lead ID": new_lead_id(world)} | row)


def repeat_rows(world: World, case: Case, first: Lead, channel: str) -> list[Lead]:
    """Repeat a request by double click, by chat after the form, or some days later."""
    rng = world.rng
    if rng.random() > 0.055:
        return []
    kind = rng.choices(["double", "chat", "nudge"], [40, 35, 25])[0]
    if kind == "double":
        again = Lead(first.when + timedelta(seconds=rng.randrange(2, 90)), first.row | {"Lead ID": new_lead_id(world)})
    elif kind == "chat":
        again = lead_row(
            world, case, first.when + timedelta(minutes=rng.randrange(3, 300)), "chat" if channel == "form" else "form"
        )
    else:
        again = lead_row(world, case, days_later(world, first.when, 0.6, 6), channel)
    if again.when >= world.end:
        return []
    first.group = again.group = f"g{first.row['Lead ID'][3:]}"
    return [again]


def junk_lead(world: World, when: datetime) -> Lead:
    """Write spam, a wrong wish, or a request from outside the service area."""
    rng = world.rng
    person = make_person(world)
    issue, slots = pick_issue(world, when)
    city, code, street = rng.choice(POOLS["outside"])
    lead = lead_row(
        world,
        Case("new", person, Place(str(rng.randrange(200, 9000)), street, city, code), None, issue, slots),
        when,
        pick_channel(rng),
    )
    roll = rng.random()
    if roll < 0.45:
        first, last = rng.choice(POOLS["spam_names"])
        lead.row |= {
            "First Name": first,
            "Last Name": last,
            "Message": rng.choice(POOLS["spam"]),
            "Lang": "en",
            "Email": f"{first.lower()}{rng.randrange(99)}@{last.lower()}-mail.example",
            "Service": "Other",
            "Inbox Status": rng.choice(["open", "spam", "closed"]),
        }
    elif roll < 0.65:
        lead.row |= {"Message": rng.choice(POOLS["odd"]), "Service": "Other", "Lang": "en"}
    return lead


def booking_time(world: World, last: datetime, issue_key: str) -> datetime:
    """Choose when a request gets its job."""
    rng = world.rng
    shop = POOLS["issues"][issue_key]["flow"] == "estimate"
    busy = last.month in (6, 7, 8)
    kind = rng.choices(["quick", "day", "week", "late"], [62, 24, 11, 3] if not shop else [40, 28, 24, 8])[0]
    if kind == "quick":
        gap = timedelta(minutes=min(600.0, 4 + rng.lognormvariate(3.9 if busy else 3.4, 1.0)))
    else:
        low, high = {"day": (0.5, 2.5), "week": (2, 10), "late": (10, 60 if shop else 35)}[kind]
        gap = timedelta(days=low + (high - low) * rng.random() ** 2)
    return office_time(world, last + gap)


def account_for(world: World, case: Case, when: datetime) -> Account:
    """Find or open the record under which the office files a request."""
    rng = world.rng
    if case.account is None:
        people = [case.parent or case.person]
        if case.spouse:
            people.append(case.spouse)
            if rng.random() < 0.25:
                people.reverse()
        case.account = open_account(world, "home", people, case.place, when)
        if case.parent and rng.random() < 0.6:
            case.account.phone2 = case.person.phone
            case.account.label2 = rng.choice(
                ["", " daughter" if rng.random() < 0.6 else " son", f" {plain(case.person.first)}"]
            )
    elif case.kind == "known" and rng.random() < 0.09:
        old = case.account
        case.account = open_account(world, "home", [case.person], case.place, when)
        case.account.waits = old.waits
    elif not case.account.listed:
        case.account.listed, case.account.created = True, when
        world.accounts.append(case.account)
        if case.account.kind == "landlord":
            world.payers.append(case.account)
    return case.payer


def secure_link(case: Case, leads: list[Lead], jobs: list[Job]) -> None:
    """Make sure that at least one contact of the request is in the office's files."""
    account, person = jobs[0].account, case.person
    street = any(lead.row["Street"] for lead in leads)
    mail = account.email and any(lead.row["Email"].lower() == account.email for lead in leads)
    if street or mail or person.phone in (account.phone1, account.phone2) or jobs[0].contact_phone == person.phone:
        return
    if case.kind in ("tenant", "staff"):
        jobs[0].contact, jobs[0].contact_phone = plain(f"{person.first} {person.last}"), person.phone
    elif account.phone2:
        account.phone1 = person.phone
    else:
        account.phone2 = person.phone


def set_contacts(world: World, case: Case, jobs: list[Job]) -> None:
    """File whom to call on arrival: tenant, staff, spouse or child."""
    rng = world.rng
    contact: Person | None = None
    if case.tenant and (case.kind == "tenant" or rng.random() < 0.6):
        contact = case.tenant if rng.random() < 0.75 else None
    elif case.kind in ("staff", "child", "business") or (
        case.kind == "known" and case.person is not case.payer.people[0]
    ):
        contact = case.person if rng.random() < 0.6 else None
    for job in jobs:
        if contact and (job is jobs[0] or rng.random() < 0.6):
            name = plain(f"{contact.first} {contact.last}")
            job.contact = rng.choice([name, name, plain(contact.first)])
            job.contact_phone = contact.phone if rng.random() < 0.7 else ""
        if case.kind == "staff" or (case.payer.kind == "manager" and rng.random() < 0.5):
            job.po = rng.choice(["WO ", "", "WO#"]) + case.slots["wo"]


def book_case(world: World, case: Case, leads: list[Lead]) -> bool:
    """Book a request and link its jobs; return whether a visit came of it."""
    rng = world.rng
    created = booking_time(world, leads[-1].when, case.issue)
    if created >= world.end:
        return False
    account = account_for(world, case, created)
    jobs = run_chain(world, account, case.place, case.issue, case.slots, created=created)
    set_contacts(world, case, jobs)
    secure_link(case, leads, jobs)
    known = case.kind == "known" or account.kind == "manager"
    source = "Repeat Customer" if known and rng.random() < 0.5 else weighted(rng, POOLS["referral_web"])
    if account.kind == "manager" and rng.random() < 0.7:
        source = "Property Mgmt"
    if jobs[0].taker == "Lupe" and rng.random() < 0.2:
        jobs[0].description = "Web: " + leads[0].row["Message"][: rng.randrange(40, 110)]
    for job in jobs:
        job.referral = source if job is jobs[0] or rng.random() < 0.7 else ""
        if job.role in ("first", "next"):
            job.lead = leads[0]
    world.jobs += jobs
    account.busy_until = max([account.busy_until] + [job.start for job in jobs])
    return any(job.lead for job in jobs)


def mark_wait(case: Case, when: datetime, first: datetime | None) -> None:
    """Note that a person waits for the job of a request."""
    account = case.account
    if account is not None:
        own = case.kind == "tenant" or (case.kind == "staff" and first is None)
        account.waits.append((when, first, case.place if own else None))
        if first is None and case.kind == "landlord":
            account.lost = True


def win_chance(case: Case, lead: Lead) -> float:
    """Give the chance that a request is booked."""
    base = {"known": 0.74, "tenant": 0.5, "landlord": 0.66, "staff": 0.97, "child": 0.6, "business": 0.55}
    flow = POOLS["issues"][case.issue]["flow"]
    chance = base.get(case.kind, 0.55) + {"repair": 0.05, "tuneup": 0.08}.get(flow, -0.04)
    return chance - (0.06 if lead.when.month in (6, 7, 8) else 0.0)


def ask(world: World, case: Case, when: datetime) -> Case | None:
    """Send one request and let the office answer; return a later request of the same person."""
    rng = world.rng
    channel = pick_channel(rng)
    first = lead_row(world, case, when, channel)
    leads = [first, *repeat_rows(world, case, first, channel)]
    world.leads += leads
    won = rng.random() < win_chance(case, first) and book_case(world, case, leads)
    booked = [job.created for job in world.jobs[-6:] if job.lead is first]
    mark_wait(case, when, min(booked) if won else None)
    world.asked.append((case, first, won))
    if not won or case.kind not in ("new", "known", "landlord", "business") or rng.random() > 0.09:
        return None
    issue, slots = pick_issue(world, when + timedelta(days=120))
    kind = "known" if case.kind == "new" else case.kind
    place = rng.choice(case.payer.places) if kind == "landlord" else case.place
    return Case(kind, case.person, place, case.account, issue, slots, tenant=case.tenant)


def request_time(world: World) -> datetime:
    """Draw the time of a request."""
    rng = world.rng
    hour = rng.choices(range(24), HOUR_WEIGHTS)[0]
    return world.day_between(world.start, world.end) + timedelta(hours=hour, seconds=rng.randrange(3600))


def send_requests(world: World) -> None:
    """Send all requests in the order of time."""
    rng = world.rng
    pool = [a for a in world.accounts if a.kind == "home"]
    rng.shuffle(pool)
    queue: list[tuple[datetime, int, Case | None]] = [
        (request_time(world), tie, None) for tie in range(int(0.9 * world.size))
    ]
    heapq.heapify(queue)
    tie = world.size
    while queue:
        when, _, case = heapq.heappop(queue)
        if case is None and rng.random() < 0.075:
            world.leads.append(junk_lead(world, when))
            continue
        if case and case.payer.busy_until >= when:
            continue
        again = ask(world, case or make_case(world, when, pool), when)
        if again:
            later = max(when, again.payer.busy_until) + timedelta(days=rng.uniform(35, 420))
            if later < world.end:
                tie += 1
                heapq.heappush(queue, (later, tie, again))
    while len(world.leads) < world.size:
        when = request_time(world)
        ask(world, case_new(world, when), when)
    trim_requests(world)


def trim_requests(world: World) -> None:
    """Keep exactly the wanted number of rows by dropping requests that led to nothing."""
    linked = {id(job.lead) for job in world.jobs if job.lead}
    spare = len(world.leads) - world.size
    loose = [lead for lead in world.leads if id(lead) not in linked and not lead.group]
    dropped = {id(lead) for lead in world.rng.sample(loose, min(spare, len(loose)))} if spare > 0 else set()
    world.leads = [lead for lead in world.leads if id(lead) not in dropped]
    world.asked = [entry for entry in world.asked if id(entry[1]) not in dropped]


def is_blocked(world: World, job: Job) -> bool:
    """Check whether a job would fall between a request and the job that answers it."""
    for asked, first, place in job.account.waits:
        if job.created <= asked or (first and job.created > first) or (place and place is not job.place):
            continue
        if world.slips and world.rng.random() < 0.05:
            world.slips -= 1
            return False
        return True
    return False


def add_loose(world: World, jobs: Iterable[Job], source: str) -> None:
    """Add jobs that no request caused, up to the first one that would confuse a waiting customer."""
    for job in jobs:
        if is_blocked(world, job):
            return
        job.referral = source if not job.referral else job.referral
        world.jobs.append(job)


def phone_call(world: World, account: Account, when: datetime, place: Place | None = None) -> list[Job]:
    """Make the jobs of a plain phone call."""
    rng = world.rng
    place = place or rng.choice(account.places)
    issue, slots = pick_issue(world, when, place.street.startswith(("Avenue", "Road")))
    jobs = run_chain(world, account, place, issue, slots, created=office_time(world, when))
    if account.kind in ("landlord", "manager") and jobs and rng.random() < 0.6:
        tenant = make_person(world)
        jobs[0].contact = rng.choice([plain(f"{tenant.first} {tenant.last}"), plain(tenant.first)])
        jobs[0].contact_phone = tenant.phone if rng.random() < 0.6 else ""
    if account.kind == "manager":
        for job in jobs:
            job.po = f"WO {slots['wo']}"
    return jobs


def call_time(world: World, first: datetime) -> datetime | None:
    """Choose the time of a phone call after a given time."""
    low = max(first + timedelta(days=1), world.days[0])
    if low >= world.end - timedelta(days=2):
        return None
    return world.day_between(low, world.end) + timedelta(hours=7, minutes=world.rng.randrange(720))


def take_calls(world: World) -> None:
    """Take the calls of new, old, renting and business customers."""
    rng = world.rng
    groups: dict[str, list[Account]] = {}
    for account in world.accounts:
        groups.setdefault(account.kind, []).append(account)
    for _ in range(int(0.85 * world.size)):
        kind = rng.choices(["fresh", "home", "landlord", "manager", "business"], [42, 32, 9, 11, 6])[0]
        if kind == "fresh":
            when = call_time(world, EPOCH) or world.start
            person = make_person(world)
            people = [person, make_spouse(world, person)] if rng.random() < 0.6 else [person]
            account = open_account(world, "home", people, make_place(world), when)
            source = weighted(rng, POOLS["referral_phone"])
            add_loose(world, phone_call(world, account, when), source)
        else:
            account = rng.choice(groups[kind])
            source = "Property Mgmt" if kind == "manager" else rng.choice(["Repeat Customer", "Repeat Customer", ""])
            later = call_time(world, account.created)
            if later:
                add_loose(world, phone_call(world, account, later), source)


def plan_visits(world: World) -> None:
    """Make the spring and fall visits of the maintenance plan."""
    rng = world.rng
    for account, joined in [(a, a.plan) for a in world.accounts if a.plan]:
        for year in range(world.days[0].year, world.end.year + 1):
            for month, half in ((rng.randrange(3, 6), 0), (rng.randrange(9, 12), 1)):
                start = datetime(year, month, rng.randrange(1, 28), 8, tzinfo=UTC)
                created = office_time(world, start - timedelta(days=rng.randrange(3, 30), minutes=-rng.randrange(400)))
                if created < max(joined, world.days[0]) or created >= world.end or rng.random() < 0.12:
                    continue
                place = account.bill if account.bill in account.places else account.places[-1]
                job = make_job(
                    world,
                    account,
                    place,
                    created,
                    start,
                    category="Plan Visit",
                    role="plan",
                    total=0.0,
                    description=POOLS["plan"][half + rng.choice([0, 2])],
                    taker="Lupe",
                    notes=rng.choice(POOLS["plan_notes"]),
                    tech=rng.choice(POOLS["techs"]["hvac"]),
                )
                add_loose(world, [job], "Maintenance Plan")


def add_lookalikes(world: World) -> None:
    """Add relatives, namesakes, neighbors and next occupants who called without a request."""
    rng = world.rng
    ready = [(c, lead) for c, lead, _ in world.asked if c.kind == "new" and lead.row["Street"]]
    for case, lead in rng.sample(ready, min(len(ready), world.size // 28 + 1)):
        kind = rng.choices(["relative", "namesake", "neighbor", "next"], [35, 25, 25, 15])[0]
        kind = "neighbor" if kind == "next" and case.account else kind
        spot = case.place
        near = Place(str(int(spot.number) + rng.choice([2, 4, 6, 8, 10])), spot.street, spot.city, spot.zip)
        person = make_person(world)
        if kind == "relative":
            person = make_person(world, case.person.group, case.person.last)
        elif kind == "namesake":
            person.first, person.last, person.group = case.person.first, case.person.last, case.person.group
            near = make_place(world)
            person.email = ""
        elif kind == "next":
            near = Place(spot.number, spot.street, spot.city, spot.zip, spot.unit)
        wait = rng.uniform(150, 500) if kind == "next" else rng.uniform(-20, 40)
        when = office_time(world, lead.when + timedelta(days=wait))
        if world.days[0] < when < world.end:
            account = open_account(world, "home", [person], near, when)
            add_loose(world, phone_call(world, account, when), weighted(rng, POOLS["referral_phone"]))


def add_unsure(world: World) -> None:
    """Add a few calls that may or may not belong to a request without an address."""
    rng = world.rng
    ready = [
        (c, lead)
        for c, lead, won in world.asked
        if c.kind == "new" and not won and c.account is None and not lead.row["Street"] and not lead.group
    ]
    for case, lead in rng.sample(ready, min(len(ready), world.size // 400)):
        twin = Person(case.person.first, case.person.last, case.person.group, new_phone(world), "")
        when = office_time(world, lead.when + timedelta(hours=rng.uniform(2, 60)))
        if when >= world.end:
            continue
        account = open_account(world, "home", [twin], case.place, when)
        jobs = run_chain(world, account, case.place, case.issue, case.slots, created=when)
        add_loose(world, jobs, weighted(rng, POOLS["referral_phone"]))
        world.unsure += [(lead, job) for job in jobs if job.role in ("first", "next")]


def number_files(world: World) -> None:
    """Number customers and jobs in the order in which the office made them."""
    rng = world.rng
    unique = {id(a): a for a in world.accounts + [job.account for job in world.jobs]}
    number = rng.randrange(1010, 2400)
    for account in sorted(unique.values(), key=lambda a: a.created):
        number += rng.choice([1, 1, 1, 2])
        account.number = number
    world.accounts = sorted(unique.values(), key=lambda a: a.number)
    number = rng.randrange(18000, 31000)
    world.jobs.sort(key=lambda job: job.created)
    for job in world.jobs:
        number += rng.choice([1, 1, 1, 1, 2])
        job.number = number
    world.leads.sort(key=lambda lead: lead.when)


def to_utc(when: datetime) -> datetime:
    """Turn Pacific time into UTC."""
    march, november = datetime(when.year, 3, 8, tzinfo=UTC), datetime(when.year, 11, 1, tzinfo=UTC)
    begin = march + timedelta(days=(6 - march.weekday()) % 7, hours=2)
    end = november + timedelta(days=(6 - november.weekday()) % 7, hours=2)
    return when + timedelta(hours=7 if begin <= when < end else 8)


def us_time(when: datetime) -> str:
    """Write a date and time in the style of the job software."""
    return f"{when:%m/%d/%Y} {when.hour % 12 or 12}:{when:%M} {'AM' if when.hour < 12 else 'PM'}"


def full_address(place: Place) -> str:
    """Write a billing address on one line."""
    street = place.filed or f"{place.number} {place.street}".strip()
    return f"{street}, {place.city}, CA {place.zip}"


def job_row(job: Job) -> dict[str, str]:
    """Write one job as the software exports it."""
    account = job.account
    style = {"Lupe": "paren", "Ans Svc": "raw"}.get(account.taker, "dash")
    done = job.status not in ("Scheduled", "Unscheduled")
    canceled = job.role == "canceled"
    values = [
        str(job.number),
        us_time(job.created),
        f"{job.start:%m/%d/%Y}" if job.status != "Unscheduled" else "",
        f"{job.start:%m/%d/%Y}" if done and not canceled else "",
        job.status,
        job.category,
        f"C{account.number}",
        account.name,
        job.contact,
        show_phone(job.contact_phone, "dash"),
        show_phone(account.phone1, style),
        show_phone(account.phone2, style) + account.label2,
        account.email,
        job.place.filed,
        job.place.city,
        job.place.zip,
        account.name,
        full_address(account.bill),
        job.referral,
        job.taker,
        job.tech if done else "",
        job.description,
        job.notes if done or canceled else "",
        job.po,
        f"${job.total:,.2f}",
    ]
    return dict(zip(JOB_COLUMNS, values, strict=True))


def customer_row(world: World, account: Account) -> dict[str, str]:
    """Write one record of the customer list."""
    style = {"Lupe": "paren", "Ans Svc": "raw"}.get(account.taker, "dash")
    bill = account.bill
    kind = {"home": "Residential", "landlord": "Landlord", "manager": "Property Mgmt"}.get(account.kind, "Commercial")
    contact = "" if account.kind == "home" else plain(f"{account.people[0].first} {account.people[0].last}")
    street = bill.filed or f"{bill.number} {bill.street}".strip()
    active = account.plan is not None and account.plan < world.end
    values = [
        f"C{account.number}",
        account.name,
        kind,
        contact,
        show_phone(account.phone1, style),
        show_phone(account.phone2, style) + account.label2,
        account.email,
        street,
        bill.city,
        "CA",
        bill.zip,
        f"{account.created:%m/%d/%Y}",
        "Valley Club" if active else "",
        account.notes,
    ]
    return dict(zip(CUSTOMER_COLUMNS, values, strict=True))


def save(path: Path, columns: list[str], rows: Iterable[dict[str, str]]) -> None:
    """Write rows to a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns)
        writer.writeheader()
        writer.writerows(rows)


def save_all(world: World, folder: Path) -> None:
    """Write all files of the office."""
    for lead in world.leads:
        lead.row["Created At"] = f"{to_utc(lead.when):%Y-%m-%dT%H:%M:%SZ}"
    save(folder / "leads.csv", LEAD_COLUMNS, (lead.row for lead in world.leads))
    save(folder / "jobs.csv", JOB_COLUMNS, (job_row(job) for job in world.jobs))
    save(folder / "customers.csv", CUSTOMER_COLUMNS, (customer_row(world, a) for a in world.accounts))
    pair = ["lead_id", "job_id"]
    save(
        folder / "truth.csv",
        pair,
        ({"lead_id": job.lead.row["Lead ID"], "job_id": str(job.number)} for job in world.jobs if job.lead),
    )
    save(
        folder / "lead_groups.csv",
        ["lead_id", "group_id"],
        ({"lead_id": lead.row["Lead ID"], "group_id": lead.group} for lead in world.leads if lead.group),
    )
    save(
        folder / "ambiguous.csv",
        pair,
        ({"lead_id": lead.row["Lead ID"], "job_id": str(job.number)} for lead, job in world.unsure),
    )


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the office's requests, jobs, customers and the true links into a folder."""
    world = World(seed, leads)
    make_history(world)
    send_requests(world)
    take_calls(world)
    plan_visits(world)
    add_lookalikes(world)
    add_unsure(world)
    number_files(world)
    save_all(world, folder)
