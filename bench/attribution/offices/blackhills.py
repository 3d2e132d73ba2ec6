"""Write the leads and jobs of an invented heating, plumbing and electrical contractor on the northern plains.

The office has some 25 technicians in a city with an air base, five smaller towns, ranches and a lake with cabins. Most
jobs come from calls, plan visits and builders; the website's form, chat and call log bring a smaller share.

True is: a job of the request itself and the jobs that continue it (repair, installation, trim-out). A duplicate entry,
a canceled booking, a recall and a plan visit are never true. If a request was sent twice, both rows own its jobs.

Hard are: accounts under the spouse or an old landline, landlords who pay for tenants, cabins and rentals away from the
sender's address, ranches under a brand name, children who ask for their parents, houses that changed hands and are
booked under the former owner, relatives with one name, missing units, and campaigns that remain uncorrected.
"""

import csv
import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = POOLS["services"]
EARLY, LATE = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# Whoever got no answer or no price that suited waits about a season before the next need.
QUIET, APART, DAY = timedelta(days=96), timedelta(days=150), timedelta(days=1)


@dataclass(frozen=True)
class Place:
    """An address."""

    street: str
    city: str
    state: str
    zip: str

    def without_unit(self) -> "Place":
        """Return the building without the apartment."""
        return replace(self, street=re.sub(" (Apt |Unit |#)[0-9]+$", "", self.street))


@dataclass(frozen=True)
class Person:
    """A person who writes or calls."""

    first: str
    last: str
    phone: str
    email: str


@dataclass(eq=False)
class Account:
    """A customer record as the office typed it."""

    name: str
    phone: str
    phone2: str
    email: str
    billing: Place
    at: datetime
    number: str = ""


@dataclass(eq=False)
class Home:
    """A household or firm: its people, where they get mail, where the work is, and what the office has on it."""

    kind: str
    people: list[Person]
    mail: Place
    site: Place
    landline: str = ""
    company: str = ""
    helper: Person | None = None
    owner: "Home | None" = None
    former: "Home | None" = None
    accounts: list[Account] = field(default_factory=list)
    asks: list[datetime] = field(default_factory=list)
    quiet: datetime = EARLY
    left: datetime = LATE
    unanswered: "Request | None" = None


@dataclass(eq=False)
class Request:
    """A wish for work: by the website if it has a row, otherwise by phone, plan or builder."""

    at: datetime
    home: Home
    service: str
    person: Person
    topic: list[str]
    row: dict[str, str] = field(default_factory=dict)
    jobs: list["Job"] = field(default_factory=list)
    original: "Request | None" = None
    number: str = ""


@dataclass(eq=False)
class Job:
    """One job of the office."""

    at: datetime
    done: datetime
    account: Account
    site: Place
    unit: str
    kind: str
    campaign: str
    total: float
    notes: str
    status: str = "Completed"
    completed: str = ""
    number: str = ""


class Office:
    """The invented office: its town, its period and its books."""

    def __init__(self, seed: int, leads: int) -> None:
        """Live through the whole period."""
        self.rng = random.Random(f"blackhills-{seed}")
        self.rates = {name: self.rng.uniform(*span) for name, span in POOLS["rates"].items()}
        self.start = datetime(2023, 1, 2, tzinfo=UTC) + timedelta(days=self.rng.randrange(300))
        self.days = max(365, leads // 6)
        self.taken: set[str] = set()
        self.leads: list[Request] = []
        self.calls: list[Request] = []
        self.jobs: list[Job] = []
        self.accounts: list[Account] = []
        self.unclear: list[tuple[Request, Job]] = []
        # A few names are common and many are rare, as in a real phone book.
        self.last_names = {name: (rank + 14) ** -0.85 for rank, name in enumerate(POOLS["last"])}
        firms = {kind: POOLS["firms"][kind] for kind in ("manager", "builder")} | {"landlord": [""] * (8 + leads // 60)}
        self._firms = {kind: [self._household(kind, name) for name in names] for kind, names in firms.items()}
        self.homes = list(self._firms["landlord"])
        self._settle_town(leads)
        self._plan_leads(leads)
        self._live()
        self._number()

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share

    def _pick(self, items: Sequence[str]) -> str:
        return self.rng.choice(items)

    def _weighted(self, table: Mapping[str, float]) -> str:
        return self.rng.choices(list(table), list(table.values()))[0]

    def _slip(self, text: str, share: float) -> str:
        spot = self.rng.randrange(len(text) - 4, len(text) - 1)
        return text[:spot] + text[spot + 1] + text[spot] + text[spot + 2 :] if self._chance(share) else text

    def _phone(self, area: str = "") -> str:
        # 555 and the exchanges of the telephone companies' own lines never belong to a subscriber.
        number = ""
        while not number or number in self.taken:
            local = not area and self._chance(0.78)
            exchange = self._pick(POOLS["local"]) if local else "555"
            prefix = "605" if local else area or self._pick(POOLS["areas"])
            number = f"({prefix}) {exchange}-{self.rng.randrange(200, 10000):04}"
        self.taken.add(number)
        return number

    def _person(self, last: str, area: str = "", first: str = "") -> Person:
        names = POOLS["men"] if self._chance(0.5) else POOLS["women"]
        first = first or names[int(len(names) * self.rng.random() ** 1.4)]
        one, two = (re.sub("[^a-z]", "", part.lower()) for part in (first, last))
        email = ""
        while not email or email in self.taken:
            year, number = f"{self.rng.randrange(48, 105) % 100:02}", self.rng.randrange(1, 999)
            words = {"one": one, "two": two, "year": year, "number": number, "word": self._pick(POOLS["words"])}
            email = self._pick(POOLS["email"]).format(**words) + self._weighted(POOLS["mail"])
        self.taken.add(email)
        return Person(first, last, self._phone(area), email)

    def _place(self, kind: str) -> Place:
        area = POOLS["places"][kind]
        city, state, code, _ = self.rng.choices(area["towns"], [row[3] for row in area["towns"]])[0]
        number, street = self.rng.randrange(*area["numbers"]), self._pick(area["streets"])
        line = f"{street} {self._pick(('Apt ', '#', 'Unit '))}{number}" if kind == "flat" else f"{number} {street}"
        return Place(line, city, state, code)

    def _household(self, kind: str, company: str = "") -> Home:
        mail = site = self._place(self._pick(POOLS["site_of"][kind]))
        if kind in ("cabin", "landlord"):
            mail = self._place("away" if kind == "cabin" and self._chance(0.4) else "town")
        last, area = self._weighted(self.last_names), POOLS["area"].get(mail.state, "")
        people = [self._person(last, area)]
        if self._chance(0.1 if kind == "firm" else 0.58):
            first = self._pick(POOLS["women" if people[0].first in POOLS["men"] else "men"])
            people.append(self._person(last if self._chance(0.9) else self._weighted(self.last_names), area, first))
        home = Home(kind, people, mail, site, company=company)
        if self._chance(0.65 if kind in ("ranch", "firm") else 0.22):
            home.landline = self._phone()
        if not company and kind in POOLS["firms"] and (kind != "ranch" or self._chance(0.5)):
            home.company = self._pick(POOLS["firms"][kind]).format(last=last, i=self._pick("ABDHJKLRTX"))
        elif kind == "tenant" and self._chance(0.75):
            home.owner = self.rng.choice(self._firms[self._pick(("manager", "landlord"))])
        elif kind == "owner" and self._chance(0.06):
            home.helper = self._person(last if self._chance(0.6) else self._weighted(self.last_names))
        return home

    def _newcomer(self) -> Home:
        # Some are relatives of another household or the next owners of its house.
        home = self._household(self._weighted(POOLS["homes"]))
        other = self.rng.choice(self.homes) if self.homes else home
        if home.kind == other.kind == "owner" and not other.asks and other.left == LATE and self._chance(0.06):
            home.former, home.mail, home.site = other, other.mail, other.site
        elif home.kind in ("owner", "ranch") and self._chance(0.03):
            first = other.people[0].first if self._chance(0.35) else ""
            home.people = [self._person(other.people[0].last, first=first)]
        return home

    def _moment(self, share: float = 0.0) -> datetime:
        while True:
            day = self.start + timedelta(days=self.rng.randrange(int(self.days * share), self.days))
            if self._chance(POOLS["volume"][day.month - 1] * (0.6 if day.weekday() > 4 else 1)):
                return day + timedelta(minutes=int(self.rng.triangular(6 * 60, 22.8 * 60, 11 * 60)))

    def _need(self, home: Home, at: datetime) -> str:
        barred = "Sales" if home.kind == "tenant" else "New"
        table = {
            name: service["months"][at.month - 1]
            for name, service in SERVICES.items()
            if barred not in service["unit"] and (not service["only"] or home.kind in service["only"])
        }
        return self._weighted(table)

    def _call(self, home: Home, at: datetime, service: str = "") -> None:
        service = service or self._need(home, at)
        topic = self.rng.choice(SERVICES[service]["topics"])
        self.calls.append(Request(at, home, service, self.rng.choice(home.people), topic))

    def _settle_town(self, leads: int) -> None:
        for _ in range(int(leads * self.rng.uniform(1.2, 1.6))):
            home = self._newcomer()
            self.homes.append(home)
            moved = self.start
            if home.former:
                moved = home.former.left = self._moment(0.2)
            elif self._chance(0.62):
                self._import_account(home)
            for _ in range(self.rng.choices((1, 2, 3, 4, 6), (42, 29, 16, 9, 4))[0]):
                if (at := self._moment()) > moved:
                    self._call(home, at)
            if home.kind in ("owner", "ranch", "firm") and self._chance(0.17):
                year = self.start.year + self.rng.randrange(2)
                for month, service in ((4, "spring plan"), (9, "fall plan")) * 2:
                    self._call(home, datetime(year, month, self.rng.randrange(1, 31), 9, tzinfo=UTC), service)
                    year += month == 9
        for _ in range(int(leads * self.rng.uniform(0.12, 0.25))):
            builder = self.rng.choice(self._firms["builder"])
            lot = Home("lot", builder.people, builder.mail, self._place("town"), owner=builder)
            self._call(lot, self._moment(), "new house")

    def _plan_leads(self, leads: int) -> None:
        while len(self.leads) < leads:
            known = self._chance(0.27)
            home = self.rng.choice(self.homes) if known else self._newcomer()
            at = self._moment(0.25 if home.former else 0)
            if self._chance(self.rates["junk"]):
                home = self._household("owner")
                row = self._form(home, home.people[0], "drain", ["", "", ""]) | self.rng.choice(POOLS["junk"])
                self.leads.append(Request(at, home, "", home.people[0], [], row))
                continue
            moved = home.former.left if home.former and known else self.start
            if not moved < at < home.left or any(abs(at - ask) < APART for ask in home.asks):
                continue
            if home.former and not known:
                home.former.left = at - timedelta(days=self.rng.randrange(5, 70))
            self._ask(home, at)
            if not known:
                self.homes.append(home)
                if self._chance(0.3):
                    self._call(home, at + APART * self.rng.random() ** 0.7 * 2)
        # Rows that were planned in pairs may exceed the number by a few.
        del self.leads[leads:]

    def _ask(self, home: Home, at: datetime) -> None:
        service = self._need(home, at)
        topic = self.rng.choice(SERVICES[service]["topics"])
        person = home.helper if home.helper and self._chance(0.85) else self.rng.choice(home.people)
        lead = Request(at, home, service, person, topic, self._form(home, person, service, topic))
        self.leads.append(lead)
        home.asks.append(at)
        if self._chance(0.035):
            gap = self.rng.choice((3, 8, 25, 400, 1440, 2900, 5000))
            writer = self.rng.choice(home.people) if self._chance(0.25) else person
            row = self._form(home, writer, service, topic)
            if gap > 30 and row["Channel"] != "Phone Call":
                row["Message"] = f"{self._pick(POOLS['again'])} {row['Message']}".strip()
            home.asks.append(at + timedelta(minutes=gap))
            self.leads.append(Request(home.asks[-1], home, service, writer, topic, row, original=lead))

    def _form(self, home: Home, person: Person, service: str, topic: list[str]) -> dict[str, str]:
        channel = self._weighted(POOLS["channels"])
        logged = channel == "Phone Call" and self._chance(0.4)
        place = self._written_place(home, person)
        first, last = self._nickname(person.first, 0.2), person.last
        if self._chance(0.015 if channel == "Web Form" else 0.05):
            last = self._pick(("", last[0]))
        if self._chance(0.07):
            first, last = first.lower(), last.lower()
        row = {
            "First Name": first,
            "Last Name": last,
            "Phone": self._written_phone(home, person),
            "Email": self._slip(person.email, 0.012),
            "Street Address": self._casual(place),
            "City": place.city,
            "Zip": place.zip if self._chance(0.93) else "",
            "Service": "Other / Not Sure" if self._chance(0.08) else SERVICES[service]["form"],
            "Channel": channel,
            "Source": self._weighted(POOLS["sources"]),
            "Message": self._pick(POOLS["call_notes"]) if logged else self._message(home, person, topic[0]),
        }
        return row | {head: "" for head, share in POOLS["blank"][channel].items() if self._chance(share)}

    def _written_place(self, home: Home, person: Person) -> Place:
        if home.kind in ("cabin", "landlord") and self._chance(0.5):
            return home.mail
        if home.kind == "ranch" and self._chance(0.14):
            return replace(home.site, street=f"PO Box {self.rng.randrange(3, 900)}")
        return home.site

    def _written_phone(self, home: Home, person: Person) -> str:
        number = home.landline if home.landline and self._chance(0.14) else person.phone
        number = home.people[-1].phone if self._chance(0.03) and person is not home.helper else number
        parts = re.findall("[0-9]+", self._slip(number, 0.01))
        return self._weighted(POOLS["phone_forms"]).format(*parts)

    def _nickname(self, first: str, share: float) -> str:
        names = POOLS["nick"].get(first)
        return self._pick(names) if names and self._chance(share) else first

    def _casual(self, place: Place) -> str:
        words = (place if self._chance(0.72) else place.without_unit()).street.split()
        if self._chance(0.3):
            words = [POOLS["long"].get(word, word) for word in words]
        text = " ".join(words) + (f", {place.city}" if self._chance(0.07) else "")
        return text.lower() if self._chance(0.12) else text

    def _message(self, home: Home, person: Person, need: str) -> str:
        pool = POOLS["about"].get("helper" if person is home.helper else home.kind)
        pool = None if home.kind == "tenant" and not home.owner else pool
        about = self._pick(pool).format(home=home, site=home.site.street) if pool and self._chance(0.6) else ""
        parts = [self._pick(POOLS["open"]), need, about, self._pick(POOLS["close"])]
        text = " ".join(part if part[-1] in ".!?,-" else f"{part}." for part in parts if part)
        return text.lower() if self._chance(0.08) else text

    def _open_account(self, home: Home, person: Person, at: datetime) -> Account:
        if person is home.helper and self._chance(0.6):
            person = home.people[0]
        elif self._chance(0.12):
            person = self.rng.choice(home.people)
        account = Account(
            name=self._account_name(home, person),
            phone=self._slip(home.landline if home.landline and self._chance(0.2) else person.phone, 0.012),
            phone2=self.rng.choice(home.people).phone if self._chance(0.2) else "",
            email=self._slip(person.email, 0.012) if self._chance(0.8) else self._pick(("", "", "noemail@example.com")),
            billing=home.mail if self._chance(0.8) else home.site,
            at=at,
        )
        # The office's own number fills a field that must not be empty.
        account.phone = "(605) 555-0100" if self._chance(0.004) else account.phone
        home.accounts.append(account)
        self.accounts.append(account)
        return account

    def _account_name(self, home: Home, person: Person) -> str:
        if home.company and self._chance(0.8):
            return home.company
        last = POOLS["hear"].get(person.last, person.last) if self._chance(0.035) else person.last
        first = self._nickname(person.first, 0.12)
        if len(home.people) > 1 and person in home.people and self._chance(0.1):
            first = f"{home.people[0].first} {self._pick(('&', 'and'))} {home.people[1].first}"
        return f"{last}, {first}" if self._chance(0.06) else f"{first} {last}"

    def _import_account(self, home: Home) -> None:
        account = self._open_account(home, home.people[0], self.start - timedelta(days=self.rng.randrange(60, 3000)))
        account.email = "" if self._chance(self.rates["stale"]) else account.email
        if self._chance(self.rates["stale"]):
            account.phone = home.landline or self._phone()
        account.billing = self._place("town") if self._chance(0.06) else account.billing
        # The old accounting program printed names in capitals.
        account.name = account.name.upper() if self._chance(0.12) else account.name

    def _find_account(self, ask: Request) -> Account:
        home, person = ask.home, ask.person
        if home.former and home.former.accounts and not home.accounts and self._chance(0.2):
            return home.former.accounts[-1]
        if ask.home.owner:
            home, person = ask.home.owner, ask.home.owner.people[0]
        if not home.accounts or self._chance(self.rates["missed"]):
            return self._open_account(home, person, ask.at)
        account = home.accounts[-1]
        if home is ask.home and self._chance(0.4 if ask.row else 0.12):
            account.phone, account.email = person.phone, account.email or person.email
        return account

    def _campaign(self, ask: Request, account: Account) -> str:
        if "plan" in ask.service:
            return "Maintenance Plan"
        if ask.row and self._chance(self.rates["web"]):
            return self._pick(("Website", "Website", "Online Form"))
        if account.at < ask.at - timedelta(days=30) and self._chance(0.45):
            return "Existing Customer"
        return self._weighted(POOLS["campaigns"])

    def _visit(self, ask: Request, first: Job | None, opened: datetime) -> Job:
        service, stage = SERVICES[ask.service], 0 if first is None else 1
        low, high = service["prices"][stage]
        price = low + (high - low) * self.rng.random() ** 2.2
        price = 0.0 if price < 60 else round(price, 2 if self._chance(0.5) else 0)
        done = opened + DAY * self.rng.randint(*service["days"][stage])
        # Sundays are for emergencies only.
        done += DAY * (done.weekday() == 6 and done > opened)
        notes = ask.topic[1 + stage] if self._chance(0.85) else ""
        kind = self._pick(service["kinds"][stage])
        if first:
            # A return visit is entered when the part or the signature comes, so its creation date floats.
            opened += (done - opened) * self.rng.random() ** 2
            name = first.campaign if self._chance(0.7) else self._pick(("Existing Customer", "Sales Follow-Up", ""))
            return replace(first, at=opened, done=done, kind=kind, campaign=name, total=price, notes=notes)
        account, site = self._find_account(ask), ask.home.site
        site = site.without_unit() if self._chance(0.15) else site
        campaign, notes = self._campaign(ask, account), self._mention(ask, account, notes)
        return Job(opened, done, account, site, service["unit"], kind, campaign, price, notes)

    def _mention(self, ask: Request, account: Account, notes: str) -> str:
        if ask.row and ask.row["Message"] and self._chance(0.16):
            return f"Web: {ask.row['Message']}"
        if ask.person.first.lower() not in account.name.lower() and ask.home.kind != "lot" and self._chance(0.35):
            notes += f" {'Tenant' if ask.home.owner else 'Call'} {ask.person.first} {ask.person.phone}"
        return notes.strip()

    def _chain(self, ask: Request, opened: datetime) -> list[Job]:
        jobs = [self._visit(ask, None, opened)]
        share = SERVICES[ask.service]["chance"]
        while self._chance(share):
            jobs.append(self._visit(ask, jobs[0], jobs[-1].done))
            share = 0.12
        return jobs

    def _live(self) -> None:
        asked = [lead for lead in self.leads if lead.service and not lead.original]
        for ask in sorted(self.calls + asked, key=lambda one: one.at):
            if ask.row:
                self._answer(ask)
            elif ask.at < ask.home.left:
                self._take_call(ask)
        end = self.start + timedelta(days=self.days)
        self.jobs = [job for job in self.jobs if self.start <= job.at < end]
        for job in self.jobs:
            if job.done >= end and job.status == "Completed":
                job.status, job.total, job.notes = "Scheduled", 0.0, ""
            job.completed = f"{job.done:%m/%d/%Y}" if job.status == "Completed" else ""

    def _answer(self, lead: Request) -> None:
        home = lead.home
        share = self.rates["booked"] * (1.4 if home.accounts else 0.95)
        share *= 0.75 if "Sales" in SERVICES[lead.service]["unit"] else 1.05
        hours = self.rng.choices((0.3, 3, 18, 60, 260, 900), (38, 27, 19, 10, 4.5, 1.5))[0] * self.rng.uniform(0.4, 1.6)
        # Whoever writes again has not been called back yet.
        opened = max([lead.at + timedelta(hours=hours), *(ask for ask in home.asks if ask < lead.at + 9 * DAY)])
        if opened.hour > 18 and hours > 1:
            opened = opened.replace(hour=8) + DAY
        if self._chance(share) and not (home.owner and opened < home.owner.quiet):
            lead.jobs = self._chain(lead, opened)
            self._enter(lead.jobs, home)
            home.quiet = lead.jobs[0].done
        else:
            home.quiet, home.unanswered = lead.at + QUIET, lead
            if self._chance(0.03):
                self._cancel(self._visit(lead, None, opened))

    def _cancel(self, job: Job) -> None:
        self.jobs.append(replace(job, status="Canceled", total=0.0, notes=self._pick(POOLS["canceled"])))

    def _enter(self, jobs: list[Job], home: Home) -> None:
        self.jobs.extend(jobs)
        if self._chance(0.01):
            self._cancel(jobs[0])
        opened = jobs[-1].done + timedelta(days=self.rng.randrange(3, 35))
        recall = replace(jobs[-1], at=opened, done=opened, kind="Warranty Recall", total=0.0, notes="No charge")
        if self._chance(0.025) and not any(jobs[0].done <= ask <= opened for ask in home.asks):
            self.jobs.append(recall)

    def _take_call(self, ask: Request) -> None:
        jobs = [] if self._disturbs(ask.home, ask.at, ask.at) else self._chain(ask, ask.at)
        while jobs and self._disturbs(ask.home, ask.at, jobs[-1].done):
            jobs.pop()
        if not jobs:
            return
        lead, ask.home.unanswered = ask.home.unanswered, None
        if lead and lead.service == ask.service and ask.at < lead.at + timedelta(days=160):
            # The same need, months later: the old request or a new one? There is no note about it.
            self.unclear.append((lead, jobs[0]))
        if self._chance(0.045):
            self._cancel(jobs[0])
        else:
            self._enter(jobs, ask.home)

    def _disturbs(self, home: Home, opened: datetime, done: datetime) -> bool:
        """Tell whether people with an open request would rather have spoken about that."""
        return any(
            opened < one.quiet + DAY or any(opened - DAY <= ask <= done + DAY for ask in one.asks)
            for one in filter(None, (home, home.owner))
        )

    def _number(self) -> None:
        # Some website vendors stamp the form in Eastern time; the office lives in Mountain time.
        ahead = timedelta(hours=self.rng.choice((0, 0, 2)))
        tables: list[tuple[list[Any], str]] = [(self.leads, "WL-{}"), (self.jobs, "1{}"), (self.accounts, "{}")]
        for rows, form in tables:
            rows.sort(key=lambda one: one.at)
            for count, one in enumerate(rows, 20417):
                one.number = form.format(count)
        for lead in self.leads:
            lead.at += ahead


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the exports and the truth of one office to the folder."""
    office = Office(seed, leads)
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, tuple[list[str], list[dict[str, str]]]] = {}
    exports: dict[str, Sequence[Any]] = {"leads": office.leads, "jobs": office.jobs, "customers": office.accounts}
    for name, items in exports.items():
        forms: dict[str, str] = POOLS["exports"][name]
        files[name] = (list(forms), [{head: form.format(one=one) for head, form in forms.items()} for one in items])
    true = [(lead, job) for lead in office.leads for job in (lead.original or lead).jobs]
    for name, pairs in (("truth", true), ("ambiguous", office.unclear)):
        rows = [{"lead_id": lead.number, "job_id": job.number} for lead, job in pairs if job.number and lead.number]
        files[name] = (["lead_id", "job_id"], rows)
    twice = [(lead, lead.original) for lead in office.leads if lead.original]
    groups = [{"lead_id": one.number, "group_id": f"G{count}"} for count, pair in enumerate(twice, 1) for one in pair]
    files["lead_groups"] = (["lead_id", "group_id"], groups)
    for name, (fields, rows) in files.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fields)
            writer.writeheader()
            writer.writerows(rows)
