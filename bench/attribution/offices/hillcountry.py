"""Generate the requests and jobs of a made-up cooling, heating and plumbing office in the Texas Hill Country.

The office runs vans from New Braunfels, Boerne and Kerrville. Summer heat and hard winter freezes set its pace.
Requests come from a web form, a quote tool, a chat box, a call tracker and message ads. That tool exports UTC times.
The office software exports local (Central) times, so a request can look later than the job it caused.
True pairs: the first visit that was booked because of the request, and the work that continues it.
That includes the return visit with the part, the install after the estimate, the recall and the rebooked visit.
Plan visits, canceled jobs and later calls of the same customer are not true.
A repeated request is grouped, and its jobs belong to the first submission of the group.
Hard: spouses, tenants and landlords, river rentals with owners out of town, managers with many units, moved customers,
second records of one customer, fathers and sons with one name, family on one ranch road, old phones and typing errors.
Unsure pairs: chats with only a first name, and late phone calls for the same trouble as an unanswered request.
"""

import csv
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = POOLS["services"]
FREEZES = ((date(2021, 2, 14), 9), (date(2022, 12, 23), 5), (date(2024, 1, 15), 4), (date(2025, 1, 20), 4))
HOURS = (1, 1, 0.5, 0.5, 0.5, 1, 3, 6, 9, 10, 9, 8, 7, 7, 7, 7, 7, 7, 7, 7, 6, 5, 3, 2)
AREA_CODES = ("830", "830", "830", "830", "210", "210", "512", "726", "713", "361", "737", "281", "325", "214", "832")
# All times are the office's wall clock; the zone is a formality.
LAST_DAY = datetime(2025, 12, 31, 17, 0, tzinfo=UTC)


@dataclass
class Person:
    """Hold one fictional person with the contacts that person uses."""

    first: str
    last: str
    phone: str
    email: str


@dataclass
class Place:
    """Hold one address in parts, so that it can be written in several ways."""

    number: str
    name: str
    kind: str
    unit: str
    city: str
    zip: str
    filed: str = ""

    def street(self) -> str:
        """Return the street line in the style of the office."""
        unit = f" Unit {self.unit}" if self.unit else ""
        return f"{self.number} {self.filed or self.name} {self.kind}".strip() + unit


@dataclass
class Account:
    """Hold one customer record of the office's software and its hidden history."""

    name: str
    kind: str
    people: list[Person]
    place: Place
    billing: Place
    phone: str
    phone2: str
    email: str
    places: list[Place]
    member: bool = False
    note: str = ""
    number: int = 0
    asked: list[tuple[datetime, datetime | None, str]] = field(default_factory=list)
    busy: datetime = datetime(2019, 1, 1, tzinfo=UTC)
    first_job: datetime = datetime(2030, 1, 1, tzinfo=UTC)

    def quiet(self, when: datetime) -> bool:
        """Return whether no request and no continued work of this customer is open at that time."""
        return when > self.busy and not any(at < when and done is None for at, done, _ in self.asked)


@dataclass
class Job:
    """Hold one job row before numbers are given out."""

    account: Account
    place: Place
    created: datetime
    scheduled: datetime
    status: str
    unit: str
    kind: str
    campaign: str
    booked_by: str
    total: float
    note: str
    parent: "Job | None" = None
    number: int = 0


@dataclass
class Lead:
    """Hold one submitted request before numbers are given out."""

    when: datetime
    channel: str
    first: str
    last: str
    phone: str
    email: str
    street: str
    city: str
    zip: str
    service: str
    message: str
    number: str = ""


def weighted(rng: random.Random, pairs: Sequence[Sequence[Any]]) -> Any:
    """Return the first item of one pair, chosen by the last item as weight."""
    return rng.choices(pairs, weights=[pair[-1] for pair in pairs])[0][0]


def draw_facts(rng: random.Random) -> dict[str, str]:
    """Return the facts of one case, such as the size of the tank, for its texts."""
    return {slot: rng.choice(words) for slot, words in POOLS["slots"].items()}


def slip(rng: random.Random, text: str) -> str:
    """Return the text with one typing error."""
    if len(text) < 4:
        return text
    at = rng.randrange(1, len(text) - 1)
    style = rng.random()
    if style < 0.4:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if style < 0.75 else text[:at] + text[at] + text[at:]


def wrong_digit(rng: random.Random, phone: str) -> str:
    """Return the phone number with one of its last four digits changed."""
    at = rng.randrange(6, 10)
    return phone[:at] + str((int(phone[at]) + rng.randint(1, 9)) % 10) + phone[at + 1 :]


def to_utc(when: datetime) -> datetime:
    """Return the UTC time of a local time in Central Texas."""
    march, november = datetime(when.year, 3, 8, 2, tzinfo=UTC), datetime(when.year, 11, 1, 2, tzinfo=UTC)
    start = march + timedelta(days=(6 - march.weekday()) % 7)
    end = november + timedelta(days=(6 - november.weekday()) % 7)
    return when + timedelta(hours=5 if start <= when < end else 6)


def office_time(rng: random.Random, when: datetime) -> datetime:
    """Return the time itself in office hours, else a time soon after the office opens again."""
    closes = 12 if when.weekday() == 5 else 18
    if when.weekday() < 6 and 7 <= when.hour < closes:
        return when
    day = when if when.hour < 7 and when.weekday() < 6 else when + timedelta(days=1)
    if day.weekday() == 6:
        day += timedelta(days=1)
    return day.replace(hour=7, minute=30) + timedelta(minutes=rng.randint(0, 150))


def visit_slot(rng: random.Random, day: datetime) -> datetime:
    """Return an arrival slot on that day, moved from Sunday to Monday."""
    if day.weekday() == 6:
        day += timedelta(days=1)
    return day.replace(hour=rng.choice((8, 8, 9, 10, 11, 13, 14, 15)), minute=rng.choice((0, 0, 30)))


class People:
    """Make persons, places and customer records without repeating a phone number."""

    def __init__(self, rng: random.Random) -> None:
        """Keep the random source and give each city and name its own share."""
        self.rng = rng
        self.used: set[str] = set()
        self.emails: set[str] = set()
        self.lasts = [(last, rng.uniform(0.3, 1) * (2 if at < 40 else 1)) for at, last in enumerate(POOLS["last"])]
        self.last_names = [last for last, _ in self.lasts]
        self.last_weights = [weight for _, weight in self.lasts]
        self.roads = [self.road() for _ in range(420)]

    def phone(self) -> str:
        """Return a new made-up phone number."""
        for attempt in range(40):
            area = self.rng.choice(AREA_CODES) if attempt < 8 else str(self.rng.randint(201, 989))
            number = f"{area}555{self.rng.randint(0, 9999):04d}"
            if number not in self.used:
                break
        self.used.add(number)
        return number

    def email(self, first: str, last: str) -> str:
        """Return an email address in one of the usual patterns."""
        rng = self.rng
        one, two = first.lower(), "".join(ch for ch in last.lower() if ch.isalpha())
        number = rng.randint(1, 99)
        name = rng.choice(
            (
                f"{one}.{two}",
                f"{one}{two}{number}",
                f"{one[0]}{two}{number}",
                f"{two}{one}{number}",
                f"{one}_{two}{rng.randint(50, 99)}",
                f"{two}family{number}",
                f"{one[0]}.{two}{number}",
            )
        )
        domain = weighted(rng, POOLS["domains"])
        while f"{name}@{domain}" in self.emails:
            name += str(rng.randint(0, 9))
        self.emails.add(f"{name}@{domain}")
        return f"{name}@{domain}"

    def person(self, last: str = "", first: str = "") -> Person:
        """Return a new person, with the given names if any."""
        first = first or self.rng.choice(POOLS["first"])
        last = last or self.rng.choices(self.last_names, self.last_weights)[0]
        return Person(first, last, self.phone(), self.email(first, last))

    def road(self) -> tuple[str, str, str, str]:
        """Return a road as name, kind, city and ZIP code."""
        rng = self.rng
        city, zip_code, _ = rng.choices(POOLS["cities"], [city[-1] for city in POOLS["cities"]])[0]
        if rng.random() < 0.17:
            return (
                rng.choice(POOLS["rural"]).format(n=rng.choice((46, 173, 281, 306, 473, 1376, 1863, 2673))),
                "",
                city,
                zip_code,
            )
        one, two = rng.choice(POOLS["street_a"]), rng.choice(POOLS["street_b"])
        name = one if rng.random() < 0.4 else f"{one} {two}"
        return name, rng.choice(list(POOLS["street_t"])), city, zip_code

    def place(self, unit_share: float = 0.04) -> Place:
        """Return a new address in the service area."""
        rng = self.rng
        name, kind, city, zip_code = rng.choice(self.roads) if rng.random() < 0.6 else self.road()
        number = rng.randint(100, 9999) if not kind else rng.choice((rng.randint(100, 999), rng.randint(1000, 4999)))
        unit = rng.choice(("A", "B", "2", "4", "101", "112", "204")) if rng.random() < unit_share else ""
        filed = slip(rng, name) if rng.random() < 0.015 else ""
        return Place(str(number), name, kind, unit, city, zip_code, filed)

    def away(self, pool: str = "away") -> Place:
        """Return an address outside the service area."""
        place = self.place(0.1)
        place.city, place.zip = self.rng.choice(POOLS[pool])
        return place

    def near(self, other: Place) -> Place:
        """Return an address a few numbers from another one."""
        number = str(int(other.number) + self.rng.choice((-8, -4, 2, 4, 6, 10)))
        return Place(number, other.name, other.kind, "", other.city, other.zip)

    def household(self, place: Place | None = None, last: str = "", first: str = "") -> Account:
        """Return the record of a new home owner, often with a spouse."""
        rng = self.rng
        people = [self.person(last, first)]
        if rng.random() < 0.55:
            people.append(self.person(people[0].last if rng.random() < 0.88 else ""))
            people[1].email = people[0].email if rng.random() < 0.2 else people[1].email
        place = place or self.place()
        away = rng.random() < 0.07
        account = Account("", "Residential", people, place, self.away() if away else place, "", "", "", [place])
        if away:
            account.note = rng.choice(("Short term rental", "2nd home, lockbox", "River house, owner out of town"))
        self.record(account, people[0])
        return account

    def record(self, account: Account, caller: Person) -> None:
        """Write the name, phones and email that the office keeps for a household."""
        rng, people = self.rng, account.people
        other = next((person for person in people if person is not caller), None)
        holder = other if other and rng.random() < 0.12 else caller
        roll = rng.random()
        last = slip(rng, holder.last) if rng.random() < 0.012 else holder.last
        account.name = f"{last}, {holder.first}" if roll < 0.93 else f"{holder.first} {last}"
        if other and rng.random() < 0.1:
            account.name = f"{caller.last}, {caller.first} & {other.first}"
        account.phone = caller.phone if rng.random() < 0.95 or not other else other.phone
        if other and rng.random() < 0.3:
            account.phone2 = other.phone if account.phone == caller.phone else caller.phone
        elif rng.random() < 0.07:
            account.phone2 = self.phone()
        roll = rng.random()
        account.email = caller.email if roll < 0.8 else (other.email if other and roll < 0.86 else "")
        if account.email and rng.random() < 0.012:
            account.email = slip(rng, account.email)

    def company(self, *, manager: bool) -> Account:
        """Return the record of a business, or of a manager with many units."""
        rng = self.rng
        person = self.person()
        name = rng.choice(POOLS["managers" if manager else "business"]).format(
            a=rng.choice(POOLS["street_a"]), b=rng.choice(POOLS["street_b"]), l=rng.choice(POOLS["last"])
        )
        domain = "".join(ch for ch in name.lower() if ch.isalpha())[:18] + ".example"
        person.email = rng.choice(("office@", f"{person.first.lower()}@", "maintenance@")) + domain
        office = self.place()
        doors = [self.place(0.35) for _ in range(rng.randint(6, 15))] if manager else [office]
        return Account(
            name,
            "Property Mgmt" if manager else "Commercial",
            [person],
            doors[0],
            office,
            person.phone,
            self.phone() if rng.random() < 0.5 else "",
            person.email,
            doors,
        )


class Office:
    """Run the office through time and collect its requests, jobs and links."""

    def __init__(self, seed: int, leads: int) -> None:
        """Choose the period, the managers and the customers known at its start."""
        self.rng = rng = random.Random(f"hillcountry-{seed}")
        self.people = People(rng)
        self.days = max(60, min(2080, int(leads * 0.62)))
        spare = (date(2025, 12, 1) - date(2020, 1, 6)).days - self.days
        self.start = date(2020, 1, 6) + timedelta(days=rng.randint(0, max(0, spare)))
        self.opened = datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC)
        self.end = self.opened + timedelta(days=self.days + 12)
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.truth: list[tuple[Lead, Job]] = []
        self.groups: list[list[Lead]] = []
        self.unsure: list[tuple[Lead, Job]] = []
        self.waiting: list[tuple[datetime, Account, Place, str, Lead]] = []
        self.managers = [self.people.company(manager=True) for _ in range(max(1, leads // 300))]
        self.accounts: list[Account] = []
        self.facts = draw_facts(rng)
        self.wish = ""
        self.techs = rng.sample(POOLS["techs"], min(len(POOLS["techs"]), 6 + leads // 500))
        self.old_customers(max(12, leads // 4))

    def old_customers(self, count: int) -> None:
        """Add the customers who are on record before the period begins."""
        for _ in range(count):
            account = self.customer()
            first_job = self.opened - timedelta(days=self.rng.randint(10, 1500))
            account.first_job = max(datetime(2020, 1, 2, tzinfo=UTC), first_job)
            account.member = self.rng.random() < 0.14
            self.accounts.append(account)

    def customer(self) -> Account:
        """Return a new customer of any kind, at times kin or neighbor of a known one."""
        rng, known = self.rng, self.accounts
        roll = rng.random()
        if roll < 0.05:
            return self.people.company(manager=False)
        homes = [home for home in known[-60:] if home.kind == "Residential"]
        if roll < 0.12 and homes:
            kin = rng.choice(homes)
            if roll < 0.07:
                return self.people.household(first=kin.people[0].first, last=kin.people[0].last)
            if roll < 0.09:
                return self.people.household(self.people.near(kin.place), last=kin.people[0].last)
            return self.people.household(kin.place if roll < 0.095 else self.people.near(kin.place))
        return self.people.household()

    def moment(self, service: str, first: int) -> datetime:
        """Return a random time for a service, by its season and the hours of the day."""
        rng, months = self.rng, SERVICES[service]["months"]
        storms = [
            day + timedelta(days=rng.randrange(length))
            for day, length in FREEZES
            if self.start <= day <= self.start + timedelta(days=self.days - 12)
        ]
        day = rng.choice(storms) if service == "freeze" and storms and rng.random() < 0.85 else None
        for _ in range(400):
            if day:
                break
            guess = self.start + timedelta(days=rng.randint(first, self.days))
            keep = months[guess.month - 1] / max(months) * (0.6 if guess.weekday() > 4 else 1)
            day = guess if rng.random() < keep else None
        day = day or self.start + timedelta(days=rng.randint(first, self.days))
        hour = rng.choices(range(24), HOURS)[0]
        return datetime(day.year, day.month, day.day, hour, rng.randrange(60), rng.randrange(60), tzinfo=UTC)

    def service(self) -> str:
        """Return a random service key by its weight."""
        return self.rng.choices(list(SERVICES), [service["weight"] for service in SERVICES.values()])[0]

    def run(self, count: int) -> None:
        """Go through all requests and phone calls in the order of time."""
        rng, rows = self.rng, 0
        events: list[tuple[datetime, int, str]] = []
        while rows < count:
            copies = min(count - rows, 1 + (rng.random() < 0.075) + (rng.random() < 0.01))
            service = self.service()
            events.append((self.moment(service, self.days // 20), copies, service))
            rows += copies
        for _ in range(int(count * 1.15)):
            service = self.service()
            events.append((self.moment(service, 0), 0, service))
        for when, copies, service in sorted(events):
            self.facts = draw_facts(rng)
            if copies:
                self.request(when, copies, service)
            else:
                self.phone_call(when, service)
        self.late_calls()
        self.plan_visits()

    def request(self, when: datetime, copies: int, service: str) -> None:
        """Handle one request by its kind."""
        roll = self.rng.random()
        if roll < 0.05:
            self.no_customer(when, copies, spam=roll < 0.032)
        elif roll < 0.075:
            self.outside(when, copies, service)
        elif roll < 0.081:
            self.added_note(when, copies)
        elif roll < 0.096:
            self.manager_request(when, copies, service)
        elif roll < 0.135:
            self.rental_request(when, copies, service)
        elif roll < 0.32:
            self.known_request(when, copies, service)
        else:
            self.new_request(when, copies, service)

    def no_customer(self, when: datetime, copies: int, *, spam: bool) -> None:
        """Add a sales pitch or a question the office cannot serve."""
        person = self.people.person()
        text = self.rng.choice(POOLS["spam" if spam else "hiring"])
        place = self.people.away() if spam else self.people.place()
        self.submit(when, copies, person, place, service="Other", text=text)

    def outside(self, when: datetime, copies: int, service: str) -> None:
        """Add a request from outside the service area."""
        self.submit(when, copies, self.people.person(), self.people.away("outside"), service=service)

    def added_note(self, when: datetime, copies: int) -> None:
        """Add a note to a visit that was booked by phone before."""
        for job in reversed(self.jobs[-80:]):
            account = job.account
            fresh = job.created < when < job.scheduled and account.kind == "Residential"
            if fresh and not account.asked and account.quiet(when):
                text = self.rng.choice(POOLS["addnote"])
                lead = self.submit(when, copies, account.people[0], job.place, service="Other", text=text)
                account.asked.append((lead.when, None, ""))
                return
        self.no_customer(when, copies, spam=False)

    def manager_request(self, when: datetime, copies: int, service: str) -> None:
        """Add a request of a property manager for one of the units."""
        account = self.rng.choice(self.managers)
        place = self.rng.choice(account.places)
        if account.quiet(when):
            self.settle(when, copies, service, account, who=account.people[0], place=place, chance=1.0)
        else:
            self.new_request(when, copies, service)

    def rental_request(self, when: datetime, copies: int, service: str) -> None:
        """Add a request for a rented house, sent by the tenant or by the landlord."""
        rng = self.rng
        account, tenant = self.people.household(), self.people.person()
        rented = self.people.place(0.3)
        account.places.append(rented)
        by_tenant = rng.random() < 0.55
        note = ""
        if by_tenant and rng.random() < 0.75:
            phone = tenant.phone
            note = (
                f"Tenant {tenant.first} {phone[:3]}-{phone[3:6]}-{phone[6:]}."
                if rng.random() < 0.7
                else f"Tenant {tenant.first} {tenant.last} home."
            )
        chance, manager = 0.55, rng.choice(self.managers)
        if by_tenant and rng.random() < 0.25 and manager.quiet(when):
            account, rented, chance = manager, rng.choice(manager.places), 1.0
        who = tenant if by_tenant else account.people[0]
        self.settle(when, copies, service, account, who=who, place=rented, chance=chance, note=note)

    def known_request(self, when: datetime, copies: int, service: str) -> None:
        """Add a request of a customer who is on record, at times with new contacts."""
        rng = self.rng
        account = next((one for one in rng.choices(self.accounts, k=12) if one.quiet(when)), None)
        if not account:
            self.new_request(when, copies, service)
            return
        who, place, roll = rng.choice(account.people), rng.choice(account.places), rng.random()
        if account.kind == "Residential" and roll < 0.05:
            place = self.people.place()
            account.places = [place]
            account.note = f"Moved, was {account.place.street()}"
            account.billing = place if rng.random() < 0.6 else account.billing
            account.place = place
        elif roll < 0.1:
            who.phone = self.people.phone()
            account.phone2 = who.phone if rng.random() < 0.4 else account.phone2
        elif roll < 0.15:
            who.email = self.people.email(who.first, who.last)
        self.settle(when, copies, service, account, who=who, place=place, chance=0.86)

    def new_request(self, when: datetime, copies: int, service: str) -> None:
        """Add a request of a new household."""
        account = self.customer()
        who = account.people[0] if self.rng.random() < 0.85 else account.people[-1]
        if account.kind == "Residential":
            self.people.record(account, who)
        chance = SERVICES[service]["conv"] * 0.88
        self.settle(when, copies, service, account, who=who, place=account.places[0], chance=chance)

    def second_record(self, account: Account) -> Account:
        """Return the same customer, at times entered again as a new record."""
        if account.kind != "Residential" or account.first_job.year == 2030 or self.rng.random() > 0.05:
            return account
        twin = Account("", account.kind, account.people, account.place, account.billing, "", "", "", account.places)
        self.people.record(twin, self.rng.choice(account.people))
        twin.asked = account.asked
        return twin

    def settle(
        self,
        when: datetime,
        copies: int,
        service: str,
        account: Account,
        *,
        who: Person,
        place: Place,
        chance: float,
        note: str = "",
    ) -> None:
        """Submit a request and book its jobs, or leave it without a job."""
        rng = self.rng
        lead = self.submit(when, copies, who, place, service=service)
        last = self.groups[-1][-1].when if copies > 1 else when
        booked: list[Job] = []
        if rng.random() < chance:
            entered = self.second_record(account)
            campaign = weighted(rng, POOLS["campaign_web"])
            booked = self.chain(entered, place, service, last, campaign=campaign, note=note)
        self.truth.extend((lead, job) for job in booked)
        if booked and booked[0].note and rng.random() < 0.15:
            booked[0].note = f"{self.wish[:60]} // {booked[0].note}"
        known = account.first_job.year != 2030
        if booked:
            done = max(job.created for job in booked)
            for one in {id(account): account, id(booked[0].account): booked[0].account}.values():
                one.busy = max(one.busy, done)
                one.member = one.member or rng.random() < 0.09
            if not known and account.kind != "Property Mgmt":
                self.accounts.append(account)
        account.asked.append((when, booked[0].created if booked else None, service))
        if not booked and rng.random() < 0.008:
            self.waiting.append((when, account, place, service, lead))
        if booked and not lead.last and not lead.phone and not lead.email:
            self.unsure.append((lead, booked[0]))

    def chain(
        self,
        account: Account,
        place: Place,
        service: str,
        when: datetime,
        *,
        campaign: str,
        note: str = "",
        phone: bool = False,
    ) -> list[Job]:
        """Book the first visit and the work that continues it; return the jobs that were not canceled."""
        rng, facts = self.rng, SERVICES[service]
        online = not phone and rng.random() < 0.05
        created = when + timedelta(minutes=1) if online else self.booking_time(when, facts["chain"], phone)
        by = "online" if online else rng.choice(POOLS["csr"][:-1])
        if created > self.end:
            return []
        if account.kind != "Property Mgmt" and rng.random() < 0.045:
            lost = self.add(account, place, created, service, campaign=campaign, by=by)
            lost.status, lost.total, lost.note = "Canceled", 0.0, rng.choice(POOLS["cancel_notes"])
            created = office_time(rng, created + timedelta(days=rng.randint(1, 4)))
            if rng.random() < 0.5 or created > self.end:
                return []
        first = self.add(account, place, created, service, campaign=campaign, by=by)
        first.note = f"{note} {first.note}".strip()
        return [first, *self.more_work(first, facts)]

    def booking_time(self, when: datetime, chain: str, phone: bool) -> datetime:
        """Return when the office entered the job after a request."""
        rng, roll = self.rng, self.rng.random()
        if phone:
            return office_time(rng, when)
        if chain.startswith("quote"):
            days = (
                0
                if roll < 0.5
                else rng.randint(1, 3)
                if roll < 0.83
                else rng.randint(4, 14)
                if roll < 0.97
                else rng.randint(15, 40)
            )
        else:
            days = 0 if roll < 0.8 else 1 if roll < 0.93 else rng.randint(2, 5)
        start = office_time(rng, when + timedelta(days=days))
        return office_time(rng, start + timedelta(minutes=int(rng.expovariate(1 / 55)) + 2))

    def add(self, account: Account, place: Place, created: datetime, service: str, *, campaign: str, by: str) -> Job:
        """Add the first visit for a service to the list of jobs."""
        rng, facts = self.rng, SERVICES[service]
        rush = created.month in (7, 8) and facts["unit"].startswith("HVAC")
        wait = (
            rng.choice((0, 1, 1, 2, 3, 5) if rush else (0, 0, 1, 1, 2))
            if facts["chain"].startswith("repair")
            else rng.choice((1, 2, 3, 4, 6, 9))
        )
        total = round(rng.uniform(facts["lo"], facts["hi"]), rng.choice((0, 0, 2))) if facts["hi"] else 0.0
        text = f"{rng.choice(facts['notes']).format_map(self.facts)} {rng.choice(POOLS['tail'])}".strip()
        kind = rng.choices(facts["job"], (3, 1))[0]
        return self.store(
            Job(
                account,
                place,
                created,
                created + timedelta(days=wait),
                "Completed",
                facts["unit"],
                kind,
                campaign,
                by,
                total,
                "" if rng.random() < 0.06 else text,
            )
        )

    def store(self, job: Job) -> Job:
        """Set the slot and the status of a job and keep it."""
        slot = visit_slot(self.rng, job.scheduled)
        if slot < job.created:
            slot = job.created.replace(minute=0) + timedelta(hours=2)
        job.scheduled = min(slot, LAST_DAY)
        if job.scheduled > self.end:
            job.status, job.total, job.note = "Scheduled", 0.0, ""
        job.account.first_job = min(job.account.first_job, job.created)
        self.jobs.append(job)
        return job

    def more_work(self, first: Job, facts: dict[str, Any]) -> list[Job]:
        """Return the return visit, the sold install and the recall after a first visit."""
        rng, chain = self.rng, facts["chain"]
        made: list[Job] = []
        roll, last = rng.random(), first
        if (chain.startswith("repair") and roll < 0.16) or (chain == "simple" and roll < 0.04):
            last = self.follow(
                first, last, "Return Visit", notes="return_notes", gap=(0, 2), wait=(2, 10), price=(0, 640)
            )
            made.append(last)
        sold = 0.45 if chain.startswith("quote") else 0.09 if chain.startswith("repair") else 0.0
        if rng.random() < sold:
            hvac = facts["unit"].startswith("HVAC")
            kind = "HVAC Install" if hvac else "Water Heater Install" if chain == "repair_wh" else "Plumbing Install"
            price = (6200, 17800) if hvac else (1450, 5900)
            last = self.follow(first, last, kind, notes="install_notes", gap=(0, 24), wait=(1, 12), price=price)
            made.append(last)
        if rng.random() < 0.025:
            recall = self.follow(first, last, "Recall", notes="warranty_notes", gap=(2, 20), wait=(0, 3), price=(0, 0))
            made.append(recall)
        return [job for job in made if job.created <= self.end]

    def follow(
        self,
        first: Job,
        last: Job,
        kind: str,
        *,
        notes: str,
        gap: tuple[int, int],
        wait: tuple[int, int],
        price: tuple[int, int],
    ) -> Job:
        """Add one job that continues another one, unless the export ends before."""
        rng = self.rng
        created = office_time(rng, last.scheduled + timedelta(days=rng.randint(*gap), hours=rng.randint(1, 5)))
        unit = "HVAC Install" if kind == "HVAC Install" else first.unit
        total = 0.0 if kind == "Return Visit" and rng.random() < 0.35 else float(rng.randint(*price))
        campaign = first.campaign if rng.random() < 0.75 else rng.choice(("", "Existing Customer"))
        job = Job(
            first.account,
            first.place,
            created,
            created + timedelta(days=rng.randint(*wait)),
            "Completed",
            unit,
            kind,
            campaign,
            rng.choice(POOLS["csr"][:-1]),
            total,
            rng.choice(POOLS[notes]),
            first if rng.random() < 0.6 else None,
        )
        return self.store(job) if created <= self.end else job

    def phone_call(self, when: datetime, service: str) -> None:
        """Add a job that came by phone, by referral or as repeat work, without a request."""
        rng = self.rng
        account = None
        if rng.random() < 0.06:
            account = next((one for one in (rng.choice(self.managers),) if one.quiet(when)), None)
        elif rng.random() < 0.5:
            account = next((one for one in rng.choices(self.accounts, k=8) if one.quiet(when)), None)
        if not account:
            account = self.customer()
            self.accounts.append(account)
            account.member = rng.random() < 0.1
        place, campaign = rng.choice(account.places), weighted(rng, POOLS["campaign_phone"])
        jobs = self.chain(account, place, service, when, campaign=campaign, phone=True)
        if jobs:
            account.busy = max(account.busy, *(job.created for job in jobs))

    def late_calls(self) -> None:
        """Add a few later phone jobs of people whose request stayed without a job."""
        rng = self.rng
        for when, account, place, service, lead in self.waiting:
            same = rng.random() < 0.5
            later = when + timedelta(days=rng.randint(35, 80) if same else rng.randint(90, 300))
            need = service if same else "drain"
            jobs = self.chain(account, place, need, later, campaign="Existing Customer", phone=True)
            if jobs and same:
                self.unsure.append((lead, jobs[0]))

    def plan_visits(self) -> None:
        """Add the spring and fall visits of members while no request of theirs is open."""
        rng = self.rng
        late = {id(account) for _, account, *_ in self.waiting}
        for account in self.accounts:
            if not account.member or id(account) in late:
                continue
            since = account.first_job + timedelta(days=rng.randint(60, 150))
            day = max(since, self.opened + timedelta(days=rng.randint(0, 150)))
            while day < self.end:
                if day.month in (3, 4, 5, 9, 10, 11) and self.idle(account, day):
                    created = office_time(rng, day)
                    season = "Spring" if day.month < 6 else "Fall"
                    self.store(
                        Job(
                            account,
                            account.place,
                            created,
                            created + timedelta(days=rng.randint(4, 20)),
                            "Completed",
                            "HVAC Maintenance",
                            f"Plan Visit - {season}",
                            "Agreement",
                            "Dispatch NB",
                            0.0,
                            rng.choice(POOLS["plan_notes"]),
                        )
                    )
                    day += timedelta(days=rng.randint(165, 200))
                day += timedelta(days=rng.randint(8, 20))

    def idle(self, account: Account, day: datetime) -> bool:
        """Return whether no request of the account waits for its first job on that day."""
        return all(day < at - timedelta(days=4) or (done is not None and day > done) for at, done, _ in account.asked)

    def submit(self, when: datetime, copies: int, who: Person, place: Place, *, service: str, text: str = "") -> Lead:
        """Add a request and its repeated submissions; return the first one."""
        rng = self.rng
        label = SERVICES[service]["label"] if service in SERVICES else service
        base = text or rng.choice(SERVICES[service]["msg"]).format_map(self.facts)
        self.wish = base
        group: list[Lead] = []
        at = when
        for copy in range(copies):
            body = base if text else f"{rng.choice(POOLS['open'])} {base} {rng.choice(POOLS['close'])}".strip()
            double = copy > 0 and rng.random() < 0.45
            if copy and not double:
                body = rng.choice(POOLS["again"]).replace("{m}", base)
                at += timedelta(minutes=rng.randint(4, 90) if rng.random() < 0.6 else rng.randint(300, 2400))
            if double:
                at += timedelta(seconds=rng.randint(2, 50))
                lead = replace(group[-1], when=at)
            else:
                lead = self.typed(at, who, place, label, body)
            group.append(lead)
        self.leads.extend(group)
        if copies > 1:
            self.groups.append(group)
        return group[0]

    def typed(self, when: datetime, who: Person, place: Place, label: str, body: str) -> Lead:
        """Return a request with the contacts that its channel asks for, as people type them."""
        rng = self.rng
        channel = weighted(rng, (("Web Form", 53), ("Quote Tool", 16), ("Chat", 14), ("Call", 8), ("Message Ad", 6)))
        odds = {
            "Web Form": (0.98, 0.95, 0.84, 0.985),
            "Quote Tool": (0.94, 0.985, 0.9, 0.99),
            "Chat": (0.93, 0.78, 0.3, 0.88),
            "Call": (1.0, 0.0, 0.38, 0.86),
            "Message Ad": (1.0, 0.55, 0.3, 0.97),
        }[channel]
        phone, email, street, last = (rng.random() < odd for odd in odds)
        if channel == "Chat" and not last and rng.random() < 0.35:
            phone = email = street = False
        return Lead(
            when,
            channel,
            *self.names(who, channel, last),
            self.typed_phone(who.phone, channel) if phone else "",
            self.typed_email(who.email) if email else "",
            self.typed_street(place) if street else "",
            place.city if street or rng.random() < 0.5 else "",
            place.zip if (street and rng.random() < 0.8) or rng.random() < 0.2 else "",
            label if channel != "Call" else "",
            self.typed_text(body, channel),
        )

    def names(self, who: Person, channel: str, with_last: bool) -> tuple[str, str]:
        """Return the first and last name as typed or as the caller ID shows them."""
        rng, first, last = self.rng, who.first, who.last if with_last else ""
        if channel == "Call":
            return (first.upper(), last.upper()) if with_last else ("WIRELESS CALLER", "")
        if rng.random() < 0.12:
            first = POOLS["nick"].get(first, first)
        roll = rng.random()
        if roll < 0.06:
            return first.lower(), last.lower()
        if roll < 0.075:
            return first.upper(), last.upper()
        if roll < 0.09:
            return first, slip(rng, last)
        return (first + " ", last) if roll < 0.11 else (first, last)

    def typed_phone(self, phone: str, channel: str) -> str:
        """Return the phone number in one of the usual formats, rarely with a wrong digit."""
        rng = self.rng
        if channel == "Call":
            return f"+1{phone}"
        if rng.random() < 0.012:
            wrong = wrong_digit(rng, phone)
            phone = phone if wrong in self.people.used else wrong
        one, two, three = phone[:3], phone[3:6], phone[6:]
        return rng.choice(
            (
                f"({one}) {two}-{three}",
                f"({one}) {two}-{three}",
                f"{one}-{two}-{three}",
                phone,
                f"{one}.{two}.{three}",
                f"1{phone}",
                f"{one} {two} {three}",
            )
        )

    def typed_email(self, email: str) -> str:
        """Return the email address, at times in capitals or with an error."""
        roll = self.rng.random()
        if roll < 0.008:
            return email.replace("gmail", "gmial").replace("yahoo.com", "yahoo.con")
        if roll < 0.016:
            return slip(self.rng, email)
        return email.capitalize() if roll < 0.06 else email.upper() if roll < 0.07 else email

    def typed_street(self, place: Place) -> str:
        """Return the street line as people type it."""
        rng, kind, name = self.rng, place.kind, place.name
        if rng.random() < 0.5:
            kind = POOLS["street_t"].get(kind, kind)
        elif rng.random() < 0.12:
            kind = ""
        if not place.kind and rng.random() < 0.3:
            name = name.replace("FM ", "Farm to Market ").replace("County Road", "CR").replace("Ranch Road", "RR")
        if rng.random() < 0.025:
            name = slip(rng, name)
        word = rng.choice(("#", "Apt ", "Unit ", "unit "))
        unit = f" {word}{place.unit}" if place.unit and rng.random() < 0.85 else ""
        number = place.number if rng.random() < 0.995 else place.number[:-1] + str(rng.randint(0, 9))
        line = f"{number} {name} {kind}".strip() + unit
        roll = rng.random()
        return (
            line.lower()
            if roll < 0.12
            else line.upper()
            if roll < 0.14
            else f"{line}, {place.city} TX"
            if roll < 0.19
            else line
        )

    def typed_text(self, body: str, channel: str) -> str:
        """Return the message in the style of the channel."""
        rng = self.rng
        if channel == "Call":
            return f"[{rng.randint(0, 6)}:{rng.randrange(60):02d}] {body}" if rng.random() < 0.7 else "[missed call]"
        if channel == "Chat":
            return f"Visitor: {body}"
        if rng.random() < 0.04:
            return ""
        return body.lower() if rng.random() < 0.12 else body


def dashed(phone: str) -> str:
    """Return a phone number in the style of the office's software."""
    return f"({phone[:3]}) {phone[3:6]}-{phone[6:]}" if phone else ""


def clock(when: datetime) -> str:
    """Return a local time in the style of the office's software."""
    return when.strftime("%m/%d/%Y %I:%M %p")


def save(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write one CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def give_numbers(office: Office) -> list[Account]:
    """Sort requests and jobs by time and number them; return the customers on record."""
    rng = office.rng
    office.leads.sort(key=lambda lead: lead.when)
    number = rng.randint(11000, 48000)
    for lead in office.leads:
        number += rng.choice((1, 1, 1, 2))
        lead.number = f"sub_{number}{rng.randrange(4096):03x}"
    office.jobs.sort(key=lambda job: job.created)
    number, customer = rng.randint(20, 90) * 1000, rng.randint(3, 9) * 1000
    accounts = sorted(
        (one for one in office.accounts if one.first_job.date() < office.start), key=lambda one: one.first_job
    )
    for account in accounts:
        customer += rng.choice((1, 1, 2, 5))
        account.number = customer
    for job in office.jobs:
        number += rng.choice((1, 1, 2, 3))
        job.number = number
        if not job.account.number:
            customer += rng.choice((1, 1, 1, 2, 4))
            job.account.number = customer
            accounts.append(job.account)
    return accounts


def write_leads(office: Office, path: Path) -> None:
    """Write the requests as the website tool exports them."""
    header = (
        "Submission ID",
        "Submitted At (UTC)",
        "Channel",
        "First Name",
        "Last Name",
        "Phone",
        "Email",
        "Street Address",
        "City",
        "ZIP",
        "Service Needed",
        "Message",
    )
    save(
        path,
        header,
        (
            (
                lead.number,
                to_utc(lead.when).strftime("%Y-%m-%dT%H:%M:%SZ"),
                lead.channel,
                lead.first,
                lead.last,
                lead.phone,
                lead.email,
                lead.street,
                lead.city,
                lead.zip,
                lead.service,
                lead.message,
            )
            for lead in office.leads
        ),
    )


def job_row(office: Office, job: Job) -> tuple[Any, ...]:
    """Return one job as a row of the office's export."""
    account, bill = job.account, job.account.billing
    done = clock(job.scheduled + timedelta(minutes=office.rng.randint(35, 300))) if job.status == "Completed" else ""
    tech = office.rng.choice(office.techs) if job.status == "Completed" else ""
    return (
        job.number,
        clock(job.created),
        clock(job.scheduled),
        done,
        job.status,
        account.number,
        account.name,
        dashed(account.phone),
        dashed(account.phone2),
        account.email,
        job.place.street(),
        job.place.city,
        job.place.zip,
        bill.street(),
        bill.city,
        "TX",
        bill.zip,
        job.unit,
        job.kind,
        job.campaign,
        job.booked_by,
        tech,
        f"{job.total:,.2f}",
        job.parent.number if job.parent else "",
        job.note,
    )


def write_jobs(office: Office, path: Path) -> None:
    """Write the jobs as the office's software exports them."""
    header = (
        "Job #",
        "Created On",
        "Scheduled For",
        "Completed On",
        "Status",
        "Customer ID",
        "Customer Name",
        "Customer Phone",
        "Phone 2",
        "Customer Email",
        "Service Street",
        "Service City",
        "Service ZIP",
        "Billing Street",
        "Billing City",
        "Billing State",
        "Billing ZIP",
        "Business Unit",
        "Job Type",
        "Campaign",
        "Booked By",
        "Technician",
        "Total",
        "Original Job #",
        "Summary",
    )
    save(path, header, (job_row(office, job) for job in office.jobs))


def write_customers(accounts: list[Account], path: Path) -> None:
    """Write the customer list of the office's software."""
    header = (
        "Customer ID",
        "Name",
        "Type",
        "Phone",
        "Phone 2",
        "Email",
        "Billing Street",
        "Billing City",
        "Billing State",
        "Billing ZIP",
        "Member",
        "Created On",
        "Notes",
    )
    save(
        path,
        header,
        (
            (
                one.number,
                one.name,
                one.kind,
                dashed(one.phone),
                dashed(one.phone2),
                one.email,
                one.billing.street(),
                one.billing.city,
                "TX",
                one.billing.zip,
                "Yes" if one.member else "",
                one.first_job.strftime("%m/%d/%Y"),
                one.note,
            )
            for one in accounts
        ),
    )


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the CSV files of one made-up office into the folder."""
    office = Office(seed, leads)
    office.run(leads)
    accounts = give_numbers(office)
    write_leads(office, folder / "leads.csv")
    write_jobs(office, folder / "jobs.csv")
    write_customers(accounts, folder / "customers.csv")
    pairs = sorted((lead.number, job.number) for lead, job in office.truth)
    save(folder / "truth.csv", ("lead_id", "job_id"), pairs)
    save(
        folder / "lead_groups.csv",
        ("lead_id", "group_id"),
        ((lead.number, f"g{at}") for at, group in enumerate(office.groups, 1) for lead in group),
    )
    save(folder / "ambiguous.csv", ("lead_id", "job_id"), ((lead.number, job.number) for lead, job in office.unsure))
