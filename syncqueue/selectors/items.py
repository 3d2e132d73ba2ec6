"""Lists of items, page by page, and what the list shows with them. Needs a scope that shows the rows."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.db.models import BooleanField, F, Func, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.utils import timezone

from pagetojob.platform.paging import PAGE_SIZE
from pagetojob.platform.tenants.models import Tenant, User

from ..arrival import arrival_of_item
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
    return Page(
        items=shown,
        newer=mark(filters, shown[0]) if shown and after else "",
        older=mark(filters, shown[-1]) if len(page) > PAGE_SIZE else "",
        top="" if after else _top(filters, shown),
    )


def _top(filters: Filters, shown: Sequence[SyncItem]) -> str:
    """Return the cursor from which new items are counted; empty for a list by due time."""
    if filters.needs_person:
        return _sign(filters, (timezone.now(),))
    if not filters.grows_at_top:
        return ""
    return mark(filters, shown[0]) if shown else _sign(filters, (_EARLIEST, 0))


def next_items(filters: Filters, after: SyncItem | None, size: int) -> list[SyncItem]:
    """Return the next `size` items of a list that is read to its end, in order. A single query."""
    rows = listed(filters)
    if after:
        rows = _beyond(rows, filters, filters.key(after), ahead=True)
    return list(rows.order_by(*filters.order)[:size])


def newer_than(filters: Filters, top: str) -> QuerySet[SyncItem]:
    """Return the items that have been added to a list since its `top` cursor; raises BadCursor."""
    if not filters.needs_person:
        return _beyond(filters.queryset(), filters, _read_mark(filters, top), ahead=False)
    since, *rest = _read_mark(filters, top)
    if rest:
        raise BadCursor
    return filters.queryset().filter(created_at__gt=since)


def items_by_public_id(public_ids: Collection[UUID]) -> list[SyncItem]:
    """Return the named items that exist, as a list shows them. A single query."""
    return list(listed(ALL).filter(public_id__in=public_ids))


def listed(filters: Filters) -> QuerySet[SyncItem]:
    """Select the items with only the columns that the list shows."""
    rows = filters.queryset().select_related("tenant", "lead", "binding").defer(*_NOT_LISTED)
    return rows.annotate(answer=answer_of_item(), arrival=arrival_of_item())


def mark(filters: Filters, item: SyncItem) -> str:
    """Return the cursor of `item` in the list of `filters`, signed for that list."""
    return _sign(filters, filters.key(item))


def _beyond(
    rows: QuerySet[SyncItem], filters: Filters, at: Sequence[int | datetime], *, ahead: bool
) -> QuerySet[SyncItem]:
    """Select the rows after the position `at`, or before it, by one comparison of rows that an index serves."""
    if len(at) != len(filters.order):
        raise BadCursor
    names = [name.removeprefix("-") for name in filters.order]
    further = LessThan if filters.order[0].startswith("-") == ahead else GreaterThan
    return rows.filter(further(_row(*map(F, names)), _row(*map(Value, at))))


def _row(*values: F | Value) -> Func:
    """Return the SQL row `(a, b)`."""
    return Func(*values, template="(%(expressions)s)", arg_joiner=", ", output_field=BooleanField())


def _sign(filters: Filters, at: Sequence[int | datetime]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in at]
    return signing.dumps(plain, salt=_CURSOR_SALT + filters.as_query())


def _read_mark(filters: Filters, text: str) -> list[Any]:
    try:
        plain = signing.loads(text, salt=_CURSOR_SALT + filters.as_query())
        return [datetime.fromisoformat(value) if isinstance(value, str) else int(value) for value in plain]
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
