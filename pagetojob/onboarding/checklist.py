"""The launch checklist, computed from facts. Nothing in it can be ticked. Pure."""

import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass

from pagetojob.gates.registry import FLAGS
from pagetojob.platform import phones
from pagetojob.platform.tenants.models import LegalKind
from pagetojob.titanmap.capacity import read_week

from .facts import LaunchFacts


@dataclass(frozen=True)
class Requirement:
    """A line of the checklist. `missing` returns what is missing, empty when it is done.

    `step` is the step of setup where an operator fixes it.
    """

    title: str
    step: str
    missing: Callable[[LaunchFacts], str]


@dataclass(frozen=True)
class Entry:
    """A requirement for one contractor. It is done when nothing is missing.

    A website can go live without optional ones.
    """

    title: str
    missing: str
    step: str
    is_optional: bool = False

    @property
    def is_done(self) -> bool:
        return not self.missing


def checklist(facts: LaunchFacts) -> list[Entry]:
    """Return every requirement with what is missing for it. No query."""
    return [Entry(item.title, item.missing(facts), item.step) for item in REQUIREMENTS]


def booking_entries(facts: LaunchFacts) -> list[Entry]:
    """Return what automatic bookings will need, which no website needs to go live. No query."""
    known = {"Business unit": facts.has_business_unit, "Booking provider": facts.has_booking_provider}
    return [
        Entry(title, "" if is_known else f"Enter a {title.lower()} of ServiceTitan.", "booking", is_optional=True)
        for title, is_known in known.items()
    ]


def missing_entries(facts: LaunchFacts) -> list[Entry]:
    """Return the requirements that are not met yet. No query."""
    return [entry for entry in checklist(facts) if not entry.is_done]


def phone_problem(phone: str, *, confirmed: str) -> str:
    """Return why a business number cannot be used; empty for one that can be called or that an operator confirmed."""
    if not phone.strip():
        return "Enter the main phone number."
    if phones.is_assigned(phone) or phone == confirmed:
        return ""
    return "This number cannot be called. Correct it, or confirm that it is right."


def _time_zone(facts: LaunchFacts) -> str:
    regional = "/" in facts.time_zone and not facts.time_zone.startswith("Etc/")
    known = regional and facts.time_zone in zoneinfo.available_timezones()
    return "" if known else "Choose the time zone of the office, such as America/Phoenix."


def _recipients(facts: LaunchFacts) -> str:
    if not facts.recipients:
        return "Add an address that is notified about new requests."
    return "" if facts.confirmed_recipients else "Send a test message; the recipient confirms it by its link."


def _flags(facts: LaunchFacts) -> str:
    lacking = len(FLAGS.keys() - facts.flags)
    return f"{lacking} feature rows are missing. Create them." if lacking else ""


def _legal(kind: LegalKind) -> Requirement:
    return Requirement(
        kind.label,
        "legal",
        lambda facts: "" if kind.value in facts.legal_kinds else "Publish this text.",
    )


REQUIREMENTS = (
    Requirement("Business name", "business", lambda facts: "" if facts.name.strip() else "Enter the trading name."),
    Requirement("Phone number", "business", lambda facts: phone_problem(facts.phone, confirmed=facts.unusual_phone)),
    Requirement("Time zone", "business", _time_zone),
    Requirement("Office hours", "hours", lambda facts: "" if read_week(facts.hours) else "Enter the office hours."),
    Requirement(
        "Service area",
        "area",
        lambda facts: "" if facts.service_area.strip() or facts.has_zone else "Enter the service area, or add a zone.",
    ),
    Requirement("Notice recipients", "notices", _recipients),
    *(_legal(kind) for kind in (LegalKind.CONSENT, LegalKind.PRIVACY, LegalKind.TERMS)),
    Requirement("Approved page", "pages", lambda facts: "" if facts.has_page else "Approve at least one page."),
    Requirement("Feature rows", "launch", _flags),
    Requirement(
        "Test request",
        "launch",
        lambda facts: (
            "" if facts.test_seen else "Open the preview, send a request, and wait until its notice is delivered."
        ),
    ),
)
