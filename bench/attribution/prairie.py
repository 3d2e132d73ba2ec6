"""A fourth made-up business, held out, and made another way: a town lives through a year, and an office keeps records.

Unlike `making`, where each row is typed afresh, the office here types a customer once and files later jobs under that
record, with its mistakes, an old phone or the other spouse. Times are text, jobs often have no phone of their own, a
manager's jobs name the tenant of the flat, slips are those of ears and keyboards. Nothing was ever fitted to it.
"""

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.support.synthetic.generator import Made

_START = dt.datetime(2025, 3, 1)  # noqa: DTZ001 - a clock on a wall, as exports have it
_POOLS = json.loads(Path(__file__).with_name("prairie.json").read_text())
#: The first of them are the most common.
_NAMES = (*_POOLS["last"], *(stem + end for stem in _POOLS["stems"] for end in _POOLS["ends"]))
_KINDS = (("Street", "St"), ("Avenue", "Ave."), ("Road", "Rd"), ("Lane", "Ln"), ("Court", "Ct"), ("Drive", "Dr."))
_TOWNS = (("Wichita", ("67203", "67204", "67212", "67226")), ("Newton", ("67114",)), ("Hutchinson", ("67501", "67502")))
#: What people ask for, and what the office files it as; the last is what it files anything as.
_WORK = (
    ("My AC quit", "COOL-SVC"), ("Furnace won't light", "HEAT-SVC"), ("Quote for a new system", "COMFORT ADVISOR"),
    ("Spring check", "PM VISIT"), ("Slow drain", "ROOTER"), ("Water heater out", "WH-SVC"),
    ("Dripping faucet", "PLB-SVC"), ("Toilet runs", "PLB-SVC"), ("Breaker keeps tripping", "ELEC-SVC"),
)  # fmt: skip
_ADS = (("google_cpc", "Google Ads"), ("fb-spring", "Facebook"), ("postcard", "Mailer"), ("organic", "Website"))
_SOUNDS = (("ck", "k"), ("ph", "f"), ("ie", "ei"), ("nn", "n"), ("ss", "s"), ("er", "ar"), ("z", "s"), ("w", "v"))
_NEAR = {"a": "s", "e": "r", "i": "o", "o": "p", "n": "m", "r": "t", "s": "d", "l": "k", "t": "y", "c": "v"}


@dataclass
class Soul:
    """Someone with a name and contacts; `record` is what the office typed about the household, once it has."""

    first: str
    last: str
    cell: str
    mail: str


@dataclass
class House:
    souls: list[Soul]
    line: str
    number: int
    street: str
    kind: tuple[str, str]
    flat: str
    town: str
    zip: str
    manager: Soul | None = None
    record: str = ""
    asked: list[dt.datetime] = field(default_factory=list)


class Town:
    """One year of one office. All chance comes from one generator."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(f"prairie-{seed}")
        self.made = Made()
        self.mails: set[str] = set()
        self.managers = [self.soul(self.rng.choice(_NAMES)) for _ in range(6)]
        self.houses: list[House] = []

    def chance(self, rate: float) -> bool:
        return self.rng.random() < rate

    def live(self, leads: int) -> Made:
        """A town of which `leads` requests came in."""
        rng = self.rng
        self.houses = [self.house() for _ in range(int(leads * 1.9))]
        while len(self.made.leads) < leads:
            at = _START + dt.timedelta(minutes=rng.randrange(365 * 24 * 60))
            if self.chance(0.012):
                self.ask(self.house(), Soul("Test", "Test", "3165550000", "test@example.com"), at, 0, 0)
                continue
            self.request(rng.choice(self.houses[: int(leads * 0.95)]), at)
        for home in self.houses:  # those who call by themselves, at any time
            while self.chance(0.32):
                at = _START + dt.timedelta(minutes=rng.randrange(430 * 24 * 60))
                near = [asked for asked in home.asked if -2 <= (at - asked).days <= 95]
                if not near or self.chance(0.12):
                    self.job(home, home.manager or rng.choice(home.souls), at, rng.randrange(len(_WORK)), "")
                    self.made.jobs[-1]["Stat"] = "CXL" if self.chance(0.03) else "CLOSED"
        for rows in (self.made.leads, self.made.jobs, self.made.customers):
            rng.shuffle(rows)
        return self.made

    def request(self, home: House, at: dt.datetime) -> None:
        """One request, at times typed twice, and what came of it."""
        rng = self.rng
        if home.asked and min(abs((at - one).days) for one in home.asked) < 14 and self.chance(0.8):
            return
        home.asked.append(at)
        who = home.manager or rng.choice(home.souls)
        work, ad = rng.randrange(len(_WORK)), rng.randrange(len(_ADS))
        lead = self.ask(home, who, at, work, ad)
        if self.chance(0.06):
            self.ask(home, who, at + dt.timedelta(minutes=rng.choice((1, 3, 25, 300, 2600))), work, ad)
        if self.chance(0.52):
            wait = rng.choice((0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 6, 9, 12, 18, 27, 44, 70))
            when = at + dt.timedelta(days=wait, minutes=rng.randrange(20, 400))
            caller = rng.choice(home.souls) if self.chance(0.15) and not home.manager else who
            campaign = "" if self.chance(0.4) else rng.choice(_ADS)[1] if self.chance(0.15) else _ADS[ad][1]
            filed = rng.randrange(len(_WORK)) if self.chance(0.12) else work
            self.made.truth[self.job(home, caller, when, filed, campaign)] = lead

    def soul(self, last: str) -> Soul:
        rng = self.rng
        first = rng.choice(_POOLS["first"])
        box = rng.choice(
            (f"{first}{last}", f"{first[0]}.{last}", f"{last}.{first}", f"the{last}s", f"{first}_{last[0]}")
        )
        host = rng.choice(("gmail.com", "gmail.com", "yahoo.com", "cox.net", "outlook.com"))
        mail = f"{box.lower()}{rng.choice(('', rng.randrange(1950, 2012)))}"
        while f"{mail}@{host}" in self.mails:
            mail += str(rng.randrange(10))
        self.mails.add(f"{mail}@{host}")
        return Soul(first, last, self.number(), f"{mail}@{host}")

    def number(self) -> str:
        return f"{self.rng.choice((316, 316, 316, 620, 785))}{self.rng.randrange(2010000, 9999999)}"

    def house(self) -> House:
        rng = self.rng
        last = _NAMES[int(len(_NAMES) * rng.random() ** 2)]
        souls = [self.soul(last)]
        if self.chance(0.55):
            souls.append(self.soul(last if self.chance(0.8) else rng.choice(_NAMES)))
            if self.chance(0.2):
                souls[1].cell = souls[0].cell
            if self.chance(0.15):
                souls[1].mail = souls[0].mail
        town, zips = rng.choice(_TOWNS)
        home = House(
            souls, self.number(), rng.randrange(100, 9900), rng.choice(_POOLS["streets"]), rng.choice(_KINDS),
            f"{rng.choice('ABCD')}{rng.randrange(1, 30)}" if self.chance(0.15) else "", town, rng.choice(zips),
        )  # fmt: skip
        if self.chance(0.04):
            home.manager = rng.choice(self.managers)
        return home

    def slip(self, text: str) -> str:
        """A word as heard or hit: a sound for another, a key beside, a letter doubled or lost."""
        rng, low = self.rng, text.lower()
        heard = [(one, other) for one, other in _SOUNDS if one in low[1:]]
        if heard and self.chance(0.5):
            one, other = rng.choice(heard)
            return text[0] + low[1:].replace(one, other, 1)
        at = rng.randrange(1, max(2, len(text)))
        letter = low[at : at + 1]
        return text[:at] + rng.choice((_NEAR.get(letter, letter * 2), letter * 2, "")) + text[at + 1 :]

    def called(self, who: Soul) -> str:
        """A name as it is given and typed."""
        first = _POOLS["short"].get(who.first, who.first) if self.chance(0.22) else who.first
        last = self.slip(who.last) if self.chance(0.06) else who.last
        first = self.slip(first) if self.chance(0.04) else first[0] if self.chance(0.03) else first
        shown = (
            f"{last}, {first}" if self.chance(0.06) else f"{last} {first}" if self.chance(0.03) else f"{first} {last}"
        )
        return shown.upper() if self.chance(0.08) else f"Mrs. {shown}" if self.chance(0.02) else shown

    def dialled(self, number: str) -> str:
        if self.chance(0.025):
            return self.rng.choice(("999-999-9999", "316-555-5555", "000-000-0000", "call office"))
        if self.chance(0.025):
            at = self.rng.randrange(3, 9)
            number = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
        return self.rng.choice(("({}) {}-{}", "{}.{}.{}", "{}{}{}", "+1 {} {} {}", "{}/{}-{}")).format(
            number[:3], number[3:6], number[6:]
        )

    def mailed(self, mail: str) -> str:
        if self.chance(0.04):
            return self.rng.choice(("none", "noemail@gmail.com", "na@na.com", "decline@decline.com"))
        box, _, host = mail.partition("@")
        if self.chance(0.04):
            box = self.slip(box)
        return (
            f"{box}@{self.rng.choice(('gmial.com', host[:-1], host.replace('.', ','))) if self.chance(0.02) else host}"
        )

    def placed(self, home: House) -> str:
        street = self.slip(home.street) if self.chance(0.06) else home.street
        compass = self.rng.choice(("", "", "N. ", "East "))
        flat = f" {self.rng.choice(('Apt', 'Unit', '#', 'Lot'))} {home.flat}" if home.flat and self.chance(0.7) else ""
        tail = f", {home.town} KS {home.zip}" if self.chance(0.8) else f", {home.town}"
        return f"{home.number} {compass}{street} {self.rng.choice(home.kind)}{flat}{tail}"

    def ask(self, home: House, who: Soul, at: dt.datetime, work: int, ad: int) -> str:
        number = f"WEB-{len(self.made.leads) + 1:06d}"
        phone = home.line if self.chance(0.06) else who.cell
        self.made.leads.append({
            "Inquiry #": number,
            "Date Received": at.strftime("%b %d, %Y %I:%M %p"),
            "Your Name": self.called(who),
            "Best Phone": "" if self.chance(0.05) else self.dialled(phone),
            "E-mail": "" if self.chance(0.18) else self.mailed(who.mail),
            "Property Address": "" if self.chance(0.3) else self.placed(home),
            "How can we help?": _WORK[work][0],
            "Heard About Us": _ADS[ad][0] if self.chance(0.85) else "",
        })  # fmt: skip
        return number

    def record(self, home: House, who: Soul) -> str:
        """The office's record of a household: the one it has, or a new one typed from who is calling."""
        if home.record and self.chance(0.85) and not home.manager:
            return home.record
        number = f"C{len(self.made.customers) + 40_000}"
        phones = [who.cell, home.line if self.chance(0.5) else self.number()]
        if self.chance(0.2):
            phones.reverse()
        self.made.customers.append({
            "Cust No": number,
            "Bill-To Name": self.called(who),
            "Phone 1": "" if self.chance(0.05) else self.dialled(phones[0]),
            "Phone 2": self.dialled(phones[1]) if self.chance(0.3) else "",
            "Email Addr": "" if self.chance(0.4) else self.mailed(who.mail),
            "Service Address": "" if self.chance(0.03) else self.placed(home),
        })  # fmt: skip
        home.record = number
        return number

    def job(self, home: House, who: Soul, at: dt.datetime, work: int, campaign: str) -> str:
        number = str(880_000 + len(self.made.jobs))
        flat = self.rng.choice(home.souls)
        self.made.jobs.append({
            "WO #": number,
            "Date Entered": at.strftime("%d-%b-%y %H:%M") if self.chance(0.9) else at.strftime("%d-%b-%Y"),
            "Cust No": self.record(home, who),
            "Site Contact": self.called(flat) if home.manager and self.chance(0.5) else "",
            "Dept / Job Class": _WORK[work][1],
            "Marketing Source": campaign,
            "Work Performed": self.rng.choice(("", "", "done", "see ticket", "customer very happy")),
            "Stat": "CLOSED",
        })  # fmt: skip
        return number
