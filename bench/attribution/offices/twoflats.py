"""Write the exports of a sewer, drain, plumbing and boiler office in an old midwestern city and its inner suburbs.

It serves bungalows, two- and three-flats: Polish, Mexican and Black families of several generations, their tenants,
absentee landlords with LLCs, and people who want flood control after a storm. Leads come from the website's form and
chat, tracked calls and marketplaces that resell a request, sometimes twice, sometimes with a proxy number.
True are the first visit that came from a request and every later stage of the same work (camera, dig, restoration,
installation after an estimate), and a recall if it was asked for on the website. Plan visits, other recalls, calls
about something else, the relative next door, duplicates and canceled bookings are not. A call booked minutes before
its form arrived is ambiguous. Hard are tenants whose landlord is the customer, children who write for parents, spouses
and nicknames, misheard Polish and double Spanish last names, old landlines from an imported customer list, landlords
who give their own home, storm days when a whole block asks for the same, and installations months after the quote.
"""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
KINDS: dict[str, dict[str, Any]] = POOLS["kinds"]


@dataclass
class Person:
    """Someone who can ask, pay or let the crew in."""

    pid: int
    tradition: str
    calls: list[str]
    last: str
    second: str
    phone: str
    landline: str
    email: str
    work_email: str
    company: str = ""
    home: str = ""


@dataclass
class Building:
    """A house or flat building with its owner; the other people appear once someone needs them."""

    address: str
    number: int
    street: str
    suffix: list[str]
    area: list[Any]
    flats: int
    owner: Person
    lives_here: bool
    others: dict[str, Person] = field(default_factory=dict)


@dataclass
class Record:
    """A customer as the office typed it once; people get a second one when no one finds the first."""

    cid: int
    pid: int
    name: str
    phone: str
    other: str
    email: str
    sites: dict[str, str] = field(default_factory=dict)


@dataclass
class Request:
    """A need at a building, before it becomes a lead or a job."""

    at: datetime
    kind: str
    building: Building
    asker: Person
    role: str
    unit: str
    leads: list[dict[str, str]] = field(default_factory=list)
    unsure: bool = False

    def household(self) -> set[int]:
        """Return the asker and the people whom the office cannot tell from the owner's family."""
        family = {person.pid for role, person in self.building.others.items() if not role.startswith("tenant")}
        return family | {self.building.owner.pid, self.asker.pid}


@dataclass
class Job:
    """One row of the field service export, and the request that it came from."""

    request: Request
    record: Record
    job_type: str
    created: datetime
    done: datetime
    campaign: str
    status: str
    total: float = 0
    notes: str = ""
    permit: str = ""
    job_id: str = ""


class Town:
    """Build people and buildings, and write their names and addresses the way people do."""

    def __init__(self, rng: Random) -> None:
        self.rng, self.people = rng, 0
        self.buildings: list[Building] = []
        self.landlords: list[Person] = []
        self.phones: set[str] = set()
        self.skew = {t: list(accumulate((n + 4) ** -0.6 for n in range(len(v)))) for t, v in POOLS["last"].items()}

    def phone(self) -> str:
        """Return ten digits with the fictitious exchange, rarely those of someone else."""
        for _ in range(6):
            area = self.rng.choices(list(POOLS["area_codes"]), list(POOLS["area_codes"].values()))[0]
            digits = f"{area}555{self.rng.randrange(10_000):04d}"
            if digits not in self.phones:
                break
        self.phones.add(digits)
        return digits

    def person(self, tradition: str, last: str = "") -> Person:
        """Invent a person of one of the city's communities."""
        rng, self.people = self.rng, self.people + 1
        calls = rng.choice(POOLS["first"][tradition]).split("/")
        rng.shuffle(calls)
        names = rng.choices(POOLS["last"][tradition], cum_weights=self.skew[tradition], k=2)
        second = names[1] if rng.random() < (0.3 if tradition == "mx" else 0.05) else ""
        last = last or names[0]
        stem = rng.choice((calls[0], calls[0][0], calls[-1])) + rng.choice(("", ".", "_")) + last
        digits = rng.choice(("", "", str(rng.randrange(1, 99)), str(rng.randrange(1950, 2003))))
        email = f"{stem}{digits}@{rng.choice(POOLS['hosts'])}".lower()
        work = f"{calls[0][0]}{last}@{rng.choice(POOLS['work_hosts'])}".lower() if rng.random() < 0.25 else ""
        landline = self.phone() if rng.random() < 0.28 else ""
        return Person(self.people, tradition, calls, last, second, self.phone(), landline, email, work)

    def building(self, near: Building | None = None) -> Building:
        """Invent a building, or the house of a relative on the same block."""
        rng = self.rng
        area = near.area if near else rng.choice(POOLS["areas"])
        tradition = area[5] if rng.random() < 0.62 else rng.choice(list(POOLS["last"]))
        number = near.number + rng.choice((-8, -4, 4, 6, 10)) if near else rng.randint(area[3], area[4])
        street = near.street if near else rng.choice(POOLS["streets"])
        suffix = near.suffix if near else rng.choice(POOLS["suffix"])
        flats = rng.choices((1, 2, 3, 4, 6), (38, 37, 15, 5, 5))[0]
        lives_here = near is not None or rng.random() < (0.93 if flats == 1 else 0.7)
        owner = self.person(tradition, near.owner.last if near else "") if lives_here else self._landlord(tradition)
        address = " ".join(filter(None, (str(number), area[2], street, suffix[0])))
        made = Building(address, number, street, suffix, area, flats, owner, lives_here)
        owner.home = owner.home or made.address
        self.buildings.append(made)
        return made

    def _landlord(self, tradition: str) -> Person:
        rng = self.rng
        if self.landlords and rng.random() < 0.5:
            return self.landlords[int(rng.random() ** 1.4 * len(self.landlords))]
        owner = self.person(tradition)
        street, number = rng.choice(POOLS["streets"]), rng.randint(101, 9899)
        owner.home = f"{number} {street} {rng.choice(POOLS['suffix'])[0]}"
        if rng.random() < 0.45:
            owner.company = rng.choice(POOLS["company"]).format(last=owner.last, number=number, street=street)
        self.landlords.append(owner)
        return owner

    def other(self, place: Building, role: str) -> Person:
        """Return the spouse, grown child or a tenant of a building, the same one each time."""
        if role not in place.others:
            tradition = place.area[5] if role.startswith("tenant") else place.owner.tradition
            same_name = self.rng.random() < {"spouse": 0.86, "child": 0.66}.get(role, 0.04)
            made = self.person(tradition, place.owner.last if same_name else "")
            if role == "spouse" and self.rng.random() < 0.3:
                made.email = place.owner.email
            place.others[role] = made
        return place.others[role]

    def street_text(self, place: Building, loose: float) -> str:
        """Write a street line, the more freely the looser."""
        rng = self.rng
        number, side, suffix = str(place.number), place.area[2], place.suffix[0]
        if rng.random() < loose * 0.03 and len(number) == 4:
            number = number[0] + number[2] + number[1] + number[3]
        if side and rng.random() < loose * 0.5:
            side = rng.choice(("", {"N": "North", "S": "South", "W": "West"}[side], f"{side}."))
        if rng.random() < loose:
            suffix = rng.choice(("", place.suffix[1], f"{suffix}.", suffix))
        text = " ".join(filter(None, (number, side, place.street, suffix)))
        return rng.choice((text.lower(), text, text, text.upper())) if rng.random() < loose else text


def show_phone(rng: Random, digits: str, plain: float) -> str:
    """Write a phone number in one of the ways that forms accept."""
    dashed = f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    if rng.random() < plain:
        return rng.choice((digits, dashed, f"+1{digits}", f"1-{dashed}", dashed.replace("-", ".")))
    return f"({digits[:3]}) {dashed[4:]}"


class Office:
    """Live through the period in the order of time: requests come in, customers are looked up, jobs are booked."""

    def __init__(self, rng: Random, leads: int) -> None:
        self.rng, self.count, self.typed = rng, leads, 20_000
        self.rates = {name: rng.uniform(low, high) for name, (low, high) in POOLS["rates"].items()}
        # All times are the local clock of the office: exports carry no zone.
        self.start = datetime(2023, 1, 9, tzinfo=UTC) + timedelta(days=int(self.rates["first_day"]))
        self.end = self.start + timedelta(days=int(self.rates["days"]))
        self.weather = [0.0] * int(self.rates["days"])
        for _ in range(len(self.weather) // 40):
            day, height = rng.randrange(len(self.weather) - 3), rng.uniform(1.5, 5.5)
            self.weather[day : day + 3] = [height, height * 0.7, height * 0.3]
        busy = [POOLS["week"][(self.start.weekday() + n) % 7] * (1 + level) for n, level in enumerate(self.weather)]
        self.cumulative = list(accumulate(busy))
        self.town = Town(rng)
        self.requests: list[Request] = []
        self.jobs: list[Job] = []
        self.records: dict[int, list[Record]] = {}
        self.busy_until: dict[int, datetime] = {}
        for _ in range(int(leads * 0.6) + 5):
            self._record(self.town.building().owner, legacy=True)

    def run(self) -> None:
        """Generate every request and job, then number the jobs."""
        twice, spam = int(self.count * self.rates["twice"]), max(1, int(self.count * self.rates["spam"]))
        wanted = {"lead": self.count - twice - spam, "spam": spam, "call": int(self.count * self.rates["calls"]) + 1}
        events = [(self._moment(), n, what) for what, number in wanted.items() for n in range(number)]
        for bid in range(len(self.town.buildings)):
            if self.rng.random() < self.rates["plan"]:
                day = self.start + timedelta(days=self.rng.randrange(365), hours=9)
                events += [(day, bid, "plan"), (day + timedelta(days=364), bid, "plan")]
        for at, number, what in sorted(events):
            if what == "lead":
                self._lead(at, twice=number < twice)
            elif what == "spam":
                self._spam(at)
            elif what == "plan":
                self._plan(at, self.town.buildings[number])
            else:
                self._call(at, self._pick(0.62))
        self.jobs = sorted((job for job in self.jobs if job.created < self.end), key=lambda job: job.created)
        for number, job in enumerate(self.jobs, int(50_000 * (1 + self.rates["find"]))):
            job.job_id = str(number)

    def _moment(self) -> datetime:
        day = self.rng.choices(range(len(self.cumulative)), cum_weights=self.cumulative)[0]
        hour = self.rng.choices(range(24), POOLS["hours"])[0]
        return self.start + timedelta(days=day, hours=hour, seconds=self.rng.randrange(3600))

    def _kind(self, at: datetime) -> str:
        level = self.weather[min((at - self.start).days, len(self.weather) - 1)]
        surge, kinds = "storm" if 3 <= at.month <= 10 else "cold", KINDS.values()
        weights = [k["weight"] * k["season"][at.month - 1] * (1 + level * (k[surge] - 1) / 4) for k in kinds]
        return self.rng.choices(list(KINDS), weights)[0]

    def _pick(self, known: float) -> Building:
        if self.rng.random() < known:
            return self.town.buildings[int(self.rng.random() ** 1.15 * len(self.town.buildings))]
        return self.town.building(self.rng.choice(self.town.buildings) if self.rng.random() < 0.04 else None)

    def _request(self, at: datetime, place: Building) -> Request:
        weights = {"owner": 70, "spouse": 13, "child": 8} if place.lives_here else {"landlord": 70}
        floors = range(2 if place.lives_here else 1, min(place.flats, 3) + 1)
        weights.update({f"tenant {floor}": 16 // len(floors) for floor in floors if place.flats > 1})
        role = self.rng.choices(list(weights), list(weights.values()))[0]
        asker = place.owner if role in ("owner", "landlord") else self.town.other(place, role)
        unit = f"{role[-1]}{self.rng.choice(('', 'F', 'R'))}" if role.startswith("tenant") else ""
        return Request(at, self._kind(at), place, asker, role, unit)

    def _lead(self, at: datetime, *, twice: bool) -> None:
        rng, request = self.rng, self._request(at, self._pick(self.rates["regulars"]))
        while self._is_busy(request):
            request = self._request(at, self.town.building())
        channel = rng.choices(list(POOLS["channels"]), [self.rates[name] for name in POOLS["channels"]])[0]
        request.unsure = channel == "form" and rng.random() < 0.005
        served = any(record.sites for record in self.records.get(request.asker.pid, ()))
        self.requests.append(request)
        self._submit(request, channel)
        if twice:
            request.at += timedelta(minutes=int(rng.expovariate(1 / 240)) + 1, seconds=rng.randrange(60))
            self._submit(request, rng.choice((channel, channel, "market")))
        chance = self.rates["book"] * (0.62 if channel == "market" else 1) * (1.35 if served else 1)
        if request.unsure:
            self._serve(request, at - timedelta(minutes=rng.randint(5, 50)))
            self._hold(request, at + timedelta(days=90))
        elif rng.random() < chance:
            self._book(request, served)
        else:
            self._lose(request)
        if rng.random() < 0.02:
            self._call(at + timedelta(days=rng.expovariate(1 / 5)), self.town.building(request.building))

    def _submit(self, request: Request, channel: str) -> None:
        rng, place = self.rng, request.building
        first, last = self._asker_name(request.asker, channel)
        phone, email = self._contact(request.asker, channel)
        street, hint = self._street(request)
        given = {part for part, chance in POOLS["channels"][channel].items() if rng.random() < chance}
        source = rng.choice(POOLS["sources"][channel])
        campaign = rng.choice(("sewer-search", "flood-24", "brand", "")) if source == "Google Ads" else ""
        city, zip_code = place.area[0], place.area[1] if channel in ("form", "market") else ""
        service = rng.choice([*KINDS[request.kind]["ask"] * 6, "Other / Not Sure"])
        # Some marketplaces deliver in UTC while the website writes local time.
        ahead = 5 if channel == "market" and self.rates["utc_market"] > 0.5 else 0
        row = {"Entry ID": "", "Received At": f"{request.at + timedelta(hours=ahead):%Y-%m-%d %H:%M:%S}"}
        row |= {"First Name": first, "Last Name": last, "Phone": phone if "phone" in given else ""}
        row |= {"Email": email if "email" in given else "", "Service Address": street if "street" in given else ""}
        row |= {"City": city if "street" in given else "", "ZIP Code": zip_code}
        row |= {"Building": rng.choice(("", POOLS["sizes"][str(place.flats)])), "Service Requested": service}
        row |= {"Source": source, "UTM Campaign": campaign}
        row |= {"Message": self._message(request, hint) if channel != "call" else ""}
        request.leads.append(row)

    def _asker_name(self, asker: Person, channel: str) -> tuple[str, str]:
        rng, last = self.rng, asker.last
        if asker.second and rng.random() < 0.5:
            last = rng.choice((f"{last} {asker.second}", f"{last}-{asker.second}", asker.second))
        first = asker.calls[0] if rng.random() < 0.8 else rng.choice(asker.calls)
        last = rng.choices((last, "", f"{last[0]}."), POOLS["last_shown"][channel])[0]
        lower, upper = (first.lower(), last.lower()), (first.upper(), last.upper())
        return rng.choices(((first, last), lower, upper), (85, 12, 3))[0]

    def _contact(self, asker: Person, channel: str) -> tuple[str, str]:
        rng = self.rng
        phone = asker.landline if asker.landline and rng.random() < 0.1 else asker.phone
        email = asker.work_email if asker.work_email and rng.random() < 0.3 else asker.email
        if channel == "market":
            phone = f"800555{rng.randrange(10_000):04d}" if rng.random() < 0.22 else phone
            email = f"lead-{rng.randrange(16**8):08x}@relay.example.com" if rng.random() < 0.3 else email
        return show_phone(rng, phone, 0.5), email

    def _street(self, request: Request) -> tuple[str, str]:
        rng, text = self.rng, self.town.street_text(request.building, 0.5)
        if request.role == "landlord" and rng.random() < 0.3:
            return request.asker.home, f"property is at {text}"
        if request.unit and rng.random() < 0.5:
            text += rng.choice((f" {request.unit}", f", {request.unit.lower()}", f" #{request.unit[0]}"))
        return text, ""

    def _message(self, request: Request, hint: str) -> str:
        rng, place = self.rng, request.building
        level = int(request.unit[0]) if request.unit else rng.randint(1, min(place.flats, 3))
        floor = ("1st floor", "2nd floor", "3rd floor")[level - 1]
        say = rng.choice(KINDS[request.kind]["say"])
        if request.asker.tradition == "mx" and rng.random() < 0.12:
            say = POOLS["spanish"].get(request.kind, say)
        parts = [say.format(floor=floor, flats=max(place.flats, 2), times=rng.choice(("twice", "3 times")))]
        about = rng.choice(POOLS["role_say"][request.role.split()[0]])
        parts += [about.format(first=place.owner.calls[0], last=place.owner.last), hint]
        return "" if not hint and rng.random() < 0.12 else ". ".join(filter(None, parts))

    def _spam(self, at: datetime) -> None:
        first, last, text = self.rng.choice(POOLS["spam"])
        sender = replace(self.town.person("ot", last), calls=[first], second="")
        place = replace(self.town.buildings[0], owner=sender, area=self.rng.choice(POOLS["areas"]))
        self.requests.append(Request(at, "plumbing", place, sender, "owner", ""))
        self._submit(self.requests[-1], "form")
        self.requests[-1].leads[0] |= {"Service Address": "", "City": "", "Message": text}

    def _book(self, request: Request, served: bool) -> None:
        slow = 1 - KINDS[request.kind]["urgent"]
        created = request.at + timedelta(minutes=4 + self.rng.expovariate(1 / (200 + 1700 * slow)))
        if self.rng.random() < 0.03 + 0.12 * slow:
            created = request.at + timedelta(days=self.rng.triangular(5, 75, 9))
        if created.hour < 6 and self.rng.random() < 0.75:
            created = created.replace(hour=7)
        recall = served and request.kind in ("backup", "boiler", "sump", "drain") and self.rng.random() < 0.06
        job = self._serve(request, created, "Warranty Recall" if recall else "")
        if job.record.pid != request.asker.pid:
            self._hold(request, request.at + timedelta(days=90))

    def _lose(self, request: Request) -> None:
        self._hold(request, request.at + timedelta(days=90))
        if self.rng.random() < self.rates["canceled"]:
            created, first = request.at + timedelta(minutes=self.rng.randint(5, 900)), KINDS[request.kind]["first"][0]
            job = self._job(request, self._record(request.asker), first, created, created)
            job.request, job.status = replace(request, leads=[]), "Canceled"
            job.notes = self.rng.choice(("cust canceled", "went w/ other co", "no one home x2", "landlord said no", ""))

    def _hold(self, request: Request, until: datetime, payer: int = 0) -> None:
        for pid in request.household() | {payer}:
            self.busy_until[pid] = max(until, self.busy_until.get(pid, until))

    def _is_busy(self, request: Request) -> bool:
        return any(pid in self.busy_until and request.at <= self.busy_until[pid] for pid in request.household())

    def _call(self, at: datetime, place: Building) -> None:
        request = self._request(at, place)
        # People with an open request hardly order something else before it is answered.
        while self._is_busy(request) and self.rng.random() > 0.003:
            request = self._request(at, self.town.building())
        self._serve(request, at)

    def _plan(self, at: datetime, place: Building) -> None:
        request = Request(at, "boiler", place, place.owner, "owner", "")
        names = [name for name, months in POOLS["plans"] if at.month in months]
        if names and not self._is_busy(request):
            job = self._job(request, self._record(place.owner), names[0], at, at + timedelta(hours=3))
            job.total, job.campaign, job.notes = self.rng.choice((0.0, 99.0)), "Existing Customer", "plan visit"

    def _record(self, person: Person, *, legacy: bool = False) -> Record:
        rng, known = self.rng, self.records.setdefault(person.pid, [])
        if known and rng.random() < self.rates["find"]:
            return known[-1]
        phone, other = person.phone, ""
        if person.landline and rng.random() < (0.55 if legacy else 0.15):
            phone, other = person.landline, person.phone if rng.random() < 0.3 else ""
        if rng.random() < 0.008:
            phone = phone[:8] + phone[9] + phone[8]
        email = person.email if rng.random() < self.rates["email"] * (0.5 if legacy else 1) else ""
        email = email or rng.choices(("", person.work_email, "none@example.com"), (94, 4, 2))[0]
        shown = show_phone(rng, phone, 0.3 if legacy else 0.03)
        self.typed += 1
        known.append(Record(self.typed, person.pid, self._customer_name(person, legacy), shown, other, email))
        return known[-1]

    def _customer_name(self, person: Person, legacy: bool) -> str:
        rng, last = self.rng, person.last
        if person.company and rng.random() < 0.6:
            return person.company
        if rng.random() < self.rates["mishear"]:
            swaps = [swap for swap in POOLS["heard"] if swap[0] in last[1:]] or [(last[-1], "")]
            before, after = rng.choice(swaps[:4])
            last = last[0] + last[1:].replace(before, after, 1)
        if person.second and rng.random() < 0.35:
            last = rng.choice((f"{last} {person.second}", person.second, f"{last}-{person.second}"))
        first = person.calls[0] if rng.random() < 0.78 else rng.choice(person.calls)
        full = f"{last}, {first}" if self.rates["last_first"] > 0.5 else f"{first} {last}"
        return full.upper() if rng.random() < (0.5 if legacy else 0.02) else full

    def _payer(self, request: Request) -> Record:
        rng, place, asker = self.rng, request.building, request.asker
        own = {"spouse": 0.62, "child": 0.5, "tenant": self.rates["tenant_own"]}.get(request.role.split()[0], 1.0)
        if request.role == "owner" and rng.random() < 0.08:
            asker = self.town.other(place, "spouse")
        chosen = self._record(asker if rng.random() < own else place.owner)
        if chosen.pid != request.asker.pid and not chosen.other and rng.random() < 0.5:
            chosen.other = request.asker.phone
        return chosen

    def _job(self, request: Request, record: Record, job_type: str, created: datetime, done: datetime) -> Job:
        place = request.building
        record.sites.setdefault(place.address, self.town.street_text(place, 0.2))
        status = "Completed" if done <= self.end else "Scheduled"
        right = request.leads and self.rng.random() < self.rates["campaign"]
        pool = POOLS["campaigns"][request.leads[0]["Source"]] if right else POOLS["call_campaigns"]
        made = Job(request, record, job_type, created, done, self.rng.choice(pool), status)
        self.jobs.append(made)
        self._hold(request, created, record.pid)
        return made

    def _serve(self, request: Request, created: datetime, first_type: str = "") -> Job:
        rng, kind = self.rng, KINDS[request.kind]
        if created.hour > 19 and not kind["urgent"]:
            created += timedelta(hours=11)
        done = created + timedelta(hours=rng.expovariate(1 / 9) + 1 if kind["urgent"] else rng.uniform(18, 190))
        job = last = self._job(request, self._payer(request), first_type or rng.choice(kind["first"]), created, done)
        job.total = 0 if first_type else float(rng.choice(kind["prices"]))
        job.notes = self._first_note(request, job.record)
        for name, chance, soon, late, cheap, dear in [] if first_type else kind["next"]:
            if rng.random() >= chance:
                break
            last = self._next_stage(last, name, rng.uniform(soon, late))
            last.total = float(round(rng.uniform(cheap, dear), -1))
        self._afterwards(job)
        return job

    def _next_stage(self, before: Job, job_type: str, days: float) -> Job:
        rng, request, record = self.rng, before.request, before.record
        # Contracts are sometimes filed under the owner who signs them, though the tenant or spouse had asked.
        if rng.random() < 0.1:
            record = self._record(request.building.owner)
        created = (before.done + timedelta(days=days * rng.uniform(0.4, 0.9))).replace(hour=rng.randint(8, 17))
        created = max(created, before.done + timedelta(minutes=rng.randint(5, 50)))
        done = created + timedelta(days=rng.uniform(0.2, 0.6) * days + 0.1)
        made = self._job(request, record, job_type, created, done)
        made.campaign = before.campaign if rng.random() < 0.6 else "Existing Customer"
        made.notes = rng.choice(POOLS["stage_notes"]).format(before.done)
        if any(word in job_type for word in ("Flood", "Sewer", "Water Service", "Boiler Replacement")):
            made.permit = f"{rng.randrange(100_800_000, 100_999_999)}" if rng.random() < 0.7 else "applied"
        return made

    def _afterwards(self, job: Job) -> None:
        rng, plain = self.rng, replace(job.request, leads=[], unsure=False)
        if rng.random() < 0.035 and KINDS[plain.kind]["urgent"]:
            created = job.done + timedelta(days=rng.uniform(1, 28))
            recall = self._job(plain, job.record, "Warranty Recall", created, created + timedelta(hours=5))
            recall.notes, recall.campaign = "callback, no charge", "Existing Customer"
        if rng.random() < 0.015:
            created = job.created + timedelta(minutes=rng.randint(3, 300))
            double = self._job(plain, self._record(plain.asker), job.job_type, created, created)
            double.status, double.notes = "Canceled", rng.choice(("duplicate", "dbl booked", "DUP see other job"))

    def _first_note(self, request: Request, record: Record) -> str:
        rng, asker, who = self.rng, request.asker, request.role.split()[0]
        parts = [rng.choice(KINDS[request.kind]["note"]) if rng.random() < 0.8 else ""]
        if record.pid != asker.pid and rng.random() < 0.6:
            phone = show_phone(rng, asker.phone, 1)
            parts.insert(0, rng.choice((f"call {who} {asker.calls[0]} {phone}", f"{who} {asker.calls[0]} home")))
        if request.leads and not request.unsure and rng.random() < 0.12:
            parts.append(rng.choice(("web req", "from website", "online lead")))
        return "; ".join(filter(None, parts))


def job_row(rng: Random, job: Job) -> dict[str, str]:
    """Write a job as the field service software exports it."""
    record, place, completed = job.record, job.request.building, job.status == "Completed"
    row = {"Job #": job.job_id, "Customer #": str(record.cid), "Customer Name": record.name, "Phone": record.phone}
    row |= {"Alt Phone": record.other, "Email": record.email, "Service Address": record.sites[place.address]}
    row |= {"Unit": job.request.unit if rng.random() < 0.6 else "", "City": place.area[0]}
    row |= {"Zip": place.area[1] if rng.random() < 0.97 else "", "Job Type": job.job_type, "Campaign": job.campaign}
    row |= {"Status": job.status, "Created On": job.created.strftime("%m/%d/%Y %I:%M %p")}
    row |= {"Completed On": job.done.strftime("%m/%d/%Y") if completed else ""}
    row |= {"Total": f"${job.total if completed else 0:,.2f}", "Permit #": job.permit}
    return row | {"Technician": rng.choice(POOLS["techs"]) if completed else "", "Notes": job.notes}


def save(path: Path, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write rows with their headings."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings, lineterminator="\n")
        writer.writeheader()
        writer.writerows(dict(zip(headings, row, strict=True)) for row in rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the exports of one such office and the truth about them."""
    rng = Random(f"twoflats-{seed}")
    office = Office(rng, leads)
    office.run()
    folder.mkdir(parents=True, exist_ok=True)
    asked = sorted((row for request in office.requests for row in request.leads), key=lambda row: row["Received At"])
    for number, row in enumerate(asked, rng.randint(3_000, 9_000)):
        row["Entry ID"] = f"WF-{number}"
    jobs = [job_row(rng, job) for job in office.jobs]
    save(folder / "leads.csv", list(asked[0]), [list(row.values()) for row in asked])
    save(folder / "jobs.csv", list(jobs[0]), [list(row.values()) for row in jobs])
    for name, unsure in (("truth", False), ("ambiguous", True)):
        chosen = [job for job in office.jobs if job.request.unsure == unsure]
        pairs = [(row["Entry ID"], job.job_id) for job in chosen for row in job.request.leads]
        save(folder / f"{name}.csv", ("lead_id", "job_id"), pairs)
    twins = [request.leads for request in office.requests if len(request.leads) > 1]
    groups = [(row["Entry ID"], f"G{number}") for number, rows in enumerate(twins, 1) for row in rows]
    save(folder / "lead_groups.csv", ("lead_id", "group_id"), groups)
