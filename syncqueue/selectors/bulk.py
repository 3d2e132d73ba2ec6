"""Previews of bulk actions on items of one tenant. Writes nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from pagetojob.platform.tenants.models import Tenant, User

from ..bulk_list import MOST, BulkList, BulkMove, by_state, left_out
from ..filters import Filters
from ..item_actions import Person, person_of
from ..models import ENDED, OPEN, SyncItem
from .counts import LIMIT

SHOWN = 20
#: The largest number of selected rows.
MOST_TICKED = 500
_NEEDED = (
    *("public_id", "tenant", "lead", "kind", "state", "cause", "error_class", "due_at", "binding"),
    *("resend_asked_by", "created_at", "lead__tenant", "lead__spoken_code", "lead__excluded_as", "lead__suspected"),
)
_SAME_REQUEST = "Another item of the same request is already in the list."


@dataclass(frozen=True)
class BulkPreview:
    """The list that a run would process, its first 20 items, and the skipped items by reason.

    `more`: the filter matches further items; a run takes the oldest 5,000.
    """

    chosen: BulkList
    first: Sequence[SyncItem]
    skipped: Sequence[tuple[str, str]]
    more: bool


def preview_bulk(
    *, tenant: Tenant, move: BulkMove, actor: User, filters: Filters, ticked: Sequence[UUID] | None = None
) -> BulkPreview:
    """Return what `move` would do to the items of `filters`, or only to the `ticked` ones of them.

    Two queries and at most 5,000 rows. Items of other tenants are never matched.
    """
    rows = filters.queryset().filter(tenant=tenant)
    if ticked is not None:
        rows = SyncItem.objects.order_by().filter(tenant=tenant, public_id__in=ticked[:MOST_TICKED])
    why: Counter[str] = Counter()
    ended = 0
    if not move.excluded_as:
        ended = rows.filter(state__in=ENDED)[: LIMIT + 1].count()
        rows = rows.filter(state__in=OPEN)
    items = list(_with_needed(rows)[: MOST + 1])
    included = _included(items[:MOST], move, person_of(actor), why)
    skipped = [(reason, f"{count:,}") for reason, count in why.most_common()]
    if ended:
        skipped.append(("It has already ended.", f"{ended:,}" if ended <= LIMIT else f"{LIMIT:,}+"))
    if ticked is not None and (strange := len(set(ticked)) - len(items) - ended) > 0:
        skipped.append(("It is not an item of this tenant.", f"{strange:,}"))
    words = filters.but(tenant="").describe() if ticked is None else "selected rows"
    chosen = BulkList(tenant.pk, actor.pk, move, by_state(included), query=filters.as_query(), words=words)
    return BulkPreview(chosen, included[:SHOWN], skipped, more=len(items) > MOST)


def preview_again(chosen: BulkList) -> BulkPreview:
    """Return the preview of a list that was shown before. A single query."""
    first = SyncItem.objects.filter(tenant=chosen.tenant_id, pk__in=chosen.in_order[:SHOWN])
    return BulkPreview(chosen, list(_with_needed(first)), (), more=False)


def _with_needed(rows: QuerySet[SyncItem]) -> QuerySet[SyncItem]:
    return rows.select_related("lead").only(*_NEEDED).order_by("id")


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
