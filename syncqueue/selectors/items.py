"""Lists of items: what is due, what is shown, page by page. Needs a scope that shows the rows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.core import signing
from django.db.models import Q, QuerySet

from ..filters import Filters
from ..models import SyncItem

PAGE = 50
ALL = Filters()
_CURSOR_SALT = "syncqueue.cursor:"
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_LISTED = ("envelope", "missing", "lead__message", "lead__source", "lead__consent_text")


class BadCursor(Exception):
    """The page mark in the address was not made by us, or was made for another list."""


@dataclass(frozen=True)
class Page:
    """Some items of a list, in its order. `newer` and `older` are marks of the pages beside it, or empty.

    `top` is a mark too: what has come since then is counted from it.
    """

    items: list[SyncItem]
    newer: str
    older: str
    top: str


def items_page(filters: Filters = ALL, *, after: str = "", before: str = "") -> Page:
    """Up to 50 items, in the order of `filters`.

    `after` is the `older` mark of a page, `before` its `newer` mark; raises BadCursor for any other text,
    and for a mark of other filters. One query whatever the depth; a second one when there are too few
    newer items to fill a page, which shows the first page instead.
    """
    rows = listed(filters)
    if before:
        at = _read_mark(filters, before)
        page = list(_beyond(rows, filters, at, ahead=False).order_by(*_turned(filters.order))[: PAGE + 1])
        if len(page) > PAGE:
            shown = page[PAGE - 1 :: -1]
            return Page(shown, mark(filters, shown[0]), mark(filters, shown[-1]), "")
    if after:
        rows = _beyond(rows, filters, _read_mark(filters, after), ahead=True)
    page = list(rows.order_by(*filters.order)[: PAGE + 1])
    shown = page[:PAGE]
    top = mark(filters, shown[0]) if shown else _sign(filters, _EARLIEST, 0)
    return Page(
        items=shown,
        newer=top if shown and after else "",
        older=mark(filters, shown[-1]) if len(page) > PAGE else "",
        top="" if after or filters.scheduled else top,
    )


def next_items(filters: Filters, after: SyncItem | None, size: int) -> list[SyncItem]:
    """The next `size` items of a list that is walked to its end, in its order. One query."""
    rows = listed(filters)
    if after:
        rows = _beyond(rows, filters, (filters.key(after), after.pk), ahead=True)
    return list(rows.order_by(*filters.order)[:size])


def newer_than(filters: Filters, top: str) -> QuerySet[SyncItem]:
    """What has come into a list since its `top` mark; raises BadCursor."""
    return _beyond(filters.queryset(), filters, _read_mark(filters, top), ahead=False)


def items_by_public_id(public_ids: Collection[UUID]) -> list[SyncItem]:
    """Those of the named items that there are, as a list shows them. One query."""
    return list(listed(ALL).filter(public_id__in=public_ids))


def listed(filters: Filters) -> QuerySet[SyncItem]:
    """The items with what a row of the list shows, and without what it does not."""
    return filters.queryset().select_related("tenant", "lead", "binding").defer(*_NOT_LISTED)


def mark(filters: Filters, item: SyncItem) -> str:
    """Where `item` stands in the list of `filters`, signed for that list."""
    return _sign(filters, filters.key(item), item.pk)


def _beyond(rows: QuerySet[SyncItem], filters: Filters, at: tuple[datetime, int], *, ahead: bool) -> QuerySet[SyncItem]:
    """The rows after the place `at`, or before it. The first condition is what the index is entered by."""
    name = filters.order[0].removeprefix("-")
    side = "lt" if filters.order[0].startswith("-") == ahead else "gt"
    when, pk = at
    return rows.filter(Q(**{f"{name}__{side}": when}) | Q(**{f"pk__{side}": pk}), **{f"{name}__{side}e": when})


def _turned(order: tuple[str, ...]) -> list[str]:
    return [name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in order]


def _sign(filters: Filters, at: datetime, pk: int) -> str:
    return signing.dumps([at.isoformat(), pk], salt=_CURSOR_SALT + filters.as_query())


def _read_mark(filters: Filters, text: str) -> tuple[datetime, int]:
    try:
        at, pk = signing.loads(text, salt=_CURSOR_SALT + filters.as_query())
        return datetime.fromisoformat(at), int(pk)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadCursor from error
