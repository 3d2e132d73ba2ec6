"""Trees that revise the probabilities of doubtful links."""

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from attribution.linkage import model, pipeline
from attribution.linkage.model import Tree, trees_sql, trees_value

from .linking import job, lead, write

#: A job of the same name, and without anything else, three weeks later.
DOUBTFUL = job(phone_number="", email_address="", address="", created_on="2026-03-24")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Pairs of a certain, a doubtful and a matched job, before the assignment."""
    leads = [
        lead(lead_id="L1"),
        lead(lead_id="L2", first_name="Ana", last_name="Vargas", phone="6235550142", email="", street=""),
        lead(lead_id="L3", first_name="Omar", last_name="Quist", phone="4805550177", email="oq@example.com"),
    ]
    jobs = [
        DOUBTFUL | {"Job ID": "1"},
        job(job_id="2", customer_name="Ana Vargas", phone_number="6235550142", email_address="", address=""),
        job(job_id="3", customer_name="O Quist", phone_number="", email_address="", address="", summary="lead L3"),
    ]
    files = {"leads": write(tmp_path / "leads.csv", leads), "jobs": write(tmp_path / "jobs.csv", jobs)}
    with duckdb.connect() as connection:
        pipeline.compare_files(connection, files, tmp_path, model.read())
        yield connection


def _odds(db: duckdb.DuckDBPyConnection, *trees: Tree) -> dict[str, float]:
    pipeline.assign(db, replace(model.read(), trees=trees))
    shares = db.execute("SELECT jobs.id, shared FROM shares JOIN jobs ON jobs.n = shares.r").fetchall()
    return {job: math.log(shared / max(1e-12, 1 - shared)) for job, shared in shares}


def test_trees_add_to_the_log_odds_of_doubtful_links_within_limits(db: duckdb.DuckDBPyConnection) -> None:
    before = _odds(db)
    assert abs(before["1"]) < 5
    assert _odds(db, 0.25, ("score", 1e6, 0.5, -9.0))["1"] == pytest.approx(before["1"] + 0.75)
    assert _odds(db, 40.0)["1"] == pytest.approx(before["1"] + 2.5)
    assert _odds(db, -40.0)["1"] == pytest.approx(before["1"] - 2.5)


def test_trees_leave_nearly_certain_links_alone(db: duckdb.DuckDBPyConnection) -> None:
    before, after = _odds(db), _odds(db, -40.0)
    assert {job: after[job] for job in ("2", "3")} == {job: before[job] for job in ("2", "3")}


def test_trees_are_read_from_their_columns(db: duckdb.DuckDBPyConnection) -> None:
    tree: Tree = ("lag", 14.0, 1.0, ("total", 0.0, 2.0, 3.0))
    rows = "(VALUES (14, 5), (15, 0), (15, 1)) t(lag, total)"
    sums = db.execute(f"SELECT {trees_sql(replace(model.read(), trees=(tree, 10.0)))} FROM {rows}").fetchall()
    assert [value for (value,) in sums] == [11, 12, 13]


def test_few_and_many_doubtful_links_are_revised_alike(
    db: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    trees = (*model.read().trees, ("phone_step", -5, 0.1, ("lag", 21.0, 0.2, ("total", 10.0, -0.7, 0.3))))
    few = _odds(db, *trees)
    monkeypatch.setattr(pipeline, "_FEW_DOUBTFUL", 0)
    assert few == _odds(db, *trees) != _odds(db)


def test_python_and_sql_add_the_same_trees(db: duckdb.DuckDBPyConnection) -> None:
    used = replace(model.read(), trees=(*model.read().trees, ("lag", 14.0, 1e-9, ("total", 0.0, 1 / 3, 1e9))))
    _odds(db)
    columns = [column for column, *_ in db.execute("DESCRIBE doubtful").fetchall()]
    numbers = random.Random(7)
    values = [[numbers.choice([None, 0.0, numbers.gauss(0, 9)]) for _ in range(40)] for _ in columns]
    rows = f"SELECT {', '.join(f'unnest(?::DOUBLE[]) AS {column}' for column in columns)}"
    sums = [total for (total,) in db.execute(f"SELECT {trees_sql(used)} FROM ({rows})", values).fetchall()]
    assert sums == [trees_value(used, dict(zip(columns, row, strict=True))) for row in zip(*values, strict=True)]
    assert len(set(sums)) > 30


def test_shipped_trees_know_their_columns(db: duckdb.DuckDBPyConnection) -> None:
    assert len(model.read().trees) == 150
    _odds(db)
    db.execute(f"SELECT {trees_sql(model.read())} FROM doubtful")
