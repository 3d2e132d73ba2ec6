"""Make up the requests and jobs of a plumbing, drain and HVAC shop in Indiana.

The shop works around Lafayette, Kokomo and Indianapolis. Its exports have the shape of a large field service program.
Requests come from a landing page form, a chat tool and a marketplace for home services.
Request times are in UTC. Job times are local Eastern time.
True: the first visit booked from a request, and later visits that continue it under the same
customer number (an install after an estimate, a return with a part).
Not true: plan visits, canceled jobs, recalls, and later calls about something else.
A repeated request keeps its jobs at the first submission.
Hard: spouses, tenants and landlords, managers with many units, moved customers, second records,
families and new occupants, nicknames, typing errors, relay emails, and wrong campaigns.
Ambiguous: thin marketplace requests, recalls with a request of their own, and late calls by phone.
"""

import csv
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# All times are the office's wall clock; the zone is a formality.
POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
CLOSE = datetime(2025, 12, 31, 23, 0, tzinfo=UTC)
LAST_LEAD = datetime(2025, 10, 31, tzinfo=UTC)
OPEN = datetime(2020, 1, 2, 8, 0, tzinfo=UTC)
EPOCH = datetime(2018, 1, 1, tzinfo=UTC)
AREAS = [765, 317, 463, 574, 812, 260, 219, 930, 312, 773, 614, 513, 847, 630, 217, 309]
AREA_WEIGHTS = [40, 25, 6, 5, 4, 3, 3, 1, 2, 1, 1, 1, 1, 1, 1, 1]
MONTH_LOAD = [1.15, 0.95, 0.9, 0.9, 1.05, 1.35, 1.4, 1.15, 0.85, 0.85, 0.9, 1.05]
HOUR_LOAD = [1, 1, 1, 1, 1, 3, 6, 12, 16, 16, 14, 12, 11, 11, 11, 10, 10, 10, 9, 9, 8, 6, 4, 2]
WEB_CAMPAIGN = {"Form": "Website - Landing Page", "Chat": "Web Chat", "Marketplace": "HomeDoor Marketplace"}
LEAD_HEAD = [
    "submission_id",
    "submitted_at",
    "source",
    "first_name",
    "last_name",
    "phone",
    "email",
    "address",
    "city",
    "state",
    "zip",
    "service",
    "message",
    "utm_campaign",
    "page",
]
JOB_HEAD = [
    "Job #",
    "Created Date",
    "Scheduled Date",
    "Completion Date",
    "Job Status",
    "Job Type",
    "Business Unit",
    "Job Campaign",
    "Customer ID",
    "Customer Name",
    "Customer Type",
    "Customer Phone",
    "Customer Email",
    "Location Street",
    "Location City",
    "Location State",
    "Location Zip",
    "Billing Address",
    "Project Number",
    "Recall For",
    "Jobs Total",
    "Summary",
    "Assigned Technicians",
    "Booked By",
]
CUSTOMER_HEAD = [
    "Customer ID",
    "Customer Name",
    "Type",
    "Created On",
    "Phone Numbers",
    "Email",
    "Bill To Street",
    "Bill To City",
    "Bill To State",
    "Bill To Zip",
    "Active",
    "Membership",
]


@dataclass
class Site:
    """Hold one address."""

    street: str
    city: str
    zip: str


@dataclass
class Record:
    """Hold one customer as the office typed it."""

    cid: int
    name: str
    kind: str
    phones: list[str]
    email: str
    bill: Site
    created: datetime
    member: bool = False


@dataclass
class Home:
    """Hold the people who send requests and call."""

    first: str
    last: str
    spouse: str
    spouse_last: str
    phone: str
    phone2: str
    email: str
    email2: str
    site: Site
    kind: str = "home"
    company: str = ""
    records: list[Record] = field(default_factory=list)
    spans: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    jobs: list["Job"] = field(default_factory=list)


@dataclass
class Job:
    """Hold one row of the job export."""

    jid: int
    created: datetime
    scheduled: datetime
    completed: datetime | None
    status: str
    type: str
    unit: str
    campaign: str
    record: Record
    site: Site
    total: float
    summary: str
    project: str
    recall: str
    tech: str
    booked: str


@dataclass
class Lead:
    """Hold one request as the web tools export it."""

    when: datetime
    source: str
    first: str
    last: str
    phone: str
    email: str
    site: Site
    service: str
    message: str
    utm: str
    page: str
    number: str = ""


def to_utc(when: datetime) -> datetime:
    """Turn Eastern time into UTC."""
    march = datetime(when.year, 3, 8, tzinfo=UTC)
    spring = march + timedelta(days=(6 - march.weekday()) % 7, hours=2)
    november = datetime(when.year, 11, 1, tzinfo=UTC)
    fall = november + timedelta(days=(6 - november.weekday()) % 7, hours=2)
    return when + timedelta(hours=4 if spring <= when < fall else 5)


def stamp(when: datetime | None) -> str:
    """Format a local time the way the office software does."""
    if when is None:
        return ""
    return f"{when.month}/{when.day}/{when.year} {when.hour % 12 or 12}:{when:%M %p}"


def pretty_phone(digits: str) -> str:
    """Format a phone number for the office software."""
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"


def typo(rng: random.Random, text: str) -> str:
    """Swap, drop or double one character."""
    if len(text) < 4:
        return text
    at = rng.randrange(1, len(text) - 1)
    style = rng.randrange(3)
    if style == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if style == 1 else text[:at] + text[at] + text[at:]


def street_key(street: str) -> str:
    """Reduce a street to its spelled out lower case form."""
    words = street.replace(".", "").replace(",", "").title().split()
    return " ".join(POOLS["abbr"].get(word, word) for word in words).lower()


class Office:
    """Play the years of one office."""

    def __init__(self, seed: int, leads: int) -> None:
        """Prepare pools and the calendar."""
        self.rng = random.Random(f"tippecanoe-{seed}")
        self.count = leads
        self.start = LAST_LEAD - timedelta(days=min(2090.0, max(60.0, leads * 0.6)))
        self.phones: set[str] = set()
        self.numbers: set[int] = set()
        self.first_names = POOLS["first"].split()
        self.last_names = POOLS["last"].replace("Van-Horn", "Van_Horn").split()
        self.last_weights = [1 / (rank + 14) for rank in range(len(self.last_names))]
        self.streets = {town: text.split("|") for town, text in POOLS["streets"].items()}
        self.street_weights = {town: [self.rng.uniform(0.4, 2) for _ in names] for town, names in self.streets.items()}
        self.homes: list[Home] = []
        self.callers: list[Home] = []
        self.askers: list[Home] = []
        self.managers = [self.manager(number) for number in range(max(2, leads // 120))]
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.truth: list[tuple[Lead, Job, Home]] = []
        self.groups: list[list[Lead]] = []
        self.unsure: list[tuple[Lead, Job]] = []

    def chance(self, share: float) -> bool:
        """Flip a weighted coin."""
        return self.rng.random() < share

    def new_phone(self, area: int) -> str:
        """Pick an unused made-up number."""
        for _ in range(200):
            pick = area if self.chance(0.72) else self.rng.choices(AREAS, AREA_WEIGHTS)[0]
            number = f"{pick}555{self.rng.randrange(10000):04d}"
            if number not in self.phones:
                self.phones.add(number)
                return number
            area = self.rng.choice(AREAS)
        raise RuntimeError("the pool of made-up numbers is used up")

    def new_site(self, far: bool = False) -> tuple[Site, int]:
        """Pick an address and its area code."""
        if far:
            city, code, area = self.rng.choice(POOLS["far"])
        else:
            city, code, _, area = self.rng.choices(POOLS["towns"], [town[2] for town in POOLS["towns"]])[0]
        pool = city if city in self.streets and self.chance(0.88) else "other"
        street = self.rng.choices(self.streets[pool], self.street_weights[pool])[0]
        house = self.rng.randrange(100, 6200) if self.chance(0.8) else self.rng.randrange(2, 99) * 100 + 1
        unit = f" Apt {self.rng.randrange(1, 30)}" if self.chance(0.04) else ""
        return Site(f"{house} {street}{unit}", city, code), area

    def new_email(self, first: str, last: str) -> str:
        """Make up a mail address from a name."""
        a, b = first.lower(), "".join(c for c in last.lower() if c.isalpha())
        tail = self.rng.choice(["", str(self.rng.randrange(1, 99)), str(self.rng.randrange(1950, 2004))])
        forms = [
            f"{a}.{b}",
            f"{a[0]}{b}",
            f"{a}{b}",
            f"{b}{a[0]}",
            f"{a}_{b}",
            f"{self.rng.choice(['boiler', 'colts', 'wildcat', 'hoosier', 'grandma'])}{a}{self.rng.randrange(99)}",
        ]
        return f"{self.rng.choice(forms)}{tail}@{self.rng.choice(POOLS['domains'])}"

    def new_home(self, far: bool = False) -> Home:
        """Create a household, sometimes tied to an earlier one."""
        rng = self.rng
        site, area = self.new_site(far)
        last = rng.choices(self.last_names, self.last_weights)[0].replace("_", " ")
        if self.homes and not far and self.chance(0.045):
            other = rng.choice(self.homes)
            if self.chance(0.3):
                site = Site(other.site.street, other.site.city, other.site.zip)
            else:
                last, site.city, site.zip = other.last, other.site.city, other.site.zip
        first, spouse = rng.sample(self.first_names, 2)
        other_last = rng.choices(self.last_names, self.last_weights)[0].replace("_", " ")
        spouse_last = last if self.chance(0.86) else other_last
        home = Home(
            first,
            last,
            spouse,
            spouse_last,
            self.new_phone(area),
            self.new_phone(area),
            self.new_email(first, last),
            self.new_email(spouse, spouse_last),
            site,
        )
        draw = rng.random()
        home.kind = "tenant" if draw < 0.06 else "landlord" if draw < 0.10 else "business" if draw < 0.13 else "home"
        if home.kind == "business":
            trade = rng.choice(POOLS["businesses"]).split()[-1]
            home.company = f"{rng.choice([last, first + chr(39) + 's', site.street.split()[-2]])} {trade}"
        self.homes.append(home)
        return home

    def manager(self, number: int) -> Home:
        """Create a property manager."""
        home, names = self.new_home(), POOLS["managers"]
        company = names[number] if number < len(names) else f"{home.last} {names[number % len(names)].split()[-1]}"
        home.kind, home.company = "manager", company
        slug = "".join(c for c in company.lower() if c.isalpha())[:12]
        home.email, home.email2 = f"{home.first.lower()}@{slug}.example", f"office@{slug}.example"
        return home

    def number_at(self, when: datetime) -> int:
        """Give a number that grows with time."""
        number = 21_000_000 + int((when - EPOCH).total_seconds() / 11)
        while number in self.numbers:
            number += 1
        self.numbers.add(number)
        return number

    def record_name(self, home: Home) -> str:
        """Write the customer name as a call taker would."""
        if home.company:
            return home.company
        first = POOLS["nick"].get(home.first, home.first) if self.chance(0.18) else home.first
        draw = self.rng.random()
        if draw < 0.13:
            return f"{home.last}, {first}"
        if draw < 0.22:
            return f"{first} & {home.spouse} {home.last}"
        if draw < 0.29:
            return f"{home.spouse} {home.spouse_last}"
        last = typo(self.rng, home.last) if self.chance(0.02) else home.last
        return f"{first} {last}"

    def record_for(self, home: Home, when: datetime) -> Record:
        """Find the customer record or open one, now and then a second one."""
        if home.records and not self.chance(0.03):
            return home.records[0]
        cid = self.number_at(when - timedelta(minutes=self.rng.randrange(1, 6)))
        phones = [home.phone if self.chance(0.9) else home.phone2]
        if self.chance(0.27):
            phones.append(home.phone2 if phones[0] == home.phone else home.phone)
        email = "" if self.chance(0.2) else home.email if self.chance(0.9) else home.email2
        if email and self.chance(0.015):
            email = typo(self.rng, email)
        bill, name = home.site, self.record_name(home)
        if home.kind in ("landlord", "manager"):
            bill = self.new_site()[0]
        elif home.kind == "tenant" and self.chance(0.4):
            owner = self.new_home()
            name, phones, email, bill = f"{owner.first} {owner.last}", [owner.phone], owner.email, owner.site
        kind = "Commercial" if home.company else "Residential"
        home.records.append(Record(cid, name, kind, phones, email, bill, when))
        return home.records[-1]

    def office_time(self, when: datetime) -> datetime:
        """Move a booking into the hours when someone answers."""
        if (when.hour < 7 or when.hour >= 19 or when.weekday() == 6) and not self.chance(0.15):
            day = when if when.hour < 7 and when.weekday() != 6 else when + timedelta(days=1)
            day += timedelta(days=1) if day.weekday() == 6 else timedelta()
            return day.replace(hour=7, minute=0) + timedelta(minutes=self.rng.randrange(15, 200))
        return when

    def lag(self, service: str, when: datetime) -> timedelta:
        """Draw the time from request to booking."""
        peak = 1.6 if when.month in POOLS["services"][service]["peak"] else 1.0
        if service in ("hvac_new", "sewer", "softener"):
            mean = 26.0 if self.chance(0.88) else 260.0
        else:
            draw = self.rng.random()
            mean = 1.3 if draw < 0.58 else 15.0 if draw < 0.93 else 110.0
        if self.chance(0.008):
            return -timedelta(minutes=self.rng.randrange(1, 15))
        return timedelta(hours=self.rng.expovariate(1 / (mean * peak)), minutes=4)

    def add_job(
        self,
        home: Home,
        created: datetime,
        service: str,
        *,
        record: Record,
        site: Site,
        type_: str = "",
        campaign: str = "",
        big: bool = False,
        note: str = "",
        project: str = "",
        status: str = "",
        recall: str = "",
        free: bool = False,
    ) -> Job | None:
        """Write one job unless it comes after the export."""
        rng, svc = self.rng, POOLS["services"][service]
        if created > CLOSE - timedelta(days=1):
            return None
        wait = rng.expovariate(1 / (4.0 if big else 1.1))
        scheduled = (created + timedelta(days=wait)).replace(minute=rng.choice([0, 0, 30]), second=0)
        scheduled = scheduled.replace(hour=rng.choice([8, 9, 10, 12, 13, 14, 15, 16]))
        scheduled = max(scheduled, created.replace(minute=0) + timedelta(hours=1))
        done = scheduled + timedelta(hours=rng.uniform(0.7, 7 if big else 3.5))
        if not status:
            status = "Completed" if done < CLOSE else "Scheduled"
            status = "Hold" if status == "Completed" and self.chance(0.006) else status
        scheduled = min(scheduled, CLOSE)
        low, high = svc["big" if big else "price"]
        free = free or (not big and "Est" in type_ + note)
        free = free or status != "Completed" or (not big and self.chance(0.07))
        total = 0.0 if free else round(rng.triangular(low, high, low), 2)
        tech = rng.choice(POOLS["techs"]) if status in ("Completed", "Hold") else ""
        text = note or rng.choice(svc["sum"])
        if status == "Completed":
            text += ". " + rng.choice(POOLS["tech"])
        elif status == "Canceled":
            text += ". " + rng.choice(POOLS["cancel"])
        job = Job(
            self.number_at(created),
            created,
            scheduled,
            done if status == "Completed" else None,
            status,
            type_ or rng.choice(svc["job"]),
            svc["bu"],
            campaign or rng.choice(POOLS["campaigns"]),
            record,
            site,
            total,
            text,
            project,
            recall,
            tech,
            rng.choice(POOLS["csr"]),
        )
        self.jobs.append(job)
        home.jobs.append(job)
        return job

    def service_at(self, when: datetime) -> str:
        """Pick what breaks in that season."""
        keys = list(POOLS["services"])
        weights = [
            s["w"] * (2.2 if when.month in s["peak"] else 0.5 if s["peak"] else 1) for s in POOLS["services"].values()
        ]
        return str(self.rng.choices(keys, weights)[0])

    def moment(self, start: datetime, end: datetime) -> datetime:
        """Draw a local time by season and hour."""
        while True:
            day = start + timedelta(days=self.rng.uniform(0, max(1, (end - start).days)))
            if self.chance(MONTH_LOAD[day.month - 1] / 1.4):
                hour = self.rng.choices(range(24), HOUR_LOAD)[0]
                return day.replace(
                    hour=hour, minute=self.rng.randrange(60), second=self.rng.randrange(60), microsecond=0
                )

    def follow_ups(self, home: Home, first: Job, service: str) -> list[Job]:
        """Continue a first visit by an install or a return visit."""
        rng, svc, found = self.rng, POOLS["services"][service], [first]
        if first.status != "Completed" or not self.chance(svc["est"]):
            return found
        last = first
        project = f"P-{self.number_at(first.created)}" if self.chance(0.6) else ""
        first.project = project
        for _ in range(2 if self.chance(0.12) else 1):
            gap = timedelta(days=0.1 + rng.expovariate(1 / (9 if service == "hvac_new" else 5)))
            created = self.office_time((last.completed or last.created) + gap)
            style = rng.choice(["Follow up to job {}", "Sold from est {}", "Return for {}", "see {} for scope"])
            note = style.format(first.jid) if not project or self.chance(0.4) else "Sold work, materials ordered"
            job = self.add_job(
                home,
                created,
                service,
                record=first.record,
                site=first.site,
                big=True,
                note=note,
                type_=rng.choice(svc["more"]),
                project=project,
                campaign=first.campaign,
            )
            if job is None:
                break
            found.append(job)
            last = job
        return found

    def call_in(self, home: Home, when: datetime, site: Site | None = None) -> None:
        """Book a job that came by phone."""
        service, created = self.service_at(when), self.office_time(when)
        campaign = "Website - Landing Page" if self.chance(0.03) else ""
        status = "Canceled" if self.chance(0.06) else ""
        job = self.add_job(
            home,
            created,
            service,
            record=self.record_for(home, created),
            site=site or home.site,
            campaign=campaign,
            status=status,
        )
        if job is not None:
            self.follow_ups(home, job, service)

    def make_callers(self) -> None:
        """Create the customers who never needed the website at first."""
        begin = max(OPEN, self.start - timedelta(days=600))
        for _ in range(int(self.count * 1.05)):
            home = self.new_home()
            self.call_in(home, self.moment(begin, CLOSE - timedelta(days=20)))
            if self.chance(0.16) and home.records:
                home.records[0].member = True
            if home.records:
                self.callers.append(home)
        self.callers.sort(key=lambda home: home.records[0].created)

    def lead_row(
        self, home: Home, when: datetime, service: str, site: Site, *, source: str, thin: bool = False
    ) -> Lead:
        """Write what the person typed."""
        rng, svc = self.rng, POOLS["services"][service]
        spouse = home.kind == "home" and self.chance(0.08)
        first, last = (home.spouse, home.spouse_last) if spouse else (home.first, home.last)
        phone, email = (home.phone2, home.email2) if spouse else (home.phone, home.email)
        phone = home.phone2 if self.chance(0.03) else phone
        has_phone, has_mail, has_street, has_last = {
            "Form": (0.98, 0.88, 0.8, 0.985),
            "Chat": (0.94, 0.74, 0.64, 0.94),
            "Marketplace": (0.97, 0.8, 0.74, 0.965),
        }[source]
        first = POOLS["nick"].get(first, first) if self.chance(0.25) else first
        if source == "Marketplace" and self.chance(0.12):
            email = f"lead-{rng.randrange(10**7, 10**8)}@relay.homedoor.example"
        message = rng.choice(svc["msg"]) + rng.choice(["", ".", "."]) + rng.choice(POOLS["tails"])
        if home.kind in ("landlord", "manager") or (home.kind == "tenant" and self.chance(0.4)):
            message += " " + POOLS["rental"][0 if home.kind == "tenant" else rng.randrange(1, 4)]
        lead = Lead(
            when,
            source,
            first,
            last if self.chance(has_last) else "",
            phone if self.chance(has_phone) else "",
            email if self.chance(has_mail) else "",
            Site(site.street if self.chance(has_street) else "", site.city, site.zip),
            svc["label"],
            message,
            "",
            "",
        )
        if thin:
            lead.first, lead.last, lead.site.street = first, last[0], ""
            lead.phone, lead.email = "", f"lead-{rng.randrange(10**7, 10**8)}@relay.homedoor.example"
        elif not lead.phone and not lead.email:
            lead.phone = phone
        self.roughen(lead)
        return lead

    def roughen(self, lead: Lead) -> None:
        """Add typing errors, casing and tracking fields."""
        rng = self.rng
        if self.chance(0.02) and lead.last:
            lead.last = typo(rng, lead.last)
        if self.chance(0.012) and lead.phone:
            at = rng.randrange(6, 10)
            lead.phone = lead.phone[:at] + str((int(lead.phone[at]) + rng.randrange(1, 10)) % 10) + lead.phone[at + 1 :]
        if self.chance(0.015) and "@" in lead.email:
            lead.email = typo(rng, lead.email.split("@")[0]) + "@" + lead.email.split("@")[1]
        words = lead.site.street.split()
        if self.chance(0.4):
            words = [POOLS["abbr"].get(word, word) for word in words]
        elif self.chance(0.12):
            words = [word for word in words if word not in ("N", "S", "E", "W", "St", "Ave", "Rd")]
        lead.site.street = " ".join(words)
        if self.chance(0.02) and len(lead.site.street) > 8:
            lead.site.street = typo(rng, lead.site.street)
        if self.chance(0.12):
            lead.first, lead.last, lead.site.street = lead.first.lower(), lead.last.lower(), lead.site.street.lower()
        if lead.source == "Form":
            lead.utm = rng.choice(["", "lafayette-plumbing", "kokomo-hvac", "indy-drain", "brand"])
            lead.page = "/" + rng.choice(["schedule", "drain-special", "hvac-quote", "contact"])

    def pick_home(self, when: datetime, thin: bool) -> tuple[Home, float]:
        """Choose who asks and how likely a booking is."""
        draw = self.rng.random()
        if draw < 0.025 and not thin:
            return self.new_home(far=True), 0.0
        if draw < 0.05 and not thin:
            return self.rng.choice(self.managers), 0.95
        if draw < 0.16 and not thin:
            home = self.rng.choice(self.callers) if self.callers else self.new_home()
            recent = any(abs((when - job.created).days) < 15 for job in home.jobs)
            if home.records and home.records[0].created < when and not recent and not home.spans:
                return home, 0.97 if any(job.created > when for job in home.jobs) else 0.6
        elif draw < 0.23 and self.askers and not thin:
            home = self.rng.choice(self.askers)
            if home.spans[-1][1] and home.jobs[-1].created + timedelta(days=25) < when:
                return home, 0.75
        return self.new_home(), 0.5

    def ask(self, when: datetime, *, twice: bool) -> None:
        """Play one request from submission to its last job."""
        rng = self.rng
        source = rng.choices(["Form", "Chat", "Marketplace"], [54, 24, 22])[0]
        thin = source == "Marketplace" and self.chance(0.011)
        home, odds = self.pick_home(when, thin)
        service = self.service_at(when)
        site = home.site
        if home.kind == "manager" or (home.kind == "landlord" and home.records):
            site = self.new_site()[0]
        elif home.records and self.chance(0.05):
            site = home.site = self.new_site()[0]
        lead = self.lead_row(home, when, service, site, source=source, thin=thin)
        self.leads.append(lead)
        spam = not home.records and odds > 0 and self.chance(0.03)
        if spam:
            lead.message, lead.service = rng.choice(POOLS["spam"]), "Other"
        if twice:
            self.repeat(home, lead, service, site)
        known = bool(home.jobs)
        if not spam and self.chance(odds):
            self.convert(home, lead, service, site)
        elif home.kind != "manager":
            home.spans.append((when, None))
            if not spam and odds > 0 and self.chance(0.05):
                created = self.office_time(when + timedelta(hours=rng.uniform(1, 30)))
                self.add_job(
                    home,
                    created,
                    service,
                    record=self.record_for(home, created),
                    site=site,
                    campaign=WEB_CAMPAIGN[source],
                    status="Canceled",
                )
            elif not known and odds > 0 and not spam and self.chance(0.005):
                self.late_call(home, lead, service, site)

    def late_call(self, home: Home, lead: Lead, service: str, site: Site) -> None:
        """Add a call months later that may or may not stem from the request."""
        created = self.office_time(lead.when + timedelta(days=self.rng.uniform(100, 260)))
        job = self.add_job(home, created, service, record=self.record_for(home, created), site=site)
        if job is not None:
            self.unsure.append((lead, job))

    def convert(self, home: Home, lead: Lead, service: str, site: Site) -> None:
        """Book the visit that the request asked for."""
        created = self.office_time(lead.when + self.lag(service, lead.when))
        record = self.record_for(home, created)
        draw = self.rng.random()
        campaign = WEB_CAMPAIGN[lead.source] if draw < 0.74 else self.rng.choice(POOLS["campaigns"])
        note = self.rng.choice(POOLS["services"][service]["sum"])
        if home.kind in ("tenant", "landlord", "manager") and self.chance(0.8):
            contact = f"{home.first} {home.last}" if home.kind != "landlord" else f"tenant {home.spouse}"
            number = home.phone if home.kind != "landlord" else home.phone2
            note += f". Call {contact} {pretty_phone(number)} OMW"
        elif self.chance(0.08):
            note += f". Per {self.rng.choice([home.first, home.spouse])}, call ahead"
        if self.chance(0.03):
            moved = created + timedelta(minutes=3)
            self.add_job(home, created, service, record=record, site=site, campaign=campaign, status="Canceled")
            created = self.office_time(moved + timedelta(hours=self.rng.uniform(1, 40)))
        job = self.add_job(home, created, service, record=record, site=site, campaign=campaign, note=note)
        if job is None:
            return
        for work in self.follow_ups(home, job, service):
            self.truth.append((lead, work, home))
        home.spans.append((lead.when, job.created))
        if home.kind != "manager":
            self.askers.append(home)

    def repeat(self, home: Home, lead: Lead, service: str, site: Site) -> None:
        """Send the same request again."""
        if self.chance(0.45):
            again = Lead(**{**vars(lead), "site": Site(**vars(lead.site))})
            again.when += timedelta(seconds=self.rng.randrange(4, 170))
        else:
            later = lead.when + timedelta(minutes=self.rng.expovariate(1 / 40) + 3)
            again = self.lead_row(home, later, service, site, source=self.rng.choice(["Form", "Chat", "Marketplace"]))
        self.leads.append(again)
        self.groups.append([lead, again])

    def clear(self, home: Home, when: datetime) -> bool:
        """Check that no open request of the household would claim a job at that time."""
        return self.chance(0.002) or not any(
            begin <= when and (booked is None or when <= booked + timedelta(days=1)) for begin, booked in home.spans
        )

    def aftermath(self) -> None:
        """Add plan visits, later calls and recalls."""
        for home in self.managers:
            for _ in range(self.rng.randrange(2, 9)):
                when = self.moment(self.start, CLOSE - timedelta(days=10))
                if self.clear(home, when):
                    self.call_in(home, when, self.new_site()[0])
        for home in self.homes:
            if not home.records or home.kind == "manager":
                continue
            record, begin = home.records[0], home.jobs[0].created if home.jobs else CLOSE
            record.member = record.member or (bool(home.spans) and self.chance(0.13))
            if record.member:
                self.plan_visits(home, record, begin)
            years = (CLOSE - begin).days / 365
            for _ in range(min(4, int(self.rng.expovariate(1 / (0.22 * years + 0.01))))):
                when = begin + timedelta(days=self.rng.uniform(20, max(21, years * 365)))
                if self.clear(home, when):
                    self.call_in(home, when)
            done = [job for job in home.jobs if job.completed]
            if done and self.chance(0.05):
                self.recall(home, self.rng.choice(done))

    def plan_visits(self, home: Home, record: Record, begin: datetime) -> None:
        """Add spring and fall tune-ups of a plan customer."""
        for year in range(begin.year, 2026):
            for month, type_, service in ((4, "AC Tune-Up", "ac"), (10, "Furnace Tune-Up", "furnace")):
                when = datetime(year, month, self.rng.randrange(1, 28), self.rng.randrange(8, 16), 10, tzinfo=UTC)
                if when > begin + timedelta(days=30) and self.chance(0.75) and self.clear(home, when):
                    self.add_job(
                        home,
                        when,
                        service,
                        record=record,
                        site=home.site,
                        type_=type_,
                        free=True,
                        note="Membership visit",
                        campaign="Membership",
                    )

    def recall(self, home: Home, job: Job) -> None:
        """Add a free return for earlier work."""
        when = (job.completed or job.created) + timedelta(days=self.rng.uniform(2, 50))
        created = self.office_time(when)
        if not self.clear(home, created) or created > CLOSE - timedelta(days=3):
            return
        service = next(key for key, svc in POOLS["services"].items() if svc["bu"] == job.unit)
        self.add_job(
            home,
            created,
            service,
            record=job.record,
            site=job.site,
            type_="Recall / Warranty",
            free=True,
            note=f"Recall from {job.jid}, same issue",
            recall=str(job.jid),
            campaign=job.campaign,
        )

    def ask_recalls(self, wanted: int) -> None:
        """Let some customers ask for their recall through the website."""
        by_job = {id(job): home for home in self.homes for job in home.jobs if job.recall}
        ready = [job for job in self.jobs if job.recall and self.start < job.created < LAST_LEAD]
        for job in self.rng.sample(ready, min(wanted, len(ready))):
            home = by_job[id(job)]
            service = next(key for key, svc in POOLS["services"].items() if svc["bu"] == job.unit)
            when = job.created - timedelta(minutes=self.rng.randrange(10, 400))
            lead = self.lead_row(home, when, service, job.site, source=self.rng.choice(["Form", "Chat"]))
            lead.message = "You were just out here and it is doing the same thing again. " + lead.message
            self.leads.append(lead)
            self.unsure.append((lead, job))

    def run(self) -> None:
        """Play all years."""
        twice = round(self.count * 0.055)
        recalls = self.count // 160
        self.make_callers()
        requests = self.count - twice - recalls
        times = sorted(self.moment(self.start, LAST_LEAD) for _ in range(requests))
        doubled = set(self.rng.sample(range(requests), twice))
        for index, when in enumerate(times):
            self.ask(when, twice=index in doubled)
        self.aftermath()
        self.ask_recalls(recalls)
        while len(self.leads) < self.count:
            self.ask(self.moment(self.start, LAST_LEAD), twice=False)
        self.leads.sort(key=lambda lead: lead.when)
        for index, lead in enumerate(self.leads):
            lead.number = f"TR-{10401 + index}"
        self.jobs.sort(key=lambda job: job.jid)
        self.find_hopeless()

    def find_hopeless(self) -> None:
        """List true pairs that share nothing a reader could see."""
        linked = {id(lead) for lead, job, home in self.truth if shares(lead, job, home)}
        self.unsure += [(lead, job) for lead, job, _ in self.truth if id(lead) not in linked]


def shares(lead: Lead, job: Job, home: Home) -> bool:
    """Check whether a request and a job show one common fact."""
    seen = f"{job.record.name} {job.summary}".lower()
    mails = {job.record.email.lower()} - {""}
    streets = {street_key(job.site.street), street_key(job.record.bill.street)}
    named = len(lead.last) > 1 and f" {lead.last.lower()} " in f" {seen.replace(',', ' ').replace('.', ' ')} "
    noted = pretty_phone(lead.phone) in job.summary if lead.phone else False
    met = home.first.lower() in job.summary.lower() and lead.first.lower() == home.first.lower()
    return (
        lead.phone in job.record.phones
        or lead.email.lower() in mails
        or named
        or noted
        or met
        or street_key(lead.site.street) in streets
    )


def lead_cells(rng: random.Random, lead: Lead) -> list[str]:
    """Format one request for the export."""
    p = lead.phone
    forms = {
        "Form": [f"({p[:3]}) {p[3:6]}-{p[6:]}", f"{p[:3]}-{p[3:6]}-{p[6:]}", p],
        "Chat": [p, f"+1{p}"],
        "Marketplace": [f"{p[:3]}.{p[3:6]}.{p[6:]}", f"+1 {p[:3]}-{p[3:6]}-{p[6:]}"],
    }[lead.source]
    return [
        lead.number,
        f"{to_utc(lead.when):%Y-%m-%dT%H:%M:%SZ}",
        lead.source,
        lead.first,
        lead.last,
        rng.choice(forms) if p else "",
        lead.email,
        lead.site.street,
        lead.site.city,
        "IN" if lead.site.city != "Danville" else "IL",
        lead.site.zip,
        lead.service,
        lead.message,
        lead.utm,
        lead.page,
    ]


def job_cells(job: Job) -> list[str]:
    """Format one job for the export."""
    record, bill = job.record, job.record.bill
    return [
        str(job.jid),
        stamp(job.created),
        stamp(job.scheduled),
        stamp(job.completed),
        job.status,
        job.type,
        job.unit,
        job.campaign,
        str(record.cid),
        record.name,
        record.kind,
        ", ".join(pretty_phone(phone) for phone in record.phones),
        record.email,
        job.site.street,
        job.site.city,
        "IN",
        job.site.zip,
        f"{bill.street}, {bill.city}, IN {bill.zip}",
        job.project,
        job.recall,
        f"${job.total:,.2f}",
        job.summary,
        job.tech,
        job.booked,
    ]


def customer_cells(record: Record) -> list[str]:
    """Format one customer for the export."""
    bill = record.bill
    return [
        str(record.cid),
        record.name,
        record.kind,
        stamp(record.created),
        ", ".join(pretty_phone(phone) for phone in record.phones),
        record.email,
        bill.street,
        bill.city,
        "IN",
        bill.zip,
        "Yes" if record.cid % 41 else "No",
        "Comfort Club" if record.member else "",
    ]


def save(path: Path, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write one CSV file."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        table = csv.writer(handle, lineterminator="\n")
        table.writerow(head)
        table.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write all files of the office."""
    office = Office(seed, leads)
    office.run()
    records = sorted((r for home in office.homes for r in home.records if r.created <= CLOSE), key=lambda r: r.cid)
    save(folder / "leads.csv", LEAD_HEAD, [lead_cells(office.rng, lead) for lead in office.leads])
    save(folder / "jobs.csv", JOB_HEAD, map(job_cells, office.jobs))
    save(folder / "customers.csv", CUSTOMER_HEAD, map(customer_cells, records))
    save(
        folder / "truth.csv",
        ["lead_id", "job_id"],
        sorted([lead.number, str(job.jid)] for lead, job, _ in office.truth),
    )
    save(
        folder / "lead_groups.csv",
        ["lead_id", "group_id"],
        [[lead.number, f"G{n + 1}"] for n, group in enumerate(office.groups) for lead in group],
    )
    save(
        folder / "ambiguous.csv",
        ["lead_id", "job_id"],
        sorted([lead.number, str(job.jid)] for lead, job in office.unsure),
    )
