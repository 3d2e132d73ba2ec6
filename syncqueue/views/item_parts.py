"""Template values for the page of one item. Personal values are masked here."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.text import get_text_list

from pagetojob.platform import masking, times
from pagetojob.platform.states import UNDO_SECONDS
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability
from syncqueue.leads.models import Lead, Suspicion

from .. import causes, selectors, state_texts, unparsed_answers
from ..item_actions import (
    CAPACITY_REVIEW,
    MAPPING_MISSING,
    OF_THE_BINDING,
    Facts,
    Move,
    Option,
    facts_of,
    person_of,
    possible_moves,
)
from ..models import ENDED, STOPPED, Kind, State, SyncItem
from ..notices.attention import attention_of
from ..notices.selectors import is_address_dead
from ..office_answer import booked_answer, duplicate_answer
from ..priorities import urgency_label
from ..selectors.bindings import roles_without_items
from ..selectors.body import as_text
from ..selectors.refusals import refusal_of
from ..selectors.timeline import Asked, Timeline, responses_of
from ..services.operate import ending_of
from ..triage_rules import why_not_snooze

#: Reasons to see contact details that need no typing.
USUAL_REASONS = (
    {"label": "Show contact details", "reason": "To enter the request in the office's system."},
    {"label": "Show to call", "reason": "To call the visitor or the business about the request."},
)
_CUSTOMER, _SHARED = "Customer", "Shared"
_ENDINGS = {State.MANUAL_COMPLETE: "marked as done", State.CANCELLED: "canceled"}


def item_context(item: SyncItem, actor: User, *, unmask_reason: str) -> dict[str, Any]:
    """Return everything except the forms. About twelve queries, regardless of the item's history.

    `unmask_reason` is the reason just given to see contact details; without one they are masked.
    """
    unmasked = bool(unmask_reason)
    may_unmask = actor.can(Ability.UNMASK)
    work = selectors.work_facts([item])[item.pk]
    return {
        "item": item,
        "lead": item.lead,
        "may_act": actor.can(Ability.ACT_ON_QUEUE),
        "may_unmask": may_unmask,
        "unmasked": unmasked,
        "unmask_reason": unmask_reason,
        "envelope": as_text(item.envelope, unmasked=unmasked) if item.envelope else "",
        "proof": proof(item, shown=may_unmask),
        "work": work,
        "duplicate": duplicate_answer(item),
        "attention": attention_of(item.lead) if item.lead and item.shown_state == "delayed" else None,
        "dead_address": item.shown_state == "returned" and is_address_dead(item),
        "urgency": urgency_label(item.priority, is_given=work.has_urgency) if item.lead else "",
        "related": [(other, spell(other.lag)) for other in selectors.related_items(item)],
        **_status(item, actor),
        **_asked_for(item, unmasked=unmasked),
    }


def _status(item: SyncItem, actor: User) -> dict[str, Any]:
    """Return the item's status, its possible actions, and its history."""
    story, ending = selectors.timeline(item), ending_of(item, actor)
    facts = facts_of(item, ending)
    responses = responses_of((event.at, event.detail) for event in story.events if event.sort == "try")
    return {
        "facts": facts,
        "ended": item.state in ENDED,
        "ended_by": _ended_by(item, story),
        "held_by_worker": item.state == State.SENDING,
        "cause": causes.cause_of(item.cause),
        "booked": _booked(item),
        **_mapping(item),
        "next_step": state_texts.NEXT_STEP[State(item.state)],
        "customer_sentence": _customer_sentence(item),
        "asked_by": selectors.asked_by(item),
        "booking_statuses": list(item.heard.all()),
        "lane": selectors.stopped_lane(item),
        "timeline": story,
        "responses": responses,
        "refused": responses[-1] if responses and item.state in STOPPED else None,
        "party": _party(item),
        "can_snooze": not why_not_snooze(item, person_of(actor)),
        "undo_until": item.state_since + timedelta(seconds=UNDO_SECONDS),
        "undo_left": ending.seconds_left,
        **listed(possible_moves(facts, person_of(actor)), item, facts),
    }


def _customer_sentence(item: SyncItem) -> str:
    """Return the customer's sentence. A notice that reached no one is not called received."""
    state = {"returned": State.NEEDS_REVIEW, "delayed": State.SENDING}.get(item.shown_state, item.state)
    return state_texts.customer_sentence(item.kind, state, item.cause)


def _mapping(item: SyncItem) -> dict[str, Any]:
    """Return what is wrong with the mapping of an item, and the refusal by ServiceTitan that stops it."""
    return {
        "mapping_wrong": item.cause in OF_THE_BINDING,
        "refusal": refusal_of(item) if item.state in STOPPED else None,
        "unmapped": roles_without_items(item.tenant_id) if item.cause == MAPPING_MISSING else [],
    }


def _party(item: SyncItem) -> str:
    """Return who has to put the cause right: the holders of what is missing, else the party of the cause.

    Empty if no one can, such as after the end of a contract.
    """
    if item.cause and not causes.responsible_party(item.cause):
        return ""
    holders = {str(part.get("holder", "")) for part in item.missing} - {""}
    if _SHARED in holders:
        holders = holders - {_SHARED} | {causes.US, _CUSTOMER}
    if holders:
        return get_text_list(sorted(holders), "and")
    return causes.responsible_party(item.cause) if item.cause else ""


def _booked(item: SyncItem) -> dict[str, str]:
    """Return the answer by which the office booked the request, with the values of a proof; empty if there is none."""
    answer = booked_answer(item) if item.state not in ENDED else None
    if answer is None:
        return {}
    at = answer.created_at.astimezone(item.tenant.shown_zone)
    return {
        "by": answer.by.name,
        "at": local(answer.created_at, item.tenant.shown_zone),
        "done_where": "Contractor's portal, Mark as booked",
        "done_reference": f"Booked by {answer.by.name}"[:120],
        "done_at": f"{at:%Y-%m-%dT%H:%M}",
    }


def _asked_for(item: SyncItem, *, unmasked: bool) -> dict[str, Any]:
    """Return the request and its contact, masked unless `unmasked`."""
    asked = selectors.request_of(item)
    return {
        "contact": contact(item.lead, unmasked=unmasked),
        "request_facts": request_facts(item, asked, unmasked=unmasked),
        "capacity": capacity_facts(asked),
        "photos": asked.photos,
        "received": local(item.lead.received_at, item.tenant.shown_zone) if item.lead else "",
        "waited": spell(timezone.now() - item.lead.received_at) if item.lead else "",
        "usual_reasons": USUAL_REASONS,
        "service": asked.booking.service if asked.booking else "",
        "pairs": _pairs(item, asked, unmasked=unmasked),
        "suspicions": [Suspicion(word).label for word in item.lead.suspected] if item.lead else [],
    }


def _pairs(item: SyncItem, asked: Asked, *, unmasked: bool) -> list[selectors.Pair]:
    """Return the request next to what would be sent, while a booking is open."""
    if asked.booking is None or item.kind != Kind.BOOKING_REQUEST or item.state in ENDED:
        return []
    return selectors.compare(asked.booking, unmasked=unmasked)


def listed(options: list[Option], item: SyncItem, facts: Facts) -> dict[str, Any]:
    """Return the actions for the page: the primary one, the other buttons, and the disabled ones grouped by reason."""
    can = {option.move: option for option in options if not option.why}
    greyed: dict[str, list[str]] = {}
    for option in options:
        if option.why:
            greyed.setdefault(option.why, []).append(option.label)
    apart = (Move.UNDO, Move.MANUAL_COMPLETE, Move.NOTE)
    links = [(can[move], _route(f"ops:{move}", item)) for move in can if move not in apart]
    send_first = Move.RESEND in can and (facts.cause == CAPACITY_REVIEW or facts.state == State.UNKNOWN)
    return {
        "links": [(option, url) for option, url in links if url],
        # A single action is shown first while a person must decide.
        "primary": Move.RESEND if send_first else Move.MANUAL_COMPLETE if item.state in STOPPED else "",
        "greyed": [(", ".join(labels), why) for why, labels in greyed.items()],
        "finish": can.get(Move.MANUAL_COMPLETE),
        "undo": can.get(Move.UNDO),
        "noting": can.get(Move.NOTE),
    }


def usual_proof(item: SyncItem) -> dict[str, str]:
    """Return the usual place and reason of a manual completion, so that only its reference has to be typed."""
    places = {Kind.BOOKING_REQUEST: "ServiceTitan, Calls screen", Kind.BUSINESS_NOTIFICATION: "By phone"}
    cause = causes.cause_of(item.cause)
    return {"done_where": places.get(Kind(item.kind), ""), "reason": f"{cause.title}." if cause else ""}


def done_before(text: str, actor: User) -> dict[str, Any]:
    """Return the item that this person just finished, with the seconds left to undo that; empty if there are none.

    Two queries; none without the text of a public id.
    """
    try:
        item = SyncItem.objects.select_related("lead").filter(public_id=UUID(text)).first() if text else None
    except ValueError:
        item = None
    left = ending_of(item, actor).seconds_left if item else 0
    return {"item": item, "undo_left": left} if left else {}


def contact(lead: Lead | None, *, unmasked: bool) -> dict[str, str]:
    """Return the contact details, masked unless `unmasked`."""
    if lead is None:
        return {}
    address = ", ".join(part for part in (lead.street, lead.city, f"{lead.state} {lead.zip}".strip()) if part)
    source = "\n".join(f"{key}: {value}" for key, value in lead.source.items())
    values: dict[str, tuple[str, Callable[[str], str]]] = {
        "Name": (lead.name, masking.name),
        "Phone": (lead.phone, masking.phone),
        "Email": (lead.email, masking.email),
        "Address": (address, lambda _: masking.HIDDEN),
        "Message": (lead.message, masking.text),
        "Source": (source, lambda _: masking.HIDDEN),
    }
    return {label: value if unmasked or not value else mask(value) for label, (value, mask) in values.items()}


def request_facts(item: SyncItem, asked: Asked, *, unmasked: bool) -> dict[str, str]:
    """Return the request. Answers that could not be read are shown as typed, masked unless `unmasked`."""
    booking = asked.booking
    if booking is None or item.lead is None:
        return {}
    day = f"{booking.preferred_date:%A, %B %-d, %Y}" if booking.preferred_date else "no preferred day"
    facts = {
        "Service": booking.service,
        "Urgency": booking.urgency_label or "not given",
        "Prefers": f"{day}, {booking.window_label}",
        "Page": booking.page_path,
        "Received": f"{local(item.lead.received_at, item.tenant.shown_zone)}, by {item.lead.get_channel_display()}",
    }
    for label, text in unparsed_answers.lines(booking.as_typed):
        facts[f"{label}, as typed"] = text if unmasked else masking.text(text)
    return facts


def capacity_facts(asked: Asked) -> dict[str, str]:
    """Return the capacity rule's choice and its inputs; empty if none was made."""
    choice: Mapping[str, Any] = (asked.booking.capacity if asked.booking else None) or {}
    if not choice:
        return {}
    facts = {
        "Rule": str(choice.get("rule") or "no rule matched"),
        "First call to action": str(choice.get("primary", "")),
        "Dispatch review required": "yes" if choice.get("needs_review") else "no",
        "Shown to the visitor": str(choice.get("sentence", "")),
    }
    inputs: Mapping[str, Any] = choice.get("inputs") or {}
    given = {str(name).replace("_", " "): str(value) for name, value in inputs.items() if value}
    return facts | {"Inputs": "\n".join(f"{name}: {value}" for name, value in given.items())}


def proof(item: SyncItem, *, shown: bool) -> str:
    """Return where the item was completed manually; the typed text may contain a name, so it is hidden unless
    `shown`.
    """
    if item.done_at is None:
        return ""
    typed = f"{item.done_where}, reference {item.done_reference}" if item.done_reference else "(details erased)"
    return f"{typed if shown else masking.HIDDEN}, {local(item.done_at, item.tenant.shown_zone)}"


def local(at: datetime, zone: tzinfo) -> str:
    """Format a time in a tenant's time zone, with the abbreviation of the zone."""
    return times.shown(at, zone)


def spell(lag: timedelta) -> str:
    """Format a duration in its two largest units: `2 h 5 min`."""
    seconds = max(0, int(lag.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds % 60, "s")]
    first = next((n for n, (count, _) in enumerate(parts) if count), 3)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count) or "0 s"


def _ended_by(item: SyncItem, story: Timeline) -> selectors.Event | None:
    """Return the action by which a person ended the item."""
    wanted = _ENDINGS.get(State(item.state))
    acts = [event for event in story.events if event.sort == "act" and event.what == wanted]
    return acts[-1] if acts else None


def _route(name: str, item: SyncItem) -> str:
    """Return the URL of an action; empty if there is no such page."""
    try:
        return reverse(name, args=[item.public_id])
    except NoReverseMatch:
        return ""
