"""Write the leads and jobs of a roofing, gutter and exterior office in western Washington.

The office gives free estimates within days and does the sold work weeks later in stages, each a job of its own. Wind
storms bring bursts of tarps and insurance claims, plans renew moss treatments yearly, canvassers knock beside roofs.

True: every job that continues the request (visit, repair, all stages, supplement, late sale, each building of an
association). Not true: canceled or void rows, warranty calls, plan visits, what the same people order later.

Hard: the spouse, tenant, agent or child who asks for the customer; old phones; duplicate records; rentals and cabins;
neighbors, relatives and next owners; chat and call times in UTC; web work filed under other campaigns.
"""

import csv
import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

CANCELED, VOID = "Canceled", "Void - Duplicate"


@dataclass
class Person:
    """Someone with a name and ways to be reached."""

    first: str
    last: str
    phone: str
    email: str
    old_phone: str
    work_email: str


@dataclass
class Place:
    """A building: the street line in three ways of writing, without the number, and the town."""

    number: int
    short: str
    long: str
    bare: str
    city: str
    zip_code: str


@dataclass
class Account:
    """A customer record as the office typed it."""

    name: str
    company: str
    phone: str
    other: str
    email: str
    number: str = ""


@dataclass
class Household:
    """People who order together: a family, a landlord with rentals, or a company with buildings."""

    people: list[Person]
    sites: list[Place]
    kind: str = "home"
    company: str = ""
    account: Account | None = None
    requests: list[tuple[datetime, datetime | None]] = field(default_factory=list)


@dataclass
class Wish:
    """Who asks for what and where, who becomes the customer, and what the office remarks about it."""

    home: Household
    asker: Person
    payer: Person
    place: Place
    service: str
    at: datetime
    remark: str = ""
    campaign: str = ""


@dataclass
class Lead:
    """A request as the website recorded it."""

    at: datetime
    channel: str
    campaign: str
    name: str
    phone: str
    email: str
    street: str
    place: Place
    service: str
    message: str
    group: int = 0
    number: str = ""


@dataclass
class Job:
    """A row of the field-service software."""

    account: Account
    site: Place
    street: str
    kind: str
    created: datetime
    done: datetime
    total: float
    campaign: str
    status: str
    note: str
    parent: "Job | None" = None
    number: str = ""


class Office:
    """Lives through the period: requests first, then everything that did not come from the website."""

    def __init__(self, rng: random.Random, pools: dict[str, Any], wanted: int) -> None:
        self.rng, self.pools, self.market = rng, pools, rng.choice(pools["markets"])
        self.rates: dict[str, float] = {name: rng.uniform(*bounds) for name, bounds in pools["rates"].items()}
        self.wanted, self.days = wanted, rng.randint(390, 640)
        self.start = datetime.fromisoformat(f"202{rng.randint(2, 4)}-0{rng.choice([1, 3, 6, 9])}-01")
        dates = [self.start + timedelta(days=day) for day in range(self.days + 1)]
        self.end, windy = dates[-1], [date for date in dates if date.month in (10, 11, 12, 1, 2)]
        self.storms = rng.sample(windy, int(self.rates["storms"]))
        self.taken: set[str] = set()
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.truth: list[tuple[Lead, Job]] = []
        self.ambiguous: list[tuple[Lead, Job]] = []
        self.known = [self._household() for _ in range(wanted // 3 + 5)]
        for home in self.known:
            home.account = self._record(home, home.people[0])
            home.account.phone = home.people[0].old_phone if self._chance(0.15) else home.account.phone

    def _pick(self, pairs: Sequence[Sequence[Any]]) -> Any:
        return self.rng.choices(pairs, [row[-1] for row in pairs])[0][0]

    def _phone(self) -> str:
        # No one can have a number in these exchanges.
        digits = f"{self._pick(self.market['areas'])}{self._say('exchanges')}{self.rng.randrange(100, 9999):04d}"
        if digits in self.taken:
            return self._phone()
        self.taken.add(digits)
        return digits

    def _email(self, first: str, last: str, host: str) -> str:
        f, n = (re.sub("[^a-z]", "", name.lower()) for name in (first, last))
        year, hobby = self.rng.randint(48, 99), self.rng.choice(self.pools["hobby"])
        handle = self._pick(self.pools["handles"]).format(f=f, i=f[0], n=n, year=year, hobby=hobby)
        while f"{handle}@{host}" in self.taken:
            handle += str(self.rng.randrange(10))
        self.taken.add(f"{handle}@{host}")
        return f"{handle}@{host}"

    def _person(self, last: str = "") -> Person:
        firsts, lasts = self.pools["first"], self.pools["last"]
        first = self.rng.choices(firsts, [1 / (rank % 126 + 20) for rank in range(len(firsts))])[0]
        last = last or self.rng.choices(lasts, [1 / (rank + 25) ** 0.9 for rank in range(len(lasts))])[0]
        emails = [self._email(first, last, host) for host in (self._pick(self.pools["hosts"]), self._say("work"))]
        return Person(first, last, self._phone(), emails[0], self._phone(), emails[1])

    def _place(self) -> Place:
        rng = self.rng
        city, zips, _ = rng.choices(self.market["cities"], [row[2] for row in self.market["cities"]])[0]
        named = self._chance(0.5)
        street, kinds = self._say("streets" if named else "ordinals"), self.pools["suffixes"][: 11 if named else 5]
        direction = "" if named and self._chance(0.6) else rng.choice(self.market["directions"])
        unit = rng.choice([" #", " Unit ", " Apt "]) + rng.choice("12345ABCD") if self._chance(0.04) else ""
        pattern = f"{direction} {street} {{}}" if self.market["prefix"] else f"{street} {{}} {direction}"
        short, full = (pattern.format(suffix).strip() for suffix in self._pick(kinds))
        number = rng.randint(101, 2999) if self._chance(0.4) else rng.randint(3000, 19999)
        return Place(number, short + unit, full + unit, street, city, rng.choice(zips))

    def _beside(self, place: Place) -> Place:
        return replace(place, number=max(101, place.number + self.rng.choice([-2, 2]) * self.rng.randint(2, 40)))

    def _household(self, *, last: str = "", place: Place | None = None) -> Household:
        rng, home = self.rng, Household([self._person(last)], [place or self._place()], self._pick(self.pools["kinds"]))
        if home.kind == "company":
            stem = home.people[0].last if rng.random() < 0.3 else rng.choice(self.pools["company_words"])
            home.company = f"{stem} {rng.choice(self.pools['company_kinds'])}"
            for _ in range(rng.randint(1, 7)):
                home.sites.append(self._beside(home.sites[0]) if self._chance(0.6) else self._place())
        elif rng.random() < 0.62:
            home.people.append(self._person(home.people[0].last if rng.random() < 0.83 else ""))
        home.sites += [self._place() for _ in range({"cabin": 1, "landlord": rng.randint(1, 3)}.get(home.kind, 0))]
        return home

    def _chance(self, odds: float) -> bool:
        return self.rng.random() < odds

    def _say(self, pool: str) -> str:
        return str(self.rng.choice(self.pools[pool]))

    def _later(self, at: datetime, low: float, high: float) -> datetime:
        at += timedelta(days=self.rng.uniform(low, high))
        if at.hour >= 17 or (at.weekday() == 5 and at.hour >= 13):
            at = at.replace(hour=7) + timedelta(days=1)
        if at.weekday() == 6:
            at = at.replace(hour=7) + timedelta(days=1)
        return at.replace(hour=self.rng.choice([8, 8, 9, 10]), minute=self.rng.randrange(60)) if at.hour < 8 else at

    def _hear(self, word: str) -> str:
        options = [word[0] + word[1:].replace(old, new, 1) for old, new in self.pools["ears"] if old in word[1:]]
        return self.rng.choice(options or [self._slip(word)])

    def _slip(self, text: str) -> str:
        spot = self.rng.randrange(1, max(2, len(text) - 1))
        before, here, after = text[:spot], text[spot : spot + 1], text[spot + 1 :]
        return self.rng.choice([before + after[:1] + here + after[1:], before + here + here + after, before + after])

    def _called(self, person: Person) -> str:
        names = self.pools["nick"].get(person.first, [person.first])
        return str(self.rng.choice(names)) if self._chance(0.22) else person.first

    def _styled(self, digits: str, styles: Sequence[str]) -> str:
        return self.rng.choice(styles).format(digits[:3], digits[3:6], digits[6:]) if digits else ""

    def _record(self, home: Household, person: Person) -> Account:
        other = self.rng.choice(home.people)
        last = self._hear(person.last) if self._chance(self.rates["misheard"]) else person.last
        name = f"{self._called(person)} {last}"
        if other is not person and self._chance(0.2):
            name = f"{person.first} & {other.first} {last}" if other.last == person.last else f"{name} / {other.first}"
        elif self._chance(self.rates["last_first"]):
            name = f"{last}, {person.first}"
        spare = self.rng.choice([other.phone, person.old_phone]) if self._chance(0.3) else ""
        email = self._pick([("", 32), (person.email, 55), (person.work_email, 5), (other.email, 8)])
        phone = self._pick([(person.phone, 94), (person.old_phone, 5), (self._slip(person.phone), 1.5)])
        return Account(name, home.company, phone, "" if spare == phone else spare, email)

    def _account(self, wish: Wish, lead: Lead | None = None) -> Account:
        home, payer = wish.home, wish.payer
        if home.account and self._chance(self.rates["found"]):
            if self._chance(0.25) and home.account.phone != payer.phone:
                home.account.phone, home.account.other = payer.phone, home.account.phone
            return home.account
        self.known += [] if home.account else [home]
        home.account = self._record(home, payer)
        if lead and lead.name.lower().endswith(payer.last.lower()) and self._chance(self.rates["copied"]):
            tidy = " ".join(word[:1].upper() + word[1:] for word in lead.name.split())
            name = lead.name if self._chance(0.3) else tidy
            home.account = Account(name, home.company, lead.phone, "", lead.email)
        return home.account

    def _form_street(self, place: Place) -> str:
        plain, bare = f"{place.number} {place.short}", f"{place.number} {place.bare}"
        ways = [(plain, 43), (f"{place.number} {place.long}", 18), (plain.lower(), 14), (f"{plain}, {place.city}", 10)]
        ways += [(bare, 9), (self._slip(plain), 4)]
        return str(self._pick(ways))

    def _form(self, wish: Wish) -> Lead:
        pick, who, place, spec = self._pick, wish.asker, wish.place, self.pools["services"][wish.service]
        channel, name = pick(self.pools["channels"]), f"{self._called(who)} {who.last}"
        name = pick([(name, 88), (name.lower(), 7), (name.upper(), 3), (self._slip(name), 2)])
        name = wish.home.company if wish.home.company and self._chance(0.1) else name
        phone = pick([(who.phone, 95), (who.old_phone, 3), (self._slip(who.phone), 1.5)])
        email = pick([(who.email, 92), (who.work_email, 7), (self._slip(who.email), 1.2)])
        source = self.rng.choice(["Angi", "Angi", "Yelp"]) if channel == "Partner" else pick(self.pools["sources"])
        service = self.rng.choice(spec["form"]) if self._chance(0.9) else self._say("other_services")
        message = self.rng.choice(spec["messages"]).replace("{age}", str(self.rng.randint(12, 34)))
        street = self._form_street(place)
        if channel == "Chat":
            street, name = street if self._chance(0.4) else "", who.first if self._chance(0.2) else name
        elif channel == "Call":
            email, street = "", street if self._chance(0.45) else ""
            name = pick([(name, 65), (f"{who.last} {who.first}".upper(), 25), ("WIRELESS CALLER", 10)])
        elif self._chance(0.18):
            street = self._say("no_street")
        return Lead(wish.at, channel, source, name, phone, email, street, place, service, message)

    def _need(self) -> tuple[str, datetime]:
        """Return what someone wants and when: after a storm, or by season."""
        rng, services = self.rng, self.pools["services"]
        service = self._pick([(key, value["share"]) for key, value in services.items()])
        clock = timedelta(hours=rng.choices(range(24), self.pools["hours"])[0], minutes=rng.uniform(0, 60))
        if service == "storm" or (service == "leak" and self._chance(0.3)):
            day = rng.choice(self.storms) + timedelta(days=min(60, int(rng.expovariate(1 / 6))))
            return service, min(day, self.end - timedelta(days=1)) + clock
        dates = [self.start + timedelta(days=rng.randrange(self.days)) for _ in range(12)]
        return service, rng.choices(dates, [services[service]["months"][date.month - 1] for date in dates])[0] + clock

    def _wish(self, home: Household, service: str, at: datetime) -> Wish:
        owner, asker, way = home.people[0], self.rng.choice(home.people), self.rng.random()
        place = home.sites[0] if self._chance(0.35) else self.rng.choice(home.sites)
        payer, remark = asker if self._chance(0.86) else self.rng.choice(home.people), ""
        if home.kind == "landlord" and way < 0.3:
            asker, payer, remark = self._person(), owner, "tenant on site: {}"
        elif home.kind == "home" and way < 0.05:
            child = way < 0.032
            asker, payer = self._person(owner.last if child and self._chance(0.6) else ""), owner
            remark = "contact is {} (adult child)" if child else "agent {} has lockbox"
        return Wish(home, asker, payer, place, service, at, remark.format(asker.first))

    def _quiet(self, home: Household, at: datetime) -> bool:
        """Return whether an unrelated job is plausible: people who wait for an answer rarely order something else."""
        low, high = timedelta(days=60), timedelta(days=95)
        waits = any(sent - low < at < min(sent + high, first or self.end) for sent, first in home.requests)
        return not waits or self._chance(0.012)

    def _request(self) -> None:
        """Let someone ask on the website, perhaps twice, and let the office answer or not."""
        service, at = self._need()
        home = self.rng.choice(self.known) if self._chance(self.rates["returning"]) else self._household()
        if any(abs((at - sent).days) < 110 for sent, _ in home.requests):
            home = self._household()
        wish = self._wish(home, service, at)
        rows, jobs = [self._form(wish)], list[Job]()
        odds = self.rates["booked"] * (0.75 if rows[0].channel == "Partner" else 1.25 if home.account else 1)
        if self._chance(odds):
            jobs = self._answer(wish, rows[0])
        elif self._chance(0.03):
            self._uncertain(wish, rows[0])
        if self._chance(self.rates["again"]):
            wish.at += timedelta(minutes=self.rng.choice([2, 5, 30, 300, 1500, 4000]))
            wish.asker = self.rng.choice(home.people) if self._chance(0.2) and not wish.remark else wish.asker
            rows.append(self._form(wish))
        home.requests.append((at, jobs[0].created if jobs else None))
        rows[0].group = rows[-1].group = len(self.leads) + 1 if len(rows) > 1 else 0
        self.leads += rows
        self.truth += [(row, job) for row in rows for job in jobs]

    def _answer(self, wish: Wish, lead: Lead) -> list[Job]:
        """Book the request and return the jobs that result; an association may have several buildings done."""
        stormy = any(0 <= (lead.at - storm).days < 10 for storm in self.storms)
        wait = min(20.0, self.rng.expovariate(0.45 if stormy else 1.2)) if self._chance(0.6) else self.rng.random() / 8
        wait += self.rng.uniform(10, 40) if self._chance(0.03) else 0
        at = self._later(lead.at, wait + 0.005, wait + 0.02)
        self._account(wish, lead)
        wish.campaign, sites = self._pick(self.pools["web_campaigns"]), [wish.place]
        if wish.home.kind == "company" and wish.service in ("clean", "moss") and self._chance(0.6):
            sites += [site for site in wish.home.sites if site is not wish.place][: self.rng.randint(1, 5)]
        return [job for site in sites for job in self._run(replace(wish, place=site), at)]

    def _uncertain(self, wish: Wish, lead: Lead) -> None:
        """Book a single job that may or may not be due to the request: a call just before it, or long after it."""
        shortly = wish.service == "storm" or (10 <= lead.at.hour < 18 and self._chance(0.6))
        at = lead.at - timedelta(hours=1.5) if shortly else self._later(lead.at, 125, 260)
        wish.campaign = self._pick(self.pools["call_campaigns"])
        self.ambiguous += [(lead, job) for job in self._run(wish, at, limit=1)]

    def _job(self, wish: Wish, kind: str, created: datetime, done: datetime, price: Sequence[int] = (0, 0)) -> Job:
        """Add a job row."""
        low, high, unit = price[0], price[1], 0.01 if price[1] > 1000 else 5
        total = round(self.rng.triangular(low, high, low + (high - low) * 0.3) / unit) * unit
        remark = self.rng.choice(self.pools["services"][wish.service]["notes"])
        note = "; ".join(part for part in (wish.remark, remark.replace("{age}", str(self.rng.randint(14, 38)))) if part)
        street = f"{wish.place.number} {wish.place.long if self._chance(0.12) else wish.place.short}"
        street = self._slip(street) if self._chance(0.012) else street
        status, account = self._say("paid" if total else "unpaid"), wish.home.account or self._account(wish)
        row = Job(account, wish.place, street, kind, created, done, total, wish.campaign, status, note)
        self.jobs.append(row)
        return row

    def _booked(self, wish: Wish, kind: str, at: datetime) -> datetime | None:
        """Return when the first visit is created, after a canceled or doubled row; None if it was canceled for good."""
        if self._chance(0.01):
            self._job(wish, kind, at - timedelta(minutes=3), at).status = VOID
        if not self._chance(self.rates["canceled"]):
            return at
        row = self._job(wish, kind, at, at + timedelta(days=4))
        row.status, row.note = CANCELED, self._say("cancel_notes")
        return self._later(at, 1, 14) if self._chance(0.45) else None

    def _following(self, step: dict[str, Any], past: Job) -> datetime:
        if step.get("together"):
            return past.created + timedelta(minutes=self.rng.randint(1, 9))
        late = self.rng.uniform(60, 170) if step.get("sale") and self._chance(0.07) else 0
        return self._later(past.done, step["lag"][0] + late, step["lag"][1] + late)

    def _run(self, wish: Wish, at: datetime, *, limit: int = 9) -> list[Job]:
        rows: list[Job] = []
        for step in self.pools["services"][wish.service]["path"]:
            if not self._chance(step["odds"]):
                if step.get("skip"):
                    continue
                break
            kind, past = self.rng.choice(step["types"]), rows[-1] if rows else None
            created = self._following(step, past) if past else self._booked(wish, kind, at)
            if created is None or created > self.end or len(rows) == limit:
                break
            done = self._later(past.done if past and step.get("together") else created, *step["wait"])
            rows.append(self._job(wish, kind, created, done, step["price"]))
            rows[-1].parent = past
            if past and step.get("sale") and not past.total:
                past.status, rows[-1].note = "Sold", rows[-1].note or self._say("sold_notes")
            if past and self._chance(0.15):
                rows[-1].campaign = "Existing Customer"
        self._recall(wish, rows)
        return rows

    def _recall(self, wish: Wish, rows: list[Job]) -> None:
        """Add a free warranty call, which no one asked for on the website, after some finished work."""
        at = self._later(rows[-1].done if rows else wish.at, 6, 150)
        due = rows and rows[-1].total > 250 and self._chance(0.05)
        if due and at < self.end and self._quiet(wish.home, at):
            row = self._job(wish, "Warranty", at, self._later(at, 1, 9))
            row.parent, row.note = rows[-1], self._say("recall_notes")

    def _walk_in(self) -> None:
        """Let someone order by telephone or from a canvasser: new people, neighbors, relatives, earlier customers."""
        (service, at), way = self._need(), self._pick(self.pools["ways"])
        at, campaign = self._later(at, 0, 0.1), self._pick(self.pools["call_campaigns"])
        some, near = self.rng.choice(self.known), self.rng.choice(self.jobs)
        home = some if way == "repeat" else self._household()
        if way == "canvass":
            service, campaign = self.rng.choice(["reroof", "reroof", "storm", "moss"]), self._say("canvass_campaigns")
            home, at = self._household(place=self._beside(near.site)), self._later(near.done, -3, 12)
        elif way == "relative":
            home, campaign = self._household(last=some.people[0].last), "Referral"
        elif way == "mover" and all((at - sent).days > 120 for sent, _ in some.requests):
            home = self._household(place=some.sites[0])
        if self.start <= at < self.end and self._quiet(home, at):
            wish = replace(self._wish(home, service, at), campaign=campaign)
            self._account(wish)
            self._run(wish, at)

    def _plans(self) -> None:
        """Visit the members of the moss plan every year: new ones after a treatment, and those of older years."""
        treated = {id(job.account): job for job in self.jobs if job.kind == "Moss Treatment" and job.total}
        for rank, home in enumerate(self.known):
            job, old = treated.get(id(home.account)), rank < self.wanted // 3
            at = self._later(job.done, 335, 400) if job else self._later(self.start, 0, self.days * 2)
            if (job or old) and at < self.end and self._chance(0.45) and self._quiet(home, at):
                site, campaign = job.site if job else home.sites[0], self._say("plan_campaigns")
                wish = Wish(home, home.people[0], home.people[0], site, "moss", at, campaign=campaign)
                row = self._job(wish, self._say("plan_types"), at, self._later(at, 4, 30), (240, 620))
                row.note = self._say("plan_notes")

    def _junk(self) -> Lead:
        home = self._household()
        lead = self._form(Wish(home, home.people[0], home.people[0], home.sites[0], "reroof", self._need()[1]))
        if self._chance(0.2):
            name, email = self.rng.choice(self.pools["tests"])
            return replace(lead, name=name, email=email, message="test", phone="5555555555")
        return replace(lead, message=self._say("spam"), service="Other")

    def live(self) -> None:
        """Go through the whole period and number everything."""
        while len(self.leads) < self.wanted:
            self._request()
            self.leads += [self._junk()] if self._chance(self.rates["junk"]) else []
        target = int(len(self.jobs) * (1 + self.rates["others"])) + self.wanted // 8
        self._plans()
        while len(self.jobs) < target:
            self._walk_in()
        self.leads = sorted(self.leads[: self.wanted], key=lambda lead: lead.at)
        self.jobs.sort(key=lambda job: job.created)
        for number, lead in enumerate(self.leads, start=self.rng.randint(1200, 9000)):
            lead.number = str(number)
        for number, job in enumerate(self.jobs, start=self.rng.randint(10400, 48000)):
            job.number = f"J-{number}"
            job.account.number = job.account.number or f"C{number * 3 % 1000000:06d}"
            job.note = job.note.replace("{prev}", job.parent.number if job.parent else "")

    def lead_row(self, lead: Lead) -> dict[str, object]:
        """Return what a row of the website's export needs; some chat and call services store the time in UTC."""
        widget = lead.channel in ("Chat", "Call") and self.rates["utc"] > 0.6
        at = lead.at + timedelta(hours=(7 if 3 < lead.at.month < 11 else 8) if widget else 0)
        phone = self._styled(lead.phone, self.pools["lead_phones"][lead.channel])
        best, page = (self._say("times"), self._say("pages")) if lead.channel == "Web Form" else ("", "")
        return {"lead": lead, "at": at, "phone": phone, "best": best, "page": page}

    def job_row(self, job: Job) -> dict[str, object]:
        """Return what a row of the field-service software's export needs."""
        phone, other = (self._styled(x, self.pools["job_phones"]) for x in (job.account.phone, job.account.other))
        if job.status not in (CANCELED, VOID) and job.done > self.end:
            job.status = "Scheduled"
        done = "" if job.status in (CANCELED, VOID, "Scheduled") else f"{job.done:%m/%d/%Y}"
        return {"job": job, "phone": phone, "other": other, "done": done, "rep": self._say("reps")}


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the files of the office with this seed."""
    pools: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    office = Office(random.Random(f"cascade-{seed}"), pools, leads)
    office.live()
    folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[dict[str, Any]]] = {
        "leads": [office.lead_row(lead) for lead in office.leads],
        "jobs": [office.job_row(job) for job in office.jobs],
        "truth": [{"lead": lead, "job": job} for lead, job in office.truth if lead.number],
        "ambiguous": [{"lead": lead, "job": job} for lead, job in office.ambiguous if lead.number],
        "lead_groups": [{"lead": lead} for lead in office.leads if lead.group],
    }
    for name, columns in pools["columns"].items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(columns))
            writer.writeheader()
            writer.writerows({key: text.format(**row) for key, text in columns.items()} for row in rows[name])
