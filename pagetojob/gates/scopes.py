"""API scopes that flags require: the fields read or written with each, and their retention. No I/O.

Names follow the public API documentation; none of the scopes has been granted. Contains exactly the scopes that flags
name.
"""

from dataclasses import dataclass

from .registry import FLAGS


@dataclass(frozen=True)
class ScopeDefinition:
    """An API scope: its API family, the fields a feature would read or write, and their retention."""

    family: str
    fields: tuple[str, ...]
    retention: str
    owner: str

    def writes(self, scope: str) -> bool:
        return scope.endswith(":w")


#: The eight API families, in the order of the connection readiness matrix.
FAMILIES = ("CRM", "Job", "Settings", "Dispatch", "Marketing", "Pricebook", "Memberships", "Accounting")

#: An API family that the matrix does not have: its webhooks are in private preview.
SCHEDULING_PRO = "Scheduling Pro"

_TITAN_MAP = "with the Titan Map version it belongs to"
_STATEMENT = "with the sealed statement of its month: ids, amounts and labels, no personal value"

SCOPES: dict[str, ScopeDefinition] = {
    "tn.crm.bookings:r": ScopeDefinition(
        "CRM", ("booking id", "our outside reference", "status"), "with the sync item", "PageToJob"
    ),
    "tn.crm.bookings:w": ScopeDefinition(
        "CRM",
        ("name", "phone", "email", "address", "summary", "preferred time", "our outside reference"),
        "the booking envelope ends with its lead",
        "Shared",
    ),
    "tn.crm.bookingprovidertags:r": ScopeDefinition("CRM", ("tag id", "tag name"), _TITAN_MAP, "PageToJob"),
    "tn.jpm.jobtypes:r": ScopeDefinition("Job", ("id", "name", "business units", "active"), _TITAN_MAP, "PageToJob"),
    "tn.jpm.jobs:r": ScopeDefinition(
        "Job",
        (
            "job id",
            "number",
            "booking id",
            "customer id",
            "status",
            "dates",
            "type",
            "business unit",
            "campaign id",
            "our outside reference",
        ),
        _STATEMENT,
        "Customer",
    ),
    "tn.stt.businessunits:r": ScopeDefinition("Settings", ("id", "name", "active"), _TITAN_MAP, "PageToJob"),
    "tn.dis.zones:r": ScopeDefinition("Dispatch", ("id", "name", "ZIP codes", "active"), _TITAN_MAP, "PageToJob"),
    "tn.mrk.campaigns:r": ScopeDefinition("Marketing", ("id", "name", "category", "active"), _TITAN_MAP, "PageToJob"),
    "tn.mrk.categories:r": ScopeDefinition("Marketing", ("id", "name"), _TITAN_MAP, "PageToJob"),
    "tn.mem.membershiptypes:r": ScopeDefinition("Memberships", ("id", "name", "active"), _TITAN_MAP, "PageToJob"),
    "tn.pb.categories:r": ScopeDefinition("Pricebook", ("id", "name", "parent", "active"), _TITAN_MAP, "PageToJob"),
    "tn.sp.schedulers:r": ScopeDefinition(
        SCHEDULING_PRO,
        ("session id", "outcome", "name", "phone", "email", "notes"),
        "with the lead that a qualified abandoned session becomes",
        "Shared",
    ),
    "tn.pb.services:r": ScopeDefinition(
        "Pricebook", ("id", "code", "name", "category", "active"), _TITAN_MAP, "PageToJob"
    ),
    "tn.acc.invoices:r": ScopeDefinition(
        "Accounting", ("invoice id", "job id", "total", "date"), _STATEMENT, "Customer"
    ),
    "tn.acc.payments:r": ScopeDefinition(
        "Accounting", ("payment id", "invoice id", "amount", "date"), _STATEMENT, "Customer"
    ),
}


def scopes_in_use() -> list[tuple[str, str]]:
    """Return (flag, scope) for each scope that a flag requires, in the order of the registry."""
    return [(slug, scope) for slug, flag in FLAGS.items() for scope in flag.least_scopes]
