"""The booking envelope: the content of a booking request as it is sent. Pure.

Its `booking` part has the shape of ServiceTitan's CRM create-booking call as we know it; the other parts are ours.
Building an envelope sends nothing and proves nothing about any connection.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from pagetojob.platform import masking, phones
from pagetojob.platform.tenants.time_zones import known_zone

from .header_text import without_invisible

SCHEMA = "pagetojob.booking-envelope/1"

_WINDOW_STARTS = {"any": time(8), "morning": time(8), "afternoon": time(12), "evening": time(17)}
_PRIORITIES = {"emergency": "Urgent", "soon": "Normal", "flexible": "Low", "": "Normal"}
_SUMMARY_LIMIT = 4000

#: A phone number of the United States or Canada in E.164.
_NORTH_AMERICAN = re.compile(r"\+1(\d{10})")
#: The choice of a visitor who finds no service: the page decides the job type.
SOMETHING_ELSE = "Something else"


@dataclass(frozen=True)
class Job:
    """A job type as the map has it. `business_unit_ids` is empty if the units that do it are unknown."""

    name: str
    external_id: int | None
    active: bool = True
    business_unit_ids: tuple[int, ...] = ()


#: The reason that a booking with a preferred time waits until the time zone is corrected.
UNKNOWN_ZONE = "The contractor's time zone is not known, so the preferred time cannot be sent."
#: The roles of a page binding that a booking needs before it can be sent.
NEEDED_ROLES = ("job_type", "business_unit", "booking_provider")


def build(
    *,
    lead: Mapping[str, str],
    request: Mapping[str, Any],
    mapped: Mapping[str, Mapping[str, Any]],
    time_zone: str,
    mismatches: Sequence[str] = (),
    is_known: bool = False,
) -> dict[str, Any]:
    """Build an envelope from plain values.

    `lead`: reference, spoken_code, name, phone, phone_e164, email, street, city, state, zip, message.
    `request`: service, urgency (empty if not given), preferred_date (date or None), preferred_window, page_path.
    `mapped`: role (job_type, campaign, …) to {name, external_id}. `mismatches`: why roles are missing in it.
    `is_known`: an earlier request of the same person was booked; the create call requires an answer. Times are in UTC.
    """
    booking: dict[str, Any] = {
        "source": "PageToJob website",
        "name": lead["name"],
        "summary": _summary(lead, request),
        "isFirstTimeClient": not is_known,
        "externalId": lead["reference"],
        "priority": _PRIORITIES[request["urgency"]],
        "contacts": _contacts(lead),
        "isSendConfirmationEmail": False,
    }
    if address := _address(lead):
        booking["address"] = address
    if (day := request["preferred_date"]) and (zone := known_zone(time_zone)):
        booking["start"] = _start(day, request["preferred_window"], zone)
    elif day:
        mismatches = [*mismatches, UNKNOWN_ZONE]
    for role, field in (("campaign", "campaignId"), ("business_unit", "businessUnitId"), ("job_type", "jobTypeId")):
        if (external_id := mapped.get(role, {}).get("external_id")) is not None:
            booking[field] = external_id
    envelope: dict[str, Any] = {
        "schema": SCHEMA,
        "reference": lead["reference"],
        "spoken_code": lead["spoken_code"],
        "booking": booking,
        "mapped": {role: dict(item) for role, item in mapped.items()},
    }
    if mismatches:
        envelope["mismatches"] = list(mismatches)
    return envelope


def for_service(
    mapped: Mapping[str, Mapping[str, Any]], service: str, job: Job | None
) -> tuple[dict[str, Mapping[str, Any]], list[str]]:
    """Return the roles of a page for the service that the visitor chose, and why roles are missing, if any.

    The service decides the job type. A business unit that does not do the job is left out: a person maps it.
    """
    if service in ("", SOMETHING_ELSE):
        return dict(mapped), []
    if job is None or not job.active:
        return {role: item for role, item in mapped.items() if role != "job_type"}, [
            f"The map has no active service “{service}”."
        ]
    roles: dict[str, Mapping[str, Any]] = {
        **mapped,
        "job_type": {"name": job.name, "external_id": job.external_id},
    }
    if mapped.get("job_type", {}).get("name") != job.name:
        roles.pop("pricebook_service", None)  # it belongs to the job type of the page
    unit = roles.get("business_unit", {})
    unit_id = unit.get("external_id")
    if job.business_unit_ids and unit_id is not None and unit_id not in job.business_unit_ids:
        del roles["business_unit"]
        return roles, [f"The business unit “{unit['name']}” does not do “{job.name}”."]
    return roles, []


def problems(envelope: Mapping[str, Any]) -> list[str]:
    """Return the reasons why this envelope cannot be sent; empty when it can."""
    booking = envelope["booking"]
    sentences = [f"The envelope has no {name}." for name in ("name", "summary", "externalId") if not booking[name]]
    if not booking["contacts"] and "address" not in booking:
        sentences.append("There is no phone number, email address or complete street address to reply to.")
    sentences += envelope.get("mismatches", ())
    sentences += [
        f"The page binding has no {role.replace('_', ' ')}." for role in NEEDED_ROLES if role not in envelope["mapped"]
    ]
    return sentences


def provider_of(envelope: Mapping[str, Any]) -> int | None:
    """Return the id of the booking provider, which is in the path of every booking call."""
    external_id = envelope.get("mapped", {}).get("booking_provider", {}).get("external_id")
    return int(external_id) if external_id is not None else None


def masked(envelope: Mapping[str, Any]) -> dict[str, Any]:
    """Return an envelope with the personal values of its booking masked and everything else unchanged."""
    booking = dict(envelope["booking"])
    booking["name"] = masking.name(booking["name"])
    booking["summary"] = masking.text(booking["summary"])
    booking["contacts"] = [_masked_contact(contact) for contact in booking["contacts"]]
    if "address" in booking:
        booking["address"] = dict.fromkeys(booking["address"], masking.HIDDEN)
    return {**envelope, "booking": booking}


def _masked_contact(contact: Mapping[str, str]) -> dict[str, str]:
    mask = masking.email if contact["type"] == "Email" else masking.phone
    hidden = {"value": mask(contact["value"])}
    return {**contact, **hidden, **({"memo": masking.HIDDEN} if "memo" in contact else {})}


def _summary(lead: Mapping[str, str], request: Mapping[str, Any]) -> str:
    lines = [
        f"{request['service']} ({request['urgency'] or 'urgency not given'}), website request {lead['spoken_code']}",
        f"Page: {request['page_path']}",
    ]
    if request["preferred_date"]:
        lines.append(f"Prefers {request['preferred_date'].isoformat()}, {request['preferred_window']}")
    if lead["message"]:
        lines.append(lead["message"])
    return "\n".join(lines)[:_SUMMARY_LIMIT]


def _contacts(lead: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the contacts. The API documents no form of phone numbers; its examples have ten digits.

    An extension goes into the memo, because the number has no place for it.
    """
    contacts = []
    if phone := lead["phone_e164"] or lead["phone"]:
        contact = {"type": "Phone", "value": _NORTH_AMERICAN.sub(r"\1", phone)}
        if lead["phone_e164"] and (extension := phones.extension(lead["phone"])):
            contact["memo"] = f"extension {extension}"
        contacts.append(contact)
    if email := without_invisible(lead["email"]):
        contacts.append({"type": "Email", "value": email})
    return contacts


def _address(lead: Mapping[str, str]) -> dict[str, str | None] | None:
    """Return the address, or None if any part is missing."""
    if not all(lead[part] for part in ("street", "city", "state", "zip")):
        return None
    parts: dict[str, str | None] = {part: lead[part] for part in ("street", "city", "state", "zip")}
    return parts | {"unit": None, "country": "USA"}


def _start(day: date, window: str, zone: ZoneInfo) -> str:
    local = datetime.combine(day, _WINDOW_STARTS[window], zone)
    return local.astimezone(UTC).isoformat().replace("+00:00", "Z")
