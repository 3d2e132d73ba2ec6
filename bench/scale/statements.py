"""Statistics of statements and indexes, from pg_stat_statements and PostgreSQL."""

from dataclasses import dataclass
from typing import Any

import psycopg

from bench.rig import Rig
from pagetojob.local.database_url import with_database

#: The statement that leases items, by a name that only it has.
LEASE = "%sized AS (%"
#: Statements that only begin and end a transaction or set the role and the tenant.
_FRAME = r"^(BEGIN|COMMIT|ROLLBACK|SET|RESET|SELECT set_config)"
_TOTALS = """
    SELECT coalesce(sum(calls), 0)::bigint,
        coalesce(sum(calls) FILTER (WHERE query !~* %(frame)s), 0)::bigint,
        coalesce(sum(total_exec_time), 0)::float8,
        coalesce(sum(calls) FILTER (WHERE query LIKE %(lease)s), 0)::bigint,
        coalesce(sum(total_exec_time) FILTER (WHERE query LIKE %(lease)s), 0)::float8,
        coalesce(max(max_exec_time) FILTER (WHERE query LIKE %(lease)s), 0)::float8,
        coalesce(sum(rows) FILTER (WHERE query LIKE %(lease)s), 0)::bigint
    FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND userid <> (SELECT oid FROM pg_roles WHERE rolname = current_user)
"""
_MOST = """
    SELECT round(total_exec_time)::bigint, calls, left(regexp_replace(query, '\\s+', ' ', 'g'), 90)
    FROM pg_stat_statements WHERE userid <> (SELECT oid FROM pg_roles WHERE rolname = current_user)
    ORDER BY total_exec_time DESC LIMIT 8
"""
_INDEXES = "SELECT indexrelname, idx_scan FROM pg_stat_user_indexes WHERE relname = 'syncqueue_syncitem'"
_SEQUENTIAL = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'syncqueue_syncitem'"
_CONNECTIONS = """
    SELECT count(*) FROM pg_stat_activity WHERE usename = 'pagetojob_app' AND backend_type = 'client backend'
"""


@dataclass(frozen=True)
class Totals:
    """What ran since the last reset; times in milliseconds."""

    statements: int
    #: Without BEGIN, COMMIT and the settings of a transaction.
    queries: int
    milliseconds: float
    leases: int
    lease_milliseconds: float
    longest_lease: float
    leased: int


class Database:
    """The superuser's view of the database under load."""

    def __init__(self, rig: Rig) -> None:
        with psycopg.connect(rig.postgres.admin_url, autocommit=True) as session:
            session.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
        rig.postgres.stop()
        rig.postgres.start()
        self.session = psycopg.connect(with_database(rig.postgres.admin_url, "pagetojob"), autocommit=True)
        self.session.execute("CREATE EXTENSION pg_stat_statements")

    def one(self, query: str, **values: Any) -> tuple[Any, ...]:
        row = self.session.execute(query.encode(), values or None).fetchone()
        assert row is not None
        return row

    def reset(self) -> None:
        self.session.execute("SELECT pg_stat_statements_reset()")

    def totals(self) -> Totals:
        return Totals(*self.one(_TOTALS, frame=_FRAME, lease=LEASE))

    def most_expensive(self) -> list[tuple[int, int, str]]:
        return self.session.execute(_MOST).fetchall()

    def scans(self) -> dict[str, int]:
        """Return the number of uses of each index of the queue, and of reads of the whole table."""
        self.session.execute("SELECT pg_stat_clear_snapshot()")
        return dict(self.session.execute(_INDEXES).fetchall()) | {"the whole table": self.one(_SEQUENTIAL)[0]}

    def connections(self) -> int:
        return int(self.one(_CONNECTIONS)[0])
