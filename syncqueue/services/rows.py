"""Whole rows in one INSERT. The ORM builds its statement anew for each post; here it is text, built once."""

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
    """Insert rows of one model in one statement; of each, its id and the columns to `read`, in order.

    `computed` maps a field to the SQL that makes its value, such as now(). Columns with a default in the
    database are left to it. With `unless_taken`, a row that a unique constraint refuses is left out.
    """
    model, computed = type(rows[0]), dict(computed or {})
    sql, names = _statement(model, len(rows), tuple(computed.items()), unless_taken, read)
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


@cache
def _statement(
    model: type[models.Model],
    count: int,
    computed: tuple[tuple[str, str], ...],
    unless_taken: bool,
    read: tuple[str, ...],
) -> tuple[str, list[str]]:
    """The text, and the names of the fields whose values it takes, row by row."""
    made = dict(computed)
    taken = [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and field.db_default is NOT_PROVIDED and field.name not in made
    ]
    by_name = {field.name: str(field.column) for field in model._meta.concrete_fields}
    columns = [by_name[name] for name in [*(field.name for field in taken), *made]]
    row = ", ".join(["%s"] * len(taken) + list(made.values()))
    sql = (
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)})"  # noqa: S608 - names of our models
        f" VALUES {', '.join([f'({row})'] * count)}"
        f"{' ON CONFLICT DO NOTHING' if unless_taken else ''}"
        f" RETURNING {', '.join(['id', *read])}"
    )
    return sql, [field.name for field in taken]
