"""Lists of items, page by page, and what the list shows with them. Needs a scope that shows the rows."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.core import signing
from django.db.models import Q, QuerySet

from pagetojob.platform.paging import PAGE_SIZE
from pagetojob.platform.tenants.models import Tenant, User

from ..filters import Filters
from ..models import SavedView, SyncItem
from ..office_answer import answer_of_item

ALL = Filters()
_CURSOR_SALT = "syncqueue.cursor:"
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_LISTED = ("envelope", "missing", "lead__message", "lead__source", "lead__consent_text")


class BadCursor(Exception):
    """Raised for a page cursor that is not ours, or that belongs to another list."""


@dataclass(frozen=True)
class Page:
    """A page of a list, in its order. `newer` and `older` are cursors of the adjacent pages, or empty.

    `top` is a cursor too: items that arrived later are counted from it.
    """

    items: list[SyncItem]
    newer: str
    older: str
    top: str


def items_page(filters: Filters = ALL, *, after: str = "", before: str = "") -> Page:
    """Return up to 50 items, in the order of `filters`.

    `after` is a page's `older` cursor, `before` its `newer` cursor; raises BadCursor for any other text, and for a
    cursor of other filters. A single query at any depth; a second one if too few newer items exist to fill a page,
    which returns the first page instead.
    """
    rows = listed(filters)
    if before:
        at = _read_mark(filters, before)
        page = list(_beyond(rows, filters, at, ahead=False).order_by(*filters.order).reverse()[: PAGE_SIZE + 1])
        if len(page) > PAGE_SIZE:
            shown = page[PAGE_SIZE - 1 :: -1]
            return Page(shown, mark(filters, shown[0]), mark(filters, shown[-1]), "")
    if after:
        rows = _beyond(rows, filters, _read_mark(filters, after), ahead=True)
    page = list(rows.order_by(*filters.order)[: PAGE_SIZE + 1])
    shown = page[:PAGE_SIZE]
    top = mark(filters, shown[0]) if shown else _sign(filters, _EARLIEST, 0)
    return Page(
        items=shown,
        newer=top if shown and after else "",
        older=mark(filters, shown[-1]) if len(page) > PAGE_SIZE else "",
        top="" if after or filters.scheduled else top,
    )


def next_items(filters: Filters, after: SyncItem | None, size: int) -> list[SyncItem]:
    """Return the next `size` items of a list that is read to its end, in order. A single query."""
    rows = listed(filters)
    if after:
        rows = _beyond(rows, filters, (filters.key(after), after.pk), ahead=True)
    return list(rows.order_by(*filters.order)[:size])


def newer_than(filters: Filters, top: str) -> QuerySet[SyncItem]:
    """Return the items that have been added to a list since its `top` cursor; raises BadCursor."""
    return _beyond(filters.queryset(), filters, _read_mark(filters, top), ahead=False)


def items_by_public_id(public_ids: Collection[UUID]) -> list[SyncItem]:
    """Return the named items that exist, as a list shows them. A single query."""
    return list(listed(ALL).filter(public_id__in=public_ids))


def listed(filters: Filters) -> QuerySet[SyncItem]:
    """Select the items with only the columns that the list shows."""
    rows = filters.queryset().select_related("tenant", "lead", "binding").defer(*_NOT_LISTED)
    return rows.annotate(answer=answer_of_item())


def mark(filters: Filters, item: SyncItem) -> str:
    """Return the cursor of `item` in the list of `filters`, signed for that list."""
    return _sign(filters, filters.key(item), item.pk)


def _beyond(rows: QuerySet[SyncItem], filters: Filters, at: tuple[datetime, int], *, ahead: bool) -> QuerySet[SyncItem]:
    """Select the rows after the position `at`, or before it. The first condition enters the index."""
    name = filters.order[0].removeprefix("-")
    side = "lt" if filters.order[0].startswith("-") == ahead else "gt"
    when, pk = at
    return rows.filter(Q(**{f"{name}__{side}": when}) | Q(**{f"pk__{side}": pk}), **{f"{name}__{side}e": when})


def _sign(filters: Filters, at: datetime, pk: int) -> str:
    return signing.dumps([at.isoformat(), pk], salt=_CURSOR_SALT + filters.as_query())


def _read_mark(filters: Filters, text: str) -> tuple[datetime, int]:
    try:
        at, pk = signing.loads(text, salt=_CURSOR_SALT + filters.as_query())
        return datetime.fromisoformat(at), int(pk)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadCursor from error


def tenant_named(slug: str) -> Tenant | None:
    """Return the tenant with this slug, if there is one. A single query."""
    return Tenant.objects.filter(slug=slug).first()


def slugs_by_name(names: Collection[str]) -> Mapping[str, str]:
    """Return the slug of each tenant by name, without ambiguous names. A single query."""
    pairs = list(Tenant.objects.filter(name__in=names).values_list("name", "slug"))
    often = Counter(name for name, _ in pairs)
    return {name: slug for name, slug in pairs if often[name] == 1}


def saved_views(user: User) -> Sequence[SavedView]:
    """Return this person's saved views, at most 20, by name. A single query."""
    return list(SavedView.objects.filter(user=user).order_by("name"))
