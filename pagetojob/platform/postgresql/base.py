"""PostgreSQL connection with a client-side timeout.

The server enforces `statement_timeout`, so a frozen server does not, and the kernel still acknowledges every packet, so
`tcp_user_timeout` never fires either. The client therefore counts as well. Its limit is longer than any statement may
take: code that serves visitors sets a short one with `patience`, and workers and the dispatcher with `limit_waits`.
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

from .schema import DatabaseSchemaEditor

#: Limit of commands: migrations and nightly counts take their time.
LONGEST_SECONDS = 600.0
ON_REQUEST = 2**31
_patience: ContextVar[float | None] = ContextVar("patience", default=None)
_process_limit = LONGEST_SECONDS


def limit_waits(seconds: float) -> None:
    """Limit how long this process waits for a statement outside a `patience` block, in all its threads."""
    global _process_limit  # noqa: PLW0603 - threads do not inherit a context variable
    _process_limit = seconds


@contextmanager
def patience(seconds: float) -> Generator[None]:
    """Limit how long any statement of this thread is waited for, within the block."""
    token = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(token)


class Connection(psycopg.Connection[Any]):
    """Connection that closes when the server does not respond. The outcome of the statement is then unknown."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        limit = (_patience.get() or _process_limit) if timeout is None else timeout
        try:
            return super().wait(gen, interval=interval, timeout=limit)
        except errors._WaitTimeout:
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the database did not answer within {limit:g} s") from None


class PreparedCursor(psycopg.Cursor[Any]):
    """Cursor whose statements are prepared once per connection; values are sent separately."""

    def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
        return super().execute(query, params, **how | {"prepare": True})


def set_time_limit(milliseconds: int) -> None:
    """Set the statement timeout until the end of this transaction. A single statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])


def fetch_all(sql: str, params: Any = None) -> list[tuple[Any, ...]]:
    """Run a query and return all its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def fetch_value(sql: str, params: Any = None) -> Any:
    """Run a query and return the first column of its first row, or None if there is no row."""
    rows = fetch_all(sql, params)
    return rows[0][0] if rows else None


def prepared_cursor() -> CursorWrapper:
    """Return a cursor of this thread's connection, for the few statements that run many times per second.

    The server caches one plan per statement text and list of types; keep both few. It replans when statistics or tables
    change, and when another role executes the statement. Name the returned columns: a prepared statement fails when its
    `*` has grown by a migration.
    """
    wrapper: Any = connection
    wrapper.close_if_health_check_failed()
    wrapper.ensure_connection()
    with wrapper.wrap_database_errors:
        cursor: CursorWrapper = wrapper._prepare_cursor(PreparedCursor(wrapper.connection))
    return cursor


class DatabaseFeatures(PostgresFeatures):
    """Features of PostgreSQL 18, the only supported version, so that checks need not query the server's version."""

    is_postgresql_18 = True


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper with our connection class."""

    features_class = DatabaseFeatures
    SchemaEditorClass = DatabaseSchemaEditor

    @property
    def queries_logged(self) -> bool:
        """Return whether a test asked for query logging.

        With DEBUG alone, every worker would store its last 9,000 statements.
        """
        return bool(self.force_debug_cursor)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        self.isolation_level = IsolationLevel.READ_COMMITTED
        # Statements are prepared only on request, not because they run often.
        return Connection.connect(**conn_params | {"prepare_threshold": ON_REQUEST})
