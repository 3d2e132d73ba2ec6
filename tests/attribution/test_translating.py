"""Planning of DuckDB statements for Spark. Needs no Spark."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlglot import exp

from attribution.linkage import engine, model, translating
from attribution.linkage.focusing import Focus
from attribution.linkage.translating import By, Untranslatable
from tests.attribution.linking import write
from tests.support.synthetic.generator import Maker
from tests.support.synthetic.worlds import coast

WHOLE = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
LIST = "ARRAY_SORT(COLLECT_LIST(STRUCT(`b` AS `k`, `a` AS `v`)))"


def steps(sql: str) -> list[tuple[str, str]]:
    """Return the engine of each step."""
    return [(step.by.value, step.sql) for step in translating.plan(translating.parsed(sql), names())]


def names() -> Any:
    return (f"part_{number}" for number in count(1))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT l, r FROM pairs WHERE l > 1", "SELECT `l`, `r` FROM `pairs` WHERE `l` > 1"),
        ("SELECT n FROM leads SEMI JOIN new USING (n)", "SELECT `n` FROM `leads` SEMI JOIN `new` USING (`n`)"),
        ("SELECT * EXCLUDE (a) FROM t", "SELECT * EXCEPT (`a`) FROM `t`"),
        ("SELECT 0.95 AS p FROM t", "SELECT CAST(0.95 AS DOUBLE) AS `p` FROM `t`"),
        ("SELECT 'O''Neil \\ Sons' AS a FROM t", "SELECT 'O\\'Neil \\\\ Sons' AS `a` FROM `t`"),
        ("SELECT any_value(a ORDER BY b) AS a FROM t",
         "SELECT MIN_BY(`a`, CASE WHEN NOT `a` IS NULL THEN `b` END) AS `a` FROM `t`"),
        ("SELECT arg_max(a, (b, -c)) AS a FROM t", "SELECT MAX_BY(`a`, (`b`, -`c`)) AS `a` FROM `t`"),
        ("SELECT count(*) FILTER (WHERE a) OVER (PARTITION BY b) AS n FROM t",
         "SELECT COUNT(CASE WHEN `a` THEN 1 END) OVER (PARTITION BY `b`) AS `n` FROM `t`"),
        ("SELECT sum(a ORDER BY b) FILTER (c) OVER (PARTITION BY d) AS s",
         f"SELECT SUM(CASE WHEN `c` THEN `a` END) OVER (PARTITION BY `d` ORDER BY `b` NULLS LAST {WHOLE}) AS `s`"),
        ("SELECT sum(a ORDER BY b) AS s FROM t",
         f"SELECT AGGREGATE({LIST}, CAST(0 AS DOUBLE), (`a`, `s`) -> `a` + `s`.`v`) AS `s` FROM `t`"),
        ("SELECT row_number() OVER (ORDER BY id) AS n FROM t",
         "SELECT CAST(ROW_NUMBER() OVER (ORDER BY `id` NULLS LAST) AS BIGINT) AS `n` FROM `t`"),
        ("SELECT row_number() OVER () AS n FROM t",
         "SELECT CAST(MONOTONICALLY_INCREASING_ID() AS BIGINT) AS `n` FROM `t`"),
        ("SELECT a FROM t QUALIFY count(*) OVER (PARTITION BY b) = 1",
         "SELECT `a` FROM (SELECT `a`, COUNT(*) OVER (PARTITION BY `b`) AS `_w` FROM `t`) AS `_t` WHERE `_w` = 1"),
    ],
)  # fmt: skip
def test_combining_rows_runs_on_spark(sql: str, expected: str) -> None:
    assert steps(sql) == [("spark", expected)]


def test_row_by_row_parts_stay_in_duckdb_as_one_step() -> None:
    """Nested SELECTs need one pass over the rows."""
    plan = translating.plan(
        translating.parsed(
            "SELECT s.n, g.names FROM (SELECT n, upper(word) AS word FROM (SELECT n, folded(name) AS word FROM raw)) s "
            "JOIN given g ON g.name = s.word"
        ),
        names(),
    )
    assert [(step.by, step.name, step.reads) for step in plan] == [(By.ROW, "part_1", "raw"), (By.SPARK, "part_2", "")]
    assert plan[0].sql == ("SELECT n, UPPER(word) AS word FROM (SELECT n, FOLDED(name) AS word FROM source AS raw)")
    assert "FROM (SELECT * FROM `part_1`) AS `s` JOIN `given` AS `g`" in plan[1].sql


def test_inner_queries_are_planned_first() -> None:
    plan = translating.plan(
        translating.parsed("SELECT trade_of(said) AS trade FROM (SELECT said FROM a UNION SELECT said FROM b)"), names()
    )
    assert [(step.by, step.reads) for step in plan] == [(By.SPARK, ""), (By.ROW, "part_1"), (By.SPARK, "")]


def test_only_reused_results_are_stored() -> None:
    plan = translating.plan(
        translating.parsed(
            "WITH twice AS MATERIALIZED (SELECT a FROM t), once AS (SELECT a FROM twice GROUP BY a) "
            "SELECT x.a FROM twice x JOIN once ON once.a = x.a"
        ),
        names(),
    )
    assert [(step.name, step.reused) for step in plan] == [("part_1", True), ("part_2", False)]
    assert "FROM `part_1` AS `x` JOIN (SELECT `a` FROM `part_1`" in plan[1].sql


def test_parameters_run_on_the_driver() -> None:
    assert [
        by for by, _ in steps("SELECT n FROM t SEMI JOIN (SELECT unnest(CAST(? AS VARCHAR[])) AS id) f ON f.id = t.id")
    ] == [
        "driver",
        "spark",
    ]


def test_update_becomes_a_new_table() -> None:
    update = translating.parsed("UPDATE t SET a = true, b = mass FROM shared WHERE t.c = shared.contact")
    assert isinstance(update, exp.Update)
    assert translating.spark_sql(translating.query_after_update(update)) == (
        "SELECT `t`.* EXCEPT (`a`, `b`), CASE WHEN `shared`.`hit` THEN TRUE ELSE `t`.`a` END AS `a`, CASE WHEN "
        "`shared`.`hit` THEN `mass` ELSE `t`.`b` END AS `b` FROM `t` LEFT JOIN (SELECT *, TRUE AS `hit` FROM `shared`) "
        "AS `shared` ON `t`.`c` = `shared`.`contact`"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT regexp_matches(a.x, b.y) AS m FROM a JOIN b ON a.n = b.n",
        "SELECT a.list[1] AS one FROM a JOIN b ON a.n = b.n",
        "SELECT list_filter(list(x), lambda e: e > 1) AS some FROM a GROUP BY n",
        "SELECT max(TRY_CAST(x AS DOUBLE)) AS most FROM a",
    ],
)
def test_untranslatable_statement_is_rejected(sql: str) -> None:
    with pytest.raises(Untranslatable, match="Spark is not trusted with"):
        steps(sql)


@pytest.mark.parametrize(
    "kind", ["VARCHAR", "BIGINT", "TINYINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "VARCHAR[]"]
)
def test_types_convert_both_ways(kind: str) -> None:
    assert translating.duckdb_type(translating.spark_type(kind)) == kind


def test_unsupported_type_is_converted_or_rejected() -> None:
    assert translating.spark_type("UBIGINT") == "bigint" and translating.spark_type("DECIMAL(3,2)") == "double"
    with pytest.raises(Untranslatable):
        translating.spark_type("TIME")
    with pytest.raises(Untranslatable):
        translating.duckdb_type("map<string,string>")


class _Overheard:
    """DuckDB connection that records its statements."""

    def __init__(self, db: duckdb.DuckDBPyConnection, asked: list[str]) -> None:
        self.db, self.asked = db, asked

    def execute(self, sql: str, params: Sequence[Any] | None = None) -> duckdb.DuckDBPyConnection:
        self.asked.append(sql)
        return self.db.execute(sql, params)

    def close(self) -> None:
        self.db.close()


def test_every_linkage_statement_can_be_planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers all six kinds of files, both other outputs and a focus: Spark can run every DuckDB statement."""
    asked: list[str] = []
    connected = engine._connected
    monkeypatch.setattr(engine, "_connected", lambda *args, **options: _Overheard(connected(*args, **options), asked))
    made = Maker(coast(), 5).make(120)
    files = made.write(tmp_path) | {
        kind: write(tmp_path / f"{kind}.csv", [{"ID": "1", heading: "2", "Total": "-3"}])
        for kind, heading in (("bookings", "Job ID"), ("invoices", "Job ID"), ("payments", "Invoice ID"))
    }
    new = Focus([made.leads[0]["Lead ID"]], [row["Job ID"] for row in made.jobs[:40]])
    engine.link(
        files, tmp_path / "links.csv", model=model.read(), candidates=tmp_path / "candidates.csv",
        weights=tmp_path / "weights.csv", focus=new,
    )  # fmt: skip
    planned = [translating.plan(query, names()) for query in map(_query, asked) if query is not None]
    assert len(planned) > 100 and {step.by for plan in planned for step in plan} == set(By)


def _query(sql: str) -> exp.Expr | None:
    """Return the query of a statement if it runs on Spark."""
    if "CREATE OR REPLACE MACRO" in sql or "read_csv(" in sql:
        return None
    tree = translating.parsed(sql)
    if isinstance(tree, exp.Update):
        return translating.query_after_update(tree)
    if isinstance(tree, exp.Copy):
        tree = tree.this.unnest()
    query = tree.expression if isinstance(tree, exp.Create | exp.Insert) else tree
    return None if isinstance(query, exp.Values | exp.Drop | None) else query
