"""Write the website requests and job list of a typical heating, air conditioning and plumbing contractor.

The office has about forty technicians and serves a growing suburb of the Southwest. Its website has a mostly optional
form, which the call center types again, and a strict online scheduler. Most jobs come from phone calls and plans.

True are the jobs that the request led to: the first visit, a return with a part, the installation after an estimate, a
second trade that the request asked for, the booking after a cancellation, and a recall asked for on the website. Not
true are canceled bookings, plan visits, other recalls, and later orders. A request sent twice is one group; the truth
names its first row.

Hard are spouses, tenants, owners, children who ask for parents, agents, seasonal residents who type their other home,
managers with many doors, records imported or opened twice, previous owners at the same address, apartments without
their unit, replies after weeks, wrongly filed types, and a website clock that may run an hour behind.
"""

import csv
import json
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

DATA: dict[str, Any] = json.loads(Path(__file__).with_name("fourcorners.json").read_text(encoding="utf-8"))
LISTS: dict[str, list[str]] = {name: value for name, value in DATA.items() if isinstance(value, list)}
CASTS: dict[str, list[float]] = DATA["casts"]
NEEDS: dict[str, dict[str, Any]] = DATA["needs"]
NICK: dict[str, str] = DATA["nick"]
WORDS: dict[str, str] = DATA["suffix"] | {"N": "North", "S": "South", "E": "East", "W": "West"}
# The numbering plan reserves codes whose second digit is 9, so no number of the invented suburb can exist.
AREA_CODES = ("596", "596", "596", "793", "793", "692")
LOCAL = timezone(timedelta(hours=-7))
LONG_AGO, SOME_DAY = datetime(2000, 1, 1, tzinfo=LOCAL), datetime(2100, 1, 1, tzinfo=LOCAL)
ONLINE, CANCELED = "Online Scheduler", "Canceled"
QUARTER = timedelta(days=92)


@dataclass(frozen=True)
class Person:
    """Someone who fills in forms or answers the phone."""

    first: str
    last: str
    phone: str
    email: str


@dataclass(frozen=True)
class Place:
    """An address."""

    number: int
    way: str
    town: str
    state: str
    zip: str
    unit: str = ""

    def line(self, *, long: bool = False, unit: bool = True) -> str:
        """Return the street line, with its words spelled out if long."""
        words = [WORDS.get(word, word) if long else word for word in self.way.split()]
        return " ".join([str(self.number), *words, self.unit if unit else ""]).strip()


@dataclass(eq=False)
class Card:
    """A customer record of the dispatch software, with the addresses as the office filed them."""

    name: str
    phone: str
    email: str
    sites: dict[Place, str] = field(default_factory=dict)
    number: int = 0


@dataclass(eq=False)
class Home:
    """A household or company, its places, and the relative, owner or agent who acts for it."""

    kind: str
    people: list[Person]
    places: list[Place]
    mail: Place
    line: str
    helper: Person | None = None
    company: str = ""
    imported: bool = False
    since: datetime = LONG_AGO
    until: datetime = SOME_DAY
    cards: list[Card] = field(default_factory=list)
    asked: list["Lead"] = field(default_factory=list)


@dataclass(eq=False)
class Lead:
    """A request on the website, its exported fields, and the first job that it led to."""

    when: datetime
    row: dict[str, str]
    home: Home
    asker: Person
    place: Place
    need: str
    online: bool
    first: "Job | None" = None
    group: int = 0


@dataclass(eq=False)
class Job:
    """A job, and its exported fields that never matter again."""

    when: datetime
    visit: datetime
    card: Card
    place: Place
    row: dict[str, str]
    lead: Lead | None = None
    total: float = 0.0
    status: str = "Completed"
    unsure: Lead | None = None


class Town:
    """The people and addresses of the suburb."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.taken: set[str] = set()
        self.exchanges = rng.sample(range(210, 990), 48)
        self.complexes = [self.place(flats=0) for _ in range(14)]

    def chance(self, share: float) -> bool:
        """Return whether something with this probability happens."""
        return self.rng.random() < share

    def pick(self, name: str, skew: float = 1) -> str:
        """Return an entry of a pool, the first ones more often if skewed."""
        return LISTS[name][int(len(LISTS[name]) * self.rng.random() ** skew)]

    def _new_phone(self, local: float) -> str:
        while True:
            # Newcomers are many, but their old codes have only one fictitious exchange to give.
            local += 0.01
            area = f"{self.rng.choice(AREA_CODES)}{self.rng.choice(self.exchanges)}"
            area = area if self.chance(local) else f"{self.pick('far_codes')}555"
            if (number := f"{area}{self.rng.randrange(10000):04}") not in self.taken:
                self.taken.add(number)
                return number

    def place(self, *, flats: float = 0.08, far: bool = False) -> Place:
        """Return a house, if far in another state, or a unit of an apartment complex."""
        if self.chance(flats):
            unit = f"{self.pick('units')}{100 * self.rng.randint(1, 3) + self.rng.randint(1, 28)}"
            return replace(self.rng.choice(self.complexes), unit=unit)
        name = self.pick("ordinals" if self.chance(0.2) else "streets")
        name = name.format(self.rng.randint(2, 18) * 10 + self.rng.randint(4, 10))
        town, state, code = self.pick("far" if far else "towns").split(":")
        number = self.rng.randint(100, 24999 if self.chance(0.6) else 3999)
        return Place(number, f"{self.rng.choice('NSEW')} {name}", town, state, code)

    def _person(self, last: str = "", sex: str = "", *, firm: str = "", local: float = 0.74) -> Person:
        first = self.pick(sex or self.rng.choice(("men", "women")), 1.4)
        last = last or self.pick("last", 1.7) + (f"-{self.pick('last', 1.7)}" if self.chance(0.015) else "")
        name = self.pick("last") if self.chance(0.07) else last
        digits = self.rng.choice(("", "", "1", str(self.rng.randint(48, 99)), str(self.rng.randint(2, 2024))))
        user = self.pick("emails").format(first=first, f=first[0], last=name, l=name[0], n=digits)
        user, host = self.pick("users") if self.chance(0.08) else user, self.pick("hosts")
        if firm:
            user, host = first[0] + last, "".join(char for char in firm if char.isalpha()) + ".example.com"
        while user in self.taken:
            user += str(self.rng.randint(1, 99))
        self.taken.add(user)
        return Person(first, last, self._new_phone(local), f"{user}@{host}".lower().replace("'", ""))

    def home(self, kind: str) -> Home:
        """Return a new household or company of this kind."""
        place, local = self.place(), 0.15 if kind == "snowbird" else 0.74
        people = [self._person(local=local)]
        if self.chance(0.62):
            sex = "women" if people[0].first in LISTS["men"] else "men"
            two = self._person(people[0].last if self.chance(0.84) else "", sex, local=local)
            people.append(replace(two, email=people[0].email) if self.chance(0.12) else two)
        home = Home(kind, people, [place], place, self._new_phone(0.9))
        if kind == "parent":
            home.helper = self._person(people[0].last if self.chance(0.55) else "")
        elif kind in ("tenant", "landlord"):
            home.helper, home.mail = self._person(), self.place(flats=0, far=self.chance(0.3))
        elif kind == "realtor":
            home.helper = self._person(firm=f"{self.pick('firm_heads')} {self.pick('realtor_tails')}")
        elif kind == "snowbird":
            home.mail = self.place(flats=0, far=True)
        elif kind in ("business", "manager"):
            home.company = f"{self.pick('firm_heads')} {self.pick(f'{kind}_tails')}"
            home.people = [self._person(firm=home.company, local=0.95) for _ in range(self.rng.randint(1, 3))]
            home.places = [self.place() for _ in range(self.rng.randint(12, 40) if kind == "manager" else 1)]
        return home


class Office:
    """The office's website, as visitors use it, and its call center with the dispatch software."""

    def __init__(self, town: Town, rates: dict[str, float]) -> None:
        self.town, self.rng, self.rates = town, town.rng, rates
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []

    def submit(self, home: Home, need: str, when: datetime, place: Place, online: float) -> Lead:
        """Add the request of someone of this home for this place."""
        chance, (_, helps, _, mails) = self.town.chance, CASTS[home.kind]
        asker = home.helper if home.helper and chance(helps) else home.people[0 if chance(0.65) else -1]
        typed = home.mail if chance(mails) else place
        row, booked = self._form_row(asker, typed), chance(online)
        if booked:
            # The scheduler checks the fields and accepts no blanks.
            row |= {"First Name": asker.first, "Last Name": asker.last, "Email": asker.email, "City": typed.town}
            row |= {"Street Address": typed.line(long=chance(0.3), unit=chance(0.8)), "ZIP": typed.zip}
            row["Phone"] = spaced(self._mistype(asker.phone, 0.006), "{}-{}-{}")
        service = NEEDS[need]["online"] if booked else self.rng.choice(NEEDS[need]["form"])
        row |= {"Form": ONLINE if booked else "Request Form", "Service": service, "Source": self.town.pick("sources")}
        row["Campaign"] = self.town.pick("ads") if "cpc" in row["Source"] or "paid" in row["Source"] else ""
        row |= {"Company": home.company if chance(0.6) else "", "Message": self._message(home, need, place)}
        lead = Lead(when, row, home, asker, place, need, booked)
        home.asked.append(lead)
        self.leads.append(lead)
        return lead

    def _message(self, home: Home, need: str, place: Place) -> str:
        text = self.town.pick("openers") + self.rng.choice(NEEDS[need]["asks"]) + self.town.pick("details")
        text = text.format(n=self.rng.randint(2, 24), whom=self.town.pick("women", 1.4))
        if self.town.chance(0.75):
            about, whom = self.rng.choice(DATA["for_other"].get(home.kind, [""])), home.people[0]
            text += " " + about.format(name=f"{whom.first} {whom.last}", street=place.line(), n=place.number)
        text = (text.strip() + self.town.pick("hurry")).strip()
        return "" if self.town.chance(0.22) else text.lower() if self.town.chance(0.25) else text

    def _form_row(self, asker: Person, place: Place) -> dict[str, str]:
        chance = self.town.chance
        first = NICK.get(asker.first, asker.first) if chance(0.2) else asker.first
        last = asker.last if chance(0.97) else self.rng.choice(("", asker.last[0]))
        if chance(0.1):
            first, last = (first.lower(), last.lower()) if chance(0.7) else (first.upper(), last.upper())
        email = asker.email.replace("gmail", "gmial" if chance(0.015) else "gmail") if chance(0.84) else ""
        phone = spaced(self._mistype(asker.phone, 0.015), self.town.pick("phones")) if chance(0.98) else ""
        parts = {"line": place.line(long=chance(0.25), unit=chance(0.7)), "name": " ".join(place.way.split()[1:3])}
        street = self.town.pick("streets_typed").format(**parts | vars(place))
        code = (place if chance(0.985) else self.town.place()).zip if chance(0.93) else ""
        row = {"First Name": first, "Last Name": last, "Email": email, "Phone": phone, "ZIP": code}
        row["Street Address"] = street.lower() if chance(0.15) else street
        return row | {"City": place.town if chance(0.5) else ""}

    def _mistype(self, digits: str, share: float) -> str:
        spot = self.rng.randint(4, 8)
        wrong = self.rng.choice((digits[spot + 1] + digits[spot], f"{self.rng.randrange(10)}{digits[spot + 1]}"))
        return digits[:spot] + wrong + digits[spot + 2 :] if self.town.chance(share) else digits

    def junk(self, when: datetime) -> None:
        """Add a row of a seller, an applicant, or the office's own test."""
        home = self.town.home("family")
        row = self.submit(home, "leak", when, home.mail, 0).row
        row |= {"Service": "Other / Not sure", "Message": self.town.pick("spam")}
        if self.town.chance(0.12):
            row |= {"First Name": "Test", "Last Name": "Test", "Message": "test please ignore"}

    def opening(self, when: datetime) -> datetime:
        """Return the moment, or one soon after the next opening at half past six."""
        minutes = when.hour * 60 + when.minute
        if 390 <= minutes < 1200:
            return when
        day = when.replace(hour=6, minute=30) + timedelta(days=1 if minutes >= 1200 else 0)
        return day + timedelta(minutes=self.rng.randint(1, 170))

    def _heard(self, text: str) -> str:
        if len(text) < 4 or not self.town.chance(self.rates["typo"]):
            return text
        old, _, new = self.town.pick("sounds").partition(":")
        spot = self.rng.randint(1, len(text) - 2)
        slip = text[:spot] + self.rng.choice((text[spot + 1], text[spot + 1] + text[spot])) + text[spot + 2 :]
        return text[0] + text[1:].replace(old, new, 1) if old in text[1:] else slip

    def _find_or_open_card(self, home: Home, lead: Lead | None) -> Card:
        if home.cards and (len(home.cards) > 1 or not self.town.chance(self.rates["missed"])):
            return self.rng.choice(home.cards)
        asker = payer = lead.asker if lead else home.people[0 if self.town.chance(0.6) else -1]
        if home.helper:
            payer = home.helper if self.town.chance(CASTS[home.kind][2]) else home.people[0]
        elif self.town.chance(0.12):
            payer = self.rng.choice(home.people)
        card = self._open_card(home, payer)
        if lead and lead.online and payer is asker and not home.company and self.town.chance(0.9):
            # The scheduler's booking becomes the record as the visitor typed it.
            card.name = f"{lead.row['First Name']} {lead.row['Last Name']}"
            card.phone, card.email = lead.row["Phone"].replace("-", ""), lead.row["Email"]
        elif lead and payer is asker and lead.row["Email"] and self.town.chance(0.65):
            card.email = lead.row["Email"]
        home.cards.append(card)
        return card

    def _open_card(self, home: Home, payer: Person) -> Card:
        chance, old = self.town.chance, home.imported and not home.cards
        first = self._heard(NICK.get(payer.first, payer.first) if chance(0.12) else payer.first)
        if len({person.last for person in home.people}) < len(home.people) and chance(0.06):
            first = f"{home.people[0].first} & {home.people[1].first}"
        parts = {"first": first, "last": self._heard(payer.last)}
        parts |= {name.upper(): text.upper() for name, text in parts.items()}
        name = home.company or self.town.pick("old_names" if old else "card_names").format(**parts)
        phone = payer.phone if chance(0.7 if old else 0.89) else home.line
        email = payer.email if chance(self.rates["email_asked"] * (0.5 if old else 1)) else self.town.pick("no_emails")
        return Card(name, "" if chance(0.01) else phone, email)

    def site_line(self, place: Place) -> str:
        """Return the address as the office files it, mostly as the map suggests."""
        line = place.line(long=self.town.chance(0.3), unit=self.town.chance(0.88))
        number, *words = line.split()
        if self.town.chance(0.015):
            number = self.rng.choice((number[:-1], number + "0", number[::-1]))
        return f"{number} {' '.join(map(self._heard, words))}, {place.town}, {place.state} {place.zip}"

    def book(self, home: Home, need: str, when: datetime, lead: Lead | None, card: Card | None = None) -> Job:
        """Return a first visit for this need and add it."""
        want, chance, online = NEEDS[need], self.town.chance, lead is not None and lead.online
        card, place = card or self._find_or_open_card(home, lead), lead.place if lead else self.rng.choice(home.places)
        kind = want["types"] if chance(0.97) else [f"{want['unit'].split()[0]} Service Call"]
        row = {"Business Unit": want["unit"], "Job Type": self.rng.choice(kind)}
        row["Summary"] = self._note(home, want, card, lead)
        row["Campaign"] = self.town.pick("form_campaigns" if lead else "campaigns")
        row["Campaign"] = ONLINE if online and chance(0.8) else row["Campaign"]
        row["Booked By"] = "Online Booking" if online and chance(0.7) else self.town.pick("takers")
        days = self.rng.randint(*want["lag"]) + (self.rng.randint(1, 9) if chance(0.1) else 0)
        low, high = want["price"]
        total = low + (high - low) * (self.rng.random() ** 2.2 if chance(0.85) else 0)
        job = Job(when, when + timedelta(days=days, hours=self.rng.randint(1, 3)), card, place, row, lead, total)
        self.jobs.append(job)
        return job

    def _note(self, home: Home, want: dict[str, Any], card: Card, lead: Lead | None) -> str:
        chance, parts = self.town.chance, []
        said = lead.row["Message"] if lead else self.rng.choice(want["asks"])
        if lead and said and chance(0.6 if lead.online else 0.25):
            parts.append(("Web: " if chance(0.4) else "") + said)
        elif said and chance(0.3):
            parts.append("Cust states " + " ".join(said.lower().split()[:7]))
        role, contact = DATA["roles"][home.kind], lead.asker if lead else home.people[-1]
        contact = home.people[0] if role == "Tenant" else contact
        if contact.first.lower() not in card.name.lower() and chance(0.45):
            parts.append(f"{role} {contact.first} {spaced(contact.phone, '{}-{}-{}')}")
        if chance(0.7):
            parts.append(self.rng.choice(want["notes"]))
        return ". ".join(parts)

    def go_on(self, first: Job, need: str) -> None:
        """Add the jobs that continue a visit, and the recall that some work needs."""
        draw, last = self.rng.random(), first
        for share, stages in NEEDS[need]["routes"]:
            for stage in stages if 0 <= draw < share else ():
                last = self._follow_up(last, stage, last.lead, self.town.pick("stage_notes"))
            draw -= share
        if last.total and self.town.chance(0.025):
            recall = ("Warranty Recall", last.row["Business Unit"], 2, 25, 0, 0)
            self._follow_up(last, recall, None, f"Recall on {last.row['Job Type']}")

    def _follow_up(self, last: Job, stage: tuple[str, str, int, int, int, int], lead: Lead | None, note: str) -> Job:
        kind, unit, soonest, latest, low, high = stage
        gap = timedelta(days=self.rng.randint(soonest, latest))
        wait = gap * self.rng.choice((0.0, 0.3, 0.6)) + timedelta(hours=self.rng.random() * 3)
        when, taker = self.opening(last.visit + wait), self.town.pick("takers")
        row = last.row | {"Business Unit": unit, "Job Type": kind, "Summary": note, "Booked By": taker}
        visit, total = max(last.visit + gap, when), low + (high - low) * self.rng.random() ** 1.6
        self.jobs.append(Job(when, visit, last.card, last.place, row, lead, total))
        return self.jobs[-1]


class Story:
    """The office's life over the exported period."""

    def __init__(self, seed: int, leads: int) -> None:
        self.rng = rng = random.Random(f"fourcorners-{seed}")
        self.town, self.count = Town(rng), leads
        self.rates: dict[str, float] = {name: rng.uniform(*ends) for name, ends in DATA["rates"].items()}
        self.clock = timezone(timedelta(hours=-8)) if rng.random() < 0.3 else LOCAL
        self.start = datetime(2024, 1, 1, tzinfo=LOCAL) + timedelta(days=30 * rng.randint(0, 8))
        self.span = rng.randint(440, 600)
        self.office = Office(self.town, self.rates)
        months = [(self.start + timedelta(days=day)).month for day in range(self.span)]
        self.weights = {name: [need["season"][month - 1] for month in months] for name, need in NEEDS.items()}
        # Waves of heat bring a large part of the summer's calls in a few days.
        self.waves = rng.sample([day for day, month in enumerate(months) if month in (6, 7, 8)], 4)
        self.homes: list[Home] = []
        for _ in range(int(leads * 1.4)):
            home = self._new_home(LONG_AGO)
            home.imported = self.town.chance(0.4)
        self.managers = [self.town.home("manager") for _ in range(4 + leads // 60)]

    def _new_home(self, since: datetime) -> Home:
        home = self.town.home(self.rng.choices(list(CASTS), [cast[0] for cast in CASTS.values()])[0])
        home.since = since
        self.homes.append(home)
        return home

    def moment(self, hours: str, need: str = "") -> tuple[str, datetime]:
        """Return what a person needs, unless it is given, and when they get in touch."""
        need = need or self.rng.choices(list(NEEDS), [need["share"] for need in NEEDS.values()])[0]
        day = self.rng.choices(range(self.span), self.weights[need])[0]
        if need == "cool" and self.town.chance(0.25):
            day = min(self.rng.choice(self.waves) + self.rng.randint(0, 5), self.span - 1)
        hour = self.rng.choices(range(24), DATA["hours"][hours])[0]
        return need, self.start + timedelta(days=day, hours=hour, seconds=self.rng.randrange(3600))

    def _comes_first(self, home: Home, when: datetime) -> bool:
        """Return whether an order now would be the first one after an earlier request of this home."""
        asked = [lead for lead in home.asked if lead.when <= when <= lead.when + QUARTER]
        return any(lead.first is None or lead.first.when >= when for lead in asked)

    def _visitor(self, when: datetime) -> Home:
        home = self.rng.choice(self.managers if self.town.chance(0.015) else self.homes)
        recent = any(when < lead.when < when + QUARTER for lead in home.asked)
        if (
            self.town.chance(0.35)
            and home.since < when < home.until
            and not recent
            and not self._comes_first(home, when)
        ):
            return home
        home, seller = self._new_home(when), self.rng.choice(self.homes)
        if self.town.chance(0.03) and seller.kind == home.kind == "family" and not seller.asked:
            # The new family asks for the home of a customer who moved away.
            seller.until, home.places, home.mail = when - timedelta(days=120), seller.places, seller.mail
        return home

    def request(self) -> None:
        """Live through one request: the form, the answer, the work."""
        chance, (need, when) = self.town.chance, self.moment("web")
        home = self._visitor(when)
        known, vague = home.since < when, chance(0.03)
        lead = self.office.submit(home, need, when, self.rng.choice(home.places), self.rates["online"])
        if known and chance(0.05):
            self._about_earlier(lead)
            return
        if vague:
            lead.row |= {"Message": "", "Service": "Other / Not sure"}
        if chance(self.rates["online_wins" if lead.online else "form_wins"] + 0.1 * known - 0.1 * vague):
            self._serve(lead)
        elif vague and chance(0.05):
            # No one can tell if this order, weeks after a request without a subject, is its result.
            late = self.office.opening(when + timedelta(days=self.rng.uniform(20, 75)))
            self.office.book(home, self.moment("call")[0], late, None).unsure = lead
        if chance(self.rates["twice"]) and len(self.office.leads) < self.count:
            self._ask_again(lead)

    def _booking_time(self, lead: Lead) -> datetime:
        draw = self.rng.random()
        if lead.online and draw < 0.85:
            return lead.when + timedelta(minutes=self.rng.uniform(1, 4))
        if draw < 0.66:
            return self.office.opening(lead.when + timedelta(minutes=2 + self.rng.expovariate(1 / 70)))
        ends = (0.5, 4) if draw < 0.88 else (4, 16) if draw < 0.97 else (16, 70)
        return self.office.opening(lead.when + timedelta(days=self.rng.uniform(*ends)))

    def _serve(self, lead: Lead) -> None:
        home, chance = lead.home, self.town.chance
        job = self.office.book(home, lead.need, self._booking_time(lead), lead)
        if chance(self.rates["cancel"]):
            job.status = CANCELED
            if chance(0.6):
                return
            later = self.office.opening(job.when + timedelta(days=self.rng.uniform(0.5, 20)))
            job = self.office.book(home, lead.need, later, lead, job.card)
        elif chance(0.015):
            later = job.when + timedelta(minutes=self.rng.randint(2, 90))
            self.office.book(home, lead.need, later, lead, job.card).status = CANCELED
        lead.first = job
        self.office.go_on(job, lead.need)
        if chance(0.025):
            extra = self.moment("web")[0]
            lead.row["Message"] = f"{lead.row['Message']} Also {self.rng.choice(NEEDS[extra]['asks'])}".strip()
            self.office.book(home, extra, job.when + timedelta(minutes=self.rng.randint(2, 15)), lead, job.card)

    def _about_earlier(self, lead: Lead) -> None:
        """Let the request be about a job that was booked by phone: a question, or work to do again."""
        asks, uniform = self.town.chance(0.2), self.rng.uniform
        when = self.office.opening(lead.when - timedelta(days=uniform(0.6, 2) if asks else uniform(5, 30)))
        earlier = self.office.book(lead.home, lead.need, when, None)
        earlier.place, earlier.visit = lead.place, lead.when + timedelta(hours=uniform(3, 30))
        lead.row["Message"] = self.town.pick("status" if asks else "recall")
        if not asks:
            earlier.visit = when + timedelta(days=uniform(0, 3))
            lead.first = self.office.book(lead.home, lead.need, self._booking_time(lead), lead, earlier.card)
            lead.first.row["Job Type"], lead.first.total = "Warranty Recall", 0.0

    def _ask_again(self, lead: Lead) -> None:
        wait = timedelta(hours=self.rng.uniform(0.02, 0.2) if self.town.chance(0.5) else self.rng.uniform(3, 60))
        wait = min(wait, (lead.first.when - lead.when) * 0.8) if lead.first else wait
        again = self.office.submit(lead.home, lead.need, lead.when + wait, lead.place, 0)
        again.row["Message"] = lead.row["Message"] if self.town.chance(0.4) else self.town.pick("nudge")
        if wait < timedelta(hours=1):
            again.row, again.online = dict(lead.row), lead.online
        again.first = lead.first
        again.group = lead.group = len(self.office.leads)

    def calls(self, count: int) -> None:
        """Add the jobs that came by phone, by plan, and from earlier customers."""
        for _ in range(count):
            draw = self.rng.random()
            need, when = self.moment("call", "tune" if draw < 0.27 else "")
            # Half as many old customers as requests have a plan, which brings them back.
            group = self.homes[: self.count // 2 + 1] if draw < 0.27 else self.homes if draw > 0.3 else self.managers
            home = self._new_home(when) if draw > 0.7 else self.rng.choice(group)
            if home.since <= when <= home.until and (self.town.chance(0.003) or not self._comes_first(home, when)):
                self._call(home, need, when, planned=draw < 0.27)

    def _call(self, home: Home, need: str, when: datetime, *, planned: bool) -> None:
        job = self.office.book(home, need, when, None)
        if planned:
            campaign = "Existing Customer" if self.town.chance(0.6) else job.row["Campaign"]
            job.row |= {"Job Type": "Plan Visit - HVAC", "Summary": self.town.pick("plan_notes"), "Campaign": campaign}
            job.total, job.visit = 0.0, job.visit + timedelta(days=self.rng.randint(0, 20))
        if self.town.chance(0.08):
            job.status = CANCELED
        elif not any(when < lead.when < when + QUARTER for lead in home.asked):
            # Who is about to ask for other work on the website has none in progress.
            self.office.go_on(job, need)


def spaced(digits: str, shape: str) -> str:
    """Return a phone number in this shape, or nothing if there is none."""
    return shape.format(digits[:3], digits[3:6], digits[6:]) if digits else ""


def number_leads(story: Story) -> list[dict[str, str]]:
    """Return the rows of the website's export, numbered by time."""
    number, leads = story.rng.randint(3000, 9000), sorted(story.office.leads, key=lambda lead: lead.when)
    for lead in leads:
        number += story.rng.choice((1, 1, 1, 2))
        lead.row |= {"Entry ID": str(number), "Submitted At": f"{lead.when.astimezone(story.clock):%Y-%m-%d %H:%M:%S}"}
    return [lead.row for lead in leads]


def number_jobs(story: Story) -> list[dict[str, str]]:
    """Return the rows of the job export, numbered by creation."""
    number, end = story.rng.randint(200000, 600000), story.start + timedelta(days=story.span)
    jobs = sorted((job for job in story.office.jobs if job.when < end), key=lambda job: job.when)
    for job in jobs:
        number += story.rng.randint(1, 4)
        card, row = job.card, job.row
        card.number = card.number or number - 150000
        if job.status != CANCELED and job.visit > end:
            job.status = "Scheduled"
        done = job.status == "Completed"
        row |= {"Job #": str(number), "Created On": f"{job.when:%m/%d/%Y %I:%M %p}", "Status": job.status}
        row |= {"Completed On": f"{job.visit:%m/%d/%Y}" if done else "", "Customer ID": str(card.number)}
        row |= {"Customer Name": card.name, "Customer Email": card.email, "Location Zip": job.place.zip}
        row |= {"Customer Phone": spaced(card.phone, "({}) {}-{}"), "Jobs Total": f"${round(job.total) * done:,.2f}"}
        row["Location Address"] = card.sites.setdefault(job.place, story.office.site_line(job.place))
    story.office.jobs = jobs
    return [job.row for job in jobs]


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the exports of the office of this seed, and what is true about them."""
    story = Story(seed, leads)
    while len(story.office.leads) < leads:
        if story.town.chance(story.rates["spam"]):
            story.office.junk(story.moment("web")[1])
        else:
            story.request()
    story.calls(int(leads * story.rates["calls"]))
    lead_rows, job_rows = number_leads(story), number_jobs(story)
    jobs = [job for job in story.office.jobs if job.status != CANCELED]
    true = [{"lead_id": job.lead.row["Entry ID"], "job_id": job.row["Job #"]} for job in jobs if job.lead]
    unsure = [{"lead_id": job.unsure.row["Entry ID"], "job_id": job.row["Job #"]} for job in jobs if job.unsure]
    twice = [lead for lead in story.office.leads if lead.group]
    groups = [{"lead_id": lead.row["Entry ID"], "group_id": f"G{lead.group}"} for lead in twice]
    pair = ["lead_id", "job_id"]
    tables = {"leads": (LISTS["lead_columns"], lead_rows), "jobs": (LISTS["job_columns"], job_rows)}
    tables |= {"truth": (pair, true), "ambiguous": (pair, unsure), "lead_groups": (["lead_id", "group_id"], groups)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, (headings, rows) in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, headings)
            writer.writeheader()
            writer.writerows(rows)
