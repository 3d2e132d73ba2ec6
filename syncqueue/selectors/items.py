"""Lists of items: what is due, what is shown, page by page. Needs a scope that shows the rows."""

from datetime import datetime

from django.core import signing
from django.db.models import Count, Q
from django.db.models.functions import Now

from ..models import State, SyncItem

PAGE = 50
_CURSOR_SALT = "syncqueue.cursor"


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
