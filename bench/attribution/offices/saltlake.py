"""Generate the requests and jobs of a made-up heating, cooling and plumbing office on the Wasatch Front.

The office runs vans from Ogden to Provo, Utah. Requests come from a website form plugin and a call tracker,
merged into one list. Their times are GMT. The office software exports local Mountain time.
A job is true if it was booked because of a request. That means the first visit that took place or is scheduled,
the install sold from the estimate, the return with a part, and the rebooking of a canceled first visit.
A tune-up counts only if the request asked for it. Plan visits, later unrelated calls, canceled jobs and recalls
do not count. Recalls that a customer asked for through the website are listed as ambiguous.
Hard: grid addresses in many spellings, Jensen and Jenson, caller ID of a spouse, renters and owners, managers
with many units, families on one street, second phones, old records, moved customers, duplicate customer records,
forms sent twice, late replies in peak season, and jobs by phone that had no request at all.
"""

import csv
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
DIRECTIONS = {"N": "North", "S": "South", "E": "East", "W": "West"}
# All times are the office's wall clock; the zone is a formality.
LONG_AGO = datetime.min.replace(tzinfo=UTC)
OFFICE_LAST_DAY = datetime(2025, 12, 5, tzinfo=UTC)
TOPIC_FORMS = [("Schedule Service", 55), ("Free Estimate", 20), ("Contact Us", 22), ("Request a Callback", 3)]
OWNER_KINDS = [("owner", 80), ("landlord", 5), ("tenant", 5), ("business", 4), ("family", 4), ("realtor", 2)]
PAGES = ["/contact", "/schedule", "/heating", "/cooling", "/plumbing", "/specials", "/"]
PEAK_MONTHS = (1, 6, 7, 8, 12)


@dataclass(slots=True)
class Person:
    """Hold one person with the contact data that this person uses."""

    first: str
    nick: str
    last: str
    phone: str
    email: str

    def name(self) -> str:
        """Join the formal first name and the last name."""
        return f"{self.first} {self.last}"


@dataclass(slots=True, frozen=True)
class Place:
    """Hold one address; a grid address has a direction on both sides of the street number."""

    number: int
    pre: str
    street: str
    post: str
    unit: str
    city: str
    zip: str

    def line(self) -> str:
        """Write the street line as the office software stores it."""
        parts = [str(self.number), self.pre, self.street, self.post, self.unit]
        return " ".join(part for part in parts if part)

    def full(self) -> str:
        """Write the whole address on one line."""
        return f"{self.line()}, {self.city}, UT {self.zip} USA"


@dataclass(slots=True, eq=False)
class Account:
    """Hold one customer record of the office software and the people behind it."""

    number: int
    people: list[Person]
    name: str
    company: str
    places: list[Place]
    billing: Place
    phone: str
    other: str
    email: str
    since: datetime
    member: bool = False
    quiet: bool = False
    busy_until: datetime = LONG_AGO
    jobs: list["Job"] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Job:
    """Hold one job of the office software."""

    account: Account
    place: Place
    unit: str
    type: str
    created: datetime
    scheduled: datetime
    status: str
    campaign: str
    total: float
    summary: str
    parent: "Job | None" = None
    project: str = ""
    recall: bool = False
    number: int = 0


@dataclass(slots=True, eq=False)
class Lead:
    """Hold one request as it was typed or caught, with the jobs that came of it."""

    moment: datetime
    channel: str
    form: str
    first: str
    last: str
    phone: str
    email: str
    street: str
    city: str
    zip: str
    service: str
    message: str
    source: str
    person: Person | None = None
    place: Place | None = None
    typed_number: int = 0
    jobs: list[Job] = field(default_factory=list)
    disputed: list[Job] = field(default_factory=list)
    group: int = 0
    id: str = ""


@dataclass(slots=True)
class Party:
    """Hold who asks, for which place, on which customer record, and what the office notes about it."""

    asker: Person
    typed: Place
    account: Account
    place: Place
    note: str
    chance: float


def pick(rng: Random, pairs: Sequence[Sequence[Any]]) -> Any:
    """Draw one value from pairs of value and weight."""
    return rng.choices([pair[0] for pair in pairs], [pair[1] for pair in pairs])[0]


def pretty_phone(digits: str) -> str:
    """Format ten digits the way the office software shows them."""
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}" if digits else ""


def sunday(year: int, month: int, count: int) -> datetime:
    """Find a Sunday of a month at two in the morning, counted from one."""
    first = datetime(year, month, 1, 2, tzinfo=UTC)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (count - 1))


def to_gmt(local: datetime) -> datetime:
    """Convert Mountain time to GMT, with daylight time from March to November."""
    summer = sunday(local.year, 3, 2) <= local < sunday(local.year, 11, 1)
    return local + timedelta(hours=6 if summer else 7)


def swap_two(rng: Random, text: str) -> str:
    """Swap two neighboring characters that differ, away from the first one."""
    spots = [i for i in range(1, len(text) - 1) if text[i] != text[i + 1]]
    if not spots:
        return text
    i = rng.choice(spots)
    return text[:i] + text[i + 1] + text[i] + text[i + 2 :]


class World:
    """Make people, phones, addresses and companies; each seed has its own mix."""

    def __init__(self, rng: Random) -> None:
        """Draw the mix of names, towns and streets."""
        self.rng = rng
        self.groups = [self._mixed(group) for group in POOLS["people"]]
        self.towns = [(town, town[2] * rng.uniform(0.5, 1.6)) for town in POOLS["cities"]]
        self.roads = {town[0]: rng.sample(POOLS["streets"], 14) for town in POOLS["cities"]}
        self.numbers: dict[str, Iterator[int]] = {
            code: iter(rng.sample(range(10000), 10000)) for code, _ in POOLS["area_codes"]
        }
        self.codes = [tuple(pair) for pair in POOLS["area_codes"]]
        self.emails: set[str] = set()
        heads, tails = POOLS["company_heads"], POOLS["company_tails"]
        self.companies = [f"{head} {tail}" for head in heads for tail in tails]
        rng.shuffle(self.companies)
        self.customer_numbers = itertools.count(rng.randrange(31_000_000, 39_000_000), 37)

    def _mixed(self, group: dict[str, Any]) -> dict[str, Any]:
        """Give each last name its own weight, steep like a real phone directory."""
        lasts = [(last, self.rng.paretovariate(1.3)) for last in group["last"]]
        names = list(itertools.accumulate(min(weight, 14) for _, weight in lasts))
        return {**group, "last": [last for last, _ in lasts], "sums": names}

    def phone(self) -> str:
        """Hand out an unused ten-digit number with 555 in the middle."""
        while True:
            code = pick(self.rng, self.codes)
            number = next(self.numbers[code], None)
            if number is not None:
                return f"{code}555{number:04d}"
            self.codes = [pair for pair in self.codes if pair[0] != code]

    def email(self, first: str, last: str) -> str:
        """Make an unused address in one of the usual patterns."""
        rng = self.rng
        f, s, n = first.lower(), last.lower(), rng.randrange(2, 99)
        word = rng.choice(POOLS["mail_words"])
        shapes = [f"{f}.{s}", f"{f}{s}", f"{f[0]}{s}{n}", f"{f}{s}{n}", f"{s}{f[0]}", f"the{s}s{n}", f"ut{word}{n}"]
        name = rng.choices(shapes, [22, 16, 18, 18, 8, 8, 10])[0]
        host = pick(rng, POOLS["mail_hosts"])
        while f"{name}@{host}" in self.emails:
            name += str(rng.randrange(10))
        self.emails.add(f"{name}@{host}")
        return f"{name}@{host}"

    def person(self, last: str = "") -> Person:
        """Make a person, of a given family if a last name is given."""
        rng = self.rng
        group = rng.choices(self.groups, [group["weight"] for group in self.groups])[0]
        first = rng.choice(group["men"] if rng.random() < 0.47 else group["women"])
        last = last or rng.choices(group["last"], cum_weights=group["sums"])[0]
        nick = rng.choice(POOLS["nicks"].get(first, [""]))
        return Person(first, nick, last, self.phone(), self.email(first, last))

    def place(self, unit_chance: float = 0.07) -> Place:
        """Make an address; most streets of the region are numbers on a grid."""
        rng = self.rng
        city, zips, _, ns_sides, ns_low, ns_high, ew_sides, ew_low, ew_high = pick(rng, self.towns)
        ns, ew = rng.randrange(ns_low, ns_high), rng.randrange(ew_low, ew_high)
        ns_dir, ew_dir = rng.choice(ns_sides), rng.choice(ew_sides)
        unit = ""
        if rng.random() < unit_chance:
            unit = f"{rng.choice(['#', 'Apt ', 'Unit '])}{rng.choice(['', 'A', 'B', '1', '2'])}{rng.randrange(1, 40)}"
        if rng.random() < 0.36:
            road = rng.choice(self.roads[city])
            name, _, suffix = road.rpartition(" ")
            return Place(rng.choice([ns, ew]), rng.choice([ns_dir, "", ""]), name, suffix, unit, city, rng.choice(zips))
        step = rng.choice([100, 100, 100, 50, 25, 10])
        if rng.random() < 0.55:
            return Place(ns, ns_dir, str(max(step, ew // step * step)), ew_dir, unit, city, rng.choice(zips))
        return Place(ew, ew_dir, str(max(step, ns // step * step)), ns_dir, unit, city, rng.choice(zips))

    def neighbor(self, place: Place) -> Place:
        """Make an address on the same street, close by."""
        shift = self.rng.choice([-24, -16, -12, -8, 8, 12, 16, 24])
        return Place(abs(place.number + shift) + 1, place.pre, place.street, place.post, "", place.city, place.zip)


class Office:
    """Run the office: open accounts, take requests, book jobs."""

    def __init__(self, seed: int, leads: int) -> None:
        """Set the window, the season and the texts of this seed."""
        # The name that the office had when it was measured, so that its bytes are the same.
        self.rng = rng = Random(f"wasatch-{seed}-{leads}")
        self.world = World(rng)
        days = min(2060, max(60, round(leads * 0.6)))
        latest = (OFFICE_LAST_DAY - datetime(2020, 1, 15, tzinfo=UTC)).days - days
        self.start = datetime(2020, 1, 15, tzinfo=UTC) + timedelta(days=rng.randint(0, latest))
        self.end = self.start + timedelta(days=days)
        self.export = self.end + timedelta(days=rng.randint(5, 14), hours=17)
        self.services = {key: self._own_texts(value) for key, value in POOLS["services"].items()}
        self.weights = {
            month: list(itertools.accumulate(s["months"][month - 1] for s in self.services.values()))
            for month in range(1, 13)
        }
        self.keys = list(self.services)
        self.reps = rng.sample(POOLS["reps"][:5], 4)
        self.techs = rng.sample(POOLS["techs"], 7)
        self.accounts: list[Account] = []
        self.managers: list[Account] = []
        self.leads: list[Lead] = []
        self.group_numbers = itertools.count(1)
        self.project_numbers = itertools.count(rng.randrange(21000, 29000))

    def _own_texts(self, service: dict[str, Any]) -> dict[str, Any]:
        """Keep most of the texts of a service, so that seeds differ."""
        own = dict(service)
        for key in ("messages", "summaries", "found"):
            own[key] = self.rng.sample(service[key], max(2, round(len(service[key]) * 0.8)))
        return own

    def fill(self, text: str) -> str:
        """Fill the numbers of a text."""
        rng = self.rng
        return text.format(
            n=rng.randint(52, 62),
            k=rng.randint(2, 9),
            y=rng.randint(8, 27),
            h=rng.randint(78, 86),
            yr=rng.randrange(1910, 1962),
            p=rng.randrange(90, 140, 5),
        )

    def service_at(self, moment: datetime) -> str:
        """Draw a service that is in season."""
        return str(self.rng.choices(self.keys, cum_weights=self.weights[moment.month])[0])

    def moments(self, start: datetime, end: datetime, count: int, calls: bool = False) -> list[datetime]:
        """Draw sorted local moments with a daily and a yearly curve."""
        rng = self.rng
        days = [start + timedelta(days=i) for i in range(max(1, (end - start).days))]
        load = [self.weights[day.month][-1] * (0.55 if day.weekday() == 6 else 1) for day in days]
        hours = range(7, 19) if calls else range(24)
        curve = [0.4 if h < 6 else 1.5 if h < 8 else 4.5 if h < 17 else 3 if h < 22 else 1.2 for h in hours]
        drawn = rng.choices(days, load, k=count)
        clocks = rng.choices(hours, curve, k=count)
        return sorted(
            day.replace(hour=0, minute=0, second=0) + timedelta(hours=hour, seconds=rng.randrange(3600))
            for day, hour in zip(drawn, clocks, strict=True)
        )

    # ---- customer records

    def record(self, people: list[Person], place: Place, since: datetime, company: str = "") -> Account:
        """Open a customer record under one name of the household or under the company."""
        rng = self.rng
        lead = people[0]
        first = lead.nick if lead.nick and rng.random() < 0.4 else lead.first
        name = company or f"{first} {lead.last}"
        if not company and len(people) > 1 and people[1].last == lead.last and rng.random() < 0.15:
            name = f"{first} & {people[1].first} {lead.last}"
        elif not company and rng.random() < 0.07:
            name = f"{lead.last}, {first}"
        name = name.upper() if rng.random() < 0.02 else name
        other = people[1].phone if len(people) > 1 and rng.random() < 0.45 else ""
        if not other and rng.random() < 0.08:
            other = self.world.phone()
        email = lead.email if rng.random() < 0.84 else ""
        number = next(self.world.customer_numbers)
        account = Account(number, people, name, company, [place], place, lead.phone, other, email, since)
        self.accounts.append(account)
        return account

    def household(self, since: datetime) -> Account:
        """Open the record of a household; some are relatives or neighbors of an earlier one."""
        rng, world = self.rng, self.world
        place, last = world.place(), ""
        if self.accounts and rng.random() < 0.04:
            kin = rng.choice(self.accounts)
            place = world.neighbor(kin.places[0])
            last = kin.people[0].last if rng.random() < 0.5 else ""
        people = [world.person(last)]
        if rng.random() < 0.62:
            people.append(world.person(people[0].last if rng.random() < 0.88 else ""))
        if last and rng.random() < 0.2:
            people[0].first, people[0].nick = kin.people[0].first, kin.people[0].nick
        rng.shuffle(people)
        return self.record(people, place, since)

    def firm(self, since: datetime, tails: str = "") -> Account:
        """Open the record of a business, or of a property manager with many units."""
        rng, world = self.rng, self.world
        name = world.companies[next(world.customer_numbers) % len(world.companies)]
        if tails:
            name = f"{rng.choice(POOLS['company_heads'])} {rng.choice(POOLS[tails])}"
        host = "".join(c for c in name.lower() if c.isalnum())[:22] + ".example"
        people = [world.person() for _ in range(2 if tails else 1)]
        for person in people:
            person.email = f"{person.first.lower()}@{host}"
        account = self.record(people, world.place(0.2), since, name)
        if tails:
            account.places += [world.place(0.4) for _ in range(rng.randint(8, 22))]
        return account

    def open_accounts(self, count: int, managers: int) -> None:
        """Open the records of customers who came by phone, referral or walk-in, with their jobs."""
        first_day = max(datetime(2020, 1, 2, tzinfo=UTC), self.start - timedelta(days=150))
        for moment in self.moments(first_day, self.export, count, calls=True):
            old = self.rng.random() < 0.32
            since = first_day - timedelta(days=self.rng.randint(20, 1600)) if old else moment
            account = self.firm(since) if self.rng.random() < 0.05 else self.household(since)
            if not old:
                self.book(account, account.places[0], self.service_at(moment), moment)
            self.later_life(account, max(since, first_day))
        for _ in range(managers):
            account = self.firm(first_day - timedelta(days=self.rng.randint(20, 900)), "manager_tails")
            self.managers.append(account)
            for moment in self.moments(first_day, self.export, max(1, (self.end - self.start).days // 90), calls=True):
                self.book(account, self.rng.choice(account.places), self.service_at(moment), moment)

    def later_life(self, account: Account, start: datetime) -> None:
        """Add plan visits of members and later calls that have nothing to do with a request."""
        rng = self.rng
        account.member = rng.random() < 0.24
        begin = max(start, account.busy_until) + timedelta(days=25)
        if account.member:
            for year, month in itertools.product(range(begin.year, self.export.year + 1), (3, 9)):
                created = datetime(year, month, rng.randint(1, 28), rng.randint(8, 16), rng.randrange(60), tzinfo=UTC)
                if begin < created < self.export and rng.random() < 0.85:
                    self._plan_visit(account, created)
        moment = begin + timedelta(days=rng.expovariate(1 / 900))
        while moment < self.export:
            moment = self.office_time(moment)
            self.book(account, rng.choice(account.places), self.service_at(moment), moment)
            moment += timedelta(days=30 + rng.expovariate(1 / 800))

    def _plan_visit(self, account: Account, created: datetime) -> None:
        """Book a visit of the maintenance plan."""
        kind = "AC Tune-Up - Member" if created.month == 3 else "Furnace Tune-Up - Member"
        visit = created + timedelta(days=self.rng.randint(5, 60))
        summary = f"Member visit. {self.rng.choice(POOLS['flags'])}".strip()
        status = "Completed" if self.rng.random() < 0.93 else "Canceled"
        place = account.places[0]
        job = Job(account, place, "HVAC - Maintenance", kind, created, visit, status, "Membership", 0.0, summary)
        account.jobs.append(job)

    # ---- booking

    def office_time(self, moment: datetime) -> datetime:
        """Move a time into the hours when the phones are staffed."""
        rng = self.rng
        if moment.hour >= 19:
            moment = moment.replace(hour=7) + timedelta(days=1)
        elif moment.hour < 7:
            moment = moment.replace(hour=7)
        else:
            return moment if moment.weekday() < 6 else moment + timedelta(days=1)
        moment += timedelta(days=1 if moment.weekday() == 6 else 0)
        return moment.replace(minute=0) + timedelta(minutes=rng.randint(5, 190))

    def reply_time(self, moment: datetime, *, call: bool) -> datetime:
        """Draw when the office booked the job after a request."""
        rng = self.rng
        if call and rng.random() < 0.8:
            return moment + timedelta(minutes=rng.randint(2, 11))
        slow = 1.8 if moment.month in PEAK_MONTHS else 1.0
        spans = [(0.05, 3), (3, 26), (26, 160), (160, 520), (520, 1900)]
        span = rng.choices(spans, [58, 20 * slow, 13 * slow, 5, 1.5])[0]
        return self.office_time(moment + timedelta(hours=rng.uniform(*span)))

    def visit_day(self, created: datetime, kind: str) -> datetime:
        """Draw the day of the visit; it comes later in peak season."""
        reach = {"repair": 3, "tune": 12, "bid": 7, "install": 14}[kind] * (2 if created.month in PEAK_MONTHS else 1)
        day = created + timedelta(days=min(self.rng.expovariate(2 / reach), 45))
        day = day.replace(hour=self.rng.choice([8, 9, 10, 11, 12, 13, 14, 15]), minute=0, second=0)
        day += timedelta(days=1 if day.weekday() == 6 else 0)
        return day if day > created else created + timedelta(hours=2)

    def book(
        self, account: Account, place: Place, key: str, created: datetime, *, note: str = "", web: str = ""
    ) -> list[Job]:
        """Book a job with all that follows; return the jobs that belong to the same request."""
        rng, service = self.rng, self.services[key]
        notes = (self.fill(rng.choice(service["summaries"])), note, rng.choice(POOLS["flags"]))
        summary = " ".join(text for text in notes if text)
        campaign = web or pick(rng, POOLS["other_campaigns"])
        total = rng.uniform(*service["price"]) if service["price"][1] else 0.0
        job = Job(
            account,
            place,
            service["unit"],
            rng.choice(service["types"]),
            created,
            self.visit_day(created, service["kind"]),
            "Completed",
            campaign,
            round(total, 2),
            summary,
        )
        account.jobs.append(job)
        account.busy_until = max(account.busy_until, job.scheduled)
        if rng.random() < 0.07:
            job.status, job.total = "Canceled", 0.0
            job.summary += rng.choice([" CX", " Cust canceled, going elsewhere.", " No answer, canceled.", " Resched"])
            if rng.random() < 0.45:
                again = self.office_time(created + timedelta(days=rng.uniform(0.3, 9)))
                return self.book(account, place, key, again, note=f"Rebook. {note}".strip(), web=web)
            return []
        return [job, *self.follow(job, service)]

    def follow(self, job: Job, service: dict[str, Any]) -> list[Job]:
        """Add the install, the return visit and perhaps a recall after a visit."""
        rng, more = self.rng, []
        job.summary += f" {rng.choice(service['found'])}" if rng.random() < 0.5 else ""
        bid, draw = service["kind"] == "bid", rng.random()
        if draw < (0.42 if bid else 0.06):
            project = str(next(self.project_numbers)) if rng.random() < 0.7 else ""
            job.project = project
            texts = ["Install per est job {ref}", "Sold from job {ref}", "Install, see proposal", "Install as quoted"]
            text = rng.choice(texts)
            unit = job.unit.split(" - ")[0] + " - Install"
            more.append(self.next_job(job, unit, service["install"], text, price=service["install_price"], wait=9))
            more[0].project = project
            if rng.random() < 0.14:
                text = "Finish + city inspection, job {ref}"
                end = self.next_job(more[0], unit, "Finish / Inspection", text, price=(0, 0), wait=3)
                end.project = project
                more.append(end)
        elif not bid and draw < 0.19:
            texts = ["Return with part, see job {ref}", "Part in, finish repair", "Return visit - part ordered"]
            text = rng.choice(texts)
            more.append(self.next_job(job, job.unit, f"{job.type} - Return", text, price=(90, 620), wait=2))
        last = [job, *more][-1]
        if rng.random() < 0.025:
            self.recall(last, last.scheduled + timedelta(days=rng.uniform(1, 35)))
        return more

    def next_job(self, parent: Job, unit: str, kind: str, text: str, *, price: Sequence[float], wait: float) -> Job:
        """Book a job that continues another one, rarely on a second record of the same customer."""
        rng, account = self.rng, parent.account
        created = self.office_time(parent.scheduled + timedelta(hours=1, days=rng.expovariate(1 / wait)))
        owner = account
        if rng.random() < 0.012:
            text = "Dup customer acct, continues job {ref}. " + text
            owner = self.record(account.people, parent.place, created, account.company)
            owner.quiet, account.quiet = True, True
        account.jobs.append(
            Job(
                owner,
                parent.place,
                unit,
                kind,
                created,
                self.visit_day(created, "install"),
                "Completed",
                parent.campaign,
                round(rng.uniform(*price), 2),
                text,
                parent,
            )
        )
        account.busy_until = max(account.busy_until, account.jobs[-1].scheduled)
        return account.jobs[-1]

    def recall(self, job: Job, moment: datetime) -> Job:
        """Book a free return for earlier work."""
        rng = self.rng
        created = self.office_time(moment)
        texts = ["RECALL job {ref}", "Callback, same issue, no charge", "Warranty return {ref}", "Recall - NC"]
        text = rng.choice(texts)
        back = Job(
            job.account,
            job.place,
            job.unit,
            "Recall",
            created,
            self.visit_day(created, "repair"),
            "Completed",
            "Existing Customer",
            0.0,
            text,
            job,
            recall=True,
        )
        job.account.jobs.append(back)
        job.account.busy_until = max(job.account.busy_until, back.scheduled)
        return back

    # ---- who asks

    def party(self, moment: datetime) -> Party:
        """Draw who sends a request."""
        rng = self.rng
        if self.managers and rng.random() < 0.025:
            return self._manager_party()
        if rng.random() < 0.2:
            known = self.known(moment)
            if known:
                return self._repeat_party(known)
        kind = pick(rng, OWNER_KINDS)
        account = self.firm(moment) if kind == "business" else self.household(moment)
        asker, place = account.people[0], account.places[0]
        party = Party(asker, place, account, place, "", 0.48)
        if kind == "business":
            party.note = self.about("business", asker)
        elif kind == "landlord":
            party.place = self.world.place(0.35)
            account.places = [party.place]
            party.typed = party.place if rng.random() < 0.65 else account.billing
        elif kind == "tenant":
            party.asker, account.billing = self.world.person(), self.world.place(0.02)
            party.note = self.about("tenant", party.asker)
        elif kind in ("family", "realtor"):
            kin = account.people[0].last if kind == "family" and rng.random() < 0.5 else ""
            party.asker = self.world.person(kin)
            party.typed = place if rng.random() < 0.85 else self.world.place()
            party.note = self.about(kind, party.asker)
        elif len(account.people) > 1 and rng.random() < 0.3:
            party.asker = account.people[1]
            party.note = self.about("spouse", party.asker)
        return party

    def about(self, kind: str, asker: Person) -> str:
        """Write what the office notes about the person who asked."""
        text: str = self.rng.choice(POOLS["relation"][kind])
        return text.format(name=asker.name(), first=asker.first, phone=pretty_phone(asker.phone))

    def known(self, moment: datetime, recent: bool = False) -> Account | None:
        """Find an earlier customer who has nothing open; perhaps one with a recent visit."""
        for _ in range(60 if recent else 12):
            account = self.rng.choice(self.accounts)
            if account.quiet or account.since > moment or account in self.managers:
                continue
            if not recent and self._idle(account, moment):
                return account
            if recent and self._idle(account, moment) and self.last_visit(account, moment):
                return account
        return None

    def _idle(self, account: Account, moment: datetime) -> bool:
        """Check that no earlier work is still open at this time."""
        return all(job.scheduled < moment for job in account.jobs if job.created <= moment) and all(
            job.parent is None or job.parent.created > moment for job in account.jobs if job.created > moment
        )

    def last_visit(self, account: Account, moment: datetime) -> Job | None:
        """Find a done visit of the last forty days."""
        days = timedelta(days=40)
        done = [j for j in account.jobs if j.status == "Completed" and moment - days < j.scheduled < moment]
        return done[-1] if done else None

    def _manager_party(self) -> Party:
        """Let a property manager ask for one of the units."""
        account = self.rng.choice(self.managers)
        asker, place = self.rng.choice(account.people), self.rng.choice(account.places[1:])
        return Party(asker, place, account, place, self.about("manager", asker), 0.93)

    def _repeat_party(self, account: Account) -> Party:
        """Let a known customer ask again, some with a new phone, email or home."""
        rng, asker = self.rng, self.rng.choice(account.people)
        if rng.random() < 0.1:
            asker.phone = self.world.phone()
            account.other = asker.phone if rng.random() < 0.6 else account.other
        if rng.random() < 0.07:
            asker.email = self.world.email(asker.first, asker.last)
        place = account.places[-1]
        if not account.company and rng.random() < 0.07:
            place = self.world.place()
            account.places.append(place)
            account.billing = place if rng.random() < 0.5 else account.billing
        note = self.about("spouse", asker) if asker is not account.people[0] else ""
        return Party(asker, place, account, place, note, 0.8)

    # ---- requests

    def take_leads(self, count: int) -> None:
        """Take all requests in order of time, with the repeats among them."""
        repeats = round(count * 0.055)
        for moment in self.moments(self.start, self.end, count - repeats):
            self.take(moment)
        firsts = self.rng.sample([lead for lead in self.leads if lead.person], repeats)
        self.leads += [self.repeat(lead) for lead in firsts]

    def take(self, moment: datetime) -> None:
        """Take one request and book what comes of it."""
        rng, draw = self.rng, self.rng.random()
        call = 7 <= moment.hour < 21 and rng.random() < 0.22
        if draw < 0.04:
            self.leads.append(self._spam(moment))
        elif draw < 0.063:
            self.leads.append(self._far(moment, call))
        elif draw < 0.08:
            self._recent_customer(moment, draw < 0.075)
        else:
            self._plain(moment, call=call)

    def _plain(self, moment: datetime, *, call: bool) -> None:
        """Take a request for service."""
        rng, party = self.rng, self.party(moment)
        key = self.service_at(moment)
        lead = self.typed(moment, party.asker, party.typed, key, call=call)
        self.leads.append(lead)
        bid = self.services[key]["kind"] == "bid"
        account, fresh = party.account, party.account.since == moment
        if rng.random() > party.chance + (0.1 if call else 0.05) - (0.05 if bid else 0):
            self._lost(account, moment, fresh)
            return
        created = self.reply_time(moment, call=call or account in self.managers)
        self._clear(account, moment, created)
        web = self._campaign(lead, fresh)
        before = account.jobs[:]
        lead.jobs = self.book(account, party.place, key, created, note=party.note, web=web)
        account.since = created if fresh else account.since
        account.quiet = account.quiet or not lead.jobs
        if fresh and lead.jobs:
            self.later_life(account, created)
        elif account not in self.managers:
            last = max((job.scheduled for job in lead.jobs), default=self.export)
            new = [job for job in account.jobs if job not in before]
            account.jobs = [job for job in before if job.created < created or job.created > last] + new

    def _campaign(self, lead: Lead, fresh: bool) -> str:
        """Choose the campaign that the office put on the job of a request."""
        if not fresh and self.rng.random() < 0.45:
            return "Existing Customer"
        if self.rng.random() < 0.72:
            return "Call Tracking" if lead.channel == "Phone Call" else self.rng.choice(POOLS["web_campaigns"])
        return str(pick(self.rng, POOLS["other_campaigns"]))

    def _lost(self, account: Account, moment: datetime, fresh: bool) -> None:
        """Let a request end without a job; very few of these people call later about something else."""
        rng = self.rng
        if account in self.managers:
            return
        account.quiet = True
        account.jobs = [job for job in account.jobs if job.created < moment]
        later = self.office_time(moment + timedelta(days=rng.uniform(60, 400)))
        if rng.random() < 0.003 and later < self.export:
            self.book(account, account.places[0], self.service_at(later), later)
        elif fresh and rng.random() < 0.93:
            self.accounts.remove(account)

    def _clear(self, account: Account, start: datetime, end: datetime) -> None:
        """Drop other visits that would fall between a request and its booking."""
        gone = {id(job) for job in account.jobs if start <= job.created <= end and not job.parent}
        if account in self.managers:
            gone = {id(job) for job in account.jobs if id(job) in gone and job.place != account.places[0]}
        account.jobs = [job for job in account.jobs if id(job) not in gone and id(job.parent) not in gone]

    def _recent_customer(self, moment: datetime, recall: bool) -> None:
        """Take a complaint about a recent visit, or a question about its papers."""
        account = self.known(moment, recent=True)
        visit = self.last_visit(account, moment) if account else None
        if account is None or visit is None:
            self._plain(moment, call=False)
            return
        lead = self.typed(moment, account.people[0], visit.place, self.service_at(moment), call=False)
        lead.message = self.rng.choice(POOLS["again" if recall else "care"])
        lead.service = "Other"
        self.leads.append(lead)
        account.quiet = True
        account.jobs = [job for job in account.jobs if job.created < moment]
        if recall:
            lead.disputed = [self.recall(visit, self.reply_time(moment, call=False))]

    def _spam(self, moment: datetime) -> Lead:
        """Take a form that sells something or looks for work."""
        person = self.world.person()
        lead = self.typed(moment, person, self.world.place(), "leak", call=False)
        lead.form, lead.service, lead.message = "Contact Us", "Other", self.rng.choice(POOLS["spam"])
        lead.street = lead.city = lead.zip = ""
        lead.person = None
        return lead

    def _far(self, moment: datetime, call: bool) -> Lead:
        """Take a request from outside the service area."""
        city, code = self.rng.choice(POOLS["far_places"])
        home = self.world.place()
        place = Place(home.number, home.pre, home.street, home.post, "", city, code)
        lead = self.typed(moment, self.world.person(), place, self.service_at(moment), call=call)
        lead.person = None
        return lead

    # ---- what is typed

    def typed(self, moment: datetime, person: Person, place: Place, key: str, *, call: bool) -> Lead:
        """Write a request as the form or the call tracker catches it."""
        rng, service = self.rng, self.services[key]
        form = "" if call else pick(rng, TOPIC_FORMS)
        first, last = self.typed_name(person, call)
        label = service["label"] if rng.random() < 0.9 else "Other"
        if call:
            message = rng.choice(POOLS["call_notes"]).format(topic=service["topic"])
        else:
            body = self.fill(rng.choice(service["messages"]))
            parts = (rng.choice(POOLS["openers"]), body, rng.choice(POOLS["closers"]))
            message = " ".join(part for part in parts if part)
            message = message.lower() if rng.random() < 0.06 else message
        source = pick(rng, POOLS["sources"])
        lead = Lead(
            moment,
            "Phone Call" if call else "Form",
            form,
            first,
            last,
            self.typed_phone(person.phone, call),
            "",
            "",
            "",
            "",
            "" if call else label,
            message,
            source,
            person,
        )
        if form in ("Schedule Service", "Free Estimate", "Contact Us"):
            lead.email = self.typed_email(person.email)
        if form == "Contact Us" and rng.random() < 0.05:
            lead.phone = ""
        share = {"Schedule Service": 0.97, "Free Estimate": 0.6, "": 0.5}.get(form, 0.0)
        if rng.random() < share:
            self.typed_place(lead, place)
        elif form == "Free Estimate":
            lead.zip = place.zip
        return lead

    def typed_name(self, person: Person, call: bool) -> tuple[str, str]:
        """Write a name as typed, or as caller ID shows it."""
        rng = self.rng
        first = person.nick if person.nick and rng.random() < 0.45 else person.first
        last = person.last
        if call:
            draw = rng.random()
            if draw < 0.12:
                return rng.choice([("", ""), ("WIRELESS CALLER", ""), ("UTAH CALL", "")])
            first = rng.choice(["LYNN", "GARY", "DIANE", "RUTH"]) if draw < 0.2 else first
            return first.upper(), last.upper()
        draw = rng.random()
        if draw < 0.025:
            last = POOLS["sound_alikes"].get(last) or swap_two(rng, last)
        elif draw < 0.035:
            last = ""
        elif draw < 0.04:
            first, last = last, first
        style = rng.random()
        if style < 0.08:
            return first.lower(), last.lower()
        return (first.upper(), last.upper()) if style < 0.1 else (first, last + (" " if style > 0.95 and last else ""))

    def typed_phone(self, digits: str, call: bool) -> str:
        """Write a phone as typed, or as the call tracker stores it."""
        if call:
            return f"+1{digits}"
        rng = self.rng
        if rng.random() < 0.012:
            digits = digits[:6] + swap_two(rng, digits[6:])
        a, b, c = digits[:3], digits[3:6], digits[6:]
        shapes = [f"({a}) {b}-{c}", f"{a}-{b}-{c}", digits, f"{a}.{b}.{c}", f"+1 {a} {b} {c}", f"1{digits}"]
        return rng.choices(shapes, [58, 16, 16, 4, 4, 2])[0]

    def typed_email(self, email: str) -> str:
        """Write an email as typed."""
        draw = self.rng.random()
        if draw < 0.015:
            name, _, host = email.partition("@")
            return f"{swap_two(self.rng, name)}@{host}"
        if draw < 0.025:
            return email.replace(".example", ".exmaple")
        return email.capitalize() if draw < 0.1 else email

    def typed_place(self, lead: Lead, place: Place) -> None:
        """Write an address as typed, in one of the spellings that people use for the grid."""
        rng = self.rng
        pre, street, post, unit = place.pre, place.street, place.post, place.unit
        lead.place, lead.typed_number = place, place.number
        if rng.random() < 0.012:
            lead.typed_number = int(swap_two(rng, str(place.number)))
        style = rng.random()
        if style < 0.3:
            pre, post = DIRECTIONS.get(pre, pre), DIRECTIONS.get(post, POOLS["suffixes"].get(post, post))
        elif style < 0.42:
            pre, post = (f"{word}." if word else "" for word in (pre, post))
        elif style < 0.5:
            post = DIRECTIONS.get(post, post)
        elif style < 0.54:
            pre = ""
        elif style < 0.58 and street.isdigit() and street.endswith("00") and place.city == "Salt Lake City":
            street, post = ordinal(int(street) // 100), DIRECTIONS.get(post, post)
        unit = unit if rng.random() < 0.85 else ""
        line = " ".join(part for part in (str(lead.typed_number), pre, street, post, unit) if part)
        lead.street = line.lower() if rng.random() < 0.09 else line
        lead.city = "SLC" if place.city == "Salt Lake City" and rng.random() < 0.12 else place.city
        if place.city in ("Millcreek", "Holladay", "Murray", "Kearns") and rng.random() < 0.4:
            lead.city = "Salt Lake City"
        lead.zip = place.zip if rng.random() < 0.95 else ""

    def repeat(self, lead: Lead) -> Lead:
        """Send a request again: a double click, a reminder, or the other channel."""
        rng, person = self.rng, lead.person
        booked = min((job.created for job in lead.jobs + lead.disputed), default=lead.moment + timedelta(days=2))
        gap = (booked - lead.moment).total_seconds()
        lead.group = lead.group or next(self.group_numbers)
        if person is None or lead.channel != "Form" or gap < 5400 or rng.random() < 0.4:
            wait = rng.randint(20, int(min(900, max(30, gap * 0.9)))) if lead.channel != "Form" else rng.randint(2, 95)
            copy = [getattr(lead, name) for name in list(Lead.__dataclass_fields__)[1:13]]
            again = Lead(lead.moment + timedelta(seconds=wait), *copy)
            again.group = lead.group
            return again
        moment = lead.moment + timedelta(seconds=rng.uniform(1800, gap * 0.95))
        call = 7 <= moment.hour < 20 and rng.random() < 0.4
        again = self.typed(moment, person, lead.place or self.world.place(), self.service_at(lead.moment), call=call)
        again.service = "" if call else lead.service
        again.message = rng.choice(POOLS["call_notes"][-3:-1]) if call else rng.choice(POOLS["chase"])
        if not lead.place:
            again.street = again.city = again.zip = ""
        again.group = lead.group
        return again

    # ---- export

    def close(self) -> list[Job]:
        """Number the requests and the jobs and set what is still open at the export."""
        rng = self.rng
        self.leads.sort(key=lambda lead: lead.moment)
        serial = rng.randrange(4000, 9000)
        for lead in self.leads:
            serial += rng.randint(1, 2)
            lead.id = f"{'C' if lead.channel == 'Phone Call' else 'F'}-{serial}"
        jobs = [job for account in self.accounts for job in account.jobs if job.created < self.export]
        jobs.sort(key=lambda job: (job.created, job.account.number))
        number = rng.randrange(118_000, 164_000)
        for job in jobs:
            number += rng.randint(1, 4)
            job.number = number
            if job.scheduled > self.export and job.status == "Completed":
                job.status, job.total = ("Scheduled" if rng.random() < 0.93 else "Hold"), 0.0
        for job in jobs:
            job.summary = job.summary.replace("{ref}", str(job.parent.number) if job.parent else "")
        for lead in self.leads:
            lead.jobs = [job for job in lead.jobs if job.number]
            lead.disputed = [job for job in lead.disputed if job.number]
        return jobs


def ordinal(number: int) -> str:
    """Write 9 as 9th."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number not in (11, 12, 13) else "th"
    return f"{number}{ending}"


def hidden(lead: Lead) -> bool:
    """Check whether a request and its first jobs share nothing that anyone could find."""
    phone = "".join(c for c in lead.phone if c.isdigit())[-10:]
    for job in lead.jobs:
        account = job.account
        digits = "".join(c for c in f"{account.phone} {account.other} {job.summary}" if c.isdigit())
        if phone and phone in digits:
            return False
        if lead.email and lead.email.lower() == account.email.lower():
            return False
        if lead.place in (job.place, account.billing) and lead.place and lead.typed_number == lead.place.number:
            return False
        if lead.last.strip() and lead.last.strip().lower() in f"{account.name} {job.summary}".lower():
            return False
    return True


def lead_rows(office: Office) -> Iterator[list[str]]:
    """Write the requests as the merged export of the form plugin and the call tracker."""
    rng = office.rng
    for lead in office.leads:
        call = lead.channel == "Phone Call"
        page = "" if call else rng.choice(PAGES)
        length = f"{rng.randint(0, 9)}:{rng.randrange(60):02d}" if call else ""
        yield [
            lead.id,
            lead.channel,
            f"{to_gmt(lead.moment):%Y-%m-%d %H:%M:%S}",
            lead.form,
            lead.first,
            lead.last,
            lead.phone,
            lead.email,
            lead.street,
            lead.city,
            lead.zip,
            lead.service,
            lead.message,
            lead.source,
            page,
            length,
        ]


LEAD_COLUMNS = [
    "Lead ID",
    "Lead Type",
    "Date Created GMT",
    "Form Name",
    "First Name",
    "Last Name",
    "Phone",
    "Email",
    "Street Address",
    "City",
    "ZIP",
    "Service Needed",
    "Message",
    "Source",
    "Page",
    "Call Length",
]
JOB_COLUMNS = [
    "Job #",
    "Project #",
    "Business Unit",
    "Job Type",
    "Status",
    "Created Date",
    "Booked By",
    "Scheduled Date",
    "Completion Date",
    "Customer ID",
    "Customer Name",
    "Customer Type",
    "Phone Number",
    "Other Phone",
    "Email",
    "Location Address",
    "Location City",
    "Location State",
    "Location Zip",
    "Billing Address",
    "Jobs Campaign",
    "Assigned Technicians",
    "Jobs Total",
    "Recall",
    "Member",
    "Summary",
]
CUSTOMER_COLUMNS = ["Customer ID", "Name", "Type", "Created On", "Phone Numbers", "Email", "Billing Address", "Member"]


def clock(moment: datetime) -> str:
    """Write a local date and time as the office software does."""
    return f"{moment.month}/{moment.day}/{moment.year} {moment.hour % 12 or 12}:{moment:%M %p}"


def day(moment: datetime) -> str:
    """Write a local date as the office software does."""
    return f"{moment.month}/{moment.day}/{moment.year}"


def job_rows(office: Office, jobs: list[Job]) -> Iterator[list[str]]:
    """Write the jobs as the office software exports them."""
    rng = office.rng
    for job in jobs:
        account, done = job.account, job.status == "Completed"
        rep = rng.choice(office.reps) if rng.random() < 0.93 else rng.choice(POOLS["reps"][5:])
        yield [
            str(job.number),
            job.project,
            job.unit,
            job.type,
            job.status,
            clock(job.created),
            rep,
            day(job.scheduled),
            day(job.scheduled) if done else "",
            str(account.number),
            account.name,
            "Commercial" if account.company else "Residential",
            pretty_phone(account.phone),
            pretty_phone(account.other),
            account.email,
            job.place.line(),
            job.place.city,
            "UT",
            job.place.zip,
            account.billing.full(),
            job.campaign,
            rng.choice(office.techs) if done else "",
            f"${job.total:,.2f}",
            "Yes" if job.recall else "No",
            "Yes" if account.member else "No",
            job.summary,
        ]


def customer_rows(office: Office) -> Iterator[list[str]]:
    """Write the customer list."""
    for account in sorted(office.accounts, key=lambda account: account.number):
        phones = ", ".join(pretty_phone(phone) for phone in (account.phone, account.other) if phone)
        kind = "Commercial" if account.company else "Residential"
        if account.since < office.export:
            yield [
                str(account.number),
                account.name,
                kind,
                day(account.since),
                phones,
                account.email,
                account.billing.full(),
                "Yes" if account.member else "No",
            ]


def save(path: Path, columns: list[str], rows: Iterable[list[str]]) -> None:
    """Write one CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write all files of the office into an existing folder."""
    office = Office(seed, leads)
    office.open_accounts(round(leads * 1.15) + 5, max(1, leads // 300))
    office.take_leads(leads)
    jobs = office.close()
    save(folder / "leads.csv", LEAD_COLUMNS, lead_rows(office))
    save(folder / "jobs.csv", JOB_COLUMNS, job_rows(office, jobs))
    save(folder / "customers.csv", CUSTOMER_COLUMNS, customer_rows(office))
    pairs = ["lead_id", "job_id"]
    save(folder / "truth.csv", pairs, ([lead.id, str(job.number)] for lead in office.leads for job in lead.jobs))
    groups = ([lead.id, f"G{lead.group}"] for lead in office.leads if lead.group)
    save(folder / "lead_groups.csv", ["lead_id", "group_id"], groups)
    unsure = (
        [lead.id, str(job.number)]
        for lead in office.leads
        for job in [*lead.disputed, *(lead.jobs if lead.jobs and hidden(lead) else [])]
    )
    save(folder / "ambiguous.csv", pairs, unsure)
