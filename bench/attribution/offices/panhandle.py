"""Writes the exports of a heating, air conditioning and plumbing office on the Florida panhandle, among beach rentals.

Half of the callers live there, many retired; the others own a condo and live far away, rent it to guests, or have it
managed. In most years a hurricane fills the fall, and its repairs take months.

True is each job of the requested work: the first visit, the return with a part, the installation after an estimate, the
callback if it was itself requested on the website, and for both rows if a request was sent twice. Not true are plan
visits, other calls of the same customer, callbacks that were phoned in, and canceled or duplicate jobs.

Hard are the owner who gives the home address on the form while the job has the condo's, jobs under the rental firm, the
landlord, the parents, the spouse, an LLC or the previous owner, towers with many customers at one number, customers
typed again or with an old phone, and forms in UTC next to jobs that have only a local date.
"""

import csv
import json
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = POOLS["services"]
type Row = dict[str, str]
EPOCH = datetime.fromisoformat("2022-01-03")
LEAD_DAYS, JOB_DAYS, QUIET = 400, 430, timedelta(days=93)


@dataclass(frozen=True)
class Place:
    """A house, a shop, or a unit of a condo building."""

    number: int
    street: str
    unit: str
    site: str
    city: str
    zip_code: str
    state: str = "FL"


@dataclass
class Person:
    """Someone with a telephone."""

    first: str
    nick: str
    last: str
    phone: str
    alt: str
    email: str


@dataclass(eq=False)
class Customer:
    """A customer as the office typed it."""

    name: str
    phone: str
    alt: str
    email: str
    billing: Place | None
    created: datetime
    typed: dict[Place, dict[str, str]] = field(default_factory=dict)


@dataclass(eq=False)
class Household:
    """The people who order work for one or more places; in `windows`, only work requested on the website is booked."""

    kind: str
    owner: Person
    writer: Person
    spouse: Person | None
    places: list[Place]
    home: Place | None = None
    company: str = ""
    plan: bool = False
    staff: list[Person] = field(default_factory=list)
    records: list[Customer] = field(default_factory=list)
    windows: list[tuple[datetime, datetime]] = field(default_factory=list)
    busy: datetime = EPOCH


@dataclass(eq=False)
class Errand:
    """One need for work, sent on the website or given by phone."""

    household: Household
    place: Place
    service: str
    matter: list[str]
    when: datetime
    writer: Person
    extra: tuple[str, list[str]] | None = None
    leads: list[Row] = field(default_factory=list)
    jobs: list[Row] = field(default_factory=list)
    doubtful: list[Row] = field(default_factory=list)


class _Town:
    """The people and places of the coast, what they need when, and what they write on the website."""

    def __init__(self, rng: random.Random, size: int) -> None:
        self.rng, self.size, self.used = rng, size, set[str]()
        self.rates = {name: rng.uniform(*span) for name, span in POOLS["rates"].items()}
        self.utc, surge = rng.random() < 0.65, self.rates["surge"] * (rng.random() < 0.75)
        self.weights = {name: detail["weight"] for name, detail in SERVICES.items()} | {"storm": surge}
        self.start = EPOCH + timedelta(days=rng.randint(0, 900))
        self.end = self.start + timedelta(days=JOB_DAYS)
        self.days = [self.start + timedelta(days=day) for day in range(LEAD_DAYS)]
        self.landfall = rng.choice([day for day in self.days[20:300] if day.month in (8, 9, 10)])
        self.heats = {service: [self.heat(service, day) for day in self.days] for service in SERVICES}
        self.towers = [self.place(name) for name in POOLS["complexes"]]
        names = [head + tail for tail in POOLS["firm_tails"] for head in POOLS["firms"]]
        self.firms = [self.rental_firm(name) for name in rng.sample(names, min(len(names), 4 + size // 160))]
        self.leads: list[tuple[datetime, Row]] = []
        self.jobs: list[tuple[datetime, Row, Customer]] = []
        self.errands: list[Errand] = []

    def heat(self, service: str, day: datetime) -> float:
        weight: float = SERVICES[service]["months"][day.month - 1] * (1, 1, 1, 1, 1, 0.8, 0.55)[day.weekday()]
        after = (day - self.landfall).days
        if service == "storm":
            return 0.0 if after < 2 else weight * 0.965**after
        surge = self.weights["storm"] and 2 <= after < 30 and service in ("cool", "leak", "replace", "humid")
        return weight * 2.2 if surge else weight

    def draw(self, weights: dict[str, float]) -> str:
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def need(self, service: str = "") -> tuple[str, list[str]]:
        service = service or self.draw(self.weights)
        return service, self.rng.choice(SERVICES[service]["matters"])

    def moment(self, service: str, first: int, last: int) -> datetime:
        day = self.rng.choices(self.days, self.heats[service])[0]
        return day + timedelta(hours=self.rng.triangular(first, last, 13))

    def phone(self, digits: str, slip: float, styles: str = "shown_phones") -> str:
        digits = self.slipped(digits, slip)
        return str(self.rng.choice(POOLS[styles])).format(digits[:3], digits[3:6], digits[6:]) if digits else ""

    def slipped(self, digits: str, chance: float) -> str:
        if self.rng.random() >= chance or not digits:
            return digits
        at = self.rng.randint(4, 8)
        pair = digits[at + 1] + digits[at] if self.rng.random() < 0.5 else str(self.rng.randint(0, 9)) + digits[at + 1]
        return digits[:at] + pair + digits[at + 2 :]

    def address(self, place: Place, slip: float) -> str:
        number, (name, _, suffix) = self.slipped(f"{place.number:0>10}", slip / 2), place.street.rpartition(" ")
        street, unit = place.street, self.rng.choice(POOLS["unit_styles"]).format(place.unit)
        if suffix in POOLS["suffixes"] and self.rng.random() < 0.35:
            street = self.rng.choice((f"{name} {POOLS['suffixes'][suffix]}", f"{name} {suffix}.", name))
        return f"{number.lstrip('0')} {street}" + (unit if place.unit and self.rng.random() >= slip * 5 else "")

    def near(self, place: Place, chance: float) -> str:
        names: list[str] = POOLS["nearby"].get(place.city, [place.city])
        return self.rng.choice(names) if self.rng.random() < chance else place.city

    def new_phone(self, area: str) -> str:
        # No telephone company may assign these exchanges, so that no number is anybody's.
        while (number := f"{area}{self.rng.choice(POOLS['exchanges'])}{self.rng.randint(0, 9999):04}") in self.used:
            continue
        self.used.add(number)
        return number

    def new_email(self, *names: str) -> str:
        first, last, nick = (name.lower().replace("'", "").replace("-", "") for name in names)
        host, style = self.rng.choice(POOLS["mails"]), self.rng.choice(POOLS["mail_styles"])
        local = style.format(first=first, f=first[0], last=last, nick=nick, year=self.rng.randint(41, 99))
        while f"{local}@{host}" in self.used:
            local += str(self.rng.randint(1, 99))
        self.used.add(f"{local}@{host}")
        return f"{local}@{host}"

    def person(self, area: str = "", last: str = "", pool: str = "") -> Person:
        rng = self.rng
        firsts, lasts = POOLS[pool or rng.choice(("men", "women"))].split(), POOLS["last"].split()
        first, _, nicks = firsts[int(len(firsts) * rng.random() ** 1.5)].partition(":")
        nick = rng.choice(nicks.split(",")) if nicks else first
        last = last or lasts[int(len(lasts) * rng.random() ** 1.6)]
        area = area or rng.choice(("850", "850", "850", "850", "448", rng.choice(POOLS["homes"])[3]))
        alt = self.new_phone("850") if rng.random() < 0.35 else ""
        return Person(first, nick, last, self.new_phone(area), alt, self.new_email(first, last, nick))

    def place(self, site: str = "", *, beach: bool = False) -> Place:
        """Draw a place, near the beach often a unit in a tower; a name of a site puts up that tower."""
        rng = self.rng
        if beach and rng.random() < 0.6:
            unit = f"{rng.randint(1, 22)}{rng.randint(1, 14):02}" if rng.random() < 0.85 else f"B{rng.randint(1, 40)}"
            return replace(rng.choice(self.towers), unit=unit)
        towns = [town for town in POOLS["towns"] if town[3] or not (beach or site)]
        city, zip_code, *_ = rng.choices(towns, [town[2] for town in towns])[0]
        street = f"{rng.choice(POOLS['streets'].split()).replace('-', ' ')} {rng.choice(list(POOLS['suffixes']))}"
        if rng.random() < 0.16:
            street = f"{rng.choice('EW')} {rng.randint(4, 20)}th {rng.choice(('St', 'St', 'Ct', 'Plz'))}"
        street = rng.choice(POOLS["beach_roads"]) if site else street
        return Place(rng.randint(100, 17900), street, "", site, city, zip_code)

    def rental_firm(self, name: str) -> Household:
        """A rental firm with one account at the office, of which each member of the staff may ask for any unit."""
        slug = "".join(filter(str.isalpha, name.lower()))[:14]
        staff, office = [self.person("850") for _ in range(self.rng.randint(2, 5))], self.new_phone("850")
        for member in staff:
            member.email, member.alt = f"{member.first.lower()}@{slug}.example.com", office
        record = Customer(name, self.phone(office, 0), "", f"ap@{slug}.example.com", self.place(), EPOCH)
        places = [self.place(beach=True) for _ in range(self.rng.randint(5, 32))]
        return Household("manager", staff[0], staff[0], None, places, None, name, staff=staff, records=[record])

    def household(self, kind: str) -> Household:
        """Invent a household, or the member of a rental firm's staff who asks for one of its units."""
        rng, firm, home = self.rng, self.rng.choice(self.firms), None
        if kind == "manager":
            return replace(firm, writer=rng.choice(firm.staff), places=[rng.choice(firm.places)])
        far, (city, state, zip_code, area) = kind in POOLS["far_kinds"], rng.choice(POOLS["homes"])
        if far or kind in ("parent", "tenant"):
            home = replace(self.place(), city=city, state=state, zip_code=zip_code)
            home, area = (self.place(), "850") if rng.random() < 0.16 else (home, area)
        pools = rng.sample(("men", "women"), 2)
        owner = self.person(area if far else "", "", pools[0])
        spouse = self.person(owner.phone[:3], owner.last if rng.random() < 0.93 else "", pools[1])
        spouse.email = owner.email if rng.random() < 0.4 else spouse.email
        places = [self.place(beach=far) for _ in range(1 + (kind in ("rental", "tenant") and rng.random() < 0.25))]
        made = Household(kind, owner, owner, spouse if rng.random() < 0.6 else None, places, home)
        if kind == "parent":
            made.writer = self.person(area, owner.last if rng.random() < 0.6 else "")
        elif kind in ("tenant", "guest"):
            made.writer = self.person()
        made.plan = kind in ("local", "retiree") and rng.random() < 0.12
        if kind in ("managed", "guest"):
            made.company, made.records = firm.company, firm.records[:1] if rng.random() < 0.6 else []
        elif kind == "shop":
            made.company = f"{rng.choice(POOLS['shop_heads'])} {rng.choice(POOLS['shops'])}"
        elif kind == "rental" and rng.random() < 0.3:
            made.company = f"{rng.choice((owner.last, places[0].site or 'Gulf'))} {rng.choice(POOLS['llc'])} LLC"
        return made

    def told(self, text: str, errand: Errand, what: str) -> str:
        home, place, writer = errand.household, errand.place, errand.writer
        site = f"{place.site} {place.unit}" if place.unit else f"{place.number} {place.street}"
        owner, full = (f"{person.first} {person.last}" for person in (home.owner, writer))
        words = {"what": what, "site": site, "firm": home.company, "owner": owner, "first": writer.first}
        other = home.owner if writer is home.spouse else home.spouse
        words |= {"home": home.home.city if home.home else "Georgia", "spouse": other.first if other else "My neighbor"}
        words |= {"alt": self.phone(writer.alt or writer.phone, 0), "phone": self.phone(writer.phone, 0.01)}
        words |= {"writer": self.rng.choice((full, full, writer.first)), "ago": str(self.rng.randint(2, 14))}
        return text.format(code=self.rng.randint(1000, 9999), **words)

    def cased(self, text: str) -> str:
        chance = self.rng.random()
        return text.lower() if chance < 0.09 else text.upper() if chance < 0.13 else text + " " * (chance < 0.15)

    def blocks(self, errand: Errand) -> dict[str, str]:
        """Fill the two address blocks; far owners often put their home in the first, as the browser offers it."""
        rng, place, home = self.rng, errand.place, errand.household.home
        typed, other = self.cased(self.address(place, 0.02)), rng.choice(POOLS["same"])
        if home and errand.household.kind not in ("tenant", "guest") and rng.random() < 0.46:
            place, typed, other = home, self.cased(self.address(home, 0.01)), typed if rng.random() < 0.68 else ""
        if rng.random() < 0.05:
            return {"ZIP": place.zip_code}
        cells = {"Address": typed, "City": self.cased(self.near(place, 0.18)), "State": place.state}
        return cells | {"ZIP": place.zip_code if rng.random() < 0.95 else "", "Service Address (if different)": other}

    def message(self, errand: Errand) -> str:
        rng, text = self.rng, f"{self.rng.choice(POOLS['openers'])}{errand.matter[0]}."
        if errand.extra:
            text += rng.choice(POOLS["second"]).replace("{other}", errand.extra[1][0])
        text += rng.choice([*POOLS["tails"][errand.household.kind], ""]) + rng.choice(POOLS["closers"])
        return "" if rng.random() < 0.06 else self.cased(self.told(text, errand, ""))

    def submit(self, errand: Errand, when: datetime, writer: Person, message: str) -> None:
        rng, home, chance = self.rng, errand.household, self.rng.random()
        form = "Live Chat" if chance < self.rates["chat"] else "Contact Us" if chance < 0.25 else "Request Service"
        chat, email = form == "Live Chat", writer.email.capitalize() if rng.random() < 0.07 else writer.email
        if rng.random() < 0.02:
            email = email.replace(*rng.choice(POOLS["mail_slips"]))
        digits = writer.alt if writer.alt and rng.random() < 0.2 else writer.phone
        cells = {"Form": form, "Source / Medium": rng.choice(POOLS["sources"]), "Message": message}
        cells["First Name"] = self.cased(writer.nick if rng.random() < 0.17 else writer.first)
        cells |= {"Last Name": self.cased(writer.last), "Phone": self.phone(digits, 0.01, "typed_phones")}
        cells["Email"] = "" if rng.random() < (0.3 if chat else 0.012) else email
        cells["Company"] = home.company if home.kind in ("shop", "manager") and rng.random() < 0.7 else ""
        cells["I Am A"] = "" if chat or rng.random() < 0.1 else POOLS["roles"][home.kind]
        cells["Service Needed"] = rng.choice([*SERVICES[errand.service]["labels"] * 4, "Other"])
        if form == "Request Service" or rng.random() < 0.3:
            cells |= self.blocks(errand)
        if rng.random() < (0.25 if chat else 0.02):
            cells["Last Name"] = "" if chat else rng.choice(("", writer.last[0], writer.last[0] + "."))
        errand.leads.append(cells)
        self.leads.append((when, cells))

    def junk(self) -> None:
        who, (topic, text) = self.person(), self.rng.choice(POOLS["spam"])
        cells = {"Form": "Contact Us", "First Name": who.first, "Last Name": who.last, "Email": who.email}
        cells |= {"Phone": self.phone(who.phone, 0, "typed_phones"), "Service Needed": topic, "Message": text}
        self.leads.append((self.moment("tune", 0, 24), cells))


class _Office(_Town):
    """The office, which searches for customers or types them again, books, cancels, and comes back."""

    def filed_name(self, home: Household, who: Person) -> str:
        """The customer's name as a clerk files it: misheard, as a couple, turned around, shortened, shouted."""
        rng, first, last = self.rng, who.first, who.last
        if home.company and home.kind not in ("managed", "guest") and rng.random() < 0.75:
            return home.company
        sounds = [(old, new) for old, new in POOLS["heard"] if old in last[1:].lower()]
        if sounds and rng.random() < 0.03:
            last = last[0] + last[1:].lower().replace(*rng.choice(sounds))
        other = home.spouse if who is home.owner else home.owner if who is home.spouse else None
        couple = f"{who.nick} & {other.nick} {last}" if other else f"{first} {last}"
        forms = (f"{first} {last}", couple, f"{last}, {first}", f"{who.nick} {last}", f"{first} {last}".upper())
        return rng.choices(forms, (73, 7, 6, 11, 3))[0]

    def payer(self, home: Household, writer: Person) -> Person:
        """Whose account it becomes: the landlord's, the parents', now and then the spouse's."""
        if writer not in (home.owner, home.spouse):
            return writer if home.kind == "parent" and self.rng.random() < 0.12 else home.owner
        other = home.spouse if writer is home.owner else home.owner
        return other if other and self.rng.random() < 0.07 else writer

    def enter(self, home: Household, writer: Person, when: datetime, leads: list[Row]) -> Customer:
        rng, who = self.rng, self.payer(home, writer)
        phone, alt = (who.alt, who.phone) if who.alt and rng.random() < 0.2 else (who.phone, who.alt)
        if who is not writer:
            odds = 0.5 if home.kind == "parent" else 0.15
            phone, alt = (writer.phone, phone) if rng.random() < odds else (phone, writer.phone)
        email = who.email if rng.random() < 0.62 else rng.choice(("", "", "", "declined@example.com"))
        phone, alt = self.phone(phone, 0.015), self.phone(alt if rng.random() < 0.45 else "", 0)
        bill = home.home if home.kind != "parent" else None
        made = Customer(self.filed_name(home, who), phone, alt, email, bill, when)
        form = leads[-1] if leads and who is writer and rng.random() < self.rates["copied"] else {}
        if form.get("Last Name"):
            made.name, made.email = f"{form['First Name']} {form['Last Name']}", form["Email"]
            made.phone = self.phone("".join(filter(str.isdigit, form["Phone"]))[-10:], 0)
        home.records.append(made)
        return made

    def imported(self, home: Household) -> Customer:
        """A customer from before; the oldest came from the former software in capitals, some with a dead phone."""
        who = home.spouse if home.spouse and self.rng.random() < 0.25 else home.owner
        made = self.enter(home, who, self.start - timedelta(days=self.rng.randint(20, 2600)), [])
        if (self.start - made.created).days > 1100:
            made.name, made.email = made.name.upper(), made.email if self.rng.random() < 0.3 else ""
            made.phone = self.phone(self.new_phone("850"), 0) if self.rng.random() < 0.22 else made.phone
        return made

    def find(self, errand: Errand, when: datetime) -> Customer:
        home, alone = errand.household, errand.household.kind not in ("manager", "managed", "guest")
        if not home.records or (home.kind != "manager" and self.rng.random() > self.rates["found"]):
            return self.enter(home, errand.writer, when, errand.leads)
        if alone and errand.writer is home.owner and self.rng.random() < 0.4:
            home.records[-1].phone = self.phone(home.owner.phone, 0)
        return home.records[-1]

    def note(self, errand: Errand, noted: str) -> str:
        rng, role = self.rng, self.rng.choice(POOLS["role_notes"][errand.household.kind])
        text = (rng.choice(POOLS["web_notes"]) if errand.leads else "") + rng.choice(POOLS["notes"])
        return self.told(text + (f"; {role}" if role else "") + rng.choice(POOLS["done"]), errand, noted)

    def add(self, errand: Errand, record: Customer, created: datetime, days: float, **cells: str) -> list[Row]:
        """File a job for some days later, unless it would come between a request and its first visit."""
        rng, home, place, bill = self.rng, errand.household, errand.place, record.billing
        inside = not errand.leads and any(begin - timedelta(days=2) <= created <= end for begin, end in home.windows)
        if created > self.end or (inside and rng.random() > 0.01):
            return []
        slot = created.replace(minute=0, second=0, microsecond=0) + timedelta(days=round(days))
        slot = slot.replace(hour=rng.choice((8, 8, 9, 10, 11, 12, 13, 14, 15)))
        slot = max(slot + timedelta(days=slot.weekday() == 6 and days > 1), created + timedelta(minutes=40))
        home.busy = max(home.busy, slot)
        if place not in record.typed:
            record.typed[place] = {"Service Address": self.address(place, 0.015), "City": self.near(place, 0.07)}
        row = {"Created On": f"{created:%m/%d/%Y}", "Customer": record.name, "Email": record.email}
        row |= record.typed[place] | {"Zip": place.zip_code, "Total": "$0.00", "Status": "Completed"}
        mail = f"{bill.number} {bill.street}, {bill.city}, {bill.state} {bill.zip_code}" if bill else ""
        share = self.rates["faithful"] if errand.leads else 0.045
        campaign = "Website" if rng.random() < share else rng.choice(POOLS["campaigns"])
        row |= {"Campaign": campaign, "Booked By": rng.choice(POOLS["clerks"]), "Billing Address": mail}
        row |= {"Scheduled Start": f"{slot:%m/%d/%Y %I:00 %p}", "Completed On": f"{slot:%m/%d/%Y}"}
        row |= {name.replace("_", " "): text for name, text in cells.items()}
        if row["Status"] != "Completed" or slot > self.end:
            status = rng.choice(("Scheduled", "Scheduled", "Hold")) if row["Status"] == "Completed" else row["Status"]
            row |= {"Status": status, "Completed On": "", "Total": "$0.00"}
        self.jobs.append((created, row, record))
        return [row]

    def serve(self, errand: Errand, created: datetime) -> None:
        rng, record, detail = self.rng, self.find(errand, created), SERVICES[errand.service]
        canceled = rng.random() < 0.04
        booked = created + timedelta(days=rng.choice((0, 0, 1, 2, 3, 6)) if canceled else 0)
        if errand.leads:
            errand.household.windows.append((errand.when, booked))
        if canceled:
            kind, note = detail["types"][0], rng.choice(POOLS["void_notes"])
            cells = {"Job_Type": kind, "Business_Unit": detail["unit"], "Status": "Canceled", "Notes": note}
            self.add(errand, record, created, 2, **cells)
        self.visit(errand, record, booked, errand.service, errand.matter)
        if errand.extra and rng.random() < 0.7:
            self.visit(errand, record, booked + timedelta(minutes=4), *errand.extra)

    def visit(self, errand: Errand, record: Customer, last: datetime, service: str, matter: list[str]) -> None:
        """Book the first visit, then perhaps parts, an estimate, an installation, and a callback."""
        rng, detail, unit = self.rng, SERVICES[service], str(SERVICES[service]["unit"])
        slow = {"seasonal": 2.2, "rental": 1.3, "manager": 0.6}.get(errand.household.kind, 1)
        kind = rng.choice(POOLS["misfiled"] if rng.random() < self.rates["misfiled"] else detail["types"])
        wait, (low, high) = rng.expovariate(1 / (detail["pace"] * slow)), detail["price"]
        cost, note = f"${rng.triangular(low, high, low) * (rng.random() > 0.08):,.2f}", self.note(errand, matter[1])
        jobs = self.add(errand, record, last, wait, Job_Type=kind, Business_Unit=unit, Total=cost, Notes=note)
        last += timedelta(days=wait)
        for follow, chance, soon, late, least, most in detail["follow"]:
            if not jobs or rng.random() > chance:
                continue
            last += timedelta(days=rng.uniform(soon, late) * min(slow, 1.8) * 0.6)
            wait, cost = rng.uniform(soon, late) * 0.4, f"${rng.triangular(least, most):,.2f}"
            note = f"{rng.choice(POOLS['follow_notes'])} - {matter[1]}"
            jobs += self.add(errand, record, last, wait, Job_Type=follow, Business_Unit=unit, Total=cost, Notes=note)
            last += timedelta(days=wait)
        errand.jobs += jobs
        if jobs and service != "callback" and rng.random() < 0.035:
            again, last = self.need("callback"), last + timedelta(days=rng.randint(3, 40))
            self.visit(replace(errand, leads=[], jobs=[]), record, last, *again)

    def newcomer(self, kind: str, known: float) -> Household:
        home = self.household(kind)
        if home.plan or (kind != "manager" and self.rng.random() < known):
            self.imported(home)
        elif kind in ("local", "seasonal") and self.rng.random() < 0.03:
            # A former owner's account, found by the address.
            home.records = [self.imported(self.household("local"))]
        return home

    def again(self) -> Errand | None:
        if not self.errands or self.rng.random() > 0.1:
            return None
        rng, former = self.rng, self.rng.choice(self.errands)
        home, (service, matter), days = former.household, self.need(), rng.randint(15, 200)
        if former.jobs and former.service not in ("replace", "tune", "callback") and rng.random() < 0.3:
            (service, matter), days = self.need("callback"), rng.randint(2, 20)
        when = home.busy.replace(hour=0) + timedelta(days=days, hours=rng.uniform(7, 22))
        errand = Errand(home, former.place, service, matter, when, former.writer)
        return errand if home.kind != "manager" and when < self.days[-1] else None

    def request(self) -> Errand:
        rng, home = self.rng, self.newcomer(self.draw(POOLS["web_kinds"]), self.rates["known"])
        service, matter = self.need(rng.choice(POOLS["guest_needs"]) if home.kind in ("guest", "tenant") else "")
        writer = home.spouse if home.spouse and home.writer is home.owner and rng.random() < 0.2 else home.writer
        when = self.moment(service, *((6, 24) if rng.random() < 0.93 else (0, 26)))
        errand = Errand(home, rng.choice(home.places), service, matter, when, writer)
        other, trouble = self.need()
        if rng.random() < 0.05 and SERVICES[other]["unit"] != SERVICES[service]["unit"]:
            errand.extra = (other, trouble)
        return errand

    def callback(self, errand: Errand) -> datetime:
        rng, (waits, weights), kind = self.rng, POOLS["waits"], errand.household.kind
        low, high = rng.choices(waits, weights)[0] if kind != "manager" else waits[0]
        far = 1.7 if high > 30 and errand.household.home else 1
        booked = errand.when + timedelta(hours=rng.uniform(low, high) * far)
        if not 7 <= booked.hour < 18 and rng.random() < 0.75:
            morning = booked + timedelta(hours=6 if booked.hour >= 18 else 0)
            booked = max(booked, morning.replace(hour=8, minute=rng.randint(0, 59)))
        return booked + timedelta(days=booked.weekday() == 6 and rng.random() < 0.8)

    def ask(self) -> None:
        rng, errand, demand = self.rng, self.again() or self.request(), POOLS["demand"]
        home, when, writer = errand.household, errand.when, errand.writer
        self.errands.append(errand)
        self.submit(errand, when, writer, self.message(errand))
        booked = self.callback(errand)
        if rng.random() < self.rates["twice"] and len(self.leads) < self.size:
            later = when + min(timedelta(minutes=rng.randint(2, 1800)), (booked - when) * 0.9)
            other = home.spouse if home.spouse and rng.random() < 0.2 else writer
            self.submit(errand, later, other, rng.choice([*POOLS["again"], self.message(errand)]))
        known = 3 if home.plan else 1.5 if home.records else 1
        if rng.random() < self.rates["convert"] * known * demand.get(home.kind, 1) * demand.get(errand.service, 1):
            self.serve(errand, booked)
            return
        # Nothing came of it: no other work follows soon, save two kinds of calls that no one can judge.
        call, chance = replace(errand, leads=[], jobs=[]), rng.random()
        home.busy = max(home.busy, when + QUIET)
        if chance < 0.021:
            early = when - timedelta(minutes=rng.randint(15, 300))
            self.serve(call, early if chance < 0.001 else home.busy + timedelta(days=rng.randint(3, 110)))
        errand.doubtful += call.jobs[:1]
        home.windows.append((when, when + QUIET))

    def phone_in(self, home: Household, times: int) -> None:
        rng = self.rng
        for _ in range(times):
            service, matter = self.need()
            when = self.moment(service, 7, 17)
            caller = home.spouse if home.spouse and home.writer is home.owner and rng.random() < 0.35 else home.writer
            self.serve(Errand(home, rng.choice(home.places), service, matter, when, caller), when)
        day = self.start + timedelta(days=rng.randint(0, 185), hours=10)
        while home.plan and day < self.end - timedelta(days=25):
            self.serve(Errand(home, home.places[0], *self.need("plan"), day, home.owner), day)
            day += timedelta(days=rng.randint(165, 205))

    def live(self) -> None:
        rng = self.rng
        while len(self.leads) < self.size:
            (self.junk if rng.random() < self.rates["spam"] else self.ask)()
        for home in {id(errand.household): errand.household for errand in self.errands}.values():
            if home.records and home.kind != "manager":
                self.phone_in(home, rng.choices((0, 1, 2), (72, 22, 6))[0])
        for _ in range(int(self.size * self.rates["calls"])):
            home = self.newcomer(self.draw(POOLS["call_kinds"]), 0.55)
            self.phone_in(home, rng.choices((1, 2, 3, 4), (58, 26, 11, 5))[0])
        for firm in self.firms:
            for place in firm.places:
                one = replace(firm, writer=rng.choice(firm.staff), places=[place])
                self.phone_in(one, rng.choices((0, 1, 2, 4), (35, 35, 20, 10))[0])

    def number(self) -> None:
        rng, entry, number = self.rng, self.rng.randint(900, 9000), self.rng.randint(20000, 70000)
        self.leads.sort(key=lambda lead: lead[0])
        for when, lead in self.leads:
            entry += rng.choice((1,) * 24 + (2,))
            # The form plugin stores UTC; Central time is five hours behind it in summer.
            shown = when + timedelta(hours=(5 if 3 < when.month < 11 else 6) * self.utc)
            lead |= {"Entry ID": str(entry), "Submitted": f"{shown:%Y-%m-%d %H:%M:%S}"}
        self.jobs.sort(key=lambda job: job[0])
        records = sorted(dict.fromkeys(job[2] for job in self.jobs), key=lambda record: (record.created, record.phone))
        ranks = {record: f"C{rank}" for rank, record in enumerate(records, 1004)}
        for _, job, record in self.jobs:
            number += rng.choice((1,) * 30 + (2,))
            job |= {"Job #": str(number), "Customer ID": ranks[record], "Phone": record.phone, "Alt Phone": record.alt}


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the exports of one such office, with as many leads as asked, and the truth about them."""
    office = _Office(random.Random(f"panhandle-{seed}"), leads)
    office.live()
    office.number()
    rows: dict[str, list[Row]] = {name: [] for name in POOLS["headings"]}
    rows |= {"leads": [lead for _, lead in office.leads], "jobs": [job for _, job, _ in office.jobs]}
    for group, errand in enumerate(office.errands, 1):
        for lead in ({"lead_id": lead["Entry ID"]} for lead in errand.leads):
            rows["truth"] += [lead | {"job_id": job["Job #"]} for job in errand.jobs]
            rows["ambiguous"] += [lead | {"job_id": job["Job #"]} for job in errand.doubtful]
            rows["lead_groups"] += [lead | {"group_id": str(group)}] if len(errand.leads) > 1 else []
    folder.mkdir(parents=True, exist_ok=True)
    for name, headings in POOLS["headings"].items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, headings.split("|"), restval="")
            writer.writeheader()
            writer.writerows(rows[name])
