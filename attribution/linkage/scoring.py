"""Scores all selected pairs: Splink compares them, and the model's weights turn the steps into log-odds."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import duckdb

from .comparing import COMPARISONS
from .model import FITS, TRUST, Model, came_sql, features, of_firm_sql, score_sql, splink_settings, values
from .sql import Script

#: Pairs compared from one tick to the next. Each time, all records are read again.
_CHUNK = 3_000_000
#: Least log-odds of a pair that can change an answer: below it are three of four pairs, such as namesakes who share
#: nothing else.
_LEAST_SCORE = -10.0
#: Leads within a window of the smallest office in the training data.
_LEAST_CROWD = 100.0
#: Prior frequency of a name, before the tenant's own records are counted.
_TF_PRIORS = {"full_name": 0.00005, "last": 0.0008}
#: Columns used by the comparisons.
_COMPARED = (
    "first", "last", "middle", "given", "turns", "phone1", "more_phones", "phone_shared", "phone_mass",
    "email1", "more_emails", "email_shared", "email_mass", "mailbox", "firm", "joined", "noted", "mentioned",
    "text_names", "house", "root", "unit", "spot", "noted_spot", "address_shared", "zip", "city", "seen_on", "trade",
    "subject", "action", "service", "campaign", "wording", "wording_common", "tf_full_name", "tf_last",
)  # fmt: skip


def score(db: duckdb.DuckDBPyConnection, model: Model, many: int, tick: Callable[[], None] = lambda: None) -> None:
    """Make the table `scored` from the first `many` pairs, which are all."""
    names = [comparison.name for comparison in COMPARISONS]
    script = Script(
        "scores",
        prior_weight=model.tf_weight,
        gamma_columns=", ".join(f"gamma_{name} TINYINT" for name in names),
        fit_columns=", ".join(f"{name}_fit DOUBLE" for name in FITS),
        sides=", ".join(f"x.{name} AS {name}_l, j.{name} AS {name}_r" for name in _COMPARED),
        kin_weight=TRUST,
        no_fits=", ".join(f"NULL AS {name}_fit_r" for name in FITS),
        compared=_compared(json.dumps(splink_settings(model))),
        gammas=", ".join(f"CAST(gamma_{name} AS TINYINT) AS gamma_{name}" for name in names),
        fits=", ".join(f"coalesce({name}_fit_l, 0) AS {name}_fit" for name in FITS),
        came_score=came_sql(model),
        of_firm=of_firm_sql(),
        score=score_sql(model, crowd_of(db, model)),
        least=_LEAST_SCORE,
    )
    script.run(db, "scored")
    for column, prior in _TF_PRIORS.items():
        script.run(db, "frequency", column=column, prior=prior)
    script.run(db, "join_as_written")
    for first in range(1, many + 1, _CHUNK):
        script.run(db, "score", first=first, last=first + _CHUNK - 1)
        tick()
    script.run(db, "join_freely", "drop")


def crowd_of(db: duckdb.DuckDBPyConnection, model: Model) -> float:
    """Return the natural log of the number of leads a job could have come from by date alone, divided by a thousand.

    It is never lower than in the training data: otherwise, with five leads, a name alone would seem to prove a link.
    """
    many, days = Script("scores").rows(db, "count_leads")[0]
    return round(math.log(max(_LEAST_CROWD, many * min(1.0, (model.window_days + 1) / days)) / 1000), 6)


@dataclass(frozen=True, slots=True)
class Pair:
    """A compared pair: the step of each comparison, and the numbers that the model weighs."""

    steps: Mapping[str, str]
    rarity: float
    habits: Mapping[str, float]


def features_of(pair: Pair, crowd: float) -> dict[str, float]:
    """Return the value of each feature of a pair: their products with the weights add up to its log-odds."""
    numbers = values(pair.steps, rarity=pair.rarity, crowd=crowd, habits=pair.habits)
    return numbers | dict.fromkeys(features(pair.steps), 1.0)


def best_pairs(db: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Pair]]:
    """Return by job and lead the lead's best matching submission. Leads that take no part are left out."""
    gammas = ", ".join(f"gamma_{comparison.name}" for comparison in COMPARISONS)
    fits = ", ".join(f"{name}_fit" for name in FITS)
    pairs: dict[str, dict[str, Pair]] = {}
    for job, lead, rarity, *cells in Script("scores").rows(db, "best_pairs", gammas=gammas, fits=fits):
        steps = {each.name: each.step(value) for each, value in zip(COMPARISONS, cells, strict=False)}
        habits = dict(zip(FITS, map(float, cells[len(COMPARISONS) :]), strict=True))
        pairs.setdefault(job, {})[lead] = Pair(steps, float(rarity), habits)
    return pairs


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
