"""The kinds of objects a customer's export may hold: what each is for, and a sample to try. Pure.

Labels are those of the Titan Map's families, so that a candidate can become an item of the map one day.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One kind of object. `key` stands in addresses, `label` is its family; `headings` may head its name column."""

    key: str
    label: str
    used_for: str
    sample: str
    headings: tuple[str, ...] = ()

    @property
    def plural(self) -> str:
        return f"{self.label}s"


OBJECT_TYPES: tuple[ObjectType, ...] = (
    ObjectType(
        "jobType",
        "job type",
        "service pages, campaign pages and the hand-off of a booking",
        "name,status,description\n"
        "AC Repair,active,demand service\n"
        "Maintenance Tune-Up,active,recurring visit\n"
        "Water Heater Repair,inactive,retired plumbing type\n",
        ("job", "job type", "job type name", "type"),
    ),
    ObjectType(
        "businessUnit",
        "business unit",
        "who answers for a page and its bookings",
        "name,status,description\n"
        "Residential HVAC,active,repairs and tune-ups in homes\n"
        "Commercial HVAC,paused,no capacity this season\n",
        ("unit", "business unit", "business unit name", "bu"),
    ),
    ObjectType(
        "campaign",
        "campaign",
        "campaign pages and the source of a lead",
        "name,status,description\n"
        "Summer AC Demand,active,landing page and search\n"
        "Spring Tune-Up Postcard,ended,closed in April\n",
        ("campaign", "campaign name"),
    ),
    ObjectType(
        "zone",
        "zone",
        "area pages and the choice between calling and asking",
        "name,status,description\n"
        'Phoenix Metro,active,"Phoenix, Tempe, Glendale and Scottsdale"\n'
        "Buckeye,paused,Buckeye and Verrado\n",
        ("zone", "zone name", "area", "service area"),
    ),
    ObjectType(
        "membership",
        "membership",
        "maintenance-plan pages and member offers",
        "name,status,description\nComfort Plan,active,two visits a year\nLegacy Plan 2019,retired,no longer sold\n",
        ("membership", "membership name", "membership type", "plan", "plan name"),
    ),
    ObjectType(
        "pricebookService",
        "pricebook service",
        "what an offer or a service page speaks of, never its price",
        "code,name,status\n1001,AC Diagnostic,active\n1002,Capacitor Replacement,active\n1003,R-22 Recharge,\n",
        ("service", "service name", "pricebook service", "task", "task name"),
    ),
)
BY_KEY = {kind.key: kind for kind in OBJECT_TYPES}
