"""Everything that the client calls, with the scope it needs: bookings, lists and feeds of the API. No I/O.

The API hyphenates its names inconsistently, so this is the only place where paths are spelled out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .payloads import Booking, Invoice, Job, Payment, Session, TaxonomyRow, scheduling_id
from .responses import Call


@dataclass(frozen=True)
class Resource[T]:
    """A list or feed of the API. `query` holds its parameters, such as those that include inactive rows."""

    module: str
    path: str
    read: Callable[[Any], T]
    scope: str
    query: tuple[tuple[str, str], ...] = ()

    @property
    def call(self) -> Call:
        return Call(self.module, self.scope)


_ANY = (("active", "Any"),)

#: Lists of the Titan Map by name.
TAXONOMY: MappingProxyType[str, Resource[TaxonomyRow]] = MappingProxyType(
    {
        "job types": Resource("jpm", "job-types", TaxonomyRow.read, "tn.jpm.jobtypes:r", _ANY),
        "business units": Resource("settings", "business-units", TaxonomyRow.read, "tn.stt.businessunits:r", _ANY),
        "tag types": Resource("settings", "tag-types", TaxonomyRow.read, "tn.stt.tagtypes:r", _ANY),
        "campaigns": Resource("marketing", "campaigns", TaxonomyRow.read, "tn.mrk.campaigns:r", _ANY),
        "campaign categories": Resource("marketing", "categories", TaxonomyRow.read, "tn.mrk.categories:r"),
        "zones": Resource("dispatch", "zones", TaxonomyRow.read, "tn.dis.zones:r", _ANY),
        "membership types": Resource(
            "memberships", "membership-types", TaxonomyRow.read, "tn.mem.membershiptypes:r", _ANY
        ),
        "pricebook categories": Resource("pricebook", "categories", TaxonomyRow.read, "tn.pb.categories:r", _ANY),
        "pricebook services": Resource("pricebook", "services", TaxonomyRow.read, "tn.pb.services:r", _ANY),
        "call reasons": Resource("jbce", "call-reasons", TaxonomyRow.read, "tn.jbce.callreasons:r"),
    }
)
#: Feeds of those lists that have one: they also return rows that were deleted.
TAXONOMY_FEEDS: MappingProxyType[str, Resource[TaxonomyRow]] = MappingProxyType(
    {
        name: Resource(TAXONOMY[name].module, f"export/{TAXONOMY[name].path}", TaxonomyRow.read, TAXONOMY[name].scope)
        for name in ("business units", "tag types", "membership types", "pricebook categories", "pricebook services")
    }
)

#: Bookings of a booking provider; `bookings.py` has their paths.
READ_BOOKINGS = Call("crm", "tn.crm.bookings:r", named=True)
WRITE_BOOKINGS = Call("crm", "tn.crm.bookings:w", named=True)
READ_PROVIDER_TAGS = Call("crm", "tn.crm.bookingprovidertags:r")
READ_SESSIONS = Call("schedulingpro", "tn.sp.schedulers:r")

#: Feeds of outcomes. Campaigns, zones, job types and call reasons have no feed, so their lists are read instead.
BOOKINGS_FEED = Resource("crm", "export/bookings", Booking.read, "tn.crm.bookings:r")
JOBS_FEED = Resource("jpm", "export/jobs", Job.read, "tn.jpm.jobs:r")
INVOICES_FEED = Resource("accounting", "export/invoices", Invoice.read, "tn.acc.invoices:r")
PAYMENTS_FEED = Resource("accounting", "export/payments", Payment.read, "tn.acc.payments:r")


#: The IDs of the account's schedulers of Scheduling Pro.
SCHEDULERS = Resource(READ_SESSIONS.module, "schedulers", scheduling_id, READ_SESSIONS.scope)


def sessions_of(scheduler: str, *, since: str) -> Resource[Session]:
    """Return the sessions of a scheduler of Scheduling Pro that were created at or after `since` (RFC 3339, UTC).

    The ID must be checked: it is part of the path.
    """
    path, created = f"schedulers/{scheduler}/sessions", (("createdOnOrAfter", since),)
    return Resource(READ_SESSIONS.module, path, Session.read, READ_SESSIONS.scope, created)
