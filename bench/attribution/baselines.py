"""What others would do with the same tables: join on exact contacts, and Splink as it comes."""

import logging
import warnings

import duckdb

from tests.support.synthetic.accuracy import Link

_NEWEST = "QUALIFY row_number() OVER (PARTITION BY jobs.n ORDER BY leads.seen_at DESC, leads.n) = 1"


def exact_join(db: duckdb.DuckDBPyConnection) -> list[Link]:
    """Same first phone or e-mail after cleaning; of several leads the last before the job."""
    rows = db.execute(f"""
        SELECT leads.id, jobs.id FROM leads JOIN jobs ON (leads.phone1 = jobs.phone1 OR leads.email1 = jobs.email1)
        WHERE datediff('day', leads.seen_on, jobs.seen_on) BETWEEN 0 AND 90 {_NEWEST}
    """).fetchall()  # noqa: S608
    return [Link(lead, job, 1.0, "matched") for lead, job in rows]


def splink_as_it_comes(db: duckdb.DuckDBPyConnection) -> list[Link]:
    """Splink's own comparisons, trained without labels, on the cleaned columns; the best lead of each job."""
    import splink.comparison_library as compare  # noqa: PLC0415
    from splink import Linker, SettingsCreator, block_on  # noqa: PLC0415
    from splink.backends.duckdb import DuckDBAPI  # noqa: PLC0415

    logging.getLogger("splink").setLevel(logging.ERROR)
    columns = "n, first, last, phone1, email1, house || ' ' || root AS door, zip"
    for table, kind in (("plain_leads", "leads"), ("plain_jobs", "jobs")):
        db.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {columns} FROM {kind}")  # noqa: S608
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="n",
        comparisons=[
            compare.ForenameSurnameComparison("first", "last"),
            compare.ExactMatch("phone1"),
            compare.EmailComparison("email1"),
            compare.LevenshteinAtThresholds("door", [1, 2]),
            compare.ExactMatch("zip"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("phone1"),
            block_on("email1"),
            block_on("last", "zip"),
            block_on("first", "last"),
            block_on("door"),
        ],
    )
    api = DuckDBAPI(connection=db)
    sides = [
        api.register("plain_leads", dataset_display_name="a_l"),
        api.register("plain_jobs", dataset_display_name="b_j"),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linker = Linker(sides, settings, log_level=None)
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        linker.training.estimate_parameters_using_expectation_maximisation(block_on("phone1"))
        linker.training.estimate_parameters_using_expectation_maximisation(block_on("last", "first"))
        predicted = linker.inference.predict().physical_name
    rows = db.execute(f"""
        SELECT leads.id, jobs.id, match_probability FROM {predicted} s
        JOIN leads ON leads.n = n_l JOIN jobs ON jobs.n = n_r
        QUALIFY row_number() OVER (PARTITION BY n_r ORDER BY match_weight DESC, leads.seen_at DESC, n_l) = 1
    """).fetchall()  # noqa: S608 - a name of Splink's
    return [Link(lead, job, float(p), "matched" if p >= 0.5 else "unmatched") for lead, job, p in rows]
