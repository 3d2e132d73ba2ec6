"""Kinds of objects that a customer's export may contain, each with its use and a sample. Pure.

The labels match the families of the Titan Map, so that a candidate can become a map item later.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A kind of object.

    `key` is used in URLs, `label` is its family, and `headings` are alternative headings of its name column.
    """

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
        "service pages, campaign pages and the handoff of a booking",
        "name,status,description\n"
        "AC Repair,active,demand service\n"
        "Maintenance Tune-Up,active,recurring visit\n"
        "Water Heater Repair,inactive,retired plumbing type\n",
        ("job", "job type", "job type name", "type"),
    ),
    ObjectType(
        "businessUnit",
        "business unit",
        "the team responsible for a page and its bookings",
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
        "area pages and the choice between calling and requesting",
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
        "the service on an offer or service page, never its price",
        "code,name,status\n1001,AC Diagnostic,active\n1002,Capacitor Replacement,active\n1003,R-22 Recharge,\n",
        ("service", "service name", "pricebook service", "task", "task name"),
    ),
)
BY_KEY = {kind.key: kind for kind in OBJECT_TYPES}
