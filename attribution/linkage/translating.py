"""Translates DuckDB statements for Spark. No I/O: works on SQL syntax trees.

Spark runs what combines rows (joins, groups, windows) and the few functions of `_TRUSTED`, which mean the same in both.
Any other part that depends on a single row stays in DuckDB: `by_row` finds it, and the caller runs DuckDB on the
machines that have the rows. Anything else is rejected rather than guessed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

import sqlglot
from sqlglot import exp

#: The table that DuckDB's part of a statement reads.
SOURCE = "source"
#: Functions with the same meaning in DuckDB and Spark, as they are used here.
_TRUSTED = (
    exp.Abs, exp.And, exp.AnyValue, exp.ArgMax, exp.ArgMin, exp.Array, exp.ArrayToString, exp.Case, exp.Cast,
    exp.Coalesce, exp.ConcatWs, exp.Count, exp.DateDiff, exp.Exists, exp.Exp, exp.FirstValue, exp.Greatest,
    exp.GroupConcat, exp.If, exp.Lag, exp.Least, exp.Left, exp.Ln, exp.LogicalOr, exp.Max, exp.Min, exp.Nullif, exp.Or,
    exp.Pow, exp.Round, exp.RowNumber, exp.SplitPart, exp.Sum,
)  # fmt: skip
#: Expressions other than functions that Spark interprets differently or does not support.
_UNTRUSTED = (exp.TryCast, exp.Bracket, exp.Slice, exp.IntDiv, exp.Lambda, exp.Placeholder)
#: Clauses that a row-by-row SELECT must not have.
_TOGETHER = (
    "joins", "laterals", "group", "having", "order", "limit", "offset", "distinct", "qualify", "with_", "sample",
)  # fmt: skip


class By(Enum):
    """The engine of a step: DuckDB on the driver, DuckDB on the machines that have the rows of a table, or Spark."""

    DRIVER, ROW, SPARK = "driver", "row", "spark"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a query, whose rows later steps read by its name.

    `reads` is the table of a row-by-row step; `reused` is true if several steps read the result.
    """

    by: By
    name: str
    sql: str
    reads: str = ""
    reused: bool = False


class Untranslatable(Exception):  # a programming error in a statement
    """A statement contains something that is neither row-by-row nor the same in Spark."""


def parsed(sql: str) -> exp.Expr:
    """Parse a DuckDB statement into a tree."""
    return sqlglot.parse_one(sql, read="duckdb")


def tables_of(tree: exp.Expr) -> set[str]:
    """Return the tables that a statement names, without those of its WITH clause."""
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    return {table.name for table in tree.find_all(exp.Table) if table.name} - own


def untrusted(tree: exp.Expr) -> list[str]:
    """Return the parts that Spark is not trusted with, as DuckDB SQL."""
    return [
        node.sql("duckdb")
        for node in tree.walk()
        if isinstance(node, _UNTRUSTED) or (isinstance(node, exp.Func) and not isinstance(node, _TRUSTED))
    ]


def by_row(query: exp.Expr) -> bool:
    """Return whether it is a SELECT from one source in which each result row depends on one input row only."""
    if not isinstance(query, exp.Select) or not query.args.get("from_"):
        return False
    if any(query.args.get(part) for part in _TOGETHER):
        return False
    parts = [*query.expressions, *filter(None, [query.args.get("where")])]
    return not any(piece.find(exp.Window, exp.AggFunc, exp.Query) for piece in parts)


def split(select: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Split off the nested row-by-row SELECTs, rewritten to read the table `source`; return them and that source."""
    copy = select.copy()
    inner = copy
    while isinstance(below := inner.args["from_"].this, exp.Subquery) and by_row(below.this):
        inner = below.this
    base = inner.args["from_"].this
    base.replace(_table(SOURCE, base.alias_or_name))
    if isinstance(base, exp.Table):
        base.set("alias", None)
    return copy, base


def _table(name: str, alias: str) -> exp.Table:
    return exp.Table(
        this=exp.to_identifier(name), alias=exp.TableAlias(this=exp.to_identifier(alias)) if alias else None
    )


def duckdb_part(tree: exp.Expr) -> exp.Expr | None:
    """Return the largest row-by-row part that contains something Spark is not trusted with, if any."""
    for query in tree.find_all(exp.Select):
        if by_row(query) and untrusted(split(query)[0]):
            return query
    return None


def constant_part(tree: exp.Expr) -> exp.Expr | None:
    """Return the first part without a table that Spark is not trusted with, if any: parameters, and lists of them."""
    for query in tree.find_all(exp.Select):
        if not query.args.get("from_") and not query.find(exp.Table) and untrusted(query):
            return query
    return None


def resolve_with(tree: exp.Expr) -> Iterator[tuple[exp.CTE, list[exp.Table]]]:
    """Resolve the WITH clause: inline what is used once, and yield every other part with its uses."""
    head = tree.args.get("with_")
    if head is None:
        return
    for cte in head.expressions:
        uses = [table for table in tree.find_all(exp.Table) if table.name == cte.alias]
        if len(uses) == 1:
            (use,) = uses
            use.replace(cte.this.copy().subquery(use.alias_or_name))
        else:
            yield cte, uses
    tree.set("with_", None)


def plan(query: exp.Expr, names: Iterator[str]) -> list[Step]:
    """Return the steps of a query; the last one has its rows. `names` must be unused. Raises Untranslatable."""
    steps: list[Step] = []
    root = exp.Subquery(this=query.copy())
    for cte, uses in resolve_with(root.this):
        steps += plan(cte.this, names)
        steps[-1] = replace(steps[-1], reused=True)
        for use in uses:
            use.replace(_table(steps[-1].name, use.alias_or_name))
    while part := constant_part(root):
        steps.append(Step(By.DRIVER, next(names), part.sql("duckdb")))
        part.replace(exp.select("*").from_(steps[-1].name))
    while part := duckdb_part(root):
        rows, source = split(part)
        reads = source.name
        if isinstance(source, exp.Subquery):
            steps += plan(source.this, names)
            reads = steps[-1].name
        steps.append(Step(By.ROW, next(names), rows.sql("duckdb"), reads))
        part.replace(exp.select("*").from_(steps[-1].name))
    return [*steps, Step(By.SPARK, next(names), spark_sql(root.this))]


def without_order(query: exp.Expr) -> exp.Expr:
    """Remove the final ORDER BY of a query for a table, unless a LIMIT needs it: rows of a table have no order."""
    if query.args.get("order") and not query.args.get("limit"):
        query.set("order", None)
    return query


def query_after_update(update: exp.Update) -> exp.Expr:
    """Return a query for the rows of a table after an UPDATE. Its FROM must match each row at most once."""
    table = update.this
    where = update.args["where"].this if update.args.get("where") else exp.true()
    new = {assignment.this.name: assignment.expression for assignment in update.expressions}
    query = exp.Select().from_(table.copy())
    if other := update.args.get("from_"):
        named = other.this
        alias = named.alias_or_name
        inner = named.copy()
        if isinstance(inner, exp.Table):
            inner.set("alias", None)
        marked = exp.select("*", exp.alias_(exp.true(), "hit")).from_(inner).subquery(alias)
        query = query.join(marked, on=where, join_type="left")
        where = exp.column("hit", table=alias)
    unchanged = exp.Column(
        this=exp.Star(except_=[exp.to_identifier(name) for name in new]), table=exp.to_identifier(table.alias_or_name)
    )
    changed = [
        exp.alias_(exp.Case().when(where.copy(), value.copy()).else_(exp.column(name, table=table.alias_or_name)), name)
        for name, value in new.items()
    ]
    return query.select(unchanged, *changed)


def spark_sql(query: exp.Expr) -> str:
    """Return a query as Spark SQL. Raises Untranslatable for anything Spark is not trusted with."""
    if odd := untrusted(query):
        raise Untranslatable(f"Spark is not trusted with {odd[0]} in {query.sql('duckdb')[:200]}")
    return query.copy().transform(_for_spark).sql("spark", identify=True)


def _for_spark(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Literal) and not node.is_string and "." in node.name:
        return exp.cast(node.copy(), "double") if not isinstance(node.parent, exp.Cast) else node
    if isinstance(node, exp.Window):
        return _window(node)
    if isinstance(node, exp.Sum) and isinstance(node.this, exp.Order):
        return _sum_in_order(node.this)
    if (
        isinstance(node, exp.IgnoreNulls)
        and isinstance(node.this, exp.AnyValue)
        and isinstance(node.this.this, exp.Order)
    ):
        return _first_of(node.this.this)
    return node


_WHOLE = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="UNBOUNDED", end_side="FOLLOWING")


def _only_where(aggregate: exp.Expr, condition: exp.Expr) -> None:
    """Restrict a sum or a count to the rows that satisfy the condition."""
    ordered = aggregate.this if isinstance(aggregate.this, exp.Order) else aggregate
    value = exp.Literal.number(1) if isinstance(ordered.this, exp.Star) else ordered.this
    ordered.set("this", exp.Case().when(condition.copy(), value.copy()))


def _window(window: exp.Window) -> exp.Expr:
    """Rewrite a window for Spark: no FILTER, the order of a sum in the frame, and a row number without an order."""
    function = window.this
    if isinstance(function, exp.Filter):
        (condition, function) = function.expression.this, function.this
        _only_where(function, condition)
        window.set("this", function)
    if isinstance(function, exp.Sum) and isinstance(function.this, exp.Order):
        window.set("order", exp.Order(expressions=[expression.copy() for expression in function.this.expressions]))
        window.set("spec", _WHOLE.copy())
        function.set("this", function.this.this.copy())
    elif isinstance(function, exp.RowNumber):
        # Without an order, a row number only has to be unique; a real one would send all rows through one machine. A
        # real row number is cast to the width it has in DuckDB.
        wide = window if window.args.get("order") else exp.Anonymous(this="MONOTONICALLY_INCREASING_ID")
        return wide if isinstance(window.parent, exp.Cast) else exp.cast(wide.copy(), "bigint")
    return window


def _first_of(order: exp.Order) -> exp.Expr:
    """Return the first value that is not null, as DuckDB does."""
    value, key = order.this, order.expressions[0].this
    order_key = exp.Case().when(exp.not_(value.copy().is_(exp.null())), key.copy())
    return exp.Anonymous(this="MIN_BY", expressions=[value.copy(), order_key])


def _sum_in_order(order: exp.Order) -> exp.Expr:
    """Return a sum with a fixed order of addition, since the order changes a floating-point result."""
    key, value = order.expressions[0].this.sql("spark", identify=True), order.this.copy().transform(_for_spark)
    text = value.sql("spark", identify=True)
    return sqlglot.parse_one(
        f"AGGREGATE(ARRAY_SORT(COLLECT_LIST(STRUCT({key} AS k, {text} AS v))), CAST(0 AS DOUBLE), (a, s) -> a + s.v)",
        read="spark",
    )


#: DuckDB types that Spark has, with their names there. Any other type is converted to one of these.
_TYPES = {
    "VARCHAR": "string", "BIGINT": "bigint", "INTEGER": "int", "SMALLINT": "smallint", "TINYINT": "tinyint",
    "DOUBLE": "double", "FLOAT": "float", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp_ntz",
}  # fmt: skip
_CASTS = {"UBIGINT": "BIGINT", "UINTEGER": "BIGINT", "HUGEINT": "BIGINT", '"NULL"': "VARCHAR", "NULL": "VARCHAR"}


def spark_type(name: str) -> str:
    """Return the Spark name of a DuckDB type."""
    if name.endswith("[]"):
        return f"array<{spark_type(name[:-2])}>"
    name = _CASTS.get(name, name)
    if name.startswith("DECIMAL"):
        return "double"
    if name not in _TYPES:
        raise Untranslatable(f"Spark has no type for {name}")
    return _TYPES[name]


def duckdb_type(name: str) -> str:
    """Return the DuckDB name of a Spark type, given by its simple name."""
    if name.startswith("array<"):
        return f"{duckdb_type(name[6:-1])}[]"
    if name.startswith("decimal"):
        return name.upper()
    known = {there: here for here, there in _TYPES.items()} | {"void": "VARCHAR"}
    if name not in known:
        raise Untranslatable(f"DuckDB has no type for {name}")
    return known[name]
