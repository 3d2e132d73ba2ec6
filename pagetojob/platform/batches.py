"""Bulk updates of one model: the rows go to PostgreSQL as arrays, in one prepared statement."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, models

from pagetojob.platform.postgresql.base import prepared_cursor


def prepared(field: Any, values: Iterable[Any]) -> list[Any]:
    """Return values of a field in the form the database expects; JSON as text."""
    if type(field) is models.JSONField and field.encoder is None:
        return [None if value is None else json.dumps(value) for value in values]
    return [field.get_db_prep_save(value, connection) for value in values]


def batch_of(ids: Sequence[int], columns: Mapping[Any, Sequence[Any]], **more: Sequence[int]) -> tuple[str, list[Any]]:
    """Return a FROM item `batch` with the ids, integer columns `more` and the values of fields, and its parameters.

    For a prepared cursor: `%b` passes a list in binary form, which costs a fraction of quoting its values. A cast to
    varchar(300) would truncate silently, so the types have no length: the assignment raises an error.
    """
    names, casts = ["id", *more], ["%b::bigint[]", *("%b::integer[]" for _ in more)]
    values = [list(ids), *(list(numbers) for numbers in more.values())]
    for field, given in columns.items():
        kind = str(field.db_type(connection)).partition("(")[0]
        names.append(connection.ops.quote_name(field.column))
        casts.append("%b::text[]::jsonb[]" if kind == "jsonb" else f"%b::{kind}[]")
        values.append(prepared(field, given))
    return f"unnest({', '.join(casts)}) AS batch ({', '.join(names)})", values


def write_rows(rows: Sequence[models.Model], names: Sequence[str]) -> int:
    """Update the named fields of existing rows of one model in one UPDATE; return the number of rows updated.

    Django's `bulk_update` writes a CASE with one branch per row for each field, and PostgreSQL evaluates it for every
    row: 1,000 rows with six fields took ten times as long.
    """
    if not rows:
        return 0
    model, quote = type(rows[0]), connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    columns = {field: [getattr(row, field.attname) for row in rows] for field in fields}
    batch, values = batch_of([row.pk for row in rows], columns)
    sql = f"""
        UPDATE {quote(model._meta.db_table)} AS target
        SET {", ".join(f"{quote(field.column)} = batch.{quote(field.column)}" for field in fields)}
        FROM {batch} WHERE target.id = batch.id
    """  # noqa: S608 - identifiers come from the model and are quoted; values are parameters
    with prepared_cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)
