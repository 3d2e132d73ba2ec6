"""Generate website leads and jobs of an air, plumbing and water-treatment office in California's Central Valley.

It serves Spanish, Punjabi, Hmong and Anglo families, renters and owners. The website stamps its leads in UTC; the
bilingual desk's software writes local time.

True is each job that continues the submitted request: the first visit, a return with a part, and the replacement after
a consult, even under the name of the spouse who signed the financing. A request that was submitted again is one group,
and its jobs are true for both rows. A warranty order is true if the request itself spoke of the warranty. Canceled and
twice-typed bookings, plan visits, free recalls and orders for another reason are not true. Pairs that nothing in both
files connects are ambiguous, and so is a spouse who phones weeks after a request came to nothing.

Hard are two last names of which the desk keeps either one, Singh and Kaur without a family name, Hmong names in swapped
order, grown children who write for their parents, tenants whose landlord or manager is the customer, imported records
with an old phone, and neighbors with the same few last names who all call in the same heat wave.
"""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
PACIFIC = ZoneInfo("America/Los_Angeles")
LONG_AGO = datetime(2000, 1, 1, tzinfo=PACIFIC)
DAY = timedelta(days=1)
Service = dict[str, Any]


@dataclass
class Place:
    """A house, an apartment or a shop."""

    street: str
    unit: str
    city: str
    zip_code: str


@dataclass
class Person:
    """Someone with a full name, of which forms and clerks use different parts."""

    origin: str
    given: str
    middle: str
    last: str
    second: str
    phone: str
    email: str


@dataclass
class Record:
    """The customer as the office's software holds it."""

    number: int
    name: str
    phone: str
    email: str


@dataclass
class Household:
    """People at one place, their landlord or rental, and until when they ask for nothing new."""

    people: list[Person]
    place: Place
    spanish: bool = False
    company: str = ""
    owner: "Household | None" = None
    rental: Place | None = None
    record: Record | None = None
    quiet: datetime = LONG_AGO
    busy: datetime = LONG_AGO


@dataclass
class Job:
    """One job of the office's software."""

    record: Record
    place: Place
    kind: str
    unit: str
    created: datetime
    visit: datetime
    status: str
    campaign: str
    clerk: str
    total: int
    summary: str
    number: int = 0


@dataclass
class Lead:
    """One submitted request; a resubmission shares the group and the jobs."""

    house: Household
    person: Person
    place: Place
    service: Service
    at: datetime
    channel: str = "Website Form"
    row: dict[str, str] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    unsure: list[Job] = field(default_factory=list)
    group: str = ""
    warranty: bool = False


class Town:
    """Make the valley's people and places, and write them as forms and clerks do."""

    def __init__(self, rng: Random) -> None:
        """Draw the rates of this office and the companies that manage rentals."""
        self.rng, self.used = rng, set[str]()
        self.rates = {name: rng.uniform(*span) for name, span in POOLS["rates"].items()}
        self.managers = [Household([self._person("anglo")], self._place(), company=n) for n in POOLS["companies"]]

    def _skewed(self, pool: Sequence[str]) -> str:
        return pool[int(len(pool) * self.rng.random() ** 1.9)]

    def _weighted(self, pool: Sequence[Sequence[Any]]) -> Sequence[Any]:
        return self.rng.choices(pool, [float(entry[-1]) for entry in pool])[0]

    def _unique(self, make: Callable[[], str]) -> str:
        value = next((found for found in (make() for _ in range(60)) if found not in self.used), make())
        self.used.add(value)
        return value

    def phone(self) -> str:
        """Return ten digits in an area code of the valley, or of where people came from."""
        return self._unique(lambda: f"{self._weighted(POOLS['area_codes'])[0]}555{self.rng.randrange(10_000):04d}")

    def _email(self, first: str, last: str) -> str:
        rng = self.rng
        tail = rng.choice(["", "", str(rng.randint(1, 99)), str(rng.randint(1958, 2004)), "559"])
        host = rng.choice(POOLS["work_hosts"]) if rng.random() < 0.07 else self._weighted(POOLS["mail_hosts"])[0]
        return f"{rng.choice(POOLS['mail_forms']).format(first, last, tail, rng.randint(10, 999))}@{host}"

    def _person(self, origin: str, family: str = "", *, female: bool = True) -> Person:
        rng, pool, sex = self.rng, POOLS["origins"][origin], "female" if female else "male"
        given, last = self._skewed(pool[sex]), family or self._skewed(pool["last"])
        middle = rng.choice(pool["middle"][sex] or [""]) if rng.random() < 0.5 else ""
        second = self._skewed(pool["last"]) if origin == "spanish" and rng.random() < 0.85 else ""
        if origin == "punjabi":
            middle = "Kaur" if female else "Singh"
            last = middle if last in {"Singh", "Kaur"} else last
        short = given.split()[0].lower()
        email = self._unique(lambda: self._email(short, last.lower())) if rng.random() < 0.93 else ""
        return Person(origin, given, middle, last, second, self.phone(), email)

    def _place(self, *, apartment: bool = False) -> Place:
        rng, (city, zip_code, _) = self.rng, self._weighted(POOLS["cities"])
        number, street = rng.randint(100, 7999), rng.choice(POOLS["streets"])
        if rng.random() < 0.07:
            number, street = number * 5, rng.choice([f"Avenue {rng.randint(2, 26)}", f"Road {rng.randint(20, 156)}"])
        elif street.endswith("Ave") and rng.random() < 0.8:
            street = f"{rng.choice('NSEW')} {street}"
        unit = f" {rng.choice(['Apt', '#', 'Unit'])} {rng.randint(101, 240)}" if apartment else ""
        return Place(f"{number} {street}", unit, city, zip_code)

    def household(self) -> Household:
        """Make a family or a shop, sometimes with a landlord or with a rental that they own."""
        rng, origins = self.rng, POOLS["origins"]
        origin = rng.choices(list(origins), [float(pool["share"]) for pool in origins.values()])[0]
        head = self._person(origin, female=(female := rng.random() < 0.52))
        house = Household([head], self._place(), spanish=origin == "spanish" and rng.random() < 0.45)
        if rng.random() < 0.66:
            family = head.last if rng.random() < origins[origin]["shared_name"] else ""
            house.people.append(self._person(origin, family, female=not female))
        if rng.random() < origins[origin]["grown_child"]:
            house.people.append(self._person(origin, head.last, female=rng.random() < 0.5))
        kind = rng.random()
        if kind < 0.15:
            house.place = self._place(apartment=rng.random() < 0.3)
            landlord = Household([self._person(origin, female=False)], self._place())
            house.owner = landlord if rng.random() < 0.65 else rng.choice(self.managers)
        elif kind < 0.19:
            house.rental = self._place(apartment=rng.random() < 0.2)
        elif kind < 0.21:
            house.company = f"{head.last} {rng.choice(POOLS['businesses'])}"
        return house

    def parts(self, person: Person) -> tuple[str, str]:
        """Return the first and last name as one occasion brings them forth."""
        rng, draw, first, last = self.rng, self.rng.random(), person.given, person.last
        if draw < 0.09:
            first = POOLS["nicks"].get(first, first)
        elif draw < 0.28 and person.middle != last:
            first = f"{first} {person.middle}".strip()
        elif draw < 0.33 and person.origin == "spanish" and person.middle:
            first = person.middle.removeprefix("de ")
        if person.second:
            both = f"{last} {person.second}"
            last = rng.choices([last, both, both.replace(" ", "-"), person.second], [58, 27, 6, 9])[0]
        elif person.origin == "punjabi" and rng.random() < 0.22:
            first, last = person.given, person.middle
        elif person.origin == "hmong" and rng.random() < 0.16:
            first, last = last, first
        return first, last

    def typed(self, first: str, last: str) -> str:
        """Return one name field as clerks type it, sometimes with a slip of the ear."""
        rng, rates = self.rng, self.rates
        swaps = [(old, new) for old, new in POOLS["hearing"] if old in last[1:]]
        if swaps and rng.random() < rates["careless"]:
            old, new = rng.choice(swaps)
            last = last[0] + last[1:].replace(old, new, 1)
        name = f"{last}, {first}" if rng.random() < rates["last_first"] else f"{first} {last}"
        return name.upper() if rng.random() < rates["caps"] else name

    def form(self, lead: Lead) -> dict[str, str]:
        """Return the website's row without its ID, filled in as the customer would."""
        rng, place, called, spanish = self.rng, lead.place, lead.channel == "Tracked Call", lead.house.spanish
        shown = lead.channel == "Website Form" and rng.random() < 0.9
        label = lead.service["label"] if rng.random() < 0.9 else rng.choice(POOLS["labels_other"])
        email = "" if called or rng.random() < 0.06 else lead.person.email
        where = [self._street(lead), place.city, place.zip_code] if shown else ["", "", place.zip_code * called]
        tenure = ("Rent" if lead.house.owner else "Own") if shown and rng.random() < 0.85 else ""
        values = [f"{lead.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}", *self._name(lead), self._phone(lead)]
        values += [email.title() if rng.random() < 0.04 else email, *where, "" if called else label, tenure]
        values += ["es" if spanish and not called else "en", lead.channel, rng.choice(POOLS["visitors_from"])]
        values.append(f"Call duration {rng.randint(20, 600)}s" if called else self._message(lead, lead.house))
        return dict(zip(POOLS["lead_fields"][1:], values, strict=True))

    def _name(self, lead: Lead) -> tuple[str, str]:
        draw = self.rng.random()
        if lead.channel == "Tracked Call":
            return lead.person.given.upper(), lead.person.last.upper()
        first, last = self.parts(lead.person)
        if lead.house.spanish and self.rng.random() < 0.3:
            first, last = (" ".join(POOLS["accents"].get(w, w) for w in text.split()) for text in (first, last))
        if draw < 0.1:
            return first.lower(), last.lower() if draw > 0.02 else ""
        return (first.upper(), last.upper()) if draw < 0.14 else (f"{first} " if draw < 0.2 else first, last)

    def _phone(self, lead: Lead) -> str:
        draw, digits = self.rng.random(), lead.person.phone
        if draw < 0.03:
            digits = self.rng.choice(lead.house.people).phone
        elif draw < 0.04:
            digits = f"{digits[:9]}{self.rng.randrange(10)}"
        shape: str = self.rng.choice(POOLS["phone_shapes"])
        return shape.format(digits[:3], digits[3:6], digits[6:]) if draw < 0.985 else ""

    def _street(self, lead: Lead) -> str:
        place, text = lead.place, lead.place.street + lead.place.unit
        if lead.house.record and self.rng.random() < 0.04:
            return "same address you have"
        short = text.replace(" Ave", self.rng.choice(["", " Avenue", " ave."]))
        found = f"{text}, {place.city}, CA {place.zip_code}, USA"
        return self.rng.choices([text, found, text.lower(), short, place.street], [38, 25, 20, 10, 7])[0]

    def _message(self, lead: Lead, house: Household) -> str:
        rng, texts = self.rng, [self.rng.choice(lead.service["es" if house.spanish else "en"])]
        if lead.warranty:
            texts.append("I have a home warranty, " + rng.choice(POOLS["warranties"]))
        if house.owner and rng.random() < 0.4:
            landlord = house.owner.company or house.owner.people[0].given
            texts.append(rng.choice([*POOLS["rent_lines"], f"landlord is {landlord}"]))
        if lead.place is house.rental:
            texts.append(rng.choice(["this is my rental, call tenant first", "rental house", ""]))
        if lead.person in house.people[2:]:
            texts.append(rng.choice([f"for my parents, {house.people[0].given}", "its my moms house", ""]))
        texts.append(rng.choice(POOLS["asks"]) if rng.random() < 0.06 else "")
        return ". ".join(text for text in texts if text)


class Office:
    """Live through the period and keep the office's books."""

    def __init__(self, rng: Random, leads: int) -> None:
        """Open a town's office and draw the heat waves."""
        self.rng, self.wanted, self.town = rng, leads, Town(rng)
        self.rates, self.clerks = self.town.rates, rng.sample(POOLS["clerks"], 5)
        first = datetime(2023 + rng.randrange(2), rng.randint(1, 4), 1, tzinfo=PACIFIC)
        self.days = [first + DAY * number for number in range(rng.randint(400, 520))]
        self.end = self.days[-1] + DAY
        waves = rng.sample([day for day in self.days if day.month in {6, 7, 8, 9}], 7)
        self.hot = {(day + DAY * step).date() for day in waves for step in range(rng.randint(4, 9))}
        self.leads, self.jobs = list[Lead](), list[Job]()
        self.known, self.asked = list[Household](), list[Household]()

    def run(self) -> None:
        """Import the customers of the former software, then take the requests and orders of the period in order."""
        for _ in range(int(self.wanted * 0.5)):
            house = self.town.household()
            record = self._typed_new(house, self._someone(house), -0.15)
            record.name = record.name.upper() if self.rng.random() < 0.4 else record.name
            record.phone = self.town.phone() if self.rng.random() < 0.25 else record.phone
        for at, _, online, service in self._events():
            if not online:
                self._order(at, service)
            elif len(self.leads) < self.wanted:
                self._request(at, service)

    def _events(self) -> list[tuple[datetime, int, bool, Service]]:
        """Return when someone asks on the website (true) or orders otherwise, with the service."""
        rng, calendars = self.rng, dict[str, list[float]]()
        for season, months in POOLS["seasons"].items():
            weights = [months[day.month - 1] * POOLS["weekdays"][day.weekday()] for day in self.days]
            heat = [2.8 if season == "cool" and day.date() in self.hot else 1.0 for day in self.days]
            calendars[season] = [weight * factor for weight, factor in zip(weights, heat, strict=True)]
        orders = int(self.wanted * (1 + self.rates["ratio"]))
        found: list[tuple[datetime, int, bool, Service]] = []
        services = rng.choices(POOLS["services"], [float(service["weight"]) for service in POOLS["services"]], k=orders)
        days = {name: iter(rng.choices(self.days, weights, k=orders)) for name, weights in calendars.items()}
        for number, service in enumerate(services):
            online = number < self.wanted
            hour = rng.gauss(*rng.choice([(10, 2.5), (18, 2.5)] if online else [(11, 2.4)]))
            at = next(days[service["season"]]) + timedelta(minutes=int(60 * min(23.9, max(0, hour))))
            found.append((at + timedelta(seconds=rng.randrange(60)), number, online, service))
        return sorted(found, key=lambda event: event[:2])

    def _keep(self, house: Household, name: str, phone: str, email: str) -> Record:
        number = 20_000 + 3 * len(self.known) + self.rng.randrange(3)
        house.record = Record(number, house.company or name, phone, email)
        self.known.append(house)
        return house.record

    def _typed_new(self, house: Household, person: Person, email_bias: float = 0) -> Record:
        email = person.email if self.rng.random() < self.rates["email"] + email_bias else ""
        return self._keep(house, self.town.typed(*self.town.parts(person)), person.phone, email)

    def _someone(self, house: Household) -> Person:
        return self.rng.choices(house.people, [60, 28, 14][: len(house.people)])[0]

    def _free(self, pool: Sequence[Household], at: datetime, *, lead: bool) -> Household:
        """Return a household of the pool that may ask for something new, else a new one."""
        tries = (pool[self.rng.randrange(len(pool))] for _ in range(6 if pool else 0))
        fit = (
            h for h in tries if h.quiet <= at and (not lead or (h.busy <= at and h.company not in POOLS["companies"]))
        )
        return next(fit, None) or self.town.household()

    def _request(self, at: datetime, service: Service) -> None:
        rng, draw = self.rng, self.rng.random() - self.rates["known"]
        house = self._free(self.known if draw < 0 else self.asked if draw < 0.08 else [], at, lead=True)
        channel = rng.choices(["Website Form", "Chat", "Tracked Call"], [86, 10, 4])[0]
        place = house.rental if house.rental and rng.random() < 0.6 else house.place
        service = self._fitting(house, service)
        lead = Lead(house, self._someone(house), place, service, at, channel)
        lead.warranty = service["urgent"] and not house.owner and rng.random() < 0.05
        lead.row = self.town.form(lead)
        self.leads.append(lead)
        if rng.random() < self.rates["junk"] and not house.record:
            lead.row |= {"Message": rng.choice(POOLS["spam"])} if rng.random() < 0.8 else POOLS["test_row"]
            return
        self.asked.append(house)
        chance = self.rates["convert"] * service["convert"] * (0.75 if house.owner else 1.3 if house.record else 1)
        until = self._won(lead) if rng.random() < chance else self._lost(lead)
        if rng.random() < self.rates["again"] and len(self.leads) < self.wanted:
            self._resubmit(lead, until)

    def _fitting(self, house: Household, service: Service) -> Service:
        """Return the service, or an ordinary repair if a tenant would hardly ask for it."""
        repairs = [item for item in POOLS["services"] if item["trade"] == "Plumbing"]
        return self.rng.choice(repairs) if house.owner and not service["urgent"] else service

    def _resubmit(self, lead: Lead, until: datetime) -> None:
        rng = self.rng
        wait = timedelta(minutes=rng.randint(1, 90)) if rng.random() < 0.6 else DAY * rng.uniform(0.3, 6)
        later = lead.at + min(wait, (until - lead.at) * rng.uniform(0.2, 0.9))
        who = lead.person if rng.random() < 0.85 else self._someone(lead.house)
        group = lead.group = f"G{len(self.leads):05d}"
        twin = Lead(lead.house, who, lead.place, lead.service, later, jobs=lead.jobs, unsure=lead.unsure, group=group)
        twin.row = self.town.form(twin)
        self.leads.append(twin)

    def _desk(self, at: datetime) -> datetime:
        if self.rng.random() < 0.04:
            return at
        if not 7 <= at.hour < 18:
            morning = at.replace(hour=7, minute=0) + timedelta(minutes=self.rng.randint(0, 150))
            at = morning + DAY if at.hour >= 18 else morning
        return at + DAY if at.weekday() == 6 and self.rng.random() < 0.75 else at

    def _visit(self, created: datetime, *, urgent: bool) -> datetime:
        rng = self.rng
        wait = rng.choices([0, 1, 2, 3, 5, 8], [40, 30, 12, 9, 6, 3] if urgent else [8, 24, 22, 18, 16, 12])[0]
        wait += rng.randint(0, 3) if created.date() in self.hot else 0
        if wait == 0 and created.hour < 16:
            return created + timedelta(minutes=rng.randint(60, 300))
        day = created.replace(hour=rng.randint(8, 16), minute=rng.choice([0, 30])) + DAY * max(1, wait)
        return day + DAY if day.weekday() == 6 and rng.random() < 0.85 else day

    def _won(self, lead: Lead) -> datetime:
        rng, house = self.rng, lead.house
        wait = rng.choices([rng.expovariate(0.5), rng.uniform(8, 40), rng.uniform(48, 300)], [70, 20, 10])[0]
        booked = self._desk(lead.at + timedelta(hours=wait + 0.05))
        source = "Website" if rng.random() < self.rates["tagged"] else self._source(house)
        lead.jobs += self._chain(lead.service, self._customer(lead), lead.place, booked, source=source, lead=lead)
        house.quiet = house.busy = self.end
        if lead.jobs:
            let = house.owner and lead.jobs[0].record is house.owner.record
            if let and (rng.random() < 0.6 or not lead.row["Service Address"]):
                lead.jobs[0].summary += f". tenant {lead.person.given} {lead.person.phone}"
            house.quiet, house.busy = lead.jobs[0].visit + DAY, lead.jobs[-1].visit + 3 * DAY
            if rng.random() < 0.04:
                typed = booked + timedelta(minutes=rng.randint(1, 90))
                twice = self._book(lead.jobs[0].record, lead.place, lead.service, 0, typed, source=source)
                twice.status, twice.summary = "Canceled", twice.summary + rng.choice(POOLS["cancel_notes"])
            self._later(house, lead.jobs[-1])
        return booked

    def _chain(
        self, service: Service, record: Record, place: Place, at: datetime, *, source: str, lead: Lead | None = None
    ) -> list[Job]:
        rng, jobs = self.rng, list[Job]()
        for stage, (kind, chance, low, high, *_) in enumerate(service["chain"]):
            if rng.random() > chance:
                if kind.endswith(("Consult", "Visit", "Inspection")):
                    break
                continue
            created = self._desk(at + DAY * rng.uniform(low, high)) if stage else at
            if created > self.end:
                break
            if lead and "Changeout" in kind:
                record = self._signer(lead, record)
            jobs.append(self._book(record, place, service, stage, created, source="" if stage else source))
            at = jobs[-1].visit
            if lead and lead.warranty and stage == 0:
                self._dispatch(jobs[0])
        return jobs

    def _dispatch(self, job: Job) -> None:
        job.kind, job.campaign = "HW - Dispatch", f"HW {self.rng.choice(POOLS['warranties'])}"
        job.summary = f"HW WO# {self.rng.randint(3_000_000, 9_999_999)} trade fee $85. {job.summary}"

    def _signer(self, lead: Lead, record: Record) -> Record:
        others = [person for person in lead.house.people[:2] if person is not lead.person]
        signed = others and not lead.house.owner and self.rng.random() < 0.14
        return self._typed_new(lead.house, others[0]) if signed else record

    def _book(self, record: Record, place: Place, service: Service, stage: int, at: datetime, *, source: str) -> Job:
        rng, (kind, *_, low, high), note = self.rng, service["chain"][stage], self.rng.choice(service["notes"])
        visit = self._visit(at, urgent=service["urgent"] and not stage)
        if stage:
            note = rng.choice([f"per est, {kind[6:].lower()}", "return w/ part", f"2nd trip: {note}", "sold by tech"])
        if stage and kind.endswith(("Consult", "Changeout", "Softener Install")):
            note = rng.choice(POOLS["upsell" if kind.endswith("Consult") else "sold"])
        note = f"web req {note}" if source == "Website" and rng.random() < 0.25 else note
        note = f"{note}. {rng.choice(POOLS['extra_notes'])}" if rng.random() < 0.3 else note
        total = 0 if rng.random() < 0.06 else rng.randint(low, high)
        campaign = source if not stage else rng.choice(["Existing Customer", "Existing Customer", "Website", ""])
        status, clerk = "Completed" if visit <= self.end else "Scheduled", rng.choice(self.clerks)
        self.jobs.append(Job(record, place, kind, service["trade"], at, visit, status, campaign, clerk, total, note))
        return self.jobs[-1]

    def _customer(self, lead: Lead) -> Record:
        rng, house, asks = self.rng, lead.house, lead.person
        if house.owner and rng.random() < 0.6:
            return house.owner.record or self._typed_new(house.owner, house.owner.people[0])
        if lead.warranty:
            return self._keep(
                house, f"{house.people[0].last} {house.people[0].given}".upper(), house.people[0].phone, ""
            )
        if house.record and rng.random() < 0.9:
            house.record.phone = asks.phone if rng.random() < 0.35 else house.record.phone
            return house.record
        person = self._someone(house) if rng.random() < self.rates["relative"] else asks
        first, last = lead.row["First Name"].strip(), lead.row["Last Name"]
        seen = person is asks and rng.random() < 0.72
        heard = (first.title(), last.title()) if seen else self.town.parts(person)
        copied = rng.random() < self.rates["copied"]
        name = f"{first} {last}".strip() if copied else self.town.typed(*heard).strip(", ")
        email = lead.row["Email"] if rng.random() < self.rates["email"] else ""
        return self._keep(house, name, (asks if rng.random() < 0.9 else person).phone, email)

    def _lost(self, lead: Lead) -> datetime:
        """Leave the household alone, unless a relative calls anyway; return until when it may ask again."""
        rng, house, draw = self.rng, lead.house, self.rng.random()
        house.busy = lead.at + 93 * DAY
        house.quiet = lead.at + 20 * DAY if draw < 0.004 else house.busy
        others = [person for person in house.people if person is not lead.person]
        at = self._desk(lead.at + DAY * rng.uniform(12, 60))
        if draw > 0.985 and others and not house.owner and not house.record and at < self.end:
            source, record = self._source(house), self._typed_new(house, others[0])
            lead.unsure.append(self._book(record, lead.place, lead.service, 0, at, source=source))
        return lead.at + 25 * DAY

    def _later(self, house: Household, last: Job) -> None:
        """Book what some customers get later for other reasons: a free recall, or an order of another trade."""
        rng, draw = self.rng, self.rng.random()
        at = self._desk(last.visit + DAY * rng.uniform(3, 70))
        if draw > 0.12 or at > self.end:
            return
        service = rng.choice([s for s in POOLS["services"] if (s["trade"] == last.unit) == (draw < 0.05)])
        job = self._book(last.record, last.place, service, 0, at, source="Existing Customer")
        if draw < 0.05:
            job.kind, job.total, job.summary = "Recall / Warranty", 0, f"recall {last.kind[6:].lower()}, n/c"
        house.busy = max(house.busy, job.visit + DAY)

    def _source(self, house: Household) -> str:
        source: str = self.rng.choice(POOLS["known_from" if house.record else "callers_from"])
        return source

    def _order(self, at: datetime, service: Service) -> None:
        rng, draw, at = self.rng, self.rng.random(), self._desk(at)
        if at > self.end:
            return
        house = self._free(self.known if draw < 0.55 else [], at, lead=False)
        source, place = self._source(house), house.rental if house.rental and rng.random() < 0.4 else house.place
        payer = house.owner if house.owner and not house.record and rng.random() < 0.5 else house
        record = payer.record or self._typed_new(payer, self._someone(payer), -0.1)
        if draw < 0.25:
            months = [POOLS["seasons"][visit["season"]][at.month - 1] for visit in POOLS["plan_visits"]]
            service, source = rng.choices(POOLS["plan_visits"], months)[0], "Maintenance Plan"
        jobs = self._chain(self._fitting(house, service), record, place, at, source=source)
        if draw > 0.97 and payer is house:
            record.name, record.email = record.name.upper().replace(",", ""), ""
            self._dispatch(jobs[0])
        if rng.random() < 0.07:
            jobs[-1].status, jobs[-1].summary = "Canceled", jobs[-1].summary + rng.choice(POOLS["cancel_notes"])
        house.busy = max(house.busy, jobs[-1].visit + DAY)


def _job_row(job: Job) -> tuple[str, ...]:
    record, place, done = job.record, job.place, job.status == "Completed"
    left = job.visit + timedelta(minutes=95 + job.number % 60)
    phone = f"({record.phone[:3]}) {record.phone[3:6]}-{record.phone[6:]}"
    values = [str(job.number), f"{job.created:%m/%d/%Y %I:%M %p}", f"{job.visit:%m/%d/%Y}"]
    values += [f"{left:%m/%d/%Y %I:%M %p}" if done else "", job.status, job.unit, job.kind, job.campaign, job.clerk]
    values += [str(record.number), record.name, phone, record.email, place.street + place.unit, place.city]
    values += [place.zip_code, f"${job.total if done else 0:,.2f}", job.summary]
    return tuple(values)


def _blind(lead: Lead, job: Job) -> bool:
    """Tell whether no name, phone, email or address in both files connects the request with the job."""
    record, row = job.record, lead.row
    names = f"{row['First Name']} {row['Last Name']}".lower().replace("-", " ").split()
    same = lead.person.phone in record.phone + job.summary or row["Email"].lower() == record.email.lower() > ""
    return not (row["City"] or same or set(names) & set(record.name.lower().replace(",", " ").split()))


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the leads, the jobs and the truth of one office."""
    office = Office(Random(f"valley-{seed}"), leads)
    office.run()
    folder.mkdir(parents=True, exist_ok=True)
    office.jobs.sort(key=lambda job: job.created)
    for number, job in enumerate(office.jobs):
        job.number = 184_000 + number
    ordered = sorted(office.leads, key=lambda lead: lead.at)
    named = [(f"WL-{10_400 + number}", lead) for number, lead in enumerate(ordered)]
    for lead in ordered:
        if lead.jobs and all(_blind(lead, job) for job in lead.jobs):
            lead.unsure, lead.jobs = lead.unsure + lead.jobs, []
    truth = [(name, str(job.number)) for name, lead in named for job in lead.jobs]
    unsure = [(name, str(job.number)) for name, lead in named for job in lead.unsure]
    groups = [(name, lead.group) for name, lead in named if lead.group]
    tables: list[tuple[str, list[str], Sequence[tuple[str, ...]]]] = [
        ("leads", POOLS["lead_fields"], [(name, *lead.row.values()) for name, lead in named]),
        ("jobs", POOLS["job_fields"], [_job_row(job) for job in office.jobs]),
        ("truth", ["lead_id", "job_id"], truth),
        ("ambiguous", ["lead_id", "job_id"], unsure),
        ("lead_groups", ["lead_id", "group_id"], groups),
    ]
    for file, fields, rows in tables:
        with (folder / f"{file}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, fields)
            writer.writeheader()
            writer.writerows(dict(zip(fields, row, strict=True)) for row in rows)
