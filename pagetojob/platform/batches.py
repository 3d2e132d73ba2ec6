"""Many rows of one model written in one statement, as arrays: the database's own way to take a batch."""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models.base import ModelState

from pagetojob.platform.postgresql.arrays import array
from pagetojob.platform.postgresql.base import prepared_cursor


def column_type(field: Any) -> str:
    """Without its length: a cast to varchar(300) cuts silently what an assignment refuses."""
    return str(field.db_type(connection)).partition("(")[0]


def prepared(field: Any, values: Iterable[Any]) -> list[Any]:
    """Values of a field as the database takes them."""
    return [field.get_db_prep_save(value, connection) for value in values]


def prepared_array(field: Any, values: Sequence[Any]) -> Any:
    """Values of a field as one array, for a statement that the server keeps and that casts it to `column_type`."""
    if type(field) is models.JSONField and field.encoder is None:
        return array("jsonb", [None if value is None else json.dumps(value) for value in values])
    return array(column_type(field), prepared(field, values))


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


def insert_rows(model: type[models.Model], names: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of a model in one statement, whose text is the same however many they are.

    Each row has the values of the named fields, ids for what it refers to; the other fields have a default in the
    database. What is the same in all rows is handed over once, but for the first field.
    """
    if not rows:
        return
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    columns = list(zip(*rows, strict=True))
    same = tuple(place > 0 and all(one == column[0] for one in column) for place, column in enumerate(columns))
    values: list[Any] = [
        prepared(field, column[:1])[0] if once else prepared_array(field, column)
        for field, column, once in zip(fields, columns, same, strict=True)
    ]
    with prepared_cursor() as cursor:
        # What stands once comes first in the text.
        ordered = sorted(zip(same, values, strict=True), key=lambda pair: not pair[0])
        cursor.execute(_inserting(model, names, same), [value for _, value in ordered])


@cache
def _inserting(model: type[models.Model], names: tuple[str, ...], same: tuple[bool, ...]) -> str:
    quote = connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    ordered = sorted(zip(same, fields, strict=True), key=lambda pair: not pair[0])
    columns = ", ".join(quote(field.column) for _, field in ordered)
    picked = ", ".join(f"%s::{column_type(field)}" if once else quote(field.column) for once, field in ordered)
    each = [field for once, field in ordered if not once]
    arrays = ", ".join(f"%s::{column_type(field)}[]" for field in each)
    batch = ", ".join(quote(field.column) for field in each)
    table = quote(model._meta.db_table)
    return f"INSERT INTO {table} ({columns}) SELECT {picked} FROM unnest({arrays}) AS batch ({batch})"  # noqa: S608


def columns_of(model: type[models.Model], alias: str, names: tuple[str, ...] = ()) -> str:
    """Columns of a model, named one by one, of the table that a statement calls `alias`; see `loaded`. All, or those of
    the named fields."""
    fields = _fields(model, names)
    return ", ".join(f"{alias}.{connection.ops.quote_name(str(field.column))}" for field in fields)


def loaded[Row: models.Model](model: type[Row], values: Sequence[Any], names: tuple[str, ...] = ()) -> Row:
    """The row that the ORM would have made of these values of `columns_of`. No query.

    Its fields are filled at once: setting them one by one, with the signals of a new row, was a tenth of what a worker
    did. So it is for models that nobody listens to and whose fields keep what they are given. A field that was not
    named is read when it is asked for, by a query of its own.
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
