"""Imitate an average heating, cooling and plumbing contractor of a coastal Southern metro area, about 30 technicians.

The town: old downtown houses cut into apartments, new subdivisions, islands with second homes, some rentals and shops.
True are the first visit that a web request led to and the later jobs of the same work: return with a part, installation
after an estimate, second stage. Both rows of a request that was sent twice have its jobs. Not true are plan visits,
free recalls, canceled entries, and later calls of the household. Pairs that share nothing are ambiguous.

Hard are: local names typed by ear, spouses and old customer records with a landline, landlords billed for a tenant's
request, children who ask for parents, owners who give their out-of-state home, new owners of a known address, neighbors
in one building, booking weeks later, campaigns filed by habit, and (in some offices) a form that stores UTC.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
WORDS: dict[str, list[str]] = POOLS["words"]
DISTRICTS: dict[str, dict[str, Any]] = POOLS["districts"]
OFFICE_PHONE = "8415550100"
DAY = timedelta(days=1)
ALWAYS = (datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2090-01-01"))
OPENS, CLOSES, QUIET_DAYS = 7, 18, 91
type Work = dict[str, Any]  # One kind of job and what may follow it, as in the JSON.
type Times = tuple[datetime, datetime]
LATER: dict[str, Work] = POOLS["later"]
NEEDS: list[Work] = list(POOLS["needs"].values())


@dataclass(frozen=True)
class Place:
    """A street address."""

    number: int
    street: str
    unit: str
    town: str
    zip_code: str


@dataclass(eq=False)
class Person:
    """Someone who asks or pays."""

    first: str
    last: str
    phone: str
    email: str
    former_phone: str


@dataclass(eq=False)
class Record:
    """A customer as the office has it on file."""

    name: str
    phone: str
    email: str
    old: bool = False
    number: int = 0
    spelled: dict[Place, str] = field(default_factory=dict)


@dataclass(eq=False)
class Household:
    """People or a company with a home; ``away`` is the main home of those who own a second one."""

    people: list[Person]
    home: Place
    weight: float = 1.0
    company: str = ""
    elder: bool = False
    member: bool = False
    landlord: Household | None = None
    away: Place | None = None
    helper: Person | None = None
    lives: Times = ALWAYS
    rentals: list[Place] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)


@dataclass(eq=False)
class Job:
    """One row of the job export."""

    created: datetime
    completed: datetime
    record: Record
    place: Place
    total: float
    texts: dict[str, str]


@dataclass(frozen=True)
class Ask:
    """Who asks for which place, and which household the office bills."""

    person: Person
    asker: Household
    customer: Household
    place: Place
    form_place: Place
    role: str = ""


@dataclass(eq=False)
class Lead:
    """One row of the form export, what it is about, and the jobs that came of it."""

    sent: datetime
    texts: dict[str, str]
    person: Person
    topic: str
    jobs: list[Job] = field(default_factory=list)
    group: int = 0


def slip(rng: Random, text: str) -> str:
    """Return the text with one slip of the fingers: two letters swapped, one lost or one doubled."""
    at = rng.randrange(1, max(2, len(text) - 1))
    return text[:at] + rng.choice([text[at : at + 2][::-1] + text[at + 2 :], text[at + 1 :], text[at - 1 :]])


def dialed(rng: Random, digits: str, strict: float) -> str:
    """Return a phone number as the form's mask or the office writes it, or else as people do."""
    area, exchange, line = digits[:3], digits[3:6], digits[6:]
    free = [f"{area}-{exchange}-{line}", digits, f"{area}.{exchange}.{line}", f"+1{digits}"]
    return f"({area}) {exchange}-{line}" if rng.random() < strict else rng.choice(free)


def bare(phone: str) -> str:
    """Return the ten digits of a phone number."""
    return "".join(filter(str.isdigit, phone))[-10:]


class Town:
    """Build the people and places around one office and type them as its call center does."""

    def __init__(self, rng: Random, leads: int) -> None:
        self.rng, self.used, size = rng, {OFFICE_PHONE}, max(150, round(leads * 2.3))
        self.rates: dict[str, float] = {name: rng.uniform(*span) for name, span in POOLS["rates"].items()}
        self.days = max(330, min(1100, round(leads / self.rates["daily"])))
        self.start = datetime.fromisoformat("2023-01-02") + DAY * rng.randint(0, 300)
        self.end = self.start + DAY * self.days
        self.last_weights = list(accumulate(1 / (rank + 14) for rank in range(len(WORDS["last"]))))
        self.new_streets = [" ".join(map(rng.choice, POOLS["new_streets"])) for _ in range(240)]
        self.managers = [self._company("manager_b") for _ in range(rng.randint(6, 10))]
        self.landlords, self.households = list[Household](), list[Household]()
        while len(self.households) < size:
            self.households += [self._company("company_b")] if rng.random() < 0.05 else self._house()
        self.weights = list(accumulate(home.weight for home in self.households))

    def _phone(self, *, away: bool = False) -> str:
        while True:  # No one else has this number; people from elsewhere keep their old area code.
            area = f"{self.rng.choice(WORDS['away_areas'])}555" if away else f"841{self.rng.randint(220, 899)}"
            digits = f"{area}{self.rng.randint(0, 9999):04}"
            if digits not in self.used:
                self.used.add(digits)
                return digits

    def _email(self, first: str, last: str) -> str:
        rng, first, last = self.rng, first.lower(), last.lower().replace("'", "")
        host, year = rng.choice(WORDS["home_hosts"]), rng.randint(48, 99)
        names = [f"{first}{last}", f"{first}.{last}", f"{first[0]}{last}{year}", f"{last}{first[0]}", f"{first}{year}"]
        names += [f"{rng.choice(WORDS['handles'])}{first}{rng.randint(1, 99)}", f"{first}_{last}"]
        if rng.random() < 0.08:
            host, names = f"{rng.choice(WORDS['work_names'])}.example.com", [f"{first[0]}{last}", f"{first}.{last}"]
        name = rng.choice(names)
        while f"{name}@{host}" in self.used:
            name += str(rng.randint(1, 9))
        self.used.add(f"{name}@{host}")
        return f"{name}@{host}"

    def _person(self, last: str = "", *, elder: bool = False, away: bool = False) -> Person:
        first = self.rng.choice(WORDS["older" if elder else "younger"])
        last = last or self.rng.choices(WORDS["last"], cum_weights=self.last_weights)[0]
        phone, former = self._phone(away=away), self._phone()
        return Person(first, last, phone, self._email(first, last), former if self.rng.random() < 0.12 else phone)

    def _people(self, *, elder: bool, away: bool = False) -> list[Person]:
        people = [self._person(elder=elder, away=away)]
        if self.rng.random() < 0.62:
            people.append(self._person(people[0].last if self.rng.random() < 0.82 else "", elder=elder, away=away))
        landline = self._phone() if elder and self.rng.random() < 0.5 else ""
        for one in people:
            one.former_phone = landline or one.former_phone
        return people

    def _place(self, district: str) -> Place:
        facts = DISTRICTS[district]
        street = self.rng.choice(WORDS[facts["streets"]] if facts["streets"] else self.new_streets)
        unit = self.rng.choice(WORDS["units"]) if self.rng.random() < facts["units"] else ""
        return Place(self.rng.randint(1, facts["high"]), street, unit, *self.rng.choice(facts["towns"]))

    def _company(self, kind: str) -> Household:
        street, unit = self.rng.choice(WORDS["commercial_streets"]), self.rng.choice(["", "", "Ste B", "Ste 102"])
        home = Place(self.rng.randint(100, 7900), street, unit, *self.rng.choice(DISTRICTS["mid"]["towns"]))
        people, office = [self._person() for _ in range(self.rng.randint(1, 2))], self._phone()
        for one in people:
            one.former_phone = office
        return Household(people, home, 3.0, f"{self.rng.choice(WORDS['company_a'])} {self.rng.choice(WORDS[kind])}")

    def _house(self) -> list[Household]:
        rng, rates = self.rng, self.rates
        district = rng.choices(list(DISTRICTS), [facts["weight"] for facts in DISTRICTS.values()])[0]
        away, elder = district == "island" and rng.random() < 0.45, rng.random() < 0.3
        people = self._people(elder=elder, away=away or rng.random() < 0.14)
        home = Household(people, self._place(district), 0.3 + rng.expovariate(1.0), elder=elder)
        if away:
            home.away = Place(*rng.choice(POOLS["away"]))
        elif rng.random() < rates["tenants"] * (2.5 if district == "old" else 1):
            home.landlord = rng.choice(self.managers if rng.random() < 0.45 or not self.landlords else self.landlords)
            home.landlord.rentals.append(home.home)
        elif rng.random() < 0.04:
            moved = self.start + DAY * rng.uniform(0.1, 0.8) * self.days
            home.lives = (moved, ALWAYS[1])
            earlier = Household(self._people(elder=True), home.home, home.weight, lives=(ALWAYS[0], moved - 20 * DAY))
            return [home, earlier]
        else:
            home.member = rng.random() < rates["member"]
            self.landlords += [home] if rng.random() < 0.05 else []
        return [home]

    def _spell(self, place: Place, slips: float, units: float) -> str:
        """Return an address line with some slips, words written out, and units left out or shortened."""
        rng, street = self.rng, slip(self.rng, place.street) if self.rng.random() < slips else place.street
        full = {"St": "Street", "Rd": "Road", "Dr": "Drive", "Ave": "Avenue", "Ln": "Lane", "Ct": "Court"}
        name, _, last = street.rpartition(" ")
        street = f"{name} {full.get(last, last)}" if rng.random() < 0.23 else street
        unit = rng.choice(["", f"#{place.unit[-1]}"]) if place.unit and rng.random() < units else place.unit
        return f"{place.number} {street} {unit}".strip()

    def _hear(self, name: str) -> str:
        if self.rng.random() < 0.35:
            return str(POOLS["heard"].get(name, name))
        return slip(self.rng, name) if self.rng.random() < self.rates["misheard"] else name

    def _name(self, home: Household, holder: Person, *, copied: bool) -> str:
        if home.company and self.rng.random() < 0.9:
            return home.company
        first, last = (holder.first, holder.last) if copied else (self._hear(holder.first), self._hear(holder.last))
        first = POOLS["nicknames"].get(first, first) if self.rng.random() < self.rates["nickname"] else first
        both = [f"{first} & {one.first} {last}" for one in home.people if one is not holder and one.last == holder.last]
        forms = [f"{first} {last}", f"{last}, {first}", *(both or [f"{first} {last}"]), last]
        return self.rng.choices(forms, [87, 5, 7, 1])[0]

    def _imported(self, home: Household) -> Record:
        holder = self.rng.choice(home.people)
        name = self._name(home, holder, copied=False)
        email = self.rng.choice([holder.email, holder.email, holder.email, "", "", "", "none@example.com"])
        return Record(name.upper() if self.rng.random() < 0.4 else name, holder.former_phone, email, old=True)

    def _account(self, home: Household, caller: Person, lead: Lead | None = None) -> Record:
        """Return the customer's record, found and sometimes updated from the form, or typed again."""
        rng, rates, known = self.rng, self.rates, caller in home.people
        if home.records and rng.random() > rates["retyped"]:
            record = rng.choice(home.records)
            if lead and known and not home.company and rng.random() < 0.4:
                record.phone, record.email = bare(lead.texts["Phone"]), lead.texts["Email"] or record.email
            return record
        holder = caller if known and rng.random() > rates["spouse"] else rng.choice(home.people)
        phone, email = holder.phone, holder.email if rng.random() < rates["emailed"] else ""
        if lead and (holder is caller or (caller is home.helper and rng.random() < 0.4)):
            phone, email = bare(lead.texts["Phone"]), lead.texts["Email"]
        elif rng.random() < rates["typo"]:
            phone = phone[:-1] + str(rng.randint(0, 9))
        phone = OFFICE_PHONE if rng.random() < 0.006 else phone
        record = Record(self._name(home, holder, copied=lead is not None), phone, email)
        home.records.append(record)
        return record

    def _notes(self, ask: Ask, work: Work, lead: Lead | None) -> str:
        rng, parts = self.rng, [lead.topic if lead and self.rng.random() < 0.75 else self.rng.choice(work["notes"])]
        if rng.random() < (0.3 if lead else 0.01):
            parts.insert(0, rng.choice(WORDS["web_marks"]))
        if ask.role and rng.random() < 0.65:
            phone = f" {dialed(rng, ask.person.phone, 0.4)}" if rng.random() < 0.65 else ""
            parts.append(f"{ask.role} {ask.person.first}{phone}.")
        parts += [rng.choice(WORDS["extras"])] if rng.random() < 0.4 else []
        text = (f"{rng.choice(WORDS['answering'])} " if not lead and rng.random() < 0.05 else "") + " ".join(parts)
        return text.upper() if rng.random() < 0.25 else text


class Office(Town):
    """Live through the period: requests first, then everything else that the office does."""

    def __init__(self, rng: Random, leads: int) -> None:
        super().__init__(rng, leads)
        self.leads, self.jobs = list[Lead](), list[Job]()
        self.busy: dict[Household | Place, list[tuple[datetime, datetime, datetime]]] = defaultdict(list)
        self.after: list[tuple[Ask, datetime]] = []
        for home in self.households + self.managers:
            if home.lives[0] < self.start and rng.random() < self.rates["legacy"]:
                home.records.append(self._imported(home))

    def _moment(self) -> datetime:
        day = self.start + DAY * self.rng.randrange(self.days)
        day -= 2 * DAY if day.weekday() > 4 and self.rng.random() < 0.4 else timedelta()
        hour = self.rng.choices(range(24), POOLS["hours"])[0]
        return max(day, self.start) + timedelta(hours=hour, seconds=self.rng.randrange(3600))

    def _need(self, when: datetime) -> Work:
        return self.rng.choices(NEEDS, [need["weight"] * need["months"][when.month - 1] for need in NEEDS])[0]

    def _free(self, ask: Ask, start: datetime, end: datetime, *, whole: bool = False) -> bool:
        """Tell whether no request of these people or this place is open; other jobs wait for its first job only."""
        spans = [span for key in (ask.asker, ask.customer, ask.place) for span in self.busy.get(key, [])]
        return not any(start <= (last if whole else first) and end >= begin for begin, first, last in spans)

    def _chain(self, work: Work, ask: Ask, created: datetime, lead: Lead | None = None) -> list[Job]:
        rng, jobs, step = self.rng, list[Job](), [work]
        record = self._account(ask.customer, ask.person, lead)
        web = lead is not None and rng.random() < self.rates["filed"]
        campaign = rng.choice(WORDS["web_campaigns" if web or rng.random() < 0.07 else "call_campaigns"])
        campaign, wait = (campaign, work["wait"]) if "wait" in work else ("Membership", work["last"])
        days = min(rng.expovariate(1.6), 6) if wait < 5 else rng.uniform(0.5, wait)
        while step and created < self.end:
            texts = {"Job Campaign": campaign, "Summary": self._notes(ask, step[0], None if jobs else lead)}
            jobs.append(self._job(step[0], record, ask.place, (created, created + DAY * days), texts))
            step = [LATER[name] for chance, name in step[0]["later"] if rng.random() < chance]
            for later in step[:1]:
                created = jobs[-1].completed + DAY * rng.uniform(0, later["last"] * 0.5)
                days = rng.uniform(later["first"], max(later["first"] + 1, later["last"] * 0.6))
                record = record if rng.random() < 0.95 else self._account(ask.customer, ask.person)
        return jobs

    def _job(self, work: Work, record: Record, place: Place, times: Times, texts: dict[str, str]) -> Job:
        rng = self.rng
        record.spelled.setdefault(place, self._spell(place, self.rates["typo"], 0.25))
        total = work["low"] + (work["high"] - work["low"]) * rng.betavariate(1.3, 2.4) * (rng.random() > 0.06)
        total = float(round(total)) if rng.random() < 0.6 else round(total, 2)
        status = "Scheduled" if times[1] > self.end else "Completed"
        kind = rng.choice(work["types"]) if rng.random() < 0.96 else "Service Call"
        texts = {"Business Unit": work["unit"], "Job Type": kind, "Status": status} | texts
        total = total if status == "Completed" else 0.0
        texts["Summary"] += f" {rng.choice(WORDS['closers'])}" if total and rng.random() < 0.35 else ""
        return Job(*times, record, place, total, texts)

    def _asking(self, home: Household) -> Ask:
        """Decide who of or around a household writes to the office."""
        rng, person = self.rng, self.rng.choices(home.people, [3, 2][: len(home.people)])[0]
        if home.landlord and rng.random() < 0.75:
            return Ask(person, home, home.landlord, home.home, home.home, "Tenant")
        if home.rentals and rng.random() < 0.5:
            place = rng.choice(home.rentals)
            return Ask(person, home, home, place, place if rng.random() < 0.55 else home.home)
        if home.elder and rng.random() < 0.12:
            home.helper = home.helper or self._person(home.people[0].last if rng.random() < 0.6 else "")
            return Ask(home.helper, home, home, home.home, home.home, "Son/dtr")
        if not home.company and rng.random() < 0.012:
            return Ask(self._person(), home, home, home.home, home.home, "Realtor")
        return Ask(person, home, home, home.home, home.away if home.away and rng.random() < 0.3 else home.home)

    def _lead(self, ask: Ask, need: Work, sent: datetime, topic: tuple[str, str]) -> Lead:
        rng, person, rates, place = self.rng, ask.person, self.rates, ask.form_place
        chat = rng.random() < rates["chat"]
        first = POOLS["nicknames"].get(person.first, person.first) if rng.random() < 0.12 else person.first
        phone = rng.choices([person.phone, person.former_phone, slip(rng, person.phone)[:10]], [965, 30, 5])[0]
        given = rng.random() < (0.4 if chat else rates["address"])
        message = topic[0] if chat or rng.random() < rates["message"] else ""
        if message and rng.random() < 0.35:
            message = f"{message.rstrip('.')}{rng.choice(['. ', '. ', ' '])}{rng.choice(WORDS['trim'])}"
        if place is not ask.place and place is not ask.asker.away:
            message = f"This is for our rental at {ask.place.number} {ask.place.street}. {message}".strip()
        town = f", {place.town}" if rng.random() < 0.06 else ""
        source = "Chat" if chat else rng.choice(WORDS["lead_sources"])
        texts = {"First Name": first, "Last Name": "" if rng.random() < (0.14 if chat else 0.015) else person.last}
        email = "" if rng.random() < (0.4 if chat else 0.03) else person.email
        texts |= {"Phone": dialed(rng, phone, 0.3 if chat else 1), "Email": email}
        texts |= {"Email": slip(rng, email)} if email and rng.random() < 0.012 else {}
        texts |= {"Street Address": self._spell(place, 0.012, 0.35) + town if given else ""}
        texts |= {"City": place.town if given else "", "ZIP": place.zip_code if given or rng.random() < 0.6 else ""}
        texts |= {"Service Needed": rng.choice(need["services"]) if rng.random() < 0.93 else "Other"}
        texts |= {"How can we help?": message, "Source": source, "Page": rng.choice(WORDS["pages"])}
        texts |= {"Campaign": rng.choice(WORDS["lead_campaigns"]) if "cpc" in source else ""}
        if rng.random() < 0.12:
            texts |= {name: texts[name].lower() for name in ("First Name", "Last Name", "Street Address", "City")}
        return Lead(sent, texts, person, topic[1])

    def _booked_at(self, sent: datetime) -> datetime:
        rng, when = self.rng, sent + timedelta(minutes=self.rng.uniform(4, 150))
        when += DAY * rng.randint(1, 4) if rng.random() < 0.14 else timedelta()
        if rng.random() < self.rates["slow"]:
            when += DAY * min(12 + rng.expovariate(1 / 25), 140)
        if not OPENS <= when.hour < CLOSES and rng.random() < 0.93:
            when = (when + DAY * (when.hour >= CLOSES)).replace(hour=8, minute=rng.randrange(60))
        return when + DAY if when.weekday() == 6 else when

    def request(self) -> None:
        """Add one request of a household, sent once or twice, and what comes of it."""
        rng, sent = self.rng, self._moment()
        home = rng.choices(self.households, cum_weights=self.weights)[0]
        if self.after and rng.random() < 0.07:
            earlier, done = rng.choice(self.after)
            home, sent = earlier.asker, done + DAY * rng.expovariate(1 / 40)
        ask, need = self._asking(home), self._need(sent)
        topic = rng.choice(need["asks"])
        if not home.lives[0] <= sent < min(home.lives[1], self.end) or not self._free(ask, sent, sent, whole=True):
            return
        leads = [self._lead(ask, need, sent, topic)]
        if rng.random() < self.rates["resent"]:
            gap = DAY * rng.choice([0.001, 0.004, 0.2, 1, 2, 4, 8]) * rng.uniform(0.6, 1.4)
            spouse = home.people[-1] if not ask.role and rng.random() < 0.3 else ask.person
            leads.append(self._lead(replace(ask, person=spouse), need, sent + gap, topic))
        booked = self._booked_at(leads[-1].sent)
        lost = booked >= self.end or rng.random() > self.rates["booked"]
        jobs = [] if lost else self._chain(need, ask, booked, leads[0])
        if self._keep(ask, leads, jobs) and (jobs or (booked < self.end and rng.random() < 0.06)):
            self._cancel(jobs or self._chain(need, ask, booked, leads[0]), booked, 0.05 if jobs else 1)

    def _keep(self, ask: Ask, leads: list[Lead], jobs: list[Job]) -> bool:
        sent, quiet = leads[0].sent, leads[-1].sent + DAY * QUIET_DAYS
        last = max((job.completed for job in jobs), default=quiet)
        if not self._free(ask, sent, last, whole=True):
            return False
        # Someone whose request is on another record seems to have no job yet, so nothing else may come first.
        same = jobs and jobs[0].record.phone == bare(leads[0].texts["Phone"])
        first = jobs[0].completed if same else max(last, quiet)
        keys = (ask.asker, ask.customer, ask.place) if self.rng.random() > self.rates["stray"] else ()
        for key in keys:
            self.busy[key] += [(sent - DAY, first, max(first, last))] if key not in self.managers else []
        for lead in leads:
            lead.jobs, lead.group = jobs, len(self.leads) + 1 if len(leads) > 1 else 0
        self.after.append((ask, last))
        self.leads += leads
        self.jobs += jobs
        return True

    def _cancel(self, jobs: list[Job], booked: datetime, chance: float) -> None:
        if self.rng.random() < chance:
            texts = jobs[0].texts | {"Status": "Canceled", "Summary": self.rng.choice(WORDS["lost"])}
            self.jobs.append(replace(jobs[0], created=booked, total=0.0, texts=texts))

    def _call(self, ask: Ask, when: datetime, work: Work) -> None:
        lives = ask.customer.lives
        if lives[0] <= when < min(lives[1], self.end) and self._free(ask, when, when):
            jobs = [job for job in self._chain(work, ask, when) if self._free(ask, job.created, job.completed)]
            if jobs and self.rng.random() < self.rates["canceled"]:
                self._cancel(jobs, when, 1)
            else:
                self.jobs += jobs

    def _plans(self) -> None:
        for home in [home for home in self.households if home.member]:
            due = self.start + DAY * self.rng.uniform(0, 180)
            while due < self.end:
                visit = LATER["plan_cool" if 2 < due.month < 9 else "plan_heat"]
                self._call(Ask(home.people[0], home, home, home.home, home.home), due, visit)
                due += DAY * self.rng.uniform(165, 205)

    def _recalls(self) -> None:
        work, everyone = LATER["recall"], self.households + self.managers
        homes = {record: home for home in everyone for record in home.records}
        for job in [job for job in self.jobs if job.total and self.rng.random() < self.rates["recall"]]:
            home, when = homes[job.record], job.completed + DAY * self.rng.uniform(2, 40)
            done, ask = when + DAY * self.rng.uniform(0, 3), Ask(home.people[0], home, home, job.place, job.place)
            if when < self.end and self._free(ask, when, done):
                texts = {"Job Campaign": job.texts["Job Campaign"], "Summary": self.rng.choice(work["notes"])}
                self.jobs.append(self._job(work, job.record, job.place, (when, done), texts))

    def calls(self, count: int) -> None:
        """Fill the period with plans, calls, work orders and recalls, as many jobs as the office has."""
        self._plans()
        for ask, done in self.after:
            if self.rng.random() < 0.2:
                self._ring(ask.customer if ask.role else ask.asker, done + DAY * self.rng.uniform(2, 150))
        for _ in range(count * 3):
            if len(self.jobs) < count:
                home = self.rng.choices(self.households, cum_weights=self.weights)[0]
                self._ring(self.rng.choice(self.managers) if self.rng.random() < 0.08 else home, self._moment())
        self._recalls()

    def _ring(self, home: Household, when: datetime) -> None:
        place = self.rng.choice([*home.rentals, home.home])
        ask = self._asking(home) if place is home.home else Ask(home.people[0], home, home, place, place)
        self._call(ask, when, self._need(when))

    def spam(self) -> None:
        """Add a row that is no request: a salesman, a job seeker, or the web agency's test."""
        ask = self._asking(Household([self._person(away=True)], self._place("mid")))
        lead = self._lead(ask, NEEDS[0], self._moment(), NEEDS[0]["asks"][0])
        lead.texts |= {"How can we help?": self.rng.choice(WORDS["spam"]), "Service Needed": "Other"}
        if self.rng.random() < 0.1:
            lead.texts |= {"First Name": "Test", "Last Name": "Test", "How can we help?": "test please ignore"}
        self.leads.append(lead)

    def number(self) -> None:
        """Number rows in the order in which the software saved them; imported customers have low numbers."""
        self.leads.sort(key=lambda lead: lead.sent)
        self.jobs.sort(key=lambda job: job.created)
        first, customer = self.rng.randint(2000, 9000), self.rng.randint(40000, 60000)
        for at, lead in enumerate(self.leads, first):
            sent = lead.sent + timedelta(hours=4 if 3 < lead.sent.month < 11 else 5) * (self.rates["utc"] < 0.35)
            lead.texts = {"Entry ID": str(at), "Date Submitted": f"{sent:%Y-%m-%d %H:%M:%S}"} | lead.texts
        for at, job in enumerate(self.jobs, first * 20):
            customer += self.rng.randint(1, 2)
            record, completed = job.record, job.completed if job.texts["Status"] == "Completed" else None
            record.number = record.number or customer + (0 if record.old else 500000)
            row = {"Job #": str(at), "Created Date": f"{job.created:%m/%d/%Y}"}
            row |= {"Completed Date": f"{completed:%m/%d/%Y}" if completed else "", "Customer ID": str(record.number)}
            row |= {"Customer Name": record.name, "Customer Phone": dialed(self.rng, record.phone, 0.92)}
            row |= {"Customer Email": record.email, "Location Address": record.spelled[job.place]}
            row |= {"Location City": job.place.town, "Location Zip": job.place.zip_code}
            job.texts = row | job.texts | {"Jobs Total": f"${job.total:,.2f}"}


def _known(lead: Lead, job: Job) -> bool:
    """Tell whether anything in both rows points to the same people or place."""
    texts, name, place = lead.texts, job.record.name.lower(), job.place
    return (
        bare(texts["Phone"]) == job.record.phone
        or (texts["Email"] != "" and texts["Email"] == job.record.email)
        or (texts["Last Name"] != "" and texts["Last Name"].lower() in name)
        or texts["Street Address"].startswith(f"{place.number} ")
        or f" {place.number} {place.street}. " in texts["How can we help?"]
        or lead.person.first.lower() in f"{name} {job.texts['Summary'].lower()}".replace(".", "").split()
    )


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the exports of one office and the truth about them to the folder."""
    office = Office(Random(f"lowcountry-{seed}"), leads)
    for _ in range(leads * 20):
        if len(office.leads) < leads:
            (office.spam if office.rng.random() < office.rates["spam"] else office.request)()
    del office.leads[leads:]
    office.calls(round(leads * office.rates["volume"]))
    office.number()
    tables = {"leads": [lead.texts for lead in office.leads], "jobs": [job.texts for job in office.jobs]}
    tables |= {"truth": [], "ambiguous": [], "lead_groups": []}
    for lead in office.leads:
        key = {"lead_id": lead.texts["Entry ID"]}
        for job in lead.jobs:
            tables["truth" if _known(lead, job) else "ambiguous"].append(key | {"job_id": job.texts["Job #"]})
        tables["lead_groups"] += [key | {"group_id": str(lead.group)}] if lead.group else []
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        if rows:
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
