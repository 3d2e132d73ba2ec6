"""Write the leads and jobs of an invented heating, air and plumbing office on the Louisiana and Mississippi coast.

True is each job that a website request led to: the first visit under whatever name the office filed it, and the visits
that continue that work. Warranty recalls, routine club visits, doubled and canceled bookings, jobs that were called in
before the form was sent, and later orders of the same family are not true. Where a call and the form came in the same
half hour, or a vague job came after two months of silence, the pair is ambiguous.

Hard are storms that bring hundreds of requests within days, clans that share a last name, a road and first names,
French and Vietnamese names typed by ear, records of a spouse, a parent, an owner or an old import, and fishing camps.
"""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

POOL: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = POOL["services"]
HEARD: dict[str, str] = POOL["heard"]
# Besides 555, codes that are never assigned to a customer, so that no number can belong to a real household.
EXCHANGES = ("555",) * 12 + ("950", "958", "959", "976")


@dataclass(frozen=True)
class Place:
    """Hold one true address."""

    number: int
    street: str
    unit: str
    town: str
    state: str
    zip_code: str


@dataclass(eq=False)
class Person:
    """Hold one person as a birth certificate and a phone company would know them."""

    first: str
    last: str
    middle: str
    nick: str
    cell: str
    email: str = ""
    suffix: str = ""


@dataclass(eq=False)
class House:
    """Hold a household or a landlord, with the records that the office has of them."""

    people: list[Person]
    place: Place
    landline: str
    free_from: datetime
    calls: int = 0
    club: bool = False
    company: str = ""
    away: Place | None = None
    landlord: "House | None" = None
    quiet: list[tuple[datetime, datetime]] = field(default_factory=list)
    records: list[dict[str, str]] = field(default_factory=list)


@dataclass(eq=False)
class Order:
    """Hold one wish of one household; it came by phone if it has no row of the form."""

    house: House
    sender: Person
    when: datetime
    service: str
    issue: int
    role: str = "self"
    rows: list[dict[str, str]] = field(default_factory=list)


@dataclass(eq=False)
class Visit:
    """Hold one job before anybody typed it."""

    order: Order
    caller: Person
    when: datetime
    done: datetime
    job_type: str
    unit: str
    total: float
    note: str
    link: str = ""
    canceled: bool = False


class Office:
    """Hold the coast, its people and a bit more than a year of the office."""

    def __init__(self, seed: int, leads: int) -> None:
        """Draw the habits, towns, storms and people, then let the people send forms and call."""
        self.rng = rng = Random(f"bayou-{seed}")
        self.rate = {name: rng.uniform(low, high) for name, (low, high) in POOL["rates"].items()}
        self.start = datetime.fromisoformat(f"{rng.randint(2022, 2024)}-0{rng.randint(2, 5)}-01")
        self.end = self.start + timedelta(days=rng.randint(395, 470))
        self.towns: list[list[Any]] = rng.sample(POOL["towns"], 11)
        self.roads = {town[0]: rng.sample(POOL["streets"].split(";"), 42) for town in self.towns}
        self.clans = {town[0]: [*town[5].split(), self._pick(POOL["surnames"]["french"])] for town in self.towns}
        self.elders: dict[tuple[str, str], list[str]] = {}
        self.phones: set[str] = set()
        self.storms: dict[datetime, frozenset[str]] = {}
        boost = max(self._storm() for _ in range(rng.randint(3, 5)))
        self.days = [self.start + timedelta(days=number) for number in range((self.end - self.start).days)]
        busy = [POOL["busy"][day.month - 1] * (0.7 if day.weekday() > 4 else 1.0) for day in self.days]
        self.weights = [one * (boost if day in self.storms else 1.0) for day, one in zip(self.days, busy, strict=True)]
        self.owners = list[House]()
        self.owners = [self._house(company=rng.choice(POOL["landlords"])) for _ in range(max(3, leads // 40))]
        self.houses = [self._house() for _ in range(leads * 2)]
        self.orders: list[Order] = []
        self.lead_rows: list[tuple[datetime, dict[str, str]]] = []
        self.visits: list[Visit] = []
        self.records: list[dict[str, str]] = []
        self.spots: dict[tuple[str, Place], str] = {}
        self._take_requests(leads)
        self._take_calls()

    def _storm(self) -> float:
        """Add one hurricane, outage or freeze to the calendar, and return how much it fills the phones."""
        rng, start = self.rng, self.start + timedelta(days=self.rng.randint(5, 385))
        start += timedelta(days=75 if start.month in (3, 4, 11) else 0)
        towns = frozenset(str(town[0]) for town in rng.sample(self.towns, rng.randint(3, 8)))
        self.storms |= {start + timedelta(days=number): towns for number in range(rng.randint(3, 8))}
        return rng.uniform(2.5, 6.5)

    def _storm_towns(self, when: datetime) -> frozenset[str]:
        return self.storms.get(when.replace(hour=0, minute=0, second=0, microsecond=0), frozenset())

    def _moments(self, count: int) -> list[datetime]:
        hours = self.rng.choices(range(24), POOL["web_hours"], k=count)
        pairs = zip(self.rng.choices(self.days, self.weights, k=count), hours, strict=True)
        return sorted(day + timedelta(hours=hour, seconds=self.rng.randrange(3600)) for day, hour in pairs)

    def _in_hours(self, when: datetime) -> datetime:
        """Move a time to when the call center, or rarely the answering service, types jobs."""
        rng = self.rng
        if 7 <= when.hour < 19 or rng.random() < 0.06:
            return when
        when += timedelta(days=int(when.hour >= 19))
        when = when.replace(hour=rng.choice((7, 7, 7, 8, 8, 9, 10, 11, 13, 15)), minute=rng.randrange(60))
        return when + timedelta(days=int(when.weekday() == 6 and rng.random() < 0.85))

    def _phone(self, area: str) -> str:
        number, code = "", area if self.rng.random() < 0.88 else self._pick(POOL["areas"], 0.5)
        while not number or number in self.phones:
            number = f"{code}{self.rng.choice(EXCHANGES)}{self.rng.randrange(10000):04d}"
            # A full area code must not hang a large office.
            code = self._pick(POOL["areas"]) if number in self.phones else code
        self.phones.add(number)
        return number

    def _pick(self, words: str, slope: float = 0.0) -> str:
        options = words.split()
        return self.rng.choices(options, [(rank + 5.0) ** -slope for rank in range(len(options))])[0]

    def _last(self, town: Sequence[Any]) -> str:
        roll = self.rng.random()
        if roll < 0.24:
            return str(self.rng.choice(self.clans[town[0]]))
        if roll < 0.24 + town[6]:
            return self._pick(POOL["surnames"]["viet"], 1.1)
        return self._pick(POOL["surnames"]["french" if roll > 0.82 else "coast"], 0.6)

    def _person(self, last: str, area: str, *, male: bool) -> Person:
        rng, names, sex, middle = self.rng, POOL["firsts"], "m" if male else "f", ""
        if last in POOL["surnames"]["viet"].split():
            american = rng.random() < 0.35
            first = self._pick(names["viet_us"] if american else names[f"viet_{sex}"])
            middle = "" if american else self._pick(names["viet_middle"])
            nick = self._pick(names["viet_us"]) if not american and rng.random() < 0.35 else ""
        else:
            french = last in POOL["surnames"]["french"].split() and rng.random() < 0.22
            first = self._pick(names[f"french_{sex}" if french else sex], 0.5)
            nick = self._pick(POOL["nicks"].get(first, first)) if rng.random() < 0.6 else ""
        return Person(first, last, middle, nick, self._phone(area), self._email(first.lower(), last.lower()))

    def _email(self, first: str, last: str) -> str:
        rng, last, number = self.rng, last.replace("'", ""), self.rng.choice((7, 22, 69, 504, 1958, 1971, 1984, 1995))
        number += rng.randint(0, 9)
        names = (f"{first}.{last}", f"{first}.{last}{number}", f"{first[0]}{last}{number}", f"{last}{first}{number}")
        local = rng.choice((*names, f"the{last}s{number}", f"{rng.choice(POOL['handles'])}{number}"))
        work = f"{first[0]}{last}@{self._pick(POOL['work_hosts'])}"
        return work if rng.random() < 0.06 else f"{local}@{self._pick(POOL['hosts'])}"

    def _place(self, town: Sequence[Any], last: str) -> Place:
        rng, unit, roads = self.rng, "", self.roads.get(town[0]) or self.roads[self.towns[0][0]]
        street, number = rng.choice(roads), rng.randint(100, 9899)
        if last in self.clans.get(town[0], ()) and rng.random() < 0.4:
            street, number = f"{last} {'Rd' if len(last) % 2 else 'Ln'}", rng.randrange(6000, 6190, 2)
        elif rng.random() < 0.07:
            unit = f"{rng.choice(('Apt', 'Unit', 'Lot'))} {rng.randint(1, 60)}"
        return Place(number, street, unit, town[0], town[1], self._pick(town[2]))

    def _house(self, company: str = "") -> House:
        rng = self.rng
        town = rng.choices(self.towns, [float(one[4]) for one in self.towns])[0]
        last, male, area = self._last(town), rng.random() < 0.55, town[3]
        away = rng.choice(POOL["away"]) if rng.random() < 0.035 else None
        people = [self._person(last, away[3] if away else area, male=male)]
        if rng.random() < 0.62:
            kept = last if rng.random() < 0.85 else self._last(town)
            people.append(self._person(kept, away[3] if away else area, male=not male))
        elders = self.elders.setdefault((town[0], last), [])
        if last in self.clans[town[0]] and male and elders and rng.random() < 0.22:
            people[0].first, people[0].nick, people[0].suffix = rng.choice(elders), "", rng.choice(("Jr", "III", ""))
            people[0].email = self._email(people[0].first.lower(), last.lower())
        elif male:
            elders.append(people[0].first)
        house = House(people, self._place(town, last), self._phone(area) if rng.random() < 0.3 else "", self.start)
        house.calls = rng.choices((0, 1, 2, 3, 4), (46, 34, 13, 5, 2))[0]
        house.away, house.company = self._place(away, "") if away else None, company.format(last=last).strip()
        if self.owners and not away and rng.random() < self.rate["rental"]:
            house.landlord = rng.choice(self.owners[: rng.randint(1, len(self.owners))])
        house.club = house.calls > 0 and not house.landlord and rng.random() < self.rate["club"]
        return house

    def _slip(self, text: str) -> str:
        if len(text) < 4:
            return text
        at = self.rng.randrange(1, len(text) - 1)
        here, after = text[at], text[at + 1]
        return text[:at] + self.rng.choice((after + here, after, here * 2 + after)) + text[at + 2 :]

    def _hear(self, text: str) -> str:
        """Type a name or a street as it sounded on the phone."""
        if self.rng.random() > self.rate["ear"] * (2.4 if text in HEARD else 0.5):
            return text
        if text in HEARD:
            return HEARD[text] if " " in text else self._pick(HEARD[text])
        sounds = [pair for pair in POOL["sounds"] if pair[0] in text[1:]]
        sound, heard = self.rng.choice(sounds or [("", "")])
        return text[0] + text[1:].replace(sound, heard, 1) if sound else self._slip(text)

    def _digits(self, digits: str, style: str = "({}) {}-{}") -> str:
        digits = digits[:6] + self._slip(digits[6:]) if self.rng.random() < 0.015 else digits
        return style.format(digits[:3], digits[3:6], digits[6:]) if digits else ""

    def _template(self, kind: str, values: dict[str, Any]) -> str:
        """Fill in one of the ways to write a thing, as often as people write it that way."""
        ways: dict[str, int] = POOL["ways"][kind]
        text = self.rng.choices(list(ways), list(ways.values()))[0].format(**values).strip()
        text = self._slip(text) if self.rng.random() < 0.02 else text
        return text.lower() if self.rng.random() < 0.13 else text

    def _street_text(self, place: Place) -> str:
        line = f"{place.number} {place.street} {place.unit}".strip()
        spelled = " ".join(POOL["long"].get(word, word) for word in line.split())
        return self._template("street", vars(place) | {"line": line, "spelled": spelled})

    def _form_names(self, person: Person) -> tuple[str, str]:
        called = person.nick if person.nick and self.rng.random() < 0.45 else f"{person.first} {person.middle}".strip()
        values = vars(person) | {"called": called, "initial": person.last[0]}
        first, _, last = self._template("viet_names" if person.middle else "names", values).partition("|")
        return first.strip(), last.strip()

    def _message(self, order: Order) -> str:
        rng, ask = self.rng, SERVICES[order.service]["asks"][order.issue]
        text = (rng.choice(POOL["openers"]) + ask + rng.choice(POOL["closers"])).replace("?.", "?")
        hints = POOL["hints"]["away" if order.house.away else order.role]
        text += rng.choice(hints).format(kin=rng.choice(POOL["relatives"]), first=order.house.people[0].first)
        text = self._slip(text) if rng.random() < 0.15 else text
        return "" if rng.random() < 0.07 else text.lower() if rng.random() < 0.15 else text

    def _submit(self, order: Order, sender: Person, when: datetime) -> None:
        """Fill in the form or the chat window, and keep the row."""
        rng, house = self.rng, order.house
        place = house.away if house.away and rng.random() < 0.3 else house.place
        chat, (first, last) = rng.random() < self.rate["chat"], self._form_names(sender)
        phone = house.landline if house.landline and rng.random() < 0.12 else sender.cell
        style = rng.choice(("{}{}{}", "{}-{}-{}", "+1{}{}{}", "{}.{}.{}")) if chat else "({}) {}-{}"
        email = "" if rng.random() < (0.3 if chat else 0.05) else sender.email
        service = "other" if rng.random() < 0.06 else order.service
        again = order.rows[0]["Message"] if order.rows and rng.random() < 0.6 else ""
        cells = {
            "Channel": "Chat" if chat else "Request Form", "First Name": first, "Last Name": last,
            "Phone": "" if rng.random() < 0.02 else self._digits(phone, style),
            "Email": email.replace(".com", ".con") if rng.random() < 0.01 else email,
            "Street Address": "" if chat and rng.random() < 0.4 else self._street_text(place),
            "City": place.town if rng.random() < 0.93 else "", "ZIP": place.zip_code if rng.random() < 0.96 else "",
            "Service Needed": SERVICES[service]["form"], "Message": again or self._message(order),
            "Comfort Club Member": "Yes" if house.club and rng.random() < 0.7 else rng.choice(("No", "No", "")),
            "Source / Medium": rng.choice(POOL["sources"]), "Campaign": rng.choice(POOL["lead_campaigns"]),
        }  # fmt: skip
        self.lead_rows.append((when, cells))
        order.rows.append(cells)

    def _order(self, house: House, sender: Person, when: datetime) -> Order:
        season = 3 if self._storm_towns(when) and when.month in (12, 1, 2) else POOL["seasons"][when.month - 1]
        service = self.rng.choices(list(SERVICES), [float(one["weights"][season]) for one in SERVICES.values()])[0]
        return Order(house, sender, when, service, self.rng.randrange(len(SERVICES[service]["asks"])))

    def _new_order(self, when: datetime) -> Order:
        rng, towns, roll = self.rng, self._storm_towns(when), self.rng.random()
        for house in rng.choices(self.houses, k=80):
            near = not towns or house.place.town in towns or rng.random() < 0.3
            free = max(house.free_from, (house.landlord or house).free_from) <= when
            if near and free and rng.random() < (0.45 if house.calls else 1.0):
                break
        else:
            house = self._house()
            self.houses.append(house)
        order = self._order(house, rng.choice(house.people), when)
        if house.landlord:
            order.role = "owner" if rng.random() < 0.3 else "tenant"
            order.sender = house.landlord.people[0] if order.role == "owner" else order.sender
        elif roll < 0.045:
            last = house.people[0].last if roll < 0.022 else self._last(self.towns[0])
            order.role, male = "relative", rng.random() < 0.3
            order.sender = self._person(last, house.people[0].cell[:3], male=male)
        return order

    def _take_requests(self, leads: int) -> None:
        """Let the coast send as many rows as asked: requests, repeated ones, tests and spam."""
        rng = self.rng
        for when in self._moments(leads):
            roll, recent = rng.random(), [one for one in self.orders[-8:] if len(one.rows) == 1]
            if roll < 0.028:
                first, last, text = rng.choice(POOL["spam"])
                cells = {"Channel": "Request Form", "First Name": first, "Last Name": last, "Message": text}
                cells |= {"Phone": self._digits(self._phone("850")), "Email": f"{first.lower()}{when.day}@example.com"}
                self.lead_rows.append((when, cells | {"Service Needed": SERVICES["other"]["form"]}))
            elif roll < 0.068 and recent:
                old = rng.choice(recent)
                sender = rng.choice(old.house.people) if old.role == "self" else old.sender
                again = old.when + timedelta(seconds=rng.lognormvariate(6.5, 2.2) + 20)
                self._submit(old, sender, min(again, old.house.quiet[-1][1] - timedelta(minutes=1)))
            else:
                order = self._new_order(when)
                self._submit(order, order.sender, when)
                self.orders.append(order)
                self._answer(order)

    def _booked(self, order: Order) -> datetime:
        rng, roll = self.rng, self.rng.random()
        delay = timedelta(hours=rng.uniform(2, 22)) if roll < 0.87 else timedelta(days=rng.uniform(1, 5))
        if roll < (0.015 if SERVICES[order.service]["urgent"] else 0.12):
            delay = timedelta(days=rng.uniform(8, 78))
        elif self._storm_towns(order.when):
            delay = timedelta(days=min(9.0, rng.expovariate(0.6)), minutes=20)
        elif roll < 0.6:
            delay = timedelta(minutes=rng.randint(4, 95))
        return self._in_hours(order.when + delay)

    def _answer(self, order: Order) -> None:
        """Decide what becomes of a request, and keep the household from calling about anything else until then."""
        rng, house, roll, visits = self.rng, order.house, self.rng.random(), list[Visit]()
        caller = order.sender if order.role != "relative" or rng.random() < 0.35 else house.people[0]
        until = free = order.when + timedelta(days=92)
        win = self.rate["convert"] * (1.25 if house.calls else 0.95) * (0.85 if self._storm_towns(order.when) else 1.0)
        if roll < 0.012:
            called = replace(order, when=order.when - timedelta(days=rng.uniform(1, 5)), rows=[])
            order.rows[0]["Message"] = f"I called {called.when:%A} and still have not heard when y'all are coming"
            visits = self._chain(called.when, called, caller)[:1]
        elif roll < 0.021:
            minutes = rng.randint(-25, -2) if roll < 0.018 else rng.randint(65000, 120000)
            visits = self._chain(order.when + timedelta(minutes=minutes), order, caller)[:1]
            visits[0].link = "ambiguous"
            if minutes > 0:
                visits[0].when = visits[0].done = self._in_hours(visits[0].when)
                visits[0].job_type, visits[0].note = "Service Call", "see cust"
        elif roll < 0.021 + win:
            visits = self._work(order, caller)
            until, free = visits[0].when, max(free, max(one.done for one in visits) + timedelta(days=65))
        elif roll < 0.04 + win:
            visits = self._chain(self._booked(order), order, caller)[:1]
            visits[0].canceled, visits[0].note = True, rng.choice(POOL["canceled"])
        self.visits += visits
        for one in (house, house.landlord or house):
            one.quiet.append((order.when, until))
            one.free_from = free

    def _work(self, order: Order, caller: Person) -> list[Visit]:
        rng, chain = self.rng, self._chain(self._booked(order), order, caller)
        for visit in chain:
            visit.link = "truth"
        again = self._in_hours(chain[0].when + timedelta(minutes=rng.randint(30, 900)))
        twin = replace(chain[0], when=again, canceled=True, note="DUP - see other job", link="")
        return [*chain, twin] if rng.random() < 0.025 else chain

    def _chain(self, when: datetime, order: Order, caller: Person) -> list[Visit]:
        """Draw the first visit of a work and what continues it."""
        rng, plan, kind = self.rng, SERVICES[order.service], self.rng.choice(SERVICES[order.service]["first"])
        lag = (rng.uniform(0, 5) if self._storm_towns(when) else 0.0) + rng.uniform(0, 1.6 if plan["urgent"] else 7)
        if order.service == "tune" and order.house.club:
            kind = f"Club Visit - {'Cool' if when.month in range(2, 9) else 'Heat'}"
        low, high = plan["total"]
        total = 0.0 if kind.startswith(("Club", "Estimate", "Sales")) else rng.triangular(low, high, low)
        note = rng.choice(plan["notes"]) if rng.random() < 0.2 else plan["notes"][order.issue]
        unit, done = plan["unit"], when + timedelta(days=lag)
        visits = [Visit(order, caller, when, done, kind, unit, total, note)]
        for kind, share, soonest, latest, low, high, lead_in in plan["next"]:
            if rng.random() < share:
                when = self._in_hours(visits[-1].done + timedelta(days=rng.uniform(soonest, latest) * 0.6, hours=2))
                done = when + timedelta(days=rng.uniform(soonest, latest) * 0.4 + 0.1)
                total = rng.triangular(low, high, low)
                visits.append(Visit(order, caller, when, done, kind, unit, total, lead_in + note))
        return visits

    def _take_calls(self) -> None:
        """Fill the board with what never came through the website: calls, club visits and recalls."""
        rng = self.rng
        for house in self.houses:
            for when in self._moments(house.calls):
                call = self._order(house, rng.choice(house.people), when)
                self._add_unless_quiet(self._chain(self._in_hours(when), call, call.sender))
            for month in (3, 10) if house.club else ():
                day = datetime.fromisoformat(f"{self.start.year + (self.start.month > month)}-{month:02d}-01")
                when = day + timedelta(days=rng.randint(-25, 60), minutes=rng.randint(430, 1130))
                call = replace(self._order(house, house.people[0], when), service="tune", issue=3)
                self._add_unless_quiet(self._chain(when, call, house.people[0])[:1])
        for visit in [one for one in self.visits if not one.canceled and rng.random() < 0.03]:
            when = self._in_hours(visit.done + timedelta(days=rng.uniform(2, 45)))
            again = replace(visit, order=replace(visit.order, rows=[]), when=when, done=when + timedelta(days=1))
            again.job_type, again.total, again.link = "Warranty Recall", 0.0, ""
            again.note = f"callback, no charge - {visit.note}"
            self._add_unless_quiet([again])

    def _add_unless_quiet(self, visits: list[Visit]) -> None:
        """Keep visits unless the household has just asked on the website: it seldom calls about something else."""
        house = visits[0].order.house
        quiet = house.quiet + (house.landlord.quiet if house.landlord else [])
        blocked = any(start <= visit.when <= end for visit in visits for start, end in quiet)
        if not blocked or self.rng.random() < 0.003:
            visits[0].canceled = self.rng.random() < 0.07
            self.visits += visits[:1] if visits[0].canceled else visits

    def _typed_place(self, place: Place, cells: dict[str, str]) -> str:
        pasted = cells.get("Street Address", "")
        if pasted[:1].isdigit() and "," not in pasted:
            return pasted
        return f"{place.number} {self._hear(place.street)} {place.unit if self.rng.random() < 0.7 else ''}".strip()

    def _typed_name(self, payer: House, caller: Person) -> str:
        rng = self.rng
        if payer.company and rng.random() < 0.85:
            return payer.company
        first = self._hear(caller.nick if caller.nick and rng.random() < 0.4 else caller.first)
        last = self._hear(caller.last)
        if caller.middle and rng.random() < 0.15:
            first, last = last, first
        elif len(payer.people) > 1 and caller in payer.people and rng.random() < 0.08:
            first = " & ".join(person.first for person in payer.people)
        return f"{first} {last} {caller.suffix if rng.random() < 0.5 else ''}".strip()

    def _new_record(self, visit: Visit, payer: House) -> dict[str, str]:
        rng, caller, order, cells = self.rng, visit.caller, visit.order, {}
        old = payer.calls > 0 and not payer.records and rng.random() < self.rate["old_import"]
        if payer is not order.house or (not order.rows and rng.random() < 0.4):
            caller = payer.people[0]
        name, digits = self._typed_name(payer, caller), payer.landline if rng.random() < 0.25 else caller.cell
        email = caller.email if rng.random() < 0.55 else ""
        if old:
            name, email = f"{caller.last}, {caller.first}".upper(), ""
            digits = payer.landline or (self._phone("228") if rng.random() < 0.3 else caller.cell)
        elif order.rows and payer is order.house and rng.random() < self.rate["paste"]:
            cells = order.rows[0]
            name, email = f"{cells['First Name']} {cells['Last Name']}".title().strip(), cells["Email"]
        phone = cells.get("Phone") or self._digits(digits or caller.cell)
        phone2 = self._digits(rng.choice(payer.people).cell) if rng.random() < 0.25 else ""
        since = visit.when - timedelta(days=rng.randint(200, 2500) if old or payer.calls > 1 else 0)
        home, tags = payer.away or payer.place, ["Comfort Club"] * payer.club + ["IMPORTED"] * old
        billing = f"{self._typed_place(home, {} if payer.away else cells)}, {home.town}, {home.state}"
        email = self._slip(email) if rng.random() < 0.03 else email
        number, day = str(20418 + len(self.records) * 2 + rng.randrange(2)), f"{since:%m/%d/%Y}"
        values = number, name, phone, "" if phone2 == phone else phone2, email, billing, day, ", ".join(tags)
        return dict(zip(POOL["customer_columns"].split(";"), values, strict=True))

    def _record(self, visit: Visit) -> dict[str, str]:
        """Find the customer, or type them again if the search misses."""
        house = payer = visit.order.house
        if house.landlord and (house.place.number % 4 or visit.caller is house.landlord.people[0]):
            payer = house.landlord
        if not payer.records or self.rng.random() > self.rate["found"]:
            self.records.append(self._new_record(visit, payer))
            payer.records.append(self.records[-1])
            return self.records[-1]
        record = self.rng.choice(payer.records) if self.rng.random() < 0.15 else payer.records[-1]
        if not record["Email"] and self.rng.random() < 0.25:
            record["Email"] = payer.people[0].email
        return record

    def _job_note(self, visit: Visit, record: dict[str, str]) -> str:
        rng, caller, house = self.rng, visit.caller, visit.order.house
        parts, kind = [visit.note, rng.choice(POOL["calls"])], ""
        if house.landlord and rng.random() < 0.6:
            caller, kind = house.people[0], "tenant"
        elif caller not in house.people or caller.last.lower() not in record["Name"].lower():
            kind = "caller"
        values = {"first": self._hear(caller.first), "cell": self._digits(caller.cell, "{}-{}-{}")}
        parts += [self._template(kind, values)] if kind else []
        parts.append(self._template("web", {}) if visit.order.rows else "")
        return "; ".join(part for part in parts if part)

    def job_cells(self, visit: Visit, number: int) -> dict[str, str]:
        """Type one job."""
        rng, record, house, place = self.rng, self._record(visit), visit.order.house, visit.order.house.place
        pasted = visit.order.rows and rng.random() < self.rate["paste"] and not house.away
        street = self._typed_place(place, visit.order.rows[0] if pasted else {})
        street = self.spots.setdefault((record["Customer #"], place), street)
        filed_web = visit.order.rows and rng.random() < self.rate["filed_web"]
        campaign = "Website" if filed_web else rng.choice(POOL["job_campaigns"])
        done = not visit.canceled and visit.done < self.end
        status = "Canceled" if visit.canceled else "Completed" if done else "Scheduled"
        day, total, staff = f"{visit.done:%m/%d/%Y}", visit.total if done else 0.0, rng.choice(POOL["staff"])
        values = (
            str(number), f"{visit.when:%m/%d/%Y %H:%M}", day, day if done else "", record["Customer #"], record["Name"],
            record["Phone 1"], record["Email"], street, place.town, place.state, place.zip_code, visit.unit,
            visit.job_type, campaign, status, f"${total:,.2f}", staff, self._job_note(visit, record),
        )  # fmt: skip
        return dict(zip(POOL["job_columns"].split(";"), values, strict=True))


def _save(path: Path, rows: Iterable[dict[str, str]], columns: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns.split(";"), restval="")
        table.writeheader()
        table.writerows(rows)


def _save_leads(office: Office, folder: Path) -> None:
    # A web host on the West Coast stamps its own time in some offices.
    number, rows, step = 31042, [], timedelta(hours=office.rng.choice((0, 0, -2)))
    style = office.rng.choice(("%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M"))
    for when, cells in sorted(office.lead_rows, key=lambda one: one[0]):
        number += office.rng.choice((1, 1, 1, 2, 3))
        cells |= {"Entry ID": str(number), "Submitted": (when + step).strftime(style)}
        rows.append(cells)
    _save(folder / "leads.csv", rows, POOL["lead_columns"])
    twice = enumerate((one for one in office.orders if len(one.rows) > 1), 1)
    groups = [{"lead_id": row["Entry ID"], "group_id": f"G{at}"} for at, one in twice for row in one.rows]
    _save(folder / "lead_groups.csv", groups, "lead_id;group_id")


def _save_jobs(office: Office, folder: Path) -> None:
    # Records are made by the first job that needs them, so the jobs are typed in order of time.
    number, jobs = 61180233, []
    pairs: dict[str, list[dict[str, str]]] = {"": [], "truth": [], "ambiguous": []}
    for visit in sorted(office.visits, key=lambda one: one.when):
        if office.start <= visit.when < office.end:
            number += office.rng.randint(1, 9)
            jobs.append(office.job_cells(visit, number))
            pairs[visit.link] += [{"lead_id": row["Entry ID"], "job_id": str(number)} for row in visit.order.rows]
    _save(folder / "jobs.csv", jobs, POOL["job_columns"])
    for name in ("truth", "ambiguous"):
        _save(folder / f"{name}.csv", pairs[name], "lead_id;job_id")
    _save(folder / "customers.csv", office.records, POOL["customer_columns"])


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the files of one office to a folder."""
    office = Office(seed, leads)
    folder.mkdir(parents=True, exist_ok=True)
    _save_leads(office, folder)
    _save_jobs(office, folder)
