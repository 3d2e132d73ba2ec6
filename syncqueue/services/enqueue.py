"""Stores a booking request and its outbox items with one statement whose plan the server caches.

With the ORM, or as text, the server would parse and plan the same statements for each request.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import uuid4

from django.db import connection
from psycopg.sql import quote

from pagetojob.platform.batches import column_type
from pagetojob.platform.inserts import column_list, given_fields, insert_into
from pagetojob.platform.postgresql.base import prepared_cursor
from syncqueue.leads.models import BookingRequest

from ..models import Kind, SyncItem

#: Columns that differ from item to item, and columns shared by all items of a request.
_EACH, _ALL = ("public_id", "kind"), ("tenant", "dedupe_key", "lead", "binding", "priority")
_DUE = "due_at"


def store(booking: BookingRequest, kinds: Sequence[Kind], *, priority: int) -> None:
    """Insert `booking` and an item of each kind for its lead, due now. A single statement; the rows are not read back.

    The lead is stored already, in the same transaction, and everything is in the scope of its tenant.
    """
    lead = booking.lead
    shared = (booking.tenant_id, lead.reference, lead.pk, booking.binding_id, priority)
    values = [
        field.get_db_prep_save(getattr(booking, field.attname), connection) for field in given_fields(BookingRequest)
    ]
    if kinds:
        values += [*shared, *(value for kind in kinds for value in (uuid4(), str(kind)))]
    with prepared_cursor() as cursor:
        cursor.execute(_statement(len(kinds)), values)


def _rest() -> dict[Any, str]:
    """Return the other non-empty fields of a new item, with their initial values as SQL."""
    fresh = SyncItem()
    begin = {
        field: field.get_db_prep_save(value, connection)
        for field in given_fields(SyncItem, (*_EACH, *_ALL, _DUE))
        if (value := getattr(fresh, field.attname)) is not None
    }
    quoted = {field: quote(value, connection.connection).replace("%", "%%") for field, value in begin.items()}
    return {field: f"{text}::{column_type(field)}" for field, text in quoted.items()}


@cache
def _statement(count: int) -> str:
    """Return the statement for this many items: at most one per kind, so there are few variants."""
    of_request, rest = given_fields(BookingRequest), _rest()
    by_name = {field.name: field for field in SyncItem._meta.concrete_fields}
    each, shared = [by_name[name] for name in _EACH], [by_name[name] for name in _ALL]
    columns = [*shared, *rest, *each, by_name[_DUE]]
    request = f"{insert_into(BookingRequest, of_request)} VALUES ({', '.join(['%s'] * len(of_request))})"
    if not count:
        return request
    item = ", ".join(f"%s::{column_type(field)}" for field in each)
    picked = [*(f"%s::{column_type(field)}" for field in shared), *rest.values(), column_list(each), "now()"]
    return f"""
        WITH request AS ({request})
        {insert_into(SyncItem, columns)}
        SELECT {", ".join(picked)} FROM (VALUES {", ".join([f"({item})"] * count)}) AS pending ({column_list(each)})
    """  # noqa: S608 - names of our models
