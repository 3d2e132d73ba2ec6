"""Incremental linking: selects the pairs that can affect the answers for new or changed leads and jobs.

All records that were read count for frequencies and for the office's habits; only pairs whose result may change are
compared. Jobs that may belong to a new lead are answered again, and so are other jobs of a lead that gains one, since a
lead has one main job.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Focus:
    """The IDs of the leads and jobs to answer, as in their files."""

    leads: Collection[str]
    jobs: Collection[str]


def narrow(db: "duckdb.DuckDBPyConnection", focus: Focus) -> int:
    """Reduce `pairs` to those that can affect the answers; return how many remain. Needs `told` and `lead_rules`.

    Makes `asked_jobs`, `kept_jobs` (all their pairs remain) and `asked_leads` (all their jobs remain), each (n).
    """
    for kind, ids in (("leads", focus.leads), ("jobs", focus.jobs)):
        db.execute(
            f"CREATE OR REPLACE TABLE fresh_{kind} AS SELECT n FROM {kind} "  # noqa: S608 - constant names
            "SEMI JOIN (SELECT unnest(CAST(? AS VARCHAR[])) AS id) f ON f.id = "
            f"{kind}.id",
            [sorted(ids)],
        )
    for sql in _TABLES:
        db.execute(sql)
    return int(db.execute("SELECT count(*) FROM pairs").fetchall()[0][0])


_TABLES = (
    """
    CREATE OR REPLACE TABLE ties AS SELECT DISTINCT rules.root, t.r FROM (
        SELECT l, r FROM pairs UNION ALL SELECT l, r FROM told
    ) t JOIN lead_rules rules ON rules.n = t.l
    """,
    "CREATE OR REPLACE TABLE fresh_roots AS SELECT DISTINCT root FROM lead_rules SEMI JOIN fresh_leads USING (n)",
    """
    CREATE OR REPLACE TABLE asked_jobs AS SELECT n FROM fresh_jobs
    UNION SELECT r FROM ties SEMI JOIN fresh_roots USING (root)
    """,
    """
    CREATE OR REPLACE TABLE asked_roots AS SELECT root FROM fresh_roots
    UNION SELECT root FROM ties SEMI JOIN asked_jobs ON asked_jobs.n = ties.r
    """,
    "CREATE OR REPLACE TABLE asked_leads AS SELECT n FROM lead_rules SEMI JOIN asked_roots USING (root)",
    """
    CREATE OR REPLACE TABLE kept_jobs AS SELECT n FROM asked_jobs
    UNION SELECT r FROM ties SEMI JOIN asked_roots USING (root)
    """,
    """
    CREATE OR REPLACE TABLE pairs AS SELECT row_number() OVER (ORDER BY l, r) AS pair, l, r
    FROM pairs SEMI JOIN kept_jobs ON kept_jobs.n = pairs.r ORDER BY pair
    """,
)


def answer(db: "duckdb.DuckDBPyConnection") -> frozenset[str]:
    """Make `answered_jobs` (n) from the resulting links and return their IDs."""
    db.execute("""
        CREATE OR REPLACE TABLE answered_jobs AS SELECT n FROM asked_jobs
        UNION SELECT r FROM best SEMI JOIN (
            SELECT l FROM links SEMI JOIN asked_jobs ON asked_jobs.n = links.r
        ) gained USING (l)
    """)
    rows = db.execute("SELECT id FROM jobs SEMI JOIN answered_jobs USING (n)").fetchall()
    return frozenset(str(job) for (job,) in rows)
