"""A PostgreSQL connection that does not wait for ever.

`statement_timeout` is kept by the server, so a server that is frozen keeps none, and the kernel still
acknowledges every packet, so `tcp_user_timeout` never fires either. Here the client counts as well. It waits
longer than any statement may take; whoever answers a visitor asks for less, with `patience`.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.postgresql import base
from django.db.backends.postgresql.features import DatabaseFeatures as PostgresFeatures
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from django.db.backends.utils import CursorWrapper
from psycopg import errors

#: For everything that asks for nothing else: migrations and nightly counts take their time.
LONGEST_SECONDS = 600.0
ON_REQUEST = 2**31
_patience: ContextVar[float] = ContextVar("patience", default=LONGEST_SECONDS)


@contextmanager
def patience(seconds: float) -> Generator[None]:
    """Within, no statement of this thread is waited for longer than `seconds`."""
    token = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(token)


class Connection(psycopg.Connection[Any]):
    """Gives up on a server that does not answer, and closes: what became of the statement is not known."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        limit = _patience.get() if timeout is None else timeout
        try:
            return super().wait(gen, interval=interval, timeout=limit)
        except errors._WaitTimeout:
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the database did not answer within {limit:g} s") from None


class PreparedCursor(psycopg.Cursor[Any]):
    """Each of its statements is planned once for the connection. Its values travel apart from it."""

    def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
        return super().execute(query, params, **how | {"prepare": True})


def prepared_cursor() -> CursorWrapper:
    """A cursor of this thread's connection for the few statements that are executed many times a second.

    The server keeps the plan of a statement for each text and each list of types; keep both few. It plans anew when
    statistics or tables change, and when another role executes it. One rule: name the columns that are returned, for
    a kept statement whose `*` has grown by a migration fails.
    """
    wrapper: Any = connection
    wrapper.close_if_health_check_failed()
    wrapper.ensure_connection()
    with wrapper.wrap_database_errors:
        found: CursorWrapper = wrapper._prepare_cursor(PreparedCursor(wrapper.connection))
    return found


class DatabaseFeatures(PostgresFeatures):
    """Those of PostgreSQL 18, the only one we run on: checks and migrations need not ask a server for its version."""

    is_postgresql_18 = True


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's, but for the class of its connections."""

    features_class = DatabaseFeatures

    @property
    def queries_logged(self) -> bool:
        """Only where a test asks: DEBUG alone would keep the text of the last 9000 statements in every worker."""
        return bool(self.force_debug_cursor)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        self.isolation_level = IsolationLevel.READ_COMMITTED
        # Prepared is what asks for it, and nothing for being asked often.
        return Connection.connect(**conn_params | {"prepare_threshold": ON_REQUEST})
