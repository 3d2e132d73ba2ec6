"""Generate requests and jobs of Cumberland Door & Drain, a made-up company around Nashville, Tennessee.

The office fixes garage doors, pipes and drains. It bought Mill Creek Garage Doors and later Stones River Plumbing.
Darlene files in capitals, Kayleigh takes most web requests, Marcus is hurried, Tonya runs the Murfreesboro office.
An answering service takes night calls. Both bought companies left old customer records and old jobs.
A marketing tool collects forms, chats and texts of three websites, in UTC. The job export is in local time.
True: the first visit booked because of a request, the install after its estimate, the return with a part.
Only the first of repeated submissions holds the jobs; lead_groups.csv lists the repeats.
Not true: plan visits, later calls, canceled jobs, free callbacks, imported history.
Hard: two records of one person, old phones, spouses, landlords, managers with many units, sold houses,
relatives next door, web customers filed as phone calls, slow answers after a freeze, jobs cut off at the export date.
Ambiguous: a chat with a bare first name, a call months later, a call just before the form.
"""

import csv
import json
import random
import string
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
# All times are the office's wall clock; the zone is a formality.
LONG_AGO, FIRST_DAY = datetime.min.replace(tzinfo=UTC), datetime(2020, 1, 2, tzinfo=UTC)
BRANDS = ("Cumberland Door & Drain", "Mill Creek Garage Doors", "Stones River Plumbing")
SITES = ("cumberlanddoordrain.example", "millcreekdoors.example", "stonesriverplumbing.example")
MONTHS = (10, 9, 9, 8, 9, 9, 9, 8, 8, 8, 8, 9)
HOURS = (1, 1, 1, 1, 1, 3, 6, 10, 13, 13, 12, 11, 11, 10, 10, 9, 9, 9, 8, 8, 7, 6, 4, 2)
WEEKDAYS = (1.25, 1.15, 1.05, 1.0, 1.0, 0.75, 0.65)


@dataclass(eq=False)
class Person:
    """Hold one person with the contacts he or she uses."""

    first: str
    last: str
    phone: str
    email: str


@dataclass(frozen=True)
class Place:
    """Hold one postal address; `kind` is the street's type, spelled out."""

    number: int
    street: str
    kind: str
    unit: str
    town: str
    zip: str


@dataclass(eq=False)
class Client:
    """Hold one customer record of the office's software."""

    key: str
    name: str
    company: str
    phone: str
    phone2: str
    email: str
    billing: str
    created: datetime
    source: str
    notes: str


@dataclass(eq=False)
class Home:
    """Hold one household or firm, with its records and requests."""

    people: list[Person]
    place: Place
    since: datetime
    firm: str = ""
    owner: "Home | None" = None
    clients: list[Client] = field(default_factory=list)
    asks: list["Ask"] = field(default_factory=list)
    units: list[Place] = field(default_factory=list)
    busy: datetime = LONG_AGO
    gone: bool = False


@dataclass(eq=False)
class Ask:
    """Hold one need a household wrote in about; `place` needs the work, `shown` is what the form names."""

    when: datetime
    home: Home
    person: Person
    service: str
    problem: dict[str, list[str]]
    place: Place
    shown: Place
    rows: list[dict[str, str]] = field(default_factory=list)
    last: datetime = LONG_AGO
    first: datetime | None = None


@dataclass(eq=False)
class Job:
    """Hold one job; `ask` is the request it came from, `maybe` a request no one can be sure about."""

    created: datetime
    client: Client
    place: Place
    clerk: str
    kind: str
    total: float
    text: str
    notes: str
    source: str
    status: str = "Done"
    sub: str = ""
    wait: float = 1.0
    ask: Ask | None = None
    maybe: Ask | None = None
    prev: "Job | None" = None
    key: str = ""


class World:
    """Hold the office: its clock, its people and everything written so far."""

    def __init__(self, seed: int, leads: int) -> None:
        self.rng = random.Random(f"cumberland-{seed}")
        self.leads = leads
        span = min(1950, max(60, round(leads * 0.6)))
        self.start = datetime(2020, 5, 15, tzinfo=UTC) + timedelta(days=self.rng.randrange(1956 - span + 1))
        self.end = self.start + timedelta(days=span)
        self.export = self.end + timedelta(days=12)
        self.bought = (self.start, self.moment(0.12, 0.3), self.moment(0.45, 0.65))
        self.surges = self.find_surges(span)
        self.days = [self.start + timedelta(days=d) for d in range(span)]
        self.weights = [self.day_weight(d) for d in self.days]
        self.towns = self.pick_streets()
        self.services = self.pick_texts()
        self.phones: set[str] = set()
        self.places: list[Home] = []
        self.pool: list[Home] = []
        self.firms: list[Home] = []
        self.rows: list[tuple[datetime, dict[str, str]]] = []
        self.groups: list[list[dict[str, str]]] = []
        self.jobs: list[Job] = []
        self.clients: list[Client] = []
        self.keys: set[str] = set()
        self.own_key = self.rng.randrange(8000, 16000)
        self.slack = round(leads * 0.002)

    def moment(self, low: float, high: float) -> datetime:
        """Pick a time between two shares of the time span."""
        return self.start + (self.end - self.start) * self.rng.uniform(low, high)

    def find_surges(self, span: int) -> set[date]:
        """Pick freeze weeks in winter and storm weeks in spring."""
        days: set[date] = set()
        for year in range(self.start.year, (self.start + timedelta(days=span)).year + 1):
            for month in (self.rng.choice((1, 2, 12)), self.rng.choice((3, 4, 5))):
                first = date(year, month, self.rng.randint(1, 24))
                days.update(first + timedelta(days=d) for d in range(self.rng.randint(3, 6)))
        return days

    def day_weight(self, day: datetime) -> float:
        """Weigh a day by month, weekday and weather."""
        return MONTHS[day.month - 1] * WEEKDAYS[day.weekday()] * (2.4 if day.date() in self.surges else 1)

    def pick_streets(self) -> list[dict[str, Any]]:
        """Choose this seed's streets of every town."""
        towns = []
        for town in POOLS["towns"]:
            local = self.rng.sample(town["streets"], max(3, round(len(town["streets"]) * 0.7)))
            streets = [tuple(name.rsplit(" ", 1)) for name in local]
            for _ in range(14 + town["weight"] * 2):
                pair = self.rng.choice(POOLS["street_a"]), self.rng.choice(POOLS["street_b"])
                streets.append(
                    (
                        " ".join(pair) if self.rng.random() < 0.5 else pair[0] + pair[1].lower(),
                        self.rng.choice(POOLS["street_kinds"]),
                    )
                )
            towns.append({**town, "streets": streets})
        return towns

    def pick_texts(self) -> dict[str, dict[str, Any]]:
        """Choose this seed's share of every service's problems."""
        services = {}
        for name, spec in POOLS["services"].items():
            problems = self.rng.sample(spec["problems"], len(spec["problems"]) - 1)
            services[name] = {**spec, "problems": problems, "weight": spec["weight"] * self.rng.uniform(0.7, 1.4)}
        return services

    def choose_time(self) -> datetime:
        """Pick the time of a request."""
        day = self.rng.choices(self.days, self.weights)[0]
        return day + timedelta(hours=self.rng.choices(range(24), HOURS)[0], seconds=self.rng.randrange(3600))

    def chance(self, share: float) -> bool:
        """Decide with the given probability."""
        return self.rng.random() < share


# ---------------------------------------------------------------- people and places


def new_phone(world: World) -> str:
    """Pick an unused ten-digit number with 555 in the middle."""
    near = world.chance(0.58)
    while True:
        number = f"{world.rng.choice(POOLS['codes_near' if near else 'codes_far'])}555{world.rng.randrange(10000):04d}"
        if number not in world.phones:
            world.phones.add(number)
            return number
        near = near and world.chance(0.8)


def new_email(world: World, first: str, last: str) -> str:
    """Make an address from a name."""
    one, two = (letters(part).lower() for part in (first, last))
    digits = str(world.rng.randrange(1, 999)) if world.chance(0.55) else ""
    base = world.rng.choice(
        (
            f"{one}.{two}",
            f"{one}{two}",
            f"{one[:1]}{two}",
            f"{two}{one[:1]}",
            f"{one}_{two}",
            f"{two}family",
            f"{one}{world.rng.choice(POOLS['street_a']).lower()}",
        )
    )
    return f"{base}{digits}@{world.rng.choice(POOLS['mail'])}"


def letters(text: str) -> str:
    """Keep only the letters of a text."""
    return "".join(c for c in text if c.isalpha())


def new_person(world: World, last: str = "") -> Person:
    """Make one adult."""
    first = world.rng.choice(POOLS[world.rng.choice(("women", "men"))])
    names = POOLS["surnames"]
    last = last or names[min(int(world.rng.expovariate(1 / 90)), world.rng.randrange(len(names) // 2, len(names)))]
    return Person(first, last, new_phone(world), new_email(world, first, last))


def new_place(world: World) -> Place:
    """Make one address in the service area."""
    town = world.rng.choices(world.towns, [t["weight"] for t in world.towns])[0]
    street, kind = world.rng.choice(town["streets"])
    unit = f"{world.rng.choice(('Apt ', 'Unit ', '#'))}{world.rng.randrange(1, 320)}" if world.chance(0.07) else ""
    number = world.rng.randrange(100, 9900 if kind in ("Pike", "Road", "Highway") else 2900)
    return Place(number, street, kind, unit, town["name"], world.rng.choice(town["zips"]))


def new_home(world: World, since: datetime) -> Home:
    """Make a household; some buy a known house, some live next to relatives."""
    place, last = new_place(world), ""
    if world.places and world.chance(0.03):
        other = world.rng.choice(world.places)
        if world.chance(0.5) and other.clients and not other.asks and not other.gone and other.since < since:
            place, other.gone = other.place, True
        else:
            place = replace(other.place, number=other.place.number + world.rng.choice((2, 4, 8)))
            last = other.people[0].last
    people = [new_person(world, last)]
    if world.chance(0.62):
        mate = new_person(world, people[0].last if world.chance(0.85) else "")
        if world.chance(0.2):
            mate.email = people[0].email
        people.append(mate)
    home = Home(people, place, since)
    world.places.append(home)
    return home


def new_firm(world: World, name: str) -> Home:
    """Make a property manager or business with several addresses."""
    domain = letters(name.lower())[:14] + ".example"
    people = [new_person(world) for _ in range(world.rng.randint(1, 3))]
    line = new_phone(world)
    for person in people:
        person.email = f"{person.first[0]}{letters(person.last)}@{domain}".lower()
        person.phone = line if world.chance(0.4) else person.phone
    firm = Home(people, new_place(world), world.start, firm=name)
    managed = world.rng.randint(6, 25) if "Rent" in name or "Propert" in name or "Manage" in name else 3
    firm.units = [new_place(world) for _ in range(managed)]
    return firm


# ---------------------------------------------------------------- spelling


def misspell(world: World, text: str) -> str:
    """Swap, drop, double or replace one letter or digit."""
    spots = [i for i, c in enumerate(text) if c.isalnum()]
    if len(spots) < 3:
        return text
    i = world.rng.choice(spots[1:-1])
    other = str(world.rng.randrange(10)) if text[i].isdigit() else world.rng.choice(string.ascii_lowercase)
    forms = [text[:i] + text[i + 1] + text[i] + text[i + 2 :], text[:i] + other + text[i + 1 :]]
    if not text[i].isdigit():
        forms += [text[:i] + text[i + 1 :], text[:i] + text[i] + text[i:]]
    return world.rng.choice(forms)


def street_line(place: Place, short: bool, unit: bool = True) -> str:
    """Spell a street, short or long."""
    kind = POOLS["abbr"].get(place.kind, place.kind) if short else place.kind
    name = place.street
    if short:
        name = name.replace("North ", "N ").replace("South ", "S ").replace("West ", "W ").replace("East ", "E ")
    return f"{place.number} {name} {kind}" + (f" {place.unit}" if unit and place.unit else "")


def town_name(world: World, place: Place, share: float) -> str:
    """Name a town, with the given share of other spellings."""
    town = next((t for t in world.towns if t["name"] == place.town), None)
    return world.rng.choice(town["aliases"]) if town and world.chance(share) else place.town


def short_name(first: str) -> str:
    """Give a first name's common short form."""
    return str(POOLS["nicknames"].get(first, first))


def set_case(text: str, case: str) -> str:
    """Write a text in a clerk's habit."""
    return text.upper() if case == "upper" else text.lower() if case == "lower" else text


def clerk_phone(world: World, clerk: str, phone: str) -> str:
    """Write a phone in a clerk's habit."""
    habit = POOLS["clerks"][clerk]
    if world.chance(habit["typo"]):
        phone = misspell(world, phone)
    return str(habit["phone"]).format(phone[:3], phone[3:6], phone[6:])


def fill(world: World, text: str) -> str:
    """Fill the blanks of a text."""
    rng = world.rng
    return text.format(
        age=rng.randint(6, 48),
        size=rng.choice(("16x7", "single", "double", "two car", "9x7", "18x8")),
        room=rng.choice(("basement", "garage", "laundry room", "utility room")),
        gal=rng.choice((40, 50, 75)),
        bath=rng.choice(("hall bath", "master bath", "upstairs bath", "guest bath", "half bath")),
        day=rng.choice(("Monday", "Tuesday", "Thursday", "Friday", "Saturday", "tomorrow", "this week")),
        since=rng.choice(("Sunday", "Monday", "Wednesday", "last night", "yesterday", "the storm")),
        hour=rng.choice(("3", "4:30", "5pm", "noon")),
        code=f"{rng.randrange(10000):04d}",
        prev="{prev}",
    )


# ---------------------------------------------------------------- requests


def message(world: World, ask: Ask, chat: bool) -> str:
    """Write what the customer typed."""
    if world.chance(0.05):
        return ""
    if world.chance(0.06):
        return str(world.rng.choice(POOLS["vague"]))
    parts = [world.rng.choice(POOLS["greet"])] if world.chance(0.25) else []
    parts.append(world.rng.choice(ask.problem["asks"]))
    if world.chance(0.35):
        parts.append(world.rng.choice(POOLS["detail"]))
    if ask.home.firm or (ask.place != ask.shown and world.chance(0.7)):
        parts.append(f"The property is {street_line(ask.place, world.chance(0.5))}.")
    elif chat and world.chance(0.3):
        parts.append(f"I'm at {street_line(ask.shown, world.chance(0.6))}.")
    if world.chance(0.45):
        parts.append(world.rng.choice(POOLS["close"]))
    text = fill(world, " ".join(parts))
    if world.chance(0.05):
        text = misspell(world, text)
    return text.lower() if world.chance(0.12) else text


def typed_name(world: World, person: Person) -> str:
    """Write a name as its owner types it."""
    first = short_name(person.first) if world.chance(0.25) else person.first
    last = misspell(world, person.last) if world.chance(0.008) else person.last
    text = first if world.chance(0.03) else f"{first} {last}"
    return text.lower() if world.chance(0.1) else text.upper() if world.chance(0.03) else text


def typed_street(world: World, place: Place) -> str:
    """Write a street as a visitor types it."""
    text = street_line(place, world.chance(0.6), unit=world.chance(0.85))
    if world.chance(0.02):
        text = misspell(world, text)
    return text.lower() if world.chance(0.15) else text


def choose_brand(world: World, ask: Ask) -> int:
    """Choose the website the visitor came from."""
    door = world.services[ask.service]["side"] == "door"
    if door and ask.when > world.bought[1] and world.chance(0.3):
        return 1
    return 2 if not door and ask.when > world.bought[2] and world.chance(0.35) else 0


def choose_label(world: World, service: str, brand: int) -> str:
    """Choose the service as the visitor clicks it."""
    if world.chance(0.07):
        return "Other / Not Sure"
    name = world.rng.choice(list(world.services)) if world.chance(0.05) else service
    return str(world.services[name]["labels"][brand])


def blank_row(world: World, when: datetime, channel: str, brand: int) -> dict[str, str]:
    """Start a row with what the tool knows by itself."""
    sources = POOLS["lead_sources"]
    source, medium, _ = world.rng.choices(sources, [s[2] for s in sources])[0]
    page = world.rng.choice(("/", "/contact", "/request-service", "/specials", "/service-area"))
    row = {
        "Lead ID": "",
        "Lead Type": channel,
        "Date Created": "",
        "Profile": BRANDS[brand],
        "Lead Source": source,
        "Lead Medium": medium,
        "Landing Page": SITES[brand] + page,
        "Contact Name": "",
        "Contact Phone Number": "",
        "Contact Email Address": "",
        "Street Address": "",
        "City": "",
        "State": "",
        "ZIP Code": "",
        "Service Needed": "",
        "Message": "",
        "Lead Status": "Unique",
        "Quotable": "Not Set",
    }
    world.rows.append((when, row))
    return row


def add_row(world: World, ask: Ask, when: datetime, channel: str, person: Person) -> dict[str, str]:
    """Write one submission of a request."""
    brand = choose_brand(world, ask) if channel == "Web Form" else 0
    row = blank_row(world, when, channel, brand)
    form, chat = channel == "Web Form", channel == "Chat"
    phone = misspell(world, person.phone) if world.chance(0.012) else person.phone
    email = misspell(world, person.email) if world.chance(0.012) else person.email
    row["Contact Name"] = typed_name(world, person)
    if not chat or world.chance(0.92):
        row["Contact Phone Number"] = "+1" + phone
    if world.chance(0.96 if form else 0.68 if chat else 0.25):
        row["Contact Email Address"] = email.title() if world.chance(0.02) else email
    if (form and brand != 1 and world.chance(0.72 if brand == 0 else 0.87)) or (not form and world.chance(0.3)):
        row["Street Address"] = typed_street(world, ask.shown)
    if form or row["Street Address"]:
        row["City"] = town_name(world, ask.shown, 0.12) if world.chance(0.9) else ""
        row["State"] = "TN"
        row["ZIP Code"] = ask.shown.zip if world.chance(0.93) else ""
    row["Service Needed"] = choose_label(world, ask.service, brand) if form else ""
    row["Message"] = message(world, ask, not form)
    row["Quotable"] = world.rng.choice(("Not Set", "Yes", "Yes"))
    ask.rows.append(row)
    ask.last = max(ask.last, when)
    return row


def add_repeat(world: World, ask: Ask) -> None:
    """Send the same request again: double click, second channel, spouse or reminder."""
    first, kind = ask.rows[0], world.rng.random()
    if kind < 0.4:
        ask.last = ask.when + timedelta(seconds=world.rng.randint(4, 400))
        row = dict(first)
        world.rows.append((ask.last, row))
        ask.rows.append(row)
    elif kind < 0.65:
        later = ask.when + timedelta(minutes=world.rng.randint(6, 600))
        row = add_row(world, ask, later, "Chat" if first["Lead Type"] != "Chat" else "Web Form", ask.person)
    elif kind < 0.8 and len(ask.home.people) > 1 and not ask.home.firm:
        mate = next(p for p in ask.home.people if p is not ask.person)
        row = add_row(world, ask, ask.when + timedelta(hours=world.rng.uniform(0.3, 30)), "Web Form", mate)
        row["Message"] = (row["Message"] + " " + world.rng.choice(POOLS["spouse_again"])).strip()
    else:
        later = ask.when + timedelta(hours=world.rng.uniform(16, 80))
        row = add_row(world, ask, later, first["Lead Type"], ask.person)
        row["Message"] = world.rng.choice(POOLS["again"])
    row["Lead Status"] = "Repeat"
    world.groups.append(ask.rows)


def choose_service(world: World, when: datetime, cold: bool) -> str:
    """Choose a need by season and weather."""
    weights = [
        s["weight"] * s["months"][when.month - 1] * (4 if cold and n == "leak" else 1)
        for n, s in world.services.items()
    ]
    return world.rng.choices(list(world.services), weights)[0]


def choose_problem(world: World, service: str, when: datetime) -> dict[str, list[str]]:
    """Choose what is wrong; nothing freezes in summer."""
    problems: list[dict[str, list[str]]] = world.services[service]["problems"]
    if 4 <= when.month <= 10:
        problems = [p for p in problems if "froze" not in p["asks"][0]]
    return world.rng.choice(problems)


def choose_home(world: World, when: datetime) -> Home:
    """Choose who writes in: known household, firm or a new person."""
    draw = world.rng.random()
    pool = world.firms if draw < 0.015 else world.pool if draw < 0.22 else []
    for home in world.rng.sample(pool, min(4, len(pool))):
        settled = all(a.first for a in home.asks) or world.chance(0.08)
        if settled and home.since + timedelta(days=25) < when and home.busy < when and not home.gone:
            return home
    home = new_home(world, when)
    if world.chance(0.05):
        home.owner = next(
            (h for h in world.rng.sample(world.pool, min(3, len(world.pool))) if not h.asks), None
        ) or new_home(world, when)
    world.pool.append(home)
    return home


def new_ask(world: World, when: datetime) -> Ask:
    """Make the need behind one request."""
    home = choose_home(world, when)
    service = choose_service(world, when, when.date() in world.surges)
    if world.chance(0.015) and home.clients and not home.owner and not home.firm:
        home.place = new_place(world)
    place = shown = home.place
    if home.firm:
        place = world.rng.choice(home.units)
        shown = place if world.chance(0.6) else home.place
    elif not home.owner and world.chance(0.03):
        place = new_place(world)
        shown = place if world.chance(0.45) else home.place
    person = home.people[0] if len(home.people) == 1 or world.chance(0.66) else world.rng.choice(home.people[1:])
    ask = Ask(when, home, person, service, choose_problem(world, service, when), place, shown, last=when)
    home.asks.append(ask)
    return ask


def add_junk(world: World, when: datetime) -> list[dict[str, str]]:
    """Write spam, job seekers, wrong trades and requests from far away."""
    kind = world.rng.choices(("spam", "vendor", "wrong", "far"), (25, 9, 15, 24))[0]
    row = blank_row(world, when, "Chat" if world.chance(0.12) else "Web Form", 0)
    person, place = new_person(world), new_place(world)
    row |= {
        "Contact Name": f"{person.first} {person.last}",
        "Contact Phone Number": "+1" + person.phone,
        "Contact Email Address": person.email,
        "City": place.town,
        "State": "TN",
        "ZIP Code": place.zip,
        "Service Needed": "Other / Not Sure",
        "Quotable": world.rng.choice(("No", "No", "Not Set")),
    }
    if kind == "far":
        town, state, code = world.rng.choice(POOLS["far_towns"])
        row |= {"Street Address": street_line(place, short=True), "City": town, "State": state, "ZIP Code": code}
        name = choose_service(world, when, cold=False)
        row["Service Needed"] = choose_label(world, name, 0)
        text = world.rng.choice(choose_problem(world, name, when)["asks"])
    else:
        text = world.rng.choice(POOLS[kind])
        if kind == "spam" and world.chance(0.3):
            row["Contact Name"] = "".join(world.rng.choices(string.ascii_letters, k=9)) + " Smithson"
    row["Message"] = fill(world, text)
    return [row]


def fill_requests(world: World) -> None:
    """Write all requests in time order, each with the jobs it caused."""
    repeats = round(world.leads * 0.05)
    times = sorted(world.choose_time() for _ in range(world.leads - repeats))
    again = set(world.rng.sample(range(len(times)), repeats))
    for index, when in enumerate(times):
        if index not in again and world.chance(0.075):
            add_junk(world, when)
            continue
        if index not in again and world.chance(0.0025):
            add_nameless(world, when)
            continue
        ask = new_ask(world, when)
        add_row(world, ask, when, world.rng.choices(("Web Form", "Chat", "Text Message"), (84, 11, 5))[0], ask.person)
        if index in again:
            add_repeat(world, ask)
        answer(world, ask)


def add_nameless(world: World, when: datetime) -> None:
    """Write a chat with a bare first name, and a call by someone of that name soon after."""
    ask = new_ask(world, when)
    row = add_row(world, ask, when, "Chat", ask.person)
    row |= {
        "Contact Name": short_name(ask.person.first),
        "Contact Phone Number": "",
        "Contact Email Address": "",
        "Street Address": "",
    }
    row["Message"] = fill(world, world.rng.choice(ask.problem["asks"]))
    created, clerk = book(world, when + timedelta(hours=1), 0.5, ask.place)
    add_job(world, ask.home, ask.person, ask.place, ask.service, created=created, clerk=clerk, maybe=ask)
    ask.first, ask.home.busy = created, created


# ---------------------------------------------------------------- jobs


def book(world: World, when: datetime, urgent: float, place: Place) -> tuple[datetime, str]:
    """Choose when the office enters a job, and who does."""
    draw, slow = world.rng.random(), 2.5 if when.date() in world.surges else 1.3 if when.month in (1, 4, 5) else 1.0
    closed = when.hour < 7 or when.hour >= 18 or when.weekday() == 6
    if closed and world.chance(urgent * 0.45):
        return when + timedelta(minutes=world.rng.randint(4, 45)), "AnswerSvc"
    if draw < 0.55:
        hours = world.rng.uniform(0.07, 1.6)
    elif draw < 0.8:
        hours = world.rng.uniform(1.5, 9)
    elif draw < 0.8 + 0.12 * (1 + urgent):
        hours = world.rng.uniform(9, 72)
    else:
        hours = world.rng.uniform(60, 60 + 500 * (1.1 - urgent))
    created = office_time(world, when + timedelta(hours=hours * slow))
    south = any(t["name"] == place.town and t["branch"] == "Murfreesboro" for t in world.towns)
    tonya = 60 if south and created > world.bought[2] else 0
    return created, world.rng.choices(("Kayleigh", "Darlene", "Marcus", "Tonya"), (52, 26, 20, tonya))[0]


def office_time(world: World, when: datetime) -> datetime:
    """Move a time into office hours."""
    close = 13 if when.weekday() == 5 else 18
    if when.weekday() == 6 or when.hour >= close:
        when = (when + timedelta(days=1)).replace(hour=7, minute=30)
        when += timedelta(days=1 if when.weekday() == 6 else 0, minutes=world.rng.randrange(150))
    elif when.hour < 7 or (when.hour == 7 and when.minute < 30):
        when = when.replace(hour=7, minute=30) + timedelta(minutes=world.rng.randrange(120))
    return when


def client_name(world: World, clerk: str, home: Home, person: Person) -> str:
    """Write a customer's name in a clerk's habit."""
    habit = POOLS["clerks"][clerk]
    first = short_name(person.first) if world.chance(0.16 if clerk != "Marcus" else 0.4) else person.first
    last = misspell(world, person.last) if world.chance(habit["typo"]) else person.last
    mate = next((p for p in home.people if p is not person and p.last == person.last), None)
    if mate and world.chance(habit["couple"]):
        first = f"{first} & {short_name(mate.first)}"
    if clerk == "Marcus" and world.chance(0.04):
        return last.lower()
    forms = {"last, first": f"{last}, {first}", "last first": f"{last} {first}", "first last": f"{first} {last}"}
    return set_case(forms[habit["order"]], habit["case"])


def new_client(
    world: World, home: Home, person: Person, place: Place, *, clerk: str, when: datetime, source: str
) -> Client:
    """Open a customer record."""
    habit = POOLS["clerks"][clerk]
    mates = [p for p in home.people if p is not person]
    name = person if not mates or world.chance(0.93) else world.rng.choice(mates)
    phones = [person.phone, *(p.phone for p in mates)]
    phone = new_phone(world) if world.chance(0.04) else phones[-1] if world.chance(0.08) else phones[0]
    second = next((p for p in phones if p != phone), "") if world.chance(0.28) else ""
    email = person.email if world.chance(habit["email"]) else ""
    email = misspell(world, email) if email and world.chance(habit["typo"]) else email
    note = f"alt ph {world.rng.choice(('work', 'wife', 'husband', 'cell'))}" if second and world.chance(0.3) else ""
    bill = home.place if home.firm or not home.owner else place
    billing = (
        f"{street_line(bill, world.chance(0.6))}, {town_name(world, bill, 0.12)}, TN {bill.zip}"
        if world.chance(0.9)
        else ""
    )
    world.own_key += world.rng.choice((1, 1, 1, 2, 3))
    key = {"IMPORT MC": f"MC{world.own_key % 10000:04d}", "IMPORT SR": f"SR-{world.own_key:05d}"}.get(
        clerk, str(world.own_key)
    )
    while key in world.keys:
        key += "A"
    world.keys.add(key)
    shown = home.firm or client_name(world, clerk, home, name)
    client = Client(
        key,
        shown,
        home.firm,
        clerk_phone(world, clerk, phone),
        clerk_phone(world, clerk, second) if second else "",
        set_case(email, habit["case"]),
        set_case(billing, habit["case"]),
        when,
        source,
        note,
    )
    home.clients.append(client)
    world.clients.append(client)
    return client


def find_client(
    world: World, home: Home, person: Person, place: Place, *, clerk: str, when: datetime, source: str
) -> Client:
    """Take the customer's record, the landlord's, or open another one."""
    payer, caller = home, person
    if home.owner and world.chance(0.7):
        payer, caller = home.owner, home.owner.people[0]
    if payer.clients and (payer.firm or world.chance(0.88)):
        client = payer.clients[-1] if world.chance(0.85) else world.rng.choice(payer.clients)
        if not client.email and world.chance(0.35):
            client.email = caller.email
        if not client.phone2 and world.chance(0.25) and caller.phone[-4:] not in client.phone:
            client.phone2 = clerk_phone(world, clerk, caller.phone)
    else:
        client = new_client(world, payer, caller, place, clerk=clerk, when=when, source=source)
    if payer is not home and not client.phone2 and world.chance(0.5):
        client.phone2 = clerk_phone(world, clerk, person.phone) + " tenant"
    return client


def add_job(
    world: World,
    home: Home,
    person: Person,
    place: Place,
    service: str,
    *,
    created: datetime,
    clerk: str,
    ask: Ask | None = None,
    maybe: Ask | None = None,
    step: dict[str, Any] | None = None,
    prev: Job | None = None,
) -> Job:
    """Enter one job: a first visit, or a follow-up step of an earlier job."""
    habit, spec, rng = POOLS["clerks"][clerk], world.services[service], world.rng
    web = ask is not None or (maybe is not None and maybe.when < created and world.chance(0.5))
    known = bool(home.clients)
    source = rng.choice(habit["source"] if web and world.chance(0.8) else POOLS["walk_sources"])
    client = prev.client if prev else find_client(world, home, person, place, clerk=clerk, when=created, source=source)
    if known and world.chance(0.5):
        source = client.source if world.chance(0.5) else "Repeat Customer"
    source = client.source if clerk.startswith("IMPORT") else source
    cause = ask or maybe
    problem = cause.problem if cause else choose_problem(world, service, created)
    text = fill(world, rng.choice(step["short"] if step else problem["short"]))
    if web and not step and world.chance(0.3) and ask and ask.rows[0]["Message"]:
        text = ask.rows[0]["Message"][: rng.choice((60, 120, 400))].replace("{", "(")
    text = (rng.choice(habit["prefix"]) if web and not step else "") + set_case(text, habit["case"])
    if home.firm or home.owner or person.last.lower() not in client.name.lower():
        extra = f" {rng.choice(('call', 'ask for', 'meet', 'contact'))} {short_name(person.first)} {person.phone}"
        text += extra if world.chance(0.55) else ""
    kind = step["type"] if step else rng.choices(spec["types"], range(len(spec["types"]) + 2, 2, -1))[0]
    low, high = (step or spec)["price"]
    total = round(rng.triangular(low, high, low + (high - low) * 0.3), 2) if high else 0.0
    wait = rng.expovariate(1 / (0.7 + 4 * (1 - spec["urgent"]))) if not step else rng.uniform(0.2, 9)
    notes = "" if world.chance(0.3) or step else fill(world, rng.choice(problem["notes"]))
    job = Job(
        created,
        client,
        place,
        clerk,
        kind,
        total,
        text.replace("{PREV}", "{prev}"),
        notes,
        source,
        wait=wait,
        ask=ask,
        maybe=maybe,
        prev=prev,
    )
    job.sub = "Estimate given" if not step and not total else ""
    if step is None and total and world.chance(0.08):
        job.total, job.sub = rng.choice((0.0, 49.0, 79.0)), "Diag only"
    world.jobs.append(job)
    return job


def cancel(world: World, job: Job) -> None:
    """Turn a job into a canceled one."""
    job.status, job.total, job.ask, job.notes = "Canceled", 0.0, None, ""
    job.sub = world.rng.choice(POOLS["cancel"])


def answer(world: World, ask: Ask) -> None:
    """Decide what became of a request."""
    draw, home = world.rng.random(), ask.home
    urgent = world.services[ask.service]["urgent"]
    if draw < 0.004 and not home.clients and len(ask.rows) == 1:
        created = ask.when - timedelta(minutes=world.rng.randint(3, 40))
        add_job(world, home, ask.person, ask.place, ask.service, created=created, clerk="Kayleigh", maybe=ask)
        ask.first, home.busy = created, ask.when
        return
    created, clerk = book(world, ask.last, urgent, ask.place)
    if draw > 0.6 and not home.firm:
        if draw > 0.97:
            cancel(world, add_job(world, home, ask.person, ask.place, ask.service, created=created, clerk=clerk))
        elif draw > 0.965:
            late = office_time(world, ask.when + timedelta(days=world.rng.randint(120, 270)))
            add_job(world, home, ask.person, ask.place, ask.service, created=late, clerk="Darlene", maybe=ask)
            ask.first = home.busy = late
        return
    if world.chance(0.04):
        cancel(world, add_job(world, home, ask.person, ask.place, ask.service, created=created, clerk=clerk))
        created = office_time(world, created + timedelta(days=world.rng.uniform(0.2, 6)))
    if created > world.export:
        return
    ask.first = created
    for row in ask.rows:
        row["Quotable"] = "Yes" if world.chance(0.6) else row["Quotable"]
    job = add_job(world, home, ask.person, ask.place, ask.service, created=created, clerk=clerk, ask=ask)
    home.busy = follow_up(world, ask.home, ask.person, ask.service, job, ask=ask)


def follow_up(world: World, home: Home, person: Person, service: str, job: Job, *, ask: Ask | None) -> datetime:
    """Add installs and return visits after a first visit; give the time of the last one."""
    for index, step in enumerate(world.services[service]["follow"]):
        needs_install = index > 0 and service in ("gd_new", "repipe") and job.prev is None
        if needs_install or not world.chance(step["p"]):
            continue
        visit = max(job.created + timedelta(days=job.wait), job.created)
        created = office_time(world, visit + timedelta(days=world.rng.uniform(*step["lag"])))
        clerk = job.clerk if world.chance(0.5) else world.rng.choice(("Darlene", "Kayleigh", "Marcus"))
        clerk = "Darlene" if clerk == "AnswerSvc" else clerk
        job = add_job(
            world, home, person, job.place, service, created=created, clerk=clerk, ask=ask, step=step, prev=job
        )
    return job.created


# ---------------------------------------------------------------- everything without a request


def fill_history(world: World) -> None:
    """Make firms, old customers, and the records the bought companies left."""
    names = world.rng.sample(POOLS["firms"], min(len(POOLS["firms"]), 4 + world.leads // 250))
    for name in names:
        firm = new_firm(world, name)
        new_client(world, firm, firm.people[0], firm.place, clerk="Darlene", when=world.start, source="Referral")
        world.firms.append(firm)
    for _ in range(round(world.leads * 0.35)):
        import_home(world, world.rng.choice((1, 2)))
    early = max(FIRST_DAY, world.start - timedelta(days=300))
    for _ in range(round(world.leads * 0.6)):
        since = office_time(world, early + (world.end - early) * world.rng.random())
        home = new_home(world, since)
        service = choose_service(world, since, since.date() in world.surges)
        created, clerk = book(world, since, 0.9, home.place)
        job = add_job(world, home, home.people[0], home.place, service, created=created, clerk=clerk)
        home.since = max(follow_up(world, home, home.people[0], service, job, ask=None), created)
        world.pool.append(home)


def import_home(world: World, brand: int) -> None:
    """Make a customer of a bought company with its old jobs."""
    early, clerk = max(FIRST_DAY, world.start - timedelta(days=500)), ("", "IMPORT MC", "IMPORT SR")[brand]
    side = ("", "door", "plumb")[brand]
    names = [n for n, s in world.services.items() if s["side"] == side]
    late = world.bought[brand] - timedelta(days=1)
    home = new_home(world, late)
    when = early + (late - early) * world.rng.random()
    source = world.rng.choice(POOLS["clerks"][clerk]["source"])
    new_client(world, home, home.people[0], home.place, clerk=clerk, when=when, source=source)
    if world.chance(0.15):
        home.people[0].phone = new_phone(world)
    for _ in range(world.rng.choices((0, 1, 2), (35, 50, 15))[0]):
        day = (when + (late - when) * world.rng.random()).replace(hour=0, minute=0, second=0, microsecond=0)
        job = add_job(world, home, home.people[0], home.place, world.rng.choice(names), created=day, clerk=clerk)
        job.client, job.wait, job.notes = home.clients[0], 0.0, ""
    world.pool.append(home)


def allowed(world: World, home: Home, when: datetime) -> bool:
    """Keep calls that no request caused from being first after a request, except for some."""
    if home.gone or when > world.export:
        return False
    if all(a.when > when or (a.first is not None and a.first < when) for a in home.asks):
        return True
    if world.slack > 0 and world.chance(0.03):
        world.slack -= 1
        return True
    return False


def fill_background(world: World) -> None:
    """Add later calls, plan visits, callbacks and the firms' own calls."""
    for _ in range(round(world.leads * 0.42)):
        later_call(world, world.rng.choice(world.pool))
    for _ in range(round(world.leads * 0.1)):
        later_call(world, world.rng.choice(world.firms))
    for home in world.rng.sample(world.pool, round(len(world.pool) * 0.07)):
        plan_visits(world, home)
    owners = {id(c): h for h in [*world.pool, *world.firms] for c in h.clients}
    for job in list(world.jobs):
        owner = owners.get(id(job.client))
        if owner and job.status == "Done" and not job.clerk.startswith("IMPORT") and world.chance(0.03):
            callback(world, owner, job)


def later_call(world: World, home: Home) -> None:
    """Add an unrelated call of a known customer."""
    begin = max(home.since, home.clients[0].created if home.clients else home.since) + timedelta(days=14)
    when = world.choose_time()
    if when < begin or not home.clients or not allowed(world, home, when):
        return
    place = world.rng.choice(home.units) if home.units else home.place
    service = choose_service(world, when, when.date() in world.surges)
    created, clerk = book(world, when, world.services[service]["urgent"], place)
    if not allowed(world, home, created):
        return
    person = world.rng.choice(home.people)
    job = add_job(world, home, person, place, service, created=created, clerk=clerk)
    if world.chance(0.07):
        cancel(world, job)
    elif not home.asks:
        follow_up(world, home, person, service, job, ask=None)


def plan_visits(world: World, home: Home) -> None:
    """Add the yearly or half-yearly visits of a plan."""
    step, when = world.rng.choice((182, 365)), home.since + timedelta(days=world.rng.randint(30, 300))
    while when < world.export:
        created = office_time(world, when)
        if home.clients and allowed(world, home, created):
            job = add_job(world, home, home.people[0], home.place, "gd_track", created=created, clerk="Darlene")
            job.kind, job.total, job.sub = "Plan Visit", world.rng.choice((0.0, 89.0, 129.0)), ""
            job.source, job.notes = "Plan Member", world.rng.choice(("", "ok", "all good, lubed", "rec new rollers"))
            job.text = world.rng.choice(POOLS["plan"])
        when += timedelta(days=step + world.rng.randint(-25, 40))


def callback(world: World, home: Home, job: Job) -> None:
    """Add a free correction of earlier work."""
    created = office_time(world, job.created + timedelta(days=job.wait + world.rng.uniform(2, 45)))
    if allowed(world, home, created):
        kind = world.rng.choice(("Callback", "Callback", "Warranty", job.kind))
        world.jobs.append(
            Job(
                created,
                job.client,
                job.place,
                "Darlene",
                kind,
                0.0,
                world.rng.choice(POOLS["callback"]),
                world.rng.choice(("", "N/C", "adjusted, ok now")),
                job.source,
                wait=1.5,
                prev=job,
            )
        )


# ---------------------------------------------------------------- files


def to_utc(when: datetime) -> str:
    """Write a Nashville time in UTC, as the marketing tool does."""
    spring, fall = datetime(when.year, 3, 8, 2, tzinfo=UTC), datetime(when.year, 11, 1, 2, tzinfo=UTC)
    spring += timedelta(days=(6 - spring.weekday()) % 7)
    fall += timedelta(days=(6 - fall.weekday()) % 7)
    return f"{when + timedelta(hours=5 if spring <= when < fall else 6):%Y-%m-%dT%H:%M:%SZ}"


def clock(when: datetime | None) -> str:
    """Write a time as the job software does."""
    return f"{when.month}/{when.day}/{when.year} {when:%I:%M %p}" if when else ""


def number_jobs(world: World) -> None:
    """Drop what the export cannot hold yet, and number the jobs by date."""
    world.jobs = sorted((j for j in world.jobs if j.created <= world.export), key=lambda j: j.created)
    counts = {"": world.rng.randrange(20000, 60000), "MC-": world.rng.randrange(900, 4000), "SR": 110000}
    for job in world.jobs:
        mark = {"IMPORT MC": "MC-", "IMPORT SR": "SR"}.get(job.clerk, "")
        counts[mark] += world.rng.choice((1, 1, 1, 1, 2))
        job.key = f"{mark}{counts[mark]}"


def visit_time(world: World, job: Job) -> datetime:
    """Set the start of the arrival window."""
    day = job.created + timedelta(days=job.wait)
    if day.date() == job.created.date():
        return day.replace(minute=0, second=0) + timedelta(hours=1)
    day += timedelta(days=1 if day.weekday() == 6 and world.chance(0.9) else 0)
    return day.replace(hour=world.rng.choice((8, 8, 9, 10, 11, 12, 13, 14, 15, 16)), minute=0, second=0)


def job_row(world: World, job: Job) -> dict[str, str]:
    """Write one job as the software exports it."""
    rng, client, old = world.rng, job.client, job.clerk.startswith("IMPORT")
    planned = job.created if old else visit_time(world, job)
    finish = planned + timedelta(hours=0 if old else rng.uniform(0.6, 5))
    done: datetime | None = finish if job.status == "Done" else None
    if done and done > world.export:
        done, job.status, job.total, job.notes = None, rng.choice(("Submitted", "Scheduled", "In Progress")), 0.0, ""
    status = "Done Pending Approval" if done and world.chance(0.03) else job.status
    case = POOLS["clerks"][job.clerk]["case"]
    unit_apart = world.chance(0.6)
    street = set_case(street_line(job.place, world.chance(0.7), not unit_apart), case)
    if world.chance(POOLS["clerks"][job.clerk]["typo"] * 0.6):
        street = misspell(world, street)
    prev = job.prev.key if job.prev else ""
    branch = next((t["branch"] for t in world.towns if t["name"] == job.place.town), "Hermitage")
    return {
        "Job #": job.key,
        "Job Status": status,
        "Sub-Status": job.sub,
        "Created": clock(job.created),
        "Scheduled": clock(planned),
        "Completed": clock(done),
        "Client ID": client.key,
        "Client": client.name,
        "Company": client.company,
        "Phone": client.phone,
        "Phone 2": client.phone2,
        "Email": client.email,
        "Service Address": street,
        "Unit": job.place.unit if unit_apart else "",
        "City": set_case(town_name(world, job.place, 0.1), case),
        "State": "TN",
        "Zip": job.place.zip if world.chance(0.95) else "",
        "Billing Address": client.billing,
        "Job Type": job.kind,
        "Job Source": job.source,
        "Service Area": branch if job.created > world.bought[2] else "Hermitage",
        "Created By": job.clerk,
        "Team": rng.choice(POOLS["techs"]) if done else "",
        "Total": f"{job.total:.2f}",
        "Amount Due": f"{job.total if done and job.total > 900 and world.chance(0.06) else 0:.2f}",
        "Description": job.text.replace("{prev}", f"#{prev}" if prev else ""),
        "Tech Notes": job.notes,
    }


def client_row(client: Client) -> dict[str, str]:
    """Write one customer as the software exports it."""
    return {
        "Client ID": client.key,
        "Client": client.name,
        "Company": client.company,
        "Phone": client.phone,
        "Phone 2": client.phone2,
        "Email": client.email,
        "Billing Address": client.billing,
        "Client Since": clock(client.created),
        "Source": client.source,
        "Client Notes": client.notes,
    }


def save(path: Path, rows: Sequence[dict[str, str]], header: Sequence[str]) -> None:
    """Write one CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the office's files into an existing folder."""
    world = World(seed, leads)
    fill_history(world)
    fill_requests(world)
    fill_background(world)
    number_jobs(world)
    key = world.rng.randrange(41_000_000, 78_000_000)
    for when, row in sorted(world.rows, key=lambda pair: pair[0]):
        key += world.rng.randint(3, 900)
        row |= {"Lead ID": str(key), "Date Created": to_utc(when)}
    requests = sorted((row for _, row in world.rows), key=lambda row: int(row["Lead ID"]))
    jobs = [job_row(world, job) for job in world.jobs]
    clients = sorted((c for c in world.clients if c.created <= world.export), key=lambda c: (c.created, c.key))
    people = [client_row(c) for c in clients]
    true = [{"lead_id": j.ask.rows[0]["Lead ID"], "job_id": j.key} for j in world.jobs if j.ask]
    maybe = [{"lead_id": j.maybe.rows[0]["Lead ID"], "job_id": j.key} for j in world.jobs if j.maybe]
    groups = [
        {"lead_id": row["Lead ID"], "group_id": f"G{i}"} for i, rows in enumerate(world.groups, 1) for row in rows
    ]
    save(folder / "leads.csv", requests, list(requests[0]))
    save(folder / "jobs.csv", jobs, list(jobs[0]))
    save(folder / "customers.csv", people, list(people[0]))
    save(folder / "truth.csv", true, ("lead_id", "job_id"))
    save(folder / "ambiguous.csv", maybe, ("lead_id", "job_id"))
    save(folder / "lead_groups.csv", groups, ("lead_id", "group_id"))
