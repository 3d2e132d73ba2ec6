"""A booking request and what is owed for it, stored by one statement whose plan the server keeps.

One row at a time, by the ORM or as text, the server would parse and plan for each request what is the same in all.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import NOT_PROVIDED, Model
from psycopg.sql import Literal

from pagetojob.kernel.batches import column_type
from pagetojob.kernel.leads.models import BookingRequest
from pagetojob.postgresql.base import prepared_cursor

from ..models import Kind, SyncItem

#: What is one for all that is owed for a request, and what the statement says itself.
_ALL, _SAID = ("tenant", "dedupe_key", "lead", "binding", "priority"), ("public_id", "kind", "due_at")


def store(booking: BookingRequest, kinds: Sequence[Kind], *, priority: int) -> None:
    """Insert `booking` and an item of each kind for its lead, due now. One statement; the rows stay unread.

    The lead is stored already, in the same transaction, and everything is in the scope of its tenant.
    """
    lead = booking.lead
    values = [field.get_db_prep_save(getattr(booking, field.attname), connection) for field in _given(BookingRequest)]
    if kinds:
        values += [booking.tenant_id, lead.reference, lead.pk, booking.binding_id, priority]
    with prepared_cursor() as cursor:
        cursor.execute(_statement(tuple(kinds)), values)


def _given(model: type[Model]) -> list[Any]:
    """The fields that the database gives no value of its own."""
    return [one for one in model._meta.concrete_fields if not one.primary_key and one.db_default is NOT_PROVIDED]


def _begins_full() -> list[Any]:
    """The fields of an item that nobody fills here, and that do not begin empty."""
    fresh = SyncItem()
    rest = [one for one in _given(SyncItem) if one.name not in (*_ALL, *_SAID)]
    return [one for one in rest if getattr(fresh, one.attname) is not None]


def _said(field: Any, value: Any) -> str:
    """A value as the statement says it: what is the same for every request would cost each of them, if it travelled."""
    said = Literal(field.get_db_prep_save(value, connection)).as_string()
    return f"{said}::{column_type(field)}".replace("%", "%%")


def _cast(field: Any) -> str:
    return f"%s::{column_type(field)}"


@cache
def _statement(kinds: tuple[Kind, ...]) -> str:
    """For a request that owes items of these kinds: one of each at most, so there are few."""
    quote, of_request = connection.ops.quote_name, _given(BookingRequest)
    request = (
        f"INSERT INTO {quote(BookingRequest._meta.db_table)} ({_named(of_request)})"  # noqa: S608 - names of our models
        f" VALUES ({', '.join(['%s'] * len(of_request))})"
    )
    if not kinds:
        return request
    fresh, by_name = SyncItem(), {one.name: one for one in SyncItem._meta.concrete_fields}
    shared, said, rest = [by_name[name] for name in _ALL], [by_name[name] for name in _SAID], _begins_full()
    once = [*map(_cast, shared), *(_said(one, getattr(fresh, one.attname)) for one in rest)]
    return f"""
        WITH request AS ({request})
        INSERT INTO {quote(SyncItem._meta.db_table)} ({_named([*shared, *rest, *said])})
        SELECT {", ".join(once)}, gen_random_uuid(), kind, now()
        FROM (VALUES {", ".join(f"({_said(by_name['kind'], kind)})" for kind in kinds)}) AS owed (kind)
    """  # noqa: S608 - names of our models


def _named(fields: Sequence[Any]) -> str:
    return ", ".join(connection.ops.quote_name(one.column) for one in fields)
