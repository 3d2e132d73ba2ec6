"""The statements of the linkage on Spark, for files that one machine cannot hold.

A `Database` takes DuckDB's statements, as a connection to DuckDB does. What rows say of each other Spark works out;
what a row says by itself (its normal forms, its marks, how two records side by side compare) DuckDB says of it, on
whatever machine the row lies. So both engines have one meaning of every name, phone, date and likeness.

Reading files stays on the driver, in DuckDB. Every table is Parquet in a folder that all machines see: it outlives a
worker that dies, no plan grows beyond one statement, and a table that is made anew does not read itself.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from . import translating
from .engines import Spark, sparks_version
from .errors import LinkageError

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession

JAVA = "The engine spark needs Java 17 or later, and there is none: install a JRE, or let JAVA_HOME name one."
#: What a session is given unless the settings say otherwise. Nothing listens beyond this machine, no page, no Hive.
_DEFAULTS = {
    "spark.ui.enabled": "false",
    # What fails is told by the error; Spark's own log would show what cells hold.
    "spark.log.level": "OFF",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
}
_LOCAL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
}


class Answer:
    """The rows of a statement, where it has any."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows


def started(spark: Spark, work: Path) -> "SparkSession":
    """A session. Raises LinkageError without pyspark or Java, and for a master that is not there."""
    sparks_version()
    from pyspark.sql import SparkSession  # noqa: PLC0415 - optional, and it takes a second

    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise LinkageError(JAVA)
    if spark.local:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    here = _LOCAL | {"spark.local.dir": str(work)} if spark.local else {}
    conf = _DEFAULTS | here | dict(spark.conf)
    builder = SparkSession.builder.appName("linkage").master(spark.master)
    for name, value in conf.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except Exception as error:  # Java's, py4j's and pyspark's own have nothing else in common
        raise LinkageError(f"Spark did not start at {spark.master}: {_first(error)}") from error


class Database:
    """Takes DuckDB's statements. `duck` reads files and writes the result; everything between is Spark's."""

    def __init__(self, duck: duckdb.DuckDBPyConnection, spark: Spark, work: Path, tick: Callable[[], None]) -> None:
        self._duck, self._tick = duck, tick
        self._folder = work / "tables"
        self._folder.mkdir()
        self._session = started(spark, work)
        self._macros: list[str] = []
        self._tables: dict[str, DataFrame] = {}
        self._names = (f"part_{number}" for number in count(1))

    def close(self) -> None:
        """Stop Spark. That it is gone already is no error of its own."""
        with suppress(Exception):
            self._session.stop()
        self._duck.close()

    def execute(self, sql: str, params: Sequence[Any] = ()) -> Answer:
        """Run one statement. Raises LinkageError where Spark fails, duckdb.Error where DuckDB on the driver does."""
        from py4j.protocol import Py4JError  # noqa: PLC0415 - comes with pyspark
        from pyspark.errors import PySparkException  # noqa: PLC0415 - optional

        self._tick()
        try:
            return Answer(self._run(sql, list(params)))
        except (PySparkException, Py4JError) as error:
            raise LinkageError(f"The linkage stopped in Spark: {_first(error)}") from error

    def _run(self, sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
        """The rows of a statement that asks for some; else none."""
        if sql.startswith("CREATE OR REPLACE MACRO"):
            self._macros.append(sql)
            self._duck.execute(sql)
            return []
        tree = translating.parsed(sql)
        if isinstance(tree, exp.Query):
            if translating.tables_of(tree) & set(self._tables):
                return [tuple(row) for row in self._frame(tree, params).collect()]
            return self._duck.execute(sql, params or None).fetchall()
        name = _named(tree)
        if isinstance(tree, exp.Create):
            self._create(tree, name, sql, params)
        elif isinstance(tree, exp.Insert):
            self._insert(tree, name, params)
        elif isinstance(tree, exp.Update):
            self._replace(name, self._frame(translating.updated(tree), params))
        elif isinstance(tree, exp.Drop):
            del self._tables[name]
            self._session.catalog.dropTempView(name)
        elif isinstance(tree, exp.Copy):
            self._copy(tree)
        else:
            raise translating.Untranslatable(sql[:200])
        return []

    def _create(self, tree: exp.Create, name: str, sql: str, params: list[Any]) -> None:
        query = tree.expression
        if query is None or "read_csv(" in sql:
            self._duck.execute(sql, params or None)
            self._known(name, self._handed_over(f"SELECT * FROM {name}", []))  # noqa: S608 - a name of ours
            self._duck.execute(f"DROP TABLE {name}")
        elif tree.kind == "VIEW":
            self._known(name, self._frame(query, params))
        else:
            self._replace(name, self._frame(translating.without_order(query), params))

    def _insert(self, tree: exp.Insert, name: str, params: list[Any]) -> None:
        """The table with the new rows, in the types it has. What is there is not written again."""
        from pyspark.sql import functions  # noqa: PLC0415 - optional

        old, query = self._tables[name], tree.expression
        there_already = isinstance(query, exp.Values)
        if there_already:
            new = self._handed_over(query.sql("duckdb"), params)
        else:
            new = self._frame(translating.without_order(query), params)
        columns = [
            functions.col(f"`{there}`").cast(one.dataType).alias(one.name)
            for there, one in zip(new.columns, old.schema.fields, strict=True)
        ]
        new = new.select(*columns)
        self._known(name, old.unionAll(new if there_already else self._kept(new)))

    def _copy(self, tree: exp.Copy) -> None:
        """The rows in their order as Parquet, and from there, a few at a time, by DuckDB into the file."""
        place = self._stored(self._frame(tree.this.unnest(), []))
        kept = exp.func("read_parquet", exp.Literal.string(f"{place}/*.parquet"), dialect="duckdb")
        tree.set("this", exp.select("*").from_(exp.Table(this=kept)).subquery())
        self._duck.execute(tree.sql("duckdb"))
        shutil.rmtree(place)

    def _known(self, name: str, frame: "DataFrame") -> None:
        frame.createOrReplaceTempView(name)
        self._tables[name] = frame

    def _replace(self, name: str, frame: "DataFrame") -> None:
        self._known(name, self._kept(frame))

    def _frame(self, query: exp.Expr, params: list[Any]) -> "DataFrame":
        """The rows of a query, step by step. Only what several steps read is worked out here."""
        steps = translating.plan(query, self._names)
        for step in steps:
            frame = self._rows_of(step, params)
            frame = self._kept(frame) if step.kept else frame
            frame.createOrReplaceTempView(step.name)
        for step in steps:
            self._session.catalog.dropTempView(step.name)
        return frame

    def _rows_of(self, step: translating.Step, params: list[Any]) -> "DataFrame":
        if step.by is translating.By.DRIVER:
            return self._handed_over(step.sql, params if "?" in step.sql else [])
        if step.by is translating.By.ROW:
            return self._by_duckdb(step.sql, self._session.table(step.reads))
        return self._session.sql(step.sql)

    def _by_duckdb(self, sql: str, frame: "DataFrame") -> "DataFrame":
        """What DuckDB says of each row, where the rows lie."""
        columns = ", ".join(
            f'"{one.name}" {translating.duckdb_type(one.dataType.simpleString())}' for one in frame.schema.fields
        )
        self._duck.execute(f"CREATE OR REPLACE TEMP TABLE {translating.SOURCE} ({columns})")
        shape = [
            (name, translating.spark_type(kind)) for name, kind, *_ in self._duck.execute(f"DESCRIBE {sql}").fetchall()
        ]
        wanted = ", ".join(f'CAST("{name}" AS {translating.duckdb_type(kind)}) AS "{name}"' for name, kind in shape)
        schema = ", ".join(f"`{name}` {kind}" for name, kind in shape)
        return frame.mapInArrow(_worker(self._macros, f"SELECT {wanted} FROM ({sql})"), schema)  # noqa: S608

    def _handed_over(self, sql: str, params: list[Any]) -> "DataFrame":
        """Rows of the driver's DuckDB, as a table of Spark."""
        place = self._place()
        place.mkdir()
        file = str(place / "rows.parquet").replace("'", "''")
        self._duck.execute(f"COPY ({sql}) TO '{file}' (FORMAT parquet)", params or None)
        return self._session.read.parquet(_file(place))

    def _kept(self, frame: "DataFrame") -> "DataFrame":
        return self._session.read.schema(frame.schema).parquet(_file(self._stored(frame)))

    def _stored(self, frame: "DataFrame") -> Path:
        place = self._place()
        frame.write.parquet(_file(place))
        return place

    def _place(self) -> Path:
        return self._folder / next(self._names)


def _worker(macros: Sequence[str], sql: str) -> Any:
    """What runs on Spark's machines. It needs DuckDB and pyarrow there, and nothing of ours."""
    macros, source = list(macros), translating.SOURCE

    def rows(batches: "Iterator[pyarrow.RecordBatch]") -> "Iterator[pyarrow.RecordBatch]":
        import duckdb as here  # noqa: PLC0415 - the worker's own

        db = here.connect()
        for setting in ("threads = 1", "autoinstall_known_extensions = false", "autoload_known_extensions = false"):
            db.execute(f"SET {setting}")
        for macro in macros:
            db.execute(macro)
        for batch in batches:
            db.register(source, batch)
            yield from db.sql(sql).to_arrow_table().to_batches()
        db.close()

    return rows


def _named(tree: exp.Expr) -> str:
    """The table that a statement makes, changes or drops."""
    table = tree.find(exp.Table)
    assert table is not None
    return str(table.name)


def _file(place: Path) -> str:
    """A folder as Spark calls it, whatever file system it would look in otherwise."""
    return f"file:{place.absolute()}"


def _first(error: BaseException) -> str:
    """The line that says what went wrong: with an error of Java's, its own, below py4j's."""
    lines = [line.lstrip(": ") for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith("An error occurred while calling")]
    return told[0][:200] if told else type(error).__name__
