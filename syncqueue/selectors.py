"""What is shown, counted and due. Each needs a scope in which the rows can be seen."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Now

from pagetojob.kernel.audit.models import AuditEntry
from pagetojob.kernel.audit.services import subject_key
from pagetojob.kernel.leads.models import Exclusion, Lead
from pagetojob.kernel.tenants.models import Tenant

from .models import BUCKETS, Kind, State, SyncAttempt, SyncItem

PAGE = 50
_CURSOR_SALT = "syncqueue.cursor"


@dataclass(frozen=True)
class Books:
    """captured = delivered + manual complete + waiting + excluded; `missing` leads have no item."""

    captured: int
    delivered: int
    manual_complete: int
    waiting: int
    excluded: int

    @property
    def missing(self) -> int:
        return self.captured - self.delivered - self.manual_complete - self.waiting - self.excluded

    @property
    def balance(self) -> bool:
        return self.missing == 0

    def __add__(self, other: "Books") -> "Books":
        return Books(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def books(tenant: Tenant | None = None) -> Books:
    """The books of one tenant, or of all that the scope shows. Two queries over two tables.

    The database lets a lead have one booking request's item at most, so no surplus hides a hole.
    """
    owner = {"tenant": tenant} if tenant else {}
    counts = SyncItem.objects.filter(kind=Kind.BOOKING_REQUEST, **owner).aggregate(**_bucket_counts())
    return Books(captured=Lead.objects.filter(**owner).count(), **counts)


def books_by_tenant() -> list[tuple[str, Books]]:
    """The books of each tenant with its name: first those that do not balance, then the largest. Two queries."""
    names = list(_bucket_counts())
    items = {
        pk: dict(zip(names, numbers, strict=True))
        for pk, *numbers in SyncItem.objects.filter(kind=Kind.BOOKING_REQUEST)
        .order_by()
        .values_list("tenant_id")
        .annotate(**_bucket_counts())
    }
    empty = dict.fromkeys(names, 0)
    captured = Lead.objects.order_by().values_list("tenant_id", "tenant__name").annotate(n=Count("pk"))
    found = [(name, Books(captured=n, **items.get(pk, empty))) for pk, name, n in captured]
    return sorted(found, key=lambda row: (row[1].balance, -row[1].captured))


def _bucket_counts() -> dict[str, Count]:
    in_books = Q(lead__excluded_as=Exclusion.NONE)
    counts = {
        name.replace(" ", "_"): Count("pk", filter=in_books & Q(state__in=states))
        for name, states in BUCKETS.items()
        if name != "excluded"
    }
    return counts | {"excluded": Count("pk", filter=~in_books | Q(state__in=BUCKETS["excluded"]))}


def anything_due() -> bool:
    """Whether a worker would find something to claim. One query on the index of due items."""
    return SyncItem.objects.filter(state__in=(State.QUEUED, State.RETRYING), due_at__lte=Now()).exists()


def state_counts() -> dict[str, int]:
    """How many items are in each state, zero included. One query."""
    counted = dict(SyncItem.objects.order_by().values_list("state").annotate(n=Count("pk")))
    return {state: counted.get(state, 0) for state in State.values}


class BadCursor(Exception):
    """The page mark in the address was not made by us."""


def items_page(*, state: str = "", after: str = "") -> tuple[list[SyncItem], str]:
    """Up to 50 items, newest first, and the mark of the next page (empty at the end).

    `state` is a State value or empty for all; `after` is a mark this function gave out; raises
    BadCursor for any other. One query, whatever the depth of the page.
    """
    rows = SyncItem.objects.select_related("tenant", "lead", "binding")
    if state:
        rows = rows.filter(state=State(state))
    if after:
        at, pk = _read_cursor(after)
        # The first condition is what the index is entered by.
        rows = rows.filter(Q(created_at__lt=at) | Q(pk__lt=pk), created_at__lte=at)
    page = list(rows.order_by("-created_at", "-id")[: PAGE + 1])
    if len(page) <= PAGE:
        return page, ""
    last = page[PAGE - 1]
    mark = signing.dumps([last.created_at.isoformat(), last.pk], salt=_CURSOR_SALT)
    return page[:PAGE], mark


def _read_cursor(mark: str) -> tuple[datetime, int]:
    try:
        at, pk = signing.loads(mark, salt=_CURSOR_SALT)
        return datetime.fromisoformat(at), int(pk)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadCursor from error


def attempts_of(item: SyncItem) -> QuerySet[SyncAttempt]:
    return SyncAttempt.objects.filter(tenant=item.tenant_id, item=item).order_by("id")


def acts_on(item: SyncItem) -> Sequence[Mapping[str, Any]]:
    """What people did to the item, oldest first: at, action, reason, actor_label, name. One query."""
    entries = AuditEntry.objects.filter(subject=subject_key(item)).order_by("id")
    return list(entries.values("at", "action", "reason", "actor_label", name=F("actor__name")))


def siblings_of(item: SyncItem) -> Sequence[SyncItem]:
    """The other items owed for the same lead. One query."""
    if item.lead_id is None:
        return []
    return list(SyncItem.objects.filter(tenant=item.tenant_id, lead=item.lead_id).exclude(pk=item.pk))


def timeline(item: SyncItem) -> list[dict[str, Any]]:
    """Everything that happened to an item, in order: capture, tries, acts of people. Two queries."""
    events: list[dict[str, Any]] = [{"at": item.created_at, "what": "owed", "detail": "Stored with its lead."}]
    events += [
        {
            "at": attempt.settled_at,
            "what": attempt.outcome,
            "detail": attempt.detail,
            "who": attempt.worker,
        }
        for attempt in attempts_of(item)
    ]
    events += [
        {
            "at": act["at"],
            "what": act["action"].rpartition(".")[2].replace("_", " "),
            "detail": act["reason"],
            "who": f"{act['name']} ({act['actor_label']})",
        }
        for act in acts_on(item)
    ]
    return sorted(events, key=lambda event: event["at"])
