"""Check before each send of a long batch that a gate decision is still valid, with one query per second."""

import time
from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from pagetojob.platform.postgresql.base import prepared_cursor

from .services import Decision

EVERY_SECONDS = 1.0
_EPOCHS = "SELECT id, gates_epoch FROM tenants_tenant WHERE id = ANY (%b::bigint[])"


class Watch:
    """Cache of the gate epochs of a sender's tenants, refreshed when it is one second old.

    Any change of a flag, of evidence, of the demo mark or of the tenant's state increments its epoch, and a decision
    made at another epoch is no longer valid. A closed gate therefore stops a batch within one second plus the request
    in flight. Works inside a transaction at READ COMMITTED. Database errors propagate, so nothing is sent. Not
    thread-safe, except `holds` and `remembers`, which make no query.
    """

    def __init__(self, tenant_ids: Iterable[int] = (), *, clock: Callable[[], float] = time.monotonic) -> None:
        self._tenants = set(tenant_ids)
        self._clock = clock
        self._epochs: dict[int, int] = {}
        self._read_at: float | None = None

    def still_open(self, decision: Decision, now: datetime) -> bool:
        """Return True if `decision` is open and valid at `now`. At most one query per second, or per new tenant."""
        self.refresh()
        self.add([decision.tenant_id])
        return self.holds(decision, now)

    def add(self, tenant_ids: Iterable[int]) -> None:
        """Watch these tenants too. Runs one query if any of them is new."""
        if new := set(tenant_ids) - self._tenants:
            self._tenants |= new
            # Reads only the new tenants. `_read_at` stays older than their epochs, which errs on the safe side.
            self._epochs |= self._read(new)

    def _read(self, tenant_ids: Collection[int]) -> dict[int, int]:
        if not tenant_ids:
            return {}
        with prepared_cursor() as cursor:
            cursor.execute(_EPOCHS, [list(tenant_ids)])
            return dict(cursor.fetchall())

    def refresh(self, *, ahead: float = 0.0) -> None:
        """Refresh the epochs if they are one second old, or will be in `ahead` seconds. Runs one query for all."""
        if not self._stale(ahead):
            return
        asked_at = self._clock()
        self._epochs, self._read_at = self._read(self._tenants), asked_at

    def invalidate(self) -> None:
        """Invalidate the cache, so that a new batch does not use epochs read for the last one."""
        self._read_at = None

    def holds(self, decision: Decision, now: datetime) -> bool:
        """Check as `still_open`, but only from the cache, for threads without a database. Stale epochs mean closed."""
        return bool(self.remembers(decision, now))

    def remembers(self, decision: Decision, now: datetime) -> bool | None:
        """Check as `holds`, but return None if there is no current epoch for the tenant.

        Reads the clock once, because the cache could become stale or be refreshed between two reads.
        """
        if self._stale() or (epoch := self._epochs.get(decision.tenant_id)) is None:
            return None
        lasts = decision.valid_until is None or now < decision.valid_until
        return decision.open and lasts and epoch == decision.epoch

    def _stale(self, ahead: float = 0.0) -> bool:
        return self._read_at is None or self._clock() + ahead - self._read_at >= EVERY_SECONDS
