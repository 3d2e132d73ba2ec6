"""Write the leads and jobs of a plumbing, well, septic and boiler office among the lakes of upstate New York.

Year-round families, landlords, wineries and Mennonite farms order beside owners of lake cottages who live elsewhere.
Some of these offices export the website's form in UTC; jobs are local and show the customer's current record.

True is the first visit of a request and the repair, installation or second stage that continues it, unless canceled. A
request sent twice is one group whose jobs stand under its first row. Not true are openings and closings of the seasonal
list, warranty recalls, voided duplicates and anything ordered later by phone.

Hard are cottages asked for from the home address, openings requested months ahead, agents and tenants whose job stands
under the seller or owner, spouses, records with old phones or typed twice, relatives on one lake road, families of few
names, generic job types, late installations, and jobs that seem older than their request.
"""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

type Row = dict[str, str]

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = POOLS["services"]
LOCAL = ZoneInfo("America/New_York")
LONG_AGO = datetime(1990, 1, 1, tzinfo=LOCAL)


@dataclass(frozen=True)
class Place:
    """An address where work is done or bills are sent."""

    number: int
    road: str
    town: str
    state: str
    zip_code: str
    unit: str = ""


@dataclass
class Person:
    """An adult with a phone and the usual email addresses."""

    first: str
    goes_by: str
    last: str
    mobile: str
    emails: list[str] = field(default_factory=list)


@dataclass
class Household:
    """People who order together, their places, and what the office holds about them."""

    kind: str
    people: list[Person]
    home: Place
    sites: list[Place]
    landline: str = ""
    company: str = ""
    listed: bool = False
    owner: "Household | None" = None
    records: list[Row] = field(default_factory=list)
    since: datetime = LONG_AGO
    watched: list[tuple[datetime, datetime]] = field(default_factory=list)
    quiet_until: datetime = LONG_AGO


@dataclass(eq=False)
class Lead:
    """A request from the website; its row is what the visitor typed."""

    when: datetime
    row: Row
    group: int = 0
    entry: int = 0


@dataclass(eq=False)
class Job:
    """A job of the office with the request that it resulted from, if any."""

    created: datetime
    done: datetime
    household: Household
    record: Row
    site: Place
    service: str
    kind: str
    source: str
    total: float
    notes: str
    canceled: bool = False
    lead: Lead | None = None
    number: int = 0


def weighted(rng: Random, pairs: Sequence[Sequence[Any]]) -> Any:
    """Draw the first item of a row whose last item is its weight."""
    return rng.choices(pairs, [row[-1] for row in pairs])[0][0]


def garble(rng: Random, text: str) -> str:
    """Spell a word as it sounds on the phone, or swap two characters as fast typing does."""
    fits = [(old, new) for old, new in POOLS["heard"] if old in text[1:]]
    if fits:
        return text[0] + text[1:].replace(*rng.choice(fits))
    at = rng.randrange(1, max(len(text) - 1, 2))
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


def spell(rng: Random, place: Place, tidy: float) -> str:
    """Write a street as people do; `tidy` is how often it stays as the map has it."""
    number, road = str(place.number), place.road
    number = garble(rng, number) if rng.random() < 0.008 else number
    if rng.random() >= tidy:
        for prefix, forms in POOLS["prefixes"].items():
            if road.startswith(f"{prefix} "):
                road = rng.choice(forms) + road[len(prefix) :]
        stem, _, suffix = road.rpartition(" ")
        road = f"{stem} {rng.choice(POOLS['suffixes'].get(suffix, [suffix]))}".strip()
    return f"{number} {road}{place.unit if rng.random() < 0.8 else ''}"


def dial(rng: Random, digits: str, *, masked: bool) -> str:
    """Format ten digits; a masked field knows only one format."""
    shape = "({0}) {1}-{2}" if masked else weighted(rng, POOLS["phone_forms"])
    return str(shape).format(digits[:3], digits[3:6], digits[6:]) if digits else ""


def office_time(rng: Random, when: datetime) -> datetime:
    """Move a time to the next hour at which the desk is staffed."""
    while when.weekday() > 4 or not 7 <= when.hour < 17 or when.strftime("%m-%d") in POOLS["holidays"]:
        when = (when + timedelta(days=when.hour >= 7)).replace(hour=rng.randrange(7, 13), minute=rng.randrange(60))
    return when


def season_day(rng: Random, service: str, after: datetime) -> datetime:
    """Draw a visit in the next season for openings or closings."""
    month, day, length = POOLS["seasons"][service]
    start = datetime(after.year, month, day, 9, tzinfo=LOCAL)
    start = start.replace(year=after.year + (after > start + timedelta(days=length - 4)))
    first = max(start, after + timedelta(days=2))
    span = max((start + timedelta(days=length) - first).days, 6)
    return first + timedelta(days=min(rng.randrange(span), rng.randrange(span) + 8), minutes=rng.randrange(400))


def draw_dates(rng: Random, service: str, asked: datetime) -> tuple[datetime, datetime]:
    """Draw when a job is created after an order and when it is done."""
    lag = SERVICES[service]["lag"]
    if lag == "urgent" and not 7 <= asked.hour < 17 and rng.random() < 0.4:
        created = asked + timedelta(minutes=rng.randrange(6, 80))
        return created, created + timedelta(hours=rng.uniform(1, 16))
    delay = timedelta(hours=rng.expovariate(1 / (2.5 if lag == "urgent" else 14)))
    if lag != "urgent" and rng.random() < 0.08:
        delay += timedelta(days=weighted(rng, ((rng.uniform(10, 75), 6), (rng.uniform(90, 160), 1))))
    created = office_time(rng, asked + delay)
    if lag in POOLS["seasons"]:
        visit = season_day(rng, lag, created)
        if visit - created > timedelta(days=25) and rng.random() < 0.5:
            created = office_time(rng, visit - timedelta(days=rng.randrange(6, 24)))
        return created, visit
    days = {"urgent": (0, 2), "normal": (1, 13), "estimate": (2, 18)}[lag]
    return created, max(office_time(rng, created + timedelta(days=rng.uniform(*days))), created + timedelta(hours=1))


class Region:
    """The lakes with their towns, people and phone numbers."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.rates = {name: rng.uniform(*span) for name, span in POOLS["rates"].items()}
        self.records: list[Row] = []
        self._used: set[str] = set()
        self._neighbor: tuple[str, Place] | None = None

    def phone(self, area: str) -> str:
        """Draw an unused number of an exchange that has no subscribers."""
        tries = (f"{area}{self.rng.choice(POOLS['exchanges'])}{self.rng.randrange(10000):04d}" for _ in range(99))
        digits = next((number for number in tries if number not in self._used), f"{area}5550100")
        self._used.add(digits)
        return digits

    def misdial(self, digits: str) -> str:
        """Swap two digits, unless the result is another customer's number."""
        wrong = garble(self.rng, digits)
        return digits if wrong in self._used else wrong

    def place(self, *, lake: bool = False, unit: bool = False) -> Place:
        """Draw an address in the service area."""
        rng, town = self.rng, weighted(self.rng, [(name, row[2]) for name, row in POOLS["towns"].items()])
        zip_code, _, _, roads = POOLS["towns"][town]
        road = rng.choice([name for name in roads if name in POOLS["lake_roads"] or not lake] or roads)
        high = 9800 if road[-1].isdigit() or road.endswith(("Rd", "Point")) else 620
        apartment = rng.choice(POOLS["apartments"]) if unit else ""
        return Place(rng.randrange(2, high), road, town, "NY", zip_code, apartment)

    def person(self, area: str, last: str = "", sex: str = "") -> Person:
        """Draw an adult."""
        rng = self.rng
        first, nickname = rng.choice(POOLS[sex or rng.choice(("male", "female"))])
        goes_by, last = nickname if rng.random() < 0.75 else first, last or weighted(rng, POOLS["last"])
        person = Person(first, goes_by, last, self.phone(area))
        person.emails = [self._email(person) for _ in range(1 + (rng.random() < 0.4))]
        return person

    def _email(self, person: Person) -> str:
        rng, host = self.rng, weighted(self.rng, POOLS["hosts"])
        first = rng.choice((person.first, person.goes_by)).lower()
        last = "".join(letter for letter in person.last.lower() if letter.isalpha())
        stem = rng.choice(POOLS["email_forms"]).format(first=first, f=first[0], last=last, n=rng.randrange(1, 100))
        if f"{stem}@{host}" in self._used:
            stem += str(rng.randrange(100, 9999))
        self._used.add(f"{stem}@{host}")
        return f"{stem}@{host}"

    def household(self, kind: str) -> Household:
        """Draw the people and places of one kind of customer."""
        rng = self.rng
        low, high, lake, unit = POOLS["sites"].get(kind, (1, 1, 0, 0))
        sites = [self.place(lake=bool(lake), unit=bool(unit)) for _ in range(rng.randint(low, high))]
        home, last = self.place() if high > 1 else sites[0], ""
        area = POOLS["towns"][home.town][1] if rng.random() < 0.88 else rng.choice(POOLS["away"])[3]
        if kind == "cottage" and rng.random() < 0.82:
            town, state, zip_code, area, _ = weighted(rng, [(row, row[-1]) for row in POOLS["away"]])
            home = Place(rng.randrange(3, 3900), rng.choice(POOLS["away_roads"]), town, state, zip_code)
        if kind == "cottage" and self._neighbor and rng.random() < 0.05:
            last, beside = self._neighbor
            sites = [replace(beside, number=beside.number + 2)]
        family = Household(kind, [self.person(area, last)], home, sites)
        self._complete(family, area)
        return family

    def _complete(self, family: Household, area: str) -> None:
        rng, head = self.rng, family.people[0]
        family.landline = self.phone(area) if rng.random() < 0.35 or family.kind == "business" else ""
        if family.kind == "plain":
            # Mennonite farms share few names, order from one shop phone and have no email.
            first, nickname = rng.choice(POOLS["plain_first"])
            family.people = [Person(first, nickname, rng.choice(POOLS["plain_last"]), head.mobile)]
        elif family.kind in ("business", "manager"):
            ending = rng.choice(POOLS["firm_last" if family.kind == "business" else "manager_last"])
            family.company = f"{rng.choice(POOLS['firm_first'])} {ending}"
        elif family.kind == "tenant":
            family.owner = self.household("home")
        elif family.kind in ("home", "cottage") and rng.random() < 0.7:
            sex = "female" if any(head.first == row[0] for row in POOLS["male"]) else "male"
            family.people.append(self.person(area, head.last if rng.random() < 0.86 else "", sex))
        if family.kind == "cottage":
            self._neighbor = (head.last, family.sites[0])


class Paperwork(Region):
    """What visitors of the website fill in and what the desk types."""

    def request(self, family: Household, who: Person, site: Place, service: str, when: datetime) -> Lead:
        """Fill in a request."""
        rng, calls, chats = self.rng, self.rates["calls"], self.rates["chats"]
        away = family.kind in ("cottage", "landlord") and rng.random() < 0.33
        phones = (who.mobile, family.landline or family.people[-1].mobile, self.misdial(who.mobile), "")
        phone = dial(rng, rng.choices(phones, (88, 10, 1, 1))[0], masked=self.rates["masked"] < 0.65)
        email = rng.choices((who.emails[0], who.emails[-1], garble(rng, who.emails[0]), ""), (83, 13.5, 1.7, 1.8))[0]
        first, last, draw = who.goes_by if rng.random() < 0.6 else who.first, who.last, rng.random()
        if family.company and draw < 0.1:
            first, last = family.company, ""
        elif draw > 0.88:
            first, last = (first.upper(), last.upper()) if draw > 0.97 else (first.lower(), last.lower())
        place = family.home if away else site
        street = place.road if rng.random() < 0.015 else spell(rng, place, 0.3)
        town = rng.choices((place.town, place.town.lower(), rng.choice(list(POOLS["towns"]))), (87, 8, 5))[0]
        row = {"First Name": first, "Last Name": last, "Phone": phone, "Email": email}
        row |= {"Street Address": street, "City": town, "ZIP / Postal Code": place.zip_code}
        row["Service Needed"] = SERVICES[service]["group"] if rng.random() < 0.93 else "Other / not sure"
        row["Message"] = self._message(family, site, service, f"{family.kind} away" if away else family.kind)
        channel = rng.choices(("Form", "Call", "Chat"), (1 - calls - chats, calls, chats))[0]
        hidden = rng.choice(POOLS["hidden"][channel])
        row = {key: text for key, text in row.items() if key not in hidden}
        return Lead(when, row | {"Channel": channel, "Source / Medium": weighted(rng, POOLS["sources"])})

    def _message(self, family: Household, site: Place, service: str, bits: str) -> str:
        rng = self.rng
        parts = [rng.choice(POOLS["openers"]) + rng.choice(SERVICES[service]["asks"])]
        if rng.random() < (0.75 if "away" in bits else 0.55) and bits in POOLS["bits"]:
            owner = f"{family.owner.people[0].goes_by} {family.owner.people[0].last}" if family.owner else ""
            text = rng.choice(POOLS["bits"][bits])
            parts.append(text.format(road=site.road, street=spell(rng, site, 0.4), town=site.town, owner=owner))
        parts.append(rng.choice(POOLS["details"]))
        return " ".join(part for part in parts if part) if rng.random() < 0.92 else ""

    def again(self, lead: Lead) -> Lead:
        """Send a request a second time, after minutes or days."""
        rng, row, delay = self.rng, dict(lead.row), timedelta(seconds=self.rng.randrange(8, 900))
        if rng.random() < 0.55:
            delay = timedelta(hours=rng.uniform(14, 110))
            row["Message"] = rng.choice(POOLS["again"])
        return Lead(lead.when + delay, row, lead.group)

    def type_record(self, family: Household, who: Person, when: datetime, *, earlier: bool = False) -> Row:
        """Type a customer as it was understood; `earlier` ones were imported and have aged since."""
        rng = self.rng
        who = rng.choice(family.people) if rng.random() < 0.14 else who
        last = garble(rng, who.last) if rng.random() < 0.045 else who.last
        couple = " & ".join(person.goes_by for person in family.people)
        first = rng.choices((who.first, who.goes_by, couple), (42, 47, 11))[0]
        name = f"{last}, {first}" if rng.random() < self.rates["last_first"] else f"{first} {last}"
        name = family.company if family.company and rng.random() < 0.35 else name
        wrong = self.phone(who.mobile[:3]) if earlier else self.misdial(who.mobile)
        mobile = rng.choices((who.mobile, family.landline or who.mobile, wrong), (80, 6, 14 if earlier else 1))[0]
        email = rng.choice((who.emails[:1] * 3 + who.emails[1:]) or [""])
        masked = rng.random() < (0.4 if earlier else 0.92)
        home = family.home
        record = {
            "Customer ID": str(len(self.records) * 3 + 20411 + rng.randrange(3)),
            "Customer": name.upper() if earlier and rng.random() < 0.4 else name,
            "Company": family.company if rng.random() < 0.8 else "",
            "Mobile": dial(rng, mobile, masked=masked),
            "Home Phone": dial(rng, family.landline if rng.random() < 0.45 else "", masked=masked),
            "Email": email if rng.random() < self.rates["email_typed"] else "",
            "Billing Address": f"{spell(rng, home, 0.8)}, {home.town} {home.state} {home.zip_code}",
            "Customer Since": when.strftime("%m/%d/%Y"),
        }
        self.records.append(record)
        return record

    def look_up(self, family: Household, who: Person, when: datetime) -> Row:
        """Find the customer's record, or type it again when the lookup fails."""
        if family.owner and self.rng.random() < 0.5:
            return self.look_up(family.owner, family.owner.people[0], when)
        if not family.records or self.rng.random() < self.rates["typed_again"]:
            family.records.append(self.type_record(family, who, when))
            return family.records[-1]
        record = family.records[-1] if self.rng.random() < 0.8 else self.rng.choice(family.records)
        if self.rng.random() < 0.6:
            record |= {"Mobile": dial(self.rng, who.mobile, masked=True), "Email": (who.emails or [""])[0]}
        return record

    def _notes(self, service: str, family: Household, who: Person, *, web: bool) -> str:
        rng = self.rng
        parts = [rng.choice(POOLS["web_notes"])] if web and rng.random() < 0.14 else []
        parts += [rng.choice(SERVICES[service]["notes"])] if rng.random() < 0.75 else []
        if family.owner and rng.random() < 0.55:
            role = "agent" if family.kind == "agent" else "tenant"
            parts.append(f"{role} {who.goes_by} {dial(rng, who.mobile, masked=False)}")
        elif rng.random() < 0.05:
            parts.append(f"call {family.people[-1].goes_by} {dial(rng, family.people[-1].mobile, masked=False)}")
        return "; ".join(part for part in (*parts, rng.choice(POOLS["note_tail"])) if part)

    def order(self, family: Household, who: Person, site: Place, service: str, asked: datetime, *, web: bool) -> Job:
        """Create the first job of an order."""
        rng, (created, done) = self.rng, draw_dates(self.rng, service, asked)
        kind = "Service Call" if rng.random() < self.rates["generic"] else rng.choice(SERVICES[service]["types"])
        source = weighted(rng, POOLS["sources_web" if web else "sources_call"])
        record, notes = self.look_up(family, who, created), self._notes(service, family, who, web=web)
        site = family.home if family.kind == "cottage" and rng.random() < 0.06 else site
        total = round(rng.uniform(*SERVICES[service]["price"]) * 4) / 4
        return Job(created, done, family, record, site, service, kind, source, total, notes)

    def continue_work(self, first: Job) -> list[Job]:
        """Create the later jobs that continue the same work."""
        rng, jobs, end = self.rng, [first], first.done
        for kind, share, low_days, high_days, *prices in SERVICES[first.service]["next"]:
            if rng.random() < share * 0.6 ** (len(jobs) - 1):
                done = office_time(rng, end + timedelta(days=1 + rng.uniform(low_days, high_days)))
                created = office_time(rng, end + (done - end) * rng.uniform(0, 0.8))
                end = max(done, created + timedelta(hours=2))
                total, notes = round(rng.uniform(*prices) * 4) / 4, rng.choice(POOLS["follow_notes"])
                jobs.append(replace(first, created=created, done=end, kind=kind, total=total, notes=notes))
        return jobs


class Office(Paperwork):
    """One office through about a year and a half."""

    def __init__(self, rng: Random, leads: int) -> None:
        super().__init__(rng)
        self.size = leads
        self.start = datetime(rng.choice((2022, 2023, 2024)), rng.randrange(1, 13), 1, tzinfo=LOCAL)
        self.end = self.start + timedelta(days=rng.randrange(480, 660))
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.customers: dict[str, list[Household]] = {row[0]: [] for row in (*POOLS["kinds"]["earlier"], ["agent"])}
        days = [self.start + timedelta(days=day) for day in range((self.end - self.start).days)]
        self._days = [(day, sum(row["months"][day.month - 1] for row in SERVICES.values())) for day in days]

    def run(self) -> None:
        """Live through the period: customers from before, requests, then all other work."""
        rng = self.rng
        for _ in range(self.size * 3 // 4 + 20):
            family = self.household(weighted(rng, POOLS["kinds"]["earlier"]))
            since = self.start - timedelta(days=rng.randrange(5, 4000))
            family.records.append(self.type_record(family, family.people[0], since, earlier=True))
            family.listed = rng.random() < {"cottage": 0.5, "home": 0.14}.get(family.kind, 0)
            self.customers[family.kind].append(family)
        for group, (when, service, kind) in enumerate(sorted(self._demand() for _ in range(self.size)), start=1):
            if rng.random() < self.rates["spam"]:
                sender = self.household("home")
                lead = self.request(sender, sender.people[0], sender.home, service, when)
                lead.row |= rng.choice(POOLS["spam"])
            else:
                lead = self._order_online(when, service, kind)
            self.leads.append(lead)
            if rng.random() < self.rates["sent_twice"] and lead.row["Channel"] == "Form":
                lead.group = group
                self.leads.append(self.again(lead))
        self._phone_orders()
        self._seasonal_list()
        self._recalls_and_duplicates()
        self._number()

    def _demand(self) -> tuple[datetime, str, str]:
        rng, day = self.rng, weighted(self.rng, self._days)
        service = weighted(rng, [(name, row["months"][day.month - 1]) for name, row in SERVICES.items()])
        group = "lake" if service in POOLS["lake_work"] else "sale" if service == "septic_insp" else "any"
        hour = rng.choices(range(24), POOLS["hours"])[0]
        when = day + timedelta(hours=hour, seconds=rng.randrange(3600))
        return when, service, weighted(rng, POOLS["kinds"][group])

    def _choose(self, kind: str, when: datetime) -> Household:
        pool = self.customers[kind]
        regular = self.rng.choice(pool) if pool else None
        share = 0.8 if kind in ("manager", "agent") else self.rates["returning"]
        # A second request while the first one is open would make it unclear which of them a job belongs to.
        if regular and when > regular.quiet_until and self.rng.random() < share:
            return regular
        family = self.household(kind)
        family.since = when
        pool.append(family)
        return family

    def _order_online(self, when: datetime, service: str, kind: str) -> Lead:
        rng, family = self.rng, self._choose(kind, when)
        who, site = rng.choice(family.people), rng.choice(family.sites)
        if kind == "agent":
            site, family.owner = self.place(), self.household("home")
        lead = self.request(family, who, site, service, when)
        watch_end = family.quiet_until = when + timedelta(days=92)
        if rng.random() < self.rates["conversion"] * (1.12 if family.records else 0.98):
            first = self.order(family, who, site, service, when, web=True)
            first.canceled = rng.random() < 0.006
            first.lead = None if first.canceled else lead
            chain = [first] if first.canceled else self.continue_work(first)
            watch_end, family.quiet_until = first.done, max(watch_end, chain[-1].done + timedelta(days=3))
            family.listed |= service in POOLS["seasons"] and rng.random() < 0.6
            self.jobs += chain
        family.watched.append((when - timedelta(hours=8), watch_end))
        return lead

    def _add_unless_open(self, job: Job) -> bool:
        """Add an unrelated job, unless a request of that customer is open, when one is rarely ordered."""
        family = job.household
        met = any(start <= job.done and job.created <= end for start, end in family.watched)
        if job.created < family.since or (met and self.rng.random() > 0.004):
            return False
        self.jobs.append(job)
        return True

    def _phone_orders(self) -> None:
        rng = self.rng
        regulars = [family for kind, pool in self.customers.items() if kind != "agent" for family in pool]
        weights = [rng.paretovariate(1.4) for _ in regulars]
        for regular in rng.choices(regulars, weights, k=int(self.size * self.rates["other_jobs"])):
            when, service, kind = self._demand()
            family = self.household(kind) if rng.random() < 0.3 else regular
            if service in POOLS["lake_work"] and family.kind not in ("cottage", "manager"):
                service = "leak"
            job = self.order(family, family.people[0], rng.choice(family.sites), service, when, web=False)
            job.canceled = rng.random() < 0.03
            for later in [job] if job.canceled else self.continue_work(job):
                if not self._add_unless_open(later):
                    break

    def _seasonal_list(self) -> None:
        rng = self.rng
        done = {(id(job.household), job.service, job.done.year) for job in self.jobs}
        for family in (*self.customers["cottage"], *self.customers["home"]):
            for service, month in POOLS["plans"][family.kind] if family.listed else ():
                for year in range(self.start.year, self.end.year + 1):
                    asked = datetime(year, month, rng.randrange(1, 29), 9, tzinfo=LOCAL)
                    job = self.order(family, family.people[0], family.sites[0], service, asked, web=False)
                    if (id(family), service, year) not in done:
                        job.notes, job.source = rng.choice(POOLS["plan_notes"]), rng.choice(("Repeat Customer", ""))
                        self._add_unless_open(job)

    def _recalls_and_duplicates(self) -> None:
        rng = self.rng
        for job in [job for job in self.jobs if not job.canceled]:
            later = office_time(rng, job.done + timedelta(days=rng.uniform(3, 45)))
            copy, draw = replace(job, source="", total=0.0, lead=None), rng.random()
            if draw < 0.02:
                kind = rng.choice(("Recall", "Warranty", "Service Call"))
                self._add_unless_open(replace(copy, created=later, done=later, kind=kind, notes="warranty, no charge"))
            elif draw > 0.99:
                created = job.created + timedelta(minutes=rng.randrange(4, 1500))
                self.jobs.append(replace(copy, created=created, notes=rng.choice(POOLS["dup_notes"]), canceled=True))

    def _number(self) -> None:
        self.leads = sorted(self.leads, key=lambda lead: lead.when)[: self.size]
        ordered = sorted(self.jobs, key=lambda job: job.created)
        self.jobs = [job for job in ordered if self.start <= job.created < self.end]
        for at, lead in enumerate(self.leads, self.rng.randrange(400, 4000)):
            lead.entry = at * 3 + self.rng.randrange(3)
        for number, job in enumerate(self.jobs, self.rng.randrange(8000, 60000)):
            job.number = number

    def lead_rows(self) -> Iterable[Row]:
        """Yield the export of the form's entries, in UTC if the website runs so."""
        for lead in self.leads:
            stamp = lead.when.astimezone(UTC if self.rates["in_utc"] < 0.5 else LOCAL).strftime("%Y-%m-%d %H:%M:%S")
            yield lead.row | {"Entry Id": str(lead.entry), "Date Submitted": stamp}

    def job_rows(self) -> Iterable[Row]:
        """Yield the export of the jobs, in local time."""
        rng = self.rng
        for job in self.jobs:
            finished = job.done < self.end and not job.canceled
            status = rng.choices(("Paid", "Invoiced", "Completed"), (70, 18, 12))[0] if finished else "Scheduled"
            unworked = job.canceled and job.notes not in POOLS["dup_notes"]
            notes = rng.choice(POOLS["cancel_notes"]) if unworked else job.notes
            row = job.record | {"Job #": str(job.number), "Created": job.created.strftime("%m/%d/%Y %H:%M")}
            row |= {"Service Street": spell(rng, job.site, 0.75), "Service City": job.site.town, "Job Type": job.kind}
            row |= {"Service Zip": job.site.zip_code, "Lead Source": job.source, "Notes": notes}
            row |= {"Scheduled": job.done.strftime("%m/%d/%Y"), "Total": f"${job.total if finished else 0:,.2f}"}
            row |= {"Completed": row["Scheduled"], "Tech": rng.choice(POOLS["techs"])} if finished else {}
            yield row | {"Status": "Canceled" if job.canceled else status}


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the exports and the truth of one office to a folder."""
    office = Office(Random(f"fingerlakes-{seed}"), leads)
    office.run()
    pairs = [(job.lead.entry, job.number) for job in office.jobs if job.lead and job.lead.entry]
    twice = [lead for lead in office.leads if lead.group]
    files = {
        "leads.csv": office.lead_rows(),
        "jobs.csv": office.job_rows(),
        "customers.csv": office.records,
        "truth.csv": [{"lead_id": str(entry), "job_id": str(number)} for entry, number in pairs],
        "lead_groups.csv": [{"lead_id": str(lead.entry), "group_id": f"G{lead.group}"} for lead in twice],
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, POOLS["headings"][name], restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
