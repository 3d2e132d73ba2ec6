"""Many rows of one model written in one statement, as arrays: the database's own way to take a batch."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connection, models

from pagetojob.postgresql.base import prepared_cursor


def column_type(field: Any) -> str:
    """Without its length: a cast to varchar(300) cuts silently what an assignment refuses."""
    return str(field.db_type(connection)).partition("(")[0]


def prepared(field: Any, values: Iterable[Any]) -> list[Any]:
    """Values of a field as the database takes them."""
    return [field.get_db_prep_save(value, connection) for value in values]


def write_rows(rows: Sequence[models.Model], names: Sequence[str]) -> int:
    """Write the named fields of rows of one model that stand already; returns how many stood. One UPDATE.

    Django's `bulk_update` says each field as a CASE with an arm a row, which the database walks for every row: a
    thousand rows of six fields took it ten times as long.
    """
    if not rows:
        return 0
    model, quote = type(rows[0]), connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    arrays = [("id", "bigint", [row.pk for row in rows])]
    arrays += [
        (one.column, column_type(one), prepared(one, [getattr(row, one.attname) for row in rows])) for one in fields
    ]
    sql = f"""
        UPDATE {quote(model._meta.db_table)} AS target
        SET {", ".join(f"{quote(one.column)} = batch.{quote(one.column)}" for one in fields)}
        FROM unnest({", ".join(f"%s::{kind}[]" for _, kind, _ in arrays)})
            AS batch ({", ".join(quote(column) for column, _, _ in arrays)})
        WHERE target.id = batch.id
    """  # noqa: S608 - identifiers come from the model and are quoted; values are parameters
    with connection.cursor() as cursor:
        cursor.execute(sql, [values for _, _, values in arrays])
        return int(cursor.rowcount)


def insert_rows(rows: Sequence[models.Model], names: tuple[str, ...]) -> None:
    """Insert rows of one model in one statement, whose text is the same however many they are.

    Of the named fields; the others have a default in the database. The rows in memory are not told their ids.
    """
    if not rows:
        return
    sql, fields = _inserting(type(rows[0]), names)
    with prepared_cursor() as cursor:
        cursor.execute(sql, [prepared(field, [getattr(row, field.attname) for row in rows]) for field in fields])


@cache
def _inserting(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, list[Any]]:
    quote = connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    columns = ", ".join(quote(field.column) for field in fields)
    arrays = ", ".join(f"%s::{column_type(field)}[]" for field in fields)
    table = quote(model._meta.db_table)
    sql = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM unnest({arrays}) AS batch ({columns})"  # noqa: S608
    return sql, fields
