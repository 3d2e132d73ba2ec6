"""Bulk actions: previews of their items, and runs for their pages. Writes nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from pagetojob.platform.runs.models import OPEN as UNFINISHED
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import words_of
from pagetojob.platform.tenants.models import Tenant, User

from ..bulk_list import MOST, BulkList, BulkMove, by_tenant_and_state, left_out
from ..filters import Filters
from ..item_actions import Person, person_of
from ..models import ENDED, OPEN, SyncItem
from .counts import LIMIT, capped

SHOWN = 20
#: The largest number of selected rows.
MOST_TICKED = 500
_NEEDED = (
    *("public_id", "tenant", "lead", "kind", "state", "cause", "error_class", "due_at", "binding"),
    *(
        "resend_asked_by",
        "created_at",
        "tenant__name",
        "lead__tenant",
        "lead__spoken_code",
        "lead__excluded_as",
        "lead__suspected",
    ),
)
_SAME_REQUEST = "Another item of the same request is already in the list."


@dataclass(frozen=True)
class BulkPreview:
    """The list that runs would process, its first 20 items, and the skipped items by reason.

    `tenants` has the number of items of each. `more`: the filter matches further items; an action takes the oldest
    5,000.
    """

    chosen: BulkList
    tenants: Sequence[tuple[Tenant, int]]
    first: Sequence[SyncItem]
    skipped: Sequence[tuple[str, str]]
    more: bool


def preview_bulk(
    *, tenant: Tenant | None, move: BulkMove, actor: User, filters: Filters, ticked: Sequence[UUID] | None = None
) -> BulkPreview:
    """Return what `move` would do to the items of `filters`, or only to the `ticked` ones of them.

    With `tenant`, items of other tenants are never matched. Three queries and at most 5,000 rows.
    """
    rows = filters.queryset()
    if ticked is not None:
        rows = SyncItem.objects.order_by().filter(public_id__in=ticked[:MOST_TICKED])
    if tenant is not None:
        rows = rows.filter(tenant=tenant)
    why: Counter[str] = Counter()
    ended = 0
    if not move.excluded_as:
        ended = rows.filter(state__in=ENDED)[: LIMIT + 1].count()
        rows = rows.filter(state__in=OPEN)
    items = list(_with_needed(rows)[: MOST + 1])
    included = _included(items[:MOST], move, person_of(actor), why)
    skipped = [(reason, f"{count:,}") for reason, count in why.most_common()]
    if ended:
        skipped.append(("It has already ended.", capped(ended)))
    if ticked is not None and (strange := len(set(ticked)) - len(items) - ended) > 0:
        reason = "It is not an item of this contractor." if tenant else "There is no such item."
        skipped.append((reason, f"{strange:,}"))
    words = filters.but(tenant="").describe() if ticked is None else "selected rows"
    chosen = BulkList(actor.pk, move, by_tenant_and_state(included), query=filters.as_query(), words=words)
    return BulkPreview(chosen, _tenants(chosen), included[:SHOWN], skipped, more=len(items) > MOST)


def _tenants(chosen: BulkList) -> list[tuple[Tenant, int]]:
    """Return the tenants of a list with the number of their items. A single query."""
    rows = Tenant.objects.filter(pk__in=chosen.ids).order_by("name", "pk")
    return [(tenant, len(chosen.of(tenant.pk))) for tenant in rows]


def preview_again(chosen: BulkList) -> BulkPreview:
    """Return the preview of a list that was shown before. Two queries."""
    first = SyncItem.objects.filter(tenant__in=chosen.ids, pk__in=chosen.in_order[:SHOWN])
    return BulkPreview(chosen, _tenants(chosen), list(_with_needed(first)), (), more=False)


def _with_needed(rows: QuerySet[SyncItem]) -> QuerySet[SyncItem]:
    return rows.select_related("lead", "tenant").only(*_NEEDED).order_by("id")


def _included(items: Sequence[SyncItem], move: BulkMove, who: Person, why: Counter[str]) -> list[SyncItem]:
    included: list[SyncItem] = []
    leads: set[int | None] = set()
    for item in items:
        reason = left_out(move, item, who)
        if not reason and move.excluded_as and item.lead_id in leads:
            reason = _SAME_REQUEST
        if reason:
            why[reason] += 1
        else:
            leads.add(item.lead_id)
            included.append(item)
    return included


RECENT = 50
#: Runs of one action are started within this time.
_APART = timedelta(minutes=1)


@dataclass(frozen=True)
class LeftOut:
    """An item that a run skipped, and why."""

    item: SyncItem
    why: str


@dataclass(frozen=True)
class RunView:
    """A run. `done` of `total` items are processed: `worked` were changed, the others skipped with a reason."""

    run: Run
    asked_by: str
    tenant: str
    worked: int
    skipped: Sequence[tuple[str, int]]
    examples: Sequence[LeftOut]
    stopped_at: SyncItem | None
    siblings: Sequence[Run] = ()

    @property
    def open(self) -> bool:
        return self.run.state in UNFINISHED

    @property
    def is_of_items(self) -> bool:
        """Return whether it changes items of the queue, whose timelines then name it."""
        return self.run.kind.startswith("syncqueue.")

    @property
    def skipped_count(self) -> int:
        return sum(count for _, count in self.skipped)

    @property
    def percent(self) -> int:
        return 100 * self.run.done // self.run.total if self.run.total else 0

    @property
    def waiting(self) -> int:
        return max((self.run.total or 0) - self.run.done, 0)

    @property
    def words(self) -> str:
        """Return the description of the run; without one, its kind."""
        params = self.run.params if isinstance(self.run.params, dict) else {}
        return words_of(self.run.kind, params.get("words"))

    @property
    def stopped(self) -> bool:
        return self.run.state == RunState.FAILED

    @property
    def sentence(self) -> str:
        """Return the status in one sentence."""
        match self.run.state:
            case RunState.QUEUED:
                return "Waiting for a worker." if not self.run.done else "Continuing shortly."
            case RunState.RUNNING:
                return "In progress. You can leave this page; the run continues."
            case RunState.DONE:
                return "Finished."
            case RunState.CANCELLED:
                return f"Stopped by a person. Completed changes remain; {self.waiting:,} items were not processed."
        return f"Stopped by an error. Completed changes remain; {self.waiting:,} items were not processed."


def run_view(run: Run) -> RunView:
    """Return one run for its page, with the runs of the same action for other tenants. Three queries."""
    nonce = run.params.get("nonce")
    same = Run.objects.filter(kind=run.kind, params__nonce=nonce, asked_by=run.asked_by_id).exclude(pk=run.pk)
    around = same.filter(created_at__range=(run.created_at - _APART, run.created_at + _APART))
    asked_by = Run.objects.filter(pk=run.pk).values_list("asked_by__name", flat=True).first()
    tally: dict[str, Any] = run.cursor if isinstance(run.cursor, dict) else {}
    why = dict(tally.get("examples", ()))
    stopped_at = tally.get("stopped_at")
    shown = SyncItem.objects.filter(tenant=run.tenant_id, pk__in=[*why, *([stopped_at] if stopped_at else [])])
    items = {item.pk: item for item in shown.select_related("lead").order_by("id")}
    return RunView(
        run=run,
        asked_by=asked_by or "",
        tenant=run.tenant.name,
        worked=tally.get("done", run.done),
        skipped=sorted(tally.get("skipped", {}).items(), key=lambda pair: -pair[1]),
        examples=[LeftOut(items[pk], reason) for pk, reason in why.items() if pk in items],
        stopped_at=items.get(stopped_at) if stopped_at else None,
        siblings=list(around.select_related("tenant").order_by("tenant__name", "id")) if nonce else (),
    )


def recent_runs() -> list[dict[str, Any]]:
    """Return the newest 50 runs. A single query."""
    rows = (
        # Ids ascend with the times of creation, and have an index over all runs.
        Run.objects.order_by("-id")
        .annotate(tenant_name=F("tenant__name"), person=F("asked_by__name"), described=F("params__words"))
        .values("public_id", "kind", "described", "state", "done", "total", "created_at", "tenant_name", "person")
    )
    return [row | {"words": words_of(row["kind"], row["described"])} for row in rows[:RECENT]]
