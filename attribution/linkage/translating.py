"""DuckDB's statements as Spark can run them. Pure: trees of SQL in, trees and text of SQL out.

Spark is trusted with what rows say of each other (joins, groups, windows) and with the few functions of `_TRUSTED`,
which mean the same in both. What looks at one row at a time in any other way stays DuckDB's: `by_row` finds it, and
whoever runs the statement has DuckDB do it wherever the rows lie. Anything else is refused, never guessed at.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

import sqlglot
from sqlglot import exp

#: The table that DuckDB's part of a statement reads.
SOURCE = "source"
#: Functions that DuckDB and Spark give one meaning, as they are used here.
_TRUSTED = (
    exp.Abs, exp.And, exp.AnyValue, exp.ArgMax, exp.ArgMin, exp.Array, exp.ArrayToString, exp.Case, exp.Cast,
    exp.Coalesce, exp.ConcatWs, exp.Count, exp.DateDiff, exp.Exists, exp.Exp, exp.FirstValue, exp.Greatest,
    exp.GroupConcat, exp.If, exp.Lag, exp.Least, exp.Left, exp.Ln, exp.LogicalOr, exp.Max, exp.Min, exp.Nullif, exp.Or,
    exp.Pow, exp.Round, exp.RowNumber, exp.SplitPart, exp.Sum,
)  # fmt: skip
#: No functions, but each means something else there, or nothing.
_UNTRUSTED = (exp.TryCast, exp.Bracket, exp.Slice, exp.IntDiv, exp.Lambda, exp.Placeholder)
#: Of a SELECT that looks at one row at a time, none of these.
_TOGETHER = (
    "joins", "laterals", "group", "having", "order", "limit", "offset", "distinct", "qualify", "with_", "sample",
)  # fmt: skip


class By(Enum):
    """Who runs a step: DuckDB beside the driver, DuckDB wherever the rows of one table lie, or Spark."""

    DRIVER, ROW, SPARK = "driver", "row", "spark"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a query: its rows get a name, which later steps read. `reads` is the table of a step by row; `kept`
    says that more than one step reads it."""

    by: By
    name: str
    sql: str
    reads: str = ""
    kept: bool = False


class Untranslatable(Exception):  # an error of ours, for whoever writes a statement
    """A statement has something that neither looks at one row at a time nor means the same in Spark."""


def parsed(sql: str) -> exp.Expr:
    """A statement of DuckDB as a tree."""
    return sqlglot.parse_one(sql, read="duckdb")


def tables_of(tree: exp.Expr) -> set[str]:
    """The tables that it names, but for its own WITH."""
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    return {table.name for table in tree.find_all(exp.Table) if table.name} - own


def foreign(tree: exp.Expr) -> list[str]:
    """What Spark is not trusted with, by its names in DuckDB."""
    return [
        node.sql("duckdb")
        for node in tree.walk()
        if isinstance(node, _UNTRUSTED) or (isinstance(node, exp.Func) and not isinstance(node, _TRUSTED))
    ]


def by_row(query: exp.Expr) -> bool:
    """Whether it is a SELECT from one source that says of each row what that row alone tells."""
    if not isinstance(query, exp.Select) or not query.args.get("from_"):
        return False
    if any(query.args.get(part) for part in _TOGETHER):
        return False
    said = [*query.expressions, *filter(None, [query.args.get("where")])]
    return not any(one.find(exp.Window, exp.AggFunc, exp.Query) for one in said)


def split(select: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """The SELECTs inside one another that look at one row at a time, over the table `source`; and what that is."""
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


def of_duckdb(tree: exp.Expr) -> exp.Expr | None:
    """The largest part, if any, that looks at one row at a time and has something Spark is not trusted with."""
    for query in tree.find_all(exp.Select):
        if by_row(query) and foreign(split(query)[0]):
            return query
    return None


def of_nothing(tree: exp.Expr) -> exp.Expr | None:
    """The first part, if any, that reads no table and that Spark is not trusted with: parameters, and lists of them."""
    for query in tree.find_all(exp.Select):
        if not query.args.get("from_") and not query.find(exp.Table) and foreign(query):
            return query
    return None


def shared(tree: exp.Expr) -> Iterator[tuple[exp.CTE, list[exp.Table]]]:
    """Take its WITH apart: what is used once goes where it is used; of the rest each is given with its uses."""
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
    """The steps of a query, the last of which has its rows; `names` are such as no table has. Raises Untranslatable."""
    steps: list[Step] = []
    root = exp.Subquery(this=query.copy())
    for cte, uses in shared(root.this):
        steps += plan(cte.this, names)
        steps[-1] = replace(steps[-1], kept=True)
        for use in uses:
            use.replace(_table(steps[-1].name, use.alias_or_name))
    while part := of_nothing(root):
        steps.append(Step(By.DRIVER, next(names), part.sql("duckdb")))
        part.replace(exp.select("*").from_(steps[-1].name))
    while part := of_duckdb(root):
        rows, source = split(part)
        reads = source.name
        if isinstance(source, exp.Subquery):
            steps += plan(source.this, names)
            reads = steps[-1].name
        steps.append(Step(By.ROW, next(names), rows.sql("duckdb"), reads))
        part.replace(exp.select("*").from_(steps[-1].name))
    return [*steps, Step(By.SPARK, next(names), spark_sql(root.this))]


def without_order(query: exp.Expr) -> exp.Expr:
    """A query for a table, where rows have no order: what sorts them at its end is left out unless it cuts off."""
    if query.args.get("order") and not query.args.get("limit"):
        query.set("order", None)
    return query


def updated(update: exp.Update) -> exp.Expr:
    """The query whose rows are those of the table after the UPDATE. What it reads besides must fit each row once."""
    table = update.this
    where = update.args["where"].this if update.args.get("where") else exp.true()
    new = {one.this.name: one.expression for one in update.expressions}
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
    kept = exp.Column(
        this=exp.Star(except_=[exp.to_identifier(name) for name in new]), table=exp.to_identifier(table.alias_or_name)
    )
    changed = [
        exp.alias_(exp.Case().when(where.copy(), value.copy()).else_(exp.column(name, table=table.alias_or_name)), name)
        for name, value in new.items()
    ]
    return query.select(kept, *changed)


def spark_sql(query: exp.Expr) -> str:
    """The text of a query for Spark. Raises Untranslatable for anything Spark is not trusted with."""
    if odd := foreign(query):
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


def _only_where(found: exp.Expr, condition: exp.Expr) -> None:
    """Let a sum or a count see nothing but what the condition holds of."""
    ordered = found.this if isinstance(found.this, exp.Order) else found
    value = exp.Literal.number(1) if isinstance(ordered.this, exp.Star) else ordered.this
    ordered.set("this", exp.Case().when(condition.copy(), value.copy()))


def _window(window: exp.Window) -> exp.Expr:
    """Windows as Spark knows them: no FILTER, the order of a sum beside the frame, and a number without an order."""
    found = window.this
    if isinstance(found, exp.Filter):
        (condition, found) = found.expression.this, found.this
        _only_where(found, condition)
        window.set("this", found)
    if isinstance(found, exp.Sum) and isinstance(found.this, exp.Order):
        window.set("order", exp.Order(expressions=[one.copy() for one in found.this.expressions]))
        window.set("spec", _WHOLE.copy())
        found.set("this", found.this.this.copy())
    elif isinstance(found, exp.RowNumber):
        # A number of its own for each row is all that one without an order says; a counted one would go through one
        # machine. Where it is counted, it is as wide as DuckDB's.
        wide = window if window.args.get("order") else exp.Anonymous(this="MONOTONICALLY_INCREASING_ID")
        return wide if isinstance(window.parent, exp.Cast) else exp.cast(wide.copy(), "bigint")
    return window


def _first_of(order: exp.Order) -> exp.Expr:
    """The first value that is not null, as DuckDB takes it."""
    value, key = order.this, order.expressions[0].this
    told = exp.Case().when(exp.not_(value.copy().is_(exp.null())), key.copy())
    return exp.Anonymous(this="MIN_BY", expressions=[value.copy(), told])


def _sum_in_order(order: exp.Order) -> exp.Expr:
    """A sum whose parts are added in one order, since floats added in another give another."""
    key, value = order.expressions[0].this.sql("spark", identify=True), order.this.copy().transform(_for_spark)
    text = value.sql("spark", identify=True)
    return sqlglot.parse_one(
        f"AGGREGATE(ARRAY_SORT(COLLECT_LIST(STRUCT({key} AS k, {text} AS v))), CAST(0 AS DOUBLE), (a, s) -> a + s.v)",
        read="spark",
    )


#: Types of DuckDB that Spark has, by their names there. Any other becomes one of these first.
_TYPES = {
    "VARCHAR": "string", "BIGINT": "bigint", "INTEGER": "int", "SMALLINT": "smallint", "TINYINT": "tinyint",
    "DOUBLE": "double", "FLOAT": "float", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp_ntz",
}  # fmt: skip
_CASTS = {"UBIGINT": "BIGINT", "UINTEGER": "BIGINT", "HUGEINT": "BIGINT", '"NULL"': "VARCHAR", "NULL": "VARCHAR"}


def spark_type(name: str) -> str:
    """A type of DuckDB as Spark calls it."""
    if name.endswith("[]"):
        return f"array<{spark_type(name[:-2])}>"
    name = _CASTS.get(name, name)
    if name.startswith("DECIMAL"):
        return "double"
    if name not in _TYPES:
        raise Untranslatable(f"Spark has no type for {name}")
    return _TYPES[name]


def duckdb_type(name: str) -> str:
    """A type of Spark, by its simple name, as DuckDB calls it."""
    if name.startswith("array<"):
        return f"{duckdb_type(name[6:-1])}[]"
    if name.startswith("decimal"):
        return name.upper()
    known = {there: here for here, there in _TYPES.items()} | {"void": "VARCHAR"}
    if name not in known:
        raise Untranslatable(f"DuckDB has no type for {name}")
    return known[name]
