"""Made-up shops: what each sells, what its site says instead, and the labels that follow. Truth first, markup later."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

TODAY = date(2026, 11, 25)
REGIONS: dict[str, tuple[str, list[str], str]] = {
    "AZ": ("Arizona", ["Phoenix", "Tempe", "Mesa", "Chandler", "Gilbert", "Scottsdale", "Glendale", "Peoria", "Surprise", "Queen Creek", "Apache Junction", "Buckeye", "Goodyear", "Fountain Hills", "San Tan Valley"], "602"),
    "TX": ("Texas", ["Plano", "Frisco", "McKinney", "Allen", "Richardson", "Garland", "Rowlett", "Wylie", "Murphy", "Sachse", "Prosper", "Celina", "Little Elm", "The Colony", "Carrollton"], "972"),
    "FL": ("Florida", ["Tampa", "Brandon", "Riverview", "Lutz", "Largo", "Clearwater", "Dunedin", "Oldsmar", "Plant City", "Valrico", "Wesley Chapel", "Palm Harbor", "Seminole", "Ruskin", "Land O' Lakes"], "813"),
    "OH": ("Ohio", ["Columbus", "Dublin", "Westerville", "Hilliard", "Grove City", "Gahanna", "Pickerington", "Powell", "New Albany", "Worthington", "Reynoldsburg", "Delaware", "Lancaster", "Marysville", "Newark"], "614"),
    "NC": ("North Carolina", ["Raleigh", "Cary", "Apex", "Garner", "Wake Forest", "Morrisville", "Holly Springs", "Fuquay-Varina", "Knightdale", "Clayton", "Durham", "Chapel Hill", "Zebulon", "Wendell", "Hillsborough"], "919"),
}  # fmt: skip
SERVICES = [
    ("AC Repair", ["AC Repair", "Air Conditioning Repair", "Air Conditioner Repairs"]),
    ("AC Installation", ["AC Installation", "Air Conditioner Replacement", "AC Replacement & Installation"]),
    ("AC Maintenance", ["AC Tune-Ups", "Air Conditioning Maintenance", "AC Maintenance"]),
    ("Furnace Repair", ["Furnace Repair", "Furnace Repairs", "Gas Furnace Repair"]),
    ("Furnace Installation", ["Furnace Installation", "Furnace Replacement", "New Furnace Installation"]),
    ("Heat Pump Repair", ["Heat Pump Repair", "Heat Pump Repairs", "Heat Pump Repair"]),
    ("Water Heater Repair", ["Water Heater Repair", "Hot Water Heater Repair", "Water Heater Repairs"]),
    ("Tankless Water Heater Installation", ["Tankless Water Heater Installation", "Tankless Installation", "Tankless Water Heater Replacement"]),
    ("Drain Cleaning", ["Drain Cleaning", "Clogged Drain Clearing", "Drain Cleaning"]),
    ("Sewer Line Repair", ["Sewer Line Repair", "Sewer Repair", "Sewer Line Repairs"]),
    ("Leak Detection", ["Leak Detection", "Leak Detection", "Water Leak Detection"]),
    ("Repiping", ["Whole-Home Repiping", "Repiping", "Repiping"]),
    ("Duct Cleaning", ["Air Duct Cleaning", "Duct Cleaning", "Air Duct Cleaning"]),
    ("Dryer Vent Cleaning", ["Dryer Vent Cleaning", "Dryer Vent Cleaning", "Dryer Vent Cleaning"]),
    ("EV Charger Installation", ["EV Charger Installation", "EV Charger Installs", "Electric Vehicle Charger Installation"]),
    ("Electrical Panel Upgrade", ["Electrical Panel Upgrades", "Panel Upgrade", "Breaker Panel Replacement"]),
    ("Generator Installation", ["Generator Installation", "Whole-Home Generator Installation", "Standby Generator Installation"]),
    ("Ceiling Fan Installation", ["Ceiling Fan Installation", "Ceiling Fan Installation", "Ceiling Fan Installs"]),
]  # fmt: skip
PLANS = [
    "Comfort Club",
    "Total Care Plan",
    "Peace of Mind Membership",
    "VIP Club",
    "Home Shield Plan",
    "Cool Savings Club",
]
_NAMES = [
    "Desert Peak Air",
    "Lone Star Comfort",
    "Bayline Plumbing & Air",
    "Blue Heron Mechanical",
    "Oak & Iron Home Services",
    "Northgate HVAC",
    "Rivera Brothers Plumbing",
    "Summit Home Comfort",
]
_RULES = (
    "wrong_emergency_phone", "wrong_phone", "paused_area", "unserved_area", "expired_offer", "offer_lapsing", "offer_mismatch",
    "offer_date_mismatch", "price_mismatch", "retired_service_advertised", "active_service_missing", "inactive_campaign_page",
    "membership_price_mismatch", "membership_benefit_mismatch", "hours_mismatch", "license_mismatch",
)  # fmt: skip
_WEEK = ("mon", "tue", "wed", "thu", "fri")


@dataclass
class Deal:
    form: str
    service: str
    number: int
    shown: int
    ends: date | None
    shown_ends: date | None
    name: str = ""


@dataclass
class Shop:
    """One shop: the map's side without a prefix, the site's side as `shown_…`. `drift` are the rules planted."""

    seed: int
    random: Random
    state: str
    name: str = ""
    drift: set[str] = field(default_factory=set)
    active: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    shown_services: list[str] = field(default_factory=list)
    served: list[str] = field(default_factory=list)
    paused: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    phone: str = ""
    shown_phone: str = ""
    emergency: str = ""
    shown_emergency: str = ""
    license: str = ""
    shown_license: str = ""
    plan: str = ""
    plan_price: str = ""
    shown_plan_price: str = ""
    plan_percent: int = 10
    shown_plan_percent: int = 10
    plan_visits: int = 2
    diagnostic: int = 89
    shown_diagnostic: int = 89
    open_close: tuple[int, int] = (7, 18)
    shown_open_close: tuple[int, int] = (7, 18)
    expected: set[tuple[str, str]] = field(default_factory=set)  # rule, a word of its item or value

    @property
    def state_name(self) -> str:
        return REGIONS[self.state][0]


def make(seed: int) -> Shop:
    random = Random(seed)
    state = list(REGIONS)[seed % len(REGIONS)]
    shop = Shop(seed, random, state)
    shop.name = _NAMES[seed % len(_NAMES)]
    shop.drift = {rule for rule in _RULES if random.random() < 0.6}
    _services(shop)
    _areas(shop)
    _contact(shop)
    _deals(shop)
    _plan(shop)
    return shop


def _services(shop: Shop) -> None:
    names = [name for name, _ in SERVICES]
    shop.random.shuffle(names)
    shop.active, shop.retired = names[:9], names[9:11]
    shop.shown_services = list(shop.active)
    if "active_service_missing" in shop.drift:
        gone = next(
            name
            for name in reversed(shop.active)
            if name
            in (
                "Repiping",
                "Dryer Vent Cleaning",
                "Leak Detection",
                "EV Charger Installation",
                "Generator Installation",
                "Ceiling Fan Installation",
                "Duct Cleaning",
                "Electrical Panel Upgrade",
                "Heat Pump Repair",
                "Drain Cleaning",
                "Furnace Repair",
                "AC Repair",
            )
        )
        shop.shown_services.remove(gone)
        shop.expected.add(("active_service_missing", gone))
    if "retired_service_advertised" in shop.drift:
        shop.shown_services.insert(3, shop.retired[0])
        shop.expected.add(("retired_service_advertised", shop.retired[0]))


def _areas(shop: Shop) -> None:
    cities = list(REGIONS[shop.state][1])
    head, rest = cities[0], cities[1:]
    shop.random.shuffle(rest)
    shop.served, shop.paused, shop.strange = [head, *rest[:6]], rest[6:8], rest[8:]
    if "paused_area" in shop.drift:
        shop.expected.add(("paused_area", shop.paused[0]))
    if "unserved_area" in shop.drift:
        shop.expected.add(("unserved_area", shop.strange[0]))


def _number(shop: Shop) -> str:
    return f"{REGIONS[shop.state][2]}555{shop.random.randrange(100, 9999):04d}"


def _contact(shop: Shop) -> None:
    shop.phone = shop.shown_phone = _number(shop)
    shop.emergency = shop.shown_emergency = _number(shop)
    if "wrong_emergency_phone" in shop.drift:
        shop.shown_emergency = _number(shop)
        shop.expected.add(("wrong_emergency_phone", shop.shown_emergency))
    if "wrong_phone" in shop.drift:
        shop.shown_phone = _number(shop)
        shop.expected.add(("wrong_phone", shop.shown_phone))
    form = {"AZ": "ROC {n}", "TX": "TACLA{n}C", "FL": "CAC1{n}", "OH": "HV{n}", "NC": "L.{n}"}[shop.state]
    shop.license = shop.shown_license = form.format(n=shop.random.randrange(100_000, 999_999))
    if shop.state == "TX":
        shop.license = shop.shown_license = f"TACLA{shop.random.randrange(10_000, 99_999)}C"
    if "license_mismatch" in shop.drift:
        digits = "".join(char for char in shop.license if char.isdigit())
        shop.shown_license = shop.license.replace(digits[-3:], f"{(int(digits[-3:]) + 137) % 900 + 100}")
        shop.expected.add(("license_mismatch", shop.shown_license))
    if "hours_mismatch" in shop.drift:
        shop.shown_open_close = (8, 17)
        shop.expected.add(("hours_mismatch", ""))
    if "price_mismatch" in shop.drift:
        shop.shown_diagnostic = 129
        shop.expected.add(("price_mismatch", "129"))


def _deals(shop: Shop) -> None:
    far = TODAY + timedelta(days=60 + shop.random.randrange(60))
    named = shop.active[:4]
    shop.deals = [
        Deal("amount off", named[0], 50, 50, far, far),
        Deal("percent off", named[1], 10, 10, None, None),
        Deal("price", named[2], 79, 79, far + timedelta(days=3), far + timedelta(days=3)),
        Deal("amount off", named[3], 250, 250, far, far),
    ]
    if "offer_mismatch" in shop.drift:
        shop.deals[0].shown = 75
        shop.expected.add(("offer_mismatch", named[0]))
    if "expired_offer" in shop.drift:
        shop.deals[3].shown_ends = shop.deals[3].ends = TODAY - timedelta(days=20 + shop.random.randrange(200))
        shop.expected.add(("expired_offer", named[3]))
    elif "offer_lapsing" in shop.drift:
        shop.deals[3].shown_ends = shop.deals[3].ends = TODAY + timedelta(days=4)
        shop.expected.add(("offer_lapsing", named[3]))
    if "offer_date_mismatch" in shop.drift:
        shop.deals[2].shown_ends = far + timedelta(days=40)
        shop.expected.add(("offer_date_mismatch", named[2]))


def _plan(shop: Shop) -> None:
    shop.plan = shop.random.choice(PLANS)
    shop.plan_price = shop.shown_plan_price = shop.random.choice(["14.95", "17.99", "19", "24.50"])
    shop.plan_percent = shop.shown_plan_percent = shop.random.choice([10, 15, 20])
    if "membership_price_mismatch" in shop.drift:
        shop.shown_plan_price = "29.95"
        shop.expected.add(("membership_price_mismatch", shop.plan))
    if "membership_benefit_mismatch" in shop.drift:
        shop.shown_plan_percent = 5
        shop.expected.add(("membership_benefit_mismatch", shop.plan))
    if "inactive_campaign_page" in shop.drift:
        shop.expected.add(("inactive_campaign_page", "Summer Rush"))


def map_of(shop: Shop) -> dict[str, Any]:
    """The shop's Titan Map in its JSON form."""
    numbers = {"amount off": "amount_off", "percent off": "percent_off", "price": "price"}
    offers = [
        {
            "name": f"{deal.service} {deal.form.title()}",
            "service": deal.service,
            numbers[deal.form]: deal.number,
            "ends": deal.ends and deal.ends.isoformat(),
        }
        for deal in shop.deals
    ]
    opens, closes = shop.open_close
    return {
        "schema": "pagetojob.titan-map/1",
        "tenant": {"name": shop.name},
        "job_types": [{"name": name} for name in shop.active]
        + [{"name": name, "active": False} for name in shop.retired],
        "pricebook_services": [{"name": "Diagnostic Fee", "price": shop.diagnostic}],
        "campaigns": [{"name": "Summer Rush", "active": "inactive_campaign_page" not in shop.drift}],
        "zones": [
            {"name": "Home ground", "state": "active", "cities": shop.served},
            {"name": "Far side", "state": "paused", "cities": shop.paused},
        ],
        "memberships": [
            {
                "name": shop.plan,
                "price": shop.plan_price,
                "period": "month",
                "benefits": {"discount_percent": shop.plan_percent, "visits_per_year": shop.plan_visits},
            }
        ],
        "offers": offers,
        "phones": [shop.phone],
        "emergency_phone": shop.emergency,
        "hours": {day: [[f"{opens:02}:00", f"{closes:02}:00"]] for day in _WEEK},
        "licenses": [shop.license],
        "page_bindings": [{"page_path": "/summer-rush", "campaign": "Summer Rush", "kind": "campaign"}],
        "emergency_service": True,
        "financing": True,
    }
