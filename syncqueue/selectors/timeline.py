"""The history of one item, and its related rows. Needs a scope that shows them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Now

from pagetojob.platform.audit.actions import label_of
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.audit.services import subject_key
from pagetojob.platform.tenants.models import User
from pagetojob.titanmap.models import PageBinding
from syncqueue.leads.models import BookingRequest, LeadPhoto

from ..arrival import arrival_of_item
from ..models import ENDED, ItemNote, Kind, Lane, SyncAttempt, SyncItem
from ..notices.models import DeliveryReport
from ..notices.selectors import notices_to_same

#: The most attempts, notes and actions that a page shows, newest of each.
MOST_SHOWN = 100
_NOTED = "syncqueue.note"


@dataclass(frozen=True)
class Event:
    """A line of a timeline. `sort` is created, try, report, act or note; `changes` are [field, before, after]."""

    at: datetime
    sort: str
    what: str
    detail: str = ""
    who: str = ""
    changes: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True)
class Timeline:
    """The history of an item, oldest first. `cut` names the parts that are not complete."""

    events: Sequence[Event]
    cut: Sequence[str] = ()


@dataclass(frozen=True)
class RelatedItem:
    """Another item of the same request, and how long it took or has taken."""

    item: SyncItem
    lag: timedelta
    ended: bool


@dataclass(frozen=True)
class Asked:
    """The booking request of an item's lead, and the positions of the photos sent with it."""

    booking: BookingRequest | None
    photos: Sequence[int] = ()


def acts_on(item: SyncItem) -> Sequence[Mapping[str, Any]]:
    """Return people's actions on the item and its request, newest first: at, action, reason, actor_label, name,
    changes.

    A single query; at most one more than `MOST_SHOWN`.
    """
    subjects = [subject_key(item), *([subject_key(item.lead)] if item.lead else [])]
    entries = AuditEntry.objects.filter(subject__in=subjects).exclude(action=_NOTED).order_by("-id")
    return list(
        entries.values("at", "action", "reason", "actor_label", "changes", name=F("actor__name"))[: MOST_SHOWN + 1]
    )


def related_items(item: SyncItem) -> list[RelatedItem]:
    """Return the other items of the same request, each with its lag since the request came in. A single query."""
    if item.lead is None:
        return []
    received = item.lead.received_at
    rows = SyncItem.objects.filter(tenant=item.tenant_id, lead=item.lead_id).exclude(pk=item.pk)
    rows = rows.annotate(clock=Now(), arrival=arrival_of_item())
    return [
        RelatedItem(row, (row.state_since if row.state in ENDED else row.clock) - received, row.state in ENDED)
        for row in rows.order_by("kind", "id")
    ]


def request_of(item: SyncItem) -> Asked:
    """Return the request and the positions of its photos. Two queries; none for an item without a lead."""
    if item.lead_id is None:
        return Asked(None)
    booking = (
        BookingRequest.objects.filter(tenant=item.tenant_id, lead=item.lead_id)
        .select_related("binding", "lead", "tenant", *(f"binding__{role}" for role in PageBinding.MAPPED))
        .first()
    )
    photos = LeadPhoto.objects.filter(tenant=item.tenant_id, lead=item.lead_id).order_by("position")
    return Asked(booking, list(photos.values_list("position", flat=True)))


def stopped_lane(item: SyncItem) -> Lane | None:
    """Return the lane of the item, if it is paused or its breaker is open. A single query."""
    stands = Q(held_at__isnull=False) | Q(paused_until__gt=Now())
    return Lane.objects.filter(stands, tenant=item.tenant_id, kind=item.kind).first()


def asked_by(item: SyncItem) -> str:
    """Return the name of the person who requested the resend of an unknown outcome. A single query; none if no one
    did.
    """
    if item.resend_asked_by_id is None:
        return ""
    # Ordered by a column that operators may read: the default order of users is by email.
    names = User.objects.order_by("pk").values_list("name", flat=True)
    return names.filter(pk=item.resend_asked_by_id).first() or "somebody"


def timeline(item: SyncItem) -> Timeline:
    """Return the history of an item in order: capture, attempts, reports of servers, notes, people's actions.

    Three queries, and one for a notice.
    """
    attempts = list(SyncAttempt.objects.filter(tenant=item.tenant_id, item=item).order_by("-id")[: MOST_SHOWN + 1])
    notes = list(
        ItemNote.objects.filter(tenant=item.tenant_id, item=item)
        .order_by("-id")
        .values("text", "created_at", name=F("author__name"))[: MOST_SHOWN + 1]
    )
    acts = acts_on(item)
    events = [Event(item.created_at, "created", "created", "Stored with its request." if item.lead_id else "")]
    events += [
        Event(entry.settled_at, "try", entry.outcome, entry.detail, entry.worker) for entry in attempts[:MOST_SHOWN]
    ]
    events += [Event(entry["created_at"], "note", "note", entry["text"], entry["name"]) for entry in notes[:MOST_SHOWN]]
    events += [_act(act) for act in acts[:MOST_SHOWN]]
    events += [Event(row.at, "report", row.get_kind_display(), _code(row)) for row in _reports(item)]
    histories = (("attempts", attempts), ("notes", notes), ("actions", acts))
    cut = [name for name, rows in histories if len(rows) > MOST_SHOWN]
    return Timeline(sorted(events, key=lambda event: event.at), cut)


def _reports(item: SyncItem) -> Iterable[DeliveryReport]:
    """Return the reports about the notices to the recipient whose notice an item carries, such as its reminder."""
    if item.kind != Kind.BUSINESS_NOTIFICATION:
        return ()
    reports = DeliveryReport.objects.filter(tenant=item.tenant_id, notice__in=notices_to_same(item))
    return reports.order_by("-pk")[:MOST_SHOWN]


def _code(report: DeliveryReport) -> str:
    return f"Code {report.code}" if report.code else ""


def did(action: str) -> str:
    """Return a description of an action of a person, for the middle of a sentence."""
    label = label_of(action)
    return label[:1].lower() + label[1:]


def _act(act: Mapping[str, Any]) -> Event:
    who = f"{act['name']} ({act['actor_label']})" if act["name"] else act["actor_label"]
    return Event(act["at"], "act", did(act["action"]), act["reason"], who, _readable(act["changes"]))


def _readable(changes: Mapping[str, Sequence[Any]]) -> list[tuple[str, str, str]]:
    """Format changes. The log contains personal values as hashes, which are labeled as such."""

    def words(value: object) -> str:
        if value is None or value == "":
            return "nothing"
        return "(stored as a hash)" if str(value).startswith("hmac:") else str(value)

    return [
        (name.replace("_", " "), words(pair[0]), words(pair[1]))
        for name, pair in changes.items()
        if isinstance(pair, list) and len(pair) == 2
    ]


_RESPONSE = re.compile(
    r"^(?P<sentence>.*) \(status (?P<status>\d{3})"
    r"(?:, rejected: (?P<fields>[^()]*?))?(?:, trace (?P<trace>[^)]{1,120}))?\)$",
    re.DOTALL,
)


def responses_of(attempts: Iterable[tuple[datetime, str]]) -> list[dict[str, Any]]:
    """Return the responses that did not deliver, in order, from the (time, detail) pairs of attempts. Pure.

    An attempt stores our sentence with the response status and trace id; nothing of the response body is stored.
    """
    matches = ((at, _RESPONSE.match(detail)) for at, detail in attempts)
    return [{"at": at, **match.groupdict("")} for at, match in matches if match]
