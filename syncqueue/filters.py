"""The closed list of filters over outbox items, and their meaning. Each has an index that serves it.

Filters from a URL, a saved view or a bulk action are always read by `Filters.parse`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import AnswerKind, Exclusion, Lead, LeadAnswer

from .causes import CAUSES, UNKNOWN_CAUSE
from .models import ENDED, OPEN, STOPPED, ItemTriage, Kind, State, SyncItem

_CHOICES: dict[str, frozenset[str]] = {"state": frozenset(State.values), "kind": frozenset(Kind.values)}
#: `assignee` of unassigned items.
UNASSIGNED = "none"
_SHAPES = {
    "tenant": re.compile(r"[-a-zA-Z0-9_]{1,60}"),
    "cause": re.compile(r"[a-z0-9-]{1,40}"),
    "assignee": re.compile(rf"[1-9][0-9]{{0,17}}|{UNASSIGNED}"),
}
_YES = "yes"
MOST_SUSPECTED = 1000


@dataclass(frozen=True)
class Filters:
    """A selection of items. Empty means all; several filters narrow each other down.

    `tenant` is a slug. `cause` selects open items only, without those of excluded requests unless `excluded` is set.
    `untold` selects notices that are open longer than they may be (see `selectors.health`). `suspected` selects the
    newest 1,000 suspected requests that the ledger counts; together with `excluded`, those that it does not count.
    `adopted` selects bookings that a lookup found in ServiceTitan. `scheduled` selects items that a worker takes at a
    set time, and orders them by it.

    `needs_person` is the work queue: items that wait for a person and are not snoozed, the most urgent first, and the
    oldest first among equally urgent ones. Items of excluded requests are not among them. `snoozed` selects the others.
    `assignee` is the id of a person, or `none` for unassigned items. `finished` selects items that have ended.
    """

    state: str = ""
    kind: str = ""
    tenant: str = ""
    cause: str = ""
    untold: bool = False
    scheduled: bool = False
    suspected: bool = False
    excluded: bool = False
    adopted: bool = False
    needs_person: bool = False
    snoozed: bool = False
    finished: bool = False
    assignee: str = ""
    ignored: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> "Filters":
        """Read `query`, such as request.GET. Invalid values are dropped and their names listed in `ignored`."""
        values: dict[str, str | bool] = {}
        ignored = []
        for name in FILTERS:
            value = query.get(name, "").strip()
            if not value:
                continue
            if name in SWITCHES and value == _YES:
                values[name] = True
            elif value in _CHOICES.get(name, ()) or (name in _SHAPES and _SHAPES[name].fullmatch(value)):
                values[name] = value
            else:
                ignored.append(name)
        return replace(cls(ignored=tuple(ignored)), **values)  # type: ignore[arg-type]

    def queryset(self) -> QuerySet[SyncItem]:
        """Return the selected items, unordered. Needs a scope that shows them."""
        rows = SyncItem.objects.order_by()
        for name in ("state", "kind"):
            if value := getattr(self, name):
                rows = rows.filter(**{name: value})
        if self.tenant:
            # Not a join: the tenant's id must be known before the index is used.
            rows = rows.filter(tenant_id=Subquery(Tenant.objects.filter(slug=self.tenant).values("pk")[:1]))
        if self.cause:
            rows = open_with_cause(rows, self.cause, excluded=self.excluded)
        if self.untold:
            late = Now() - timedelta(seconds=settings.UNTOLD_AFTER_SECONDS)
            rows = rows.filter(kind=Kind.BUSINESS_NOTIFICATION, state__in=OPEN, created_at__lt=late)
            rows = rows.filter(_of_a_lead(Q(excluded_as=Exclusion.NONE)))
        if self.scheduled:
            # The last condition is true of all these items; without it sync_item_next_due is not used.
            rows = rows.filter(state__in=(State.QUEUED, State.RETRYING), due_at__isnull=False, lease_until__isnull=True)
        if self.suspected:
            # The planner assumes that half of all leads are suspected. The limit corrects that and bounds the work.
            such = Q() if self.excluded else Q(excluded_as=Exclusion.NONE)
            newest = Lead.objects.filter(such, ~Q(suspected=[])).order_by("-pk").values("pk")[:MOST_SUSPECTED]
            rows = rows.filter(lead__in=newest, tenant_id=F("lead__tenant_id"))
        if self.excluded:
            rows = rows.filter(_of_a_lead(~Q(excluded_as=Exclusion.NONE)))
        if self.adopted:
            rows = rows.filter(adopted=True)
        return self._for_people(rows)

    def _for_people(self, rows: QuerySet[SyncItem]) -> QuerySet[SyncItem]:
        """Apply the filters about the work of people."""
        if self.needs_person:
            rows = waiting_for_person(rows).filter(~_triaged(_ASLEEP))
        if self.snoozed:
            asleep = ItemTriage.objects.filter(_ASLEEP_NOW).values("item_id")
            rows = waiting_for_person(rows).filter(_triaged(_ASLEEP), pk__in=asleep)
        if self.finished:
            rows = rows.filter(state__in=ENDED)
        if self.assignee == UNASSIGNED:
            rows = rows.filter(~_triaged(Q(assignee__isnull=False)))
        elif self.assignee:
            mine = ItemTriage.objects.filter(assignee_id=int(self.assignee)).values("item_id")
            rows = rows.filter(pk__in=mine)
        return rows

    @property
    def order(self) -> tuple[str, ...]:
        """Return the order of the list, which ends with the id: by urgency and age, next due first, or newest first."""
        if self.needs_person:
            return ("priority", "created_at", "id")
        return ("due_at", "id") if self.scheduled else ("-created_at", "-id")

    @property
    def order_words(self) -> str:
        """Return a description of the order."""
        if self.needs_person:
            return "most urgent first, then oldest first"
        return "due next first" if self.scheduled else "newest first"

    @property
    def grows_at_top(self) -> bool:
        """Return whether new items are added at the top of the list."""
        return self.order[0] == "-created_at"

    def key(self, item: SyncItem) -> tuple[int | datetime, ...]:
        """Return the values by which `item` is sorted."""
        return tuple(getattr(item, name.removeprefix("-")) for name in self.order)

    def as_query(self) -> str:
        """Return the query string, always in the same order: `state=blocked&tenant=desert-peak`."""
        return urlencode(self.as_fields())

    def as_fields(self) -> list[tuple[str, str]]:
        """Return the (name, value) pairs of a form's hidden fields."""
        return [(name, _YES if value is True else str(value)) for name, value in self.active().items()]

    def describe(self) -> str:
        """Return a description for reasons and headings: `state blocked, tenant desert-peak`; `all items`."""
        words = {
            "state": f"state {State(self.state).label}" if self.state else "",
            "kind": f"kind {Kind(self.kind).label}" if self.kind else "",
            "tenant": f"tenant {self.tenant}",
            "cause": f"cause “{CAUSES.get(self.cause, UNKNOWN_CAUSE).title}”",
            "assignee": "not assigned" if self.assignee == UNASSIGNED else f"assigned to person {self.assignee}",
            **SWITCHES,
        }
        return ", ".join(words[name] for name in self.active()) or "all items"

    def active(self) -> dict[str, str | bool]:
        """Return the filters that are set, in their order, with their values."""
        return {name: value for name in FILTERS if (value := getattr(self, name))}

    def but(self, **changes: str | bool) -> "Filters":
        """Return a copy with some filters changed: `filters.but(state="blocked")`."""
        return replace(self, ignored=(), **changes)  # type: ignore[arg-type]


#: Boolean filters, each with its description.
SWITCHES = {
    "untold": "business not notified in time",
    "scheduled": "scheduled",
    "suspected": "suspected request",
    "excluded": "excluded from the ledger",
    "adopted": "duplicate prevented",
    "needs_person": "needs a person",
    "snoozed": "snoozed",
    "finished": "finished",
}
#: The queue that operations opens on.
WORK_QUEUE = Filters(needs_person=True)
FILTERS = tuple(field.name for field in fields(Filters) if field.name != "ignored")


def waiting_for_person(rows: QuerySet[SyncItem]) -> QuerySet[SyncItem]:
    """Select the items that wait for a person."""
    return _to_act_on(rows).filter(state__in=STOPPED)


def open_with_cause(rows: QuerySet[SyncItem], cause: str | Combinable, *, excluded: bool = False) -> QuerySet[SyncItem]:
    """Select the open items with a cause: those on which someone may have to act; with `excluded`, all of them."""
    return (rows if excluded else _to_act_on(rows)).filter(cause=cause, state__in=OPEN)


def _to_act_on(rows: QuerySet[SyncItem]) -> QuerySet[SyncItem]:
    """Leave out the items of excluded requests, such as a test: no one has to act on them.

    An unknown item stays in any case, because it may have been booked. So does the item of a duplicate by the office's
    answer, because an operator decides whether it is: a wrong press must not hide a request.
    """
    answers = LeadAnswer.objects.filter(tenant=OuterRef("tenant_id"), lead=OuterRef("pk"), undone_at=None)
    by_office = Q(Exists(answers.filter(kind=AnswerKind.DUPLICATE)), excluded_as=Exclusion.DUPLICATE)
    excluded = _of_a_lead(~Q(excluded_as=Exclusion.NONE) & ~by_office)
    return rows.filter(Q(state=State.UNKNOWN) | ~excluded)


def _of_a_lead(such: Q) -> Exists:
    return Exists(Lead.objects.filter(such, tenant_id=OuterRef("tenant_id"), pk=OuterRef("lead_id")))


#: A snooze ends by itself at its time, and when the state of the item changes.
_ASLEEP_NOW = Q(snoozed_until__gt=Now())
_ASLEEP = _ASLEEP_NOW & Q(snoozed_at__gte=OuterRef("state_since"))


def _triaged(such: Q) -> Exists:
    return Exists(ItemTriage.objects.filter(such, tenant_id=OuterRef("tenant_id"), item_id=OuterRef("pk")))
