"""CSV export of the queue. Safe to open in a spreadsheet, and without any personal value."""

import hashlib
from collections.abc import Callable, Generator, Sequence
from datetime import datetime

from django.utils import timezone

from pagetojob.logs import request_id
from pagetojob.platform import masking
from pagetojob.platform.audit.services import record
from pagetojob.platform.spreadsheet import BYTE_ORDER_MARK, csv_bytes
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability

from ..causes import cause_of
from ..errors import QueueError
from ..filters import Filters
from ..models import ENDED, SyncItem

MOST = 10_000
BATCH = 500

#: Takes the filters, the last item so far and a size; returns the next items in list order.
Reader = Callable[[Filters, SyncItem | None, int], Sequence[SyncItem]]


def _utc(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""


#: Heading and value of each column, in the order of the file. A proof names a place that a person typed, so only its
#: presence is exported.
COLUMNS: dict[str, Callable[[SyncItem], object]] = {
    "code": lambda item: item.lead.spoken_code if item.lead else "",
    "reference": lambda item: item.lead.reference if item.lead else "",
    "kind": lambda item: item.get_kind_display(),
    "tenant": lambda item: item.tenant.name,
    "state": lambda item: item.shown_state,
    "cause": lambda item: cause.title if (cause := cause_of(item.cause)) else "",
    "last error": lambda item: masking.contacts_in(item.last_error),
    "attempts": lambda item: item.attempts,
    "owed since (UTC)": lambda item: _utc(item.created_at),
    "due (UTC)": lambda item: _utc(item.due_at),
    "ended (UTC)": lambda item: _utc(item.state_since if item.state in ENDED else None),
    "proof": lambda item: "on file" if item.done_at else "",
}


def begin_export(*, actor: User, filters: Filters, reason: str) -> None:
    """Record that an export begins, before its first row is sent."""
    if not actor.can(Ability.VIEW_QUEUE):
        raise QueueError("Your role cannot view the queue.")
    if not reason.strip():
        raise QueueError("Enter what the file is for; it is recorded in the audit log.")
    record(
        action="syncqueue.export",
        subject="export",
        reason=reason,
        actor=actor,
        changes={"filters": (None, filters.describe())},
    )


def export_rows(*, actor: User, filters: Filters, reason: str, read: Reader) -> Generator[bytes]:
    """Yield the file in pieces: a header, at most 10,000 items, and a last row that says whether that is all.

    UTF-8 with a byte order mark; all cells quoted. Each batch of 500 is read in its own transaction, so a slow download
    holds none open. However it ends, a second audit line records the number of items and the SHA-256 of the bytes sent.
    """
    # When the rows are read the request is over, and its id is gone.
    return _export_rows(actor, filters, reason, read, request_id.get())


def _export_rows(actor: User, filters: Filters, reason: str, read: Reader, asked: str) -> Generator[bytes]:
    digest, items, whole = hashlib.sha256(), 0, False
    try:
        for count, piece in _pieces(actor, filters, read):
            digest.update(piece)
            items += count
            yield piece
        whole = True
    finally:
        token = request_id.set(asked)
        try:
            _note_end(actor, reason, items=items, digest=digest.hexdigest(), whole=whole)
        finally:
            request_id.reset(token)


def _pieces(actor: User, filters: Filters, read: Reader) -> Generator[tuple[int, bytes]]:
    """Yield pairs of the number of items in a piece, and its bytes."""
    began, last, left, more = timezone.now(), None, MOST, True
    yield 0, BYTE_ORDER_MARK.encode() + csv_bytes([list(COLUMNS)])
    while more and left:
        size = min(BATCH, left)
        with scope.operator(actor, reason="export"):
            batch = read(filters, last, size + 1)
        items, more = batch[:size], len(batch) > size
        left -= len(items)
        if items:
            last = items[-1]
            yield len(items), csv_bytes([[value(item) for value in COLUMNS.values()] for item in items])
    yield 0, csv_bytes([_end(MOST - left, began, whole=not more)])


def _end(count: int, began: datetime, *, whole: bool) -> Sequence[object]:
    extent = "all that matched" if whole else "the first of more: narrow the filter to see more"
    return (f"End: {count:,} items, {extent}, at {_utc(began)} UTC", *[""] * (len(COLUMNS) - 1))


def _note_end(actor: User, reason: str, *, items: int, digest: str, whole: bool) -> None:
    with scope.operator(actor, reason="export"):
        record(
            action="syncqueue.export_end",
            subject="export",
            reason=reason,
            actor=actor,
            changes={"items": (None, items), "sha256": (None, digest), "finished": (None, whole)},
        )
