"""Invent a heating, cooling and water-heater contractor of about 40 people in the suburbs along a mountain range.

The towns are laid out as a grid ("1247 N 350 W"), families share last names and streets, many basements are rented.

True: the first visit that a request led to, the job that continues it (a repair after the diagnosis, an installation
after the estimate), a recall asked for on the website, and the same for both rows of a doubled request.
Not true: canceled jobs, plan visits, recalls that nobody asked for on the website, later jobs for other reasons.

Hard: records under the spouse, landlord or parents; tenants at the landlord's address; Christensen heard as
Christiansen; old phones and missing emails of imported customers; named streets that the desk files by coordinate;
forms stamped in UTC at some offices; records exported as they stand at the end; placeholders for phone and email.
"""

import csv
import json
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate, count, product
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
SOUNDS: dict[str, list[str]] = {name: group for group in POOLS["sound"] for name in group}
OFFICE_PHONE, OFFICE_EMAIL = "(801) 555-0100", "noemail@example.com"
OPENS, CLOSES, SUNDAY = 7, 19, 6
CANCELED = {"Status": "Canceled", "Completed Date": "", "Jobs Total": "0.00"}
Need = dict[str, Any]


@dataclass
class Place:
    """Be one address; the alias is the grid coordinate of a named street."""

    number: int
    side: str
    street: str
    town: str
    zip: str
    alias: str = ""
    unit: str = ""


@dataclass
class Person:
    """Be one adult with the ways to reach them."""

    first: str
    last: str
    phone: str
    other_phone: str
    email: str
    other_email: str


@dataclass
class Household:
    """Be the people of one household, or one company, with their history at the office."""

    place: Place
    people: list[Person]
    company: str = ""
    landlord: "Household | None" = None
    parents: "Household | None" = None
    member_since: datetime | None = None
    rentals: list[Place] = field(default_factory=list)
    records: list[dict[str, str]] = field(default_factory=list)
    requests: list["Request"] = field(default_factory=list)
    jobs: list["Job"] = field(default_factory=list)


@dataclass
class Job:
    """Be one job: the columns of its customer record, which may still change, and its own."""

    record: dict[str, str]
    created: datetime
    done: datetime
    cells: dict[str, str]


@dataclass
class Request:
    """Be what a person wants, by phone or (with text) on the website, and the jobs that it led to."""

    home: Household
    asker: Person
    place: Place
    payer: Household
    need: Need
    symptom: list[str]
    when: datetime
    text: dict[str, str] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    group: str = ""


class Typist:
    """Write names, phones, addresses and the website's form as hurried people do."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def odds(self, chance: float) -> bool:
        """Tell whether something happens."""
        return self.rng.random() < chance

    def draw(self, weights: dict[str, float]) -> str:
        """Draw a key by its weight."""
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def slip(self, text: str) -> str:
        """Make one typing error: two letters swapped, one lost, or one doubled."""
        if len(text) < 4:
            return text
        at = self.rng.randrange(1, len(text) - 1)
        swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        return self.rng.choice((swapped, text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:]))

    def casual(self, first: str, chance: float) -> str:
        """Use the nickname, if there is one, at the given chance."""
        return str(self.rng.choice(POOLS["nicknames"].get(first, [first]))) if self.odds(chance) else first

    def cased(self, text: str) -> str:
        """Write as people do on a phone's keyboard."""
        roll = self.rng.random()
        return text.lower() if roll < 0.11 else text.upper() if roll < 0.135 else text + " " * (roll > 0.94)

    def dial(self, phone: str) -> str:
        """Get one digit of a phone wrong now and then."""
        at = self.rng.randrange(10, 14)
        return phone[:at] + str(self.rng.randrange(10)) + phone[at + 1 :] if self.odds(0.012) else phone

    def address(self, place: Place, *, desk: bool) -> str:
        """Write an address as its owner does in a form, or as the software completes it for the desk."""
        street = place.alias if place.alias and self.odds(0.6 if desk else 0.2) else place.street
        line, roll = " ".join(f"{place.number} {place.side} {street}".split()), self.rng.random()
        if roll < (0.1 if desk else 0.27):
            line = " ".join(POOLS["long_forms"].get(word, word) for word in line.split())
        elif roll < 0.35 and not desk:
            line = " ".join(word + "." * (len(word) == 1 and word.isalpha()) for word in line.split())
        if place.unit and self.odds(0.58):
            line += f" {place.unit if desk else self.rng.choice((place.unit, 'basement', 'downstairs apt'))}"
        line = self.slip(line) if self.odds(0.01) else line
        town = (f" {place.town}" + f" UT {place.zip}" * self.odds(0.5)) * self.odds(0.06)
        return line if desk else self.cased(line + town)

    def fill(self, request: Request, message: str | None = None) -> None:
        """Fill in the request's fields."""
        asker, form = request.asker, self.draw(POOLS["forms"])
        last = self.slip(asker.last) if self.odds(0.012) else asker.last
        first, _, last = self.cased(f"{self.casual(asker.first, 0.3)}|{last}").partition("|")
        name, _, host = (asker.other_email if self.odds(0.1) else asker.email).partition("@")
        host = self.rng.choice(POOLS["mail_slips"].get(host, [host])) if self.odds(0.015) else host
        values = (
            *(form, first, last if self.odds(0.985) else last[0]),
            self.dial(asker.other_phone if self.odds(0.07) else asker.phone),
            f"{name.capitalize() if self.odds(0.08) else name}@{host}" if self.odds(0.94) else "",
            *(self.address(request.place, desk=False) * self.odds(0.86), request.place.zip * self.odds(0.95)),
            *(request.need["service"] if self.odds(0.92) else "Other", self.draw(POOLS["sources"])),
            self.message(request) * self.odds(0.82) if message is None else message,
        )
        request.text = dict(zip(POOLS["headings"]["leads"][2:], values, strict=True))
        if form == "Call Tracking":
            request.text |= POOLS["tracked"] | {"First Name": asker.first.upper(), "Last Name": asker.last.upper()}
            request.text |= POOLS["withheld"] if self.odds(0.4) else {}
        elif form == "Chat":
            request.text["Street Address"] *= self.odds(0.4)
            request.text["Last Name"] *= self.odds(0.8)

    def message(self, request: Request) -> str:
        """Write the message, with who lives there if it is not the visitor."""
        text, home = request.symptom[0], request.home
        if home.company and self.odds(0.6):
            text += f", for {home.company}"
        elif home.parents and request.place is home.parents.place:
            text += " at my parents' house"
        elif request.place is not home.place and self.odds(0.6):
            text += self.rng.choice((" (this is our rental)", " at another house we own"))
        return f"{text} {self.rng.choice(POOLS['message_tails'])}" if self.odds(0.4) else text


class Towns(Typist):
    """Populate the towns with families, tenants, landlords and companies."""

    def __init__(self, rng: random.Random, size: int) -> None:
        super().__init__(rng)
        self.used = {OFFICE_PHONE}
        self.weights = list(accumulate((at + 9) ** -0.85 * rng.uniform(0.6, 1.5) for at in range(len(POOLS["last"]))))
        self.aliases = {street: rng.randrange(2, 60) * 50 for street in POOLS["streets"]}
        self.homes: list[Household] = []
        for _ in range(size):
            self.settle()
        names = POOLS["companies"]
        self.builders, self.warranties = ([self.firm(name) for name in names[key]] for key in ("builders", "warranty"))
        firms = [f"{rng.choice(names['prefix'])} {rng.choice(names['suffix'])}" for _ in range(max(6, size // 40))]
        self.homes += [self.firm(name) for name in firms]

    def phone(self) -> str:
        """Draw a phone that no one else has, on an exchange that no carrier assigns."""
        phone = OFFICE_PHONE
        while phone in self.used:
            area = self.draw(POOLS["area_codes"])
            phone = f"({area}) {self.rng.choice(POOLS['exchanges'])}-{self.rng.randrange(10000):04d}"
        self.used.add(phone)
        return phone

    def last(self) -> str:
        """Draw a last name; some are common."""
        return str(self.rng.choices(POOLS["last"], cum_weights=self.weights)[0])

    def email(self, first: str, last: str) -> str:
        """Draw a private email that no one else has."""
        number = self.rng.choice((self.rng.randrange(1, 100), self.rng.randrange(1960, 2006), 801, 435))
        pattern, host = self.rng.choice(POOLS["mail_names"]), self.draw(POOLS["mail_hosts"])
        name = pattern.format(first=first, last=last, initial=first[0], number=number)
        while f"{name}@{host}" in self.used:
            name += str(self.rng.randrange(10))
        self.used.add(f"{name}@{host}")
        return f"{name}@{host}"

    def person(self, last: str, pool: str) -> Person:
        """Draw an adult of one sex and generation."""
        first, phone, name = self.rng.choice(POOLS[pool]), self.phone(), last.lower().replace(" ", "")
        email, other = self.email(first.lower(), name), self.phone() if self.odds(0.35) else phone
        work = f"{first[0].lower()}{name}@{self.rng.choice(POOLS['work_hosts'])}"
        return Person(first, last, phone, other, email, self.rng.choice((email, work)))

    def address_in(self, towns: str = "towns") -> Place:
        """Draw a house, on the grid or in a subdivision with named streets."""
        town, zips, _ = self.rng.choices(POOLS[towns], [row[2] for row in POOLS[towns]])[0]
        number, code = self.rng.randrange(12, 3400), self.rng.choice(zips)
        side, cross = self.rng.choice((("N", "E"), ("N", "W"), ("S", "W"), ("E", "N"), ("W", "N"), ("W", "S")))
        if self.odds(0.66):
            return Place(number, side, f"{self.rng.randrange(1, 68) * 50} {cross}", town, code)
        street, side = self.rng.choice(POOLS["streets"]), side if self.odds(0.45) else ""
        alias = f"{self.aliases[street]} {cross}" if side and self.odds(0.4) else ""
        return Place(number, side, street, town, code, alias)

    def family(self, place: Place, last: str = "", landlord: Household | None = None) -> Household:
        """Draw the adults of one home and add it to the town."""
        last, age = last or self.last(), self.rng.choice(("old", "young", "young"))
        people = [self.person(last, f"male_{age}")] if self.odds(0.87) else []
        if not people or self.odds(0.8):
            people.append(self.person(self.last() if self.odds(0.08) else last, f"female_{age}"))
        self.rng.shuffle(people)
        people += [self.person(last, self.rng.choice(("male_young", "female_young")))] if self.odds(0.08) else []
        people[-1].email = people[0 if self.odds(0.06) else -1].email
        self.homes.append(Household(place, people, landlord=landlord))
        return self.homes[-1]

    def settle(self) -> None:
        """Add a family with what it may own: a rented basement, rentals, a cabin, grown children."""
        home = self.family(self.address_in())
        below = replace(home.place, unit=self.rng.choice(("Bsmt", "Bsmt", "#B", "Apt B", "Unit 2")))
        home.rentals += [below] if self.odds(0.09) else []
        home.rentals += [self.address_in() for _ in range(self.rng.randrange(1, 4))] if self.odds(0.03) else []
        for place in home.rentals:
            self.family(place, landlord=home)
        home.rentals += [self.address_in("cabins")] if self.odds(0.02) else []
        if self.odds(0.08):
            last = home.people[0].last if self.odds(0.6) else ""
            child = self.family(below if self.odds(0.15) and not home.rentals else self.address_in(), last)
            child.parents = home
            child.people[0].first = (home if last and self.odds(0.08) else child).people[0].first

    def firm(self, name: str) -> Household:
        """Add a company with an office manager; some companies manage rentals."""
        person = self.person(self.last(), self.rng.choice(("female_old", "female_young", "male_young")))
        person.email = f"office@{name.lower().replace(' ', '').replace('&', 'and')}.example.com"
        firm = Household(self.address_in(), [person], company=name)
        if "Propert" in name or "Rentals" in name:
            places = [self.address_in() for _ in range(self.rng.randrange(2, 7))]
            firm.rentals = [self.family(place, landlord=firm).place for place in places]
        return firm


class Desk(Typist):
    """Book jobs as the office's call takers do."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.rates = {name: rng.uniform(*bounds) for name, bounds in POOLS["rates"].items()}
        self.end = datetime(2026, 11, 28, 18) - timedelta(days=rng.randrange(80))  # noqa: DTZ001
        self.jobs: list[Job] = []
        self.customers = count(rng.randrange(2000, 9000))

    def open(self, home: Household, *values: str) -> None:
        """Open a customer record."""
        home.records.append(dict(zip(POOLS["headings"]["record"], (str(next(self.customers)), *values), strict=True)))

    def take_over(self, home: Household) -> None:
        """Import a customer from the older program, with its habits."""
        who, mate = home.people[0], home.people[-1]
        first = self.casual(who.first, 0.2) + f" & {mate.first}" * (mate is not who and self.odds(0.3))
        name = home.company or (f"{who.last}, {first}" if self.odds(self.rates["comma"]) else f"{first} {who.last}")
        phone = self.rng.choice((*[who.phone] * 4, mate.phone, who.other_phone))
        self.open(home, name.upper() if self.odds(0.18) else name, phone, who.email * self.odds(0.5))

    def opening(self, when: datetime) -> datetime:
        """Move a time to the desk's hours, unless the on-call technician books it."""
        if self.odds(0.04):
            return when
        for closed in (when.hour >= CLOSES, (when + timedelta(hours=24 - CLOSES)).weekday() == SUNDAY):
            when = when.replace(hour=0) + timedelta(days=1) if closed else when
        return when if when.hour >= OPENS else when.replace(hour=OPENS) + timedelta(minutes=self.rng.randrange(120))

    def name(self, request: Request, who: Person) -> str:
        """Type the customer's name: copied from the form, or by ear."""
        raw = (self.casual(who.first, 0.2), who.last)
        first, last = (self.rng.choice(SOUNDS.get(x) or [self.slip(x)]) if self.odds(0.06) else x for x in raw)
        if request.text.get("Last Name") and who is request.asker and self.odds(0.7):
            first, last = request.text["First Name"].strip(), request.text["Last Name"].strip()
            first, last = (first.title(), last.title()) if first in (first.lower(), first.upper()) else (first, last)
        mates = [mate.first for mate in request.payer.people if mate is not who]
        first += f" & {mates[0]}" if mates and self.odds(0.05) else ""
        return f"{last}, {first}" if self.odds(self.rates["comma"] / 6) else f"{first} {last}"

    def record(self, request: Request) -> dict[str, str]:
        """Find the customer, or type a record of whoever pays when there is none or the search misses it."""
        payer, asker, email = request.payer, request.asker, request.text.get("Email", "").lower()
        own = asker in payer.people
        for record in payer.records:
            if self.odds(0.97 if record["Customer Phone"] == asker.phone else 0.84):
                record["Customer Phone"] = asker.phone if own and self.odds(0.6) else record["Customer Phone"]
                record["Customer Email"] = record["Customer Email"] or email * (own and self.odds(0.4))
                return record
        who = asker if own and self.odds(0.95) else self.rng.choice(payer.people)
        reach = asker if self.odds(0.94 if own else 0.4) else who
        phone = OFFICE_PHONE if self.odds(0.007) else self.dial(reach.other_phone if self.odds(0.07) else reach.phone)
        email = email if request.text and reach is asker else reach.email
        if not self.odds(self.rates["kept"] * (1 if request.text else 0.65)):
            email = OFFICE_EMAIL * self.odds(0.04)
        self.open(payer, payer.company * self.odds(0.88) or self.name(request, who), phone, email)
        return payer.records[-1]

    def note(self, request: Request) -> str:
        """Write the job's summary."""
        symptom = request.symptom if self.odds(0.85) else self.rng.choice(request.need["symptoms"])
        parts = [self.rng.choice(POOLS["web_tags"])] if request.text and self.odds(0.22) else []
        copied = request.text.get("Message") and self.odds(0.08)
        parts += [request.text["Message"][:60] if copied else symptom[1]] if self.odds(0.93) else []
        if request.asker not in request.payer.people and self.odds(0.65):
            role = "tenant" if request.home.landlord is request.payer else "HO" if request.payer.company else "call"
            parts.append(f"{role} {request.asker.first} {request.asker.phone[1:4]}-{request.asker.phone[6:]}")
        parts += [self.rng.choice(POOLS["note_tails"])] if self.odds(0.35) else []
        return self.rng.choice((", ", ". ", " - ", "; ")).join(parts)

    def book(self, request: Request, kind: str, created: datetime, record: dict[str, str] | None = None) -> Job:
        """Enter a job and schedule it as soon as this kind of work usually is."""
        plan = POOLS["types"][kind]
        days = int(plan["soonest"] + (plan["latest"] + 1 - plan["soonest"]) * self.rng.betavariate(1, 2.4))
        done = (created + timedelta(days=days)).replace(hour=self.rng.randrange(9, 18))
        done += timedelta(days=done.weekday() == SUNDAY)
        done = max(done, created + timedelta(minutes=self.rng.randrange(80, 300)))
        total = self.rng.triangular(plan["low"], plan["high"], plan["low"] * 0.7 + plan["high"] * 0.3)
        free = done > self.end or (plan["high"] < 700 and self.odds(0.1))
        values = (
            *(f"{created:%m/%d/%Y %I:%M %p}", f"{done:%m/%d/%Y}" if done <= self.end else ""),
            *(self.address(request.place, desk=True), request.place.town, request.place.zip, plan["unit"], kind),
            self.draw(POOLS["campaigns_web" if request.text else "campaigns_call"]),
            "Completed" if done <= self.end else "Scheduled",
            *("0.00" if free else f"{total:.2f}", self.note(request)),
        )
        cells = dict(zip(POOLS["headings"]["own"], values, strict=True))
        job = Job(record or self.record(request), created, done, cells)
        self.jobs.append(job)
        request.payer.jobs.append(job)
        return job


class Office(Desk):
    """Live through the period: requests and calls in order of time, then the members' visits around them."""

    def __init__(self, rng: random.Random, size: int) -> None:
        super().__init__(rng)
        self.start = (self.end - timedelta(days=rng.randrange(390, 500))).replace(hour=0)
        self.towns = Towns(rng, int(size * 2.2) + 40)
        self.leads: list[Request] = []
        self.size, self.extras = size, round(size * 0.05)
        homes = rng.sample(self.towns.homes, len(self.towns.homes))
        self.known, self.fresh = homes[::3], homes[1::3] + homes[2::3]
        for home in [*self.known, *self.towns.builders, *self.towns.warranties]:
            self.take_over(home)
            home.member_since = self.start if self.odds(self.rates["plan"]) and not home.company else None

    def moment(self, season: str) -> datetime:
        """Draw a time of the period by month, weekday and hour."""
        months, hours = POOLS["seasons"][season], POOLS["web_hours"]
        while True:
            when = self.start + (self.end - self.start) * self.rng.random()
            weight = months[when.month - 1] * hours[when.hour] * (0.5 if when.weekday() == SUNDAY else 1)
            if self.odds(weight / max(months) / max(hours)):
                return when

    def live(self) -> None:
        """Run the whole period, then add the junk that doubled requests and complaints left room for."""
        needs = POOLS["needs"]
        web = self.rng.choices(needs, [need["web"] for need in needs], k=self.size - self.extras)
        calls = self.rng.choices(needs, [need["call"] for need in needs], k=int(self.size * self.rates["calls"]))
        events = [(self.moment(need["season"]), self.ask, need) for need in web]
        events += [(self.opening(self.moment(need["season"])), self.call, need) for need in calls]
        for when, act, need in sorted(events, key=lambda event: event[0]):
            act(need, when)
        for home in self.towns.homes:
            self.visit_member(home, home.member_since or self.end)
        while len(self.leads) < self.size:
            home = self.towns.family(self.towns.address_in())
            self.leads.append(self.request(home, needs[0], self.moment("flat")))
            self.fill(self.leads[-1])
            self.leads[-1].text |= POOLS["junk_form"] | self.rng.choice(POOLS["junk"])

    def request(self, home: Household, need: Need, when: datetime) -> Request:
        """Choose who asks, for which house, and under whose name the desk will book."""
        asker, place, payer = self.rng.choices(home.people, [6, 3, 1][: len(home.people)])[0], home.place, home
        if home.rentals and self.odds(0.55):
            place = self.rng.choice(home.rentals)
        elif home.parents and self.odds(0.2):
            place, payer = home.parents.place, home.parents if self.odds(0.65) else home
        elif home.landlord and self.odds(0.35):
            payer = home.landlord
        return Request(home, asker, place, payer, need, self.rng.choice(need["symptoms"]), when)

    def ask(self, need: Need, when: datetime) -> None:
        """Let a person fill in the form, perhaps twice."""
        homes = self.known if self.odds(self.rates["known"]) else self.fresh
        request = self.request(self.rng.choice(homes), need, when)
        while self.busy(request) or any(job.done > when for job in [*request.home.jobs, *request.payer.jobs]):
            request = self.request(self.rng.choice(self.fresh), need, when)
        self.fill(request)
        self.leads.append(request)
        request.home.requests.append(request)
        if self.odds(self.rates["book"] + 0.35 * bool(request.payer.records) - 0.05 * ("Quote" in need["service"])):
            self.schedule(request)
        if self.odds(self.rates["twice"]) and self.extras > 0:
            self.extras -= 1
            later = timedelta(minutes=min(2400, self.rng.lognormvariate(2.3, 1.7)))
            asker = request.asker if self.odds(0.85) else self.rng.choice(request.home.people)
            request.group = f"G{self.extras:04d}"
            twin = replace(request, asker=asker, when=min(self.end, when + later))
            self.fill(twin, self.rng.choice([request.text["Message"], *POOLS["dup_messages"]]))
            self.leads.append(twin)

    def schedule(self, request: Request) -> None:
        """Reach the visitor and book the visit; some cancel, and half of these come back."""
        created = self.opening(request.when + timedelta(days=self.rng.uniform(*self.rng.choice(POOLS["delays"]))))
        if created < self.end and self.odds(0.02):
            self.book(request, request.need["first"][0], created).cells |= CANCELED
            created = self.opening(created + timedelta(days=self.rng.uniform(0.2, 12))) if self.odds(0.5) else self.end
        if created < self.end:
            self.carry_out(request, self.book(request, self.rng.choice(request.need["first"]), created))

    def carry_out(self, request: Request, first: Job) -> None:
        """Go on with a repair or installation, if the customer agrees; a plan or a recall may follow."""
        request.jobs.append(first)
        last, quote = first, "Estimate" in first.cells["Job Type"]
        kinds = {kind: chance for kind, chance in request.need["next"] if kind != first.cells["Job Type"]}
        kind = self.draw({"": 1 - sum(kinds.values()), **kinds})
        wait = min(60.0, self.rng.expovariate(1 / 9)) if quote else self.rng.betavariate(1, 3) * 6
        created = self.opening(first.done + timedelta(days=wait, minutes=20))
        if kind and created < self.end:
            again = replace(request, text={}, asker=self.rng.choice(request.payer.people))
            last = self.book(again, kind, created, None if self.odds(0.06) else first.record)
            last.cells["Campaign"] = first.cells["Campaign"] if self.odds(0.7) else "Existing Customer"
            last.cells["Summary"] = self.rng.choice((last.cells["Summary"], *POOLS["follow_notes"]))
            request.jobs.append(last)
        if not request.payer.company and self.odds(0.1):
            request.payer.member_since = request.payer.member_since or first.done + timedelta(days=100)
        if not quote and self.odds(0.035):
            self.recall(request, last)

    def recall(self, earlier: Request, job: Job) -> None:
        """Come back for free, a few times because of a complaint on the website."""
        when = job.done + timedelta(days=self.rng.expovariate(1 / 20), hours=3)
        created = self.opening(when + timedelta(hours=self.rng.uniform(0.1, 20)))
        if created > self.end:
            return
        request = replace(earlier, when=when, text={}, jobs=[], group="")
        if self.extras > 0 and self.odds(0.25) and not earlier.payer.company:
            self.extras -= 1
            self.fill(request, self.rng.choice(POOLS["recall_messages"]))
            self.leads.append(request)
        request.jobs.append(self.book(request, "Warranty Recall", created, job.record))
        request.jobs[0].cells |= {"Campaign": "Existing Customer", "Summary": self.rng.choice(POOLS["recall_notes"])}

    def busy(self, request: Request) -> bool:
        """Tell whether a request is open (or its work runs under another phone): the desk combines what else is due."""
        for lead in [*request.home.requests, *request.payer.requests]:
            job = lead.jobs[0] if lead.jobs and lead.jobs[0].record["Customer Phone"] == lead.asker.phone else None
            if -18 < (request.when - lead.when).days < 95 and (not job or job.done > request.when):
                return True
        return False

    def call(self, need: Need, when: datetime) -> None:
        """Let a person call: a customer, a new one, a builder or a home-warranty company."""
        rough = need["key"] == "rough"
        homes = self.towns.builders if rough else self.known if self.odds(0.45) else self.towns.homes
        request = self.request(self.rng.choice(homes), need, when)
        request.place = self.towns.address_in() if rough else request.place
        request.payer = self.rng.choice(self.towns.warranties) if self.odds(0.03) and not rough else request.payer
        if not self.busy(request):
            job = self.book(request, self.rng.choice(need["first"]), min(self.end, when))
            job.cells |= CANCELED if self.odds(0.05) else {}
            if job.cells["Status"] != "Canceled":
                self.carry_out(request, job)

    def visit_member(self, home: Household, since: datetime) -> None:
        """Make a member's two visits of each year."""
        for year, need in product(range(since.year, self.end.year + 1), POOLS["plan"]):
            due = since.replace(year=year, month=need["month"], day=1, hour=8)
            due = self.opening(due + timedelta(days=self.rng.randrange(100), minutes=self.rng.randrange(540)))
            request = Request(home, home.people[0], home.place, home, need, self.rng.choice(need["symptoms"]), due)
            if since < due < self.end and self.odds(0.85) and not self.busy(request):
                self.book(request, need["key"], due).cells["Campaign"] = self.draw(POOLS["campaigns_plan"])


def shared(text: dict[str, str], job: Job) -> bool:
    """Tell whether a request and its job have a phone, an email, a last name or a house number in common."""
    contacts = {text["Phone"], text["Email"].lower()} & {*job.record.values()} - {""}
    written = f"{job.record['Customer Name']} {job.cells['Service Address']}".lower().replace(",", "").split()
    words = {text["Last Name"].strip().lower(), text["Street Address"].split(" ")[0]}.intersection(written)
    return bool(contacts or words or text["Phone"][6:] in job.cells["Summary"])


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the office's files to the folder."""
    office = Office(random.Random(f"wasatch-{seed}"), leads)
    office.live()
    office.leads.sort(key=lambda lead: lead.when)
    office.jobs.sort(key=lambda job: job.created)
    for number, lead in enumerate(office.leads, office.rng.randrange(1800, 3600)):
        # Some websites stamp in UTC; that summer time starts and ends within a month does not matter here.
        offset = timedelta(hours=6 if 3 <= lead.when.month <= 10 else 7) * (office.rates["utc"] > 0.75)
        lead.text |= {"Entry ID": str(number), "Date Submitted": f"{lead.when + offset:%Y-%m-%d %H:%M:%S}"}
    for number, job in enumerate(office.jobs, office.rng.randrange(61000, 99000)):
        job.cells["Job Number"] = str(number)
    true, unsure = [], []
    for lead in office.leads:
        for job in lead.jobs:
            true.append({"lead_id": lead.text["Entry ID"], "job_id": job.cells["Job Number"]})
            unsure += [] if shared(lead.text, job) else true[-1:]
    tables = {"leads": [lead.text for lead in office.leads], "jobs": [job.record | job.cells for job in office.jobs]}
    groups = [{"lead_id": lead.text["Entry ID"], "group_id": lead.group} for lead in office.leads if lead.group]
    tables |= {"truth": true, "ambiguous": unsure, "lead_groups": groups}
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, POOLS["headings"][name])
            writer.writeheader()
            writer.writerows(table)
