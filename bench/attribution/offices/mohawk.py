"""Generate the requests and jobs of a made-up heating, plumbing and water office.

The office works from Albany, Schenectady and Utica in upstate New York.
It converts oil heat to gas, fixes boilers, does plumbing and treats well water.
Requests come from a form plugin, a review site's messages and a call tracker.
The form and the review site export in UTC without a mark. Calls and jobs are in local time.
True: the first visit booked because of a request, and later work on the same account that continues it.
A one-time cleaning is true when the request asked for it.
Not true: plan visits, later unrelated calls, canceled jobs and free callbacks.
Hard: jobs under a spouse, landlord, parent or manager, second phones, duplicate accounts,
abbreviated streets, nicknames, typing errors, moved customers and families with one name.
A callback that got its own request is listed as ambiguous.
"""

import csv
import json
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# All times are the office's wall clock; the zone is a formality.
POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
Row = dict[str, str]
MONTHS = [1.35, 1.15, 0.9, 0.7, 0.75, 0.85, 0.8, 0.85, 1.05, 1.4, 1.3, 1.2]
HOURS = [1, 0.5, 0.4, 0.4, 0.6, 2, 4, 7, 9, 10, 9, 8, 8, 7, 7, 7, 7, 7, 8, 8, 7, 6, 4, 2]
TITLES = ("daughter", "son", "realtor", "niece", "neighbor")


@dataclass
class Person:
    """Hold one person and the ways to reach them."""

    first: str
    last: str
    cell: str
    email: str
    work: str = ""


@dataclass
class Place:
    """Hold one service address."""

    street: str
    unit: str
    town: str
    code: str


@dataclass(eq=False)
class Account:
    """Hold one customer of the office and what the office typed in."""

    main: Person
    other: Person | None
    company: str
    sites: list[Place]
    bill: Place
    home: str
    since: datetime
    plan: bool = False
    memo: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    busy: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    lost: bool = False
    blocks: list[tuple[datetime, datetime]] = field(default_factory=list)
    number: int = 0


@dataclass(eq=False)
class Job:
    """Hold one job of the office's software."""

    account: Account
    place: Place
    entered: datetime
    scheduled: datetime
    kind: str
    dept: str
    status: str
    amount: float
    source: str
    notes: list[str]
    completed: datetime | None = None
    parent: "Job | None" = None
    root: "Job | None" = None
    number: int = 0


@dataclass(eq=False)
class Lead:
    """Hold one submission and the jobs that are due to it."""

    when: datetime
    channel: str
    first: str
    last: str
    phone: str
    email: str
    place: Place | None
    service: str
    message: str
    known: bool
    jobs: list[Job] = field(default_factory=list)
    back: Job | None = None
    twin: "Lead | None" = None
    number: int = 0


@dataclass
class Visit:
    """Hold who asks for what, where, and under which account."""

    when: datetime
    person: Person
    account: Account
    place: Place
    service: str
    role: str
    known: bool


def utc(local: datetime) -> datetime:
    """Turn New York time into UTC."""
    march = datetime(local.year, 3, 8, tzinfo=UTC)
    november = datetime(local.year, 11, 1, tzinfo=UTC)
    begin = march + timedelta(days=(6 - march.weekday()) % 7, hours=2)
    end = november + timedelta(days=(6 - november.weekday()) % 7, hours=2)
    return local + timedelta(hours=4 if begin <= local < end else 5)


class Office:
    """Simulate the office over some years."""

    def __init__(self, seed: int, leads: int) -> None:
        """Set the time span, the mix of streets and empty lists."""
        self.rng = random.Random(f"mohawk-{seed}")
        self.target = leads
        self.days = max(120, min(2000, int(leads * 0.6)))
        early = self.rng.randint(0, max(1, min(400, 2080 - self.days)))
        last = datetime(2025, 10, 31, tzinfo=UTC) - timedelta(days=early)
        self.start, self.end = last - timedelta(days=self.days), last
        self.streets = [(s, self.rng.uniform(0.2, 2.0)) for s in POOLS["streets"]]
        self.town_weights = [t[2] * self.rng.uniform(0.6, 1.5) for t in POOLS["towns"]]
        self.local: dict[str, list[str]] = {}
        for row in POOLS["towns"]:
            names = self.rng.sample(self.streets, 26)
            self.local[row[0]] = self.rng.choices([n for n, _ in names], [w for _, w in names], k=40)
        self.used: set[str] = set()
        self.accounts: list[Account] = []
        self.jobs: list[Job] = []
        self.leads: list[Lead] = []

    def chance(self, share: float) -> bool:
        """Draw a yes with the given share."""
        return self.rng.random() < share

    def phone(self, area: str = "") -> str:
        """Draw an unused number."""
        while True:
            code = area if area and self.chance(0.8) else self.rng.choice(POOLS["areas"])
            number = f"{code}555{self.rng.randrange(10000):04d}"
            if number not in self.used:
                self.used.add(number)
                return number
            area = area if self.chance(0.7) else ""

    def person(self, area: str, last: str = "") -> Person:
        """Make one person."""
        first = self.rng.choice(POOLS["male"] if self.chance(0.5) else POOLS["female"])
        last = last or self.rng.choice(POOLS["last"])
        work = self.phone(area) if self.chance(0.2) else ""
        return Person(first, last, self.phone(area), self.mailbox(first, last), work)

    def mailbox(self, first: str, last: str) -> str:
        """Make an email address that fits a name."""
        one, two = first.lower(), "".join(c for c in last.lower() if c.isalpha())
        tail = str(self.rng.randint(2, 99)) if self.chance(0.65) else ""
        forms = [
            f"{one}.{two}{tail}",
            f"{one[0]}{two}{tail}",
            f"{one}{two}{tail}",
            f"{two}{one[0]}{tail}",
            f"{one}{self.rng.randint(100, 9999)}",
            f"{two}family{tail}",
        ]
        name = self.rng.choices(forms, [6, 5, 4, 3, 1, 1])[0]
        while (address := f"{name}@{self.rng.choice(POOLS['domains'])}") in self.used:
            name += str(self.rng.randrange(10))
        self.used.add(address)
        return address

    def place(self, town: str = "", share: float = 0.09) -> Place:
        """Make one address in the area, or in one town."""
        rows = POOLS["towns"]
        row = next(r for r in rows if r[0] == town) if town else self.rng.choices(rows, self.town_weights)[0]
        street = f"{self.rng.randint(1, 399) if self.chance(0.7) else self.rng.randint(400, 4900)} " + self.rng.choice(
            self.local[row[0]]
        )
        unit = self.rng.choice(["Apt 1", "Apt 2", "2nd Fl", "Unit B", "Apt 3R"]) if self.chance(share) else ""
        return Place(street, unit, row[0], row[1])

    def area(self, place: Place) -> str:
        """Find the area code of a town."""
        return next((r[3] for r in POOLS["towns"] if r[0] == place.town), "518")

    def household(self, since: datetime, kind: str) -> Account:
        """Make a new account of the given kind."""
        site = self.place(share=0.5 if kind in ("tenant", "manager") else 0.05)
        area, last = self.area(site), ""
        if kind == "home" and self.accounts and self.chance(0.03):
            kin = self.rng.choice(self.accounts)
            last, site = kin.main.last, self.place(kin.sites[0].town)
        main = self.person(area, last)
        other = None
        if kind == "home" and self.chance(0.62):
            other = self.person(area, main.last if self.chance(0.83) else "")
        sites, bill = [site], site
        if kind != "home":
            bill = self.place()
            more = self.rng.randint(2, 8) if kind == "manager" else self.rng.randint(0, 2)
            sites += [self.place(site.town, 0.5) for _ in range(more)]
        company = self.rng.choice(POOLS["firms"]) if kind == "manager" else ""
        home = self.phone(area) if self.chance(0.33) else ""
        account = Account(main, other, company, sites, bill, home, since, plan=kind == "home" and self.chance(0.24))
        account.memo = self.fill(self.rng.choice(POOLS["memos"])) if self.chance(0.15) else ""
        self.type_in(account, None, "")
        return account

    def type_in(self, account: Account, asker: Person | None, given: str) -> None:
        """Record names, phones and email as the office typed them."""
        main, other = account.main, account.other
        first = self.nickname(main.first, 0.12)
        if other and self.chance(0.1):
            first += f" & {other.first}"
        cell = main.cell if self.chance(0.92) else (other.cell if other else main.cell)
        work = main.work if main.work and self.chance(0.5) else ""
        if asker and given and asker in (main, other) and self.chance(0.93):
            if given not in (account.home, main.work):
                cell = given
            elif given == main.work:
                work = given
        if other and not work and self.chance(0.3):
            work = other.cell
        source = asker if asker in (main, other) and asker else main
        email = source.email if self.chance(0.72) else ""
        account.typed = {
            "first": self.typo(first, 0.012),
            "last": self.typo(main.last, 0.02),
            "cell": self.digits(cell, 0.01),
            "home": self.digits(account.home, 0.008),
            "work": work,
            "email": self.typo(email, 0.015),
            "shape": self.rng.choices(["long", "short", "caps"], [3, 5, 2])[0],
        }

    def nickname(self, first: str, share: float) -> str:
        """Swap a name for its short form now and then."""
        return self.rng.choice(POOLS["nick"][first]) if first in POOLS["nick"] and self.chance(share) else first

    def typo(self, text: str, share: float) -> str:
        """Put in one slip of the keyboard now and then."""
        if len(text) < 4 or not self.chance(share):
            return text
        spot = self.rng.randint(1, len(text) - 2)
        if self.chance(0.4):
            return text[:spot] + text[spot + 1 :]
        if self.chance(0.5):
            return text[:spot] + text[spot] + text[spot:]
        return text[:spot] + text[spot + 1] + text[spot] + text[spot + 2 :]

    def digits(self, number: str, share: float) -> str:
        """Change one of the last four digits now and then."""
        if not number or not self.chance(share):
            return number
        spot = self.rng.randint(6, 9)
        return number[:spot] + str((int(number[spot]) + self.rng.randint(1, 9)) % 10) + number[spot + 1 :]

    def fill(self, text: str) -> str:
        """Fill the slots of a text."""
        text = text.replace("{n}", str(self.rng.randint(2, 6)))
        for name, words in POOLS["slots"].items():
            if "{" + name + "}" in text:
                text = text.replace("{" + name + "}", self.rng.choice(words))
        return text.strip()

    def moment(self) -> datetime:
        """Draw the time of a request by season and hour."""
        while True:
            day = self.start + timedelta(days=self.rng.randrange(self.days))
            if self.chance(MONTHS[day.month - 1] / 1.4) and (day.weekday() < 5 or self.chance(0.65)):
                hour = self.rng.choices(range(24), HOURS)[0]
                return day + timedelta(hours=hour, seconds=self.rng.randrange(3600))

    def open_time(self, when: datetime) -> datetime:
        """Move a time into the office's hours."""
        while when.weekday() == 6 or not 7 <= when.hour < (12 if when.weekday() == 5 else 17):
            later = when if when.hour < 7 else when + timedelta(days=1)
            when = later.replace(hour=7, minute=self.rng.randint(5, 59))
            if when.weekday() == 6:
                when += timedelta(days=1)
        return when.replace(microsecond=0)

    def service(self, when: datetime) -> str:
        """Draw a service by month."""
        names = list(POOLS["services"])
        return str(self.rng.choices(names, [POOLS["services"][n]["months"][when.month - 1] for n in names])[0])

    def note(self, kind: str) -> list[str]:
        """Draw a technician's note for a job type."""
        key = next((k for k in POOLS["notes"] if kind.startswith(k)), "Service")
        return [self.fill(self.rng.choice(POOLS["notes"][key]))] if self.chance(0.82) else []

    def book(self, account: Account, place: Place, entered: datetime, step: Sequence[Any], urgent: bool) -> Job:
        """Enter one job; step holds type, department and the range of its price."""
        kind, dept, low, high = step
        busy = 1.6 if entered.month in (10, 11, 12, 1) else 1.0
        wait = self.rng.expovariate(1 / (0.5 if urgent else 3.2 * busy))
        slot = self.open_time(entered + timedelta(days=min(wait, 30), minutes=50))
        slot = slot.replace(minute=self.rng.choice([0, 0, 0, 30]), second=0)
        slot = slot if slot > entered else slot + timedelta(hours=1)
        amount = round(math.exp(self.rng.uniform(math.log(low), math.log(high)))) if high else 0
        job = Job(account, place, entered, slot, kind, dept, "Scheduled", float(amount), "", self.note(kind))
        done = slot + timedelta(minutes=self.rng.randint(35, 240), days=self.rng.choice([0, 1, 2]) * (amount > 5000))
        if done < self.end + timedelta(days=3):
            job.completed = done
            job.status = self.rng.choices(["Completed", "Invoiced", "Paid"], [3, 3, 6])[0]
            if kind.startswith("Estimate"):
                job.status = "Est - Open" if (self.end - done).days < 40 else "Est - Lost"
            elif amount and self.chance(0.5):
                job.amount += self.rng.randint(1, 99) / 100
        else:
            job.amount, job.notes = 0.0, []
        self.jobs.append(job)
        return job

    def cancel(self, job: Job) -> None:
        """Turn a job into a canceled one."""
        job.status, job.completed, job.amount = "Canceled", None, 0.0
        job.notes = [self.rng.choice(["cust canceled", "went w/ other co", "n/a x3, closed", "will call to resched"])]

    def chain(self, account: Account, place: Place, entered: datetime, service: str) -> list[Job]:
        """Enter the first visit and the work that continues it."""
        menu = POOLS["services"][service]
        first = self.rng.choices(menu["first"], [f[3] for f in menu["first"]])[0]
        step = (first[0], menu["dept"], *first[1:3])
        jobs = [self.book(account, place, entered, step, service in ("noheat", "drain"))]
        for share, kind, low, high, soon, late, needed in menu["next"]:
            done = jobs[-1].completed
            if done is None or jobs[0].kind == kind == "Install - Water Heater":
                break
            later = self.open_time(done + timedelta(days=self.rng.uniform(soon, late) * 0.6))
            if later > self.end or (not self.chance(share) and needed):
                break
            if not needed and not self.chance(share):
                continue
            job = self.book(account, place, later, (kind, menu["dept"], low, high), urgent=False)
            self.follow(jobs[-1], job)
            jobs.append(job)
        account.busy = max(account.busy, *(j.scheduled for j in jobs)) + timedelta(days=4)
        return jobs

    def follow(self, before: Job, job: Job) -> None:
        """Tie a job to the one it continues."""
        if before.status.startswith("Est"):
            before.status = "Est - Sold"
        if self.chance(0.6):
            job.parent = before
        if job.kind.startswith(("Install", "Tank", "Startup")) and self.chance(0.7):
            before.root = before.root or before
            job.root = before.root
        if self.chance(0.35):
            job.notes.insert(0, self.rng.choice(["cont of WO {ref}", "2nd trip, see {ref}", "per est WO {ref}"]))
            job.parent = before

    def callback(self, job: Job, when: datetime) -> Job:
        """Enter a free return to earlier work."""
        kind = self.rng.choice(["Callback - N/C", "Callback - Warranty"])
        back = self.book(job.account, job.place, when, (kind, job.dept, 0, 0), urgent=True)
        back.parent = job if self.chance(0.7) else None
        job.account.busy = max(job.account.busy, back.scheduled + timedelta(days=4))
        return back

    def newcomer(self, when: datetime) -> Visit:
        """Make a request by a new person."""
        role = self.rng.choices(["self", "tenant", "helper", "manager"], [88, 3.5, 4, 4.5])[0]
        account = self.household(when, {"tenant": "tenant", "manager": "manager"}.get(role, "home"))
        person, place = account.main, account.sites[0]
        if account.other and self.chance(0.16):
            person = account.other
            role = "spouse"
        if role in ("tenant", "helper"):
            same = role == "helper" and self.chance(0.5)
            person = self.person(self.area(place), account.main.last if same else "")
        return Visit(when, person, account, place, self.service(when), role, known=False)

    def returning(self, when: datetime) -> Visit | None:
        """Let an old customer ask again, if one is free."""
        for _ in range(8):
            account = self.rng.choice(self.accounts)
            if account.since < when - timedelta(days=25) and account.busy < when and not account.lost:
                break
        else:
            return None
        person = account.other if account.other and self.chance(0.25) else account.main
        if not account.company and self.chance(0.04):
            account.sites.append(self.place())
        place = self.rng.choice(account.sites) if account.company else account.sites[-1]
        return Visit(when, person, account, place, self.service(when), "self", known=True)

    def submit(self, visit: Visit) -> Lead:
        """Fill in a form, a message or a call record."""
        rng, who = self.rng, visit.person
        channel = rng.choices(
            ["Request Service", "Free Estimate", "Contact Us", "ReviewPages", "Call"], [34, 19, 15, 15, 17]
        )[0]
        phone = rng.choices([who.cell, visit.account.home or who.cell, who.work or who.cell], [74, 16, 10])[0]
        if visit.role in ("tenant", "helper"):
            phone = who.cell
        place_share = {
            "Request Service": 0.97,
            "Free Estimate": 0.8,
            "Contact Us": 0.12,
            "ReviewPages": 0.3,
            "Call": 0.66,
        }
        email = who.email if channel != "Call" and self.chance(0.97) else ""
        if channel == "ReviewPages" and self.chance(0.3):
            email = f"msg-{rng.randrange(16**8):08x}@reply.reviewpages.example"
        if channel == "ReviewPages" and self.chance(0.12):
            phone = ""
        last = who.last
        if channel in ("ReviewPages", "Call") and self.chance(0.13):
            last = "" if channel == "Call" else who.last[0] + "."
        message = self.fill(rng.choice(POOLS["messages"][visit.service])) if self.chance(0.9) else ""
        if visit.role == "helper":
            message = f"This is for my {rng.choice(['mother', 'father', 'aunt'])}'s house. {message}"
        if visit.role == "tenant" and self.chance(0.6):
            message += f" I rent, landlord is {visit.account.main.first} {visit.account.main.last}."
        if visit.role == "manager":
            message = f"{visit.account.company} - {message}"
        place = visit.place if self.chance(place_share[channel]) else None
        label = POOLS["services"][visit.service]["label"] if self.chance(0.88) else "Other / Not sure"
        lead = Lead(
            visit.when,
            channel,
            self.typo(self.nickname(who.first, 0.17), 0.008),
            self.typo(last, 0.008),
            self.digits(phone, 0.01),
            self.typo(email, 0.01),
            place,
            label,
            message.strip(),
            visit.known,
        )
        self.leads.append(lead)
        return lead

    def respond(self, when: datetime, service: str) -> datetime:
        """Find the time when the office enters the job."""
        if service == "noheat" and self.chance(0.45):
            return when + timedelta(minutes=self.rng.randint(4, 55))
        hours = self.rng.lognormvariate(math.log(2.2), 1.1)
        if when.month in (10, 11, 12, 1):
            hours *= 1.7
        if self.chance(0.05):
            hours += self.rng.uniform(48, 400)
        return self.open_time(when + timedelta(hours=min(hours, 480)))

    def copy_account(self, visit: Visit, entered: datetime) -> Account:
        """Enter a known customer a second time."""
        old = visit.account
        new = Account(old.main, old.other, old.company, [visit.place], old.bill, old.home, entered)
        new.busy = datetime(2100, 1, 1, tzinfo=UTC)
        self.accounts.append(new)
        return new

    def role_note(self, visit: Visit, lead: Lead) -> str:
        """Write who asked, when it is not the account's name."""
        who, account = visit.person, visit.account
        number = f" {who.cell[:3]}-{who.cell[3:6]}-{who.cell[6:]}" if self.chance(0.6) else ""
        if visit.role == "tenant":
            return f"tenant {who.first} {who.last}{number}" if self.chance(0.85) else "tenant will let in"
        if visit.role == "helper":
            return f"{self.rng.choice(TITLES)} {who.first} {who.last}{number} set up appt"
        if who is account.other and self.chance(0.5):
            return f"call {who.first}{number}"
        return "web req" if lead.channel != "Call" and self.chance(0.1) else ""

    def handle(self, visit: Visit, lead: Lead) -> None:
        """Decide what becomes of a request and enter its jobs."""
        account = visit.account
        share = POOLS["services"][visit.service]["close"] + (0.14 if visit.known or visit.role == "manager" else 0)
        won = self.chance(share)
        entered = self.respond(visit.when, visit.service)
        canceled = self.chance(0.035 if won else 0.08)
        if not won and not canceled:
            account.lost = True
            account.blocks.append((visit.when, datetime(2100, 1, 1, tzinfo=UTC)))
            if not visit.known and self.chance(0.12):
                self.type_in(account, visit.person, lead.phone)
                self.accounts.append(account)
            return
        target = account
        if not visit.known:
            self.accounts.append(account)
        elif self.chance(0.04) and not account.company:
            target = self.copy_account(visit, entered)
        if target is not account or not visit.known:
            self.type_in(target, visit.person, lead.phone)
        account.blocks.append((visit.when, entered))
        if canceled:
            menu = POOLS["services"][visit.service]
            self.cancel(
                self.book(target, visit.place, entered, (menu["first"][0][0], menu["dept"], 0, 0), urgent=False)
            )
            entered = self.open_time(entered + timedelta(days=self.rng.uniform(0.2, 3)))
        if won:
            lead.jobs = self.chain(target, visit.place, entered, visit.service)
            account.busy = max(account.busy, lead.jobs[-1].scheduled + timedelta(days=4))
            note = self.role_note(visit, lead)
            lead.jobs[0].notes = ([note] if note else []) + lead.jobs[0].notes
        account.busy = max(account.busy, entered)

    def junk(self, when: datetime) -> None:
        """Let in spam or a request from outside the area."""
        spot = self.place()
        who = self.person(self.rng.choice(POOLS["areas"]))
        account = Account(who, None, "", [spot], spot, "", when)
        lead = self.submit(Visit(when, who, account, spot, self.service(when), "self", known=False))
        if self.chance(0.4):
            town, code = self.rng.choice(POOLS["far"])
            lead.place = Place(spot.street, "", town, code) if lead.place else None
            lead.message += f" We are in {town}."
        elif lead.channel not in ("Call", "ReviewPages"):
            lead.message, lead.service = self.rng.choice(POOLS["spam"]), "Other / Not sure"
        else:
            lead.message = "wrong number / not our service"

    def repeat(self, visit: Visit, lead: Lead) -> None:
        """Send the same request again, by double click or another channel."""
        if self.chance(0.4):
            twin = Lead(**{**lead.__dict__, "when": lead.when + timedelta(seconds=self.rng.randint(1, 90))})
            twin.jobs = []
            self.leads.append(twin)
        else:
            gap = timedelta(hours=self.rng.choice([0.2, 0.5, 1, 3, 20, 28, 50]), minutes=self.rng.randint(1, 50))
            person, mate = visit.person, visit.account.other
            if mate and person is visit.account.main and self.chance(0.15):
                person = mate
            again = Visit(visit.when + gap, person, visit.account, visit.place, visit.service, visit.role, visit.known)
            twin = self.submit(again)
            if self.chance(0.6):
                twin.message = self.rng.choice(POOLS["repeat_msgs"])
        twin.twin = lead

    def complain(self, visit: Visit, lead: Lead) -> bool:
        """Send a request about earlier work and enter the callback."""
        job = lead.jobs[-1] if lead.jobs else None
        if job is None or job.completed is None or job.kind.startswith("Estimate"):
            return False
        when = job.completed + timedelta(days=self.rng.uniform(2, 30), hours=self.rng.uniform(0, 5))
        if when > self.end:
            return False
        when = when.replace(microsecond=0)
        again = self.submit(
            Visit(when, visit.person, visit.account, visit.place, visit.service, visit.role, known=True)
        )
        again.message = self.rng.choice(POOLS["back_msgs"])
        again.back = self.callback(job, self.respond(when, "noheat"))
        visit.account.blocks.append((when, again.back.entered))
        visit.account.busy = max(visit.account.busy, again.back.scheduled + timedelta(days=4))
        return True

    def request(self, when: datetime, *, extra: bool) -> None:
        """Run one request from the submission to the last job."""
        if not extra and self.chance(0.075):
            self.junk(when)
            return
        visit = self.returning(when) if self.chance(0.2) else None
        visit = visit or self.newcomer(when)
        lead = self.submit(visit)
        self.handle(visit, lead)
        if extra and not (self.chance(0.28) and self.complain(visit, lead)):
            self.repeat(visit, lead)
        elif lead.jobs and lead.jobs[-1].completed and self.chance(0.035):
            late = self.open_time(lead.jobs[-1].completed + timedelta(days=self.rng.uniform(2, 25)))
            if late < self.end and not lead.jobs[-1].kind.startswith("Estimate"):
                visit.account.busy = max(visit.account.busy, self.callback(lead.jobs[-1], late).scheduled)

    def walk_in(self, when: datetime) -> None:
        """Enter a new customer who came by phone or referral."""
        kind = self.rng.choices(["home", "tenant", "manager"], [92, 5, 3])[0]
        entered = self.open_time(when)
        account = self.household(entered, kind)
        self.accounts.append(account)
        self.chain(account, account.sites[0], entered, self.service(when))

    def background(self, account: Account) -> None:
        """Enter plan visits and unrelated calls of one account."""
        begin = max(self.start - timedelta(days=100), account.since + timedelta(days=45))
        span = (self.end - begin).days
        if span <= 0 or account.busy.year == 2100:
            return
        rate = 2.4 if account.company else 0.42
        count = sum(self.chance(rate * span / 365 / 12) for _ in range(12))
        times = [begin + timedelta(days=self.rng.uniform(0, span)) for _ in range(count)]
        years = range(begin.year, 2026)
        plan_days = [datetime(y, self.rng.randint(5, 10), self.rng.randint(1, 28), 9, tzinfo=UTC) for y in years]
        plan = [d for d in plan_days if account.plan and begin <= d <= self.end]
        stray = self.chance(0.008)
        for when in sorted(times + plan):
            entered = self.open_time(when.replace(microsecond=0))
            if entered > self.end or (
                not stray
                and any(a - timedelta(hours=1) <= entered <= b + timedelta(hours=6) for a, b in account.blocks)
            ):
                continue
            kind = self.rng.choice(list(POOLS["later"]))
            step = (kind, *POOLS["later"][kind])
            if when in plan:
                step = (f"Plan Tune-Up {self.rng.choice(['Oil', 'Gas'])}", "HTG", 0, 0)
            place = self.rng.choice(account.sites)
            if account.bill in account.sites:
                place = account.sites[-1 if account.blocks and entered > account.blocks[-1][0] else 0]
            job = self.book(account, place, entered, step, kind == "No Heat Call")
            if self.chance(0.04):
                self.cancel(job)

    def run(self) -> None:
        """Simulate the whole time span."""
        for _ in range(int(self.target * 0.9) + 5):
            since = self.start - timedelta(days=self.rng.randint(30, 3000), hours=self.rng.randint(0, 8))
            kind = self.rng.choices(["home", "tenant", "manager"], [94, 4, 2])[0]
            self.accounts.append(self.household(self.open_time(since), kind))
        extras = int(self.target * 0.065)
        flags = [True] * extras + [False] * (self.target - 2 * extras)
        self.rng.shuffle(flags)
        events = [(self.moment(), 1 + flag) for flag in flags]
        events += [(self.moment(), 0) for _ in range(int(self.target * 0.45))]
        for when, requests in sorted(events):
            if requests:
                self.request(when, extra=requests == 2)
            else:
                self.walk_in(when)
        for account in self.accounts:
            self.background(account)
        for job in self.jobs:
            job.source = self.rng.choice(POOLS["sources"])
        self.count()

    def count(self) -> None:
        """Give out the numbers in the order of time."""
        self.leads.sort(key=lambda x: x.when)
        self.jobs.sort(key=lambda x: x.entered)
        self.accounts.sort(key=lambda x: x.since)
        number = self.rng.randint(2000, 3000)
        for rows in (self.leads, self.accounts, self.jobs):
            for row in rows:
                number += self.rng.choice([1, 1, 1, 1, 2, 3])
                row.number = number
            number = (number // 10000 + 1) * 10000 + self.rng.randint(100, 4000)

    def written(self, place: Place, shape: str) -> str:
        """Write a street the way one person types it."""
        words = place.street.split(" ")
        if shape != "long":
            words = [self.rng.choice(POOLS["abbr"][w]) if w in POOLS["abbr"] else w for w in words]
        text = self.typo(" ".join(words), 0.012)
        if place.unit:
            unit = place.unit.replace("Apt ", "#") if self.chance(0.3) else place.unit
            text += f"{self.rng.choice([' ', ', '])}{unit}"
        return text.upper() if shape == "caps" else text.lower() if shape == "lower" else text


def dashed(number: str, form: str) -> str:
    """Write a phone number in one of the exports' forms."""
    if not number:
        return ""
    a, b, c = number[:3], number[3:6], number[6:]
    return {"form": f"({a}) {b}-{c}", "plain": number, "call": f"+1{number}"}.get(form, f"{a}-{b}-{c}")


def lead_row(office: Office, lead: Lead) -> dict[str, str]:
    """Write one request as its channel exports it."""
    rng, call = office.rng, lead.channel == "Call"
    shape = rng.choices(["long", "short", "lower"], [4, 6, 1])[0]
    first, last = (lead.first.lower(), lead.last.lower()) if office.chance(0.04) else (lead.first, lead.last)
    style = {"Call": "call", "ReviewPages": "dash"}.get(lead.channel) or rng.choice(["form", "form", "form", "plain"])
    place, known = lead.place, "Yes" if lead.known != office.chance(0.1) else "No"
    town = place.town if place and office.chance(0.94) else ""
    return {
        "Entry Id": str(lead.number),
        "Entry Date": (lead.when if call else utc(lead.when)).strftime("%Y-%m-%d %H:%M:%S"),
        "Source": {"Call": "Call Tracker", "ReviewPages": "Review Site Message"}.get(lead.channel, "Website Form"),
        "Form": "" if call or lead.channel == "ReviewPages" else lead.channel,
        "Name (First)": first,
        "Name (Last)": last,
        "Phone": dashed(lead.phone, style),
        "Email": lead.email,
        "Address (Street Address)": office.written(place, shape) if place else "",
        "Address (City)": town,
        "Address (ZIP)": place.code if place and office.chance(0.93) else "",
        "I need help with": "" if call else lead.service,
        "Message": lead.message,
        "Existing customer?": known if lead.channel == "Request Service" else "",
        "How did you hear about us?": "" if call else rng.choice(POOLS["heard"]),
        "Call Length": f"{rng.randint(0, 8)}:{rng.randint(0, 59):02d}" if call else "",
    }


def client_row(office: Office, account: Account) -> dict[str, str]:
    """Write the client's part of a job or customer row."""
    typed = account.typed
    name = f"{typed['last']}, {typed['first']}"
    if typed["shape"] == "caps":
        name = name.upper()
    return {
        "Client": name,
        "Company": account.company,
        "Phone (H)": dashed(typed["home"], ""),
        "Phone (C)": dashed(typed["cell"], ""),
        "Phone (W)": dashed(typed["work"], ""),
        "E-Mail": typed["email"],
        "Bill Address": office.written(account.bill, typed["shape"]),
        "Bill Town": account.bill.town,
        "Bill St": "NY",
        "Bill Zip": account.bill.code,
    }


def job_row(office: Office, job: Job, client: dict[str, str]) -> dict[str, str]:
    """Write one job as the office's software exports it."""
    notes = "; ".join(job.notes).replace("{ref}", str(job.parent.number if job.parent else ""))
    if office.chance(0.15):
        notes = notes.upper()
    site = job.place
    stamp = "%m/%d/%Y %I:%M %p"
    left = {k: v for k, v in client.items() if not k.startswith("Bill")}
    return {
        "WO #": str(job.number),
        "Orig WO #": str(job.parent.number) if job.parent else "",
        "Project": f"P{job.root.number}" if job.root else "",
        "Date Entered": job.entered.strftime(stamp),
        "Sched Date": job.scheduled.strftime(stamp),
        "Date Completed": job.completed.strftime("%m/%d/%Y") if job.completed else "",
        "Acct #": f"A{job.account.number}",
        **left,
        "Svc Address": office.written(site, job.account.typed["shape"]),
        "Svc Town": site.town,
        "Svc Zip": site.code,
        **{k: v for k, v in client.items() if k.startswith("Bill")},
        "Dept": job.dept,
        "Call Type": job.kind,
        "Ref Source": job.source,
        "Tech": office.rng.choice(POOLS["techs"]),
        "Taken By": office.rng.choice(POOLS["takers"]),
        "Status": job.status,
        "Total": f"{job.amount:.2f}",
        "Notes": notes,
    }


def street_key(text: str) -> str:
    """Reduce a street to its number and first word."""
    return " ".join(text.lower().replace(".", "").replace(",", "").split()[:2])


def shared(lead: dict[str, str], job: dict[str, str]) -> bool:
    """Test whether a request and a job have anything in common."""
    phone = "".join(c for c in lead["Phone"] if c.isdigit())[-10:]
    phones = {job[f"Phone ({k})"].replace("-", "") for k in "HCW"}
    street, last = street_key(lead["Address (Street Address)"]), lead["Name (Last)"].lower()
    notes = job["Notes"].lower()
    return bool(
        (phone and (phone in phones or phone in notes.replace("-", "")))
        or (lead["Email"] and lead["Email"].lower() == job["E-Mail"].lower())
        or (street and street in (street_key(job["Svc Address"]), street_key(job["Bill Address"])))
        or (len(last) > 2 and (last == job["Client"].lower().split(",")[0] or last in notes))
    )


def save(path: Path, names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write one CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)


def save_dicts(path: Path, rows: list[dict[str, str]]) -> None:
    """Write rows that share their columns."""
    save(path, list(rows[0]), [list(r.values()) for r in rows])


def save_answers(folder: Path, office: Office, leads: dict[int, Row], jobs: dict[int, Row]) -> None:
    """Write the true pairs, the groups and the pairs that cannot be decided."""
    truth: list[tuple[str, str]] = []
    unclear: list[tuple[str, str]] = []
    groups: list[tuple[str, str]] = []
    for lead in office.leads:
        pairs = [(str(lead.number), str(j.number)) for j in lead.jobs]
        truth += pairs
        if pairs and not any(shared(leads[lead.number], jobs[j.number]) for j in lead.jobs):
            unclear += pairs
        if lead.back:
            unclear.append((str(lead.number), str(lead.back.number)))
        if lead.twin:
            groups += [(str(lead.twin.number), f"G{lead.twin.number}"), (str(lead.number), f"G{lead.twin.number}")]
    save(folder / "truth.csv", ["lead_id", "job_id"], truth)
    save(folder / "ambiguous.csv", ["lead_id", "job_id"], unclear)
    save(folder / "lead_groups.csv", ["lead_id", "group_id"], groups)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write all files of one made-up office into a folder."""
    office = Office(seed, leads)
    office.run()
    clients = {a.number: client_row(office, a) for a in office.accounts}
    lead_rows = {x.number: lead_row(office, x) for x in office.leads}
    job_rows = {j.number: job_row(office, j, clients[j.account.number]) for j in office.jobs}
    save_dicts(folder / "leads.csv", list(lead_rows.values()))
    save_dicts(folder / "jobs.csv", list(job_rows.values()))
    save_dicts(
        folder / "customers.csv",
        [
            {
                "Acct #": f"A{a.number}",
                **clients[a.number],
                "Client Since": a.since.strftime("%m/%d/%Y"),
                "Type": "COM" if a.company else "RES",
                "Agreement": "Y" if a.plan else "N",
                "Memo": a.memo,
            }
            for a in office.accounts
        ],
    )
    save_answers(folder, office, lead_rows, job_rows)
