"""Write made-up files of an oil-heat, heat-pump and plumbing office in the Merrimack Valley.

The office serves 22 towns in southern New Hampshire and northern Massachusetts with ten technicians.
Requests come from a web form, chat, a call tracker, a map listing, a rebate program and a social ad.
Their times are UTC. Jobs are exported in Eastern time from software that took over an older fuel system.
True is every job booked because of a request: the first visit and the work that continues it, such as the
return with the part, the install after the estimate, the inspection or the recall. Not true are plan visits
and later calls of the same customer, and canceled jobs. A repeated request shares a group; truth names its first.
Hard are the time zones, spouses, adult children, tenants and landlords, managers with many sites, moved
customers, old accounts next to new ones, units of one triple-decker, common family names, and estimates that
turn into installs months later. A few fathers and sons share name, home and day; these pairs are ambiguous.
Such a pair stays in truth for the right job, and both possible jobs are listed in ambiguous.csv.
"""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
# All times are the office's wall clock; the zone is a formality.
FOREVER = datetime(2030, 1, 1, tzinfo=UTC)
SCENES = {
    "new": 55,
    "known": 20,
    "again": 5,
    "tenant": 4.5,
    "landlord": 3,
    "manager": 2.2,
    "parent": 2.5,
    "moved": 2,
    "business": 1.7,
    "outside": 2.5,
    "spam": 2.2,
    "namesake": 0.3,
}
CHANNELS = {"Web Form": 53, "Chat": 13, "Call": 15, "Map Listing": 7, "Rebate Program": 6, "Social Ad": 6}
FILLED = {  # chance that a channel carries first name, last name, phone, email, street
    "Web Form": (1, 0.995, 0.985, 0.97, 0.9),
    "Chat": (0.99, 0.93, 0.92, 0.77, 0.55),
    "Call": (0.95, 0.92, 1, 0, 0.62),
    "Map Listing": (1, 0.97, 1, 0.6, 0.5),
    "Rebate Program": (1, 1, 0.97, 0.97, 1),
    "Social Ad": (1, 0.99, 0.98, 0.97, 0.3),
}
HOURS = [1, 1, 1, 1, 1, 3, 7, 11, 12, 11, 10, 9, 8, 8, 8, 8, 8, 8, 9, 10, 9, 8, 5, 2]


@dataclass(eq=False)
class Person:
    """Hold one caller or customer."""

    first: str
    last: str
    cell: str
    email: str


@dataclass(frozen=True)
class Place:
    """Hold one service or billing address."""

    number: int
    street: str
    unit: str
    town: str
    state: str
    zip: str


@dataclass(eq=False)
class Account:
    """Hold one customer record of the office."""

    name: str
    home: str
    cell: str
    email: str
    bill: Place
    kind: str
    since: datetime
    old: bool = False
    plan: bool = False
    number: str = ""


@dataclass(eq=False)
class House:
    """Hold the people who share an account, and the times in which no unrelated work is made up."""

    people: list[Person]
    home: Place
    landline: str = ""
    kind: str = "Residential"
    company: str = ""
    accounts: list[Account] = field(default_factory=list)
    sites: list[Place] = field(default_factory=list)
    blocks: list[tuple[datetime, datetime]] = field(default_factory=list)
    moved: datetime | None = None
    past: Place | None = None

    def spots(self, when: datetime) -> list[Place]:
        """List the places where work could be at that time."""
        if self.past and self.moved and when < self.moved:
            return [self.past]
        return self.sites or [self.home]


@dataclass(eq=False)
class Case:
    """Hold who asks, for which place, and who pays."""

    house: House
    caller: Person
    payer: Person
    place: Place
    service: str
    account: Account | None = None
    hint: str = ""
    chance: float = 1.0
    problem: str = ""


@dataclass(eq=False)
class Lead:
    """Hold one submitted request."""

    when: datetime
    row: dict[str, str]
    case: Case | None = None
    group: int = 0
    number: str = ""


@dataclass(eq=False)
class Job:
    """Hold one job of the office's software."""

    created: datetime
    appt: datetime
    kind: str
    dept: str
    account: Account
    place: Place
    total: float
    notes: str
    source: str
    lead: Lead | None = None
    before: "Job | None" = None
    status: str = ""
    number: str = ""
    tech: str = ""


def pick(rng: Random, weights: Mapping[str, float]) -> str:
    """Draw a key by weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


def eastern_to_utc(when: datetime) -> datetime:
    """Convert local office time to UTC."""
    march, november = datetime(when.year, 3, 8, 2, tzinfo=UTC), datetime(when.year, 11, 1, 2, tzinfo=UTC)
    spring = march + timedelta(days=(6 - march.weekday()) % 7)
    autumn = november + timedelta(days=(6 - november.weekday()) % 7)
    return when + timedelta(hours=4 if spring <= when < autumn else 5)


def misspell(rng: Random, text: str) -> str:
    """Swap, drop or double one character after the first."""
    if len(text) < 4:
        return text
    at = rng.randrange(1, len(text) - 1)
    return rng.choice(
        [
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
            text[:at] + text[at + 1 :],
            text[:at] + text[at] + text[at:],
        ]
    )


class World:
    """Make people, places and accounts."""

    def __init__(self, rng: Random) -> None:
        """Draw this seed's street mix and texts."""
        self.rng = rng
        self.serial: dict[str, list[int]] = {}
        self.taken: set[Place] = set()
        self.emails: set[str] = set()
        self.streets = {town[0]: rng.sample(POOLS["streets"], 45) for town in POOLS["towns"]}
        self.texts = {
            key: {part: rng.sample(value[part], max(3, len(value[part]) * 4 // 5)) for part in ("problems", "notes")}
            for key, value in POOLS["services"].items()
        }
        self.lasts = [rng.random() ** 2 + 0.15 for _ in POOLS["last"]]

    def phone(self, state: str) -> str:
        """Give an unused number with 555 in the middle."""
        choices = [self.rng.choice(POOLS["area"].get(state, ["207"])), *POOLS["spare_area"]]
        if self.rng.random() < 0.06:
            choices.insert(0, self.rng.choice(POOLS["spare_area"]))
        for area in choices:
            if area not in self.serial:
                self.serial[area] = self.rng.sample(range(10000), 10000)
            if self.serial[area]:
                return f"{area}555{self.serial[area].pop():04d}"
        raise ValueError("no phone numbers left")

    def place(self, town: list[Any] | None = None, unit: str = "") -> Place:
        """Give an address that no one has yet."""
        rng = self.rng
        while True:
            where = town or rng.choices(POOLS["towns"], [item[3] for item in POOLS["towns"]])[0]
            street = rng.choice(self.streets.get(where[0], POOLS["streets"]))
            top = 70 if street.endswith(("Lane", "Drive", "Way", "Run")) else 420
            if not unit and rng.random() < 0.09:
                unit = str(rng.randint(1, 3))
            found = Place(rng.randint(1, top), street, unit, where[0], where[1], where[2])
            if found not in self.taken:
                self.taken.add(found)
                return found

    def person(self, state: str, last: str = "") -> Person:
        """Make a person with a cell phone and an email."""
        rng = self.rng
        first = rng.choice(POOLS["first"])
        last = last or rng.choices(POOLS["last"], self.lasts)[0]
        return Person(first, last, self.phone(state), self.email(first, last))

    def email(self, first: str, last: str) -> str:
        """Give an unused address in one of the usual shapes."""
        rng = self.rng
        one, two = first.lower(), "".join(ch for ch in last.lower() if ch.isalpha())
        while True:
            year = str(rng.randint(50, 99)) if rng.random() < 0.6 else str(rng.randint(1, 999))
            user = rng.choice(
                [
                    f"{one}.{two}",
                    f"{one[0]}{two}",
                    f"{one}{two}",
                    f"{two}{one[0]}",
                    f"{one}_{two}",
                    f"{two}family",
                    f"{one}{rng.choice(['oil', 'sox', 'nh', 'home', 'ski'])}",
                ]
            )
            mail = f"{user}{year if rng.random() < 0.7 else ''}@{rng.choice(POOLS['domains'])}"
            if mail not in self.emails:
                self.emails.add(mail)
                return mail

    def house(self, place: Place | None = None) -> House:
        """Make a household of one or two adults."""
        rng = self.rng
        home = place or self.place()
        people = [self.person(home.state)]
        if rng.random() < 0.62:
            people.append(self.person(home.state, people[0].last if rng.random() < 0.84 else ""))
            if rng.random() < 0.15:
                people[1].email = people[0].email
        return House(people, home, self.phone(home.state) if rng.random() < 0.36 else "")

    def landlord(self) -> House:
        """Make an owner of one to three rental buildings."""
        rng = self.rng
        house = self.house()
        house.kind = "Landlord"
        if rng.random() < 0.3:
            house.company = f"{house.people[0].last} {rng.choice(['Realty Trust', 'Properties LLC', 'Rentals'])}"
        for _ in range(rng.randint(1, 3)):
            house.sites += self.building(rng.randint(1, 3))
        return house

    def building(self, units: int) -> list[Place]:
        """Make a rental with its units."""
        first = self.place(unit="1" if units > 1 else "")
        rest = [replace(first, unit=str(number)) for number in range(2, units + 1)]
        self.taken.update(rest)
        return [first, *rest]

    def manager(self) -> House:
        """Make a property manager with many sites."""
        rng = self.rng
        name = f"{rng.choice(POOLS['company_a'])} {rng.choice(POOLS['company_b'])}"
        house = self.house(self.place(unit=f"Suite {rng.randint(1, 9)}"))
        domain = "".join(name.split()[:2]).lower()
        for person in house.people:
            person.email = f"{person.first.lower()}@{domain}{rng.randint(1, 99)}.example"
        house.kind, house.company = "Property Mgmt", name
        house.sites = [site for _ in range(rng.randint(5, 12)) for site in self.building(rng.randint(1, 4))]
        return house

    def business(self) -> House:
        """Make a shop, church or association."""
        rng = self.rng
        house = self.house()
        house.kind = "Commercial"
        house.company = (
            f"{rng.choice([house.home.town, house.people[0].last, house.home.street.split()[0]])} "
            f"{rng.choice(POOLS['business'])}"
        )
        return house

    def account(self, house: House, payer: Person, since: datetime, *, old: bool = False) -> Account:
        """Open a customer record; old ones came from the fuel system."""
        rng = self.rng
        first = self.nick(payer.first, 0.3)
        mate = next((other.first for other in house.people if other is not payer and other.last == payer.last), "")
        name = (
            house.company
            or rng.choices(
                [
                    f"{payer.last}, {first}",
                    f"{first} {payer.last}",
                    f"{payer.last}, {first}{' & ' + mate if mate else ''}",
                ],
                [60, 22, 18],
            )[0]
        )
        if rng.random() < 0.015:
            name = misspell(rng, name)
        if old and rng.random() < 0.7:
            name = name.replace(",", "").upper()
        home = house.landline if rng.random() < 0.8 else ""
        cell = payer.cell if rng.random() < (0.85 if old else 0.96) or not home else ""
        mail = "" if rng.random() < (0.4 if old else 0.13) else payer.email
        if old and rng.random() < 0.08:
            cell = self.phone(house.home.state)
        plan = rng.random() < (0.4 if old else 0.14)
        made = Account(name, home, cell, mail, house.home, house.kind, since, old, plan)
        house.accounts.append(made)
        return made

    def nick(self, first: str, share: float) -> str:
        """Shorten a first name at times."""
        names = POOLS["nick"].get(first)
        return self.rng.choice(names) if names and self.rng.random() < share else first

    def fill(self, text: str, place: Place, first: str) -> str:
        """Fill the slots of a text."""
        rng = self.rng
        return text.format(
            deg=rng.randint(46, 60),
            n=rng.randint(2, 5),
            yy=rng.randint(62, 95),
            first=first,
            street=place.street,
            town=place.town,
            when=rng.choice(POOLS["when"]),
            when2=rng.choice(POOLS["when2"]),
        )


class Front:
    """Write requests as the form, chat and call tools export them."""

    def __init__(self, world: World) -> None:
        """Keep the world and its random numbers."""
        self.world, self.rng = world, world.rng

    def row(self, case: Case, channel: str) -> dict[str, str]:
        """Render one request in the manner of its channel."""
        rng, who = self.rng, case.caller
        has = [rng.random() < share for share in FILLED[channel]]
        phone = case.house.landline if who in case.house.people and rng.random() < 0.13 else ""
        place = case.place
        if case.house.sites and who in case.house.people and rng.random() < 0.15:
            place = case.house.home
        first = self.world.nick(who.first, 0.25)
        message = self.message(case, channel, first)
        if place is not case.place:
            message = f"It is for my property at {self.street(case.place)} {case.place.town}. {message}"
        return {
            "Source": channel,
            "First Name": self.typed(first) if has[0] else "",
            "Last Name": self.typed(who.last, 0.05 if channel == "Call" else 0.012) if has[1] else "",
            "Phone": self.phone(phone or who.cell, channel) if has[2] else "",
            "Email": self.email(who.email) if has[3] else "",
            "Street": self.street(place) if has[4] else "",
            "City": self.city(place) if has[4] or rng.random() < 0.8 else "",
            "State": place.state if has[4] else "",
            "Zip": place.zip if has[4] and rng.random() < 0.93 else "",
            "Service": self.service(case.service, channel),
            "Message": message,
        }

    def typed(self, text: str, share: float = 0.012) -> str:
        """Type a name as people do."""
        rng = self.rng
        if rng.random() < share:
            text = misspell(rng, text)
        return rng.choices([text, text.lower(), text.upper(), text + " "], [88, 7, 3, 2])[0]

    def phone(self, digits: str, channel: str) -> str:
        """Format a number; web visitors slip now and then."""
        rng = self.rng
        if channel == "Call":
            return "+1" + digits
        if rng.random() < 0.012:
            at = rng.randrange(6, 9)
            digits = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
        a, b, c = digits[:3], digits[3:6], digits[6:]
        return rng.choices(
            [f"({a}) {b}-{c}", f"{a}-{b}-{c}", digits, f"{a}.{b}.{c}", f"1{digits}", f"{a} {b} {c}"],
            [34, 30, 24, 5, 4, 3],
        )[0]

    def email(self, mail: str) -> str:
        """Type an email with rare slips."""
        rng = self.rng
        if rng.random() < 0.015:
            user, domain = mail.split("@")
            mail = rng.choice([misspell(rng, user) + "@" + domain, user + "@" + domain.replace(".example", ".exmaple")])
        return rng.choices([mail, mail.capitalize(), mail.upper()], [92, 6, 2])[0]

    def street(self, place: Place) -> str:
        """Type a street with the usual short forms."""
        rng = self.rng
        words = place.street.split()
        if words[-1] in POOLS["suffix"]:
            roll = rng.random()
            if roll < 0.6:
                words[-1] = rng.choice(POOLS["suffix"][words[-1]])
            elif roll < 0.66:
                words.pop()
        if words[0] in ("North", "South", "East") and rng.random() < 0.5:
            words[0] = words[0][0]
        if rng.random() < 0.015:
            words[0] = misspell(rng, words[0])
        number = place.number + (rng.choice([-1, 1, 10]) if rng.random() < 0.008 else 0)
        text = f"{max(1, number)} {' '.join(words)}"
        if place.unit and rng.random() < 0.88:
            unit = place.unit
            floor = {"1": "1st fl", "2": "2nd floor", "3": "3rd Fl"}.get(unit, f"Apt {unit}")
            text += " " + (unit if "Suite" in unit else rng.choice([f"Apt {unit}", f"#{unit}", f"Unit {unit}", floor]))
        return text.lower() if rng.random() < 0.12 else text

    def city(self, place: Place) -> str:
        """Type a town, at times by its local name."""
        forms: list[str] = next((town[4] for town in POOLS["towns"] if town[0] == place.town), [])
        return self.rng.choice(forms) if forms and self.rng.random() < 0.12 else place.town

    def service(self, service: str, channel: str) -> str:
        """Name the chosen service; calls and chats often leave it out."""
        rng = self.rng
        if channel in ("Chat", "Call") and rng.random() < 0.55:
            return ""
        if rng.random() < 0.07:
            return rng.choice(["Other", "Not sure", "Oil boiler / furnace repair", "Plumbing"])
        return str(rng.choice(POOLS["services"][service]["form"]))

    def message(self, case: Case, channel: str, first: str) -> str:
        """Compose the message or the call summary."""
        rng, world = self.rng, self.world
        case.problem = case.problem or rng.choice(world.texts[case.service]["problems"])
        parts = [case.problem + rng.choice([".", ".", ".", "", ",", "!"])]
        if channel == "Call":
            parts.append(f"Call {rng.randint(0, 9)}m{rng.randint(2, 59):02d}s.")
        elif rng.random() < 0.07:
            return ""
        else:
            parts = [rng.choice(POOLS["openers"]), *parts, rng.choice(POOLS["details"]), rng.choice(POOLS["closers"])]
        mates = [other for other in case.house.people if other is not case.caller]
        if case.hint and rng.random() < 0.7:
            parts.append(case.hint)
        elif mates and rng.random() < 0.05:
            parts.append(f"Or call {mates[0].first} at {self.phone(mates[0].cell, 'Chat')}.")
        text = world.fill(" ".join(part for part in parts if part), case.place, first)
        return text.lower() if rng.random() < 0.08 else text

    def spam(self) -> dict[str, str]:
        """Write a request that is no request."""
        rng, who = self.rng, self.world.person("MA")
        return {
            "Source": rng.choice(["Web Form", "Web Form", "Chat"]),
            "First Name": who.first,
            "Last Name": who.last,
            "Phone": self.phone(self.world.phone("ME"), "Web Form"),
            "Email": who.email,
            "Street": "",
            "City": rng.choice(["", "Boston", "Miami"]),
            "State": "",
            "Zip": "",
            "Service": "Other",
            "Message": rng.choice(POOLS["spam"]),
        }


class Desk:
    """Book jobs, for requests and for everyone else."""

    def __init__(self, world: World, start: datetime, end: datetime) -> None:
        """Keep the period of the export."""
        self.world, self.rng, self.start, self.end = world, world.rng, start, end
        self.jobs: list[Job] = []
        weight = {"hp": 1.1, "plan": 0.5, "ac": 0.7, "noheat": 1.6, "plumb": 1.5, "tank": 0.6}
        self.seasons = [
            {key: value["months"][month] * weight.get(key, 0.9) for key, value in POOLS["services"].items()}
            for month in range(12)
        ]

    def opening(self, when: datetime) -> datetime:
        """Move a time into office hours."""
        last = {5: 12, 6: 0}.get(when.weekday(), 17)
        while not 7 <= when.hour < last:
            ahead = 0 if when.hour < 7 and last else 1
            when = (when + timedelta(days=ahead)).replace(hour=7, minute=0)
            when += timedelta(minutes=self.rng.randint(0, 140))
            last = {5: 12, 6: 0}.get(when.weekday(), 17)
        return when

    def answered(self, when: datetime, service: str) -> datetime:
        """Give the time when the office enters a request."""
        rng = self.rng
        if service == "noheat" and rng.random() < 0.6:
            return when + timedelta(minutes=rng.randint(4, 70))
        slow = 22.0 if service in ("hp", "tank", "boiler", "plan") else 6.0
        if when.month in (10, 11, 12, 1):
            slow *= 1.7
        if rng.random() < 0.03:
            slow = 24.0 * rng.randint(10, 50)
        return self.opening(when + timedelta(hours=slow * rng.lognormvariate(-0.6, 1)))

    def visit_time(self, created: datetime, low: float, high: float) -> datetime:
        """Choose the appointment's day and hour."""
        day = created + timedelta(days=self.rng.uniform(low, high))
        if day.weekday() == 6 and high > 1:
            day += timedelta(days=1)
        wanted = day.replace(hour=self.rng.randint(8, 16), minute=self.rng.choice([0, 0, 30]), second=0)
        return wanted if wanted > created else created + timedelta(minutes=self.rng.randint(45, 400))

    def add(
        self,
        case: Case,
        created: datetime,
        kind: str,
        appt: datetime,
        total: list[float],
        *,
        lead: Lead | None = None,
        before: Job | None = None,
    ) -> Job:
        """Add one job to the list."""
        rng, service = self.rng, POOLS["services"][case.service]
        assert case.account is not None
        amount = round(rng.uniform(*total), 2) if total[1] else 0.0
        if case.account.plan and amount < 300 and rng.random() < 0.4:
            amount = 0.0
        note = self.world.fill(rng.choice(self.world.texts[case.service]["notes"]), case.place, "")
        if before:
            word = next((key for key in POOLS["continued"] if key in kind), "Return")
            note = rng.choice(POOLS["continued"][word])
        job = Job(
            created,
            appt,
            kind,
            service["dept"],
            case.account,
            case.place,
            amount,
            note,
            self.source(case, lead),
            lead,
            before,
            tech=rng.choice(POOLS["techs"]),
        )
        if created <= self.end:
            self.jobs.append(job)
        return job

    def source(self, case: Case, lead: Lead | None) -> str:
        """Name the lead source as the office staff enters it."""
        rng = self.rng
        if lead and rng.random() < 0.6:
            named = {"Map Listing": "Map Listing", "Rebate Program": "State Rebate", "Social Ad": "Social"}
            return named.get(lead.row["Source"], rng.choice(["Website", "Website", "Web", "Internet"]))
        if case.account and case.account.old and rng.random() < 0.7:
            return "Existing Customer"
        return rng.choice(
            [
                "",
                "",
                "Phone",
                "Phone",
                "Referral",
                "Existing Customer",
                "Truck / Sign",
                "Website" if rng.random() < 0.3 else "Phone",
            ]
        )

    def chain(self, case: Case, created: datetime, lead: Lead | None = None) -> list[Job]:
        """Book the first visit and the work that continues it."""
        rng, service = self.rng, POOLS["services"][case.service]
        low, high = service["lag"]
        if created.month in (9, 10, 11, 12, 1) and case.service != "noheat":
            high = high * 1.5 + 1
        appt = self.visit_time(created, low, high)
        kinds = [kind for kind in service["visit"] if "After" not in kind or not 7 <= created.hour < 17]
        jobs = [self.add(case, created, rng.choice(kinds), appt, service["total"], lead=lead)]
        if not lead and rng.random() < 0.4:
            jobs[0].notes = f"{rng.choice(POOLS['booking'])} {jobs[0].notes}".strip()
        roll = rng.random()
        for share, steps in service["paths"]:
            roll -= share
            if roll < 0:
                self.follow(case, jobs, steps, lead)
                break
        return jobs

    def follow(self, case: Case, jobs: list[Job], steps: list[list[Any]], lead: Lead | None) -> None:
        """Add the continuing jobs of one path."""
        for kind, low, high, least, most in steps:
            last = jobs[-1]
            wait = self.rng.uniform(0, high * 0.6 if high > 14 else 2)
            created = self.opening(last.appt + timedelta(hours=2) + timedelta(days=wait))
            appt = self.visit_time(created, low, high)
            jobs.append(self.add(case, created, kind, appt, [least, most], lead=lead, before=last))

    def book(self, lead: Lead, case: Case) -> list[Job]:
        """Book a request, with the caller's traces on the record."""
        rng = self.rng
        created = self.answered(lead.when, case.service)
        fresh = case.account is None
        if case.account is None:
            case.account = self.world.account(case.house, case.payer, created)
            if case.house.kind == "Residential" and rng.random() < (0.3 if "'s house" in case.hint else 0.04):
                case.account.bill = self.world.place()
        account, caller = case.account, case.caller
        if rng.random() < 0.07:
            self.cancel(case, created, "Resched - see new job.")
            created = self.opening(created + timedelta(hours=rng.uniform(3, 90)))
        jobs = self.chain(case, created, lead)
        note = rng.choice(POOLS["booking"])
        if lead.row["Source"] != "Call" and rng.random() < 0.3:
            note = rng.choice(POOLS["web_booking"])
        if caller.cell not in (account.cell, account.home):
            if fresh and caller in case.house.people and not account.home and rng.random() < 0.6:
                account.home = caller.cell
            elif rng.random() < 0.85:
                digits = caller.cell
                word = "Contact" if caller in case.house.people else rng.choice(["Call", "Tenant", "Contact"])
                word = "Call dtr/son" if case.hint.startswith("It is my") else word
                note += f" {word} {caller.first} {digits[:3]}-{digits[3:6]}-{digits[6:]}."
        jobs[0].notes = f"{note} {jobs[0].notes}".strip()
        return jobs

    def cancel(self, case: Case, created: datetime, note: str) -> None:
        """Add a canceled booking."""
        service = POOLS["services"][case.service]
        appt = self.visit_time(created, *service["lag"])
        job = self.add(case, created, self.rng.choice(service["visit"]), appt, [0, 0])
        job.status, job.notes = "Canceled", note

    def phone_life(self, house: House, since: datetime) -> None:
        """Add plan visits and calls that no request caused."""
        rng, account = self.rng, house.accounts[0]
        if account.plan:
            for year in range(since.year, self.end.year + 1):
                month, day, hour = rng.randint(4, 9), rng.randint(1, 28), rng.randint(8, 15)
                created = self.opening(datetime(year, month, day, hour, tzinfo=UTC))
                case = Case(house, house.people[0], house.people[0], rng.choice(house.spots(created)), "plan", account)
                if since < created < self.end:
                    self.add(case, created, "Plan Tune-Up", self.visit_time(created, 5, 40), [0, 0])
        days = (self.end - since).days
        calls = sum(rng.random() < (0.5 if len(house.sites) < 4 else 1.2) / 12 for _ in range(max(0, days // 30)))
        for _ in range(calls):
            when = since + timedelta(days=rng.uniform(0, days))
            place = rng.choice(house.spots(when))
            self.chain(
                Case(house, house.people[0], house.people[0], place, self.service(when), account), self.opening(when)
            )

    def service(self, when: datetime) -> str:
        """Draw a service by season."""
        return pick(self.rng, self.seasons[when.month - 1])


class Office:
    """Run the office over the period and write its files."""

    def __init__(self, seed: int, leads: int) -> None:
        """Set up the period and the customers of earlier years."""
        self.rng = Random(f"merrimack:{seed}")
        self.count = leads
        self.start = datetime(2022, 8, 15, tzinfo=UTC) + timedelta(days=self.rng.randint(0, 150))
        self.days = max(60, min(880, int(leads * 0.56)))
        end = self.start + timedelta(days=self.days + 8)
        self.world = World(self.rng)
        self.front, self.desk = Front(self.world), Desk(self.world, self.start, end)
        self.leads: list[Lead] = []
        self.unsure: list[tuple[Lead, Job]] = []
        self.booked: dict[Lead, datetime] = {}
        self.houses: list[House] = []
        self.again: list[tuple[datetime, Case]] = []
        self.known = [self.old_house() for _ in range(leads * 9 // 10 + 8)]
        self.managers = [self.keep(self.world.manager(), old=True) for _ in range(max(1, leads // 250))]

    def keep(self, house: House, *, old: bool = False) -> House:
        """Register a house; old ones already have an account."""
        if old:
            since = self.start - timedelta(days=self.rng.randint(60, 640))
            self.world.account(house, house.people[0], since, old=True)
        self.houses.append(house)
        return house

    def old_house(self) -> House:
        """Make a customer from before the period, at times with the former owner on record."""
        house = self.keep(self.world.house(), old=True)
        if self.rng.random() < 0.04:
            self.keep(self.world.house(house.home), old=True).blocks.append((self.start, FOREVER))
        return house

    def scene(self, name: str, when: datetime) -> Case:
        """Set up who asks for what."""
        service = self.desk.service(when)
        special = {
            "known": self.known_case,
            "again": self.again_case,
            "tenant": self.rental_case,
            "landlord": self.rental_case,
            "manager": self.manager_case,
            "parent": self.parent_case,
            "moved": self.moved_case,
        }
        if name in special:
            case = special[name](name, when, service)
            if case:
                return case
        if name == "business":
            house = self.keep(self.world.business())
        elif name == "outside":
            house = self.keep(self.world.house(self.world.place(self.rng.choice(POOLS["outside"]))))
            return Case(
                house,
                house.people[0],
                house.people[0],
                house.home,
                service,
                None,
                self.rng.choice(POOLS["outside_msgs"]),
                0.03,
            )
        else:
            house = self.keep(self.neighbor())
        caller = self.rng.choices(house.people, [75, 25][: len(house.people)])[0]
        payer = caller if self.rng.random() < 0.85 else house.people[0]
        return Case(house, caller, payer, house.home, service)

    def neighbor(self) -> House:
        """Make a new household, at times on another's street or in another's building."""
        rng = self.rng
        if rng.random() < 0.05:
            near = rng.choice(self.houses).home
            unit = str(int(near.unit) % 3 + 1) if near.unit.isdigit() else ""
            place = replace(near, unit=unit) if unit else replace(near, number=near.number + 2)
            if place not in self.world.taken and place.state in ("MA", "NH"):
                self.world.taken.add(place)
                return self.world.house(place)
        return self.world.house()

    def known_case(self, _: str, when: datetime, service: str) -> Case | None:
        """Let an old customer ask; some get a second record."""
        if not self.known:
            return None
        house = self.known.pop(self.rng.randrange(len(self.known)))
        caller = self.rng.choices(house.people, [65, 35][: len(house.people)])[0]
        account = house.accounts[0] if self.rng.random() < 0.87 else None
        return Case(house, caller, caller, house.home, service, account, chance=1.1)

    def again_case(self, _: str, when: datetime, service: str) -> Case | None:
        """Let a household ask for something else after its first job."""
        ready = [index for index, (free, _) in enumerate(self.again[-400:]) if free < when]
        if not ready:
            return None
        case = self.again.pop(max(0, len(self.again) - 400) + self.rng.choice(ready))[1]
        other = self.rng.choice([key for key in POOLS["services"] if key != case.service])
        caller = self.rng.choice(case.house.people)
        service = service if service != case.service else other
        return replace(case, service=service, caller=caller, chance=1.2, hint="", problem="")

    def rental_case(self, name: str, when: datetime, service: str) -> Case:
        """Let a tenant or a landlord ask for a rental."""
        old = self.rng.random() < 0.4
        house = self.keep(self.world.landlord(), old=old)
        place, owner = self.rng.choice(house.sites), house.people[0]
        account = house.accounts[0] if old else None
        if name == "landlord":
            return Case(house, owner, owner, place, service, account, "Tenant is there all day.")
        if service in ("hp", "tank", "boiler", "plan"):
            service = "plumb"
        tenant = self.world.person(place.state)
        hint = self.rng.choice([f"My landlord is {owner.first} {owner.last}.", "I rent, bill goes to the landlord."])
        return Case(house, tenant, owner, place, service, account, hint, 0.9)

    def manager_case(self, _: str, when: datetime, service: str) -> Case:
        """Let a property manager ask for one of the sites."""
        house = self.rng.choice(self.managers)
        caller = self.rng.choice(house.people)
        return Case(
            house,
            caller,
            caller,
            self.rng.choice(house.sites),
            service,
            house.accounts[0],
            f"From {house.company}.",
            2.4,
        )

    def parent_case(self, _: str, when: datetime, service: str) -> Case:
        """Let an adult child ask for a parent's house."""
        house = self.known.pop() if self.known and self.rng.random() < 0.6 else self.keep(self.world.house())
        parent = house.people[0]
        child = self.world.person(house.home.state, parent.last if self.rng.random() < 0.6 else "")
        account = house.accounts[0] if house.accounts else None
        hint = f"It is my {self.rng.choice(['mother', 'father', 'parent'])}'s house ({parent.first} {parent.last})."
        return Case(house, child, parent, house.home, service, account, hint)

    def moved_case(self, _: str, when: datetime, service: str) -> Case | None:
        """Let an old customer ask from a new address."""
        if not self.known:
            return None
        house = self.known.pop()
        house.past, house.moved = house.home, when - timedelta(days=self.rng.randint(5, 90))
        house.home = self.world.place()
        account = house.accounts[0]
        if self.rng.random() < 0.5:
            account.bill = house.home
        return Case(house, house.people[0], house.people[0], house.home, service, account, "We moved.", 1.1)

    def twin(self, case: Case, lead: Lead, jobs: list[Job]) -> None:
        """Give a same-named father a job on the same day in the same house."""
        son, first = case.payer, jobs[0]
        father = House([Person(son.first, son.last, case.house.landline, "")], case.place)
        account = self.world.account(father, father.people[0], first.account.since)
        self.desk.jobs = [job for job in self.desk.jobs if job.account is not first.account or job is first]
        shared = case.house.landline = case.house.landline or self.world.phone(case.place.state)
        for record in (account, first.account):
            record.name, record.home, record.cell, record.email = f"{son.last}, {son.first}", shared, "", ""
            record.bill = case.place
        lead.row |= {"Phone": "+1" + shared, "Email": "", "First Name": son.first, "Last Name": son.last}
        other = replace(first, account=account, lead=None, created=first.created + timedelta(minutes=9))
        other.total = first.total and round(first.total * self.rng.uniform(0.7, 1.2), 2)
        self.desk.jobs.append(other)
        self.unsure += [(lead, first), (lead, other)]

    def ask(self, when: datetime, name: str) -> None:
        """Take one request and decide what becomes of it."""
        rng = self.rng
        if name == "spam":
            self.leads.append(Lead(when, self.front.spam()))
            return
        case = self.scene("new" if name == "namesake" else name, when)
        lead = Lead(when, self.front.row(case, "Call" if name == "namesake" else pick(rng, CHANNELS)), case)
        self.leads.append(lead)
        house = case.house
        if name == "namesake" or rng.random() < POOLS["services"][case.service]["convert"] * case.chance * 0.86:
            jobs = self.desk.book(lead, case)
            self.booked[lead] = jobs[0].created
            if name == "namesake":
                case.caller = case.payer
                self.twin(case, lead, jobs)
            house.blocks.append((when, jobs[0].appt + timedelta(days=2)))
            if house.kind == "Residential" and name not in ("again", "parent", "namesake"):
                self.again.append((jobs[0].appt + timedelta(days=12), case))
            return
        house.blocks.append((when, FOREVER))
        if rng.random() < 0.3:
            created = self.desk.answered(when, case.service)
            case.account = case.account or self.world.account(house, case.payer, created)
            if rng.random() < 0.45:
                self.desk.cancel(case, created, rng.choice(POOLS["lost"]))

    def repeat(self, lead: Lead, group: int) -> Lead:
        """Submit a request once more: a double click, another channel, the spouse, a reminder."""
        rng, case = self.rng, lead.case
        assert case is not None
        lead.group = group
        booked = self.booked.get(lead, FOREVER)
        roll = rng.random()
        if roll < 0.4:
            return Lead(lead.when + timedelta(seconds=rng.randint(3, 200)), dict(lead.row), case, group)
        gap = rng.uniform(0.1, 72) if roll < 0.8 else rng.uniform(48, 300)
        later = min(lead.when + timedelta(hours=gap), booked - timedelta(minutes=2))
        later = max(later, lead.when + timedelta(minutes=2))
        if roll > 0.65 and case.caller in case.house.people:
            case = replace(case, caller=rng.choice(case.house.people))
        row = self.front.row(case, pick(rng, CHANNELS))
        if roll > 0.8:
            row["Message"] = f"{rng.choice(POOLS['reminders'])} {row['Message']}"
        return Lead(later, row, case, group)

    def run(self) -> None:
        """Play the whole period."""
        rng, extra = self.rng, round(self.count * 0.07)
        months = [12, 10, 8, 7, 7, 7, 8, 8, 8, 10, 11, 12]
        days = [self.start + timedelta(days=day) for day in range(self.days)]
        picked = rng.choices(
            days, [months[day.month - 1] * (1 if day.weekday() < 5 else 0.6) for day in days], k=self.count - extra
        )
        whens = sorted(
            day + timedelta(hours=rng.choices(range(24), HOURS)[0], seconds=rng.randrange(3600)) for day in picked
        )
        for when in whens:
            self.ask(when, pick(rng, SCENES))
        unsure = {lead for lead, _ in self.unsure}
        able = [lead for lead in self.leads if lead.case and lead not in unsure]
        for group, lead in enumerate(rng.sample(able, min(extra, len(able))), 1):
            self.leads.append(self.repeat(lead, group))
        self.others()
        self.number()

    def others(self) -> None:
        """Add the work of everyone who did not come by a request."""
        rng, begin = self.rng, len(self.desk.jobs)
        for _ in range(self.count * 6 // 10 + 5):
            house = self.keep(self.world.house())
            when = self.start + timedelta(days=rng.uniform(-250, self.days))
            case = Case(house, house.people[0], house.people[0], house.home, self.desk.service(when))
            case.account = self.world.account(house, case.payer, when)
            self.desk.chain(case, self.desk.opening(when))
        for house in self.houses:
            if house.accounts:
                self.desk.phone_life(house, house.accounts[0].since + timedelta(days=20))
        made = self.desk.jobs[begin:]
        blocks = {account: house.blocks for house in self.houses for account in house.accounts}
        kept = [
            job
            for job in made
            if rng.random() < 0.002
            or not any(job.created < stop and job.appt > start for start, stop in blocks[job.account])
        ]
        self.desk.jobs[begin:] = kept

    def number(self) -> None:
        """Give out ids in the order of time and set the statuses."""
        rng = self.rng
        self.leads.sort(key=lambda lead: lead.when)
        for index, lead in enumerate(self.leads):
            lead.number = f"R{20417 + index}"
        number = rng.randint(31000, 52000)
        continued = {job.before for job in self.desk.jobs if job.before}
        self.desk.jobs.sort(key=lambda job: job.created)
        for job in self.desk.jobs:
            number += rng.choice([1, 1, 1, 2])
            job.number = str(number)
            if job.status:
                continue
            if job.appt > self.desk.end:
                job.status = "Scheduled"
            elif "Est" in job.kind or "Quote" in job.kind or "Site" in job.kind:
                job.status = "Estimate Sold" if job in continued else rng.choice(["Estimate Given", "Estimate Lost"])
            else:
                job.status = rng.choice(["Completed", "Invoiced", "Paid", "Paid"])
                if job in continued and "Install" not in job.kind and rng.random() < 0.4:
                    job.status = "Needs Return"
        for index, account in enumerate(sorted(self.accounts(), key=lambda item: item.since)):
            account.number = str((10000 if account.old else 100000) + index)

    def accounts(self) -> list[Account]:
        """List all customer records once."""
        found = [account for house in self.houses for account in house.accounts]
        return list(dict.fromkeys(found + [job.account for _, job in self.unsure]))

    def write(self, folder: Path) -> None:
        """Write all files."""
        export(folder / "leads.csv", (lead_row(lead) for lead in self.leads))
        export(folder / "jobs.csv", (job_row(job) for job in self.desk.jobs))
        accounts = sorted(self.accounts(), key=lambda item: int(item.number))
        export(folder / "customers.csv", (customer_row(account) for account in accounts))
        pairs = [(job.lead.number, job.number) for job in self.desk.jobs if job.lead and job.status != "Canceled"]
        table(folder / "truth.csv", ["lead_id", "job_id"], sorted(pairs))
        groups = [(lead.number, f"G{lead.group}") for lead in self.leads if lead.group]
        table(folder / "lead_groups.csv", ["lead_id", "group_id"], groups)
        unsure = [(lead.number, job.number) for lead, job in self.unsure if job.number]
        table(folder / "ambiguous.csv", ["lead_id", "job_id"], unsure)


def lead_row(lead: Lead) -> dict[str, str]:
    """Render a request for export."""
    when = eastern_to_utc(lead.when).strftime("%Y-%m-%d %H:%M:%S UTC")
    return {"Request ID": lead.number, "Submitted": when, **lead.row}


def number_format(digits: str, old: bool) -> str:
    """Render a phone as the office's software does."""
    return digits if old or not digits else f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"


def office_street(place: Place, old: bool) -> str:
    """Render a street as the office enters it."""
    words = place.street.split()
    words[-1] = POOLS["suffix"].get(words[-1], [words[-1]])[0]
    unit = place.unit if not place.unit or "Suite" in place.unit else ("#" if old else "Apt ") + place.unit
    text = f"{place.number} {' '.join(words)} {unit}".strip()
    return text.upper() if old else text


def office_zip(place: Place, old: bool) -> str:
    """Render a zip code; the old system dropped the leading zero."""
    return place.zip.lstrip("0") if old else place.zip


def job_row(job: Job) -> dict[str, str]:
    """Render a job for export in Eastern time."""
    account, place, old = job.account, job.place, job.account.old
    bill, clock = account.bill, "%m/%d/%Y %I:%M %p"
    done = "" if job.status in ("Canceled", "Scheduled") else (job.appt + timedelta(minutes=95)).strftime(clock)
    notes = job.notes.replace("{prev}", job.before.number if job.before else "")
    return {
        "Job #": job.number,
        "Created": job.created.strftime(clock),
        "Appointment": job.appt.strftime(clock),
        "Completed": done,
        "Status": job.status,
        "Job Type": job.kind,
        "Dept": job.dept,
        "Lead Source": job.source,
        "Cust #": account.number,
        "Customer": account.name,
        "Home Phone": number_format(account.home, old),
        "Cell Phone": number_format(account.cell, old),
        "Email": account.email,
        "Service Address": office_street(place, old),
        "Service City": place.town.upper() if old else place.town,
        "Service State": place.state,
        "Service Zip": office_zip(place, old),
        "Billing Address": f"{office_street(bill, old)}, {bill.town}, {bill.state} {office_zip(bill, old)}",
        "Tech": "" if job.status == "Canceled" else job.tech,
        "Total": f"{job.total:.2f}",
        "Notes": notes,
    }


def customer_row(account: Account) -> dict[str, str]:
    """Render a customer record."""
    bill, old = account.bill, account.old
    return {
        "Cust #": account.number,
        "Name": account.name,
        "Type": account.kind,
        "Home Phone": number_format(account.home, old),
        "Cell Phone": number_format(account.cell, old),
        "Email": account.email,
        "Bill Street": office_street(bill, old),
        "Bill City": bill.town,
        "Bill State": bill.state,
        "Bill Zip": office_zip(bill, old),
        "Customer Since": account.since.strftime("%m/%d/%Y"),
        "Plan": "Y" if account.plan else "",
    }


def export(path: Path, rows: Iterable[dict[str, str]]) -> None:
    """Write rows that carry their column names."""
    listed = list(rows)
    table(path, list(listed[0]), [list(row.values()) for row in listed])


def table(path: Path, header: list[str], rows: Iterable[Iterable[str]]) -> None:
    """Write one CSV file."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the files of one seed into an existing folder."""
    office = Office(seed, leads)
    office.run()
    office.write(folder)
