"""Write the leads and jobs of electricians and plumbers around a capital city: three state offices, one call center.

Customers are couples, condominium residents, group houses, tenants and absent owners who move every two years,
embassy staff, landlords, and managers. True is every job that carries out the request: first visit, repair,
installation, second stage, also if it was booked under a spouse, roommate, manager, embassy, or former occupant, or
months later. Hard are names spelled by ear or in another order, phones of other states, old customer records,
neighbors in one building, people who succeed each other at one address, and a website on another town's clock.
"""

import csv
import json
import random
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads(Path(__file__).with_name("capitol.json").read_text("utf-8"))


@dataclass(frozen=True)
class Place:
    """A service location."""

    line: str
    long: str
    city: str
    state: str
    code: str
    unit: str = ""

    def full(self) -> str:
        """Return the whole address in the software's format."""
        unit = f" {'#' if ord(self.line[0]) % 3 else 'Unit '}{self.unit}" if self.unit else ""
        return f"{self.line}{unit}, {self.city}, {self.state} {self.code}"


@dataclass(frozen=True)
class Person:
    """Someone who may write, call, or be at home."""

    first: str
    last: str
    culture: str
    phone: str
    email: str


@dataclass(frozen=True)
class Record:
    """A customer as the office typed it once."""

    key: int
    name: str
    phone: str
    email: str


@dataclass
class Home:
    """A household or organization with its people, places and customer records."""

    kind: str
    people: list[Person]
    places: list[Place]
    start: datetime
    account: Record | None = None
    former: Record | None = None
    records: list[Record] = field(default_factory=list)


@dataclass
class Lead:
    """A row of the website's export."""

    when: datetime
    cells: dict[str, str]
    group: str = ""


@dataclass
class Job:
    """A row of the field-service software's export."""

    created: datetime
    done: datetime
    record: Record
    state: str
    cells: dict[str, object]


@dataclass(frozen=True)
class Need:
    """One piece of work that someone of a home wants done at a place, in the customer's and the office's words."""

    home: Home
    who: Person
    place: Place
    issue: dict[str, Any]
    says: str
    note: str


def plain(text: str) -> str:
    """Return text in the letters of an American keyboard."""
    text = unicodedata.normalize("NFKD", text.translate(str.maketrans("øıłØŁ", "oilOL")))
    return text.encode("ascii", "ignore").decode()


class Office:
    """The life of the three offices over a year or more."""

    def __init__(self, seed: int, leads: int) -> None:
        self.rng = random.Random(f"capitol-{seed}")
        self.rates: dict[str, float] = {key: self.rng.uniform(*pair) for key, pair in POOLS["rates"].items()}
        self.clock: int = self.rng.choice(POOLS["clocks"])
        self.size = leads
        self.start = datetime(2022, 3, 1, tzinfo=UTC) + timedelta(days=self.rng.randrange(700))
        self.end = self.start + timedelta(days=self.rng.randint(410, 560))
        self.used: set[str] = set()
        self.leads: list[Lead] = []
        self.jobs: list[Job] = []
        self.keys = count(30210, 7)
        self.truth: list[tuple[Lead, Job]] = []
        self.unsure: list[tuple[Lead, Job]] = []
        self.vacated: list[tuple[Place, datetime, Record | None]] = []
        self.managers = [self._organize("manager") for _ in range(max(3, leads // 260))]

    def run(self) -> None:
        """Live through the period until the website has its number of requests."""
        for home in self.managers + [self._organize("embassy") for _ in range(max(3, self.size // 200))]:
            self._live(home)
        while len(self.leads) < self.size:
            if self._chance(self.rates["spam"] * 0.7):
                self._spam()
            elif self._chance(0.001):
                self._riser()
            self._live(self._household())

    def _pick(self, name: str) -> str:
        return str(self.rng.choice(POOLS[name]))

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share

    def _days(self, low: float, high: float) -> timedelta:
        return timedelta(days=self.rng.uniform(low, high))

    def _phone(self, state: str, away: float) -> str:
        if self._chance(away * 0.04):
            return f"{self._pick('foreign_codes')} {self.rng.randrange(1000, 10000)}"
        number = ""
        while not number or number in self.used:
            code = self._pick("away_codes") if self._chance(away) else self.rng.choice(POOLS["local_codes"][state])
            number = f"{code}555{self.rng.randrange(10000):04d}"
        self.used.add(number)
        return number

    def _email(self, first: str, last: str, host: str = "") -> str:
        one, two = (plain(part).lower().replace("'", "").replace(" ", "") for part in (first, last))
        if host or self._chance(0.1):
            return f"{one[0] if host else one + '.'}{two}@{host or self._pick('work_hosts')}"
        number = "" if self._chance(0.45) else self.rng.choice((self.rng.randint(2, 99), self.rng.randint(1958, 2003)))
        return self._pick("mail_forms").format(one, two, number) + f"@{self._pick('mail_hosts')}"

    def _person(self, state: str, away: float, like: Person | None = None, host: str = "") -> Person:
        cultures = POOLS["cultures"]
        key = like.culture if like else self.rng.choices(list(cultures), [c["weight"] for c in cultures.values()])[0]
        lasts: list[str] = cultures[key]["last"]
        first, last = self.rng.choice(cultures[key]["first"]), lasts[int(len(lasts) * self.rng.random() ** 1.4)]
        if like and not self._chance(cultures[key]["own_last"] + 0.15):
            last = like.last
        elif key == "latin" and self._chance(0.25):
            last = f"{last} {self.rng.choice(lasts)}"
        return Person(first, last, key, self._phone(state, away), self._email(first, last, host))

    def _place(self, state: str = "") -> Place:
        areas = [area for area in POOLS["areas"] if state in ("", area["state"])]
        area = self.rng.choices(areas, [area["weight"] for area in areas])[0]
        street, suffix, quadrant = self._pick("streets"), self.rng.choice(POOLS["suffixes"]), ""
        if area["state"] == "DC":
            quadrant = f" {self._pick('quadrants')}"
            if self._chance(0.5):
                street, suffix = self._pick("grid"), POOLS["suffixes"][0]
        number = self.rng.randrange(100, 4900 if quadrant else 9900)
        short, long = (f"{number} {street} {word}{quadrant}" for word in suffix)
        return Place(short, long, area["city"], area["state"], self.rng.choice(area["zips"]))

    def _organize(self, kind: str) -> Home:
        places = [self._place() for _ in range(self.rng.randint(*POOLS["sites"][kind]))]
        name = f"{self._pick(f'{kind}_a')} {self._pick(f'{kind}_b')}"
        host = "".join(letter for letter in name.lower() if letter.isalpha())[:18] + ".example.org"
        people = [self._person(places[0].state, POOLS["away"][kind], host=host) for _ in range(4)]
        mail = self.rng.choice((people[0].email, f"facilities@{host}", f"ap@{host}", ""))
        account = Record(next(self.keys), name, self._phone(places[0].state, 0), mail)
        return Home(kind, people, places, self.start, account=account)

    def _household(self) -> Home:
        kind = self.rng.choices(list(POOLS["kinds"]), list(POOLS["kinds"].values()))[0]
        if kind == "office":
            return self._organize(kind)
        home = Home(kind, [], [self._place()], self.start + (self.end - self.start) * self.rng.random())
        if kind == "condo":
            manager = self.rng.choice(self.managers)
            unit = f"{self.rng.randint(1, 11)}{self.rng.randint(1, 16):02d}"
            home.account, home.places = manager.account, [replace(self.rng.choice(manager.places), unit=unit)]
        elif kind in ("group", "rotator") and self.vacated and self._chance(self.rates["turnover"]):
            place, home.start, home.former = self.vacated.pop(self.rng.randrange(len(self.vacated)))
            home.places = [place]
        state, away = home.places[0].state, POOLS["away"].get(kind, 0.25)
        home.people.append(one := self._person(state, away))
        if kind == "group":
            home.people += [self._person(state, away) for _ in range(self.rng.randint(2, 4))]
        elif self._chance(0.75):
            stranger = kind == "rotator" and self._chance(0.5)
            home.people.append(self._person(state, away, None if stranger else one))
        if kind == "landlord":
            home.places += [self._place(state) for _ in range(self.rng.randint(1, 4))]
        if self._chance(self.rates["legacy"]):
            # The leftover of a merged office: capitals, and perhaps a phone that is no longer used.
            name = plain(f"{one.last}, {one.first}" if self._chance(0.5) else f"{one.first} {one.last}").upper()
            phone = one.phone if self._chance(0.6) else self._phone(state, away)
            home.records.append(Record(next(self.keys), name, phone, one.email if self._chance(0.35) else ""))
        return home

    def _heard(self, name: str) -> str:
        if name in POOLS["heard"]:
            return str(self.rng.choice(POOLS["heard"][name]))
        old, new = self.rng.choice([pair for pair in POOLS["sounds"] if pair[0] in name[1:]] or [("", "")])
        return name[0] + name[1:].replace(old, new, 1) if old else name

    def _slip(self, text: str) -> str:
        at = self.rng.randrange(1, max(2, len(text) - 1))
        return text[:at] + self.rng.choice(("", text[at : at + 1] * 2, "e")) + text[at + 1 :]

    def _named(self, who: Person, short: float) -> tuple[str, str]:
        """Return first and last name as people say them: short, with one of two last names, in another order."""
        first = POOLS["nicknames"].get(who.first, who.first) if self._chance(short) else who.first
        last = who.last.split()[0] if self._chance(short * 2) else who.last
        return (last, first) if self._chance(POOLS["cultures"][who.culture]["swap"] * short * 4) else (first, last)

    def _spoken(self, who: Person) -> str:
        first, last = self._named(who, 0.25)
        share = self.rates["misheard"] * POOLS["cultures"][who.culture]["misheard"]
        last = self._heard(last) if self._chance(share) else last
        first = self._heard(first) if self._chance(share * 0.6) else first
        return plain(f"{last}, {first}" if self._chance(0.04) else f"{first} {last}")

    def _typed(self, need: Need, lead: Lead | None) -> Record:
        others = [person for person in need.home.people if person != need.who]
        moved = bool(others) and self._chance(POOLS["switch"].get(need.home.kind, 0.3))
        who = self.rng.choice(others) if moved else need.who
        name, phone = self._spoken(who), who.phone if self._chance(0.95) else self._phone(need.place.state, 0.3)
        email = who.email if self._chance(self.rates["email"]) else ""
        if lead and not moved and lead.cells["Last Name"] and self._chance(self.rates["copied"]):
            name, email = f"{lead.cells['First Name']} {lead.cells['Last Name']}", lead.cells["Email"]
            name = name.title() if name.islower() else name
        if lead and moved and self._chance(0.55):
            phone = need.who.phone
        if self._chance(0.04):
            email = self._slip(email) if email and self._chance(0.5) else "noemail@example.com"
        return Record(next(self.keys), plain(name), self._slip(phone) if self._chance(0.006) else phone, email)

    def _customer(self, need: Need, lead: Lead | None = None) -> Record:
        home = need.home
        if home.account and self._chance(need.issue["shared"] * 1.4 + 0.02 if home.kind == "condo" else 0.97):
            return home.account
        if home.former and need.place == home.places[0] and self._chance(0.1):
            # The dispatcher found the address and did not notice that the tenant had changed.
            return home.former
        if home.records and self._chance(self.rates["lookup"]):
            return home.records[-1] if self._chance(0.9) else home.records[0]
        home.records.append(self._typed(need, lead))
        return home.records[-1]

    def _note(self, need: Need, record: Record) -> str:
        parts = [self._pick("openers") + (need.note if self._chance(0.88) else self._pick("vague"))]
        if self._chance(0.35):
            parts.append(self._pick("access").format(code=self.rng.randrange(1000, 9999)))
        if record not in need.home.records and self._chance(0.55):
            parts.append(f"contact {need.place.unit} {self._spoken(need.who)}".replace("  ", " "))
            parts.append(need.who.phone if self._chance(0.5) else "on site")
        if POOLS["cultures"][need.who.culture]["language"] and self._chance(0.08):
            parts.append(f"speaks {POOLS['cultures'][need.who.culture]['language']}")
        return ". ".join(parts)

    def _street(self, need: Need) -> tuple[str, str, str]:
        """Return street, unit and a remark as people fill them in; landlords may give their own home."""
        place, remark = need.place, ""
        if place != need.home.places[0] and self._chance(0.35 if need.home.kind == "landlord" else 0.03):
            place, remark = need.home.places[0], f"Rental at {need.place.line} {need.place.city}"
        text = self.rng.choice((place.line, place.long))
        if place.state == "DC" and self._chance(0.07):
            text = text.rpartition(" ")[0]
        text = self._slip(text) if self._chance(0.02) else text
        text = f"{text}, {place.city} {place.state}" if self._chance(0.08) else text
        unit = f"{self.rng.choice(('', 'Apt ', '#', 'Unit '))}{place.unit}" if place.unit and self._chance(0.87) else ""
        if unit and self._chance(0.3):
            text, unit = f"{text} {unit}", ""
        return text.lower() if self._chance(0.14) else text, "same" if self._chance(0.004) else unit, remark

    def _submit(self, need: Need, when: datetime, message: str = "") -> Lead:
        who, issue = need.who, need.issue
        channel = self.rng.choices(("Form", "Chat", "Call", "Partner"), (80, 8, 7, 5))[0]
        street, unit, remark = self._street(need)
        form = "{0}{1}{2}" if "+" in who.phone else self._pick("phone_forms")
        phone = form.format(who.phone[:3], who.phone[3:6], who.phone[6:])
        words = [message or need.says, remark, self._pick("tails") if self._chance(0.3) else ""]
        if len(need.home.people) > 1 and self._chance(0.08):
            other = self.rng.choice([person for person in need.home.people if person != who])
            words.append(f"Please coordinate with {other.first} {other.phone}")
        keep = {"Form": (0.97, 0.97, 0.93), "Chat": (0.9, 0.75, 0.55), "Call": (1.0, 0.1, 0.5)}
        has = [self._chance(share) for share in keep.get(channel, (1.0, 0.85, 1.0))]
        code = need.place.code if self._chance(0.9) else ""
        service = issue["form"] if self._chance(0.88) else self.rng.choice(("Other", "", "Not sure"))
        text = "" if channel == "Call" and self._chance(0.7) else " ".join(word for word in words if word)
        first, last = self._named(who, 0.13)
        last = self.rng.choices((last, last[0] + ".", ""), (97, 2, 1))[0]
        style = self.rng.choices((str, str.lower, str.upper, plain), (80, 8, 3, 9))[0]
        row = [
            f"{when + timedelta(hours=self.clock):%Y-%m-%d %H:%M:%S}",
            channel,
            style(first),
            style(last),
            phone * has[0],
            who.email * has[1],
        ]
        row += [*(cell * has[2] for cell in (street, unit, need.place.city)), code, service]
        row += [self._pick("sources"), self._pick("windows"), text]
        self.leads.append(Lead(when, dict(zip(POOLS["lead_heading"].split("|")[1:], row, strict=True))))
        return self.leads[-1]

    def _spam(self) -> None:
        when = self.start + (self.end - self.start) * self.rng.random()
        lead = self._submit(self._need(self._household(), when), when, self._pick("spam"))
        lead.cells |= {"Service Requested": "Other", "Address": "", "Address Line 2": ""}
        if lead.cells["Message"].startswith("test"):
            lead.cells |= {"First Name": "Test", "Last Name": "Test", "Phone": "555-555-5555"}

    def _working(self, when: datetime) -> datetime:
        morning = when.replace(hour=self.rng.randint(7, 10), minute=self.rng.randrange(60))
        return when if 7 <= when.hour < 21 else morning + timedelta(days=when.hour >= 21)

    def _booking(self, need: Need, when: datetime) -> datetime:
        """Return when a web request becomes a job: callbacks, boards and embassies take their time."""
        if self._chance(need.issue["urgent"]):
            return when + self._days(0.003, 0.17)
        low, high = self.rng.choices(((0.02, 1.0), (1.0, 6.0), (6.0, 28.0), (35.0, 130.0)), (66, 23, 9, 2))[0]
        if self._chance(0.4 * (need.home.kind == "embassy") + 0.15 * (need.home.kind == "condo")):
            low, high = 3.0, 45.0
        return when + self._days(low, high)

    def _location(self, need: Need) -> Place:
        """Return the address that the call center files, sometimes another one of the customer or without the unit."""
        place = self.rng.choice(need.home.places) if self._chance(0.04) else need.place
        if place.unit and self._chance(0.2):
            return replace(place, unit="")
        if place.state == "DC" and self._chance(0.02):
            return replace(place, line=f"{place.line[:-2]}{self._pick('quadrants')}")
        return replace(place, line=self._slip(place.line)) if self._chance(0.015) else place

    def _job(self, need: Need, record: Record, when: datetime, kind: str, campaign: str, *, notes: str) -> Job:
        created, issue = self._working(when), need.issue
        wait = 0 if self._chance(issue["urgent"]) else self.rng.choice((0, 1, 1, 2, 2, 3, 3, 5, 8, 14))
        done = self._working(created + timedelta(days=wait, hours=self.rng.randint(1, 4)))
        low, high = POOLS["prices"].get(kind[3:], issue["price"])
        total = self.rng.uniform(low, high) if low > 800 or self._chance(0.8) else low
        place, state = self._location(need), need.place.state
        state = state if self._chance(0.985) else self.rng.choice(("DC", "MD", "VA"))
        trade, digits = "Electric" if kind.startswith("EL") else "Plumbing", record.phone
        phone = digits if "+" in digits else f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
        over = (f"{done:%m/%d/%Y}", "Completed", f"${total:,.2f}") if done < self.end else ("", "Scheduled", "$0.00")
        row: list[object] = [f"{created:%m/%d/%Y %I:%M %p}", over[0], trade, kind, campaign, record.key, record.name]
        row += [phone, record.email, place.full(), *over[1:], notes]
        cells = dict(zip(POOLS["job_heading"].split("|")[1:], row, strict=True))
        self.jobs.append(Job(created, done, record, state, cells))
        return self.jobs[-1]

    def _cancel(self, need: Need, record: Record, when: datetime, notes: str) -> Job:
        job = self._job(need, record, when, need.issue["types"][0], self._pick("campaigns"), notes=notes)
        job.cells |= {"Status": "Canceled", "Completed On": "", "Total": "$0.00"}
        return job

    def _work(self, need: Need, booked: datetime, leads: Sequence[Lead]) -> datetime:
        """Book and carry out the work; return when its last job was done."""
        lead = leads[0] if leads else None
        record, issue = self._customer(need, lead), need.issue
        kind = self.rng.choices((*issue["types"], f"{issue['trade']} Service Call"), (6, 3, 1))[0]
        note = ("web lead. " if lead and self._chance(0.1) else "") + self._note(need, record)
        if self._chance(0.012):
            wrong = self._cancel(need, record, booked, f"{note} - WRONG OFFICE, rebooked")
            wrong.state = self.rng.choice([state for state in ("DC", "MD", "VA") if state != need.place.state])
        campaign = "Website" if self._chance(0.07) else self._pick("campaigns")
        if lead and self._chance(self.rates["campaign"]):
            campaign = self._pick("web_campaigns")
        elif need.home.kind in POOLS["accounts"] and self._chance(0.6):
            campaign = POOLS["accounts"][need.home.kind]
        chain = [self._job(need, record, booked, kind, campaign, notes=note)]
        if self._chance(0.008):
            self._cancel(need, record, booked + timedelta(minutes=33), f"DUP {note}")
        if issue["follow"] and self._chance(issue["estimate"] or issue["again"]):
            self._follow(need, chain)
        self.truth += [(entry, job) for entry in leads for job in chain]
        last = chain[-1].done
        if self._chance(0.025):
            kind = f"{issue['trade']} Warranty"
            last = self._job(need, record, last + self._days(3, 40), kind, "Recall", notes="callback, prev work").done
        if leads and self._chance(0.02):
            # The same kind of work under the same name weeks later: no one can tell whether it is the same trouble.
            kind, when = f"{issue['trade']} Service Call", last + self._days(15, 60)
            vague = self._job(need, record, when, kind, self._pick("campaigns"), notes=need.note)
            self.unsure += [(entry, vague) for entry in leads]
            last = vague.done
        return last

    def _follow(self, need: Need, chain: list[Job]) -> None:
        first, issue, campaign = chain[0], need.issue, str(chain[0].cells["Campaign"])
        record = self._customer(need) if self._chance(0.08) else first.record
        when = first.done + timedelta(days=(38 if issue["estimate"] else 12) * self.rng.random() ** 2)
        notes = self._pick("openings") + self._note(need, record)
        chain.append(self._job(need, record, when, self.rng.choice(issue["follow"]), campaign, notes=notes))
        if issue["estimate"] and self._chance(0.25):
            kind, when = f"{issue['trade']} {self._pick('stages')}", chain[-1].done + self._days(3, 40)
            chain.append(self._job(need, record, when, kind, campaign, notes=f"2nd stage, {need.note}"))

    def _need(self, home: Home, when: datetime) -> Need:
        weights = [issue["weight"] * (1 if when.month in issue["months"] else 0.15) for issue in POOLS["issues"]]
        issue = self.rng.choices(POOLS["issues"], weights)[0]
        who = self.rng.choices(home.people, [2] + [1] * (len(home.people) - 1))[0]
        rented = home.places[1:] if home.kind == "landlord" and self._chance(0.8) else home.places
        spot, number = self.rng.choice(issue["spots"]), self.rng.randint(2, 9)
        at = self.rng.randrange(len(issue["says" if who.culture == issue["tongue"] else "notes"]))
        heard = issue["notes"][at % len(issue["notes"])] if self._chance(0.8) else self.rng.choice(issue["notes"])
        says, note = (text.format(spot=spot, n=number) for text in (issue["says"][at], heard))
        return Need(home, who, self.rng.choice(rented), issue, says, note)

    def _ask(self, need: Need, when: datetime) -> datetime:
        """Let someone ask on the website; return when this home may need the next thing."""
        home, leads = need.home, [self._submit(need, when)]
        if len(self.leads) < self.size and self._chance(self.rates["double"]):
            other = self.rng.choice(home.people) if home.kind == "group" else need.who
            later = when + (self._days(0.001, 0.05) if self._chance(0.5) else self._days(0.3, 4))
            leads.append(self._submit(replace(need, who=other), later))
            leads[0].group = leads[1].group = f"G{len(self.leads)}"
        share = self.rates["convert"] + (0.25 if home.records else 0.0)
        if self._chance(0.96 if home.kind in POOLS["events"] else share * (0.8 if need.issue["estimate"] else 1.0)):
            last = self._work(need, self._booking(need, self.rng.choice(leads).when), leads)
            if self.truth[-1][1].record.phone != need.who.phone:
                # Filed under someone else; the writer's own name does not come up at once for other work.
                last = max(last, leads[-1].when + self._days(91, 120))
            return self._write_again(need, last)
        if self._chance(self.rates["cancel"]):
            self._cancel(need, self._customer(need, leads[0]), self._booking(need, when), "Cust canceled")
        # Who has not become a customer seldom calls soon for something else.
        return leads[-1].when + (self._days(93, 160) if self._chance(0.996) else self._days(5, 60))

    def _write_again(self, need: Need, last: datetime) -> datetime:
        """Sometimes let a customer write after the work: for a paper, or because it failed again."""
        when = last + self._days(1, 25)
        if when > self.end or len(self.leads) >= self.size or self._chance(0.973):
            return last
        if self._chance(0.55):
            self._submit(need, when, self._pick("admin"))
            return when + self._days(93, 120)
        lead, booked = self._submit(need, when, self._pick("again")), self._booking(need, when)
        record, kind = self._customer(need, lead), f"{need.issue['trade']} Warranty"
        self.truth.append((lead, self._job(need, record, booked, kind, "Recall", notes="cust wrote in, same issue")))
        return self.jobs[-1].done

    def _live(self, home: Home) -> None:
        events = POOLS["events"].get(home.kind)
        times = self.rng.randint(*events) if events else self.rng.choices((1, 2, 3, 4), (68, 20, 8, 4))[0]
        pause, when = (25 if events else 130), home.start + self._days(0, 40)
        for _ in range(times):
            when = self._awake(when)
            if when > self.end:
                break
            need = self._need(home, when)
            if self._chance(self.rates["plan"]):
                kind = f"{need.issue['trade']} Plan Visit"
                when = self._job(need, self._customer(need), when, kind, "Membership", notes="plan visit").done
            elif self._chance(POOLS["web_share"].get(home.kind, self.rates["web"])) and len(self.leads) < self.size:
                when = self._ask(need, when)
            elif self._chance(self.rates["cancel"]):
                when = self._cancel(need, self._customer(need), when, f"{need.note}. Cust canceled").done
            else:
                when = self._work(need, when, [])
            when += timedelta(days=self.rng.expovariate(1 / pause))
            if home.kind in ("group", "rotator") and self._chance(0.4):
                self.vacated.append((home.places[0], when, home.records[-1] if home.records else None))
                home.places = [self._place()]

    def _awake(self, when: datetime) -> datetime:
        """Return a time of that day when people write: seldom at night, except from abroad."""
        hour = self.rng.choices(range(24), [1] * 6 + [3, 6, 8, 9, 9, 9, 8, 7, 7, 7, 7, 7, 7, 8, 8, 6, 4, 2])[0]
        return when.replace(hour=hour, minute=self.rng.randrange(60), second=self.rng.randrange(60), microsecond=0)

    def _riser(self) -> None:
        """Let several residents of a building report one leak, of which one job is made for the association."""
        manager = self.rng.choice(self.managers)
        when = self._awake(self.start + (self.end - self.start) * self.rng.random())
        leak = self.rng.choice([issue for issue in POOLS["issues"] if issue["shared"] > 0.2])
        site, reports, stack = self.rng.choice(manager.places), [], f"{self.rng.randint(1, 16):02d}"
        for floor in range(3, 6)[: self.size - len(self.leads)]:
            home = Home("condo", [self._person(site.state, 0.25)], [replace(site, unit=f"{floor}{stack}")], when)
            says = self.rng.choice(("Water coming through ceiling", "leak from above", "wet bathroom wall"))
            need = Need(home, home.people[0], home.places[0], leak, says, "leak, several units")
            reports.append((need, self._submit(need, when + self._days(0, 0.3))))
        need, lead = reports[0]
        account = manager.account or self._customer(need)
        kind, note = leak["types"][0], f"{need.note}, rptd by unit {need.place.unit}"
        job = self._job(need, account, when + self._days(0.35, 0.6), kind, "Condo Accounts", notes=note)
        self.truth.append((lead, job))
        self.unsure += [(lead, job) for _, lead in reports[1:]]


def save(path: Path, heading: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows under a heading, whose names are separated by bars, to a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, heading.split("|"))
        writer.writeheader()
        writer.writerows(rows)


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the CSV files of one office to `folder`."""
    office = Office(seed, leads)
    office.run()
    folder.mkdir(parents=True, exist_ok=True)
    # What was booked after the export is not in it; each state's office counts its own jobs.
    jobs = sorted((job for job in office.jobs if job.created < office.end), key=lambda job: job.created)
    numbers = Counter({"DC": 104_200, "MD": 51_730, "VA": 77_015})
    for job in jobs:
        numbers[job.state] += 1
        job.cells["Job #"] = f"{job.state}-{numbers[job.state]}"
        job.cells["Business Unit"] = f"{job.state} - {job.cells['Business Unit']}"
    requests = sorted(office.leads, key=lambda lead: lead.when)
    for number, lead in enumerate(requests):
        lead.cells["Entry ID"] = str(20_000 + 2 * number + office.rng.randrange(2))
    save(folder / "leads.csv", POOLS["lead_heading"], [lead.cells for lead in requests])
    save(folder / "jobs.csv", POOLS["job_heading"], [job.cells for job in jobs])
    for name, pairs in (("truth", office.truth), ("ambiguous", office.unsure)):
        known = [(lead.cells["Entry ID"], job.cells["Job #"]) for lead, job in pairs if "Job #" in job.cells]
        save(folder / f"{name}.csv", "lead_id|job_id", [{"lead_id": lead, "job_id": job} for lead, job in known])
    groups = [{"lead_id": lead.cells["Entry ID"], "group_id": lead.group} for lead in requests if lead.group]
    save(folder / "lead_groups.csv", "lead_id|group_id", groups)
