"""Mark the outbox of a restored database, so that nothing is sent twice, and name the stored leads that it lacks."""

from collections.abc import Collection, Iterable, Mapping
from itertools import batched

from django.db.models.functions import Greatest, Now

from pagetojob.platform import states
from pagetojob.platform.tenants import scope
from syncqueue.leads.models import Lead

from ..models import NOTICES, OPEN, Kind, State, SyncItem
from ..notices.models import RecipientNotice
from ..notices.outgoing import DUE

BATCH = 1000


def mark_open_items() -> int:
    """Mark every open item of every tenant; return how many.

    A booking gets two lookups before it may be sent: what was sent after the backup is not in these rows. An email
    has no lookup, so it is sent and labeled as a possible duplicate. So is a notice to a further recipient, which is
    no item: its next attempt counts as another one.
    """
    with scope.worker():
        RecipientNotice.objects.filter(DUE).update(attempts=Greatest("attempts", 1))
        items = SyncItem.objects.filter(state__in=OPEN)
        bookings = items.filter(kind=Kind.BOOKING_REQUEST).update(
            must_reconcile=True,
            looked_up=0,
            looked_up_at=None,
            send_began_at=Now(),
        )
        return bookings + items.filter(kind__in=NOTICES).update(possibly_twice=True)


def lost_leads(listed: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return the listed leads that the database lacks, oldest first and each once."""
    leads = {row["reference"]: dict(row) for row in listed}.values()
    lost: list[dict[str, str]] = []
    for batch in batched(leads, BATCH, strict=False):
        with scope.worker():
            rows = Lead.objects.filter(reference__in=[row["reference"] for row in batch])
            present = set(rows.values_list("reference", flat=True))
        lost += [row for row in batch if row["reference"] not in present]
    return lost


def cancel_erased(items: Collection[int]) -> int:
    """Cancel open items of a person whose erasure is repeated: they had ended when the person was erased."""
    with scope.worker():
        rows = list(SyncItem.objects.filter(pk__in=items, state__in=OPEN))
        for row in rows:
            if row.state == State.SENDING:
                states.move(row, State.QUEUED, lease_until=None)
            states.move(row, State.CANCELLED, due_at=None)
    return len(rows)
