"""Kinds of objects that a customer's export may contain, each with its use and a sample. Pure.

The labels match the families of the Titan Map, so that a candidate can become a map item later.
"""

from dataclasses import dataclass
from enum import StrEnum

from .fields import FieldSpec


class Field(StrEnum):
    """Field of a candidate. Only the name is required."""

    NAME = "name"
    ID = "id"
    STATUS = "status"
    DESCRIPTION = "description"


_ALIASES: dict[Field, tuple[str, ...]] = {
    Field.NAME: ("title", "display name", "label"),
    Field.ID: ("external id", "servicetitan id", "st id", "code", "key", "number"),
    Field.STATUS: ("active", "is active", "state", "enabled", "active status"),
    Field.DESCRIPTION: ("detail", "details", "memo", "note", "notes", "summary"),
}


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A kind of object.

    `key` is used in URLs, `label` is its family, and `headings` are alternative headings of its name column,
    most likely first.
    """

    key: str
    label: str
    used_for: str
    sample: str
    headings: tuple[str, ...] = ()

    @property
    def plural(self) -> str:
        return f"{self.label}s"

    @property
    def fields(self) -> tuple[FieldSpec, ...]:
        return tuple(
            FieldSpec(
                field,
                field.value,
                (f"{self.label} {field}", *(self.headings if field is Field.NAME else ()), *_ALIASES[field]),
                required=field is Field.NAME,
            )
            for field in Field
        )


OBJECT_TYPES: tuple[ObjectType, ...] = (
    ObjectType(
        "jobType",
        "job type",
        "service pages, campaign pages and the handoff of a booking",
        "name,status,description\n"
        "AC Repair,active,demand service\n"
        "Maintenance Tune-Up,active,recurring visit\n"
        "Water Heater Repair,inactive,retired plumbing type\n",
        ("job type", "job type name", "type", "job"),
    ),
    ObjectType(
        "businessUnit",
        "business unit",
        "the team responsible for a page and its bookings",
        "name,status,description\n"
        "Residential HVAC,active,repairs and tune-ups in homes\n"
        "Commercial HVAC,paused,no capacity this season\n",
        ("business unit", "unit", "business unit name", "bu"),
    ),
    ObjectType(
        "campaign",
        "campaign",
        "campaign pages and the source of a lead",
        "name,status,description\n"
        "Summer AC Demand,active,landing page and search\n"
        "Spring Tune-Up Postcard,ended,closed in April\n",
        ("campaign", "campaign name", "job campaign"),
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
        ("membership type", "membership", "membership name", "plan", "plan name"),
    ),
    ObjectType(
        "pricebookService",
        "pricebook service",
        "the service on an offer or service page, never its price",
        "code,name,status\n1001,AC Diagnostic,active\n1002,Capacitor Replacement,active\n1003,R-22 Recharge,\n",
        ("service", "service name", "item name", "pricebook service", "task", "task name"),
    ),
)
BY_KEY = {kind.key: kind for kind in OBJECT_TYPES}
