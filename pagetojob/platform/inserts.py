"""INSERT statements whose text is built once; the ORM builds its statement for each call."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models import NOT_PROVIDED

from pagetojob.platform.postgresql.base import prepared_cursor

from .batches import column_type, prepared, prepared_array


def insert_into(model: type[models.Model], fields: Iterable[Any]) -> str:
    """Return the beginning of an INSERT that sets these fields."""
    return f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({column_list(fields)})"


def column_list(fields: Iterable[Any]) -> str:
    """Return the columns of fields, quoted and separated by commas."""
    return ", ".join(connection.ops.quote_name(field.column) for field in fields)


@cache
def given_fields(model: type[models.Model], apart: tuple[str, ...] = ()) -> list[Any]:
    """Return the fields that neither the database nor the SQL of the fields `apart` fills."""
    return [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and field.db_default is NOT_PROVIDED and field.name not in apart
    ]


def insert_rows(model: type[models.Model], names: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of a model in one statement whose text does not depend on the number of rows.

    Each row holds the values of the named fields, with ids for foreign keys. All other fields need a database default.
    A value that is the same in all rows is passed once, except for the first field.
    """
    if not rows:
        return
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    columns = list(zip(*rows, strict=True))
    same = tuple(place > 0 and all(cell == column[0] for cell in column) for place, column in enumerate(columns))
    values: list[Any] = [
        prepared(field, column[:1])[0] if once else prepared_array(field, column)
        for field, column, once in zip(fields, columns, same, strict=True)
    ]
    with prepared_cursor() as cursor:
        # Scalar parameters come first in the statement text.
        ordered = sorted(zip(same, values, strict=True), key=lambda pair: not pair[0])
        cursor.execute(_from_arrays(model, names, same), [value for _, value in ordered])


@cache
def _from_arrays(model: type[models.Model], names: tuple[str, ...], same: tuple[bool, ...]) -> str:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    shared = [field for once, field in zip(same, fields, strict=True) if once]
    each = [field for once, field in zip(same, fields, strict=True) if not once]
    batch = column_list(each)
    picked = ", ".join([*(f"%s::{column_type(field)}" for field in shared), batch])
    arrays = ", ".join(f"%s::{column_type(field)}[]" for field in each)
    return f"{insert_into(model, [*shared, *each])} SELECT {picked} FROM unnest({arrays}) AS batch ({batch})"  # noqa: S608


def insert_returning(
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
    model, made = type(rows[0]), tuple((computed or {}).items())
    tail = f"{' ON CONFLICT DO NOTHING' if unless_taken else ''} RETURNING {', '.join(['id', *read])}"
    fields = given_fields(model, tuple(name for name, _ in made))
    columns = [[getattr(row, field.attname) for row in rows] for field in fields]
    plain = tuple(_plain(field, values) for field, values in zip(fields, columns, strict=True))
    given = [pair for pair, text in zip(zip(fields, columns, strict=True), plain, strict=True) if not text]
    values = [field.get_db_prep_save(values[at], connection) for at in range(len(rows)) for field, values in given]
    with connection.cursor() as cursor:
        cursor.execute(_from_values(model, len(rows), made, plain) + tail, values)
        return list(cursor.fetchall())


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
def _from_values(
    model: type[models.Model], count: int, computed: tuple[tuple[str, str], ...], plain: tuple[str, ...]
) -> str:
    """Return the SQL text without its tail; its parameters are the fields that are not plain, row by row."""
    made = dict(computed)
    fields = [*given_fields(model, tuple(made)), *(model._meta.get_field(name) for name in made)]
    row = ", ".join([*(text or "%s" for text in plain), *made.values()])
    return f"{insert_into(model, fields)} VALUES {', '.join([f'({row})'] * count)}"
