"""Write the exports of a plumbing, well-pump and septic contractor in flat farm country between two bays.

About 25 people serve farms, small towns and two beach resorts. Most work comes by phone, from earlier customers and
managers, and from plans. True are the first visit that a web request led to and what continues it: the pump after the
service call, the septic system months after the estimate. Both rows of a request sent twice own the jobs. Canceled and
double jobs, and recalls that no one requested, are not true.

Hard are the records: an old account under the husband's name with a landline, while the wife writes from her cell;
a beach house owned from Pennsylvania; tenants whose job is filed under the landlord or a manager; brokers who order an
inspection at a seller's house; sons who write for their mothers; the previous owner's account; families of one name on
one road; leftovers of the old software in capitals; names typed as heard; form times in UTC in some of the offices.
"""

import csv
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

START = datetime(2025, 4, 1)  # noqa: DTZ001 - the exports carry the office's local time without a zone
DAYS = 579
END = START + timedelta(days=DAYS)
MONTHS = (7, 6, 8, 9, 9, 10, 10, 9, 8, 9, 8, 7)
Work = tuple[str, float, float]
Row = dict[str, str]


@dataclass(eq=False)
class Person:
    """One adult with the phones and the email that he or she really has."""

    first: str
    last: str
    nick: str
    cell: str
    old_cell: str
    email: str


@dataclass(eq=False)
class Place:
    """One address; the kind is farm, town, beach or away."""

    number: int
    road: str
    unit: str
    town: str
    state: str
    zip: str
    kind: str


@dataclass(eq=False)
class House:
    """One household or business, who pays for it, and until when it asks for nothing else."""

    people: list[Person]
    place: Place
    kind: str = "owner"
    company: str = ""
    landline: str = ""
    mailing: Place | None = None
    payer: "House | None" = None
    former: "House | None" = None
    accounts: list[Row] = field(default_factory=list)
    quiet: datetime = START
    busy: datetime = START - timedelta(days=99)


@dataclass(frozen=True)
class Need:
    """One reason to call: its form labels, season, patience in days, first visits and later stages."""

    key: str
    label: list[str]
    kinds: list[str]
    months: list[int]
    web: int
    call: int
    days: int
    first: list[Work]
    then: list[tuple[float, str, int, int, float, float]]
    ask: list[str]


@dataclass(eq=False)
class Request:
    """Who asks when for what and where, with the form's row if it came from the website."""

    when: datetime
    need: Need
    house: House
    person: Person
    relation: str = "self"
    broker: House | None = None
    row: Row = field(default_factory=dict)
    group: str = ""


@dataclass(eq=False)
class Job:
    """One row of the job export and the requests that it resulted from, or may have."""

    created: datetime
    due: datetime
    account: Row
    row: Row
    leads: list[Request] = field(default_factory=list)
    maybe: list[Request] = field(default_factory=list)


class Town:
    """The people and places of one seed."""

    def __init__(self, rng: random.Random) -> None:
        """Read the pools and place the roads of every town."""
        raw = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
        self.rng = rng
        self.needs = [Need(**item) for item in raw.pop("needs")]
        self.rows: dict[str, list[list[str]]] = {key: raw.pop(key) for key in ("towns", "away", "utm", "hear")}
        self.ranges: dict[str, dict[str, tuple[float, float]]] = {key: raw.pop(key) for key in ("rates", "habits")}
        self.pools: dict[str, list[str]] = raw
        self.taken: set[str] = set()
        self.roads = {code: rng.sample(raw[f"roads_{kind}"], 20) for _, _, code, kind in self.rows["towns"]}

    def any(self, pool: str, skew: float = 1) -> str:
        """Draw one entry of a pool, which may begin with the common ones."""
        return self.pools[pool][int(len(self.pools[pool]) * self.rng.random() ** skew)]

    def phone(self, state: str) -> str:
        """Draw a number that no one else has, in exchanges that have no subscribers."""
        number = ""
        while not number or number in self.taken:
            number = f"({self.any(f'codes_{state}')}) {self.any('exchanges')}-{self.rng.randrange(10000):04d}"
        self.taken.add(number)
        return number

    def email(self, first: str, last: str) -> str:
        """Draw a mailbox that no one else has; some write from work."""
        one, two, n = first.lower(), "".join(c for c in last.lower() if c.isalpha()), self.rng.randrange(1, 99)
        work = self.rng.random() < 0.15
        box = ("{i}{two}" if work else self.any("boxes")).format(one=one, two=two, i=one[0], j=two[0], n=n)
        host = self.any("work" if work else "hosts")
        while f"{box}@{host}" in self.taken:
            box += str(self.rng.randrange(1, 10))
        self.taken.add(f"{box}@{host}")
        return f"{box}@{host}"

    def family(self, state: str, last: str = "") -> list[Person]:
        """Draw one or two adults; some couples share a mailbox or have two last names."""
        people: list[Person] = []
        for sex in self.rng.sample(("men", "women"), 2 if self.rng.random() < 0.62 else 1):
            last = last if last and (not people or self.rng.random() < 0.86) else self.any("last", 1.4)
            first, _, nick = self.any(sex, 1.4).partition(":")
            old = self.phone(state)
            cell = self.phone(state) if self.rng.random() < 0.14 else old
            email = self.email(self.rng.choice((first, nick or first)), last)
            shared = people and self.rng.random() < 0.17
            people.append(Person(first, last, nick or first, cell, old, people[0].email if shared else email))
        return people

    def place(self, kind: str) -> Place:
        """Draw an address in the area that no one has."""
        rng = self.rng
        name, state, code, _ = rng.choice([row for row in self.rows["towns"] if row[3] == kind])
        place = Place(rng.randrange(100, 1300), rng.choice(self.roads[code]), "", name, state, code, kind)
        if kind == "farm":
            place.number, place.road = rng.randrange(4000, 36000), place.road + rng.choice((" Rd", " Rd", " Rd", " Ln"))
        elif kind == "town":
            place.unit = rng.choice(("A", "B", "1", "2", "3", *[""] * 50))
        else:
            place.number = rng.randrange(3, 130) * (100 if rng.random() < 0.12 else 1)
            place.unit = rng.choice((f"{rng.randrange(1, 9)}{rng.randrange(1, 24):02d}", "", ""))
        key = f"{place.number} {place.road} {place.unit} {code}"
        fresh = key not in self.taken
        self.taken.add(key)
        return place if fresh else self.place(kind)

    def slip(self, text: str, sound: bool = False) -> str:
        """Type a text with one slip of the fingers, or as it sounds on the phone."""
        for old, new in self.rng.sample(self.rows["hear"], 12) if sound else []:
            if old in text[1:]:
                return text[0] + text[1:].replace(old, new, 1)
        if len(text) < 4:
            return text
        i = self.rng.randrange(1, len(text) - 1)
        swapped = text[:i] + text[i + 1] + text[i] + text[i + 2 :]
        return self.rng.choice((swapped, text[:i] + text[i + 1 :], text[:i] + text[i] + text[i:]))

    def line(self, place: Place, slips: float) -> str:
        """Type the street line of a place."""
        rng, number, chance = self.rng, str(place.number), self.rng.random()
        if rng.random() < slips:
            number = number[:-2] + number[-2:][::-1] if rng.random() < 0.5 else number[:-1] + str(rng.randrange(10))
        road, _, suffix = (self.slip(place.road) if rng.random() < slips else place.road).rpartition(" ")
        if chance < 0.3:
            suffix = dict(pair.split() for pair in self.pools["suffix"]).get(suffix, suffix)
        text = f"{number} {road}" if chance > 0.96 else f"{number} {road} {suffix}"
        return text + rng.choice((" Unit ", " #", " Apt ", ", ")) + place.unit if place.unit and chance < 0.82 else text


class Office:
    """One office that lives through its nineteen months."""

    def __init__(self, seed: int) -> None:
        """Draw the habits of the office and of its four desks."""
        self.rng = rng = random.Random(f"delmarva-{seed}")
        self.town = town = Town(rng)
        self.rates = {key: rng.uniform(*ends) for key, ends in town.ranges["rates"].items()}
        habits = town.ranges["habits"]
        self.desks = [(town.any("styles"), {k: rng.uniform(*ends) for k, ends in habits.items()}) for _ in range(4)]
        self.houses: dict[str, list[House]] = {"farm": [], "town": [], "beach": []}
        self.leads: list[Request] = []
        self.jobs: list[Job] = []
        self.accounts: list[Row] = []
        self.managers = [self._business("beach", name) for name in rng.sample(town.pools["managers"], 5)]
        self.brokers = [self._business("town", town.any("brokers")) for _ in range(24)]

    def run(self, leads: int) -> None:
        """Live through the period, event by event."""
        for _ in range(round(leads * 0.9)):
            self._imported(self.settle(self.rng.choice(("farm", "farm", "town", "town", "beach"))))
        junk, twice, calls = (round(leads * self.rates[key]) for key in ("junk", "twice", "ratio"))
        kinds = ["junk"] * junk + ["twice"] * twice + ["web"] * (leads - junk - 2 * twice) + ["call"] * calls
        for when, kind in sorted((self._moment(kind == "call"), kind) for kind in kinds):
            if kind == "call":
                self.book(self.ask(when, 0.62, web=False), [])
            elif kind == "junk":
                self._junk(when)
            else:
                self.request(when, twice=kind == "twice")

    def _moment(self, office: bool) -> datetime:
        rng, day, weekend = self.rng, START + timedelta(days=self.rng.randrange(DAYS)), 0.1 if office else 0.7
        while rng.random() * 10 > MONTHS[day.month - 1] * (1 if day.weekday() < 5 else weekend):
            day = START + timedelta(days=rng.randrange(DAYS))
        hour = rng.triangular(7, 17.5, 9) if office or rng.random() < 0.62 else rng.triangular(6, 23.9, 20)
        return day + timedelta(seconds=round(hour * 3600))

    def _business(self, kind: str, name: str) -> House:
        place = self.town.place(kind)
        who = self.town.family(place.state)[:1]
        name = name.format(last=who[0].last, town=place.town, street=place.road.rpartition(" ")[0])
        return House(who, place, "business", name, self.town.phone(place.state))

    def settle(self, kind: str) -> House:
        """Let a new household or business move in."""
        rng, town, known, chance = self.rng, self.town, self.houses[kind], self.rng.random()
        place = town.place(kind)
        house = House(town.family(place.state), place)
        if chance < 0.09:
            house = self._business(kind, town.any(f"company_{kind}"))
        elif kind == "beach" and chance < 0.72:
            city, state, code = rng.choice(town.rows["away"])
            house = House(town.family(state), place, "away", payer=rng.choice([*self.managers, *[None] * 20]))
            house.mailing = Place(rng.randrange(12, 9800), town.any("cityst"), "", city, state, code, "away")
        elif chance < {"farm": 0.18, "town": 0.34, "beach": 0.78}[kind]:
            # So few landlords that many have several rentals.
            house.kind, house.payer = "tenant", rng.choice(known[: 1 + len(known) // 8] or self.managers)
        else:
            house.landline = town.phone(place.state) if rng.random() < 0.3 else ""
            near = rng.choice(known) if known and rng.random() < 0.06 else None
            if near and kind == "farm":
                house.place = replace(near.place, number=near.place.number + rng.randrange(2, 60))  # the parents' road
                house.people = town.family(place.state, near.people[0].last)
            elif near and near.kind == "owner":
                known.remove(near)
                house.place, house.former = near.place, near
        known.append(house)
        return house

    def _imported(self, house: House) -> None:
        rng, who = self.rng, house.people[0]
        row = self._open(house, who, rng.randrange(4), START - timedelta(days=rng.randrange(30, 4000)))
        row["Phone"] = rng.choice((house.landline or who.cell, who.old_cell, who.old_cell))
        row["Email"] = row["Email"] if rng.random() < 0.5 else ""
        if rng.random() < 0.35:
            row |= {key: row[key].upper() for key in ("Customer Name", "Billing Address")}
        if house.place.kind == "farm" and rng.random() < 0.03:
            row["Billing Address"] = f"RT {rng.randrange(1, 5)} BOX {rng.randrange(10, 400)}"

    def _open(self, house: House, holder: Person, desk: int, when: datetime) -> Row:
        rng, town, (style, habits) = self.rng, self.town, self.desks[desk]
        holder = holder if rng.random() < 0.85 else rng.choice(house.people)
        first = holder.nick if rng.random() < 0.3 else holder.first
        first = town.slip(first) if rng.random() < habits["slips"] else first
        last = town.slip(holder.last, sound=True) if rng.random() < habits["slips"] * 1.6 else holder.last
        both = " & ".join(p.first for p in house.people) if holder in house.people else first
        name = (style if rng.random() < 0.9 else "{both} {last}").format(first=first, last=last, both=both)
        phone = house.landline if house.landline and rng.random() < 0.3 else holder.cell
        phone = phone[:12] + str(rng.randrange(10)) + phone[13:] if rng.random() < 0.012 else phone
        box, at, host = (holder.email if rng.random() < habits["asks_email"] else "").partition("@")
        place, spouse = house.mailing or house.place, house.people[-1].cell
        alt = spouse if spouse != holder.cell and rng.random() < 0.25 else ""
        email = (town.slip(box) if rng.random() < 0.04 else box) + at + host
        who = (str(len(self.accounts) + 2001), name, house.company, phone, alt, email)
        where = (town.line(place, habits["slips"]), place.town, place.state, place.zip, f"{when:%m/%d/%Y}")
        house.accounts.append(dict(zip(town.pools["customers.csv"], who + where, strict=True)))
        self.accounts.append(house.accounts[-1])
        return house.accounts[-1]

    def account(self, asked: Request, desk: int, when: datetime) -> Row:
        """Find the customer as this desk would, or type a new one."""
        rng, house, who = self.rng, asked.house, asked.person
        payer, chance = (asked.broker, 0.35) if asked.broker else (house.payer, 0.55)
        if payer and payer.quiet <= asked.when and rng.random() < chance:
            return payer.accounts[0] if payer.accounts else self._open(payer, payer.people[0], desk, when)
        if house.accounts and rng.random() < self.desks[desk][1]["looks_up"]:
            account = rng.choice(house.accounts)
            if who.cell != account["Phone"] and rng.random() < 0.4:
                account["Alt Phone"] = who.cell
            if asked.row and not account["Email"] and rng.random() < 0.4:
                account["Email"] = asked.row["Email"]
            return account
        if (old := house.former) and old.accounts and old.busy < when - timedelta(days=91) and rng.random() < 0.15:
            return old.accounts[0]
        # A son's request is mostly filed under the mother whose house it is, a broker's under the owner.
        holder = who if asked.relation == "self" or rng.random() < 0.3 else house.people[0]
        account = self._open(house, holder, desk, when)
        if asked.row and holder is who and rng.random() < self.rates["pasted"]:
            name = f"{asked.row['First Name']} {asked.row['Last Name']}".strip()
            account |= {"Customer Name": name, "Email": asked.row["Email"]}
        elif holder is not who and rng.random() < 0.5:
            account["Alt Phone"] = who.cell
        return account

    def ask(self, when: datetime, known: float, *, web: bool) -> Request:
        """Choose what is needed and who asks: an earlier customer who has nothing open, or a new one."""
        rng, needs = self.rng, self.town.needs
        need = rng.choices(needs, [n.months[when.month - 1] * (n.web if web else n.call) for n in needs])[0]
        kind = rng.choice(need.kinds)
        again = rng.random() < (0.95 if need.key == "plan" else known)
        pool = rng.choices(self.houses[kind] or self.managers, k=12 if again else 0)
        free = [h for h in pool if h.quiet <= when and not (web and h.busy > when - timedelta(days=1))]
        house = free[0] if free else self.settle(kind)
        asked = Request(when, need, house, rng.choice(house.people))
        brokers = [b for b in self.brokers if b.quiet <= when] if need.key == "inspect" else []
        if web and house.kind == "owner" and brokers and rng.random() < 0.35:
            asked.broker, asked.relation = rng.choice(brokers), "broker"
            asked.person = asked.broker.people[0]
        elif web and house.kind == "owner" and rng.random() < 0.05:
            last = house.people[0].last if rng.random() < 0.65 else ""
            asked.person, asked.relation = self.town.family(house.place.state, last)[0], "child"
        if web and timedelta() < when - house.busy < timedelta(days=40) and rng.random() < 0.4:
            asked.need = needs[-1]
        return asked

    def request(self, when: datetime, *, twice: bool) -> None:
        """Take one request of the website and decide what comes of it."""
        rng, asked = self.rng, self.ask(when, self.rates["known"], web=True)
        house, need, firm = asked.house, asked.need, asked.broker or asked.house
        self.fill(asked)
        leads = [asked]
        if twice:
            asked.group = str(len(self.leads) + 1)
            leads.append(replace(asked, when=when + timedelta(seconds=rng.randrange(4, 200)), row=dict(asked.row)))
            if rng.random() < 0.55:
                leads[1].when += timedelta(minutes=rng.randrange(20, 2600))
                self.fill(leads[1])
                leads[1].row["Message"] = self.town.any("say:again") + leads[1].row["Message"]
        self.leads += leads
        chance = self.rates["convert"] + (0.16 if house.accounts else 0) - (0.2 if need.key == "remodel" else 0)
        if rng.random() < chance:
            self.book(leads[-1], leads)
            firm.quiet = max(house.quiet, when + timedelta(days=91 if asked.broker else 0))
            return
        house.quiet = firm.quiet = when + timedelta(days=91)
        # A few of those who did not book call later: soon for another reason, or so late that no one can decide.
        chance = rng.random()
        soon = chance < 0.0012
        if chance < 0.013:
            later = when + timedelta(days=rng.randrange(4, 60) if soon else rng.randrange(93, 170))
            need = rng.choice([n for n in self.town.needs[:3] if n is not need]) if soon else need
            for job in self.book(Request(later, need, house, asked.person), [])[:1]:
                job.maybe = [] if soon else leads
            house.quiet = max(later, when + timedelta(days=91))

    def fill(self, asked: Request) -> None:
        """Fill in the form as people do, who leave out or mangle some of it."""
        rng, town, who, house, need = self.rng, self.town, asked.person, asked.house, asked.need
        place = house.mailing if house.mailing and rng.random() < 0.45 else house.place
        phone = house.landline if house.landline and who in house.people and rng.random() < 0.1 else who.cell
        asked.row = row = dict.fromkeys(town.pools["leads.csv"], "") | {"Last Name": who.last, "Email": who.email}
        row |= {"Form": town.any("forms"), "First Name": who.nick if rng.random() < 0.4 else who.first}
        a, b, c = phone[1:4], phone[6:9], phone[10:]
        row["Phone"] = rng.choice((*[phone] * 12, *[f"{a}-{b}-{c}"] * 3, f"{a}{b}{c}", f"{a}.{b}.{c}", f"+1{a}{b}{c}"))
        row["Message"] = "" if rng.random() < 0.1 else self._message(asked, place)
        row |= {"Street Address": town.line(place, 0.006), "City": place.town, "ZIP": place.zip}
        row["Service Needed"] = town.any("services") if rng.random() < 0.1 else rng.choice(need.label)
        row["UTM Source"], row["UTM Campaign"] = rng.choice(town.rows["utm"])
        bare = row["Form"] in ("Chat", "Contact Us") and rng.random() < 0.8
        edits: list[tuple[float, dict[str, str]]] = [
            (bare, {"Street Address": "", "ZIP": ""}),
            (row["Form"] == "Chat", {"Service Needed": "", "Email": rng.choice((who.email, who.email, ""))}),
            (0.05, {rng.choice(("Email", "Email", "Phone")): ""}),
            (0.035, {"Last Name": rng.choice(("", who.last[:1]))}),
            (0.02 * (who in house.people), {"First Name": " & ".join(p.first for p in house.people)}),
            (0.07, {"First Name": row["First Name"].lower(), "Last Name": who.last.lower()}),
            (0.012, {"Email": town.slip(who.email)}),
            (0.05, {"Street Address": row["Street Address"].lower()}),
            (0.012, {"Street Address": rng.choice(("same", f"PO Box {rng.randrange(12, 900)}", place.town))}),
        ]
        for probability, change in edits:
            row |= {key: text for key, text in change.items() if row[key]} if rng.random() < probability else {}

    def _message(self, asked: Request, place: Place) -> str:
        town, house, home = self.town, asked.house, asked.house.place
        text = town.any("hello") + self.rng.choice(asked.need.ask) + self.rng.choice((".", ".", "", "!"))
        if asked.relation != "self" or house.kind == "tenant":
            text += town.any("say:tenant" if asked.relation == "self" else f"say:{asked.relation}")
        elif place is house.mailing:
            text += town.any("say:away")
        elif house.accounts and self.rng.random() < 0.3:
            text += town.any("known")
        names = {"first": asked.person.nick, "parent": house.people[0].first, "owner": house.people[0].last}
        names |= {"spot": f"{home.number} {home.road}", "road": home.road, "town": home.town, "unit": home.unit}
        return (text + town.any("bye")).format(**names, landlord=(house.payer or house).people[0].last).strip()

    def _junk(self, when: datetime) -> None:
        asked = Request(when, self.town.needs[-1], self.managers[0], self.town.family(self.town.any("junk"))[0])
        self.fill(asked)
        asked.row |= {"Form": "Contact Us", "Street Address": "", "City": "", "ZIP": "", "Service Needed": "Other"}
        asked.row["Message"] = self.town.any(self.rng.choice(("spam", "spam", "other")))
        if self.rng.random() < 0.1:
            asked.row |= {"First Name": self.town.any("test"), "Last Name": "Test", "Message": "test please ignore"}
        self.leads.append(asked)

    def _typed(self, asked: Request) -> datetime:
        rng, need, chance = self.rng, asked.need, self.rng.random()
        patient = need.days > 2 and need.key not in ("winter", "opening", "recall")
        low, high = (0.2, 9.0) if chance < 0.55 else (12, 60) if chance < 0.86 else (48, 210)
        low, high = (240, 1700) if chance > 0.96 and patient else (low, high)
        low, high = (0.1, 4) if need.days <= 1 and chance < 0.8 else (low, high) if asked.row else (0, 0.3)
        created = asked.when + timedelta(hours=rng.uniform(low, high))
        while not 7 <= created.hour < 19 or (need.days > 1 and created.weekday() == 6):
            created += timedelta(hours=3)  # Even what was done at night is typed in the morning.
        return created

    def book(self, asked: Request, leads: list[Request]) -> list[Job]:
        """Book the first visit and the jobs that continue it; return the true jobs."""
        rng, house, need, desk, created = self.rng, asked.house, asked.need, self.rng.randrange(4), self._typed(asked)
        account = self.account(asked, desk, created)
        job = self.job(account, house, created, rng.choice(need.first), need.days, key=need.key)
        source = "plan" if need.key == "plan" else "known" if house.busy > START and rng.random() < 0.5 else "call"
        source = "web" if leads and rng.random() < self.desks[desk][1]["says_web"] else source
        job.row["Lead Source"] = self.town.any(f"source:{source}")
        job.row["Notes"] = self._contact(asked, account) + job.row["Notes"]
        canceled = rng.random() < (0.004 if leads else 0.035)
        # Who has a request open, or whose job went under another name, does not soon ask for something else.
        same = asked.person.cell in account.values() and asked.person.last in account["Customer Name"]
        house.quiet = max(house.quiet, asked.when + timedelta(days=91) if leads and (canceled or not same) else created)
        house.busy = max(house.busy, job.due)
        if canceled:
            job.row |= {"Status": "Canceled", "Total": "0.00"}
            return []
        jobs = [job, *self.stages(job, asked, desk)]
        self.leftovers(job, jobs[-1], house, leads)
        for each in jobs:
            each.leads = leads
        return jobs

    def stages(self, job: Job, asked: Request, desk: int) -> Iterator[Job]:
        """Continue the work as long as the customer agrees."""
        rng, house, account = self.rng, asked.house, job.account
        for chance, kind, low, high, least, most in asked.need.then:
            if rng.random() > chance or "Replacement" in job.row["Job Type"]:
                break
            if rng.random() < 0.04:
                account = self._open(house, rng.choice(house.people), desk, job.due)
            created = job.due + timedelta(days=rng.randint(low, high), hours=rng.randrange(4))
            job = self.job(account, house, created, (kind, least, most), 9, key=asked.need.key)
            house.busy = max(house.busy, job.due)
            yield job

    def leftovers(self, job: Job, last: Job, house: House, leads: list[Request]) -> None:
        """Add what is not true: double bookings, free recalls, and returns that no one can decide."""
        rng, chance = self.rng, self.rng.random()
        if chance < 0.008:
            other = self.job(job.account, house, job.created, (job.row["Job Type"], 0, 0), 3, key="leak")
            other.row |= {"Status": "Canceled", "Notes": rng.choice(("DUP", "booked twice", "see other ticket"))}
        elif chance < 0.05:
            free = chance < 0.037
            kind = "Service Call" if job.row["Total"] == "0.00" else job.row["Job Type"]
            work = ("Callback / Warranty", 0.0, 0.0) if free else (kind, 149.0, 420.0)
            later = last.due + timedelta(days=rng.randrange(3, 30) if free else rng.randrange(18, 60))
            other = self.job(job.account, house, later, work, 3, key="leak")
            if not free:
                other.row["Notes"], other.maybe = self.town.any("vague"), leads
            house.busy = max(house.busy, other.due)

    def job(self, who: Row, house: House, created: datetime, work: Work, days: int, *, key: str) -> Job:
        """Put one job on the board."""
        rng, town, place, (kind, low, high) = self.rng, self.town, house.place, work
        due = created + timedelta(days=round(days * rng.triangular(0, 1.6, 0.5)))
        due += timedelta(days=7 - due.weekday() if days > 1 and due.weekday() > 4 else 0)
        total = rng.uniform(low, high) if rng.random() < 0.4 else 5 * round(rng.triangular(low, high) / 5)
        crew = next((name for name in ("Septic", "Well") if name in kind), "Plumber")
        row = dict.fromkeys(town.pools["jobs.csv"], "") | {"Scheduled": f"{due:%m/%d/%Y}", "Status": "Scheduled"}
        row |= {"City": place.town, "State": place.state, "Zip": place.zip, "Total": f"{total if due < END else 0:.2f}"}
        own = who in house.accounts and not house.mailing
        row["Service Address"] = who["Billing Address"] if own else town.line(place, 0.015)
        row["Job Type"] = kind if rng.random() > 0.05 else rng.choice(("Misc", "Service Call"))
        row |= {"Tech": town.any(f"crew_{crew}"), "Lead Source": town.any("source:stage")}
        if due < END:
            notes = town.any(f"done:{kind}" if f"done:{kind}" in town.pools else f"done:{key}")
            row |= {"Status": town.any("status"), "Notes": town.any("office") + notes}
        self.jobs.append(Job(created, due, who, row))
        return self.jobs[-1]

    def _contact(self, asked: Request, account: Row) -> str:
        rng, who = self.rng, asked.person
        text = self.town.any("webnote") if asked.row and rng.random() < 0.16 else ""
        if account not in asked.house.accounts and rng.random() < 0.6:
            role = "Agent" if asked.broker else "Tenant" if asked.house.kind == "tenant" else "Owner"
            text += f"{role} {who.nick} {who.cell if rng.random() < 0.6 else ''}. "
        elif asked.relation != "self" and rng.random() < 0.5:
            text += f"{who.first} called in for {asked.house.people[0].last}. "
        return text


def write(folder: Path, *, seed: int, leads: int) -> None:
    """Write the exports and the truth of one office."""
    office = Office(seed)
    office.run(leads)
    office.leads.sort(key=lambda x: x.when)
    for count, lead in enumerate(office.leads, 18211):
        # Some form services keep UTC, which is four hours ahead in summer and five in winter.
        ahead = (4 if 3 < lead.when.month < 11 else 5) if office.rates["utc"] < 0.3 else 0
        lead.row["Entry Id"] = str(count)
        lead.row["Date Submitted"] = f"{lead.when + timedelta(hours=ahead):%Y-%m-%d %H:%M:%S}"
    office.jobs = sorted((x for x in office.jobs if x.created < END), key=lambda x: x.created)
    for count, job in enumerate(office.jobs, 61040):
        job.row |= {"Job #": str(count), "Created On": f"{job.created:%m/%d/%Y}"}
        job.row |= dict(list(job.account.items())[:6])
        job.row["Completed"] = "" if job.row["Status"] in ("Scheduled", "Canceled") else job.row["Scheduled"]
    tables = {"leads.csv": [x.row for x in office.leads], "jobs.csv": [x.row for x in office.jobs]}
    true = [(x, job) for job in office.jobs for x in job.leads]
    maybe = [(x, job) for job in office.jobs for x in job.maybe]
    for name, pairs in (("truth.csv", true), ("ambiguous.csv", maybe)):
        tables[name] = [{"lead_id": x.row["Entry Id"], "job_id": j.row["Job #"]} for x, j in pairs]
    tables["customers.csv"] = office.accounts
    tables["lead_groups.csv"] = [{"lead_id": x.row["Entry Id"], "group_id": x.group} for x in office.leads if x.group]
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, office.town.pools[name])
            writer.writeheader()
            writer.writerows(rows)
