"""Writes the reasons: what agrees, differs and is missing, for every link and every lead without one."""

import duckdb

from .comparing import AGREES, COMPARISONS, DIFFERS, MISSING, Comparison
from .macros import literal
from .model import Model


def add(db: duckdb.DuckDBPyConnection, model: Model, *, focused: bool = False) -> None:
    """Make `answers` (lead_id, job_id, probability, label, reasons): the rows of the result.

    With `focused`, only for `answered_jobs`, and for `asked_leads` without a job.
    """
    sides = ", ".join(f"{_side(side)} AS {side}" for side in (AGREES, DIFFERS, MISSING))
    db.execute(f"""
        CREATE OR REPLACE TABLE told_pairs AS
        SELECT l, r, logit, concat_ws('; ', 'agrees: ' || nullif(agrees, ''), 'differs: ' || nullif(differs, ''),
            'missing: ' || nullif(missing, '')) AS words
        FROM (SELECT l, r, logit, {sides} FROM scored)
    """)  # noqa: S608 - constant SQL
    _links(db, "SEMI JOIN answered_jobs ON answered_jobs.n = links.r" if focused else "")
    _rest(db, model, "SEMI JOIN asked_leads ON asked_leads.n = leads.n" if focused else "")
    db.execute("""
        CREATE OR REPLACE TABLE answers AS
        SELECT lead_id, job_id, probability, label, reasons FROM (
            SELECT * FROM link_answers UNION ALL SELECT * FROM lead_answers
        )
    """)


def _side(side: str) -> str:
    """Return SQL for the texts of all comparisons in one list of reasons, over the gamma columns."""
    return "concat_ws(', ', " + ", ".join(_cases(comparison, side) for comparison in COMPARISONS) + ")"


def _cases(comparison: Comparison, side: str) -> str:
    cases = " ".join(
        f"WHEN {comparison.value(step.name)} THEN {literal(step.words)}"
        for step in comparison.steps
        if step.side == side
    )
    return f"CASE gamma_{comparison.name} {cases} END" if cases else "NULL"


def _links(db: duckdb.DuckDBPyConnection, among: str) -> None:
    db.execute(f"""
        CREATE OR REPLACE TABLE link_answers AS
        SELECT leads.id AS lead_id, jobs.id AS job_id, k.p AS probability, k.label,
            concat_ws('; ',
                c.how,
                CASE WHEN s.l IS NOT NULL THEN s.words END,
                CASE WHEN k.via <> k.l THEN 'best match is the repeated submission ' || via.id END,
                CASE WHEN k.follow_up THEN 'another job is already the outcome of this lead, so a person decides' END,
                CASE WHEN k.rivals > 0 AND NOT k.sure THEN k.rivals || ' other lead' ||
                    CASE WHEN k.rivals > 1 THEN 's' ELSE '' END || ' considered for this job' END,
                CASE WHEN k.bounded THEN 'reduced: the same people have other jobs at such a time' END,
                CASE WHEN s.l IS NULL AND c.how IS NULL THEN 'the job names several leads' END,
                x.why
            ) AS reasons
        FROM (FROM links {among}) k JOIN leads ON leads.n = k.l JOIN jobs ON jobs.n = k.r
        JOIN leads via ON via.n = k.via LEFT JOIN job_rules x ON x.n = k.r
        LEFT JOIN told_pairs s ON s.l = k.via AND s.r = k.r
        LEFT JOIN (SELECT r, any_value(how ORDER BY l) AS how FROM certain GROUP BY r) c ON c.r = k.r AND k.sure
    """)  # noqa: S608 - constant SQL


def _rest(db: duckdb.DuckDBPyConnection, model: Model, among: str) -> None:
    """Make one row for each lead without a link. Its probability is 0, since no job can be named."""
    db.execute(f"""
        CREATE OR REPLACE TABLE without AS
        SELECT leads.n, leads.id, leads.phone1, leads.email1, leads.seen_on, rules.why, rules.root
        FROM (FROM leads {among}) leads JOIN lead_rules rules ON rules.n = leads.n
        WHERE NOT EXISTS (SELECT 1 FROM links k WHERE k.l = leads.n)
    """)  # noqa: S608 - constant SQL
    outside = " UNION ALL ".join(
        f"SELECT w.n, j.id, datediff('day', w.seen_on, j.seen_on) AS lag FROM without w JOIN jobs j ON j.{column} = "  # noqa: S608
        f"w.{column} WHERE w.why IS NULL AND w.root = w.n AND (datediff('day', w.seen_on, j.seen_on) < "
        f"-{model.tolerance_days} OR datediff('day', w.seen_on, j.seen_on) > {model.window_days}) AND NOT j.{shared}"
        for column, shared in (("phone1", "phone_shared"), ("email1", "email_shared"))
    )
    db.execute(f"""
        CREATE OR REPLACE TABLE lead_answers AS
        SELECT w.id AS lead_id, '' AS job_id, 0.0 AS probability, 'unmatched' AS label, CASE
            WHEN w.why IS NOT NULL THEN 'takes no part: ' || w.why
            WHEN w.root <> w.n THEN 'repeats lead ' || first.id || ', which has the claim'
            ELSE concat_ws('; ', b.words, o.words,
                CASE WHEN b.n IS NULL AND o.n IS NULL
                    THEN 'no job within {model.window_days} days is similar enough to be compared' END)
                END AS reasons
        FROM without w JOIN leads first ON first.n = w.root
        LEFT JOIN (
            SELECT s.l AS n, 'nearest job ' || jobs.id || CASE WHEN x.why IS NOT NULL THEN ', but ' || x.why
                WHEN k.l IS NOT NULL THEN ', which another lead claims' ELSE '' END || ' (' || s.words || ')' AS words
            FROM told_pairs s JOIN without ON without.n = s.l JOIN jobs ON jobs.n = s.r
            LEFT JOIN job_rules x ON x.n = s.r LEFT JOIN links k ON k.r = s.r
            QUALIFY row_number() OVER (PARTITION BY s.l ORDER BY s.logit DESC, s.r) = 1
        ) b ON b.n = w.n
        LEFT JOIN (
            SELECT n, arg_min('job ' || id || ' of the same contact was opened ' || abs(lag) || CASE WHEN lag < 0
                THEN ' days before the lead' ELSE ' days after the lead, beyond the attribution window' END,
                (abs(lag), id)) AS words FROM ({outside}) GROUP BY n
        ) o ON o.n = w.n
    """)  # noqa: S608
