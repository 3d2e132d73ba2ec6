"""Scores of all pairs worth a look: Splink compares them, the model's weights turn steps into log-odds."""

import logging
import math
import warnings
from collections.abc import Callable

import duckdb

from . import blocking, habits
from .comparing import COMPARISONS
from .errors import LinkageError
from .focusing import Focus, narrow
from .model import HABITS, Model, score_sql, splink_settings, told_by_weight

_LAG = "datediff('day', x.seen_on, j.seen_on)"
#: How many pairs Splink is given at a time; bounds the memory, and changes no score.
CHUNK = 400_000
#: Leads within a window of the smallest office that weights were learned on.
_LEAST_CROWD = 100.0
#: How common a name is before the tenant's own records say anything.
_TF_PRIORS = {"full_name": 0.00005, "last": 0.0008}
#: What comparisons look at.
_COMPARED = (
    "first", "last", "words", "given", "phones", "phone1", "phone_shared", "emails", "email1", "email_shared", "house",
    "root", "unit", "zip", "city", "seen_on", "trade", "subject", "action", "service",
    "campaign", *_TF_PRIORS,
)  # fmt: skip


def score(
    db: duckdb.DuckDBPyConnection,
    model: Model,
    tick: Callable[[], None] = lambda: None,
    focus: Focus | None = None,
) -> None:
    """Make the table `scored`: l and r (numbers of lead and job), the step of each comparison, Splink's match weight
    in bits, and `logit`, the log-odds by the model. With a focus, only of the pairs that its answers hang on."""
    many = blocking.pair(db, window_days=model.window_days, tolerance_days=model.tolerance_days)
    habits.find(db, dict(model.m["time"]))
    if focus is not None:
        many = narrow(db, focus)
    crowd = crowd_of(db, model)
    felt = ", ".join(f"{name}_fit DOUBLE" for name in HABITS)
    columns = ", ".join(f"gamma_{one.name} TINYINT" for one in COMPARISONS)
    db.execute(
        f"CREATE OR REPLACE TABLE scored (l BIGINT, r BIGINT, {columns}, rarity DOUBLE, {felt}, match_weight DOUBLE, "
        "logit DOUBLE)"
    )
    for column, prior in _TF_PRIORS.items():
        _frequencies(db, column, prior, model)
    for first in range(1, many + 1, CHUNK):
        _score_some(db, model, first, min(many, first + CHUNK - 1), crowd)
        tick()
    for table in ("pairs", "habits", "paces"):
        db.execute(f"DROP TABLE {table}")


def crowd_of(db: duckdb.DuckDBPyConnection, model: Model) -> float:
    """How many leads a job could have come of by its date alone, as the natural log over a thousand.

    Never fewer than the weights were learned on: with five leads a name alone would prove what it does not.
    """
    rows = db.execute(
        "SELECT count(seen_on), coalesce(datediff('day', min(seen_on), max(seen_on)), 0) + 1 FROM leads"
    ).fetchall()
    many, days = rows[0]
    return round(math.log(max(_LEAST_CROWD, many * min(1.0, (model.window_days + 1) / days)) / 1000), 6)


def _score_some(db: duckdb.DuckDBPyConnection, model: Model, first: int, last: int, crowd: float) -> None:
    """Score the pairs with these numbers. Either side of a pair is a record of its own, so Splink joins one to one."""
    chosen = ", ".join(f"x.{name}" for name in _COMPARED)
    some = f"WHERE p.pair BETWEEN {first} AND {last}"
    fits = "s.fit AS service_fit, c.fit AS campaign_fit, t.fit AS time_fit"
    habit = "LEFT JOIN habits {0} ON {0}.what = '{1}' AND {0}.asked = x.{1} AND {0}.filed = j.{1} "
    db.execute(
        f"CREATE OR REPLACE TABLE left_side AS SELECT p.pair AS n, {chosen}, {fits} FROM pairs p "  # noqa: S608
        f"JOIN leads x ON x.n = p.l JOIN jobs j ON j.n = p.r {habit.format('s', 'service')}"
        f"{habit.format('c', 'campaign')}LEFT JOIN paces t ON t.step = {habits.step_of(_LAG)} {some}"
    )
    db.execute(
        f"CREATE OR REPLACE TABLE right_side AS SELECT p.pair AS n, {chosen}, NULL AS service_fit, "  # noqa: S608
        f"NULL AS campaign_fit, NULL AS time_fit FROM pairs p JOIN jobs x ON x.n = p.r {some}"
    )
    gammas = ", ".join(f"{told_by_weight(model, one)} AS gamma_{one.name}" for one in COMPARISONS)
    rarity = "least(5.0, greatest(-5.0, ln(2) * coalesce(mw_tf_adj_name, 0)))"
    felt = ", ".join(f"coalesce(x.{name}_fit, 0) AS {name}_fit" for name in HABITS)
    predicted = _predict(db, model)
    db.execute(
        f"INSERT INTO scored SELECT *, round({score_sql(model, crowd)}, 9) AS logit FROM ("  # noqa: S608
        f"SELECT p.l, p.r, {gammas}, {rarity} AS rarity, {felt}, match_weight FROM {predicted} s "
        "JOIN pairs p ON p.pair = s.n_l JOIN left_side x ON x.n = s.n_l"
        ") ORDER BY l, r"
    )
    for table in (predicted, "left_side", "right_side"):
        db.execute(f"DROP TABLE {table}")


def _predict(db: duckdb.DuckDBPyConnection, model: Model) -> str:
    """Splink's answer, as the name of a table."""
    from splink import Linker  # noqa: PLC0415 - takes a second, and only linking needs it
    from splink.backends.duckdb import DuckDBAPI  # noqa: PLC0415
    from splink.internals.exceptions import SplinkException  # noqa: PLC0415

    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=db)
    sides = [
        api.register(table, dataset_display_name=name)
        for table, name in (("left_side", "a_leads"), ("right_side", "b_jobs"))
    ]
    settings = splink_settings(model, ['l."n" = r."n"'])
    linker = Linker(sides, settings, log_level=None, validate_settings=False)
    for column in _TF_PRIORS:
        frequencies = api.register(f"frequency_{column}")
        linker.table_management.register_term_frequency_lookup(frequencies, column)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            predicted = linker.inference.predict()
        except SplinkException as error:  # it quotes the whole query; the last words are the cause
            cause = str(error).rpartition("Error was:")[2].strip().splitlines()[0]
            raise LinkageError(f"The comparing stopped: {cause[:300]}") from error
    for name in [one for (one,) in db.execute("SELECT table_name FROM duckdb_tables()").fetchall()]:
        if name.startswith("__splink__") and name != predicted.physical_name:
            db.execute(f"DROP TABLE IF EXISTS {name}")
    return str(predicted.physical_name)


def _frequencies(db: duckdb.DuckDBPyConnection, column: str, prior: float, model: Model) -> None:
    """Make `frequency_COLUMN`: how common each name is here, drawn to the prior while there are few records."""
    db.execute(
        f"CREATE OR REPLACE TABLE frequency_{column} AS WITH names AS ("  # noqa: S608
        f"SELECT {column} FROM leads UNION ALL SELECT {column} FROM jobs) "
        f"SELECT {column}, (count(*) + {model.tf_weight} * {prior!r}) / ((SELECT count(*) FROM names) + "
        f"{model.tf_weight}) AS tf_{column} FROM names WHERE {column} IS NOT NULL GROUP BY {column}"
    )
