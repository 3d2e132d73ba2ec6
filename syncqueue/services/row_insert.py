"""Inserts whole rows with one INSERT, whose text is built once; the ORM builds its statement for each call."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models import NOT_PROVIDED


def insert(
    rows: Sequence[models.Model],
    *,
    computed: Mapping[str, str] | None = None,
    unless_taken: bool = False,
    read: tuple[str, ...] = (),
) -> list[tuple[Any, ...]]:
    """Insert rows of one model in one statement; return the id and the columns in `read` of each, in order.

    `computed` maps a field to the SQL of its value, such as now(). Columns with a database default are left out. With
    `unless_taken`, a row that violates a unique constraint is skipped.
    """
    tail = f"{' ON CONFLICT DO NOTHING' if unless_taken else ''} RETURNING {', '.join(['id', *read])}"
    sql, values = _inserting(rows, computed or {}, tail)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _inserting(rows: Sequence[models.Model], computed: Mapping[str, str], tail: str) -> tuple[str, list[Any]]:
    """Return a statement that ends with `tail`, and its values."""
    model, made = type(rows[0]), tuple(computed.items())
    fields = _fields(model, tuple(name for name, _ in made))
    columns = [[getattr(row, field.attname) for row in rows] for field in fields]
    plain = tuple(_plain(field, values) for field, values in zip(fields, columns, strict=True))
    given = [pair for pair, text in zip(zip(fields, columns, strict=True), plain, strict=True) if not text]
    values = [field.get_db_prep_save(values[at], connection) for at in range(len(rows)) for field, values in given]
    return _statement(model, len(rows), made, plain, tail), values


def _plain(field: Any, values: list[Any]) -> str:
    """Return the SQL of a value shared by all rows in an unset field; empty if it must be passed as a parameter.

    Only values from the model itself, so that there are few statements: NULL, the empty string, a default number or
    boolean.
    """
    first = values[0]
    if first is None:
        return "NULL" if all(value is None for value in values) else ""
    if type(first) not in (str, bool, int) or any(value != first for value in values):
        return ""
    if type(first) is str:
        return "''" if not first else ""
    return str(first) if type(field.default) is type(first) and field.default == first else ""


@cache
def _fields(model: type[models.Model], made: tuple[str, ...]) -> list[Any]:
    """Return the fields whose values come from the rows."""
    return [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and field.db_default is NOT_PROVIDED and field.name not in made
    ]


@cache
def _statement(
    model: type[models.Model],
    count: int,
    computed: tuple[tuple[str, str], ...],
    plain: tuple[str, ...],
    tail: str,
) -> str:
    """Return the SQL text; its parameters are the fields that are not plain, row by row."""
    taken, made = _fields(model, tuple(name for name, _ in computed)), dict(computed)
    by_name = {field.name: str(field.column) for field in model._meta.concrete_fields}
    columns = [by_name[name] for name in [*(field.name for field in taken), *made]]
    row = ", ".join([*(text or "%s" for text in plain), *made.values()])
    return (
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)})"  # noqa: S608 - names of our models
        f" VALUES {', '.join([f'({row})'] * count)}"
        f"{tail}"
    )
