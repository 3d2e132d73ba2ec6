"""The visitor's request next to the booking that would be sent, line by line. Reads what an envelope is built from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pagetojob.platform import masking
from pagetojob.platform.tenants.time_zones import usable_zone
from syncqueue.leads.models import BookingRequest, Lead

from ..binding_blocked import draft_with
from ..envelope import SOMETHING_ELSE

NOT_SENT = "not sent"


@dataclass(frozen=True)
class Pair:
    """A value as the visitor gave it and as it would be sent. `note` is why they differ; empty if they agree."""

    label: str
    asked: str
    sent: str
    note: str = ""


def compare(booking: BookingRequest, *, unmasked: bool) -> list[Pair]:
    """Return the pairs of a request, masked unless `unmasked`. Two queries."""
    envelope = draft_with(booking, booking.binding)
    lead, sent = booking.lead, envelope["booking"]
    zone = booking.tenant.time_zone
    pairs = [
        Pair("Name", lead.name, sent["name"]),
        _contact("Phone", lead.phone, sent),
        _contact("Email", lead.email, sent),
        _address(lead, sent),
        _service(booking, envelope["mapped"]),
        Pair("Urgency", booking.urgency_label, str(sent["priority"])),
        _time(booking, sent.get("start"), zone),
        _message(lead, sent),
    ]
    shown = pairs if unmasked else [_masked(pair) for pair in pairs]
    return [pair for pair in shown if pair.asked or pair.sent != NOT_SENT]


def _contact(label: str, typed: str, sent: Mapping[str, Any]) -> Pair:
    entry = next((entry for entry in sent["contacts"] if entry["type"] == label), {"value": NOT_SENT})
    value = ", ".join(filter(None, (str(entry["value"]), entry.get("memo"))))
    return Pair(label, typed, value, "written in the standard form" if typed and value not in (typed, NOT_SENT) else "")


def _address(lead: Lead, sent: Mapping[str, Any]) -> Pair:
    def line(get: Callable[[str], Any]) -> str:
        return ", ".join(str(get(part)) for part in ("street", "city", "state", "zip") if get(part))

    typed = line(lambda part: getattr(lead, part))
    if address := sent.get("address"):
        return Pair("Address", typed, line(address.get))
    return Pair("Address", typed, NOT_SENT, "the API takes only a complete address" if typed else "")


def _service(booking: BookingRequest, mapped: Mapping[str, Mapping[str, Any]]) -> Pair:
    job = str(mapped.get("job_type", {}).get("name", "")) or NOT_SENT
    note = ""
    if job == NOT_SENT:
        note = "no job type is mapped"
    elif booking.service in ("", SOMETHING_ELSE):
        note = "the page decides the job type"
    elif job != booking.service:
        note = "the Titan Map names it differently"
    return Pair("Service", booking.service, job, note)


def _time(booking: BookingRequest, start: str | None, zone: str) -> Pair:
    day = booking.preferred_date
    asked = f"{day:%a, %b %-d}, {booking.window_label}" if day else ""
    if not start:
        return Pair("Preferred time", asked, NOT_SENT)
    local = datetime.fromisoformat(start).astimezone(usable_zone(zone))
    return Pair("Preferred time", asked, f"{local:%a, %b %-d, %-I:%M %p %Z}", "only a start can be sent")


def _message(lead: Lead, sent: Mapping[str, Any]) -> Pair:
    if not lead.message:
        return Pair("Message", "", NOT_SENT)
    if lead.message in sent["summary"]:
        return Pair("Message", lead.message, "in the summary")
    return Pair("Message", lead.message, "the beginning, in the summary", "it is too long")


_MASKS: dict[str, Callable[[str], str]] = {
    "Name": masking.name,
    "Phone": masking.phone,
    "Email": masking.email,
    "Address": lambda _: masking.HIDDEN,
}


def _masked(pair: Pair) -> Pair:
    if pair.label == "Message":
        return Pair(pair.label, masking.text(pair.asked), pair.sent, pair.note)
    mask = _MASKS.get(pair.label)
    if mask is None:
        return pair
    asked = mask(pair.asked) if pair.asked else ""
    return Pair(pair.label, asked, pair.sent if pair.sent == NOT_SENT else mask(pair.sent), pair.note)
