"""Bulk reads and updates of one model. An update passes its rows to PostgreSQL as arrays, in one statement."""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models.base import ModelState

from pagetojob.platform.postgresql.arrays import array


def column_type(field: Any) -> str:
    """Return the SQL type of a field without its length.

    A cast to varchar(300) truncates silently, but an assignment raises an error.
    """
    return str(field.db_type(connection)).partition("(")[0]


def prepared(field: Any, values: Iterable[Any]) -> list[Any]:
    """Return values of a field in the form the database expects."""
    return [field.get_db_prep_save(value, connection) for value in values]


def prepared_array(field: Any, values: Sequence[Any]) -> Any:
    """Return values of a field as one array for a prepared statement that casts it to `column_type`."""
    if type(field) is models.JSONField and field.encoder is None:
        return array("jsonb", [None if value is None else json.dumps(value) for value in values])
    return array(column_type(field), prepared(field, values))


def write_rows(rows: Sequence[models.Model], names: Sequence[str]) -> int:
    """Update the named fields of existing rows of one model in one UPDATE; return the number of rows updated.

    Django's `bulk_update` writes a CASE with one branch per row for each field, and PostgreSQL evaluates it for every
    row: 1,000 rows with six fields took ten times as long.
    """
    if not rows:
        return 0
    model, quote = type(rows[0]), connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    arrays = [("id", "bigint", [row.pk for row in rows])]
    arrays += [
        (field.column, column_type(field), prepared(field, [getattr(row, field.attname) for row in rows]))
        for field in fields
    ]
    sql = f"""
        UPDATE {quote(model._meta.db_table)} AS target
        SET {", ".join(f"{quote(field.column)} = batch.{quote(field.column)}" for field in fields)}
        FROM unnest({", ".join(f"%s::{kind}[]" for _, kind, _ in arrays)})
            AS batch ({", ".join(quote(column) for column, _, _ in arrays)})
        WHERE target.id = batch.id
    """  # noqa: S608 - identifiers come from the model and are quoted; values are parameters
    with connection.cursor() as cursor:
        cursor.execute(sql, [values for _, _, values in arrays])
        return int(cursor.rowcount)


def columns_of(model: type[models.Model], alias: str, names: tuple[str, ...] = ()) -> str:
    """Return the model's columns for a SELECT on the table alias `alias`, for use with `loaded`.

    Includes all columns, or only those of the named fields.
    """
    fields = _fields(model, names)
    return ", ".join(f"{alias}.{connection.ops.quote_name(str(field.column))}" for field in fields)


def loaded[Row: models.Model](model: type[Row], values: Sequence[Any], names: tuple[str, ...] = ()) -> Row:
    """Build the instance that the ORM would build from these `columns_of` values, without a query.

    Sets all fields at once. Setting them one by one and sending the `init` signals took a tenth of a worker's time. Use
    it only for models without signal receivers or custom field descriptors. Fields that are not named are deferred and
    loaded by a query on access.
    """
    attributes, converters = _shape(model, names)
    row = model.__new__(model)
    row._state = ModelState()
    row._state.adding, row._state.db = False, connection.alias
    facts = row.__dict__
    facts.update(zip(attributes, values, strict=True))
    for name, convert in converters:
        facts[name] = convert(facts[name], None, connection)
    return row


def _fields(model: type[models.Model], names: tuple[str, ...]) -> list[Any]:
    return [model._meta.get_field(name) for name in names] or list(model._meta.concrete_fields)


@cache
def _shape(model: type[models.Model], names: tuple[str, ...]) -> tuple[list[str], list[tuple[str, Any]]]:
    fields = _fields(model, names)
    converters = [(field.attname, convert) for field in fields for convert in field.get_db_converters(connection)]
    return [field.attname for field in fields], converters
