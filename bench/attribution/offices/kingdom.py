"""Write the exports of an office for stoves, chimneys, boilers and heat pumps in a valley of hill towns.

The office works for year-round families, second homes, landlords with rentals and a few inns and farms. True are the
jobs that somebody's request on the website set off: the first visit, parts, repairs and installations that continue
it, and a recall only if the website was used to ask for it; both rows of a request that was sent twice have its jobs.
A pair of which the two files share no trace is moved to the ambiguous ones.

Hard about it: a few last names fill each valley and fathers, sons and brothers live along the same road; owners of
second homes ask from an address in another state while the job is filed at the camp, under a spouse, a trust or with
the caretaker's phone; tenants, grown children and buyers ask for somebody else; towns share post offices; old records
carry RR boxes and seven-digit phones; French names are written as they are heard; masonry waits for spring.
"""

import csv
import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

POOL: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
DAY = timedelta(days=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # All moments are the wall clock's; the zone is a formality.
Row = dict[str, str]


@dataclass
class Person:
    """Someone of the valley or a flatlander."""

    first: str
    last: str
    nick: str
    cell: str
    email: str
    land: str
    suffix: str = ""


@dataclass(frozen=True)
class Place:
    """A house, a camp or an apartment, and how the mail finds it."""

    number: int
    road: str
    town: str
    post: str
    zip: str
    old: str = ""
    unit: str = ""


@dataclass
class Household:
    """People who order work together, with the houses that they order it for."""

    kind: str
    people: list[Person]
    sites: list[Place]
    mail: Place
    caretaker: Person | None = None
    company: str = ""
    regular: bool = False
    accounts: list[Row] = field(default_factory=list)
    quiet: list[tuple[datetime, datetime]] = field(default_factory=list)
    latest: datetime = LONG_AGO


@dataclass
class Job:
    """A row of the field-service software's export, with its customer and the leads behind it."""

    created: datetime
    row: Row
    account: Row
    leads: list[Row]


@dataclass
class Task:
    """Some work for one house: who asked for it, in which part, and through which leads."""

    house: Household
    site: Place
    asker: Person
    part: str
    need: dict[str, Any]
    leads: list[Row] = field(default_factory=list)


class Valley:
    """The towns, roads, families and telephone numbers around one office."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.rates = {name: rng.uniform(low, high) for name, (low, high) in POOL["rates"].items()}
        self.taken = {"0000000"}
        self.families: list[tuple[Person, Place]] = []
        self.roads, self.names = {}, {}
        for town in POOL["towns"]:
            bases = rng.sample(POOL["road_bases"], 46)
            named = [f"{base} {rng.choice(POOL['road_kinds'])}" for base in bases]
            self.roads[town["name"]] = rng.sample(POOL["road_common"], 5) + named
            # Names common in the region tend to lead, yet every town has its own first few.
            ranks = [(rank + 15) * rng.uniform(0.05, 1) for rank in range(len(POOL["local_last"]))]
            self.names[town["name"]] = [name for _, name in sorted(zip(ranks, POOL["local_last"], strict=True))]
        self.skew = [(rank + 3) ** -0.85 for rank in range(len(POOL["local_last"]))]
        self.away_skew = [(rank + 12) ** -0.6 for rank in range(len(POOL["away_last"]))]
        self.caretakers = [self.person(self.surname(self.place().town)) for _ in range(60)]

    def hit(self, share: float) -> bool:
        """Let something happen in a share of the cases."""
        return self.rng.random() < share

    def weighted(self, pairs: Sequence[tuple[Any, float]]) -> Any:
        """Choose one of the values by its weight."""
        return self.rng.choices([value for value, _ in pairs], [weight for _, weight in pairs])[0]

    def slip(self, text: str, share: float) -> str:
        """Swap, drop, double or replace one character of a share of the texts, as fast typing does."""
        if len(text) < 4 or not self.hit(share):
            return text
        at = self.rng.randrange(1, len(text) - 1)
        head, char, tail = text[:at], text[at], text[at + 1 :]
        other = self.rng.choice("0123456789") if char.isdigit() else char * 2
        return self.rng.choice([head + tail[0] + char + tail[1:], head + tail, head + other + tail])

    def dial(self, digits: str, style: str) -> str:
        """Write ten digits in one of the ways that a style knows, now and then with a slip at the end."""
        shape = str(self.weighted(POOL["dials"][style])) if digits else ""
        return shape.format(a=digits[:3], b=digits[3:6], c=self.slip(digits[6:], self.rates["slip"] / 2))

    def surname(self, town: str = "") -> str:
        """Draw a last name, as common as it is in the town or among the people from away."""
        away = self.hit(0.12) or town not in self.names
        names, skew = (POOL["away_last"], self.away_skew) if away else (self.names[town], self.skew)
        return str(self.rng.choices(names, skew)[0])

    def phone(self, area: str) -> str:
        """Give out a number with an exchange that serves no customers; no one else has its last seven digits."""
        number = "0000000"
        while number in self.taken:
            number = f"{self.rng.choice(POOL['exchanges'])}{self.rng.randrange(10000):04d}"
        self.taken.add(number)
        return area + number

    def email(self, first: str, last: str) -> str:
        """Give out an address that no one else has, one in ten of them at work."""
        rng, word = self.rng, self.rng.choice(POOL["email_words"])
        first, last, work = (re.sub(r"\W", "", name.lower()) for name in (first, last, self.surname()))
        shapes = [f"{first}.{last}", f"{first[0]}{last}", f"{first}{last}", f"{first}_{last}", f"{word}{first}"]
        shape = rng.choice([*shapes, f"{last}{first[0]}", f"{last}{word}"])
        host = rng.choice(POOL["hosts"]) if self.hit(0.9) else f"{work}.example.com"
        tail = str(rng.randrange(2, 99)) if self.hit(0.45) else ""
        while f"{shape}{tail}@{host}" in self.taken:
            tail = str(rng.randrange(100, 9999))
        self.taken.add(f"{shape}{tail}@{host}")
        return f"{shape}{tail}@{host}"

    def person(self, last: str, area: str = "", *, man: bool | None = None) -> Person:
        """Invent a local, of whom every third still has a landline, or someone with a phone from elsewhere."""
        rng, man = self.rng, self.hit(0.5) if man is None else man
        names = POOL["men"] if man else POOL["women"]
        first = names[min(rng.randrange(len(names)), rng.randrange(len(names)))]
        nick = POOL["nick"].get(first, first) if self.hit(0.75) else first
        land = self.phone("802") if not area and self.hit(0.34) else ""
        cell = self.phone(area or self.weighted(POOL["local_areas"]))
        return Person(first, last, nick, cell, self.email(rng.choice([first, nick]), last), land)

    def couple(self, head: Person, area: str = "") -> list[Person]:
        """Give most people a spouse, who has the same landline and often the same last name."""
        if self.hit(0.38):
            return [head]
        mate = self.person(head.last if self.hit(0.85) else self.surname(), area, man=head.first in POOL["women"])
        mate.land, mate.email = head.land, head.email if self.hit(0.15) else mate.email
        return [head, mate]

    def place(self, *, water: bool = False) -> Place:
        """Choose a house number on one of the valley's roads."""
        rng, towns = self.rng, POOL["towns"]
        town = rng.choices(towns, [town["size"] for town in towns])[0]
        roads = self.roads[town["name"]]
        wet = [road for road in roads if "Pond" in road or "Lake" in road] or roads
        road = rng.choice(wet if water and self.hit(0.4) else roads)
        number = int(rng.triangular(3, 4200 if "Road" in road or "Route" in road else 700, 60))
        old = rng.choice([f"RR {rng.randint(1, 2)} Box", "PO Box", "PO Box"])
        return Place(number, road, town["name"], town["post"], town["zip"], old=f"{old} {rng.randint(2, 890)}")

    def away(self) -> tuple[Place, str]:
        """Choose a home outside the valley and the area code of its phones."""
        town, road = self.rng.choice(POOL["away"]), self.rng.choice(POOL["away_roads"])
        post = f"{town['town']}, {town['state']}"
        return Place(self.rng.randint(3, 940), road, town["town"], post, town["zip"]), town["area"]

    def street(self, place: Place, style: str) -> str:
        """Write an address on the website, in the job book or on an envelope."""
        odds, short = POOL["streets"][style], POOL["short"]
        words = [short.get(word, word) if self.hit(odds["short"]) else word for word in place.road.split()]
        words = words[1:] if words[0] in {"VT", "US"} and self.hit(0.5) else words
        text = " ".join(words if self.hit(odds["bare"]) else [str(place.number), *words])
        text = place.old if place.old and self.hit(odds["boxed"]) else text
        text += f", {place.unit}" if place.unit and self.hit(odds["unit"]) else ""
        text += f", {place.town}" if self.hit(odds["town"]) else ""
        return text.lower() if self.hit(odds["lower"]) else text

    def settler(self, place: Place) -> tuple[Person, Place]:
        """Invent the head of a local family, some of them along the road where their kin live."""
        head = self.person(self.surname(place.town))
        if self.families and self.hit(self.rates["kin"]):
            kin, near = self.rng.choice(self.families)
            place = replace(near, number=max(2, near.number + self.rng.choice([-44, -12, 6, 8, 20])), old=place.old)
            head = self.person(kin.last)
            if self.hit(0.12):
                head.first, head.nick, head.suffix = kin.first, kin.nick, "Jr"
        self.families.append((head, place))
        return head, place

    def household(self) -> Household:
        """Invent a household of one of the kinds that the office knows."""
        rng, roll = self.rng, self.rng.random() - self.rates["second"]
        place, (mail, area) = self.place(water=roll < 0), self.away()
        if roll < 0:
            house = Household("second", self.couple(self.person(self.surname(), area), area), [place], mail)
            house.caretaker = rng.choice(self.caretakers) if self.hit(self.rates["caretaker"]) else None
        else:
            head, place = self.settler(place)
            house = Household("local", self.couple(head), [place], place)
        if 0 < roll < self.rates["landlord"]:
            house.kind = "landlord"
            for _ in range(rng.randint(1, 3)):
                building = self.place()
                house.sites.extend(replace(building, unit=unit) for unit in rng.choice(POOL["units"]))
        elif roll > 0.95 - self.rates["second"]:
            house.kind = "business"
            named = rng.choice([*POOL["business_a"], *(road.rsplit(" ", 1)[0] for road in self.roads[house.mail.town])])
            house.company = f"{named} {rng.choice(POOL['business_b'])}"
        if self.hit(POOL["trusts"][house.kind]):
            fills = {"last": house.people[0].last, "base": house.sites[-1].road.split()[0]}
            house.company = rng.choice(POOL["trust"]).format(**fills)
        return house


class Office(Valley):
    """The people who answer the website and the phone of a valley, and the records that they leave."""

    def __init__(self, rng: random.Random, leads: int) -> None:
        super().__init__(rng)
        self.wanted = leads
        self.utc, self.stamped = self.hit(self.rates["utc"]), self.hit(self.rates["stamped"])
        self.start = datetime(rng.choice([2020, 2021, 2022]), rng.choice([5, 7, 9, 10]), 1, tzinfo=UTC)
        self.days = int(min(1400, max(420, leads / 4)))
        self.end = self.start + self.days * DAY
        self.leads, self.accounts = list[Row](), list[Row]()
        self.groups, self.jobs = list[tuple[Row, str]](), list[Job]()
        self.houses = [self.household() for _ in range(int(leads * 336 / self.days) + 20)]
        for house in self.houses:
            house.regular = True
            task = Task(house, house.sites[0], house.people[0], "self", {})
            self.open_account(task, self.start - rng.randrange(30, 4000) * DAY)

    def moment(self) -> datetime:
        """Draw a time of asking: autumn and cold months are busy, and evenings too."""
        rng, when = self.rng, LONG_AGO
        while when == LONG_AGO or not self.hit(POOL["months"][when.month - 1] / 1.8):
            when = self.start + timedelta(days=rng.randrange(self.days), seconds=rng.randrange(3600))
        return when + int(rng.triangular(6, 23, 11) if self.hit(0.6) else rng.triangular(16, 23, 20)) * DAY / 24

    def desk(self, when: datetime, *, urgent: bool = False) -> datetime:
        """Move a time to one at which someone is at the desk; the answering service takes emergencies."""
        if urgent and self.hit(0.5):
            return when + timedelta(minutes=self.rng.randint(4, 90))
        when = when.replace(hour=0) + DAY if when.hour >= 16 else when
        while when.weekday() == 6 or (when.weekday() == 5 and self.hit(0.8)):
            when = when.replace(hour=0) + DAY
        return max(when, when.replace(hour=7, minute=30)) + timedelta(minutes=self.rng.randint(5, 200))

    def task(self, when: datetime, house: Household) -> Task:
        """Choose what a household asks for in that month, for which house, and who does the asking."""
        rng, skipped = self.rng, {"redo": not house.accounts, "season": house.kind != "second"}
        needs = [need for need in POOL["needs"].values() if not skipped.get(need["name"])]
        need = rng.choices(needs, [need["weight"] * need["months"][when.month - 1] for need in needs])[0]
        asker, part = house.people[-1 if self.hit(0.34) else 0], "self"
        if house.caretaker and self.hit(0.14):
            asker, part = house.caretaker, "caretaker"
        elif house.kind == "landlord" and self.hit(0.3):
            asker, part = self.person(self.surname(house.sites[-1].town)), "tenant"
        elif house.kind == "local" and self.hit(0.03):
            last = asker.last if self.hit(0.4) else self.surname(house.mail.town)
            asker, part = self.person(last, self.away()[1]), "child"
        site = house.sites[0] if part == "self" and self.hit(0.4) else rng.choice(house.sites)
        if need["name"] == "level2" and not house.accounts:
            asker, part, site = house.people[0], "buyer", self.place()
            house.sites.append(site)
        return Task(house, site, asker, part, need)

    def fill(self) -> None:
        """Let everybody ask on the website in the order of time, then let the other work come in."""
        for when in sorted(self.moment() for _ in range(self.wanted)):
            if len(self.leads) < self.wanted:
                self.junk(when) if self.hit(self.rates["spam"]) else self.request(when)
        for house in self.houses:
            often = 1.0 if house.regular else 0.3 if house.accounts else 0.04
            times = self.rng.expovariate(420 / (self.rates["background"] * often * self.days))
            for when in [self.moment() for _ in range(round(min(times, 9)))]:
                task = self.task(when, house)
                self.work(task, self.desk(when, urgent=task.need["urgent"]))
            # A plan's visit comes once a year, in a week that the office chooses.
            task, day = Task(house, house.sites[0], house.people[0], "self", {}), self.rng.randrange(365)
            for year in range(5 if house.accounts and self.hit(0.2) else 0):
                made = self.desk(self.start + (day + 365 * year + self.rng.randrange(40)) * DAY)
                self.book(task, house.accounts[-1], made, made + self.rng.randint(5, 40) * DAY, POOL["plan"])

    def request(self, when: datetime) -> None:
        """Let one household ask, and let the office win or lose the work."""
        house = self.rng.choice(self.houses) if self.hit(self.rates["existing"]) else self.household()
        while house.latest > when:
            house = self.household()
        # Now and then the household that was the last to ask wants another thing and sends a form for that.
        house = self.houses[-1] if self.hit(0.001) else house
        if not house.regular and house.latest == LONG_AGO:
            self.houses.append(house)
        task = self.task(when, house)
        task.leads.append(self.lead(task, when))
        twice = self.hit(self.rates["twice"]) and len(self.leads) + 1 < self.wanted
        last = self.again(task, when) if twice else when
        self.leads.extend(task.leads)
        house.latest, calm = last + 92 * DAY, last + 92 * DAY
        if self.hit(self.rates["booked"] * task.need["win"] * (1.25 if house.accounts else 1.0)):
            # Emergencies are put on the board at once, camps sometimes only when their owners come up.
            urgent = task.need["urgent"] and self.hit(0.9)
            low, high = self.weighted(POOL["waits"]["second" if house.kind == "second" else ""])
            first = self.desk(last + (0 if urgent else self.rng.randint(low, high)) * DAY, urgent=urgent)
            house.latest, calm = max(self.work(task, first), house.latest), first + self.rng.choice([1, 60, 90]) * DAY
        house.quiet.append((when - DAY, calm))

    def again(self, task: Task, when: datetime) -> datetime:
        """Send the same request twice: pressed again, impatient after days, or by the other half of a couple."""
        rng, first, roll = self.rng, task.leads[0], self.rng.random()
        again = when + timedelta(minutes=rng.randint(1, 14) if roll < 0.45 else rng.randint(1200, 8400))
        asker = rng.choice(task.house.people) if task.part == "self" and roll > 0.75 else task.asker
        twin = self.lead(replace(task, asker=asker), again)
        if roll < 0.45:
            twin = first | {"Submitted At": twin["Submitted At"]}
        else:
            twin["Message"] = f"{rng.choice(POOL['again'])} {rng.choice([first, twin])['Message']}"
        task.leads.append(twin)
        self.groups += [(row, f"G{len(self.groups)}") for row in (first, twin)]
        return again

    def lead(self, task: Task, when: datetime) -> Row:
        """Fill in the form, or let the call tracker record what it knows."""
        rng, who, kind, typo = self.rng, task.asker, task.house.kind, self.rates["slip"] / 2
        called = 7 < when.hour < 17 and self.hit(self.rates["called"] * 2)
        # Some believe that the form wants the address where they get their mail.
        place = task.house.mail if task.part == "self" and self.hit(POOL["mailed"][kind]) else task.site
        phone = who.land if who.land and self.hit(0.3) else who.cell
        phone = self.dial(phone, "local" if phone[:3] == "802" else "away") if called or self.hit(0.97) else ""
        callers = [f"{who.first} {who.last}", f"{who.last} {who.first}", f"{who.nick} {who.last}", "Wireless Caller"]
        first, roll = who.nick if self.hit(0.6) else who.first, rng.random()
        mates = [mate.nick for mate in task.house.people if mate is not who and task.part == "self"]
        first = f"{first} & {mates[0]}" if mates and 0.02 < roll < 0.06 else first
        name = f"{first} {who.last}" if roll > 0.02 else first
        name = name.lower() if roll > 0.93 else name.upper() if roll > 0.91 else name
        email = self.slip(who.email.capitalize() if self.hit(0.06) else who.email, typo)
        email = "" if called or self.hit(0.1 if kind == "local" else 0.03) else email
        street = "" if self.hit(0.45 if called else 0.1) else self.street(place, "web")
        cells = [
            "", self.sent(when),
            "Call" if called else "Chat" if self.hit(0.05) else "Form",
            rng.choice(callers).upper() if called else name,
            phone, email, street,
            rng.choice([place.post, place.post, place.town]) if street or self.hit(0.7) else "",
            place.zip if self.hit(0.93) else "",
            task.need["service"] if self.hit(0.86) else rng.choice(POOL["services"]),
            POOL["homes"].get(kind, "Year-round") if self.hit(0.75) else "",
            "call tracking" if called else self.weighted(POOL["sources"]),
            f"Inbound call {rng.randint(1, 9)}:{rng.randint(10, 59)}" if called else self.message(task),
        ]  # fmt: skip
        return dict(zip(POOL["columns"], cells, strict=True))

    def sent(self, when: datetime) -> str:
        """Write when a form came in; some form services stay on universal time."""
        hours = 0 if not self.utc else 4 if 3 < when.month < 11 else 5
        return f"{when + timedelta(hours=hours):%Y-%m-%d %H:%M:%S}"

    def message(self, task: Task) -> str:
        """Write what the home needs, in the words of its people."""
        rng, house = self.rng, task.house
        head, care = house.people[0], house.caretaker or self.caretakers[0]
        away = task.part == "self" and house.kind == "second" and self.hit(0.6)
        about = POOL["about"][task.part].format(n=f"{head.nick} {head.last}") if self.hit(0.6) else ""
        closer = rng.choice(POOL["second_closers" if away and (house.caretaker or self.hit(0.5)) else "closers"])
        parts = [rng.choice(POOL["openers"]), rng.choice(task.need["messages"]), about, closer]
        text = " ".join(part for part in parts if part) if self.hit(0.94) else ""
        fills = {"town": task.site.town, "home": house.mail.town, "road": task.site.road, "n": rng.randint(2, 14)}
        fills |= {"brand": rng.choice(POOL["brands"]), "when": rng.choice(POOL["when"])}
        text = text.format(**fills, care=f"{care.nick} {care.last}")
        return text.lower() if self.hit(0.12) else text

    def junk(self, when: datetime) -> None:
        """Write an advertiser's, an applicant's or the web agency's own test row."""
        who = self.person(self.surname(), self.away()[1])
        name, text = self.rng.choice(POOL["spam"])
        name = name if "Test" in name else f"{who.first} {name.split()[-1]}"
        cells = ["", self.sent(when), "Form", name, who.cell, who.email, *[""] * 3, "Other / Not sure", "", "", text]
        self.leads.append(dict(zip(POOL["columns"], cells, strict=True)))

    def open_account(self, task: Task, since: datetime) -> Row:
        """Type in a customer; those of the old system have landlines, dead numbers and seldom an email."""
        rng, house, asker, typo = self.rng, task.house, task.asker, self.rates["slip"]
        old = since < self.start
        owner = asker if task.part in {"self", "buyer"} else house.people[0]
        if task.part == "buyer" and self.hit(0.35):
            owner = self.person(self.surname(task.site.town))
        elif task.part == "self" and self.hit(0.2):
            owner = rng.choice(house.people)
        contact = asker if self.hit(0.4) else owner
        phone = owner.land if owner.land and self.hit(0.7 if old else 0.3) else contact.cell
        phone = self.phone("802") if old and self.hit(0.15) else phone
        other = rng.choice(["", owner.cell, house.people[-1].cell, asker.cell])
        email = contact.email if self.hit(0.4 if old else 0.8) else rng.choice(["", "", "", "", "none@none.com"])
        account = {
            "Cust #": str(10211 + 3 * len(self.accounts)), "Name": self.book_name(owner, house, old=old),
            "Main Phone": self.dial(phone, "old" if old else "office"),
            "Other Phone": self.dial(other, "office") if other != phone else "", "Email": self.slip(email, typo),
            "Mailing Address": f"{self.street(house.mail, 'mail')}, {house.mail.post} {house.mail.zip}",
            "Customer Since": f"{since:%m/%d/%Y}",
        }  # fmt: skip
        self.accounts.append(account)
        house.accounts.append(account)
        return account

    def book_name(self, owner: Person, house: Household, *, old: bool) -> str:
        """Write a customer's name as the office heard and filed it."""
        rng, first = self.rng, owner.nick if self.hit(0.45) else owner.first
        last = rng.choice(POOL["heard"].get(owner.last, [owner.last])) if self.hit(0.05) else owner.last
        last = self.slip(last, self.rates["slip"])
        mates = [mate.nick for mate in house.people if mate is not owner and mate.last == owner.last]
        first = f"{first} & {mates[0]}" if mates and owner in house.people and self.hit(0.12) else first
        last = f"{last} {owner.suffix}" if owner.suffix and self.hit(0.4) else last
        filed = self.rates["last_first"] > 0.5
        name = f"{last}, {first}" if filed == self.hit(0.93) else f"{first} {last}"
        if house.company and self.hit(0.75):
            name = house.company if self.hit(0.7) else f"{house.company} - {first} {last}"
        if house.kind == "second" and self.hit(0.1):
            name += rng.choice([" (camp)", " - CAMP", " 2nd home", " *COD*"])
        return name.upper() if old and self.hit(0.3) else name

    def work(self, task: Task, created: datetime) -> datetime:
        """Do the first visit and what follows from it; return when the last of these jobs was created."""
        rng, need, house = self.rng, task.need, task.house
        account = house.accounts[-1] if house.accounts and self.hit(0.88) else self.open_account(task, created)
        done = created + timedelta(days=rng.randint(*need["wait"]), hours=rng.randint(1, 5))
        booked = self.book(task, account, created, done, need)
        for step in need["follow"]:
            if not booked or not self.hit(step["chance"]):
                continue
            gap = rng.uniform(*step["wait"]) * DAY
            created = self.desk(done + gap * rng.choice([0.02, 0.1, 0.3, 0.6]))
            done = max(created + DAY / 12, done + gap)
            account = rng.choice(house.accounts) if self.hit(0.3) else account
            booked = self.book(task, account, created, done, step)
        if booked and self.hit(0.03):
            again = self.desk(done + rng.randint(3, 40) * DAY)
            self.book(replace(task, leads=[]), account, again, again + 3 * DAY, POOL["recall"])
        return created

    def book(self, task: Task, account: Row, created: datetime, done: datetime, step: dict[str, Any]) -> bool:
        """Put a job on the board, unless it is other work of a household that waits for an answer to its form."""
        rng, total = self.rng, self.rng.uniform(*step["price"])
        waits = not task.leads and any(start <= created <= end for start, end in task.house.quiet)
        if created > self.end or (waits and self.hit(0.995)):
            return False
        canceled = self.hit(0.002 if task.leads else 0.05)
        status = "Canceled" if canceled else "Scheduled" if done > self.end else rng.choice(POOL["status_done"])
        idle = canceled or done > self.end
        total = round(total / 5) * 5 if total > 900 or self.hit(0.5) else total
        place = replace(task.site, number=max(1, task.site.number + rng.choice([-10, -2, 1, 10, 100])))
        place = place if self.hit(self.rates["slip"]) else task.site
        place = task.house.mail if task.house.kind == "second" and self.hit(0.06) else place
        kind = step["types"][0] if self.hit(0.6) else rng.choice(step["types"])
        campaign = "Heat Plan" if step is POOL["plan"] else self.weighted(POOL["campaigns"])
        if task.leads and self.hit(self.rates["web"]):
            campaign = rng.choice(["Website", "Website", "Web Form"])
        own = 0.08 if task.part == "self" else 0.02
        row = {
            "Job #": "", "Created": created.strftime("%m/%d/%Y %I:%M %p" if self.stamped else "%m/%d/%Y"),
            "Completed": "" if idle else f"{done:%m/%d/%Y}", "Cust #": account["Cust #"], "Customer": account["Name"],
            "Phone": self.dial(task.asker.cell, "office") if self.hit(own) else account["Main Phone"],
            "Email": account["Email"], "Job Address": self.street(place, "book"), "City": place.town, "Zip": place.zip,
            "Job Type": kind, "Campaign": campaign, "Status": status, "Total": "" if idle else f"${total:,.2f}",
            "Notes": self.notes(task, POOL["idle_notes"] if idle else step["notes"]),
        }  # fmt: skip
        self.jobs.append(Job(created, row, account, [] if canceled else task.leads))
        if self.hit(0.012):
            spare = row | {"Completed": "", "Status": rng.choice(["Void", "Duplicate", "Canceled"]), "Total": ""}
            self.jobs.append(Job(created, spare | {"Notes": rng.choice(POOL["idle_notes"])}, account, []))
        return not canceled

    def notes(self, task: Task, texts: list[str]) -> str:
        """Add what the crew must know: the key, the road, who asked for it."""
        rng, who, care = self.rng, task.asker, task.house.caretaker
        pools = [texts, POOL["job_extras"], POOL["care_extras"], POOL["part_notes"][task.part], POOL["web_extras"]]
        shares = [0.88, 0.3, 0.3 if care else 0.0, 0.8, 0.09 if task.leads else 0.0]
        parts = [rng.choice(pool) for pool, share in zip(pools, shares, strict=True) if self.hit(share)]
        keeper, brand = care or who, rng.choice(POOL["brands"])
        fills = {"care": f"{keeper.nick} {keeper.last}", "carephone": self.dial(keeper.cell, "old"), "who": who.nick}
        fills |= {"last": who.last, "phone": self.dial(who.cell, "old"), "town": task.site.town, "brand": brand}
        return rng.choice(["; ", ". ", " - ", ", "]).join(part for part in parts if part).format(**fills)

    def export(self, folder: Path) -> None:
        """Number the rows in the order of time and write the files."""
        self.leads.sort(key=lambda lead: lead["Submitted At"])
        self.jobs.sort(key=lambda job: job.created)
        for at, lead in enumerate(self.leads, self.rng.randint(900, 9000)):
            lead["Entry ID"] = str(at)
        for at, job in enumerate(self.jobs, self.rng.randint(21000, 60000)):
            job.row["Job #"] = f"J{at}"
        truth: dict[bool, list[Row]] = {True: [], False: []}
        for job in self.jobs:
            for lead in job.leads:
                truth[linked(lead, job)].append({"lead_id": lead["Entry ID"], "job_id": job.row["Job #"]})
        twins = [{"lead_id": lead["Entry ID"], "group_id": code} for lead, code in self.groups]
        tables = {"leads": self.leads, "jobs": [job.row for job in self.jobs], "customers": self.accounts}
        tables |= {"truth": truth[True], "ambiguous": truth[False], "lead_groups": twins}
        for name, rows in tables.items():
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]) if rows else POOL["headings"][name])
                writer.writeheader()
                writer.writerows(rows)


def linked(lead: Row, job: Job) -> bool:
    """Tell whether anything at all in the files connects a request with a job."""
    known = " ".join([*job.row.values(), *job.account.values()]).lower()
    street = " ".join(lead["Street Address"].split()[:2])
    clues = [lead["Email"], street, lead["Your Name"].split()[-1]]
    phone = re.sub(r"\D", "", lead["Best Phone"])[-7:]
    return any(clue and clue.lower() in known for clue in clues) or bool(phone and phone in re.sub(r"\D", "", known))


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write one office with so many leads to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    office = Office(random.Random(f"kingdom-{seed}"), leads)
    office.fill()
    office.export(folder)
