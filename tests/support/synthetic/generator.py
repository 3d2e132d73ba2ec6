"""Generate leads and jobs of a synthetic business, and which job came of which lead. The seed decides everything."""

import csv
import datetime as dt
from bisect import bisect
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from random import Random

from attribution.linkage.words import given_names

from .worlds import World, suffixes

YEAR = dt.datetime(2025, 1, 6, 7, 0)  # noqa: DTZ001 - a clock on a wall, as exports have it
_KEYS = "qwertyuiopasdfghjklzxcvbnm"


@dataclass
class Person:
    first: str
    last: str
    phone: str
    email: str


@dataclass
class Household:
    people: list[Person]
    home_phone: str
    number: str
    street: str
    suffix: list[str]
    direction: str
    unit: str
    city: str
    state: str
    zip: str
    manager: Person | None = None


@dataclass
class Made:
    """Rows as files hold them, and the truth: job id to lead id."""

    leads: list[dict[str, str]] = field(default_factory=list)
    jobs: list[dict[str, str]] = field(default_factory=list)
    customers: list[dict[str, str]] = field(default_factory=list)
    truth: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> dict[str, Path]:
        """Write CSV files; one of customers only if there are rows for it."""
        paths = {}
        for kind in ("leads", "jobs", "customers"):
            rows = getattr(self, kind)
            if rows:
                paths[kind] = folder / f"{kind}.csv"
                with paths[kind].open("w", newline="", encoding="utf-8") as file:
                    writer = csv.DictWriter(file, list(rows[0]))
                    writer.writeheader()
                    writer.writerows(rows)
        return paths


class Maker:
    """Makes one business. All chance comes from one generator."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.rng = world, Random(f"{world.name}-{seed}")
        self.towns = Random(f"towns-{world.name}-{seed}")
        self.first = self._weighted(world.first)
        self.last = self._weighted(world.last)
        self.made = Made()
        self.short: dict[str, list[str]] = defaultdict(list)
        for name, full in given_names():
            for other in full:
                if other != name:
                    self.short[other].append(name)
        self.leads = self.jobs = 0
        self.managers: list[Person] = []

    def _weighted(self, pool: Sequence[str]) -> tuple[Sequence[str], list[float]]:
        """Return a pool with running sums: its first names are the most common."""
        return pool, list(accumulate(1 / (at + 3) ** self.world.zipf for at in range(len(pool))))

    def _pick(self, weighted: tuple[Sequence[str], list[float]]) -> str:
        pool, sums = weighted
        return pool[min(len(pool) - 1, bisect(sums, self.rng.random() * sums[-1]))]

    def chance(self, rate: float) -> bool:
        return self.rng.random() < rate

    def make(self, count: int) -> Made:
        """Make a business with `count` leads."""
        world, rng = self.world, self.rng
        self.managers = [self.person(self._pick(self.last)) for _ in range(max(2, count // 700))]
        asked: list[tuple[Household, Person]] = []
        while self.leads < count:
            if self.chance(world.tests):
                self.test_lead()
                continue
            if asked and self.chance(world.again):
                home, who = rng.choice(asked)
            else:
                home = self.household()
                who = home.manager or rng.choice(home.people)
                asked.append((home, who))
            self.story(home, who)
        rng.shuffle(self.made.leads)
        rng.shuffle(self.made.jobs)
        return self.made

    def story(self, home: Household, who: Person) -> None:
        """Add a request and what came of it, with the jobs of the same people that came of something else."""
        world, rng = self.world, self.rng
        at = YEAR + dt.timedelta(minutes=rng.randrange(300 * 24 * 60))
        service = rng.choice(world.services)
        campaign = rng.choice(world.campaigns)
        lead = self.lead(home, who, at, service[0], campaign)
        if self.chance(world.double):
            self.lead(home, who, at + dt.timedelta(minutes=rng.choice((2, 9, 40, 700, 1900))), service[0], campaign)
        if self.chance(world.before):
            self.job(home, who, at - dt.timedelta(days=rng.randrange(4, 500), hours=rng.randrange(24)))
        if self.chance(world.converts):
            booked = at + dt.timedelta(days=self.lag(), hours=rng.choice((1, 2, 5, 20)))
            self.made.truth[self.job(home, who, booked, service=service[1], campaign=campaign)] = lead
        if self.chance(world.after):
            self.job(home, who, at + dt.timedelta(days=rng.randrange(110, 600), hours=rng.randrange(24)))
        while self.chance(world.walk_ins / (1 + world.walk_ins)):
            self.stranger(home, at)

    def stranger(self, near: Household, at: dt.datetime) -> None:
        """Add a job that came of no lead; at times of a relative or a neighbor."""
        home = self.household()
        when = at + dt.timedelta(days=self.rng.randrange(-60, 90))
        if self.chance(self.world.relatives):
            for person in home.people:
                person.last = near.people[0].last
        elif self.chance(self.world.relatives):
            home.street, home.suffix, home.city, home.state, home.zip = (
                near.street,
                near.suffix,
                near.city,
                near.state,
                near.zip,
            )
        self.job(home, home.manager or home.people[0], when)

    def lag(self) -> int:
        """Return the days from the lead to the job."""
        rng = self.rng
        if self.world.lag == "quick":
            return min(45, int(rng.expovariate(1 / 4)))
        if self.world.lag == "slow":
            return min(80, int(rng.expovariate(1 / 14)))
        return rng.choice((0, 0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55)) if self.chance(0.8) else rng.randrange(60)

    def household(self) -> Household:
        world, rng = self.world, self.rng
        last = self._pick(self.last)
        people = [self.person(last)]
        if self.chance(world.couples):
            people.append(self.person(last if self.chance(0.85) else self._pick(self.last)))
        city, state, zips = rng.choice(world.cities)
        home = Household(
            people,
            self.phone(),
            str(rng.randrange(1, 9900)),
            rng.choice(world.streets),
            list(rng.choice(suffixes())),
            rng.choice(("", "", "N", "S", "E", "W")),
            str(rng.randrange(1, 60)) if self.chance(world.units) else "",
            city,
            state,
            rng.choice(zips),
        )
        if self.chance(0.25):
            for person in people:
                person.phone = home.home_phone
        if self.chance(world.managers):
            home.manager = rng.choice(self.managers)
        return home

    def person(self, last: str) -> Person:
        first = self._pick(self.first)
        plain_last = last.lower().replace(" ", "").replace("'", "")
        made = self.rng.choice(
            (
                f"{first}.{plain_last}",
                f"{first[0]}{plain_last}",
                f"{first}{self.rng.randrange(100)}",
                f"{plain_last}{self.rng.randrange(1000)}",
            )
        )
        if self.chance(0.5):
            made += str(self.rng.randrange(1, 2000))
        return Person(first, last, self.phone(), f"{made.lower()}@{self.rng.choice(self.world.hosts)}")

    def phone(self) -> str:
        rng = self.rng
        return f"{rng.choice((602, 480, 218, 562, 813, 619))}{rng.randrange(200, 1000)}{rng.randrange(10000):04d}"

    def typo(self, text: str) -> str:
        rng = self.rng
        if len(text) < 3:
            return text
        at = rng.randrange(1, len(text) - 1)
        return rng.choice(
            (
                text[:at] + text[at + 1] + text[at] + text[at + 2 :],
                text[:at] + text[at + 1 :],
                text[:at] + text[at] + text[at:],
                text[:at] + rng.choice(_KEYS) + text[at + 1 :],
            )
        )

    def typed_name(self, who: Person) -> tuple[str, str]:
        world, rng = self.world, self.rng
        first, last = who.first, who.last
        if self.chance(world.nick) and (shorts := self.short.get(first.lower())):
            first = rng.choice(shorts).title()
        if self.chance(world.initial):
            first = first[0]
        if self.chance(world.name_typo):
            last = self.typo(last)
        if self.chance(world.name_typo):
            first = self.typo(first)
        if " " in last and self.chance(0.4):
            last = last.split()[0]
        if self.chance(world.swapped):
            first, last = last, first
        if self.chance(0.1):
            first, last = first.lower(), last.lower()
        return first, last

    def typed_phone(self, number: str) -> str:
        if self.chance(self.world.phone_junk):
            return self.rng.choice(("0000000000", "555-555-5555", "(999) 999-9999", "1234567890"))
        if self.chance(self.world.phone_typo):
            at = self.rng.randrange(3, 10)
            number = number[:at] + str(self.rng.randrange(10)) + number[at + 1 :]
        a, b, c = number[:3], number[3:6], number[6:]
        return self.rng.choice(
            (f"({a}) {b}-{c}", f"{a}-{b}-{c}", number, f"+1{number}", f"{a}.{b}.{c}", f"1 {a} {b} {c}")
        )

    def typed_email(self, email: str) -> str:
        if self.chance(self.world.email_junk):
            return self.rng.choice(
                ("none@none.com", "noemail@noemail.com", "na@na.com", "no@email.com", "customer@gmail.com")
            )
        if self.chance(self.world.email_typo):
            box, _, host = email.partition("@")
            email = f"{self.typo(box)}@{host}" if self.chance(0.6) else f"{box}@{self.typo(host)}"
        if self.chance(0.03):
            email = email.replace("@", "+home@")
        return email.upper() if self.chance(0.03) else email

    def typed_street(self, home: Household) -> str:
        street = self.typo(home.street) if self.chance(self.world.street_typo) else home.street
        direction = home.direction if self.chance(0.8) else ""
        unit = ""
        if home.unit and self.chance(0.8):
            unit = self.rng.choice((f" Apt {home.unit}", f" #{home.unit}", f" Unit {home.unit}", f", Apt. {home.unit}"))
        return " ".join(part for part in (home.number, direction, street, self.rng.choice(home.suffix)) if part) + unit

    def when(self, at: dt.datetime) -> str:
        return at.strftime("%m/%d/%Y %I:%M %p") if self.world.us_dates else at.strftime("%Y-%m-%dT%H:%M:%S")

    def contact(self, home: Household, first: str, last: str, street: str) -> dict[str, str]:
        """Return name and address columns as this business has them."""
        zip_code = "" if self.chance(self.world.zip_missing) else home.zip
        city, state = home.city, home.state
        if not street and self.towns.random() < self.world.bare:
            city = state = zip_code = ""
        elif self.towns.random() < self.world.city_other:
            city = self.towns.choice(("", *(name for name, _, _ in self.world.cities)))
        row = (
            {"Customer Name": f"{first} {last}"} if self.world.single_name else {"First Name": first, "Last Name": last}
        )
        if self.world.single_address:
            tail = f"{city}, {state} {zip_code}".strip(", ")
            return row | {"Address": f"{street}, {tail}" if street and tail else street or tail}
        return row | {"Street": street, "City": city, "Zip": zip_code}

    def lead(self, home: Household, who: Person, at: dt.datetime, service: str, campaign: str) -> str:
        world = self.world
        self.leads += 1
        number = f"L{self.leads:07d}"
        first, last = self.typed_name(who)
        street = "" if self.chance(world.street_missing_lead) else self.typed_street(home)
        self.made.leads.append(
            {
                "Lead ID": number,
                "Submitted At": self.when(at),
                **self.contact(home, first, last, street),
                "Phone": "" if self.chance(world.phone_missing) else self.typed_phone(who.phone),
                "Email": "" if self.chance(world.email_missing_lead) else self.typed_email(who.email),
                "Service": service,
                "Campaign": campaign if self.chance(0.9) else "",
                "Message": self.rng.choice(("", "please call", "asap", "What do you charge?")),
            }
        )
        return number

    def test_lead(self) -> None:
        home, person = self.household(), self.person("Test")
        person.first = self.rng.choice(("Test", "Testing", "Test", "asdf"))
        self.lead(
            home,
            person,
            YEAR + dt.timedelta(days=self.rng.randrange(300)),
            self.world.services[0][0],
            self.world.campaigns[0],
        )

    def job(self, home: Household, who: Person, at: dt.datetime, *, service: str = "", campaign: str = "") -> str:
        """Add a job as the office files it, and return its id."""
        world, rng = self.world, self.rng
        self.jobs += 1
        number = str(50_000_000 + self.jobs * 7)
        named = who
        if len(home.people) > 1 and not home.manager and self.chance(world.spouse_named):
            named = next((person for person in home.people if person is not who), who)
        first, last = self.typed_name(named)
        shown = named if self.chance(0.5) else who
        phone, email = shown.phone, shown.email
        other = ""
        if self.chance(world.second_phone):
            phone, other = (self.phone(), phone) if self.chance(0.7) else (self.phone(), "")
        if self.chance(world.email_other):
            email = self.person(who.last).email
        if not service or self.chance(world.service_wrong):
            service = rng.choice(world.services)[1]
        if self.chance(world.campaign_blank):
            campaign = ""
        elif not campaign or self.chance(world.campaign_wrong):
            campaign = rng.choice(world.campaigns)
        row = {"Job ID": number, "Created On": self.when(at)}
        contact = {
            **self.contact(home, first, last, "" if self.chance(world.street_missing_job) else self.typed_street(home)),
            "Phone Number": "" if self.chance(world.phone_missing) else self.typed_phone(phone),
            "Alternate Phone": self.typed_phone(other) if other else "",
            "Email Address": "" if self.chance(world.email_missing_job) else self.typed_email(email),
        }
        if world.customers_apart:
            self.made.customers.append({"Customer ID": f"9{self.jobs:07d}", **contact})
            row["Customer ID"] = f"9{self.jobs:07d}"
        else:
            row |= contact
        self.made.jobs.append(
            row | {"Job Type": service, "Campaign Name": campaign, "Summary": "", "Status": "Completed"}
        )
        return number
