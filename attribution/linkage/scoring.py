"""Scores all selected pairs: Splink compares them, and the model's weights turn the steps into log-odds."""

import json
import math
from collections.abc import Callable
from functools import lru_cache

import duckdb

from . import assigning, blocking, chances, habits
from .comparing import COMPARISONS
from .focusing import Focus, narrow
from .model import HABITS, TRUST, Model, came_sql, of_firm_sql, score_sql, splink_settings

_LAG = "datediff('day', x.seen_on, j.seen_on)"
#: Pairs compared at a time. Limits the memory and changes no score.
_CHUNK = 400_000
#: Leads within a window of the smallest office in the training data.
_LEAST_CROWD = 100.0
#: Prior frequency of a name, before the tenant's own records are counted.
_TF_PRIORS = {"full_name": 0.00005, "last": 0.0008}
#: Columns used by the comparisons.
_COMPARED = (
    "first", "last", "words", "given", "phones", "phone1", "phone_shared", "phone_mass", "emails", "email1",
    "email_shared", "email_mass", "firm", "joined", "heard", "house",
    "root", "unit", "zip", "city", "seen_on", "trade", "subject", "action", "service",
    "campaign", "wording", "wording_common", "full_name",
)  # fmt: skip


def score(
    db: duckdb.DuckDBPyConnection,
    model: Model,
    tick: Callable[[], None] = lambda: None,
    focus: Focus | None = None,
) -> None:
    """Make the table `scored` (l, r, steps, rarity, habits, logit).

    l and r are the numbers of lead and job; `rarity` is how rare the name is; `logit` is the model's log-odds. With a
    focus, only pairs that can affect its answers are scored.
    """
    many = blocking.pair(db, window_days=model.window_days, tolerance_days=model.tolerance_days)
    habits.find(db, dict(model.m["time"]))
    assigning.part(db)
    chances.find(db, window_days=model.window_days, tolerance_days=model.tolerance_days)
    if focus is not None:
        many = narrow(db, focus)
    crowd = crowd_of(db, model)
    felt = ", ".join(f"{name}_fit DOUBLE" for name in HABITS)
    columns = ", ".join(f"gamma_{comparison.name} TINYINT" for comparison in COMPARISONS)
    db.execute(
        f"CREATE OR REPLACE TABLE scored (l BIGINT, r BIGINT, {columns}, rarity DOUBLE, {felt}, "
        "came DOUBLE, firm BOOLEAN, logit DOUBLE)"
    )
    for column, prior in _TF_PRIORS.items():
        _frequencies(db, column, prior, model)
    compared = _compared(json.dumps(splink_settings(model)))
    for first in range(1, many + 1, _CHUNK):
        _score_some(db, model, first, crowd, compared)
        tick()
    for table in ("pairs", "habits", "asks", "paces", "comings", "sources"):
        db.execute(f"DROP TABLE {table}")


def crowd_of(db: duckdb.DuckDBPyConnection, model: Model) -> float:
    """Return the natural log of the number of leads a job could have come from by date alone, divided by a thousand.

    It is never lower than in the training data: otherwise, with five leads, a name alone would seem to prove a link.
    """
    rows = db.execute(
        "SELECT count(seen_on), coalesce(datediff('day', min(seen_on), max(seen_on)), 0) + 1 FROM leads"
    ).fetchall()
    many, days = rows[0]
    return round(math.log(max(_LEAST_CROWD, many * min(1.0, (model.window_days + 1) / days)) / 1000), 6)


def _score_some(db: duckdb.DuckDBPyConnection, model: Model, first: int, crowd: float, compared: str) -> None:
    """Score `_CHUNK` pairs from the pair `first` on. `compared` is the result of `_compared`.

    Uses one statement in which Splink's steps read both records of a pair. A table of such rows would be ten times as
    large as all other data about the pairs, and writing it took twice as long as comparing them.
    """
    sides = ", ".join(f"x.{name} AS {name}_l, j.{name} AS {name}_r" for name in _COMPARED)
    names = " ".join(
        f"LEFT JOIN frequency_{column} {side}{column} ON {side}{column}.{column} = {side}.{column}"
        for column in _TF_PRIORS
        for side in ("x", "j")
    )
    common = ", ".join(
        f"{side}{column}.tf_{column} AS tf_{column}_{end}"
        for column in _TF_PRIORS
        for side, end in (("x", "l"), ("j", "r"))
    )
    kin = f"{TRUST!r} * {chances.kinship('x', 'j', 's.fit')}"
    habit = "LEFT JOIN habits {0} ON {0}.what = '{1}' AND {0}.asked = {2} AND {0}.filed = j.{1} "
    felt = ", ".join(f"coalesce({name}_fit_l, 0) AS {name}_fit" for name in HABITS)
    gammas = ", ".join(
        f"CAST(gamma_{comparison.name} AS TINYINT) AS gamma_{comparison.name}" for comparison in COMPARISONS
    )
    rarity = "least(5.0, greatest(-5.0, ln(2) * coalesce(mw_tf_adj_name, 0)))"
    db.execute(f"""
        INSERT INTO scored
        WITH __splink__df_blocked AS (
            SELECT 'leads' AS source_dataset_l, 'jobs' AS source_dataset_r, p.l AS n_l, p.r AS n_r, '0' AS match_key,
                {sides}, {common}, s.fit AS service_fit_l, c.fit AS campaign_fit_l, t.fit AS time_fit_l,
                o.came + coalesce(f.fit, 0) + {kin} AS came_l, NULL AS came_r,
                q.came + coalesce(f.fit, 0) + {kin} AS firm_came_l, NULL AS firm_came_r,
                {", ".join(f"NULL AS {name}_fit_r" for name in HABITS)}
            FROM pairs p JOIN leads x ON x.n = p.l JOIN jobs j ON j.n = p.r {names}
            LEFT JOIN asks a ON a.n = p.l
            {habit.format("s", "service", "a.asked")}{habit.format("c", "campaign", "x.campaign")}
            LEFT JOIN paces t ON t.step = {habits.step_of(_LAG)}
            LEFT JOIN comings o ON o.step = coalesce(t.step, 'missing') AND NOT o.firm
            LEFT JOIN comings q ON q.step = coalesce(t.step, 'missing') AND q.firm
            LEFT JOIN sources f ON f.filed = coalesce(j.campaign, '')
            WHERE p.pair BETWEEN {first} AND {first + _CHUNK - 1}
        ), {compared}, steps AS (
            SELECT n_l AS l, n_r AS r, {gammas}, {rarity} AS rarity, {felt}, came_l AS came, firm_came_l AS firm_came
            FROM __splink__df_match_weight_parts
        )
        SELECT * EXCLUDE (firm_came) REPLACE (round({came_sql(model)}, 9) AS came), {of_firm_sql()} AS firm,
            round({score_sql(model, crowd)}, 9) AS logit
        FROM steps ORDER BY l, r
    """)  # noqa: S608 - constants


@lru_cache(maxsize=4)  # Splink parses each step: a fifth of the time of linking a few jobs
def _compared(settings_text: str) -> str:
    """Return Splink's steps and weights of the pairs in `__splink__df_blocked`, as the rest of a WITH clause."""
    from splink.internals.comparison_vector_values import compute_comparison_vector_values_sql  # noqa: PLC0415
    from splink.internals.predict import predict_from_comparison_vectors_sqls_using_settings  # noqa: PLC0415
    from splink.internals.settings_creator import SettingsCreator  # noqa: PLC0415 - takes a second

    settings = SettingsCreator.from_path_or_dict(json.loads(settings_text)).get_settings("duckdb")
    steps = compute_comparison_vector_values_sql(settings._columns_to_select_for_comparison_vector_values)
    parts = predict_from_comparison_vectors_sqls_using_settings(settings)[0]
    return f"__splink__df_comparison_vectors AS ({steps}), {parts['output_table_name']} AS ({parts['sql']})"


def _frequencies(db: duckdb.DuckDBPyConnection, column: str, prior: float, model: Model) -> None:
    """Make `frequency_COLUMN`: how common each name is here, close to the prior if there are few records."""
    db.execute(
        f"CREATE OR REPLACE TABLE frequency_{column} AS WITH names AS ("  # noqa: S608
        f"SELECT {column} FROM leads UNION ALL SELECT {column} FROM jobs) "
        f"SELECT {column}, (count(*) + {model.tf_weight} * {prior!r}) / ((SELECT count(*) FROM names) + "
        f"{model.tf_weight}) AS tf_{column} FROM names WHERE {column} IS NOT NULL GROUP BY {column}"
    )
