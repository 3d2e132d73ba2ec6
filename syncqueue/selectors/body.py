"""Previews of a send: the content that an item would send now, its difference from the last one, and the effect."""

import copy
import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import Decision
from pagetojob.platform import masking
from pagetojob.platform.tenants.models import BusinessProfile
from pagetojob.platform.tenants.public import is_served
from pagetojob.titanmap.models import PageBinding
from pagetojob.titanmap.selectors import service_names
from syncqueue.leads.models import BookingRequest

from .. import binding_blocked, mails
from .. import envelope as envelopes
from ..binding_blocked import draft_with
from ..booking_decisions import decision_for
from ..item_actions import CAPACITY_REVIEW
from ..mail_facts import entry_now, notice_now
from ..models import Kind, SyncItem
from ..notices.carried import carried_notice
from ..notices.codes import link_to
from ..notices.recipients import reply_address
from ..office_answer import BOOKED_SENTENCE, booked_answer
from ..stop_reasons import may_send, where_it_stops


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
    """Build the content from the current rows, as a worker does. At most seven queries; sends nothing.

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
    notice = carried_notice(booking.lead)
    to = notice.recipient.address if notice else ""
    has_link = notice and not notice._state.adding and unmasked and is_served(booking.tenant)
    link = link_to(notice.public_id) if notice and has_link else ""
    shown, entry = booking if unmasked else _masked(booking), entry_now(booking)
    mail = mails.notice(shown, to, again=item.possibly_twice, entry=entry, link=link)
    return Body(to=_address(mail.to, unmasked=unmasked), subject=mail.subject, text=mail.body)


def _confirmation(item: SyncItem, *, unmasked: bool) -> Body:
    booking = booking_of(item)
    profile = BusinessProfile.of(item.tenant_id)
    offered = booking.service in service_names(booking.tenant)
    notice = notice_now(booking, profile)
    reply_to, again = reply_address(item.tenant_id), item.possibly_twice
    mail = mails.confirmation(booking, profile, notice=notice, reply_to=reply_to, offered=offered, again=again)
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


@dataclass(frozen=True)
class Effect:
    """The predicted effect: `steps` in order; `stops` is the reason why nothing would be sent.

    `changed` are fields of the booking that differ from what was last sent; `lost` are fields it would no longer have.
    """

    steps: tuple[str, ...]
    stops: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def effect_of(item: SyncItem) -> Effect | None:
    """Predict the effect from the current rows, as the worker decides. At most six queries; None for other kinds.

    Resending an item that its capacity rule stopped also clears that rule.
    """
    if item.kind != Kind.BOOKING_REQUEST:
        return None
    booking = booking_of(item)
    envelope = draft_with(booking, booking.binding)
    decision = decision_for(booking.tenant)
    cleared = item.cleared_at is not None or item.cause == CAPACITY_REVIEW
    needs_review = bool((booking.capacity or {}).get("needs_review")) and not cleared
    stops = _stops(envelope, decision, needs_review=needs_review)
    if booked_answer(item):
        stops = (BOOKED_SENTENCE, *stops)
    if item.must_reconcile:
        return _lookup_effect(item, envelope, decision, stops)
    return Effect((), stops) if stops else Effect(_SENT_TO[decision.environment])


_SENT_TO = {
    Environment.SIMULATOR: (
        "A create call is sent to the ServiceTitan simulator.",
        "The simulator is our own: nothing reaches a customer's system.",
    ),
    Environment.INTEGRATION: (
        "A create call is sent to ServiceTitan's integration environment.",
        "The account there is our own and has sample data: nothing reaches a customer's system.",
    ),
}


def _stops(envelope: Mapping[str, Any], decision: Decision, *, needs_review: bool) -> tuple[str, ...]:
    """Return why nothing would be sent; empty if it would."""
    problems = envelopes.problems(dict(envelope))
    if may_send(decision) and not problems and not needs_review:
        return ()
    if needs_review and not decision.has_ended:
        return ("Its capacity rule requires a dispatch review.",)
    missing = where_it_stops(problems, decision, needs_review=False).missing
    return tuple(f"{requirement.sentence} ({requirement.holder})" for requirement in missing)


def _lookup_effect(item: SyncItem, envelope: Mapping[str, Any], decision: Decision, stops: tuple[str, ...]) -> Effect:
    """Predict the lookup: an earlier send may have arrived, so the lookup always comes first."""
    if not decision.open or item.sent_to != decision.environment.value:
        return Effect(
            ("It cannot be looked up now, so nothing is sent. It becomes unknown, and a person must check it.",), stops
        )
    sent, now = (item.envelope or {}).get("booking", {}), envelope["booking"]
    changed = tuple(sorted(name for name, value in now.items() if sent.get(name) != value))
    lost = tuple(sorted(set(sent) - set(now)))
    zone = item.tenant.shown_zone
    first = f"First it is looked up by its reference, at {_due(item).astimezone(zone):%H:%M:%S %Z} at the earliest: "
    if_found = "If it is found, that booking is used and no second one is created."
    if lost:
        if_found += " The changed fields cannot be updated through the API, so a person decides."
    elif changed:
        if_found += f" These fields are updated: {', '.join(changed)}."
    nothing = "If two lookups do not find it: " + (
        "nothing is sent, see below." if stops else "one create call is sent."
    )
    return Effect((f"{first}lookup {min(item.looked_up + 1, 2)} of 2.", if_found, nothing), stops, changed, lost)


def _due(item: SyncItem) -> datetime:
    if item.looked_up_at is not None:
        return item.looked_up_at + timedelta(seconds=settings.SECOND_LOOK_UP_SECONDS)
    assert item.send_began_at is not None
    return item.send_began_at + timedelta(seconds=settings.FIRST_LOOK_UP_SECONDS)
