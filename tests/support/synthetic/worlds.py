"""Three kinds of synthetic business that differ in names, regions, columns, typing errors and proportions.

The weights that ship were learned on `desert` and `lakes`; `coast` is held out: nothing was ever fitted to it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from attribution.linkage.words import given_names

_POOLS: dict[str, Any] = json.loads(Path(__file__).with_name("pools.json").read_text())


@dataclass(frozen=True)
class World:
    """Pools, shares and rates. Rates are chances from 0 to 1; `lag` gives days from lead to job."""

    name: str
    first: Sequence[str]
    last: Sequence[str]
    streets: Sequence[str]
    cities: Sequence[tuple[str, str, Sequence[str]]]
    hosts: Sequence[str]
    services: Sequence[tuple[str, str]]  # as the site says it, as the office files it
    campaigns: Sequence[str]
    lag: str = "quick"
    zipf: float = 0.6
    converts: float = 0.6
    walk_ins: float = 0.4  # jobs that came of no lead, for each lead
    couples: float = 0.5
    spouse_named: float = 0.06
    before: float = 0.2  # has an earlier job
    after: float = 0.15  # has a job long after
    again: float = 0.03  # leads by people who asked before
    double: float = 0.05
    tests: float = 0.01
    managers: float = 0.03
    relatives: float = 0.05  # another household of the same last name walks in
    nick: float = 0.15
    name_typo: float = 0.05
    swapped: float = 0.02
    initial: float = 0.02
    phone_missing: float = 0.04
    phone_typo: float = 0.02
    second_phone: float = 0.08
    phone_junk: float = 0.02
    email_missing_lead: float = 0.15
    email_missing_job: float = 0.35
    email_typo: float = 0.04
    email_other: float = 0.06
    email_junk: float = 0.03
    street_missing_lead: float = 0.3
    street_missing_job: float = 0.02
    street_typo: float = 0.05
    zip_missing: float = 0.1
    campaign_blank: float = 0.35
    campaign_wrong: float = 0.1
    service_wrong: float = 0.1
    single_name: bool = False
    single_address: bool = False
    us_dates: bool = False
    customers_apart: bool = False
    units: float = 0.12
    city_other: float = 0.0  # a town left blank, or named by another
    bare: float = 0.0  # who leaves the street out names no town either
    extra: dict[str, str] = field(default_factory=dict)


def _built(rng: Random, count: int, *, middles: bool) -> list[str]:
    words: dict[str, None] = {}
    while len(words) < count:
        middle = rng.choice(_POOLS["middles"]) if middles and rng.random() < 0.5 else ""
        words[(rng.choice(_POOLS["starts"]) + middle + rng.choice(_POOLS["ends"])).title()] = None
    return list(words)


def _services(*pairs: str) -> list[tuple[str, str]]:
    return [(site, office) for site, _, office in (pair.partition("|") for pair in pairs)]


_HVAC = _services(
    "AC Repair|Cooling Service Call",
    "Heating Repair|Furnace Repair",
    "AC Installation|HVAC Install",
    "Tune-Up|Maintenance Tune-Up",
    "Duct Cleaning|Duct Cleaning",
    "Thermostat|Thermostat Install",
)
_PLUMBING = _services(
    "Water heater|Water Heater Repair",
    "Drain cleaning|Drain Cleaning",
    "Leak repair|Leak Repair",
    "Toilet repair|Plumbing Service",
    "Repipe estimate|Repipe Estimate",
    "Sewer camera|Sewer Inspection",
)
_MIXED = _services(
    "no cooling|AC - Demand",
    "panel upgrade|Electrical Panel",
    "outlet not working|Electrical Repair",
    "furnace noise|Heat - Demand",
    "clogged drain|Drain",
    "EV charger|EV Charger Install",
    "maintenance plan|Membership Visit",
    "new system quote|Sales Lead - Install",
)


def desert() -> World:
    """Return a clean-typing desert shop: common US names, split columns, ISO dates, jobs soon after the lead."""
    return World(
        "desert",
        _POOLS["first"],
        _POOLS["last"] + _built(Random(1), 300, middles=False),
        _POOLS["streets"],
        [
            ("Phoenix", "AZ", [f"850{n:02d}" for n in range(1, 55)]),
            ("Mesa", "AZ", [f"852{n:02d}" for n in range(1, 16)]),
            ("Tempe", "AZ", ["85281", "85282", "85283"]),
        ],
        ("gmail.com", "yahoo.com", "hotmail.com", "cox.net", "icloud.com"),
        _HVAC,
        ("Summer AC", "Google Search", "Postcard Spring", "Radio"),
    )


def lakes() -> World:
    """Return a sloppy office in the north: built surnames, single name and address columns, US dates, slow sales."""
    return World(
        "lakes",
        [name.title() for name, _ in given_names() if 3 < len(name) < 9][::6],
        _built(Random(2), 4000, middles=True),
        _built(Random(3), 400, middles=True),
        [
            ("Duluth", "MN", ["55801", "55802", "55803", "55804", "55805"]),
            ("Superior", "WI", ["54880"]),
            ("Cloquet", "MN", ["55720"]),
            ("Hermantown", "MN", ["55810", "55811"]),
        ],
        ("gmail.com", "outlook.com", "charter.net", "aol.com", "msn.com", "work-mail.com"),
        _PLUMBING,
        ("Brand", "LSA", "Facebook", "Direct Mail", "Referral"),
        lag="slow",
        zipf=0.4,
        converts=0.45,
        walk_ins=0.9,
        couples=0.65,
        spouse_named=0.08,
        before=0.35,
        after=0.3,
        again=0.05,
        double=0.08,
        tests=0.02,
        managers=0.02,
        relatives=0.12,
        nick=0.25,
        name_typo=0.07,
        swapped=0.03,
        initial=0.04,
        phone_missing=0.05,
        phone_typo=0.025,
        second_phone=0.12,
        phone_junk=0.03,
        email_missing_lead=0.2,
        email_missing_job=0.45,
        email_typo=0.05,
        email_other=0.08,
        email_junk=0.05,
        street_missing_lead=0.4,
        street_missing_job=0.05,
        street_typo=0.1,
        zip_missing=0.2,
        campaign_blank=0.5,
        campaign_wrong=0.2,
        service_wrong=0.2,
        single_name=True,
        single_address=True,
        us_dates=True,
    )


def coast() -> World:
    """Return a big mixed-trade shop in crowded cities: double surnames, apartments, managers, a file of customers."""
    rng = Random(4)
    double = _POOLS["double"]
    last = [
        *double,
        *(f"{a} {b}" for a in double for b in double[:4] if a != b),
        *_built(rng, 1500, middles=True),
        *(f"{name}son" for name in ("Ander", "Erik", "Olaf", "Gunder", "Thor", "Peter", "Svend")),
        *("O'Neil", "D'Amico", "McAllister"),
    ]
    first = [*_POOLS["coast first"], *_POOLS["first"][::2]]
    return World(
        "coast",
        first,
        last,
        [*_built(rng, 150, middles=True), *(f"{n}th" for n in range(4, 20)), "San Pedro", "El Camino Real"],
        [
            ("Long Beach", "CA", [f"908{n:02d}" for n in range(1, 16)]),
            ("Tampa", "FL", [f"336{n:02d}" for n in range(2, 30)]),
            ("San Diego", "CA", [f"921{n:02d}" for n in range(1, 40)]),
        ],
        ("gmail.com", "gmail.com", "gmail.com", "yahoo.com", "me.com", "att.net", "protonmail.com"),
        _MIXED,
        ("pmax-hvac", "brand-search", "yelp", "nextdoor", "email-newsletter", "spring-tuneup"),
        lag="mixed",
        zipf=0.7,
        converts=0.55,
        walk_ins=0.6,
        couples=0.4,
        spouse_named=0.07,
        before=0.28,
        after=0.22,
        again=0.04,
        double=0.07,
        tests=0.015,
        managers=0.03,
        relatives=0.08,
        nick=0.12,
        name_typo=0.07,
        swapped=0.03,
        initial=0.03,
        phone_missing=0.05,
        phone_typo=0.025,
        second_phone=0.12,
        phone_junk=0.03,
        email_missing_lead=0.1,
        email_missing_job=0.3,
        email_typo=0.05,
        email_other=0.09,
        email_junk=0.05,
        street_missing_lead=0.35,
        street_missing_job=0.04,
        street_typo=0.07,
        zip_missing=0.15,
        campaign_blank=0.25,
        campaign_wrong=0.15,
        service_wrong=0.15,
        customers_apart=True,
        units=0.35,
    )


def varied(seed: int) -> World:
    """Return a random business: the names of one of the first two, and every rate anywhere in a wide range."""
    rng = Random(f"varied-{seed}")
    base = (desert, lakes)[seed % 2]()
    spread: dict[str, Any] = {name: _drawn(rng, *span) for name, span in _SPANS.items()}
    return replace(
        base,
        name=f"varied-{seed}",
        lag=rng.choice(("quick", "slow", "mixed")),
        services=rng.choice((_HVAC, _PLUMBING)),
        single_name=rng.random() < 0.5,
        single_address=rng.random() < 0.5,
        us_dates=rng.random() < 0.3,
        customers_apart=rng.random() < 0.3,
        zipf=_drawn(rng, 0.2, 1.0),
        city_other=_drawn(Random(f"towns-{seed}"), 0.0, 0.1),
        bare=Random(f"bare-{seed}").choice((0.0, 0.0, 0.5, 1.0)),
        **spread,
    )


def _drawn(rng: Random, low: float, high: float) -> float:
    return round(low + (high - low) * rng.random(), 4)


_SPANS = {
    "converts": (0.25, 0.85),
    "walk_ins": (0.1, 1.5),
    "couples": (0.3, 0.7),
    "spouse_named": (0.02, 0.12),
    "before": (0.05, 0.5),
    "after": (0.05, 0.4),
    "again": (0.0, 0.08),
    "double": (0.01, 0.1),
    "tests": (0.0, 0.03),
    "managers": (0.005, 0.05),
    "relatives": (0.02, 0.15),
    "nick": (0.05, 0.3),
    "name_typo": (0.01, 0.1),
    "swapped": (0.0, 0.05),
    "initial": (0.0, 0.05),
    "phone_missing": (0.0, 0.1),
    "phone_typo": (0.0, 0.04),
    "second_phone": (0.02, 0.25),
    "phone_junk": (0.0, 0.05),
    "email_missing_lead": (0.02, 0.4),
    "email_missing_job": (0.1, 0.7),
    "email_typo": (0.01, 0.08),
    "email_other": (0.0, 0.15),
    "email_junk": (0.0, 0.08),
    "street_missing_lead": (0.05, 0.8),
    "street_missing_job": (0.0, 0.1),
    "street_typo": (0.01, 0.12),
    "zip_missing": (0.0, 0.3),
    "campaign_blank": (0.1, 0.7),
    "campaign_wrong": (0.02, 0.3),
    "service_wrong": (0.02, 0.3),
    "units": (0.02, 0.3),
}

WORLDS = {"desert": desert, "lakes": lakes, "coast": coast}


def suffixes() -> Sequence[Sequence[str]]:
    """Return each street suffix in all its spellings."""
    spellings: Sequence[Sequence[str]] = _POOLS["suffixes"]
    return spellings
