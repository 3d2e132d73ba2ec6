"""Writes the leads and jobs of an office for heating, propane, water heaters and wiring in the rural Ozarks.

The office: one dispatcher who knows everyone types the tickets; the website has a form, a chat and a text line.
True: each job that the request started, and the part, the installation or the first fill that continued it.
Hard: one road has several names, cousins with one last name live on neighboring land, sons have their father's name,
the office keeps the landline where the form has a cell phone, daughters ask for mothers and owners for their tenants,
churches and poultry farms order through a person, cabins have owners far away, and an ice storm sends all at once.
"""

import csv
import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_name("ozark.json").read_text(encoding="utf-8"))
DAYS = 425
type Record = Mapping[str, str]
WINDOW = timedelta(days=92)


@dataclass(frozen=True)
class Town:
    """A town with its post office and area code."""

    name: str
    state: str
    zip: str
    area: str


@dataclass
class Road:
    """A road: the first name is the official one, the others are what people and the office say."""

    town: Town
    names: list[str]
    clans: list[str] = field(default_factory=list)
    homes: list["Home"] = field(default_factory=list)


@dataclass
class Person:
    """Someone who may ask for service."""

    first: str
    last: str
    nick: str
    mobile: str
    email: str
    suffix: str = ""


@dataclass
class Home:
    """A place that gets service, with the people who answer for it."""

    party: int
    kind: str
    number: int
    road: Road
    people: list[Person]
    plan: bool
    landline: str = ""
    owner: Person | None = None
    org: str = ""
    away: tuple[str, Town] | None = None
    record: dict[str, str] | None = None
    since: datetime | None = None

    def kin(self) -> list["Home"]:
        """Families with the same last name on the road."""
        return [home for home in self.road.homes if home is not self and home.people[0].last == self.people[0].last]


@dataclass
class Lead:
    """A row of the website, and who really asked for what."""

    when: datetime
    home: Home
    asker: Person
    service: str
    row: dict[str, str]
    group: int = 0
    first: datetime | None = None


@dataclass
class Job:
    """A ticket; leads are the requests that it resulted from."""

    when: datetime
    done: datetime
    home: Home
    row: dict[str, str]
    leads: list[Lead] = field(default_factory=list)
    unclear: bool = False


class Country:
    """The roads, people and telephones of a few counties."""

    def __init__(self, rng: random.Random, rates: dict[str, float], count: int) -> None:
        self.rng, self.rates = rng, rates
        # Every county has its own common names; Smith and Jones are common everywhere.
        others = [name for name in POOLS["last"] if name not in {"Smith", "Jones"}]
        self.last: list[str] = ["Smith", "Jones", *rng.sample(others, len(others))]
        self.weights = list(accumulate(1 / (rank + 9) ** 0.8 for rank in range(len(self.last))))
        self.phones: set[str] = set()
        towns = [Town(*text.split("|")) for text in rng.sample(POOLS["towns"], 13)]
        self.roads = [self._make_road(town) for town in towns for _ in range(max(5, count // 234))]
        self.homes: list[Home] = []
        for party in range(count):
            self.homes.append(self._make_home(party))

    def surname(self) -> str:
        """Draw a last name, some of them often."""
        return self.rng.choices(self.last, cum_weights=self.weights)[0]

    def phone(self, area: str) -> str:
        """Draw a telephone that no one else has."""
        for _ in range(40):
            phone = f"{area}555{self.rng.randrange(200, 9990):04}"
            if phone not in self.phones:
                break
            area = self.rng.choice(POOLS["areas"])
        self.phones.add(phone)
        return phone

    def person(self, last: str, area: str, pool: str) -> Person:
        """Draw a person of a family."""
        rng = self.rng
        first: str = POOLS[pool][int(len(POOLS[pool]) * rng.random() ** 1.3)]
        nicks = [pair.split(":")[1] for pair in POOLS["nick"] if pair.startswith(f"{first}:")]
        nick = rng.choice(nicks) if nicks and rng.random() < 0.6 else ""
        if not nick and pool == "men" and rng.random() < 0.04:
            nick = rng.choice(POOLS["byname"])
        mobile = self.phone(area if rng.random() < 0.9 else rng.choice(["816", "501", "314", "918"]))
        return Person(first, last, nick or first, mobile, self._email(nick or first, last))

    def _email(self, first: str, last: str) -> str:
        rng, f, n = self.rng, first.lower().replace(" ", ""), last.lower()
        number = rng.choice([str(rng.randrange(1948, 2002)), str(rng.randrange(10, 999)), ""])
        hobby = f"{rng.choice([f, n])}{rng.choice(['', '_'])}{rng.choice(POOLS['hobbies'])}"
        user = rng.choice([f"{f}{n}", f"{f}.{n}", f"{n}{f}", f"{f[0]}{n}", hobby])
        return f"{user}{number}@{rng.choice(POOLS['work_mail' if rng.random() < 0.05 else 'mail'])}"

    def _make_road(self, town: Town) -> Road:
        rng = self.rng
        if rng.random() < 0.3:
            street = rng.choice(POOLS["streets"])
            return Road(town, [street, street, street.replace(" St", " Street").replace(" Ave", "")])
        letter = rng.choice("ABCDEFHJKMNOPTUVWYZ") * rng.choice([1, 1, 2])
        text = rng.choice(POOLS["roads"][town.state])
        names = text.format(n=rng.randrange(101, 999), h=rng.randrange(5, 400), x=letter).split("|")
        clans = [self.surname() for _ in range(rng.choice([1, 1, 2]))]
        if rng.random() < 0.6:
            local = rng.choice([clans[0], *rng.sample(POOLS["locals"], 3)])
            names += [f"{local} Rd", f"{local} Road"]
        return Road(town, names, clans)

    def _make_home(self, party: int) -> Home:
        rng, road = self.rng, self.rng.choice(self.roads)
        town, family = road.town, bool(road.clans) and rng.random() < 0.42
        last = rng.choice(road.clans) if family else self.surname()
        kin = [home for home in road.homes if home.people[0].last == last] if family else []
        # Land was divided among the children: the numbers of cousins are close together.
        number = kin[-1].number + rng.choice([8, 14, 22, 60, 110]) if kin else rng.randrange(100, 9800)
        kind = rng.choices(["home", "rental", "cabin", "org"], [82, 8, 5, 5])[0]
        away = Town(*rng.choice(POOLS["away"]).split("|")) if kind == "cabin" else None
        people = self._couple(last, away.area if away else town.area, kin)
        home = Home(party, kind, number, road, people, rng.random() < 0.2)
        if kind in {"home", "org"} and rng.random() < self.rates["landline"]:
            home.landline = self.phone(town.area)
        if away:
            home.away = f"{rng.randrange(200, 14000)} {rng.choice(POOLS['streets'])}", away
        if kind == "org":
            text: str = rng.choice(POOLS["orgs"])
            home.org = text.format(p=rng.choice(POOLS["locals"]), l=last, t=town.name, n=rng.randrange(1, 9))
        if kind == "rental" and self.homes:
            landlord = rng.choice(self.homes[: max(3, len(self.homes) // 6)])
            home.owner, home.party = landlord.people[0], landlord.party
        road.homes.append(home)
        return home

    def _couple(self, last: str, area: str, kin: Sequence[Home]) -> list[Person]:
        """Make one or two adults; a son on the same road may have his father's name."""
        rng = self.rng
        pools = ["men", "women"] if rng.random() < 0.6 else ["women", "men"]
        people = [self.person(last, area, pools[0])]
        if rng.random() < 0.66:
            people.append(self.person(last if rng.random() < 0.9 else self.surname(), area, pools[1]))
        if kin and pools[0] == "men" and rng.random() < 0.12:
            first = kin[-1].people[0].first
            people[0] = replace(people[0], first=first, suffix="Jr", nick=first, email=self._email(first, last))
        return people


class Desk:
    """How the customers type, and how the dispatcher does."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.shouts, self.last_first = rng, rng.random() < 0.3, rng.random() < 0.65

    def slip(self, text: str, chance: float, low: int = 1) -> str:
        """Mistype or mishear one place of a word."""
        if len(text) < low + 3 or self.rng.random() >= chance:
            return text
        at = self.rng.randrange(low, len(text) - 1)
        swaps = {"a": "e", "e": "a", "i": "y", "o": "u", "u": "o", "y": "ie", "k": "c", "t": "tt", "l": "ll", "s": "z"}
        heard = swaps.get(text[at], "")
        if heard and self.rng.random() < 0.6:
            return text[:at] + heard + text[at + 1 :]
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]

    def phone(self, digits: str) -> str:
        """Write a telephone as a customer types it."""
        digits = self.slip(digits, 0.012, 6)
        a, b, c = digits[:3], digits[3:6], digits[6:]
        styles = [f"({a}) {b}-{c}", f"{a}-{b}-{c}", digits, f"{a}.{b}.{c}", f"+1{digits}", f"{a} {b} {c}"]
        return self.rng.choices(styles, [38, 22, 26, 5, 4, 5])[0]

    def street(self, home: Home, *, office: bool) -> str:
        """Name the road as the office or the customer does."""
        rng, names = self.rng, home.road.names
        road = names[1] if office and rng.random() < 0.6 else rng.choice([names[0], rng.choice(names)])
        text = f"{self.slip(str(home.number), 0.02, 0)} {road}"
        if office and home.road.clans and rng.random() < 0.07:
            box = f"RR {home.number % 4 + 1} Box {home.number % 260}"
            text = rng.choice([f"{road}, 2nd house past church", box, road])
        if rng.random() < 0.06:
            return text.upper()
        return text.lower() if not office and rng.random() < 0.08 else text

    def customer(self, person: Person, home: Home) -> str:
        """Type the customer's name for a new record."""
        rng = self.rng
        if home.org and rng.random() < 0.85:
            return home.org
        first, last = rng.choice([person.nick, person.first]), self.slip(person.last, 0.04)
        spouse = next((p for p in home.people if p is not person and p.last == person.last), None)
        if spouse and person in home.people and rng.random() < 0.2:
            first += f" & {spouse.nick}"
        if person.suffix and rng.random() < 0.6:
            last += f" {person.suffix}"
        text = f"{last}, {first}" if self.last_first or rng.random() < 0.1 else f"{first} {last}"
        return text.upper() if self.shouts or rng.random() < 0.05 else text


class Office:
    """The website and the dispatcher over fourteen months."""

    def __init__(self, seed: int, leads: int) -> None:
        self.rng = rng = random.Random(f"ozark-{seed}")
        self.rates: dict[str, float] = {name: rng.uniform(*span) for name, span in POOLS["rates"].items()}
        self.country = Country(rng, self.rates, max(150, int(leads * 1.35)))
        self.homes, self.desk = self.country.homes, Desk(rng)
        self.start = datetime.fromisoformat(rng.choice(POOLS["starts"]))
        self.end = self.start + timedelta(days=DAYS)
        months = [(self.start + timedelta(days=day)).month for day in range(DAYS)]
        winter = [day for day, month in enumerate(months[:-30]) if month in {12, 1, 2}]
        self.storms = rng.sample(winter, rng.choice([1, 2, 2]))
        self.season = {
            name: list(accumulate(service["months"][month - 1] for month in months))
            for name, service in POOLS["services"].items()
        }
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.asked: dict[int, list[Lead]] = defaultdict(list)
        self.numbers = rng.randrange(1200, 4000)
        for home in self.homes:
            if rng.random() < 0.45:
                self._open_record(home, self._account(home), None)

    def _account(self, home: Home) -> Person:
        return home.owner if home.owner and self.rng.random() < 0.7 else home.people[0]

    def _moment(self, *, web: bool) -> tuple[str, datetime]:
        rng, services = self.rng, POOLS["services"]
        key = "storm" if rng.random() < self.rates["storm"] else "weight"
        name: str = rng.choices(list(services), [service[key] for service in services.values()])[0]
        day = rng.choices(range(DAYS), cum_weights=self.season[name])[0]
        if key == "storm":
            day = min(DAYS - 1, rng.choice(self.storms) + int(rng.expovariate(0.3)))
        hour = rng.triangular(5, 24, rng.choice([9, 19])) if web else rng.triangular(7, 17.5, 9)
        when = self.start + timedelta(days=day, seconds=int(hour * 3600))
        return name, when if web else self._working(when)

    def _working(self, when: datetime) -> datetime:
        """Move a time to when the dispatcher is at her desk."""
        if when.hour >= 18 or when.hour < 7:
            when = (when + timedelta(hours=6)).replace(hour=7) + timedelta(minutes=self.rng.randrange(10, 120))
        return when + timedelta(days=1) if when.weekday() == 6 and self.rng.random() < 0.8 else when

    def _open_record(self, home: Home, person: Person, lead: Lead | None) -> dict[str, str]:
        """Enter a customer: pasted from the request, typed on the phone, or left by an earlier import."""
        rng, desk, town = self.rng, self.desk, home.road.town
        phones = [home.landline, person.mobile]
        if not home.landline or rng.random() < 0.25:
            phones.reverse()
        if not lead and rng.random() < 0.07:
            phones[0] = self.country.phone(town.area)  # the number they had before
        self.numbers += 1
        record = {"Cust No": str(self.numbers), "Customer": desk.customer(person, home), "Phone": dash(phones[0])}
        record["Phone 2"] = dash(phones[1]) if rng.random() < 0.55 else ""
        record["Email"] = person.email if rng.random() < 0.3 else ""
        record |= {"Service Address": desk.street(home, office=True), "City": town.name, "St": town.state}
        record["Zip"] = town.zip if rng.random() < 0.93 else ""
        if not lead and home.landline and rng.random() < 0.12:
            record["Phone"] = record["Phone"].removeprefix(f"{town.area}-")
        if lead and rng.random() < self.rates["pasted"]:
            record |= {"Phone": dash(lead.row["Phone"]), "Phone 2": "", "Email": lead.row["Email"]}
            if lead.row["Street Address"].split(" ")[0] == str(home.number):
                record["Service Address"] = lead.row["Street Address"]
        if not lead or rng.random() < 0.92:
            home.record, home.since = record, lead.when if lead else None
        return record

    def _busy(self, party: int, when: datetime) -> bool:
        """Say whether a request of these people is waiting: they ask for other work only after its first visit."""
        before = timedelta(days=9)
        waiting = (lead for lead in self.asked[party] if lead.when - before <= when <= lead.when + WINDOW)
        return any(not lead.first or when <= lead.first or lead.asker not in lead.home.people for lead in waiting)

    def _asker(self, home: Home) -> tuple[Person, set[int]]:
        rng, kin = self.rng, home.kin()
        if home.kind == "home" and kin and rng.random() < 0.14:
            helper = rng.choice(kin)
            return rng.choice(helper.people), {home.party, helper.party}
        if home.owner and rng.random() < 0.4:
            return home.owner, {home.party}
        return rng.choice(home.people), {home.party}

    def _request(self) -> None:
        rng, rates = self.rng, self.rates
        (service, when), known = self._moment(web=True), rng.random() < rates["known"]
        for _ in range(60):
            home = rng.choice(self.homes)
            asker, parties = self._asker(home)
            earlier = [lead for party in parties for lead in self.asked[party]]
            if (home.record is not None) == known and all(abs(e.when - when) > timedelta(days=115) for e in earlier):
                break
        else:
            return self._spam(when)
        lead = Lead(when, home, asker, service, self._lead_row(home, asker, service, when))
        self.leads.append(lead)
        for party in parties:
            self.asked[party].append(lead)
        fate = rng.random()
        twice = rng.random() < rates["twice"] and 0.05 <= fate <= 0.992
        same = [lead, self._again(lead)] if twice else [lead]
        if known and fate < 0.05:
            lead.row |= {"Service Needed": rng.choice(POOLS["office_label"]), "Message": rng.choice(POOLS["office"])}
        elif fate > 0.992:
            # The dispatcher took a call and asked for photos on the website: no one can say which came first.
            lead.row["Photos"] = f"IMG_{rng.randrange(100, 9999):04}.jpg"
            before = when - timedelta(minutes=rng.randrange(2, 25))
            job = self._ticket(lead, before, self._record_for(lead), phoned=True)
            if job:
                job.leads, job.unclear = [lead], True
        elif rng.random() < rates["booked"] * (1.15 if known else 0.95):
            self._work(same)
        elif rng.random() < 0.02:
            self._ticket(lead, self._working(when + timedelta(hours=5)), self._record_for(lead), status="Canceled")
        return None

    def _again(self, lead: Lead) -> Lead:
        rng, lead.group = self.rng, len(self.leads)
        later = lead.when + timedelta(minutes=int(rng.choice([2, 15, 240, 1500]) * rng.uniform(0.5, 1.6)))
        row = lead.row | {"Message": rng.choice(POOLS["again"]) + lead.row["Message"]}
        if lead.home.landline and rng.random() < 0.3:
            row["Phone"] = self.desk.phone(lead.home.landline)
        self.leads.append(replace(lead, when=later, row=row))
        return self.leads[-1]

    def _lead_row(self, home: Home, asker: Person, service: str, when: datetime) -> dict[str, str]:
        rng, desk, town = self.rng, self.desk, home.road.town
        street, channel = desk.street(home, office=False), rng.choices(["Form", "Text", "Chat"], [83, 9, 8])[0]
        row = dict.fromkeys(POOLS["files"]["leads.csv"], "") | {"Channel": channel}
        row["First Name"] = asker.nick if rng.random() < 0.35 else asker.first
        row["Last Name"] = desk.slip(asker.last, 0.01)
        row["Phone"] = desk.phone(home.landline if home.landline and rng.random() < 0.22 else asker.mobile)
        row["Email"] = asker.email if rng.random() < 0.9 else ""
        if home.away and rng.random() < 0.4:
            street, town = home.away
        if rng.random() < 0.05:
            street = rng.choice([f"PO Box {rng.randrange(2, 900)}", "same as on file", home.road.names[0]])
        elif rng.random() < 0.06:
            street += f", {town.name} {town.state}"
        row |= {"Street Address": street, "City": town.name, "State": town.state, "ZIP": town.zip}
        if rng.random() < (0.06 if channel == "Form" else 0.42):
            row |= {"Street Address": "", "ZIP": ""}
        if channel == "Text":
            row |= {"Email": "", "Photos": f"IMG_{rng.randrange(100, 9999):04}.jpg", "Phone": desk.phone(asker.mobile)}
        if rng.random() < (0.12 if channel == "Text" else 0.025):
            row["Last Name"] = ""
        if rng.random() < 0.06:
            row |= {"First Name": row["First Name"].lower(), "Last Name": row["Last Name"].lower()}
        row["Business or Farm"] = home.org if rng.random() < 0.6 else ""
        row |= {"How Did You Hear About Us": rng.choice(POOLS["heard"]), "UTM": rng.choice(POOLS["utm"])}
        row["Service Needed"] = rng.choice(POOLS["services"][service]["label"]) if rng.random() < 0.95 else "Other"
        row["Message"] = self._message(home, asker, service, when)
        return row

    def _message(self, home: Home, asker: Person, service: str, when: datetime) -> str:
        rng, tails, first = self.rng, list[str](), home.people[0].first
        degrees = rng.randrange(80, 93) if 3 < when.month < 10 else rng.randrange(44, 62)
        text: str = rng.choice(POOLS["services"][service]["messages"])
        text = text.format(y=rng.randrange(8, 31), d=degrees, p=rng.randrange(5, 36), s=rng.randrange(9, 32) * 100)
        if asker is home.owner:
            tails.append(rng.choice([f"This is the rental, tenant is {first}", "Its my rent house"]))
        elif asker not in home.people:
            kin = POOLS["kin"]["men" if first in POOLS["men"] else "women"]
            tails.append(f"This is for my {rng.choice(kin)} {first}")
        if home.away and rng.random() < 0.7:
            tails.append(f"Cabin is on {home.road.names[-1]}, {home.road.town.name}")
        if rng.random() < 0.4:
            tails.append(rng.choice(POOLS["tails"]))
        return ". ".join([text, *tails]).replace("?.", "?") if tails or rng.random() < 0.85 else ""

    def _record_for(self, lead: Lead) -> dict[str, str]:
        if lead.home.record and self.rng.random() < 0.93:
            return lead.home.record
        return self._open_record(lead.home, self.rng.choice([lead.asker, self._account(lead.home)]), lead)

    def _work(self, same: list[Lead]) -> None:
        rng, lead = self.rng, same[0]
        service, record = POOLS["services"][lead.service], self._record_for(lead)
        # Some are not reached at once, and some wait until they have the money.
        lag = service["lag"] * rng.choices([1, 3, 14, 60], [70, 18, 10, 2])[0]
        when = max(lead.when + timedelta(hours=0.15 + rng.expovariate(1 / lag)), same[-1].when + timedelta(minutes=9))
        first = last = self._ticket(lead, self._working(when), record)
        lead.first = first.when if first else None
        if first and rng.random() < 0.02:
            self._ticket(lead, first.when + timedelta(minutes=rng.randrange(1, 50)), record, status="Void - dup")
        for chance in (service["later_chance"], 0.07):
            if not last:
                return
            last.leads = same
            if rng.random() >= chance:
                break
            low, high = service["later_days"]
            due = self._working(last.when + timedelta(days=rng.triangular(low, high, low)))
            last = self._ticket(lead, due, record, later=True)
        if last:
            last.leads = same
        if last and rng.random() < 0.1:
            # A new customer calls for something else, now that they know the number.
            other = replace(lead, service=self._moment(web=False)[0], asker=self._account(lead.home), row={})
            self._ticket(other, self._working(last.when + timedelta(days=rng.uniform(6, 80))), record, phoned=True)

    def _ticket(
        self, lead: Lead, when: datetime, record: Record, *, status: str = "", later: bool = False, phoned: bool = False
    ) -> Job | None:
        rng, service = self.rng, POOLS["services"][lead.service]
        if not self.start <= when < self.end:
            return None
        done = when + timedelta(days=rng.expovariate(1 / service["done"]) + (2 if later else 0))
        row = dict.fromkeys(POOLS["files"]["jobs.csv"], "") | dict(record)
        row["Job Type"] = rng.choice(service["later" if later else "first"])
        row["Status"] = status or ("Completed" if done < self.end else "Scheduled")
        large = later and any(word in row["Job Type"] for word in POOLS["large"])
        low, high = service["later_price" if large else "price"]
        free = row["Status"] != "Completed" or "EST" in row["Job Type"]
        row["Total"] = "0.00" if free else f"{rng.triangular(low, high, low + (high - low) / 4):.2f}"
        web = rng.random() < (0.03 if phoned else self.rates["web"])  # the last choice of the list stays on the screen
        row |= {"Campaign": rng.choice(POOLS["web" if web else "campaign"]), "Tech": rng.choice(POOLS["techs"])}
        row["Dispatch Notes"] = self._notes(lead, row, phoned=phoned)
        if rng.random() < 0.05:
            row["Service Address"] = self.desk.street(lead.home, office=True)
        self.jobs.append(Job(when, done, lead.home, row))
        return self.jobs[-1]

    def _notes(self, lead: Lead, row: Mapping[str, str], *, phoned: bool) -> str:
        rng, home, asker, parts = self.rng, lead.home, lead.asker, list[str]()
        if rng.random() < 0.5:
            # The dispatcher writes down what she heard or read; a call is about the same kinds of things as a request.
            read = lead.row.get("Message", "") if rng.random() < 0.92 else ""
            read = read or self._message(replace(home, away=None), home.people[0], lead.service, lead.when)
            told = read.split(". ")[0].split("? ")[0]
            for word, short in POOLS["short"].items():
                told = told.replace(word, short) if rng.random() < 0.7 else told
            parts.append(told.upper() if self.desk.shouts and rng.random() < 0.5 else told)
        if asker not in home.people and not phoned and rng.random() < 0.5:
            parts.append(f"{asker.nick} called it in {dash(asker.mobile)}")
        elif asker.last[:3].lower() not in row["Customer"].lower() and rng.random() < 0.5:
            parts.append(f"see {asker.nick}")
        if rng.random() < 0.45:
            parts.append(rng.choice(POOLS["notes"]))
        if not phoned and rng.random() < 0.12:
            parts.append(rng.choice(POOLS["from_web"]))
        return "; ".join(part for part in parts if part)

    def _phone_job(self, home: Home, service: str, when: datetime) -> None:
        """Enter what someone ordered by phone, a plan's visit or a delivery on the route."""
        rng = self.rng
        if self._busy(home.party, when) or (home.since and when < home.since):
            return
        routine = home.plan and rng.random() < 0.6
        call = Lead(when, home, self._account(home), rng.choice(["heat", "propane"]) if routine else service, {})
        record = home.record or self._open_record(home, call.asker, None)
        status, later = "Canceled" if rng.random() < 0.04 else "", rng.random() < 0.12
        job = self._ticket(call, when, record, status=status, later=later, phoned=True)
        if job and routine:
            job.row |= {"Job Type": rng.choice(POOLS["routine"]), "Campaign": rng.choice(["Plan", "Route", ""])}
            fuel = "LP" in job.row["Job Type"] and job.row["Status"] == "Completed"
            job.row |= {"Dispatch Notes": "", "Total": f"{rng.uniform(180, 900):.2f}" if fuel else "0.00"}

    def _recalls(self) -> None:
        """Come back for nothing where something was not right."""
        for job in self.jobs[:]:
            when = self._working(job.done + timedelta(days=self.rng.uniform(1, 28)))
            done = when + timedelta(days=self.rng.uniform(0, 3))
            if job.row["Status"] != "Completed" or self.rng.random() > self.rates["recall"] or done >= self.end:
                continue
            if not self._busy(job.home.party, when):
                row = job.row | {"Job Type": "CALLBACK N/C", "Total": "0.00", "Campaign": ""}
                row["Dispatch Notes"] = self.rng.choice(POOLS["same"])
                self.jobs.append(Job(when, done, job.home, row))

    def _spam(self, when: datetime) -> None:
        rng, country = self.rng, self.country
        row = dict.fromkeys(POOLS["files"]["leads.csv"], "") | {"Channel": "Form", "Service Needed": "Other"}
        person = country.person(country.surname(), rng.choice(["332", "213", "786"]), "men")
        row |= {"First Name": person.first, "Last Name": person.last, "Email": person.email}
        row |= {"Phone": self.desk.phone(person.mobile)} | rng.choice(POOLS["spam"])
        self.leads.append(Lead(when, self.homes[0], person, "heat", row))

    def run(self, count: int) -> None:
        """Live through the period."""
        rng = self.rng
        while len(self.leads) < count:
            if rng.random() < 0.02:
                self._spam(self._moment(web=True)[1])
            else:
                self._request()
        for lead in self.leads:
            kin = lead.home.kin()
            if kin and rng.random() < 0.14:
                # Word goes along the road: while they are out there, they check the cousin's, too.
                soon = self._working(lead.when + timedelta(days=rng.uniform(0, 6)))
                self._phone_job(rng.choice(kin), lead.service, soon)
        known = [home for home in self.homes if home.record or rng.random() < 0.35]
        for _ in range(int(count * self.rates["calls"])):
            self._phone_job(rng.choice(known), *self._moment(web=False))
        self._recalls()
        self.leads = sorted(self.leads[:count], key=lambda lead: lead.when)
        self.jobs.sort(key=lambda job: job.when)


def dash(phone: str) -> str:
    """Write a telephone as the office's software shows it."""
    digits = "".join(c for c in phone if c.isdigit())[-10:]
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}" if digits else ""


def apart(lead: Mapping[str, str], job: Mapping[str, str]) -> bool:
    """Say whether a request and its job share neither phone, email, name, organization nor house number."""
    told, number = " ".join(job.values()).lower(), lead["Street Address"].split(" ")[0]
    clues = [dash(lead["Phone"])[-8:], lead["Email"], lead["Last Name"], lead["Business or Farm"]]
    near = bool(number) and number == job["Service Address"].split(" ")[0]
    return not near and not any(clue and clue.lower() in told for clue in clues)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the leads, jobs and the truth of one office."""
    office, pairs, unclear = Office(seed, leads), list[dict[str, str]](), list[dict[str, str]]()
    office.run(leads)
    folder.mkdir(parents=True, exist_ok=True)
    rng, number, ids, groups = office.rng, office.numbers, dict[int, str](), list[dict[str, str]]()
    shift = timedelta(hours=rng.choice([0, 0, 0, -2, 1]))  # the website's host may keep its own time
    for lead in office.leads:
        number += rng.choice([1, 1, 1, 1, 2])
        ids[id(lead)] = lead.row["Entry ID"] = str(number)
        lead.row["Date Submitted"] = f"{lead.when + shift:%Y-%m-%d %H:%M:%S}"
        if lead.group:
            groups.append({"lead_id": str(number), "group_id": f"G{lead.group}"})
    for job in office.jobs:
        number += rng.choice([1, 1, 1, 2])
        job.row |= {"Ticket": f"T{number + 30000}", "Created": f"{job.when:%m/%d/%Y %H:%M}"}
        job.row["Completed"] = f"{job.done:%m/%d/%Y}" if job.row["Status"] == "Completed" else ""
        for lead in (lead for lead in job.leads if id(lead) in ids):
            pair = {"lead_id": ids[id(lead)], "job_id": job.row["Ticket"]}
            if not job.unclear:
                pairs.append(pair)
            if job.unclear or apart(lead.row, job.row):
                unclear.append(pair)
    rows = [lead.row for lead in office.leads], [job.row for job in office.jobs], pairs, unclear, groups
    for (name, fields), content in zip(POOLS["files"].items(), rows, strict=True):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fields)
            writer.writeheader()
            writer.writerows(content)
