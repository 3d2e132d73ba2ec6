"""Generate the website requests and the jobs of a plumbing, drain and heating office in a dense Northeastern city.

The office works in three boroughs: small houses, two-family houses, apartments, stores, and some buildings that a
superintendent or a managing agent looks after. A pair is true if the job was done because of the request, whoever is
on the job: a spouse, a parent, the landlord, the managing agent that ordered the visit after its tenant had asked.
Later stages of the same work are true; plan visits, unrequested callbacks, canceled and doubled jobs are not.
Hard: names spelled by ear or shortened, many customers at one building address, hyphenated house numbers, old customer
records that are found by phone, agents' companies, second phones, repeat emergencies, and chat times in UTC.
"""

import csv
import json
import math
import random
import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
NEEDS: dict[str, dict[str, Any]] = POOLS["needs"]
KINDS: dict[str, dict[str, Any]] = POOLS["kinds"]
BIG_WORK = re.compile("Install|Replacement|Conversion|Rough|Finish|Sewer|Trap|Pressure")


@dataclass
class Person:
    """Someone who asks, pays, or lets the plumber in."""

    first: str
    last: str
    phone: str
    other_phone: str
    email: str


@dataclass
class Place:
    """A house, a store, or one apartment of a building; corner is the building's address on the side street."""

    number: str
    street: str
    city: str
    region: str
    zip_code: str
    corner: str = ""
    unit: str = ""


@dataclass
class Card:
    """A customer record as the office typed it; each new job copies it."""

    number: int
    owner: Person
    name: str
    phone: str
    email: str
    bill_to: str = ""


@dataclass
class Account:
    """People who order together, the places they order for, and the records that the office has of them."""

    kind: str
    person: Person
    partner: Person | None
    places: list[Place]
    home: Place
    company: str = ""
    manager: "Account | None" = None
    cards: list[Card] = field(default_factory=list)


@dataclass
class Event:
    """A need that makes an account ask on the website or call the office."""

    when: datetime
    account: Account
    place: Place
    need: str
    online: bool
    again: bool = False


@dataclass(eq=False)
class Job:
    """One row of the jobs export; the office adds its number and status at the end of the period."""

    account: Account
    card: Card
    created: datetime
    done: datetime
    row: dict[str, str]
    total: float
    canceled: bool = False


@dataclass(eq=False)
class Lead:
    """One row of the requests export with the jobs that came of it; stamp is the time in the export."""

    account: Account | None
    stamp: datetime
    row: dict[str, str]
    jobs: list[Job] = field(default_factory=list)
    unsure: list[Job] = field(default_factory=list)
    group: str = ""


def pick(rng: random.Random, table: dict[str, float]) -> str:
    """Return one key, by weight."""
    return rng.choices(list(table), list(table.values()))[0]


def slip(rng: random.Random, word: str) -> str:
    """Return the word with one slip of the fingers."""
    if len(word) < 4:
        return word
    at = rng.randrange(1, len(word) - 1)
    here, after = word[at], word[at + 1]
    return word[:at] + rng.choice([after, here * 2 + after, after + here]) + word[at + 2 :]


def hear(rng: random.Random, word: str) -> str:
    """Return the word as someone at the phone may spell it."""
    known = POOLS["variants"].get(word)
    if known and rng.random() < 0.8:
        return str(rng.choice(known))
    found = [(old, new) for old, new in POOLS["sounds"] if old in word[1:]]
    old, new = rng.choice(found or [("", "")])
    return word[0] + word[1:].replace(old, new, 1) if found else slip(rng, word)


def show_phone(rng: random.Random, digits: str, style: int) -> str:
    """Return the ten digits as people or programs write them, most often in the given style."""
    area, exchange, line = digits[:3], digits[3:6], digits[6:]
    styles = [f"({area}) {exchange}-{line}", f"{area}-{exchange}-{line}", digits, f"{area}.{exchange}.{line}"]
    styles += [f"+1{digits}", f"1{digits}", f"{area} {exchange} {line}"]
    return styles[style if rng.random() < 0.6 else rng.randrange(len(styles))]


def show_unit(rng: random.Random, unit: str) -> str:
    """Return the apartment or floor in one of its usual spellings."""
    if unit.endswith("Fl"):
        return rng.choice([unit, f"{unit}oor", f"Fl {unit[0]}", f"{unit[0]}F", f"{unit.lower()}oor"])
    if unit in {"", "Bsmt", "Store"}:
        return rng.choice([unit, {"Bsmt": "basement", "Store": "store front", "": ""}[unit]])
    return rng.choice([f"Apt {unit}", f"#{unit}", unit, f"apt {unit.lower()}", f"Apt. {unit}"])


def show_street(rng: random.Random, place: Place, mess: float) -> str:
    """Return number and street; mess is how freely the writer treats hyphens, endings and case."""
    number, street = place.number, place.street
    if place.corner and rng.random() < 0.4:
        number, street = place.corner.split(" ", 1)
    if rng.random() < 0.5 * mess:
        number = number.replace("-", rng.choice(["", " "]))
    words = street.split()
    if rng.random() < mess and words[-1] in POOLS["endings"]:
        words[-1] = rng.choice([POOLS["endings"][words[-1]], words[-1] + "."])
    if rng.random() < 0.4 * mess:
        words = [re.sub(r"^(\d+)(st|nd|rd|th)$", r"\1", word) for word in words]
    if rng.random() < 0.08 * mess and words[0].isalpha():
        words[0] = slip(rng, words[0])
    text = f"{number} {' '.join(words)}"
    return text.lower() if rng.random() < 0.3 * mess else text


class Town:
    """The people and places of the three boroughs."""

    def __init__(self, rng: random.Random, size: int) -> None:
        self.rng = rng
        self.used: set[str] = set()
        self.managers: dict[tuple[str, str], Account] = {}
        self.buildings = [self.lot(corner=0.12) for _ in range(max(12, size // 9))]

    def phone(self) -> str:
        """Return a number that no one else has, as long as there are any."""
        for _ in range(40):
            number = f"{self.rng.choice(POOLS['areas'])}555{self.rng.randrange(10000):04d}"
            if number not in self.used:
                break
        self.used.add(number)
        return number

    def person(self, origin: str, last: str = "") -> Person:
        """Return someone of that origin, with an own last name unless one is given."""
        rng, pool = self.rng, POOLS["origins"][origin]
        first, names = rng.choice(pool[rng.choice("mf")]), pool["last"]
        second = f" {rng.choice(names)}" if origin == "hispanic" and rng.random() < 0.12 else ""
        last = last or rng.choices(names, [1 / (rank + 5) for rank in range(len(names))])[0] + second
        a, b = (re.sub(r"[^a-z]", "", name.lower()) for name in (first, last))
        year = str(rng.randint(1950, 2005))
        user = rng.choice([a + b, f"{a}.{b}", a[0] + b, a + b[0], b + a, f"{a}_{b}", f"{b}.{a[0]}", a + b[:3]])
        user = rng.choice(POOLS["nicks"]) + a[:5] if rng.random() < 0.12 else user
        user += rng.choice([year, year[2:], str(rng.randint(1, 9999))]) if rng.random() < 0.5 else ""
        other = self.phone() if rng.random() < 0.3 else ""
        return Person(first, last, self.phone(), other, f"{user}@{rng.choice(POOLS['hosts'])}")

    def lot(self, hoods: str = "hoods", corner: float = 0) -> Place:
        """Return a house or a building, perhaps on a corner."""
        rng = self.rng
        city, region, zips, style, _ = rng.choice(POOLS[hoods])
        numbered, sided, top = POOLS["numbered"][style]
        lots = []
        for street_type in ("St", rng.choice(["Ave", "Rd", "Dr", "Pl"])):
            count = rng.randint(2, top)
            ending = "th" if count % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
            side = rng.choice(["E ", "W "]) if rng.random() < sided else ""
            named = rng.choice(POOLS["named"][style])
            street = f"{side}{count}{ending} {street_type}" if rng.random() < numbered else named
            number = f"{rng.randint(20, 145)}-{rng.randint(1, 70):02d}" if style == "q" else str(rng.randint(12, 3400))
            lots.append((number, street))
        other = " ".join(lots[1]) if rng.random() < corner else ""
        return Place(*rng.choice([lots[0], lots[0], lots[1]]), city, region, rng.choice(zips), other)

    def flat(self) -> Place:
        """Return an apartment; some buildings turn up much more often than others."""
        rng = self.rng
        unit = f"{rng.randint(1, 6)}{rng.choice('ABCDEFGHLRFB')}" if rng.random() < 0.7 else str(rng.randint(1, 42))
        return replace(self.buildings[int(len(self.buildings) * rng.random() ** 1.4)], unit=unit)

    def places(self, kind: str) -> list[Place]:
        """Return where an account of that kind needs plumbers."""
        rng = self.rng
        if kind in {"apartment", "renter", "super", "agent"}:
            count = {"super": rng.randint(1, 3), "agent": rng.randint(3, 9)}.get(kind, 1)
            flats = [self.flat() for _ in range(count)]
            return (
                [replace(flat, unit=rng.choice(["", flat.unit])) for flat in flats]
                if kind in {"super", "agent"}
                else flats
            )
        if kind == "landlord":
            floors = ["1st Fl", "2nd Fl", "3rd Fl", "Bsmt", ""]
            return [replace(self.lot(), unit=rng.choice(floors)) for _ in range(rng.choice([1, 1, 1, 2, 2, 3]))]
        return [replace(self.lot(), unit="Store" if kind == "store" else rng.choice(["", "", "", "1st Fl", "2nd Fl"]))]

    def account(self) -> Account:
        """Return a household, landlord, store, superintendent or agent with everybody around it."""
        rng = self.rng
        kind = pick(rng, {name: row["share"] for name, row in KINDS.items()})
        places = self.places(kind)
        local = next(hood[4] for hood in POOLS["hoods"] if hood[0] == places[0].city)
        shares = {name: row["share"] for name, row in POOLS["origins"].items()}
        origin = rng.choice(local) if rng.random() < 0.55 else pick(rng, shares)
        person = self.person(origin)
        family = kind in {"owner", "apartment", "child"}
        last = person.last if family and rng.random() < 0.66 else ""
        partner = self.person(origin if family or rng.random() < 0.5 else pick(rng, shares), last)
        shared = rng.random() if kind in {"owner", "apartment"} else 0.5
        partner.phone = person.phone if shared < 0.2 else partner.phone
        partner.email = person.email if shared > 0.75 else partner.email
        away = kind in {"landlord", "child", "super", "agent"}
        home = self.lot("suburbs" if rng.random() < 0.4 else "hoods") if away else places[0]
        account = Account(kind, person, None if family and rng.random() < 0.3 else partner, places, home)
        if kind in {"agent", "super", "store"} or (kind == "landlord" and rng.random() < 0.15):
            self.incorporate(account)
        if kind == "renter":
            account.manager = self.managers.get((places[0].number, places[0].street))
        return account

    def incorporate(self, account: Account) -> None:
        """Give the account a company, perhaps with a work email, and the buildings that it manages."""
        rng, pool, person = self.rng, POOLS["companies"], account.person
        word = rng.choice([rng.choice(pool["first"]), person.last, account.places[0].city])
        account.company = f"{word} {rng.choice(pool['store' if account.kind == 'store' else 'agent'])}"
        if rng.random() < (0.2 if account.kind == "store" else 0.7):
            host = re.sub(r"[^a-z]", "", account.company.lower())
            user = rng.choice([person.first.split()[0].lower(), "office", "service", "maintenance"])
            person.email = f"{user}@{host}.example.com"
        if account.kind in {"agent", "super"}:
            self.managers |= {(place.number, place.street): account for place in account.places}


class Office:
    """Fifteen months of requests, calls and jobs."""

    def __init__(self, rng: random.Random, count: int) -> None:
        self.rng = rng
        self.rates = {name: rng.uniform(low, high) for name, (low, high) in POOLS["rates"].items()}
        self.town = Town(rng, count)
        year, month = rng.choice([2022, 2023, 2024]), rng.choice(["01", "04", "07", "09"])
        self.start = datetime.fromisoformat(f"{year}-{month}-01")
        self.end = self.start + timedelta(days=456)
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.cards = rng.randint(2000, 30000)

    def event(self, account: Account, *, online: bool, need: str = "") -> Event:
        """Return a new need of the account at a time of the year when people have it."""
        rng = self.rng
        # Boilers and main lines belong to the building, so people in apartments rarely order work on them.
        rare = POOLS["building_needs"] if account.kind in {"apartment", "renter"} else []
        need = need or pick(rng, {name: row["weight"] * (0.1 if name in rare else 1) for name, row in NEEDS.items()})
        season = POOLS["seasons"][NEEDS[need]["season"]]
        month = rng.choices(range(15), [season[(self.start.month - 1 + at) % 12] for at in range(15)])[0]
        when = self.start + timedelta(days=int(30.4 * (month + rng.random())), seconds=rng.randrange(3600))
        when += timedelta(hours=rng.choices(range(24), POOLS["hours"])[0])
        return Event(when, account, rng.choice(account.places), need, online)

    def plan(self, count: int) -> list[Event]:
        """Return everything that happens, in order, with as many requests as wanted."""
        rng = self.rng
        calls: list[Event] = []
        asked: list[Event] = []
        while len(asked) < count:
            account = self.town.account()
            pro = account.kind in {"super", "agent"}
            for _ in range(rng.randint(1, 5) if pro else rng.choice([1, 1, 1, 1, 1, 1, 2, 2, 3])):
                event = self.event(account, online=True)
                asked.append(event)
                later = event.when + timedelta(days=rng.choice([rng.uniform(1, 14), rng.uniform(8, 80)]))
                if rng.random() < NEEDS[event.need]["again"] * 0.8 and later < self.end:
                    asked.append(replace(event, when=later, again=True))
            calls += self.calls(account, rng.choice([0, 0, 0, 1, 1, 2]))
        for _ in range(int(count * self.rates["others"])):
            account = self.town.account()
            calls += self.calls(account, rng.randint(1, 6) if account.company else rng.choice([1, 1, 1, 2]))
        return sorted(calls + asked[:count], key=lambda event: event.when)

    def calls(self, account: Account, count: int) -> list[Event]:
        """Return what the account orders without the website, with the visits of its plan."""
        if self.rng.random() < 0.15:
            # Some are customers from before the period, with a record that may be out of date.
            self.card(account, None)
        planned = account.kind in {"owner", "landlord"} and self.rng.random() < 0.08
        needs = [""] * count + ["tuneup"] * planned
        return [self.event(account, online=False, need=need) for need in needs]

    def run(self, count: int) -> None:
        """Live through the period."""
        spam, doubles = round(count * 0.015), round(count * 0.03)
        for event in self.plan(count - spam - doubles):
            if event.online:
                self.ask(event)
            else:
                self.order(event, event.account, event.when, None)
        self.repeat(doubles)
        for _ in range(spam):
            first, last = self.rng.choice([("Test", "Test"), ("Alex", "Team"), ("SEO", ""), ("Jenny", "Marketing")])
            row = {"First Name": first, "Last Name": last, "Phone": self.town.phone(), "Service Needed": "Other"}
            row |= {"Email": f"info{self.rng.randint(1, 999)}@promo.example.com", "Channel": "Form"}
            row |= {"Message": self.rng.choice(POOLS["spam"]), "Lead Source": "direct"}
            when = self.start + timedelta(minutes=self.rng.randrange(1440 * 456))
            self.leads.append(Lead(None, when, row))
        self.jobs = [job for job in self.jobs if job.created <= self.end]
        self.settle()
        self.number()

    def ask(self, event: Event) -> None:
        """Take a request from the website and see what comes of it."""
        rng, account = self.rng, event.account
        event.again = event.again and bool(account.cards)
        lead = self.request(event)
        self.leads.append(lead)
        eager = 0.75 if event.need in {"boiler", "remodel"} else 1.0
        eager = 1.5 if event.again or account.kind in {"super", "agent"} else eager
        # Urgent needs are booked within the hour; the others wait for a call back, and a few for weeks.
        urgent = rng.random() < NEEDS[event.need]["urgent"]
        wait = rng.lognormvariate(math.log(0.6 if urgent else 9), 1.2)
        wait += rng.uniform(24, 600) if not urgent and rng.random() < 0.06 else 0
        when = event.when + timedelta(hours=min(max(wait, 0.04), 1000))
        when = when.replace(hour=rng.choice([7, 8, 8, 9])) if when.hour < 7 and rng.random() < 0.7 else when
        if rng.random() < self.rates["convert"] * eager:
            ordered = account.manager if rng.random() < 0.6 else None
            self.order(event, ordered or account, when, lead)
        elif rng.random() < 0.008:
            job = self.order(event, account, when, None)
            job.canceled, job.row["Notes"] = True, rng.choice(["cust canceled", "no access", "found other", ""])
            lead.unsure.append(job)

    def request(self, event: Event) -> Lead:
        """Return the row that the website keeps."""
        rng, account = self.rng, event.account
        channel = pick(rng, POOLS["channels"])
        odds = POOLS["filled"][channel]
        who = account.partner if rng.random() < KINDS[account.kind]["asks"] else None
        who = who or account.person
        place = account.home if rng.random() < 0.15 else event.place
        known = rng.random() < odds["street"]
        unit = show_unit(rng, place.unit) if known and rng.random() < 0.85 else ""
        inline = f" {unit}" if unit and rng.random() < 0.35 else ""
        digits = who.other_phone if who.other_phone and rng.random() < 0.3 else who.phone
        digits = digits[:8] + str(rng.randrange(10, 100)) if rng.random() < 0.01 else digits
        user, host = who.email.split("@")
        user, host = rng.choice([(slip(rng, user), host), (user, host[:-1])]) if rng.random() < 0.02 else (user, host)
        user = user.capitalize() if rng.random() < 0.12 else user
        row = self.names(who, odds) | {
            "Phone": show_phone(rng, digits, 0) if rng.random() < odds["phone"] else "",
            "Email": f"{user}@{host}" if rng.random() < odds["email"] else "",
            "Street Address": show_street(rng, place, 0.5) + inline if known else "",
            "Apt/Floor": "" if inline else unit,
            "City": pick(rng, {place.city: 45, place.region: 35, "New York": 8, "": 12}),
            "ZIP Code": pick(rng, {place.zip_code: 97 if known else 60, slip(rng, place.zip_code): 1, "": 2}),
            "I am the": pick(rng, {KINDS[account.kind]["role"]: 76, "Other": 5, "": 19}) if channel == "Form" else "",
            "Service Needed": rng.choice(NEEDS[event.need]["ask"] if rng.random() < 0.93 else ["Other", ""]),
            "Channel": channel,
            "Lead Source": pick(rng, POOLS["sources"]),
            "Message": self.message(event, place),
        }
        # The chat vendor keeps UTC; the form and the call log keep local time.
        shift = timedelta(hours=4 if 3 < event.when.month < 11 else 5) if channel == "Chat" else timedelta(0)
        return Lead(account, event.when + shift, row)

    def names(self, who: Person, odds: dict[str, float]) -> dict[str, str]:
        """Return the names as the person, or the answering service, typed them."""
        rng = self.rng
        first = hear(rng, who.first) if rng.random() < odds["heard"] + 0.04 else who.first
        last = hear(rng, who.last) if rng.random() < odds["heard"] - 0.04 else who.last
        first, last = (last, first) if rng.random() < 0.02 else (first, last)
        last = last if rng.random() < odds["last"] else rng.choice(["", last[0]])
        case = rng.random()
        first, last = (first.lower(), last.lower()) if case < 0.18 else (first, last)
        first, last = (first.upper(), last.upper()) if case > 0.94 else (first, last)
        return {"First Name": first, "Last Name": last}

    def message(self, event: Event, place: Place) -> str:
        """Return what the customer wrote."""
        rng = self.rng
        elsewhere = f"the job is at {show_street(rng, event.place, 0.6)} {show_unit(rng, event.place.unit)}".strip()
        parts = [
            rng.choice(POOLS["again"]) if event.again and rng.random() < 0.7 else "",
            rng.choice(NEEDS[event.need]["say"]),
            elsewhere if place != event.place and rng.random() < 0.7 else "",
            event.account.company if rng.random() < 0.4 else "",
            rng.choice(POOLS["tails"]),
        ]
        return ". ".join(part for part in parts if part) if rng.random() < 0.88 else ""

    def card(self, account: Account, lead: Lead | None) -> Card:
        """Return the record on which the office puts the job: one that it finds, or a new one."""
        rng, rates, odds = self.rng, self.rates, KINDS[account.kind]
        if account.cards and rng.random() < rates["found"]:
            return rng.choice(account.cards) if rng.random() < 0.3 else account.cards[-1]
        self.cards += rng.randint(1, 3)
        who = (account.partner if rng.random() < odds["record"] else None) or account.person
        if lead and lead.account is account and rng.random() < rates["copied"]:
            name = f"{lead.row['First Name']} {lead.row['Last Name']}".strip()
            card = Card(self.cards, account.person, name, lead.row["Phone"], lead.row["Email"])
        else:
            phone = who.other_phone if who.other_phone and rng.random() < 0.15 else who.phone
            phone = account.person.phone if who is account.partner and rng.random() < 0.45 else phone
            email = slip(rng, who.email) if rng.random() < 0.02 else who.email
            email = email if rng.random() < rates["email_asked"] else rng.choice([*[""] * 30, "none@none.example"])
            shown = show_phone(rng, phone, 1) if rng.random() < 0.97 else ""
            card = Card(self.cards, who, self.typed(who), shown, email)
        if account.company and rng.random() < odds["company"]:
            card.name, card.bill_to = account.company, show_street(rng, account.home, 0.1)
        elif account.company and rng.random() < 0.3:
            card.name, card.bill_to = f"{card.name} - {account.company}", account.company
        account.cards.append(card)
        return card

    def typed(self, who: Person) -> str:
        """Return a name as the office types it while listening, in one of its habits."""
        rng = self.rng
        first = hear(rng, who.first) if rng.random() < 0.2 else who.first
        last = hear(rng, who.last) if rng.random() < 0.16 else who.last
        last = rng.choice(last.split()) if rng.random() < 0.35 else last
        plain, old = f"{first} {last}", f"{last.upper()}, {first.upper()}"
        short = rng.choice([f"Mr. {last}", f"Mrs. {last}", first])
        return pick(rng, {plain: 83, f"{last} {first}": 3, old: 8, short: 3, slip(rng, plain): 3})

    def order(self, event: Event, payer: Account, when: datetime, lead: Lead | None) -> Job:
        """Book the job and all that follows from it; return the first visit."""
        rng, need = self.rng, NEEDS[event.need]
        chain = [first := self.job(event, payer, when, lead)]
        # A manager's job without the apartment or the tenant could be for anybody in the building.
        vague = payer is not event.account and rng.random() < 0.2
        if vague:
            first.row |= {"Job Address": show_street(rng, event.place, 0.2), "Notes": rng.choice(need["note"])}
        if event.again and rng.random() < 0.4:
            first.row["Job Type"], first.total = "Callback - Warranty", 0.0
        while len(chain) < 4 and rng.random() < need["stage"] * (1 if len(chain) == 1 else 0.35):
            gap = timedelta(days=min(rng.lognormvariate(math.log(4), 1.1), 70))
            later = self.job(event, payer, self.daytime(chain[-1].done + gap), lead)
            later.card = first.card if rng.random() < 0.93 else later.card
            low, high = need["big"]
            kind = rng.choice(need["next"])
            later.total = self.price(low, high if BIG_WORK.search(kind) else min(high, low * 2.5))
            later.row |= {"Job Type": kind, "Notes": rng.choice(POOLS["second"])}
            chain.append(later)
        self.jobs += chain
        if lead:
            (lead.unsure if vague else lead.jobs).extend(chain)
        self.aftermath(event, first, lead)
        return first

    def aftermath(self, event: Event, first: Job, lead: Lead | None) -> None:
        """Add a doubled entry, a callback, or a paid return that no one can attribute."""
        rng, chance = self.rng, self.rng.random()
        if chance < 0.02:
            extra = replace(first, created=first.created + timedelta(minutes=rng.randint(1, 90)), canceled=True)
            extra.row = first.row | {"Notes": "dup"}
        elif chance < 0.055 or (chance < 0.065 and event.need in {"drain", "main", "toilet"}):
            when = self.daytime(first.done + timedelta(days=rng.uniform(1, 20)))
            extra = replace(self.job(event, first.account, when, None), card=first.card)
            if chance < 0.055:
                extra.row["Job Type"], extra.total = "Callback - Warranty", 0.0
        else:
            return
        self.jobs.append(extra)
        if lead and not 0.02 <= chance < 0.055:
            lead.unsure.append(extra)

    def job(self, event: Event, payer: Account, when: datetime, lead: Lead | None) -> Job:
        """Return one job as the office files it."""
        rng, need, old = self.rng, NEEDS[event.need], bool(payer.cards)
        card = self.card(payer, lead)
        place = payer.home if payer is event.account and rng.random() < 0.06 else event.place
        unit = show_unit(rng, place.unit) if rng.random() < 0.8 else ""
        done = when + timedelta(days=rng.uniform(0.05, 1) * (0.15 if rng.random() < need["urgent"] else 3.5))
        campaign = "Repeat Customer" if old and rng.random() < 0.7 else pick(rng, POOLS["campaigns"])
        if lead and rng.random() < self.rates["labeled"]:
            campaign = rng.choice(["Website", "Website", "Internet"])
        row = {
            "Job Address": f"{show_street(rng, place, 0.25)} {unit}".strip(),
            "City": place.region,
            "ZIP": place.zip_code,
            "Job Type": rng.choice(need["types"] if rng.random() < 0.94 else ["Service Call", "Plumbing Service"]),
            "Campaign": rng.choice(["Plan", "Repeat Customer"]) if event.need == "tuneup" else campaign,
            "Notes": self.notes(event, card, place, lead),
        }
        return Job(payer, card, when, self.daytime(done), row, self.price(*need["price"]))

    def daytime(self, when: datetime) -> datetime:
        """Move a night visit to the working day."""
        moved = (when + timedelta(hours=3)).replace(hour=self.rng.randint(8, 16))
        return when if 7 <= when.hour <= 20 else moved

    def price(self, low: float, high: float) -> float:
        """Return an invoice total within the usual bounds, half of them with sales tax."""
        amount = low + (high - low) * self.rng.betavariate(1.3, 2.6)
        return round(amount / 5) * 5 * (1.08875 if self.rng.random() < 0.5 else 1)

    def notes(self, event: Event, card: Card, place: Place, lead: Lead | None) -> str:
        """Return the office's and the technician's notes."""
        rng, account = self.rng, event.account
        tenanted = account.kind in {"landlord", "renter"}
        contact = account.partner if account.kind == "landlord" else account.person
        phone = show_phone(rng, contact.phone, 1) if contact and rng.random() < 0.6 else ""
        named = contact and card.owner is not contact and rng.random() < 0.65
        web = ["web req", "online form", "from website", "emailed thru site"]
        parts = [
            rng.choice(web) if lead and rng.random() < self.rates["web_note"] else "",
            f"job @ {show_street(rng, event.place, 0.3)}" if place != event.place else "",
            f"{'tenant' if tenanted else 'call'} {contact.first} {phone}".strip() if contact and named else "",
            rng.choice(NEEDS[event.need]["note"]) if rng.random() < 0.8 else "",
        ]
        return "; ".join(part for part in parts if part)

    def repeat(self, count: int) -> None:
        """Let impatient people send their request twice before anybody has booked them."""
        rng = self.rng
        chosen = rng.sample([lead for lead in self.leads if lead.row["Channel"] != "Call"], count)
        for at, lead in enumerate(chosen):
            wait = min((job.created - lead.stamp for job in lead.jobs), default=timedelta(hours=40))
            gap = timedelta(seconds=20 + int(max(0, wait.total_seconds()) * rng.random() ** 3))
            lead.group = f"G{at + 1}"
            message = rng.choice(["", "nobody called me", "Hello??", *[lead.row["Message"]] * 4])
            row = lead.row | {"Message": message}
            self.leads.append(replace(lead, stamp=lead.stamp + gap, row=row))

    def settle(self) -> None:
        """Drop nearly all orders that a customer record shows between a request and the first job that came of it."""
        jobs: dict[int, list[Job]] = defaultdict(list)
        for job in sorted(self.jobs, key=lambda job: job.created):
            jobs[id(job.account)].append(job)
        chains = {job: lead.jobs for lead in self.leads for job in lead.jobs}
        dropped: set[Job] = set()
        for lead in sorted(self.leads, key=lambda lead: lead.stamp):
            limit, cards = lead.stamp + timedelta(days=92), set[int]()
            for job in jobs[id(lead.account)]:
                if not lead.stamp <= job.created <= limit or job in dropped:
                    continue
                if job in lead.jobs or job in lead.unsure:
                    cards |= set() if job.canceled else {job.card.number}
                elif job.card.number not in cards and self.rng.random() > 0.003:
                    dropped |= {later for later in chains.get(job, [job]) if later.created >= job.created}
        self.jobs = [job for job in self.jobs if job not in dropped]

    def number(self) -> None:
        """Complete the rows of both exports; visits after the period are still only scheduled."""
        self.leads.sort(key=lambda lead: lead.stamp)
        self.jobs.sort(key=lambda job: job.created)
        number, job_number = self.rng.randint(1000, 60000), self.rng.randint(200000, 700000)
        for lead in self.leads:
            number += self.rng.randint(1, 3)
            lead.row = {"Request ID": f"WR-{number}", "Submitted At": f"{lead.stamp:%Y-%m-%d %H:%M:%S}"} | lead.row
        for job in self.jobs:
            job_number += self.rng.randint(1, 4)
            status = "Canceled" if job.canceled else "Scheduled" if job.done > self.end else "Completed"
            done, total = (f"{job.done:%m/%d/%Y}", job.total) if status == "Completed" else ("", 0.0)
            row = {"Job #": str(job_number), "Created": f"{job.created:%m/%d/%Y %H:%M}", "Completed": done}
            row |= {"Customer #": str(job.card.number), "Customer": job.card.name, "Phone": job.card.phone}
            row |= {"Email": job.card.email, "Bill To": job.card.bill_to}
            job.row = row | job.row | {"Status": status, "Total": f"${total:,.2f}"}


def save(path: Path, headings: list[str], rows: list[dict[str, str]]) -> None:
    """Write one CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings, restval="")
        writer.writeheader()
        writer.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the exports and the truth of the office with that seed into the folder."""
    office = Office(random.Random(f"boroughs-{seed}"), leads)
    office.run(leads)
    folder.mkdir(parents=True, exist_ok=True)
    rows = [lead.row for lead in office.leads]
    save(folder / "leads.csv", max(map(list, rows), key=len), rows)
    save(folder / "jobs.csv", list(office.jobs[0].row), [job.row for job in office.jobs])
    for name in ("truth", "ambiguous"):
        found = [(lead.row, job) for lead in office.leads for job in (lead.jobs if name == "truth" else lead.unsure)]
        # Jobs without a number came after the period or were dropped.
        pairs = [(row["Request ID"], job.row["Job #"]) for row, job in found if "Job #" in job.row and not job.canceled]
        save(folder / f"{name}.csv", ["lead_id", "job_id"], [{"lead_id": lead, "job_id": job} for lead, job in pairs])
    groups = [{"lead_id": lead.row["Request ID"], "group_id": lead.group} for lead in office.leads if lead.group]
    save(folder / "lead_groups.csv", ["lead_id", "group_id"], groups)
