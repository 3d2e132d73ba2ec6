"""The Titan Map as used for comparing. Pure.

Families, zone states and the form of hours are those of `pagetojob.titanmap`. The JSON form is documented in
docs/reference/titan-map-json.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

SCHEMA = "pagetojob.titan-map/1"
ACTIVE, PAUSED, EMERGENCY_ONLY, EXPANSION = "active", "paused", "emergency only", "expansion"
ZONE_STATES = (ACTIVE, PAUSED, EMERGENCY_ONLY, EXPANSION)
PERIODS = ("month", "quarter", "year")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Item:
    """A job type, business unit, campaign or pricebook service. `advertised` is None if the map does not specify it."""

    family: str
    name: str
    active: bool = True
    synonyms: tuple[str, ...] = ()
    price: Decimal | None = None
    advertised: bool | None = None
    starts: date | None = None
    ends: date | None = None
    price_to: Decimal | None = None  # the upper end of a price range; `price` is the lower one

    @property
    def label(self) -> str:
        return f"{self.family}: {self.name}"


@dataclass(frozen=True, slots=True)
class Zone:
    name: str
    state: str = ACTIVE
    cities: tuple[str, ...] = ()
    zips: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()
    neighborhoods: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"zone: {self.name}"

    @property
    def areas(self) -> tuple[str, ...]:
        """Return the names of everything in the zone, without its own."""
        return self.cities + self.counties + self.neighborhoods + self.synonyms


@dataclass(frozen=True, slots=True)
class Membership:
    name: str
    active: bool = True
    price: Decimal | None = None
    period: str = "month"
    discount_percent: Decimal | None = None
    visits_per_year: int | None = None
    synonyms: tuple[str, ...] = ()
    price_to: Decimal | None = None

    @property
    def label(self) -> str:
        return f"membership: {self.name}"


@dataclass(frozen=True, slots=True)
class Offer:
    name: str
    active: bool = True
    price: Decimal | None = None
    amount_off: Decimal | None = None
    percent_off: Decimal | None = None
    free: bool = False
    service: str = ""
    starts: date | None = None
    ends: date | None = None
    synonyms: tuple[str, ...] = ()
    audience: str = ""

    @property
    def label(self) -> str:
        return f"offer: {self.name}"


@dataclass(frozen=True, slots=True)
class Binding:
    """A page and the names of its bound items, by role."""

    page_path: str
    mapped: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TitanMap:
    """The services, areas and terms of a shop. Empty parts are not compared: missing data never opens a finding."""

    name: str = ""
    job_types: tuple[Item, ...] = ()
    business_units: tuple[Item, ...] = ()
    campaigns: tuple[Item, ...] = ()
    pricebook_services: tuple[Item, ...] = ()
    zones: tuple[Zone, ...] = ()
    memberships: tuple[Membership, ...] = ()
    offers: tuple[Offer, ...] = ()
    phones: tuple[str, ...] = ()
    tracking_phones: tuple[str, ...] = ()
    retired_phones: tuple[str, ...] = ()
    emergency_phone: str = ""
    addresses: tuple[str, ...] = ()
    hours: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    licenses: tuple[str, ...] = ()
    page_bindings: tuple[Binding, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)
    emergency_service: bool | None = None
    emergency_hours: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    emergency_response_minutes: int | None = None
    emergency_surcharge: Decimal | None = None
    financing: bool | None = None

    @property
    def services(self) -> tuple[Item, ...]:
        """Return the services that a page may advertise.

        Job types come first, because they take precedence over the pricebook.
        """
        return self.job_types + self.pricebook_services
