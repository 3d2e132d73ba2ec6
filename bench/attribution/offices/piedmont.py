"""Write the leads and jobs of a heating, air, plumbing and crawl-space contractor in the suburbs of the Carolinas.

Its suburbs are full of new movers who keep the telephone number of the state they left; two home shows fill a tablet.

True: the first visit that answers a request (a tune-up too, if the website asked for it), and its continuation: the
part, the estimate, the replacement, the second stage under the house. Not true: plan visits that the system scheduled,
callbacks, canceled and doubled jobs, and whatever the household orders later for another reason.

Hard: jobs under a spouse, a mother, a landlord, a seller or the co-applicant of the loan; forms with an address in
another state; records of former owners and old imports; relatives with one last name on one road; chats without
an address; home-show leads that are served weeks later; estimates that close after months.
"""

import csv
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = POOLS["services"]
type Town = tuple[str, str, str]


@dataclass(frozen=True)
class Place:
    """A building or a unit that can be served."""

    number: int
    road: str
    suffix: tuple[str, str]
    unit: str
    town: Town
    sub: str


@dataclass
class Person:
    """Someone with a telephone: customer, spouse, child, tenant, or agent."""

    first: str
    last: str
    nick: str
    phone: str
    email: str


@dataclass
class Record:
    """A customer as the office has typed it; the export shows its present state on all of its jobs."""

    name: str
    phone: str
    alt: str = ""
    email: str = ""
    streets: dict[Place, str] = field(default_factory=dict)
    number: int = 0


@dataclass
class Home:
    """A household (or company) and the place it has served, with the spans in which nothing else is ordered."""

    people: list[Person]
    place: Place
    company: str = ""
    member: bool = False
    records: list[Record] = field(default_factory=list)
    quiet: list[tuple[datetime, datetime]] = field(default_factory=list)


@dataclass
class Job:
    """One row of the job export."""

    created: datetime
    scheduled: datetime
    record: Record
    place: Place
    step: str
    kind: str
    campaign: str
    total: float
    note: str
    canceled: bool = False
    number: int = 0


@dataclass
class Lead:
    """One row of the form export and the jobs it led to."""

    when: datetime
    values: dict[str, str]
    jobs: list[Job] = field(default_factory=list)
    unsure: list[Job] = field(default_factory=list)
    group: int = 0
    number: int = 0


@dataclass
class Request:
    """What someone wants (a service and which of its symptoms), and what they type as the place of it."""

    sender: Person
    typed: Place | None
    service: str
    symptom: int
    when: datetime
    role: str = "self"
    show: bool = False


class Office:
    """The people, the call center, the website, and the life of the office, household by household."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(f"piedmont-{seed}")
        self.far_share, self.error = rng.uniform(0.27, 0.42), rng.uniform(0.012, 0.03)
        self.last_first, self.retype = rng.random() < 0.5, rng.uniform(0.04, 0.11)
        self.email_share, self.generic = rng.uniform(0.45, 0.72), rng.uniform(0.05, 0.35)
        self.blank, self.chat = rng.uniform(0.1, 0.25), rng.uniform(0.05, 0.11)
        self.convert, self.jobs_each = rng.uniform(0.27, 0.48), rng.uniform(2.6, 4.2)
        self.resubmit, self.spam_share = rng.uniform(0.02, 0.05), rng.uniform(0.01, 0.03)
        self.start = datetime.fromisoformat(f"{rng.randint(2021, 2024)}-{rng.choice((1, 1, 3, 7)):02}-01")
        self.end = self.start + timedelta(days=rng.randint(400, 620))
        months = [f"{self.start.year + later}-{month}-22 10:00" for later in range(3) for month in ("02", "09")]
        self.shows = [day for day in map(datetime.fromisoformat, months) if day < self.end - timedelta(days=9)]
        self.leads, self.jobs = list[Lead](), list[Job]()
        self.rural, self.phones = list[tuple[str, Place]](), set[str]()
        self.last = [self._ranked(POOLS[key]) for key in ("last_common", "last_local", "last_mover")]
        self.subs = [self._subdivision() for _ in range(rng.randint(60, 85))]
        names = POOLS["managers"] + POOLS["orgs"]
        self.companies = {name: Record(name, self._phone(far=False), email="ap@example.com") for name in names}

    def _weigh(self, weights: Mapping[str, float]) -> str:
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def _often(self, share: float) -> bool:
        return self.rng.random() < share

    def _ranked(self, names: list[str]) -> tuple[list[str], list[float]]:
        # The listed order decides frequency only roughly, so that each office has its own families.
        order = sorted(range(len(names)), key=lambda index: index + self.rng.uniform(-12, 12))
        return [names[index] for index in order], [1 / (rank + 9) for rank in range(len(names))]

    def _subdivision(self) -> list[Place]:
        kinds = self.rng.choices(POOLS["street_b"], [row[2] for row in POOLS["street_b"]], k=self.rng.randint(3, 8))
        name, town = f"{self.rng.choice(POOLS['sub_a'])} {self.rng.choice(POOLS['sub_b'])}", self._town()
        homes = "A" if self._often(0.16) else ""
        return [Place(0, self._road(), (full, short), homes, town, name) for full, short, _ in kinds]

    def _town(self, pool: str = "towns") -> Town:
        city, state, code, _ = self.rng.choices(POOLS[pool], [row[3] for row in POOLS[pool]])[0]
        return city, state, code

    def _road(self) -> str:
        return f"{self.rng.choice(POOLS['street_a'])} {self.rng.choice(POOLS['sub_b']) * self._often(0.45)}".strip()

    def place(self) -> Place:
        """Pick a home in a neighborhood (some are larger than others), or on a country road."""
        if self._often(0.16):
            road = f"{self.rng.choice(self.last[1][0])} {self.rng.choice(POOLS['rural'])}"
            return Place(self.rng.randint(201, 9800), road, ("Road", "Rd"), "", self._town(), "")
        lane = self.rng.choice(self.subs[int(len(self.subs) * self.rng.random() ** 1.5)])
        number = self.rng.randint(1, 12) * 1000 * self._often(0.7) + self.rng.randint(100, 420)
        return replace(lane, number=number, unit=self.rng.choice("ABCDEF") if lane.unit and self._often(0.5) else "")

    def _phone(self, *, far: bool) -> str:
        while True:
            code = self.rng.choice(POOLS["area_far" if far else "local_codes"])
            number = f"{code}{self.rng.choice(POOLS['exchanges'])}{self.rng.randint(0, 9999):04d}"
            if number not in self.phones:
                self.phones.add(number)
                return number

    def person(self, *, old: bool = False, last: str = "") -> Person:
        """Invent a native, a neighbor, or a new mover."""
        rng, far = self.rng, not old and self._often(self.far_share)
        origin = 2 if far and self._often(0.6) else rng.choices((0, 1, 2), (55, 32, 13))[0]
        last = last or rng.choices(*self.last[origin])[0]
        pool = "first_old" if old else self._weigh({"first_mid": 60, "first_new": 25, "first_old": 15})
        first = rng.choice(POOLS[pool])
        nick = rng.choice(POOLS["nick"].get(first, [first]))
        return Person(first, last, nick, self._phone(far=far and self._often(0.85)), self._email(first, nick, last))

    def _email(self, first: str, nick: str, last: str) -> str:
        first, nick, last = (name.lower().replace("'", "").replace("-", "") for name in (first, nick, last))
        if self._often(0.07):
            return f"{first[0]}{last}@{self.rng.choice(POOLS['work'])}.example.com"
        digits = self.rng.choice(("", "", self.rng.randint(1, 99), self.rng.randint(1955, 2003)))
        road, lucky = self.rng.choice(POOLS["street_a"]).lower(), self.rng.randint(2, 9)
        names = {"f": first, "i": first[0], "n": nick, "l": last, "d": digits, "k": lucky, "road": road}
        return f"{self._weigh(POOLS['email_shapes']).format(**names)}@{self._weigh(POOLS['hosts'])}"

    def home(self, *, old: bool = False) -> Home:
        """Found a household, sometimes next to its relatives."""
        if self.rural and self._often(0.035):
            last, near = self.rng.choice(self.rural)
            head = self.person(old=old, last=last)
            place = replace(near, number=near.number + self.rng.choice((-14, -8, 6, 12, 40)))
        else:
            head, place = self.person(old=old), self.place()
            if not place.sub:
                self.rural.append((head.last, place))
        mate = self.person(old=old, last=head.last if self._often(0.85) else "")
        return Home([head, mate] if self._often(0.58) else [head], place, member=self._often(0.2))

    def _slip(self, text: str, share: float = 1.0) -> str:
        if len(text) < 4 or not self._often(self.error * share):
            return text
        at = self.rng.randrange(1, len(text) - 1)
        swap, double = text[at + 1] + text[at], text[at] + text[at] + text[at + 1]
        middle = swap if text.isdigit() else self.rng.choice((swap, text[at + 1], double))
        return text[:at] + middle + text[at + 2 :]

    def _heard(self, name: str) -> str:
        sound = self.rng.choice([sound for sound in POOLS["heard"] if sound in name[1:]] or ["-"])
        return name[0] + name[1:].replace(sound, POOLS["heard"].get(sound, sound), 1)

    def _street(self, place: Place) -> str:
        full, short = place.suffix
        suffix = self.rng.choices((full, short, f"{short}.", ""), (38, 46, 8, 8))[0]
        unit = self.rng.choice((" Unit {}", " #{}", " Apt {}", "")).format(place.unit) if place.unit else ""
        number = place.number + (self.rng.choice((-10, 1, 100, 2)) if self._often(self.error * 0.6) else 0)
        return f"{number} {self._slip(place.road, 1.5)} {suffix}".strip() + unit

    def _fill(self, text: str, **names: str) -> str:
        return text.format(**{slot: self.rng.choice(values) for slot, values in POOLS["slots"].items()} | names)

    def record(self, home: Home, sender: Person | None = None) -> Record:
        """Find the customer again, or type a new one; sometimes the second of the same household."""
        if home.company:
            return self.companies[home.company]
        if not home.records or self._often(self.retype):
            home.records.append(self._typed(home, sender))
        found = home.records[-1] if self._often(0.85) else home.records[0]
        if sender and not found.alt and sender.phone != found.phone and self._often(0.5):
            found.alt = self._slip(sender.phone)
        return found

    def _typed(self, home: Home, sender: Person | None) -> Record:
        # Whose name, whose phone, and which email a new customer gets are three different accidents.
        inside, imported = sender in home.people, not sender and self._often(0.2)
        person = self.rng.choices(home.people, (3, 1)[: len(home.people)])[0]
        person = sender if sender and self._often(0.8 if inside else 0.2) else person
        contact = sender if sender and self._often(0.85 if inside else 0.5) else person
        phone = self._phone(far=False) if self._often(0.4 if imported else 0.03) else contact.phone
        alt = self.rng.choice(home.people).phone if self._often(0.16) else ""
        email = self.rng.choice(POOLS["fillers"]) if self._often(0.05) else ""
        if self._often(self.email_share * (0.3 if imported else 1.15 if sender else 0.8)):
            email = self._slip(contact.email)
        first = person.nick if self._often(0.22) else person.first
        last = self._heard(person.last) if self._often(0.035) else self._slip(person.last)
        mates = [mate for mate in home.people if mate is not person and mate.last == person.last]
        if mates and self._often(0.13):
            first = f"{first} {self.rng.choice(('&', 'and', '/'))} {mates[0].nick}"
        elif self._often(0.025):
            first = self.rng.choice(("Mrs.", "Mr.", "Ms.", ""))
        flip = self.last_first == self._often(0.93)
        name = f"{last}, {first}".strip(", ") if flip else f"{first} {last}".strip()
        name = name.upper() if imported and self._often(0.4) else name
        return Record(name, self._slip(phone), "" if alt == phone else alt, email)

    def book(self, home: Home, record: Record, step: str, created: datetime, campaign: str) -> Job | None:
        """Put a job on the board unless the period is over."""
        rng, plan = self.rng, POOLS["steps"][step]
        created = self._open_hours(created)
        if not self.start <= created < self.end:
            return None
        (soon, late), (low, high) = plan["lag"], plan["price"]
        day = created + timedelta(days=rng.triangular(soon, late, soon))
        visit = day.replace(hour=rng.choice((8, 8, 10, 11, 13, 13, 15)), minute=0, second=0)
        visit = max(visit, created.replace(minute=0, second=0) + timedelta(hours=1))
        total = self._often(0.94) * round(rng.triangular(low, high, low + (high - low) * 0.3), rng.choice((0, 2)))
        kind = plan["types"][-2] if self._often(self.generic) else rng.choice(plan["types"][:2])
        note = self._fill(rng.choice(plan["notes"])) if self._often(0.86) else ""
        self.jobs.append(Job(created, visit, record, home.place, step, kind, campaign, total, note))
        record.streets.setdefault(home.place, self._street(home.place))
        return self.jobs[-1]

    def _open_hours(self, when: datetime) -> datetime:
        # Emergencies are answered at night and on Sundays, other requests wait for the desk.
        if (when.hour >= 19 or when.weekday() == 6) and self._often(0.83):
            when = (when + timedelta(days=1)).replace(hour=5)
        if when.hour < 7 and self._often(0.98):
            when = when.replace(hour=self.rng.choice((7, 7, 8, 8, 9)), minute=self.rng.randint(0, 59))
        return when

    def work(self, home: Home, ask: Request, booked: datetime, campaign: str, remark: str = "") -> list[Job]:
        """Book a visit and what follows from it, and return only what belongs together."""
        rng, plan, record = self.rng, SERVICES[ask.service], self.record(home, ask.sender if ask.role else None)
        first = self.book(home, record, plan["first"], booked, campaign)
        if not first:
            return []
        if first.note and self._often(0.65):
            first.note = self._fill(plan["answers"][ask.symptom])
        first.note = f"{remark} {first.note}".strip()
        done = [first]
        for step, share in plan["chain"]:
            later = done[-1].scheduled + timedelta(days=rng.choice((0, 0, 1, 2, 4, 8, 15)) + 120 * rng.random() ** 9)
            if self._often(share * len(done)):
                payer = record
                if step.endswith("inst") and len(home.people) > 1 and not home.company and self._often(0.07):
                    # The spouse whose credit carries the loan becomes the customer of the replacement.
                    payer = self._typed(home, home.people[1])
                job = self.book(home, payer, step, later, rng.choice((campaign, campaign, "Existing Customer", "")))
                done += [job] if job else []
        if self._often(0.03):
            self.book(home, record, "recall", done[-1].scheduled + timedelta(days=rng.uniform(1, 20)), campaign)
        if self._often(0.025):
            again = first.created + timedelta(minutes=rng.randint(3, 400))
            self.jobs.append(replace(first, created=again, total=0.0, note="dup, see other job", canceled=True))
        return done

    def _submit(self, ask: Request, home: Home) -> Lead:
        rng, sender, forms = self.rng, ask.sender, POOLS["forms"]
        form = "Chat" if self._often(self.chat) else rng.choice(forms.get(ask.service, forms["any"]))
        form, care = ("Home Show Tablet", 2.0) if ask.show else (form, 0.6)
        first = sender.nick if self._often(0.35) else sender.first
        last = rng.choice(("", sender.last[0])) if self._often(0.28 if form == "Chat" else 0.015) else sender.last
        values = {"Form": form, "First Name": self._slip(first, care), "Last Name": self._slip(last, care)}
        if self._often(0.05):
            values = {key: text.lower() if "Name" in key else text for key, text in values.items()}
        values |= {"Phone": self._dashes(self._slip(sender.phone, care)), "Email": self._slip(sender.email, care)}
        if self._often(0.45 if form == "Chat" else 0.02):
            values[rng.choice(("Phone", "Email"))] = ""
        wanted = SERVICES[ask.service]["form"] if self._often(0.9) else rng.choice(("Other", "Plumbing", ""))
        source = self._weigh(POOLS["sources"]["show" if ask.show else "web"])
        values |= {"Service Needed": wanted, "How Did You Hear": source, "UTM Campaign": rng.choice(POOLS["utm"])}
        values |= {"UTM Campaign": ""} if ask.show else {}
        values |= self._address(ask.typed, form) | {"Message": self._message(ask, home)}
        self.leads.append(Lead(ask.when, values))
        return self.leads[-1]

    def _dashes(self, phone: str) -> str:
        style = self._weigh({"({}) {}-{}": 76, "{}-{}-{}": 9, "{}{}{}": 9, "+1{}{}{}": 4, "1-{}-{}-{}": 2})
        return style.format(phone[:3], phone[3:6], phone[6:])

    def _address(self, place: Place | None, form: str) -> dict[str, str]:
        if place is None or (form == "Chat" and self._often(0.6)):
            return {}
        city, state, code = place.town
        city = city if self._often(0.92) else place.sub or city
        if form == "Quick Contact" or self._often(0.03):
            return {"ZIP Code": code}
        return {"ZIP Code": code, "Street Address": self._street(place), "City": city, "State": state}

    def _message(self, ask: Request, home: Home) -> str:
        who = home.people[0].nick
        names = {"where": self._street(home.place), "who": who, "payer": home.company or who}
        hint = self._fill(self.rng.choice(POOLS["hints"][ask.role]), **names)
        if self._often(self.blank):
            return hint
        body = SERVICES[ask.service]["messages"][ask.symptom]
        text = self.rng.choice(POOLS["openers"]) + body + self.rng.choice(("", ".")) + self.rng.choice(POOLS["closers"])
        return f"{hint} {self._fill(text, sub=home.place.sub or 'Unionville', nick=ask.sender.nick)}".strip()

    def _spam(self) -> None:
        person, text = self.person(), self.rng.choice(POOLS["spam"])
        if self._often(0.15):
            person, text = replace(person, first="Test", last="Test", email="web@example.com"), "test please ignore"
        values = {"Form": "Quick Contact", "First Name": person.first, "Last Name": person.last, "Email": person.email}
        values |= {"Phone": self._dashes(person.phone), "Message": text, "ZIP Code": self._town()[2]}
        self.leads.append(Lead(self._moment(self.start), values | {"Service Needed": "Other"}))

    def _moment(self, after: datetime) -> datetime:
        day = after + timedelta(days=self.rng.random() * max((self.end - after).days - 1, 0))
        hour = self.rng.choices(range(24), POOLS["hours"])[0]
        return max(after, day.replace(hour=hour, minute=self.rng.randint(0, 59), second=self.rng.randint(0, 59)))

    def _need(self, sender: Person, typed: Place | None, when: datetime, role: str) -> Request:
        service = self._weigh({name: row["weight"] * row["months"][when.month - 1] for name, row in SERVICES.items()})
        return Request(sender, typed, service, self.rng.randrange(len(SERVICES[service]["messages"])), when, role)

    def ordinary(self, home: Home, count: int) -> None:
        """Let a household call, and let its plan run, outside of the quiet spans."""
        for when in sorted(self._moment(self.start) for _ in range(count)):
            ask = self._need(home.people[0], None, when, "")
            busy = when + timedelta(days=100 if SERVICES[ask.service]["chain"] else 12)
            if any(begin < busy and when < end for begin, end in home.quiet):
                continue
            remark = f"{self._fill(SERVICES[ask.service]['messages'][ask.symptom])}." if self._often(0.12) else ""
            done = self.work(home, ask, when, self._weigh(POOLS["campaigns"]["call"]), remark)
            if len(done) == 1 and self._often(0.06):
                done[0].canceled, done[0].total, done[0].note = True, 0.0, self.rng.choice(POOLS["canceled"])
        when = self.start + timedelta(days=self.rng.uniform(5, 180))
        while home.member and not home.company and when < self.end:
            slot = when.replace(hour=self.rng.randint(8, 16), minute=self.rng.randint(0, 59))
            if not any(begin - timedelta(days=4) < slot < end for begin, end in home.quiet):
                self.book(home, self.record(home), "plan", slot, self._weigh(POOLS["campaigns"]["plan"]))
            when += timedelta(days=self.rng.uniform(160, 215))

    def cast(self, role: str) -> tuple[Home, Person, Place | None, Home | None]:
        """Give the served home, who asks, the address they type, and the asker's own household if it matters."""
        home = self.home(old=role == "child")
        asker = self.rng.choice(home.people)
        if role in ("self", "mover"):
            old = Place(self.rng.randint(2, 990), self._road(), ("Avenue", "Ave"), "", self._town("old_towns"), "")
            away = role == "mover" and self._often(0.38)
            return home, asker, self.rng.choice((old, old, None)) if away else home.place, None
        if role in ("child", "landlord"):
            last = home.people[0].last if self._often(0.55) else ""
            asker = self.person(last=last) if role == "child" else home.people[0]
            own = Home([asker], self.place(), quiet=home.quiet)
            return home, asker, home.place if self._often(0.66) else own.place, own if self._often(0.4) else None
        if role == "tenant" and self._often(0.2):
            home.company = self.rng.choice(POOLS["managers"])
        home.member = False
        return home, self.person(), home.place, None

    def household(self, room: int) -> None:
        """Live through one household that asks on the website at least once."""
        role, gate = self._weigh(POOLS["roles"]), self.start
        home, sender, typed, own = self.cast(role)
        if role == "mover" or self._often(0.12):
            gate = min(self._moment(self.start), self.end - timedelta(days=4))
            home.quiet.append((self.start - timedelta(days=1), gate))
            seller = Home([self.person()], home.place, quiet=[(gate, self.end)])
            self.ordinary(seller, self._often(0.25) * 2)
            if seller.records and self._often(0.6):
                # The record of this address now serves the buyer, under the name of the seller.
                home.records = seller.records[-1:]
                home.records[0].alt = home.people[0].phone if self._often(0.85) else ""
        known = self._often(0.3) and role != "mover"
        if known and not home.company:
            self.record(home)
        for turn in range(min(room, self.rng.choices((1, 2, 3), (84, 13, 3))[0])):
            if turn and (self.end - gate).days < 5:
                break
            sender = self.rng.choice(home.people) if role == "self" and turn else sender
            gate = self.request(self._show_time(self._need(sender, typed, self._moment(gate), role), gate), home)
        for place in (home, own):
            if place and (known or self._often(0.45)):
                self.ordinary(place, self.rng.choices((0, 1, 2, 4), (30, 40, 22, 8))[0])

    def _show_time(self, ask: Request, gate: datetime) -> Request:
        # Some requests belong to a weekend of a home show, where they are typed on a tablet.
        shows = [day for day in self.shows if gate < day and ask.role in ("self", "mover")]
        if not shows or ask.service not in POOLS["show_services"] or not self._often(0.2):
            return ask
        when = self.rng.choice(shows) + timedelta(days=self.rng.randint(0, 2), seconds=self.rng.randint(0, 28000))
        return replace(ask, when=when, show=True)

    def request(self, ask: Request, home: Home) -> datetime:
        """Submit a request, maybe serve it, and return the first time at which the household may ask again."""
        share = self.convert * (1.4 if home.records else 1.0) * (0.65 if ask.show else 1.0)
        hours = self.rng.triangular(24, 1150, 144) if ask.show else min(self.rng.lognormvariate(1.8, 1.9), 1500)
        booked = ask.when + timedelta(hours=hours, minutes=4)
        campaign = self._weigh(POOLS["campaigns"]["show" if ask.show else "web"])
        leads = self._submissions(ask, home, booked)
        lost = leads[-1].when + timedelta(days=95)
        if not self._often(min(share, 0.92)):
            home.quiet.append((ask.when, lost))
            return self._lose(ask, home, leads, lost)
        done = self.work(home, ask, booked, campaign, self._web_note(ask, leads[0], home))
        home.quiet.append((ask.when, done[0].created if done else lost))
        for lead in leads:
            lead.jobs += done
        home.member = home.member or (ask.service == "tune" and self._often(0.6))
        return done[-1].scheduled + timedelta(days=22) if done else lost

    def _submissions(self, ask: Request, home: Home, booked: datetime) -> list[Lead]:
        # The page hangs, or no one has called: some send the same request twice, or the spouse does.
        leads = [self._submit(ask, home)]
        if self._often(self.resubmit):
            gap = timedelta(minutes=self.rng.uniform(1, 30) if self._often(0.6) else self.rng.uniform(300, 4000))
            other = self.rng.choice(home.people) if ask.role == "self" and self._often(0.2) else ask.sender
            when = ask.when + min(gap, (booked - ask.when) * 0.8)
            leads.append(self._submit(replace(ask, sender=other, when=when), home))
            leads[0].group = leads[1].group = len(self.leads)
        return leads

    def _lose(self, ask: Request, home: Home, leads: list[Lead], lost: datetime) -> datetime:
        # A canceled booking, or a call after months that may be the same matter, is not a true job.
        if self._often(0.013):
            booked = ask.when + timedelta(hours=self.rng.uniform(1, 90))
            job = self.book(home, self.record(home, ask.sender), SERVICES[ask.service]["first"], booked, "Website")
            if job:
                job.canceled, job.total, job.note = True, 0.0, self.rng.choice(POOLS["canceled"])
        elif self._often(0.015):
            late = self.work(home, ask, lost + timedelta(days=self.rng.uniform(2, 35)), "Existing Customer")
            for lead in leads:
                lead.unsure += late
            return max([lost, *(job.scheduled for job in late)]) + timedelta(days=25)
        return lost

    def _web_note(self, ask: Request, lead: Lead, home: Home) -> str:
        message, phone = lead.values["Message"], self._dashes(ask.sender.phone)
        note = self.rng.choice(POOLS["web_marks"]) if self._often(0.14) else ""
        note += f" {message[: self.rng.choice((40, 80, 200))]}." if message and self._often(0.14) else ""
        return note + (f" call {ask.sender.nick} {phone}" if ask.sender not in home.people and self._often(0.8) else "")

    def run(self, leads: int) -> None:
        """Fill both exports."""
        while len(self.leads) < leads:
            self._spam() if self._often(self.spam_share) else self.household(leads - len(self.leads))
        del self.leads[leads:]
        for _ in range(20 * leads):
            if len(self.jobs) >= self.jobs_each * leads:
                break
            home = self.home(old=self._often(0.25))
            home.company = self.rng.choice(POOLS["orgs"] + POOLS["managers"]) if self._often(0.05) else ""
            self.ordinary(home, self.rng.choices((1, 2, 3, 5), (62, 22, 11, 5))[0])
        self._number()

    def _number(self) -> None:
        # Numbers follow the order of entry, with the gaps of deleted rows; old customers are older than their jobs.
        self.leads.sort(key=lambda lead: lead.when)
        self.jobs.sort(key=lambda job: job.created)
        first = {id(job.record): job for job in reversed(self.jobs)}
        opened = sorted(first.values(), key=lambda job: job.created - timedelta(self.rng.choice((0, 0, 90, 900))))
        rows: Sequence[Sequence[Lead | Job | Record]] = (self.leads, self.jobs, [job.record for job in opened])
        for table, number in zip(rows, (4000, 51000, 10400), strict=True):
            last = number + self.rng.randint(0, 3000)
            for row in table:
                row.number = last = last + self.rng.choice((1, 1, 1, 1, 2, 3))

    def job_row(self, job: Job) -> dict[str, str]:
        """Render a job with the present data of its customer."""
        status = "Canceled" if job.canceled else "Completed" if job.scheduled < self.end else "Scheduled"
        created, visit = (f"{when:%m/%d/%Y %I:%M %p}" for when in (job.created, job.scheduled))
        done, who = f"{job.scheduled:%m/%d/%Y}" if status == "Completed" else "", job.record
        phones = [f"{text[:3]}-{text[3:6]}-{text[6:]}".strip("-") for text in (who.phone, who.alt)]
        texts = [str(job.number), created, visit, done, f"C{who.number}", who.name, *phones, who.email]
        texts += [who.streets[job.place], *job.place.town, POOLS["steps"][job.step]["unit"], job.kind]
        texts += [job.campaign, status, f"{job.total if done else 0:,.2f}", job.note]
        return dict(zip(POOLS["headings"]["jobs"], texts, strict=True))


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the exports and the truth of one office."""
    office = Office(seed)
    office.run(leads)
    folder.mkdir(parents=True, exist_ok=True)
    rows = office.leads
    stamped = [{"Entry ID": str(row.number), "Date Submitted": str(row.when)[:19]} | row.values for row in rows]
    tables = {"leads": stamped, "jobs": [office.job_row(job) for job in office.jobs]}
    for name, kind in (("truth", "jobs"), ("ambiguous", "unsure")):
        pairs = [(str(lead.number), str(job.number)) for lead in rows for job in getattr(lead, kind)]
        tables[name] = [{"lead_id": one, "job_id": two} for one, two in pairs]
    tables["lead_groups"] = [{"lead_id": str(lead.number), "group_id": f"G{lead.group}"} for lead in rows if lead.group]
    for name, table in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, POOLS["headings"][name], restval="")
            writer.writeheader()
            writer.writerows(table)
