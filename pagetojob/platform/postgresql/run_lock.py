"""A lock for work that commits several transactions."""

from contextlib import suppress
from types import TracebackType
from typing import Any

from django.db import DatabaseError, connection


class RunLock:
    """Advisory lock with a name. Entering returns whether this process got it; no process waits for it.

    An open transaction on a second connection holds it: it ends with the process, and the holder commits its own
    transactions as they end. A session-level lock would stay in a session that PgBouncer gives to another client.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._holder: Any = None

    def __enter__(self) -> bool:
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
