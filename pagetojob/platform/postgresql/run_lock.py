"""A lock for work that commits several transactions."""

import logging
from contextlib import suppress
from types import TracebackType
from typing import Any

from django.db import DatabaseError, OperationalError, connection

log = logging.getLogger(__name__)


class RunLock:
    """Advisory lock with a name. Entering returns whether this process got it; no process waits for it.

    An open transaction on a second connection holds it: it ends with the process, and the holder commits its own
    transactions as they end. A session-level lock would stay in a session that PgBouncer gives to another client.
    The server ends the session of a host that died after a minute, by TCP keepalives (docs/how-to/pool-connections.md).

    `required=False` is for a lock that only saves work: without a second connection, the work is done without it.
    """

    def __init__(self, name: str, *, required: bool = True) -> None:
        self._name = name
        self._required = required
        self._holder: Any = None

    def __enter__(self) -> bool:
        try:
            return self._acquire()
        except OperationalError:
            if self._required:
                raise
            log.warning("working without a lock", extra={"lock": self._name})
            return True

    def _acquire(self) -> bool:
        self._holder = connection.copy()
        try:
            self._holder.set_autocommit(False)
            with self._holder.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [self._name])
                (is_ours,) = cursor.fetchone()
        except DatabaseError:
            self.release()
            raise
        if not is_ours:
            self.release()
        return bool(is_ours)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def release(self) -> None:
        """Release the lock if it is held."""
        holder, self._holder = self._holder, None
        if holder is not None:
            with suppress(DatabaseError):  # the session ended, and the lock with it
                holder.rollback()
            holder.close()
