"""Queries for the work queue: what its rows show, who can take an item, what comes next, and what is new."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import OpsRole
from syncqueue.leads.models import BookingRequest

from ..filters import WORK_QUEUE, Filters, waiting_for_person
from ..models import ENDED, ItemTriage, State, SyncItem, TriageChange
from .counts import capped, count_each
from .items import next_items

#: Items that are read to find the next one that no one else works on.
_LOOKAHEAD = 20


@dataclass(frozen=True)
class WorkFacts:
    """Facts that a row of the queue shows besides the item. `snoozed_until` is empty once the snooze has ended.

    `has_urgency` is false if the visitor gave no urgency. `has_left`: the assignee can no longer act on items.
    """

    service: str = ""
    has_urgency: bool = True
    assignee_id: int | None = None
    assignee: str = ""
    snoozed_until: datetime | None = None
    snooze_reason: str = ""
    has_left: bool = False


NO_FACTS = WorkFacts()
#: Roles of people who may act on items.
_ACTING = (OpsRole.OPERATOR, OpsRole.LEAD)


def work_facts(items: Sequence[SyncItem]) -> Mapping[int, WorkFacts]:
    """Return the facts of each item by its id. Two queries for a page of items."""
    tenants, leads = {item.tenant_id for item in items}, {item.lead_id for item in items if item.lead_id}
    asked = BookingRequest.objects.filter(tenant__in=tenants, lead__in=leads)
    shown = asked.only("lead_id", "service", "urgency", "as_typed")
    requests = {request.lead_id: request for request in shown} if leads else {}
    rows = ItemTriage.objects.filter(tenant__in=tenants, item__in=[item.pk for item in items])
    asleep = Q(snoozed_until__gt=Now(), snoozed_at__gte=F("item__state_since"))
    acts = Q(assignee__is_active=True, assignee__ops_role__in=_ACTING)
    named = rows.annotate(name=F("assignee__name"), asleep=asleep, acts=acts) if items else ()
    triage = {row.item_id: row for row in named}
    return {item.pk: _facts(requests.get(item.lead_id or 0), triage.get(item.pk)) for item in items}


def _facts(request: BookingRequest | None, triage: ItemTriage | None) -> WorkFacts:
    service, has_urgency = (request.service, bool(request.urgency_given)) if request else ("", True)
    if triage is None:
        return WorkFacts(service, has_urgency)
    asleep = bool(getattr(triage, "asleep", False))
    name = getattr(triage, "name", None) or ""
    has_left = bool(name) and not getattr(triage, "acts", True)
    return WorkFacts(
        service,
        has_urgency,
        triage.assignee_id,
        f"{name} (has left)" if has_left else name,
        triage.snoozed_until if asleep else None,
        triage.get_snooze_reason_display() if asleep else "",
        has_left,
    )


def people() -> list[User]:
    """Return the active people who may act on the queue, by name. A single query of columns that operators may read."""
    rows = User.objects.filter(is_active=True, ops_role__in=_ACTING)
    return list(rows.order_by("name", "pk").only("id", "public_id", "name", "ops_role"))


def next_item(filters: Filters, *, after: SyncItem, actor: User) -> SyncItem | None:
    """Return the item to work on after `after`: the next of its list, else the first, that no one else works on.

    `after` itself may have left the list. At most four queries.
    """
    listing = filters if filters.active() else WORK_QUEUE
    for start in (after, None):
        items = [item for item in next_items(listing, start, _LOOKAHEAD) if item.pk != after.pk and _open(item)]
        facts = work_facts(items)
        free = [item for item in items if _is_free(facts[item.pk], actor)]
        if free:
            return free[0]
    return None


def _is_free(facts: WorkFacts, actor: User) -> bool:
    return facts.assignee_id in (None, actor.pk) or facts.has_left


def _open(item: SyncItem) -> bool:
    return item.state not in ENDED and item.state != State.SENDING


@dataclass(frozen=True)
class News:
    """Counts of changes since the operator's last visit. They stop at 1,001."""

    since: datetime
    arrived: int
    assigned: int
    woken: int
    ended: int

    @property
    def any(self) -> bool:
        return bool(self.arrived or self.assigned or self.woken or self.ended)

    @property
    def sentence(self) -> str:
        """Return the counts that are not zero: `2 new items need a person, 1 snooze ended.`"""
        new = f"{capped(self.arrived)} new item{'' if self.arrived == 1 else 's'} "
        parts = {
            new + ("needs a person" if self.arrived == 1 else "need a person"): self.arrived,
            f"{capped(self.assigned)} assigned to you by others": self.assigned,
            f"{capped(self.woken)} snooze{'' if self.woken == 1 else 's'} ended": self.woken,
            f"{capped(self.ended)} of your items ended": self.ended,
        }
        return ", ".join(words for words, count in parts.items() if count) + "."


def news(actor: User, since: datetime) -> News:
    """Count what is new for `actor`: items that arrived, were assigned to them by others, woke up, or of theirs ended.

    A single statement; each part is served by an index.
    """
    mine = ItemTriage.objects.filter(assignee=actor)
    waits = waiting_for_person(SyncItem.objects.filter(tenant=OuterRef("tenant_id"), pk=OuterRef("item_id")))
    by_others = TriageChange.objects.filter(at__gt=since, item__in=mine.values("item"), after__assignee_id=actor.pk)
    arrived, assigned, woken, ended = count_each(
        [
            waiting_for_person(SyncItem.objects.filter(created_at__gt=since)),
            by_others.exclude(by=actor).values("item").distinct(),
            ItemTriage.objects.filter(Exists(waits), snoozed_until__gt=since, snoozed_until__lte=Now()),
            mine.filter(item__state__in=ENDED, item__state_since__gt=since),
        ]
    )
    return News(since, arrived, assigned, woken, ended)
