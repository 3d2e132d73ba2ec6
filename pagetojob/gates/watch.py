"""Whether a decision still holds, asked before each send of a long batch, for one query a second."""

import time
from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from pagetojob.platform.postgresql.arrays import array
from pagetojob.platform.postgresql.base import prepared_cursor

from .services import Decision

EVERY_SECONDS = 1.0
_EPOCHS = "SELECT id, gates_epoch FROM tenants_tenant WHERE id = ANY (%s::bigint[])"


class Watch:
    """Knows the epochs of the tenants a sender works for, and reads them anew once they are a second old.

    Any change of a flag, of evidence or of the demo mark raises its tenant's epoch; a decision made at another
    epoch no longer holds. So a gate that shuts stops a batch within a second plus the request in flight. An open
    transaction does not matter at READ COMMITTED. When the database cannot be read the error passes on, and
    nothing is sent. Not shared between threads, but for `holds` and `remembers`, which touch no database.
    """

    def __init__(self, tenant_ids: Iterable[int] = (), *, clock: Callable[[], float] = time.monotonic) -> None:
        self._tenants = set(tenant_ids)
        self._clock = clock
        self._epochs: dict[int, int] = {}
        self._read_at: float | None = None

    def still_open(self, decision: Decision, now: datetime) -> bool:
        """Whether `decision` was open and holds at `now`. A query at most once a second, or for a new tenant."""
        self.look()
        self.add([decision.tenant_id])
        return self.holds(decision, now)

    def add(self, tenant_ids: Iterable[int]) -> None:
        """Watch these tenants too. One query for those that are new, none for no new one."""
        if new := set(tenant_ids) - self._tenants:
            self._tenants |= new
            # Theirs alone: they count as read with the others, which is sooner too old than they are.
            self._epochs |= self._read(new)

    def _read(self, tenant_ids: Collection[int]) -> dict[int, int]:
        if not tenant_ids:
            return {}
        with prepared_cursor() as cursor:
            cursor.execute(_EPOCHS, [array("bigint", list(tenant_ids))])
            return dict(cursor.fetchall())

    def look(self, *, ahead: float = 0.0) -> None:
        """Read the epochs if what is known is a second old, or will be in `ahead` seconds. One query for all."""
        if not self._stale(ahead):
            return
        asked_at = self._clock()
        self._epochs, self._read_at = self._read(self._tenants), asked_at

    def begin_anew(self) -> None:
        """What is known counts as old: a new batch believes nothing that was read for the last one."""
        self._read_at = None

    def holds(self, decision: Decision, now: datetime) -> bool:
        """The same from memory alone, for a thread without a database. What is known too long counts as shut."""
        return bool(self.remembers(decision, now))

    def remembers(self, decision: Decision, now: datetime) -> bool | None:
        """As `holds`, but None when nothing is known of its tenant that may still be believed. One look at the clock:
        between two, what is known may grow too old or be read anew."""
        if self._stale() or (epoch := self._epochs.get(decision.tenant_id)) is None:
            return None
        lasts = decision.valid_until is None or now < decision.valid_until
        return decision.open and lasts and epoch == decision.epoch

    def _stale(self, ahead: float = 0.0) -> bool:
        return self._read_at is None or self._clock() + ahead - self._read_at >= EVERY_SECONDS
