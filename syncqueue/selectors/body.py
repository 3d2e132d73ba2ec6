"""The content that an item would send now, and its difference from the last one built."""

import copy
import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pagetojob.platform import masking
from pagetojob.platform.tenants.models import BusinessProfile
from pagetojob.titanmap.models import PageBinding
from pagetojob.titanmap.selectors import services_offered
from syncqueue.leads.models import BookingRequest

from .. import binding_blocked, mails
from .. import envelope as envelopes
from ..models import Kind, SyncItem


@dataclass(frozen=True)
class Line:
    """A line of a unified difference. `sort` is added, removed, same or place; `text` includes its sign."""

    sort: str
    text: str


_SORTS = {"+": "added", "-": "removed", "@": "place"}


def difference(before: str, after: str) -> list[Line]:
    """Return the unified difference with three lines of context; empty when the texts are equal."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    return [Line(_SORTS.get(line[:1], "same"), line) for line in lines if not line.startswith(("--- ", "+++ "))]


@dataclass(frozen=True)
class Body:
    """The content of a send, masked unless asked otherwise. `to` and `subject` belong to an email.

    `compared` is false if no earlier content is stored. `hidden` means that the two differ only in masked values.
    `problems` are the reasons why an envelope would be blocked.
    """

    text: str
    to: str = ""
    subject: str = ""
    compared: bool = False
    diff: Sequence[Line] = ()
    hidden: bool = False
    problems: Sequence[str] = ()


def body_now(item: SyncItem, *, unmasked: bool) -> Body | None:
    """Build the content from the current rows, as a worker does. At most three queries; sends nothing.

    Returns None for work that no worker sends.
    """
    if item.kind == Kind.BOOKING_REQUEST:
        return _envelope(item, unmasked=unmasked)
    if item.kind == Kind.BUSINESS_NOTIFICATION:
        return _notification(item, unmasked=unmasked)
    if item.kind == Kind.VISITOR_CONFIRMATION:
        return _confirmation(item, unmasked=unmasked)
    return None


def as_text(envelope: Mapping[str, Any], *, unmasked: bool) -> str:
    """Return an envelope as readable JSON. Keys are sorted, because the database does not keep their order."""
    shown = envelope if unmasked else envelopes.masked(envelope)
    return json.dumps(shown, indent=2, ensure_ascii=False, sort_keys=True)


def _envelope(item: SyncItem, *, unmasked: bool) -> Body:
    booking = booking_of(item)
    now, last = binding_blocked.draft_with(booking, booking.binding), item.envelope
    text = as_text(now, unmasked=unmasked)
    lines = difference(as_text(last, unmasked=unmasked), text) if last else []
    return Body(
        text=text,
        compared=bool(last),
        diff=lines,
        hidden=bool(last) and not lines and last != now,
        problems=envelopes.problems(now),
    )


def _notification(item: SyncItem, *, unmasked: bool) -> Body:
    booking = booking_of(item)
    profile = BusinessProfile.objects.get(tenant=item.tenant_id)
    mail = mails.notice(booking if unmasked else _masked(booking), profile, again=item.possibly_twice)
    return Body(to=_address(mail.to, unmasked=unmasked), subject=mail.subject, text=mail.body)


def _confirmation(item: SyncItem, *, unmasked: bool) -> Body:
    booking = booking_of(item)
    profile = BusinessProfile.objects.get(tenant=item.tenant_id)
    offered = services_offered(booking.tenant).filter(name=booking.service).exists()
    mail = mails.confirmation(booking, profile, offered=offered, again=item.possibly_twice)
    return Body(to=_address(mail.to, unmasked=unmasked), subject=mail.subject, text=mail.body)


def booking_of(item: SyncItem) -> BookingRequest:
    """Return the booking request of an item, with its lead, its tenant and the roles of its binding. A single query."""
    rows = BookingRequest.objects.filter(tenant=item.tenant_id, lead=item.lead_id)
    return rows.select_related("lead", "tenant", *(f"binding__{role}" for role in PageBinding.MAPPED)).get()


def _address(value: str, *, unmasked: bool) -> str:
    return value if unmasked else masking.email(value)


def _masked(booking: BookingRequest) -> BookingRequest:
    """Return a masked copy with a masked copy of its lead, for display only."""
    shown, lead = copy.copy(booking), copy.copy(booking.lead)
    shown.as_typed = {name: masking.text(str(text)) for name, text in booking.as_typed.items()}
    lead.name = masking.name(lead.name)
    lead.phone = masking.phone(lead.phone) if lead.phone else ""
    lead.email = masking.email(lead.email) if lead.email else ""
    lead.message = masking.text(lead.message)
    for part in ("street", "city", "state", "zip"):
        setattr(lead, part, masking.HIDDEN if getattr(lead, part) else "")
    shown.lead = lead
    return shown
