"""Generate the requests and work orders of a made-up plumbing, heating and oil-burner company near Burlington, Vermont.

The office has four people at the desk. Denise files LAST, FIRST in capitals and reuses old accounts. Kyle writes
French names as he hears them, skips emails and sometimes opens a second account. Joanne runs estimates and plans and
is neat. An answering service (NSS) takes night calls and notes little. Requests come from a lead tracker in UTC (forms,
chats, tracked calls). Work orders come from a fuel dealer's package in local time.
True: the first visit that a request led to, the return visit with the part and the install after the estimate.
Not true: plan cleanings, later calls, canceled or voided orders, callbacks at no charge.
Hard: tenants filed under the landlord, camps of owners from other states, property managers with many units, spouses,
maiden names, old phones, seven-digit phones, buyers of a former customer's house, families with one last name,
towns with several names, weeks of delay in the fall, and a source code that is often wrong or empty.
"""

from __future__ import annotations

import csv
import json
import random
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

DATA: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
# All times are the office's wall clock; the zone is a formality.
LONG_AGO, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
BUSY = [2.0, 1.6, 1.2, 0.9, 0.8, 0.8, 0.9, 1.0, 1.5, 2.2, 2.3, 2.2]
SHORT = {
    "Street": "St",
    "Avenue": "Ave",
    "Road": "Rd",
    "Drive": "Dr",
    "Lane": "Ln",
    "Parkway": "Pkwy",
    "Highway": "Hwy",
    "Terrace": "Ter",
    "Court": "Ct",
    "North": "N",
    "South": "S",
    "East": "E",
    "West": "W",
    "Saint": "St",
    "Mount": "Mt",
}
HOURS = [2, 1, 1, 1, 2, 4, 8, 12, 15, 15, 13, 11, 10, 9, 8, 8, 8, 8, 8, 10, 11, 9, 6, 3]
LEAD_COLUMNS = [
    "lead_id",
    "lead_type",
    "date_created",
    "contact_name",
    "company",
    "contact_phone",
    "contact_email",
    "street_address",
    "city",
    "zip",
    "service_requested",
    "existing_customer",
    "message",
    "lead_source",
    "lead_medium",
    "landing_page",
    "tracking_number",
    "call_duration",
]
JOB_COLUMNS = [
    "WO No",
    "Entered",
    "Taken By",
    "Acct",
    "Customer",
    "Home Phone",
    "Other Phone",
    "E-mail",
    "Site Address",
    "Site Town",
    "Site Zip",
    "Bill Address",
    "Bill City/St/Zip",
    "Call Type",
    "Source",
    "Sched Date",
    "Completed",
    "Tech",
    "Status",
    "Ref WO",
    "Invoice",
    "Reason For Call",
    "Work Performed",
]
CUSTOMER_COLUMNS = [
    "Acct",
    "Name",
    "Type",
    "Home Phone",
    "Other Phone",
    "E-mail",
    "Bill Address",
    "Bill City/St/Zip",
    "Opened",
    "Svc Plan",
    "Status",
]


@dataclass(frozen=True)
class Address:
    """Hold one address in its full form."""

    number: int
    street: str
    unit: str
    town: str
    state: str
    zip: str


@dataclass
class Person:
    """Hold one person with the contacts that are really theirs."""

    first: str
    nick: str
    last: str
    phone: str
    email: str


@dataclass(eq=False)
class Account:
    """Hold one account of the office's software as the desk filed it."""

    name: str
    kind: str
    phone: str
    other: str
    email: str
    billing: Address
    opened: datetime
    plan: bool = False
    active: bool = True
    number: int = 0
    sites: dict[Address, tuple[str, str]] = field(default_factory=dict)


@dataclass(eq=False)
class House:
    """Hold one customer: a household, a landlord, a manager, a camp owner or a shop."""

    kind: str
    people: list[Person]
    home: Address
    sites: list[Address]
    firm: str = ""
    landline: str = ""
    landlord: House | None = None
    accounts: list[Account] = field(default_factory=list)
    requests: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    busy_until: datetime = LONG_AGO
    gone: datetime = NEVER


@dataclass(eq=False)
class Job:
    """Hold one work order."""

    account: Account
    site: Address
    entered: datetime
    taker: str
    code: str
    source: str
    scheduled: datetime
    hours: float
    total: float
    reason: str
    work: str
    status: str = ""
    ref: Job | None = None
    number: int = 0
    tech: str = ""


@dataclass(eq=False)
class Lead:
    """Hold one request as the lead tracker keeps it, with the jobs that it led to."""

    when: datetime
    row: dict[str, str]
    group: Lead | None = None
    jobs: list[Job] = field(default_factory=list)
    unclear: list[Job] = field(default_factory=list)
    number: int = 0


def to_utc(local: datetime) -> datetime:
    """Convert Eastern local time to UTC with the daylight rule in use since 2007."""
    march, november = date(local.year, 3, 8), date(local.year, 11, 1)
    begin = march + timedelta(days=(6 - march.weekday()) % 7)
    end = november + timedelta(days=(6 - november.weekday()) % 7)
    start_at = datetime(begin.year, begin.month, begin.day, 2, tzinfo=UTC)
    end_at = datetime(end.year, end.month, end.day, 2, tzinfo=UTC)
    return local + timedelta(hours=4 if start_at <= local < end_at else 5)


def slip(rng: random.Random, word: str) -> str:
    """Make one typing error inside a word."""
    if len(word) < 4:
        return word
    at = rng.randrange(1, len(word) - 1)
    kind = rng.random()
    if kind < 0.4:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at + 1 :] if kind < 0.75 else word[:at] + word[at] + word[at:]


def shorten(rng: random.Random, street: str) -> str:
    """Abbreviate a street name the way people type it."""
    route = re.match(r"(VT|US) Route (\S+)(.*)", street)
    if route:
        form = rng.choice(["Rt {n}", "Rte {n}", "Route {n}", "{s} Rte {n}", "{s}-{n}"])
        return form.format(s=route[1], n=route[2]) + route[3]
    words = street.split()
    for i, word in enumerate(words):
        if word in SHORT and (i == len(words) - 1 or rng.random() < 0.7) and len(words) > 1:
            words[i] = SHORT[word] + ("." if rng.random() < 0.12 else "")
    return " ".join(words)


def street_line(rng: random.Random, address: Address, short: float) -> str:
    """Write the street line of an address, abbreviated with the given chance."""
    street = shorten(rng, address.street) if rng.random() < short else address.street
    unit = address.unit
    if unit.startswith("Apt") and rng.random() < 0.45:
        unit = rng.choice(["#", "Unit ", "Apt. ", "apt "]) + unit[4:]
    return f"{address.number} {street}" + (rng.choice([" ", " ", ", "]) + unit if unit else "")


def open_hours(rng: random.Random, moment: datetime) -> datetime:
    """Move a time into the office's hours if it is outside."""
    while True:
        closing = 12 if moment.weekday() == 5 else 17
        closed = moment.weekday() == 6 or (moment.weekday() == 5 and moment.month in (5, 6, 7, 8))
        if not closed and moment.hour < 7:
            return moment.replace(hour=7, minute=rng.randrange(30, 60), second=0)
        if not closed and moment.hour < closing:
            return moment
        moment = (moment + timedelta(days=1)).replace(hour=0, minute=0)
        if moment.weekday() != 6:
            moment = moment.replace(hour=7, minute=rng.randrange(30, 60)) + timedelta(minutes=rng.randrange(0, 120))


@lru_cache(maxsize=4096)
def stems(text: str) -> frozenset[str]:
    """Return the beginnings of a text's words."""
    return frozenset(word[:4] for word in re.findall(r"[a-z]{3,}", text.lower()))


def nearest(rng: random.Random, text: str, options: list[str], luck: float) -> str:
    """Choose the option that shares most words with a text, or any option when luck fails."""
    asked = stems(text)
    if not asked or rng.random() > luck:
        return rng.choice(options)
    mixed = rng.sample(options, k=len(options))
    return max(mixed, key=lambda option: len(asked & stems(option)))


def dashed(phone: str, bare: bool = False) -> str:
    """Write ten digits as the office's software shows them."""
    return f"{phone[3:6]}-{phone[6:]}" if bare else f"{phone[:3]}-{phone[3:6]}-{phone[6:]}"


class World:
    """Make the people, addresses and texts of one seed."""

    def __init__(self, rng: random.Random) -> None:
        """Choose this seed's mix of streets, names and texts."""
        self.rng = rng
        self.used: set[str] = {"8025550190", "8025550191", "8025550192"}
        self.per_area: dict[str, int] = {}
        self.taken: set[Address] = set()
        self.buildings: dict[str, list[tuple[int, str, str]]] = {}
        self.towns = list(DATA["towns"])
        self.town_weight = [DATA["towns"][t]["w"] * rng.uniform(0.7, 1.4) for t in self.towns]
        self.streets = {
            t: rng.sample(DATA["towns"][t]["streets"], k=-(-len(DATA["towns"][t]["streets"]) * 3 // 4))
            for t in self.towns
        }
        self.last_weight = [rng.uniform(0.3, 1.0) + 2.5 * rng.random() ** 6 for _ in DATA["last"]]
        self.services: dict[str, dict[str, Any]] = {key: self._subset(value) for key, value in DATA["services"].items()}
        self.shops = rng.sample(DATA["shops"], k=len(DATA["shops"]))
        self.shop_count = 0
        self.manager_count = 0

    def _subset(self, service: dict[str, Any]) -> dict[str, Any]:
        """Keep most of a service's texts, so that seeds differ."""
        chosen = dict(service)
        for key in ("msgs", "reasons", "works"):
            chosen[key] = self.rng.sample(service[key], k=max(2, round(len(service[key]) * 0.8)))
        return chosen

    def phone(self, area: str = "") -> str:
        """Make an unused phone number with 555 in the middle."""
        if not area:
            area = "802" if self.rng.random() < 0.86 else self.rng.choice(DATA["area"][1:])
        while self.per_area.get(area, 0) > 8000:
            area = self.rng.choice(DATA["area"])
        while True:
            number = f"{area}555{self.rng.randrange(10000):04d}"
            if number not in self.used:
                self.used.add(number)
                self.per_area[area] = self.per_area.get(area, 0) + 1
                return number

    def bad_phone(self, phone: str) -> str:
        """Mistype one of the last four digits without hitting another person's number."""
        for _ in range(12):
            at = self.rng.randrange(6, 10)
            other = phone[:at] + str(self.rng.randrange(10)) + phone[at + 1 :]
            if other not in self.used:
                self.used.add(other)
                return other
        return phone

    def email(self, first: str, last: str, domain: str = "") -> str:
        """Make an email address from a name."""
        rng = self.rng
        first, last = (re.sub(r"[^a-z]", "", x.lower()) for x in (first, last))
        form = rng.choice(
            [
                "{f}.{l}",
                "{f}{l}{n}",
                "{i}{l}{n}",
                "{i}{l}{n}",
                "{f}{n}vt",
                "{l}{f}{n}",
                "{f}.{l}{n}",
                "{l}family{n}",
                "{w}{n}",
            ]
        )
        hobby = rng.choice(["sugarbush", "lakecamp", "skivt", "maplelane", "greenmtn", "bassfish", "oldbarn"])
        local = form.format(f=first, l=last, i=first[:1], n=rng.randrange(2, 999), w=hobby)
        return f"{local}@{domain or rng.choice(DATA['mail'])}"

    def person(self, last: str = "", area: str = "", women: float = 0.5) -> Person:
        """Make one person."""
        rng = self.rng
        first = rng.choice(DATA["first_f"] if rng.random() < women else DATA["first_m"])
        nick = DATA["nick"].get(first, first) if rng.random() < 0.5 else first
        last = last or rng.choices(DATA["last"], self.last_weight)[0]
        return Person(first, nick, last, self.phone(area), self.email(rng.choice([first, nick]), last))

    def address(self, town: str = "", apartment: float | None = None) -> Address:
        """Make an unused address in the service area."""
        rng = self.rng
        town = town or rng.choices(self.towns, self.town_weight)[0]
        info = DATA["towns"][town]
        chance = info["apt"] if apartment is None else apartment
        for _ in range(50):
            street = rng.choice(self.streets[town])
            number = rng.randrange(3, 420) if info["w"] >= 6 else rng.randrange(8, 3900)
            zip_code, unit = rng.choice(info["zips"]), ""
            if rng.random() < chance:
                blocks = self.buildings.setdefault(town, [])
                if blocks and rng.random() < 0.45:
                    number, street, zip_code = rng.choice(blocks)
                else:
                    blocks.append((number, street, zip_code))
                unit = rng.choice(["Apt 1", "Apt 2", "Apt 3", "Apt 4", "Apt A", "Apt B", "Unit 5", "2nd Floor"])
            made = Address(number, street, unit, town, "VT", zip_code)
            if made not in self.taken:
                break
        self.taken.add(made)
        return made

    def house(self, kind: str) -> House:
        """Make one customer of the given kind."""
        rng = self.rng
        if kind == "camp":
            town, state, zip_code, area = rng.choice(DATA["away"])
            home = Address(rng.randrange(4, 300), rng.choice(DATA["away_streets"]), "", town, state, zip_code)
            house = House(kind, self.family(area), home, [self.address(rng.choice(DATA["camps"]), 0.0)])
        elif kind in ("owner", "tenant"):
            home = self.address(apartment=0.95 if kind == "tenant" else None)
            house = House(kind, self.family(), home, [home])
        elif kind == "landlord":
            rentals = [self.address(apartment=0.6) for _ in range(rng.randrange(1, 5))]
            house = House(kind, self.family(), self.address(apartment=0.05), rentals)
        else:
            house = self.business(kind)
        if rng.random() < 0.22:
            house.landline = self.phone("802")
        return house

    def family(self, area: str = "") -> list[Person]:
        """Make the adults of one household."""
        adult = self.person(area=area)
        if self.rng.random() < 0.4:
            return [adult]
        women = 0.06 if adult.first in DATA["first_f"] else 0.94
        return [adult, self.person(adult.last if self.rng.random() < 0.83 else "", area, women)]

    def business(self, kind: str) -> House:
        """Make a shop with one site or a manager with many units."""
        rng = self.rng
        if kind == "manager":
            firm = DATA["managers"][self.manager_count]
            self.manager_count += 1
            sites = [self.address(apartment=0.8) for _ in range(rng.randrange(7, 24))]
            home = self.address("Burlington", 0.0)
        else:
            home = self.address(apartment=0.0)
            firm = self.shops[self.shop_count % len(self.shops)]
            firm += f" {home.town}" if self.shop_count >= len(self.shops) else ""
            self.shop_count += 1
            sites = [home]
        staff = [self.person(), self.person()]
        domain = re.sub(r"[^a-z]", "", firm.lower())[:18] + ".example"
        for member in staff:
            member.email = f"{member.first.lower()}@{domain}"
        return House(kind, staff, home, sites, firm, self.phone("802"))


class Desk:
    """File accounts and work orders the way this office does."""

    def __init__(self, world: World, end: datetime) -> None:
        """Start with an empty cabinet."""
        self.world, self.rng, self.end = world, world.rng, end
        self.accounts: list[Account] = []
        self.jobs: list[Job] = []

    def taker(self, when: datetime, estimate: bool = False) -> str:
        """Choose who takes the call."""
        if when.hour < 7 or when.hour >= 17 or when.weekday() == 6:
            return "NSS"
        if estimate and self.rng.random() < 0.5:
            return "JOANNE"
        return self.rng.choices(["DENISE", "KYLE", "JOANNE"], [60, 25, 15] if when.hour < 13 else [35, 50, 15])[0]

    def styled(self, house: House, person: Person, taker: str) -> str:
        """Write an account name in the taker's style."""
        rng = self.rng
        if house.firm:
            return house.firm.upper() if taker in ("DENISE", "NSS") else house.firm
        first = person.nick if rng.random() < 0.55 else person.first
        last = person.last
        if taker in ("KYLE", "NSS") and rng.random() < 0.2:
            last = rng.choice(DATA["heard"].get(last, [last]))
        mates = [p for p in house.people if p is not person and p.last == person.last]
        if mates and taker in ("DENISE", "JOANNE") and rng.random() < 0.36:
            first = f"{first} & {mates[0].first}"
        return f"{last}, {first}".upper() if taker in ("DENISE", "NSS") else f"{first} {last}"

    def open(
        self, house: House, person: Person, when: datetime, taker: str, *, phone: str = "", mail: str = ""
    ) -> Account:
        """Open a new account for a customer."""
        rng = self.rng
        others = [p.phone for p in house.people if p is not person] + ([house.landline] if house.landline else [])
        main = phone or (house.landline if house.landline and rng.random() < 0.5 else person.phone)
        other = rng.choice(others) if others and rng.random() < 0.4 else ""
        bare = main.startswith("802") and taker == "DENISE" and rng.random() < 0.12
        keep = {"DENISE": 0.6, "KYLE": 0.35, "JOANNE": 0.9, "NSS": 0.05}[taker] + (0.15 if mail else 0)
        kind = {"shop": "Commercial", "manager": "Commercial", "landlord": "Landlord", "camp": "Seasonal"}
        account = Account(
            self.styled(house, person, taker),
            kind.get(house.kind, "Residential"),
            dashed(main, bare),
            dashed(other) if other and other != main else "",
            (mail or person.email) if rng.random() < keep else "",
            house.home,
            when,
        )
        house.accounts.append(account)
        self.accounts.append(account)
        return account

    def old(self, house: House, when: datetime) -> None:
        """Open an account from before the period, often with stale facts."""
        rng = self.rng
        person = rng.choice(house.people)
        true_last = person.last
        if not house.firm and rng.random() < 0.03:
            person.last = rng.choice(DATA["last"])
        account = self.open(house, person, when, rng.choices(["DENISE", "JOANNE", "KYLE"], [70, 20, 10])[0])
        person.last = true_last
        if rng.random() < 0.1:
            account.phone = dashed(self.world.phone("802"))
        if account.email and rng.random() < 0.1:
            account.email = self.world.email(person.first, person.last)
        account.plan = house.kind in ("owner", "camp", "shop") and rng.random() < 0.27

    def site_text(self, account: Account, site: Address, taker: str) -> tuple[str, str]:
        """Return a site's street and town as first filed."""
        if site not in account.sites:
            rng = self.rng
            line = street_line(rng, site, 0.4 if taker == "JOANNE" else 0.85)
            if rng.random() < 0.015:
                line = slip(rng, line)
            alias = rng.random() < 0.16 and site.town in DATA["towns"]
            town = rng.choice(DATA["towns"][site.town]["alias"]) if alias else site.town
            upper = taker in ("DENISE", "NSS")
            account.sites[site] = (line.upper(), town.upper()) if upper else (line, town)
        return account.sites[site]

    def note(self, taker: str, text: str, extra: str = "") -> str:
        """Write a reason in the taker's style."""
        text = " ".join(x for x in (text, extra) if x)
        if taker == "NSS":
            return "AFTER HRS " + text.upper()
        return text.upper() if taker == "DENISE" else text.lower() if taker == "KYLE" else text

    def slot(self, entered: datetime, urgent: bool, factor: float = 1.0) -> datetime:
        """Choose the scheduled time of a visit."""
        rng = self.rng
        if urgent:
            delay = timedelta(hours=rng.choice([1, 2, 2, 3, 4, 5, 20, 24, 26, 48]))
        else:
            delay = timedelta(days=rng.lognormvariate(1.3, 0.7) * factor * BUSY[entered.month - 1] ** 0.6)
        moment = entered + delay
        if not urgent and moment.weekday() > 4:
            moment += timedelta(days=7 - moment.weekday())
        if not urgent or delay >= timedelta(hours=20):
            moment = moment.replace(hour=rng.choice([8, 8, 9, 10, 11, 13, 14, 15]), minute=0)
        return max(moment.replace(second=0), entered + timedelta(minutes=20))

    def add(
        self,
        account: Account,
        site: Address,
        entered: datetime,
        code: str,
        source: str,
        *,
        urgent: bool,
        total: float,
        reason: str,
        work: str,
        **more: Any,
    ) -> Job:
        """Add one work order."""
        taker = more.pop("taker", None) or self.taker(entered, code.startswith("EST"))
        reason = self.note(taker, reason, more.pop("extra", ""))
        scheduled = self.slot(entered, urgent, more.pop("factor", 1.0))
        job = Job(
            account,
            site,
            entered,
            taker,
            code,
            source,
            scheduled,
            self.rng.uniform(0.6, 4.5),
            round(total, 2),
            reason,
            work,
            tech=self.rng.choice(DATA["techs"]),
            **more,
        )
        self.site_text(account, site, taker)
        self.jobs.append(job)
        return job

    def price(self, low: float, high: float) -> float:
        """Draw a price, low ones more often."""
        if high == 0:
            return 89.0 if self.rng.random() < 0.15 else 0.0
        share: float = self.rng.random() ** 2.2
        return low + (high - low) * share

    def visit(
        self,
        account: Account,
        site: Address,
        entered: datetime,
        service: str,
        source: str,
        *,
        asked: str = "",
        **more: Any,
    ) -> Job:
        """Add the first visit of a need, with a reason near to what was asked."""
        info = self.world.services[service]
        extra = " ".join(x for x in (more.pop("extra", ""), self.rng.choice(DATA["extras"])) if x)
        reason = more.pop("pasted", "") or nearest(self.rng, asked, info["reasons"], 0.85)
        return self.add(
            account,
            site,
            entered,
            self.rng.choice(info["codes"]),
            source,
            urgent=info["urgent"],
            total=self.price(*info["price"]),
            reason=reason,
            work=nearest(self.rng, reason, info["works"], 0.7),
            extra=extra,
            **more,
        )

    def follow(self, first: Job, service: str) -> list[Job]:
        """Add the work that continues a first visit."""
        rng, info = self.rng, self.world.services[service]
        done = first.scheduled + timedelta(hours=3)
        if rng.random() < info.get("install", 0.0):
            wait = timedelta(days=min(110.0, rng.lognormvariate(2.9, 0.7)))
            job = self.add(
                first.account,
                first.site,
                open_hours(rng, done + wait),
                rng.choice(info["icodes"]),
                rng.choice([first.source, "ESTIMATE", "", ""]),
                urgent=False,
                total=self.price(*info["iprice"]),
                reason=rng.choice(info["ireasons"]),
                work=rng.choice(info["iworks"]),
                factor=2.2,
                ref=first if rng.random() < 0.45 else None,
            )
            return [job]
        if rng.random() < info["ret"]:
            first.work = rng.choice(info["parts"])
            entered = open_hours(rng, done + timedelta(hours=rng.choice([1, 2, 20, 48, 96, 150])))
            code = first.code if rng.random() < 0.6 else "RETURN"
            job = self.add(
                first.account,
                first.site,
                entered,
                code,
                rng.choice([first.source, "", ""]),
                urgent=False,
                total=self.price(120, 1100),
                reason="Return w/ part " + nearest(rng, first.reason, info["reasons"], 0.8),
                work=rng.choice(info["backs"]),
                ref=first if rng.random() < 0.55 else None,
            )
            return [job]
        return []

    def cancel(self, job: Job) -> Job:
        """Mark a work order as canceled."""
        job.status, job.work, job.total = "Cancelled", self.rng.choice(DATA["cancels"]), 0.0
        return job

    def void_copy(self, job: Job) -> None:
        """Add a void order that was keyed twice."""
        copy = self.add(
            job.account,
            job.site,
            job.entered + timedelta(minutes=self.rng.randrange(1, 9)),
            job.code,
            job.source,
            urgent=False,
            total=0,
            reason=job.reason,
            work="",
            taker=job.taker,
        )
        copy.reason, copy.status = job.reason, "Void"

    def callback(self, job: Job) -> Job:
        """Add a free correction of earlier work."""
        rng = self.rng
        entered = open_hours(rng, job.scheduled + timedelta(days=rng.uniform(0.8, 26)))
        return self.add(
            job.account,
            job.site,
            entered,
            rng.choice(["CALLBACK", "CALLBACK", job.code]),
            "",
            urgent=True,
            total=0.0,
            reason=rng.choice(DATA["callback"]),
            work=rng.choice(DATA["callwork"]),
            ref=job if rng.random() < 0.5 else None,
        )


class Office:
    """Run the whole period: requests first, then the office's other work."""

    def __init__(self, seed: int, leads: int) -> None:
        """Set the period and the customers from before it."""
        self.rng = rng = random.Random(f"champlain-{seed}")
        self.days = int(min(2130, max(60, leads / 1.65)))
        last_day = date(2025, 12, 20) - timedelta(days=self.days)
        spare = (last_day - date(2020, 1, 3)).days
        first_day = date(2020, 1, 3) + timedelta(days=rng.randrange(spare + 1))
        self.start = datetime(first_day.year, first_day.month, first_day.day, tzinfo=UTC)
        self.end = self.start + timedelta(days=self.days + 10)
        self.count = leads
        self.world = World(rng)
        self.desk = Desk(self.world, self.end)
        self.leads: list[Lead] = []
        kinds = ("owner", "tenant", "landlord", "manager", "camp", "shop")
        self.houses: dict[str, list[House]] = {kind: [] for kind in kinds}
        self.tenants: dict[Address, House] = {}
        self.mixes: dict[tuple[int, str], list[float]] = {}
        self.slack = leads // 350
        self.unclear_left = round(leads * 0.003)
        self._old_customers()

    def _old_customers(self) -> None:
        """Make the customers with accounts from before the period."""
        rng, size = self.rng, max(14, int(self.count * 0.8 * min(1.0, 900 / self.days)))
        managers = min(len(DATA["managers"]), 1 + self.count // 110)
        kinds = ["manager"] * managers + rng.choices(["owner", "landlord", "camp", "shop"], [74, 9, 10, 7], k=size)
        for kind in kinds:
            house = self.world.house(kind)
            age = timedelta(days=int(rng.expovariate(1 / 2200)) + 3)
            self.desk.old(house, self.start - age + timedelta(hours=rng.randrange(8, 16)))
            self.houses[kind].append(house)

    def moments(self, count: int, weights: list[float], by_hour: list[int]) -> list[datetime]:
        """Draw sorted moments of the period with month and hour weights."""
        days = [self.start + timedelta(days=d) for d in range(self.days)]
        scale = [weights[d.month - 1] * (0.55 if d.weekday() > 4 else 1.0) for d in days]
        picked = self.rng.choices(days, scale, k=count)
        hours = self.rng.choices(range(24), by_hour, k=count)
        pairs = zip(picked, hours, strict=True)
        return sorted(day + timedelta(hours=hour, seconds=self.rng.randrange(3600)) for day, hour in pairs)

    def service_for(self, month: int, kind: str) -> str:
        """Draw a service by season and by kind of customer."""
        if (month, kind) not in self.mixes:
            self.mixes[month, kind] = self.mix(month, kind)
        return self.rng.choices(list(self.world.services), cum_weights=self.mixes[month, kind])[0]

    def mix(self, month: int, kind: str) -> list[float]:
        """Add up the services' weights of a month for a kind of customer."""
        keys = list(self.world.services)
        weights = [self.world.services[k]["w"] * self.world.services[k]["months"][month - 1] for k in keys]
        for i, key in enumerate(keys):
            if key == "camp":
                weights[i] *= 9 if kind == "camp" else 0.1
            if kind in ("tenant", "manager") and key in ("boiler", "heatpump", "tank", "remodel", "fuel", "well"):
                weights[i] *= 0.05
        return list(accumulate(weights))

    def free(self, house: House, when: datetime) -> bool:
        """Report whether a known customer may send a new request now."""
        settled = all(job is not None and job < when - timedelta(days=2) for _, job in house.requests)
        return settled and house.busy_until < when and house.gone > when

    def known(self, when: datetime) -> House | None:
        """Choose a known customer for a request."""
        kind = self.rng.choices(["owner", "landlord", "manager", "camp", "shop"], [66, 10, 9, 8, 7])[0]
        for _ in range(8):
            if self.houses[kind]:
                house = self.rng.choice(self.houses[kind])
                if house.accounts and house.accounts[0].opened < when and self.free(house, when):
                    return house
        return None

    def stranger(self, when: datetime, buyer: bool = True) -> House:
        """Make a new customer: tenant, kin of a customer, buyer of a customer's house or a stranger."""
        rng = self.rng
        kind = rng.choices(["owner", "tenant", "landlord", "camp", "shop"], [75, 11, 5, 5, 4])[0]
        house = self.world.house(kind)
        if kind == "tenant":
            house.landlord = self.landlord(house)
        elif kind == "owner" and buyer and rng.random() < 0.03:
            seller = rng.choice(self.houses["owner"] or [house])
            if seller is not house and not seller.requests and seller.gone == NEVER:
                seller.gone = when - timedelta(days=rng.randrange(10, 200))
                house.home, house.sites = seller.home, [seller.home]
                seller.accounts[0].active, seller.accounts[0].plan = rng.random() < 0.3, False
        elif kind == "owner" and rng.random() < 0.03:
            self.relate(house, rng.choice(self.houses["owner"] or [house]))
        self.houses[kind].append(house)
        return house

    def relate(self, house: House, kin: House) -> None:
        """Give a new household the last name of another one, at times also its street or a first name."""
        rng, person = self.rng, house.people[0]
        person.last = kin.people[0].last
        if rng.random() < 0.2:
            person.first, person.nick = kin.people[0].first, kin.people[0].nick
        elif rng.random() < 0.4:
            house.home = replace(kin.home, number=kin.home.number + 2 * rng.randrange(1, 9), unit="")
            house.sites = [house.home]
        person.email = self.world.email(person.first, person.last)

    def landlord(self, tenant: House) -> House | None:
        """Choose who pays for a tenant: no one else, a manager, a known landlord or a new one."""
        rng = self.rng
        if rng.random() < 0.25:
            return None
        pool = self.houses["manager"] if rng.random() < 0.4 else self.houses["landlord"]
        ready = [h for h in rng.choices(pool, k=4) if h.accounts] if pool else []
        owner = ready[0] if ready and rng.random() < 0.7 else self.world.house("landlord")
        if not owner.accounts:
            self.houses["landlord"].append(owner)
        owner.sites.append(tenant.home)
        self.tenants[tenant.home] = tenant
        return owner

    def move(self, house: House) -> None:
        """Move a known household to a new home while the account stays old."""
        house.home = self.world.address()
        house.sites = [house.home]
        if self.rng.random() < 0.4:
            house.accounts[0].billing = house.home

    def request_name(self, person: Person, channel: str) -> str:
        """Write a name the way it arrives through a channel."""
        rng = self.rng
        first = person.nick if rng.random() < 0.8 else person.first
        last = slip(rng, person.last) if rng.random() < 0.012 else person.last
        if channel == "Phone Call":
            roll = rng.random()
            if roll < 0.3:
                return rng.choice(["WIRELESS CALLER", "VERMONT CALL", "", ""])
            return f"{last},{person.first}".upper() if roll < 0.7 else f"{last} {person.first}".upper()
        if rng.random() < (0.1 if channel == "Chat" else 0.008):
            return first
        name = f"{first} {last}"
        roll = rng.random()
        return name.lower() if roll < 0.08 else name.upper() if roll < 0.1 else name

    def request_phone(self, house: House, person: Person) -> str:
        """Choose the digits that a person leaves."""
        rng = self.rng
        roll = rng.random()
        if roll < 0.015:
            return self.world.bad_phone(person.phone)
        if roll < 0.08 and house.landline:
            return house.landline
        if roll < 0.12:
            return rng.choice(house.people).phone
        return self.world.phone() if roll < 0.155 else person.phone

    def request_email(self, person: Person) -> str:
        """Choose the email that a person leaves."""
        rng, mail = self.rng, person.email
        local, domain = mail.split("@")
        if rng.random() < 0.012 and domain in DATA["mail_typo"]:
            return f"{local}@{rng.choice(DATA['mail_typo'][domain])}"
        if rng.random() < 0.05 and not domain.endswith(".example"):
            return self.world.email(person.first, person.last)
        return mail.capitalize() if rng.random() < 0.04 else mail

    def message(self, house: House, service: str) -> str:
        """Write the message of a request."""
        rng, info = self.rng, self.world.services[service]
        body = rng.choice(DATA["vague"]) if rng.random() < 0.06 else rng.choice(info["msgs"])
        body = body.format(room=rng.choice(DATA["rooms"]), age=rng.choice(DATA["ages"]))
        if rng.random() < 0.35:
            body += " " + rng.choice(DATA["details_urgent"] if info["urgent"] else DATA["details"])
        if house.kind == "tenant" and rng.random() < 0.45:
            body += " I rent, landlord knows." if rng.random() < 0.6 else " We are renters."
        if house.kind == "camp" and rng.random() < 0.6:
            body += f" This is for our camp in {house.sites[0].town}."
        text = " ".join(x for x in (rng.choice(DATA["openers"]), body, rng.choice(DATA["closers"])) if x)
        return text.lower() if rng.random() < 0.1 else text

    def typed_phone(self, phone: str, channel: str) -> str:
        """Format a phone as the channel stores it."""
        if channel != "Web Form":
            return "+1" + phone
        area, mid, end = phone[:3], phone[3:6], phone[6:]
        form = self.rng.choice(["({}) {}-{}", "({}) {}-{}", "{}-{}-{}", "{}-{}-{}", "{}{}{}", "{}.{}.{}", "{} {} {}"])
        return form.format(area, mid, end)

    def place(self, row: dict[str, str], house: House, site: Address) -> None:
        """Fill the address fields of a form."""
        rng = self.rng
        shown = house.home if house.kind == "camp" and rng.random() < 0.35 else site
        must = house.kind in ("tenant", "manager", "landlord")
        if rng.random() < (0.93 if must else 0.74):
            line = street_line(rng, shown, 0.6)
            if shown.unit and not must and rng.random() < 0.12:
                line = street_line(rng, replace(shown, unit=""), 0.6)
            row["street_address"] = line.lower() if rng.random() < 0.12 else line
        alias = shown.town in DATA["towns"] and rng.random() < 0.2
        row["city"] = rng.choice(DATA["towns"][shown.town]["alias"]) if alias else shown.town
        row["zip"] = shown.zip if rng.random() < 0.85 else ""
        if row["zip"] and rng.random() < 0.02 and shown.state == "VT":
            row["zip"] = rng.choice(["05401", "05403", "05495"])

    def row(self, channel: str) -> dict[str, str]:
        """Start a row of the lead tracker."""
        rng = self.rng
        source, medium = rng.choices(
            [
                ("google", "organic"),
                ("google", "cpc"),
                ("(direct)", "(none)"),
                ("facebook", "social"),
                ("bing", "organic"),
                ("frontporch", "referral"),
            ],
            [42, 18, 20, 9, 5, 6],
        )[0]
        row = dict.fromkeys(LEAD_COLUMNS, "")
        row |= {
            "lead_type": channel,
            "lead_source": source,
            "lead_medium": medium,
            "landing_page": rng.choice(DATA["pages"]),
        }
        if channel == "Phone Call":
            row["tracking_number"] = "+1802555" + {"cpc": "0190", "organic": "0191"}.get(medium, "0192")
            row["call_duration"] = str(rng.randrange(25, 420))
        return row

    def fill(
        self, house: House, person: Person, site: Address, service: str, channel: str
    ) -> tuple[dict[str, str], str]:
        """Write a request and return its row and the digits of its phone."""
        rng, row = self.rng, self.row(channel)
        phone = self.request_phone(house, person)
        row["contact_name"] = self.request_name(person, channel)
        if channel == "Phone Call":
            row["contact_phone"] = self.typed_phone(phone, channel)
            return row, phone
        chat = channel == "Chat"
        if not chat or rng.random() < 0.92:
            row["contact_phone"] = self.typed_phone(phone, channel)
        if not row["contact_phone"] or rng.random() < (0.74 if chat else 0.98):
            row["contact_email"] = self.request_email(person)
        text = self.message(house, service)
        if chat:
            spot = f" Visitor: {street_line(rng, site, 0.7)}, {site.town}" if rng.random() < 0.25 else ""
            row["message"] = f"Visitor: {text} | Agent: Thanks, may I have your name and number?{spot}"
            return row, phone
        row["company"] = house.firm if house.firm and rng.random() < 0.7 else ""
        row["service_requested"] = self.world.services[service]["label"] if rng.random() < 0.95 else "Other"
        known = bool(house.accounts) != (rng.random() < 0.06)
        row["existing_customer"] = ("Yes" if known else "No") if rng.random() < 0.85 else ""
        row["message"] = text if rng.random() < 0.95 else ""
        self.place(row, house, site)
        return row, phone

    def lag(self, lead: Lead, service: str, channel: str) -> tuple[datetime, str | None]:
        """Choose when the desk enters the job of a request, and who must have taken it."""
        rng, info, busy = self.rng, self.world.services[service], BUSY[lead.when.month - 1]
        night = open_hours(rng, lead.when) != lead.when
        if channel == "Phone Call":
            moment = lead.when + timedelta(minutes=rng.uniform(1.5, 14))
            return (moment, "NSS") if night else (moment, None)
        if info["urgent"]:
            moment = lead.when + timedelta(minutes=8 + rng.lognormvariate(3.7, 1.1))
            if night and service in ("noheat", "frozen", "leak") and rng.random() < 0.5:
                return moment, "NSS"
        else:
            slow = 0.1 if not info["price"][1] else 0.0
            moment = lead.when + timedelta(minutes=15, days=min(45.0, rng.lognormvariate(0.2 + slow, 1.05) * busy))
            if rng.random() < 0.04:
                moment += timedelta(days=rng.uniform(12, 60))
        return open_hours(rng, moment), None

    def source(self, known: bool) -> str:
        """Choose the source code of a job that came from a request."""
        if known:
            return self.rng.choices(["WEB", "REPEAT", "PHONE", ""], [38, 32, 16, 14])[0]
        return self.rng.choices(["WEB", "PHONE", "GOOGLE", "REFERRAL", "FACEBOOK", ""], [58, 15, 8, 4, 3, 12])[0]

    def account(
        self, house: House, person: Person, when: datetime, taker: str, *, phone: str = "", mail: str = ""
    ) -> Account:
        """Find or open the account that a request is filed under."""
        rng = self.rng
        if house.landlord:
            payer = house.landlord
            return payer.accounts[0] if payer.accounts else self.desk.open(payer, payer.people[0], when, taker)
        if house.accounts and not (taker in ("KYLE", "NSS") and not house.firm and rng.random() < 0.12):
            return house.accounts[0] if rng.random() < 0.8 else house.accounts[-1]
        holder = person if rng.random() < 0.84 else rng.choice(house.people)
        copied = holder is person and rng.random() < 0.75
        return self.desk.open(house, holder, when, taker, phone=phone if copied else "", mail=mail if copied else "")

    def onsite(self, house: House, person: Person) -> str:
        """Write who is at a unit that someone else pays for."""
        if house.landlord:
            who = person
        elif house.kind in ("manager", "landlord") and self.rng.random() < 0.5:
            who = self.world.person()
        else:
            return ""
        if self.rng.random() < 0.15:
            return "tenant will be there" if not house.landlord else f"tenant {who.first}"
        return str(self.rng.choice(DATA["onsite"])).format(f=who.nick, l=who.last, p=dashed(who.phone))

    def book(self, lead: Lead, house: House, person: Person, site: Address, service: str, *, phone: str) -> None:
        """Enter the jobs that a request leads to."""
        rng, desk = self.rng, self.desk
        entered, forced = self.lag(lead, service, lead.row["lead_type"])
        actual = self.service_for(entered.month, "tenant") if rng.random() < 0.04 else service
        taker = forced or desk.taker(entered, "install" in self.world.services[actual])
        mail, known = lead.row["contact_email"].lower(), bool(house.accounts)
        account = self.account(house, person, entered, taker, phone=phone, mail=mail)
        pasted = lead.row["message"][:70] if lead.row["lead_type"] == "Web Form" and rng.random() < 0.22 else ""
        extra, source = self.onsite(house, person), self.source(known)
        if taker == "NSS":
            source = rng.choice(["ANS SVC", "ANS SVC", "PHONE", "WEB", ""])
        asked = lead.row["message"]
        first = desk.visit(account, site, entered, actual, source, asked=asked, pasted=pasted, taker=taker, extra=extra)
        if rng.random() < 0.025:
            desk.cancel(first)
            entered = open_hours(rng, first.entered + timedelta(days=rng.uniform(0.5, 9)))
            first = desk.visit(account, site, entered, actual, source, asked=asked, extra=extra)
        lead.jobs = [first, *desk.follow(first, actual)]
        house.busy_until = max(job.entered for job in lead.jobs) + timedelta(days=1)
        house.requests.append((lead.when, first.entered))
        if rng.random() < 0.008:
            desk.void_copy(first)
        if rng.random() < 0.035 and "install" not in self.world.services[actual]:
            house.busy_until = max(house.busy_until, desk.callback(lead.jobs[-1]).entered)

    def book_unclear(self, lead: Lead, house: House, person: Person, service: str) -> None:
        """Enter two like jobs at two units after a request that names neither."""
        entered, forced = self.lag(lead, service, "Web Form")
        text = "One of our units needs service, call me for the number."
        lead.row |= {"street_address": "", "zip": "", "message": text}
        for site in self.rng.sample(house.sites, k=2):
            job = self.desk.visit(house.accounts[0], site, entered, service, "PHONE", taker=forced)
            lead.unclear.append(job)
            entered += timedelta(minutes=self.rng.randrange(3, 40))
        house.requests.append((lead.when, lead.unclear[0].entered))
        house.busy_until = entered + timedelta(days=1)

    def episode(self, when: datetime) -> tuple[Lead, House, Person]:
        """Run one request from a real customer."""
        rng = self.rng
        house = self.known(when) if rng.random() < 0.32 else None
        fresh = house is None
        if house is None:
            house = self.stranger(when)
        elif house.kind == "owner" and rng.random() < 0.05:
            self.move(house)
        person = house.people[0] if rng.random() < 0.78 else house.people[-1]
        site = rng.choice(house.sites)
        service = self.service_for(when.month, house.kind)
        channel = rng.choices(["Web Form", "Chat", "Phone Call"], [83, 11, 6])[0]
        row, phone = self.fill(house, person, site, service, channel)
        lead = Lead(when, row)
        self.leads.append(lead)
        close = self.world.services[service]["close"]
        close = close * 0.96 if fresh else 0.25 + 0.7 * close + (0.3 if house.firm else 0.0)
        if self.unclear_left and house.kind == "manager" and channel == "Web Form" and rng.random() < 0.3:
            self.unclear_left -= 1
            self.book_unclear(lead, house, person, service)
        elif rng.random() < close:
            self.book(lead, house, person, site, service, phone=phone)
        else:
            self.lose(lead, house, person, site, service, phone=phone)
        return lead, house, person

    def lose(self, lead: Lead, house: House, person: Person, site: Address, service: str, *, phone: str) -> None:
        """Leave a request without a job, at times with a canceled order or an empty account."""
        house.requests.append((lead.when, None))
        roll = self.rng.random()
        if roll > 0.1:
            return
        entered, forced = self.lag(lead, service, lead.row["lead_type"])
        taker = forced or self.desk.taker(entered)
        mail = lead.row["contact_email"].lower()
        account = self.account(house, person, entered, taker, phone=phone, mail=mail)
        if roll < 0.06:
            self.desk.cancel(self.desk.visit(account, site, entered, service, self.source(known=False), taker=taker))

    def repeat(self, lead: Lead, house: House, person: Person) -> None:
        """Submit a request again: a double click, another channel, the spouse or a reminder."""
        rng = self.rng
        roll = rng.random()
        if roll < 0.4:
            row, delay = dict(lead.row), timedelta(seconds=rng.randrange(2, 90))
            if row["lead_type"] == "Phone Call":
                row["call_duration"], delay = str(rng.randrange(20, 200)), timedelta(minutes=rng.randrange(2, 30))
        else:
            channel = "Web Form" if roll < 0.6 else rng.choice(["Chat", "Web Form", "Phone Call"])
            sender = person if roll < 0.88 else house.people[-1]
            row, _ = self.fill(house, sender, house.sites[0], "noheat", channel)
            row |= {k: lead.row[k] for k in ("street_address", "city", "zip") if channel == "Web Form"}
            row["service_requested"] = lead.row["service_requested"] if channel == "Web Form" else ""
            if channel != "Phone Call":
                row["message"] = rng.choice(DATA["chase"]) if roll < 0.8 else lead.row["message"]
            delay = timedelta(hours=rng.lognormvariate(1.6, 1.4))
        booked = lead.jobs or lead.unclear
        if booked:
            delay = min(delay, (booked[0].entered - lead.when) * 0.8)
        self.leads.append(Lead(lead.when + delay, row, lead))

    def junk(self, when: datetime) -> None:
        """Add a request that is no customer's: spam, job seekers, vendors or too far away."""
        rng = self.rng
        kind = rng.choices(["spam", "jobseek", "vendor", "far"], [40, 15, 12, 33])[0]
        row, person = self.row("Web Form"), self.world.person()
        row |= {
            "contact_name": f"{person.first} {person.last}",
            "contact_email": person.email,
            "contact_phone": self.typed_phone(person.phone, "Web Form"),
            "service_requested": "Other",
        }
        if kind == "far":
            town, _, zip_code = rng.choice(DATA["far"])
            service = self.service_for(when.month, "owner")
            text = rng.choice(self.world.services[service]["msgs"])
            row |= {
                "street_address": f"{rng.randrange(5, 900)} {rng.choice(DATA['away_streets'])}",
                "city": town,
                "zip": zip_code,
                "service_requested": self.world.services[service]["label"],
                "message": text.format(room=rng.choice(DATA["rooms"]), age=rng.choice(DATA["ages"])),
            }
        else:
            row["message"] = rng.choice(DATA[kind])
        self.leads.append(Lead(when, row))

    def requests(self) -> None:
        """Run all requests in order of time."""
        rng = self.rng
        repeats = round(self.count * 0.045)
        season = [11.5, 10, 8, 7, 7.5, 6.5, 6.5, 7.5, 9.5, 11, 11, 11]
        moments = self.moments(self.count - repeats, season, HOURS)
        again = set(rng.sample(range(len(moments)), k=min(len(moments), repeats)))
        for i, when in enumerate(moments):
            if i not in again and rng.random() < 0.06:
                self.junk(when)
                continue
            lead, house, person = self.episode(when)
            if i in again:
                self.repeat(lead, house, person)

    def allowed(self, house: House, when: datetime) -> bool:
        """Report whether a job without a request may happen at a customer now."""
        filed = bool(house.accounts) and house.accounts[0].opened <= when < house.gone
        return filed and self.quiet(house, when)

    def quiet(self, house: House, when: datetime) -> bool:
        """Report whether no request of a customer waits for its first job."""
        for asked, job in house.requests:
            if asked < when and (job is None or job > when):
                if not self.slack or self.rng.random() > 0.02:
                    return False
                self.slack -= 1
            elif job is not None and timedelta(0) <= when - job < timedelta(days=21) and self.rng.random() < 0.85:
                return False
        return not (self.rng.random() < 0.8 and when < house.busy_until < when + timedelta(days=120))

    def phone_job(self, house: House, when: datetime, source: str) -> None:
        """Enter a job that came by phone, with the work that follows."""
        rng, desk = self.rng, self.desk
        service = self.service_for(when.month, house.kind)
        night = self.world.services[service]["urgent"] and rng.random() < 0.07
        entered = when if night else open_hours(rng, when)
        taker = desk.taker(entered, "install" in self.world.services[service])
        person = rng.choice(house.people)
        sites = [x for x in rng.choices(house.sites, k=4) if x not in self.tenants or self.quiet(self.tenants[x], when)]
        if not sites:
            return
        if taker == "NSS":
            source = rng.choice(["ANS SVC", "ANS SVC", "PHONE", ""])
        account = self.account(house, person, entered, taker)
        job = desk.visit(account, sites[0], entered, service, source, taker=taker, extra=self.onsite(house, person))
        if rng.random() < 0.05:
            desk.cancel(job)
            return
        for more in (desk.follow(job, service), [desk.callback(job)] if rng.random() < 0.03 else []):
            for later in more:
                if not self.allowed(house, later.entered):
                    desk.cancel(later)
        if rng.random() < 0.006:
            desk.void_copy(job)

    def background(self) -> None:
        """Enter the jobs that no request led to."""
        rng = self.rng
        season = [12, 10, 8.5, 7, 7, 6.5, 6.5, 7, 9, 11, 11, 12]
        kinds = ["owner", "landlord", "manager", "camp", "shop"]
        for when in self.moments(
            round(self.count * 1.45),
            season,
            [0, 0, 0, 0, 0, 0, 2, 14, 18, 15, 12, 9, 7, 8, 9, 8, 6, 3, 1, 1, 1, 0, 0, 0],
        ):
            if rng.random() < 0.36:
                house = self.stranger(when, buyer=False)
                code = rng.choices(["PHONE", "REFERRAL", "GOOGLE", "WALK-IN", "WEB", ""], [55, 18, 9, 6, 2, 10])[0]
                self.phone_job(house, when, code)
                continue
            pool = self.houses[rng.choices(kinds, [66, 9, 12, 6, 7])[0]]
            ready = [h for h in rng.choices(pool, k=3) if self.allowed(h, when)] if pool else []
            if ready:
                self.phone_job(ready[0], when, rng.choices(["PHONE", "REPEAT", "", "WEB"], [58, 28, 13, 1])[0])

    def plans(self) -> None:
        """Enter the yearly cleanings of customers with a service plan."""
        rng = self.rng
        for house in [h for kind in ("owner", "camp", "shop") for h in self.houses[kind] if h.accounts]:
            account = house.accounts[0]
            if house.requests and house.requests[0][1] and account.opened >= self.start and rng.random() < 0.16:
                account.plan = True
            month = rng.choices(range(1, 13), [1, 1, 3, 9, 12, 13, 13, 14, 13, 8, 3, 1])[0]
            for year in range(self.start.year, self.end.year + 1) if account.plan else []:
                day = datetime(year, month, rng.randrange(1, 28), rng.randrange(8, 15), rng.randrange(60), tzinfo=UTC)
                when = open_hours(rng, day)
                if self.start <= when < self.end and self.allowed(house, when):
                    total = 0.0 if rng.random() < 0.8 else self.desk.price(20, 260)
                    work = rng.choice(self.world.services["clean"]["works"])
                    self.desk.add(
                        account,
                        house.sites[0],
                        when,
                        "PLAN CLEANING",
                        rng.choice(["PLAN", "PLAN", ""]),
                        urgent=False,
                        total=total,
                        reason="Annual cleaning per plan",
                        work=work,
                        factor=2.0,
                    )

    def number(self) -> None:
        """Drop all that is after the export, and number what remains in order of time."""
        rng, desk = self.rng, self.desk
        desk.jobs = sorted((j for j in desk.jobs if j.entered < self.end), key=lambda j: j.entered)
        exported = {id(j) for j in desk.jobs}
        for lead in self.leads:
            lead.jobs = [j for j in lead.jobs if id(j) in exported and j.status != "Cancelled"]
            lead.unclear = [j for j in lead.unclear if id(j) in exported]
        desk.accounts = sorted((a for a in desk.accounts if a.opened < self.end), key=lambda a: a.opened)
        self.leads.sort(key=lambda lead: lead.when)
        things: list[list[Any]] = [self.leads, desk.jobs, desk.accounts]
        for things_of_kind, base in zip(things, (rng.randrange(3_000_000, 6_000_000), 48_000, 10_100), strict=True):
            number = base + rng.randrange(2000)
            for thing in things_of_kind:
                number += rng.choice([1, 1, 1, 1, 2, 3])
                thing.number = number


def bill_city(address: Address) -> str:
    """Write the last line of a billing address."""
    return f"{address.town}, {address.state} {address.zip}"


def job_row(office: Office, job: Job) -> list[str]:
    """Write one work order as a row of the export."""
    rng, account = office.rng, job.account
    done = job.scheduled + timedelta(hours=job.hours)
    closed = job.status in ("Cancelled", "Void")
    finished = not closed and done < office.end
    status = job.status or ("Complete" if finished else rng.choice(["Scheduled", "Scheduled", "Open", "Waiting Parts"]))
    if finished and job.total == 0 and rng.random() < 0.4:
        status = "Complete - N/C"
    line, town = account.sites[job.site]
    upper = line.isupper()
    bill = f"{account.billing.number} {account.billing.street} {account.billing.unit}".strip()
    return [
        str(job.number),
        job.entered.strftime("%m/%d/%Y %I:%M %p"),
        job.taker,
        str(account.number),
        account.name,
        account.phone,
        account.other,
        account.email,
        line,
        town,
        job.site.zip,
        bill.upper() if upper else bill,
        bill_city(account.billing).upper() if upper else bill_city(account.billing),
        job.code,
        job.source,
        job.scheduled.strftime("%m/%d/%Y"),
        done.strftime("%m/%d/%Y") if finished else "",
        "" if closed else job.tech,
        status,
        str(job.ref.number) if job.ref and job.ref.number else "",
        f"{job.total:,.2f}" if finished else "",
        job.reason,
        job.work if finished or closed else "",
    ]


def customer_row(account: Account) -> list[str]:
    """Write one account as a row of the customer list."""
    bill = f"{account.billing.number} {account.billing.street} {account.billing.unit}".strip()
    return [
        str(account.number),
        account.name,
        account.kind,
        account.phone,
        account.other,
        account.email,
        bill,
        bill_city(account.billing),
        account.opened.strftime("%m/%d/%Y"),
        "Y" if account.plan else "N",
        "Active" if account.active else "Inactive",
    ]


def save(path: Path, columns: list[str], rows: list[list[str]]) -> None:
    """Write one CSV file."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def lead_row(lead: Lead) -> list[str]:
    """Write one request as a row of the lead tracker's export."""
    fixed = {"lead_id": str(lead.number), "date_created": to_utc(lead.when).strftime("%Y-%m-%dT%H:%M:%SZ")}
    return [(lead.row | fixed)[column] for column in LEAD_COLUMNS]


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the office's files into an existing folder."""
    office = Office(seed, leads)
    office.requests()
    office.background()
    office.plans()
    office.number()
    save(folder / "leads.csv", LEAD_COLUMNS, [lead_row(lead) for lead in office.leads])
    save(folder / "jobs.csv", JOB_COLUMNS, [job_row(office, job) for job in office.desk.jobs])
    save(folder / "customers.csv", CUSTOMER_COLUMNS, [customer_row(a) for a in office.desk.accounts])
    pairs = ["lead_id", "job_id"]
    save(folder / "truth.csv", pairs, [[str(x.number), str(j.number)] for x in office.leads for j in x.jobs])
    save(folder / "ambiguous.csv", pairs, [[str(x.number), str(j.number)] for x in office.leads for j in x.unclear])
    heads = {id(x.group) for x in office.leads if x.group}
    groups = [[str(x.number), f"G{(x.group or x).number}"] for x in office.leads if x.group or id(x) in heads]
    save(folder / "lead_groups.csv", ["lead_id", "group_id"], groups)
