"""Runs the linkage's statements on Spark, for files too large for one machine.

A `Database` accepts DuckDB statements, like a DuckDB connection. Spark runs what combines rows; DuckDB evaluates what
depends on a single row (its normal forms, its marks, the comparison of two records), on the machine that has the row.
So both engines interpret names, phones, dates and similarity in the same way.

Files are read on the driver, in DuckDB. Every table is stored as Parquet in a folder that all machines can read: it
survives the loss of a worker, no query plan grows beyond one statement, and a table that is replaced does not read
itself.
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

JAVA = "The spark engine needs Java 17 or later. Install a JRE or set JAVA_HOME."
#: Default session settings: no ports open beyond this machine, no web UI, no Hive.
_DEFAULTS = {
    "spark.ui.enabled": "false",
    # The exception reports failures; Spark's own log would contain cell values.
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
    """The rows of a statement, if any."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows


def started(spark: Spark, work: Path) -> "SparkSession":
    """Start a session. Raises LinkageError without pyspark or Java, and if the master is unreachable."""
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
    except Exception as error:  # exceptions of Java, py4j and pyspark have no other common base
        raise LinkageError(f"Spark did not start at {spark.master}: {_cause(error)}") from error


class Database:
    """Runs DuckDB statements. `duck` reads files and writes the result; Spark does everything in between."""

    def __init__(self, duck: duckdb.DuckDBPyConnection, spark: Spark, work: Path, tick: Callable[[], None]) -> None:
        self._duck, self._tick = duck, tick
        self._folder = work / "tables"
        self._folder.mkdir()
        self._session = started(spark, work)
        self._macros: list[str] = []
        self._tables: dict[str, DataFrame] = {}
        self._names = (f"part_{number}" for number in count(1))

    def close(self) -> None:
        """Stop Spark, ignoring errors if it has already stopped."""
        with suppress(Exception):
            self._session.stop()
        self._duck.close()

    def execute(self, sql: str, params: Sequence[Any] = ()) -> Answer:
        """Run one statement. Raises LinkageError if Spark fails, duckdb.Error if DuckDB on the driver fails."""
        from py4j.protocol import Py4JError  # noqa: PLC0415 - comes with pyspark
        from pyspark.errors import PySparkException  # noqa: PLC0415 - optional

        self._tick()
        try:
            return Answer(self._run(sql, list(params)))
        except (PySparkException, Py4JError) as error:
            raise LinkageError(f"The linkage stopped in Spark: {_cause(error)}") from error

    def _run(self, sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
        """Return the rows of a query, or an empty list for other statements."""
        if sql.startswith("CREATE OR REPLACE MACRO"):
            self._macros.append(sql)
            self._duck.execute(sql)
            return []
        tree = translating.parsed(sql)
        if isinstance(tree, exp.Query):
            if translating.tables_of(tree) & set(self._tables):
                return [tuple(row) for row in self._frame(tree, params).collect()]
            return self._duck.execute(sql, params or None).fetchall()
        name = _table_name(tree)
        if isinstance(tree, exp.Create):
            self._create(tree, name, sql, params)
        elif isinstance(tree, exp.Insert):
            self._insert(tree, name, params)
        elif isinstance(tree, exp.Update):
            self._replace(name, self._frame(translating.query_after_update(tree), params))
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
            self._known(name, self._handed_over(f"SELECT * FROM {name}", []))  # noqa: S608 - constant names
            self._duck.execute(f"DROP TABLE {name}")
        elif tree.kind == "VIEW":
            self._known(name, self._frame(query, params))
        else:
            self._replace(name, self._frame(translating.without_order(query), params))

    def _insert(self, tree: exp.Insert, name: str, params: list[Any]) -> None:
        """Append rows to a table, cast to its types. Existing rows are not written again."""
        from pyspark.sql import functions  # noqa: PLC0415 - optional

        old, query = self._tables[name], tree.expression
        there_already = isinstance(query, exp.Values)
        if there_already:
            new = self._handed_over(query.sql("duckdb"), params)
        else:
            new = self._frame(translating.without_order(query), params)
        columns = [
            functions.col(f"`{there}`").cast(field.dataType).alias(field.name)
            for there, field in zip(new.columns, old.schema.fields, strict=True)
        ]
        new = new.select(*columns)
        self._known(name, old.unionAll(new if there_already else self._materialized(new)))

    def _copy(self, tree: exp.Copy) -> None:
        """Write the sorted rows as Parquet; DuckDB then copies them to the file in batches."""
        place = self._stored(self._frame(tree.this.unnest(), []))
        parquet = exp.func("read_parquet", exp.Literal.string(f"{place}/*.parquet"), dialect="duckdb")
        tree.set("this", exp.select("*").from_(exp.Table(this=parquet)).subquery())
        self._duck.execute(tree.sql("duckdb"))
        shutil.rmtree(place)

    def _known(self, name: str, frame: "DataFrame") -> None:
        frame.createOrReplaceTempView(name)
        self._tables[name] = frame

    def _replace(self, name: str, frame: "DataFrame") -> None:
        self._known(name, self._materialized(frame))

    def _frame(self, query: exp.Expr, params: list[Any]) -> "DataFrame":
        """Build the rows of a query step by step. Only results that several steps read are stored."""
        steps = translating.plan(query, self._names)
        for step in steps:
            frame = self._rows_of(step, params)
            frame = self._materialized(frame) if step.reused else frame
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
        """Evaluate SQL with DuckDB for each row, on the machine that has the row."""
        columns = ", ".join(
            f'"{field.name}" {translating.duckdb_type(field.dataType.simpleString())}' for field in frame.schema.fields
        )
        self._duck.execute(f"CREATE OR REPLACE TEMP TABLE {translating.SOURCE} ({columns})")
        shape = [
            (name, translating.spark_type(kind)) for name, kind, *_ in self._duck.execute(f"DESCRIBE {sql}").fetchall()
        ]
        wanted = ", ".join(f'CAST("{name}" AS {translating.duckdb_type(kind)}) AS "{name}"' for name, kind in shape)
        schema = ", ".join(f"`{name}` {kind}" for name, kind in shape)
        return frame.mapInArrow(_worker(self._macros, f"SELECT {wanted} FROM ({sql})"), schema)  # noqa: S608

    def _handed_over(self, sql: str, params: list[Any]) -> "DataFrame":
        """Pass rows from the driver's DuckDB to Spark as a table."""
        place = self._place()
        place.mkdir()
        file = str(place / "rows.parquet").replace("'", "''")
        self._duck.execute(f"COPY ({sql}) TO '{file}' (FORMAT parquet)", params or None)
        return self._session.read.parquet(_file(place))

    def _materialized(self, frame: "DataFrame") -> "DataFrame":
        return self._session.read.schema(frame.schema).parquet(_file(self._stored(frame)))

    def _stored(self, frame: "DataFrame") -> Path:
        place = self._place()
        frame.write.parquet(_file(place))
        return place

    def _place(self) -> Path:
        return self._folder / next(self._names)


def _worker(macros: Sequence[str], sql: str) -> Any:
    """Return the function that runs on Spark's machines. It needs DuckDB and pyarrow there, but no project code."""
    macros, source = list(macros), translating.SOURCE

    def rows(batches: "Iterator[pyarrow.RecordBatch]") -> "Iterator[pyarrow.RecordBatch]":
        import duckdb as here  # noqa: PLC0415 - import on the worker

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


def _table_name(tree: exp.Expr) -> str:
    """Return the table that a statement creates, changes or drops."""
    table = tree.find(exp.Table)
    assert table is not None
    return str(table.name)


def _file(place: Path) -> str:
    """Return a folder as a URL, so that Spark does not use its default file system."""
    return f"file:{place.absolute()}"


def _cause(error: BaseException) -> str:
    """Return the line with the cause of an error: for Java errors, the one below py4j's."""
    lines = [line.lstrip(": ") for line in str(error).splitlines() if line.strip()]
    messages = [line for line in lines if not line.startswith("An error occurred while calling")]
    return messages[0][:200] if messages else type(error).__name__
