"""API scopes that flags require: the fields read or written with each, and their retention. No I/O.

Names follow the public API documentation; none of the scopes has been granted. Contains exactly the scopes that flags
name.
"""

from dataclasses import dataclass


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

_LIST_ROW = ("id", "name", "active", "date of the last change")

#: `fields` of a scope that reads name each value that the client takes from a response; a test compares them.
SCOPES: dict[str, ScopeDefinition] = {
    "tn.crm.bookings:r": ScopeDefinition(
        "CRM", ("booking id", "our outside reference", "status", "job id", "dates"), "with the outbox item", "PageToJob"
    ),
    "tn.crm.bookings:w": ScopeDefinition(
        "CRM",
        (
            *("name", "phone", "email", "address", "summary", "preferred time", "our outside reference"),
            *("source", "priority", "campaign id", "business unit id", "job type id", "whether the customer is new"),
        ),
        "the booking envelope ends with its lead",
        "Shared",
    ),
    "tn.crm.bookingprovidertags:r": ScopeDefinition("CRM", ("tag id", "tag name", "active"), _TITAN_MAP, "PageToJob"),
    "tn.jpm.jobtypes:r": ScopeDefinition("Job", (*_LIST_ROW, "business units"), _TITAN_MAP, "PageToJob"),
    "tn.jpm.jobs:r": ScopeDefinition(
        "Job",
        (
            *("job id", "number", "booking id", "customer id", "status", "dates", "type", "business unit"),
            *(
                "campaign id",
                "marks of free, recall and warranty work",
                "active",
                "our outside reference in the summary",
            ),
        ),
        _STATEMENT,
        "Customer",
    ),
    "tn.stt.businessunits:r": ScopeDefinition("Settings", _LIST_ROW, _TITAN_MAP, "PageToJob"),
    "tn.dis.zones:r": ScopeDefinition("Dispatch", (*_LIST_ROW, "ZIP codes", "cities"), _TITAN_MAP, "PageToJob"),
    "tn.mrk.campaigns:r": ScopeDefinition("Marketing", (*_LIST_ROW, "category"), _TITAN_MAP, "PageToJob"),
    "tn.mrk.categories:r": ScopeDefinition("Marketing", _LIST_ROW, _TITAN_MAP, "PageToJob"),
    "tn.mem.membershiptypes:r": ScopeDefinition("Memberships", _LIST_ROW, _TITAN_MAP, "PageToJob"),
    "tn.pb.categories:r": ScopeDefinition("Pricebook", (*_LIST_ROW, "parent"), _TITAN_MAP, "PageToJob"),
    "tn.sp.schedulers:r": ScopeDefinition(
        SCHEDULING_PRO,
        (
            *("scheduler id", "session id", "outcome", "job id", "booking id", "lead id", "mark of a bot", "category"),
            *("name", "phone", "email", "notes"),
        ),
        "with the lead that a qualified abandoned session becomes",
        "Shared",
    ),
    "tn.pb.services:r": ScopeDefinition("Pricebook", (*_LIST_ROW, "code", "category"), _TITAN_MAP, "PageToJob"),
    "tn.acc.invoices:r": ScopeDefinition(
        "Accounting",
        (
            *("invoice id", "number", "job id", "customer id", "invoice that it adjusts", "total", "dates"),
            "active",
        ),
        _STATEMENT,
        "Customer",
    ),
    "tn.acc.payments:r": ScopeDefinition(
        "Accounting",
        (
            *("payment id", "total", "invoices that it was applied to, with the amounts", "type"),
            *("payment that it refunds", "dates", "active"),
        ),
        _STATEMENT,
        "Customer",
    ),
}
