"""Generate the requests and jobs of a made-up heating, cooling and well-pump office in Billings, Montana.

The office sends crews to Billings, to small towns and to ranches up to ninety miles away.
Three people take work orders. The manager files in capitals, last name first, by landline, and rarely asks for email.
The young clerk copies the form text. The owner goes out at night and enters the ticket a day or more later.
Requests come from one inbox (form, chat, call, answering service, social ad) in UTC. Jobs use local time.
True: the first visit made for a request and the work that continues it (part visit, pump pull, install, start-up).
Not true: club visits, later calls, canceled or void orders, go-backs and warranty returns.
In a group of repeated requests the first one holds the jobs. Pairs in ambiguous.csv are not in truth.csv.
Hard: spouses, ranch and business names, tenants, parents, namesakes, neighbors, sold houses, double accounts,
shared phones, typing errors, seven-digit phones, and far towns that wait for the next run.
"""

import csv
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

Row = dict[str, str]
Window = tuple[datetime, datetime]
# All times are the office's wall clock; the zone is a formality.
LONG_AGO, FOREVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
RURAL = {"acreage", "ranch", "colony"}
ORGS = {"business", "pm"}
SEASON = (1.35, 1.15, 0.9, 0.8, 0.9, 1.1, 1.3, 1.05, 0.95, 1.2, 1.1, 1.25)
URGENT = {"furnace", "boiler", "no_water", "water_heater", "stock", "ac"}
LEAD_COLUMNS = [
    "Lead Id",
    "Created (UTC)",
    "Channel",
    "Name",
    "Phone",
    "Email",
    "Address",
    "City",
    "Zip",
    "Service Requested",
    "Message",
    "Source / Medium",
    "Landing Page",
]


class Pool:
    """Hold words with weights that differ by seed."""

    def __init__(self, rng: random.Random, items: Sequence[Any], weights: Sequence[float] | None = None) -> None:
        """Draw the weights once."""
        base = weights or [1.0] * len(items)
        self.rng = rng
        self.items = list(items)
        self.cum = list(accumulate(w * (0.35 + rng.expovariate(1.0)) for w in base))

    def pick(self) -> Any:
        """Return one word."""
        return self.rng.choices(self.items, cum_weights=self.cum)[0]


@dataclass(slots=True)
class Place:
    """Describe a site."""

    street: str
    city: str
    zip: str
    miles: int
    unit: str = ""


@dataclass(slots=True, eq=False)
class Person:
    """Describe a person who may ask for service."""

    first: str
    last: str
    goes_by: str
    phone: str
    email: str
    role: str


@dataclass(slots=True, eq=False)
class Account:
    """Hold one customer record of the office."""

    name: str
    contact: str
    phone: str
    alt: str
    alt_note: str
    email: str
    mail: str
    since: datetime
    style: str
    kind: str
    place: Place
    club: bool = False
    number: str = ""


@dataclass(slots=True, eq=False)
class Party:
    """Describe a household, a ranch or a firm with its people and sites."""

    kind: str
    people: list[Person]
    org: str
    line: str
    places: list[Place]
    mail: str
    known: bool
    club: bool = False
    account: Account | None = None
    blocks: list[Window] = field(default_factory=list)
    used: bool = False
    busy: datetime = LONG_AGO
    left: datetime = FOREVER

    def free(self, start: datetime, end: datetime) -> bool:
        """Check that no request of theirs waits for a visit in the time."""
        return end < self.left and all(end < a or start > b for a, b in self.blocks)


@dataclass(slots=True, eq=False)
class Job:
    """Hold one work order."""

    account: Account
    place: Place
    kind: str
    taken: datetime
    service: datetime
    total: float
    heard: str
    clerk: int
    status: str = ""
    site_contact: str = ""
    site_phone: str = ""
    remarks: str = ""
    notes: str = ""
    tech: str = ""
    before: "Job | None" = None
    number: str = ""


@dataclass(slots=True, eq=False)
class Lead:
    """Hold one submission."""

    at: datetime
    channel: str
    name: str
    phone: str
    email: str
    address: str
    city: str
    zip: str
    service: str
    message: str
    who: Person | None = None
    topic: str = ""
    problem: str = ""
    group: int = 0
    number: str = ""


def _utc(at: datetime) -> str:
    """Convert Mountain time to the inbox's UTC text."""
    march, november = datetime(at.year, 3, 8, 2, tzinfo=UTC), datetime(at.year, 11, 1, 2, tzinfo=UTC)
    start = march + timedelta(days=(6 - march.weekday()) % 7)
    end = november + timedelta(days=(6 - november.weekday()) % 7)
    return (at + timedelta(hours=6 if start <= at < end else 7)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _clock(at: datetime) -> str:
    """Format a local time as the office software does."""
    return f"{at.month}/{at.day}/{at.year} {at.hour % 12 or 12}:{at.minute:02d} {'AM' if at.hour < 12 else 'PM'}"


def _day(at: datetime) -> str:
    """Format a local date as the office software does."""
    return f"{at.month}/{at.day}/{at.year}"


class Office:
    """Simulate the office for some years."""

    def __init__(self, seed: int, count: int) -> None:
        """Load the words and pick the period and the staff."""
        self.rng = rng = random.Random(f"yellowstone-{seed}")
        self.data: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
        self.pools: dict[str, Pool] = {}
        self.count = count
        span = int(min(2100, max(120, 900 * (count / 1500) ** 0.5)))
        self.start = datetime(2020, 1, 6, tzinfo=UTC) + timedelta(days=rng.randrange(max(1, 2115 - span)))
        self.end = self.start + timedelta(days=span)
        self.export = self.end + timedelta(days=12)
        self.clerks: list[str] = rng.choice(self.data["clerks"])
        self.techs = Pool(rng, rng.sample(self.data["techs"], 7))
        self.towns = Pool(rng, self.data["towns"], [float(t[2]) for t in self.data["towns"]])
        self.phones: set[str] = set()
        self.local_phones = 0
        self.parties: list[Party] = []
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.accounts: list[Account] = []
        self.truth: list[tuple[Lead, Job]] = []
        self.unsure: list[tuple[Lead, Job]] = []

    # ---- words and people

    def word(self, key: str) -> Any:
        """Pick from a list of the word file by its path."""
        pool = self.pools.get(key)
        if pool is None:
            node: Any = self.data
            for part in key.split(">"):
                node = node[part]
            pool = self.pools[key] = Pool(self.rng, list(node))
        return pool.pick()

    def hit(self, share: float) -> bool:
        """Return true with the given chance."""
        return self.rng.random() < share

    def new_phone(self) -> str:
        """Return an unused made-up number of ten digits."""
        while True:
            local = self.local_phones < 8500 and self.hit(0.9)
            area = "406" if local else self.rng.choice(self.data["areas"])
            number = f"{area}555{self.rng.randrange(100, 10000):04d}"
            if number not in self.phones:
                self.phones.add(number)
                self.local_phones += local
                return number

    def new_email(self, first: str, last: str) -> str:
        """Build a private address from a name."""
        clean = "".join(c for c in last.lower() if c.isalpha())
        first = first.lower()
        number = self.rng.choice(["", "", str(self.rng.randrange(10, 99)), str(self.rng.randrange(1950, 2002))])
        forms = [
            f"{first}.{clean}{number}",
            f"{first[0]}{clean}{number}",
            f"{first}{clean}{number}",
            f"{clean}{first[0]}{number}",
            f"{first}_{clean}",
            f"{clean}family{number}",
            f"{self.rng.choice(['mtgal', 'elkhunter', 'bigsky', 'roper', 'chevy', 'grizfan'])}{number or 406}",
        ]
        weights = [6, 6, 5, 3, 2, 1, 1]
        return f"{self.rng.choices(forms, weights)[0]}@{self.word('mail_domains')}"

    def new_person(self, role: str, last: str = "", sex: str = "") -> Person:
        """Create a person."""
        sex = sex or self.rng.choice(["male", "female"])
        first = self.word(sex)
        nicks = self.data[sex][first]
        goes_by = self.rng.choice(nicks) if nicks and self.hit(0.75) else first
        last = last or self.word("last")
        return Person(first, last, goes_by, self.new_phone(), self.new_email(goes_by, last), role)

    def new_place(self, kind: str) -> Place:
        """Create a site that suits the kind of customer."""
        rng = self.rng
        while True:
            city, code, _, miles = self.towns.pick()
            rural = kind in RURAL or city in {"Acton", "Molt", "Nye", "Boyd"}
            if kind not in {"ranch", "colony"} or int(miles) > 8:
                break
        if rural:
            return Place(f"{rng.randrange(101, 9990)} {self.word('roads')}", city, code, int(miles))
        if city == "Billings":
            unit = f"{rng.choice(['Apt', 'Unit', '#'])} {rng.randrange(1, 30)}" if self.hit(0.06) else ""
            return Place(f"{rng.randrange(101, 4900)} {self.word('city_streets')}", city, code, int(miles), unit)
        return Place(f"{rng.randrange(12, 1400)} {self.word('town_streets')}", city, code, int(miles))

    def new_org(self, kind: str) -> str:
        """Name a ranch, a firm or a colony."""
        if kind == "ranch":
            return f"{self.word('ranch_a')} {self.word('ranch_b')} {self.word('ranch_c')}"
        if kind == "business":
            return f"{self.word('biz_a')} {self.word('biz_b')}"
        if kind == "pm":
            return f"{self.word('pm_a')} {self.word('pm_b')}"
        return self.word("colonies") if kind == "colony" else ""

    def new_people(self, kind: str, org: str) -> list[Person]:
        """Create the persons of a party; the first is the head."""
        if kind in ORGS:
            people = [self.new_person("staff") for _ in range(self.rng.choice([1, 2, 2, 3]))]
            domain = "".join(c for c in org.lower() if c.isalnum()) + ".example"
            for person in people:
                if self.hit(0.7):
                    person.email = f"{person.goes_by.lower()}@{domain}"
            return people
        if kind == "colony":
            last = self.word("colony_last")
            return [self.new_person("hand", last, "male") for _ in range(5)]
        head = self.new_person("head", sex=self.rng.choices(["male", "female"], [62, 38])[0])
        people = [head]
        if self.hit(0.62):
            sex = "female" if head.first in self.data["male"] else "male"
            people.append(self.new_person("spouse", head.last if self.hit(0.9) else "", sex))
        if kind in {"home", "acreage"} and self.hit(0.08):
            people.append(self.new_person("kin", head.last if self.hit(0.5) else ""))
        if kind == "ranch" and self.hit(0.3):
            people.append(self.new_person("hand"))
        if kind == "rental":
            people.append(self.new_person("tenant"))
        return people

    def new_party(self, kind: str, *, known: bool) -> Party:
        """Create a customer or a party that may become one."""
        org = self.new_org(kind)
        people = self.new_people(kind, org)
        many = {"pm": 14, "colony": 3, "ranch": self.rng.choice([1, 1, 2]), "rental": self.rng.choice([1, 1, 2])}
        sites = [self.new_place("home" if kind == "pm" else kind) for _ in range(many.get(kind, 1))]
        line = self.new_phone() if self.hit({"home": 0.3, "rental": 0.3, "acreage": 0.45}.get(kind, 0.85)) else ""
        mail = ""
        if kind in {"ranch", "colony"} or self.hit(0.07):
            mail = f"PO Box {self.rng.randrange(2, 1900)}, {sites[0].city}, MT {sites[0].zip}"
        elif kind in {"rental", "pm"}:
            office = self.new_place("home")
            mail = f"{office.street}, {office.city}, MT {office.zip}"
        party = Party(kind, people, org, line, sites, mail, known)
        party.club = known and kind in {"home", "acreage", "business"} and self.hit(0.27)
        return party

    # ---- records

    def filed_name(self, party: Party, style: str) -> tuple[str, str]:
        """Name the account the way the clerk files it, and its contact."""
        head = party.people[0]
        contact = f"{head.goes_by} {head.last}"
        if party.org:
            name = f"{party.org} - {contact}" if style == "new" and party.kind == "ranch" else party.org
            return (name.upper(), contact.upper()) if style == "old" else (name, contact)
        if style == "old":
            mate = next((p for p in party.people if p.role == "spouse"), None)
            tail = f" & {mate.goes_by}" if mate and self.hit(0.6) else ""
            return f"{head.last}, {head.first if self.hit(0.5) else head.goes_by}{tail}".upper(), ""
        if style == "own":
            return f"{head.last} {head.goes_by}", ""
        return f"{head.first if self.hit(0.4) else head.goes_by} {head.last}", ""

    def new_account(self, party: Party, since: datetime, style: str, asker: Person | None = None) -> Account:
        """Open a customer record."""
        name, contact = self.filed_name(party, style)
        head = party.people[0]
        owner = asker if asker and asker.role in {"spouse", "staff"} else head
        if style == "new" and not party.org and owner.role == "spouse" and self.hit(0.5):
            name = f"{owner.goes_by} {owner.last}"
        phone = party.line if party.line and (style == "old" or party.org or self.hit(0.4)) else owner.phone
        others = [p for p in party.people if p.phone != phone and p.role in {"head", "spouse", "staff", "hand"}]
        other = self.rng.choice(others) if others and self.hit(0.62) else None
        email = owner.email if self.hit({"old": 0.4, "new": 0.86, "own": 0.2}[style]) else ""
        note = other.goes_by.upper() if other and self.hit(0.5) else ""
        account = Account(
            name,
            contact,
            phone,
            other.phone if other else "",
            note,
            email,
            party.mail,
            since,
            style,
            party.kind,
            party.places[0],
            party.club,
        )
        self.accounts.append(account)
        return account

    def known_account(self, party: Party) -> Account:
        """Return the record of an old customer, and open it when missing."""
        if party.account is None:
            back = self.rng.randrange(30, 4400)
            style = self.rng.choices(["old", "new", "own"], [70, 22, 8])[0]
            party.account = self.new_account(party, self.start - timedelta(days=back), style)
        return party.account

    def lead_account(self, party: Party, when: datetime, clerk: int, who: Person) -> Account:
        """Find or open the record for a booked request."""
        style = ("old", "new", "own")[clerk]
        if party.account is None and party.known:
            self.known_account(party)
        if party.account is None:
            party.account = self.new_account(party, when, style, who)
        elif self.hit(0.04):
            return self.new_account(party, when, style, who)
        return party.account

    # ---- time

    def moments(self) -> list[datetime]:
        """Draw the times of the requests, with cold snaps and hot weeks."""
        days = (self.end - self.start).days
        weights: list[float] = []
        burst = 0
        for index in range(days):
            at = self.start + timedelta(days=index)
            if burst == 0 and at.month in {12, 1, 2, 7} and self.hit(0.035):
                burst = self.rng.randrange(3, 7)
            weights.append(SEASON[at.month - 1] * (2.4 if burst else 1.0) * (0.72 if at.weekday() > 4 else 1.0))
            burst = max(0, burst - 1)
        hours = [1, 1, 1, 1, 1, 3, 8, 14, 18, 18, 17, 15, 14, 14, 14, 14, 14, 13, 12, 13, 13, 11, 7, 3]
        picks = self.rng.choices(range(days), weights, k=int(self.count / 1.045) + 1)
        return sorted(
            self.start
            + timedelta(days=d, hours=self.rng.choices(range(24), hours)[0], seconds=self.rng.randrange(3600))
            for d in picks
        )

    def office_time(self, at: datetime) -> datetime:
        """Move a time into the next office hours."""
        while True:
            close = 12 if at.weekday() == 5 else 17.5
            hour = at.hour + at.minute / 60
            if at.weekday() < 6 and 7.5 <= hour < close:
                return at
            if hour >= 7.5:
                at += timedelta(days=1)
            at = at.replace(hour=7, minute=30, second=0) + timedelta(minutes=self.rng.randrange(0, 150))
            if at.weekday() == 6:
                at += timedelta(days=1)

    def visit_time(self, at: datetime, days: float) -> datetime:
        """Pick a weekday slot some days later."""
        at = (at + timedelta(days=days)).replace(hour=self.rng.randrange(8, 16), minute=self.rng.choice([0, 0, 30]))
        return at + timedelta(days=(7 - at.weekday()) if at.weekday() > 4 else 0)

    def booking(self, at: datetime, topic: str, channel: str, place: Place) -> tuple[datetime, datetime, int]:
        """Decide when the ticket is taken, when the visit is, and who takes it."""
        rng = self.rng
        peak = at.month in {12, 1, 2, 7}
        urgent = topic in URGENT
        clerk = rng.choices([0, 1, 2], [44, 46, 10])[0]
        night = at.hour < 7 or at.hour >= 18 or at.weekday() == 6
        if urgent and night and self.hit(0.28):
            went = at + timedelta(hours=rng.uniform(0.7, 3))
            return self.office_time(went + timedelta(hours=rng.uniform(8, 40))), went, 2
        if channel == "Phone Call" and not night:
            taken = at + timedelta(minutes=rng.uniform(2, 40))
        else:
            hours = rng.expovariate(1 / (4.0 if urgent else 17.0)) * (2.0 if peak else 1.0)
            taken = self.office_time(at + timedelta(minutes=12, hours=hours))
        if place.miles > 40 and self.hit(0.15 if urgent else 0.4):
            taken = self.office_time(taken + timedelta(days=rng.uniform(1, 11)))
        elif not urgent and self.hit(0.05):
            taken = self.office_time(taken + timedelta(days=rng.uniform(14, 70)))
        wait = rng.expovariate(1 / (0.8 if urgent else 4.5)) * (1.8 if peak else 1.0) + place.miles / 40
        slot = self.visit_time(taken, wait)
        return taken, slot if slot > taken else taken + timedelta(hours=1), clerk

    # ---- texts

    def typo(self, text: str) -> str:
        """Make one typing error."""
        if len(text) < 4:
            return text
        index = self.rng.randrange(1, len(text) - 1)
        way = self.rng.randrange(3)
        if way == 0:
            return text[:index] + text[index + 1 :]
        if way == 1:
            return text[:index] + text[index] + text[index:]
        return text[:index] + text[index + 1] + text[index] + text[index + 2 :]

    def typed_phone(self, number: str, *, plain: bool) -> str:
        """Write a phone number as a visitor types it."""
        if plain:
            return f"+1{number}"
        if self.hit(0.015):
            spot = self.rng.randrange(6, 10)
            number = number[:spot] + str(self.rng.randrange(10)) + number[spot + 1 :]
        area, mid, end = number[:3], number[3:6], number[6:]
        forms = [
            number,
            f"{area}-{mid}-{end}",
            f"({area}) {mid}-{end}",
            f"{area}.{mid}.{end}",
            f"{area} {mid} {end}",
            f"1-{area}-{mid}-{end}",
            f"{mid}-{end}" if area == "406" else number,
        ]
        return self.rng.choices(forms, [26, 32, 22, 5, 5, 2, 4])[0]

    def typed_street(self, place: Place) -> str:
        """Write a street as a visitor types it."""
        number, _, street = place.street.partition(" ")
        words = street.split()
        if self.hit(0.3):
            words = [self.data["suffix"].get(w, w) for w in words]
        elif words[-1] in self.data["suffix"] and self.hit(0.12):
            words = words[:-1]
        if self.hit(0.02):
            number = self.typo(number)
        text = " ".join([number, self.typo(" ".join(words)) if self.hit(0.03) else " ".join(words)])
        text += f" {place.unit}" if place.unit and self.hit(0.75) else ""
        return text.lower() if self.hit(0.14) else text

    def typed_name(self, who: Person, party: Party, channel: str) -> str:
        """Write a name as the channel delivers it."""
        if channel == "Phone Call":
            if self.hit(0.16):
                return self.rng.choice(["WIRELESS CALLER", "BILLINGS MT", "", "MONTANA CALL"])
            return f"{who.last} {who.first}".upper()[:15]
        first = who.goes_by if self.hit(0.66) else who.first
        if self.hit({"Web Form": 0.025, "Chat": 0.06}.get(channel, 0.01)):
            return first
        mate = party.people[1] if len(party.people) > 1 else None
        if mate and who.role == "head" and mate.role == "spouse" and mate.last == who.last and self.hit(0.03):
            first = f"{first} & {mate.goes_by}"
        name = f"{first} {self.typo(who.last) if self.hit(0.018) else who.last}"
        roll = self.rng.random()
        return name.lower() if roll < 0.07 else name.upper() if roll < 0.09 else name

    def message(self, problem: str, who: Person, party: Party) -> str:
        """Compose the text of a request."""
        extra = ""
        if who.role == "tenant":
            extra = self.word("tenant")
        elif who.role == "kin":
            extra = self.word("relation")
        elif party.kind == "rental" and who.role != "tenant":
            extra = self.word("landlord")
        elif party.org and self.hit(0.45):
            extra = f"This is for {party.org}."
        elif self.hit(0.05) and len(party.people) > 1:
            extra = f"{party.people[1].goes_by} will be there."
        problem = problem[0].upper() + problem[1:] if self.hit(0.55) else problem
        end = self.rng.choice([".", ".", "", "!"])
        parts = [self.word("openers"), problem + end, extra, self.word("details"), self.word("closers")]
        if who.role == "tenant" and self.hit(0.2):
            parts.append(f"Owner is {party.people[0].goes_by} {party.people[0].last}.")
        return " ".join(part for part in parts if part)

    # ---- requests

    def make_lead(self, at: datetime, party: Party, who: Person, place: Place, topic: str, *, channel: str) -> Lead:
        """Write one submission as its channel delivers it."""
        has = {
            "Web Form": (0.985, 0.96, 0.72),
            "Chat": (0.93, 0.72, 0.55),
            "Phone Call": (1, 0, 0),
            "Answering Service": (1, 0.05, 0.93),
            "Social Lead Ad": (1, 1, 0.1),
        }[channel]
        phone = who.phone
        if party.line and self.hit(0.4 if party.org else 0.15 if who.role in {"head", "spouse"} else 0):
            phone = party.line
        email = self.typo(who.email) if self.hit(0.008) else who.email
        street = self.typed_street(place) if self.hit(has[2]) else ""
        label = self.data["topics"][topic]["label"] if self.hit(0.93) else "Other"
        city = place.city if channel != "Phone Call" and self.hit(0.92) else ""
        lead = Lead(
            at,
            channel,
            self.typed_name(who, party, channel),
            self.typed_phone(phone, plain=channel in {"Phone Call", "Social Lead Ad"}) if self.hit(has[0]) else "",
            (email.capitalize() if self.hit(0.05) else email) if self.hit(has[1]) else "",
            street,
            self.rng.choice([city, city, city, city, city.lower(), f"{city}, MT" if city else ""]),
            place.zip if channel in {"Web Form", "Chat"} and self.hit(0.7) else "",
            label if channel in {"Web Form", "Social Lead Ad"} else "",
            "",
            who,
            topic,
        )
        lead.problem = self.word(f"topics>{topic}>problems")
        if channel == "Phone Call":
            lead.message = f"Answered, {self.rng.randrange(1, 9)}m {self.rng.randrange(60)}s" if self.hit(0.8) else ""
        elif channel == "Answering Service":
            lead.message = f"MSG: {lead.problem}. PLS CALL".upper()
        elif channel != "Social Lead Ad" or self.hit(0.4):
            lead.message = self.message(lead.problem, who, party) if self.hit(0.95) else self.word("vague")
        self.leads.append(lead)
        return lead

    def channel(self, at: datetime) -> str:
        """Pick the channel for the hour."""
        night = at.hour < 7 or at.hour >= 18 or at.weekday() == 6
        names = ["Web Form", "Chat", "Phone Call", "Answering Service", "Social Lead Ad"]
        return self.rng.choices(names, [65, 13, 1, 16, 8] if night else [66, 15, 7, 3, 8])[0]

    def topic(self, month: int, kind: str) -> str:
        """Pick the need for the month and the kind of customer."""
        column = 1 if kind in RURAL else 2 if kind in ORGS else 0
        weights = [t["months"][month - 1] * t["weights"][column] for t in self.data["topics"].values()]
        return str(self.rng.choices(list(self.data["topics"]), weights)[0])

    def asker(self, party: Party) -> Person:
        """Pick who of a party sends the request."""
        weights = {"head": 60, "spouse": 38, "kin": 30, "tenant": 75, "staff": 40, "hand": 25}
        return self.rng.choices(party.people, [weights[p.role] for p in party.people])[0]

    def lead_party(self, at: datetime) -> Party:
        """Find or create the party of a request."""
        if self.hit(0.33):
            for _ in range(12):
                party = self.rng.choice(self.parties)
                often = party.kind in {"pm", "colony"} or not party.used or self.hit(0.25)
                if often and at > party.busy and party.free(at - timedelta(days=1), at + timedelta(days=4)):
                    return party
        kind = self.rng.choices(["home", "acreage", "ranch", "rental", "business"], [64, 14, 8, 8, 6])[0]
        party = self.new_party(kind, known=False)
        if kind == "home" and self.hit(0.02):
            self.take_over(party, at)
        self.parties.append(party)
        return party

    def take_over(self, party: Party, at: datetime) -> None:
        """Let a newcomer move into the home of an old customer."""
        seller = self.rng.choice(self.parties)
        if seller.kind == "home" and not seller.used and seller.left == FOREVER:
            seller.left = at - timedelta(days=self.rng.randrange(40, 300))
            party.places = [seller.places[0]]

    def repeat(self, lead: Lead, party: Party, place: Place, topic: str) -> datetime:
        """Send the same request again; return the time from which the office can answer."""
        rng = self.rng
        lead.group = lead.group or len(self.leads)
        roll = rng.random()
        who = lead.who or party.people[0]
        if roll < 0.4:
            at = lead.at + timedelta(seconds=rng.randrange(2, 240))
            again = Lead(
                at,
                lead.channel,
                lead.name,
                lead.phone,
                lead.email,
                lead.address,
                lead.city,
                lead.zip,
                lead.service,
                lead.message,
                who,
            )
            self.leads.append(again)
        elif roll < 0.75:
            at = lead.at + timedelta(minutes=rng.randrange(4, 900))
            again = self.make_lead(
                at, party, who, place, topic, channel=rng.choice(["Chat", "Web Form", "Answering Service"])
            )
        else:
            mates = [p for p in party.people if p.role in {"head", "spouse"}] or [who]
            at = lead.at + timedelta(hours=rng.randrange(20, 120))
            again = self.make_lead(at, party, rng.choice(mates), place, topic, channel="Web Form")
            again.message = f"{self.word('followup')} {again.message}"
        again.group = lead.group
        return again.at if roll >= 0.75 else lead.at

    def junk(self, at: datetime) -> None:
        """Add spam or a request from too far away."""
        if self.hit(0.58):
            who = self.new_person("head")
            lead = Lead(
                at,
                self.rng.choice(["Web Form", "Web Form", "Chat"]),
                f"{who.first} {who.last}",
                self.typed_phone(who.phone, plain=False),
                who.email,
                "",
                "",
                "",
                "Other",
                self.word("spam"),
            )
            self.leads.append(lead)
            return
        party = self.new_party("home", known=False)
        city, code, state = self.rng.choice(self.data["outside"])
        place = Place(party.places[0].street, f"{city} {state}" if self.hit(0.4) else city, code, 200)
        topic = self.topic(at.month, "home")
        self.make_lead(at, party, party.people[0], place, topic, channel=self.channel(at))

    def request(self, at: datetime) -> None:
        """Take one request and what the office makes of it."""
        if self.hit(0.065):
            self.junk(at)
            return
        party = self.lead_party(at)
        who = self.asker(party)
        if party.kind == "home" and party.known and self.hit(0.05):
            self.known_account(party)
            party.places = [self.new_place("home")]
        place = self.rng.choice(party.places)
        topic = self.topic(at.month, party.kind)
        lead = self.make_lead(at, party, who, place, topic, channel=self.channel(at))
        party.used = True
        since = at
        if len(self.leads) < self.count and self.hit(0.055):
            since = self.repeat(lead, party, place, topic)
        loyal = party.club or party.kind in {"pm", "colony"}
        chance = 0.95 if loyal else 0.82 if party.known or party.account else 0.46
        chance -= 0.12 if place.miles > 60 else 0
        job = self.book(lead, since, party, who, place) if self.hit(chance) else None
        if job is None:
            self.lose(lead, party, place, topic)
        elif self.hit(0.025):
            self.neighbor(place, topic, job.taken)
        if self.hit(0.02):
            self.relative(party, at)

    # ---- jobs

    def remark(self, clerk: int, topic: str, lead: Lead | None) -> str:
        """Write what the clerk types on the order."""
        if lead and clerk == 1 and lead.message and lead.channel != "Phone Call" and self.hit(0.45):
            return f"web: {lead.message[: self.rng.choice([40, 70, 110])]}"
        if clerk == 2 and self.hit(0.6):
            return ""
        text = lead.problem if lead and self.hit(0.7) else self.word(f"topics>{topic}>problems")
        quirk = f" {self.word('quirks')}" if self.hit(0.22) else ""
        if clerk == 0:
            return f"{text.upper()[: self.rng.choice([28, 45, 80])]}{quirk}"
        return text + quirk

    def heard(self, known: bool, lead: Lead | None) -> str:
        """Pick the referral source the clerk leaves on the order."""
        names = ["Website", "Internet", "Repeat", "Phone", "Referral", "Radio", "Truck/Sign", ""]
        if lead:
            weights = [26, 5, 42, 20, 1, 0, 0, 6] if known else [48, 21, 2, 13, 6, 1, 1, 8]
        else:
            weights = [4, 4, 58, 20, 5, 1, 1, 7] if known else [7, 18, 3, 28, 24, 7, 6, 7]
        return self.rng.choices(names, weights)[0]

    def add_job(self, job: Job) -> Job:
        """Set the status and keep the order unless it comes after the export."""
        done = job.service < self.export
        if not job.status:
            late = job.service > self.export - timedelta(days=14)
            job.status = self.rng.choices(["Closed", "Paid", "Invoiced"], [2, 2, 6] if late else [3, 16, 1])[0]
        if not done and job.status not in {"Canceled", "Void"}:
            job.status, job.total, job.notes = "Scheduled", 0.0, ""
        elif job.status not in {"Canceled", "Void"}:
            job.tech = self.techs.pick()
        if job.taken < self.export:
            self.jobs.append(job)
        return job

    def first_job(
        self,
        account: Account,
        place: Place,
        topic: str,
        when: tuple[datetime, datetime, int],
        *,
        heard: str,
        lead: Lead | None,
    ) -> Job:
        """Write the first order for a need."""
        facts = self.data["topics"][topic]
        taken, service, clerk = when
        low, high = facts["money"]
        total = round(self.rng.uniform(low, high), 2) if high else 0.0
        job = Job(account, place, facts["type"], taken, service, total, heard, clerk)
        job.remarks = self.remark(clerk, topic, lead)
        job.notes = self.word(f"topics>{topic}>found") if self.hit(0.85) else ""
        if facts["mode"] == "bid":
            job.status = self.rng.choice(["Bid Out", "Bid Out", "Bid Lost"])
        return self.add_job(job)

    def follow(self, first: Job, topic: str) -> list[Job]:
        """Write the further orders that continue a need."""
        facts = self.data["topics"][topic]
        jobs: list[Job] = []
        for kind, chance, low, high, cheap, dear in facts["next"]:
            if first.status == "Scheduled" or not self.hit(chance):
                continue
            base = jobs[-1] if jobs else first
            taken = self.office_time(base.service + timedelta(days=self.rng.uniform(low, high) * 0.7, hours=1))
            jobs.append(self.next_job(base, kind, taken, (high - low) * 0.3, self.rng.uniform(cheap, dear)))
            if facts["mode"] == "bid" and taken < self.export:
                first.status = "Bid Sold"
            if "Install" in kind and jobs[-1].status != "Scheduled" and self.hit(0.1):
                again = self.office_time(jobs[-1].service + timedelta(days=self.rng.uniform(0, 5), hours=2))
                jobs.append(self.next_job(jobs[-1], "Start-Up", again, 5, 0))
        return jobs

    def next_job(self, base: Job, kind: str, taken: datetime, wait: float, total: float) -> Job:
        """Write one continuing order."""
        slot = self.visit_time(taken, self.rng.uniform(0, wait + 0.6))
        slot = slot if slot > taken else taken + timedelta(hours=1)
        job = Job(
            base.account,
            base.place,
            kind,
            taken,
            slot,
            round(total, 2),
            base.heard if self.hit(0.4) else "Repeat",
            self.rng.choice([0, 1]),
        )
        job.before = base if self.hit(0.4) else None
        job.site_contact, job.site_phone = base.site_contact, base.site_phone
        job.notes = self.word(f"finish>{kind}") if self.hit(0.85) else ""
        return self.add_job(job)

    def book(self, lead: Lead, since: datetime, party: Party, who: Person, place: Place) -> Job | None:
        """Turn a request into orders; return the first one, or nothing when it falls after the export."""
        topic = lead.topic
        when = self.booking(since, topic, lead.channel, place)
        if when[0] >= self.export:
            return None
        facts = self.data["topics"][topic]
        known = party.known or party.account is not None
        account = self.lead_account(party, min(when[0], when[1]), when[2], who)
        heard = self.heard(known, lead)
        if self.hit(0.012):
            bad = self.first_job(account, place, topic, when, heard=heard, lead=lead)
            bad.status, bad.total, bad.notes, bad.tech = "Void", 0.0, "dup ticket", ""
        if facts["mode"] == "bid" and self.hit(0.09):
            later = self.office_time(when[1] + timedelta(days=self.rng.uniform(2, 20)))
            first = Job(account, place, "Bid", when[0], when[1], 0.0, heard, 2)
            kind, _, low, high, cheap, dear = facts["next"][0]
            if later >= self.export:
                return None
            chain = [self.next_job(first, kind, later, (high - low) * 0.3, self.rng.uniform(cheap, dear))]
            chain[0].before = None
        else:
            first = self.first_job(account, place, topic, when, heard=heard, lead=lead)
            chain = [first, *self.follow(first, topic)]
        self.link(lead, chain[0], party, who)
        self.truth += [(lead, job) for job in chain if job.taken < self.export]
        self.go_back(chain[-1])
        party.busy = max(party.busy, chain[-1].taken)
        party.blocks.append((lead.at, max(chain[0].taken, chain[0].service) + timedelta(hours=12)))
        return chain[0]

    def link(self, lead: Lead, job: Job, party: Party, who: Person) -> None:
        """Note the person on site where the record alone would not show who asked."""
        account = job.account
        if who.role in {"tenant", "kin", "hand"} and self.hit(0.72):
            job.site_contact = f"{who.role if who.role == 'tenant' else ''} {who.goes_by}".strip()
            job.site_phone = who.phone if self.hit(0.85) else ""
        digits = "".join(c for c in lead.phone if c.isdigit())[-10:]
        phones = {account.phone, account.alt, job.site_phone} - {""}
        shown = len(digits) == 10 and digits in phones
        shown |= bool(lead.email) and lead.email.lower() == account.email.lower()
        shown |= lead.address.lower().split()[:2] == job.place.street.lower().split()[:2]
        if shown or (who.role in {"head", "spouse"} and not party.org and " " in lead.name and self.hit(0.15)):
            return
        job.site_contact = job.site_contact or who.goes_by
        job.site_phone = digits if len(digits) == 10 else who.phone

    def go_back(self, job: Job) -> None:
        """Add a free correction of earlier work now and then."""
        if job.status in {"Scheduled", "Bid Out", "Bid Lost"} or not self.hit(0.05):
            return
        taken = self.office_time(job.service + timedelta(days=self.rng.uniform(1, 40)))
        back = self.next_job(job, self.rng.choice(["Go-Back NC", "Go-Back NC", "Warranty"]), taken, 3, 0)
        back.remarks = self.rng.choice(["BACK ON LAST JOB", "not right yet", "noise after repair", ""])

    def lose(self, lead: Lead, party: Party, place: Place, topic: str) -> None:
        """Close a request that led to nothing, or to a canceled order."""
        if self.hit(0.07):
            when = self.booking(lead.at, topic, lead.channel, place)
            account = self.lead_account(party, when[0], when[2], lead.who or party.people[0])
            heard = self.heard(party.known, lead)
            job = self.first_job(account, place, topic, when, heard=heard, lead=lead)
            job.status, job.total, job.notes, job.tech = "Canceled", 0.0, self.word("void"), ""
        elif self.hit(0.02):
            self.neighbor(place, topic, lead.at)
        if not self.hit(0.008):
            party.blocks.append((lead.at, FOREVER))

    # ---- jobs without a request

    def call_job(self, party: Party, at: datetime, topic: str = "") -> None:
        """Write the orders of a party that simply called."""
        topic = topic or self.topic(at.month, party.kind)
        place = self.rng.choice(party.places)
        when = self.booking(self.office_time(at), topic, "Phone Call", place)
        room = {"bid": 40, "repair": 16, "small": 2}[self.data["topics"][topic]["mode"]]
        if not party.free(at, max(when[0], when[1]) + timedelta(days=room)) or when[0] >= self.export:
            return
        known = party.known or party.account is not None
        style = ("old", "new", "own")[when[2]]
        if party.account is None:
            party.account = self.known_account(party) if party.known else self.new_account(party, when[0], style)
        if party.account.since > min(when[0], when[1]):
            return
        job = self.first_job(party.account, place, topic, when, heard=self.heard(known, None), lead=None)
        if self.hit(0.05):
            job.status, job.total, job.notes, job.tech = "Canceled", 0.0, self.word("void"), ""
            return
        last = (self.follow(job, topic) or [job])[-1]
        if party.free(last.service, last.service + timedelta(days=45)):
            self.go_back(last)

    def club_visits(self, party: Party) -> None:
        """Write the spring and fall visits of a club member."""
        account = self.known_account(party)
        for year in range(self.start.year, self.export.year + 1):
            for kind, month in (("Club - Spring", 3), ("Club - Fall", 9)):
                day = datetime(year, month, 5, tzinfo=UTC) + timedelta(days=self.rng.randrange(80))
                taken = self.office_time(day - timedelta(days=self.rng.randrange(2, 16)))
                slot = self.visit_time(day, 0)
                if not self.start < taken < self.export or not party.free(taken, slot) or self.hit(0.12):
                    continue
                job = Job(
                    account,
                    party.places[0],
                    kind,
                    taken,
                    slot,
                    self.rng.choice([0.0, 0.0, 39.0, 96.5]),
                    self.rng.choice(["Club", "Club", "Repeat"]),
                    self.rng.choice([0, 1]),
                )
                job.notes = self.word("club_notes") if self.hit(0.8) else ""
                self.add_job(job)

    def any_time(self) -> datetime:
        """Draw a time of the period."""
        while True:
            at = self.start + timedelta(seconds=self.rng.randrange(int((self.end - self.start).total_seconds())))
            if self.hit(SEASON[at.month - 1] / 1.4):
                return at

    def other_work(self) -> None:
        """Write the orders of old customers, of callers and of club members."""
        for party in list(self.parties):
            if party.club:
                self.club_visits(party)
            rate = {"pm": 16, "colony": 6, "ranch": 1.5, "business": 1.2}.get(party.kind, 0.85)
            rate *= 1.0 if party.known else 0.28 if party.account else 0
            while rate > 0 and self.hit(min(0.9, rate)):
                self.call_job(party, self.any_time())
                rate -= 0.5
        for _ in range(int(self.count * 0.5)):
            kind = self.rng.choices(["home", "acreage", "ranch", "rental", "business"], [62, 15, 9, 7, 7])[0]
            self.call_job(self.new_party(kind, known=False), self.any_time())

    def neighbor(self, place: Place, topic: str, near: datetime) -> None:
        """Let the people of the next address call about the same thing."""
        party = self.new_party("home", known=False)
        number, _, street = place.street.partition(" ")
        next_door = int(number) + self.rng.choice([-8, -4, 4, 6, 10])
        party.places = [Place(f"{next_door} {street}", place.city, place.zip, place.miles)]
        self.call_job(party, near + timedelta(days=self.rng.uniform(-2, 6)), topic)

    def relative(self, party: Party, near: datetime) -> None:
        """Let a relative or a namesake call around the same time."""
        head = party.people[0]
        other = self.new_party("home", known=False)
        other.people[0].last = head.last
        if self.hit(0.45):
            other.people[0].first, other.people[0].goes_by = head.first, head.goes_by
        if self.hit(0.3):
            road = party.places[0]
            number = self.rng.randrange(101, 9000)
            other.places = [Place(f"{number} {road.street.partition(' ')[2]}", road.city, road.zip, road.miles)]
        self.call_job(other, near + timedelta(days=self.rng.uniform(-30, 45)))

    def father_and_son(self, at: datetime) -> None:
        """Add a request that could be of either of two men with one name, one phone and one ranch."""
        party = self.new_party("acreage", known=True)
        head, place = party.people[0], party.places[0]
        party.people = [head]
        head.first = head.goes_by = self.word("male")
        party.line = party.line or self.new_phone()
        lead = self.make_lead(at, party, head, place, "furnace", channel="Answering Service")
        lead.name, lead.phone = f"{head.first} {head.last}", self.typed_phone(party.line, plain=True)
        lead.email, lead.address = "", place.street
        lead.message = self.word("vague").upper()
        for mark in ("SR", "JR"):
            account = self.new_account(party, self.start - timedelta(days=self.rng.randrange(90, 3000)), "old")
            account.name = f"{head.last}, {head.first} {mark}".upper()
            account.phone, account.alt, account.alt_note, account.email = party.line, "", "", ""
            taken = self.office_time(at + timedelta(hours=self.rng.uniform(1, 20)))
            slot = self.visit_time(taken, self.rng.uniform(1, 3))
            topic = self.topic(at.month, "acreage")
            job = self.first_job(account, place, topic, (taken, slot, 0), heard="Phone", lead=None)
            if job.taken < self.export:
                self.unsure.append((lead, job))

    # ---- run and output

    def run(self) -> None:
        """Simulate everything and number the rows."""
        for _ in range(int(self.count * 0.76) + 8):
            kind = self.rng.choices(["home", "acreage", "ranch", "rental", "business"], [58, 16, 12, 6, 8])[0]
            self.parties.append(self.new_party(kind, known=True))
        self.parties += [self.new_party("pm", known=True) for _ in range(1 + self.count // 400)]
        self.parties += [self.new_party("colony", known=True) for _ in range(1 + self.count // 900)]
        for at in self.moments():
            if len(self.leads) >= self.count:
                break
            if self.hit(0.003):
                self.father_and_son(at)
            else:
                self.request(at)
        while len(self.leads) < self.count:
            self.junk(self.any_time())
        self.other_work()
        self.number()

    def number(self) -> None:
        """Sort and number requests, orders and records."""
        self.leads.sort(key=lambda lead: lead.at)
        entry = self.rng.randrange(2100, 40000)
        for lead in self.leads:
            entry += self.rng.choice([1, 1, 1, 2, 3])
            lead.number = f"RL{entry}"
        self.jobs.sort(key=lambda job: job.taken)
        serial = self.rng.randrange(10400, 28000)
        for job in self.jobs:
            serial += self.rng.choice([1, 1, 1, 2])
            job.number = f"{job.taken:%y}-{serial}"
        self.accounts = [account for account in self.accounts if account.since < self.export]
        self.accounts.sort(key=lambda account: account.since)
        for index, account in enumerate(self.accounts):
            account.number = f"C{1180 + index * 3 + self.rng.randrange(3)}"

    def shown_phone(self, number: str) -> str:
        """Format a number as the office software shows it."""
        if number.startswith("406") and int(number[-2:]) < 5:
            return f"{number[3:6]}-{number[6:]}"
        return f"({number[:3]}) {number[3:6]}-{number[6:]}" if number else ""

    def filed_street(self, place: Place, style: str) -> str:
        """Write a street the way the clerk abbreviates it."""
        text = f"{place.street} {place.unit}".strip()
        if style == "old":
            return text.replace(" Ave", " Av").replace("Blvd", "Bl").replace("Trl", "Tr").upper()
        return text.replace(" Avenue", " Ave") if style == "new" else text.replace(" Rd", " rd").replace(" Ln", " ln")

    def lead_rows(self) -> Iterable[Row]:
        """Return the inbox export."""
        sources = {
            "Phone Call": ["search / cpc", "maps / listing"],
            "Social Lead Ad": ["social / paid"],
            "Answering Service": ["direct / (none)"],
        }
        for lead in self.leads:
            source = self.rng.choice(sources.get(lead.channel, ["search / organic", "search / cpc", "direct / (none)"]))
            page = self.word("pages") if lead.channel in {"Web Form", "Chat"} else ""
            yield dict(
                zip(
                    LEAD_COLUMNS,
                    [
                        lead.number,
                        _utc(lead.at),
                        lead.channel,
                        lead.name,
                        lead.phone,
                        lead.email,
                        lead.address,
                        lead.city,
                        lead.zip,
                        lead.service,
                        lead.message,
                        source,
                        page,
                    ],
                    strict=True,
                )
            )

    def job_row(self, job: Job) -> Row:
        """Return one line of the work order export."""
        account, place = job.account, job.place
        old = account.style == "old"
        site = self.filed_street(place, account.style)
        over = job.status in {"Scheduled", "Canceled", "Void"}
        remarks = f"{job.remarks} see {job.before.number}".strip() if job.before and job.before.number else job.remarks
        closed = max(job.service, job.taken) + timedelta(days=self.rng.choice([0, 0, 0, 1, 1, 3]))
        alt = f"{self.shown_phone(account.alt)} {account.alt_note}".strip()
        return {
            "WO #": job.number,
            "Taken On": _clock(job.taken),
            "Taken By": self.clerks[job.clerk],
            "Service Date": _day(job.service),
            "Closed On": "" if over else _day(min(closed, self.export)),
            "Acct #": account.number,
            "Account Name": account.name,
            "Contact": account.contact,
            "Phone": self.shown_phone(account.phone),
            "Alt Phone": alt,
            "Email": account.email,
            "Site Address": site,
            "Site City": place.city.upper() if old else place.city,
            "Site St": "MT",
            "Site Zip": place.zip,
            "Site Contact": job.site_contact,
            "Site Phone": self.shown_phone(job.site_phone),
            "Bill To": account.mail or f"{site}, {place.city}, MT",
            "WO Type": job.kind,
            "How Heard": job.heard,
            "Status": job.status,
            "Tech": job.tech,
            "Invoice Total": f"{job.total:,.2f}",
            "Office Remarks": remarks,
            "Tech Notes": job.notes,
        }

    def account_row(self, account: Account) -> Row:
        """Return one line of the customer list."""
        place = account.place
        return {
            "Acct #": account.number,
            "Account Name": account.name,
            "Contact": account.contact,
            "Phone": self.shown_phone(account.phone),
            "Alt Phone": f"{self.shown_phone(account.alt)} {account.alt_note}".strip(),
            "Email": account.email,
            "Main Address": self.filed_street(place, account.style),
            "City": place.city,
            "Zip": place.zip,
            "Mail To": account.mail,
            "Customer Since": _day(account.since),
            "Club": "Y" if account.club else "",
            "Class": {"home": "RES", "acreage": "RES-W", "rental": "RENTAL", "pm": "RENTAL", "business": "COMM"}.get(
                account.kind, "RANCH"
            ),
        }

    def group_rows(self) -> list[Row]:
        """Return the groups of repeated requests."""
        return [{"lead_id": lead.number, "group_id": f"G{lead.group}"} for lead in self.leads if lead.group]


def _pairs(pairs: Iterable[tuple[Lead, Job]]) -> list[Row]:
    """Convert pairs to rows."""
    return [{"lead_id": lead.number, "job_id": job.number} for lead, job in pairs]


def _save(path: Path, rows: Iterable[Row], columns: Sequence[str]) -> None:
    """Write one table."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the office's files into the folder."""
    office = Office(seed, leads)
    office.run()
    jobs = [office.job_row(job) for job in office.jobs]
    accounts = [office.account_row(account) for account in office.accounts]
    _save(folder / "leads.csv", office.lead_rows(), LEAD_COLUMNS)
    _save(folder / "jobs.csv", jobs, list(jobs[0]))
    _save(folder / "customers.csv", accounts, list(accounts[0]))
    _save(folder / "truth.csv", _pairs(office.truth), ["lead_id", "job_id"])
    _save(folder / "ambiguous.csv", _pairs(office.unsure), ["lead_id", "job_id"])
    _save(folder / "lead_groups.csv", office.group_rows(), ["lead_id", "group_id"])
